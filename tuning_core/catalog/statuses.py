"""The states a study and a trial can be in."""

from __future__ import annotations

from enum import StrEnum


class StudyStatus(StrEnum):
    """State of a study; the last four are final until it is resumed."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    FINISHED = "finished"

    @property
    def active(self) -> bool:
        """Whether something is still going to happen without a click."""
        return self in (StudyStatus.QUEUED, StudyStatus.RUNNING)

    @property
    def resumable(self) -> bool:
        """Whether *resume* continues it."""
        return self in (
            StudyStatus.PAUSED,
            StudyStatus.STOPPED,
            StudyStatus.INTERRUPTED,
            StudyStatus.FAILED,
        )


class TrialStatus(StrEnum):
    """State of a trial."""

    WAITING = "waiting"
    RUNNING = "running"
    COMPLETED = "completed"
    PRUNED = "pruned"
    SKIPPED = "skipped"
    DIVERGED = "diverged"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Whether the trial will not run again."""
        return self not in (TrialStatus.WAITING, TrialStatus.RUNNING)
