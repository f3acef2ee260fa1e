"""The store for commands that only read it: a full disk or a home of others does not stop them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tuning_core.home.home import DATABASE, no_study
from tuning_core.manager import HomeError, Manager, default_home
from tuning_core.store import Store, StoreError, StudyRow


@contextmanager
def reading() -> Iterator[Store]:
    """The store of the home, brought up to date where that can be.

    Raises HomeError where there is none to read.
    """
    try:
        manager = Manager(default_home(), spare=False)
    except HomeError as error:
        database = default_home() / DATABASE
        try:
            store = Store(database, reading=True)
        except StoreError:
            raise error from None
        print(f"{error} What was recorded before is shown.", file=sys.stderr)
        try:
            yield store
        finally:
            store.close()
        return
    try:
        yield manager.store
    finally:
        manager.close()


def study_in(store: Store, study_id: str) -> StudyRow:
    """The study; ManagerError when there is none of that id."""
    row = store.study(study_id)
    if row is None:
        raise no_study(study_id, store.path.parent)
    return row
