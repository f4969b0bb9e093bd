"""Where a likelihood statement is made: at a node or for the others, and in a case that learns for one class of author.

A statement that covers leaves of several classes is split where the record is brought in, since each class has rates of
its own: ``others`` becomes ``others@adversary``, ``others@nonstate`` and, for leaves without a class, ``others``. No
name in a file holds an ``@``. A leaf is asked for by its own place, such as ``ukraine.message@adversary``.
"""

from __future__ import annotations

from collections.abc import Container

OTHERS = "others"
"""Reserved name: the statement that every leaf takes which has none of its own."""
OF_CLASS = "@"


def place_at(node: str, author_class: str) -> str:
    """Return the place for a class of author at a node; the node itself where there is no class."""
    return f"{node}{OF_CLASS}{author_class}" if author_class else node


def parts_of(place: str) -> tuple[str, str]:
    """Return the node (or ``others``) and the class of author, empty for none."""
    node, _, author_class = place.partition(OF_CLASS)
    return node, author_class


def file_keys(what: tuple[str, ...]) -> dict[str, object]:
    """Return the keys that lead to a judgement in the case file as ``what``, with the ``class`` that it is for.

    >>> file_keys(("indicators", "i", "likelihood", "others@accident"))
    {'what': ['indicators', 'i', 'likelihood', 'others'], 'class': 'accident'}
    """
    node, author_class = parts_of(what[-1])
    return {"what": [*what[:-1], node], "class": author_class or None}


def nearest(place: str, places: Container[str]) -> str:
    """Return which of `places` a statement is taken from; nothing where there is none.

    It is the nearest of itself, its ancestors and the others; at each the one for its class goes before the one for
    all.

    >>> nearest("ukraine.message@adversary", {"ukraine", "others@adversary"})
    'ukraine'
    >>> nearest("iran@adversary", {"ukraine", "others@adversary", "others"})
    'others@adversary'
    """
    node, author_class = parts_of(place)
    names = [node]
    while "." in names[-1]:
        names.append(names[-1].rpartition(".")[0])
    for name in (*names, OTHERS):
        for found in (place_at(name, author_class), name):
            if found in places:
                return found
    return ""
