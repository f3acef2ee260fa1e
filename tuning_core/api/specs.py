"""What ``run`` takes for a spec, and its check."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tuning_core.datasets import check_own, reading_once, resolve
from tuning_core.planning.limits import check_limits
from tuning_core.space import expected
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.spec.validation import decode

Spec = StudySpec | Mapping[str, Any] | str | os.PathLike[str]


def checked_spec(spec: Spec, home: Path) -> StudySpec:
    """The spec, once it and its table are good; what is doubtful is a warning. Raises SpecError."""
    document = _document(spec)
    with reading_once(document):
        document = resolve(document, home, local_files=True, warn=_warn)
        checked = parse_spec(document, local_files=True)
        check_limits(checked)
        for warning in check_own(checked.dataset, checked.folds, home):
            _warn(warning)
    return checked


def _document(spec: Spec) -> dict[str, Any]:
    """The JSON document of a spec, or of the file that is named."""
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


def _warn(words: object) -> None:
    warnings.warn(str(words), stacklevel=4)
