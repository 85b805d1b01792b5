"""Linear systems by structure: a diagonal plus a low rank (Woodbury), a matrix for each block, a Kronecker product."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from gradproof.codegen.plan.flat import Flat, opened
from gradproof.engine.contract import contract
from gradproof.engine.tensor import Factor, Tensor
from gradproof.engine.value import tensor_value
from gradproof.errors import DomainError
from gradproof.records import replace
from gradproof.say import say
from gradproof.shapes.dims import Sizes

Solve = Callable[[Any], Any]
Values = Mapping[str, Any]


def solver(t: Tensor, rows: int, values: Values, sizes: Sizes) -> Solve | None:
    """A function that solves systems with the matrix of a tensor (its first `rows` axes are the rows); None where no structure is seen."""
    flats = opened(t)
    if t.axes[:rows] != t.axes[rows:]:
        return None
    if t.order == 2:
        return _diagonal_and_low_rank(flats, values, sizes)
    if t.order == 4 and len(flats) == 1:
        return _blocks(flats[0], values, sizes) or _kronecker(flats[0], values, sizes)
    return None


def _value(
    flat: Flat, factors: Sequence[Factor], out: tuple[int, ...], values: Values, sizes: Sizes, scaled: bool = False
) -> Any:
    """The array of some factors of a product."""
    t = contract(flat.coefficient if scaled else 1, factors, out, {i: flat.dims[i] for i in out})
    return tensor_value(t, values, sizes)


def _diagonal_and_low_rank(flats: Sequence[Flat], values: Values, sizes: Sizes) -> Solve | None:
    np = import_module("numpy")
    diagonal: Any = 0.0
    left, right = [], []
    for f in flats:
        i, j = f.out
        if i == j:
            diagonal = diagonal + _value(f, f.factors, (i,), values, sizes, scaled=True)
            continue
        mine = [g for g in f.factors if i in g[1]]
        rest = [g for g in f.factors if i not in g[1]]
        shared = tuple({k for g in mine for k in g[1]} & {k for g in rest for k in g[1]})
        if not mine or not rest or len(shared) > 1 or any(j in g[1] for g in mine):
            return None
        n = f.dims[i].evaluate(sizes)
        left.append(np.reshape(_value(f, mine, (i, *shared), values, sizes), (n, -1)))
        right.append(np.reshape(_value(f, rest, (j, *shared), values, sizes, scaled=True), (n, -1)))
    if np.ndim(diagonal) == 0:
        return None
    if not left:
        return lambda b: b / diagonal
    u, v = np.concatenate(left, axis=1), np.concatenate(right, axis=1)
    if u.shape[1] >= u.shape[0]:
        return None
    scaled = u / diagonal[:, None]
    change = v.T @ scaled
    small = np.eye(u.shape[1]) + change
    if np.linalg.norm(small, -2) <= 1e-14 * (1 + np.linalg.norm(change, 2)):
        raise DomainError(say("the matrix is singular"))

    def solve(b: Any) -> Any:
        z = b / diagonal
        return z - scaled @ _small_solve(np, small, v.T @ z)

    return solve


def _small_solve(np: Any, a: Any, b: Any) -> Any:
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError as error:
        raise DomainError(say("the matrix is singular")) from error


def _blocks(f: Flat, values: Values, sizes: Sizes) -> Solve | None:
    """H[i,a,j,b] that is zero unless i = j: a system for each i."""
    np = import_module("numpy")
    i, a, j, b = f.out
    if i != j or len({i, a, b}) < 3:
        return None
    core = _value(f, f.factors, (i, a, b), values, sizes, scaled=True)
    return lambda y: _small_solve(np, core, y.reshape(core.shape[:2])[..., None]).reshape(-1)


def _kronecker(f: Flat, values: Values, sizes: Sizes) -> Solve | None:
    """H[i,a,j,b] = A[i,j] B[a,b]."""
    np = import_module("numpy")
    i, a, j, b = f.out
    if len({i, a, j, b}) < 4:
        return None
    first = _connected(f, {i, j})
    second = [g for g in f.factors if g not in first]
    if any({a, b} & set(g[1]) for g in first) or not first or not second:
        return None
    one, two = _value(f, first, (i, j), values, sizes, scaled=True), _value(replace(f), second, (a, b), values, sizes)
    shape = (one.shape[0], two.shape[0])
    return lambda y: _small_solve(np, two, _small_solve(np, one, y.reshape(shape)).T).T.reshape(-1)


def _connected(f: Flat, indices: set[int]) -> list[Factor]:
    """The factors that hang together with these indices."""
    found: list[Factor] = []
    while more := [g for g in f.factors if g not in found and indices & set(g[1])]:
        found += more
        indices = indices | {k for g in more for k in g[1]}
    return found
