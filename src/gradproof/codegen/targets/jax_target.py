"""JAX sources: functions that can be jitted, vectorised and differentiated again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradproof.codegen.autograd import PlannedPullback, indented
from gradproof.codegen.targets import matrix_helpers
from gradproof.codegen.targets.python_target import PythonSpelling
from gradproof.codegen.targets.python_writers import Words
from gradproof.codegen.targets.target import PythonTarget
from gradproof.numeric.arrays import plain, real
from gradproof.ops import Operation, basic
from gradproof.optional import needed

OWN: dict[Operation, str] = {basic.ELPOW: "x ** a"}

WORDS = Words(
    sqrt="jnp.sqrt({0})",
    nonzero="jnp.where({0} == 0, 1, {0})",
    log1p="jnp.log1p({0})",
    turn="{0}.T",
    transpose="{0}.transpose({1})",
    diagonal="jnp.diagonal({0})",
    einsum="jnp.einsum('{0}', {1})",
    vdot="jnp.vdot({0}, {1})",
    full="jnp.full({0}, {1}, dtype)",
    zeros="jnp.zeros({0}, dtype)",
    broadcast="jnp.broadcast_to({0}, {1})",
    reshape="{0}.reshape({1})",
    sum="{0}.sum({1})",
    sum_all="{0}.sum()",
    copy="{0}",
    scalar="jnp.asarray({0}, dtype)",
    dtype="jnp.result_type({0})",
    default_dtype="jnp.result_type(float)",
)

HELPERS = {
    **matrix_helpers.JAX,
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
    return jax.nn.softmax(x, None)
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
    "_norm": '''
def _norm(x):
    """The square root of the sum of squares, also where the squares would leave the range of the numbers."""
    total = jnp.vdot(x, x)
    top = jax.lax.stop_gradient(total)
    inside = (1e-30 < top) & (top < 1e30)
    return jax.lax.cond(inside, lambda total, x: jnp.sqrt(total), lambda total, x: _far_norm(x), total, x)


def _far_norm(x):
    """The same of very large or small numbers."""
    top = jax.lax.stop_gradient(jnp.abs(x).max(initial=0))
    top = jnp.where((top > 0) & (top < jnp.inf), top, 1)
    return top * jnp.sqrt(jnp.square(x / top).sum())
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
    return value * jnp.where(sign >= 0, 1.0, jnp.nan)
''',
    "_lu_det": '''
def _lu_det(lu):
    """det(A)."""
    return jnp.linalg.det(lu[0])
''',
    "_frechet": '''
def _frechet(f, x, *directions):
    """The derivative of a matrix function along directions; further axes of a direction stay."""
    for d in directions:
        f = _along(f, d)
    return f(x)
''',
    "_along": '''
def _along(f, d):
    """The derivative of f along d, as a function."""

    def along(y):
        def push(e):
            return jax.jvp(f, (y,), (e,))[1]

        if d.ndim == 2:
            return push(d)
        found = jax.vmap(push, in_axes=-1, out_axes=-1)(d.reshape(*d.shape[:2], -1))
        return found.reshape(*found.shape[:-1], *d.shape[2:])

    return along
''',
    "_refuse": '''
@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def _refuse(x, why):
    """x, which raises where it is differentiated by."""
    return x


@_refuse.defjvp
def _refused(why, primals, tangents):
    raise NotImplementedError(why)
''',
}

VJP = """
@jax.custom_vjp
def _{name}({inputs}):
    return _forward({inputs})[0]


def _forward({inputs}):
{forward}


def _backward(saved, {incoming}):
{backward}


_{name}.defvjp(_forward, _backward)
"""

JVP = """
@jax.custom_jvp
def _{name}({inputs}):
{value}


