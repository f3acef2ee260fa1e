"""Streamlit's own settings from the environment, such as STREAMLIT_BROWSER_SERVER_ADDRESS.

``streamlit run`` reads them; an app that is started by its own script has to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamlit import config

_BOOLEANS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def settings_from(environment: Mapping[str, str]) -> dict[str, Any]:
    """The settings that an environment gives, by name; lists are separated by spaces.

    Raises ValueError (one sentence) when a value is not of the setting's type.

    >>> settings_from({"STREAMLIT_SERVER_MAX_UPLOAD_SIZE": "20"})
    {'server.maxUploadSize': 20}
    """
    found: dict[str, Any] = {}
    for name, option in config._config_options_template.items():
        text = environment.get(option.env_var, "").strip()
        # Streamlit reads the sensitive ones by itself, and takes them from nowhere else.
        if text and not option.sensitive:
            found[name] = text.split() if option.multiple else _parsed(option.env_var, option, text)
    return found


def _parsed(variable: str, option: Any, text: str) -> Any:
    try:
        return _BOOLEANS[text.lower()] if option.type is bool else option.type(text)
    except (KeyError, ValueError):
        raise ValueError(
            f"{variable}: expected {option.type.__name__}, received {text[:40]!r}. "
            "Correct it or leave it out."
        ) from None
