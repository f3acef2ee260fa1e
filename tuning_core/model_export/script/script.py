"""``train.py`` as a whole."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tuning_core.catalog import FAMILIES
from tuning_core.catalog.model_formats import KERAS
from tuning_core.catalog.objectives import METRIC_LABELS
from tuning_core.datasets import PreparedData, load_rows
from tuning_core.datasets.tables.uploads import study_reader
from tuning_core.model_export.script.code import indented
from tuning_core.model_export.script.facts import Facts, SearchSummary
from tuning_core.model_export.script.fitting import Fitting, fitting_code
from tuning_core.model_export.script.loading import loading_code
from tuning_core.model_export.script.metrics import METRICS
from tuning_core.model_export.script.network import network_code
from tuning_core.model_export.script.preparation import (
    Scaling,
    dividing_code,
    picture,
    scaling_code,
)
from tuning_core.spec.study import StudySpec

NAME = "train.py"

_FROM = {
    **dict.fromkeys(
        (
            *("load_digits", "load_iris", "load_wine", "load_breast_cancer", "load_diabetes"),
            "fetch_california_housing",
        ),
        "sklearn.datasets",
    ),
    **dict.fromkeys(("f1_score", "r2_score", "roc_auc_score"), "sklearn.metrics"),
    "TfidfVectorizer": "sklearn.feature_extraction.text",
    **dict.fromkeys(
        (
            *("GroupKFold", "GroupShuffleSplit", "KFold", "StratifiedKFold", "TimeSeriesSplit"),
            "train_test_split",
        ),
        "sklearn.model_selection",
    ),
    **dict.fromkeys(("Path", "PurePosixPath"), "pathlib"),
}
"""Where the names come from that a script may use."""

_MODULES = {
    "sys": "import sys",
    "keras": "import keras",
    "np": "import numpy as np",
}
_BROUGHT = ("base64", "hashlib", "io", "re", "unicodedata", "zipfile")
_MODULES["pd"] = "import pandas as pd"
_MODULES |= {name: f"from PIL import {name}" for name in ("Image", "ImageOps")}
_MODULES |= {name: f"import {name}" for name in _BROUGHT}
_STANDARD = ("import sys", "from pathlib", *(f"import {name}" for name in _BROUGHT))
_PACKAGES = {
    "sklearn": "scikit-learn",
    "PIL": "pillow",
    "python_calamine": "python-calamine",
}


def train_script(
    spec: StudySpec, meta: Mapping[str, Any], data: PreparedData, home: Path, summary: SearchSummary
) -> str:
    """A script that trains a configuration again and prints its score beside the study's.

    ``meta`` is that of ``best.npz``. The script needs Keras, NumPy, scikit-learn and, for tables of
    one's own, pandas.
    """
    config = spec.in_effect(meta["config"])
    epochs = int(summary.epochs or config.get("epochs") or spec.budget.epochs)
    facts = Facts(
        spec=spec,
        home=home,
        raw=load_rows(spec.dataset, home),
        config=config,
        refit_epochs=int(meta.get("epochs") or epochs),
        tested=summary.test is not None,
        recorded=recorded_words(meta, summary),
    )
    scaling, fitting = scaling_code(facts), fitting_code(facts)
    network = network_code(config, data.row_shape, data.outputs, facts.task)
    network = f"{network}\n{fitting.compile}"
    parts = [
        f"EPOCHS = {epochs}\nBATCH_SIZE = {int(config['batch_size'])}",
        "keras.utils.set_random_seed(1)  # another number: another training of the same kind",
        f"# The data.\n{loading_code(facts)}",
        f"# The rows of each part, as in the study.\n{dividing_code(facts)}",
        _defined(scaling.before),
        *([f"\n{fitting.before}\n"] if fitting.before else []),
        *(_once if facts.folds == 1 else _in_folds)(facts, scaling, network, fitting),
    ]
    body = "\n\n".join(part for part in parts if part)
    if facts.tested:
        body += "\n\n" + _tested(facts, summary.test or {})
    if summary.decision is not None and summary.decision.temperature != 1.0:
        body += "\n\n" + _softened(summary.decision.temperature)
    body = re.sub(r"\n{4,}", "\n\n\n", body)
    return f"{_docstring(facts, meta['trial'])}\n\n{imports_of(body)}\n\n{body.rstrip()}\n"


def packages(sources: Iterable[str]) -> list[str]:
    """The packages of a script, one ``name==version`` each.

    They are those that the sources of scripts import, and TensorFlow, with which Keras computes.
    """
    names = {"tensorflow"}
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(str(node.module).partition(".")[0])
    found = sorted(_PACKAGES.get(name, name) for name in names - sys.stdlib_module_names)
    return [f"{name}=={version(name)}" for name in found]


def _once(facts: Facts, scaling: Scaling, network: str, fitting: Fitting) -> list[str]:
    comment = "# Scaled by the training rows alone.\n" if scaling.of_train else ""
    label = facts.spec.objective_info.label
    return [
        comment + scaling.of_train,
        f"# The network.\n{network}",
        f"# The training.\n{fitting.fit}",
        f'print(f"{label[0].upper()}{label[1:]} of the best epoch: {{score:.6g}}")\n'
        f'print("In the study: {facts.recorded}")',
    ]


def _in_folds(facts: Facts, scaling: Scaling, network: str, fitting: Fitting) -> list[str]:
    label = facts.spec.objective_info.label
    names = ", ".join(scaling.made)
    defined = []
    scaled = ""
    if scaling.of_train:
        words = '"""What the network sees and answers, scaled by the training rows alone."""'
        defined.append(
            f"def scaled(train):\n{indented(f'{words}{chr(10)}{scaling.of_train}')}\n"
            f"    return {names}"
        )
        scaled = f"{names} = scaled(train)\n"
    defined.append(f"def network(train):\n{indented(network)}\n    return model")
    prepared = f"{scaled}model = network(train)\n"
    count = facts.refit_epochs
    epochs = f"{count} epoch{'s' if count > 1 else ''}"
    return [
        "\n" + "\n\n\n".join(defined) + "\n",
        "# Each fold validates once, and the others train.\n"
        "scores = []\nfor train, validation in folds:\n"
        + indented(f"{prepared}{fitting.fit}\nscores.append(score)"),
        f'print(f"Mean {label} of {{len(scores)}} folds: {{np.mean(scores):.6g}}")\n'
        f'print("In the study: {facts.recorded}")',
        f"# The model of the study: all rows outside the test part, {epochs}, the median of the\n"
        f"# best epochs on the folds.\ntrain = outside\n{prepared}{fitting.refit}",
    ]


def _defined(before: str) -> str:
    """Code before the training rows matter; a definition stands apart."""
    if "def " not in before:
        return f"# What the network sees and answers.\n{before}" if before else ""
    return before


def _tested(facts: Facts, test: Mapping[str, float]) -> str:
    metric = facts.spec.objective_info.metric
    if metric == "loss":
        metric = "accuracy" if facts.task == "classification" else "mae"
    rows, y = "inputs[test]", "y[test]"
    lines = ["# The test part was revealed in the study."]
    if facts.own_test:
        lines.append(f"tested = {picture(facts, 'x_test')}")
        rows, y = "tested", "y_test"
    lines.append(f"answers = model.predict({rows}, verbose=0)")
    if facts.task == "regression":
        back = "original(answers, y_mean, y_std)" if facts.log else "answers[:, 0] * y_std + y_mean"
        lines.append(f"answers = {back}")
    lines.append(f"score = {METRICS[metric].test.format(y=y)}")
    lines.append(
        f'print(f"Test {METRIC_LABELS[metric]}: {{score:.6g}}; in the study: {test[metric]:.6g}")'
    )
    return "\n".join(lines)


def _softened(temperature: float) -> str:
    return (
        f"# As in {KERAS.file}: logits are divided by {temperature:.4g}, which was found on the\n"
        "# validation rows of the study (temperature scaling, Guo et al. 2017).\n"
        "head = model.layers[-1]\n"
        f"head.set_weights([weights / {temperature:.6g} for weights in head.get_weights()])"
    )


def recorded_words(meta: Mapping[str, Any], summary: SearchSummary) -> str:
    """What the study scored, for the last line of a script."""
    text = f"{meta['score']:.6g}"
    if len(summary.scores) > 1:
        low, high = min(summary.scores), max(summary.scores)
        text += f", the mean of {len(summary.scores)} trainings from {low:.6g} to {high:.6g}"
    return text


def _docstring(facts: Facts, trial: int) -> str:
    name = facts.spec.name.replace("\\", "/").replace('"', "'")
    how, needs = "python train.py", ""
    if facts.spec.dataset.pictures:
        how, needs = "python train.py PICTURES.zip", " and the pictures"
    elif facts.spec.dataset.own:
        ending = study_reader(facts.spec.dataset, facts.home).endings[0]
        how, needs = f"python train.py TABLE{ending}", " and the table of the study"
    elif "sys.argv" in loading_code(facts):
        how = "python train.py [FOLDER WITH THE DATA]"
    family = FAMILIES[facts.spec.model.family].title
    return (
        f'"""Trains the best network of a study anew:  {how}\n\n'
        f'Study "{name}", trial {trial}: {family}, {facts.task}. Needs what '
        f"requirements.txt\nlists{needs}. Expect a score near the study's, not the same digits: "
        'weights and order\nof rows are drawn anew.\n"""'
    )


def imports_of(body: str) -> str:
    """The imports that the code of a script needs."""
    used = [line for name, line in _MODULES.items() if re.search(rf"\b{name}\.", body)]
    taken: dict[str, list[str]] = {}
    for name, module in _FROM.items():
        if re.search(rf"\b{name}\(", body):
            taken.setdefault(module, []).append(name)
    used += [f"from {module} import {', '.join(sorted(names))}" for module, names in taken.items()]
    standard = [line for line in used if line.startswith(_STANDARD)]
    others = [line for line in used if line not in standard]
    return "\n\n".join(
        "\n".join(sorted(lines, key=_order)) for lines in (standard, others) if lines
    )


def _order(line: str) -> tuple[bool, str]:
    return line.startswith("from"), line
