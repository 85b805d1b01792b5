"""NumPy sources, with SciPy's LAPACK and BLAS where it is installed: Cholesky and LU factors, triangular solves, inverses from a factor."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from gradproof.codegen.emit import ATOM, POWER, Scope, Text
from gradproof.codegen.numpy_helpers import COMMON, PLAIN, SCIPY
from gradproof.codegen.program import VIEWS, Node
from gradproof.codegen.python_target import PythonSpelling
from gradproof.errors import DomainError, ShapeError
from gradproof.ops import TABLE, Operation

LARGE = 1000  # from this size on, A + A' goes by blocks

OVERRIDES: dict[Operation, str] = {  # better than the spelling of the table
    TABLE["sigmoid"]: "0.5 + 0.5 * np.tanh(0.5 * x)",
    TABLE["softplus"]: "np.logaddexp(0, x)",
}
WITH_SCIPY: dict[Operation, str] = {TABLE["sigmoid"]: "expit(x)", TABLE["erf"]: "erf(x)"}
SCIPY_SPECIAL = re.compile(r"\b(expit|erf)\(")

WORDS = {
    "sqrt": "np.sqrt({0})",
    "log1p": "np.log1p({0})",
    "turn": "{0}.T",
    "transpose": "{0}.transpose({1})",
    "diagonal": "{0}.diagonal()",
    "einsum": "np.einsum('{0}', {1})",
    "vdot": "np.vdot({0}, {1})",
    "full": "np.full({0}, {1}, dtype)",
    "zeros": "np.zeros({0}, dtype)",
    "broadcast": "np.broadcast_to({0}, {1})",
    "reshape": "{0}.reshape({1})",
    "sum": "{0}.sum({1})",
    "sum_all": "{0}.sum()",
    "copy": "{0}.copy()",
    "scalar": "dtype.type({0})",
    "dtype": "np.result_type({0})",
    "default_dtype": "np.dtype(float)",
}


class NumpySpelling(PythonSpelling):
    """Writes nodes as NumPy expressions. `scipy`: whether SciPy may be used."""

    words = WORDS
    imports = ("import numpy as np",)
    reserved = ("np", "dtype", "lapack", "blas", "expit", "erf")
    loops = turns = True

    def __init__(self, scipy: bool):
        self.scipy = scipy
        self.overrides = {**OVERRIDES, **(WITH_SCIPY if scipy else {})}
        self.helpers = {**COMMON, **(SCIPY if scipy else PLAIN)}

    def imported(self, text: str, bodies: Sequence[str]) -> list[str]:
        """The import lines for a source and its helper functions."""
        lines = list(self.imports)
        low_level = [m for m in ("blas", "lapack") if any(f"{m}." in b for b in bodies)]
        if low_level:
            lines.append(f"from scipy.linalg import {', '.join(low_level)}")
        special = sorted(set(SCIPY_SPECIAL.findall(text))) if self.scipy else []
        return [*lines, f"from scipy.special import {', '.join(special)}"] if special else lines

    def convert(self, name: str, value: Any) -> Any:
        """A value to compute with; whole numbers become floating-point numbers."""
        if isinstance(value, float):
            return value
        if isinstance(value, int):
            return float(value)
        import numpy as np  # numbers are needed only here

        try:
            array = np.asarray(value)
        except ValueError:
            raise ShapeError(f"{name} is not an array of numbers") from None
        if array.dtype.kind not in "biufc":
            raise DomainError(f"{name} is not an array of numbers")
        array = array.astype(float) if array.dtype.kind in "biu" else array
        return array if array.ndim else array[()]

    def traits(self, letter: str, scalar: bool) -> list[str]:
        """Shapes, and what kind of numbers there are."""
        return [f"getattr({letter}, 'shape', ())", f"type({letter})"] if scalar else [f"{letter}.shape", f"{letter}.dtype.char"]

    def write(self, node: Node, scope: Scope) -> Text:
        """The expression of a node; may add lines."""
        return (_in_place(node, scope) if node.kind == "mul" else None) or super().write(node, scope)

    def diagonals(self, base: Node | None, node: Node, cores: Sequence[Node], scope: Scope) -> Text:
        """An array (None: of zeros) with diagonals added in place."""
        if base is None:
            scope.wants_dtype = True
            target = scope.assign(self.word("zeros", scope.shape(node.axes)), node)
        else:
            text = scope.of(base)
            owned = scope.uses[base] == 1 and _fresh(base, scope)
            target = text if owned and text.isidentifier() else scope.assign(text if owned else self.copied(scope.of(base, ATOM)), base)
        _write_diagonals(target, node, cores, scope, fresh=base is None)
        return Text(target)

    def plus_transpose(self, node: Node, scope: Scope) -> Text:
        """A + A' or A - A'."""
        (a,) = node.args
        if node.data > 0 and a.axes[0].evaluate(scope.sizes) >= LARGE:
            return Text(f"{scope.helper('_plus_transpose')}({scope.of(a)})")
        return super().plus_transpose(node, scope)


def _in_place(node: Node, scope: Scope) -> Text | None:
    """A multiple of an array that was written diagonal by diagonal, and is needed no more: in its place."""
    a, b = node.args
    if a.order or b.kind not in ("add_diagonals", "scatter") or scope.uses[b] > 1:
        return None
    scope.line(f"{scope.of(b)} *= {scope.of(a)}")
    return scope.texts[b]


def _fresh(node: Node, scope: Scope) -> bool:
    """Whether the array of a node is its own, so that it may be written to."""
    if node.kind == "reshape":
        return scope.uses[node.args[0]] == 1 and _fresh(node.args[0], scope)
    if node.kind == "broadcast":
        return not node.args[0].order
    return node.kind not in VIEWS and node.kind != "call" and node.order > 0


def _write_diagonals(target: str, node: Node, cores: Sequence[Node], scope: Scope, fresh: bool) -> None:
    for (pattern, sign), core in zip(node.data, cores, strict=True):
        text = scope.of(core)
        if pattern == (0, 0):
            place = f"{target}.flat[:: {scope.dim(node.axes[0])} + 1]"
        else:
            letters = [chr(105 + k) for k in pattern]
            place = f"np.einsum('{''.join(letters)}->{''.join(dict.fromkeys(letters))}', {target})[...]"
        if fresh:
            scope.line(f"{place} = {text if sign > 0 else '-' + scope.of(core, POWER)}")
        else:
            scope.line(f"{place} {'+' if sign > 0 else '-'}= {text}")
        fresh = False
