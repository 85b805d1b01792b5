"""The names of NumPy, SciPy, JAX and PyTorch that are read: each function with its parameters and what it is. Indices and axes count from 0.

A function is found by its last name: `np.linalg.inv`, `jnp.linalg.inv` and `torch.linalg.inv` are one entry; so is the method, `A.sum()`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gradproof.ops import TABLE, Operation, basic
from gradproof.parse import array_parts, arrays
from gradproof.parse.readings import OF_THE_MATRIX
from gradproof.records import dataclass
from gradproof.say import say

MODULES: frozenset[str] = frozenset("np numpy jnp torch jax scipy math anp autograd tf cp cvxpy".split())
SUBMODULES = frozenset("linalg special nn functional numpy scipy math".split())  # whose functions are those of arrays
PACKAGES = frozenset("numpy scipy jax torch autograd math".split())
FUNCTIONAL = (
    "F",
    frozenset(
        "relu softplus sigmoid tanh softmax log_softmax mse_loss l1_loss binary_cross_entropy binary_cross_entropy_with_logits cross_entropy nll_loss kl_div logsigmoid gelu".split()
    ),
)  # torch.nn.functional, which may be a matrix too


@dataclass(frozen=True)
class Entrywise:
    """A function of each entry."""

    op: Operation


@dataclass(frozen=True)
class Taking:
    """An operation of one or two arrays, with a result that has no column or row in it."""

    op: Operation


@dataclass(frozen=True)
class Binary:
    """What an operator does, as a function: np.multiply."""

    op: Operation


@dataclass(frozen=True)
class Reduction:
    """A sum or mean: of all entries, or along an axis."""

    whole: Operation
    along: Mapping[int, Operation]
    named: bool = False  # whether the axis is read only by its name: torch gives entries and places of max(A, 1)


@dataclass(frozen=True)
class Special:
    """A function with a shape of its own; `way` is the reader's method."""

    way: str


Meaning = Entrywise | Taking | Binary | Reduction | Special


def _entrywise() -> dict[str, Meaning]:
    """The entrywise functions of the table, by NumPy's names and by ours."""
    found: dict[str, Meaning] = {}
    for op in TABLE.values():
        if not (op.elementwise and op.arity == 1 and not op.symbol):
            continue
        given = re.fullmatch(r"np\.(\w+)\(x\)", op.numpy)
        found.update(dict.fromkeys((op.name, *op.aliases, *([given[1]] if given else [])), Entrywise(op)))
    return found


