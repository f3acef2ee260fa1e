"""Tables as people have them, each with what is to be read from it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tuning_core.datasets import DataError, load_rows, read_table, resolve
from tuning_core.datasets.raw import RawData
from tuning_core.spec.study import parse_spec

TABLES = Path(__file__).parent / "tables"


def read(path: Path, home: Path, **fields: Any) -> tuple[dict[str, Any], RawData, list[str]]:
    """(dataset part, rows, warnings)"""
    said: list[str] = []
    document = {"dataset": {"id": f"csv:{path}", **fields}}
    found = resolve(document, home, local_files=True, warn=said.append)
    spec = parse_spec(found, local_files=True).dataset
    return found["dataset"], load_rows(spec, home), said


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize("word", ["None", "NA", "-", "?", "null"])
def test_a_word_for_missing_is_a_class_where_it_is_an_answer(word: str, tmp_path: Path) -> None:
    text = (TABLES / "none-is-a-class.csv").read_text().replace("None", word)
    path = written(tmp_path, text)
    for fields in ({}, {"classes": [word, "Insomnia", "Apnea"]}):
        part, raw, said = read(path, tmp_path, target="disorder", **fields)
        labels = part["classes"]
        assert dict(zip(labels, np.bincount(raw.y), strict=True)) == {
            word: 40,
            "Insomnia": 20,
            "Apnea": 20,
        }
        assert any(f"'{word}' counts as a class" in line for line in said) == (not fields)
    part, raw, said = read(path, tmp_path, target="disorder", classes=["Insomnia", "Apnea"])
    assert len(raw.y) == 40
    assert "40 rows without a value of 'disorder' are left out." in said


def test_plus_and_minus_are_two_classes_and_two_categories(tmp_path: Path) -> None:
    path = TABLES / "plus-minus-labels.csv"
    part, raw, _ = read(path, tmp_path, target="approved")
    assert part["classes"] == ["+", "-"]
    assert len(raw.y) == 60
    part, raw, _ = read(path, tmp_path, target="income", task="regression")
    assert part["columns"]["approved"] == "category"
    assert list(raw.x["approved"].cat.categories) == ["+", "-"]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_thousands_are_told_from_decimals(delimiter: str, tmp_path: Path) -> None:
    text = (TABLES / "thousands-in-semicolon-file.csv").read_text().replace(";", delimiter)
    part, raw, said = read(written(tmp_path, text), tmp_path, target="price")
    assert (part["decimal"], part["thousands"], said) == (".", ",", [])
    assert raw.y[:7].tolist() == [300, 437, 574, 711, 848, 985, 1122]
    german = text.replace(",", ".")
    part, raw, said = read(written(tmp_path, german), tmp_path, target="price")
    assert (part["decimal"], part["thousands"]) == (",", ".")
    assert raw.y[:7].tolist() == [300, 437, 574, 711, 848, 985, 1122]


def test_german_numbers_are_read(tmp_path: Path) -> None:
    _, raw, _ = read(TABLES / "german-thousands-dot.csv", tmp_path, target="miete")
    assert raw.y[:3].tolist() == [1100, 1135, 1170]
    assert raw.x["flaeche"][:3].tolist() == [40.0, 41.5, 43.0]


@pytest.mark.parametrize(
    ("rows", "read_as", "asked"),
    [
        ("1,234;2\n2,345;3\n" * 9, 1.234, True),
        ("1.234|2\n2.345|3\n" * 9, 1.234, True),
        ("1,234|2\n2,345|3\n" * 9, 1234.0, True),
        ("1,234.5;2\n2,345.5;3\n" * 9, 1234.5, False),
        ("1.234,5;2\n2.345,5;3\n" * 9, 1234.5, False),
        ("1 234,5;2\n2 345,5;3\n" * 9, 1234.5, False),
        ("1.234,50 €;2\n2.345,50 €;3\n" * 9, 1234.5, False),
        ("$ 1,234.50;2\n$ 345.50;3\n" * 9, 1234.5, False),
        ("1'234.5;2\n2'345.5;3\n" * 9, 1234.5, False),
        ("1\u202f234;2\n999;3\n" * 9, 1234.0, False),
        ("\u22121.5;2\n2.5;3\n" * 9, -1.5, False),
        ("1,234,567;2\n2,345;3\n" * 9, 1234567.0, False),
        ("1,234;0.5\n2,345;0.25\n" * 9, 1234.0, False),
        ("1.234;0,5\n2.345;0,25\n" * 9, 1234.0, False),
        ("12;2\n13;3\n" * 200 + "1,250;2\n", 12.0, True),
    ],
)
def test_a_number_that_could_be_two_is_a_question(
    rows: str, read_as: float, asked: bool, tmp_path: Path
) -> None:
    path = written(tmp_path, ("a|y\n" if "|" in rows else "a;y\n") + rows)
    _, raw, said = read(path, tmp_path, target="a", task="regression")
    assert raw.y[0] == read_as
    assert any("could be" in line for line in said) == asked, said


def test_a_typo_in_the_target_does_not_make_classes(tmp_path: Path) -> None:
    path = TABLES / "one-bad-cell-in-target.csv"
    reading = read_table(path, target="y")
    assert reading.task == "regression"
    assert "Column 'y' would be numbers, but line 79 holds '12..5'" in "\n".join(reading.warnings)
    with pytest.raises(DataError, match=r"line 79 of 'y' holds '12\.\.5', which is no number"):
        read(path, tmp_path, target="y")


def test_a_column_s_note_and_the_warning_speak_of_the_same_cell(tmp_path: Path) -> None:
    rows = "\n".join(f"{'x' if n == 20 else n},{n % 7}.5" for n in range(60))
    reading = read_table(written(tmp_path, f"a,y\n{rows}\n"))
    [warning] = reading.warnings
    assert "would be numbers, but line 22 holds 'x'" in warning
    assert reading.columns[0].note.startswith("Would be numbers but for 'x'")


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


def test_inf_is_named(tmp_path: Path) -> None:
    path = TABLES / "inf-is-silent.csv"
    warning = "Column 'a' holds inf, a number without end, on line 2 and 11 more: they"
    assert f"{warning} count as missing." in read_table(path, target="y").warnings
    warnings = read_table(path, target="a").warnings
    assert f"{warning} rows are left out." in warnings
    assert not any("without a value" in line for line in warnings)


def test_classes_that_differ_in_capitals_are_named(tmp_path: Path) -> None:
    said = "\n".join(read_table(TABLES / "case-differs.csv", target="y").warnings)
    assert "Classes of 'y' differ only in capitals or blanks: 'No', 'no'" in said
    text = "town,y\n" + "New York,1.5\nnew  york,2.5\nOslo,3.5\n" * 9
    said = "\n".join(read_table(written(tmp_path, text), target="y").warnings)
    assert "Categories of 'town' differ only in capitals or blanks: 'New York'" in said


def test_money_and_percent_are_numbers(tmp_path: Path) -> None:
    part, raw, _ = read(TABLES / "currency-percent.csv", tmp_path, target="y")
    assert part["columns"] == {"income": "number", "rate": "number"}
    assert raw.x.iloc[0].tolist() == [20_000, 5.0]


@pytest.mark.parametrize(
    ("values", "signs"),
    [
        ("19M,2.5M,900k", "'M', 'k'"),
        ('"10,000+","500+","1,000+"', "'+'"),
        ("$5,€6,$7", "'$', '€'"),
        ("5%,0.5,6%", "'%'"),
        ("12 kg,3 kg,4 kg", "'kg'"),
    ],
)
def test_numbers_but_for_a_sign_say_so(values: str, signs: str, tmp_path: Path) -> None:
    cells = next(csv.reader([values]))
    rows = "".join(f'"{cells[n % 3]}";{n}.5\n' for n in range(30))
    path = written(tmp_path, "size;y\n" + rows)
    said = "\n".join(read_table(path, target="y").warnings)
    assert f"Would be numbers but for {signs}:" in said, said


@pytest.mark.parametrize(
    ("texts", "days"),
    [
        (["20140101T000000", "20140202T120000"], [16071, 16103.5]),
        (["1/31/14", "2/1/14"], [16101, 16102]),
        (["5-Jan-09", "16-Feb-09"], [14249, 14291]),
        (["Jan-10", "Feb-10"], [14610, 14641]),
        (["18:30", "6:00"], [18.5 / 24, 0.25]),
        (["1/31/2014 6:00 PM", "2/1/2014 12:00 AM"], [16101.75, 16102]),
        (["20140101", "20140202", "20140303"], [16071, 16103, 16132]),
        (["2014-01", "2014-02"], [16071, 16102]),
        (["31.01.14", "01.02.14"], [16101, 16102]),
        (["2024-1-5", "2024-12-31"], [19727, 20088]),
    ],
)
def test_dates_and_times_are_read(texts: list[str], days: list[float], tmp_path: Path) -> None:
    rows = "".join(f"{texts[n % len(texts)]},{n}.5\n" for n in range(40))
    part, raw, _ = read(written(tmp_path, "when,y\n" + rows), tmp_path, target="y")
    assert part["columns"] == {"when": "date"}
    assert raw.x["when"][: len(days)].tolist() == pytest.approx(days)


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
    part, raw, said = read(TABLES / "r-row-names.csv", tmp_path, target="y")
    assert list(part["columns"]) == ["column_1", "a", "b"]
    assert raw.x.iloc[0].tolist() == [0.15, -1.44]
    assert "the first are taken for row names" in said[0]
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
    part, raw, said = read(TABLES / "cyrillic.csv", tmp_path, target="y")
    assert part["encoding"] == "cp1251"
    assert list(raw.x["город"].cat.categories) == ["Москва", "Омск"]
    assert "was guessed to be cp1251" in said[0]


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
    _, raw, said = read(path, tmp_path, target="column_3")
    assert len(raw.y) == 30
    assert any("Lines 1 to 3 are no part of the table" in line for line in said)
    _, raw, said = read(path, tmp_path, target="column_3", header=False, skip=0)
    assert list(raw.y) == [y for *_, y in rows]
    # A study of an earlier version, which left no lines out.
    part, _, _ = read(path, tmp_path, target="column_3", header=False, skip=0)
    old = {name: value for name, value in part.items() if name not in ("thousands", "quotes")}
    del old["skip"]
    spec = parse_spec({"dataset": old}, local_files=True).dataset
    assert len(load_rows(spec, tmp_path).y) == 33


@pytest.mark.parametrize(("usual", "other"), [("{}%", "5"), ("${}", "\u20ac5"), ("{}", "5%")])
def test_numbers_with_different_signs_are_refused_by_line_and_never_missing(
    usual: str, other: str, tmp_path: Path
) -> None:
    rows = [(usual.format(n * 20), n * 2.5) for n in range(1, 30)]
    text = "a,b,y\n" + "".join(f"{a},{b},{b}\n" for a, b in rows) + f"{other},1.5,1.5\n"
    with pytest.raises(DataError, match=r"columns\.a: line 31 holds '.?5%?', which is no number"):
        read(written(tmp_path, text), tmp_path, target="y", columns={"a": "number"})
    with pytest.raises(DataError, match=r"target: line 31 of 'a' holds '.?5%?', which is no"):
        read(written(tmp_path, text), tmp_path, target="a", task="regression")


@pytest.mark.parametrize(
    ("small", "other"), [("0.", "{},5"), ("0,", "{}.5"), ("1.", "1 00{},5"), ("0.", "1 00{},5")]
)
def test_a_number_with_the_other_decimal_sign_is_not_read(
    small: str, other: str, tmp_path: Path
) -> None:
    rows = [(f"{small}{n * 7:03d}", other.format(n % 9), f"{n * 2},5") for n in range(30)]
    if other == "{}.5":
        rows = [(a, b, f"{n * 2}.5") for n, (a, b, _) in enumerate(rows)]
    text = "a;b;y\n" + "".join(f"{a};{b};{y}\n" for a, b, y in rows)
    part, raw, said = read(written(tmp_path, text), tmp_path, target="y")
    assert part["columns"] == {"a": "ignore", "b": "number"}
    assert list(raw.y[:3]) == [0.5, 2.5, 4.5]
    assert any("'a' is ignored: Would be numbers but for their decimal sign" in s for s in said)


def test_numbers_with_leading_zeros_are_codes(tmp_path: Path) -> None:
    zips = ["01685", "80331", "04109", "NA"]
    rows = "\n".join(f"{n / 7:.3f},{zips[n % 4]},{n:03d}" for n in range(40))
    path = written(tmp_path, f"rent,zip,key\n{rows}\n")
    reading = read_table(path)
    kinds = {info.name: info.kind for info in reading.columns}
    assert reading.target == "rent"
    assert kinds == {"rent": "number", "zip": "category", "key": "ignore"}
    assert ("01685", "01685") in reading.columns[1].shown
    part, raw, _ = read(path, tmp_path, target="rent")
    assert part["columns"] == {"zip": "category", "key": "ignore"}
    assert set(raw.x["zip"].dropna()) == {"01685", "80331", "04109"}
    # A study keeps the kinds that it was recorded with.
    _, raw, _ = read(path, tmp_path, target="rent", columns={"zip": "number", "key": "ignore"})
    assert raw.x["zip"][0] == 1685


@pytest.mark.parametrize("values", ["10 20 35", "0.5 0.7 1.5", "0 1 0", "01 2 13"])
def test_other_numbers_are_no_codes(values: str, tmp_path: Path) -> None:
    rows = "\n".join(f"{value},{place}" for place, value in enumerate(values.split()))
    assert read_table(written(tmp_path, f"a,y\n{rows}\n")).columns[0].kind == "number"
