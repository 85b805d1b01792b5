"""Diagonals in Julia sources: in place, by loops over the indices that occur twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradproof.codegen.plan.program import Node
from gradproof.codegen.targets.emit import NEGATIVE, POWER, PRODUCT, SUM, Scope, Text
from gradproof.codegen.targets.julia_arrays import Arrays
from gradproof.notation.decimals import floating
from gradproof.shapes.dims import Dim


def diagonal(arrays: Arrays, node: Node, scope: Scope) -> Text:
    """The entries of an array with equal indices."""
    (inside,) = node.data
    (a,) = node.args
    if inside == (0, 0):
        return Text(f"diag({arrays.whole(a, scope)})")
    indices = _Indices(scope, {k: node.axes[k] for k in inside})
    return Text(f"[{scope.named(a)}[{', '.join(map(indices.name, inside))}] for {indices.ranges(range(node.order))}]")


def written(arrays: Arrays, base: Node | None, node: Node, cores: Sequence[Node], scope: Scope) -> Text:
    """An array (None: of zeros) with diagonals added."""
    matrix = len(cores) == 1 and node.data[0][0] == (0, 0)
    if not cores:
        return Text(f"zeros({', '.join(map(scope.dim, node.axes))})" if node.order else "0.0")
    if base is None and matrix:
        return _dense(node, cores[0], node.data[0][1], scope)
    owned = base is not None and arrays.fresh(base, scope)
    if base is not None and matrix and not owned:
        sign, term = node.data[0][1], _term(cores[0], scope)
        return Text(f"{arrays.whole(base, scope)} {'+' if sign > 0 else '-'} {term.at(PRODUCT)}", SUM)
    target = _target(arrays, base, node, owned, scope)
    for k, ((pattern, sign), core) in enumerate(zip(node.data, cores, strict=True)):
        _add(target, pattern, sign, core, node, scope, fresh=base is None and k == 0)
    return Text(target)


def _dense(node: Node, core: Node, sign: int, scope: Scope) -> Text:
    """A matrix that is zero outside its diagonal."""
    if core.order and core.axes[0] is node.axes[0]:
        return Text(f"diagm({scope.of(core) if sign > 0 else '.-' + scope.of(core, POWER)})")
    n = scope.dim(node.axes[0])
    if core.kind == "number":
        return Text(f"Matrix({floating(sign * core.data)!r}I, {n}, {n})")
    return Text(f"Matrix({'' if sign > 0 else '-'}{scope.of(core, PRODUCT if sign > 0 else POWER)} * I, {n}, {n})")


def _term(core: Node, scope: Scope) -> Text:
    """A diagonal as a matrix that is never stored."""
    return Text(f"Diagonal({scope.of(core)})") if core.order else Text(f"{scope.of(core, PRODUCT)} * I", PRODUCT)


def _target(arrays: Arrays, base: Node | None, node: Node, owned: bool, scope: Scope) -> str:
    """The name of an array that may be written to."""
    if base is None:
        scope.wants_dtype = True
        return scope.assign(f"zeros({', '.join([scope.names('temp', 'T'), *map(scope.dim, node.axes)])})", node)
    text = arrays.whole(base, scope)
    if owned:
        return text if text.isidentifier() else scope.assign(text, base)
    return scope.assign(f"copy({text})", base)


class _Indices:
    """The names of indices, and how far they run."""

    def __init__(self, scope: Scope, dims: Mapping[int, Dim]):
        self._scope, self._dims = scope, dims

    def name(self, k: int) -> str:
        return self._scope.names("temp", chr(ord("i") + k))

    def ranges(self, ks: Sequence[int]) -> str:
        """The heads of loops, the outermost first."""
        return ", ".join(f"{self.name(k)} in 1:{self._scope.dim(self._dims[k])}" for k in ks)


def _add(target: str, pattern: Sequence[int], sign: int, core: Node, node: Node, scope: Scope, fresh: bool) -> None:
    """One diagonal: a statement, or a loop over the indices that stand at two axes."""
    array, letters = _placed(core, pattern)
    dims = {k: node.axes[pattern.index(k)] for k in pattern}
    if tuple(pattern) == (0, 0):
        place = f"{target}[diagind({target})]"
        scope.line(
            f"{place} .= {'' if sign > 0 else '.-'}{scope.of(core, SUM if sign > 0 else POWER)}"
            if fresh
            else _added(place, sign, scope.of(core), True)
        )
        return
    loops = {k for k in dims if list(pattern).count(k) > 1}
    turned = False
    free, mine = [k for k in dims if k not in loops], [k for k in letters if k not in loops and k is not None]
    if mine != free[: len(mine)]:
        turned = len(free) == 2 and mine in ([free[1]], free[::-1])
        loops = loops if turned else set(dims)
    indices = _Indices(scope, dims)
    text = scope.of(array, NEGATIVE) if array.kind == "number" else scope.named(array)
    places = ["1" if k is None else indices.name(k) if k in loops else ":" for k in letters]
    sliced = f"{text}[{', '.join(places)}]" if {*places} - {":"} else text
    value = f"{sliced}'" if turned else sliced
    place = f"{target}[{', '.join(indices.name(k) if k in loops else ':' for k in pattern)}]"
    dotted = bool(free) and loops != set(dims)
    minus = ".-" if dotted else "-"
    line = (
        f"{place} {'.' if dotted else ''}= {'' if sign > 0 else minus}{value}"
        if fresh
        else _added(place, sign, value, dotted)
    )
    scope.line(f"for {indices.ranges(sorted(loops, reverse=True))}")
    scope.line("    " + (f"@views {line}" if dotted and sliced != text and fresh else line))
    scope.line("end")


def _added(place: str, sign: int, value: str, dotted: bool) -> str:
    return f"{'@views ' if dotted else ''}{place} {'.' if dotted else ''}{'+' if sign > 0 else '-'}= {value}"


def _placed(core: Node, pattern: Sequence[int]) -> tuple[Node, list[int | None]]:
    """The array that holds a diagonal, and the index at each of its axes; None where it has length one."""
    places = sorted(set(pattern))
    letters: list[int | None] = list(places[len(places) - core.order :])
    if core.kind == "expand":
        letters = [k for k, p in zip(letters, core.data, strict=True) if p is not None]
        core = core.args[0]
    if core.kind == "transpose":
        letters = [letters[core.data.index(k)] for k in range(core.order)]
        core = core.args[0]
    return core, [None if d.number == 1 else k for k, d in zip(letters, core.axes, strict=True)]
