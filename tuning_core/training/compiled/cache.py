"""The compiled epochs that are kept from one trial to the next."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from tuning_core.catalog.architecture import architecture
from tuning_core.catalog.dataset import LogScale
from tuning_core.catalog.hyperparameters import Value
from tuning_core.training.compiled.epoch import CompiledEpoch, Shape
from tuning_core.training.rows import ResidentData

_CACHED = 64

_cache: OrderedDict[tuple[object, ...], CompiledEpoch] = OrderedDict()


def compiled_epoch(
    config: Mapping[str, Value],
    task: str,
    *,
    shuffle: bool = True,
    image: Shape | None = None,
    two_classes: bool = False,
    weighted: bool = False,
    log: LogScale | None = None,
) -> CompiledEpoch:
    """The compiled epoch of a configuration's architecture, kept from one trial to the next.

    ``image`` is the shape of a row and counts for convolutional networks alone; the others are as
    in ``CompiledEpoch``. A dropped graph gives back almost nothing of its 4 MB, so many are kept.
    """
    image = image if "blocks" in config else None
    key = (architecture(config, task), shuffle, image, two_classes, weighted, log)
    if key not in _cache:
        _cache[key] = CompiledEpoch(
            config,
            task,
            shuffle=shuffle,
            image=image,
            two_classes=two_classes,
            weighted=weighted,
            log=log,
        )
    _cache.move_to_end(key)
    while len(_cache) > _CACHED:
        _cache.popitem(last=False)
    return _cache[key]


def epoch_for(
    data: ResidentData, config: Mapping[str, Value], *, shuffle: bool = True
) -> CompiledEpoch:
    """The compiled epoch that trains a configuration on these rows."""
    return compiled_epoch(
        config,
        data.task,
        shuffle=shuffle,
        image=data.row_shape,
        two_classes=data.outputs == 2,
        weighted=data.weights is not None,
        log=data.target.log,
    )


def warm(configs: Iterable[Mapping[str, Value]], task: str) -> None:
    """Has the architectures of these configurations traced before a trial needs them."""
    for config in configs:
        compiled_epoch(config, task).warm()
