"""Compiled NumPy code is run at a point and held against the proven derivative before it is handed out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradproof.engine.value import tensor_value
from gradproof.errors import GradproofError, VerificationError
from gradproof.numeric.evaluate import evaluate
from gradproof.numeric.given import bind_sizes
from gradproof.say import say

POINTS = 3  # of which the code has to agree at one: at others a matrix may be close to singular
TOLERANCE = 1e-6  # of the largest entry
NOTHING = 1e-9  # of the largest number on the way: a derivative below it is zero but for rounding


def must_hold(made: Any, d: Any, value: bool, batch: Sequence[str] | str = (), seed: int = 0) -> None:
    """Raises VerificationError where the code of a derivative gives other numbers than the derivative; with `batch`, where it does for one of two problems.

    Nothing is said where no point is found.
    """
    import numpy as np  # numbers are needed only here

    from gradproof.numeric.sample import Sampler  # it needs NumPy

    rng = np.random.default_rng(seed)
    worst = 0.0
    many = (batch,) if isinstance(batch, str) else tuple(batch)
    for _ in range(POINTS):
        try:
            sampler = Sampler(d.expression, d.symbols.values(), d.functions.values(), axes=d.tensor.axes)
            points = [sampler.point(rng)]
            if many:
                points.append(_other(sampler, points[0].values, d, rng, many))
            truths = [_truth(np, d, at.values, value) for at in points]
            given = {n: v for n, v in points[0].values.items() if n in made.names}
            given |= {n: np.stack([at.values[n] for at in points]) for n in many if n in given}
            with np.errstate(all="ignore"):
                found = made(given)
        except GradproofError:
            continue
        found = found if value else (found,)
        problems = [[a[k] for a in found] for k in range(len(points))] if many else [found]
        off = max(
            _apart(np, a, b, max(at.magnitude, 1.0))
            for one, truth, at in zip(problems, truths, points, strict=True)
            for a, b in zip(one, truth, strict=True)
        )
        if off <= TOLERANCE:
            return
        worst = max(worst, off)
    if worst:
        raise VerificationError(
            say(
                "the NumPy code for {formula} is wrong, and is not handed out: it gives another number than the derivative, by {worst:.0e}",
                formula=d.expression.ascii[:200],
                worst=worst,
            ),
            hint=say("this is a defect of gradproof; please report the formula"),
        )


def _other(sampler: Any, values: dict[str, Any], d: Any, rng: Any, many: Sequence[str]) -> Any:
    """Another problem: new values for these variables, the same for the others. Raises DomainError where there is no such point."""
    for attempt in range(POINTS):
        second = sampler.point(rng, bind_sizes(d.symbols.values(), values))
        try:
            return sampler.at({**values, **{n: second.values[n] for n in many if n in values}})
        except GradproofError:
            if attempt == POINTS - 1:
                raise
    raise AssertionError


def _truth(np: Any, d: Any, values: Any, value: bool) -> tuple[Any, ...]:
    """What the code has to give: the value of the formula itself, and that of the tensor that was proven."""
    sizes = bind_sizes(d.symbols.values(), values)
    derivative = d.axes.array(np, tensor_value(d.tensor, values, sizes), d.layout)
    return (evaluate(d.expression, values), derivative) if value else (derivative,)


def _apart(np: Any, found: Any, truth: Any, magnitude: float) -> float:
    """The largest difference, relative to the largest entry; infinite for other shapes, 0 where the truth is no number, and where both are
    zero but for rounding, of numbers as large as `magnitude`.
    """
    found, truth = np.asarray(found.todense() if hasattr(found, "todense") else found), np.asarray(truth)
    if found.shape != truth.shape:
        return 1.0
    if not np.all(np.isfinite(truth)):
        return 0.0
    if not np.all(np.isfinite(found)):
        return 1.0
    size, gap = float(np.max(np.abs(truth), initial=0.0)), float(np.max(np.abs(found - truth), initial=0.0))
    return 0.0 if max(size, gap) <= NOTHING * magnitude else gap / (size or 1.0)
