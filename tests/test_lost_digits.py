"""Values whose digits floats lose: `evaluate` has them all, or warns. The truth is mpmath's, with 1,200 digits."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import mpmath
import numpy as np
import pytest

import gradproof as gp
from gradproof.errors import LostDigitsWarning

POINTS = (-800.0, -300.0, -40.0, -10.0, -1e-8, 1e-8, 0.7, 10.0, 40.0, 300.0, 800.0)
exp, log, sinh, cosh, tanh, sqrt = mpmath.exp, mpmath.log, mpmath.sinh, mpmath.cosh, mpmath.tanh, mpmath.sqrt


def sigmoid(x: mpmath.mpf) -> mpmath.mpf:
    return 1 / (1 + exp(-x))


FORMULAS: dict[str, Callable[[mpmath.mpf], mpmath.mpf]] = {
    "log(sinh(x)^2)": lambda x: log(sinh(x) ** 2),
    "log(1 + exp(x) + exp(2*x))": lambda x: log(1 + exp(x) + exp(2 * x)),
    "sqrt(1 + exp(x))/exp(x/2)": lambda x: sqrt(1 + exp(x)) / exp(x / 2),
    "1 - tanh(x)^2": lambda x: 1 - tanh(x) ** 2,
    "softplus(x)/x": lambda x: log(1 + exp(x)) / x,
    "1 - cosh(x)": lambda x: 1 - cosh(x),
    "exp(erf(x)/x)": lambda x: exp(mpmath.erf(x) / x),
    "1/(x*sinh(2*x))": lambda x: 1 / (x * sinh(2 * x)),
    "tanh(20 + exp(x/200))": lambda x: tanh(20 + exp(x / 200)),
    "sqrt(x^2 + 1) - x": lambda x: sqrt(x**2 + 1) - x,
    "(exp(x) - 1 - x)/x^2": lambda x: (exp(x) - 1 - x) / x**2,
    "sigmoid(x)^2 - sigmoid(2*x)": lambda x: sigmoid(x) ** 2 - sigmoid(2 * x),
}


def derivative(f: Callable[[mpmath.mpf], mpmath.mpf], x: float, order: int) -> float:
    """A central difference: its step is so small, and its digits so many, that nothing of either is left in a float."""
    with mpmath.workdps(1600):
        p, h = mpmath.mpf(x), mpmath.mpf(10) ** -450
        if order == 2:
            found = (f(p + h) - 2 * f(p) + f(p - h)) / h**2
        else:
            found = (f(p + h) - f(p - h)) / (2 * h) if order else f(p)
        return float(found)


@pytest.mark.parametrize("formula", FORMULAS)
def test_values_have_their_digits_everywhere(formula: str) -> None:
    d = [gp.derive(formula, ["x"] * k, where="x: scalar") for k in (1, 2)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # NumPy's, of infinity where the truth is larger than any float
        for x in POINTS:
            got = [d[0].expression.evaluate(x=x), d[0].evaluate(x=x), d[1].evaluate(x=x)]
            truth = [derivative(FORMULAS[formula], x, k) for k in range(3)]
            np.testing.assert_allclose(got, truth, 1e-8, 1e-290, err_msg=f"{x}")


@pytest.mark.parametrize(
    ("formula", "truth"),
    [
        ("sqrt(1 + x^2) - x", 5e-10),
        ("1/x - 1/(x + 1)", 1e-18),
        ("(x + 1)^3 - x^3 - 3*x^2", 3e9 + 1),
        ("det(x*eye(2) + M)", 1.0),
    ],
)
def test_terms_of_large_numbers_that_cancel(formula: str, truth: float) -> None:
    e = gp.parse(formula, where="x: scalar; M: matrix 2 2")
    given = {"x": 1e9 if "M" not in formula else 1e8, "M": np.array([[0.0, 1e8 + 1], [1e8 - 1, 0.0]])}
    assert e.evaluate(given) == pytest.approx(truth, rel=1e-8)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("p", [10.5, 20.0, 300.0])
def test_the_only_share_is_whole(p: float, order: int) -> None:
    """Of one entry, logsumexp(exp(P)) is exp(P), and so are all its derivatives."""
    d = gp.derive("logsumexp(exp(P))", ["P"] * order, where="P: matrix m n")
    np.testing.assert_allclose(d.evaluate(P=[[p]]).ravel(), float(exp(p)), 1e-12)


def test_a_matrix_that_is_nearly_singular() -> None:
    n = 10
    e = gp.parse("inv(exp(log(H)))", where="H: matrix n n")
    with mpmath.workdps(60):
        H = mpmath.matrix(n, n)
        for i in range(n):
            for j in range(n):
                H[i, j] = mpmath.mpf(float(1 / (i + j + 1)))
        truth = np.array((H**-1).tolist(), dtype=float)
    hilbert = np.array([[1 / (i + j + 1) for j in range(n)] for i in range(n)])
    np.testing.assert_allclose(e.evaluate(H=hilbert), truth, 1e-12)


def test_what_is_too_large_for_many_digits_warns() -> None:
    d = gp.derive("sum(sqrt(x.^2 + x) - x)", "x", where="x: vector n")
    e = gp.parse("sum(exp(x) - sinh(x) - cosh(x))", where="x: vector n")
    with pytest.warns(LostDigitsWarning, match="digits are lost"):
        e.evaluate(x=np.full(30_000, 40.0))
    ordinary = np.linspace(1.0, 3.0, 30_000)
    np.testing.assert_allclose(
        d.evaluate(x=ordinary), (2 * ordinary + 1) / (2 * np.sqrt(ordinary**2 + ordinary)) - 1, 1e-9
    )


def test_what_has_no_value_stays_so() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        assert np.isnan(gp.parse("log(x)", where="x: scalar").evaluate(x=-1.0))
        assert np.isinf(gp.parse("exp(x)", where="x: scalar").evaluate(x=800.0))
    assert np.all(np.isnan(gp.derive("norm2(x)", "x", where="x: vector n").evaluate(x=[0.0, 0.0])))


CODE = [  # the value, and its derivative, in the spelling that emitted code has
    "log(sinh(x)^2)",
    "log(1 + exp(x) + exp(2*x))",
    "log(2 + 3*exp(x) + cosh(x))",
    "exp(x)/(2 + 3*exp(x) + exp(2*x))",
    "1 - tanh(x)^2",
    "tanh(x)",
    "1/sinh(x)",
]
TRUTHS: dict[str, Callable[[mpmath.mpf], mpmath.mpf]] = {
    **FORMULAS,
    "log(2 + 3*exp(x) + cosh(x))": lambda x: log(2 + 3 * exp(x) + cosh(x)),
    "exp(x)/(2 + 3*exp(x) + exp(2*x))": lambda x: exp(x) / (2 + 3 * exp(x) + exp(2 * x)),
    "tanh(x)": tanh,
    "1/sinh(x)": lambda x: 1 / sinh(x),
}


@pytest.mark.parametrize("formula", CODE)
def test_code_has_a_stable_spelling(formula: str) -> None:
    f = gp.derive(formula, "x", where="x: scalar").compile("numpy-only", value=True)
    with np.errstate(over="ignore", under="ignore"):
        for x in POINTS:
            truth = [derivative(TRUTHS[formula], x, k) for k in range(2)]
            np.testing.assert_allclose(f(x=x), truth, 1e-7, 1e-290, err_msg=f"{x}")


def test_code_of_a_root_over_an_exponential() -> None:
    """Its derivative is the difference of two terms that are nearly equal: their digits, and not more, are what is left."""
    f = gp.derive("sqrt(1 + exp(x))/exp(x/2)", "x", where="x: scalar").compile(value=True)
    for x in POINTS:
        truth = [derivative(FORMULAS["sqrt(1 + exp(x))/exp(x/2)"], x, k) for k in range(2)]
        np.testing.assert_allclose(f(x=x), truth, 1e-12, 1e-12)


def test_an_argument_next_to_zero_takes_no_memory() -> None:
    """exp(-exp(23)) has four thousand million zeros before its first digit; as many digits were asked for."""
    from decimal import Decimal, localcontext

    from gradproof.exact.scalars import FUNCTIONS

    with localcontext() as context:
        context.prec, context.Emin = 60, -(10**12)
        for name in ("log1p", "expm1", "sin", "tan"):
            with pytest.raises(OverflowError):
                FUNCTIONS[name](Decimal("1e-4000000000"))


def test_a_long_product_is_computed_two_factors_at_a_time_with_all_digits() -> None:
    """Values of mpmath with 60 digits; in floats five of them are left, since exponentials of numbers near 200,000 cancel."""
    P = np.array([[0.75, 1.875], [1.875, 0.75]])
    d = gp.derive("logsumexp(c*P^14)", ["P", "c"], "P: matrix n n symmetric; c: scalar")
    want = [[983423.816442761, 983461.511293177], [983461.511293177, 983423.816442761]]
    np.testing.assert_allclose(d.evaluate(P=P, c=0.609375), want, rtol=1e-13)


@pytest.mark.parametrize(
    ("y", "power"),
    [
        ([1.5, 1.0, 1.001], 1200), ([1.5, 1.0, 1.001], 2500), ([8.0, 1.0], 400), ([1.72, 1.26], 20000), ([0.3, 0.2], 1e32), ([3.0, 2.0], 1e32),
        ([-3.0, -0.2], 2001), ([3.0, 1e-3], -400), ([1.3, 1.26, 0.9], 3000), ([2.0, 1.0, 0.5], 900.5),
    ],
)  # fmt: skip
def test_the_high_power_of_a_small_entry_beside_a_large_one(y: list[float], power: float) -> None:
    """1.0^1200 beside 1.5^1200 was 0; what NumPy computes entry by entry is what is meant."""
    values = np.array(y)
    text = f"{power:.1f}" if power < 1e6 else f"{power:.0f}"
    with np.errstate(all="ignore"):
        e, d = gp.parse(f"y.^({text})"), gp.derive(f"sum(y.^({text}))", "y")
        np.testing.assert_allclose(e.evaluate(y=values), values**power, rtol=1e-9)
        np.testing.assert_allclose(d.evaluate(y=values), power * values ** (power - 1.0), rtol=1e-9)
        weights = np.array([0.0, *np.ones(len(y) - 1)])
        if np.isfinite(values[0] ** power):
            found = gp.parse(f"w'*(y.^({text}))").evaluate(y=values, w=weights)
            np.testing.assert_allclose(found, weights @ values**power, rtol=1e-9)


@pytest.mark.parametrize(
    ("formula", "given", "truth"),
    [
        ("x[1]/sqrt(1 + x[1]^2)", [1e200, 1.0], 1.0),
        ("sum(x./sqrt(1 + x.^2))", [1e-300, 1e300], 1.0),
        ("(x[1] + x[2])^2 - x[1]^2 - x[2]^2", [1e-200, 1.0], 2e-200),
        ("(x[1] + x[2])^2 - x[1]^2 - x[2]^2", [0.5, 1e16], 1e16),
        ("hypot(x[1], x[2])", [1.0, 1e200], 1e200),
        ("sum(digamma(x))", [1e-14, 1.0], -1e14 - 2 * 0.5772156649015329),
        ("sum(trigamma(x))", [1e-14, 1.0], 1e28),
        ("sum(lgamma(x))", [1e-300, 1.0], 300 * float(mpmath.log(10))),
    ],
)
def test_what_overflows_underflows_or_stands_at_a_place(formula: str, given: list[float], truth: float) -> None:
    """A square that is infinite in floats makes a quotient 0, x + 10 has lost a small x: neither was seen in the value."""
    assert gp.parse(formula, where="x: vector 2").evaluate(x=given) == pytest.approx(truth, rel=1e-12)


def test_derivatives_at_large_entries_and_of_products() -> None:
    where = "x: vector 2"
    assert gp.derive("sqrt(1 + x'*x)", "x", where).evaluate(x=[1e-300, 1e300])[1] == pytest.approx(1.0)
    assert gp.derive("hypot(x[1], x[2])", "x", where).evaluate(x=[1.0, 1e200]) == pytest.approx([1e-200, 1.0])
    assert gp.hessian("prod(x)", "x", where).evaluate(x=[1e-200, 1.0]).tolist() == [[0.0, 1.0], [1.0, 0.0]]
    p, q = (float(mpmath.mpf(1) / (1 + mpmath.exp(40))), float(mpmath.exp(-81)))
    found = gp.hessian("log(exp(x[1]) + exp(x[2]) + 1)", "x", where).evaluate(x=[40.0, -41.0])
    np.testing.assert_allclose(found, [[p, -q], [-q, q]], 1e-12)


@pytest.mark.parametrize(
    ("formula", "x", "truth"),
    [
        ("huber(x)", 1e13, 1e13 - 0.5),
        ("huber(x)", -1e16, 1e16),
        ("gelu(x)", -12.0, float(-6 * mpmath.erfc(12 / mpmath.sqrt(2)))),
    ],
)
def test_a_function_that_stands_for_a_formula_has_its_digits(formula: str, x: float, truth: float) -> None:
    """huber(x) = (x^2 - relu(abs(x) - 1)^2)/2 was 0 at 1e16, where it is the whole formula."""
    assert gp.parse(formula, where="x: scalar").evaluate(x=x) == pytest.approx(truth, rel=1e-12)


def test_shares_of_entries_beyond_the_digits_of_floats() -> None:
    """By symmetry both derivatives are as large, and with all four entries equal or opposite, they are a half."""
    d = gp.derive("logsumexp([x; -x])", "x", "x: vector 2")
    assert d.evaluate(x=[-1e17, 1e17]).tolist() == [-0.5, 0.5]


def test_spectra_that_have_lost_their_digits_are_warned_of() -> None:
    """The spectral norm of x*x' is x'*x, its Hessian 2*eye(2): what floats give is of the size of 1e5. Nothing is said where they are right."""
    d = gp.hessian("specnorm(x*x')", "x", "x: vector 2", verify=False)
    with pytest.warns(LostDigitsWarning):
        d.evaluate(x=[300.0, -300.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_allclose(d.evaluate(x=[3.0, -3.0]), 2 * np.eye(2), atol=1e-9)
        for X in (np.eye(3), np.zeros((3, 3)), np.outer([1.0, 2.0, 3.0], [1.0, 1.0, 2.0])):
            for formula, truth in (
                ("nuclear(X)", np.linalg.norm(X, "nuc")),
                ("tr(pinv(X))", np.trace(np.linalg.pinv(X))),
            ):
                assert gp.parse(formula, where="X: matrix n n").evaluate(X=X) == pytest.approx(truth)


def test_a_value_beside_which_there_is_no_number_has_its_digits() -> None:
    """The determinant of A'*A is 1e-34, and noise in floats, of either sign: its logarithm was off by a third."""
    rng = np.random.default_rng(5)
    turns = [np.linalg.qr(rng.normal(size=(3, 3)))[0] for _ in range(2)]
    A = turns[0] @ np.diag([1.0, 10**-8.5, 1e-17]) @ turns[1].T
    with mpmath.workdps(60):
        truth = float(mpmath.log(mpmath.det(mpmath.matrix(A.tolist())) ** 2))
    assert gp.parse("logdet(A'*A)", where="A: matrix n n").evaluate(A=A) == pytest.approx(truth, rel=1e-12)
    assert gp.parse("sqrt(1 - x^2)", where="x: scalar").evaluate(x=1.0) == 0


