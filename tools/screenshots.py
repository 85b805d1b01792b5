"""Writes docs/images/page-*.png: the page as Chromium shows it. `python tools/screenshots.py [URL]`; without a URL it starts a server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]

from browser import Seen, chromium, page  # noqa: E402  (from the tests)
from serving import server  # noqa: E402

IMAGES = ROOT / "docs" / "images"
LOGISTIC = r"\sum_{i=1}^{m} \log\left(1 + \exp(-y_i \, w^\top x_i)\right) + \frac{\lambda}{2} \lVert w \rVert_2^2"
POSITIVE = "lambda: scalar positive"
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 360, "height": 780}, "device_scale_factor": 2}
SHOTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {  # name -> the link, the browser
    "page": ({"f": LOGISTIC, "by": "w", "where": POSITIVE}, DESKTOP),
    "page-empty": ({}, DESKTOP),
    "page-answer": ({"f": r"\lVert Xw - y \rVert_2^2", "by": "w", "tab": "answer"}, DESKTOP),
    "page-code": ({"f": LOGISTIC, "by": "w", "where": POSITIVE, "tab": "code"}, DESKTOP),
    "page-error": ({"f": r"y^\top K y + \log\det(K + s I)", "by": "s", "where": "s: scalar"}, DESKTOP),
    "page-dark": ({"f": LOGISTIC, "by": ["w", "w"], "where": POSITIVE}, {**DESKTOP, "color_scheme": "dark"}),
    "page-chinese": ({"f": r"-y^\top \log \mathrm{softmax}(Wx)", "by": "W"}, {**DESKTOP, "locale": "zh-CN"}),
    "page-mobile": ({"f": LOGISTIC, "by": "w", "where": POSITIVE}, PHONE),
}


def prepare(name: str, seen: Seen) -> None:
    """What is done before the picture is taken."""
    if name == "page-empty":
        seen.until("document.querySelector('.example')")
    elif name == "page-answer":
        seen.page.fill("#claim", r"(Xw - y)^\top X")
        seen.page.keyboard.press("Control+Enter")
        seen.until("document.querySelector('.verdict')")
    elif name == "page-error":
        seen.page.fill("#text", r"y^\top K y + \log\det(K + s)")
        seen.page.keyboard.press("Control+Enter")
        seen.until("document.activeElement.className === 'repair'")
    elif name == "page-code":
        seen.until("document.querySelector('#panel pre')")
    elif name in ("page", "page-dark", "page-chinese", "page-mobile"):
        seen.until("document.querySelector('.hint')")
        for _ in range(0 if name == "page-mobile" else 2):
            seen.page.keyboard.press("ArrowRight")
            seen.page.wait_for_timeout(150)
    seen.page.wait_for_timeout(1500)
    seen.page.evaluate("scrollTo(0, 0)")
    seen.page.wait_for_timeout(100)


def main(url: str) -> None:
    """All pictures."""
    with chromium() as browser:
        for name, (asked, options) in SHOTS.items():
            with page(browser, url, **options) as seen:
                seen.go(**asked)
                prepare(name, seen)
                seen.page.screenshot(path=IMAGES / f"{name}.png")
                print(name)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(sys.argv[1])
    else:
        with server() as (found, _):
            main(found)
