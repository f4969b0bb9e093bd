"""Hostile case files, and the loader under coverage-guided fuzzing."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from fuzz.loader import CORPUS, fuzz_for
from hostile.figures import MEGABYTES, SECONDS, measured, run_processes, summed
from hostile.large import KINDS, MIB

from trust.figures import Figure, Section, zero

SLOWEST = (
    "grades unknown",
    "statements wrong",
    "intervals narrow",
    "group members",
    "sources wrong",
    "aliases of nothing",
)
"""Kinds of 1 MiB that a whole process is timed on."""


def hostile(quick: bool) -> Sequence[Figure]:  # noqa: FBT001  (what a section is asked)
    """Run hostile files through the command, and fuzz the loader."""
    count = 500 if quick else 20_000
    found = summed([measured(count // 4, seed) for seed in (1, 2, 3, 4)])
    told = ", ".join(f"{code}: {number:,}" for code, number in sorted(found.exit_codes.items()))
    return [
        Figure("malformed or hostile case files checked", f"{found.files:,}", f"{count:,}", found.files >= count),
        Figure("… exit codes", told, "0 and 2 alone", set(found.exit_codes) <= {"0", "2"}),
        zero("… tracebacks", found.tracebacks),
        zero("… lines of errors that name no line of the file", found.without_line),
        zero("… outputs with characters that a terminal would obey", found.unprintable),
        _below("… slowest, processor time", found.slowest_seconds, SECONDS, f"s ({found.slowest_kind})"),
        _below("… largest process", found.peak_megabytes, MEGABYTES, "MB"),
        Figure("… of those that were valid, answered or refused by the exact engine too", f"{found.answered:,}"),
        *_processes(),
        *_fuzzed(20 if quick else 600),
    ]


def _below(what: str, value: float, limit: float, unit: str) -> Figure:
    return Figure(what, f"{value:.3g} {unit}", f"below {limit:g}", value < limit)


def _processes() -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        paths: dict[str, Path | str] = {}
        for kind in SLOWEST:
            for share in (0.4, 0.5, 1.0):
                paths[f"{kind} {share}"] = path = Path(name, f"{kind} {share}.yaml")
                path.write_bytes(KINDS[kind](int(share * MIB)))
        results = run_processes(paths)
    kind = max(results, key=lambda kind: results[kind][1])
    return [
        _below("slowest whole process on the worst kinds of large files", results[kind][1], SECONDS, f"s ({kind} MiB)"),
        _below("… largest", max(megabytes for _, _, megabytes, _ in results.values()), MEGABYTES, "MB"),
    ]


def _fuzzed(seconds: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as found:
        figures = fuzz_for(seconds, Path(found))
    return [
        Figure(
            "coverage-guided fuzzing of the loader",
            f"{figures.seconds:,} s",
            f"{seconds:,} s",
            figures.seconds >= seconds,
        ),
        Figure("… inputs tried", f"{figures.runs:,}"),
        Figure("… branches of the loader reached", f"{figures.branches:,}"),
        Figure("… inputs kept as tests", f"{len(list(CORPUS.iterdir())):,}"),
        zero("… findings", figures.findings),
    ]


SECTION = Section(
    "hostile",
    "Hostile and broken input",
    hostile,
    "Damaged bytes, hostile values at every key, 1 MiB of one thing very often, long or deep, and"
    " what is no ordinary file, through `falseflag check` in one process; the worst also in processes of their own."
    " Every bound is the loader's: no limit of the system is set. Fuzzing is atheris's.",
)
