"""The address of What-if: the whole setting in readable query parameters, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pages.components.shared.slider_stops import stops
from tuning_core.catalog import FAMILIES
from tuning_core.catalog.hyperparameters import Hyperparameter, Value, known_to
from tuning_core.catalog.objectives import DEFAULT_OBJECTIVE, metrics_for
from tuning_core.lessons import all_lessons
from tuning_core.lessons.parts import Aim
from tuning_core.space import SpecError
from tuning_core.spec.dataset import DatasetSpec
from tuning_core.spec.training_request import (
    Change,
    TrainingRequest,
    checked_values,
    parse_training,
)

START: dict[str, Any] = {
    "dataset": {"id": "moons"},
    "family": "mlp",
    "values": {"units": 8, "learning_rate": 0.01},
    "epochs": 20,
}
"""What the page shows at an address that says nothing: it learns something, visibly, at once."""

LONGEST_LINK = 4_000
GO_ON = "go on"


@dataclass(frozen=True)
class WhatIfSetting:
    """What the page shows: a training, and whether it is trained at once or when asked to.

    With ``goes_on`` the training goes on when a knob moves, and does not begin anew. ``aim`` is the
    lesson whose aim is pursued, ``metric`` that of the curve where it is not the objective's.
    Values without a meaning beside the others are kept for when they have one.
    """

    request: TrainingRequest
    at_once: bool = True
    goes_on: bool = False
    aim: str = ""
    metric: str = ""


@dataclass(frozen=True)
class ReadAddress:
    """A setting read from an address, and a sentence for each part of it that was wrong."""

    setting: WhatIfSetting
    complaints: tuple[str, ...] = field(default=())


def query_of(
    request: TrainingRequest,
    *,
    at_once: bool = True,
    goes_on: bool = False,
    aim: str = "",
    metric: str = "",
) -> dict[str, str]:
    """The query parameters of a setting: what differs from the defaults."""
    dataset = request.dataset.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    query = {"dataset": request.dataset.id}
    if set(dataset) - {"id"}:
        query["data"] = json.dumps({k: v for k, v in dataset.items() if k != "id"})
    query |= {"family": request.family, "epochs": str(request.epochs), "seed": str(request.seed)}
    if request.trial > 1:
        query["trial"] = str(request.trial)
    if request.objective != DEFAULT_OBJECTIVE[request.dataset.info.task]:
        query["objective"] = request.objective
    known = known_to(request.family, request.dataset.info.task)
    for name, value in request.values.items():
        if known[name].inherits or value != known[name].default:
            query[name] = _written(value)
    if request.changes:
        query["change"] = " ".join(map(_change, request.changes))
    if not at_once:
        query["train"] = "ask"
    if goes_on:
        query["knobs"] = GO_ON
    if aim:
        query["aim"] = aim
    if metric:
        query["metric"] = metric
    return query


def setting_of(query: Mapping[str, str]) -> ReadAddress:
    """The setting of an address; what is wrong in it has its default and is complained of."""
    if not query:
        return ReadAddress(WhatIfSetting(parse_training(START)))
    reader = _Reader(dict(query))
    return ReadAddress(reader.setting(), tuple(dict.fromkeys(reader.complaints)))


class _Reader:
    """Reads one address, part by part."""

    def __init__(self, query: dict[str, str]) -> None:
        self._query = query
        self.complaints: list[str] = []

    def setting(self) -> WhatIfSetting:
        """The setting, whatever the address says."""
        dataset = self._dataset()
        family = self._query.pop("family", "mlp")
        fitting = [f for f in FAMILIES if dataset.info.kind in FAMILIES[f].kinds]
        if family not in fitting:
            self._complain("family", f"expected one of {', '.join(fitting)}", family)
            family = "mlp"
        numbers = {
            name: number
            for name in ("epochs", "seed", "trial")
            if (number := self._number(name)) is not None
        }
        objective = self._query.pop("objective", "")
        train = self._query.pop("train", "")
        if train not in ("", "ask"):
            self._complain("train", "expected ask", train)
        knobs = self._query.pop("knobs", "")
        if knobs not in ("", GO_ON):
            self._complain("knobs", f"expected {GO_ON}", knobs)
        aim, metric = self._aim(), self._metric(dataset)
        changes = self._changes(family, dataset.info.task)
        values = self._values(family, dataset.info.task)
        document: dict[str, Any] = {
            "dataset": dataset.model_dump(mode="json", exclude_none=True),
            "family": family,
            "values": values,
        }
        for name, value in {**numbers, "objective": objective}.items():
            try:
                parse_training({**document, name: value})
            except SpecError as error:
                self.complaints.append(f"{error} The default is used.")
            else:
                document[name] = value
        document.setdefault("epochs", START["epochs"])
        try:
            request = parse_training({**document, "changes": changes})
        except SpecError as error:
            self.complaints.append(f"change: {error.message} The default is used.")
            request = parse_training(document)
        return WhatIfSetting(request, train != "ask", knobs == GO_ON, aim, metric)

    def _metric(self, dataset: DatasetSpec) -> str:
        metric = self._query.pop("metric", "")
        fitting = metrics_for(dataset.info.task, dataset.info.classes)
        if metric in ("", *fitting):
            return metric
        self._complain("metric", f"expected one of {', '.join(fitting)}", metric)
        return ""

    def _dataset(self) -> DatasetSpec:
        id = self._query.pop("dataset", START["dataset"]["id"])
        data = self._query.pop("data", "")
        document: dict[str, Any] = {"id": id}
        try:
            rest = json.loads(data[:LONGEST_LINK]) if data else {}
            if not isinstance(rest, dict):
                raise ValueError
            document |= rest | {"id": id}
        except (ValueError, RecursionError):
            self._complain("data", "expected a JSON object", data)
        for attempt in (document, {"id": id}):
            try:
                return parse_training({"dataset": attempt}).dataset
            except SpecError as error:
                self.complaints.append(f"{error} The default is used.")
        return DatasetSpec(id=START["dataset"]["id"])

    def _aim(self) -> str:
        asked = self._query.pop("aim", "")
        lesson = all_lessons().get(asked)
        if asked and (lesson is None or not isinstance(lesson.aim, Aim)):
            self._complain("aim", "expected a lesson with an aim for What-if", asked)
            return ""
        return asked

    def _number(self, name: str) -> int | None:
        written = self._query.pop(name, None)
        if written is None:
            return None
        try:
            return int(written[:20])
        except ValueError:
            self._complain(name, "expected a whole number", written)
            return None

    def _changes(self, family: str, task: str) -> list[dict[str, Any]]:
        """As in ``12 learning_rate 0.01 dropout 0.2 20 weight.1.3.2 0``: epochs, what changes."""
        known = known_to(family, task)
        written = self._query.pop("change", "")
        words = written[: 3 * LONGEST_LINK].split()
        changes: list[dict[str, Any]] = []
        while words:
            word = words.pop(0)
            if word.isascii() and word.isdigit():
                changes.append({"epoch": int(word[:20]), "values": {}, "weights": []})
            elif changes and words:
                value, weight = words.pop(0), _WEIGHT.fullmatch(word)
                if weight:
                    place = {n: int(part) for n, part in weight.groupdict().items() if part}
                    changes[-1]["weights"].append({**place, "value": _number(float, value)})
                    continue
                read = _read(known[word], value) if word in known else value
                changes[-1]["values"][word] = read
            else:
                self._complain("change", "expected epochs, each with names and values", written)
                return []
        return changes

    def _values(self, family: str, task: str) -> dict[str, Value]:
        known = known_to(family, task)
        values: dict[str, Value] = {}
        for name, written in self._query.items():
            value = _read(known[name], written) if name in known else written
            try:
                values |= checked_values({name: value}, family, task)
            except SpecError as error:
                field = error.field.removeprefix("values.")
                further = _beyond(known[name]) if name in known else ""
                self.complaints.append(f"{field}: {error.message}{further} The default is used.")
        return values

    def _complain(self, name: str, expected: str, came: str) -> None:
        shown = json.dumps(came[:60])
        self.complaints.append(f"{name}: {expected}, received {shown}. The default is used.")


def _beyond(hyperparameter: Hyperparameter) -> str:
    """Where a number's slider ends, if an address may go further."""
    if hyperparameter.kind in ("boolean", "choice"):
        return ""
    ends = stops(hyperparameter)
    if (ends[0], ends[-1]) == (hyperparameter.low, hyperparameter.high):
        return ""
    return f" (Its slider goes from {ends[0]:g} to {ends[-1]:g}, an address may go further.)"


