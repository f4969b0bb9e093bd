"""Settings of the page, and what the exact engine says to each: the oracle of "what if"."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

import numpy as np

from falseflag.case.model import Case, Hypothesis
from falseflag.distributions import Judgement, Point
from falseflag.exact.posterior import answer_exactly
from falseflag.problem import problem_of

REPORTS = {1: True, 0: False, -1: None}
WORDS = {1: "present", 0: "absent", -1: "unknown"}
CORRELATIONS = {"none": 0.0, "full": 0.99}


@dataclass(frozen=True)
class Setting:
    """What a reader set: weights by node and reports by indicator where they differ, and the dependence."""

    weights: dict[str, float] = field(default_factory=dict)
    reports: dict[str, int] = field(default_factory=dict)
    dependence: str = "written"

    @property
    def fragment(self) -> str:
        pairs = [(f"w.{name}", json.dumps(value)) for name, value in self.weights.items()]
        pairs += [(f"i.{name}", WORDS[value]) for name, value in self.reports.items()]
        pairs += [("dependence", self.dependence)]
        return f"#whatif&{urlencode(pairs)}"

    def applied(self, case: Case) -> Case:
        """Edit the case as the reader would edit the file."""
        indicators = {
            name: replace(i, observed=REPORTS[self.reports[name]]) if name in self.reports else i
            for name, i in case.indicators.items()
        }
        groups = dict(case.groups)
        if self.dependence != "written":
            rho = Judgement(Point(CORRELATIONS[self.dependence]), "")
            groups = {name: replace(group, correlation=rho) for name, group in groups.items()}
        hypotheses = tuple(self._weighted(node) for node in case.hypotheses)
        return replace(case, indicators=indicators, groups=groups, hypotheses=hypotheses)

    def _weighted(self, node: Hypothesis) -> Hypothesis:
        children = tuple(self._weighted(child) for child in node.children)
        return replace(node, weight=self.weights.get(node.name, node.weight), children=children)


def exact_nodes(case: Case, setting: Setting) -> dict[str, float]:
    """Answer by the exact engine."""
    problem = problem_of(setting.applied(case))
    return dict(zip(problem.nodes, answer_exactly(problem).nodes.tolist(), strict=True))


def random_setting(case: Case, rng: np.random.Generator) -> Setting:
    """Draw a setting: some weights, about a third of the reports (members of groups too), a dependence."""
    weights = {n.name: float(f"{n.weight * 10 ** rng.uniform(-2, 2):.4g}") for n in case.nodes if rng.random() < 0.5}
    reports = {name: int(rng.integers(-1, 2)) for name in case.indicators if rng.random() < 0.35}
    return Setting(weights, reports, str(rng.choice(["none", "written", "full"])))
