"""A case of a few lines, and edits of it."""

from __future__ import annotations

from falseflag.case.loader import load_text
from falseflag.case.model import Case
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import problem_of

TEXT = """\
title: Who cut the cable?
question: Who?
hypotheses:
  navy: {label: The navy, prior: 3}
  anchor:
    label: An anchor
    prior: 1
    children:
      storm: {label: in a storm, prior: 1}
      plan: {label: on purpose, prior: 1}
indicators:
  ship_near:
    label: A ship was near
    observed: present
    likelihood: {navy: [0.5, 0.9], anchor: [0.2, 0.6]}
  signal_off:
    label: Its signal was off
    observed: present
    likelihood: {navy: [0.4, 0.8], anchor.storm: [0.05, 0.2], anchor.plan: [0.3, 0.7]}
"""

PRIOR_6 = TEXT.replace("prior: 3", "prior: 6")
MISTAKEN = TEXT.replace("prior: 3", "prior: much")
MISTAKEN_LINE = 4


def case(text: str = TEXT) -> Case:
    return load_text(text)


def exact(text: str = TEXT) -> ExactPosterior:
    return ExactPosterior.of(problem_of(case(text)))


def posterior(text: str = TEXT) -> list[float]:
    return [float(p) for p in exact(text).nodes]
