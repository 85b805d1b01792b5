"""A tensor in index notation: D[i,j] = sum(k: 2*A[k,i]*A[k,j]). Every tensor has one, whatever its order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import chain, count, islice

from gradproof.engine.tensor import (
    Apply,
    Contraction,
    Factor,
    Length,
    Stacking,
    Sum,
    Tensor,
    Unknown,
    Variable,
    walk_tensor,
)
from gradproof.lift.graph import NoMatrixForm
from gradproof.lift.lifter import Lifter
from gradproof.notation.decimals import decimal, decimal_point
from gradproof.notation.expr import Expr, substitute, symbol
from gradproof.records import dataclass, field
from gradproof.render import ascii, latex, unicode
from gradproof.shapes.shape import SCALAR

LONG = 4000  # characters from which on shared parts have names
SHORT = 6  # a part with fewer nodes is written out
LETTERS = "ijklpqrstuvwabcdefgh"


@dataclass(frozen=True)
class IndexStyle:
    """How index notation is written in one format."""

    formula: Callable[[Expr], str]
    at: str  # an entry: the name, the indices
    comma: str
    times: str
    over: str  # a quotient: above, below
    total: str  # a sum: the indices, the body
    call: str  # a function of an entry: the name, the argument
    delta: str
    root: str
    power: str


SPELLINGS = {
    "ascii": IndexStyle(
        ascii, "{0}[{1}]", ",", "*", "{0}/{1}", "sum({0}: {1})", "{0}({1})", "delta", "sqrt({0})", "{0}^{1}"
    ),
    "unicode": IndexStyle(
        unicode, "{0}[{1}]", ",", " ", "{0}/{1}", "Σ_{{{0}}} {1}", "{0}({1})", "δ", "√({0})", "{0}^{1}"
    ),
    "latex": IndexStyle(
        latex,
        "{0}_{{{1}}}",
        ",",
        " ",
        r"\frac{{{0}}}{{{1}}}",
        r"\sum_{{{0}}} {1}",
        r"\operatorname{{{0}}}\left({1}\right)",
        r"\delta",
        r"\sqrt{{{0}}}",
        "{0}^{{{1}}}",
    ),
}


@dataclass(frozen=True)
class IndexForm:
    """A result in index notation; `delta[i,j]` is 1 where i = j, else 0."""

    tensor: Tensor
    lifter: Lifter

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The indices of the result, in the order of its axes."""
        return tuple(islice(self._letters(), self.tensor.order))

    def _letters(self) -> Iterator[str]:
        """Names of indices that no variable has."""
        return (x for x in chain(LETTERS, (f"i{k}" for k in count(len(LETTERS)))) if x not in self._taken)

    @cached_property
    def _taken(self) -> frozenset[str]:
        return frozenset(t.name for t in walk_tensor(self.tensor) if isinstance(t, Variable))

    def text(self, style: str) -> str:
        """The entry of the derivative, `D[i,j] = …`, in one of the formats "ascii", "unicode", "latex"."""
        writer = _Writer(SPELLINGS[style], self.lifter, self._letters, self._further())
        whole = f"{writer.entry_of('D', self.names)} = {writer.entry(self.tensor, self.names)}"
        return whole if len(whole) <= LONG else self._in_parts(style)

    def _further(self) -> Iterator[str]:
        return islice(self._letters(), self.tensor.order, None)

    def _in_parts(self, style: str) -> str:
        """The same with a name for each part that stands in several places: D[i] = … where t1 = …, t2[i,j] = …"""
        names = (f"t{k}" for k in count(1) if f"t{k}" not in self.lifter.style.positions)
        writer = _Writer(
            SPELLINGS[style],
            self.lifter,
            self._letters,
            self._further(),
            dict(zip(_shared(self.tensor), names, strict=False)),
        )
        whole = f"{writer.entry_of('D', self.names)} = {writer.entry(self.tensor, self.names)}"
        return f"{whole} where {', '.join(writer.definitions)}" if writer.definitions else whole

    @property
    def ascii(self) -> str:
        return self.text("ascii")

    @property
    def unicode(self) -> str:
        return self.text("unicode")

    @property
    def latex(self) -> str:
        return self.text("latex")

    def __str__(self) -> str:
        return self.ascii


def _shared(root: Tensor) -> list[Tensor]:
    """The parts that stand in several places and are not short, parts of parts first."""
    uses: Counter[Tensor] = Counter()
    weight: dict[Tensor, int] = {}
    for t in walk_tensor(root):
        uses.update(t.children)
        weight[t] = 1 + sum(weight[c] for c in t.children)
    return [t for t in weight if uses[t] > 1 and weight[t] >= SHORT and t is not root]


