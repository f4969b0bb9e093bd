"""The sections of the report, in its order."""

from __future__ import annotations

from trust import audit, coverage, faults

SECTIONS = (faults.SECTION, coverage.SECTION, audit.SECTION)
