"""Reading and checking case files."""

from falseflag.case.loader import load, load_text
from falseflag.case.model import OTHERS, Case, Condition, Group, Hypothesis, Indicator, Source, SourceFile
from falseflag.case.schema import json_schema
from falseflag.case.starter import starter, write_starter

__all__ = [
    "OTHERS",
    "Case",
    "Condition",
    "Group",
    "Hypothesis",
    "Indicator",
    "Source",
    "SourceFile",
    "json_schema",
    "load",
    "load_text",
    "starter",
    "write_starter",
]
