"""Lesson: the shape of the loss."""

from __future__ import annotations

import base64
from statistics import fmean
from typing import Any

import numpy as np

from tuning_core.charts.lessons import strips
from tuning_core.charts.what_if.landscape import Bands, Surface, Trail, landscape
from tuning_core.lessons import parts

EPOCHS = 30
SEEDS = (1, 2, 3, 4, 5)
DISTANCE = 0.25
"""How far from the trained weights flatness is told here, in lengths of each unit's weights."""
REACH, SIDE = 1.0, 31
BANDS = Bands(0.15, tuple((0.15 + np.geomspace(0.07, 6.0, 13)).round(3).tolist()))
AS_ACCURATE = 0.01


def _values(decay: float) -> dict[str, parts.Value]:
    return {
        "units": 32,
        "batch_size": 16,
        "learning_rate": 0.003,
        "optimizer": "adamw",
        "weight_decay": decay,
    }


def _label(decay: float, seed: int) -> str:
    return f"weight decay {decay:g}, seed {seed}"


def _groups(chosen: parts.Chosen) -> dict[str, list[str]]:
    """The labels of the runs without and with weight decay."""
    decay = float(chosen["weight_decay"])
    names = {"without weight decay": 0.0, f"weight decay {decay:g}": decay}
    return {name: [_label(value, seed) for seed in SEEDS] for name, value in names.items()}


def runs(chosen: parts.Chosen) -> tuple[parts.LessonRun, ...]:
    """Each seed without and with weight decay, and the loss around its end."""
    decays = (0.0, float(chosen["weight_decay"]))
    return tuple(
        parts.run(
            _label(decay, seed), _values(decay), EPOCHS, seed=seed, landscape={"reach": REACH}
        )
        for seed in SEEDS
        for decay in decays
    )


def _rise(curve: parts.LessonCurve) -> tuple[float, float]:
    """The mean rise of the loss at the distance, and its spread over the directions."""
    [flatness] = curve.views["landscape"]["flatness"]
    found = next(part for part in flatness if part["distance"] == DISTANCE)
    return float(found["mean"]), float(found["spread"])


def _mean_rise(seen: parts.Seen) -> float:
    """The mean rise of the runs with weight decay."""
    _, decayed = _groups(seen.chosen).values()
    return fmean(_rise(seen.curve(label))[0] for label in decayed)


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """The loss around the first seed's networks, or the rises of all."""
    groups = _groups(seen.chosen)
    if seen.chosen["show"] == "rises":
        found = {
            name: [_rise(curve)[0] for curve in map(seen.curve, labels) if curve.views]
            for name, labels in groups.items()
        }
        return (
            strips(
                found,
                y_title=f"rise of the loss at a distance of {DISTANCE:g}",
                y_limits=(0.0, 0.25),
                x_title="five seeds",
                words={name: labels[: len(found[name])] for name, labels in groups.items()},
                dark=style.dark,
                height=style.height,
            ),
        )
    return tuple(
        _around(seen.curve(labels[0]), name, place, style)
        for place, (name, labels) in enumerate(groups.items())
    )


def _around(curve: parts.LessonCurve, name: str, place: int, style: parts.Style) -> parts.Chart:
    axis = np.linspace(-REACH, REACH, SIDE)
    loss, trails = np.full((SIDE, SIDE), np.nan), []
    if curve.views:
        [plane] = curve.views["landscape"]["planes"]
        loss = np.frombuffer(base64.b64decode(plane["loss"]), "<f4").reshape(SIDE, SIDE)
        trails = [Trail("trained", plane["paths"][0], place)]
    titles = (f"{name}: random direction 1", "random direction 2")
    size: dict[str, Any] = {"dark": style.dark, "height": style.height}
    return landscape(Surface(axis, axis, loss), trails, BANDS, titles, compact=True, **size)


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """Weight decay makes it flatter, in every seed; and not more accurate."""
    without, decayed = ([seen.curve(n) for n in names] for names in _groups(seen.chosen).values())
    rises = [[_rise(curve)[0] for curve in curves] for curves in (without, decayed)]
    before, after = map(fmean, rises)
    flatter = sum(b < a for a, b in zip(*rises, strict=True))
    mean, spread = _rise(decayed[0])
    right = [fmean(c.last("val_accuracy") for c in curves) for curves in (without, decayed)]
    return (
        parts.Claim(
            f"Where each unit's weights change by a quarter of their length, the loss rises by "
            f"{before:.3f} without weight decay and by {after:.3f} with it, in the mean. It is "
            f"flatter with it in {flatter} of {len(SEEDS)} seeds.",
            flatter == len(SEEDS),
        ),
        parts.Claim(
            f"One picture tells little: around one network with weight decay the rise is "
            f"{mean:.3f} \u00b1 {spread:.3f} over 32 directions, which differ more than the two "
            "means do.",
            spread > abs(before - after),
        ),
        parts.Claim(
            f"Flatter is not more accurate: validation accuracy ends at {right[0]:.3f} without "
            f"and {right[1]:.3f} with weight decay.",
            abs(right[1] - right[0]) < AS_ACCURATE,
        ),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """What was measured, and what was not."""
    *_, accuracy = claims(seen)
    return parts.Answer(
        1,
        "That is what was measured, and no more. A unit's incoming weights can be scaled and its "
        "outgoing ones scaled back: the network says the same, in a steeper or flatter place. "
        f"{accuracy.words}",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """The network with weight decay; its landscape is below its runs."""
    return parts.network(_values(float(chosen["weight_decay"])), EPOCHS, parts.DIGITS)


LESSON = parts.Lesson(
    id="loss_shape",
    title="The shape of the loss",
    text=(
        "All weights of a network together are one point, and the loss is a height above it. "
        "Training walks downhill. There are thousands of directions; a picture has two. Here they "
        "are random, and each unit's part is as long as the unit's weights: else small weights "
        "would look steep and large ones flat, whatever the network says.",
        "A flat place forgives: weights that are a little off do little harm. So people hope that "
        "flat places also do well on new rows, and say that this or that training finds them. "
        "Both can be looked at.",
        "The picture compares AdamW without and with weight decay, which pulls all weights "
        "towards zero a little in each step. Turn it up, and look at all seeds before you believe "
        "one.",
    ),
    knobs=(
        parts.Knob("weight_decay", "Weight decay", (0.03, 0.1, 0.3), 0.1),
        parts.Knob(
            "show",
            "Show",
            ("landscapes", "rises"),
            "landscapes",
            words={"landscapes": "one seed's landscapes", "rises": "all seeds"},
            kind="choice",
        ),
    ),
    runs=runs,
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "The loss is flatter around one network than around another. What follows?",
        (
            "It will be right more often on new rows",
            "Its weights can be a little off at less harm; the rest is a guess",
            "It has found the lowest loss that there is",
        ),
        answer,
    ),
    try_it=try_it,
    aim=parts.PictureAim(
        words="Make the loss flatter: with weight decay it is to rise by less than 0.11 at a "
        f"distance of {DISTANCE:g}, in the mean of the five seeds.",
        name="rise with weight decay",
        value=_mean_rise,
        below=0.11,
        solution={"weight_decay": 0.3},
    ),
    references=(
        "Li, Xu, Taylor, Studer, Goldstein: Visualizing the Loss Landscape of Neural Nets, 2018.",
        "Dinh, Pascanu, Bengio and Bengio: Sharp Minima Can Generalize For Deep Nets, 2017.",
        "Loshchilov and Hutter: Decoupled Weight Decay Regularization, 2019.",
    ),
)
