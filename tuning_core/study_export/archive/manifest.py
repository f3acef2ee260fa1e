"""The first page of a study file: what it is, of which study, written when."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from tuning_core.spec.study_name import study_name
from tuning_core.study_export.archive.errors import ArchiveError

VERSION = 1


class Manifest(BaseModel):
    """``id`` and ``name`` are those of the exported study; times are unix seconds."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)

    format: Literal["tunescape-study"] = "tunescape-study"
    version: Annotated[int, Field(ge=1)] = VERSION
    id: Annotated[str, Field(pattern=r"^[a-z0-9]{8}$")]
    name: str
    status: Annotated[str, Field(max_length=20)]
    created: Annotated[float, Field(ge=0, le=1e11)]
    exported: Annotated[float, Field(ge=0, le=1e11)]

    @field_validator("name")
    @classmethod
    def _named(cls, value: str) -> str:
        return study_name(value)


def parse_manifest(content: bytes) -> Manifest:
    """The manifest; ArchiveError for anything else, and for a later version."""
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))[:60]
        raise ArchiveError(
            f"study.json of this study file cannot be read ({place}: {first['msg'][:120]})."
        ) from None
    if manifest.version > VERSION:
        raise ArchiveError(
            f"This study file has version {manifest.version}; this Tunescape reads up to "
            f"{VERSION}. Update this copy."
        )
    return manifest
