"""The studies that are compared: those of the address, chosen from all, read by cursor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pages.components.shared import html
from pages.components.shared.user import user_id
from tuning_core.charts.compare.several import is_dashed, study_colour
from tuning_core.findings.formatting import count
from tuning_core.findings.live import LiveStudy
from tuning_core.manager import Manager
from tuning_core.space import SpecError
from tuning_core.spec.study import parse_spec
from tuning_core.store import Store, StudyRow

MOST = 12
"""Studies on one picture: beyond these nobody tells the lines apart."""
OFFERED = 300
"""Studies that the list offers, the latest of yours first."""

_CHOSEN, _READ, _LIVES = "compare-studies", "compare_address_read", "compared_studies"


@dataclass(frozen=True)
class Compared:
    """A study, its ``label`` on the pictures and the ``place`` of its colour."""

    label: str
    place: int
    live: LiveStudy


def render_choice(engine: Manager) -> list[str]:
    """Draw the list of studies to choose from; ids of those chosen, which the address carries."""
    asked = list(dict.fromkeys(part for part in st.query_params.get("ids", "").split(",") if part))
    studies = {study.id: study for study in engine.store.studies()}
    known = [study_id for study_id in asked if study_id in studies]
    if st.session_state.get(_READ) != asked:
        st.session_state[_READ] = asked
        st.session_state[_CHOSEN] = known[:MOST]
    # One that was deleted since would no longer be an option.
    st.session_state[_CHOSEN] = [i for i in st.session_state.get(_CHOSEN, known) if i in studies]
    own = engine.store.readers.studies(user_id())
    offered = sorted(studies, key=lambda study_id: study_id not in own)[:OFFERED]
    options = list(dict.fromkeys([*st.session_state[_CHOSEN], *offered]))
    names = Counter(study.name for study in studies.values())

    def shown(study_id: str) -> str:
        study = studies[study_id]
        return study.name if names[study.name] == 1 else f"{study.name} · {study_id}"

    chosen: list[str] = st.multiselect(
        "Studies",
        options,
        format_func=shown,
        key=_CHOSEN,
        max_selections=MOST,
        placeholder="Choose studies to compare",
    )
    _complain(asked, known)
    if chosen != known:
        st.session_state[_READ] = chosen
        if chosen:
            st.query_params["ids"] = ",".join(chosen)
        else:
            st.query_params.pop("ids", None)
    return chosen[:MOST]


def _complain(asked: Sequence[str], known: Sequence[str]) -> None:
    if len(known) > MOST:
        st.html(
            html.text(
                f"The address names {len(known)} studies. The first {MOST} are shown, as many as "
                "can be told apart on one picture.",
                "ts-muted ts-small",
            )
        )
    gone = len(asked) - len(known)
    if gone:
        words = "is not here (any more)" if gone == 1 else "are not here (any more)"
        said = f"{count(gone, 'study', 'studies')} of the address {words}; the others are shown."
        st.html(html.text(said, "ts-muted ts-small"))


def compared(ids: Sequence[str], store: Store) -> list[Compared]:
    """The studies brought up to date; those that are gone, or cannot be read, are left out."""
    lives: dict[str, LiveStudy] = st.session_state.setdefault(_LIVES, {})
    for study_id in [*lives]:
        if study_id not in ids:
            del lives[study_id]
    for study_id in ids:
        try:
            if study_id not in lives:
                study = store.study(study_id)
                if study is None:
                    continue
                spec = parse_spec(study.spec, local_files=True)
                lives[study_id] = LiveStudy(study, spec, spec.plan(), store)
            lives[study_id].pull()
        except (KeyError, SpecError):
            lives.pop(study_id, None)
    found = [(place, lives[study_id]) for place, study_id in enumerate(ids) if study_id in lives]
    labels = short_labels([live.study for _, live in found])
    return [
        Compared(label, place, live) for label, (place, live) in zip(labels, found, strict=True)
    ]


def places_of(studies: Sequence[Compared]) -> tuple[tuple[str, int], ...]:
    """The labels of studies, each with the place of its colour."""
    return tuple((one.label, one.place) for one in studies)


def render_key(studies: Sequence[Compared]) -> None:
    """Say whose the colours of a picture are: in HTML, which a narrow screen breaks into lines."""
    dark = html.is_dark()
    st.html(
        "".join(
            f'<span class="ts-key"><i style="border-top-color:{study_colour(one.place, dark)};'
            f'border-top-style:{"dashed" if is_dashed(one.place) else "solid"}"></i>'
            f"{html.text(one.label, 'ts-small')}</span>"
            for one in studies
        )
    )


def short_labels(studies: Sequence[StudyRow]) -> list[str]:
    """What tells the names apart, and the id where nothing does."""
    words = [study.name.split() for study in studies]
    same = 0
    while all(len(name) > same + 1 and name[same] == words[0][same] for name in words):
        same += 1
    short = [" ".join(name[same:]) for name in words]
    seen = Counter(short)
    return [
        name if seen[name] == 1 else f"{name[:12]} {study.id}"
        for name, study in zip(short, studies, strict=True)
    ]
