"""Functions of numbers at square matrices (exp, log, roots, powers), and their Fréchet derivatives: one line each makes both.

N. J. Higham, Functions of Matrices (2008), ch. 3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from typing import Any

from gradproof.hooks import later
from gradproof.ops import domain
from gradproof.ops.domain import Domain
from gradproof.ops.operation import Code, Frechet, Operation, Primary, signatures

kernels = later("gradproof.ops.kernels")
SOURCE = "Higham, Functions of Matrices (2008)"
DIRECTIONS = 2  # of a derivative that is written down, at most
BLOCKS = ("scipy_linalg", "jax", "torch")  # targets that have a derivative along directions
# and those that have one along one direction, with what a function is called there
ALONG_ONE = {"julia": ("{}", "m -> {}(m, a)"), "matlab": ("@{}", "@(m) {}(m, a)")}


def primary(
    name: str,
    derivative: str,
    doc: str,
    kernel: Callable[..., Any],
    numpy: str,
    *,
    source: str = SOURCE,
    where: Domain | None = None,
    parameter: str | None = None,
    written: str = "",
    entrywise: str = "",
    power: str = "",
    adds: bool = False,
    linalg: str | None = None,
    once: str | None = None,
    jax: str | None = None,
    torch: str | None = None,
    julia: str | None = None,
    matlab: str | None = None,
    **more: Any,
) -> tuple[Operation, Operation]:
    """A matrix function and its Fréchet derivative. `more`: of the function alone. `parameter`: the derivative by a second argument, a number; None where there is none.

    `linalg` (of scipy.linalg; `once`: its derivative along one direction), `jax`, `torch`, …: the names of the function there.
    """
    given = "," if parameter is not None else ""
    whole = (1,) if written else ()
    words = {"scipy_linalg": linalg, "jax": jax or numpy, "torch": torch or numpy, "julia": julia, "matlab": matlab}
    function = Operation(
        name,
        signatures(f"ii{given}->ii"),
        Primary(derivative, parameter or "", written, entrywise, power, adds),
        doc,
        source=source,
        numpy=f"{numpy}({'x, a' if given else 'x'})",
        kernel=kernel,
        rational=bool(written),
        whole=whole,
        domain=where,
        analytic=False,
        equivariant=True,
        **more,
        code=Code(
            **{target: f"{word}({'x, a' if given else 'x'})" if word else None for target, word in words.items()}
        ),
    )
    return function, _along(function, numpy, kernel, written, bool(given), words, once)


# of the functions whose derivative solves a Sylvester equation: S*dS + dS*S = dX
STACKED = {"sqrtm": "inv(kron(eye(n),sqrtm(A)) + kron(sqrtm(A)',eye(n)))"}
# of all others: f([P, I; 0, Q]) has the divided difference of f beside its diagonal, where P and Q commute
_BLOCKS = "[kron(eye(n),A), eye(n*n); zeros(n*n,n*n), kron(A',eye(n))]"
_STACKED = "head(n*n,2*n*n)*{}*tail(n*n,2*n*n)'"


def _along(
    function: Operation,
    numpy: str,
    kernel: Callable[..., Any],
    written: str,
    given: bool,
    words: Mapping[str, str | None],
    once: str | None,
) -> Operation:
    """The Fréchet derivative of a matrix function."""
    name, comma = function.name, "," if given else ""
    several = " ".join(f"ii{comma}{',ii' * k}->ii" for k in range(1, DIRECTIONS + 1))
    first = f"lambda m: {numpy}(m, a)" if given else numpy
    whole = f"{_BLOCKS}^B" if written else f"{name}({_BLOCKS}{', B' if given else ''})"
    return Operation(
        "d" + (written or name),
        signatures(several),
        Frechet(name),
        f"the Fréchet derivative of {written or name} at the first argument, along the others",
        source="Higham, Functions of Matrices (2008), ch. 3",
        numpy=f"_frechet({first}, x, …)",
        kernel=partial(kernels.frechet, kernel, int(given)),
        rational=bool(written),
        whole=function.whole,
        stacked=STACKED.get(name) or _STACKED.format(whole),
        domain=function.domain,
        analytic=False,
        equivariant=True,
        code=Code(
            scipy_once=once,
            **{
                target: f"_frechet({f'lambda m: {word}(m, a)' if given else word}, x, …)"
                if word and target in BLOCKS
                else f"frechet({ALONG_ONE[target][given].format(word)}, x, {'b' if given else 'a'})"
                if word and target in ALONG_ONE
                else None
                for target, word in words.items()
            },
        ),
    )


MATRIX_FUNCTIONS: tuple[Operation, ...] = (
    *primary(
        "expm", "Y", "the exponential of a matrix", kernels.expm, "_expm", entrywise="exp", adds=True, undone="logm(X)",
        linalg="expm", once="_expm_frechet(x, a)", jax="jax.scipy.linalg.expm", torch="torch.linalg.matrix_exp", julia="exp", matlab="expm",
    ),
    *primary(
        "logm", "inv(X)", "the principal logarithm of a matrix", kernels.logm, "_logm", entrywise="log", undone="expm(X)",
        where=domain.NO_NEGATIVE_EIGENVALUE, julia="log", matlab="logm",
    ),
    *primary(
        "sqrtm", "inv(Y)/2", "the principal square root of a matrix", kernels.sqrtm, "_sqrtm", entrywise="sqrt", power="1/2", undone="X*X",
        where=domain.NO_NEGATIVE_EIGENVALUE, keeps="root", degree=Fraction(1, 2), julia="sqrt", matlab="sqrtm",
    ),
    *primary(
        "powm", "a*powm(X,a - 1)", "the principal power of a matrix, of any exponent", kernels.powm, "_powm",
        parameter="logm(X)*Y", power="a", where=domain.NO_NEGATIVE_EIGENVALUE,
    ),
    *primary(
        "integer_power", "a*integer_power(X,a - 1)", "a power of a square matrix whose exponent is a whole number", kernels.whole_power,
        "_whole_power", parameter="", written="pow", julia="whole_power", matlab="whole_power",
    ),
    *primary("sinm", "cosm(X)", "the sine of a matrix", kernels.sinm, "_sinm", entrywise="sin", julia="sin"),
    *primary("cosm", "-sinm(X)", "the cosine of a matrix", kernels.cosm, "_cosm", entrywise="cos", julia="cos"),
    *primary("sinhm", "coshm(X)", "the hyperbolic sine of a matrix", kernels.sinhm, "_sinhm", entrywise="sinh", julia="sinh"),
    *primary("coshm", "sinhm(X)", "the hyperbolic cosine of a matrix", kernels.coshm, "_coshm", entrywise="cosh", julia="cosh"),
    *primary("tanhm", "eye(n) - Y*Y", "the hyperbolic tangent of a matrix", kernels.tanhm, "_tanhm", entrywise="tanh", julia="tanh"),
    *primary("signm", "0*X", "the sign of a matrix", kernels.signm, "_signm", entrywise="sign", where=domain.NO_IMAGINARY_EIGENVALUE),
)  # fmt: skip
