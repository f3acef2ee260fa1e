"""A Gaussian process of the scores so far, which predicts those of other configurations."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Kernel, Matern, WhiteKernel

from tuning_core.strategies.encoding import Array

FIT_POINTS = 100
"""How many observations the kernel is fitted to; all of them serve the prediction."""
FIT_ITERATIONS = 15
POINTS_PER_LENGTH = 8
"""Observations per dimension from which on each has a length scale of its own."""


def fitted_kernel(points: Array, scores: Array, alpha: float, seed: int) -> Kernel:
    """A Matern 5/2 kernel with noise, fitted to observations.

    ``points`` are of shape (n, dimensions) in the unit cube, ``scores`` finite, shape (n,). With
    few points all dimensions share one length scale: fitted to each, a dimension that matters
    could look as if it did not, and would never be explored again.
    """
    count, dimensions = points.shape
    length = np.full(dimensions, 0.5) if count >= POINTS_PER_LENGTH * dimensions else 0.5
    kernel = ConstantKernel(1.0, (0.05, 20.0)) * Matern(length, (0.1, 3.0), nu=2.5)
    targets = _fenced(scores)
    chosen = _representative(targets, FIT_POINTS, seed)
    process = GaussianProcessRegressor(
        kernel + WhiteKernel(1e-3, (1e-6, 0.5)),
        alpha=alpha,
        normalize_y=True,
        optimizer=_few_steps,
    )
    with warnings.catch_warnings():
        # A setting at its bound is as well as the observations can tell.
        warnings.simplefilter("ignore", ConvergenceWarning)
        process.fit(points[chosen], targets[chosen])
    return process.kernel_


class Surrogate:
    """A Gaussian process that predicts scores, the smaller the better, from points.

    Bad scores far off the rest are drawn in to Tukey's fence: a loss of 1e9 would hide all
    other differences.
    """

    def __init__(self, kernel: Kernel, points: Array, scores: Array, alpha: float) -> None:
        self._process = GaussianProcessRegressor(
            kernel, alpha=alpha, normalize_y=True, optimizer=None
        ).fit(points, _fenced(scores))

    def predict(self, points: Array) -> tuple[Array, Array]:
        """Mean and standard deviation at ``points``, both of shape (n,)."""
        mean, deviation = self._process.predict(points, return_std=True)
        return mean, deviation


def _fenced(scores: Array) -> Array:
    low, high = np.quantile(scores, (0.25, 0.75))
    return np.minimum(scores, high + 1.5 * (high - low)) if high > low else scores


def _representative(scores: Array, count: int, seed: int) -> Array:
    """Indices of at most ``count`` observations: the best half of them, the rest at random."""
    order = np.argsort(scores, kind="stable")
    best, rest = order[: count // 2], order[count // 2 :]
    if len(rest) > count - count // 2:
        rest = np.random.default_rng(seed).choice(rest, count - count // 2, replace=False)
    return np.sort(np.concatenate([best, rest]))


def _few_steps(
    loss: Callable[..., tuple[float, Array]], start: Array, bounds: Array
) -> tuple[Array, float]:
    result = minimize(
        loss, start, method="L-BFGS-B", jac=True, bounds=bounds, options={"maxiter": FIT_ITERATIONS}
    )
    return result.x, result.fun
