"""Stock Keras Tuner's random search, its draws replaced by the given configurations."""

from __future__ import annotations

from typing import Any

import keras_tuner
import psutil
from keras_tuner.engine import trial as kt_trial

from benchmarks.rivals.case import Answer, Case, Stopwatch, serve
from benchmarks.rivals.network import build


class Given(keras_tuner.oracles.RandomSearchOracle):
    """Hands out the configurations in their order in place of random ones."""

    def __init__(self, configs: list[dict[str, Any]], **options: Any) -> None:
        super().__init__(max_trials=len(configs), **options)
        self._given = iter(configs)
        self._process = psutil.Process()
        self.memory_mb: list[float] = []

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        return {"status": kt_trial.TrialStatus.RUNNING, "values": dict(next(self._given))}

    def end_trial(self, trial: kt_trial.Trial) -> None:
        super().end_trial(trial)
        self.memory_mb.append(self._process.memory_info().rss / 1e6)


class Network(keras_tuner.HyperModel):
    """Declares the searched hyperparameters as Keras Tuner's documentation does."""

    def __init__(self, case: Case, inputs: int) -> None:
        super().__init__()
        self._case = case
        self._inputs = inputs

    def build(self, hp: keras_tuner.HyperParameters) -> Any:
        config = {**self._case.configs[0], **hp.values}
        for name, entry in self._case.space.items():
            config[name] = declare(hp, name, entry)
        return build(config, self._inputs, self._case.outputs)

    def fit(self, hp: keras_tuner.HyperParameters, model: Any, *args: Any, **kwargs: Any) -> Any:
        batch_size = hp.values.get("batch_size", self._case.configs[0]["batch_size"])
        return model.fit(*args, batch_size=batch_size, **kwargs)


def declare(hp: keras_tuner.HyperParameters, name: str, entry: dict[str, Any]) -> Any:
    """The hyperparameter of a spec's entry."""
    if "choices" in entry:
        return hp.Choice(name, entry["choices"])
    whole = isinstance(entry["low"], int) and isinstance(entry["high"], int)
    options = {"step": entry.get("step"), "sampling": entry.get("scale", "linear")}
    if whole:
        return hp.Int(name, entry["low"], entry["high"], **options)
    return hp.Float(name, entry["low"], entry["high"], **options)


def search(case: Case) -> Answer:
    """Search with everything at its default, nothing printed."""
    x, y, validation_x, validation_y = case.arrays()
    watch = Stopwatch()
    oracle = Given(
        case.configs,
        objective=keras_tuner.Objective("val_accuracy", "max"),
        seed=case.seed,
    )
    tuner = keras_tuner.Tuner(
        oracle=oracle,
        hypermodel=Network(case, x.shape[1]),
        executions_per_trial=case.executions,
        directory=case.folder,
        project_name="search",
    )
    tuner.search(x, y, validation_data=(validation_x, validation_y), epochs=case.epochs, verbose=0)
    seconds, cpu_seconds = watch.read()
    trials = [oracle.trials[trial_id] for trial_id in oracle.start_order]
    return Answer(seconds, cpu_seconds, [trial.score for trial in trials], oracle.memory_mb)


if __name__ == "__main__":
    serve(search)
