"""Measure everything side by side and write the report.

make bench                                     writes reports/benchmarks.md
make bench BENCH="--quick --out /tmp/look.md"  a short look
make bench BENCH="--main-job"                  prints that section alone
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import main_job
import material
import whole_process
from page import aims_table, conditions, table

ROUNDS, QUICK_ROUNDS = 5, 2

INTRODUCTION = """\
# Benchmarks

A case of 18 indicators and 6 hypotheses, with reports that are right nine times in ten. Everything here was measured in
one run, in turn (A B A B), so ratios say more than seconds. The textbook script is `benchmarks/rivals/textbook.py`;
pgmpy and pyAgrum answer the case with each likelihood a point, and were held to falseflag's answer within 1e-9.
"""


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, small sizes")
    parser.add_argument("--out", type=Path, default=Path("reports/benchmarks.md"))
    parser.add_argument("--main-job", action="store_true", help="print the section about the main job alone")
    asked = parser.parse_args()
    rounds = QUICK_ROUNDS if asked.quick else ROUNDS
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder)
        material.write(made, material.numbers())
        if asked.main_job:
            print(main_job_alone(made, rounds, cold=not asked.quick))  # noqa: T201
            return
        text = report(made, rounds, asked.out, quick=asked.quick)
    asked.out.write_text(text, encoding="utf-8")


def main_job_alone(made: Path, rounds: int, *, cold: bool) -> str:
    """Measure the main job, and put its section together."""
    jobs = main_job.measure(made, rounds, cold=cold)
    parts = (
        conditions("make bench BENCH=--main-job", rounds),
        aims_table(main_job.aims(jobs)),
        table(main_job.HEAD, main_job.rows(jobs)),
    )
    return "\n\n".join(parts)


def report(made: Path, rounds: int, out: Path, *, quick: bool) -> str:
    """Measure each concern and put the page together; the picture is written beside it."""
    programs = whole_process.measure(made, rounds, cold=not quick)
    jobs = main_job.measure(made, QUICK_ROUNDS if quick else 3, cold=not quick)
    # Only now: a program's peak memory, as the system counts it, is at least what its parent had when it began.
    import efficiency  # noqa: PLC0415
    import explanations  # noqa: PLC0415
    import growth  # noqa: PLC0415
    import growth_picture  # noqa: PLC0415
    import in_process  # noqa: PLC0415
    import sweeping  # noqa: PLC0415

    work = in_process.measure(made, rounds)
    drawn = efficiency.measure(made, rounds)
    swept = sweeping.measure(QUICK_ROUNDS if quick else 3)
    grown = growth.measure(quick=quick)
    picture = out.with_name(f"{out.stem}_growth.png")
    growth_picture.draw(grown, picture)
    textbook = [taken.wall for taken in programs["textbook PyMC"]]
    aims = [
        *main_job.aims(jobs),
        *whole_process.aims(programs),
        *in_process.aims(work, textbook),
        *efficiency.aims(drawn),
        *sweeping.aims(swept),
    ]
    command = f"make bench{' BENCH=--quick' if quick else ''}"
    return "\n".join(
        [
            INTRODUCTION,
            conditions(command, rounds),
            "\n## Aims\n",
            aims_table(aims),
            "## The main job: the default case\n",
            table(main_job.HEAD, main_job.rows(jobs)),
            "## Whole programs\n",
            table(["program", "seconds", "seconds of computing", "peak MB"], whole_process.rows(programs)),
            "## In one process\n",
            table(["work", "milliseconds", "lowest to highest"], in_process.rows(work)),
            "## Effective draws of the leading hypothesis's probability\n",
            table(["drawn by", "effective draws a second of sampling", "for each draw"], efficiency.rows(drawn)),
            efficiency.told(drawn),
            "## Sweeps\n",
            sweeping.told(swept),
            "## Growth\n",
            f"![Cost against size]({picture.name})\n",
            table(["kind", "power of the work: time", "memory", "one evaluation"], growth.powers(grown)),
            table(
                ["size", "seconds", "MB", "peak MB", "compiling, s", "evaluation, µs", "steps a draw"],
                growth.rows(grown),
            ),
            "## Explanations of a large case\n",
            table(["command", "seconds", "exact answers"], explanations.rows()),
        ]
    )


if __name__ == "__main__":
    main()
