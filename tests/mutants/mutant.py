"""A wrong version of the program: what is wrong, how the real code is patched, and what has to notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from falseflag import sampling
from falseflag.exact.posterior import ExactPosterior, answer_exactly
from falseflag.problem import Problem, problem_of

type Patch = Callable[[pytest.MonkeyPatch], None]
type Change = Callable[[Problem], Problem]


@dataclass(frozen=True)
class Mutant:
    """One wrong version.

    Parameters
    ----------
    name : str
    what : str
        What it gets wrong, in a sentence.
    patch : callable
        Puts wrong code in the place of the real one.
    detectors : tuple of str
        Names of `mutants.detectors.DETECTORS`; each of them has to notice.
    """

    name: str
    what: str
    patch: Patch
    detectors: tuple[str, ...]

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Run the wrong version within a block."""
        with pytest.MonkeyPatch.context() as monkeypatch:
            self.patch(monkeypatch)
            yield


def in_the_arrays(change: Change) -> Patch:
    """Lay out cases wrongly, so that both engines see the same wrong problem."""
    return lambda monkeypatch: monkeypatch.setattr(sampling, "problem_of", lambda case: change(problem_of(case)))


def in_quadrature(change: Change) -> Patch:
    """Let quadrature alone take the problem wrongly; draws are as they should be."""
    return lambda monkeypatch: monkeypatch.setattr(
        sampling, "answer_exactly", lambda problem: answer_exactly(change(problem))
    )


def in_the_exact_answer(change: Callable[[ExactPosterior], ExactPosterior]) -> Patch:
    """Change what quadrature found."""
    return lambda monkeypatch: monkeypatch.setattr(
        sampling, "answer_exactly", lambda problem: change(answer_exactly(problem))
    )


def in_nuts(change: Change) -> Patch:
    """Let the sampled model alone take the problem wrongly."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        from falseflag.inference.nuts import model, sampler  # noqa: PLC0415  (takes seconds)

        monkeypatch.setattr(sampler, "layout_of", lambda problem: model.layout_of(change(problem)))
        monkeypatch.setattr(sampler, "numbers_of", lambda problem, layout: model.numbers_of(change(problem), layout))

    return patch
