"""Calibration on simulated incidents: each is answered as a case of a user's is, and the truth ranked among the answer.

Simulation and the likelihood at the true parameters are those of `falseflag.validation.definition`.

References
----------
Talts et al. 2018, *Validating Bayesian inference algorithms with simulation-based calibration*, arXiv:1804.06788.
Modrák et al. 2023, *Simulation-based calibration checking for Bayesian computation*, Bayesian Analysis: quantities that
depend on the data as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from falseflag import sampling
from falseflag.arrays import Floats, Integers
from falseflag.batch import run_batch
from falseflag.case.conditions import Condition
from falseflag.case.model import Case
from falseflag.distributions import AnyDistribution, Beta, Dirichlet, LogNormal
from falseflag.inference.checks import effective_draws, failed, is_constant
from falseflag.inference.draws import Draws
from falseflag.inference.result import Answer, Row
from falseflag.problem import Elicited, Problem, problem_of
from falseflag.provenance import EXACT_PACKAGES, NUTS_PACKAGES, source_digest, versions_of
from falseflag.results import Result
from falseflag.settings import DEFAULTS, Engine, Settings
from falseflag.validation.definition import Definition, Incident, Key, Parameters, State, elicited
from falseflag.validation.scores import Bin, Score, coverage_p_value, reliability, scores
from falseflag.validation.uniformity import POINTS, counts_below, event_ranked, ranked, uniformity
from falseflag.wording import INTERVAL

if TYPE_CHECKING:
    import pandas as pd


type Progress = Callable[[int, int], None]

ALARM = 0.01
"""How often a right program fails: the chance that any of all tests of one calibration does (Bonferroni)."""

CHUNK = 5
"""Replicates in one task of a batch."""

REPLICATES: dict[Engine, int] = {"exact": 1000, "nuts": 200}
"""How many are made unless told."""

EFFORT: dict[Engine, Settings] = {
    "exact": Settings(draws=400, tune=0, chains=1),
    "nuts": Settings(draws=500, tune=400, chains=4),
}
"""What a replicate is answered with: enough to rank a truth among; the answer's own checks would want more of NUTS."""

RANKED = 99
"""Draws that a truth is ranked among."""

FEWEST = 20
"""Draws among which a truth is ranked at least: among fewer, a sampler that hardly moves would pass for a right one."""

APART = 4
"""Effective draws for each that is ranked: those that are kept are then as good as independent."""

DIGITS = 12
"""Probabilities that agree to so many decimals count as equal."""

KINDS = {
    "hypotheses": "prior weights among siblings",
    "circumstance": "probabilities of circumstances",
    "attempt": "attempts at staging",
    "reach": "reaches of staging q",
    "likelihood": "likelihoods θ",
    "ratio": "stated ratios",
    "detection": "detections δ",
    "report": "reliabilities r of single reports",
    "source": "reliabilities r of sources",
    "correlation": "correlations ρ",
    "probability": "probabilities P(φ) of sets of states",
    "log likelihood": "joint log likelihood of the evidence",
    "truth": "what is true, given its probability",
}


# What is ranked


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity whose true value is compared with the answer's draws of it."""

    kind: str
    name: str

    def __str__(self) -> str:
        """Name it with its kind."""
        return f"{self.kind}: {self.name}" if self.name else self.kind


def quantities(case: Case) -> tuple[Quantity, ...]:
    """List what is ranked, in the order of a replicate's values."""
    columns = [
        Quantity(key[0], " | ".join([*filter(None, key[1:]), *([] if single else [str(place)])]))
        for key, value in elicited(case).items()
        for single, place in [(len(_free(value)) == 1, place) for place in _free(value)]
    ]
    sets = [Quantity("probability", name) for name in sets_of(case)]
    facts = [f"{name} is {value}" for name, i in case.indicators.items() if not i.ratios for value in i.values]
    planted = [f"{name} planted by {node}" for node, name in _planted(case)]
    events = [Quantity("truth", name) for name in (*sets_of(case), *facts, *planted)]
    return (*columns, *sets, Quantity("log likelihood", ""), *events)


