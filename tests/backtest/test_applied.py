"""The section on a case that learns: what its columns are, and which cases it can be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from commands import run
from made import made_record
from making import case_of, indicator, leaf

from falseflag.case.learning import RecordPrior
from falseflag.case.model import Case
from falseflag.distributions import Beta
from falseflag.errors import RequestError
from falseflag.record import CLASSES, INDICATORS, read_record
from falseflag.report.backtest import page
from falseflag.report.backtest_findings import applied
from falseflag.validation.backtest import Review, load_learner, review

PRIORS = Path(__file__).parents[2] / "priors"
WEIGHT = 0.5


@pytest.fixture(scope="module")
def found() -> Review:
    return review(replace(made_record(4, 30), path="made.csv"), sampled=False)


@pytest.fixture
def case() -> Case:
    tree = [replace(leaf(name), author_class=of) for name, of in (("a", "false_flag"), ("b", "adversary"), ("c", ""))]
    one = replace(indicator("one", {"a": Beta(3.0, 1.0), "others": Beta(2.0, 2.0)}), like="precedent")
    other = replace(
        indicator("other", {"b": Beta(1.0, 6.0), "a": 0.4, "others": Beta(2.0, 3.0)}), unlike="late_disclosure"
    )
    return case_of(tree, [one, other])


def test_counts_are_counts_also_for_a_case_that_asks_for_fitted_rates(found: Review, case: Case) -> None:
    rates = {(name, author): Beta(19.0, 1.0) for name in INDICATORS for author in CLASSES}
    by_counts = RecordPrior(found.record, WEIGHT).updated(case)
    fitted = RecordPrior(found.record, WEIGHT, rates).updated(case)
    assert fitted.indicators != by_counts.indicators
    lines = applied(found, by_counts)
    assert applied(found, fitted) == lines


def test_both_together_is_what_a_case_that_learns_from_counts_takes(found: Review, case: Case) -> None:
    updated = RecordPrior(found.record, WEIGHT).updated(case)
    assert updated.learning is not None
    lines = applied(found, updated)
    rows = [line for line in lines if line.startswith("| `")]
    assert len(rows) == len(updated.learning.statements)
    for row in updated.learning.statements:
        name = f"| `{row.indicator}` under `{row.condition.base}`, {row.author_class} |"
        (line,) = (line for line in rows if line.startswith(name))
        assert line.endswith(f"| {row.present} of {row.present + row.absent} | {100 * row.both.mean:.0f} % |")


def test_a_case_has_to_learn_from_the_record_under_test(tmp_path: Path) -> None:
    for name in ("kremlin.yaml", "kremlin_record.yaml", "resolved_cases.csv"):
        (tmp_path / name).write_bytes((PRIORS / name).read_bytes())
    record = read_record(tmp_path / "resolved_cases.csv")
    assert load_learner(tmp_path / "kremlin_record.yaml", record).learning is not None
    with pytest.raises(RequestError, match=r"learns from no record: write `learn: \{from: resolved_cases\.csv\}`"):
        load_learner(tmp_path / "kremlin.yaml", record)
    lines = (tmp_path / "resolved_cases.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "shorter.csv").write_text("".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(RequestError, match=r"learns from .*resolved_cases\.csv, whose content is not that of"):
        load_learner(tmp_path / "kremlin_record.yaml", read_record(tmp_path / "shorter.csv"))


def test_the_command_refuses_a_case_that_does_not_learn() -> None:
    done = run("backtest", str(PRIORS / "resolved_cases.csv"), "--quick", "--case", str(PRIORS / "kremlin.yaml"))
    assert done.returncode == 2
    assert "kremlin.yaml: it learns from no record" in " ".join(done.stderr.split())


def test_incidents_without_a_common_conflict_belong_to_none(found: Review) -> None:
    assert "belong to one conflict" not in page(found, "there")
    names = [one.name for one in found.record.incidents]
    conflicts = {names[0]: "First", names[1]: "Second", names[2]: "Second", names[3]: "First"}
    text = page(replace(found, context=replace(found.context, conflict=conflicts)), "there")
    assert "2 of the 30 incidents belong to one conflict (First)" in text
