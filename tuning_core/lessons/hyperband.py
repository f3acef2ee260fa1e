"""Lesson: Hyperband as a race with promotions."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from tuning_core.charts import lessons as charts
from tuning_core.lessons import parts
from tuning_core.spec.plan import Round, hyperband_schedule

EPOCHS = 9
FACTOR = 3
RATES = (0.003, 0.0003, 0.3, 0.01, 1e-5, 0.03, 0.001, 0.1, 1e-4)
"""Learning rates of the contestants, in no order; the first bracket takes all nine."""


@dataclass(frozen=True)
class Race:
    """Who is in each round, and after how many epochs the round ends."""

    rounds: tuple[Round, ...]
    entrants: tuple[tuple[str, ...], ...]

    @property
    def epochs(self) -> int:
        """Epochs that the race has trained."""
        return sum(
            len(names) * (item.epochs - item.initial_epoch)
            for item, names in zip(self.rounds, self.entrants, strict=True)
        )


def runs(chosen: parts.Chosen) -> tuple[parts.LessonRun, ...]:
    """Every contestant to the end, so that it can be seen what the losers would have done."""
    return tuple(
        parts.run(charts.number_text(rate), {"learning_rate": rate}, EPOCHS) for rate in RATES
    )


def bracket() -> tuple[Round, ...]:
    """The rounds of Hyperband's first bracket, for as many contestants as there are."""
    first = [item for item in hyperband_schedule(EPOCHS, FACTOR) if item.bracket == FACTOR - 1]
    return tuple(first)


def race(seen: parts.Seen, upto: int) -> Race:
    """The first ``upto`` rounds: each keeps the best by validation loss so far."""
    rounds = bracket()[:upto]
    entrants: list[tuple[str, ...]] = [tuple(curve.label for curve in seen.curves)]
    for before, item in pairwise(rounds):

        def standing(name: str, epochs: int = before.epochs) -> float:
            return min(seen.curve(name).values("val_loss")[:epochs], default=float("inf"))

        ranked = sorted(entrants[-1], key=standing)
        entrants.append(tuple(ranked[: min(item.size, len(ranked))]))
    return Race(rounds, tuple(entrants))


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """Every contestant as far as the race trained it, the rest of those that dropped out grey."""
    upto = int(seen.chosen["round"])
    found = race(seen, upto)
    lines: list[charts.Line] = []
    for curve in seen.curves:
        values = curve.values("val_loss")
        reached = max(
            item.epochs
            for item, names in zip(found.rounds, found.entrants, strict=True)
            if curve.label in names
        )
        lines.append(charts.Line(curve.label, range(1, reached + 1), values[:reached]))
        if seen.chosen["rest"] == "yes" and len(values) > reached:
            places = range(reached, len(values) + 1)
            lines.append(
                charts.Line(
                    f"{curve.label}, not trained",
                    places,
                    values[reached - 1 :],
                    quiet=True,
                    word=curve.label,
                )
            )
    marks = []
    if seen.complete and upto > 1:
        last, item = found.entrants[-1], found.rounds[-1]
        leader = min(last, key=lambda name: seen.curve(name).at("val_loss", item.epochs))
        best = seen.curve(leader).at("val_loss", item.epochs)
        marks = [charts.Mark(item.epochs, best, f"round {upto}: {len(last)} left")]
    chart = charts.labelled_lines(
        lines,
        x_title="epoch",
        y_title="validation loss",
        x_limits=(0, EPOCHS),
        y_limits=(0.15, 3),
        log=True,
        # One epoch makes no line.
        points=True,
        marks=marks,
        dark=style.dark,
        height=style.height,
        scale=style.scale,
    )
    return (chart,)


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """Who was promoted, what it cost, and whether the best was lost on the way."""
    whole = race(seen, len(bracket()))
    upto = int(seen.chosen["round"])
    found = race(seen, upto)
    winner = whole.entrants[-1][0]
    ends = {curve.label: curve.least("val_loss") for curve in seen.curves}
    order = sorted(ends, key=lambda name: ends[name])
    place = order.index(winner) + 1
    full = len(RATES) * EPOCHS
    sizes = ", ".join(str(len(names)) for names in whole.entrants)
    shown = (
        parts.Claim(
            f"The rounds have {sizes} contestants. Round {upto} ends after epoch "
            f"{found.rounds[-1].epochs} with {', '.join(found.entrants[-1])} in it.",
            all(set(after) < set(before) for before, after in pairwise(whole.entrants)),
        ),
        parts.Claim(
            f"The whole race trains {whole.epochs} epochs; training all {len(RATES)} to the end "
            f"takes {full}.",
            whole.epochs < full / 2,
        ),
    )
    if upto < len(bracket()):
        # Who wins is for the last round to say.
        return shown
    return (
        *shown,
        parts.Claim(
            f"It is won by {winner} with {ends[winner]:.3f}. Trained to the end, that is number "
            f"{place} of {len(RATES)}; the best of all is {order[0]} with {ends[order[0]]:.3f}.",
            place <= 3,
        ),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """Why there is more than one bracket."""
    rounds = hyperband_schedule(EPOCHS, FACTOR)
    late = [item for item in rounds if item.bracket == 0]
    return parts.Answer(
        1,
        "One that starts slowly looks poor after one epoch and is dropped. Hyperband hedges: "
        f"besides the race of the picture it runs others with fewer contestants and longer first "
        f"rounds; the last one here trains {late[0].size} for {late[0].epochs} epochs straight.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """Hyperband over the learning rate."""
    return parts.search(
        "Hyperband over the learning rate",
        {"learning_rate": {"low": 1e-5, "high": 0.3, "scale": "log"}},
        "hyperband",
        trials=23,
        epochs=EPOCHS,
        settings={"factor": FACTOR},
    )


LESSON = parts.Lesson(
    id="hyperband",
    title="Hyperband: a race with promotions",
    text=(
        "Most configurations show early that they will come to nothing. Training them to the end "
        "is a waste. Successive halving makes a race of it: all start, each for a single epoch. "
        "Then the best third is promoted and trains on, up to three epochs, and the best third of "
        "those up to nine.",
        "The danger is the slow starter, which is behind after one epoch and would have won in the "
        "end. Hyperband therefore runs several such races, from many contestants with short first "
        "rounds to few with long ones.",
        "Place your bet, then go from round to round. All nine are trained to the end behind the "
        "scenes: show what was not trained, in grey, to see what the race has missed.",
    ),
    knobs=(
        parts.Knob("round", "Round", (1, 2, 3), 1, kind="step"),
        parts.Knob("rest", "Show what was not trained", ("no", "yes"), "no", kind="choice"),
    ),
    runs=runs,
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "Which configuration does such a race treat unfairly?",
        ("One with many units", "One that starts slowly and ends well", "One that diverges"),
        answer,
    ),
    try_it=try_it,
    aim=parts.Aim(
        scene="Find the one that the race treats unfairly: poor after its first epoch, good after "
        "the ninth.",
        goals=(
            parts.Goal("val_loss", above=1.9, at=1),
            parts.Goal("val_loss", below=0.4),
        ),
        turn=("learning_rate", "optimizer", "momentum", "warmup_epochs"),
        values={"learning_rate": 0.01},
        epochs=EPOCHS,
        solution={"warmup_epochs": 3},
    ),
    references=(
        "Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar: Hyperband, 2018.",
        "Jamieson and Talwalkar: Non-stochastic Best Arm Identification and Hyperparameter "
        "Optimization, 2016.",
    ),
)
