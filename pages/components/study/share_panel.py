"""Sharing a study: the address that lets others see rows of its own table, and its end."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from pages.components.shared.chart_place import say
from pages.components.shared.errors import press
from pages.components.shared.user import person
from pages.components.study.controls import close_panel
from tuning_core.findings.formatting import count
from tuning_core.findings.live import LiveStudy
from tuning_core.manager import Manager, ManagerError
from tuning_core.spec.model import Ability

SHARE = "share"
"""The parameter of an address that holds a study's token."""


def take_share(study_id: str, engine: Manager) -> None:
    """Take a token out of the address: the user sees rows of the study from now on."""
    token = st.query_params.get(SHARE)
    if token is None:
        return
    del st.query_params[SHARE]
    try:
        engine.access.accept(study_id, token, person())
    except ManagerError as error:
        st.warning(str(error))


def render_share(live: LiveStudy, engine: Manager) -> None:
    """Draw the address that shares the study, what it gives, and the way to withdraw it."""
    study = live.study
    if not live.spec.dataset.own:
        can = "look at this study" + " and clone it" * (Ability.WHAT_IF in live.spec.abilities)
        say(f"Everybody who reaches this server can {can}: send this.")
        _render_address(study.id)
        _render_close()
        return
    if not engine.access.may_see_rows(study, person()):
        say("Whose table this is can share the study: its rows come with it.")
        _render_close()
        return
    shared = engine.access.shared(study.id)
    say(
        "Everybody here sees the study and its aggregate pictures. Whoever opens the address also "
        "sees rows of its data (predictions, mistakes, Try it) and can search on it."
    )
    if shared is not None:
        _render_address(study.id, shared.token)
        opened = count(len(shared.users), "other user")
        say(f"Opened by {opened} so far." if shared.users else "Nobody has opened it yet.")
    with st.container(horizontal=True, gap="small"):
        if shared is None:
            st.button(
                "Make an address",
                key="share-begin",
                on_click=press,
                args=(engine.access.share, study),
                kwargs={"by": person()},
            )
        else:
            st.button(
                "Withdraw",
                key="share-withdraw",
                on_click=press,
                args=(engine.access.withdraw, study.id),
                kwargs={"by": person()},
                help="The address is worth nothing then, and those who opened it see no more rows.",
            )
        _render_close()


def _render_address(study_id: str, token: str = "") -> None:
    query = {"id": study_id} | ({SHARE: token} if token else {})
    st.code(f"{st.context.url or '/study'}?{urlencode(query)}", language=None)


def _render_close() -> None:
    st.button("Close", key="panel-cancel", type="tertiary", on_click=close_panel)
