"""The PyMC model of a problem: what is sampled, on which scale, and the log density of the evidence.

A `Layout` is the structure, on which the compiled code depends; `numbers_of` gives what may change without another
compilation: all that was elicited, what was observed, and the grid in z.

Sampled are four vectors of standardised elements y:

- ``log_odds``: c + s y + κ(1 - exp(-y)) + λ(exp(y) - 1), of two-valued probabilities outside groups, reaches,
  detections, reliabilities and correlations;
- ``log_gamma``: c + s y + κ(1 - exp(-y)); the probabilities of three or more values are the softmax of theirs, and so
  are those of two whose concentrations are both small;
- ``probit``: c + s y, the Φ⁻¹(θ) of statements within groups;
- ``normal``: y, of which the log of a ratio is μ + σy.

Each has the density that the elicited Beta, Dirichlet or log-normal has on its scale. A concentration of 0.01 gives log
odds and log gammas a tail of a hundred units beside a slope of one unit: there κ (or λ, for the second value) is 1,
which folds the tail into a few units of y. Elsewhere the scale is linear. What the evidence does not depend on is not
sampled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from falseflag.arrays import Distributions, Floats, Integers, Mask
from falseflag.problem import NOTHING, Problem

if TYPE_CHECKING:
    import pymc as pm

type Tensor = Any  # PyTensor's own types are generic over what this code does not depend on
type Numbers = dict[str, Floats]

SMALLEST = 1e-300
"""Probabilities are at least this where their log is taken."""

HEAVY = 0.5
"""A concentration below this has a tail that is folded."""

FARTHEST = 37.0
"""Largest size of a probit that is a centre or a fixed value."""

COARSEST, FINEST = 27, 2049
"""Numbers of nodes in z."""

REACH, FARTHEST_REACH = 7.5, 14.0
"""The grid in z runs from minus this to this; farther where likelihoods are small."""

NARROWEST = 0.0135
"""The square root of 1 - ρ is at least this: steeper steps in z are taken to be as steep."""

PROBIT_TO_LOGIT = 1.7
"""Log odds change about so many times as fast as probits."""


@dataclass(frozen=True)
class Cells:
    """Where the logs of weights and of probabilities of values stand in one vector.

    The vector holds the first and then the second values of pairs, log gammas less their row's total, fixed cells, and
    the log of 0.

    Parameters
    ----------
    pairs : ndarray of int, shape (·, 4)
        Kind (0 for weights, 1 for statements), row, and the two values of each row with two possible values.
    gammas : ndarray of int, shape (·, 4)
        Kind, row, value, and a number that tells rows apart, of each value of a row with more.
    gamma_rows : ndarray of int, shape (rows, ·)
        The log gammas of each such row, padded by the number of log gammas.
    fixed : ndarray of int, shape (·, 3)
        Kind, row and value.
    weight, theta : ndarray of int, shapes (B, ·) and (T, K)
        Where each one stands.
    """

    pairs: Integers
    gammas: Integers
    gamma_rows: Integers
    fixed: Integers
    weight: Integers
    theta: Integers

    @property
    def impossible(self) -> int:
        """Where the log of 0 stands."""
        return 2 * len(self.pairs) + len(self.gammas) + len(self.fixed)


@dataclass(frozen=True)
class Scalars:
    """Elements of some Distributions that are used: the uncertain ones first, then the fixed ones.

    Parameters
    ----------
    used : ndarray of int
        Positions among all.
    free : ndarray of int, shape ()
        How many are uncertain.
    """

    used: Integers
    free: Integers

    @classmethod
    def of(cls, taken: Integers, values: Distributions) -> Scalars:
        """Sort out what is taken."""
        used = np.unique(taken[taken != NOTHING]).astype(np.intp)
        is_point = values.is_point[used]
        return cls(np.concatenate([used[~is_point], used[is_point]]), np.array((~is_point).sum(), dtype=np.intp))

    def places(self, taken: Integers, nothing: int = 0) -> Integers:
        """Return where each element stands among those used."""
        place = np.full(int(self.used.max(initial=0)) + 1, nothing, dtype=np.intp)
        place[self.used] = np.arange(len(self.used))
        return np.where(taken == NOTHING, nothing, place[taken])


@dataclass(frozen=True)
class Rows:
    """Indicators outside groups, each with its patterns: columns of what states take. R rows, K values, M channels.

    Parameters
    ----------
    fact : ndarray of int, shape (R,)
        The indicator.
    own, blamed : ndarray of int, shape (K, R)
        Cells.
    q : ndarray of int, shape (R,)
        The unit that is the chance that staging takes.
    channels : ndarray of int, shape (M, R)
        The units on which the probability of what was observed depends.
    """

    fact: Integers
    own: Integers
    blamed: Integers
    q: Integers
    channels: Integers


@dataclass(frozen=True)
class Groups:
    """Members of groups, each once for what it takes, and the patterns of groups that multiply them.

    Parameters
    ----------
    pair_fact, pair_statement, pair_correlation : ndarray of int, shape (E,)
        Each statement with each correlation: indicator, probit and unit.
    fact : ndarray of int, shape (F,)
        The indicator of each factor.
    own, blamed, q : ndarray of int, shape (F,)
        Pairs, and the unit that is the chance that staging takes.
    channels : ndarray of int, shape (M, F)
    pattern, factor : ndarray of int
        Pattern ``pattern[i]`` multiplies factor ``factor[i]``.
    """

    pair_fact: Integers
    pair_statement: Integers
    pair_correlation: Integers
    fact: Integers
    own: Integers
    blamed: Integers
    q: Integers
    channels: Integers
    pattern: Integers
    factor: Integers

    @property
    def patterns(self) -> int:
        """Number of patterns."""
        return int(self.pattern.max(initial=-1)) + 1


@dataclass(frozen=True)
class Layout:
    """The structure of a problem's model: all that its compiled code depends on.

    Parameters
    ----------
    sizes : ndarray of int, shape (4,)
        Numbers of sampled log odds, log gammas, probits and normals.
    cells : Cells
    units : Scalars
        Of `all_units`; in tables of units the number used stands for 0, and the next one for 1.
    probits : Scalars
        Of the statements.
    ratio_is_free : ndarray of bool, shape (L,)
    rows : Rows
    groups : Groups
    of_state : ndarray of int, shape (·, S)
        The terms that are added up in each state, among cells, rows, patterns of groups, log ratios and a zero.
    """

    sizes: Integers
    cells: Cells
    units: Scalars
    probits: Scalars
    ratio_is_free: Mask
    rows: Rows
    groups: Groups
    of_state: Integers

    @property
    def size(self) -> int:
        """Number of sampled elements."""
        return int(self.sizes.sum())

    @property
    def parts(self) -> dict[str, slice]:
        """Where each sampled vector stands among all sampled elements; empty ones are left out."""
        ends = [0, *np.cumsum(self.sizes).tolist()]
        names = ("log_odds", "log_gamma", "probit", "normal")
        return {n: slice(low, high) for n, (low, high) in zip(names, pairwise(ends), strict=True) if high > low}

    @cached_property
    def digest(self) -> str:
        """A hash of the structure."""
        found = hashlib.sha256()
        for name, values in _arrays(self):
            found.update(f"{name} {values.dtype.kind} {values.shape};".encode())
            found.update(np.ascontiguousarray(values).tobytes())
        return found.hexdigest()


def _arrays(thing: Any, name: str = "") -> list[tuple[str, np.ndarray[Any, Any]]]:  # noqa: ANN401
    if is_dataclass(thing):
        return [row for each in fields(thing) for row in _arrays(getattr(thing, each.name), f"{name}.{each.name}")]
    return [(name, thing)]


def layout_of(problem: Problem) -> Layout:
    """Find the structure of a problem's model."""
    alone, grouped = evidence_alone(problem), evidence_grouped(problem)
    members = [fact for group in grouped for fact in group]
    cells = _cells_of(problem, alone)
    units = _units_of(problem, alone, members)
    statements = np.concatenate([problem.own_of[members].ravel(), problem.blamed_of[members].ravel()])
    probits = Scalars.of(statements, problem.statements.pairs)
    rows, of_rows = _rows_of(problem, alone, cells, units)
    groups, of_groups = _groups_of(problem, grouped, probits, units)
    ratios = problem.has_ratios
    first = np.cumsum([cells.impossible + 1, len(rows.fact), groups.patterns, len(problem.ratios)])
    weights = np.array([np.where(c == NOTHING, first[3], cells.weight[b, c]) for b, c in enumerate(problem.choice)])
    sizes = [
        len(cells.pairs) + int(units.free),
        len(cells.gammas),
        int(probits.free),
        int((problem.ratios.sigma > 0).sum()),
    ]
    sizes[3] += not any(sizes)  # the sampler needs something to sample
    of_state = [weights, first[0] + of_rows, first[1] + of_groups, first[2] + problem.ratio_of[ratios]]
    return Layout(
        sizes=np.array(sizes, dtype=np.intp),
        cells=cells,
        units=units,
        probits=probits,
        ratio_is_free=problem.ratios.sigma > 0,
        rows=rows,
        groups=groups,
        of_state=np.concatenate([part.reshape(-1, len(problem.states)) for part in of_state]).astype(np.intp),
    )


