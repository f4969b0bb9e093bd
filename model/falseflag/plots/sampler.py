"""Did the sampler do its work? Whether its chains agree, whether it moved freely, whether it drew enough."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from falseflag.arrays import Floats
from falseflag.inference.checks import is_constant
from falseflag.inference.result import Answer
from falseflag.plots import style
from falseflag.plots.hypotheses import LeafDraws, leaf_draws
from falseflag.plots.layout import Grid, new_sheet, warned, warning_of
from falseflag.plots.style import CHAINS, DASHES

if TYPE_CHECKING:
    import arviz as az
    import xarray as xr

# How ArviZ is made to draw on axes of our own
#
# Left to itself ArviZ makes its figures through pyplot, sized for a screen; at print size its titles overlap, and the
# figures stay behind in pyplot. Its functions take a `PlotCollection` all the same: one is made here around axes that
# stand where we want them.

VARIABLES = "__variable__"
"""ArviZ's name for the variables of a dataset where a dimension is meant."""


def collection(  # noqa: PLR0913
    figure: Figure,
    axes: Sequence[Axes],
    data: xr.Dataset,
    *,
    along: str,
    names: Sequence[str],
    aes: Mapping[str, Sequence[str]] | None = None,
    **values: Sequence[object],
) -> az.PlotCollection:
    """Wrap axes of our own for ArviZ.

    Parameters
    ----------
    figure : Figure
    axes : sequence of Axes
        One for each of `names`.
    data : xarray.Dataset
        What is going to be drawn; its coordinates are what `aes` maps.
    along : str
        The dimension that the axes stand for, or `VARIABLES`.
    names : sequence of str
        That dimension's coordinates, or the names of the variables.
    aes : mapping from str to sequence of str, optional
        Which properties follow which dimensions.
    **values : sequence
        What those properties run through.
    """
    import arviz as az  # noqa: PLC0415  (takes seconds)
    import xarray as xr  # noqa: PLC0415

    top = xr.Dataset({"figure": ((), figure)})
    targets = np.empty(len(axes), dtype=object)
    targets[:] = axes
    if along == VARIABLES:
        places = {name: ((), target) for name, target in zip(names, targets, strict=True)}
        tree = xr.DataTree(top, children={"plot": xr.DataTree(xr.Dataset(places))})
    else:
        tree = xr.DataTree(top.assign(plot=((along,), targets)).assign_coords({along: list(names)}))
    return az.PlotCollection(data, tree, aes=dict(aes or {}), backend="matplotlib", **values)


# The sampler's chains, as the figures about the sampler show them, and when those figures do not apply

INDEPENDENT = "The exact engine makes independent draws: there are no chains to compare."
SINGLE = "There is only one chain, and nothing to compare it with."
INCOMPLETE = "Draws are missing or not finite, so that chains cannot be compared."

FEWEST = 8
"""Draws of a chain below which its statistics mean nothing."""


def why_no_chains(answer: Answer) -> str:
    """Say why figures that compare chains do not apply to an answer, if they do not."""
    if answer.engine == "exact":
        return INDEPENDENT
    if answer.chains < 2:
        return SINGLE
    if not all(np.isfinite(values).all() for values in _drawn(answer).values()):
        return INCOMPLETE
    if len(answer.draws) < FEWEST * answer.chains:
        return f"There are fewer than {FEWEST} draws in a chain."
    return ""


def _drawn(answer: Answer) -> dict[str, Floats]:
    """Return all that was drawn, each as a table with a row for each draw."""
    draws = answer.draws
    names = [each.name for each in dataclasses.fields(draws) if each.name not in {"prior", "facts"}]
    return {
        name: getattr(draws, name).reshape(len(draws), int(np.prod(getattr(draws, name).shape[1:]))) for name in names
    }


