"""What one expects of a setting is kept with the run, told beside what came, and counted."""

from __future__ import annotations

import json
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest

from pages.components.shared.user import named
from pages.components.what_if.guess import outcome_words
from pages.components.what_if.kept_runs import WhatIfRun, kept_runs
from tests.pages.conftest import words
from tests.pages.what_if.test_kept_runs import opened_on, trained
from tests.pages.what_if.test_what_if import tab_of
from tuning_core.analysis.forecast import Forecast
from tuning_core.analysis.guess import Guess
from tuning_core.classroom.state import GivenGuess
from tuning_core.manager import Manager
from tuning_core.manager.access import Person

BROWSER = "d" * 32


def guessed(seed: int, guess: Guess | None, forecast: Forecast | None = None) -> WhatIfRun:
    """A run whose validation accuracy came to 1 / (2 + seed)."""
    known: Future[Forecast | None] = Future()
    known.set_result(forecast)
    return WhatIfRun(seed, trained(seed), forecast=known, guess=guess)


@pytest.mark.parametrize(
    ("guess", "said"),
    [
        (None, ""),
        (Guess("better", 0.45, 3), "You said better: it got 0.05 better."),
        (Guess("worse", 0.35, 3), "You said worse: it got 0.05 better."),
        (Guess("same", 0.4, 3), "You said about the same: it stayed about the same."),
        (Guess("better", 0.4, 3), "You said better: it stayed about the same."),
        (Guess("better", 0.3, 3, 0.45), "You said 0.45: 0.05 off, the forecast 0.1."),
    ],
)
def test_what_came_is_said_calmly(guess: Guess | None, said: str):
    run = guessed(1, guess, Forecast(0.5, 0.3, 0.6))
    run.training = replace(run.training, epochs=({"val_loss": 0.5, "val_accuracy": 0.4},))
    if guess == Guess("better", 0.45, 3):
        run.training = replace(run.training, epochs=({"val_loss": 0.5, "val_accuracy": 0.5},))
    assert outcome_words(run).replace(", and it", ": it") == said


def test_a_guess_is_kept_from_visit_to_visit_and_runs_without_one_are_read(tmp_path: Path):
    kept = opened_on(tmp_path)
    guess = Guess("worse", 0.4, 7, 0.35)
    for seed, said in ((1, guess), (2, None)):
        kept.keep(kept.begin(trained(seed), None, said))
    assert [run.guess for run in opened_on(tmp_path).runs] == [guess, None]
    (file,) = tmp_path.iterdir()
    document = json.loads(file.read_bytes())
    del document["runs"][1]["guess"]
    document["runs"][0]["guess"] = ["wonderful", 0.4, 7, None]
    file.write_text(json.dumps(document))
    assert [run.guess for run in opened_on(tmp_path).runs] == [None]


def test_one_says_what_one_expects_before_the_forecast_shows(scripted: None, engine: Manager):
    user = named(f"browser:{BROWSER}")
    code = engine.classes.open("Knobs", Person("t" * 24, teacher=True))
    engine.classes.join(code, "elk", "0471", user)
    kept = kept_runs(user)
    query = {"dataset": "moons", "train": "ask", "seed": "9", "units": "3"}
    tab = tab_of(BROWSER, **query)
    assert not any("this one will be" in one.proto.label for one in tab.get("button_group"))
    right, wrong = Guess("worse", 0.5, 1), Guess("better", 0.33, 2)
    for seed, guess, expected in ((1, right, Forecast(0.3, 0.2, 0.4)), (2, wrong, None)):
        forecast: Future[Forecast | None] = Future()
        forecast.set_result(expected)
        kept.keep(kept.begin(trained(seed), forecast, guess))
    tab = tab_of(BROWSER, **query)
    assert "1 of 2 guesses right; the forecasts were in 1 of 1." in words(tab)
    [asked] = [one for one in tab.get("button_group") if "this one will be" in one.proto.label]
    assert "Against run 2 (validation accuracy 0.2500)" in asked.proto.label
    tab.number_input[-1].set_value(0.3).run()
    tab.button(key="what-if-train").click().run()
    run = tab.session_state["what_if"].current
    assert run.guess == Guess("better", 0.25, 2, 0.3)
    # The script may have ended it before, without a score.
    tab.session_state["what_if"].guessed = run.id
    run.training = replace(trained(0), request=run.request, inside={})  # It comes to 0.5.
    tab.run()
    assert "You said 0.3: 0.2 off." in words(tab)
    tab.run()
    [elk] = engine.classes.state(code).students
    assert elk.guesses == (GivenGuess(0.3, 0.5, True),)
    assert not tab.exception
