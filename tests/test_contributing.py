"""CONTRIBUTING's table, tried as a stranger would: what is added to a copy of the source is one entry in the place that the table names, and all else finds it.

Expected values are written down here by hand.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gradproof.records import dataclass

ROOT = Path(__file__).parents[1]
PACKAGE = "src/gradproof/"
TABLE = re.findall(r"^\| (?!to add|---)(.+?) \| (.+?) \|$", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE)
PLACES = re.compile(r"`((?:src|tests|docs|tools)/[\w./-]+|[\w-]+(?:/[\w.-]+)+/?)`")


@dataclass(frozen=True)
class Trial:
    """What is added: a text before, or instead of, another in a file, or a new file; and a program that fails where it is not found."""

    what: str  # the row of CONTRIBUTING's table
    file: str
    before: str  # "" for a new file
    text: str
    program: str


FUNCTION = """    entry(
        "softsign",
        "1./(1 + abs(x)).^2",
        "x / (1 + np.abs(x))",
        "x / (1 + abs(x))",
        small="x./(1 + abs(x))",
        domain=domain.NONZERO,
        analytic=False,
        code=Code(
            jax="x / (1 + jnp.abs(x))",
            torch="x / (1 + torch.abs(x))",
            array_api="x / (1 + xp.abs(x))",
            julia="x @/ (1 @+ abs@(x))",
            matlab="x ./ (1 + abs(x))",
        ),
    ),
"""
ENTRYWISE = """
import gradproof as gp, numpy as np
d = gp.derive("sum(softsign(x))", "x")
assert d.verify().ok
x = np.array([1.0, -3.0])
assert np.allclose(d.evaluate(x=x), [0.25, 0.0625])
assert np.allclose(d.compile("numpy")(x=x), [0.25, 0.0625])
assert all("abs" in d.compile(target).source for target in ("jax", "torch", "array-api", "cupy", "julia", "matlab"))
assert d.derivation().summary.ok
assert gp.derive(r"\\operatorname{softsign}(x)", "x", "x: scalar", notation="latex").verify().ok
assert gp.check("sum(softsign(x))", "x", "1./(1 + abs(x)).^2").verdict == "right"
"""
LINALG = """    Operation(
        "hermite",
        signatures("ii->ii"),
        Definition("X*X - eye(n)"),
        "the second Hermite polynomial of a matrix",
        equivariant=True,
    ),
"""
MATRIX = """
import gradproof as gp, numpy as np
d = gp.derive("tr(B*hermite(X))", "X")
assert d.verify().ok and d.derivation().summary.ok
X, B = np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([[0.0, 1.0], [3.0, 0.0]])
assert np.allclose(d.evaluate(X=X, B=B), (X @ B + B @ X).T)
assert np.allclose(d.compile("numpy")(**{n: {"X": X, "B": B}[n] for n in d.symbols}), (X @ B + B @ X).T)
"""
FACT = """    Fact(
        "centred",
        say("with entries that sum to 0"),
        on="vector",
        ties=True,
        make="x - np.mean(x)",
        holds="np.abs(np.sum(x)) <= t * len(x)",
        keeps=_LINEAR,
        equation="sum(X)",
    ),
"""
CENTRED = """
import gradproof as gp, numpy as np
d = gp.derive("norm2(x - b)^2", "x", "x: vector n centred")
assert d.verify().ok
assert "sum to 0" in d.derivation().text()
try:
    d.compile("numpy")(x=np.array([1.0, 1.0]), b=np.zeros(2))
except gp.DomainError as error:
    assert "centred" in str(error)
else:
    raise AssertionError("an array that has it not")
found = gp.minimize("norm2(x - b)^2", "x", where="x: vector n centred")
assert found.solution is not None and str(found.kind) == "global-minimum"
x = found.solution["x"].evaluate(b=np.array([1.0, 2.0, 6.0]))
assert np.allclose(x, [-2, -1, 3]), x
"""
TARGET = '''"""Arrays of dpnp, which have CuPy's words."""

from __future__ import annotations

from gradproof.codegen.targets.cupy_target import CupySpelling
from gradproof.codegen.targets.target import PythonTarget


class DpnpSpelling(CupySpelling):
    """Writes nodes as expressions of dpnp."""

    imports = ("import dpnp as cp",)


