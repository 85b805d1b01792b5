"""Our formulas as SymPy's. A vector is a MatrixSymbol (n, 1); a scalar that is made of matrices is a Trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradproof.errors import UnsupportedError, public
from gradproof.facts import FACTS
from gradproof.notation.expr import Applied, Call, Expr, Number, Size, Symbol, fold
from gradproof.ops import TABLE, Operation
from gradproof.optional import needed
from gradproof.say import say
from gradproof.shapes.dims import Dim

Node = Any  # a formula of SymPy, which has no types of its own
_REAL = {fact.name: {fact.sympy: True} for fact in FACTS if fact.sympy}


@public
def to_sympy(expr: Expr) -> Node:
    """The formula of SymPy. Raises UnsupportedError where SymPy is not installed, or has no word for an operation.

    >>> import gradproof as gp
    >>> to_sympy(gp.parse("tr(X)"))
    Trace(X)
    """
    return fold(expr, _SympyWriter(needed("sympy")).write)


class _SympyWriter:
    def __init__(self, sp: Any):
        self.sp = sp

    def dim(self, d: Dim) -> Node:
        """A size."""
        total = self.sp.Integer(0)
        for names, c in d.terms:
            total += self.sp.Rational(c.numerator, c.denominator) * self.sp.Mul(
                *(self.sp.Symbol(n, integer=True, positive=True) for n in names)
            )
        return total

    def write(self, node: Expr, args: list[Node]) -> Node:
        """The formula of a node, from those of its arguments."""
        match node:
            case Symbol(name=name, facts=facts):
                return self.symbol(name, node, facts)
            case Number(value=value):
                return self.sp.Rational(value.numerator, value.denominator)
            case Size(dim=d):
                return self.dim(d)
            case Applied(function=function, partials=()) if (
                all(a.type.kind == "s" for a in node.args) and not function.shape.dims
            ):
                return self.sp.Function(function.name)(*args)
            case Call(op=op) if op in _WAYS:
                return _WAYS[op](self, node, *args)
            case Call(op=op) if op.elementwise and op.arity == 1:
                return self.each(node.args[0], args[0], self.function(op))
        name = node.op.name if isinstance(node, Call) else node.function.name if isinstance(node, Applied) else "this"
        raise UnsupportedError(say("{name} has no form in SymPy", name=name))

    def symbol(self, name: str, node: Expr, facts: frozenset[str]) -> Node:
        dims = [self.dim(d) for d in node.type.dims]
        if not dims:
            known = {key: value for fact in facts for key, value in _REAL.get(fact, {}).items()}
            return self.sp.Symbol(name, **({"real": True} | known))
        return self.sp.MatrixSymbol(name, *(dims if len(dims) == 2 else (dims[0], 1)))

    def function(self, op: Operation) -> Callable[[Node], Node]:
        """An entrywise function."""
        made = _MADE.get(op.name)
        if made is not None:
            return lambda x: made(self.sp, x)
        for name in (op.name, *op.aliases, op.name.capitalize()):
            if callable(getattr(self.sp, name, None)):
                return getattr(self.sp, name)
        raise UnsupportedError(say("{op} has no form in SymPy", op=op.name))

    def each(self, of: Expr, value: Node, f: Callable[[Node], Node]) -> Node:
        """A function of each entry."""
        if of.type.kind == "s":
            return f(value)
        x = self.sp.Dummy("x", real=True)
        return value.applyfunc(self.sp.Lambda(x, f(x)))

    def ones(self, e: Expr, rows: bool = True) -> Node:
        """A row of ones before the entries of a matrix, or a column after them."""
        axes = {"v": (0, None), "r": (None, 0), "m": (0, 1)}[e.type.kind]
        at = axes[0] if rows else axes[1]
        length = 1 if at is None else self.dim(e.type.dims[at])
        return self.sp.OneMatrix(1, length) if rows else self.sp.OneMatrix(length, 1)

    def total(self, e: Expr, value: Node) -> Node:
        """The sum of all entries."""
        if e.type.kind == "s":
            return value
        parts = {"v": (self.ones(e), value), "r": (value, self.ones(e, False))}.get(e.type.kind)
        return self.sp.Trace(self.sp.MatMul(*(parts or (self.ones(e), value, self.ones(e, False)))))

    def product(self, node: Expr, a: Node, b: Node) -> Node:
        if "s" in (node.args[0].type.kind, node.args[1].type.kind):
            return a * b
        found = self.sp.MatMul(a, b)
        return self.sp.Trace(found) if node.type.kind == "s" else found

    def spread(self, node: Expr, a: Node, b: Node) -> tuple[Node, Node]:
        """Both operands with the shape of the result."""
        wide = self.filled(node)
        return tuple(
            x * wide if e.type.kind == "s" and wide is not None else x for e, x in zip(node.args, (a, b), strict=True)
        )  # type: ignore[return-value]

    def filled(self, node: Expr) -> Node:
        dims = [self.dim(d) for d in node.type.dims]
        shape = {"s": None, "v": (*dims, 1), "r": (1, *dims), "m": tuple(dims)}[node.type.kind]
        return None if shape is None else self.sp.OneMatrix(*shape)

    def entrywise(self, node: Expr, a: Node, b: Node) -> Node:
        """a .* b."""
        scalar = "s" in (node.args[0].type.kind, node.args[1].type.kind)
        return a * b if scalar else self.sp.HadamardProduct(a, b)

    def over(self, node: Expr, a: Node, b: Node) -> Node:
        """a ./ b, a / b."""
        if node.args[1].type.kind == "s":
            return a * b**-1
        below = self.sp.HadamardPower(b, -1)
        return a * below if node.args[0].type.kind == "s" else self.sp.HadamardProduct(a, below)

    def power(self, node: Expr, a: Node, b: Node) -> Node:
        """a .^ b, a ^ b of scalars."""
        base, exponent = (e.type.kind for e in node.args)
        if base == exponent == "s":
            return a**b
        if exponent == "s":
            return self.sp.HadamardPower(a, b)
        if base == "s":
            return self.each(node.args[1], b, lambda x: a**x)
        raise UnsupportedError(say("a power with an exponent for each entry has no form in SymPy"))

    def diag(self, node: Expr, a: Node) -> Node:
        kinds = {
            "v": lambda: self.sp.DiagMatrix(a),
            "r": lambda: self.sp.DiagMatrix(a.T),
            "m": lambda: self.sp.DiagonalOf(a),
        }
        return kinds[node.args[0].type.kind]()

    def vec(self, node: Expr, a: Node) -> Node:
        if node.args[0].type.kind == "m":
            raise UnsupportedError(say("vec of a matrix has no form in SymPy"))
        return a.T if node.args[0].type.kind == "r" else a

    def norm(self, node: Expr, a: Node) -> Node:
        """The root of the sum of squares."""
        inner = node.args[0]
        if inner.type.kind == "s":
            return self.sp.Abs(a)
        return self.sp.sqrt(self.sp.Trace(a.T * a if inner.type.kind != "r" else a * a.T))

    def exps(self, node: Expr, a: Node) -> Node:
        return self.each(node.args[0], a, self.sp.exp)

    def kron(self, node: Expr, a: Node, b: Node) -> Node:
        scalar = "s" in (node.args[0].type.kind, node.args[1].type.kind)
        return a * b if scalar else self.sp.KroneckerProduct(a, b)


_MADE: dict[str, Callable[[Any, Node], Node]] = {
    "sigmoid": lambda sp, x: 1 / (1 + sp.exp(-x)),
    "softplus": lambda sp, x: sp.log(1 + sp.exp(x)),
    "relu": lambda sp, x: sp.Max(0, x),
}

_BY_NAME: dict[str, Callable[..., Node]] = {
    "add": lambda w, node, a, b: w.sp.Add(*w.spread(node, a, b)) if node.type.kind == "s" else w.sp.MatAdd(*w.spread(node, a, b)),
    "sub": lambda w, node, a, b: _BY_NAME["add"](w, node, a, -b),
    "neg": lambda w, node, a: -a, "pi": lambda w, node: w.sp.pi,
    "mul": _SympyWriter.product, "hadamard": _SympyWriter.entrywise, "div": _SympyWriter.over, "eldiv": _SympyWriter.over, "elpow": _SympyWriter.power,
    "pow": lambda w, node, a, b: w.sp.MatPow(a, b) if node.type.kind == "m" else a**b,
    "transpose": lambda w, node, a: a if node.type.kind == "s" else w.sp.Transpose(a),
    "diag": _SympyWriter.diag, "vec": _SympyWriter.vec, "kron": _SympyWriter.kron, "norm2": _SympyWriter.norm,
    "tr": lambda w, node, a: a if node.args[0].type.kind == "s" else w.sp.Trace(a),
    "sum": lambda w, node, a: w.total(node.args[0], a),
    "norm1": lambda w, node, a: w.total(node.args[0], w.each(node.args[0], a, w.sp.Abs)),
    "eye": lambda w, node: w.sp.Identity(w.dim(node.params[0])), "ones": lambda w, node: w.filled(node),
    "zeros": lambda w, node: 0 * w.filled(node), "inv": lambda w, node, a: a**-1,
    "det": lambda w, node, a: a if node.args[0].type.kind == "s" else w.sp.Determinant(a),
    "logdet": lambda w, node, a: w.sp.log(a if node.args[0].type.kind == "s" else w.sp.Determinant(a)),
    "adj": lambda w, node, a: w.sp.Determinant(a) * a**-1,
    "softmax": lambda w, node, a: w.exps(node, a) * w.total(node.args[0], w.exps(node, a)) ** -1,
    "logsumexp": lambda w, node, a: w.sp.log(w.total(node.args[0], w.exps(node, a))),
}  # fmt: skip
_WAYS: dict[Operation, Callable[..., Node]] = {TABLE[name]: way for name, way in _BY_NAME.items()}
