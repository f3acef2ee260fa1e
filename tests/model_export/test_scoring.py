"""A new table keeps its cells, is read as the study's was, and may hold what training did not."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.model_export.trained import alone, exported_model, finished, scored_table
from tuning_core.datasets import DataError, load_rows, prepare, resolve
from tuning_core.datasets.columns import fit_table
from tuning_core.datasets.tables.csv import CSV
from tuning_core.model_export import scoring
from tuning_core.model_export.score_script import score_script
from tuning_core.model_export.script.loading import VALUES, constants, reading
from tuning_core.spec.dataset import ColumnKind
from tuning_core.spec.study import StudySpec, parse_spec


def study(
    folder: Path, text: str, letters: str = "utf-8", epochs: int = 2, **dataset: Any
) -> StudySpec:
    """A trained study on a table written as given."""
    path = folder / "train.csv"
    path.write_bytes(text.encode(letters))
    document = {
        "dataset": {"id": f"csv:{path}", "target": "y", **dataset},
        "space": {"learning_rate": 0.01, "units": 8},
        "budget": {"trials": 1, "epochs": epochs},
    }
    spec = parse_spec(resolve(document, folder, local_files=True), local_files=True)
    finished(folder, spec)
    return spec


def scored(folder: Path, spec: StudySpec, text: str, encoding: str = "utf-8") -> list[list[str]]:
    """The lines of the predictions for a table written as given."""
    path = folder / "new.csv"
    path.write_bytes(text.encode(encoding))
    return lines(scored_table(folder, spec, path))


def lines(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def by_script(folder: Path, spec: StudySpec) -> list[list[str]]:
    """The same of new.csv, by the score.py of a bundle in a process of its own."""
    exported_model(folder, spec)
    (folder / "score.py").write_text(score_script(spec, prepare(spec.dataset, folder), {}))
    alone(folder, "score.py", "new.csv", "alone.csv")
    return lines(folder / "alone.csv")


LINE = "a,y\n" + "".join(f"{n / 10},{3 * n / 10:.1f}\n" for n in range(60))


def test_cells_come_back_letter_for_letter(cold: None, tmp_path: Path) -> None:
    spec = study(tmp_path, LINE)
    rows = [
        ["id", "zip", "note", "change", "a"],
        ["900719925474099301", "02134", "None", "-5.0", "1.50"],
        ["900719925474099303", "00501", "NA", "+7", " 2.5"],
        ["1e5", "1.10", " two words ", "-", "nan"],
        ["TRUE", "NaN", 'a "quoted", text', "1_000", "0003"],
        ["1", "2", "a loss", "-$1,234.50", "3"],
    ]
    with (tmp_path / "written.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    given = (tmp_path / "written.csv").read_text()
    found = scored(tmp_path, spec, given)
    assert [row[:5] for row in found] == rows
    assert found[0][5:] == ["predicted y"]
    theirs = by_script(tmp_path, spec)
    assert [row[:5] for row in theirs] == rows
    expected = [float(row[5]) for row in found[1:]]
    assert [float(row[5]) for row in theirs[1:]] == pytest.approx(expected, rel=1e-4)


def written(delimiter: str, decimal: str) -> str:
    """``LINE`` with other signs."""
    return LINE.replace(",", "\0").replace(".", decimal).replace("\0", delimiter)


@pytest.mark.parametrize(("delimiter", "decimal"), [(":", "."), (";", ","), (",", ".")])
def test_a_new_table_is_read_as_the_studys_was_or_as_it_looks(
    delimiter: str, decimal: str, tmp_path: Path
) -> None:
    spec = study(tmp_path, written(delimiter, decimal), delimiter=delimiter)
    answers = set()
    for new in (
        f"a{delimiter}more\n0{decimal}5{delimiter}1\n",
        "a;more\n0,5;1\n",
        "a;more\n0.5;1\n",
        "more,a\n1,0.5\n",
        f"a\n0{decimal}5\n",
        "a\n0.5\n",
    ):
        found = scored(tmp_path, spec, new)
        assert len(found) == 2
        answers.add(found[1][-1])
    assert len(answers) == 1
    with pytest.raises(DataError, match=r"line 2 holds 'half'"):
        scored(tmp_path, spec, f"a{delimiter}more\nhalf{delimiter}1\n")
    with pytest.raises(DataError, match=r"no column 'a'.*Its columns are b"):
        scored(tmp_path, spec, "b\n1\n")


def test_letters_of_a_new_table_are_those_of_the_study_or_utf_8(tmp_path: Path) -> None:
    text = "a,city,y\n" + "".join(
        f"{n},{('Žilina', 'Łódź', 'Győr')[n % 3]},{(0, 5, 9)[n % 3]}.5\n" for n in range(60)
    )
    spec = study(tmp_path, text, "cp1250", encoding="cp1250", epochs=30)
    answers = []
    for encoding in ("cp1250", "utf-8", "utf-16"):
        found = scored(tmp_path, spec, "a,city\n3,Łódź\n3,Žilina\n", encoding)
        assert [row[1] for row in found[1:]] == ["Łódź", "Žilina"]
        answers.append([row[2] for row in found[1:]])
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] != answers[0][1]


def test_an_unseen_category_is_answered_as_the_most_frequent_one(tmp_path: Path) -> None:
    text = "sex,age,y\n" + "".join(
        f"{'female' if n % 3 else 'male'},{n % 40},{n % 3}.1\n" for n in range(120)
    )
    spec = study(tmp_path, text, columns={"age": "number"})
    found = scored(tmp_path, spec, "sex,age\nmale,35\nfemale,35\nother,35\n,35\n?,35\n")
    male, female, *others = [float(row[2]) for row in found[1:]]
    assert set(others) == {female}
    assert male != female
    theirs = by_script(tmp_path, spec)
    expected = [male, female, female, female, female]
    assert [float(row[2]) for row in theirs[1:]] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("training", "slot"),
    [
        (["a", "b", "b"], [1, 2, 2, 2]),
        (["b", "a", "a", "b"], [1, 2, 1, 1]),
        (["a", "b", None], [1, 2, 0, 0]),
        ([None, None], [0, 0, 0, 0]),
    ],
    ids=["most frequent", "first of equals", "as what was missing", "nothing known"],
)
def test_slots_of_what_training_did_not_have(training: list[str | None], slot: list[int]) -> None:
    kinds = pd.CategoricalDtype(["a", "b", "rare"])
    fitted = fit_table(pd.DataFrame({"c": pd.Series(training, dtype=kinds)}))
    rows = pd.DataFrame({"c": pd.Series(["a", "b", "rare", None], dtype=kinds)})
    encoded = fitted.apply(rows)
    assert encoded.argmax(axis=1).tolist() == slot
    assert encoded.sum(axis=1).tolist() == [1, 1, 1, 1]


def test_rows_in_another_unit_than_the_study_s_are_refused(tmp_path: Path) -> None:
    def written(name: str, unit: str) -> Path:
        rows = "".join(f"{n}{unit},{n}.5\n" for n in range(1, 41))
        (tmp_path / name).write_text(f"w,y\n{rows}")
        return tmp_path / name

    document = {"dataset": {"id": f"table:{written('own.csv', ' kg')}", "target": "y"}}
    own = parse_spec(resolve(document, tmp_path, local_files=True), local_files=True).dataset
    raw = load_rows(own, tmp_path)
    assert raw.units == {"w": "kg"}
    for same in (" kg", "kg", ""):
        _, frame = scoring._read(written("new.csv", same), own, {"w": "number"}, raw, {})
        assert list(frame["w"]) == list(range(1, 41))
    with pytest.raises(DataError, match="in g, those that the model has learnt from in kg"):
        scoring._read(written("new.csv", " g"), own, {"w": "number"}, raw, {})


def test_what_is_missing_in_dates_and_texts_is_missing_in_new_rows_too(tmp_path: Path) -> None:
    review = "the room was small and so loud that nobody slept yet none would go"
    days = ["NA" if n % 7 == 0 else f"2024-0{1 + n % 9}-1{n % 10}" for n in range(40)]
    rows = "".join(f"{day},{n} {review},{'a-b'[n % 3]},{n}.5\n" for n, day in enumerate(days))
    (path := tmp_path / "own.csv").write_text(f"day,review,town,y\n{rows}")
    given = {"review": "text", "town": "category"}
    document = {"dataset": {"id": f"table:{path}", "target": "y", "columns": given}}
    own = parse_spec(resolve(document, tmp_path, local_files=True), local_files=True).dataset
    raw = load_rows(own, tmp_path)
    kinds: dict[str, ColumnKind] = {"day": "number", "review": "text", "town": "category"}
    words = {"town": ("a", "b")}
    _, frame = scoring._read(path, own, kinds, raw, words)
    pd.testing.assert_frame_equal(frame, raw.x, check_categorical=False)
    (new := tmp_path / "new.csv").write_text("day,review,town\nNA,None,-\n2024-01-11,na,NA\n")
    _, frame = scoring._read(new, own, kinds, raw, words)
    assert frame.isna().to_numpy().tolist() == [[True, True, True], [False, True, True]]


def test_truths_are_known_in_whatever_capitals_a_file_has_them(tmp_path: Path) -> None:
    def frame_of(*cells: str) -> pd.DataFrame:
        rows = "".join(f"{cells[n % len(cells)]},{n}.5\n" for n in range(40))
        (path := tmp_path / "own.csv").write_text(f"open,y\n{rows}")
        document = {"dataset": {"id": f"table:{path}", "target": "y"}}
        own = parse_spec(resolve(document, tmp_path, local_files=True), local_files=True).dataset
        raw = load_rows(own, tmp_path)
        words = {"open": tuple(raw.x["open"].cat.categories)}
        space: dict[str, Any] = {"pd": pd, "np": np, **constants(CSV, own, words)}
        exec(f"{reading(CSV)}\n\n\n{VALUES}", space)
        new = tmp_path / "new.parquet"
        pd.DataFrame({"open": [True, False], "z": 1}).to_parquet(new)
        _, found = scoring._read(new, own, {"open": "category"}, raw, words)
        theirs = space["values"](pd.Series(["True", "False"], name="open"), "category")
        assert found["open"].tolist() == theirs.tolist()
        return found

    assert frame_of("TRUE", "FALSE")["open"].tolist() == ["TRUE", "FALSE"]
    assert frame_of("TRUE", "True", "x")["open"].tolist() == ["True", "False"]
