"""What sources in Python have in common; a target is a table of spellings, the functions it brings along, and how it writes diagonals."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from gradproof.codegen.plan.program import Node
from gradproof.codegen.targets.emit import ATOM, NEGATIVE, POWER, PRODUCT, SUM, Scope, Text, is_call, number, template
from gradproof.errors import UnsupportedError
from gradproof.ops import Operation
from gradproof.ops.arrays import HELPER
from gradproof.ops.operation import LETTERS, spelled
from gradproof.records import dataclass
from gradproof.say import say

WEAK = ("number", "size")  # what is a plain number in the source; and so is what follows from such alone


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


class PythonSpelling:
    """How a target writes nodes.

    name        the field of `Code` in which the table of operations has words for it
    words       how it writes array operations
    own         how it writes functions of the table, where it has words of its own: in x (and a)
    helpers     functions that a source may bring along, by name
    imports     the lines at its top
    """

    name: str
    words: Words
    own: Mapping[Operation, str] = {}
    helpers: Mapping[str, str] = {}
    imports: tuple[str, ...] = ()
    reserved: tuple[str, ...] = ("dtype",)
    division = "//"
    loops = False  # whether loops over row blocks pay
    frees = False  # whether arrays are deleted that are needed no more
    turns = False  # whether .T turns arrays of any order
    vector_first = False  # whether v @ X is written for X.T @ v, where the target would copy the transposed matrix
    tuples = False  # whether a shape is written as a tuple
    casts = False  # whether scalars must be arrays
    continues = False  # whether a value that is no number may be asked of `evaluate`
    sparse = False  # whether matrices may be sparse arrays
    maps = False  # whether the library makes a function of one problem one of many

    def write(self, node: Node, scope: Scope) -> Text:
        """The expression of a node; may add lines. Raises UnsupportedError for a function that the target does not have."""
        return WRITERS[node.kind](self, node, scope)

    def vmap(self, run: Callable[..., Any], axes: Sequence[int | None]) -> Callable[..., Any]:
        """A function of one problem as one of many, by the library itself. Raises UnsupportedError where it has none."""
        raise UnsupportedError(say("{name} has no vmap", name=self.name))

    def word(self, name: str, *args: str) -> str:
        """An array operation in this target's words."""
        template: str = getattr(self.words, name)
        return template.format(*args)

    def function(self, op: Operation) -> str:
        """A function of the table in this target's words, in x (and a). Raises UnsupportedError where it has none."""
        found = self.own.get(op) or getattr(op.code, self.name, None)
        if not found:
            raise UnsupportedError(
                say("{op} is not there in code for {target}", op=op.name, target=self.name.replace("_", "-"))
            )
        return found

    def alone(self, node: Node) -> str:
        """A helper function for an operation at just these arguments; "" where it is the one for all."""
        return ""

    def opening(self, arrays: list[str]) -> list[str]:
        """Lines at the top of a function with these arrays."""
        return []

    def dtype_of(self, arrays: Sequence[str]) -> str:
        """The dtype of the results."""
        if not arrays:
            return self.word("default_dtype")
        return f"{arrays[0]}.dtype" if len(arrays) == 1 else self.word("dtype", ", ".join(arrays))

    def kind_line(self, arrays: Sequence[str]) -> str:
        """The line that says of which dtype new arrays are."""
        return f"dtype = {self.dtype_of(arrays)}"

    def convert(self, name: str, value: Any) -> Any:
        """A value that is given, as an array of the target. Raises ShapeError, DomainError."""
        return value

    def taken(self, arrays: Sequence[str], numbers: Sequence[str], scope: Scope) -> list[str]:
        """Lines at the top of a source that make what is given arrays and numbers to compute with."""
        return []

    def numbers(self, value: Any) -> Any:
        """The entries of an array of the target as NumPy has them; None where there are none yet, as while a function is traced."""
        return None

    def unified(self, arrays: Mapping[int, Any]) -> dict[int, Callable[[Any], Any]]:
        """How arguments of different precision become arrays of one: by their number, where there is anything to do."""
        return {}

    def traits(self, letter: str, scalar: bool) -> list[str]:
        """What a plan depends on, of an argument: its type, so that only what needs no conversion goes without one, shape and kind of numbers."""
        return [f"type({letter})", f"getattr({letter}, 'shape', ())", f"getattr({letter}, 'dtype', None)"]

    def weak(self, written: str, arg: str) -> str:
        """A function of a plain number as a plain number, so that it widens no float32 array."""
        return f"float({written})"

    def constant(self, text: str) -> str:
        """A result that follows from nothing that is given."""
        return f"float({text})"

    def diagonals(self, base: Node | None, node: Node, cores: Sequence[Node], scope: Scope) -> Text:
        """An array (None: of zeros) with diagonals added to it, as one expression."""
        text = self.word("zeros", scope.shape(node.axes)) if base is None else scope.of(base)
        scope.wants_dtype = scope.wants_dtype or base is None
        for (pattern, sign), core in zip(node.data, cores, strict=True):
            added = scope.of(core) if sign > 0 else "-" + scope.of(core, POWER)
            text = f"{scope.helper('_add_diagonal')}({text}, {pattern}, {added})"
        return Text(text)

    def plus_transpose(self, node: Node, scope: Scope) -> Text:
        """A + A' or A - A'."""
        name = scope.named(node.args[0])
        return Text(f"{name} {'+' if node.data > 0 else '-'} {self.word('turn', name)}", SUM)

    def copied(self, text: str) -> str:
        """An array of its own with these entries."""
        return self.word("copy", text)

    def preamble(self, helpers: set[str], text: str) -> list[str]:
        """The imports and helper functions that a source needs."""
        used, waiting = set(), list(helpers)
        while waiting:
            name = waiting.pop()
            if name not in used:
                used.add(name)
                waiting += [h for h in self.helpers if re.search(rf"\b{h}[(,\n]", self.helpers[name]) and h != name]
        bodies = [self.helpers[name].strip("\n") for name in self.helpers if name in used]
        return ["\n".join(self.imported(text, bodies)), *bodies]

    def imported(self, text: str, bodies: Sequence[str]) -> list[str]:
        """The import lines for a source and its helper functions."""
        return list(self.imports)


