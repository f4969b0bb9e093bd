"""The sections of the report, in its order."""

from __future__ import annotations

from trust import answers, audit, calibration, coverage, faults, hostile, mutants

SECTIONS = (
    answers.SECTION,
    calibration.EXACT,
    calibration.NUTS,
    mutants.SECTION,
    hostile.SECTION,
    faults.SECTION,
    coverage.SECTION,
    audit.SECTION,
)
