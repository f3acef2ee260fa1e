"""Any trial of a study opens in What-if."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.what_if_link import query_of
from pages.components.study.live import LiveStudy
from tuning_core.space import SpecError
from tuning_core.spec.study import StudySpec
from tuning_core.spec.training_request import MAX_EPOCHS, TrainingRequest, parse_training
from tuning_core.store import TrialRow


def request_of_trial(spec: StudySpec, trial: TrialRow) -> TrainingRequest | None:
    """The training of a trial; None where What-if has no such data.

    Without folds and repeats it is the very same: data, seed and epochs are the trial's.
    """
    values = {name: value for name, value in trial.config.items() if name != "epochs"}
    try:
        return parse_training(
            {
                "dataset": spec.dataset.model_dump(mode="json", exclude_none=True),
                "family": spec.model.family,
                "values": values,
                "epochs": min(MAX_EPOCHS, trial.target_epochs or spec.budget.epochs),
                "seed": spec.seed,
                "trial": trial.number,
                "objective": spec.objective,
            }
        )
    except SpecError:
        # A file named on the command line: a page may not read it.
        return None


def render_open_in_what_if(live: LiveStudy, trial: TrialRow, place: str = "open") -> None:
    """Draw the button that opens a trial in What-if; nothing where it cannot be.

    ``place`` tells the button from others for the same study on the page.
    """
    request = request_of_trial(live.spec, trial)
    if request is None:
        return
    if st.button(
        "Open in What-if",
        key=f"{place}-what-if-{live.study.id}",
        help=f"The knobs as in trial {trial.number}, the same data and seed.",
    ):
        st.switch_page("pages/what_if.py", query_params=query_of(request))
