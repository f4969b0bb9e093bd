"""Everything as pandas tables: an answer, and what explains it."""

from falseflag.tables.answer import hypotheses_frame, indicators_frame, notebook_html
from falseflag.tables.explanations import comparison, prospects, replay, tipping, weights

__all__ = [
    "comparison",
    "hypotheses_frame",
    "indicators_frame",
    "notebook_html",
    "prospects",
    "replay",
    "tipping",
    "weights",
]
