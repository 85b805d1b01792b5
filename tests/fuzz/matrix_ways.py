"""Formulas with functions, spectra and equations of matrices, for the generator: beside the ordinary ways, or none where a problem has no such part."""

from __future__ import annotations

from fuzz.formulas import Node
from fuzz.generate import WAYS, Generator, Type, Way
from fuzz.matrices import PRIMARY


def _number(text: str) -> Node:
    return Node("number", (), (text,))


def _posdef(g: Generator, n: str, d: int) -> Node:
    """A square matrix with eigenvalues to the right of zero, more often than not."""
    t: Type = ("m", n, n)
    r = g.rng.random()
    if r < 0.35:
        return g.variable(t)
    if r < 0.55:
        a = g.make(("m", n, g.any_dim()), 0)
        return Node("add", (Node("mul", (a, Node("t", (a,)))), Node("eye", (), (n,))))
    if r < 0.8:
        return Node("add", (Node("mul", (_number("3"), Node("eye", (), (n,)))), g.make(t, d - 1)))
    v = g.make(("v", n), 0)
    return Node("add", (g.variable(t), Node("mul", (v, Node("t", (v,))))))


def _any(g: Generator, n: str, d: int) -> Node:
    e = g.make(("m", n, n), d)
    return e if g.rng.random() < 0.6 else Node("div", (e, _number("2")))


def _primary(g: Generator, t: Type, d: int) -> Node:
    """A function of a square matrix, or its derivative along directions."""
    if t[1] != t[2]:
        return Node("mul", (_primary(g, ("m", t[1], t[1]), d), g.make(t, d)))
    name = g.rng.choice(sorted(PRIMARY))
    wide = name in ("logm", "sqrtm", "powm", "signm")
    args = [(_posdef if wide else _any)(g, t[1], d)]
    if name == "powm":
        args.append(_number(g.rng.choice(("0.5", "1.5", "0.3"))) if g.rng.random() < 0.7 else g.variable(("s",)))
    if g.rng.random() < 0.25:
        args += [g.make(t, 0) for _ in range(g.rng.choice((1, 1, 2)))]
        name = "d" + name
    return Node(name, tuple(args))


def _matrix(g: Generator, t: Type, d: int) -> Node:
    m, n = t[1:]
    r = g.rng.random()
    if r < 0.25:
        return Node("pinv", (g.make(("m", n, m), d),))
    if r < 0.45:
        return Node("sylv", (_posdef(g, m, d), _posdef(g, n, d - 1), g.make(t, d - 1)))
    if r < 0.6:
        return Node(g.rng.choice(("tril", "triu", "halflow")), (g.make(t, d),))
    if m != n:
        return Node(*(("polar", (g.make(t, d),)) if r < 0.8 else ("uv", (g.make(t, d), _number("1")))))
    if r < 0.75:
        return Node("chol", (_posdef(g, m, d),))
    if r < 0.88:
        return Node(g.rng.choice(("lyap", "lyap", "dlyap")), (_posdef(g, m, d), g.make(t, d - 1)))
    op = g.rng.choice(("eigproj", "eigproj", "eigres", "polar", "uv"))
    return Node(op, (_posdef(g, m, d), *([] if op == "polar" else [_number(g.rng.choice(("1", "1", "2")))])))


def _spectrum(g: Generator, t: Type, d: int) -> Node:
    n, m = g.any_dim(), g.any_dim()
    op = g.rng.choice(
        ("lambdamax", "lambdamin", "eigval", "nuclear", "specnorm", "singval", "kyfan", "schatten", "cond")
    )
    if op in ("lambdamax", "lambdamin", "eigval"):
        e = _posdef(g, n, d)
        return Node(op, (e, _number("1")) if op == "eigval" else (e,))
    e = g.make(("m", n, m), d)
    more = {"singval": ("1", "2"), "kyfan": ("1", "2"), "schatten": ("3", "1.5", "4")}.get(op)
    return Node(op, (e, _number(g.rng.choice(more))) if more else (e,))


def _traced(g: Generator, t: Type, d: int) -> Node:
    n = g.any_dim()
    way = g.rng.choice((_primary, _matrix))
    inner = way(g, ("m", n, n), d)
    return Node("tr", (Node("mul", (inner, g.make(("m", n, n), 0))) if g.rng.random() < 0.7 else inner,))


def _turned(g: Generator, t: Type, d: int) -> Node:
    return Node("mul", (g.rng.choice((_primary, _matrix))(g, ("m", t[1], t[1]), d), g.make(t, 0)))


MATRIX_WAYS: dict[str, list[Way]] = {
    "s": [*WAYS["s"], *[_spectrum] * 8, *[_traced] * 8],
    "v": [*WAYS["v"], *[_turned] * 6],
    "r": WAYS["r"],
    "m": [*WAYS["m"], *[_primary] * 6, *[_matrix] * 6],
}
