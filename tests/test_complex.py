"""Complex variables: Wirtinger derivatives, gradients of real-valued functions, differentials; values from NumPy, by real and imaginary parts."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest
import scipy.linalg as sl

import gradproof as gp
from gradproof.engine import twins
from gradproof.notation.expr import call
from gradproof.numeric import ring
from gradproof.numeric.little import Algebra
from gradproof.numeric.small import ReadyFormula
from gradproof.ops import TABLE

W = "z: vector n complex; a: vector n complex; A: matrix n n complex; H: matrix n n hermitian; B: matrix m n complex; b: vector m complex; Z: matrix m n complex; s: scalar complex; e: scalar positive"
SIZES = {"n": 3, "m": 2}


def H(x):
    return np.conj(x).T


def point(seed: int = 1):
    rng = np.random.default_rng(seed)

    def draw(*shape):
        return rng.normal(size=shape) + 1j * rng.normal(size=shape)

    v = {
        "z": draw(3),
        "a": draw(3),
        "A": draw(3, 3),
        "H": draw(3, 3),
        "B": draw(2, 3),
        "b": draw(2),
        "Z": draw(2, 3),
        "s": complex(draw()),
        "e": 0.7,
    }
    v["H"] = v["H"] + H(v["H"])
    return v


VALUES = {
    "conj(z)'*A*z": lambda v: H(v["z"]) @ v["A"] @ v["z"],
    "norm2(B*z - b)^2": lambda v: np.linalg.norm(v["B"] @ v["z"] - v["b"]) ** 2,
    "norm2(z)": lambda v: np.linalg.norm(v["z"]),
    "abs(s)": lambda v: abs(v["s"]),
    "s^2*exp(conj(s))": lambda v: v["s"] ** 2 * np.exp(np.conj(v["s"])),
    "re(conj(a)'*z)": lambda v: np.real(H(v["a"]) @ v["z"]),
    "re(logdet(eye(m) + Z*conj(Z)'))": lambda v: np.log(np.linalg.det(np.eye(2) + v["Z"] @ H(v["Z"]))).real,
    "re((conj(z)'*H*z)/(conj(z)'*z))": lambda v: np.real((H(v["z"]) @ v["H"] @ v["z"]) / (H(v["z"]) @ v["z"])),
    "norm2(conj(Z)'*Z - eye(n))^2": lambda v: np.linalg.norm(H(v["Z"]) @ v["Z"] - np.eye(3)) ** 2,
    "det(Z*conj(Z)' + e*eye(m))": lambda v: np.linalg.det(v["Z"] @ H(v["Z"]) + v["e"] * np.eye(2)),
    "tr(A*inv(H + s*eye(n)))": lambda v: np.trace(v["A"] @ np.linalg.inv(v["H"] + v["s"] * np.eye(3))),
    "norm2(eye(n) - A*conj(Z)'*Z)^2": lambda v: np.linalg.norm(np.eye(3) - v["A"] @ H(v["Z"]) @ v["Z"]) ** 2,
    "norm2(H + z*a')^2": lambda v: np.linalg.norm(v["H"] + np.outer(v["z"], v["a"])) ** 2,
    "im(tr(A*conj(Z)'*Z))": lambda v: np.imag(np.trace(v["A"] @ H(v["Z"]) @ v["Z"])),
    "norm2(im(z) - re(a))^2": lambda v: np.linalg.norm(np.imag(v["z"]) - np.real(v["a"])) ** 2,
    "sum(exp(im(B*z)))": lambda v: np.sum(np.exp(np.imag(v["B"] @ v["z"]))),
    "abs(exp(iunit()*s) + e)^2": lambda v: abs(np.exp(1j * v["s"]) + v["e"]) ** 2,
    "re(s)*im(s)^2": lambda v: v["s"].real * v["s"].imag ** 2,
    "iunit()*conj(z)'*A*z": lambda v: 1j * (H(v["z"]) @ v["A"] @ v["z"]),
    "re(logdet(H*H + eye(n) + s*A))": lambda v: np.log(np.linalg.det(v["H"] @ v["H"] + np.eye(3) + v["s"] * v["A"])).real,
    "re(logdet(e*H*H + eye(n) + z*conj(z)'))": lambda v: np.log(np.linalg.det(v["e"] * v["H"] @ v["H"] + np.eye(3) + np.outer(v["z"], H(v["z"])))).real,
    "re(tr(expm(e*H + s*eye(n))))": lambda v: sl.expm(v["e"] * v["H"] + v["s"] * np.eye(3)).trace().real,
    "norm2(conj(eye(m) - Z*a*b'))^2": lambda v: np.linalg.norm(np.eye(2) - np.outer(v["Z"] @ v["a"], v["b"])) ** 2,
}  # fmt: skip
REAL = {k for k in VALUES if k.startswith(("re", "norm2", "abs"))}
CASES = [
    (text, name)
    for text in VALUES
    for name in ("z", "Z", "s")
    if any(v.name == name for v in gp.parse(text, where=W).variables)
]


def parts(value, v, name, h=1e-6):
    """The derivatives by the real and by the imaginary part of each entry."""
    x = np.asarray(v[name])
    found = []
    for step in (h, 1j * h):
        row = []
        for i in range(x.size):
            d = np.zeros(x.size, complex)
            d[i] = step
            d = d.reshape(x.shape)
            row.append((value({**v, name: x + d}) - value({**v, name: x - d})) / (2 * h))
        found.append(np.reshape(row, x.shape))
    return found


def used(text):
    names = {v.name for v in gp.parse(text, where=W).variables}
    return "; ".join(d for d in W.split("; ") if d.split(":")[0] in names)


@pytest.mark.parametrize(("text", "name"), CASES)
def test_wirtinger_derivatives(text, name):
    v, where = point(), used(text)
    by_re, by_im = parts(VALUES[text], v, name)
    mine = {k: x for k, x in v.items() if f"{k}:" in where}
    for wrt, want in ((name, (by_re - 1j * by_im) / 2), (f"conj({name})", (by_re + 1j * by_im) / 2)):
        d = gp.derive(text, wrt=wrt, where=where)
        assert d.verified is True
        assert np.allclose(d.evaluate(mine), want, rtol=1e-5, atol=1e-6)
        assert np.allclose(d.result.evaluate(mine), want, rtol=1e-5, atol=1e-6)
        for notation in ("ascii", "latex"):
            read = gp.parse(getattr(d.result, notation), where=where, notation=notation)
            assert np.allclose(read.evaluate(mine), d.result.evaluate(mine))
        assert d.derivation().text()
        if "im(" not in text and "iunit" not in text:  # what is not judged
            assert gp.check(text, wrt=wrt, claim=d.result.ascii, where=where).verdict == "right"


@pytest.mark.parametrize(("text", "name"), [c for c in CASES if c[0] in REAL])
def test_gradients_of_real_valued_functions(text, name):
    v, where = point(), used(text)
    by_re, by_im = parts(VALUES[text], v, name)
    mine = {k: x for k, x in v.items() if f"{k}:" in where}
    assert np.allclose(gp.gradient(text, wrt=name, where=where).evaluate(mine), by_re + 1j * by_im, atol=1e-6)
    assert np.allclose(gp.derive(text, wrt=f"re({name})", where=where).evaluate(mine), by_re, atol=1e-6)
    assert np.allclose(gp.derive(text, wrt=f"im({name})", where=where).evaluate(mine), by_im, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("conj(z)'*H*z", "2*H*z"),
        ("norm2(B*z - b)^2", "2*conj(B)'*(B*z - b)"),
        ("norm2(z)", "z/norm2(z)"),
        ("abs(s)", "s/abs(s)"),
        ("re(logdet(eye(m) + Z*conj(Z)'))", "2*inv(eye(m) + Z*conj(Z)')*Z"),
    ],
)
def test_gradients_look_as_in_books(text, printed):
    name = next(n for n in ("z", "Z", "s") if n in {v.name for v in gp.parse(text, where=W).variables})
    assert gp.gradient(text, wrt=name, where=used(text)).result.ascii == printed


def test_the_gradient_by_a_hermitian_matrix_looks_as_in_books():
    where = "B: matrix m n complex; H: matrix n n hermitian posdef; R: matrix m m hermitian posdef"
    d = gp.gradient("re(logdet(R + B*H*conj(B)'))", wrt="H", where=where)
    assert d.result.ascii == "conj(B)'*inv(R + B*H*conj(B)')*B"


def test_a_derivative_by_the_real_part_of_what_is_not_real():
    d = gp.derive("s^2*exp(s)", wrt="re(s)", where="s: scalar complex")
    s = 0.3 + 0.9j
    assert np.isclose(d.evaluate(s=s), (2 * s + s**2) * np.exp(s))
    assert d.verified is True


def test_a_differential():
    e = gp.differential("conj(Z)'*A*Z", wrt="Z", where="Z: matrix m n complex; A: matrix m m complex")
    assert e.ascii == "conj(Z)'*A*dZ + conj(dZ)'*A*Z"
    assert e.verified is True


def test_an_entrywise_norm_of_complex_arrays():
    assert gp.parse("norm2(z)", where="z: vector n complex").evaluate(z=[3j, 4]) == 5


@pytest.mark.parametrize(
    ("text", "wrt", "where", "said"),
    [
        ("conj(x)'*x", "x", None, "not declared complex"),
        ("conj(x)'*x", "conj(x)", "x: vector n", "not declared complex"),
        ("relu(z)", "z", "z: vector n complex", "relu"),
        ("z'*A*z", "im(z)", "z: vector n complex; A: matrix n n complex", "real-valued"),
    ],
)
def test_what_is_refused(text, wrt, where, said):
    with pytest.raises(gp.UnsupportedError) as caught:
        gp.derive(text, wrt=wrt, where=where)
    assert said in str(caught.value)


def test_the_gradient_of_what_is_not_seen_to_be_real_is_refused():
    with pytest.raises(gp.UnsupportedError, match="not seen to be real"):
        gp.gradient("z'*A*z", wrt="z", where="z: vector n complex; A: matrix n n complex")


@pytest.mark.parametrize(
    ("latex", "where", "ascii"),
    [
        (r"\log\det(I + H Q H^H)", "H: matrix m n complex; Q: matrix n n hermitian", "logdet(eye(m) + H*Q*conj(H)')"),
        (r"z^{\mathsf H} A z", "z: vector n complex; A: matrix n n hermitian", "conj(z)'*A*z"),
        (r"\operatorname{Re}(a^H z)", "z: vector n complex; a: vector n complex", "re(conj(a)'*z)"),
        (r"\bar z z", "z: scalar complex", "conj(z)*z"),
        (r"\overline{A z}^\top z", "z: vector n complex; A: matrix n n complex", "conj(A*z)'*z"),
        (r"\bar x^\top x", None, "x_bar'*x"),
    ],
)
def test_conjugates_in_latex(latex, where, ascii):
    assert gp.parse(latex, where=where).ascii == ascii


BROKEN = {  # the conjugate of any square matrix taken for its transpose, as that of sums once was
    "tr(A*conj(A + H))": "H",
    "tr(A*conj(H + A)*H)": "A",
    "norm2(conj(eye(n) + A))^2": "A",
    "norm2(H + s*A)^2": "s",
    "re(logdet(H*H + eye(n) + s*A))": "s",
    "re(tr(A*(H + A)))": "conj(A)",
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_wrong_conjugate_is_refuted(text, monkeypatch):
    name = BROKEN[text].removeprefix("conj(").removesuffix(")")
    assert gp.derive(text, wrt=BROKEN[text], where=used(text)).verified is True
    monkeypatch.setattr(twins, "_turned", lambda a, b: not a.type.dims or a.type.square)
    with pytest.raises(gp.VerificationError):
        _ = gp.derive(text, wrt=BROKEN[text], where=used(text)).result
    with pytest.raises(gp.VerificationError):
        gp.differential(text, wrt=name, where=used(text))


@pytest.mark.parametrize(
    ("name", "wrong", "text"),
    [
        ("_absolute", lambda a, b: (a, b), "z'*z*abs(s)"),
        ("_norm", lambda a, b: (call("norm2", a), call("norm2", b)), "norm2(A*z)*s"),
        ("hermitian", lambda s: "complex" in s.facts and s.type.square, "conj(z)'*A*z*conj(tr(A))"),
        ("CONJ", TABLE["re"], "conj(z)'*A*z"),  # printed for the conjugate
    ],
)
def test_other_wrong_conjugates_are_refuted(name, wrong, text, monkeypatch):
    assert gp.derive(text, wrt="z", where=used(text)).verified is True
    monkeypatch.setattr(twins, name, wrong)
    monkeypatch.setattr(twins, "_OWN", {op: vars(twins)[f.__name__] for op, f in twins._OWN.items()})
    with pytest.raises(gp.VerificationError):
        _ = gp.derive(text, wrt="z", where=used(text)).result


@pytest.mark.parametrize(
    ("text", "wrt", "value"),
    [
        ("tr(kron(A, Z)'*kron(A, Z))", "A", lambda v: 2 * np.sum(v["Z"] ** 2) * v["A"]),
        ("s*tr(Z'*Z)", "s", lambda v: np.sum(v["Z"] ** 2)),
        ("sqrt(z'*z)", "z", lambda v: v["z"] / np.sqrt(np.sum(v["z"] ** 2))),
    ],
)
def test_a_sum_of_squares_is_no_length(text, wrt, value):
    v, where = point(), used(text)
    mine = {k: x for k, x in v.items() if f"{k}:" in where}
    d = gp.derive(text, wrt=wrt, where=where)
    assert d.verified is True
    assert "norm2" not in d.result.ascii
    assert "‖" not in d.derivation().text()
    assert np.allclose(d.result.evaluate(mine), value(v))


def test_where_no_complex_point_is_found_nothing_is_claimed():
    d = gp.derive("log(-abs(s)^2)*s", wrt="s", where="s: scalar complex")
    with pytest.warns(gp.UnverifiedWarning, match="no point was found"):
        assert d.verified is False


@pytest.mark.parametrize("kind", ["scalar", "matrix"])
def test_operations_have_the_same_complex_values_as_in_numpy(kind):
    """What the proof evaluates is what `evaluate` gives: of every operation of one argument that complex quantities have."""
    shape, declared = ((), "scalar complex") if kind == "scalar" else ((3, 3), "matrix n n complex")
    rng, seen = np.random.default_rng(5), 0
    x = (rng.normal(size=shape) + 1j * rng.normal(size=shape)) * 0.3 + (np.eye(3) if shape else 1)
    algebra = Algebra(ring.REAL)
    for op in TABLE.values():
        try:
            e = gp.parse(f"{op.name}(X)", where={"X": declared})
            twins.twins(e)
            want = np.asarray(e.evaluate(X=x)).ravel()
            values = {"X": algebra.constant(shape, np.ravel(x).tolist())}
            got = ReadyFormula(twins.by_definition(e)).run(algebra, values, {"n": 3})[-1].value
        except (gp.GradproofError, TypeError, ArithmeticError):
            continue
        assert np.allclose(got, want, rtol=1e-9), op.name
        seen += 1
    assert seen > 15, seen


WITH = "X: matrix m n complex; A: matrix m n complex; z: scalar complex"


@pytest.mark.parametrize(
    ("formula", "wrt", "rule", "claim"),
    [
        ("tr(X*conj(X)')", "re(X)", "real-part", "∂f/∂re(X) = 2 Re(X)"),
        ("tr(X*conj(X)')", "im(X)", "imaginary-part", "∂f/∂im(X) = 2 Im(X)"),
        ("tr(A*conj(X)')", "re(X)", "both-parts", "∂f/∂re(X) = A"),
        ("exp(z)*sin(z)", "re(z)", "both-parts", "∂f/∂re(z) = exp(z) (sin(z) + cos(z))"),
    ],
)
def test_derivations_by_real_and_imaginary_parts(formula: str, wrt: str, rule: str, claim: str) -> None:
    """The derivatives are those of The Matrix Cookbook, 226 to 245; d tr(X X^H) = 2 <re X, d re X> + 2 <im X, d im X>."""
    d = gp.derive(formula, wrt, WITH).derivation()
    assert d.root.rule == rule
    assert f"Result: {claim}" in d.text()
    for lang in ("zh", "fr"):
        assert gp.derive(formula, wrt, WITH).derivation(lang).text()


def test_the_derivation_of_a_complex_gradient_does_not_call_it_the_derivative_by_the_conjugate() -> None:
    d = gp.gradient("tr(X*conj(X)')", "X", WITH).derivation()
    assert "Result: ∇f = 2 X" in d.text()
    assert "∂f/∂conj(X) = X" in d.text()
    assert r"\nabla f = 2 X" in d.latex()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("im(tr(A*Z))", "-iunit*A'/2"),
        ("norm2(im(z) - b)^2", "-iunit*(im(z) - b)"),
        ("re(s)*im(s)", "-iunit*s/2"),
        ("norm2(iunit()*z)", "conj(z)/(2*norm2(z))"),
    ],
)
def test_imaginary_parts_within_a_formula(text, form):
    where = "A: matrix m n complex; Z: matrix n m complex; z: vector n complex; b: vector n; s: scalar complex"
    d = gp.derive(text, wrt=next(n for n in ("Z", "z", "s") if n in text), where=where)
    assert d.result.ascii == form
    assert d.verified is True
    for written in (d.result.ascii, d.result.unicode, d.result.latex):
        assert gp.parse(written, where=where).ascii == form


def test_the_imaginary_unit():
    assert gp.derive("exp(iunit()*t)", wrt="t", where="t: scalar").evaluate(t=0.3) == pytest.approx(1j * np.exp(0.3j))
    assert gp.derive("abs(exp(iunit*t))", wrt="t", where="t: scalar").result.ascii == "0"
    assert gp.derive("iunit*t", wrt="t", where="iunit: scalar; t: scalar").evaluate(iunit=2.0, t=1.0) == 2.0
    with pytest.raises(gp.UnsupportedError, match="imaginary unit"):
        gp.check("im(w)", wrt="w", claim="-iunit/2", where="w: scalar complex")


def test_the_sum_of_two_inner_products_that_are_conjugates() -> None:
    d = gp.derive(
        "w*(conj(u)'*z + conj(z)'*u)", "w", where={"w": "scalar", "u": "vector n complex", "z": "vector n complex"}
    )
    u, z = np.array([1 + 2j, -0.5j]), np.array([0.3 - 1j, 2 + 1j])
    np.testing.assert_allclose(d.evaluate(w=1.0, u=u, z=z), 2 * np.vdot(u, z).real)


def test_what_is_made_of_a_complex_claim_is_held_against_the_claim_as_it_was_given(monkeypatch) -> None:
    """A conversion that takes the conjugate of every claim is seen."""
    where = {"A": "matrix m n complex", "z": "vector n complex", "b": "vector m complex"}
    question = ("norm2(A*z - b)^2", "z", "A'*conj(A*z - b)", where)
    assert gp.check(*question).verdict == "right"
    points = importlib.import_module("gradproof.check.points")
    monkeypatch.setattr(points, "twins", lambda e, free: twins.twins(e, free)[::-1])
    with pytest.raises(gp.VerificationError, match="another formula"):
        gp.check(*question)


@pytest.mark.parametrize(
    ("formula", "slope"),
    [
        ("re((r + x)'*im(y))", lambda x, y, r: (r + x).real),
        ("re(x'*im(y))", lambda x, y, r: x.real),
        ("re(x'*im(y))^2", lambda x, y, r: 2 * (x.real @ y.imag) * x.real),
    ],
)
def test_the_imaginary_unit_is_not_its_own_conjugate(formula: str, slope: Any) -> None:
    """What im(y) = (y - conj(y))/(2i) is multiplied by, over 2i. i*x + i*conj(x) was printed as 2*re(i*x)."""
    rng = np.random.default_rng(0)
    x, y = (rng.normal(size=3) + 1j * rng.normal(size=3) for _ in range(2))
    r = rng.normal(size=3)
    where = "x: vector n complex; y: vector n complex" + ("; r: vector n" if "r +" in formula else "")
    result = gp.derive(formula, "y", where=where).result
    assert isinstance(result, gp.Expr)
    given = {"x": x, "y": y, "r": r}
    np.testing.assert_allclose(gp.parse(result.ascii, where=where).evaluate(given), -0.5j * slope(x, y, r), 1e-12)
