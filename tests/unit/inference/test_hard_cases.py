"""Small case files that once crashed, were answered wrongly, took too long, or were marked without need."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from oracle.brute_force import BruteForce
from steps import calls_of

from falseflag.case.loader import load_text
from falseflag.explain.analysis import Analysis
from falseflag.explain.confidence import confidence
from falseflag.explain.replay import replay
from falseflag.inference.checks import Z_LIMIT
from falseflag.inference.exact import factors
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.inference.result import Answer
from falseflag.problem import problem_of
from falseflag.sampling import sample
from falseflag.settings import Engine, Settings

RARE = """\
title: A rare hypothesis under strong evidence
hypotheses: {guilty: {prior: 1}, innocent: {prior: 200000}}
indicators:
  match: {observed: present, likelihood: {guilty: 0.9999999999, innocent: 5e-9}}
  not_recognised: {observed: present, likelihood: {guilty: 0.1, innocent: 0.9}}
  alibi: {observed: present, likelihood: {guilty: 0.25, innocent: 0.5}}
"""
CORRELATED_EXTREMES = """\
title: Two indicators of next to no probability whose correlation may be 0 or 1
prior_strength: 1e6
hypotheses: {h0: {}, h1: {prior: 2}}
indicators:
  one: {observed: absent, likelihood: {h0: [1e-9, 1e-8], others: [0.9999, 0.99999]}}
  other: {observed: present, likelihood: {others: [1e-9, 1e-8]}}
dependence: {g: {indicators: [other, one], correlation: {alpha: 0.01, beta: 0.01}}}
"""
FIRM_AND_RARE = """\
title: A group of one, whose statement is firm and far from the middle
prior_strength: 0.5
hypotheses: {h1: {prior: 2}, h2: {prior: 3}}
indicators: {i: {observed: absent, likelihood: {others: {mean: 1e-6, strength: 1e9}}}}
dependence: {g: {indicators: [i], correlation: 0.5}}
"""
LEVEL = """\
title: No reports, and hypotheses that are level
hypotheses: {a: {prior: 3, children: {x0: {prior: 2}, x1: {prior: 2}, x2: {prior: 2}}}, b: {}, c: {prior: 0.5}}
indicators: {}
"""
WEAK_AND_FIRM = """\
title: Strengths of 1e-12 and 1e12 side by side
prior_strength: 1e-12
hypotheses:
  h0: {prior: 3}
  h1:
    prior: 1e6
    prior_strength: 1e12
    children: {x: {children: {p: {prior: 3}, q: {}, r: {prior: 1e6}}}, y: {children: {s: {}, t: {prior: 1e-12}}}}
indicators: {}
"""
ZONES = """\
title: Dates with and without an offset, and of less than a day
hypotheses: {a: {}, b: {}}
indicators:
  x: {observed: present, seen: 2023-05-03T02:30:00+03:00, likelihood: {a: likely, others: unlikely}}
  y: {observed: absent, seen: 2023-05-03, likelihood: {a: likely, others: unlikely}}
  z: {observed: present, seen: 2023-05-03T01:00, likelihood: {a: likely, others: unlikely}}
  w: {observed: present, seen: 2023, likelihood: {a: likely, others: unlikely}}
  v: {observed: present, seen: 2023-05-02T23:45Z, likelihood: {a: likely, others: unlikely}}
  u: {observed: present, seen: 2023-05, likelihood: {a: likely, others: unlikely}}
