"""Words the mistakes that the format finds, and finds their places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from pydantic import ValidationError

from falseflag.case.elicited import TAG
from falseflag.case.nodes import Mapping as MappingNode
from falseflag.case.nodes import Node, entries, is_whole, key_place, node_at, place_of
from falseflag.case.schema import record_at
from falseflag.case.values import kind
from falseflag.ledger import Ledger, Message, Path, quoted, suggestion

_KEY = "[key]"


def report(error: ValidationError, root: Node, ledger: Ledger) -> None:
    """Put the mistakes of `error` into the ledger.

    Parameters
    ----------
    error : ValidationError
        What the format finds wrong with the data of `root`.
    root : Node
        The case, to find places in.
    ledger : Ledger
        Takes the mistakes. What is missing or empty where parts could not be read is none.
    """
    for found in error.errors(include_url=False):
        loc = tuple(part for part in found["loc"] if isinstance(part, int) or part[:1] != TAG)
        path = loc[:-1] if loc and loc[-1] == _KEY and len(loc) > 1 else loc
        if _is_unread(found, root, path):
            continue
        of_key = path != loc or found["type"] == "extra_forbidden"
        place = key_place(root, path) if of_key else place_of(root, path)
        ledger.add(place, path, _message(found, root, path))


def _is_unread(found: Mapping[str, Any], root: Node, path: Path) -> bool:
    """Tell whether a mistake is there only because something could not be read, of which something else tells."""
    here = node_at(root, path)
    if isinstance(here, MappingNode) and here.is_unread:
        return True
    may_be_more = not is_whole(node_at(root, path[:-1]))
    return may_be_more and bool(path) and (found["type"] == "missing" or found["input"] is None)


def _message(found: Mapping[str, Any], root: Node, path: Path) -> Message:
    match found["type"]:
        case "rule":
            message = found["ctx"]["message"]
            return partial(_or_empty, found["input"], root, path, message)
        case "missing":
            return "Required, but missing"
        case "extra_forbidden":
            return partial(_unknown_key, root, path)
        case "list_type":
            return f"Should be a list but got {kind(found['input'])}"
        case "dict_type" | "model_type" | "model_attributes_type":
            return partial(_or_empty, found["input"], root, path, f"Should be a mapping but got {kind(found['input'])}")
        case _:
            return str(found["msg"])


def _or_empty(found: object, root: Node, path: Path, message: str | Callable[[], str]) -> str:
    if found is not None:
        return message if isinstance(message, str) else message()
    *above, last = path
    siblings = [key for key in entries(node_at(root, tuple(above))) if key != last]
    near = suggestion(str(last), siblings)
    return f"Empty: there is nothing of this name to remove{'.' + near if near else ', and a value is needed'}"


def _unknown_key(root: Node, path: Path) -> str:
    *above, key = path
    keys = tuple(entries(node_at(root, tuple(above))))
    known = record_at(tuple(str(part) for part in above), keys).keys()
    return f"Unknown key {quoted(str(key))}.{suggestion(str(key), known)}"
