"""The part of a script that divides the rows as the study did, and scales what the network sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tuning_core.catalog.architecture import image_shape
from tuning_core.catalog.planes import FEATURES
from tuning_core.datasets.planes import with_features
from tuning_core.datasets.preprocessing import FARTHEST
from tuning_core.datasets.splitting import can_stratify
from tuning_core.model_export.script.code import Code, call, written
from tuning_core.model_export.script.columns import encoded
from tuning_core.model_export.script.facts import Facts


def dividing_code(facts: Facts) -> str:
    """Code that makes the row numbers ``train``, ``validation`` and ``test``.

    With folds ``outside`` are all rows that are not in the test part, and ``folds`` the pairs of
    training and validation rows. ``test`` is missing where the dataset has a test part of its own.
    """
    if facts.rows.ordered:
        code = _by_time(facts)
    elif facts.rows.groups is not None:
        code = _by_group(facts)
    else:
        code = _at_random(facts)
    return code if facts.folds == 1 else f"{code}\n{_folds(facts)}"


def _at_random(facts: Facts) -> str:
    indices = facts.indices
    lines = []
    before = Code("np.arange(len(y))")
    if len(indices.test):
        lines.append(f"outside, test = {_cut(facts, before, len(indices.test))}")
        before = Code("outside")
    elif facts.folds > 1:
        lines.append(f"outside = {before}")
    if facts.folds == 1:
        validation = len(indices.validation)
        lines.append(f"train, validation = {_cut(facts, before, validation)}")
    return "\n".join(lines)


def _cut(facts: Facts, rows: Code, count: int) -> Code:
    named: dict[str, object] = {"test_size": count, "random_state": facts.spec.dataset.seed}
    if facts.task == "classification":
        labels = facts.rows.y
        if rows == "outside":
            labels = labels[_outside(facts)]
        if can_stratify(labels, count):
            named["stratify"] = Code("y[outside]" if rows == "outside" else "y")
    return call("train_test_split", rows, **named)


def _outside(facts: Facts) -> np.ndarray:
    return np.concatenate([facts.indices.train, facts.indices.validation])


def _by_time(facts: Facts) -> str:
    """The newest rows are the test part, those before them validate."""
    train, validation = len(facts.indices.train), len(facts.indices.validation)
    first = f"[{train}, {train + validation}]"
    if facts.folds == 1:
        return f"train, validation, test = np.split(np.arange(len(y)), {first})"
    return f"outside, test = np.split(np.arange(len(y)), [{train + validation}])"


def _by_group(facts: Facts) -> str:
    """No group is in two parts."""
    lines = []
    rows = "np.arange(len(y))"
    groups = facts.rows.groups
    assert groups is not None
    parts = [("outside", "test", facts.indices.test)]
    if facts.folds == 1:
        parts.append(("train", "validation", facts.indices.validation))
    for kept, cut, indices in parts:
        shuffle = call(
            "GroupShuffleSplit",
            n_splits=1,
            test_size=len(np.unique(groups[indices])),
            random_state=facts.spec.dataset.seed,
        )
        lines.append(f"rows = {rows}")
        lines.append(f"kept, cut = next({shuffle}.split(rows, groups=groups[rows]))")
        lines.append(f"{kept}, {cut} = rows[kept], rows[cut]")
        rows = "outside"
    return "\n".join(lines)


def _folds(facts: Facts) -> str:
    """The parts of the rows outside the test part that take turns to validate."""
    seed = facts.spec.dataset.seed
    lines = ["outside = np.sort(outside)"]
    named = {"n_splits": facts.folds, "shuffle": True, "random_state": seed}
    if facts.rows.ordered:
        parts = f"{call('TimeSeriesSplit', facts.folds)}.split(outside)"
    elif facts.rows.groups is not None:
        parts = f"{call('GroupKFold', **named)}.split(outside, groups=groups[outside])"
    elif facts.task == "classification" and _enough(facts):
        parts = f"{call('StratifiedKFold', **named)}.split(outside, y[outside])"
    else:
        parts = f"{call('KFold', **named)}.split(outside)"
    lines.append(f"parts = {parts}")
    lines.append("folds = [(outside[train], outside[held]) for train, held in parts]")
    return "\n".join(lines)


def _enough(facts: Facts) -> bool:
    labels = facts.rows.y[_outside(facts)]
    return bool(np.unique(labels, return_counts=True)[1].min() >= facts.folds)


@dataclass(frozen=True)
class Scaling:
    """The pieces of code that scale the inputs.

    ``before`` is code that no training rows matter to; ``of_train`` the code that depends on
    ``train``, with ``made`` the names that it makes.
    """

    before: str
    of_train: str
    made: tuple[str, ...]


def scaling_code(facts: Facts) -> Scaling:
    """Code for ``inputs`` and, where the answers are not the ``y`` of the data, ``targets``."""
    before: list[str] = []
    of_train: list[str] = []
    made: list[str] = []
    if facts.raw.info.full_scale is not None:
        before.append(f"inputs = {picture(facts, 'x')}")
    else:
        before += _features(facts)
        of_train += encoded(facts, before) if facts.frame else _standardised(facts)
        made.append("inputs")
    if facts.one_hot:
        before.append(f"targets = keras.utils.to_categorical(y, {facts.classes})")
    if facts.task == "regression":
        values = "y"
        if facts.log:
            before += _scale(facts.log)
            values = "logs"
        of_train += [
            f"y_mean, y_std = {values}[train].mean(), {values}[train].std()",
            f"targets = (({values} - y_mean) / y_std).reshape(-1, 1)",
        ]
        made += ["targets", "y_mean", "y_std"]
    return Scaling("\n".join(before), "\n".join(of_train), tuple(made))


def _scale(log: str) -> list[str]:
    """Code for a target that is learnt on a scale of logarithms, and the way back."""
    there, back = ("np.log", "np.exp") if log == "log" else ("np.log1p", "np.expm1")
    return [
        f"logs = {there}(y)",
        f"\n\ndef original(answers, y_mean, y_std):\n"
        f'    """Answers in the unit of y; what is far beyond all of it is cut."""\n'
        f"    cut = np.clip(answers[:, 0].astype(float), -{FARTHEST:g}, {FARTHEST:g})\n"
        f"    return {back}(cut * y_std + y_mean)\n",
    ]


def picture(facts: Facts, name: str) -> str:
    """Pixels between 0 and 1, in a line or, for a convolutional network, in their place."""
    info = facts.raw.info
    shape = (-1, *image_shape(info.row_shape)) if "blocks" in facts.config else (-1, info.inputs)
    if shape == (-1, *info.input_shape):
        return f'{name}.astype("float32") / {info.full_scale:g}'
    return f'{name}.reshape{written(shape)}.astype("float32") / {info.full_scale:g}'


def _features(facts: Facts) -> list[str]:
    """What the network sees of points in place of their x and y."""
    columns = [FEATURES[name].code for name in facts.raw.info.features]
    if not columns:
        return []
    return [
        f"\n\ndef features(x, y):\n    return np.column_stack([{', '.join(columns)}])",
        "\n\nseen = features(*x.T)",
    ]


def _standardised(facts: Facts) -> list[str]:
    lines, name = [], "seen" if facts.raw.info.features else "x"
    if facts.gaps:
        lines += [
            "median = pd.DataFrame(x[train]).median().fillna(0).to_numpy()",
            "filled = np.where(np.isnan(x), median, x)",
        ]
        name = "filled"
    lines.append(f"mean, std = {name}[train].mean(axis=0), {name}[train].std(axis=0)")
    if facts.folds > 1 or _constant(facts):
        lines.append(f"std[np.ptp({name}[train], axis=0) == 0] = 1  # columns that never change")
    return [*lines, f"inputs = ({name} - mean) / std"]


def _constant(facts: Facts) -> bool:
    """Whether a column has at most one value in all training rows."""
    x = facts.rows.rows(facts.indices.train)
    flat = np.asarray(x.reshape(len(x), -1) if isinstance(x, np.ndarray) else x.to_numpy(float))
    flat = with_features(flat, facts.raw.info.features)
    # "Not less" is also true of a column without a value.
    return not (np.fmin.reduce(flat, axis=0) < np.fmax.reduce(flat, axis=0)).all()
