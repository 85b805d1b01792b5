"""Products with stackings, axes that are made of several, in canonical form: each against the einsum of the arrays, as they were put together."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.engine.contract import add, contract
from gradproof.engine.lower import lower
from gradproof.engine.stacking import merged, opened, parted
from gradproof.engine.tensor import Contraction, Stacking, Tensor, stacking, variable, walk_tensor
from gradproof.engine.value import tensor_value
from gradproof.shapes.dims import dim, product

N = 3
n, both = dim("n"), product((dim("n"), dim("n")))
RNG = np.random.default_rng(0)
VALUES: dict[str, Any] = {
    "u": RNG.normal(size=N),
    "A": RNG.normal(size=(N, N)),
    "y": RNG.normal(size=N * N),
    "M": RNG.normal(size=(N * N, N * N)),
    "R": RNG.normal(size=(N, N * N)),
}
AXES = {"u": (n,), "A": (n, n), "y": (both,), "M": (both, both), "R": (n, both)}
P = stacking((n, n))
BASES = {
    name: lower(gp.parse(f"{name}(n)*t", where={"t": f"vector {size}"})).tensor
    for name, size in (("duplication", "n*(n+1)/2"), ("toeplitzbasis", "n"))
}


def leaves() -> dict[Tensor, np.ndarray]:
    """Tensors that products are made of, with their arrays."""
    found: dict[Tensor, np.ndarray] = {variable(k, AXES[k]): v for k, v in VALUES.items()}
    found[P] = np.eye(N * N).reshape(N * N, N, N)
    found[
        add([(1, variable("A", AXES["A"])), (2, contract(1, [(variable("A", AXES["A"]), (1, 0), 1)], (0, 1)))], (n, n))
    ] = VALUES["A"] + 2 * VALUES["A"].T
    return found


def random_product(
    rng: random.Random,
) -> tuple[list[tuple[Tensor, tuple[int, ...], int]], tuple[int, ...], dict[int, Any]]:
    """Factors over a few indices of two lengths, of which at least one is a stacking; what is left open; the dimensions."""
    known = list(leaves())
    chosen = [P, *(rng.choice([P, P, *known]) for _ in range(rng.randint(1, 4)))]
    small, large = list(range(4)), list(range(10, 13))
    factors, dims = [], {}
    for t in chosen:
        indices = tuple(rng.choice(large if d == both else small) for d in t.axes)
        dims |= dict(zip(indices, t.axes, strict=True))
        e = rng.choice([1, 1, 1, 2]) if isinstance(t, Stacking) else 1
        factors.append((t, indices, e))
    used = sorted(dims)
    out = tuple(rng.sample(used, rng.randint(0, min(3, len(used)))))
    return factors, out, {i: dims[i] for i in out}


@pytest.mark.parametrize("seed", range(150))
def test_a_product_with_stackings_has_the_value_of_its_einsum(seed: int) -> None:
    rng, arrays = random.Random(seed), leaves()
    factors, out, dims = random_product(rng)
    operands: list[Any] = []
    for t, indices, e in factors:
        operands += [arrays[t] ** e, list(indices)]
    wanted = 3 * np.einsum(*operands, list(out))
    got = tensor_value(contract(3, factors, out, dims), VALUES, {"n": N})
    np.testing.assert_allclose(got, wanted, 1e-10, 1e-10)


def test_without_stackings_there_is_nothing_to_open() -> None:
    A = variable("A", AXES["A"])
    assert opened([(A, (0, 1), 1)], (0, 1)) is None


@pytest.mark.parametrize("basis", BASES)
def test_bases_of_symmetric_matrices_have_their_parts_in_order(basis: str) -> None:
    """D[p,k] with p the pair (i, j) is D[p,k] with (j, i): one tensor, and the array of the one."""
    made = next(
        t for t in walk_tensor(BASES[basis]) if t.order == 2 and t.axes[0] == both and not isinstance(t, Contraction)
    )
    array = tensor_value(made, {}, {"n": N})
    one, other = (contract(1, [(made, (5, 2), 1), (P, (5, *ij), 1)], (0, 1, 2)) for ij in ((0, 1), (1, 0)))
    assert one is other
    wanted = array.reshape(N, N, -1)
    np.testing.assert_allclose(tensor_value(one, {}, {"n": N}), wanted)
    A = variable("A", AXES["A"])
    for ij in ((0, 1), (1, 0)):  # beside another factor
        t = contract(1, [(made, (5, 2), 1), (P, (5, *ij), 1), (A, (0, 1), 1)], (2,))
        np.testing.assert_allclose(
            tensor_value(t, VALUES, {"n": N}), np.einsum("ijk,ij->k", wanted, VALUES["A"]), 1e-12
        )


@pytest.mark.parametrize(
    "formula", ["inv(kron(A,B))", "inv(kron(2*A,B*A))", "inv(3*kron(A,B))", "inv(kron(A,B)')", "inv(tr(A)*kron(A,B))"]
)
def test_inverses_of_kronecker_products(formula: str) -> None:
    B = RNG.normal(size=(2, 2))
    where = "A: matrix n n; B: matrix n n" if "B*A" in formula else "A: matrix n n; B: matrix m m"
    values = {"A": VALUES["A"], "B": VALUES["A"].T + 1 if "B*A" in formula else B}
    e = gp.parse(formula, where=where)
    t = lower(e)
    inside = gp.parse(formula[4:-1], where=where)
    wanted = np.linalg.inv(inside.evaluate(values))
    np.testing.assert_allclose(e.evaluate(values), wanted, 1e-9, 1e-9)
    sizes = {"n": N, "m": 2}
    got = tensor_value(t.tensor, values, sizes)
    np.testing.assert_allclose(np.reshape(got, wanted.shape), wanted, 1e-9, 1e-9)


def test_an_axis_is_taken_apart_and_axes_are_put_together() -> None:
    y, M, A = (variable(k, AXES[k]) for k in "yMA")
    sizes = {"n": N}
    np.testing.assert_array_equal(tensor_value(parted(y, 0, (n, n)), VALUES, sizes), VALUES["y"].reshape(N, N))
    whole = VALUES["M"].reshape(N * N, N, N)
    np.testing.assert_array_equal(tensor_value(parted(M, 1, (n, n)), VALUES, sizes), whole)
    np.testing.assert_array_equal(tensor_value(merged(A, (2,)), VALUES, sizes), VALUES["A"].reshape(-1))


def test_the_inverse_of_a_kronecker_product_whose_columns_are_exchanged() -> None:
    """Its blocks are not inverted one by one: no block has the indices of one place."""
    where = "A: matrix n n; B: matrix n n; y: vector n*n; z: vector n*n"
    d = gp.derive("y'*inv(kron(A,B)*commutation(n,n))*z", "y", where)
    A, B, y, z = VALUES["A"], RNG.normal(size=(N, N)), VALUES["y"], RNG.normal(size=N * N)
    exchange = np.eye(N * N).reshape(N, N, N * N).transpose(1, 0, 2).reshape(N * N, N * N)
    want = np.linalg.solve(np.kron(A, B) @ exchange, z)
    np.testing.assert_allclose(d.evaluate(A=A, B=B, y=y, z=z), want, 1e-8)
