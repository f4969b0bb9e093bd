"""A case that learns from a record: what is left out, what may be the case itself, statements by condition."""

from __future__ import annotations

from pathlib import Path

import pytest

from falseflag.case import OTHERS, Case, Condition, load
from falseflag.distributions import Beta
from falseflag.errors import CaseError
from falseflag.record.codebook import COLUMNS, INDICATORS

INCIDENTS = [
    ("mainila", "Shelling of Mainila", "1939-11-26", "false_flag", "A"),
    ("gleiwitz", "Raid on Gleiwitz radio station", "1939-08-31", "false_flag", "A"),
    ("lavon", "Lavon affair", "1954-07-02", "adversary", "A"),
    ("przewodow", "Missile at Przewodów", "2022-11-15", "accident", "A"),
]
HEAD = "title: {title}\ndate: {date}\nhypotheses: {{a: {{class: adversary}}, f: {{class: false_flag}}, o: {{}}}}\n"
LINKED = "indicators: {i: {observed: present, like: mass_casualties, likelihood: {others: {alpha: 2, beta: 3}}}}\n"


def written(folder: Path, learn: str, rest: str = LINKED, title: str = "Drones", date: str = "2023-05-03") -> Path:
    rows = [",".join(COLUMNS)]
    for name, text, day, author, grade in INCIDENTS:
        cells = {"id": name, "incident": text, "date": day, "victim_state": "X", "accused": "Y", "author": author}
        cells |= {"truth_grade": grade, "source_truth": "a court"} | dict.fromkeys(INDICATORS, "1")
        rows.append(",".join(cells.get(column, "") for column in COLUMNS))
    (folder / "record.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    path = folder / "case.yaml"
    path.write_text(f"{HEAD.format(title=title, date=date)}learn: {learn}\n{rest}", encoding="utf-8")
    return path


def likelihood(case: Case) -> dict[str, object]:
    return {str(condition): each.distribution for condition, each in case.indicators["i"].likelihood.items()}


def test_a_statement_is_split_by_class(tmp_path: Path) -> None:
    case = load(written(tmp_path, "{from: record.csv, relevance: 1}"))
    assert likelihood(case) == {
        "others@adversary": Beta(3, 3),
        "others@false_flag": Beta(4, 3),
        "others": Beta(2, 3),
    }
    assert case.learning is not None
    assert [row.condition for row in case.learning.statements] == [
        Condition(author_class="adversary"),
        Condition(author_class="false_flag"),
    ]
    assert all(row.is_elicited for row in case.learning.statements)


def test_excluded_incidents_teach_nothing(tmp_path: Path) -> None:
    case = load(written(tmp_path, "{from: record.csv, relevance: 1, exclude: [mainila]}"))
    assert likelihood(case)["others@false_flag"] == Beta(3, 3)
    assert case.learning is not None
    assert case.learning.incidents == 3
    assert len(case.learning.sha256) == 64  # of the file, though not all of it is used


@pytest.mark.parametrize("timezone", ["UTC", "Europe/Moscow", "America/New_York"])
@pytest.mark.parametrize(("before", "beta"), [("1939-11-26", 3), ("1939-11-27", 4), ("1939", 2), ("1940", 4)])
def test_only_earlier_incidents_count(tmp_path: Path, before: str, beta: int, timezone: str) -> None:
    rest = f"timezone: {timezone}\n{LINKED}"
    case = load(written(tmp_path, f"{{from: record.csv, relevance: 1, before: {before}}}", rest))
    assert likelihood(case)["others@false_flag"] == Beta(beta, 3)


def test_an_unknown_incident_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        CaseError, match=r"learn\.exclude\.0: Unknown incident 'manila' of the record. Did you mean 'mainila'\?"
    ):
        load(written(tmp_path, "{from: record.csv, exclude: [manila]}"))


NEW = "{from: record.csv, exclude: []}"
OLD = "{from: record.csv}"


