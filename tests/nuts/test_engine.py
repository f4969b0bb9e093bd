"""The sampled engine against the exact one. Compiling takes most of the time, so few structures are compiled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from making import case_of, indicator, inner, leaf, random_case

from falseflag.inference.result import Answer
from falseflag.case.model import Case
from falseflag.checks.agreement import Z_LIMIT
from falseflag.checks.statistics import effective_draws
from falseflag.distributions import Beta
from falseflag.nuts.arrays import numbers_of
from falseflag.problem import Floats, Problem
from falseflag.run_folder.write import write_run
from falseflag.sampling import sample
from falseflag.sensitivity import power_scaling
from falseflag.settings import Settings

SETTINGS = Settings(seed=11)


@pytest.fixture(scope="module")
def case() -> Case:
    return random_case(7, size=8)


@pytest.fixture(scope="module")
def sampled(case: Case) -> Answer:
    return sample(case, "nuts", SETTINGS)


@pytest.fixture(scope="module")
def drawn(case: Case) -> Answer:
    return sample(case, "exact", Settings(draws=5000, seed=3))


def test_every_check_passes(sampled: Answer) -> None:
    assert sampled.is_sound, [check.message for check in sampled.checks]


def test_nodes_agree_with_the_exact_answer(sampled: Answer) -> None:
    for row in sampled.rows:
        assert abs(row.posterior - row.exact) < Z_LIMIT * row.mcse + 1e-6


def test_intervals_of_the_two_engines_agree(sampled: Answer, drawn: Answer) -> None:
    """Each engine's quantile of the other's draws lies where it should, in standard errors of a proportion."""
    nodes = sampled.problem.membership.T.astype(float)
    independent = drawn.draws.probability @ nodes
    chains = (sampled.draws.probability @ nodes).reshape(SETTINGS.chains, SETTINGS.draws, -1)
    for v, row in enumerate(sampled.rows):
        for end, level in zip(row.interval, (0.05, 0.95), strict=True):
            below = (chains[:, :, v] <= end).astype(float)
            error = np.sqrt(level * (1 - level) * (1 / float(effective_draws(below, "bulk")) + 1 / len(independent)))
            assert abs((independent[:, v] <= end).mean() - level) < Z_LIMIT * error


def test_parameters_of_the_two_engines_agree(sampled: Answer, drawn: Answer) -> None:
    for name in ("theta", "reliability", "correlation", "prior", "node_weight"):
        ours, theirs = getattr(sampled.draws, name), getattr(drawn.draws, name)
        by_chain = ours.reshape(SETTINGS.chains, SETTINGS.draws, -1)
        vary = np.ptp(ours, axis=0) > 1e-9
        error = np.sqrt(
            ours.var(axis=0)[vary] / effective_draws(by_chain[:, :, vary], "bulk")
            + theirs.var(axis=0)[vary] / len(theirs)
        )
        z = (ours.mean(axis=0) - theirs.mean(axis=0))[vary] / error
        assert np.abs(z).max() < Z_LIMIT + 0.5, name  # some hundred of them
        assert np.allclose(ours[0, ~vary], theirs[0, ~vary])


@pytest.mark.slow
def test_the_same_seed_gives_the_same_draws(case: Case, sampled: Answer) -> None:
    again = sample(case, "nuts", SETTINGS)
    assert np.array_equal(again.draws.probability, sampled.draws.probability)
    assert np.array_equal(again.draws.theta, sampled.draws.theta)
    other = sample(case, "nuts", replace(SETTINGS, seed=12))
    assert not np.array_equal(other.draws.probability, sampled.draws.probability)


def test_power_scaling_finds_what_the_answer_moves_with(sampled: Answer, drawn: Answer) -> None:
    rows = power_scaling(sampled)
    assert [row.node for row in rows] == list(sampled.problem.nodes)
    assert all(np.isfinite([row.weights, row.judgements, row.evidence]).all() for row in rows)
    assert power_scaling(drawn) == ()


@pytest.mark.slow
def test_new_numbers_need_no_compilation(case: Case, sampled: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    from falseflag.nuts import compiled  # noqa: PLC0415

    def refuse(*_arguments: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(compiled, "functions_of", refuse)
    turned = {
        name: replace(i, observed=None if i.observed is None else not i.observed) for name, i in case.indicators.items()
    }
    answer = sample(replace(case, indicators=turned, prior_strength=3.0), "nuts", SETTINGS)
    assert answer.is_sound, [check.message for check in answer.checks]
    assert not np.allclose(answer.exact.leaves, sampled.exact.leaves)


@pytest.mark.slow
def test_a_model_that_drops_the_reliability_is_caught(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    from falseflag.nuts import compiled  # noqa: PLC0415

    def certain(problem: Problem) -> dict[str, Floats]:
        numbers = numbers_of(problem)
        return numbers | {"r_point": np.ones_like(numbers["r_point"])}

    monkeypatch.setattr(compiled, "numbers_of", certain)
    answer = sample(case, "nuts", SETTINGS)
    assert [check.name for check in answer.checks if not check.passed] == ["agreement"]


@pytest.mark.slow
def test_a_case_without_groups_and_with_points_alone() -> None:
    tree = [inner("a", [leaf("a.x"), leaf("a.y", 2.0)], 2.0), leaf("b")]
    answer = sample(case_of(tree, [indicator("i", {"a": 0.3, "b": 0.8})]), "nuts", SETTINGS)
    assert answer.is_sound, [check.message for check in answer.checks]
    assert answer.tree["posterior"]["probability"].sizes["hypothesis"] == 4


def test_a_case_without_evidence(tmp_path: Path) -> None:
    answer = sample(case_of([leaf("a", 2.0), leaf("b")]), "nuts", SETTINGS)
    assert answer.is_sound, [check.message for check in answer.checks]
    assert {row.evidence for row in power_scaling(answer)} == {0.0}
    write_run(answer, tmp_path / "run")
    assert (tmp_path / "run" / "report.html").exists()


def test_conjugate_posterior_of_a_likelihood() -> None:
    """One report, one hypothesis that matters: θ's posterior is a Beta after one more success."""
    tree = [leaf("a"), leaf("b")]
    answer = sample(case_of(tree, [indicator("i", {"others": Beta(2.0, 3.0)})]), "exact", Settings(draws=10000, seed=1))
    draws = answer.draws.theta[:, 0]
    exact = Beta(3.0, 3.0)
    assert abs(draws.mean() - exact.mean) < Z_LIMIT * draws.std() / np.sqrt(len(draws))
    share = (draws < exact.quantiles[0]).mean()
    assert abs(share - 0.05) < Z_LIMIT * np.sqrt(0.05 * 0.95 / len(draws))
