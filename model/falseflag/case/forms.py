"""Which form an elicited value is written in, told by its keys; and where in a case elicited values stand."""

from __future__ import annotations

from collections.abc import Collection

FORMS: dict[str, tuple[str, ...]] = {
    "mean": ("mean", "strength"),
    "shape": ("alpha", "beta"),
    "count": ("count", "of"),
    "value": ("value", "why"),
}
"""The forms that are mappings, and their keys."""

_ELICITED = (
    ("indicators", "*", "likelihood", "*"),
    ("indicators", "*", "reliability"),
    ("sources", "*", "reliability"),
    ("dependence", "*", "correlation"),
    ("grades", "*"),
)


def form_of(keys: Collection[str]) -> str:
    """Return the name of the form that has most of `keys`, or nothing where none has any."""
    shared = {name: len(set(keys) & set(form)) for name, form in FORMS.items()}
    best = max(shared, key=lambda name: shared[name])
    return best if shared[best] else ""


def is_elicited(path: tuple[str, ...]) -> bool:
    """Tell whether an elicited value stands at `path`, itself or as the ``value`` of its explained form."""
    return any(_matches(path, pattern) or _matches(path, (*pattern, "value")) for pattern in _ELICITED)


def _matches(path: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    return len(path) == len(pattern) and all(wanted in {"*", part} for part, wanted in zip(path, pattern, strict=True))