def _weak(node: Node) -> bool:
    return node.kind in WEAK or (not node.order and bool(node.args) and all(map(_weak, node.args)))


Writer = Callable[[PythonSpelling, Node, Scope], Text]


def _input(_: PythonSpelling, node: Node, scope: Scope) -> Text:
    return Text(scope.names("input", node.data))


def _number(_: PythonSpelling, node: Node, scope: Scope) -> Text:
    return number(node.data)


def _size(_: PythonSpelling, node: Node, scope: Scope) -> Text:
    text = scope.dim(node.data)
    return Text(text, ATOM if text.isidentifier() else SUM)


def _transpose(spelling: PythonSpelling, node: Node, scope: Scope) -> Text:
    inner = scope.of(node.args[0], ATOM)
    if node.data == (1, 0) or (spelling.turns and node.data == tuple(reversed(range(node.order)))):
        return Text(spelling.word("turn", inner))
    return Text(spelling.word("transpose", inner, ", ".join(map(str, node.data))))


def _expand(_: PythonSpelling, node: Node, scope: Scope) -> Text:
    places = ", ".join(":" if p is not None else "None" for p in node.data)
    return Text(f"{scope.of(node.args[0], ATOM)}[{places}]")


def _diagonal(spelling: PythonSpelling, node: Node, scope: Scope) -> Text:
    (inside,) = node.data
    a = scope.of(node.args[0], ATOM)
    if inside == (0, 0):
        return Text(spelling.word("diagonal", a))
    letters = "".join(chr(105 + k) for k in inside)
    return Text(spelling.word("einsum", f"{letters}->{''.join(dict.fromkeys(letters))}", scope.of(node.args[0])))


def _broadcast(spelling: PythonSpelling, node: Node, scope: Scope) -> Text:
    a = node.args[0]
    if not a.order:
        scope.wants_dtype = True
        return Text(
            spelling.word("full", scope.shape(node.axes), scope.of(a)), SUM if "+" in spelling.words.full else ATOM
        )
    return Text(spelling.word("broadcast", scope.of(a), scope.shape(node.axes)))


def _reshape(spelling: PythonSpelling, node: Node, scope: Scope) -> Text:
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
    def write(spelling: PythonSpelling, node: Node, scope: Scope) -> Text:
        a, b = node.args
        if sign == "@" and spelling.vector_first and a.kind == "transpose" and a.order == 2 and b.order == 1:
            a, b = b, a.args[0]
        left = scope.of(a, NEGATIVE if binds == PRODUCT and (scope.texts[a].text.count("@") or sign == "@") else binds)
        return Text(f"{left} {sign} {scope.of(b, binds - 1)}", binds)

    return write


