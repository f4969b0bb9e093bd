"""Calibrate: many replicates as a batch, then the verdict."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from falseflag.batch import run_batch
from falseflag.calibrate.replicate import EFFORT, RANKED, Task
from falseflag.calibrate.result import Calibration
from falseflag.case.model import Case
from falseflag.provenance import EXACT_PACKAGES, NUTS_PACKAGES, source_digest, versions_of
from falseflag.settings import DEFAULTS, Engine

type Progress = Callable[[int, int], None]

CHUNK = 5
"""Replicates in one task of a batch."""

REPLICATES: dict[Engine, int] = {"exact": 1000, "nuts": 200}
"""How many are made unless told."""


@dataclass(frozen=True)
class Chunk:
    """Several replicates as one task."""

    task: Task

    def __call__(self, numbers: Sequence[int]) -> dict[str, Any]:
        """Make the replicates with these numbers."""
        return {"replicates": [self.task(number) for number in numbers]}


def calibrate(  # noqa: PLR0913
    case: Case,
    engine: Engine = "exact",
    *,
    replicates: int | None = None,
    seed: int = DEFAULTS.seed,
    store: Path | None = None,
    dask: str | None = None,
    progress: Progress | None = None,
) -> Calibration:
    """Make up incidents from a case's prior, answer each, and hold the answers against the truth.

    `simuk` runs simulation-based calibration of any PyMC model. It is not used: it takes its truths and its test
    quantities from the model's own variables, of which the hypothesis, summed out, is none; it simulates with the
    model's own code, not with a second reading of the definition; and it compiles the model anew for every replicate.

    Parameters
    ----------
    case : Case
        Its reports say which indicators are reported; what they say is made up.
    engine : {'exact', 'nuts'}
        ``nuts`` compiles once, in each process that takes part.
    replicates : int, optional
        1,000 for the exact engine, 200 for NUTS.
    seed : int
        Replicate k depends on the seed and on k alone.
    store : path, optional
        File that keeps replicates as they are made; a calibration that was broken off, or is to have more replicates,
        goes on from there.
    dask, progress
        See `falseflag.batch.run_batch`; progress counts tasks of a few replicates.

    Returns
    -------
    Calibration
    """
    count = REPLICATES[engine] if replicates is None else replicates
    chunks = [range(first, min(first + CHUNK, count)) for first in range(0, count, CHUNK)]
    done = run_batch(
        Chunk(Task(case, engine, seed)),
        {f"{numbers[0]}-{numbers[-1]}": list(numbers) for numbers in chunks},
        store=store,
        identity=_identity(case, engine, seed),
        dask=dask,
        progress=progress,
    )
    records = [record for result in done.values() for record in result["replicates"]]
    return Calibration.of(case, engine, seed, records)


def _identity(case: Case, engine: Engine, seed: int) -> dict[str, object]:
    content = repr((case.hypotheses, case.prior_strength, case.indicators, case.groups))
    return {
        "command": "calibrate",
        "case": hashlib.sha256(content.encode()).hexdigest(),
        "engine": engine,
        "seed": seed,
        "effort": asdict(EFFORT[engine]) | {"ranked": RANKED},
        "source": source_digest(),
        "versions": versions_of(NUTS_PACKAGES if engine == "nuts" else EXACT_PACKAGES),
    }
