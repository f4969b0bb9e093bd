"""What the tests ask of a browser."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from commands import GUARD
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

POSTERIOR = """
return [...document.querySelectorAll('#whatif tr[data-node] .posterior data')].map((one) => Number(one.value))
"""

AFTER_EACH = """
const [fragments, done] = arguments;
const read = () => [...document.querySelectorAll('#whatif tr[data-node] .posterior data')].map((d) => Number(d.value));
(async () => {
  const out = [];
  for (const fragment of fragments) {
    const heard = new Promise((resolve) => addEventListener('hashchange', resolve, { once: true }));
    location.hash = fragment;
    await heard;
    out.push(read());
  }
  done(out);
})();
"""

AXE = Path(str(resources.files("axe_selenium_python"))) / "node_modules/axe-core/axe.min.js"
AXE_SCRIPT = "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']}).then(done)"


@dataclass
class Browser:
    """A browser with one page open."""

    driver: WebDriver

    def __post_init__(self) -> None:
        """Let scripts take as long as they need."""
        self.driver.set_script_timeout(GUARD)

    def open(self, path: Path, fragment: str = "") -> None:
        """Open a file; what was logged before is forgotten."""
        self.driver.get("about:blank")
        self.logged()
        self.requests()
        self.driver.get(path.as_uri() + fragment)

    def run(self, script: str, *values: object) -> Any:  # noqa: ANN401  (what JavaScript returns)
        return self.driver.execute_script(script, *values)

    def wait_for(self, script: str, *values: object) -> Any:  # noqa: ANN401
        return self.driver.execute_async_script(script, *values)

    def until(self, condition: str) -> None:
        """Wait until a JavaScript expression holds."""
        WebDriverWait(self.driver, GUARD, 0.05).until(lambda _driver: self.run(f"return Boolean({condition})"))

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def logged(self) -> list[str]:
        """Return what stands on the console since the page was opened."""
        return [entry["message"] for entry in self._log("browser")]

    def requests(self) -> list[str]:
        """Return the addresses that were asked for."""
        messages = [json.loads(entry["message"])["message"] for entry in self._log("performance")]
        sent = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
        return [url for url in sent if not url.startswith("data:")]

    def _log(self, kind: str) -> list[dict[str, str]]:
        entries: list[dict[str, str]] = self.driver.get_log(kind)  # type: ignore[no-untyped-call]
        return entries

    def look_like(self, width: int, *, dark: bool = False) -> None:
        """Set the width and the colour scheme."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        metrics = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def faults(self) -> list[str]:
        """Return axe-core's serious and critical findings on the page as it is."""
        self.run(AXE.read_text(encoding="utf-8"))
        found = self.wait_for(AXE_SCRIPT)["violations"]
        grave = [v for v in found if v["impact"] in {"serious", "critical"}]
        return [f"{v['id']}: {v['nodes'][0]['html'][:200]} ({len(v['nodes'])})" for v in grave]

    def posterior(self) -> list[float]:
        """Return the probabilities of all nodes that "what if" shows."""
        return [float(value) for value in self.run(POSTERIOR)]

    def posteriors(self, fragments: list[str]) -> list[list[float]]:
        """Follow links to several settings and return what each shows."""
        return [[float(value) for value in values] for values in self.wait_for(AFTER_EACH, fragments)]
