"""The laws of Moore and Penrose, on products of any length: with P = pinv(X), X*P*X is X, P*X*P is P, and X*P and P*X are symmetric.

So a sum such as I - X*P is multiplied out where it meets X' or P, and its terms cancel there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from gradproof.engine.contract import add, contract
from gradproof.engine.subproduct import found_at
from gradproof.engine.tensor import Apply, Factor, Sum, Tensor
from gradproof.ops import TABLE
from gradproof.shapes.dims import Dim

PINV = TABLE["pinv"]
Pair = tuple[
    Factor, list[Factor], int, int, int
]  # P, the factors of X, which end of X is outside, that index, and that at the outer end of P


def met(coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], dims: Mapping[int, Dim]) -> Tensor | None:
    """A projection X*P or P*X that meets what it leaves as it is, is the identity there; else it is turned the way that stands first."""
    ends = {i: dims[i] for i in out}
    for p, mine, axis, near, far in _projections(factors, out):
        inside = [p, *mine]
        rest = [f for f in factors if not any(f is g for g in inside)]
        x = p[0].args[0] if isinstance(p[0], Apply) else p[0]
        for here, there in ((near, far), (far, near)):
            if here not in out and here != there and _left_alone(x, p, axis, here, rest, out):
                delta = contract(1, (), (0, 0), {0: x.axes[axis]})
                return contract(coefficient, [*rest, (delta, (here, there), 1)], out, ends)
        turns = near != far and not any(_in_projection(f, factors) for f in rest if {near, far} & set(f[1]))
        if turns and _first(far, rest, out) < _first(near, rest, out):
            turned = [(t, tuple([_swapped(i, near, far) for i in indices]), e) for t, indices, e in inside]
            return contract(coefficient, [*rest, *turned], out, ends)
    return _sums(coefficient, factors, out, ends)


def _projections(factors: list[Factor], out: tuple[int, ...]) -> Iterator[Pair]:
    for p in factors:
        if isinstance(p[0], Apply) and p[0].op is PINV and p[2] == 1 and p[1][0] != p[1][1]:
            x = p[0].args[0]
            for axis in (0, 1):  # X*P has the first axis of X outside, P*X the second
                found = found_at(x, 1 - axis, p[1][axis], [p], factors, out)
                if found is not None:
                    yield p, found[0], axis, found[1], p[1][1 - axis]


def _left_alone(x: Tensor, p: Factor, axis: int, index: int, rest: list[Factor], out: tuple[int, ...]) -> bool:
    """Whether an index at the end of a projection is that of X, or of P, and of nothing else."""
    around = [f for f in rest if index in f[1]]
    if any(f[0] is p[0] and f[2] == 1 and len(around) == 1 and f[1][1 - axis] == index != f[1][axis] for f in around):
        return True
    return found_at(x, axis, index, [], rest, out) is not None


def _first(index: int, rest: list[Factor], out: tuple[int, ...]) -> tuple[int, list[int]]:
    """Where an end of a projection stands: at the first index of the result, else at what it meets."""
    return out.index(index) if index in out else len(out), sorted(f[0].key for f in rest if index in f[1])


def _in_projection(f: Factor, factors: list[Factor]) -> bool:
    """Whether a factor is a pseudo-inverse, or what one is of: two projections would turn each other round and round."""
    others = (g[0].args[0] for g in factors if isinstance(g[0], Apply) and g[0].op is PINV)
    return (isinstance(f[0], Apply) and f[0].op is PINV) or any(f[0] in _nodes(x) for x in others)


def _swapped(i: int, a: int, b: int) -> int:
    return b if i == a else a if i == b else i


def _sums(coefficient: Fraction, factors: list[Factor], out: tuple[int, ...], ends: Mapping[int, Dim]) -> Tensor | None:
    """A sum beside X or P, multiplied out with it where terms cancel so: X'*(y - X*P*y) is 0."""
    for s in factors:
        if not isinstance(s[0], Sum) or s[2] != 1 or PINV not in s[0].within:
            continue
        for f in factors:
            shared = set(f[1]) & set(s[1]) - set(out)
            if f is s or f[2] != 1 or len(f[1]) != 2 or len(shared) != 1 or len(set(f[1])) < 2:
                continue
            around = [g for g in factors if shared & set(g[1])]
            if len(around) != 2 or not _tells(s[0], f[0]):
                continue
            left = [g for g in factors if g is not s and g is not f]
            kept = tuple(dict.fromkeys(i for g in (s, f) for i in g[1] if i not in shared))
            at = {i: d for g in (s, f) for i, d in zip(g[1], g[0].axes, strict=True)}
            terms = [(c, contract(1, [(t, s[1], 1), f], kept, {i: at[i] for i in kept})) for c, t in s[0].terms]
            whole = add(terms, tuple([at[i] for i in kept]))
            if not isinstance(whole, Sum) or len(whole.terms) < len(s[0].terms):
                return contract(coefficient, [*left, (whole, kept, 1)], out, ends)
    return None


def _tells(s: Sum, f: Tensor) -> bool:
    """Whether a pseudo-inverse in a sum is f, or of f."""
    if isinstance(f, Apply) and f.op is PINV:
        return any(f in _nodes(t) for _, t in s.terms)
    return any(isinstance(n, Apply) and n.op is PINV and f in _nodes(n.args[0]) for _, t in s.terms for n in _nodes(t))


def _nodes(t: Tensor) -> tuple[Tensor, ...]:
    return (t, *t.children)
