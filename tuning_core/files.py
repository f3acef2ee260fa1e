"""Files: written whole or not at all, and what is said of one that is gone."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4


def write_whole(path: Path, text: str) -> None:
    """Write a file that is there whole or not at all, even after a power cut."""
    # A name of its own, for two may write the same file at once: the later one stays.
    draft = path.with_name(f".{path.name}.{uuid4().hex[:8]}.draft")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def gone(path: Path) -> str:
    """The sentence on a file or folder that somebody has taken away from a running process."""
    return (
        f"{path} was deleted or moved while this process used it. Put it back as it was; or end "
        "this process and start it again, which makes a new one."
    )
