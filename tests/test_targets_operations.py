"""Every operation in every target: the code runs and gives the values of `evaluate`, or the target refuses by the operation's name."""

from __future__ import annotations

import functools
import importlib.util
import re
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from corpus_answers import close
from gradproof.codegen import SOURCES, TARGETS
from gradproof.codegen.targets import numpy_target
from gradproof.numeric.sample import point
from gradproof.ops import TABLE, Operation
from gradproof.shapes.shape import Signature
from test_codegen_targets import LIBRARIES
from test_table import USES, use

FIRST = {op: (op, s) for op, s in reversed(USES)}.values()  # each operation, with its first signature
every_operation = pytest.mark.parametrize(("op", "signature"), FIRST, ids=lambda v: getattr(v, "name", ""))


@functools.cache  # every target asks for it
def weighted(op: Operation, signature: Signature) -> tuple[gp.Derivative, dict[str, Any], Any]:
    """The derivative of a multiple of an operation by its factor, a point, and the value there."""
    e = use(op, signature)
    d = gp.derive(gp.scalar("weight") * e, wrt="weight")
    values = {**point(e, e.variables, [], np.random.default_rng(5)), "weight": 0.7}
    return d, values, d.evaluate(values)


def wrong(op: Operation, signature: Signature, target: str) -> str:
    """What is wrong with an operation in a target's code; "" where it has the values of `evaluate`, or is refused by its name."""
    d, values, expected = weighted(op, signature)
    try:
        function = d.compile(target)
        if target in SOURCES:
            return "" if function.source else "no source"
    except gp.UnsupportedError as error:
        names = {op.name, *re.findall(r"[a-z]\w*", getattr(op.meaning, "text", ""))}  # or what it is defined by
        return "" if any(f"{n} is not there" in str(error) for n in names) else f"refused without its name: {error}"
    if not target.startswith("numpy") and re.search(r"(?<![\w.])np\.", function.source):
        return "words of NumPy in its code"
    name, prepare = LIBRARIES.get(target, ("numpy", lambda: (lambda x: x, np.asarray)))
    if importlib.util.find_spec(name) is None:
        return ""
    there, back = prepare()
    found = back(function({n: there(v) for n, v in values.items()}))
    return "" if close(found, expected, 1e-9) else f"{found}, and evaluate gives {expected}"


@pytest.mark.filterwarnings("ignore")
@every_operation
def test_every_operation_in_every_target(op: Operation, signature: Signature) -> None:
    found = {target: wrong(op, signature, target) for target in (*TARGETS, *SOURCES)}
    assert not {target: fault for target, fault in found.items() if fault}


def given(d: gp.Derivative, values: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The arrays among the values that a function takes, but for whole numbers."""
    whole = {s.name for s in d.symbols.values() if "integer" in s.facts}
    return {n: v for n, v in values.items() if n in names and n in d.symbols and n not in whole}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", ["numpy", "numpy-only"])
@every_operation
def test_every_operation_keeps_single_precision(op: Operation, signature: Signature, target: str) -> None:
    d, values, expected = weighted(op, signature)
    f = d.compile(target, value=True)
    narrow = {n: np.float32(v) for n, v in given(d, values, f.names).items()}
    value, derivative = f({**{n: v for n, v in values.items() if n in f.names}, **narrow})
    assert close(np.asarray(derivative), expected, 1e-2)
    if any(np.ndim(v) for v in narrow.values()):
        assert {np.asarray(value).dtype, np.asarray(derivative).dtype} == {np.dtype(np.float32)}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "target",
    ["numpy", "numpy-only", pytest.param("jax", marks=pytest.mark.long), pytest.param("torch", marks=pytest.mark.long)],
)
@every_operation
def test_every_operation_of_many_problems(op: Operation, signature: Signature, target: str) -> None:
    pytest.importorskip(target.partition("-")[0])
    d, values, expected = weighted(op, signature)
    many = [*given(d, values, d.compile().names)]
    try:
        f = d.compile(target, batch=many)
    except gp.UnsupportedError as error:
        if target.startswith("numpy") or f"not there in code for {target}" not in str(error):
            raise
        return
    if not many:
        return
    turned = {n: values[n] * (1 if d.symbols[n].facts & {"unit", "orthogonal"} else 0.9) for n in many}
    other = d.evaluate({**values, **turned})
    found = f({**values, **{n: np.stack([values[n], turned[n], values[n]]) for n in many}})
    digits = 1e-9 if target.startswith("numpy") else 1e-4
    assert len(found) == 3
    assert all(close(np.asarray(a), b, digits) for a, b in zip(found, [expected, other, expected], strict=True))


@pytest.mark.parametrize("spelling", ["np.cos(x)", ""])
def test_a_broken_spelling_is_seen(spelling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    op, signature = next((op, s) for op, s in FIRST if op is TABLE["sin"])
    monkeypatch.setitem(numpy_target.OWN, op, spelling or "np.no_such_function(x)")
    if spelling:
        assert "evaluate gives" in wrong(op, signature, "numpy-only")
    else:
        with pytest.raises((AttributeError, gp.GradproofError)):
            wrong(op, signature, "numpy-only")


def test_jax_puts_the_vector_first() -> None:
    """XLA copies X for X.T @ v on a processor, and reads it in place for v @ X: seven times the time at n = 1000."""
    for formula in ("norm2(X*w - y)^2", "sum(log(1 + exp(-y.*(X*w))))"):
        source = gp.derive(formula, "w").compile("jax").source
        assert ") @ X" in source
        assert "X.T" not in source


def test_cupy_has_families_and_the_exponential() -> None:
    for formula, where, wrt in (("x[2]*sum(x)", None, "x"), ("tr(expm(c*S))", "S: matrix n n", "c")):
        d = gp.derive(formula, wrt, where)
        _, prepare = LIBRARIES["cupy"]
        there, back = prepare()
        values = point(d.expression, d.expression.variables, [], np.random.default_rng(5))
        assert close(back(d.compile("cupy")({k: there(v) for k, v in values.items()})), d.evaluate(values), 1e-10)
