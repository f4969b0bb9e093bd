"""The explanations as sentences in plain English, with the labels of the case; how things and numbers are put."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from falseflag.case.conditions import OTHERS_NAME, Condition
from falseflag.case.edit import Keys
from falseflag.case.model import Case
from falseflag.explain.analysis import RULED_OUT, Analysis, log_sum
from falseflag.explain.deception import Planted
from falseflag.explain.learned import Blend, turned
from falseflag.explain.leave_one_out import LeaveOneOut
from falseflag.explain.replay import Stage
from falseflag.explain.value_of_information import ExpectedInformation, Outcome
from falseflag.explain.weights import NOTHING_DB, STRONG_DB, Flags
from falseflag.inference.result import Decides
from falseflag.scales import words
from falseflag.wording import counted, decibans, of_class, percent

LEVEL = 1e-9
"""Log scores this near are said to be level."""

SMALL = 0.01
"""A change of probability below this is said to be less than one percentage point."""

LEVEL_FACTOR = 1.05
"""Two hypotheses are about equally probable where their odds are within this factor: it is shown as 1.0."""

HALF = 1e-9
"""Is added to factors before they are rounded."""

FEW_BITS = 1e-3
"""Expected information below this is said to be next to nothing."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of a case's hypotheses, circumstances, indicators, groups and sources, in quotation marks."""

    case: Case

    def node(self, name: str) -> str:
        """Return the labels on the path to a node: “Ukraine: to send a message”."""
        labels = {node.name: node.label for node in self.case.nodes}
        parts = name.split(".")
        path = (".".join(parts[: n + 1]) for n in range(len(parts)))
        return "“" + ": ".join(labels[place] for place in path) + "”"

    def set(self, name: str) -> str:
        """Return the label of a set of states: a node, a proposition or a condition."""
        if name == OTHERS_NAME:
            return "all the rest"
        if name in self.case.propositions:
            return f"“{self.case.propositions[name].label}”"
        node, values = "", []
        for part in (part.strip() for part in name.split("&")):
            before, equals, after = part.partition("=")
            if equals:
                values.append((before.strip(), after.strip()))
            else:
                node = part
        return self.condition(Condition(node, tuple(values)))

    def condition(self, condition: Condition) -> str:
        """Return the label of what a statement is made under; a class of author follows."""
        parts = [self.node(condition.node)] if condition.node else []
        for name, value in condition.values:
            circumstance = self.case.circumstances[name]
            label = circumstance.values.get(value) or value
            parts.append(f"“{circumstance.label}: {label}”")
        label = " and ".join(parts) if parts else "all others"
        return label + of_class(condition.author_class)

    def place(self, name: str) -> str:
        """Return the label of the condition that a key of the case file names."""
        return "all others" if name == OTHERS_NAME else self.set(name)

    def factor(self, name: str, *, is_group: bool) -> str:
        """Return the label of an indicator, or of a group."""
        return self.group(name) if is_group else self.indicator(name)

    def indicator(self, name: str) -> str:
        """Return the label of an indicator."""
        return f"“{self.case.indicators[name].label}”"

    def circumstance(self, name: str) -> str:
        """Return the label of a circumstance."""
        return f"“{self.case.circumstances[name].label}”"

    def unknown(self, row: ExpectedInformation) -> str:
        """Return the label of what could be found out."""
        return self.circumstance(row.name) if row.is_circumstance else self.indicator(row.name)

    def outcome(self, row: ExpectedInformation, outcome: Outcome) -> str:
        """Return the label of what may come out of finding it out."""
        owners = self.case.circumstances if row.is_circumstance else self.case.indicators
        return owners[row.name].values.get(outcome.value) or outcome.value

    def group(self, name: str) -> str:
        """Return the label of a dependence group."""
        return f"the group “{self.case.groups[name].label}”"

    def source(self, name: str) -> str:
        """Return the label of a source."""
        return f"“{self.case.sources[name].label}”"

    def number(self, what: Keys, kind: str) -> str:  # noqa: PLR0911 (one return for each kind)
        """Return what an elicited number is of."""
        match what:
            case ("hypotheses", *keys):
                node = ".".join(key for key in keys[:-1] if key != "children")
                return f"the prior weight of {self.node(node)}"
            case ("circumstances", name, _, condition, *value):
                values = self.case.circumstances[name].values
                label = values[value[0]] if value else next(iter(values.values()))
                return f"the probability of {self.circumstance(name)[:-1]}: {label}”{self.under(condition)}"
            case ("deception", node, "attempt"):
                return f"the chance that {self.node(node)} stages evidence"
            case ("deception", _, "reach", name):
                return f"the chance that staging takes for {self.indicator(name)}"
            case ("sources", name, _, *condition):
                return f"the reliability of {self.source(name)}{self.under(*condition)}"
            case ("dependence", name, _, *condition):
                return f"the correlation in {self.group(name)}{self.under(*condition)}"
        return self.of_indicator(what, kind)

    def of_indicator(self, what: Keys, kind: str) -> str:
        """Return what a number that stands with an indicator is of."""
        name, label = what[1], self.indicator(what[1])
        if kind == "likelihood":
            values = self.case.indicators[name].values
            return f"the likelihood of {''.join(values[v] + ' in ' for v in what[4:])}{label}{self.under(what[3])}"
        if what[2] == "reports":
            return f"the reliability of {self.source(what[3])} on {label}{self.under(*what[5:])}"
        return f"the {kind} of {label}{self.under(*what[3:])}"

    def under(self, condition: str = "others") -> str:
        """Return under which condition, if not under all others."""
        return "" if condition == "others" else f" under {self.place(condition)}"


