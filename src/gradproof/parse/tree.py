"""The syntax tree of a formula: a flat list of nodes, arguments before the calls that use them, so that no walk over it needs recursion."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from gradproof.errors import ParseError, Span
from gradproof.notation.decimals import DIGITS
from gradproof.notation.expr import Number, number
from gradproof.notation.function import Function
from gradproof.ops import TABLE, Operation, basic
from gradproof.ops.operation import POWER, Definition, signatures
from gradproof.say import say
from gradproof.shapes.dims import Dim


class SyntaxNode:
    """A place in the formula. `args` are positions in the list of nodes, `span` is all of it, `spot` the sign or name that makes it what it is."""

    __slots__ = ("args", "span", "spot")

    def __init__(self, args: tuple[int, ...], span: Span, spot: Span):
        self.args, self.span, self.spot = args, span, spot


class NumberNode(SyntaxNode):
    __slots__ = ("value",)

    def __init__(self, value: Number, span: Span):
        self.args, self.span, self.spot, self.value = (), span, span, value


class NameNode(SyntaxNode):
    """A variable, or a dimension used as a scalar."""

    __slots__ = ("name",)

    def __init__(self, name: str, span: Span):
        self.args, self.span, self.spot, self.name = (), span, span, name


class CallNode(SyntaxNode):
    """An operation; `axes` are the dimensions of a constant such as eye(n), None for one that is to be inferred."""

    __slots__ = ("axes", "op")

    def __init__(self, op: Operation, args: tuple[int, ...], span: Span, spot: Span, axes: tuple[Dim | None, ...] = ()):
        self.op, self.args, self.span, self.spot, self.axes = op, args, span, spot, axes


class AppliedNode(SyntaxNode):
    """A declared function, or a derivative of one."""

    __slots__ = ("function", "partials")

    def __init__(self, function: Function, partials: tuple[int, ...], args: tuple[int, ...], span: Span, spot: Span):
        self.function, self.partials, self.args, self.span, self.spot = function, partials, args, span, spot


# |x| is the absolute value or a determinant, and X⁻¹ a power or an inverse: which of the two is known when the kinds are
BARS = Operation("abs", signatures("ii-> *->*"), Definition(""), "absolute value, or determinant")
SUPERSCRIPT = Operation("pow", basic.POW.signatures, basic.POW.meaning, "power, or inverse", symbol="^", binds=POWER)
_MEANS = {(BARS, "m"): TABLE["det"], BARS: basic.ABS, (SUPERSCRIPT, "m"): basic.INV, SUPERSCRIPT: basic.POW}


def meaning(op: Operation, kind: str) -> Operation:
    """The operation of the table that is meant, by the kind of the first argument."""
    return _MEANS.get((op, kind)) or _MEANS.get(op, op)


@lru_cache(4096)
def exact(text: str) -> Number:
    """An exact number, as it is typed. Raises ParseError where it is too long to be one."""
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) > DIGITS or len(exponent) > 6 or abs(int(exponent or 0)) > DIGITS:
        raise ParseError(
            say("the number {number} is out of range", number=text if len(text) < 20 else text[:20] + "…"),
            hint=say("numbers have at most {digits} digits", digits=DIGITS),
        )
    return number(Fraction(text), text)
