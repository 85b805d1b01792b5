"""The table of facts: every entry is tested by being there, on numbers, and a wrong entry is seen."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

import gradproof as gp
from gradproof.facts import BY_WORD, TABLE, bounds_of, closed, computed, in_order, made, missing, told
from gradproof.facts.fact import Fact

EVERY = list(TABLE.values())
every_fact = pytest.mark.parametrize("fact", EVERY, ids=lambda f: f.name)
GIVEN = [f for f in EVERY if not f.later]
AXES = {"any": [(), (4,), (3, 4)], "vector": [(4,), (3,)], "matrix": [(3, 4), (4, 3)], "square": [(3, 3), (4, 4)]}
C = np.random.default_rng(5).normal(size=(4, 4))
KEPT = {
    "sum": lambda x, y: x + 0.7 * y,
    "multiple": lambda x, y: -1.3 * x,
    "transpose": lambda x, y: np.transpose(x),
    "inverse": lambda x, y: np.linalg.inv(x),
    "root": lambda x, y: (lambda w, v: v @ np.diag(np.sqrt(np.maximum(w, 0))) @ v.T)(*np.linalg.eigh(x)),
    "mean": lambda x, y: 0.3 * x + 0.7 * y,
    "congruence": lambda x, y: C[: len(x), : len(x)].T @ x @ C[: len(x), : len(x)],
}


def examples(fact: Fact, count: int = 6, small: bool = False):
    """Arrays that are given the fact, alone."""
    rng = np.random.default_rng(3)
    for axes in AXES[fact.on]:
        for _ in range(count):
            start = rng.integers(1, 4, axes) * rng.choice([-1.0, 1.0], axes) if small else rng.normal(size=axes)
            made = computed((small and fact.small) or fact.make)(np, np.asarray(start, float)[()])
            if not fact.measure or computed(fact.measure)(np, made) < 100:
                yield made


def lacks(fact: Fact, x) -> bool:
    """Whether an array lacks the fact or one that follows."""
    holds = [computed(f.test) for f in [fact, *in_order(closed(frozenset(fact.implies)))]]
    return not all(h(np, x, 1e-8 * np.max(np.abs(x))) for h in holds)


def check(fact: Fact) -> None:
    """What a record says of a fact, against arrays that are made by it."""
    for small in (False, True):
        for x in examples(fact, small=small):
            assert not lacks(fact, x), f"what is made to be {fact.name} is not: {x}"
            assert np.all(x >= fact.bounds.low - 1e-12), fact.bounds
            assert np.all(x <= fact.bounds.high + 1e-12), fact.bounds
            assert not fact.whole or np.all(x == np.rint(x))
    found = list(examples(fact))
    for keep in fact.keeps:
        for x, y in itertools.pairwise(found):
            inverted = np.ndim(x) == 2 and len(x) == len(x.T) and np.linalg.cond(x) < 1e4
            if np.shape(x) == np.shape(y) and (keep != "inverse" or inverted):
                kept = KEPT[keep](x, y)
                assert fact.whole or not fact.fits(np.shape(kept)) or not lacks(fact, kept), f"{keep}: {x}"
    if fact.center and not fact.linear:
        for axes in AXES[fact.on]:
            near = 0.05 * computed(fact.make)(np, np.ones(axes)) + computed(fact.center)(np, np.zeros(axes))
            assert not lacks(fact, near)


@every_fact
def test_what_a_record_says_is_true_of_numbers(fact):
    check(fact)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("symmetric", {"make": "x + 2 * x.T"}),
        ("simplex", {"make": "x / np.sum(x)"}),
        ("simplex", {"make": "np.abs(x)"}),
        ("unit", {"bounds": TABLE["nonneg"].bounds}),
        ("orthogonal", {"keeps": frozenset({"sum"})}),
        ("posdef", {"keeps": frozenset({"multiple"})}),
        ("posdef", {"small": "x + x.T"}),
        ("lower", {"keeps": frozenset({"transpose"})}),
        ("nonneg", {"implies": ("positive",), "make": "np.maximum(x, 0)"}),
        ("psd", {"center": "x - 3 * np.eye(len(x))", "make": "x"}),
    ],
)
def test_the_test_of_facts_rejects_a_wrong_record(name, wrong):
    with pytest.raises(AssertionError):
        check(replace(TABLE[name], **wrong))


UNTRUE = {
    "nonneg": [1.0, -1e-3],
    "positive": [1.0, 0.0],
    "integer": [1.0, 0.5],
    "toeplitz": [[1.0, 2.0], [3.0, 1.001]],
    "circulant": [[1.0, 2.0], [2.001, 1.0]],
    "symmetric": [[1.0, 2.0], [2.001, 1.0]],
    "antisymmetric": [[0.0, 1.0], [-1.001, 0.0]],
    "lower": [[1.0, 1e-6], [1.0, 1.0]],
    "upper": [[1.0, 1.0], [1e-6, 1.0]],
    "diagonal": [[1.0, 1e-6], [0.0, 1.0]],
    "psd": [[1.0, 2.0], [2.0, 1.0]],
    "posdef": [[1.0, 1.0], [1.0, 1.0 - 1e-6]],
    "orthogonal": [[1.0, 0.0], [0.0, 1.001]],
    "invertible": [[1.0, 2.0], [2.0, 4.0]],
    "simplex": [0.5, 0.6],
    "sumone": [1.5, -0.6],
    "onehot": [0.5, 0.5],
    "unit": [0.6, 0.6],
    "fullrank": [[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]],
    "stable": [[-1.0, 0.0], [0.0, 1e-6]],
    "distinct": [[1.0, 0.0], [0.0, -1.0]],
    "hermitian": [[1.0, 2.0], [2.001, 1.0]],
}


def test_an_array_without_a_fact_is_refused():
    assert UNTRUE.keys() == {f.name for f in GIVEN} - {"constant", "complex"}
    for name, array in UNTRUE.items():
        assert missing(np, frozenset({name}), np.array(array)) in {name, *TABLE[name].implies}
    assert missing(np, frozenset({"posdef"}), np.array([[2.0, 1.0], [0.5, 2.0]])) == "symmetric"
    assert missing(np, frozenset({"symmetric"}), np.ones((2, 3))) == "symmetric"
    assert not missing(np, frozenset({"symmetric"}), 1e6 * np.array([[1.0, 2.0], [2.0 + 1e-9, 1.0]]))


@every_fact
def test_a_fact_has_words_in_every_language(fact):
    assert fact.words or fact.name == "constant"


@pytest.mark.parametrize(
    "fact", [f for f in GIVEN if "complex" not in closed(frozenset({f.name}))], ids=lambda f: f.name
)
def test_a_declared_fact_is_kept_and_used(fact):
    """Declared by each of its words; derived, proven, explained and checked with it."""
    kind = {"any": "vector n", "vector": "vector n", "matrix": "matrix n k", "square": "matrix n n"}[fact.on]
    where = f"X: {kind} {fact.name}"
    for word in (fact.name, *fact.aliases):
        assert fact.name in gp.parse("X", f"X: {kind} {word}").facts  # type: ignore[attr-defined]
    formula = "sum(exp(X) - X)"
    d = gp.derive(formula, "X", where)
    assert d.verify().ok
    assert any("free" in str(note) for note in d.notes) == fact.ties
    text = d.derivation().text()
    assert not fact.words or fact.words in text
    assert gp.check(formula, "X", "exp(X) - ones(n, n)" if "n n" in kind else "exp(X) - 1", where).verdict == "right"
    wrong = gp.check(formula, "X", "exp(X)", where)
    assert wrong.verdict == "wrong"
    assert wrong.counterexample is not None
    assert not missing(np, closed(frozenset({fact.name})), np.asarray(wrong.counterexample.values["X"]))


def test_facts_are_closed_and_told():
    assert told(closed(frozenset({"onehot"}))) == ("onehot",)
    assert closed(frozenset({"onehot"})) == {"onehot", "simplex", "unit", "nonneg"}
    assert bounds_of(frozenset({"positive"})).positive
    assert BY_WORD["skew"] is TABLE["antisymmetric"]
    assert not missing(np, frozenset({"diagonal", "posdef"}), made(np, frozenset({"diagonal", "posdef"}), C))


def test_a_fact_that_cannot_be_is_refused():
    with pytest.raises(gp.ShapeError, match="cannot be symmetric"):
        gp.matrix("A", "m", "n", "symmetric")
    with pytest.raises(gp.ShapeError, match="cannot be simplex"):
        gp.derive("x", "x", "x: scalar simplex")


def test_an_array_that_is_not_on_the_simplex_is_refused():
    d = gp.derive("log(p)'*y", "p", "p: vector n simplex; y: vector n onehot")
    assert np.allclose(d.evaluate(p=[0.25, 0.75], y=[0.0, 1.0]), [0, 4 / 3])
    for p, y in (([0.5, 0.6], [0.0, 1.0]), ([0.25, 0.75], [0.5, 0.5])):
        with pytest.raises(gp.DomainError, match="is declared"):
            d.evaluate(p=p, y=y)
