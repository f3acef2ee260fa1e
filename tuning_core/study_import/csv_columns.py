"""What the columns of a table of trials are: hyperparameters, metrics, statuses, times or names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tuning_core.catalog import TrialStatus
from tuning_core.study_import.metric_names import is_metric
from tuning_core.study_import.reader import ReadOptions
from tuning_core.study_import.run_files import RunsError

OURS = ("number", "status", "score", "best_epoch")
"""How the columns of our own table of trials begin."""

_OUR_END = ("trained_epochs", "seconds", "parent", "parameters", "note")
_OUR_MARKS = ("star", "tags", "own_note")
"""Behind them, where the table was written by a version that has these."""

_OUR_MARK = " (hyperparameter)"
"""Behind the name of a hyperparameter that one of these columns has too."""

_OUR_ROLES = {
    **{role: role for role in ("status", "best_epoch", "seconds", "parent")},
    "epochs": "trained_epochs",
    "size": "parameters",
    "message": "note",
}
_PREFIXES = (
    *("params_", "params.", "params/", "param_", "param.", "parameters.", "parameter_"),
    *("hyperparameters.", "hyperparameter_", "hparams.", "hparams/", "hparams_", "hp_", "hp."),
    *("config/", "config.", "config_"),
)
"""Before the names of hyperparameters, in the tables of several tools."""

_ROLES = {
    "status": ("status", "state", "trial_status", "run_status"),
    "message": ("note", "notes", "message", "error_message", "comment"),
    "seconds": (
        "seconds",
        "duration",
        "runtime",
        "elapsed",
        "time_total_s",
        "train_time",
        "_runtime",
    ),
    "started": (
        *("started", "start_time", "datetime_start", "created", "created_at", "timestamp"),
        *("date", "starttime", "_timestamp"),
    ),
    "ended": ("ended", "end_time", "datetime_complete", "finished", "completed_at"),
    "best_epoch": ("best_epoch", "best_step", "best_iteration"),
    "epochs": ("trained_epochs", "epochs_trained", "training_iteration", "_step", "n_epochs"),
    "name": (
        *("", "#", "index", "id", "number", "trial", "trial_id", "trial_number", "run", "run_id"),
        *(
            "name",
            "run_name",
            "experiment",
            "experiment_id",
            "experiment_tag",
            "trial_name",
            "tags",
        ),
        *("user", "host", "hostname", "node_ip", "pid", "logdir", "done", "git_commit"),
    ),
}
_FEW = 10
_NAMES_SHOWN = 40

STATUS_WORDS = {
    **dict.fromkeys(
        ("completed", "complete", "success", "succeeded", "finished", "done", "ok", "terminated"),
        TrialStatus.COMPLETED,
    ),
    **dict.fromkeys(("pruned", "stopped", "early_stopped", "early stopped"), TrialStatus.PRUNED),
    **dict.fromkeys(("skipped",), TrialStatus.SKIPPED),
    **dict.fromkeys(("diverged", "nan"), TrialStatus.DIVERGED),
    **dict.fromkeys(
        ("failed", "fail", "failure", "error", "errored", "crashed", "killed", "invalid"),
        TrialStatus.FAILED,
    ),
    **dict.fromkeys(("running", "in progress", "started"), TrialStatus.RUNNING),
    **dict.fromkeys(("waiting", "queued", "pending", "scheduled"), TrialStatus.WAITING),
}


@dataclass
class Columns:
    """The columns by what they are; hyperparameters by the names that a study gives them."""

    objective: str
    ours: bool
    parameters: dict[str, str] = field(default_factory=dict)
    metrics: list[str] = field(default_factory=list)
    roles: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def columns_of(
    names: Sequence[str],
    kinds: Mapping[str, str],
    distinct: Mapping[str, int],
    rows: int,
    options: ReadOptions,
) -> Columns:
    """What each column is. ``kinds`` are number, flag or text, ``distinct`` their values.

    Raises RunsError where the objective, or a hyperparameter, is no column.
    """
    recorded = (
        names[: -len(_OUR_MARKS)] if tuple(names[-len(_OUR_MARKS) :]) == _OUR_MARKS else names
    )
    ours = tuple(names[: len(OURS)]) == OURS and tuple(recorded[-len(_OUR_END) :]) == _OUR_END
    found = Columns(_objective(names, kinds, ours, options), ours)
    chosen = [name for name in options.parameters if name not in names]
    if chosen:
        raise RunsError(
            f"parameters: {chosen[0]!r} is no column. Expected some of {_listed(names)}.",
            "parameters",
            names,
        )
    if ours and not options.parameters:
        given = recorded[len(OURS) : -len(_OUR_END)]
        found.parameters = {name: name.removesuffix(_OUR_MARK) for name in given}
        found.roles = dict(_OUR_ROLES)
        return found
    rest = [name for name in names if name != found.objective]
    prefix = _prefix(rest)
    for name in rest:
        if options.parameters:
            if name in options.parameters:
                found.parameters[name] = name
                continue
        elif prefix and name.lower().startswith(prefix):
            found.parameters[name] = name[len(prefix) :]
            continue
        if (role := _role(name)) is not None and role not in found.roles:
            found.roles[role] = name
        elif kinds[name] == "number" and is_metric(name):
            found.metrics.append(name)
        elif role is not None:
            continue
        elif options.parameters or prefix or _is_name(kinds[name], distinct[name], rows):
            found.left_out.append(name)
        else:
            found.parameters[name] = name
    return found


def _objective(
    names: Sequence[str], kinds: Mapping[str, str], ours: bool, options: ReadOptions
) -> str:
    if options.objective in names and options.objective:
        if kinds[options.objective] != "number":
            raise RunsError(
                f"objective: the column {options.objective!r} has texts; expected one of numbers.",
                "objective",
            )
        return options.objective
    if ours:
        return "score"
    numbers = [name for name in names if kinds[name] == "number"]
    if not numbers:
        raise RunsError("The table has no column of numbers, so no trial has a score.")
    if options.objective:
        raise RunsError(
            f"objective: {options.objective[:60]!r} is no column of the table. It has "
            f"{_listed(names)}.",
            "objective",
            numbers,
        )
    raise RunsError(
        "objective: say which column is the score, with --objective and --direction. The table "
        f"has {_listed(names)}.",
        "objective",
        sorted(numbers, key=lambda name: not is_metric(name)),
    )


def _prefix(names: Sequence[str]) -> str:
    """What stands before the names of hyperparameters, where a tool marks them."""
    for prefix in _PREFIXES:
        if any(name.lower().startswith(prefix) and len(name) > len(prefix) for name in names):
            return prefix
    return ""


def _role(name: str) -> str | None:
    bare = name.strip().lower()
    bare = "" if bare.startswith(("unnamed", "column_1")) else bare
    return next((role for role, known in _ROLES.items() if bare in known), None)


def _is_name(kind: str, distinct: int, rows: int) -> bool:
    """Whether a column of texts names the rows: another one in each."""
    return kind == "text" and rows > _FEW and distinct >= rows


def _listed(names: Sequence[str]) -> str:
    listed = ", ".join(repr(name[:_NAMES_SHOWN]) for name in names[:_NAMES_SHOWN])
    return f"{listed} and {len(names) - _NAMES_SHOWN} more" if names[_NAMES_SHOWN:] else listed
