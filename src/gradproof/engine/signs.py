"""What is known of the signs of a tensor's entries."""

from __future__ import annotations

from fractions import Fraction

from gradproof.engine.tensor import Apply, Contraction, Length, Sum, Tensor, Unknown, Variable


def nonnegative(t: Tensor) -> bool:
    """Whether all entries are known to be at least zero."""
    match t:
        case Variable(facts=facts):
            return "nonneg" in facts
        case Length():
            return True
        case Apply(op=op):
            return op.nonnegative
        case Unknown(function=f, partials=()):
            return "positive" in f.facts or "nonneg" in f.facts
        case Sum(terms=terms):
            return bool(terms) and all(c > 0 and nonnegative(b) for c, b in terms)
        case Contraction(coefficient=c, factors=factors):
            return c > 0 and all(
                nonnegative(f) or (isinstance(e, int) and e % 2 == 0) or Fraction(e).denominator % 2 == 0
                for f, _, e in factors
            )
    return False
