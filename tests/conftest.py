"""Property tests are judged by what they find, not by how long one example took.

Processes that need Keras are forked from one that has imported it (``tests/warm.py``).
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests import warm
from tuning_core import child_process

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(autouse=True, scope="session")
def warm_processes() -> Iterator[None]:
    """What our code starts has Keras from its start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(child_process, "Popen", warm.popen)
        yield


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """What our code starts in this test imports all by itself."""
    monkeypatch.setattr(child_process, "Popen", subprocess.Popen)
