"""Settings of the page, and what the exact engine answers to each: the oracle of "what if"."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

import numpy as np

from falseflag.case.conditions import OTHERS
from falseflag.case.model import Case, Hypothesis, Indicator, Report
from falseflag.distributions import Judgement, Point
from falseflag.errors import RequestError
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import problem_of

UNKNOWN = "unknown"
CORRELATIONS = {"none": 0.0, "full": 0.99}


@dataclass(frozen=True)
class Setting:
    """What a reader set: weights by node and values by indicator where they differ, and the dependence."""

    weights: dict[str, float] = field(default_factory=dict)
    reports: dict[str, str] = field(default_factory=dict)
    dependence: str = "written"

    @property
    def fragment(self) -> str:
        pairs = [(f"w.{name}", json.dumps(value)) for name, value in self.weights.items()]
        pairs += [(f"i.{name}", value) for name, value in self.reports.items()]
        pairs += [("dependence", self.dependence)]
        return f"#whatif&{urlencode(pairs)}"

    def applied(self, case: Case) -> Case:
        """Edit the case as the reader would edit the file."""
        indicators = {
            name: _reported(i, self.reports[name]) if name in self.reports else i
            for name, i in case.indicators.items()
            if not (i.ratios and self.reports.get(name) == UNKNOWN)
        }
        groups = dict(case.groups)
        if self.dependence != "written":
            rho = {OTHERS: Judgement(Point(CORRELATIONS[self.dependence]), "")}
            groups = {name: replace(group, correlation=rho) for name, group in groups.items()}
        hypotheses = tuple(self._weighted(node) for node in case.hypotheses)
        return replace(case, indicators=indicators, groups=groups, hypotheses=hypotheses)

    def _weighted(self, node: Hypothesis) -> Hypothesis:
        children = tuple(self._weighted(child) for child in node.children)
        return replace(node, weight=self.weights.get(node.name, node.weight), children=children)


def _reported(indicator: Indicator, value: str) -> Indicator:
    if value == UNKNOWN:
        return replace(indicator, reports=(), detection={})
    if indicator.reports:
        return replace(indicator, reports=(replace(indicator.reports[0], says=value),))
    return replace(indicator, reports=(Report(indicator.source, value, indicator.reliability),))


def exact_nodes(case: Case, setting: Setting) -> dict[str, float] | None:
    """Answer by the exact engine; None where no hypothesis makes what is set possible."""
    problem = problem_of(setting.applied(case))
    try:
        exact = ExactPosterior.of(problem)
    except RequestError:
        return None
    return dict(zip(problem.nodes, exact.nodes.tolist(), strict=True))


def random_setting(case: Case, rng: np.random.Generator) -> Setting:
    """Draw a setting: some weights, about a third of the indicators (members of groups too), a dependence."""
    weights = {n.name: float(f"{n.weight * 10 ** rng.uniform(-2, 2):.4g}") for n in case.nodes if rng.random() < 0.5}
    reports = {name: str(rng.choice(options(i))) for name, i in case.indicators.items() if rng.random() < 0.35}
    return Setting(weights, reports, str(rng.choice(["none", "written", "full"])))


def options(indicator: Indicator) -> list[str]:
    """Return what can be set of an indicator: its values, but where more is observed than one report, and unknown."""
    is_single = len(indicator.reports) == 1 or not indicator.is_evidence
    return [*(indicator.values if is_single else ()), UNKNOWN]
