"""The static site: the same page with the engine in the browser; offline afterwards, no other host."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from browser import chromium, page
from gradproof.web import site as made

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not os.environ.get("GRADPROOF_BROWSER"), reason="drives Chromium for minutes: make test-page"),
]
PYODIDE = "pyodide@314.0.7"


class Files(http.server.SimpleHTTPRequestHandler):
    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript", ".wasm": "application/wasm"}  # noqa: RUF012  # fmt: skip

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built."""
    found = tmp_path_factory.mktemp("site")
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    packed = subprocess.run(
        ["npm", "pack", "--silent", PYODIDE], cwd=found, capture_output=True, text=True, check=False
    )
    if packed.returncode:
        pytest.skip(f"the registry of npm has no {PYODIDE} for us: {packed.stderr[-200:]}")
    shutil.unpack_archive(found / packed.stdout.split()[-1], found, "gztar")
    made.build(found / "site", found / "package")
    return found / "site"


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


def test_the_same_sources_give_the_same_site(folder: Path) -> None:
    assert made.source_archive() == (folder / "gradproof.zip").read_bytes()
    assert not any(p.suffix == ".map" for p in folder.rglob("*"))


def test_derive_steps_check_and_code_in_the_browser_and_offline(browser: Any, url: str) -> None:
    with page(browser, url) as seen:
        begun = time.monotonic()
        seen.page.goto(f"{url}/#f=norm2(A*x-b)^2&by=x")
        seen.until("document.querySelector('#more:not([hidden])')", 240)
        print(f"first answer after {time.monotonic() - begun:.1f} s")
        assert (
            seen.result() == "the derivative of f by x equals 2 times A transpose times the quantity A times x minus b"
        )
        assert "Agrees" in seen.page.inner_text("#result")
        seen.until("document.querySelector('.hint')", 240)
        seen.page.click('[data-key="all"]')
        seen.until("document.querySelectorAll('.steps li').length > 1")
        seen.page.click("#tab-answer")
        seen.page.fill("#claim", "A'*(A*x - b)")
        seen.page.keyboard.press("Control+Enter")
        seen.until("document.querySelector('.verdict')", 240)
        assert "Not yet" in seen.page.inner_text("#panel")
        seen.page.click("#tab-code")
        seen.until("document.querySelector('#panel pre')", 240)
        assert "def gradient" in seen.page.inner_text("#panel pre")
        assert not seen.axe()
        seen.until("navigator.serviceWorker.controller", 120)
        seen.page.context.set_offline(True)
        seen.page.goto("about:blank")
        seen.page.goto(f"{url}/#f=logdet(X)&by=X")
        seen.until("document.querySelector('#more:not([hidden])')", 240)
        assert seen.result() == "the derivative of f by X equals the inverse of X transpose"


def test_what_takes_too_long_ends(browser: Any, url: str) -> None:
    with page(browser, url) as seen:
        asked = {"f": "exp(x'*A*x)*sin(x'*B*x)*cos(x'*C*x)*tanh(x'*D*x)*log(x'*F*x)", "by": ["x"] * 4}
        seen.page.goto(f"{url}/#{urlencode(asked, doseq=True)}")
        seen.until("document.querySelector('#error:not([hidden])')", 100)
        assert "seconds" in seen.page.inner_text("#error")
        seen.page.fill("#text", "x'*x")
        seen.until("document.querySelector('#more:not([hidden])')", 240)
