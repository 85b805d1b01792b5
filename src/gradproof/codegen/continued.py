"""Compiled code where its closed form is 0/0: the limit that `evaluate` gives, in place of a value that is no number or of an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gradproof.codegen.plan.build import Result
from gradproof.engine.bounds import positive
from gradproof.engine.products import INV
from gradproof.engine.rank import keep_rank, ranked
from gradproof.engine.tensor import Apply, Contraction, Tensor, Variable, walk_tensor
from gradproof.engine.triangular import DET
from gradproof.engine.value import loses_digits
from gradproof.errors import GradproofError
from gradproof.notation.expr import Symbol
from gradproof.numeric.given import bind_sizes
from gradproof.ops.domain import FULL_RANK


def has_holes(t: Tensor) -> bool:
    """Whether a tensor may be 0/0 somewhere: a factor below is not positive everywhere, or a determinant stands beside an inverse."""
    nodes = [*walk_tensor(t)]
    called = {n.op for n in nodes if isinstance(n, Apply)}
    return {DET, INV} <= called or any(
        e < 0 and not positive(f) for n in nodes if isinstance(n, Contraction) for f, _, e in n.factors
    )


def filled_in(
    run: Callable[..., Any],
    results: Sequence[Result],
    symbols: Mapping[str, Symbol],
    names: Sequence[str],
    known: Mapping[str, Any],
) -> Callable[..., Any]:
    """A plan that gives the limits of its derivatives where there are any; itself where all are numbers everywhere.

    `names`: of its arguments; `known`: what else has a value.
    """
    kept = [r for r in results if any(not _declared(n) for n in ranked(r.tensor, [s.name for s in r.by]))]
    if kept:
        return _of_full_rank(run, kept, symbols, names, known)
    if not any(r.by and has_holes(r.tensor) for r in results):
        return run

    import numpy as np  # numbers are needed only here

    vdot, array = np.vdot, np.ndarray
    only = len(results) == 1
    doubtful = [r for r in results if r.by and is_beyond_adjugates(r.tensor)]

    def whole(*args: Any) -> Any:
        try:
            found = run(*args)
        except ValueError as error:
            limits = _limits(results, symbols, {**known, **dict(zip(names, args, strict=True))}, None)
            if limits is None:
                raise error
            return limits
        if doubtful and _loses_digits(doubtful, symbols, {**known, **dict(zip(names, args, strict=True))}):
            limits = _limits(results, symbols, {**known, **dict(zip(names, args, strict=True))}, None)
            return found if limits is None else limits
        if only and type(found) is array:  # the usual case first, since it is asked at each call
            total = vdot(found, found)
            if 0.0 < total < np.inf:
                return found
        parts = found if isinstance(found, tuple) else (found,)
        if not any(r.by and _is_broken(a) for r, a in zip(results, parts, strict=True)):
            return found
        limits = _limits(results, symbols, {**known, **dict(zip(names, args, strict=True))}, parts)
        return found if limits is None else limits

    return whole


def _declared(node: Apply) -> bool:
    """Whether a matrix is declared to have full rank, which is tested where it is given."""
    return isinstance(node.args[0], Variable) and not node.args[0].facts.isdisjoint(FULL_RANK.facts)


def _of_full_rank(
    run: Callable[..., Any],
    results: Sequence[Result],
    symbols: Mapping[str, Symbol],
    names: Sequence[str],
    known: Mapping[str, Any],
) -> Callable[..., Any]:
    """A plan that raises DomainError where a matrix has lost its rank, and its closed form has numbers."""
    import numpy as np  # with them

    def whole(*args: Any) -> Any:
        values = {**known, **dict(zip(names, args, strict=True))}
        sizes = bind_sizes([s for n, s in symbols.items() if n in values], values)
        for r in results:
            keep_rank(r.tensor, values, sizes, r.by, np)
        return run(*args)

    return whole


def is_beyond_adjugates(t: Tensor) -> bool:
    """Whether a determinant stands beside an inverse of another matrix, or beside several: no adjugate, which code computes as one.

    Where the matrix is singular but for rounding, these are products of tiny and huge numbers.
    """
    nodes = [*walk_tensor(t)]
    called = {op: {n.args[0] for n in nodes if isinstance(n, Apply) and n.op is op} for op in (DET, INV)}
    if not called[DET] or not called[INV]:
        return False
    inverted = {n for n in nodes if any(isinstance(m, Apply) and m.op is INV for m in walk_tensor(n))}
    several = any(
        sum(abs(e) for f, _, e in n.factors if f in inverted) > 1 for n in nodes if isinstance(n, Contraction)
    )
    return several or not called[INV] <= called[DET]


def _loses_digits(results: Sequence[Result], symbols: Mapping[str, Symbol], values: Mapping[str, Any]) -> bool:
    """Whether one of the matrices is singular, or nearly."""
    import numpy as np  # with them

    given = {n: np.asarray(v, float) if n in symbols else v for n, v in values.items()}
    sizes = bind_sizes([s for n, s in symbols.items() if n in given], given)
    return any(loses_digits(np, r.tensor, given, sizes) for r in results)


def _is_broken(a: Any) -> bool:
    """Whether an entry is not a number, or the sum of the squares is beyond the range of floats: so may be squares on the way."""
    import numpy as np  # with them

    return isinstance(a, np.ndarray | float) and not 0.0 < np.vdot(a, a) < np.inf


def _limits(
    results: Sequence[Result], symbols: Mapping[str, Symbol], values: Mapping[str, Any], parts: Sequence[Any] | None
) -> Any:
    """The results with limits for those that are broken, or, without `parts`, for all; None where there is none."""
    import numpy as np  # with them

    from gradproof.engine.removable import continued  # only at such points
    from gradproof.engine.value import tensor_value  # as well

    own = {n: v for n, v in values.items() if n not in symbols or isinstance(v, float | int | np.ndarray)}
    wide = {n: np.asarray(v, float) if n in symbols else v for n, v in own.items()}
    dtype = np.result_type(np.float32, *(v.dtype for v in own.values() if isinstance(v, np.ndarray)))
    found = []
    for k, r in enumerate(results):
        if parts is not None and not (r.by and _is_broken(parts[k])):
            found.append(parts[k])
            continue
        try:
            sizes = bind_sizes([s for n, s in symbols.items() if n in wide], wide)
            sizes = {**{n: v for n, v in own.items() if isinstance(v, int)}, **sizes}
            a = continued(r.tensor, wide, sizes, r.by) if r.by else tensor_value(r.tensor, wide, sizes)
        except GradproofError:
            return None
        a = np.asarray(a if r.axes is None else r.axes.array(np, a, r.layout))
        a = a if parts is None else np.where(np.isfinite(a), a, parts[k])
        found.append(a.astype(dtype) if a.ndim else float(a))
    return found[0] if len(found) == 1 else tuple(found)