def sets_of(case: Case) -> Mapping[str, Callable[[State], bool]]:
    """Return the sets of states of a case by name: nodes, circumstances, propositions, staging."""
    when: dict[str, tuple[Condition, ...]] = {node.name: (Condition(node.name),) for node in case.nodes}
    for name, circumstance in case.circumstances.items():
        when |= {f"{name}={value}": (Condition(values=((name, value),)),) for value in circumstance.values}
    when |= {name: proposition.when for name, proposition in case.propositions.items()}
    staged = {f"{node} stages": partial(_stages, node) for node in case.deception}
    return {name: partial(_in_any, conditions) for name, conditions in when.items()} | staged


def _in_any(conditions: Sequence[Condition], state: State) -> bool:
    return any(state.holds(condition) for condition in conditions)


def _stages(node: str, state: State) -> bool:
    return state.staged == node


def _planted(case: Case) -> list[tuple[str, str]]:
    return [
        (node, name) for node, entry in case.deception.items() for name in entry.reach if case.indicators[name].reports
    ]


def _free(value: AnyDistribution) -> list[int]:
    """Return which values of what is elicited are uncertain and not one less the others."""
    match value:
        case Beta() | LogNormal():
            return [0]
        case Dirichlet(concentration):
            possible = [place for place, c in enumerate(concentration) if c > 0]
            return possible if len(possible) > 2 else possible[: len(possible) - 1]
        case _:
            return []


def parameters_of(problem: Problem, draws: Draws) -> Parameters:
    """Return an engine's draws by the keys of `falseflag.validation.definition`."""
    found: dict[Key, Floats] = {}
    for b, branching in enumerate(problem.branchings):
        condition = (str(branching.name.condition),) if branching.kind == "circumstance" else ()
        key = (branching.kind, branching.name.owner, *condition)
        found[key] = draws.weights[:, b, : len(branching.alternatives)]
    for t, (name, indicator) in enumerate(zip(problem.statement_names, problem.statement_indicator, strict=True)):
        found["likelihood", name.owner, str(name.condition)] = draws.theta[:, t, : len(problem.values[indicator])]
    scalars: list[tuple[Floats, Sequence[Elicited], Callable[[Elicited], Key]]] = [
        (draws.reach, problem.reach_names, lambda name: ("reach", name.what[1], name.what[3])),
        (draws.detection, problem.detection_names, lambda name: ("detection", name.owner, str(name.condition))),
        (draws.correlation, problem.correlation_names, lambda name: ("correlation", name.owner, str(name.condition))),
        (draws.reliability, problem.reliability_names, _reliability_key),
    ]
    for values, names, key_of in scalars:
        found |= {key_of(name): np.stack([v, 1 - v], axis=1) for name, v in zip(names, values.T, strict=True)}
    for name, log_ratio in zip(problem.ratio_names, draws.log_ratio.T, strict=True):
        found["ratio", name.owner, str(name.condition)] = np.exp(log_ratio)[:, None]
    return found


def _reliability_key(name: Elicited) -> Key:
    if not name.what:
        return ("taken as true",)
    if name.what[0] == "sources":
        return ("source", name.owner, str(name.condition))
    return ("report", name.what[1], name.what[3] if name.what[2] == "reports" else "", str(name.condition))


# One replicate


@dataclass(frozen=True)
class Task:
    """What all replicates of a calibration have in common; called with a number, it makes that replicate.

    A replicate depends on the case, the engine, the seed and its number, and on nothing that was done before it.
    """

    case: Case
    engine: Engine
    seed: int

    def __call__(self, number: int) -> dict[str, Any]:
        """Make replicate `number`, as what JSON holds."""
        simulated, answered, ranking = np.random.SeedSequence([self.seed, number]).spawn(3)
        incident = Definition(self.case).simulate(np.random.default_rng(simulated))
        settings = EFFORT[self.engine]
        seed = int(answered.generate_state(1)[0])
        case = incident.reported_in(self.case)
        answer = sampling.sample(case, self.engine, Settings(settings.draws, settings.tune, settings.chains, seed))
        return compare(answer, incident, np.random.default_rng(ranking))


