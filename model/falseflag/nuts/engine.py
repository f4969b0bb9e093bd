"""Run NUTS on a problem, check what came back, and make an answer of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from falseflag.answer import Answer, Sampled, rows_of
from falseflag.case.model import Case
from falseflag.checks.agreement import standard_error
from falseflag.checks.sampled import check_sampled
from falseflag.checks.statistics import mcse_of_mean
from falseflag.exact.draws import Draws
from falseflag.exact.posterior import ExactPosterior
from falseflag.nuts.background import sample_in_background
from falseflag.nuts.compiled import compiled_for
from falseflag.problem import Floats, Problem
from falseflag.provenance import NUTS_PACKAGES, machine, versions_of
from falseflag.settings import Settings

type Progress = Callable[[str, float], None]

TARGET_ACCEPT = 0.7
"""Acceptance that step sizes are tuned for. These posteriors are smooth: at nutpie's 0.8 the default case has
a quarter fewer effective draws of its leading hypothesis for a tenth more work, and neither has divergences."""

STATISTICS = {
    "diverging": "diverging",
    "energy": "energy",
    "depth": "tree_depth",
    "n_steps": "n_steps",
    "step_size": "step_size",
    "mean_tree_accept": "acceptance_rate",
    "logp": "lp",
}
"""nutpie's names of the sampler's statistics, and ArviZ's."""


def sample_nuts(
    case: Case, problem: Problem, exact: ExactPosterior, settings: Settings, progress: Progress | None = None
) -> Answer:
    """Sample a problem; see `falseflag.sampling.sample`.

    Raises
    ------
    SamplerError
        If a chain could not be started or was broken off.
    KeyboardInterrupt
        After the sampler has been stopped.
    """
    tell = progress or (lambda _stage, _share: None)
    tell("compiling the model", 0.0)
    compiled = compiled_for(problem)
    tell("compiling the model", 1.0)
    trace = _run(compiled, settings, tell)
    posterior = {name: np.asarray(values) for name, values in trace["posterior"].data_vars.items()}
    statistics = _statistics(trace, posterior)
    sampled = _draws(posterior)
    nodes = posterior["probability"] @ problem.membership.T.astype(float)
    error = standard_error(mcse_of_mean(nodes), exact.nodes, settings.draws * settings.chains)
    estimates = Sampled(nodes.mean(axis=(0, 1)), error)
    checks = check_sampled(posterior, statistics["diverging"], estimates, exact.nodes, problem, settings)
    return Answer(
        case=case,
        problem=problem,
        exact=exact,
        engine="nuts",
        settings=settings,
        rows=tuple(rows_of(case, problem, exact, sampled, estimates)),
        checks=tuple(checks),
        draws=sampled,
        sample_stats=statistics,
        versions=versions_of(NUTS_PACKAGES),
        machine=machine(),
    )


def _run(compiled: Any, settings: Settings, tell: Progress) -> Any:  # noqa: ANN401
    """Sample, and tell how far it is."""
    total = settings.chains * (settings.draws + settings.tune)

    def on_progress(states: list[Any]) -> None:
        done = sum(state.finished_draws for state in states)
        tell("sampling", done / total)

    trace = sample_in_background(compiled, settings, target_accept=TARGET_ACCEPT, progress_callback=on_progress)
    tell("sampling", 1.0)
    return trace


def _statistics(trace: Any, posterior: dict[str, Floats]) -> dict[str, Floats]:  # noqa: ANN401
    found = trace["sample_stats"].data_vars
    statistics = {ours: np.asarray(found[theirs]) for theirs, ours in STATISTICS.items() if theirs in found}
    return statistics | {"log_likelihood": posterior["log_likelihood"]}


def _draws(posterior: dict[str, Floats]) -> Draws:
    def flat(name: str) -> Floats:
        values = posterior[name]
        return values.reshape(values.shape[0] * values.shape[1], values.shape[2])

    return Draws(
        node_weight=flat("weight"),
        theta=flat("likelihood"),
        reliability=flat("reliability"),
        correlation=flat("correlation"),
        prior=flat("prior_probability"),
        probability=flat("probability"),
    )
