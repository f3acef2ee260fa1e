"""Independent seeds drawn from one."""

from __future__ import annotations

import zlib

import numpy as np

MAX_SEED = 2**31 - 1


def derive_seed(seed: int, *path: int | str) -> int:
    """A seed in 0..2**31 - 1 for the part that ``path`` names, always the same for the same path.

    Two paths give independent streams (NumPy's SeedSequence), so that one more draw in one part
    never shifts another.
    """
    words = [zlib.crc32(step.encode()) if isinstance(step, str) else step for step in path]
    state = np.random.SeedSequence([seed, *words]).generate_state(1)
    return int(state[0]) & MAX_SEED
