"""The answer to a case: one immutable record that explanations, plots, reports and the command line read from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from falseflag.arrays import Floats, Mask
from falseflag.case.model import Case
from falseflag.errors import SamplerError
from falseflag.inference.checks import Check, estimate
from falseflag.inference.draws import Draws, draw_prior, fact_draws
from falseflag.inference.exact.posterior import ExactPosterior, Surprise, prior_of_fact, reliability_rows, surprise
from falseflag.problem import Problem
from falseflag.results import Result
from falseflag.scales import words, words_touched
from falseflag.settings import FORMAT, Settings
from falseflag.wording import INTERVAL

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

NOT_KNOWN = "not known"
"""Stands for a term where the sampler left no finite draws to word."""

DECIBANS = 10 / np.log(10)
"""Decibans in one unit of natural log odds."""

SMALL = 1.0
"""Decibans below which prior or evidence counts for nothing in what decides."""

SURPRISE = 2
"""Tells the random numbers of simulated reports from those of draws."""


@dataclass(frozen=True, slots=True)
class Row:
    """One probability in the answer: of a node, a proposition, a value of a circumstance or of an indicator.

    Parameters
    ----------
    name : str
        Of the node, proposition, circumstance or indicator.
    label : str
    prior, posterior : float
        Probabilities before and after the evidence, the latter by the engine that was asked for.
    interval : tuple of float
        5 % to 95 % range of P_A(φ).
    exact : float
        The exact engine's posterior: the one that people are shown.
    mcse : float
        Monte Carlo standard error of `posterior`; 0 for the exact engine.
    value : str
        Of the circumstance or the indicator; else empty.
    depth : int
        Of a node, 0 for the top of the tree.
    is_leaf : bool
    """

    name: str
    label: str
    prior: float
    posterior: float
    interval: tuple[float, float]
    exact: float
    mcse: float
    value: str = ""
    depth: int = 0
    is_leaf: bool = False

    @property
    def words(self) -> str:
        """The ICD 203 term of the exact posterior; `NOT_KNOWN` where it is missing."""
        return words(self.exact) if np.isfinite(self.exact) else NOT_KNOWN

    @property
    def words_touched(self) -> list[str]:
        """The ICD 203 terms that the interval touches; `NOT_KNOWN` where draws are missing."""
        return words_touched(*self.interval) if np.isfinite(self.interval).all() else [NOT_KNOWN]

    @property
    def two_heaps(self) -> bool:
        """Whether the interval leaves out the answer itself, since P_A(φ) is either near 0 or near 1."""
        low, high = self.interval
        return bool(self.exact < low - 1e-7 or self.exact > high + 1e-7)

    def to_dict(self, key: str = "name") -> dict[str, Any]:
        """Return the row of ``posterior.json``, with its name under a key of choice."""
        row = {
            key: self.name,
            "value": self.value,
            "label": self.label,
            "prior": self.prior,
            "posterior": _finite(self.posterior),
            "interval": [_finite(end) for end in self.interval],
            "exact": _finite(self.exact),
            "mcse": _finite(self.mcse),
            "words": self.words,
            "interval_words": self.words_touched,
        }
        if not self.value:
            del row["value"]
        return row | ({"two_heaps": True} if self.two_heaps else {})


@dataclass(frozen=True, slots=True)
class SourceRow:
    """What is learned of a source: the mean of its reliability before and after, in states that take the statement.

    Parameters
    ----------
    name, label : str
    condition : str
        Under which the reliability is stated.
    prior, posterior : float
        Means; the posterior one is NaN where all states that take the statement are ruled out.
    interval : tuple of float
        5 % to 95 % range of the reliability given the evidence.
    """

    name: str
    label: str
    condition: str
    prior: float
    posterior: float
    interval: tuple[float, float]

    def to_dict(self) -> dict[str, Any]:
        """Return the row of ``posterior.json``."""
        found = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        return found | {"posterior": _finite(self.posterior), "interval": [_finite(end) for end in self.interval]}


@dataclass(frozen=True, slots=True)
class StagingRow:
    """Whether the author of a node staged evidence, and which reports go back to it.

    Parameters
    ----------
    attempted : Row
        P(the author is below the node, and stages | evidence).
    planted : tuple of (str, float)
        For each reported indicator within reach, P(staged, and it was drawn from the blamed statement | evidence).
    """

    attempted: Row
    planted: tuple[tuple[str, float], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the row of ``posterior.json``."""
        return {
            "node": self.attempted.name,
            "attempted": self.attempted.to_dict(),
            "planted": [{"indicator": name, "posterior": value} for name, value in self.planted],
        }


type By = Literal["prior", "evidence", "both"]


