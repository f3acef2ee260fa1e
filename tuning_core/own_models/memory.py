"""Giving back what TensorFlow keeps of models that are gone."""

from __future__ import annotations

import gc

from tensorflow.python.eager import context
from tensorflow.python.eager.polymorphic_function.concrete_function import ConcreteFunction
from tensorflow.python.framework.func_graph import FuncGraph, dismantle_func_graph


def release_graphs() -> None:
    """Frees the graphs of traced functions that nothing can call any more.

    A graph and its operations hold each other where Python's collector does not see it, so that
    each model that was trained would stay, with several megabytes.
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
    for graph in dead:
        dismantle_func_graph(graph)
        graph.inputs = []
        graph.outputs = []
        graph.structured_outputs = None
        graph.structured_input_signature = None


def _chain(graph: object) -> list[FuncGraph]:
    """A graph, and those that it is a part of."""
    found = []
    while isinstance(graph, FuncGraph):
        found.append(graph)
        graph = graph.outer_graph
    return found
