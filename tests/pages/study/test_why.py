"""Why this configuration next: the page shows what an oracle has said, and asks when it has not."""

from __future__ import annotations

import json
from dataclasses import asdict

from tests.pages.conftest import Opener
from tests.pages.recorded import record
from tests.pages.study.test_study_tabs import charts, showing
from tuning_core.catalog.explanation import Explanation, Profile
from tuning_core.manager import Manager

STUDY = "aaaaaaaa"
RATE = {"low": 1e-4, "high": 1e-1, "scale": "log"}
LINES = {
    "mean": (0.8, 0.9),
    "deviation": (0.05, 0.1),
    "acquisition": (0.93, 1.16),
    "good": (0.4, 0.6),
    "rest": (0.9, 0.1),
}
PROFILES = (
    Profile("learning_rate", 1e-3, (1e-3, 1e-2), LINES, note="3 of 10 parts of the range tried"),
    Profile("optimizer", "sgd", ("adam", "sgd"), LINES),
)
SAID = {
    1: Explanation(1, "random", "coverage", "Drawn at random.", PROFILES),
    2: Explanation(2, "bayesian", "surrogate", "Little is known here.", PROFILES),
    3: Explanation(3, "tpe", "densities", "Good trials are dense here.", PROFILES),
    4: Explanation(4, "evolution", "parents", "A copy of trial 1.", PROFILES, {"parent": (1,)}),
    5: Explanation(
        5,
        "hyperband",
        "rounds",
        "Trial 4 goes on.",
        roles={"parent": (4,), "promoted": (4,), "passed": (1, 3)},
    ),
}


def test_each_kind_of_explanation_is_shown_for_the_selected_trial(opened: Opener, engine: Manager):
    space = {"learning_rate": RATE, "optimizer": {"choices": ["adam", "sgd"]}}
    record(engine.store, STUDY, trials=6, space=space)
    folder = engine.home.study(STUDY).folder / "why"
    folder.mkdir(parents=True)
    for trial, explanation in SAID.items():
        (folder / f"{trial}.json").write_text(json.dumps(asdict(explanation)))
    app = opened("study", id=STUDY)
    # Nobody has asked about the last trial, and no worker is at hand.
    assert "can be asked about trial 6" in showing(app, "Search behaviour")
    assert any(button.label == "Ask" for button in app.button)
    for trial, explanation in SAID.items():
        app.session_state["chosen_trials"] = [trial]
        said = showing(app, "Search behaviour")
        assert explanation.sentence in said
        assert f"Trial {trial}, selected." in said
        drawn = {key for key in charts(app) if key.startswith("why")}
        if explanation.kind == "rounds":
            assert drawn == {"why-round"}
        elif explanation.kind in ("coverage", "parents"):
            names = ("learning_rate", "optimizer")
            assert drawn == {f"why-{explanation.kind}-{name}" for name in names}
        else:
            # What cannot be clicked has no key to look for.
            assert drawn == set()
            assert len(app.get("vega_lite_chart")) >= 2


def test_a_torn_answer_counts_as_none(opened: Opener, engine: Manager):
    record(engine.store, STUDY, trials=2)
    folder = engine.home.study(STUDY).folder / "why"
    folder.mkdir(parents=True)
    (folder / "2.json").write_text('{"trial": 2, "kind": "magic"')
    assert engine.explanations.cached(STUDY, 2) is None
    assert "can be asked about trial 2" in showing(opened("study", id=STUDY), "Search behaviour")
