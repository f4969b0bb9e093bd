"""How the page writes numbers and text of the case."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from falseflag.case.model import Case
from falseflag.explain.labels import Labels



def signed_db(db: float) -> str:
    """Write decibans with their sign.

    >>> [signed_db(x) for x in (3.14159, -0.04, -12.0)]
    ['+3.1', '0.0', '−12.0']
    """
    if not math.isfinite(db):
        return "?"
    rounded = round(db, 1)
    return f"{rounded:+.1f}".replace("-", "−") if rounded else "0.0"


def unbroken(text: str) -> str:
    """Keep a number and its per cent sign in one line."""
    return text.replace(" %", "\u00a0%")


def plural(count: int, noun: str) -> str:
    """Write a count with its noun, such as ``1 check`` or ``2 checks``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


class Isolator:
    """Sets apart, in the program's own sentences, the labels that a case put there, whichever way they are written."""

    def __init__(self, case: Case) -> None:
        labels = Labels(case)
        self._known = _alternatives(unbroken(text) for text in [
            *(labels.node(node.name) for node in case.nodes),
            *(f"“{labelled.label}”" for labelled in (*case.indicators.values(), *case.groups.values())),
            *(f"“{source.label}”" for source in case.sources.values()),
        ])  # fmt: skip

    def __call__(self, sentence: str) -> Markup:
        """Return a sentence as HTML, each label in an element of its own for direction."""
        sentence, out, end = unbroken(sentence), Markup(), 0
        for label in self._known.finditer(sentence):
            inner = Markup("<bdi>{}</bdi>").format(label[0][1:-1])
            out += escape(sentence[end : label.start()]) + "“" + inner + "”"
            end = label.end()
        return out + escape(sentence[end:])


def _alternatives(texts: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(set(texts), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)))
