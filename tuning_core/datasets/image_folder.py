"""Where a downloaded image dataset lives: a folder that ends up with four plain IDX files.

A person may also put files there by hand: the IDX files, plain or as .gz, or a container of the
table of sources. Contents are checked by hash at every read (0.03 s for MNIST), so a torn,
truncated or wrong file is never taken for the data.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tuning_core.datasets.archives import read_parts
from tuning_core.datasets.idx import WrongContentError, byte_count, decode, start_of
from tuning_core.datasets.sources import ImageDownload


@dataclass(frozen=True)
class ImageFolder:
    """The files of ``download`` in the folder ``path``."""

    download: ImageDownload
    path: Path

    def complete(self) -> bool:
        """Whether all plain IDX files are there in full length, unread."""
        files = [self.path / part.name for part in self.download.parts]
        sizes = [byte_count(part) for part in self.download.parts]
        return all(file.is_file() for file in files) and sizes == [
            file.stat().st_size for file in files
        ]

    def available(self) -> bool:
        """Whether a load would find files here, before their contents are checked."""
        return self.complete() or bool(self._candidates())

    def mapped(self) -> list[np.memmap]:
        """The plain IDX files mapped into memory, unread and unchecked; uint8."""
        return [
            np.memmap(self.path / part.name, np.uint8, "r", len(start_of(part)), part.shape)
            for part in self.download.parts
        ]

    def read(self, problems: list[str]) -> list[np.ndarray] | None:
        """The checked arrays of the plain IDX files; None, with a problem noted, when wrong."""
        if not all((self.path / part.name).is_file() for part in self.download.parts):
            return None
        contents = {part.name: (self.path / part.name).read_bytes() for part in self.download.parts}
        try:
            return self.decode(contents)
        except WrongContentError as error:
            problems.append(f"in the folder: {error}")
            return None

    def read_by_hand(self, problems: list[str]) -> dict[str, bytes] | None:
        """The checked contents of files put there by hand, by part name; None when there are none.

        What is wrong with a file that cannot be used is added to ``problems``.
        """
        for files in self._candidates():
            try:
                contents = read_parts(files, self.download.parts)
                self.decode(contents)
                return contents
            except WrongContentError as error:
                problems.append(f"in the folder: {error}")
        return None

    def decode(self, contents: dict[str, bytes]) -> list[np.ndarray]:
        """The checked arrays of ``contents``; raises WrongContentError."""
        return [decode(contents.get(part.name, b""), part) for part in self.download.parts]

    def store(self, contents: dict[str, bytes]) -> None:
        """Writes the plain IDX files, each whole or not at all."""
        for name, content in contents.items():
            descriptor, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=self.path)
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(content)
                    stream.flush()
                    os.fsync(stream.fileno())
                Path(temporary).chmod(0o644)
                os.replace(temporary, self.path / name)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise

    def remove_leftovers(self) -> None:
        """Removes what a killed process left of a write; call with the folder locked."""
        for leftover in self.path.glob(".*.tmp"):
            leftover.unlink(missing_ok=True)

    def _candidates(self) -> list[list[Path]]:
        """Groups of existing files, each of which should hold the whole dataset."""
        groups = [[file.name for file in source.files] for source in self.download.sources]
        groups.append([f"{self.download.dataset}.npz"])
        groups.append(
            [
                packed if (self.path / (packed := f"{part.name}.gz")).is_file() else part.name
                for part in self.download.parts
            ]
        )
        unique = list(dict.fromkeys(tuple(group) for group in groups))
        plain = tuple(part.name for part in self.download.parts)
        return [
            [self.path / name for name in group]
            for group in unique
            if group != plain and all((self.path / name).is_file() for name in group)
        ]
