"""What `import falseflag` gives."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

import falseflag
from falseflag.errors import RequestError

CASE = """\
title: Two boxers
hypotheses: {red: {prior: 2}, blue: {}}
indicators:
  glove: {observed: present, reliability: 0.9, likelihood: {red: 0.8, blue: 0.2}}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "boxers.yaml"
    path.write_text(CASE)
    return path


def test_a_case_or_its_path_is_answered(path: Path) -> None:
    found = [falseflag.sample(case, engine="exact") for case in (path, str(path), falseflag.load(path))]
    assert len({answer.leader.exact for answer in found}) == 1
    swept = falseflag.sweep(path, ["hypotheses.red.prior=1,2"])
    assert swept.leaves[1, 0] == pytest.approx(found[0]["red"].exact, rel=1e-9)
    answers = falseflag.batch([path], engine="exact", draws=200)
    assert answers[str(path)]["hypotheses"][0]["exact"] == pytest.approx(found[0]["red"].exact, rel=1e-9)


def test_functions_stay_what_they_are_when_their_subpackages_are_imported() -> None:
    for name in ("sweep", "batch"):
        importlib.import_module(f"falseflag.{name}.run")
        assert callable(getattr(falseflag, name))
        assert name in falseflag.__all__


def test_an_engine_that_there_is_not_is_refused_with_the_choices(path: Path) -> None:
    quick: Any = "quick"
    message = "engine should be 'exact' or 'nuts' but got 'quick'"
    with pytest.raises(RequestError, match=message):
        falseflag.sample(path, engine=quick)
    with pytest.raises(RequestError, match=message):
        falseflag.sweep(path, ["all"], random=9, engine=quick)
    with pytest.raises(RequestError, match=message):
        falseflag.batch([path], engine=quick)


def test_an_answer_prints_in_a_line(path: Path) -> None:
    answer = falseflag.sample(path, engine="exact")
    assert "red" in str(answer)
    assert "Two boxers" in str(answer)
    assert len(str(answer)) < 200
