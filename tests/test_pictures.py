"""Pictures of results: what is drawn is held against NumPy, factor by factor; the SVG is well-formed."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.cli.main import main
from gradproof.engine.tensor import Tensor
from gradproof.pictures import boxes, network
from gradproof.pictures.network import END, FACTOR, Net

SIZES = {"m": 4, "n": 3, "p": 2, "q": 5}
PROBLEMS = [
    ("norm2(X*w - y)^2", "w", "X: matrix m n; w: vector n; y: vector m"),
    ("x'*A*x/2 - b'*x", "x", "A: matrix n n; b: vector n; x: vector n"),
    ("tr(A*X*B)", "X", "A: matrix n m; X: matrix m p; B: matrix p n"),
    ("tr(X*A*X'*B)", "X", "X: matrix m n; A: matrix n n; B: matrix m m"),
    ("norm2(M.*(R - U*V'))^2", "U", "M: matrix m n; R: matrix m n; U: matrix m p; V: matrix n p"),
    ("softmax(x)", "x", "x: vector n"),
    ("-y'*log(softmax(W*x))", "W", "W: matrix m n; x: vector n; y: vector m"),
    ("sum(a.*b.*x)", "x", "a: vector n; b: vector n; x: vector n"),
    ("A*X*B", "X", "A: matrix m n; X: matrix n p; B: matrix p q"),
    ("tr(X)*(a'*X*a)", "X", "X: matrix n n; a: vector n"),
]


def made(formula: str, wrt: str, where: str) -> tuple[gp.Derivative, dict[str, Any]]:
    d = gp.derive(formula, wrt, where)
    rng = np.random.default_rng(3)
    values = {n: rng.normal(size=tuple(SIZES[str(k)] for k in s.shape)) for n, s in d.symbols.items()}
    return d, values


def value(net: Net, where: str, values: dict[str, Any]) -> Any:
    """The network by einsum: the factors in the order of the picture, their axes as its lines say."""
    letters: dict[tuple[int, int], int] = {}
    node_index: dict[int, int] = {}
    total = len(net.edges)
    for k, e in enumerate(net.edges):
        for node, axis in zip(e.ends, e.axes, strict=True):
            if net.nodes[node].kind == FACTOR:
                letters[node, axis] = k
            else:
                letters.setdefault((node, 0), total + node)
                node_index[node] = total + node
    parent = list(range(total + len(net.nodes)))

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    for k, e in enumerate(net.edges):
        for node in e.ends:
            if node in node_index:
                parent[root(node_index[node])] = root(k)
    arguments: list[Any] = []
    for node, n in enumerate(net.nodes):
        if n.kind == FACTOR:
            array = gp.parse(n.label, where=where).evaluate(values)
            arguments += [array, [root(letters[node, axis]) for axis in range(np.ndim(array))]]
    ends = [node for node, n in enumerate(net.nodes) if n.kind == END]
    out = [root(node_index[node]) for node in ends]
    sizes = {root(k): SIZES[e.size] for k, e in enumerate(net.edges)}
    arguments += [x for i in dict.fromkeys(out) for x in (np.ones(sizes[i]), [i])]
    whole = np.einsum(*arguments, [*dict.fromkeys(out)])
    found = np.zeros([sizes[i] for i in out])
    for at in np.ndindex(found.shape):
        if all(at[a] == at[b] for a in range(len(out)) for b in range(len(out)) if out[a] == out[b]):
            chosen = dict(zip(out, at, strict=True))
            inner = tuple(chosen[i] for i in dict.fromkeys(out))
            found[at] = whole[inner]
    number = net.number.replace("−", "-")
    return found * float(Fraction(number + "1" if number in ("", "-") else number))


@pytest.mark.parametrize(("formula", "wrt", "where"), PROBLEMS, ids=lambda v: str(v)[:24])
def test_a_network_has_the_value_of_the_derivative(formula: str, wrt: str, where: str) -> None:
    d, values = made(formula, wrt, where)

    def label(t: Tensor) -> str:
        return d._lifter.lift(t).ascii

    drawn = network(d.tensor, label)
    total = sum(value(net, where, values) for net in drawn.terms)
    assert np.allclose(total, d.evaluate(values))
    ET.fromstring(d.picture("network", "svg"))
    assert max(map(len, d.picture("network").splitlines())) < 110


@pytest.mark.parametrize(("formula", "wrt", "where"), PROBLEMS, ids=lambda v: str(v)[:24])
def test_boxes_multiply_to_the_derivative(formula: str, wrt: str, where: str) -> None:
    d, values = made(formula, wrt, where)
    assert isinstance(d.result, gp.Expr)
    drawn = boxes(d.result, "left")
    total: Any = 0.0

    def matrix(label: str) -> Any:
        found = np.asarray(
            gp.parse(label, where=where).evaluate({**values, "n": SIZES["n"]} if "I" in label else values)
        )
        return found.reshape(-1, 1) if found.ndim == 1 else found

    for term in drawn.terms:
        sign, product = 1.0, None
        for piece in term:
            if piece in ("+", "−"):
                sign = -1.0 if piece == "−" else 1.0
            elif isinstance(piece, str):
                sign *= float(np.asarray(gp.parse(piece, where=where).evaluate(values)))
            else:
                box = matrix(piece.label)
                box = box.T if piece.rows == "1" and box.shape[0] != 1 else box
                product = box if product is None else product @ box
        total = total + sign * product
    expected = d.evaluate(values) if d.vec is None else d.result.evaluate(values)
    assert np.allclose(np.squeeze(total), np.squeeze(expected))
    ET.fromstring(d.picture("shapes", "svg"))
    assert d.picture("shapes", "ascii").isascii()


def test_a_transposed_matrix_is_drawn_so() -> None:
    lines = gp.derive("x'*A*x", "x").picture("network").splitlines()
    assert lines[:3] == ["i───[A]──j──[x]", "", "+ i───[Aᵀ]──j──[x]"]
    assert gp.derive("norm2(X*w - y)^2", "w").picture("network").startswith("2 i───[Xᵀ]──j──[X w − y]")


def test_sizes_that_are_equal_are_drawn_equal() -> None:
    text = gp.derive("norm2(X*w - y)^2", "w").picture()
    assert text.splitlines()[-2:] == ["∂f/∂w            Xᵀ        X w − y", " n×1            n×m          m×1"]
    assert text.count("┌──┐") == 2


def test_pictures_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "tr(A*X)", "--wrt", "X", "--picture", "network", "--format", "ascii"]) == 0
    assert capsys.readouterr().out == "i---[A']---j\n\ni = 1..n, j = 1..m\n"
    assert main(["derive", "tr(A*X)", "--wrt", "X", "--picture", "shapes", "--format", "svg"]) == 0
    assert capsys.readouterr().out.startswith("<svg ")
    assert main(["derive", "tr(A*X)", "--wrt", "X", "--format", "svg"]) == 2


def test_what_is_not_there_is_said() -> None:
    d = gp.derive("x'*A*x", "x")
    with pytest.raises(gp.GradproofError, match="no picture 'circle'"):
        d.picture("circle")  # type: ignore[arg-type]
    with pytest.raises(gp.GradproofError, match="no format 'png'"):
        d.picture("shapes", "png")  # type: ignore[arg-type]
