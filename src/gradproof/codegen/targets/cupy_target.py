"""CuPy sources: NumPy's words on a device. What CuPy has not is refused by its name; a Cholesky factor is looked at, since CuPy does not complain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from gradproof.codegen.targets import numpy_helpers
from gradproof.codegen.targets.numpy_target import WORDS as NUMPY
from gradproof.codegen.targets.python_target import PythonSpelling
from gradproof.codegen.targets.python_writers import Words
from gradproof.codegen.targets.target import PythonTarget
from gradproof.numeric.arrays import plain, real
from gradproof.ops import TABLE, Operation
from gradproof.ops.arrays import HELPER
from gradproof.patterns import pattern

_FROM = {
    "special": ("erf", "erfc", "expit", "gammaln", "zeta", "psi"),
    "linalg": ("expm",),
}  # of modules of cupyx.scipy
_CALLED = pattern(rf"(?<![\w.])({'|'.join(name for names in _FROM.values() for name in names)})\(")


def _on_device(text: str) -> str:
    return re.sub(r"\bnp\.", "cp.", text)


WORDS = Words(
    **{
        **{name: _on_device(getattr(NUMPY, name)) for name in Words.__dataclass_fields__},
        "scalar": "cp.asarray({0}, dtype)",
    }
)


def _plain(op: Operation) -> str | None:
    """NumPy's text on the device, where it needs no helper."""
    text = (op.code and op.code.numpy) or op.numpy
    return _on_device(text) if text and not HELPER.search(text) and "__import__" not in text else None


def _own() -> dict[Operation, str]:
    """NumPy's texts that need no helper, and functions of SciPy."""
    found = {op: _plain(op) for op in TABLE.values()}
    special = {op: op.code.scipy for op in TABLE.values() if op.code and _CALLED.match(op.code.scipy or "")}
    return {
        **{op: text for op, text in found.items() if text},
        **{op: text for op, text in special.items() if text},
        TABLE["expm"]: "expm(x)",
    }


HELPERS = {
    "_add_diagonal": '''
def _add_diagonal(H, pattern, core):
    """H with core added where the indices at equal numbers of the pattern are equal."""
    order, first = max(pattern) + 1, [pattern.index(k) for k in range(max(pattern) + 1)]
    core = cp.asarray(core, dtype=H.dtype)
    sizes = (1,) * (order - core.ndim) + core.shape
    core = core.reshape(tuple(sizes[k] if first[k] == p else 1 for p, k in enumerate(pattern)))
    for p, k in enumerate(pattern):
        if first[k] != p:
            n = H.shape[p]
            core = core * cp.eye(n, dtype=H.dtype).reshape(tuple(n if q in (p, first[k]) else 1 for q in range(H.ndim)))
    return H + core
''',
    "_softmax": '''
def _softmax(x):
    """exp(x) / sum(exp(x)), shifted so that it cannot overflow."""
    e = cp.exp(x - x.max())
    return e / e.sum()
''',
    "_softmax_along": '''
def _softmax_along(x, axis):
    """exp(x) / sum(exp(x)) along axes, shifted so that it cannot overflow."""
    e = cp.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)
''',
    "_logsumexp": '''
def _logsumexp(x, axis=None):
    """log(sum(exp(x))), shifted so that it cannot overflow."""
    top = x.max(axis, keepdims=True)
    top = cp.where(cp.isfinite(top), top, cp.zeros_like(top))
    total = cp.log(cp.exp(x - top).sum(axis))
    return total + top.reshape(total.shape)
''',
    "_cholesky": '''
def _cholesky(S):
    """The lower Cholesky factor of a positive definite matrix."""
    L = cp.linalg.cholesky(S)
    if not bool(cp.allclose(L @ L.T, S, rtol=1e-4, atol=1e-6 * float(abs(S).max()))):
        raise ValueError("the matrix is not positive definite")
    return L
''',
    "_cholesky_logdet": _on_device(numpy_helpers.COMMON["_cholesky_logdet"]),
    "_cholesky_det": _on_device(numpy_helpers.COMMON["_cholesky_det"]),
    **{name: _on_device(text) for name, text in numpy_helpers.PLAIN.items() if name != "_cholesky"},
}


class CupySpelling(PythonSpelling):
    """Writes nodes as CuPy expressions."""

    name = "cupy"
    words = WORDS
    own = _own()
    helpers = HELPERS
    imports = ("import cupy as cp",)
    reserved = ("cp", "dtype", *(name for names in _FROM.values() for name in names), "float", "range", "tuple")
    turns = True

    def imported(self, text: str, bodies: Sequence[str]) -> list[str]:
        """The import lines for a source and its helper functions."""
        called = set(_CALLED.findall(text))
        lines = [(module, sorted(called & set(names))) for module, names in _FROM.items()]
        return [
            *self.imports,
            *(f"from cupyx.scipy.{module} import {', '.join(names)}" for module, names in lines if names),
        ]

    def function(self, op: Operation) -> str:
        """A function of the table, or of a family with one function for each number. Raises UnsupportedError where it has none."""
        return (None if op.name in TABLE else _plain(op)) or super().function(op)

    def convert(self, name: str, value: Any) -> Any:
        """A value that is given, as an array on the device. Raises DomainError, ShapeError."""
        import numpy as np  # arrays of the host

        cp = import_module("cupy")

        if not isinstance(value, cp.ndarray) or isinstance(value, np.ndarray):
            host = plain(name, value, np)
            real(name, np.iscomplexobj(host))
            return cp.asarray(host) if np.ndim(host) else host
        real(name, value.dtype.kind == "c")
        return value if value.dtype.kind == "f" else value.astype(float)

    def numbers(self, value: Any) -> Any:
        """The entries as NumPy has them."""
        return value.get() if hasattr(value, "get") else value


TARGETS = (PythonTarget("cupy", CupySpelling),)
