"""What is known of each built-in dataset before a byte of it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DIGIT_NAMES = tuple(str(digit) for digit in range(10))
PLANE_ROWS = 1_000


@dataclass(frozen=True)
class DatasetInfo:
    """A built-in dataset.

    ``input_shape`` is the shape of one raw row; ``image_shape`` is set when a row can be shown
    as a picture. ``rows`` counts all rows outside the dataset's own test part, ``test_rows``
    those inside it. ``classes`` is 0 for regression. ``full_scale`` is the raw value that
    becomes 1 (images); None means that columns are standardised instead.
    """

    id: str
    title: str
    description: str
    task: Literal["classification", "regression"]
    kind: Literal["image", "table", "plane"]
    rows: int
    input_shape: tuple[int, ...]
    target: str
    classes: int = 0
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    image_shape: tuple[int, int] | None = None
    full_scale: float | None = None
    test_rows: int = 0
    download_mb: float = 0.0
    licence: str = "BSD-3-Clause (scikit-learn)"

    @property
    def embedded(self) -> bool:
        """Whether it needs no network."""
        return self.download_mb == 0.0

    @property
    def has_test(self) -> bool:
        """Whether it comes with a test part of its own."""
        return self.test_rows > 0

    @property
    def inputs(self) -> int:
        """Numbers in one row."""
        size = 1
        for length in self.input_shape:
            size *= length
        return size

    @property
    def row_shape(self) -> tuple[int, ...]:
        """Shape of a row as a network may see it: of the picture, where it is one."""
        if len(self.input_shape) == 1 and self.image_shape is not None:
            return self.image_shape
        return self.input_shape

    @property
    def outputs(self) -> int:
        """Units of the output layer: one per class, or one."""
        return self.classes or 1


def _plane(id: str, title: str, description: str) -> DatasetInfo:
    return DatasetInfo(
        id=id,
        title=title,
        description=description,
        task="classification",
        kind="plane",
        rows=PLANE_ROWS,
        input_shape=(2,),
        target="class",
        classes=2,
        class_names=("0", "1"),
        feature_names=("x", "y"),
        licence="made on the spot",
    )


DATASETS: dict[str, DatasetInfo] = {
    dataset.id: dataset
    for dataset in (
        DatasetInfo(
            id="digits",
            title="Digits",
            description="Handwritten digits, 8 x 8 pixels. Small enough to train in a blink.",
            task="classification",
            kind="image",
            rows=1_797,
            input_shape=(64,),
            target="digit",
            classes=10,
            class_names=DIGIT_NAMES,
            image_shape=(8, 8),
            full_scale=16.0,
        ),
        DatasetInfo(
            id="mnist",
            title="MNIST",
            description="Handwritten digits, 28 x 28 pixels: the classic benchmark.",
            task="classification",
            kind="image",
            rows=60_000,
            test_rows=10_000,
            input_shape=(28, 28),
            target="digit",
            classes=10,
            class_names=DIGIT_NAMES,
            image_shape=(28, 28),
            full_scale=255.0,
            download_mb=11.5,
            licence="CC BY-SA 3.0",
        ),
        DatasetInfo(
            id="fashion_mnist",
            title="Fashion-MNIST",
            description="Photographs of clothes, 28 x 28 pixels: harder than MNIST, same size.",
            task="classification",
            kind="image",
            rows=60_000,
            test_rows=10_000,
            input_shape=(28, 28),
            target="article",
            classes=10,
            class_names=(
                "T-shirt",
                "Trouser",
                "Pullover",
                "Dress",
                "Coat",
                "Sandal",
                "Shirt",
                "Sneaker",
                "Bag",
                "Ankle boot",
            ),
            image_shape=(28, 28),
            full_scale=255.0,
            download_mb=30.9,
            licence="MIT",
        ),
        DatasetInfo(
            id="cifar10",
            title="CIFAR-10",
            description="Colour photographs of ten kinds of things, 32 x 32 pixels: for a CNN.",
            task="classification",
            kind="image",
            rows=50_000,
            test_rows=10_000,
            input_shape=(32, 32, 3),
            target="thing",
            classes=10,
            class_names=(
                *("airplane", "automobile", "bird", "cat", "deer"),
                *("dog", "frog", "horse", "ship", "truck"),
            ),
            image_shape=(32, 32),
            full_scale=255.0,
            download_mb=170.1,
            licence="free to use, cite Krizhevsky 2009",
        ),
        DatasetInfo(
            id="iris",
            title="Iris",
            description="Three species of iris told apart by four lengths.",
            task="classification",
            kind="table",
            rows=150,
            input_shape=(4,),
            target="species",
            classes=3,
            class_names=("setosa", "versicolor", "virginica"),
            feature_names=("sepal length", "sepal width", "petal length", "petal width"),
        ),
        DatasetInfo(
            id="wine",
            title="Wine",
            description="Three growers of wine told apart by thirteen chemical measurements.",
            task="classification",
            kind="table",
            rows=178,
            input_shape=(13,),
            target="grower",
            classes=3,
            class_names=("grower 0", "grower 1", "grower 2"),
            feature_names=(
                "alcohol",
                "malic acid",
                "ash",
                "alcalinity of ash",
                "magnesium",
                "total phenols",
                "flavanoids",
                "nonflavanoid phenols",
                "proanthocyanins",
                "color intensity",
                "hue",
                "od280/od315",
                "proline",
            ),
        ),
        DatasetInfo(
            id="breast_cancer",
            title="Breast cancer",
            description="Malignant or benign, from thirty measurements of cell nuclei.",
            task="classification",
            kind="table",
            rows=569,
            input_shape=(30,),
            target="diagnosis",
            classes=2,
            class_names=("malignant", "benign"),
            feature_names=tuple(
                f"{statistic} {measure}"
                for statistic in ("mean", "error of", "worst")
                for measure in (
                    "radius",
                    "texture",
                    "perimeter",
                    "area",
                    "smoothness",
                    "compactness",
                    "concavity",
                    "concave points",
                    "symmetry",
                    "fractal dimension",
                )
            ),
        ),
        DatasetInfo(
            id="diabetes",
            title="Diabetes",
            description="Progression of the disease after a year, from ten scaled measurements.",
            task="regression",
            kind="table",
            rows=442,
            input_shape=(10,),
            target="progression",
            feature_names=(
                "age",
                "sex",
                "bmi",
                "blood pressure",
                "total cholesterol",
                "LDL",
                "HDL",
                "cholesterol / HDL",
                "log triglycerides",
                "glucose",
            ),
        ),
        DatasetInfo(
            id="insurance",
            title="Insurance",
            description="Medical costs of 1,338 people; simulated, but as uneven as real ones.",
            task="regression",
            kind="table",
            rows=1_338,
            # Two sexes, yes or no, four regions, and a slot each for anything else.
            input_shape=(14,),
            target="charges",
            feature_names=("age", "sex", "bmi", "children", "smoker", "region"),
            download_mb=0.03,
            licence="none stated; simulated data",
        ),
        DatasetInfo(
            id="california_housing",
            title="California housing",
            description="Median house values of 20,640 blocks in 1990, in 100,000 dollars.",
            task="regression",
            kind="table",
            rows=20_640,
            input_shape=(8,),
            target="median house value",
            feature_names=(
                "median income",
                "house age",
                "rooms per household",
                "bedrooms per household",
                "population",
                "people per household",
                "latitude",
                "longitude",
            ),
            download_mb=0.44,
            licence="CC BY 4.0, as deposited",
        ),
        _plane("moons", "Moons", "Two interleaved half circles: not separable by a line."),
        _plane("circles", "Circles", "A ring around a disc."),
        _plane("spirals", "Spirals", "Two arms wound around each other: hard for small networks."),
        _plane("xor", "XOR", "Four blobs in two classes, opposite corners alike."),
    )
}
