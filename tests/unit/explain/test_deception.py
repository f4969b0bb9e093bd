"""The deceiver's three answers and what a planted clue is worth, against the oracle and by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from oracle.brute_force import BruteForce
from oracle.random_cases import draw
from small_cases import at, case_of, indicator, judged, tops

from falseflag.case.model import Case, Deception
from falseflag.distributions import Beta
from falseflag.explain.analysis import Analysis
from falseflag.explain.deception import deceiver, planted
from falseflag.explain.sentences import staging_hurts


def staged(attempt: float = 0.3, reach: float = 0.5, own: float = 0.2, blamed: float = 0.7) -> Case:
    made = [indicator(f"i{n}", {"real": blamed, "ff": own, "others": 0.5}) for n in range(2)]
    entry = Deception("ff", at("real"), judged(attempt), {"i0": judged(reach)})
    return replace(case_of(tops(real=1, ff=1, other=1), made), deception={"ff": entry})


@pytest.mark.parametrize("seed", [seed for seed in range(14) if draw(seed).case.deception][:6])
def test_the_three_answers_are_those_of_the_oracle(seed: int) -> None:
    case = draw(seed).case
    found = deceiver(Analysis.of(case), case)
    assert found is not None
    for name, nodes in BruteForce(case).deceiver().items():
        assert found.to_dict()[name] == pytest.approx(nodes, abs=1e-8)


def test_a_perfect_deceiver_looks_like_the_one_it_blames_in_all_within_reach() -> None:
    case = staged()
    found = deceiver(Analysis.of(case), case)
    assert found is not None
    assert found.perfect["real"] / found.perfect["ff"] == pytest.approx(0.7 / 0.2)
    assert found.none["real"] / found.none["ff"] == pytest.approx((0.7 / 0.2) ** 2)
    assert found.none["ff"] < found.as_written["ff"] < found.perfect["ff"]


def test_staging_for_certain_has_an_answer_without_it() -> None:
    case = staged(attempt=1.0)
    found = deceiver(Analysis.of(case), case)
    plain = replace(case, deception={})
    assert found is not None
    assert found.none == pytest.approx(Analysis.of(plain).nodes(Analysis.of(plain).exact.log_scores))


def test_where_nobody_stages_there_are_no_such_answers() -> None:
    case = replace(staged(), deception={})
    analysis = Analysis.of(case)
    assert deceiver(analysis, case) is None
    assert planted(analysis, case) == ()


def test_a_planted_clue_weighs_nothing_and_a_genuine_one_its_ratio() -> None:
    case = staged()
    (row,) = planted(Analysis.of(case), case)
    assert (row.node, row.indicator) == ("ff", "i0")
    assert row.planted_db == pytest.approx(0, abs=1e-12)
    assert row.own_db == pytest.approx(10 * np.log10(0.2 / 0.7))
    shown = 0.5 * 0.7 + 0.5 * 0.2  # of what a staged state shows, and of which half is planted
    scores = {"real": 0.7 * 0.7, "plain": 0.7 * 0.2 * 0.2, "staged": 0.3 * shown * 0.2, "other": 0.25}
    assert row.posterior == pytest.approx(scores["staged"] / sum(scores.values()) * 0.5 * 0.7 / shown)
    assert staging_hurts(case, [row]) == ""


def test_where_the_own_statement_already_fits_better_it_is_said() -> None:
    case = staged(own=0.9)
    rows = planted(Analysis.of(case), case)
    assert rows[0].hurts
    assert "“I0” less probable for “Ff”" in staging_hurts(case, rows)


def test_a_clue_reported_by_a_doubtful_source_weighs_less() -> None:
    case = staged()
    doubtful = indicator("i0", {"real": 0.7, "ff": 0.2, "others": 0.5}, reliability=Beta(7, 3))
    (row,) = planted(Analysis.of(changed := replace(case, indicators={**case.indicators, "i0": doubtful})), changed)
    ratio = (0.7 * 0.2 + 0.3 * 0.8) / (0.7 * 0.7 + 0.3 * 0.3)
    assert row.own_db == pytest.approx(10 * np.log10(ratio))
