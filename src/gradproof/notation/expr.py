"""Expr: matrix notation, as people write it.

Nodes are frozen and interned: equal is identical, and a formula keeps its sharing. Constructors check shapes and simplify nothing,
so that what was typed can be printed. What is done with an Expr (text, numbers) lives in modules above this one; they enter
their functions into `views`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from numbers import Real
from operator import attrgetter
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from gradproof.budget import tick
from gradproof.errors import ParseError, ShapeError, UnsupportedError
from gradproof.facts import closed
from gradproof.hooks import Hooks
from gradproof.notation.decimals import decimal
from gradproof.notation.fit import result_shape, signature_for
from gradproof.notation.function import Function
from gradproof.notation.intern import Kept
from gradproof.ops import TABLE, Operation
from gradproof.ops.operation import Reserved
from gradproof.say import say
from gradproof.shapes.dims import Dim
from gradproof.shapes.shape import SCALAR, Shape, Signature


class Views(Hooks):
    """What people ask of a formula, and the modules above answer. Filled in `wiring.py`."""

    ascii: Callable[[Expr], str]
    latex: Callable[[Expr], str]
    unicode: Callable[[Expr], str]
    reading: Callable[[Expr], Any]
    evaluate: Callable[[Expr, Mapping[str, Any]], Any]
    sympy: Callable[[Expr], Any]
    matrix_form: Callable[[Expr], Expr]  # of a sum over running indices
    symmetric: Callable[[Expr], bool]  # whether a matrix is its own transpose


views = Views()

_interned = Kept()
verdicts: WeakKeyDictionary[Expr, bool] = WeakKeyDictionary()  # what the proof of a differential said

T = TypeVar("T")


class Expr:
    """A formula. Make one with `parse`, or from `scalar`, `vector`, `matrix` and Python's operators; `*` and `@` are the matrix product.

    >>> import gradproof as gp
    >>> x, A = gp.vector("x", "n"), gp.matrix("A", "n", "n")
    >>> (x.T @ A @ x).ascii
    "x'*A*x"
    """

    __slots__ = ("__weakref__", "_below", "_names", "_operations", "_variables", "args", "type")
    _below: tuple[Expr, ...]  # what `walk` finds below it, where it was asked for
    _names: frozenset[str]  # of the variables, where they were asked for
    _operations: frozenset[Operation]  # the same
    _variables: tuple[Symbol, ...]  # the same
    args: tuple[Expr, ...]
    type: Shape

    # -- what people ask of a formula
    @property
    def shape(self) -> tuple[str | int, ...]:
        """One name or number for each axis: `()`, `("n",)`, `(1, "n")` for a row, `("m", "n")`."""
        return self.type.public

    @property
    def variables(self) -> tuple[Symbol, ...]:
        """The variables in it, in order of appearance."""
        try:
            return self._variables
        except AttributeError:
            if isinstance(self, Symbol):  # which would hold itself
                return (self,)
            found = self._variables = tuple([e for e in walk(self) if type(e) is Symbol])
            return found

    @property
    def names(self) -> frozenset[str]:
        """The names of the variables in it."""
        try:
            return self._names
        except AttributeError:
            found = self._names = frozenset([s.name for s in self.variables])
            return found

    @property
    def verified(self) -> bool | None:
        """Of a differential: whether it is proven, False where that could not be decided; None of every other formula."""
        return verdicts.get(self)

    @property
    def ascii(self) -> str:
        """The formula in the input syntax: it parses back."""
        return views.ascii(self)

    @property
    def latex(self) -> str:
        """The formula in LaTeX."""
        return views.latex(self)

    @property
    def unicode(self) -> str:
        """The formula for a terminal: `2 Aᵀ(A x − b)`."""
        return views.unicode(self)

    @property
    def reading(self) -> Any:
        """How the text was read that the formula comes from: `.notation`, `.formula`, `.notes`."""
        return views.reading(self)

    def evaluate(self, values: Any = None, /, **more: Any) -> Any:
        """Its value, for arrays given by the variables' names, or in a mapping; computed straight from the formula with NumPy."""
        return views.evaluate(self, {**(values or {}), **more})

    def to_sympy(self) -> Any:
        """The formula as SymPy's, where SymPy is installed. Raises UnsupportedError, also for what SymPy has no word for."""
        return views.sympy(self)

    def __repr__(self) -> str:
        return self.ascii

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"

    def __reduce__(self) -> tuple:
        fields = {name: getattr(self, name) for name in type(self).__slots__}
        return _restore, (type(self), self.type, self.args, fields)

    # -- operators
    def __add__(self, other: Any) -> Expr:
        return call("add", self, other)

    def __radd__(self, other: Any) -> Expr:
        return call("add", other, self)

    def __sub__(self, other: Any) -> Expr:
        return call("sub", self, other)

    def __rsub__(self, other: Any) -> Expr:
        return call("sub", other, self)

    def __mul__(self, other: Any) -> Expr:
        return call("mul", self, other)

    def __rmul__(self, other: Any) -> Expr:
        return call("mul", other, self)

    __matmul__ = __mul__
    __rmatmul__ = __rmul__

    def __truediv__(self, other: Any) -> Expr:
        return call("div", self, other)

    def __rtruediv__(self, other: Any) -> Expr:
        return call("div", other, self)

    def __pow__(self, other: Any) -> Expr:
        return call("pow", self, other)

    def __neg__(self) -> Expr:
        return call("neg", self)

    @property
    def T(self) -> Expr:
        """The transpose."""
        return call("transpose", self)


