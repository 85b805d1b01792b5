"""The laws of spectra: vectors whose signs cancel are projectors, sums over all eigenvalues are traces of matrix functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.contract import add, contract, symmetry, zero
from gradproof.engine.lower import plain, substitute_template, template
from gradproof.engine.tensor import Apply, Contraction, Exponent, Factor, Sum, Tensor
from gradproof.ops import TABLE, Operation
from gradproof.ops.basic import ELPOW, INV, LOG
from gradproof.ops.operation import Primary
from gradproof.shapes.dims import Dim

EIGVEC, EIGPROJ, EIGRES, EIGVALS, SINGVALS = (TABLE[n] for n in ("eigvec", "eigproj", "eigres", "eigvals", "singvals"))
SQRTM, LOGM, POWM = (TABLE[n] for n in ("sqrtm", "logm", "powm"))
OF_MATRIX = {
    op.meaning.entrywise: op for op in TABLE.values() if isinstance(op.meaning, Primary) and op.meaning.entrywise
}


# -- vectors with a sign


def vectors(
    coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]
) -> Tensor | None:
    """Two of one eigenvector are its projector, wherever in a product they stand: v*v', (c'*v)^2, (c'*v)*v."""
    carriers: dict[Tensor, list[Factor]] = {}
    for f in factors:
        v = _vector_in(f)
        if v is not None:
            carriers.setdefault(v, []).append(f)
    for v, found in carriers.items():
        units = [f for f in found for _ in range(int(f[2]))][:2]
        if len(units) == 2 and isinstance(v, Apply):
            left = _without(factors, units)
            first = 1 + max([*out, *(i for f in factors for i in f[1])], default=-1)
            ends, opened = [], []
            for f in units:
                end, more, first = _open(f, v, first)
                ends.append(end)
                opened += more
            dyad = _dyad(v)
            return contract(coefficient, [*left, *opened, (dyad, tuple(ends), 1)], out, {i: dims[i] for i in out})
    return None


def _vector_in(f: Factor) -> Tensor | None:
    """The eigenvector that a factor is, or is linear in."""
    t, indices, e = f
    if not isinstance(e, int) or e < 1:
        return None
    if isinstance(t, Apply) and t.op is EIGVEC:
        return t
    if isinstance(t, Contraction) and not indices:
        inner = [g for g in t.factors if isinstance(g[0], Apply) and g[0].op is EIGVEC and g[2] == 1]
        return inner[0][0] if len(inner) == 1 else None
    return None


def _without(factors: list[Factor], units: Sequence[Factor]) -> list[Factor]:
    left = []
    for f in factors:
        e = f[2] - sum(u is f for u in units)
        if e:
            left.append((f[0], f[1], e))
    return left


def _open(f: Factor, v: Tensor, first: int) -> tuple[int, list[Factor], int]:
    """The index of the vector in a factor, what else stands there, and the next free index."""
    t, indices, _ = f
    if t is v:
        return indices[0], [], first
    assert isinstance(t, Contraction)
    moved = [(g, tuple([first + i for i in at]), e) for g, at, e in t.factors]
    mine = next(g for g in moved if g[0] is v)
    scalar = contract(t.coefficient, (), ())
    return mine[1][0], [(scalar, (), 1), *[g for g in moved if g is not mine]], first + len(t.dims)


def _dyad(v: Apply) -> Tensor:
    """v*v' of a unit eigenvector: the projector where the matrix is symmetric, else P*P'/tr(P*P')."""
    p = apply(EIGPROJ, v.args)
    if symmetry(v.args[0]) == 1:
        return p
    square = contract(1, [(p, (0, 1), 1), (p, (0, 1), 1)], ())
    return contract(1, [(p, (0, 2), 1), (p, (1, 2), 1), (square, (), -1)], (0, 1))


def _op(t: Tensor) -> Operation | None:
    return t.op if isinstance(t, Apply) else None


def projectors(
    coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]
) -> Tensor | None:
    """P*P = P, S*P = 0, tr(P) = 1; of a symmetric matrix also tr(P'*P) = 1."""
    for f in factors:
        t, indices, e = f
        alone = e == 2 and len(set(indices)) == 2 and not any(k in out for k in indices)
        unit = alone and isinstance(t, Apply) and t.op is EIGPROJ and symmetry(t.args[0]) == 1
        if unit and all(f is g or set(indices).isdisjoint(g[1]) for g in factors):
            rest = [g for g in factors if g is not f]
            return contract(coefficient, rest, out, {x: dims[x] for x in out})
    mine = [f for f in factors if isinstance(f[0], Apply) and f[0].op in (EIGPROJ, EIGRES) and f[2] == 1]
    for k, f in enumerate(mine):
        t, (i, j), _ = f
        op = _op(t)
        if i == j and op is EIGPROJ and i not in out and sum(i in g[1] for g in factors) == 1:
            rest = [g for g in factors if g is not f]
            return contract(coefficient, rest, out, {x: dims[x] for x in out})
        for g in mine[k + 1 :]:
            met = _met(f, g, factors, out)
            if met is not None and EIGPROJ in (op, _op(g[0])):
                if op is not _op(g[0]):
                    return zero(tuple(dims[x] for x in out))
                rest = [h for h in factors if h is not f and h is not g]
                return contract(coefficient, [*rest, (t, met, 1)], out, {x: dims[x] for x in out})
    return None


