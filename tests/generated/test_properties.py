"""Properties of MODEL.md on random case files: both what the answer is and what it cannot depend on."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from closeness import close_to
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import prior_means

from falseflag.case import load_text
from falseflag.case.model import Case
from falseflag.exact.posterior import answer_exactly
from falseflag.explain.evidence import Evidence
from falseflag.explain.shapley import shapley
from falseflag.explain.weights import weigh
from falseflag.problem import problem_of
from generated.documents import Document, as_yaml, documents, nodes_of
from generated.figures import difference, posterior, worst_difference

BOUND = 1e-6
some = settings(max_examples=6, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


def read(document: Document) -> Case:
    return load_text(as_yaml(document))


def assert_same(one: Document, other: Document) -> None:
    assert posterior(read(one)) == pytest.approx(posterior(read(other)), abs=1e-10)


@some
@given(documents())
def test_the_exact_engine_is_brute_force(document: Document) -> None:
    assert difference(document) < BOUND


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_the_exact_engine_is_brute_force_on_hundreds_of_files(seed: int) -> None:
    assert worst_difference(200, seed).worst < BOUND


@some
@given(documents(), st.sampled_from([True, False, None]))
def test_the_style_that_it_is_written_in_is_of_no_account(document: Document, flow: bool | None) -> None:  # noqa: FBT001
    assert posterior(load_text(as_yaml(document, flow=flow))) == close_to(posterior(read(document)))


@some
@given(documents())
def test_probabilities_add_up_over_leaves_and_below_every_node(document: Document) -> None:
    problem = problem_of(read(document))
    answer = answer_exactly(problem)
    assert answer.leaves.sum() == pytest.approx(1.0, abs=1e-12)
    for name, probability in zip(problem.nodes, answer.nodes, strict=True):
        below = [p for h, p in zip(problem.leaves, answer.leaves, strict=True) if h == name or h.startswith(f"{name}.")]
        assert probability == pytest.approx(np.sum(below), abs=1e-12)


@some
@given(documents())
def test_without_reports_the_answer_is_the_product_of_normalised_weights(document: Document) -> None:
    for indicator in document["indicators"].values():
        indicator["observed"] = "unknown"
    case = read(document)
    assert posterior(case) == pytest.approx(prior_means(case), abs=1e-12)


@some
@given(documents())
def test_an_unknown_indicator_says_nothing(document: Document) -> None:
    more = copy.deepcopy(document)
    more["indicators"]["new"] = {
        "observed": "unknown",
        "likelihood": {"others": 0.01, next(iter(more["hypotheses"])): 0.9},
    }
    if more["dependence"]:
        next(iter(more["dependence"].values()))["indicators"].append("new")
    assert_same(document, more)


@some
@given(documents())
def test_a_report_no_better_than_a_coin_says_nothing(document: Document) -> None:
    more = copy.deepcopy(document)
    likelihood = {"others": 0.01, next(iter(more["hypotheses"])): 0.9}
    more["indicators"]["new"] = {"observed": "present", "reliability": 0.5, "likelihood": likelihood}
    if more["dependence"]:
        next(iter(more["dependence"].values()))["indicators"].append("new")
    assert_same(document, more)


@some
@given(documents())
def test_no_likelihood_ratio_passes_what_the_reliability_allows(document: Document) -> None:
    case = read(document)
    for factor in answer_exactly(problem_of(case)).factors:
        if not factor.is_group:
            r = case.indicators[factor.name].reliability.mean
            most = np.inf if r == 1 else abs(np.log(r / (1 - r)))
            assert np.ptp(factor.log_likelihood) <= most + 1e-12


@some
@given(documents())
def test_no_correlation_is_no_group(document: Document) -> None:
    for group in document["dependence"].values():
        group["correlation"] = 0
    assert_same(document, document | {"dependence": {}})


@some
@given(documents())
def test_the_order_of_indicators_and_of_statements_is_of_no_account(document: Document) -> None:
    turned = copy.deepcopy(document)
    for section in ("indicators", "dependence", "sources"):
        turned[section] = dict(reversed(turned[section].items()))
    for indicator in turned["indicators"].values():
        indicator["likelihood"] = dict(reversed(indicator["likelihood"].items()))
    for group in turned["dependence"].values():
        group["indicators"] = group["indicators"][::-1]
    assert_same(document, turned)


@some
@given(documents())
def test_leaves_that_take_one_statement_share_one_variable(document: Document) -> None:
    case = read(document)
    problem = problem_of(case)
    for i, indicator in enumerate(case.indicators.values()):
        for h, leaf in enumerate(problem.leaves):
            above = [leaf] + [leaf.rsplit(".", k)[0] for k in range(1, leaf.count(".") + 1)]
            key = next((name for name in above if name in indicator.likelihood), "others")
            statement = problem.statement_of[i, h]
            assert (problem.statement_indicator[statement], problem.statement_node[statement]) == (i, key)


@some
@given(documents(), st.data())
def test_weights_and_shapley_values_add_up(document: Document, data: st.DataObject) -> None:
    evidence = Evidence.of(read(document))
    nodes = list(document["hypotheses"])
    one, other = data.draw(st.permutations(nodes))[:2]
    weights = weigh(evidence, one, other)
    assert weights.prior_db + sum(row.db for row in weights.rows) == pytest.approx(weights.posterior_db)
    node = data.draw(st.sampled_from(list(nodes_of(document["hypotheses"]))))
    shares = shapley(evidence, node)
    answer = answer_exactly(evidence.problem)
    before = float(evidence.problem.membership[evidence.problem.nodes.index(node)] @ evidence.problem.prior)
    after = float(answer.nodes[evidence.problem.nodes.index(node)])
    change = 10 * np.log10(after / (1 - after) / (before / (1 - before)))
    assert sum(row.db for row in shares.rows) == pytest.approx(change, abs=1e-6)
