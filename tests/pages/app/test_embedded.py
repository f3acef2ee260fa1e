"""A view within another page: its address, its mark, and what is not drawn in it."""

from __future__ import annotations

import asyncio

import pytest
from starlette.responses import HTMLResponse
from starlette.types import Message

from pages.components.app.html_middleware import HtmlMiddleware
from pages.components.shared import share_link
from tests.pages.conftest import Opener, words
from tests.pages.recorded import record
from tuning_core.manager import Manager

PAGE = '<!DOCTYPE html><html lang="en"><head><title>Streamlit</title></head><body></body></html>'


def answer(query: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of the page at this query."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/study",
        "query_string": query.encode(),
        "headers": [],
    }
    asyncio.run(HtmlMiddleware(HTMLResponse(PAGE))(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], headers, body.decode()


def test_the_short_address_becomes_the_one_that_links_within_it_keep():
    status, headers, _ = answer("id=abc&embed=1&tab=x%2Cy")
    assert (status, headers["location"]) == (307, "?id=abc&embed=true&tab=x%2Cy")
    assert '<html lang="en" class="ts-embed">' in answer("id=abc&embed=true")[2]


@pytest.mark.parametrize("query", ["", "embed=2", "id=embed", "x=embed=1", "xembed=true"])
def test_any_other_is_shown_with_navigation(query: str):
    status, _, body = answer(query)
    assert status == 200
    assert '<html lang="en">' in body


def test_a_study_within_another_page_has_no_controls(
    opened: Opener, engine: Manager, monkeypatch: pytest.MonkeyPatch
):
    record(engine.store, "aaaaaaaa")
    app = opened("study", id="aaaaaaaa")
    assert app.get("popover")
    assert app.get("menu_button")
    monkeypatch.setattr(share_link, "embedded", lambda: True)
    app.run()
    assert not app.get("popover")
    assert not app.get("menu_button")
    assert "A recorded search" in words(app)
    assert not app.exception
