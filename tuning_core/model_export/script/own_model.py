"""``train.py`` of a model of one's own: it builds and trains with the author's file."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from keyword import iskeyword
from pathlib import Path
from typing import Any

from tuning_core.datasets import load_rows
from tuning_core.model_export.script.code import assigned, written
from tuning_core.model_export.script.facts import Facts, SearchSummary
from tuning_core.model_export.script.loading import loading_code
from tuning_core.model_export.script.preparation import dividing_code, picture, scaling_code
from tuning_core.model_export.script.script import imports_of, recorded_words
from tuning_core.spec.dataset import OWN_DATA
from tuning_core.spec.study import StudySpec

CODE = "own"
"""The folder of the author's files in a bundle."""

_BEST = '''
class Best(keras.callbacks.Callback):
    """Keeps the weights of the best epoch, as the study did."""

    score = None

    def on_epoch_end(self, epoch, logs=None):
        value = (logs or {{}}).get({objective})
        if value is not None and (self.score is None or value {better} self.score):
            self.score, self.weights = float(value), self.model.get_weights()


def given(part):
    """Rows as ``fit`` takes them: arrays, or a data set."""
    return tuple(part) if isinstance(part, (tuple, list)) else (part,)


def trained(rows, held, epochs):
    """A model of the best values, and the best score of an epoch."""
    hp = keras_tuner.HyperParameters()
    hp.values = dict(CONFIG)
    model = build(hp)
    best = Best()
    named = {{"epochs": epochs, "callbacks": [best]}}
    if held is not None:
        named["validation_data"] = held
    x, *y = given(rows)
    if len(y) > 1:
        named["sample_weight"] = y[1]
    {fit}
    if best.score is not None:
        model.set_weights(best.weights)
        return model, best.score
    return model, found.get({objective}) if isinstance(found, dict) else found
'''

_OF_FUNCTION = "found = model.fit(x, *y[:1], verbose=2, **named)"
_OF_HYPERMODEL = """\
known = inspect.signature(hypermodel.fit).parameters.values()
    if not any(one.kind is one.VAR_KEYWORD for one in known):
        named = {key: value for key, value in named.items() if key in {one.name for one in known}}
    found = hypermodel.fit(hp, model, x, *y[:1], **named)"""


def own_script(
    spec: StudySpec,
    meta: Mapping[str, Any],
    file: str,
    home: Path,
    summary: SearchSummary,
    *,
    fits: bool,
) -> str:
    """A script that trains the best values again; ``fits``: the model's own ``fit`` does it.

    It prints its score beside the study's. ``file`` is the author's file in the bundle.
    """
    name, module = str(spec.model.name), Path(file).stem
    epochs = int(summary.epochs or spec.budget.epochs)
    better = "<" if spec.objective_info.direction == "min" else ">"
    objective = written(spec.objective)
    fit = _OF_HYPERMODEL if fits else _OF_FUNCTION
    data = _file_data(spec) if spec.dataset.id == OWN_DATA else _catalog_data(spec, home, summary)
    whole = meta.get("refit")
    named = module.isidentifier() and not iskeyword(module)
    parts = [
        "sys.path.insert(0, str(Path(__file__).resolve().parent / "
        + written(CODE)
        + "))\n"
        + (f"import {module} as author" if named else f"author = __import__({written(module)})"),
        f"{assigned('CONFIG', dict(meta['config']))}\nEPOCHS = {epochs}",
        "keras.utils.set_random_seed(1)  # another number: another training of the same kind",
        f"chosen = author.{name}\n"
        "hypermodel = chosen() if isinstance(chosen, type) else chosen\n"
        'build = getattr(hypermodel, "build", hypermodel)',
        _BEST.format(objective=objective, better=better, fit=fit),
        data,
        _training(spec, meta, summary, whole=bool(whole)),
    ]
    body = "\n\n".join(parts)
    return f"{_docstring(spec, meta, file)}\n\n{_imports(body)}\n\n{body}\n"


