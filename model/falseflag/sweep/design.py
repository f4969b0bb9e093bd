"""What a sweep varies, over which values, and in which runs.

What can be varied is every elicited number and report, by the keys that lead to it in the case file. ``--vary`` names
one, and the values that it is to take:

hypotheses.ukraine.prior=1:10:20            twenty values from 1 to 10, evenly spaced
hypotheses.ukraine.prior=1:10:20:log        evenly spaced in their logs
indicators.two_hits.likelihood.others=.2,.5,.8
indicators.two_hits.observed=present,absent
dependence.arrival.correlation              eleven values over its own 90 % interval
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from falseflag.arrays import Floats, Integers
from falseflag.case.conditions import Clash, narrowest
from falseflag.case.edit import ONLY_ONE, Keys, broken_rule, keys_of_node
from falseflag.case.model import Case
from falseflag.diagnostics import quoted, suggestion
from falseflag.distributions import AnyDistribution, Beta, LogNormal, Point
from falseflag.errors import RequestError
from falseflag.numbers import Number, numbers_of
from falseflag.problem import NOTHING, Problem

# What can be varied


UNKNOWN = -1.0
"""Stands among the places of an indicator's values for a report that is not made."""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that can be varied.

    Parameters
    ----------
    what : tuple of str
        Keys that lead to it in the case file.
    kind : str
        That of a number; or prior_strength, or observed.
    written : float
        As the case has it: the weight, strength, mean, or the place of the value that is reported.
    numbers : tuple of Number
        The number; several where a record has split a statement by class of author: one value holds for all of them.
    report : (int, int) or None
        The indicator and the report (`NOTHING` where it is unknown), of `observed`.
    words : tuple of str
        The indicator's values, of `observed`.
    """

    what: Keys
    kind: str
    written: float
    numbers: tuple[Number, ...] = ()
    report: tuple[int, int] | None = None
    words: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The keys, joined by dots, as they are given to ``--vary``."""
        return ".".join(self.what)

    @property
    def distribution(self) -> AnyDistribution | None:
        """What was elicited; none for weights, strengths, reports, and statements that the record has split."""
        return self.numbers[0].distribution if len(self.numbers) == 1 else None

    @property
    def log_odds(self) -> float:
        """Of the number as written; NaN for what is none."""
        return self.numbers[0].log_odds if self.numbers else float("nan")

    @property
    def sets(self) -> set[object]:
        """What it sets: of several weights that are not a hypothesis's, any one sets them all."""
        if not self.numbers:
            return {self.what}
        return {(n.kind, n.place, n.alternative if n.kind == "prior" else 0) for n in self.numbers}

    @property
    def is_uncertain(self) -> bool:
        """Whether a random sample can draw it from what was elicited."""
        value = self.distribution
        return self.kind == "prior" or isinstance(value, Beta) or (isinstance(value, LogNormal) and value.sigma > 0)

    def word(self, place: float) -> str:
        """Return the word for the place of a value."""
        return "unknown" if place == UNKNOWN else self.words[int(place)]


def targets_of(case: Case, problem: Problem) -> dict[str, Target]:
    """Return everything in a case that can be varied, by name: numbers, then reports, then strengths."""
    found: dict[str, Target] = {}
    for number in numbers_of(problem, case):
        before = found.get(number.name)
        numbers = (number,) if before is None else (*before.numbers, number)
        found[number.name] = Target(number.what, number.kind, number.written, numbers)
    return found | {target.name: target for target in (*_reports(case, problem), *_strengths(case))}


def _reports(case: Case, problem: Problem) -> Iterator[Target]:
    for i, (name, indicator) in enumerate(case.indicators.items()):
        values = tuple(indicator.values)
        own = [j for j, at in enumerate(problem.reports.indicator.tolist()) if at == i]
        if i in problem.unreported:
            yield Target(("indicators", name, "observed"), "observed", UNKNOWN, (), (i, NOTHING), values)
        for j in own:
            what: Keys = ("indicators", name, "observed")
            if len(own) > 1:
                what = ("indicators", name, "reports", problem.reports.source[j])
            yield Target(what, "observed", float(problem.reports.value[j]), (), (i, j), values)


def _strengths(case: Case) -> Iterator[Target]:
    yield Target(("prior_strength",), "prior_strength", case.prior_strength)
    for node in case.nodes:
        if node.children:
            what = (*keys_of_node(node.name)[:-1], "prior_strength")
            yield Target(what, "prior_strength", node.prior_strength)


