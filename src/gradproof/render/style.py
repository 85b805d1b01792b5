"""The three styles as data, and how each writes each operation: derived from the table of operations, never by an operation's name.

A *form* is one way to write an operation: `Infix`, `Prefix`, `Postfix`, `Raised`, `Around` or `Named`. A sign of the table makes one of the first four,
a template such as `\\lVert {0} \\rVert` makes `Around`, or `Postfix` or `Infix` where a hole stands at its open end; the rest is `name(…)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from gradproof.notation.function import Function
from gradproof.ops.operation import ATOM, NEGATIVE, POWER, PRODUCT, SUM, TRANSPOSE, Operation
from gradproof.records import dataclass, field
from gradproof.render import names
from gradproof.render.names import CLOSE, DIGIT, LETTER, OPEN, SIGN, VALUE, WORD, Word
from gradproof.shapes.dims import Dim

Piece = str | int | None  # of a template: literal text, the place of an argument, or None for the letter of the norm


@dataclass(frozen=True, slots=True)
class Infix:
    """`a - b`. `left`: the signs that may stand on its left without brackets; an empty symbol is juxtaposition."""

    symbol: str
    level: int
    sign: str
    left: frozenset[str]


@dataclass(frozen=True, slots=True)
class Prefix:
    """`-a`, for operands that bind at least as `operand`."""

    symbol: str
    operand: int


@dataclass(frozen=True, slots=True)
class Postfix:
    """`a'`, for operands that bind at least as `operand`."""

    symbol: str
    operand: int
    level: int


@dataclass(frozen=True, slots=True)
class Raised:
    """`a^b`; `mark` tells the entrywise power from the other."""

    mark: str
    operand: int


@dataclass(frozen=True, slots=True)
class Around:
    """Text around the arguments, which need no brackets there."""

    pieces: tuple[Piece, ...]
    level: int
    tail: str


@dataclass(frozen=True, slots=True)
class Named:
    """`name(a, b)`."""

    name: str


Form = Infix | Prefix | Postfix | Raised | Around | Named


@dataclass(frozen=True, eq=False)
class Style:
    """How one of the outputs looks.

    symbol, template   what it reads in the table
    word, number, function, dimension   how it spells what is not in the table; params: the dimensions of a constant such as eye(n), which may have so many
    left               for each infix sign, the signs that may stand on its left without brackets, though they bind as tightly
    entry              what stands around that of which an entry is taken
    fence, delimiters  brackets, and what replaces delimiters in templates
    gap                what stands between two juxtaposed factors, by the tail of the first and the head of the second
    tight              how tightly an operand of ', ^ and templates like {0}^{-1} must bind; postfix: how tightly a transpose binds
    minus              how tightly the operand of a minus must bind
    raised             what opens and closes an exponent; without a closing one it is bracketed where it needs that
    superscript        an exponent in raised characters, where there are some
    merges             two postfix signs that are written as one
    where              what stands before the named parts, and between them
    sized              a constant, by its template and its size, where nothing beside it tells that; None for what has no such letters, and in
                       place of it where its text has the size always
    """

    name: str
    symbol: Callable[[Operation], str]
    template: Callable[[Operation], str]
    word: Callable[[str, str], Word]
    number: Callable[[str], Word]
    function: Callable[[Function, tuple[int, ...]], Word]
    dimension: Callable[[Dim], Word]
    params: Callable[[Sequence[str], int], str]
    left: Mapping[str, str]
    raised: tuple[str, str]
    fence: tuple[str, str] = ("(", ")")
    entry: tuple[str, str] = ("", "")
    blocks: tuple[str, str, str, str] = ("[", ", ", "; ", "]")  # around block matrices, between blocks, between rows
    roots: bool = False  # whether a root sign over a matrix could be its matrix root
    delimiters: Mapping[str, str] = field(default_factory=dict)
    operator: str = "{}"
    gap: Callable[[str, str], str] = lambda tail, head: " "
    tight: int = ATOM
    postfix: int = POWER
    minus: int = PRODUCT
    superscript: Callable[[str], str | None] = lambda text: None
    merges: Mapping[tuple[str, str], str] = field(default_factory=dict)
    where: tuple[str, str] = (" where ", ", ")
    sized: Callable[[str, str], str | None] | None = None
    forms: dict[str, Form] = field(default_factory=dict)  # by the operation's name, filled as they are met

    def form(self, op: Operation) -> Form:
        """How it writes an operation."""
        found = self.forms.get(op.name)
        if found is None:
            found = self.forms[op.name] = _form(self, op)
        return found


def _form(style: Style, op: Operation) -> Form:
    template, symbol = style.template(op), style.symbol(op)
    if template:
        return _from_template(style, op, template)
    if not op.symbol:
        return Named(style.operator.format(op.name))
    if op.binds == TRANSPOSE:
        return Postfix(symbol, style.tight, style.postfix)
    if op.binds == POWER:
        return Raised(symbol, style.tight)
    if op.arity == 1:
        return Prefix(symbol, style.minus)
    symbol = f" {symbol} " if op.binds == SUM else "" if symbol.isspace() else symbol
    return Infix(symbol, op.binds, op.symbol, frozenset(style.left.get(op.symbol, "").split()))


def _from_template(style: Style, op: Operation, template: str) -> Form:
    """A hole at either end is an open end, where the operand may need brackets; a hole within needs none."""
    for plain, written in style.delimiters.items():
        template = template.replace(plain, written)
    pieces = _pieces(template)
    match pieces:
        case [int(), str(symbol), int()]:
            return Infix(symbol, PRODUCT, op.name, frozenset([op.name]))
        case [int(), str(symbol)]:
            return Postfix(symbol, style.tight, POWER)
        case _:
            return Around(tuple(pieces), ATOM if op.binds == ATOM else POWER, VALUE if op.arity else LETTER)


def _pieces(template: str) -> list[Piece]:
    pieces: list[Piece] = []
    text, left = "", template
    while left:
        sign, left = left[0], left[1:]
        if sign == "{" and left[:1] != "{":
            hole, _, left = left.partition("}")
            pieces += [text] * bool(text) + [int(hole) if hole.isdecimal() else None]
            text = ""
            continue
        text += sign
        left = left[1:] if sign in "{}" else left  # which are doubled
    return pieces + [text] * bool(text)


# -- ascii: the input syntax

ASCII = Style(
    "ascii",
    symbol=lambda op: op.symbol,
    template=lambda op: "",
    word=names.plain_name,
    number=names.plain_number,
    function=names.plain_function,
    dimension=lambda d: names.dimension(d, names.plain_name, "*", "-"),
    params=lambda dims, most: ",".join(dims),
    left={"+": "+ -", "-": "+ -", "*": "* /", "/": "* /", ".*": ".* ./", "./": ".* ./"},
    tight=TRANSPOSE,
    postfix=TRANSPOSE,
    minus=NEGATIVE,
    raised=("", ""),  # the sign itself says ^ or .^
)

# -- unicode: for a terminal


def _unicode_params(dims: Sequence[str], most: int) -> str:
    """The size of a constant, where it has two: Kₘₙ, K(2,3)."""
    lowered = names.subscript("".join(dims)) if all(len(d) == 1 and not d.isdigit() for d in dims) else None
    return "" if len(dims) < 2 else lowered or f"({','.join(dims)})"


def _unicode_sized(template: str, size: str) -> str | None:
    """Iₙ, 𝟏ₙ: where the size is one letter that can be lowered; I₃ would be a name."""
    lowered = names.subscript(size) if len(size) == 1 else None
    name = size.isdigit() and template.isascii()
    return None if lowered is None or name else template.format("") + lowered


def _unicode_gap(tail: str, head: str) -> str:
    if head == DIGIT:
        return "·"
    return "" if head == OPEN and tail in (SIGN, DIGIT, CLOSE) else " "  # f(x) is a function, Aᵀ(x) a product


UNICODE = Style(
    "unicode",
    symbol=lambda op: op.symbol if op.unicode_symbol is None else op.unicode_symbol,
    template=lambda op: op.unicode,
    word=names.unicode_name,
    number=names.unicode_number,
    function=names.unicode_function,
    dimension=lambda d: names.dimension(d, names.unicode_name, " ", "−"),
    params=_unicode_params,
    left={
        "+": "+ -",
        "-": "+ -",
        "*": "*",
        "/": "* /",
        ".*": ".* ./",
        "./": ".* ./",
    },  # (a/b) x: a/b x would be read as a/(b x)
    gap=_unicode_gap,
    raised=("^", ""),
    superscript=names.superscript,
    merges={("⁻¹", "ᵀ"): "⁻ᵀ", ("ᵀ", "⁻¹"): "⁻ᵀ"},
    sized=_unicode_sized,
)

# -- LaTeX

_SIZED = {
    "(": r"\left(", ")": r"\right)", r"\lVert": r"\left\lVert", r"\rVert": r"\right\rVert", r"\lvert": r"\left\lvert", r"\rvert": r"\right\rvert",
}  # fmt: skip


def _latex_gap(tail: str, head: str) -> str:
    if head == DIGIT:
        return r" \cdot "
    return r" \, " if WORD in (tail, head) else " "


def _latex_params(dims: Sequence[str], most: int) -> str:
    r"""1_{m \cdot n} is a vector: 1_{m n} could be a matrix. I_{m n} has one size only."""
    return re.sub(r"(?<![+-]) (?![+-])", r" \\cdot ", dims[0]) if len(dims) < most else ",".join(dims)


def _latex(bold: bool) -> Style:
    word = partial(names.latex_name, bold=bold)

    def template(op: Operation) -> str:
        upright = bold and op.letters and op.latex[:1].isalpha()  # a constant matrix that is a letter
        return rf"\mathbf{{{{{op.latex[0]}}}}}{op.latex[1:]}" if upright else op.latex

    return Style(
        "latex",
        symbol=lambda op: op.symbol if op.latex_symbol is None else op.latex_symbol,
        template=template,
        word=word,
        number=names.latex_number,
        function=partial(names.latex_function, bold=bold),
        dimension=lambda d: names.dimension(d, names.latex_name, " ", "-"),
        params=_latex_params,
        left={"+": "+ -", "-": "+ -", "*": "*", ".*": ".* ./", "./": ".* ./"},
        fence=(r"\left(", r"\right)"),
        entry=(r"\left[", r"\right]"),
        blocks=(r"\begin{pmatrix} ", " & ", r" \\ ", r" \end{pmatrix}"),
        roots=True,
        delimiters=_SIZED,
        operator=r"\operatorname{{{}}}",
        gap=_latex_gap,
        raised=("^{", "}"),
        merges={("^{-1}", r"^\top"): r"^{-\top}", (r"^\top", "^{-1}"): r"^{-\top}"},
        where=(r" \quad \text{where } ", r", \; "),
    )


LATEX, LATEX_BOLD = _latex(bold=False), _latex(bold=True)