@dataclass
class _Writer:
    """`named`: parts that are written by a name; `definitions`: what they are, in the order in which they are met."""

    spelling: IndexStyle
    lifter: Lifter
    letters: Callable[[], Iterator[str]]
    fresh: Iterator[str]
    named: dict[Tensor, str] = field(default_factory=dict)
    definitions: list[str] = field(default_factory=list)
    symbols: dict[Expr, Expr] = field(default_factory=dict)
    defined: set[Tensor] = field(default_factory=set)

    def entry_of(self, text: str, names: Sequence[str]) -> str:
        return self.spelling.at.format(text, self.spelling.comma.join(names)) if names else text

    def entry(self, t: Tensor, names: Sequence[str]) -> str:
        """One entry of a tensor, at these indices."""
        match t:
            case Sum(terms=terms):
                return _join([self._product(c, b, names) for c, b in terms]) if terms else "0"
            case Contraction():
                return _join([self._product(Fraction(1), t, names)])
        return self._atom(t, names)

    def _product(self, c: Fraction, t: Tensor, names: Sequence[str]) -> tuple[bool, str]:
        """A multiple of a tensor: whether it is negative, and the text without the sign."""
        if not isinstance(t, Contraction):
            return c < 0, self._quotient(abs(c), [self._atom(t, names)], [])
        c *= t.coefficient
        index: dict[int, str] = {}
        deltas = []
        for i, name in zip(t.out, names, strict=True):
            if i in index:
                deltas.append(self.entry_of(self.spelling.delta, (index[i], name)))
            else:
                index[i] = name
        summed = [i for i in range(len(t.dims)) if i not in index]
        found = [f for f in t.factors if isinstance(f[0], Stacking) and f[1][0] not in t.out]
        stackings = list({f[1][0]: f for f in reversed(found)}.values())  # a second one of the same whole is a delta
        wholes = {f[1][0]: f[1][1:] for f in stackings}
        summed = [i for i in summed if i not in wholes]
        index.update((i, next(self.fresh)) for i in summed)
        for i in wholes:
            index[i] = _pair(i, wholes, index)
        ordered = sorted((f for f in t.factors if f not in stackings), key=self._place)
        top = [self._power(f, index) for f in ordered if f[2] > 0]
        bottom = [self._power(f, index) for f in ordered if f[2] < 0]
        body = self._quotient(abs(c), [*top, *deltas], bottom)
        return c < 0, self.spelling.total.format(
            self.spelling.comma.join(index[i] for i in summed), body
        ) if summed else body

    def _place(self, f: Factor) -> tuple[int, tuple[int, ...]]:
        """Scalars first, then by the places of the names in the input."""
        try:
            return len(f[1]) > 0, self.lifter.style.place(self.lifter.lift(f[0]))
        except NoMatrixForm:
            return 2, ()

    def _power(self, f: Factor, index: dict[int, str]) -> str:
        t, indices, e = f
        text, e = self._atom(t, [index[i] for i in indices]), abs(e)
        if e == 1:
            return text
        if e == Fraction(1, 2):
            return self.spelling.root.format(_bare(text))
        return self.spelling.power.format(text, e if isinstance(e, int) else f"({e})")

    def _quotient(self, c: Fraction, top: list[str], bottom: list[str]) -> str:
        point = decimal_point(c)
        if c.numerator != 1 or point or not top:
            top = [point or decimal(Fraction(c.numerator)), *top]
        if c.denominator != 1 and not point:
            bottom = [decimal(Fraction(c.denominator)), *bottom]
        above = self.spelling.times.join(top)
        if not bottom:
            return above
        below = self.spelling.times.join(bottom)
        bracket = len(bottom) > 1 and "frac" not in self.spelling.over
        return self.spelling.over.format(above, f"({below})" if bracket else below)

    def _define(self, t: Tensor) -> str:
        """The name of a part, which is defined where it is first used: as a matrix where it is one, else entry by entry."""
        name = self.named.pop(t)
        own = list(islice(self.letters(), t.order))
        e = self.lifter.memo.get(t)
        symbol_ = symbol(name, e.type if e is not None else SCALAR)
        shown = self.spelling.formula(symbol_)
        if e is not None:
            text = f"{shown} = {self._text(t)}"
            self.symbols[e] = symbol_
        else:
            text = f"{self.entry_of(shown, own)} = {self.entry(t, own)}"
        self.named[t] = shown
        self.defined.add(t)
        self.definitions.append(text)
        return shown

    def _atom(self, t: Tensor, names: Sequence[str]) -> str:
        """An entry of something that is not multiplied out: X[i,j], inv(X)[i,j], exp(x[i]), Df(X)[i,j,k]."""
        if t in self.named:
            shown = self.named[t] if t in self.defined else self._define(t)
            return self.entry_of(shown if shown.isidentifier() or not names else f"({shown})", names)
        match t:
            case Variable(name=name):
                return self.entry_of(self._text(t) if t.order < 3 else name, names)
            case Apply(op=op) if op.elementwise and names:
                return self._entrywise(t, names)
            case Apply() if t.order > 2:
                return self._along(t, names)
            case Length(dim=d):
                return str(d) if d.name else f"({d})"
            case Stacking():
                return self.entry_of(self.spelling.delta, (names[0], f"({','.join(names[1:])})"))
            case Unknown(function=function, partials=partials, args=args) if function.entrywise:
                inner = ", ".join(self.entry(a, names if a.order else ()) for a in args)
                return f"{function.spelling(partials)}({inner})"
            case Unknown(function=function, partials=partials, args=args) if t.order > 2:
                return self.entry_of(f"{function.spelling(partials)}({', '.join(self._text(a) for a in args)})", names)
            case Apply(op=op) if op.place:
                return self.entry_of(self.spelling.delta, (*names, str(op.place)))
        try:
            text = self._text(t)
        except NoMatrixForm:
            if isinstance(t, Apply):
                return self._entrywise(t, names) if t.op.elementwise else self._along(t, names)
            return f"({self.entry(t, names)})"
        return self.entry_of(text if _called(text) or isinstance(t, Apply | Unknown) else f"({text})", names)

    def _entrywise(self, t: Apply, names: Sequence[str]) -> str:
        """An operation entry by entry, of the entries of its arguments."""
        inner = [self.entry(a, names) for a in t.args]
        if len(inner) == 2:
            return self.spelling.power.format(f"({inner[0]})", f"({inner[1]})")
        return self.spelling.call.format(t.op.name, inner[0])

    def _along(self, t: Apply, names: Sequence[str]) -> str:
        """A node with directions that have further axes: each is a matrix for given indices, dexpm(X, [p,q: delta[p,k]*delta[q,l]])[i,j]."""
        texts, at = [], 2
        for a in t.args:
            if a.order < 3:
                try:
                    texts.append(self._text(a))
                    continue
                except NoMatrixForm:
                    pass
            own = [next(self.fresh) for _ in range(min(a.order, 2))]
            more = max(a.order - 2, 0)
            inner = self.entry(a, [*own, *names[at : at + more]])
            texts.append(f"[{self.spelling.comma.join(own)}: {inner}]" if own else inner)
            at += more
        return self.entry_of(f"{t.op.name}({', '.join(texts)})", names[:2])

    def _text(self, t: Tensor) -> str:
        e = self.lifter.lift(t)
        if not self.named:
            return self.spelling.formula(e)
        for part in walk_tensor(t):  # parts of parts first
            if (
                part in self.named
                and part is not t
                and part not in self.defined
                and self.lifter.memo.get(part) is not None
            ):
                self._define(part)
        return self.spelling.formula(substitute(e, self.symbols))


def _join(parts: list[tuple[bool, str]]) -> str:
    text = ""
    for negative, part in sorted(parts, key=lambda p: p[0]):
        text += (" - " if negative else " + ") + part if text else ("-" if negative else "") + part
    return text


def _bare(text: str) -> str:
    return text[1:-1] if text.startswith("(") and _called("f" + text) else text


def _called(text: str) -> bool:
    """Whether a text is one name or call, so that it needs no brackets: tr(X), norm2(A*x - b)."""
    name, _, rest = text.partition("(")
    depth = 1
    for k, ch in enumerate(rest):
        depth += (ch == "(") - (ch == ")")
        if not depth:
            return name.isidentifier() and k == len(rest) - 1
    return not rest and name.isidentifier()


def _pair(i: int, wholes: Mapping[int, Sequence[int]], index: Mapping[int, str]) -> str:
    """The name of an index that is made of several: A[k,(i,j)], i slow, j fast."""
    return index[i] if i in index else f"({','.join(_pair(p, wholes, index) for p in wholes[i])})"
