"""What a calibration found: values that should be uniform, probabilities that should be right, and one verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from falseflag.calibrate.bands import POINTS, counts_below, uniformity
from falseflag.calibrate.quantities import Quantities, Quantity
from falseflag.calibrate.replicate import EFFORT
from falseflag.calibrate.scores import Bin, Score, coverage_p_value, reliability, scores
from falseflag.case.model import Case
from falseflag.inference.result import INTERVAL
from falseflag.problem import Floats, Integers, problem_of
from falseflag.settings import Engine

ALARM = 0.01
"""How often a right program fails: the chance that any of all tests of one calibration does (Bonferroni)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that was tested.

    Parameters
    ----------
    kind, name : str
    p_value : float
    value : float
        What was seen: the largest difference of distribution functions, or a share.
    passed : bool
    """

    kind: str
    name: str
    p_value: float
    value: float
    passed: bool

    def __str__(self) -> str:
        """Name it with its kind."""
        return f"{self.kind}: {self.name}" if self.name else self.kind


@dataclass(frozen=True)
class Calibration:
    """The replicates of a calibration, and what follows from them.

    Parameters
    ----------
    case : Case
    engine : {'exact', 'nuts'}
    seed : int
    quantities : tuple of Quantity, length Q
    values : ndarray, shape (R, Q)
        Where each truth lies among its draws, in (0, 1); of the R replicates that could be answered.
    posterior : ndarray, shape (R, V)
        Probability that each node was given.
    inside : ndarray, shape (R, V)
        1 where a node's interval holds its true P_v(φ), 0 where not, NaN where rounding would decide.
    truth : ndarray of int, shape (R,)
        The true leaf.
    failures : mapping of str to int
        In how many replicates each check of the answer failed.
    unanswered : int
        Replicates whose draws were missing, not finite, or worth too few independent ones.
    fewest_draws : int
        Draws that a truth was ranked among, in the replicate with the fewest.
    """

    case: Case
    engine: Engine
    seed: int
    quantities: tuple[Quantity, ...]
    values: Floats
    posterior: Floats
    inside: Floats
    truth: Integers
    failures: Mapping[str, int]
    unanswered: int
    fewest_draws: int

    @classmethod
    def of(cls, case: Case, engine: Engine, seed: int, records: Sequence[Mapping[str, Any]]) -> Calibration:
        """Collect replicates as `falseflag.calibrate.replicate.Task` makes them."""
        quantities, nodes = Quantities.of(case).every, len(case.nodes)
        answered = [record for record in records if "values" in record]
        leaves = [leaf.name for leaf in case.leaves]
        return cls(
            case=case,
            engine=engine,
            seed=seed,
            quantities=quantities,
            values=np.array([r["values"] for r in answered], float).reshape(len(answered), len(quantities)),
            posterior=np.array([r["posterior"] for r in answered], float).reshape(len(answered), nodes),
            inside=np.array([r["inside"] for r in answered], float).reshape(len(answered), nodes),
            truth=np.array([leaves.index(r["truth"]) for r in answered], dtype=np.intp),
            failures=dict(Counter(name for record in records for name in record["failed"])),
            unanswered=len(records) - len(answered),
            fewest_draws=min((int(r["draws"]) for r in answered), default=0),
        )

    @property
    def replicates(self) -> int:
        """How many there are."""
        return len(self.values) + self.unanswered

    @cached_property
    def leaf_probability(self) -> Floats:
        """Probability that each leaf was given, shape (R, H)."""
        return self.posterior[:, self._is_leaf]

    @cached_property
    def bins(self) -> tuple[Bin, ...]:
        """Probabilities against how often they came true."""
        return reliability(self.leaf_probability, self.truth)

    @cached_property
    def scores(self) -> tuple[Score, ...]:
        """Brier and log score, against the prior's."""
        return scores(self.leaf_probability, problem_of(self.case).prior, self.truth) if len(self.values) else ()

    @property
    def interval_share(self) -> float:
        """Share of the 90 % intervals that should hold the truth, their ends being quantiles of finitely many draws."""
        draws = EFFORT[self.engine].draws * EFFORT[self.engine].chains
        return (INTERVAL[1] - INTERVAL[0]) * (draws - 1) / (draws + 1)

    @cached_property
    def coverage(self) -> Floats:
        """Share of each node's intervals that hold the truth, shape (V,); NaN if none is wider than rounding."""
        asked = (~np.isnan(self.inside)).sum(axis=0)
        return np.where(asked, np.nansum(self.inside, axis=0) / np.maximum(asked, 1), np.nan)

    @property
    def alarm(self) -> float:
        """Chance that one test fails a right program: `ALARM` shared by all of them."""
        return ALARM / (len(self.quantities) + len(self.bins) + len(self.case.nodes))

    @cached_property
    def tests(self) -> tuple[Verdict, ...]:
        """Every test: each quantity's ranks, each bin's share, each node's intervals."""
        return (*self._ranks(), *self._bins(), *self._intervals())

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """The tests that failed, the worst first."""
        return tuple(sorted((test for test in self.tests if not test.passed), key=lambda test: test.p_value))

    @property
    def p_value(self) -> float:
        """How often a right program does as badly or worse, at most."""
        return min(1.0, min(test.p_value for test in self.tests) * len(self.tests))

    @property
    def passed(self) -> bool:
        """Whether every replicate was answered and every test passed."""
        return not self.unanswered and not self.failed

    @property
    def sentence(self) -> str:
        """The verdict."""
        tests = f"{len(self.tests)} tests of {self.replicates} made-up incidents"
        if self.unanswered:
            return f"Not calibrated: {self.unanswered} of {self.replicates} incidents could not be answered."
        if self.failed:
            worst = self.failed[0]
            return f"Not calibrated: {len(self.failed)} of {tests} failed, the worst {worst} (p = {worst.p_value:.1g})."
        chance = f"a right program does worse with probability {self.p_value:.2g}"
        return f"Calibrated: all {tests} passed; {chance}."

    def as_dict(self) -> dict[str, Any]:
        """Return what ``falseflag calibrate --json`` prints."""
        return {
            "case": {"title": self.case.title, "path": self.case.path, "sha256": self.case.sha256},
            "engine": self.engine,
            "seed": self.seed,
            "replicates": self.replicates,
            "unanswered": self.unanswered,
            "passed": self.passed,
            "p_value": self.p_value,
            "alarm": ALARM,
            "alarm_each": self.alarm,
            "ranked_among": self.fewest_draws,
            "failed_checks": dict(self.failures),
            "tests": [{**asdict(test), "value": _finite(test.value)} for test in self.tests],
            "bins": [{k: _finite(v) for k, v in asdict(b).items()} for b in self.bins],
            "scores": [{k: _finite(v) for k, v in asdict(score).items()} for score in self.scores],
            "coverage": {n.name: _finite(c) for n, c in zip(self.case.nodes, self.coverage.tolist(), strict=True)},
            "coverage_expected": self.interval_share,
        }

    @property
    def _is_leaf(self) -> NDArray[np.bool_]:
        return np.array([not node.children for node in self.case.nodes])

    def _ranks(self) -> list[Verdict]:
        size = len(self.values)
        below = counts_below(self.values) / max(size, 1) - POINTS[:, None]
        worst = np.take_along_axis(below, np.abs(below).argmax(axis=0)[None], axis=0)[0]
        columns = zip(self.quantities, self.values.T, worst.tolist(), strict=True)
        return [self._test(q.kind, q.name, uniformity(values), value) for q, values, value in columns]

    def _bins(self) -> list[Verdict]:
        return [
            self._test("given", f"{100 * b.low:.0f} to {100 * b.high:.0f} %", b.p_value, b.observed) for b in self.bins
        ]

    def _intervals(self) -> list[Verdict]:
        held = np.nansum(self.inside, axis=0).astype(int)
        asked = (~np.isnan(self.inside)).sum(axis=0)
        return [
            self._test("interval", node.name, coverage_p_value(int(k), int(n), self.interval_share), float(share))
            for node, k, n, share in zip(self.case.nodes, held, asked, self.coverage, strict=True)
        ]

    def _test(self, kind: str, name: str, p_value: float, value: float) -> Verdict:
        return Verdict(kind, name, p_value, value, passed=p_value >= self.alarm)


def _finite(value: Any) -> Any:  # noqa: ANN401  (numbers, and tuples of them)
    if isinstance(value, tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
