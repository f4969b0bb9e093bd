"""Hostile records of resolved cases, beside a case that learns from them."""

from __future__ import annotations

import numpy as np

from hostile.documents import TESTS
from hostile.large import Made, filled, repeated
from hostile.mutations import DAMAGE
from hostile.values import ALL

PARTS = TESTS / "case" / "positive" / "parts"
LEARNER, RECORD = PARTS / "learner.yaml", PARTS / "record.csv"
HEADER = RECORD.read_text(encoding="utf-8").split("\n")[0] + "\n"
ROW = RECORD.read_text(encoding="utf-8").split("\n")[1].split(",", 1)[1] + "\n"

KINDS: dict[str, Made] = {
    "incidents": filled(HEADER, lambda i: f"a{i},{ROW}"),
    "incidents of one id": repeated(HEADER, f"a,{ROW}"),
    "empty incidents": repeated(HEADER, "\n"),
    "incidents of wrong cells": filled(HEADER, lambda i: f"a{i}" + ",x" * 24 + "\n"),
    "short incidents": filled(HEADER, lambda i: f"a{i}\n"),
    "columns": filled("id", lambda i: f",c{i}", "\n"),
    "cells": repeated(HEADER + "a", ","),
    "one cell": repeated(HEADER + "a,", "x"),
    "open quote": repeated(HEADER + 'a,"', "x,\n"),
    "quotes": repeated(HEADER + "a,", '"'),
    "quoted lines": repeated(HEADER, '"a\n",'),
    "formulas": repeated(HEADER, '=cmd|"/c calc"!A1,'),
    "control characters": repeated(HEADER, "\x07"),
    "not UTF-8": lambda size: b"\xff" * size,
}
"""What is very many, long or deep in a record: each makes one of a given size."""


def beside_a_case(record: bytes) -> dict[str, bytes]:
    """Return the files of a case that learns from the record."""
    return {"case.yaml": LEARNER.read_bytes(), RECORD.name: record}


def spoilt_record(rng: np.random.Generator) -> bytes:
    """Put hostile values into cells of a valid record, or damage its bytes."""
    content = RECORD.read_bytes()
    if rng.random() < 0.5:
        return DAMAGE[rng.integers(len(DAMAGE))](rng, content) or b" "
    cells = content.decode().split(",")
    for place in rng.integers(len(cells), size=rng.integers(1, 4)):
        cells[place] = ALL[rng.integers(len(ALL))]
    return ",".join(cells).encode(errors="surrogatepass")