class Symbol(Expr):
    """A variable: a name, a shape, declared facts."""

    __slots__ = ("facts", "name")
    name: str
    facts: frozenset[str]


class Number(Expr):
    """An exact number. `text` is how it was written."""

    __slots__ = ("text", "value")
    value: Fraction
    text: str


class Size(Expr):
    """A dimension used as a scalar."""

    __slots__ = ("dim",)
    dim: Dim


class Call(Expr):
    """An operation of the table on its arguments; `params` are the dimensions of a constant such as eye(n)."""

    __slots__ = ("op", "params")
    op: Operation
    params: tuple[Dim, ...]


class Applied(Expr):
    """A declared function, or a derivative of one, at its arguments.

    `partials` lists the positions of the arguments by which it is differentiated: () for f(x), (0,) for Df(x), (0, 1) for DDf_xy(x,y).
    """

    __slots__ = ("function", "partials")
    function: Function
    partials: tuple[int, ...]


def _intern(cls: type[Expr], kind: Shape, args: tuple[Expr, ...], **fields: Any) -> Expr:
    key = (cls, kind.kind, kind.dims, args, *[fields[name] for name in cls.__slots__])
    found = _interned.get(key)
    if found is not None:
        return found
    made = object.__new__(cls)
    made.args, made.type = args, kind
    for name, value in fields.items():
        setattr(made, name, value)
    return _interned.keep(key, made)


def _restore(cls: type[Expr], kind: Shape, args: tuple[Expr, ...], fields: dict[str, Any]) -> Expr:
    """A node that was pickled: the one that is there, or a new one."""
    return _intern(cls, kind, args, **fields)


def symbol(name: str, shape: Shape, facts: frozenset[str] = frozenset()) -> Symbol:
    """A variable of this shape; facts imply others (positive definite: symmetric and invertible)."""
    known = closed(facts) if facts else facts
    found = _interned.get((Symbol, shape.kind, shape.dims, (), known, name))  # as `_intern` keeps it
    return found if found is not None else cast(Symbol, _intern(Symbol, shape, (), name=name, facts=known))


_EXACT = (int, Fraction)


def number(value: int | float | Fraction, text: str | None = None) -> Number:
    """An exact number; a float is taken by its shortest decimal spelling, so 0.1 is one tenth. Raises ParseError for what is no number."""
    if type(value) not in _EXACT and (not isinstance(value, Real) or value != value or value in (math.inf, -math.inf)):
        raise ParseError(
            say("a formula or a number is needed here, not {value:.40}", value=repr(value)),
            hint=say("gp.parse reads a text"),
        )
    exact = value if type(value) is Fraction else Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
    text = text or (repr(value) if isinstance(value, float) and exact.denominator > 1 else decimal(exact))
    return cast(Number, _intern(Number, SCALAR, (), value=exact, text=text))


def size(d: Dim) -> Expr:
    """A dimension as a scalar; a number where it is one."""
    return number(d.number) if d.number is not None else _intern(Size, SCALAR, (), dim=d)


