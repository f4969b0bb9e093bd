"""Wrong versions of the program: what is wrong, how the real code is patched, and what has to notice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from falseflag import distributions, problem, sampling
from falseflag.arrays import Floats, Ratios
from falseflag.case.model import Case
from falseflag.inference import draws as inferred
from falseflag.inference import result
from falseflag.inference.draws import Draws, draw_prior, log_scores, normalise
from falseflag.inference.exact import draws as drawing
from falseflag.inference.exact import factors, group_nodes, quadrature
from falseflag.inference.exact.draws import draw_posterior
from falseflag.inference.exact.factors import Component, Evidence, Factors
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import Problem, problem_of
from mutants import changes
from mutants.detectors import DETECTORS

type Patch = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Mutant:
    """One wrong version.

    Parameters
    ----------
    name : str
    what : str
        What it gets wrong, in a sentence.
    patch : callable
        Puts wrong code in the place of the real one.
    detectors : tuple of str
        Names of `mutants.detectors.DETECTORS`; each of them has to notice.
    """

    name: str
    what: str
    patch: Patch
    detectors: tuple[str, ...]

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Run the wrong version within a block."""
        with pytest.MonkeyPatch.context() as monkeypatch:
            self.patch(monkeypatch)
            yield


def in_the_arrays(change: Callable[[Problem], Problem]) -> Patch:
    """Lay out cases wrongly, so that both engines see the same wrong problem."""
    return lambda monkeypatch: monkeypatch.setattr(sampling, "problem_of", lambda case: change(problem_of(case)))


def in_the_case(change: Callable[[Case], Case]) -> Patch:
    """Take a case wrongly before it is laid out."""
    return lambda monkeypatch: monkeypatch.setattr(sampling, "problem_of", lambda case: problem_of(change(case)))


def in_quadrature(change: Callable[[Problem], Problem]) -> Patch:
    """Let the exact engine alone take the problem wrongly."""
    right = ExactPosterior.of

    def wrong(given: Problem, evidence: Evidence | None = None) -> ExactPosterior:
        return right(change(given), evidence)

    return lambda monkeypatch: monkeypatch.setattr(ExactPosterior, "of", wrong)


def in_nuts(change: Callable[[Problem], Problem]) -> Patch:
    """Let the sampled model alone take the numbers of the problem wrongly."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        from falseflag.inference.nuts import model, sampler  # noqa: PLC0415  (take seconds)

        right, layout_of = model.numbers_of, model.layout_of
        monkeypatch.setattr(sampler, "numbers_of", lambda given, layout: right(change(given), layout))
        monkeypatch.setattr(sampler, "layout_of", lambda given: layout_of(change(given)))

    return patch


def setting(target: object, name: str, value: object) -> Patch:
    """Put something else in the place of a piece of code."""
    return lambda monkeypatch: monkeypatch.setattr(target, name, value)


def log_scores_of(change: Callable[[ExactPosterior], Floats]) -> Patch:
    """Change what the exact engine finds for each state."""
    return setting(ExactPosterior, "log_scores", property(change))


# Wrong pieces of the exact engine


def _prior_twice(exact: ExactPosterior) -> Floats:
    return np.asarray(2 * exact.problem.log_prior + exact.factors.log_likelihood)


def _evidence_twice(exact: ExactPosterior) -> Floats:
    return np.asarray(exact.problem.log_prior + 2 * exact.factors.log_likelihood)


def _without_catch_all(exact: ExactPosterior) -> Floats:
    scores = exact.problem.log_prior + exact.factors.log_likelihood
    return np.where(exact.problem.leaf_of == len(exact.problem.leaves) - 1, -np.inf, scores)


def _whole_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each value that was not reported all of 1 − r, in place of its share."""
    right = Component.told

    def wrong(component: Component, fact: int, *arguments: object, **named: object) -> list[Floats]:
        found = right(component, fact, *arguments, **named)  # type: ignore[arg-type]
        for j in component.reports_on(fact):
            for v in range(len(found)):
                if v != component.problem.reports.value[j]:
                    found[v] = found[v] * (len(found) - 1)
        return found

    monkeypatch.setattr(Component, "told", wrong)


