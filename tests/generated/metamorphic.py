"""Ways to write a case otherwise without changing, or with a known change of, its answer."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

from generated.documents import Document, nodes_of

type Answers = dict[str, float]

OPPOSITE = {
    "almost no chance": "almost certain",
    "remote": "nearly certain",
    "very unlikely": "very likely",
    "highly improbable": "highly probable",
    "unlikely": "likely",
    "improbable": "probable",
    "roughly even chance": "roughly even chance",
    "roughly even odds": "roughly even odds",
}
OPPOSITE |= {likely: unlikely for unlikely, likely in OPPOSITE.items()}


def complemented(value: Any) -> Any:  # noqa: ANN401, PLR0911 (any form, and one return for each)
    """Return the elicited value of one minus the probability."""
    match value:
        case {"value": inner, **rest}:
            return {"value": complemented(inner), **rest}
        case {"alpha": a, "beta": b}:
            return {"alpha": b, "beta": a}
        case {"mean": mean, "strength": strength}:
            return {"mean": 1 - mean, "strength": strength}
        case {"count": count, "of": of}:
            return {"count": of - count, "of": of}
        case [low, high]:
            return [1 - high, 1 - low]
        case str():
            return OPPOSITE[value]
        case _:
            return 1 - value


def turned(document: Document) -> Document:
    """Say of every indicator the opposite: reported absent for present, with complemented likelihoods."""
    out = copy.deepcopy(document)
    opposite = {"present": "absent", "absent": "present", "unknown": "unknown"}
    for indicator in out["indicators"].values():
        indicator["observed"] = opposite[indicator["observed"]]
        indicator["likelihood"] = {node: complemented(value) for node, value in indicator["likelihood"].items()}
    return out


def reordered(document: Document) -> Document:
    """Turn every mapping round: siblings, indicators, statements, sections."""

    def back(part: Any) -> Any:  # noqa: ANN401 (any part of a document)
        return {key: back(value) for key, value in reversed(part.items())} if isinstance(part, dict) else part

    return dict(back(document))


def rescaled(document: Document, factor: float = 7.5) -> Document:
    """Multiply the weights of all siblings."""
    out = copy.deepcopy(document)

    def scale(tree: Document) -> None:
        for node in tree.values():
            weight = node.get("prior", 1)
            explained = isinstance(weight, dict)
            node["prior"] = weight | {"value": weight["value"] * factor} if explained else weight * factor
            scale(node.get("children", {}))

    scale(out["hypotheses"])
    return out


def spelt_out(document: Document) -> Document:
    """State for every leaf what it takes from a node above or from ``others``: θ is shared no more."""
    out = copy.deepcopy(document)
    leaves = leaves_of(document)
    for indicator in out["indicators"].values():
        stated = indicator["likelihood"]
        indicator["likelihood"] = {leaf: copy.deepcopy(stated[_taken(leaf, stated)]) for leaf in leaves}
    return out


def leaves_of(document: Document) -> list[str]:
    """Name the leaves."""
    nodes = list(nodes_of(document["hypotheses"]))
    return [node for node in nodes if not any(other.startswith(f"{node}.") for other in nodes)]


def _taken(leaf: str, stated: Document) -> str:
    name = leaf
    while name and name not in stated:
        name = name.rpartition(".")[0]
    return name or "others"


def with_unknown(document: Document) -> Document:
    """Add an indicator of which nothing is known."""
    out = copy.deepcopy(document)
    out["indicators"]["new"] = {"observed": "unknown", "likelihood": {"others": 0.01, leaves_of(out)[0]: 0.9}}
    return out


def renamed(document: Document) -> Document:
    """Give every node, indicator, source and group another name of the same length and order."""
    text = dict(zip("abcsig", "uvwxyz", strict=True))

    def name(old: str) -> str:
        return re.sub(r"(?<![a-z0-9_])([abcsig])(?=[0-9]+(\.|$))", lambda match: text[match[1]], old)

    def again(part: Any) -> Any:  # noqa: ANN401 (any part of a document)
        match part:
            case dict():
                return {name(key): again(value) for key, value in part.items()}
            case list():
                return [again(item) for item in part]
            case str():
                return name(part)
            case _:
                return part

    return dict(again(document))


def profile_of(document: Document) -> tuple[Document, Document]:
    """Take a case apart: one that is wrong in places, and a profile over it that puts them right."""
    base, top = copy.deepcopy(document), {"extends": "base.yaml", "title": document["title"]}
    top["prior_strength"], base["prior_strength"] = document["prior_strength"], 3
    base["title"] = "Another"
    for name, indicator in base["indicators"].items():
        section = top.setdefault("indicators", {})
        section[name] = {"observed": indicator["observed"], "likelihood": indicator["likelihood"] | {"others": None}}
        if "others" in indicator["likelihood"]:
            section[name]["likelihood"]["others"] = indicator["likelihood"]["others"]
        indicator["observed"] = "unknown"
        indicator["likelihood"] = {"others": {"alpha": 3, "beta": 4}}
    for name, node in base["hypotheses"].items():
        if "prior" in node:
            top.setdefault("hypotheses", {})[name] = {"prior": node["prior"]}
            node["prior"] = {"value": 2, "why": "Replaced."} if isinstance(node["prior"], dict) else 2
    return base, top


SAME: dict[str, Callable[[Document], Document]] = {
    "turned": turned,
    "reordered": reordered,
    "rescaled": rescaled,
    "spelt out": spelt_out,
    "with an unknown": with_unknown,
}
"""What leaves every probability as it is."""