def evidence_alone(problem: Problem) -> list[int]:
    """Return the reported and silent indicators that are in no group, or the only ones of theirs."""
    members = {fact for group in evidence_grouped(problem) for fact in group}
    return [int(i) for i in np.flatnonzero(problem.is_evidence & ~problem.has_ratios) if i not in members]


def evidence_grouped(problem: Problem) -> list[list[int]]:
    """Return the reported and silent indicators of each group that has two or more of them."""
    found = [np.flatnonzero(problem.is_evidence & (problem.group_of == g)) for g in range(len(problem.groups))]
    return [members.tolist() for members in found if len(members) > 1]


def all_units(problem: Problem) -> Distributions:
    """Return reaches, detections, reliabilities and correlations, one after the other."""
    parts = (problem.reach, problem.detection, problem.reliability, problem.correlation)
    return Distributions(*(np.concatenate([getattr(p, name) for p in parts]) for name in ("alpha", "beta", "point")))


def first_units(problem: Problem) -> dict[str, int]:
    """Return where each kind of unit begins in `all_units`."""
    names = ("reach", "detection", "reliability", "correlation")
    ends = np.cumsum([0, *(len(getattr(problem, name)) for name in names)])
    return dict(zip(names, ends.tolist(), strict=False))


def _offset(taken: Integers, first: int) -> Integers:
    return np.where(taken == NOTHING, NOTHING, taken + first)