TARGETS = (PythonTarget("dpnp", DpnpSpelling),)
'''
DPNP = """
import typing, gradproof as gp
from gradproof.cli.main import main
from gradproof import choices
assert "dpnp" in typing.get_args(choices.Target)
source = gp.derive("norm2(A*x - b)^2", "x").compile("dpnp").source
assert source.startswith("import dpnp as cp") and "return 2 * (A.T @ (A @ x - b))" in source, source
try:
    gp.derive("x'*x", "x").compile("numpi")
except gp.UnsupportedError as error:
    assert "dpnp" in str(error.hint)
"""
OPTION = """    Option(("--points",), say("at how many points the result is proven"), takes="N", read=int, default=3),
"""
POINTS = """
import contextlib, io
from gradproof.cli.main import main
text = io.StringIO()
with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
    main(["derive", "--help"])
assert "--points N" in text.getvalue() and "at how many points" in text.getvalue()
text = io.StringIO()
with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
    main(["completion", "bash"])
assert "--points" in text.getvalue()
"""
RULES = """
import gradproof as gp
assert gp.derive("c*erfc(0)", "c", "c: scalar").result.ascii == "1"
"""
SPANISH = """
import typing, subprocess, sys, os, gradproof as gp
from gradproof import choices
assert "es" in typing.get_args(choices.Language)
d = gp.derive("x'*A*x", "x")
assert d.derivation("es").text() == d.derivation("fr").text()
env = {**os.environ, "LC_ALL": "es_MX.UTF-8"}
told = subprocess.run([sys.executable, "-m", "gradproof", "derive", "A*q(", "--wrt", "A"], env=env, capture_output=True, text=True)
assert told.stderr.startswith("erreur"), told.stderr  # the texts are those of the French that was copied
assert gp.check("x'*x", "x", "x").text("es")
"""

TRIALS = (
    Trial("an entrywise function", "ops/elementwise.py", '    entry(\n        "erfc",', FUNCTION, ENTRYWISE),
    Trial("a function of a matrix or vector", "ops/linalg.py", '    Operation(\n        "adj",', LINALG, MATRIX),
    Trial("a simplification", "rules/__init__.py", "exp(0) -> 1\n", "erfc(0) -> 1\n", RULES),
    Trial("a fact that `where` declares", "facts/table.py", '    Fact(\n        "onehot",', FACT, CENTRED),
    Trial("a target language", "codegen/targets/dpnp_target.py", "", TARGET, DPNP),
    Trial("an option", "cli/derive.py", '    Option(("--no-verify",)', OPTION, POINTS),
)


def copied(to: Path) -> Path:
    """A copy of the source and of the tool that writes lists."""
    shutil.copytree(ROOT / "src", to / "src", ignore=shutil.ignore_patterns("__pycache__", "katex", "fonts"))
    (to / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "choices.py", to / "tools")
    return to


def ran(place: Path, *command: str) -> str:
    """What a program in the copy says. Fails where it fails."""
    env = {**os.environ, "PYTHONPATH": str(place / "src"), "LC_ALL": "C.UTF-8"}
    done = subprocess.run([sys.executable, *command], cwd=place, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def touched(what: str) -> list[str]:
    """The files that the table names for what is added."""
    (row,) = [places for name, places in TABLE if name == what]
    return PLACES.findall(row)


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.what.replace(" ", "-"))
def test_one_entry_is_all_that_a_stranger_adds(trial: Trial, tmp_path: Path) -> None:
    places = [p for p in touched(trial.what) if p.startswith(PACKAGE)]
    assert len(places) == 1, f"{trial.what}: {places}"
    assert (PACKAGE + trial.file).startswith(places[0])
    file = copied(tmp_path) / PACKAGE / trial.file
    if trial.before:
        text = file.read_text("utf-8")
        assert text.count(trial.before) == 1
        file.write_text(text.replace(trial.before, trial.text + trial.before), "utf-8")
    else:
        file.write_text(trial.text, "utf-8")
    ran(tmp_path, "tools/choices.py")
    ran(tmp_path, "-c", trial.program)


def test_a_language_is_one_folder(tmp_path: Path) -> None:
    assert touched("a language")[0] == PACKAGE + "languages/"
    folder = copied(tmp_path) / PACKAGE / "languages"
    shutil.copytree(folder / "fr", folder / "es", ignore=shutil.ignore_patterns("__pycache__"))
    record = folder / "es" / "__init__.py"
    record.write_text(record.read_text("utf-8").replace('"fr"', '"es"'), "utf-8")
    static = tmp_path / PACKAGE / "web" / "static"
    shutil.copy(static / "i18n" / "fr.js", static / "i18n" / "es.js")
    ran(tmp_path, "tools/choices.py")
    ran(tmp_path, "-c", SPANISH)
    listed = ("js/i18n.js", "js/first.js", "index.html")
    assert all(re.search(r"\bes\b", (static / name).read_text("utf-8")) for name in listed)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_every_place_that_the_table_names_is_there(row: tuple[str, str]) -> None:
    for place in PLACES.findall(row[1]):
        assert any((ROOT / start / place).exists() for start in ("", PACKAGE)), place
