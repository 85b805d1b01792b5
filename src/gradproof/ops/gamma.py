"""The logarithm of the gamma function and its derivatives: far from zero by their asymptotic series, near it by the recurrence."""

from __future__ import annotations

from gradproof.facts import bounds
from gradproof.ops import domain, series
from gradproof.ops.entry import entry
from gradproof.ops.operation import NONE, POWER, Code

# coefficients of the asymptotic series in 1/y, 1/y^3, … (even powers for digamma), from the Bernoulli numbers
STIRLING = ("1/12", "-1/360", "1/1260", "-1/1680", "1/1188", "-691/360360", "1/156")
DIGAMMA = ("-1/12", "1/120", "-1/252", "1/240", "-1/132", "691/32760", "-1/12")
TRIGAMMA = ("1/6", "-1/30", "1/42", "-1/30", "5/66", "-691/2730", "7/6")
LOG_2_PI, PI = 1.8378770664093453, 3.141592653589793


def _series(coefficients: tuple[str, ...], first: int) -> str:
    """A series in y by Horner's scheme: c0/y^first + c1/y^(first + 2) + …"""
    text = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        text = f"({c} + ({text}) / y**2)"
    return f"{text} / y**{first}"


def _shifted(function: str, after: str = "") -> str:
    """What the recurrence takes off between x + 10 and x: of x + k, since y - 10 has lost the digits of a small x."""
    return f"sum({function}(x + k){after} for k in range(10))"


def _lgamma(log: str) -> str:
    return f"(lambda y: (y - 0.5) * {log}(y) - y + {LOG_2_PI / 2!r} + {_series(STIRLING, 1)} - {_shifted(log)})(x + 10)"


def _reflected(words: str, body: str, term: str) -> str:
    """A function of x > 0, and below zero that of 1 - x and a term in r, which is x less the whole number next to it: Abramowitz & Stegun 6.3.7, 6.4.7."""
    real = "x" if words == "xp" else f"{words}.real(x)"  # complex numbers are those beside a real one
    below, rest = (
        f"{words}.where({real} < 0, 1 - x, x)",
        f"{words}.where({real} < 0, x - {words}.floor({real} + 0.5), 0.75 + 0 * x)",
    )
    return f"(lambda x, r: {body.format('x + 10')} + {words}.where(r > 0.5, 0 * r, {term}))({below}, {rest})"


def _digamma(words: str) -> str:
    body = f"(lambda y: {words}.log(y) - 0.5 / y + {_series(DIGAMMA, 2)} - {_shifted('1 / ')})({{}})"
    return _reflected(words, body, f"-{PI} / {words}.tan({PI} * r)")


def _trigamma(words: str) -> str:
    # below zero it is (pi/sin(pi x))^2 less that of 1 - x
    sign = f"{words}.where(r > 0.5, 1 + 0 * r, -1 + 0 * r)"
    body = f"{sign} * (lambda y: 1 / y + 0.5 / y**2 + {_series(TRIGAMMA, 3)} + {_shifted('1 / ', '**2')})({{}})"
    return _reflected(words, body, f"({PI} / {words}.sin({PI} * r)) ** 2")


GAMMA = (
    entry(
        "lgamma",
        "digamma(x)",
        _lgamma("np.log"),
        "logarithm of the gamma function",
        series=series.lgamma,
        rounded=True,
        domain=domain.POSITIVE,
        partition=True,  # the logarithm of the beta function, whose integrand is log-linear: Boyd & Vandenberghe 3.5.2
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
    entry(
        "digamma",
        "trigamma(x)",
        _digamma("np"),
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
            array_api=_digamma("xp"),
            julia="SpecialFunctions.digamma@(x)",
            matlab="psi(x)",
        ),
    ),
    entry(
        "trigamma",
        NONE,
        _trigamma("np"),
        "second derivative of the logarithm of the gamma function; its own derivative is not supported",
        series=series.trigamma,
        rounded=True,
        domain=domain.POSITIVE,
        convexity=("convex", "falls"),
        bounds=bounds.POSITIVE,
        above="1./x",  # its series is 1/x + 1/(2x^2) + ..., and its terms beside 1/x are the integral of what is positive
        source="Abramowitz & Stegun 6.4.12, with 6.4.6",
        code=Code(
            scipy="zeta(2.0, x)",
            jax=_trigamma("jnp"),  # jax.scipy.special.polygamma is not right below zero
            torch=_trigamma("torch"),  # torch.polygamma has nine digits
            array_api=_trigamma("xp"),
            julia="SpecialFunctions.trigamma@(x)",
            matlab="psi(1, x)",
        ),
    ),
)
