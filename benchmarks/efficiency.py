"""Effective draws a second of the leading hypothesis's probability: falseflag's sampler, the textbook's, direct draws.

Only sampling is timed: compiling is part of the whole programs' times. The same nutpie, the same numbers of draws.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
from aims import Aim
from stopwatch import Ratio, in_turn, seconds

from falseflag.case.loader import load
from falseflag.inference.checks import effective_draws
from falseflag.inference.exact.draws import draw_posterior
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import problem_of
from falseflag.settings import DEFAULTS

sys.path.insert(0, str(Path(__file__).parent / "rivals"))

type Measured = tuple[float, float]
"""Effective draws a second, and effective draws for each draw."""


def measure(folder: Path, rounds: int) -> dict[str, list[Measured]]:
    """Sample both models and draw directly, in turn, each round from another seed."""
    problem = problem_of(load(folder / "ranges.yaml"))
    exact = ExactPosterior.of(problem)
    leading = int(exact.leaves.argmax())
    works = {
        "falseflag": _ours(problem, leading),
        "textbook PyMC": _textbook(folder / "case.json", leading),
        "direct draws": _direct(exact, leading),
    }
    return in_turn(works, rounds)


def _timed(draw: Callable[[int], np.ndarray]) -> Callable[[], Measured]:
    """Time draws of shape (chains, draws) and count what they are worth: the number of effective draws of the mean."""
    seeds = iter(range(1, 1000))

    def once() -> Measured:
        kept: list[np.ndarray] = []
        taken = seconds(lambda: kept.append(draw(next(seeds))))
        worth = float(effective_draws(kept[0][:, :, None], "bulk")[0])
        return worth / taken, worth / kept[0].size

    return once


def _sampled(compiled, leading: int, **tuned: float) -> Callable[[int], np.ndarray]:  # noqa: ANN001
    import nutpie  # noqa: PLC0415

    def draw(seed: int) -> np.ndarray:
        asked = {"draws": DEFAULTS.draws, "tune": DEFAULTS.tune, "chains": DEFAULTS.chains}
        trace = nutpie.sample(compiled, seed=seed, progress_bar=False, save_warmup=False, **asked, **tuned)
        return np.asarray(trace["posterior"]["probability"])[:, :, leading]

    return draw


def _ours(problem, leading: int) -> Callable[[], Measured]:  # noqa: ANN001
    from falseflag.inference.nuts import sampler  # noqa: PLC0415

    def draw(seed: int) -> np.ndarray:
        draws, _ = sampler.sample(problem, replace(DEFAULTS, seed=seed))
        return (draws.probability @ problem.leaf_membership.T)[:, leading].reshape(DEFAULTS.chains, -1)

    sampler.compiled_for(layout := sampler.layout_of(problem), sampler.numbers_of(problem, layout))
    return _timed(draw)


def _textbook(tables: Path, leading: int) -> Callable[[], Measured]:
    import nutpie  # noqa: PLC0415
    import textbook  # noqa: PLC0415

    model = textbook.build(json.loads(tables.read_text(encoding="utf-8")))
    return _timed(_sampled(nutpie.compile_pymc_model(model), leading))


def _direct(exact, leading: int) -> Callable[[], Measured]:  # noqa: ANN001
    def draw(seed: int) -> np.ndarray:
        count = DEFAULTS.draws * DEFAULTS.chains
        drawn = draw_posterior(exact, np.random.default_rng(seed), count)
        return drawn.of(exact.problem.leaf_membership[leading]).reshape(DEFAULTS.chains, DEFAULTS.draws)

    return _timed(draw)


TRIED = (
    "tried: no normalising constants in the graph, one exponential less for each likelihood, longer steps (target 0.7, "
    "kept: up to half as many effective draws again), low-rank and draw-based adaptation (worse); an evaluation still "
    "costs about what the textbook model's does"
)


def aims(measured: dict[str, list[Measured]]) -> list[Aim]:
    """Hold the sampler against the textbook model's."""
    speed = {name: [rate for rate, _ in found] for name, found in measured.items()}
    ratio = Ratio.of(speed["falseflag"], speed["textbook PyMC"])
    return [Aim("effective draws a second: falseflag / textbook", ratio, 3, tried=TRIED)]


def told(measured: dict[str, list[Measured]]) -> str:
    """Tell what share of the direct draws' efficiency the sampler has, draw for draw."""
    worth = {name: [each for _, each in found] for name, found in measured.items()}
    share = Ratio.of(worth["falseflag"], worth["direct draws"])
    return f"Draw for draw, the sampler has {share} of the efficiency of direct draws, which are independent.\n"


def rows(measured: dict[str, list[Measured]]) -> list[list[str]]:
    """Return a row for each way of drawing: medians."""
    return [
        [name, f"{median(rate for rate, _ in found):.3g}", f"{median(each for _, each in found):.2f}"]
        for name, found in measured.items()
    ]
