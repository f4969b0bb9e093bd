"""Sample a problem with NUTS: nutpie in the background, one sampler a chain."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import nutpie
import pyarrow as pa
from nutpie.compile_pymc import CompiledPyMCModel
from scipy import special

from falseflag.arrays import Floats
from falseflag.errors import SamplerError
from falseflag.inference.draws import Draws, draw_prior
from falseflag.inference.nuts.compile import at_points, compiled_digests, functions_of, pack
from falseflag.inference.nuts.model import FARTHEST, Layout, Numbers, first_units, is_folded, layout_of, numbers_of
from falseflag.problem import Problem
from falseflag.settings import Settings

type Progress = Callable[[str, float], None]
type Statistics = dict[str, Floats]

TARGET_ACCEPT = 0.7
"""Acceptance that step sizes are tuned for. These posteriors are smooth: at nutpie's 0.8 the default case has
a quarter fewer effective draws of its leading hypothesis for a tenth more work, and neither has divergences."""

CAREFUL = 0.9
"""The same where a scale is folded: there the density falls off so steeply that longer steps diverge."""

JITTER = 1.0
"""Chains start up to so many standardised units from the centres."""

MARGIN = 0.02
"""Share of the points that lie beyond the outermost starting points."""

FARTHEST_LOG = 600.0
"""Logs are held within this where a starting point is computed."""

POLL = 0.05
"""Seconds between two looks at the samplers."""

PRIOR = 2
"""Distinguishes the random numbers of what the evidence does not depend on from other uses of the seed."""

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


def sample(
    problem: Problem, settings: Settings, progress: Progress | None = None, starts: Draws | None = None
) -> tuple[Draws, Statistics]:
    """Sample the posterior of a problem.

    Parameters
    ----------
    problem : Problem
    settings : Settings
    progress : callable, optional
        Called with a stage's name and the share of it that is done.
    starts : Draws, optional
        Draws from the posterior, from which the chains' starting points are chosen, as far apart as they lie; else the
        chains start near the prior's centre. What is sampled does not depend on them, but a posterior with several
        modes, between which chains do not move, shows only if they start in more than one.

    Returns
    -------
    Draws
        Chain after chain. P_s(φ) is the graph's own; what the evidence does not depend on is drawn from its prior.
    dict of str to ndarray, shape (chains, draws)
        The sampler's statistics by ArviZ's names, and ``log_likelihood``.

    Raises
    ------
    SamplerError
        If a chain could not be started or was broken off.
    KeyboardInterrupt
        After the samplers have been stopped.
    """
    report = progress or (lambda _stage, _share: None)
    layout = layout_of(problem)
    numbers = numbers_of(problem, layout)
    report("compiling the model", 0.0)
    compiled = compiled_for(layout, numbers)
    report("compiling the model", 1.0)
    rng = np.random.default_rng([settings.seed, PRIOR])
    points = rng.uniform(-JITTER, JITTER, (settings.chains, layout.size))
    if starts is not None:
        points = _dispersed(layout, numbers, points_of(layout, numbers, starts, rng), points)
    models = [replace(compiled, initial_point_func=lambda _seed=None, at=point: at) for point in points]
    total = settings.chains * (settings.draws + settings.tune)
    seeds = np.random.SeedSequence(settings.seed).generate_state(settings.chains)
    accept = CAREFUL if is_folded(numbers) else TARGET_ACCEPT
    chains = finished(
        [
            partial(start, model, settings, 1, int(seed), target_accept=accept, return_raw_trace=True)
            for model, seed in zip(models, seeds, strict=True)
        ],
        lambda done: report("sampling", done / total),
    )
    points, statistics = _stored(chains)
    _, log_likelihood, probability = at_points(layout, numbers, points)
    report("sampling", 1.0)
    draws = draws_of(problem, layout, numbers, points, probability, rng)
    return draws, statistics | {"log_likelihood": log_likelihood.reshape(settings.chains, -1)}


def is_compiled(problem: Problem) -> bool:
    """Return whether this process has compiled or loaded the problem's structure already."""
    return layout_of(problem).digest in compiled_digests()


def compiled_for(layout: Layout, numbers: Numbers) -> Any:  # noqa: ANN401  (nutpie has no public type for it)
    """Return a nutpie model with its numbers; compiles only for a structure not seen before."""
    functions = functions_of(layout, numbers)
    shape = {"point": (layout.size,)}
    return CompiledPyMCModel(
        compiled_logp_func=functions["log_density"],
        compiled_expand_func=functions["expand"],
        initial_point_func=lambda _seed=None: np.zeros(layout.size),
        user_data=pack(numbers),
        n_expanded=layout.size,
        shape_info=(list(shape), None, list(shape.values())),
        dims={},
        reparameterized_names=[],
        shared_data={},
        shared_var_keys={},
        logp_func=None,
        expand_func=None,
        _n_dim=layout.size,
        _shapes=shape,
        _coords={},
    )


