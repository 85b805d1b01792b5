"""A tensor in index notation: D[i,j] = sum(k: 2*A[k,i]*A[k,j]). Every tensor has one, whatever its order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count

from gradproof.graph import NoMatrixForm
from gradproof.lift import Lifter
from gradproof.pretty import Term, formula
from gradproof.tensor import Apply, Contraction, Exponent, Length, Sum, Tensor, Unknown, Variable

LETTERS = "ijklpqrstuvwabcdefgh"

Name = Callable[[int], str]


@dataclass(frozen=True)
class IndexForm:
    """A result in index notation: the entry at `names` is `body`."""

    names: tuple[str, ...]
    body: str

    @property
    def ascii(self) -> str:
        return f"D[{','.join(self.names)}] = {self.body}" if self.names else f"D = {self.body}"

    @property
    def unicode(self) -> str:
        return self.ascii

    @property
    def latex(self) -> str:
        return r"\mathtt{" + self.ascii.replace("_", r"\_").replace("^", r"\^{}") + "}"

    def __str__(self) -> str:
        return self.ascii


def notation(t: Tensor, lifter: Lifter) -> IndexForm:
    """The entries of a tensor as a formula in the entries of its parts; `delta[i,j]` is 1 where i = j, else 0."""
    names = _names(t.order)
    return IndexForm(names, _entry(t, names, _Fresh(t.order), lifter))


class _Fresh:
    """Names of indices that were not used yet."""

    def __init__(self, used: int):
        self.counter = count(used)

    def __call__(self) -> str:
        k = next(self.counter)
        return LETTERS[k] if k < len(LETTERS) else f"i{k}"


def _names(n: int) -> tuple[str, ...]:
    return tuple(LETTERS[k] if k < len(LETTERS) else f"i{k}" for k in range(n))


def _entry(t: Tensor, names: Sequence[str], fresh: _Fresh, lifter: Lifter) -> str:
    """One entry of a tensor, at these indices."""
    match t:
        case Sum(terms=terms):
            return _join([_product(c, b, names, fresh, lifter) for c, b in terms]) if terms else "0"
        case Contraction():
            return _join([_product(Fraction(1), t, names, fresh, lifter)])
    return _atom(t, names, fresh, lifter)


def _join(parts: list[tuple[bool, str]]) -> str:
    text = ""
    for negative, part in sorted(parts, key=lambda p: p[0]):
        text += (" - " if negative else " + ") + part if text else ("-" if negative else "") + part
    return text


def _product(c: Fraction, t: Tensor, names: Sequence[str], fresh: _Fresh, lifter: Lifter) -> tuple[bool, str]:
    """A multiple of a tensor: whether it is negative, and the text without the sign."""
    if not isinstance(t, Contraction):
        number_ = formula(Term(abs(c))).ascii if abs(c) != 1 else ""
        entry = _entry(t, names, fresh, lifter)
        return c < 0, "*".join(x for x in (number_, f"({entry})" if isinstance(t, Sum) and number_ else entry) if x)
    c *= t.coefficient
    index: dict[int, str] = {}
    deltas = []
    for i, name in zip(t.out, names, strict=True):
        if i in index:
            deltas.append(f"delta[{index[i]},{name}]")
        else:
            index[i] = name
    summed = [i for i in range(len(t.dims)) if i not in index]
    index.update((i, fresh()) for i in summed)
    top, bottom = [], []
    for f, indices, e in t.factors:
        text = _atom(f, [index[i] for i in indices], fresh, lifter)
        (top if e > 0 else bottom).append(_raised(text, abs(e)))
    body = _quotient(abs(c), [*top, *deltas], bottom)
    return c < 0, f"sum({', '.join(index[i] for i in summed)}: {body})" if summed else body


def _quotient(c: Fraction, top: list[str], bottom: list[str]) -> str:
    if c.numerator != 1 or not top:
        top = [str(c.numerator) if c.denominator <= 1000 else repr(float(c)), *top]
    if c.denominator != 1 and c.denominator <= 1000:
        bottom = [*bottom, str(c.denominator)]
    below = bottom[0] if len(bottom) == 1 else f"({'*'.join(bottom)})"
    return "*".join(top) + (f"/{below}" if bottom else "")


def _raised(text: str, e: Exponent) -> str:
    if e == 1:
        return text
    return f"sqrt({text.removeprefix('(').removesuffix(')') if text.startswith('(') else text})" if e == Fraction(1, 2) else f"{text}^{e if isinstance(e, int) else f'({e})'}"


def _atom(t: Tensor, names: Sequence[str], fresh: _Fresh, lifter: Lifter) -> str:
    """An entry of something that is not multiplied out: X[i,j], inv(X)[i,j], exp(x)[i], Df(X)[i,j,k]."""
    match t:
        case Variable(name=name):
            return _at(name, names)
        case Length(dim=d):
            return str(d) if d.name else f"({d})"
        case Unknown(function=function, partials=partials, args=args):
            return _at(f"{function.spelling(partials)}({', '.join(lifter.lift(a).ascii for a in args)})", names)
        case Apply(op=op, args=args) if op.elementwise:
            inner = [_entry(a, names, fresh, lifter) for a in args]
            return f"({inner[0]})^({inner[1]})" if len(inner) == 2 else f"{op.name}({inner[0]})"
    try:
        text = lifter.lift(t).ascii
    except NoMatrixForm:
        return f"({_entry(t, names, fresh, lifter)})"
    return _at(text if not isinstance(t, Sum | Contraction) or _called(text) else f"({text})", names)


def _at(text: str, names: Sequence[str]) -> str:
    return f"{text}[{','.join(names)}]" if names else text


def _called(text: str) -> bool:
    """Whether a text is one name or call, so that it needs no brackets: tr(X), norm2(A*x - b)."""
    name, _, rest = text.partition("(")
    depth = 1
    for k, ch in enumerate(rest):
        depth += (ch == "(") - (ch == ")")
        if not depth:
            return name.isidentifier() and k == len(rest) - 1
    return not rest and name.isidentifier()
