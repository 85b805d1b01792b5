"""Compiled NumPy code is run at a point and held against the proven derivative before it is handed out.

The first point that can tell decides. One cannot where the derivative is no number there, or too large a one, or where rounding of the point moves it,
as near a singular matrix. Code for which no point can tell leaves with a warning.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from gradproof.engine.tensor import Tensor
from gradproof.engine.value import tensor_value
from gradproof.errors import DomainError, GradproofError, UnverifiedWarning, VerificationError
from gradproof.notation.expr import Symbol
from gradproof.numeric.evaluate import evaluate
from gradproof.numeric.given import bind_sizes
from gradproof.say import say

POINTS = 6  # that are tried until one can tell
TOLERANCE = 1e-6  # of the largest entry
LARGE = 1e6  # a difference between entries beyond it tells nothing
MOVED, DRIFT = (
    1e-9,
    0.03,
)  # a point that is moved by MOVED of itself, and changes the derivative by more than DRIFT of itself, cannot tell
NOTHING = 1e-9  # of the largest number on the way: a derivative below it is zero but for rounding


def of_matrices(error: Exception) -> bool:
    """Whether it is what NumPy and PyTorch say of a singular matrix and its like."""
    return "LinAlgError" in type(error).__name__ or "linalg" in str(error)


def must_hold(made: Any, d: Any, value: bool, batch: Sequence[str] | str = (), seed: int = 0) -> None:
    """Raises VerificationError where the code of a derivative gives other numbers than the derivative; with `batch`, where it does for one of two problems.

    Warns where no point can tell.
    """
    import numpy as np  # numbers are needed only here

    rng = np.random.default_rng(seed)
    many = (batch,) if isinstance(batch, str) else tuple(batch)
    settle(d.expression.ascii, (_told(np, made, d, value, rng, many) for _ in range(POINTS)))


def product_must_hold(tensor: Tensor, v: Symbol, kind: str, d: Any, seed: int = 0) -> None:
    """Raises VerificationError where the tensor of a product with a vector `v` is not that product of the derivative; warns where no point can tell."""
    import numpy as np  # numbers are needed only here

    rng = np.random.default_rng(seed)
    settle(d.expression.ascii, (_product_told(np, tensor, v, kind, d, rng) for _ in range(POINTS)))


def _product_told(np: Any, tensor: Tensor, v: Symbol, kind: str, d: Any, rng: Any) -> bool | None:
    """Whether a product is right at one more point; None where that cannot be told."""
    own = len(d.symbols[d.wrt[0]].type.dims)

    def truth(values: dict[str, Any]) -> Any:
        whole = tensor_value(d.tensor, values, bind_sizes(d.symbols.values(), values))
        count = values[v.name].ndim
        if kind == "vjp":
            return np.tensordot(whole, values[v.name], count)
        return np.tensordot(
            values[v.name], np.moveaxis(whole, range(own), range(-own, 0)) if kind == "hvp" else whole, count
        )

    try:
        at = _point(d, rng)[1]
        sizes = bind_sizes(d.symbols.values(), at.values)
        values = {**at.values, v.name: rng.standard_normal([a.evaluate(sizes) for a in v.type.dims])}
        with np.errstate(all="ignore"):
            found = tensor_value(tensor, values, sizes)
        return agrees(np, found, truth(values), lambda: truth(shaken(np, values)), magnitude=max(at.magnitude, 1.0))
    except GradproofError:
        return None


def settle(formula: str, points: Iterable[bool | None]) -> None:
    """Raises VerificationError where the first point that tells says that code is wrong, False; warns where all are None."""
    told = next((p for p in points if p is not None), None)
    if told is None:
        text = say(
            "the code for {formula} was not checked: no point was found at which it can be compared",
            formula=formula[:200],
        )
        warnings.warn(str(text), UnverifiedWarning, stacklevel=5)
    if told is False:
        raise VerificationError(
            say(
                "the code for {formula} is wrong, and is not handed out: it gives other numbers than the derivative",
                formula=formula[:200],
            ),
            hint=say("this is a defect of gradproof; please report the formula"),
        )


def agrees(
    np: Any, found: Any, truth: Any, moved: Callable[[], Any], tolerance: float = TOLERANCE, magnitude: float = 1.0
) -> bool | None:
    """Whether an array is the true one; None where that cannot be told. `moved`: the truth at a point that is moved a little;
    `magnitude`: the largest number on the way."""
    found, truth = np.asarray(found.todense() if hasattr(found, "todense") else found), np.asarray(truth)
    if found.shape != truth.shape:
        return False
    if not np.all(np.isfinite(truth)):
        return None
    if _apart(np, found, truth, magnitude) <= tolerance:
        return True
    if np.max(np.abs(truth), initial=0.0) > LARGE:
        return None
    try:
        drift = _apart(np, np.asarray(moved()), truth, magnitude)
    except (GradproofError, ArithmeticError, np.linalg.LinAlgError):
        return None
    return None if drift > DRIFT else False


def shaken(np: Any, values: dict[str, Any]) -> dict[str, Any]:
    """The values, each entry moved by a little of itself."""
    rng = np.random.default_rng(1)
    return {
        n: a * (1 + MOVED * rng.standard_normal(np.shape(a))) if np.asarray(a).dtype.kind in "fc" else a
        for n, a in values.items()
    }


def _told(np: Any, made: Any, d: Any, value: bool, rng: Any, many: Sequence[str]) -> bool | None:
    """Whether the code is right at one more point; None where that cannot be told."""
    try:
        sampler, first = _point(d, rng)
        points = [first, *([_other(sampler, first.values, d, rng, many)] if many else [])]
        truths = [_truth(np, d, at.values, value) for at in points]
        given = {n: v for n, v in points[0].values.items() if n in made.names}
        given |= {n: np.stack([at.values[n] for at in points]) for n in many if n in given}
        with np.errstate(all="ignore"):
            found = made(given)
    except GradproofError:
        return None
    found = found if value else (found,)
    problems = [[a[k] for a in found] for k in range(len(points))] if many else [found]
    told = [
        agrees(
            np,
            a,
            b,
            lambda at=at, k=k: _truth(np, d, shaken(np, at.values), value)[k],
            magnitude=max(at.magnitude, 1.0),
        )
        for one, truth, at in zip(problems, truths, points, strict=True)
        for k, (a, b) in enumerate(zip(one, truth, strict=True))
    ]
    return False if False in told else None if None in told else True


def _point(d: Any, rng: Any) -> tuple[Any, Any]:
    """What samples the formula, and a point; where it has none in floats, as 1e23*x^2, usual values, at which its derivative may have a number."""
    from gradproof.numeric.sample import Sample, Sampler, draw, sizes  # it needs NumPy

    symbols, functions = d.symbols.values(), d.functions.values()
    try:
        sampler = Sampler(d.expression, symbols, functions, axes=d.tensor.axes)
        return sampler, sampler.point(rng)
    except DomainError:
        dims = sizes({x for s in symbols for x in s.type.dims} | {*d.tensor.axes}, rng)
        return None, Sample({**dims, **draw(symbols, functions, dims, rng)}, [], 1.0)


def _other(sampler: Any, values: dict[str, Any], d: Any, rng: Any, many: Sequence[str]) -> Any:
    """Another problem: new values for these variables, the same for the others. Raises DomainError where there is no such point."""
    if sampler is None:
        raise DomainError(say("no point was found inside the domain: {failed}", failed=d.expression.ascii))
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
    """The largest difference, relative to the largest entry; infinite where one is no number, 0 where both are zero but for rounding, of numbers as large as
    `magnitude`."""
    if not np.all(np.isfinite(found)):
        return np.inf
    size, gap = float(np.max(np.abs(truth), initial=0.0)), float(np.max(np.abs(found - truth), initial=0.0))
    return 0.0 if max(size, gap) <= NOTHING * magnitude else gap / (size or 1.0)
