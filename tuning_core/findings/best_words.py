"""What the best configuration gained over the default, as far as anybody knows."""

from __future__ import annotations

from collections.abc import Mapping

from tuning_core.analysis.confirmation import Verdict
from tuning_core.catalog import Value
from tuning_core.findings.formatting import gap, score
from tuning_core.findings.live import LiveStudy
from tuning_core.manager.questions.confirmation import DEFAULT
from tuning_core.space import default_config
from tuning_core.spec.model import Ability
from tuning_core.spec.study import StudySpec
from tuning_core.store import TrialRow


def known_defaults(spec: StudySpec) -> dict[str, Value]:
    """The defaults by name; of what another tool recorded nobody may know one."""
    declared = spec.model.declared or {}
    return {
        name: each.default
        for name, each in spec.known.items()
        if name not in declared or declared[name].default is not None
    }


def gain_words(live: LiveStudy, best: TrialRow, verdict: Verdict | None) -> str:
    """What the search gained: on new seeds where both were confirmed, else in the search."""
    pair = None if verdict is None else verdict.pair(best.number, DEFAULT)
    if pair is not None:
        better = pair.gap if pair.first == best.number else -pair.gap
        words = f"On {pair.seeds} new seeds it is {gap(better)} "
        words += "better" if better >= 0 else "worse"
        luck = "" if pair.told_apart else ", which luck alone could bring about"
        return f"{words} than the default on average{luck}."
    default = default_trial(live)
    objective = live.spec.objective_info
    if default is None:
        words = "No trial had the default configuration, so what the search gained is not known"
        can = Ability.TRAIN in live.spec.abilities
        return f"{words}: confirm the winner beside it, below." if can else f"{words}."
    if default.number == best.number:
        return "The default is the best: the search gained nothing over it."
    assert default.score is not None
    assert best.score is not None
    return (
        f"The default, trial {default.number}, scored {score(default.score, objective.id)}: the "
        f"search gained {gap(best.score - default.score)}."
    )


def default_trial(live: LiveStudy) -> TrialRow | None:
    """The best trial with a score that has the default configuration, None without one."""
    wanted = default_config(live.spec.search_space)
    searched = [p.name for p in live.spec.search_space.searched]
    alike = (
        trial
        for trial in live.ranked()
        # Few pass this, which is quick.
        if all(trial.config.get(name) == wanted.get(name) for name in searched if name in wanted)
    )
    meant = _meant(wanted, live)
    return next((trial for trial in alike if _meant(trial.config, live) == meant), None)


def _meant(config: Mapping[str, Value], live: LiveStudy) -> dict[str, Value]:
    return live.spec.in_effect(config)