def compare(answer: Answer, incident: Incident, rng: np.random.Generator) -> dict[str, Any]:
    """Compare the truth with an answer to the incident's reports; returns what JSON holds."""
    record: dict[str, Any] = {"truth": incident.state.leaf, "failed": [check.name for check in failed(answer.checks)]}
    chosen = _kept(answer)
    if not len(chosen):
        return record
    drawn = parameters_of(answer.problem, answer.draws[chosen])
    both = {
        key: np.concatenate([true[:, : drawn[key].shape[1]], drawn[key]]) for key, true in incident.parameters.items()
    }
    values = _values(answer.case, both)
    truth, draws = values[0], values[1:]
    sets = sets_of(answer.case)
    probabilities = slice(len(truth) - 1 - len(sets), len(truth) - 1)
    rows = _rows(answer)
    draws[:, probabilities] = answer.draws[chosen].of([*_masks(answer)]).round(DIGITS)
    happened, posterior = _events(answer, incident)
    true_sets = truth[probabilities].tolist()
    return record | {
        "values": [*ranked(draws, truth, rng).tolist(), *event_ranked(happened, posterior, rng).tolist()],
        "posterior": [row.posterior for row in answer.rows],
        "inside": [_is_inside(row.interval, p) for row, p in zip(rows, true_sets, strict=True)],
        "draws": len(chosen),
    }


def _values(case: Case, parameters: Parameters) -> Floats:
    """Return at given parameters what is ranked among draws, shape (n, quantities)."""
    definition = Definition(case)
    columns = [parameters[key][:, place] for key, value in definition.elicited.items() for place in _free(value)]
    scores = definition.log_prior(parameters) + definition.log_likelihood(parameters)
    probability = special.softmax(scores, axis=1)
    for holds in sets_of(case).values():
        members = np.array([holds(state) for state in definition.states], float)
        columns.append((probability @ members).round(DIGITS))
    # Where the evidence says nothing it is constant but for rounding, whose ranks would mean nothing.
    columns.append(np.logaddexp.reduce(scores, axis=1).round(DIGITS))
    return np.stack(columns, axis=1)


def _masks(answer: Answer) -> Iterator[NDArray[np.bool_]]:
    """Yield the sets of states of a case in the order of `sets_of`, as the engines have them."""
    problem, case = answer.problem, answer.case
    yield from (problem.membership[name] for name in sets_of(case) if name in problem.membership)
    yield from problem.attempted


def _rows(answer: Answer) -> tuple[Row, ...]:
    """Return the answer's rows of the sets of states, in the order of `sets_of`."""
    staged = [row.attempted for row in answer.deception]
    return (*answer.rows, *answer.circumstances, *answer.propositions, *staged)


def _events(answer: Answer, incident: Incident) -> tuple[NDArray[np.bool_], Floats]:
    """Return whether each event happened, and the probability it was given."""
    happened = [holds(incident.state) for holds in sets_of(answer.case).values()]
    happened += [incident.facts[row.name] == row.value for row in answer.facts]
    posterior = [row.posterior for row in (*_rows(answer), *answer.facts)]
    for row in answer.deception:
        staged = incident.state.staged == row.attempted.name
        happened += [staged and name in incident.planted for name, _ in row.planted]
        posterior += [p for _, p in row.planted]
    return np.array(happened), np.array(posterior)


def _is_inside(interval: tuple[float, float], probability: float) -> bool | None:
    """Return whether the interval holds the true P(φ); None where rounding alone would decide."""
    low, high = interval
    return None if high - low < 10**-DIGITS else low <= probability <= high


