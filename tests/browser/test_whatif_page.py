"""What if, in a real browser: the page's numbers are the exact engine's, and what it hands on says the same."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from oracle.random_cases import draw
from report.pages import FEW, PRIORS, skeptic_answer, skeptic_page
from report.whatif_settings import Setting, exact_nodes, random_setting
from selenium.webdriver.common.keys import Keys

from browser.client import Browser
from browser.conftest import Save
from falseflag.case import load
from falseflag.case.model import Case
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import problem_of
from falseflag.report import render_report
from falseflag.sampling import sample

CLOSE = 1e-6


@pytest.fixture
def skeptic() -> Case:
    return skeptic_answer().case


@pytest.fixture(scope="module")
def page(save: Save) -> Path:
    return save("skeptic.html", skeptic_page())


def _assert_like(shown: list[float], expected: dict[str, float] | None) -> None:
    assert expected is not None
    assert np.abs(np.array(shown) - np.array(list(expected.values()))).max() < CLOSE


def _assert_settings(browser: Browser, case: Case, seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    settings = [random_setting(case, rng) for _ in range(count)]
    shown = browser.posteriors([setting.fragment for setting in settings])
    for setting, values in zip(settings, shown, strict=True):
        expected = exact_nodes(case, setting)
        if expected is None:
            assert np.isnan(values).all()
        else:
            _assert_like(values, expected)


def test_random_settings_are_answered_as_by_the_exact_engine(browser: Browser, skeptic: Case, page: Path) -> None:
    browser.open(page)
    _assert_like(browser.posterior(), exact_nodes(skeptic, Setting()))
    _assert_settings(browser, skeptic, seed=1, count=25)
    assert browser.logged() == []
    assert browser.requests() == [page.as_uri()]


@pytest.mark.parametrize("seed", [3, 7])
def test_other_cases_too(browser: Browser, save: Save, seed: int) -> None:
    case = draw(seed).case
    browser.open(save(f"random{seed}.html", render_report(sample(case, "exact", FEW))))
    _assert_settings(browser, case, seed, count=8)
    assert browser.logged() == []


def test_controls_by_mouse_and_keyboard(browser: Browser, skeptic: Case, page: Path) -> None:
    browser.look_like(1280)
    browser.open(page, "#whatif")
    browser.find("#w-ukraine").send_keys(Keys.ARROW_LEFT * 30)  # 0.3 of a power of ten
    browser.run("document.querySelector('input[name=i-meant_to_kill][value=absent]').click()")
    browser.find("input[name=i-kyiv_denies][value=present]").send_keys(Keys.ARROW_RIGHT)
    browser.run("document.querySelector('input[name=g-symbol][value=unknown]').click()")
    browser.run("document.querySelector('input[name=dependence][value=full]').click()")
    reports = {"meant_to_kill": "absent", "kyiv_denies": "absent"} | dict.fromkeys(
        ("symbolic_target", "humiliation"), "unknown"
    )
    setting = Setting({"ukraine": float(f"{5 * 10**-0.3:.4g}")}, reports, "full")
    _assert_like(browser.posterior(), exact_nodes(skeptic, setting))
    assert browser.find("#whatif-changed").text.startswith("What if: 6 settings differ")
    assert browser.find("#whatif-changed").is_displayed()
    assert not browser.find("#whatif-as-written").is_displayed()
    _assert_link_keeps(browser, page)
    _assert_reset(browser, skeptic)
    assert browser.logged() == []


def _assert_link_keeps(browser: Browser, page: Path) -> None:
    before, link = browser.posterior(), browser.run("return document.getElementById('whatif-link').hash")
    browser.until(f"location.hash === {json.dumps(link)}")
    browser.until("document.getElementById('whatif-said').textContent.includes('leads at')")
    browser.open(page, link)
    assert browser.posterior() == pytest.approx(before)


def _assert_reset(browser: Browser, case: Case) -> None:
    browser.find("#whatif-reset").send_keys(Keys.ENTER)
    _assert_like(browser.posterior(), exact_nodes(case, Setting()))
    assert browser.find("#whatif-as-written").is_displayed()
    assert not browser.find("#whatif-changed").is_displayed()


def test_links_that_make_no_sense_change_nothing(browser: Browser, skeptic: Case, page: Path) -> None:
    browser.open(
        page, "#whatif&w.ukraine=-1&w.nobody=3&w.other=NaN&i.meant_to_kill=maybe&i.__proto__=absent&dependence=some"
    )
    _assert_like(browser.posterior(), exact_nodes(skeptic, Setting()))
    assert browser.logged() == []


def _yaml(browser: Browser) -> str:
    return str(browser.run("return document.getElementById('whatif-yaml').value"))


def test_yaml_beside_the_case_gives_the_same_numbers(
    browser: Browser, skeptic: Case, page: Path, tmp_path: Path
) -> None:
    for name in ("kremlin.yaml", "skeptic.yaml"):
        shutil.copy(PRIORS / name, tmp_path)
    profile = tmp_path / "mine.yaml"
    rng = np.random.default_rng(11)
    settings = [Setting(), *(random_setting(skeptic, rng) for _ in range(6))]
    for setting in settings:
        browser.open(page, setting.fragment)
        profile.write_text(_yaml(browser), encoding="utf-8")
        nodes = ExactPosterior.of(problem_of(load(profile))).nodes
        assert np.abs(nodes - browser.posterior()).max() < CLOSE
    command = [sys.executable, "-m", "falseflag", "sample", str(profile), "--engine", "exact", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = json.loads(done.stdout)["hypotheses"]
    assert np.abs(np.array([row["exact"] for row in rows]) - browser.posterior()).max() < CLOSE


@pytest.mark.parametrize("seed", [2, 5])
def test_yaml_beside_any_case_gives_the_same_numbers(browser: Browser, save: Save, tmp_path: Path, seed: int) -> None:
    path, profile = tmp_path / "drawn.yaml", tmp_path / "mine.yaml"
    path.write_text(draw(seed).yaml, encoding="utf-8")
    case, rng = load(path), np.random.default_rng(seed)
    browser.open(page := save(f"drawn{seed}.html", render_report(sample(case, "exact", FEW))))
    compared = 0
    for setting in (random_setting(case, rng) for _ in range(8)):
        if exact_nodes(case, setting) is None:
            continue
        browser.open(page, setting.fragment)
        profile.write_text(_yaml(browser), encoding="utf-8")
        nodes = ExactPosterior.of(problem_of(load(profile))).nodes
        assert np.abs(nodes - browser.posterior()).max() < CLOSE
        compared += 1
    assert compared


def test_the_yaml_of_the_case_as_written_says_only_what_it_extends(browser: Browser, page: Path) -> None:
    browser.open(page)
    assert _yaml(browser) == 'extends: "skeptic.yaml"\n'
