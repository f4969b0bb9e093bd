"""All wrong versions, and the table of what notices each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from falseflag import answer, elicitation, sampling
from falseflag.exact import draws as drawing
from falseflag.exact import groups
from falseflag.exact.draws import Draws, draw_posterior, draw_prior
from falseflag.exact.likelihood import log_scores
from falseflag.exact.posterior import ExactPosterior, Factor, normalise
from falseflag.exact.recent import Recent
from falseflag.problem import Floats, Problem
from mutants import changes
from mutants.detectors import DETECTORS
from mutants.mutant import Mutant, in_nuts, in_quadrature, in_the_arrays, in_the_exact_answer


def _prior_twice(exact: ExactPosterior) -> ExactPosterior:
    return replace(exact, log_prior=2 * exact.log_prior)


def _without_catch_all(exact: ExactPosterior) -> ExactPosterior:
    return replace(exact, log_prior=np.append(exact.log_prior[:-1], -np.inf))


def _evidence_twice(exact: ExactPosterior) -> ExactPosterior:
    twice = (Factor(f.name, is_group=f.is_group, log_likelihood=2 * f.log_likelihood) for f in exact.factors)
    return replace(exact, factors=tuple(twice))


def _leader_alone(problem: Problem, exact: ExactPosterior, rng: np.random.Generator, draws: int) -> Draws:
    sure = np.full(len(exact.leaves), -np.inf)
    sure[exact.leaves.argmax()] = 0.0
    return draw_posterior(problem, replace(exact, log_prior=sure, factors=()), rng, draws)


def _prior_draws(problem: Problem, _exact: ExactPosterior, rng: np.random.Generator, draws: int) -> Draws:
    """Draw from the prior, and give each draw its P_h(φ) all the same."""
    drawn = draw_prior(problem, rng, draws)
    scores = np.log(drawn.prior) + log_scores(problem, drawn.theta, drawn.reliability, drawn.correlation)
    return replace(drawn, probability=normalise(scores))


def _posterior_means(problem: Problem, exact: ExactPosterior, rng: np.random.Generator, draws: int) -> Draws:
    """Tell every draw as its hypothesis's mean probability: right on average, and falsely certain."""
    drawn = draw_posterior(problem, exact, rng, draws)
    spread = drawn.probability - exact.leaves
    return replace(drawn, probability=exact.leaves + 0.5 * spread)


def _weights_untouched(problem: Problem, exact: ExactPosterior, rng: np.random.Generator, draws: int) -> Draws:
    drawn, prior = draw_posterior(problem, exact, rng, draws), draw_prior(problem, rng, draws)
    return replace(drawn, node_weight=prior.node_weight, prior=prior.prior)


def _prior_reliability(problem: Problem, exact: ExactPosterior, rng: np.random.Generator, draws: int) -> Draws:
    """Draw the reliability of reports outside of groups as if the report had not been seen."""
    drawn, prior = draw_posterior(problem, exact, rng, draws), draw_prior(problem, rng, draws)
    reliability = np.where(problem.group_of < 0, prior.reliability, drawn.reliability)
    scores = np.log(drawn.prior) + log_scores(problem, drawn.theta, reliability, drawn.correlation)
    return replace(drawn, reliability=reliability, probability=normalise(scores))


def _scores_of_other_reports(problem: Problem, theta: Floats, reliability: Floats, correlation: Floats) -> Floats:
    return log_scores(changes.flipped_reports(problem), theta, reliability, correlation)


def _correlation_for_its_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load members on z with ρ, within the exact engine's code; what it remembers is put aside meanwhile."""
    right = groups.scales

    def wrong(logit: Floats) -> tuple[Floats, Floats]:
        root, t = right(logit)
        return root**2, t

    monkeypatch.setattr(groups, "scales", wrong)
    for name, store in [*vars(groups).items()]:
        if isinstance(store, Recent):
            monkeypatch.setattr(groups, name, Recent(100, lambda _kept: 1))


