"""What a name can mean: spellings of declared functions and their derivatives, and near misses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gradproof.notation.function import Function
from gradproof.ops import BY_SPELLING
from gradproof.patterns import pattern

FILLED = {
    "vector": 1,
    "matrix": 2,
}  # vector(c), matrix(c): c in every entry, of a size that is inferred; the number of axes
_HIGHEST = 32  # the highest derivative of a declared function that can be written
_GREEK = frozenset(
    "lam alpha beta gamma delta epsilon eps zeta eta theta iota kappa lambda mu nu xi pi varepsilon vartheta varphi varrho rho sigma tau upsilon phi chi psi omega".split()
)
USUAL = {  # what other languages call it, and how it is written here
    "dot": "a'*b", "inner": "a'*b", "vdot": "a'*b", "outer": "a*b'", "transpose": "A'", "Transpose": "A'", "matmul": "A*B", "multiply": "a.*b",
    "mean": "sum(x)/n", "average": "sum(x)/n", "Mean": "sum(x)/n", "logistic": "sigmoid(x)", "expit": "sigmoid(x)", "Determinant": "det(X)",
    "Det": "det(X)", "determinant": "det(X)", "slogdet": "logdet(X)", "log_det": "logdet(X)", "Inverse": "inv(X)", "inverse": "inv(X)",
    "Norm": "norm2(x)", "l2": "norm2(x)", "l1": "norm1(x)", "fro": "norm2(X)", "Exp": "exp(x)", "Log": "log(x)", "square": "x.^2", "power": "x.^p",
    "Sum": "sum(x)", "identity": "eye(n)", "Identity": "eye(n)", "IdentityMatrix": "eye(n)", "I": "eye(n)", "hadamard": "A.*B",
    "t": "A'", "solve": "inv(A)*b", "HadamardProduct": "A.*B", "MatMul": "A*B", "MatAdd": "A + B", "crossprod": "A'*A", "quad_form": "x'*P*x",
}  # fmt: skip
BARE_TRANSPOSE = pattern(r"([A-Za-z])T[A-Z]*\1|[a-z]T[A-Z]*[a-z]")  # xTAx, xTx, xTy
AS_NAMES = frozenset(
    "im re Im Re max min det conj prod".split()
)  # functions whose names are variables too, where no bracket follows
SUMMED = pattern(r"(?:sum|prod)_[a-z]")  # the sign of a sum, and no factor
TAKEN = BY_SPELLING.keys() | FILLED.keys()


def nearest(word: str, known: Iterable[str]) -> str:
    """The known name that the word is a slip of the pen for, or ""."""
    slips = 1 if len(word) < 5 else 2
    if not 2 < len(word) <= 24:
        return ""
    close = [(_distance(word.lower(), name.lower()), name) for name in known if abs(len(name) - len(word)) <= slips]
    best = min(close, default=(slips + 1, ""))
    return best[1] if best[0] <= slips else ""


def _distance(a: str, b: str) -> int:
    """How many letters were missed, added, changed or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        last, row, older = row, [i + 1], before
        for j, y in enumerate(b):
            row.append(min(row[j] + 1, last[j + 1] + 1, last[j] + (x != y)))
            if i and j and x == b[j - 1] and a[i - 1] == y:
                row[-1] = min(row[-1], older[j - 1] + 1)
        before = last
    return row[-1]


def function_called(name: str, functions: Mapping[str, Function]) -> tuple[Function, tuple[int, ...]] | None:
    """The declared function that a name stands for, and the arguments by which it is differentiated: f, Df, DDf, DU_x, DDU_xy."""
    if name in functions:
        return functions[name], ()
    order = 0
    while name[order : order + 1] == "D" and order < _HIGHEST:
        order += 1
        rest = name[order:]
        if rest in functions and len(functions[rest].formals) == 1:
            return functions[rest], (0,) * order
        base, _, suffix = rest.rpartition("_")
        partials = _formals(suffix, functions[base].formals, order) if base in functions else None
        if partials is not None:
            return functions[base], partials
    return None


def derivatives(functions: Mapping[str, Function]) -> list[str]:
    """The names of the derivatives of functions of one argument: Df, DDf, …"""
    return ["D" * k + n for n, f in functions.items() if len(f.formals) == 1 for k in range(1, 5)]


def _formals(suffix: str, formals: tuple[str, ...], order: int) -> tuple[int, ...] | None:
    """The positions of `order` formals whose names, written together, are the suffix; longer names are tried first."""
    by_length = sorted(range(len(formals)), key=lambda p: -len(formals[p]))
    found: list[int] = []
    while suffix:
        position = next((p for p in by_length if suffix.startswith(formals[p])), None)
        if position is None or len(found) == order:
            return None
        found.append(position)
        suffix = suffix[len(formals[position]) :]
    return tuple(found) if len(found) == order else None


_INDICES = frozenset("ijklmnt")


def letter_kind(name: str) -> str:
    """The kind that a name suggests: "s", "v" or "m".

    >>> letter_kind("b"), letter_kind("x"), letter_kind("Sigma"), letter_kind("lambda_max"), letter_kind("Delta_x")
    ('s', 'v', 'm', 's', 'v')
    """
    if name.startswith("Delta_") and not name[6:].isdecimal() and name[6:] not in _INDICES:  # an increment of x
        name = name[6:]
    first = name.lstrip("_")[:1] or "x"
    if first.isupper():
        return "m"
    greek = "α" <= first <= "ω" or name.partition("_")[0].rstrip("0123456789") in _GREEK  # sigma_max, lambda_1
    return "s" if greek or first in "abcdefg" else "v"
