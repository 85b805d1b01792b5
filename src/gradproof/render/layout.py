"""A formula laid out in a style: one fold over its graph, the same for all styles.

The result is a `Fragment`, a text that is not joined yet: its parts are shared as the formula's are, so the length of a text is known
in time linear in the graph even where the text itself would be exponentially long.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import final

from gradproof.notation.expr import Applied, Call, Expr, Number, Size, Symbol, fold, operations
from gradproof.ops import basic
from gradproof.ops.operation import ATOM, NEGATIVE, POWER, PRODUCT
from gradproof.parse.greek import LETTERS, NAMES
from gradproof.patterns import pattern
from gradproof.records import dataclass
from gradproof.render.blocks import BLOCKS, GRIDS, with_blocks
from gradproof.render.entries import SHOWN, with_entries
from gradproof.render.loose import loose
from gradproof.render.names import CLOSE, DIGIT, LETTER, MINUS, OPEN, SIGN, VALUE, Word, split
from gradproof.render.structures import STRUCTURES, with_structures
from gradproof.render.style import Around, Infix, Named, Postfix, Prefix, Raised, Style

Parts = Sequence["str | Fragment"]

_ROOT, _ELPOW, _POW = basic.SQRT, basic.ELPOW, basic.POW
_INVERSES = {"⁻¹", "^{-1}"}
_REWRITTEN = BLOCKS | STRUCTURES
_APPLIED = pattern(r"([α-ωΑ-Ω]|\\[A-Za-z]+)(?=\()")
_CROSSED = pattern(r"(?<=[^+−\-·⊙⊗⊘/=,(\[√^\s])\s[|‖](?=\S)")  # a bar that opens behind a factor
_BARS = ("|", r"\left\lvert ")
_CAPITAL = pattern(r"(?<![A-Za-z\\])[A-Z](?![A-Za-z])")  # the letter that a constant is written with
HUGE = 10**18  # lengths are counted up to here


@final
@dataclass(slots=True)
class Fragment:
    """A text in parts, and what its surroundings need to know.

    parts  texts and fragments; own: the characters in its own texts; size: all characters
    level  how tightly it binds; sign: the infix sign that is open in it
    head, tail   what stands at its ends
    inner  whether it is an unbracketed product like x'*y, scalar but made of others
    base, suffix   for a'b: what stands before the last postfix sign, and that sign
    """

    parts: Parts
    own: int
    size: int
    level: int
    sign: str = ""
    head: str = LETTER
    tail: str = LETTER
    inner: bool = False
    base: Parts = ()
    suffix: str = ""

    @property
    def text(self) -> str:
        """The parts joined."""
        texts: list[str] = []
        stack: list[str | Fragment] = [self]
        while stack:
            part = stack.pop()
            if type(part) is Fragment:
                stack += part.parts[::-1]
            else:
                texts.append(part)
        return "".join(texts)


def layout(expr: Expr, style: Style, memo: dict[Expr, Fragment] | None = None, alone: bool = False) -> Fragment:
    """The formula in a style. `memo` receives the fragments of all its nodes. `alone`: nothing beside it tells sizes, so that it has to say them."""
    sized = loose(expr) if alone and style.sized is not None else ()
    if not _REWRITTEN.isdisjoint(operations(expr)):
        expr = with_structures(with_blocks(expr))
    expr = with_entries(expr)
    taken = {split(e.name)[1] for e in expr.variables}
    names = {e.name for e in expr.variables} & LETTERS.keys()

    def visit(node: Expr, args: list[Fragment]) -> Fragment:
        if type(node) is Symbol:
            return _symbol(style, node.name, node.type.kind)
        match node:
            case Call() if not args and node.params and not taken.isdisjoint(_CAPITAL.findall(style.template(node.op))):
                return _named(
                    style, style.operator.format(node.op.name), _dims(style, node), ","
                )  # I is a variable here
            case Call(op=op) if (
                args and names and not names.isdisjoint(_greek(style.template(op)))
            ):  # σ is a variable here
                return _named(style, style.operator.format(op.name), args, ", ")
            case Call() if node in sized:
                return _sized(style, node)
            case Call():
                return _call(style, node, args)
            case Number(text=text):
                return _number(style, text)
            case Size(dim=d):
                return _word(style.dimension(d))
            case Applied(function=function, partials=partials):
                word = style.function(function, partials)
                return _named(style, word.text, args, ",", word.head)
        raise AssertionError(node)

    return fold(expr, visit, memo=memo)


@lru_cache(maxsize=1024)
def _greek(template: str) -> frozenset[str]:
    """The names of the Greek letters that a template has before its bracket: sigma for σ({0})."""
    found: list[str] = [] if template.isascii() and "\\" not in template else _APPLIED.findall(template)
    return frozenset([NAMES[x] if x in NAMES else x.lstrip("\\") for x in found])


def _call(style: Style, node: Call, args: list[Fragment]) -> Fragment:
    if node.op in SHOWN:
        return _entry(style, SHOWN[node.op], args[0])
    if node.op in GRIDS:
        return _grid(style, GRIDS[node.op], args)
    match style.form(node.op):
        case Infix() as form:
            return _infix(style, form, node, args[0], args[1])
        case Prefix(symbol, operand):
            return _prefix(style, symbol, operand, args[0])
        case Postfix() as form:
            if isinstance(node.args[0], Number) and style.roots:  # 1^\top would be a vector of ones
                return _postfix(style, form, _glue(_bracketed(style, args[0]), ATOM, "", OPEN, CLOSE))
            return _postfix(style, form, args[0])
        case Raised(mark, operand) if node.op is _POW and args[0].suffix in _INVERSES and args[1].text.isdecimal():
            base = _glue(args[0].base, ATOM, "", args[0].head, SIGN)  # (U⁻¹)² is U⁻²
            return _raised(style, mark, operand, base, _word(style.number(f"-{args[1].text}")))
        case Raised(mark, operand):
            return _raised(style, mark, operand, args[0], args[1])
        case Around(pieces=(str(opening), *_)) if opening in "|‖" and _CROSSED.search(args[0].text):
            return _named(
                style, style.operator.format(node.op.name), args, ", "
            )  # ‖x ‖y‖ + y‖ can be paired in two ways
        case Around(pieces=(str(opening), *_)) if opening in _BARS and (
            node.type.kind == "m" or _ends_in_bar(args[0])
        ):  # |X| would be read as its determinant, and ||x|| as its norm
            return _named(style, style.operator.format(node.op.name), args, ", ")
        case Around() as form if (
            style.roots and node.op is _ROOT and node.type.kind == "m"
        ):  # \sqrt{X} can be a matrix root
            half = style.form(_ELPOW)
            assert isinstance(half, Raised)
            return _raised(style, half.mark, half.operand, args[0], _number(style, "1/2"))
        case Around() as form:
            return _around(style, form, node, args)
        case Named(name) if not args and not node.params:  # a number
            return _symbol(style, name, "s")
        case Named(name):
            return _named(style, name, [*args, *_dims(style, node)], ", " if args else ",")


def _dims(style: Style, node: Call) -> list[str]:
    return [style.dimension(d).text for d in node.params]


def _sized(style: Style, node: Call) -> Fragment:
    """A constant with its size, where the text of the formula does not tell it otherwise."""
    assert style.sized is not None
    dims = _dims(style, node)
    template = style.template(node.op)
    text = style.sized(template, dims[0]) if template else None
    return _named(style, node.op.name, dims, ", ") if text is None else _word(Word(text))


def _infix(style: Style, form: Infix, node: Call, a: Fragment, b: Fragment) -> Fragment:
    """The right operand is bracketed at the same level already, and where it begins with a minus."""
    product, scalar = form.level == PRODUCT, node.args[1].type.kind == "s"
    reading = product and a.inner and not scalar  # (a'*x)*x
    brackets = reading or a.level < form.level or (a.level == form.level and a.sign not in form.left)
    left, tail = (_bracketed(style, a), CLOSE) if brackets else ((a,), a.tail)
    right, head, end = (
        (_bracketed(style, b), OPEN, CLOSE) if b.level <= form.level or b.head == MINUS else ((b,), b.head, b.tail)
    )
    inner = (
        product
        and node.type.kind == "s"
        and (not scalar or node.args[0].type.kind != "s" or (a.inner and not brackets))
    )
    symbol = form.symbol or style.gap(tail, head)
    return _glue((*left, symbol, *right), form.level, form.sign, OPEN if brackets else a.head, end, inner)


def _prefix(style: Style, symbol: str, operand: int, a: Fragment) -> Fragment:
    if a.level < operand or a.head == MINUS:
        return _glue((symbol, *_bracketed(style, a)), NEGATIVE, "", MINUS, CLOSE)
    return _glue((symbol, a), min(NEGATIVE, a.level), a.sign, MINUS, a.tail, a.inner)


def _postfix(style: Style, form: Postfix, a: Fragment) -> Fragment:
    merged = style.merges.get((a.suffix, form.symbol)) if a.suffix else None
    if merged:
        return _glue((*a.base, merged), form.level, "", a.head, SIGN)
    base, head = ((a,), a.head) if a.level >= form.operand else (_bracketed(style, a), OPEN)
    found = _glue((*base, form.symbol), form.level, "", head, SIGN)
    found.base, found.suffix = base, form.symbol
    return found


def _raised(style: Style, mark: str, operand: int, a: Fragment, b: Fragment) -> Fragment:
    base, head = ((a,), a.head) if a.level >= operand else (_bracketed(style, a), OPEN)
    opening, closing = style.raised
    raised = style.superscript(b.text) if b.size <= 4 else None
    if raised:
        return _glue((*base, mark, raised), POWER, "", head, SIGN)
    exponent = (b,) if closing or b.level >= ATOM else _bracketed(style, b)
    before = (opening, mark) if closing else (mark, opening)
    return _glue((*base, *before, *exponent, closing), POWER, "", head, SIGN if closing else b.tail)


def _ends_in_bar(inner: Fragment) -> bool:
    return any(inner.text.startswith(bar.strip()) or inner.text.endswith("|") for bar in _BARS)


def _entry(style: Style, places: str, a: Fragment) -> Fragment:
    """x[2]; in LaTeX [x]_{2}, where x_2 would be a name."""
    opening, closing = style.entry
    base = (opening, a, closing) if opening else (a,) if a.level >= ATOM else _bracketed(style, a)
    after = f"_{{{places}}}" if opening else f"[{places}]"
    return _glue((*base, after), ATOM, "", LETTER if opening else a.head, VALUE)


def _grid(style: Style, columns: int, blocks: list[Fragment]) -> Fragment:
    """[A, B; C, D]."""
    opening, beside, below, closing = style.blocks
    parts: list[str | Fragment] = [opening]
    for k, block in enumerate(blocks):
        parts += [beside if k % columns else below, block] if k else [block]
    head = LETTER if style.entry[0] else DIGIT  # M·[x; y]: M [x, y] would be an entry
    return _glue((*parts, closing), ATOM, "", head, CLOSE)


def _around(style: Style, form: Around, node: Call, args: list[Fragment]) -> Fragment:
    parts: list[str | Fragment] = []
    for piece in form.pieces:
        match piece:
            case str():
                parts.append(piece)
            case int():
                parts.append(args[piece] if args else style.params(_dims(style, node), len(node.op.letters)))
            case None:
                parts.append("F" if node.args[0].type.kind == "m" else "2")
    return _glue(parts, form.level, "", LETTER, form.tail)


def _named(style: Style, name: str, args: Parts, comma: str, head: str = LETTER) -> Fragment:
    """`name(a, b)`; there is a blank after the comma where the operation is ours, none where it is declared."""
    parts: list[str | Fragment] = [name, style.fence[0]]
    for i, arg in enumerate(args):
        parts += [comma, arg] if i else [arg]
    return _glue((*parts, style.fence[1]), ATOM, "", head, VALUE)


def _bracketed(style: Style, a: Fragment) -> Parts:
    return style.fence[0], a, style.fence[1]


def _glue(
    parts: Parts, level: int, sign: str = "", head: str = LETTER, tail: str = LETTER, inner: bool = False
) -> Fragment:
    own = size = 0
    for part in parts:
        if type(part) is Fragment:
            size += part.size
        else:
            own += len(part)
    size += own
    return Fragment(parts, own, size if size < HUGE else HUGE, level, sign, head, tail, inner)


def _word(word: Word) -> Fragment:
    return Fragment((word.text,), len(word.text), len(word.text), word.level, word.sign, word.head, word.tail)


@lru_cache(4096)
def _symbol(style: Style, name: str, kind: str) -> Fragment:
    return _word(style.word(name, kind))


@lru_cache(1024)
def _number(style: Style, text: str) -> Fragment:
    return _word(style.number(text))
