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
    calibration_error,
    detect,
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


def label(row: dict[str, str]) -> dict[str, float]:
    """P(class) of the author: as the cell says, or 1, 0.9 or 0.7 by grade and the rest shared alike."""
    if ":" in row["author"]:
        noted = dict(part.split(":") for part in row["author"].split())
        return {of: float(noted.get(of, 0)) for of in CLASSES}
    right = {"A": 1.0, "B": 0.9, "C": 0.7}[row["truth_grade"]]
    return {of: right if of == row["author"] else (1 - right) / 3 for of in CLASSES}


def naive_bayes(train: list[dict[str, str]], one: dict[str, str]) -> dict[str, float]:
    """P(class | cells), by counting: (½ + count) / (1 + all) for cells, (½ + count) / (2 + all) for classes."""
    score = {}
    for of in CLASSES:
        own = [(row, label(row)[of]) for row in train]
        score[of] = (0.5 + sum(share for _, share in own)) / (2 + len(train))
        for name in list(one)[7:22]:
            same = sum(share for row, share in own if row[name] == one[name])
            known = sum(share for row, share in own if row[name] != "")
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
        of_class = label(one)
        logs.append(sum(of_class[of] * math.log(p[of]) for of in CLASSES))
        brier.append(sum(of_class[true] * (p[of] - (of == true)) ** 2 for of in CLASSES for true in CLASSES))
        right.append(of_class[max(p, key=lambda of: p[of])])
        asked.append(number)
    answers = found.find(scheme, "naive_bayes")
    assert answers is not None
    assert sorted(answers.asked) == asked
    assert found.score(answers, "log").value == pytest.approx(np.mean(logs), rel=1e-9)
    assert found.score(answers, "brier").value == pytest.approx(np.mean(brier), rel=1e-9)
    assert found.score(answers, "accuracy").value == pytest.approx(np.mean(right), rel=1e-9)


def test_the_learned_case_is_beta_binomial(found: Review) -> None:
    """falseflag's engine on a case that learns everything: a product of Beta means, by hand."""
    every = rows()
    one, train = every[7], every[:7] + every[8:]
    score = {}
    for of in CLASSES:
        score[of] = 0.5 + sum(label(row)[of] for row in train)
        for name in list(one)[7:22]:
            if not one[name]:
                continue
            cells = [(row[name], label(row)[of]) for row in train if row[name]]
            start = (0.5 + sum(x == "1" for x, _ in cells)) / (1 + len(cells))
            ones, size = sum(share for x, share in cells if x == "1"), sum(share for _, share in cells)
            rate = (2 * start + ones) / (2 + size)
            score[of] *= rate if one[name] == "1" else 1 - rate
    answers = found.find("leave_one_out", "learned")
    assert answers is not None
    total = sum(score.values())
    assert answers.probability[7] == pytest.approx([score[of] / total for of in CLASSES], rel=1e-9)


def test_the_worst_misses_are_the_learned_case_s_lowest_log_scores(found: Review) -> None:
    answers = found.find("leave_one_out", "learned")
    assert answers is not None
    labels = [list(label(row).values()) for row in rows()]
    scores = (np.log(answers.probability) * labels).sum(axis=1)
    assert [miss.score for miss in found.misses] == pytest.approx(sorted(scores)[: len(found.misses)])


def test_scores_by_hand() -> None:
    p = np.array([[0.7, 0.2, 0.1, 0.0], [0.25, 0.25, 0.25, 0.25], [0.4, 0.4, 0.1, 0.1]])
    y = np.eye(4)[[0, 3, 1]]
    assert log_score(np.where(y, p, 0.0), y) == pytest.approx(np.log([0.7, 0.25, 0.4]))  # 0 · ln 0 is 0
    assert brier_score(p, y) == pytest.approx([0.09 + 0.04 + 0.01, 0.75, 0.16 + 0.36 + 0.02])
    assert accuracy(p, y) == pytest.approx([1, 0.25, 0.5])
    mixed = 0.6 * y + 0.4 * np.eye(4)[[1, 1, 1]]
    for score in (log_score, brier_score, accuracy):
        expected = 0.6 * score(p[:1], y[:1]) + 0.4 * score(p[:1], np.eye(4)[[1]])
        assert score(p, mixed)[:1] == pytest.approx(expected)


def test_no_answer_scores_better_than_the_label_itself() -> None:
    rng = np.random.default_rng(1)
    p, labels = rng.dirichlet(np.ones(4), (2, 200))
    assert (log_score(labels, labels) >= log_score(p, labels)).all()
    assert (brier_score(labels, labels) <= brier_score(p, labels)).all()


