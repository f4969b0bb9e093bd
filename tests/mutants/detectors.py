"""What may notice that the program is wrong. Each is asked the same of the right version, which it has to pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from oracle.agreement import answers
from oracle.brute_force import BruteForce
from scipy import stats

from falseflag import sampling
from falseflag.case.conditions import OTHERS, Condition
from falseflag.case.loader import load_text
from falseflag.case.model import Case
from falseflag.distributions import AnyDistribution, Beta, Point, beta_from_interval
from falseflag.inference.checks import effective_draws
from falseflag.inference.draws import Draws
from falseflag.inference.result import Answer
from falseflag.problem import Problem
from falseflag.settings import Settings
from falseflag.validation.calibrate import calibrate
from mutants.material import sharing_case, small_case, staged_case, together_case, unsure_case

CLOSE = 1e-6
"""How near the exact engine and brute force have to be (docs/model.md)."""

REPLICATES = 250
Z_LIMIT = 4.5
"""Standard errors that two engines' means of a parameter may lie apart, at the worst of some tens of them."""

SEED = 20261125


@dataclass(frozen=True)
class Detector:
    """Something that notices.

    Parameters
    ----------
    about : str
    flags : callable
        Whether it takes the program, as it is now, for wrong.
    slow : bool
    """

    about: str
    flags: Callable[[], bool]
    slow: bool


def differs_from_brute_force(*cases: Callable[[], Case]) -> bool:
    """Compare nodes, circumstances, propositions, facts, sources, staging, plants and bits."""
    return any(
        abs(found - expected) > CLOSE
        for make in cases
        for _, (found, expected) in answers(laid_out(make()), BruteForce(make()))
    )


def laid_out(case: Case) -> Problem:
    """Lay out a case as `sampling.sample` does, wrong versions of which replace the function there."""
    return sampling.problem_of(case)  # type: ignore[attr-defined]


def draws_disagree_with_quadrature(*cases: Callable[[], Case]) -> bool:
    return any(not sampling.sample(make(), "exact", Settings(draws=1000, seed=SEED)).is_sound for make in cases)


def parameters_miss_their_means() -> bool:
    """Compare the means of drawn θ and r with those that follow from one report and what is known of h.

    With m and R the prior means, P = R m + (1 − R)(1 − m) for a presence, and E[r | x, h] = (E[r²] m + E[r (1 − r)]
    (1 − m)) / P; θ likewise, with r and θ changing places. An absence has 1 − θ for θ.
    """
    case = unsure_case()
    answer = sampling.sample(case, "exact", Settings(draws=2000, seed=SEED))
    posterior = {row.name: row.posterior for row in answer.rows}
    problem, draws = answer.problem, answer.draws
    wrong = 0
    for i, indicator in enumerate(case.indicators.values()):
        rows, (report,) = indicator.likelihood, indicator.reports
        is_present = report.says == "present"
        stated = {leaf: rows.get(Condition(leaf), rows[OTHERS]).distribution for leaf in posterior}
        reported = {leaf: _moments(value, absent=not is_present) for leaf, value in stated.items()}
        assert report.reliability is not None
        right = _moments(report.reliability[OTHERS].distribution, absent=False)
        expected = sum(posterior[leaf] * _mean_given_both(right, theta) for leaf, theta in reported.items())
        wrong += _misses(draws.reliability[:, i], expected)
        for leaf, p in posterior.items():
            if Condition(leaf) in rows:
                prior = reported[leaf][0]
                expected = p * _mean_given_both(reported[leaf], right) + (1 - p) * prior
                drawn = draws.theta[:, problem.own_of[i, problem.leaves.index(leaf)], 0]
                wrong += _misses(drawn if is_present else 1 - drawn, expected)
    return wrong > 0


def _moments(value: AnyDistribution, *, absent: bool) -> tuple[float, float]:
    """Return E[v] and E[v²] of a Beta or a point, of 1 − v for an absence."""
    assert isinstance(value, Beta | Point)
    beta = stats.beta(value.alpha, value.beta) if isinstance(value, Beta) else None
    first = value.mean
    second = first**2 if beta is None else float(beta.moment(2))
    return (1 - first, 1 - 2 * first + second) if absent else (first, second)


