"""A running TensorBoard shows our figures."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import pytest

from pages.components.shared.study_draft import DEMO
from tests.manager.conftest import eventually
from tests.pages.recorded import recorded as recorded_events
from tests.study_export.conftest import SPACE, STUDY
from tuning_core.home.locks import own_token
from tuning_core.manager import Manager, ManagerError
from tuning_core.spec.study import parse_spec
from tuning_core.study_export import read_record

Ask = Callable[[str, dict[str, Any] | None], Any]


@pytest.fixture
def going(tmp_path: Path) -> Iterator[tuple[Manager, list[dict[str, Any]]]]:
    """A study that still runs, its fifth trial begun, and the events to come."""
    manager = Manager(tmp_path / "home", spare=False)
    spec = parse_spec({**DEMO, "space": SPACE, "repeats": 2, "budget": {"trials": 12, "epochs": 4}})
    events = recorded_events(spec, 12, 4)
    now = next(i for i, e in enumerate(events) if e["kind"] == "epoch" and e["trial"] == 5) + 2
    manager.store.create_study(STUDY, "going", spec.to_json(), time.time(), own_token())
    manager.store.apply(STUDY, events[:now])
    manager.home.study(STUDY).folder.mkdir()
    manager.live_tensorboard.switch(STUDY, True)
    yield manager, events[now:]
    manager.close()


@pytest.fixture
def ask(going: tuple[Manager, list[dict[str, Any]]], tmp_path: Path) -> Iterator[Ask]:
    """Asks a TensorBoard that looks at what is being written; it chooses its port itself."""
    folder = going[0].live_tensorboard.folder(STUDY)
    eventually(folder.exists, 60)
    log = tmp_path / "log.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tensorboard.main", "--logdir", str(folder), "--port", "0",
             "--load_fast=false", "--reload_interval", "1"],
            stdout=output, stderr=output,
        )  # fmt: skip

    def address() -> str | None:
        found = re.search(r"http://\S+", log.read_text())
        return found[0].rstrip("/") if found else None

    def request(path: str, body: dict[str, Any] | None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(
            f"{address()}/data/plugin/{path}", data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asked, timeout=20) as reply:
            return json.load(reply)

    def runs() -> bool:
        try:
            return len(request("scalars/tags", None)) >= 9
        except urllib.error.URLError:
            return False

    try:
        eventually(address, 60)
        eventually(runs, 60)
        yield request
    finally:
        process.kill()
        process.wait()


def test_tensorboard_shows_the_table_and_the_curves_while_they_grow(
    ask: Ask, going: tuple[Manager, list[dict[str, Any]]], tmp_path: Path
) -> None:
    manager, coming = going
    curve = ask("scalars/scalars?tag=val_accuracy&run=trial_05/execution_1", None)
    assert [step for _, step, _ in curve] == [1, 2]
    assert manager.live_tensorboard.writing(STUDY)
    manager.store.apply(STUDY, coming)
    eventually(lambda: not manager.live_tensorboard.writing(STUDY), 60)
    eventually(lambda: len(ask("scalars/tags", None)) == 24, 60)
    recorded = read_record(manager.store, STUDY)
    manager.study_exports.write("tensorboard", STUDY, tmp_path / "whole")
    assert contents(manager.live_tensorboard.folder(STUDY)) == contents(tmp_path / "whole")

    def ended() -> bool:
        tags = ask("scalars/tags", None)["trial_12/execution_2"]
        return "score" in tags

    eventually(ended, 60)
    experiment = ask("hparams/experiment", {"experimentName": ""})
    infos = {info["name"]: info for info in experiment["hparamInfos"]}
    assert set(infos) == set(SPACE)
    assert infos["learning_rate"]["domainInterval"] == {"minValue": 1e-4, "maxValue": 1e-1}
    assert infos["optimizer"]["domainDiscrete"] == ["adam", "sgd"]
    metrics = [info["name"]["tag"] for info in experiment["metricInfos"]]
    assert metrics == ["score", "val_loss", "val_accuracy", "loss", "accuracy"]

    groups = ask(
        "hparams/session_groups",
        {
            "experimentName": "",
            "allowedStatuses": ["STATUS_SUCCESS", "STATUS_FAILURE"],
            "colParams": [{"metric": {"tag": "score", "group": ""}, "order": "ORDER_DESC"}],
            "aggregationType": "AGGREGATION_AVG",
            "startIndex": 0,
            "sliceSize": 100,
        },
    )["sessionGroups"]
    by_name = {group["name"]: group for group in groups}
    assert len(by_name) == len(recorded.trials)
    for trial in recorded.trials:
        group = by_name[f"trial {trial.number}"]
        assert group["hparams"] == {n: v for n, v in trial.config.items() if n in SPACE}
        values = {m["name"]["tag"]: m["value"] for m in group["metricValues"]}
        if trial.score is not None:
            assert values["score"] == pytest.approx(trial.score, abs=1e-6)
        statuses = {session["status"] for session in group["sessions"]}
        assert statuses == {"STATUS_FAILURE" if trial.number == 2 else "STATUS_SUCCESS"}
        assert len(group["sessions"]) == 2

    rows = [row for row in recorded.epochs[3] if row.execution == 1]
    curve = ask("scalars/scalars?tag=val_accuracy&run=trial_03/execution_1", None)
    assert [step for _, step, _ in curve] == [row.epoch for row in rows]
    assert [value for _, _, value in curve] == pytest.approx(
        [row.metrics["val_accuracy"] for row in rows], abs=1e-6
    )


def contents(folder: Path) -> dict[Path, bytes]:
    """All event files."""
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*.tunescape")}


def test_the_switch_is_remembered_and_ends_the_writer(manager: Manager) -> None:
    manager.home.study(STUDY).folder.mkdir(exist_ok=True)
    assert not manager.live_tensorboard.wanted(STUDY)
    manager.live_tensorboard.switch(STUDY, True)
    assert manager.live_tensorboard.wanted(STUDY)
    manager.live_tensorboard.switch(STUDY, False)
    assert not manager.live_tensorboard.wanted(STUDY)
    assert not manager.live_tensorboard.writing(STUDY)


def test_a_switch_that_is_turned_on_twice_at_once_has_one_writer(
    going: tuple[Manager, list[dict[str, Any]]],
) -> None:
    manager, _ = going
    both = [Thread(target=manager.live_tensorboard.switch, args=(STUDY, True)) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    place = str(manager.live_tensorboard.folder(STUDY))
    children = psutil.Process().children()
    # For a moment after its start a process has no command line yet.
    eventually(lambda: all(child.cmdline() for child in children))
    assert sum(place in child.cmdline() for child in children) == 1
    assert manager.live_tensorboard.writing(STUDY)


def test_the_button_gives_a_zip_of_the_same_files(manager: Manager) -> None:
    names = zipfile.ZipFile(
        io.BytesIO(manager.study_exports.content("tensorboard", STUDY))
    ).namelist()
    assert len(names) == 1 + 2 * 12
    assert all(name.startswith(f"tunescape-{STUDY}/") for name in names)


def test_a_folder_with_something_in_it_is_refused(manager: Manager, tmp_path: Path) -> None:
    with pytest.raises(ManagerError, match="is not empty"):
        manager.study_exports.write("tensorboard", STUDY, tmp_path)
