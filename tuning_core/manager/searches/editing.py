"""Changing studies that have begun: trials of one's own, budget, ranges, stuck and lost trials."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal

from tuning_core.catalog import StudyStatus, TrialStatus
from tuning_core.files import write_whole
from tuning_core.home.home import Home, ManagerError, refuse_beyond_caps
from tuning_core.manager.access import OPERATOR, Access, Person
from tuning_core.manager.searches.edit_files import ask_edit, waiting_edits
from tuning_core.manager.searches.journal_catch_up import catch_up
from tuning_core.manager.searches.queue import StudyQueue
from tuning_core.planning.limits import check_config
from tuning_core.space import Config, SpecError
from tuning_core.spec.edits import (
    Edit,
    KillEdit,
    TrialEdit,
    edited,
    informs,
    own_config,
    parse_edit,
)
from tuning_core.spec.model import Ability
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.spec.validation import study_name
from tuning_core.store import Store, StudyRow

_ENDING_SECONDS = 10.0

LOST = (TrialStatus.FAILED, TrialStatus.DIVERGED)
"""Trials without a score that another seed or another try may give one."""


class Editing:
    """What users ask of studies under way. Methods raise ManagerError; ``by`` asks.

    An edit takes effect at the next trial. A finished study is resumed for it; one that was
    stopped, paused or interrupted keeps it for its resumption.
    """

    def __init__(
        self,
        home: Home,
        store: Store,
        access: Access,
        queue: StudyQueue,
        study: Callable[[str], StudyRow],
        resume: Callable[[str], None],
    ) -> None:
        self._home = home
        self._store = store
        self._access = access
        self._queue = queue
        self._study = study
        self._resume = resume

    def spec(self, study_id: str) -> StudySpec:
        """The spec in effect once the edits that wait have been taken."""
        # In this order: an edit that its worker records meanwhile is seen in one of them.
        waiting = self.waiting(study_id)
        spec = parse_spec(self._study(study_id).spec, local_files=True)
        for edit in waiting:
            spec = edited(spec, edit)
        return spec

    def refuse_beyond_caps(self, study_id: str) -> None:
        """Raises ManagerError for a study that may not go on under the caps of this server."""
        try:
            spec = self.spec(study_id)
        except SpecError as error:
            raise ManagerError(str(error)) from None
        refuse_beyond_caps(spec, added=self._added(study_id))

    def rename(self, study_id: str, name: str, *, by: Person = OPERATOR) -> None:
        """Give the study another name of 1 to 200 characters."""
        self._access.refuse(study_id, by)
        try:
            name = study_name(name)
        except ValueError as error:
            raise ManagerError(f"name: {error}") from None
        with self._home.changing():
            self._study(study_id)
            self._store.rename(study_id, name)
            # A database that is made anew from the files finds it there.
            with suppress(OSError):
                write_whole(self._home.study(study_id).name, name)

    def waiting(self, study_id: str) -> list[Edit]:
        """What was asked and is not in effect yet, in order."""
        return waiting_edits(self._home.study(study_id))

    def own_trial(self, study_id: str, values: Mapping[str, Any]) -> tuple[Config, bool]:
        """The configuration of a trial of the user's own, and whether the space has it."""
        try:
            spec = self.spec(study_id)
            config = own_config(spec, values)
        except SpecError as error:
            raise ManagerError(str(error)) from None
        return config, informs(spec, config)

    def add_trial(
        self,
        study_id: str,
        values: Mapping[str, Any],
        *,
        outside: bool = False,
        by: Person = OPERATOR,
    ) -> None:
        """Run these values next, beside the budget; ``outside`` confirms that they leave the space.

        A trial inside the ranges informs the strategy as its own do; one outside does not.
        """
        self._access.refuse(study_id, by, Ability.TRAIN)
        config, inside = self.own_trial(study_id, values)
        if not inside and not outside:
            space = self.spec(study_id).search_space
            names = [
                name
                for name, value in config.items()
                if name not in space or not space[name].contains(value)
            ]
            raise ManagerError(
                f"{', '.join(names) or 'This combination'} is outside the ranges of the study. "
                "Confirm that it is meant, or choose a value inside."
            )
        self._ask(study_id, TrialEdit(values=dict(values)))

    def retry_lost(self, study_id: str, *, by: Person = OPERATOR) -> int:
        """Run the trials that failed or diverged again. Returns how many they are.

        A trial that was repeated before is left out.
        """
        self._access.refuse(study_id, by, Ability.TRAIN)
        with self._home.changing():
            self._study(study_id)
            repeated = {e.retries for e in self.waiting(study_id) if isinstance(e, TrialEdit)}
            # What a worker has just taken is in its journal before it waits no longer.
            catch_up(self._store, study_id, self._home.study(study_id))
            repeated |= {row.details.get("retries") for row in self._store.history(study_id)}
            trials = [t for t in self._store.trials(study_id) if t.status in LOST]
            edits = [
                TrialEdit(values=trial.config, retries=trial.number)
                for trial in trials
                if trial.number not in repeated
            ]
            if not edits:
                raise ManagerError("No trial has failed or diverged that was not repeated already.")
            self._take(study_id, edits)
        self._wake(study_id)
        return len(edits)

    def lost(self, study_id: str) -> list[int]:
        """Numbers of the trials that failed or diverged."""
        return [t.number for t in self._store.trials(study_id) if t.status in LOST]

    def extend(
        self,
        study_id: str,
        *,
        trials: int | None = None,
        seconds: float | None = None,
        target: float | Literal["none"] | None = None,
        settled: bool | None = None,
        by: Person = OPERATOR,
    ) -> None:
        """Raise the budget to so many trials or seconds in all; 0 seconds is no limit.

        Change the ``target``, or whether the search ends once it is ``settled``.
        """
        self._access.refuse(study_id, by, Ability.TRAIN)
        document = {"what": "budget", "trials": trials, "seconds": seconds}
        document |= {"target": target, "settled": settled}
        self._ask(study_id, self._parsed(document))

    def change_ranges(
        self, study_id: str, space: Mapping[str, Any], *, by: Person = OPERATOR
    ) -> tuple[int, int]:
        """Search this ``space`` from the next trial on.

        Returns how many of the trials so far lie inside it, and how many there are. Those inside
        go on informing the strategy; the others are kept and ranked, and the strategy forgets them.
        """
        self._access.refuse(study_id, by, Ability.TRAIN)
        edit = self._parsed({"what": "space", "space": dict(space)})
        after = self._check(study_id, edit)
        counted = self.inside(study_id, after)
        self._ask(study_id, edit)
        return counted

    def inside(self, study_id: str, spec: StudySpec) -> tuple[int, int]:
        """How many of the study's trials a spec's space has, and how many there are."""
        configs = [trial.config for trial in self._store.trials(study_id)]
        return sum(informs(spec, config) for config in configs), len(configs)

    def kill_trial(self, study_id: str, trial: int = 0, *, by: Person = OPERATOR) -> int:
        """End the process that trains a trial, by default the first begun, which has failed then.

        The search goes on with the next. Returns the trial's number.
        """
        self._access.refuse(study_id, by, Ability.TRAIN)
        with self._home.changing():
            row = self._study(study_id)
            run = self._queue.run_of(study_id)
            going = [t.number for t in self._store.trials(study_id, TrialStatus.RUNNING)]
            if run is None or row.status is not StudyStatus.RUNNING or not going:
                raise ManagerError(f"Study {study_id} is {row.status}: no trial to kill here.")
            if trial and trial not in going:
                raise ManagerError(f"Trial {trial} does not run any more.")
            kill = KillEdit(trial=trial or going[0])
            if kill in self.waiting(study_id):
                raise ManagerError(f"Trial {kill.trial} is being ended already.")
            self._leave(study_id, kill)
            if self.spec(study_id).parallel == 1:
                run.replace_worker()
        return kill.trial

    def _parsed(self, document: dict[str, Any]) -> Edit:
        try:
            return parse_edit({name: v for name, v in document.items() if v is not None})
        except SpecError as error:
            raise ManagerError(str(error)) from None

    def _check(self, study_id: str, edit: Edit) -> StudySpec:
        """The spec after an edit; ManagerError when it cannot be."""
        try:
            spec = self.spec(study_id)
            if isinstance(edit, TrialEdit):
                check_config(spec, own_config(spec, edit.values))
            return edited(spec, edit)
        except SpecError as error:
            raise ManagerError(str(error)) from None

    def _ask(self, study_id: str, edit: Edit) -> None:
        with self._home.changing():
            self._take(study_id, [edit])
        self._wake(study_id)

    def _take(self, study_id: str, edits: Sequence[Edit]) -> None:
        """Leave edits for the worker once all are known to be good, also under the caps."""
        added = self._added(study_id) + sum(isinstance(edit, TrialEdit) for edit in edits)
        for edit in edits:
            refuse_beyond_caps(self._check(study_id, edit), added=added)
        for edit in edits:
            self._leave(study_id, edit)

    def _added(self, study_id: str) -> int:
        """How many trials users added, or want to."""
        begun = sum(trial.added for trial in self._store.trials(study_id))
        return begun + sum(isinstance(edit, TrialEdit) for edit in self.waiting(study_id))

    def _leave(self, study_id: str, edit: Edit) -> None:
        try:
            ask_edit(self._home.study(study_id), edit)
        except OSError as error:
            raise ManagerError(
                f"The change cannot be stored ({error.strerror or error}). Free some space or "
                "check the permissions of the home folder, then try again."
            ) from error

    def _wake(self, study_id: str) -> None:
        """Resume a study that had finished."""
        if self._study(study_id).status is StudyStatus.FINISHED:
            # Its run may be about to end, or to go on with the edit by itself.
            self._queue.wait(study_id, _ENDING_SECONDS)
        if self._study(study_id).status is StudyStatus.FINISHED and self.waiting(study_id):
            try:
                self._resume(study_id)
            except ManagerError:
                # Another edit may have done so first.
                if not self._study(study_id).status.active and self.waiting(study_id):
                    raise
