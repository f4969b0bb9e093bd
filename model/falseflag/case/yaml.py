"""Reads YAML as text with the place of every key and value: one document, no tags, no merging, every size bounded.

There can be very many nodes: what has no parts is a named tuple, which is made three times faster than a frozen
dataclass.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import yaml

from falseflag.diagnostics import Diagnostics, Path, Place, quoted, visible
from falseflag.reading import FORBIDDEN, forbidden_message

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


def no_break_space(text: str) -> str:
    """Return a sentence on a no-break space in a text, or nothing."""
    name = next((name for space, name in NO_BREAK_SPACES.items() if space in text), "")
    return f". It holds a no-break space ({name}), often pasted: write an ordinary space" if name else ""


def is_null(node: Node | None) -> bool:
    """Return whether nothing is written there."""
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
    """Return whether everything that is written there could be read."""
    return not isinstance(node, Mapping) or node.whole


def entries(node: Node | None) -> AnyMapping[str, Entry]:
    """Return the entries of a mapping, and none for anything else."""
    return node.entries if isinstance(node, Mapping) else {}


class Spot(NamedTuple):
    """A node with the keys that lead to it, the place of the last of them, and the mapping or list that it is in."""

    node: Node
    key: Place
    path: Path = ()
    parent: Node | None = None

    @property
    def place(self) -> Place:
        """Where an error in it is reported: at the key of a list, a mapping or a null, else at the value."""
        return self.node.place if isinstance(self.node, Scalar) and not self.node.is_null else self.key

    @property
    def is_unread(self) -> bool:
        """Whether it is as it is only because something could not be read, which is reported already."""
        if isinstance(self.node, Mapping) and self.node.is_unread:
            return True
        return is_null(self.node) and not is_whole(self.parent)

    def below(self) -> Iterator[tuple[str, Spot]]:
        """Yield the entries of a mapping."""
        for key, entry in entries(self.node).items():
            yield key, Spot(entry.value, entry.place, (*self.path, key), self.node)

    def at(self, key: str) -> Spot | None:
        """Return the value of a key of a mapping, None where it has none."""
        entry = entries(self.node).get(key)
        return Spot(entry.value, entry.place, (*self.path, key), self.node) if entry else None

    def follow(self, *keys: str) -> Spot | None:
        """Return what several keys lead to, None where they lead nowhere."""
        spot: Spot | None = self
        for key in keys:
            spot = spot.at(key) if spot else None
        return spot

    def items(self) -> Iterator[Spot]:
        """Yield the items of a list."""
        if isinstance(self.node, Sequence):
            for index, item in enumerate(self.node.items):
                yield Spot(item, item.place, (*self.path, index), self.node)


MAX_DEPTH = 64
MAX_NODES = 60_000
"""Keys and values of a case in all its files, aliases written out."""
MAX_NOTED = 2000
"""Errors in YAML from which on a file is not read further."""

NO_BREAK_SPACES = {"\u00a0": "U+00A0", "\u202f": "U+202F", "\u2007": "U+2007"}
TEXT_KEYS = frozenset({"why", "label", "title", "question", "where", "notes"})
_DIGITS = re.compile(r"[+-]?[0-9]+")
_COMMENT = re.compile(r" (?<=\S )(#[^\s#].*)")


@dataclass(slots=True)
class Budget:
    """What is left of `MAX_NODES`, for all files of a case together."""

    left: int = MAX_NODES


class StopError(Exception):
    """Reading cannot go on; what is wrong is in the diagnostics."""


class _Sized(NamedTuple):
    """A node with the number of nodes in it and the depth of its nesting, aliases written out."""

    node: Node
    size: int
    height: int


class Composer:
    """Builds the node of one document from its events."""

    def __init__(self, text: str, file: str, diagnostics: Diagnostics, budget: Budget) -> None:
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=_LOADER)
        self._comments = _comments_after_text(text)
        self._file = file
        self._diagnostics = diagnostics
        self._budget = budget
        self._anchors: dict[str, _Sized | None] = {}  # None: not closed yet
        self._path: list[str | int] = []
        self._deepest = 0  # longest path so far, within the innermost node that has an anchor
        self._noted = 0
        self._anchored_keys: list[tuple[str, Place, Path]] = []
        self._used: set[str] = set()

    def document(self) -> Node:
        """Read the one document."""
        next(self._events)  # the stream's start
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            self._stop(event, "The file is empty: a case has a title, hypotheses and indicators")
        node = self._node(next(self._events))
        next(self._events)  # the document's end
        event = next(self._events)
        if not isinstance(event, yaml.StreamEndEvent):
            self._note(event, "A case file should hold one YAML document, but here begins another")
        for anchor, place, path in self._anchored_keys:
            if anchor not in self._used:
                text = f"A key that begins with '&': YAML takes '&{visible(anchor)}' for an anchor and drops it"
                self._diagnostics.add(place, path, f"{text}. A condition begins with its first part, as in 'a & b=c'")
        return node

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        return Place(self._file, mark.line + 1, mark.column + 1) if mark else Place(self._file, 1, 1)

    def _note(self, event: yaml.Event, message: str) -> None:
        self._diagnostics.add(self._place(event), tuple(self._path), message)
        self._noted += 1
        if self._noted == MAX_NOTED:
            self._diagnostics.complete = False
            raise StopError

    def _stop(self, event: yaml.Event, message: str) -> None:
        self._note(event, message)
        raise StopError

    def _spend(self, event: yaml.Event, size: int, height: int) -> None:
        self._budget.left -= size
        if self._budget.left < 0:
            self._stop(event, f"A case should have at most {MAX_NODES:,} keys and values, aliases written out")
        if len(self._path) + height > MAX_DEPTH:
            self._stop(event, f"A case should be nested at most {MAX_DEPTH} deep, aliases written out")

    def _node(self, event: yaml.Event) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        self._spend(event, 1, 0)
        tag, anchor = getattr(event, "tag", None), getattr(event, "anchor", None)
        if tag is not None:
            self._note(event, f"YAML tags such as {visible(tag)} have no use in a case file")
        return self._anchored(event, anchor) if anchor else self._untagged(event)

    def _anchored(self, event: yaml.Event, anchor: str) -> Node:
        """Read a node that may be repeated: what it spends and how deep it goes, each repetition does."""
        self._anchors[anchor] = None
        left, deepest = self._budget.left + 1, self._deepest
        self._deepest = len(self._path)
        node = self._untagged(event)
        self._anchors[anchor] = _Sized(node, left - self._budget.left, self._deepest - len(self._path))
        self._deepest = max(deepest, self._deepest)
        return node

    def _untagged(self, event: yaml.Event) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        self._deepest = max(self._deepest, len(self._path) + 1)
        return self._sequence(event) if isinstance(event, yaml.SequenceStartEvent) else self._mapping(event)

    def _alias(self, event: yaml.AliasEvent) -> Node:
        anchor = str(event.anchor)
        known = self._anchors.get(anchor)
        self._used.add(anchor)
        if known:
            self._spend(event, known.size, known.height)
            self._deepest = max(self._deepest, len(self._path) + known.height)
            return known.node
        if anchor in self._anchors:
            self._note(event, f"The alias *{visible(anchor)} stands inside what it repeats")
        else:
            self._note(event, f"There is no &{visible(anchor)} before; a text that begins with * needs quotes")
        return Mapping(self._place(event), whole=False)

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        text = event.value
        if event.style == '"' and (forbidden := FORBIDDEN.search(text)):  # from an escape such as \x07
            self._note(event, forbidden_message(forbidden[0]))
            text = FORBIDDEN.sub("\ufffd", text)
        scalar = Scalar(self._place(event), text, bool(event.style))
        if self._comments:
            self._warn_of_comment(event, scalar)
        return scalar

    def _warn_of_comment(self, event: yaml.ScalarEvent, scalar: Scalar) -> None:
        """Warn of ``Strike #2 hits``, of which YAML keeps ``Strike``."""
        mark = event.end_mark
        if not scalar.quoted and mark and (mark.line, mark.column) in self._comments:
            path = tuple(self._path)
            rest = quoted(self._comments[mark.line, mark.column])
            text = f"{rest} is a comment to YAML, so this is only {quoted(scalar.text)}"
            self._diagnostics.warn(scalar.place, path, f"{text}; a text with ' #' in it needs quotes")

    def _below(self, part: str | int, event: yaml.Event) -> Node:
        if (
            type(event) is yaml.ScalarEvent  # nearly all are such, with nothing to be said of them
            and event.tag is event.anchor is None
            and event.style != '"'
            and (mark := event.start_mark)
            and self._budget.left > 0
            and len(self._path) < MAX_DEPTH
        ):
            self._budget.left -= 1
            scalar = Scalar(Place(self._file, mark.line + 1, mark.column + 1), event.value, bool(event.style))
            if self._comments:
                self._path.append(part)
                self._warn_of_comment(event, scalar)
                self._path.pop()
            return scalar
        self._path.append(part)
        node = self._node(event)
        self._path.pop()
        return node

    def _sequence(self, start: yaml.Event) -> Sequence:
        items: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._below(len(items), event))
        return Sequence(self._place(start), tuple(items))

    def _mapping(self, start: yaml.Event) -> Mapping:
        entries: dict[str, Entry] = {}
        whole, bare = True, set[str]()
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._below("?", event)
            text = key.text if isinstance(key, Scalar) else "?"
            following = next(self._events)
            value = self._below(text, following)
            if getattr(event, "anchor", None) and isinstance(event, yaml.ScalarEvent) and isinstance(key, Scalar):
                self._anchored_keys.append((str(event.anchor), key.place, (*self._path, text)))
            if _is_bare(event, following):
                bare.add(text)
            if self._is_fit(event, key, entries):
                entries[text] = Entry(key.place if type(event) is yaml.ScalarEvent else self._place(event), value)
            whole = whole and isinstance(key, Scalar) and not _is_merge(key)
        if getattr(start, "flow_style", False):
            self._mend_decimal_commas(entries)
            if bare:
                self._mend_bare_keys(entries, bare)
        return Mapping(self._place(start), entries, whole)

    def _is_fit(self, event: yaml.Event, key: Node, entries: dict[str, Entry]) -> bool:
        if not isinstance(key, Scalar):
            if not isinstance(event, yaml.AliasEvent):
                self._note(event, "A key should be a text, not a list or a mapping")
        elif _is_merge(key):
            self._note(event, "Merge keys (<<) are not supported; 'extends' lays one file over another")
        elif key.text in entries:
            first = entries[key.text].place.line
            self._path.append(key.text)
            self._note(event, f"Duplicate key {quoted(key.text)}: it stands on line {first} already")
            self._path.pop()
        else:
            return True
        return False

    def _mend_decimal_commas(self, entries: dict[str, Entry]) -> None:
        """Report ``{mean: 0,9}``, which YAML reads as a key ``mean`` and a key ``9``, and read it as meant."""
        before = ""
        for key in list(entries):
            value = entries[before].value if before else None
            if isinstance(value, Scalar) and _is_rest(key, entries[key]) and _DIGITS.fullmatch(value.text):
                meant = f"{value.text}.{key}"
                self._diagnostics.add(
                    value.place, (*self._path, before), f"Decimals are written with a point: {visible(meant)}"
                )
                entries[before] = entries[before]._replace(value=value._replace(text=meant))
                del entries[key]
            before = key if key in entries else ""

    def _mend_bare_keys(self, entries: dict[str, Entry], bare: Collection[str]) -> None:
        """Report ``{a:likely}`` and ``{why: far, so rare}``, to YAML keys without values, and read them as meant."""
        before, joined = "", set[str]()
        for key in list(entries):
            value = entries[before].value if before else None
            name, colon, text = key.partition(":")
            if key not in bare:
                before = key
            elif colon and text and name not in entries:
                meant = text.strip()
                message = f"A space is missing after the colon: write '{visible(name)}: {visible(meant)}'"
                message += no_break_space(text)
                self._diagnostics.add(entries[key].place, (*self._path, name), message)
                entries[name] = Entry(entries[key].place, Scalar(entries[key].place, meant))
                del entries[key]
                before = name
            elif before in TEXT_KEYS and isinstance(value, Scalar) and (before in joined or not value.quoted):
                meant = f"{value.text}, {key}"
                if before not in joined:
                    text = f'A text with a comma in it needs quotes here, as in {before}: "{visible(meant)}"'
                    self._diagnostics.add(value.place, (*self._path, before), text)
                joined.add(before)
                entries[before] = entries[before]._replace(value=value._replace(text=meant, quoted=True))
                del entries[key]


