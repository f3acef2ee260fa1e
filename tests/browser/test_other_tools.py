"""A search of Optuna in a real browser: watched while it runs, then taken in as a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import optuna
import pytest
from playwright.sync_api import Page, expect

import tuning_core
from tests.browser.conftest import Server

pytestmark = pytest.mark.browser

HELD, TRIALS = 3, 8


@contextmanager
def searching(storage: Path, home: Path) -> Iterator[Event]:
    """A watched search that waits before its fourth trial until the event is set."""
    optuna.logging.disable_default_handler()
    study = optuna.create_study(
        storage=f"sqlite:///{storage}",
        study_name="theirs",
        sampler=optuna.samplers.TPESampler(seed=0),
    )
    go = Event()

    def loss(trial: optuna.Trial) -> float:
        if trial.number == HELD:
            go.wait()
        x = trial.suggest_float("x", -4, 4)
        bend = trial.suggest_categorical("bend", ["none", "square", 3])
        for epoch in range(3):
            trial.report(x * x / (epoch + 1), epoch)
        return x * x + (bend == "none")

    watched = tuning_core.watch_optuna(study, name="Watched", home=home)
    with ThreadPoolExecutor(1) as pool:
        search = pool.submit(study.optimize, loss, n_trials=TRIALS, callbacks=[watched])
        try:
            yield go
        finally:
            go.set()
        search.result()


def test_a_search_of_optuna_is_watched_and_taken_in(
    page: Page, server: Server, tmp_path: Path
) -> None:
    storage = tmp_path / "search.db"
    with searching(storage, server.home) as go:
        page.goto(f"{server.address}/library")
        page.get_by_role("link", name="Watched").click()
        state = page.get_by_test_id("study-state")
        expect(state).to_contain_text("trial 4", ignore_case=True)
        # What cannot be controlled from here is not offered.
        for name in ("Stop", "Pause", "Change"):
            expect(page.get_by_role("button", name=name)).to_have_count(0)
        go.set()
        expect(state).to_contain_text(f"{TRIALS} trials in")

    page.goto(f"{server.address}/library")
    page.get_by_role("button", name="Import").click()
    page.get_by_test_id("stFileUploader").locator("input").set_input_files(storage)
    expect(page.get_by_text(f"Optuna storage: {TRIALS} trials, 2 hyperparameters")).to_be_visible()
    page.get_by_role("button", name="Import").last.click()
    expect(state).to_contain_text("Imported from Optuna")
    expect(page.get_by_test_id("stMain")).to_contain_text(re.compile(rf"{TRIALS}\s*trials ended"))
    page.get_by_text("Parallel coordinates", exact=True).first.click()
    expect(page.locator("canvas").first).to_be_visible()
