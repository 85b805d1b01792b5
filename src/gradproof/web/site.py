"""The page as files for any static host, with the engine in the browser: `python -m gradproof.web.site site PYODIDE`."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from gradproof.service import encoded
from gradproof.web.gallery import examples
from gradproof.web.linked import page_files
from gradproof.web.rules import rules

HERE = Path(__file__).parent
PACKAGE = HERE.parent
PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
LARGE = ("pyodide/pyodide.asm.wasm", "pyodide/python_stdlib.zip", "gradproof.zip", "engine.gz")
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "worker-src 'self'; base-uri 'none'; form-action 'none'"
)
GUIDE = '<a class="plain" href="docs/index.html" data-t="guide">Guide</a>'  # the documentation lies beside the page only here
TIME = (2020, 1, 1, 0, 0, 0)  # of all files in the archive, so that the same sources give the same bytes


def source_archive() -> bytes:
    """The package as a zip, without what a browser has no use for."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(PACKAGE.rglob("*.py")):
            name = path.relative_to(PACKAGE.parent).as_posix()
            if not name.startswith("gradproof/cli/"):
                archive.writestr(zipfile.ZipInfo(name, TIME), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def build(site: Path, pyodide: Path) -> int:
    """Writes the site; gives its size in bytes. `pyodide`: the folder of the npm package."""
    shutil.rmtree(site, ignore_errors=True)
    shutil.copytree(HERE / "static", site)
    for name, data in page_files(HERE / "static").items():
        (site / name).write_bytes(data)
    (site / "pyodide").mkdir()
    for name in PYODIDE:
        shutil.copyfile(pyodide / name, site / "pyodide" / name)
    (site / "gradproof.zip").write_bytes(source_archive())
    _snapshot(site, pyodide)
    (site / "examples.json").write_bytes(encoded({"examples": examples()}))
    (site / "rules.json").write_bytes(encoded({"rules": rules()}))
    page = (site / "index.html").read_text("utf-8")
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    nav = '<nav aria-label="gradproof" id="nav">'
    page = page.replace('<meta name="viewport"', f'{policy}\n<meta name="viewport"').replace(nav, nav + GUIDE)
    page = page.replace('data-engine="server"', 'data-engine="browser"')
    (site / "index.html").write_text(page, "utf-8")
    large = [{"name": name, "size": (site / name).stat().st_size} for name in LARGE]
    (site / "files.json").write_text(json.dumps({"large": large}), "utf-8")
    _service_worker(site)
    return sum(p.stat().st_size for p in site.rglob("*") if p.is_file())


def _snapshot(site: Path, pyodide: Path) -> None:
    """The memory of a Python that has begun and answered: a visitor's needs neither start nor import anything."""
    made = ["node", HERE / "snapshot.mjs", pyodide.resolve(), site / "gradproof.zip", site / "engine.gz"]
    subprocess.run([str(part) for part in made], check=True)


def _service_worker(site: Path) -> None:
    """Which files it keeps, under a name that is theirs."""
    files = sorted(p.relative_to(site).as_posix() for p in site.rglob("*") if p.is_file() and "LICENSE" not in p.name)
    whole = hashlib.sha256(b"".join(f.encode() + (site / f).read_bytes() for f in files)).hexdigest()[:16]
    text = (HERE / "service_worker.js").read_text("utf-8").replace("VERSION", whole)
    kept = ", ".join(json.dumps(f) for f in ["./", *files])
    (site / "sw.js").write_text(text.replace("[/* FILES */]", f"[{kept}]"), "utf-8")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    print(f"{target}: {build(target, Path(sys.argv[2])) / 2**20:.1f} MiB")
