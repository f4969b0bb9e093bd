"""What holds between the parts of a case: names known, leaves covered, one link and one group at most.

The rules look at the nodes themselves and pass over whatever is malformed, so that they find their mistakes
beside those of the format.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import partial

from falseflag.case.links import check_links, is_linked
from falseflag.case.model import OTHERS
from falseflag.case.nodes import Entry, Node, Scalar, Sequence, entries, get, is_null, is_whole
from falseflag.case.nodes import Mapping as MappingNode
from falseflag.case.tree import Tree, branchings, is_known, meant, names, tree_of, uncovered
from falseflag.ledger import Ledger, Path, Place, listed, quoted, suggestion


def check_rules(root: Node, ledger: Ledger) -> None:
    """Put every broken rule between the parts of the case `root` into the ledger."""
    _check_branchings(root, ledger)
    for section in ("sources", "indicators", "dependence"):
        _check_reserved(get(root, section), (section,), ledger)
    tree = tree_of(get(root, "hypotheses"))
    if tree and is_known(get(root, "hypotheses")):
        _check_likelihoods(root, tree, ledger)
    check_links(root, ledger)
    _check_sources(root, ledger)
    _check_groups(root, ledger)


def _check_branchings(root: Node, ledger: Ledger) -> None:
    for place, path, node in branchings(root):
        _check_reserved(node, path, ledger)
        if len(node.entries) < 2 and node.whole:
            only = f"only {listed(node.entries)}" if node.entries else "none"
            ledger.add(place, path, f"Should hold two or more hypotheses but there is {only}")


def _check_reserved(node: Node | None, path: Path, ledger: Ledger) -> None:
    if entry := entries(node).get(OTHERS):
        message = f"The name '{OTHERS}' is reserved: in a likelihood it stands for all the rest"
        ledger.add(entry.place, (*path, OTHERS), message)


def _check_likelihoods(root: Node, tree: Tree, ledger: Ledger) -> None:
    known = {**dict.fromkeys(names(tree)), OTHERS: None}  # ordered, so that suggestions are the same in every run
    for name, likelihood in _stated(root):
        path = ("indicators", name, "likelihood")
        for key, statement in entries(likelihood.value).items():
            if key not in known and not is_null(statement.value):
                ledger.add(statement.place, (*path, key), partial(_unknown_hypothesis, key, known))
        if is_whole(likelihood.value) and not is_linked(root, name):
            _check_coverage(likelihood, tree, path, ledger)


def _stated(root: Node) -> Iterator[tuple[str, Entry]]:
    """Yield the likelihoods of indicators that have any."""
    for name, indicator in entries(get(root, "indicators")).items():
        likelihood = entries(indicator.value).get("likelihood")
        if likelihood is not None and isinstance(likelihood.value, MappingNode):
            yield name, likelihood


def _unknown_hypothesis(name: str, known: Collection[str]) -> str:
    return f"Unknown hypothesis {quoted(name)}.{meant(name, known)}"


def _check_coverage(likelihood: Entry, tree: Tree, path: Path, ledger: Ledger) -> None:
    stated = {key for key, entry in entries(likelihood.value).items() if not is_null(entry.value)}
    if OTHERS not in stated and next(uncovered(tree, stated), None) is not None:
        ledger.add(likelihood.place, path, lambda: _uncovered(tree, stated))


def _uncovered(tree: Tree, stated: set[str]) -> str:
    return f"Should cover every leaf but leaves out {listed(uncovered(tree, stated))}; '{OTHERS}' takes all the rest"


def _is_known(root: Node, section: str) -> bool:
    """Tell whether all the names in a section could be read."""
    here = get(root, section)
    return is_whole(root if here is None else here)


def _check_sources(root: Node, ledger: Ledger) -> None:
    if not _is_known(root, "sources"):
        return
    known = entries(get(root, "sources"))
    for name, indicator in entries(get(root, "indicators")).items():
        source = get(indicator.value, "source")
        if isinstance(source, Scalar) and not source.is_null and source.text not in known:
            _add_unknown(source, "source", known, ("indicators", name, "source"), ledger)


def _add_unknown(found: Scalar, what: str, known: Iterable[str], path: Path, ledger: Ledger) -> None:
    ledger.add(found.place, path, lambda: f"Unknown {what} {quoted(found.text)}.{suggestion(found.text, known)}")


def _check_groups(root: Node, ledger: Ledger) -> None:
    known = entries(get(root, "indicators"))
    first: dict[str, tuple[str, Place]] = {}
    for name, group in entries(get(root, "dependence")).items():
        members = entries(group.value).get("indicators")
        if members is None or not isinstance(members.value, Sequence):
            continue
        path = ("dependence", name, "indicators")
        if not members.value.items:
            ledger.add(members.place, path, "Should name one indicator or more but is empty")
        for index, member in enumerate(members.value.items):
            if not isinstance(member, Scalar) or member.is_null:
                continue
            if member.text in first:
                _add_repeated(member, first[member.text], name, (*path, index), ledger)
            elif member.text not in known and _is_known(root, "indicators"):
                _add_unknown(member, "indicator", known, (*path, index), ledger)
            first.setdefault(member.text, (name, member.place))


def _add_repeated(member: Scalar, before: tuple[str, Place], group: str, path: Path, ledger: Ledger) -> None:
    other, place = before
    where = f"{quoted(other)} on line {place.line}"
    ledger.add(
        member.place,
        path,
        f"{quoted(member.text)} stands in this group twice"
        if other == group
        else f"{quoted(member.text)} stands in {quoted(group)} and, already, in {where}: one group at most",
    )
