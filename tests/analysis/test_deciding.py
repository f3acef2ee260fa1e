"""From scores to decisions: curves, calibration, thresholds and conformal intervals."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    confusion_matrix,
    log_loss,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

from tuning_core.analysis.deciding.calibration import (
    LEAST_ROWS,
    calibration,
    scaling,
    tempered,
)
from tuning_core.analysis.deciding.class_curves import (
    GRID,
    MOST_STEPS,
    area_under_roc,
    average_precision,
    class_curves,
)
from tuning_core.analysis.deciding.conformal import LEVELS, conformal, least_rows
from tuning_core.analysis.deciding.thresholds import Costs, at_threshold, sweep


def scored(rows: int, seed: int = 0, shift: float = 1.2) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of rows, a third of them of the class, some of them tied."""
    rng = np.random.default_rng(seed)
    of_class = rng.random(rows) < 1 / 3
    score = rng.normal(size=rows) + shift * of_class
    return np.round(1 / (1 + np.exp(0.8 - score)), 3), of_class


def said(rows: int, classes: int, sharpness: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities whose logits are ``sharpness`` times what is true of the truths drawn."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=2.0, size=(rows, classes))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = np.array([rng.choice(classes, p=share) for share in true])
    sharp = np.exp(sharpness * logits)
    return sharp / sharp.sum(axis=1, keepdims=True), truth


def test_curves_and_areas_are_those_of_scikit_learn():
    probability, of_class = scored(400)
    found = class_curves(probability, of_class)
    assert found is not None
    alarms, hits, _ = roc_curve(of_class, probability, drop_intermediate=False)
    np.testing.assert_allclose(found.false_alarms, alarms)
    np.testing.assert_allclose(found.hits, hits)
    precision, recall, _ = precision_recall_curve(of_class, probability)
    np.testing.assert_allclose(found.precision[::-1], precision[:-1])
    np.testing.assert_allclose(found.recall[::-1], recall[:-1])
    assert found.area.value == pytest.approx(roc_auc_score(of_class, probability))
    expected = average_precision_score(of_class, probability)
    assert found.average_precision.value == pytest.approx(expected)
    assert found.base_rate == of_class.mean()
    inside = np.interp(GRID, found.false_alarms, found.hits)
    assert np.all((found.hits_low <= inside + 1e-9) & (inside <= found.hits_high + 1e-9))


def test_many_thresholds_are_thinned_but_the_areas_are_of_all_rows():
    rng = np.random.default_rng(1)
    of_class = rng.random(5_000) < 0.1
    probability = rng.random(5_000) * 0.7 + 0.3 * of_class
    found = class_curves(probability, of_class)
    assert found is not None
    assert len(found.hits) <= MOST_STEPS + 1
    assert found.area.value == pytest.approx(roc_auc_score(of_class, probability))
    assert average_precision(probability, of_class) == pytest.approx(
        average_precision_score(of_class, probability)
    )
    assert found.average_precision.low < found.average_precision.value


def test_the_interval_of_delong_holds_the_area_as_often_as_it_says():
    # Two normals a distance d apart have the area Phi(d / sqrt(2)); here 0.80.
    rng, held = np.random.default_rng(0), 0
    for _ in range(400):
        of_class = np.arange(90) < 30
        found = area_under_roc(rng.normal(size=90) + 1.1902 * of_class, of_class)
        held += found.low <= 0.80 <= found.high
    assert 0.92 <= held / 400 <= 0.98


def test_delong_by_hand():
    # Pairs: 0.9 above both; 0.4 above 0.1, below 0.5. By rows 1, 1/2; by others 1/2, 1.
    found = area_under_roc(np.array([0.9, 0.4, 0.5, 0.1]), np.array([1, 1, 0, 0], dtype=bool))
    assert found.value == 0.75
    # Both variances are 1/8, so that the standard error is sqrt(1/16 + 1/16).
    half = 1.959964 * np.sqrt(0.125) / (0.75 * 0.25)
    assert found.low == pytest.approx(1 / (1 + np.exp(half) / 3), abs=1e-6)
    assert found.high == pytest.approx(1 / (1 + np.exp(-half) / 3), abs=1e-6)


def test_rows_that_are_all_told_apart_still_have_an_interval():
    found = area_under_roc(np.arange(20.0), np.arange(20) >= 10)
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.7225, abs=1e-3)  # Wilson's bound of 10 of 10.
    assert class_curves(np.arange(5.0), np.ones(5, dtype=bool)) is None


def test_the_temperature_that_was_put_in_is_found_and_mends_the_calibration():
    probabilities, truth = said(2_000, 4, sharpness=2.5)
    found = scaling(probabilities, truth)
    assert found is not None
    # The mildest within a standard error of the best.
    assert 2.1 < found.temperature < 2.6
    assert found.helps
    before, after = calibration(probabilities, truth), calibration(found.cross_fitted, truth)
    assert before.error > before.by_chance
    assert after.error < before.error / 4
    assert after.loss.value < before.loss.value
    assert after.brier.value < before.brier.value
    # No decision changes.
    np.testing.assert_array_equal(
        tempered(probabilities, found.temperature).argmax(axis=1), probabilities.argmax(axis=1)
    )


