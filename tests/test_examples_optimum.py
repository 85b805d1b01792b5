"""The twelve models of examples/optimum.py reach the optima of other solvers, and their page shows their formulas."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sklearn", reason="the examples compare with scikit-learn")

pytestmark = pytest.mark.long
ROOT = Path(__file__).parents[1]
SPEC = importlib.util.spec_from_file_location("examples_optimum", ROOT / "examples" / "optimum.py")
assert SPEC is not None
assert SPEC.loader is not None
models = importlib.util.module_from_spec(SPEC)
sys.modules["examples_optimum"] = models
SPEC.loader.exec_module(models)

every_model = pytest.mark.parametrize("make", models.MODELS, ids=lambda make: make.__name__)


@every_model
@pytest.mark.filterwarnings("ignore")
def test_an_independent_solver_finds_the_same(make) -> None:
    row = models.solved(make())
    assert row.difference <= 1e-7
    assert row.kind == ("stationary" if row.model.start else "global-minimum")


@every_model
def test_the_page_shows_the_formula(make) -> None:
    page = (ROOT / "docs" / "examples" / "optimum.md").read_text("utf-8")
    model = make()
    assert f"| {model.title} | `{model.formula}`" in page


def test_the_pictures_are_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "optimum.svg"
    ran = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "optimum_plot.py"), str(file)], check=False, capture_output=True
    )
    assert ran.returncode == 0, ran.stderr
    assert 10_000 < file.stat().st_size < 150_000
    assert "../images/optimum.svg" in (ROOT / "docs" / "examples" / "optimum.md").read_text("utf-8")