def _met(f: Factor, g: Factor, factors: list[Factor], out: tuple[int, ...]) -> tuple[int, int] | None:
    """The outer indices of two matrices of one eigenvalue that are multiplied; None where they are not."""
    if f[0].args != g[0].args:  # type: ignore[attr-defined]
        return None
    free = symmetry(f[0].args[0]) == 1  # type: ignore[attr-defined]
    for one, other in ((f, g), (g, f)):
        for a, b in ((1, 0), *(((0, 0), (1, 1)) if free else ())):
            k = one[1][a]
            if k == other[1][b] and k not in out and sum(k in h[1] for h in factors) == 2 and one[1][0] != one[1][1]:
                return (one[1][1 - a], other[1][1 - b])
    return None


# -- sums over all eigenvalues, or singular values


def sums(coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]) -> Tensor | None:
    """sum(log(eigvals(X))) is tr(logm(X)): an index on which nothing stands but functions of the eigenvalues of one matrix."""
    for i in {k for f in factors if len(f[1]) == 1 for k in f[1]} - set(out):
        group = [f for f in factors if i in f[1]]
        if any(len(f[1]) != 1 for f in group):
            continue
        list_ = next((s for f in group for s in [_list_in(f[0])] if s is not None), None)
        if list_ is None:
            continue
        rest = [f for f in factors if f not in group]
        known = dict(list_.op.reduced).get("sum")
        if known is not None and len(group) == 1 and group[0][0] is list_ and group[0][2] == 1:
            total = _templated(known, "matrix m n", list_.args[0])
            return contract(coefficient, [*rest, (total, (), 1)], out, {x: dims[x] for x in out})
        parts = [_power(list_, f[0], f[2]) for f in group]
        if all(p is not None for p in parts):
            total = parts[0]
            for p in parts[1:]:
                total = contract(1, [(total, (0, 1), 1), (p, (1, 2), 1)], (0, 2))  # type: ignore[list-item]
            trace = contract(1, [(total, (0, 0), 1)], ())  # type: ignore[list-item]
            return contract(coefficient, [*rest, (trace, (), 1)], out, {x: dims[x] for x in out})
    return None


def reduced(op: Operation, args: tuple[Tensor, ...]) -> Tensor | None:
    """The product of all eigenvalues is the determinant, the largest is an eigenvalue of its own."""
    list_ = args[0]
    if len(args) != 1 or not isinstance(list_, Apply) or not list_.op.reduced:
        return None
    known = dict(list_.op.reduced)
    kind = "matrix n n" if list_.op is EIGVALS else "matrix m n"
    return _templated(known[op.name], kind, list_.args[0]) if op.name in known else None


