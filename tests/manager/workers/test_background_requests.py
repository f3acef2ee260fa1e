"""What is asked beside the caller is asked once at a time; why it was refused is remembered."""

from __future__ import annotations

from threading import Event

import pytest

from tests.manager.conftest import eventually
from tuning_core.manager import ManagerError
from tuning_core.manager.workers.requests import BackgroundRequests, RefusedError


def test_a_request_that_is_under_way_is_not_made_again() -> None:
    requests = BackgroundRequests("test")
    free, made = Event(), []

    def ask() -> None:
        made.append("asked")
        free.wait(30)

    requests.begin("key", ask)
    requests.begin("key", ask)
    assert requests.running("key")
    assert not requests.running("other")
    free.set()
    eventually(lambda: not requests.running("key"))
    assert made == ["asked"]
    requests.begin("key", ask)
    eventually(lambda: len(made) == 2)


@pytest.mark.parametrize(
    ("lasting", "error", "remembered"),
    [
        (ManagerError, ManagerError("No model yet."), "No model yet."),
        (RefusedError, RefusedError("Too large."), "Too large."),
        (RefusedError, ManagerError("The worker ended."), ""),
    ],
)
def test_a_lasting_refusal_is_remembered_until_the_next_request(
    lasting: type[ManagerError], error: ManagerError, remembered: str
) -> None:
    requests = BackgroundRequests("test", lasting)

    def refuse() -> None:
        raise error

    requests.begin("key", refuse)
    eventually(lambda: not requests.running("key"))
    assert requests.refusal("key") == remembered
    requests.begin("key", lambda: None)
    assert requests.refusal("key") == ""
