"""Constants whose entries depend on where they stand: unit vectors, shifts, the triangle of ones. Families have one operation for each number.

unit2(n)        the second unit vector: x'*unit2(n) is x[2], and printed as such
shift1(m,n)     1 where j = i + 1: shift1(n-1,n)*u are the entries of u from the second on
head(m,n)       the first m rows of the identity matrix: head(n-1,n)*u are the entries but the last; tail(m,n) the last m rows
lowertri(n)     1 where i >= j
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import cast

from gradproof.facts.bounds import Bounds
from gradproof.ops.operation import Code, Fill, Operation, signatures
from gradproof.patterns import pattern
from gradproof.shapes.shape import Signature, Slot

_BETWEEN = Bounds(Fraction(0), Fraction(1))
MOST = 10**6  # the largest place
_FAMILY = pattern(r"(unit|shift)(0|[1-9][0-9]{0,6})")


@cache
def unit(place: int) -> Operation:
    """The constant e_k: 1 at this place, counted from 1."""
    k = place - 1
    return Operation(
        f"unit{place}",
        signatures("->i"),
        Fill(lambda i: i == k),
        f"the unit vector with its 1 at place {place}",
        numpy=f"np.eye(1, x.shape[0], {k}, dtype=x.dtype)[0]",
        bounds=_BETWEEN,
        letters=("i",),
        place=place,
        latex=rf"\left[I_{{{{{{0}}}}}}\right]_{{{{:,{place}}}}}",
        unicode=f"I[:,{place}]",
        code=Code(
            jax=f"jnp.eye(1, x.shape[0], {k}, dtype=x.dtype)[0]",
            torch=f"torch.eye(x.shape[0], dtype=x.dtype, device=x.device)[{k}]",
            array_api=f"xp.eye(x.shape[0], dtype=x.dtype)[{k}, :]",
            julia=f"[i == {place} ? 1.0 : 0.0 for i in 1:length(x)]",
            matlab=f"double((1:numel(x))' == {place})",
        ),
    )


def _rows(name: str, by: str, doc: str, meaning: Fill, julia: str, matlab: str = "", skips: int = 0) -> Operation:
    """Rows of an identity matrix, from the column `by` on."""
    return Operation(
        name,
        signatures("->ij"),
        meaning,
        doc,
        numpy=f"np.eye(x.shape[0], x.shape[1], {by}, dtype=x.dtype)",
        bounds=_BETWEEN,
        letters=("i", "j"),
        skips=skips,
        code=Code(
            jax=f"jnp.eye(x.shape[0], x.shape[1], {by}, dtype=x.dtype)",
            torch=f"torch.triu(torch.tril(torch.ones_like(x), {by}), {by})",
            array_api=f"xp.triu(xp.tril(xp.ones_like(x), k={by}), k={by})",
            julia=f"[j == i + {julia} ? 1.0 : 0.0 for i in 1:size(x, 1), j in 1:size(x, 2)]",
            matlab=matlab or f"triu(tril(ones(size(x)), {by}), {by})",
        ),
    )


HEAD = _rows(
    "head",
    "0",
    "the first rows of an identity matrix: head(k,n)*x are the first k entries",
    Fill(lambda i, j: i == j),
    "0",
    "eye(size(x))",
)
TAIL = _rows(
    "tail",
    "x.shape[1] - x.shape[0]",
    "the last rows of an identity matrix: tail(k,n)*x are the last k entries",
    Fill(lambda i, j, rows, cols: j - i == cols - rows, sized=True),
    "size(x, 2) - size(x, 1)",
    "flipud(fliplr(eye(size(x))))",
)
LAST = Operation(
    "lastunit",
    signatures("->i"),
    Fill(lambda i, rows: i == rows - 1, sized=True),
    "the unit vector with its 1 at the last place",
    numpy="np.eye(1, x.shape[0], x.shape[0] - 1, dtype=x.dtype)[0]",
    bounds=_BETWEEN,
    letters=("i",),
    code=Code(
        jax="jnp.eye(x.shape[0], dtype=x.dtype)[-1]",
        torch="torch.eye(x.shape[0], dtype=x.dtype, device=x.device)[-1]",
        array_api="xp.eye(x.shape[0], dtype=x.dtype)[-1, :]",
        julia="[i == length(x) ? 1.0 : 0.0 for i in 1:length(x)]",
        matlab="double((1:numel(x))' == numel(x))",
    ),
)

ENDS = (HEAD, TAIL, LAST)  # what block matrices are made of, beside unit1


@cache
def shift(by: int) -> Operation:
    """1 where j = i + by, rows and columns given."""
    return HEAD if by == 0 else _shift(by)


def _shift(by: int) -> Operation:
    said = f"the matrix with ones where the column is the row plus {by}"
    return _rows(f"shift{by}", str(by), said, Fill(lambda i, j: j == i + by), str(by), skips=by)


LOWERTRI = Operation(
    "lowertri",
    signatures("->ii"),
    Fill(lambda i, j: i >= j),
    "the lower triangle of ones, with the diagonal",
    numpy="np.tri(x.shape[0], dtype=x.dtype)",
    bounds=_BETWEEN,
    letters=("i",),
    of_variable="trilvech",
    code=Code(
        jax="jnp.tri(x.shape[0], dtype=x.dtype)",
        torch="torch.tril(torch.ones_like(x))",
        array_api="xp.tril(xp.ones_like(x))",
        julia="[i >= j ? 1.0 : 0.0 for i in 1:size(x, 1), j in 1:size(x, 2)]",
        matlab="tril(ones(size(x)))",
    ),
)


PI = Operation(
    "pi",
    (Signature("->", (), Slot("s")),),
    Fill(lambda: math.pi, exact=False),
    "the number pi",
    latex=r"\pi",
    unicode="π",
    numpy="np.pi",
    bounds=Bounds(Fraction(3), Fraction(4)),
    code=Code(jax="jnp.pi", torch="torch.pi", array_api="xp.pi", julia="pi", matlab="pi"),
)


IUNIT = Operation(
    "iunit",
    (Signature("->", (), Slot("s")),),
    Fill(cast("Callable[[], float]", lambda: 1j), exact=False),  # the one constant that is no real number
    "the imaginary unit",
    latex=r"\mathrm{{iunit}}",
    unicode="iunit()",
    numpy="1j",
    code=Code(jax="1j", torch="1j", array_api="1j", julia="1im", matlab="1i"),
)


def family(name: str) -> Operation | None:
    """The operation of a family that is called so: unit3, shift1."""
    found = _FAMILY.fullmatch(name)
    if found is None or int(found[2]) > MOST or (found[1] == "unit" and found[2] == "0"):
        return None
    return {"unit": unit, "shift": shift}[found[1]](int(found[2]))
