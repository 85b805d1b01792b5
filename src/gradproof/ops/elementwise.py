"""Functions of each entry. The derivative is written in x, the entry, and y, the value there."""

from __future__ import annotations

from fractions import Fraction

from gradproof.facts import bounds
from gradproof.ops import domain, series, steady
from gradproof.ops.operation import (
    NONE,
    POWER,
    Code,
    Conjugation,
    Definition,
    Elementwise,
    Monomial,
    Operation,
    signatures,
)

_EACH = signatures("*->*")


# coefficients of the asymptotic series in 1/y, 1/y^3, … (even powers for digamma), from the Bernoulli numbers
STIRLING = ("1/12", "-1/360", "1/1260", "-1/1680", "1/1188", "-691/360360", "1/156")
DIGAMMA = ("-1/12", "1/120", "-1/252", "1/240", "-1/132", "691/32760", "-1/12")
TRIGAMMA = ("1/6", "-1/30", "1/42", "-1/30", "5/66", "-691/2730", "7/6")
LOG_2_PI = 1.8378770664093453


def _series(coefficients: tuple[str, ...], first: int) -> str:
    """A series in y by Horner's scheme: c0/y^first + c1/y^(first + 2) + …"""
    text = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        text = f"({c} + ({text}) / y**2)"
    return f"{text} / y**{first}"


def _shifted(function: str, after: str = "") -> str:
    """What the recurrence takes off between y and y - 10."""
    return f"sum({function}(y - k){after} for k in range(1, 11))"


def _lgamma(log: str) -> str:
    return f"(lambda y: (y - 0.5) * {log}(y) - y + {LOG_2_PI / 2!r} + {_series(STIRLING, 1)} - {_shifted(log)})(x + 10)"


def _digamma(log: str) -> str:
    return f"(lambda y: {log}(y) - 0.5 / y + {_series(DIGAMMA, 2)} - {_shifted('1 / ')})(x + 10)"


_TRIGAMMA = f"(lambda y: 1 / y + 0.5 / y**2 + {_series(TRIGAMMA, 3)} + {_shifted('1 / ', '**2')})(x + 10)"


def _entry(name: str, derivative: str, numpy: str, doc: str, **more) -> Operation:
    return Operation(name, _EACH, Elementwise((derivative,)), doc, numpy=numpy, equivariant=True, **more)


def _alike(name: str, jax: str = "") -> Code:
    """A function that every target has under this name, but for JAX where that is given."""
    return Code(
        jax=jax or f"jnp.{name}(x)",
        torch=f"torch.{name}(x)",
        array_api=f"xp.{name}(x)",
        julia=f"{name}@(x)",
        matlab=f"{name}(x)",
    )