def _units_of(problem: Problem, alone: Sequence[int], members: Sequence[int]) -> Scalars:
    facts, first = [*alone, *members], first_units(problem)
    groups = np.unique(problem.group_of[list(members)])
    reports = np.isin(problem.reports.indicator, facts)
    taken = [
        _offset(problem.reach_of[facts], first["reach"]),
        _offset(problem.detection_of[facts], first["detection"]),
        _offset(problem.reports.reliability_of[reports], first["reliability"]),
        _offset(problem.correlation_of[groups], first["correlation"]),
    ]
    return Scalars.of(np.concatenate([part.ravel() for part in taken]), all_units(problem))


def _cells_of(problem: Problem, alone: Sequence[int]) -> Cells:
    """Sort out the rows of weights and statements by how many values are possible in them."""
    used = np.unique(np.concatenate([problem.own_of[list(alone)].ravel(), problem.blamed_of[list(alone)].ravel()]))
    rows = [(0, b, problem.weights) for b in range(len(problem.weights))]
    rows += [(1, int(t), problem.statements) for t in used if t != NOTHING]
    pairs: list[tuple[int, ...]] = []
    gammas: list[tuple[int, ...]] = []
    gamma_rows: list[Integers] = []
    fixed: list[tuple[int, ...]] = []
    for kind, row, simplexes in rows:
        concentration = simplexes.concentration[row]
        possible = np.flatnonzero(concentration > 0)
        if simplexes.is_fixed[row] or len(possible) == 1:
            probability = simplexes.mean[row]
            fixed += [(kind, row, int(k)) for k in np.flatnonzero(probability > 0)]
        elif len(possible) == 2 and concentration.max() >= HEAVY:
            pairs.append((kind, row, *possible.tolist()))
        else:
            gamma_rows.append(len(gammas) + np.arange(len(possible)))
            gammas += [(kind, row, int(k), len(gamma_rows)) for k in possible]
    cells = Cells(
        _table(pairs, 4),
        _table(gammas, 4),
        _padded(gamma_rows, len(gammas)),
        _table(fixed, 3),
        np.zeros(problem.weights.fixed.shape, dtype=np.intp),
        np.zeros(problem.statements.fixed.shape, dtype=np.intp),
    )
    tables = (cells.weight, cells.theta)
    for table in tables:
        table[:] = cells.impossible
    n, g = len(pairs), len(gammas)
    columns = [(cells.pairs, 2, 0), (cells.pairs, 3, n), (cells.gammas, 2, 2 * n), (cells.fixed, 2, 2 * n + g)]
    for rows_, column, begin in columns:
        for place, row in enumerate(rows_):
            tables[row[0]][row[1], row[column]] = begin + place
    return cells


