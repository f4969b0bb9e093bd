"""Other people's files: never replaced."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from folders import WITHIN, mark_of, no_leftovers, texts, write

from falseflag.errors import RequestError
from falseflag.run.folder import check_writable, replacing
from falseflag.run.owned import CALIBRATION, ENTRIES, MARK, SWEEP


@pytest.mark.parametrize("beside", [(), ("notes.txt",)])
def test_a_folder_within_that_is_somebody_elses_is_refused(tmp_path: Path, beside: tuple[str, ...]) -> None:
    (tmp_path / "run" / "plots").mkdir(parents=True)
    (tmp_path / "run" / "plots" / "thesis.png").write_text("mine")
    for name in beside:
        (tmp_path / "run" / name).write_text("mine")
    with pytest.raises(RequestError, match="plots: is there already and not of a run's making"):
        check_writable(tmp_path / "run", ENTRIES)
    with pytest.raises(RequestError, match="plots: is there already and not of a run's making"):
        with replacing(tmp_path / "run") as stage:
            write(stage, "one")
    assert texts(tmp_path / "run") == {"mine"}
    assert no_leftovers(tmp_path / "run")


def test_tables_that_no_run_has_written_are_refused(tmp_path: Path) -> None:
    out = tmp_path / "run"
    out.mkdir()
    (out / "hypotheses.csv").write_text("mine")
    with pytest.raises(RequestError, match=r"hypotheses\.csv: is there already and not of a run's making"):
        check_writable(out, ENTRIES)
    with pytest.raises(RequestError, match="not of a run's making"):
        with replacing(out) as stage:
            write(stage, "one")
    assert texts(out) == {"mine"}


@pytest.mark.parametrize("name", ["report.html", "posterior.json", "plots"])
def test_what_is_of_another_kind_than_ours_is_refused(tmp_path: Path, name: str) -> None:
    out = tmp_path / "run"
    with replacing(out) as stage:
        write(stage, "one")
    if name == "plots":
        shutil.rmtree(out / name)
        (out / name).write_text("mine")
    else:
        (out / name).unlink()
        (out / name).mkdir()
        (out / name / "precious").write_text("mine")
    with pytest.raises(RequestError, match="not of a run's making"):
        check_writable(out, ENTRIES)
    with pytest.raises(RequestError, match="not of a run's making"):
        with replacing(out) as stage:
            write(stage, "two")
    assert texts(out) == {"one", "mine"}


@pytest.mark.parametrize("mark", ["{}", "[1]", "mine", '{"case": 1, "written": {}}', None])
def test_a_mark_that_is_not_ours_makes_no_run(tmp_path: Path, mark: str | None) -> None:
    out = tmp_path / "run"
    out.mkdir()
    (out / "indicators.csv").write_text("mine")
    if mark is None:
        (tmp_path / "elsewhere").write_text(mark_of("one"))
        (out / MARK).symlink_to("../elsewhere")
    else:
        (out / MARK).write_text(mark)
    for entries in (ENTRIES, {MARK}, {"indicators.csv"}):
        with pytest.raises(RequestError, match="not of a run's making"):
            check_writable(out, entries)


@pytest.mark.parametrize("place", WITHIN)
def test_what_an_earlier_version_did_not_list_is_refused(tmp_path: Path, place: str) -> None:
    out = tmp_path / "run"
    with replacing(out) as stage:
        write(stage, "one")
    says = json.loads((out / MARK).read_text())
    says.pop("written")
    (out / MARK).write_text(json.dumps(says))
    for name in WITHIN:
        if name != place:
            (out / name).unlink()
    with pytest.raises(RequestError, match=f"{place}: is there already"):
        check_writable(out, ENTRIES)
    (out / place).unlink()
    check_writable(out, ENTRIES)


def test_what_stands_where_a_calibration_or_a_sweep_writes_is_refused(tmp_path: Path) -> None:
    for name, entries in (("calibration.json", CALIBRATION), ("sweep.csv", SWEEP), ("sweep.json", SWEEP)):
        (tmp_path / name).write_text("mine")
        with pytest.raises(RequestError, match=f"{name}: is there already"):
            check_writable(tmp_path, entries)
        (tmp_path / name).unlink()
    (tmp_path / "sweep.csv").write_text("ours")
    (tmp_path / "sweep.jsonl").write_text('{"falseflag": 1}')  # a sweep that was broken off goes on
    check_writable(tmp_path, SWEEP)
    made = {"case": {}, "engine": "exact", "seed": 1, "replicates": 10, "tests": []}
    (tmp_path / "calibration.json").write_text(json.dumps(made))
    (tmp_path / "calibration").mkdir()
    (tmp_path / "calibration" / "curves.png").write_text("ours")
    check_writable(tmp_path, CALIBRATION)
    (tmp_path / "calibration" / "mine.png").write_text("mine")
    with pytest.raises(RequestError, match=r"calibration/mine\.png: is there already"):
        check_writable(tmp_path, CALIBRATION)


@pytest.mark.parametrize("place", ["report.html", "case/inside", "plots/deep/base.yaml"])
def test_what_the_case_is_read_from_is_never_written_over(tmp_path: Path, place: str) -> None:
    out = tmp_path / "run"
    with replacing(out) as stage:
        write(stage, "one")
    (tmp_path / "link").symlink_to("run")
    for path in (out / place, tmp_path / "link" / place):
        with pytest.raises(RequestError, match="the case is read from it"):
            check_writable(out, ENTRIES, [tmp_path / "case.yaml", path])
    check_writable(out, ENTRIES, [tmp_path / "case.yaml", out / "case.yaml"])


@pytest.mark.parametrize("place", ["case/notes.txt", "plots/deep/mine.png"])
def test_what_was_put_into_a_runs_folders_is_refused(tmp_path: Path, place: str) -> None:
    out = tmp_path / "run"
    with replacing(out) as stage:
        write(stage, "one")
    check_writable(out, ENTRIES)
    (out / place).parent.mkdir(exist_ok=True)
    (out / place).write_text("mine")
    with pytest.raises(RequestError, match=f"{place}: is there already and not of a run's making"):
        check_writable(out, ENTRIES)