def chance(value: float) -> str:
    """Format a likelihood so that a small one, or one near 1, keeps two significant digits."""
    if 0.1 <= value <= 0.9:
        return f"{value:.2f}"
    if value < 0.1:
        return f"{value:.2g}"
    digits = f"{1 - value:.1e}"
    return f"{value:.{1 + max(1, -int(digits.split('e')[1]))}f}"


def times(factor: float) -> str:
    """Format a factor; halves are rounded up, whatever the last digit of the float."""
    if factor >= 1000:
        return "over a thousand"
    return f"{factor + HALF:.1f}" if factor < 10 else f"{factor + HALF:.0f}"


def listed(parts: Sequence[str]) -> str:
    """Join parts as in a sentence: a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def capitalised(sentence: str) -> str:
    """Begin with a capital; what stands in quotation marks stays as it was written."""
    return sentence[:1].upper() + sentence[1:]


# What the answer rests on


def rests_on(analysis: Analysis, case: Case, rows: Sequence[LeaveOneOut]) -> str:
    """Say what the conclusion rests on.

    Parameters
    ----------
    analysis : Analysis
    case : Case
    rows : sequence of LeaveOneOut
        The answer without each item; rows about members and sources are passed over.
    """
    labels, leader = Labels(case), analysis.leader
    probability = analysis.exact.of_set(analysis.problem.membership[leader])
    items = [row for row in rows if row.kind in {"indicator", "group"}]
    if not items:
        return "There is no evidence yet: the conclusion rests on the prior weights alone."
    scores = {
        name: log_sum(analysis.exact.log_scores, analysis.problem.membership[name]) for name in analysis.top_level
    }
    level = [name for name, score in scores.items() if scores[leader] - score < LEVEL]
    if len(level) > 1:
        names = listed([labels.node(name) for name in level])
        return f"There is no conclusion to rest on anything: {names} are level at {percent(probability)}."
    overturning = [row for row in items if _overturns(row, leader)]
    if overturning:
        return _overturned(labels, leader, overturning)
    return _moved(labels, leader, probability, items)


def _overturns(row: LeaveOneOut, leader: str) -> bool:
    return row.posterior[row.leader] > row.posterior[leader] * (1 + LEVEL)


def _overturned(labels: Labels, leader: str, rows: Sequence[LeaveOneOut]) -> str:
    names = listed([_item(labels, row) for row in rows])
    after = dict.fromkeys(labels.node(row.leader) for row in rows)
    single = "it" if len(rows) == 1 else "any one of them"
    return (
        f"The conclusion that {labels.node(leader)} leads rests on {names}: "
        f"without {single}, {' or '.join(after)} would lead."
    )


def _moved(labels: Labels, leader: str, probability: float, rows: Sequence[LeaveOneOut]) -> str:
    change = [probability - row.posterior[leader] for row in rows]
    start = f"The conclusion that {labels.node(leader)} leads rests on no single piece of evidence: "
    if max(map(abs, change)) < SMALL:
        return start + "leaving any one of them out changes its probability by less than one percentage point."
    parts = []
    for sign, what in ((1, "it owes most to"), (-1, "what speaks against it most is")):
        best = max(range(len(rows)), key=lambda n: sign * change[n])
        if sign * change[best] >= SMALL:
            after = percent(rows[best].posterior[leader])
            parts.append(f"{what} {_item(labels, rows[best])} (without it {after} instead of {percent(probability)})")
    return f"{start}it leads without any one of them. {capitalised('; '.join(parts))}."


def _item(labels: Labels, row: LeaveOneOut) -> str:
    return labels.factor(row.name, is_group=row.kind == "group")


def rests_on_sources(analysis: Analysis, case: Case, rows: Sequence[LeaveOneOut]) -> str:
    """Say which sources the conclusion depends on; empty where there are none."""
    labels, leader = Labels(case), analysis.leader
    sources = [row for row in rows if row.kind == "source"]
    overturning = [row for row in sources if _overturns(row, leader)]
    if not overturning:
        return "No single source decides who leads." if len(sources) > 1 else ""
    parts = [f"without {labels.source(row.name)}, {labels.node(row.leader)} would lead" for row in overturning]
    return capitalised("; ".join(parts)) + "."


def decided(case: Case, row: Decides) -> str:
    """Say whether the prior or the evidence decides between the first two."""
    labels = Labels(case)
    if row.evidence_db is None:
        return f"The evidence rules {labels.node(row.next)} out."
    first, second = labels.node(row.leader), labels.node(row.next)
    who = "prior and evidence decide together" if row.by == "both" else f"the {row.by} decides"
    who = "neither prior nor evidence decides" if row.is_close else who
    before, after = _Odds.of(first, second, row.prior_db), _Odds.of(first, second, row.prior_db + row.evidence_db)
    return f"Between {first} and {second} {who}: {before.told('was', 'were')} before the evidence{after.since(before)}."


@dataclass(frozen=True, slots=True)
class _Odds:
    """Which of two hypotheses is the more probable, empty where they are level, and how many times as probable."""

    favours: str
    factor: str

    @classmethod
    def of(cls, first: str, second: str, db: float) -> _Odds:
        factor = 10 ** (abs(db) / 10)
        return cls("" if factor < LEVEL_FACTOR else first if db > 0 else second, times(factor))

    def told(self, one: str, both: str) -> str:
        if not self.favours:
            return f"both {both} about equally probable"
        return f"{self.favours} {one} {self.factor} times as probable"

    def since(self, before: _Odds) -> str:
        """Say how they stand now, in continuation of how they stood before."""
        if self == before or not (self.favours or before.favours):
            return f", and still {'is' if self.favours else 'are'}"
        if self.favours == before.favours:
            return f", and is {self.factor} times as probable now"
        return f"; now {self.told('is', 'are')}"


def flagged(case: Case, flags: Flags) -> tuple[str, ...]:
    """Point out indicators that say nothing, and single ones that say suspiciously much."""
    labels = Labels(case)
    strong = tuple(
        f"{labels.indicator(name)} is suspiciously strong: by itself it "
        + (
            "rules out a hypothesis or a circumstance."
            if flags.strongest[name] >= RULED_OUT
            else f"shifts the odds between two of them by {flags.strongest[name]:.0f} dB, beyond {STRONG_DB:.0f}."
        )
        for name in flags.too_strong
    )
    if not flags.tells_nothing:
        return strong
    names = listed([labels.indicator(name) for name in flags.tells_nothing])
    verb = "says" if len(flags.tells_nothing) == 1 else "say"
    return (f"{names} {verb} nothing: no two hypotheses are more than {NOTHING_DB} dB apart on that.", *strong)


def staging_hurts(case: Case, rows: Sequence[Planted]) -> str:
    """Warn where what was reported is more probable as the author's own than as planted."""
    labels, found = Labels(case), [row for row in rows if row.hurts]
    if not found:
        return ""
    names = listed([labels.indicator(row.indicator) for row in found])
    return (
        f"Staging would make what was reported of {names} less probable for {labels.node(found[0].node)}, not more: "
        "a likelihood under the author's own hypothesis should be that without any staging."
    )


