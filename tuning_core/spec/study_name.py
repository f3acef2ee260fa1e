"""What a study may be called: one rule for specs, renaming, study files and copies."""

from __future__ import annotations

import unicodedata

from tuning_core.space import shown

MAX_NAME = 200
_JOINERS = dict.fromkeys(map(ord, "\u200c\u200d"))
"""What joins the parts of an emoji, and letters of some scripts."""


def study_name(text: str) -> str:
    """The name without blanks around it.

    Raises ValueError for one that is empty, too long, or does not show as what it is: line ends,
    characters without a width, and those that turn the direction of what follows.
    """
    name = text.strip()
    if not 0 < len(name) <= MAX_NAME:
        raise ValueError(f"expected 1 to {MAX_NAME} characters, received {len(name):,}.")
    if not _shows(name):
        raise ValueError(
            f"expected printable text on one line, received {shown(name)}; leave out line ends and "
            "characters that do not show."
        )
    return name


def shown_name(text: str, otherwise: str) -> str:
    """A name that an earlier version took, as ``study_name`` would have it."""
    kept = "".join(c if c.isprintable() or ord(c) in _JOINERS else " " for c in text)
    name = " ".join(kept.split())[:MAX_NAME].strip()
    return name if name and _shows(name) else otherwise


def _shows(name: str) -> bool:
    bare = name.translate(_JOINERS)
    return bare.isprintable() and any(unicodedata.category(c)[0] in "LNPS" for c in bare)