def _table(rows: Sequence[Sequence[int]], width: int) -> Integers:
    return np.array(rows, dtype=np.intp).reshape(-1, width)


def _padded(rows: Sequence[Integers], pad: int) -> Integers:
    out = np.full((len(rows), max(map(len, rows), default=0)), pad, dtype=np.intp)
    for place, row in enumerate(rows):
        out[place, : len(row)] = row
    return out


def _taken(problem: Problem, fact: int) -> tuple[list[Integers], list[Integers]]:
    """Return what each state takes of an indicator: own, blamed, reach; and its channels, as units; shape (S,)."""
    first = first_units(problem)
    reports = np.flatnonzero(problem.reports.indicator == fact)
    channels = [_offset(problem.reports.reliability_of[j], first["reliability"]) for j in reports]
    if problem.is_silent[fact]:
        channels.append(_offset(problem.detection_of[fact], first["detection"]))
    reach = _offset(problem.reach_of[fact], first["reach"])
    blamed = np.where(reach == NOTHING, problem.own_of[fact], problem.blamed_of[fact])
    return [problem.own_of[fact], blamed, reach], channels


def _rows_of(problem: Problem, alone: Sequence[int], cells: Cells, units: Scalars) -> tuple[Rows, Integers]:
    """Return the rows, and the one that each state takes of each indicator, shape (alone, S)."""
    never, always = len(units.used), len(units.used) + 1
    facts, columns_, channels_, of = [], [], [], []
    count = 0
    for fact in alone:
        taken, channels = _taken(problem, fact)
        columns, which = np.unique(np.array(taken + channels), axis=1, return_inverse=True)
        of.append(count + which.ravel())
        count += columns.shape[1]
        facts.append(np.full(columns.shape[1], fact, dtype=np.intp))
        columns_.append(columns[:3])
        channels_ += list(units.places(columns[3:]).T)
    own, blamed, reach = np.concatenate([np.zeros((3, 0), dtype=np.intp), *columns_], axis=1)
    rows = Rows(
        fact=np.concatenate([np.zeros(0, dtype=np.intp), *facts]),
        own=cells.theta[own].T,
        blamed=cells.theta[blamed].T,
        q=units.places(reach, never),
        channels=_padded(channels_, always).T,
    )
    return rows, np.array(of, dtype=np.intp).reshape(len(alone), len(problem.states))


def _groups_of(
    problem: Problem, grouped: Sequence[Sequence[int]], probits: Scalars, units: Scalars
) -> tuple[Groups, Integers]:
    """Return the groups' factors, and the pattern that each state takes of each group, shape (groups, S)."""
    never, always = len(units.used), len(units.used) + 1
    pairs: dict[tuple[int, int, int], int] = {}
    factors: dict[tuple[int, ...], int] = {}
    pattern_, factor_, of = [], [], []
    count = 0
    first = first_units(problem)["correlation"]
    for members in grouped:
        correlation = units.places(_offset(problem.correlation_of[problem.group_of[members[0]]], first))
        found = []
        for fact in members:
            (own, blamed, reach), channels = _taken(problem, fact)
            keys = [probits.places(own), probits.places(blamed), units.places(reach, never)]
            keys += [units.places(channel) for channel in channels]
            of_member = np.empty(len(problem.states), dtype=np.intp)
            for s, (rho, a, b, q, *told) in enumerate(zip(correlation, *keys, strict=True)):
                one, two = (pairs.setdefault((fact, int(x), int(rho)), len(pairs)) for x in (a, b))
                key = (fact, one, two, int(q), *map(int, told))
                of_member[s] = factors.setdefault(key, len(factors))
            found.append(of_member)
        columns, which = np.unique(np.array(found), axis=1, return_inverse=True)
        pattern_.append(np.tile(count + np.arange(columns.shape[1]), len(columns)))
        factor_.append(columns.ravel())
        of.append(count + which.ravel())
        count += columns.shape[1]
    pair = _table(list(pairs), 3)
    head = _table([key[:4] for key in factors], 4)
    nothing = [np.zeros(0, dtype=np.intp)]
    groups = Groups(
        pair_fact=pair[:, 0],
        pair_statement=pair[:, 1],
        pair_correlation=pair[:, 2],
        fact=head[:, 0],
        own=head[:, 1],
        blamed=head[:, 2],
        q=head[:, 3],
        channels=_padded([np.array(key[4:], dtype=np.intp) for key in factors], always).T,
        pattern=np.concatenate(pattern_ or nothing),
        factor=np.concatenate(factor_ or nothing),
    )
    return groups, np.array(of, dtype=np.intp).reshape(len(grouped), len(problem.states))


