# ruff: noqa: E402  (where matplotlib keeps its files is settled before it is imported)
"""Figures of an answer and of what explains it: each a function from a record to a matplotlib figure, by subject.

Importing this takes matplotlib along; ArviZ is imported by the figures that draw with it, when they are drawn.
"""

from collections.abc import Iterator

from falseflag.caches import prepare_libraries

prepare_libraries()

from matplotlib.figure import Figure

from falseflag.explain.analysis import Analysis
from falseflag.explain.compare import Comparison
from falseflag.explain.explanation import Explanation
from falseflag.explain.learned import Blend
from falseflag.explain.replay import Stage
from falseflag.explain.robustness import Robustness
from falseflag.explain.value_of_information import ExpectedInformation
from falseflag.inference.result import Answer
from falseflag.plots.compare import compare, compare_text
from falseflag.plots.evidence import matrix, matrix_text, shapley, shapley_text, weights, weights_text, why_no_matrix
from falseflag.plots.hypotheses import (
    densities,
    densities_text,
    further,
    further_text,
    hypotheses,
    hypotheses_text,
    why_nothing_further,
)
from falseflag.plots.next_ import priorities, priorities_text
from falseflag.plots.output import Picture, Plot, inline_svg, picture, render, save
from falseflag.plots.record import learned, learned_text
from falseflag.plots.robustness import (
    bounds,
    bounds_text,
    dependence,
    dependence_text,
    tornado,
    tornado_text,
    why_no_dependence,
    why_no_tornado,
)
from falseflag.plots.sampler import (
    convergence,
    convergence_text,
    energy,
    energy_text,
    ranks,
    ranks_text,
    why_no_chains,
    why_no_energy,
)
from falseflag.plots.timeline import replay, replay_text, why_no_replay

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
    "further",
    "hypotheses",
    "inline_svg",
    "learned",
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
    Plot("further", "What else follows", Answer, further, further_text, why_nothing_further),
    Plot("densities", "How certain the answer is", Answer, densities, densities_text),
    Plot("ranks", "Sampler: do the chains agree?", Answer, ranks, ranks_text, why_no_chains),
    Plot("energy", "Sampler: did it move freely?", Answer, energy, energy_text, why_no_energy),
    Plot("convergence", "Sampler: did it draw enough?", Answer, convergence, convergence_text, why_no_chains),
)

_OF_EXPLANATIONS = (
    Plot("weights", "Weights of evidence", Explanation, weights, weights_text, labelled_by="case"),
    Plot("matrix", "Hypotheses and evidence", Analysis, matrix, matrix_text, why_no_matrix, "case"),
    Plot("shapley", "From prior to posterior", Explanation, shapley, shapley_text, labelled_by="case"),
    Plot("tornado", "What would change who leads", Robustness, tornado, tornado_text, why_no_tornado, "case"),
    Plot("dependence", "Dependence", Robustness, dependence, dependence_text, why_no_dependence, "case"),
    Plot("bounds", "Other priors", Robustness, bounds, bounds_text, labelled_by="case"),
    Plot("replay", "The answer over time", Stage, replay, replay_text, why_no_replay, "case"),
    Plot("next", "What to find out next", ExpectedInformation, priorities, priorities_text, labelled_by="case"),
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
        An `Answer`, and other records that figures are made of: an `Analysis`, an `Explanation`, a `Robustness`, the
        tuples of unknowns and of stages, a `Comparison`. Their labels are those of the answer's case, unless a `Case`
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
