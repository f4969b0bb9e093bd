"""A run's folder: whole or not at all."""

from __future__ import annotations

import errno
import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from folders import no_leftovers, texts, write

from falseflag.errors import RequestError
from falseflag.run.folder import EARLIER, _locked, check_writable, replacing
from falseflag.run.owned import ENTRIES


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
from folders import write
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


def test_what_is_moved_into_a_run_leaves_it_whole(tmp_path: Path) -> None:
    with replacing(tmp_path / "run") as stage:
        write(stage, "one")
    with replacing(tmp_path / "run") as stage:
        (stage / "calibration").mkdir()
        (stage / "calibration.json").write_text("two")
    assert {path.name for path in (tmp_path / "run").iterdir()} == ENTRIES | {"calibration", "calibration.json"}
    assert texts(tmp_path / "run") == {"one", "two"}


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
            with replacing(out) as stage:
                write(stage, "three")
                patched.setattr(Path, "rename", broken)
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
    for out in (tmp_path / ("x" * 300) / "run", tmp_path / "new" / ("x" * 300)):
        with pytest.raises(RequestError, match="cannot be written"):
            check_writable(out)
    with pytest.raises(RequestError, match="link: is a link that leads nowhere"):
        check_writable(tmp_path / "link" / "run")
    assert list(tmp_path.iterdir()) == [tmp_path / "link"]


def test_with_nothing_to_be_written_beside_it_files_are_moved_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As into a mount point, or a folder in one that may not be written."""
    out, rename = tmp_path / "run", Path.rename
    out.mkdir()
    (out / "notes.txt").write_text("mine")

    def across(self: Path, target: Path) -> Path:
        if self.is_relative_to(out) != Path(target).is_relative_to(out):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", across)
    for text in ("one", "two"):
        check_writable(out, ENTRIES)
        with replacing(out) as stage:
            write(stage, text)
        assert texts(out) == {text, "mine"}
        assert {path.name for path in out.iterdir()} == ENTRIES | {"notes.txt"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_files_are_moved_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    monkeypatch.setattr("falseflag.run.folder._exchange", lambda _one, _other: False)
    out, rename = tmp_path / "run", Path.rename
    with replacing(out) as stage:
        write(stage, "one")

    def interrupted(self: Path, target: Path) -> Path:
        os.kill(os.getpid(), number)
        return rename(self, target)

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(number, interrupt)
    try:
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            with replacing(out) as stage:
                write(stage, "two")
                patched.setattr(Path, "rename", interrupted)
        assert signal.getsignal(number) is interrupt
    finally:
        signal.signal(number, before)
    assert texts(out) == {"two"}
    assert no_leftovers(out)


def test_what_could_not_be_moved_back_is_kept_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("falseflag.run.folder._exchange", lambda _one, _other: False)
    out, rename = tmp_path / "run", Path.rename
    with replacing(out) as stage:
        write(stage, "one")

    def broken(self: Path, target: Path) -> Path:
        if Path(target).parent == out:
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    with monkeypatch.context() as patched, pytest.raises(RequestError, match="it is a mixture now") as told:
        with replacing(out) as stage:
            write(stage, "two")
            patched.setattr(Path, "rename", broken)
    (kept,) = tmp_path.glob(".run.*.earlier")
    assert str(kept / EARLIER) in str(told.value)
    assert texts(out) | texts(kept / EARLIER) == {"one"}
    found = {path.name for folder in (out, kept / EARLIER) for path in folder.iterdir()}
    assert found == ENTRIES


def test_a_killed_move_keeps_the_earlier_files_until_a_run_is_whole(tmp_path: Path) -> None:
    left = tmp_path / f".run.{2**22 + 1}-abc.partial"
    (left / EARLIER).mkdir(parents=True)
    with pytest.raises(ValueError, match="no luck"):
        with replacing(tmp_path / "run"):
            raise ValueError("no luck")
    assert left.exists()
    with replacing(tmp_path / "run") as stage:
        write(stage, "one")
    assert not left.exists()


def test_a_stage_of_our_own_number_is_left_by_another_container(tmp_path: Path) -> None:
    left = tmp_path / f".run.{os.getpid()}-abc.partial"
    left.mkdir()
    with _locked(left), replacing(tmp_path / "run") as stage:
        write(stage, "one")
    assert left.exists()
    with replacing(tmp_path / "run") as stage:
        write(stage, "two")
    assert not left.exists()


def test_without_locks_the_number_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("falseflag.run.folder._lock", lambda _descriptor: None)
    ours, dead = (tmp_path / f".run.{number}-abc.partial" for number in (os.getpid(), 2**22 + 1))
    ours.mkdir()
    dead.mkdir()
    with replacing(tmp_path / "run") as stage:
        write(stage, "one")
    assert ours.exists()
    assert not dead.exists()


def test_other_peoples_files_keep_times_modes_and_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_arguments: object, **_named: object) -> None:
        raise PermissionError

    for is_copied in (False, True):
        out = tmp_path / f"run{is_copied}"
        (out / "notes").mkdir(parents=True)
        (out / "notes" / "mine.txt").write_text("mine")
        (out / "notes" / "mine.txt").chmod(0o640)
        (out / "notes" / "link").symlink_to("nowhere")
        for path in (out / "notes" / "mine.txt", out / "notes"):
            os.utime(path, (1, 2))
        (out / "notes").chmod(0o750)
        with monkeypatch.context() as patched:
            if is_copied:
                patched.setattr(os, "link", no_links)
            with replacing(out) as stage:
                write(stage, "one")
        found = [(out / "notes" / name).stat() for name in ("mine.txt", ".")]
        assert [(status.st_mtime, status.st_mode & 0o777) for status in found] == [(2, 0o640), (2, 0o750)]
        assert (out / "notes" / "link").readlink() == Path("nowhere")
