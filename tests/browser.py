"""Debian's Chromium, driven by Playwright: pages that note what they should not do."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
AXE = Path(__file__).parent / "axe" / "axe.min.js"


@dataclass
class Seen:
    """A page, and what went wrong on it."""

    page: Any
    url: str
    faults: list[str] = field(default_factory=list)

    def go(self, **asked: object) -> None:
        """Opens a link and waits for the answer."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.url}/#{urlencode(asked, doseq=True)}" if asked else f"{self.url}/")
        if "f" in asked:
            self.until("document.querySelector('#more:not([hidden]), #error:not([hidden])')")

    def until(self, script: str, seconds: float = 60) -> None:
        """Waits until a script is true. The page's policy forbids what Playwright's own waiting for functions does."""
        for _ in range(int(20 * seconds)):
            if self.page.evaluate(f"Boolean({script})"):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"it did not happen: {script}; {self.page.inner_text('body')[:600]}")

    def result(self) -> str:
        """The result in words."""
        return self.page.locator("#result .formula .math").last.get_attribute("aria-label")

    def axe(self) -> list[str]:
        """What axe-core finds."""
        self.page.wait_for_timeout(150)
        self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate("axe.run({resultTypes: ['violations'], rules: {'target-size': {enabled: true}}})")
        return [f"{v['id']}: {v['help']}: {v['nodes'][0]['html'][:200]}" for v in found["violations"]]

    def wide(self) -> bool:
        """Whether the page scrolls sideways."""
        return self.page.evaluate("document.documentElement.scrollWidth > innerWidth")


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """A browser; the test is skipped where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    if not CHROMIUM:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@contextlib.contextmanager
def page(browser: Any, url: str, **options: Any) -> Iterator[Seen]:
    """A page of a server; at its end nothing may have gone wrong."""
    given = {"viewport": {"width": 1280, "height": 900}, "locale": "en-US", **options}
    context = browser.new_context(**given)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    seen = Seen(context.new_page(), url)
    host = urlsplit(url).netloc
    seen.page.on(
        "console", lambda m: seen.faults.append(f"console: {m.text}") if m.type in ("error", "warning") else None
    )
    seen.page.on("pageerror", lambda e: seen.faults.append(f"error: {e}"))
    seen.page.on("request", lambda r: seen.faults.append(f"foreign: {r.url}") if urlsplit(r.url).netloc not in (host, "") else None)  # fmt: skip
    seen.page.on("dialog", lambda d: seen.faults.append(f"dialog: {d.message}"))
    try:
        yield seen
        assert not seen.faults
    finally:
        context.close()
