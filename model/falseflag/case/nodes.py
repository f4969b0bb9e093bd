"""What a YAML file says, as text with the place of every key and value.

There can be very many of them: what has no parts is a named tuple, which is made three times faster than a
frozen dataclass.
"""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from typing import NamedTuple

from falseflag.ledger import Place

NULLS = frozenset({"", "~", "null"})


class Scalar(NamedTuple):
    """A text; YAML's own readings of it (numbers, dates, booleans) are not made."""

    place: Place
    text: str
    quoted: bool = False

    @property
    def is_null(self) -> bool:
        """Whether it is an unquoted ``null``, ``~`` or nothing."""
        return not self.quoted and self.text in NULLS


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    place: Place
    items: tuple[Node, ...]


class Entry(NamedTuple):
    """A key with its value; `place` is the key's."""

    place: Place
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Entries by key, in the file's order.

    Attributes
    ----------
    whole : bool
        False where entries could not be read, so that what seems missing may not be.
    """

    place: Place
    entries: AnyMapping[str, Entry] = field(default_factory=dict)
    whole: bool = True

    @property
    def is_unread(self) -> bool:
        """Whether nothing of it could be read; then it may have been meant to be anything."""
        return not self.whole and not self.entries


type Node = Scalar | Sequence | Mapping


class Plain(str):
    """A text written without quotes: where a number is wanted it may be one."""

    __slots__ = ()


type Data = str | list[Data] | dict[str, Data] | None


def is_null(node: Node | None) -> bool:
    """Tell whether nothing is written there."""
    return node is None or (isinstance(node, Scalar) and node.is_null)


def get(node: Node | None, key: str) -> Node | None:
    """Return the value of `key`, or None where there is no such key, or no mapping."""
    entry = node.entries.get(key) if isinstance(node, Mapping) else None
    return entry.value if entry else None


def in_part(node: Node) -> Node:
    """Return a node to which more may belong, at every depth, than could be read."""
    if not isinstance(node, Mapping):
        return node
    below = {key: entry._replace(value=in_part(entry.value)) for key, entry in node.entries.items()}
    return Mapping(node.place, below, whole=False)


def is_whole(node: Node | None) -> bool:
    """Tell whether everything that is written there could be read."""
    return not isinstance(node, Mapping) or node.whole


def entries(node: Node | None) -> AnyMapping[str, Entry]:
    """Return the entries of a mapping, and none for anything else."""
    return node.entries if isinstance(node, Mapping) else {}


def to_data(node: Node) -> Data:
    """Return plain Python: dicts, lists, None for null, `Plain` for an unquoted text, else str."""
    match node:
        case Scalar():
            return None if node.is_null else node.text if node.quoted else Plain(node.text)
        case Sequence():
            return [to_data(item) for item in node.items]
        case Mapping():
            return {key: to_data(entry.value) for key, entry in node.entries.items()}


def node_at(root: Node, path: tuple[str | int, ...]) -> Node | None:
    """Return what `path` leads to, or None where it leads nowhere."""
    node: Node | None = root
    for part in path:
        if isinstance(node, Sequence):
            node = node.items[part] if isinstance(part, int) and part < len(node.items) else None
        else:
            node = get(node, str(part))
    return node


def place_of(root: Node, path: tuple[str | int, ...]) -> Place:
    """Return the place of what `path` leads to: the key's for a list, a mapping or a null, else the value's.

    Where the path leads nowhere, the place is that of the last thing on it.
    """
    node, place = root, root.place
    for part in path:
        entry = node.entries.get(str(part)) if isinstance(node, Mapping) else None
        if entry:
            node, place = entry.value, entry.place
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            place = node.place
        else:
            return place
    return node.place if isinstance(node, Scalar) and not node.is_null else place


def key_place(root: Node, path: tuple[str | int, ...]) -> Place:
    """Return the place of the key that ends `path`; where there is none, as `place_of`."""
    entry = entries(node_at(root, path[:-1])).get(str(path[-1])) if path else None
    return entry.place if entry else place_of(root, path)
