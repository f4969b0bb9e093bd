"""Reading and checking case files."""

from falseflag.case.loader import load, load_text
from falseflag.case.model import OTHERS, Case, Group, Hypothesis, Indicator, Source, SourceFile

__all__ = ["OTHERS", "Case", "Group", "Hypothesis", "Indicator", "Source", "SourceFile", "load", "load_text"]