# What to find out next, and how the answer came about


def find_out(case: Case, rows: Sequence[ExpectedInformation]) -> str:
    """Say what to find out next."""
    if not rows:
        return "No indicator is marked unknown: there is nothing to find out next."
    best, labels = rows[0], Labels(case)
    if best.bits < FEW_BITS:
        return "None of what is unknown is expected to say anything worth the effort."
    parts = [_if_so(labels, outcome, best) for outcome in best.outcomes if outcome.p > 0]
    bits = f"{best.bits:.2f} bits; one bit answers an even yes-or-no question"
    return f"Finding out about {labels.unknown(best)} is expected to say most ({bits}): {'; '.join(parts)}."


def _if_so(labels: Labels, outcome: Outcome, row: ExpectedInformation) -> str:
    label = labels.outcome(row, outcome)
    what = f"if it is “{label}”" if row.is_circumstance else f"if it is reported {label}"
    p = outcome.posterior[outcome.leader]
    return f"{what} ({percent(outcome.p)}), {labels.node(outcome.leader)} would lead at {percent(p)} ({words(p)})"


def replayed(case: Case, stages: Sequence[Stage]) -> str:
    """Say when the lead changed."""
    labels = Labels(case)
    turns = [(before, now) for before, now in pairwise(stages) if before.leader != now.leader]
    if not turns:
        return f"{labels.node(stages[-1].leader)} has led from the start."
    parts = [f"{labels.node(now.leader)} took the lead on {now.date}" for _, now in turns]
    return f"At the start {labels.node(stages[0].leader)} led; {listed(parts)}."


