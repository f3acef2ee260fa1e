"""Giving back what TensorFlow keeps of models that are gone."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from tensorflow.python.eager import context
from tensorflow.python.eager.polymorphic_function.concrete_function import ConcreteFunction
from tensorflow.python.framework.func_graph import FuncGraph, dismantle_func_graph
from tensorflow.python.framework.ops import SymbolicTensor, gradient_registry

_CUSTOM = "CustomGradient-"
"""How the names of gradients begin that TensorFlow registers at each trace, for good."""


DROPPED = 6
"""Models that may be gone before their graphs are freed, which takes a second and more."""


class Dropped:
    """Counts models that nobody needs any more, and frees what is kept of them now and then."""

    def __init__(self) -> None:
        self._count = 0

    def add(self, models: int = 1) -> None:
        """So many more are gone; nothing may hold them."""
        self._count += models
        if self._count >= DROPPED:
            self._count = 0
            release_graphs()


def release_graphs() -> None:
    """Frees the graphs of traced functions that nothing can call any more.

    A graph and its operations hold each other where Python's collector does not see it, and the
    registry of gradients holds some, so that each model that was trained would stay, with several
    megabytes.
    """
    context.context().clear_kernel_cache()
    gc.collect()
    graphs: list[FuncGraph] = []
    callable_graphs: set[int] = set()
    for found in gc.get_objects():
        if isinstance(found, FuncGraph):
            graphs.append(found)
        elif isinstance(found, ConcreteFunction):
            callable_graphs.update(map(id, _chain(found.graph)))
    dead = [g for g in graphs if not any(id(outer) in callable_graphs for outer in _chain(g))]
    del graphs
    _forget_gradients({id(graph) for graph in dead})
    for graph in dead:
        dismantle_func_graph(graph)
        graph.inputs = []
        graph.outputs = []
        graph.structured_outputs = None
        graph.structured_input_signature = None
    del dead, found
    # Of the C library of most Linux systems: what was freed goes back to the machine.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def _chain(graph: object) -> list[FuncGraph]:
    """A graph, and those that it is a part of."""
    found = []
    while isinstance(graph, FuncGraph):
        found.append(graph)
        graph = graph.outer_graph
    return found


def _forget_gradients(dead: set[int]) -> None:
    registered = gradient_registry._registry
    for name in [name for name in registered if name.startswith(_CUSTOM)]:
        tensors = _tensors(registered[name]["type"], 4)
        if any(id(tensor.graph) in dead for tensor in tensors):
            del registered[name]


def _tensors(value: Any, depth: int) -> Iterator[SymbolicTensor]:
    """Tensors that a function or a container of values holds."""
    if isinstance(value, SymbolicTensor):
        yield value
    if depth == 0:
        return
    if isinstance(value, FunctionType):
        for cell in value.__closure__ or ():
            yield from _tensors(cell.cell_contents, depth - 1)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _tensors(part, depth - 1)
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()), depth)
