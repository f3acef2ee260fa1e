"""Landscapes: the loss around the ends of trainings, on rows and points that it has time for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from tuning_core.catalog import TrialStatus
from tuning_core.space import Config
from tuning_core.spec.looks import Landscape
from tuning_core.spec.training_request import TrainingRequest
from tuning_core.training import Trainer
from tuning_core.training.inside.landscape import (
    DIRECTIONS,
    DISTANCES,
    SIDE,
    Line,
    flatness,
    plane,
)
from tuning_core.training.inside.weight_path import Paths, WeightPath, Weights

MOST_STOPS = 120
"""Epochs of all runs together."""

PLANE_WORK = 1.5e10
"""Multiplications that a plane should take, a second or two: fewer rows are looked at for it."""
LEAST_ROWS = 500
MOST_WORK = 3e10
"""Beyond this, with the fewest rows, a plane has fewer points."""
SIDES = (SIDE, 21, 15)

PROGRESS_SECONDS = 0.3

Train = Callable[[TrainingRequest], dict[str, Any]]
Run = tuple[Config, Sequence[tuple[int, Weights]]]
"""The configuration at the end of a training, and its weights at its epochs."""


def look_around(
    request: TrainingRequest,
    wanted: Landscape,
    trainer: Trainer,
    paths: Paths,
    train: Train,
    send: Callable[..., None],
    check: Callable[[], None],
) -> dict[str, Any]:
    """What comes of a request with a landscape; a training whose path is not kept is trained again.

    The epochs of the request itself are sent. What ``train`` says is the result where a training
    comes to no end. ``check`` is called now and then, and may raise. Raises TrainingError.
    """
    found: list[tuple[TrainingRequest, WeightPath]] = []
    for one in (request.alone, *(run.alone for run in request.beside)):
        path = paths.of(one.training_key, one.epochs)
        if path is None:
            result = train(one)
            path = paths.of(one.training_key, one.epochs)
            if result["status"] is None or path is None:
                return result
        found.append((one, path))
    path = found[0][1]
    for epoch, metrics in enumerate(path.metrics[: request.epochs], start=1):
        send("training_epoch", epoch=epoch, metrics=metrics)
    runs = []
    for one, its in found:
        stops = its.until(one.epochs)
        runs.append((next(s.config for s in one.segments if s.last >= stops[-1][0]), stops))
    told = time.monotonic()

    def progress(share: float) -> None:
        nonlocal told
        check()
        if time.monotonic() - told >= PROGRESS_SECONDS:
            told = time.monotonic()
            send("training_part", share=share)

    return {
        "status": path.status or TrialStatus.COMPLETED,
        "message": path.message,
        "views": {"landscape": landscape(trainer, wanted, runs, progress)},
    }


def landscape(
    trainer: Trainer,
    wanted: Landscape,
    runs: Sequence[Run],
    progress: Callable[[float], None],
) -> dict[str, Any]:
    """The landscape around the ends of ``runs``, as plain JSON.

    ``planes`` as :func:`plane` draws them, with the ``runs`` (numbers from 0) on each; the
    ``flatness`` of each run; how many ``weights`` the first has; the ``rows`` of a ``part`` that
    were looked at, ``of`` how many. ``progress`` gets the share that is done, and may raise.
    Raises TrainingError.
    """
    sizes = [trainer.operations(config) for config, _ in runs]
    groups = _groups(runs, together=wanted.plane == "path")
    passes = SIDE**2 * len(groups) + DIRECTIONS * len(DISTANCES) * len(runs)
    most = max(LEAST_ROWS, int(PLANE_WORK * len(groups) / (passes * max(1, *sizes, 1))))
    losses = [trainer.losses(config, wanted.rows, most) for config, _ in runs]
    lines = [
        Line(_thinned(stops, len(runs)), found)
        for (_, stops), found in zip(runs, losses, strict=True)
    ]
    side = _side(losses[0].rows * max(sizes))
    total = side * len(groups) + sum(DIRECTIONS + len(line.stops) for line in lines)
    done = 0

    def check() -> None:
        nonlocal done
        progress(min(1.0, done / total))
        done += 1

    planes = []
    for group in groups:
        found = plane(
            [lines[number] for number in group],
            reach=None if wanted.plane == "path" else wanted.reach,
            seed=wanted.draw,
            side=side,
            check=check,
        )
        planes.append({**found, "runs": group})
    return {
        "planes": planes,
        "flatness": [flatness(line, check) for line in lines],
        "weights": sum(array.size for array in lines[0].end),
        "part": losses[0].part,
        "rows": losses[0].rows,
        "of": losses[0].of,
    }


def _groups(runs: Sequence[Run], *, together: bool) -> list[list[int]]:
    """The numbers of the runs on each plane: those of one shape, or each by itself."""
    if not together:
        return [[number] for number in range(len(runs))]
    groups: dict[tuple[Any, ...], list[int]] = {}
    for number, (_, stops) in enumerate(runs):
        shapes = tuple(array.shape for array in stops[-1][1])
        groups.setdefault(shapes, []).append(number)
    return list(groups.values())


def _thinned(stops: Sequence[tuple[int, Weights]], runs: int) -> list[tuple[int, Weights]]:
    """Stops evenly, of the beginning and the end for sure."""
    stride = -(-len(stops) * runs // MOST_STOPS)
    kept = list(stops[:-1:stride])
    return [*kept, stops[-1]]


def _side(work: int) -> int:
    """Points along a plane, of which each takes so many multiplications."""
    return next((side for side in SIDES if side**2 * work <= MOST_WORK), SIDES[-1])
