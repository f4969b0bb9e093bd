"""How much of the code the tests reach, branches counted."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

from trust.figures import KEPT, ROOT, Figure, Section

WANTED = 95.0


def coverage(quick: bool) -> Sequence[Figure]:  # noqa: FBT001  (what a section is asked)
    """Run the tests, the slow ones too, and count."""
    KEPT.mkdir(exist_ok=True)
    report = KEPT / "coverage.report.json"
    select = ["-m", "not slow"] if quick else ["-m", "slow or not slow"]
    program = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--cov", f"--cov-report=json:{report}", *select]
    result = subprocess.run(program, cwd=ROOT, check=False, capture_output=True, text=True)
    last = result.stdout.strip().splitlines()[-1].strip("= ") if result.stdout.strip() else result.stderr[-500:]
    failed = [line.split()[1] for line in result.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    totals = json.loads(report.read_text())["totals"]
    percent = float(totals["percent_covered"])
    branches = 100 * totals["covered_branches"] / totals["num_branches"]
    return [
        Figure("the test suite", "; ".join([last, *failed]), "no failure", result.returncode == 0),
        Figure("statements", f"{totals['num_statements']:,}"),
        Figure(
            "branches", f"{totals['num_branches']:,}, of which {totals['covered_branches']:,} taken: {branches:.1f} %"
        ),
        Figure("coverage, statements and branches", f"{percent:.1f} %", f"at least {WANTED:g} %", percent >= WANTED),
    ]


SECTION = Section(
    "coverage",
    "The tests, and what they reach",
    coverage,
    "All tests, the slow ones too, with branch coverage of the package, in subprocesses as well.",
)
