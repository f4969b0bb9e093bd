"""Checks of an answer: a verdict, a figure, its limit and a sentence each.

The draws of a sampler are checked for completeness, divergences, convergence and agreement with the exact answer; the
independent draws of the exact engine for completeness and agreement. Arrays of draws have the shape (chains, draws, ·).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from falseflag.arrays import Floats, Mask
from falseflag.inference.draws import Draws, fact_draws
from falseflag.problem import Problem

if TYPE_CHECKING:
    from falseflag.inference.exact.posterior import ExactPosterior
    from falseflag.settings import Settings

Z_LIMIT = 4.0
"""Monte Carlo standard errors that the engines may lie apart."""

EXACT_ERROR = 1e-6
"""Error bound of the exact engine, added to the sampled one's standard error."""

RARE = 10
"""Expected number of draws below which their own spread does not show how uncertain their mean is."""

R_HAT_LIMIT = 1.01
"""Vehtari et al. 2021, section 4."""

EFFECTIVE_LIMIT = 400
"""At least this many effective draws, bulk and tail: 100 for each of four chains (ibid.)."""

NEARLY_NOTHING = 0.5
"""A concentration of a Dirichlet below which its density has a pole where the weight is 0."""


@dataclass(frozen=True, slots=True)
class Check:
    """The verdict of one check.

    Parameters
    ----------
    name : str
        What was checked, such as ``r_hat``.
    passed : bool
    value, limit : float
        What was measured (NaN if it could not be) and what it is compared with.
    message : str
        One sentence for people.
    """

    name: str
    passed: bool
    value: float
    limit: float
    message: str

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON, without the numbers."""
        return {"name": self.name, "passed": self.passed, "message": self.message}


def failed(checks: Sequence[Check]) -> list[Check]:
    """Return the checks that did not pass."""
    return [check for check in checks if not check.passed]


@dataclass(frozen=True)
class Compared:
    """Quantities that both engines give, each between 0 and 1.

    Parameters
    ----------
    names : tuple of str, length V
    draws : ndarray, shape (n, V)
        Their values given φ, at draws of φ.
    exact : ndarray, shape (V,)
        Their expectations by the exact engine.
    """

    names: tuple[str, ...]
    draws: Floats
    exact: Floats


def compared(problem: Problem, exact: ExactPosterior, draws: Draws, *, sets_only: bool = False) -> Compared:
    """Collect what is compared between engines.

    These are the probabilities of all nodes, values of circumstances and propositions, of staging by each deception
    entry, of every value of every indicator without ratios, and the mean of each reliability where it applies; with
    `sets_only` the probabilities of sets of states alone, which cost nothing.
    """
    entries = {f"{name} stages": each for name, each in zip(problem.entries, problem.attempted, strict=True)}
    sets = {**problem.membership, **entries}
    names, columns = list(sets), [draws.of(list(sets.values()))]
    values = [exact.of_set(each) for each in sets.values()]
    if sets_only:
        return Compared(tuple(names), columns[0], np.array(values))
    for i in np.flatnonzero(~problem.has_ratios):
        drawn = fact_draws(problem, draws, int(i))
        if len(drawn) < len(draws):  # a member of a large group
            continue
        names += [f"{problem.indicators[i]} is {value}" for value in problem.values[i]]
        columns.append(drawn)
        values += exact.fact(int(i)).tolist()
    for number, name in enumerate(problem.reliability_names):
        members = (problem.reports.reliability_of == number).any(axis=0)
        if members.any() and not problem.reliability.is_point[number] and (whole := exact.of_set(members)) > 0:
            names.append(f"the reliability of {name.owner}")
            columns.append((draws.reliability[:, number] * draws.of(members))[:, None])
            values.append(exact.reliability(number) * whole)
    return Compared(tuple(names), np.concatenate(columns, axis=1), np.array(values))


def check_sampled(
    problem: Problem, exact: ExactPosterior, draws: Draws, statistics: Mapping[str, Floats], settings: Settings
) -> list[Check]:
    """Run every check on a sampled answer.

    The first is whether the draws are all there and finite. Where they are not, the others are left out: most of their
    statistics pass over what is missing.

    Parameters
    ----------
    problem : Problem
    exact : ExactPosterior
    draws : Draws
        Chain after chain.
    statistics : mapping of str to ndarray, shape (chains, draws)
        With ``diverging`` and ``log_likelihood``.
    settings : Settings
        What was asked for.
    """
    asked = (settings.chains, settings.draws)
    kinds = ("weights", "theta", "reach", "detection", "reliability", "correlation", "log_ratio", "probability")
    posterior = {name: getattr(draws, name) for name in kinds}
    shaped = {name: _by_chain(values, settings.chains) for name, values in posterior.items()}
    complete = check_completeness({**shaped, "log_likelihood": statistics["log_likelihood"]}, asked)
    if not complete.passed:
        return [complete]
    both = compared(problem, exact, draws)
    of_sets = _by_chain(both.draws, settings.chains)
    del shaped["probability"]
    measured = {"probability": of_sets, **shaped, "log likelihood": statistics["log_likelihood"]}
    others = [
        check_divergences(statistics["diverging"]),
        *check_convergence(measured),
        check_agreement(of_sets, both.exact, both.names),
    ]
    advice = advice_on(problem)
    return [complete, *(c if c.passed or not advice else replace(c, message=f"{c.message} {advice}") for c in others)]


def check_independent(problem: Problem, exact: ExactPosterior, draws: Draws, *, sets_only: bool = False) -> list[Check]:
    """Check that the exact engine's draws are finite, and that they agree with its quadrature; see `compared`."""
    complete = check_completeness({"probability": draws.probability[None]}, (1, len(draws)))
    if not complete.passed:
        return [complete]
    both = compared(problem, exact, draws, sets_only=sets_only)
    error = both.draws.std(axis=0, ddof=1) / np.sqrt(len(draws))
    return [complete, _agreement(both.draws.mean(axis=0), error, both.exact, both.names, len(draws))]


