"""References and the ensemble beside the best network: their tables and what is said below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuning_core.findings.formatting import gap, score

Result = Mapping[str, Any]

ENSEMBLE_METHOD = (
    "Trials and weights were chosen by all validation rows, which flatters both. Rows that chose "
    "neither: weights and the single trial are chosen by four fifths of the rows and judged on the "
    "rest, five times."
)
ENSEMBLE_HEAD = ("", "ensemble", "best single", "gain (95% interval)")


def reference_lines(found: Result | None) -> tuple[tuple[str, float], ...]:
    """Name and score of each reference, for lines in a chart of scores."""
    rows = [] if found is None else found.get("baselines", [])
    return tuple((_short(row), row["score"]) for row in rows if row.get("score") is not None)


def references_said(found: Result) -> str:
    """How the best network stands beside them: on the test rows where that is known."""
    tested = found.get("test") or {}
    return str(tested.get("sentence") or found.get("sentence") or "")


def simpler_words(found: Result) -> str:
    """What to take instead where a plain model cannot be told from the best network, or is better.

    By the test rows where those are known.
    """
    told = found.get("test") or found
    names = {row["id"]: row["label"] for row in found.get("baselines", [])}
    even = [one["id"] for one in told.get("compared", []) if one["verdict"] != "better"]
    if not even:
        return ""
    name = names[even[0]]
    return f"{name}: no worse, and simpler. Take it, unless more rows tell them apart."


def references_head(found: Result) -> list[str]:
    """The columns of the table."""
    names = ["", f"validation {found['label']}", "95% interval"]
    return [*names, *(["test"] if found["test"] else []), "best network is better by"]


def references_rows(found: Result) -> list[list[str]]:
    """The best network first, then each reference."""
    return [row for row in (_best_row(found), *_reference_rows(found)) if row]


def _best_row(found: Result) -> list[str]:
    best = found["best"]
    if best is None:
        return []
    tested = found["test"]
    test = [score(tested["best"]["score"], found["objective"])] if tested else []
    return [
        f"Best network, trial {best['trial']}",
        score(best["score"], found["objective"]),
        "",
        *test,
        "",
    ]


def _reference_rows(found: Result) -> list[list[str]]:
    gains = {one["id"]: one for one in found["compared"]}
    tested = {row["id"]: row for row in (found["test"] or {}).get("baselines", [])}
    rows = []
    for row in found["baselines"]:
        interval, gain = "", gains.get(row["id"])
        if row.get("low") is not None:
            ends = (score(row[end], found["objective"]) for end in ("low", "high"))
            interval = " to ".join(ends)
        test = [score(tested.get(row["id"], {}).get("score"), found["objective"])]
        rows.append(
            [
                row["label"],
                score(row["score"], found["objective"]),
                interval,
                *(test if tested else []),
                "" if gain is None else gain_with_interval(gain),
            ]
        )
    return rows


def references_method(found: Result) -> str:
    """What the scores are of, and what was fitted how."""
    over = f" in {found['folds']} folds" if found["folds"] > 1 else ""
    notes = [f"{row['label']}: {row['note']}" for row in found["baselines"] if row["note"]]
    words = (
        f"Scores on {found['rows']:,} validation rows{over}. All learn from the same training "
        "rows, prepared alike, with scikit-learn's defaults; nothing was searched for them. "
    )
    return (words + " ".join(notes)).strip()


def members_head(found: Result) -> list[str]:
    """The columns of the table of members."""
    return ["member", "weight", f"validation {found['label']}"]


def members_rows(found: Result, objective: str) -> list[list[str]]:
    """The members of an ensemble, the heaviest first."""
    return [
        [f"trial {m['trial']}", f"{100 * m['weight']:.0f} %", score(m["score"], objective)]
        for m in sorted(found["members"], key=lambda m: -m["weight"])
    ]


def ensemble_rows(found: Result, objective: str) -> list[list[str]]:
    """The ensemble beside the best single trial, on each kind of rows."""
    apart, tested = found["apart"], found["test"]
    rows = [
        ["all validation rows", found["score"], found["best"]["score"], ""],
        ["rows that chose neither", apart["ensemble"], apart["single"], gain_with_interval(apart)],
    ]
    if tested is not None:
        gain = gain_with_interval(tested)
        rows.append(["test rows", tested["ensemble"], tested["single"], gain])
    return [[a, score(b, objective), score(c, objective), d] for a, b, c, d in rows]


def gain_with_interval(gain: Result) -> str:
    """A gain with its interval, or that it is a tie."""
    ends = f"{_signed(gain['low'])} to {_signed(gain['high'])}"
    tie = ", a tie" if gain["verdict"] == "tie" else ""
    return f"{_signed(gain['gain'])} ({ends}{tie})"


def _signed(value: float) -> str:
    sign = "\N{MINUS SIGN}" if value < 0 else ""
    return f"{sign}{gap(value)}"


def _short(row: Result) -> str:
    words = {"majority": "most frequent class", "mean": "mean", "linear": "linear model"}
    return words.get(str(row["id"]), str(row["id"]))
