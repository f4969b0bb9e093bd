"""Does modelling deception pay? Incidents of known author, answered with and without a deception entry.

`python benchmarks/deception.py` writes `reports/deception.md`. Two authors are equally probable beforehand: a real
attacker, under whom each of a number of clues is present with probability 0.7, and a false flag, under whom it is 0.2
unless it is staged. A share of the false flags stages: what is within reach then shows as it would under the real
attacker. The score is the natural log of the probability given to the true author. Expected scores are sums over all
possible reports, weighted by their probability; simulated ones are means over incidents with 90 % intervals.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from scipy import special

from falseflag.case.loader import load_text
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import Problem, problem_of

REPORT = Path(__file__).parents[1] / "reports" / "deception.md"
REAL, PLAIN = 0.7, 0.2
STAGERS = (0.0, 0.1, 0.3, 0.6)
INCIDENTS = 20_000
SEED = 20230503


@dataclass(frozen=True)
class World:
    """How incidents come about.

    Parameters
    ----------
    fakeable, solid : int
        Clues that can be staged, and clues that cannot.
    stagers : float
        Share of false flags that stage.
    shown : float
        Probability of a clue that was staged.
    """

    fakeable: int = 6
    solid: int = 2
    stagers: float = 0.3
    shown: float = REAL

    def probabilities(self) -> Iterator[tuple[bool, int, int, float]]:
        """Yield author (whether a false flag), numbers of either kind of clue present, and their probability."""
        for fakeable, solid in product(range(self.fakeable + 1), range(self.solid + 1)):
            of_solid = [_binomial(self.solid, solid, p) for p in (REAL, PLAIN)]
            staged = _binomial(self.fakeable, fakeable, self.shown)
            plain = _binomial(self.fakeable, fakeable, PLAIN)
            flag = self.stagers * staged + (1 - self.stagers) * plain
            yield False, fakeable, solid, 0.5 * _binomial(self.fakeable, fakeable, REAL) * of_solid[0]
            yield True, fakeable, solid, 0.5 * flag * of_solid[1]


def _binomial(n: int, k: int, p: float) -> float:
    return float(special.binom(n, k) * p**k * (1 - p) ** (n - k))


@dataclass(frozen=True)
class Analyst:
    """How an analyst writes the case.

    Parameters
    ----------
    name : str
    attempt : float
        Of the deception entry; 0 for none.
    marginal : float
        Share of stagers that is worked into each clue's likelihood instead.
    reach : int or None
        How many of the clues that can be staged are listed as within reach; None for all, and more than all for solid
        ones too.
    """

    name: str
    attempt: float = 0.0
    marginal: float = 0.0
    reach: int | None = None


def case_text(world: World, analyst: Analyst) -> str:
    """Return the case file of an analyst."""
    lines = [
        "title: Simulated incident",
        "prior_strength: certain",
        "hypotheses: {false_flag: {prior: 1}, attacker: {prior: 1}}",
    ]
    is_as_issue = abs(world.shown - REAL) > 1e-12
    if analyst.attempt and is_as_issue:
        lines += [
            "circumstances:",
            f"  staged: {{probability: {{false_flag: {analyst.attempt!r}, others: 'no'}}}}",
        ]
    lines.append("indicators:")
    clues = [f"clue{n}" for n in range(world.fakeable)] + [f"solid{n}" for n in range(world.solid)]
    for name in clues:
        is_fakeable = name.startswith("clue")
        flag = PLAIN
        if is_fakeable and analyst.marginal:
            flag = analyst.marginal * world.shown + (1 - analyst.marginal) * PLAIN
        likelihood = f"false_flag: {flag!r}, others: {REAL!r}"
        if is_fakeable and analyst.attempt and is_as_issue:
            likelihood = f"false_flag & staged=yes: {world.shown!r}, {likelihood}"
        lines.append(f"  {name}: {{observed: present, likelihood: {{{likelihood}}}}}")
    if analyst.attempt and not is_as_issue:
        reached = clues[: world.fakeable if analyst.reach is None else analyst.reach]
        reach = ", ".join(f"{name}: {{value: certain, why: simulated}}" for name in reached)
        lines += [
            "deception:",
            f"  false_flag: {{blames: attacker, attempt: {analyst.attempt!r}, reach: {{{reach}}}}}",
        ]
    return "\n".join(lines) + "\n"


def answers(world: World, analyst: Analyst) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return P(false flag) by the numbers of clues present, shape (fakeable + 1, solid + 1)."""
    problem = problem_of(load_text(case_text(world, analyst)))
    out = np.empty((world.fakeable + 1, world.solid + 1))
    for fakeable, solid in np.ndindex(*out.shape):
        out[fakeable, solid] = _answer(problem, world, fakeable, solid)
    return out


def _answer(problem: Problem, world: World, fakeable: int, solid: int) -> float:
    present = [n < fakeable for n in range(world.fakeable)] + [n < solid for n in range(world.solid)]
    value = np.array([0 if each else 1 for each in present], dtype=np.intp)
    exact = ExactPosterior.of(replace(problem, reports=replace(problem.reports, value=value)))
    return exact.of_set(problem.states_in("false_flag"))


def expected_score(world: World, analyst: Analyst) -> float:
    """Return the expected log score, summed over all reports."""
    flag = answers(world, analyst)
    return sum(
        p * float(np.log(flag[f, s] if is_flag else 1 - flag[f, s]))
        for is_flag, f, s, p in world.probabilities()
        if p > 0
    )


