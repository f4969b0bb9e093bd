"""How ArviZ is made to draw on axes of our own.

Left to itself ArviZ makes its figures through pyplot, sized for a screen; at print size its titles overlap, and the
figures stay behind in pyplot. Its functions take a `PlotCollection` all the same: one is made here around axes that
stand where we want them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

if TYPE_CHECKING:
    import arviz as az
    import xarray as xr

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
