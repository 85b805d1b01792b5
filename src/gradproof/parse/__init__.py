"""Text to formulas: `parse("norm2(A*x - b)^2")`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from contextlib import suppress

from gradproof.errors import GradproofError, ParseError, ShapeError
from gradproof.notation.expr import Call, Symbol, walk
from gradproof.ops.basic import MUL, POW
from gradproof.ops.operation import Elementwise
from gradproof.parse import readings
from gradproof.parse.alike import refuse_alike, refuse_forms, refuse_variants, respell
from gradproof.parse.as_scalar import AsWritten, Fit, with_letters
from gradproof.parse.bent import refuse_bent_capitals, refuse_flow, refuse_lone_signs, refuse_whole
from gradproof.parse.blanks import shortened
from gradproof.parse.declare import Declarations, Where, checked_name, read_where
from gradproof.parse.grammar import read_tokens
from gradproof.parse.hidden import hidden, missing, refuse_hidden
from gradproof.parse.indices import indexed
from gradproof.parse.judged import (
    customary,
    entrywise,
    identity,
    own_names,
    refuse_bar,
    refuse_bare,
    refuse_bent_factor,
    refuse_beside_entries,
    refuse_bold,
    refuse_divisor,
    refuse_empty,
    refuse_entries,
    refuse_letters,
    refuse_outer,
    refuse_primed_twice,
    refuse_primes,
    refuse_second,
    refuse_sum_of_number,
    refuse_summed_power,
    refuse_words,
    starred,
    unused,
)
from gradproof.parse.known import last_condition
from gradproof.parse.lexer import Kind
from gradproof.parse.names import letter_kind
from gradproof.parse.notations import FIRST_ASCII, Lexing, Notation, looks_like_ascii, notations, shows_other
from gradproof.parse.note import Note, Reading, note, refusal
from gradproof.parse.numbered import as_entries, entries_of, fits_better, refuse_absent
from gradproof.parse.ordinary import is_ordinary
from gradproof.parse.parsed import Parsed
from gradproof.parse.parsed import remember as remembered
from gradproof.parse.scope import NamesInForce, names_in_force
from gradproof.parse.surroundings import cleared
from gradproof.parse.tree import CallNode, SyntaxNode
from gradproof.patterns import pattern
from gradproof.records import replace
from gradproof.say import say

__all__ = ["Note", "Parsed", "Reading", "parse"]


def parse(
    text: str,
    where: Where = None,
    mention: Sequence[str] = (),
    notation: str = "auto",
    remember: bool = False,
) -> Parsed:
    """Read a formula; kinds and dimensions that `where` does not declare are inferred from use, then from the letter.

    `mention` names variables that get a symbol whether they occur or not; `notation`: "ascii", "latex", "plain", "numpy", or "auto" for the one that
    the text shows; `remember`: whether the formula is to know how it was read, as `e.reading`.
    Raises ParseError, ShapeError or UnsupportedError, with the place.

    >>> parse("norm2(A*x - b)^2").symbols["b"].shape
    ('m',)
    """
    declarations = read_where(where)
    if not isinstance(text, str):
        raise ParseError(say("a formula is a text, not {type}", type=type(text).__name__))
    mentioned = [_mentioned(name, declarations) for name in mention]
    refuse_variants(text, where)
    shorter = shortened(text)
    if shorter is None:
        parsed = _parsed(text, declarations, mentioned, notation, mention)
    else:
        try:
            parsed = shorter.parsed(_parsed(shorter.text, declarations, mentioned, notation, mention))
        except GradproofError as error:
            raise shorter.error(error) from None
    if remember:
        remembered(parsed)
    return parsed


def _parsed(
    text: str, declarations: Declarations, mentioned: Sequence[str], notation: str, mention: Sequence[str]
) -> Parsed:
    if len(text) > _UNCLOSED and sum(map(text.count, "([{")) - sum(map(text.count, ")]}")) > _UNCLOSED:
        at = min(k for k in map(text.find, "([{") if k >= 0)
        raise ParseError(say("this bracket is never closed"), span=(at, at + 1), text=text)
    plain, around = text, []
    try:
        if notation == "auto" and is_ordinary(text):
            ways = FIRST_ASCII
        else:
            plain, around, declarations = _alone(text, declarations, mentioned, notation)
            ways = notations(plain, notation, declarations.variables, mentioned)
        try:
            parsed = _read(plain, ways, declarations, mentioned)
        except ShapeError:
            declarations, notes = declarations.with_products()
            if not notes:
                raise
            parsed = _read(plain, ways, declarations, mentioned)
            parsed = replace(parsed, notes=(*notes, *parsed.notes))
        if around or text is not parsed.text:
            parsed = replace(parsed, text=text, notes=(*around, *parsed.notes))
        refuse_alike([*parsed.symbols, *parsed.functions])
        refuse_words(text, parsed.notes, declarations)
        refuse_second(text, parsed.notes, mention)
    except GradproofError as error:
        raise error.located(text, (0, len(text))) from None
    said = (
        *unused(parsed.expr, declarations, mentioned),
        *starred(text, parsed),
        *identity(parsed.expr, {*declarations.variables, *mentioned}),
        *own_names(parsed, declarations.variables, mentioned),
    )
    return replace(parsed, notes=(*parsed.notes, *said)) if said else parsed


def _alone(
    text: str, declarations: Declarations, mentioned: Sequence[str], notation: str
) -> tuple[str, list[Note], Declarations]:
    """A text without what stands around its formula, what is said of that, and the declarations with what is known after it."""
    refuse_forms(text)
    end = last_condition(text) if notation != "numpy" else None
    body = text if end is None else text[: end[0]]
    plain, around = (
        cleared(body, mentioned, declarations.variables) if notation not in ("ascii", "numpy") else (body, [])
    )
    if end is not None:
        name = checked_name(end[2])
        declarations = declarations.with_fact(name, end[3])
        span = (end[0], len(text))
        around = [*around, note("known-after", span, shown=end[1], name=name, fact=end[3])]
    plain = _ANGLES.sub(r"⟨\1⟩", plain) if "<" in plain and notation in ("auto", "plain") else plain
    return plain, around, declarations


_UNCLOSED = 500  # brackets that are open at the end of a text: more are no slip of a formula

# <x, Ax> in plain text: an inner product, and no comparison, since nothing is compared before it and after it
_ANGLES = pattern(r"(?:(?<=[-+*/=(\d])|^)\s*<(?=\S)([^<>]*,[^<>]*\S)>(?=\s*(?:[-+*/)^]|$))")


def _read(text: str, ways: Sequence[Notation], declarations: Declarations, mentioned: Sequence[str]) -> Parsed:
    """The formula in the first of these notations in which it is one that has the variables asked for; in the first in which it is one, else."""
    scope = names_in_force(declarations, mentioned)
    asked = scope.mentioned
    found: list[Parsed] = []
    errors: list[GradproofError] = []
    first: GradproofError | None = None
    for way in ways:
        try:
            parsed = _first(text, way.read(text, scope), scope, declarations, mentioned)
            parsed = replace(parsed, notation=way.name) if way.name != parsed.notation else parsed
        except ParseError as error:
            errors.append(error)
            if way.name == "ascii" and error.kind not in GIVES_WAY and text.isascii():
                break
            continue
        except GradproofError as error:
            first = first or error
            if not found and not (isinstance(error, ShapeError) and way.name != "plain" and shows_other(text, asked)):
                raise
            continue
        if ways[0].name == "plain" and errors and errors[0].kind:  # what is doubtful as plain text is no name in ASCII
            raise errors[0]
        if parsed.expr.names.issuperset(mentioned) or not (
            missing(parsed, mentioned, declarations.variables) or hidden(parsed, mentioned, declarations)
        ):
            return parsed
        found.append(parsed)
    if first is not None and not found:
        raise first
    if told := next((e for e in errors if e.kind in TOLD), None):
        raise told
    for parsed in found:
        refuse_hidden(text, parsed, mentioned, declarations)
    if found and errors and hidden(found[0], mentioned, declarations):
        raise errors[-1]
    if found:
        return found[0]
    plain = ways[0].name == "plain" or errors[0].kind in SPELLING or looks_like_ascii(text)
    raise errors[0 if plain else -1]


TOLD = {
    "defined-after",
    "formula-goes-on",
    "sum-power",
    "entry-or-product",
    "factor-or-entries",
}  # errors that say what is wrong in every notation
BENT = {"bold-kind", "capital-kind"}  # errors of a reading that takes a letter against its type
SPELLING = {"unknown-function", "function-as-variable"}  # errors of ASCII that are likely errors of spelling
GIVES_WAY = {
    *SPELLING,
    "capital-kind",
    "variable-as-function",
    "side-by-side",
    "closes-nothing",
    "bars-paired",
    "no-character",
    "wrong-character",
}  # errors of what plain text may be


def _first(
    text: str, drafts: Iterable[Lexing], scope: NamesInForce, declarations: Declarations, mentioned: Sequence[str]
) -> Parsed:
    """The first reading that fits; a doubtful one gives way to one that is less so."""
    best: Fit | None = None
    wrong: ShapeError | None = None
    for draft in drafts:
        try:
            parsed, doubts = _settled(text, draft, scope, declarations, mentioned)
        except ShapeError as error:
            wrong = wrong or error
            continue
        except ParseError as error:
            if best is None or error.kind not in BENT:
                raise
            continue
        if best is None or doubts < best[1]:
            best = parsed, doubts
        if not best[1]:
            break
    if best is None:
        assert wrong is not None
        raise wrong
    return best[0]


def _settled(
    text: str, draft: Lexing, scope: NamesInForce, declarations: Declarations, mentioned: Sequence[str]
) -> Fit:
    """The formula of a draft and how doubtful it is, with numbers below a letter as the places of entries where that fits better."""
    found: Fit | None = None
    try:
        found = _fitted(text, draft, scope, declarations, mentioned)
        wrong = None
    except GradproofError as error:
        if draft.capitals and isinstance(error, ShapeError):
            found = _by_one_scalar(text, draft, scope, declarations, mentioned)
            found = found or _by_scalars(text, draft, scope, declarations, mentioned)
            if found is not None:
                return found
        if not draft.places or not (isinstance(error, ShapeError) or error.kind == "entry-or-name"):
            raise
        wrong = error
    for entries in entries_of(text, draft, found and found[0], declarations, mentioned):
        try:
            other = _fitted(text, as_entries(draft, entries), scope, declarations, mentioned)
        except GradproofError as error:
            if error.kind in ("entry-zero", "entry-times"):
                raise
            refuse_absent(entries, found and found[0], mentioned, error)
            continue
        if fits_better(entries, found, other, mentioned):
            return other
        refuse_absent(entries, found and found[0], mentioned)
    if found is None:
        assert wrong is not None
        raise wrong
    return found


def _fitted(text: str, draft: Lexing, scope: NamesInForce, declarations: Declarations, mentioned: Sequence[str]) -> Fit:
    """The formula of a draft as it is written, and how doubtful it is."""
    nodes, indices = draft.tree or read_tokens(
        text, draft.tokens, scope.functions, scope.names, draft.fixed, scope.numbers
    )
    respell(nodes, scope.names)
    if draft.capitals:
        _widen(nodes)
    written = AsWritten(text, nodes, indices, declarations.assuming(draft.assumed), mentioned, draft)
    parsed, doubts = with_letters(written, written.resolved())
    _refuse_doubtful(parsed, written, declarations.variables.keys())
    said = (*(entrywise(parsed.expr) if draft.capitals else ()), *(() if draft.tree else customary(parsed)))
    if draft.notes or said or draft.wrt:
        parsed = replace(parsed, notes=(*draft.notes, *said, *parsed.notes), wrt=draft.wrt)
    return parsed, doubts


def _refuse_doubtful(parsed: Parsed, written: AsWritten, declared: Set[str]) -> None:
    """Raises an error for what was read, and rather means something else."""
    text, nodes, draft, mentioned = written.text, written.nodes, written.draft, written.mentioned
    if draft.hints:
        refuse_bold(parsed, draft.hints, indexed(nodes))
    if draft.capitals:
        refuse_bar(parsed, indexed(nodes) | {n.lower() for n in indexed(nodes)}, mentioned, declared)
    if not draft.tree:
        if parsed.symbols.keys() - declared:  # what is read by its letter alone
            refuse_lone_signs(text, parsed, declared)
            refuse_bent_factor(parsed, declared)
            refuse_divisor(parsed, {*declared, *mentioned})
            refuse_letters(parsed, declared, draft.places)
        refuse_summed_power(parsed, declared)
    refuse_primes(text, parsed, draft.capitals)
    if draft.capitals:
        refuse_primed_twice(text, parsed)
    if draft.notes and any(n.kind == "sum-of-entries" for n in draft.notes):
        refuse_sum_of_number(parsed)
    refuse_empty(parsed)
    refuse_outer(text, parsed)
    if parsed.expr.type.kind != "s" and any(n.kind == "optimised" for n in draft.notes):
        raise refusal("optimised-array", shape=parsed.expr.type)
    if draft.places:
        refuse_beside_entries(parsed, {*declared, *mentioned})
    if draft.capitals:
        refuse_entries(parsed, {*declared, *mentioned, *draft.apart}, mentioned)
        refuse_flow(parsed, declared)
        refuse_bent_capitals(parsed, declared)
        if not written.indices:
            refuse_bare(parsed, declared)
            refuse_whole(parsed, declared)


def _by_one_scalar(
    text: str, draft: Lexing, scope: NamesInForce, declarations: Declarations, mentioned: Sequence[str]
) -> Fit | None:
    r"""A formula that fits only with one letter as a scalar: the y of \max(0, 1 - y w^\top x)^2; None where none does, or several do."""
    found: list[Fit] = []
    known = {*declarations.variables, *mentioned, *draft.hints}
    for name in {t.text for t in draft.tokens if t.kind is Kind.NAME and len(t.text) == 1} - known:
        if letter_kind(name) != "v":
            continue
        with suppress(GradproofError):
            hinted = replace(draft, hints={**draft.hints, name: "s"})
            parsed, doubts = _fitted(text, hinted, scope, declarations, mentioned)
            now = parsed.symbols.get(name)
            if not doubts and parsed.expr.type.kind == "s" and now is not None and now.type.kind == "s":
                found.append((replace(parsed, notes=(*parsed.notes, note("kind-by-scalar", name=name))), doubts))
    return found[0] if len(found) == 1 else None


def _by_scalars(
    text: str, draft: Lexing, scope: NamesInForce, declarations: Declarations, mentioned: Sequence[str]
) -> Fit | None:
    r"""A formula of letters of vectors that fits only where all of them are scalars, with a function of one: -y \log p - (1-y) \log(1-p)."""
    if any(t.text in ("'", "[") for t in draft.tokens):
        return None
    names = {t.text for t in draft.tokens if t.kind is Kind.NAME and letter_kind(t.text) == "v"}
    names -= {*declarations.variables, *draft.hints}
    with suppress(GradproofError):
        hinted = replace(draft, hints={**draft.hints, **dict.fromkeys(names, "s")})
        parsed, doubts = _fitted(text, hinted, scope, declarations, mentioned)
        calls = [e for e in walk(parsed.expr) if isinstance(e, Call)]
        of_numbers = any(isinstance(e.op.meaning, Elementwise) for e in calls)
        inner = any(e.op is MUL and {*map(type, e.args)} == {Symbol} for e in calls)  # w x may be an inner product
        if not doubts and of_numbers and not inner and all(s.type.kind == "s" for s in parsed.symbols.values()):
            said = [note("kind-by-scalar", name=n) for n in parsed.symbols if n in names]
            return replace(parsed, notes=(*parsed.notes, *said)), doubts
    return None


def _widen(nodes: Sequence[SyntaxNode]) -> None:
    """Functions take what they take in papers: softmax also a matrix, and a sum the powers of a vector."""
    for node in nodes:
        if isinstance(node, CallNode):
            node.op = readings.WIDER.get(node.op, node.op)
            inner = nodes[node.args[0]] if node.op in readings.SUMMING else None
            if isinstance(inner, CallNode) and inner.op is POW:
                inner.op = readings.POWER_IN_SUM


def _mentioned(name: str, declarations: Declarations) -> str:
    """The name of a variable as it is kept. Raises ParseError where it is none."""
    name = checked_name(name)
    if name in declarations.functions:
        raise ParseError(
            say("{name} is declared as a function, not as a variable", name=name), span=(0, len(name)), text=name
        )
    return name
