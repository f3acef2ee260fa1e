"""Trains trials of a model of one's own, as ``Trainer`` does those of the catalog's families."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence

import keras
from typing_extensions import override

from tuning_core.datasets import FoldedData, PreparedData
from tuning_core.models import derive_seed
from tuning_core.own_models.data import OwnData
from tuning_core.own_models.execution import BATCH_SIZE, OwnExecution, built, own_errors
from tuning_core.own_models.fitting import FitExecution, WholeFitExecution
from tuning_core.own_models.loading import OwnModel
from tuning_core.planning.cost import Work
from tuning_core.training import Execution, TrainingError, TrialTask
from tuning_core.training.trainer import TrialTrainer

_LOG = logging.getLogger(__name__)


class OwnTrainer(TrialTrainer):
    """Trains trials of a model of one's own on its data, of which there may be several folds.

    The executions take turns on the folds as those of ``Trainer`` do.
    """

    def __init__(
        self,
        own: OwnModel,
        data: OwnData | Sequence[OwnData] | PreparedData | FoldedData,
    ) -> None:
        if isinstance(data, PreparedData | FoldedData):
            data = OwnData.of_catalog(data)
        self._own = own
        self._folds = [data] if isinstance(data, OwnData) else list(data)
        self._ready: tuple[object, keras.Model] | None = None
        self._counted = 0
        # A progress bar would fill the log.
        keras.config.disable_interactive_logging()

    def work(self, task: TrialTask) -> Work:
        """What a trial takes, in counts; of a model that cannot be built, nothing."""
        try:
            model = self._model(task, 1)
        except TrainingError:
            return Work("", 0, 0, 0, 0, BATCH_SIZE, task.epochs)
        self._ready = (_same(task, 1), model)
        answers = sum(
            math.prod(side or 1 for side in shape[1:])
            for layer in model.layers
            if isinstance(shape := getattr(getattr(layer, "output", None), "shape", None), tuple)
        )
        size = task.config.get("batch_size", BATCH_SIZE)
        return Work(
            architecture=type(model).__name__,
            pieces=len(model.layers),
            parameters=int(model.count_params()),
            operations=int(model.count_params()),
            activations=answers,
            batch_size=int(size) if isinstance(size, int | float) and size >= 1 else BATCH_SIZE,
            epochs=task.epochs,
        )

    @override
    def _execution(self, task: TrialTask, number: int) -> Execution:
        data = self._folds[(number - 1) % len(self._folds)]
        kind: type[OwnExecution] = FitExecution
        model = self._model(task, number)
        self._counted = int(model.count_params())
        if self._own.overrides_fit:
            kind = WholeFitExecution
        return kind(self._own, data, task, number, model)

    @override
    def _parameters(self, task: TrialTask) -> int:
        return self._counted

    def _model(self, task: TrialTask, number: int) -> keras.Model:
        """A model as an execution begins with it; raises TrainingError."""
        ready, self._ready = self._ready, None
        if ready is not None and ready[0] == _same(task, number):
            return ready[1]
        self._counted = 0
        state = task.state(number)
        seed = derive_seed(task.seed, "execution", number) if state is None else state.seed
        data = self._folds[(number - 1) % len(self._folds)]
        with own_errors(self._own):
            return built(self._own, task.config, data, derive_seed(seed, "weights"))


def _same(task: TrialTask, number: int) -> object:
    state = task.state(number)
    return dict(task.config), task.seed, number, None if state is None else state.seed
