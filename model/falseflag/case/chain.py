"""Follows ``extends`` from file to file, within the folder of the first, and lays them over each other."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import islice
from pathlib import Path, PureWindowsPath

from falseflag.case.elicitation import FORMS
from falseflag.case.model import SourceFile
from falseflag.case.values import found
from falseflag.case.yaml import Budget, Entry, Mapping, Node, Scalar, compose, get, in_part, is_null
from falseflag.diagnostics import (
    CANDIDATES,
    Diagnostics,
    Place,
    did_you_mean,
    listed,
    nearest,
    quoted,
    suggestion,
    visible,
)
from falseflag.reading import CASE_FILE, decode, read_bytes
from falseflag.record.codebook import RECORD
from falseflag.record.rates import FIT, HIERARCHICAL, path_beside

MAX_FILES = 16
"""Files of a case, the first one counted."""
MAX_TOTAL = 2 << 20
"""Bytes of all of them together."""
EXTENDS, LEARN = "extends", "learn"
FROM = (LEARN, "from")


@dataclass(slots=True)
class Chain:
    """A case file and what it extends, as far as they could be read.

    Attributes
    ----------
    root : Node or None
        The files laid over each other; None if the first could not be read. No mapping in it is whole where one of the
        files could not be read.
    files : list of SourceFile
        The case file first.
    record_files : list of RecordFile
        The record that it learns from and, where it asks for them, the rates fitted to it.
    """

    root: Node | None = None
    files: list[SourceFile] = field(default_factory=list)
    record_files: list[RecordFile] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RecordFile:
    """A file that a case learns from: its content, what errors call it, and where the case asks for it."""

    file: SourceFile
    shown: str
    place: Place


def read_text(content: bytes, name: str, diagnostics: Diagnostics) -> Chain:
    """Read a case that stands alone; `name` is what its places say."""
    root = _node(content, name, diagnostics, Budget())
    if isinstance(link := get(root, EXTENDS), Scalar) and not link.is_null:
        diagnostics.add(link.place, (EXTENDS,), "Only a case that is read from a file can extend another")
        root = root and in_part(root)
    if isinstance(link := _record_link(root), Scalar) and not link.is_null:
        diagnostics.add(link.place, FROM, "Only a case that is read from a file can learn from a record")
    return Chain(root)


def read_chain(path: str, diagnostics: Diagnostics) -> Chain:
    """Read a case file and all that it extends; `path` is the file as the user named it."""
    return _Reader(path, diagnostics).read()


def _record_link(root: Node | None) -> Node | None:
    return get(get(root, LEARN), "from")


def _node(content: bytes, file: str, diagnostics: Diagnostics, budget: Budget) -> Node | None:
    text = decode(content, file, diagnostics)
    if text is None:
        return None
    node = compose(text, file, diagnostics, budget)
    if node is None or isinstance(node, Mapping):
        return node
    got = found(node)
    diagnostics.add(node.place, (), f"A case should be a mapping with title, hypotheses and indicators but got {got}")
    return None


# a profile laid over the case that it extends

_ELICITED = (
    ("circumstances", "*", "probability", "*"),
    ("indicators", "*", "likelihood", "*"),
    ("indicators", "*", "ratios", "*"),
    ("deception", "*", "attempt"),
    ("deception", "*", "reach", "*"),
    ("grades", "*"),
)
_ELICITED_OR_BY_CONDITION = (
    ("indicators", "*", "reliability"),
    ("indicators", "*", "detection"),
    ("indicators", "*", "reports", "*", "reliability"),
    ("sources", "*", "reliability"),
    ("dependence", "*", "correlation"),
)


def overlay(base: Node, top: Node, path: tuple[str, ...] = ()) -> Node:
    """Return `base` with `top` laid over it.

    Mappings are laid over each other key by key; anything else of `top` replaces what `base` has. A null removes the
    key. A null for a key that `base` does not have stays and is reported later. An elicited value of another form
    replaces the whole value.

    Parameters
    ----------
    base, top : Node
        The case that is extended, and the one that extends it.
    path : tuple of str
        Keys that lead to both.
    """
    if not (isinstance(base, Mapping) and isinstance(top, Mapping)):
        return top
    removed = {key for key, entry in top.entries.items() if key in base.entries and is_null(entry.value)}
    added = {key: entry for key, entry in top.entries.items() if key not in removed}
    if _is_elicited(path) and added and _form(added) not in {_form(base.entries), ""}:
        return replace(top, entries=added)
    kept = {key: entry for key, entry in base.entries.items() if key not in removed}
    merged = {key: _merge(kept.get(key), entry, (*path, key)) for key, entry in added.items()}
    return replace(top, entries=kept | merged, whole=base.whole and top.whole)


def _merge(below: Entry | None, above: Entry, path: tuple[str, ...]) -> Entry:
    return above._replace(value=overlay(below.value, above.value, path)) if below else above


def _is_elicited(path: tuple[str, ...]) -> bool:
    """Return whether an elicited value stands at `path`, itself or as the ``value`` of its explained form."""
    patterns = (*_ELICITED, *_ELICITED_OR_BY_CONDITION, *((*each, "*") for each in _ELICITED_OR_BY_CONDITION))
    return any(_matches(path, pattern) or _matches(path, (*pattern, "value")) for pattern in patterns)


def _matches(path: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    return len(path) == len(pattern) and all(wanted in {"*", part} for part, wanted in zip(path, pattern, strict=True))


def _form(keys: Collection[str]) -> str:
    """Return the form that a mapping's keys belong to, nothing for ``strength``, which several have."""
    own = set(keys) - {"strength"}
    return next((form.name for form in FORMS if own & set(form.keys)), "entries" if own else "")