def numbers_of(problem: Problem, layout: Layout) -> Numbers:
    """Return all that may change without another compilation, by the name of the model's data.

    The grid in z, whose length may change too, comes last.
    """
    cells, units, probits = layout.cells, layout.units, layout.probits
    simplexes = (problem.weights, problem.statements)
    values, statements = all_units(problem)[units.used], problem.statements.pairs[probits.used]
    free = values[slice(int(units.free))]
    pairs = np.array([simplexes[kind].concentration[row, [i, j]] for kind, row, i, j in cells.pairs]).reshape(-1, 2)
    gammas = np.array([simplexes[kind].concentration[row, k] for kind, row, k, _ in cells.gammas])
    orientation = {int(fact): _is_first_reported(problem, int(fact)) for fact in np.unique(layout.groups.fact)}
    numbers = {
        **_log_odds_numbers(np.concatenate([pairs[:, 0], free.alpha]), np.concatenate([pairs[:, 1], free.beta])),
        **_log_gamma_numbers(gammas),
        **_probit_numbers(statements[slice(int(probits.free))]),
        "fixed_cell": np.log([simplexes[kind].mean[row, k] for kind, row, k in cells.fixed]),
        "fixed_unit": values.point[int(units.free) :],
        "fixed_unit_rest": 1 - values.point[int(units.free) :],
        "fixed_probit": special.ndtri(statements.point[int(probits.free) :]).clip(-FARTHEST, FARTHEST),
        "mu": problem.ratios.mu,
        "sigma": problem.ratios.sigma[layout.ratio_is_free],
        **_channel_numbers("row", problem, layout.rows.fact, len(layout.rows.own), len(layout.rows.channels), {}),
        "sign": np.array([1.0 if orientation[int(fact)] else -1.0 for fact in layout.groups.pair_fact]),
        **_channel_numbers("factor", problem, layout.groups.fact, 2, len(layout.groups.channels), orientation),
        "z": grid_of(problem, layout),
    }
    return {name: np.asarray(value, dtype=float).ravel() for name, value in numbers.items()}


def is_folded(numbers: Numbers) -> bool:
    """Return whether the tail of any element is folded."""
    return any(numbers[name].any() for name in ("log_odds_low", "log_odds_high", "log_gamma_fold"))


def _log_odds_numbers(alpha: Floats, beta: Floats) -> Numbers:
    low, high = alpha < HEAVY, beta < HEAVY
    folded = low | high
    spread = np.sqrt(special.polygamma(1, alpha) + special.polygamma(1, beta))
    # a folded scale is centred where the bulk would be after one more observation on the heavy side
    bulk = np.log((alpha + low) / (beta + high))
    return {
        "log_odds_alpha": alpha,
        "log_odds_beta": beta,
        "log_odds_constant": -special.betaln(alpha, beta),
        "log_odds_centre": np.where(folded, bulk, special.digamma(alpha) - special.digamma(beta)),
        "log_odds_scale": np.where(folded, 1.0, spread),
        "log_odds_low": low.astype(float),
        "log_odds_high": high.astype(float),
    }


def _log_gamma_numbers(concentration: Floats) -> Numbers:
    folded = concentration < HEAVY
    return {
        "log_gamma_concentration": concentration,
        "log_gamma_constant": -special.gammaln(concentration),
        "log_gamma_centre": np.where(folded, 0.0, special.digamma(concentration)),
        "log_gamma_scale": np.where(folded, 1.0, np.sqrt(special.polygamma(1, concentration))),
        "log_gamma_fold": folded.astype(float),
    }


def _probit_numbers(values: Distributions) -> Numbers:
    alpha, beta = values.alpha, values.beta
    spread = np.sqrt(special.polygamma(1, alpha) + special.polygamma(1, beta)) / PROBIT_TO_LOGIT
    return {
        "probit_alpha": alpha,
        "probit_beta": beta,
        "probit_constant": -special.betaln(alpha, beta),
        "probit_centre": special.ndtri(values.mean).clip(-FARTHEST, FARTHEST),
        "probit_scale": np.minimum(spread, np.minimum(alpha, beta) ** -0.5),
    }


