"""Somebody adds an incident to the record, and the linked likelihoods move."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from closeness import close_to

from falseflag.case import Case, load
from falseflag.distributions import Beta
from falseflag.errors import CaseError
from falseflag.record import CLASSES, INDICATORS, read_record
from falseflag.record.rates import as_json, path_beside
from falseflag.run_folder.write import _write_case
from falseflag.sampling import sample
from falseflag.serve import watch
from falseflag.settings import Settings

PRIORS = Path(__file__).parents[2] / "priors"
ROW = "made_up,A made-up incident,2025-01-01,Nowhere,Somebody,false_flag,A,1" + "," * 14 + ",a court,,"


@pytest.fixture
def case(tmp_path: Path) -> Path:
    for name in ("kremlin.yaml", "kremlin_record.yaml", "resolved_cases.csv"):
        shutil.copy(PRIORS / name, tmp_path)
    return tmp_path / "kremlin_record.yaml"


def judgement(case: Case, condition: str, indicator: str = "mass_casualties") -> Beta:
    (found,) = (j for at, j in case.indicators[indicator].likelihood.items() if str(at) == condition)
    assert isinstance(found.distribution, Beta)
    return found.distribution


def mean(case: Case, condition: str, indicator: str = "mass_casualties") -> float:
    return judgement(case, condition, indicator).mean


def add_incident(record: Path) -> None:
    record.write_text(record.read_text(encoding="utf-8").rstrip("\n") + f"\n{ROW}\n", encoding="utf-8")


def test_an_incident_more_moves_the_statements_of_its_class(case: Path) -> None:
    before = load(case)
    add_incident(case.with_name("resolved_cases.csv"))
    after = load(case)
    old = judgement(before, "false_flag")
    assert judgement(after, "false_flag") == close_to(Beta(old.alpha + 0.5, old.beta))
    for place in ("ukraine.assassination", "others@nonstate"):
        assert mean(after, place) == close_to(mean(before, place))
    assert mean(after, "others@any") > mean(before, "others@any")  # of an author who may be of any class
    assert mean(after, "ukraine", "earlier_drones") == close_to(mean(before, "ukraine", "earlier_drones"))


def test_the_run_keeps_the_record_it_learned_from(case: Path) -> None:
    add_incident(case.with_name("resolved_cases.csv"))
    answer = sample(load(case), "exact", Settings(draws=500, chains=1))
    _write_case(answer, case.parent / "run")
    content = (case.parent / "run" / "resolved_cases.csv").read_bytes()
    assert content == case.with_name("resolved_cases.csv").read_bytes()
    kept = {"name": "resolved_cases.csv", "sha256": hashlib.sha256(content).hexdigest()}
    assert kept in answer.to_dict()["files"]


def test_a_mistaken_incident_is_told_with_its_line(case: Path) -> None:
    record = case.with_name("resolved_cases.csv")
    lines = record.read_text(encoding="utf-8").rstrip("\n").count("\n") + 1
    record.write_text(record.read_text(encoding="utf-8").rstrip("\n") + f"\n{ROW.replace(',A,1', ',E,1')}\n", "utf-8")
    with pytest.raises(CaseError) as caught:
        load(case)
    assert [(m.line, m.path) for m in caught.value.diagnostics] == [(lines + 1, "made_up.truth_grade")]


def test_a_profile_switches_learning_off(case: Path) -> None:
    profile = case.with_name("off.yaml")
    profile.write_text("extends: kremlin_record.yaml\nlearn: null\n", encoding="utf-8")
    found, plain = load(profile), load(case.with_name("kremlin.yaml"))
    assert found.learning is None
    assert mean(found, "false_flag") == close_to(mean(plain, "false_flag"))
    assert [file.name for file in found.files] == ["off.yaml", "kremlin_record.yaml", "kremlin.yaml"]


def test_fitted_rates_are_taken_until_the_record_changes(case: Path) -> None:
    record = case.with_name("resolved_cases.csv")
    rates = {(name, author): Beta(3.0, 1.0) for name in INDICATORS for author in CLASSES}
    Path(path_beside(str(record))).write_text(as_json(read_record(record), rates), encoding="utf-8")
    profile = case.with_name("fitted.yaml")
    profile.write_text("extends: kremlin_record.yaml\nlearn: {model: hierarchical}\n", encoding="utf-8")
    found = load(profile)
    assert judgement(found, "false_flag") == Beta(1.5, 0.5)
    assert judgement(found, "others@false_flag", "drone_unfit") == Beta(0.5, 1.5)
    assert [file.name for file in found.files][-2:] == ["resolved_cases.csv", "resolved_cases.hierarchical.json"]
    add_incident(record)
    with pytest.raises(CaseError, match=r"`falseflag learn resolved_cases\.csv`"):
        load(profile)


def test_the_path_is_relative_to_the_file_that_says_it(case: Path) -> None:
    folder = case.parent / "below"
    folder.mkdir()
    for name in ("kremlin.yaml", "kremlin_record.yaml", "resolved_cases.csv"):
        case.with_name(name).rename(folder / name)
    profile = case.with_name("above.yaml")
    profile.write_text("extends: below/kremlin_record.yaml\nlearn: {relevance: 1}\n", encoding="utf-8")
    found = load(profile)
    assert found.files[-1].name == "below/resolved_cases.csv"
    assert found.learning is not None
    assert found.learning.relevance == 1


def test_a_case_that_does_not_learn_needs_no_pandas() -> None:
    code = (
        f"import falseflag, sys; falseflag.load({str(PRIORS / 'kremlin.yaml')!r}); assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_whoever_watches_a_case_watches_its_record(case: Path) -> None:
    record = case.with_name("resolved_cases.csv")
    names = [case.name, "kremlin.yaml", record.name]
    outcome, files = watch._load(case)
    assert isinstance(outcome, Case)
    assert [file.name for file in files] == names
    record.write_text(record.read_text(encoding="utf-8") + "more,\n", encoding="utf-8")
    outcome, files = watch._load(case)
    assert isinstance(outcome, CaseError)
    assert [file.name for file in files] == names


def test_links_out_of_the_folder_are_refused(case: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside, record = tmp_path_factory.mktemp("outside"), case.with_name("resolved_cases.csv")
    rates = {(name, author): Beta(3.0, 1.0) for name in INDICATORS for author in CLASSES}
    (outside / "rates.json").write_text(as_json(read_record(record), rates), encoding="utf-8")
    Path(path_beside(str(record))).symlink_to(outside / "rates.json")
    profile = case.with_name("fitted.yaml")
    profile.write_text("extends: kremlin_record.yaml\nlearn: {model: hierarchical}\n", encoding="utf-8")
    with pytest.raises(CaseError, match=r"learn\.model: Should stay in the folder"):
        load(profile)
    record.rename(outside / record.name)
    record.symlink_to(outside / record.name)
    with pytest.raises(CaseError, match=r"learn\.from: Should stay in the folder"):
        load(case)
