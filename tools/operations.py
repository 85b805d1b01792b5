"""Writes docs/operations.md, in Chinese and French too, from the table of operations: what each means, its differential, where it is defined, where that is from, and an example that is derived.

python tools/operations.py            # writes the page
python tools/operations.py --check    # exit 1 where the page is not what would be written
"""

from __future__ import annotations

import json
import re
import sys
import warnings
from functools import cache
from pathlib import Path

import gradproof as gp
from gradproof.ops import TABLE, Operation
from gradproof.ops.operation import (
    Combination,
    Definition,
    Differential,
    Einsum,
    Elementwise,
    Fill,
    Frechet,
    Linear,
    Monomial,
    Power,
    Primary,
    Reserved,
    ValueOnly,
)
from gradproof.ops.structures import BASES, MADE, STRUCTURED
from gradproof.parse.made_of import MADE_OF, MEANT
from gradproof.shapes.shape import Signature, Slot

PAGE = Path(__file__).parents[1] / "docs" / "operations.md"
WORDS: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("operations_words.json").read_text("utf-8"))
LANGUAGES = ("en", "zh", "fr")
ALONG = "the Fréchet derivative of {name} at the first argument, along the others"
_HEAD = """# Operations

Every operation of the table, as `tools/operations.py` finds it there: the shapes that it takes, what it means, its differential (or, of a function of numbers, its
derivative by each argument; x or X is the first argument, a the second, y or Y the value), where it is defined and differentiable, the source, and an example that was
derived for this page. Shapes are written with letters: `ij` is a matrix, `i` a column, `i'` a row, nothing a scalar, `*` any shape, `I` an axis of i*(i+1)/2.

| operation | shapes | what it is | differential | where | source | example |
|---|---|---|---|---|---|---|
"""
_HEADS = {
    "en": _HEAD,
    "zh": """# 运算

表中的每个运算，由 `tools/operations.py` 从表中读出：所接受的形状、含义、微分（数的函数则为对每个自变量的导数；x 或 X 为第一个自变量，a 为第二个，y 或 Y 为函数值）、
定义与可微的条件、出处，以及为本页推导的一个例子。形状用字母书写：`ij` 是矩阵，`i` 是列，`i'` 是行，空白是标量，`*` 是任意形状，`I` 是长度为 i*(i+1)/2 的轴。

| 运算 | 形状 | 含义 | 微分 | 条件 | 出处 | 例子 |
|---|---|---|---|---|---|---|
""",
    "fr": """# Opérations

Chaque opération de la table, telle que `tools/operations.py` l'y trouve : les formes qu'elle prend, son sens, sa différentielle (ou, d'une fonction de nombres, sa dérivée par
chaque argument ; x ou X est le premier argument, a le deuxième, y ou Y la valeur), où elle est définie et dérivable, la source, et un exemple dérivé pour cette page. Les formes
s'écrivent avec des lettres : `ij` est une matrice, `i` une colonne, `i'` une ligne, rien un scalaire, `*` une forme quelconque, `I` un axe de i*(i+1)/2.

| opération | formes | ce que c'est | différentielle | où | source | exemple |
|---|---|---|---|---|---|---|
""",
}
_WIDTH = 60  # the longest result that is shown


def main() -> None:
    warnings.simplefilter("ignore")  # what cannot be proven at random points is no example
    pages = {path_of(lang): page(lang) for lang in LANGUAGES}
    if "--check" in sys.argv:
        sys.exit(any(path.read_text("utf-8") != text for path, text in pages.items()))
    for path, text in pages.items():
        path.write_text(text, "utf-8")


def path_of(lang: str) -> Path:
    """Where the page in a language is."""
    return PAGE if lang == "en" else PAGE.with_suffix(f".{lang}.md")


def said(text: str, lang: str) -> str:
    """A text of the page in a language. Raises KeyError where `operations_words.json` has it not."""
    if lang == "en" or not text:
        return text
    found = re.fullmatch(re.escape(ALONG).replace(r"\{name\}", "(.*)"), text)
    return WORDS[ALONG][lang].format(name=found[1]) if found else WORDS[text][lang]


def page(lang: str = "en") -> str:
    """The whole page."""
    return _HEADS[lang] + "\n".join(_row(op, lang) for op in listed()) + "\n"


def listed() -> list[Operation]:
    """The operations of the page, in its order."""
    others = dict.fromkeys(MADE_OF.values())
    return [op for op in (*TABLE.values(), *STRUCTURED.values(), *others) if not isinstance(op.meaning, Reserved)]


def _row(op: Operation, lang: str) -> str:
    name = op.symbol or op.name
    shapes = " ".join(s.text for s in op.signatures[:3]) + (" …" if len(op.signatures) > 3 else "")
    where = op.domain.text.told(lang) if op.domain is not None else ""
    example = _told_example(op, lang)
    cells = (_code(name), _code(shapes), said(op.doc, lang), _meaning(op, lang), where, op.source, example)
    return "| " + " | ".join(cell.replace("|", "&#124;") for cell in cells) + " |"


