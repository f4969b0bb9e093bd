"""Leads the work: what is answered at once, what is sent off to other processes, and what comes back from there."""

from __future__ import annotations

import datetime as dt

from falseflag.case.model import Case, SourceFile
from falseflag.errors import CaseError
from falseflag.exact.posterior import answer_exactly
from falseflag.problem import problem_of
from falseflag.serve.board import Board
from falseflag.serve.labour import Message, Task
from falseflag.serve.live import Report, Sampling
from falseflag.serve.workers import Drawer, Sampler
from falseflag.settings import DEFAULTS, Engine, Settings


class Desk:
    """Takes saves in and puts what follows from them on the board.

    Parameters
    ----------
    board : Board
    engine : {'exact', 'nuts'}
        Whether there is to be a sampled answer too.
    settings : Settings
    """

    def __init__(self, board: Board, engine: Engine, settings: Settings = DEFAULTS) -> None:
        self._board, self._engine, self._settings = board, engine, settings
        self._content: tuple[SourceFile, ...] = ()
        self._drawer = Drawer(self._receive)
        self._sampler = Sampler(self._receive) if engine == "nuts" else None

    def take(self, outcome: Case | CaseError) -> None:
        """Show what a save led to; returns as soon as the exact answer is on the board."""
        if isinstance(outcome, CaseError):
            self._board.update(lambda live: live.mistook(outcome, _now()))
        elif outcome.files == self._content:
            self._board.update(lambda live: live.mended(_now()))
        else:
            self._answer(outcome)

    def _answer(self, case: Case) -> None:
        problem = problem_of(case)
        exact = answer_exactly(problem)  # keeps the groups that a save has not changed
        prior = problem.membership.astype(float) @ problem.prior
        live = self._board.update(lambda live: live.saved(case, exact, list(prior), _now(), self._engine))
        self._content = case.files
        task = Task(live.edition.number if live.edition else 0, case, self._settings)
        self._drawer.slot.put(task)
        if self._sampler:
            self._sampler.slot.put(task)

    def _receive(self, message: Message) -> None:
        number, content = message
        if isinstance(content, Sampling):
            self._board.update(lambda live: live.samples(number, content))
        elif isinstance(content, str):
            self._board.update(lambda live: live.troubled(number, content))
        elif isinstance(content, Report):
            self._board.update(lambda live: live.reported(content))
        else:
            live = self._board.update(lambda live: live.answered(number, content))
            if content.engine == "nuts" and live.is_current(number):
                self._drawer.slot.put((number, content))

    def close(self) -> None:
        """Stop all that is at work."""
        self._drawer.close()
        if self._sampler:
            self._sampler.close()


def _now() -> str:
    """Word the time of day, as a watch on the wall shows it."""
    return dt.datetime.now().astimezone().strftime("%H:%M:%S")
