"""Figures of an answer: one to a file, each a function from a record to a matplotlib figure.

Importing this takes matplotlib along; ArviZ is imported by the figures that draw with it, when they are drawn.
"""

from collections.abc import Iterator

from matplotlib.figure import Figure

from falseflag.answer import Answer
from falseflag.plots.chains import why_no_chains
from falseflag.plots.convergence import convergence, convergence_text
from falseflag.plots.densities import densities, densities_text
from falseflag.plots.energy import energy, energy_text, why_no_energy
from falseflag.plots.hypotheses import hypotheses, hypotheses_text
from falseflag.plots.likelihoods import likelihoods, likelihoods_text, why_no_likelihoods
from falseflag.plots.output import inline_svg, render, save
from falseflag.plots.ranks import ranks, ranks_text
from falseflag.plots.registry import Picture, Plot, picture

__all__ = [
    "PLOTS",
    "Picture",
    "Plot",
    "convergence",
    "densities",
    "energy",
    "figures",
    "hypotheses",
    "inline_svg",
    "likelihoods",
    "picture",
    "pictures",
    "ranks",
    "render",
    "save",
]

_ALL = (
    Plot("hypotheses", "Hypotheses: prior and posterior", Answer, hypotheses, hypotheses_text),
    Plot("densities", "How certain the answer is", Answer, densities, densities_text),
    Plot("likelihoods", "Likelihoods: prior and posterior", Answer, likelihoods, likelihoods_text, why_no_likelihoods),
    Plot("ranks", "Sampler: do the chains agree?", Answer, ranks, ranks_text, why_no_chains),
    Plot("energy", "Sampler: did it move freely?", Answer, energy, energy_text, why_no_energy),
    Plot("convergence", "Sampler: did it draw enough?", Answer, convergence, convergence_text, why_no_chains),
)

PLOTS: dict[str, Plot] = {plot.name: plot for plot in _ALL}
"""Every figure, in the order of a report."""


def pictures(*records: object) -> Iterator[Picture]:
    """Draw every figure in turn.

    Parameters
    ----------
    *records : object
        An `Answer`, and other records that figures are made of.

    Yields
    ------
    Picture
        One for each of `PLOTS`, also where a figure does not apply: then it says why.
    """
    return (picture(plot, *records) for plot in PLOTS.values())


def figures(*records: object) -> Iterator[tuple[str, Figure]]:
    """Draw every figure that applies, with its name."""
    return ((drawn.name, drawn.figure) for drawn in pictures(*records) if drawn.figure is not None)
