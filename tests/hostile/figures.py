"""Runs many hostile files and counts what came of them: the figures that the project states.

``python -m hostile.figures --files 20000 --seed 1`` from the folder of the tests prints them as JSON; so measured, the
memory is that of a process that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from hostile import records as records_of
from hostile.documents import everywhere_file
from hostile.large import KINDS, MIB
from hostile.mutations import evenly, mutated, spoiled_twice
from hostile.places import PLACES
from hostile.trial import Trial, trial

TESTS = Path(__file__).parents[1]
SECONDS, MEGABYTES = 2.0, 500.0
"""Bounds for any one file, whatever is in it."""
LARGE_SHARE = 100
"""One file in so many is a large one; another a large record, another a place."""
CASE = "case.yaml"


@dataclass(slots=True)
class Figures:
    """What came of many hostile files.

    Parameters
    ----------
    exit_codes : dict of str to int
        How often the command ended with each.
    answered : int
        Files that turned out valid and small and, one in three, were answered by the exact engine too.
    tracebacks, without_line, unprintable : int
        Files that the program fell over; lines of errors that name no line; outputs with control characters.
    slowest_seconds : float
        Processor time of the slowest file, and its kind.
    peak_megabytes : float
        Largest resident size of the process.
    bad : list of str
        The first kinds that broke a bound.
    """

    files: int = 0
    seed: int = 0
    exit_codes: dict[str, int] = field(default_factory=dict)
    answered: int = 0
    tracebacks: int = 0
    without_line: int = 0
    unprintable: int = 0
    slowest_seconds: float = 0.0
    slowest_kind: str = ""
    peak_megabytes: float = 0.0
    bad: list[str] = field(default_factory=list)

    @property
    def is_fine(self) -> bool:
        """Whether every bound held."""
        counted = self.tracebacks or self.without_line or self.unprintable or set(self.exit_codes) - {"0", "2"}
        return not counted and self.slowest_seconds < SECONDS and self.peak_megabytes < MEGABYTES

    def add(self, one: Trial) -> None:
        """Count one checked file."""
        self.files += 1
        self.exit_codes[str(one.exit_code)] = self.exit_codes.get(str(one.exit_code), 0) + 1
        self.without_line += one.without_line
        self._hold(one, is_bad=bool(one.without_line) or one.exit_code not in {0, 2})
        if one.seconds > self.slowest_seconds:
            self.slowest_seconds, self.slowest_kind = round(one.seconds, 3), one.kind

    def add_answer(self, one: Trial) -> None:
        """Count a valid file that was answered, or refused with a sentence."""
        self.answered += 1
        self._hold(one, is_bad=False)

    def _hold(self, one: Trial, *, is_bad: bool) -> None:
        self.tracebacks += one.is_traceback
        self.unprintable += one.is_unprintable
        if (is_bad or one.is_traceback or one.is_unprintable) and len(self.bad) < 20:
            self.bad.append(f"{one.kind}: {one.exit_code}: {(one.errors or one.output)[-200:]!r}")


def hostile_files(files: int, seed: int) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Yield that many kinds with the files of each by name; none for a place that has to be made."""
    rng = np.random.default_rng(seed)
    larges, places, records = list(KINDS), list(PLACES), list(records_of.KINDS)
    for number in range(files):
        turn = number // LARGE_SHARE
        if number % LARGE_SHARE == 0 and turn < len(places):
            yield places[turn], {}
        elif number % LARGE_SHARE == 1:
            kind = larges[turn % len(larges)]
            yield f"large: {kind}", {CASE: KINDS[kind](int(MIB * rng.choice([0.3, 0.4, 0.5, 1.0])))}
        elif number % LARGE_SHARE == 3:
            kind = records[turn % len(records)]
            yield f"record: {kind}", records_of.beside_a_case(records_of.KINDS[kind](int(MIB * rng.choice([0.3, 1.0]))))
        elif number % 2:
            place = evenly(number // 2, files // 2)
            yield f"hostile value {place}", {CASE: everywhere_file(place)}
        else:
            yield _random_file(number, rng)


def _random_file(number: int, rng: np.random.Generator) -> tuple[str, dict[str, bytes]]:
    chance = rng.random()
    if chance < 0.1:
        return f"record {number}", records_of.beside_a_case(records_of.spoilt_record(rng))
    if chance < 0.3:
        return f"hostile values {number}", {CASE: spoiled_twice(rng)}
    return f"mutation {number}", {CASE: mutated(rng)}


def run_files(files: int, seed: int) -> Figures:
    """Check that many hostile files in this process, and answer those that are valid and small."""
    figures = Figures(seed=seed)
    with tempfile.TemporaryDirectory() as name:
        for number, (kind, contents) in enumerate(hostile_files(files, seed)):
            folder = Path(name, str(number))
            folder.mkdir()
            for file, content in contents.items():
                (folder / file).write_bytes(content)
            path = folder / CASE if contents else PLACES[kind](folder)
            checked = trial(kind, "check", "--", path)
            figures.add(checked)
            is_small = bool(contents) and sum(map(len, contents.values())) < MIB // 64
            if checked.exit_code == 0 and is_small and number % 3 == 0:
                figures.add_answer(trial(kind, "sample", path, "--engine", "exact", "--json", "--draws", "100"))
    figures.peak_megabytes = round(peak_megabytes(), 1)
    return figures


def peak_megabytes() -> float:
    """Return the largest resident size of this program; getrusage would count what it was started from too."""
    status = Path("/proc/self/status")
    if status.exists():
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return float(fields["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(files: int, seed: int) -> Figures:
    """Do as `run_files` in a process of its own, so that its memory is that of the command alone."""
    command = [sys.executable, "-m", "hostile.figures", "--files", str(files), "--seed", str(seed)]
    done = subprocess.run(command, cwd=TESTS, capture_output=True, text=True, check=True)
    return Figures(**json.loads(done.stdout))


def run_processes(kinds: dict[str, Path | str]) -> dict[str, tuple[int, float, float, str]]:
    """Check each file in a process of its own: exit code, processor seconds, megabytes and errors, by kind."""
    results = {}
    for kind, path in kinds.items():
        with tempfile.TemporaryDirectory() as scratch, Path(scratch, "errors").open("wb+") as errors:
            peak = Path(scratch, "peak")
            process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(peak), "check", "--", path],
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env=os.environ | {"PYTHONPATH": str(TESTS)},
            )
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            errors.seek(0)
            told, megabytes = errors.read().decode(), float(peak.read_text())
        results[kind] = process.returncode, used.ru_utime + used.ru_stime, megabytes, told
    return results


PROGRAM = """
import atexit, sys
from pathlib import Path
from hostile.figures import peak_megabytes
from falseflag.cli import main
atexit.register(lambda: Path(sys.argv[1]).write_text(str(peak_megabytes())))
main(sys.argv[2:])
"""
"""The command, which writes down the memory that it took as it ends."""


def summed(parts: list[Figures]) -> Figures:
    """Put the figures of several runs together."""
    worst = max(parts, key=lambda part: part.slowest_seconds)
    codes: Counter[str] = Counter()
    for part in parts:
        codes.update(part.exit_codes)
    return Figures(
        files=sum(part.files for part in parts),
        seed=parts[0].seed,
        exit_codes=dict(codes),
        answered=sum(part.answered for part in parts),
        tracebacks=sum(part.tracebacks for part in parts),
        without_line=sum(part.without_line for part in parts),
        unprintable=sum(part.unprintable for part in parts),
        slowest_seconds=worst.slowest_seconds,
        slowest_kind=worst.slowest_kind,
        peak_megabytes=max(part.peak_megabytes for part in parts),
        bad=[line for part in parts for line in part.bad],
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(json.dumps(asdict(run_files(asked.files, asked.seed)), indent=2))  # noqa: T201
