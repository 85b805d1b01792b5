"""Sources for the Python array API: the namespace is that of the arguments, so that CuPy, Dask and others work."""

from __future__ import annotations

from typing import Any

from gradproof.codegen.plan.program import Node
from gradproof.codegen.targets.emit import Scope, Text
from gradproof.codegen.targets.python_target import PythonSpelling
from gradproof.codegen.targets.python_writers import Words
from gradproof.codegen.targets.target import PythonTarget
from gradproof.numeric.arrays import plain, real
from gradproof.ops import Operation, basic

OWN: dict[Operation, str] = {basic.ELPOW: "x ** a"}

WORDS = Words(
    sqrt="xp.sqrt({0})",
    nonzero="xp.where({0} == 0, xp.ones_like({0}), {0})",
    log1p="xp.log1p({0})",
    turn="{0}.T",
    transpose="xp.permute_dims({0}, ({1}))",
    diagonal="xp.linalg.diagonal({0})",
    einsum="_einsum('{0}', {1})",
    vdot="xp.sum({0} * {1})",
    full="xp.zeros({0}, dtype=dtype) + {1}",
    zeros="xp.zeros({0}, dtype=dtype)",
    broadcast="xp.broadcast_to({0}, {1})",
    reshape="xp.reshape({0}, ({1}))",
    sum="xp.sum({0}, axis={1})",
    sum_all="xp.sum({0})",
    copy="xp.asarray({0}, copy=True)",
    scalar="xp.asarray({0}, dtype=dtype)",
    dtype="xp.result_type({0})",
    default_dtype="xp.float64",
)

HELPERS = {
    "_einsum": '''
def _einsum(spelled, *arrays):
    """The sum of products over the indices that the result has not."""
    xp = arrays[0].__array_namespace__()
    ins, out = spelled.split("->")
    letters = out + "".join(sorted(set(ins) - set(out) - {","}))
    total = None
    for part, a in zip(ins.split(","), arrays):
        for k in [k for k in range(len(part)) if part[k] in part[:k]][::-1]:
            j = part.index(part[k])
            a = xp.moveaxis(xp.linalg.diagonal(xp.moveaxis(a, (j, k), (-2, -1))), -1, j)
            part = part[:k] + part[k + 1 :]
        a = xp.permute_dims(a, tuple(part.index(x) for x in letters if x in part))
        sizes = iter(a.shape)
        a = xp.reshape(a, tuple(next(sizes) if x in part else 1 for x in letters))
        total = a if total is None else total * a
    return xp.sum(total, axis=tuple(range(len(out), len(letters)))) if len(letters) > len(out) else total
''',
    "_add_diagonal": '''
def _add_diagonal(H, pattern, core):
    """H with core added where the indices at equal numbers of the pattern are equal."""
    xp = H.__array_namespace__()
    order, first = max(pattern) + 1, [pattern.index(k) for k in range(max(pattern) + 1)]
    core = xp.asarray(core, dtype=H.dtype)
    sizes = (1,) * (order - core.ndim) + core.shape
    core = xp.reshape(core, tuple(sizes[k] if first[k] == p else 1 for p, k in enumerate(pattern)))
    for p, k in enumerate(pattern):
        if first[k] != p:
            n = H.shape[p]
            core = core * xp.reshape(xp.eye(n, dtype=H.dtype), tuple(n if q in (p, first[k]) else 1 for q in range(H.ndim)))
    return H + core
''',
    "_softmax": '''
def _softmax(x):
    """exp(x) / sum(exp(x)), shifted so that it cannot overflow."""
    xp = x.__array_namespace__()
    e = xp.exp(x - xp.max(x))
    return e / xp.sum(e)
''',
    "_softmax_along": '''
def _softmax_along(x, axis):
    """exp(x) / sum(exp(x)) along axes, shifted so that it cannot overflow."""
    xp = x.__array_namespace__()
    e = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return e / xp.sum(e, axis=axis, keepdims=True)
''',
    "_logsumexp": '''
def _logsumexp(x, axis=None):
    """log(sum(exp(x))), shifted so that it cannot overflow."""
    xp = x.__array_namespace__()
    top = xp.max(x, axis=axis, keepdims=True)
    top = xp.where(xp.isfinite(top), top, xp.zeros_like(top))
    total = xp.log(xp.sum(xp.exp(x - top), axis=axis))
    return total + xp.reshape(top, total.shape)
''',
    "_cholesky": '''
def _cholesky(S):
    """The lower Cholesky factor of a positive definite matrix."""
    return S.__array_namespace__().linalg.cholesky(S)
''',
    "_cholesky_solve": '''
def _cholesky_solve(L, b):
    """inv(L L') @ b."""
    solve = L.__array_namespace__().linalg.solve
    return solve(L.T, solve(L, b))
''',
    "_half_solve": '''
def _half_solve(L, B):
    """inv(L) @ B."""
    return L.__array_namespace__().linalg.solve(L, B)
''',
    "_cholesky_inverse": '''
def _cholesky_inverse(L):
    """inv(L L')."""
    Z = L.__array_namespace__().linalg.inv(L)
    return Z.T @ Z
''',
    "_cholesky_logdet": '''
def _cholesky_logdet(L):
    """log(det(L L'))."""
    xp = L.__array_namespace__()
    return 2 * xp.sum(xp.log(xp.linalg.diagonal(L)))
''',
    "_cholesky_det": '''
def _cholesky_det(L):
    """det(L L')."""
    xp = L.__array_namespace__()
    return xp.prod(xp.linalg.diagonal(L)) ** 2
''',
    "_lu": '''
def _lu(A):
    """The array API has no LU factors to share."""
    return A
''',
    "_lu_solve": '''
def _lu_solve(A, b, transposed=False):
    """inv(A) @ b, or inv(A') @ b."""
    return A.__array_namespace__().linalg.solve(A.T if transposed else A, b)
''',
    "_lu_inverse": '''
def _lu_inverse(A):
    """inv(A)."""
    return A.__array_namespace__().linalg.inv(A)
''',
    "_lu_logdet": '''
def _lu_logdet(A):
    """log(det(A)); nan where the determinant is negative."""
    xp = A.__array_namespace__()
    sign, value = xp.linalg.slogdet(A)
    return xp.where(sign >= 0, value, xp.nan * value)
''',
    "_lu_det": '''
def _lu_det(A):
    """det(A)."""
    return A.__array_namespace__().linalg.det(A)
''',
}


