"""The log density of the PyMC model, against loops over states and truths and integrals of SciPy's densities."""

# ruff: noqa: ANN401, C901, PLR0913, PLR0917 (the definition in loops, in one piece)
from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from oracle.brute_force import below, narrowest
from oracle.random_cases import draw
from scipy import special

from falseflag.arrays import Distributions
from falseflag.case.model import Case, Indicator
from falseflag.inference.draws import Draws
from falseflag.inference.nuts import model
from falseflag.inference.nuts.model import build_model, layout_of, numbers_of
from falseflag.inference.nuts.sampler import draws_of, points_of
from falseflag.problem import Problem, problem_of

SEEDS = range(8)


def evaluate(problem: Problem, points: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], ...]:
    """Return log density, log likelihood and P_s(φ) at some points, without a compiler."""
    layout = layout_of(problem)
    numbers = numbers_of(problem, layout)
    made = build_model(layout, numbers)
    stored = made.replace_rvs_by_values([made["log_likelihood"], made["probability"]])
    inputs = [made.rvs_to_values[variable] for variable in made.free_RVs]
    function = pytensor.function(inputs, [made.logp(), *stored], mode=pytensor.compile.Mode("py", "fast_compile"))
    found = [function(*(point[part] for part in layout.parts.values())) for point in points]
    return tuple(np.array(each) for each in zip(*found, strict=True))


def log_evidence(case: Case, problem: Problem, draws: Draws, n: int) -> np.ndarray[Any, Any]:
    """Return log π_s P(evidence | s, φ) of each state: the definition in loops, φ being one draw."""
    theta = {(str(k.owner), k.condition): draws.theta[n, t] for t, k in enumerate(problem.statement_names)}
    weights = {b.name: draws.weights[n, k] for k, b in enumerate(problem.branchings)}
    reach = {(k.what[1], k.owner): draws.reach[n, q] for q, k in enumerate(problem.reach_names)}
    detection = {(k.owner, k.condition): draws.detection[n, d] for d, k in enumerate(problem.detection_names)}
    reliability = {(k.what, k.condition): draws.reliability[n, r] for r, k in enumerate(problem.reliability_names)}
    correlation = {(k.owner, k.condition): draws.correlation[n, c] for c, k in enumerate(problem.correlation_names)}
    ratio = {(k.owner, k.condition): draws.log_ratio[n, r] for r, k in enumerate(problem.ratio_names)}
    member_of = {name: group for group in case.groups.values() for name in group.indicators}
    z = np.linspace(-9, 9, 4001)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    out = []
    for state in problem.states:
        values = dict(zip(case.circumstances, state.values, strict=True))

        def pick(table: Any, owner: str, statements: Any, leaf: str, values: dict[str, str]) -> Any:
            return table[owner, narrowest(statements, leaf, values)]

        total = np.log(prior_of(case, weights, state.leaf, values, state.staged))
        products: dict[str, Any] = {}
        for name, indicator in case.indicators.items():
            if indicator.ratios:
                total += pick(ratio, name, indicator.ratios, state.leaf, values)
                continue
            if not indicator.reports and not indicator.detection:
                continue
            q, blamed = 0.0, None
            if state.staged and name in case.deception[state.staged].reach:
                entry = case.deception[state.staged]
                q = reach[state.staged, name]
                feigned = values | dict(entry.blames.values)
                blamed = pick(theta, name, indicator.likelihood, entry.blames.node, feigned)
            own = pick(theta, name, indicator.likelihood, state.leaf, values)
            sum_over_truths: Any = 0.0
            for v, value in enumerate(indicator.values):
                told = 1.0
                for report in indicator.reports:
                    r = reliability_at(case, reliability, name, report, state.leaf, values)
                    told *= r if report.says == value else (1 - r) / (len(indicator.values) - 1)
                if indicator.detection and v == 0:
                    told *= 1 - pick(detection, name, indicator.detection, state.leaf, values)
                truth: Any = (1 - q) * own[v] + (q * blamed[v] if blamed is not None else 0)
                if name in member_of:
                    group = member_of[name]
                    rho = pick(correlation, group.name, group.correlation, state.leaf, values)

                    def given_z(p: float, rho: float = rho) -> Any:
                        return special.ndtr((special.ndtri(p) + np.sqrt(rho) * z) / np.sqrt(1 - rho))

                    first = (1 - q) * given_z(own[0]) + (q * given_z(blamed[0]) if blamed is not None else 0)
                    truth = first if v == 0 else 1 - first
                sum_over_truths = sum_over_truths + told * truth
            if name in member_of:
                products[member_of[name].name] = products.get(member_of[name].name, 1.0) * sum_over_truths
            else:
                with np.errstate(divide="ignore"):
                    total += np.log(sum_over_truths)
        with np.errstate(divide="ignore"):
            total += sum(np.log((product * density).sum()) for product in products.values())
        out.append(total)
    return np.array(out)