def _training(
    spec: StudySpec, meta: Mapping[str, Any], summary: SearchSummary, *, whole: bool
) -> str:
    label, said = spec.objective_info.label, recorded_words(meta, summary)
    lines = ["# One part validates here, in place of the folds of the study."] if whole else []
    lines += [
        "model, score = trained(rows, held, EPOCHS)",
        f'print(f"{label[0].upper()}{label[1:]} of the best epoch: {{score:.6g}}")',
    ]
    lines.append(f'print("In the study: {said}")')
    if summary.test is not None:
        lines += [
            "# The test part was revealed in the study.",
            "tested = tested if isinstance(tested, (tuple, list)) else (tested,)",
            "found = model.evaluate(*tested, verbose=0, return_dict=True)",
        ]
        lines += [
            f"print(f\"Test {name}: {{found['{name}']:.6g}}; in the study: {value:.6g}\")"
            for name, value in summary.test.items()
        ]
    return "\n".join(lines)


def _file_data(spec: StudySpec) -> str:
    return "rows, held, *rest = author.load_data()\ntested = rest[0] if rest else None"


def _catalog_data(spec: StudySpec, home: Path, summary: SearchSummary) -> str:
    """The rows of a dataset as the study prepared them."""
    raw = load_rows(spec.dataset, home)
    once = spec.model_copy(update={"cross_validation": None})
    facts = Facts(once, home, raw, {}, 1, summary.test is not None, "")
    scaling = scaling_code(facts)
    shape = written((-1, *raw.info.row_shape)) if raw.info.row_shape[0] else None
    reshaped = f"inputs = inputs.reshape{shape}" if shape else ""
    y = facts.targets
    parts = "rows, held = ((inputs[part], {y}[part]) for part in (train, validation))"
    code = [
        f"# The data.\n{loading_code(facts)}",
        f"# The rows of each part, as in the study.\n{dividing_code(facts)}",
        scaling.before,
        scaling.of_train,
        reshaped,
        parts.format(y=y),
    ]
    if facts.tested and facts.own_test:
        code.append(f"tested = {picture(facts, 'x_test')}.reshape{shape}, y_test")
    elif facts.tested:
        code.append(f"tested = inputs[test], {y}[test]")
    return "\n".join(part for part in code if part)


def _docstring(spec: StudySpec, meta: Mapping[str, Any], file: str) -> str:
    name = spec.name.replace("\\", "/").replace('"', "'")
    return (
        '"""Trains the best model of a study anew:  python train.py\n\n'
        f'Study "{name}", trial {meta["trial"]}: {spec.model.name} of {CODE}/{file}. Needs what '
        "requirements.txt\nlists, and what the file reads. Expect a score near the study's, not "
        'the same digits.\n"""'
    )


def _imports(body: str) -> str:
    lines = ["import sys", "from pathlib import Path", "", "import keras", "import keras_tuner"]
    if "inspect." in body:
        lines.insert(0, "import inspect")
    found = imports_of(body)
    taken = [line for line in found.splitlines() if line and line not in lines]
    return "\n".join([*lines, *taken])


def own_packages(script: str, file: str, sources: Mapping[str, bytes]) -> list[str]:
    """The packages of a script and of the author's ``file``, ``name==version`` where it is known.

    ``sources`` are the files of its folder by their paths there, of which it may import some.
    """
    names = {"keras", "tensorflow", "keras_tuner"} | _imported(script.encode())
    todo, read, local = [file], set[str](), set[str]()
    while todo:
        source = todo.pop()
        if source in read:
            continue
        read.add(source)
        for name in _imported(sources[source]):
            beside = [path for path in sources if path.partition("/")[0] in (name, f"{name}.py")]
            todo += beside
            (local if beside else names).add(name)
    installed = packages_distributions()
    found = set()
    for name in names - sys.stdlib_module_names - local - {Path(file).stem}:
        for package in installed.get(name, [name])[:1]:
            try:
                found.add(f"{package}=={version(package)}")
            except PackageNotFoundError:
                found.add(package)
    return sorted(found)


def _imported(source: bytes) -> set[str]:
    """The packages and modules that a file imports from outside its own package."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # ValueError: a NUL byte in it
        return set()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(str(node.module).partition(".")[0])
    return found
