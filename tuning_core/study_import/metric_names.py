"""What names of metrics mean as a rule: that they are metrics, and which way is better."""

from __future__ import annotations

import re

from tuning_core.catalog.objectives import METRICS, OBJECTIVES
from tuning_core.spec.model import Direction

_GROWS = {
    *("acc", "accuracy", "auc", "roc_auc", "auc_roc", "pr_auc", "f1", "f1_score", "precision"),
    *("recall", "sensitivity", "specificity", "r2", "r2_score", "score", "map", "ndcg", "mcc"),
    *("iou", "mean_iou", "dice", "bleu", "rouge", "reward", "kappa", "psnr", "ssim"),
}
_SHRINKS = {
    *("loss", "error", "err", "error_rate", "mae", "mse", "rmse", "mape", "msle", "rmsle"),
    *("log_loss", "logloss", "crossentropy", "cross_entropy", "perplexity", "ppl", "hinge"),
    *("wer", "cer", "fid", "brier", "mean_squared_error", "mean_absolute_error"),
    *("root_mean_squared_error", "mean_absolute_percentage_error", "kl_divergence"),
}
_PARTS = re.compile(
    r"^(epoch_|evaluation_)?(val|valid|validation|test|train|training|dev|eval)[_./]"
)
_FOLDERS = re.compile(r"^(metrics?|results?|scores?|summary)[_./]")


def bare_metric(name: str) -> str:
    """A metric's name without the part of the data and the folder that it is of."""
    bare = _FOLDERS.sub("", name.strip().lower())
    bare = _PARTS.sub("", bare).removeprefix("epoch_").rpartition("/")[2]
    return re.sub(r"_(vs_iterations|\d+)$", "", bare.replace("-", "_").replace(" ", "_"))


def known_direction(name: str) -> Direction | None:
    """Which way a metric of this name is better; None where the name does not say."""
    bare = bare_metric(name)
    if bare in METRICS:
        return OBJECTIVES[f"val_{bare}"].direction
    last = bare.rpartition("_")[2]
    for word in (bare, last):
        if word in _GROWS or "accuracy" in bare:
            return "max"
        if word in _SHRINKS or "crossentropy" in bare:
            return "min"
    return None


def usual_direction(name: str) -> Direction:
    """The same, and the smaller where the name does not say."""
    return known_direction(name) or "min"


def is_metric(name: str) -> bool:
    """Whether a column of this name is a metric rather than a hyperparameter."""
    bare = bare_metric(name)
    parted = bool(_PARTS.match(name.lower()) or _FOLDERS.match(name.lower()))
    return parted or bare in (*METRICS, *_GROWS, *_SHRINKS)
