"""A sum of products of matrices as a square: A'*A - A'*B - B'*A + B'*B is (A - B)'*(A - B), one product in place of four."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

from gradproof.engine.contract import add, contract, symmetry
from gradproof.engine.replace import rebuild
from gradproof.engine.tensor import Contraction, Factor, Sum, Tensor, Term, fold_tensor, walk_tensor

Chain = tuple[tuple[Tensor, bool], ...]  # matrices from left to right, and whether each is transposed

LONGEST = 12  # terms of a sum that is looked at


def squared(t: Tensor) -> Tensor:
    """The tensor with such sums as squares; itself where there is none."""
    sums = [s for s in walk_tensor(t) if isinstance(s, Sum)]
    found: dict[Tensor, Tensor] = {s: one for s in sums if (one := _square(s)) is not None}
    return fold_tensor(t, lambda node, args: found.get(node) or rebuild(node, args)) if found else t


def _square(s: Sum) -> Tensor | None:
    """The sum with four of its terms as one; None where no four fit."""
    if s.order != 2 or not 4 <= len(s.terms) <= LONGEST:
        return None
    there: dict[Chain, Term] = {}
    for c, b in s.terms:
        if (chain := _chain(b)) is not None:
            there[chain] = c, b
    halves = [(c, *half) for chain, (c, _) in there.items() if c > 0 and (half := _half(chain)) is not None]
    for (c, middle, u), (d, other, v) in combinations(halves, 2):
        cross = [there.get((*_turned(a), *middle, *b)) for a, b in ((u, v), (v, u))]
        if c == d and middle == other and u != v and cross[0] is not None and cross[1] is not None:
            sign = cross[0][0] / c
            if abs(sign) == 1 and cross[1][0] == cross[0][0]:
                taken = {cross[0][1], cross[1][1], *[there[(*_turned(w), *middle, *w)][1] for w in (u, v)]}
                rest = [(w, b) for w, b in s.terms if b not in taken]
                return add([*rest, (1, _made(c, middle, u, sign, v))], s.axes)
    return None


def _chain(t: Tensor) -> Chain | None:
    """The matrices whose product a tensor is; None where it is something else."""
    if not isinstance(t, Contraction) or t.coefficient != 1 or t.out != (0, 1):
        return None
    if any(len(indices) != 2 or indices[0] == indices[1] or e != 1 for _, indices, e in t.factors):
        return None
    left, at, found = list(t.factors), 0, []
    while left:
        here = [f for f in left if at in f[1]]
        if len(here) != 1:
            return None
        ((f, indices, _),) = here
        left.remove(here[0])
        found.append((f, symmetry(f) != 1 and indices[1] == at))
        at = indices[0] if indices[1] == at else indices[1]
    return tuple(found) if at == 1 else None


def _turned(chain: Chain) -> Chain:
    """The transpose of a product."""
    return tuple([(f, symmetry(f) != 1 and not turned) for f, turned in reversed(chain)])


def _half(chain: Chain) -> tuple[Chain, Chain] | None:
    """The W and V of V'*W*V with a symmetric W, where there is one; of V'*V the W is empty."""
    n = len(chain) // 2
    middle, half = chain[n : len(chain) - n], chain[len(chain) - n :]
    fits = n > 0 and chain[:n] == _turned(half) and all(symmetry(f) == 1 for f, _ in middle)
    return (middle, half) if fits else None


def _made(c: Fraction, middle: Chain, u: Chain, sign: Fraction, v: Chain) -> Tensor:
    """c*(U + V)'*W*(U + V), with a sign before V."""
    one, other = _product(u), _product(v)
    whole = add([(1, one), (sign, other)], one.axes)
    if not middle:
        return contract(c, [(whole, (2, 0), 1), (whole, (2, 1), 1)], (0, 1))
    return contract(c, [(whole, (2, 0), 1), (middle[0][0], (2, 3), 1), (whole, (3, 1), 1)], (0, 1))


def _product(chain: Chain) -> Tensor:
    factors: list[Factor] = [(f, (k + 1, k) if turned else (k, k + 1), 1) for k, (f, turned) in enumerate(chain)]
    return contract(1, factors, (0, len(chain)))
