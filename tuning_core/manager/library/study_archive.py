"""Exporting a study as one file, and importing such a file as a new study: data only."""

from __future__ import annotations

import json
import os
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

from tuning_core.catalog import StudyStatus
from tuning_core.files import write_whole
from tuning_core.home.export_targets import written_to
from tuning_core.home.home import Home, new_id, refuse_beyond_caps
from tuning_core.home.launch_plan import read_planned, write_planned
from tuning_core.home.marks import read_marks, write_marks
from tuning_core.home.server_log import log_event
from tuning_core.home.study_files import StudyFiles
from tuning_core.journal.events import (
    Edited,
    Event,
    Imported,
    OfTrial,
    Remark,
    StudyEnded,
)
from tuning_core.journal.reading import EventError, parse_event, read_events
from tuning_core.manager.searches.journal_catch_up import align
from tuning_core.space import SpecError
from tuning_core.spec.dataset import LOCAL, UPLOAD, local_path
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.spec.validation import shown_name
from tuning_core.store import Store, StoreError, StudyRow
from tuning_core.study_export.archive.journal_validation import JournalCheck
from tuning_core.study_export.archive.members import (
    BEST,
    JOURNAL,
    MANIFEST,
    MARKS,
    PLAN,
    SPEC,
    ArchiveError,
    Manifest,
    copy_member,
    count_lines,
    lines_of,
    opened,
    parse_manifest,
    parse_noted,
    read_member,
)
from tuning_core.study_export.archive.weights import check_weights

_LONGEST_LINE = 2_000_000
_MOST_EVENTS = 500_000
_MOST_LISTED = 5_000
"""Events that the history of a study lists: starts, ends, edits, reveals."""

_MOST_LISTED_BYTES = 20_000_000
"""Bytes of their lines: an edit may bring a whole spec."""
_PART_BYTES = 4_000_000
"""Of a journal, recorded in one go: a long one would keep all searches from recording theirs."""

_TURN_SECONDS = 0.15
"""Between two parts; whoever waits for the database looks at least every 0.1 s."""
_LONGEST_MESSAGE = 10_000
_FAR = 1e15
"""More than any plan has of anything, bytes included."""


