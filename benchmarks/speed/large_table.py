"""Reading a large CSV: 500,000 rows of 100 columns, from the file to what a network trains on."""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

COLUMNS = 100
CITIES = ("Ghent", "Oslo", "Turin", "Lyon", "Graz")


def write_table(path: Path, rows: int, columns: int = COLUMNS, words: int = 9) -> None:
    """Columns of numbers, ``words`` of texts, and a target of two classes."""
    random = np.random.default_rng(0)
    names = [f"n{number}" for number in range(columns - words - 1)]
    texts = [f"w{number}" for number in range(words)]
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join([*names, *texts, "answer"]) + "\n")
        for first in range(0, rows, 5_000):
            count = min(5_000, rows - first)
            numbers = np.char.mod("%.4f", random.normal(0, 10, (count, len(names))))
            cities = np.array(CITIES)[random.integers(0, len(CITIES), (count, words))]
            answers = np.array(["no", "yes"])[random.integers(0, 2, (count, 1))]
            table = np.concatenate([numbers, cities, answers], axis=1)
            file.writelines(",".join(row) + "\n" for row in table.tolist())


def main() -> None:
    """Print seconds and peak memory of inferring and of preparing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    rows = parser.parse_args().rows
    from tuning_core.datasets import prepare, resolve
    from tuning_core.spec.study import parse_spec

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.csv"
        write_table(path, rows)
        print(f"{rows:,} rows x {COLUMNS} columns, {path.stat().st_size / 1e6:,.0f} MB")
        started = time.perf_counter()
        document = {"dataset": {"id": f"csv:{path}", "target": "answer"}}
        spec = parse_spec(resolve(document, Path(folder), local_files=True), local_files=True)
        inferred = time.perf_counter()
        data = prepare(spec.dataset, Path(folder))
        prepared = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1e6 if sys.platform == "linux" else 1e9
    )
    print("| what | figure |\n| --- | --- |")
    print(f"| infer | {inferred - started:.1f} s |")
    print(f"| prepare | {prepared - inferred:.1f} s |")
    print(f"| together (bar: 15 s) | {prepared - started:.1f} s |")
    print(f"| peak memory (bar: 2 GB) | {peak:.2f} GB |")
    print(f"| rows to train on | {data.train.x.shape} |")


if __name__ == "__main__":
    main()
