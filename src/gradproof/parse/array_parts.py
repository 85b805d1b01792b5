"""Sizes of arrays, arrays filled with a number, entries of arrays, and arrays put together, by the kinds of their operands."""

from __future__ import annotations

from collections.abc import Callable

from gradproof.notation.expr import Expr, call, number, size
from gradproof.ops import basic
from gradproof.parse import blocks
from gradproof.parse.arrays import ARRAYS, count, enter, lying


def _axis(axis: int) -> Callable[[Expr], Expr]:
    return lambda e: size(e.type.dims[axis])


SIZES = {
    0: enter("shape[0]", "ij-> i->", _axis(0)),
    1: enter("shape[1]", "ij->", _axis(1)),
    -1: enter("shape[-1]", "ij-> i->", _axis(-1)),
}

COUNT = enter("size", "ij-> i->", lambda e: count(e, range(len(e.type.dims))))

EYES = {
    0: enter("eye", "ij->ii i->ii", lambda e: call("eye", params=(e.type.dims[0],))),
    1: enter("eye", "ij->jj", lambda e: call("eye", params=(e.type.dims[1],))),
    -1: enter("eye", "ij->jj i->ii", lambda e: call("eye", params=(e.type.dims[-1],))),
}

FILLS = {
    name: {
        0: enter(name, "ij->i i->i", lambda e, name=name: call(name, params=e.type.dims[:1])),
        1: enter(name, "ij->j", lambda e, name=name: call(name, params=e.type.dims[1:])),
        -1: enter(name, "ij->j i->i", lambda e, name=name: call(name, params=e.type.dims[-1:])),
    }
    for name in ("ones", "zeros")
}


def _like(name: str) -> Callable[[Expr], Expr]:
    def built(e: Expr) -> Expr:
        return call(name, params=e.type.dims) if e.type.dims else number(int(name == "ones"))

    return built


def _at(e: Expr, first: Expr) -> Expr:
    return call(basic.MUL, e if e.type.kind == "r" else call(basic.TRANSPOSE, e), first)


ENTRIES = {  # by what is written in the brackets: # for a number
    "#": enter("entry", "i,i-> i',i-> ij,i->j", _at),
    "#:": enter("row", "ij,i->j", _at),
    ":#": enter("column", "ij,j->i", lambda e, second: call(basic.MUL, e, second)),
    "##": enter(
        "entry",
        "ij,i,j->",
        lambda e, first, second: call(basic.MUL, call(basic.MUL, call(basic.TRANSPOSE, first), e), second),
    ),
}

LAST_AXIS = enter(  # rows of an identity matrix that choose along the last axis
    "slice of the last axis",
    "pi,i->p pj,ij->ip",
    lambda chosen, e: call(basic.MUL, chosen, e) if e.type.kind == "v" else call(basic.MUL, e, lying(chosen)),
)

COPY = enter("copy", "*->*", lambda e: e)

LIKE = {name: enter(f"{name}_like", "*->*", _like(name)) for name in ("ones", "zeros")}

CONCATENATED = enter("concatenated", "i,j->(i+j) ij,kj->(i+k)j", blocks.below)

SIDE_BY_SIDE = enter(
    "hstack", "i,j->(i+j) ij,ik->i(j+k)", lambda a, b: (blocks.below if a.type.kind == "v" else blocks.beside)(a, b)
)

STACKED = enter("vstack", "ij,kj->(i+k)j", blocks.below)

COLUMNS_JOINED = enter("columns joined", "ij,ik->i(j+k)", blocks.beside)

FLAT = enter(
    "ravel",
    "ij->(ij) i->i",
    lambda e: call("vec", lying(e)) if e.type.kind == "m" else e,
    lambda e: "numpy-ravel" if e.kind == "m" else "",
)

ROW_BY_ROW = enter("reshape", "ij->ji", lying, lambda e: "numpy-reshape")

__all__ = [
    "ARRAYS", "COLUMNS_JOINED", "CONCATENATED", "COPY", "COUNT", "ENTRIES", "EYES", "FILLS", "FLAT", "LIKE", "ROW_BY_ROW", "SIDE_BY_SIDE", "SIZES", "STACKED",
]  # fmt: skip
