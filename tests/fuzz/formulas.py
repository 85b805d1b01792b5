"""Formulas as trees, their text, and their value at a point; kinds are those of matrix notation: "s", "v", "r", "m"."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

import fuzz.jets as jets
from fuzz.jets import Field, Jet, add, bilinear, linear, matmul, scaled, times
from fuzz.matrices import MATRICES


@dataclass(frozen=True, eq=False)
class Node:
    """An operation on formulas. `text`: the name of a variable or a function, a number, the sizes of a constant, the indices of an entry."""

    op: str
    args: tuple[Node, ...] = ()
    text: tuple[str, ...] = ()

    def __str__(self) -> str:
        return written(self)[0]


@dataclass(frozen=True)
class Value:
    kind: str
    jet: Jet

    @property
    def shape(self) -> tuple[int, int]:
        return self.jet.value.shape[-2:]


class Unreadable(Exception):
    """A formula that this evaluator does not understand."""


@dataclass
class Point:
    """Where a formula is evaluated: `values` of the variables, all as matrices, with their kinds; sizes; declared functions."""

    field: Field
    values: Mapping[str, Value]
    sizes: Mapping[str, int]
    functions: Mapping[str, Callable[..., Value]] = field(default_factory=dict)
    slots: Mapping[str, int] = field(default_factory=dict)  # the leading axis of each running index
    leading: int = 0  # how many there are
    lengths: Mapping[str, int] = field(default_factory=dict)
    rounding: np.random.Generator | None = None  # moves every value on the way by some units in its last place


def size(text: str, sizes: Mapping[str, int]) -> int:
    """A dimension such as 2*n + 1."""
    return _size(ast.parse(text.strip(), mode="eval").body, sizes)


_WHOLE = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a // b,
}


def _size(e: ast.expr, sizes: Mapping[str, int]) -> int:
    match e:
        case ast.Name(id=name):
            return sizes[name]
        case ast.Constant(value=int(n)):
            return n
        case ast.BinOp(left=left, op=op, right=right):
            return _WHOLE[type(op)](_size(left, sizes), _size(right, sizes))
    raise Unreadable(f"a size: {ast.dump(e)}")


# -- the text


INFIX = {"add": " + ", "sub": " - ", "mul": "*", "hadamard": ".*", "div": "/", "eldiv": "./", "pow": "^", "elpow": ".^"}
LEVEL = {"add": 1, "sub": 1, "mul": 2, "hadamard": 2, "div": 2, "eldiv": 2, "neg": 3, "pow": 4, "elpow": 4, "t": 5}


def written(e: Node) -> tuple[str, int]:
    """The ASCII text, and how tightly its outermost operation binds."""
    if e.op in ("var", "number"):
        tight = 6 if not e.text[0].startswith("-") and "/" not in e.text[0] else 2
        return e.text[0], tight
    if e.op in ("eye", "ones", "zeros", "commutation"):
        return f"{e.op}({', '.join(e.text)})", 6
    level = LEVEL.get(e.op)
    inner = [written(a) for a in e.args]
    if level is None:
        return f"{e.text[0] if e.op == 'apply' else e.op}({', '.join(t for t, _ in inner)})", 6
    if e.op == "neg":
        return "-" + _bracketed(inner[0], 3), level
    if e.op == "t":
        return _bracketed(inner[0], 5) + "'", level
    (left, right), same = inner, e.op in ("sub", "div", "eldiv", "pow", "elpow", "hadamard", "mul")
    return _bracketed(left, level + (level == 4)) + INFIX[e.op] + _bracketed(right, level + same), level


def _bracketed(part: tuple[str, int], level: int) -> str:
    return part[0] if part[1] >= level else f"({part[0]})"


def walk(e: Node) -> list[Node]:
    """All nodes, each once."""
    found: dict[Node, None] = {}
    stack = [e]
    while stack:
        node = stack.pop()
        if node not in found:
            found[node] = None
            stack += node.args
    return list(found)


def count(e: Node) -> int:
    """How large a formula is as a text."""
    return 1 + sum(count(a) for a in e.args)


def variables(e: Node) -> set[str]:
    return {n.text[0] for n in walk(e) if n.op == "var"}


# -- the value


def evaluate(e: Node, at: Point) -> Value:
    """The value with all its derivatives. Raises OutOfDomain, Unreadable."""
    return evaluated(e, at)[e]


def evaluated(e: Node, at: Point) -> dict[Node, Value]:
    """The values of all parts."""
    known: dict[Node, Value] = {}
    stack = [e]
    while stack:
        node = stack[-1]
        missing = [a for a in node.args if a not in known]
        if missing:
            stack += missing
            continue
        stack.pop()
        if node not in known:
            value = _value(node, [known[a] for a in node.args], at)
            known[node] = value if at.rounding is None else _rounded(value, at.rounding)
    return known


def _rounded(v: Value, rng: np.random.Generator) -> Value:
    return Value(v.kind, linear(lambda x: x * (1 + ROUNDING * rng.normal(size=x.shape)), v.jet))


ROUNDING = 1e-14


def constant(kind: str, a: np.ndarray, at: Point) -> Value:
    return Value(kind, Jet(at.field, {0: at.field.lift(a)}))


def _value(e: Node, args: list[Value], at: Point) -> Value:
    match e.op:
        case "var":
            if e.text[0] in at.values:
                return at.values[e.text[0]]
            if e.text[0] in at.sizes:
                return constant("s", np.array([[at.sizes[e.text[0]]]]), at)
            if e.text[0] == "pi":
                return constant("s", np.array([[math.pi]]), at)
            raise Unreadable(f"no value for {e.text[0]}")
        case "number":
            return Value("s", Jet(at.field, {0: _number(e.text[0], at.field)}))
        case "eye" | "ones" | "zeros" | "commutation":
            return constant("v" if len(e.text) == 1 and e.op != "eye" else "m", _constant(e, at.sizes), at)
        case "apply":
            if e.text[0] not in at.functions:
                raise Unreadable(f"no function {e.text[0]}")
            return at.functions[e.text[0]](*args)
        case "entry":
            return _entry(args[0], e.text, at)
        case "delta":
            n = at.lengths[e.text[0]]
            return _entry(constant("m", np.eye(n), at), e.text, at)
        case "total":
            return _total(args[0], e.text, at)
    if e.op in jets.FUNCTIONS:
        return Value(args[0].kind, jets.function(e.op, args[0].jet))
    if e.op not in OPERATIONS:
        raise Unreadable(f"no operation {e.op}")
    return OPERATIONS[e.op](*args)


def _number(text: str, f: Field) -> np.ndarray:
    part = Fraction(text)
    return f.lift(np.array([[part.numerator]], object)) / f.lift(np.array([[part.denominator]], object))


def _constant(e: Node, sizes: Mapping[str, int]) -> np.ndarray:
    m, n = size(e.text[0], sizes), size(e.text[1], sizes) if len(e.text) > 1 else 1
    if e.op == "eye":
        return np.eye(m)
    if e.op == "commutation":
        k = np.zeros((m * n, m * n))
        for i in range(m):
            for j in range(n):
                k[i * n + j, j * m + i] = 1
        return k
    return np.full((m, n), 1.0 if e.op == "ones" else 0.0)


def _entry(a: Value, letters: tuple[str, ...], at: Point) -> Value:
    """The entry of a vector or matrix at running indices: each index becomes a leading axis."""
    x = a.jet.value
    if x.ndim > 2 and a.kind != "tensor":
        x = x.reshape(x.shape[-2:]) if x.size == x.shape[-1] * x.shape[-2] else x
    x = x if a.kind in ("m", "tensor") else x.reshape(-1)
    if x.ndim != len(letters):
        raise Unreadable(f"{len(letters)} indices for {x.ndim} axes")
    places = [at.slots[k] for k in letters]
    used = sorted(set(places))
    spelled = "".join(chr(97 + p) for p in places) + "->" + "".join(chr(97 + p) for p in used)
    picked = _einsum(spelled, x)
    length = dict(zip(places, x.shape, strict=True))
    shape = [length.get(p, 1) for p in range(at.leading)]
    return Value("s", Jet(at.field, {0: picked.reshape(*shape, 1, 1)}))


def _einsum(spelled: str, x: np.ndarray) -> np.ndarray:
    """An einsum of one array that takes diagonals and permutes, for objects too."""
    before, after = spelled.split("->")
    for letter in set(before):
        while before.count(letter) > 1:
            first, second = [i for i, c in enumerate(before) if c == letter][:2]
            x = np.diagonal(x, axis1=first, axis2=second)
            before = "".join(c for i, c in enumerate(before) if i not in (first, second)) + letter
    return np.transpose(x, [before.index(c) for c in after])


def _total(a: Value, letters: tuple[str, ...], at: Point) -> Value:
    x = a.jet.value
    if x.ndim == 2:
        x = x.reshape(*[1] * at.leading, *x.shape)
    for k in letters:
        p = at.slots[k]
        x = x * at.lengths[k] if x.shape[p] == 1 and at.lengths[k] != 1 else x.sum(axis=p, keepdims=True)
    return Value("s", Jet(at.field, {0: x}))


Operation = Callable[..., Value]


def _shape_kind(a: Value, b: Value) -> str:
    """The kind of what two operands make entry by entry, of which one may be a scalar."""
    if a.kind != b.kind and "s" not in (a.kind, b.kind):
        raise Unreadable(f"{a.kind} and {b.kind} entry by entry")
    if a.kind == b.kind and a.shape != b.shape:
        raise Unreadable("shapes differ")
    return b.kind if a.kind == "s" else a.kind


def _product(a: Value, b: Value) -> Value:
    if "s" in (a.kind, b.kind):
        return Value(_shape_kind(a, b), times(a.jet, b.jet))
    if a.shape[1] != b.shape[0]:
        raise Unreadable("a product does not conform")
    rows, cols = a.kind in "vm", b.kind in "rm"
    return Value({(0, 0): "s", (1, 0): "v", (0, 1): "r", (1, 1): "m"}[rows, cols], matmul(a.jet, b.jet))


def _power(a: Value, b: Value) -> Value:
    """Entry by entry, or of a square matrix to a whole number."""
    if list(b.jet.parts) == [0] and b.jet.value.size == 1 and b.kind == "s":
        p = float(b.jet.value.reshape(-1)[0])
        exact = b.jet.value.reshape(-1)[0] if not p.is_integer() else p
        return Value(a.kind, jets.power(a.jet, exact))
    kind = _shape_kind(a, b)
    return Value(kind, jets.function("exp", times(b.jet, jets.function("log", a.jet))))


def _matrix_power(a: Value, b: Value) -> Value:
    if a.kind == "s":
        return _power(a, b)
    p = int(b.jet.value.reshape(-1)[0])
    base = jets.inverse(a.jet) if p < 0 else a.jet
    result = Jet(base.field, {0: base.field.lift(np.eye(a.shape[0]))})
    for _ in range(abs(p)):
        result = matmul(result, base)
    return Value("m", result)


def _diagonal(a: Value) -> Value:
    if a.kind == "m":
        return Value("v", linear(lambda x: np.diagonal(x, axis1=-2, axis2=-1)[..., None], a.jet))
    n = max(a.shape)
    eye = a.jet.field.lift(np.eye(n))
    return Value("m", linear(lambda x: eye * x.reshape(*x.shape[:-2], n, 1), a.jet))


def _vec(a: Value) -> Value:
    m, n = a.shape
    stacked = linear(lambda x: np.swapaxes(x, -1, -2).reshape(*x.shape[:-2], m * n, 1), a.jet)
    return Value("s" if a.kind == "s" else "v", stacked)


def _unvec(a: Value, *sizes: Value) -> Value:
    m, n = (round(float(k.jet.value.reshape(-1)[0])) for k in sizes)
    return Value("m", linear(lambda x: np.swapaxes(x.reshape(*x.shape[:-2], n, m), -1, -2), a.jet))


def _kron(a: Value, b: Value) -> Value:
    (m, n), (p, q) = a.shape, b.shape

    def product(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        z = x[..., :, None, :, None] * y[..., None, :, None, :]
        return z.reshape(*z.shape[:-4], m * p, n * q)

    rows, cols = a.kind in "vm" or b.kind in "vm", a.kind in "rm" or b.kind in "rm"
    return Value("m" if rows and cols else "v" if rows else "r" if cols else "s", bilinear(product, a.jet, b.jet))


def _sum(a: Jet) -> Jet:
    return linear(lambda x: x.sum(axis=(-2, -1), keepdims=True), a)


def _square_sum(a: Value) -> Jet:
    return _sum(times(a.jet, a.jet))


def _norm2(a: Value) -> Value:
    return Value("s", jets.power(_square_sum(a), 0.5))


def _softened(a: Value) -> tuple[Jet, Jet, Jet]:
    """The largest entry as a constant, exp(x - largest), and its sum."""
    m = Jet(a.jet.field, {0: np.max(a.jet.value, axis=(-2, -1), keepdims=True)})
    e = jets.function("exp", add(a.jet, m, -1))
    return m, e, _sum(e)


def _softmax(a: Value) -> Value:
    _, e, total = _softened(a)
    return Value(a.kind, times(e, jets.power(total, -1)))


def _logsumexp(a: Value) -> Value:
    m, _, total = _softened(a)
    return Value("s", add(m, jets.function("log", total)))


def _inverse(a: Value) -> Value:
    return Value(a.kind, jets.inverse(a.jet))


def _det(a: Value) -> Value:
    return Value("s", jets.log_determinant(a.jet, sign=True))


def _adjugate(a: Value) -> Value:
    return Value("m", times(_det(a).jet, jets.inverse(a.jet)))


def _transpose(a: Value) -> Value:
    return Value({"v": "r", "r": "v"}.get(a.kind, a.kind), linear(lambda x: np.swapaxes(x, -1, -2), a.jet))


def _trace(a: Value) -> Value:
    return Value("s", linear(lambda x: jets.traces(x), a.jet))


OPERATIONS: dict[str, Operation] = {
    "add": lambda a, b: Value(_shape_kind(a, b), add(a.jet, b.jet)),
    "sub": lambda a, b: Value(_shape_kind(a, b), add(a.jet, b.jet, -1)),
    "neg": lambda a: Value(a.kind, scaled(a.jet, -1)),
    "mul": _product,
    "hadamard": lambda a, b: Value(_shape_kind(a, b), times(a.jet, b.jet)),
    "div": lambda a, b: Value(a.kind, times(a.jet, jets.power(b.jet, -1))),
    "eldiv": lambda a, b: Value(_shape_kind(a, b), times(a.jet, jets.power(b.jet, -1))),
    "pow": _matrix_power,
    "elpow": _power,
    "t": _transpose,
    "diag": _diagonal,
    "tr": _trace,
    "sum": lambda a: Value("s", _sum(a.jet)),
    "vec": _vec,
    "unvec": _unvec,
    "kron": _kron,
    "norm2": _norm2,
    "norm1": lambda a: Value("s", _sum(jets.function("abs", a.jet))),
    "sqrt": lambda a: Value(a.kind, jets.power(a.jet, 0.5)),
    "inv": _inverse,
    "det": _det,
    "logdet": lambda a: Value("s", jets.log_determinant(a.jet)),
    "adj": _adjugate,
    "softmax": _softmax,
    "logsumexp": _logsumexp,
    **{name: lambda *a, kind=k, f=f: Value(kind, f(*[x.jet for x in a])) for name, (k, f) in MATRICES.items()},
}
