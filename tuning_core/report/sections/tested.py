"""Whether it is real: new seeds, the rows kept back, what the best model gets wrong."""

from __future__ import annotations

from tuning_core.analysis.confirmation import PERCENT
from tuning_core.catalog.objectives import metric_label
from tuning_core.charts.hyperparameters.confirmed import confirmed
from tuning_core.charts.models.confusion import confusion
from tuning_core.charts.models.regression import residuals
from tuning_core.charts.parts.chart import Chart
from tuning_core.findings.answer_words import luck
from tuning_core.findings.confirmed_words import confirmed_frames, trial_name, verdict_words
from tuning_core.findings.formatting import capitalized, number, score
from tuning_core.findings.prediction_words import mistakes_words, residual_words
from tuning_core.findings.revealed_words import has_test, revealed_words
from tuning_core.findings.study_findings import ranked_contenders, study_rivalry
from tuning_core.manager.questions.best_model import BestPredictions, Part
from tuning_core.report.elements import Figure, Piece, Section, heading, says, table
from tuning_core.report.told import Told
from tuning_core.spec.model import Ability


def confirmation(told: Told) -> Section | None:
    """The best trained again on new seeds, or what the search itself shows of luck."""
    if told.live.best is None:
        return None
    pieces: list[Piece] = []
    found = told.verdict
    if found is None:
        ranked = ranked_contenders(told.live)
        recorded = Ability.TRAIN not in told.spec.abilities
        rival = study_rivalry(told.live, ranked)
        known = luck(ranked, rival, None, recorded=recorded)
        if known is not None:
            pieces.append(says(known.words))
        if not recorded:
            words = (
                "The best were not trained again on new seeds, which would tell luck from merit."
            )
            pieces.append(says(words))
        return Section("confirmation", "Real or luck", pieces)
    pieces.append(says(verdict_words(found, told.study.best_trial)))
    frames = confirmed_frames(told.live, told.confirmation, found)

    def draw(dark: bool) -> Chart:
        return confirmed(*frames, told.spec.objective_info, dark=dark)

    words = (
        f"Dots: means on new seeds with {PERCENT} intervals; small lines: each seed; diamonds: the "
        "score in the search. Grey: worse than the best, beyond luck (paired t-tests, Holm's "
        "correction)."
    )
    pieces.append(Figure("Trained again on new seeds", words, draw))
    objective = told.spec.objective_info.id
    rows = [
        [
            capitalized(trial_name(s.trial)),
            score(s.mean, objective),
            f"{score(s.low, objective)} to {score(s.high, objective)}",
            f"{s.seeds}",
        ]
        for s in found.standings
    ]
    pieces.append(table(["", "mean", f"{PERCENT} interval", "seeds"], rows, lambda n: n == 0))
    return Section("confirmation", "Real or luck", pieces)


def test_part(told: Told) -> Section | None:
    """The score on the rows that chose nothing."""
    study = told.study
    if told.spec.source is not None or not has_test(told.live) or told.live.best is None:
        return None
    if study.test is None:
        words = "The test part is kept back and nobody has looked: its score is not known."
        return Section("test", "Test part", [says(words)])
    measured = told.predictions.get("test")
    rows = []
    for name, value in study.test.items():
        known = None if measured is None else measured.metrics.get(name)
        ends = "-" if known is None else f"{score(known.low, name)} to {score(known.high, name)}"
        rows.append([metric_label(name), score(value, name), ends])
    return Section(
        "test",
        "Test part",
        [
            says(revealed_words(told.live, told.predictions)),
            table(["on test rows", "score", f"{PERCENT} interval"], rows),
        ],
    )


def mistakes(told: Told) -> Section | None:
    """What the best model gets wrong, on the rows that it was asked about."""
    pieces: list[Piece] = []
    for part, found in told.predictions.items():
        if found.trial == told.study.best_trial and part in ("validation", "test"):
            pieces += _mistakes(told, found, "test" if part == "test" else "validation")
    return Section("mistakes", "What it gets wrong", pieces) if pieces else None


def _mistakes(told: Told, found: BestPredictions, part: Part) -> list[Piece]:
    measured = [
        [metric_label(name), number(m.value), f"{number(m.low)} to {number(m.high)}", f"{m.rows:,}"]
        for name, m in found.metrics.items()
    ]
    pieces: list[Piece] = [heading(f"On {part} rows")]
    if measured:
        pieces.append(table(["metric", "value", f"{PERCENT} interval", "rows"], measured))
    if found.classes:

        def matrix(dark: bool) -> Chart:
            return confusion(found.truth, found.predicted, found.classes, dark=dark, height=400)

        words = f"{mistakes_words(found, part)} Each row of the picture is a true class."
        pieces.append(Figure("", words, matrix))
    elif told.rows:
        target = told.spec.dataset_info.target

        def off(dark: bool) -> Chart:
            shown = found.shown
            truth, predicted = found.truth[shown], found.predicted[shown]
            return residuals(truth, predicted, shown, target, dark=dark, height=360)

        pieces.append(Figure("", residual_words(found, part), off))
    else:
        pieces.append(says(residual_words(found, part)))
    return pieces
