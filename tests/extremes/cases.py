"""Cases at the ends of what a file can say."""

from __future__ import annotations

import numpy as np
from making import Distribution, case_of, indicator, inner, leaf

from falseflag.case.model import Case, Hypothesis
from falseflag.distributions import Beta, Point

LIKELIHOODS = (1e-6, 1 - 1e-6, 1e-3, 0.03, 0.5, 0.9, 0.999)
CORRELATIONS = (0.0, 1e-9, 0.1, 0.5, 0.9, 0.99, 0.999)
RELIABILITIES: tuple[float | Distribution, ...] = (1.0, 1 - 1e-6, 0.95, 0.6, 0.5, Beta(0.5, 0.5), Beta(1e6, 1.0))
STRENGTHS = (0.01, 1.0, 10.0, 1e6)
WEIGHTS = (1e-9, 1e-3, 1.0, 1e3, 1e9)
BETAS = (
    Beta(0.01, 0.01),
    Beta(1e-3, 1.0),
    Beta(1e6, 1.0),
    Beta(1.0, 1e6),
    Beta(3.0, 1e4),
    Beta(1e9, 1e9),
    Beta(1e12, 1e-12),
)


def pick[T](rng: np.random.Generator, choices: tuple[T, ...]) -> T:
    return choices[rng.integers(len(choices))]


def tree(rng: np.random.Generator) -> tuple[Hypothesis, ...]:
    top = [leaf(f"h{k}", pick(rng, WEIGHTS)) for k in range(rng.integers(1, 4))]
    below = [leaf(f"t.c{k}", pick(rng, WEIGHTS)) for k in range(rng.integers(2, 4))]
    return (inner("t", below, pick(rng, WEIGHTS), pick(rng, STRENGTHS)), *top)


def random_extreme(seed: int) -> Case:
    """Make a case of extremes: a tree, up to six ungrouped indicators, some wild Betas, and a group of two to four."""
    rng = np.random.default_rng(seed)
    hypotheses = tree(rng)
    nodes = [node.name for top in hypotheses for node in top.walk()]
    singles, members = int(rng.integers(0, 7)), int(rng.integers(2, 5))

    def likelihood(*, free: bool) -> dict[str, float | Distribution]:
        def value() -> float | Distribution:
            return pick(rng, BETAS) if free and rng.random() < 0.3 else Point(pick(rng, LIKELIHOODS))

        return {node: value() for node in nodes if rng.random() < 0.4} | {"others": value()}

    made = [
        indicator(
            f"i{k}",
            likelihood(free=k < singles),
            observed=[True, False, None][rng.choice(3, p=[0.5, 0.4, 0.1])],
            reliability=pick(rng, RELIABILITIES),
        )
        for k in range(singles + members)
    ]
    names = tuple(one.name for one in made[singles:])
    return case_of(hypotheses, made, {"g": (names, pick(rng, CORRELATIONS))}, strength=pick(rng, STRENGTHS))


def contradiction(prior_odds: float = 1e9, reports: int = 300) -> Case:
    """Prior odds against evidence of 10¹² and more, on either side."""
    made = [indicator(f"for{k}", {"a": 1 - 1e-6, "b": 1e-6}) for k in range(reports)]
    made += [indicator(f"against{k}", {"a": 1e-6, "b": 1 - 1e-6}) for k in range(reports)]
    return case_of((leaf("a", prior_odds), leaf("b")), made)


def many_leaves(count: int = 500) -> Case:
    """Hundreds of leaves in one branching, with an indicator that singles out one of them."""
    hypotheses = [leaf(f"h{k}", 1.0 + k % 7) for k in range(count)]
    telling = indicator("telling", {"h3": 1 - 1e-6, "others": Beta(1.0, 1e3)}, reliability=0.95)
    shared = [indicator(f"i{k}", {f"h{k}": 0.9, "others": 0.3}) for k in range(5)]
    return case_of(hypotheses, [telling, *shared], {"g": (("i0", "i1", "i2"), 0.999)})
