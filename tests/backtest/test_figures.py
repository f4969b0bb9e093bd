"""The back-test's figures, worked out again from the CSV in a few plain lines that share no code with it."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from made import made_record

from falseflag.record import read_record
from falseflag.validation.backtest import Review, answer, worst_misses
from falseflag.validation.backtest_scores import (
    accuracy,
    brier_score,
    calibrate,
    discriminate,
    draws_from_counts,
    log_score,
    mean_of,
)
from falseflag.validation.predictors import QUICK
from falseflag.validation.resolved import read_context

PATH = Path(__file__).parents[2] / "priors" / "resolved_cases.csv"
CLASSES = ["adversary", "nonstate", "false_flag", "accident"]


@pytest.fixture(scope="module")
def found() -> Review:
    record = read_record(PATH)
    context = read_context(record)
    counts = discriminate(record, draws_from_counts(record))
    misses = worst_misses(record, context)
    return Review(record, context, QUICK, answer(record, context, QUICK), None, misses, counts, ())


def rows() -> list[dict[str, str]]:
    with PATH.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def naive_bayes(train: list[dict[str, str]], one: dict[str, str]) -> dict[str, float]:
    """P(class | cells), by counting: (½ + count) / (1 + all) for cells, (½ + count) / (2 + all) for classes."""
    indicators = list(one)[7:23]
    score = {}
    for of in CLASSES:
        own = [row for row in train if row["author"] == of]
        score[of] = (0.5 + len(own)) / (2 + len(train))
        for name in indicators:
            same = sum(row[name] == one[name] for row in own)
            known = sum(row[name] != "" for row in own)
            score[of] *= (0.5 + same) / (1 + known) if one[name] else 1
    return {of: value / sum(score.values()) for of, value in score.items()}


@pytest.mark.parametrize("scheme", ["leave_one_out", "forward"])
def test_naive_bayes_and_its_scores(found: Review, scheme: str) -> None:
    every = rows()
    logs, brier, right, asked = [], [], [], []
    for number, one in enumerate(every):
        others = [row for row in every if row is not one]
        train = [row for row in others if row["date"] < one["date"]] if scheme == "forward" else others
        if len(train) < 20:
            continue
        p = naive_bayes(train, one)
        logs.append(math.log(p[one["author"]]))
        brier.append(sum((p[of] - (of == one["author"])) ** 2 for of in CLASSES))
        right.append(max(p, key=lambda of: p[of]) == one["author"])
        asked.append(number)
    answers = found.find(scheme, "naive_bayes")
    assert answers is not None
    assert sorted(answers.asked) == asked
    assert found.score(answers, "log").value == pytest.approx(np.mean(logs), rel=1e-9)
    assert found.score(answers, "brier").value == pytest.approx(np.mean(brier), rel=1e-9)
    assert found.score(answers, "accuracy").value == pytest.approx(np.mean(right), rel=1e-9)


def test_the_learned_case_is_beta_binomial(found: Review) -> None:
    """falseflag's engine on a case that learns everything: a product of Beta means, by hand."""
    weight = {"A": 1.0, "B": 0.9, "C": 0.7}
    every = rows()
    one, train = every[7], every[:7] + every[8:]
    score = {}
    for of in CLASSES:
        score[of] = 0.5 + sum(row["author"] == of for row in train)
        for name in list(one)[7:23]:
            if not one[name]:
                continue
            cells = [(row[name], row["author"], weight[row["truth_grade"]]) for row in train if row[name]]
            start = (0.5 + sum(w for x, _, w in cells if x == "1")) / (1 + sum(w for _, _, w in cells))
            ones = sum(w for x, author, w in cells if author == of and x == "1")
            size = sum(w for _, author, w in cells if author == of)
            rate = (2 * start + ones) / (2 + size)
            score[of] *= rate if one[name] == "1" else 1 - rate
    answers = found.find("leave_one_out", "learned")
    assert answers is not None
    total = sum(score.values())
    assert answers.probability[7] == pytest.approx([score[of] / total for of in CLASSES], rel=1e-9)


def test_the_worst_misses_are_the_learned_case_s_lowest_log_scores(found: Review) -> None:
    answers = found.find("leave_one_out", "learned")
    assert answers is not None
    truth = answers.probability[np.arange(len(found.record)), found.record.y]
    assert [miss.probability for miss in found.misses] == pytest.approx(sorted(truth)[: len(found.misses)])


def test_scores_by_hand() -> None:
    p = np.array([[0.7, 0.2, 0.1, 0.0], [0.25, 0.25, 0.25, 0.25], [0.4, 0.4, 0.1, 0.1]])
    y = np.array([0, 3, 1])
    assert log_score(p, y) == pytest.approx(np.log([0.7, 0.25, 0.4]))
    assert brier_score(p, y) == pytest.approx([0.09 + 0.04 + 0.01, 0.75, 0.16 + 0.36 + 0.02])
    assert accuracy(p, y) == pytest.approx([1, 0.25, 0.5])


def test_an_interval_of_a_mean_is_that_of_the_normal_where_there_are_many() -> None:
    values = np.random.default_rng(0).normal(3, 2, 2000)
    found = mean_of(values)
    assert (found.low, found.high) == pytest.approx((found.value - 0.0736, found.value + 0.0736), abs=0.006)


def test_incidents_that_go_together_are_drawn_together() -> None:
    values = np.repeat(np.random.default_rng(0).normal(0, 1, 50), 20)
    apart, together = mean_of(values), mean_of(values, [str(k // 20) for k in range(1000)])
    assert (together.high - together.low) / (apart.high - apart.low) == pytest.approx(np.sqrt(20), rel=0.1)


def test_calibration_counts_every_statement_once_and_finds_overconfidence() -> None:
    rng = np.random.default_rng(5)
    y = rng.integers(4, size=400)
    p = np.full((400, 4), 0.02)
    p[np.arange(400), np.where(rng.random(400) < 0.6, y, (y + 1) % 4)] = 0.94
    bins = calibrate(p, y)
    assert sum(one.count for one in bins) == 1600
    assert bins[-1].mean == pytest.approx(0.94)
    assert bins[-1].frequency == pytest.approx(0.6, abs=4 * 0.0245)
    assert bins[-1].interval[1] - bins[-1].interval[0] == pytest.approx(2 * 1.645 * 0.0245, rel=0.1)


def test_discrimination_finds_the_rates_of_a_made_record() -> None:
    rates = np.full((16, 4), 0.5)
    rates[3] = 0.2
    rates[3, 2] = 0.8
    record = made_record(4, 4000, rates)
    told = discriminate(record, draws_from_counts(record))[3]
    assert told.if_present.value == pytest.approx(10 * np.log10(0.8 / 0.2), abs=0.5)
    assert told.if_absent.value == pytest.approx(10 * np.log10(0.2 / 0.8), abs=0.5)
    assert told.chance > 0.999
