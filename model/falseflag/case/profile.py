"""Lays one case over another: a profile is a short file with only what differs."""

from __future__ import annotations

from dataclasses import replace

from falseflag.case.forms import form_of, is_elicited
from falseflag.case.nodes import Entry, Mapping, Node, is_null


def overlay(base: Node, top: Node, path: tuple[str, ...] = ()) -> Node:
    """Return `base` with `top` laid over it.

    Mappings are laid over each other key by key; anything else of `top` replaces what `base` has. A null
    removes the key. A null for a key that `base` does not have stays, for the checks that follow to judge.
    An elicited value of another form replaces the whole value.

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
    if is_elicited(path) and _differ(base, added):
        return replace(top, entries=added)
    kept = {key: entry for key, entry in base.entries.items() if key not in removed}
    merged = {key: _merge(kept.get(key), entry, (*path, key)) for key, entry in added.items()}
    return replace(top, entries=kept | merged, whole=base.whole and top.whole)


def _merge(below: Entry | None, above: Entry, path: tuple[str, ...]) -> Entry:
    return above._replace(value=overlay(below.value, above.value, path)) if below else above


def _differ(base: Mapping, added: dict[str, Entry]) -> bool:
    form = form_of(added)
    return bool(form) and form != form_of(base.entries)
