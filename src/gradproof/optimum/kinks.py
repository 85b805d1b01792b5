"""Convex formulas with kinks, for numbers: a smooth formula above them that is at most e times a number away, for ever smaller e; singular values by their proximal step."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from gradproof.engine.applied import apply
from gradproof.engine.bounds import bounds
from gradproof.engine.contract import add, contract
from gradproof.engine.replace import replace
from gradproof.engine.stable import LOGSUMEXP
from gradproof.engine.tensor import Apply, Contraction, Factor, Tensor, Variable, walk_tensor
from gradproof.optimum.curvature import Curves

LAST = 1e-9  # the smallest e, against the size of the data
SHRINK = 0.2
STEPS = 5000  # proximal steps
CLOSE = 1e-11  # relative length of the last one

Smooth = Callable[[Tensor, Tensor], Tensor]


def _own(t: Tensor) -> tuple[int, ...]:
    return tuple(range(t.order))


def _raised(base: Tensor, e: Tensor) -> Tensor:
    """Every entry of a tensor and e^2."""
    own = _own(base)
    square = contract(1, [(e, (), 2)], own, dict(zip(own, base.axes, strict=True)))
    return add([(1, base), (1, square)], base.axes)


def _root(x: Tensor, e: Tensor) -> Tensor:
    own = _own(x)
    square = contract(1, [(x, own, 2)], own)
    return contract(1, [(_raised(square, e), own, Fraction(1, 2))], own)


def _upper(x: Tensor, e: Tensor) -> Tensor:
    return add([(Fraction(1, 2), x), (Fraction(1, 2), _root(x, e))], x.axes)


def _largest(x: Tensor, e: Tensor) -> Tensor:
    own = _own(x)
    over = apply(LOGSUMEXP, (contract(1, [(x, own, 1), (e, (), -1)], own),))
    return contract(1, [(e, (), 1), (over, (), 1)], ())


def _smallest(x: Tensor, e: Tensor) -> Tensor:
    minus = add([(-1, x)], x.axes)
    return add([(-1, _largest(minus, e))], ())


SMOOTH: dict[str, Smooth] = {"abs": _root, "relu": _upper, "max": _largest, "min": _smallest}


def softened(value: Tensor, moving: frozenset[Tensor], e: Variable) -> Tensor:
    """A formula with its kinks rounded: absolute values, positive parts, largest entries, and norms at zero."""
    curves = Curves(moving)
    done: set[Tensor] = set()
    while True:
        node = next((n for n in _inner_first(value) if n not in done and _kink(n, curves)), None)
        if node is None:
            return value
        new = _rounded(node, curves, e)
        done.add(new)
        done.update(walk_tensor(new))
        value = replace(value, {node: new})


def _inner_first(t: Tensor) -> list[Tensor]:
    """The nodes, each after what it is made of."""
    order: list[Tensor] = []
    seen: set[Tensor] = set()
    waiting = [(t, False)]
    while waiting:
        node, ready = waiting.pop()
        if ready:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting += [(c, False) for c in node.children]
    return order


def _kink(node: Tensor, curves: Curves) -> bool:
    if curves.of(node).constant:
        return False
    if isinstance(node, Apply):
        return node.op.name in SMOOTH
    return isinstance(node, Contraction) and any(_at_zero(f, curves) for f in node.factors)


def _at_zero(f: Factor, curves: Curves) -> bool:
    t, _, e = f
    return e == Fraction(1, 2) and not curves.of(t).constant and not bounds(t).positive and curves.is_norm(t)


def _rounded(node: Tensor, curves: Curves, e: Variable) -> Tensor:
    if isinstance(node, Apply):
        return SMOOTH[node.op.name](node.args[0], e)
    assert isinstance(node, Contraction)
    factors = [(_raised(f[0], e), f[1], f[2]) if _at_zero(f, curves) else f for f in node.factors]
    return contract(node.coefficient, factors, node.out, {i: node.dims[i] for i in node.out})


def has_kinks(value: Tensor, moving: frozenset[Tensor]) -> bool:
    """Whether a formula has kinks that are rounded here."""
    curves = Curves(moving)
    return any(_kink(n, curves) for n in walk_tensor(value))


# -- singular values


def shrunk(x: Any, by: float) -> Any:
    """The proximal step of the nuclear norm: singular values less a number, at least zero."""
    u, s, v = np.linalg.svd(x, full_matrices=False)
    return (u * np.maximum(s - by, 0)) @ v


def proximal(
    fun: Callable[[Any], float], jac: Callable[[Any], Any], step: Callable[[Any, float], Any], start: Any
) -> tuple[Any, int, float]:
    """Accelerated proximal steps, begun anew where the momentum leads away: the point, the number of steps, and how far the last one went, as a slope."""
    x = y = np.array(start, dtype=float)
    momentum, size, left = 1.0, 1.0, np.inf
    for k in range(STEPS):
        value, slope = fun(y), jac(y)
        while True:
            new = step(y - size * slope, size)
            d = new - y
            if fun(new) <= value + slope @ d + d @ d / (2 * size) + 1e-14 * (1 + abs(value)) or size < 1e-14:
                break
            size /= 2
        left = float(np.max(np.abs(d), initial=0.0)) / size
        if np.max(np.abs(d), initial=0.0) <= CLOSE * (1 + np.max(np.abs(new), initial=0.0)):
            return new, k + 1, left
        if d @ (new - x) < 0 or (y - new) @ (new - x) > 0:
            momentum = 1.0
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        y = new + (momentum - 1) / following * (new - x)
        x, momentum = new, following
    return x, STEPS, left


def path(largest: float) -> list[float]:
    """The numbers e, from the size of the data to the last."""
    found = [largest]
    while found[-1] > LAST * max(1.0, largest):
        found.append(max(found[-1] * SHRINK, LAST * max(1.0, largest)))
    return found


def settled(value: Callable[[Any], float], x: Any, e: float) -> Any:
    """Entries that are zero but for e are made zero, where that is no worse."""
    new = np.where(np.abs(x) <= 100 * e * (1 + np.abs(x).max(initial=0.0)), 0.0, x)
    return new if value(new) <= value(x) + 1e-15 * (1 + abs(value(x))) else x
