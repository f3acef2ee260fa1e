"""The best configuration trained on parts of its training rows: would more rows help?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tuning_core.analysis.rows_curve import Size, rows_curve, rows_curve_document
from tuning_core.datasets import DataError, load_rows, prepare_share
from tuning_core.model_export import ExportError
from tuning_core.own_models.data import OwnData
from tuning_core.own_models.training import OwnTrainer
from tuning_core.spec.dataset import OWN_DATA
from tuning_core.spec.parts import MAX_EPOCHS
from tuning_core.training import Trainer
from tuning_core.training.rows import HostData
from tuning_core.worker.assessments.asked import Asked
from tuning_core.worker.assessments.trainings import BestTrial, best_trial, resolution, score_of
from tuning_core.worker.limited_trainer import AnyTrainer
from tuning_core.worker.study_rows import load_kept, own_rows

SHARES = (0.125, 0.25, 0.5, 1.0)
FEWEST_ROWS = 4
"""With which anything is trained."""

_PATIENCE = "patience"


def assess(asked: Asked) -> dict[str, Any]:
    """The curve as :func:`rows_curve_document`. Raises ExportError where rows cannot be divided."""
    spec, seeds = asked.spec, int(asked.options.seeds)
    best, rows = best_trial(asked), _Rows(asked)
    kept: dict[str, list[Any]] = asked.kept.setdefault("trained", {})
    wanted = [(share, seed) for seed in range(1, seeds + 1) for share in SHARES]
    # What a training takes goes with its epochs times its rows, the same for all.
    for done, (share, seed) in enumerate(wanted):
        key = f"{share:g} {seed}"
        if key in kept:
            continue
        place = (done / len(wanted), (done + 1) / len(wanted))
        doing = f"Training {done + 1} of {len(wanted)}, on {share:.3g} of the rows."
        asked.progress(place[0], doing)
        trainer, count = rows.trainer(share, seed)
        if count < FEWEST_ROWS:
            raise ExportError(
                f"{SHARES[0]:.1%} of the training rows are {count}: too few to train anything on."
            )
        config, epochs = _longer(asked, best, share)
        kept[key] = [count, epochs, score_of(asked, trainer, config, epochs, seed, place, doing)]
        asked.keep()
    sizes = [
        Size(
            share,
            round(float(np.mean([kept[f"{share:g} {s}"][0] for s in range(1, seeds + 1)]))),
            int(kept[f"{share:g} 1"][1]),
            tuple(kept[f"{share:g} {s}"][2] for s in range(1, seeds + 1)),
        )
        for share in SHARES
    ]
    step = resolution(spec, rows.sizes)
    return rows_curve_document(rows_curve(sizes, spec.objective_info.direction, step))


def _longer(asked: Asked, best: BestTrial, share: float) -> tuple[dict[str, Any], int]:
    """The best configuration with epochs for as many updates as all rows would have had.

    With the same epochs fewer rows would also be trained less, and rows would seem to help.
    """
    config = dict(best.config)
    epochs = best.epochs
    if not asked.spec.model.own:
        epochs = int(config.pop("epochs", epochs))
        if config.get(_PATIENCE):
            config[_PATIENCE] = math.ceil(int(config[_PATIENCE]) / share)
    return config, min(MAX_EPOCHS, math.ceil(epochs / share))


class _Rows:
    """The rows of a study, of which a share is trained on."""

    def __init__(self, asked: Asked) -> None:
        spec, self._spec = asked.spec, asked.spec
        self._own = load_kept(asked.files) if spec.model.own else None
        self._turns: list[OwnData] = []
        self._raw = None
        self.sizes: dict[str, int] = {}
        if self._own is not None and spec.dataset.id == OWN_DATA:
            self._turns, self.sizes = own_rows(self._own, spec, asked.home)
            if any(turn.train.batches is not None for turn in self._turns):
                raise ExportError(
                    "load_data() returns data sets, whose rows cannot be divided. Return arrays."
                )
        else:
            self._raw = load_rows(spec.dataset, asked.home)

    def trainer(self, share: float, seed: int) -> tuple[AnyTrainer, int]:
        """What trains on so much of the rows, and how many these are (of folds, the mean)."""
        if self._raw is None:
            assert self._own is not None
            turns = [_taken(turn, share, seed) for turn in self._turns]
            counts = [turn.train.rows or 0 for turn in turns]
            return OwnTrainer(self._own, turns), round(float(np.mean(counts)))
        try:
            parts = prepare_share(self._raw, self._spec.dataset, self._spec.folds, share, seed)
        except DataError as error:
            raise ExportError(str(error)) from None
        self.sizes = parts[0].sizes
        count = round(float(np.mean([len(part.train.y) for part in parts])))
        if self._own is not None:
            return OwnTrainer(self._own, [OwnData.of_catalog(part)[0] for part in parts]), count
        return Trainer([HostData.of_folds(part)[0] for part in parts]), count


def _taken(data: OwnData, share: float, seed: int) -> OwnData:
    count = data.train.rows or 0
    order = np.random.default_rng(seed).permutation(count)
    kept = np.sort(order[: max(1, round(share * count))])
    return OwnData(data.train.taken(kept), data.validation, data.test)
