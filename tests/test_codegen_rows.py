"""Derivatives by blocks of rows: the same numbers as at once, in little memory, and reasons where it cannot be."""

from __future__ import annotations

import pickle
import random
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.numeric.sample import draw
from random_formulas import formula as random_formula

RNG = np.random.default_rng(0)
X, w = RNG.normal(size=(500, 5)), RNG.normal(size=5)
y, W, v = np.sign(RNG.normal(size=500)), RNG.normal(size=(5, 3)), RNG.uniform(size=500)
Y = np.eye(3)[RNG.integers(0, 3, 500)]
S, mu = np.cov(X.T) + np.eye(5), X.mean(0)
LOGISTIC = "sum(log(1 + exp(-y.*(X*w)))) + lam*norm2(w)^2"
SOFTMAX = "sum(log(exp(X*W)*ones(c))) - tr(Y'*X*W)"
GAUSS = "m*logdet(S) + tr((X - ones(m)*mu')*inv(S)*(X - ones(m)*mu')')"
DATA = {"X": X, "w": w, "y": y, "W": W, "v": v, "Y": Y, "S": S, "mu": mu, "lam": 0.1, "u": W[0], "s": 0.3}
PLAIN, MATRIX, COVARIANCE = (
    {"lam": "scalar"},
    {"X": "matrix m n", "Y": "matrix m c"},
    {"X": "matrix m n", "S": "matrix n n posdef"},
)

SPLIT: list[tuple[str, Any, dict[str, str]]] = [
    (LOGISTIC, "w", PLAIN),
    (LOGISTIC, ["w", "w"], PLAIN),
    ("norm2(X*w - y)^2/m", "w", {"X": "matrix m n"}),
    ("norm2(X*w - y)^2/m + lam*norm2(w)^2", ["w", "w"], {"X": "matrix m n", **PLAIN}),
    ("norm2(X*w - y)", "w", {}),
    ("norm2(X*w - y)", ["w", "w"], {}),  # the root stands in each row's term until it is taken out
    ("sum(log(1 + exp(-y.*(X*w))))/m", "w", {"X": "matrix m n"}),
    ("sum(v.*log(1 + exp(X*w)))", ["w", "w"], {}),
    ("sum(exp(X*w)) - y'*X*w", ["w", "w"], {}),
    ("norm2(X*W - Y)^2 + lam*norm2(W)^2", "W", {**MATRIX, **PLAIN}),
    (SOFTMAX, "W", MATRIX),
    (SOFTMAX, ["W", "W"], MATRIX),
    (GAUSS, "mu", COVARIANCE),
    (GAUSS, "S", COVARIANCE),
    ("tr(inv(S)*X'*X)/m + logdet(S)", "S", COVARIANCE),
    ("logdet(X'*X + exp(s)*eye(n))", "s", {"X": "matrix m n", "s": "scalar"}),
    ("sum(tanh(tanh(X*W)*u))", ["W", "W"], {}),
]
split = pytest.mark.parametrize(("formula", "wrt", "where"), SPLIT)


def of(d: Any, **more: Any) -> dict[str, Any]:
    """The values that a derivative needs."""
    return {n: x for n, x in {**DATA, **more}.items() if n in d.symbols}


@split
def test_blocks_give_the_same(formula: str, wrt: Any, where: dict[str, str]) -> None:
    d = gp.derive(formula, wrt=wrt, where=where)
    f = d.compile("rows", value=True)
    values = of(d)
    rest = {n: x for n, x in values.items() if n not in f.data}
    for rows in (64, 500, 7, None):
        value, found = f(values, rows=rows)
        assert np.allclose(value, d.expression.evaluate(values), rtol=1e-11)
        assert np.allclose(found, d.evaluate(values), rtol=1e-9, atol=1e-9)
    blocks = ({n: values[n][i : i + 100] for n in f.data} for i in range(0, 500, 100))
    assert np.allclose(f.stream(blocks, rest)[1], found)