def _kept(answer: Answer) -> Integers:
    """Choose draws that are as good as independent, evenly spaced; none where they are too few or not all finite."""
    draws = answer.draws
    parts = (draws.weights, draws.theta, draws.reach, draws.detection, draws.reliability, draws.correlation)
    values = np.concatenate([p.reshape(len(draws), -1) for p in (draws.probability, draws.log_ratio, *parts)], axis=1)
    if not np.isfinite(values).all():
        return np.array([], dtype=np.intp)
    keep = min(RANKED, len(values))
    if answer.engine != "exact":
        keep = min(keep, int(_fewest_effective(values.reshape(answer.chains, -1, values.shape[1])) / APART))
    if keep < FEWEST:
        return np.array([], dtype=np.intp)
    return np.linspace(0, len(values) - 1, keep).round().astype(np.intp)


def _fewest_effective(by_chain: Floats) -> float:
    varying = by_chain[:, :, ~is_constant(by_chain)]
    return float(np.nanmin(effective_draws(varying, "bulk"), initial=varying.shape[0] * varying.shape[1]))


# The verdict


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


@dataclass(frozen=True, repr=False)
class Calibration(Result):
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
    inside : ndarray, shape (R, sets)
        1 where the interval of a set of states holds its true P(φ), 0 where not, NaN where rounding would decide.
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
        """Collect replicates as `Task` makes them."""
        every, nodes, sets = quantities(case), len(case.nodes), len(sets_of(case))
        answered = [record for record in records if "values" in record]
        leaves = [leaf.name for leaf in case.leaves]
        return cls(
            case=case,
            engine=engine,
            seed=seed,
            quantities=every,
            values=np.array([r["values"] for r in answered], float).reshape(len(answered), len(every)),
            posterior=np.array([r["posterior"] for r in answered], float).reshape(len(answered), nodes),
            inside=np.array([r["inside"] for r in answered], float).reshape(len(answered), sets),
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
        """Brier and log score, beside the prior's."""
        return scores(self.leaf_probability, self._leaf_prior, self.truth) if len(self.values) else ()

    @property
    def interval_share(self) -> float:
        """Share of the 90 % intervals that should hold the truth, their ends being quantiles of finitely many draws."""
        draws = EFFORT[self.engine].draws * EFFORT[self.engine].chains
        return float((INTERVAL[1] - INTERVAL[0]) * (draws - 1) / (draws + 1))

    @cached_property
    def coverage(self) -> Floats:
        """Share of the intervals of each set of states that hold the truth; NaN if none is wider than rounding."""
        asked = (~np.isnan(self.inside)).sum(axis=0)
        return np.where(asked, np.nansum(self.inside, axis=0) / np.maximum(asked, 1), np.nan)

    @property
    def alarm(self) -> float:
        """Chance that one test fails a right program: `ALARM` shared by all of them."""
        return ALARM / (len(self.quantities) + len(self.bins) + len(sets_of(self.case)))

    @cached_property
    def tests(self) -> tuple[Verdict, ...]:
        """Every test: each quantity's ranks, each bin's share, each set's intervals."""
        return (*self._ranks(), *self._bins(), *self._intervals())

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """The tests that failed, the worst first."""
        return tuple(sorted((test for test in self.tests if not test.passed), key=lambda test: test.p_value))

    @property
    def p_value(self) -> float:
        """How often a right program does as badly or worse, at most."""
        return float(min(1.0, min(test.p_value for test in self.tests) * len(self.tests)))

    @property
    def passed(self) -> bool:
        """Whether every replicate was answered and every test passed."""
        return not self.unanswered and not self.failed

    @property
    def sentence(self) -> str:
        """The verdict."""
        tests = f"{len(self.tests)} tests of {self.replicates} simulated incidents"
        if self.unanswered:
            return f"Not calibrated: {self.unanswered} of {self.replicates} incidents could not be answered."
        if self.failed:
            worst = self.failed[0]
            return f"Not calibrated: {len(self.failed)} of {tests} failed, the worst {worst} (p = {worst.p_value:.1g})."
        chance = f"a right program does worse with probability {self.p_value:.2g}"
        return f"Calibrated: all {tests} passed; {chance}."

    @property
    def is_sound(self) -> bool:
        """Whether every test passed."""
        return self.passed

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each test."""
        import pandas as pd  # noqa: PLC0415

        return pd.DataFrame([asdict(test) for test in self.tests])

    def in_words(self) -> Sequence[str]:
        """Return the verdict."""
        return (self.sentence,)

    def to_dict(self) -> dict[str, Any]:
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
            "coverage": {n: _finite(c) for n, c in zip(sets_of(self.case), self.coverage.tolist(), strict=True)},
            "coverage_expected": self.interval_share,
        }

    @property
    def _leaf_prior(self) -> Floats:
        problem = problem_of(self.case)
        return np.asarray(problem.leaf_membership @ problem.prior)

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
            self._test("interval", name, coverage_p_value(int(k), int(n), self.interval_share), float(share))
            for name, k, n, share in zip(sets_of(self.case), held, asked, self.coverage, strict=True)
        ]

    def _test(self, kind: str, name: str, p_value: float, value: float) -> Verdict:
        return Verdict(kind, name, p_value, value, passed=p_value >= self.alarm)


def _finite(value: Any) -> Any:  # noqa: ANN401  (numbers, and tuples of them)
    if isinstance(value, tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


# The whole


@dataclass(frozen=True)
class Chunk:
    """Several replicates as one task."""

    task: Task

    def __call__(self, numbers: Sequence[int]) -> dict[str, Any]:
        """Make the replicates with these numbers."""
        return {"replicates": [self.task(number) for number in numbers]}


def calibrate(  # noqa: PLR0913
    case: Case,
    engine: Engine = "exact",
    *,
    replicates: int | None = None,
    seed: int = DEFAULTS.seed,
    store: Path | None = None,
    dask: str | None = None,
    progress: Progress | None = None,
) -> Calibration:
    """Simulate incidents from a case's prior, answer each, and compare the answers with the truth.

    `simuk` runs simulation-based calibration of any PyMC model. It is not used: it takes its truths and its test
    quantities from the model's own variables, of which the hypothesis, summed out, is none; it simulates with the
    model's own code, not with a second reading of the definition; and it compiles the model anew for every replicate.

    Parameters
    ----------
    case : Case
        Its reports say what is reported on, and by whom; what they say is simulated.
    engine : {'exact', 'nuts'}
        ``nuts`` compiles once, in each process that takes part.
    replicates : int, optional
        1,000 for the exact engine, 200 for NUTS.
    seed : int
        Replicate k depends on the seed and on k alone.
    store : path, optional
        File that keeps replicates as they are made; a calibration that was broken off, or is to have more replicates,
        goes on from there.
    dask, progress
        See `falseflag.batch.run_batch`; progress counts tasks of a few replicates.

    Returns
    -------
    Calibration
    """
    count = REPLICATES[engine] if replicates is None else replicates
    chunks = [range(first, min(first + CHUNK, count)) for first in range(0, count, CHUNK)]
    done = run_batch(
        Chunk(Task(case, engine, seed)),
        {f"{numbers[0]}-{numbers[-1]}": list(numbers) for numbers in chunks},
        store=store,
        identity=_identity(case, engine, seed),
        dask=dask,
        progress=progress,
    )
    records = [record for result in done.values() for record in result["replicates"]]
    return Calibration.of(case, engine, seed, records)


def _identity(case: Case, engine: Engine, seed: int) -> dict[str, object]:
    return {
        "command": "calibrate",
        "case": case.content_sha256,
        "engine": engine,
        "seed": seed,
        "effort": asdict(EFFORT[engine]) | {"ranked": RANKED},
        "source": source_digest(),
        "versions": versions_of(NUTS_PACKAGES if engine == "nuts" else EXACT_PACKAGES),
    }
