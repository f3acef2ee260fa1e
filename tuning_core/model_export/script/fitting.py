"""The part of a script that compiles and fits the network, and finds its score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tuning_core.catalog.hyperparameters import of_optimizer
from tuning_core.model_export.script.code import Code, call, indented, written
from tuning_core.model_export.script.facts import Facts
from tuning_core.model_export.script.metrics import METRICS, watch_call, watch_class, words_of_watch
from tuning_core.training.early_stopping import PLATEAU_DELTA
from tuning_core.training.keras_fit import stock_optimizer

SCHEDULES: dict[str, tuple[str, dict[str, Any]] | None] = {
    "constant": None,
    "exponential": ("ExponentialDecay", {}),
    "step": ("ExponentialDecay", {"staircase": True}),
    "cosine": ("CosineDecay", {}),
    "reduce_on_plateau": None,
}
"""Keras's class of each schedule and its arguments; a plateau is the business of a callback."""

LOSSES = {
    "cross_entropy": "CategoricalCrossentropy",
    "kl_divergence": "KLDivergence",
    "mse": "MeanSquaredError",
    "mae": "MeanAbsoluteError",
    "focal": "CategoricalFocalCrossentropy",
    "hinge": "CategoricalHinge",
    "huber": "Huber",
    "log_cosh": "LogCosh",
}


@dataclass(frozen=True)
class Fitting:
    """What ``fit`` uses, ``compile``, ``fit`` to the best epoch, ``refit`` on all but test rows."""

    before: str
    compile: str
    fit: str
    refit: str


def fitting_code(facts: Facts) -> Fitting:
    """Code after the network."""
    return Fitting(
        "\n\n\n".join(_classes(facts)),
        _compile(facts),
        "\n".join(_fit(facts)),
        "\n".join(_refit(facts)),
    )


def _compile(facts: Facts) -> str:
    rate, lines = _rate(facts)
    optimizer = _optimizer(facts, rate)
    return "\n".join([*lines, str(call("model.compile", optimizer, **_measured(facts)))])


def _measured(facts: Facts) -> dict[str, Any]:
    smoothing = facts.number("label_smoothing")
    named = {"label_smoothing": smoothing} if smoothing else {}
    loss: Any = call(f"keras.losses.{LOSSES[facts.loss]}", **named)
    if facts.task == "classification" and not facts.one_hot:
        loss = "sparse_categorical_crossentropy"
    metrics = list(METRICS[facts.spec.objective_info.metric].compiled)
    if facts.log:
        metrics = []  # Keras would measure logarithms.
    return {"loss": loss, **({"metrics": metrics} if metrics else {})}


def _rate(facts: Facts) -> tuple[Any, list[str]]:
    """The learning rate as an argument, and the lines before it."""
    config = facts.config
    rate, lines = float(config["learning_rate"]), []
    warm = int(facts.number("warmup_epochs"))
    name = str(config.get("schedule", "constant"))
    decay = _decay(facts)
    if decay or (warm and not _plateaus(facts)):
        lines.append("steps = -(-len(train) // BATCH_SIZE)  # updates in an epoch")
    if decay is None:
        if not warm or _plateaus(facts):
            return rate, lines
        return call("WarmUp", rate, Code(f"{warm} * steps")), lines
    kind, named = decay
    steps = Code(f"{int(config['decay_epochs'])} * steps")
    share = {"alpha" if name == "cosine" else "decay_rate": config["decay_rate"]}
    schedule = call(f"keras.optimizers.schedules.{kind}", rate, decay_steps=steps, **share, **named)
    lines.append(f"schedule = {schedule}")
    if warm:
        return call("WarmUp", Code("schedule"), Code(f"{warm} * steps")), lines
    return Code("schedule"), lines


def _decay(facts: Facts) -> tuple[str, dict[str, Any]] | None:
    return SCHEDULES[str(facts.config.get("schedule", "constant"))]


def _optimizer(facts: Facts, rate: Any) -> Code:
    """The optimizer with the settings that differ from Keras's own."""
    made = stock_optimizer(facts.config)
    given, usual = made.get_config(), type(made)().get_config()
    names = [argument.id for argument in of_optimizer(str(facts.config["optimizer"]))]
    named = {
        name: facts.config[name]
        for name in names
        if given[name] != usual[name] and given[name] is not None
    }
    return call(f"keras.optimizers.{type(made).__name__}", rate, **named)


def _plateaus(facts: Facts) -> bool:
    reduces = facts.config.get("schedule") == "reduce_on_plateau"
    return reduces and facts.number("decay_rate", 1.0) < 1.0


def _classes(facts: Facts) -> list[str]:
    """Definitions that Keras does not have."""
    found = []
    if facts.number("warmup_epochs"):
        found.append(_WARM_CALLBACK if _plateaus(facts) else _warm_schedule(facts))
    if words_of_watch(facts):
        found.append(watch_class(facts))
    return found


