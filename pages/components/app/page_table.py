"""The pages of the app, once: the navigation and the server read them here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PageEntry:
    """A page: its file, its title, its address (empty for the first page)."""

    file: str
    title: str
    address: str
    hidden: bool = False


PAGES: dict[str, tuple[PageEntry, ...]] = {
    "": (PageEntry("pages/home.py", "Home", ""),),
    "Tune": (
        PageEntry("pages/new_study.py", "New study", "new_study"),
        PageEntry("pages/study.py", "Study", "study"),
        PageEntry("pages/what_if.py", "What-if", "what_if"),
    ),
    "Learn": (PageEntry("pages/learn.py", "Lessons", "learn"),),
    "Keep": (
        PageEntry("pages/library.py", "Library", "library"),
        PageEntry("pages/status.py", "Status", "status", hidden=True),
    ),
}
ADDRESSES = {page.address for pages in PAGES.values() for page in pages}
