"""scikeras under scikit-learn's GridSearchCV with the same training and validation rows.

Its score is the accuracy after the last epoch; it does not validate in between, as others do.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from scikeras.wrappers import KerasClassifier
from sklearn.model_selection import GridSearchCV, PredefinedSplit

from benchmarks.rivals.case import Answer, Case, Stopwatch, serve
from benchmarks.rivals.network import build


def search(case: Case) -> Answer:
    """A grid over the choices of the space; the configurations' order does not matter."""
    x, y, validation_x, validation_y = case.arrays()
    fixed = case.configs[0]

    def network(learning_rate: float, dropout: float) -> keras.Model:
        config = {**fixed, "learning_rate": learning_rate, "dropout": dropout}
        return build(config, x.shape[1], case.outputs)

    watch = Stopwatch()
    classifier = KerasClassifier(
        model=network,
        learning_rate=fixed["learning_rate"],
        dropout=fixed["dropout"],
        epochs=case.epochs,
        batch_size=fixed["batch_size"],
        random_state=case.seed,
        verbose=0,
    )
    folds = PredefinedSplit([-1] * len(y) + [0] * len(validation_y))
    grid = {name: entry["choices"] for name, entry in case.space.items()}
    search = GridSearchCV(classifier, grid, cv=folds, refit=False, error_score="raise")
    search.fit(np.concatenate([x, validation_x]), np.concatenate([y, validation_y]))
    seconds, cpu_seconds = watch.read()
    scores: dict[tuple[Any, ...], float] = {
        tuple(params[name] for name in grid): float(score)
        for params, score in zip(
            search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
        )
    }
    return Answer(
        seconds, cpu_seconds, [scores[tuple(c[name] for name in grid)] for c in case.configs]
    )


if __name__ == "__main__":
    serve(search)
