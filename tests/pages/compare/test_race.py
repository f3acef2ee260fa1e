"""A race on its page: its plan, its start, its end, and one that is not here."""

from __future__ import annotations

import pytest

from pages.components.shared.errors import SENTENCE
from tests.manager.conftest import eventually, spec_named
from tests.pages.conftest import Opener, words
from tests.pages.library.test_library import user_of
from tuning_core.manager import Manager

pytestmark = pytest.mark.usefixtures("scripted")


def test_a_race_is_planned_started_and_shown_to_its_end(opened: Opener, engine: Manager) -> None:
    app = opened("compare", race="new")
    assert "<b>15</b><span>studies</span>" in words(app)
    app.number_input(key="race-seeds").set_value(2)
    app.multiselect(key="race-strategies").set_value(["random", "grid"]).run()
    assert "<b>4</b><span>studies</span>" in words(app)
    app.button(key="race-start").click().run()
    [race] = engine.races.recent()
    assert race.user == user_of(app)
    assert app.query_params["race"] in (race.id, [race.id])
    eventually(lambda: all(row and not row.status.active for row in engine.races.rows(race)))
    app.run()
    said = words(app)
    assert SENTENCE not in said
    assert "4 of 4 searches have ended." in said
    assert "Random search and Grid search" in said
    assert "2 seeds say nothing about strategies" in said
    assert "<td>2 of 2</td>" in said
    assert len(app.get("vega_lite_chart")) == 1
    assert not {"race-stop", "race-go-on"} & {button.key for button in app.button}


def test_whose_race_it_is_stops_it_and_goes_on(opened: Opener, engine: Manager) -> None:
    engine.launch(spec_named("endless"))
    race_id = engine.races.start(spec_named("plain"), ["random"], 2, user="another")
    keys = [button.key for button in opened("compare", race=race_id).button]
    assert "race-stop" not in keys
    engine.races.stop(race_id)
    mine = engine.races.start(spec_named("plain"), ["random"], 1)
    app = opened("compare", race=mine)
    app.button(key="race-stop").click().run()
    assert [row and row.status for row in engine.races.rows(engine.races.race(mine))] == ["stopped"]
    app.button(key="race-go-on").click().run()
    assert "0 of 1" in words(app)


def test_what_cannot_race_and_a_race_that_is_not_here_are_said(
    opened: Opener, engine: Manager
) -> None:
    app = opened("compare", race="aaaaaaaa")
    assert "There is no race" in app.warning[0].value
    app.multiselect(key="race-strategies").set_value([]).run()
    assert app.button(key="race-start").disabled
    assert [error.value for error in app.error] == ["Choose at least one strategy."]


@pytest.mark.parametrize("seeds", [999, 0])
def test_seeds_that_cannot_be_raced_have_no_plan(opened: Opener, seeds: int) -> None:
    app = opened("compare", race="new")
    field = app.number_input(key="race-seeds")
    # What a browser holds back beyond a bound is not heard of here, and the old plan stays.
    assert field.max is None or field.max > seeds
    field.set_value(seeds).run()
    assert f"from 1 to 20, received {seeds}" in app.error[0].value.replace("\\", "")
    assert "studies" not in words(app)
    assert app.button(key="race-start").disabled
