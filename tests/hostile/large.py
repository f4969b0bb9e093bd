"""Files of up to 1 MiB in which one thing is very many, very long or very deep: what could cost time or memory."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

MIB = 1 << 20
BASE = "title: t\nhypotheses: {a: {}, b: {}}\nindicators: {}\n"
ONE = "title: t\nhypotheses: {a: {}, b: {}}\nindicators: {i: {observed: present, likelihood: {others: 0.5, "
TREE = "title: t\nindicators: {}\nhypotheses: {"
EVIDENCE = "title: t\nhypotheses: {a: {}, b: {}}\nindicators: {"

CIRCUMSTANCES = "title: t\nhypotheses: {a: {}, b: {}}\ncircumstances: {"
NINE = CIRCUMSTANCES + "".join(f"c{i}: {{probability: {{others: 0.5}}}}, " for i in range(9)) + "}\n"
STATEMENTS = NINE + "indicators: {i: {observed: present, likelihood: {others: 0.5, "
DEPENDENT = "{observed: present, likelihood: {a: .3, others: .4}}"
ALIASED = (
    "{observed: present, likelihood: {c0=yes & c1=no: 0.3, c0=no & c8=yes: 0.4, c1=yes & c0=yes: 0.2, others: .5}}"
)


def parts(number: int) -> str:
    """Return one of 3⁹ conditions on nine circumstances."""
    return " & ".join(f"c{i}={('yes', 'no')[digit]}" for i in range(9) if (digit := number // 3**i % 3) < 2)


def hundreds(first: int) -> str:
    """Return an indicator with 900 conditions."""
    likelihood = ", ".join(f"{parts(i)}: .5" for i in range(1 + first, 900 + first))
    return f"{{observed: present, likelihood: {{others: .5, {likelihood}}}}}"


def within_reach(number: int) -> bytes:
    """Return a case with so many indicators in reach of 512 staged states."""
    indicators = ", ".join(f"i{k}: {DEPENDENT}" for k in range(number))
    reach = ", ".join(f"i{k}: .5" for k in range(number))
    deception = f"deception: {{a: {{blames: b & c0=yes, attempt: .5, reach: {{{reach}}}}}}}"
    return f"{NINE}indicators: {{{indicators}}}\n{deception}".encode()


type Made = Callable[[int], bytes]


def filled(head: str, item: Callable[[int], str], tail: str = "") -> Made:
    """Return what makes a file of a given size: `head`, as many items as fit, `tail`."""

    def make(size: int) -> bytes:
        parts, left = [head], size - len(head) - len(tail)
        for number in count():
            part = item(number)
            left -= len(part.encode())
            if left < 0:
                return ("".join(parts) + tail).encode()
            parts.append(part)
        raise AssertionError

    return make


def repeated(head: str, piece: str, tail: str = "") -> Made:
    """Return what makes a file of a given size: `head`, `piece` over and over, `tail`."""
    return lambda size: (head + piece * ((size - len(head) - len(tail)) // len(piece.encode())) + tail).encode()


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i + 1}: &a{i + 1} [{', '.join([f'*a{i}'] * 10)}]\n" for i in range(20)
)

KINDS: dict[str, Made] = {
    "unknown keys": filled(BASE, lambda i: f"k{i}:\n"),
    "grades unknown": filled(BASE + "grades: {", lambda i: f"k{i}: x,", "}"),
    "sources wrong": filled(BASE + "sources: {", lambda i: f"k{i}: {{grade: x}},", "}"),
    "indicators null": filled(EVIDENCE, lambda i: f"k{i},", "}"),
    "indicators empty": filled(EVIDENCE, lambda i: f"k{i}: {{}},", "}"),
    "indicators valid": filled(EVIDENCE, lambda i: f"k{i}: {{observed: absent, likelihood: {{others: .5}}}},", "}"),
    "indicators aliased": filled(
        EVIDENCE + "k: &a {observed: absent, likelihood: {others: .5}},", lambda i: f"k{i}: *a,", "}"
    ),
    "sources unknown": filled(EVIDENCE, lambda i: f"k{i}: {{source: x}},", "}"),
    "hypotheses empty": filled(TREE, lambda i: f"k{i}: {{}},", "}"),
    "hypotheses wrong": filled(TREE, lambda i: f"k{i}: x,", "}"),
    "hypotheses with one child": filled(TREE, lambda i: f"k{i}: {{children: {{a: }}}},", "}"),
    "hypotheses deep": filled(TREE, lambda i: f"k{i}: {'{children: {a: ' * 14}{'}}' * 14},\n", "}"),
    "statements unknown": filled(ONE, lambda i: f"k{i}: .5,", "}}}"),
    "statements wrong": filled(ONE, lambda i: f"k{i}: {{}},", "}}}"),
    "statements explained": filled(ONE, lambda i: f"k{i}: {{value: x}},", "}}}"),
    "intervals": filled(ONE, lambda i: f"k{i}: [.{i % 1990 + 1:05d},.6],", "}}}"),
    "intervals extreme": filled(ONE, lambda i: f"k{i}: [1e-{i % 300},.9],", "}}}"),
    "intervals narrow": filled(ONE, lambda i: f"k{i}: [.5{i % 1990:05d},.5{i % 1990:05d}000001],", "}}}"),
    "decimal commas": filled(BASE + "notes: {", lambda i: f"a{i}: 0,{i},", "}"),
    "circumstances": filled(CIRCUMSTANCES, lambda i: f"c{i}: {{probability: {{others: 0.5}}}},", "}"),
    "circumstances that are certain": filled(
        CIRCUMSTANCES, lambda i: f"c{i}: {{probability: {{others: yes}}}},", "}\nindicators: {}"
    ),
    "circumstances with a gap": filled(
        CIRCUMSTANCES, lambda i: f"c{i}: {{probability: {{{'b' if i == 20 else 'others'}: 0.5}}}},", "}"
    ),
    "values": filled(CIRCUMSTANCES + "c: {values: [", lambda i: f"v{i},", "], probability: {others: v0}}}"),
    "weights": filled(CIRCUMSTANCES + "c: {values: [x, y], probability: {others: {", lambda i: f"v{i}: 1,", "}}}}"),
    "conditions": filled(STATEMENTS, lambda i: f"{parts(i)}: .5,", "}}}"),
    "conditions of one part": filled(STATEMENTS, lambda i: f"a & c{i % 9} = yes{' ' * (i // 9)}: .5,", "}}}"),
    "conditions of many parts": filled(STATEMENTS, lambda i: f"{'a & ' * i}a: .5,", "}}}"),
    "hundreds of conditions": filled(NINE + "indicators: {", lambda i: f"i{i}: {hundreds(i)}, ", "}"),
    "indicators by circumstance": filled(
        NINE + "indicators: {",
        lambda i: f"k{i}: {{observed: present, likelihood: {{c0=yes: .3, c{i % 8 + 1}=no & c0=no: .4, others: .5}}}},",
        "}",
    ),
    "indicators by circumstance, aliased": filled(
        NINE + f"indicators: {{k: &a {ALIASED},", lambda i: f"k{i}: *a,", "}"
    ),
    "propositions": filled(
        NINE + "indicators: {}\npropositions: {", lambda i: f"p{i}: {{when: {parts(i) or 'a'}}},", "}"
    ),
    "reports": filled(EVIDENCE + "i: {likelihood: {others: .5}, reports: {", lambda i: f"s{i}: present,", "}}}"),
    "sources by circumstance": filled(
        NINE + "indicators: {}\nsources: {", lambda i: f"s{i}: {{reliability: {{c0=yes: .5, c1=no: .4}}}},", "}"
    ),
    "deceptions": filled(TREE, lambda i: f"h{i}: {{}},", "}\ndeception: {h0: {blames: h1, attempt: .5, reach: {}}}"),
    "deceptions that are unknown": filled(
        BASE + "deception: {", lambda i: f"h{i}: {{blames: a, attempt: .5, reach: {{}}}},", "}"
    ),
    "reach": filled(BASE + "deception: {a: {blames: b, attempt: .5, reach: {", lambda i: f"i{i}: .5,", "}}}"),
    "reach of known indicators": lambda size: within_reach(min(size // 90, 1300)),
    "terms": filled(BASE + "terms: {", lambda i: f"word {i}: [.1, .{i % 1990 + 2000}],", "}"),
    "quantiles": filled(
        ONE, lambda i: f"k{i}: {{quantiles: {{.1: .{i % 1000 + 1:06d}, .5: .{i + 2000:06d}}}}},", "}}}"
    ),
    "quantiles extreme": filled(
        ONE,
        lambda i: f"k{i}: {{quantiles: {{1e-{i % 200 + 1}: 1e-{i % 300 + 1}, .5: 0.3, .9: 0.{'9' * (i % 15 + 1)}}}}},",
        "}}}",
    ),
    "ratios": filled(EVIDENCE + "i: {ratios: {", lambda i: f"k{i}: [1e-{i % 9}, 3],", "}}}"),
    "excluded": filled(BASE + "learn: {from: x.csv, exclude: [", lambda i: f"x{i},", "]}"),
    "keys without values": filled(BASE + "notes: {why: a,", lambda i: f"a{i} b,", "}"),
    "keys without a space": filled(BASE + "notes: {", lambda i: f"a{i}:b,", "}"),
    "comments after text": filled(BASE, lambda i: f"a{i}: b #c\n"),
    "group members": filled(BASE + "dependence: {g: {indicators: [", lambda i: f"x{i},", "]}}"),
    "one group member": repeated(BASE + "dependence: {g: {indicators: [", "a,", "]}}"),
    "list": repeated("title: [", "1,", "]"),
    "lists in lists": repeated("title: [", "[" * 28 + "]" * 28 + ",", "]"),
    "dashes": repeated("", "-\n"),
    "duplicate keys": repeated(BASE, "title: x\n"),
    "keys that are lists": repeated(BASE, "? [x]\n"),
    "tags": filled(BASE, lambda i: f"!!k{i} a{i}:\n"),
    "tag directives": filled("", lambda i: f"%TAG !a{i}! x\n"),
    "directives": repeated("", "%YAML 1.1\n"),
    "anchors": filled(BASE, lambda i: f"&k{i} a{i}:\n"),
    "aliases of nothing": filled(BASE, lambda i: f"*a{i} :\n"),
    "alias bomb": repeated(BOMB, "#"),
    "documents": repeated("", "---\n"),
    "depth of lists": repeated("", "["),
    "depth of mappings": repeated("", "{a: "),
    "depth of dashes": repeated("", "- "),
    "depth of questions": repeated("", "? "),
    "control characters": repeated(BASE, "\x07"),
    "line separators": repeated(BASE, "\u2028"),
    "bidirectional": repeated(BASE + "notes: ", "\u202e"),
    "escapes": repeated(BASE + 'notes: "', "\\x07", '"'),
    "one key": repeated("", "k", ": x\n"),
    "one quoted key": repeated('? "', "k", '"\n: x\n'),
    "one number": repeated(BASE + "prior_strength: ", "9"),
    "one digit after a point": repeated(BASE + "prior_strength: 0.", "0", "1"),
    "one term": repeated(ONE + "a: ", "likely ", "}}}"),
    "one date": repeated(BASE + "date: ", "2023-05-", "\n"),
    "one name": repeated(BASE + "dependence: {g: {indicators: [", "x", "]}}"),
    "one link": repeated(BASE + "extends: ", "../", "x\n"),
    "one label": repeated(BASE + "notes: ", "W"),
    "block text": repeated(BASE + "notes: |\n", " x\n"),
    "folded text": repeated(BASE + "notes: >\n", " x\n"),
    "comments": repeated("", "#\n"),
    "blank lines": repeated("", "\n"),
    "carriage returns": repeated(BASE, "\r"),
    "spaces": repeated("", " "),
    "stars": repeated("", "*"),
    "one anchor": repeated("&", "a"),
    "percent-encoded tag": repeated("!", "%41"),
    "colons": repeated("{", ":,", "}"),
    "not UTF-8": lambda size: b"\xff" * size,
    "zeros": lambda size: b"\0" * size,
    "too large": lambda size: BASE.encode() + b"#" * size,
}
"""What is very many, long or deep, by name: each makes a file of a given size."""
