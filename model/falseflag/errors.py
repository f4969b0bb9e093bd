"""What can go wrong, and the exit code that each kind of it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One error in a case file, or in a record of resolved cases.

    Parameters
    ----------
    file : str
        The file as the user named it (or, for an extended file, relative to the same folder).
    line, column : int
        Place of the key or value, counted from 1.
    path : str
        Keys that lead to it, joined by dots; empty for the file as a whole.
    message : str
        The rule, what was found, and where it helps a suggestion.
    """

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        """Format as ``file:line: path: message``."""
        return ": ".join(part for part in (f"{self.file}:{self.line}", self.path, self.message) if part)


class FalseflagError(Exception):
    """An error that the user can correct; the command line prints it and exits with `exit_code`."""

    exit_code = 2


class CaseError(FalseflagError):
    """A case file or a record breaks one or more rules; `diagnostics` holds them all, in the order of the files' lines.

    Of very many errors only the first are held and the others counted: `omitted` is their number, or the least that
    it can be where reading stopped before the end (`complete` is False).
    """

    def __init__(self, diagnostics: Sequence[Diagnostic], omitted: int = 0, *, complete: bool = True) -> None:
        self.diagnostics = tuple(diagnostics)
        self.omitted = omitted
        self.complete = complete
        lines = [str(each) for each in self.diagnostics]
        if omitted or not complete:
            more = f"and {omitted} more" if omitted else "and maybe more"
            lines.append(f"… {more}" if complete else f"… {more}: reading stopped here")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[partial[CaseError], tuple[tuple[Diagnostic, ...], int]]:
        """Pickle the diagnostics, not the message: errors come back from other processes."""
        return partial(CaseError, complete=self.complete), (self.diagnostics, self.omitted)


class RequestError(FalseflagError):
    """What was asked for cannot be done: an unknown name, an unusable folder."""


class SamplerError(FalseflagError):
    """The sampler could not finish; the message says why."""

    exit_code = 1


class BatchError(FalseflagError):
    """A batch could not be finished; the message says why. What was finished is in its store."""

    exit_code = 1