def call(op: str | Operation, *args: Any, params: tuple[Dim, ...] = ()) -> Expr:
    """An operation on formulas (numbers are taken as scalars). Raises ShapeError where they do not fit, UnsupportedError for a kept name."""
    operation = TABLE[op] if isinstance(op, str) else op
    exprs = tuple([a if isinstance(a, Expr) else number(a) for a in args])
    if type(operation.meaning) is Reserved:
        raise UnsupportedError(
            say("{op} is not supported yet ({topic})", op=operation.name, topic=operation.meaning.topic)
        )
    return call_of_shape(operation, exprs, result_shape(operation, tuple([a.type for a in exprs]), params), params)


def call_of_shape(op: Operation, args: tuple[Expr, ...], shape: Shape, params: tuple[Dim, ...] = ()) -> Expr:
    """An operation on formulas, for a caller that has inferred the shape of the result from the same signatures."""
    key = (Call, shape.kind, shape.dims, args, op, params)
    found = _interned.get(key)
    if found is not None:
        return found
    made = object.__new__(Call)
    made.args, made.type, made.op, made.params = args, shape, op, params
    return _interned.keep(key, made)


def applied(function: Function, args: tuple[Expr, ...], partials: tuple[int, ...] = ()) -> Expr:
    """A declared function, or its derivative by some arguments, at `args`. Raises UnsupportedError where that has more than two axes."""
    dims = function.axes([a.type.dims for a in args], partials)
    if len(dims) > 2:
        told = {"function": function.spelling(partials), "axes": len(dims)}
        raise UnsupportedError(say("{function} has {axes} axes: it has no place in matrix notation", **told))
    shape = (
        max((a.type for a in args), key=lambda s: len(s.dims)) if function.entrywise else Shape("svm"[len(dims)], dims)
    )
    if function.entrywise and any(a.type.dims and a.type != shape for a in args):
        raise ShapeError(
            say("{name} is a function of each entry: its arguments are of one shape, or numbers", name=function.name)
        )
    return _intern(Applied, shape, args, function=function, partials=partials)


# -- traversal: never by recursion, so that depth is no limit


def fold(
    root: Any,
    visit: Callable[[Any, list[T]], T],
    children: Callable[[Any], tuple] = attrgetter("args"),
    memo: dict[Any, T] | None = None,
) -> T:
    """The value of `visit(node, values of its children)` at the root; every node of the graph is visited once, children first."""
    done: dict[Any, T] = {} if memo is None else memo
    if root in done:
        return done[root]
    tick()
    value = done.__getitem__
    stack: list[tuple[Any, tuple]] = [(root, children(root))]  # a node, and its children
    while stack:
        node, own = stack[-1]
        waiting = 0
        for c in own:
            if c not in done:
                below = children(c)
                if below or waiting:
                    stack.append((c, below))
                    waiting += 1
                else:  # before it nothing waits: its turn is now
                    done[c] = visit(c, [])
        if waiting:
            if waiting > 1:  # the first of them is the next
                stack[-waiting:] = stack[: -waiting - 1 : -1]
            continue
        stack.pop()
        if node not in done:
            if len(done) & 15 == 0:
                tick()
            done[node] = visit(node, [*map(value, own)])
    return done[root]


def signature_of(node: Call) -> Signature:
    """The signature by which an operation takes its arguments."""
    return signature_for(node.op, tuple([a.type for a in node.args]), node.params, node.type)


def walk(root: Expr) -> list[Expr]:
    """Every node once, in the order in which it is written."""
    if not root.args:
        return [root]
    try:
        return [root, *root._below]
    except AttributeError:
        pass
    seen: dict[Expr, None] = {}
    stack = [root]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen[node] = None
            if node.args:
                stack += node.args[::-1]
    found = list(seen)
    root._below = tuple(found[1:])  # without itself, so that nothing holds it
    return found


def operations(root: Expr) -> frozenset[Operation]:
    """The operations of a formula."""
    try:
        return root._operations
    except AttributeError:
        found = root._operations = frozenset([e.op for e in walk(root) if type(e) is Call])
        return found


def substitute(root: Expr, values: dict[Expr, Expr]) -> Expr:
    """The formula with some nodes replaced."""

    def visit(node: Expr, args: list[Expr]) -> Expr:
        return values.get(node) or rebuild(node, tuple(args))

    return fold(root, visit)


def rebuild(node: Expr, args: tuple[Expr, ...]) -> Expr:
    """The same node on other arguments."""
    match node:
        case _ if args == node.args:
            return node
        case Call(op=op, params=params):
            return call(op, *args, params=params)
        case Applied(function=function, partials=partials):
            return applied(function, args, partials)
    raise AssertionError(node)