@pytest.mark.parametrize("without", [False, True])
@pytest.mark.parametrize("scheme", ["leave_one_out", "leave_conflict_out"])
def test_a_false_flag_against_the_rest_by_counting_pairs(found: Review, scheme: str, without: bool) -> None:  # noqa: FBT001
    """AUC and log score of the one probability, with and without the largest conflict, in plain loops."""
    answers = found.find(scheme, "naive_bayes")
    assert answers is not None
    with PATH.with_name("resolved_cases_context.csv").open(encoding="utf-8", newline="") as file:
        war = {row["id"] for row in csv.DictReader(file) if row["conflict"] == "Russia and Ukraine"}
    every = rows()
    asked = [(every[i], p[2]) for i, p in zip(answers.asked, answers.probability, strict=True)]
    asked = [(label(row)["false_flag"], p) for row, p in asked if not (without and row["id"] in war)]
    pairs = [(s * (1 - t), p, q) for s, p in asked for t, q in asked if p is not q]
    won = sum(weight * (1.0 if p > q else 0.5 if p == q else 0.0) for weight, p, q in pairs)
    met = sum(weight for weight, _, _ in pairs)
    logs = [s * math.log(p) + (1 - s) * math.log(1 - p) for s, p in asked]
    told = found.detection(answers, ~found.largest[1] if without else None)
    assert told.auc.value == pytest.approx(won / met)
    assert told.log.value == pytest.approx(np.mean(logs))
    assert told.auc.low < told.auc.value < told.auc.high
    assert found.largest[0] == "Russia and Ukraine"


def test_an_auc_by_chance_is_one_half_and_a_perfect_one_is_one() -> None:
    labels = np.repeat([1.0, 0.0], [40, 160])
    names = [str(k) for k in range(200)]
    assert detect(np.full(200, 0.2), labels, names).auc.value == pytest.approx(0.5)
    assert detect(0.2 + 0.5 * labels, labels, names).auc.value == pytest.approx(1)
    spread = detect(np.random.default_rng(0).random(200) * 0.9 + 0.05, labels, names).auc
    normal = 1.645 * math.sqrt((40 + 160 + 1) / (12 * 40 * 160))  # of the Wilcoxon statistic under chance
    assert (spread.high - spread.low) / 2 == pytest.approx(normal, rel=0.2)


def test_the_calibration_error_and_what_it_comes_to_under_perfection() -> None:
    """By drawing authors one by one: from the labels, and from the probabilities stated."""
    rng = np.random.default_rng(11)
    p, labels = rng.dirichlet(np.ones(4), (2, 60))

    def error(chances: np.ndarray) -> float:
        gaps: dict[int, float] = {}
        for stated, of in zip(p, chances, strict=True):
            author = rng.choice(4, p=of)
            for c in range(4):
                number = sum(stated[c] >= edge for edge in (0.05, 0.2, 0.45, 0.7))
                gaps[number] = gaps.get(number, 0.0) + stated[c] - (c == author)
        return float(sum(abs(gap) for gap in gaps.values()) / p.size)

    found = calibration_error(p, labels)
    for value, chances in ((found.value, labels), (found.expected, p)):
        errors = [error(chances) for _ in range(300)]
        assert abs(value - np.mean(errors)) < 4.5 * np.std(errors) / math.sqrt(300)


def test_perfect_answers_pass_for_calibrated_and_overconfident_ones_do_not() -> None:
    rng = np.random.default_rng(2)
    p = rng.dirichlet(np.ones(4), 400)
    y = np.eye(4)[[rng.choice(4, p=row) for row in p]]
    assert calibration_error(p, y).chance > 0.01
    sharper = p**3 / (p**3).sum(axis=1, keepdims=True)
    assert calibration_error(sharper, y).chance < 0.01


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
    bins = calibrate(p, np.eye(4)[y])
    assert sum(one.count for one in bins) == 1600
    assert bins[-1].mean == pytest.approx(0.94)
    assert bins[-1].frequency == pytest.approx(0.6, abs=4 * 0.0245)
    assert bins[-1].interval[1] - bins[-1].interval[0] == pytest.approx(2 * 1.645 * 0.0245, rel=0.1)


def test_discrimination_finds_the_rates_of_a_made_record() -> None:
    rates = np.full((15, 4), 0.5)
    rates[3] = 0.2
    rates[3, 2] = 0.8
    record = made_record(4, 4000, rates, grades="A")
    told = discriminate(record, draws_from_counts(record))[3]
    assert told.if_present.value == pytest.approx(10 * np.log10(0.8 / 0.2), abs=0.5)
    assert told.if_absent.value == pytest.approx(10 * np.log10(0.2 / 0.8), abs=0.5)
    assert told.chance > 0.999
