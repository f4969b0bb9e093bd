"""The PyMC model as two functions on plain arrays: log density with gradient, and what is kept of a draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytensor
import pytensor.tensor as pt
from pytensor.graph.replace import clone_replace
from pytensor.graph.rewriting.utils import rewrite_graph

from falseflag.nuts.arrays import blocks_of, numbers_of
from falseflag.nuts.layout import stored_shapes
from falseflag.nuts.model import build_model
from falseflag.problem import Problem

type Kernels = dict[str, Callable[..., Any]]


def kernels_of(problem: Problem) -> Kernels:
    """Translate the model to functions that numba can compile.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    dict
        ``log_density``: log density and its gradient; ``expand``: what is kept of a draw. Both take a point and all
        numbers, those of `numbers_of`, in its order; the point is log odds, then
        probits.
    """
    model = build_model(problem)
    point = pt.tensor("point", dtype="float64", shape=(blocks_of(problem).size,))
    values = [model.rvs_to_values[variable] for variable in model.free_RVs]
    inputs, replacements = _inputs(problem, model, values, point)
    density = rewrite_graph(model.logp(), include=["canonicalize", "stabilize"])
    gradient = pt.concatenate(pt.grad(density, values))
    stored = model.replace_rvs_by_values([model[name].ravel() for name in stored_shapes(problem)])
    graphs = {"log_density": [density, gradient], "expand": [pt.concatenate(stored)]}
    return {name: _translate([point, *inputs], clone_replace(graph, replacements)) for name, graph in graphs.items()}


def _inputs(problem: Problem, model: Any, values: list[Any], point: Any) -> tuple[list[Any], dict[Any, Any]]:  # noqa: ANN401
    """Make an input of each vector of numbers, and tell what stands for what: only the grid's length is left open."""
    numbers = numbers_of(problem)
    inputs = [
        pt.tensor(name, dtype="float64", shape=(None if name == "z" else len(given),))
        for name, given in numbers.items()
    ]
    replacements = dict(zip((model[name] for name in numbers), inputs, strict=True))
    start = 0
    for value, size in zip(values, (blocks_of(problem).log_odds, len(blocks_of(problem).free_probit)), strict=False):
        replacements[value] = point[start : start + size]
        start += size
    return inputs, replacements


def _translate(inputs: list[Any], outputs: list[Any]) -> Callable[..., Any]:
    compiled = pytensor.function(inputs, outputs, mode="NUMBA", on_unused_input="ignore")
    kernel: Callable[..., Any] = compiled.vm.jit_fn
    return kernel