@split
def test_the_source_stands_alone(formula: str, wrt: Any, where: dict[str, str]) -> None:
    d = gp.derive(formula, wrt=wrt, where=where)
    f = d.compile("rows")
    space: dict[str, Any] = {}
    exec(f.source, space)
    (name,) = {"gradient", "hessian"} & space.keys()
    assert np.allclose(space[name](*[of(d)[n] for n in f.names], rows=150), d.evaluate(of(d)), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        ("X*w", "over m: the result has the m rows itself"),
        (
            "log(sum(exp(X*w)))",
            r"over m: exp\(…\)/sum\(exp\(…\)\) needs all m rows at once: it is not made of one term for each row",
        ),
        ("norm2(X*w - ones(m)*(sum(X*w)/m))^2", "over m: what is summed over the m rows needs another such sum first"),
        ("w'*inv(K)*w", "over n: there is an array for all pairs of the n rows"),
        ("lam*tr(F*F')", "there are no arrays with a named dimension"),
    ],
)
def test_it_says_why_not(formula: str, why: str) -> None:
    where = {
        n: kind
        for n, kind in {"X": "matrix m n", "K": "matrix n n", "lam": "scalar", "F": "matrix 2 3"}.items()
        if n in formula
    }
    with pytest.raises(gp.UnsupportedError, match=why):
        gp.derive(formula, wrt="lam" if "lam" in formula else "w", where=where).compile("rows")


def test_it_says_why_a_value_alone_cannot_be_summed() -> None:
    with pytest.raises(
        gp.UnsupportedError,
        match=r"log\(sum\(exp\(…\)\)\) needs all m rows at once: it is not a sum with one term for each row",
    ):
        gp.derive("s*log(sum(exp(X*w)))*(w'*K*w)", wrt="s", where="s: scalar; K: matrix n n").compile("rows")


def test_names_of_users_are_no_names_of_sums() -> None:
    d = gp.derive("norm2(X*total1)^2 + norm2(total1 - total2)^2", wrt="total1")
    values = {"X": X, "total1": w, "total2": np.ones(5)}
    assert np.allclose(d.compile("rows")(values, rows=99), d.evaluate(values))


def test_a_dimension_that_is_a_number_is_not_cut() -> None:
    d = gp.derive("norm2(X*w)^2/m", wrt="w", where={"X": "matrix 500 n", "m": "scalar"})
    with pytest.raises(gp.UnsupportedError, match="by rows: over n: "):
        d.compile("rows")


def test_rows_may_be_columns() -> None:
    d = gp.derive("norm2(X'*w - y)^2/m", wrt="w", where={"X": "matrix n m", "y": "vector m"})
    f = d.compile("rows")
    assert f.data == {"X": 1, "y": 0}
    values = {"X": X.T.copy(), "w": w, "y": y}
    assert np.allclose(f(values, rows=64), d.evaluate(values))


def test_products_with_vectors() -> None:
    h = gp.hessian(LOGISTIC, wrt="w", where=PLAIN)
    assert np.allclose(h.hvp("rows")(X=X, y=y, w=w, lam=0.1, v=w, rows=99), h.evaluate(X=X, y=y, w=w, lam=0.1) @ w)


