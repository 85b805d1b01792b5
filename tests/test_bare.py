"""Each word of `bare` against NumPy's, on random arrays; and linear algebra against its definitions."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.engine.value import tensor_value
from gradproof.numeric import bare
from gradproof.ops import TABLE

RNG = np.random.default_rng(5)
A, B, S = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 2)), RNG.normal(size=(3, 3))
x, y = RNG.normal(size=4), RNG.uniform(0.1, 0.9, 4)
T = RNG.normal(size=(2, 3, 4))

WORDS: list[Callable[[ModuleType | Any, Callable[[Any], Any]], Any]] = [
    lambda np, a: a(A) @ a(B), lambda np, a: a(A) @ a(x), lambda np, a: a(x) @ a(B), lambda np, a: a(x) @ a(y), lambda np, a: a(A) + a(x),
    lambda np, a: a(A) * 2.0 - a(x), lambda np, a: 1.0 / a(x), lambda np, a: a(x) / a(y), lambda np, a: a(x) / 0.0, lambda np, a: 0 * a(x) / 0.0,
    lambda np, a: a(x) ** 2, lambda np, a: a(x) ** 0.5, lambda np, a: a(x) ** -3.0, lambda np, a: 2.0 ** a(x), lambda np, a: (0 * a(x)) ** -1.0,
    lambda np, a: a(x) ** 999999.0, lambda np, a: -a(A), lambda np, a: abs(a(A)), lambda np, a: a(A).T, lambda np, a: a(T).transpose(2, 0, 1),
    lambda np, a: a(T).reshape(4, -1), lambda np, a: a(T)[1], lambda np, a: a(T)[:, 1], lambda np, a: a(T)[1, :, ::-1], lambda np, a: a(A)[1:, :-1],
    lambda np, a: a(x)[:, None], lambda np, a: a(x)[a(x) > 0], lambda np, a: a(A)[np.arange(2)], lambda np, a: a(A)[2, -1], lambda np, a: a(A)[...],
    lambda np, a: a(A) > 0, lambda np, a: (a(x) >= 0) | (a(x) == 1), lambda np, a: (a(x) < 0) & (a(x) != 1), lambda np, a: a(x) <= 0.1,
    lambda np, a: np.sum(a(T), 1), lambda np, a: np.sum(a(T), (0, 2)), lambda np, a: np.sum(a(A)), lambda np, a: a(A).sum(), lambda np, a: a(A).max(),
    lambda np, a: np.max(a(T), (0,), keepdims=True), lambda np, a: np.max(a(x), initial=9.0), lambda np, a: a(x).min(initial=0.0),
    lambda np, a: np.min(a(x)), lambda np, a: np.argmax(a(x)), lambda np, a: np.mean(a(A), axis=0), lambda np, a: np.prod(a(x)), lambda np, a: np.all(a(x) > -9),
    lambda np, a: np.any(a(x) > 9), lambda np, a: np.eye(3), lambda np, a: np.eye(2, 3), lambda np, a: np.zeros((2, 3)), lambda np, a: np.ones(3),
    lambda np, a: np.full((2, 2), 7.0), lambda np, a: np.arange(4), lambda np, a: np.resize(a(x), (3, 3)), lambda np, a: np.append(a(x), 1.0),
    lambda np, a: np.stack([a(x), a(y)], axis=1), lambda np, a: np.stack([a(x), a(y)]), lambda np, a: np.diag(a(A)), lambda np, a: np.diag(a(x)),
    lambda np, a: np.triu(a(A), 1), lambda np, a: np.tril(a(A), -1), lambda np, a: np.triu(a(S)), lambda np, a: np.vdot(a(x), a(y)),
    lambda np, a: np.tensordot(a(A), a(T), (range(2), (1, 2))), lambda np, a: np.tensordot(a(T), a(A), ([2], [1])), lambda np, a: np.subtract.outer(a(x), a(y)),
    lambda np, a: np.squeeze(a(x)[:, None]), lambda np, a: np.atleast_2d(a(x)), lambda np, a: np.transpose(a(T), (1, 2, 0)), lambda np, a: np.transpose(a(A)),
    lambda np, a: np.broadcast_to(a(x), (2, 3, 4)), lambda np, a: np.broadcast_arrays(a(x), a(A))[0], lambda np, a: np.ravel(a(A)), lambda np, a: np.shape(a(T)),
    lambda np, a: np.ndim(a(T)), lambda np, a: np.size(a(T)), lambda np, a: np.where(a(A) > 0, a(A), 0.0), lambda np, a: np.where(a(x) > 0, 1.0, a(y)),
    lambda np, a: np.maximum(a(x), 0), lambda np, a: np.minimum(a(x), a(y)), lambda np, a: np.logaddexp(a(x), 800.0), lambda np, a: np.ldexp(a(x), 3),
    lambda np, a: np.copysign(2.0, a(x)), lambda np, a: np.sign(a(x)), lambda np, a: np.rint(3 * a(x)), lambda np, a: np.floor(3 * a(x)),
    lambda np, a: np.isfinite(a(x) / 0.0), lambda np, a: np.isnan(0 * a(x) / 0.0), lambda np, a: np.einsum("ij,jk,k->i", a(A), a(B), a(y[:2])),
    lambda np, a: np.einsum("ii->i", a(S)), lambda np, a: np.einsum("ii->", a(S)), lambda np, a: np.einsum(a(A), (5, 7), a(x), (7,), (7, 5)),
    lambda np, a: np.einsum("i,j->ji", a(x), a(y)), lambda np, a: np.einsum("ijk->k", a(T)), lambda np, a: np.linalg.inv(a(S)), lambda np, a: np.linalg.det(a(S)),
    lambda np, a: np.linalg.solve(a(S), a(A)), lambda np, a: np.linalg.solve(a(S), a(S[0])), lambda np, a: np.linalg.pinv(a(A)), lambda np, a: np.linalg.pinv(a(A).T),
    lambda np, a: np.linalg.cond(a(S)), lambda np, a: np.linalg.cond(a(A)), lambda np, a: np.linalg.matrix_rank(a(S)), lambda np, a: np.linalg.matrix_power(a(S), -3),
    lambda np, a: np.max(np.real(np.linalg.eigvals(a(S)))), lambda np, a: np.linalg.norm(a(x)), lambda np, a: np.linalg.eigvalsh(a(S + S.T)), lambda np, a: np.linalg.svd(a(S))[1], lambda np, a: np.linalg.svd(a(B))[1],
    lambda np, a: (lambda u, s, v: u @ v)(*np.linalg.svd(a(S))), lambda np, a: np.linalg.matrix_rank(np.outer(a(x), a(x)) if np is not bare else a(x)[:, None] * a(x)),
]  # fmt: skip
FUNCTIONS = (
    "exp log log1p expm1 log2 sqrt sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh rint floor sign isfinite isnan abs"
).split()


@pytest.mark.parametrize("k", range(len(WORDS)))
def test_a_word_means_what_it_does_in_numpy(k: int) -> None:
    word = WORDS[k]
    with np.errstate(all="ignore"):
        wanted = np.asarray(word(np, lambda a: np.array(a)))
    found = word(bare, lambda a: bare.asarray(a.tolist()))
    assert np.shape(found) == wanted.shape
    np.testing.assert_allclose(np.asarray(found, dtype=float), np.asarray(wanted, dtype=float), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_means_what_it_does_in_numpy(name: str) -> None:
    numbers = [-1e3, -2.0, -1.0, -0.5, 0.0, 0.3, 0.5, 1.0, 1.5, 2.5, 1e3, math.inf, -math.inf, math.nan]
    with np.errstate(all="ignore"):
        wanted = getattr(np, name)(np.array(numbers))
    np.testing.assert_allclose(np.array(getattr(bare, name)(bare.asarray(numbers))), wanted, rtol=1e-12)
    assert [getattr(bare, name)(z) for z in (0.3, 0.5)] == pytest.approx(list(wanted[5:7]), nan_ok=True)


@pytest.mark.parametrize(
    "name", sorted(n for n, op in TABLE.items() if n == op.name and op.numpy and not op.letters and op.arity == 1)
)
def test_the_text_of_an_operation_has_the_same_value(name: str) -> None:
    op = TABLE[name]
    for a in (S, y, 1 + y, 2 * x):
        if a.ndim == 1 and not any(slot.kind in "v*" for s in op.signatures for slot in s.args):
            continue
        if a.ndim == 2 and not any(slot.kind in "m*" for s in op.signatures for slot in s.args):
            continue
        with np.errstate(all="ignore"):
            try:
                wanted = op.value(np, a)
            except np.linalg.LinAlgError:  # outside its domain
                with pytest.raises(gp.GradproofError):
                    op.value(bare, bare.asarray(a.tolist()))
                continue
        np.testing.assert_allclose(np.asarray(op.value(bare, bare.asarray(a.tolist()))), wanted, rtol=1e-10, atol=1e-12)


def test_a_singular_matrix_has_no_inverse() -> None:
    with pytest.raises(bare.linalg.LinAlgError):
        bare.linalg.inv(bare.ones((2, 2)))
    assert bare.linalg.det(bare.ones((2, 2))) == 0
    assert bare.linalg.cond(bare.zeros((2, 2))) == math.inf


def test_shapes_that_do_not_fit_are_errors() -> None:
    with pytest.raises(ValueError, match="fit together"):
        bare.ones(3) + bare.ones(2)
    with pytest.raises(ValueError, match="no shape"):
        bare.ones(3).reshape(2, 2)
    with pytest.raises(ValueError, match="lengths"):
        bare.asarray([[1.0], [1.0, 2.0]])
    with pytest.raises(IndexError):
        print(bare.ones(3)[3])


def test_random_numbers_are_the_same_everywhere() -> None:
    one, two = (bare.random.default_rng([1, 2]) for _ in range(2))
    assert one.uniform(0.3, 1.5, (2, 3)).tolist() == two.uniform(0.3, 1.5, (2, 3)).tolist()
    assert sorted(one.permutation(range(5))) == list(range(5))
    assert {one.choice([-1.0, 1.0]) for _ in range(20)} == {-1.0, 1.0}
    assert set(one.integers(2, 4, 50).tolist()) == {2, 3}
    assert bare.random.default_rng(0).uniform() == pytest.approx(random_by_hand())


def random_by_hand() -> float:
    import random  # the same name stands in `bare`

    return random.Random("0").random()


def test_a_root_of_a_negative_number_is_no_complex_one() -> None:
    """Of Python's numbers (-2.0)**-0.5 is complex; a determinant is such a number without NumPy."""
    d = gp.derive("det(S)^(-1/2)*c", "c", "S: matrix n n; c: scalar")
    value = tensor_value(d.tensor, {"S": bare.asarray([[0.0, 1.0], [2.0, 0.0]])}, {"n": 2}, bare)
    assert not isinstance(value, complex)
    assert value != value
