"""What a wheel needs beside it: the packages that the requirements files name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

OF_DEVELOPERS = {"bench", "dev"}
"""What stays with a checkout; every other requirements-NAME.txt is the extra NAME."""


class Requirements(MetadataHookInterface):
    """Takes dependencies and extras from the files that make run and make test install."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Fill in what pyproject.toml calls dynamic."""
        root = Path(self.root)
        metadata["dependencies"] = _packages(root / "requirements.txt")
        metadata["optional-dependencies"] = {
            name: _packages(file)
            for file in sorted(root.glob("requirements-*.txt"))
            if (name := file.stem.removeprefix("requirements-")) not in OF_DEVELOPERS
        }


def _packages(file: Path) -> list[str]:
    lines = map(str.strip, file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith(("#", "-"))]
