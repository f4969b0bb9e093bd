"""How things are called and numbers are said in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from falseflag.case.model import Case
from falseflag.case.places import parts_of
from falseflag.record.codebook import ANY_CLASS


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of a case's hypotheses, indicators, groups and sources."""

    case: Case

    def node(self, name: str) -> str:
        """Return the labels on the path to a node: “Ukraine: to send a message”."""
        labels = {node.name: node.label for node in self.case.nodes}
        parts = name.split(".")
        path = (".".join(parts[: n + 1]) for n in range(len(parts)))
        return "“" + ": ".join(labels[place] for place in path) + "”"

    def place(self, name: str) -> str:
        """Return the label of where a likelihood statement is made: a node, or all others; maybe of one class."""
        node, author_class = parts_of(name)
        label = self.node(node) if node in {known.name for known in self.case.nodes} else "all others"
        return label + of_class(author_class)

    def factor(self, name: str, *, is_group: bool) -> str:
        """Return the label of an indicator, or of a group."""
        return self.group(name) if is_group else self.indicator(name)

    def indicator(self, name: str) -> str:
        """Return the label of an indicator."""
        return f"“{self.case.indicators[name].label}”"

    def group(self, name: str) -> str:
        """Return the label of a dependence group."""
        return f"the group “{self.case.groups[name].label}”"

    def source(self, name: str) -> str:
        """Return the label of a source."""
        return f"“{self.case.sources[name].label}”"


def dotted(what: Sequence[str]) -> str:
    """Return the keys that lead to a judgement, joined by dots."""
    node, author_class = parts_of(what[-1])
    return ".".join((*what[:-1], node)) + of_class(author_class)


def of_class(author_class: str) -> str:
    """Say which class of author a statement is for, where it is not for all."""
    return f" (as {spoken_class(author_class)})" if author_class else ""


def spoken_class(author_class: str) -> str:
    """Return the name of a class of author as it is said."""
    if author_class == ANY_CLASS:
        return "any author"
    return author_class.replace("_", " ").replace("+", " or ")


def percent(probability: float) -> str:
    """Say a probability in whole percent; what would round to 0 or 100 is said to be beyond 1 or 99."""
    if probability < 0.005:
        return "below 1 %"
    if probability >= 0.995:
        return "above 99 %"
    return f"{100 * probability:.0f} %"


def chance(value: float) -> str:
    """Say a likelihood so that a small one, or one near 1, keeps two significant digits."""
    if 0.1 <= value <= 0.9:
        return f"{value:.2f}"
    if value < 0.1:
        return f"{value:.2g}"
    digits = f"{1 - value:.1e}"
    return f"{value:.{1 + max(1, -int(digits.split('e')[1]))}f}"


def times(factor: float) -> str:
    """Say a factor."""
    if factor >= 1000:
        return "over a thousand"
    return f"{factor:.1f}" if factor < 10 else f"{factor:.0f}"


def listed(parts: Sequence[str]) -> str:
    """Join parts as in a sentence: a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def capitalised(sentence: str) -> str:
    """Begin with a capital; what stands in quotation marks stays as it was written."""
    return sentence[:1].upper() + sentence[1:]
