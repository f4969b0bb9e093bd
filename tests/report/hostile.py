"""A case whose every text is hostile."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

from making import STRENGTH, inner, judged, leaf

from falseflag.case.conditions import OTHERS, Condition
from falseflag.case.model import (
    Case,
    Circumstance,
    Deception,
    Group,
    Hypothesis,
    Indicator,
    Proposition,
    Report,
    Source,
)
from falseflag.distributions import Beta, Judgement, Point

TEXTS = (
    "<script>window.hacked = 1</script>",
    "\"><img src=x onerror='window.hacked = 1'>",
    "'); window.hacked = 1; ('",
    "</style></script></title></textarea><svg onload=window.hacked=1>",
    "]]> --> <!-- {{ 7 * 191 }} {% raw %} ${7 * 191} &lt;b&gt; &#60;",
    "\u202eturned round \u2066 and isolated, never closed",
    "עברית, ואחר כך <b>bold</b>",
    "“quoted” in “curly “quotes””",
    "a line\u2028and\u2029another \x00 \x07 \x1b[31m \ufeff",
    "javascript:window.hacked=1",
    "W" * 10_000,
    "many words " * 900,
)


def hostile_case() -> Case:
    """Make a case with all that the format has, each text of it one of `TEXTS` in turn."""
    numbers = count()

    def text() -> str:
        return TEXTS[next(numbers) % len(TEXTS)]

    def named(node: Hypothesis) -> Hypothesis:
        children = tuple(named(child) for child in node.children)
        return replace(node, label=text(), why=text(), weight_why=text(), children=children)

    def explained(value: float) -> Judgement:
        return replace(judged(Beta(10 * value, 10 - 10 * value)), why=text())

    def reliable() -> dict[Condition, Judgement]:
        return {OTHERS: replace(judged(Point(0.85)), why=text())}

    def reports(k: int) -> tuple[Report, ...]:
        if k % 3 == 2:
            return ()
        says = ("present", "absent")[k % 3]
        sources = (f"s{k % 2}", "s1") if k == 4 else (f"s{k % 2}",)
        return tuple(Report(s, says, reliable(), "2023-05-03", text(), text()) for s in dict.fromkeys(sources))

    tree = [inner("a", [leaf("a.b"), leaf("a.c", 2.0)], 3.0), leaf("d", 2.0), leaf("e")]
    indicators = {
        f"i{k}": Indicator(
            name=f"i{k}",
            label=text(),
            values={"present": text(), "absent": text()},
            likelihood={
                Condition("a.b"): explained(0.7),
                Condition("a.b", (("c", "yes"),)): explained(0.4),
                OTHERS: explained(0.2 + k / 20),
            },
            reports=reports(k),
            detection={OTHERS: explained(0.5)} if k == 5 else {},
            source="" if reports(k) else f"s{k % 2}",
            where=text(),
            seen="2023-05-03",
            why=text(),
        )
        for k in range(7)
    }
    return Case(
        title=TEXTS[0] + TEXTS[3] + TEXTS[5] + "W" * 300,
        hypotheses=tuple(named(node) for node in tree),
        indicators=indicators,
        prior_strength=STRENGTH,
        circumstances={
            "c": Circumstance("c", text(), {"yes": text(), "no": text()}, {OTHERS: explained(0.4)}, text()),
        },
        sources={f"s{k}": Source(f"s{k}", text(), "B2", reliable(), text()) for k in (0, 1)},
        deception={"d": Deception("d", Condition("e"), explained(0.6), {"i3": explained(0.5)}, text())},
        groups={"g": Group("g", text(), ("i0", "i1", "i2"), {OTHERS: explained(0.4)}, text())},
        propositions={"p": Proposition("p", text(), (Condition("a"), Condition("d")), text())},
        question=TEXTS[1] + TEXTS[6] + TEXTS[10],
        date="2023-05-03",
        notes=" ".join(TEXTS),
        path="/tmp/<script>window.hacked = 1</script>'; rm -rf /.yaml",  # noqa: S108  (never opened)
        prior_strength_why=text(),
    )
