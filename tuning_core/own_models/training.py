"""Trains trials of a model of one's own, as ``Trainer`` does those of the catalog's families."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from typing import Any

import keras
from typing_extensions import override

from tuning_core.datasets import FoldedData, PreparedData
from tuning_core.models import derive_seed
from tuning_core.own_models.compilable import unfit
from tuning_core.own_models.compiled import CompiledOwnExecution, PlacedRows, dropped, kept_epoch
from tuning_core.own_models.data import OwnData
from tuning_core.own_models.errors import explained
from tuning_core.own_models.execution import BATCH_SIZE, batch_size_of, built, own_errors
from tuning_core.own_models.fitting import FitExecution, WholeFitExecution
from tuning_core.own_models.loading import OwnModel
from tuning_core.planning.cost import Work
from tuning_core.training import Execution, TrainingError, TrialOutcome, TrialTask
from tuning_core.training.trainer import TrialTrainer

_LOG = logging.getLogger(__name__)


class OwnTrainer(TrialTrainer):
    """Trains trials of a model of one's own on its data, of which there may be several folds.

    The executions take turns on the folds as those of ``Trainer`` do. What the compiled epoch
    cannot take is trained by ``model.fit``, and the log says why; ``limit`` is in bytes of rows.
    ``shuffle=False`` trains the rows in their order, to compare with another trainer.
    """

    def __init__(
        self,
        own: OwnModel,
        data: OwnData | Sequence[OwnData] | PreparedData | FoldedData,
        *,
        shuffle: bool = True,
        limit: int | None = None,
    ) -> None:
        if isinstance(data, PreparedData | FoldedData):
            data = OwnData.of_catalog(data)
        self._own = own
        self._folds = [data] if isinstance(data, OwnData) else list(data)
        self._shuffle = shuffle
        self._limit = limit
        self._placed: dict[int, tuple[PlacedRows, PlacedRows | None]] = {}
        self._told = ""
        self._ready: tuple[object, keras.Model] | None = None
        self._counted = 0
        self._gone = 0
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
        return Work(
            architecture=type(model).__name__,
            pieces=len(model.layers),
            parameters=int(model.count_params()),
            operations=int(model.count_params()),
            activations=answers,
            batch_size=batch_size_of(task.config),
            epochs=task.epochs,
        )

    @override
    def run_trial(self, *arguments: Any, **named: Any) -> TrialOutcome:
        self._gone = 0
        outcome = super().run_trial(*arguments, **named)
        dropped.add(self._gone)
        return outcome

    @override
    def _execution(self, task: TrialTask, number: int) -> Execution:
        own, data = self._own, self._folds[(number - 1) % len(self._folds)]
        model = self._model(task, number)
        self._counted = int(model.count_params())
        self._gone += 1
        if own.overrides_fit:
            return WholeFitExecution(own, data, task, number, model)
        reason = unfit(own, model, self._folds, self._limit)
        if not reason:
            try:
                rows = self._rows(data)
                epoch = kept_epoch(model, *rows, str(own.path))
                self._gone -= epoch.kept
                return CompiledOwnExecution(
                    own, data, task, number, epoch, rows, shuffle=self._shuffle
                )
            except TrainingError:
                raise
            except Exception as error:
                # Where somebody's own part is at fault, fit will fail with it as well.
                reason = f"it cannot be traced whole ({explained(error, own.folder)})"
                model = self._model(task, number)
        if reason != self._told:
            _LOG.warning("Training by model.fit, which is slower: %s.", reason)
            self._told = reason
        return FitExecution(own, data, task, number, model)

    def _rows(self, data: OwnData) -> tuple[PlacedRows, PlacedRows | None]:
        """A fold's rows on the device, where they stay."""
        if id(data) not in self._placed:
            held = data.validation
            self._placed[id(data)] = (
                PlacedRows.of(data.train),
                None if held is None else PlacedRows.of(held),
            )
        return self._placed[id(data)]

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
