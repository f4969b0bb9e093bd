"""The record: contested attacks whose author was established later, one row an incident."""

from falseflag.record.codebook import CLASSES, GRADE_WEIGHTS, INDICATORS
from falseflag.record.model import Incident, Record
from falseflag.record.reader import read_record

__all__ = ["CLASSES", "GRADE_WEIGHTS", "INDICATORS", "Incident", "Record", "read_record"]