def test_a_model_that_is_right_as_it_says_keeps_its_probabilities():
    kept = [scaling(*said(200, 3, sharpness=1.0, seed=seed)) for seed in range(20)]
    assert all(found is not None and 0.7 < found.temperature < 1.4 for found in kept)
    assert sum(found is not None and found.offered == 1.0 for found in kept) >= 18
    assert scaling(*said(LEAST_ROWS - 1, 3, sharpness=3.0)) is None


def test_tempered_probabilities_are_the_softmax_of_divided_logits():
    logits = np.array([[2.0, 0.0, -1.0]])
    found = tempered(np.exp(logits) / np.exp(logits).sum(), 4.0)
    np.testing.assert_allclose(found, np.exp(logits / 4) / np.exp(logits / 4).sum())
    # What single precision rounds to 0 has no infinite logarithm.
    assert np.isfinite(tempered(np.array([[1.0, 0.0]], dtype=np.float32), 2.0)).all()


def test_scores_of_calibration_are_those_of_scikit_learn_and_of_arithmetic():
    probabilities, truth = said(300, 2, sharpness=1.5)
    found = calibration(probabilities, truth)
    assert found.brier.value == pytest.approx(brier_score_loss(truth, probabilities[:, 1]))
    assert found.loss.value == pytest.approx(log_loss(truth, probabilities))
    # Twenty rows are two bins: ten at 0.6 of which 5 are right, ten at 0.9 of which 9 are.
    chance = np.repeat([0.6, 0.9], 10)
    right = np.array([1] * 5 + [0] * 5 + [1] * 9 + [0])
    found = calibration(np.column_stack([1 - chance, chance]), right)
    assert [(b.said, b.right.value) for b in found.bins] == [
        (pytest.approx(0.6), 0.5),
        (pytest.approx(0.9), 0.9),
    ]
    assert found.error == pytest.approx(0.05)
    assert found.bins[0].right.low == pytest.approx(0.2366, abs=1e-4)


def test_a_threshold_counts_as_scikit_learn_does():
    probability, of_class = scored(300)
    found = at_threshold(probability, of_class, 0.35)
    counts = confusion_matrix(of_class, probability >= 0.35).ravel()
    assert (found.rightly_not, found.false_alarms, found.misses, found.hits) == tuple(counts)
    assert found.cost(Costs(2, 5)).value == pytest.approx((2 * counts[1] + 5 * counts[2]) / 300)
    nobody = at_threshold(probability, of_class, 1.1)
    assert nobody.precision is None
    assert nobody.recall is not None
    assert nobody.recall.value == 0


@pytest.mark.parametrize("costs", [Costs(1, 1), Costs(1, 10), Costs(7, 1), Costs(1, 0)])
def test_no_threshold_is_cheaper_than_the_one_that_is_marked(costs: Costs):
    probability, of_class = scored(250, seed=3)
    found = sweep(probability, of_class, costs)
    for threshold, cost in zip(found.thresholds, found.cost, strict=True):
        assert at_threshold(probability, of_class, threshold).cost(costs).value == pytest.approx(
            cost
        )
    every = [
        at_threshold(probability, of_class, t).cost(costs).value
        for t in np.append(np.unique(probability), 2.0)
    ]
    assert found.lowest == pytest.approx(min(every))
    assert at_threshold(probability, of_class, found.best).cost(costs).value == pytest.approx(
        found.lowest
    )


def test_right_probabilities_are_cut_where_elkan_says():
    rng = np.random.default_rng(0)
    probability = rng.random(60_000)
    of_class = rng.random(60_000) < probability
    costs = Costs(1, 4)
    assert costs.threshold == 0.2
    assert sweep(probability, of_class, costs).best == pytest.approx(0.2, abs=0.03)


def test_a_conformal_interval_takes_the_rank_that_the_paper_says():
    truth, predicted = np.arange(1.0, 20.0), np.zeros(19)
    found = conformal(predicted, truth, 0.9)
    assert found is not None
    assert (found.above, found.below) == (18.0, 18.0)  # ceil(20 x 0.9) = 18.
    assert found.holds(np.array([0.0, 0.0]), np.array([-18.0, 18.1])).tolist() == [True, False]
    assert conformal(predicted[:8], truth[:8], 0.9) is None
    assert [least_rows(level) for level in LEVELS] == [4, 9, 19]
    assert [least_rows(level, asymmetric=True) for level in LEVELS] == [9, 19, 39]


@pytest.mark.parametrize("asymmetric", [False, True])
def test_intervals_hold_what_they_state_over_many_tables(asymmetric: bool):
    """20 kinds of noise, 40 tables of each: skewed, heavy-tailed, growing with the prediction."""
    rng = np.random.default_rng(0)
    for level in LEVELS:
        coverages, inside = [], []
        for kind in range(20):
            for _ in range(40):
                predicted = rng.uniform(1, 10, 60 + 200)
                noise = [
                    rng.normal(size=260),
                    rng.exponential(size=260),
                    rng.standard_t(2, 260),
                    rng.normal(size=260) * predicted,
                ][kind % 4] * (1 + kind // 4)
                found = conformal(predicted[:60], (predicted + noise)[:60], level, asymmetric)
                assert found is not None
                held = found.holds(predicted[60:], (predicted + noise)[60:])
                coverages.append(float(held.mean()))
                low, high = found.likely
                inside.append(low - 0.02 < coverages[-1] < high + 0.02)
        assert abs(np.mean(coverages) - level) < 0.02
        # The range that is named for one table holds 95 of 100 of them, but for their own luck.
        assert np.mean(inside) > 0.93
