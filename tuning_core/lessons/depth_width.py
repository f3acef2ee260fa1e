"""Lesson: depth and width."""

from __future__ import annotations

from tuning_core.charts import lessons as charts
from tuning_core.lessons import parts

EPOCHS = 30
DATA = {"id": "spirals", "validation": 0.3, "test": 0.1}
INPUTS, OUTPUTS = 2, 2
WIDTHS = (64, 32, 16, 8, 4, 2)
RULE = 4
"""The widest that the rules of thumb allow here: twice the inputs."""


def _values(layers: int, units: int) -> dict[str, parts.Value]:
    return {"layers": layers, "units": units, "learning_rate": 0.01}


def _name(layers: int) -> str:
    return "1 layer" if layers == 1 else f"{layers} layers"


def _label(layers: int, units: int) -> str:
    return f"{_name(layers)} of {units}"


def runs(chosen: parts.Chosen) -> tuple[parts.LessonRun, ...]:
    """Every width at the reader's depth, and at one layer."""
    depths = dict.fromkeys((int(chosen["layers"]), 1))
    return tuple(
        parts.run(_label(layers, units), _values(layers, units), EPOCHS, DATA)
        for layers in depths
        for units in WIDTHS
    )


def _best(seen: parts.Seen, layers: int) -> dict[int, float]:
    """The highest validation accuracy so far of each width, narrowest first."""
    found = {units: seen.curve(_label(layers, units)) for units in reversed(WIDTHS)}
    return {units: curve.most("val_accuracy") for units, curve in found.items() if curve.epochs}


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """The best accuracy against the width, a line for each depth."""
    depths = dict.fromkeys((int(seen.chosen["layers"]), 1))
    lines = [charts.Line(_name(d), [*_best(seen, d)], [*_best(seen, d).values()]) for d in depths]
    first = _best(seen, next(iter(depths)))
    marks = [charts.Mark(RULE, first[RULE], "rules of thumb")] if RULE in first else []
    chart = charts.labelled_lines(
        lines,
        x_title="units in each hidden layer",
        y_title="best validation accuracy (0 to 1)",
        x_limits=(2, 64),
        y_limits=(0.5, 1.02),
        x_log=True,
        points=True,
        marks=marks,
        dark=style.dark,
        height=style.height,
        scale=style.scale,
    )
    return (chart,)


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """What the rules allow falls short; width and depth both help."""
    layers = int(seen.chosen["layers"])
    best, flat = _best(seen, layers), _best(seen, 1)
    top = max(best, key=lambda units: best[units])
    enough = min((units for units in best if best[units] >= best[top] - 0.01), default=top)
    found = [
        parts.Claim(
            f"With {_name(layers)} the rules of thumb (at most {RULE} units) reach "
            f"{best[RULE]:.0%}; {top} units reach {best[top]:.0%}.",
            best[RULE] < best[top] - 0.02,
        ),
        parts.Claim(
            f"From {enough} units on, wider gains no more than one percent.",
            enough < max(WIDTHS) or layers == 1,
        ),
    ]
    if layers > 1:
        found.append(
            parts.Claim(
                f"Depth helps here: 16 units in {_name(layers)} reach {best[16]:.0%}, in one "
                f"layer {flat[16]:.0%}.",
                best[16] > flat[16],
            )
        )
    return tuple(found)


def answer(seen: parts.Seen) -> parts.Answer:
    """Why a count of inputs cannot know the width."""
    best = _best(seen, int(seen.chosen["layers"]))
    return parts.Answer(
        2,
        f"Two inputs, two classes: the rules say {RULE} units at most and stop at {best[RULE]:.0%} "
        "here. On two straight clouds of points the same rule would be more than enough. The shape "
        "of the boundary decides, and nobody can read that off a count.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """The spirals with what the rules of thumb allow."""
    return parts.network(_values(int(chosen["layers"]), RULE), EPOCHS, DATA)


LESSON = parts.Lesson(
    id="depth_width",
    title="Depth and width",
    text=(
        "How many units, how many layers? Rules of thumb abound: as many units as lie between "
        "inputs and outputs; two thirds of the inputs plus the outputs; fewer than twice the "
        "inputs. They only look at the number of columns.",
        "Two spirals wound into each other have two columns and two classes, so the rules allow 3 "
        "or 4 units. The picture trains networks from 2 units to 64. Wider networks can draw more "
        "bends; deeper ones bend what is bent already, and need fewer units for it.",
        "The rules are a place to begin. Where they fail, a search over width and depth costs "
        "seconds. Too much of both is cured by regularising, too little by nothing.",
    ),
    knobs=(parts.Knob("layers", "Hidden layers", (1, 2, 3), 2),),
    runs=runs,
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "What would a rule of thumb have to know to name the right width?",
        ("The number of columns", "The number of rows", "The shape of the boundary"),
        answer,
    ),
    try_it=try_it,
    aim=parts.Aim(
        scene="One layer of eight cannot follow the arms of the spirals. Wider is not allowed.",
        goals=(parts.Goal("val_accuracy", above=0.93),),
        turn=("layers", "units"),
        at_most={"units": 8},
        values=_values(1, 8),
        data=DATA,
        epochs=EPOCHS,
        solution={"layers": 4},
    ),
    references=(
        "Heaton: Introduction to Neural Networks for Java, 2008, chapter 5, where the three rules "
        "stand.",
        "Montufar, Pascanu, Cho and Bengio: On the Number of Linear Regions of Deep Neural "
        "Networks, 2014.",
    ),
)
