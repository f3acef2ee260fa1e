"""Bytes as words."""

from __future__ import annotations


def size_words(size: float) -> str:
    """Bytes with a unit: 512 B, 1.2 MB; decimal, as disks are sold.

    >>> size_words(0), size_words(999), size_words(12_345), size_words(3.2e9)
    ('0 B', '999 B', '12.3 kB', '3.2 GB')
    """
    for unit in ("B", "kB", "MB"):
        if size < 1_000:
            return f"{size:.0f} B" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1_000
    return f"{size:,.1f} GB"
