"""How long each explanation of a large case takes, as a ratio to one exact answer in the same run."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import numpy as np
from making import case_of, indicator, inner, leaf, random_value

from falseflag.case.model import Case
from falseflag.distributions import beta_from_interval
from falseflag.explain.analysis import Analysis
from falseflag.explain.compare import compare
from falseflag.explain.explanation import explain
from falseflag.explain.replay import replay
from falseflag.explain.robustness import robust
from falseflag.explain.value_of_information import value_of_information

RUNS = 3


def large_case(indicators: int = 200, leaves: int = 20, groups: int = 10) -> Case:
    """Make a case in which every twentieth indicator is unknown and groups have four members."""
    rng = np.random.default_rng(1)
    tops = [
        inner(f"a{k}", [leaf(f"a{k}.b{j}") for j in range(4)], float(rng.uniform(0.5, 2))) for k in range(leaves // 4)
    ]
    nodes = [node.name for top in tops for node in top.walk()]
    made = []
    for k in range(indicators):
        statements = {node: random_value(rng) for node in rng.choice(nodes, 4, replace=False)}
        observed = None if k % 20 == 19 else bool(rng.random() < 0.6)
        found = indicator(f"i{k}", statements | {"others": random_value(rng)}, observed=observed, reliability=0.9)
        date = f"2023-05-{1 + k % 28:02d}"
        made.append(replace(found, seen=date, reports=tuple(replace(r, seen=date) for r in found.reports)))
    members = {f"g{g}": ([f"i{4 * g + j}" for j in range(4)], beta_from_interval(0.3, 0.7)) for g in range(groups)}
    return case_of(tops, made, members)


def median_seconds(work: Callable[[], object]) -> float:
    """Time a piece of work."""
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def rows() -> list[list[str]]:
    """Return a row for each explanation: seconds, and how many exact answers take as long."""
    case = large_case()
    other = replace(case, prior_strength=3.0, hypotheses=tuple(reversed(case.hypotheses)))
    works: dict[str, Callable[[], object]] = {
        "exact answer": lambda: Analysis.of(case).exact.states,
        "explain": lambda: explain(Analysis.of(case), case),
        "robust": lambda: robust(Analysis.of(case), case),
        "next": lambda: value_of_information(Analysis.of(case)),
        "replay": lambda: replay(Analysis.of(case)),
        "compare": lambda: compare([case, other]),
    }
    taken = {name: median_seconds(work) for name, work in works.items()}
    return [[name, f"{found:.2f}", f"{found / taken['exact answer']:.1f}"] for name, found in taken.items()]