@dataclass(frozen=True, slots=True)
class Decides:
    """Whether the prior or the evidence decides between the two most probable top-level hypotheses.

    Parameters
    ----------
    leader, next : str
    prior_db : float
        Odds of the one over the other before the evidence, in decibans.
    evidence_db : float or None
        What the evidence did to them; None where the next one is ruled out.
    by : {'prior', 'evidence', 'both'}
    """

    leader: str
    next: str
    prior_db: float
    evidence_db: float | None
    by: By

    @property
    def is_close(self) -> bool:
        """Whether neither prior nor evidence has as much as a deciban between the two; `by` says prior then."""
        return self.evidence_db is not None and max(abs(self.prior_db), abs(self.evidence_db)) < SMALL

    def to_dict(self) -> dict[str, Any]:
        """Return its part of ``posterior.json``."""
        return dataclasses.asdict(self)


def decides(problem: Problem, exact: ExactPosterior) -> Decides:
    """Find out what decides between the two most probable top-level hypotheses, see `Decides`."""
    tops = [name for name in problem.nodes if "." not in name]
    leader, second = sorted(tops, key=lambda name: -exact.of_set(problem.membership[name]))[:2]
    before = [float(problem.membership[name] @ problem.prior) for name in (leader, second)]
    after = [exact.of_set(problem.membership[name]) for name in (leader, second)]
    prior_db = float(DECIBANS * np.log(before[0] / before[1]))
    if after[1] == 0:
        return Decides(leader, second, prior_db, None, "evidence")
    evidence_db = float(DECIBANS * np.log(after[0] / after[1])) - prior_db
    by: By = "prior" if evidence_db < SMALL else "evidence" if prior_db < SMALL else "both"
    return Decides(leader, second, prior_db, evidence_db, by)