def simulated_score(world: World, analyst: Analyst, rng: np.random.Generator) -> tuple[float, float, float]:
    """Return the mean log score over simulated incidents, with its 90 % interval."""
    flag = answers(world, analyst)
    is_flag = rng.random(INCIDENTS) < 0.5
    staged = is_flag & (rng.random(INCIDENTS) < world.stagers)
    chance = np.where(is_flag, np.where(staged, world.shown, PLAIN), REAL)
    fakeable = rng.binomial(world.fakeable, chance)
    solid = rng.binomial(world.solid, np.where(is_flag, PLAIN, REAL))
    given = flag[fakeable, solid]
    scores = np.log(np.where(is_flag, given, 1 - given))
    half = 1.645 * scores.std() / np.sqrt(INCIDENTS)
    return float(scores.mean()), float(scores.mean() - half), float(scores.mean() + half)


def _table(title: str, header: list[str], rows: list[list[str]]) -> list[str]:
    lines = [f"## {title}", "", "| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows), ""]


def by_share() -> list[str]:
    """Return the table of stagers against what the analyst assumes."""
    rng = np.random.default_rng(SEED)
    analysts = [Analyst("no entry")] + [Analyst(f"attempt {a:g}", attempt=a) for a in STAGERS[1:]]
    rows = []
    for share in STAGERS:
        world = World(stagers=share)
        marginal = Analyst("", marginal=share)
        cells = [f"{expected_score(world, analyst):.4f}" for analyst in (*analysts, marginal)]
        mean, low, high = simulated_score(world, Analyst("", attempt=max(share, 0.1)), rng)
        rows.append([f"{share:.0%}", *cells, f"{mean:.4f} ({low:.4f} to {high:.4f})"])
    header = [
        "false flags that stage",
        *(a.name for a in analysts),
        "marginals typed",
        "simulated, attempt as it is (at least 0.1)",
    ]
    return _table("Stagers, and what the analyst assumes of them", header, rows)


def by_mistake() -> list[str]:
    """Return the table of wrong reaches."""
    rows = []
    for share in STAGERS:
        world = World(stagers=share)
        scores = [expected_score(world, Analyst("", attempt=0.3, reach=reach)) for reach in (2, 4, 6, 8)]
        cells = [f"{score:.4f}" for score in scores]
        rows.append([f"{share:.0%}", *cells])
    header = ["false flags that stage", "2 of 6 listed", "4 of 6", "all 6", "all 6 and both that cannot be staged"]
    return _table("A wrong reach, with attempt 0.3", header, rows)


def by_number() -> list[str]:
    """Return the table of more clues, and of those that cannot be staged."""
    rows = []
    for fakeable, solid in ((2, 2), (6, 2), (12, 2), (6, 0), (6, 4), (12, 6)):
        world = World(fakeable=fakeable, solid=solid)
        cells = [
            expected_score(world, Analyst("", attempt=0.3)),
            expected_score(world, Analyst("")),
            expected_score(world, Analyst("", marginal=0.3)),
        ]
        honest = replace(world, stagers=0.0)
        cost = expected_score(honest, Analyst("", attempt=0.3)) - expected_score(honest, Analyst(""))
        rows.append([f"{fakeable} and {solid}", *(f"{cell:.4f}" for cell in cells), f"{cost:+.4f}"])
    header = [
        "clues within and out of reach",
        "entry, attempt 0.3",
        "no entry",
        "marginals typed",
        "cost of the entry when nobody stages",
    ]
    return _table("More clues, 30 % of false flags staging", header, rows)


def circumstance() -> list[str]:
    """Return the table of plants that look better than the real thing, written as a circumstance."""
    world = World(shown=0.9)
    rows = [
        ["a circumstance `staged`, 0.3 under the false flag", f"{expected_score(world, Analyst('', attempt=0.3)):.4f}"],
        ["no circumstance", f"{expected_score(world, Analyst('')):.4f}"],
        ["marginals typed", f"{expected_score(world, Analyst('', marginal=0.3)):.4f}"],
    ]
    return _table("Plants that show with 0.9, written as a circumstance", ["written as", "expected log score"], rows)


def report() -> str:
    """Return the whole page."""
    gain = expected_score(World(), Analyst("", attempt=0.3)) - expected_score(World(), Analyst(""))
    honest = World(stagers=0.0)
    cost = expected_score(honest, Analyst("", attempt=0.3)) - expected_score(honest, Analyst(""))
    lines = [
        "# Does modelling deception pay?",
        "",
        "Written by `make deception`. A real attacker and a false flag are equally probable beforehand. Each clue",
        f"is present with probability {REAL:g} under the real attacker and {PLAIN:g} under a false flag that does not",
        "stage it; staged, it shows as under the real attacker. Unless said otherwise there are six clues that can be",
        "staged and two that cannot. Figures are expected natural-log scores of the true author, summed over all",
        "possible reports: higher (nearer to 0) is better, and guessing scores −0.6931.",
        "",
        f"Where 30 % of false flags stage, a deception entry with attempt 0.3 is worth {gain:.4f} a case. Where",
        f"none does, the same entry costs {-cost:.4f} a case. An entry whose attempt is too high costs less than",
        "leaving it out when there are stagers; working the staging into each clue's likelihood instead counts one",
        "plan as many.",
        "",
        *by_share(),
        *by_mistake(),
        *by_number(),
        *circumstance(),
    ]
    return "\n".join(lines).replace("-0.", "−0.").rstrip() + "\n"


if __name__ == "__main__":
    REPORT.write_text(report(), encoding="utf-8")
    print(report())  # noqa: T201
