"""The hypothesis tree as it stands in the file, for rules that are checked even where other parts are malformed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import islice

from falseflag.case.nodes import Mapping as MappingNode
from falseflag.case.nodes import Node, entries, get, is_whole
from falseflag.ledger import CANDIDATES, Path, Place, did_you_mean, nearest

type Tree = Mapping[str, Tree]
"""Hypotheses by dotted path, each with those below it."""


def tree_of(node: Node | None, above: str = "") -> Tree:
    """Return the tree of a mapping of hypotheses."""
    return {
        above + key: tree_of(get(entry.value, "children"), f"{above}{key}.") for key, entry in entries(node).items()
    }


def is_known(node: Node | None) -> bool:
    """Tell whether all the hypotheses of a mapping, and all those below them, could be read."""
    return is_whole(node) and all(
        is_whole(entry.value) and is_known(get(entry.value, "children")) for entry in entries(node).values()
    )


def branchings(root: Node) -> Iterator[tuple[Place, Path, MappingNode]]:
    """Yield every mapping of hypotheses, with the place of its key and the path to it."""
    top = entries(root).get("hypotheses")
    pending: list[tuple[Place, Path, Node]] = [(top.place, ("hypotheses",), top.value)] if top else []
    while pending:
        place, path, node = pending.pop()
        if isinstance(node, MappingNode):
            yield place, path, node
            pending += [
                (below.place, (*path, key, "children"), below.value)
                for key, entry in node.entries.items()
                if (below := entries(entry.value).get("children"))
            ]


def names(tree: Tree) -> Iterator[str]:
    """Yield the dotted paths of all hypotheses."""
    for name, below in tree.items():
        yield name
        yield from names(below)


def uncovered(tree: Tree, stated: Collection[str]) -> Iterator[str]:
    """Yield the leaves of which neither they nor what they stand under is among `stated`."""
    for name, below in tree.items():
        if name not in stated:
            yield from uncovered(below, stated) if below else iter([name])


def meant(word: str, known: Collection[str]) -> str:
    """Suggest the hypothesis that `word` may mean: one of that last part, one of like name, one of like last part."""
    by_last = {name.rpartition(".")[2]: name for name in islice(known, CANDIDATES)}
    last = word.lower().rpartition(".")[2]
    return did_you_mean(by_last.get(last) or nearest(word, known) or by_last.get(nearest(last, by_last), ""))
