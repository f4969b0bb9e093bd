"""Sees when a case file, or a file that it extends, was saved, however the editor goes about it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

from watchfiles import watch
from watchfiles._rust_notify import WatchfilesRustInternalError

from falseflag.case.chain import read_chain
from falseflag.case.loader import load
from falseflag.case.model import Case
from falseflag.diagnostics import Diagnostics
from falseflag.errors import CaseError

type Outcome = Case | CaseError
type Stamp = tuple[int, int, int] | None

STEP, DEBOUNCE = 10, 50
"""Milliseconds without a further change, and the longest time, after which changes are reported."""

PAUSE = 1.0
"""Seconds after which files are looked at though no change was reported: some file systems report nothing."""

SETTLE = 0.15
"""Seconds that a file must have been left alone before its errors are reported: it may be half-written."""

PATIENCE = 20
"""Times that a file which never comes to rest is waited for."""


def outcomes(path: Path, stop: threading.Event) -> Iterator[Outcome]:
    """Yield the case as it is now, and again after each save that changed it: the case, or its errors.

    Parameters
    ----------
    path : Path
        The case file, as the user named it.
    stop : threading.Event
        Ends the watch.
    """
    watched = Watched(path, stop)
    while not stop.is_set():
        if (outcome := watched.look()) is not None:
            yield outcome
        folders = _identities(watched.folders)
        for names in _wakes([folder for folder, _ in folders], stop):
            if (outcome := watched.look(names)) is not None:
                yield outcome
            if _identities(watched.folders) != folders:
                break


class Watched:
    """A case file and all that it extends, as last looked at."""

    def __init__(self, path: Path, stop: threading.Event) -> None:
        self._path, self._stop = path, stop
        self._files: tuple[Path, ...] = (path,)
        self._stamps: list[Stamp] = []
        self._last: Outcome | None = None

    @property
    def folders(self) -> list[Path]:
        """The folders that hold the files, and those that hold what links among them lead to."""
        real = [Path(os.path.realpath(file)) for file in self._files]
        return sorted({file.absolute().parent for file in (*self._files, *real)})

    def look(self, names: set[str] = frozenset()) -> Outcome | None:  # type: ignore[assignment]
        """Return the case or its errors if that differs from the last time; None otherwise.

        Parameters
        ----------
        names : set of str
            Names of files that are reported as changed.
        """
        changed = names & {file.name for file in self._files}
        if not changed and self._stamps == self._stamped() and not isinstance(self._last, CaseError):
            return None
        outcome = self._load()
        for _ in range(PATIENCE):
            if isinstance(outcome, Case) or _same(outcome, self._last):
                break
            self._stop.wait(SETTLE)
            if self._stamps == self._stamped():
                break
            outcome = self._load()
        is_new = not _same(outcome, self._last)
        self._last = outcome
        return outcome if is_new else None

    def _load(self) -> Outcome:
        """Load; stamps are taken before, so that a change meanwhile is seen the next time."""
        for _ in range(PATIENCE):
            self._stamps = self._stamped()
            outcome, files = _load(self._path)
            if files == self._files:
                break
            self._files = files
        return outcome

    def _stamped(self) -> list[Stamp]:
        return [_stamp(file) for file in self._files]


def _load(path: Path) -> tuple[Outcome, tuple[Path, ...]]:
    """Load a case, and list the files that it is made of as far as they could be read."""
    outcome: Outcome
    try:
        outcome = load(path)
        names = [file.name for file in outcome.files]
    except CaseError as error:
        outcome = error
        names = [file.name for file in read_chain(os.fspath(path), Diagnostics()).files]
    folder = Path(os.path.realpath(path.parent))
    return outcome, (path, *(folder / name for name in names[1:]))


def _same(one: Outcome, other: Outcome | None) -> bool:
    if isinstance(one, CaseError) and isinstance(other, CaseError):
        return (one.diagnostics, one.omitted) == (other.diagnostics, other.omitted)
    return isinstance(one, Case) and isinstance(other, Case) and one.files == other.files


def _stamp(file: Path) -> Stamp:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _identities(folders: list[Path]) -> list[tuple[Path, Stamp]]:
    """Tell folders from others that took their place; those that are not there are left out."""
    stamps = [(folder, _stamp(folder)) for folder in folders]
    return [(folder, (0, 0, stamp[2])) for folder, stamp in stamps if stamp is not None]


def _wakes(folders: list[Path], stop: threading.Event) -> Iterator[set[str]]:
    """Yield names of what changed in the folders, and nothing now and then."""
    try:
        if folders:
            for changes in watch(
                *folders,
                watch_filter=None,
                debounce=DEBOUNCE,
                step=STEP,
                rust_timeout=int(1000 * PAUSE),
                yield_on_timeout=True,
                stop_event=stop,
                raise_interrupt=False,
                recursive=False,
                ignore_permission_denied=True,
            ):
                yield {Path(name).name for _, name in changes}
    except (OSError, WatchfilesRustInternalError):
        pass  # a folder went away, or the system watches no more of them: looking now and then goes on
    stop.wait(PAUSE)
    yield set()
