"""The rules of ``like`` and ``unlike``: one of them at most, and what an indicator without them must state."""

from __future__ import annotations

from falseflag.case.nodes import Mapping, Node, entries, get, is_null, is_whole, place_of
from falseflag.ledger import Ledger

LEARN = "learn"
LINKS = ("like", "unlike")


def is_linked(root: Node, indicator: str) -> bool:
    """Tell whether an indicator of the case `root` learns, so that it may leave leaves uncovered."""
    learns = not is_null(get(root, LEARN)) or not is_whole(root)
    return learns and bool(_links(get(get(root, "indicators"), indicator)))


def check_links(root: Node, ledger: Ledger) -> None:
    """Put every broken rule on links, and every likelihood that is missing, into the ledger."""
    for name, indicator in entries(get(root, "indicators")).items():
        if not isinstance(indicator.value, Mapping):
            continue
        links = _links(indicator.value)
        if len(links) > 1:
            message = "An indicator is like one of the record or unlike one, not both"
            ledger.add(entries(indicator.value)["unlike"].place, ("indicators", name, "unlike"), message)
        missing = is_null(get(indicator.value, "likelihood")) and indicator.value.whole
        if missing and not is_linked(root, name):
            path = ("indicators", name, "likelihood")
            only = "; only in a case with 'learn' can a link stand in for it" if links else ""
            ledger.add(place_of(root, path), path, f"Required, but missing{only}")


def _links(indicator: Node | None) -> list[str]:
    return [key for key in LINKS if not is_null(get(indicator, key))]
