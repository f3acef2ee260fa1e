"""A study begins with the best of earlier ones: brought into its ranges, said, kept in its spec."""

from __future__ import annotations

from typing import Any

import pytest

from tests.manager.conftest import spec_named
from tuning_core.findings.earlier_words import beginning_words, earlier_words
from tuning_core.manager import Manager, ManagerError
from tuning_core.manager.questions.nested import outer_spec
from tuning_core.manager.searches.earlier import like, with_first
from tuning_core.planning.equal_epochs import race_of
from tuning_core.space import SpecError, space_of
from tuning_core.spec.earlier import fitted
from tuning_core.spec.study import StudySpec, parse_spec


def spec(**fields: Any) -> StudySpec:
    document = spec_named("plain", trials=4).model_dump(mode="json", exclude_none=True)
    return parse_spec({**document, **fields})


@pytest.fixture
def earlier(manager: Manager) -> str:
    """A study whose trials have 1 to 4 units, the last ones the best."""
    study_id = manager.launch(spec(name="plain"))
    manager.wait(study_id, 60)
    return study_id


def test_a_launched_study_has_the_best_configurations_in_its_own_spec(
    manager: Manager, earlier: str
) -> None:
    space = {"units": {"low": 3, "high": 64}}
    study_id = manager.launch(spec(earlier=[earlier], space=space, name="wiser"))
    kept = parse_spec(manager.study(study_id).spec)
    assert kept.earlier == [earlier]
    assert [(f.trial, f.values, f.moved) for f in kept.first or []] == [
        (4, {"units": 4}, []),
        (3, {"units": 3}, []),
    ]  # Those of 1 and 2 units come to 3 as well.
    assert (
        earlier_words(kept) == f"Trials 1 to 2 are the best of plain ({earlier}), beside the budget"
    )
    assert beginning_words(kept).startswith("2 configurations of plain (")
    # Elsewhere the spec runs by what it holds.
    assert with_first(manager.store, kept) is kept
    assert [row.id for row in like(manager.store, "mlp", "digits")][-1] == earlier
    assert like(manager.store, "linear", "digits") == []


def test_what_was_moved_is_said(manager: Manager, earlier: str) -> None:
    wider = with_first(
        manager.store, spec(earlier=[earlier], space={"units": {"low": 16, "high": 64, "step": 8}})
    )
    (first,) = wider.first or []
    assert (first.values, first.moved) == ({"units": 16}, ["units"])
    assert "(units per hidden layer brought into the ranges)" in earlier_words(wider)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"earlier": ["nowhere1"]}, r"earlier\[0\]: there is no study .*give `first`"),
        ({"model": {"family": "linear"}, "space": {}}, "expected a study of the family linear"),
        ({"space": {"units": {"low": 8, "high": 64}, "activation": {"choices": ["tanh"]}}}, ""),
    ],
    ids=["absent", "another family", "what it lacks is drawn"],
)
def test_a_study_that_cannot_be_learnt_from_is_named(
    manager: Manager, earlier: str, fields: dict[str, Any], words: str
) -> None:
    asked = spec(**{"earlier": [earlier], **fields})
    if not words:
        assert with_first(manager.store, asked).first
        return
    with pytest.raises(ManagerError, match=words):
        manager.launch(asked)


def test_numbers_go_to_the_nearest_inside_and_choices_must_be_there() -> None:
    known, space = spec().known, {
        "learning_rate": {"low": 1e-3, "high": 1e-2, "scale": "log"},
        "units": {"low": 16, "high": 64, "step": 16},
        "activation": {"choices": ["relu", "tanh"]},
    }  # fmt: skip
    made = space_of(known, space, "mlp", "classification")
    found = fitted(made, {"learning_rate": 0.5, "units": 39, "activation": "relu", "layers": 9})
    assert found == ({"learning_rate": 1e-2, "units": 32, "activation": "relu"},
                     ["learning_rate", "units"])  # fmt: skip
    assert fitted(made, {"activation": "selu"}) is None
    assert fitted(made, {"units": 48}) == ({"units": 48}, [])


def test_a_wrong_first_configuration_names_its_field() -> None:
    with pytest.raises(SpecError, match=r"first\[1\].values.units: expected"):
        spec(first=[{"values": {"units": 8}}, {"values": {"units": "many"}}])


def test_neither_a_race_nor_an_outer_fold_knows_what_was_found_before() -> None:
    wise = spec(first=[{"values": {"units": 8}}], earlier=["abcdefgh"])
    assert all(r.spec.first is None and not r.spec.earlier for r in race_of(wise, ["random"], 1))
    assert outer_spec(wise, 3, 1).first is None
