"""How each kind of node is written in Python: a function a kind, which asks the target for its words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Protocol

from gradproof.codegen.plan.program import Node
from gradproof.codegen.targets.emit import ATOM, NEGATIVE, POWER, PRODUCT, SUM, Scope, Text, is_call, number, template
from gradproof.ops import Operation
from gradproof.ops.arrays import HELPER
from gradproof.ops.values import LETTERS, spelled
from gradproof.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How a target writes array operations: templates with {0}, {1}. Every word is required."""

    sqrt: str
    log1p: str
    nonzero: str
    turn: str
    transpose: str
    diagonal: str
    einsum: str
    vdot: str
    full: str
    zeros: str
    broadcast: str
    reshape: str
    sum: str
    sum_all: str
    copy: str
    scalar: str
    dtype: str
    default_dtype: str


class Speller(Protocol):
    """How a target writes nodes: the part that is asked for here."""

    words: Words
    helpers: Mapping[str, str]
    turns: bool
    vector_first: bool
    tuples: bool

    def word(self, name: str, *args: str) -> str: ...
    def function(self, op: Operation) -> str: ...
    def alone(self, node: Node) -> str: ...
    def weak(self, written: str, arg: str) -> str: ...
    def diagonals(self, base: Node | None, node: Node, cores: Sequence[Node], scope: Scope) -> Text: ...
    def plus_transpose(self, node: Node, scope: Scope) -> Text: ...


WEAK = ("number", "size")  # what is a plain number in the source; and so is what follows from such alone


def _weak(node: Node) -> bool:
    return node.kind in WEAK or (not node.order and bool(node.args) and all(map(_weak, node.args)))


Writer = Callable[[Speller, Node, Scope], Text]


def _input(_: Speller, node: Node, scope: Scope) -> Text:
    return Text(scope.names("input", node.data))


def _number(_: Speller, node: Node, scope: Scope) -> Text:
    return number(node.data)


def _size(_: Speller, node: Node, scope: Scope) -> Text:
    text = scope.dim(node.data)
    return Text(text, ATOM if text.isidentifier() else SUM)


def _transpose(spelling: Speller, node: Node, scope: Scope) -> Text:
    inner = scope.of(node.args[0], ATOM)
    if node.data == (1, 0) or (spelling.turns and node.data == tuple(reversed(range(node.order)))):
        return Text(spelling.word("turn", inner))
    return Text(spelling.word("transpose", inner, ", ".join(map(str, node.data))))


def _expand(_: Speller, node: Node, scope: Scope) -> Text:
    places = ", ".join(":" if p is not None else "None" for p in node.data)
    return Text(f"{scope.of(node.args[0], ATOM)}[{places}]")


def _diagonal(spelling: Speller, node: Node, scope: Scope) -> Text:
    (inside,) = node.data
    a = scope.of(node.args[0], ATOM)
    if inside == (0, 0):
        return Text(spelling.word("diagonal", a))
    letters = "".join(chr(105 + k) for k in inside)
    return Text(spelling.word("einsum", f"{letters}->{''.join(dict.fromkeys(letters))}", scope.of(node.args[0])))


def _broadcast(spelling: Speller, node: Node, scope: Scope) -> Text:
    a = node.args[0]
    if not a.order:
        scope.wants_dtype = True
        return Text(
            spelling.word("full", scope.shape(node.axes), scope.of(a)), SUM if "+" in spelling.words.full else ATOM
        )
    return Text(spelling.word("broadcast", scope.of(a), scope.shape(node.axes)))


def _reshape(spelling: Speller, node: Node, scope: Scope) -> Text:
    axes = [scope.dim(d) for d in node.axes]
    if len({d for d in axes if not d.isdecimal()}) and len(axes) == 1:
        axes = ["-1"]
    return Text(
        spelling.word(
            "reshape",
            scope.of(node.args[0], ATOM),
            ", ".join(axes) + ("," if len(axes) == 1 and spelling.tuples else ""),
        )
    )


