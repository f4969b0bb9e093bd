"""An output's folder: replaced whole or not at all, and only where everything in it is falseflag's."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from placing import NAMES, made, no_leftovers, texts, write

from falseflag.batch.store import Store
from falseflag.errors import RequestError
from falseflag.run_folder import replace
from falseflag.run_folder.replace import BACKTEST, RUN, SUMS, SWEEP, check_output, replacing, replacing_file


def without_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replace, "_exchange", lambda _one, _other: False)


@pytest.mark.parametrize("exchange", [True, False])
def test_a_first_and_a_second_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, exchange: bool) -> None:
    if not exchange:
        without_exchange(monkeypatch)
    out = tmp_path / "deep" / "run"
    for text in ("one", "two"):
        assert texts(made(out, text)) == {text}
    assert {path.name for path in out.iterdir()} == {SUMS, *NAMES}
    assert no_leftovers(out)


def test_an_empty_folder_is_taken_and_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    assert texts(made(tmp_path / "run")) == {"one"}
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("exchange", [True, False])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OSError])
def test_a_run_that_fails_leaves_the_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException], *, exchange: bool
) -> None:
    if not exchange:
        without_exchange(monkeypatch)
    out = made(tmp_path / "run")
    with pytest.raises((error, RequestError)):
        with replacing(out, RUN) as stage:
            (stage / "posterior.json").write_text("two")
            raise error
    for name in ("write_sums", "_sync", "_put_in_place"):
        with monkeypatch.context() as patched, pytest.raises((error, RequestError)):
            patched.setattr(replace, name, raising(error))
            made(out, "two")
    assert texts(out) == {"one"}
    check_output(out, RUN)
    assert no_leftovers(out)


def raising(error: type[BaseException]) -> Callable[..., None]:
    def function(*_arguments: object) -> None:
        raise error

    return function


@pytest.mark.parametrize("exchange", [True, False])
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_error_between_two_renames_puts_the_earlier_run_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException], *, exchange: bool
) -> None:
    if not exchange:
        without_exchange(monkeypatch)
    out = made(tmp_path / "run")
    rename = Path.rename
    for stop in range(1, 3 - 2 * exchange):

        def broken(self: Path, target: Path, left: list[int] = [stop]) -> Path:  # noqa: B006  (counts the calls)
            left[0] -= 1
            if left[0] == 0:
                raise error
            return rename(self, target)

        with monkeypatch.context() as patched, pytest.raises((RequestError, KeyboardInterrupt)):
            patched.setattr(Path, "rename", broken)
            made(out, "two")
        assert texts(out) == {"one"}
    with monkeypatch.context() as patched, pytest.raises((RequestError, KeyboardInterrupt)):
        patched.setattr(replace, "refuse_strange", raising(error))  # called when what was there has lost the name
        made(out, "two")
    assert texts(out) == {"one"}
    assert no_leftovers(out)


@pytest.mark.parametrize("exchange", [True, False])
def test_what_is_put_there_meanwhile_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, exchange: bool) -> None:
    if not exchange:
        without_exchange(monkeypatch)
    out = made(tmp_path / "run")
    with pytest.raises(RequestError, match=f"^{out / 'notes.txt'}: is not among the files"):
        with replacing(out, RUN) as stage:
            write(stage, "two")
            (out / "notes.txt").write_text("mine")
    assert texts(out) == {"one", "mine"}
    assert no_leftovers(out)


def test_files_that_are_gone_are_no_obstacle(tmp_path: Path) -> None:
    out = made(tmp_path / "run")
    (out / "report.html").unlink()
    shutil.rmtree(out / "plots")
    assert texts(made(out, "two")) == {"two"}


def test_a_store_is_taken_over_and_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    for number in range(3):
        with Store(out / SWEEP.store, {"a": 1}) as kept:
            assert len(kept.results) == number
            kept.add(str(number), {})
        check_output(out, SWEEP)  # the list has an earlier digest of it
        with replacing(out, SWEEP) as stage:
            (stage / "sweep.csv").write_text(str(number))
    assert {path.name for path in out.iterdir()} == {SUMS, SWEEP.store, "sweep.csv"}
    with Store(out / SWEEP.store, {"a": 1}), pytest.raises(RequestError, match="another falseflag is working on it"):
        with replacing(out, SWEEP):
            pass
    (out / SWEEP.store).write_text("mine\n")
    with pytest.raises(RequestError, match=r"sweep\.jsonl: was changed"):
        check_output(out, SWEEP)


def test_a_page_beside_the_folder_is_ours_by_the_list_in_it(tmp_path: Path) -> None:
    out, page = tmp_path / "thesis", tmp_path / "thesis.md"

    def review(text: str) -> None:
        with replacing(out, BACKTEST) as stage:
            (stage / "answers.csv").write_text(text)
            (stage.parent / page.name).write_text(text)

    page.write_text("mine")
    with pytest.raises(RequestError, match=f"^{page}: is not among the files"):
        review("one")
    assert (page.read_text(), out.exists()) == ("mine", False)
    page.unlink()
    for text in ("one", "two"):
        with Store(out / BACKTEST.store, {}):
            pass
        review(text)
        assert (page.read_text(), texts(out)) == (text, {text})
    page.write_text("mine")
    with pytest.raises(RequestError, match=f"^{page}: was changed since falseflag wrote it"):
        review("three")
    page.unlink()
    page.symlink_to("elsewhere")
    with pytest.raises(RequestError, match=f"^{page}: is a link"):
        review("three")


def test_a_current_folder_that_was_removed_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert texts(made(made(tmp_path / "run"), "two")) == {"two"}


def test_a_full_disk_leaves_the_earlier_run(tmp_path: Path) -> None:
    out = made(tmp_path / "run")
    with pytest.raises(RequestError, match="No space left"):
        with replacing(out, RUN) as stage, Path("/dev/full").open("w") as full:
            (stage / "posterior.json").write_text("two")
            full.write("x" * 100_000)
    assert texts(out) == {"one"}


@pytest.mark.parametrize("exchange", [True, False])
def test_everything_is_on_disk_before_it_has_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, exchange: bool
) -> None:
    if not exchange:
        without_exchange(monkeypatch)
    out = made(tmp_path / "run")
    synced: list[int] = []
    fsync, put = os.fsync, replace._put_in_place

    def noted(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    def placed(staging: Path, *arguments: object) -> None:
        new = staging / replace.NEW
        assert {path.stat().st_ino for path in (new, *new.rglob("*"))} <= set(synced)
        synced.clear()
        put(staging, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(replace, "_put_in_place", placed)
    made(out, "two")
    assert tmp_path.stat().st_ino in synced  # and then the name
    with replacing_file(tmp_path / "file", lambda _content: True) as path:
        synced.clear()
        path.write_text("one")
    assert {(tmp_path / "file").stat().st_ino, tmp_path.stat().st_ino} <= set(synced)


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from placing import made
from falseflag.run_folder import replace
if not {exchange}:
    replace._exchange = lambda one, other: False
for k in range(10**6):
    made(Path({out!r}), str(k))
"""


