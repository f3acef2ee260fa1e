"""Studies on a simulated machine: each seed is a history of deaths, faults and wishes.

Server, worker, lanes, journal and database are the product's; what is simulated is in
``simulation/``. Whatever a history does to them, all that is promised of a study must hold at its
end. ``--seed N`` plays one history and says what happened in it.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.robustness import promises
from benchmarks.robustness.promises import Outcome, promise
from benchmarks.robustness.simulation.machine import Machine
from benchmarks.robustness.simulation.study import LANES, World, installed
from tuning_core.catalog import StudyStatus
from tuning_core.home.home import HomeFiles
from tuning_core.journal.reading import read_events
from tuning_core.manager.manager import Manager
from tuning_core.spec.study import parse_spec
from tuning_core.worker.search.ending import deaths_in_a_row

SPECS = 40
"""So many studies are played with, so that what each comes to undisturbed is known soon."""
MEAN_SECONDS = 0.4
"""Between two disturbances."""
CALM_SECONDS = 200.0
"""After the last disturbance, a study must have ended by then."""
STRATEGIES: dict[str, dict[str, Any]] = {
    "random": {},
    "grid": {"points": 3},
    "quasi_random": {},
    "manual": {"configurations": [{"units": units} for units in (4, 8, 12, 16, 5)]},
    "one_at_a_time": {"points": 3},
    "hyperband": {},
    "evolution": {"population": 3},
    "tpe": {"initial_points": 3},
}
RULES: dict[str, dict[str, Any]] = {
    "median": {"startup_trials": 2, "warmup_epochs": 1},
    "successive_halving": {"min_epochs": 1, "factor": 2},
}


def document(rng: random.Random) -> dict[str, Any]:
    """The spec of a small study."""
    strategy = rng.choice([*STRATEGIES])
    space: dict[str, Any] = {
        "learning_rate": {"low": 1e-3, "high": 1e-1, "scale": "log"},
        "units": {"low": 4, "high": 16, "step": 2},
    }
    spec = {
        "seed": rng.randint(0, 5),
        "dataset": {"id": "iris"},
        "space": {} if strategy == "manual" else space,
        "strategy": {"id": strategy, "settings": STRATEGIES[strategy]},
        "budget": {"trials": rng.randint(3, 7), "epochs": rng.choice((3, 6))},
        "parallel": rng.randint(1, LANES),
    }
    if strategy != "hyperband" and rng.random() < 0.4:
        rule = rng.choice([*RULES])
        spec["early_termination"] = {"rule": rule, "settings": RULES[rule]}
    if rng.random() < 0.3:
        spec["repeats"] = 2
    return spec


class History:
    """A study from its launch to its end, and what happens to it meanwhile: by a seed."""

    def __init__(self, seed: int, spec: dict[str, Any], home: Path) -> None:
        self.log: list[str] = []
        self.study = ""
        self.told: dict[int, float] = {}
        self._spec = spec
        self._machine = Machine(random.Random(seed))
        self._rng = self._machine.rng
        self._world = World(self._machine, home)
        self._world.disk.may_die = self._may_die
        self._killed_at = 0.0
        self._lane_kills: Counter[int] = Counter()

    def play(self, *, disturbed: bool) -> None:
        """Live through it. Raises BrokenPromiseError, or whatever it comes to."""
        with installed(self._world):
            self._machine.run(lambda: self._live(disturbed))

    def _live(self, disturbed: bool) -> None:
        world = self._world
        world.boot()
        world.within(self._launch)
        world.disk.settle()
        if disturbed:
            world.lives.grown = self._rng.choice((0.0, 0.0, 0.1))
            journal = HomeFiles(world.home).study(self.study).journal
            self._machine.wait(journal.exists, self._rng.choice((0.0, 5.0, 5.0, 5.0)))
            for _ in range(self._rng.randint(1, 10)):
                self._machine.sleep(self._rng.expovariate(1.0 / MEAN_SECONDS))
                world.within(lambda m: self.told.update(promises.told(m.store, self.study)))
                if self._finished():
                    break
                what = self._rng.choice([*DISTURBANCES])
                self._say(what)
                DISTURBANCES[what](self)
                self._serve()
        self._say("calm")
        world.disk.death, world.disk.failing, world.lives.grown = None, 0, 0.0
        end = self._machine.now + CALM_SECONDS
        while not self._finished():
            promise(self._machine.now < end, "the study has not ended")
            self._serve()
            world.within(self._resume)
            self._machine.sleep(1.0)
        world.within(lambda manager: promise(not manager.queue.busy(), "it still runs"))

    def _say(self, words: str) -> None:
        self.log.append(f"{self._machine.now - 1e6:9.3f} {words}")

    def _launch(self, manager: Manager) -> None:
        self.study = manager.launch(parse_spec(self._spec))

    def _serve(self) -> None:
        while not self._world.serves:
            self._say("the server starts")
            self._world.boot()

    def _resume(self, manager: Manager) -> None:
        row = manager.study(self.study)
        if row.status.resumable and self.study not in manager.queue:
            self._say(f"a resume of what is {row.status}")
            manager.resume(self.study)

    def _finished(self) -> bool:
        manager = self._world.manager
        if not self._world.serves or manager is None or self.study in manager.queue:
            return False
        return manager.study(self.study).status is StudyStatus.FINISHED

    def _may_die(self) -> bool:
        """Whether the process that goes on may die of what it does."""
        process = self._machine.process
        assert process is not None
        may = {"worker": self._worker_may_die, "lane": self._lane_may_die, "server": lambda: True}
        return process.name in may and may[process.name]()

    def _lane_may_die(self) -> bool:
        """Whether the next death of a lane is not one too many for a trial."""
        worker = next(iter(self._machine.alive("worker")[::-1]), None)
        if worker is None or self._lane_kills[worker.pid] >= 2:
            return False
        self._lane_kills[worker.pid] += 1
        return True

    def _worker_may_die(self) -> bool:
        """Whether the next death of a worker is not one too many for a trial, which would fail."""
        events = read_events(HomeFiles(self._world.home).study(self.study).journal)
        began = max((e["time"] for e in events if e["kind"] == "study_started"), default=0.0)
        most = max(map(len, deaths_in_a_row(events).values()), default=0)
        if most + (began < self._killed_at) >= 2:
            return False
        self._killed_at = self._machine.now
        return True

    def kill_lane(self) -> None:
        lanes = self._machine.alive("lane")
        if lanes and self._lane_may_die():
            self._machine.kill(self._rng.choice(lanes))

    def kill_worker(self) -> None:
        for worker in self._machine.alive("worker"):
            if self._worker_may_die():
                self._machine.kill(worker)

    def kill_server(self) -> None:
        self._kill("server")
        self._machine.sleep(self._rng.random() * 4.0)

    def cut_power(self) -> None:
        self._kill("server", "worker", "lane")
        self._world.disk.cut_power()

    def _kill(self, *names: str, code: int = -9) -> None:
        for name in names:
            for process in self._machine.alive(name):
                self._machine.kill(process, code)

    def strike(self) -> None:
        self._world.disk.death = self._rng.randint(1, 30)

    def fill_disk(self) -> None:
        self._world.disk.room = self._rng.randint(0, 200)
        self._machine.sleep(self._rng.random() * 2.0)
        self._world.disk.room = math.inf

    def fail_sync(self) -> None:
        self._world.disk.failing += 1

    def halt(self) -> None:
        pause = self._rng.random() < 0.5
        self._world.within(lambda m: (m.pause if pause else m.stop)(self.study))

    def resume(self) -> None:
        self._world.within(self._resume)

    def share(self) -> None:
        def allow(manager: Manager) -> None:
            run = manager.queue.run_of(self.study)
            if run is not None:
                run.allow_lanes(self._rng.randint(1, LANES))

        self._world.within(allow)

    def close(self) -> None:
        self._world.within(lambda manager: manager.close())
        self._kill("server", code=0)


DISTURBANCES: dict[str, Callable[[History], None]] = {
    "a lane dies": History.kill_lane,
    "the worker dies": History.kill_worker,
    "the server dies": History.kill_server,
    "whoever soon writes dies": History.strike,
    "a stop": History.halt,
    "a resume": History.resume,
    "other lanes": History.share,
    "the server closes": History.close,
    "a full disk": History.fill_disk,
    "a failing sync": History.fail_sync,
    "no power": History.cut_power,
}


def play(seed: int) -> list[str]:
    """Play the history of a seed; returns what happened. Raises BrokenPromiseError, or others."""
    spec = document(random.Random(f"spec {seed % SPECS}"))
    expected = undisturbed(json.dumps(spec))
    with promises.scratch() as home:
        history = History(seed, spec, home)
        try:
            history.play(disturbed=True)
            lost = history.told.items() - promises.ended(home, history.study).items()
            promise(not lost, f"trials were lost after their ends, by number and seconds: {lost}")
            actual = promises.outcome(home, history.study)
            promise(actual == expected, f"another result:\n{promises.difference(actual, expected)}")
            promises.check_store(home, history.study, spec)
        except BaseException as error:
            error.add_note("\n".join([f"seed {seed}: {spec}", *history.log]))
            raise
    return history.log


@cache
def undisturbed(spec: str) -> Outcome:
    """What comes of a study in peace, one trial at a time where that is the same."""
    document = json.loads(spec)
    if document["strategy"]["id"] != "tpe" and "early_termination" not in document:
        document["parallel"] = 1
    with promises.scratch() as home:
        history = History(0, document, home)
        history.play(disturbed=False)
        return promises.outcome(home, history.study)


def main() -> int:
    """Play one history, or as many as there is time for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, help="play this history alone")
    parser.add_argument("--quick", action="store_true", help="play for five seconds, not 60")
    options = parser.parse_args()
    if options.seed is not None:
        print("\n".join(play(options.seed)))
        return 0
    begun, count, failed = perf_counter(), 0, []
    while perf_counter() - begun < (5.0 if options.quick else 60.0):
        seed = random.SystemRandom().randrange(10**9)
        try:
            play(seed)
        except Exception as error:
            failed.append(seed)
            print(f"seed {seed}: {type(error).__name__}: {error}", flush=True)
        count += 1
    seconds = perf_counter() - begun
    print(f"{count:,} histories, {count / seconds * 60:,.0f} a minute; failed: {failed or 'none'}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
