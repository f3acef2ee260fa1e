"""Trials on a Ray cluster are those of this machine, whatever nodes come, go or are refused."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.worker.conftest import Event, Study, WorkerClient, ask, epoch_of, epochs, of_kind
from tests.worker.lanes.test_side_by_side import by_number, spec
from tuning_core.worker.lanes.nodes import gpu_share

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None,
    reason="Ray is not installed: python -m pip install -r requirements-cluster.txt",
)


class Machines:
    """A cluster of nodes on this machine; its head trains nothing."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        head = {
            "num_cpus": 0,
            "object_store_memory": 80_000_000,
            "include_dashboard": False,
            # A node that was killed is known as dead after 4 seconds instead of 13.
            "_system_config": {
                "health_check_period_ms": 1_000,
                "health_check_failure_threshold": 3,
            },
        }
        self._cluster = Cluster(initialize_head=True, head_node_args=head)
        self._nodes: dict[str, Any] = {}

    @property
    def address(self) -> str:
        return str(self._cluster.address)

    def add(self, name: str, **environment: str) -> None:
        self._nodes[name] = self._cluster.add_node(
            wait=False,
            num_cpus=1,
            object_store_memory=80_000_000,
            node_name=name,
            env_vars=environment or None,
        )

    def remove(self, name: str) -> None:
        self._cluster.remove_node(self._nodes.pop(name), allow_graceful=False)

    def clear(self) -> None:
        """End all nodes but the head, and wait until Ray knows."""
        for node in self._nodes.values():
            self._cluster.remove_node(node)
        self._nodes.clear()
        self._cluster.wait_for_nodes()

    def close(self) -> None:
        self._cluster.shutdown()


