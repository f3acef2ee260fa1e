"""One picture: from the bytes of a file to a small square of pixels, or why not."""

from __future__ import annotations

import io
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import PurePosixPath
from threading import Lock

import numpy as np
from PIL import Image, ImageOps

from tuning_core.catalog.limits import most

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP")
LISTED = "JPEG, PNG, GIF, BMP or WebP"
_ELSEWHERE = {
    *(".heic", ".heif", ".avif", ".tif", ".tiff", ".psd", ".raw", ".dng"),
    *(".svg", ".pdf", ".eps", ".jp2", ".jxl", ".ico"),
}
"""Endings of pictures of other kinds."""

MOST_DECODED = 26_000_000
"""Pixels that are decoded at most, of a JPEG at the fraction of its size at which it is read."""

_LARGE = 6_000_000
_ONE_LARGE = Lock()
"""Held while so many pixels are decoded: with its copies such a picture takes 20 bytes each."""

_LONGEST = 3.0
"""How many times as long as wide a picture may be before its middle square says little of it."""

_GREY = 8
"""Levels of 256 by which the colours of a grey picture may differ: JPEG blurs them."""


@dataclass(frozen=True)
class Picture:
    """``pixels`` uint8 (side, side, 3), None of a file that is left out.

    ``doubts`` say what is odd about it, ``converted`` from what it was made.
    """

    pixels: np.ndarray | None
    doubts: tuple[str, ...] = ()
    converted: str = ""

    @property
    def grey(self) -> bool:
        """Whether it has no colours."""
        assert self.pixels is not None
        levels = self.pixels.astype(np.int16)
        return int(np.ptp(levels, axis=2).max()) <= _GREY


def read_picture(content: bytes, name: str, side: int) -> Picture:
    """The picture in the bytes of a file of this name; a sentence where there is none."""
    if not content:
        return _refused("is empty")
    try:
        return _decoded(content, side)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        return _refused(_too_large(most("picture_megapixels") * 1e6))
    except Image.UnidentifiedImageError:
        return _refused(_unknown(name))
    # The decoders raise whatever they stumble over in a damaged file.
    except Exception as error:
        cut = "truncated" in str(error) or isinstance(error, EOFError)
        return _refused("is cut off: send it again" if cut else "is damaged and cannot be read")


def _decoded(content: bytes, side: int) -> Picture:
    image = Image.open(io.BytesIO(content), formats=FORMATS)
    (width, height), mode = image.size, image.mode
    allowed = most("picture_megapixels") * 1e6
    if width * height > allowed:
        return _refused(_too_large(allowed))
    image.draft("RGB", (2 * side, 2 * side))  # A large JPEG is read at a fraction of its size.
    decoded = image.width * image.height
    if decoded > MOST_DECODED:
        return _refused(_too_large(MOST_DECODED))
    doubts = []
    if image.format in ("GIF", "PNG", "WEBP") and getattr(image, "is_animated", False):
        doubts.append("is animated: its first frame is taken")
    if max(width, height) > _LONGEST * min(width, height):
        doubts.append(f"is {width} x {height} pixels: only its middle square is seen")
    converted = ""
    if image.has_transparency_data:
        converted = "with transparency were laid on white"
    elif mode == "CMYK":
        converted = "in the colours of print (CMYK) were brought to those of a screen"
    with in_turn(decoded):
        pixels = np.asarray(middle_square(image, side))
    if not np.ptp(pixels, axis=(0, 1)).any():
        doubts.append("is of one colour all over")
    return Picture(pixels, tuple(doubts), converted)


def claimed_pixels(content: bytes) -> int:
    """How many pixels the bytes of a file say that it has; 0 of what is no picture."""
    try:
        width, height = Image.open(io.BytesIO(content), formats=FORMATS).size
    except Exception:
        return 0
    return width * height


def in_turn(pixels: int) -> AbstractContextManager[object]:
    """Within it so many pixels are decoded; many, when nobody else decodes as many."""
    return _ONE_LARGE if pixels > _LARGE else nullcontext()


def middle_square(image: Image.Image, side: int) -> Image.Image:
    """The middle square of a picture, upright and on white, in colour, side x side pixels."""
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16"):
        image = image.point(lambda level: level / 256).convert("L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return ImageOps.fit(image.convert("RGB"), (side, side), Image.Resampling.BILINEAR)


def grey_levels(pixels: np.ndarray) -> np.ndarray:
    """Pixels (..., 3) without their colours (...,), as Pillow's ``convert("L")`` weighs them."""
    red, green, blue = np.moveaxis(pixels.astype(np.uint32), -1, 0)
    levels = (red * 19_595 + green * 38_470 + blue * 7_471 + 0x8000) >> 16
    return np.asarray(levels.astype(np.uint8))


def _refused(words: str) -> Picture:
    return Picture(None, (words,))


def _too_large(pixels: float) -> str:
    return f"has more than {pixels / 1e6:,.0f} million pixels: make it smaller"


def _unknown(name: str) -> str:
    ending = PurePosixPath(name).suffix.lower()
    if ending in _ELSEWHERE:
        return f"is a {ending[1:].upper()}, which is not read: save it as JPEG or PNG"
    return f"is no picture that is read ({LISTED})"
