"""Text to formulas: `parse("norm2(A*x - b)^2")`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from weakref import WeakKeyDictionary

from gradproof.errors import GradproofError, ParseError, ShapeError, Span
from gradproof.facts import closed
from gradproof.notation.expr import Call, Expr, Function, Symbol, applied, call_of_shape, size, symbol, views, walk
from gradproof.notation.fit import result_shape
from gradproof.ops import TABLE, Operation
from gradproof.parse import blocks, entries, readings
from gradproof.parse.alike import refuse_alike, respell
from gradproof.parse.arrays import ARRAYS
from gradproof.parse.declare import Declarations, Where, checked_name, read_where
from gradproof.parse.entries import Over, is_index
from gradproof.parse.grammar import read_tokens
from gradproof.parse.indices import Resolved, resolve
from gradproof.parse.infer import Inference
from gradproof.parse.notations import Draft, Notation, looks_like_ascii, notations
from gradproof.parse.note import Note, Reading, balanced, note, refusal
from gradproof.parse.numpy_notes import array_notes
from gradproof.parse.scope import Scope
from gradproof.parse.surroundings import cleared
from gradproof.parse.tree import AppliedNode, CallNode, NameNode, Node, NumberNode, meaning
from gradproof.patterns import pattern
from gradproof.records import dataclass, replace
from gradproof.say import say
from gradproof.shapes.dims import dim

__all__ = ["Note", "Parsed", "Reading", "parse"]

_ABS, _POW = TABLE["abs"], TABLE["pow"]
_BY_KIND = {
    **readings.BUILT,
    **blocks.BUILT,
    **entries.BUILT,
    **{op: array.built for op, array in ARRAYS.items()},
}  # operations that are there only while a formula is read, and the formulas that they stand for


@dataclass(frozen=True, slots=True)
class Parsed:
    """A formula that was read: as it was typed, where each part stands, and how it was understood."""

    text: str
    expr: Expr
    spans: Mapping[Expr, Span]  # the first place of each node
    notes: tuple[Note, ...]  # what was chosen: "1 + exp(-z) is read as ones(m) + exp(-z)"
    symbols: Mapping[str, Symbol]  # every variable: of the text, declared, mentioned
    functions: Mapping[str, Function]
    notation: str = "ascii"
    wrt: str = ""  # the variable of a derivative sign that stood before the formula

    @property
    def reading(self) -> Reading:
        """How the text was read."""
        return Reading(self.notation, self.expr, self.notes, self.text)


_readings: WeakKeyDictionary[Expr, Reading] = WeakKeyDictionary()  # of formulas that were read, by the last text


def reading_of(e: Expr) -> Reading:
    """How the text was read that this formula was last read from; of a formula that was made otherwise, just itself."""
    return _readings.get(e) or Reading("ascii", e)


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
    try:
        plain, around = cleared(text) if notation not in ("ascii", "numpy") else (text, [])
        plain = _ANGLES.sub(r"⟨\1⟩", plain) if "<" in plain and notation in ("auto", "plain") else plain
        ways = notations(plain, notation, declarations.variables)
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
    except GradproofError as error:
        raise error.located(text, (0, len(text))) from None
    said = (
        *_unused(parsed.expr, declarations, mentioned),
        *_identity(parsed.expr, {*declarations.variables, *mentioned}),
    )
    parsed = replace(parsed, notes=(*parsed.notes, *said)) if said else parsed
    if remember:
        _readings[parsed.expr] = parsed.reading
    return parsed


# <x, Ax> in plain text: an inner product, and no comparison, since nothing is compared before it and after it
_ANGLES = pattern(r"(?:(?<=[-+*/=(\d])|^)\s*<(?=\S)([^<>]*,[^<>]*\S)>(?=\s*(?:[-+*/)^]|$))")


def _identity(expr: Expr, known: Collection[str]) -> tuple[Note, ...]:
    """What is said of an undeclared square I, which Unicode output writes for the identity."""
    return tuple(note("name-identity") for v in expr.variables if v.name == "I" and v.type.square and "I" not in known)


def _unused(expr: Expr, declarations: Declarations, mentioned: Sequence[str]) -> tuple[Note, ...]:
    """The names that a person declared, and that are not in the formula."""
    written = {name: d for name, d in declarations.variables.items() if d.symbol is None and name not in mentioned}
    if not written:
        return ()
    sizes = {n for d in declarations.variables.values() for axis in d.dims if axis is not None for n in axis.names}
    there = {v.name for v in expr.variables} | sizes
    return tuple(note("declared-unused", name=name) for name in written if name not in there)


def _read(text: str, ways: Sequence[Notation], declarations: Declarations, mentioned: Sequence[str]) -> Parsed:
    """The formula in the first of these notations in which it is one that has the variables asked for; in the first in which it is one, else."""
    asked = [n for n in mentioned if n not in declarations.variables]
    conjugates = {f"conj({n})" for n, d in declarations.variables.items() if "complex" in closed(d.facts)}
    scope = Scope(declarations.functions, {*declarations.variables, *mentioned, *conjugates}, asked)
    found: list[Parsed] = []
    errors: list[GradproofError] = []
    for way in ways:
        try:
            parsed = _first(text, way.read(text, scope), scope, declarations, mentioned)
            parsed = replace(parsed, notation=way.name) if way.name != parsed.notation else parsed
        except ParseError as error:
            errors.append(error)
            if way.name == "ascii" and error.kind not in GIVES_WAY and text.isascii():
                break
            continue
        except GradproofError:
            if not found:
                raise
            continue
        if not missing(parsed, mentioned, declarations.variables):
            return parsed
        found.append(parsed)
    if found:
        return found[0]
    raise errors[0 if errors[0].kind in SPELLING or looks_like_ascii(text) else -1]


SPELLING = {"unknown-function", "function-as-variable"}  # errors of ASCII that are likely errors of spelling
GIVES_WAY = {
    *SPELLING,
    "side-by-side",
    "closes-nothing",
    "no-character",
    "wrong-character",
}  # errors of what plain text may be


def missing(parsed: Parsed, names: Iterable[str], declared: Collection[str] = ()) -> list[str]:
    """The names that are no variables of the formula, and not declared."""
    present = {s.name for s in parsed.expr.variables}
    return [n for n in names if n not in present and n not in declared]


def _first(
    text: str, drafts: Iterable[Draft], scope: Scope, declarations: Declarations, mentioned: Sequence[str]
) -> Parsed:
    """The first reading that fits; a doubtful one gives way to one that is less so."""
    best: tuple[Parsed, int] | None = None
    wrong: ShapeError | None = None
    for draft in drafts:
        try:
            nodes, indices = draft.tree or read_tokens(text, draft.tokens, scope.functions, scope.names, draft.fixed)
            respell(nodes, scope.names)
            if draft.capitals:
                _widen(nodes)
            parsed, doubts = _resolved(text, nodes, indices, declarations, mentioned, draft.hints, draft.capitals)
            if draft.capitals and parsed.expr.type.kind != "s" and (doubts or (indices and _may_be_scalars(parsed))):
                parsed, doubts = _as_scalar(text, nodes, indices, declarations, mentioned, draft, (parsed, doubts))
            if draft.tree and parsed.expr.type.kind != "s":
                counts = [n for n in parsed.symbols if _COUNT.fullmatch(n)]
                parsed, doubts = _as_scalar(
                    text, nodes, indices, declarations, mentioned, draft, (parsed, doubts), counts
                )
            _refuse_bold(parsed, draft.hints, mentioned)
            if parsed.expr.type.kind != "s" and any(n.kind == "optimised" for n in draft.notes):
                raise refusal("optimised-array", shape=parsed.expr.type)
            if draft.capitals:
                _refuse_entries(parsed, {*declarations.variables, *mentioned})
                if not indices:
                    _refuse_bare(parsed, declarations.variables)
        except ShapeError as error:
            wrong = wrong or error
            continue
        if best is None or doubts < best[1]:
            said = _entrywise(parsed.expr) if draft.capitals else ()
            if draft.notes or said or draft.wrt:
                parsed = replace(parsed, notes=(*draft.notes, *said, *parsed.notes), wrt=draft.wrt)
            best = parsed, doubts
        if not best[1]:
            break
    if best is None:
        assert wrong is not None
        raise wrong
    return best[0]


_COUNT = pattern(r"[nmNMTKB]|(?:n|num|N)_\w+")  # names that source code gives to a number of rows


def _as_scalar(
    text: str,
    nodes: list[Node],
    indices: Sequence[Over],
    declarations: Declarations,
    mentioned: Sequence[str],
    draft: Draft,
    found: tuple[Parsed, int],
    names: Collection[str] | None = None,
) -> tuple[Parsed, int]:
    """The reading with one letter as a scalar instead of a vector, where that makes a doubtful formula a scalar without doubt: log(1 + exp(-y w'x)).

    `names`: the letters that may be one; all, where None.
    """
    means = _may_be_scalars(found[0]) if indices else []
    known = {*declarations.variables, *mentioned, *draft.hints} - {*means} | {*declarations.variables}
    accented = [
        n
        for n, s in found[0].symbols.items()
        if n.endswith(("_bar", "_hat")) and s.type.kind in "sv" and n not in known
    ]
    for name, s in found[0].symbols.items():
        if s.type.kind != "v" or name in known or (names is not None and name not in names):
            continue
        try:
            hints = {**draft.hints, **(dict.fromkeys(accented, "s") if name in accented else {}), name: "s"}
            other, doubts = _resolved(text, list(nodes), indices, declarations, mentioned, hints, draft.capitals)
        except GradproofError:
            continue
        if not doubts and other.expr.type.kind == "s" and other.symbols[name].type.kind == "s":
            return replace(other, notes=(*other.notes, note("kind-by-scalar", name=name))), doubts
    return found


def _may_be_scalars(parsed: Parsed) -> list[str]:
    r"""The letters in a sum that are rather numbers than vectors: \bar x, and what stands in |x_i - m|."""
    bars = any(isinstance(e, Call) and e.op is _ABS and e.type.kind in "vm" for e in walk(parsed.expr))
    vectors = [name for name, s in parsed.symbols.items() if s.type.kind == "v"]
    return [name for name in vectors if bars or name.endswith(("_bar", "_hat"))]


def _refuse_bold(parsed: Parsed, hints: Mapping[str, str], mentioned: Sequence[str]) -> None:
    """A bold letter is no scalar, and a small one no matrix."""
    for name, kind in hints.items():
        s = parsed.symbols.get(name)
        if s is not None and (s.type.kind == "s" or (kind == "v" and s.type.kind == "m")):
            raise refusal("bold-kind", name=name, fits={"s": "scalar", "m": "matrix"}[s.type.kind])


_NUMBERED = pattern(r"([A-Za-z]+)_?(?:\d+|[ijkl]{1,2})(?:_\d+)?")
_AXES = {"s": 0, "v": 1, "r": 1, "m": 2}


def _refuse_entries(parsed: Parsed, known: Collection[str]) -> None:
    """A number x_1 beside a vector x can be its entry."""
    names = {s.name: s for s in parsed.expr.variables}
    for name, s in names.items():
        found = _NUMBERED.fullmatch(name)
        base = names.get(found[1]) if found is not None and name not in known else None
        if base is not None and base is not s and _AXES[base.type.kind] > _AXES[s.type.kind]:
            raise refusal("entry-or-name", parsed.spans.get(s), name=name, base=base.name)


_BRACKETED = pattern(r"\\?[A-Za-z]+\s*(?:\\[A-Za-z]+\s*)?[(\[{]")


def _refuse_bare(parsed: Parsed, declared: Collection[str]) -> None:
    r"""`\log X` of a matrix, without a bracket, is the logarithm of the matrix or of its entries; a sum or product of entries settles it."""
    calls = [e for e in walk(parsed.expr) if isinstance(e, Call)]
    settled = {a for e in calls if e.op in readings.OF_ENTRIES for a in e.args}
    for e in calls:
        matrix = readings.OF_MATRICES.get(e.op, "")
        span = parsed.spans.get(e)
        if not matrix or e.type.kind != "m" or e in settled or span is None:
            continue
        free = e.type.square or not any(s.name in declared for s in e.variables)
        written = parsed.text[span[0] : span[1]]
        if free and (written.startswith(("\\sqrt", "√")) or not _BRACKETED.match(written)):
            entries = parsed.expr.ascii
            whole = entries.replace(e.ascii, e.ascii.replace(e.op.name, matrix, 1))
            raise refusal("matrix-or-entries", span, shown=parsed.text[span[0] : span[1]], whole=whole, entries=entries)


def _widen(nodes: Iterable[Node]) -> None:
    """Functions take what they take in papers: softmax also a matrix."""
    for node in nodes:
        if isinstance(node, CallNode):
            node.op = readings.WIDER.get(node.op, node.op)


def _entrywise(expr: Expr) -> tuple[Note, ...]:
    """What is said of exp(X), |X|_1 and softmax(X) of a matrix, which have other meanings too."""
    calls = [e for e in walk(expr) if isinstance(e, Call)]
    entrywise = [e.op for e in calls if e.type.kind == "m" and e.op.elementwise and e.op.analytic and not e.op.symbol]
    sums = [note("norm-1") for e in calls if e.op is readings.ABSOLUTE_SUM and e.args[0].type.kind == "m"]
    rows = [note("row-by-row", name=readings.ROW_BY_ROW[e.op]) for e in calls if e.op in readings.ROW_BY_ROW]
    return tuple(dict.fromkeys([*(note("entry-by-entry", name=op.name) for op in entrywise), *sums, *rows]))


def _resolved(
    text: str,
    nodes: list[Node],
    indices: Sequence[Over],
    declarations: Declarations,
    mentioned: Sequence[str],
    hints: Mapping[str, str] = MappingProxyType({}),
    capitals: bool = False,
) -> tuple[Parsed, int]:
    """The formula, with entries such as x[i] understood in the one way that fits; and how doubtful it is.

    Doubtful are scalars that are added to every entry, and letters that are read against their kind.
    """
    found: list[tuple[Parsed, int]] = []
    wrong: ShapeError | None = None
    for way in resolve(nodes, declarations, indices, mentioned, hints, capitals):
        try:
            inferred = Inference(text, way.nodes, way.declarations, mentioned, hints)
            found.append((_build(text, way, inferred), len(inferred.broadcasts) + len(inferred.kinds.bent)))
        except ShapeError as error:
            wrong = wrong or error
        if len(found) > 1:
            name = way.tried[0]
            hint = say(r"write {name}[i,:]' or {name}[:,i]; in LaTeX {name}_{{i,:}}^\top or {name}_{{:,i}}", name=name)
            raise ParseError(
                say("{name} with an index can be a row or a column: both fit", name=name), span=way.place, hint=hint
            )
    if not found:
        assert wrong is not None
        raise wrong
    return found[0]


def _mentioned(name: str, declarations: Declarations) -> str:
    """The name of a variable as it is kept. Raises ParseError where it is none."""
    name = checked_name(name)
    if name in declarations.functions:
        raise ParseError(
            say("{name} is declared as a function, not as a variable", name=name), span=(0, len(name)), text=name
        )
    return name


def _build(text: str, way: Resolved, inferred: Inference) -> Parsed:
    symbols = {name: _symbol(name, way.declarations, inferred) for name in inferred.variables}
    built: list[Expr] = []
    spans: dict[Expr, Span] = {}
    notes, sums = list(way.notes), way.outermost
    for i, node in enumerate(way.nodes):
        expr = _expr(i, node, built, symbols, inferred)
        if i in sums:
            expr = _without_indices(expr, text, node.span)
            after = way.nodes[i + 1] if i + 1 < len(way.nodes) else node
            of_terms = isinstance(after, CallNode) and after.op in entries.OF_TERMS and after.args == (i,)
            formula = f"{after.op.name}({expr.ascii})" if isinstance(after, CallNode) and of_terms else expr.ascii
            notes.append(note("sum", node.span, shown=_shown(text, node.span), formula=formula))
        built.append(expr)
        spans.setdefault(expr, node.span)
    notes += array_notes(text, way.nodes, inferred)
    variables = {name: s for name, s in symbols.items() if not is_index(name)}
    return Parsed(text, built[-1], spans, (*notes, *inferred.notes()), variables, way.declarations.functions)


def _without_indices(expr: Expr, text: str, span: Span) -> Expr:
    """A sum over running indices in matrix notation."""
    try:
        return views.matrix_form(expr)
    except GradproofError as error:
        raise error.located(text, span) from None


def _shown(text: str, span: Span) -> str:
    piece = " ".join(balanced(text, span).split())
    return piece if len(piece) <= 80 else piece[:79] + "…"


def _symbol(name: str, declarations: Declarations, inferred: Inference) -> Symbol:
    said = declarations.variables.get(name)
    if said is not None and said.symbol is not None:
        return said.symbol
    return symbol(name, inferred.variable(name), said.facts if said else frozenset())


def _expr(i: int, node: Node, built: Sequence[Expr], symbols: Mapping[str, Symbol], inferred: Inference) -> Expr:
    match node:
        case CallNode(op=op, args=args, axes=axes):
            params = tuple([inferred.sizes.now(axis) for axis in inferred.axes[i]]) if axes else ()
            op = meaning(op, inferred.kinds.of[args[0]]) if args else op
            size_ = params[0].number if op.place and params else None
            if size_ is not None and size_ < op.place:
                raise refusal("entry-beyond", node.span, ShapeError, place=op.place, size=size_)
            if op.fixed:
                result_shape(op, (), params)  # refuses another size
            given = tuple([built[a] for a in args[: max(op.arities)]])
            if op is _POW and given[0].type.kind == "m":
                return readings.matrix_power(*given)
            if op in _BY_KIND:
                return _by_kind(op, given, node.span)
            return call_of_shape(op, given, inferred.shape(i), params)
        case NameNode(name=name):
            return symbols[name] if name in symbols else size(inferred.sizes.now(dim(name)))
        case NumberNode(value=value):
            return value
        case AppliedNode(function=function, partials=partials, args=args):
            return applied(function, tuple([built[a] for a in args]), partials)
    raise AssertionError(node)


def _by_kind(op: Operation, args: tuple[Expr, ...], span: Span) -> Expr:
    try:
        return _BY_KIND[op](*args)
    except GradproofError as error:
        error.span = error.span or span
        raise
