"""The edits of a study: those that its journal has, and those that wait in its folder."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from tuning_core.home.study_files import StudyFiles
from tuning_core.journal.events import Edited, EventDict
from tuning_core.journal.writing import Journal
from tuning_core.space import Config, SpecError
from tuning_core.spec.earlier import first_configs
from tuning_core.spec.edits import (
    BudgetEdit,
    Edit,
    SpaceEdit,
    TrialEdit,
    edited,
    informs,
    own_config,
    parse_edit,
)
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.strategies import RecordError


class Edits:
    """What users asked of a study so far, in the order of its journal.

    ``spec`` is the one in effect, ``added`` the configurations of all trials beside the budget,
    those that the spec begins with and those that users added,
    and ``killed`` the trials that they ended. An edit takes effect where the journal has it, so
    that a replay comes to the same. Raises RecordError when a journal's trials are not of the
    spec that was in effect when they were suggested.
    """

    def __init__(self, files: StudyFiles, journal: Journal, spec: StudySpec) -> None:
        # Where the manager puts what is asked, a JSON file each, in the order of their names.
        self._folder = files.edits
        self._journal = journal
        self._known: set[str] = set()
        self._begun: dict[int, Config] = {}
        self.spec = spec
        self.added: list[Config] = first_configs(spec)
        self.killed: set[int] = set()
        self.fresh = False
        for event in journal.recorded:
            if event["kind"] == "edited":
                self._take_in(event)
            elif event["kind"] == "trial_started" and event["trial"] not in self._begun:
                self._check(event)
                self._begun[event["trial"]] = event["config"]

    def take(self) -> bool:
        """Record the edits that wait, in a microsecond when there are none. Raises OSError.

        Returns whether there are new ones since ``fresh`` was reset.
        """
        if self._folder.exists():
            for path in sorted(self._folder.glob("*.json")):
                if path.stem not in self._known:
                    self._take_in(self._journal.append(self._read(path)))
                    self.fresh = True
                path.unlink(missing_ok=True)
            try:
                self._folder.rmdir()
            except OSError:
                return self.fresh  # Another edit has come: the next look takes it.
        return self.fresh

    def begun(self, trial: int, config: Config) -> None:
        """Take note of a trial that starts."""
        self._begun[trial] = config

    def _read(self, path: Path) -> Edited:
        """The event that records a file."""
        fields: dict[str, Any] = {"edit": path.stem}
        try:
            document = json.loads(path.read_bytes())
            fields["asked"] = document.pop("asked", None)
            edit = parse_edit(document)
            fields |= edit.model_dump(mode="json", exclude_none=True)
            fields |= self._outcome(edit)
        except SpecError as error:
            fields["refused"] = str(error)
        except (ValueError, AttributeError, TypeError):
            fields["refused"] = "The file of this edit could not be read."
        return Edited.model_construct(**fields)

    def _outcome(self, edit: Edit) -> dict[str, Any]:
        """What an edit comes to in this study; raises SpecError."""
        after = edited(self.spec, edit)
        if isinstance(edit, TrialEdit):
            config = own_config(self.spec, edit.values)
            return {"config": config, "outside": not informs(self.spec, config)}
        if isinstance(edit, SpaceEdit | BudgetEdit):
            inside = sum(informs(after, config) for config in self._begun.values())
            document = after.model_dump(mode="json", exclude_none=True)
            return {"spec": document, "inside": inside, "of": len(self._begun)}
        return {}

    def _take_in(self, event: EventDict) -> None:
        self._known.add(event["edit"])
        if "refused" in event:
            return
        if "spec" in event:
            self.spec = parse_spec(event["spec"], local_files=True)
        elif event["what"] == "trial":
            self.added.append(event["config"])
        elif event["what"] == "kill":
            self.killed.add(event["trial"])

    def _check(self, event: EventDict) -> None:
        if not event.get("added") and not informs(self.spec, event["config"]):
            raise RecordError(
                f"Trial {event['trial']} of the journal has a configuration that is not in the "
                "space of the spec. The spec was changed after the search began; launch it as a "
                "new study."
            )


def read_spec(files: StudyFiles) -> StudySpec:
    """The spec of a study as it was launched; raises SpecError."""
    try:
        return parse_spec(files.spec.read_bytes(), local_files=True)
    except SpecError as error:
        raise SpecError(
            files.spec.name, f"{error} The file was changed by hand; launch the study anew."
        ) from None


def spec_in_effect(files: StudyFiles) -> StudySpec:
    """The spec of a study after the edits of its journal; raises SpecError."""
    spec = read_spec(files)
    with suppress(FileNotFoundError), files.journal.open("rb") as file:
        # A long journal is looked through for the few lines that matter.
        for line in file:
            if b'"edited"' not in line:
                continue
            with suppress(ValueError):
                event = json.loads(line)
                if event["kind"] == "edited" and "spec" in event:
                    spec = parse_spec(event["spec"], local_files=True)
    return spec