def _is_first_reported(problem: Problem, fact: int) -> bool:
    """Return whether what was observed of a two-valued indicator is more probable under its first value."""
    if problem.is_silent[fact]:
        return False
    log_odds = 0.0
    for j in np.flatnonzero(problem.reports.indicator == fact):
        used = problem.reports.reliability_of[j]
        right, wrong = problem.reliability.mean[used].mean(), problem.reliability.complement[used].mean()
        log_odds += (1 if problem.reports.value[j] == 0 else -1) * np.log(max(right, SMALLEST) / max(wrong, SMALLEST))
    return bool(log_odds >= 0)


def _channel_numbers(  # noqa: PLR0913, PLR0917
    name: str, problem: Problem, facts: Integers, values: int, channels: int, is_first: dict[int, bool]
) -> Numbers:
    """Return coefficients a, b, shape (M, K, ·): what was observed has probability Π_m (a u_m + b (1 - u_m)).

    Factors of groups have first what they are more probable under.
    """
    distinct, which = np.unique(facts, return_inverse=True)
    right, wrong = np.ones((channels, values, len(distinct))), np.zeros((channels, values, len(distinct)))
    for place, fact in enumerate(distinct):
        size = len(problem.values[fact])
        order = np.arange(size) if is_first.get(int(fact), True) else np.arange(size)[::-1]
        for m, j in enumerate(np.flatnonzero(problem.reports.indicator == fact)):
            is_said = order == problem.reports.value[j]
            right[m, :size, place], wrong[m, :size, place] = is_said, np.where(is_said, 0.0, 1 / (size - 1))
        if problem.is_silent[fact]:
            right[0, :size, place], wrong[0, :size, place] = order != 0, 1.0
    return {f"{name}_right": right[:, :, which.ravel()], f"{name}_wrong": wrong[:, :, which.ravel()]}


def grid_of(problem: Problem, layout: Layout) -> Floats:
    """Choose the nodes in z, fine enough for the steepest step that the correlations make at all probable."""
    groups = layout.groups
    if not groups.patterns:
        return np.linspace(-REACH, REACH, COARSEST)
    correlation = all_units(problem)[layout.units.used[np.unique(groups.pair_correlation)]]
    high = np.where(correlation.is_point, correlation.point, _upper_quantile(correlation))
    width = np.maximum(np.sqrt((1 - high) / np.maximum(high, 1e-9)), NARROWEST).min()
    statements = problem.statements.pairs[layout.probits.used]
    farthest = np.abs(special.ndtri(np.minimum(statements.mean, statements.complement))).max()
    reach = float(np.clip(farthest + 3.0, REACH, FARTHEST_REACH))
    wanted = 2 * reach / min(0.6, 1.1 * width) + 1  # the rule's error at a step of width w: exp(-2π² / 1.1²), 1e-7
    return np.linspace(-reach, reach, int(np.clip(np.ceil(wanted), COARSEST, FINEST)))


def _upper_quantile(values: Distributions) -> Floats:
    return np.asarray(special.betaincinv(np.nan_to_num(values.alpha, nan=1), np.nan_to_num(values.beta, nan=1), 0.999))


def build_model(layout: Layout, numbers: Numbers) -> pm.Model:
    """Build the model of a structure.

    Parameters
    ----------
    layout : Layout
    numbers : dict
        From `numbers_of`; only their sizes enter the graph.

    Returns
    -------
    pymc.Model
        With free variables as in `Layout.parts`, the deterministics ``probability``, P_s(φ), shape (S,), and
        ``log_likelihood``, the log of Σ_s π_s P(reports | s, φ).
    """
    import pymc as pm  # noqa: PLC0415  (takes seconds; kept machine code does without)
    import pytensor.tensor as pt  # noqa: PLC0415

    densities = {
        "log_odds": _log_density_of_log_odds,
        "log_gamma": _log_density_of_log_gamma,
        "probit": _log_density_of_probit,
    }
    with pm.Model() as model:
        data = {name: pm.Data(name, value) for name, value in numbers.items()}
        sampled = {}
        for name, part in layout.parts.items():
            size = part.stop - part.start
            if name == "normal":
                sampled[name] = pm.Normal(name, shape=size)
                continue
            parameters = [values for key, values in data.items() if key.startswith(f"{name}_")]
            sampled[name] = pm.CustomDist(name, *parameters, logp=densities[name], shape=size)
        scores = _scores(layout, data, sampled)
        evidence = pt.logsumexp(scores)
        pm.Potential("evidence", evidence)
        pm.Deterministic("probability", pt.exp(scores - evidence))
        pm.Deterministic("log_likelihood", evidence)
    return model