def _correlation_for_its_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load members on z with ρ, within the exact engine's code; what it keeps is put aside meanwhile."""
    right = group_nodes.scales

    def wrong(logit: Floats) -> tuple[Floats, Floats]:
        root, t = right(logit)
        return root**2, t

    monkeypatch.setattr(group_nodes, "scales", wrong)
    monkeypatch.setattr(factors, "scales", wrong)
    monkeypatch.setattr(factors, "KEPT", group_nodes._Kept(1))


def _planted_if_staged(exact: ExactPosterior, entry: int, _indicator: int) -> float:
    return exact.of_set(exact.problem.entry_of == entry)


def _prior_of_reliability(exact: ExactPosterior, number: int) -> float:
    return float(exact.problem.reliability.mean[number])


def _one_node_for_each_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the reports of a source be right or wrong each by itself, with the mean of its reliability."""
    monkeypatch.setattr(factors, "gauss_jacobi", lambda values, _count: quadrature.gauss_jacobi(values, 1))


# Wrong draws


def _leader_alone(exact: ExactPosterior, rng: np.random.Generator, draws: int) -> Draws:
    sure = np.zeros(len(exact.states))
    sure[exact.states.argmax()] = 1.0
    only = ExactPosterior(exact.problem, Factors.of(exact.problem, Evidence.none_of(exact.problem)))
    object.__setattr__(only, "states", sure)
    return draw_posterior(only, rng, draws)


def _prior_draws(exact: ExactPosterior, rng: np.random.Generator, draws: int) -> Draws:
    """Draw from the prior, and give each draw its P(φ) all the same."""
    drawn = draw_prior(exact.problem, rng, draws)
    return _scored(exact.problem, drawn)


def _scored(of: Problem, drawn: Draws) -> Draws:
    with np.errstate(divide="ignore"):
        scores = np.log(drawn.prior) + log_scores(of, drawn)
    return replace(drawn, probability=normalise(scores), facts={})


def _half_the_spread(exact: ExactPosterior, rng: np.random.Generator, draws: int) -> Draws:
    """Draw right on average, and falsely certain."""
    drawn = draw_posterior(exact, rng, draws)
    return replace(drawn, probability=exact.states + 0.5 * (drawn.probability - exact.states), facts={})


def _weights_untouched(exact: ExactPosterior, rng: np.random.Generator, draws: int) -> Draws:
    drawn, prior = draw_posterior(exact, rng, draws), draw_prior(exact.problem, rng, draws)
    return replace(drawn, weights=prior.weights, prior=prior.prior)


def _from_the_prior(kind: str) -> Callable[[ExactPosterior, np.random.Generator, int], Draws]:
    """Draw one kind of parameter as if there were no evidence."""

    def wrong(exact: ExactPosterior, rng: np.random.Generator, draws: int) -> Draws:
        prior = draw_prior(exact.problem, rng, draws)
        drawn = draw_posterior(exact, rng, draws)
        return _scored(exact.problem, replace(drawn, **{kind: getattr(prior, kind)}))

    return wrong


def _scores_of_other_reports(given: Problem, drawn: Draws) -> Floats:
    return log_scores(changes.flipped_reports(given), drawn)


def _whole_share_in_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    right = inferred.told_of

    def wrong(given: Problem, drawn: Draws, fact: int, state: np.ndarray) -> list[Floats]:
        found = right(given, drawn, fact, state)
        for j in np.flatnonzero(given.reports.indicator == fact):
            for v in range(len(found)):
                if v != given.reports.value[j]:
                    found[v] = found[v] * (len(found) - 1)
        return found

    monkeypatch.setattr(inferred, "told_of", wrong)


def _eighty_percent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributions, "LOWER_QUANTILE", 0.1)
    monkeypatch.setattr(distributions, "UPPER_QUANTILE", 0.9)


# Wrong versions of the sampled engine


def _chain(monkeypatch: pytest.MonkeyPatch, spoil: str) -> None:
    """Spoil the last chain of what the sampler returns."""
    from falseflag.inference.nuts import sampler  # noqa: PLC0415  (takes seconds)

    stored = sampler._stored

    def spoilt(chains: list[object]) -> tuple[Floats, object]:
        points, statistics = stored(chains)
        length = len(points) // len(chains)
        last = points[-length:].copy()
        if spoil == "stuck":
            last[:] = last[0]
        else:
            last[length // 2 :] = np.nan
        return np.concatenate([points[:-length], last]), statistics

    monkeypatch.setattr(sampler, "_stored", spoilt)


def _without_jacobian(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sample Φ⁻¹(θ) with the density of θ itself; what was compiled before is put aside meanwhile."""
    from falseflag.inference.nuts import compile as compiling  # noqa: PLC0415  (takes seconds)
    from falseflag.inference.nuts import model  # noqa: PLC0415

    right = model._log_density_of_probit

    def wrong(y: Any, alpha: Any, beta: Any, constant: Any, centre: Any, scale: Any) -> Any:  # noqa: ANN401, PLR0913, PLR0917
        return right(y, alpha, beta, constant, centre, scale) + (centre + scale * y) ** 2 / 2

    monkeypatch.setattr(model, "_log_density_of_probit", wrong)
    monkeypatch.setattr(compiling, "_compiled", {})
    monkeypatch.setattr(compiling, "unsealed", lambda _path: None)
    monkeypatch.setattr(compiling.Kept, "save_overload", lambda *_: None)


