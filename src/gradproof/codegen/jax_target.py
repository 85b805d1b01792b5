"""JAX sources: functions that can be jitted, vectorised and differentiated again."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from gradproof.codegen.python_target import PythonSpelling
from gradproof.ops import TABLE, Operation

OWN: dict[Operation, str] = {
    TABLE["sigmoid"]: "jax.nn.sigmoid(x)",
    TABLE["softplus"]: "jax.nn.softplus(x)",
    TABLE["erf"]: "jax.scipy.special.erf(x)",
}

OVERRIDES: dict[Operation, str] = {**{op: op.numpy.replace("np.", "jnp.") for op in TABLE.values() if op.numpy}, **OWN}

WORDS = {
    "sqrt": "jnp.sqrt({0})",
    "log1p": "jnp.log1p({0})",
    "turn": "{0}.T",
    "transpose": "{0}.transpose({1})",
    "diagonal": "jnp.diagonal({0})",
    "einsum": "jnp.einsum('{0}', {1})",
    "vdot": "jnp.vdot({0}, {1})",
    "full": "jnp.full({0}, {1}, dtype)",
    "zeros": "jnp.zeros({0}, dtype)",
    "broadcast": "jnp.broadcast_to({0}, {1})",
    "reshape": "{0}.reshape({1})",
    "sum": "{0}.sum({1})",
    "sum_all": "{0}.sum()",
    "copy": "{0}",
    "scalar": "jnp.asarray({0}, dtype)",
    "dtype": "jnp.result_type({0})",
    "default_dtype": "jnp.result_type(float)",
}

HELPERS = {
    "_add_diagonal": '''
def _add_diagonal(H, pattern, core):
    """H with core added where the indices at equal numbers of the pattern are equal."""
    core = jnp.asarray(core)
    order = max(pattern) + 1
    index = tuple(jnp.arange(n).reshape([-1 if k == p else 1 for k in range(order)]) for n, p in zip(H.shape, pattern))
    return H.at[index].add(core)
''',
    "_softmax": '''
def _softmax(x):
    """exp(x) / sum(exp(x)), shifted so that it cannot overflow."""
    return jax.nn.softmax(x)
''',
    "_softmax_along": '''
def _softmax_along(x, axis):
    """exp(x) / sum(exp(x)) along axes, shifted so that it cannot overflow."""
    return jax.nn.softmax(x, axis)
''',
    "_logsumexp": '''
def _logsumexp(x, axis=None):
    """log(sum(exp(x))), shifted so that it cannot overflow."""
    return jax.scipy.special.logsumexp(x, axis)
''',
    "_cholesky": '''
def _cholesky(S):
    """The lower Cholesky factor of a positive definite matrix; nan where it is not."""
    return jnp.linalg.cholesky(S)
''',
    "_cholesky_solve": '''
def _cholesky_solve(L, b):
    """inv(L L') @ b."""
    return jax.scipy.linalg.cho_solve((L, True), b)
''',
    "_half_solve": '''
def _half_solve(L, B):
    """inv(L) @ B."""
    return jax.scipy.linalg.solve_triangular(L, B, lower=True)
''',
    "_cholesky_inverse": '''
def _cholesky_inverse(L):
    """inv(L L')."""
    return jax.scipy.linalg.cho_solve((L, True), jnp.eye(len(L), dtype=L.dtype))
''',
    "_cholesky_logdet": '''
def _cholesky_logdet(L):
    """log(det(L L'))."""
    return 2 * jnp.log(jnp.diagonal(L)).sum()
''',
    "_cholesky_det": '''
def _cholesky_det(L):
    """det(L L')."""
    return jnp.diagonal(L).prod() ** 2
''',
    "_lu": '''
def _lu(A):
    """The factors of A and A itself."""
    return A, jax.scipy.linalg.lu_factor(A)
''',
    "_lu_solve": '''
def _lu_solve(lu, b, transposed=False):
    """inv(A) @ b, or inv(A') @ b."""
    return jax.scipy.linalg.lu_solve(lu[1], b, trans=1 if transposed else 0)
''',
    "_lu_inverse": '''
def _lu_inverse(lu):
    """inv(A)."""
    return jnp.linalg.inv(lu[0])
''',
    "_lu_logdet": '''
def _lu_logdet(lu):
    """log(det(A)); nan where the determinant is negative."""
    sign, value = jnp.linalg.slogdet(lu[0])
    return jnp.where(sign >= 0, value, jnp.nan)
''',
    "_lu_det": '''
def _lu_det(lu):
    """det(A)."""
    return jnp.linalg.det(lu[0])
''',
}


class JaxSpelling(PythonSpelling):
    """Writes nodes as JAX expressions; functions of the table by the names that JAX shares with NumPy."""

    words = WORDS
    helpers = HELPERS
    overrides = OVERRIDES
    reserved = ("jax", "jnp", "dtype")
    turns = casts = True

    def convert(self, name: str, value: Any) -> Any:
        """A value that is given, as an array of the target."""
        return value if isinstance(value, float | int) else import_module("jax.numpy").asarray(value)

    def imported(self, text: str, bodies: Sequence[str]) -> list[str]:
        """The import lines; jax itself only where it is used."""
        whole = text + "".join(bodies)
        own = ["import jax"] if "jax.nn." in whole else []
        return [*own, "import jax.numpy as jnp", *(["import jax.scipy"] if "jax.scipy." in whole else [])]