@pytest.mark.parametrize(
    ("title", "date", "itself"),
    [
        ("Another", "2022-11-15", "przewodow"),
        ("Another", "2022-11-22", "przewodow"),
        ("Another", "2022-11-08T03:00", "przewodow"),
        ("Another", "2022-11-23", ""),
        ("Another", "2022", ""),
        ("missile in Przewodow", "2023", "przewodow"),
        ("A missile at Przewodów", "2023", "przewodow"),
        ("The Lavon affair", "2023", "lavon"),
    ],
)
def test_an_incident_that_may_be_the_case_itself_is_an_error(
    tmp_path: Path, title: str, date: str, itself: str
) -> None:
    path = written(tmp_path, NEW, title=title, date=date)
    if not itself:
        assert load(path).warnings == ()
        return
    message = rf"The record holds this case itself, or may: .* leave it out with 'exclude: \[{itself}\]'"
    with pytest.raises(CaseError, match=rf"case\.yaml:4: learn\.from: {message}"):
        load(path)
    assert load(written(tmp_path, f"{{from: record.csv, exclude: [{itself}]}}", title=title, date=date)).title == title


def test_in_a_file_without_any_new_key_it_is_a_warning(tmp_path: Path) -> None:
    (warning,) = load(written(tmp_path, OLD, date="2022-11-15")).warnings
    assert "leave it out with 'exclude: [przewodow]'" in warning.message
    assert (warning.line, warning.path) == (4, "learn.from")


def test_an_incident_after_before_is_not_the_case_itself(tmp_path: Path) -> None:
    assert load(written(tmp_path, "{from: record.csv, before: 2022-11-15}", date="2022-11-15")).warnings == ()


def test_fitted_rates_are_of_the_whole_record(tmp_path: Path) -> None:
    path = written(tmp_path, "{from: record.csv, exclude: [lavon], model: hierarchical}")
    with pytest.raises(CaseError, match=r"learn\.exclude: Fitted rates are of the whole record: leave 'exclude' out"):
        load(path)


CIRCUMSTANCE = "circumstances: {night: {probability: {a: yes, others: 0.5}}}\n"


def test_a_statement_by_condition_is_split_by_the_classes_that_take_it(tmp_path: Path) -> None:
    rest = CIRCUMSTANCE + (
        "indicators: {i: {observed: present, like: mass_casualties, likelihood: "
        "{night=yes: {alpha: 2, beta: 3}, night=no: {alpha: 5, beta: 1}}}}\n"
    )
    case = load(written(tmp_path, "{from: record.csv, relevance: 1}", rest))
    assert likelihood(case) == {
        "night=yes@adversary": Beta(3, 3),
        "night=yes@false_flag": Beta(4, 3),
        "night=yes": Beta(2, 3),
        "night=no@false_flag": Beta(7, 1),  # of 'a' it is always night
        "night=no": Beta(5, 1),
    }


def test_a_linked_indicator_may_leave_states_uncovered(tmp_path: Path) -> None:
    rest = CIRCUMSTANCE + (
        "indicators: {i: {observed: present, unlike: mass_casualties, likelihood: {night=yes: {alpha: 2, beta: 3}}}}\n"
    )
    case = load(written(tmp_path, "{from: record.csv, relevance: 1}", rest))
    assert case.learning is not None
    started = [row for row in case.learning.statements if row.condition.base == OTHERS]
    assert [(row.author_class, row.is_elicited) for row in started] == [("false_flag", False)]
    assert likelihood(case)["night=yes@adversary"] == Beta(2, 4)


def test_what_staging_looks_up_is_learned_for_the_class_that_is_blamed(tmp_path: Path) -> None:
    rest = CIRCUMSTANCE + (
        "indicators: {i: {observed: present, like: mass_casualties, likelihood: "
        "{a & night=no: {alpha: 2, beta: 2}, others: {alpha: 2, beta: 3}}}}\n"
        "deception: {f: {blames: a, attempt: 0.5, reach: {i: 0.5}}}\n"
    )
    found = likelihood(load(written(tmp_path, "{from: record.csv, relevance: 1}", rest)))
    assert found["a & night=no"] == Beta(3, 2)
