"""A sweep as a table: one line a run, made block by block and put in its place whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from falseflag.sweep.record import Sweep

BLOCK = 10_000
"""Lines that are made at once."""

type Cell = float | str | bool


def columns_of(sweep: Sweep) -> list[str]:
    """Return the names of the columns: the run, what is varied, the leader, and every node's posterior."""
    nodes = sweep.problem.nodes
    names = ["run", *(target.name for target in sweep.design.targets), "leader", *(f"posterior.{n}" for n in nodes)]
    if sweep.sampled is not None:
        names += [f"{end}.{node}" for end in ("low", "high") for node in nodes] + ["sound"]
    return names


def rows_of(sweep: Sweep, runs: range) -> Iterator[list[Cell]]:
    """Yield the cells of some runs."""
    at = np.arange(runs.start, runs.stop)
    values = sweep.design.values(at).tolist()
    targets = sweep.design.targets
    reported = [axis for axis, target in enumerate(targets) if target.kind == "observed"]
    nodes = sweep.leaves[at] @ sweep.below.T
    parts = [nodes if sweep.sampled is None else sweep.sampled.posterior[at]]
    if sweep.sampled is not None:
        parts += [sweep.sampled.low[at], sweep.sampled.high[at]]
    found = np.concatenate(parts, axis=1).tolist()
    leaders = [sweep.problem.leaves[h] for h in sweep.leader[at]]
    for run, row, leader, probabilities in zip(runs, values, leaders, found, strict=True):
        for axis in reported:
            row[axis] = targets[axis].word(row[axis])
        sound = [] if sweep.sampled is None else [bool(sweep.sampled.sound[run])]
        yield [run, *row, leader, *probabilities, *sound]


def write_table(sweep: Sweep, path: Path, progress: Callable[[int, int], None] | None = None) -> None:
    """Write the table to a new file.

    Parameters
    ----------
    sweep : Sweep
    path : path
        The CSV file.
    progress : callable, optional
        Called with how many lines are written, and how many there are.
    """
    tell = progress or (lambda _done, _total: None)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(map(_cell, columns_of(sweep))) + "\n")
        for start in range(0, sweep.design.runs, BLOCK):
            tell(start, sweep.design.runs)
            runs = range(start, min(start + BLOCK, sweep.design.runs))
            file.writelines(",".join(map(_cell, row)) + "\n" for row in rows_of(sweep, runs))
    tell(sweep.design.runs, sweep.design.runs)


def _cell(value: Cell) -> str:
    """Write a cell; names of a case are made of letters, digits, dots and underscores, so that none is quoted."""
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def table_of(sweep: Sweep) -> dict[str, list[object]]:
    """Return the table as JSON holds it: the names of the columns, and the rows."""
    return {"columns": list(columns_of(sweep)), "rows": list(rows_of(sweep, range(sweep.design.runs)))}
