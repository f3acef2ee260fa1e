"""What docs/api.md shows: its blocks are run in their order, and give what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tests.manager.conftest import eventually
from tuning_core.api import managers

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
TEXT = PAGE.read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
(MODEL_FILE,) = re.findall(r"^```py\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """The names that the page's blocks leave, with what they ``printed``."""
    names: dict[str, object] = {"__name__": "notebook"}
    printed = StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TUNESCAPE_HOME", str(tmp_path_factory.mktemp("home")))
        elsewhere = tmp_path_factory.mktemp("elsewhere")
        patch.chdir(elsewhere)
        (elsewhere / "model.py").write_text(MODEL_FILE)
        with redirect_stdout(printed):
            for block in BLOCKS:
                exec(compile(block, PAGE.name, "exec"), names)
        yield SimpleNamespace(**names, printed=printed.getvalue())


def commented(start: str) -> str:
    """The comment behind a line of the page."""
    (line,) = (line for block in BLOCKS for line in block.splitlines() if line.startswith(start))
    return line.partition("  # ")[2]


def test_the_page_says_what_a_study_holds(shown: SimpleNamespace) -> None:
    assert list(shown.trials.columns) == commented("trials = ").split(", ")
    assert list(shown.curves.columns) == commented("curves = ").split(", ")
    assert commented("    print(error)") in shown.printed
    assert repr(shown.study).startswith(
        f"<Study {shown.study.id} 'iris, a first look': finished, 6"
    )


def test_the_best_is_the_best_of_the_trials(shown: SimpleNamespace) -> None:
    best = shown.trials.sort_values(["score", "number"], ascending=[False, True]).iloc[0]
    assert (shown.study.best.trial, shown.study.best.score) == (best["number"], best["score"])
    assert shown.study.best.configuration["units"] == best["units"]
    assert shown.best_curve.max() == best["score"]
    assert len(shown.curves) == 6 * 5


def test_the_model_takes_raw_rows_and_the_test_part_is_revealed(shown: SimpleNamespace) -> None:
    answers = shown.model.predict(np.array([[5.1, 3.5, 1.4, 0.2]]), verbose=0)
    assert answers.shape == (1, 3)
    assert shown.study.test == shown.study.reveal_test()
    assert 0 <= shown.study.test["accuracy"] <= 1


def test_a_model_of_ones_own_is_searched_by_its_own_names(shown: SimpleNamespace) -> None:
    assert shown.own.status == "finished"
    assert {"units", "learning_rate"} <= {*shown.own.trials.columns}
    assert len(shown.own.curves) == 3 * 2


def test_what_ran_in_the_background_was_stopped_and_no_worker_is_left(
    shown: SimpleNamespace,
) -> None:
    assert shown.longer.status == "stopped"
    eventually(lambda: not managers._managers)
