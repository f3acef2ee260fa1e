"""What people note of a study and its trials: a note, tags and a star each, in one file."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from tuning_core.files import write_whole

LONGEST_NOTE, LONGEST_TAG = 2_000, 30
"""Letters."""
MOST_TAGS, MOST_TRIALS = 10, 1_000
"""Tags of a study or trial; trials of a study that have something noted."""
LARGEST_FILE = 10_000_000
"""Bytes."""


class Mark(BaseModel):
    """What is noted of one study or trial; a tag has neither commas nor capitals."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
    tags: Annotated[tuple[str, ...], Field(max_length=MOST_TAGS, strict=False)] = ()
    star: bool = False

    @field_validator("note")
    @classmethod
    def _readable(cls, value: str) -> str:
        note = _printable(value, "\n").strip()
        if len(note) > LONGEST_NOTE:  # Letters may come apart into several.
            raise ValueError(f"a note has at most {LONGEST_NOTE:,} letters, not {len(note):,}")
        return note

    @field_validator("tags")
    @classmethod
    def _short(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        tags = [" ".join(_printable(tag).replace(",", " ").lower().split()) for tag in value]
        for tag in tags:
            if len(tag) > LONGEST_TAG:
                raise ValueError(f"a tag has at most {LONGEST_TAG} letters, not {len(tag)}")
        return tuple(dict.fromkeys(tag for tag in tags if tag))

    def __bool__(self) -> bool:
        return self != Mark()


class Marks(BaseModel):
    """What is noted of a study, and of its trials by number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    study: Mark = Mark()
    trials: Annotated[Mapping[int, Mark], Field(max_length=MOST_TRIALS)] = {}

    def __bool__(self) -> bool:
        return bool(self.study) or bool(self.trials)

    def of(self, trial: int) -> Mark:
        """What is noted of a trial."""
        return self.trials.get(trial, Mark())

    def changed(self, trial: int | None, mark: Mark) -> Marks:
        """With another mark of a trial, or of the study for None. Raises ValueError."""
        if trial is None:
            return Marks(study=mark, trials=self.trials)
        others = {number: kept for number, kept in self.trials.items() if number != trial}
        return Marks(study=self.study, trials={**others, trial: mark} if mark else others)

    def has(self, words: str) -> bool:
        """Whether its notes or tags have these words, in lower case."""
        marks = (self.study, *self.trials.values())
        return any(words in mark.note.lower() or words in " ".join(mark.tags) for mark in marks)


def read_marks(path: Path) -> Marks:
    """What is noted in a file; nothing where there is none that can be read."""
    try:
        return parse_marks(path.read_bytes()) if path.stat().st_size <= LARGEST_FILE else Marks()
    except (OSError, ValueError):
        return Marks()


def parse_marks(content: bytes) -> Marks:
    """The marks of a file. Raises ValueError."""
    return Marks.model_validate_json(content)


def write_marks(path: Path, marks: Marks) -> None:
    """Keep them, whole or not at all; raises OSError."""
    write_whole(path, marks.model_dump_json(exclude_defaults=True))


def problem(error: ValidationError) -> str:
    """What is wrong with a mark, in one sentence."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    words = first["msg"].removeprefix("Value error, ")
    return f"{'.'.join(map(str, first['loc']))}: {words[:1].lower()}{words[1:]}."


def _printable(text: str, kept: str = "") -> str:
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    return "".join(c if c.isprintable() or c in kept else " " for c in text)