def prior_of(case: Case, weights: Any, leaf: str, values: dict[str, str], staged: str) -> float:
    """Multiply the weights on the way to a state."""
    found = 1.0
    branches = {(b.what[0], b.owner, b.condition): (b, w) for b, w in weights.items()}
    siblings, above = case.hypotheses, ""
    while siblings:
        _, w = next((b, w) for (kind, owner, _), (b, w) in branches.items() if kind == "hypotheses" and owner == above)
        place = next(k for k, node in enumerate(siblings) if below(leaf, node.name))
        found *= w[place]
        above, siblings = siblings[place].name, siblings[place].children
    for number, (name, circumstance) in enumerate(case.circumstances.items()):
        before = dict(list(values.items())[:number])
        _, w = branches["circumstances", name, narrowest(circumstance.probability, leaf, before)]
        found *= w[list(circumstance.values).index(values[name])]
    for node in case.deception:
        if below(leaf, node):
            _, w = next(
                (b, w) for (kind, owner, _), (b, w) in branches.items() if kind == "deception" and owner == node
            )
            found *= w[0 if staged else 1]
    return found


def reliability_at(case: Case, table: Any, indicator: str, report: Any, leaf: str, values: dict[str, str]) -> float:
    """Find the reliability of a report: its own, its source's, or 1."""
    if report.reliability is not None:
        condition, several = narrowest(report.reliability, leaf, values), len(case.indicators[indicator].reports) > 1
        return float(
            next(
                r
                for (what, c), r in table.items()
                if what[:2] == ("indicators", indicator)
                and c == condition
                and (not several or what[3] == report.source)
            )
        )
    source = case.sources.get(report.source)
    if source is None or source.reliability is None:
        return 1.0
    condition = narrowest(source.reliability, leaf, values)
    return float(next(r for (what, c), r in table.items() if what[:2] == ("sources", report.source) and c == condition))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_likelihood_is_that_of_loops_over_states_truths_and_z(seed: int) -> None:
    case = draw(seed).case
    problem = problem_of(case)
    layout = layout_of(problem)
    numbers = numbers_of(problem, layout)
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(4, layout.size))
    _, log_likelihood, probability = evaluate(problem, points)
    draws = draws_of(problem, layout, numbers, points, probability, rng)
    for n in range(len(points)):
        logs = log_evidence(case, problem, draws, n)
        total = np.logaddexp.reduce(logs)
        assert log_likelihood[n] == pytest.approx(total, abs=1e-6)
        assert probability[n] == pytest.approx(np.exp(logs - total), abs=1e-6)
        assert np.log(draws.prior[n].sum()) == pytest.approx(0, abs=1e-9)


SHAPES = np.array(
    [(2.0, 3.0), (0.01, 3.0), (3.0, 0.02), (0.01, 0.01), (0.1, 9.9), (300.0, 5.0), (5e-5, 10.0), (0.6, 0.5)]
)


def mass(name: str, numbers: model.Numbers, low: float, high: float) -> tuple[np.ndarray[Any, Any], ...]:
    """Integrate the density of the elements of a sampled vector, each up to every point of a grid, shape (y, ·)."""
    keys = [key for key in numbers if key.startswith(f"{name}_")]
    y = np.linspace(low, high, 40_001)
    density = getattr(model, f"_log_density_of_{name}")(pt.dmatrix("y"), *(pt.as_tensor(numbers[k]) for k in keys))
    inputs = list(pytensor.graph.traversal.explicit_graph_inputs([density]))
    function = pytensor.function(inputs, density, mode=pytensor.compile.Mode("py", "fast_compile"))
    with np.errstate(over="ignore"):
        values = np.exp(function(np.broadcast_to(y[:, None], (len(y), len(numbers[keys[0]])))))
    return y, (np.cumsum(values, axis=0) - values / 2) * (y[1] - y[0])


