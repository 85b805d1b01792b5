"""The table of operations and the table of rules: every entry is tested by being there, against numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module

import numpy as np
import pytest

import gradproof as gp
from gradproof.engine.contract import constant
from gradproof.engine.laws import rewrites
from gradproof.engine.lower import lower, number_of
from gradproof.engine.simplify import LETTERS, patterns
from gradproof.engine.tensor import Apply, variable
from gradproof.engine.value import tensor_value
from gradproof.notation.expr import Expr, call, symbol
from gradproof.notation.made import matrix_variable, scalar, vector
from gradproof.numeric.evaluate import evaluate
from gradproof.numeric.sample import point
from gradproof.numeric.verify import verify
from gradproof.ops import TABLE
from gradproof.ops.operation import NONE, Conjugation, Elementwise, Reserved, ValueOnly
from gradproof.parse import parse
from gradproof.rules import ALL, COMPLEMENTS, Rule
from gradproof.shapes.dims import dim
from gradproof.shapes.shape import Shape, Signature

NAMES = "xyzw"
COMPUTED = [
    op for op in TABLE.values() if not isinstance(op.meaning, Reserved | Conjugation) and not op.letters
]  # conjugates: test_complex.py


def arguments(signature: Signature) -> list[Expr]:
    """Variables that fit a signature; "*" is a vector here."""
    found = []
    for name, slot in zip(NAMES, signature.args, strict=False):
        if slot.kind == "*":
            found.append(vector(name, "n"))
        elif slot.kind == "r":
            found.append(vector(name, slot.letters[0]).T)
        else:
            found.append(symbol(name, Shape(slot.kind, tuple(dim(x) for x in slot.letters))))
    return found


def use(op, signature: Signature) -> Expr:
    args = arguments(signature)
    for k in op.whole:
        args[k] = scalar(NAMES[k], "integer")
    if op.symbol == "^":  # the one operation that asks for a number
        args[1] = call("neg", 2) if args[0].type.kind == "m" else args[1]
    return call(op, *args)


USES = [(op, s) for op in COMPUTED for s in op.signatures if s.args]


@pytest.mark.parametrize(("op", "signature"), USES, ids=[f"{op.name} {s.text}" for op, s in USES])
def test_derivative_of_every_operation_agrees_with_finite_differences(op, signature):
    e = use(op, signature)
    if isinstance(op.meaning, Elementwise) and NONE in op.meaning.derivatives:
        with pytest.raises(gp.UnsupportedError, match=f"the derivative of {op.name}"):
            gp.derive(e, e.variables[0])
        return
    of = TABLE.get(getattr(op.meaning, "text", "").partition("(")[0], op)  # what it is defined by
    if isinstance(of.meaning, ValueOnly):
        with pytest.raises(gp.NotDifferentiableError, match=of.name):
            gp.derive(e, e.variables[0])
        return
    for s in e.variables:
        if "integer" in s.facts:
            with pytest.raises(gp.NotDifferentiableError, match="is not differentiated by"):
                gp.derive(e, s)
            continue
        d = gp.derive(e, s)
        report = d.verify()
        assert report.ok, f"{e.ascii} by {s.name}: {report}"
        assert d.shape[: len(s.type.dims)] == tuple(x.public for x in s.type.dims) or d.axes.split == 0


@pytest.mark.parametrize(("op", "signature"), USES, ids=[f"{op.name} {s.text}" for op, s in USES])
def test_index_notation_has_the_value_of_the_formula(op, signature):
    """Lowering, canonical form and tensor evaluation against the direct evaluation of matrix notation."""
    e = use(op, signature)
    values = point(e, e.variables, [], np.random.default_rng(5))
    sizes = {d.name: n for s in e.variables for d, n in zip(s.type.dims, np.shape(values[s.name]), strict=True)}
    expected = np.asarray(evaluate(e, values))
    np.testing.assert_allclose(
        np.reshape(tensor_value(lower(e).tensor, values, sizes), expected.shape), expected, rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize("name", [op.name for op in TABLE.values() if isinstance(op.meaning, Reserved)])
def test_a_name_that_is_kept_for_later_is_refused_by_that_name(name):
    with pytest.raises(gp.UnsupportedError, match=name):
        gp.derive(f"{name}(X)", "X")


def _named(f: Callable[..., object] | None) -> tuple[str, str]:
    """The module and the name of a function that the table names, of one that is read when it is called too."""
    f = f.func if isinstance(f, partial) else f
    return (f.__module__, f.__qualname__) if f is not None else ("", "")


def test_functions_that_are_read_when_they_are_called_are_there():
    """A module of kernels is loaded when one of them is called: a name that it does not have must not wait for that."""
    ops = [*TABLE.values()]
    named = [_named(f) for op in ops for f in (op.kernel, op.steady, op.domain and op.domain.margin)]
    later = {(module, name) for module, name in named if module.startswith("gradproof.ops.") and "<" not in name}
    assert len(later) > 40
    for module, name in later:
        assert callable(getattr(import_module(module), name)), (module, name)


def test_laws_that_are_read_when_they_are_asked_for_are_there():
    assert all(callable(law.rewrite()) for law in rewrites.product)
    assert all(map(callable, rewrites.apply))
    assert callable(rewrites.spread)


# -- rules


@pytest.mark.parametrize("rule", [*ALL, *COMPLEMENTS], ids=lambda r: f"{r.left} -> {r.right}")
def test_both_sides_of_a_rule_have_the_same_value(rule: Rule):
    left, right = (parse(text, LETTERS).expr for text in (rule.left, rule.right))
    if rule.given:
        assert rule.given == "x nonnegative"
        where = {"x": symbol("x", parse("x", LETTERS).expr.type, frozenset({"positive"}))}
        left, right = (parse(text, where).expr for text in (rule.left, rule.right))
    symbols = left.variables
    rng = np.random.default_rng(7)
    for _ in range(4):
        values = point(left, symbols, [], rng)
        np.testing.assert_allclose(evaluate(left, values), evaluate(right, values), rtol=1e-9, err_msg=f"{rule}")


@pytest.mark.parametrize("rule", ALL, ids=lambda r: f"{r.left} -> {r.right}")
def test_a_rule_is_applied(rule: Rule):
    """The two sides are one tensor: the left side is recognised wherever it is built."""
    left, right = (lower(parse(text, LETTERS).expr).tensor for text in (rule.left, rule.right))
    if rule.given:
        positive = symbol("x", parse("x", LETTERS).expr.type, frozenset({"positive"}))
        left, right = (lower(parse(text, {"x": positive}).expr).tensor for text in (rule.left, rule.right))
    assert left is right or (not right.axes and left is constant(number_of(right), left.axes))


def test_every_rule_has_an_anchor():
    assert sum(len(patterns(kind, op)) for kind in ("product", "sum", "apply") for op in TABLE.values()) == len(ALL)


def test_the_test_of_rules_rejects_a_wrong_rule():
    """log(1 + exp(x)) is not exp(x), and a lost minus is seen."""
    with pytest.raises(AssertionError):
        test_both_sides_of_a_rule_have_the_same_value(Rule("1./(1 + exp(x))", "sigmoid(x)"))
    with pytest.raises(AssertionError):
        test_both_sides_of_a_rule_have_the_same_value(Rule("det(inv(X))", "det(X)"))


def test_the_test_of_operations_rejects_a_wrong_differential(monkeypatch):
    """A lost sign in the differential of the inverse is caught by the very check that every entry goes through."""
    from dataclasses import replace

    from gradproof.ops.operation import Differential

    wrong = replace(TABLE["inv"], meaning=Differential("Y*dX*Y"))
    monkeypatch.setitem(TABLE, "inv", wrong)
    e = call("tr", call(wrong, matrix_variable("X", "n", "n")))
    d = gp.derive(e, "X")
    assert any(isinstance(f, Apply) for f, _, _ in getattr(d.tensor, "factors", ()))
    assert not d.verify().ok


def test_a_scalar_where_a_matrix_is_usual():
    c = scalar("c")
    for op in ("inv", "det", "tr", "sum", "norm2"):
        d = gp.derive(call(op, call("mul", c, c)), c)
        assert d.verify().ok, op
    assert variable("c", ()) is lower(call("det", c)).tensor


def test_verify_sees_a_wrong_closed_form():
    d = gp.derive("x'*A*x", "x")
    values = verify(d.expression, [d.symbols["x"]], lambda v: 2 * v["A"] @ v["x"], list(d.symbols.values()), [])
    assert not values.ok
