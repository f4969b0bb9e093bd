"""The fitted hierarchical model: known rates recovered, own labels without effect, weights as good as a new fit."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from commands import run
from made import made_record, relabelled

from falseflag.arrays import Floats
from falseflag.case.loader import load
from falseflag.hierarchical.held_out import Refits, log_likelihood
from falseflag.hierarchical.model import betas_of, fit
from falseflag.record import Record
from falseflag.settings import Settings

pytestmark = pytest.mark.slow
PRIORS = Path(__file__).parents[2] / "priors"


def rates() -> Floats:
    table = np.full((15, 4), 0.3)
    table[0], table[1, 2], table[2, 1] = 0.8, 0.9, 0.75
    return table


@pytest.fixture(scope="module")
def refits() -> Refits:
    record = made_record(11, 120, rates(), grades="A")
    found = Refits(record)
    found.likelihoods(np.ones(len(record), bool))
    return found


def test_known_rates_are_recovered_and_the_sampler_is_sound(refits: Refits) -> None:
    found = refits.bases[0].fit
    assert found.is_sound, [check.message for check in found.checks]
    rate = found.parameters.rate()
    z = (rate.mean(axis=0) - rates()) / rate.std(axis=0)
    assert np.abs(z).max() < 4.5
    assert (z**2).mean() < 1.6
    beta = betas_of(refits.record, rate)["symbolic_target", "adversary"]
    j = refits.record.indicators.index("symbolic_target")
    assert beta.mean == pytest.approx(rate[:, j, 0].mean())


def test_weights_answer_as_a_new_fit_does(refits: Refits) -> None:
    """Leave one incident out, by weights and by fitting: alike within Monte Carlo error."""
    others = np.arange(len(refits.record)) != 3
    weighted = refits.likelihoods(others)
    assert weighted.k_hat is not None
    fresh = fit(refits.record.only(others)).parameters
    likelihood = np.exp(log_likelihood(fresh, refits.record.x[3:4])[:, 0])
    error = likelihood.std(axis=0) / likelihood.mean(axis=0) / np.sqrt(400)  # 400 effective draws at the least
    z = (weighted.logs[3] - np.log(likelihood.mean(axis=0))) / (np.sqrt(2) * error)
    assert np.abs(z).max() < 4


def test_the_fit_never_sees_the_label_of_what_is_left_out() -> None:
    """Bit for bit: the same answer, whatever author, grade and probabilities are recorded for what is left out."""
    others = np.arange(20) != 5
    logs = [
        Refits(relabelled(made_record(12, 20), 5, *label), Settings(draws=100, tune=100, chains=2))
        .likelihoods(others)
        .logs[5]
        for label in (("adversary", "A"), ("accident", "C"), ("nonstate", "A", {"nonstate": 0.7, "false_flag": 0.3}))
    ]
    assert np.array_equal(logs[0], logs[1])
    assert np.array_equal(logs[0], logs[2])


def test_blank_cells_alone_leave_the_prior() -> None:
    """A record of blanks says nothing: rates stay as wide as before, and all classes alike."""
    incidents = (replace(one, cells=dict.fromkeys(one.cells)) for one in made_record(13, 10).incidents)
    rate = fit(Record(tuple(incidents))).parameters.rate()
    assert rate.mean() == pytest.approx(0.5, abs=0.02)
    assert rate.std() > 0.25


def test_a_case_can_learn_from_the_rates_that_the_command_keeps(tmp_path: Path) -> None:
    for path in PRIORS.glob("*.*"):
        shutil.copy(path, tmp_path)
    done = run("learn", "resolved_cases.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    profile = "extends: kremlin_record.yaml\ntitle: fitted\nlearn: {model: hierarchical}\n"
    (tmp_path / "fitted.yaml").write_text(profile)
    case, counted = load(tmp_path / "fitted.yaml"), load(tmp_path / "kremlin_record.yaml")
    assert case.learning is not None
    assert counted.learning is not None
    assert case.learning.model == "hierarchical"
    for fitted, row in zip(case.learning.statements, counted.learning.statements, strict=True):
        if row.present + row.absent > 20:  # where there is much to count, pooling moves little
            assert fitted.record.mean == pytest.approx(row.record.mean, abs=0.15)
