"""Tables as people have them: letters, where they begin, delimiters, quotes and names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.datasets.own_table import TABLES, read, written
from tuning_core.datasets import DataError, load_rows, read_table
from tuning_core.spec.study import parse_spec


def test_a_number_among_names_is_a_name(tmp_path: Path) -> None:
    part, raw, _ = read(TABLES / "number-in-header.csv", tmp_path, target="price")
    assert part["columns"] == {"date": "date", "4046": "number"}
    assert len(raw.y) == 60
    years = "country,1990,1991,1992\n" + "".join(f"c{n},{n}.5,{n}.25,{n}.1\n" for n in range(30))
    reading = read_table(written(tmp_path, years))
    assert [info.name for info in reading.columns] == ["country", "1990", "1991", "1992"]
    assert "'1990' is a number: set dataset.header to false" in "\n".join(reading.warnings)
    reading = read_table(written(tmp_path, "Rome,1990,3\nOslo,1991,4\n" * 9))
    assert not reading.written["header"]
    with pytest.raises(DataError, match=r"no column 'town'.* set dataset\.header to true"):
        read_table(written(tmp_path, "Rome,1990,3\nOslo,1991,4\n" * 9), target="town")


@pytest.mark.parametrize(
    ("top", "above"),
    [
        ("sep=,\n", 1),
        ('"sep=,"\r\n', 1),
        ("# exported 2026-01-01\n", 1),
        ("# exported, by me, today\n", 1),
        ("% one\n% two, and more\n", 2),
        ("Data Source,X\n\nLast Updated,2026-01-01\n\n", 3),
        ("A report\n", 1),
        ("\n\n", 2),
    ],
)
def test_lines_above_the_names_are_left_out(top: str, above: int, tmp_path: Path) -> None:
    body = "a,b,y\n" + "".join(f"{n}.5,{n % 7},{n % 5}.25\n" for n in range(30))
    part, raw, _ = read(written(tmp_path, top + body), tmp_path, target="y")
    assert (part["skip"], list(part["columns"])) == (above, ["a", "b"])
    assert len(raw.y) == 30
    part, raw, _ = read(written(tmp_path, top + body), tmp_path, target="y", skip=above)
    assert len(raw.y) == 30
    with pytest.raises(DataError, match=f"line {top.count(chr(10)) + 11} holds 'x'"):
        read(
            written(tmp_path, top + body.replace("9.5,2,", "x,2,", 1)),
            tmp_path,
            target="y",
            columns={"a": "number", "b": "number"},
        )


def test_names_in_a_comment_are_names(tmp_path: Path) -> None:
    path = written(tmp_path, "# made by hand\n# a b y\n" + "1.5 2 3\n2.5  4 5\n" * 9)
    reading = read_table(path)
    assert [info.name for info in reading.columns] == ["a", "b", "y"]
    assert (reading.rows, reading.written["skip"], reading.written["delimiter"]) == (18, 1, " ")


@pytest.mark.parametrize("name", ["excel-sep-line.csv", "comment-lines.csv"])
def test_excel_and_loggers_write_a_line_of_their_own(name: str, tmp_path: Path) -> None:
    part, raw, _ = read(TABLES / name, tmp_path, target="y")
    assert part["skip"] == 1
    assert list(part["columns"]) == ["a", "b"]
    assert len(raw.y) == 30


def test_columns_by_blanks_are_read(tmp_path: Path) -> None:
    part, raw, _ = read(TABLES / "columns-by-spaces.data", tmp_path, target="column_1")
    assert (part["delimiter"], part["header"]) == (" ", False)
    assert raw.x["column_2"][:2].tolist() == [4, 5]
    text = "".join(f'{n}.0\t\t{n % 3}   "ford, pinto {n % 2}"\n' for n in range(30))
    part, raw, _ = read(written(tmp_path, text), tmp_path, target="column_1")
    assert list(raw.x["column_3"].cat.categories) == ["ford, pinto 0", "ford, pinto 1"]


def test_quotes_within_texts_between_tabs_are_texts(tmp_path: Path) -> None:
    reading = read_table(TABLES / "quotes-inside-text.tsv")
    assert reading.written["quotes"] is False
    assert reading.columns[2].shown[0][1] == '"hello" he said 0'
    late = "".join(f"{('ham', 'spam')[n % 2]}\t{n % 5}\tword\n" for n in range(500))
    late += 'ham\t1\t"go" she said\nspam\t2\t"abc\nham\t3\t"def\n'
    reading = read_table(written(tmp_path, late))
    assert (reading.written["quotes"], reading.rows) == (False, 503)
    with pytest.raises(DataError, match=r"Line 501: .*dataset\.quotes to false"):
        read_table(written(tmp_path, late), quotes='"')
    commas = "a,b\n" + "1,x\n" * 500 + '1,"abc\n2,"def\n'
    with pytest.raises(DataError, match=r"Line 503: .*dataset\.quotes to false"):
        read_table(written(tmp_path, commas))
    assert read_table(written(tmp_path, commas), quotes=False).rows == 502


def test_a_line_of_names_that_lacks_one_is_understood(tmp_path: Path) -> None:
    part, raw, warnings = read(TABLES / "r-row-names.csv", tmp_path, target="y")
    assert list(part["columns"]) == ["column_1", "a", "b"]
    assert raw.x.iloc[0].tolist() == [0.15, -1.44]
    assert "the first are taken for row names" in warnings[0]
    ends = "a,b,y\n" + "".join(f"{n}.5,{n % 3},{n}.25,\n" for n in range(30))
    part, raw, _ = read(written(tmp_path, ends), tmp_path, target="y")
    assert raw.x.iloc[1].tolist() == [1.5, 1]
    assert raw.y[1] == 1.25


def test_single_quotes_are_quotes(tmp_path: Path) -> None:
    part, _, _ = read(TABLES / "single-quotes.csv", tmp_path, target="column_3")
    assert (part["quotes"], part["classes"]) == ("'", ["no", "yes"])
    text = "name,y\n" + "O'Brien,1.5\nD'Arcy,2.5\n'Tis,3\n" * 9
    assert read_table(written(tmp_path, text)).written["quotes"] == '"'


def test_letters_are_guessed(tmp_path: Path) -> None:
    part, raw, warnings = read(TABLES / "cyrillic.csv", tmp_path, target="y")
    assert part["encoding"] == "cp1251"
    assert list(raw.x["город"].cat.categories) == ["Москва", "Омск"]
    assert "was guessed to be cp1251" in warnings[0]


WORDS = {
    "cp1251 koi8-r cp866": "город,Москва,Казань,да,нет",
    "cp1253": "πόλη,Αθήνα,Πάτρα,ναι,όχι",  # noqa: RUF001
    "cp1255": "עיר,חיפה,ירושלים,כן,לא",
    "cp1256": "مدينة,القاهرة,دمشق,نعم,لا",
    "euc_kr": "도시,서울,부산,예,아니요",
    "shift_jis euc_jp": "都市,東京,さっぽろ,はい,いいえ",
    "gb18030": "城市,北京,上海,是,否",
    "big5": "城市,臺北,高雄,是,否",
    "cp1252": "año,España,Perú,sí,no",
    "cp1250": "miasto,Łódź,Gdańsk,małe,śląskie",
    "cp1254": "şehir,İzmir,Diyarbakır,kış,yaz",  # noqa: RUF001
}


@pytest.mark.parametrize(
    ("encoding", "words"),
    [(one, words) for names, words in WORDS.items() for one in names.split()],
)
def test_the_encoding_of_a_few_words_is_found(encoding: str, words: str, tmp_path: Path) -> None:
    name, one, two, yes, no = words.split(",")
    rows = "".join(f"{(one, two)[n % 2]},{(yes, no)[n % 3 % 2]},{n}.5\n" for n in range(40))
    path = tmp_path / "table.csv"
    path.write_bytes(f"{name},x,y\n{rows}".encode(encoding))
    reading = read_table(path)
    assert [info.name for info in reading.columns] == [name, "x", "y"]
    assert set(reading.columns[0].examples) == {one, two}


def test_rows_that_begin_like_comments_are_kept_where_the_lines_above_are_given(
    tmp_path: Path,
) -> None:
    rows = [(f"#{n}" if n < 3 else f"x{n % 5}", n % 7, n * 2.25 + 1) for n in range(33)]
    path = written(tmp_path, "".join(f"{a},{b},{y}\n" for a, b, y in rows))
    _, raw, warnings = read(path, tmp_path, target="column_3")
    assert len(raw.y) == 30
    assert any("Lines 1 to 3 are no part of the table" in line for line in warnings)
    _, raw, warnings = read(path, tmp_path, target="column_3", header=False, skip=0)
    assert list(raw.y) == [y for *_, y in rows]
    # A study of an earlier version, which left no lines out.
    part, _, _ = read(path, tmp_path, target="column_3", header=False, skip=0)
    old = {name: value for name, value in part.items() if name not in ("thousands", "quotes")}
    del old["skip"]
    spec = parse_spec({"dataset": old}, local_files=True).dataset
    assert len(load_rows(spec, tmp_path).y) == 33
