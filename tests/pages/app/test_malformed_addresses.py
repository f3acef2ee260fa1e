"""Whatever stands in an address: a page or a sentence in time, never a fault."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.pages.browser import Server, serving
from benchmarks.pages.light_user import LightUser, Notes

KEYS = ("id", "lesson", "tab", "dataset", "family", "epochs", "seed", "learning_rate", "units",
        "layers", "optimizer", "code", "board", "presenter", "study", "x")  # fmt: skip
WORDS = ("digits", "mlp", "10", "-1", "1e400", "nan", "../../etc/passwd", "<script>", "0" * 500)
PAGES = ("", "study", "what_if", "learn", "new_study", "library", "class_room", "status")
ADDRESSES = st.tuples(
    st.sampled_from(PAGES),
    st.dictionaries(
        st.sampled_from(KEYS) | st.text(max_size=5),
        st.sampled_from(WORDS) | st.text(max_size=12),
        max_size=4,
    ),
)
EXAMPLES = 120
SECONDS = 5.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("home")
    with serving(home, spare=False) as started:
        yield started
    assert "Traceback" not in (home / "server.log").read_text()


def test_any_address(server: Server):
    port = int(server.address.rpartition(":")[2])

    @settings(max_examples=EXAMPLES)
    @given(ADDRESSES)
    def visits(address: tuple[str, dict[str, str]]) -> None:
        page, query = address
        words = "&".join(f"{quote(key)}={quote(value)}" for key, value in query.items())
        notes = Notes()
        started = time.monotonic()
        asyncio.run(LightUser(port, notes).visit(page, words))
        assert notes.faults == []
        assert time.monotonic() - started < SECONDS

    visits()