def _log_odds(y: Tensor, centre: Tensor, scale: Tensor, low: Tensor, high: Tensor) -> Tensor:
    import pytensor.tensor as pt  # noqa: PLC0415

    return centre + scale * y + low * (1 - pt.exp(-y)) + high * (pt.exp(y) - 1)


def _log_density_of_log_odds(  # noqa: PLR0913, PLR0917
    y: Tensor, alpha: Tensor, beta: Tensor, constant: Tensor, centre: Tensor, scale: Tensor, low: Tensor, high: Tensor
) -> Tensor:
    """Log of the Beta density at θ = 1 / (1 + exp(-ℓ)), times dθ/dℓ = θ (1 - θ), times dℓ/dy."""
    import pytensor.tensor as pt  # noqa: PLC0415

    x = _log_odds(y, centre, scale, low, high)
    slope = scale + low * pt.exp(-y) + high * pt.exp(y)
    return constant - (alpha + beta) * pt.softplus(-x) - beta * x + pt.log(slope)


def _log_gamma(y: Tensor, centre: Tensor, scale: Tensor, fold: Tensor) -> Tensor:
    import pytensor.tensor as pt  # noqa: PLC0415

    return centre + scale * y + fold * (1 - pt.exp(-y))


def _log_density_of_log_gamma(  # noqa: PLR0913, PLR0917
    y: Tensor, concentration: Tensor, constant: Tensor, centre: Tensor, scale: Tensor, fold: Tensor
) -> Tensor:
    """Log of the Gamma density at exp(g), times exp(g), times dg/dy = s + κ exp(-y)."""
    import pytensor.tensor as pt  # noqa: PLC0415

    g = _log_gamma(y, centre, scale, fold)
    return constant + concentration * g - pt.exp(g) + pt.log(scale + fold * pt.exp(-y))


def _log_density_of_probit(  # noqa: PLR0913, PLR0917
    y: Tensor, alpha: Tensor, beta: Tensor, constant: Tensor, centre: Tensor, scale: Tensor
) -> Tensor:
    """Log of the Beta density at Φ(a), times the standard normal density at a, times da/dy = s."""
    import pytensor.tensor as pt  # noqa: PLC0415

    a = centre + scale * y
    shape = (alpha - 1) * _log_normal_cdf(a) + (beta - 1) * _log_normal_cdf(-a)
    return constant + shape - a**2 / 2 - 0.5 * np.log(2 * np.pi) + pt.log(scale)


def _normal_cdf(x: Tensor) -> Tensor:
    import pytensor.tensor as pt  # noqa: PLC0415

    return 0.5 * pt.erfc(-x / np.sqrt(2))


def _log_normal_cdf(x: Tensor) -> Tensor:
    """Log of Φ(x); beyond -30 by the first terms of its expansion, which there are right to 1e-8."""
    import pytensor.tensor as pt  # noqa: PLC0415

    near, far = pt.maximum(x, -30.0), pt.minimum(x, -30.0)
    tail = -(far**2) / 2 - pt.log(-far) - 0.5 * np.log(2 * np.pi) + pt.log1p(-1 / far**2 + 3 / far**4)
    return pt.switch(x > -30.0, pt.log(_normal_cdf(near)), tail)


def _scores(layout: Layout, data: dict[str, Tensor], sampled: dict[str, Tensor]) -> Tensor:
    """Return log π_s + log P(reports | s, φ), shape (S,)."""
    import pytensor.tensor as pt  # noqa: PLC0415

    cells, zero = layout.cells, pt.zeros(0)
    odds = [data[f"log_odds_{name}"] for name in ("centre", "scale", "low", "high")]
    x = _log_odds(sampled["log_odds"], *odds) if "log_odds" in sampled else zero
    pair, unit = x[: len(cells.pairs)], x[len(cells.pairs) :]
    logs = [-pt.softplus(-pair), -pt.softplus(pair), _log_shares(layout, data, sampled), data["fixed_cell"]]
    log_cell = pt.concatenate([*logs, np.array([-np.inf])])
    yes = pt.concatenate([pt.sigmoid(unit), data["fixed_unit"], np.array([0.0, 1.0])])
    no = pt.concatenate([pt.sigmoid(-unit), data["fixed_unit_rest"], np.array([1.0, 0.0])])
    terms = [
        log_cell,
        _log_rows(layout, data, log_cell, yes, no) if len(layout.rows.fact) else zero,
        _log_groups(layout, data, sampled, yes, no) if layout.groups.patterns else zero,
        _log_ratios(layout, data, sampled),
        np.zeros(1),
    ]
    return pt.concatenate(terms)[layout.of_state].sum(axis=0)


