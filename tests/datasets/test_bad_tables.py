"""Files that are no good table: a sentence with the line or column, never a traceback."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuning_core.datasets import DataError, prepare, read_table, resolve, store_upload, uploads
from tuning_core.space import SpecError
from tuning_core.spec.study import parse_spec


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    return stream.getvalue()


WIDE = ",".join(f"c{number}" for number in range(10_000)).encode()
BAD: list[tuple[str, bytes, str]] = [
    ("empty", b"", "empty"),
    ("blank", b" \n\n\n", "empty"),
    ("header only", b"a,b,c\n", "no line of values"),
    ("one column", b"a\n1\n2\n", "one column"),
    ("10,000 columns", WIDE + b"\n" + WIDE + b"\n", r"Line 1 has 10,000 columns"),
    ("ragged", b"a,b\n1,2\n3\n4,5\n", r"Line 3 has 1 values where the first line has 2"),
    ("too wide a row", b"a,b\n1,2\n3,4,5\n", r"Line 3 has 3 values"),
    ("unclosed quote", b'a,b\n1,"2\n3,4\n', r"Line 2: a quote"),
    ("unclosed at the end", b'a,b\n1,2\n3,"4', r"Line 3: a quote"),
    ("text after a quote", b'a,b\n1,"2"x"\n', r"Line 2: a quoted value goes on"),
    ("blank before a quote", b'a,b\n1, "2, 3"\n', r"Line 2: a blank before a quote"),
    ("NUL", b"a,b\n1,2\n3,\x004\n", r"Line 3 holds a NUL byte"),
    ("giant line", b"a,b\n1,2\n" + b"x" * 5_000_000, "longer than 4,000,000"),
    ("zip", zipped(), "zip or Excel"),
    ("gzip", gzip.compress(b"a,b\n1,2\n"), "gzip"),
    ("pdf", b"%PDF-1.7\n1,2\n", "PDF"),
    ("png", b"\x89PNG\r\n\x1a\n0000", "PNG"),
    ("old excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel"),
]


@pytest.mark.parametrize(
    ("content", "refusal"), [case[1:] for case in BAD], ids=[c[0] for c in BAD]
)
def test_what_is_no_table_is_one_sentence(content: bytes, refusal: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=refusal) as caught:
        read_table(path)
    assert "\n" not in str(caught.value)


def test_folders_and_unreadable_paths_are_one_sentence(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.csv", Path("/dev/zero"), Path("a\0b")):
        with pytest.raises(DataError, match=r"folder|does not exist|cannot be read"):
            read_table(path)


def resolved(tmp_path: Path, text: str, **dataset: Any) -> dict[str, Any]:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    document = {"dataset": {"id": f"csv:{path}", **dataset}}
    return resolve(document, tmp_path, local_files=True)["dataset"]


GOOD = "age,town,price,day\n" + "".join(
    f"{20 + n % 30},{('Rome', 'Oslo')[n % 2]},{n * 1.5},2024-01-{1 + n % 28:02}\n"
    for n in range(60)
)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({}, r"^dataset\.target: is missing: name the column to predict, of age, town"),
        ({"target": "prise"}, r"^dataset\.target: .* no column 'prise'; did you mean 'price'"),
        ({"target": "price", "columns": {"agee": "number"}}, r"^dataset\.columns\.agee: .*'age'"),
        ({"target": "price", "group": "city"}, r"^dataset\.group: .*'city'"),
        ({"target": "price", "encoding": "base64"}, r"^dataset\.encoding: expected one of"),
        ({"target": "price", "encoding": "nope"}, r"^dataset\.encoding: expected one of"),
        ({"target": "price", "delimiter": ";;"}, r"^dataset\.delimiter"),
        ({"target": "price", "delimiter": "\n"}, r"^dataset\.delimiter"),
        ({"target": "price", "delimiter": "|"}, r"one column"),
        ({"target": "price", "columns": {"age": "words"}}, r"^dataset\.columns\.age"),
        ({"target": "price", "sha256": "0" * 64}, r"^dataset\.sha256: the file is not the one"),
    ],
)
def test_a_spec_that_does_not_fit_its_table_names_the_field(
    fields: dict[str, Any], refusal: str, tmp_path: Path
) -> None:
    with pytest.raises(SpecError, match=refusal):
        resolved(tmp_path, GOOD, **fields)


@pytest.mark.parametrize(
    ("text", "fields", "refusal"),
    [
        ("a,b\n" + "1,x\n" * 9, {"target": "b"}, r"all values of 'b' are the same, 'x'"),
        (
            "a,b\n" + "".join(f"{n % 7},x{n}\n" for n in range(1_200)),
            {"target": "b"},
            r"1,200 classes, more than the 1,000",
        ),
        ("a,b\n,1.5\n,2.5\n" * 9, {"target": "b"}, r"no column is left to learn from"),
        (GOOD, {"target": "price", "columns": {"town": "number"}}, r"town: line 2 holds 'Rome'"),
        (GOOD, {"target": "price", "columns": {"town": "date"}}, r"line 2 holds 'Rome'.* no date"),
        (GOOD, {"target": "town", "task": "regression"}, r"target: line 2 of 'town' holds 'Rome'"),
        (GOOD, {"target": "price", "time": "town"}, r"time: 'town' holds neither"),
        (GOOD, {"target": "price", "group": "town"}, r"group: 2 groups cannot fill"),
        (GOOD, {"target": "town", "classes": ["Rome", "Bern"]}, r"line 3 holds 'Oslo', which is"),
        ("a,b\n" + "1,2\n3,2\n" * 9, {"target": "b", "task": "regression"}, r"target: all values"),
    ],
)
def test_what_cannot_be_learned_from_is_one_sentence(
    text: str, fields: dict[str, Any], refusal: str, tmp_path: Path
) -> None:
    def use() -> None:
        dataset = resolved(tmp_path, text, **fields)
        spec = parse_spec({"dataset": dataset}, local_files=True)
        prepare(spec.dataset, tmp_path)

    with pytest.raises((DataError, SpecError), match=refusal):
        use()


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    dataset = resolved(tmp_path, GOOD, target="price")
    spec = parse_spec({"dataset": dataset}, local_files=True).dataset
    prepare(spec, tmp_path)
    (tmp_path / "table.csv").write_text(GOOD + "1,Rome,2,2024-01-01\n")
    with pytest.raises(DataError, match=r"^dataset\.sha256: table\.csv has changed"):
        prepare(spec, tmp_path)


def test_a_page_or_a_link_cannot_name_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    document = {"dataset": {"id": f"csv:{tmp_path}/secret.csv", "target": "nothing"}}
    with pytest.raises(SpecError, match="only be named on the command line"):
        resolve(document, tmp_path)
    with pytest.raises(SpecError, match="64 hexadecimal"):
        resolve({"dataset": {"id": "upload:../../secret", "target": "b"}}, tmp_path)


def test_an_upload_is_kept_under_its_hash_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = store_upload(GOOD.encode(), tmp_path, "../../../etc/passwd")
    assert upload == store_upload(io.BytesIO(GOOD.encode()), tmp_path, "again.csv")
    kept = list((tmp_path / "data" / "uploads").iterdir())
    assert [path.name for path in kept] == [f"{upload.removeprefix('upload:')}.csv"]
    document = {"dataset": {"id": upload, "target": "price"}}
    spec = parse_spec(resolve(document, tmp_path))
    assert prepare(spec.dataset, tmp_path).sizes == {"train": 42, "validation": 12, "test": 6}
    monkeypatch.setattr(uploads, "MAX_UPLOAD_BYTES", 1_000)
    for content in (b"a" * 1_001, zipped(), b""):
        with pytest.raises(DataError, match=r"more than|zip|empty"):
            store_upload(content, tmp_path, "x.csv")
    assert len(os.listdir(tmp_path / "data" / "uploads")) == 1


class Counted(io.BytesIO):
    """A file that says how much of it was read."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        chunk = super().read(size)
        self.taken += len(chunk)
        return chunk


