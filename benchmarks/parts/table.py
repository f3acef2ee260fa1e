"""A benchmark's result as a Markdown table."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One comparison; ``ratio`` is peer / Tunescape where both were measured.

    ``reached`` None when there is no bar to reach.
    """

    what: str
    peer: str
    ours: str
    ratio: float | None = None
    bar: str = ""
    reached: bool | None = None


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown, the ratio with two digits."""
    lines = ["| what | peer | Tunescape | ratio | bar | reached |", "|---|---|---|---|---|---|"]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.3g}x"
        reached = "" if row.reached is None else ("yes" if row.reached else "**no**")
        lines.append(f"| {row.what} | {row.peer} | {row.ours} | {ratio} | {row.bar} | {reached} |")
    return "\n".join(lines)


def run(title: str, description: str | None, measure: Callable[[bool], Sequence[Row]]) -> None:
    """The command line of a benchmark: measure, print, exit with 1 when a bar was missed.

    ``measure`` gets whether ``--quick`` was given; a quick run judges nothing.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="a short version, not a measurement")
    quick = parser.parse_args().quick
    before = os.getloadavg()[0]
    rows = measure(quick)
    note = " (quick: not a measurement)" if quick else ""
    load = f"Load {before:.1f} before, {os.getloadavg()[0]:.1f} after."
    print(f"\n## {title}{note}\n\n{table(rows)}\n\n{load}", flush=True)
    sys.exit(int(not quick and any(row.reached is False for row in rows)))