def split_variation(targets: dict[str, Target], text: str) -> tuple[str, str]:
    """Split what is varied from its values at an ``=``; conditions hold such signs, too.

    Returns
    -------
    tuple of str
        The name, and the values; empty for none.
    """
    places = [at for at, sign in enumerate(text) if sign == "="]
    for at in [len(text), *reversed(places)]:
        name = text[:at].strip()
        if name in targets or name in _short_names(targets) or _grade_of(name) in targets:
            return name, text[at + 1 :].strip()
    name, _, values = text.rpartition("=") if places else (text, "", "")
    return name, values


def find_target(case: Case, targets: dict[str, Target], name: str) -> Target:
    """Return the target of a name; a hypothesis may also be named by its dotted path, without ``children``.

    Raises
    ------
    RequestError
        If there is none, with what is likely to have been meant.
    """
    if name in targets:
        return targets[name]
    short = _short_names(targets)
    if name in short:
        return short[name]
    if _grade_of(name) in targets:
        return targets[_grade_of(name)]
    keys = name.split(".")
    if keys[0] == "indicators" and len(keys) > 3 and keys[2] == "likelihood":
        _check_where_it_stands(case, keys[1], ".".join(keys[3:]))
    raise RequestError(f"nothing in the case is called {quoted(name)}.{_meant(name, [*targets, *short])}")


def _meant(name: str, known: list[str]) -> str:
    """Suggest a name that begins alike, where there is one: most names differ from many others in little."""
    first = name.split(".", maxsplit=1)[0]
    return suggestion(name, [k for k in known if k.split(".")[0] == first]) or (
        " What can be varied begins with hypotheses, circumstances, indicators, sources, deception or dependence, and "
        "goes on as the keys of the case file: indicators.NAME.likelihood.HYPOTHESIS, say."
    )


def _check_where_it_stands(case: Case, indicator: str, node: str) -> None:
    """Refuse a likelihood under a leaf that takes one from further up, with the name of that one."""
    leaves = {leaf.name for leaf in case.leaves}
    if indicator in case.indicators and node in leaves:
        stated = narrowest(case.indicators[indicator].likelihood, node, {})
        if stated is not None and not isinstance(stated, Clash):
            raise RequestError(
                f"{quoted(indicator)} has no likelihood of its own for {quoted(node)}: it takes that for "
                f"{quoted(str(stated))}. Vary indicators.{indicator}.likelihood.{stated}, or write one into the case"
            )


def _short_names(targets: dict[str, Target]) -> dict[str, Target]:
    return {_short(target): target for target in targets.values() if target.what[0] == "hypotheses"}


def _grade_of(name: str) -> str:
    """Return the name of the grade that a source's reliability follows from."""
    return name.removesuffix("reliability") + "grade" if name.startswith("sources.") else ""


def _short(target: Target) -> str:
    node = ".".join(target.what[1:-1:2])
    return f"hypotheses.{node}.{target.what[-1]}"


def matters(target: Target, problem: Problem) -> bool:
    """Return whether the exact answer depends on it, other reports being as they are."""
    return any(_matters(number, problem) for number in target.numbers)


def _matters(number: Number, problem: Problem) -> bool:
    n, known = number.place, problem.is_evidence
    match number.kind:
        case "likelihood":
            i = problem.statement_indicator[n]
            return bool(known[i] and ((problem.own_of[i] == n) | (problem.blamed_of[i] == n)).any())
        case "reach":
            return bool((problem.reach_of[known] == n).any())
        case "reliability":
            return bool((problem.reports.reliability_of == n).any())
        case "correlation":
            group = problem.groups.index(problem.correlation_names[n].owner)
            members = problem.group_of == group
            return bool((known & members).sum() > 1 and (problem.correlation_of[group] == n).any())
        case _:
            return True


# What ``--vary`` asks for


MOST_VALUES = 10_000
"""Values of one axis of a grid."""

USUAL = 11
"""Values of an axis that gives none."""

WIDE = 5.0
"""A prior weight that gives no values goes from what is written over this to that times this."""


@dataclass(frozen=True, slots=True)
class Variation:
    """One target, and what it is to be varied over.

    Parameters
    ----------
    target : Target
    values : ndarray
        What a grid goes through; of a range, its two ends for a random sample.
    form : {'list', 'linear', 'log', 'own'}
        How a random sample draws: one of the values, evenly between the ends, evenly in logs, or as elicited.
    """

    target: Target
    values: Floats
    form: str


