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
