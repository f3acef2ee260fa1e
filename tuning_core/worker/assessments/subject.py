"""The model that is downloaded, with rows that it never trained on: what effects are asked of."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import keras
import numpy as np
import pandas as pd
from scipy.special import softmax

from tuning_core.analysis.row_metrics import Answers, known_metrics
from tuning_core.catalog.objectives import OBJECTIVES, Direction
from tuning_core.datasets import (
    PreparedData,
    RawData,
    load_rows,
    split,
    split_rows,
    take_rows,
    untouched_rows,
)
from tuning_core.datasets.splitting import outside_test
from tuning_core.journal.reading import read_events
from tuning_core.model_export import ExportError, best_model_and_data
from tuning_core.model_export.evaluation import evaluate, raw_inputs
from tuning_core.model_export.own_model import OwnBest, own_best
from tuning_core.own_models.data import OwnPart
from tuning_core.spec.dataset import OWN_DATA
from tuning_core.spec.decision import read_decision
from tuning_core.training import load_best
from tuning_core.worker.assessments.asked import Asked
from tuning_core.worker.requests.row_input import column_names
from tuning_core.worker.search.refit import refit_best
from tuning_core.worker.search.replay import replay
from tuning_core.worker.study_rows import load_kept

PartName = Literal["validation", "test", "training"]
Kind = Literal["number", "date", "category", "text"]
_CHUNK = 2_048
_KEPT: OrderedDict[tuple[Any, ...], Subject] = OrderedDict()
_MOST_KEPT = 2


@dataclass(frozen=True)
class Column:
    """A column of the rows as they came; ``form`` is how its dates were written."""

    name: str
    kind: Kind
    form: str | None = None


@dataclass(frozen=True)
class Subject:
    """A model and the raw ``rows`` (n) of a ``part`` with their ``truth`` (n,).

    ``columns`` are None for pictures. ``metric`` is the study's, or ``stands_for`` says of which
    one that rows cannot be judged by it takes the place. ``classes`` are names, none for values.
    """

    part: PartName
    rows: Any
    truth: np.ndarray
    columns: tuple[Column, ...]
    classes: tuple[str, ...]
    target: str
    metric: str
    stands_for: str
    say: Callable[[Any, np.ndarray], Answers]

    @property
    def direction(self) -> Direction:
        """Which way the metric is better."""
        return OBJECTIVES[f"val_{self.metric}"].direction

    def taken(self, most: int) -> Subject:
        """At most so many of its rows, evenly from all over."""
        if len(self.truth) <= most:
            return self
        places = np.linspace(0, len(self.truth) - 1, most).astype(int)
        return replace(self, rows=take_rows(self.rows, places), truth=self.truth[places])

    def values(self, place: int) -> pd.Series:
        """The values of a column by its place."""
        if isinstance(self.rows, np.ndarray):
            return pd.Series(self.rows[:, place])
        return self.rows.iloc[:, place].reset_index(drop=True)

    def with_column(self, place: int, values: Any, rows: np.ndarray) -> Any:
        """The raw ``rows`` of these numbers with other ``values`` in a column."""
        return with_column(take_rows(self.rows, rows), place, values)

    def column(self, name: str) -> int:
        """The place of a column. Raises ExportError, which lists some."""
        names = [column.name for column in self.columns]
        if name in names:
            return names.index(name)
        some = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
        raise ExportError(f"column: expected one of {some}, received {name[:60]!r}.")


def with_column(rows: Any, place: int, values: Any) -> Any:
    """Raw rows with other ``values`` in a column, an array or what a data frame takes."""
    if isinstance(rows, np.ndarray):
        changed = rows.copy()
        changed[:, place] = values
        return changed
    columns = {name: rows[name].array for name in rows.columns}
    columns[rows.columns[place]] = values
    return pd.DataFrame(columns)


def subject_of(asked: Asked, part: str | None, *, describing: bool = False) -> Subject:
    """The best model as it is downloaded, on rows that are new to it.

    Where there are none yet, as after a cross-validation, training rows serve what only
    ``describing`` what the model says needs. Raises ExportError where nothing serves.
    """
    refit_best(asked.files, asked.spec, asked.home)
    if not asked.files.best.is_file():
        raise ExportError("This study has no model yet: wait until its first epoch has ended.")
    chosen = _part(asked, part, describing)
    sources = [(str(path), path.stat().st_ino, path.stat().st_mtime_ns) for path in
               asked.files.made_of]  # fmt: skip
    key = (*sources, asked.spec.to_json(), chosen)
    found = _KEPT.pop(key, None)
    if found is None:
        found = (_own if asked.spec.model.own else _family)(asked, chosen)
    _KEPT[key] = found
    while len(_KEPT) > _MOST_KEPT:
        _KEPT.popitem(last=False)
    return found


def _part(asked: Asked, part: str | None, describing: bool) -> PartName:
    folds = asked.spec.folds > 1
    if part == "test" or (part is None and folds):
        revealed = replay(read_events(asked.files.journal), asked.spec.objective_info).revealed
        if revealed is not None and revealed["trial"] == load_best(asked.files.best)[1]["trial"]:
            return "test"
        if part == "test":
            raise ExportError("The test part has not been revealed: its rows stay unseen.")
        if describing:
            return "training"
    elif not folds:
        return "validation"
    raise ExportError(
        "The best model of a cross-validation is refitted on all rows outside the test part, so no "
        "validation row is new to it: reveal the test score first."
    )


def _family(asked: Asked, part: PartName) -> Subject:
    raw = load_rows(asked.spec.dataset, asked.home)
    decision = read_decision(asked.files.decision)
    best = asked.files.best
    model, meta, data = best_model_and_data(best, asked.spec, asked.home, raw, decision)

    def say(rows: Any, truth: np.ndarray) -> Answers:
        found = evaluate(model, meta["config"], rows, truth, data)
        return Answers(found.predictions, truth, found.losses)

    rows, truth = _rows(asked, raw, part)
    classes = tuple(map(str, raw.info.class_names)) if raw.info.classes else ()
    metric, instead = _metric(asked, ("loss", *known_metrics(len(classes))))
    target = raw.info.target
    return Subject(part, rows, truth, _columns(raw), classes, target, metric, instead, say)


def _metric(asked: Asked, known: Sequence[str]) -> tuple[str, str]:
    """(the metric that rows are judged by, the label of the study's where that is another)."""
    objective = asked.spec.objective_info
    if objective.metric in known:
        return objective.metric, ""
    return next(name for name in known if name != "loss"), objective.label


def _rows(asked: Asked, raw: RawData, part: PartName) -> tuple[Any, np.ndarray]:
    dataset = asked.spec.dataset
    if part == "test":
        test = untouched_rows(raw, dataset)
        return test.x_raw, test.y
    parts = split(raw, dataset)
    places = parts.validation if part == "validation" else outside_test(parts)
    rows = split_rows(raw, dataset)
    return rows.rows(places), rows.y[places]


def _columns(raw: RawData) -> tuple[Column, ...]:
    """Those of a table; pictures have none."""
    if raw.info.kind == "image" or len(raw.x.shape) != 2:
        return ()
    names = column_names(raw)
    if isinstance(raw.x, np.ndarray):
        return tuple(Column(name, "number") for name in names)
    return tuple(
        Column(name, _kind(raw.x.iloc[:, place], name in raw.date_forms), raw.date_forms.get(name))
        for place, name in enumerate(names)
    )


def _kind(values: pd.Series, date: bool) -> Kind:
    if date:
        return "date"
    if isinstance(values.dtype, pd.CategoricalDtype):
        return "category"
    return "number" if pd.api.types.is_numeric_dtype(values.dtype) else "text"


def _own(asked: Asked, part: PartName) -> Subject:
    """A model of one's own, of which rows in one plain array can be asked."""
    best = own_best(asked.files.best, load_kept(asked.files), asked.spec, asked.home)
    if asked.spec.dataset.id != OWN_DATA:
        assert best.prepared is not None
        raw = load_rows(asked.spec.dataset, asked.home)
        rows, truth = _rows(asked, raw, part)
        classes = tuple(map(str, raw.info.class_names)) if raw.info.classes else ()
        columns, target = _columns(raw), raw.info.target
        say = _own_answers(best.exported, bool(classes), best.prepared, rows)
    else:
        rows, truth = _plain(best, part)
        columns, target = _numbered(rows), "the target"
        truth, count = _own_classes(best.model, rows, truth)
        classes = tuple(f"class {number}" for number in range(count))
        say = _own_answers(best.model, bool(count), None, rows)
    metric, instead = _metric(asked, known_metrics(len(classes)))
    return Subject(part, rows, truth, columns, classes, target, metric, instead, say)


def _plain(best: OwnBest, part: PartName) -> tuple[np.ndarray, np.ndarray]:
    data = best.data
    parts: dict[PartName, OwnPart | None] = {
        "training": data.train,
        "validation": data.validation,
        "test": data.test,
    }
    found = parts[part]
    if found is None or not found.plain:
        raise ExportError(
            f"The {part} rows of {best.own.name} are not one array of inputs and one of targets, "
            "so nobody here knows what a column of them is."
        )
    return found.x, np.asarray(found.y)


def _numbered(rows: np.ndarray) -> tuple[Column, ...]:
    if rows.ndim != 2 or not np.issubdtype(rows.dtype, np.number):
        return ()
    return tuple(Column(f"column {n + 1}", "number") for n in range(rows.shape[1]))


def _own_classes(model: keras.Model, rows: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, int]:
    """(truth (n,), classes) as model and targets have them; 0 classes are values."""
    shape = model(rows[:1], training=False).shape
    flat = y.reshape(len(y), -1)
    if len(shape) == 2 and shape[1] > 1:
        hot = flat.shape[1] == shape[1] and bool(np.all((flat == 0) | (flat == 1)))
        if hot or (flat.shape[1] == 1 and not np.any(flat % 1)):
            return (flat.argmax(axis=1) if hot else flat[:, 0]).astype(int), int(shape[1])
    if len(shape) != 2 or shape[1] != 1 or flat.shape[1] != 1:
        raise ExportError("This model does not give each row one value, or a number per class.")
    flat = flat[:, 0]
    if np.isin(flat, (0, 1)).all():
        return flat.astype(int), 2
    return flat.astype(float), 0


def _own_answers(
    model: keras.Model, classes: bool, data: PreparedData | None, rows: Any
) -> Callable[[Any, np.ndarray], Answers]:
    def asked(rows: Any) -> np.ndarray:
        found: list[np.ndarray] = []
        for first in range(0, len(rows), _CHUNK):
            some = rows[first : first + _CHUNK]
            inputs = some if data is None else raw_inputs(some, data)
            found.append(keras.ops.convert_to_numpy(model(inputs, training=False)))
        return np.concatenate(found).reshape(len(rows), -1).astype(np.float64)

    first = asked(rows) if classes else np.zeros((1, 1))
    # Probabilities, or the logits of a loss that takes them.
    logits = first.min() < 0 or first.max() > 1 + 1e-4

    def say(rows: Any, truth: np.ndarray) -> Answers:
        said = asked(rows)
        if classes and said.shape[1] == 1:
            # One unit says how probable the second of two classes is.
            said = np.concatenate([0 * said if logits else 1 - said, said], axis=1)
        if classes and logits:
            said = softmax(said, axis=1)
        return Answers(said, truth)

    return say