# matrices of rank two, with two rows that are not zero up to a multiple: X'*X is singular, whatever the inverse of its rounded entries is
SHORT_OF_RANK = [
    [[-0.81010114, 0.0, -0.1605842], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [-0.93294062, 1.1204211, 0.0]],
    [[-0.5279755, 0.0, 0.25180094], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [-1.08949275, 0.78914922, 0.40888998]],
    [[0.0, 0.0, 0.0], [0.0, -0.24858073, 0.0], [0.84304257, 0.0, 0.47518364], [0.0, -0.75493228, 0.0]],
]


@pytest.mark.parametrize("rows", SHORT_OF_RANK, ids=range(len(SHORT_OF_RANK)))
@pytest.mark.parametrize("by", ["X", "c"])
def test_numbers_of_a_matrix_that_is_singular_but_for_rounding_are_warned_of(rows: list[list[float]], by: str) -> None:
    """There is no derivative: log det is minus infinity there. Where moved digits gave other noise of the same size, nothing was said."""
    d = gp.derive("logdet(X'*X + c*eye(n))", wrt=by, where="X: matrix m n; c: scalar")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            d.evaluate(X=np.array(rows), c=0.0)
        except gp.DomainError:
            return
    assert any(issubclass(w.category, LostDigitsWarning) for w in said)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("by", [None, "x"])
def test_exponentials_of_matrices_whose_rounding_decides_are_warned_of(seed: int, by: str | None) -> None:
    """tr exp(-x x') is n - 1 + exp(-x'x); at 1e10 the eigenvalues that are zero are ±1e4 after rounding: it was 0, inf or nan, and nothing was said."""
    x = 1e10 * np.random.default_rng(seed).normal(size=3)
    read = gp.parse("tr(expm(-x*x'))") if by is None else gp.derive("tr(expm(-x*x'))", wrt=by)
    with pytest.warns(LostDigitsWarning):
        read.evaluate(x=x)


@pytest.mark.parametrize("source", ["tr(expm(-x*x'))", "tr(expm(A))"])
def test_exponentials_that_have_their_digits_are_not_warned_of(source: str) -> None:
    values = {"x": np.array([30.0, 40.0])} if "x*x" in source else {"A": np.diag([-1e20, 0.0])}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isclose(gp.parse(source).evaluate(values), 1.0, rtol=1e-9)  # exp(-2500) and exp(-1e20) are 0