def test_an_upload_with_too_many_rows_is_refused_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNESCAPE_LIMITS", "rows=100000")
    many = Counted(b"a,b\n" + b"12.5,yes\n" * 5_000_000)
    with pytest.raises(DataError, match="more than 100,000 rows"):
        store_upload(many, tmp_path, "many.csv")
    assert many.taken < 3_000_000
    assert list((tmp_path / "data" / "uploads").iterdir()) == []
    # As many rows as may be, with line ends that are none: inside quotes, and empty lines.
    row = b'1,"two\nlines, and ""marks""\n"\r\n\r\n'
    assert store_upload(b"a,b\n" + row * 100_000, tmp_path, "quoted.csv")
    assert store_upload(("ab\u0a0a," * 200_001).encode("utf-16"), tmp_path, "gurmukhi.csv")


def test_what_a_user_stores_is_bounded_in_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNESCAPE_LIMITS", "uploads_mb=1")

    def stored(cell: str, user: str = "ann") -> str:
        return store_upload(f"a,b\n{cell * 400_000},1\n".encode(), tmp_path, "t.csv", user=user)

    first, _ = stored("x"), stored("y")
    with pytest.raises(DataError, match=r"0 MB, and your uploads here have 1 of the 1 MB"):
        stored("z")
    assert stored("x") == first
    assert stored("z", user="bob")
    (tmp_path / "data" / "uploads" / f"{first.removeprefix('upload:')}.csv").unlink()
    assert stored("z")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=300)
    | st.text(alphabet='a1",;\n\r\t.-é0|', max_size=200).map(lambda text: text.encode())
)
def test_any_bytes_are_a_table_or_a_sentence(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    refusal, rows = "", 0
    try:
        rows = read_table(path).rows
    except DataError as error:
        refusal = str(error)
    assert bool(rows) != bool(refusal)
    assert "\n" not in refusal
    assert not refusal or refusal.endswith(".")


def test_a_stored_table_is_nobody_else_s_to_read(tmp_path: Path) -> None:
    store_upload(GOOD.encode(), tmp_path, "mine.csv")
    (stored,) = (tmp_path / "data" / "uploads").glob("*.csv")
    assert stored.stat().st_mode & 0o077 == 0
