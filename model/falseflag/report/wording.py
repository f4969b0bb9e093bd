"""How the page writes numbers and text of the case."""

from __future__ import annotations

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from falseflag.case.model import Case
from falseflag.distributions import Judgement
from falseflag.explain.sentences import Labels, chance

LONGEST_LABEL = 160
"""Characters of a label in sentences and cells."""

LONGEST_TEXT = 1200
"""Characters of a text from which it is put in a box of its own."""


def unbroken(text: str) -> str:
    """Keep a number and its per cent sign in one line."""
    return text.replace(" %", "\u00a0%")


def cut(label: str) -> str:
    """Return a label as it is used in sentences and cells; where it is defined it stands in full.

    >>> cut("W" * 10_000)[-3:], len(cut("W" * 10_000))
    ('WW…', 160)
    """
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1].rstrip() + "…"


def text(written: str) -> Markup:
    """Return what an author wrote, apart from what is around it; a very long text in a box that scrolls."""
    apart = Markup("<bdi>{}</bdi>").format(written)
    if len(written) <= LONGEST_TEXT:
        return apart
    return Markup('<span class="overlong" role="region" aria-label="Long text" tabindex="0">{}</span>').format(apart)


def mean(judgement: Judgement) -> str:
    """Write the mean of what a judgement stands for; of several values, one after the other."""
    found = judgement.distribution.mean
    if isinstance(found, tuple):
        return " / ".join(map(chance, found))
    return chance(found) if 0 <= found <= 1 else f"{found:.3g}"


class Isolator:
    """Sets apart, in the program's own sentences, the labels that a case put there, whichever way they are written."""

    def __init__(self, case: Case) -> None:
        labels = Labels(case)
        quoted = [labels.node(node.name) for node in case.nodes]
        quoted += [f"“{indicator.label}”" for indicator in case.indicators.values()]
        quoted += [f"“{group.label}”" for group in case.groups.values()]
        quoted += [f"“{source.label}”" for source in case.sources.values()]
        quoted += [f"“{proposition.label}”" for proposition in case.propositions.values()]
        for circumstance in case.circumstances.values():
            quoted.append(f"“{circumstance.label}”")
            for label in circumstance.values.values():
                quoted += [f"“{label}”", f"“{circumstance.label}: {label}”"]
        self._known = _alternatives(unbroken(label) for label in quoted)

    def __call__(self, sentence: str) -> Markup:
        """Return a sentence as HTML, each label in an element of its own for direction."""
        sentence, out, end = unbroken(sentence), Markup(), 0
        for label in self._known.finditer(sentence):
            inner = Markup("<bdi>{}</bdi>").format(cut(label[0][1:-1]))
            out += escape(sentence[end : label.start()]) + "“" + inner + "”"
            end = label.end()
        return out + escape(sentence[end:])


def _alternatives(texts: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(set(texts), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)))
