"""Whether a study asks for no more than this server gives, before it starts."""

from __future__ import annotations

from collections.abc import Mapping

from tuning_core.catalog import DatasetInfo, Value
from tuning_core.catalog.limits import beyond, most
from tuning_core.planning.cost import work_of
from tuning_core.planning.estimate import parameter_span
from tuning_core.space import Config, SpecError
from tuning_core.spec.study import StudySpec
from tuning_core.spec.training_request import TrainingRequest

_COUNTED = {"layers": "layers", "batch_size": "batch", "epochs": "epochs"}
"""Hyperparameters with a cap, and which."""


def check_limits(spec: StudySpec, info: DatasetInfo | None = None, *, added: int = 0) -> None:
    """Raises SpecError, naming field and numbers, for what is beyond a cap of this server.

    ``info`` describes the data where more is known of it than in the spec; ``added`` are trials
    beside the budget. Recorded studies are not checked when they are shown: a server that lowers
    a cap still shows its old ones, but does not go on with them.
    """
    budget = spec.budget
    _check("budget.trials", "trials", spec.plan().trials + added)
    _check("budget.epochs", "epochs", spec.epochs)
    if budget.seconds is not None:
        _check("budget.seconds", "study_seconds", budget.seconds)
    for name, cap in _counted(spec).items():
        if name in spec.search_space:
            _check(f"space.{name}", cap, float(spec.search_space[name].quantile(1.0)))
    info = info or spec.dataset_info
    _check("dataset", "rows", info.rows + info.test_rows)
    if _shape_known(info) and not spec.model.own:
        _check("space", "parameters", parameter_span(spec, info)[1])


def check_config(spec: StudySpec, config: Config) -> None:
    """Raises SpecError for a trial of the user's own beyond a cap, inside its study or not."""
    if spec.model.own:
        return  # How large its network is, is known once it is built.
    effective = spec.in_effect(config)
    _check_config("trial", effective, spec.budget.epochs, spec.dataset_info)


def check_training(request: TrainingRequest) -> None:
    """Raises SpecError for a training on demand, or one beside it, beyond a cap of a trial."""
    info = request.dataset.info
    epochs = request.epochs if request.ramp is None else request.ramp.epochs
    _check("dataset", "rows", info.rows + info.test_rows)
    for segment in request.segments:
        _check_config("training", segment.config, epochs, info)
    for run in request.beside:
        check_training(run)


def config_refusal(config: Mapping[str, Value], epochs: int, parameters: int) -> str:
    """Why a trial is not trained on this server, in a sentence; "" when it is."""
    asked = {"parameters": parameters, "epochs": epochs}
    asked |= {cap: int(config[name]) for name, cap in _COUNTED.items() if name in config}
    return next((found for name, value in asked.items() if (found := beyond(name, value))), "")


def _counted(spec: StudySpec) -> Mapping[str, str]:
    """The hyperparameters with a cap: a model of one's own may call anything so."""
    return {} if spec.model.own else _COUNTED


def study_seconds(budget: float | None) -> float:
    """The seconds after which a study ends: its own limit or the server's."""
    cap = most("study_seconds")
    return cap if budget is None else min(budget, cap)


def _check_config(field: str, config: Config, epochs: int, info: DatasetInfo) -> None:
    parameters = 0
    if _shape_known(info):
        parameters = work_of(config, info.row_shape, info.outputs, info.task, epochs).parameters
    sentence = config_refusal(config, epochs, parameters)
    if sentence:
        raise SpecError(field, sentence)


def _shape_known(info: DatasetInfo) -> bool:
    """Whether the width of a row is known: not that of an own table before it is read."""
    return bool(info.row_shape) and all(info.row_shape)


def _check(field: str, name: str, value: float) -> None:
    sentence = beyond(name, value)
    if sentence:
        raise SpecError(field, sentence)
