"""Photographs that a user takes, class by class: made small, and put into a zip like any other."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

from PIL import Image, ImageOps

from tuning_core.catalog.limits import most
from tuning_core.datasets.pictures.members import MAX_NAME, clean
from tuning_core.datasets.pictures.picture import MOST_DECODED, in_turn
from tuning_core.datasets.raw import DataError
from tuning_core.spec.dataset import SIDES

SIDE = 3 * max(SIDES)
"""Pixels of the shorter side of a photograph that is kept."""

MOST = 500
"""Photographs that a session takes."""


def small_photograph(content: bytes) -> bytes:
    """A photograph as a small JPEG; raises DataError for what is none."""
    try:
        image: Image.Image = Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP"))
        if image.width * image.height > most("picture_megapixels") * 1e6:
            raise ValueError("too large")
        image.draft("RGB", (2 * SIDE, 2 * SIDE))  # A large JPEG is read at a fraction of its size.
        decoded = image.width * image.height
        if decoded > MOST_DECODED:
            raise ValueError("too large")
        with in_turn(decoded):
            image = ImageOps.exif_transpose(image).convert("RGB")
            scale = SIDE / min(image.size)
            if scale < 1:
                image = image.resize((round(scale * image.width), round(scale * image.height)))
        stream = io.BytesIO()
        image.save(stream, "JPEG", quality=92)
    # The decoders raise whatever they stumble over.
    except Exception:
        raise DataError("The photograph cannot be read: take it again.") from None
    return stream.getvalue()


def class_name(written: str) -> str:
    """What a user calls a class, as the name of a folder; "" where nothing is left of it."""
    plain = "".join(letter for letter in clean(written) if letter not in "/\\")
    return plain.strip(". ")[:MAX_NAME]


def zip_of(photographs: Mapping[str, Sequence[bytes]]) -> bytes:
    """A zip with a folder for each class."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for label, taken in photographs.items():
            for number, content in enumerate(taken, start=1):
                # A time of its own would make the same photographs another upload.
                member = zipfile.ZipInfo(f"{label}/{number:03}.jpg")
                archive.writestr(member, content)
    return body.getvalue()
