"""Package managers, which a test has to ask for."""

from __future__ import annotations

import pytest

from tuning_core.datasets import clients, download


@pytest.fixture
def package_managers(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process may ask package managers, as a worker may."""
    monkeypatch.setattr(download, "_clients", [])
    clients.offer()