class ArrayApiSpelling(PythonSpelling):
    """Writes nodes as expressions over a namespace xp."""

    name = "array_api"
    words = WORDS
    own = OWN
    helpers = HELPERS
    reserved = ("xp", "dtype", "range", "sum")
    casts = tuples = True

    def write(self, node: Node, scope: Scope) -> Text:
        """The expression of a node; may add lines."""
        if node.kind == "einsum" or (node.kind == "diagonal" and node.data != ((0, 0),)):
            scope.helper("_einsum")
        return super().write(node, scope)

    def opening(self, arrays: list[str]) -> list[str]:
        """Where the namespace comes from."""
        return [f"xp = {arrays[0]}.__array_namespace__()" if arrays else "import numpy as xp"]

    def weak(self, written: str, arg: str) -> str:
        """A function of a plain number, which the array API takes only as an array."""
        return super().weak(written.replace(f"({arg})", f"(xp.asarray(float({arg})))"), arg)

    def convert(self, name: str, value: Any) -> Any:
        """A value that is given, as an array with a namespace; whole numbers become floating-point numbers. Raises ShapeError, DomainError."""
        import numpy as np  # numbers are needed only here

        if isinstance(value, np.ndarray) or not hasattr(value, "__array_namespace__"):
            value = plain(name, value, np)
            real(name, np.iscomplexobj(value))
            return value
        xp = value.__array_namespace__()
        real(name, xp.isdtype(value.dtype, "complex floating"))
        return value if xp.isdtype(value.dtype, "real floating") else xp.astype(value, xp.float64)

    def numbers(self, value: Any) -> Any:
        """The entries as NumPy has them; None where they are not to be had."""
        import numpy as np  # numbers are needed only here

        try:
            return np.from_dlpack(value) if hasattr(value, "__dlpack__") else np.asarray(value)
        except (RuntimeError, TypeError, BufferError, AttributeError):
            return None


TARGETS = (PythonTarget("array-api", ArrayApiSpelling),)
