"""Functions of each entry. The derivative is written in x, the entry, and y, the value there."""

from __future__ import annotations

from fractions import Fraction

from gradproof.ops import series
from gradproof.ops.operation import Elementwise, Monomial, Operation, signatures

_EACH = signatures("*->*")


def _entry(name: str, derivative: str, numpy: str, doc: str, **more) -> Operation:
    return Operation(name, _EACH, Elementwise((derivative,)), doc, numpy=numpy, equivariant=True, **more)


ELEMENTWISE = (
    _entry("exp", "y", "np.exp(x)", "exponential function", series=series.exp, latex=r"\exp({0})", nonnegative=True),
    _entry(
        "log",
        "1./x",
        "np.log(x)",
        "natural logarithm",
        series=series.log,
        domain="x > 0",
        latex=r"\log({0})",
        aliases=("ln",),
    ),
    _entry("sin", "cos(x)", "np.sin(x)", "sine", series=series.sin, latex=r"\sin({0})"),
    _entry("cos", "-sin(x)", "np.cos(x)", "cosine", series=series.cos, latex=r"\cos({0})"),
    _entry("tan", "1 + y.^2", "np.tan(x)", "tangent", small="sin(x)./cos(x)", domain="cos(x) != 0", latex=r"\tan({0})"),
    _entry(
        "asin",
        "1./sqrt(1 - x.^2)",
        "np.arcsin(x)",
        "inverse sine",
        series=series.asin,
        domain="abs(x) < 1",
        latex=r"\arcsin({0})",
        aliases=("arcsin",),
    ),
    _entry(
        "acos",
        "-1./sqrt(1 - x.^2)",
        "np.arccos(x)",
        "inverse cosine",
        small="1.5707963267948966192 - asin(x)",
        domain="abs(x) < 1",
        latex=r"\arccos({0})",
        aliases=("arccos",),
    ),
    _entry(
        "atan",
        "1./(1 + x.^2)",
        "np.arctan(x)",
        "inverse tangent",
        series=series.atan,
        latex=r"\arctan({0})",
        aliases=("arctan",),
    ),
    _entry("sinh", "cosh(x)", "np.sinh(x)", "hyperbolic sine", small="(exp(x) - exp(-x))/2", latex=r"\sinh({0})"),
    _entry(
        "cosh",
        "sinh(x)",
        "np.cosh(x)",
        "hyperbolic cosine",
        small="(exp(x) + exp(-x))/2",
        latex=r"\cosh({0})",
        nonnegative=True,
    ),
    _entry("tanh", "1 - y.^2", "np.tanh(x)", "hyperbolic tangent", small="1 - 2./(exp(2*x) + 1)", latex=r"\tanh({0})"),
    _entry(
        "asinh",
        "1./sqrt(1 + x.^2)",
        "np.arcsinh(x)",
        "inverse hyperbolic sine",
        small="log(x + sqrt(1 + x.^2))",
        aliases=("arcsinh",),
    ),
    _entry(
        "acosh",
        "1./sqrt(x.^2 - 1)",
        "np.arccosh(x)",
        "inverse hyperbolic cosine",
        small="log(x + sqrt(x.^2 - 1))",
        domain="x > 1",
        aliases=("arccosh",),
    ),
    _entry(
        "atanh",
        "1./(1 - x.^2)",
        "np.arctanh(x)",
        "inverse hyperbolic tangent",
        small="log((1 + x)./(1 - x))/2",
        domain="abs(x) < 1",
        aliases=("arctanh",),
    ),
    _entry(
        "sigmoid",
        "y.*(1 - y)",
        "np.exp(np.where(np.real(x) > 0, 0, x)) / (1 + np.exp(np.where(np.real(x) > 0, -x, x)))",
        "logistic function 1/(1 + exp(-x))",
        small="1./(1 + exp(-x))",
        latex=r"\sigma({0})",
        unicode="σ({0})",
        nonnegative=True,
    ),
    _entry(
        "softplus",
        "sigmoid(x)",
        "np.where(np.real(x) > 0, x, 0) + np.log1p(np.exp(np.where(np.real(x) > 0, -x, x)))",
        "log(1 + exp(x))",
        small="log(1 + exp(x))",
        nonnegative=True,
    ),
    _entry(
        "abs",
        "sign(x)",
        "np.abs(x)",
        "absolute value",
        series=series.absolute,
        domain="x != 0",
        analytic=False,
        latex=r"\lvert {0} \rvert",
        unicode="|{0}|",
        nonnegative=True,
    ),
    _entry(
        "sign",
        "0*x",
        "np.sign(x)",
        "sign: -1, 0 or 1; its derivative is 0 wherever it has one",
        series=series.sign,
        domain="x != 0",
        analytic=False,
    ),
    _entry(
        "relu",
        "(1 + sign(x))/2",
        "np.maximum(x, 0)",
        "the positive part, max(x, 0)",
        series=series.positive_part,
        domain="x != 0",
        analytic=False,
        nonnegative=True,
    ),
    _entry(
        "erf",
        "1.1283791670955126*exp(-x.^2)",
        "np.vectorize(__import__('math').erf, otypes=[float])(x)",
        "error function; the constant is 2/sqrt(pi)",
        series=series.erf,
        analytic=False,
        source="Abramowitz & Stegun 7.1.19",
    ),
    Operation(
        "sqrt",
        _EACH,
        Monomial((Fraction(1, 2),)),
        "square root",
        numpy="np.sqrt(x)",
        domain="x > 0",
        equivariant=True,
        latex=r"\sqrt{{{0}}}",
        unicode="√({0})",
    ),
)