def random_sum(rng: random.Random) -> str:
    """A formula of sums over rows, of their functions, and of what is no sum over rows."""

    def term(depth: int) -> str:
        if not depth:
            return rng.choice(["X*w", "y", "v", "(X*W)*u", "X.^2*w", "Y*u", "X*mu/m"])
        one, two = term(depth - 1), term(rng.randrange(depth))
        taken = rng.choice("yv")
        return rng.choice(
            [
                f"tanh({one})",
                f"log(1 + exp({one}))",
                f"({one} + {two})",
                f"({one} - {two})",
                f"({one}).*{taken}",
                f"{total(one, two)}*({one})",
            ]
        )

    def total(one: str, two: str) -> str:
        closed = [
            f"sum({one})",
            f"norm2({one})",
            f"norm2({one} - {two})^2/m",
            f"({one})'*({two})",
            f"tr(X'*diag({one})*X)/m",
            "norm2(w)^2",
        ]
        return f"tanh({rng.choice(closed)}/9)"

    scalars = [
        rng.choice(
            [
                f"sum({t})",
                f"norm2({t})^2/m",
                f"v'*({t})",
                f"log(1 + norm2({t})^2)",
                f"log(sum(exp({t}/m)))",
                f"norm2(X'*({t}))",
            ]
        )
        for t in (term(rng.randint(1, 2)), term(1))
    ]
    return rng.choice([" + ", "*"]).join(scalars) + " + lam*norm2(w)^2"


@pytest.mark.parametrize("order", [1, 2])
def test_random_sums_are_split_right_or_not_at_all(order: int) -> None:
    few = {n: x[:8] if n in "XyvY" else x for n, x in DATA.items()}
    cut, count = 0, 80 // order
    for seed in range(count):
        text = random_sum(random.Random(seed))
        where = {
            **MATRIX,
            **PLAIN,
            **{n: f"vector {d}" for n, d in (("y", "m"), ("v", "m"), ("u", "c"), ("mu", "n"))},
            "W": "matrix n c",
        }
        d = gp.derive(text, wrt=["w"] * order, where=where, verify=False)
        try:
            f = d.compile("rows", value=True)
        except gp.UnsupportedError:
            continue
        want = d.expression.evaluate(of(d, **few)), d.evaluate(of(d, **few))
        for rows in (1, 3, 8):
            for found, right in zip(f(of(d, **few), rows=rows), want, strict=True):
                assert np.allclose(found, right, rtol=1e-7, atol=1e-8 * np.abs(right).max()), f"{text}, {rows} rows"
        cut += 1
    assert count / 4 < cut < count


def test_random_formulas_are_split_right_or_not_at_all() -> None:
    cut = 0
    for seed in range(2000, 2200):
        e = random_formula(seed, depth=5)
        for s in e.variables[:2]:
            try:
                d = gp.derive(e, s, verify=False)
                f = d.compile("rows", value=True)
            except gp.GradproofError:
                continue
            values = draw(e.variables, (), {"n": 7, "m": 8}, np.random.default_rng(seed))
            with np.errstate(all="ignore"):
                want = d.expression.evaluate(values), d.evaluate(values)
                size = max(np.abs(x).max(initial=0) for x in want)
                found = [f(values, rows=rows) for rows in (1, 3, 8)] if size < 1e6 else []
            for pair in found:
                for one, right in zip(pair, want, strict=True):
                    assert np.allclose(one, right, rtol=1e-6, atol=1e-7 * size, equal_nan=True), (
                        f"seed {seed}: {e.ascii} by {s.name}"
                    )
            cut += bool(found)
    assert cut > 1


# -- what is given


@pytest.mark.parametrize(
    ("change", "error", "why"),
    [
        ({"y": y[:400]}, gp.ShapeError, "y"),
        ({"y": y[:1]}, gp.ShapeError, "y"),
        ({"w": w[:4]}, gp.ShapeError, "w"),
        ({"z": w}, gp.DomainError, "there is no z here"),
        ({"X": X[:0], "y": y[:0]}, None, ""),
    ],
)
def test_arrays_that_do_not_fit(change: dict[str, Any], error: Any, why: str) -> None:
    d = gp.derive(LOGISTIC, wrt="w", where=PLAIN)
    values = {**of(d), **change}
    if error is None:
        assert np.allclose(d.compile("rows")(values), 0.2 * w)
        return
    with pytest.raises(error, match=why):
        d.compile("rows")(values)


