"""The database file: reopened, migrated, refused, shared by threads and processes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.store.conftest import STUDY, add_study, epoch, one_trial, started, trial_started
from tuning_core.store import DamagedStoreError, Store, StoreError
from tuning_core.store.schema import MIGRATIONS

ROOT = Path(__file__).parents[2]


def test_reopening_keeps_everything(store: Store) -> None:
    store.apply(STUDY, one_trial())
    again = Store(store.path)
    assert again.changes(STUDY) == store.changes(STUDY)
    again.close()


def test_a_metric_that_the_catalog_gains_gets_a_column(store: Store) -> None:
    store.close()
    with sqlite3.connect(store.path) as connection:
        connection.execute("ALTER TABLE epochs DROP COLUMN val_r2")
    again = Store(store.path)
    again.apply(STUDY, [epoch(1, 1, 1, val_r2=0.5)])
    assert again.epochs(STUDY)[0].metrics == {"val_r2": 0.5}
    again.close()


def test_a_newer_database_is_refused(store: Store) -> None:
    store.close()
    with sqlite3.connect(store.path) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(StoreError, match="written by a newer Tunescape"):
        Store(store.path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tunescape.db"
    path.write_text("not a database" * 1000)
    with pytest.raises(StoreError, match="not a readable database"):
        Store(path)


def test_a_file_is_copied_before_its_tables_change(store: Store) -> None:
    store.apply(STUDY, one_trial())
    before = store.trials(STUDY)
    store.close()
    with sqlite3.connect(store.path) as connection:
        for column in ("added", "lane", "node"):
            connection.execute(f"ALTER TABLE trials DROP COLUMN {column}")
        connection.execute("ALTER TABLE epochs DROP COLUMN others")
        connection.execute("DROP TABLE history")
        connection.execute("DROP TABLE readers")
        connection.execute("PRAGMA user_version = 1")
    again = Store(store.path)
    assert again.trials(STUDY) == before
    again.close()
    kept = store.path.with_name(f"{store.path.name}.version-1")
    with sqlite3.connect(kept) as connection:
        assert connection.execute("SELECT count(*) FROM trials").fetchone()[0] == 1
        assert connection.execute("PRAGMA user_version").fetchone()[0] == 1
    Store(store.path).close()
    assert len(list(store.path.parent.glob("*.version-*"))) == 1


def test_a_damaged_page_is_noticed_at_the_start(store: Store) -> None:
    store.apply(STUDY, one_trial())
    with sqlite3.connect(store.path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    content = bytearray(store.path.read_bytes())
    content[8192:] = b"\x5a" * (len(content) - 8192)
    store.path.write_bytes(bytes(content))
    with pytest.raises(DamagedStoreError):
        Store(store.path)


def test_many_threads_write_and_read(store: Store) -> None:
    ids = [f"thread{n:02d}" for n in range(8)]
    for study_id in ids:
        add_study(store, study_id)

    def work(study_id: str) -> int:
        store.apply(study_id, [started(1), trial_started(2, 1)])
        for seq in range(3, 23):
            store.apply(study_id, [epoch(seq, 1, seq, loss=1.0)])
            store.changes(study_id)
        return len(store.epochs(study_id))

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(work, ids)) == [20] * 8


WRITER = """
import sys
from pathlib import Path
from tuning_core.store import Store
store = Store(Path(sys.argv[1]))
store.create_study(sys.argv[2], "process", "{}", 1.0)
for seq in range(1, 51):
    store.apply(sys.argv[2], [{"seq": seq, "kind": "epoch", "trial": 1, "execution": 1,
                               "epoch": seq, "metrics": {"loss": 1.0}, "seconds": 0.0}])
"""


def test_processes_that_start_together_share_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "tunescape.db"
    ids = [f"process{n}" for n in range(4)]
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), study_id], cwd=ROOT)
        for study_id in ids
    ]
    assert [writer.wait(60) for writer in writers] == [0] * 4
    store = Store(path)
    assert [len(store.epochs(study_id)) for study_id in ids] == [50] * 4
    store.close()
