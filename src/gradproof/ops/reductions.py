"""Reductions of all entries, running sums, functions of each row."""

from __future__ import annotations

from typing import Any

from gradproof.ops import domain
from gradproof.ops.operation import Code, Definition, Differential, Operation, signatures

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
        degree=1,
        domain=domain.NO_TIE if sign > 0 else domain.NO_TIE_BELOW,
        latex=rf"\{word}({{0}})",
        code=Code(
            jax=f"jnp.{word}(x)",
            torch=f"torch.{word}(x)",
            array_api=f"xp.{word}(x)",
            julia=f"{word}imum(x)",
            matlab=f"{word}(x, [], 'all')",
        ),
    )
    test = "(lambda t: t / t.sum())({1}.where(x == {0}(x), 1.0, {1}.zeros_like(x)))"
    where = Operation(
        places,
        _SAME,
        Differential("0*dX"),
        f"1 where the {'largest' if sign > 0 else 'smallest'} entry is, else 0; shared where several are equal",
        numpy=test.format(f"np.{word}", "np"),
        kernel=_places(sign),
        rational=False,
        analytic=False,
        equivariant=True,
        domain=domain.NO_TIE if sign > 0 else domain.NO_TIE_BELOW,
        code=Code(
            jax=test.format(f"jnp.{word}", "jnp"),
            torch=test.format(f"torch.{word}", "torch"),
            array_api=None,
            julia=f"(t -> t ./ sum(t))(1.0 .* (x .== {word}imum(x)))",
            matlab=None,
        ),
    )
    return value, where


REDUCTIONS = (
    *_extreme("max", 1, "the largest entry", "argmaxvec"),
    *_extreme("min", -1, "the smallest entry", "argminvec"),
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
            matlab="prod(x, 'all')",
        ),
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
        latex=r"\operatorname{{softmaxrows}}({0})",
    ),
    Operation(
        "logsumexp_rows",
        signatures("ij->i"),
        Definition("log(exp(X)*ones(n))"),
        "logsumexp of each row",
        latex=r"\operatorname{{logsumexprows}}({0})",
    ),
    Operation(
        "huber",
        signatures("*->*"),
        Definition("(X.^2 - relu(abs(X) - 1).^2)/2"),
        "Huber's loss of each entry: x^2/2 where abs(x) <= 1, abs(x) - 1/2 elsewhere",
        source="Huber (1964)",
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
OF_TERMS = frozenset(op for op in REDUCTIONS if op.name in ("max", "min", "prod"))
