"""Files of up to 1 MiB in which one thing is very many, very long or very deep: what could cost time or memory."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

MIB = 1 << 20
BASE = "title: t\nhypotheses: {a: {}, b: {}}\nindicators: {}\n"
ONE = "title: t\nhypotheses: {a: {}, b: {}}\nindicators: {i: {observed: present, likelihood: {others: 0.5, "
TREE = "title: t\nindicators: {}\nhypotheses: {"
EVIDENCE = "title: t\nhypotheses: {a: {}, b: {}}\nindicators: {"

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