def by_chain(answer: Answer, values: Floats) -> Floats:
    """Return draws of shape (n, ...) as (chains, draws, ...)."""
    return values.reshape(answer.chains, len(values) // answer.chains, *values.shape[1:])  # -1 fails on no elements


def chain_styles(chains: int) -> dict[str, Any]:
    """Return a colour and a dash pattern for each chain."""
    return {
        "color": [CHAINS[c % len(CHAINS)] for c in range(chains)],
        "linestyle": [DASHES[c % len(DASHES)] for c in range(chains)],
    }


def varying(answer: Answer) -> xr.Dataset:
    """Return all of φ and of the states' probabilities that varies, each along a dimension, for ArviZ's diagnostics."""
    import xarray as xr  # noqa: PLC0415  (takes a second)

    every = {name: by_chain(answer, values) for name, values in _drawn(answer).items()}
    kept = {name: values[:, :, ~is_constant(values)] for name, values in every.items()}
    return xr.Dataset(
        {name: (("chain", "draw", f"{name}_of"), values) for name, values in kept.items() if values.shape[2]},
        coords={"chain": np.arange(answer.chains), "draw": np.arange(len(answer.draws) // answer.chains)},
    )


# Do the chains agree? Rank plots of the leaves' probabilities

RANKS_TITLE = "Do the chains agree? Ranks of the draws of each hypothesis's probability"

MOST = 12
"""Leaves that are shown: the most probable ones."""

RANKS_BOTTOM = 0.52
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
    sheet = new_sheet(
        grid.height + RANKS_BOTTOM, title=_title(draws), subtitle=answer.case.title, warning=warning_of(answer)
    )
    panels = grid.axes(sheet, RANKS_BOTTOM)
    _draw_ranks(sheet.figure, panels, answer, draws)
    for axes, label in zip(panels, draws.labels, strict=True):
        grid.head(axes, label)
        _finish(axes)
    label = "rank among all draws, as a share. p: how often independent draws would differ as much"
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
    return f"{RANKS_TITLE} ({draws.left_out} left out)" if draws.left_out else RANKS_TITLE


def _draw_ranks(figure: Figure, panels: list[Axes], answer: Answer, draws: LeafDraws) -> None:
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


# Did the sampler move freely? Its energy, in each chain and from draw to draw

ENERGY_TITLE = "Did the sampler move freely? Energy of its draws"
NO_ENERGY = "The sampler did not record its energy."

LIMIT = 0.3
"""Estimated fraction of missing information below which energy is explored too slowly (Betancourt 2016)."""

KINDS = {"marginal": "all draws, about their mean", "transition": "from one draw to the next"}
LOOKS: dict[str, Any] = {"color": [style.POSTERIOR, style.CHAINS[1]], "linestyle": ["-", "--"]}
ENERGY_HEIGHT, ENERGY_BOTTOM, ENERGY_TOP = 1.5, 0.66, 0.1
PLACES = {"bfmi": (0.5, 1.6), "energy": (2.5, 4.1)}
"""Inches: left edges and widths of the two panels."""


def why_no_energy(answer: Answer) -> str:
    """Say why the figure does not apply, if it does not."""
    reason = why_no_chains(answer)
    if reason:
        return reason
    energy = answer.sample_stats.get("energy")
    return "" if energy is not None and np.isfinite(energy).all() else NO_ENERGY


def information_fractions(energy: Floats) -> Floats:
    """Estimate each chain's Bayesian fraction of missing information, from energies of shape (chains, draws)."""
    return np.asarray(np.square(np.diff(energy, axis=1)).mean(axis=1) / energy.var(axis=1))


@style.applied()
def energy(answer: Answer) -> Figure:
    """Draw the energy's distribution and the fraction of missing information, by `arviz.plot_energy`.

    Parameters
    ----------
    answer : Answer
        Of a sampling engine.

    Returns
    -------
    Figure
    """
    title, body = ENERGY_TITLE, ENERGY_BOTTOM + ENERGY_HEIGHT + ENERGY_TOP
    sheet = new_sheet(body, title=title, subtitle=answer.case.title, warning=warning_of(answer))
    panels = {name: sheet.axes(left, ENERGY_BOTTOM, width, ENERGY_HEIGHT) for name, (left, width) in PLACES.items()}
    _draw_energy(sheet.figure, panels, answer.sample_stats["energy"])
    fractions = panels["bfmi"]
    fractions.set_yticks(range(answer.chains), [str(c + 1) for c in range(answer.chains)])
    fractions.set_ylim(answer.chains - 0.5, -0.5)
    fractions.set_xlim(left=0)
    fractions.set_ylabel("chain")
    fractions.set_xlabel(f"Bayesian fraction of missing\ninformation (above {LIMIT} is wanted)", labelpad=2)
    panels["energy"].set_xlabel("energy (nats)", labelpad=2)
    panels["energy"].set_ylim(bottom=0)
    handles = [
        Line2D([], [], color=color, linestyle=dash, label=label)
        for label, color, dash in zip(KINDS.values(), LOOKS["color"], LOOKS["linestyle"], strict=True)
    ]
    left, width = PLACES["energy"]
    place = ((left + width / 2) / style.WIDTH, 0.08 / sheet.height)
    sheet.figure.legend(handles=handles, loc="lower center", bbox_to_anchor=place, ncols=2, borderaxespad=0)
    return sheet.figure


def energy_text(answer: Answer) -> str:
    """Say in words what the figure shows."""
    fractions = information_fractions(answer.sample_stats["energy"])
    divergent = int(answer.sample_stats["diverging"].sum()) if "diverging" in answer.sample_stats else None
    transitions = "" if divergent is None else f" {divergent} transitions diverged."
    return warned(
        answer,
        f"Bayesian fractions of missing information of {answer.chains} chains: from {fractions.min():.2f} to "
        f"{fractions.max():.2f}, where more than {LIMIT} is wanted.{transitions}",
    )


def _draw_energy(figure: Figure, panels: dict[str, Axes], values: Floats) -> None:
    import arviz as az  # noqa: PLC0415  (takes seconds)
    import xarray as xr  # noqa: PLC0415

    coordinates = {"chain": np.arange(values.shape[0]), "draw": np.arange(values.shape[1])}
    tree = xr.DataTree.from_dict(
        {"sample_stats": xr.Dataset({"energy": (("chain", "draw"), values)}, coords=coordinates)}
    )
    plots = collection(
        figure,
        list(panels.values()),
        _kinds(),
        along="column",
        names=list(panels),
        aes={name: ["energy"] for name in LOOKS},
        **LOOKS,
    )
    az.plot_energy(
        tree,
        kind="kde",
        threshold=LIMIT,
        plot_collection=plots,
        visuals={
            "title": False,
            "legend": False,
            "ylabel": False,
            "face": False,
            "dist": {"width": 1.2},
            "bfmi_points": {"size": 20, "color": style.INK},
        },
        stats={"dist": {"grid_len": 200}},
    )


def _kinds() -> xr.Dataset:
    import xarray as xr  # noqa: PLC0415

    return xr.Dataset({"Energy": (("energy",), np.zeros(2))}, coords={"energy": list(KINDS)})


# Did the sampler draw enough? r̂ and effective draws of everything that was sampled

CONVERGENCE_TITLE = "Did the sampler draw enough? Convergence of everything that was sampled"

PANELS = {
    "rhat": ("r_hat", "r̂ (between and within chains)"),
    "ess_bulk": ("ess_bulk", "effective draws, bulk"),
    "ess_tail": ("ess_tail", "effective draws, tails"),
}
"""ArviZ's name of each statistic: name of the check of it, and label."""

CONVERGENCE_HEIGHT, CONVERGENCE_BOTTOM, CONVERGENCE_TOP = 1.4, 0.58, 0.14
LEFT, WIDTH, GAP = 0.55, 1.8, 0.3


@style.applied()
def convergence(answer: Answer) -> Figure:
    """Draw the shares of all sampled quantities below each value of r̂ and of effective draws.

    By `arviz.plot_convergence_dist`; the limits are those of the run's own checks.

    Parameters
    ----------
    answer : Answer
        Of a sampling engine.

    Returns
    -------
    Figure
    """
    body = CONVERGENCE_BOTTOM + CONVERGENCE_HEIGHT + CONVERGENCE_TOP
    sheet = new_sheet(body, title=CONVERGENCE_TITLE, subtitle=answer.case.title, warning=warning_of(answer))
    panels = [
        sheet.axes(LEFT + (WIDTH + GAP) * place, CONVERGENCE_BOTTOM, WIDTH, CONVERGENCE_HEIGHT)
        for place in range(len(PANELS))
    ]
    _draw_convergence(sheet.figure, dict(zip(PANELS, panels, strict=True)), answer)
    limits = {check.name: check.limit for check in answer.checks}
    for axes, (check, label) in zip(panels, PANELS.values(), strict=True):
        axes.set_ylim(0, 1.02)
        axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        axes.tick_params(labelleft=axes is panels[0])
        axes.set_xlabel(label, labelpad=2)
        axes.locator_params(axis="x", nbins=4)
        if check != "r_hat":
            axes.set_xlim(left=0)
        if check in limits:
            axes.axvline(limits[check], color=style.ALARM, linestyle="--", linewidth=1, label="limit")
    panels[0].set_ylabel("share of quantities", labelpad=2)
    note = "dashed: limit of the check; r̂ should lie to its left, effective draws to its right"
    sheet.write(style.WIDTH / 2, 0.06, note, ha="center", fontsize=style.SMALL, color=style.MUTED)
    return sheet.figure


def convergence_text(answer: Answer) -> str:
    """Say in words what the figure shows."""
    count = sum(values.sizes[values.dims[-1]] for values in varying(answer).values())
    names = {check for check, _ in PANELS.values()}
    verdicts = " ".join(check.message for check in answer.checks if check.name in names)
    return warned(
        answer, f"Distribution of r̂ and of effective draws over {count} sampled quantities. {verdicts}".strip()
    )


def _draw_convergence(figure: Figure, panels: dict[str, Axes], answer: Answer) -> None:
    import arviz as az  # noqa: PLC0415  (takes seconds)

    data = varying(answer)
    az.plot_convergence_dist(
        data,
        group=None,
        diagnostics=list(PANELS),
        ref_line=False,
        kind="ecdf",
        plot_collection=collection(figure, list(panels.values()), data, along=VARIABLES, names=list(panels)),
        visuals={"title": False, "dist": {"width": 1.4, "color": style.POSTERIOR}},
    )