@pytest.mark.parametrize("exchange", [True, False])
def test_killed_at_any_moment_it_is_one_whole_run(tmp_path: Path, *, exchange: bool) -> None:
    out = tmp_path / "run"
    program = WRITER.format(tests=str(Path(__file__).parent), out=str(out), exchange=exchange)
    for k in range(6):
        process = subprocess.Popen([sys.executable, "-c", program])
        while not (out / "posterior.json").exists():
            time.sleep(0.01)
        time.sleep(0.25 + 0.013 * k)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        if out.exists() or exchange:
            assert len(texts(out)) == 1
            check_output(out, RUN)
    made(out, "last")
    assert no_leftovers(out)


def test_what_killed_processes_left_is_removed_and_what_they_moved_aside_comes_back(tmp_path: Path) -> None:
    out = tmp_path / "run"
    left = tmp_path / ".run.0123456789abcdef.partial"
    made(left / replace.OLD)
    (left / replace.NEW).mkdir()
    with pytest.raises(KeyError):
        with replacing(out, RUN):
            raise KeyError
    assert texts(out) == {"one"}
    assert no_leftovers(out)


@pytest.mark.parametrize(
    "name", [".run.mine.partial", ".running.0123456789abcdef.partial", ".run.0123456789ABCDEF.partial"]
)
def test_other_names_beside_it_are_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    made(tmp_path / "run")
    assert (tmp_path / name).exists()


def test_what_a_living_process_writes_is_left_alone(tmp_path: Path) -> None:
    with replacing(tmp_path / "run", RUN) as stage:
        write(stage, "one")
        made(tmp_path / "run", "two")
        assert stage.exists()
    assert texts(tmp_path / "run") == {"one"}
    assert no_leftovers(tmp_path / "run")


def test_a_file_is_replaced_whole_and_only_if_it_is_ours(tmp_path: Path) -> None:
    path = tmp_path / "rates.json"

    def ours(content: bytes) -> bool:
        return content == b"one"

    with replacing_file(path, ours) as new:
        new.write_text("one")
    with pytest.raises(RequestError, match="could not be written"):
        with replacing_file(path, ours) as new:
            new.write_text("half")
            raise OSError
    assert path.read_text() == "one"
    with replacing_file(path, ours) as new:
        new.write_text("two")
    path.with_name("link").symlink_to(path)
    path.with_name("folder").mkdir()
    for name in ("rates.json", "link", "folder"):
        with pytest.raises(RequestError, match="was not written by falseflag, or was changed since"):
            with replacing_file(path.with_name(name), ours):
                pass
    assert path.read_text() == "two"
    assert no_leftovers(path)
