"""The formats in which a best model leaves: Keras's own, and those of other programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from tuning_core.resources import missing_packages

CHECKED_ROWS = 100
"""Rows on which a converted model has to answer as the one that it was made of."""

TOLERANCE = 1e-4
"""How far its answers may lie apart, where the largest is above 1 as a share of that."""


@dataclass(frozen=True)
class Comparison:
    """How far the answers of a converted model lie from the model's, on so many ``rows``.

    ``difference`` is the largest, ``largest`` the largest answer.
    """

    rows: int
    difference: float
    largest: float

    def to_json(self) -> bytes:
        """As it stands in the comment of a bundle."""
        return json.dumps(asdict(self)).encode()

    @property
    def words(self) -> str:
        """The comparison as one sentence."""
        return (
            f"Compared with the model on {self.rows} rows: largest difference "
            f"{self.difference:.2g}{self.beside}."
        )

    @property
    def beside(self) -> str:
        """What a difference is to be seen beside, in brackets, where answers are large."""
        return f" (answers up to {self.largest:,.6g})" if self.largest > 1 else ""


@dataclass(frozen=True)
class ModelFormat:
    """A model file of the bundle.

    ``file`` is its name there, ``runs_in`` says what reads it, ``packages`` are imported to make
    and to check it, and are optional. ``double`` is whether it computes in double precision.
    """

    id: str
    label: str
    file: str
    runs_in: str
    packages: tuple[str, ...] = ()
    double: bool = True

    @property
    def missing(self) -> str:
        """The sentence on packages that are not installed, "" where all are."""
        return missing_packages(self.label, self.packages)


KERAS = ModelFormat("keras", "Keras", "model.keras", "Keras on any backend")

MODEL_FORMATS: Mapping[str, ModelFormat] = {
    known.id: known
    for known in (
        KERAS,
        ModelFormat(
            "onnx",
            "ONNX",
            "model.onnx",
            "ONNX Runtime, in services, browsers and other languages",
            ("tf2onnx", "onnx", "onnxruntime"),
        ),
        ModelFormat(
            "litert",
            "LiteRT",
            "model.tflite",
            "LiteRT (TensorFlow Lite), on phones and small devices",
            ("ai_edge_litert",),
            double=False,
        ),
    )
}
"""By id, in the order in which they are offered; a bundle has Keras's in any case."""


def comparison_in(bundle: Path) -> Comparison | None:
    """The comparison that the model file of another format in a bundle has passed."""
    try:
        with ZipFile(bundle) as archive:
            return Comparison(**json.loads(archive.comment))
    except (OSError, BadZipFile, ValueError, TypeError):
        return None
