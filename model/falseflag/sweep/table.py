"""A sweep as a table: one line a run, made block by block and put in its place whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from falseflag.batch.store import Store
from falseflag.sweep.record import Sweep, report
from falseflag.writing import replacing_file

BLOCK = 10_000
"""Lines that are made at once."""

STORE = "sweep.jsonl"
"""File beside the table that says which sweep it is of, and holds what was sampled."""

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
    reported = [axis for axis, target in enumerate(sweep.design.targets) if target.kind == "observed"]
    nodes = sweep.leaves[at] @ sweep.problem.membership.T.astype(float)
    parts = [nodes if sweep.sampled is None else sweep.sampled.posterior[at]]
    if sweep.sampled is not None:
        parts += [sweep.sampled.low[at], sweep.sampled.high[at]]
    found = np.concatenate(parts, axis=1).tolist()
    leaders = [sweep.problem.leaves[h] for h in sweep.leader[at]]
    for run, row, leader, probabilities in zip(runs, values, leaders, found, strict=True):
        for axis in reported:
            row[axis] = report(row[axis])
        sound = [] if sweep.sampled is None else [bool(sweep.sampled.sound[run])]
        yield [run, *row, leader, *probabilities, *sound]


def write_table(sweep: Sweep, path: Path, store: Path, progress: Callable[[int, int], None] | None = None) -> None:
    """Write the table in the place of any that is there.

    Parameters
    ----------
    sweep : Sweep
    path : path
        The CSV file.
    store : path
        The file that says which sweep the table is of; it is locked meanwhile.
    progress : callable, optional
        Called with how many lines are written, and how many there are.

    Raises
    ------
    RequestError
        If the store is of another sweep, or the table cannot be written; what was there before is then as it was.
    """
    tell = progress or (lambda _done, _total: None)
    with (
        Store(store, sweep.identity),
        replacing_file(path) as partial,
        partial.open("w", encoding="utf-8", newline="") as file,
    ):
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
