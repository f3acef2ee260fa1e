"""Runs benchmarks, one after the other: ``python -m benchmarks [--quick] [NAME ...]``.

Without names, all of them but the longest.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from benchmarks.parts.machine import facts

NAMES = {
    "digits_one_architecture": "speed",
    "digits_many_architectures": "speed",
    "mnist_a3": "speed",
    "lanes": "speed",
    "lane_memory": "speed",
    "threads": "speed",
    "command_line": "speed",
    "memory": "speed",
    "bayesian_suggestion": "speed",
    "peers": "speed",
    "floor": "speed",
    "watching": "speed",
    "page_answers": "pages",
    "large_study": "pages",
    "what_if": "pages",
    "what_if_class": "pages",
    "own_pictures": "pages",
    "drawn_digits": "pages",
    "inside": "pages",
    "challenge": "pages",
    "estimates": "truth",
}
"""Each benchmark and its folder."""
LONG = {
    "strategies_compared": "speed",
    "pending_trials": "speed",
    "own_models": "speed",
    "kills": "robustness",
    "histories": "robustness",
    "classroom": "pages",
    "hostile": "robustness",
    "walls": "robustness",
    "trees": "truth",
    "cluster": "speed",
}
"""Run only when named: half an hour for four, then a minute of histories, then ten minutes each,
on two idle cores."""
KNOWN = NAMES | LONG


def module(name: str) -> str:
    """The module that runs a benchmark."""
    return f"benchmarks.{KNOWN[name]}.{name}"


def main() -> int:
    """Print the machine and each benchmark's table; 1 when one of them missed a bar."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(KNOWN)}")
    parser.add_argument("--quick", action="store_true", help="a short version of each")
    parser.add_argument("--seed", type=int, help="which of the histories to play again")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(KNOWN))
    if unknown:
        parser.error(f"unknown benchmark {unknown[0]!r}; accepted: {', '.join(KNOWN)}")
    if options.seed is not None and options.names != ["histories"]:
        parser.error("--seed: only histories have one; name them alone or leave it out")
    print(f"# Benchmarks\n\n{facts()}", flush=True)
    chosen = ["--quick"] if options.quick else []
    chosen += [] if options.seed is None else ["--seed", str(options.seed)]
    # Each in a process of its own: what one leaves in memory must not slow the next.
    codes = [
        subprocess.run([sys.executable, "-m", module(name), *chosen], check=False).returncode
        for name in options.names or NAMES
    ]
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
