"""The configuration that nobody searched for."""

from __future__ import annotations

from tuning_core.catalog import HYPERPARAMETERS
from tuning_core.space.search_space import Config, SearchSpace


def default_config(space: SearchSpace) -> Config:
    """The space's configuration with every searched hyperparameter at the catalog's default.

    It need not lie in the space: a range may leave the default out. What inherits another's
    value by default is left out.
    """
    defaults = {name: info.default for name, info in HYPERPARAMETERS.items()}
    left_out = {p.name for p in space.searched if HYPERPARAMETERS[p.name].inherits}
    config = space.complete(defaults)
    return {name: value for name, value in config.items() if name not in left_out}
