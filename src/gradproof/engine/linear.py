"""Operations that are linear in directions: Fréchet derivatives of matrix functions, and solutions of linear matrix equations.

A node L(X; E1, …, Ek) has the two axes of its value, then the further axes of each direction in turn. In each direction its transpose is itself
at the transposed other arguments: tr(G'*L(X; E)) = tr(L(X'; G)'*E). So whatever is differentiated by a matrix closes under these nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from gradproof.engine.applied import apply
from gradproof.engine.contract import add, contract, permute, symmetry, zero
from gradproof.engine.factors import bare
from gradproof.engine.tensor import Apply, Contraction, Factor, Sum, Tensor, Term
from gradproof.ops import TABLE, Operation, basic
from gradproof.ops.operation import Frechet, Linear, Primary
from gradproof.shapes.dims import Dim

INV = basic.INV


def fixed_count(op: Operation) -> int | None:
    """How many arguments come before the directions; None for an operation without directions."""
    match op.meaning:
        case Frechet(of=name):
            return TABLE[name].arity
        case Linear(arguments=letters):
            return len(letters)
    return None


def turn(t: Tensor) -> Tensor:
    """A matrix with its first two axes exchanged, whatever axes follow; scalars stay."""
    return permute(t, (1, 0, *range(2, t.order))) if t.order > 1 else t


def labels_of(node: Apply, fixed: int, indices: Sequence[int]) -> list[tuple[int, ...]]:
    """The indices that stand at the further axes of each direction."""
    found, at = [], 2
    for e in node.args[fixed:]:
        found.append(tuple(indices[at : at + e.order - 2]))
        at += e.order - 2
    return found


def transposed(node: Apply, place: int, adjoint: Tensor) -> Tensor:
    """What a node with this derivative hands to the argument at `place`, a direction: its axes, then the further ones of the derivative."""
    fixed = fixed_count(node.op)
    assert fixed is not None
    own = list(range(adjoint.order))
    labels, extra = labels_of(node, fixed, own), own[node.order :]
    args, places = [turn(a) for a in node.args], [*labels]
    args[place], places[place - fixed] = adjoint, tuple(own[2:])
    found = apply(node.op, tuple(args))
    indices = (0, 1, *(x for group in places for x in group))
    out = (0, 1, *labels[place - fixed], *extra)
    return contract(1, [(found, indices, 1)], out)


def appended(node: Apply, moved: Tensor, extra: int = 0) -> Tensor:
    """The derivative of a Fréchet node, or of the function itself, along a direction of its first argument; `extra`: its last further axes."""
    op = node.op if isinstance(node.op.meaning, Frechet) else along(node.op)
    return apply(op, (*node.args, moved))


def along(op: Operation) -> Operation:
    """The Fréchet derivative of a matrix function."""
    assert isinstance(op.meaning, Primary)
    return TABLE["d" + (op.meaning.written or op.name)]


def by_argument(node: Apply, adjoint: Tensor) -> Tensor:
    """What a matrix function, or a Fréchet node, with this derivative hands to its first argument."""
    own = tuple(range(adjoint.order))
    op = node.op if isinstance(node.op.meaning, Frechet) else along(node.op)
    fixed = fixed_count(op)
    assert fixed is not None
    found = apply(op, (*[turn(a) for a in node.args], adjoint))
    between = own[2 : node.order]
    return contract(1, [(found, (0, 1, *between, *own[2:]), 1)], (0, 1, *own[node.order :]))


# -- laws


def linear(op: Operation, args: tuple[Tensor, ...]) -> Tensor | None:
    """Zero, multiples and unconnected factors of a direction come out; a transpose at X comes out; directions are sorted."""
    fixed = fixed_count(op)
    if fixed is None:
        return None
    for e in args[fixed:]:
        if isinstance(e, Sum) and not e.terms:
            return zero(args[fixed].axes[:2] + tuple(d for a in args[fixed:] for d in a.axes[2:]))
    if (
        isinstance(op.meaning, Linear)
        and op.meaning.diagonal is not None
        and (known := _masked(op, op.meaning, args[0]))
    ):
        return known
    pulled = _pulled(op, args, fixed)
    if pulled is not None or not isinstance(op.meaning, Frechet):
        return pulled
    inner = turn(args[0])
    if _is_turned(args[0]):
        return turn(apply(op, (inner, *args[1:fixed], *[turn(e) for e in args[fixed:]])))
    if symmetry(args[0]) == 1 and len(args) == fixed + 1 and _is_turned(args[fixed]):
        return turn(apply(op, (*args[:fixed], turn(args[fixed]))))
    return _sorted(op, args, fixed)


def _masked(op: Operation, mask: Linear, x: Tensor) -> Tensor | None:
    """A mask of a diagonal matrix, and of what it has left already."""
    if mask.diagonal == 1 and isinstance(x, Apply) and x.op is op:
        return x
    diagonal = isinstance(x, Contraction) and x.order == 2 and x.out[0] == x.out[1]
    return contract(mask.diagonal or 0, [(x, (0, 1), 1)], (0, 1)) if diagonal else None


def joined_directions(terms: list[Term], axes: tuple[Dim, ...]) -> Tensor | None:
    """L(X; E) + L(X; F) as L(X; E + F); transposes stand at the nodes, and at X where that is symmetric at the directions."""
    groups: dict[tuple[object, ...], list[tuple[int, Fraction, Tensor]]] = {}
    for k, (c, t) in enumerate(terms):
        inner, places = bare(t)
        if not isinstance(inner, Apply) or inner.order != 2 or len(places) != 2:
            continue
        fixed = fixed_count(inner.op)
        if not fixed or len(inner.args) != fixed + 1 or inner.args[-1].order != 2:
            continue
        turned, e = places == (1, 0), inner.args[-1]
        if turned and isinstance(inner.op.meaning, Frechet) and symmetry(inner.args[0]) == 1:
            turned, e = False, turn(e)
        groups.setdefault((inner.op, *inner.args[:fixed], turned), []).append((k, c, e))
    for (op, *known), found in groups.items():
        if len(found) > 1:
            assert isinstance(op, Operation)
            *given, turned = known
            e = add([(c, e) for _, c, e in found], found[0][2].axes)
            node = apply(op, (*given, e))  # type: ignore[arg-type]
            rest = [term for k, term in enumerate(terms) if not any(k == j for j, _, _ in found)]
            return add([*rest, (1, turn(node) if turned else node)], axes)
    return None


def _is_turned(t: Tensor) -> bool:
    """Whether a matrix is a plain transpose."""
    return (
        isinstance(t, Contraction)
        and len(t.factors) == 1
        and t.coefficient == 1
        and t.factors[0][2] == 1
        and t.order == 2
        and t.out[0] != t.out[1]
        and t.factors[0][1] == t.out[::-1]
    )


def _sorted(op: Operation, args: tuple[Tensor, ...], fixed: int) -> Tensor | None:
    """Directions in one order, as the node is symmetric in them."""
    directions = args[fixed:]
    order = sorted(range(len(directions)), key=lambda k: (directions[k].key, k))
    if order == list(range(len(directions))):
        return None
    starts, at = [], 2
    for e in directions:
        starts.append(at)
        at += e.order - 2
    found = apply(op, (*args[:fixed], *[directions[k] for k in order]))
    indices = (0, 1, *(starts[k] + x for k in order for x in range(directions[k].order - 2)))
    return contract(1, [(found, indices, 1)], tuple(range(at)))


def _pulled(op: Operation, args: tuple[Tensor, ...], fixed: int) -> Tensor | None:
    coefficient, factors, out, dims = Fraction(1), [], [0, 1], {0: args[fixed].axes[0], 1: args[fixed].axes[1]}
    own: list[Tensor] = []
    places: list[int] = [0, 1]
    first, changed = 2, False
    for e in args[fixed:]:
        if isinstance(e, Contraction):
            inside, outside = _split(e)
            kept = [x for x in dict.fromkeys(e.out[2:]) if x in e.out[:2] or any(x in f[1] for f in inside)]
            changed = changed or bool(outside) or e.coefficient != 1 or tuple(kept) != e.out[2:]
            coefficient *= e.coefficient
            factors += [(t, tuple([first + i for i in indices]), x) for t, indices, x in outside]
            own.append(contract(1, inside, (*e.out[:2], *kept), {i: e.dims[i] for i in (*e.out[:2], *kept)}))
            places += [first + i for i in kept]
            out += [first + i for i in e.out[2:]]
            dims.update({first + i: e.dims[i] for i in e.out[2:]})
            first += len(e.dims)
        else:
            own.append(e)
            trailing = [first + k for k in range(e.order - 2)]
            places += trailing
            out += trailing
            dims.update(zip(trailing, e.axes[2:], strict=True))
            first += e.order - 2
    if not changed:
        return None
    return contract(coefficient, [(apply(op, (*args[:fixed], *own)), tuple(places), 1), *factors], out, dims)


def _split(e: Contraction) -> tuple[list[Factor], list[Factor]]:
    """The factors of a direction that are connected to its first two axes, and all others."""
    reached, left, inside = set(e.out[:2]), list(e.factors), []
    found = True
    while found:
        found = [f for f in left if not reached.isdisjoint(f[1])]
        inside += found
        left = [f for f in left if f not in found]
        reached.update(i for f in found for i in f[1])
    return inside, left


# -- what commutes


def chain(t: Tensor) -> list[tuple[Tensor, bool]]:
    """A matrix as a product of square matrices in a row, its scalars left out: each matrix, and whether it is transposed."""
    if isinstance(t, Contraction) and t.order == 2:
        here, end = t.out
        left = [f for f in t.factors if f[1]]
        found: list[tuple[Tensor, bool]] = []
        while left:
            following = [f for f in left if here in f[1]]
            if len(following) != 1 or len(following[0][1]) != 2 or following[0][2] != 1 or here == end:
                return [(t, False)]
            m, (i, j), _ = following[0]
            if i == j:
                return [(t, False)]
            flipped = j == here
            found.append((m, flipped and symmetry(m) != 1))
            here = i if flipped else j
            left.remove(following[0])
        return found if here == end else [(t, False)]
    return [(t, False)]


def commutes(e: Tensor, x: Tensor) -> bool:
    """Whether two square matrices are seen to commute: multiples, powers and functions of one matrix, and sums and products of such."""
    return _commutes(chain(e), chain(x))


def _commutes(e: list[tuple[Tensor, bool]], x: list[tuple[Tensor, bool]]) -> bool:
    if not x or e == x:
        return True
    at = 0
    while at < len(e):
        if e[at : at + len(x)] == x:
            at += len(x)
        elif _function_of(*e[at], x):
            at += 1
        else:
            return _function_of(*x[0], e) if len(x) == 1 and e else False
    return True


def _function_of(m: Tensor, flipped: bool, x: list[tuple[Tensor, bool]]) -> bool:
    """Whether a matrix is a function of something that commutes with x, or a sum of such."""
    if isinstance(m, Apply) and (m.op is INV or isinstance(m.op.meaning, Primary)):
        return _commutes(_flipped(chain(m.args[0])) if flipped else chain(m.args[0]), x)
    if isinstance(m, Sum) and m.order == 2:
        return all(_commutes(_flipped(chain(b)) if flipped else chain(b), x) for _, b in m.terms)
    return False


def _flipped(found: list[tuple[Tensor, bool]]) -> list[tuple[Tensor, bool]]:
    return [(m, (not f) and symmetry(m) != 1) for m, f in reversed(found)]


# -- in products


def moved_over(
    coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]
) -> Tensor | None:
    """tr(G'*L(X; E)) as tr(E'*L(X'; G)), where E has more axes than G, or G commutes with X'."""
    for factor in factors:
        t, indices, e = factor
        if not isinstance(t, Apply) or e != 1:
            continue
        fixed = fixed_count(t.op)
        if fixed is None or indices[0] == indices[1] or not set(indices[:2]).isdisjoint((*out, *indices[2:])):
            continue
        connected = _connected(factors, factor, out)
        ends = dict.fromkeys(i for f in connected for i in f[1] if i in out or i in indices)
        ys = tuple(i for i in ends if i not in indices[:2])
        g = contract(1, connected, (*indices[:2], *ys), {i: dims[i] for i in (*indices[:2], *ys)})
        place = _worth_moving(t, fixed, labels_of(t, fixed, indices), g, ys)
        if place is not None:
            rest = [f for f in factors if f is not factor and f not in connected]
            moved = _exchanged(t, fixed, place, indices, g, ys)
            return contract(coefficient, [*rest, *moved], out, {i: dims[i] for i in out})
    return None


def _worth_moving(t: Apply, fixed: int, labels: list[tuple[int, ...]], g: Tensor, ys: tuple[int, ...]) -> int | None:
    """The direction that is exchanged with G, if any."""
    for k, xs in enumerate(labels):
        if len(ys) < len(xs):
            return fixed + k
    alone = len(labels) == 1 and not ys and not labels[0]
    if alone and isinstance(t.op.meaning, Frechet) and commutes(turn(g), t.args[0]):
        return fixed
    return None


def _exchanged(
    t: Apply, fixed: int, place: int, indices: tuple[int, ...], g: Tensor, ys: tuple[int, ...]
) -> list[Factor]:
    """The direction itself, and the node with G in its place."""
    labels = labels_of(t, fixed, indices)
    args = [turn(a) for a in t.args]
    args[place] = g
    own = labels[place - fixed]
    labels[place - fixed] = ys
    ends = (*indices[:2], *(x for group in labels for x in group))
    return [(t.args[place], (*indices[:2], *own), 1), (apply(t.op, tuple(args)), ends, 1)]


def _connected(factors: Iterable[Factor], start: Factor, out: tuple[int, ...]) -> list[Factor]:
    """The other factors that are connected to the first two indices of a factor, by indices that are summed over."""
    reached, found, grown = set(start[1][:2]), [], True
    left = [f for f in factors if f is not start]
    while grown:
        grown = [f for f in left if not reached.isdisjoint(f[1])]
        found += grown
        left = [f for f in left if f not in grown]
        reached.update(i for f in grown for i in f[1] if i not in out and i not in start[1])
    return found
