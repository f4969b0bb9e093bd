"""Did the sampler move freely? Its energy, in each chain and from draw to draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from falseflag.inference.result import Answer
from falseflag.plots import style
from falseflag.plots.arviz import collection
from falseflag.plots.chains import why_no_chains
from falseflag.plots.sheet import new_sheet, warned, warning_of
from falseflag.problem import Floats

if TYPE_CHECKING:
    import xarray as xr

TITLE = "Did the sampler move freely? Energy of its draws"
NO_ENERGY = "The sampler did not record its energy."

LIMIT = 0.3
"""Estimated fraction of missing information below which energy is explored too slowly (Betancourt 2016)."""

KINDS = {"marginal": "all draws, about their mean", "transition": "from one draw to the next"}
LOOKS: dict[str, Any] = {"color": [style.POSTERIOR, style.CHAINS[1]], "linestyle": ["-", "--"]}
HEIGHT, BOTTOM, TOP = 1.5, 0.66, 0.1
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
    title, body = TITLE, BOTTOM + HEIGHT + TOP
    sheet = new_sheet(body, title=title, subtitle=answer.case.title, warning=warning_of(answer))
    panels = {name: sheet.axes(left, BOTTOM, width, HEIGHT) for name, (left, width) in PLACES.items()}
    _draw(sheet.figure, panels, answer.sample_stats["energy"])
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


def _draw(figure: Figure, panels: dict[str, Axes], values: Floats) -> None:
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