# the chain of files


class _Reader:
    """Reads one chain; files are named relative to the first one's folder."""

    def __init__(self, path: str, diagnostics: Diagnostics) -> None:
        self._typed, self._first = os.path.split(path)
        self._folder = os.path.realpath(self._typed or os.curdir)
        self._diagnostics = diagnostics
        self._budget = Budget()
        self._chain = Chain()
        self._real: list[str] = []

    def read(self) -> Chain:
        node = self._file(self._first, Place(self._shown(self._first), 1, 1), ())
        nodes: list[Node] = []
        while node is not None:
            nodes.append(node)
            node = self._extended(get(node, EXTENDS))
        if nodes:
            root = reduce(overlay, reversed(nodes))
            self._chain.root = root if is_null(get(nodes[-1], EXTENDS)) else in_part(root)
            self._learn(root)
        return self._chain

    def _learn(self, root: Node) -> None:
        """Read the record that the case learns from and, where it asks for them, the rates fitted to it."""
        link, model = _record_link(root), get(get(root, LEARN), "model")
        if not isinstance(link, Scalar) or link.is_null:
            return
        naming = next(file.name for file in self._chain.files if self._shown(file.name) == link.place.file)
        if (
            self._record_file(link, link.text, naming, FROM)
            and isinstance(model, Scalar)
            and model.text == HIERARCHICAL
        ):
            fit = f". {FIT.format(visible(link.text))}"
            self._record_file(model, path_beside(link.text), naming, (LEARN, "model"), fit)

    def _record_file(self, asking: Scalar, text: str, naming: str, path: tuple[str, ...], hint: str = "") -> bool:
        """Read a file that the file `naming` calls `text`; `asking` is where it is asked for."""
        name = self._name(text, naming)
        if refusal := self._outside(text, name):
            self._diagnostics.add(asking.place, path, refusal)
            return False
        if self._content(name, asking.place, path, hint) is None:
            return False
        self._chain.record_files.append(RecordFile(self._chain.files[-1], self._shown(name), asking.place))
        return True

    def _shown(self, name: str) -> str:
        return visible(os.path.join(self._typed, name), limit=1000)  # noqa: PTH118 (as it was typed)

    def _file(self, name: str, place: Place, path: tuple[str, ...]) -> Node | None:
        """Read one file of the case."""
        content = self._content(name, place, path)
        if content is None:
            return None
        self._real.append(os.path.realpath(os.path.join(self._folder, name)))  # noqa: PTH118
        return _node(content, self._shown(name), self._diagnostics, self._budget)

    def _content(self, name: str, place: Place, path: tuple[str, ...], hint: str = "") -> bytes | None:
        """Read a file's bytes; errors in getting at it stand at `place`, where it is asked for."""
        what = RECORD if path[:1] == (LEARN,) else CASE_FILE
        try:
            content = read_bytes(os.path.join(self._folder, name), what)  # noqa: PTH118
        except ValueError as error:
            near = self._near(name) if path else unknown(os.path.join(self._typed, name))  # noqa: PTH118
            self._diagnostics.add(place, path, f"{error}{hint or near}")
            return None
        if sum(len(file.content) for file in self._chain.files) + len(content) > MAX_TOTAL:
            self._diagnostics.add(
                place, path, "The files of a case should be at most 2 MiB together, but these are larger"
            )
            return None
        self._chain.files.append(SourceFile(name, content, hashlib.sha256(content).hexdigest()))
        return content

    def _near(self, name: str) -> str:
        """Suggest a file of like name."""
        folder = Path(self._folder, name).parent
        try:
            beside = [path.name for path in islice(folder.iterdir(), CANDIDATES)]
        except OSError:
            return ""
        meant = nearest(Path(name).name, beside)
        return f".{did_you_mean(meant)}" if meant else ""

    def _extended(self, link: Node | None) -> Node | None:
        """Return the node of the file that `link`, the value of ``extends``, leads to."""
        if is_null(link) or not isinstance(link, Scalar):  # what is neither is reported when the section is read
            return None
        name = self._name(link.text, self._chain.files[-1].name)
        if refusal := self._refusal(link.text, name):
            self._diagnostics.add(link.place, (EXTENDS,), refusal)
            return None
        return self._file(name, link.place, (EXTENDS,))

    def _name(self, text: str, naming: str) -> str:
        """Return the name, relative to the first file's folder, of what the file `naming` calls `text`."""
        here = Path(self._folder, naming).parent
        return Path(os.path.relpath(here / text, self._folder)).as_posix()

    def _refusal(self, text: str, name: str) -> str:
        """Say why the file should not be extended, or nothing."""
        if outside := self._outside(text, name):
            return outside
        real = os.path.realpath(os.path.join(self._folder, name))  # noqa: PTH118
        if real in self._real:
            names = [file.name for file in self._chain.files]
            return f"A case cannot extend itself: {' → '.join(visible(file) for file in [*names, name])}"
        if len(self._real) >= MAX_FILES:
            return f"A case should be made of at most {MAX_FILES} files"
        return ""

    def _outside(self, text: str, name: str) -> str:
        """Say why a path is none within the folder of the first file, or nothing."""
        windows = PureWindowsPath(text)
        if Path(text).is_absolute() or windows.drive or windows.root:
            return f"Should be a path relative to this file but got {quoted(text)}"
        real = os.path.realpath(os.path.join(self._folder, name))  # noqa: PTH118
        if name.startswith("../") or not Path(real).is_relative_to(self._folder):
            return f"Should stay in the folder of the first file but {quoted(text)} leaves it"
        return ""


# Cases that come with falseflag


SUFFIX = ".yaml"


def shipped() -> dict[str, str]:
    """Return the file of each case that comes with falseflag, by name."""
    return {path.stem: str(path) for path in sorted(_folder().glob(f"*{SUFFIX}"))}


def located(path: str) -> str:
    """Return the case file that a user named: a file of that path or, where there is none, the shipped case."""
    is_there = os.path.lexists(path) and not os.path.isdir(path)  # noqa: PTH112 (a Path would lose what was typed)
    return path if is_there else shipped().get(path, path)


def unknown(path: str) -> str:
    """Return what may have been meant by `path`, or nothing where it is the path of a file in some folder."""
    if os.path.lexists(path) or os.path.dirname(path):  # noqa: PTH120
        return ""
    names, typed = list(shipped()), path.removesuffix(SUFFIX)
    meant = did_you_mean(typed) if typed in names else suggestion(typed, names)
    return f".{meant} The cases that come with falseflag are {listed(names)}"


def _folder() -> Path:
    """Return the folder of the cases: within the package where it was installed, at the top of a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "priors"
    return installed if installed.is_dir() else package.parents[1] / "priors"
