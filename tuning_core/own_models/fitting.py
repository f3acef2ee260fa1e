"""Training by ``model.fit``, or by a ``fit`` of somebody's own."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import keras
import numpy as np
from typing_extensions import override

from tuning_core.models import derive_seed
from tuning_core.own_models.calling import EnoughError, call_fit, numbers_of
from tuning_core.own_models.execution import OwnExecution, own_errors, seed_all
from tuning_core.training.checkpoints import ExecutionState
from tuning_core.training.following import Follower

_LOG = logging.getLogger(__name__)

PART_SECONDS = 0.5
"""Between two questions whether to go on, within an epoch."""

_ENDED = "ended"
"""Counter of a state whose execution has ended, maybe before its last epoch."""

BEGUN_ANEW = "began anew: its own fit cannot go on from where it was"


class FitExecution(OwnExecution):
    """Trains by ``model.fit``, an epoch at a time, with the rows in an order of ours."""

    @override
    def train_all(self, follower: Follower) -> None:
        # Else each epoch would end with the averages as weights, which one fit does at its end.
        self._model.optimizer.finalize_variable_values = lambda _: None
        with own_errors(self._own, follower):
            while not self.done:
                follower.begin_epoch()
                self._unfinished = self.state()
                self._noted(self._fit(_Watch(self, follower)))
                follower.end_epoch()

    def _fit(self, watch: keras.callbacks.Callback) -> dict[str, float]:
        rows = self._data.train
        seed = derive_seed(self.seed, "shuffle", self.epoch)
        # What a layer draws by itself is then as in a training that was not interrupted.
        seed_all(self._own, seed)
        sizes: dict[str, Any] = {}
        if rows.batches is None:
            rows = rows.taken(np.random.default_rng(seed).permutation(rows.rows or 0))
            sizes["batch_size"] = self.batch_size
        if not isinstance(rows.batches, keras.utils.PyDataset):
            sizes["shuffle"] = False  # Rows of a tf.data set come as that says.
        held = self._data.validation
        history = self._model.fit(
            **rows.for_fit,
            **sizes,
            validation_data=None if held is None else held.for_validation,
            initial_epoch=self.epoch,
            epochs=self.epoch + 1,
            verbose=0,
            callbacks=[watch],
        )
        return {name: values[-1] for name, values in history.history.items()}


class WholeFitExecution(OwnExecution):
    """Trains by one call of a hypermodel's own ``fit``, which tells its callbacks of each epoch."""

    _anew = False

    @property
    @override
    def message(self) -> str:
        return BEGUN_ANEW if self._anew else ""

    @override
    def _resume(self) -> None:
        state = self._trial.state(self.number)
        assert state is not None
        if state.counters.get(_ENDED):
            super()._resume()
        elif state.epoch:
            self._anew = True
            _LOG.warning("Execution %d %s.", self.number, BEGUN_ANEW)

    @property
    @override
    def done(self) -> bool:
        return self._over or super().done

    _over = False

    @override
    def _go_on(self, state: ExecutionState) -> None:
        super()._go_on(state)
        self._over = True

    @override
    def state(self) -> ExecutionState:
        state = super().state()
        state.counters[_ENDED] = float(self.done)
        return state

    @override
    def train_all(self, follower: Follower) -> None:
        if self.done:
            return
        watch = _Watch(self, follower, whole=True)
        returned: Any = None
        with own_errors(self._own, follower):
            follower.begin_epoch()
            with suppress(EnoughError):
                returned = call_fit(
                    self._own, self._hp, self._model, self._data, self.epochs, [watch]
                )
            if follower.raised is not None:
                raise follower.raised  # Somebody's code has caught it.
            if not self.epoch:
                self._noted(self._named(returned))
                follower.end_epoch()
            self._over = True

    def _named(self, returned: Any) -> dict[str, float]:
        """The numbers that a ``fit`` returns which has told nobody of its epochs."""
        if isinstance(returned, keras.callbacks.History):
            return {name: values[-1] for name, values in returned.history.items() if values}
        if isinstance(returned, Mapping):
            return numbers_of(returned)
        if isinstance(returned, int | float | np.number):
            return {self._trial.objective.id: float(returned)}
        return {}

    def tell(self, logs: Mapping[str, Any] | None) -> None:
        """Takes in an epoch that has ended."""
        self._noted(logs)


class _Watch(keras.callbacks.Callback):
    """Tells a follower of batches and, where the ``whole`` training is watched, of epochs."""

    def __init__(self, run: OwnExecution, follower: Follower, *, whole: bool = False) -> None:
        super().__init__()
        self._run = run
        self._follower = follower
        self._whole = whole
        self._asked = time.perf_counter()

    @override
    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if time.perf_counter() - self._asked < PART_SECONDS:
            return
        steps = (self.params or {}).get("steps")
        self._follower.part((batch + 1) / steps if steps else 0.5)
        self._asked = time.perf_counter()

    @override
    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        if not self._whole:
            return
        assert isinstance(self._run, WholeFitExecution)
        if self._run.done:
            raise EnoughError
        self._run.tell(logs)
        self._follower.end_epoch()
        if self._run.done:
            self._run.model.stop_training = True
        else:
            self._follower.begin_epoch()