def _code(text: str) -> str:
    return f"<code>{text.replace('|', '&#124;').replace('*', '&#42;').replace('_', '&#95;')}</code>" if text else ""


def _meaning(op: Operation, lang: str) -> str:
    if op in STRUCTURED.values():
        basis = next((b.name for b in BASES if MADE[b] is op), "")
        return f"{said('linear: a product with', lang)} {_code(basis)}" if basis else said("linear", lang)
    if op in MEANT:
        return f"{said('stands for', lang)} {_code(_meant(op))}"
    match op.meaning:
        case Einsum() | Combination():
            return said("linear in each argument", lang) if op.arity else ""
        case Monomial() | Power():
            return said("a product of powers", lang)
        case Elementwise(derivatives=found):
            return ", ".join(_code(t) if t else said("none", lang) for t in found)
        case Differential(text=text) | Linear(text=text) if text:
            return _code(text)
        case Linear():
            return said("linear in its last argument", lang)
        case Primary(derivative=text):
            return f"{said('Fréchet derivative; as of a number', lang)} {_code(text)}"
        case Frechet():
            return said("linear in each direction", lang)
        case Definition(text=text):
            return f"{said('stands for', lang)} {_code(text)}"
        case ValueOnly(why=why):
            return f"{said('none', lang)}: {why.told(lang)}"
        case Fill():
            return said("a constant", lang)
    return ""


def _meant(op: Operation) -> str:
    """The formula that a function stands for which is made of others."""
    slots = op.signatures[-1].args
    names = [n if slot.kind == "m" else n.lower() for n, slot in zip("XA", slots, strict=False)]
    where = "; ".join(f"{n}: {_declared(slot)}" for n, slot in zip(names, slots, strict=True))
    return gp.parse(f"{op.name}({', '.join(names)})", where).ascii


_KIND = {"s": "scalar", "v": "vector", "r": "vector", "m": "matrix"}
_NAMES = "XABC"


def example(op: Operation) -> tuple[str, list[str], str] | None:
    """A formula with this operation, by what it is differentiated, and what is known of its variables; None where there is no example."""
    found = _example(op)
    return None if found is None else (found[0], [found[1]], found[2])


def _told_example(op: Operation, lang: str) -> str:
    found = _example(op)
    return "" if found is None else f"{_code(found[0])} {said('by', lang)} {found[1]}: {_code(found[3])}"


Example = tuple[str, str, str, str]  # a formula, by what, what is known, the derivative


@cache
def _example(op: Operation) -> Example | None:
    """A formula with this operation, and its derivative by the first argument; None where it has none."""
    for signature in sorted(op.signatures, key=lambda s: -sum(len(slot.axes) for slot in s.args)):
        found = _derived(op, signature)
        if found:
            return found
    return None


def _derived(op: Operation, signature: Signature) -> Example | None:
    if not signature.args or op.letters or (op.symbol and op.symbol != "'"):
        return None
    names = [n.lower() if slot.kind in "svr" else n for n, slot in zip(_NAMES, signature.args, strict=False)]
    where = {n: _declared(slot) for n, slot in zip(names, signature.args, strict=False)}
    if any(slot.kind == "*" for slot in signature.args):
        names = ["x", "a", "b"][: len(signature.args)]
        where = dict.fromkeys(names, "vector n")
    args = [f"{n}'" if slot.kind == "r" else n for n, slot in zip(names, signature.args, strict=True)]
    text = _spelled(op, args)
    for formula in (text, f"tr(P*{text})", f"c'*{text}", f"sum({text})"):
        try:
            d = gp.derive(formula, names[0], where)
            shown = d.result.ascii if isinstance(d.result, gp.Expr) else ""
        except gp.GradproofError:
            continue
        if d.verified and shown and len(d.shape) <= 2 and len(shown) <= _WIDTH:
            return formula, names[0], "; ".join(f"{n}: {d}" for n, d in where.items()), shown
    return None


def _declared(slot: Slot) -> str:
    dims = [f"{g[0].lower()}*({g[0].lower()}+1)/2" if g[0].isupper() else g[0] for g in slot.axes]
    return " ".join([_KIND.get(slot.kind, "vector"), *("n" if d == "i" else d.replace("i", "n") for d in dims)])


def _spelled(op: Operation, args: list[str]) -> str:
    if op.symbol and len(args) == 2:
        return f"{args[0]}{op.symbol}{args[1]}"
    if op.symbol:
        return f"{args[0]}{op.symbol}" if op.symbol == "'" else f"{op.symbol}{args[0]}"
    return f"{op.name}({', '.join(args)})"


if __name__ == "__main__":
    main()
