"""A report as one HTML file: no other host, no address, every chart inside."""

from __future__ import annotations

import time
from html import escape
from importlib.resources import files
from statistics import median

from tuning_core.analysis.ablation import path_from
from tuning_core.charts.parts.theme import DARK, LIGHT, Theme
from tuning_core.findings.best_words import gain_words, known_defaults
from tuning_core.findings.effect_words import columns_words
from tuning_core.findings.formatting import STATUS_WORDS, gap, score, study_line
from tuning_core.findings.reference_words import references_said, simpler_words
from tuning_core.findings.taught_words import path_words
from tuning_core.report.elements import Figure, Section
from tuning_core.report.figures import Figures
from tuning_core.report.sections import SECTIONS
from tuning_core.report.sections.setting import ending
from tuning_core.report.told import Told

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
"""What a browser lets the file do: nothing from anywhere, and no string becomes code."""


_LICENCE = "/* Vega, Vega-Lite, Vega-Embed: BSD 3-Clause, UW Interactive Data Lab */\n"


def report(told: Told) -> str:
    """The whole file."""
    figures = Figures()
    sections = [found for make in SECTIONS if (found := make(told)) is not None]
    body = "".join(_section(section, figures) for section in sections)
    contents = "".join(f'<a href="#{s.id}">{escape(s.title)}</a>' for s in sections)
    name = escape(told.study.name)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{name}: report</title><style>{_style()}</style></head><body>"
        f"<header><h1>{name}</h1>{_line(told)}</header>{_answers(told)}"
        f'<nav aria-label="Sections">{contents}</nav><main>{body}</main>'
        f'<script type="application/json" id="charts">{figures.as_json()}</script>'
        f"<script>{_vega()}</script><script>{_asset('report.js')}</script></body></html>\n"
    )


def _line(told: Told) -> str:
    status = STATUS_WORDS[told.study.status]
    moment = time.strftime("%d %B %Y", time.gmtime(told.written))
    words = f"{study_line(told.study.spec)} · {status} · report of {moment}"
    note = "" if told.study.status == "finished" else f'<p class="note">{escape(ending(told))}</p>'
    return f"<p class=quiet>{escape(words)}</p>{note}"


def _answers(told: Told) -> str:
    """The five answers that somebody in a hurry reads."""
    if not told.live.trials:
        words = "No trial has ended, so there is nothing to tell yet."
        return f'<section class="answers"><p>{escape(words)}</p></section>'
    said = {sentence.title: sentence.words for sentence in told.sentences}
    lines = [("What won", said.get("What won", "")), ("By how much", _by_how_much(told))]
    real = said.get("Real or luck", "One alone has nothing to compare with.")
    mattered = said.get("What mattered", "")
    plain, trained = told.result("baselines"), path_from(told.result("ablation") or {})
    real = f"{real} {references_said(plain or {})}".strip()
    if trained is not None:
        mattered = f"{path_words(told.live, trained)} {mattered}"
    if (columns := told.result("columns")) is not None:
        mattered = f"{mattered} Of the inputs: {columns_words(columns)}"
    lines += [("Is it real", real), ("What mattered", mattered.strip())]
    lines.append(("What next", _next(told, said.get("What next", ""))))
    rows = "".join(f"<dt>{escape(t)}</dt><dd>{escape(w)}</dd>" for t, w in lines if w)
    return f'<section class="answers" aria-label="The answer"><dl>{rows}</dl></section>'


def _next(told: Told, step: str) -> str:
    """What is worth doing: first what keeps the result from being relied on."""
    doubtful = any(sentence.step == "confirm" for sentence in told.sentences)
    doubt = (
        "Train the best few again on new seeds before relying on the winner." if doubtful else ""
    )
    simpler = simpler_words(told.result("baselines") or {})
    return " ".join(words for words in (simpler, doubt, step) if words)


def _by_how_much(told: Told) -> str:
    best = told.live.best
    if best is None:
        return ""
    objective = told.spec.objective_info
    scores = [trial.score for trial in told.live.ranked() if trial.score is not None]
    words = ""
    if len(scores) > 1 and best.score is not None:
        middle = median(scores)
        ahead = best.score - middle
        words = f"It is {gap(ahead)} better than the median trial. "
        if not ahead:
            words = "Half of the trials are as good. "
    if known_defaults(told.spec):
        gained = gain_words(told.live, best, told.verdict)
        words += gained.partition(": confirm")[0].rstrip(".") + "."
    value = (told.study.test or {}).get(objective.metric)
    if value is not None:
        words += f" On the test part, which chose nothing, it has {score(value, objective.id)}."
    return words


def _section(section: Section, figures: Figures) -> str:
    pieces = "".join(
        figures.add(piece) if isinstance(piece, Figure) else piece.content
        for piece in section.pieces
    )
    return f'<section id="{section.id}"><h2>{escape(section.title)}</h2>{pieces}</section>'


def _style() -> str:
    colours = f":root{{{_colours(LIGHT)}}}"
    dark = f"@media screen and (prefers-color-scheme: dark){{:root{{{_colours(DARK)}}}}}"
    return colours + dark + _asset("report.css")


def _colours(theme: Theme) -> str:
    names = ("accent", "text", "muted", "grid", "halo", "bad")
    return ";".join(f"--{name}:{getattr(theme, name)}" for name in names)


def _asset(name: str) -> str:
    return files("tuning_core.report").joinpath(name).read_text(encoding="utf-8")


def _vega() -> str:
    """Vega, Vega-Lite and Vega-Embed with all that they need."""
    import vl_convert

    code: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return _LICENCE + code.replace("</script", "<\\/script").replace("<!--", "<\\!--")