ELEMENTWISE = (
    _entry(
        "exp",
        "y",
        "np.exp(x)",
        "exponential function",
        series=series.exp,
        undone="log(X)",
        latex=r"\exp({0})",
        bounds=bounds.POSITIVE,
        rises_from=Fraction(1),
        code=_alike("exp"),
        steady=steady.exp,
    ),
    _entry(
        "log",
        "1./x",
        "np.log(x)",
        "natural logarithm",
        series=series.log,
        undone="exp(X)",
        domain=domain.POSITIVE,
        latex=r"\log({0})",
        aliases=("ln",),
        code=_alike("log"),
    ),
    _entry(
        "sin",
        "cos(x)",
        "np.sin(x)",
        "sine",
        series=series.sin,
        latex=r"\sin({0})",
        bounds=bounds.BETWEEN,
        code=_alike("sin"),
    ),
    _entry(
        "cos",
        "-sin(x)",
        "np.cos(x)",
        "cosine",
        series=series.cos,
        latex=r"\cos({0})",
        bounds=bounds.BETWEEN,
        code=_alike("cos"),
    ),
    _entry(
        "tan",
        "1 + y.^2",
        "np.tan(x)",
        "tangent",
        small="sin(x)./cos(x)",
        domain=domain.COSINE_NONZERO,
        latex=r"\tan({0})",
        code=_alike("tan"),
    ),
    _entry(
        "asin",
        "1./sqrt(1 - x.^2)",
        "np.arcsin(x)",
        "inverse sine",
        series=series.asin,
        domain=domain.BELOW_ONE,
        latex=r"\arcsin({0})",
        aliases=("arcsin",),
        code=_alike("asin", jax="jnp.arcsin(x)"),
    ),
    _entry(
        "acos",
        "-1./sqrt(1 - x.^2)",
        "np.arccos(x)",
        "inverse cosine",
        small="1.5707963267948966192 - asin(x)",
        domain=domain.BELOW_ONE,
        latex=r"\arccos({0})",
        aliases=("arccos",),
        code=_alike("acos", jax="jnp.arccos(x)"),
    ),
    _entry(
        "atan",
        "1./(1 + x.^2)",
        "np.arctan(x)",
        "inverse tangent",
        series=series.atan,
        latex=r"\arctan({0})",
        aliases=("arctan",),
        rises_from=Fraction(0),
        code=_alike("atan", jax="jnp.arctan(x)"),
    ),
    _entry(
        "sinh",
        "cosh(x)",
        "np.sinh(x)",
        "hyperbolic sine",
        small="(exp(x) - exp(-x))/2",
        undone="asinh(X)",
        latex=r"\sinh({0})",
        rises_from=Fraction(0),
        code=_alike("sinh"),
    ),
    _entry(
        "cosh",
        "sinh(x)",
        "np.cosh(x)",
        "hyperbolic cosine",
        small="(exp(x) + exp(-x))/2",
        latex=r"\cosh({0})",
        bounds=bounds.Bounds(Fraction(1)),
        code=_alike("cosh"),
        steady=steady.cosh,
    ),
    _entry(
        "tanh",
        "1 - y.^2",
        "np.tanh(x)",
        "hyperbolic tangent",
        small="1 - 2./(exp(2*x) + 1)",
        undone="atanh(X)",
        latex=r"\tanh({0})",
        bounds=bounds.BETWEEN,
        rises_from=Fraction(0),
        code=_alike("tanh"),
    ),
    _entry(
        "asinh",
        "1./sqrt(1 + x.^2)",
        "np.arcsinh(x)",
        "inverse hyperbolic sine",
        undone="sinh(X)",
        small="log(x + sqrt(1 + x.^2))",
        aliases=("arcsinh",),
        rises_from=Fraction(0),
        code=_alike("asinh", jax="jnp.arcsinh(x)"),
    ),
    _entry(
        "acosh",
        "1./sqrt(x.^2 - 1)",
        "np.arccosh(x)",
        "inverse hyperbolic cosine",
        undone="cosh(X)",
        small="log(x + sqrt(x.^2 - 1))",
        of_complex=False,
        domain=domain.ABOVE_ONE,
        aliases=("arccosh",),
        code=_alike("acosh", jax="jnp.arccosh(x)"),
    ),
    _entry(
        "atanh",
        "1./(1 - x.^2)",
        "np.arctanh(x)",
        "inverse hyperbolic tangent",
        undone="tanh(X)",
        small="log((1 + x)./(1 - x))/2",
        domain=domain.BELOW_ONE,
        aliases=("arctanh",),
        code=_alike("atanh", jax="jnp.arctanh(x)"),
    ),
    _entry(
        "sigmoid",
        "y.*(1 - y)",
        "np.exp(np.where(np.real(x) > 0, 0, x)) / (1 + np.exp(np.where(np.real(x) > 0, -x, x)))",
        "logistic function 1/(1 + exp(-x))",
        small="1./(1 + exp(-x))",
        undone="log(X./(1 - X))",
        of_matrix="inv(eye(n) + expm(-X))",
        latex=r"\sigma({0})",
        unicode="σ({0})",
        bounds=bounds.Bounds(Fraction(0), Fraction(1), True),
        rises_from=Fraction(1, 2),
        code=Code(
            numpy="np.exp(-np.logaddexp(0, -x))",
            scipy="expit(x)",
            jax="jax.nn.sigmoid(x)",
            torch="torch.sigmoid(x)",
            array_api="xp.exp(xp.where(x < 0, x, 0 * x) - xp.log1p(xp.exp(-xp.abs(x))))",
            julia="sigmoid@(x)",
            matlab="1 ./ (1 + exp(-(x)))",
        ),
        spelled_out=True,
        steady=steady.sigmoid,
        aliases=("expit",),
    ),
    _entry(
        "softplus",
        "sigmoid(x)",
        "np.where(np.real(x) > 0, x, 0) + np.log1p(np.exp(np.where(np.real(x) > 0, -x, x)))",
        "log(1 + exp(x))",
        undone="log(exp(X) - 1)",
        of_matrix="logm(eye(n) + expm(X))",
        small="log(1 + exp(x))",
        bounds=bounds.POSITIVE,
        code=Code(
            numpy="np.logaddexp(0, x)",
            jax="jax.nn.softplus(x)",
            torch="torch.logaddexp(torch.zeros_like(x), x)",
            array_api="xp.where(x > 0, x, 0 * x) + xp.log1p(xp.exp(-xp.abs(x)))",
            julia="softplus@(x)",
            matlab="max(x, 0) + log1p(exp(-abs(x)))",
        ),
        spelled_out=True,
        steady=steady.softplus,
    ),
    _entry(
        "abs",
        "sign(x)",
        "np.abs(x)",
        "absolute value",
        of_matrix="X*signm(X)",
        convexity=("convex",),
        degree=1,
        series=series.absolute,
        domain=domain.NONZERO,
        analytic=False,
        latex=r"\lvert {0} \rvert",
        unicode="|{0}|",
        bounds=bounds.NONNEGATIVE,
        code=_alike("abs"),
        aliases=("absolute", "fabs"),
    ),
    _entry(
        "sign",
        "0*x",
        "np.sign(x)",
        "sign: -1, 0 or 1; its derivative is 0 wherever it has one",
        series=series.sign,
        domain=domain.NONZERO,
        analytic=False,
        bounds=bounds.BETWEEN,
        code=_alike("sign"),
    ),
    _entry(
        "relu",
        "(1 + sign(x))/2",
        "np.maximum(x, 0)",
        "the positive part, max(x, 0)",
        of_matrix="(X + X*signm(X))/2",
        convexity=("convex", "rises"),
        degree=1,
        series=series.positive_part,
        domain=domain.NONZERO,
        analytic=False,
        bounds=bounds.NONNEGATIVE,
        code=Code(
            jax="jnp.maximum(x, 0)",
            torch="torch.relu(x)",
            array_api="xp.where(x > 0, x, 0 * x)",
            julia="max@(x, 0)",
            matlab="max(x, 0)",
        ),
    ),
    _entry(
        "erf",
        "2*exp(-x.^2)/sqrt(pi)",
        "np.vectorize(__import__('math').erf, otypes=[np.asarray(x).dtype])(x)",
        "error function",
        rises_from=Fraction(0),
        code=Code(
            scipy="erf(x)",
            jax="jax.scipy.special.erf(x)",
            torch="torch.erf(x)",
            julia="SpecialFunctions.erf@(x)",
            matlab="erf(x)",
        ),
        series=series.erf,
        analytic=False,
        source="Abramowitz & Stegun 7.1.19",
        bounds=bounds.BETWEEN,
    ),
    _entry(
        "erfc",
        "-2*exp(-x.^2)/sqrt(pi)",
        "np.vectorize(__import__('math').erfc, otypes=[np.asarray(x).dtype])(x)",
        "complementary error function, 1 - erf(x)",
        small="1 - erf(x)",
        analytic=False,
        source="Abramowitz & Stegun 7.1.2",
        log_concave=True,
        bounds=bounds.Bounds(Fraction(0), Fraction(2)),
        code=Code(
            scipy="erfc(x)",
            jax="jax.scipy.special.erfc(x)",
            torch="torch.erfc(x)",
            julia="SpecialFunctions.erfc@(x)",
            matlab="erfc(x)",
        ),
    ),
    Operation(
        "gelu",
        _EACH,
        Definition("X.*(1 + erf(X/sqrt(2)))/2"),
        "Gaussian error linear unit, x times the probability that a normal variable is at most x",
        source="Hendrycks & Gimpel (2016)",
        analytic=False,
        equivariant=True,
    ),
    _entry(
        "lgamma",
        "digamma(x)",
        _lgamma("np.log"),
        "logarithm of the gamma function",
        series=series.lgamma,
        rounded=True,
        domain=domain.POSITIVE,
        source="Abramowitz & Stegun 6.1.41, with 6.1.15",
        latex=r"\log\Gamma({0})",
        unicode="log Γ({0})",
        binds=POWER,
        aliases=("gammaln", "loggamma"),
        code=Code(
            scipy="gammaln(x)",
            jax="jax.scipy.special.gammaln(x)",
            torch="torch.lgamma(x)",
            array_api=_lgamma("xp.log"),
            julia="SpecialFunctions.loggamma@(x)",
            matlab="gammaln(x)",
        ),
    ),
    _entry(
        "digamma",
        "trigamma(x)",
        _digamma("np.log"),
        "derivative of the logarithm of the gamma function",
        series=series.digamma,
        rounded=True,
        domain=domain.POSITIVE,
        source="Abramowitz & Stegun 6.3.18, with 6.3.5",
        convexity=("concave", "rises"),
        code=Code(
            scipy="psi(x)",
            jax="jax.scipy.special.digamma(x)",
            torch="torch.digamma(x)",
            array_api=_digamma("xp.log"),
            julia="SpecialFunctions.digamma@(x)",
            matlab="psi(x)",
        ),
    ),
    _entry(
        "trigamma",
        NONE,
        _TRIGAMMA,
        "second derivative of the logarithm of the gamma function; its own derivative is not supported",
        series=series.trigamma,
        rounded=True,
        domain=domain.POSITIVE,
        convexity=("convex", "falls"),
        bounds=bounds.POSITIVE,
        source="Abramowitz & Stegun 6.4.12, with 6.4.6",
        code=Code(
            scipy="zeta(2.0, x)",
            jax="jax.scipy.special.polygamma(1, x)",
            torch=_TRIGAMMA,  # torch.polygamma has nine digits
            array_api=_TRIGAMMA,
            julia="SpecialFunctions.trigamma@(x)",
            matlab="psi(1, x)",
        ),
    ),
    Operation(
        "conj",
        _EACH,
        Conjugation("conj"),
        "complex conjugate of each entry",
        analytic=False,
        numpy="np.conj(x)",
        small="x",
        equivariant=True,
        latex=r"\overline{{{0}}}",
        code=Code(jax="jnp.conj(x)", torch="torch.conj(x)", array_api="xp.conj(x)", julia="conj@(x)", matlab="conj(x)"),
    ),
    Operation(
        "re",
        _EACH,
        Conjugation("re"),
        "real part of each entry",
        analytic=False,
        numpy="np.real(x)",
        small="x",
        equivariant=True,
        latex=r"\operatorname{{Re}}({0})",
        unicode="Re({0})",
        code=Code(jax="jnp.real(x)", torch="torch.real(x)", array_api="xp.real(x)", julia="real@(x)", matlab="real(x)"),
    ),
    Operation(
        "im",
        _EACH,
        Conjugation("im"),
        "imaginary part of each entry",
        analytic=False,
        numpy="np.imag(x)",
        small="0*x",
        equivariant=True,
        latex=r"\operatorname{{Im}}({0})",
        unicode="Im({0})",
        code=Code(jax="jnp.imag(x)", torch="torch.imag(x)", array_api="xp.imag(x)", julia="imag@(x)", matlab="imag(x)"),
    ),
    Operation(
        "sqrt",
        _EACH,
        Monomial((Fraction(1, 2),)),
        "square root",
        numpy="np.sqrt(x)",
        domain=domain.POSITIVE,
        bounds=bounds.NONNEGATIVE,
        equivariant=True,
        latex=r"\sqrt{{{0}}}",
        unicode="√({0})",
        code=_alike("sqrt"),
    ),
)
