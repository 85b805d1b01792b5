"""The models of examples/matrices.py reach the optima of other solvers, and their page shows their formulas."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the examples compare with scikit-learn")

pytestmark = pytest.mark.long
ROOT = Path(__file__).parents[1]
SPEC = importlib.util.spec_from_file_location("examples_matrices", ROOT / "examples" / "matrices.py")
assert SPEC is not None
assert SPEC.loader is not None
models = importlib.util.module_from_spec(SPEC)
sys.modules["examples_matrices"] = models
SPEC.loader.exec_module(models)


@pytest.mark.parametrize("make", models.MODELS, ids=lambda make: make.__name__)
@pytest.mark.filterwarnings("ignore")
def test_an_independent_solver_finds_the_same(make) -> None:
    page = (ROOT / "docs" / "examples" / "matrices.md").read_text("utf-8")
    for row in make():
        assert row.difference <= 1e-7
        assert f"| {row.title} | `{row.formula}` |" in page


def test_the_sparse_inverse_has_zeros() -> None:
    K = models.sparse_inverse()
    assert 0 < np.sum(K == 0) < K.size - 8 - 14
    assert np.all(np.diag(K, 1) != 0)