@pytest.fixture(scope="module")
def head() -> Iterator[Machines]:
    """A cluster without a node that trains."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        cluster = Machines()
        yield cluster
        cluster.close()


@pytest.fixture
def machines(head: Machines, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machines]:
    monkeypatch.setenv("TUNESCAPE_RAY", head.address)
    yield head
    head.clear()


@pytest.fixture
def sent(machines: Machines, request: pytest.FixtureRequest) -> WorkerClient:
    """A worker that sends its trials to the cluster."""
    client: WorkerClient = request.getfixturevalue("another_worker")
    client.until(of_kind("ready"))
    return client


def nodes_of(events: list[Event]) -> set[str]:
    return {event["node"] for event in events if event["kind"] == "trial_started"}


def on_node(name: str) -> Callable[[Event], bool]:
    return lambda event: event["kind"] == "trial_started" and event["node"] == name


def says(words: str) -> Callable[[Event], bool]:
    return lambda event: event["kind"] == "note" and words in event["message"]


@pytest.mark.parametrize("gpus", [0, 0.5, 1, 2, 3, 8])
@pytest.mark.parametrize("lanes", [0, 1, 3, 7, 64])
def test_all_lanes_of_a_node_fit_on_its_gpus(gpus: float, lanes: int) -> None:
    share = gpu_share(gpus, lanes)
    assert (share > 0) is (gpus > 0 and lanes > 0)
    assert share <= 1
    # Ray takes a part from one GPU alone.
    whole = max(1, int(gpus))
    assert share == 0 or whole * int(min(1, gpus) / share) >= lanes


@needs_ray
def test_trials_on_a_cluster_are_those_of_this_machine(worker, machines, sent, make_study):
    alone = worker.run(make_study(spec("random", 1)))
    machines.add("first")
    machines.add("second")
    there = sent.run(make_study(spec("random", 2)))
    assert there[-1]["status"] == "finished", there[-1]
    assert by_number(there) == by_number(alone)
    assert epochs(there) == epochs(alone)
    assert nodes_of(there) - {""} <= {"first", "second"}
    assert nodes_of(there) - {""}


@needs_ray
def test_a_killed_node_costs_its_trials_time_alone_and_a_new_one_is_used(
    worker, machines, sent, make_study
):
    machines.add("first")
    machines.add("second")
    study = make_study(spec("random", 2, budget={"trials": 200, "epochs": 1_000}))
    sent.start(study)
    lost = sent.until(on_node("second"))[-1]["trial"]
    sent.until(epoch_of(lost, 100))
    machines.remove("second")
    machines.add("third")
    sent.until(says("Node second has left the cluster."))
    sent.until(on_node("third"))
    while not {1, 2, 3, lost} <= {result[0] for result in by_number(study.journal)}:
        sent.until(of_kind("trial_ended"))
    sent.send(command="stop", study=study.id)
    assert sent.until(of_kind("study_ended"))[-1]["status"] == "stopped"
    alone = worker.run(make_study(spec("random", 1, budget={"trials": 3, "epochs": 1_000})))
    assert by_number(study.journal)[:3] == by_number(alone)
    there = epochs(study.journal)
    assert {place: there[place] for place in epochs(alone)} == epochs(alone)


@needs_ray
def test_a_study_without_a_node_waits_for_one_and_goes_on(machines, sent, make_study):
    begun = time.monotonic()
    machines.add("first")
    study = make_study(spec("random", 1, repeats=10, budget={"trials": 2, "epochs": 10_000}))
    sent.start(study)
    sent.until(epoch_of(1, 100))
    machines.remove("first")
    sent.until(says("Start Ray on a machine with a free core: the study waits for one"))
    alone = time.monotonic()
    machines.add("second")
    sent.until(says("Node second has joined"))
    waited = time.monotonic() - alone
    machines.remove("second")  # Its lane has not begun: it has left all the same, nothing else.
    machines.add("third")
    sent.until(on_node("third"))
    sent.until(lambda event: event["kind"] == "epoch")
    machines.remove("third")
    sent.until(says("the study waits for one"))
    sent.send(command="stop", study=study.id)
    ended = sent.until(of_kind("study_ended"))[-1]
    assert ended["status"] == "stopped"
    assert ended["seconds"] <= time.monotonic() - begun - waited
    notes = " ".join(event["message"] for event in study.journal if event["kind"] == "note")
    for name in ("first", "second", "third"):
        assert f"Node {name} has left the cluster." in notes
    assert "is not used" not in notes


@needs_ray
def test_studies_of_each_kind_are_on_a_cluster_what_they_are_here(
    worker, machines, sent, make_study
):
    machines.add("first")
    machines.add("second")
    rule = {"rule": "median", "settings": {"startup_trials": 2, "warmup_epochs": 1}}
    kinds: list[dict[str, Any]] = [
        spec("hyperband", 2, budget={"trials": 12, "epochs": 9}),
        spec("random", 2, cross_validation={"folds": 2}, repeats=2, early_termination=rule),
    ]
    for kind in kinds:
        here, there = worker.run(make_study(kind)), sent.run(make_study(kind))
        assert there[-1]["status"] == "finished", there[-1]
        assert by_number(there) == by_number(here)
        assert epochs(there) == epochs(here)
    assert any(result[2][0] == "pruned" for result in by_number(there))


@needs_ray
def test_what_is_asked_of_a_study_on_a_cluster_is_done(worker, machines, sent, make_study):
    machines.add("first")
    machines.add("second")
    study = make_study(spec("random", 2, repeats=10, budget={"trials": 3, "epochs": 10_000}))
    sent.start(study)
    sent.until(epoch_of(2, 50))
    sent.send(command="skip", study=study.id, trial=2)
    ended = sent.until(of_kind("trial_ended"))[-1]
    assert (ended["trial"], ended["status"]) == (2, "skipped")
    sent.until(epoch_of(3, 50))
    ask(study, what="kill", trial=3)
    ended = sent.until(of_kind("trial_ended"))[-1]
    assert (ended["trial"], ended["status"]) == (3, "failed")
    ask(study, what="budget", trials=4)
    sent.until(epoch_of(4, 50))
    sent.kill()
    # The next worker has its lanes here. Of the trials, the first is surely old enough for a
    # checkpoint: it has gone on while a new lane was started for the one that was killed.
    worker.start(study)
    reached = worker.until(lambda e: e["kind"] == "epoch" and e["trial"] == 1)[-1]
    assert reached["epoch"] > 1
    worker.send(command="stop", study=study.id)
    assert worker.until(of_kind("study_ended"))[-1]["status"] == "stopped"
    begun = {event["trial"] for event in study.journal if event["kind"] == "trial_started"}
    assert begun == {1, 2, 3, 4}


@needs_ray
def test_a_node_with_another_keras_is_not_used(machines, sent, make_study, tmp_path: Path):
    other = tmp_path / "path" / "keras-9.9.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: keras\nVersion: 9.9\n")
    machines.add("odd", PYTHONPATH=str(other.parent))
    machines.add("first")
    study = make_study(spec("random", 2))
    sent.start(study)
    events = sent.until(says("Node odd is not used: it has keras 9.9 where this machine has"))
    events += sent.until(of_kind("study_ended"))
    assert events[-1]["status"] == "finished"
    assert nodes_of(events) <= {"", "first"}


@needs_ray
def test_a_local_cluster_begins_and_ends_with_the_worker(
    worker, request, make_study, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TUNESCAPE_RAY", "local")
    client: WorkerClient = request.getfixturevalue("another_worker")
    client.until(of_kind("ready"))
    there = client.run(make_study(spec("random", 2)))
    assert by_number(there) == by_number(worker.run(make_study(spec("random", 1))))


@needs_ray
def test_an_address_that_nobody_answers_pauses_the_study_with_a_sentence(
    request, make_study: Callable[..., Study], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TUNESCAPE_RAY", "127.0.0.1:1")
    client: WorkerClient = request.getfixturevalue("another_worker")
    client.until(of_kind("ready"))
    begun = time.monotonic()
    ended = client.run(make_study(spec("random", 2)))[-1]
    assert time.monotonic() - begun < 10
    assert (ended["status"], ended["reason"]) == ("paused", "cluster")
    assert ended["message"].startswith("Nobody answers at the Ray cluster's address 127.0.0.1:1")
