"""Random problems: a formula over every operation, what is declared of its variables, what it is differentiated by, and sizes."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from fuzz.formulas import Node, count, variables

Type = tuple[str, ...]  # the kind and the dimensions: ("s",), ("v", "n"), ("r", "n"), ("m", "m", "n")
S: Type = ("s",)


@dataclass(frozen=True)
class Problem:
    """A formula and all that is said about it."""

    formula: Node
    wrt: tuple[str, ...]
    where: Mapping[str, str]  # declarations, as gradproof takes them
    sizes: Mapping[str, int]
    seed: int = 0  # of the point
    declared: bool = True  # False: kinds follow the letters, nothing is declared
    kind: str = "ordinary"
    layout: str = "denominator"
    spelled: str = ""  # another text for the formula

    @property
    def text(self) -> str:
        return self.spelled or str(self.formula)

    def with_formula(self, e: Node) -> Problem:
        return replace(self, formula=e, spelled="")


SCHEMES: tuple[tuple[tuple[str, ...], dict[str, tuple[int, ...]]], ...] = (
    (("n", "m"), {"n": (2, 3, 3, 4), "m": (2, 2, 3)}),
    (("n",), {"n": (2, 3, 3)}),
    (("n", "m"), {"n": (1, 2), "m": (1, 1, 2)}),
    (("n", "m+1"), {"n": (2, 3), "m": (1, 2)}),
    (("n", "2*n"), {"n": (1, 2)}),
    (("n", "3"), {"n": (2, 3)}),
    (("2", "n"), {"n": (2, 3)}),
    (("n", "1"), {"n": (2, 3)}),
    (("n", "m", "p"), {"n": (2, 3), "m": (2, 3), "p": (1, 2)}),
    (("n", "m", "m*n"), {"n": (2,), "m": (2, 1)}),
)
SQUARE_FACTS = (
    "symmetric", "symmetric", "antisymmetric", "posdef", "posdef", "psd", "invertible", "orthogonal", "diagonal", "lower", "upper",
)  # fmt: skip
LETTERS = {"s": "cdabeg", "v": "xyzuvw", "m": "ABCXYMQP"}
FUNCTIONS = (
    "exp",
    "sin",
    "cos",
    "tanh",
    "sinh",
    "cosh",
    "atan",
    "asinh",
    "sigmoid",
    "softplus",
    "erf",
    "erfc",
    "gelu",
    "tan",
)
KINKED = ("abs", "sign", "relu")
POSITIVE_DOMAIN = ("log", "sqrt")
BOUNDED_DOMAIN = ("asin", "acos", "atanh")
NUMBERS = ("2", "3", "0.5", "1", "4", "1.5")


@dataclass
class Generator:
    rng: random.Random
    dims: tuple[str, ...]
    where: dict[str, str] = field(default_factory=dict)
    types: dict[str, Type] = field(default_factory=dict)
    made: dict[Type, list[Node]] = field(default_factory=dict)
    facts: bool = True
    functions: bool = False
    ways: Mapping[str, list[Way]] = field(default_factory=lambda: WAYS)

    # -- leaves

    def any_dim(self) -> str:
        return self.rng.choice(self.dims)

    def variable(self, t: Type) -> Node:
        """A variable of this type, one that is there or a new one."""
        there = [n for n, u in self.types.items() if u == t]
        if there and self.rng.random() < 0.6:
            return Node("var", (), (self.rng.choice(there),))
        free = [c for c in LETTERS[t[0]] if c not in self.types and c not in "".join(self.dims)]
        if not free:
            free = [f"{c}{k}" for c in LETTERS[t[0]] for k in range(1, 9) if f"{c}{k}" not in self.types]
        name = self.rng.choice(free)
        self.types[name] = t
        self.where[name] = self.declaration(t)
        return Node("var", (), (name,))

    def declaration(self, t: Type) -> str:
        kind = {"s": "scalar", "v": "vector", "m": "matrix"}[t[0]]
        words = [kind, *t[1:]]
        if self.facts:
            square = t[0] == "m" and t[1] == t[2]
            if square and self.rng.random() < 0.5:
                words.append(self.rng.choice(SQUARE_FACTS))
            elif self.rng.random() < 0.15:
                words.append(self.rng.choice(("positive", "nonneg", "positive", "integer", "constant")))
        return " ".join(words)

    def leaf(self, t: Type) -> Node:
        r = self.rng.random()
        if t[0] == "s":
            return Node("number", (), (self.rng.choice(NUMBERS),)) if r < 0.25 else self.variable(t)
        if t[0] == "r":
            return Node("t", (self.variable(("v", t[1])),))
        if r < 0.08:
            if t[0] == "m" and t[1] == t[2]:
                return Node("eye", (), (t[1],))
            return Node("ones" if r < 0.07 else "zeros", (), t[1:])
        return self.variable(t)

    # -- formulas

    def make(self, t: Type, depth: int) -> Node:
        """A formula of this type; sometimes one that is there already."""
        there = self.made.setdefault(t, [])
        if there and self.rng.random() < 0.22:
            return self.rng.choice(there)
        e = self.leaf(t) if depth <= 0 else self.rng.choice(self.ways[t[0]])(self, t, depth - 1)
        there.append(e)
        return e

    def positive(self, t: Type, depth: int) -> Node:
        """A formula whose entries are positive."""
        u = self.make(t, depth)
        squared = Node("elpow", (u, _number("2"))) if t != S else Node("pow", (u, _number("2")))
        ways: list[Callable[[], Node]] = [
            lambda: Node("exp", (u,)),
            lambda: Node("softplus", (u,)),
            lambda: Node("sigmoid", (u,)),
            lambda: self.plus_one(squared, t),
            lambda: self.plus_one(squared, t),
        ]
        if t == S and self.rng.random() < 0.3:
            n = self.any_dim()
            v = self.make(("v", n), depth - 1)
            return self.plus_one(Node("mul", (Node("t", (v,)), v)), t)
        return self.rng.choice(ways)()

    def plus_one(self, e: Node, t: Type) -> Node:
        """1 + e, as people write it where that is allowed."""
        one = _number("1")
        if t[0] == "m" and t[1] == t[2]:
            one = Node("ones", (), t[1:])
        return Node("add", (one, e) if self.rng.random() < 0.7 else (e, one))

    def bounded(self, t: Type, depth: int) -> Node:
        u = self.make(t, depth)
        return Node("div", (Node(self.rng.choice(("tanh", "sin", "erf")), (u,)), _number("2")))

    def invertible(self, n: str, depth: int) -> Node:
        """A square matrix that is far from singular more often than not."""
        t: Type = ("m", n, n)
        v = self.make(("v", n), depth - 1)
        outer = Node("mul", (v, Node("t", (v,))))
        ways = [
            lambda: self.make(t, depth),
            lambda: self.variable(t),
            lambda: Node("add", (Node("mul", (_number("3"), Node("eye", (), (n,)))), self.make(t, depth - 1))),
            lambda: Node("add", (Node("eye", (), (n,)), outer)),
            lambda: Node("add", (self.variable(t), outer)),
            lambda: Node("diag", (self.positive(("v", n), depth - 1),)),
        ]
        return self.rng.choice(ways)()


def _number(text: str) -> Node:
    return Node("number", (), (text,))


Way = Callable[[Generator, Type, int], Node]


def _binary(*ops: str) -> Way:
    return lambda g, t, d: Node(g.rng.choice(ops), (g.make(t, d), g.make(t, d - (g.rng.random() < 0.4))))


def _neg(g: Generator, t: Type, d: int) -> Node:
    return Node("neg", (g.make(t, d),))


def _scaled(g: Generator, t: Type, d: int) -> Node:
    c, u = g.make(S, d - 1), g.make(t, d)
    return Node(g.rng.choice(("mul", "mul", "hadamard")), (c, u) if g.rng.random() < 0.7 else (u, c))


def _divided(g: Generator, t: Type, d: int) -> Node:
    return Node(g.rng.choice(("div", "eldiv")), (g.make(t, d), g.positive(S, d - 1)))


def _quotient(g: Generator, t: Type, d: int) -> Node:
    return Node("div" if t == S else "eldiv", (g.make(t, d), g.positive(t, d - 1)))


def _over(g: Generator, t: Type, d: int) -> Node:
    return Node("eldiv", (g.make(S, d - 1), g.positive(t, d)))


def _function(g: Generator, t: Type, d: int) -> Node:
    r = g.rng.random()
    if r < 0.62:
        return Node(g.rng.choice(FUNCTIONS), (g.make(t, d),))
    if r < 0.72:
        return Node(g.rng.choice(KINKED), (g.make(t, d),))
    if r < 0.88:
        return Node(g.rng.choice(POSITIVE_DOMAIN), (g.positive(t, d),))
    if r < 0.95:
        return Node(g.rng.choice(BOUNDED_DOMAIN), (g.bounded(t, d),))
    return Node("acosh", (g.plus_one(g.positive(t, d), t),))


def _powered(g: Generator, t: Type, d: int) -> Node:
    op = "pow" if t == S and g.rng.random() < 0.7 else "elpow"
    r = g.rng.random()
    if r < 0.6:
        return Node(op, (g.make(t, d), _number(g.rng.choice(("2", "2", "3", "4", "1")))))
    if r < 0.75:
        return Node(op, (g.positive(t, d), Node("neg", (_number(g.rng.choice(("1", "2", "0.5"))),))))
    if r < 0.85:
        return Node(op, (g.positive(t, d), _number(g.rng.choice(("0.5", "1.5", "2.7")))))
    return Node(op, (g.positive(t, d), g.make(S if g.rng.random() < 0.5 else t, d - 1)))


def _shifted(g: Generator, t: Type, d: int) -> Node:
    """A scalar added to every entry, where that is no doubtful reading."""
    if t[0] == "m" and t[1] == t[2]:
        return Node("hadamard", (g.make(S, d - 1), g.make(t, d)))
    parts = (g.make(S, d - 1), g.make(t, d))
    return Node(g.rng.choice(("add", "sub")), parts if g.rng.random() < 0.6 else parts[::-1])


def _inner(g: Generator, t: Type, d: int) -> Node:
    n = g.any_dim()
    return Node("mul", (g.make(("r", n), d), g.make(("v", n), d - 1)))


def _quadratic(g: Generator, t: Type, d: int) -> Node:
    m, n = g.any_dim(), g.any_dim()
    left = Node("mul", (g.make(("r", m), d - 1), g.make(("m", m, n), d)))
    return Node("mul", (left, g.make(("v", n), d - 1)))


def _reduced(g: Generator, t: Type, d: int) -> Node:
    m, n = g.any_dim(), g.any_dim()
    u = g.make(g.rng.choice([("v", n), ("v", n), ("r", n), ("m", m, n)]), d)
    return Node(g.rng.choice(("sum", "norm2", "norm1", "logsumexp", "sum", "norm2")), (u,))


def _squared_norm(g: Generator, t: Type, d: int) -> Node:
    n, m = g.any_dim(), g.any_dim()
    return Node("pow", (Node("norm2", (g.make(g.rng.choice([("v", n), ("m", m, n)]), d),)), _number("2")))


def _of_square(g: Generator, t: Type, d: int) -> Node:
    n = g.any_dim()
    op = g.rng.choice(("tr", "tr", "det", "logdet", "tr"))
    if op == "tr":
        m = g.any_dim()
        return Node("tr", (Node("mul", (g.make(("m", n, m), d), g.make(("m", m, n), d - 1))),))
    if op == "logdet":
        v = g.make(("v", n), d - 1)
        safe = Node("add", (Node("eye", (), (n,)), Node("mul", (v, Node("t", (v,))))))
        return Node("logdet", (safe if g.rng.random() < 0.5 else g.invertible(n, d),))
    return Node(op, (g.invertible(n, d),))


def _long(g: Generator, t: Type, d: int) -> Node:
    """A product of more than ten factors."""
    few = [g.make(t, g.rng.choice((0, 0, 1))) for _ in range(4)]
    op = "mul" if t == S or (t[0] == "m" and t[1] == t[2]) else "hadamard"
    chain = g.rng.choice(few)
    for _ in range(g.rng.choice((9, 10, 11, 12))):
        factor = Node("mul", (Node("div", (g.make(S, 0), _number("2"))), g.rng.choice(few)))
        chain = Node(op, (chain, g.rng.choice(few) if g.rng.random() < 0.8 else factor))
    return chain


def _applied(g: Generator, t: Type, d: int) -> Node:
    """A declared function: of each entry, or of a whole vector."""
    if not g.functions:
        return g.make(t, d)
    if t[0] not in "sv" or g.rng.random() < 0.5:
        g.where["act"] = "function entrywise"
        return Node("apply", (g.make(t, d),), ("act",))
    n = g.any_dim()
    name = {"s": "f", "v": "h"}[t[0]]
    arg = Node("var", (), ("x",))
    g.types.setdefault("x", ("v", g.dims[0]))
    g.where.setdefault("x", f"vector {g.dims[0]}")
    if t == S:
        g.where[name] = "function x -> scalar"
    elif t == ("v", g.dims[-1]):
        g.where[name] = f"function x -> vector {g.dims[-1]}"
    else:
        return g.make(t, d)
    inner = g.make(("v", g.dims[0]), d) if g.types["x"] == ("v", g.dims[0]) else arg
    return Node("apply", (inner,), (name,)) if n else arg


def _times_matrix(g: Generator, t: Type, d: int) -> Node:
    n = g.any_dim()
    if t[0] == "r":
        return Node("mul", (g.make(("r", n), d - 1), g.make(("m", n, t[1]), d)))
    return Node("mul", (g.make(("m", t[1], n), d), g.make(("v", n), d - 1)))


def _solved(g: Generator, t: Type, d: int) -> Node:
    return Node("mul", (Node("inv", (g.invertible(t[1], d),)), g.make(t, d - 1)))


def _softmax(g: Generator, t: Type, d: int) -> Node:
    return Node("softmax", (g.make(t, d),))


def _transposed(g: Generator, t: Type, d: int) -> Node:
    kind = {"v": "r", "r": "v", "m": "m"}[t[0]]
    return Node("t", (g.make((kind, *reversed(t[1:])), d),))


def _diagonal_of(g: Generator, t: Type, d: int) -> Node:
    return Node("diag", (g.make(("m", t[1], t[1]), d),))


def _stacked(g: Generator, t: Type, d: int) -> Node:
    """vec and kron, where the dimension is a product."""
    factors = t[1].split("*")
    if len(factors) != 2:
        return _binary("add", "sub")(g, t, d)
    a, b = factors
    if t[0] == "v" and g.rng.random() < 0.3:
        return Node("mul", (Node("commutation", (), (a, b) if a.isalpha() else (b, a)), g.make(t, d)))
    if t[0] == "v" and g.rng.random() < 0.6:
        return Node("vec", (g.make(("m", a, b), d),)) if a.isalpha() else Node("vec", (g.make(("m", b, a), d),))
    kind = t[0]
    return Node("kron", (g.make((kind, a), d), g.make((kind, b), d - 1)))


def _kronecker(g: Generator, t: Type, d: int) -> Node:
    pairs = [x.split("*") if "*" in x else [x, "1"] for x in t[1:]]
    if all(x[1] == "1" for x in pairs):
        return _product(g, t, d)
    (a, b), (c, e) = pairs
    return Node("kron", (_small(g, a, c, d), _small(g, b, e, d)))


def _small(g: Generator, rows: str, cols: str, d: int) -> Node:
    """A formula with these sizes, of which 1 may be one."""
    if rows == cols == "1":
        return g.make(S, d)
    if cols == "1":
        return g.make(("v", rows), d)
    return g.make(("r", cols), d) if rows == "1" else g.make(("m", rows, cols), d)


def _product(g: Generator, t: Type, d: int) -> Node:
    n = g.any_dim()
    return Node("mul", (g.make(("m", t[1], n), d), g.make(("m", n, t[2]), d - 1)))


def _outer(g: Generator, t: Type, d: int) -> Node:
    return Node("mul", (g.make(("v", t[1]), d), g.make(("r", t[2]), d - 1)))


def _square_matrix(g: Generator, t: Type, d: int) -> Node:
    if t[1] != t[2]:
        return _product(g, t, d)
    op = g.rng.choice(("inv", "inv", "diag", "pow", "adj", "sandwich", "pow"))
    if op == "diag":
        return Node("diag", (g.make((g.rng.choice("vr"), t[1]), d),))
    if op == "pow":
        k = g.rng.choice(("2", "3", "2", "-1"))
        base = g.invertible(t[1], d) if k == "-1" else g.make(t, d)
        return Node("pow", (base, Node("neg", (_number("1"),)) if k == "-1" else _number(k)))
    if op == "sandwich":
        m = g.any_dim()
        a = g.make(("m", m, t[1]), d - 1)
        return Node("mul", (Node("mul", (Node("t", (a,)), Node("diag", (g.make(("v", m), d),)))), a))
    return Node(op, (g.invertible(t[1], d),))


_ANY: list[Way] = [_binary("add", "sub"), _scaled, _function, _quotient, _powered, _binary("hadamard"), _long]
WAYS: dict[str, list[Way]] = {
    "s": [
        _binary("add", "sub", "mul"), _binary("mul"), _function, _quotient, _powered, _inner, _inner, _quadratic, _quadratic, _reduced,
        _reduced, _squared_norm, _of_square, _of_square, _long, _neg, _applied,
    ],
    "v": [*_ANY, _times_matrix, _times_matrix, _times_matrix, _solved, _softmax, _transposed, _diagonal_of, _shifted, _over, _divided, _neg, _stacked, _applied],
    "r": [*_ANY, _times_matrix, _transposed, _transposed, _softmax, _shifted, _divided, _applied],
    "m": [*_ANY, _product, _product, _product, _outer, _outer, _square_matrix, _square_matrix, _transposed, _shifted, _divided, _kronecker, _neg, _applied],
}  # fmt: skip

ORDERS = (1, 1, 2, 2, 2, 3)
LONGEST = 130  # operations in a formula, written out


def problem(seed: int, order: int | None = None, ways: Mapping[str, list[Way]] | None = None) -> Problem | None:
    """The problem of this seed; None where nothing can be differentiated by, or the derivative would be too large."""
    rng = random.Random(seed)
    dims, choices = rng.choice(SCHEMES)
    g = Generator(rng, dims, facts=rng.random() < 0.8, functions=rng.random() < 0.12, ways=ways or WAYS)
    order = order or rng.choice(ORDERS)
    t: Type = S
    if rng.random() < {1: 0.45, 2: 0.3, 3: 0.2}[order]:
        t = rng.choice([("v", g.any_dim()), ("r", g.any_dim()), ("m", g.any_dim(), g.any_dim())])
    e = _long(g, t, 2) if rng.random() < 0.06 else g.make(t, rng.choice((1, 2, 2, 3, 3, 4)))
    if rng.random() < 0.02:
        e = Node("kron", (g.make(S if t == S else t, 1), e))
    if count(e) > LONGEST:
        return None
    used = variables(e)
    sizes = {n: rng.choice(c) for n, c in choices.items()}
    wanted = [n for n in sorted(used & g.types.keys()) if "constant" not in g.where[n]]
    if not wanted:
        return None
    wrt = tuple(rng.choice(wanted) if rng.random() < 0.7 else wanted[seed % len(wanted)] for _ in range(order))
    functions = {n for n, d in g.where.items() if d.startswith("function")}
    where = {n: d for n, d in g.where.items() if n in used or n in functions or (functions and n == "x")}
    declared = bool(functions) or rng.random() > 0.12 or any("1" in d or "*" in d or "+" in d or "3" in d for d in dims)
    return Problem(e, wrt, where, sizes, seed, declared, "functions" if functions else f"dims {', '.join(dims)}")
