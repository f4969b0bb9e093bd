"""What may notice that the program is wrong. Each is asked the same of the right version, which it has to pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from oracle import leaf_posterior
from scipy import stats

from falseflag import sampling
from falseflag.inference.result import Answer
from falseflag.calibrate.run import calibrate
from falseflag.case.loader import load
from falseflag.inference.checks import effective_draws
from falseflag.distributions import Beta, Distribution, beta_from_interval
from falseflag.settings import Settings
from mutants.material import sharing_case, small_case, unsure_case

CLOSE = 1e-6
"""How near quadrature and brute force have to be (MODEL's bound)."""

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


def differs_from_brute_force() -> bool:
    case = small_case()
    answer, expected = sampling.sample(case, "exact", Settings(draws=100)), leaf_posterior(case)
    return any(abs(row.posterior - expected[row.name]) > CLOSE for row in answer.rows if row.is_leaf)


def draws_disagree_with_quadrature() -> bool:
    return not sampling.sample(small_case(), "exact", Settings(draws=1000, seed=SEED)).is_sound


def parameters_miss_their_means() -> bool:
    """Hold the means of drawn θ and r against those that follow from one report and what is known of h.

    With m and R the prior means, P = R m + (1 − R)(1 − m) for a presence, and E[r | x, h] = (E[r²] m + E[r (1 − r)]
    (1 − m)) / P; θ likewise, with r and θ changing places. An absence has 1 − θ for θ.
    """
    case = unsure_case()
    answer = sampling.sample(case, "exact", Settings(draws=2000, seed=SEED))
    posterior = {row.name: row.posterior for row in answer.rows}
    problem, draws = answer.problem, answer.draws
    wrong = 0
    for i, indicator in enumerate(case.indicators.values()):
        stated = {
            leaf: indicator.likelihood.get(leaf, indicator.likelihood["others"]).distribution for leaf in posterior
        }
        reported = {leaf: _moments(value, absent=not indicator.observed) for leaf, value in stated.items()}
        right = _moments(indicator.reliability.distribution, absent=False)
        expected = sum(posterior[leaf] * _mean_given_both(right, theta) for leaf, theta in reported.items())
        wrong += _misses(draws.reliability[:, i], expected)
        for leaf in set(posterior) & set(indicator.likelihood):
            prior = reported[leaf][0]
            expected = posterior[leaf] * _mean_given_both(reported[leaf], right) + (1 - posterior[leaf]) * prior
            drawn = draws.theta[:, problem.statement_of[i, problem.leaves.index(leaf)]]
            wrong += _misses(drawn if indicator.observed else 1 - drawn, expected)
    return wrong > 0


def _moments(value: Distribution, *, absent: bool) -> tuple[float, float]:
    """Return E[v] and E[v²] of a Beta or a point, of 1 − v for an absence."""
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


def is_not_calibrated() -> bool:
    return not calibrate(small_case(), replicates=REPLICATES, seed=SEED).passed


def sharing_is_not_calibrated() -> bool:
    return not calibrate(sharing_case(), replicates=REPLICATES, seed=SEED).passed


WRITTEN = """\
title: Quantiles
hypotheses: {a: {}, b: {}}
indicators:
  i: {observed: present, likelihood: {a: "[0.1, 0.4]", b: likely}}
""".replace('"', "")


def misreads_intervals() -> bool:
    """What is written as an interval is to have its ends as 5 % and 95 % quantiles, by SciPy's own distribution."""
    beta_from_interval.cache_clear()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "case.yaml"
        path.write_text(WRITTEN)
        stated = load(path).indicators["i"].likelihood
    beta_from_interval.cache_clear()
    found = [value.distribution for value in stated.values()]
    ends = [stats.beta(d.alpha, d.beta).ppf([0.05, 0.95]) for d in found if isinstance(d, Beta)]
    return not (len(ends) == 2 and np.allclose(ends, [(0.1, 0.4), (0.55, 0.8)], atol=1e-6))


def sampled() -> Answer:
    return sampling.sample(small_case(), "nuts", Settings(seed=SEED))


def nuts_fails_its_checks() -> bool:
    return not sampled().is_sound


def engines_differ_in_a_parameter() -> bool:
    """Hold mean and spread of every parameter's draws by NUTS against independent draws of the exact engine."""
    nuts, independent = sampled(), sampling.sample(small_case(), "exact", Settings(draws=2500, seed=SEED))
    return any(
        _worst(getattr(nuts.draws, name), getattr(independent.draws, name), nuts.chains) > Z_LIMIT
        for name in ("node_weight", "theta", "reliability", "correlation", "probability")
    )


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


DETECTORS = {
    "brute force": Detector("quadrature against the definition in plain loops", differs_from_brute_force, slow=False),
    "agreement": Detector("independent draws against quadrature", draws_disagree_with_quadrature, slow=False),
    "moments": Detector("means of drawn θ and r in closed form", parameters_miss_their_means, slow=False),
    "quantiles": Detector("elicited intervals against SciPy's quantiles", misreads_intervals, slow=False),
    "calibration": Detector(f"{REPLICATES} made-up incidents", is_not_calibrated, slow=True),
    "calibration of sharing": Detector("as many, of leaves with one θ", sharing_is_not_calibrated, slow=True),
    "checks": Detector("the checks of a sampled answer", nuts_fails_its_checks, slow=True),
    "engines": Detector("parameters of NUTS against independent draws", engines_differ_in_a_parameter, slow=True),
}