@_{name}.defjvp
def _tangent(primals, tangents):
{tangent}
"""

FUNCTION = """
def {name}({inputs}):
{doc}
    dtype = jnp.result_type(float, {arrays})
{refused}    return _{name}({cast})
"""


class JaxSpelling(PythonSpelling):
    """Writes nodes as JAX expressions; functions of the table by the names that JAX shares with NumPy."""

    name = "jax"
    words = WORDS
    helpers = HELPERS
    own = OWN
    maps = True
    reserved = ("jax", "jnp", "dtype")
    turns = casts = True
    vector_first = True  # XLA on a processor: a seventh of the time at n = 1000

    def vmap(self, run: Callable[..., Any], axes: Sequence[int | None]) -> Callable[..., Any]:
        """A function of one problem as one of many: at these axes of the arguments."""
        return needed("jax").vmap(run, tuple(axes))

    def weak(self, written: str, arg: str) -> str:
        """A function of a plain number: a weak scalar, as JAX has it; under jit nothing can be a plain number."""
        return written

    def constant(self, text: str) -> str:
        """A result that follows from nothing that is given."""
        return f"jnp.asarray({text}, float)"

    def convert(self, name: str, value: Any) -> Any:
        """A value that is given, as an array of the target; whole numbers become floating-point numbers. Raises ShapeError, DomainError."""
        jax, jnp = needed("jax"), needed("jax.numpy")
        if not isinstance(value, jax.Array) and not hasattr(value, "__jax_array__"):
            import numpy as np  # numbers are needed only here

            value = plain(name, value, np)
            if isinstance(value, float) and type(value) is float:
                return value
        array = jnp.asarray(value)
        real(name, jnp.issubdtype(array.dtype, jnp.complexfloating))
        return array if jnp.issubdtype(array.dtype, jnp.floating) else array.astype(jnp.result_type(float))

    def numbers(self, value: Any) -> Any:
        """The entries as NumPy has them; None while a function is traced."""
        import numpy as np  # numbers are needed only here

        return None if isinstance(value, needed("jax").core.Tracer) else np.asarray(value)

    def imported(self, text: str, bodies: Sequence[str]) -> list[str]:
        """The import lines; jax itself only where it is used."""
        whole = text + "".join(bodies)
        own = ["import functools", ""] if "functools." in whole else []
        own += ["import jax"] if any(f"jax.{part}" in whole for part in ("nn.", "custom", "jvp", "lax.")) else []
        return [*own, "import jax.numpy as jnp", *(["import jax.scipy"] if "jax.scipy." in whole else [])]


class Reverse:
    """A function with jax.custom_vjp."""

    forward = False
    incoming = "g"
    taken: tuple[str, ...] = ("functools", "saved", "_forward", "_backward", "_formula")
    unkept: frozenset[str] = frozenset()

    def write(self, p: PlannedPullback) -> tuple[str, set[str]]:
        """The source of the function, and the helper functions that it needs."""
        scope = p.statements([p.value, *p.kept])
        value = p.answer(p.value, scope, own=True)
        back = p.statements(p.derivatives, scope)
        grads = {n: p.answer(node, back) for n, node in zip(p.task.by, p.derivatives, strict=True)}
        absent = [n for n in p.task.symbols if n not in grads]
        g = p.incoming[""]
        held, opening = p.opening(
            back, [n for n in p.task.symbols if n in {*p.used(p.order(p.derivatives, scope)), *absent}], g
        )
        grads.update({n: f"jnp.zeros_like({p.inputs[n]})" for n in absent})  # never asked for: _refuse raises before
        saved = [*(p.inputs[n] for n in held), *(scope.of(node) for node in p.kept)]
        packed = ", ".join(saved) + ("," if len(saved) == 1 else "")
        _, first = p.opening(scope, p.inputs, next(iter(p.inputs.values())))
        unpacked = [f"{packed if len(saved) != 1 else f'({packed})'} = saved"] if saved else []
        answer = ", ".join(grads[n] for n in p.task.symbols) + ("," if len(grads) == 1 else "")
        text = VJP.strip("\n").format(
            name=p.task.name,
            inputs=", ".join(p.inputs.values()),
            incoming=g,
            forward=indented([*first, *scope.lines, f"return {value}, ({packed})"]),
            backward=indented(
                [*unpacked, *opening, *back.lines, f"return {f'({answer})' if len(grads) == 1 else answer}"]
            ),
        )
        return _public(p, text, scope.helpers | back.helpers)


class Forward:
    """A function with jax.custom_jvp."""

    forward = True
    incoming = "d{}"
    taken: tuple[str, ...] = ("functools", "primals", "tangents", "_tangent", "_formula")
    unkept: frozenset[str] = frozenset()

    def write(self, p: PlannedPullback) -> tuple[str, set[str]]:
        """The source of the function, and the helper functions that it needs."""
        names, like = list(p.inputs.values()), next(iter(p.inputs.values()))
        alone, both = p.statements([p.value]), p.statements([p.value, *p.derivatives])
        value, answers = (
            p.answer(p.value, alone, own=True),
            [p.answer(node, both) for node in (p.value, *p.derivatives)],
        )
        moves = [p.incoming[n] if n in p.task.by else "_" for n in p.inputs]
        unpacked = [
            f"{', '.join(x)}{' = ' if len(x) > 1 else ', = '}{whole}"
            for x, whole in ((names, "primals"), (moves, "tangents"))
        ]
        text = JVP.strip("\n").format(
            name=p.task.name,
            inputs=", ".join(names),
            value=indented([*p.opening(alone, p.inputs, like)[1], *alone.lines, f"return {value}"]),
            tangent=indented(
                [*unpacked, *p.opening(both, p.inputs, like)[1], *both.lines, f"return {', '.join(answers)}"]
            ),
        )
        return _public(p, text, alone.helpers | both.helpers)


def _public(p: PlannedPullback, text: str, helpers: set[str]) -> tuple[str, set[str]]:
    """The function that users call, after those that it needs: it brings its arguments to one dtype."""
    names = list(p.inputs.values())
    arrays = [p.inputs[n] for n, s in p.task.symbols.items() if s.type.dims] or names
    refused = [
        f"{p.inputs[n]} = _refuse({p.inputs[n]}, {'there is no derivative by ' + n + ': ' + why!r})"
        for n, why in p.task.refused.items()
    ]
    public = FUNCTION.strip("\n").format(
        name=p.task.name,
        inputs=", ".join(names),
        doc=indented(['"""The value."""'] if p.positional else [*p.task.doc, *p.described]),
        arrays=", ".join(arrays),
        refused=indented(refused) + "\n" if refused else "",
        cast=", ".join(f"jnp.asarray({n}, dtype)" for n in names),
    )
    return f"{text}\n\n\n{public}", helpers | ({"_refuse"} if refused else set())


TARGETS = (PythonTarget("jax", JaxSpelling, batch=True, autograd={"True": Reverse, "vjp": Reverse, "jvp": Forward}),)
