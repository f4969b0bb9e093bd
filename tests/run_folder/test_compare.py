"""By how much two answers may differ, and that nothing else may."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from making import random_case

from falseflag.inference.result import Answer
from falseflag.run_folder.verify import Tolerance, differences
from falseflag.sampling import sample
from falseflag.settings import Settings

ROW = {
    "name": "p",
    "prior": 0.2,
    "posterior": 0.4,
    "interval": [0.3, 0.5],
    "exact": 0.4,
    "mcse": 0.01,
    "words": "unlikely",
}
MORE: dict[str, Any] = {
    "propositions": [ROW],
    "sources": [{"name": "s", "prior": 0.5, "posterior": 0.6, "interval": [0.5, 0.7]}],
    "deception": [{"node": "n", "planted": [{"indicator": "i", "posterior": 0.3}]}],
    "surprise": {"p": 0.2, "error": 0.01},
    "decides": {"prior_db": 2.7, "by": "prior"},
    "warnings": ["In 3 of 200 draws both vanish."],
    "draws": 4000,
    "two_heaps": True,
}
"""What later answers say besides."""


@pytest.fixture(scope="module")
def answer() -> Answer:
    return sample(random_case(3), "exact", Settings(draws=400, seed=100))


def found(answer: Answer, *path: str | int, to: object) -> list[tuple[str, bool]]:
    again = json.loads(json.dumps(answer.to_dict() | MORE))
    said = deepcopy(again)
    place = said
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to(place[path[-1]]) if callable(to) else to
    return [(each.where, each.is_near) for each in differences(said, again, Tolerance(answer, again))]


def test_an_answer_is_as_it_is(answer: Answer) -> None:
    assert found(answer, "engine", to="exact") == []


NEAR: dict[str, tuple[tuple[str | int, ...], object]] = {
    "propositions[p].posterior": (("propositions", 0, "posterior"), 0.45),
    "propositions[p].interval[0]": (("propositions", 0, "interval", 0), 0.303),
    "propositions[p].mcse": (("propositions", 0, "mcse"), 0.02),
    "propositions[p].exact": (("propositions", 0, "exact"), 0.4000001),
    "sources[s].posterior": (("sources", 0, "posterior"), 0.604),
    "deception[0].planted[0].posterior": (("deception", 0, "planted", 0, "posterior"), 0.300001),
    "surprise.p": (("surprise", "p"), 0.25),
    "surprise.error": (("surprise", "error"), 0.02),
    "decides.prior_db": (("decides", "prior_db"), 2.700001),
    "warnings[0]": (("warnings", 0), "In 5 of 200 draws both vanish."),
    "checks[agreement].value": (("checks", -1, "value"), 2.5),
}


@pytest.mark.parametrize("where", NEAR)
def test_what_an_error_explains(answer: Answer, where: str) -> None:
    path, to = NEAR[where]
    assert found(answer, *path, to=to) == [(where, True)]


FAR: dict[str, tuple[tuple[str | int, ...], object]] = {
    "propositions[p].posterior": (("propositions", 0, "posterior"), 0.46),
    "propositions[p].prior": (("propositions", 0, "prior"), 0.2001),
    "propositions[p].exact": (("propositions", 0, "exact"), 0.4001),
    "propositions[p].interval[1]": (("propositions", 0, "interval", 1), 0.6),
    "propositions[p].mcse": (("propositions", 0, "mcse"), 0.04),
    "propositions[p].words": (("propositions", 0, "words"), "likely"),
    "sources[s].posterior": (("sources", 0, "posterior"), 0.65),
    "deception[0].planted[0].posterior": (("deception", 0, "planted", 0, "posterior"), 0.301),
    "surprise.p": (("surprise", "p"), 0.3),
    "decides.by": (("decides", "by"), "evidence"),
    "decides.prior_db": (("decides", "prior_db"), 2.8),
    "warnings[0]": (("warnings", 0), "In 3 of 200 draws all is well."),
    "draws": (("draws",), 4001),
    "seed": (("seed",), 101),
    "two_heaps": (("two_heaps",), 1),
    "checks[completeness].value": (("checks", 0, "value"), 4.0),
    "checks[agreement].message": (("checks", -1, "message"), "Nothing lies apart; less than 4 is wanted."),
}


@pytest.mark.parametrize("where", FAR)
def test_what_no_error_explains(answer: Answer, where: str) -> None:
    path, to = FAR[where]
    assert found(answer, *path, to=to) == [(where, False)]


def test_words_follow_from_the_numbers_beside_them(answer: Answer) -> None:
    again = json.loads(json.dumps({"checks": [], "propositions": [ROW | {"interval_words": ["unlikely"]}]}))
    said = deepcopy(again)
    said["propositions"][0] |= {"posterior": 0.46, "words": "roughly even chance", "interval": [0.46, 0.5]}
    said["propositions"][0]["interval_words"] = ["roughly even chance"]
    near = {each.where: each.is_near for each in differences(said, again, Tolerance(answer, again))}
    assert near["propositions[p].words"]
    assert near["propositions[p].interval_words[0]"]
    said["propositions"][0]["posterior"] = "0.46"
    assert not {e.where: e.is_near for e in differences(said, again, Tolerance(answer, again))}["propositions[p].words"]


def test_other_draws_of_the_same_case_are_near_and_those_of_another_are_not(answer: Answer) -> None:
    again = json.loads(json.dumps(answer.to_dict()))
    tolerance = Tolerance(answer, again)
    for seed in range(20):
        other = json.loads(json.dumps(sample(answer.case, "exact", Settings(draws=400, seed=seed)).to_dict()))
        unlike = list(differences(other, again, tolerance))
        assert any(each.where.startswith("hypotheses") for each in unlike)
        assert {each.where for each in unlike if not each.is_near} == {"seed", "settings.seed"}
    moved = deepcopy(again)
    for row in moved["hypotheses"]:
        row["interval"] = (np.array(row["interval"]) * 0.7).tolist()
    assert not all(each.is_near for each in differences(moved, again, tolerance))