def _mean_given_both(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return E[v | v u + (1 − v)(1 − u) came true], of the first of two independent v and u."""
    came_true = one[0] * other[0] + (1 - one[0]) * (1 - other[0])
    return (one[1] * other[0] + (one[0] - one[1]) * (1 - other[0])) / came_true


def _misses(drawn: np.ndarray, expected: float) -> bool:
    return bool(abs(drawn.mean() - expected) > Z_LIMIT * drawn.std() / np.sqrt(len(drawn)) + CLOSE)


def is_not_calibrated(make: Callable[[], Case], replicates: int = REPLICATES) -> bool:
    return not calibrate(make(), replicates=replicates, seed=SEED).passed


WRITTEN = """\
title: Quantiles
hypotheses: {a: {}, b: {}}
indicators:
  i: {observed: present, likelihood: {a: [0.1, 0.4], b: likely}}
"""


def misreads_intervals() -> bool:
    """What is written as an interval is to have its ends as 5 % and 95 % quantiles, by SciPy's own distribution."""
    beta_from_interval.cache_clear()
    found = [value.distribution for value in load_text(WRITTEN).indicators["i"].likelihood.values()]
    beta_from_interval.cache_clear()
    ends = [stats.beta(d.alpha, d.beta).ppf([0.05, 0.95]) for d in found if isinstance(d, Beta)]
    return not (len(ends) == 2 and np.allclose(ends, [(0.1, 0.4), (0.55, 0.8)], atol=1e-6))


def sampled(make: Callable[[], Case]) -> Answer:
    return sampling.sample(make(), "nuts", Settings(seed=SEED))


def nuts_fails_its_checks(make: Callable[[], Case]) -> bool:
    return not sampled(make).is_sound


def engines_differ_in_a_parameter() -> bool:
    """Compare mean and spread of every parameter's draws by NUTS with independent draws of the exact engine."""
    nuts, independent = sampled(small_case), sampling.sample(small_case(), "exact", Settings(draws=2500, seed=SEED))
    kinds = ("weights", "theta", "reliability", "correlation", "probability")
    return any(_worst(_flat(nuts.draws, k), _flat(independent.draws, k), nuts.chains) > Z_LIMIT for k in kinds)


def _flat(draws: Draws, kind: str) -> np.ndarray:
    return np.asarray(getattr(draws, kind).reshape(len(draws), -1))


def _worst(draws: np.ndarray, independent: np.ndarray, chains: int) -> float:
    vary = np.ptp(independent, axis=0) > 1e-9
    draws, independent = draws[:, vary], independent[:, vary]
    centre = independent.mean(axis=0)
    worst = 0.0
    for ours, theirs in ((draws, independent), ((draws - centre) ** 2, (independent - centre) ** 2)):
        effective = effective_draws(ours.reshape(chains, -1, ours.shape[1]), "bulk")
        error = np.sqrt(ours.var(axis=0) / effective + theirs.var(axis=0) / len(theirs))
        worst = max(worst, float((np.abs(ours.mean(axis=0) - theirs.mean(axis=0)) / error).max(initial=0.0)))
    return worst


SMALL, STAGED = small_case, staged_case

DETECTORS = {
    "brute force": Detector(
        "the exact engine against the definition in plain loops, first edition",
        partial(differs_from_brute_force, SMALL),
        slow=False,
    ),
    "brute force, staged": Detector(
        "the same, of all that is new in the second edition",
        partial(differs_from_brute_force, STAGED, together_case),
        slow=False,
    ),
    "agreement": Detector(
        "independent draws against quadrature", partial(draws_disagree_with_quadrature, SMALL, STAGED), slow=False
    ),
    "moments": Detector("means of drawn θ and r in closed form", parameters_miss_their_means, slow=False),
    "quantiles": Detector("elicited intervals against SciPy's quantiles", misreads_intervals, slow=False),
    "calibration": Detector(f"{REPLICATES} simulated incidents", partial(is_not_calibrated, SMALL), slow=True),
    "calibration of sharing": Detector(
        "as many, of leaves with one θ", partial(is_not_calibrated, sharing_case), slow=True
    ),
    "calibration of staging": Detector("as many, of the second edition", partial(is_not_calibrated, STAGED), slow=True),
    "checks": Detector("the checks of a sampled answer", partial(nuts_fails_its_checks, SMALL), slow=True),
    "checks, staged": Detector("the same, of the second edition", partial(nuts_fails_its_checks, STAGED), slow=True),
    "engines": Detector("parameters of NUTS against independent draws", engines_differ_in_a_parameter, slow=True),
}
