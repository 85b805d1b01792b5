"""The generator of tests/fuzz where functions, spectra and equations of matrices are: that it tells the truth, and that it finds nothing wrong in some seconds."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import scipy.linalg as sl

from fuzz.formulas import walk
from fuzz.generate import problem
from fuzz.jets import FLOAT, PRECISE, Field, Jet
from fuzz.matrices import MATRICES, PRIMARY
from fuzz.matrix_ways import MATRIX_WAYS
from fuzz.run import Options, run
from gradproof.ops import TABLE
from gradproof.ops.operation import Reserved
from gradproof.ops.reductions import REDUCTIONS

RNG = np.random.default_rng(0)
A, B, E, F = RNG.normal(size=(4, 3, 3)) * 0.4
X = 2 * A @ A.T + np.diag([1.0, 2, 4]) + 0.05 * B
NUMBERED = ("eigval", "eigvec", "eigproj", "eigres", "singval", "uv", "topuv", "kyfan")
MORE = {  # the arguments beside the first
    **{name: [np.array([[2]])] for name in NUMBERED},
    **{f"d{name}": [B, B.T] for name in PRIMARY},
    "powm": [np.array([[1.3]])], "dpowm": [np.array([[1.3]]), B, B.T], "schatten": [np.array([[3]])],
    "sylv": [X + 1, B], "lyap": [B], "dlyap": [B],
}  # fmt: skip
VALUES = {
    "expm": sl.expm, "logm": sl.logm, "sqrtm": sl.sqrtm, "sinm": sl.sinm, "cosm": sl.cosm, "sinhm": sl.sinhm, "coshm": sl.coshm, "tanhm": sl.tanhm,
    "signm": sl.signm, "pinv": np.linalg.pinv, "polar": lambda x: sl.polar(x)[0], "nuclear": lambda x: np.linalg.norm(x, "nuc"),
    "specnorm": lambda x: np.linalg.norm(x, 2), "cond": np.linalg.cond, "lambdamax": lambda x: max(np.linalg.eigvals(x).real),
    "lambdamin": lambda x: min(np.linalg.eigvals(x).real), "chol": lambda x: np.linalg.cholesky((x + x.T) / 2), "tril": np.tril, "triu": np.triu,
    "powm": lambda x: sl.fractional_matrix_power(x, 1.3), "singval": lambda x: np.linalg.svd(x)[1][1], "kyfan": lambda x: sum(np.linalg.svd(x)[1][:2]),
    "schatten": lambda x: sum(np.linalg.svd(x)[1] ** 3) ** (1 / 3), "sylv": lambda x: sl.solve_sylvester(x, X + 1, B),
    "lyap": lambda x: sl.solve_continuous_lyapunov(x, B), "dlyap": lambda x: sl.solve_discrete_lyapunov(x, B),
    "dexpm": lambda x: sl.expm_frechet(np.kron(np.eye(2), x) + np.kron([[0, 1], [0, 0]], B.T), np.kron(np.eye(2), B))[1][:3, 3:],
}  # fmt: skip


def at(name: str, field: Field, x: np.ndarray, seeds: dict[int, np.ndarray] | None = None) -> dict[int, np.ndarray]:
    n = x.shape[0]  # of all matrices
    more = [Jet(field, {0: field.lift(a[:n, :n])}) for a in MORE.get(name, [])]
    return MATRICES[name][1](Jet(field, {0: x, **(seeds or {})}), *more).parts


def point(name: str) -> np.ndarray:
    return X / 10 if name == "dlyap" else X / 2


@pytest.mark.parametrize("name", sorted(VALUES))
def test_values_are_those_of_scipy(name):
    got = at(name, FLOAT, point(name))[0]
    np.testing.assert_allclose(np.squeeze(got), np.real(VALUES[name](point(name))), rtol=1e-11, atol=1e-12)


ALONG = {f"d{name}" for name in PRIMARY}


@pytest.mark.parametrize("name", sorted(set(MATRICES) - ALONG))
def test_mixed_derivatives_are_those_of_differences_in_50_digits(name):
    h = mpmath.mpf(2) ** -40
    base, one, two = (PRECISE.lift(a[:2, :2]) for a in (point(name), E, F))
    sides = [s * t * at(name, PRECISE, base + s * h * one + t * h * two)[0] for s in (1, -1) for t in (1, -1)]
    want = np.asarray(sum(sides) / (4 * h * h), float)
    seeds = {1: E[None, None, :2, :2], 2: F[None, None, :2, :2]}
    got = at(name, FLOAT, point(name)[:2, :2], seeds).get(3, np.zeros(1))
    np.testing.assert_allclose(np.squeeze(got), np.squeeze(want), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", sorted(PRIMARY))
def test_derivatives_along_directions_are_those_of_the_function(name):
    more = [Jet(FLOAT, {0: a}) for a in MORE.get(name, [])]
    x, seeds = X / 2, {1: B[None, None], 2: B.T[None, None]}
    want = MATRICES[name][1](Jet(FLOAT, {0: x, **seeds}), *more).parts[3]
    np.testing.assert_allclose(at(f"d{name}", FLOAT, x)[0], np.squeeze(want), rtol=1e-9, atol=1e-11)


def test_every_function_of_matrices_is_generated():
    seen = {n.op for p in (problem(s, None, MATRIX_WAYS) for s in range(3000)) if p for n in walk(p.formula)}
    kernels = {op.name for op in TABLE.values() if op.kernel and not isinstance(op.meaning, Reserved)}
    elsewhere = {op.name for op in REDUCTIONS} | {"inv", "det"}
    # riccati equations and lists of all eigenvalues: test_matrix_functions.py, test_spectra.py; powers by a whole number are written with ^
    elsewhere |= {"care", "dare", "eigvals", "eigvecs", "singvals", "integer_power", "dpow"}
    assert kernels - elsewhere == set(MATRICES) & kernels
    assert set(MATRICES) - {"eigvec", "maxvec", "topuv"} <= seen  # of these, derivatives alone have more


def test_some_seconds_of_random_problems_with_matrix_functions():
    report = run(60, seed=40_000, most=15, options=Options(shrink=False, matrices=True))
    assert not report.defects, "\n".join(report.defects)


@pytest.mark.long
@pytest.mark.parametrize("seed", [50_000, 60_000])
def test_more_random_problems_with_matrix_functions(seed):
    report = run(60, seed=seed, most=40, options=Options(shrink=False, matrices=True))
    assert not [d for d in report.defects if not d.startswith("SLOW")], "\n".join(report.defects)
