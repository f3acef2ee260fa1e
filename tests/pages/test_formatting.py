"""Numbers as a reader expects them."""

from __future__ import annotations

import pytest

from tuning_core.findings.formatting import number


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (300.0, "300"),
        (11_123.0, "11,123"),
        (5_711.5, "5,711.5"),
        (0.001, "0.001"),
        (12_345, "12,345"),
    ],
)
def test_a_whole_number_has_no_decimals_however_large(value: float, shown: str) -> None:
    assert number(value, 3) == shown
