"""PINs: four digits with which a student comes back on another device; only their hash is kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from tuning_core.home.home import ManagerError

DIGITS = 4
_COST = {"n": 2**12, "r": 8, "p": 1}
"""About 10 ms and 4 MB: thirty students join at once."""


def drawn_pin() -> str:
    """A PIN for who does not want to think of one."""
    return "".join(secrets.choice("0123456789") for _ in range(DIGITS))


def read_pin(text: str) -> str:
    """A PIN as it was typed. Raises ManagerError."""
    pin = "".join(text[:40].split())
    if len(pin) != DIGITS or not (pin.isascii() and pin.isdigit()):
        raise ManagerError(f"PIN: expected {DIGITS} digits, such as 4071. Type them again.")
    return pin


def hashed(pin: str) -> str:
    """The salted hash that is kept (scrypt, RFC 7914), as two hexadecimal numbers."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}:{hashlib.scrypt(pin.encode(), salt=salt, **_COST).hex()}"


def is_pin(pin: str, kept: str) -> bool:
    """Whether a PIN is the one whose hash is kept; takes equally long either way."""
    salt, _, digest = kept.partition(":")
    made = hashlib.scrypt(pin.encode(), salt=bytes.fromhex(salt), **_COST)
    return hmac.compare_digest(made.hex(), digest)
