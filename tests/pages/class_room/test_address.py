"""Students are shown an address that leads to this server, and their cameras a picture of it."""

from __future__ import annotations

import asyncio
from urllib.parse import urljoin

import pytest

from pages.components.app.html_middleware import HtmlMiddleware
from pages.components.class_room.address import HOW_TO_OPEN, ClassAddress, address_of, qr_picture


@pytest.mark.parametrize(
    ("seen", "listens", "others", "shown"),
    [
        (
            "http://localhost:8501/class_room",
            "localhost",
            [],
            ClassAddress("localhost:8501/c", "http://localhost:8501/c/KQRT", HOW_TO_OPEN),
        ),
        (
            "http://localhost:8501/class_room",
            "0.0.0.0",
            ["192.0.2.7", "room5"],
            ClassAddress("192.0.2.7:8501/c", "http://192.0.2.7:8501/c/KQRT"),
        ),
        (
            "http://room5:8501/class_room",
            "0.0.0.0",
            ["192.0.2.7"],
            ClassAddress("room5:8501/c", "http://room5:8501/c/KQRT"),
        ),
        (
            "https://school.example/tunescape/class_room",
            "127.0.0.1",
            [],
            ClassAddress(
                "https://school.example/tunescape/c", "https://school.example/tunescape/c/KQRT"
            ),
        ),
    ],
)
def test_students_are_shown_an_address_that_they_reach(
    seen: str, listens: str, others: list[str], shown: ClassAddress
):
    assert address_of("KQRT", seen, listens, lambda _: others) == shown


def test_the_picture_is_made_here_and_says_the_link():
    picture = qr_picture("http://192.0.2.7:8501/c/KQRT")
    assert picture.startswith('<img src="data:image/svg+xml')
    assert "192.0.2.7" not in picture


@pytest.mark.parametrize(
    ("short", "page"),
    [
        ("/c", "/class_room"),
        ("/c/", "/class_room"),
        ("/c/KQRT", "/class_room?code=KQRT"),
        ("/c/kqrt/", "/class_room?code=kqrt"),
        ("/c/KQRTX", ""),
        ("/c/%0d%0aX", ""),
        ("/c//evil.example", ""),
        ("/cc", ""),
    ],
)
def test_the_short_address_leads_to_the_page(short: str, page: str):
    sent: list[dict] = []

    async def app(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message) -> None:
        sent.append(message)

    scope = {"type": "http", "path": short, "headers": []}
    asyncio.run(HtmlMiddleware(app)(scope, None, send))  # type: ignore[arg-type]
    headers = dict(sent[0]["headers"])
    if page:
        assert sent[0]["status"] == 302
        assert urljoin(f"http://host{short}", headers[b"location"].decode()) == f"http://host{page}"
    else:
        assert sent[0]["status"] == 404
