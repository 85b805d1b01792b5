"""Claims with constants whose size nobody says: I ⊗ A, 2·11ᵀx. The sizes of the question are tried for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from gradproof.check.points import Question
from gradproof.errors import GradproofError
from gradproof.notation.expr import Applied, Call, Expr, applied, call, fold
from gradproof.shapes.dims import Dim, dim

MOST = 3  # sizes that nobody says; more are not tried


def with_sizes(question: Question, text: str, e: Expr, names: Sequence[str]) -> Iterator[Expr]:
    """The formula with each choice of sizes of the question for these names, those that conform; nothing where the text names one, ones(q)."""
    sizes = [*question.sizes]
    open_ = len(names) <= MOST and not {*re.findall(r"[^\W\d_]+", text)} & {*names}
    for chosen in product(sizes, repeat=len(names)) if open_ else ():
        try:
            yield _resized(e, dict(zip(names, chosen, strict=True)))
        except GradproofError:
            continue


def _resized(e: Expr, sizes: Mapping[str, str]) -> Expr:
    def visit(node: Expr, args: list[Expr]) -> Expr:
        match node:
            case Call(op=op, params=params):
                return call(op, *args, params=tuple(_renamed(d, sizes) for d in params))
            case Applied(function=function, partials=partials):
                return applied(function, tuple(args), partials)
        return node

    return fold(e, visit)


def _renamed(d: Dim, sizes: Mapping[str, str]) -> Dim:
    if not {*d.names} & {*sizes}:
        return d
    return dim(re.sub(r"[^\W\d]\w*", lambda m: f"({sizes[m[0]]})" if m[0] in sizes else m[0], str(d)))
