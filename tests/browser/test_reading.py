"""Reading the report in a real browser: nothing runs, nothing is fetched, nothing overflows, everyone can use it."""

from __future__ import annotations

from pathlib import Path

import pytest
from report.pages import hostile_page, skeptic_page, unsound_page

from browser.client import Browser
from browser.conftest import Save

WIDTHS = (390, 1280)

OVERFLOW = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
OUT_OF_BOX = """
const width = document.documentElement.clientWidth;
return [...document.querySelectorAll('main *, header *, nav *')]
  .filter((e) => !e.closest('.scroll > *, .hidden-text, svg') && e.getBoundingClientRect().right > width + 1)
  .map((e) => e.outerHTML.slice(0, 120));
"""
OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true"


@pytest.fixture(scope="module")
def skeptic(save: Save) -> Path:
    return save("skeptic.html", skeptic_page())


@pytest.fixture(scope="module")
def hostile(save: Save) -> Path:
    return save("hostile.html", hostile_page())


@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_text_neither_runs_nor_breaks_the_layout(browser: Browser, hostile: Path, width: int) -> None:
    browser.look_like(width)
    browser.open(hostile, "#whatif&i.i0=absent&dependence=full&w.a=7")
    browser.run(OPEN_ALL)
    browser.wait_for("setTimeout(arguments[0], 700)")
    assert browser.run("return window.hacked") is None
    assert browser.run("return document.querySelectorAll('img, b, iframe, object').length") == 0
    assert "1337" not in browser.run("return document.body.innerText")
    assert browser.run(OVERFLOW) == 0
    assert browser.run(OUT_OF_BOX) == []
    assert browser.logged() == []
    assert browser.requests() == [hostile.as_uri()]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_no_grave_fault(browser: Browser, skeptic: Path, width: int, *, dark: bool) -> None:
    browser.look_like(width, dark=dark)
    browser.open(skeptic, "#whatif&i.meant_to_kill=absent&w.ukraine=7")
    browser.run(OPEN_ALL)
    assert browser.run(OVERFLOW) == 0
    assert browser.run(OUT_OF_BOX) == []
    assert browser.logged() == []
    assert browser.faults() == []


def test_axe_finds_no_grave_fault_where_a_check_failed(browser: Browser, save: Save) -> None:
    browser.look_like(1280)
    browser.open(save("unsound.html", unsound_page()))
    assert browser.find("#top .warning").is_displayed()
    assert browser.faults() == []


def test_boxes_that_scroll_can_be_reached_by_keyboard(browser: Browser, skeptic: Path) -> None:
    browser.look_like(390)
    browser.open(skeptic)
    unreachable = """
    await new Promise(requestAnimationFrame); await new Promise(requestAnimationFrame);
    const boxes = [...document.querySelectorAll('.scroll')];
    return boxes.filter((box) => box.scrollWidth > box.clientWidth && box.tabIndex < 0).length
    """
    assert browser.run(f"return (async () => {{{unreachable}}})()") == 0


def test_without_javascript_it_is_still_a_report(browser: Browser, skeptic: Path) -> None:
    browser.look_like(1280)
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.open(skeptic)
        assert browser.find("#top .actors").is_displayed()
        browser.find("#appendix > summary").click()
        assert not browser.find("#whatif-live").is_displayed()
        assert browser.find("#whatif-off").is_displayed()
        assert browser.find("#hypotheses table").is_displayed()
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
