"""Whatever a file holds, and whatever stands in its place: exit 2 or 0, no traceback, few steps and little memory."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from steps import calls_of

from falseflag.case import chain
from falseflag.diagnostics import Diagnostics
from falseflag.errors import CaseError, Diagnostic
from hostile import records
from hostile.figures import MEGABYTES, Figures, measured, run_files, run_processes
from hostile.large import KINDS, MIB
from hostile.places import PLACES
from hostile.trial import Trial, trial

CALLS = 5_000_000
"""Function calls for any one file, twice those of the worst; `make trust` measures the seconds."""


def assert_is_refused_or_read(one: Trial) -> None:
    assert one.exit_code in {0, 2}, one.errors
    assert (one.is_traceback, one.without_line, one.is_unprintable) == (False, 0, False), one.errors


@pytest.mark.parametrize("kind", PLACES)
def test_a_hostile_place_is_refused_with_a_line(kind: str, tmp_path: Path) -> None:
    assert_is_refused_or_read(trial(kind, "check", "--", PLACES[kind](tmp_path)))


def test_links_do_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    result = trial("outside", "check", PLACES["extends the outside"](tmp_path))
    assert result.exit_code == 2
    assert "Should stay in the folder of the first file but 'link.yaml' leaves it" in result.errors


def test_the_name_of_a_valid_file_is_not_echoed_raw(tmp_path: Path) -> None:
    path = tmp_path / "a\n\u202e.yaml"
    path.write_bytes(KINDS["indicators valid"](300))
    result = trial("name", "check", path)
    assert result.exit_code == 0
    assert not result.is_unprintable
    assert "a\\n\\u202e.yaml: fine" in result.output


def test_an_argument_is_not_echoed_raw(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_bytes(KINDS["indicators valid"](300))
    result = trial("argument", "sweep", path, "--vary", "prior_strength=\x1b[31m\u202e")
    assert result.exit_code == 2
    assert not result.is_unprintable


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_very_many_long_or_deep_costs_little(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_bytes(KINDS[kind](MIB // 128))
    result = trial(kind, "check", path)
    assert_is_refused_or_read(result)


@pytest.mark.parametrize("kind", records.KINDS)
def test_a_hostile_record_costs_little(kind: str, tmp_path: Path) -> None:
    for name, content in records.beside_a_case(records.KINDS[kind](MIB // 32)).items():
        (tmp_path / name).write_bytes(content)
    assert_is_refused_or_read(trial(kind, "check", tmp_path / "case.yaml"))


def test_files_of_every_sort() -> None:
    assert_fine(run_files(80, seed=1))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_thousands_of_files(seed: int) -> None:
    figures = measured(2000, seed)
    assert_fine(figures)
    assert figures.files == 2000
    assert figures.answered > 10


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_largest_of_each_kind_is_within_the_bounds(kind: str, tmp_path: Path) -> None:
    sizes = {str(share): tmp_path / f"{share}.yaml" for share in (0.4, 1.0)}
    for share, path in sizes.items():
        path.write_bytes(KINDS[kind](int(float(share) * MIB)))
        assert calls_of(partial(trial, kind, "check", path)) < CALLS
    for code, _, megabytes, told in run_processes(dict(sizes)).values():
        assert code in {0, 2}, told
        assert "Traceback" not in told
        assert megabytes < MEGABYTES


def assert_fine(figures: Figures) -> None:
    assert (figures.tracebacks, figures.without_line, figures.unprintable) == (0, 0, 0), figures.bad
    assert set(figures.exit_codes) <= {"0", "2"}, figures.bad


def test_a_loader_that_falls_over_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "compose", lambda *_: 1 / 0)
    figures = run_files(20, seed=1)
    assert figures.tracebacks > 10
    assert not figures.is_fine


def test_a_mistake_that_is_echoed_raw_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def error(_: Diagnostics) -> Exception:
        return CaseError([Diagnostic("case.yaml", 1, 1, "", "raw \u202e\nwithout a line")])

    monkeypatch.setattr(Diagnostics, "error", error)
    figures = run_files(20, seed=1)
    assert figures.unprintable > 10
    assert figures.without_line > 10
    assert not figures.is_fine
