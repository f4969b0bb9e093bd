"""A save is seen however an editor goes about it, and a half-written file is not told of."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from commands import GUARD

from falseflag.case.model import Case
from falseflag.serve import watch
from falseflag.serve.watch import Outcome, Watched, outcomes
from serve import cases


class Seen:
    """What the watch saw so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._queue: queue.Queue[Outcome] = queue.Queue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        for outcome in outcomes(self.path, self._stop):
            self._queue.put(outcome)

    def next(self) -> Outcome:
        return self._queue.get(timeout=GUARD)

    def title(self) -> str:
        outcome = self.next()
        assert isinstance(outcome, Case), outcome
        return outcome.title

    def lines(self) -> list[int]:
        outcome = self.next()
        assert not isinstance(outcome, Case)
        return [error.line for error in outcome.diagnostics]

    def nothing_until(self, title: str) -> None:
        """Save once more, and see that and nothing before it."""
        self.path.write_text(titled(title))
        assert self.title() == title

    def close(self) -> None:
        self._stop.set()
        self._thread.join(GUARD)
        assert not self._thread.is_alive()


class Meanwhile(threading.Event):
    """Has the next of some steps happen whenever it is waited for: what an editor does while a file settles."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[Callable[[], object]] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout == watch.SETTLE
        if self.steps:
            self.steps.pop(0)()
        return False


@pytest.fixture
def meanwhile() -> Meanwhile:
    return Meanwhile()


@pytest.fixture
def watched(tmp_path: Path, meanwhile: Meanwhile) -> Watched:
    path = tmp_path / "case.yaml"
    path.write_text(cases.TEXT)
    watched = Watched(path, meanwhile)
    assert isinstance(watched.look(), Case)
    return watched


def title_of(outcome: Outcome | None) -> str:
    assert isinstance(outcome, Case), outcome
    return outcome.title


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    monkeypatch.setattr(watch, "SETTLE", 1.0)  # a busy machine may take long between emptying a file and filling it
    path = tmp_path / "case.yaml"
    path.write_text(cases.TEXT)
    seen = Seen(path)
    assert seen.title() == "Who cut the cable?"
    time.sleep(0.1)  # so that most saves come once the folder is watched; an earlier one is seen too
    yield seen
    seen.close()


def titled(title: str) -> str:
    return cases.TEXT.replace("Who cut the cable?", title)


def test_written_in_place(seen: Seen) -> None:
    seen.path.write_text(titled("in place"))
    assert seen.title() == "in place"


def test_by_rename(seen: Seen) -> None:
    for title in ("first", "second"):
        beside = seen.path.with_suffix(".swp")
        beside.write_text(titled(title))
        beside.rename(seen.path)
        assert seen.title() == title


def test_moved_away_and_written_anew(watched: Watched, meanwhile: Meanwhile, tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.rename(path.with_suffix(".yaml~"))
    meanwhile.steps = [partial(path.write_text, titled("anew"))]
    assert title_of(watched.look()) == "anew"


def test_truncated_and_then_written_tells_no_mistake(watched: Watched, meanwhile: Meanwhile, tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    for title in ("slowly", "once more"):
        text = titled(title)
        path.write_text(text[:40])
        meanwhile.steps = [partial(path.write_text, text[:90]), partial(path.write_text, text)]
        assert title_of(watched.look()) == title
        assert meanwhile.steps == []
    path.write_text(cases.TEXT[:40])  # and is left so
    assert not isinstance(watched.look(), Case | None)


def test_many_quick_saves_end_with_the_last(seen: Seen) -> None:
    for number in range(30):
        seen.path.write_text(titled(f"save {number}"))
        time.sleep(0.003)
    title = ""
    while title != "save 29":
        title = seen.title()
    seen.nothing_until("after them")


def test_a_save_that_changes_nothing_is_passed_over(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text(cases.TEXT)
    assert watched.look({"case.yaml"}) is None
    (tmp_path / "other.yaml").write_text("nothing to do with it")
    assert watched.look({"other.yaml"}) is None


def test_a_mistake_is_told_with_its_line_and_then_mended(seen: Seen) -> None:
    seen.path.write_text(cases.MISTAKEN)
    assert seen.lines() == [cases.MISTAKEN_LINE]
    seen.path.write_text(cases.TEXT)
    assert seen.title() == "Who cut the cable?"


def test_deleted_and_made_again(seen: Seen) -> None:
    seen.path.unlink()
    assert seen.lines() == [1]
    seen.path.write_text(titled("again"))
    assert seen.title() == "again"


def test_the_whole_folder_deleted_and_made_again(seen: Seen) -> None:
    folder = seen.path.parent
    folder.rename(folder.with_name("elsewhere"))
    assert seen.lines() == [1]
    folder.mkdir()
    seen.path.write_text(titled("again"))
    assert seen.title() == "again"
    seen.path.write_text(titled("and on"))
    assert seen.title() == "and on"


def test_what_it_extends_is_watched_too_also_below(seen: Seen) -> None:
    below = seen.path.parent / "base" / "base.yaml"
    seen.path.write_text("extends: base/base.yaml\n")
    assert seen.lines()
    below.parent.mkdir()
    below.write_text(titled("below"))
    assert seen.title() == "below"
    below.write_text(titled("below, edited"))
    assert seen.title() == "below, edited"
    below.write_text("title: [")
    assert seen.lines()
    below.write_text(titled("below, restored"))
    assert seen.title() == "below, restored"
    seen.path.write_text(titled("alone"))
    assert seen.title() == "alone"
    below.write_text(titled("no longer part of it"))
    seen.nothing_until("still alone")


def test_through_a_symbolic_link(tmp_path: Path) -> None:
    real = tmp_path / "real" / "case.yaml"
    real.parent.mkdir()
    real.write_text(cases.TEXT)
    link = tmp_path / "link.yaml"
    link.symlink_to(real)
    seen = Seen(link)
    try:
        assert seen.title() == "Who cut the cable?"
        real.write_text(titled("behind the link"))
        assert seen.title() == "behind the link"
    finally:
        seen.close()
