# ruff: noqa: E402  (where matplotlib keeps its files is settled before it is imported)
"""Figures of an answer and of what explains it: one to a file, each a function from a record to a matplotlib figure.

Importing this takes matplotlib along; ArviZ is imported by the figures that draw with it, when they are drawn.
"""

from collections.abc import Iterator

from falseflag.caches import prepare_libraries

prepare_libraries()

from matplotlib.figure import Figure

from falseflag.explain.collection import Prospect
from falseflag.explain.compare import Comparison
from falseflag.explain.evidence import Evidence
from falseflag.explain.explanation import Explanation
from falseflag.explain.learned import Blend
from falseflag.explain.replay import Stage
from falseflag.explain.robustness import Robustness
from falseflag.inference.result import Answer
from falseflag.plots.bounds import bounds, bounds_text
from falseflag.plots.chains import why_no_chains
from falseflag.plots.compare import compare, compare_text
from falseflag.plots.convergence import convergence, convergence_text
from falseflag.plots.densities import densities, densities_text
from falseflag.plots.dependence import dependence, dependence_text, why_no_dependence
from falseflag.plots.energy import energy, energy_text, why_no_energy
from falseflag.plots.hypotheses import hypotheses, hypotheses_text
from falseflag.plots.learned import learned, learned_text
from falseflag.plots.likelihoods import likelihoods, likelihoods_text, why_no_likelihoods
from falseflag.plots.matrix import matrix, matrix_text, why_no_matrix
from falseflag.plots.output import inline_svg, render, save
from falseflag.plots.priorities import priorities, priorities_text
from falseflag.plots.ranks import ranks, ranks_text
from falseflag.plots.registry import Picture, Plot, picture
from falseflag.plots.replay import replay, replay_text, why_no_replay
from falseflag.plots.shapley import shapley, shapley_text
from falseflag.plots.tornado import tornado, tornado_text, why_no_tornado
from falseflag.plots.weights import weights, weights_text

__all__ = [
    "PLOTS",
    "Picture",
    "Plot",
    "bounds",
    "compare",
    "convergence",
    "densities",
    "dependence",
    "energy",
    "figures",
    "hypotheses",
    "inline_svg",
    "learned",
    "likelihoods",
    "matrix",
    "picture",
    "pictures",
    "priorities",
    "ranks",
    "render",
    "replay",
    "save",
    "shapley",
    "tornado",
    "weights",
]

_OF_ANSWERS = (
    Plot("hypotheses", "Hypotheses: prior and posterior", Answer, hypotheses, hypotheses_text),
    Plot("densities", "How certain the answer is", Answer, densities, densities_text),
    Plot("likelihoods", "Likelihoods: prior and posterior", Answer, likelihoods, likelihoods_text, why_no_likelihoods),
    Plot("ranks", "Sampler: do the chains agree?", Answer, ranks, ranks_text, why_no_chains),
    Plot("energy", "Sampler: did it move freely?", Answer, energy, energy_text, why_no_energy),
    Plot("convergence", "Sampler: did it draw enough?", Answer, convergence, convergence_text, why_no_chains),
)

_OF_EXPLANATIONS = (
    Plot("weights", "Weights of evidence", Explanation, weights, weights_text, labelled_by="case"),
    Plot("matrix", "Hypotheses and evidence", Evidence, matrix, matrix_text, why_no_matrix, "case"),
    Plot("shapley", "From prior to posterior", Explanation, shapley, shapley_text, labelled_by="case"),
    Plot("tornado", "What would take the lead away", Robustness, tornado, tornado_text, why_no_tornado, "case"),
    Plot("dependence", "Dependence", Robustness, dependence, dependence_text, why_no_dependence, "case"),
    Plot("bounds", "Other priors", Robustness, bounds, bounds_text, labelled_by="case"),
    Plot("replay", "The answer over time", Stage, replay, replay_text, why_no_replay, "case"),
    Plot("next", "What to find out next", Prospect, priorities, priorities_text, labelled_by="case"),
    Plot("learned", "Judgement and record", Blend, learned, learned_text, labelled_by="case"),
    Plot("compare", "Several analysts", Comparison, compare, compare_text, labelled_by="cases"),
)

PLOTS: dict[str, Plot] = {plot.name: plot for plot in (*_OF_ANSWERS, *_OF_EXPLANATIONS)}
"""Every figure, in the order of a report."""


def pictures(*records: object) -> Iterator[Picture]:
    """Draw every figure of some records in turn.

    Parameters
    ----------
    *records : object
        An `Answer`, and other records that figures are made of: an `Evidence`, an `Explanation`, a `Robustness`, the
        tuples of prospects and of stages, a `Comparison`. Their labels are those of the answer's case, unless a `Case`
        is given, or several.

    Yields
    ------
    Picture
        One for each of `PLOTS` whose record is given, also where the figure does not apply: then it says why.
    """
    return (picture(plot, *records) for plot in PLOTS.values() if plot.find(records) is not None)


def figures(*records: object) -> Iterator[tuple[str, Figure]]:
    """Draw every figure that applies, with its name."""
    return ((drawn.name, drawn.figure) for drawn in pictures(*records) if drawn.figure is not None)
