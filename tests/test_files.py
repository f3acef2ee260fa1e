"""Files are written whole in one place, by one module."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tuning_core import files
from tuning_core.files import drafts_in, remove_old_drafts, whole, write_whole

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("durable", [True, False])
@pytest.mark.parametrize("content", ["käse\n", b"\0\xff"])
def test_a_file_is_replaced_and_nothing_is_left_beside_it(
    tmp_path: Path, content: str | bytes, durable: bool
) -> None:
    path = tmp_path / "a.json"
    path.write_text("before")
    write_whole(path, content, durable=durable)
    assert path.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert os.listdir(tmp_path) == ["a.json"]
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask()


def test_a_draft_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("before")
    with pytest.raises(RuntimeError):
        fail_over(path)
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_folder_takes_the_place_of_an_empty_one(tmp_path: Path) -> None:
    target = tmp_path / "runs"
    target.mkdir()
    with whole(target) as draft:
        draft.mkdir()
        (draft / "events").write_text("all")
    assert (target / "events").read_text() == "all"


def test_a_file_in_a_folder_that_is_gone_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "gone" / "a.json", "")


def fail_over(path: Path) -> None:
    with whole(path) as draft:
        draft.write_text("half")
        assert [draft.parent] == [*drafts_in(path.parent)]
        assert [*path.parent.glob("*.json")] == [path]
        raise RuntimeError


def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def replacements(path: Path) -> Iterator[str]:
    """Lines that give a file another's name, or that make a temporary file of their own."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name = node.func.attr
        # A text's has two arguments, a date's and a dataclass's have names.
        moved = name == "replace" and not node.keywords and len(node.args) == 1
        on_disk = name == "replace" and ast.unparse(node.func.value) == "os"
        if moved or on_disk or name in ("NamedTemporaryFile", "mkstemp"):
            yield f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}"


def test_no_other_module_writes_a_draft_and_renames_it() -> None:
    rooms = ("tuning_core", "pages")
    modules = [p for room in rooms for p in (ROOT / room).glob("**/*.py")]
    assert [line for p in modules if p != Path(files.__file__) for line in replacements(p)] == []
    assert len([*replacements(Path(files.__file__))]) == 1


def test_no_other_module_starts_a_process() -> None:
    modules = [p for room in ("tuning_core", "pages") for p in (ROOT / room).glob("**/*.py")]
    starts = ("subprocess.run(", "Popen(", "os.system(", "os.spawn")
    own = ROOT / "tuning_core" / "child_process.py"
    found = [p for p in modules if any(start in p.read_text(encoding="utf-8") for start in starts)]
    assert found == [own]


def test_drafts_of_processes_killed_long_ago_are_removed_and_others_stay(tmp_path: Path) -> None:
    for name in (".draft-old", ".draft-new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "draft").write_text("half")
    os.utime(tmp_path / ".draft-old", (0, 0))
    remove_old_drafts(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".draft-new"]
