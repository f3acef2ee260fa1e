"""Who is in a class and how they stand: what the board shows, and the table to keep."""

from __future__ import annotations

import csv
import io
import time
from collections import Counter
from dataclasses import dataclass
from statistics import median

from pages.components.app.navigation import PAGES
from pages.components.class_room.tasks import data_title, lesson_title
from tuning_core.classroom.state import ClassState, GivenAnswer, Member
from tuning_core.datasets.spreadsheet import safe_text
from tuning_core.lessons import all_lessons

STUCK_SECONDS = 120.0
"""Without a step for so long, while others go on, somebody is stuck."""

_TITLES = {entry.address: entry.title for entries in PAGES.values() for entry in entries}


@dataclass(frozen=True)
class Roll:
    """A class at a moment; ``here`` are ids of members whose page is open."""

    state: ClassState
    here: frozenset[str]
    now: float

    @classmethod
    def call(cls, state: ClassState, here: frozenset[str]) -> Roll:
        """The class now."""
        return cls(state, here, time.time())

    @property
    def students(self) -> list[Member]:
        """All who have joined and were not removed."""
        return self.state.students

    @property
    def present(self) -> list[Member]:
        """Those whose page is open."""
        return [member for member in self.students if member.id in self.here]

    @property
    def gone(self) -> list[Member]:
        """Those who have left the page."""
        return [member for member in self.students if member.id not in self.here]

    @property
    def stuck(self) -> list[Member]:
        """Those here who have done nothing for a while, though others have."""
        ago = {member.id: self.now - self._last(member) for member in self.present}
        if not any(seconds < STUCK_SECONDS for seconds in ago.values()):
            return []
        return [member for member in self.present if ago[member.id] >= STUCK_SECONDS]

    @property
    def places(self) -> list[tuple[str, list[Member]]]:
        """Where those here are, the fullest place first."""
        count = Counter(place_of(member) for member in self.present)
        return [
            (place, [member for member in self.present if place_of(member) == place])
            for place, _ in count.most_common()
        ]

    def answers(self, lesson: str) -> list[int]:
        """How many gave each answer to the question of a lesson."""
        given = Counter(option for option, _ in self._given(lesson))
        return [given[option] for option in range(len(all_lessons()[lesson].question.options))]

    def right_option(self, lesson: str) -> int | None:
        """The right answer, once all who are here have given theirs."""
        waiting = [member for member in self.present if lesson not in member.answers]
        right = [option for option, is_right in self._given(lesson) if is_right]
        return None if waiting or not right else right[0]

    def reached(self, lesson: str) -> list[Member]:
        """Those who have reached the aim of a lesson."""
        return [member for member in self.students if lesson in member.aims]

    @property
    def guesses(self) -> tuple[int, int]:
        """How many guesses are kept, and how many were right about the way it would go."""
        right = [guess.right for member in self.students for guess in member.guesses]
        return len(right), sum(right)

    def table(self) -> str:
        """A line for each student as CSV, with no text that a spreadsheet would run."""
        lessons = [
            id for id in all_lessons() if any(id in member.answers for member in self.students)
        ]
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(
            [
                *("nickname", "here", "where", "seconds_since_last_deed", "stuck", "steps"),
                *("guesses", "guesses_right", "numbers_half_within", "aims_reached"),
                *(f"answer: {lesson_title(id)}" for id in lessons),
                *(f"right: {lesson_title(id)}" for id in lessons),
            ]
        )
        stuck = {member.id for member in self.stuck}
        for member in self.students:
            right = sum(guess.right for guess in member.guesses)
            named = [(g.came, g.expected) for g in member.guesses if g.expected is not None]
            off = [abs(came - expected) for came, expected in named]
            given = [member.answers.get(id) for id in lessons]
            row = [
                *(member.nickname, _yes(member.id in self.here), place_of(member)),
                *(round(self.now - member.seen), _yes(member.id in stuck), member.steps),
                *(len(member.guesses), right, f"{median(off):.6g}" if off else ""),
                "; ".join(lesson_title(lesson) for lesson in member.aims),
                *(
                    option_words(id, answer.option) if answer else ""
                    for id, answer in zip(lessons, given, strict=True)
                ),
                *(_yes(answer.right) if answer else "" for answer in given),
            ]
            writer.writerow([safe_text(cell) if isinstance(cell, str) else cell for cell in row])
        return text.getvalue()

    def _given(self, lesson: str) -> list[tuple[int, bool]]:
        found: list[GivenAnswer | None] = [m.answers.get(lesson) for m in self.students]
        return [(answer.option, answer.right) for answer in found if answer is not None]

    def _last(self, member: Member) -> float:
        """When a member last did something, or was last given something to do."""
        return max(member.seen, self.state.task_set)


def place_of(member: Member) -> str:
    """Where a member is, in words."""
    if member.page == "learn" and member.what:
        return f"Lesson \u2018{lesson_title(member.what)}\u2019"
    if member.page == "what_if" and member.what:
        return f"What-if, {data_title(member.what)}"
    return _TITLES.get(member.page, "Elsewhere")


def option_words(lesson: str, option: int) -> str:
    """An answer to a lesson's question in its words."""
    options = all_lessons()[lesson].question.options
    return options[option] if option < len(options) else str(option)


def _yes(value: bool) -> str:
    return "yes" if value else "no"
