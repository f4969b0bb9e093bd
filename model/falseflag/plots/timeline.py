"""How the answer moved as evidence came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from falseflag.case.model import Case
from falseflag.explain.replay import Stage
from falseflag.plots import style
from falseflag.plots.layout import MARGIN, Sheet, apart, new_sheet, note
from falseflag.plots.text import Names, clean, spoken, wrap
from falseflag.wording import percent

TITLE = "How the answer moved as evidence came in"
NO_DATES = "No indicator has a date on which it became known."
START = "start"

LEFT, AXES, HEIGHT = 0.55, 3.75, 3.0
"""Inches: left edge, width and height of the axes; the labels have the rest."""

BOTTOM, TOP = 0.34, 0.1
"""Inches: the note, what is free above."""

FEW, LEVEL, UPRIGHT = 6, 0.28, 0.98
"""Stages whose dates are written level; inches that level and upright dates take up."""

LABELS, LABEL_GAP = 4.5, 0.27
MOST = 8
"""Lines that can be told apart."""

MOST_DATES = 24
"""Dates that there is room to write."""

LINES: tuple[dict[str, Any], ...] = tuple(
    {"color": color, "linestyle": dash}
    for color, dash in zip(
        ("#0072B2", "#B84A00", "#007A58", "#1a1a1a", "#9C3D78", "#2A79A8", "#8A5A00", "#5f5f5f"),
        ("-", "-", "--", ":", "-.", (0, (6, 2, 1, 2, 1, 2)), (0, (2, 1)), (0, (8, 3))),
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class Line:
    """The probability of a hypothesis, stage by stage."""

    label: str
    values: tuple[float, ...]


def why_no_replay(stages: Sequence[Stage]) -> str:
    """Say why the figure does not apply, if it does not."""
    return "" if len(stages) > 1 else NO_DATES


def lines(stages: Sequence[Stage], case: Case) -> list[Line]:
    """Return the lines, the most probable at the end first.

    They are the leaves if there are few, else the top of the tree; if even that is too much, those that were most
    probable at any time, and the sum of the others.
    """
    names = Names.of(case)
    nodes = [leaf.name for leaf in case.leaves]
    if len(nodes) > MOST:
        nodes = [top.name for top in case.hypotheses]
    every = [Line(names.node(name), tuple(stage.posterior[name] for stage in stages)) for name in nodes]
    every.sort(key=lambda line: -max(line.values))
    if len(every) > MOST:
        others = every[MOST - 1 :]
        total = np.sum([line.values for line in others], axis=0)
        every = [*every[: MOST - 1], Line(f"the other {len(others)} together", tuple(total.tolist()))]
    return sorted(every, key=lambda line: -line.values[-1])


@style.applied()
def replay(stages: Sequence[Stage], case: Case) -> Figure:
    """Draw the posterior as of the start and of each date on which evidence became known, as step lines.

    Parameters
    ----------
    stages : sequence of Stage
    case : Case
        For the labels and the tree.

    Returns
    -------
    Figure
    """
    bottom = BOTTOM + (LEVEL if len(stages) <= FEW else UPRIGHT)
    sheet = new_sheet(bottom + HEIGHT + TOP, title=TITLE, subtitle=case.title)
    axes = sheet.axes(LEFT, bottom, AXES, HEIGHT)
    drawn = lines(stages, case)
    x = np.arange(len(stages) + 1)
    for line, look in zip(drawn, LINES, strict=False):
        axes.step(x, [*line.values, line.values[-1]], where="post", linewidth=1.6, label=line.label, **look)
    _scales(axes, stages)
    _write_labels(sheet, drawn, bottom)
    note(sheet, MARGIN, _note(stages))
    return sheet.figure


def replay_text(stages: Sequence[Stage], case: Case) -> str:
    """Say in words what the figure shows."""
    names, last = Names.of(case), stages[-1]
    turns = [now for before, now in pairwise(stages) if before.leader != now.leader]
    parts = [f"from {now.date} on {spoken(names.node(now.leader))}" for now in turns]
    dates = "one date" if len(stages) == 2 else f"{len(stages) - 1} dates"
    first = f"At the start {spoken(names.node(stages[0].leader))} leads"
    return (
        f"Posterior at the start and on {dates}. {'; '.join([first, *parts])}. At the end "
        f"{spoken(names.node(last.leader))} has {percent(last.posterior[last.leader])}, at the start "
        f"{percent(stages[0].posterior[last.leader])}."
    )


def _scales(axes: Axes, stages: Sequence[Stage]) -> None:
    ticks = np.linspace(0, 1, 6)
    axes.set_ylim(0, 1)
    axes.set_yticks(ticks, [f"{100 * tick:.0f} %" for tick in ticks])
    axes.set_xlim(0, len(stages))
    axes.grid(axis="y", color=style.FAINT, linewidth=0.4)
    every = -(-len(stages) // MOST_DATES)
    places = range(0, len(stages), every)
    upright = len(stages) > FEW
    axes.set_xticks(list(places), [_when(stages[place], upright=upright) for place in places], rotation=90 * upright)
    axes.tick_params(axis="x", pad=2)
    axes.set_ylabel("probability", labelpad=2)


def _when(stage: Stage, *, upright: bool) -> str:
    """Return a stage's date as it is written in the case, and of how many indicators something is new."""
    date = wrap(clean(stage.date or START), 0.6, size=style.SMALL, lines=1)
    count = len(stage.added)
    return f"{date} (+{count})" if upright else f"{date}\n{count} item{'s' * (count != 1)}"


def _write_labels(sheet: Sheet, drawn: Sequence[Line], bottom: float) -> None:
    """Write each line's label at its end, with a thin line to where it had to be moved."""
    ends = [HEIGHT * line.values[-1] for line in drawn]
    places = apart(ends, LABEL_GAP, 0.08, HEIGHT - 0.08)
    right = LEFT + AXES
    guide = sheet.axes(right, bottom, LABELS - right - 0.04, HEIGHT)
    guide.set_axis_off()
    guide.set_xlim(0, 1)
    guide.set_ylim(0, HEIGHT)
    for line, look, end, place in zip(drawn, LINES, ends, places, strict=False):
        guide.plot((0, 1), (end, place), color=look["color"], linewidth=0.6, clip_on=False, label="guide")
        text = wrap(f"{percent(line.values[-1])}  {line.label}", style.WIDTH - LABELS - 0.06, lines=2)
        sheet.write(LABELS, bottom + place, text, va="center", color=look["color"], linespacing=1.0)


def _note(stages: Sequence[Stage]) -> str:
    every = -(-len(stages) // MOST_DATES)
    text = "Each step is a date on which evidence became known, as it is written in the case; dates are evenly spaced."
    return text if every == 1 else f"{text} One in {every} is written."
