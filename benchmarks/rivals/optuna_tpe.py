"""Optuna's default sampler, TPE, around ``model.fit``, the given configurations enqueued."""

from __future__ import annotations

from typing import Any

import optuna

from benchmarks.rivals.case import Answer, Case, Stopwatch, serve
from benchmarks.rivals.network import build


def suggested(trial: optuna.Trial, name: str, entry: dict[str, Any]) -> Any:
    """The hyperparameter of a spec's entry."""
    if "choices" in entry:
        return trial.suggest_categorical(name, entry["choices"])
    log = entry.get("scale") == "log"
    if isinstance(entry["low"], int) and isinstance(entry["high"], int):
        step = entry.get("step", 1)
        return trial.suggest_int(name, entry["low"], entry["high"], step=step, log=log)
    return trial.suggest_float(name, entry["low"], entry["high"], step=entry.get("step"), log=log)


def search(case: Case) -> Answer:
    """One study in a file database, which is what makes it as durable as ours."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    x, y, validation_x, validation_y = case.arrays()

    def objective(trial: optuna.Trial) -> float:
        config = dict(case.configs[0])
        for name, entry in case.space.items():
            config[name] = suggested(trial, name, entry)
        model = build(config, x.shape[1], case.outputs)
        history = model.fit(
            x,
            y,
            validation_data=(validation_x, validation_y),
            epochs=case.epochs,
            batch_size=config["batch_size"],
            verbose=0,
        )
        return float(max(history.history["val_accuracy"]))

    watch = Stopwatch()
    study = optuna.create_study(
        direction="maximize",
        storage=f"sqlite:///{case.folder}/optuna.db",
        sampler=optuna.samplers.TPESampler(seed=case.seed),
    )
    for config in case.configs:
        study.enqueue_trial({name: config[name] for name in case.space})
    study.optimize(objective, n_trials=len(case.configs))
    seconds, cpu_seconds = watch.read()
    return Answer(seconds, cpu_seconds, [trial.value or 0.0 for trial in study.trials])


if __name__ == "__main__":
    serve(search)
