"""The most probable leaves in rows, a scale of probability beside them: where figures of robustness begin."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes

from falseflag.case.model import Case
from falseflag.explain.robustness import Robustness
from falseflag.plots.bands import draw_bands, probability_scale, write_terms
from falseflag.plots.leaves import most_probable
from falseflag.plots.naming import Names
from falseflag.plots.rows import Rows
from falseflag.plots.sheet import Sheet, new_sheet

MOST = 34
"""Leaves that a page has room for."""

LEFT = 2.1
"""Inches: width of the labels."""

TOP, BOTTOM, ROW = 0.46, 0.66, 0.3


@dataclass(frozen=True, slots=True)
class LeafTable:
    """A sheet with a scale, and the leaves that have a row in it, the first on top."""

    sheet: Sheet
    axes: Axes
    rows: Rows
    names: Names
    leaves: list[str]
    leader: str

    def label(self, place: int) -> None:
        """Write the name of the leaf at a place; the leader's is bold."""
        leaf = self.leaves[place]
        weight = "bold" if leaf == self.leader else "normal"
        self.rows.label(self.sheet, place, self.names.node(leaf), LEFT - 0.12, weight=weight)


def leaf_table(robustness: Robustness, case: Case, title: str, width: float) -> LeafTable:
    """Begin a figure with a row for each leaf and a scale `width` inches wide; the title tells what is left out."""
    names = Names.of(case)
    leaves = list(most_probable(case, robustness.dependence.as_written, MOST))
    rows = Rows.fit(len(leaves), bottom=BOTTOM, top=TOP, height=ROW)
    title = f"{title} ({len(case.leaves) - len(leaves)} left out)" if len(case.leaves) > len(leaves) else title
    sheet = new_sheet(rows.top + TOP, title=title, subtitle=names.title)
    axes = sheet.axes(LEFT, BOTTOM, width, rows.all_high)
    draw_bands(axes, rows.count)
    probability_scale(axes, "posterior probability")
    write_terms(axes)
    return LeafTable(sheet, axes, rows, names, leaves, robustness.leader)
