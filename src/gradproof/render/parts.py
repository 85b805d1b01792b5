"""Long formulas name their repeated parts: `… where t1 = inv(X'*C*X)`. Linear in the size of the graph, whatever the length of its text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

from gradproof.errors import UnsupportedError
from gradproof.notation.expr import Applied, Call, Expr, Number, Size, Symbol, fold, rebuild, symbol, walk
from gradproof.records import dataclass
from gradproof.render.layout import HUGE, Fragment, layout
from gradproof.render.style import ASCII
from gradproof.say import say

_MODES = ("auto", "always", "never")
_DEFINITION = len(",  = ")  # what a definition costs beside the name and the part
_WORTH = 4  # characters that a name must save
_WEIGHT = 2  # operations that a part must have in it


@dataclass(frozen=True)
class Abbreviated:
    """A formula with names in it, and the parts that they stand for, each written with the names before it."""

    body: Expr
    parts: tuple[tuple[str, Expr], ...] = ()


def name_parts(expr: Expr, mode: str = "auto", width: int = 100) -> Abbreviated:
    """The formula with its repeated parts named t1, t2, …, where that makes it shorter.

    mode   "auto": only where the ascii text is longer than `width`; "always"; "never"

    A part is named only if it has at least two operations in it, not counting signs, transposes and numbers.

    >>> import gradproof as gp
    >>> named = name_parts(gp.parse("sin(A*x + b)'*D*sin(A*x + b) - sum(sin(A*x + b))"), "always")
    >>> named.body.ascii, [(name, part.ascii) for name, part in named.parts]
    ("t1'*D*t1 - sum(t1)", [('t1', 'sin(A*x + b)')])
    """
    if mode not in _MODES:
        raise UnsupportedError(
            say("parts={mode} is not known", mode=repr(mode)), hint=say('parts is "auto", "always" or "never"')
        )
    if mode == "never":
        return Abbreviated(expr)
    fragments: dict[Expr, Fragment] = {}
    length = layout(expr, ASCII, fragments).size
    if mode == "auto" and length <= width:
        return Abbreviated(expr)
    named = replaced(expr, worth_naming(fragments))
    return named if _length(named) < length else Abbreviated(expr)


def replaced(expr: Expr, chosen: set[Expr]) -> Abbreviated:
    """The formula with the chosen parts replaced by names."""
    names = _free_names(expr)
    parts: list[tuple[str, Expr]] = []

    def visit(node: Expr, args: list[Expr]) -> Expr:
        new = rebuild(node, tuple(args))
        if node not in chosen:
            return new
        parts.append((next(names), new))
        return symbol(parts[-1][0], node.type)

    return Abbreviated(fold(expr, visit), tuple(parts))


def worth_naming(fragments: dict[Expr, Fragment]) -> set[Expr]:
    """The nodes to name, given the fragments of all nodes, children first.

    Innermost first: a name is worth it if its part, written with the names found so far, is so long and so frequent that the text gets shorter.
    """
    weights = _weights(fragments)
    times = _occurrences(fragments, weights)
    chosen: set[Expr] = set()
    lengths: dict[Expr, int] = {}
    name = len("t1")
    for node, fragment in fragments.items():
        length = lengths[node] = min(HUGE, fragment.own + sum(name if a in chosen else lengths[a] for a in node.args))
        saved = (times[node] - 1) * length - times[node] * name - name - _DEFINITION
        if saved >= _WORTH and weights[node] >= _WEIGHT and not _sign(node):
            chosen.add(node)
            name = len(f"t{len(chosen) + 1}")
    return chosen


def _weights(nodes: Iterable[Expr]) -> dict[Expr, int]:
    """How many operations there are in each node, up to _WEIGHT; signs, transposes, and operations with numbers are not counted."""
    weights: dict[Expr, int] = {}
    for node in nodes:
        counts = (
            isinstance(node, Applied)
            or len([a for a in node.args if not isinstance(a, Number)]) > 1
            or (isinstance(node, Call) and not node.op.symbol)
        )
        weights[node] = min(_WEIGHT, counts + sum(weights[a] for a in node.args)) if node.args else 0
    return weights


def _occurrences(fragments: dict[Expr, Fragment], weights: dict[Expr, int]) -> dict[Expr, int]:
    """How often each node is written at least: once for each place in another node, where that is not repeated itself because it has no name."""
    times = dict.fromkeys(fragments, 0)
    times[next(reversed(fragments))] = 1
    for node in reversed(fragments):
        each = times[node] if weights[node] < _WEIGHT or _sign(node) else 1
        for a in node.args:
            times[a] = min(HUGE, times[a] + each)
    return times


def _sign(node: Expr) -> bool:
    """Whether it is only a minus or a transpose in front of something."""
    return isinstance(node, Call) and bool(node.op.symbol) and node.op.arity == 1


def _length(named: Abbreviated) -> int:
    """The length of the ascii text, with the parts."""
    memo: dict[Expr, Fragment] = {}
    parts = sum(layout(part, ASCII, memo).size + len(name) + _DEFINITION for name, part in named.parts)
    first, between = ASCII.where
    return layout(named.body, ASCII, memo).size + parts + len(first) - len(between)


def _free_names(expr: Expr) -> Iterator[str]:
    """t1, t2, …, without the names that are used."""
    used: set[str] = set()
    for node in walk(expr):
        match node:
            case Symbol(name=name):
                used.add(name)
            case Size(dim=d):
                used |= d.names
            case Call(params=params):
                used |= {name for d in params for name in d.names}
            case Applied(function=function):
                used |= {function.name, *function.formals}
            case _:
                pass
    return (name for name in (f"t{i}" for i in count(1)) if name not in used)