def advice_on(problem: Problem) -> str:
    """Return what to write instead where weights have a pole at 0, which a sampler may fail to move away from."""
    with np.errstate(invalid="ignore"):
        sharp = ((problem.weights.concentration > 0) & (problem.weights.concentration < NEARLY_NOTHING)).any(axis=1)
    if not sharp.any():
        return ""
    branching = problem.branchings[int(np.flatnonzero(sharp)[0])]
    where = f"'{branching.name.owner}'" if branching.name.owner else "the hypotheses"
    key = "prior_strength: certain" if branching.kind == "hypotheses" else "strength: certain"
    return (
        f"Some weights among the alternatives of {where} are nearly 0 and yet uncertain, which is hard to sample; "
        f"where they are base rates, write '{key}'."
    )


def check_completeness(posterior: Mapping[str, Floats], asked: tuple[int, int]) -> Check:
    """Compare the number of wholly finite draws with the number asked for.

    An interrupted sampler returns draws padded with NaN and reports no error.

    Parameters
    ----------
    posterior : mapping of str to ndarray, shape (chains, draws, ...)
    asked : (int, int)
        Chains and draws.
    """
    chains, draws = asked
    if any(values.shape[:2] != asked for values in posterior.values()):
        good = min(values.shape[0] * values.shape[1] for values in posterior.values())
        passed = False
    else:
        finite = np.ones(asked, dtype=bool)
        for name, values in posterior.items():
            finite &= (
                (np.isfinite(values) | (name == "log_ratio") & np.isneginf(values)).reshape(*asked, -1).all(axis=2)
            )
        good = int(finite.sum())
        passed = good == chains * draws
    message = f"{good} of {chains * draws} draws ({chains} chains of {draws}) are there and finite."
    return Check("completeness", passed=passed, value=good, limit=chains * draws, message=message)


def check_divergences(diverging: Floats) -> Check:
    """Count divergent transitions after tuning; any is one too many (Betancourt 2017, section 6.2)."""
    count = int(diverging.sum())
    message = f"{count} of {diverging.size} transitions diverged."
    return Check("divergences", passed=count == 0, value=count, limit=0, message=message)


def check_convergence(posterior: Mapping[str, Floats]) -> list[Check]:
    """Check r̂, bulk and tail effective draws of every quantity that varies.

    A statistic that comes out as NaN for a quantity that varies counts as failed.

    Parameters
    ----------
    posterior : mapping of str to ndarray, shape (chains, draws, ...)
    """
    chains, draws = next(iter(posterior.values())).shape[:2]
    names, columns = [], []
    for name, values in posterior.items():
        flat = values.reshape(chains, draws, int(np.prod(values.shape[2:])))
        vary = ~is_constant(flat)
        names += [name] * int(vary.sum())
        columns.append(flat[:, :, vary])
    everything = np.concatenate(columns, axis=2)
    return [
        _worst("r_hat", r_hat, everything, names, R_HAT_LIMIT),
        _worst("ess_bulk", lambda x: effective_draws(x, "bulk"), everything, names, EFFECTIVE_LIMIT),
        _worst("ess_tail", lambda x: effective_draws(x, "tail"), everything, names, EFFECTIVE_LIMIT),
    ]


WORDS = {
    "r_hat": "The largest r̂",
    "ess_bulk": "The smallest effective sample size (bulk)",
    "ess_tail": "The smallest effective sample size (tail)",
}


