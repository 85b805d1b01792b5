"""Macros are written out, and what they stand for has the value that NumPy gives it."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from gradproof.errors import GradproofError

RNG = np.random.default_rng(3)
A, S, X, Y = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 3)), RNG.normal(size=3), RNG.normal(size=4)
QUADRATIC, RESIDUAL = (S + S.T) @ X, 2 * A.T @ (A @ X - Y)


@pytest.mark.parametrize(
    ("text", "wrt", "wanted"),
    [
        (r"\newcommand{\norm}[1]{\left\lVert#1\right\rVert} \norm{Ax-b}^2", "x", RESIDUAL),
        (r"\newcommand{\R}{\mathbb{R}} \newcommand\T{^{\mathsf T}} x\T S x", "x", QUADRATIC),
        (r"\def\bx{\mathbf{x}} \bx^\top S \bx", "x", QUADRATIC),
        (r"\def\ip#1#2{\langle #1, #2 \rangle} \ip{x}{Sx}", "x", QUADRATIC),
        (r"\newcommand{\sq}[2]{\|#1 - #2\|^2} f(x) = \sq{Ax}{b}", "x", RESIDUAL),
        (r"\newcommand{\a}{x} \newcommand{\b}{\a^\top S \a} \b", "x", QUADRATIC),
        (r"\bx^\top \bS \bx", "x", QUADRATIC),
        (r"\|\mA\vx - \vb\|_2^2", "x", RESIDUAL),
        (r"\bs{x}^\top S \bs{x}", "x", QUADRATIC),
        (r"\btheta^\top S \btheta", r"\theta", QUADRATIC),
        (r"\DeclareMathOperator{\Tr}{Tr} \Tr(x x^\top S)", "x", QUADRATIC),
        (r"\DeclareMathOperator*{\argmin}{arg\,min} \argmin_x \|Ax-b\|^2", "x", RESIDUAL),
    ],
)  # fmt: skip
def test_macros_are_written_out(text, wrt, wanted):
    d = gp.derive(text, wrt=wrt)
    known = {"A": A, "S": S, "x": X, "b": Y, "theta": X}
    np.testing.assert_allclose(d.evaluate({name: known[name] for name in d.dims}), wanted)
    assert d.reading is not None
    assert all(text[slice(*n.span)] for n in d.reading.notes if n.span)


def test_a_letter_by_a_usual_macro_is_said():
    said = [n.text for n in gp.parse(r"\bx^\top \bA \bx").reading.notes]
    assert r"\bx is read as a bold x" in said


@pytest.mark.parametrize(
    "text",
    [
        r"\newcommand{\a}{\a\a} \a x",
        r"\def\a{\b\b}\def\b{\a\a} \a",
        r"\newcommand{\f}[1][x]{#1^2} \f",
        r"\newcommand{x}{y} x",
        r"\newcommand{\a}{x",
        r"\newcommand",
        r"\def\a",
        r"\newcommand{\f}[1]{#1^2} \f",
    ],
)
def test_what_is_no_macro_is_refused(text):
    with pytest.raises(GradproofError):
        gp.parse(text)
