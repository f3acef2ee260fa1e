"""The end of a challenge: everybody's rank on the test part at once, and what luck did."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from pages.components.class_room.rank_slopes import STYLE as SLOPES
from pages.components.class_room.rank_slopes import SlopeEntry, rank_slopes
from pages.components.shared.players import Player, luck_of
from tuning_core.analysis.luck import Luck
from tuning_core.catalog import Objective
from tuning_core.classroom.play import Play

FIRST = 3
"""How many of the first on validation are followed by colour."""


def end_html(play: Play, found: Sequence[Player], *, hidden: bool, dark: bool) -> str:
    """The slopes of all ranks, the lead of the first in bars, and the two sentences."""
    assert play.reveal is not None
    reveal = play.reveal
    judged = [player for player in found if player.test_rank is not None]
    slopes = rank_slopes(
        [
            SlopeEntry(
                "" if hidden and not player.machine else player.name,
                player.place.rank or len(judged),
                player.test_rank or len(judged),
                player.machine,
                not player.machine and (player.place.rank or FIRST + 1) <= FIRST,
            )
            for player in judged
        ],
        (
            ("Validation", f"{reveal.validation_rows:,} rows, used to choose"),
            ("Test part", f"{reveal.test_rows:,} rows, new to all"),
        ),
        dark=dark,
        words="A line for each entry, from its rank on validation to that on the test part.",
    )
    luck, words = luck_of(play, found, hidden=hidden)
    objective = play.challenge.objective_info
    bars = how = ""
    if luck is not None and luck.followed:
        bars, how = _bars(luck, objective), _how(luck, reveal.validation_rows, objective)
    lost = len(found) - len(judged)
    without = f"<p>{lost} more have no entry that counts.</p>" if lost else ""
    return (
        f'<div class="ts-board ts-end">{slopes}<div class="ts-luck">{bars}'
        f'<p class="said">{escape(words[0])}</p><p class="said luck">{escape(words[1])}</p>'
        f"{how}{without}</div></div>"
    )


def _bars(luck: Luck, objective: Objective) -> str:
    """The lead of the first over the middle: as chosen, what luck alone gives, what is left."""
    count = len(luck.entries)
    rows = (
        ("on validation, where it was chosen", luck.lead, "seen"),
        (f"by luck alone, the best of {count} equals", luck.by_chance, "chance"),
        ("on the test part", luck.kept, "kept"),
    )
    most = max(*(lead for _, lead, _ in rows), 1e-12)
    drawn = "".join(
        f'<div class="what">{words}</div><div class="bar {kind}"><i style="width:'
        f'{100 * max(lead, 0.0) / most:.1f}%"></i></div><b>{_points(lead, objective)}</b>'
        for words, lead, kind in rows
    )
    unit = ", in percentage points" if objective.metric == "accuracy" else ""
    return f'<h3>Lead of the first over the middle{unit}</h3><div class="leads">{drawn}</div>'


def _how(luck: Luck, rows: int, objective: Objective) -> str:
    """Where the lead by luck alone comes from."""
    unit = " points" if objective.metric == "accuracy" else ""
    return (
        f"<p>On {rows:,} rows a score is off by about {_points(luck.error, objective)}{unit} by "
        "chance; the middle is the entry with as many above it as below.</p>"
    )


def _points(lead: float, objective: Objective) -> str:
    shown = f"{100 * lead:.1f}" if objective.metric == "accuracy" else f"{lead:.2g}"
    return shown.replace("-", "\u2212")


STYLE = f"""<style>{SLOPES}
.ts-end {{ display: grid; grid-template-columns: 1.08fr 1fr; gap: 2.2rem; align-items: start;
  margin-top: -0.6rem; }}
.ts-luck h3 {{ font-size: 1.15rem !important; padding: 0 0 0.5rem !important; margin: 0; }}
.ts-luck .leads {{ display: grid; grid-template-columns: 9.6rem 1fr 2.6rem; gap: 0.5rem 0.7rem;
  align-items: center; margin-bottom: 0.9rem; }}
.ts-luck .what {{ font-size: 0.95rem; line-height: 1.2; }}
.ts-luck .leads b {{ font-size: 1.25rem; font-variant-numeric: tabular-nums; text-align: right; }}
.ts-luck .leads .bar {{ height: 1.9rem; overflow: visible; background: none; }}
.ts-luck .leads .bar i {{ display: block; height: 100%; border-radius: 3px; min-width: 2px;
  background: light-dark(#0f766e, #3cb8ac); }}
.ts-luck .leads .bar.chance i {{ background: repeating-linear-gradient(115deg,
  light-dark(#d55e00, #f0883e) 0 4px, transparent 4px 9px);
  border: 2px solid light-dark(#d55e00, #f0883e); box-sizing: border-box; }}
.ts-luck p {{ font-size: 0.95rem; opacity: 0.8; }}
.ts-luck .said {{ opacity: 1; font-size: 1.3rem !important; line-height: 1.35;
  margin: 0 0 0.8rem !important; }}
.ts-luck .said.luck {{ font-weight: 600; padding-left: 0.8rem;
  border-left: 4px solid light-dark(#d55e00, #f0883e); }}
.st-key-board-main {{ margin-top: -0.3rem; }}
.st-key-board-leave {{ position: fixed; right: 1.6rem; top: 1.2rem; width: auto; }}
.st-key-board-leave a span, .st-key-board-leave a p {{ font-size: 0.9rem !important; }}
@media (max-width: 900px) {{ .ts-end {{ grid-template-columns: 1fr; }} }}
</style>"""
