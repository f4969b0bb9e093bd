"""What is shown, as saves, errors and results come in whatever order."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from falseflag.case.loader import load_text
from falseflag.errors import CaseError
from falseflag.inference.checks import Check
from falseflag.inference.result import Answer, Row
from falseflag.sampling import sample
from falseflag.serve.live import Live, Report, Sampling, as_json, to_dict
from falseflag.settings import Settings
from serve import cases

PRIOR = [0.75, 0.25, 0.125, 0.125]


def saved(live: Live, text: str = cases.TEXT, when: str = "10:00:00") -> Live:
    return live.saved(cases.case(text), cases.exact(text), PRIOR, when, "nuts")


def errors() -> CaseError:
    with pytest.raises(CaseError) as caught:
        load_text(cases.MISTAKEN)
    return caught.value


@pytest.fixture(scope="module")
def answer() -> Answer:
    return sample(cases.case(), "exact", Settings(draws=100, chains=2))


@pytest.fixture(scope="module")
def sampled(answer: Answer) -> Answer:
    rows = tuple(replace(row, posterior=row.posterior + 0.001, mcse=0.002) for row in answer.rows)
    return with_rows(answer, rows, "nuts")


def with_rows(answer: Answer, rows: tuple[Row, ...], engine: str) -> Answer:
    """Return the answer with other rows, as if they had been computed."""
    other = replace(answer, engine=engine)
    vars(other)["rows"] = rows
    return other


def test_a_save_shows_its_exact_answer_and_waits_for_the_rest() -> None:
    live = saved(Live())
    assert live.edition is not None
    assert [line.exact for line in live.edition.lines] == pytest.approx(cases.posterior())
    assert [line.depth for line in live.edition.lines] == [0, 0, 1, 1]
    assert {(line.was, line.interval, line.sampled) for line in live.edition.lines} == {(None, None, None)}
    assert (live.edition.number, live.sampling.phase) == (1, "waiting")


def test_the_next_save_says_what_it_was_before(answer: Answer) -> None:
    live = saved(saved(Live()).answered(1, answer), cases.PRIOR_6)
    assert live.edition is not None
    assert [line.was for line in live.edition.lines] == pytest.approx(cases.posterior())
    assert [line.exact for line in live.edition.lines] == pytest.approx(cases.posterior(cases.PRIOR_6))
    assert {line.interval for line in live.edition.lines} == {None}


def test_a_mistake_keeps_the_last_good_answer_and_its_results_still_come(answer: Answer) -> None:
    good = saved(Live())
    live = good.refused(errors(), "10:00:05")
    assert live.edition == good.edition
    assert [error.line for error in live.errors] == [cases.MISTAKEN_LINE]
    assert live.refused(errors(), "10:00:09") is live
    after = live.answered(1, answer)
    assert after.errors == live.errors
    assert after.edition is not None
    assert all(line.interval for line in after.edition.lines)


def test_the_next_good_save_and_a_change_back_clear_mistakes() -> None:
    bad = saved(Live()).refused(errors(), "10:00:05")
    assert saved(bad, cases.PRIOR_6).errors == ()
    back = bad.restored("10:00:09")
    assert (back.errors, back.refused_at) == ((), "")
    assert back.edition is not None
    assert (back.edition.number, back.edition.saved) == (1, "10:00:09")


def test_errors_before_there_was_an_answer() -> None:
    live = Live().refused(errors(), "10:00:00")
    assert live.edition is None
    assert to_dict(live)["errors"][0]["line"] == cases.MISTAKEN_LINE
    assert saved(live).edition is not None


def test_results_of_an_earlier_save_are_let_go(answer: Answer, sampled: Answer) -> None:
    live = saved(saved(Live()), cases.PRIOR_6)
    assert live.answered(1, answer) is live
    assert live.answered(1, sampled) is live
    assert live.samples(1, Sampling("sampling", 0.5)) is live
    assert live.reported(Report(1, "exact", "old")) is live
    assert live.failed_report(1, "old") is live
    assert live.reported(Report(2, "exact", "new")).report == Report(2, "exact", "new")


def test_the_sampled_answer_is_shown_as_such_and_stays(answer: Answer, sampled: Answer) -> None:
    live = saved(Live()).samples(1, Sampling("sampling", 0.5)).answered(1, answer)
    assert live.sampling == Sampling("sampling", 0.5)
    done = live.answered(1, sampled)
    assert done.sampling.phase == "done"
    assert done.edition is not None
    assert [line.sampled for line in done.edition.lines] == pytest.approx([row.posterior for row in sampled.rows])
    assert [line.exact for line in done.edition.lines] == pytest.approx(cases.posterior())
    assert done.answered(1, answer) is done
    assert to_dict(done)["edition"]["lines"][0]["mcse"] == "± 0.2"


def test_a_failed_check_is_told(answer: Answer) -> None:
    bad = Check("agreement", passed=False, value=9.0, limit=4.0, message="They disagree.")
    live = saved(Live()).answered(1, replace(answer, checks=(bad,)))
    assert to_dict(live)["edition"]["failed"] == ["They disagree."]
    assert "not to be relied on" in to_dict(live)["edition"]["warning"]


def test_numbers_that_are_none_still_make_json(sampled: Answer) -> None:
    rows = tuple(
        replace(r, posterior=float("nan"), mcse=float("nan"), interval=(float("nan"),) * 2) for r in sampled.rows
    )
    live = saved(Live()).answered(1, with_rows(sampled, rows, "nuts"))
    line = json.loads(as_json(live))["edition"]["lines"][0]
    assert line["sampled"] == {"value": None, "text": "? %"}


def test_an_event_holds_no_line_break() -> None:
    live = saved(Live(), cases.TEXT.replace("Who cut the cable?", '"two\\nlines"'))
    assert "\n" not in as_json(live)
    assert to_dict(live)["edition"]["title"].startswith("two")