def read_variation(target: Target, text: str, *, random: bool) -> Variation:
    """Read what stands behind the ``=`` (nothing, if there is none).

    Parameters
    ----------
    target : Target
    text : str
    random : bool
        Whether a random sample is drawn: a range then has two ends and no number of values.

    Raises
    ------
    RequestError
        With the rule that is broken.
    """
    try:
        variation = _own(target, random=random) if not text else _written(target, text, random=random)
    except ValueError as error:
        raise RequestError(f"--vary {target.name}={text}: {error}") from None
    if np.isinf(target.log_odds) and target.kind in {"circumstance", "attempt"}:
        raise RequestError(
            f"--vary {target.name}: it is certain as it is written, so that what is ruled out has no place in a sweep; "
            "write a probability next to 0 or 1 into the case"
        )
    if np.isposinf(target.log_odds) and target.kind != "prior" and target.distribution is None:
        raise RequestError(f"--vary {target.name}: it has probability 1 and all other values 0; {ONLY_ONE}")
    for value in variation.values:
        _check_value(target, float(value), text)
    return variation


def _written(target: Target, text: str, *, random: bool) -> Variation:
    if target.kind == "observed":
        return Variation(target, np.array([_report(word, target) for word in text.split(",")], float), "list")
    if ":" not in text:
        return Variation(target, np.array([_number(part) for part in text.split(",")]), "list")
    *parts, form = text.split(":") if text.endswith((":log", ":linear")) else (*text.split(":"), "linear")
    if len(parts) != 3 - random:
        shape = "from:to" if random else "from:to:count"
        raise ValueError(f"a range should be {shape}, or {shape}:log")
    low, high = _number(parts[0]), _number(parts[1])
    if not low < high:
        raise ValueError(f"a range should go upwards, but {parts[0]} is not below {parts[1]}")
    if form == "log" and low <= 0:
        raise ValueError("a range in logs should begin above 0")
    if random:
        return Variation(target, np.array([low, high]), form)
    return Variation(target, (np.geomspace if form == "log" else np.linspace)(low, high, _count(parts[2])), form)


def _own(target: Target, *, random: bool) -> Variation:
    """Vary over what was elicited."""
    if target.kind == "prior":
        ends = (target.written / WIDE, target.written * WIDE)
        return Variation(target, np.array([target.written]) if random else np.geomspace(*ends, USUAL), "own")
    if target.kind == "observed":
        return Variation(target, np.array([*range(len(target.words)), UNKNOWN], float), "list")
    if target.distribution is None:
        raise ValueError("should be followed by values, such as =2:40:20:log")
    if not target.is_uncertain:
        raise ValueError(f"is fixed at {target.written:g}, so it should be followed by values, such as =0.1,0.5")
    if random:
        return Variation(target, np.array([target.written]), "own")
    low, high = _quantiles(target)
    return Variation(target, np.linspace(low, high, USUAL), "own")


def _quantiles(target: Target) -> tuple[float, float]:
    value = target.distribution
    assert isinstance(value, Beta | Point | LogNormal)  # noqa: S101 (nothing else is about one number)
    return value.quantiles


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{quoted(text)} should be a number")
    return value


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 2 <= int(text[:9]) <= MOST_VALUES):
        raise ValueError(f"the count should be a whole number from 2 to {MOST_VALUES}, but is {quoted(text)}")
    return int(text)


def _report(word: str, target: Target) -> float:
    words = (*target.words, "unknown")
    if word not in words:
        raise ValueError(f"{quoted(word)} should be one of {', '.join(words)}")
    return UNKNOWN if word == "unknown" else float(words.index(word))


def _check_value(target: Target, value: float, text: str) -> None:
    """Check a value by the rules of the case file."""
    if target.kind != "observed" and (words := broken_rule(target.kind, value)):
        raise RequestError(f"--vary {target.name}={text}: values should be {words}, but one is {value:g}")


# The runs


MOST_RUNS = 1_000_000
MOST_NUMBERS = 40_000_000
"""Runs of a sweep, and values and probabilities in all of them."""

TINY = np.finfo(float).tiny

LEAST_SHARE = 1e-150
"""Least share of a prior that is drawn: a low strength gives less, whose ratio to others no float holds."""


