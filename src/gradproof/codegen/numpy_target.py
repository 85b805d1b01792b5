"""NumPy sources, with SciPy's LAPACK and BLAS where it is installed: Cholesky and LU factors, triangular solves, inverses from a factor."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction

from gradproof.codegen.emit import ATOM, NEGATIVE, POWER, PRODUCT, SUM, Scope, Text, number, template
from gradproof.codegen.numpy_helpers import COMMON, PLAIN, SCIPY
from gradproof.codegen.program import VIEWS, Node
from gradproof.ops import TABLE, Operation

LARGE = 1000  # from this size on, A + A' goes by blocks

OVERRIDES: dict[Operation, str] = {  # better than the spelling of the table
    TABLE["sigmoid"]: "0.5 + 0.5 * np.tanh(0.5 * x)",
    TABLE["softplus"]: "np.logaddexp(0, x)",
}
WITH_SCIPY: dict[Operation, str] = {TABLE["sigmoid"]: "expit(x)", TABLE["erf"]: "erf(x)"}
SCIPY_SPECIAL = re.compile(r"\b(expit|erf)\(")


class NumpySpelling:
    """Writes nodes as NumPy expressions. `scipy`: whether SciPy may be used."""

    def __init__(self, scipy: bool):
        self.scipy = scipy
        self.overrides = {**OVERRIDES, **(WITH_SCIPY if scipy else {})}
        self.helpers = {**COMMON, **(SCIPY if scipy else PLAIN)}

    def write(self, node: Node, scope: Scope) -> Text:
        """The expression of a node; may add lines."""
        return WRITERS[node.kind](self, node, scope)

    def preamble(self, helpers: set[str], text: str) -> list[str]:
        """The imports and helper functions that a source needs."""
        used, waiting = set(), list(helpers)
        while waiting:
            name = waiting.pop()
            if name not in used:
                used.add(name)
                waiting += [h for h in self.helpers if h + "(" in self.helpers[name] and h != name]
        bodies = [self.helpers[name].strip("\n") for name in self.helpers if name in used]
        if "_regular(" in "".join(bodies) and "_lu" not in used:
            raise AssertionError("a solve without its factors")
        imports = ["import numpy as np"]
        low_level = [m for m in ("blas", "lapack") if any(f"{m}." in b for b in bodies)]
        if low_level:
            imports.append(f"from scipy.linalg import {', '.join(low_level)}")
        special = sorted(set(SCIPY_SPECIAL.findall(text))) if self.scipy else []
        if special:
            imports.append(f"from scipy.special import {', '.join(special)}")
        return ["\n".join(imports), *bodies]


Writer = Callable[[NumpySpelling, Node, Scope], Text]


def _input(_: NumpySpelling, node: Node, scope: Scope) -> Text:
    return Text(scope.names("input", node.data))


def _number(_: NumpySpelling, node: Node, scope: Scope) -> Text:
    return number(node.data)


def _size(_: NumpySpelling, node: Node, scope: Scope) -> Text:
    text = scope.dim(node.data)
    return Text(text, ATOM if text.isidentifier() else SUM)


def _transpose(_: NumpySpelling, node: Node, scope: Scope) -> Text:
    inner = scope.of(node.args[0], ATOM)
    if node.data == tuple(reversed(range(node.order))):
        return Text(f"{inner}.T")
    return Text(f"{inner}.transpose({', '.join(map(str, node.data))})")


def _expand(_: NumpySpelling, node: Node, scope: Scope) -> Text:
    places = ", ".join(":" if p is not None else "None" for p in node.data)
    return Text(f"{scope.of(node.args[0], ATOM)}[{places}]")


def _diagonal(_: NumpySpelling, node: Node, scope: Scope) -> Text:
    (inside,) = node.data
    a = scope.of(node.args[0], ATOM)
    if inside == (0, 0):
        return Text(f"{a}.diagonal()")
    letters = "".join(chr(105 + k) for k in inside)
    return Text(f"np.einsum('{letters}->{''.join(dict.fromkeys(letters))}', {scope.of(node.args[0])})")


def _broadcast(_: NumpySpelling, node: Node, scope: Scope) -> Text:
    a = node.args[0]
    if not a.order:
        scope.wants_dtype = True
        return Text(f"np.full({scope.shape(node.axes)}, {scope.of(a)}, dtype)")
    return Text(f"np.broadcast_to({scope.of(a)}, {scope.shape(node.axes)})")


def _reshape(_: NumpySpelling, node: Node, scope: Scope) -> Text:
    axes = [scope.dim(d) for d in node.axes]
    if len({d for d in axes if not d.isdecimal()}) and len(axes) == 1:
        axes = ["-1"]
    return Text(f"{scope.of(node.args[0], ATOM)}.reshape({', '.join(axes)})")


def _infix(sign: str, binds: int) -> Writer:
    def write(_: NumpySpelling, node: Node, scope: Scope) -> Text:
        a, b = node.args
        owned = _in_place(sign, a, b, scope)
        if owned is not None:
            return owned
        left = scope.of(a, NEGATIVE if binds == PRODUCT and (scope.texts[a].text.count("@") or sign == "@") else binds)
        return Text(f"{left} {sign} {scope.of(b, binds - 1)}", binds)

    return write


def _in_place(sign: str, a: Node, b: Node, scope: Scope) -> Text | None:
    """A multiple of an array that was written diagonal by diagonal, and is needed no more: in its place."""
    if sign != "*" or a.order or b.kind not in ("add_diagonals", "scatter") or scope.uses[b] > 1:
        return None
    scope.line(f"{scope.of(b)} *= {scope.of(a)}")
    return scope.texts[b]


def _neg(_: NumpySpelling, node: Node, scope: Scope) -> Text:
    inner = scope.texts[node.args[0]]
    if inner.binds == PRODUCT and "@" not in inner.text:
        return Text(f"-{inner.text}", PRODUCT)
    return Text(f"-{inner.at(POWER)}", NEGATIVE)


def _power(_: NumpySpelling, node: Node, scope: Scope) -> Text:
    (a,) = node.args
    e: Fraction = node.data
    if e == Fraction(1, 2):
        return Text(f"np.sqrt({scope.of(a)})")
    if e == -1:
        return Text(f"1 / {scope.of(a, NEGATIVE)}", PRODUCT)
    if e < 0:
        return Text(f"1 / {_power_text(a, -e, scope)}", PRODUCT)
    return Text(_power_text(a, e, scope), POWER if e != Fraction(1, 2) else ATOM)


def _power_text(a: Node, e: Fraction, scope: Scope) -> str:
    if e == Fraction(1, 2):
        return f"np.sqrt({scope.of(a)})"
    if e == 3 and a.order:
        name = scope.named(a)
        return f"({name} * {name} * {name})"
    return f"{scope.of(a, ATOM)} ** {number(e).at(ATOM)}"


def _sum(_: NumpySpelling, node: Node, scope: Scope) -> Text:
    axes = node.data
    where = "" if not axes else str(axes[0]) if len(axes) == 1 else str(axes)
    return Text(f"{scope.of(node.args[0], ATOM)}.sum({where})")


def _vdot(_: NumpySpelling, node: Node, scope: Scope) -> Text:
    return Text(f"np.vdot({scope.of(node.args[0])}, {scope.of(node.args[1])})")


def _einsum(_: NumpySpelling, node: Node, scope: Scope) -> Text:
    one, two, out = ("".join(chr(105 + k) for k in part) for part in node.data)
    return Text(f"np.einsum('{one},{two}->{out}', {scope.of(node.args[0])}, {scope.of(node.args[1])})")


def _scatter(_: NumpySpelling, node: Node, scope: Scope) -> Text:
    scope.wants_dtype = True
    target = scope.assign(f"np.zeros({scope.shape(node.axes)}, dtype)", node)
    _write_diagonals(target, node, node.args, scope, fresh=True)
    return Text(target)


def _add_diagonals(_: NumpySpelling, node: Node, scope: Scope) -> Text:
    base, *cores = node.args
    text = scope.of(base)
    owned = scope.uses[base] == 1 and _fresh(base, scope)
    target = text if owned and text.isidentifier() else scope.assign(text if owned else f"{scope.of(base, ATOM)}.copy()", base)
    _write_diagonals(target, node, tuple(cores), scope, fresh=False)
    return Text(target)


def _fresh(node: Node, scope: Scope) -> bool:
    """Whether the array of a node is its own, so that it may be written to."""
    if node.kind == "reshape":
        return scope.uses[node.args[0]] == 1 and _fresh(node.args[0], scope)
    if node.kind == "broadcast":
        return not node.args[0].order
    return node.kind not in VIEWS and node.kind != "call" and node.order > 0


def _write_diagonals(target: str, node: Node, cores: tuple[Node, ...], scope: Scope, fresh: bool) -> None:
    for (pattern, sign), core in zip(node.data, cores, strict=True):
        text = scope.of(core)
        if pattern == (0, 0):
            place = f"{target}.flat[:: {scope.dim(node.axes[0])} + 1]"
        else:
            letters = [chr(105 + k) for k in pattern]
            place = f"np.einsum('{''.join(letters)}->{''.join(dict.fromkeys(letters))}', {target})[...]"
        if fresh:
            scope.line(f"{place} = {text if sign > 0 else '-' + scope.of(core, POWER)}")
        else:
            scope.line(f"{place} {'+' if sign > 0 else '-'}= {text}")
        fresh = False


def _plus_transpose(_: NumpySpelling, node: Node, scope: Scope) -> Text:
    (a,) = node.args
    if node.data > 0 and a.axes[0].evaluate(scope.sizes) >= LARGE:
        return Text(f"{scope.helper('_plus_transpose')}({scope.of(a)})")
    name = scope.named(a)
    return Text(f"{name} {'+' if node.data > 0 else '-'} {name}.T", SUM)


def _apply(spelling: NumpySpelling, node: Node, scope: Scope) -> Text:
    op: Operation = node.data
    form: str = spelling.overrides.get(op, op.numpy)
    args: list[str] = []
    for letter, a in zip("xa", node.args, strict=False):
        once = len(re.findall(rf"(?<![\w.]){letter}(?!\w)", form)) <= 1
        text = scope.of(a, ATOM) if once and not re.fullmatch(r"[\w.]+\(x\)", form) else scope.of(a) if once else scope.named(a)
        args.append(text)
    written = template(form, args)
    if all(a.kind in ("number", "size") for a in node.args):  # a plain number, so that it widens no float32 array
        return Text(f"float({written})")
    return Text(written, ATOM if re.fullmatch(r"[\w.]+\(.*\)", form) else SUM)


def _function(name: str, extra: Callable[[Node], str] = lambda node: "") -> Writer:
    def write(_: NumpySpelling, node: Node, scope: Scope) -> Text:
        args = ", ".join(scope.of(a) for a in node.args)
        return Text(f"{scope.helper(name)}({args}{extra(node)})")

    return write


def _softmax(_: NumpySpelling, node: Node, scope: Scope) -> Text:
    name = "_softmax" if node.data is None else "_softmax_along"
    return _function(name, _axis)(_, node, scope)


def _axis(node: Node) -> str:
    return "" if node.data is None else f", {node.data[0] if len(node.data) == 1 else node.data}"


def _of_factor(what: str, extra: Callable[[Node], str] = lambda node: "") -> Writer:
    def write(_: NumpySpelling, node: Node, scope: Scope) -> Text:
        return _function(f"_{node.args[0].kind}_{what}", extra)(_, node, scope)

    return write


def _call(_: NumpySpelling, node: Node, scope: Scope) -> Text:
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
    "scatter": _scatter,
    "add_diagonals": _add_diagonals,
    "plus_transpose": _plus_transpose,
    "apply": _apply,
    "softmax": _softmax,
    "logsumexp": _function("_logsumexp", _axis),
    "log1p": lambda _, node, scope: Text(f"np.log1p({scope.of(node.args[0])})"),
    "cholesky": _function("_cholesky"),
    "lu": _function("_lu"),
    "solve": _of_factor("solve", lambda node: ", transposed=True" if node.data else ""),
    "half_solve": _function("_half_solve"),
    "inverse": _of_factor("inverse"),
    "logdet": _of_factor("logdet"),
    "det": _of_factor("det"),
    "call": _call,
}
