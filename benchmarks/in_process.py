"""Work in a process that has its imports behind it: exact answers against pyAgrum and pgmpy, new numbers, sweeps."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from itertools import cycle
from pathlib import Path
from statistics import median

from aims import Aim
from material import numbers
from stopwatch import Ratio, in_turn, seconds

from falseflag.case.loader import load
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import problem_of
from falseflag.sampling import sample

sys.path.insert(0, str(Path(__file__).parent / "rivals"))

FILE, CHANGED = "from file to answer", "numbers changed"


def measure(folder: Path, rounds: int) -> dict[str, list[float]]:
    """Time exact answers of the point-valued case, and sampled ones of the case with ranges, in seconds."""
    points, tables = folder / "points.yaml", folder / "case.json"
    works = {
        f"falseflag, {FILE}": lambda: seconds(lambda: ExactPosterior.of(problem_of(load(points))).states, 20),
        f"falseflag, {CHANGED}": _changed_by_us(points),
        **_pyagrum(tables),
        **_pgmpy(tables),
        "falseflag, sampled again": _sampled_again(folder / "ranges.yaml"),
    }
    for work in works.values():
        work()  # imports and first uses are not what is timed here
    return in_turn(works, rounds)


def _changed_by_us(points: Path) -> Callable[[], float]:
    case = load(points)
    other = cycle([problem_of(case), problem_of(_turned(case))])
    return lambda: seconds(lambda: ExactPosterior.of(next(other)).states, 50)


def _turned(case):  # noqa: ANN001, ANN202  (a case, and the case with every report turned round)
    from dataclasses import replace  # noqa: PLC0415

    opposite = {"present": "absent", "absent": "present"}
    turned = {
        name: replace(found, reports=tuple(replace(r, says=opposite[r.says]) for r in found.reports))
        for name, found in case.indicators.items()
    }
    return replace(case, indicators=turned, prior_strength=case.prior_strength + 1)


def _pyagrum(tables: Path) -> dict[str, Callable[[], float]]:
    import pyagrum_script as script  # noqa: PLC0415

    def from_file() -> list[float]:
        made = json.loads(tables.read_text(encoding="utf-8"))
        return script.answer(script.build(made), made["observed"])

    first, second = numbers(5), numbers(6)
    network, other = script.build(first), cycle([first, second])

    def changed() -> list[float]:
        made = next(other)
        script.fill(network, made)
        return script.answer(network, made["observed"])

    return {f"pyAgrum, {FILE}": partial(seconds, from_file, 20), f"pyAgrum, {CHANGED}": partial(seconds, changed, 50)}


def _pgmpy(tables: Path) -> dict[str, Callable[[], float]]:
    import pgmpy_script as script  # noqa: PLC0415

    def from_file() -> list[float]:
        made = json.loads(tables.read_text(encoding="utf-8"))
        return script.answer(script.build(made), made["observed"])

    return {f"pgmpy, {FILE}": partial(seconds, from_file, 3)}


def _sampled_again(ranges: Path) -> Callable[[], float]:
    case = load(ranges)
    cases = cycle([_turned(case), case])
    return lambda: seconds(lambda: sample(next(cases), "nuts"))


def aims(times: dict[str, list[float]], textbook: list[float]) -> list[Aim]:
    """Hold the times against the aims; `textbook` are the whole textbook script's seconds."""
    ours, new = times[f"falseflag, {FILE}"], times[f"falseflag, {CHANGED}"]
    again = times["falseflag, sampled again"][: len(textbook)]
    return [
        Aim(f"pyAgrum / falseflag, {FILE}", Ratio.of(times[f"pyAgrum, {FILE}"], ours), 1),
        Aim(f"pyAgrum {FILE} / falseflag, {CHANGED}", Ratio.of(times[f"pyAgrum, {FILE}"], new), 10),
        Aim("falseflag, sampled again in a live process / textbook PyMC", Ratio.of(again, textbook), 0.1, at_most=True),
    ]


def rows(times: dict[str, list[float]]) -> list[list[str]]:
    """Return a row for each piece of work: milliseconds, median and spread."""
    return [
        [name, f"{1e3 * median(found):.3g}", f"{1e3 * min(found):.3g} to {1e3 * max(found):.3g}"]
        for name, found in times.items()
    ]
