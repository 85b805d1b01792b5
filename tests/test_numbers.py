"""Exact numbers: what is printed reads back as the same number, and code is right or refused."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradproof as gp
from gradproof.notation.decimals import decimal, floating

X = "x: scalar"


@given(st.fractions(), st.integers(-700, 700))
def test_a_number_reads_back_as_itself(value: Fraction, exponent: int):
    value = abs(value) * Fraction(10) ** exponent
    top, _, bottom = decimal(value).partition("/")
    assert Fraction(top) / Fraction(bottom or 1) == value
    read = gp.parse(f"({decimal(value)})*x", where=X)
    assert Fraction(gp.derive(read, "x").tensor.coefficient if value else 0) == value


@pytest.mark.parametrize(
    ("text", "printed", "value"),
    [
        ("x^3*1e-300*1e-300", "3e-600*x^2", None),
        ("x*1e308*1e308", "1e616", None),
        ("x*10^309", "1e309", None),
        ("x^2/(10^400)", "2e-400*x", None),
        ("sin(1e-300*1e-300*x)", "1e-600*cos(1e-600*x)", None),
        ("x^2/3000", "x/1500", 2 / 1500),
        ("x^2*1.23456789012345678901", "2.46913578024691357802*x", 4.93827156049382715604),
        ("1e23*x^2", "200000000000000000000000*x", 4e23),
        ("x*1e-400/1e-400", "1", 1.0),
        ("x^2*0.000001", "2e-06*x", 4e-06),
    ],
)
def test_numbers_do_not_vanish(text: str, printed: str, value: float | None):
    d = gp.derive(text, "x", where=X)
    assert d.result.ascii == printed
    assert gp.parse(d.result.ascii, where=X).ascii == printed
    if value is not None:
        assert d.evaluate(x=2.0) == pytest.approx(value, rel=1e-15)
        assert d.compile()(x=2.0) == pytest.approx(value, rel=1e-15)
        return
    with pytest.raises(gp.DomainError, match="floating point"):
        d.evaluate(x=2.0)
    for target in ("numpy", "julia", "matlab"):
        with pytest.raises(gp.DomainError, match="floating point"):
            _ = d.compile(target).source


def test_numbers_that_are_too_long_to_write_are_refused():
    with pytest.raises(gp.UnsupportedError, match="4000 digits"):
        decimal(Fraction(10) ** 5000)
    d = gp.derive("x*((10^64)^64)^64", "x", where=X)
    with pytest.raises(gp.GradproofError):
        d.evaluate(x=1.0)


@pytest.mark.parametrize("value", [Fraction(1, 10**310), Fraction(10) ** 309, -(Fraction(10) ** 400)])
def test_floating_point_holds_a_number_or_says_that_it_does_not(value: Fraction):
    with pytest.raises(gp.DomainError):
        floating(value)
    assert floating(Fraction(1, 3)) == 1 / 3
    assert floating(Fraction(2) ** -1074) == 5e-324