def _log_shares(layout: Layout, data: dict[str, Tensor], sampled: dict[str, Tensor]) -> Tensor:
    """Return log gammas less the log of their row's sum."""
    import pytensor.tensor as pt  # noqa: PLC0415

    cells = layout.cells
    if "log_gamma" not in sampled:
        return pt.zeros(0)
    g = _log_gamma(sampled["log_gamma"], *(data[f"log_gamma_{name}"] for name in ("centre", "scale", "fold")))
    total = pt.logsumexp(pt.concatenate([g, np.array([-1e300])])[cells.gamma_rows], axis=1)
    return g - total[cells.gammas[:, 3] - 1]


def _log_ratios(layout: Layout, data: dict[str, Tensor], sampled: dict[str, Tensor]) -> Tensor:
    import pytensor.tensor as pt  # noqa: PLC0415

    free = np.flatnonzero(layout.ratio_is_free)
    if not len(free):
        return data["mu"]
    return pt.inc_subtensor(data["mu"][free], data["sigma"] * sampled["normal"])


def _observed(data: dict[str, Tensor], name: str, channels: Integers, values: int, yes: Tensor, no: Tensor) -> Tensor:  # noqa: PLR0913, PLR0917
    """Return the probability of what was observed under each value, shape (K, ·)."""
    shape = (len(channels), values, channels.shape[1])
    right, wrong = (data[f"{name}_{which}"].reshape(shape) for which in ("right", "wrong"))
    found = right[0] * yes[channels[0]] + wrong[0] * no[channels[0]]
    for m in range(1, len(channels)):
        found = found * (right[m] * yes[channels[m]] + wrong[m] * no[channels[m]])
    return found


def _log_rows(layout: Layout, data: dict[str, Tensor], log_cell: Tensor, yes: Tensor, no: Tensor) -> Tensor:
    """Return log Σ_v P(v) P(what was observed | v) of each row, shape (R,)."""
    import pytensor.tensor as pt  # noqa: PLC0415

    rows = layout.rows
    theta = pt.exp(log_cell)
    truth = theta[rows.own]
    if (rows.q != len(layout.units.used)).any():
        truth = no[rows.q] * truth + yes[rows.q] * theta[rows.blamed]
    observed = _observed(data, "row", rows.channels, len(rows.own), yes, no)
    return pt.log(pt.maximum((truth * observed).sum(axis=0), SMALLEST))


def _log_groups(layout: Layout, data: dict[str, Tensor], sampled: dict[str, Tensor], yes: Tensor, no: Tensor) -> Tensor:
    """Return the log of ∫ Π_i P(what was observed of i | z) φ(z) dz of each pattern: the trapezoid rule."""
    import pytensor.tensor as pt  # noqa: PLC0415

    groups, z = layout.groups, data["z"]
    free = pt.zeros(0)
    if "probit" in sampled:
        free = data["probit_centre"] + data["probit_scale"] * sampled["probit"]
    a = pt.concatenate([free, data["fixed_probit"]])[groups.pair_statement][:, None]
    correlation, rest = (part[groups.pair_correlation][:, None] for part in (yes, no))
    noise = pt.sqrt(pt.maximum(rest, NARROWEST**2))
    # the probability of the value under which what was observed is more probable, whichever it is
    likely = _normal_cdf(data["sign"][:, None] * (a + pt.sqrt(correlation) * z) / noise)
    truth = likely[groups.own]
    if (groups.q != len(layout.units.used)).any():
        truth = no[groups.q][:, None] * truth + yes[groups.q][:, None] * likely[groups.blamed]
    observed = _observed(data, "factor", groups.channels, 2, yes, no)
    factor = observed[1][:, None] + (observed[0] - observed[1])[:, None] * truth
    logs = pt.log(pt.maximum(factor, SMALLEST))
    log_weight = -(z**2) / 2 + pt.log((z[1] - z[0]) / np.sqrt(2 * np.pi))
    rows = pt.tile(log_weight, (groups.patterns, 1))
    terms = pt.inc_subtensor(rows[groups.pattern], logs[groups.factor])
    return pt.logsumexp(terms, axis=1)