@dataclass(frozen=True, repr=False)
class Answer(Result):
    """What a run found, and what it was found from.

    Parameters
    ----------
    case, problem : Case, Problem
    exact : ExactPosterior
        The exact engine's answer, computed in every run.
    engine : {'exact', 'nuts'}
        Where `draws` and the `posterior` of rows come from.
    settings : Settings
        What was asked for.
    draws : Draws
        n draws, chain after chain.
    checks : tuple of Check
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
    draws: Draws
    checks: tuple[Check, ...] = ()
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

    def checked(self) -> Answer:
        """Return the answer itself.

        Raises
        ------
        SamplerError
            If a check failed.
        """
        if not self.is_sound:
            raise SamplerError("A check of the sampled answer failed; `falseflag sample` says which.")
        return self

    @property
    def is_complete(self) -> bool:
        """Whether all draws that were asked for are there and finite."""
        return all(check.passed for check in self.checks if check.name == "completeness")

    def _rows(self, members: Sequence[Mask], names: Sequence[tuple[str, str, str]]) -> list[Row]:
        """Return the rows of sets of states from their names, labels and values."""
        if not members:
            return []
        prior = [min(1.0, float(each @ self.problem.prior)) for each in members]
        exact = [self.exact.of_set(each) for each in members]
        return self._rows_from(names, prior, exact, self.draws.of(members))

    def _rows_from(
        self, names: Sequence[tuple[str, str, str]], prior: Sequence[float], exact: Sequence[float], draws: Floats
    ) -> list[Row]:
        """Return rows from probabilities before and after, and draws of the latter, shape (n, rows)."""
        low, high = np.quantile(draws, INTERVAL, axis=0)
        posterior, mcse = np.array(exact), np.zeros(len(exact))
        if self.engine == "nuts":
            chains = self.chains if len(draws) % self.chains == 0 else 1  # a fact's draws may be thinned across chains
            posterior, mcse = estimate(draws.reshape(chains, -1, draws.shape[1]), np.array(exact))
        return [
            Row(
                name=name,
                label=label,
                value=value,
                prior=prior[n],
                posterior=float(posterior[n]),
                interval=(float(low[n]), float(high[n])),
                exact=float(exact[n]),
                mcse=float(mcse[n]),
            )
            for n, (name, label, value) in enumerate(names)
        ]

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every node of the tree, parents first."""
        nodes = self.case.nodes
        rows = self._rows(list(self.problem.node_membership), [(node.name, node.label, "") for node in nodes])
        return tuple(
            dataclasses.replace(row, depth=node.name.count("."), is_leaf=not node.children)
            for row, node in zip(rows, nodes, strict=True)
        )

    @cached_property
    def propositions(self) -> tuple[Row, ...]:
        """The case's propositions."""
        found = self.case.propositions.values()
        return tuple(
            self._rows([self.problem.membership[p.name] for p in found], [(p.name, p.label, "") for p in found])
        )

    @cached_property
    def circumstances(self) -> tuple[Row, ...]:
        """Every value of every circumstance."""
        names = [(c.name, label, value) for c in self.case.circumstances.values() for value, label in c.values.items()]
        return tuple(self._rows([self.problem.membership[f"{name}={value}"] for name, _, value in names], names))

    @cached_property
    def facts(self) -> tuple[Row, ...]:
        """Every value of every indicator that is not stated as ratios: reported, silent or unknown."""
        rows: list[Row] = []
        for number, indicator in enumerate(self.case.indicators.values()):
            if indicator.ratios:
                continue
            names = [(indicator.name, label, value) for value, label in indicator.values.items()]
            prior = prior_of_fact(self.problem, number).tolist()
            exact = self.exact.fact(number).tolist()
            rows += self._rows_from(names, prior, exact, fact_draws(self.problem, self.draws, number))
        return tuple(rows)

    @cached_property
    def sources(self) -> tuple[SourceRow, ...]:
        """Every statement of the reliability of a source."""
        return tuple(
            self._source(number, name, condition)
            for number, (name, condition) in reliability_rows(self.problem).items()
        )

    def _source(self, number: int, name: str, condition: str) -> SourceRow:
        problem = self.problem
        members = (problem.reports.reliability_of == number).any(axis=0)
        drawn = self.draws.reliability[:, number]
        weight = self.draws.of(members) if members.any() else np.ones(len(drawn))
        interval = _weighted_quantiles(drawn, weight)
        label = self.case.sources[name].label
        prior = float(problem.reliability.mean[number])
        return SourceRow(name, label, condition, prior, self.exact.reliability(number), interval)

    @cached_property
    def deception(self) -> tuple[StagingRow, ...]:
        """Every deception entry."""
        rows = []
        labels = {node.name: node.label for node in self.case.nodes}
        reported = self.problem.is_reported
        for number, entry in enumerate(self.case.deception.values()):
            members = self.problem.attempted[number]
            (attempted,) = self._rows([members], [(entry.node, labels[entry.node], "")])
            places = {name: self.problem.indicators.index(name) for name in entry.reach}
            planted = [(name, self.exact.planted(number, i)) for name, i in places.items() if reported[i]]
            rows.append(StagingRow(attempted, tuple(planted)))
        return tuple(rows)

    @cached_property
    def surprise(self) -> Surprise:
        """How unusual the evidence is under the case's own prior."""
        return surprise(self.exact, np.random.default_rng([self.settings.seed, SURPRISE]))

    @cached_property
    def decides(self) -> Decides:
        """Whether the prior or the evidence decides between the first two."""
        return decides(self.problem, self.exact)

    @property
    def leader(self) -> Row:
        """The most probable leaf."""
        return max((row for row in self.rows if row.is_leaf), key=lambda row: row.exact)

    def __getitem__(self, name: str) -> Row:
        """Return the row of a node or a proposition by its name."""
        for row in (*self.rows, *self.propositions):
            if row.name == name:
                return row
        raise KeyError(name)

    def to_dict(self) -> dict[str, Any]:
        """Return the content of ``posterior.json``."""
        return {
            "case": {"title": self.case.title, "path": self.case.path, "sha256": self.case.sha256},
            "engine": self.engine,
            "seed": self.settings.seed,
            "sound": self.is_sound,
            "hypotheses": [row.to_dict() for row in self.rows],
            "propositions": [row.to_dict() for row in self.propositions],
            "circumstances": [row.to_dict() for row in self.circumstances],
            "facts": [row.to_dict("indicator") for row in self.facts],
            "sources": [row.to_dict() for row in self.sources],
            "deception": [row.to_dict() for row in self.deception],
            "surprise": dataclasses.asdict(self.surprise),
            "decides": self.decides.to_dict(),
            "warnings": [str(warning) for warning in self.case.warnings],
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

    def __repr__(self) -> str:
        """Say what was answered, and how."""
        leader = self.leader
        mark = "" if self.is_sound else "; a check failed"
        return f"<Answer to {self.case.title!r}: {leader.name} {leader.exact:.3f} ({self.engine}{mark})>"

    @property
    def frame(self) -> pd.DataFrame:
        """The hypotheses as a pandas table, indexed by the node's name."""
        from falseflag.tables import hypotheses_frame  # noqa: PLC0415

        return hypotheses_frame(self)

    @cached_property
    def tree(self) -> xr.DataTree:
        """Prior and posterior draws with labelled coordinates, as ArviZ expects them."""
        from falseflag.datatree import tree_of  # noqa: PLC0415

        return tree_of(self)


def _weighted_quantiles(values: Floats, weight: Floats) -> tuple[float, float]:
    """Return the quantiles of `INTERVAL` of weighted draws; NaN where all weights are 0."""
    total = weight.sum()
    if not total > 0:
        return float("nan"), float("nan")
    order = np.argsort(values)
    cumulative = np.cumsum(weight[order]) - weight[order] / 2
    low, high = np.interp(np.array(INTERVAL) * total, cumulative, values[order])
    return float(low), float(high)


def _finite(value: float) -> float | None:
    """JSON has no NaN or infinity."""
    return value if np.isfinite(value) else None
