"""NumPy sources in which some matrices are scipy.sparse arrays: products with dense arrays, weights of rows and columns, and Gram matrices. All else would
make them dense, and is refused by the name of the matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gradproof.codegen.plan.build import Result, build
from gradproof.codegen.plan.program import Node, reachable
from gradproof.codegen.targets.emit import ATOM, POWER, PRODUCT, SUM, Scope, Text
from gradproof.codegen.targets.numpy_target import NumpySpelling
from gradproof.codegen.targets.python_target import PythonSpelling
from gradproof.errors import DomainError
from gradproof.numeric.arrays import real
from gradproof.optional import needed
from gradproof.say import say


def is_sparse(value: Any) -> bool:
    """Whether a value is a matrix of scipy.sparse."""
    return hasattr(value, "tocsr") and getattr(value, "ndim", 0) == 2


def array_of(spelling: PythonSpelling, name: str, value: Any, tested: bool) -> Any:
    """A value as an array of a target; a sparse matrix becomes one by rows where the target has such and nothing is to be tested of it.

    Raises DomainError, ShapeError.
    """
    if not (spelling.sparse and is_sparse(value) and not tested):
        return spelling.convert(name, value)
    array = needed("scipy.sparse").csr_array(value)
    real(name, array.dtype.kind == "c")
    return array if array.dtype.name in ("float32", "float64") else array.astype(float)


def planned(
    results: Sequence[Result],
    sizes: Mapping[str, int],
    scale: Mapping[str, int],
    names: Sequence[str],
    made: Callable[[tuple[Node, ...]], tuple[Node, ...]] = tuple,
) -> tuple[tuple[Node, ...], Mapping[str, int]]:
    """A program in which these matrices stay sparse, and the sizes for which it was planned: larger ones where more has to be multiplied out.

    `made`: what is made of a program before it is looked at. Raises DomainError where there is none.
    """
    name = ""
    for near in (sizes, {n: max(k, 1) * scale.get(n, 1) for n, k in sizes.items()}):
        roots = made(build(results, near))
        name = made_dense(roots, names)
        if not name:
            return roots, near
    raise DomainError(
        say("{name} is a sparse matrix, and this derivative would make it dense", name=name),
        hint=say("{name}.toarray() is one", name=name),
    )


def made_dense(roots: Sequence[Node], names: Iterable[str]) -> str:
    """One of these matrices that a program would make dense; "" where it does so with none."""
    spelling = SparseSpelling(names)
    for node in reachable(roots):
        if spelling.kept(node) and node in roots:
            return spelling.kept(node)
        for a in node.args:
            alone = node.kind not in ("matmul", "sum") or any(
                b.order > 2 for b in node.args
            )  # of many matrices: no product
            if spelling.kept(a) and not spelling.kept(node) and alone:
                return spelling.kept(a)
    return ""


class SparseSpelling(NumpySpelling):
    """Writes nodes as NumPy expressions, some of sparse arrays."""

    loops = False

    def __init__(self, names: Iterable[str]):
        super().__init__(True)
        self.names = frozenset(names)
        self._kept: dict[Node, str] = {}

    def kept(self, node: Node) -> str:
        """The name of the matrix for which an array is sparse; "" for a dense one."""
        if node not in self._kept:
            self._kept[node] = self._why(node)
        return self._kept[node]

    def _why(self, node: Node) -> str:
        if node.kind == "input":
            return node.data if node.data in self.names else ""
        inner = [self.kept(a) for a in node.args]
        if node.kind in ("transpose", "neg"):
            return inner[0]
        if node.kind == "mul" and bool(inner[0]) != bool(inner[1]):
            other = node.args[bool(inner[0])]
            return "".join(inner) if _weight(other) else ""
        if node.kind == "div" and inner[0] and not inner[1]:
            return inner[0] if _weight(node.args[1]) else ""
        return ""

    def write(self, node: Node, scope: Scope) -> Text:
        """The expression of a node; may add lines."""
        inner = [bool(self.kept(a)) for a in node.args]
        if node.kind == "matmul" and all(inner):
            one, two = node.args
            return Text(f"({scope.of(one, PRODUCT)} @ {scope.of(two, ATOM)}).toarray()")
        if node.kind == "mul" and any(inner):
            sparse, other = node.args if inner[0] else node.args[::-1]
            if not other.order:
                return Text(f"{scope.of(other, SUM)} * {scope.of(sparse, ATOM)}", PRODUCT)
            return Text(f"{scope.of(sparse, ATOM)}.multiply({scope.of(other)}).tocsr()")
        if node.kind == "div" and inner[0]:
            sparse, other = node.args
            return Text(f"{scope.of(sparse, ATOM)}.multiply(1 / {scope.of(other, POWER)}).tocsr()")
        if node.kind == "matmul" and any(inner):
            return PythonSpelling.write(self, node, scope)
        return super().write(node, scope)


def _weight(a: Node) -> bool:
    """Whether an array is a number, or weights of rows or columns."""
    return not a.order or (a.kind == "expand" and a.args[0].order <= 1)
