"""The default page in a real browser: two printed pages, an appendix behind one switch, a setting that stays."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import numpy as np
import pytest
from report.pages import FEW, PRIORS, hostile_page, skeptic_answer, skeptic_page
from report.whatif_settings import Setting, exact_nodes

from browser.client import Browser
from browser.conftest import Save
from falseflag.case import load
from falseflag.report import render_report
from falseflag.sampling import sample

MOST_WORDS = 900
MOST_PAGES = 2


@pytest.fixture(scope="module")
def skeptic(save: Save) -> Path:
    return save("skeptic.html", skeptic_page())


def pages(browser: Browser) -> int:
    """Print the page as it stands, and count the sheets."""
    pdf = browser.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"]
    return len(re.findall(rb"/Type ?/Page[^s]", base64.b64decode(pdf)))


@pytest.mark.parametrize("name", sorted(path.stem for path in PRIORS.glob("*.yaml")))
def test_the_default_page_is_short_and_prints_on_two_sheets(browser: Browser, save: Save, name: str) -> None:
    page = skeptic_page() if name == "skeptic" else render_report(sample(load(PRIORS / f"{name}.yaml"), "exact", FEW))
    browser.look_like(1280)
    browser.open(save(f"{name}.html", page))
    assert 400 < len(browser.run("return document.body.innerText").split()) <= MOST_WORDS
    assert pages(browser) <= MOST_PAGES


def test_the_appendix_is_printed_only_where_it_is_open(browser: Browser, skeptic: Path) -> None:
    browser.open(skeptic)
    assert pages(browser) <= MOST_PAGES
    browser.run("document.getElementById('appendix').open = true")
    assert pages(browser) > MOST_PAGES + 3


def test_the_first_screen_is_complete_on_a_desktop(browser: Browser, skeptic: Path) -> None:
    browser.look_like(1280)
    browser.open(skeptic)
    assert browser.run("return document.querySelector('#top .confidence').getBoundingClientRect().bottom") < 720


def test_leaves_unfold_by_keyboard(browser: Browser, skeptic: Path) -> None:
    browser.open(skeptic)
    (leaf, *_) = [row for row in skeptic_answer().rows if row.depth]
    below = browser.find("#top .below")
    assert not below.is_displayed()
    browser.find("#top summary").send_keys(" ")
    assert below.is_displayed()
    assert leaf.label in below.text


def test_a_link_to_the_appendix_opens_it_without_javascript(browser: Browser, skeptic: Path) -> None:
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.open(skeptic)
        assert not browser.find("#diagnostics").is_displayed()
        browser.find("#caveats a[href='#diagnostics']").click()
        assert browser.find("#diagnostics").is_displayed()
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_setting_is_kept_when_moving_about_the_page(browser: Browser, skeptic: Path) -> None:
    case, fragment = skeptic_answer().case, "&w.ukraine=7&i.meant_to_kill=absent"
    expected = list((exact_nodes(case, Setting({"ukraine": 7.0}, {"meant_to_kill": "absent"})) or {}).values())
    browser.open(skeptic, f"#whatif{fragment}")
    for name in ("method", "whatif", "evidence"):
        browser.run(f"document.querySelector('nav a[href=\"#{name}\"]').click()")
        browser.until(f"location.hash.startsWith('#{name}&')")
        assert np.abs(np.array(browser.posterior()) - expected).max() < 1e-6
        browser.open(skeptic, browser.run("return location.hash"))
        assert np.abs(np.array(browser.posterior()) - expected).max() < 1e-6
        assert browser.find(f"#{name}").is_displayed()
    browser.run("document.getElementById('whatif-reset').click()")
    browser.until("!location.hash.includes('&')")


def test_who_disagrees_is_led_to_the_control_of_that_item(browser: Browser, skeptic: Path) -> None:
    browser.open(skeptic)
    link = browser.find("#walk .disagree a")
    link.click()
    target = browser.run("return document.querySelector('#walk .disagree a').hash")
    browser.until(f"document.querySelector('{target}').getBoundingClientRect().top < innerHeight")
    assert browser.find(f"{target} input").is_displayed()


def test_hostile_labels_fit_on_the_first_screen(browser: Browser, save: Save) -> None:
    browser.look_like(390)
    browser.open(save("hostile.html", hostile_page()))
    assert browser.run("return document.documentElement.scrollWidth") <= 390