@dataclass(frozen=True)
class Design:
    """A axes and R runs.

    Parameters
    ----------
    targets : tuple of Target
        What each axis varies.
    levels : tuple of ndarray
        The values that each axis goes through; for a random sample, its value in each run.
    is_grid : bool
    """

    targets: tuple[Target, ...]
    levels: tuple[Floats, ...]
    is_grid: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each axis of a grid; (R,) for a random sample."""
        return tuple(map(len, self.levels)) if self.is_grid else (len(self.levels[0]),)

    @property
    def runs(self) -> int:
        """R; the last axis goes fastest."""
        return prod(self.shape)

    def columns(self, axes: Sequence[int]) -> dict[int, Floats]:
        """Return the distinct combinations of some axes' values (of a random sample, every run): (C,) for each axis."""
        levels = [self.levels[axis] for axis in axes]
        if self.is_grid:
            levels = [grid.ravel() for grid in np.meshgrid(*levels, indexing="ij")]
        return dict(zip(axes, levels, strict=True))

    def combination_of(self, axes: Sequence[int], runs: Integers) -> Integers:
        """Return which of those combinations each run has."""
        if not self.is_grid:
            return runs
        places = np.unravel_index(runs, self.shape)
        return np.asarray(np.ravel_multi_index([places[a] for a in axes], [self.shape[a] for a in axes]))

    def values(self, runs: Integers) -> Floats:
        """Return the value of every axis in some runs, shape (len(runs), A)."""
        places = np.unravel_index(runs, self.shape) if self.is_grid else (runs,) * len(self.levels)
        return np.stack([level[place] for level, place in zip(self.levels, places, strict=True)], axis=1)


def design_grid(variations: Sequence[Variation], problem: Problem) -> Design:
    """Lay out every combination of values.

    Raises
    ------
    RequestError
        If they are too many, or two variations set the same thing.
    """
    design = Design(tuple(v.target for v in variations), tuple(v.values for v in variations), is_grid=True)
    _check(design.targets, len(problem.leaves), prod(design.shape), " × ".join(map(str, design.shape)) + " = ")
    return design


def design_sample(variations: Sequence[Variation], problem: Problem, runs: int, seed: int) -> Design:
    """Draw a random sample, each axis by its own form.

    Prior weights that are drawn as elicited have, among their siblings, the joint distribution that the Dirichlet
    gives them; the siblings that are not varied keep their proportions.

    Raises
    ------
    RequestError
        As `design_grid`.
    """
    targets = tuple(v.target for v in variations)
    _check(targets, len(problem.leaves), runs, "")
    rng = np.random.default_rng(seed)
    drawn = [_drawn(variation, rng, runs) for variation in variations]
    for number, branching in enumerate(problem.branchings):
        own = [
            a for a, v in enumerate(variations)
            if v.form == "own" and v.target.kind == "prior" and v.target.numbers[0].place == number
        ]  # fmt: skip
        concentration = problem.weights.concentration[number, : len(branching.alternatives)]
        if own and not problem.weights.is_fixed[number]:
            places = np.array([targets[a].numbers[0].alternative for a in own])
            weights = _weights(concentration, places, rng, runs)
            scale = targets[own[0]].written / concentration[places[0]]
            for a, column in zip(own, weights.T, strict=True):
                drawn[a] = scale * column
    return Design(targets, tuple(drawn), is_grid=False)


def _weights(concentration: Floats, varied: Integers, rng: np.random.Generator, runs: int) -> Floats:
    """Draw weights of some siblings, on the scale on which the others keep their concentrations as weights."""
    rest = np.delete(concentration, varied).sum()
    alphas = np.append(concentration[varied], rest) if rest > 0 else concentration[varied]
    shares = np.maximum(rng.dirichlet(alphas, runs), LEAST_SHARE)
    return np.asarray(shares[:, : len(varied)] * (rest / shares[:, -1:] if rest > 0 else concentration.sum()))


def _drawn(variation: Variation, rng: np.random.Generator, runs: int) -> Floats:
    values, distribution = variation.values, variation.target.distribution
    if variation.form == "list":
        return np.asarray(rng.choice(values, runs))
    low, high = float(values[0]), float(values[-1])
    if variation.form == "linear":
        return rng.uniform(low, high, runs)
    if variation.form == "log":
        return np.exp(rng.uniform(np.log(low), np.log(high), runs))
    if isinstance(distribution, LogNormal):
        return np.exp(rng.normal(distribution.mu, distribution.sigma, runs))
    if isinstance(distribution, Beta):
        return np.clip(rng.beta(distribution.alpha, distribution.beta, runs), TINY, 1 - np.finfo(float).epsneg)
    return np.full(runs, variation.target.written)  # a weight: drawn with its siblings


def _check(targets: Sequence[Target], leaves: int, runs: int, product: str) -> None:
    most = min(MOST_RUNS, MOST_NUMBERS // (len(targets) + leaves))
    if runs > most:
        raise RequestError(
            f"{product}{runs} runs are too many: up to {most}, with {len(targets)} varied at once, of a case with "
            f"{leaves} leaves; ask for fewer"
        )
    seen: dict[object, str] = {}
    for target in targets:
        for thing in target.sets:
            if other := seen.get(thing):
                raise RequestError(f"--vary {target.name}: what it sets is set by {other} already")
            seen[thing] = target.name
