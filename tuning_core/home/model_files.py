"""Files of users' own models: how they are named, which a server offers, what a study keeps.

Whoever has a shell names such a file, by ``--model``, or by ``TUNESCAPE_MODELS`` for a server.
Nothing here runs one.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from tuning_core.files import whole
from tuning_core.home.study_files import StudyFiles
from tuning_core.space import SpecError

VARIABLE = "TUNESCAPE_MODELS"
MOST_FILES, MOST_BYTES = 1_000, 20_000_000
"""Of the Python files that a study keeps of the folder of its model."""

_SEEN = "model.json"


@dataclass(frozen=True)
class ModelFile:
    """A function or class ``name`` in a Python file; ``path`` is absolute."""

    path: Path
    name: str

    @property
    def title(self) -> str:
        """What a page calls it."""
        return f"{self.name} ({self.path.name})"

    @property
    def key(self) -> str:
        """As it is written on a command line."""
        return f"{self.path}:{self.name}"


@dataclass(frozen=True)
class KeptModel:
    """What a study was launched with: a copy of the ``file``, and the ``folder`` that it lay in."""

    file: ModelFile
    folder: Path


def model_file(text: str, field: str = "--model") -> ModelFile:
    """The model that ``FILE.py:NAME`` names. Raises SpecError for what names none."""
    place, _, name = text.rpartition(":")
    if not place.endswith(".py") or not name.isidentifier():
        raise SpecError(
            field,
            "expected FILE.py:NAME, such as model.py:build_model, NAME being a function of hp or "
            f"a keras_tuner.HyperModel; received {text[:200]!r}.",
        )
    path = Path(place).expanduser().absolute()
    if not path.is_file():
        raise SpecError(field, f"expected a Python file, and there is no file {str(path)!r}.")
    return ModelFile(path, name)


def offered_models() -> tuple[list[ModelFile], list[str]]:
    """The models that ``TUNESCAPE_MODELS`` names, and a sentence for each entry that names none."""
    models: dict[str, ModelFile] = {}
    wrong = []
    try:
        entries = shlex.split(os.environ.get(VARIABLE, ""))
    except ValueError as error:
        return [], [f"{VARIABLE}: expected FILE.py:NAME, several with spaces between ({error})."]
    for entry in entries:
        try:
            model = model_file(entry, VARIABLE)
        except SpecError as error:
            wrong.append(str(error))
        else:
            models[model.key] = model
    return list(models.values()), wrong


def keep_model(model: ModelFile, files: StudyFiles) -> None:
    """Copy a model's file into a study's folder, with the Python files beside it.

    These are those of its folder and of packages in it, which it may import; whatever else lies
    in these, such as data, is linked to. Raises SpecError where there are too many, OSError.
    """
    sources = [*python_files(model.path)]
    size = sum(path.stat().st_size for path in sources)
    if len(sources) > MOST_FILES or size > MOST_BYTES:
        raise SpecError(
            "--model",
            f"{model.path.parent} has {len(sources):,} Python files ({size / 1e6:,.1f} MB), all "
            f"of which a study would keep; expected at most {MOST_FILES:,} and "
            f"{MOST_BYTES / 1e6:,.0f} MB. Put {model.path.name} into a folder of its own, with "
            "what it imports.",
        )
    shutil.rmtree(files.own_model, ignore_errors=True)
    with whole(files.own_model, name=files.own_model.name) as draft:
        for path in sources:
            target = draft / "code" / path.relative_to(model.path.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        folders = [model.path.parent, *_packages(model.path.parent)]
        for path in islice(chain.from_iterable(map(_others, folders)), MOST_FILES):
            (draft / "code" / path.relative_to(model.path.parent)).symlink_to(path)
        seen = {"file": model.path.name, "name": model.name, "folder": str(model.path.parent)}
        (draft / _SEEN).write_text(json.dumps(seen), "utf-8")


def kept_model(files: StudyFiles) -> KeptModel | None:
    """What a study keeps of its model; None where it has none."""
    try:
        seen = json.loads((files.own_model / _SEEN).read_bytes())
    except OSError:
        return None
    path = files.own_model.absolute() / "code" / str(seen["file"])
    return KeptModel(ModelFile(path, str(seen["name"])), Path(str(seen["folder"])))


def python_files(file: Path) -> Iterator[Path]:
    """A Python file, and those of its folder and of packages in it, in no order."""
    yield file
    for path in file.parent.glob("*.py"):
        if path != file and path.is_file():
            yield path
    for package in _packages(file.parent):
        yield from (path for path in package.glob("*.py") if path.is_file())


def _others(folder: Path) -> Iterator[Path]:
    """What lies in a folder beside Python files and packages."""
    for path in folder.iterdir():
        if path.suffix != ".py" and not path.name.startswith((".", "__")) and not _package(path):
            yield path


def _package(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and (path / "__init__.py").is_file()


def _packages(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if _package(path):
            yield path
            yield from _packages(path)
