"""From a case to a checked answer: the one function behind `falseflag sample` and the Python API."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Callable
from typing import Literal

import numpy as np

from falseflag.answer import Answer, rows_of
from falseflag.case.model import Case
from falseflag.exact.draws import draw_posterior, draw_prior
from falseflag.exact.posterior import ExactPosterior, answer_exactly
from falseflag.problem import Problem, problem_of

type Engine = Literal["exact", "nuts"]

EXACT_PACKAGES = ("falseflag", "numpy", "scipy")
NUTS_PACKAGES = (*EXACT_PACKAGES, "pymc", "pytensor", "nutpie", "arviz")

DRAWS, TUNE, CHAINS = 1000, 1000, 4
SEED = 20230503


def sample(  # noqa: PLR0913
    case: Case,
    *,
    engine: Engine = "nuts",
    draws: int = DRAWS,
    tune: int = TUNE,
    chains: int = CHAINS,
    seed: int = SEED,
    progress: Callable[[str, float], None] | None = None,
) -> Answer:
    """Answer a case.

    Parameters
    ----------
    case : Case
    engine : {'nuts', 'exact'}
        ``nuts`` samples the PyMC model and holds it against the exact answer; ``exact`` does without PyMC.
    draws, tune, chains : int
        Draws kept and discarded in each chain. The exact engine makes ``draws * chains`` independent draws.
    seed : int
        The same seed gives the same draws on the same machine.
    progress : callable, optional
        Called with a stage's name and the share of it that is done.

    Returns
    -------
    Answer

    Raises
    ------
    SamplerError
        If the sampler could not finish; the message says why.
    """
    problem = problem_of(case)
    exact = answer_exactly(problem)
    if engine == "exact":
        return _answer_from_exact(case, problem, exact, draws * chains, seed)
    from falseflag.nuts.engine import sample_nuts  # noqa: PLC0415  (PyMC takes seconds to import)

    return sample_nuts(case, problem, exact, draws=draws, tune=tune, chains=chains, seed=seed, progress=progress)


def _answer_from_exact(case: Case, problem: Problem, exact: ExactPosterior, draws: int, seed: int) -> Answer:
    rng = np.random.default_rng(seed)
    prior_draws = draw_prior(problem, rng, draws)
    posterior_draws = draw_posterior(problem, exact, rng, draws)
    return Answer(
        case=case,
        problem=problem,
        exact=exact,
        engine="exact",
        seed=seed,
        rows=tuple(rows_of(case, problem, exact, posterior_draws, None)),
        checks=(),
        draws=posterior_draws,
        prior_draws=prior_draws,
        versions=versions_of(EXACT_PACKAGES),
    )


def versions_of(packages: tuple[str, ...]) -> dict[str, str]:
    """Return the versions of Python and of some installed packages."""
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in packages}
