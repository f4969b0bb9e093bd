"""Writes ``reports/trust.md`` from what the sections measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence

from falseflag.provenance import NUTS_PACKAGES, versions_of
from trust.figures import ROOT, Figure, Measured, Section, code

REPORT = ROOT / "reports" / "trust.md"


def write_report(sections: Sequence[Section]) -> None:
    """Write the report of all sections that were measured, and say which were not."""
    found = [(section, Measured.read(section.name)) for section in sections]
    lines = [*_head(found)]
    for section, measured in found:
        lines += ["", f"## {section.title}", "", section.about, "", *_body(measured)]
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _head(found: Sequence[tuple[Section, Measured | None]]) -> list[str]:
    figures = [figure for _, measured in found if measured for figure in measured.figures]
    short = [figure.what.lstrip("… ") for figure in figures if figure.met is False]
    verdict = f"**Short of what is wanted: {'; '.join(short)}.**" if short else "Every figure is what is wanted of it."
    notes = [f" {what}: {'; '.join(titles)}." for what, titles in _reservations(found).items() if titles]
    versions = ", ".join(f"{name} {version}" for name, version in versions_of(NUTS_PACKAGES).items())
    return [
        "# What was measured of falseflag's guarantees",
        "",
        "Written by `make trust`, not by hand.",
        "",
        verdict + "".join(notes),
        "",
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores; {versions}.",
    ]


def _reservations(found: Sequence[tuple[Section, Measured | None]]) -> dict[str, list[str]]:
    """List what keeps the figures from being all that they should be of the code as it is."""
    held = [(section.title, measured) for section, measured in found if measured is not None]
    now = code()
    return {
        "Not measured yet": [section.title for section, measured in found if measured is None],
        "Could not be asked here": [
            figure.what.lstrip("… ")
            for _, measured in held
            for figure in measured.figures
            if figure.wanted and figure.met is None
        ],
        "Measured with smaller numbers than the guarantees name": [title for title, one in held if one.quick],
        f"Measured on other code than that of {now}": [
            f"{title} ({one.code})" for title, one in held if one.code != now
        ],
    }


def _body(measured: Measured | None) -> list[str]:
    if measured is None:
        return ["*Not measured.*"]
    rows = [f"| {f.what} | {f.value} | {f.wanted} | {_mark(f)} |" for f in measured.figures]
    took = f"{measured.seconds / 60:.0f} min" if measured.seconds > 90 else f"{measured.seconds:.0f} s"
    quick = "; a quick run, with smaller numbers than those of the guarantees" if measured.quick else ""
    return ["| what | figure | wanted | |", "|---|---|---|---|", *rows, "", f"Took {took}, at {measured.code}{quick}."]


def _mark(figure: Figure) -> str:
    return "" if figure.met is None else "met" if figure.met else "**short**"