def _infix(sign: str, binds: int) -> Writer:
    def write(spelling: Speller, node: Node, scope: Scope) -> Text:
        a, b = node.args
        if sign == "@" and spelling.vector_first and a.kind == "transpose" and a.order == 2 and b.order == 1:
            a, b = b, a.args[0]
        left = scope.of(a, NEGATIVE if binds == PRODUCT and (scope.texts[a].text.count("@") or sign == "@") else binds)
        return Text(f"{left} {sign} {scope.of(b, binds - 1)}", binds)

    return write


def _neg(_: Speller, node: Node, scope: Scope) -> Text:
    inner = scope.texts[node.args[0]]
    if inner.binds == PRODUCT and "@" not in inner.text:
        return Text(f"-{inner.text}", PRODUCT)
    return Text(f"-{inner.at(POWER)}", NEGATIVE)


def _norm(spelling: Speller, a: Node, scope: Scope) -> Text | None:
    """A root of a sum of squares, where the target brings a function for it: the squares may leave the range of the numbers."""
    square = a.kind in ("matmul", "vdot") and not a.order and a.args[0] is a.args[1]
    if not square or a.args[0] not in scope.texts or "_norm" not in spelling.helpers:  # not after a loop over its rows
        return None
    return Text(f"{scope.helper('_norm')}({scope.of(a.args[0])})")


def _power(spelling: Speller, node: Node, scope: Scope) -> Text:
    (a,) = node.args
    e: Fraction = node.data
    if e == Fraction(1, 2):
        return _norm(spelling, a, scope) or _root(spelling, a, scope)
    if e == -1:
        return Text(f"1 / {scope.of(a, NEGATIVE)}", PRODUCT)
    if e < 0:
        return Text(f"1 / {_power_text(spelling, a, -e, scope)}", PRODUCT)
    return Text(_power_text(spelling, a, e, scope), POWER)


def _root(spelling: Speller, a: Node, scope: Scope) -> Text:
    if _weak(a):  # a plain number, so that it widens no float32 array
        return Text(f"{scope.of(a, ATOM)} ** 0.5", POWER)
    return Text(spelling.word("sqrt", scope.of(a)))


def _power_text(spelling: Speller, a: Node, e: Fraction, scope: Scope) -> str:
    if e == Fraction(1, 2):
        return _root(spelling, a, scope).at(ATOM)
    if e == 3 and a.order:
        name = scope.named(a)
        return f"({name} * {name} * {name})"
    return f"{scope.of(a, ATOM)} ** {number(e).at(ATOM)}"


def _sum(spelling: Speller, node: Node, scope: Scope) -> Text:
    axes = node.data
    where = "" if not axes else str(axes[0]) if len(axes) == 1 else str(axes)
    return Text(spelling.word("sum_all" if not axes else "sum", scope.of(node.args[0], ATOM), where))


def _vdot(spelling: Speller, node: Node, scope: Scope) -> Text:
    most = ATOM if "*" in spelling.words.vdot else SUM
    return Text(spelling.word("vdot", scope.of(node.args[0], most), scope.of(node.args[1], most)))


def _einsum(spelling: Speller, node: Node, scope: Scope) -> Text:
    one, two, out = ("".join(chr(105 + k) for k in part) for part in node.data)
    return Text(spelling.word("einsum", f"{one},{two}->{out}", f"{scope.of(node.args[0])}, {scope.of(node.args[1])}"))


def _form(spelling: Speller, op: Operation, count: int, scope: Scope) -> str:
    """An operation of so many arguments, with the helpers that it needs."""
    form = spelled(spelling.function(op), count)
    for name in HELPER.findall(form):
        scope.helper(name)
    return form


def _apply(spelling: Speller, node: Node, scope: Scope) -> Text:
    form = spelling.alone(node)
    if form:
        scope.helper(form.split("(")[0])
    else:
        form = _form(spelling, node.data, len(node.args), scope)
    args: list[str] = []
    for letter, a in zip(LETTERS, node.args, strict=False):
        once = len(re.findall(rf"(?<![\w.]){letter}(?!\w)", form)) <= 1
        text = (
            scope.of(a, ATOM)
            if once and not re.fullmatch(r"[\w.]+\(x\)", form)
            else scope.of(a)
            if once
            else scope.named(a)
        )
        args.append(text)
    written = template(form, args)
    if all(map(_weak, node.args)):
        written = spelling.weak(written, args[0])
    return Text(written, ATOM if is_call(form) else SUM)


