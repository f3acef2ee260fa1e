"""Loading FILE.py:NAME: what is found, and the sentence where it is not what is expected."""

from __future__ import annotations

from pathlib import Path

import keras
import keras_tuner
import pytest

from tests.own_models.conftest import Written
from tuning_core.own_models.errors import OwnModelError
from tuning_core.own_models.loading import load_model

BUILD = """
def build_model(hp):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(hp.Int("units", 1, 4))])
    model.compile("adam", "mse")
    return model
"""


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OwnModelError, match=r"There is no file .*none\.py\. Give FILE\.py:NAME"):
        load_model(tmp_path / "none.py", "build_model")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = 1\ny = 1 / 0\n", "model.py does not import: model.py:5: ZeroDivisionError: division"),
        ("import no_such_thing\n", "model.py:4: ModuleNotFoundError: No module named 'no_such"),
        ("def build_model(hp:\n", "model.py:4: SyntaxError: '(' was never closed"),
        ("raise SystemExit(3)\n", "model.py:4: SystemExit: 3"),
        ("def build_models(hp): ...\n", "has no 'build_model'. Did you mean 'build_models'?"),
        ("build_model = 3\n", "build_model of model.py is of type int; expected a function"),
        ("class build_model: ...\n", "is another class; expected a function build_model(hp) or a"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_a_sentence(
    written: Written, text: str, sentence: str
) -> None:
    with pytest.raises(OwnModelError) as caught:
        written(text)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("return None", "must return a compiled keras.Model; it returned None"),
        ("return 3", "it returned an object of type int"),
        (
            "return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])",
            "a model that is not compiled: call model.compile",
        ),
        ("return deep(hp)", "build_model failed: model.py:7: ValueError: too deep"),
    ],
)
def test_what_is_built_must_be_a_compiled_model(written: Written, body: str, sentence: str) -> None:
    own = written(f"""
def build_model(hp):
    {body}
def deep(hp):
    raise ValueError("too deep")
""")
    with pytest.raises(OwnModelError) as caught:
        own.build(keras_tuner.HyperParameters())
    assert sentence in str(caught.value)


def test_a_file_imports_what_lies_beside_it_and_not_what_lay_beside_another(
    written: Written, tmp_path: Path
) -> None:
    own = written(
        "from parts import UNITS\nfrom model_of import build_model\n",
        parts="UNITS = 1\n",
        model_of="import keras\n" + BUILD,
    )
    assert own.build(keras_tuner.HyperParameters()).count_params() == 3
    other = tmp_path / "other"
    other.mkdir()
    (other / "parts.py").write_text("UNITS = 7\n", encoding="utf-8")
    (other / "model.py").write_text(
        f"import keras\nfrom parts import UNITS\n{BUILD.replace('1, 4', 'UNITS, 9')}",
        encoding="utf-8",
    )
    hp = keras_tuner.HyperParameters()
    load_model(other / "model.py", "build_model").build(hp)
    assert hp.get("units") == 7


def test_a_class_and_an_object_of_it_are_taken(written: Written) -> None:
    text = f"{BUILD}class Mine(keras_tuner.HyperModel):\n    build = staticmethod(build_model)\n"
    for name in ("Mine", "mine"):
        own = written(f"{text}mine = Mine()\n", name)
        assert isinstance(own.build(keras_tuner.HyperParameters()), keras.Model)
        assert not own.overrides_fit


def test_a_second_model_has_the_names_of_the_first(written: Written) -> None:
    own = written(BUILD.replace('"mse"', '"mse", metrics=[keras.metrics.AUC()]'))
    models = [own.build(keras_tuner.HyperParameters()) for _ in range(2)]
    names = [[part.name for part in model.layers] for model in models]
    assert names == [["dense"], ["dense"]]


@pytest.mark.parametrize(
    ("returned", "sentence"),
    [
        ("1, 2, 3, 4", "load_data() must return (x, y), (x_val, y_val) and optionally"),
        ("3, 4", "expected (x, y), or a tf.data set, as the training part, received an object"),
        (
            "(np.ones((3, 2)), np.ones(4)), (np.ones((3, 2)), np.ones(3))",
            "expected as many inputs as targets in the training part, received 3 and 4 rows",
        ),
        ("([], []), ([], [])", "load_data(): expected rows in the training part, received none."),
        ("1 / 0", "load_data() failed: model.py:5: ZeroDivisionError: division by zero"),
    ],
)
def test_data_of_another_form_are_told_in_a_sentence(
    written: Written, returned: str, sentence: str
) -> None:
    own = written(f"def load_data():\n    return {returned}\n{BUILD}")
    with pytest.raises(OwnModelError) as caught:
        own.load_data()
    assert sentence in str(caught.value)


def test_a_file_is_read_as_python_reads_it_not_as_the_file_that_reads_it(written: Written) -> None:
    own = written(BUILD.replace("(hp)", "(hp: keras_tuner.HyperParameters)"))
    found = own.custom_objects["build_model"].__annotations__
    assert found == {"hp": keras_tuner.HyperParameters}
