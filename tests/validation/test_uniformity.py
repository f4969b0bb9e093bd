"""The exact p-value of the graphical test, against simulation and against ArviZ's simulated level."""

from __future__ import annotations

import numpy as np
import pytest
from arviz_stats.ecdf_utils import simulate_confidence_bands

from falseflag.validation.uniformity import POINTS, band, counts_below, outside, uniformity


@pytest.mark.parametrize("size", [1, 20, 100])
def test_p_values_of_uniform_values_are_no_smaller_than_they_should(size: int) -> None:
    rng = np.random.default_rng(1)
    found = np.array([uniformity(rng.random(size)) for _ in range(400)])
    for level in (0.02, 0.1, 0.3):
        assert (found <= level).mean() < level + 4 * np.sqrt(level * (1 - level) / 400)
    if size == 100:
        assert (found <= 0.3).mean() > 0.3 - 5 * np.sqrt(0.3 * 0.7 / 400)  # nor much larger


def test_the_level_is_that_which_arviz_simulates() -> None:
    size, wanted, simulations = 200, 0.9, 4000
    central = simulate_confidence_bands(size, 1, POINTS, wanted, simulations, np.random.default_rng(2))
    error = np.sqrt(wanted * (1 - wanted) / simulations)
    assert abs(outside(float(1 - central), size) - (1 - wanted)) < 4 * error + 0.005  # it moves in steps


@pytest.mark.parametrize("alarm", [0.05, 1e-4])
def test_a_curve_leaves_its_band_just_when_its_p_value_says_so(alarm: float) -> None:
    size, rng = 150, np.random.default_rng(3)
    low, high = band(alarm, size)
    for power in np.linspace(1.0, 1.6, 40):
        values = rng.random(size) ** power
        counts = counts_below(values)
        assert ((counts < low) | (counts > high)).any() == (uniformity(values) < alarm)


@pytest.mark.parametrize("wrong", ["narrow", "wide", "shifted", "stuck"])
def test_values_that_are_not_uniform_are_noticed(wrong: str) -> None:
    rng = np.random.default_rng(4)
    values = {
        "narrow": rng.beta(2, 2, 300),
        "wide": rng.beta(0.6, 0.6, 300),
        "shifted": rng.beta(1, 1.6, 300),
        "stuck": np.full(300, 0.4),
    }[wrong]
    assert uniformity(values) < 1e-4


def test_no_values_say_nothing() -> None:
    assert uniformity(np.array([])) == 1.0
