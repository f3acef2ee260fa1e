"""What a report does not show, and how to come to the same."""

from __future__ import annotations

import json
import time
from pathlib import PurePath

from tuning_core.findings.formatting import count
from tuning_core.report.elements import Section, code, facts, listed, says
from tuning_core.report.told import Told
from tuning_core.spec.dataset import LOCAL

FEW_ROWS = 200
"""Rows of which a score is uncertain whatever it is."""


def limits(told: Told) -> Section:
    """What this does not show, of this very study."""
    spec, study = told.spec, told.study
    scored = len(told.live.ranked())
    found = []
    if study.status.active:
        found.append("The search has not ended: whatever is best may change.")
    if scored > 1:
        found.append(
            f"The best of {count(scored, 'trial')} was chosen by this very score, which therefore "
            "flatters it: what to report is a score on rows that chose nothing."
        )
    if spec.source is None and study.test is None:
        found.append(
            "Nothing here was measured on rows that chose nothing: the test part is hidden."
        )
    if spec.executions == 1 and told.verdict is None and scored > 1:
        found.append(
            "Each trial was trained once: what seeds alone do to a score was not measured."
        )
    if spec.source is None and spec.folds == 1:
        found.append("One split was used; another may put another trial first.")
    rows = study.rows.get("validation", 0)
    if 0 < rows < FEW_ROWS and spec.folds == 1:
        found.append(
            f"There are {rows:,} validation rows: small differences between trials are noise."
        )
    lost = sum(t.status.ended and t.score is None for t in told.live.trials.values())
    if lost:
        found.append(f"{count(lost, 'trial')} came to no score and {'is' if lost == 1 else 'are'} "
                     "left out of all comparisons.")  # fmt: skip
    if told.importances is not None and not told.importances.message:
        found.append(
            "What mattered is said of the ranges that were searched; in others something else may "
            "matter, and what goes along with a score need not cause it."
        )
    found.append("Whether rows to come are like these rows, no score on these rows can say.")
    return Section("limits", "What this does not show", [listed(found)])


def reproduce(told: Told) -> Section:
    """The spec, the versions, the commands."""
    spec, study = told.spec, told.study
    document = json.loads(spec.to_json())
    for prefix in LOCAL:
        if spec.dataset.id.startswith(prefix):
            # Where a file lies on the machine that searched is nobody's business.
            name = PurePath(spec.dataset.id.removeprefix(prefix)).name
            document["dataset"]["id"] = f"{prefix}{name}"
    pairs = [
        ("study", study.id),
        ("begun", _moment(study.created)),
        ("this report", _moment(told.written)),
        ("device", study.device),
        *((name, version) for name, version in study.versions.items()),
    ]
    pieces = [facts(pairs)]
    if spec.source is None:
        own = " --model FILE.py:" + spec.model.name if spec.model.own and spec.model.name else ""
        pieces += [
            says("The same spec, seed, machine and versions give identical trials:"),
            code(
                f"python -m tuning_core run SPEC.json{own}\n"
                f"python -m tuning_core export {study.id} --to best.zip   # where it was run"
            ),
        ]
    if spec.dataset.id.startswith("upload:"):
        pieces.append(says("The data was uploaded: whoever has its file runs it as table:FILE."))
    return Section(
        "reproduce",
        "How to reproduce",
        [*pieces, code(json.dumps(document, indent=1, ensure_ascii=False), "SPEC.json")],
    )


def _moment(seconds: float) -> str:
    return time.strftime("%d %b %Y, %H:%M UTC", time.gmtime(seconds))
