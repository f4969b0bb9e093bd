"""From a case to a checked answer: the one function behind `falseflag sample` and the Python API."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from falseflag.arrays import Floats
from falseflag.case.model import Case
from falseflag.inference.checks import check_independent, check_sampled
from falseflag.inference.draws import check_number
from falseflag.inference.exact.draws import draw_posterior
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.inference.result import Answer
from falseflag.problem import problem_of
from falseflag.provenance import EXACT_PACKAGES, NUTS_PACKAGES, machine, versions_of
from falseflag.settings import DEFAULTS, Engine, Settings, check_engine

if TYPE_CHECKING:
    from falseflag.inference.nuts.apart import SamplerProcess

POSTERIOR = 1
"""Tells the random numbers of the posterior's draws from those of the prior's."""

STARTS = 200
"""Exact draws, from which the chains' starting points are chosen."""


def sample(  # noqa: PLR0913
    case: Case,
    engine: Engine = "nuts",
    settings: Settings = DEFAULTS,
    *,
    progress: Callable[[str, float], None] | None = None,
    on_exact: Callable[[ExactPosterior], None] | None = None,
    meanwhile: Callable[[ExactPosterior], None] | None = None,
    apart: SamplerProcess | None = None,
) -> Answer:
    """Answer a case.

    Parameters
    ----------
    case : Case
    engine : {'nuts', 'exact'}
        ``nuts`` samples the PyMC model and compares it with the exact answer; ``exact`` does without PyMC.
    settings : Settings
    progress : callable, optional
        Called with a stage's name and the share of it that is done.
    on_exact : callable, optional
        Called with the exact answer as soon as it is there, before anything is sampled.
    meanwhile : callable, optional
        Called with it once the sampler is at work in a process of its own; else before it starts.
    apart : SamplerProcess, optional
        The process that NUTS is to run in; by default this one.

    Returns
    -------
    Answer

    Raises
    ------
    RequestError
        If there is no such engine; if the case, or the draws of it, are more than is answered; or if what was reported
        cannot be.
    SamplerError
        If the sampler could not finish; the message says why.
    """
    check_engine(engine)
    problem = problem_of(case)
    check_number(problem, settings.draws * settings.chains)
    exact = ExactPosterior.of(problem)
    if on_exact is not None:
        on_exact(exact)
    random = np.random.default_rng([settings.seed, POSTERIOR])
    if apart is not None:
        apart.begin(problem, settings, draw_posterior(exact, random, STARTS))
    if meanwhile is not None:
        meanwhile(exact)
    stats: dict[str, Floats] = {}
    if engine == "exact":
        draws = draw_posterior(exact, random, settings.draws * settings.chains)
        checks = check_independent(problem, exact, draws)
    elif apart is not None:
        import arviz_stats.base  # noqa: F401, PLC0415  (takes a second, and the checks need it)

        draws, stats = apart.wait(progress)
        checks = check_sampled(problem, exact, draws, stats, settings)
    else:
        from falseflag.inference.nuts import sampler  # noqa: PLC0415 (PyMC takes seconds to import)

        draws, stats = sampler.sample(problem, settings, progress, draw_posterior(exact, random, STARTS))
        checks = check_sampled(problem, exact, draws, stats, settings)
    return Answer(
        case=case,
        problem=problem,
        exact=exact,
        engine=engine,
        settings=settings,
        draws=draws,
        checks=tuple(checks),
        sample_stats=stats,
        versions=versions_of(EXACT_PACKAGES if engine == "exact" else NUTS_PACKAGES),
        machine=machine(),
    )
