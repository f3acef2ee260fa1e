"""All pictures of a zip or folder: read once, kept in the home, and what is doubtful about them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from threading import Lock

import numpy as np

from tuning_core.catalog.limits import most
from tuning_core.datasets.pictures.members import (
    DAMAGED,
    Member,
    Members,
    content_hash,
    opened,
)
from tuning_core.datasets.pictures.picture import Picture, claimed_pixels, read_picture
from tuning_core.datasets.raw import DataError
from tuning_core.datasets.tables import kept_rows
from tuning_core.resources import cores
from tuning_core.spec.dataset import MAX_CLASSES

MOST_DOUBTS = 500
"""Doubtful files that are named; the others are counted."""

MOST_PIXELS = 20_000_000_000
"""Of all pictures together, as their files say: a plain one of millions has a few kilobytes."""

_FOLDERS_NAMED = 3
_AT_ONCE = 4
"""Pictures that are decoded side by side, large ones one after the other."""


@dataclass(frozen=True)
class Doubt:
    """A file with something wrong: ``words`` say what. One that is not ``kept`` is left out."""

    path: str
    words: str
    kept: bool


@dataclass(frozen=True)
class Pictures:
    """``x`` uint8 (n, side, side, 3) and ``y`` (n,) int64, numbers into ``classes``.

    ``colour`` says whether any picture has colours. ``doubts`` name files, ``more_doubts`` counts
    those beyond; ``notes`` are sentences about many.
    """

    x: np.ndarray
    y: np.ndarray
    classes: tuple[str, ...]
    colour: bool
    sha256: str
    doubts: tuple[Doubt, ...] = ()
    more_doubts: int = 0
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """Pictures by class."""
        tallies = np.bincount(self.y, minlength=len(self.classes))
        return dict(zip(self.classes, tallies.tolist(), strict=True))


def read_pictures(path: Path, side: int, home: Path | None = None) -> Pictures:
    """The pictures of a zip or folder as squares of ``side`` pixels, by the names of their classes.

    What was read is kept in ``home`` for who reads it next. Raises DataError.
    """
    try:
        sha256 = content_hash(path)
    except OSError as error:
        raise DataError(
            f"{path.name} cannot be read ({error.strerror or error}): check its path and rights."
        ) from None
    known = hashlib.sha256(f"{side} {kept_rows.code_hash()}".encode()).hexdigest()
    key = f"{sha256}-{known}"
    kept = None if home is None else kept_rows.find(home, key)
    if kept is None:
        pictures = _read(path, side, sha256)
        if home is not None:
            kept_rows.keep(home, key, _as_kept(pictures))
        return pictures
    facts = kept.facts
    return Pictures(
        kept.arrays["x"].reshape(-1, side, side, 3),
        kept.arrays["y"],
        tuple(facts["classes"]),
        facts["colour"],
        sha256,
        tuple(Doubt(**doubt) for doubt in facts["doubts"]),
        facts["more_doubts"],
        tuple(facts["notes"]),
    )


def _as_kept(pictures: Pictures) -> kept_rows.KeptRows:
    facts = {
        "classes": list(pictures.classes),
        "colour": pictures.colour,
        "doubts": [asdict(doubt) for doubt in pictures.doubts],
        "more_doubts": pictures.more_doubts,
        "notes": list(pictures.notes),
    }
    return kept_rows.KeptRows({}, {"x": pictures.x.reshape(-1), "y": pictures.y}, facts)


def _read(path: Path, side: int, sha256: str) -> Pictures:
    with opened(path) as members:
        found = _each(members, side)
        hidden = members.hidden
    kept = [(member, picture) for member, picture, _ in found if picture.pixels is not None]
    doubts = [
        Doubt(member.path, words, picture.pixels is not None)
        for member, picture, _ in found
        for words in picture.doubts
    ]
    classes = _classes([member for member, _ in kept], doubts)
    place = {label: number for number, label in enumerate(classes)}
    return Pictures(
        np.stack([picture.pixels for _, picture in kept if picture.pixels is not None]),
        np.array([place[member.label] for member, _ in kept], np.int64),
        classes,
        not all(picture.grey for _, picture in kept),
        sha256,
        tuple(doubts[:MOST_DOUBTS]),
        max(0, len(doubts) - MOST_DOUBTS),
        tuple(_notes(kept, hidden)),
    )


def _each(members: Members, side: int) -> list[tuple[Member, Picture, str]]:
    """Every file with its picture and the hash of its bytes; repeated ones are left out."""
    limit = int(most("picture_mb") * 1e6)
    pixels, counting = 0, Lock()

    def count(content: bytes) -> None:
        nonlocal pixels
        with counting:
            pixels += claimed_pixels(content)
            if pixels > MOST_PIXELS:
                raise DataError(
                    f"Its pictures have more than {MOST_PIXELS / 1e6:,.0f} million pixels in all: "
                    "make them smaller."
                )

    def read(member: Member) -> tuple[Member, Picture, str]:
        if member.refusal:
            return member, Picture(None, (member.refusal,)), ""
        try:
            content = members.read(member, limit + 1)
        except DAMAGED:
            return member, Picture(None, ("is damaged in the file that it came in",)), ""
        if len(content) > limit:
            return member, Picture(None, (f"has more than {limit / 1e6:,.0f} MB",)), ""
        count(content)
        return (
            member,
            read_picture(content, member.path, side),
            hashlib.sha256(content).hexdigest(),
        )

    # Pillow decodes outside the interpreter's lock.
    with ThreadPoolExecutor(min(_AT_ONCE, cores())) as pool:
        return list(_without_repeats(pool.map(read, members.listed)))


def _without_repeats(
    found: Iterable[tuple[Member, Picture, str]],
) -> Iterator[tuple[Member, Picture, str]]:
    """The same file twice in a class is taken once; in two classes it is doubtful."""
    first: dict[str, dict[str, str]] = {}
    for member, picture, digest in found:
        if picture.pixels is None:
            yield member, picture, digest
            continue
        others = first.setdefault(digest, {})
        if member.label in others:
            words = f"is the same file as {others[member.label]}: it is taken once"
            yield member, Picture(None, (words,)), digest
            continue
        if others:
            words = f"is the same picture as {next(iter(others.values()))}, of another class"
            picture = Picture(picture.pixels, (*picture.doubts, words), picture.converted)
        others[member.label] = member.path
        yield member, picture, digest


def _classes(kept: Sequence[Member], doubts: Sequence[Doubt]) -> tuple[str, ...]:
    """The names of the classes, sorted; raises DataError for what no study can be made of."""
    classes = tuple(sorted({member.label for member in kept}))
    how = "put the pictures of each class into a folder of their own"
    if not kept:
        first = f" ({doubts[0].path[:80]} {doubts[0].words})" if doubts else ""
        raise DataError(f"No picture was found{first}: {how}, and zip these folders.")
    if len(classes) == 1:
        raise DataError(
            f"All {len(kept):,} pictures are of one class, {classes[0]!r}, and two are needed to "
            f"tell apart: {how}."
        )
    if len(classes) > MAX_CLASSES:
        raise DataError(f"There are {len(classes):,} classes, more than {MAX_CLASSES:,}: {how}.")
    return classes


def _notes(kept: Sequence[tuple[Member, Picture]], hidden: int) -> Iterator[str]:
    places: dict[str, list[str]] = {}
    for member, _ in kept:
        folder = str(PurePosixPath(member.path).parent)
        if folder not in places.setdefault(member.label, []):
            places[member.label].append(folder)
    several = {label: folders for label, folders in places.items() if len(folders) > 1}
    if several:
        label, folders = next(iter(several.items()))
        named = ", ".join(folders[:_FOLDERS_NAMED]) + (" ..." * (len(folders) > _FOLDERS_NAMED))
        yield (
            f"A picture's class is the folder nearest to it: {label!r} are those in {named}"
            + (f" ({len(several) - 1:,} more classes have several folders)" * (len(several) > 1))
            + "; all are divided anew."
        )
    alike = Counter(label.casefold() for label in places)
    twice = [label for label in places if alike[label.casefold()] > 1]
    if twice:
        yield (
            f"The classes {' and '.join(map(repr, twice[:2]))} differ in capitals alone: name them "
            "alike if they are the same."
        )
    for converted, amount in Counter(p.converted for _, p in kept if p.converted).items():
        yield f"{amount:,} picture{'s' * (amount > 1)} {converted}."
    if hidden:
        yield f"{hidden:,} hidden file{'s' * (hidden > 1)} of the system left out."
