"""Property tests here are judged by what they find, not by how long one example took."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tuning_core.datasets import clients, download

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
def package_managers(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process may ask package managers, as a worker may."""
    monkeypatch.setattr(download, "_clients", [])
    clients.offer()