def start(model: Any, settings: Settings, chains: int, seed: int, on_progress: Any = None, **options: Any) -> Any:  # noqa: ANN401
    """Start to sample a nutpie model in the background; return nutpie's sampler."""
    return nutpie.sample(
        model,
        draws=settings.draws,
        tune=settings.tune,
        chains=chains,
        seed=seed,
        save_warmup=False,
        progress_bar=False,
        progress_callback=on_progress,
        blocking=False,
        **options,
    )


def finished(starters: Sequence[Callable[..., Any]], report: Callable[[int], None] = lambda _done: None) -> list[Any]:
    """Start samplers and wait for them.

    While nutpie itself waits, it takes an interrupt for the end of sampling and returns what there is, without a word.

    Parameters
    ----------
    starters : sequence of callable
        Each starts a sampler and takes its ``on_progress``, as `start` does.
    report : callable, optional
        Called now and then with the number of draws made so far, those of tuning included.

    Returns
    -------
    list
        What nutpie gives, an `xarray.DataTree` each unless a raw trace was asked for.

    Raises
    ------
    SamplerError
        If a chain could not be started or was broken off.
    KeyboardInterrupt
        After the samplers have been stopped.
    """
    done = [0] * len(starters)

    def count(number: int, states: Sequence[Any]) -> None:
        done[number] = sum(state.finished_draws for state in states)

    samplers: list[Any] = []
    try:
        try:
            for number, starter in enumerate(starters):
                samplers.append(starter(on_progress=partial(count, number)))
            while not all(_is_finished(sampler) for sampler in samplers):
                time.sleep(POLL)
                report(sum(done))
        except BaseException:
            for sampler in samplers:
                sampler.cancel()
            raise
        return [sampler.wait() for sampler in samplers]
    except (RuntimeError, ValueError) as error:
        raise SamplerError(f"the sampler could not finish: {_first_line(error)}") from error


def _is_finished(sampler: Any) -> bool:  # noqa: ANN401
    """Ask the sampler, which answers with a time-out while it is busy."""
    try:
        return bool(sampler.is_finished)
    except TimeoutError:
        return False


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _stored(chains: Sequence[Any]) -> tuple[Floats, dict[str, Floats]]:
    """Return all points, chain after chain, and the statistics, shape (chains, draws), of nutpie's raw traces."""
    points, found = [], []
    for trace in chains:
        (drawn,), (about,) = trace.get_arrow_trace()
        tuning = int(_column(about, "tuning").sum())
        points.append(_column(drawn, "point").reshape(drawn.num_rows, -1)[tuning:])
        found.append({ours: _column(about, theirs)[tuning:] for theirs, ours in STATISTICS.items()})
    return np.concatenate(points), {name: np.stack([each[name] for each in found]) for name in found[0]}


def _column(batch: Any, name: str) -> Floats:  # noqa: ANN401
    values = pa.array(batch.column(name))
    flat = values.flatten() if hasattr(values, "flatten") else values
    return np.asarray(flat.to_numpy(zero_copy_only=False))


def draws_of(  # noqa: PLR0913, PLR0917
    problem: Problem, layout: Layout, numbers: Numbers, points: Floats, probability: Floats, rng: np.random.Generator
) -> Draws:
    """Turn sampled points into the elicited quantities; what is not sampled is drawn from its prior.

    Parameters
    ----------
    points : ndarray, shape (n, D)
    probability : ndarray, shape (n, S)
        P_s(φ) at these points.
    """
    draws = draw_prior(problem, rng, len(points))
    cells, pairs = layout.cells, len(layout.cells.pairs)
    y = {name: points[:, layout.parts.get(name, slice(0))] for name in ("log_odds", "log_gamma", "probit", "normal")}
    x = _scaled(numbers, "log_odds", y["log_odds"]) - numbers["log_odds_low"] * np.expm1(-y["log_odds"])
    x += numbers["log_odds_high"] * np.expm1(y["log_odds"])
    g = _scaled(numbers, "log_gamma", y["log_gamma"]) - numbers["log_gamma_fold"] * np.expm1(-y["log_gamma"])
    with np.errstate(divide="ignore"):
        tables = (np.log(draws.weights), np.log(draws.theta))
    for (kind, row, first, second), at in zip(cells.pairs, x[:, :pairs].T, strict=True):
        tables[kind][:, row, first], tables[kind][:, row, second] = special.log_expit(at), special.log_expit(-at)
    for places in cells.gamma_rows:
        members = places[places < len(cells.gammas)]
        kind, row = cells.gammas[members[0], :2]
        tables[kind][:, row, cells.gammas[members, 2]] = special.log_softmax(g[:, members], axis=1)
    theta = np.exp(tables[1])
    uncertain = layout.probits.used[: int(layout.probits.free)]
    probit = _scaled(numbers, "probit", y["probit"])
    theta[:, uncertain, 0], theta[:, uncertain, 1] = special.ndtr(probit), special.ndtr(-probit)
    units = np.concatenate([draws.reach, draws.detection, draws.reliability, draws.correlation], axis=1)
    units[:, layout.units.used[: int(layout.units.free)]] = special.expit(x[:, pairs:])
    reach, detection, reliability, correlation = np.split(units, list(first_units(problem).values())[1:], axis=1)
    log_ratio = draws.log_ratio.copy()
    if layout.ratio_is_free.any():
        log_ratio[:, layout.ratio_is_free] = numbers["mu"][layout.ratio_is_free] + numbers["sigma"] * y["normal"]
    return Draws(
        weights=np.exp(tables[0]),
        theta=theta,
        reach=reach,
        detection=detection,
        reliability=reliability,
        correlation=correlation,
        log_ratio=log_ratio,
        prior=np.exp(problem.sum_over_branchings(tables[0])),
        probability=probability,
    )


