"""Coverage-guided fuzzing of the loader with atheris: ``make fuzz``.

``python -m fuzz.loader --seconds 600`` from the folder of the tests starts from every case file of the tests and from
`CORPUS`, and ends with the figures as JSON. An input that raises, that is not answered, or that takes longer than
`SECONDS` ends it at once, and is left in the folder that `--found` names. ``--keep FOLDER`` keeps every new
input, and ``--minimise FOLDER`` then adds to `CORPUS` a few of them that together reach what all do.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from hostile.values import ALL

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
SEEDS = (HERE.parent / "case" / "positive", HERE.parent / "case" / "negative")
SECONDS, LONGEST = 2, 4096
MEGABYTES = 4096
"""Of the fuzzer itself, whose own tables grow with what it has tried; `target` bounds what one input takes."""

DONE = re.compile(r"Done ([0-9]+) runs in ([0-9]+) second")
COVERED = re.compile(r"cov: ([0-9]+) ft: ([0-9]+)")


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What a time of fuzzing came to.

    Parameters
    ----------
    runs, seconds : int
    branches : int
        Edges of the loader's code that were reached.
    findings : int
        Inputs that broke a promise: 0, or the 1 that ended it.
    """

    runs: int
    seconds: int
    branches: int
    findings: int


def fuzz(seconds: int, found: Path, corpora: list[Path], *options: str) -> tuple[Fuzzed, str]:
    """Fuzz for a time in a process of its own; new inputs go to the first of `corpora`."""
    with tempfile.TemporaryDirectory() as name:
        words = Path(name, "words")
        words.write_text("".join(f'"{_escaped(word)}"\n' for word in ALL if word and len(word) < 60))
        program = Path(name, "program")  # libFuzzer starts itself again to merge, by the name that it was started by
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m fuzz.target "$0" "$@"\n')
        program.chmod(0o700)
        command = [str(program), f"-max_total_time={seconds}", f"-timeout={SECONDS}"]
        command += [f"-rss_limit_mb={MEGABYTES}", f"-max_len={LONGEST}", f"-dict={words}", f"-artifact_prefix={found}/"]
        done = subprocess.run(
            [*command, *options, *map(str, corpora)], cwd=HERE.parent, capture_output=True, text=True, check=False
        )
    ran, covered = DONE.search(done.stderr), COVERED.findall(done.stderr)
    figures = Fuzzed(
        runs=int(ran[1]) if ran else 0,
        seconds=int(ran[2]) if ran else 0,
        branches=max((int(branches) for branches, _ in covered), default=0),
        findings=int(done.returncode != 0),
    )
    return figures, done.stdout + done.stderr


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word.encode(errors="surrogatepass"))


def fuzz_for(seconds: int, found: Path, *options: str) -> Fuzzed:
    """Fuzz from all that is kept, and show what broke."""
    with tempfile.TemporaryDirectory() as fresh:
        figures, log = fuzz(seconds, found, [Path(fresh), CORPUS, *SEEDS], *options)
    if figures.findings:
        print(log, file=sys.stderr)  # noqa: T201
    return figures


def minimise(inputs: Path) -> str:
    """Add to `CORPUS` a few of `inputs` that together reach what it does not, and return the log."""
    return fuzz(0, CORPUS, [CORPUS, inputs, *SEEDS], "-set_cover_merge=1")[1]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--found", type=Path, default=Path.cwd(), help="Folder for what breaks it.")
    parser.add_argument("--keep", type=Path, help="Folder that every new input is kept in.")
    parser.add_argument("--minimise", type=Path, help="Folder of inputs of which a few are added to the corpus.")
    asked = parser.parse_args()
    if asked.minimise:
        print(minimise(asked.minimise))  # noqa: T201
    elif asked.keep:
        print(fuzz(asked.seconds, asked.found, [asked.keep, CORPUS, *SEEDS])[1])  # noqa: T201
    else:
        figures = fuzz_for(asked.seconds, asked.found)
        print(json.dumps(asdict(figures)))  # noqa: T201
        sys.exit(figures.findings)
