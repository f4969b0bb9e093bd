"""Cases written otherwise, through the command line: the same answer, whatever that is."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hostile.trial import trial
from hypothesis import HealthCheck, given, settings

from generated.documents import Document, as_yaml, documents
from generated.metamorphic import SAME, Answers, profile_of, renamed, spelt_out

few = settings(max_examples=2, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
many = settings(few, max_examples=60)


def rows(path: Path) -> list[dict[str, object]]:
    result = trial("metamorphic", "sample", path, "--engine", "exact", "--json", "--draws", "200")
    assert result.exit_code in {0, 1}, result.errors  # with so few draws a check may fail
    found: list[dict[str, object]] = json.loads(result.output)["hypotheses"]
    return found


def answer(document: Document) -> Answers:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "case.yaml")
        path.write_text(as_yaml(document), encoding="utf-8")
        return {str(row["name"]): float(str(row["posterior"])) for row in rows(path)}


def profiled(document: Document) -> Answers:
    base, top = profile_of(document)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "base.yaml").write_text(as_yaml(base), encoding="utf-8")
        path = Path(folder, "top.yaml")
        path.write_text(as_yaml(top), encoding="utf-8")
        return {str(row["name"]): float(str(row["posterior"])) for row in rows(path)}


def assert_all_ways_agree(document: Document) -> None:
    expected = answer(document)
    for way, change in SAME.items():
        assert answer(change(document)) == pytest.approx(expected, abs=1e-7), way
    assert list(answer(renamed(document)).values()) == pytest.approx(list(expected.values()), abs=1e-12)
    assert profiled(document) == pytest.approx(expected, abs=1e-12)


@few
@given(documents())
def test_the_same_case_written_otherwise_has_the_same_answer(document: Document) -> None:
    assert_all_ways_agree(document)


@pytest.mark.slow
@many
@given(documents())
def test_many_cases_written_otherwise_have_the_same_answer(document: Document) -> None:
    assert_all_ways_agree(document)


def test_a_statement_that_leaves_share_moves_them_together_and_one_for_each_does_not(tmp_path: Path) -> None:
    """Spelling `others` out leaves the probabilities alone, but not the intervals: θ is one variable no more."""
    likelihood = {"a": 0.5, "others": [0.05, 0.9]}
    document: Document = {
        "title": "t",
        "hypotheses": {name: {} for name in "abcdef"},
        "indicators": {"i": {"observed": "present", "likelihood": likelihood}},
    }
    paths = {"shared": document, "apart": spelt_out(document)}
    found = {}
    for name, content in paths.items():
        (tmp_path / name).write_text(as_yaml(content))
        found[name] = rows(tmp_path / name)[0]
    assert found["shared"]["posterior"] == pytest.approx(found["apart"]["posterior"])
    widths = {name: row["interval"][1] - row["interval"][0] for name, row in found.items()}  # type: ignore[index]
    assert widths["shared"] > 1.1 * widths["apart"]


def test_a_change_of_the_evidence_is_noticed() -> None:
    document: Document = {
        "title": "t",
        "hypotheses": {"a": {}, "b": {}},
        "indicators": {"i": {"observed": "present", "likelihood": {"a": "likely", "b": "unlikely"}}},
    }
    other = document | {"indicators": {"i": document["indicators"]["i"] | {"observed": "absent"}}}
    assert answer(document) != pytest.approx(answer(other), abs=0.1)
