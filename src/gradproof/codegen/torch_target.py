"""PyTorch sources: functions of tensors, which torch.compile takes and through which gradients flow."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from gradproof.codegen.python_target import PythonSpelling
from gradproof.ops import TABLE, Operation

SAME = "exp log sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh sigmoid abs sign relu erf sqrt".split()

OVERRIDES: dict[Operation, str] = {
    **{TABLE[name]: f"torch.{name}(x)" for name in SAME},
    TABLE["softplus"]: "torch.logaddexp(torch.zeros_like(x), x)",
    TABLE["elpow"]: "x ** a",
}

WORDS = {
    "sqrt": "torch.sqrt({0})",
    "log1p": "torch.log1p({0})",
    "turn": "{0}.T",
    "transpose": "{0}.permute({1})",
    "diagonal": "{0}.diagonal()",
    "einsum": "torch.einsum('{0}', {1})",
    "vdot": "({0} * {1}).sum()",
    "full": "torch.zeros({0}, dtype=dtype) + {1}",
    "zeros": "torch.zeros({0}, dtype=dtype)",
    "broadcast": "torch.broadcast_to({0}, {1})",
    "reshape": "{0}.reshape({1})",
    "sum": "{0}.sum({1})",
    "sum_all": "{0}.sum()",
    "copy": "{0}.clone()",
    "scalar": "torch.as_tensor({0}, dtype=dtype)",
    "default_dtype": "torch.get_default_dtype()",
}

HELPERS = {
    "_add_diagonal": '''
def _add_diagonal(H, pattern, core):
    """H with core added where the indices at equal numbers of the pattern are equal."""
    order = max(pattern) + 1
    sizes = [H.shape[pattern.index(k)] for k in range(order)]
    index = tuple(torch.arange(n).reshape([-1 if k == p else 1 for k in range(order)]) for n, p in zip(H.shape, pattern))
    return H.index_put(index, torch.as_tensor(core, dtype=H.dtype).expand(sizes), accumulate=True)
''',
    "_softmax": '''
def _softmax(x):
    """exp(x) / sum(exp(x)), shifted so that it cannot overflow."""
    return torch.softmax(x, 0)
''',
    "_softmax_along": '''
def _softmax_along(x, axis):
    """exp(x) / sum(exp(x)) along axes, shifted so that it cannot overflow."""
    e = torch.exp(x - torch.amax(x, axis, keepdim=True))
    return e / e.sum(axis, keepdim=True)
''',
    "_logsumexp": '''
def _logsumexp(x, axis=None):
    """log(sum(exp(x))), shifted so that it cannot overflow."""
    return torch.logsumexp(x, tuple(range(x.ndim)) if axis is None else axis)
''',
    "_cholesky": '''
def _cholesky(S):
    """The lower Cholesky factor of a positive definite matrix."""
    return torch.linalg.cholesky(S)
''',
    "_cholesky_solve": '''
def _cholesky_solve(L, b):
    """inv(L L') @ b."""
    return torch.cholesky_solve(b, L) if b.ndim == 2 else torch.cholesky_solve(b[:, None], L)[:, 0]
''',
    "_half_solve": '''
def _half_solve(L, B):
    """inv(L) @ B."""
    return torch.linalg.solve_triangular(L, B, upper=False)
''',
    "_cholesky_inverse": '''
def _cholesky_inverse(L):
    """inv(L L')."""
    return torch.cholesky_inverse(L)
''',
    "_cholesky_logdet": '''
def _cholesky_logdet(L):
    """log(det(L L'))."""
    return 2 * torch.log(L.diagonal()).sum()
''',
    "_cholesky_det": '''
def _cholesky_det(L):
    """det(L L')."""
    return L.diagonal().prod() ** 2
''',
    "_lu": '''
def _lu(A):
    """The factors of A and A itself."""
    return A, torch.linalg.lu_factor(A)
''',
    "_lu_solve": '''
def _lu_solve(lu, b, transposed=False):
    """inv(A) @ b, or inv(A') @ b."""
    A = lu[0].T if transposed else lu[0]
    return torch.linalg.solve(A, b) if transposed or b.ndim == 1 else torch.linalg.lu_solve(*lu[1], b)
''',
    "_lu_inverse": '''
def _lu_inverse(lu):
    """inv(A)."""
    return torch.linalg.inv(lu[0])
''',
    "_lu_logdet": '''
def _lu_logdet(lu):
    """log(det(A)); nan where the determinant is negative."""
    sign, value = torch.linalg.slogdet(lu[0])
    return torch.where(sign >= 0, value, torch.nan)
''',
    "_lu_det": '''
def _lu_det(lu):
    """det(A)."""
    return torch.linalg.det(lu[0])
''',
}


class TorchSpelling(PythonSpelling):
    """Writes nodes as PyTorch expressions."""

    words = WORDS
    overrides = OVERRIDES
    helpers = HELPERS
    imports = ("import torch",)
    reserved = ("torch", "dtype")
    casts = True

    def dtype_of(self, arrays: Sequence[str]) -> str:
        """The dtype of the results: that of the first array, as torch mixes none."""
        return super().dtype_of(arrays[:1])

    def convert(self, name: str, value: Any) -> Any:
        """A value that is given, as an array of the target."""
        return value if isinstance(value, float | int) else import_module("torch").as_tensor(value)

    def weak(self, written: str, arg: str) -> str:
        """A function of a plain number, which torch takes only as a tensor."""
        return written.replace(f"({arg})", f"(torch.tensor(float({arg})))")
