"""Lanes of this machine as processes: what they start, print, take and how they end."""

from __future__ import annotations

import os
import sys

import psutil
import pytest

from tests.worker.conftest import of_kind
from tests.worker.lanes.test_side_by_side import lane_pids, spec
from tuning_core import resources
from tuning_core.worker.lanes.local import LocalLanes


@pytest.mark.parametrize(("cores", "hosts"), [(2, 0), (4, 1)])
def test_where_trials_run_side_by_side_by_default_lanes_are_prepared(monkeypatch, cores, hosts):
    monkeypatch.setattr(resources, "cores", lambda: cores)
    lanes = LocalLanes(cores)
    before = {child.pid for child in psutil.Process().children()}
    lanes.prepare()
    begun = [child for child in psutil.Process().children() if child.pid not in before]
    assert len(begun) == hosts
    lanes.prepare()
    assert len({child.pid for child in psutil.Process().children()} - before) == hosts
    for child in begun:
        child.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_lanes_print_is_in_the_log_of_their_study(worker, make_study):
    """Also the second study's, whose lanes were started for the first."""
    studies = [make_study(spec("random", 2)) for _ in range(2)]
    for study in studies:
        worker.run(study)
        (lane, *_) = lane_pids(worker.process.pid)
        assert os.readlink(f"/proc/{lane}/fd/2") == str(study.folder / "log.txt")


def test_a_trial_takes_no_time_while_its_lane_starts(another_worker, make_study):
    """A lane imports for seconds, and its first trial, of a few short epochs, waits for it."""
    another_worker.until(of_kind("ready"))
    events = another_worker.run(make_study(spec("random", 2, budget={"trials": 2, "epochs": 2})))
    begun = min(event["time"] for event in events if event["kind"] == "trial_started")
    for ended in (event for event in events if event["kind"] == "trial_ended"):
        assert ended["seconds"] < ended["time"] - begun - 1.0


def test_lanes_give_way_to_workers_and_end_with_theirs(another_worker, make_study):
    another_worker.until(of_kind("ready"))
    another_worker.run(make_study(spec("random", 2)))
    lanes = [psutil.Process(pid) for pid in lane_pids(another_worker.process.pid)]
    assert lanes
    worker = psutil.Process(another_worker.process.pid)
    assert all(lane.nice() > worker.nice() for lane in lanes)
    another_worker.kill()
    gone, left = psutil.wait_procs(lanes, timeout=30)
    assert (len(gone), left) == (len(lanes), [])
