"""Newer work takes the place of older: in the latest, and in the middle of sampling."""

from __future__ import annotations

import multiprocessing
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import NoReturn

import pytest
from commands import GUARD

from falseflag import sampling
from falseflag.case.model import Case
from falseflag.errors import SamplerError
from falseflag.inference.nuts import sampler
from falseflag.serve import jobs
from falseflag.serve.jobs import Message, SupersededError, Task
from falseflag.serve.live import Latest, Sampling
from falseflag.settings import Settings
from serve import cases

TASK = Task(1, cases.case(), Settings())
NEWER = Task(2, cases.case(cases.PRIOR_6), Settings())

type Progress = Callable[[str, float], None]


@pytest.fixture
def can_be_superseded() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, jobs._supersede)
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
        jobs._sample(theirs, TASK)
    assert ours.recv() == (1, Sampling("compiling the model", 0.0))
    assert jobs._newest(theirs) == NEWER


@pytest.mark.usefixtures("can_be_superseded")
def test_a_newer_task_stops_the_sampler_from_its_own_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = multiprocessing.Pipe()

    def work(progress: Progress) -> None:
        ours.send(NEWER)
        thread = threading.Thread(target=progress, args=("sampling", 0.5))
        thread.start()
        thread.join()
        threading.Event().wait(GUARD)  # works on until it is stopped

    _sampling_by(monkeypatch, work)
    with pytest.raises(SupersededError):
        jobs._sample(theirs, TASK)


def test_progress_is_told_now_and_then_and_a_failure_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = multiprocessing.Pipe()

    def work(progress: Progress) -> None:
        for share in range(1000):
            progress("sampling", share / 1000)

    _sampling_by(monkeypatch, work)
    jobs._sample(theirs, TASK)
    theirs.close()
    told = []
    with pytest.raises(EOFError):
        while True:
            told.append(ours.recv())
    assert 15 < len(told) < 25
    assert told[-1] == (1, Sampling("failed", message="it came to its end"))


def test_a_process_that_has_compiled_enough_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampler, "is_compiled", lambda _problem: False)
    monkeypatch.setattr(jobs, "_stand_back", lambda _nice: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    _sampling_by(monkeypatch, lambda _progress: None)
    numbers: list[int] = []
    tasks = iter([TASK] * (jobs.MOST_STRUCTURES + 3))
    monkeypatch.setattr(jobs, "_newest", lambda _connection: next(tasks))
    ours, theirs = multiprocessing.Pipe()
    jobs.sample_on(theirs)
    while ours.poll():
        numbers.append(ours.recv()[0])
    assert numbers == [TASK.number] * jobs.MOST_STRUCTURES


def test_a_task_handed_to_a_process_that_ends_goes_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    told: queue.Queue[Message] = queue.Queue()
    ends: list[Connection] = []

    class Process:
        def is_alive(self) -> bool:
            return True

        def kill(self) -> None: ...

        def join(self) -> None: ...

    def start(_work: object, *, duplex: bool) -> tuple[Process, Connection]:
        ours, theirs = multiprocessing.Pipe(duplex=duplex)
        if ends:
            theirs.send((TASK.number, Sampling("failed", message="by the second")))
        ends.append(theirs)
        if len(ends) == 1:
            theirs.close()
        return Process(), ours

    monkeypatch.setattr(jobs, "_start", start)
    thread = jobs.Sampler(told.put)
    thread.latest.put(TASK)
    assert told.get(timeout=GUARD) == (TASK.number, Sampling("failed", message="by the second"))
    thread.close()
    assert len(ends) == 2


def test_the_newest_of_what_waits_is_taken() -> None:
    ours, theirs = multiprocessing.Pipe()
    ours.send(TASK)
    ours.send(NEWER)
    assert jobs._newest(theirs) == NEWER
    ours.close()
    assert jobs._newest(theirs) is None


def test_a_slot_holds_the_newest_alone() -> None:
    latest: Latest[int] = Latest()
    latest.put(1)
    latest.put(2)
    assert latest.is_waited_on
    assert latest.take() == 2
    assert not latest.is_waited_on
    latest.put(3)
    latest.close()
    assert latest.is_waited_on
    assert latest.take() is None
