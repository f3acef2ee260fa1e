"""Tables as people have them: what their values are read as."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from tests.datasets.own_table import TABLES, read, written
from tuning_core.datasets import DataError, read_table
from tuning_core.datasets.tables.readers import open_table


@pytest.mark.parametrize("word", ["None", "NA", "-", "?", "null"])
def test_a_word_for_missing_is_a_class_where_it_is_an_answer(word: str, tmp_path: Path) -> None:
    text = (TABLES / "none-is-a-class.csv").read_text().replace("None", word)
    path = written(tmp_path, text)
    for fields in ({}, {"classes": [word, "Insomnia", "Apnea"]}):
        part, raw, warnings = read(path, tmp_path, target="disorder", **fields)
        labels = part["classes"]
        assert dict(zip(labels, np.bincount(raw.y), strict=True)) == {
            word: 40,
            "Insomnia": 20,
            "Apnea": 20,
        }
        assert any(f"'{word}' counts as a class" in line for line in warnings) == (not fields)
    part, raw, warnings = read(path, tmp_path, target="disorder", classes=["Insomnia", "Apnea"])
    assert len(raw.y) == 40
    assert "40 rows without a value of 'disorder' are left out." in warnings


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
    part, raw, warnings = read(written(tmp_path, text), tmp_path, target="price")
    assert (part["decimal"], part["thousands"], warnings) == (".", ",", [])
    assert raw.y[:7].tolist() == [300, 437, 574, 711, 848, 985, 1122]
    german = text.replace(",", ".")
    part, raw, warnings = read(written(tmp_path, german), tmp_path, target="price")
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
    _, raw, warnings = read(path, tmp_path, target="a", task="regression")
    assert raw.y[0] == read_as
    assert any("could be" in line for line in warnings) == asked, warnings


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


def test_inf_is_named(tmp_path: Path) -> None:
    path = TABLES / "inf-is-silent.csv"
    warning = "Column 'a' holds inf, a number without end, on line 2 and 11 more: they"
    assert f"{warning} count as missing." in read_table(path, target="y").warnings
    warnings = read_table(path, target="a").warnings
    assert f"{warning} rows are left out." in warnings
    assert not any("without a value" in line for line in warnings)


def test_classes_that_differ_in_capitals_are_named(tmp_path: Path) -> None:
    warnings = "\n".join(read_table(TABLES / "case-differs.csv", target="y").warnings)
    assert "Classes of 'y' differ only in capitals or blanks: 'No', 'no'" in warnings
    text = "town,y\n" + "New York,1.5\nnew  york,2.5\nOslo,3.5\n" * 9
    warnings = "\n".join(read_table(written(tmp_path, text), target="y").warnings)
    assert "Categories of 'town' differ only in capitals or blanks: 'New York'" in warnings


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
        ("12 kg,3 g,4 kg", "'kg', 'g'"),
    ],
)
def test_numbers_but_for_a_sign_say_so(values: str, signs: str, tmp_path: Path) -> None:
    cells = next(csv.reader([values]))
    rows = "".join(f'"{cells[n % 3]}";{n}.5\n' for n in range(30))
    path = written(tmp_path, "size;y\n" + rows)
    warnings = "\n".join(read_table(path, target="y").warnings)
    assert f"Would be numbers but for {signs}:" in warnings, warnings


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
    part, raw, warnings = read(written(tmp_path, text), tmp_path, target="y")
    assert part["columns"] == {"a": "ignore", "b": "number"}
    assert list(raw.y[:3]) == [0.5, 2.5, 4.5]
    assert any("'a' is ignored: Would be numbers but for their decimal sign" in s for s in warnings)


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


def test_values_of_one_unit_are_numbers_in_it(tmp_path: Path) -> None:
    rows = "".join(f"{n},5 kg;{n} °C;{n} x 2;0,{n}\n" for n in range(1, 40))
    path = written(tmp_path, "w;t;z;y\n" + rows)
    reading = read_table(path, target="y")
    notes = {info.name: info.note for info in reading.columns}
    assert notes["w"] == "All values are in kg, which is left out of the numbers."
    assert notes["t"] == "All values are in °C, which is left out of the numbers."
    table = open_table(path)
    assert [table.cells[name].unit for name in "wtzy"] == ["kg", "°C", "", ""]


@pytest.mark.parametrize("values", ["1st,2nd,3rd", "7 pm,8 pm,9 pm", "a1,b2,c3", "12a,12b,13a"])
def test_what_only_looks_like_a_unit_is_none(values: str, tmp_path: Path) -> None:
    cells = values.split(",")
    path = written(tmp_path, "x,y\n" + "".join(f"{cells[n % 3]},{n}.5\n" for n in range(30)))
    assert open_table(path).cells["x"].numbers is None
