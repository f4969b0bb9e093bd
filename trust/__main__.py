"""Measure the guarantees: ``python -m trust [--quick] [--again] [SECTION …]``; all of them by default.

What a section measured is kept, so that an interrupted measurement goes on where it stopped; `--again` measures anew.
"""

from __future__ import annotations

import argparse
import signal
import sys

from trust.figures import ROOT

sys.path.insert(0, str(ROOT / "tests"))  # the machinery is that of the tests

from trust.figures import Measured, code, measure
from trust.report import REPORT, write_report
from trust.sections import SECTIONS


def main() -> int:
    """Measure what was asked for and is not there yet, and write the report."""
    parser = argparse.ArgumentParser(prog="trust", description="Measure the guarantees, write reports/trust.md.")
    parser.add_argument("section", nargs="*", help=", ".join(section.name for section in SECTIONS))
    parser.add_argument("--quick", action="store_true", help="smaller numbers")
    parser.add_argument("--again", action="store_true", help="also what was measured on this code already")
    parser.add_argument("--report", action="store_true", help="measure nothing, write the report of what was measured")
    asked = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background, and by all that is started
    if unknown := set(asked.section) - {section.name for section in SECTIONS}:
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    failed = False
    for section in SECTIONS:
        if asked.report or (asked.section and section.name not in asked.section):
            continue
        kept = Measured.read(section.name)
        if kept is None or asked.again or kept.code != code() or kept.quick > asked.quick:
            print(f"{section.title} …", flush=True)  # noqa: T201
            kept = measure(section, quick=asked.quick)
            print(f"  {kept.seconds:.0f} s", flush=True)  # noqa: T201
        failed |= any(figure.met is False for figure in kept.figures)
    write_report(SECTIONS)
    print(f"{REPORT.relative_to(ROOT)} is written")  # noqa: T201
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
