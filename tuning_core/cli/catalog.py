"""What can be chosen in a spec, as the command line lists it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, fields

from tuning_core.catalog import DATASETS, STRATEGIES
from tuning_core.catalog.settings import Configurable
from tuning_core.cli.output import print_json, table


def list_datasets(options: argparse.Namespace) -> int:
    """List the datasets; 0."""
    if options.json:
        print_json([asdict(info) for info in DATASETS.values()])
        return 0
    print(
        table(
            [
                {
                    "id": info.id,
                    "title": info.title,
                    "task": info.task,
                    "rows": info.rows + info.test_rows,
                    "columns": len(info.feature_names) or info.inputs,
                    "download": f"{info.download_mb:g} MB" if info.download_mb else "none",
                }
                for info in DATASETS.values()
            ]
        )
    )
    return 0


def list_strategies(options: argparse.Namespace) -> int:
    """List the strategies and their settings; 0."""
    if options.json:
        shown = [field.name for field in fields(Configurable)]
        print_json([{n: asdict(info)[n] for n in shown} for info in STRATEGIES.values()])
        return 0
    for info in STRATEGIES.values():
        print(f"{info.id}: {info.sentence}")
        for setting in info.settings:
            limits = "a list"
            if setting.is_number:
                default = "" if setting.default is None else f", default {setting.default:g}"
                limits = f"{setting.kind} from {setting.low:g} to {setting.high:g}{default}"
            print(f"    {setting.id} ({limits}): {setting.help}")
    return 0


def print_schema(options: argparse.Namespace) -> int:
    """Print the JSON Schema of a spec; 0."""
    # Building the schema costs more than all other commands' imports together.
    from tuning_core.spec.json_schema import spec_schema

    print(json.dumps(spec_schema(), indent=None if options.json else 2, allow_nan=False))
    return 0
