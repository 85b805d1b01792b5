"""Formulas as they are spoken, from the tree: for screen readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradproof.notation.expr import Applied, Call, Expr, Number, Symbol, fold
from gradproof.ops.operation import Operation

LONGEST = 600  # characters of a spoken formula; a longer one is said to be long

_EN = {
    "add": "{0} plus {1}", "sub": "{0} minus {1}", "neg": "minus {0}", "mul": "{0} times {1}", "div": "{0} over {1}",
    "hadamard": "{0} entrywise times {1}", "eldiv": "{0} entrywise over {1}", "pow": "{0} to the power {1}", "elpow": "each entry of {0} to the power {1}",
    "transpose": "{0} transpose", "inv": "the inverse of {0}", "det": "the determinant of {0}", "logdet": "the log determinant of {0}",
    "tr": "the trace of {0}", "norm2": "the norm of {0}", "norm1": "the one-norm of {0}", "sum": "the sum of {0}", "diag": "the diagonal of {0}",
    "eye": "the identity", "ones": "ones", "zeros": "zero", "kron": "the Kronecker product of {0} and {1}", "sqrt": "the square root of {0}",
    "exp": "the exponential of {0}", "log": "the logarithm of {0}", "abs": "the absolute value of {0}",
    "slope": "the derivative of {0} by {1}", "slopes": "the derivative of order {n} of {0} by {1}", "change": "the differential of {0}", "is": "{0} equals {1}",
    "at": "{0} sub {1}", "over": "the sum over {0} of {1}", "": "{name} of {args}", "and": " and ", "long": "a long formula", "function": "{name} of {args}", "open": "the quantity {0}", "close": " end quantity",
}  # fmt: skip
_ZH = {
    "add": "{0} 加 {1}", "sub": "{0} 减 {1}", "neg": "负 {0}", "mul": "{0} 乘 {1}", "div": "{0} 除以 {1}",
    "hadamard": "{0} 逐元素乘 {1}", "eldiv": "{0} 逐元素除以 {1}", "pow": "{0} 的 {1} 次方", "elpow": "{0} 逐元素的 {1} 次方",
    "transpose": "{0} 的转置", "inv": "{0} 的逆", "det": "{0} 的行列式", "logdet": "{0} 的对数行列式", "tr": "{0} 的迹",
    "norm2": "{0} 的范数", "norm1": "{0} 的一范数", "sum": "{0} 的元素和", "diag": "{0} 的对角", "eye": "单位矩阵", "ones": "全一", "zeros": "零",
    "kron": "{0} 与 {1} 的克罗内克积", "sqrt": "{0} 的平方根", "exp": "{0} 的指数", "log": "{0} 的对数", "abs": "{0} 的绝对值",
    "slope": "{0} 对 {1} 的导数", "slopes": "{0} 对 {1} 的 {n} 阶导数", "change": "{0} 的微分", "is": "{0} 等于 {1}",
    "at": "{0} 下标 {1}", "over": "对 {0} 求和 {1}", "": "{args} 的 {name}", "and": " 与 ", "long": "一个很长的公式", "function": "{name} 作用于 {args}", "open": "括号 {0}", "close": " 括号完",
}  # fmt: skip
_FR = {
    "add": "{0} plus {1}", "sub": "{0} moins {1}", "neg": "moins {0}", "mul": "{0} fois {1}", "div": "{0} sur {1}",
    "hadamard": "{0} fois terme à terme {1}", "eldiv": "{0} sur terme à terme {1}", "pow": "{0} puissance {1}", "elpow": "chaque terme de {0} puissance {1}",
    "transpose": "{0} transposée", "inv": "l'inverse de {0}", "det": "le déterminant de {0}", "logdet": "le log-déterminant de {0}", "tr": "la trace de {0}",
    "norm2": "la norme de {0}", "norm1": "la norme un de {0}", "sum": "la somme de {0}", "diag": "la diagonale de {0}", "eye": "l'identité",
    "ones": "des uns", "zeros": "zéro", "kron": "le produit de Kronecker de {0} et {1}", "sqrt": "la racine carrée de {0}",
    "exp": "l'exponentielle de {0}", "log": "le logarithme de {0}", "abs": "la valeur absolue de {0}",
    "slope": "la dérivée de {0} par rapport à {1}", "slopes": "la dérivée d'ordre {n} de {0} par rapport à {1}", "change": "la différentielle de {0}", "is": "{0} égale {1}",
    "at": "{0} indice {1}", "over": "la somme sur {0} de {1}", "": "{name} de {args}", "and": " et ", "long": "une longue formule", "function": "{name} de {args}", "open": "la quantité {0}", "close": " fin de quantité",
}  # fmt: skip
WORDS: Mapping[str, Mapping[str, str]] = {"en": _EN, "zh": _ZH, "fr": _FR}


def spoken(e: Expr, lang: str = "en", known: Mapping[Expr, str] | None = None, whole: bool = True) -> str:
    """A formula in words, of which no other formula is spoken so: sums, products and powers within others and within functions are set apart.

    `known`: parts that are spoken otherwise, by a name or as the derivative that stands in their place. `whole`: nothing is said after it.

    >>> import gradproof as gp
    >>> spoken(gp.parse("X'*(y - z)"))
    'X transpose times the quantity y minus z'
    """
    words, others = WORDS.get(lang, _EN), known or {}

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
    words = WORDS.get(lang, _EN)
    return words["open"].format(text) + words["close"]


def ended(text: str, lang: str) -> str:
    """The end of a formula ends what is open."""
    close = WORDS.get(lang, _EN)["close"]
    while text.endswith(close):
        text = text.removesuffix(close)
    return text


def named(name: str, lang: str) -> str:
    """A name as it is spoken: x sub 1."""
    head, _, below = name.partition("_")
    return WORDS.get(lang, _EN)["at"].format(head, below.replace("_", " ")) if head and below else name


def part(e: Expr, lang: str, known: Mapping[Expr, str] | None = None) -> str:
    """A formula as a part of what is said: as one where it is a sum or a product."""
    if not _sign(e) or e in (known or {}):
        return spoken(e, lang, known, whole=False)
    return quantity(spoken(e, lang, known), lang)


def equation(left: str, right: str, lang: str) -> str:
    """This equals that."""
    return WORDS.get(lang, _EN)["is"].format(named(left, lang), right)


def change(top: str, lang: str) -> str:
    """The differential of something."""
    return WORDS.get(lang, _EN)["change"].format(top)


def slope(top: str, names: Sequence[str], lang: str) -> str:
    """The derivative of something, which is one word or set apart, by variables."""
    words = WORDS.get(lang, _EN)
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
