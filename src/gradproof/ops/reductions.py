"""Reductions of all entries, running sums, functions of each row."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from gradproof.errors import DomainError
from gradproof.facts.bounds import NONNEGATIVE, Bounds
from gradproof.ops import domain
from gradproof.ops.operation import Code, Definition, Differential, Operation, signatures
from gradproof.say import say

_ALL = signatures("i-> i'-> ij->")
_SAME = signatures("i->i i'->i' ij->ij")


def _entries(algebra: Any, x: Any) -> list[Any]:
    return [algebra.gather(x, (), [k]) for k in range(len(x.value))]


def _product(algebra: Any, x: Any) -> Any:
    first, *rest = _entries(algebra, x)
    for y in rest:
        first = algebra.times(first, y)
    return first


def _largest(sign: int) -> Any:
    def entry(algebra: Any, x: Any) -> Any:
        return algebra.gather(x, (), [max(range(len(x.value)), key=lambda k: sign * x.value[k])])

    return entry


def _places(sign: int) -> Any:
    """1 at the largest entry, shared by those that are equal."""

    def indicator(algebra: Any, x: Any) -> Any:
        top = max(sign * y for y in x.value)
        found = [float(sign * y == top) for y in x.value]
        return algebra.constant(x.shape, [y / sum(found) for y in found])

    return indicator


def _top(algebra: Any, x: Any, k: Any) -> list[int]:
    """The places of the k largest entries."""
    count = k.value[0] if hasattr(k, "value") else k
    if count != int(count) or not 1 <= count <= len(x.value):
        raise DomainError(say("there are not so many entries"))
    return sorted(range(len(x.value)), key=lambda i: -x.value[i])[: int(count)]


def _are_first(algebra: Any, x: Any, k: Any) -> Any:
    count = k.value[0] if hasattr(k, "value") else k
    if count != int(count) or not 0 <= count <= len(x.value):
        raise DomainError(say("there are not so many entries"))
    return algebra.constant(x.shape, [float(i < count) for i in range(len(x.value))])


def _sum_of_top(algebra: Any, x: Any, k: Any) -> Any:
    return algebra.combine([(1, algebra.gather(x, (), [i])) for i in _top(algebra, x, k)], ())


def _are_top(algebra: Any, x: Any, k: Any) -> Any:
    found = _top(algebra, x, k)
    return algebra.constant(x.shape, [float(i in found) for i in range(len(x.value))])


def _extreme(name: str, sign: int, doc: str, places: str) -> tuple[Operation, Operation]:
    word = "max" if sign > 0 else "min"
    value = Operation(
        name,
        _ALL,
        Differential(f"sum({places}(X).*dX)"),
        doc,
        numpy=f"np.{word}(x)",
        kernel=_largest(sign),
        rational=False,
        analytic=False,
        invariant=True,
        convexity=("convex" if sign > 0 else "concave", "rises"),
        among=True,
        degree=1,
        domain=domain.NO_TIE if sign > 0 else domain.NO_TIE_BELOW,
        latex=rf"\{word}({{0}})",
        code=Code(
            jax=f"jnp.{word}(x)",
            torch=f"torch.{word}(x)",
            array_api=f"xp.{word}(x)",
            julia=f"{word}imum(x)",
            matlab=f"{word}(reshape(x, [], 1))",
        ),
    )
    test = "(lambda t: t / t.sum())({1}.where(x == {0}(x), 1.0, {2}))"
    where = Operation(
        places,
        _SAME,
        Differential("0*dX"),
        f"1 where the {'largest' if sign > 0 else 'smallest'} entry is, else 0; shared where several are equal",
        numpy=test.format(f"np.{word}", "np", "np.zeros(x.shape, x.dtype)"),
        kernel=_places(sign),
        rational=False,
        analytic=False,
        domain=domain.NO_TIE if sign > 0 else domain.NO_TIE_BELOW,
        code=Code(
            jax=test.format(f"jnp.{word}", "jnp", "jnp.zeros_like(x)"),
            torch=f"(lambda t: t / t.sum())((x == torch.{word}(x)).to(x.dtype))",
            array_api=None,
            julia=f"(t -> t ./ sum(t))(1.0 .* (x .== {word}imum(x)))",
            matlab=None,
        ),
    )
    return value, where


def _rows_of(x: Any) -> list[range]:
    """The places of each row of a matrix."""
    m, n = x.shape
    return [range(i * n, i * n + n) for i in range(m)]


def _entries_in_rows(sign: int) -> Any:
    def entries(algebra: Any, x: Any) -> Any:
        at = [max(row, key=lambda k: sign * x.value[k]) for row in _rows_of(x)]
        return algebra.gather(x, x.shape[:1], at)

    return entries


def _places_in_rows(sign: int) -> Any:
    def indicator(algebra: Any, x: Any) -> Any:
        found: list[float] = []
        for row in _rows_of(x):
            top = max(sign * x.value[k] for k in row)
            ones = [float(sign * x.value[k] == top) for k in row]
            found += [y / sum(ones) for y in ones]
        return algebra.constant(x.shape, found)

    return indicator


def _extreme_rows(name: str, sign: int, doc: str, places: str) -> tuple[Operation, Operation]:
    word = "max" if sign > 0 else "min"
    tie = domain.NO_TIE_IN_ROWS if sign > 0 else domain.NO_TIE_BELOW_IN_ROWS
    value = Operation(
        name,
        signatures("ij->i"),
        Differential(f"({places}(X).*dX)*ones(n)"),
        doc,
        numpy=f"np.{word}(x, axis=1)",
        kernel=_entries_in_rows(sign),
        rational=False,
        analytic=False,
        convexity=("convex" if sign > 0 else "concave", "rises"),
        degree=1,
        domain=tie,
        latex=rf"\{word}_{{{{\text{{{{rows}}}}}}}}({{0}})",
        code=Code(
            jax=f"jnp.{word}(x, axis=1)",
            torch=f"torch.a{word}(x, 1)",
            array_api=f"xp.{word}(x, axis=1)",
            julia=f"vec({word}imum(x, dims=2))",
            matlab=f"{word}(x, [], 2)",
        ),
    )
    test = "(lambda t: (t / {1}.sum(t, axis=0)).T)({1}.where(x.T == {0}(x, axis=1), 1.0, {2}))"
    where = Operation(
        places,
        signatures("ij->ij"),
        Differential("0*dX"),
        f"1 where the {'largest' if sign > 0 else 'smallest'} entry of each row is, else 0; shared where several are equal",
        numpy=test.format(f"np.{word}", "np", "np.zeros(x.T.shape, x.dtype)"),
        kernel=_places_in_rows(sign),
        rational=False,
        analytic=False,
        domain=tie,
        code=Code(
            jax=test.format(f"jnp.{word}", "jnp", "jnp.zeros_like(x.T)"),
            torch=f"(lambda t: t / t.sum(1, keepdim=True))((x == torch.a{word}(x, 1, keepdim=True)).to(x.dtype))",
            array_api=None,
            julia=f"(t -> t ./ sum(t, dims=2))(1.0 .* (x .== {word}imum(x, dims=2)))",
            matlab=None,
        ),
    )
    return value, where


# where there are not so many places, code that cannot raise gives nan
_FIRST_JAX = (
    "jnp.where((a >= 0) & (a <= x.shape[0]) & (a % 1 == 0), (jnp.arange(x.shape[0]) < a).astype(x.dtype), jnp.nan)"
)
_FIRST_TORCH = (
    "torch.where(torch.as_tensor((a >= 0) & (a <= len(x)) & (a % 1 == 0), device=x.device), "
    "(torch.arange(len(x), device=x.device) < a).to(x.dtype), torch.nan)"
)

REDUCTIONS = (
    *_extreme("max", 1, "the largest entry", "argmaxvec"),
    *_extreme("min", -1, "the smallest entry", "argminvec"),
    *_extreme_rows("max_rows", 1, "the largest entry of each row", "argmax_rows"),
    *_extreme_rows("min_rows", -1, "the smallest entry of each row", "argmin_rows"),
    Operation(
        "prod",
        _ALL,
        Differential("Y*sum(dX./X)"),
        "the product of all entries",
        numpy="np.prod(x)",
        kernel=_product,
        domain=domain.NONZERO,
        log_concave=True,
        degree="n",
        invariant=True,
        code=Code(
            jax="jnp.prod(x)",
            torch="torch.prod(x)",
            array_api="xp.prod(x)",
            julia="prod(x)",
            matlab="prod(reshape(x, [], 1))",
        ),
    ),
    Operation(
        "sumtop",
        signatures("i,->"),
        Differential("topk(X, k)'*dX", ("X", "k")),
        "the sum of the k largest entries",
        source="Boyd & Vandenberghe 3.2.3",
        numpy="np.sum(-np.sort(-x) * _first(x, a))",
        kernel=_sum_of_top,
        rational=False,
        whole=(1,),
        analytic=False,
        convexity=("convex", "rises"),
        degree=1,
        domain=domain.NO_TWO_EQUAL,
        code=Code(
            jax=f"(jnp.sort(x)[::-1] * {_FIRST_JAX}).sum()",
            torch=f"(torch.sort(x, descending=True).values * {_FIRST_TORCH}).sum()",
            julia=None,
            matlab=None,
        ),
    ),
    Operation(
        "topk",
        signatures("i,->i"),
        Differential("0*dX", ("X", "k")),
        "1 where the k largest entries are, else 0",
        numpy="_first(x, a)[np.argsort(np.argsort(-x))]",
        kernel=_are_top,
        rational=False,
        whole=(1,),
        analytic=False,
        domain=domain.NO_TWO_EQUAL,
        code=Code(
            jax=f"{_FIRST_JAX}[jnp.argsort(jnp.argsort(-x))]",
            torch=f"{_FIRST_TORCH}[torch.argsort(torch.argsort(-x))]",
            julia=None,
            matlab=None,
        ),
    ),
    Operation(
        "upto",
        signatures("i,->i"),
        Differential("0*dX", ("X", "k")),
        "1 in the first k places, as many places as the argument has, 0 in the others",
        numpy="_first(x, a)",
        kernel=_are_first,
        rational=False,
        whole=(1,),
        bounds=Bounds(Fraction(0), Fraction(1)),
        code=Code(jax=_FIRST_JAX, torch=_FIRST_TORCH, julia=None, matlab=None),
    ),
    Operation("cumsum", signatures("i->i"), Definition("lowertri(n)*X"), "running sums"),
    Operation(
        "norm21",
        signatures("ij->"),
        Definition("sum(sqrt(diag(X'*X)))"),
        "the sum of the Euclidean norms of the columns",
        domain=domain.NONZERO_COLUMNS,
        source="Ding et al. (2006)",
    ),
    Operation(
        "softmax_rows",
        signatures("ij->ij"),
        Definition("diag(1./(exp(X)*ones(n)))*exp(X)"),
        "softmax of each row",
        latex=r"\operatorname{{softmax}}_{{\text{{rows}}}}({0})",
    ),
    Operation(
        "logsumexp_rows",
        signatures("ij->i"),
        Definition("log(exp(X)*ones(n))"),
        "logsumexp of each row",
        latex=r"\operatorname{{logsumexp}}_{{\text{{rows}}}}({0})",
    ),
    Operation(
        "huber",
        signatures("*->*"),
        Definition("(X.^2 - relu(abs(X) - 1).^2)/2"),
        "Huber's loss of each entry: x^2/2 where abs(x) <= 1, abs(x) - 1/2 elsewhere",
        source="Huber (1964)",
        bounds=NONNEGATIVE,
        analytic=False,
        convexity=("convex",),
    ),
    Operation(
        "leaky_relu",
        signatures("*->*"),
        Definition("relu(X) - relu(-X)/100"),
        "x where it is positive, x/100 elsewhere",
        analytic=False,
        convexity=("convex", "rises"),
        domain=domain.NONZERO,
        latex=r"\operatorname{{leakyrelu}}({0})",
    ),
)

# what can be taken of all terms over an index, as a sum is: max(i: …)
UPTO = next(op for op in REDUCTIONS if op.name == "upto")
LARGEST = next(op for op in REDUCTIONS if op.name == "max")
OF_TERMS = frozenset(op for op in REDUCTIONS if op.name in ("max", "min", "prod"))
OF_ROWS = {op.name.removesuffix("_rows"): op for op in REDUCTIONS if op.name in ("max_rows", "min_rows")}
