"""What a run says besides its numbers, against what its case says when it is answered again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from falseflag.inference.result import NOT_KNOWN, Answer
from falseflag.run.stored import StoredRun
from falseflag.scales import words, words_touched

type Json = Any
"""What JSON holds."""

ELSEWHERE = frozenset({"case", "hypotheses", "checks", "versions", "machine", "sound"})
"""Compared otherwise than by being equal."""

ADDED = frozenset({"sound", "machine", "format"})
"""Earlier versions did not record these."""

SHOWN = 60
"""Characters of a value that a sentence shows."""


def contradictions(run: StoredRun, answer: Answer, *, is_same: bool) -> Iterator[str]:
    """Say what a run says otherwise than the new answer, its nodes' numbers apart.

    Parameters
    ----------
    run : StoredRun
    answer : Answer
        To the same case with the same settings.
    is_same : bool
        Whether the numbers are the same, and made with the same versions: then so are those of the checks.
    """
    said, again = run.content, json.loads(json.dumps(answer.as_dict()))
    yield from _other_keys(said, again, "", since=ADDED)
    for key in said.keys() & again.keys() - ELSEWHERE:
        yield from unlike(said[key], again[key], key)
    yield from unlike(_without(said["case"], "path"), _without(again["case"], "path"), "case")
    yield from _other_rows(said["hypotheses"], again["hypotheses"])
    yield from _other_checks(said["checks"], again["checks"], is_same=is_same)
    if said.get("sound", again["sound"]) != all(check.passed for check in run.checks):
        yield "sound is not what the checks say"


def _other_keys(said: Json, again: dict[str, Json], where: str, since: frozenset[str] = frozenset()) -> Iterator[str]:
    if said.keys() - {"written"} - again.keys() or again.keys() - since - said.keys():
        place = f"{where}: " if where else ""
        yield f"{place}the keys are {short(sorted(said))}, answered again {short(sorted(again))}"


def unlike(said: Json, again: Json, where: str) -> Iterator[str]:
    """Say that two values differ, if they do."""
    if json.dumps(said, sort_keys=True) != json.dumps(again, sort_keys=True):
        yield f"{where} is {short(said)}, answered again {short(again)}"


def short(value: Json) -> str:
    """Return a value as JSON, its beginning if it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _without(mapping: Json, key: str) -> Json:
    return {k: v for k, v in mapping.items() if k != key} if isinstance(mapping, dict) else mapping


def _other_rows(said: Json, again: Json) -> Iterator[str]:
    """Compare order and labels; the words must be those of the recorded numbers."""
    if [row["name"] for row in said] != [row["name"] for row in again]:
        yield "hypotheses are others, or in another order"
        return
    for row, other in zip(said, again, strict=True):
        where = f"hypotheses: {row['name']}"
        yield from _other_keys(row, other, where)
        yield from unlike(row.get("label"), other["label"], f"{where}: label")
        known = row["posterior"] is not None
        yield from unlike(row.get("words"), words(row["posterior"]) if known else NOT_KNOWN, f"{where}: words")
        touched = [NOT_KNOWN] if None in row["interval"] else words_touched(*sorted(row["interval"]))
        yield from unlike(row.get("interval_words"), touched, f"{where}: interval_words")


def _other_checks(said: Json, again: Json, *, is_same: bool) -> Iterator[str]:
    """Compare the checks: their names and limits, and all that they found where the numbers are the same."""
    if [check["name"] for check in said] != [check["name"] for check in again]:
        yield "checks are others, or in another order"
        return
    for check, other in zip(said, again, strict=True):
        for key in other if is_same else ("limit",):
            yield from unlike(check.get(key), other[key], f"checks: {check['name']}: {key}")