def test_blocks_that_do_not_fit_together() -> None:
    g = gp.derive("sum(X*w)*s + n", wrt="s", where={"s": "scalar", "X": "matrix m n"}).compile("rows")
    with pytest.raises(gp.ShapeError):
        g.stream([{"X": X}, {"X": X[:, :4]}], w=w)
    with pytest.raises(gp.DomainError, match="no value for w"):
        g.stream([{"X": X}])
    with pytest.raises(gp.DomainError, match="there are no rows"):
        g.stream([], w=w)


def test_sizes_that_only_the_data_tell() -> None:
    d = gp.derive("s^2*tr(X'*X)/n/m", wrt="s", where={"s": "scalar", "X": "matrix m n"})
    f = d.compile("rows")
    assert f.names == ("X", "s")
    assert np.allclose(f(X=X, s=2.0, rows=77), d.evaluate(X=X, s=2.0))
    assert np.allclose(f.stream([{"X": X[:100]}, {"X": X[100:]}], s=2.0), d.evaluate(X=X, s=2.0))


def test_precision_and_whole_numbers() -> None:
    d = gp.derive(LOGISTIC, wrt="w", where=PLAIN)
    single = {n: x.astype(np.float32) if n in "Xyw" else x for n, x in of(d).items()}
    assert d.compile("rows")(single, rows=99).dtype == np.float32
    assert np.allclose(d.compile("rows")({**single, "w": w}, rows=99), d.evaluate(of(d)), rtol=1e-4)
    whole = {**of(d), "X": np.ones((500, 5), dtype=np.int8), "y": [1] * 500}
    assert np.allclose(d.compile("rows")(whole, rows=99), d.evaluate({**whole, "X": np.ones((500, 5))}))


def test_pickled() -> None:
    d = gp.derive(LOGISTIC, wrt="w", where=PLAIN)
    assert np.allclose(pickle.loads(pickle.dumps(d.compile("rows")))(of(d)), d.evaluate(of(d)))


# -- memory


def test_memory_stays_below_a_few_blocks() -> None:
    d = gp.derive(LOGISTIC, wrt=["w", "w"], where=PLAIN)
    values = {"X": RNG.normal(size=(100_000, 20)), "y": np.ones(100_000), "w": np.ones(20), "lam": 0.1}
    block = 2_000 * 21 * 8

    def peak(target: str, **more: Any) -> int:
        f = d.compile(target)
        f({**values, "X": values["X"][:10], "y": values["y"][:10]})
        tracemalloc.start()
        try:
            f(values, **more)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak("rows", rows=2_000) < 4 * block
    assert peak("numpy") > 4 * block


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux")
def test_pages_of_a_mapped_file_are_given_back(tmp_path: Path) -> None:
    rows, columns = 400_000, 10
    with open(tmp_path / "X", "wb") as file:
        for _ in range(20):
            file.write(np.ones((rows // 20, columns)).tobytes())
    mapped = np.memmap(tmp_path / "X", dtype=float, mode="r", shape=(rows, columns))
    f = gp.derive("norm2(X*w)^2", wrt="w").compile("rows")
    f(X=mapped[:10], w=np.ones(columns))
    shared = []  # pages of files that are resident

    def watched() -> Any:
        for block in f.pieces({"X": mapped}, rows=10_000):
            yield block
            shared.append(int(Path("/proc/self/statm").read_text().split()[2]) * 4096)

    assert np.allclose(f.stream(watched(), w=np.ones(columns)), 2 * rows * columns)
    assert max(shared) - min(shared) < 4 * 10_000 * columns * 8 < rows * columns * 8 / 4


def test_a_file_whose_changes_are_in_memory_only_keeps_them(tmp_path: Path) -> None:
    X.tofile(tmp_path / "X")
    mapped = np.memmap(tmp_path / "X", dtype=float, mode="c", shape=X.shape)
    mapped[:] = 1
    f = gp.derive("norm2(X*w)^2", wrt="w").compile("rows")
    assert np.allclose(f(X=mapped, w=w, rows=100), 2 * 500 * w.sum())
    assert np.all(mapped == 1)
