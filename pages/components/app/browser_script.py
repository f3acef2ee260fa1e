"""What the browser does by itself on every page.

- A link within a page moves the address at the click. Streamlit moves it for links to other pages
  alone, and every widget sends its address along: one that is used before the page has been drawn
  would bring back what the link has left.
- A view within another page (``embed=true``) has a link to itself with navigation, in a new tab.
- A change of theme while a page is open, such as in the evening, draws it anew: charts take their
  colours from the theme that a run has found, and a browser asks for no run by itself.
"""

from __future__ import annotations

import streamlit as st

_KEY = "browser-script"


def run_browser_script() -> None:
    """Have the browser run the script, which shows nothing."""
    _component()(key=_KEY, on_dark_change=lambda: None)


@st.cache_resource(show_spinner=False)
def _component():  # type: ignore[no-untyped-def]
    return st.components.v2.component("browser_script", js=_SCRIPT)


_SCRIPT = """
export default function ({ setStateValue }) {
  const app = document.querySelector(".stApp");
  const dark = () => getComputedStyle(app).colorScheme === "dark";
  let shown = dark();
  let waiting = 0;
  const check = () => {
    if (dark() === shown) return;
    shown = !shown;
    // The run is told the theme that Streamlit's client has taken over by then.
    clearTimeout(waiting);
    waiting = setTimeout(() => setStateValue("dark", shown), 100);
  };
  const follow = (event) => {
    const link = event.target.closest('[data-testid="stPageLink"] a');
    const here = window.location;
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)
      return;
    if (link.origin !== here.origin || link.pathname !== here.pathname || link.href === here.href)
      return;
    event.preventDefault();
    event.stopPropagation();
    // As the browser's own Back does: Streamlit takes the address over and asks for a run of it.
    window.history.pushState({}, "", link.href);
    window.dispatchEvent(new PopStateEvent("popstate"));
  };
  const whole = document.createElement("a");
  const aim = () => {
    const address = new URL(window.location.href);
    ["embed", "embed_options"].forEach((name) => address.searchParams.delete(name));
    whole.href = address.href;
  };
  if (document.documentElement.classList.contains("ts-embed")) {
    Object.assign(whole, { className: "ts-whole", target: "_blank", rel: "noopener" });
    whole.textContent = "Open in Tunescape";
    ["pointerenter", "pointerdown", "focus"].forEach((event) =>
      whole.addEventListener(event, aim),
    );
    aim();
    app.append(whole);
  }
  const watch = new MutationObserver(check);
  watch.observe(app, { attributes: true, attributeFilter: ["class", "style"] });
  document.addEventListener("click", follow, true);
  app.dataset.links = "followed";
  return () => {
    delete app.dataset.links;
    whole.remove();
    clearTimeout(waiting);
    watch.disconnect();
    document.removeEventListener("click", follow, true);
  };
}
"""
