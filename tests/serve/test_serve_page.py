"""The live page in a real browser: saved edits and errors, text that stays text, a server that comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from browser.client import Browser

from serve import cases
from serve.process import Served

type Serve = Callable[..., Served]

NUMBERS = "return [...document.querySelectorAll('#lines .exact data')].map((data) => Number(data.value))"
OVERFLOW = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
WATCH = """
window.seen = 0;
new MutationObserver(() => { window.seen = 1; }).observe(document.getElementById('lines'), {childList: true});
"""


def show(browser: Browser, served: Served) -> None:
    browser.driver.get("about:blank")
    browser.logged()
    browser.requests()
    browser.driver.get(served.address)
    browser.until("document.querySelectorAll('#lines tr').length")


def close(browser: Browser, served: Served) -> None:
    """Leave nothing on the console, and nothing asked of anyone else."""
    assert browser.logged() == []
    assert all(url.startswith(served.address) for url in browser.requests() if not url.startswith("about:"))


def test_a_saved_edit_and_a_saved_mistake(browser: Browser, serve: Serve, path: Path) -> None:
    served = serve("--engine", "exact")
    browser.look_like(1280)
    show(browser, served)
    assert browser.run(NUMBERS) == pytest.approx(cases.posterior())
    browser.until("document.querySelector('iframe:not(.coming)')")

    browser.run(WATCH)
    path.write_text(cases.PRIOR_6)
    browser.until("window.seen")
    assert browser.run(NUMBERS) == pytest.approx(cases.posterior(cases.PRIOR_6))

    path.write_text(cases.MISTAKEN)
    browser.until("!document.getElementById('errors').hidden")
    told = browser.find("#errors").text
    assert f"{path}:{cases.MISTAKEN_LINE}" in told
    assert "hypotheses.navy.prior" in told
    assert "What is shown below is the answer to the file as it was saved at" in told
    assert browser.run(NUMBERS) == pytest.approx(cases.posterior(cases.PRIOR_6))

    path.write_text(cases.TEXT)
    browser.until("document.getElementById('errors').hidden")
    browser.until("document.querySelector('iframe:not(.coming)')?.dataset.report === '3-exact'")
    assert browser.run(NUMBERS) == pytest.approx(cases.posterior())
    inside = "document.querySelector('iframe').contentDocument"
    assert browser.run(f"return {inside}.querySelector('h1').textContent") == "Who cut the cable?"
    assert browser.run("return document.querySelectorAll('iframe').length") == 1
    close(browser, served)


def test_the_reader_stays_where_they_are(browser: Browser, serve: Serve, path: Path) -> None:
    served = serve("--engine", "exact")
    show(browser, served)
    browser.until("document.querySelector('iframe:not(.coming)')")
    browser.run("document.querySelector('iframe').contentWindow.scrollTo(0, 700)")
    path.write_text(cases.PRIOR_6)
    browser.until("document.querySelector('iframe:not(.coming)')?.dataset.report === '2-exact'")
    assert browser.run("return document.querySelector('iframe').contentWindow.scrollY") == 700
    close(browser, served)


@pytest.mark.parametrize("width", [390, 1280])
def test_hostile_text_stays_text(browser: Browser, serve: Serve, path: Path, width: int) -> None:
    bad = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>\u202etxet"
    quoted = bad.replace("'", "''")
    text = cases.TEXT.replace("The navy", f"'{quoted}{'x' * 500}'").replace("Who cut the cable?", f"'{quoted}'")
    path.write_text(text)
    served = serve("--engine", "exact")
    browser.look_like(width)
    show(browser, served)
    path.write_text(text.replace("observed: present", f"observed: '{quoted}'"))
    browser.until("!document.getElementById('errors').hidden")
    assert browser.run("return window.hacked") is None
    assert browser.run("return document.querySelectorAll('#live script, #live img').length") == 0
    assert browser.run(OVERFLOW) == 0
    assert browser.faults() == []
    browser.look_like(width, dark=True)
    assert browser.faults() == []
    close(browser, served)


def test_it_reconnects_by_itself(browser: Browser, serve: Serve, path: Path) -> None:
    served = serve("--engine", "exact")
    show(browser, served)
    assert served.interrupt()[0] == 130
    browser.until("document.getElementById('connection').classList.contains('lost')")
    path.write_text(cases.PRIOR_6)
    browser.run(WATCH)
    serve("--engine", "exact", "--port", str(served.port))
    browser.until("!document.getElementById('connection').classList.contains('lost')")
    browser.until("window.seen")  # until then the lines of the first server stand there
    assert browser.run(NUMBERS) == pytest.approx(cases.posterior(cases.PRIOR_6))
