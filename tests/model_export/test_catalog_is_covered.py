"""Whatever the catalog offers is implemented everywhere it has to be, or a test names what is not.

A choice that is forgotten in one of these tables would be a KeyError in a training or an export.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import keras
import pytest

from pages.components.shared.slider_stops import stops
from tests.model_export.test_train_script import script_of
from tuning_core.catalog import DATASETS, HYPERPARAMETERS, METRICS
from tuning_core.catalog import objectives as metrics_of_the_catalog
from tuning_core.catalog.hyperparameters import LOSSES, of_family
from tuning_core.datasets import TargetScale
from tuning_core.model_export.script import fitting, loading, metrics, network
from tuning_core.models import kit, layers
from tuning_core.spec.study import parse_spec
from tuning_core.training import keras_fit, losses_and_metrics, schedule
from tuning_core.training.compiled import noisy_layers, optimizers, traced_layers


def choices(name: str) -> Callable[[], Iterable[object]]:
    return lambda: HYPERPARAMETERS[name].choices


def losses(*tasks: str) -> Callable[[], Iterable[object]]:
    return lambda: {loss for task in tasks for loss in LOSSES[task]} - {"auto"}


OFFERED: dict[str, Callable[[], Iterable[object]]] = {
    "dataset": lambda: DATASETS,
    "metric": lambda: METRICS,
    "classification loss": losses("classification"),
    "regression loss": losses("regression"),
    **{
        name: choices(name)
        for name in (
            *("optimizer", "schedule", "activation", "kernel_initializer"),
            *("kernel_constraint", "pooling", "flip"),
        )
    },
}
"""What the catalog offers of each kind, read when it is asked."""

IMPLEMENTED: dict[str, dict[str, Iterable[object]]] = {
    "dataset": {"the loaders of train.py": loading.LOADERS},
    "metric": {
        "the metrics of train.py": metrics.METRICS,
        "the labels of metrics": metrics_of_the_catalog.METRIC_LABELS,
        "the objectives": {o.metric for o in metrics_of_the_catalog.OBJECTIVES.values()},
        "the metrics of a task": {
            metric
            for task, classes in (("classification", 2), ("regression", 0))
            for metric in metrics_of_the_catalog.metrics_for(task, classes)
        },
    },
    "classification loss": {
        "the losses of a training": losses_and_metrics.LOSSES["classification"],
        "the losses of train.py": fitting.LOSSES,
    },
    "regression loss": {
        "the losses of a training": losses_and_metrics.LOSSES["regression"],
        "the losses of train.py": fitting.LOSSES,
    },
    "optimizer": {
        "the optimizers of the compiled epoch": optimizers.OPTIMIZERS,
        "the optimizers of model.fit": keras_fit.KERAS_OPTIMIZERS,
    },
    "schedule": {
        "the schedules of a training": schedule.SCHEDULES,
        "the schedules of train.py": fitting.SCHEDULES,
    },
    "activation": {
        "Keras's activations": dir(keras.activations),
    },
    "kernel_initializer": {"the initialisers": layers.INITIALIZERS},
    "kernel_constraint": {
        "the constraints": kit.CONSTRAINTS,
        "the traced constraints": {"none", *traced_layers.ALLOWED},
    },
    "pooling": {"the poolings": layers.POOLINGS},
    "flip": {"the traced flips": {"none", *noisy_layers.AXES}},
}


def check(kind: str) -> None:
    for where, table in IMPLEMENTED[kind].items():
        lacking = sorted(set(map(str, OFFERED[kind]())) - set(map(str, table)))
        assert not lacking, f"{kind}: {where} lack {', '.join(lacking)}"


@pytest.mark.parametrize("kind", OFFERED)
def test_all_that_the_catalog_offers_is_implemented(kind: str) -> None:
    check(kind)


@pytest.mark.parametrize("kind", OFFERED)
def test_a_toy_that_is_only_in_the_catalog_is_named(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "dataset":
        monkeypatch.setitem(DATASETS, "toy", replace(DATASETS["iris"], id="toy"))
    elif kind == "metric":
        monkeypatch.setitem(globals(), "METRICS", (*METRICS, "toy"))
    elif kind.endswith("loss"):
        task = kind.partition(" ")[0]
        monkeypatch.setitem(LOSSES, task, (*LOSSES[task], "toy"))
    else:
        with_toy = replace(HYPERPARAMETERS[kind], choices=(*HYPERPARAMETERS[kind].choices, "toy"))
        monkeypatch.setitem(HYPERPARAMETERS, kind, with_toy)
    for where, table in IMPLEMENTED[kind].items():
        monkeypatch.setitem(IMPLEMENTED, kind, {where: table})
        with pytest.raises(AssertionError, match=f"{where} lack toy"):
            check(kind)


def test_every_choice_of_a_hyperparameter_is_asked_for_above() -> None:
    choices = {h.id for h in HYPERPARAMETERS.values() if h.kind == "choice"}
    assert choices - {"loss"} <= set(OFFERED)


@pytest.mark.parametrize("name", HYPERPARAMETERS)
def test_every_hyperparameter_reaches_the_script(name: str, tmp_path: Path) -> None:
    hyperparameter = HYPERPARAMETERS[name]
    family = hyperparameter.families[-1]
    has = {h.id for h in of_family(family)}
    space = {parent: meant[-1] for parent, meant in hyperparameter.when.items() if parent in has}
    # A smallest gain means something to whoever waits for one.
    space |= {"patience": 3} if name == "min_delta" else {}
    task = hyperparameter.tasks[0]
    values = hyperparameter.of_task.get(task) or [v for v in stops(hyperparameter) if v]
    scripts = []
    for value in (values[-1], values[-2] if len(values) > 1 else hyperparameter.default):
        dataset, model = {"id": "digits"}, {"family": family}
        document = {"dataset": dataset, "model": model, "space": {**space, name: value}}
        scripts.append(script_of(parse_spec(document), tmp_path))
    assert scripts[0] != scripts[1], f"train.py knows nothing of {name}"


@pytest.mark.parametrize("name", layers.INITIALIZERS)
def test_every_initialiser_is_written_in_a_script(name: str) -> None:
    written = network.INITIALIZERS[type(layers.INITIALIZERS[name](0))]
    assert type(keras.initializers.get(written)) is type(layers.INITIALIZERS[name](0))


@pytest.mark.parametrize(("task", "outputs"), [("classification", 2), ("regression", 1)])
def test_every_metric_of_a_task_is_reported(task: str, outputs: int) -> None:
    kinds = losses_and_metrics.metrics_of_task(task, outputs)
    sums = losses_and_metrics.MetricSums([1.0] * kinds.count, 2, 1.0, TargetScale())
    reported = {*kinds.metrics(sums), *(["auc"] if kinds.ranks else [])}
    assert reported == set(metrics_of_the_catalog.metrics_for(task, outputs))
