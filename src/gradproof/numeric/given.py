"""The values that a call is given: by name, as arrays, and the sizes that they tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Integral
from typing import Any

from gradproof.errors import DomainError, ShapeError
from gradproof.notation.expr import Symbol
from gradproof.numeric import bare
from gradproof.numeric.arrays import plain
from gradproof.say import listed, say
from gradproof.shapes.dims import Dim


def given(values: Mapping[str, Any] | None, more: Mapping[str, Any]) -> dict[str, Any]:
    """Values in a mapping and values by keyword, as one mapping. Raises DomainError for a mapping that is none."""
    if values is not None and not isinstance(values, Mapping):
        raise DomainError(
            say("values are given by name, not as {type}", type=type(values).__name__),
            hint=say("evaluate(x=[1.0, 2.0]), or a mapping"),
        )
    return {**(values or {}), **more}


def numpy() -> Any:
    """NumPy, on first use, so that importing gradproof stays light."""
    import numpy as np  # on first use

    return np


def arrays(symbols: Iterable[Symbol], values: Mapping[str, Any], np: Any = None) -> dict[str, Any]:
    """The values with those of variables as arrays, or numbers, to compute with. Raises DomainError for what is no array of numbers."""
    if np is bare:
        return {**values}
    return {**values, **{s.name: plain(s.name, values[s.name], np or numpy()) for s in symbols if s.name in values}}


def bind_sizes(symbols: Iterable[Symbol], values: Mapping[str, Any]) -> dict[str, int]:
    """The sizes of all dimensions that the arrays give, and those given under a dimension's own name.

    Raises DomainError where a variable has no value, ShapeError where an array does not have the declared shape.
    """
    symbols = tuple(symbols)
    sizes: dict[str, int] = {}
    origins: dict[str, str] = {}
    composite: list[tuple[Symbol, Dim, int]] = []
    for s in symbols:
        if s.name not in values:
            raise DomainError(
                say("no value for {name}", name=s.name), hint=say("give {name}=…, {type}", name=s.name, type=s.type)
            )
        actual = _shape_of(values[s.name])
        if len(actual) != len(s.type.dims):
            raise _wrong_shape(s, actual, sizes, origins)
        for d, n in zip(s.type.dims, actual, strict=True):
            if d.name is None and d.number is None:
                first = next((other for other in composite if other[1] == d), (s, d, n))
                if n != first[2]:
                    raise ShapeError(
                        say(
                            "{name} has shape {actual}, but {d} is {size} from {other}",
                            name=s.name,
                            actual=actual,
                            d=d,
                            size=first[2],
                            other=first[0].name,
                        )
                    )
                composite.append((s, d, n))
            elif n != (d.number if d.name is None else sizes.setdefault(d.name, n)):
                raise _wrong_shape(s, actual, sizes, origins)
            elif d.name is not None:
                origins.setdefault(d.name, s.name)
    _bind_given({s.name for s in symbols}, values, sizes, origins)
    while len(composite) > len(composite := [c for c in composite if not _solve(*c, values, sizes, origins)]):
        pass
    return sizes


def measured(lengths: Iterable[Dim], sizes: Mapping[str, int]) -> None:
    """Raises DomainError where a length comes out negative at these sizes; those of which a size is not known are left out."""
    for d in lengths:
        if d.names <= sizes.keys():
            d.length(sizes)


def _bind_given(names: set[str], values: Mapping[str, Any], sizes: dict[str, int], origins: dict[str, str]) -> None:
    """Takes sizes that are given under a dimension's name."""
    for name, n in values.items():
        if name not in names and isinstance(n, Integral) and not isinstance(n, bool):
            if n < 0:
                raise ShapeError(say("{name} is given as {n}: no dimension is negative", name=name, n=n))
            if sizes.setdefault(name, int(n)) != n:
                raise ShapeError(
                    say(
                        "{name} is given as {n}, but it is {size} from {origin}",
                        name=name,
                        n=n,
                        size=sizes[name],
                        origin=origins[name],
                    )
                )
            origins.setdefault(name, f"what was given for {name}")


def _solve(
    s: Symbol, d: Dim, n: int, values: Mapping[str, Any], sizes: dict[str, int], origins: dict[str, str]
) -> bool:
    """Checks a dimension such as m*n, or finds the one size in it that is not known; False where it has to wait."""
    open_names = d.names - sizes.keys()
    if not open_names:
        if d.evaluate(sizes) != n:
            raise _wrong_shape(s, _shape_of(values[s.name]), sizes, origins)
        return True
    name = next(iter(open_names))
    if len(open_names) > 1:
        return False
    if any(names.count(name) > 1 for names, _ in d.terms):
        found = _rooted(d, name, n, sizes)
        if found is None:
            raise _wrong_shape(s, _shape_of(values[s.name]), sizes, origins)
        sizes[name], origins[name] = found, s.name
        return True
    rest = d.evaluate({**sizes, name: 0})
    slope = d.evaluate({**sizes, name: 1}) - rest
    found, left = divmod(n - rest, slope) if slope else (-1, 0)
    if found < 0 or left:
        raise _wrong_shape(s, _shape_of(values[s.name]), sizes, origins)
    sizes[name], origins[name] = found, s.name
    return True


def _rooted(d: Dim, name: str, n: int, sizes: Mapping[str, int]) -> int | None:
    """The size of this name at which a dimension such as n*(n+1)/2 is n; None where there is none."""
    low, high = 0, 1
    while d.evaluate({**sizes, name: high}) < n and high <= n:
        high *= 2
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if d.evaluate({**sizes, name: middle}) >= n else (middle + 1, high)
    return low if d.evaluate({**sizes, name: low}) == n else None


def _shape_of(value: Any) -> tuple[int, ...]:
    if isinstance(value, int | float | complex):
        return ()
    shape = getattr(value, "shape", None)
    return tuple(numpy().shape(value) if shape is None else shape)


def _wrong_shape(
    s: Symbol, actual: tuple[int, ...], sizes: Mapping[str, int], origins: Mapping[str, str]
) -> ShapeError:
    def show(axes: Iterable[Any]) -> str:
        axes = tuple(map(str, axes))
        return f"({axes[0]},)" if len(axes) == 1 else f"({', '.join(axes)})"

    known = [
        say("{name} is {size} from {origin}", name=n, size=sizes[n], origin=origins[n])
        for d in s.type.dims
        for n in sorted(d.names)
        if n in origins
    ]
    wanted = show(s.type.dims) if s.type.dims else say("a number")
    told = {"name": s.name, "shape": show(actual), "wanted": wanted}
    return ShapeError(
        say("{name} has shape {shape}, expected {wanted}: {known}", known=listed(dict.fromkeys(known)), **told)
        if known
        else say("{name} has shape {shape}, expected {wanted}", **told)
    )


def with_twins(np: Any, symbols: Mapping[str, Symbol], values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values with those of the twins of complex variables."""
    twins = {name: name[len("conj(") : -1] for name in symbols if name.startswith("conj(")}
    return {**values, **{name: np.conj(values[inner]) for name, inner in twins.items() if inner in values}}


def unit(place: int, size: int) -> list[float]:
    """The vector of one entry, counted from 1. Raises DomainError for an entry that there is not."""
    if not 0 < place <= size:
        raise DomainError(say("an entry {place} is asked for, and there are {size}", place=place, size=size))
    return [float(k + 1 == place) for k in range(size)]