def _scaled(numbers: Numbers, name: str, y: Floats) -> Floats:
    return numbers[f"{name}_centre"] + numbers[f"{name}_scale"] * y


def points_of(layout: Layout, numbers: Numbers, draws: Draws, rng: np.random.Generator) -> Floats:
    """Return the points that stand for draws, shape (n, D): the inverse of `draws_of`.

    Weights do not determine their log gammas, whose common total is drawn.
    """
    cells, n = layout.cells, len(draws)
    with np.errstate(divide="ignore"):
        logs = tuple(np.log(values).clip(-FARTHEST_LOG) for values in (draws.weights, draws.theta))
    pairs = [logs[kind][:, row, i] - logs[kind][:, row, j] for kind, row, i, j in cells.pairs]
    units = np.concatenate([draws.reach, draws.detection, draws.reliability, draws.correlation], axis=1)
    free = special.logit(units[:, layout.units.used[: int(layout.units.free)]]).clip(-FARTHEST_LOG, FARTHEST_LOG)
    x = np.concatenate([np.array(pairs).reshape(-1, n).T, free], axis=1)
    g = np.array([logs[kind][:, row, k] for kind, row, k, _ in cells.gammas]).reshape(-1, n).T
    for places in cells.gamma_rows:
        members = places[places < len(cells.gammas)]
        total = numbers["log_gamma_concentration"][members].sum()
        with np.errstate(divide="ignore"):
            g[:, members] += np.log(rng.standard_gamma(total, n)).clip(-FARTHEST_LOG)[:, None]
    used = layout.probits.used[: int(layout.probits.free)]
    a = special.ndtri(draws.theta[:, used, 0]).clip(-FARTHEST, FARTHEST)
    ratio = layout.ratio_is_free
    parts = [
        _unfolded(numbers, "log_odds", x, numbers["log_odds_low"], numbers["log_odds_high"]),
        _unfolded(numbers, "log_gamma", g, numbers["log_gamma_fold"], np.zeros(g.shape[1])),
        (a - numbers["probit_centre"]) / numbers["probit_scale"],
        (draws.log_ratio[:, ratio] - numbers["mu"][ratio]) / numbers["sigma"],
    ]
    points = np.concatenate(parts, axis=1)
    if points.shape[1] < layout.size:  # nothing is uncertain: the one element that is sampled stands for nothing
        return rng.standard_normal((n, layout.size))
    return points


def _unfolded(numbers: Numbers, name: str, values: Floats, low: Floats, high: Floats) -> Floats:
    """Solve c + s y + κ(1 - exp(-y)) + λ(exp(y) - 1) = x for y: by bisection where it is not linear."""
    y = (values - numbers[f"{name}_centre"]) / numbers[f"{name}_scale"]
    folded = (low > 0) | (high > 0)  # their scale is 1
    bottom, top = np.minimum(y[:, folded], 0.0), np.maximum(y[:, folded], 0.0)
    for _ in range(60):
        middle = (bottom + top) / 2
        with np.errstate(over="ignore"):
            bends = high[folded] * np.expm1(middle) - low[folded] * np.expm1(-middle)
        above = middle + bends > y[:, folded]
        bottom, top = np.where(above, bottom, middle), np.where(above, middle, top)
    y[:, folded] = top
    return y


def _dispersed(layout: Layout, numbers: Numbers, points: Floats, fallback: Floats) -> Floats:
    """Choose starting points: evenly spaced ranks along the first principal component of the points."""
    points = points[np.isfinite(at_points(layout, numbers, points)[0])]
    if len(points) <= len(fallback):
        return fallback
    spread = points.std(axis=0)
    standard = (points - points.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    along = standard @ np.linalg.svd(standard, full_matrices=False)[2][0]
    ranks = np.linspace(MARGIN, 1 - MARGIN, len(fallback)) * (len(points) - 1)
    return points[np.argsort(along)[ranks.round().astype(np.intp)]]
