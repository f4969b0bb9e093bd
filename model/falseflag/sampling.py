"""From a case to a checked answer: the one function behind `falseflag sample` and the Python API."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from falseflag.answer import Answer, rows_of
from falseflag.case.model import Case
from falseflag.checks.independent import check_independent
from falseflag.exact.draws import draw_posterior
from falseflag.exact.posterior import ExactPosterior, answer_exactly
from falseflag.problem import Problem, problem_of
from falseflag.provenance import EXACT_PACKAGES, machine, versions_of
from falseflag.settings import DEFAULTS, Engine, Settings, check_engine
from falseflag.size import check_draws

POSTERIOR = 1
"""Tells the random numbers of the posterior's draws from those of the prior's."""


def sample(
    case: Case,
    engine: Engine = "nuts",
    settings: Settings = DEFAULTS,
    *,
    progress: Callable[[str, float], None] | None = None,
    on_exact: Callable[[ExactPosterior], None] | None = None,
) -> Answer:
    """Answer a case.

    Parameters
    ----------
    case : Case
    engine : {'nuts', 'exact'}
        ``nuts`` samples the PyMC model and holds it against the exact answer; ``exact`` does without PyMC.
    settings : Settings
    progress : callable, optional
        Called with a stage's name and the share of it that is done.
    on_exact : callable, optional
        Called with the exact answer as soon as it is there, before anything is sampled.

    Returns
    -------
    Answer

    Raises
    ------
    RequestError
        If there is no such engine, or the case, or the draws of it, are more than is answered.
    SamplerError
        If the sampler could not finish; the message says why.
    """
    check_engine(engine)
    check_draws(case, settings)
    problem = problem_of(case)
    exact = answer_exactly(problem)
    if on_exact is not None:
        on_exact(exact)
    if engine == "exact":
        return _answer_from_exact(case, problem, exact, settings)
    from falseflag.nuts.engine import sample_nuts  # noqa: PLC0415  (PyMC takes seconds to import)

    return sample_nuts(case, problem, exact, settings, progress)


def _answer_from_exact(case: Case, problem: Problem, exact: ExactPosterior, settings: Settings) -> Answer:
    rng = np.random.default_rng([settings.seed, POSTERIOR])
    posterior_draws = draw_posterior(problem, exact, rng, settings.draws * settings.chains)
    return Answer(
        case=case,
        problem=problem,
        exact=exact,
        engine="exact",
        settings=settings,
        rows=tuple(rows_of(case, problem, exact, posterior_draws, None)),
        checks=tuple(check_independent(posterior_draws.probability, exact.leaves, problem)),
        draws=posterior_draws,
        versions=versions_of(EXACT_PACKAGES),
        machine=machine(),
    )
