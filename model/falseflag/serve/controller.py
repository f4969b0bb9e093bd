"""From a save to what is shown: what is answered at once, what other processes do, and what comes back from them."""

from __future__ import annotations

import datetime as dt

from falseflag.case.model import Case, SourceFile
from falseflag.errors import CaseError
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import problem_of
from falseflag.serve.jobs import Drawer, Message, Sampler, Task
from falseflag.serve.live import Report, Sampling, State
from falseflag.settings import DEFAULTS, Engine, Settings


class Controller:
    """Takes saves and updates the state by what follows from them.

    Parameters
    ----------
    state : State
    engine : {'exact', 'nuts'}
        Whether there is to be a sampled answer too.
    settings : Settings
    """

    def __init__(self, state: State, engine: Engine, settings: Settings = DEFAULTS) -> None:
        self._state, self._engine, self._settings = state, engine, settings
        self._content: tuple[SourceFile, ...] = ()
        self._drawer = Drawer(self._receive)
        self._sampler = Sampler(self._receive) if engine == "nuts" else None

    def take(self, outcome: Case | CaseError) -> None:
        """Show what a save led to; returns as soon as the exact answer is shown."""
        if isinstance(outcome, CaseError):
            self._state.update(lambda live: live.refused(outcome, _now()))
        elif outcome.files == self._content:
            self._state.update(lambda live: live.restored(_now()))
        else:
            self._answer(outcome)

    def _answer(self, case: Case) -> None:
        problem = problem_of(case)
        exact = ExactPosterior.of(problem)
        prior = problem.node_membership.astype(float) @ problem.prior
        live = self._state.update(lambda live: live.saved(case, exact, list(prior), _now(), self._engine))
        self._content = case.files
        task = Task(live.edition.number if live.edition else 0, case, self._settings)
        self._drawer.latest.put(task)
        if self._sampler:
            self._sampler.latest.put(task)

    def _receive(self, message: Message) -> None:
        number, content = message
        if isinstance(content, Sampling):
            self._state.update(lambda live: live.samples(number, content))
        elif isinstance(content, str):
            self._state.update(lambda live: live.failed_report(number, content))
        elif isinstance(content, Report):
            self._state.update(lambda live: live.reported(content))
        else:
            live = self._state.update(lambda live: live.answered(number, content))
            if content.engine == "nuts" and live.is_current(number):
                self._drawer.latest.put((number, content))

    def close(self) -> None:
        """Stop all that is at work."""
        self._drawer.close()
        if self._sampler:
            self._sampler.close()


def _now() -> str:
    """Word the time of day, as a watch on the wall shows it."""
    return dt.datetime.now().astimezone().strftime("%H:%M:%S")