def _is_bare(key: yaml.Event, value: yaml.Event) -> bool:
    """Return whether a key of a flow mapping stands there without even a colon."""
    if not (isinstance(key, yaml.ScalarEvent) and isinstance(value, yaml.ScalarEvent)) or value.value or value.style:
        return False
    end, start = key.end_mark, value.start_mark
    return (
        not key.style and end is not None and start is not None and (end.line, end.column) == (start.line, start.column)
    )


def _comments_after_text(text: str) -> dict[tuple[int, int], str]:
    """Return comments that begin one space after a text and without a space of their own, by line and column."""
    found: dict[tuple[int, int], str] = {}
    line, start = 0, 0
    for match in _COMMENT.finditer(text):
        line += text.count("\n", start, match.start())
        start = match.start()
        found[line, start - text.rfind("\n", 0, start) - 1] = match[1]
    return found


def _is_merge(key: Scalar) -> bool:
    return key.text == "<<" and not key.quoted


def _is_rest(key: str, entry: Entry) -> bool:
    value = entry.value
    return key.isdigit() and isinstance(value, Scalar) and not value.text and not value.quoted


_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_HINTS = {
    "mapping values are not allowed": "A text with ': ' in it needs quotes; a key's colon needs a space after it",
    "cannot start any token": "Indent with spaces; a text that begins with @, `, % or a tab needs quotes",
    "did not find expected key": "Look at the indentation, and for a quote or brace that is not closed",
    "found unexpected ':'": "A key's colon needs a space after it",
    "could not find expected ':'": "Each line of a mapping should be 'key: value', with a space after the colon",
    "did not find expected ','": (
        "Look for a brace, bracket or quote that is not closed, and for ' #', which begins a comment"
    ),
    "while scanning an anchor": "In YAML '&' begins an anchor: a condition begins with its first part, as in 'a & b=c'",
    "expected alphabetic or numeric": "A text that begins with & or * needs quotes",
}
"""What libyaml says, and what most often is the reason."""


