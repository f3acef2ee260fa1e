"""Files as somebody may write them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tuning_core.own_models.loading import OwnModel, load_model

HEAD = "import keras\nimport keras_tuner\nimport numpy as np\n"

Written = Callable[..., OwnModel]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Writes ``model.py`` and loads a model from it; the text begins in its fourth line."""

    def load(text: str, name: str = "build_model", **others: str) -> OwnModel:
        for file, content in others.items():
            (tmp_path / f"{file}.py").write_text(content, encoding="utf-8")
        (tmp_path / "model.py").write_text(HEAD + text.lstrip("\n"), encoding="utf-8")
        return load_model(tmp_path / "model.py", name)

    return load
