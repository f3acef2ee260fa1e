"""Knobs that move while a training is under way: it goes on, or is forked."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.what_if import under_way
from pages.components.what_if.kept_runs import WhatIfRun
from pages.components.what_if.session import WhatIfSession
from pages.components.what_if.under_way import ANEW, GOES_ON, restart
from tests.manager.conftest import eventually
from tests.pages.conftest import Opener
from tests.pages.test_pages import words
from tests.pages.what_if.test_what_if import asked, knob
from tuning_core.manager import Manager
from tuning_core.spec.weights import SetWeight

LINK = {"train": "ask", "knobs": "go on", "epochs": "20", "learning_rate": "0.1"}


def mode(app: AppTest):
    return next(c for c in app.segmented_control if c.label == "A moved knob")


def test_what_is_fixed_is_greyed_while_a_training_goes_on(opened: Opener):
    app = opened("what_if", **LINK)
    assert mode(app).value == GOES_ON
    assert knob(app, "Units per hidden layer").disabled
    assert knob(app, "Optimizer").disabled
    assert not knob(app, "Learning rate").disabled
    assert not knob(app, "L2").disabled
    mode(app).set_value(ANEW).run()
    assert not knob(app, "Units per hidden layer").disabled
    assert "knobs" not in app.query_params


def test_knobs_say_what_holds_at_the_end_and_change_it(opened: Opener):
    app = opened("what_if", **LINK, change="12 learning_rate 0.01 15 dropout 0.3")
    assert not app.warning
    assert knob(app, "Learning rate").value == 0.01
    assert knob(app, "Dropout").value == 0.3
    assert asked(app, "learning_rate") == "0.1"
    # Nothing is trained yet beyond the last change: it becomes part of that.
    knob(app, "L2").set_value(0.01).run()
    assert asked(app, "change") == "12 learning_rate 0.01 15 dropout 0.3 l2 0.01"
    knob(app, "L2").set_value(0.0).run()
    knob(app, "Dropout").set_value(0.0).run()
    assert asked(app, "change") == "12 learning_rate 0.01"
    # Fewer epochs leave no room for it: the knobs are those of what is left.
    knob(app, "Epochs").set_value(10).run()
    assert "change" not in app.query_params
    assert knob(app, "Learning rate").value == 0.1
    assert not app.exception


@pytest.mark.parametrize("moved", ["Learning rate", "Seed"])
def test_what_trains_anew_begins_with_what_the_knobs_say(opened: Opener, moved: str):
    app = opened("what_if", **LINK, change="12 learning_rate 0.01 dropout 0.3")
    if moved == "Learning rate":
        mode(app).set_value(ANEW).run()
        assert "change" in app.query_params
        knob(app, moved).set_value(0.03).run()
    else:
        knob(app, moved).set_value(3).run()
    assert "change" not in app.query_params
    assert asked(app, "learning_rate") == ("0.03" if moved == "Learning rate" else "0.01")
    assert asked(app, "dropout") == "0.3"


def test_more_changes_than_there_may_be_say_so(opened: Opener):
    change = " ".join(f"{epoch} dropout 0.{epoch:02}" for epoch in range(1, 21))
    app = opened("what_if", **{**LINK, "epochs": "50"}, change=change)
    assert not app.warning
    session: WhatIfSession = app.session_state["what_if"]
    session.fork = 30
    knob(app, "Learning rate").set_value(0.03).run()
    assert "at most 20 changes" in app.warning[0].value
    assert "change" not in app.query_params


def test_a_training_goes_on_and_is_forked(
    opened: Opener, engine: Manager, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(under_way, "ONE_MOVE_SECONDS", 0.0)
    app = opened("what_if", dataset="moons", units="4", epochs="5", knobs="go on")
    session: WhatIfSession = app.session_state["what_if"]

    def ended() -> None:
        assert session.current is not None
        id = session.current.training.id
        eventually(lambda: engine.trainings.get(id).state.ended, 120)
        app.run()

    ended()
    first = session.current
    assert first is not None
    knob(app, "Learning rate").set_value(0.1).run()
    assert asked(app, "change") == "5 learning_rate 0.1"
    assert asked(app, "epochs") == "10"
    assert knob(app, "Epochs").value == 10
    ended()
    assert session.current is first
    assert not session.runs
    assert len(first.training.epochs) == 10
    assert "learning rate 0.001 \u2192 0.1 from epoch 5 on" in words(app)
    restart(session, 7)
    app.run()
    assert session.current is first
    assert "The next one goes on from epoch 7." in words(app)
    knob(app, "Batch size").set_value(8).run()
    assert asked(app, "change") == "5 learning_rate 0.1 7 batch_size 8"
    ended()
    assert session.runs == [first]
    fork = session.current
    assert fork is not None
    assert fork.number == 2
    assert fork.training.epochs[:7] == first.training.epochs[:7]
    assert fork.training.epochs[7] != first.training.epochs[7]
    assert "The next one goes on from" not in words(app)
    # Back, before the first change.
    restart(session, 3)
    app.run()
    assert knob(app, "Learning rate").value == 0.001
    # What begins anew is a run of its own, also where it begins as the present one did.
    mode(app).set_value(ANEW).run()
    assert session.fork is None
    app.button(key="what-if-back-2").click().run()
    ended()
    knob(app, "Learning rate").set_value(0.001).run()
    knob(app, "Batch size").set_value(32).run()
    assert "change" not in app.query_params
    assert session.current not in (first, fork)
    assert {first.number, fork.number} <= {run.number for run in session.runs}
    # A pinned one that still trains is kept as far as it came.
    knob(app, "Batch size").set_value(2).run()
    knob(app, "Epochs").set_value(1_000).run()
    pinned = session.current
    assert pinned is not None
    eventually(lambda: app.run() and pinned.training.epochs, 60)
    app.button(key="what-if-pin").click().run()
    knob(app, "Batch size").set_value(64).run()
    assert pinned in session.runs
    assert not app.exception


def test_a_training_goes_on_with_a_weight_set_by_hand(opened: Opener, engine: Manager):
    app = opened("what_if", dataset="moons", units="4", epochs="5")
    session: WhatIfSession = app.session_state["what_if"]

    def ended() -> WhatIfRun:
        run = session.current
        assert run is not None
        eventually(lambda: engine.trainings.get(run.training.id).state.ended, 120)
        app.run()
        return run

    def set_by_hand(epoch: int, value: float, unit: int = 3) -> None:
        restart(session, epoch, SetWeight(layer=1, unit=unit, input=2, value=value))
        app.run()

    before = ended().training.epochs
    # Its end goes on; from before it is another run, and the same weight is set once.
    set_by_hand(5, 4.0)
    set_by_hand(5, 1.5)
    assert asked(app, "change") == "5 weight.1.3.2 1.5"
    assert asked(app, "epochs") == "10"
    run = ended()
    assert run.training.epochs[:5] == before
    assert len(run.training.epochs) == 10
    assert "weight y to unit 3, layer 1: 1.5 from epoch 5 on" in words(app)
    set_by_hand(3, -2.0)
    assert asked(app, "change") == "3 weight.1.3.2 -2"
    fork = ended()
    assert fork is not run
    assert run in session.runs
    assert fork.training.epochs[:3] == run.training.epochs[:3]
    assert fork.training.epochs[3] != run.training.epochs[3]
    # A knob at the same place joins it.
    restart(session, 3)
    app.run()
    knob(app, "L2").set_value(0.01).run()
    assert asked(app, "change") == "3 l2 0.01 weight.1.3.2 -2"
    # What a browser sends need not be there.
    set_by_hand(3, 1.0, unit=99)
    assert "expected 1 to 4 in layer 1\\, received 99" in app.warning[0].value
    assert asked(app, "change") == "3 l2 0.01 weight.1.3.2 -2"
    assert not app.exception
