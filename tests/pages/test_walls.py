"""What a stranger tries on another's study and table, by every way there is: nothing succeeds."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.shared.user import named
from pages.components.study.tab_parts import SECTION, TABS
from tests.manager.conftest import spec_named
from tests.manager.study_file import packed, parts
from tests.manager.test_access import CHANGES
from tests.pages.conftest import Opener
from tuning_core.catalog import StudyStatus
from tuning_core.datasets import DataError, resolve, store_upload
from tuning_core.datasets.upload_owners import owns
from tuning_core.manager import Manager, ManagerError, Person
from tuning_core.space import SpecError
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.spec.training_request import parse_training

ALICE = Person(named(f"browser:{'a' * 32}"))
STRANGERS = (
    *(Person("mallory"), Person("laptop", here=True), Person(""), Person(ALICE.user[:-1])),
    *(Person("%"), Person("*"), Person(f"{ALICE.user}\0"), Person(f"../{ALICE.user}")),
)
SECRET = "kahlenberg"
"""A cell of Alice's table, and nothing else on any page."""

pytestmark = pytest.mark.usefixtures("scripted")

LEAST = 200
"""Attempts that are made at least."""


@pytest.fixture
def table(engine: Manager) -> str:
    """Alice's table: ``upload:<sha256>``."""
    rows = [f"{n % 9},{SECRET if n % 3 else 'elsewhere'},{n % 2}" for n in range(60)]
    content = "\n".join(["area,place,sold", *rows]).encode()
    return store_upload(content, engine.home.path, "houses.csv", user=ALICE.user)


@pytest.fixture
def study(engine: Manager, table: str) -> str:
    """Her study of it, which has ended."""
    study_id = engine.launch(spec_of(table, engine.home.path), by=ALICE)
    assert engine.wait(study_id, 60).status is StudyStatus.FINISHED
    return study_id


def spec_of(table: str, home: Path) -> StudySpec:
    document: dict[str, Any] = json.loads(spec_named("Houses", trials=2).to_json())
    document["dataset"] = {"id": table, "target": "sold", "task": "classification"}
    document["objective"] = "val_loss"
    return parse_spec(resolve(document, home))


def state(manager: Manager, study_id: str) -> object:
    """All that there is of a study, but for what is made of it on demand."""
    folder = manager.home.study(study_id).folder
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return manager.study(study_id), manager.editing.waiting(study_id), files


def test_no_attempt_on_anothers_study_or_table_succeeds(engine: Manager, study: str, table: str):
    before, made = state(engine, study), 0
    for by in STRANGERS:
        for number, attempt in enumerate(attempts(engine, study, table, by)):
            try:
                done = attempt()
            except (ManagerError, SpecError, DataError):
                made += 1
            else:
                pytest.fail(f"attempt {number} of {by} was not refused: {done!r}")
    assert made >= LEAST
    assert state(engine, study) == before
    assert not any(owns(engine.home.path, by.user, table.partition(":")[2]) for by in STRANGERS)
    assert [row.id for row in engine.store.studies()] == [study]


def attempts(engine: Manager, study: str, table: str, by: Person) -> list[Callable[[], object]]:
    """What one stranger asks of the manager."""
    spec = spec_of(table, engine.home.path)
    request = parse_training(
        {"dataset": json.loads(spec.to_json())["dataset"], "family": "mlp", "epochs": 1}
    )
    # A stranger asks by their own name; the manager is told no other.
    user = by.user or "nobody"
    return [
        *(lambda change=change: change(engine, study, by) for change in CHANGES.values()),
        lambda: engine.launch(spec, by=by),
        lambda: engine.launch(spec, user=user),
        lambda: engine.trainings.ask(user, [request], by=by),
        lambda: engine.new_rows.of_study(study, by=by),
        lambda: engine.access.refuse_rows(table, by),
        lambda: engine.access.refuse_rows(table.upper().replace("UPLOAD", "upload"), by),
        lambda: engine.access.accept(study, "", by),
        lambda: engine.access.accept(study, "ключ", by),
        lambda: engine.races.start(spec, ["random", "grid"], 2, user=user),
    ]


@pytest.fixture
def forged(engine: Manager, study: str, table: str) -> str:
    """Mallory's study that claims to be of Alice's table, with weights of her own."""
    spec = json.loads(spec_of(table, engine.home.path).to_json())
    file = packed(parts(spec=json.dumps(spec).encode(), best=None, events=b""))
    return engine.archive.import_study(file, user="mallory")


OF_FORGED: dict[str, Callable[[Manager, str], object]] = {
    "resume": lambda engine, id: engine.resume(id, by=Person("mallory")),
    "reveal": lambda engine, id: engine.reveal_test(id, by=Person("mallory")),
    "model": lambda engine, id: engine.best_model.export_model(id),
    "bundle": lambda engine, id: engine.best_model.export_bundle(id),
    "predictions": lambda engine, id: engine.best_model.predict(id, "validation"),
    "score": lambda engine, id: engine.best_model.score(id, Path("houses.csv")),
    "confirm": lambda engine, id: engine.confirmations.begin(id, [1, 2], 3, by=Person("mallory")),
    "try it": lambda engine, id: engine.new_rows.of_study(id, by=Person("mallory")),
    "share": lambda engine, id: engine.access.share(engine.study(id), by=Person("mallory")),
}


