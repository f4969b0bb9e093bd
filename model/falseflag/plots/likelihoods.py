"""What the evidence did to the elicited likelihoods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from falseflag.inference.result import INTERVAL, Answer
from falseflag.plots import style
from falseflag.plots.arviz import collection
from falseflag.plots.bands import probability_scale
from falseflag.plots.marks import APART, POSTERIOR_LINE, PRIOR_LINE, draw_key
from falseflag.plots.moved import Moved, moved
from falseflag.plots.sheet import Sheet, new_sheet, warned, warning_of
from falseflag.plots.text import spoken, wrap
from falseflag.problem import Integers
from falseflag.wording import percent

if TYPE_CHECKING:
    import xarray as xr

TITLE = "Likelihoods before and after the evidence"
NO_STATEMENT = "No likelihood of a reported indicator is uncertain, so that the evidence can move none."
NO_DRAW = "No draw is complete."

MOST = 20
"""Likelihoods that are shown: those that moved most."""

LEFT, AXES = 3.3, 2.2
"""Inches: width of the labels and of the scale."""

TOP, BOTTOM, ROW = 0.3, 0.66, 0.36
MARGIN, NUMBERS = 0.06, 6.64


def why_no_likelihoods(answer: Answer) -> str:
    """Say why the figure does not apply, if it does not."""
    if not np.isfinite(answer.draws.theta).all(axis=1).any():
        return NO_DRAW
    return "" if moved(answer) else NO_STATEMENT


@style.applied()
def likelihoods(answer: Answer) -> Figure:
    """Draw prior and posterior of the likelihoods that moved most, by `arviz.plot_forest`.

    Parameters
    ----------
    answer : Answer

    Returns
    -------
    Figure
    """
    statements = moved(answer)
    rows = statements[:MOST]
    top = BOTTOM + ROW * len(rows)
    sheet = new_sheet(top + TOP, title=_title(statements), subtitle=answer.case.title, warning=warning_of(answer))
    axes = sheet.axes(LEFT, BOTTOM, AXES, ROW * len(rows))
    axes.set_ylim(-0.5, len(rows) - 0.5)
    axes.grid(axis="x", color=style.FAINT, linewidth=0.5)
    _forest(sheet.figure, axes, answer, [row.place for row in rows])
    probability_scale(axes, label="P(indicator is truly present | hypothesis)")
    for place, row in enumerate(rows):
        _write_row(sheet, BOTTOM + ROW * (len(rows) - 0.5 - place), row)
    head = "means\n%"
    sheet.write(NUMBERS, top + 0.05, head, ha="right", va="bottom", fontsize=style.SMALL, color=style.MUTED)
    draw_key(sheet)
    return sheet.figure


def likelihoods_text(answer: Answer) -> str:
    """Say in words what the figure shows."""
    statements = moved(answer)
    parts = [
        f"that of “{spoken(row.indicator)}” given {spoken(row.given)}, from {percent(row.prior)} to "
        f"{percent(row.posterior)}"
        for row in statements[:3]
    ]
    most = f"The {MOST} that moved most of {len(statements)}" if len(statements) > MOST else "The"
    return warned(
        answer,
        f"{most} likelihoods that the evidence can move, before and after it. Furthest moved: {'; '.join(parts)}.",
    )


def _title(statements: list[Moved]) -> str:
    left_out = len(statements) - MOST
    return f"{TITLE}: the {MOST} that moved most ({left_out} left out)" if left_out > 0 else TITLE


def _forest(figure: Figure, axes: Axes, answer: Answer, places: list[int]) -> None:
    """Let ArviZ draw intervals and means; it is told to put the prior above, hollow and thin, as in other figures."""
    import arviz as az  # noqa: PLC0415  (takes seconds)

    data = _dataset(answer, np.array(places, dtype=np.intp))
    plots = collection(
        figure,
        [axes],
        data,
        along="column",
        names=["forest"],
        aes={name: ["stage"] for name in ("color", "marker", "facecolor", "overlay")},
        color=[style.PRIOR, style.POSTERIOR],
        facecolor=["white", style.POSTERIOR],
        marker=["o", "D"],
    )
    plots.update_aes_from_dataset("y", _rows(data))
    az.plot_forest(
        data,
        group=None,
        sample_dims="draw",
        combined=True,
        point_estimate="mean",
        ci_kind="eti",
        ci_probs=(0.5, INTERVAL[1] - INTERVAL[0]),
        labels=[],
        plot_collection=plots,
        aes_by_visuals={
            "credible_interval": ["y", "color"],
            "point_estimate": ["y", "color", "marker", "facecolor"],
        },
        visuals={
            "trunk": False,
            "twig": {"width": _widths(data), "solid_capstyle": "butt"},
            "ticklabels": False,
            "point_estimate": {"size": 18, "width": 1.0, "zorder": 3},
        },
    )


def _dataset(answer: Answer, places: Integers) -> xr.Dataset:
    import xarray as xr  # noqa: PLC0415  (takes a second)

    names = answer.problem.statement_names
    prior, posterior = answer.prior_draws.theta[:, places], answer.draws.theta[:, places]
    posterior = posterior[np.isfinite(posterior).all(axis=1)]
    count = min(len(prior), len(posterior))
    return xr.Dataset(
        {"likelihood": (("stage", "draw", "statement"), np.stack([prior[:count], posterior[:count]]))},
        coords={"stage": ["prior", "posterior"], "statement": [names[s] for s in places]},
    )


def _rows(data: xr.Dataset) -> xr.Dataset:
    """Return where each interval goes: statements from the top, the prior in the upper half of its row."""
    import xarray as xr  # noqa: PLC0415

    count = data.sizes["statement"]
    y = np.array([APART, -APART])[:, None] + np.arange(count)[::-1]
    coordinates = {"stage": data["stage"], "statement": data["statement"]}
    return xr.Dataset({"mapping": (("stage", "statement"), y)}, coords=coordinates)


def _widths(data: xr.Dataset) -> xr.DataArray:
    """Return line widths: ArviZ takes no mapping of `width`, but picks from an array."""
    return data["stage"].copy(data=[PRIOR_LINE["linewidth"], POSTERIOR_LINE["linewidth"]])


def _write_row(sheet: Sheet, y: float, row: Moved) -> None:
    room = LEFT - MARGIN - 0.15
    sheet.write(MARGIN, y + 0.015, wrap(row.indicator, room, lines=1), va="bottom")
    given = wrap(f"given {row.given}", room, size=style.SMALL, lines=1)
    sheet.write(MARGIN, y - 0.015, given, va="top", fontsize=style.SMALL, color=style.MUTED)
    sheet.write(NUMBERS, y, f"{100 * row.prior:.1f} → {100 * row.posterior:.1f}", ha="right", va="center_baseline")
