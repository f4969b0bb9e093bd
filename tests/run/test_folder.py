"""A run's folder: whole or not at all."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from falseflag.errors import RequestError
from falseflag.run.folder import _locked, check_writable, replacing
from falseflag.run.owned import ENTRIES


def write(folder: Path, text: str) -> None:
    for name in sorted(ENTRIES - {"plots", "case"}):
        (folder / name).write_text(text)
    for name in ("plots", "case"):
        (folder / name).mkdir()
        (folder / name / "inside").write_text(text)


def texts(folder: Path) -> set[str]:
    return {path.read_text() for path in folder.rglob("*") if path.is_file()}


def no_leftovers(out: Path) -> bool:
    return not list(out.parent.glob(".*.partial"))


def test_a_first_and_a_second_run(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "run"
    for text in ("one", "two"):
        with replacing(out) as stage:
            write(stage, text)
        assert texts(out) == {text}
    assert no_leftovers(out)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_run_that_fails_leaves_the_earlier_one(tmp_path: Path, error: type[BaseException]) -> None:
    out = tmp_path / "run"
    with replacing(out) as stage:
        write(stage, "one")
    with pytest.raises(error):
        with replacing(out) as stage:
            (stage / "posterior.json").write_text("two")
            raise error
    assert texts(out) == {"one"}
    assert no_leftovers(out)


def test_other_peoples_files_stay(tmp_path: Path) -> None:
    out = tmp_path / "run"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    for text in ("one", "two"):
        with replacing(out) as stage:
            write(stage, text)
        assert texts(out) == {text, "mine"}
    assert no_leftovers(out)


def test_the_current_folder_can_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with replacing(Path()) as stage:
        write(stage, "one")
    assert texts(Path.cwd()) == {"one"}


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    out = tmp_path / "run"
    out.symlink_to("real")
    with replacing(out) as stage:
        write(stage, "one")
    assert out.is_symlink()
    assert texts(tmp_path / "real") == {"one"}


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / f".run.{2**22 + 1}-abc.partial"
    left.mkdir()
    with replacing(tmp_path / "run") as stage:
        write(stage, "one")
    assert no_leftovers(tmp_path / "run")


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(RequestError, match="is a file"):
        check_writable(tmp_path / "run")
    with pytest.raises(RequestError, match="is a file"):
        check_writable(tmp_path / "run" / "below")


def test_a_full_disk_leaves_the_earlier_run(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with replacing(out) as stage:
        write(stage, "one")
    with pytest.raises(RequestError, match="No space left"):
        with replacing(out) as stage, Path("/dev/full").open("w") as full:
            (stage / "posterior.json").write_text("two")
            full.write("x" * 100_000)
    assert texts(out) == {"one"}


WRITER = """
import sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from run.test_folder import write
from falseflag.run.folder import replacing
for k in range(10**6):
    with replacing(Path({out!r})) as stage:
        write(stage, str(k))
"""


def test_killed_at_any_moment_it_is_one_whole_run(tmp_path: Path) -> None:
    out = tmp_path / "run"
    program = WRITER.format(tests=str(Path(__file__).parents[1]), out=str(out))
    for k in range(12):
        process = subprocess.Popen([sys.executable, "-c", program])
        while not (out / "posterior.json").exists():
            time.sleep(0.01)
        time.sleep(0.25 + 0.013 * k)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert len(texts(out)) == 1
        assert {path.name for path in out.iterdir()} == ENTRIES


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


def test_what_is_moved_into_a_run_leaves_it_whole(tmp_path: Path) -> None:
    with replacing(tmp_path / "run") as stage:
        write(stage, "one")
    with replacing(tmp_path / "run") as stage:
        (stage / "calibration").mkdir()
        (stage / "calibration.json").write_text("two")
    assert {path.name for path in (tmp_path / "run").iterdir()} == ENTRIES | {"calibration", "calibration.json"}
    assert texts(tmp_path / "run") == {"one", "two"}


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


@pytest.mark.parametrize("place", ["case/notes.txt", "plots/deep/mine.png"])
def test_what_was_put_into_a_runs_folders_is_refused(tmp_path: Path, place: str) -> None:
    out = tmp_path / "run"
    with replacing(out) as stage:
        write(stage, "one")
        (stage / "posterior.json").write_text(json.dumps({"written": {"plots/inside": "", "case/inside": ""}}))
    check_writable(out, ENTRIES)
    (out / place).parent.mkdir(exist_ok=True)
    (out / place).write_text("mine")
    with pytest.raises(RequestError, match=f"{place}: is there already and not of a run's making"):
        check_writable(out, ENTRIES)


def test_other_peoples_files_stay_the_same_files_and_the_folder_changes_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("falseflag.run.folder._move_into", None)  # not one by one
    out = tmp_path / "run"
    (out / "notes" / "deep").mkdir(parents=True)
    (out / "notes" / "deep" / "mine.txt").write_text("mine")
    (out / "notes" / "link").symlink_to("nowhere")
    same = (out / "notes" / "deep" / "mine.txt").stat().st_ino
    for text in ("one", "two"):
        with replacing(out) as stage:
            write(stage, text)
        assert texts(out) == {text, "mine"}
    assert (out / "notes" / "deep" / "mine.txt").stat().st_ino == same
    assert (out / "notes" / "link").readlink() == Path("nowhere")
    assert no_leftovers(out)


def test_where_files_are_moved_one_by_one_an_error_moves_them_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("falseflag.run.folder._exchange", lambda _one, _other: False)
    out = tmp_path / "run"
    for text in ("one", "two"):
        with replacing(out) as stage:
            write(stage, text)
        assert texts(out) == {text}
    rename = Path.rename
    for stop, error in itertools.product(range(1, 15), (OSError, KeyboardInterrupt)):
        left = [stop]

        def broken(self: Path, target: Path, left: list[int] = left, error: type[BaseException] = error) -> Path:
            left[0] -= 1
            if left[0] == 0:
                raise error
            return rename(self, target)

        with monkeypatch.context() as patched, pytest.raises((RequestError, KeyboardInterrupt)):
            patched.setattr(Path, "rename", broken)
            with replacing(out) as stage:
                write(stage, "three")
        assert texts(out) == {"two"}
        assert {path.name for path in out.iterdir()} == ENTRIES


@pytest.mark.parametrize("number", ["99999999999999999999", "9999999999", "²", "-1", "x"])
def test_strange_names_beside_it_do_no_harm(tmp_path: Path, number: str) -> None:
    (tmp_path / f".run.{number}-abc.partial").mkdir()
    with replacing(tmp_path / "run") as stage:
        write(stage, "one")
    assert texts(tmp_path / "run") == {"one"}


def test_a_run_that_holds_its_lock_is_alive_whatever_its_number(tmp_path: Path) -> None:
    """Its process may be one of another container, whose numbers are not ours."""
    left = tmp_path / f".run.{2**22 + 1}-abc.partial"
    left.mkdir()
    with _locked(left), replacing(tmp_path / "run") as stage:
        write(stage, "one")
    assert left.exists()
    with replacing(tmp_path / "run") as stage:
        write(stage, "two")
    assert not left.exists()


def test_what_cannot_be_made_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(RequestError, match="leads nowhere"):
        check_writable(tmp_path / "link", ENTRIES)
    with pytest.raises(RequestError, match="cannot be written"):
        check_writable(tmp_path / ("x" * 250), ENTRIES)
    assert list(tmp_path.iterdir()) == [tmp_path / "link"]
