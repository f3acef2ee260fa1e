"""The part of a script that makes the points of a plane, as the study did."""

from __future__ import annotations

from collections.abc import Callable

from tuning_core.catalog import DATASETS
from tuning_core.catalog.planes import SPAN
from tuning_core.model_export.script.code import written
from tuning_core.model_export.script.facts import Facts
from tuning_core.spec.formula import parse_formula
from tuning_core.spec.plane import POINTS_SEED

_LINE = 84
"""Letters of a painting on a line."""

_PLANES = {
    "moons": """\
angle = np.linspace(0, np.pi, {half})
upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
points = np.stack([upper, lower]) + random.normal(0, {noise}, (2, {half}, 2))""",
    "circles": """\
angle = random.uniform(0, 2 * np.pi, (2, {half}))
radius = np.stack([np.ones({half}), 0.5 * np.sqrt(random.uniform(0, 1, {half}))])
points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=2)
points = points + random.normal(0, {noise}, (2, {half}, 2))""",
    "spirals": """\
radius = np.sqrt(np.linspace(0.01, 1, {half}))
angle = 2 * np.pi * 1.5 * radius
arm = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
points = np.stack([arm, -arm]) + random.normal(0, {noise}, (2, {half}, 2))""",
    "xor": """\
side = np.where(np.arange({half}) % 2 == 0, 1.0, -1.0)
points = np.stack([np.stack([side, side], axis=1), np.stack([side, -side], axis=1)])
points = points + random.normal(0, {noise}, (2, {half}, 2))""",
}


def _plane(facts: Facts) -> str:
    own, plain, rows = facts.spec.dataset, DATASETS[facts.raw.info.id], facts.raw.info.rows
    half = -(-rows // 2)
    noise = written(plain.noise if own.noise is None else own.noise)
    cut = "" if rows == 2 * half else f"[:{rows}]"
    return (
        f"random = np.random.RandomState({POINTS_SEED + (own.draw or 0)})\n"
        f"{_PLANES[plain.id].format(half=half, noise=noise)}\n"
        f"order = random.permutation({2 * half}){cut}\n"
        f"x, y = points.reshape(-1, 2)[order], np.repeat([0, 1], {half})[order]"
    )


def _formula(facts: Facts) -> str:
    own, plain = facts.spec.dataset, DATASETS[facts.raw.info.id]
    draw, rows = own.draw or 0, facts.raw.info.rows
    formula = parse_formula(own.formula or plain.example)
    code = (
        f"def answer(x, y):\n    return {formula.code}\n\n\n"
        f"random = np.random.RandomState({POINTS_SEED + draw})\n"
        f"x = random.uniform({-SPAN}, {SPAN}, ({rows}, 2))\n"
        f"y = answer(x[:, 0], x[:, 1]).astype({'float' if facts.task == 'regression' else 'int'})"
    )
    if own.noise:
        moved = f"np.random.RandomState([{POINTS_SEED}, {draw}]).normal(0, 1, x.shape)"
        code += f"\nx = x + {written(own.noise)} * {moved}"
    return code


def _painted(facts: Facts) -> str:
    """The points as the spec has them: three bytes each, x, y and the class or value."""
    own, plain = facts.spec.dataset, DATASETS[facts.raw.info.id]
    painting = own.points or plain.example
    lines = [painting[start : start + _LINE] for start in range(0, len(painting), _LINE)]
    text = "\n".join(f'    "{line}"' for line in lines)
    answers = "painted[:, 2].astype(int)"
    if facts.task == "regression":
        most = 255 if own.points else "painted[:, 2].max()"
        answers = f"painted[:, 2] * (2 / {most}) - 1"
    return (
        f"POINTS = (\n{text}\n)\n"
        "painted = np.frombuffer(base64.urlsafe_b64decode(POINTS), np.uint8).reshape(-1, 3)\n"
        f"x = painted[:, :2] * ({2 * SPAN} / 255) - {SPAN}\n"
        f"y = {answers}"
    )


PLANE_LOADERS: dict[str, Callable[[Facts], str]] = {
    **dict.fromkeys(_PLANES, _plane),
    "formula": _formula,
    "painted": _painted,
}