def _read(hyperparameter: Hyperparameter, written: str) -> Any:
    """A value as its kind; what cannot be read stays text, and its check says what it expected."""
    if hyperparameter.kind == "boolean":
        return {"yes": True, "true": True, "no": False, "false": False}.get(written, written)
    if hyperparameter.kind == "choice":
        return written
    return _number(int if hyperparameter.kind == "integer" else float, written)


def _number(kind: type[int] | type[float], written: str) -> Any:
    try:
        return kind(written[:40])
    except ValueError:
        return written


_WEIGHT = re.compile(
    r"(?:weight|bias)\.(?P<layer>[0-9]{1,5})\.(?P<unit>[0-9]{1,5})(?:\.(?P<input>[0-9]{1,5}))?"
)


def _change(change: Change) -> str:
    """``12 dropout 0.2 weight.1.3.2 0.5 bias.2.1 0``: of a weight layer, unit and input."""
    given = [f"{name} {_written(value)}" for name, value in change.values.items()]
    for one in change.weights:
        word = "bias" if one.input is None else "weight"
        place = ".".join(str(number) for number in one.place if number is not None)
        given.append(f"{word}.{place} {_written(one.value)}")
    return " ".join([str(change.epoch), *given])


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    # The shortest text that is read as the same number; 10 and not 10.0.
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
