"""Model families: from a configuration to a Keras model."""

from __future__ import annotations

from tuning_core.models.build import (
    Inputs,
    ModelBuilder,
    build_model,
    initial_weights,
    with_activations,
)
from tuning_core.models.columns import coded_rows, codes, table_inputs
from tuning_core.models.kit import STOCK, LayerKit
from tuning_core.models.layers import dense_layers
from tuning_core.models.raw import Ensemble, raw_model
from tuning_core.models.seeds import derive_seed

__all__ = [
    "STOCK",
    "Ensemble",
    "Inputs",
    "LayerKit",
    "ModelBuilder",
    "build_model",
    "coded_rows",
    "codes",
    "dense_layers",
    "derive_seed",
    "initial_weights",
    "raw_model",
    "table_inputs",
    "with_activations",
]