"""


def answered(text: str, engine: Engine = "exact") -> Answer:
    return sample(load_text(text), engine, Settings(seed=3))


def test_two_heaps_are_marked_and_confidence_is_not_high() -> None:
    answer = answered(RARE)
    odds = 1 / 200_000 * 0.9999999999 / 5e-9 * 0.1 / 0.9 * 0.25 / 0.5
    assert answer["guilty"].exact == pytest.approx(odds / (1 + odds), abs=1e-9)
    assert answer.is_sound
    assert all(row.two_heaps and row.to_dict()["two_heaps"] for row in answer.rows)
    assert confidence(Analysis(answer.problem, answer.exact), 2.0).level != "high"


def test_a_range_that_holds_the_answer_is_no_two_heaps() -> None:
    assert not any(row.two_heaps for row in answered(RARE.replace("200000", "2")).rows)


@pytest.mark.parametrize("text", [CORRELATED_EXTREMES, FIRM_AND_RARE])
def test_extreme_groups_are_as_brute_force_says(text: str) -> None:
    answer, expected = answered(text), BruteForce(load_text(text)).nodes()
    assert {row.name: row.exact for row in answer.rows} == pytest.approx(expected, abs=1e-6)
    assert answer.is_sound


def test_hypotheses_without_reports_are_level() -> None:
    answer = answered(LEVEL)
    assert [answer[f"a.x{k}"].exact for k in range(3)] == pytest.approx([2 / 9] * 3, abs=1e-12)
    assert answer["b"].exact == pytest.approx(2 / 9, abs=1e-12)
    assert answer.decides.by == "prior"
    assert answer.surprise.p == pytest.approx(1.0)


@pytest.mark.parametrize("text", [LEVEL, WEAK_AND_FIRM])
def test_what_is_right_is_not_marked(text: str) -> None:
    answer = answered(text)
    assert answer.is_sound, [check.message for check in answer.checks]
    assert np.isfinite(answer.draws.probability).all()


@pytest.mark.slow
@pytest.mark.parametrize("text", [RARE, CORRELATED_EXTREMES, FIRM_AND_RARE, LEVEL, WEAK_AND_FIRM])
def test_the_sampled_engine_is_right_or_marked(text: str) -> None:
    answer = answered(text, "nuts")
    if answer.is_sound:
        assert all(abs(row.posterior - row.exact) < Z_LIMIT * row.mcse + 1e-6 for row in answer.rows)


def test_dates_are_compared_as_instants() -> None:
    stages = replay(Analysis.of(load_text(ZONES)))
    assert [stage.added for stage in stages if stage.date] == [("x",), ("v",), ("z",), ("y",), ("u",), ("w",)]


# Bounds: on what is evaluated and on calls, not on seconds


def correlated_points(members: int, leaves: int) -> str:
    rng = np.random.default_rng(12)
    hypotheses = ", ".join(f"h{k}: {{prior: {1 + k % 3}}}" for k in range(leaves))
    rows = [", ".join(f"h{k}: {p:.3f}" for k, p in enumerate(rng.uniform(0.05, 0.95, leaves))) for _ in range(members)]
    body = "".join(
        f"  i{n}: {{observed: {('present', 'absent')[n % 2]}, reliability: 0.9, likelihood: {{{row}}}}}\n"
        for n, row in enumerate(rows)
    )
    names = ", ".join(f"i{n}" for n in range(members))
    group = f"dependence: {{g: {{indicators: [{names}], correlation: [0.5, 0.999]}}}}\n"
    return f"title: Points at every leaf\nhypotheses: {{{hypotheses}}}\nindicators:\n{body}{group}"


def test_a_group_of_points_at_every_leaf_stays_within_the_bound_on_evaluations() -> None:
    problem = problem_of(load_text(correlated_points(12, 20)))
    (component,) = ExactPosterior.of(problem).factors.components
    spent = sum(nodes.table.size for block in component.blocks for nodes in block.nodes)
    assert 0 < spent <= factors.MOST_EVALUATIONS


def test_the_calls_of_an_answer_grow_with_the_case_and_no_faster() -> None:
    """Twice the indicators, each by a source of its own, cost little more than twice the calls."""

    def calls(count: int) -> int:
        body = "".join(
            f"  i{n}: {{observed: present, likelihood: {{a: likely, b: [0.1, 0.4]}}}}\n" for n in range(count)
        )
        problem = problem_of(load_text(f"title: t\nhypotheses: {{a: {{}}, b: {{}}}}\nindicators:\n{body}"))
        return calls_of(partial(lambda p: ExactPosterior.of(p).states, problem))

    assert calls(80) < 2.6 * calls(40)