class StudyArchive:
    """Writes and reads study files. Methods raise ManagerError, one sentence each."""

    def __init__(self, home: Home, store: Store) -> None:
        self._home = home
        self._store = store
        # A large file takes seconds of this process: one at a time.
        self._importing = Lock()

    def export_study(self, row: StudyRow, target: Path) -> None:
        """Write the study to ``target``, whole or not at all.

        A table of one's own is named by its hash and stays here: the file holds no rows of data.
        """
        with (
            written_to(target) as draft,
            zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            self._write(archive, row, self._home.study(row.id))

    def import_study(self, file: Path | BinaryIO, *, user: str = "") -> str:
        """Take a study file in as a new, stopped or ended study of ``user``; returns its id.

        Nothing is left behind when the file is refused.
        """
        study_id = new_id()
        files = self._home.study(study_id)
        # What a killed process leaves in the trash is gone at the next start.
        draft = StudyFiles(self._home.trash / f"import-{study_id}")
        try:
            draft.folder.mkdir(parents=True)
            with self._importing, opened(file) as archive:
                manifest, spec = self._read(archive, draft)
            if spec.source is None:  # Else nothing of it is trained here.
                refuse_beyond_caps(spec)
            write_whole(draft.reader, user)
            with self._home.changing():
                draft.folder.rename(files.folder)
                self._record(study_id, files, manifest, spec, user)
            log_event("study imported", study=study_id, reader=user)
        except OSError as error:
            raise ArchiveError(
                f"The study cannot be stored or its file not read ({error.strerror or error})."
            ) from error
        except StoreError as error:
            self._home.discard(files.folder)
            raise ArchiveError(f"The study cannot be stored: {error}") from error
        finally:
            self._home.discard(draft.folder)
        return study_id

    def _write(self, archive: zipfile.ZipFile, row: StudyRow, files: StudyFiles) -> None:
        manifest = Manifest(
            id=row.id,
            name=shown_name(row.name, otherwise=f"Study {row.id}"),
            status=str(row.status),
            created=row.created,
            exported=time.time(),
        )
        if not files.spec.exists():
            raise ArchiveError(f"Study {row.id} has lost its files; there is nothing to export.")
        try:
            if not row.status.active:
                align(self._store, row.id, files)
        except StoreError as error:
            raise ArchiveError(f"The study cannot be exported: {error}") from error
        document = shared_spec(json.loads(files.spec.read_bytes()))
        archive.writestr(MANIFEST, manifest.model_dump_json())
        archive.writestr(SPEC, json.dumps(document, indent=1))
        with archive.open(JOURNAL, "w", force_zip64=True) as stream:
            for event in read_events(files.journal):
                if "spec" in event:
                    event = {**event, "spec": shared_spec(event["spec"])}
                stream.write(json.dumps(event, separators=(",", ":")).encode() + b"\n")
        if files.plan.exists():
            archive.write(files.plan, PLAN)
        if marks := read_marks(files.marks):
            archive.writestr(MARKS, marks.model_dump_json(exclude_defaults=True))
        if files.best.exists():
            # Weights hardly shrink, and the file inside is checked by its own headers.
            archive.write(files.best, BEST, zipfile.ZIP_STORED)

    def _read(self, archive: zipfile.ZipFile, draft: StudyFiles) -> tuple[Manifest, StudySpec]:
        """Unpack what has been found good into a draft folder."""
        manifest = parse_manifest(read_member(archive, MANIFEST))
        try:
            spec = parse_spec(read_member(archive, SPEC))
        except SpecError as error:
            raise ArchiveError(f"{SPEC} of this study file: {error}") from None
        write_whole(draft.spec, spec.to_json())
        check = JournalCheck(spec)
        with draft.journal.open("wb") as journal:
            for event in _with_ending(_events(archive, check), check, _words(manifest, spec)):
                # A null says something of a metric, and nothing of an edit.
                null = isinstance(event, Edited)
                line = event.model_dump_json(exclude_unset=True, exclude_none=null)
                journal.write(line.encode() + b"\n")
            journal.flush()
            os.fsync(journal.fileno())
        names = archive.namelist()
        if PLAN in names:
            _take_plan(read_member(archive, PLAN), draft)
        if MARKS in names:
            write_marks(draft.marks, parse_noted(read_member(archive, MARKS)))
        if BEST in names:
            with draft.best.open("wb") as best:
                copy_member(archive, BEST, best)
            check_weights(draft.best, check.configs, spec)
        return manifest, spec

    def _record(
        self, study_id: str, files: StudyFiles, manifest: Manifest, spec: StudySpec, user: str
    ) -> None:
        self._store.create_study(study_id, manifest.name, spec.to_json(), time.time())
        try:
            self._store.readers.give(study_id, user)
            for part, events in enumerate(_parts(files.journal)):
                if part:
                    time.sleep(_TURN_SECONDS)
                self._store.apply(study_id, events)
            row = self._store.study(study_id)
            if row is not None and row.status.active:
                # Its journal is empty: it was queued when it was exported.
                self._store.set_status(study_id, StudyStatus.STOPPED, _words(manifest, spec))
        except StoreError:
            self._store.delete(study_id)
            raise


def _parts(path: Path) -> Iterator[list[dict[str, Any]]]:
    """The events of a journal, some of them at a time."""
    with path.open("rb") as journal:
        while lines := journal.readlines(_PART_BYTES):
            yield [json.loads(line) for line in lines]


def shared_spec(document: dict[str, Any]) -> dict[str, Any]:
    """A spec as others may read it: a file of this machine is named by its content alone.

    Raises ArchiveError when that was never recorded.
    """
    dataset = document.get("dataset", {})
    if not str(dataset.get("id", "")).startswith(LOCAL):
        return document
    if not dataset.get("sha256"):
        raise ArchiveError(
            "This study reads a file of this machine whose content was never recorded; run it "
            "again before you export it."
        )
    title = dataset.get("title") or Path(local_path(dataset["id"])).stem[:100]
    own = {**dataset, "id": UPLOAD + dataset["sha256"], "title": title}
    return {**document, "dataset": own}


def _events(archive: zipfile.ZipFile, check: JournalCheck) -> Iterator[Event]:
    listed = size = 0
    if count_lines(archive, JOURNAL) > _MOST_EVENTS:
        raise ArchiveError(
            f"This study file has more than the {_MOST_EVENTS:,} events that are taken in."
        )
    for number, line in enumerate(lines_of(archive, JOURNAL, _LONGEST_LINE), 1):
        try:
            event = parse_event(line, number)
        except EventError as error:
            raise ArchiveError(
                f"This study file is damaged or was made by something else: {JOURNAL} {error}"
            ) from None
        if not isinstance(event, OfTrial):
            listed, size = listed + 1, size + len(line)
        if listed > _MOST_LISTED or size > _MOST_LISTED_BYTES:
            raise ArchiveError(
                f"This study file has more than {_MOST_LISTED:,} events beside those of its "
                f"trials, or more than {_MOST_LISTED_BYTES / 1e6:,.0f} MB of them: too many to "
                "take in."
            )
        yield check.take(event)


def _with_ending(events: Iterator[Event], check: JournalCheck, origin: str) -> Iterator[Event]:
    """The events; then the end that a running study did not have, and a note of the import."""
    seq, message = 0, ""
    for event in events:
        seq = event.seq
        if isinstance(event, StudyEnded | Remark):
            message = event.message
        yield event
    if not seq:
        return
    if check.open:
        seq += 1
        # At the time of the last event: what went by since was no searching.
        yield StudyEnded(
            seq=seq,
            time=check.time,
            kind="study_ended",
            status=StudyStatus.STOPPED,
            reason="stopped",
            message="",
            seconds=check.seconds,
        )
        message = "It ran when it was exported. Resume continues it."
    words = f"{origin} {message}".strip()[:_LONGEST_MESSAGE]
    yield Imported(seq=seq + 1, time=check.time, kind="imported", message=words)


def _words(manifest: Manifest, spec: StudySpec) -> str:
    day = time.strftime("%d %B %Y", time.gmtime(manifest.exported)).lstrip("0")
    if spec.source is not None:
        return f"Imported from {spec.source.label} on {day}."
    return f"Imported from a file of {day}."


def _take_plan(content: bytes, draft: StudyFiles) -> None:
    """Keep the plan of the launch when it is one."""
    draft.plan.write_bytes(content)
    planned = read_planned(draft.plan)
    given = [] if planned is None else [*vars(planned.plan).values()]
    if planned is not None and planned.estimate is not None:
        given += vars(planned.estimate).values()
    good = all(
        len(value) <= 200 and value.isprintable() if isinstance(value, str) else 0 <= value <= _FAR
        for value in given
    )
    if planned is None or not good:
        raise ArchiveError(f"{PLAN} of this study file is not a plan. Export the study anew.")
    write_planned(draft.plan, planned)
