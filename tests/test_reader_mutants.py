"""A reader of LaTeX or plain text that is wrong in one way is caught: some formula of the corpus gets another value, or is read though it must not be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import pytest

from gradproof.parse.lexer import Kind, Token
from test_reading import ENTRIES, outcome, questions

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Mutant:
    """`place`: module (of gradproof), class if any, and function; `made`: the wrong function out of the right one; `seen`: entries that show it.

    `off`: a second line of defence, which is switched off too.
    """

    place: str
    made: Callable[[Function], Function]
    seen: str
    off: str = ""


def always(value: Any) -> Callable[[Function], Function]:
    """A function that answers this, whatever it is given."""
    return lambda _right: lambda *_args, **_more: value


def after(change: Callable[[Any], Any]) -> Callable[[Function], Function]:
    """The right answer, changed."""
    return lambda right: lambda *args, **more: change(right(*args, **more))


def without_last_factor(tokens: list[Any]) -> list[Any]:
    """a*b*c as a*b."""
    depth, cut = 0, None
    for k, t in enumerate(tokens):
        depth += (t.text in ("(", "[")) - (t.text in (")", "]"))
        cut = k if not depth and t.text == "*" else cut
    return tokens if cut is None else tokens[:cut]


def respelled(old: str, new: str) -> Callable[[list[Token]], list[Token]]:
    """Tokens with another text where they have the old one."""
    return lambda found: [t._replace(text=new) if t.text == old else t for t in found]


def closed_up(items: list[Any]) -> list[Any]:
    """Items without the gaps of the layout."""
    return [replace(i, gap=False) for i in items]


ONES = Token(Kind.NUMBER, "1", 0, 0)
MUTANTS = {
    "takes letters of counts for vectors": Mutant(
        "parse.as_scalar.by_letters", lambda _: lambda *given: given[-1], "count-letters"
    ),
    "takes the offset for a vector": Mutant(
        "parse.as_scalar.with_offset", lambda _: lambda *given: given[-1], "offset"
    ),
    "takes a row for a number": Mutant("parse.refuse_letters", always(None), "row-form"),
    "takes e for a variable": Mutant("parse.latex_names.ScriptedNames._beside_pi", always(False), "number-e-pi"),
    "counts an index from 1": Mutant(
        "parse.latex_raised.Scripts.counted",
        lambda _: lambda self, name, span: [Token(Kind.NAME, name, *span)],
        "index-from-zero",
    ),
    "drops a definition": Mutant("parse.document._DEFINES", lambda _: re.compile("(?!)"), "clause-defines"),
    "drops a factor": Mutant("parse.latex_formula.Products.run", after(without_last_factor), "q06 u16 u63"),
    "drops a minus": Mutant("parse.latex_formula.Products.total", after(respelled("-", "+")), "q03 q08 u36"),
    "drops a label": Mutant("parse.latex_scripts.named", lambda _: lambda base, *_args: base, "gp5 w2v5 wiener2"),
    "takes a label for a power": Mutant("parse.latex_scripts.label", always(None), "q16"),
    "takes a power for a label": Mutant(
        "parse.latex_names.ScriptedNames.is_label", lambda right: label_of_two(right), "gmm2 bn1 bn3"
    ),
    "reads an index as nothing": Mutant("parse.latex_names.ScriptedNames.entry", always([]), "q17 q21 slr2"),
    "reads a number below an array as a name": Mutant(
        "parse.refuse_entries", always(None), "beside entry", "parse.entries_of"
    ),
    "reads an index below an array as a name": Mutant(
        "parse.entries_of", always(()), "index-below-declared index-beside-norm"
    ),
    "takes the letter of a sum for a matrix": Mutant(
        "parse.foreign._sums", always(False), "sigma-typed", "parse.refuse_lone_signs"
    ),
    "takes ones for a number": Mutant(
        "parse.latex_names.ScriptedNames.filled",
        after(lambda _: [ONES]),
        "q11a q11b pf8",
        "parse.notations._transposed_ones",
    ),
    "drops a transpose": Mutant(
        "parse.latex_scripts.meanings", after(lambda found: [m for m in found if m != "transpose"]), "q05 q09 q11a"
    ),
    "drops an inverse": Mutant(
        "parse.latex_scripts.meanings", after(lambda found: [m for m in found if m != "inverse"]), "gp3 gp5 kl3"
    ),
    "takes a function off": Mutant(
        "parse.latex_functions.Functions.argument_of", after(lambda found: found[1:]), "q00 q04 q20"
    ),
    "takes what can be a function for a factor": Mutant(
        "parse.latex_functions.Functions.looks_applied", always(None), "applied"
    ),
    "takes one norm for another": Mutant(
        "parse.latex_atoms.LatexFormula.measured", after(respelled("norm2", "norm1")), "q03 q05 u27"
    ),
    "turns a fraction over": Mutant(
        "parse.latex_atoms.LatexFormula.quotient", lambda right: turned_over(right), "q09 q17 lasso2"
    ),
    "takes a root off": Mutant("parse.latex_atoms.LatexFormula.root", after(lambda found: found[1:]), "bn1 bn3"),
    "sums to any limit": Mutant("parse.latex_atoms.LatexFormula.limit", always(None), "q15"),
    "takes layout for a product": Mutant("parse.latex.items", after(closed_up), "q12 q13"),
    "reads the left side": Mutant("parse.sides._sides", after(lambda sides: sides[::-1]), "bn1"),
    "reads a circle as a product of entries": Mutant("parse.latex_formula.is_entry", always(False), "q22"),
    "bends the kind of a letter": Mutant("parse.kinds.letter_kind", always("s"), "q03 q04 q06"),
    "takes raised characters for nothing": Mutant("parse.foreign._script", always([]), "q08 u33 u39"),
    "reads all that follows ^T into the power": Mutant(
        "parse.plain_tokens.Plain.__init__", lambda right: powers_known(right), "q06 u59", "asked.missing"
    ),
    "sees the braces of formula editors": Mutant("parse.latex_tokens._is_one", always(False), "editor-braces"),
    "drops what defines a name": Mutant(
        "parse.afterwards.inserted", lambda _: lambda body, made: (list(body), made), "dropped-definition dropped-chain"
    ),
    "drops what defines a name, in words": Mutant("parse.surroundings.definitions_kept", always(None), "dropped-where"),
    "takes the index of a definition for that of a sum": Mutant(
        "parse.inserted._free", always(set()), "definition-captured"
    ),
    "takes a bracket after a defined name for a factor": Mutant(
        "parse.inserted._applied", always(False), "definition-applied"
    ),
    "counts entries from 1 beside a sum from 0": Mutant(
        "parse.latex._counted_from_zero", always(frozenset()), "from-zero-entry"
    ),
    "puts one definition in for another accent": Mutant(
        "parse.inserted.quantity", lambda right: without_accents(right), "definition-accents-apart"
    ),
    "sums over what a label leaves out": Mutant(
        "parse.latex_sums.Sums.without", lambda _: lambda self, head, label, body, below: body, "label-mask"
    ),
    "takes double bars for those of numbers": Mutant("parse.indices.NORMS", lambda _: frozenset(), "double-bars"),
    "takes entries of a matrix for vectors": Mutant(
        "parse.latex_names.ScriptedNames.number_by_indices", always(None), "number-by-indices"
    ),
    "takes the trace of a number": Mutant("parse.infer.Inference._under", always(set()), "trace-of-kappa"),
    "takes the square of a sum for a sum of squares": Mutant(
        "parse.latex_functions.Functions.is_raised", always(False), "sum-of-squares"
    ),
    "takes what a sum runs over for a name": Mutant(
        "parse.notations.sums_entries", always(False), "sum-of-entries", "parse.notations.sums_powers"
    ),
    "takes the powers of entries for that of a matrix": Mutant(
        "parse.refuse_summed_power", always(None), "matrix-power-in-sum"
    ),
    "takes a power of a power from the left": Mutant(
        "parse.grammar._Reader.in_exponent", always(False), "power-tower transposed-inverse"
    ),
    "takes an entry for a product": Mutant(
        "parse.latex_functions.Functions.looks_applied", always(None), "entry-as-call"
    ),
    "takes a differential for a factor": Mutant(
        "parse.latex_functions.Functions.looks_applied", always(None), "differential"
    ),
    "drops what defines a letter of a run": Mutant("parse.dropped._NO_FACTORS", lambda _: {"Ax"}, "dropped-run"),
    "takes a mean for a number": Mutant("parse.refuse_bar", always(None), "mean-of-asked"),
    "takes a label of the left side for a power": Mutant("parse.latex._below", always(frozenset()), "label-of-left"),
    "takes the arguments of a macro in another order": Mutant(
        "parse.latex_macros._filled",
        lambda right: lambda macro, arguments, item: right(macro, arguments[::-1], item),
        "macro",
    ),
    "goes on with a sum over terms without its index": Mutant("parse.latex_sums.Sums.holds", always(True), "sum-ends"),
    "takes a transpose for another point": Mutant("parse.latex._apart", always(frozenset({"x"})), "own-transpose"),
    "takes all that follows for the divisor": Mutant(
        "parse.latex_formula.Products.divided_by_row", always(True), "half"
    ),
    "takes names side by side for one": Mutant("parse.notations.shows_glued", always(False), "side-by-side-numbered"),
    "drops a mask": Mutant(
        "parse.latex_functions.Functions.projected", lambda _: lambda self, *_args: self.factor(), "mask-applied"
    ),
    "takes a letter of a run for a name that is absent": Mutant("parse.hidden._run_of", always(""), "hidden-in-run"),
    "bends a matrix that divides": Mutant("parse.refuse_divisor", always(None), "divisor"),
    "takes a row for a name of its own": Mutant("parse.numbered.lettered", always([]), "row-beside", "parse.own_names"),
    "takes a transposed one for a number": Mutant("parse.notations._transposed_ones", always([]), "ones-turned"),
    "takes two forms of a letter for one": Mutant("parse.refuse_forms", always(None), "two-forms"),
    "takes two types of a letter for one": Mutant("parse.latex_letters.Letters.one_type", always(None), "two-types"),
    "takes a matrix for each index for numbers": Mutant("parse.indices._Bases._number", always(True), "matrices"),
    "takes the number of an equation for a factor": Mutant(
        "parse.unicode_text._Marks._no_number", always(None), "number-apart"
    ),
    "takes letters side by side for one name": Mutant(
        "parse.plain_tokens.Plain.__init__", lambda right: runs_known(right), "q03 u44", "asked.missing"
    ),
}

SECOND = {"kind": "vector", "shape": ["m"], "props": ["unit 2"]}
FIRST = {"kind": "vector", "shape": ["n"], "props": ["unit 1"]}
VECTOR, SQUARE = {"kind": "vector", "shape": ["n"]}, {"kind": "matrix", "shape": ["n", "n"]}
OWN = [  # beside the corpus
    {"id": "beside", "text": r"x_1^2 + x^\top x", "wrt": "x", "formula": "(e'*x)^2 + x'*x", "vars": {"x": VECTOR, "e": FIRST}},
    {"id": "entry", "text": r"A_{11} + \operatorname{tr}(A)", "wrt": "A", "formula": "e'*A*e + tr(A)", "vars": {"A": SQUARE, "e": FIRST}},
    {"id": "row-beside", "text": r"w_k^\top x + \|W\|_F^2", "wrt": "W", "formula": "(W'*e_k)'*x + norm2(W)^2", "vars": {"W": {"kind": "matrix", "shape": ["m", "n"]}, "x": VECTOR, "e_k": SECOND}},
    {"id": "ones-turned", "text": "1'*x", "wrt": "x", "formula": "sum(x)", "vars": {"x": VECTOR}},
    {"id": "half", "text": "1/2 x^T A x", "wrt": "x", "formula": "x'*A*x/2", "vars": {"x": VECTOR, "A": SQUARE}},
    {"id": "macro", "text": r"\newcommand{\q}[2]{\|#1\|^2 + 2\|#2\|^2} \q{x}{y}", "wrt": "x", "formula": "norm2(x)^2 + 2*norm2(y)^2", "vars": {"x": VECTOR, "y": VECTOR}},
]  # fmt: skip
REFUSED = [
    {"id": "applied", "text": r"g(x) + x^\top x", "wrt": "x"},
    {"id": "two-forms", "text": "ε² + ϵ²", "wrt": "ε"},
    {"id": "two-types", "text": r"\mathbf{x}^\top A \mathbf{x} + x", "wrt": "x"},
    {"id": "matrices", "text": r"\sum_i A_i", "wrt": "A"},
    {"id": "number-apart", "text": "x'*A*x (2)", "wrt": "x"},
]

BY_ID = {e["id"]: e for e in (*ENTRIES, *OWN)} | {e["id"]: {**e, "must_refuse": True} for e in REFUSED}


def label_of_two(right: Function) -> Function:
    return lambda self, base, script: right(self, base, script) or self.items[script.begin].text == "2"


def turned_over(right: Function) -> Function:
    return lambda self, above, below, item: right(self, below, above, item)


def without_accents(right: Function) -> Function:
    def mutated(items: Any, at: int) -> Any:
        found = right(items, at)
        return found and replace(found, name=found.name[-1:])

    return mutated


def powers_known(right: Function) -> Function:
    return lambda self, text, known: right(self, text, {*known, *re.findall(r"(?<=\^)T[A-Za-z]+", text)})


def runs_known(right: Function) -> Function:
    return lambda self, text, known: right(self, text, {*known, *re.findall(r"[A-Z][a-z]", text)})


def mutate(patch: pytest.MonkeyPatch, mutant: Mutant) -> None:
    for place, made in ((mutant.place, mutant.made), (mutant.off, always(()))):
        path, _, name = place.rpartition(".")
        module, *inner = re.split(r"\.(?=_?[A-Z])", path)
        owner: Any = import_module(f"gradproof.{module}".rstrip("."))
        for part in inner:
            owner = getattr(owner, part)
        if name:
            patch.setattr(owner, name, made(getattr(owner, name)))


def outcomes(entry: dict[str, Any]) -> list[str]:
    return [outcome(entry, wrt) for wrt in questions(entry)]


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_a_reader_with_one_defect_is_caught(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [BY_ID[name] for name in mutant.seen.split()]
    assert not any("wrong" in outcomes(e) for e in entries)
    mutate(monkeypatch, mutant)
    assert any("wrong" in outcomes(e) for e in entries)