# What was learned from resolved cases


def learned_sentence(case: Case, rows: Sequence[Blend]) -> str:
    """Say how much is learned and where judgement and record conflict; nothing where the case does not learn."""
    learning = case.learning
    if learning is None:
        return ""
    if not rows:
        return "No indicator is linked to the record of resolved cases, so that nothing is learned from it."
    indicators = counted(len({row.source.indicator for row in rows}), "indicator")
    how = (
        f"each is added to the judgements with a weight of {learning.relevance:g}"
        if learning.model == "counts"
        else f"their rates replace the judgements, {learning.relevance:g} times as firmly as the record alone has them"
    )
    verb = "learns" if len(rows) == 1 else "learn"
    cases = counted(learning.incidents, "resolved case")
    start = f"{counted(len(rows), 'likelihood')} of {indicators} {verb} from {cases}: {how}."
    return " ".join(
        part for part in (start, _fixed(rows), _conflicts(case, rows), opposed_sentence(case), _classless(case)) if part
    )


def _fixed(rows: Sequence[Blend]) -> str:
    fixed = sum(row.is_fixed for row in rows)
    return f"{fixed} of them {'is' if fixed == 1 else 'are'} fixed and learned nothing." if fixed else ""


def _conflicts(case: Case, rows: Sequence[Blend]) -> str:
    found = [row for row in rows if row.is_conflict]
    if not found:
        return "Judgement and record conflict nowhere."
    worst, labels = min(found, key=lambda row: row.conflict), Labels(case)
    several = f"In {len(found)} of them judgement and record conflict, most of all"
    start = "Judgement and record conflict" if len(found) == 1 else several
    where = f"{labels.indicator(worst.source.indicator)} under {labels.condition(worst.source.condition)}"
    return (
        f"{start} on {where}: it was judged to have a probability of "
        f"{chance(worst.judgement.mean)}, and was so in {worst.count} cases."
    )


def opposed_sentence(case: Case) -> str:
    """Say which indicators the judgements and the record read opposite ways; nothing where none."""
    labels = Labels(case)
    parts = [
        f"{labels.indicator(one.indicator)} was judged to speak {'for' if one.judged > 0 else 'against'} "
        f"{labels.node(one.node)} where present ({_db(one.judged)}), and in the record speaks "
        f"{'for' if one.record > 0 else 'against'} it ({_db(one.record)})"
        for one in turned(case)
    ]
    if not parts:
        return ""
    return f"Judgement and record point opposite ways: {'; '.join(parts)}."


def _db(value: float) -> str:
    return f"{decibans(value)} dB"


def _classless(case: Case) -> str:
    """Warn of leaves that keep judgements made for this incident where all others are compared with the record."""
    found = [Labels(case).node(leaf.name) for leaf in case.leaves if not leaf.author_class]
    if not found:
        return ""
    has, keeps, gains = ("has", "keeps", "it gains") if len(found) == 1 else ("have", "keep", "they gain")
    return (
        f"{capitalised(listed(found))} {has} no class of author and {keeps} what was judged: what {gains} where the "
        "record makes what was reported rarer under every class is no finding."
    )
