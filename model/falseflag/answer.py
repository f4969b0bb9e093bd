"""The answer to a case: one immutable record that plots, reports and the command line read from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from falseflag.case.model import Case
from falseflag.exact.draws import Draws, draw_prior
from falseflag.exact.posterior import ExactPosterior
from falseflag.problem import Floats, Problem
from falseflag.scales import words, words_touched
from falseflag.settings import Settings
from falseflag.wording import percent

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

NOT_SOUND = "A check failed: this answer is not to be relied on."
"""Stands wherever an answer is shown that failed a check."""

NOT_KNOWN = "not known"
"""Stands for a term where the sampler left no finite draws to word."""

FORMAT = 1
"""Of ``posterior.json`` and of the stored draws; goes up when a reader of the old form would misread the new one."""

INTERVAL = (0.05, 0.95)
"""Quantiles of P_h(φ) that a reported interval runs between."""


@dataclass(frozen=True, slots=True)
class Check:
    """The verdict of one check.

    Parameters
    ----------
    name : str
        What was checked, such as ``r_hat``.
    passed : bool
    value, limit : float
        What was measured (NaN if it could not be) and what it is held against.
    message : str
        One sentence for people.
    """

    name: str
    passed: bool
    value: float
    limit: float
    message: str


@dataclass(frozen=True, slots=True)
class Row:
    """One node of the tree in the answer.

    Parameters
    ----------
    name, label : str
    depth : int
        0 for the top of the tree.
    is_leaf : bool
    prior, posterior : float
        Probabilities before and after the evidence, the latter by the engine that was asked for.
    interval : tuple of float
        5 % to 95 % range of P_h(φ).
    exact : float
        The exact engine's posterior.
    mcse : float
        Monte Carlo standard error of `posterior`; 0 for the exact engine.
    """

    name: str
    label: str
    depth: int
    is_leaf: bool
    prior: float
    posterior: float
    interval: tuple[float, float]
    exact: float
    mcse: float

    @property
    def words(self) -> str:
        """The ICD 203 term of the posterior; `NOT_KNOWN` where draws are missing."""
        return words(self.posterior) if np.isfinite(self.posterior) else NOT_KNOWN

    @property
    def words_touched(self) -> list[str]:
        """The ICD 203 terms that the interval touches; `NOT_KNOWN` where draws are missing."""
        return words_touched(*self.interval) if np.isfinite(self.interval).all() else [NOT_KNOWN]


@dataclass(frozen=True, repr=False)
class Answer:
    """What a run found, and what it was found from.

    Parameters
    ----------
    case, problem : Case, Problem
    exact : ExactPosterior
        The exact engine's answer, computed in every run.
    engine : {'exact', 'nuts'}
        Where `rows` and `draws` come from.
    settings : Settings
        What was asked for.
    rows : tuple of Row
        Every node, in tree order.
    checks : tuple of Check
    draws : Draws
        n draws, chain after chain.
    sample_stats : mapping of str to ndarray, shape (chains, draws)
        The sampler's own statistics and the log likelihood; empty for the exact engine.
    versions : mapping of str to str
        Of Python and of the packages that had a part in it.
    machine : str
        Operating system and processor; on another one the last digits of the draws may differ.
    """

    case: Case
    problem: Problem
    exact: ExactPosterior
    engine: str
    settings: Settings
    rows: tuple[Row, ...]
    checks: tuple[Check, ...]
    draws: Draws
    sample_stats: Mapping[str, Floats] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    machine: str = ""

    @property
    def chains(self) -> int:
        """Number of chains that `draws` consists of; the exact engine's independent draws are one."""
        return self.settings.chains if self.engine == "nuts" else 1

    @cached_property
    def prior_draws(self) -> Draws:
        """As many draws from the prior; made when they are first asked for."""
        rng = np.random.default_rng(self.settings.seed)
        return draw_prior(self.problem, rng, self.settings.draws * self.settings.chains)

    @property
    def is_sound(self) -> bool:
        """Whether every check passed; an answer that is not sound must be shown as such."""
        return all(check.passed for check in self.checks)

    @property
    def is_complete(self) -> bool:
        """Whether all draws that were asked for are there and finite."""
        return all(check.passed for check in self.checks if check.name == "completeness")

    @property
    def leader(self) -> Row:
        """The most probable leaf."""
        return max((row for row in self.rows if row.is_leaf), key=lambda row: row.posterior)

    def __getitem__(self, name: str) -> Row:
        """Return the row of a node by its dotted path."""
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(name)

    def as_dict(self) -> dict[str, Any]:
        """Return the content of ``posterior.json``."""
        return {
            "case": {"title": self.case.title, "path": self.case.path, "sha256": self.case.sha256},
            "engine": self.engine,
            "seed": self.settings.seed,
            "sound": self.is_sound,
            "hypotheses": [_row_as_dict(row) for row in self.rows],
            "checks": [
                {"name": c.name, "passed": c.passed, "value": _finite(c.value), "limit": c.limit, "message": c.message}
                for c in self.checks
            ],
            "settings": dataclasses.asdict(self.settings),
            "files": [{"name": file.name, "sha256": file.sha256} for file in self.case.files],
            "versions": dict(self.versions),
            "machine": self.machine,
            "format": FORMAT,
        }

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a table, indexed by the node's name."""
        from falseflag.tables import hypotheses_frame  # noqa: PLC0415  (pandas is heavy)

        return hypotheses_frame(self)

    @cached_property
    def tree(self) -> xr.DataTree:
        """Prior and posterior draws with labelled coordinates, as ArviZ expects them."""
        from falseflag.tree import tree_of  # noqa: PLC0415  (xarray is heavy)

        return tree_of(self)

    def __repr__(self) -> str:
        """Name the leader, and say whether to rely on that; the arrays would fill pages."""
        leader, draws = self.leader, self.settings.draws * self.settings.chains
        sound = "sound" if self.is_sound else NOT_SOUND
        name = f"{leader.label} {percent(leader.posterior)} ({leader.words})"
        return f"<Answer to {self.case.title!r}: {name}; engine {self.engine}, {draws} draws; {sound}>"

    def _repr_html_(self) -> str:
        from falseflag.tables import notebook_html  # noqa: PLC0415

        return notebook_html(self)


