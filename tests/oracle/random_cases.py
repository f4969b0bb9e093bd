"""Random cases of the second edition, each as a `Case` and as the YAML text of the same case."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from scipy import special

from falseflag.case.model import (
    OTHERS,
    Case,
    Circumstance,
    Condition,
    Deception,
    Group,
    Hypothesis,
    Indicator,
    Proposition,
    Report,
    Source,
)
from falseflag.distributions import (
    AnyDistribution,
    Beta,
    Dirichlet,
    Fixed,
    Judgement,
    LogNormal,
    Point,
    beta_from_interval,
)

MAX_STATES = 40
MAX_TRUTHS = 400
"""Combinations of the values of all facts of which something is reported."""

TERMS = {
    "almost no chance": (0.01, 0.05),
    "highly improbable": (0.05, 0.20),
    "unlikely": (0.20, 0.45),
    "roughly even chance": (0.45, 0.55),
    "likely": (0.55, 0.80),
    "probable": (0.55, 0.80),
    "very likely": (0.80, 0.95),
    "nearly certain": (0.95, 0.99),
}
OWN_TERMS = {"probably not": (0.2, 0.4), "a fair bet": (0.5, 0.7)}
GRADES = {"B1": 0.95, "A2": 0.85, "C3": 0.70, "D4": 0.60, "C6": 0.70, "B6": 0.85}

type Text = str | list[Any] | dict[str, Any]
"""What stands in the YAML: scalars as text, sequences, mappings."""


@dataclass(frozen=True)
class Drawn:
    """A case twice."""

    seed: int
    case: Case
    yaml: str


@dataclass(frozen=True)
class Written:
    """A statement twice: as it stands in the file, and what it means."""

    text: Text
    judgement: Judgement


def draw(seed: int) -> Drawn:
    """Return a random case that is small enough for brute force; in every fourth all is coupled."""
    rng = random.Random(seed)  # noqa: S311 (cases, not secrets)
    while True:
        maker = Maker(rng, is_coupled=seed % 4 == 3)
        case, document = maker.case()
        if maker.state_bound(case) <= MAX_STATES and truths(case) <= MAX_TRUTHS:
            return Drawn(seed, case, to_yaml(document))


def truths(case: Case) -> int:
    known = [i for i in case.indicators.values() if i.reports or i.detection]
    return math.prod(len(i.values) for i in known)


@dataclass
class Maker:
    """Draws the parts of one case.

    Parameters
    ----------
    rng : random.Random
    is_coupled : bool
        Whether there are many reports of few sources on members of two groups.
    """

    rng: random.Random
    is_coupled: bool = False
    hypotheses: tuple[Hypothesis, ...] = ()
    circumstances: dict[str, Circumstance] = field(default_factory=dict)
    strength: float = 10.0
    used_own_terms: bool = False

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def number(self, low: float, high: float, digits: int = 2) -> float:
        return round(self.rng.uniform(low, high), digits)

    # Elicited values

    def probability(self, low: float = 0.05, high: float = 0.95, *, extremes: bool = False) -> Written:
        """Draw a two-valued statement in one of the forms that a file may use."""
        text, distribution = self.rng.choice(self.forms(low, high, extremes=extremes))()
        judgement = Judgement(distribution, flow(text))
        if text in ("certain", "impossible") or self.chance(0.1):
            why = self.rng.choice(["for a test", "a reason, with a comma", "so says the text: yes"])
            return Written({"value": text, "why": why}, Judgement(distribution, flow(text), why))
        return Written(text, judgement)

    def forms(self, low: float, high: float, *, extremes: bool) -> list[Callable[[], tuple[Text, AnyDistribution]]]:
        within = [t for t, (a, b) in TERMS.items() if low <= (a + b) / 2 <= high]
        forms = [self._interval, self._mean, self._number, self._percent, self._odds, self._shape, self._count]
        forms += [self._percent_interval, self._odds_interval, self._quantiles, self._fraction]
        made: list[Callable[[], tuple[Text, AnyDistribution]]] = [partial(form, low, high) for form in forms]
        made += [lambda: self._term(self.rng.choice(within))] * 3 if within else []
        if low <= 0.2:
            made.append(self._own_term)
        return [*made, self._extreme] if extremes else made

    def _term(self, term: str) -> tuple[Text, AnyDistribution]:
        return term, beta_from_interval(*TERMS[term])

    def _own_term(self) -> tuple[Text, AnyDistribution]:
        self.used_own_terms = True
        term = self.rng.choice(list(OWN_TERMS))
        return term, beta_from_interval(*OWN_TERMS[term])

    def _extreme(self) -> tuple[Text, AnyDistribution]:
        return self.rng.choice([("certain", Point(1.0)), ("impossible", Point(0.0))])

    def _ends(self, low: float, high: float) -> tuple[float, float]:
        first = self.number(low, high - 0.1)
        return first, min(round(first + self.number(0.08, 0.4), 2), 0.99)

    def _interval(self, low: float, high: float) -> tuple[Text, AnyDistribution]:
        ends = self._ends(low, high)
        return [f"{end:g}" for end in ends], beta_from_interval(*ends)

    def _percent_interval(self, low: float, high: float) -> tuple[Text, AnyDistribution]:
        ends = self._ends(low, high)
        space = self.rng.choice(["", " "])
        return [f"{round(100 * end)}{space}%" for end in ends], beta_from_interval(*ends)

    def _odds_interval(self, low: float, high: float) -> tuple[Text, AnyDistribution]:
        ends = self._ends(low, high)
        odds = [(round(100 * end), 100 - round(100 * end)) for end in ends]
        return [f"{a}:{b}" for a, b in odds], beta_from_interval(*(a / (a + b) for a, b in odds))

    def _mean(self, low: float, high: float) -> tuple[Text, AnyDistribution]:
        mean, strength = self.number(low, high), self.rng.choice([0.8, 2, 5, 12.5, 40])
        return {"mean": f"{mean:g}", "strength": f"{strength:g}"}, Beta(mean * strength, (1 - mean) * strength)

    def _shape(self, low: float, high: float) -> tuple[Text, AnyDistribution]:
        mean = self.number(low, high)
        a, b = round(6 * mean, 1) + 0.2, round(6 * (1 - mean), 1) + 0.2
        return {"alpha": f"{a:g}", "beta": f"{b:g}"}, Beta(float(f"{a:g}"), float(f"{b:g}"))

    def _count(self, low: float, high: float) -> tuple[Text, AnyDistribution]:
        of = self.rng.randint(2, 12)
        count = min(max(round(of * self.number(low, high)), 0), of)
        return {"count": str(count), "of": str(of)}, Beta(0.5 + count, 0.5 + of - count)

    def _number(self, low: float, high: float) -> tuple[Text, AnyDistribution]:
        value = self.number(low, high)
        return f"{value:g}", Point(value)

    def _percent(self, low: float, high: float) -> tuple[Text, AnyDistribution]:
        value = self.number(low, high)
        return f"{round(100 * value)}{self.rng.choice(['', ' '])}%", Point(round(100 * value) / 100)

    def _fraction(self, low: float, high: float) -> tuple[Text, AnyDistribution]:
        of = self.rng.randint(3, 20)
        part = min(max(round(of * self.number(low, high)), 1), of - 1)
        return f"{part}/{of}", Point(part / of)

    def _odds(self, low: float, high: float) -> tuple[Text, AnyDistribution]:
        value = self.number(low, high)
        one, other = self.rng.choice([(round(100 * value), 100 - round(100 * value)), (3, 1)])
        if not low <= one / (one + other) <= high:
            return self._number(low, high)
        return f"{one}:{other}", Point(one / (one + other))

    def _quantiles(self, low: float, high: float) -> tuple[Text, AnyDistribution]:
        mean, strength = self.number(max(low, 0.15), min(high, 0.85)), self.rng.choice([4, 8, 20])
        beta = Beta(mean * strength, (1 - mean) * strength)
        at = self.rng.choice([(0.05, 0.95), (0.25, 0.5, 0.75), (0.1, 0.3, 0.6, 0.9), (0.1, 0.25, 0.5, 0.75, 0.9)])
        values = {f"{p:g}": repr(float(special.betaincinv(beta.alpha, beta.beta, p))) for p in at}
        return {"quantiles": values}, beta

    def weights(self, values: Sequence[str], *, all_positive: bool) -> Written:
        """Draw weights of the values, with a strength of their own, the case's, or certain."""
        weights = [self.rng.choice([1, 2, 3, 5]) for _ in values]
        if not all_positive:
            for index in self.rng.sample(range(len(values)), self.rng.randint(0, len(values) - 1)):
                weights[index] = 0
        text = {v: str(w) for v, w in zip(values, weights, strict=True) if w or self.chance(0.3)}
        strength = self.strength
        if self.chance(0.6):
            strength = self.rng.choice([1.5, 4, 20, math.inf])
            text["strength"] = "certain" if strength == math.inf else f"{strength:g}"
        shares = tuple(w / sum(weights) for w in weights)
        return self._explained(text, simplex(shares, strength))

    def _explained(self, text: Text, distribution: AnyDistribution) -> Written:
        if self.chance(0.15):
            return Written({"value": text, "why": "weighed up"}, Judgement(distribution, flow(text), "weighed up"))
        return Written(text, Judgement(distribution, flow(text)))

    def of_values(self, values: Sequence[str], *, row: bool) -> Written:
        """Draw a statement about the values of a circumstance (`row`) or of an indicator."""
        if row and self.chance(0.2):
            index = self.rng.randrange(len(values))
            sure = simplex(tuple(float(k == index) for k in range(len(values))), math.inf)
            return Written(values[index], Judgement(sure, values[index]))
        if len(values) == 2 and self.chance(0.8):
            return self.probability(extremes=self.chance(0.3))
        return self.weights(values, all_positive=not row)

    def ratio(self) -> Written:
        value = self.number(0.2, 3)
        if self.chance(0.4):
            return Written(f"{value:g}", Judgement(Point(value), f"{value:g}"))
        high = round(value * self.number(1.5, 4), 3)
        text: Text = [f"{value:g}", f"{high:g}"]
        return Written(text, Judgement(LogNormal.from_interval(value, high), flow(text)))

    # Conditions

    def statements(self, what: Callable[[], Written], known: Sequence[str]) -> dict[Condition, Written]:
        """Draw statements under conditions that leave no gap and do not clash."""
        is_crossed = known and self.chance(0.25)
        conditions = self.crossed(known) if is_crossed else list(self.refined(OTHERS, known, 2))
        self.rng.shuffle(conditions)
        return {condition: what() for condition in conditions}

    def refined(self, condition: Condition, known: Sequence[str], depth: int) -> Iterator[Condition]:
        """Yield a condition and narrower ones, of which those side by side exclude each other."""
        parts = self.parts(condition, known) if depth and self.chance(0.75) else []
        chosen = [part for part in parts if self.chance(0.7)]
        if len(chosen) < len(parts) or not parts or self.chance(0.3):
            yield condition
        for part in chosen:
            yield from self.refined(part, known, depth - 1)

    def parts(self, condition: Condition, known: Sequence[str]) -> list[Condition]:
        """Return conditions that divide another one, by hypothesis or by a circumstance."""
        free = [name for name in known if name not in dict(condition.values)]
        children = [node.name for node in self.children(condition.node)]
        if children and (not free or self.chance(0.5)):
            return [Condition(child, condition.values) for child in children]
        if not free:
            return []
        name = self.rng.choice(free)
        return [
            Condition(condition.node, tuple(sorted((*condition.values, (name, value)))))
            for value in self.circumstances[name].values
        ]

    def children(self, node: str) -> tuple[Hypothesis, ...]:
        if not node:
            return self.hypotheses
        return next(each.children for top in self.hypotheses for each in top.walk() if each.name == node)

    def crossed(self, known: Sequence[str]) -> list[Condition]:
        """Return a node, a circumstance's value, both together, and all the rest: neither of the first is narrower."""
        node = self.rng.choice([each.name for top in self.hypotheses for each in top.walk()])
        name = self.rng.choice(list(known))
        values = ((name, self.rng.choice(list(self.circumstances[name].values))),)
        return [OTHERS, Condition(node), Condition("", values), Condition(node, values)]

    def any_condition(self) -> Condition:
        nodes = ["", *(each.name for top in self.hypotheses for each in top.walk())]
        names = self.rng.sample(list(self.circumstances), self.rng.randint(0, min(2, len(self.circumstances))))
        values = tuple(sorted((n, self.rng.choice(list(self.circumstances[n].values))) for n in names))
        found = Condition(self.rng.choice(nodes), values)
        return found if found != OTHERS else Condition(nodes[1])

    def one_or_more(
        self, what: Callable[[], Written], mapping_chance: float
    ) -> tuple[dict[Condition, Judgement], Text]:
        """Draw one value for all, or a mapping by condition."""
        if not self.chance(mapping_chance):
            one = what()
            return {OTHERS: one.judgement}, one.text
        found = self.statements(what, list(self.circumstances))
        return judgements(found), texts(found)

    # Parts of a case

    def case(self) -> tuple[Case, dict[str, Any]]:
        """Draw a case and its document."""
        self.strength = self.rng.choice([10.0, 10.0, 3.0, 25.0, math.inf])
        document: dict[str, Any] = {"title": "A case drawn at random", "question": "Who did it?"}
        if self.strength != 10 or self.chance(0.5):
            document["prior_strength"] = number_text(self.strength)
        depth = self.rng.choice([1, 1, 2, 2, 3])
        self.hypotheses, document["hypotheses"] = self.tree("", depth, self.strength)
        self.add_circumstances(document)
        sources = self.sources(document)
        indicators = self.indicators(document, sources)
        groups = self.groups(document, indicators)
        deception = self.deception(document, indicators)
        propositions = self.propositions(document)
        if self.used_own_terms:
            document["terms"] = {term: [f"{a:g}", f"{b:g}"] for term, (a, b) in OWN_TERMS.items()}
        made = Case(
            title="A case drawn at random",
            question="Who did it?",
            hypotheses=self.hypotheses,
            prior_strength=self.strength,
            circumstances=self.circumstances,
            sources=sources,
            indicators=indicators,
            deception=deception,
            groups=groups,
            propositions=propositions,
        )
        return made, document

    def tree(self, above: str, depth: int, strength: float) -> tuple[tuple[Hypothesis, ...], dict[str, Any]]:
        names = self.rng.sample(["ash", "birch", "cedar", "fir", "oak"], self.rng.randint(2, 3 if depth < 3 else 2))
        nodes, document = [], {}
        for name in names:
            path, weight = f"{above}{name}", self.rng.choice([1.0, 1.0, 2.0, 0.5, 3.5])
            text: dict[str, Any] = {"label": f"Actor {name}"} if self.chance(0.5) else {}
            label = text.get("label", name)
            if weight != 1 or self.chance(0.3):
                text["prior"] = f"{weight:g}"
            own = strength
            children: tuple[Hypothesis, ...] = ()
            if depth > 1 and self.chance(0.6):
                if self.chance(0.3):
                    own = self.rng.choice([2.0, 6.0, math.inf])
                    text["prior_strength"] = number_text(own)
                children, text["children"] = self.tree(f"{path}.", depth - 1, own)
            document[name] = text
            nodes.append(Hypothesis(path, label, weight, own, children))
        return tuple(nodes), document

    def add_circumstances(self, document: dict[str, Any]) -> None:
        for name in ["site", "alarm", "season"][: self.rng.choice([0, 0, 1, 1, 2, 2, 3])]:
            values = self.rng.choice([["yes", "no"], ["yes", "no"], ["east", "west"], ["east", "west", "north"]])
            text: dict[str, Any] = {}
            labels = {value: value for value in values}
            if values != ["yes", "no"] or self.chance(0.3):
                text["values"] = list(values)
                if self.chance(0.3):
                    labels = {value: f"It is {value}" for value in values}
                    text["values"] = labels
            rows = self.statements(partial(self.of_values, values, row=True), list(self.circumstances))
            text["probability"] = texts(rows)
            self.circumstances[name] = Circumstance(name, name, labels, judgements(rows))
            document.setdefault("circumstances", {})[name] = text

    def state_bound(self, case: Case) -> int:
        """Count the states."""
        from falseflag.case.states import states  # noqa: PLC0415 (only to keep cases small)

        return sum(1 for _ in states(case.outline))

    def sources(self, document: dict[str, Any]) -> dict[str, Source]:
        found: dict[str, Source] = {}
        grade_strength = 10.0
        if self.chance(0.4):
            grade_strength = self.rng.choice([4.0, math.inf])
            document["grade_strength"] = number_text(grade_strength)
        kinds = ["grade", "own", "own", "conditional", "conditional", "none"]
        for name in ["tass", "press", "witness"][: self.rng.choice([1, 2] if self.is_coupled else [0, 1, 2, 2, 3])]:
            kind = self.rng.choice(kinds[1:5] if self.is_coupled else kinds)
            text: dict[str, Any] = {"label": name.title()}
            if kind == "grade":
                text["grade"] = grade = self.rng.choice(list(GRADES))
                strength = grade_strength
                if self.chance(0.3):
                    strength = self.rng.choice([2.0, math.inf])
                    text["grade_strength"] = number_text(strength)
                reliability = {OTHERS: Judgement(scalar(GRADES[grade], strength), grade)}
                found[name] = Source(name, name.title(), grade, reliability)
            elif kind == "none":
                found[name] = Source(name, name.title())
            else:
                reliability, text["reliability"] = self.reliability(conditional=kind == "conditional")
                found[name] = Source(name, name.title(), "", reliability)
            document.setdefault("sources", {})[name] = text
        return found

    def reliability(self, *, conditional: bool) -> tuple[dict[Condition, Judgement], Text]:
        return self.one_or_more(lambda: self.probability(0.3, 0.95), float(conditional))

    def indicators(self, document: dict[str, Any], sources: Mapping[str, Source]) -> dict[str, Indicator]:
        found = {}
        document["indicators"] = {}
        for number in range(1, self.rng.randint(4 if self.is_coupled else 2, 6) + 1):
            name = f"fact{number}"
            indicator, text = self.indicator(name, list(sources))
            found[name], document["indicators"][name] = indicator, text
        return found

    def indicator(self, name: str, sources: list[str]) -> tuple[Indicator, dict[str, Any]]:
        text: dict[str, Any] = {}
        if self.chance(0 if self.is_coupled else 0.08):
            ratios = self.statements(self.ratio, list(self.circumstances))
            return Indicator(name, name, {}, ratios=judgements(ratios)), {"ratios": texts(ratios)}
        kinds = ["reported"] * 4 + ["several"] * 2 + ["unknown", "silent"]
        kind = self.rng.choice(kinds[:-1] if self.is_coupled else kinds)
        values = ["present", "absent"]
        if kind != "silent" and self.chance(0.1 if self.is_coupled else 0.35):
            values = self.rng.choice([["red", "blue"], ["red", "blue", "green"], ["red", "blue", "green", "grey"]])
            text["values"] = {v: v.title() for v in values} if self.chance(0.3) else list(values)
        labels = text["values"] if isinstance(text.get("values"), dict) else {v: v for v in values}
        extremes = self.chance(0.15)
        likelihood = self.statements(lambda: self.likelihood(values, extremes=extremes), list(self.circumstances))
        if kind == "several" and not sources:
            kind = "reported"
        indicator, more = getattr(self, f"_{kind}")(name, labels, judgements(likelihood), sources)
        return indicator, {**text, **more, "likelihood": texts(likelihood)}

    def likelihood(self, values: Sequence[str], *, extremes: bool) -> Written:
        if len(values) == 2 and self.chance(0.85):
            return self.probability(extremes=extremes)
        return self.weights(values, all_positive=True)

    def _reported(
        self, name: str, labels: Mapping[str, str], likelihood: Mapping[Condition, Judgement], sources: list[str]
    ) -> tuple[Indicator, dict[str, Any]]:
        says = self.rng.choice(list(labels))
        text: dict[str, Any] = {"observed": says}
        source, reliability = self._from(text, sources)
        report = Report(source, says, reliability)
        return Indicator(name, name, likelihood, labels, (report,)), text

    def _from(self, text: dict[str, Any], sources: list[str]) -> tuple[str, dict[Condition, Judgement] | None]:
        """Draw where an observation is from, and an own reliability."""
        source, reliability = "", None
        if sources and self.chance(0.85):
            source = text["source"] = self.rng.choice(sources)
        if self.chance(0.2):
            reliability, text["reliability"] = self.reliability(conditional=self.chance(0.4))
        return source, reliability

    def _several(
        self, name: str, labels: Mapping[str, str], likelihood: Mapping[Condition, Judgement], sources: list[str]
    ) -> tuple[Indicator, dict[str, Any]]:
        reports = []
        text: dict[str, Any] = {}
        for source in self.rng.sample(sources, self.rng.randint(1, len(sources))):
            says, reliability = self.rng.choice(list(labels)), None
            text[source] = says
            if self.chance(0.3):
                text[source] = {"says": says}
                if self.chance(0.7):
                    reliability, text[source]["reliability"] = self.reliability(conditional=self.chance(0.3))
            reports.append(Report(source, says, reliability))
        return Indicator(name, name, likelihood, labels, tuple(reports)), {"reports": text}

    def _unknown(
        self, name: str, labels: Mapping[str, str], likelihood: Mapping[Condition, Judgement], sources: list[str]
    ) -> tuple[Indicator, dict[str, Any]]:
        text: dict[str, Any] = {"observed": "unknown"}
        source, reliability = self._from(text, sources)
        return Indicator(name, name, likelihood, labels, source=source, reliability=reliability), text

    def _silent(
        self, name: str, labels: Mapping[str, str], likelihood: Mapping[Condition, Judgement], _: list[str]
    ) -> tuple[Indicator, dict[str, Any]]:
        detection, text = self.one_or_more(lambda: self.probability(0.05, 0.9, extremes=self.chance(0.1)), 0.4)
        return Indicator(name, name, likelihood, labels, detection=detection), {"observed": "silent", "detection": text}

    def groups(self, document: dict[str, Any], indicators: Mapping[str, Indicator]) -> dict[str, Group]:
        able = [name for name, i in indicators.items() if not i.ratios and len(i.values) == 2]
        self.rng.shuffle(able)
        found = {}
        for name in ["wing", "tail"][: 2 if self.is_coupled else self.rng.choice([0, 1, 1, 2])]:
            members = tuple(able.pop() for _ in range(min(len(able), self.rng.choice([2, 2, 3]))))
            if len(members) < 2:
                break
            text: dict[str, Any] = {"indicators": list(members)}
            correlation: dict[Condition, Judgement] = {OTHERS: Judgement(Beta(1, 1), "")}
            if self.chance(0.9):
                correlation, text["correlation"] = self.one_or_more(self.correlation, 0.4)
            found[name] = Group(name, name, members, correlation)
            document.setdefault("dependence", {})[name] = text
        return found

    def correlation(self) -> Written:
        form = self.rng.choice([self._interval, self._mean, self._number, self._percent_interval])
        text, distribution = form(0.1, 0.8)
        return Written(text, Judgement(distribution, flow(text)))

    def deception(self, document: dict[str, Any], indicators: Mapping[str, Indicator]) -> dict[str, Deception]:
        leaves = [leaf.name for top in self.hypotheses for leaf in top.walk() if not leaf.children]
        nodes = [node.name for top in self.hypotheses for node in top.walk()]
        found: dict[str, Deception] = {}
        for _ in range(self.rng.choice([0, 1, 1, 1, 2])):
            node = self.rng.choice(nodes)
            if any(is_within(node, other) or is_within(other, node) for other in found):
                continue
            outside = [leaf for leaf in leaves if not is_within(leaf, node)]
            feigned = [name for name in self.circumstances if self.chance(0.4)]
            values = tuple(sorted((n, self.rng.choice(list(self.circumstances[n].values))) for n in feigned))
            able = [name for name, i in indicators.items() if not i.ratios]
            reached = self.rng.sample(able, self.rng.randint(min(1, len(able)), len(able)))
            if not reached:
                continue
            blames = Condition(self.rng.choice(outside), values)
            attempt = self.probability(0.1, 0.95, extremes=self.chance(0.15))
            reach = {name: self.probability(0.1, 0.95, extremes=self.chance(0.15)) for name in reached}
            found[node] = Deception(
                node, blames, attempt.judgement, {name: each.judgement for name, each in reach.items()}
            )
            document.setdefault("deception", {})[node] = {
                "blames": condition_text(blames, self.rng),
                "attempt": attempt.text,
                "reach": {name: each.text for name, each in reach.items()},
            }
        return found

    def propositions(self, document: dict[str, Any]) -> dict[str, Proposition]:
        found = {}
        for name in ["first", "second"][: self.rng.choice([0, 1, 2])]:
            when = tuple(dict.fromkeys(self.any_condition() for _ in range(self.rng.choice([1, 1, 2, 3]))))
            label = f"The {name} question"
            found[name] = Proposition(name, label, when)
            written = [condition_text(each, self.rng) for each in when]
            text = {"label": label, "when": written if len(written) > 1 else written[0]}
            document.setdefault("propositions", {})[name] = text
        return found


