"""What a fact is: one record that declarations, lowering, sampling, checking, code and conditions read."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Literal

from gradproof.facts.bounds import ANY, Bounds
from gradproof.records import dataclass
from gradproof.say import NOTHING, Said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TOLERANCE = 1e-8  # of the largest entry: how far an array may be from a fact that is declared of it

Kind = Literal["any", "vector", "matrix", "square"]
Keep = Literal["sum", "multiple", "transpose", "inverse", "congruence", "mean", "root"]


@dataclass(frozen=True, slots=True)
class Trial:
    """How `check` tries a fact that would make a claim right: `code` of its diagnosis, `cost` beside other explanations.

    `strong`: a claim that is right under it is called right under a condition, even where a slip explains it too. `data`: of data only, not of what moves.
    `unless`: facts with which it would leave next to nothing free.
    """

    code: str
    cost: float
    strong: bool = False
    data: bool = False
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Fact:
    """One fact; equal is identical. `name` is how `where` declares it, `words` how it is said.

    NumPy expressions are in x, an array (or a number) of the kind that may have the fact; they need `np` alone, so that emitted code can hold them.

    on        what may have it: anything, a vector, a matrix, a square matrix
    aliases   further words that people type
    implies   names of facts that follow from it
    ties      whether it ties entries together, so that they are not free
    make      an expression that gives any numbers the fact, alone sufficient for what it implies; it is the identity where nothing has to be made
    small     the same for small whole numbers, where `make` would not leave them whole
    little    the same for lists of numbers, modulo a prime too; without it a proof draws such arrays without the fact
    rational  the same by rational operations alone, for what is curved; "" where `make` is that
    polished  an expression that has it to twice as many digits as x, where floats have it to some alone
    dense     whether a polynomial that is zero for all that have it is zero for all that have what it implies: sampled as these
    off       how far each entry is from having it, as an expression, of what is told entry by entry; `said`: what is wrong at [i,j]
    holds     of others, an expression that is true where x has the fact up to t, a small number; what it implies is asked for apart: see `test`
    measure   a number that is better small; a random value is drawn again where it is large
    center    an expression that moves any x to where all that is near has the fact; "" where a fact is linear, or there is no such place
    keeps     what keeps it: sums, a number that is not zero as factor ("multiple"), the transpose, the inverse, C'*X*C for any C, means, the root
    turned    of a matrix: 1 where it is its own transpose, -1 where it is minus that
    definite  of a matrix: 1 where x'*X*x is never negative, 2 where it is zero at x = 0 alone
    regular   whether it says that a matrix has an inverse
    complex   whether entries may be complex
    fixed     whether it says of a function that it has one value
    sympy     SymPy's word for it, of numbers
    signs     what is written after a name for it: S ≻ 0; spaces: the spaces of which its arrays are elements: S ∈ S++
    of_real   whether it is said of real arrays alone: nothing is known by it of a complex one
    usual     its place among those that are declared most; 0 for the others
    bounds    of the entries
    equation  of a variable X, what is zero where it has the fact: a formula of gradproof, of facts that a smooth equation says
    total     the power of the entries whose sum is 1; 0 where there is none
    whole     whether entries are whole numbers
    later     why it is refused, where it is kept for later work
    trial     how `check` tries it, where it does
    """

    name: str
    words: Said
    on: Kind = "square"
    aliases: tuple[str, ...] = ()
    beside: tuple[
        tuple[str, tuple[str, ...]], ...
    ] = ()  # another fact, and what this one says instead where both are declared
    implies: tuple[str, ...] = ()
    ties: bool = False
    make: str = "x"
    small: str = ""
    little: Callable[[Any, list[Any], tuple[int, ...]], list[Any]] | None = None
    rational: str = ""
    polished: str = ""
    dense: bool = False
    off: str = ""
    said: Said = NOTHING
    holds: str = ""
    measure: str = ""
    center: str = ""
    keeps: frozenset[Keep] = frozenset()
    bounds: Bounds = ANY
    turned: Literal[-1, 0, 1] = 0
    definite: Literal[0, 1, 2] = 0
    regular: bool = False
    complex: bool = False
    fixed: bool = False
    sympy: str = ""
    equation: str = ""
    signs: tuple[str, ...] = ()
    spaces: tuple[str, ...] = ()
    of_real: bool = False
    usual: int = 0
    total: int = 0
    whole: bool = False
    later: Said = NOTHING
    trial: Trial | None = None

    def __repr__(self) -> str:
        return f"<fact {self.name}>"

    @property
    def test(self) -> str:
        """An expression that is true where x has the fact up to t: where no entry is off, or `holds` says so."""
        return f"np.all({self.off} <= t)" if self.off else self.holds or "True"

    @property
    def sign(self) -> bool:
        """Whether it speaks of the sign of each entry."""
        return self.on == "any" and self.bounds is not ANY

    @property
    def cone(self) -> bool:
        """Whether it says that something is not negative: the entries, or x'*X*x."""
        return self.sign or self.definite > 0

    @property
    def convex(self) -> bool:
        """Whether all that is between two arrays that have it has it too."""
        return not self.whole and bool({"sum", "mean"} & self.keeps)

    @property
    def linear(self) -> bool:
        """Whether sums and all multiples of what has it have it."""
        return {"sum", "multiple"} <= self.keeps

    def fits(self, axes: tuple[object, ...]) -> bool:
        """Whether something with these axes may have it."""
        return (
            self.on == "any" or len(axes) == 1 + (self.on != "vector") and (self.on != "square" or axes[0] == axes[1])
        )


@cache
def computed(text: str) -> Callable[..., Any]:
    """An expression of the table as a function of (np, x, t)."""
    return eval(f"lambda np, x, t=0.0: {text}")  # noqa: S307  (a constant of the table, never user text)
