"""Comparisons: mixtures against cases edited by hand, Shapley values against all orders, pools as their formulas."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from small_cases import at, case_of, indicator, judged, tops

from falseflag.case.edit import Keys
from falseflag.case.model import OTHERS, Case, Circumstance, Deception, Group, Hypothesis
from falseflag.distributions import Beta, Dirichlet
from falseflag.errors import RequestError
from falseflag.explain.compare import compare, differences, disagreed, disagreement, mixed
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import problem_of

NODE = "a"


def first_case() -> Case:
    """Make a case with a circumstance, a shared source, a group, silence and staging."""
    told = [
        indicator("i", {"a": Beta(8, 3), "others": Beta(3, 8)}, source="s"),
        indicator("j", {at(launch="east"): 0.7, "others": 0.3}, "absent", source="s"),
        indicator("k", {"b": Beta(6, 2), "others": Beta(2, 6)}, source="s"),
        indicator("l", {"a": 0.8, "others": 0.4}, reliability=0.9),
    ]
    case = case_of(
        tops(a=3, b=2, c=1), told, groups={"g": (("i", "k"), Beta(4, 4))}, sources={"s": Beta(6, 2)}
    )  # fmt: skip
    rows = {at("a"): judged(0.7), OTHERS: judged(Beta(2, 3))}
    return replace(
        case,
        circumstances={"launch": Circumstance("launch", "Launch", {"east": "east", "west": "west"}, rows)},
        deception={"b": Deception("b", at("a"), judged(Beta(3, 3)), {"i": judged(0.6), "l": judged(Beta(2, 2))})},
    )


def second_case() -> Case:
    """Make another view of it, in which one judgement of every kind is different."""
    case = first_case()
    i, j, k, last = (case.indicators[name] for name in "ijkl")
    return replace(
        case,
        title="Another",
        hypotheses=tops(a=1, b=1, c=1),
        circumstances={
            "launch": replace(
                case.circumstances["launch"], probability={at("a"): judged(0.2), OTHERS: judged(Beta(2, 3))}
            )
        },
        sources={"s": replace(case.sources["s"], reliability={OTHERS: judged(Beta(9, 1))})},
        indicators={
            "i": replace(i, likelihood={**i.likelihood, OTHERS: judged(Beta(5, 5))}),
            "j": replace(j, reports=(replace(j.reports[0], says="present"),)),
            "k": replace(k, likelihood={**k.likelihood, at("c"): judged(0.5)}),
            "l": replace(last, reports=(replace(last.reports[0], reliability={OTHERS: judged(0.7)}),)),
        },
        deception={"b": replace(case.deception["b"], attempt=judged(0.9))},
        groups={"g": replace(case.groups["g"], correlation={OTHERS: judged(0.1)})},
    )


def decibans(case: Case, node: str = NODE) -> float:
    problem = problem_of(case)
    p = ExactPosterior.of(problem).of_set(problem.states_in(node))
    return float(10 * np.log10(p / (1 - p)))


def test_each_kind_of_judgement_is_found() -> None:
    assert [difference.what for difference in differences(first_case(), second_case())] == [
        ("hypotheses",),
        ("circumstances", "launch", "probability", "a"),
        ("indicators", "i", "likelihood", "others"),
        ("indicators", "j", "observed"),
        ("indicators", "k", "likelihood", "c"),
        ("indicators", "l", "reliability"),
        ("sources", "s", "reliability"),
        ("deception", "b", "attempt"),
        ("dependence", "g", "correlation"),
    ]


def test_a_case_does_not_differ_from_itself_nor_through_scale_or_strength() -> None:
    case = first_case()
    scaled = replace(case, hypotheses=tuple(replace(top, weight=3 * top.weight) for top in case.hypotheses))
    for other in (case, scaled, replace(case, prior_strength=1.0)):
        found = disagreement(case, other, NODE)
        assert found is not None
        assert found.shares == ()
        assert found.first_db == pytest.approx(found.second_db)


def test_mixtures_begin_with_one_case_and_end_with_the_other() -> None:
    a, b = first_case(), second_case()
    every = frozenset(difference.what for difference in differences(a, b))
    assert decibans(mixed(a, b, frozenset())) == pytest.approx(decibans(a))
    assert decibans(mixed(a, b, every)) == pytest.approx(decibans(b))


@pytest.mark.parametrize("place", range(9))
def test_a_mixture_is_the_case_with_one_judgement_changed_by_hand(place: int) -> None:
    a, b = first_case(), second_case()
    edited = [
        replace(a, hypotheses=b.hypotheses),
        replace(a, circumstances=b.circumstances),
        *(replace(a, indicators={**a.indicators, name: b.indicators[name]}) for name in "ijkl"),
        replace(a, sources=b.sources),
        replace(a, deception=b.deception),
        replace(a, groups=b.groups),
    ]
    what = differences(a, b)[place].what
    assert decibans(mixed(a, b, frozenset({what}))) == pytest.approx(decibans(edited[place]))


def test_shares_are_the_average_over_all_orders_and_add_up() -> None:
    a, b = first_case(), second_case()
    b = replace(b, circumstances=a.circumstances, groups=a.groups, deception=a.deception, sources=a.sources)
    players = [difference.what for difference in differences(a, b)]
    assert len(players) == 5
    known: dict[frozenset[Keys], float] = {}

    def value(chosen: frozenset[Keys]) -> float:
        if chosen not in known:
            known[chosen] = decibans(mixed(a, b, chosen))
        return known[chosen]

    total = dict.fromkeys(players, 0.0)
    orders = list(permutations(players))
    for order in orders:
        for n, player in enumerate(order):
            total[player] += value(frozenset(order[: n + 1])) - value(frozenset(order[:n]))
    found = disagreement(a, b, NODE)
    assert found is not None
    assert found.is_exact
    assert found.first_db + sum(share.db for share in found.shares) == pytest.approx(found.second_db)
    for share in found.shares:
        assert share.db == pytest.approx(total[share.difference.what] / len(orders))


def test_estimated_shares_add_up_and_are_near_the_exact_ones() -> None:
    a, b = first_case(), second_case()
    exact, drawn = disagreement(a, b, NODE), disagreement(a, b, NODE, mixtures=250)
    assert exact is not None
    assert drawn is not None
    assert (exact.is_exact, drawn.is_exact) == (True, False)
    assert drawn.first_db + sum(share.db for share in drawn.shares) == pytest.approx(drawn.second_db)
    by_name = {share.difference.what: share.db for share in exact.shares}
    for share in drawn.shares:
        assert abs(share.db - by_name[share.difference.what]) < 4 * share.error + 1e-6


def test_statements_that_cannot_stand_beside_each_other_are_one_judgement() -> None:
    a = first_case()
    j = a.indicators["j"]
    b = replace(a, indicators={**a.indicators, "j": replace(j, likelihood={at("a"): judged(0.6), OTHERS: judged(0.2)})})
    (difference,) = differences(a, b)
    assert difference.what == ("indicators", "j", "likelihood")
    assert decibans(mixed(a, b, frozenset({difference.what}))) == pytest.approx(decibans(b))


def test_groups_that_are_formed_differently_are_one_judgement() -> None:
    a = first_case()
    half = {OTHERS: judged(0.5)}
    b = replace(a, groups={"x": Group("x", "X", ("k", "l"), half)})
    (difference,) = differences(a, b)
    assert set(difference.what) == {"dependence", "g", "x"}
    found = disagreement(a, b, NODE)
    assert found is not None
    assert found.shares[0].db == pytest.approx(found.second_db - found.first_db)


@pytest.mark.parametrize("weights", [None, (1.0, 3.0)])
def test_pools_are_their_formulas(weights: tuple[float, ...] | None) -> None:
    cases = [first_case(), second_case()]
    found = compare(cases, NODE, weights)
    w = np.array(weights or (1.0, 1.0))
    w = w / w.sum()
    leaves = np.array([ExactPosterior.of(problem_of(case)).leaves for case in cases])
    product = np.prod(leaves ** w[:, None], axis=0)
    assert found.linear is not None
    assert found.logarithmic is not None
    assert list(found.linear.values()) == pytest.approx(w @ leaves)
    assert list(found.logarithmic.values()) == pytest.approx(product / product.sum())


def test_siblings_in_another_order_are_the_same_hypotheses() -> None:
    case = first_case()
    found = compare([case, replace(case, hypotheses=case.hypotheses[::-1])])
    assert found.linear is not None
    assert found.disagreements[0] is not None
    assert found.disagreements[0].shares == ()
    for name, (one, other) in found.posterior.items():
        assert one == pytest.approx(other)
        assert found.linear[name] == pytest.approx(one)


def test_other_hypotheses_or_circumstances_are_only_put_side_by_side() -> None:
    case = first_case()
    more = replace(case, hypotheses=(*case.hypotheses, Hypothesis("new", "New", 1.0, 5.0)))
    found = compare([case, more])
    assert found.posterior["new"][0] is None
    assert found.linear is None
    assert found.logarithmic is None
    assert found.disagreements[0] is None
    wet = Circumstance("wet", "Wet", {"yes": "yes", "no": "no"}, {OTHERS: judged(0.5)})
    other = replace(case, circumstances={**case.circumstances, "wet": wet})
    assert disagreement(case, other, NODE) is None
    assert "different hypotheses or circumstances" in disagreed(case, other, None)


def test_what_is_asked_wrongly_is_refused() -> None:
    case = first_case()
    with pytest.raises(RequestError, match="two or more"):
        compare([case])
    with pytest.raises(RequestError, match="one weight for each"):
        compare([case, case], weights=[1.0])
    with pytest.raises(RequestError, match="above 0"):
        compare([case, case], weights=[0.0, 0.0])
    with pytest.raises(RequestError, match="There is no hypothesis, proposition or condition"):
        compare([case, case], "aa")


def test_many_valued_rows_differ_as_others_do() -> None:
    a = first_case()
    rows = {OTHERS: judged(Dirichlet((2.0, 1.0, 1.0)))}
    three = Circumstance("launch", "Launch", {"east": "", "west": "", "sea": ""}, rows)
    one = replace(a, circumstances={"launch": three})
    other = replace(
        a, circumstances={"launch": replace(three, probability={OTHERS: judged(Dirichlet((1.0, 2.0, 1.0)))})}
    )
    assert [d.what for d in differences(one, other)] == [("circumstances", "launch", "probability", "others")]
