"""Where an operation is defined and differentiable: a condition on its first argument, one of a closed list."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Literal

from gradproof.facts.bounds import Bounds
from gradproof.hooks import later
from gradproof.records import dataclass
from gradproof.say import NOTHING, Said, quoted, say

kernels = later("gradproof.ops.kernels")
spectral_kernels, equation_kernels = later("gradproof.ops.spectral_kernels"), later("gradproof.ops.equation_kernels")


@dataclass(frozen=True, eq=False, slots=True)
class Domain:
    """`of`, a formula in x (X where the argument is a matrix), stands in this relation to the bound. `key`: of its text in derivations.

    `margin`: instead of a relation, how far inside a little array lies; 0 or less is outside. `facts`: a variable with one of these is inside.
    """

    key: str
    of: str
    relation: Literal[">", "<", "!=", "has rank", "has margin"]
    bound: int = 0
    said: Said = NOTHING
    margin: Callable[..., float] | None = None
    facts: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            raise TypeError("a domain is one of DOMAINS, and no text")
        return self is other

    __hash__ = object.__hash__

    @property
    def text(self) -> Said:
        return self.said or quoted(f"{self.of} {self.relation} {self.bound}")

    def __str__(self) -> str:
        return self.text

    def met(self, b: Bounds) -> bool:
        """Whether it holds for all arguments whose entries lie within bounds."""
        match self.of, self.relation:
            case "x", ">":
                return b.low > self.bound or (b.low == self.bound and b.strict)
            case "x", "!=":
                return b.positive or b.high < 0
            case "abs(x)", "<":
                return -self.bound < b.low and b.high < self.bound
        return False


POSITIVE = Domain("positive", "x", ">")
NONZERO = Domain("nonzero", "x", "!=")
BELOW_ONE = Domain("below-one", "abs(x)", "<", 1)
ABOVE_ONE = Domain("above-one", "x", ">", 1)
COSINE_NONZERO = Domain("cosine-nonzero", "cos(x)", "!=")
INVERTIBLE = Domain("invertible", "X", "has rank", said=say("an invertible matrix"), facts=("invertible",))
FULL_RANK = Domain("full-rank", "X", "has rank", said=say("a matrix of full rank"), facts=("fullrank",))
DETERMINANT_POSITIVE = Domain("determinant-positive", "det(X)", ">")
NORM_NONZERO = Domain("norm-nonzero", "norm2(x)", ">")

NO_NEGATIVE_EIGENVALUE = Domain(
    "no-negative-eigenvalue",
    "X",
    "has margin",
    said=say("a matrix without eigenvalues on the closed negative real axis"),
    margin=kernels.off_negative_axis,
    facts=("posdef",),
)
NO_IMAGINARY_EIGENVALUE = Domain(
    "no-imaginary-eigenvalue",
    "X",
    "has margin",
    said=say("a matrix without eigenvalues on the imaginary axis"),
    margin=kernels.off_imaginary_axis,
)

DEFINITE = Domain(
    "definite",
    "X",
    "has margin",
    said=say("a matrix with a positive definite symmetric part"),
    margin=equation_kernels.definite,
    facts=("posdef",),
)

SIMPLE = Domain(
    "simple-eigenvalue",
    "X",
    "has margin",
    said=say("a matrix whose eigenvalue is real and simple"),
    margin=spectral_kernels.anywhere,
)
SIMPLE_SINGULAR = Domain(
    "simple-singular-value",
    "X",
    "has margin",
    said=say("a matrix whose singular value is simple and not zero"),
    margin=spectral_kernels.anywhere,
)
COLUMN_RANK = Domain(
    "column-rank", "X", "has margin", said=say("a matrix of full column rank"), margin=spectral_kernels.column_rank
)


def _gap(sign: int) -> Callable[..., float]:
    """How far the largest entry is above the second one."""

    def gap(algebra: Any, x: Any) -> float:
        first, *rest = sorted((sign * y for y in x.value), reverse=True)
        return first - rest[0] if rest else math.inf

    return gap


NO_TIE = Domain("no-tie", "x", "has margin", said=say("an array with one largest entry"), margin=_gap(1))
NO_TIE_BELOW = Domain("no-tie-below", "x", "has margin", said=say("an array with one smallest entry"), margin=_gap(-1))


def _gap_in_rows(sign: int) -> Callable[..., float]:
    """The same of the row where it is least."""

    def gap(algebra: Any, x: Any) -> float:
        n = x.shape[1]
        rows = [sorted((sign * y for y in x.value[k : k + n]), reverse=True) for k in range(0, len(x.value), n)]
        return min((row[0] - row[1] for row in rows if n > 1), default=math.inf)

    return gap


NO_TIE_IN_ROWS = Domain(
    "no-tie-in-rows", "x", "has margin", said=say("a matrix with one largest entry in each row"), margin=_gap_in_rows(1)
)
NO_TIE_BELOW_IN_ROWS = Domain(
    "no-tie-below-in-rows",
    "x",
    "has margin",
    said=say("a matrix with one smallest entry in each row"),
    margin=_gap_in_rows(-1),
)


def _apart(algebra: Any, x: Any) -> float:
    """How far the two entries that are nearest to each other are apart."""
    found = sorted(x.value)
    return min((b - a for a, b in pairwise(found)), default=math.inf)


NO_TWO_EQUAL = Domain(
    "no-two-equal", "x", "has margin", said=say("an array whose entries are all different"), margin=_apart
)
NONZERO_COLUMNS = Domain("nonzero-columns", "diag(X'*X)", ">", said=say("a matrix without a column of zeros"))

DOMAINS = (
    POSITIVE, NONZERO, BELOW_ONE, ABOVE_ONE, COSINE_NONZERO, INVERTIBLE, FULL_RANK, DETERMINANT_POSITIVE, NORM_NONZERO,
    NO_NEGATIVE_EIGENVALUE, NO_IMAGINARY_EIGENVALUE, DEFINITE, SIMPLE, SIMPLE_SINGULAR, COLUMN_RANK, NO_TIE, NO_TIE_BELOW,
    NO_TWO_EQUAL, NONZERO_COLUMNS, NO_TIE_IN_ROWS, NO_TIE_BELOW_IN_ROWS,
)  # fmt: skip