FUNCTIONS: dict[str, Meaning] = {
    **_entrywise(),
    "negative": Entrywise(basic.NEG), "square": Entrywise(arrays.SQUARE), "log1p": Entrywise(arrays.LOG1P),
    "expm1": Entrywise(arrays.EXPM1), "log2": Entrywise(arrays.LOG2), "log10": Entrywise(arrays.LOG10),
    "reciprocal": Entrywise(arrays.RECIPROCAL),
    "add": Binary(arrays.ADD), "subtract": Binary(arrays.SUB), "sub": Binary(arrays.SUB), "multiply": Binary(arrays.TIMES),
    "mul": Binary(arrays.TIMES), "divide": Binary(arrays.OVER), "true_divide": Binary(arrays.OVER), "div": Binary(arrays.OVER),
    "power": Binary(arrays.POWER), "float_power": Binary(arrays.POWER), "pow": Binary(arrays.POWER),
    "matmul": Special("product"), "mm": Special("product"), "mv": Special("product"),
    "dot": Taking(arrays.DOT), "inner": Taking(arrays.INNER), "vdot": Taking(arrays.VDOT), "outer": Taking(arrays.OUTER),
    "ger": Taking(arrays.OUTER), "solve": Taking(arrays.SOLVE), "kron": Taking(arrays.KRON), "logaddexp": Special("logaddexp"),
    "trace": Taking(arrays.TRACE), "inv": Taking(arrays.INVERSE), "inverse": Taking(arrays.INVERSE), "det": Taking(arrays.DETERMINANT),
    "logdet": Taking(arrays.LOGDET), "diag": Taking(arrays.DIAG), "diagonal": Taking(arrays.DIAG),
    "sum": Reduction(arrays.TOTAL, arrays.ALONG), "mean": Reduction(arrays.MEAN, arrays.MEANS), "norm": Special("norm"),
    "var": Special("var"), "std": Special("std"), "softmax": Special("softmax"), "logsumexp": Special("logsumexp"),
    "transpose": Special("transpose"), "t": Special("transpose"), "maximum": Special("maximum"), "minimum": Taking(arrays.MINIMUM),
    **{name: Reduction(TABLE[name], arrays.EXTREMES[name], True) for name in arrays.EXTREMES}, **{name: Reduction(TABLE[name], {}) for name in ("prod", "cumsum")},
    **{name: Reduction(TABLE[name[-3:]], arrays.EXTREMES[name[-3:]]) for name in ("amax", "amin", "reduce_max", "reduce_min")},
    "log_softmax": Special("log_softmax"), "mse_loss": Special("mse_loss"), "l1_loss": Special("l1_loss"),
    "binary_cross_entropy_with_logits": Special("logistic_loss"), "binary_cross_entropy": Special("entropy_loss"), "cross_entropy": Special("cross_entropy"), "diff": Special("diff"), "reduce_sum": Reduction(arrays.TOTAL, arrays.ALONG),
    "reduce_mean": Reduction(arrays.MEAN, arrays.MEANS),
    **dict.fromkeys(("clamp", "clip"), Special("clamp")), "average": Reduction(arrays.MEAN, {}), "eigvalsh": Special("eigvalsh"), "eigvals": Special("eigvals"), "svd": Special("svd"),
    "svdvals": Special("svdvals"), **{name: Special(name) for name in ("cholesky", "eigh", "polar", "lstsq", "tril", "triu")},
    "solve_sylvester": Taking(TABLE["sylv"]), "solve_continuous_lyapunov": Taking(TABLE["lyap"]), "solve_discrete_lyapunov": Taking(TABLE["dlyap"]),
    "solve_continuous_are": Taking(TABLE["care"]), "solve_discrete_are": Taking(TABLE["dare"]), "fractional_matrix_power": Taking(OF_THE_MATRIX),
    "matrix_exp": Taking(TABLE["expm"]), "psi": Entrywise(TABLE["digamma"]), "real": Taking(TABLE["re"]), "imag": Taking(TABLE["im"]), "hypot": Taking(arrays.HYPOTENUSE),
    "eye": Special("eye"), "identity": Special("eye"), "ones": Special("ones"), "zeros": Special("zeros"),
    "ones_like": Taking(array_parts.LIKE["ones"]), "zeros_like": Taking(array_parts.LIKE["zeros"]), "matrix_power": Special("matrix_power"),
    "multi_dot": Special("chain"), "einsum": Special("einsum"), "slogdet": Special("slogdet"), "reshape": Special("reshape"),
    "ravel": Special("flat"), "flatten": Special("flat"), "expand_dims": Special("expand"), "unsqueeze": Special("expand"), "len": Special("length"),
    "matvec": Special("product"), "log_det": Taking(arrays.LOGDET), "norm1": Special("norm1"), "sum_squares": Special("sum_squares"),
    "quad_form": Special("quad_form"), "l2_loss": Special("half_squares"), **dict.fromkeys(("Minimize", "Maximize"), Special("objective")),
    **{name: Special(name) for name in ("concatenate", "hstack", "vstack", "block")}, "cat": Special("concatenate"),
}  # fmt: skip
COPIED = frozenset("array copy astype float64 float32 clone tensor".split())
"""Functions and methods that give the same values in an array of their own."""
SAME = frozenset("asarray float double as_tensor".split())
"""Those that may give the array itself."""
FUNCTIONS |= dict.fromkeys((*COPIED, *SAME), Special("same")) | {
    "item": Taking(arrays.NUMBER),
    "detach": Special("detach"),
}

FILLING = frozenset("eye identity ones zeros ones_like zeros_like".split())  # of whole numbers, whatever their type
VIEWS = frozenset(("diagonal",))  # whose values are those of the array itself

METHODS = frozenset(
    "sum max min prod cumsum clip mean dot trace diagonal var std reshape ravel flatten transpose copy astype".split()
)
"""What arrays have, of these."""

_FEWER = say("which divides by n - 1")
OTHERWISE = {  # what a library computes in another way
    "torch": {"std": _FEWER, "var": _FEWER, "topk": say("which gives entries and their places")},
    "tf": dict.fromkeys(("svd", "lstsq"), say("which gives its parts in another order")),
    "jax": {"gelu": say("which is an approximation by tanh")},
}

NEAR = {  # what is asked for and not read, with what to write
    "where": say("a choice by a condition is not read; np.maximum(x, 0) is"),
    "stack": say("write the parts by themselves"),
    "vmap": say("write the sum over the rows by X @ w"),
}
