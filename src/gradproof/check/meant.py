"""Claims that may be meant otherwise than they are written: a number plus a matrix, diag of a matrix, products entry by entry, NumPy's signs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from gradproof.check.claims import Claim, read_claim
from gradproof.check.entrywise import as_numpy, entrywise, otherwise
from gradproof.check.facts import SYMMETRIC
from gradproof.check.left import VALUE_NAMES
from gradproof.check.points import Question
from gradproof.check.tree import EYE, ONES, Tree, as_lengths, as_matrices, build, filled
from gradproof.check.verdict import OTHER_LAYOUT, RIGHT, RIGHT_IF, UNKNOWN, WRONG, Check
from gradproof.errors import GradproofError
from gradproof.notation.expr import Expr, call, symbol, walk
from gradproof.ops import Operation
from gradproof.patterns import pattern
from gradproof.records import replace
from gradproof.shapes.dims import dim
from gradproof.shapes.shape import SCALAR, column, matrix

GOOD = (RIGHT, OTHER_LAYOUT, RIGHT_IF)
Known = Callable[[Claim], Check]  # the verdict on a claim whose letters are all known


def rank(check: Check) -> float:
    """How well a reading explains a claim; less is better."""
    order: Mapping[str, float] = {RIGHT: 0, OTHER_LAYOUT: 1, RIGHT_IF: 2, WRONG: 3, UNKNOWN: 4}
    return order[check.verdict] + min((f.cost for f in check.findings), default=9.0) / 10


def conforming(known: Known, claim: Claim) -> Check:
    """The verdict on a claim that conforms; where that is wrong, the one on what is meant by `A^T 1` and `x ⊗ y`, if it is right."""
    found = known(claim)
    if found.verdict == WRONG:
        for meant, readings in otherwise(claim):
            other = known(meant)
            if other.verdict in GOOD:
                return replace(other, readings=readings)
    return found


def misfit_meant(question: Question, known: Known, claim: Claim) -> tuple[Check | None, bool]:
    """The verdict on a claim that does not conform, where it conforms as it may be meant; and whether it is right with signs of two notations only."""
    read = _spread(known, claim) or _diagonals(known, claim) or _lengths(known, claim)
    if read is not None:
        return read, False
    text = as_numpy(claim.text, {**claim.known})
    code = _in_numpy(question, known, claim, text) if text is not None else None
    if code is not None and code.verdict != WRONG:
        return code, False
    for meant, readings in entrywise(claim):
        found = known(meant)
        if found.verdict in GOOD:
            mixed = code is not None or ("@" in claim.text and "x y" in readings)
            return replace(found, readings=readings), mixed
    return code, False


_ONES = pattern(r"𝟏(?![\w₀-ₜ])|\\(?:mathbf|bm|boldsymbol|mathbb|mathbbm|mathds)\s*(?:\{\s*1\s*\}|1)(?!\s*_)")


def sized(question: Question, claim: Claim, defined: Mapping[str, Expr]) -> Claim:
    """The claim with vectors of ones as large as the one variable, where nothing in the claim says how large they are: 2𝟏."""
    names = {n for e in walk(claim.expr) for d in e.type.dims for n in d.names} if claim.expr is not None else set()
    types = {s.type for s in question.wrt}
    if names <= {*question.sizes} or len(types) > 1 or question.wrt[0].type.kind != "v":
        return claim
    text = _ONES.sub(f"(ones({question.wrt[0].type.dims[0]}))", claim.text)
    if text == claim.text or "\\" in text:
        return claim
    with suppress(GradproofError):
        read = read_claim(question, text, defined)
        return replace(read, text=claim.text, spans={}) if read.expr is not None else claim
    return claim


def with_value(question: Question, claim: Claim, defined: Mapping[str, Expr]) -> Claim | None:
    """The claim with f as the value of the formula, where that is all that is not known in it."""
    names = {s.name for s in claim.unknown}
    if not names or not names <= VALUE_NAMES:
        return None
    value = dict.fromkeys(names, question.expression)
    text = _VALUE.sub(lambda m: m[1] if m[1] in names and m[2] in question.symbols else m[0], claim.text)  # f(x) is f
    try:
        read = read_claim(question, text, {**defined, **value})
    except GradproofError:
        return None
    return None if read.expr is None or read.unknown else replace(read, text=claim.text)


_VALUE = pattern(r"(?<![\w\\])([^\W\d_])\(\s*([^\W\d_])\s*\)")


def _in_numpy(question: Question, known: Known, claim: Claim, text: str) -> Check | None:
    """The verdict on the claim in the words of NumPy, where it conforms in these."""
    defined = {n: e for n, e in claim.known.items() if n not in question.symbols}
    try:
        read = read_claim(question, text, defined)
    except GradproofError:
        return None
    if read.expr is None or read.unknown:
        return None
    found = known(replace(read, text=claim.text, spans={}))
    return replace(found, findings=tuple(replace(f, span=None) for f in found.findings))


def _spread(known: Known, claim: Claim) -> Check | None:
    """The verdict where all that does not conform is a scalar plus a square matrix: by the reading, c*ones(n,n) or c*eye(n), that is nearer to right."""
    best: Check | None = None
    for tree in claim.trees:
        for op in (ONES, EYE):
            memo: dict[Tree, Expr | None] = {}
            e = build(filled(tree, op, memo), memo)
            if e is None or build(tree, memo) is not None:
                continue
            found = known(replace(claim, expr=e, error=None))
            if best is None or (found.verdict != UNKNOWN and rank(found) < rank(best)):
                best = replace(found, readings={"c + X": call("add", *_spread_example(op))})
            if found.verdict == RIGHT:
                return best  # nothing is nearer, and to say what is wrong with the others would take a while
    return best


def _lengths(known: Known, claim: Claim) -> Check | None:
    """The verdict where |x| of a vector is meant as its length, and that is right: x/|x|^3."""
    for tree in claim.unsized:
        memo: dict[Tree, Expr | None] = {}
        e = build(as_lengths(tree, memo), memo)
        if e is not None and build(tree, memo) is None and (found := known(claim.conforming(e))).verdict in GOOD:
            return replace(found, readings={"|x|": call("norm2", symbol("x", column(dim("n"))))})
    return None


def _diagonals(known: Known, claim: Claim) -> Check | None:
    """The verdict where diag of a matrix is meant as a matrix, the diagonal with zeros beside it, and that explains the claim."""
    for tree in claim.trees:
        memo: dict[Tree, Expr | None] = {}
        e = build(as_matrices(tree, memo), memo)
        if e is None:
            continue
        found = known(replace(claim, expr=e, error=None))
        if found.verdict != UNKNOWN and (found.verdict != WRONG or {*SYMMETRIC} & {*found.diagnoses}):
            m = symbol("M", matrix(dim("n"), dim("n")))
            return replace(found, readings={"diag(M)": call("diag", call("diag", m))})
    return None


def _spread_example(op: Operation) -> tuple[Expr, Expr]:
    """c*ones(n,n) and X, or c*eye(n) and X."""
    n = dim("n")
    constant = call(op, params=(n, n) if op is ONES else (n,))
    return call("mul", symbol("c", SCALAR), constant), symbol("X", matrix(n, n))
