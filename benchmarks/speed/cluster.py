"""A study on a Ray cluster of two nodes with a core each, all on this machine, against one lane.

MNIST as in ``mnist_a3`` with 6 trials, run in turn here one by one and there two at once, from the
request to the durable end; lanes on the cluster start within that time. Asks for Ray
(requirements-cluster.txt).
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.parts.table import Row, run
from benchmarks.parts.tunescape import run_study
from benchmarks.speed import digits_one_architecture, mnist_a3
from benchmarks.speed.lanes import row
from tuning_core.resources import RAY_VARIABLE, ray_trouble

NODES = 2
BAR = 1.4
RUNS = 3
STORE_BYTES = 500_000_000


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    if importlib.util.find_spec("ray") is None:
        sys.exit(ray_trouble("local"))
    alone: list[float] = []
    there: list[float] = []
    study = digits_one_architecture.document(4) if quick else mnist_a3.document(6, 5, 3)
    with nodes() as address:
        for _ in range(1 if quick else RUNS):
            alone.append(seconds(study, "", 1))
            there.append(seconds(study, address, NODES))
            print(f"{alone}, {there}", file=sys.stderr, flush=True)
    return [row(f"{NODES} nodes of a core against one lane here", alone, there, BAR)]


def seconds(study: dict[str, Any], address: str, parallel: int) -> float:
    """How long a study takes with its trials on this cluster, "" for this machine."""
    os.environ[RAY_VARIABLE] = address
    return run_study({**study, "parallel": parallel}).seconds


@contextmanager
def nodes() -> Iterator[str]:
    """A cluster whose head trains nothing; its address."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    memory = {"object_store_memory": STORE_BYTES}
    head = {"num_cpus": 0, "include_dashboard": False, **memory}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        for number in range(NODES):
            cluster.add_node(num_cpus=1, node_name=f"node-{number}", **memory)
        yield str(cluster.address)
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    run("Trials on a Ray cluster", __doc__, measure)
