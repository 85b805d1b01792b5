"""Random formulas over all operations: no wrong answer, no crash, results that parse back, one canonical form for all ways of writing."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from gradproof.engine.lower import lower
from gradproof.lift.graph import NoMatrixForm
from gradproof.lift.lifter import lift
from gradproof.notation.expr import Expr
from gradproof.parse import parse
from random_formulas import formula, reordered

FIRST, SECOND = range(160), range(1000, 1120)


def undecided(report) -> bool:
    return bool(np.isnan(report.max_relative_error))


@pytest.mark.parametrize("seeds", [FIRST[k : k + 40] for k in range(0, 160, 40)], ids=lambda s: f"{s.start}-{s.stop}")
def test_first_derivatives_are_never_wrong(seeds):
    compared = 0
    for seed in seeds:
        e = formula(seed)
        for s in e.variables[:2]:
            report = gp.derive(e, s).verify(seed)
            assert report.ok or undecided(report), f"seed {seed}: {e.ascii} by {s.name}: {report}"
            compared += report.ok
    assert compared > len(seeds) / 2  # the test means nothing if little can be compared


def test_second_derivatives_of_scalars_are_never_wrong():
    compared = 0
    for seed in SECOND:
        e = formula(seed)
        if e.type.kind == "s" and e.variables:
            s = e.variables[0]
            report = gp.derive(e, [s, s]).verify(seed)
            assert report.ok or undecided(report), f"seed {seed}: {e.ascii} by {s.name}: {report}"
            compared += report.ok
    assert compared > 20


@pytest.mark.filterwarnings("ignore::gradproof.UnverifiedWarning")  # some formulas are defined nowhere
def test_a_result_parses_back_to_itself():
    read = 0
    for seed in range(0, 160, 2):
        e = formula(seed)
        d = gp.derive(e, e.variables[0] if e.variables else "x", where=None if e.variables else "x: vector n")
        if isinstance(d.result, Expr):  # the rest is in index notation
            again = parse(d.result.ascii, dict(d.symbols)).expr
            assert lower(again).tensor is lower(d.result).tensor, f"seed {seed}: {d.result.ascii}"
            read += 1
    assert read > 60


def test_a_formula_has_one_canonical_form_however_it_is_written():
    for seed in range(400):
        e = formula(seed, depth=6)
        assert lower(e).tensor is lower(reordered(e, seed)).tensor, (
            f"seed {seed}: {e.ascii} and {reordered(e, seed).ascii}"
        )


def test_lifting_is_the_inverse_of_lowering():
    """A result in index notation, lifted to matrix notation and lowered again, is the same node."""
    lifted = 0
    for seed in range(0, 160, 2):
        t = lower(formula(seed)).tensor
        try:
            e = lift(t)
        except NoMatrixForm:
            continue
        assert lower(e).tensor is t, f"seed {seed}: {e.ascii}"
        lifted += 1
    assert lifted > 70
