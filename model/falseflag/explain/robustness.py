"""All that would overturn an answer, in one record: what `falseflag robust` shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from falseflag.case.model import Case
from falseflag.distributions import Point
from falseflag.errors import RequestError
from falseflag.explain.dependence import Dependence, dependence, node_probabilities
from falseflag.explain.minimal_change import Change, MinimalChange, minimal_change
from falseflag.explain.prior_bounds import Bounds, prior_bounds
from falseflag.explain.tipping import Tipping, leader_of, log_by_leaf, nearest, tipping
from falseflag.inference.exact.posterior import ExactPosterior, Surprise, surprise
from falseflag.problem import Keys, problem_of
from falseflag.settings import DEFAULTS

LEVEL = 1e-9
"""A tipping point by no more than this factor above 1 is where it is written."""

SMALL = 0.01
"""A change of probability below this is said to hardly matter."""

UNUSUAL = 0.05
"""Evidence is called surprising where no more than this share of simulated evidence is as improbable."""


@dataclass(frozen=True, slots=True)
class Deceiver:
    """Probability of every node without staging, as written, and with all in reach staged without fail."""

    none: dict[str, float]
    as_written: dict[str, float]
    perfect: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Return its part of ``robust --json``."""
        return {"none": self.none, "as_written": self.as_written, "perfect": self.perfect}


