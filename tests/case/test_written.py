"""A case written as YAML, in every form, answers as the same case made in memory."""

from __future__ import annotations

import numpy as np
import pytest
import yaml
from making import random_case

from falseflag.case import load_text
from falseflag.case.model import Case, Hypothesis, Indicator
from falseflag.distributions import Beta, Distribution, Judgement
from falseflag.exact.posterior import answer_exactly
from falseflag.problem import problem_of


def written(distribution: Distribution, rng: np.random.Generator) -> object:
    """Write a distribution in one of the forms that stand for it."""
    if not isinstance(distribution, Beta):
        return distribution.value
    forms: list[object] = [{"alpha": distribution.alpha, "beta": distribution.beta}]
    forms.append({"mean": distribution.mean, "strength": distribution.alpha + distribution.beta})
    forms.append([*distribution.quantiles])
    forms.append({"value": forms[0], "why": "for a reason"})
    return forms[rng.integers(len(forms))]


def tree(nodes: tuple[Hypothesis, ...]) -> dict[str, object]:
    return {
        node.name.rpartition(".")[2]: {"prior": node.weight, "prior_strength": node.prior_strength}
        | ({"children": tree(node.children)} if node.children else {})
        for node in nodes
    }


def entry(indicator: Indicator, rng: np.random.Generator) -> dict[str, object]:
    def forms(judgements: dict[str, Judgement]) -> dict[str, object]:
        return {node: written(judgement.distribution, rng) for node, judgement in judgements.items()}

    return {
        "observed": {True: "present", False: "absent", None: "unknown"}[indicator.observed],
        "reliability": written(indicator.reliability.distribution, rng),
        "likelihood": forms(dict(indicator.likelihood)),
    }


def as_yaml(case: Case, seed: int) -> str:
    rng = np.random.default_rng(seed)
    content = {
        "title": case.title,
        "prior_strength": case.prior_strength,
        "hypotheses": tree(case.hypotheses),
        "indicators": {name: entry(indicator, rng) for name, indicator in case.indicators.items()},
        "dependence": {
            name: {"indicators": list(group.indicators), "correlation": written(group.correlation.distribution, rng)}
            for name, group in case.groups.items()
        },
    }
    return str(yaml.safe_dump(content, sort_keys=False))


@pytest.mark.parametrize("seed", range(12))
def test_a_written_case_answers_as_the_case_in_memory(seed: int) -> None:
    case = random_case(seed)
    ours, read = problem_of(case), problem_of(load_text(as_yaml(case, seed)))
    assert read.leaves == ours.leaves
    assert answer_exactly(read).leaves == pytest.approx(answer_exactly(ours).leaves, abs=1e-8)
    for one, other in zip(read.branchings, ours.branchings, strict=True):
        assert one.concentration == pytest.approx(other.concentration, rel=1e-9)
