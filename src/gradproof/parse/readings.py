r"""Signs whose meaning depends on the kinds of what they stand with: `a \cdot b`, `\langle A, B \rangle`, `\lVert X \rVert_2`, `e^{X}`."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from gradproof.notation.expr import Call, Expr, Number, call, number, size
from gradproof.ops import TABLE, Operation, basic
from gradproof.ops.operation import POWER, PRODUCT, Definition, Fill, signatures
from gradproof.ops.structures import CROSS, CROSS_PRODUCT, ELIMINATION, MADE, STRUCTURED, VECH
from gradproof.parse.made_of import MADE_OF, MEANT
from gradproof.parse.note import refusal
from gradproof.parse.tree import BARS, CallNode, NameNode, NumberNode, SyntaxNode, meaning
from gradproof.shapes.dims import side
from gradproof.shapes.shape import Signature, Slot

ABSOLUTE_SUM, POSITIVE_PART = TABLE["norm1"], TABLE["relu"]
_NORM, _EXP, _MUL = basic.NORM2, basic.EXP, basic.MUL

DOT = Operation(
    "dot",
    (*_MUL.signatures, *signatures("i,i->")),
    _MUL.meaning,
    "product, or inner product of two vectors",
    symbol="·",
    binds=PRODUCT,
)
INNER = Operation("inner", signatures("i,i-> ij,ij-> ,->"), Definition(""), "inner product")
EUCLIDEAN = Operation("norm_2", _NORM.signatures, Definition(""), "Euclidean norm")
ABSOLUTE = Operation("norm_1", ABSOLUTE_SUM.signatures, Definition(""), "sum of absolute values")
LARGEST = Operation("norm_inf", signatures("i->"), Definition(""), "largest absolute value")
NORMS = {_NORM, EUCLIDEAN, ABSOLUTE, LARGEST}  # what double bars are: of vectors, not of numbers
BARS_SQUARED = Operation(
    "|·|²", signatures("ii-> i-> i'-> *->*"), Definition(""), "square of an absolute value, or of a norm"
)
BARS_OF_VECTOR = Operation("|·|ᵥ", signatures("ii-> i-> i'-> ->"), Definition(""), "length, of what is set as a vector")
EULER = Operation("e", (Signature("->", (), Slot("s")),), Fill(lambda: math.e, exact=False), "the number e")
EXPONENTIAL = Operation("e^", _EXP.signatures, Definition(""), "exponential function")


OF_THE_MATRIX = TABLE["powm"]  # any power


def matrix_power(base: Expr, exponent: Expr) -> Expr:
    """S^{-1/2} is the power of the matrix, by its eigenvalues: the one power that there is."""
    e = _rational(exponent)
    return call("pow" if e is None or e.denominator == 1 else OF_THE_MATRIX, base, exponent)


def _rational(e: Expr) -> Fraction | None:
    """The value of a number, a fraction of two, or what has a minus before it."""
    match e:
        case Number(value=value):
            return Fraction(value)
        case Call(op=op, args=(a,)) if op is basic.NEG:
            inner = _rational(a)
            return None if inner is None else -inner
        case Call(op=op, args=(a, b)) if op is TABLE["div"]:
            above, below = _rational(a), _rational(b)
            return above / below if above is not None and below else None
    return None


MAXIMUM = Operation("max", TABLE["add"].signatures, Definition(""), "the larger one, entry by entry")
MINIMUM = Operation("min", TABLE["add"].signatures, Definition(""), "the smaller one, entry by entry")
VARIANCE = Operation(
    "var", signatures("i-> i'-> ij->"), Definition(""), "the mean square distance of all entries from their mean"
)
_OF_TWO = {TABLE["max"]: MAXIMUM, TABLE["min"]: MINIMUM}  # what a function of one argument is of two
_OF_NAME = {(_NORM, "inf"): LARGEST, (_NORM, "Inf"): LARGEST, (_NORM, "fro"): _NORM}  # norm(x, inf), as Matlab has it
_OF_ORDER = {(_NORM, Fraction(1)): ABSOLUTE, (_NORM, Fraction(2)): EUCLIDEAN}  # norm(x, 1): by the number after it


def of_two(nodes: list[SyntaxNode], op: Operation, args: tuple[int, ...]) -> tuple[Operation, tuple[int, ...]]:
    """What a function is of two arguments, and what it is then applied to: max(a, b), norm(x, 1)."""
    last = nodes[args[-1]]
    other = _OF_NAME.get((op, last.name)) if isinstance(last, NameNode) else None
    other = _OF_ORDER.get((op, Fraction(last.value.value))) if isinstance(last, NumberNode) else other
    if other is None:
        return _OF_TWO.get(op, op), args
    nodes.pop()
    return other, args[:1]


MEAN = Operation("mean", signatures("i-> i'-> ij->"), Definition(""), "the mean of all entries")
SUMMING = {basic.SUM, MEAN}  # what adds the entries of an array


def bars_squared(nodes: list[SyntaxNode], left: int, index: int) -> bool:
    """Whether the last two nodes are |x| and 2, which are then taken off: |x|^2 is one operation."""
    base, two = nodes[left], nodes[index]
    if not isinstance(base, CallNode) or base.op is not BARS or (left, index) != (len(nodes) - 2, len(nodes) - 1):
        return False
    if not isinstance(two, NumberNode) or two.value.value != 2:
        return False
    del nodes[-2:]
    return True


TYPED = {"pmax": MAXIMUM, "pmin": MINIMUM, "var": VARIANCE}

SPELLED = {
    "·": DOT,
    "⟨,⟩": INNER,
    "‖2": EUCLIDEAN,
    "‖1": ABSOLUTE,
    "‖∞": LARGEST,
    "|·|²": BARS_SQUARED,
    "|·|ᵥ": BARS_OF_VECTOR,
    "e^": EXPONENTIAL,
    "|·|": BARS,
}  # names that nobody can type

DOTTED = Operation("dot", signatures("i,i-> ij,j->i ij,jk->ik i',ij->j' i',i->"), Definition(""), "product of arrays")
_ENTRYWISE = TABLE["exp"].signatures
LOGARITHMS = {  # functions made of the logarithm
    name: Operation(name, _ENTRYWISE, Definition(""), text)
    for name, text in {
        "log10": "logarithm to base 10", "log2": "logarithm to base 2", "log1p": "logarithm of 1 + x", "logit": "logarithm of x/(1 - x)",
    }.items()
}  # fmt: skip
OUTER = Operation("outer", signatures("i,j->ij"), Definition(""), "outer product")

SOFTMAX = Operation(
    "softmax", (*TABLE["softmax"].signatures, *signatures("ij->ij")), Definition(""), "softmax, of a matrix row by row"
)
WIDER = {TABLE["softmax"]: SOFTMAX}  # what a function is as papers write it, where it takes more than in ASCII

POWER_IN_SUM = Operation(
    "^",
    (*basic.POW.signatures, *signatures("i,->i i',->i'")),
    Definition(""),
    "power, of a vector entry by entry",
    symbol="^",
    binds=POWER,
)  # of sum((y - X w)^2), in papers

PSEUDO = Operation("pseudo-inverse", signatures("ij->ji"), Definition(""), "pseudo-inverse", symbol="⁺")

CALLED = {
    **LOGARITHMS,  # names of other languages for what is there
    "dot": DOTTED, "vdot": DOTTED, "inner": INNER, "outer": OUTER, "mean": MEAN, "average": MEAN, "Mean": MEAN,
    **dict.fromkeys(("transpose", "Transpose"), basic.TRANSPOSE),
    **dict.fromkeys(("Inverse", "inverse"), basic.INV), "matmul": basic.MUL, "multiply": basic.HADAMARD, "hadamard": basic.HADAMARD,
    **STRUCTURED, **MADE_OF, "Log": basic.LOG, "Exp": basic.EXP, "Sum": basic.SUM, "Norm": basic.NORM2,
}  # fmt: skip
ROW_BY_ROW = {TABLE["softmax_rows"]: "softmax"}  # what is said of such a function of a matrix
OF_MATRICES = {
    basic.LOG: "logm",
    basic.SQRT: "sqrtm",
}  # functions of entries whose name without a bracket can be that of a matrix
OF_ENTRIES = frozenset(
    (
        basic.HADAMARD,
        basic.ELDIV,
        basic.SUM,
    )
)  # what is done entry by entry


def _structured(basis: Operation) -> Callable[[Expr], Expr]:
    """unvec(B*x,n,n), of the basis of a structure."""
    across = isinstance(basis.meaning, Fill) and basis.meaning.structure is not None and basis.meaning.structure.across

    def made(x: Expr) -> Expr:
        (n,) = basis.signatures[0].out.axes[0 if across else 1]
        length_ = x.type.dims[0]
        size_ = (side(length_) or length_) if n.isupper() else length_
        constant = call(basis, params=(size_,))
        whole = call("mul", call("transpose", constant) if across else constant, x)
        return call("unvec", whole, params=(size_, size_))

    return made


def _vech(a: Expr) -> Expr:
    return call("mul", call(ELIMINATION, params=a.type.dims[:1]), call("vec", a))


def _cross(a: Expr, b: Expr) -> Expr:
    return call("mul", _structured(CROSS)(a), b)


def _dot(a: Expr, b: Expr) -> Expr:
    return call("mul", call("transpose", a) if (a.type.kind, b.type.kind) == ("v", "v") else a, b)


def _inner(a: Expr, b: Expr) -> Expr:
    if a.type.kind == "s":
        return call("mul", a, b)
    product = call("mul", call("transpose", a), b)
    return call("tr", product) if a.type.kind == "m" else product


def _mean(a: Expr) -> Expr:
    count = a.type.dims[0] if len(a.type.dims) == 1 else a.type.dims[0] * a.type.dims[1]
    return call("div", call("sum", a), size(count))


def _euclidean(a: Expr) -> Expr:
    if a.type.kind == "m":
        raise refusal("norm-spectral")
    return call(_NORM, a)


def _exponential(a: Expr) -> Expr:
    if a.type.kind == "m":
        raise refusal("matrix-or-entries", shown="e^X", whole=f"expm({a.ascii})", entries=f"exp({a.ascii})")
    return call(_EXP, a)


def _bars_squared(a: Expr) -> Expr:
    return call("pow", _length(a), 2)


def _length(a: Expr) -> Expr:
    return call(meaning(BARS, a.type.kind) if a.type.kind in "sm" else _NORM, a)


def softmax_of(a: Expr) -> Expr:
    """softmax of a vector, and of each row of a matrix."""
    return call("softmax_rows" if a.type.kind == "m" else "softmax", a)


def _variance(e: Expr) -> Expr:
    return _mean(call("elpow", call("sub", e, call("mul", _mean(e), _ones_like(e))), 2))


def _ones_like(e: Expr) -> Expr:
    ones = call("ones", params=e.type.dims)
    return call("transpose", ones) if e.type.kind == "r" else ones


def _larger(a: Expr, b: Expr) -> Expr:
    if _nothing(a) or _nothing(b):
        return call(POSITIVE_PART, b if _nothing(a) else a)
    return call("add", b, call(POSITIVE_PART, call("sub", a, b)))


def _smaller(a: Expr, b: Expr) -> Expr:
    if _nothing(a) or _nothing(b):
        return call("neg", call(POSITIVE_PART, call("neg", b if _nothing(a) else a)))
    return call("sub", a, call(POSITIVE_PART, call("sub", a, b)))


def _nothing(e: Expr) -> bool:
    return isinstance(e, Number) and e.value == 0


def _log_to(base: int) -> Callable[[Expr], Expr]:
    return lambda a: call("div", call("log", a), call("log", number(base)))


def _log1p(a: Expr) -> Expr:
    return call("log", a + 1 if a.type.kind == "s" else call("add", a, _ones_like(a)))


def _logit(a: Expr) -> Expr:
    one = number(1) if a.type.kind == "s" else _ones_like(a)
    return call("sub", call("log", a), call("log", call("sub", one, a)))


def _power_in_sum(a: Expr, e: Expr) -> Expr:
    return call("elpow", a, e) if a.type.kind in "vr" else matrix_power(a, e)


SAID: dict[Operation, Callable[..., str]] = {  # the kind of note, by the shapes of the arguments; "" for none
    POWER_IN_SUM: lambda a, _: "power-by-entries" if a.kind in "vr" else "",
    BARS_SQUARED: lambda a: "bars-norm" if a.kind in "vr" else "",
    BARS_OF_VECTOR: lambda a: "bars-length" if a.kind in "vr" else "",
    LARGEST: lambda a: "norm-largest",
    BARS: lambda a: "bars-entries" if a.kind in "vr" else "",
}

BUILT: dict[Operation, Callable[..., Expr]] = {  # the formulas that they stand for
    **MEANT,
    **{op: _structured(basis) for basis, op in MADE.items()}, VECH: _vech, CROSS_PRODUCT: _cross,
    MEAN: _mean, OUTER: lambda a, b: call("mul", a, call("transpose", b)), MAXIMUM: _larger, MINIMUM: _smaller, SOFTMAX: softmax_of, BARS_SQUARED: _bars_squared, BARS_OF_VECTOR: _length, LARGEST: lambda a: call("max", call(basic.ABS, a)), VARIANCE: _variance,
    LOGARITHMS["log10"]: _log_to(10), LOGARITHMS["log2"]: _log_to(2), LOGARITHMS["log1p"]: _log1p, LOGARITHMS["logit"]: _logit,
    POWER_IN_SUM: _power_in_sum, PSEUDO: lambda a: call("pinv", a), DOTTED: _dot, DOT: _dot, INNER: _inner, EUCLIDEAN: _euclidean, EXPONENTIAL: _exponential, ABSOLUTE: lambda a: call(ABSOLUTE_SUM, a),
}  # fmt: skip
