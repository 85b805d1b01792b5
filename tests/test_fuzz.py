"""The generator of tests/fuzz: that it tells the truth, that it sees what is wrong, and that it finds nothing wrong in some seconds."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import gradproof as gp
from fuzz.formulas import OPERATIONS, count, variables, walk
from fuzz.generate import SCHEMES, Problem, problem
from fuzz.jets import FUNCTIONS, PRECISE, Jet, OutOfDomain, function
from fuzz.reading import NAMES, read
from fuzz.run import Options, run
from fuzz.shrink import shrunk
from fuzz.texts import damage
from fuzz.truth import case, laid_out
from gradproof.ops import TABLE
from gradproof.ops.operation import Fill, Reserved
from gradproof.ops.reductions import REDUCTIONS

# -- the truth itself: against central differences with many digits, and against itself with other numbers


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@pytest.mark.parametrize("x", [0.3, 0.7, 1.9])
def test_derivatives_of_functions_are_those_of_mpmath(name, x):
    def value(t):
        return function(name, Jet(PRECISE, {0: np.array([[t]], object)})).value[0, 0]

    seeds = {0: np.array([[mpmath.mpf(x)]], object), **{1 << k: np.array([[mpmath.mpf(1)]], object) for k in range(3)}}
    try:
        jet = function(name, Jet(PRECISE, seeds))
    except OutOfDomain:
        pytest.skip("outside the domain")
    zero = mpmath.mpf(0)
    for order, part in ((1, 1), (2, 3), (3, 7)):
        found = jet.parts.get(part, np.array([[zero]], object))[0, 0]
        assert abs(found - mpmath.diff(value, mpmath.mpf(x), order)) < 1e-12 * (1 + abs(found))
    if name not in ("abs", "sign", "relu", "asinh", "acosh", "atanh", "sigmoid", "softplus", "gelu"):
        assert abs(value(mpmath.mpf(x)) - getattr(mpmath, name)(x)) < 1e-30


@pytest.mark.parametrize("seed", range(0, 60, 2))
def test_the_truth_is_that_of_central_differences(seed):
    """The derivative by the first variable, of what nested duals say of all others, by differences in 50 digits."""
    p = problem(seed)
    found = case(p) if p else None
    if found is None or found.derivative().size > 60:
        pytest.skip("nothing to compare")
    rest = Problem(**{**p.__dict__, "wrt": p.wrt[1:]})
    name, h = p.wrt[0], 2.0**-13
    shape = found.arrays[name].shape
    want = np.zeros((*shape, *(found.derivative().shape[len(shape) :])))
    for at in np.ndindex(shape):
        sides = []
        for sign in (1, -1):
            moved = found.arrays[name].copy()
            moved[at] += sign * h
            sides.append(type(found)(rest, {**found.arrays, name: moved}).derivative(PRECISE))
        want[at] = np.asarray((sides[0] - sides[1]) / (2 * h), float)
    scale = np.max(np.abs(want)) + found.magnitude
    assert np.max(np.abs(found.derivative() - want)) < 1e-5 * scale


def test_a_formula_reads_back_as_it_was_made():
    """The generator writes what the independent reader reads."""
    for seed in range(120):
        p = problem(seed)
        found = case(p) if p else None
        if found is not None:
            again = found.value(read(p.text)).jet.value
            np.testing.assert_allclose(again, found.formula.jet.value, rtol=1e-9, err_msg=p.text)


def test_every_operation_of_the_table_is_generated():
    seen: set[str] = set()
    for seed in range(3000):
        p = problem(seed)
        seen |= {n.op for n in walk(p.formula)} if p else set()
    names = {"transpose": "t"}
    table = {names.get(op.name, op.name) for op in TABLE.values() if not isinstance(op.meaning, Reserved)}
    own = {*OPERATIONS, *FUNCTIONS, "eye", "ones", "zeros", "commutation"}
    table -= {"lgamma", "digamma", "trigamma", "pinv"}  # not closed under differentiation: test_special_functions.py
    table -= {"conj", "re", "im", "iunit", "unvec"}  # test_complex.py, test_kronecker.py
    table -= {op.name for op in REDUCTIONS}  # test_reductions.py
    kernels = {op.name for op in TABLE.values() if op.kernel is not None} - {"inv", "det"}
    table -= {*kernels, "pi", "lowertri"}  # of matrices: test_fuzz_matrices.py
    table -= {op.name for op in TABLE.values() if op.letters and isinstance(op.meaning, Fill)}  # test_blocks.py
    assert table <= own, f"unknown to tests/fuzz: {sorted(table - own)}"
    assert table <= seen, f"never generated: {sorted(table - seen)}"
    assert own >= NAMES


def test_problems_are_of_all_orders_sizes_and_lengths():
    found = [p for p in map(problem, range(1500)) if p]
    assert {len(p.wrt) for p in found} == {1, 2, 3}
    assert any(len(set(p.wrt)) > 1 for p in found)
    assert any(1 in p.sizes.values() for p in found)
    assert sum(count(p.formula) > 25 for p in found) > 50
    assert any(s.startswith("function") for p in found for s in p.where.values())
    facts = {word for p in found for s in p.where.values() for word in s.split()}
    said = (
        "symmetric antisymmetric posdef psd invertible orthogonal diagonal lower upper positive nonneg integer constant"
    )
    assert set(said.split()) <= facts
    assert {d for dims, _ in SCHEMES for d in dims} >= {"m+1", "2*n", "m*n", "1", "3"}


# -- what is wrong is seen


def _wrong(monkeypatch, damage) -> list[str]:
    """The faces at which some problems look wrong when `derive` gives a damaged derivative."""
    right = gp.Derivative.evaluate
    monkeypatch.setattr(gp.Derivative, "evaluate", lambda self, *a, **k: damage(np.asarray(right(self, *a, **k))))
    report = run(30, seed=0, most=6, options=Options(order=2, shrink=False))
    return report.defects


@pytest.mark.parametrize(
    "damage",
    [
        lambda a: 1.001 * a,
        lambda a: a + 1e-4 * np.eye(*a.shape[-2:]) if a.ndim > 1 else a * 2,
        lambda a: a.T[..., ::-1],
    ],
    ids=["factor", "term", "axes"],
)
def test_a_damaged_derivative_is_seen(monkeypatch, damage):
    assert any("evaluate" in text for text in _wrong(monkeypatch, damage))


def test_a_problem_is_shrunk_to_the_part_that_is_wrong():
    """Whatever has a tanh in it is called wrong: what is left is a tanh of a variable."""
    from fuzz.judge import Finding, Seen

    def look(p: Problem) -> Seen:
        bad = any(n.op == "tanh" for n in walk(p.formula))
        return Seen([Finding("wrong", "evaluate", "")] if bad else [])

    p = next(p for p in map(problem, range(2000)) if p and case(p) and count(p.formula) > 12 and look(p).findings)
    small = shrunk(p, Finding("wrong", "evaluate", ""), look)
    assert count(small.formula) < 8
    assert any(n.op == "tanh" for n in walk(small.formula))
    assert set(small.wrt) <= variables(small.formula)


# -- layouts, as docs and rules of denominator layout have them


@pytest.mark.parametrize(
    ("shape", "order", "kind", "shapes"),
    [
        ((3,), 1, "s", [(3,), (1, 3), (3,)]),
        ((3, 2), 2, "s", [(3, 2), (2, 3), (3, 2)]),
        ((4,), 0, "v", [(1, 4), (4,), (4,)]),
        ((3, 4), 1, "v", [(3, 4), (4, 3), (4, 3)]),
        ((3, 2, 4, 5), 2, "m", [(3, 2, 4, 5), (4, 5, 2, 3), (4, 5, 2, 3)]),
    ],
)
def test_shapes_of_the_layouts(shape, order, kind, shapes):
    a = np.arange(np.prod(shape)).reshape(shape)
    assert [laid_out(a, order, kind, x).shape for x in ("denominator", "numerator", "mixed")] == shapes


# -- and gradproof


def test_some_seconds_of_random_problems():
    report = run(60, seed=500, most=25, options=Options(shrink=False))
    assert not report.defects, "\n".join(report.defects)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 9000, 1000))
def test_two_minutes_of_random_problems(seed):
    report = run(60, seed=seed, most=100, options=Options(shrink=False))
    assert not report.defects, "\n".join(report.defects)


# -- hostile input


BAD = [
    lambda: gp.tr(""), lambda: gp.inv(float("nan")), lambda: gp.exp(float("inf")), lambda: gp.tr("n", "n"), lambda: gp.exp(None), lambda: gp.scalar(("x", "b")),
    lambda: gp.vector("2", "2"), lambda: gp.vector("x", None), lambda: gp.vector("x", 2.0), lambda: gp.eye([]), lambda: gp.vector("", "n"), lambda: gp.matrix("X", "n", True),
    lambda: gp.derive("x'*x", "x").cost(n=float("nan")), lambda: gp.derive("x'*x", "x").cost(n=-1),
    lambda: gp.derive("inv(A)*x", "x").operator(), lambda: gp.derive("inv(A)*x", "x").operator(A=np.arange(9.0).reshape(3, 3), x=np.ones(3)),
]  # fmt: skip


@pytest.mark.parametrize("k", range(len(BAD)))
def test_what_is_no_formula_name_or_size_is_refused(k):
    with pytest.raises(gp.GradproofError, match=r"\w{4}"):
        BAD[k]()


def test_some_damaged_texts_are_refused_or_mean_what_they_print():
    assert not damage(30, seed=1, most=250).wrong


@pytest.mark.long
def test_many_damaged_texts_are_refused_or_mean_what_they_print():
    out = damage(60, seed=2, most=6000)
    silent = [text for text in out.wrong if " gives " in text or " has shape " in text]
    assert not silent, "\n".join(silent)
    assert out.counts["compared with the independent reader"] > out.counts["texts"] / 10


def test_a_wrong_reading_is_seen(monkeypatch):
    """Where `.*` were read as `*` by a scalar, or a bracket lost, the independent reader says so."""
    right = gp.parse
    monkeypatch.setattr(gp, "parse", lambda text, where=None: right(text.replace("-", "+"), where))
    assert damage(30, seed=1, most=250, shown=0).wrong


def test_a_declared_scalar_function_may_give_a_plain_number():
    """Found by make fuzz ONLY=505042: the value was copied as an array."""
    d = gp.derive("f(B*x)", "x", where="B: matrix n n; f: function x -> scalar; x: vector n")
    values = {"B": np.array([[2.0, 1.0], [0.0, 3.0]]), "x": np.array([1.0, 2.0])}
    value, slope = d.compile(value=True)(**values, f=lambda v: float(v @ v), Df=lambda v: 2 * v)
    assert value == 4.0**2 + 6.0**2
    np.testing.assert_allclose(slope, [16.0, 44.0])
