"""PyTorch sources: functions of tensors, which torch.compile takes and through which gradients flow."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gradproof.codegen.autograd import PlannedPullback, indented
from gradproof.codegen.targets import matrix_helpers
from gradproof.codegen.targets.emit import Scope, statement
from gradproof.codegen.targets.python_target import PythonSpelling
from gradproof.codegen.targets.python_writers import Words
from gradproof.codegen.targets.target import PythonTarget
from gradproof.errors import DomainError
from gradproof.numeric.arrays import plain, real
from gradproof.ops import Operation, basic
from gradproof.optional import needed
from gradproof.say import say

OWN: dict[Operation, str] = {basic.ELPOW: "x ** a"}

WORDS = Words(
    sqrt="torch.sqrt({0})",
    nonzero="torch.where({0} == 0, 1, {0})",
    log1p="torch.log1p({0})",
    turn="{0}.T",
    transpose="{0}.permute({1})",
    diagonal="{0}.diagonal()",
    einsum="torch.einsum('{0}', {1})",
    vdot="({0} * {1}).sum()",
    full="torch.zeros({0}, dtype=dtype, device=device) + {1}",
    zeros="torch.zeros({0}, dtype=dtype, device=device)",
    broadcast="torch.broadcast_to({0}, {1})",
    reshape="{0}.reshape({1})",
    sum="{0}.sum({1})",
    sum_all="{0}.sum()",
    copy="{0}.clone()",
    scalar="torch.as_tensor({0}, dtype=dtype, device=device)",
    default_dtype="torch.get_default_dtype()",
    dtype="{0}.dtype",
)

HELPERS = {
    **matrix_helpers.TORCH,
    "_add_diagonal": '''
def _add_diagonal(H, pattern, core):
    """H with core added where the indices at equal numbers of the pattern are equal."""
    order = max(pattern) + 1
    sizes = [H.shape[pattern.index(k)] for k in range(order)]
    index = tuple(torch.arange(n, device=H.device).reshape([-1 if k == p else 1 for k in range(order)]) for n, p in zip(H.shape, pattern))
    return H.index_put(index, torch.as_tensor(core, dtype=H.dtype, device=H.device).expand(sizes), accumulate=True)
''',
    "_softmax": '''
def _softmax(x):
    """exp(x) / sum(exp(x)), shifted so that it cannot overflow."""
    return torch.softmax(x.reshape(-1), 0).reshape(x.shape)
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
    "_norm": '''
def _norm(x):
    """The square root of the sum of squares, also where the squares would leave the range of the numbers."""
    top = torch.abs(x.detach()).max()
    top = torch.where((top > 0) & (top < torch.inf), top, 1)
    return top * torch.sqrt(torch.square(x / top).sum())
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
    return value * torch.where(sign >= 0, 1.0, torch.nan)
''',
    "_lu_det": '''
def _lu_det(lu):
    """det(A)."""
    return torch.linalg.det(lu[0])
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
            return torch.func.jvp(f, (y,), (e,))[1]

        if d.ndim == 2:
            return push(d)
        found = torch.vmap(push, in_dims=-1, out_dims=-1)(d.reshape(*d.shape[:2], -1))
        return found.reshape(*found.shape[:-1], *d.shape[2:])

    return along
''',
    "_kind_of": '''
def _kind_of(*numbers):
    """The dtype and the device of the widest of the numbers that are tensors of floats, else the default ones."""
    found = [x for x in numbers if isinstance(x, torch.Tensor) and x.is_floating_point()]
    widest = max(found, key=lambda x: x.dtype.itemsize, default=None)
    return (torch.get_default_dtype(), None) if widest is None else (widest.dtype, widest.device)
''',
    "_of_one_dtype": '''
def _of_one_dtype(args, arrays):
    """The arguments as tensors of one floating-point dtype: that of the arrays among them, the widest where there are several."""
    dtype = functools.reduce(torch.promote_types, [torch.as_tensor(args[k]).dtype for k in arrays])
    dtype = dtype if dtype.is_floating_point else torch.get_default_dtype()
    device = torch.as_tensor(args[arrays[0]]).device if arrays else None
    return [torch.as_tensor(a, dtype=dtype, device=device) for a in args]
''',
}

FUNCTION = '''
class {cls}(torch.autograd.Function):
    """The closed form of {name}, and of its derivatives."""

    generate_vmap_rule = True

    @staticmethod
    def forward({inputs}):
{forward}

    @staticmethod
    def setup_context(ctx, inputs, output):
{kept}

    @staticmethod
    def backward(ctx, {incoming}):
{backward}


def {name}({inputs}):
{doc}
    return {cls}.apply(*_of_one_dtype({all}, {arrays})){first}
'''


class TorchSpelling(PythonSpelling):
    """Writes nodes as PyTorch expressions."""

    name = "torch"
    words = WORDS
    own = OWN
    maps = True
    helpers = HELPERS
    imports = ("import torch",)
    reserved = ("torch", "dtype", "device", "range", "sum")
    casts = True

    def kind_line(self, arrays: Sequence[str], numbers: Sequence[str] = ()) -> str:
        """The line that says of which dtype, and where, new arrays are: those of the first array, as torch mixes none."""
        if not arrays:
            return f"dtype, device = _kind_of({', '.join(numbers)})"
        return f"dtype, device = {arrays[0]}.dtype, {arrays[0]}.device"

    def imported(self, text: str, bodies: Sequence[str]) -> list[str]:
        """The import lines; functools only where it is used."""
        return [*(["import functools", ""] if "functools." in "".join(bodies) else []), *self.imports]

    def vmap(self, run: Callable[..., Any], axes: Sequence[int | None]) -> Callable[..., Any]:
        """A function of one problem as one of many: at these axes of the arguments."""
        return needed("torch").func.vmap(run, tuple(axes))

    def convert(self, name: str, value: Any) -> Any:
        """A value that is given, as an array of the target; whole numbers become floating-point numbers. Raises ShapeError, DomainError."""
        torch = needed("torch")
        if not isinstance(value, torch.Tensor):
            import numpy as np  # numbers are needed only here

            value = plain(name, value, np)
            if type(value) is float:
                return value
            value = torch.as_tensor(np.require(value, requirements=["C", "W"]))  # torch takes no other memory
        if value.is_sparse or value.layout is not torch.strided:
            raise DomainError(
                say("{name} is a sparse tensor, and a dense one is needed", name=name),
                hint=say("give {name}.to_dense()", name=name),
            )
        real(name, value.is_complex())
        return value if value.is_floating_point() else value.to(torch.get_default_dtype())

    def unified(self, arrays: Mapping[int, Any]) -> dict[int, Callable[[Any], Any]]:
        """How arguments of different precision become tensors of the widest: torch mixes none."""
        if len({a.dtype for a in arrays.values()}) < 2:
            return {}
        widest = functools.reduce(needed("torch").promote_types, (a.dtype for a in arrays.values()))
        return {k: lambda a: a.to(widest) for k, a in arrays.items() if a.dtype != widest}

    def numbers(self, value: Any) -> Any:
        """The entries as NumPy has them; None where they are not to be had, as while a function is traced."""
        if isinstance(value, float):
            return value
        try:
            return value.detach().cpu().numpy()
        except (RuntimeError, TypeError):
            return None

    def weak(self, written: str, arg: str) -> str:
        """A function of a plain number, which torch takes only as a tensor."""
        return super().weak(written.replace(f"({arg})", f"(torch.tensor(float({arg}), dtype=torch.float64))"), arg)


class Autograd:
    """A torch.autograd.Function. Its backward computes what is asked for, and is of differentiable operations itself."""

    forward = False
    incoming = "grad_output"
    taken: tuple[str, ...] = ("functools", "ctx", "inputs", "output")
    unkept = frozenset({"lu", "sym"})  # no single tensor

    def write(self, p: PlannedPullback) -> tuple[str, set[str]]:
        """The source of the function, and the helper functions that it needs."""
        scope = p.statements([p.value, *p.kept])
        value = p.answer(p.value, scope, own=True)
        kept = [scope.of(node) for node in p.kept]
        others = [name for node, name in zip(p.kept, kept, strict=True) if node is not p.value]
        output = [value, *others]
        _, opening = p.opening(scope, p.inputs, next(iter(p.inputs.values())))
        back, helpers = _backward(p, scope, ", ".join(kept))
        all_ = ", ".join(p.inputs.values())
        text = FUNCTION.strip("\n").format(
            cls=p.task.name.capitalize(),
            name=p.task.name,
            inputs=all_,
            all=f"({all_},)" if len(p.inputs) == 1 else f"({all_})",
            arrays=[k for k, s in enumerate(p.task.symbols.values()) if s.type.dims] or list(range(len(p.inputs))),
            forward=indented([*opening, *scope.lines, f"return {', '.join(output)}"], 2),
            kept=indented(_kept(kept, output, others), 2),
            incoming=p.incoming[""] + (", *_" if others else ""),
            backward=indented(back, 2),
            doc=indented(_said(p)),
            first="[0]" if others else "",
        )
        return text, scope.helpers | helpers | {"_of_one_dtype"}


def _said(p: PlannedPullback) -> list[str]:
    """The docstring of the function; without the user's names, none."""
    return ['"""The value."""'] if p.positional else [*p.task.doc, *p.described]