def _set(target: object, name: str, value: object) -> partial[None]:
    return partial(_setattr, target=target, name=name, value=value)


def _setattr(monkeypatch: pytest.MonkeyPatch, target: object, name: str, value: object) -> None:
    monkeypatch.setattr(target, name, value)


def _eighty_percent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elicitation, "LOWER_QUANTILE", 0.1)
    monkeypatch.setattr(elicitation, "UPPER_QUANTILE", 0.9)


def _chain(monkeypatch: pytest.MonkeyPatch, spoil: str) -> None:
    """Spoil the last chain of what the sampler returns."""
    from falseflag.inference.nuts import sampler  # noqa: PLC0415  (takes seconds)

    stored = sampler._stored

    def spoilt(chains: Sequence[object]) -> tuple[Floats, dict[str, Floats]]:
        points, statistics = stored(chains)
        last = points.reshape(len(chains), -1, points.shape[1])[-1]
        if spoil == "stuck":
            last[:] = last[0]
        elif spoil == "broken off":
            last[len(last) // 2 :] = np.nan
        return points, statistics

    monkeypatch.setattr(sampler, "_stored", spoilt)


def _without_jacobian(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sample Φ⁻¹(θ) with the density of θ itself; what was compiled before is put aside meanwhile."""
    from falseflag.inference.nuts import compile as compiling  # noqa: PLC0415  (takes seconds)
    from falseflag.inference.nuts import model  # noqa: PLC0415

    right = model._log_density_of_probit

    def wrong(y: Any, alpha: Any, beta: Any, constant: Any, centre: Any, scale: Any) -> Any:
        return right(y, alpha, beta, constant, centre, scale) + (centre + scale * y) ** 2 / 2

    monkeypatch.setattr(model, "_log_density_of_probit", wrong)
    monkeypatch.setattr(compiling, "_compiled", {})
    monkeypatch.setattr(compiling, "unsealed", lambda _path: None)
    monkeypatch.setattr(compiling.Kept, "save_overload", lambda *_: None)


BOTH = ("brute force", "calibration")
SHARING = ("calibration of sharing",)
QUADRATURE = ("brute force", "agreement")

MUTANTS = (
    Mutant("reliability ignored", "every report is taken as true", in_the_arrays(changes.certain_reports), BOTH),
    Mutant("absents certain", "a report of absence is taken as true", in_the_arrays(changes.certain_absents), BOTH),
    Mutant("groups ignored", "members count as independent", in_the_arrays(changes.no_groups), BOTH),
    Mutant("one z for all", "all groups share one normal", in_the_arrays(changes.one_group), BOTH),
    Mutant("ρ for √ρ", "members load on z with ρ", _correlation_for_its_root, QUADRATURE),
    Mutant("Betas swapped", "α and β change places", in_the_arrays(changes.swapped_betas), BOTH),
    Mutant("statements shifted", "leaves take their neighbour's", in_the_arrays(changes.neighbours_statements), BOTH),
    Mutant("statements overlooked", "all leaves take that for others", in_the_arrays(changes.others_for_all), BOTH),
    Mutant("absent as present", "absence is read as presence", in_the_arrays(changes.absent_as_present), BOTH),
    Mutant("unknown as absent", "what is unknown counts as absent", in_the_arrays(changes.unknown_as_absent), BOTH),
    Mutant("weights equal", "prior weights of siblings are dropped", in_the_arrays(changes.equal_weights), BOTH),
    Mutant("strength dropped", "all strengths are one", in_the_arrays(changes.unit_strengths), ("calibration",)),
    Mutant(
        "weights unnormalised",
        "strengths grow with the weights' sum",
        in_the_arrays(partial(changes.scaled_strengths, by=5.0)),
        ("calibration",),
    ),
    Mutant("θ for each leaf", "a shared statement is drawn apart", in_the_arrays(changes.own_theta), SHARING),
    Mutant("ρ certain", "each ρ is held at its mean", in_the_arrays(changes.certain_correlations), ("calibration",)),
    Mutant("quadrature without r", "reliability, there alone", in_quadrature(changes.certain_reports), QUADRATURE),
    Mutant("quadrature without groups", "groups, there alone", in_quadrature(changes.no_groups), QUADRATURE),
    Mutant("prior twice", "E[π] is counted twice", in_the_exact_answer(_prior_twice), QUADRATURE),
    Mutant("evidence twice", "every factor is counted twice", in_the_exact_answer(_evidence_twice), QUADRATURE),
    Mutant("no catch-all", "`other` is left out of the sum", in_the_exact_answer(_without_catch_all), QUADRATURE),
    Mutant(
        "leader alone",
        "φ is drawn given the leader",
        _set(sampling, "draw_posterior", _leader_alone),
        ("agreement", *SHARING),
    ),
    Mutant(
        "prior draws",
        "φ is drawn from the prior",
        _set(sampling, "draw_posterior", _prior_draws),
        ("agreement", "calibration"),
    ),
    Mutant(
        "spread halved",
        "P(φ) varies half as much",
        _set(sampling, "draw_posterior", _posterior_means),
        ("calibration",),
    ),
    Mutant(
        "weights from the prior",
        "drawn weights ignore h",
        _set(sampling, "draw_posterior", _weights_untouched),
        ("engines",),
    ),
    Mutant(
        "r from the prior",
        "drawn reliabilities outside groups ignore the report",
        _set(sampling, "draw_posterior", _prior_reliability),
        ("moments",),
    ),
    Mutant(
        "P(φ) of other reports",
        "draws are scored on flipped reports",
        _set(drawing, "log_scores", _scores_of_other_reports),
        ("agreement", "calibration"),
    ),
    Mutant(
        "interval 10 to 90 %",
        "the answer's interval is of 80 %",
        _set(answer, "INTERVAL", (0.1, 0.9)),
        ("calibration",),
    ),
    Mutant("elicited as 80 %", "written intervals are of 80 %", _eighty_percent, ("quantiles",)),
    Mutant("NUTS without r", "reliability, there alone", in_nuts(changes.certain_reports), ("checks",)),
    Mutant("NUTS without groups", "groups, there alone", in_nuts(changes.no_groups), ("checks",)),
    Mutant("NUTS with stale reports", "the model keeps other reports", in_nuts(changes.flipped_reports), ("checks",)),
    Mutant("NUTS without strength", "all strengths are one, there", in_nuts(changes.unit_strengths), ("engines",)),
    Mutant("NUTS without Jacobian", "Φ⁻¹(θ) has the density of θ", _without_jacobian, ("checks",)),
    Mutant("one chain stuck", "the last chain does not move", partial(_chain, spoil="stuck"), ("checks",)),
    Mutant("one chain broken off", "half of it is missing", partial(_chain, spoil="broken off"), ("checks",)),
)


def caught_by(mutant: Mutant, *, slow: bool) -> dict[str, bool]:
    """Ask a mutant's detectors (the slow ones too, if wanted) whether they notice it."""
    asked = [name for name in mutant.detectors if slow or not DETECTORS[name].slow]
    with mutant.applied():
        return {name: DETECTORS[name].flags() for name in asked}


def table(mutants: Iterable[Mutant] = MUTANTS, *, slow: bool = True) -> dict[str, list[str]]:
    """Return for each mutant the detectors that noticed it; an empty list where none did."""
    found = {mutant.name: caught_by(mutant, slow=slow) for mutant in mutants}
    return {name: [detector for detector, noticed in row.items() if noticed] for name, row in found.items()}


def false_alarms(*, slow: bool = True) -> list[str]:
    """Return the detectors that take the right version for wrong."""
    return [name for name, detector in DETECTORS.items() if (slow or not detector.slow) and detector.flags()]
