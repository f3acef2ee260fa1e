"""What was searched for and in what: question, data, split, space, search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath

from tuning_core.catalog import FAMILIES
from tuning_core.findings.best_words import known_defaults
from tuning_core.findings.formatting import (
    REASONS,
    aim,
    capitalized,
    count,
    duration,
    joined,
    number,
    parameter_words,
    spelled,
)
from tuning_core.report.elements import Section, facts, listed, says, table
from tuning_core.report.told import Told
from tuning_core.spec.dataset import LOCAL, OWN_DATA
from tuning_core.spec.model import TOOLS

MOST_COLUMNS = 60
"""Columns of a table whose kinds are listed."""

MOST_NAMES = 20
"""Inputs and classes that are named."""

FEW_VALUES = 4
"""Of a condition: one with more says only that something is there at all, such as a layer."""


def question(told: Told) -> Section:
    """What was asked of the search."""
    spec, info = told.spec, told.spec.dataset_info
    source = spec.source
    family = spec.model.name or FAMILIES[spec.model.family].title
    what = {
        "classification": f"tells which {info.target or 'class'} a row is with",
        "regression": f"predicts {info.target or 'a number'} with",
    }.get(info.task, "has")
    searched = len(spec.search_space.searched)
    if source is not None:
        family, what = "those recorded", "has"
    words = (
        f"Which configuration of {family} {what} the {aim(spec.objective_info)}? "
        f"{count(searched, 'hyperparameter')} {'was' if searched == 1 else 'were'} searched on "
        f"{info.title}."
    )
    if source is None:
        return Section("question", "Question", [says(words)])
    tool = TOOLS.get(source.tool, source.tool)
    told_by = f"The search was run by {tool} elsewhere and recorded; nothing was trained here."
    return Section("question", "Question", [says(words), says(told_by), listed(source.notes)])


def data(told: Told) -> Section:
    """The rows, their columns and the target."""
    spec, info, dataset = told.spec, told.spec.dataset_info, told.spec.dataset
    rows = sum(told.study.rows.values()) or info.rows
    pairs = [
        ("data", info.title),
        ("source", _source(told)),
        ("rows", f"{rows:,}" if rows else ""),
        ("target", info.target),
        ("task", info.task if info.task != "other" else ""),
        ("classes", f"{info.classes}: {_listed(info.class_names)}" if info.classes else ""),
        ("inputs", _inputs(told)),
        ("class weights", dataset.class_weights if dataset.class_weights != "none" else ""),
        ("SHA-256 of the file", dataset.sha256 or ""),
        ("licence", info.licence if not (dataset.own or spec.model.own or spec.source) else ""),
    ]
    described = info.description and spec.source is None
    pieces = [says(info.description)] if described else []
    pieces.append(facts(pairs))
    kinds = dataset.columns or {}
    if kinds:
        shown = [(name, kind) for name, kind in kinds.items()][:MOST_COLUMNS]
        pieces.append(table(["column", "read as"], shown))
        if len(kinds) > len(shown):
            pieces.append(says(f"{len(kinds) - len(shown):,} more columns.", quiet=True))
    return Section("data", "Data", pieces)


def _source(told: Told) -> str:
    """Where the rows are from; of a file on a machine, its name alone."""
    id = told.spec.dataset.id
    for prefix in LOCAL:
        if id.startswith(prefix):
            return f"the file {PurePath(id.removeprefix(prefix)).name}"
    return "an uploaded file" if id.startswith("upload:") else ""


def _inputs(told: Told) -> str:
    kinds = told.spec.dataset.columns or {}
    used = Counter(kind for name, kind in kinds.items() if name != told.spec.dataset.target)
    if used:
        return joined([f"{amount:,} {kind}" for kind, amount in used.items()])
    info = told.spec.dataset_info
    if info.image_shape is not None:
        return f"pictures of {' x '.join(map(str, info.image_shape))} pixels"
    names = f": {_listed(info.feature_names)}" if info.feature_names else ""
    return f"{info.inputs:,}{names}" if info.inputs and told.spec.source is None else ""


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def split(told: Told) -> Section | None:
    """Which rows were for what."""
    rows, spec = told.study.rows, told.spec
    if spec.source is not None:
        return None
    names = {"train": "training", "validation": "validation", "test": "test, kept back"}
    body = [[names.get(part, part), f"{amount:,}"] for part, amount in rows.items()]
    by = spec.dataset.group or spec.dataset.time
    how = "Rows were drawn at random"
    if spec.dataset.id == OWN_DATA:
        how = "The model's file says which rows are for what"
    if spec.dataset.group:
        how = f"All rows of the same {by} are in the same part"
    elif spec.dataset.time:
        how = f"Earlier rows by {by} are for training, later ones for validation and test"
    drawn = not spec.dataset.time and spec.dataset.id != OWN_DATA
    words = f"{how}, by seed {spec.dataset.seed}." if drawn else f"{how}."
    if spec.folds > 1:
        words += (
            f" Each trial was trained {spec.folds} times, on all folds but one, and scored on that "
            "one: its score is the mean."
        )
    else:
        words += " Every trial learns from training rows and is scored on validation rows."
    words += " Test rows chose nothing: they are looked at once, at the end."
    pieces = [says(words)]
    if body:
        pieces.insert(0, table(["part", "rows"], body))
    else:
        pieces.append(says("How many rows each part has is known once the first trial has begun."))
    return Section("split", "Split", pieces)


def space(told: Told) -> Section:
    """What could be chosen, beside the default."""
    spec = told.spec
    defaults = known_defaults(spec)
    rows = [
        [spec.label(parameter.name), parameter_words(parameter)]
        + [_value(defaults.get(parameter.name))] * bool(defaults)
        for parameter in spec.search_space.searched
    ]
    if not rows:
        return Section("space", "Space", [says("Every hyperparameter was fixed.")])
    size = spec.reachable()
    words = "Ranges are without a step: there is no end of configurations."
    if size is not None:
        words = f"{size:,} configurations can be made of it."
    conditions = [
        f"{capitalized(spec.label(p.name))} counts only where "
        + " and ".join(
            f"{spec.label(name)} is {' or '.join(map(number, values))}"
            for name, values in p.when.items()
        )
        + "."
        for p in spec.search_space.searched
        if p.when and all(len(values) <= FEW_VALUES for values in p.when.values())
    ]
    head = ["hyperparameter", "searched", *["default"] * bool(defaults)]
    return Section("space", "Space", [table(head, rows), says(words), listed(conditions)])


def _value(value: object) -> str:
    return "-" if value is None else number(value)


def search(told: Told) -> Section:
    """How it was searched, and how that ended."""
    spec, study = told.spec, told.study
    lost = Counter(str(t.status) for t in told.live.trials.values())
    counts = joined([f"{n:,} {status}" for status, n in lost.items()]) if lost else "none"
    plan = told.live.plan if told.planned is None else told.planned.plan
    estimate = told.planned and told.planned.estimate
    pairs = [
        ("strategy", spec.source.search or spec.source.label if spec.source else
         spec.strategy.info.title),
        ("how it chooses", "" if spec.source else spec.strategy.info.sentence),
        ("settings", ", ".join(f"{k} {_short(v)}" for k, v in spec.strategy.settings.items())),
        ("early termination", spec.early_termination.rule.replace("_", " ")
         if spec.early_termination else ""),
        ("trainings of a trial", f"{spec.executions:,}" if spec.executions > 1 else ""),
        ("side by side", f"{spec.parallel:,}" if spec.parallel > 1 else ""),
        ("seed", str(spec.seed) if not spec.source else ""),
        ("trials planned", f"{plan.trials:,}" if not spec.source else ""),
        ("trials", f"{study.trials:,} ended ({counts})"),
        ("epochs", f"{study.epochs:,}" + ("" if spec.source else f" of {plan.epochs:,} planned")),
        ("time", duration(study.seconds) if study.seconds else ""),
        ("time expected", spelled(estimate.low, estimate.high) if estimate else ""),
        ("trained on", study.device),
    ]  # fmt: skip
    return Section("search", "Search", [says(ending(told)), facts(pairs)])


def _short(value: object) -> str:
    text = number(value) if isinstance(value, int | float) else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def ending(told: Told) -> str:
    """How the search ended, or that it has not."""
    study = told.study
    if study.status.active:
        return f"The search is {study.status}: what is said here may change until it has ended."
    if study.status == "failed":
        return f"The search failed. {study.message}".strip()
    if study.status == "finished":
        return f"{REASONS.get(study.reason, 'The search is done')}."
    return f"It was {study.status} before its budget was spent. {study.message}".strip()
