"""The sections of the report, in its order."""

from __future__ import annotations

from trust import audit, calibration, coverage, faults, mutants

SECTIONS = (calibration.SECTION, mutants.SECTION, faults.SECTION, coverage.SECTION, audit.SECTION)
