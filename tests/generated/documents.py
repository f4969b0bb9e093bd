"""Hypothesis strategies for case files over the whole format, and their YAML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from hypothesis import strategies as st

from falseflag.scales import TERMS

type Document = dict[str, Any]

WHYS = st.sampled_from(["Because.", "no", "12:30", "a: b, #c", "\u202ex", "§ 12 “quoted”"])
DATES = st.sampled_from(["2023", "2023-05", "2023-05-03", "2023-05-03T02:27"])
GRADES = st.builds("{}{}".format, st.sampled_from("ABCDEF"), st.integers(1, 6))


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers of a few digits, as people write them."""
    return st.floats(low, high).map(lambda x: float(f"{x:.3g}")).filter(lambda x: low <= x <= high)


def explained(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Values bare, or with their reason."""
    return values | st.builds(lambda value, why: {"value": value, "why": why}, values, WHYS)


def interval(ends: list[float]) -> list[float]:
    """Order two ends and keep them apart."""
    low, high = sorted(ends)
    return [round(low, 3), round(max(high, low + 0.02), 3)]


def betas(low: float, high: float) -> st.SearchStrategy[Any]:
    """Every form of an uncertain value."""
    ends = st.lists(numbers(low, high - 0.03), min_size=2, max_size=2).map(interval)
    mean = st.builds(lambda m, s: {"mean": m, "strength": s}, numbers(0.05, 0.95), numbers(4, 60))
    shape = st.builds(lambda a, b: {"alpha": a, "beta": b}, numbers(0.5, 20), numbers(0.5, 20))
    count = st.integers(0, 25).flatmap(lambda n: st.integers(0, n).map(lambda k: {"count": k, "of": n}))
    return ends | mean | shape | count


LIKELIHOODS = explained(st.sampled_from(list(TERMS)) | betas(0.01, 0.99) | numbers(0.01, 0.99))
RELIABILITIES = explained(numbers(0.5, 1.0) | betas(0.5, 0.99) | st.just("very likely"))
CORRELATIONS = explained(
    numbers(0.0, 0.9)
    | st.lists(numbers(0.1, 0.7), min_size=2, max_size=2).map(interval)
    | st.builds(lambda m, s: {"mean": m, "strength": s}, numbers(0.2, 0.7), numbers(8, 40))
)
"""Within what the brute force's rules for ρ can do; nearer to 1 other tests go."""


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> Document:
    """Draw the children of one branching."""

    def node() -> Document:
        out: Document = {}
        if draw(st.booleans()):
            out["prior"] = draw(explained(numbers(0.1, 9)))
        if draw(st.integers(0, 4)) == 0:
            out |= {"label": draw(WHYS), "why": draw(WHYS)}
        if depth > 1 and draw(st.integers(0, 2)) == 0:
            out["children"] = draw(trees(depth - 1))
            if draw(st.booleans()):
                out["prior_strength"] = draw(explained(numbers(0.5, 40)))
        return out

    return {f"{'abc'[3 - depth]}{k}": node() for k in range(draw(st.integers(2, 3)))}


def nodes_of(tree: Document, above: str = "") -> Iterator[str]:
    """Yield the dotted path of every node."""
    for name, node in tree.items():
        yield above + name
        yield from nodes_of(node.get("children", {}), f"{above}{name}.")


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Draw a case file as plain Python."""
    tree = draw(trees())
    sources = {
        f"s{k}": draw(st.fixed_dictionaries({}, optional={"grade": GRADES, "reliability": RELIABILITIES, "why": WHYS}))
        for k in range(draw(st.integers(0, 2)))
    }
    names = [f"i{k}" for k in range(draw(st.integers(0, 6)))]
    document: Document = {
        "title": draw(WHYS),
        "prior_strength": draw(explained(numbers(0.5, 40))),
        "hypotheses": tree,
        "sources": sources,
        "indicators": {name: draw(_indicators(tree, list(sources))) for name in names},
        "dependence": draw(_groups(names)),
    }
    if draw(st.integers(0, 3)) == 0:
        document |= {"grades": {"B": draw(RELIABILITIES), "A/1": 0.97}, "date": draw(DATES), "notes": draw(WHYS)}
    return document


@st.composite
def _indicators(draw: st.DrawFn, tree: Document, sources: list[str]) -> Document:
    nodes = list(nodes_of(tree))
    places = draw(st.lists(st.sampled_from(nodes), unique=True, max_size=4))
    covers_by_others: bool = draw(st.booleans())
    rest = ["others"] if covers_by_others else [name for name in tree if name not in places]
    out: Document = {
        "observed": draw(st.sampled_from(["present", "present", "absent", "unknown"])),
        "likelihood": {place: draw(LIKELIHOODS) for place in [*places, *rest]},
    }
    has_source: bool = draw(st.booleans())
    if sources and has_source:
        out["source"] = draw(st.sampled_from(sources))
    optional = {"reliability": RELIABILITIES, "seen": DATES, "where": WHYS, "why": WHYS}
    return out | draw(st.fixed_dictionaries({}, optional=optional))


@st.composite
def _groups(draw: st.DrawFn, names: list[str]) -> Document:
    free = draw(st.permutations(names))
    sizes = draw(st.lists(st.integers(1, 3), max_size=2))
    groups = {}
    for g, size in enumerate(sizes):
        members, free = free[:size], free[size:]
        if members:
            groups[f"g{g}"] = {"indicators": members, "correlation": draw(CORRELATIONS)}
    return groups


def as_yaml(document: Document, *, flow: bool | None = None) -> str:
    """Write it, in block style (False), in flow style (True) or mixed."""
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, default_flow_style=flow))
