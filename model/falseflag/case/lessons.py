"""What a case learns from, read and checked, and brought into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from falseflag.case.chain import Lesson
from falseflag.case.learning import Teacher
from falseflag.case.links import LEARN
from falseflag.case.model import Case
from falseflag.case.schema import LearnEntry
from falseflag.ledger import Ledger, visible
from falseflag.record.fitted import FIT, Rates, read_fitted
from falseflag.record.model import Record
from falseflag.record.reader import record_of


@dataclass(frozen=True)
class Lessons:
    """A record, and the rates fitted to it where the case asks for them."""

    record: Record
    rates: Rates | None


def read_lessons(files: Sequence[Lesson], ledger: Ledger) -> Lessons | None:
    """Read the files that a case learns from; mistakes in them go into the ledger, and then there are no lessons."""
    if not files:
        return None
    first, *rest = files
    record = record_of(first.file.content, first.shown, ledger)
    if record is None:
        return None
    return Lessons(record, _rates(rest[0], record, ledger) if rest else None)


def _rates(file: Lesson, record: Record, ledger: Ledger) -> Rates | None:
    try:
        found = read_fitted(file.file.content)
        if found.is_of(record):
            return found.rates
        problem = "its rates were fitted to the record as it was before"
    except ValueError as error:
        problem = str(error)
    name, of = PurePath(file.file.name).name, PurePath(record.path).name
    message = f"{visible(name)} cannot be used: {problem}. {FIT.format(of)} anew"
    ledger.add(file.place, (LEARN, "model"), message)
    return None


def learned(case: Case, lessons: Lessons, entry: LearnEntry) -> Case:
    """Return the case with its linked statements learned as `entry` says."""
    return Teacher(lessons.record, entry.relevance, lessons.rates).taught(case, entry.why)
