"""A real browser for the tests of HTML, and what is asked of every page in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

WIDE, PHONE = (1280, 900), (390, 800)

_SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


class Browser:
    """Chromium, with files in a folder for it to open."""

    def __init__(self, driver: Chrome, folder: Path) -> None:
        self.driver = driver
        self.folder = folder
        self._before = 0.0

    def open(
        self,
        html: str,
        *,
        dark: bool = False,
        size: tuple[int, int] = WIDE,
        fragment: str = "",
    ) -> None:
        """Open a page from disk.

        Args:
            size: of the window, in pixels.
            fragment: of its address, as "#s1".
        """
        path = self.folder / "page.html"
        path.write_text(html, encoding="utf-8")
        theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._command("Emulation.setEmulatedMedia", features=[theme])
        self._command(
            "Emulation.setDeviceMetricsOverride",
            width=size[0],
            height=size[1],
            deviceScaleFactor=1,
            mobile=size == PHONE,
        )
        self.driver.get("about:blank")
        self.complaints()
        self._command("Performance.enable", timeDomain="threadTicks")
        self._before = self._task_duration()
        self.driver.get(path.as_uri() + fragment)

    def run(self, script: str, *arguments: object) -> Any:
        """What a script in the page returns."""
        return self.driver.execute_script(script, *arguments)

    def wait(self, script: str, *arguments: object) -> Any:
        """What a script hands to its last argument, whenever it does."""
        return self.driver.execute_async_script(script, *arguments)

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        """The texts of all elements that are in sight."""
        found = self.driver.find_elements(By.CSS_SELECTOR, selector)
        return [one.text for one in found if one.is_displayed()]

    def wait_for(self, selector: str, texts: list[str]) -> None:
        """Wait until these are the texts in sight; a browser acts when it likes."""

        def there(_: Chrome) -> bool:
            return self.texts(selector) == texts

        WebDriverWait(self.driver, 20).until(there, f"{selector}: {texts}")

    def roles(self, awaited: tuple[str, str]) -> list[tuple[str, str]]:
        """Role and name of all that a screen reader meets.

        Args:
            awaited: one of them; what comes later is there when it is.
        """

        def there(driver: Chrome) -> list[tuple[str, str]]:
            tree = driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})
            nodes = [
                (node["role"]["value"], node.get("name", {}).get("value", ""))
                for node in tree["nodes"]
                if not node["ignored"]
            ]
            return nodes if awaited in nodes else []

        return WebDriverWait(self.driver, 20).until(there, f"no {awaited}")

    def computed(self) -> float:
        """Seconds that the page's own thread has computed since it was opened."""
        return self._task_duration() - self._before

    def complaints(self) -> list[str]:
        """What the console says: errors, warnings, and what the policy refused."""
        entries = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [entry["message"] for entry in entries]

    def barriers(self) -> list[str]:
        """Where axe-core finds that the page cannot be used by everybody."""
        axe = files("selenium_axe_python") / "axe-core" / "axe.min.js"
        self.run(axe.read_text(encoding="utf-8"))
        found = self.wait("axe.run().then((all) => arguments[0](all.violations))")
        return [
            f"{one['id']}: {node['html'][:200]}"
            for one in found
            for node in one["nodes"]
        ]

    def _task_duration(self) -> float:
        found = self.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return {one["name"]: float(one["value"]) for one in found}["TaskDuration"]

    def _command(self, name: str, **arguments: object) -> None:
        self.driver.execute_cdp_cmd(name, arguments)


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """A browser, or a test that is skipped where there is none.

    Args:
        folder: an empty one, for its profile and its pages.
    """
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if binary is None or driver is None:
        pytest.skip(
            "There is no chromium with its chromedriver: apt install chromium-driver."
        )
    options = ChromeOptions()
    options.binary_location = binary
    for switch in (*_SWITCHES, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = Chrome(options=options, service=Service(driver))
    try:
        yield Browser(chrome, folder)
    finally:
        chrome.quit()
