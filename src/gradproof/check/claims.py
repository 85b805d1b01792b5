"""Reading a claim: its text becomes links (`… = … = …`), each a formula in the quantities of the question.

A claim may use letters of its own. `I` is the identity, dX the differential of a variable X, `… where r = A*x - b` defines r, and what is left is
unknown: it is looked for among the parts of the formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property

from gradproof.check.indicators import CALLED, UnknownName, meaning
from gradproof.check.lifted import SPELLED, with_indices
from gradproof.check.points import Question
from gradproof.check.products import apart
from gradproof.check.tree import Tree, from_expr, from_text, names_in
from gradproof.errors import GradproofError, ParseError, ShapeError, Span, UnsupportedError
from gradproof.notation.expr import Expr, Symbol, call, size, substitute, symbol
from gradproof.notation.function import Function
from gradproof.ops import TABLE
from gradproof.parse import Note, parse
from gradproof.parse.lexer import plain
from gradproof.parse.parsed import Parsed
from gradproof.patterns import pattern
from gradproof.records import dataclass, replace
from gradproof.say import say
from gradproof.shapes.dims import Dim, dim
from gradproof.shapes.shape import column
from gradproof.shorthands import differential

_IDENTITY = ("I", "Id", "I_n", "I_m", "I_p", "𝐼")
_WHERE = pattern(r"[,;]?\s+(?:where|with|and where|其中)\s+|[;；，]\s*其中\s*|\s+(?:given|for)\s+(?=\\?\w+\s*:?=)")
_DEFINITION = pattern(r"(?:^|[,;，；]|\band\b)\s*\\?(\w+)\s*:?=(?!=)")
_ENTRIES = pattern(r"\w\[[^\]]*\]")
_CALLED = pattern(rf"(?<!\w)(?:{'|'.join(CALLED)})(?=\()")  # functions by names that people write
_PROSE = pattern(r"\w+\s+(?:is|the|denotes|stands|being|means|a|an)\b")
_APART = r"(?<![^\Wᵀ])"  # where a name begins: after rᵀ too, whose sign is a letter to patterns
_NAME = pattern(r"[^\W\d]\w*")
_BOUND = pattern(r"(?<=\})\s*\^\s*\{?\s*([^\W\d_]\w*)\b")  # n in \sum_{i=1}^n, which the sum says is a size
_DERIVATIVE = pattern(
    r"\s*(?:[d∂]\s*\^?[2²]?\s*[\w()]*\s*/\s*[d∂]\s*\(?\w+|\\[dt]?frac\s*\{\s*(?:\\partial|\\mathrm\s*\{?\s*d|d|∂)"
    r"|\\?nabla|∇|grad\b|Hess\b|Jac\b|D_?\w*\s*[\[({]|\w+'\s*\()"
)
_DIFFERENTIAL = pattern(r"\s*(?:d\s*[A-Za-z]\w?|\\mathrm\s*\{\s*d\s*\}\s*\w+|d\s*\(.*\))\s*$")
_VALUE = pattern(r"\s*[A-Za-zφψℓ]\w?\s*(?:\(\s*[\w,\s]+\))?\s*$")


Roles = str  # "derivative", "differential", "value", or "" where it is not said


@dataclass(frozen=True)
class Piece:
    """One side of an equality: its text, where it begins in the claim, and whether it only names what stands at the other side."""

    text: str
    start: int
    role: Roles = ""
    label: bool = False


@dataclass(frozen=True)
class Claim:
    """A formula that was claimed. `expr` is None where it does not conform; `error` says where then.

    `unknown`: letters that are no quantity of the question; `moved`: the differentials in it, by the variable they belong to.
    """

    text: str
    expr: Expr | None
    error: GradproofError | None
    spans: Mapping[Expr, Span]
    unknown: tuple[Symbol, ...]
    moved: Mapping[str, Symbol]
    known: Mapping[str, Expr]
    functions: Mapping[str, Function]
    notes: tuple[Note, ...] = ()
    latex: bool = False
    typed: str = ""  # the text with signs between letters that stand side by side

    @cached_property
    def trees(self) -> list[Tree]:
        """The claim as a tree that can be edited; of a claim that does not conform, as it was typed."""
        if self.expr is not None:
            return [from_expr(self.expr, self.spans)]
        return self._typed(False)

    @cached_property
    def unsized(self) -> list[Tree]:
        """The same of a claim that does not conform; vectors of ones in it may be without a size."""
        return self._typed(True)

    def _typed(self, unsized: bool) -> list[Tree]:
        try:
            letters = {**self.known, **{s.name: s for s in self.moved.values()}}
            found = from_text(self.typed or self.text, letters, self.functions, self.latex, unsized)
        except GradproofError:
            found = None
        return [found] if found else []

    @cached_property
    def foreign(self) -> list[str]:
        """Names in a claim that does not conform which are no quantity of the question: it cannot be said what their shape is."""
        letters = {**self.known, **{s.name: s for s in self.moved.values()}}
        try:
            names = names_in(self.typed or self.text, self.functions, set(letters), self.latex)
        except GradproofError:
            return []
        sizes = {n for s in letters.values() for d in s.type.dims for n in d.names}
        return [n for n in names if n not in letters and n not in sizes and n not in _IDENTITY]

    def conforming(self, e: Expr) -> Claim:
        """The claim read as this formula."""
        return replace(self, expr=e, error=None)

    def replaced(self, values: dict[Expr, Expr]) -> Claim:
        """The claim with letters replaced. Raises ShapeError where they do not fit."""
        assert self.expr is not None
        expr = substitute(self.expr, values)
        spans = {expr: (0, len(self.text))}
        for node, span in self.spans.items():
            spans.setdefault(substitute(node, values), span)
        left = tuple(s for s in self.unknown if s not in values)
        return Claim(self.text, expr, None, spans, left, self.moved, self.known, self.functions, self.notes)


def links(text: str) -> list[Piece]:
    """The sides of a chain of equalities."""
    pieces = []
    for start, end in _top_level(text):
        part = text[start:end]
        if part.strip():
            pieces.append(Piece(part.strip(), start + len(part) - len(part.lstrip())))
    return pieces


def _top_level(text: str) -> Iterator[tuple[int, int]]:
    """The stretches between signs of equality that stand in no bracket."""
    depth = start = 0
    for i, ch in enumerate(text):
        depth += (ch in "([{") - (ch in ")]}")
        if ch == "=" and depth <= 0 and text[i - 1 : i] not in ("<", ">", "!", ":", "=") and text[i + 1 : i + 2] != "=":
            yield start, i
            start = i + 1
    yield start, len(text)


def definitions(text: str) -> tuple[str, list[tuple[str, str]]]:
    """A claim without its definitions, and these: `2*A'*r where r = A*x - b`."""
    match = _WHERE.search(text)
    rest = text[match.end() :] if match else ""
    if match and _PROSE.match(rest):
        return text[: match.start()], []
    if match is None or not _DEFINITION.match(rest):
        return text, []
    places = list(_DEFINITION.finditer(rest))
    ends = [*(p.start() for p in places[1:]), len(rest)]
    return text[: match.start()], [
        (p[1], rest[p.end() : end].strip(" ,;.，；。")) for p, end in zip(places, ends, strict=True)
    ]


def read_claim(question: Question, claim: str | Expr, defined: Mapping[str, Expr] | None = None) -> Claim:
    """The claim in the quantities of the question. Raises ParseError where it is no formula, UnsupportedError where it cannot be judged."""
    symbols, functions = question.symbols, question.derivative.functions
    if isinstance(claim, Expr):
        letters = {s.name: s for s in claim.variables}
        moved = {n: s for n, s in question.moving.items() if letters.get(s.name) is s}
        unknown = tuple(s for s in claim.variables if symbols.get(s.name) != s and s not in moved.values())
        return Claim(claim.ascii, claim, None, {}, unknown, moved, symbols, functions)
    if question.lifting:
        claim = with_indices(claim, question.lifting.found)
    known = _definitions(question, defined or {}, claim)
    try:
        known |= _lifted(question, claim, defined or {})
    except ShapeError as error:
        return Claim(claim, None, error, {}, (), {}, symbols, functions)
    lying = _lying(claim, [n for n, e in known.items() if e.type.kind == "r"])
    if lying != claim:  # rows as such, where they conform so
        with suppress(ParseError):
            read = _read_with(question, lying, known)
            if read.expr is not None:
                return replace(read, text=claim, spans={})
    return _read_with(question, claim, known)


def _lying(claim: str, rows: Sequence[str]) -> str:
    """The text with a transpose behind each letter that was given to a row, as letters are columns."""
    turned = r"{%s^T}" if "\\" in claim else "(%s')"
    for name in rows:
        claim = re.sub(rf"(?<![\w\\]){name}(?![\w(\[])", lambda m: turned % m[0], claim)
    return claim


def _read_with(question: Question, claim: str, known: Mapping[str, Expr]) -> Claim:
    """The claim with what the letters mean. Raises as `read_claim`."""
    symbols, functions = question.symbols, question.derivative.functions
    places = {n: symbol(n, column(e.type.dims[0]) if e.type.kind == "r" else e.type) for n, e in known.items()}
    moving = question.moving
    identities = dict.fromkeys(
        {*_NAME.findall(claim)} & {*_IDENTITY} - symbols.keys() - known.keys(), "matrix orthogonal"
    )
    named = sizes_named(question, claim, {*symbols, *known, *identities, *functions})
    scalars = dict.fromkeys(named, "scalar")
    where = {**symbols, **{s.name: s for s in moving.values()}, **identities, **functions, **places, **scalars}
    typed = apart(claim, where)
    try:
        parsed = _parsed_apart(question, claim, typed, where)
    except ShapeError as error:
        moved = {n: s for n, s in moving.items() if re.search(rf"(?:{_APART}d\s*|d\}}\s*){n}\b", claim)}
        meanings = {n: e.T if e.type.kind == "r" else e for n, e in known.items()}
        meanings |= {x: meanings[name] for x, name in SPELLED.items() if name in meanings}
        return Claim(claim, None, error, {}, (), moved, {**symbols, **meanings}, functions, latex=True, typed=typed)
    values: dict[Expr, Expr] = {
        parsed.symbols[n]: call("eye", params=_fitting(question, parsed.symbols[n])) for n in identities
    }
    values |= {s: known[n].T if known[n].type.kind == "r" else known[n] for n, s in places.items()}
    values |= {parsed.symbols[n]: size(dim(n)) for n in named if n in parsed.symbols}
    own = {*values, *moving.values()}
    unknown = tuple(s for s in parsed.expr.variables if symbols.get(s.name) is not s and s not in own)
    read = Claim(claim, parsed.expr, None, parsed.spans, unknown, {}, symbols, functions, parsed.notes)
    read = read.replaced(values) if values else read
    used = read.expr.variables if read.expr is not None else ()
    return replace(read, moved={n: s for n, s in moving.items() if s in used})


def unknown_functions(question: Question, claim: str | Expr) -> list[str]:
    """Names that are called in a claim and that are no function or operation; none where the claim is no formula for other reasons too."""
    if not isinstance(claim, str) or claim.count("(") != claim.count(")") or "\\" in claim:
        return []
    called = dict.fromkeys(re.findall(r"([^\W\d_]\w*)\(", claim))
    known = {*TABLE, *CALLED, *question.derivative.functions, *question.symbols}
    spellings = {n.lstrip("D").partition("_")[0] for n in called} & {*question.derivative.functions}
    aliases = {alias for op in TABLE.values() for alias in op.aliases}
    return [
        n for n in called if n not in known and n not in aliases and n.lstrip("D").partition("_")[0] not in spellings
    ]


def sizes_named(question: Question, claim: str, taken: set[str]) -> set[str]:
    """The dimensions of the formula that a claim names and no quantity has the name of."""
    return {*question.sizes} & {*_NAME.findall(claim)} - taken - {*_BOUND.findall(claim)}


def _parsed(question: Question, claim: str, where: Mapping[str, str | Expr | Function]) -> Parsed:
    """The formula, read as LaTeX too where the question is in LaTeX. Raises UnsupportedError for entries such as D[i,j]."""
    if question.lifting and question.lifting.numpy:
        with suppress(ParseError, UnsupportedError):
            return parse(claim, where, notation="numpy")
    try:
        parsed = parse(claim, where)
        if _side_by_side(parsed, where):
            for notation in ("plain", "latex"):
                with suppress(UnsupportedError, ParseError):
                    apart = parse(claim, where, notation=notation)
                    if not _side_by_side(apart, where):
                        return apart
        if question.latex and any(len(n) > 1 and n.isalpha() and n not in where for n in parsed.symbols):
            with suppress(ParseError):  # Ax is A x there
                return parse(claim, where, notation="latex")
        return parsed
    except ParseError:
        if question.latex:
            return parse(claim, where, notation="latex")
        renamed = _CALLED.sub(lambda m: CALLED[m[0]], claim)
        if renamed != claim:
            return parse(renamed, where)
        with suppress(ParseError):  # s(1-s)x is a product where s is a scalar
            parsed = parse(claim, where, notation="plain")
            if all(name in where for name in parsed.symbols):
                return parsed
        if _ENTRIES.search(claim):
            raise one_entry() from None
        raise


def one_entry() -> UnsupportedError:
    """What is said of a claim about entries that does not say which."""
    return UnsupportedError(
        say("a claim in index notation is not supported yet"),
        hint=say("write it in matrix notation, or with kron and vec"),
    )


def _parsed_apart(question: Question, claim: str, typed: str, where: Mapping[str, str | Expr | Function]) -> Parsed:
    """The formula as it is typed; where that is none, or has names in it that nobody knows, with signs between its letters."""
    if typed == claim:
        return _parsed(question, claim, where)
    parsed, misfit = None, None
    try:
        parsed = _parsed(question, claim, where)
        if all(name in where for name in parsed.symbols):
            return parsed
    except ShapeError as error:
        misfit = error
    except ParseError:
        pass
    try:
        return _parsed(question, typed, where)
    except ParseError:
        return parsed or _parsed(question, claim, where)
    except ShapeError as error:
        raise misfit or error from None  # of what was typed, with its place there


def _fitting(question: Question, identity: Symbol) -> tuple[Dim, ...]:
    """The size of an identity; that of the one vector or square matrix where nothing in the claim says it: 2*I."""
    size_of, by = identity.type.dims[:1], {s.type for s in question.wrt}
    own = (
        question.wrt[0].type.dims[:1]
        if len(by) == 1 and (question.wrt[0].type.kind == "v" or question.wrt[0].type.square)
        else ()
    )
    return own if own and not {n for d in size_of for n in d.names} <= {*question.sizes} else size_of


def _side_by_side(parsed: Parsed, where: Mapping[str, object]) -> bool:
    """Whether names that nobody knows are known letters side by side, and a T: Xw, xx."""
    new = [n for n in parsed.symbols if n not in where and len(n) > 1]
    return bool(new) and all(letter in where or letter == "T" for n in new for letter in n)


def _definitions(question: Question, defined: Mapping[str, Expr], text: str) -> dict[str, Expr]:
    """The defined letters, and the differentials of such letters where they are used: dr for r."""
    found = {**defined}
    for name, e in defined.items():
        if re.search(rf"{_APART}d\s?{name}\b", text) and "d" + name not in question.symbols:
            found["d" + name] = moved_formula(question, e, text)
    return found


def _lifted(question: Question, text: str, defined: Mapping[str, Expr]) -> dict[str, Expr]:
    """What the letters mean that stand for cases. Raises UnknownName for a letter in them that has no meaning, ShapeError where they do not fit."""

    def read(part: str) -> Expr:
        claim = read_claim(question, part, defined)
        names = [s.name for s in claim.unknown] or claim.foreign if claim.expr is None or claim.unknown else []
        if names:
            raise UnknownName(part, names[0])
        if claim.expr is None:
            assert claim.error is not None
            raise claim.error
        return claim.expr

    found = question.lifting.found if question.lifting else {}
    return {SPELLED[name]: meaning(lifted, read) for name, lifted in found.items() if name in text}


def moved_formula(question: Question, e: Expr, text: str) -> Expr:
    """The differential of a formula: by the variables of the question, and those whose differential stands in the text too."""
    if question.along:
        return moved_again(e, question.along, question.symbols)
    names = [n for n in question.moving if n in question.derivative.wrt or re.search(rf"{_APART}d\s?{n}\b", text)]
    letters = {s.name for s in e.variables}
    moving = list(dict.fromkeys(n for n in names if n in letters))
    return differential(e, moving, where=question.symbols) if moving else call("mul", 0, e)


def moved_again(e: Expr, moved: Mapping[str, Symbol], known: Mapping[str, Symbol]) -> Expr:
    """The differential of a formula in which differentials of the variables stand, which do not move."""
    letters = {s.name for s in e.variables}
    names = [n for n in moved if n in letters]
    if not names:
        return call("mul", 0, e)
    fixed = {n: symbol(f"d{n}_", s.type) for n, s in moved.items()}
    still = substitute(e, {s: fixed[n] for n, s in moved.items()})
    where = {**{n: s for n, s in known.items() if s not in moved.values()}, **{s.name: s for s in fixed.values()}}
    return substitute(differential(still, names, where=where), {fixed[n]: s for n, s in moved.items()})


def read_definitions(
    question: Question, texts: list[tuple[str, str]], before: Mapping[str, Expr] | None = None
) -> dict[str, Expr]:
    """The formulas that a claim gives names to, in quantities of the question and those `before`. Raises ParseError, ShapeError."""
    found: dict[str, Expr] = {}
    waiting: list[tuple[str, str]] = []
    texts = [(plain(name), text) for name, text in texts]
    for name, text in texts:
        if name in question.symbols:
            raise ParseError(
                say("{name} is a variable of the formula, it cannot be defined again", name=name),
                hint=say("choose another letter in the claim"),
            )
        claim = read_claim(question, text, {**(before or {}), **found})
        if claim.expr is None and claim.error is not None:
            raise claim.error
        if claim.unknown:
            later = [n for n, _ in texts if n not in found and n != name]
            if not {s.name for s in claim.unknown} & {*later}:
                raise UnknownName(name, claim.unknown[0].name)
            waiting.append((name, text))
        elif claim.expr is not None:
            found[name] = claim.expr
    if len(waiting) == len(texts) > 0:
        raise UnknownName(waiting[0][0], waiting[0][0])
    return {**found, **read_definitions(question, waiting, {**(before or {}), **found})} if waiting else found
