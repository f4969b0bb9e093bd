"""Newer work takes the place of older: in the slot, and in the middle of sampling."""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest

from falseflag import sampling
from falseflag.case.model import Case
from falseflag.errors import SamplerError
from falseflag.serve import labour
from falseflag.serve.labour import SupersededError, Task
from falseflag.serve.live import Sampling
from falseflag.serve.slot import Slot
from falseflag.settings import Settings
from serve import cases

TASK = Task(1, cases.case(), Settings())
NEWER = Task(2, cases.case(cases.PRIOR_6), Settings())

type Progress = Callable[[str, float], None]


@pytest.fixture
def can_be_superseded() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, labour._supersede)
    yield
    signal.signal(signal.SIGTERM, before)


def _sampling_by(monkeypatch: pytest.MonkeyPatch, work: Callable[[Progress], None]) -> None:
    def fake(_case: Case, _engine: str, _settings: Settings, *, progress: Progress) -> NoReturn:
        work(progress)
        raise SamplerError("it came to its end")

    monkeypatch.setattr(sampling, "sample", fake)


def test_a_newer_task_stops_the_one_at_work_after_its_compilation(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = multiprocessing.Pipe()

    def work(progress: Progress) -> None:
        progress("compiling the model", 0.0)
        ours.send(NEWER)
        progress("compiling the model", 1.0)

    _sampling_by(monkeypatch, work)
    with pytest.raises(SupersededError):
        labour._sample(theirs, TASK)
    assert ours.recv() == (1, Sampling("compiling the model", 0.0))
    assert labour._newest(theirs) == NEWER


@pytest.mark.usefixtures("can_be_superseded")
def test_a_newer_task_stops_the_sampler_from_its_own_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = multiprocessing.Pipe()

    def work(progress: Progress) -> None:
        ours.send(NEWER)
        thread = threading.Thread(target=progress, args=("sampling", 0.5))
        thread.start()
        thread.join()
        time.sleep(5)

    _sampling_by(monkeypatch, work)
    with pytest.raises(SupersededError):
        labour._sample(theirs, TASK)


def test_progress_is_told_now_and_then_and_a_failure_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = multiprocessing.Pipe()

    def work(progress: Progress) -> None:
        for share in range(1000):
            progress("sampling", share / 1000)

    _sampling_by(monkeypatch, work)
    labour._sample(theirs, TASK)
    theirs.close()
    told = []
    with pytest.raises(EOFError):
        while True:
            told.append(ours.recv())
    assert 15 < len(told) < 25
    assert told[-1] == (1, Sampling("failed", message="it came to its end"))


def test_the_newest_of_what_waits_is_taken() -> None:
    ours, theirs = multiprocessing.Pipe()
    ours.send(TASK)
    ours.send(NEWER)
    assert labour._newest(theirs) == NEWER
    ours.close()
    assert labour._newest(theirs) is None


def test_a_slot_holds_the_newest_alone() -> None:
    slot: Slot[int] = Slot()
    slot.put(1)
    slot.put(2)
    assert slot.is_waited_on
    assert slot.take() == 2
    assert not slot.is_waited_on
    slot.put(3)
    slot.close()
    assert slot.is_waited_on
    assert slot.take() is None
