"""Methods of one object that somebody looks on at: called as before, and told of."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


class Hook:
    """Stands in for a method of an object; ``around`` is called with the method as it was.

    Copies and pickles of the object have the method itself. ``watch`` is whoever looks on.
    """

    watch: Any = None

    def __init__(self, target: Any, name: str, around: Callable[..., Any]) -> None:
        self._target, self._name = target, name
        self._before = vars(target).get(name)
        self._call = functools.partial(around, getattr(target, name))
        functools.update_wrapper(self, getattr(target, name))
        setattr(target, name, self)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """What the method returns or raises."""
        return self._call(*arguments, **options)

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, (self._target, self._name)

    def remove(self) -> None:
        """Put the method back, unless somebody else has put another there since."""
        if vars(self._target).get(self._name) is not self:
            return
        if self._before is None:
            delattr(self._target, self._name)
        else:
            setattr(self._target, self._name, self._before)