def _neg(_: PythonSpelling, node: Node, scope: Scope) -> Text:
    inner = scope.texts[node.args[0]]
    if inner.binds == PRODUCT and "@" not in inner.text:
        return Text(f"-{inner.text}", PRODUCT)
    return Text(f"-{inner.at(POWER)}", NEGATIVE)


def _power(spelling: PythonSpelling, node: Node, scope: Scope) -> Text:
    (a,) = node.args
    e: Fraction = node.data
    if e == Fraction(1, 2):
        return _root(spelling, a, scope)
    if e == -1:
        return Text(f"1 / {scope.of(a, NEGATIVE)}", PRODUCT)
    if e < 0:
        return Text(f"1 / {_power_text(spelling, a, -e, scope)}", PRODUCT)
    return Text(_power_text(spelling, a, e, scope), POWER)


def _root(spelling: PythonSpelling, a: Node, scope: Scope) -> Text:
    if _weak(a):  # a plain number, so that it widens no float32 array
        return Text(f"{scope.of(a, ATOM)} ** 0.5", POWER)
    return Text(spelling.word("sqrt", scope.of(a)))


def _power_text(spelling: PythonSpelling, a: Node, e: Fraction, scope: Scope) -> str:
    if e == Fraction(1, 2):
        return _root(spelling, a, scope).at(ATOM)
    if e == 3 and a.order:
        name = scope.named(a)
        return f"({name} * {name} * {name})"
    return f"{scope.of(a, ATOM)} ** {number(e).at(ATOM)}"


def _sum(spelling: PythonSpelling, node: Node, scope: Scope) -> Text:
    axes = node.data
    where = "" if not axes else str(axes[0]) if len(axes) == 1 else str(axes)
    return Text(spelling.word("sum_all" if not axes else "sum", scope.of(node.args[0], ATOM), where))


def _vdot(spelling: PythonSpelling, node: Node, scope: Scope) -> Text:
    most = ATOM if "*" in spelling.words.vdot else SUM
    return Text(spelling.word("vdot", scope.of(node.args[0], most), scope.of(node.args[1], most)))


def _einsum(spelling: PythonSpelling, node: Node, scope: Scope) -> Text:
    one, two, out = ("".join(chr(105 + k) for k in part) for part in node.data)
    return Text(spelling.word("einsum", f"{one},{two}->{out}", f"{scope.of(node.args[0])}, {scope.of(node.args[1])}"))


def _form(spelling: PythonSpelling, op: Operation, count: int, scope: Scope) -> str:
    """An operation of so many arguments, with the helpers that it needs."""
    form = spelled(spelling.function(op), count)
    for name in HELPER.findall(form):
        scope.helper(name)
    return form


def _apply(spelling: PythonSpelling, node: Node, scope: Scope) -> Text:
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


def _each(spelling: PythonSpelling, node: Node, scope: Scope) -> Text:
    op, many = node.data
    form = _form(spelling, op, len(node.args), scope)
    args = ", ".join(scope.of(a) for a in node.args)
    return Text(f"{scope.helper('_each')}(lambda {', '.join(LETTERS[: len(many)])}: {form}, {many}, {args})")


def _function(name: str, extra: Callable[[Node], str] = lambda node: "") -> Writer:
    def write(_: PythonSpelling, node: Node, scope: Scope) -> Text:
        args = ", ".join(scope.of(a) for a in node.args)
        return Text(f"{scope.helper(name)}({args}{extra(node)})")

    return write


def _softmax(_: PythonSpelling, node: Node, scope: Scope) -> Text:
    name = "_softmax" if node.data is None else "_softmax_along"
    return _function(name, axis_argument)(_, node, scope)


def axis_argument(node: Node) -> str:
    """The axes of a softmax or logsumexp as a further argument; nothing for all."""
    return "" if node.data is None else f", {node.data[0] if len(node.data) == 1 else node.data}"


def _factor_name(spelling: PythonSpelling, factor: Node) -> str:
    """The function that makes a factorisation: LU where the target has none that tries Cholesky first."""
    return f"_{factor.kind}" if f"_{factor.kind}" in spelling.helpers else "_lu"


def _of_factor(what: str, extra: Callable[[Node], str] = lambda node: "") -> Writer:
    def write(spelling: PythonSpelling, node: Node, scope: Scope) -> Text:
        return _function(f"{_factor_name(spelling, node.args[0])}_{what}", extra)(spelling, node, scope)

    return write


def _call(_: PythonSpelling, node: Node, scope: Scope) -> Text:
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
