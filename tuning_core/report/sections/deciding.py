"""From scores to decisions: curves of a class, its threshold, calibration, intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tuning_core.analysis.deciding.calibration import calibration, scaling, tempered
from tuning_core.analysis.deciding.class_curves import GRID, ClassCurves, class_curves
from tuning_core.analysis.deciding.conformal import LEVELS, conformal
from tuning_core.analysis.deciding.thresholds import AtThreshold, Costs, at_threshold, sweep
from tuning_core.charts.models.class_curves import precision_recall, roc
from tuning_core.charts.models.prediction_intervals import prediction_intervals
from tuning_core.charts.models.reliability import reliability
from tuning_core.charts.parts.chart import Chart
from tuning_core.findings import deciding_words as words
from tuning_core.findings.revealed_words import parts_of
from tuning_core.manager.questions.best_model import BestPredictions, Part
from tuning_core.report.elements import Figure, Piece, Section, heading, says, table
from tuning_core.report.told import Told
from tuning_core.spec.decision import Threshold
from tuning_core.spec.model import Ability

MOST_CLASSES = 10
"""Of which each has its curves measured."""

Known = tuple[BestPredictions, Part]


def deciding(told: Told) -> Section | None:
    """On rows that trained nothing: the first such choose, the last judge."""
    known = _known(told)
    if not known:
        return None
    if known[0][0].confidence is None:
        pieces = _intervals(told, known)
    else:
        pieces = [*_classes(told, known), *_calibration(told, known)]
    return Section("deciding", "Deciding by it", pieces) if pieces else None


def _known(told: Told) -> list[Known]:
    """What the best model said to rows that are new to it, by their part."""
    if told.study.status.active or Ability.MODEL not in told.spec.abilities:
        return []
    parts: list[Part] = parts_of(told.live) if Ability.ROWS in told.spec.abilities else []
    values = told.spec.dataset_info.task == "regression"
    if values or told.spec.folds > 1 or Ability.ROWS not in told.spec.abilities:
        first: list[Part] = ["held_out", *parts]
        parts = first
    found = [(told.predictions[part], part) for part in parts if part in told.predictions]
    return [(said, part) for said, part in found if said.trial == told.study.best_trial]


def _classes(told: Told, known: list[Known]) -> list[Piece]:
    """The curves of one class of two, or of that with a threshold; else a row for each."""
    found, part = known[-1]
    kept = None if told.decided is None else told.decided.threshold
    if found.probabilities is None:
        return []
    if kept is None and len(found.classes) > 2:
        return _every_class(found, part)
    place = words.usual_class(len(found.classes)) if kept is None else kept.positive
    if place >= len(found.classes):
        return []
    name, probability, of_class = (
        found.classes[place],
        found.probabilities[:, place],
        found.truth == place,
    )
    curves = class_curves(probability, of_class)
    if curves is None:
        return []
    at = at_threshold(probability, of_class, 0.5 if kept is None else kept.threshold)
    pieces: list[Piece] = [heading(f"How well {name} is told from the rest")]
    pieces += _curves(curves, at, name, part)
    if kept is not None:
        pieces += _threshold(kept, at, name, part, known[0])
    return pieces


def _every_class(found: BestPredictions, part: Part) -> list[Piece]:
    assert found.probabilities is not None
    rows = []
    for place, name in enumerate(found.classes[:MOST_CLASSES]):
        curves = class_curves(found.probabilities[:, place], found.truth == place)
        if curves is not None:
            cells = [words.interval(curves.area), words.interval(curves.average_precision)]
            rows.append([name, *cells, words.percent(curves.base_rate)])
    head = ["class", "area under the ROC curve", "average precision", "share of the rows"]
    about = (
        f"Each class against all others, on {len(found.truth):,} {words.ROWS[part]}, with 95% "
        "intervals. Guessing has an area of 0.5, and an average precision of the class's share."
    )
    more = len(found.classes) - MOST_CLASSES
    if more > 0:
        about += f" {more:,} more classes are not measured here."
    return [heading("How well a class is told from the rest"), says(about), table(head, rows)]


def _curves(curves: ClassCurves, at: AtThreshold, name: str, part: Part) -> list[Piece]:
    hit = at.hits / (at.hits + at.misses)
    alarm = at.false_alarms / (at.false_alarms + at.rightly_not)
    said = at.hits + at.false_alarms
    precise = (hit, at.hits / said) if said else None

    def ranked(dark: bool) -> Chart:
        band = pd.DataFrame({"x": GRID, "low": curves.hits_low, "high": curves.hits_high})
        return roc(curves.false_alarms, curves.hits, band, at=(alarm, hit), dark=dark, height=300)

    def picked(dark: bool) -> Chart:
        low, high = curves.precision_low, curves.precision_high
        return precision_recall(
            curves.recall,
            curves.precision,
            pd.DataFrame({"x": GRID, "low": low, "high": high}),
            curves.base_rate,
            at=precise,
            dark=dark,
            height=300,
        )

    area, precision = words.interval(curves.area), words.interval(curves.average_precision)
    return [
        Figure(f"Area under the ROC curve {area}", words.told_apart_words(curves, name, part),
               ranked, half=True),
        Figure(f"Average precision {precision}", words.precision_words(curves, name), picked,
               half=True),
        says(f"{words.CURVES_METHOD} The mark: said from {at.threshold:.2f} on.", quiet=True),
    ]  # fmt: skip


def _threshold(
    kept: Threshold, at: AtThreshold, name: str, part: Part, choosing: Known
) -> list[Piece]:
    """What was decided, what it costs, and what the rows that choose call the cheapest."""
    first, chosen_on = choosing
    about = words.threshold_words(at, name, part)
    if first.probabilities is not None:
        price = Costs(kept.false_alarm, kept.miss)
        best = sweep(first.probabilities[:, kept.positive], first.truth == kept.positive, price)
        cheapest = at_threshold(first.probabilities[:, kept.positive],
                                first.truth == kept.positive, best.best)  # fmt: skip
        about += f" {words.cost_words(at, cheapest, price, chosen_on, part)}"
    decided = f"Decided: {name} is said from a probability of {kept.threshold:.2f} on."
    return [heading("The threshold"), says(f"{decided} {about}")]


def _calibration(told: Told, known: list[Known]) -> list[Piece]:
    """Whether it is as sure as it should be, as trained and with a temperature that helps."""
    (first, fitted_on), (found, part) = known[0], known[-1]
    if found.probabilities is None:
        return []
    before = calibration(found.probabilities, found.truth)
    shown, about = [(words.AS_TRAINED, before)], [words.calibration_words(before, part)]
    if fitted_on != "test" and first.probabilities is not None:
        scaled = scaling(first.probabilities, first.truth)
        about.append(words.scaling_words(scaled, len(first.truth), fitted_on))
        if scaled is not None and scaled.helps:
            own = fitted_on == part
            better = tempered(found.probabilities, scaled.temperature)
            after = calibration(scaled.cross_fitted if own else better, found.truth)
            shown.append((words.SCALED, after))
    decided = 1.0 if told.decided is None else told.decided.temperature
    if decided != 1.0:
        about.append(f"The model that is downloaded has the temperature {decided:.3g} inside.")
    bins = pd.concat([words.calibration_frame(*one) for one in shown], ignore_index=True)
    confidence = found.probabilities.max(axis=1)

    def draw(dark: bool) -> Chart:
        lowest = 1 / max(2, len(found.classes))
        return reliability(bins, confidence, lowest, dark=dark, height=320)

    caption = (
        "Points: bins of equally many rows with 95% intervals. On the dashed line it is as sure "
        "as it should be. Bars: how many rows have such a confidence."
    )
    title = "Whether it is as sure as it should be"
    return [heading(title), *map(says, about), Figure("", caption, draw)]


def _intervals(told: Told, known: list[Known]) -> list[Piece]:
    """The interval that rows which trained nothing give, and whether it holds on the test part."""
    (measured, part), level = known[0], LEVELS[1]
    if part == "test":
        return []
    interval = conformal(measured.predicted, measured.truth, level)
    about = [words.interval_words(interval, len(measured.truth), level, False, part)]
    pieces: list[Piece] = [heading("Intervals with the predictions")]
    if interval is None:
        return [*pieces, says(about[0])]
    tested = next((found for found, name in known if name == "test"), None)
    if tested is not None:
        held = interval.coverage(tested.predicted, tested.truth)
        about.append(words.coverage_words(interval, held))
    drawn, where = (measured, part) if tested is None else (tested, "test")
    pieces += map(says, about)
    target = told.spec.dataset_info.target

    def draw(dark: bool) -> Chart:
        predicted, truth = np.asarray(drawn.predicted), np.asarray(drawn.truth)
        return prediction_intervals(
            predicted, truth, interval.below, interval.above, target, dark=dark, height=360
        )

    # Each point is a value of the data.
    if told.rows:
        caption = f"{len(drawn.truth):,} {words.ROWS[where]}; the band: {100 * level:.0f} %."
        pieces.append(Figure("", caption, draw))
    return pieces
