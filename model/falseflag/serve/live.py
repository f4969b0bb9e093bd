"""What the page shows, how each event changes it, and as JSON: immutable values, no threads, no files, no clock."""

from __future__ import annotations

import asyncio
import json
import math
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from falseflag.case.model import Case
from falseflag.errors import CaseError, Diagnostic
from falseflag.inference.checks import failed
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.inference.result import NOT_KNOWN, Answer
from falseflag.results import NOT_SOUND
from falseflag.scales import words
from falseflag.settings import Engine
from falseflag.wording import interval, percent

type Phase = Literal["off", "waiting", "compiling the model", "sampling", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Line:
    """One hypothesis as the page shows it.

    Parameters
    ----------
    prior, exact : float
        Known as soon as the file is saved.
    was : float or None
        The exact posterior before this save, None for a hypothesis that is new.
    interval : tuple of float or None
        5 % to 95 % range of P_h(φ), None until there are draws.
    sampled, mcse : float or None
        The sampled posterior and its standard error, None until it is there.
    """

    name: str
    label: str
    depth: int
    is_leaf: bool
    prior: float
    exact: float
    was: float | None = None
    interval: tuple[float, float] | None = None
    sampled: float | None = None
    mcse: float | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """A save without errors, and what is known of its answer so far.

    Parameters
    ----------
    number : int
        Counts such saves from 1; results that come late are told apart by it.
    saved : str
        When, for people.
    failed : tuple of str
        Messages of the checks that did not pass.
    """

    number: int
    saved: str
    title: str
    question: str
    lines: tuple[Line, ...]
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report as HTML, and what it is of."""

    edition: int
    engine: str
    html: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """Where the sampler is, and the share of that which is done (0 if that is not known)."""

    phase: Phase = "off"
    share: float = 0.0
    message: str = ""


@dataclass(frozen=True, slots=True)
class Live:
    """All that the page shows.

    Parameters
    ----------
    edition : Edition or None
        The last save without errors.
    errors : tuple of Diagnostic
        Of the file as it is now; while there are any, `edition` is of an earlier one.
    omitted : int
        Errors beyond those.
    refused_at : str
        When they were seen, for people; empty if there are none.
    report : Report or None
        The newest that is ready, perhaps of an edition before.
    no_report : str
        Why there is no report of this edition, if one could not be made.
    """

    edition: Edition | None = None
    errors: tuple[Diagnostic, ...] = ()
    omitted: int = 0
    refused_at: str = ""
    sampling: Sampling = Sampling()
    report: Report | None = None
    no_report: str = ""

    def saved(self, case: Case, exact: ExactPosterior, prior: Sequence[float], when: str, engine: Engine) -> Live:
        """Show the exact answer of a new save.

        Parameters
        ----------
        prior : sequence of float
            Of every node.
        engine : {'exact', 'nuts'}
            Whether a sampled answer will follow.
        """
        before = {line.name: line.exact for line in self.edition.lines} if self.edition else {}
        lines = tuple(
            Line(n.name, n.label, n.name.count("."), not n.children, float(p), float(q), before.get(n.name))
            for n, p, q in zip(case.nodes, prior, exact.nodes, strict=True)
        )
        number = self.edition.number + 1 if self.edition else 1
        return replace(
            self._without_errors(),
            edition=Edition(number, when, case.title, case.question, lines),
            sampling=Sampling("waiting" if engine == "nuts" else "off"),
            no_report="",
        )

    def restored(self, when: str) -> Live:
        """Show the same answer for the file as it is now: what was changed since has been changed back."""
        edition = replace(self.edition, saved=when) if self.edition else None
        return replace(self._without_errors(), edition=edition)

    def refused(self, error: CaseError, when: str) -> Live:
        """Tell the errors of a save, and keep the answer of the one before."""
        if (error.diagnostics, error.omitted) == (self.errors, self.omitted):
            return self
        return replace(self, errors=error.diagnostics, omitted=error.omitted, refused_at=when)

    def answered(self, number: int, answer: Answer) -> Live:
        """Add an answer with draws; a sampled one is not replaced by the exact engine's."""
        if not self.is_current(number) or self.edition is None:
            return self
        is_sampled = answer.engine == "nuts"
        if self.sampling.phase == "done" and not is_sampled:
            return self
        rows = {row.name: row for row in answer.rows}
        lines = tuple(
            replace(
                line,
                interval=rows[line.name].interval,
                sampled=rows[line.name].posterior if is_sampled else None,
                mcse=rows[line.name].mcse if is_sampled else None,
            )
            for line in self.edition.lines
        )
        messages = tuple(check.message for check in failed(answer.checks))
        sampling = Sampling("done", 1.0) if is_sampled else self.sampling
        return replace(self, edition=replace(self.edition, lines=lines, failed=messages), sampling=sampling)

    def samples(self, number: int, sampling: Sampling) -> Live:
        """Tell where the sampler is."""
        return replace(self, sampling=sampling) if self.is_current(number) else self

    def reported(self, report: Report) -> Live:
        """Show a report, unless it is of an earlier save."""
        return replace(self, report=report, no_report="") if self.is_current(report.edition) else self

    def failed_report(self, number: int, message: str) -> Live:
        """Tell why there is no report."""
        return replace(self, no_report=message) if self.is_current(number) else self

    def is_current(self, number: int) -> bool:
        """Tell whether a result is of the newest save without errors."""
        return self.edition is not None and self.edition.number == number

    def _without_errors(self) -> Live:
        return replace(self, errors=(), omitted=0, refused_at="")


def as_json(live: Live) -> str:
    """Return one event's data, which holds no line break."""
    return json.dumps(to_dict(live), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def to_dict(live: Live) -> dict[str, Any]:
    """Return all that the page shows but the report itself."""
    report = live.report
    return {
        "edition": _edition(live.edition) if live.edition else None,
        "errors": [_error(error) for error in live.errors],
        "omitted": live.omitted,
        "refused_at": live.refused_at,
        "sampling": {
            "phase": live.sampling.phase,
            "share": live.sampling.share,
            "message": live.sampling.message,
        },
        "report": {"edition": report.edition, "engine": report.engine} if report else None,
        "no_report": live.no_report,
    }


def _edition(edition: Edition) -> dict[str, Any]:
    leader = max((line for line in edition.lines if line.is_leaf), key=lambda line: line.exact)
    return {
        "number": edition.number,
        "saved": edition.saved,
        "title": edition.title,
        "question": edition.question,
        "failed": list(edition.failed),
        "warning": NOT_SOUND if edition.failed else "",
        "leader": leader.name,
        "lines": [_line(line) for line in edition.lines],
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "name": line.name,
        "label": line.label,
        "depth": line.depth,
        "prior": _number(line.prior),
        "exact": _number(line.exact),
        "was": None if line.was is None else _number(line.was),
        "interval": None if line.interval is None else interval(*line.interval),
        "sampled": None if line.sampled is None else _number(line.sampled),
        "mcse": None if line.mcse is None else _points(line.mcse),
        "words": words(line.exact) if math.isfinite(line.exact) else NOT_KNOWN,
    }


def _number(probability: float) -> dict[str, Any]:
    return {"value": probability if math.isfinite(probability) else None, "text": percent(probability)}


def _points(error: float) -> str:
    """Word a standard error, in percentage points."""
    if not math.isfinite(error):
        return "± ?"
    return "± <0.1" if error < 0.0005 else f"± {100 * error:.1f}"


def _error(error: Diagnostic) -> dict[str, Any]:
    return {"file": error.file, "line": error.line, "path": error.path, "message": error.message}


# The latest state


class Latest[T]:
    """Holds at most one thing, handed from one thread to another."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._next: T | None = None
        self._closed = False

    def put(self, thing: T) -> None:
        """Leave a thing to be taken, in place of one that is there."""
        with self._changed:
            self._next = thing
            self._changed.notify_all()

    def take(self) -> T | None:
        """Wait for a thing and take it; None once it is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._next is not None or self._closed)
            thing, self._next = self._next, None
            return None if self._closed else thing

    def close(self) -> None:
        """Let whoever waits go, and take no more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def is_waited_on(self) -> bool:
        """Whether something newer waits, or the end does: what is being done is of no use any more."""
        return self._next is not None or self._closed


class State:
    """The present `Live`, and who waits for the next one; a slow reader skips what it missed, so nothing piles up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live = Live()
        self._version = 0
        self._closed = False
        self._followers: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    @property
    def live(self) -> Live:
        """What is shown now."""
        return self._live

    def update(self, change: Callable[[Live], Live]) -> Live:
        """Change what is shown, and wake the followers if that made a difference; return what is shown now."""
        with self._lock:
            before, self._live = self._live, change(self._live)
            if self._live is not before:
                self._version += 1
                self._wake()
            return self._live

    def close(self) -> None:
        """End all streams."""
        with self._lock:
            self._closed = True
            self._wake()

    async def follow(self, pause: float) -> AsyncIterator[tuple[int, Live] | None]:
        """Yield what is shown, with its version, now and after each change; None after `pause` seconds without one."""
        news, loop = asyncio.Event(), asyncio.get_running_loop()
        seen = -1
        with self._lock:
            self._followers[news] = loop
        try:
            while not self._closed:
                news.clear()
                version, live = self._version, self._live
                if version != seen:
                    seen = version
                    yield version, live
                    continue
                try:
                    await asyncio.wait_for(news.wait(), pause)
                except TimeoutError:
                    yield None
        finally:
            with self._lock:
                self._followers.pop(news, None)

    @property
    def followers(self) -> int:
        """How many streams are open."""
        return len(self._followers)

    def _wake(self) -> None:
        for news, loop in self._followers.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(news.set)