def test_a_forged_study_of_anothers_table_is_looked_at_and_no_more(
    engine: Manager, forged: str
) -> None:
    for attempt in OF_FORGED.values():
        with pytest.raises(ManagerError, match="not here or not yours"):
            attempt(engine, forged)
    # An edit that wakes a study that has ended trains as little.
    with suppress(ManagerError):
        engine.editing.extend(forged, trials=9, by=Person("mallory"))
    assert not engine.study(forged).status.active


def test_nobody_learns_whether_a_table_is_there(engine: Manager, study: str, table: str) -> None:
    said = set()
    for identity in (table, "upload:" + "0" * 64):
        with pytest.raises(ManagerError) as refusal:
            engine.access.refuse_rows(identity, Person("mallory", here=False))
        said.add(str(refusal.value))
    assert len(said) == 1


def test_whom_a_study_is_shared_with_sees_its_rows_until_that_is_withdrawn(
    engine: Manager, study: str, table: str
) -> None:
    bob = Person("bob")
    token = engine.access.share(engine.study(study), by=ALICE)
    assert engine.access.share(engine.study(study), by=ALICE) == token
    with pytest.raises(ManagerError, match="does not share this study"):
        engine.access.accept(study, token[:-1], bob)
    engine.access.accept(study, token, bob)
    assert engine.access.may_read(table, bob)
    copy = engine.launch(spec_of(table, engine.home.path), by=bob)
    engine.wait(copy, 60)
    with pytest.raises(ManagerError, match="another user"):
        engine.stop(study, by=bob)
    engine.access.withdraw(study, by=ALICE)
    assert not engine.access.may_read(table, bob)
    with pytest.raises(ManagerError, match="not here or not yours"):
        engine.launch(spec_of(table, engine.home.path), by=bob)
    with pytest.raises(ManagerError, match="does not share"):
        engine.access.accept(study, token, bob)


def test_whose_a_study_is_outlives_the_database(engine: Manager, study: str) -> None:
    home = engine.home
    token = engine.access.share(engine.study(study), by=ALICE)
    engine.close()
    for path in home.path.glob("tunescape.db*"):
        path.unlink()
    again = Manager(home.path, spare=False)
    try:
        assert again.store.readers.of(study) == ALICE.user
        assert again.access.shared(study) is not None
        assert again.access.share(again.study(study), by=ALICE) == token
    finally:
        again.close()


def test_what_an_older_version_kept_is_its_users(engine: Manager, study: str, table: str) -> None:
    home, sha256 = engine.home, table.partition(":")[2]
    engine.close()
    home.study(study).reader.unlink()
    for mark in (home.data / "uploads" / "readers").glob("*/*"):
        mark.unlink()
    again = Manager(home.path, spare=False)
    try:
        assert owns(home.path, ALICE.user, sha256)
        assert home.study(study).reader.read_text() == ALICE.user
    finally:
        again.close()


PLACES: dict[str, dict[str, str]] = {
    "study": {"share": "forged"},
    "library": {},
    "what_if": {"dataset": "{table}", "target": "sold", "task": "classification"},
}
CHANGING = ("Pause", "Stop", "Resume", "Skip", "Rename", "Delete", "Confirm", "Reveal", "Change")


def test_pages_show_a_stranger_no_row_and_no_button_that_would_be_refused(
    opened: Opener, engine: Manager, study: str, table: str
) -> None:
    for place, query in PLACES.items():
        asked = {name: value.format(table=table) for name, value in query.items()}
        app = opened(place, **(asked | {"id": study} if place == "study" else asked))
        if place == "study":
            assert "Made by another user" in everything(app)
            app.session_state[SECTION] = TABS[-1]
            app.run()
            assert "Rows are shown to whoever uploaded them" in everything(app)
        assert SECRET not in everything(app), place
        offered = [button.label for button in app.button]
        assert not [label for label in offered if label.startswith(CHANGING)], place


def test_a_pasted_spec_shows_its_table_to_its_owner_alone(
    opened: Opener, engine: Manager, study: str, table: str
) -> None:
    spec = spec_of(table, engine.home.path).to_json()
    app = opened("new_study")
    for browser, owner in (("a" * 32, True), ("b" * 32, False)):
        app.session_state["browser_id"] = browser
        app.text_area(key="pasted_spec").set_value(spec)
        app.button(key="use-spec").click().run()
        assert (SECRET in everything(app)) is owner
        assert ("not here or not yours" in everything(app)) is not owner
        assert app.button(key="launch").disabled is not owner


def everything(app: AppTest) -> str:
    """All that is sent to the browser, as text."""
    return "\n".join(str(block.proto) for block in app._tree if getattr(block, "proto", None))
