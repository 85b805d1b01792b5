"""What an operation is: one record that everything else reads.

`meaning` says what it computes and, by that, its derivative. The meanings are a closed union:

    Einsum         multilinear; the signature is the meaning
    Combination    a weighted sum of its arguments: add, sub, neg
    Monomial       an entrywise product of powers of its arguments: .*, ./, division by a scalar, sqrt
    Power          a power with any exponent
    Elementwise    a function of each entry; one derivative for each argument, in x (the first), a (the second) and y (the value)
    Differential   a matrix function; dY in matrix notation, in X, dX and Y (lower case for vectors and scalars), or in the letters of its arguments
    Primary        a function of numbers at a square matrix (exp, log, …), by its derivative
    Frechet        the derivative of a primary function along directions
    ValueOnly      a value without a derivative of its own
    Linear         linear in its last argument; its transpose is itself at the transposed other arguments
    Definition     other operations, in X, or in x and a
    Fill           a constant whose entries depend on where they stand: unit vectors, triangles of ones
    Conjugation    the conjugate, the real or the imaginary part of complex entries: pushed to the leaves before anything is differentiated
    Reserved       a name that is kept for later work, and refused by that name

Formulas in the table are gradproof's own syntax, so that a reader can hold them against the cited source.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cached_property, partial
from typing import Any, Literal

from gradproof.facts.bounds import ANY, Bounds
from gradproof.facts.fact import Keep
from gradproof.ops.domain import Domain
from gradproof.ops.series import Series
from gradproof.records import dataclass
from gradproof.say import Said
from gradproof.shapes.shape import Signature


@dataclass(frozen=True, slots=True)
class Einsum:
    pass


@dataclass(frozen=True, slots=True)
class Combination:
    weights: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Monomial:
    exponents: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Power:
    derivatives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Elementwise:
    derivatives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Differential:
    """`arguments`: the letters that the arguments have in the text; one that has no differential there is never moved."""

    text: str
    arguments: tuple[str, ...] = ("X",)


@dataclass(frozen=True, slots=True)
class Primary:
    """`derivative`: the derivative of the function of a number, as one of the matrix X: in X, the value Y, and the parameter a where there is one.

    `parameter`: the derivative by the parameter, "" where it cannot be moved. `written`: the operation that it is printed as.
    `entrywise`: the operation that it is on each eigenvalue. `power`: the power of X that it is, as a number or the parameter a.
    `adds`: f(X)*f(Y) = f(X + Y) where X and Y commute.
    """

    derivative: str
    parameter: str = ""
    written: str = ""
    entrywise: str = ""
    power: str = ""
    adds: bool = False


@dataclass(frozen=True, slots=True)
class Frechet:
    """The derivative of the primary function `of` at the first argument, along all others (after its parameter); symmetric in these.

    Linear in each; in each, its transpose is itself at X' with the other directions transposed.
    """

    of: str


@dataclass(frozen=True, slots=True)
class ValueOnly:
    """What has a value, and no derivative of its own; `why` says what to do."""

    why: Said


@dataclass(frozen=True, slots=True)
class Linear:
    """Linear in the last argument, a matrix. `arguments`: the letters of those before it; `text`: its differential by these, in their
    differentials and the value Y; `symmetric`: its value is, where the last argument is; `diagonal`: what a mask leaves of the diagonal."""

    text: str = ""
    arguments: tuple[str, ...] = ()
    symmetric: bool = False
    diagonal: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    text: str


@dataclass(frozen=True, slots=True)
class Structure:
    """How the products with a basis B of structured matrices S(x) = unvec(B*x) are written.

    of_vector: B'*kron(b,u) is S(b)*u, and with `turned` S(b)'*u. across: B stands the other way round, one row for each column of the others.
    """

    of_vector: bool = False
    turned: bool = False
    across: bool = False


@dataclass(frozen=True, slots=True)
class Fill:
    entry: Callable[
        ..., bool | float
    ]  # of the indices, from 0: whether a 1 stands there, else a 0; of a number, its value
    exact: bool = True  # whether the entries are rational
    sized: bool = False  # whether `entry` is given the number of rows and columns after the indices
    structure: Structure | None = None  # of a matrix whose products with vectors are matrices with a structure


@dataclass(frozen=True, slots=True)
class Conjugation:
    part: Literal["conj", "re", "im"]


@dataclass(frozen=True, slots=True)
class Reserved:
    topic: Said


Meaning = (
    Einsum
    | Combination
    | Monomial
    | Power
    | Elementwise
    | Differential
    | Primary
    | Frechet
    | Linear
    | ValueOnly
    | Definition
    | Fill
    | Conjugation
    | Reserved
)
MATRIX_FUNCTIONS = (Differential, Primary, Frechet, Linear)  # what is no entrywise function and no sum of products

ATOM, TRANSPOSE, POWER, NEGATIVE, PRODUCT, SUM = 6, 5, 4, 3, 2, 1  # how tightly a spelling binds


NONE = ""  # in place of a derivative: there is none in the table, and asking for it is an error


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """How an operation is written in each target, in x (and a); @ is Julia's dot. A field is required, and None is a stated gap."""

    numpy: str | None = None  # where the value of the table is not the best
    scipy: str | None = None  # of scipy.special
    scipy_linalg: str | None = None
    scipy_once: str | None = None  # of a derivative along directions: along one alone
    scipy_times: str | None = None  # times b, where nothing else needs it
    jax: str | None
    torch: str | None
    array_api: str | None = None
    julia: str | None
    matlab: str | None


