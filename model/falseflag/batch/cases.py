"""Many cases, each answered as it is written, as one batch."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from falseflag.batch.run import run_batch
from falseflag.case.model import Case
from falseflag.provenance import EXACT_PACKAGES, NUTS_PACKAGES, versions_of
from falseflag.results import Result
from falseflag.settings import DEFAULTS, Engine, Settings, check_engine
from falseflag.wording import csv_cell

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("name", "prior", "posterior", "low", "high", "exact", "mcse")


@dataclass(frozen=True)
class AnswerCase:
    """Work on one case; in a process, NUTS compiles once for all cases of a structure."""

    engine: Engine
    settings: Settings

    def __call__(self, case: Case) -> dict[str, Any]:
        """Answer a case: the content of its ``posterior.json``, and whether every check passed."""
        from falseflag.sampling import sample  # noqa: PLC0415  (with what it imports: only where work is done)

        answer = sample(case, self.engine, self.settings)
        return answer.to_dict() | {"leader": answer.leader.name}


@dataclass(frozen=True, slots=True, repr=False)
class Batch(Mapping[str, dict[str, Any]], Result):
    """The answers to many cases: a mapping from a name of each to the content of its ``posterior.json``.

    Parameters
    ----------
    cases : mapping from str to Case
    answers : mapping from str to dict
        With ``leader`` and ``sound``.
    """

    cases: Mapping[str, Case]
    answers: Mapping[str, dict[str, Any]]

    def __getitem__(self, name: str) -> dict[str, Any]:
        """Return one answer."""
        return self.answers[name]

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self.answers)

    def __len__(self) -> int:
        """Return the number of cases."""
        return len(self.answers)

    @property
    def title(self) -> str:
        """All names."""
        return ", ".join(self.answers)

    @property
    def is_sound(self) -> bool:
        """Whether every answer passed its checks."""
        return all(answer["sound"] for answer in self.answers.values())

    @property
    def frame(self) -> pd.DataFrame:
        """A row for every node of every case."""
        import pandas as pd  # noqa: PLC0415

        return pd.DataFrame(self.rows(), columns=["case", *COLUMNS, "sound"]).set_index(["case", "name"])

    def to_dict(self) -> dict[str, Any]:
        """Return what ``batch --json`` prints."""
        return dict(self.answers)

    def rows(self) -> Iterator[list[Any]]:
        """Yield the cells of the table."""
        for name, answer in self.answers.items():
            for row in answer["hypotheses"]:
                cells = row | dict(zip(("low", "high"), row["interval"], strict=True))
                yield [name, *(cells[column] for column in COLUMNS), answer["sound"]]

    def write_csv(self, path: Path) -> None:
        """Write the table to a new file."""
        with path.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(("case", *COLUMNS, "sound"))
            lines.writerows([csv_cell(name), *cells] for name, *cells in self.rows())


def answer_cases(  # noqa: PLR0913
    cases: Mapping[str, Case],
    engine: Engine = "nuts",
    settings: Settings = DEFAULTS,
    *,
    store: Path | None = None,
    dask: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Batch:
    """Answer many cases.

    Parameters
    ----------
    cases : mapping from str to Case
        By a name of each, such as its path.
    engine : {'nuts', 'exact'}
    settings : Settings
    store, dask, progress
        See `falseflag.batch.run.run_batch`.
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
    return Batch(cases, run_batch(work, cases, store=store, identity=identity, dask=dask, progress=progress))
