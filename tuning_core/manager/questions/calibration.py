"""Measures what a form would cost with the warm worker, and caches what was measured."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter, ValidationError

from tuning_core.files import write_whole
from tuning_core.home.home import Home, ManagerError
from tuning_core.manager.workers.pool import WorkerPool
from tuning_core.manager.workers.requests import (
    BackgroundRequests,
    RefusedError,
    answered,
    result_of,
)
from tuning_core.planning.cost import Calibration
from tuning_core.planning.estimate import Estimate, calibration_key, estimate_of
from tuning_core.spec.study import StudySpec

CALIBRATE_SECONDS = 120.0
"""How long a measurement may take, the start of a worker included."""

MOST_CACHED = 200
"""Measurements in the file; the oldest make room."""

_FORMAT = "1"
_STORED = TypeAdapter(dict[str, Calibration])
_ONE = TypeAdapter(Calibration)

BUSY = "A search is running: measured once it has ended, since both would be slower."


class Calibrator:
    """One measurement at a time, never beside a search; each is cached in ``calibrations.json``.

    ``busy`` says whether a search runs here. Methods may be called from any thread.
    """

    def __init__(self, home: Home, pool: WorkerPool, busy: Callable[[], bool]) -> None:
        self._home = home
        self._pool = pool
        self._busy = busy
        self._path = home.path / "calibrations.json"
        self._lock = Lock()
        self._measuring = Lock()
        self._cached: dict[str, Calibration] | None = None
        self._requests = BackgroundRequests("calibration", lasting=RefusedError)
        self._keys: dict[str, str] = {}
        self._estimates: dict[str, Estimate] = {}
        # Seconds of one machine say little about another that shares or inherits the home.
        self._machine = f"{_FORMAT} {platform.node()} {os.cpu_count()}"

    @property
    def automatic(self) -> bool:
        """Whether there is a warm worker for ``begin`` to use, now or soon."""
        return self._pool.spare

    def cached(self, spec: StudySpec) -> Calibration | None:
        """What was measured for a form like this one, None before, and of a model of one's own."""
        if spec.model.own:
            return None
        return self._all().get(self._key(spec))

    def refused(self, spec: StudySpec) -> str:
        """Why this form was not measured, "" when nothing speaks against it."""
        return "" if spec.model.own else self._requests.refusal(self._key(spec))

    def estimate(self, spec: StudySpec) -> Estimate | None:
        """What the study is expected to take; None before anything like it was measured.

        Rests on the last measurement of the same dataset and family where there is none of the
        form itself; its ``same`` is then False.
        """
        cached = self.cached(spec)
        calibration = cached or self._like(spec)
        if calibration is None or spec.model.own:
            return None
        # A page asks at every change of any widget; most leave the spec as it was.
        asked = f"{calibration.measured} {spec.to_json()}"
        if asked not in self._estimates:
            if len(self._estimates) >= MOST_CACHED:
                self._estimates.clear()
            same = cached is not None
            self._estimates[asked] = estimate_of(spec, calibration, same=same)
        return self._estimates[asked]

    def _like(self, spec: StudySpec) -> Calibration | None:
        """The last measurement of the same dataset and family."""
        like = [
            calibration
            for calibration in self._all().values()
            if (calibration.dataset, calibration.family) == (spec.dataset.id, spec.model.family)
        ]
        return max(like, key=lambda calibration: calibration.measured, default=None)

    def measure(self, spec: StudySpec) -> Calibration:
        """The measurement of this form, taken now unless it is cached; takes a few seconds.

        ManagerError while a search runs, when one begins meanwhile, and with the worker's
        sentence when it cannot be done.
        """
        with self._measuring:
            cached = self.cached(spec)
            return self._measured(spec) if cached is None else cached

    def begin(self, spec: StudySpec) -> bool:
        """Start measuring this form beside the caller when the warm worker rests.

        False when it does not, another form is being measured, or this one is known.
        """
        known = self.cached(spec) is not None or bool(self.refused(spec)) or spec.model.own
        if known or self._busy() or not self._pool.resting:
            return False
        if not self._measuring.acquire(blocking=False):
            return False
        begun = self._requests.begin(self._key(spec), partial(self._beside, spec))
        if not begun:
            # The same form's measurement is about to end, and has let the next one in already.
            self._measuring.release()
        return begun

    def _beside(self, spec: StudySpec) -> None:
        try:
            self._measured(spec)
        finally:
            self._measuring.release()

    def _measured(self, spec: StudySpec) -> Calibration:
        if self._busy():
            raise ManagerError(BUSY)
        request = uuid4().hex
        with self._pool.borrowed(request) as worker:
            worker.send(
                command="calibrate",
                request=request,
                home=str(self._home.path),
                spec=json.loads(spec.to_json()),
            )
            reply = answered(worker, request, CALIBRATE_SECONDS)
        result = result_of(reply)
        if not result:
            raise ManagerError("The worker was needed for something else. Try again.")
        calibration = _ONE.validate_json(json.dumps(result))
        self._store(self._key(spec), calibration)
        return calibration

    def _key(self, spec: StudySpec) -> str:
        asked = spec.to_json()
        if asked not in self._keys:
            if len(self._keys) >= MOST_CACHED:
                self._keys.clear()
            self._keys[asked] = calibration_key(spec, self._machine)
        return self._keys[asked]

    def _all(self) -> dict[str, Calibration]:
        with self._lock:
            if self._cached is None:
                self._cached = _read(self._path)
            return dict(self._cached)

    def _store(self, key: str, calibration: Calibration) -> None:
        known = {**self._all(), key: calibration}
        newest = sorted(known.items(), key=lambda item: item[1].measured)[-MOST_CACHED:]
        with self._lock:
            self._cached = dict(newest)
            document: dict[str, Any] = {name: asdict(value) for name, value in newest}
        try:
            write_whole(self._path, json.dumps(document))
        except OSError:
            # It is known as long as this process lives, and cheap to measure again.
            return


def _read(path: Path) -> dict[str, Calibration]:
    """What the file holds; nothing when it is missing, torn or of another version."""
    try:
        return _STORED.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return {}
