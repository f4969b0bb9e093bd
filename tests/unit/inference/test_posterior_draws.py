"""Independent draws, the surprise and the likelihood at a draw, against the exact answer and closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from oracle.random_cases import draw
from small_cases import case_of, indicator, judged, tops

from falseflag.case.model import OTHERS, Circumstance, Deception
from falseflag.distributions import Beta
from falseflag.errors import RequestError
from falseflag.inference.checks import compared
from falseflag.inference.draws import check_number, log_scores
from falseflag.inference.exact.draws import draw_posterior
from falseflag.inference.exact.posterior import ExactPosterior, simulate, surprise
from falseflag.problem import Problem, problem_of

DRAWS = 4000
Z_LIMIT = 4.5
"""Standard errors, at the worst of some hundreds of quantities."""


def answered(seed: int) -> ExactPosterior | None:
    try:
        return ExactPosterior.of(problem_of(draw(seed).case))
    except RequestError:  # evidence that cannot be
        return None


@pytest.mark.parametrize("seed", range(2000, 2012))
def test_draws_average_to_the_exact_answer(seed: int) -> None:
    exact = answered(seed)
    if exact is None:
        pytest.skip("this case is refused")
    found = compared(exact.problem, exact, draw_posterior(exact, np.random.default_rng(seed), DRAWS))
    p = found.exact.clip(0, 1)
    error = np.sqrt(np.maximum(found.draws.var(axis=0), 0.01 * p * (1 - p)) / DRAWS)
    assert np.abs((found.draws.mean(axis=0) - found.exact) / (error + 1e-9)).max() < Z_LIMIT


def test_a_wrong_update_would_be_noticed() -> None:
    exact = answered(2003)
    assert exact is not None
    drawn = draw_posterior(exact, np.random.default_rng(1), DRAWS)
    found = compared(exact.problem, exact, replace(drawn, probability=drawn.prior, facts={}))
    error = found.draws.std(axis=0) / np.sqrt(DRAWS) + 1e-9
    assert np.abs((found.draws.mean(axis=0) - found.exact) / error).max() > 2 * Z_LIMIT


def planted() -> Problem:
    """Return a case in which two silent or reported clues may be planted, by a circumstance and by an entry."""
    told = [
        indicator("i", {"flag": Beta(2, 6), "others": Beta(6, 2)}, source="s"),
        indicator("j", {"flag": Beta(2, 6), "others": Beta(6, 2)}, "absent", source="s"),
    ]
    case = case_of(tops(flag=1, real=2), told, sources={"s": Beta(5, 2)})
    rows = {OTHERS: judged(Beta(2, 2))}
    return problem_of(
        replace(
            case,
            circumstances={"night": Circumstance("night", "Night", {"yes": "", "no": ""}, rows)},
            deception={
                "flag": Deception("flag", replace(OTHERS, node="real"), judged(Beta(2, 2)), {"i": judged(Beta(3, 1))})
            },
        )
    )


def test_the_evidence_given_what_is_drawn_averages_to_its_probability() -> None:
    from falseflag.inference.draws import draw_prior  # noqa: PLC0415 (of use here alone)

    problem = planted()
    drawn = draw_prior(problem, np.random.default_rng(2), 40_000)
    evidence = (drawn.prior * np.exp(log_scores(problem, drawn))).sum(axis=1)
    error = evidence.std() / np.sqrt(len(evidence))
    assert abs(evidence.mean() - np.exp(ExactPosterior.of(problem).log_evidence)) < 4 * error


def test_simulated_reports_come_up_as_often_as_their_probability() -> None:
    problem = planted()
    reports, _ = simulate(problem, np.random.default_rng(3), 20_000)
    for values in ((0, 0), (0, 1), (1, 0), (1, 1)):
        changed = replace(problem, reports=replace(problem.reports, value=np.array(values)))
        expected = np.exp(ExactPosterior.of(changed).log_evidence)
        share = (reports == values).all(axis=1).mean()
        assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / len(reports))


@pytest.mark.parametrize(("says", "expected"), [("present", 0.1), ("absent", 1.0)])
def test_surprise_is_the_share_of_reports_no_more_probable(says: str, expected: float) -> None:
    case = case_of(tops(a=1, b=1), [indicator("i", {"others": 0.1}, says)])
    found = surprise(ExactPosterior.of(problem_of(case)), np.random.default_rng(4), 4000)
    assert abs(found.p - expected) <= 4 * np.sqrt(expected * (1 - expected) / 4000)
    assert found.error == pytest.approx(np.sqrt(found.p * (1 - found.p) / 4000))


def test_more_draws_than_memory_holds_are_refused_with_the_number_that_would_do() -> None:
    with pytest.raises(RequestError, match="ask for at most"):
        check_number(planted(), 10**9)
