"""A record as arrays, and where its cells stand."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from falseflag.diagnostics import Diagnostics
from falseflag.record import CLASSES, GRADE_WEIGHTS, INDICATORS, read_record
from falseflag.record.codebook import COLUMNS
from falseflag.record.reader import record_of, rows_of

HERE = Path(__file__).parent
CELLS = st.text(alphabet=st.sampled_from('ab ,"\n\té'), max_size=5)


def test_arrays_say_what_the_file_says() -> None:
    record = read_record(HERE / "positive" / "crlf_bom.csv")
    assert (record.y == [list(CLASSES).index("adversary")] * 2).all()
    assert record.label.tolist() == [[1.0, 0.0, 0.0, 0.0]] * 2
    assert record.x.shape == (2, len(INDICATORS))
    assert record.incidents[0].title == 'a, "b"\nc'
    column = list(INDICATORS).index
    assert np.isnan(record.x[1, column("precedent")])
    assert np.nansum(record.x) == 0
    assert record.date.astype(str).tolist() == ["1999-01-02"] * 2


def test_probabilities_of_the_author_and_what_was_looked_up() -> None:
    (one,) = read_record(HERE / "positive" / "label_probabilities.csv").incidents
    assert (one.author, one.author_probabilities) == ("nonstate", {"nonstate": 0.7, "false_flag": 0.3})
    assert one.looked_up == {"mass_casualties", "accused_denied"}


def test_absence_in_the_shipped_record_has_a_source() -> None:
    for one in read_record(HERE.parents[1] / "priors" / "resolved_cases.csv").incidents:
        assert {name for name, cell in one.cells.items() if cell is False} <= one.looked_up
        assert not {name for name in one.looked_up if one.cells[name] is None}


def test_columns_may_stand_in_any_order() -> None:
    record = read_record(HERE / "positive" / "columns_in_another_order.csv")
    assert (record.incidents[0].author, record.label[0].max()) == ("accident", GRADE_WEIGHTS["C"])


def test_only_some_incidents() -> None:
    record = read_record(HERE / "positive" / "crlf_bom.csv")
    left = record.only(np.array([False, True]))
    assert [incident.name for incident in left.incidents] == ["b"]
    assert left.x.shape == (1, len(INDICATORS))
    assert not left.sha256


@settings(derandomize=True, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=4))
def test_rows_and_cells_are_those_of_the_csv_module(table: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(table)
    text = written.getvalue()
    rows, whole = rows_of(text, "x.csv", Diagnostics())
    assert whole
    assert [next(csv.reader(io.StringIO(row.text))) for row in rows] == table
    lines = text.split("\n")
    for row, cells in zip(rows, table, strict=True):
        for place, cell in zip(row.places, cells, strict=True):
            assert lines[place.line - 1][place.column - 1 :].startswith((cell.split("\n")[0], '"'))


PIECES = st.sampled_from(
    [
        *'",\n\t; 1',
        '""',
        "\r\n",
        "\ufeff",
        "\0",
        "NaN",
        "   \n",
        *COLUMNS[:3],
        (HERE / "positive/smallest.csv").read_text(),
    ]
)


@settings(derandomize=True, deadline=None)  # the first example imports pandas
@given(st.lists(PIECES, max_size=12).map("".join))
@example("\n\ufeff")
@example("   \n")
@example("a\n  \nb\n")
@example('""\n')
def test_whatever_stands_in_a_file_it_is_read_or_its_mistakes_are_told(text: str) -> None:
    diagnostics = Diagnostics()
    record = record_of(text.encode(), "x.csv", diagnostics)
    assert (record is None) == bool(diagnostics.error().diagnostics)
