r"""Letters that are numbers although nothing but their kind by letter says so: what makes a formula the scalar that it is meant to be.

Each of them tries a reading that has some letters as scalars, and takes it where the formula is a scalar then without doubt; it is always said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from gradproof.errors import GradproofError, ParseError, ShapeError
from gradproof.notation.expr import Call, Expr, Symbol, walk
from gradproof.ops import basic
from gradproof.parse.build import build
from gradproof.parse.declare import Declarations, Declared
from gradproof.parse.entries import Over
from gradproof.parse.indices import resolve
from gradproof.parse.infer import Inference
from gradproof.parse.judged import may_be_scalars
from gradproof.parse.names import letter_kind
from gradproof.parse.notations import Lexing
from gradproof.parse.note import note
from gradproof.parse.parsed import Parsed
from gradproof.parse.tree import SyntaxNode
from gradproof.patterns import pattern
from gradproof.records import dataclass, replace
from gradproof.say import say

COUNT = pattern(r"[h-tNMTKB]|(?:n|num|N)_\w+")  # names that source code gives to numbers: of rows, a width, a step


Fit = tuple[Parsed, int]  # a formula, and how doubtful it is


@dataclass(frozen=True, slots=True)
class AsWritten:
    """A formula as it is written, before the kinds of its letters are known."""

    text: str
    nodes: list[SyntaxNode]
    indices: Sequence[Over]
    declarations: Declarations
    mentioned: Sequence[str]
    draft: Lexing

    @property
    def known(self) -> set[str]:
        """The letters whose kinds are said."""
        return {*self.declarations.variables, *self.mentioned, *self.draft.hints}

    def resolved(self, kinds: Mapping[str, str] = MappingProxyType({})) -> Fit:
        """The formula with these kinds of letters, with entries such as x[i] understood in the one way that fits; and how doubtful it is.

        Doubtful are scalars that are added to every entry, and letters that are read against their kind.
        """
        hints, capitals = {**self.draft.hints, **kinds}, self.draft.capitals
        found: list[Fit] = []
        wrong: ShapeError | None = None
        for way in resolve(list(self.nodes), self.declarations, self.indices, self.mentioned, hints, capitals):
            try:
                inferred = Inference(self.text, way.nodes, way.declarations, self.mentioned, hints)
                doubts = len(inferred.broadcasts) + len(inferred.kinds.bent)
                found.append((build(self.text, way, inferred), doubts))
            except ShapeError as error:
                wrong = wrong or error
            if len(found) > 1:
                name = way.tried[0]
                hint = say(
                    r"write {name}[i,:]' or {name}[:,i]; in LaTeX {name}_{{i,:}}^\top or {name}_{{:,i}}", name=name
                )
                raise ParseError(
                    say("{name} with an index can be a row or a column: both fit", name=name), span=way.place, hint=hint
                )
        if not found:
            assert wrong is not None
            raise wrong
        return found[0]


def with_letters(written: AsWritten, found: Fit) -> Fit:
    """The formula with letters as numbers or arrays where that is what it means; it is always said."""
    draft = written.draft
    parsed, doubts = found
    typed = draft.capitals or not draft.tree
    if typed and parsed.expr.type.kind != "s" and (doubts or (written.indices and may_be_scalars(parsed))):
        found = as_scalar(written, found)
    if draft.tree:
        found = with_offset(written, found)
    if draft.tree and found[0].expr.type.kind != "s":
        found = as_scalar(written, found, [n for n in found[0].symbols if COUNT.fullmatch(n)])
    if draft.capitals and found[0].expr.type.kind != "s":
        found = by_letters(written, found)
    if draft.capitals and found[0].expr.type.kind == "s":
        found = as_arrays(written, found)
    return found


def as_scalar(written: AsWritten, found: Fit, names: Collection[str] | None = None) -> Fit:
    """The reading with one letter as a scalar instead of a vector, where that makes a doubtful formula a scalar without doubt: log(1 + exp(-y w'x)).

    `names`: the letters that may be one; all, where None.
    """
    declared, hinted = {*written.declarations.variables}, {*written.draft.hints}
    means = may_be_scalars(found[0]) if written.indices else []
    known = written.known - {*means} | declared
    if written.indices and found[1]:  # \sum_i x_i \log p + (1 - x_i) \log(1 - p), by p
        known -= {*written.mentioned} - declared
    accented = [
        n
        for n, s in found[0].symbols.items()
        if n.endswith(("_bar", "_hat")) and s.type.kind in "sv" and n not in declared | hinted
    ]
    for name, s in found[0].symbols.items():
        if s.type.kind != "v" or name in known or (names is not None and name not in names):
            continue
        try:
            other, doubts = written.resolved({**(dict.fromkeys(accented, "s") if name in accented else {}), name: "s"})
        except GradproofError:
            continue
        now = other.symbols.get(name)  # it may be the letter of rows by now
        if not doubts and other.expr.type.kind == "s" and now is not None and now.type.kind == "s":
            return replace(other, notes=(*other.notes, note("kind-by-scalar", name=name))), doubts
    return found


# letters of counts, masses, orders: n, m, k, p, T, n_k; and words: MSE
_NUMBERS = pattern(r"(?:[i-tNMTK]|[nN]um)(?:_?\w{1,3})?|[A-Z]{2,}")


def by_letters(written: AsWritten, found: Fit) -> Fit:
    r"""The reading with letters of counts as scalars, (n-p-1)/2 \ln|X|, or with those that a scalar is added to, \gamma x^\top y + r.

    Only where the formula is a scalar then without doubt, and has an array still, or a letter that is a number by its use.
    """
    symbols = {n: s for n, s in found[0].symbols.items() if n not in written.known and s.type.kind in "vm"}
    open_ = [n for n, s in symbols.items() if letter_kind(n) == s.type.kind]
    counts = [n for n in open_ if _NUMBERS.fullmatch(n)]
    added = any(_added(e) for e in walk(found[0].expr)) or len(open_) < len(symbols)
    numbers = any(s.type.kind == "s" and letter_kind(n) == "v" for n, s in found[0].symbols.items())
    vectors = [n for n in open_ if letter_kind(n) == "v"] if added or numbers else []
    for names in (counts, *([n] for n in vectors), vectors):
        try:
            other, doubts = written.resolved(dict.fromkeys(names, "s"))
        except GradproofError:
            continue
        now = {n: s.type.kind for n, s in other.symbols.items()}
        bent = [n for n in names if now.get(n) == "s"]
        array = not doubts and any(kind in "vm" for kind in now.values())
        # x^2 y + y of numbers: one of them is a number by its use already
        alike = doubts <= found[1] and numbers and all(kind == "s" for kind in now.values())
        if bent and other.expr.type.kind == "s" and (array or alike):
            return replace(other, notes=(*other.notes, *(note("kind-by-scalar", name=n) for n in bent))), doubts
    return found


def as_arrays(written: AsWritten, found: Fit) -> Fit:
    r"""The reading with letters between which \odot stands as vectors: \mu + \sigma \odot \epsilon, of which no letter says so. Numbers have no entries."""
    products = [e for e in walk(found[0].expr) if isinstance(e, Call) and e.op in (basic.HADAMARD, basic.ELDIV)]
    between = [s for e in products for a in e.args for s in a.variables if all(b.type.kind == "s" for b in e.args)]
    known = {*written.declarations.variables, *written.draft.hints}
    names = [s.name for s in between if s.name not in known]
    if not names:
        return found
    try:
        other, doubts = written.resolved(dict.fromkeys(names, "v"))
    except GradproofError:
        return found
    vectors = [n for n in dict.fromkeys(names) if other.symbols[n].type.kind == "v"]
    if not vectors or doubts:
        return found
    said = [note("kind-vector", name=n) for n in vectors]
    again = {note("kind-by-letter", name=n).text for n in vectors}
    return replace(other, notes=(*said, *(n for n in other.notes if n.text not in again))), doubts


_OFFSET = pattern(r"b|bias|intercept|b0|b_0|beta0|beta_0")
_DATA = pattern(r"X(?:_?\w+)?|features|inputs|data")


def with_offset(written: AsWritten, found: Fit) -> Fit:
    """X @ w + b of NumPy source with b as one number: the offset of a linear model."""
    declarations = written.declarations
    for e in walk(found[0].expr):
        if not (isinstance(e, Call) and e.op is basic.ADD and len(e.args) == 2):
            continue
        (a, b), named = e.args, [s for s in e.args if isinstance(s, Symbol) and _OFFSET.fullmatch(s.name)]
        other = a if named and named[0] is b else b
        model = isinstance(other, Call) and other.op is basic.MUL and isinstance(other.args[0], Symbol)
        if not (named and model and named[0].type.kind == "v" and named[0].name not in declarations.variables):
            continue
        first, second = other.args[0], other.args[-1]
        if isinstance(first, Symbol) and _DATA.fullmatch(first.name) and second.type.kind == "v":
            name = named[0].name
            number = replace(declarations, variables={**declarations.variables, name: Declared("s", (), frozenset())})
            try:
                other, _ = replace(written, declarations=number).resolved()
            except GradproofError:
                continue
            said = note("numpy-offset", found[0].spans.get(named[0]), name=name)
            return replace(other, notes=(*other.notes, said)), found[1]
    return found


def _added(e: Expr) -> bool:
    """Whether this adds a number that is none of digits alone, times ones, to an array."""
    if not isinstance(e, Call) or e.op not in (basic.ADD, basic.SUB):
        return False
    return any(isinstance(a, Call) and a.op is basic.MUL and _filled(a) and a.args[0].variables for a in e.args)


def _filled(e: Call) -> bool:
    last = e.args[-1]
    return e.args[0].type.kind == "s" and isinstance(last, Call) and not last.args and not last.variables
