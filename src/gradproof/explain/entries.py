"""By entries: the formula as a sum of products of entries, the derivative by one entry of the variable, and the matrix put together again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from gradproof.engine.contract import add, contract
from gradproof.engine.declared import declared
from gradproof.engine.lower import lower
from gradproof.engine.operand import joined
from gradproof.engine.tensor import Factor as Taken
from gradproof.engine.tensor import Tensor
from gradproof.explain.atoms import (
    ADD,
    DIAG,
    DIV,
    ELDIV,
    ELPOW,
    EYE,
    HADAMARD,
    MUL,
    NEG,
    ONES,
    POW,
    SUB,
    TRANSPOSE,
    ZEROS,
)
from gradproof.explain.context import Context, slope_texts
from gradproof.explain.rules import TextbookRule
from gradproof.explain.steps import DERIVATIVE, EQUALITY, NoDerivation, Step, derivative_shape, hole
from gradproof.lift.graph import NoMatrixForm
from gradproof.lift.input_order import reading_order
from gradproof.lift.lifter import lift
from gradproof.notation.expr import Applied, Call, Expr, Number, Symbol, call, number, symbol, walk
from gradproof.ops import Operation, basic
from gradproof.records import dataclass, field, replace
from gradproof.say import say
from gradproof.shapes.dims import Dim
from gradproof.shapes.shape import Shape

MOST_TERMS, MOST_NODES = 24, 60
Index = int
Indices = tuple[Index, ...]


@dataclass(frozen=True)
class Element:
    """One entry of a formula; without a formula, a delta: 1 where both indices are equal."""

    of: Expr | None
    at: Indices


@dataclass(frozen=True)
class Slope(Element):
    """One entry of the derivative of a declared function by its argument at position `by`: first the indices of the argument, then of the value."""

    by: int = 0


@dataclass(frozen=True)
class SummedEntries:
    """A number times entries, summed over every index that is not free."""

    coefficient: Fraction = Fraction(1)
    entries: tuple[Element, ...] = ()


@dataclass(frozen=True)
class IndexSum:
    """A sum of products of entries. `free`: the indices that are not summed; `names`: how all of them are called."""

    terms: tuple[SummedEntries, ...]
    free: Indices
    names: Mapping[Index, str] = field(default_factory=dict, compare=False)


LETTERS = "ijklrstuvaeh"


def derive_by_entries(expr: Expr, wrt: Symbol, rules: Mapping[str, TextbookRule] | None = None) -> Step:
    """The proof tree of ∂expr/∂wrt by entries. Raises NoDerivation."""
    return _Entries(expr, wrt, rules).step(expr)


class _Entries:
    def __init__(self, root: Expr, x: Symbol, rules: Mapping[str, TextbookRule] | None):
        self.context, self.x = Context(root, (x,), rules), x
        if sum(1 for _ in walk(root)) > MOST_NODES:
            raise NoDerivation(say("a formula of this length by entries"))
        self.shape = derivative_shape(root.type, x.type)  # refuses more than two axes
        self.dims: dict[Index, Dim] = {}
        self.positions = reading_order(root)

    def fresh(self, d: Dim) -> Index:
        self.dims[len(self.dims)] = d
        return len(self.dims) - 1

    def step(self, e: Expr) -> Step:
        """Written out, differentiated, collected."""
        value = tuple(self.fresh(d) for d in e.type.dims)
        written = self.entry(e, value)
        whole = len(written) == 1 and [x.of for x in written[0].entries] == [e]  # nothing is to be written out
        place = tuple(self.fresh(d) for d in self.x.type.dims)
        derived = [t for term in written for t in self.derivative(term, place)]
        free = place + value
        clean = [self.without_deltas(t, free) for t in derived]
        met = dict.fromkeys([*value, *(i for t in written for x in t.entries for i in x.at), *place, *self.dims])
        names = {i: LETTERS[k] if k < len(LETTERS) else f"i{k}" for k, i in enumerate(met)}
        again = self.read(written, value, e.type)
        wrt = (self.x,)
        first = Step(
            "entries-write", EQUALITY, e, wrt, again, again, again, shown=(IndexSum(tuple(written), value, names),)
        )
        shown = (IndexSum(tuple(derived), free, names), IndexSum(tuple(clean), free, names))
        shown = shown[:1] if shown[0] == shown[1] else shown
        functions = any(isinstance(x, Slope) for t in derived for x in t.entries)
        rule = "chain-entries" if functions else "entries-differentiate"
        try:
            result = self.read(clean, free, self.shape)
        except NoDerivation:
            if not functions:
                raise
            tensor = add([(1, t) for t in self._tensors(clean, free)], tuple(self.dims[i] for i in free))
            name = symbol(next(x for x in ("D", "D_f", "D_g") if x not in {s.name for s in e.variables}), self.shape)
            last = Step(rule, DERIVATIVE, e, wrt, name, name, name, shown=shown, tensor=tensor)
            return last if whole else replace(last, children=(first,))
        second = Step(rule, DERIVATIVE, e, wrt, result, result, result, shown=shown)
        return Step(
            "entries-collect",
            DERIVATIVE,
            e,
            wrt,
            hole(1, result.type),
            result,
            self.context.tidy(result),
            {},
            (first, second),
        )

    # -- writing out

    def entry(self, e: Expr, at: Indices) -> list[SummedEntries]:
        """One entry of a formula as a sum of products of entries."""
        if isinstance(e, Number):
            return [SummedEntries(e.value)]
        if isinstance(e, Call):
            found = WRITERS.get(e.op)
            if found is not None:
                terms = found(self, e, at)
                if terms is not None:
                    if len(terms) > MOST_TERMS:
                        raise NoDerivation(say("a formula with so many products by entries"))
                    return terms
            if self.context.varies(e) and (not slope_texts(e.op) or any(map(self.context.varies, e.args[1:]))):
                raise NoDerivation(say("{op} by entries", op=e.op.name))
        elif isinstance(e, Applied) and self.context.varies(e) and (e.partials or e.function.entrywise):
            raise NoDerivation(say("a function that is not specified by entries"))
        return [SummedEntries(entries=(Element(e, at if e.type.dims else ()),))]

    def times(self, a: Sequence[SummedEntries], b: Sequence[SummedEntries]) -> list[SummedEntries]:
        return [SummedEntries(s.coefficient * t.coefficient, s.entries + t.entries) for s in a for t in b]

    # -- differentiating

    def derivative(self, term: SummedEntries, place: Indices) -> list[SummedEntries]:
        """The product rule on the entries."""
        found = []
        for k, entry in enumerate(term.entries):
            rest = term.entries[:k], term.entries[k + 1 :]
            for inner in self._of_entry(entry, place):
                found.append(SummedEntries(term.coefficient * inner.coefficient, (*rest[0], *inner.entries, *rest[1])))
        return found

    def _of_entry(self, entry: Element, place: Indices) -> list[SummedEntries]:
        e = entry.of
        if e is None or not self.context.varies(e):
            return []
        if e is self.x:
            return [SummedEntries(entries=tuple(Element(None, (i, k)) for i, k in zip(entry.at, place, strict=True)))]
        if isinstance(e, Applied):
            return self._of_function(e, entry.at, place)
        assert isinstance(e, Call)
        slope = self.context.slopes(e)[0]
        outer = (
            SummedEntries(slope.value)
            if isinstance(slope, Number)
            else SummedEntries(entries=(Element(slope, entry.at if slope.type.dims else ()),))
        )
        inner = [t for term in self.entry(e.args[0], entry.at) for t in self.derivative(term, place)]
        return self.times([outer], inner)

    def _of_function(self, e: Applied, at: Indices, place: Indices) -> list[SummedEntries]:
        """Every entry of every argument moves it."""
        found = []
        for k, a in enumerate(e.args):
            inner = tuple(self.fresh(d) for d in a.type.dims)
            moved = [t for term in self.entry(a, inner) for t in self.derivative(term, place)]
            found += self.times([SummedEntries(entries=(Slope(e, inner + at, k),))], moved)
        return found

    def without_deltas(self, term: SummedEntries, free: Indices) -> SummedEntries:
        """Each delta with a summed index removes that index."""
        entries = list(term.entries)
        for _ in [x for x in entries if x.of is None]:
            now = next((x for x in entries if x.of is None and (set(x.at) - set(free))), None)
            if now is None:
                break
            gone = next(i for i in now.at if i not in free)
            kept = now.at[0] if now.at[1] == gone else now.at[1]
            entries.remove(now)
            entries = [replace(x, at=tuple(kept if i == gone else i for i in x.at)) for x in entries]
        return SummedEntries(term.coefficient, tuple(entries))

    # -- reading sums of products as formulas

    def read(self, terms: Sequence[SummedEntries], free: Indices, shape: Shape) -> Expr:
        """The formula whose entries these are, term by term. Raises NoDerivation."""
        try:
            parts = [lift(t, self.positions) for t in self._tensors(terms, free)]
        except NoMatrixForm:
            raise NoDerivation(say("this formula by entries")) from None
        if not parts:
            return self.context.tidier.add(
                [(Fraction(1), lift(contract(0, (), free, {i: self.dims[i] for i in free})))]
            )
        whole = parts[0]
        for p in parts[1:]:
            whole = call(ADD, whole, p)
        return call(TRANSPOSE, whole) if shape.kind == "r" else whole

    def _tensors(self, terms: Sequence[SummedEntries], free: Indices) -> list[Tensor]:
        dims = {i: self.dims[i] for i in free}
        return [contract(t.coefficient, self._taken(t), free, dims) for t in terms]

    def _taken(self, t: SummedEntries) -> list[Taken]:
        found: list[Taken] = []
        for x in t.entries:
            d = {0: self.dims[x.at[0]]} if x.of is None else {}
            if isinstance(x, Slope) and isinstance(x.of, Applied):
                values = tuple(joined(lower(a)).tensor for a in x.of.args)
                found.append((declared(x.of.function, (x.by,), values), x.at, 1))
                continue
            found.append((contract(1, (), (0, 0), d) if x.of is None else joined(lower(x.of)).tensor, x.at, 1))
        return found


# -- one operation each: its entry in those of its arguments, or None for an entry of its own


def _add(m: _Entries, e: Call, at: Indices) -> list[SummedEntries]:
    found = []
    for k, a in enumerate(e.args):
        sign = -1 if e.op is NEG or (k and e.op is SUB) else 1
        spread = (
            () if a.type.dims or not at else (Element(call(ONES, params=e.type.dims), at),)
        )  # a scalar stands in every entry
        found += [
            SummedEntries(sign * t.coefficient, t.entries + spread) for t in m.entry(a, at if a.type.dims else ())
        ]
    return found


def _transpose(m: _Entries, e: Call, at: Indices) -> list[SummedEntries]:
    return m.entry(e.args[0], at[::-1])


def _multiply(m: _Entries, e: Call, at: Indices) -> list[SummedEntries]:
    a, b = e.args
    if "s" in (a.type.kind, b.type.kind):
        return m.times(m.entry(a, at if a.type.dims else ()), m.entry(b, at if b.type.dims else ()))
    if a.type.kind == "v":  # an outer product
        return m.times(m.entry(a, at[:1]), m.entry(b, at[1:]))
    j = m.fresh(b.type.dims[0])
    rows = 1 if a.type.kind == "m" else 0
    return m.times(m.entry(a, (*at[:rows], j)), m.entry(b, (j, *at[rows:])))


def _entrywise(m: _Entries, e: Call, at: Indices) -> list[SummedEntries]:
    a, b = (m.entry(x, at if x.type.dims else ()) for x in e.args)
    return m.times(a, b)


def _divide(m: _Entries, e: Call, at: Indices) -> list[SummedEntries] | None:
    a, b = e.args
    if m.context.varies(b) and a.type.dims == () == b.type.dims:
        return None  # an entry of its own is not enough: it has no slope in the table
    if m.context.varies(b):
        raise NoDerivation(say("a varying divisor by entries"))
    if isinstance(b, Number):
        return [SummedEntries(t.coefficient / b.value, t.entries) for t in m.entry(a, at)]
    below = call(DIV if not b.type.dims else ELDIV, number(1), b)
    return m.times(
        m.entry(a, at if a.type.dims else ()), [SummedEntries(entries=(Element(below, at if b.type.dims else ()),))]
    )


def _power(m: _Entries, e: Call, at: Indices) -> list[SummedEntries] | None:
    base, exponent = e.args
    times = int(exponent.value) if isinstance(exponent, Number) and exponent.value in (2, 3) else 0
    if isinstance(base, Call) and base.op is NORM2 and times == 2:
        inner = tuple(m.fresh(d) for d in base.args[0].type.dims)
        return m.times(m.entry(base.args[0], inner), m.entry(base.args[0], inner))
    if not times:
        return None
    if e.op is POW and base.type.kind == "m":
        product = base
        for _ in range(times - 1):
            product = call(MUL, product, base)
        return m.entry(product, at)
    found = m.entry(base, at)
    for _ in range(times - 1):
        found = m.times(found, m.entry(base, at))
    return found


def _trace(m: _Entries, e: Call, at: Indices) -> list[SummedEntries]:
    if not e.args[0].type.dims:
        return m.entry(e.args[0], ())
    i = m.fresh(e.args[0].type.dims[0])
    return m.entry(e.args[0], (i, i))


def _total(m: _Entries, e: Call, at: Indices) -> list[SummedEntries]:
    return m.entry(e.args[0], tuple(m.fresh(d) for d in e.args[0].type.dims))


def _diagonal(m: _Entries, e: Call, at: Indices) -> list[SummedEntries]:
    if e.type.kind == "m":
        return m.times([SummedEntries(entries=(Element(None, at),))], m.entry(e.args[0], at[:1]))
    return m.entry(e.args[0], (at[0], at[0]))


Writer = Callable[[_Entries, Call, Indices], "list[SummedEntries] | None"]
NORM2 = basic.NORM2
WRITERS: dict[Operation, Writer] = {
    ADD: _add, SUB: _add, NEG: _add, TRANSPOSE: _transpose, MUL: _multiply, HADAMARD: _entrywise, DIV: _divide, ELDIV: _divide,
    POW: _power, ELPOW: _power, basic.TR: _trace, basic.SUM: _total, DIAG: _diagonal,
    EYE: lambda m, e, at: [SummedEntries(entries=(Element(None, at),))], ZEROS: lambda m, e, at: [],
}  # fmt: skip
