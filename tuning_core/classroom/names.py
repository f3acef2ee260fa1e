"""Codes of classes and names of those in them: drawn, checked, and proposed."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Collection
from itertools import pairwise

from tuning_core.home.home import ManagerError

LONGEST_NICKNAME, LONGEST_TITLE = 24, 60
CODE_LETTERS = "BCDFHJKMNPQRSTVWXZ"
"""Without vowels, and without what looks like another letter or a digit from the back row."""
CODE_LENGTH = 4
ANIMALS = (
    *("alpaca", "badger", "bat", "bear", "beaver", "bee", "bison", "camel", "cat", "cheetah"),
    *("chipmunk", "cricket", "crane", "deer", "dolphin", "dove", "duck", "eagle", "elk", "emu"),
    *(
        "falcon",
        "ferret",
        "finch",
        "firefly",
        "fox",
        "frog",
        "gecko",
        "giraffe",
        "hare",
        "hedgehog",
    ),
    *("heron", "horse", "ibex", "ibis", "jay", "kingfisher", "kiwi", "koala", "lemur", "lion"),
    *("llama", "lynx", "magpie", "marten", "meerkat", "moose", "narwhal", "newt", "octopus"),
    *("orca", "otter", "owl", "panda", "penguin", "puffin", "quokka", "rabbit", "raccoon"),
    *("raven", "robin", "seal", "sparrow", "squirrel", "starling", "stork", "swan", "tapir"),
    *("tiger", "toucan", "turtle", "walrus", "wombat", "wren", "yak", "zebra"),
)
_UNWANTED = re.compile("BTCH|CNT|DCK|FCK|FKK|FTT|HH|KKK|KZ|NZ|PRN|PSS|SCK|SHT|SS|TTS|TWT|WNK|WTF")
_WIDTHLESS = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")


def drawn_code(taken: Collection[str]) -> str:
    """A code that no class has, which nobody can foresee and which spells nothing."""
    while True:
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        if code not in taken and not _UNWANTED.search(code):
            return code


def read_code(text: str) -> str:
    """A code as somebody typed it: in small letters, with blanks. Raises ManagerError."""
    code = "".join(text.split()).upper().replace("-", "")
    if len(code) != CODE_LENGTH or any(letter not in CODE_LETTERS for letter in code):
        raise ManagerError(
            f"The code of a class is {CODE_LENGTH} letters such as KQRT, no vowels (only "
            f"{CODE_LETTERS}), received {_shown(text)}. It stands on the board."
        )
    return code


def read_nickname(text: str) -> str:
    """A nickname as it is shown: normalised, without blanks around it. Raises ManagerError.

    Refused is what is too long, or does not show as what it is: line ends, characters without a
    width, those that turn the direction of what follows, and marks piled upon one letter.
    """
    name = " ".join(unicodedata.normalize("NFKC", text[:1_000]).split())
    kinds = [unicodedata.category(letter) for letter in name]
    if not 0 < len(name) <= LONGEST_NICKNAME:
        raise ManagerError(
            f"A nickname has 1 to {LONGEST_NICKNAME} letters, received {len(name):,}. "
            "Leave it empty, and an animal is drawn."
        )
    piled = any(a[0] == b[0] == "M" for a, b in pairwise(kinds))
    if not name.isprintable() or _WIDTHLESS.search(name) or piled or kinds[0][0] == "M":
        raise ManagerError(
            "A nickname is made of letters, digits and signs that show; "
            f"received {_shown(text)}. Type another, or leave it empty."
        )
    return name


def read_title(text: str) -> str:
    """The title of a class, which may be empty. Raises ManagerError."""
    title = " ".join(unicodedata.normalize("NFKC", text[:1_000]).split())
    if len(title) > LONGEST_TITLE or not title.isprintable() or _WIDTHLESS.search(title):
        raise ManagerError(
            f"The title of a class is printable text of at most {LONGEST_TITLE} letters, "
            f"received {_shown(text)}."
        )
    return title


def key_of(nickname: str) -> str:
    """What two nicknames have in common that one could take for the other."""
    return "".join(unicodedata.normalize("NFKC", nickname).casefold().split())


def drawn_nickname(taken: Collection[str]) -> str:
    """An animal whose key is not among those that are ``taken``."""
    free = [animal for animal in ANIMALS if key_of(animal) not in taken]
    return secrets.choice(free) if free else proposed(secrets.choice(ANIMALS), taken)


def proposed(nickname: str, taken: Collection[str]) -> str:
    """A nickname like this one that nobody has."""
    number = 2
    while True:
        end = f" {number}"
        name = nickname[: LONGEST_NICKNAME - len(end)].rstrip() + end
        if key_of(name) not in taken:
            return name
        number += 1


def _shown(text: str) -> str:
    return ascii(text[:40]) if not text[:40].isprintable() else repr(text[:40])