def _warm_schedule(facts: Facts) -> str:
    then = "self.then(step - self.steps)" if _decay(facts) else "self.then"
    return f'''\
class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    """The learning rate rises evenly from 0 for some steps; then comes what follows."""

    def __init__(self, then, steps):
        self.then, self.steps = then, steps

    def __call__(self, step):
        step = keras.ops.cast(step, "float32")
        rising = {facts.config["learning_rate"]!r} * step / self.steps
        return keras.ops.where(step < self.steps, rising, {then})'''


_WARM_CALLBACK = '''\
class WarmUp(keras.callbacks.Callback):
    """The learning rate rises evenly from 0 over the first epochs."""

    def __init__(self, rate, steps):
        super().__init__()
        self.rate, self.steps = rate, steps

    def on_train_begin(self, logs=None):
        self.step = 0

    def on_train_batch_begin(self, batch, logs=None):
        if self.step <= self.steps:
            self.model.optimizer.learning_rate = self.rate * self.step / self.steps
        self.step += 1'''


def _fit(facts: Facts) -> list[str]:
    objective, targets = facts.spec.objective_info, facts.targets
    lines = ["callbacks = ["]
    lines += [indented(f"{callback},") for callback in _callbacks(facts)]
    lines += ["]", *_weights_of_classes(facts)]
    history = call(
        "model.fit",
        Code("inputs[train]"),
        Code(f"{targets}[train]"),
        validation_data=Code(f"(inputs[validation], {targets}[validation])"),
        **_sizes(facts, "EPOCHS"),
        callbacks=Code("callbacks"),
    )
    best = Code(f'{objective.direction}(history.history["{objective.id}"])')
    return [*lines, f"history = {history}", f"score = {best}{_unit(facts)}"]


def _refit(facts: Facts) -> list[str]:
    plateau = [_plateau(facts, "loss", "min")] if _plateaus(facts) else []
    callbacks = [*plateau, *_warming(facts)]
    named = {"callbacks": Code("[\n{}\n]".format(indented(",\n".join(callbacks) + ",")))}
    fit = call(
        "model.fit",
        Code("inputs[train]"),
        Code(f"{facts.targets}[train]"),
        **_sizes(facts, str(facts.refit_epochs)),
        **(named if callbacks else {}),
    )
    return [*_weights_of_classes(facts), str(fit)]


def _sizes(facts: Facts, epochs: str) -> dict[str, Any]:
    weighed = facts.spec.dataset.class_weights != "none"
    return {
        "epochs": Code(epochs),
        "batch_size": Code("BATCH_SIZE"),
        **({"class_weight": Code("class_weight")} if weighed else {}),
        "verbose": 2,
    }


def _weights_of_classes(facts: Facts) -> list[str]:
    if facts.spec.dataset.class_weights == "none":
        return []
    return [
        "# Every class counts alike, however many rows it has.",
        "present, counts = np.unique(y[train], return_counts=True)",
        "class_weight = {c: len(train) / (len(present) * n) "
        "for c, n in zip(present.tolist(), counts.tolist())}",
    ]


def _callbacks(facts: Facts) -> list[str]:
    objective = facts.spec.objective_info
    watched: dict[str, Any] = {"mode": objective.direction}
    found: list[str] = []
    if words_of_watch(facts):
        found.append(watch_call(facts))
    if _plateaus(facts):
        found.append(_plateau(facts, objective.id, objective.direction))
    found += _warming(facts)
    patience, delta = int(facts.number("patience")), facts.number("min_delta")
    name = "keras.callbacks.EarlyStopping"
    if patience and not delta:
        named = {**watched, "patience": patience, "restore_best_weights": True}
        return [*found, str(call(name, objective.id, **named))]
    if patience:
        small = Code(f"{written(delta)}{_unit(facts, '/')}")
        named = {**watched, "patience": patience, "min_delta": small}
        found.append(str(call(name, objective.id, **named)))
    named = {**watched, "patience": Code("EPOCHS"), "restore_best_weights": True}
    words = "# Never stops, but brings the weights of the best epoch back."
    return [*found, f"{words}\n{call(name, objective.id, **named)}"]


def _plateau(facts: Facts, monitor: str, mode: str) -> str:
    unit = "" if monitor == "loss" else _unit(facts, "/")
    named = {
        "factor": facts.config["decay_rate"],
        "patience": int(facts.config["decay_epochs"]),
        "mode": mode,
        **({"min_delta": Code(f"{PLATEAU_DELTA}{unit}")} if unit else {}),
    }
    return str(call("keras.callbacks.ReduceLROnPlateau", monitor, **named))


def _warming(facts: Facts) -> list[str]:
    warm = int(facts.number("warmup_epochs"))
    if not warm or not _plateaus(facts):
        return []
    steps = f"{warm} * -(-len(train) // BATCH_SIZE)"
    return [f"WarmUp({written(float(facts.config['learning_rate']))}, {steps})"]


def _unit(facts: Facts, sign: str = "*") -> str:
    """The way between standardised and original units of the objective."""
    power = {"mae": "y_std", "mse": "y_std**2"}.get(facts.spec.objective_info.metric)
    return f" {sign} {power}" if power and not facts.log else ""
