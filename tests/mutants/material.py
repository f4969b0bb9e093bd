"""The cases that wrong versions are tried on: small, with everything in them that one could get wrong."""

from __future__ import annotations

from collections.abc import Sequence

from making import case_of, indicator, inner, leaf

from falseflag.case.model import Case
from falseflag.distributions import Beta, Distribution


def small_case() -> Case:
    """Make a case with a tree, two strong groups, unsure reports of each kind, and shared and own statements."""
    tree = [
        inner("a", [leaf("a.x", 3.0), leaf("a.y")], 2.0, strength=6.0),
        leaf("b", 2.0),
        leaf("other"),
    ]
    unsure = Beta(27, 3)
    told = [
        indicator("i", {"a": Beta(12, 3), "b": Beta(2, 8), "others": Beta(2, 3)}, reliability=unsure),
        indicator(
            "j", {"a": Beta(12, 3), "a.y": Beta(4, 4), "others": Beta(2, 10)}, observed=False, reliability=unsure
        ),
        indicator("k", {"a": Beta(9, 2), "others": Beta(3, 9)}, reliability=0.9),
        indicator("l", {"b": Beta(10, 2), "others": Beta(2, 8)}, observed=False, reliability=0.95),
        indicator("m", {"b": Beta(9, 2), "others": Beta(1.5, 6)}, reliability=0.9),
        indicator("n", {"b": 0.85, "others": Beta(2, 8)}, observed=False),
        indicator("o", {"a.x": Beta(2, 8), "others": Beta(5, 2)}, observed=False, reliability=0.9),
        indicator("p", {"a": Beta(1.2, 3), "others": Beta(7, 3)}, reliability=0.8),
        indicator("quiet", {"a": 0.9, "others": 0.2}, observed=None),
    ]
    groups: dict[str, tuple[Sequence[str], float | Distribution]] = {
        "g": (("i", "j", "k"), Beta(30, 6)),
        "f": (("l", "m", "n"), 0.85),
    }
    return case_of(tree, told, groups, strength=8.0)


def sharing_case() -> Case:
    """Make a case in which several leaves take one very uncertain statement of their actor, for many indicators."""
    tree = [inner("a", [leaf(f"a.{name}") for name in "wxyz"], 2.0, strength=12.0), leaf("other")]
    told = [indicator(f"i{k}", {"a": Beta(0.7, 0.7), "others": 0.5}, observed=k % 2 == 0) for k in range(5)]
    return case_of(tree, told, strength=8.0)


def unsure_case() -> Case:
    """Make a case whose indicators stand alone and are reported by sources of which little is known."""
    told = [
        indicator("i", {"a": Beta(9, 2), "others": Beta(2, 7)}, reliability=Beta(4, 2)),
        indicator("j", {"b": Beta(8, 2), "others": Beta(1.5, 6)}, observed=False, reliability=Beta(3, 1)),
        indicator("k", {"a": Beta(5, 2), "b": 0.2, "others": Beta(2, 2)}, reliability=Beta(2, 2)),
    ]
    return case_of([leaf("a", 2.0), leaf("b"), leaf("other")], told, strength=8.0)