def _templated(text: str, kind: str, x: Tensor) -> Tensor:
    """A formula of the table, of a matrix X of this kind."""
    return substitute_template(template(text, (("X", kind),)), X=plain(x)).tensor


def _list_in(t: Tensor) -> Apply | None:
    """The list of eigenvalues or singular values in a vector."""
    stack = [t]
    while stack:
        node = stack.pop()
        if isinstance(node, Apply) and node.op in (EIGVALS, SINGVALS):
            return node
        stack += [c for c in node.children if c.order == 1]
    return None


def _matrix(list_: Apply) -> Tensor:
    """The matrix whose eigenvalues these are."""
    return list_.args[0] if list_.op is EIGVALS else apply(SQRTM, (_gram(list_),))


def _gram(list_: Apply) -> Tensor:
    return contract(1, [(list_.args[0], (1, 0), 1), (list_.args[0], (1, 2), 1)], (0, 2))


def _power(list_: Apply, t: Tensor, e: Exponent) -> Tensor | None:
    """The matrix of a power of a function of the list."""
    if t is list_ and list_.op is SINGVALS and Fraction(e) / 2 == int(Fraction(e) / 2):
        return _raised(_gram(list_), Fraction(e) / 2)
    m = _function(list_, t)
    return None if m is None else _raised(m, Fraction(e))


def _raised(m: Tensor, e: Fraction) -> Tensor:
    if e.denominator > 1:
        return apply(SQRTM, (m,)) if e == Fraction(1, 2) else apply(POWM, (m, contract(e, (), ())))
    base = apply(INV, (m,)) if e < 0 else m
    total = base
    for _ in range(abs(int(e)) - 1):
        total = contract(1, [(total, (0, 1), 1), (base, (1, 2), 1)], (0, 2))
    return total


def _function(list_: Apply, t: Tensor) -> Tensor | None:
    """The matrix function that a vector of functions of the list is the spectrum of; None where there is none."""
    n = list_.axes[0]
    unit = contract(1, (), (0, 0), {0: n})
    if t is list_:
        return _matrix(list_)
    match t:
        case Sum(terms=terms):
            parts = [(c, _function(list_, b)) for c, b in terms]
            return None if any(p is None for _, p in parts) else add([(c, p) for c, p in parts if p], (n, n))
        case Contraction(coefficient=c, factors=factors, out=out) if len(out) == 1:
            if any(set(i) - set(out) for _, i, _ in factors):
                return None
            scalars = [f for f in factors if not f[1]]
            parts = [_power(list_, f, e) for f, i, e in factors if i]
            total: Tensor | None = unit
            for p in parts:
                total = (
                    None if p is None or total is None else contract(1, [(total, (0, 1), 1), (p, (1, 2), 1)], (0, 2))
                )
            return None if total is None else contract(c, [*scalars, (total, (0, 1), 1)], (0, 1))
        case Apply(op=op, args=(x,)) if op.name in OF_MATRIX:
            if op is LOG and x is list_ and list_.op is SINGVALS:
                return contract(Fraction(1, 2), [(apply(LOGM, (_gram(list_),)), (0, 1), 1)], (0, 1))
            inner = _function(list_, x)
            return None if inner is None else apply(OF_MATRIX[op.name], (inner,))
        case Apply(op=op, args=(x,)) if op.of_matrix:
            inner = _function(list_, x)
            return None if inner is None else _templated(op.of_matrix, "matrix n n", inner)
        case Apply(op=op, args=(x, p)) if op is ELPOW:
            core = contract(p.coefficient, p.factors, ()) if isinstance(p, Contraction) else None
            same = core is not None and not any(i for _, i, _ in p.factors)  # type: ignore[attr-defined]
            inner = _function(list_, x) if same else None
            return None if inner is None or core is None else apply(POWM, (inner, core))
    return None
