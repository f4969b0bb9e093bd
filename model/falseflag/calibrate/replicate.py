"""One replicate: an incident made up, answered as a user's case is, and the truth held against the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from falseflag import sampling
from falseflag.calibrate.definition import leaf_probability, log_likelihood, log_prior
from falseflag.calibrate.incident import Incident, Parameters, make_up
from falseflag.calibrate.quantities import Quantities, event_ranked, parameters_of, ranked
from falseflag.case.model import Case
from falseflag.inference.checks import failed
from falseflag.inference.result import Answer
from falseflag.problem import Floats, Integers
from falseflag.settings import Engine, Settings

RANKED = 99
"""Draws that a truth is ranked among."""

DIGITS = 12
"""Probabilities that agree to so many decimals count as equal."""

FEWEST = 20
"""Draws among which a truth is ranked at least: among fewer, a sampler that hardly moves would pass for a right one."""

APART = 4
"""Effective draws for each that is ranked: those that are kept are then as good as independent."""

EFFORT: dict[Engine, Settings] = {
    "exact": Settings(draws=400, tune=0, chains=1),
    "nuts": Settings(draws=500, tune=400, chains=4),
}
"""What a replicate is answered with: enough to rank a truth among; the answer's own checks would want more of NUTS."""


@dataclass(frozen=True)
class Task:
    """What all replicates of a calibration have in common; called with a number, it makes that replicate.

    A replicate depends on the case, the engine, the seed and its number, and on nothing that was done before it.
    """

    case: Case
    engine: Engine
    seed: int

    def __call__(self, number: int) -> dict[str, Any]:
        """Make replicate `number`, as what JSON holds; see `Replicates` for its keys."""
        made, answered, ranking = np.random.SeedSequence([self.seed, number]).spawn(3)
        incident = make_up(self.case, np.random.default_rng(made))
        case = incident.reported_in(self.case)
        settings = EFFORT[self.engine]
        seed = int(answered.generate_state(1)[0])
        answer = sampling.sample(case, self.engine, Settings(settings.draws, settings.tune, settings.chains, seed))
        return compare(answer, incident, np.random.default_rng(ranking))


def compare(answer: Answer, incident: Incident, rng: np.random.Generator) -> dict[str, Any]:
    """Hold the truth against an answer.

    Parameters
    ----------
    answer : Answer
        To the incident's reports.
    incident : Incident
    rng : numpy.random.Generator
    """
    record: dict[str, Any] = {"truth": incident.truth, "failed": [check.name for check in failed(answer.checks)]}
    chosen = _kept(answer)
    if not len(chosen):
        return record
    case, quantities = answer.case, Quantities.of(answer.case)
    kept = parameters_of(answer.draws, answer.problem, case).at(chosen)
    true_nodes, true_fit = _consequences(case, incident, incident.parameters)
    fit = _consequences(case, incident, kept)[1]
    nodes = answer.draws.probability[chosen] @ answer.problem.membership.T
    draws = [quantities.of_parameters(kept), nodes.round(DIGITS), fit]
    truth = [quantities.of_parameters(incident.parameters), true_nodes.round(DIGITS), true_fit]
    posterior = np.array([row.posterior for row in answer.rows])
    is_true = np.array([_holds(row.name, incident.truth) for row in answer.rows])
    ranks = ranked(np.concatenate(draws, axis=1), np.concatenate(truth, axis=1)[0], rng)
    return record | {
        "values": [*ranks.tolist(), *event_ranked(is_true, posterior, rng).tolist()],
        "posterior": posterior.tolist(),
        "inside": [_is_inside(row.interval, p) for row, p in zip(answer.rows, true_nodes[0].tolist(), strict=True)],
        "draws": len(chosen),
    }


def _is_inside(interval: tuple[float, float], probability: float) -> bool | None:
    """Tell whether the interval holds the true P_v(φ); None where rounding alone would decide."""
    low, high = interval
    return None if high - low < 10**-DIGITS else low <= probability <= high


def _holds(node: str, leaf: str) -> bool:
    return leaf == node or leaf.startswith(f"{node}.")


def _consequences(case: Case, incident: Incident, parameters: Parameters) -> tuple[Floats, Floats]:
    """Return P_v(φ) of every node, shape (n, V), and log P(reports | φ), the hypothesis summed out, shape (n, 1)."""
    prior = log_prior(case, parameters)
    scores = prior + log_likelihood(case, incident.reports, parameters)
    leaves = leaf_probability(scores)
    at_or_below = np.array([[_holds(node.name, leaf.name) for leaf in case.leaves] for node in case.nodes])
    # Where the reports tell nothing it is constant but for rounding, whose ranks would mean nothing.
    return leaves @ at_or_below.T, np.logaddexp.reduce(scores, axis=1, keepdims=True).round(DIGITS)


def _kept(answer: Answer) -> Integers:
    """Choose draws that are as good as independent, evenly spaced; none where they are too few or not all finite."""
    draws = answer.draws
    values = np.concatenate(
        [draws.probability, draws.theta, draws.node_weight, draws.reliability, draws.correlation], 1
    )
    if not np.isfinite(values).all():
        return np.array([], dtype=np.intp)
    keep = min(RANKED, len(values))
    if answer.engine != "exact":
        keep = min(keep, int(_fewest_effective(values.reshape(answer.chains, -1, values.shape[1])) / APART))
    if keep < FEWEST:
        return np.array([], dtype=np.intp)
    return np.linspace(0, len(values) - 1, keep).round().astype(np.intp)


def _fewest_effective(by_chain: Floats) -> float:
    from falseflag.inference.checks import effective_draws, is_constant  # noqa: PLC0415  (takes ArviZ along)

    varying = by_chain[:, :, ~is_constant(by_chain)]
    return float(np.nanmin(effective_draws(varying, "bulk"), initial=varying.shape[0] * varying.shape[1]))
