"""The sampled engine on a case that learned: statements split by class, held against the exact answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from making import case_of, indicator, inner, leaf

from falseflag.case.learning import RecordPrior
from falseflag.checks.agreement import Z_LIMIT
from falseflag.distributions import Beta
from falseflag.record import INDICATORS, Incident, Record
from falseflag.sampling import sample
from falseflag.settings import Settings


@pytest.mark.slow
def test_both_engines_answer_a_case_that_learned() -> None:
    incidents = [
        Incident(
            f"i{k}", "t", "2000-01-01", "x", "y", author, "B", dict.fromkeys(INDICATORS) | {"precedent": k % 4 > 0}
        )
        for k, author in enumerate(["adversary", "false_flag", "nonstate"] * 6)
    ]
    us = inner("us", [replace(leaf(name), author_class="adversary") for name in ("us.x", "us.y")])
    tree = [us, *(replace(leaf(name), author_class=of) for name, of in (("own", "false_flag"), ("other", "")))]
    one = replace(indicator("i", {"others": Beta(3.0, 3.0)}), like="precedent")
    two = replace(indicator("j", {"us.x": Beta(2.0, 5.0)}, observed=False, reliability=0.8), unlike="precedent")
    case = RecordPrior(Record(tuple(incidents)), 0.5).updated(case_of(tree, [one, two], {"g": (("i", "j"), 0.4)}))
    answer = sample(case, "nuts", Settings(seed=5))
    assert answer.is_sound, [check.message for check in answer.checks]
    for row in answer.rows:
        assert abs(row.posterior - row.exact) < Z_LIMIT * row.mcse + 1e-6
