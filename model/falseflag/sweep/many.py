"""Many cases, each answered as it is written, as one batch."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from falseflag.batch import run_batch
from falseflag.case.model import Case
from falseflag.provenance import EXACT_PACKAGES, NUTS_PACKAGES, versions_of
from falseflag.settings import DEFAULTS, Engine, Settings, check_engine
from falseflag.wording import csv_cell


@dataclass(frozen=True)
class AnswerCase:
    """Work on one case; in a process, NUTS compiles once for all cases of a structure."""

    engine: Engine
    settings: Settings

    def __call__(self, case: Case) -> dict[str, Any]:
        """Answer a case: the content of its ``posterior.json``, and whether every check passed."""
        from falseflag.sampling import sample  # noqa: PLC0415  (with what it imports: only where work is done)

        answer = sample(case, self.engine, self.settings)
        return answer.as_dict() | {"leader": answer.leader.name}


def answer_cases(  # noqa: PLR0913
    cases: Mapping[str, Case],
    engine: Engine = "nuts",
    settings: Settings = DEFAULTS,
    *,
    store: Path | None = None,
    dask: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, dict[str, Any]]:
    """Answer many cases.

    Parameters
    ----------
    cases : mapping from str to Case
        By a name of each, such as its path.
    engine : {'nuts', 'exact'}
    settings : Settings
    store, dask, progress
        See `falseflag.batch.run_batch`.

    Returns
    -------
    dict
        By name, the content of each case's ``posterior.json``, with ``leader`` and ``sound``.
    """
    check_engine(engine)
    identity = {
        "command": "batch",
        "cases": {name: [case.content_sha256, case.title, *map(repr, case.files)] for name, case in cases.items()},
        "engine": engine,
        "settings": asdict(settings),
        "versions": versions_of(NUTS_PACKAGES if engine == "nuts" else EXACT_PACKAGES),
    }
    work = AnswerCase(engine, settings)
    return run_batch(work, cases, store=store, identity=identity, dask=dask, progress=progress)


COLUMNS = ("name", "prior", "posterior", "low", "high", "exact", "mcse")


def write_cases(found: Mapping[str, Mapping[str, Any]], path: Path) -> None:
    """Write a table with a line for every node of every case to a new file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("case", *COLUMNS, "sound"))
        for name, answer in found.items():
            for row in answer["hypotheses"]:
                cells = row | dict(zip(("low", "high"), row["interval"], strict=True))
                rows.writerow((csv_cell(name), *(cells[column] for column in COLUMNS), answer["sound"]))