def _kept(kept: list[str], output: list[str], others: list[str]) -> list[str]:
    """The lines that keep the variables, and what else the derivatives need."""
    if not others:
        return [f"ctx.save_for_backward(*inputs{', output' if kept else ''})"]
    names = ["_" if len(others) == len(kept) else output[0], *others]
    marked = f"ctx.mark_non_differentiable({', '.join(others)})  # no results, only kept"
    return [f"{', '.join(names)} = output", marked, f"ctx.save_for_backward(*inputs, {', '.join(kept)})"]


def _backward(p: PlannedPullback, forward: Scope, kept: str) -> tuple[list[str], set[str]]:
    """The lines of the backward pass, and the helper functions that they need."""
    scope = p.scope(p.derivatives, forward)
    grads = {n: p.names("grad", f"grad_{n}") for n in p.task.symbols}
    needs = {n: p.names("need", f"need_{n}") for n in p.task.symbols}
    lines = list(_guarded(p, scope, forward, grads, needs))
    _, opening = p.opening(scope, p.used(p.order(p.derivatives, forward)), p.incoming[""])
    everything = ", ".join([*p.inputs.values(), *([kept] if kept else [])])
    saved = [f"{everything} = ctx.saved_tensors" if "," in everything else f"({everything},) = ctx.saved_tensors"]
    if kept:
        whole = f"{p.task.name.capitalize()}.forward({', '.join(p.inputs.values())})"
        first = forward.of(p.value) if p.value in p.kept else "_"
        names = ", ".join([first, *(forward.of(node) for node in p.kept if node is not p.value)])
        saved += [
            "if torch.is_grad_enabled():  # to be differentiated again, through the variables",
            f"    {names} = {whole}",
        ]
    wanted = f"{', '.join(needs.values())}{',' if len(needs) == 1 else ''} = ctx.needs_input_grad"
    return [
        *saved,
        wanted,
        *opening,
        " = ".join([*grads.values(), "None"]),
        *lines,
        f"return {', '.join(grads.values())}",
    ], scope.helpers


def _guarded(
    p: PlannedPullback, scope: Scope, forward: Scope, grads: dict[str, str], needs: dict[str, str]
) -> Iterator[str]:
    """The gradients, each computed where it is asked for."""
    for n, why in p.task.refused.items():
        yield f"if {needs[n]}:"
        yield f"    raise NotImplementedError({'there is no derivative by ' + n + ': ' + why!r})"
    for by, nodes in p.sections(forward):
        outside = dict(scope.texts)
        scope.lines, guarded = [], len(by) == 1 or len(by) < len(p.task.symbols)
        for node in nodes:
            statement(node, p.spelling, scope, node in p.derivatives)
        if len(by) == 1:
            scope.line(f"{grads[by[0]]} = {p.answer(p.derivatives[p.task.by.index(by[0])], scope)}")
        if scope.lines and guarded:
            yield f"if {' or '.join(needs[n] for n in by)}:"
        yield from (("    " if guarded else "") + line for line in scope.lines)
        scope.texts = {
            **outside,
            **{node: scope.texts[node] for node in nodes},
        }  # a name given inside to what is from outside is known only there


TARGETS = (PythonTarget("torch", TorchSpelling, batch=True, autograd={"True": Autograd}),)
