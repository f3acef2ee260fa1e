"""A long search does not grow: no graph, variable or layer is left behind by a trial."""

from __future__ import annotations

from tests import warm

GROWTH_KB = 50
TRIALS = """
import random
import psutil
from tests.training.small_data import Watch, make_task, small_data
from tuning_core.training import Trainer

trainer, draw, process = Trainer(small_data()), random.Random(0), psutil.Process()

def trials(count):
    for seed in range(count):
        widths = {"units_1": draw.randint(4, 256), "units_2": draw.randint(4, 256)}
        extras = {"batch_normalization": True, "l2": 0.01, "gaussian_noise": 0.1}
        Watch().run(trainer, make_task(seed=seed, epochs=2, dropout=0.1, **extras, **widths))
    return process.memory_info().rss

before = trials(100)
print((trials(200) - before) / 200 / 1e3)
"""


def test_two_hundred_trials_of_different_widths_take_no_more_memory() -> None:
    assert float(warm.printed("-c", TRIALS).splitlines()[-1]) < GROWTH_KB
