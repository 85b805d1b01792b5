"""Sums of softmax, and of what lies on a simplex, are 1: a form is compared after they are."""

from __future__ import annotations

from gradproof.engine.contract import add, contract
from gradproof.engine.tensor import Apply, Contraction, Factor, Sum, Tensor, Variable
from gradproof.facts import TABLE as FACTS
from gradproof.optimum.embed import embeddings


def unit_sums(t: Tensor) -> Tensor:
    """A tensor with sums of softmax, and of what lies on a simplex, taken as the 1 that they are; sums by which it is divided are cancelled."""
    if isinstance(t, Sum):
        return add([(c, unit_sums(b)) for c, b in t.terms], t.axes)
    if not isinstance(t, Contraction):
        return t
    factors: list[Factor] = []
    for f in t.factors:
        inner, own, e = f
        if not own and isinstance(inner, Contraction):
            inner = unit_sums(inner)
        alone = len(own) == 1 and e == 1 and own[0] not in t.out and sum(own[0] in g[1] for g in t.factors) == 1
        if alone and _sums_to_one(inner):
            continue
        factors.append((inner, own, e))
    factors = _cancelled(factors, t.out)
    if len(factors) == len(t.factors) and all(a[0] is b[0] for a, b in zip(factors, t.factors, strict=True)):
        return t
    return contract(t.coefficient, factors, t.out, {i: t.dims[i] for i in t.out})


def _cancelled(factors: list[Factor], out: tuple[int, ...]) -> list[Factor]:
    """Factors without a sum that stands among them spelled out, and as what they are divided by: sum_j e_ij/s_i for s_i = sum_j e_ij."""
    for k, (s, own, e) in enumerate(factors):
        whole = isinstance(s, Contraction) and s.summed and s.coefficient == 1 and len(set(s.out)) == len(s.out)
        if not whole or e > -1:
            continue
        assert isinstance(s, Contraction)
        rest = factors[:k] + factors[k + 1 :]
        for places, left in embeddings(list(s.factors), rest, frozenset(s.out)):
            inner = {j for i, j in places.items() if i not in s.out}
            if all(places.get(i) == j for i, j in zip(s.out, own, strict=True)) and inner.isdisjoint(out):
                return _cancelled([*left, *([(s, own, e + 1)] if e != -1 else [])], out)
    return factors


def _sums_to_one(t: Tensor) -> bool:
    return (isinstance(t, Apply) and t.op.total == 1) or (
        isinstance(t, Variable) and any(FACTS[f].total == 1 for f in t.facts)
    )
