"""Do the chains tell the same? Rank plots of the leaves' probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from falseflag.inference.result import Answer
from falseflag.plots import style
from falseflag.plots.arviz import collection
from falseflag.plots.chains import by_chain, chain_styles
from falseflag.plots.leaves import LeafDraws, leaf_draws
from falseflag.plots.panels import Grid
from falseflag.plots.sheet import new_sheet, warned, warning_of

if TYPE_CHECKING:
    import xarray as xr

TITLE = "Do the chains agree? Ranks of the draws of each hypothesis's probability"

MOST = 12
"""Leaves that are shown: the most probable ones."""

BOTTOM = 0.52
"""Inches: label of the scale and key."""


@style.applied()
def ranks(answer: Answer) -> Figure:
    """Draw how the ranks of each chain's draws differ from uniform, by `arviz.plot_rank`.

    Parameters
    ----------
    answer : Answer
        Of a sampling engine.

    Returns
    -------
    Figure
    """
    draws = leaf_draws(answer, MOST)
    grid = Grid(len(draws.rows))
    sheet = new_sheet(grid.height + BOTTOM, title=_title(draws), subtitle=answer.case.title, warning=warning_of(answer))
    panels = grid.axes(sheet, BOTTOM)
    _draw(sheet.figure, panels, answer, draws)
    for axes, label in zip(panels, draws.labels, strict=True):
        grid.head(axes, label)
        _finish(axes)
    label = "rank among all draws, as a share. p: how often chains that agree would differ as much"
    sheet.write(style.WIDTH / 2, 0.32, label, ha="center", fontsize=style.SMALL)
    _write_key(sheet.figure, answer.chains, 0.06 / sheet.height)
    return sheet.figure


def ranks_text(answer: Answer) -> str:
    """Say in words what the figure shows."""
    draws = leaf_draws(answer, MOST)
    checks = " ".join(check.message for check in answer.checks if check.name == "r_hat")
    sentence = (
        f"How far the ranks of the draws of {answer.chains} chains differ from uniform, for {len(draws.rows)} "
        f"hypotheses; chains that agree stay near the zero line. {checks}"
    )
    return warned(answer, sentence.strip())


def _title(draws: LeafDraws) -> str:
    return f"{TITLE} ({draws.left_out} left out)" if draws.left_out else TITLE


def _draw(figure: Figure, panels: list[Axes], answer: Answer, draws: LeafDraws) -> None:
    import arviz as az  # noqa: PLC0415  (takes seconds)

    data = _dataset(answer, draws)
    styles = chain_styles(answer.chains)
    plots = collection(
        figure,
        panels,
        data,
        along="hypothesis",
        names=draws.names,
        aes={name: ["chain"] for name in (*styles, "overlay")},
        **styles,
    )
    az.plot_rank(
        data,
        group=None,
        plot_collection=plots,
        visuals={"title": False, "xlabel": False, "ecdf_lines": {"width": 0.9}},
    )


def _finish(axes: Axes) -> None:
    """Set what ArviZ 1.3 lets nobody set: the size of the test's p-value; and the scale."""
    for text in axes.texts:
        text.set(text=text.get_text().partition("(")[0].strip(), fontsize=style.SMALL, color=style.MUTED)
    for artist in (*axes.lines, *axes.collections):
        artist.set_rasterized(True)  # thousands of points each: as vectors half a megabyte
    axes.set_xticks([0, 0.5, 1], ["0", "½", "1"])
    axes.axhline(0, color=style.FAINT, linewidth=0.5, zorder=1)


def _dataset(answer: Answer, draws: LeafDraws) -> xr.Dataset:
    import xarray as xr  # noqa: PLC0415  (takes a second)

    values = by_chain(answer, draws.posterior)
    return xr.Dataset(
        {"probability": (("chain", "draw", "hypothesis"), values)},
        coords={"hypothesis": draws.names, "chain": range(values.shape[0]), "draw": range(values.shape[1])},
    )


def _write_key(figure: Figure, chains: int, y: float) -> None:
    styles = chain_styles(chains)
    handles = [
        Line2D([], [], color=color, linestyle=dash, linewidth=1.2, label=f"chain {c + 1}")
        for c, (color, dash) in enumerate(zip(styles["color"], styles["linestyle"], strict=True))
    ]
    figure.legend(handles=handles[:8], loc="lower center", bbox_to_anchor=(0.5, y), ncols=8, borderaxespad=0)
