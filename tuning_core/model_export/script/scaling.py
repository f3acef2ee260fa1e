"""The part of a script that turns raw rows into what the network sees and answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tuning_core.catalog.layer_sizes import image_shape
from tuning_core.datasets.tables.kinds import MAX_CATEGORIES
from tuning_core.model_export.script.code import listed, written
from tuning_core.model_export.script.facts import Facts


@dataclass(frozen=True)
class Scaling:
    """``before`` is code that no training rows matter to; ``of_train`` the code that depends on
    ``train``, with ``made`` the names that it makes."""

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
        of_train += _encoded(facts, before) if facts.frame else _standardised(facts)
        made.append("inputs")
    if facts.one_hot:
        before.append(f"targets = keras.utils.to_categorical(y, {facts.classes})")
    if facts.task == "regression":
        of_train += [
            "y_mean, y_std = y[train].mean(), y[train].std()",
            "targets = ((y - y_mean) / y_std).reshape(-1, 1)",
        ]
        made += ["targets", "y_mean", "y_std"]
    return Scaling("\n".join(before), "\n".join(of_train), tuple(made))


def picture(facts: Facts, name: str) -> str:
    """Pixels between 0 and 1, in a line or, for a convolutional network, in their place."""
    info = facts.raw.info
    shape = (-1, *image_shape(info.row_shape)) if "blocks" in facts.config else (-1, info.inputs)
    if shape == (-1, *info.input_shape):
        return f'{name}.astype("float32") / {info.full_scale:g}'
    return f'{name}.reshape{written(shape)}.astype("float32") / {info.full_scale:g}'


def _standardised(facts: Facts) -> list[str]:
    lines, name = [], "x"
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
    # "Not less" is also true of a column without a value.
    return not (np.fmin.reduce(flat, axis=0) < np.fmax.reduce(flat, axis=0)).all()


_ENCODED = '''\
def encoded(x, train):
    """Rows as numbers: texts one-hot, numbers standardised, both by the training rows."""
    columns = []
    for name in x.columns:
        column, known = x[name], x[name].iloc[train]
        if name in CATEGORIES:
{words}
            other = OTHER if known.isna().any() else known.mode()[0]  # what has been trained
            column = column.where(column.isin(known.dropna()), other)
            columns.append(pd.get_dummies(pd.Categorical(column, [OTHER, *words])).to_numpy())
        else:
            {numbers}
    return np.column_stack(columns).astype("float32")'''
_SCALED = """\
std = known.std(ddof=0) if known.nunique() > 1 else 1
            columns.append(((column - known.mean()) / std).to_numpy())"""
_FILLED = """\
median = 0 if known.isna().all() else known.median()
            column, known = column.fillna(median), known.fillna(median)
            """
_ALL_WORDS = "            words = sorted(column.dropna().unique())"
_FREQUENT = f"""\
            # The most frequent have a place of their own.
            counts = known.value_counts().sort_index().sort_values(ascending=False, kind="stable")
            known = known.where(known.isin(counts.index[:{MAX_CATEGORIES}]))
            words = sorted(known.dropna().unique())"""


def _encoded(facts: Facts, before: list[str]) -> list[str]:
    many = any(len(facts.raw.x[name].cat.categories) > MAX_CATEGORIES for name in facts.texts)
    before += [
        listed("CATEGORIES", facts.texts),
        'OTHER = "(other)"  # a missing value or, beside such, one that is in no training row',
        "",
        "",
        _ENCODED.format(
            words=_FREQUENT if many else _ALL_WORDS,
            numbers=(_FILLED if facts.gaps else "") + _SCALED,
        ),
        "",
    ]
    return ["inputs = encoded(x, train)"]
