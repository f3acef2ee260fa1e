"""What is asked of one study twice at once, or two things crosswise: one wins, nothing is lost."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from itertools import combinations_with_replacement
from pathlib import Path

import pytest

from tests.manager.conftest import SCRIPTED, eventually, spec_named
from tests.manager.study_file import events, lines, packed, parts
from tests.manager.test_manager import in_second_trial
from tests.manager.workers.test_processes import printed_id
from tuning_core.manager import Manager, ManagerError, Person
from tuning_core.manager.searches.interrupted_studies import recover

ROOT = Path(__file__).parents[3]
ROUNDS = 2

Action = Callable[[Manager, str], object]


def _file(status: str = "stopped") -> bytes:
    return packed(parts(events=lines(events(status)))).getvalue()


def _import(manager: Manager, study_id: str) -> None:
    manager.archive.import_study(BytesIO(_file()))


ACTIONS: dict[str, Action] = {
    "launch": lambda manager, _: manager.launch(spec_named("plain", trials=1, epochs=1)),
    "resume": lambda manager, study: manager.resume(study),
    "stop": lambda manager, study: manager.stop(study),
    "extend": lambda manager, study: manager.editing.extend(study, trials=4),
    "own trial": lambda manager, study: manager.editing.add_trial(study, {"units": 9}),
    "delete": lambda manager, study: manager.delete(study, by=Person("me", teacher=True)),
    "undo": lambda manager, study: manager.trash.restore(study),
    "import": _import,
    "export": lambda manager, study: manager.archive.export_study(
        manager.wait(study, 0), manager.home.path / f"{threading.get_ident()}.zip"
    ),
    "confirm": lambda manager, study: manager.confirmations.begin(study, [1, 2], 3),
    "rename": lambda manager, study: manager.editing.rename(study, f"by {threading.get_ident()}"),
    "leave": lambda manager, _: manager.interrupted.leave(),
    "recover": lambda manager, _: recover(manager.store, manager.home),
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Manager]:
    home = tmp_path_factory.mktemp("home")
    manager = Manager(home, spare=False, searches=4, worker_command=SCRIPTED)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield manager
    sys.setswitchinterval(interval)
    manager.close()


def at_once(*actions: Callable[[], object]) -> list[BaseException | None]:
    """Do all of them at one moment, each on a thread of its own; what each raised."""
    barrier = threading.Barrier(len(actions))
    raised: list[BaseException | None] = [None] * len(actions)

    def act(place: int) -> None:
        barrier.wait()
        try:
            actions[place]()
        except BaseException as error:
            raised[place] = error

    threads = [threading.Thread(target=act, args=(place,)) for place in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def runs_of(study_id: str) -> int:
    """Threads that supervise a run of the study."""
    return sum(thread.name == f"study-{study_id}" for thread in threading.enumerate())


@pytest.mark.parametrize("pair", [*combinations_with_replacement(ACTIONS, 2)], ids=" and ".join)
def test_two_things_asked_at_once_leave_one_whole_story(
    engine: Manager, pair: tuple[str, str]
) -> None:
    for _ in range(ROUNDS):
        study_id = engine.archive.import_study(BytesIO(_file()))
        if "undo" in pair:
            engine.delete(study_id)
        raised = at_once(*(partial(ACTIONS[name], engine, study_id) for name in pair))
        assert all(error is None or isinstance(error, ManagerError) for error in raised), raised
        assert raised.count(None) >= 1 or pair in (("resume", "undo"), ("undo", "undo")), raised
        assert runs_of(study_id) <= 1
        for row in engine.store.studies():
            engine.wait(row.id, 60)
            engine.confirmations.stop(row.id, wait=True)
        check_whole(engine)
        for row in engine.store.studies():
            engine.delete(row.id)
        for note in engine.trash.restorable():
            engine.home.discard(engine.home.trash / note.id)


def check_whole(manager: Manager) -> None:
    """Store, files and queue tell the same of every study, and none of them runs."""
    rows = {row.id: row for row in manager.store.studies()}
    assert {folder.name for folder in manager.home.studies.iterdir()} == {*rows}
    assert manager.running() == manager.queued() == []
    for study_id, row in rows.items():
        files = manager.home.study(study_id)
        told = [json.loads(line) for line in files.journal.read_bytes().splitlines()]
        assert [event["seq"] for event in told] == [*range(1, len(told) + 1)]
        assert manager.store.last_seq(study_id) == len(told)
        assert not row.status.active
        assert "Not this study" not in row.message
        begun = [event["trial"] for event in told if event["kind"] == "trial_started"]
        assert len(begun) == len({*begun}), "two workers ran it"
        if files.name.exists():
            assert files.name.read_text() == row.name


def test_a_study_that_was_resumed_twice_can_be_stopped(open_manager) -> None:
    manager: Manager = open_manager(searches=2)
    study_id = manager.launch(spec_named("long"))
    manager.stop(study_id)
    manager.wait(study_id, 60)
    for _ in range(ROUNDS):
        at_once(*(partial(manager.resume, study_id) for _ in range(4)))
        assert runs_of(study_id) == 1
        eventually(lambda: manager.queue.progress(study_id))
        manager.stop(study_id)
        assert manager.wait(study_id, 60).status == "stopped"
        assert runs_of(study_id) == 0


def test_a_run_that_ends_removes_only_itself(manager: Manager) -> None:
    study_id = manager.launch(spec_named("endless"))
    eventually(lambda: in_second_trial(manager, study_id))
    queue = manager.queue
    stranger = queue._make_run(study_id, queue._ended)
    queue._ended(stranger)
    assert manager.running() == [study_id]
    manager.stop(study_id)
    assert manager.wait(study_id, 60).status == "stopped"


RESUME = """
import sys
from pathlib import Path
from tests.manager.conftest import SCRIPTED
from tuning_core.manager import Manager, ManagerError, Person
manager = Manager(Path(sys.argv[1]), spare=False, worker_command=SCRIPTED)
print("ready", flush=True)
sys.stdin.readline()
try:
    manager.resume(sys.argv[2])
except ManagerError as error:
    print(error, flush=True)
else:
    print("resumed", flush=True)
sys.stdin.readline()
manager.close()
"""


def test_of_two_processes_that_resume_a_study_at_once_one_runs_it(
    manager: Manager, home: Path
) -> None:
    study_id = manager.launch(spec_named("long"))
    manager.stop(study_id)
    manager.wait(study_id, 60)
    others = [
        subprocess.Popen(
            [sys.executable, "-c", RESUME, str(home), study_id],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        assert [printed_id(process) for process in others] == ["ready"] * 2
        for process in others:
            print(file=process.stdin, flush=True)
        said = [printed_id(process) for process in others]
        assert said.count("resumed") == 1, said
        assert "running in process" in next(words for words in said if words != "resumed")
        eventually(lambda: manager.wait(study_id).status == "running")
    finally:
        for process in others:
            process.communicate("\n")
    assert manager.wait(study_id).status == "interrupted"
