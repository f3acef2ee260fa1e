"""The caps of this server, as a manager says them."""

from __future__ import annotations

from tuning_core.catalog.limits import LimitsError, check_variable
from tuning_core.home.errors import HomeError, ManagerError
from tuning_core.planning.limits import check_limits
from tuning_core.space import SpecError
from tuning_core.spec.study import StudySpec


def read_caps() -> None:
    """Raises HomeError for a ``TUNESCAPE_LIMITS`` that cannot be understood."""
    try:
        check_variable()
    except LimitsError as error:
        raise HomeError(str(error)) from None


def refuse_beyond_caps(spec: StudySpec, *, added: int = 0) -> None:
    """Raises ManagerError for a study that asks for more than this server gives.

    ``added`` are the trials that readers added beside its budget.
    """
    try:
        check_limits(spec, added=added)
    except SpecError as error:
        raise ManagerError(str(error)) from None
