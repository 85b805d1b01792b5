"""The laws that products, sums and applications are held against while they are made; what is one stands in modules above, and `wiring.py` names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache

from gradproof.engine.tensor import Factor, Sum, Tensor, Term, Token
from gradproof.hooks import Hooks
from gradproof.ops import Operation
from gradproof.records import dataclass
from gradproof.shapes.dims import Dim

ProductRewrite = Callable[[Fraction, list[Factor], tuple[int, ...], Mapping[int, Dim]], Tensor | None]
SumRewrite = Callable[[list[Term], tuple[Dim, ...]], Tensor | None]
ApplyRewrite = Callable[[Operation, tuple[Tensor, ...]], Tensor | None]


@dataclass(frozen=True, slots=True)
class Law:
    """What gives a law of products or of sums, and which operations, facts or kinds of nodes must be in one that it can be about."""

    rewrite: Callable[[], Callable[..., Tensor | None]]
    about: Callable[[Token], bool]


class Rewrites(Hooks):
    """What is tried, in this order, before a product, a sum or an application is made. Filled in `wiring.py`: these stand above, and use this module."""

    product: tuple[Law, ...]
    sum: tuple[Law, ...]
    apply: tuple[ApplyRewrite, ...]
    spread: Callable[[Sum], Tensor]  # what a sum is multiplied out to where it is asked whether it is symmetric


rewrites = Rewrites()


@lru_cache(4096)
def laws(within: frozenset[Token]) -> tuple[ProductRewrite, ...]:
    """The laws that a product with this in it can be about."""
    return tuple([law.rewrite() for law in rewrites.product if any(map(law.about, within))])


@lru_cache(4096)
def sum_laws(within: frozenset[Token]) -> tuple[SumRewrite, ...]:
    """The laws that a sum with this in its terms can be about."""
    return tuple([law.rewrite() for law in rewrites.sum if any(map(law.about, within))])
