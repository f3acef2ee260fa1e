"""What ``run`` takes for a spec."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tuning_core.space import expected
from tuning_core.spec.study import StudySpec
from tuning_core.spec.validation import decode

Spec = StudySpec | Mapping[str, Any] | str | os.PathLike[str]


def document_of(spec: Spec) -> dict[str, Any]:
    """The JSON document of a spec, or of the file that is named. Raises SpecError."""
    if isinstance(spec, StudySpec):
        return decode(spec.to_json())
    if isinstance(spec, Mapping):
        try:
            return decode(json.dumps(spec))
        except TypeError as error:
            raise expected("spec", "values that JSON knows", str(error)) from None
    if isinstance(spec, str) and spec.lstrip()[:1] in ("{", "["):
        return decode(spec)
    what = "a dict, JSON text, a StudySpec or the path of a file that can be read"
    try:
        content = Path(spec).expanduser().read_bytes()
    except (OSError, TypeError, ValueError, RuntimeError):
        received = str(spec) if isinstance(spec, os.PathLike) else spec
        raise expected("spec", what, received) from None
    return decode(content)


def warn(words: str) -> None:
    """Warn of what is doubtful about a spec, at the line that calls ``run``."""
    warnings.warn(words, stacklevel=4)
