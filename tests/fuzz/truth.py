"""What is true of a problem: points at which it is compared, the value of its formula there, and its derivative."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial

import mpmath
import numpy as np

from fuzz.formulas import Node, Point, Value, evaluate, evaluated, size
from fuzz.generate import Problem
from fuzz.jets import FLOAT, PRECISE, Field, Jet, OutOfDomain, add, function, linear, matmul, scaled

GRID = 64  # values are multiples of 1/64, so that every kind of float holds them


def declared(said: str, sizes: Mapping[str, int]) -> tuple[str, tuple[int, ...], set[str]]:
    """Kind, shape and facts of a declaration such as "matrix n n symmetric"."""
    kind, *words = said.split()
    axes = {"scalar": 0, "vector": 1, "matrix": 2}[kind]
    return kind[0], tuple(size(d, sizes) for d in words[:axes]), set(words[axes:])


def sample(said: str, sizes: Mapping[str, int], rng: np.random.Generator) -> np.ndarray:
    """A random array of which the declaration is true."""
    _, shape, facts = declared(said, sizes)
    a = rng.normal(size=shape) * rng.choice((0.6, 1.0))
    if facts & {"positive", "nonneg"}:
        a = rng.uniform(0.3, 1.6, shape)
    if "integer" in facts:
        return np.asarray(rng.integers(1, 4, shape), float)
    if len(shape) == 2 and shape[0] == shape[1]:
        a = a + rng.choice((0, 0, 2)) * np.eye(shape[0])
        for fact in facts & SQUARE.keys():
            a = SQUARE[fact](np.round(a * 8) / 8)
        if "orthogonal" in facts:
            return a
    return np.asarray(np.round(a * GRID) / GRID)


SQUARE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "symmetric": lambda a: a + a.T,
    "antisymmetric": lambda a: a - a.T,
    "posdef": lambda a: a @ a.T + np.eye(len(a)),
    "psd": lambda a: a[:, : max(len(a) - 1, 1)] @ a[:, : max(len(a) - 1, 1)].T,
    "invertible": lambda a: a + 3 * np.eye(len(a)),
    "orthogonal": lambda a: np.linalg.qr(a + 0.01)[0],
    "diagonal": lambda a: np.diag(np.diag(a) + np.where(np.diag(a) < 0, -1, 1)),
    "lower": lambda a: np.tril(a) + 2 * np.eye(len(a)),
    "upper": lambda a: np.triu(a) + 2 * np.eye(len(a)),
}


def _exact(a: np.ndarray, said: str, field: Field) -> np.ndarray:
    """The array in the numbers of the field; an orthogonal matrix is made so to all digits."""
    a = field.lift(a)
    if field is PRECISE and "orthogonal" in said:
        three = 3 * field.lift(np.eye(len(a)))
        for _ in range(3):
            a = a @ (three - a.T @ a) / 2
    return a


# -- declared functions: scalar f(x) = w' sin(W x + c), vector h(x) = sin(W x + c), act(x) = (5/4) sin(3 x/4 + 1/2) of each entry


def _inner_function(said: str, n: int, sizes: Mapping[str, int], field: Field, x: Value) -> Value:
    rng = np.random.default_rng(7)
    q = size(said.split()[-1], sizes) if "vector" in said else 3
    weights, shift, last = (np.round(rng.normal(size=s) * 8) / 8 for s in ((q, n), (q, 1), (1, q)))
    weights, shift, last = (Jet(field, {0: field.lift(a)}) for a in (weights, shift, last))
    inner = function("sin", add(matmul(weights, x.jet), shift))
    return Value("v", inner) if "vector" in said else Value("s", matmul(last, inner))


def _of_entries(order: int, field: Field, x: Value) -> Value:
    """The derivative of this order: sine, cosine, minus sine, minus cosine."""
    shift = Jet(field, {0: field.lift(np.full(x.shape, 0.5))})
    wave = function("cos" if order % 2 else "sin", add(scaled(x.jet, 0.75), shift))
    return Value(x.kind, scaled(wave, (-1) ** (order // 2) * 1.25 * 0.75**order))


def _derivative_of(whole: Callable[[Value], Value], order: int, field: Field, x: Value) -> Value:
    n = x.shape[0]
    base = x.jet.value.reshape(n, 1)
    jet = Jet(field, {0: base, **{1 << j: _seed(n, j, order, (n, 1), field) for j in range(order)}})
    found = whole(Value("v", jet))
    a = _full(found, order, [(n,)] * order, (n,) * order, field)
    if a.ndim > 2:
        return Value("tensor", Jet(field, {0: a}))
    return Value({0: "s", 1: "v", 2: "m"}[a.ndim], Jet(field, {0: a.reshape((*a.shape, 1, 1)[:2])}))


def _seed(p: int, j: int, order: int, shape: tuple[int, int], field: Field) -> np.ndarray:
    axes = [1] * order
    axes[j] = p
    return field.lift(np.eye(p).reshape(*axes, *shape))


def _full(v: Value, order: int, wrt: list[tuple[int, ...]], counts: tuple[int, ...], field: Field) -> np.ndarray:
    """The derivative by everything: the axes of the variables, then those of the value."""
    out = {"s": (), "v": (v.shape[0],), "r": (v.shape[1],), "m": v.shape}[v.kind]
    part = v.jet.parts.get((1 << order) - 1, field.lift(np.zeros((1,) * (order + 2))))
    whole = np.broadcast_to(part, (*counts, *v.shape))
    return whole.reshape((*[n for s in wrt for n in s], *out))


@dataclass(frozen=True)
class Case:
    """A problem at a point."""

    problem: Problem
    arrays: Mapping[str, np.ndarray]  # as gradproof takes them
    sizes: dict[str, int] = field(default_factory=dict)  # those of the problem, and those that were inferred

    def __post_init__(self) -> None:
        self.sizes.update(self.problem.sizes)

    def point(self, field: Field, wrt: tuple[str, ...] = ()) -> Point:
        """The point, with the seeds of the variables that are differentiated by."""
        values = {}
        for name, a in self.arrays.items():
            said = self.problem.where[name]
            kind, shape, _ = declared(said, self.problem.sizes)
            matrix = (*shape, 1, 1)[:2]
            p = int(np.prod(matrix))
            seeds = {1 << j: _seed(p, j, len(wrt), matrix, field) for j, n in enumerate(wrt) if n == name}
            values[name] = Value(kind, Jet(field, {0: _exact(a, said, field).reshape(matrix), **seeds}))
        return Point(field, values, self.sizes, self.functions(field))

    def functions(self, field: Field) -> dict[str, Callable[..., Value]]:
        found: dict[str, Callable[..., Value]] = {}
        for name, said in self.problem.where.items():
            if "entrywise" in said:
                found.update({"D" * order + name: partial(_of_entries, order, field) for order in range(4)})
            elif said.startswith("function"):
                n = declared(self.problem.where["x"], self.problem.sizes)[1][0]
                whole = partial(_inner_function, said, n, self.problem.sizes, field)
                found[name] = whole
                for order in (1, 2, 3):
                    found["D" * order + name] = partial(_derivative_of, whole, order, field)
        return found

    def callables(self) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
        """The declared functions as gradproof takes them: of arrays."""

        def on_arrays(f: Callable[[Value], Value], x: np.ndarray) -> np.ndarray:
            if isinstance(f, partial) and f.func is _of_entries:
                column = np.asarray(x, float).reshape(-1, 1)  # of an array with any number of axes
                return f(Value("v", Jet(FLOAT, {0: column}))).jet.value.reshape(np.shape(x))  # type: ignore[return-value]
            a = np.asarray(x, float).reshape(-1, 1)
            found = f(Value("v", Jet(FLOAT, {0: a})))
            value = found.jet.value
            return float(value[0, 0]) if found.kind == "s" else value.reshape(-1) if found.kind == "v" else value  # type: ignore[return-value]

        return {name: partial(on_arrays, f) for name, f in self.functions(FLOAT).items()}

    def values(self) -> dict[str, object]:
        """Everything that gradproof is given: arrays, functions, and the sizes that only constants have."""
        arrays = {n: float(a) if a.ndim == 0 else a.copy() for n, a in self.arrays.items()}
        sizes = {n: k for n, k in self.sizes.items() if n not in arrays} if self.problem.declared else {}
        return {**sizes, **arrays, **self.callables()}

    def value(self, e: Node, field: Field = FLOAT) -> Value:
        return evaluate(e, self.point(field))

    @cached_property
    def formula(self) -> Value:
        return self.value(self.problem.formula)

    @cached_property
    def magnitude(self) -> float:
        """The largest number on the way to the derivative: what rounding is relative to."""
        known = evaluated(self.problem.formula, self.point(FLOAT, self.problem.wrt))
        return max(float(np.max(np.abs(x), initial=0)) for v in known.values() for x in v.jet.parts.values())

    @cached_property
    def noise(self) -> float:
        """How far the derivative moves when the point moves by one unit in the last place."""
        rng = np.random.default_rng(1)
        moved = {n: a * (1 + 1e-9 * rng.normal(size=a.shape)) for n, a in self.arrays.items()}
        try:
            return float(np.max(np.abs(Case(self.problem, moved).derivative() - self.derivative()), initial=0)) * 1e-7
        except OutOfDomain:
            return 0.0

    def derivative(self, field: Field = FLOAT) -> np.ndarray:
        """In denominator layout, all axes kept: those of the variables in turn, then those of the value."""
        wrt = self.problem.wrt
        found = evaluate(self.problem.formula, self.point(field, wrt))
        shapes = [declared(self.problem.where[n], self.problem.sizes)[1] for n in wrt]
        counts = tuple(int(np.prod(s)) for s in shapes)
        return _full(found, len(wrt), shapes, counts, field)


CELLS = 4000
LARGEST = 1e6


def case(problem: Problem, attempts: int = 4) -> Case | None:
    """The problem at a point inside all domains; None where none is found, or where it would be too large to compare."""
    shapes = {n: declared(s, problem.sizes)[1] for n, s in problem.where.items() if not s.startswith("function")}
    if np.prod([max(1, int(np.prod(shapes[n]))) for n in problem.wrt]) > CELLS / 4:
        return None
    for attempt in range(attempts):
        rng = np.random.default_rng([problem.seed, attempt])
        said = {n: problem.where[n] for n in shapes}
        found = Case(problem, {n: sample(s, problem.sizes, rng) for n, s in said.items()})
        try:
            with np.errstate(all="ignore"):
                value, derivative = found.formula.jet.value, found.derivative()
        except (OutOfDomain, np.linalg.LinAlgError):
            continue
        large = max(np.max(np.abs(value), initial=0), np.max(np.abs(derivative), initial=0))
        if derivative.size <= CELLS and np.isfinite(large) and large < LARGEST:
            return found
    return None


# -- layouts, from their definition


def laid_out(a: np.ndarray, order: int, kind: str, layout: str) -> np.ndarray:
    """A derivative with all axes (variables first) as the layout shows it; `order`: how many axes belong to variables."""
    alone = a.ndim == 1
    if layout == "denominator" or (layout == "mixed" and kind == "s"):
        row = alone and order == 0 and layout == "denominator"
        return a.reshape(1, -1) if row else a
    turned = np.transpose(a, [*range(order, a.ndim), *reversed(range(order))]) if order else a
    return turned.reshape(1, -1) if alone and order == 1 and layout == "numerator" else turned


def stacked(a: np.ndarray, first: int) -> np.ndarray:
    """The matrix with rows vec(first variable) and columns vec(all the rest), columns stacked."""
    turned = np.transpose(a, [*reversed(range(first)), *reversed(range(first, a.ndim))])
    return turned.reshape(int(np.prod(a.shape[:first])), -1)


def transposed(jet: Jet) -> Jet:
    return linear(lambda x: np.swapaxes(x, -1, -2), jet)


assert mpmath.mp.dps >= 50