def _worst(
    name: str, statistic: Callable[[Floats], Floats], draws: Floats, names: Sequence[str], limit: float
) -> Check:
    largest = name == "r_hat"
    if not draws.shape[2]:
        return Check(name, True, 1.0 if largest else draws.shape[0] * draws.shape[1], limit, "All draws are constant.")
    values = statistic(draws)
    if np.isnan(values).any():
        where = names[int(np.flatnonzero(np.isnan(values))[0])]
        return Check(name, passed=False, value=np.nan, limit=limit, message=f"{name} is not a number ({where}).")
    at = int(values.argmax() if largest else values.argmin())
    worst = float(values[at])
    passed = worst <= limit if largest else worst >= limit
    shown = f"{worst:.4f}" if largest else f"{worst:.0f}"
    message = f"{WORDS[name]} is {shown} ({names[at]}); it should be at {'most' if largest else 'least'} {limit}."
    if largest and not passed:
        message += " The chains have not mixed: the posterior may have more than one mode."
    return Check(name, passed, worst, limit, message)


def check_agreement(draws: Floats, exact: Floats, names: Sequence[str]) -> Check:
    """Compare the means of sampled quantities between 0 and 1 with the exact answer.

    Parameters
    ----------
    draws : ndarray, shape (chains, draws, V)
    exact : ndarray, shape (V,)
    names : sequence of str, length V
    """
    return _agreement(draws.mean(axis=(0, 1)), mcse_of_mean(draws), exact, names, draws.shape[0] * draws.shape[1])


def _agreement(mean: Floats, error: Floats, exact: Floats, names: Sequence[str], draws: int) -> Check:
    error = standard_error(error, exact, draws)
    difference = np.maximum(np.abs(mean - exact) - EXACT_ERROR, 0)
    z = difference / np.maximum(error, np.finfo(float).tiny)
    worst = int(np.argmax(np.where(np.isnan(z), np.inf, z)))
    return Check(
        "agreement",
        passed=bool((z < Z_LIMIT).all()),
        value=float(z[worst]),
        limit=Z_LIMIT,
        message=f"Draws and exact answer differ by at most {z[worst]:.1f} Monte Carlo standard errors"
        f" (at {names[worst]}); the largest difference should be less than {Z_LIMIT:g}.",
    )


def estimate(draws: Floats, exact: Floats) -> tuple[Floats, Floats]:
    """Return means and Monte Carlo standard errors of quantities between 0 and 1.

    Parameters
    ----------
    draws : ndarray, shape (chains, draws, V)
    exact : ndarray, shape (V,)
    """
    count = draws.shape[0] * draws.shape[1]
    return draws.mean(axis=(0, 1)), standard_error(mcse_of_mean(draws), exact, count)


def standard_error(error: Floats, exact: Floats, draws: int) -> Floats:
    """Return standard errors of mean probabilities, also where they depend on rare, large contributions.

    The mean of a probability that is nearly always 0 and now and then 1 rests on few draws, or on none that was drawn:
    the spread of the draws then says too little, about that probability and about every other one that is different
    on those occasions. A variable in [0, 1] with mean p has a variance of at most p (1 - p). What the spread of a rare
    quantity may have missed of that is therefore added to the variance of every quantity, up to its own bound.

    Parameters
    ----------
    error : ndarray, shape (V,)
        Standard errors as estimated from the draws.
    exact : ndarray, shape (V,)
        Means by the exact engine.
    draws : int
    """
    p = np.minimum(exact, 1 - exact).clip(0.0, 0.5)
    bound = p * (1 - p) / draws
    missed = np.where(draws * p < RARE, np.maximum(bound - error**2, 0.0), 0.0)
    most = np.maximum(bound, error**2)
    return np.asarray(np.sqrt(np.minimum(error**2 + missed.sum(), most)))


def is_constant(draws: Floats) -> Mask:
    """Return which elements never vary, beyond rounding; shape of one draw."""
    spread = np.ptp(draws, axis=(0, 1))
    return np.asarray(spread <= 1e-12 * np.abs(draws).max(axis=(0, 1), initial=0))


def r_hat(draws: Floats) -> Floats:
    """Rank-normalised split r̂ of each element (Vehtari et al. 2021)."""
    from arviz_stats.base import array_stats  # noqa: PLC0415 (takes a second)

    return np.asarray(array_stats.rhat(draws, chain_axis=0, draw_axis=1))


def effective_draws(draws: Floats, method: Literal["bulk", "tail"]) -> Floats:
    """Bulk or tail effective sample size of each element."""
    from arviz_stats.base import array_stats  # noqa: PLC0415

    prob = (0.05, 0.95) if method == "tail" else None
    return np.asarray(array_stats.ess(draws, chain_axis=0, draw_axis=1, method=method, prob=prob))


def mcse_of_mean(draws: Floats) -> Floats:
    """Monte Carlo standard error of the mean of each element; 0 for a constant."""
    from arviz_stats.base import array_stats  # noqa: PLC0415

    constant = is_constant(draws)
    with np.errstate(all="ignore"):
        error = np.asarray(array_stats.mcse(draws, chain_axis=0, draw_axis=1, method="mean"))
    return np.where(constant, 0.0, error)


def _by_chain(values: Floats, chains: int) -> Floats:
    return values.reshape(chains, len(values) // chains, *values.shape[1:])
