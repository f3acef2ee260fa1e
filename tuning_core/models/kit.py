"""Layers that exist twice: Keras's own, and the traced twin whose settings are tensors."""

from __future__ import annotations

from typing import Protocol

import keras


class LayerKit(Protocol):
    """Makes the layers whose setting does not change the graph; all others are Keras's own.

    A family builds its layers with a kit: ``STOCK`` for the model that is exported, the kit of
    ``training`` for the one that is traced once for all values of those settings.
    """

    def dropout(self, rate: float, seed: int, name: str) -> keras.layers.Layer:
        """Silences a share ``rate`` of its inputs while training."""


class _StockKit:
    """Keras's own layers."""

    def dropout(self, rate: float, seed: int, name: str) -> keras.layers.Layer:
        return keras.layers.Dropout(rate, seed=seed, name=name)


STOCK: LayerKit = _StockKit()
