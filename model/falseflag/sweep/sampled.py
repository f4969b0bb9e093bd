"""The sampled answer in every run of a sweep, as a batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from falseflag.batch import run_batch
from falseflag.case.edit import edited
from falseflag.case.model import Case
from falseflag.problem import Floats
from falseflag.settings import Settings
from falseflag.sweep.design import Design
from falseflag.sweep.targets import Target

MOST_SAMPLED = 10_000
"""Runs that are sampled: each takes a second or so."""


@dataclass(frozen=True)
class Sampled:
    """What NUTS found in R runs, for V nodes.

    Parameters
    ----------
    posterior, low, high : ndarray, shape (R, V)
        Probabilities, and the ends of their 90 % intervals.
    sound : ndarray of bool, shape (R,)
        Whether every check of the run passed.
    """

    posterior: Floats
    low: Floats
    high: Floats
    sound: np.ndarray


@dataclass(frozen=True)
class Run:
    """Work on one run: the case with its values in it is sampled; a process compiles once for all of them."""

    case: Case
    targets: tuple[Target, ...]
    settings: Settings

    def __call__(self, values: tuple[float, ...]) -> dict[str, Any]:
        """Answer one run."""
        from falseflag.sampling import sample  # noqa: PLC0415  (with what it imports: only where work is done)

        given = {
            target.what: target.word(value) if target.kind == "observed" else value
            for target, value in zip(self.targets, values, strict=True)
        }
        answer = sample(edited(self.case, given), "nuts", self.settings)
        return {
            "posterior": [row.posterior for row in answer.rows],
            "low": [row.interval[0] for row in answer.rows],
            "high": [row.interval[1] for row in answer.rows],
            "sound": answer.is_sound,
        }


def sample_runs(  # noqa: PLR0913
    case: Case,
    design: Design,
    settings: Settings,
    *,
    store: Path | None,
    identity: Mapping[str, object],
    dask: str | None,
    progress: Callable[[int, int], None] | None,
) -> Sampled:
    """Sample every run; see `falseflag.batch.run_batch`."""
    work = Run(replace(case, files=()), design.targets, settings)
    values = design.values(np.arange(design.runs))
    items = {str(run): tuple(row) for run, row in enumerate(values.tolist())}
    found = run_batch(work, items, store=store, identity=identity, dask=dask, progress=progress).values()
    low, high, posterior = (np.array([row[name] for row in found]) for name in ("low", "high", "posterior"))
    return Sampled(posterior, low, high, np.array([row["sound"] for row in found]))
