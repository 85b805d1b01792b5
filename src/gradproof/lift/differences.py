"""Sums over three indices in matrix notation: squares of differences multiplied out, and where that would lose what is there."""

from __future__ import annotations

from fractions import Fraction

from gradproof.engine.contract import add, contract
from gradproof.engine.tensor import Apply, Contraction, Sum, Tensor
from gradproof.errors import UnsupportedError
from gradproof.lift.graph import NoMatrixForm
from gradproof.parse.note import refusal

_ONE = Fraction(1)
_LONGEST = 200  # terms


def refuse_lost_digits(t: Tensor) -> None:
    """Refuse roots and quotients of distances between the rows of one matrix: multiplied out, their kinks at distance 0 are lost."""
    waiting, bent = [(t, False)], set[tuple[Tensor, bool]]()
    while waiting:
        node, inside = waiting.pop()
        if (node, inside) in bent:
            continue
        bent.add((node, inside))
        if isinstance(node, Contraction):
            for f, _, e in node.factors:
                if isinstance(f, Sum) and f.order > 2 and inside and _is_difference(f):
                    raise refusal("differences", error=UnsupportedError)
                waiting.append((f, inside or (e not in (1, 2) and not _is_apart(f))))
        elif isinstance(node, Sum):
            waiting += [(body_, inside) for _, body_ in node.terms]
        elif isinstance(node, Apply):
            waiting += [(a, inside) for a in node.args]


def _is_apart(f: Tensor) -> bool:
    """Whether a sum has a term without such a distance, as 1 + d has: it is no zero where the distance is."""
    return isinstance(f, Sum) and any(not _holds_difference(b) for _, b in f.terms)


def _holds_difference(t: Tensor) -> bool:
    waiting, seen = [t], set[Tensor]()
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(node, Sum):
            if node.order > 2 and _is_difference(node):
                return True
            waiting += [b for _, b in node.terms]
        elif isinstance(node, Contraction):
            waiting += [f for f, _, _ in node.factors]
        elif isinstance(node, Apply):
            waiting += node.args
    return False


def _is_difference(f: Sum) -> bool:
    """Whether this is X_ik - X_jk, of one variable."""
    bodies = [b.factors for _, b in f.terms if isinstance(b, Contraction)]
    return len(f.terms) == 2 == len(bodies) and all(len(x) == 1 for x in bodies) and bodies[0][0][0] is bodies[1][0][0]


def multiplied_out(t: Tensor) -> Tensor:
    """A product in which no sum over three or more indices is a factor, or squared."""
    done: list[tuple[Fraction | int, Tensor]] = []
    waiting: list[tuple[Fraction, Tensor]] = [(_ONE, t)]
    while waiting:
        c, term = waiting.pop()
        factors = term.factors if isinstance(term, Contraction) else ()
        place = next(
            (k for k, (f, _, e) in enumerate(factors) if isinstance(f, Sum) and f.order > 2 and e in (1, 2)), None
        )
        if place is None or not isinstance(term, Contraction):
            done.append((c, term))
            continue
        f, indices, e = term.factors[place]
        assert isinstance(f, Sum)
        rest = [*term.factors[:place], *term.factors[place + 1 :]]
        if e == 2:
            rest.append((f, indices, 1))
        kept = {i: term.dims[i] for i in term.out}
        waiting += [
            (c * d, contract(term.coefficient, [(body_, indices, 1), *rest], term.out, kept)) for d, body_ in f.terms
        ]
        if len(waiting) + len(done) > _LONGEST:
            raise NoMatrixForm
    return t if len(done) == 1 and done[0][1] is t else add(done, t.axes)
