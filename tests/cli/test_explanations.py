"""The explaining commands: their JSON is of the promised shape, and they are lean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from commands import call, imported_by

PRIORS = Path(__file__).parents[2] / "priors"
KREMLIN = PRIORS / "kremlin.yaml"
COMMANDS = (
    ("explain", KREMLIN),
    ("robust", KREMLIN),
    ("next", KREMLIN),
    ("replay", KREMLIN),
    ("compare", KREMLIN, PRIORS / "skeptic.yaml"),
)


def ask(*arguments: str | Path) -> Any:  # noqa: ANN401
    return json.loads(call(*arguments, "--json").stdout)


@pytest.fixture(scope="module")
def answer() -> dict[str, float]:
    rows = ask("sample", KREMLIN, "--engine", "exact")["hypotheses"]
    return {row["name"]: row["posterior"] for row in rows}


@pytest.mark.parametrize("command", COMMANDS)
def test_it_speaks_to_people_and_to_programs(command: tuple[str | Path, ...]) -> None:
    assert imported_by(*command, "--json") == set()
    assert "Ukraine" in call(*command).stdout


def test_explain_adds_up() -> None:
    found = ask("explain", KREMLIN, "--for", "false_flag", "--against", "ukraine")
    assert (found["for"], found["against"]) == ("false_flag", "ukraine")
    total = found["prior_db"] + sum(row["db"] for row in found["weights"])
    assert total == pytest.approx(found["posterior_db"], abs=1e-9)
    names = [row["factor"] for row in found["weights"]]
    assert names == [row["factor"] for row in found["shapley"]]
    assert set(names) == {row["factor"] for row in found["without"] if "factor" in row}
    assert all(row["interval"][0] <= row["interval"][1] for row in found["weights"])


def test_robust_names_keys_of_the_case_file(answer: dict[str, float]) -> None:
    found = ask("robust", KREMLIN)
    assert found["leader"] == "ukraine.message"
    assert ["hypotheses", "ukraine", "children", "message", "prior"] in [row["what"] for row in found["tipping"]]
    assert found["dependence"]["as_written"] == pytest.approx(answer, abs=1e-9)


def test_next_is_best_first() -> None:
    rows = ask("next", KREMLIN)
    bits = [row["bits"] for row in rows]
    assert bits == sorted(bits, reverse=True)
    assert {row["circumstance"] for row in rows if "circumstance" in row} == {"launch_site", "surprised"}
    assert {row["indicator"] for row in rows if "indicator" in row} == {"drone_type", "site_found"}


def test_replay_ends_with_the_answer(answer: dict[str, float]) -> None:
    assert ask("replay", KREMLIN)[-1]["posterior"] == pytest.approx(answer, abs=1e-9)


def test_compare_pools(answer: dict[str, float]) -> None:
    found = ask("compare", KREMLIN, KREMLIN, "--weight", "1", "--weight", "3")
    assert found["pools"]["linear"] == pytest.approx(answer, abs=1e-9)
    assert found["pools"]["logarithmic"] == pytest.approx(answer, abs=1e-9)


def test_an_unknown_hypothesis_is_refused() -> None:
    result = call("explain", KREMLIN, "--for", "ukrain")
    assert result.returncode == 2
    assert "ukraine" in result.stderr
    assert "Traceback" not in result.stderr
