"""Formulas as they are spoken, from the tree: for screen readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradproof.languages import LANGUAGES, language
from gradproof.notation.expr import Applied, Call, Expr, Number, Symbol, fold
from gradproof.ops.operation import Operation

LONGEST = 600  # characters of a spoken formula; a longer one is said to be long

WORDS: Mapping[str, Mapping[str, str]] = {lang: language(lang).room("speech")["SPOKEN"] for lang in LANGUAGES}


def spoken(e: Expr, lang: str = "en", known: Mapping[Expr, str] | None = None, whole: bool = True) -> str:
    """A formula in words, of which no other formula is spoken so: sums, products and powers within others and within functions are set apart.

    `known`: parts that are spoken otherwise, by a name or as the derivative that stands in their place. `whole`: nothing is said after it.

    >>> import gradproof as gp
    >>> spoken(gp.parse("X'*(y - z)"))
    'X transpose times the quantity y minus z'
    """
    words, others = WORDS.get(lang, WORDS["en"]), known or {}

    def apart(text: str, inner: Expr, outer: Operation | None, right: bool = False) -> str:
        sign = _sign(inner) if outer is None else _apart(outer, inner, right)
        return quantity(text, lang) if sign and inner not in others else text

    def said(node: Expr, args: Sequence[str]) -> str:
        if node in others:
            return others[node]
        if len(args) and max(map(len, args)) > LONGEST:
            return words["long"]
        if isinstance(node, Call):
            pieces = [apart(a, c, node.op, k > 0) for k, (a, c) in enumerate(zip(args, node.args, strict=True))]
            return words.get(node.op.name, words[""]).format(
                *pieces, name=node.op.name, args=words["and"].join(pieces) or node.op.name
            )
        if isinstance(node, Applied):
            pieces = [apart(a, c, None) for a, c in zip(args, node.args, strict=True)]
            return words["function"].format(name=node.function.name, args=words["and"].join(pieces))
        return (
            named(node.name, lang)
            if isinstance(node, Symbol)
            else node.text
            if isinstance(node, Number)
            else node.ascii
        )

    text = fold(e, said, lambda n: () if n in others else n.args)
    text = ended(text, lang) if whole else text
    return text if len(text) <= LONGEST else words["long"]


def quantity(text: str, lang: str) -> str:
    """What is heard as one."""
    words = WORDS.get(lang, WORDS["en"])
    return words["open"].format(text) + words["close"]


def ended(text: str, lang: str) -> str:
    """The end of a formula ends what is open."""
    close = WORDS.get(lang, WORDS["en"])["close"]
    while text.endswith(close):
        text = text.removesuffix(close)
    return text


def named(name: str, lang: str) -> str:
    """A name as it is spoken: x sub 1."""
    head, _, below = name.partition("_")
    return WORDS.get(lang, WORDS["en"])["at"].format(head, below.replace("_", " ")) if head and below else name


def part(e: Expr, lang: str, known: Mapping[Expr, str] | None = None) -> str:
    """A formula as a part of what is said: as one where it is a sum or a product."""
    if not _sign(e) or e in (known or {}):
        return spoken(e, lang, known, whole=False)
    return quantity(spoken(e, lang, known), lang)


def equation(left: str, right: str, lang: str) -> str:
    """This equals that."""
    return WORDS.get(lang, WORDS["en"])["is"].format(named(left, lang), right)


def change(top: str, lang: str) -> str:
    """The differential of something."""
    return WORDS.get(lang, WORDS["en"])["change"].format(top)


def slope(top: str, names: Sequence[str], lang: str) -> str:
    """The derivative of something, which is one word or set apart, by variables."""
    words = WORDS.get(lang, WORDS["en"])
    by = words["and"].join(named(n, lang) for n in names)
    return words["slope" if len(names) == 1 else "slopes"].format(top, by, n=len(names))


def _apart(outer: Operation, inner: Expr, right: bool) -> bool:
    """Whether an operand of a sign, or an argument of a function, has to be set apart."""
    if not isinstance(inner, Call) or not _sign(inner):
        return False
    if not outer.symbol:
        return True
    same = inner.op.binds == outer.binds and min(outer.arity, inner.op.arity) > 1
    return inner.op.binds < outer.binds or (same and (right or "/" in inner.op.symbol))


def _sign(e: Expr) -> bool:
    """Whether a formula is written with a sign, such as a sum, and not as a name or a function of something."""
    return isinstance(e, Call) and bool(e.op.symbol)
