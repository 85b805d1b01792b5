"""SymPy's formulas as ours: MatrixSymbol and what is made of them, traces, determinants, entrywise functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial, reduce
from typing import Any

from gradproof.budget import limited
from gradproof.errors import ParseError, UnsupportedError, public
from gradproof.facts import FACTS
from gradproof.interop.sympy_entries import blocks, entry_or_sum
from gradproof.notation.expr import Call, Expr, applied, call, number, size
from gradproof.notation.function import Function
from gradproof.notation.made import matrix_variable, scalar, vector
from gradproof.ops import BY_SPELLING, TABLE, basic
from gradproof.parse import arrays
from gradproof.parse.arrays import ARRAYS
from gradproof.parse.declare import checked_name
from gradproof.parse.dimension import times
from gradproof.parse.readings import POSITIVE_PART
from gradproof.say import say
from gradproof.shapes.dims import Dim, dim
from gradproof.shapes.shape import SCALAR

Node = Any  # a formula of SymPy, which has no types of its own

_TIMES, _OVER, _POWER = (ARRAYS[op].built for op in (arrays.TIMES, arrays.OVER, arrays.POWER))
_FACTS = {fact.name: f"is_{fact.sympy}" for fact in FACTS if fact.sympy}
_MUL, _NEG = partial(call, "mul"), basic.NEG


@public
@limited
def from_sympy(expr: Node) -> Expr:
    """The formula that a formula of SymPy is: a MatrixSymbol (n, 1) is a vector, (m, n) a matrix, a Symbol a scalar; what is (1, 1) is a scalar.

    Raises UnsupportedError for what has no place in matrix notation, by its name in SymPy; ParseError for names that are none.

    >>> import sympy
    >>> m, n = sympy.symbols("m n", integer=True, positive=True)
    >>> X = sympy.MatrixSymbol("X", m, n)
    >>> from_sympy(sympy.Trace(X.T * X) + 1).ascii
    "tr(X'*X) + 1"
    """
    if not hasattr(expr, "free_symbols") or not hasattr(expr, "func"):
        raise ParseError(say("from_sympy takes a formula of SymPy, not {type}", type=type(expr).__name__))
    try:
        return _FromSympy(expr).read(expr)
    except RecursionError:
        raise UnsupportedError(say("this formula is nested too deeply")) from None


class _FromSympy:
    """Reads one formula; `sizes` are the symbols that are dimensions in it; `entry` is what an entrywise function is applied to."""

    def __init__(self, root: Node):
        shaped = [e for e in _all(root) if getattr(e, "is_MatrixExpr", False) or getattr(e, "is_Matrix", False)]
        self.sizes = {s for e in shaped for d in e.shape for s in getattr(d, "free_symbols", ())}
        self.done: dict[Node, Expr] = {}
        self.entries: Mapping[Node, Expr] = {}

    def read(self, e: Node) -> Expr:
        """The formula of a node."""
        if e in self.entries:
            return self.entries[e]
        known = None if self.entries else self.done.get(e)
        if known is not None:
            return known
        way = next((_WAYS[c.__name__] for c in type(e).__mro__ if c.__name__ in _WAYS), None)
        found = way(self, e) if way else self._function(e)
        if not self.entries:
            self.done[e] = found
        return found

    def all(self, e: Node) -> list[Expr]:
        return [self.read(a) for a in e.args]

    # -- leaves

    def symbol(self, e: Node) -> Expr:
        name = checked_name(e.name)
        return size(dim(name)) if e in self.sizes else scalar(name, *_facts(e))

    def matrix_symbol(self, e: Node) -> Expr:
        name, (rows, columns) = checked_name(e.name), (self.dim(d) for d in e.shape)
        one = dim(1)
        if columns is one:
            return scalar(name) if rows is one else vector(name, rows)
        if rows is one:
            raise UnsupportedError(
                say("{name} is a row (1, {columns})", name=name, columns=columns),
                hint=say("use its transpose, a MatrixSymbol ({columns}, 1)", columns=columns),
            )
        return matrix_variable(name, rows, columns)

    def dim(self, e: Node) -> Dim:
        """A size of a matrix."""
        if e.is_Integer:
            return dim(int(e))
        if e.is_Symbol:
            return dim(checked_name(e.name))
        if e.is_Add:
            return reduce(lambda a, b: a + b, map(self.dim, e.args))
        if e.is_Mul:
            return reduce(times, map(self.dim, e.args))
        raise UnsupportedError(say("the size {e} is not a sum or product of names and numbers", e=e))

    def constant(self, e: Node, name: str) -> Expr:
        """OneMatrix, ZeroMatrix."""
        rows, columns = (self.dim(d) for d in e.shape)
        one = dim(1)
        if rows is one and columns is one:
            return number(int(name == "ones"))
        if columns is one:
            return call(name, params=(rows,))
        found = call(name, params=(columns,) if rows is one else (rows, columns))
        return call("transpose", found) if rows is one else found

    # -- made of others

    def product(self, e: Node) -> Expr:
        """A product of scalars, then matrices; what has a negative exponent divides."""
        if self.entries:
            return reduce(_TIMES, self.all(e))
        above, below, rest = [], [], []
        for a in e.args:
            if getattr(a, "is_Matrix", False) and a.shape != (1, 1):
                rest.append(self.read(a))
            elif a.is_Pow and a.exp.is_Rational and a.exp.is_negative:
                below.append(self.read(a.base**-a.exp))
            else:
                above.append(self.read(a))
        negative = bool(above) and above[0] is number(-1) and len(above) + len(rest) > 1
        found = reduce(_MUL, [*above, *rest][negative:] or [number(1)])
        found = reduce(partial(call, "div"), below, found)
        return call("neg", found) if negative else found

    def total(self, e: Node) -> Expr:
        """A sum; what has a minus is subtracted."""
        first, *rest = sorted(
            self.all(e), key=lambda t: (_negative(t), t.type.kind == "s" and not t.variables, t.ascii)
        )
        add, sub = (ARRAYS[op].built for op in (arrays.ADD, arrays.SUB))
        return reduce(lambda a, b: sub(a, b.args[0]) if _negative(b) else add(a, b), rest, first)

    def power(self, e: Node) -> Expr:
        base, exponent = self.read(e.base), self.read(e.exp)
        half = e.exp.is_Rational and e.exp.p == 1 and e.exp.q == 2
        if half:
            return call("sqrt", base)
        if e.exp.is_Rational and e.exp.is_negative:
            below = self.read(e.base**-e.exp)
            return _OVER(number(1), below)
        return _POWER(base, exponent)

    def entrywise(self, e: Node) -> Expr:
        """X.applyfunc(f): the body of f, with X in place of its variable."""
        (variable,), body = e.function.variables, e.function.expr
        inner = self.read(e.expr)
        if inner.type.kind == "r":
            return call("transpose", self._at(body, variable, call("transpose", inner)))
        return self._at(body, variable, inner)

    def _at(self, body: Node, variable: Node, inner: Expr) -> Expr:
        outer, self.entries = self.entries, {variable: inner}
        try:
            found = self.read(body)
        finally:
            self.entries = outer
        return found if found.type == inner.type else _MUL(found, call("ones", params=inner.type.dims))

    def _function(self, e: Node) -> Expr:
        """exp(x), and functions that nothing defines."""
        name = type(e).__name__
        op = BY_SPELLING.get(name) or TABLE.get(name.lower())
        if op is not None and not e.args and not op.letters and e.is_number:
            return call(op)
        if getattr(e, "is_Function", False) and not any(c.__name__ == "AppliedUndef" for c in type(e).__mro__):
            if op is not None and op.elementwise and op.arity == len(e.args) == 1:
                return call(op, self.read(e.args[0]))
        elif getattr(e, "is_Function", False) and not self.entries:
            args = self.all(e)
            if all(a.type.kind == "s" for a in args):
                formals = tuple(f"x{i + 1}" for i in range(len(args))) if len(args) > 1 else ("x",)
                return applied(Function(checked_name(name), formals, SCALAR), tuple(args))
        raise UnsupportedError(say("{name} of SymPy is not read: {shown}", name=name, shown=_short(e)))


def _negative(e: Expr) -> bool:
    return isinstance(e, Call) and e.op is _NEG


def _short(e: Node) -> str:
    text = str(e)
    return text if len(text) <= 60 else text[:59] + "…"


def _all(root: Node) -> list[Node]:
    """Every node of a formula of SymPy."""
    found, stack = [], [root]
    seen = set()
    while stack:
        e = stack.pop()
        if e not in seen:
            seen.add(e)
            found.append(e)
            stack.extend(a for a in e.args if hasattr(a, "args"))
    return found


def _facts(e: Node) -> tuple[str, ...]:
    return tuple(fact for fact, asked in _FACTS.items() if getattr(e, asked))


def _refused(_reader: _FromSympy, e: Node) -> Expr:
    raise UnsupportedError(say("{type} of SymPy is not read: {shown}", type=type(e).__name__, shown=_short(e)))


def _maximum(reader: _FromSympy, e: Node) -> Expr:
    if len(e.args) == 2 and 0 in e.args:
        return call(POSITIVE_PART, reader.read(next(a for a in e.args if a != 0)))
    return _refused(reader, e)


def _of_scalar(op: str) -> Callable[[_FromSympy, Node], Expr]:
    """A trace or a determinant, which a scalar is itself."""

    def way(reader: _FromSympy, e: Node) -> Expr:
        inner = reader.read(e.args[0])
        return inner if inner.type.kind == "s" else call(op, inner)

    return way


def _unary(*ops: str) -> Callable[[_FromSympy, Node], Expr]:
    def way(reader: _FromSympy, e: Node) -> Expr:
        return reduce(lambda inner, op: call(op, inner), ops, reader.read(e.args[0]))

    return way


def _exact(_reader: _FromSympy, e: Node) -> Expr:
    return number(Fraction(int(e.p), int(e.q)))


_WAYS: dict[str, Callable[[_FromSympy, Node], Expr]] = {
    "Symbol": _FromSympy.symbol, "MatrixSymbol": _FromSympy.matrix_symbol, "Rational": _exact,
    "Float": lambda _, e: number(float(e)), "Exp1": lambda *_: call(basic.EXP, number(1)),
    "Identity": lambda reader, e: call("eye", params=(reader.dim(e.shape[0]),)),
    "OneMatrix": partial(_FromSympy.constant, name="ones"), "ZeroMatrix": partial(_FromSympy.constant, name="zeros"),
    "Add": _FromSympy.total, "MatAdd": _FromSympy.total,
    "Mul": _FromSympy.product, "MatMul": _FromSympy.product, "Pow": _FromSympy.power,
    "MatPow": lambda reader, e: call("pow", *reader.all(e)), "Inverse": lambda reader, e: call("inv", reader.read(e.args[0])),
    "Transpose": _unary("transpose"), "Trace": _of_scalar("tr"), "Determinant": _of_scalar("det"),
    "HadamardProduct": lambda reader, e: reduce(_TIMES, reader.all(e)), "HadamardPower": lambda reader, e: _POWER(*reader.all(e)),
    "KroneckerProduct": lambda reader, e: reduce(partial(call, "kron"), reader.all(e)),
    "DiagMatrix": _unary("diag"), "DiagonalOf": _unary("diag"), "DiagonalMatrix": _unary("diag", "diag"),
    "ElementwiseApplyFunction": _FromSympy.entrywise, "Max": _maximum,
    "MatrixElement": entry_or_sum, "Sum": entry_or_sum, "BlockMatrix": blocks,
}  # fmt: skip
