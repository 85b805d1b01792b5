"""NumPy code of complex variables: value and derivative as NumPy's difference quotients have them, and nothing wrong is handed out."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
import scipy.linalg as sl

import gradproof as gp
from gradproof.errors import DomainError, ShapeError, UnsupportedError, VerificationError
from identities import SIZES, WORDS, drawn, truth

FUNCTIONS = ("logm", "sqrtm", "cosm")  # of complex matrices: code for NumPy alone
ENTRIES = [e for e in json.loads((Path(__file__).parent / "identities.json").read_text("utf-8")) if "complex" in e]
A = np.array([[1 + 1j, 2], [0.5, -1j], [1, 1]])
LEAST_SQUARES = ("norm2(A*z - b)^2", "z", "A: matrix m n complex; z: vector n complex; b: vector m complex")


def run(d: gp.Derivative, target: str, values: dict) -> tuple[np.ndarray, np.ndarray]:
    """Value and derivative by the code of a target, as NumPy has them."""
    if target == "jax":
        pytest.importorskip("jax").config.update("jax_enable_x64", True)
    if target == "torch":
        torch = pytest.importorskip("torch")
        values = {n: torch.as_tensor(v) for n, v in values.items()}
    value, derivative = d.compile(target=target, value=True)(values)
    return np.asarray(value), np.asarray(derivative)


ELSEWHERE = [e for e in ENTRIES if not any(f in e["expr"] for f in FUNCTIONS)]
CASES = (
    [(e, "numpy") for e in ENTRIES[::2]]
    + [(e, "torch") for e in ELSEWHERE[1::8]]
    + [(e, "jax") for e in ELSEWHERE[3::16]]
)


@pytest.mark.parametrize(("entry", "target"), CASES, ids=lambda x: x if isinstance(x, str) else x["id"])
def test_code_has_the_value_and_the_derivative(entry: dict, target: str) -> None:
    values = drawn(entry, np.random.default_rng(zlib.crc32(entry["id"].encode())))
    mode, (name,) = entry["complex"], entry["wrt"]
    derive = gp.gradient if mode == "gradient" else gp.derive
    d = derive(entry["expr"], f"conj({name})" if mode == "conj" else name, where=entry["where"])
    value, derivative = run(d, target, values)
    want = truth(entry, values)
    assert np.allclose(value, eval(entry["numpy"], {**WORDS, **SIZES, **values}))  # noqa: S307  (the list's own)
    assert np.shape(derivative) == np.shape(want)
    size = max(1.0, np.max(np.abs(want)))
    assert np.allclose(derivative, want, rtol=1e-6, atol=1e-7 * size)


MATRIX_FUNCTIONS = {
    "re(tr(A*expm(Z)))": lambda A, Z, b: np.trace(A @ sl.expm(Z)).real,
    "norm2(expm(Z)*b)^2": lambda A, Z, b: np.linalg.norm(sl.expm(Z) @ b) ** 2,
    "re(tr(A*logm(Z)))": lambda A, Z, b: np.trace(A @ sl.logm(Z)).real,
    "norm2(cosm(Z))^2": lambda A, Z, b: np.linalg.norm(sl.cosm(Z)) ** 2,
    "re(tr(A*powm(Z, 2/5)))": lambda A, Z, b: np.trace(A @ sl.fractional_matrix_power(Z, 0.4)).real,
    "im(conj(b)'*sqrtm(Z)*b)": lambda A, Z, b: (b.conj() @ sl.sqrtm(Z) @ b).imag,
}


@pytest.mark.parametrize("target", ["numpy", "numpy-only", "jax", "torch"])
@pytest.mark.parametrize("text", MATRIX_FUNCTIONS)
def test_functions_of_complex_matrices(text: str, target: str) -> None:
    if target in ("jax", "torch") and "expm" not in text:
        pytest.skip("a named gap")
    rng = np.random.default_rng(5)
    values = {n: rng.normal(size=s) + 1j * rng.normal(size=s) for n, s in (("A", (3, 3)), ("Z", (3, 3)), ("b", (3,)))}
    values["Z"] = 0.4 * values["Z"]
    d = gp.gradient(text, "Z", where="A: matrix n n complex; Z: matrix n n complex; b: vector n complex")
    _, found = run(d, target, {n: x for n, x in values.items() if n in text or n == "Z"})
    want, h = np.zeros((3, 3), complex), 1e-5
    for i, j in np.ndindex(3, 3):
        for unit in (1, 1j):
            step = np.zeros((3, 3), complex)
            step[i, j] = h * unit
            up, down = (MATRIX_FUNCTIONS[text](**{**values, "Z": values["Z"] + s * step}) for s in (1, -1))
            want[i, j] += unit * (up - down) / (2 * h)
    assert np.allclose(found, want, rtol=1e-6, atol=1e-6)


def test_code_is_what_a_person_writes() -> None:
    f = gp.gradient(*LEAST_SQUARES[:2], where=LEAST_SQUARES[2]).compile()
    assert "return 2 * (np.conj(A).T @ (A @ z - b))" in f.source
    assert f.names == ("A", "z", "b")
    z, b = np.array([1j, 2]), np.array([1, 1j, 0])
    assert np.allclose(f(A=A, z=z, b=b), 2 * A.conj().T @ (A @ z - b))


def test_arrays_that_do_not_fit_are_refused() -> None:
    f = gp.gradient(*LEAST_SQUARES[:2], where=LEAST_SQUARES[2]).compile()
    with pytest.raises(ShapeError):
        f(A=A, z=np.ones(3), b=np.ones(3))
    with pytest.raises(DomainError):
        f(A=A, z=np.ones(2))


def test_other_targets_and_forms_are_refused() -> None:
    d = gp.gradient(*LEAST_SQUARES[:2], where=LEAST_SQUARES[2])
    with pytest.raises(UnsupportedError, match="logm"):
        gp.gradient("norm2(logm(Z))^2", "Z", where="Z: matrix n n complex").compile(target="jax")
    for options in (
        {"target": "cupy"},
        {"target": "julia"},
        {"batch": ["z"]},
        {"compressed": True},
        {"autograd": True},
    ):
        with pytest.raises(UnsupportedError):
            d.compile(**options)


def test_wrong_code_is_not_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from gradproof.codegen import plainly

    monkeypatch.setitem(plainly.SIGNS, plainly.basic.SUB, "+")
    with pytest.raises(VerificationError, match="wrong"):
        gp.gradient(*LEAST_SQUARES[:2], where=LEAST_SQUARES[2]).compile()


def test_letters_of_functions_in_a_text_stay() -> None:
    rng = np.random.default_rng(4)
    A, x = (rng.normal(size=s) + 1j * rng.normal(size=s) for s in ((3, 2), 2))
    d = gp.derive("log(ones(m)'*exp(A*x))", "x", "A: matrix m n complex; x: vector n complex")
    value, slope = d.compile("numpy", value=True)(A=A, x=x)
    e = np.exp(A @ x)
    assert np.isclose(value, np.log(e.sum()))
    assert np.allclose(slope, A.T @ e / e.sum())


@pytest.mark.parametrize(
    ("text", "by"), [("B*A", "A"), ("exp(A*z)", "A"), ("conj(A)'", "A"), ("conj(z)'*A*z", "A"), ("A*z", "z")]
)
def test_arrays_of_more_axes_are_left_to_evaluate(text, by):
    """What is printed stacks their axes, and so would be other code than the array: it is refused by name, and not taken for a defect."""
    d = gp.derive(text, by, where="B: matrix n n; A: matrix n n complex; z: vector n complex")
    if d.order > 2:
        with pytest.raises(gp.UnsupportedError, match="complex"):
            d.compile()
    else:
        assert d.compile().source


def test_vectors_by_a_complex_number_are_rows() -> None:
    s, z = 0.7 + 0.4j, np.array([0.3 - 0.2j, -0.5 + 0.1j, 0.2j])
    where = "s: scalar complex; z: vector n complex"
    for wrt, wanted in ((["s"], z * np.exp(s * z)), (["s", "s"], z**2 * np.exp(s * z))):
        d = gp.derive("exp(s*z)", wrt, where=where)
        for found in (d.evaluate(s=s, z=z), d.compile()(s=s, z=z)):
            np.testing.assert_allclose(found, wanted[None], 1e-12)


@pytest.mark.parametrize(("target", "where"), [("numpy", " complex"), ("torch", " complex"), ("torch", "")])
@pytest.mark.parametrize("formula", ["tr(inv(X))", "det(X)^2"])
def test_a_singular_matrix_is_an_error_of_gradproof(formula: str, target: str, where: str) -> None:
    kind = complex if where else float
    X = np.zeros((2, 2), kind)
    f = gp.derive(formula, "X", where=f"X: matrix n n{where}").compile(target)
    with pytest.raises(gp.DomainError):
        f(X=X if target == "numpy" else pytest.importorskip("torch").as_tensor(X))
