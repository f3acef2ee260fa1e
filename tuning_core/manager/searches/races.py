"""Races: the same search under several strategies and seeds, as studies that wait their turn."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tuning_core.files import write_whole
from tuning_core.home.home import Home, ManagerError, new_id, refuse_beyond_caps
from tuning_core.manager.access import NOT_YOURS, OPERATOR, Person
from tuning_core.planning.equal_epochs import race_of
from tuning_core.space import SpecError
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.store import Store, StudyRow

MOST_RACES = 200
"""Races of a home; those whose studies are all gone make room."""


@dataclass(frozen=True)
class RaceStudy:
    """A study of a race, ``study`` is "" until it is launched."""

    strategy: str
    seed: int
    study: str = ""


@dataclass(frozen=True)
class RaceRecord:
    """A race as it is kept: the spec that it began with, and its studies in their order.

    ``epochs`` is what each study may spend.
    """

    id: str
    user: str
    created: float
    spec: dict[str, Any]
    epochs: int
    studies: tuple[RaceStudy, ...]

    @property
    def strategies(self) -> tuple[str, ...]:
        """Ids of the strategies, in the order in which they were named."""
        return tuple(dict.fromkeys(entry.strategy for entry in self.studies))

    @property
    def seeds(self) -> int:
        """How many seeds each strategy has."""
        return len({entry.seed for entry in self.studies})


_RECORD = TypeAdapter(RaceRecord)


class Races:
    """The races of a home. Their studies are like any other, and belong to who began the race."""

    def __init__(
        self,
        home: Home,
        store: Store,
        launch: Callable[..., str],
        resume: Callable[..., None],
        stop: Callable[..., None],
    ) -> None:
        self._home = home
        self._store = store
        self._launch_study, self._resume, self._stop = launch, resume, stop

    def start(
        self, spec: StudySpec, strategies: Sequence[str], seeds: int, *, user: str = ""
    ) -> str:
        """Queue a study for each strategy and seed, and return the id of the race.

        Raises SpecError for what cannot race, and ManagerError for what the server refuses.
        """
        if spec.model.own:
            raise SpecError(
                "model.family",
                "models of your own and records of other tools are not raced: launch a study "
                "of each strategy.",
            )
        planned = race_of(spec, strategies, seeds)
        for racer in planned:
            refuse_beyond_caps(racer.spec)
        self._make_room()
        race = RaceRecord(
            id=new_id(),
            user=user,
            created=time.time(),
            spec=json.loads(spec.to_json()),
            epochs=spec.plan().epochs,
            studies=tuple(RaceStudy(racer.strategy, racer.seed) for racer in planned),
        )
        self._keep(race)
        try:
            self._launch(race)
        except ManagerError:
            # Half a race says nothing; what had begun is over, and in the Library.
            with suppress(ManagerError):
                self.stop(race.id)
            self._home.race(race.id).unlink(missing_ok=True)
            raise
        return race.id

    def race(self, race_id: str) -> RaceRecord:
        """The race as it was kept; ManagerError when there is none of that id."""
        path = self._home.race(race_id)
        try:
            return _RECORD.validate_json(path.read_bytes())
        except (OSError, ValidationError):
            raise ManagerError(
                f"There is no race {race_id[:40]!r} here. It may belong to another server; start "
                "one from New study or on Compare."
            ) from None

    def recent(self, most: int = 12) -> list[RaceRecord]:
        """The latest races, newest first."""
        found = []
        for path in self._files()[:most]:
            with suppress(ManagerError):
                found.append(self.race(path.stem))
        return sorted(found, key=lambda race: -race.created)

    def rows(self, race: RaceRecord) -> list[StudyRow | None]:
        """The studies of a race in its order, None for one that was deleted or not launched."""
        return [self._store.study(s.study) if s.study else None for s in race.studies]

    def stop(self, race_id: str, *, by: Person = OPERATOR) -> None:
        """End all of its studies that run or wait; Go on continues them."""
        race = self._own(race_id, by)
        # The last first: one that waits must not begin because another ends.
        for row in reversed(self.rows(race)):
            if row is not None and row.status.active:
                self._stop(row.id, by=by)

    def go_on(self, race_id: str, *, by: Person = OPERATOR) -> None:
        """Continue the studies of a race that have not finished, and launch what never was."""
        race = self._own(race_id, by)
        refused: list[ManagerError] = []
        for row in self.rows(race):
            if row is not None and row.status.resumable:
                try:
                    self._resume(row.id, by=by)
                except ManagerError as error:
                    refused.append(error)
        if refused:
            raise refused[0]
        self._launch(race)

    @staticmethod
    def may_change(race: RaceRecord, by: Person) -> bool:
        """Whether the race is theirs to stop and to go on with, as its studies are."""
        return by.teacher or (race.user == by.user if race.user else by.here)

    def _own(self, race_id: str, by: Person) -> RaceRecord:
        race = self.race(race_id)
        if not self.may_change(race, by):
            raise ManagerError(NOT_YOURS)
        return race

    def _launch(self, race: RaceRecord) -> None:
        """Launch the studies that a race has not begun yet, noting each."""
        spec = parse_spec(race.spec, local_files=True)
        planned = race_of(spec, race.strategies, race.seeds)
        for place, racer in enumerate(planned):
            if race.studies[place].study:
                continue
            study_id = self._launch_study(racer.spec, user=race.user)
            entry = replace(race.studies[place], study=study_id)
            race = replace(race, studies=(*race.studies[:place], entry, *race.studies[place + 1 :]))
            self._keep(race)

    def _keep(self, race: RaceRecord) -> None:
        path = self._home.race(race.id)
        try:
            path.parent.mkdir(exist_ok=True)
            write_whole(path, json.dumps(asdict(race)))
        except OSError as error:
            raise ManagerError(f"The race cannot be stored: {error}") from error

    def _files(self) -> list[Path]:
        files = self._home.races.glob("*.json")
        return sorted(files, key=lambda path: path.stat().st_mtime, reverse=True)

    def _make_room(self) -> None:
        files = self._files()
        for path in reversed(files[MOST_RACES - 1 :]):
            with suppress(ManagerError):
                if any(self.rows(self.race(path.stem))):
                    continue
            path.unlink(missing_ok=True)
        if len(self._files()) >= MOST_RACES:
            raise ManagerError(
                f"This server keeps {MOST_RACES} races. Delete the studies of one that is over "
                "in the Library; then its place is free."
            )