def is_within(node: str, above: str) -> bool:
    return node == above or node.startswith(f"{above}.")


def scalar(mean: float, strength: float) -> Beta | Point:
    return Point(mean) if strength == math.inf else Beta(mean * strength, (1 - mean) * strength)


def simplex(shares: tuple[float, ...], strength: float) -> AnyDistribution:
    """Return the distribution of weights: of two values about the first one, which may be impossible or certain."""
    if len(shares) == 2:
        return Point(shares[0]) if min(shares) == 0 else scalar(shares[0], strength)
    if strength == math.inf or max(shares) == 1:
        return Fixed(shares)
    return Dirichlet(tuple(strength * share for share in shares))


def judgements(written: Mapping[Condition, Written]) -> dict[Condition, Judgement]:
    return {condition: each.judgement for condition, each in written.items()}


def texts(written: Mapping[Condition, Written]) -> dict[str, Text]:
    return {condition_text(condition): each.text for condition, each in written.items()}


def condition_text(condition: Condition, rng: random.Random | None = None) -> str:
    """Return a condition as people may write it, with or without spaces."""
    parts = [condition.node] * bool(condition.node) + [f"{name}={value}" for name, value in condition.values]
    return (rng.choice([" & ", "&", " &"]) if rng else " & ").join(parts) or "others"


def number_text(value: float) -> str:
    return "certain" if value == math.inf else f"{value:g}"


# YAML


def to_yaml(document: Mapping[str, Any]) -> str:
    """Write a document by hand: blocks down to the parts of an indicator, flow style further in."""
    return "".join(block(document, 0))


def block(mapping: Mapping[str, Any], depth: int) -> Iterator[str]:
    for key, value in mapping.items():
        if isinstance(value, dict) and value and (depth < 3 or "children" in value):
            yield f"{'  ' * depth}{quoted(key)}:\n"
            yield from block(value, depth + 1)
        else:
            yield f"{'  ' * depth}{quoted(key)}: {flow(value)}\n"


def flow(value: object) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{quoted(key)}: {flow(part)}" for key, part in value.items()) + "}"
        case list():
            return "[" + ", ".join(flow(part) for part in value) + "]"
        case _:
            return quoted(str(value))


def quoted(text: str) -> str:
    """Return a scalar, in quotes where it needs them."""
    return text if re.fullmatch(r"[A-Za-z0-9_.+%/=& :-]*", text) and not re.search(r": |^&|: *$", text) else f'"{text}"'
