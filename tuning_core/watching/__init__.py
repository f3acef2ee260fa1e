"""Searches in somebody's own script, recorded live as studies of a home.

Imports nothing heavy, so that a script pays for what it uses.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuning_core.watching.tuner import TunerWatch

Callback = Callable[[Any, Any], None]

__all__ = ["watch", "watch_optuna"]


def watch(
    tuner: Any, *, name: str = "", home: str | os.PathLike[str] | None = None
) -> TunerWatch | None:
    """Have what a tuner of Keras Tuner does recorded as a study, while it searches.

    Call it before ``tuner.search``. A server on the same home shows the study live. Nothing that
    goes wrong with it reaches the search: it is one warning, and the search goes on.

    Args:
        tuner: any ``keras_tuner.Tuner``, also one of your own.
        name: of the study; by default the name of the tuner's project.
        home: the folder of the installation; by default ``TUNESCAPE_HOME``.

    Returns:
        What looks on: its ``study`` is the study's id once the search has begun. None of a search
        that several processes share, which is not recorded.
    """
    from tuning_core.watching.recording import quietly, warn
    from tuning_core.watching.tuner import TunerWatch

    if "KERASTUNER_ORACLE_IP" in os.environ:
        warn("Keras Tuner shares it among several processes.")
        return None
    found: list[TunerWatch] = []
    quietly(None, lambda: found.append(TunerWatch.of(tuner, name, _path(home))))
    return found[0] if found else None


def watch_optuna(
    study: Any, *, name: str = "", home: str | os.PathLike[str] | None = None
) -> Callback:
    """Have what happens to the trials of an Optuna study recorded as a study here, meanwhile.

    Call it before ``study.optimize``, or within its arguments:
    ``study.optimize(objective, callbacks=[tuning_core.watch_optuna(study)])``.

    Args:
        study: an ``optuna.Study``.
        name: of the study here; by default the name that it has.
        home: the folder of the installation; by default ``TUNESCAPE_HOME``.

    Returns:
        A callback for ``optimize``, which need not be given to it; its ``study`` is the id of the
        study here once there is one.
    """
    from tuning_core.watching.optuna_study import watched
    from tuning_core.watching.recording import quietly

    found: list[Callback] = [lambda study, trial: None]
    quietly(None, lambda: found.append(watched(study, name, _path(home))))
    return found[-1]


def _path(home: str | os.PathLike[str] | None) -> Path | None:
    return None if home is None else Path(home).expanduser()
