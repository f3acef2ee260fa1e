"""Runs a study here and at a peer, in turn, and compares wall time and scores."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from benchmarks.parts.table import Row
from benchmarks.parts.tunescape import Study, data_home, run_study
from benchmarks.rivals.case import Answer, ask

STANDARD_ERRORS = 3.0
JUDGED_TRIALS = 4
"""Trials from which on the noise of their scores is known."""
ROUNDING = 0.003
"""Share of correct answers below which a difference is not worth a word."""


@dataclass(frozen=True)
class Comparison:
    """One study at both: ours before and after the peer's, since the machine's speed drifts."""

    ours: tuple[Study, Study]
    peer: Answer
    our_scores: list[float]

    @property
    def seconds(self) -> float:
        """Tunescape's wall time, the mean of both runs."""
        return fmean(study.seconds for study in self.ours)

    @property
    def cpu_seconds(self) -> float:
        """Tunescape's processor time, the mean of both runs."""
        return fmean(study.cpu_seconds for study in self.ours)

    @property
    def ratio(self) -> float:
        """How many times as long the peer took."""
        return self.peer.seconds / self.seconds

    @property
    def noise(self) -> float:
        """What the mean score may differ by: three standard errors of the paired differences."""
        differences = self._differences
        spread = stdev(differences) if len(differences) > 1 else 0.0
        return STANDARD_ERRORS * spread / math.sqrt(len(differences)) + ROUNDING

    @property
    def same_scores(self) -> bool | None:
        """Whether both reach the same scores within noise; None when too few can tell."""
        if len(self._differences) < JUDGED_TRIALS:
            return None
        return abs(fmean(self._differences)) <= self.noise

    @property
    def _differences(self) -> list[float]:
        return [a - b for a, b in zip(self.our_scores, self.peer.scores, strict=True)]

    def rows(self, what: str, bar: float | None = None) -> list[Row]:
        """Wall time against the bar, and the scores against each other."""
        trials = len(self.our_scores)
        reached = None if bar is None else self.ratio >= bar
        wanted = "" if bar is None else f"at least {bar:g}x"
        both = " and ".join(f"{study.seconds:.2f}" for study in self.ours)
        return [
            Row(
                f"{what}: seconds for {trials} trials",
                f"{self.peer.seconds:.1f}",
                both,
                self.ratio,
                wanted,
                reached,
            ),
            Row(
                f"{what}: processor seconds",
                f"{self.peer.cpu_seconds:.1f}",
                f"{self.cpu_seconds:.2f}",
                self.peer.cpu_seconds / self.cpu_seconds,
            ),
            Row(
                f"{what}: trials per minute",
                f"{60 * trials / self.peer.seconds:.0f}",
                f"{60 * trials / self.seconds:.0f}",
                self.ratio,
            ),
            Row(
                f"{what}: mean (best) score",
                f"{fmean(self.peer.scores):.4f} ({max(self.peer.scores):.4f})",
                f"{fmean(self.our_scores):.4f} ({max(self.our_scores):.4f})",
                None,
                "" if self.same_scores is None else f"means within {self.noise:.4f}",
                self.same_scores,
            ),
        ]


def compare(rival: str, document: dict[str, Any], *, last_epoch: bool = False) -> Comparison:
    """Run the spec here, the same configurations at the peer, and the spec here again.

    ``last_epoch`` compares scores after the last epoch, for peers that know no other.
    """
    first = run_study(document)
    peer = ask(rival, document, first.configs, data_home())
    second = run_study(document)
    scores = first.last_epoch("val_accuracy") if last_epoch else first.scores
    return Comparison((first, second), peer, scores)
