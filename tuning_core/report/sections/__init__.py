"""The sections of a report, in their order: a function each, None where one does not apply."""

from __future__ import annotations

from collections.abc import Callable

from tuning_core.report.elements import Section
from tuning_core.report.sections.assessed import others, references
from tuning_core.report.sections.closing import limits, reproduce
from tuning_core.report.sections.deciding import deciding
from tuning_core.report.sections.drives import drives, slices
from tuning_core.report.sections.noted import noted
from tuning_core.report.sections.outcome import best, diagnoses, pictures
from tuning_core.report.sections.setting import data, question, search, space, split
from tuning_core.report.sections.taught import more_rows, path, tuning
from tuning_core.report.sections.tested import confirmation, mistakes, test_part
from tuning_core.report.told import Told

SECTIONS: tuple[Callable[[Told], Section | None], ...] = (
    question,
    data,
    split,
    space,
    search,
    best,
    pictures,
    diagnoses,
    confirmation,
    test_part,
    mistakes,
    references,
    drives,
    slices,
    deciding,
    path,
    more_rows,
    tuning,
    others,
    noted,
    limits,
    reproduce,
)