def _each(spelling: Speller, node: Node, scope: Scope) -> Text:
    op, many = node.data
    form = _form(spelling, op, len(node.args), scope)
    args = ", ".join(scope.of(a) for a in node.args)
    return Text(f"{scope.helper('_each')}(lambda {', '.join(LETTERS[: len(many)])}: {form}, {many}, {args})")


def _function(name: str, extra: Callable[[Node], str] = lambda node: "") -> Writer:
    def write(_: Speller, node: Node, scope: Scope) -> Text:
        args = ", ".join(scope.of(a) for a in node.args)
        return Text(f"{scope.helper(name)}({args}{extra(node)})")

    return write


def _softmax(_: Speller, node: Node, scope: Scope) -> Text:
    name = "_softmax" if node.data is None else "_softmax_along"
    return _function(name, axis_argument)(_, node, scope)


def axis_argument(node: Node) -> str:
    """The axes of a softmax or logsumexp as a further argument; nothing for all."""
    return "" if node.data is None else f", {node.data[0] if len(node.data) == 1 else node.data}"


def _factor_name(spelling: Speller, factor: Node) -> str:
    """The function that makes a factorisation: LU where the target has none that tries Cholesky first."""
    return f"_{factor.kind}" if f"_{factor.kind}" in spelling.helpers else "_lu"


def _of_factor(what: str, extra: Callable[[Node], str] = lambda node: "") -> Writer:
    def write(spelling: Speller, node: Node, scope: Scope) -> Text:
        return _function(f"{_factor_name(spelling, node.args[0])}_{what}", extra)(spelling, node, scope)

    return write


def _call(_: Speller, node: Node, scope: Scope) -> Text:
    return Text(f"{scope.names('function', node.data)}({', '.join(scope.of(a) for a in node.args)})")


WRITERS: Mapping[str, Writer] = {
    "input": _input,
    "number": _number,
    "size": _size,
    "transpose": _transpose,
    "expand": _expand,
    "diagonal": _diagonal,
    "broadcast": _broadcast,
    "reshape": _reshape,
    "mul": _infix("*", PRODUCT),
    "div": _infix("/", PRODUCT),
    "add": _infix("+", SUM),
    "sub": _infix("-", SUM),
    "neg": _neg,
    "power": _power,
    "sum": _sum,
    "matmul": _infix("@", PRODUCT),
    "vdot": _vdot,
    "einsum": _einsum,
    "scatter": lambda spelling, node, scope: spelling.diagonals(None, node, node.args, scope),
    "add_diagonals": lambda spelling, node, scope: spelling.diagonals(node.args[0], node, node.args[1:], scope),
    "plus_transpose": lambda spelling, node, scope: spelling.plus_transpose(node, scope),
    "apply": _apply,
    "each": _each,
    "softmax": _softmax,
    "logsumexp": _function("_logsumexp", axis_argument),
    "nonzero": lambda spelling, node, scope: Text(spelling.word("nonzero", scope.named(node.args[0]))),
    "log1p": lambda spelling, node, scope: Text(spelling.word("log1p", scope.of(node.args[0]))),
    "cholesky": _function("_cholesky"),
    "lu": _function("_lu"),
    "sym": lambda spelling, node, scope: _function(_factor_name(spelling, node))(spelling, node, scope),
    "solve": _of_factor("solve", lambda node: ", transposed=True" if node.data else ""),
    "half_solve": _function("_half_solve"),
    "inverse": _of_factor("inverse"),
    "logdet": _of_factor("logdet"),
    "det": _of_factor("det"),
    "batched": lambda spelling, node, scope: _function(f"_batched_{node.data[0]}", lambda n: n.data[1])(
        spelling, node, scope
    ),
    "call": _call,
}
