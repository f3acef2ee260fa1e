"""Status: what this server and its machine are doing."""

from __future__ import annotations

import streamlit as st

from pages.components.app.navigation import guard
from pages.components.status.server_status import TICK, render_status

guard("pages/status.py")

st.title("Server status")
st.fragment(render_status, key="server-status", run_every=TICK)()