BOTH = ("brute force", "calibration")
STAGED = ("brute force, staged",)
SHARING = ("calibration of sharing",)

MUTANTS = (
    Mutant("reliability ignored", "every report is taken as true", in_the_arrays(changes.certain_reports), BOTH),
    Mutant("absents certain", "a report of absence is taken as true", in_the_arrays(changes.certain_absents), BOTH),
    Mutant("groups ignored", "members count as independent", in_the_arrays(changes.no_groups), BOTH),
    Mutant("one z for all", "all groups share one normal", in_the_arrays(changes.one_group), BOTH),
    Mutant("ρ for √ρ", "members load on z with ρ", _correlation_for_its_root, ("brute force", "agreement")),
    Mutant("Betas swapped", "α and β change places", in_the_arrays(changes.swapped_betas), BOTH),
    Mutant("statements shifted", "states take their neighbour's", in_the_arrays(changes.neighbours_statements), BOTH),
    Mutant("statements overlooked", "all states take that for others", in_the_arrays(changes.others_for_all), BOTH),
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
    Mutant("quadrature without r", "reliability, there alone", in_quadrature(changes.certain_reports), BOTH[:1]),
    Mutant("quadrature without groups", "groups, there alone", in_quadrature(changes.no_groups), BOTH[:1]),
    Mutant("prior twice", "E[π] is counted twice", log_scores_of(_prior_twice), ("brute force", "agreement")),
    Mutant("evidence twice", "it is counted twice", log_scores_of(_evidence_twice), ("brute force", "agreement")),
    Mutant("no catch-all", "`other` is left out of the sum", log_scores_of(_without_catch_all), BOTH[:1]),
    Mutant(
        "leader alone",
        "φ is drawn given the leader",
        setting(sampling, "draw_posterior", _leader_alone),
        ("agreement", *SHARING),
    ),
    Mutant(
        "prior draws",
        "φ is drawn from the prior",
        setting(sampling, "draw_posterior", _prior_draws),
        ("agreement", "calibration"),
    ),
    Mutant(
        "spread halved",
        "P(φ) varies half as much",
        setting(sampling, "draw_posterior", _half_the_spread),
        ("calibration",),
    ),
    Mutant(
        "weights from the prior",
        "drawn weights ignore the state",
        setting(sampling, "draw_posterior", _weights_untouched),
        ("engines",),
    ),
    Mutant(
        "r from the prior",
        "drawn reliabilities ignore the reports",
        setting(sampling, "draw_posterior", _from_the_prior("reliability")),
        ("moments", "agreement"),
    ),
    Mutant(
        "P(φ) of other reports",
        "draws are scored on flipped reports",
        setting(drawing, "log_scores", _scores_of_other_reports),
        ("agreement",),
    ),
    Mutant(
        "interval 10 to 90 %",
        "the answer's interval is of 80 %",
        setting(result, "INTERVAL", (0.1, 0.9)),
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
    # The second edition
    Mutant("plants independent", "each clue is planted by itself", in_the_arrays(changes.independent_plants), STAGED),
    Mutant(
        "attempt ignored",
        "whoever can stage evidence does",
        in_the_arrays(changes.sure_attempts),
        (*STAGED, "calibration of staging"),
    ),
    Mutant("reach ignored", "every plant takes", in_the_arrays(changes.sure_plants), STAGED),
    Mutant(
        "nothing feigned",
        "the blamed statement is that at the real circumstances",
        in_the_case(changes.nothing_feigned),
        STAGED,
    ),
    Mutant(
        "planted if staged",
        "a plant is told from its attempt",
        setting(ExactPosterior, "planted", _planted_if_staged),
        STAGED,
    ),
    Mutant(
        "r of the blamed",
        "staged states take the blamed leaf's reliability",
        in_the_arrays(changes.blamed_reliabilities),
        STAGED,
    ),
    Mutant(
        "r for each report",
        "a source is unsure anew in each of its reports",
        in_the_case(changes.own_reliabilities),
        STAGED,
    ),
    Mutant("one node of r", "the exact engine takes a source at its mean", _one_node_for_each_source, STAGED),
    Mutant(
        "r not learned",
        "a source's reliability is told as before",
        setting(ExactPosterior, "reliability", _prior_of_reliability),
        STAGED,
    ),
    Mutant(
        "file order",
        "the first condition that applies is taken",
        setting(problem, "positions", changes.file_order),
        STAGED,
    ),
    Mutant("silence as absence", "what is silent is reported absent", in_the_case(changes.silence_as_absence), STAGED),
    Mutant("δ upside down", "a detection is the chance of silence", in_the_arrays(changes.unheard_of), STAGED),
    Mutant("δ of another state", "detections are shifted", in_the_arrays(changes.detections_of_other_states), STAGED),
    Mutant("whole of 1 − r", "each other value is reported with 1 − r", _whole_share, STAGED),
    Mutant("whole of 1 − r, drawn", "the same where draws are scored", _whole_share_in_draws, ("agreement",)),
    Mutant(
        "another value", "what is reported of many values is the next one", in_the_arrays(changes.another_value), STAGED
    ),
    Mutant(
        "ratio's median",
        "a ratio enters by exp(μ)",
        setting(Ratios, "log_mean", property(lambda ratios: ratios.mu)),
        STAGED,
    ),
    Mutant(
        "certain as strength 1",
        "fixed weights are unsure",
        in_the_arrays(changes.certain_as_strength_one),
        ("calibration of staging",),
    ),
    Mutant("impossible values", "a value that is left out has a prior", in_the_case(changes.impossible_values), STAGED),
    Mutant(
        "ρ of another state", "correlations are reversed", in_the_arrays(changes.correlations_of_other_states), STAGED
    ),
    Mutant("proposition as all", "all its conditions are to hold", in_the_arrays(changes.joint_propositions), STAGED),
    Mutant("q upside down", "a reach is the chance of failing", in_the_arrays(changes.plants_that_fail), STAGED),
    Mutant("NUTS with q upside down", "the same, there alone", in_nuts(changes.plants_that_fail), ("checks, staged",)),
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