@dataclass(frozen=True, slots=True)
class Robustness:
    """What would overturn the answer.

    Parameters
    ----------
    leader : str
        The most probable leaf.
    tipping : tuple of Tipping
    believe : MinimalChange
        What one would have to believe for the named node, or the runner-up, to lead.
    dependence : Dependence
    bounds : tuple of Bounds
    deceiver : Deceiver or None
        None where nobody is said to stage evidence.
    surprise : Surprise
    sentences : tuple of str
    """

    leader: str
    tipping: tuple[Tipping, ...]
    believe: MinimalChange
    dependence: Dependence
    bounds: tuple[Bounds, ...]
    deceiver: Deceiver | None
    surprise: Surprise
    sentences: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return what ``robust --json`` prints."""
        return {
            "leader": self.leader,
            "tipping": [row.as_dict() for row in self.tipping],
            "believe": self.believe.as_dict(),
            "dependence": self.dependence.as_dict(),
            "bounds": [row.as_dict() for row in self.bounds],
            "deceiver": None if self.deceiver is None else self.deceiver.as_dict(),
            "surprise": {"p": self.surprise.p, "error": self.surprise.error},
            "sentences": list(self.sentences),
        }


def robust(case: Case, node: str | None = None, exact: ExactPosterior | None = None) -> Robustness:
    """Find what would overturn the answer to a case.

    Parameters
    ----------
    case : Case
    node : str, optional
        For which to say what one would have to believe; by default the runner-up among the leaves.
    exact : ExactPosterior, optional
        The case's answer, if it is at hand.
    """
    exact = ExactPosterior.of(problem_of(case)) if exact is None else exact
    problem = exact.problem
    scores = log_by_leaf(problem, exact.log_scores)
    first = leader_of(scores)
    if node is None:
        node = problem.leaves[max((n for n in range(len(scores)) if n != first), key=scores.__getitem__)]
    elif node not in problem.nodes:
        problem.states_in(node)
        raise RequestError(f"'{node}' is not a hypothesis: what would make it lead is asked of hypotheses only")
    found = Robustness(
        leader=problem.leaves[first],
        tipping=tipping(exact, case),
        believe=minimal_change(exact, case, node),
        dependence=dependence(exact),
        bounds=prior_bounds(exact),
        deceiver=deceiver(exact),
        surprise=surprise(problem, np.random.default_rng(DEFAULTS.seed)),
        sentences=(),
    )
    return replace(found, sentences=sentences(case, found))


def deceiver(exact: ExactPosterior) -> Deceiver | None:
    """Answer with no staging, as written, and with everything in reach staged without fail; None without deception."""
    if not exact.problem.entries:
        return None
    answers = [_staged(exact, chance) for chance in (0.0, 1.0)]
    return Deceiver(answers[0], node_probabilities(exact), answers[1])


def _staged(exact: ExactPosterior, chance: float) -> dict[str, float]:
    problem, weights, reach = exact.problem, exact.problem.weights, exact.problem.reach
    for number, branching in enumerate(problem.branchings):
        if branching.kind == "attempt":
            weights = weights.with_row(number, Point(chance))
    for number in range(len(reach)):
        reach = reach.with_point(number, chance)
    changed = replace(problem, weights=weights, reach=reach)
    answer = ExactPosterior(changed, exact.factors.with_problem(changed))
    return node_probabilities(answer)


# Sentences


def sentences(case: Case, found: Robustness) -> tuple[str, ...]:
    """Say each part of what was found in a sentence."""
    words = _Words(case)
    all_ = (
        words.tips(found.leader, found.tipping),
        words.believed(found.believe),
        words.depends(found.leader, found.dependence),
        words.bounded(found.leader, found.bounds),
        words.staged(found.leader, found.deceiver),
        words.surprised(found.surprise),
    )
    return tuple(sentence for sentence in all_ if sentence)


@dataclass(frozen=True, slots=True)
class _Words:
    """How the parts of a case are called in sentences."""

    case: Case

    def node(self, name: str) -> str:
        """Return the labels on the path to a node: “Ukraine: to send a message”."""
        labels = {node.name: node.label for node in self.case.nodes}
        parts = name.split(".")
        path = (".".join(parts[: n + 1]) for n in range(len(parts)))
        return "“" + ": ".join(labels[place] for place in path) + "”"

    def condition(self, text: str) -> str:
        """Return a condition as it is said: “ under “Ukraine””, “ with launch_site=russia”; nothing for the others."""
        node, _, rest = text.partition(" & ") if "=" not in text.partition(" & ")[0] else ("", "", text)
        if node == "others":
            return " for all others"
        under = f" under {self.node(node)}" if node else ""
        return under + (f" with {rest}" if rest else "")

    def number(self, what: Keys, kind: str) -> str:
        """Return what an elicited number is of."""
        case = self.case
        match what:
            case ("hypotheses", *keys):
                return f"the prior weight of {self.node('.'.join(key for key in keys[:-1] if key != 'children'))}"
            case ("circumstances", name, _, condition, *value):
                of = value[0] if value else next(iter(case.circumstances[name].values))
                return f"the probability of {name}={of}{self.condition(condition)}"
            case ("deception", node, "attempt"):
                return f"the chance that {self.node(node)} stages evidence"
            case ("deception", _, "reach", name):
                return f"the chance that staging takes for “{case.indicators[name].label}”"
            case ("sources", name, _, *condition):
                return f"the reliability of “{case.sources[name].label}”{self.condition(' & '.join(condition))}"
            case ("dependence", name, _, *condition):
                return f"the correlation in “{case.groups[name].label}”{self.condition(' & '.join(condition))}"
            case ("indicators", name, "likelihood", condition, *value):
                of = f" of {value[0]}" if value else ""
                return f"the likelihood{of} of “{case.indicators[name].label}”{self.condition(condition)}"
            case ("indicators", name, *_, condition) if kind in {"ratio", "detection"} and len(what) > 3:
                return f"the {kind} of “{case.indicators[name].label}”{self.condition(condition)}"
            case (_, name, *_):
                return f"the {kind} of “{case.indicators[name].label}”"
        return ".".join(what)

    def tips(self, leader: str, rows: Sequence[Tipping]) -> str:
        """Say which single number is nearest to changing the leader."""
        row = nearest(rows)
        if row is None or row.tips_at is None or row.new_leader is None or row.odds_factor is None:
            return f"No change of a single judgement would take the lead from {self.node(leader)}."
        if row.odds_factor < 1 + LEVEL:
            return f"{self.node(leader)} and {self.node(row.new_leader)} are level: the least change decides."
        return (
            f"{self.node(row.new_leader)} would overtake {self.node(leader)} if {self.number(row.what, row.kind)} were "
            f"{value(row.tips_at, row.kind)} instead of {value(row.written, row.kind)}, a factor of "
            f"{times(row.odds_factor)}{'' if row.kind in {'prior', 'ratio'} else ' in odds'}; no other single judgement "
            "is nearer."
        )

    def believed(self, found: MinimalChange) -> str:
        """Say what one would have to believe."""
        if found.distance is None:
            return (
                f"No change of the judgements makes {self.node(found.node)} lead: what would have to move is held "
                "certain, or is shared with a hypothesis that has the greater prior weight."
            )
        if found.distance == 0:
            return f"{self.node(found.node)} leads already, or is level with the leader: nothing has to change."
        changes = listed([self.changed(change) for change in found.changes])
        return f"For {self.node(found.node)} to lead, one would have to believe that {changes}."

    def changed(self, change: Change) -> str:
        """Say one change."""
        return (
            f"{self.number(change.what, change.kind)} is {value(change.needed, change.kind)} instead of "
            f"{value(change.written, change.kind)}"
        )

    def depends(self, leader: str, found: Dependence) -> str:
        """Say what dependence between indicators does to the leader's probability."""
        values = [found.none[leader], found.as_written[leader], found.full[leader]]
        name = self.node(leader)
        if np.ptp(values) < SMALL:
            return f"Dependence between indicators hardly matters: {name} stays at {percent(values[1])}."
        return (
            f"{name} is at {percent(values[0])} if the indicators of each group are independent, {percent(values[1])} "
            f"with their dependence as written, and {percent(values[2])} if each group is nearly one piece of evidence."
        )

    def bounded(self, leader: str, rows: Sequence[Bounds]) -> str:
        """Say how far the answer moves over all priors near those written."""
        parts = [
            f"{percent(row.nodes[leader][0])} to {percent(row.nodes[leader][1])} within a factor of {row.factor:g}"
            for row in rows
        ]
        holds = [row.factor for row in rows if row.leader_holds]
        end = f"; it leads under all priors within a factor of {max(holds):g}" if holds else ""
        return f"With all prior weights varied at once, {self.node(leader)} ranges over {listed(parts)}{end}."

    def staged(self, leader: str, found: Deceiver | None) -> str:
        """Say what staging does to the leader's probability."""
        if found is None:
            return ""
        values = [percent(answer[leader]) for answer in (found.none, found.as_written, found.perfect)]
        return (
            f"{self.node(leader)} is at {values[0]} if nobody stages evidence, {values[1]} with the chances of staging "
            f"as written, and {values[2]} if all that is in reach is staged without fail."
        )

    def surprised(self, found: Surprise) -> str:
        """Say so where the evidence is unusual under every hypothesis."""
        if found.p > UNUSUAL:
            return ""
        return (
            f"The evidence is unusual whatever hypothesis is true: {percent(found.p)} of the evidence simulated from "
            "this case is as improbable. The author may be somebody who is not on the list."
        )


def value(number: float, kind: str) -> str:
    """Return a number with the digits that matter: a weight or a ratio with three, a probability with two."""
    if kind in {"prior", "ratio"}:
        return f"{number:.3g}"
    if 0.1 <= number <= 0.9:
        return f"{number:.2f}"
    if number < 0.1:
        return f"{number:.2g}"
    digits = f"{1 - number:.1e}"
    return f"{number:.{1 + max(1, -int(digits.split('e')[1]))}f}"


def percent(probability: float) -> str:
    """Return a probability in whole percent; what would round to 0 or 100 is said to be beyond 1 or 99."""
    if probability < 0.005:
        return "below 1 %"
    if probability >= 0.995:
        return "above 99 %"
    return f"{100 * probability:.0f} %"


def times(factor: float) -> str:
    """Return a factor as it is said."""
    if factor >= 1000:
        return "over a thousand"
    return f"{factor:.1f}" if factor < 10 else f"{factor:.0f}"


def listed(parts: Sequence[str]) -> str:
    """Join parts as in a sentence: a, b and c."""
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else "".join(parts)