def compose(text: str, file: str, diagnostics: Diagnostics, budget: Budget) -> Node | None:
    """Read YAML text as nodes.

    Parameters
    ----------
    text : str
        The document.
    file : str
        Its name in places.
    diagnostics : Diagnostics
        Takes the errors; a tag or a duplicate key, say, is noted and passed over.
    budget : Budget
        Nodes still allowed; lowered by those read.

    Returns
    -------
    Node or None
        None if nothing could be read.
    """
    if number := _tag_directive(text):
        diagnostics.add(Place(file, number, 1), (), "YAML tags have no use in a case file")
        return None
    composer = Composer(text, file, diagnostics, budget)
    try:
        return composer.document()
    except StopError:
        pass
    except yaml.YAMLError as error:
        place = _place(error, file, text)
        line = next(islice(text.split("\n"), place.line - 1, None), "")
        diagnostics.add(place, (), _message(error) + no_break_space(line))
    except (ValueError, OverflowError) as error:  # PyYAML without libyaml, at escapes beyond Unicode
        diagnostics.add(Place(file, 1, 1), (), f"This is not YAML: {error}")
    return None


def _tag_directive(text: str) -> int:
    """Return the line of a ``%TAG`` before the document, or 0: libyaml compares each of them with all others."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith("%TAG"):
            return number
        if line.strip() and not line.lstrip().startswith("#") and not line.startswith("%"):
            break
    return 0


def _place(error: yaml.YAMLError, file: str, text: str) -> Place:
    mark, context = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if mark is None or (context and mark.line >= len(text.splitlines())):
        mark = context  # at the end of the file, more useful: where the thing that is not closed begins
    return Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)


def _message(error: yaml.YAMLError) -> str:
    parts = (getattr(error, "context", None), getattr(error, "problem", None) or getattr(error, "reason", None))
    problem = ", ".join(part for part in parts if part) or "it cannot be read"
    hint = next((f". {hint}" for sign, hint in _HINTS.items() if sign in problem), "")
    return f"This is not YAML: {problem}{hint}"
