"""The answer of a study that is over says what its numbers support, for every kind of study."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.study.controls import PANEL, RANGES
from tests.pages.conftest import Opener
from tests.pages.recorded import record
from tests.pages.study.test_analysis_blocks import keep
from tests.pages.test_pages import words
from tuning_core.analysis.confirmation import verdict
from tuning_core.analysis.diagnoses.diagnosis import Diagnosis
from tuning_core.analysis.importance import Importance, Importances
from tuning_core.analysis.winner import Contender, rivalry
from tuning_core.catalog import OBJECTIVES, StudyStatus
from tuning_core.findings.answer_words import (
    Ending,
    disagreement,
    following,
    luck,
    mattered,
    won,
)
from tuning_core.home.locks import own_token
from tuning_core.manager import Manager
from tuning_core.manager.questions.confirmation import DEFAULT

STUDY = "aaaaaaaa"
ACCURACY = OBJECTIVES["val_accuracy"]
TIED = [
    Contender(3, 0.98, parameters=900, seconds=2.0),
    Contender(5, 0.98, parameters=400, seconds=3.0),
    Contender(8, 0.98, parameters=400, seconds=1.0),
    Contender(1, 0.97, parameters=100, seconds=1.0),
]
FINISHED = Ending("trials", 4, 4, resumable=False, retuned=True, revealed=False)


def contenders(*scores: float) -> list[Contender]:
    return [Contender(number, score) for number, score in enumerate(scores, 1)]


def sentences(app: AppTest) -> list[str]:
    found = [element.proto.body for element in app.get("html")]
    return [body for body in found if 'data-testid="answer"' in body]


def test_the_winner_is_said_with_its_lead() -> None:
    found = won(contenders(0.9861, 0.9833), Counter(), ACCURACY, "5 folds")
    assert found.words == (
        "Trial 1, with validation accuracy 0.9861, the mean of 5 folds: 0.0028 ahead of trial 2."
    )
    error = won(contenders(41.5, 43.0), Counter(), OBJECTIVES["val_mae"])
    assert error.words.endswith("validation mean absolute error 41.5: 1.5 ahead of trial 2.")


def test_ties_say_how_many_which_is_shown_why_and_which_is_the_cheapest() -> None:
    assert won(TIED, Counter(), ACCURACY).words == (
        "3 trials tie at validation accuracy 0.9800: trial 3 is shown as the first of them, "
        "trial 8 is the cheapest, with 400 parameters."
    )
    assert "and is the cheapest" in won([TIED[2], TIED[0]], Counter(), ACCURACY).words
    unknown = won(contenders(0.9, 0.9), Counter(), ACCURACY).words
    assert unknown.endswith("trial 1 is shown as the first of them.")


def test_without_a_rival_or_a_score_nothing_is_compared() -> None:
    assert "the only one with a score" in won(contenders(0.9), Counter(), ACCURACY).words
    assert luck(contenders(0.9), None, None) is None
    lost = Counter({"diverged": 3, "failed": 1})
    words = won([], lost, ACCURACY).words
    assert words == "Nothing: no trial has a score (3 diverged and 1 failed)."
    finding = Diagnosis("divergence", "Trials were lost", "3 of 4 trials diverged.", "Lower it.")
    assert following([], [finding], FINISHED).step == "ranges"


def test_a_lead_of_a_few_rows_is_luck_and_a_large_one_is_left_open() -> None:
    near = contenders(0.95, 0.94, 0.80)
    said = luck(near, rivalry(near, rows=200), None)
    assert said is not None
    assert said.step == "confirm"
    assert said.words.startswith("Cannot be told: trial 2 is within 0.03")
    far = contenders(0.95, 0.80)
    said = luck(far, rivalry(far, rows=200), None)
    assert said is not None
    assert said.words.startswith("Perhaps real")
    assert "one training of each leaves luck open" in said.words
    said = luck(far, None, None)
    assert said is not None
    assert said.words.startswith("Cannot be told, as each was trained once")
    said = luck(far, None, None, confirming=True)
    assert said is not None
    assert said.step == ""


def test_trainings_of_each_say_more() -> None:
    clear = [Contender(4, 0.905, (0.90, 0.91, 0.905)), Contender(2, 0.70, (0.70, 0.71, 0.69))]
    said = luck(clear, rivalry(clear), None)
    assert said is not None
    assert said.words.startswith("Real on these rows")
    close = [Contender(4, 0.905, (0.90, 0.91, 0.905)), Contender(2, 0.9, (0.89, 0.92, 0.89))]
    said = luck(close, rivalry(close), None)
    assert said is not None
    assert "trial 2 is not worse beyond luck" in said.words


@pytest.mark.parametrize(
    ("second", "starts"),
    [
        ((0.80, 0.81, 0.80, 0.82), "Real: on 4 new seeds trial 1 is better than trial 2"),
        ((0.89, 0.91, 0.92, 0.88), "On 4 new seeds trial 1 cannot be told from trial 2"),
        ((0.97, 0.98, 0.97, 0.98), "Luck: on 4 new seeds trial 2 is 0.075 better than trial 1"),
    ],
)
def test_new_seeds_decide(second: tuple[float, ...], starts: str) -> None:
    found = verdict({1: (0.90, 0.91, 0.90, 0.89), 2: second}, "max")
    ranked = contenders(0.95, 0.94)
    said = luck(ranked, rivalry(ranked, rows=200), found)
    assert said is not None
    assert said.words.startswith(starts)


def test_a_verdict_on_other_trials_is_not_taken_for_one_on_the_winner() -> None:
    found = verdict({7: (0.9, 0.91, 0.9), DEFAULT: (0.8, 0.81, 0.8)}, "max")
    said = luck(contenders(0.95, 0.94), None, found)
    assert said is not None
    assert said.step == "confirm"


def test_a_best_trial_that_was_still_improving_speaks_against_stopping() -> None:
    grew = Diagnosis("improving", "Still improving at its end", "It fell.", "Give it more.")
    ranked = contenders(0.95, 0.94)
    assert "twice the epochs" in following(ranked, [], FINISHED, [grew]).words
    assert following(ranked, [], FINISHED).words.startswith("Nothing speaks against stopping")


def importances(variance: dict[str, float], best: dict[str, float]) -> Importances:
    def items(shares: dict[str, float]) -> tuple[Importance, ...]:
        return tuple(
            Importance(name, 40, 20, share, share - 0.05, share + 0.05, 0.1)
            for name, share in shares.items()
        )

    return Importances(40, 40, items(variance), items(best))


def test_what_mattered_names_only_what_passes_luck() -> None:
    names = ["learning_rate", "units", "dropout"]
    same = importances({"learning_rate": 0.63, "units": 0.12, "dropout": 0.05}, {})
    assert mattered(names, "", same).words == (
        "Learning rate most: alone it explains 63% of the variance of the scores, then units per "
        "hidden layer (12%)."
    )
    lucky = Importance("units", 40, 20, 0.7, 0.3, 0.9, 0.8)
    larger = Importances(40, 40, (lucky, *importances({"dropout": 0.36}, {}).variance), ())
    assert mattered(names, "", larger).words == (
        "Dropout surely: alone it explains 36% of the variance of the scores; units per hidden "
        "layer shows more (70%), but luck can do that."
    )
    assert mattered(names, "", importances({"units": 0.05}, {})).words.startswith("No hyperparam")
    assert mattered(["units"], "", None).words.startswith("Only the units per hidden layer was")
    assert mattered(names, "Too few trials.", None).step == "extend"


def test_a_disagreement_says_which_answer_to_believe_for_what() -> None:
    apart = importances({"learning_rate": 0.6}, {"dropout": 0.5})
    words = disagreement(apart)
    assert "left one for what makes a trial good or bad at all (learning rate" in words
    assert "right one for what to refine among good trials (dropout)" in words
    named = mattered(["lr", "dropout"], "", importances({"lr": 0.6}, {}), declared=["lr"])
    assert named is not None
    assert named.words.startswith("lr most")
    assert "dropout separates the best trials" in mattered(["a", "b"], "", apart).words
    assert disagreement(importances({"dropout": 0.6}, {"dropout": 0.5})) == ""
    assert disagreement(importances({"learning_rate": 0.6}, {"dropout": 0.05})) == ""


STUDIES: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "classification": ({"trials": 6}, "Trial 6, with validation accuracy 0.9060", ["confirm"]),
    "regression": (
        {"trials": 6, "dataset": {"id": "diabetes"}, "objective": "val_mae"},
        "Trial 1, with validation mean absolute error 0.901",
        ["confirm"],
    ),
    "ties": (
        {"trials": 5, "changes": {n: {"score": 0.95, "parameters": 9000 - n} for n in (3, 4, 5)}},
        "3 trials tie at validation accuracy 0.9500: trial 3",
        ["confirm"],
    ),
    "one trial": ({"trials": 1}, "Trial 1, the only one with a score", []),
    "all diverged": (
        {"trials": 3, "lost": (1, 2, 3)},
        "no trial has a score (3 diverged)",
        ["Change the ranges"],
    ),
    "folds": (
        {"trials": 4, "cross_validation": {"folds": 5}},
        "the mean of 5 folds",
        ["confirm"],
    ),
    "repeats": ({"trials": 4, "repeats": 3}, "the mean of 3 trainings", ["confirm"]),
    "stopped": ({"trials": 4, "planned": 9, "status": "stopped"}, "Trial 4", ["confirm"]),
    "failed": ({"trials": 4, "planned": 9, "status": "failed"}, "Trial 4", ["confirm"]),
    "no search": ({"trials": 2, "lost": (), "space": {}}, "Trial 2, with", ["confirm"]),
}


@pytest.mark.parametrize("kind", STUDIES)
def test_the_card_fits_every_kind_of_study(kind: str, opened: Opener, engine: Manager) -> None:
    study, said, buttons = STUDIES[kind]
    record(engine.store, STUDY, **study)
    app = opened("study", id=STUDY)
    shown = sentences(app)
    assert said in shown[0]
    assert 2 <= len(shown) <= 4
    unfinished = "The search was left after 4 of 9 trials" in shown[-1]
    assert unfinished is (study.get("status") is not None)
    offered = {button.key for button in app.button}
    assert {f"answer-{button}" for button in buttons} <= offered


def test_a_promoted_trial_does_not_compete_with_itself(opened: Opener, engine: Manager) -> None:
    changes: dict[int, dict[str, Any]] = {n: {"bracket": 1, "round": 0} for n in range(1, 4)}
    changes[3]["score"] = 0.95
    changes[4] = {"bracket": 1, "round": 1, "parent": 3, "initial_epoch": 3, "score": 0.95}
    strategy = {"id": "hyperband", "settings": {}}
    record(engine.store, STUDY, trials=4, lost=(), changes=changes, strategy=strategy)
    first = sentences(opened("study", id=STUDY))[0]
    assert "Trial 3, with validation accuracy 0.9500: 0.048 ahead of trial 2." in first


@pytest.mark.parametrize("status", [StudyStatus.RUNNING, StudyStatus.QUEUED])
def test_nothing_is_answered_while_the_search_runs(
    status: StudyStatus, opened: Opener, engine: Manager
) -> None:
    record(engine.store, STUDY, trials=4)
    # Without an owner the manager takes it, at any moment, for one that its server has left.
    engine.store.set_status(STUDY, status, owner=own_token())
    assert sentences(opened("study", id=STUDY)) == []


def test_the_buttons_do_what_they_say(opened: Opener, engine: Manager) -> None:
    rates = [1e-4 * 10 ** (3 * n / 19) for n in range(20)]
    space = {
        "learning_rate": {"low": 1e-4, "high": 1e-1, "scale": "log"},
        "units": {"low": 8, "high": 64},
    }
    changes = {
        n: {"config": {"learning_rate": rate, "units": 16}} for n, rate in enumerate(rates, 1)
    }
    spec = record(engine.store, STUDY, trials=20, lost=(), space=space, changes=changes)
    files = engine.home.study(STUDY)
    files.folder.mkdir()
    files.spec.write_text(spec.to_json())
    keep(engine, importances({"learning_rate": 0.9, "units": 0.01}, {}))
    app = opened("study", id=STUDY)
    shown = sentences(app)
    assert "Learning rate most" in shown[2]
    assert "The best trials lie at the upper end of the range of learning rate" in shown[3]
    app.button(key="answer-Widen the range").click().run()
    assert app.session_state[PANEL] == (STUDY, RANGES, {"learning_rate": (1e-4, 1.0)})
    assert app.number_input(key="range-learning_rate-proposed-high").value == 1.0
    assert app.number_input(key="range-trials").value == 30
    assert not app.exception


def test_a_confirmation_starts_from_the_card(
    scripted: None, opened: Opener, engine: Manager
) -> None:
    spec = record(engine.store, STUDY, trials=6)
    files = engine.home.study(STUDY)
    files.folder.mkdir()
    files.spec.write_text(spec.to_json())
    app = opened("study", id=STUDY)
    app.button(key="answer-confirm").click().run()
    assert app.session_state["section"] == "Best model"
    assert engine.confirmations.get(STUDY).trials == (6, 5, 4, DEFAULT)
    engine.confirmations.stop(STUDY, wait=True)


def test_ties_are_counted_wherever_the_best_is_shown(opened: Opener, engine: Manager) -> None:
    record(engine.store, STUDY, trials=5, changes={n: {"score": 0.95} for n in (3, 4, 5)})
    app = opened("study", id=STUDY)
    assert "found in trial, 3 tie" in words(app)
    app.session_state["section"] = "Best model"
    assert "3 trials share its score; it is the first of them." in words(app.run())
