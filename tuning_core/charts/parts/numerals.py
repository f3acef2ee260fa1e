"""Numbers as text: short enough for a tick, exact enough to copy."""

from __future__ import annotations

import math

AXIS_NUMBERS = ".6~g"
"""Of the labels of an axis; without the digits Vega takes those of a step, and says 9e+1 for 90."""


def number_text(value: object, digits: int = 4) -> str:
    """A value as a reader would write it: 0.0003, 1e-05, 1,234, relu, yes.

    ``digits`` counts significant figures of a number; text comes back as it is, None
    and NaN become a dash.
    """
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]
    if math.isnan(number):
        return "-"
    if math.isinf(number):
        return "∞" if number > 0 else "-∞"
    if number == int(number) and abs(number) < 1e6:
        return f"{int(number):,}"
    if number and not 1e-4 <= abs(number) < 1e6:
        mantissa, _, exponent = f"{number:.{digits - 1}e}".partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{mantissa}e{int(exponent)}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(number))))
    text = f"{number:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