def rows_of(case: Case, problem: Problem, exact: ExactPosterior, draws: Draws, sampled: Sampled | None) -> list[Row]:
    """Make the rows of an answer.

    Parameters
    ----------
    sampled : Sampled or None
        Posterior means and their standard errors by a sampling engine; None where the exact answer is the answer.
    """
    node_draws = draws.probability @ problem.membership.T.astype(float)
    low, high = np.quantile(node_draws, INTERVAL, axis=0)
    prior = problem.membership.astype(float) @ problem.prior
    posterior = exact.nodes if sampled is None else sampled.mean
    mcse = np.zeros_like(prior) if sampled is None else sampled.mcse
    return [
        Row(
            name=node.name,
            label=node.label,
            depth=node.name.count("."),
            is_leaf=not node.children,
            prior=float(prior[v]),
            posterior=float(posterior[v]),
            interval=(float(low[v]), float(high[v])),
            exact=float(exact.nodes[v]),
            mcse=float(mcse[v]),
        )
        for v, node in enumerate(case.nodes)
    ]


@dataclass(frozen=True, slots=True)
class Sampled:
    """Monte Carlo estimates of every node's posterior, shape (V,)."""

    mean: Floats
    mcse: Floats


def failed(checks: Sequence[Check]) -> list[Check]:
    """Return the checks that did not pass."""
    return [check for check in checks if not check.passed]


def _row_as_dict(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "label": row.label,
        "prior": row.prior,
        "posterior": _finite(row.posterior),
        "interval": [_finite(end) for end in row.interval],
        "exact": _finite(row.exact),
        "mcse": _finite(row.mcse),
        "words": row.words,
        "interval_words": row.words_touched,
    }


def _finite(value: float) -> float | None:
    """JSON has no NaN or infinity."""
    return value if np.isfinite(value) else None
