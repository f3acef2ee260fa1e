"""What a script measures: metrics of Keras, and those that a callback adds to an epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tuning_core.model_export.script.code import Code
from tuning_core.model_export.script.facts import Facts


@dataclass(frozen=True)
class ScriptMetric:
    """A metric as a script measures it.

    ``compiled`` is what ``compile`` gets, ``test`` the code of its value for ``answers`` to rows of
    the truth ``y``. What Keras does not measure so has ``words``: a callback adds it to each epoch.
    """

    compiled: tuple[Any, ...] = ()
    test: str = ""
    words: str = ""


METRICS: dict[str, ScriptMetric] = {
    "loss": ScriptMetric(),
    "accuracy": ScriptMetric(("accuracy",), "np.mean(answers.argmax(axis=1) == {y})"),
    "auc": ScriptMetric(
        ("accuracy",), "roc_auc_score({y}, answers[:, 1])", "the area under the ROC curve"
    ),
    "f1": ScriptMetric(
        ("accuracy",), "f1_score({y}, answers.argmax(axis=1), zero_division=0.0)", "the F1 score"
    ),
    "mae": ScriptMetric(("mae",), "np.mean(np.abs(answers - {y}))"),
    "mse": ScriptMetric(("mse",), "np.mean((answers - {y}) ** 2)"),
    "r2": ScriptMetric((Code('keras.metrics.R2Score(name="r2")'),), "r2_score({y}, answers)"),
}


def words_of_watch(facts: Facts) -> str:
    """What a callback has to measure: what Keras does not, in the unit in which it is meant."""
    name = facts.spec.objective_info.metric
    if facts.log and name != "loss":
        return f"the {name} in the unit of y"
    return METRICS[name].words


def watch_class(facts: Facts) -> str:
    """The callback that adds it to each epoch."""
    name = facts.spec.objective_info.metric
    return _WATCH.format(
        words=words_of_watch(facts),
        metric=name,
        code=METRICS[name].test.format(y="self.y"),
        back="\n        answers = original(answers, *self.scale)" if facts.log else "",
        given=", scale" if facts.log else "",
        kept=", self.scale" if facts.log else "",
    )


def watch_call(facts: Facts) -> str:
    """The callback on the validation rows."""
    scale = ", (y_mean, y_std)" if facts.log else ""
    return f"Watch(inputs[validation], y[validation]{scale})"


_WATCH = '''\
class Watch(keras.callbacks.Callback):
    """Adds {words} on the validation rows to what an epoch reports."""

    def __init__(self, inputs, y{given}):
        super().__init__()
        self.inputs, self.y{kept} = inputs, y{given}

    def on_epoch_end(self, epoch, logs):
        answers = self.model.predict(self.inputs, verbose=0){back}
        logs["val_{metric}"] = {code}'''