def test_each_scale_has_the_density_of_what_was_elicited() -> None:
    """The mass below a point is that of the Beta or Gamma below where the point is mapped to."""
    alpha, beta = SHAPES.T
    numbers = model._log_odds_numbers(alpha, beta)
    y, below_y = mass("log_odds", numbers, -25, 25)
    with np.errstate(over="ignore"):
        x = numbers["log_odds_centre"] + numbers["log_odds_scale"] * y[:, None]
        x += -numbers["log_odds_low"] * np.expm1(-y[:, None]) + numbers["log_odds_high"] * np.expm1(y[:, None])
    left, right = special.betainc(alpha, beta, special.expit(x)), special.betainc(beta, alpha, special.expit(-x))
    inside = (x > -600) & (x < 600)
    assert np.abs(np.where(inside, below_y - np.where(x < 0, left, 1 - right), 0)).max() < 1e-6

    concentration = np.array([0.01, 5e-5, 0.3, 0.5, 2.0, 400.0])
    numbers = model._log_gamma_numbers(concentration)
    y, below_y = mass("log_gamma", numbers, -25, 20)
    g = numbers["log_gamma_centre"] + numbers["log_gamma_scale"] * y[:, None]
    g -= numbers["log_gamma_fold"] * np.expm1(-y[:, None])
    expected = special.gammainc(concentration, np.exp(np.minimum(g, 50)))
    assert np.abs(np.where(g > -600, below_y - expected, 0)).max() < 1e-6

    numbers = model._probit_numbers(Distributions(alpha, beta, np.full(len(alpha), np.nan)))
    y, below_y = mass("probit", numbers, -12, 12)
    a = numbers["probit_centre"] + numbers["probit_scale"] * y[:, None]
    left, right = special.betainc(alpha, beta, special.ndtr(a)), special.betainc(beta, alpha, special.ndtr(-a))
    assert np.abs(np.where(np.abs(a) < 35, below_y - np.where(a < 0, left, 1 - right), 0)).max() < 1e-5


@pytest.mark.parametrize("seed", SEEDS)
def test_points_and_draws_stand_for_each_other(seed: int) -> None:
    problem = problem_of(draw(seed).case)
    layout = layout_of(problem)
    numbers = numbers_of(problem, layout)
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(50, layout.size))
    draws = draws_of(problem, layout, numbers, points, np.zeros((50, len(problem.states))), rng)
    again = points_of(layout, numbers, draws, rng)
    gammas = layout.parts.get("log_gamma", slice(0))
    rest = np.delete(np.arange(layout.size), np.r_[gammas])
    if layout.sizes[3] == problem.ratios.sigma.astype(bool).sum():
        assert again[:, rest] == pytest.approx(points[:, rest], abs=1e-6)
    moved = draws_of(problem, layout, numbers, again, draws.probability, rng)
    assert moved.prior == pytest.approx(draws.prior, abs=1e-9)


def test_structures_differ_and_numbers_do_not() -> None:
    digests = {layout_of(problem_of(draw(seed).case)).digest for seed in SEEDS}
    assert len(digests) == len(SEEDS)
    case = next(
        c for c in (draw(seed).case for seed in SEEDS) if c.groups and any(i.reports for i in c.indicators.values())
    )
    layout = layout_of(problem_of(case))

    def changed(**indicators: Indicator) -> str:
        return layout_of(problem_of(replace(case, indicators={**case.indicators, **indicators}))).digest

    reported = next(i for i in case.indicators.values() if i.reports)
    other = next(value for value in reported.values if value != reported.reports[0].says)
    report, *more = reported.reports
    turned = replace(reported, reports=(replace(report, says=other), *more))
    assert changed(**{reported.name: turned}) == layout.digest
    assert changed(**{reported.name: replace(reported, reports=())}) != layout.digest


@pytest.mark.parametrize("seed", range(4))
def test_every_part_of_the_structure_counts(seed: int) -> None:
    """Whatever array of the layout is changed in one element, the digest changes."""
    layout = layout_of(problem_of(draw(seed).case))
    digest = layout.digest
    for path, values in model._arrays(layout):
        if values.size:
            values.flat[0] ^= 1
            assert replace(layout).digest != digest, path
            values.flat[0] ^= 1
    assert replace(layout).digest == digest
