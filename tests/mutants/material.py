"""The cases that wrong versions are tried on: small, with everything in them that one could get wrong."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from making import Distribution, case_of, indicator, inner, leaf

from falseflag.case.loader import load_text
from falseflag.case.model import Case
from falseflag.distributions import Beta


def small_case() -> Case:
    """Make a case with a tree, two strong groups, unsure reports of each kind, and shared and own statements."""
    tree = [
        inner("a", [leaf("a.x", 3.0), leaf("a.y")], 2.0, strength=6.0),
        leaf("b", 2.0),
        leaf("other"),
    ]
    unsure = Beta(27, 3)
    indicators = [
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
    return case_of(tree, indicators, groups, strength=8.0)


def sharing_case() -> Case:
    """Make a case in which several leaves take one very uncertain statement of their actor, for many indicators."""
    tree = [inner("a", [leaf(f"a.{name}") for name in "wxyz"], 2.0, strength=12.0), leaf("other")]
    indicators = [indicator(f"i{k}", {"a": Beta(0.7, 0.7), "others": 0.5}, observed=k % 2 == 0) for k in range(5)]
    return case_of(tree, indicators, strength=8.0)


def unsure_case() -> Case:
    """Make a case whose indicators stand alone and are reported by sources of which little is known."""
    indicators = [
        indicator("i", {"a": Beta(9, 2), "others": Beta(2, 7)}, reliability=Beta(4, 2)),
        indicator("j", {"b": Beta(8, 2), "others": Beta(1.5, 6)}, observed=False, reliability=Beta(3, 1)),
        indicator("k", {"a": Beta(5, 2), "b": 0.2, "others": Beta(2, 2)}, reliability=Beta(2, 2)),
    ]
    return case_of([leaf("a", 2.0), leaf("b"), leaf("other")], indicators, strength=8.0)


STAGED = """\
title: A case of the second edition
prior_strength: 8
hypotheses:
  feigner: {prior: 2}
  attacker: {prior: 3, prior_strength: certain, children: {state: {prior: 2}, band: {}}}
circumstances:
  site:
    values: [near, far, sea]
    probability: {feigner: {near: 3, far: 1, strength: 6}, others: {near: 1, far: 2, sea: 1, strength: 8}}
  surprised:
    values: ["yes", "no"]
    probability: {feigner: unlikely, others: {mean: 0.8, strength: 12}}
sources:
  clip: {reliability: {mean: 0.75, strength: 2.5}}
  press: {reliability: {feigner: {mean: 0.55, strength: 5}, others: {mean: 0.9, strength: 20}}}
indicators:
  claim:
    reports: {clip: present, press: present}
    likelihood:
      attacker: {mean: 0.75, strength: 10}
      attacker & surprised=yes: {mean: 0.92, strength: 20}
      others: [0.1, 0.3]
  weapon:
    values: {drone: , rocket: , bomb: }
    observed: drone
    source: clip
    likelihood:
      others: {drone: 1, rocket: 2, bomb: 3, strength: 9}
      attacker: {drone: 4, rocket: 2, bomb: 1, strength: 12}
      site=far: {drone: 6, rocket: 1, bomb: 1, strength: 12}
      attacker & site=far: {drone: 7, rocket: 1, bomb: 1, strength: 12}
  guards:
    observed: present
    source: clip
    likelihood: {surprised=yes: {mean: 0.85, strength: 12}, others: {mean: 0.15, strength: 12}}
  flag:
    observed: absent
    reliability: 0.9
    likelihood: {attacker.state: {mean: 0.3, strength: 8}, others: {mean: 0.7, strength: 8}}
  radar:
    observed: silent
    detection: {site=far: 0.9, others: [0.2, 0.5]}
    likelihood: {site=far: very likely, others: unlikely}
  tone: {ratios: {feigner: [0.5, 4], others: 1}}
  wreck: {observed: unknown, likelihood: {feigner: unlikely, others: likely}}
deception:
  feigner:
    blames: attacker.band & surprised=yes
    attempt: {mean: 0.55, strength: 6}
    reach: {claim: {mean: 0.8, strength: 10}, weapon: 0.7, guards: {mean: 0.75, strength: 8}}
dependence:
  signs: {indicators: [claim, guards], correlation: {feigner: 0.85, others: [0.1, 0.4]}}
propositions:
  odd: {when: [feigner, surprised=no]}
"""


@cache
def staged_case() -> Case:
    """Make a case with everything of the second edition."""
    return load_text(STAGED)


def together_case() -> Case:
    """Make a case in which one source reports five facts, of which two hypotheses say very different things."""
    return load_text(TOGETHER)


TOGETHER = """\
title: A source that is found out
hypotheses: {one: {}, other: {}}
sources: {only: {reliability: {mean: 0.7, strength: 2}}}
indicators:
""" + "".join(
    f"  i{k}: {{observed: present, source: only, likelihood: {{one: {{mean: 0.9, strength: 20}}, other: 0.1}}}}\n"
    for k in range(5)
)