@dataclass(frozen=True, slots=True)
class Planned:
    """The node of programs that computes an operation, of an argument with one of these numbers of axes; `of_factor`: from a factorisation of it."""

    kind: str
    orders: tuple[int, ...]
    of_factor: bool = False


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation; equal is identical. Only `name`, `signatures`, `meaning` and `doc` are required.

    numpy       its value as a NumPy expression in x, a, b, …, the arguments (… stands for all further ones); entrywise where the arguments have
                equal shapes; functions of `arrays.py` by their names
    series      its Taylor series, of a function of one number; small: its value by other operations, as a formula in x or X; kernel: of a matrix, by an
                algebra of little arrays: one of these where `meaning` is no sum, product or definition; a proof needs them, without NumPy
    rational    whether the kernel computes the same modulo a prime
    whole       the arguments (by their place) that are whole numbers
    at          for some values of the last argument (n is the size of the first) the operation that has a name of its own
    squared     of a lower triangular value with a positive diagonal: that times its transpose, in X
    of_matrix   of an entrywise function that is no primary matrix function: that of a square matrix which is it on each eigenvalue, in X
    of_number   of a number, or of an array of one, where it has a plainer form, in x
    spelled_out whether who did not type it is shown `small`: a sum over an index of log(1 + exp(…)) is not answered in softplus
    steady      its value at an array of real numbers where the plain one overflows or loses digits (`steady.py`)
    planned     the node that computes it in programs, where that is more than a call
    rule        the name of the rule of derivations that states its derivative, where it has one of its own
    slope       of a function of a vector: its derivative by that, in the argument x and the value y
    log_less    of a vector: the number that its logarithm is less by than its argument, in x
    of_moduli   whether it depends on the absolute values of the entries alone, and is real: of complex ones too
    reduced     of a list of numbers: operations on all of it by what they are of the matrix X
    stacked     of what is linear in its last argument, a matrix: the matrix with which vec of that gives vec of the value, in the arguments A, B, ... before
    dyad        where the first argument is symmetric, the value is v*v' of this operation
    doc         one sentence; source: where the formula is from
    domain      where it is defined and differentiable, as a condition on its first argument; None is everywhere
    analytic    whether the complex step may be used through it; rounded: whether its value is one to the digits of floats alone
    of_complex  whether its values at all complex numbers have the derivative that is stated: not where they are on two branches of it
    bounds      of its values, for every argument in the domain
    rises_from  its value at 0, where it rises everywhere: a bound of its values at arguments with a sign
    among       whether its value is one of the entries of its argument
    spectrum    whether its entries are eigenvalues of its argument
    above       what its value is above at positive arguments, in x
    partition   whether the sum of its values at positive arguments, less its value at their sum, is convex
    total       the power of the entries of its value, a vector, whose sum is 1; 0 where there is none
    shift       how often a number that is added to all entries of the argument is added to the value; None where that is no law
    keeps       as what it counts for facts that are kept: "inverse"
    convexity   of a function that is not smooth, or of a whole array: "convex" or "concave" where it is defined (of a square matrix:
                where that is symmetric), and whether it "rises" or "falls" with every entry; of smooth entrywise functions it follows from the derivative
    convex_from the least parameter (the last argument) for which the word of `convexity` is true, where there is one
    monotone    whether it does not fall where a semidefinite matrix is added to its argument, a symmetric one
    log_concave whether its logarithm is concave where the argument is at least zero (a matrix: semidefinite; of an entrywise function: everywhere), and it is not negative there
    degree      how often a positive number that multiplies the argument is a factor of the value; "n": as often as the argument has rows
    undone      the argument by the value X, where it is the only one
    symmetric   whether a matrix that it gives is symmetric
    equivariant f(X') = f(X)': an entrywise function, the inverse, …; invariant: f(X') = f(X): det, tr, norms
    symbol      its infix, prefix or postfix sign where it has one, with `binds`; unicode_symbol, latex_symbol where they differ
    ascii       the name in text where it is not `name`; latex, unicode: templates with {0}, {1} for the arguments
                where it is not \\operatorname{name}({0}) or name({0}); {norm} is F for a matrix and 2 for a vector; {0} of a constant is its size
    letters     for constants such as eye(n): the index letters that the parameters bind
    aliases     further names that people type
    fixed       of a constant: the only size that it has; 0 for any
    place       of a unit vector: where its 1 stands, from 1; an inner product with it is printed as an entry
    skips       of rows of an identity matrix: how many columns there are beside them at least
    of_variable of a constant: the operation that has its name too, and takes what is declared as a variable: lowertri(x) beside lowertri(n)
    code        how targets write it, where they have no word of their own for it
    """

    name: str
    signatures: tuple[Signature, ...]
    meaning: Meaning
    doc: str
    source: str = ""
    numpy: str = ""
    series: Series | None = None
    small: str = ""
    kernel: Callable[..., Any] | None = None
    rational: bool = True
    whole: tuple[int, ...] = ()
    at: tuple[tuple[str, str], ...] = ()
    squared: str = ""
    of_matrix: str = ""
    of_number: str = ""
    spelled_out: bool = False
    steady: Callable[[Any, Any], Any] | None = None
    planned: Planned | None = None
    rule: str = ""
    slope: str = ""
    log_less: str = ""
    of_moduli: bool = False
    reduced: tuple[tuple[str, str], ...] = ()
    stacked: str = ""
    dyad: str = ""
    domain: Domain | None = None
    analytic: bool = True
    rounded: bool = False
    of_complex: bool = True
    bounds: Bounds = ANY
    rises_from: Fraction | None = None
    among: bool = False
    spectrum: bool = False
    above: str = ""
    partition: bool = False
    total: int = 0
    shift: int | None = None
    keeps: Keep | None = None
    convexity: tuple[Literal["convex", "concave", "rises", "falls"], ...] = ()
    convex_from: int | None = None
    monotone: bool = False
    log_concave: bool = False
    degree: int | Fraction | Literal["n"] | None = None
    undone: str = ""
    equivariant: bool = False
    invariant: bool = False
    symmetric: bool = False
    symbol: str = ""
    unicode_symbol: str | None = None
    latex_symbol: str | None = None
    binds: int = ATOM
    latex: str = ""
    unicode: str = ""
    letters: tuple[str, ...] = ()
    code: Code | None = None
    aliases: tuple[str, ...] = ()
    fixed: int = 0
    place: int = 0
    skips: int | None = None
    of_variable: str = ""
    square_scalar: bool = (
        False  # a scalar meets a matrix entry by entry; refused for a square one, where it may mean c*eye(n)
    )

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    def __reduce__(self):
        return _lookup, (self.name,)

    @property
    def arity(self) -> int:
        """How many formulas it takes at least (not counting the dimensions of a constant)."""
        return len(self.signatures[0].args)

    @cached_property
    def arities(self) -> set[int]:
        """How many formulas it may take."""
        return {len(s.args) for s in self.signatures}

    @cached_property
    def measured(self) -> bool:
        """Whether a signature has an axis of its own length: a triangle's, a number, or a sum."""
        return any(
            x.isupper() or x.isdigit() or x == "+"
            for s in self.signatures
            for slot in (*s.args, s.out)
            for x in slot.letters
        )

    @cached_property
    def of_square(self) -> bool:
        """Whether it makes a number of a square matrix: a trace, a determinant."""
        kinds = {
            (len(s.args), s.args[0].kind, s.out.kind, len(s.args[0].parameters)) for s in self.signatures if s.args
        }
        return (1, "m", "s", 1) in kinds and kinds <= {(1, "m", "s", 1), (1, "s", "s", 0)}

    @property
    def elementwise(self) -> bool:
        """Whether it works entry by entry."""
        return isinstance(self.meaning, Elementwise | Monomial | Power) and not self.letters

    @cached_property
    def value(self) -> Callable[..., Any]:
        """Its value on arrays: `value(np, x)`, with the array module first."""
        from gradproof.ops.arrays import HELPER  # values on arrays are not asked for by who derives
        from gradproof.ops.values import by_kernel, compiled

        if HELPER.search(self.numpy):
            return partial(by_kernel, self.numpy, self.kernel)
        return compiled(self.numpy, max(self.arities, default=1))


def _lookup(name: str) -> Operation:
    from gradproof.ops import TABLE, family  # only for unpickling; the table imports this module

    return family(name) or TABLE[name]


def signatures(text: str) -> tuple[Signature, ...]:
    """Signatures separated by spaces."""
    return tuple(Signature.of(part) for part in text.split())
