"""Whole programs against each other, from the file to what they print."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from aims import Aim
from stopwatch import Ratio, Run, in_turn, run

RIVALS = Path(__file__).parent / "rivals"
FALSEFLAG = Path(sys.executable).with_name("falseflag")
FLOOR = "import numpy, scipy.special, yaml, pydantic"
EMPTY = ", caches empty"
SAME = 1e-9
"""Exact programs have to agree this closely, or the times compare different things."""


def measure(folder: Path, rounds: int, *, cold: bool) -> dict[str, list[Run]]:
    """Run every program `rounds` times, in turn, and hold them to the same answer.

    A sampled run is timed with what earlier runs of the same structure left on disk and, if `cold`, once without.
    """
    numbers, points, ranges = folder / "case.json", folder / "points.yaml", folder / "ranges.yaml"
    exact = ("--engine", "exact", "--json")
    commands: dict[str, list[str | Path]] = {
        "python with numpy, scipy.special, yaml, pydantic": [sys.executable, "-c", FLOOR],
        "falseflag check": [FALSEFLAG, "check", ranges],
        "falseflag explain --json": [FALSEFLAG, "explain", ranges, "--json"],
        "falseflag next --json": [FALSEFLAG, "next", ranges, "--json"],
        "falseflag sample --engine exact --json": [FALSEFLAG, "sample", ranges, *exact],
        "falseflag sample --engine exact --json, points": [FALSEFLAG, "sample", points, *exact],
        "pyAgrum, points": [sys.executable, RIVALS / "pyagrum_script.py", numbers],
        "pgmpy, points": [sys.executable, RIVALS / "pgmpy_script.py", numbers],
        "falseflag sample --json": [FALSEFLAG, "sample", ranges, "--json"],
        "textbook PyMC": [sys.executable, RIVALS / "textbook.py", numbers],
    }
    first = _first_runs(commands) if cold else {}
    runs = in_turn({name: partial(run, command) for name, command in commands.items()}, rounds)
    hold_to_the_same_answer(runs)
    return runs | first


def _first_runs(commands: Mapping[str, list[str | Path]]) -> dict[str, list[Run]]:
    """Run the sampled programs once with empty caches; in a folder of their own, that nothing else may fill."""
    first = {}
    with tempfile.TemporaryDirectory() as empty:
        for name in ("falseflag sample --json", "textbook PyMC"):
            own = Path(empty, name.split()[0])
            places = {"XDG_CACHE_HOME": str(own), "PYTENSOR_FLAGS": f"base_compiledir={own / 'pytensor'}"}
            first[f"{name}{EMPTY}"] = [run(commands[name], places)]
    return first


def hold_to_the_same_answer(runs: Mapping[str, list[Run]]) -> None:
    """Compare what was printed: exact answers to 1e-9, sampled ones within five standard errors.

    Raises
    ------
    SystemExit
        If they differ.
    """
    ours = _exact(runs["falseflag sample --engine exact --json, points"][0])
    for name in ("pyAgrum, points", "pgmpy, points"):
        apart = np.abs(np.array(json.loads(runs[name][0].printed)) - ours).max()
        if apart > SAME:
            raise SystemExit(f"{name} answers {apart:.1g} apart from falseflag")
    table = json.loads(runs["textbook PyMC"][0].printed)
    means, errors = (np.array(list(table[column].values())) for column in ("mean", "mcse_mean"))
    z = np.abs(means - _exact(runs["falseflag sample --engine exact --json"][0])) / errors
    if z.max() > 5:
        raise SystemExit(f"the textbook model answers {z.max():.1f} standard errors apart from falseflag")


def _exact(run: Run) -> np.ndarray:
    return np.array([row["exact"] for row in json.loads(run.printed)["hypotheses"]])


def aims(runs: Mapping[str, list[Run]]) -> list[Aim]:
    """Hold the whole programs against the project's aims."""
    wall = {name: [taken.wall for taken in found] for name, found in runs.items()}
    floor = wall["python with numpy, scipy.special, yaml, pydantic"]
    exact = wall["falseflag sample --engine exact --json"]
    lean = ("falseflag check", "falseflag explain --json", "falseflag next --json")
    found = [
        Aim(f"`{name}` / python with its imports", Ratio.of(wall[name], floor), 1.5, at_most=True)
        for name in (*lean, "falseflag sample --engine exact --json")
    ]
    points = wall["falseflag sample --engine exact --json, points"]
    return [
        *found,
        Aim("textbook PyMC / `falseflag sample --engine exact`", Ratio.of(wall["textbook PyMC"], exact), 12),
        Aim("pgmpy / `falseflag sample --engine exact`, points", Ratio.of(wall["pgmpy, points"], points), 3),
        Aim("`falseflag sample` / textbook PyMC", _ratio(wall, ""), 1, at_most=True),
        *(
            Aim(f"the same{state}", _ratio(wall, state), 1, at_most=True)
            for state in (EMPTY,)
            if f"textbook PyMC{state}" in wall
        ),
    ]


def _ratio(wall: Mapping[str, list[float]], state: str) -> Ratio:
    return Ratio.of(wall[f"falseflag sample --json{state}"], wall[f"textbook PyMC{state}"])


def rows(runs: Mapping[str, list[Run]]) -> list[list[str]]:
    """Return a row for each program: medians."""
    return [
        [
            name,
            f"{median(taken.wall for taken in found):.2f}",
            f"{median(taken.cpu for taken in found):.2f}",
            f"{max(taken.memory for taken in found):.0f}",
        ]
        for name, found in runs.items()
    ]
