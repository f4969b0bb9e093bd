"""Figures about the sampler show a sampler that went wrong."""

from __future__ import annotations

import dataclasses

import arviz as az
import numpy as np
import pytest
import xarray as xr

from falseflag.inference.result import Answer
from falseflag.plots.sampler import (
    NO_ENERGY,
    convergence,
    convergence_text,
    energy_text,
    information_fractions,
    ranks,
    ranks_text,
    varying,
    why_no_energy,
)

from .watching import texts


def with_probability(answer: Answer, probability: np.ndarray) -> Answer:
    return dataclasses.replace(answer, draws=dataclasses.replace(answer.draws, probability=probability))


@pytest.fixture
def disagreeing(sampled: Answer) -> Answer:
    """One chain found the most of every leaf that there is."""
    probability = sampled.draws.probability.copy()
    quarter = len(probability) // 4
    probability[:quarter] = np.sort(probability, axis=0)[-quarter:]
    return with_probability(sampled, probability)


def p_values(answer: Answer) -> list[float]:
    return [float(text.partition("=")[2]) for text in texts(ranks(answer)) if text.startswith("p")]


def test_ranks_tell_chains_that_agree_from_chains_that_do_not(sampled: Answer, disagreeing: Answer) -> None:
    assert min(p_values(sampled)) > 0.001
    assert max(p_values(disagreeing)) < 0.001


def test_each_panel_has_a_line_for_each_chain_and_no_vectors(sampled: Answer) -> None:
    figure = ranks(sampled)
    panels = [axes for axes in figure.axes if axes.get_title(loc="left")]
    assert len(panels) == 4
    for axes in panels:
        chains = [line for line in axes.lines if len(np.asarray(line.get_xdata())) > 10]
        assert len({(line.get_color(), line.get_linestyle()) for line in chains}) == 4
        assert all(line.get_rasterized() for line in chains)


def test_convergence_shows_the_limits_of_the_checks(disagreeing: Answer) -> None:
    panels = [axes for axes in convergence(disagreeing).axes if axes.get_xlabel()]
    limits = [np.asarray(line.get_xdata())[0] for axes in panels for line in axes.lines if line.get_label() == "limit"]
    assert limits == [1.01, 400, 400]
    drawn = next(line for line in panels[0].lines if line.get_label() != "limit")
    assert np.nanmax(np.asarray(drawn.get_xdata())) > 1.01


def test_quantities_that_never_vary_are_left_out(sampled: Answer) -> None:
    data = varying(sampled)
    assert "reliability" not in data  # there is none
    free = ~sampled.problem.statements.is_fixed
    assert data["theta"].shape == (4, 200, 2 * int(free.sum()))


def test_information_fractions_are_those_of_arviz(sampled: Answer) -> None:
    values = sampled.sample_stats["energy"]
    theirs = az.bfmi(xr.DataTree.from_dict({"sample_stats": xr.Dataset({"energy": (("chain", "draw"), values)})}))
    assert information_fractions(values) == pytest.approx(np.asarray(theirs["energy"]), rel=0.02)


def test_energy_that_was_not_recorded(sampled: Answer) -> None:
    assert not why_no_energy(sampled)
    assert why_no_energy(dataclasses.replace(sampled, sample_stats={})) == NO_ENERGY


def test_text_alternatives_quote_the_checks(sampled: Answer) -> None:
    assert "The largest r̂ is 1.001." in ranks_text(sampled)
    assert "At least 700 effective draws." in convergence_text(sampled)
    assert "0 transitions diverged." in energy_text(sampled)
