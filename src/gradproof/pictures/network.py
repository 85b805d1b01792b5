"""The network of a sum over indices, read off the contraction that the engine holds: each factor a node, each index a line between the factors that have it.

An index of two factors is a line, an index of the result an open end, an index of three factors or more a dot where its lines meet; so is one that only one
factor has and that is summed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import chain, count

from gradproof.choices import Format
from gradproof.engine.tensor import Contraction, Exponent, Sum, Tensor, Variable, walk_tensor
from gradproof.lift.index import LETTERS
from gradproof.notation.decimals import decimal
from gradproof.pictures import svg
from gradproof.records import dataclass

FACTOR, DOT, END = "factor", "dot", "end"
STEP, LOW, UP = 92, 30, 26  # points: between nodes, above and below the line


@dataclass(frozen=True)
class Knot:
    """A factor with its formula, a dot, or an open end with the letter of its index."""

    kind: str
    label: str
    matrix: bool = False


@dataclass(frozen=True)
class Wire:
    """An index: its letter, its size, and the two nodes that it joins (positions in the list of nodes)."""

    letter: str
    size: str
    ends: tuple[int, int]
    axes: tuple[int, int] = (0, 0)  # of the two nodes, where they are factors

    def leaves(self, k: int) -> int:
        """The axis by which it leaves a node."""
        return self.axes[self.ends.index(k)]

    def enters(self, k: int) -> int:
        """The axis by which it comes to a node."""
        return self.axes[1 - self.ends[::-1].index(k)]


@dataclass(frozen=True)
class Net:
    """One product: a number times factors joined by indices."""

    number: str
    nodes: tuple[Knot, ...]
    edges: tuple[Wire, ...]

    def label(self, k: int) -> str:
        """A node as it is written: a matrix that is met by its columns first is its transpose."""
        node = self.nodes[k]
        if node.kind != FACTOR or not node.matrix:
            return node.label
        return f"({node.label})ᵀ" if " " in node.label and self._turned(k) else node.label + "ᵀ" * self._turned(k)

    def _turned(self, k: int) -> bool:
        for trail in self.trails():
            at = next((i for i, (node, _) in enumerate(trail) if node == k), None)
            if at is not None:
                edge = trail[at][1]
                after = trail[at + 1][1] if at + 1 < len(trail) else None
                if edge is not None:
                    return edge.enters(k) == 1
                return after is not None and after.leaves(k) == 0 and len(self.edges) > 0
        return False

    def trails(self) -> list[list[tuple[int, Wire | None]]]:
        """The lines drawn without lifting the pen: nodes, each with the edge that leads to it; open ends first."""
        left = list(self.edges)
        found: list[list[tuple[int, Wire | None]]] = []
        seen: set[int] = set()

        def degree(k: int) -> int:
            return sum((e.ends[0] == k) + (e.ends[1] == k) for e in left)

        while left:
            starts = [k for k, n in enumerate(self.nodes) if degree(k)]
            start = min(starts, key=lambda k: (self.nodes[k].kind != END, degree(k) % 2 == 0, k not in seen, k))
            trail: list[tuple[int, Wire | None]] = [(start, None)]
            at = start
            while True:
                edge = next((e for e in left if at in e.ends), None)
                if edge is None:
                    break
                left.remove(edge)
                at = edge.ends[1] if edge.ends[0] == at else edge.ends[0]
                trail.append((at, edge))
            seen |= {k for k, _ in trail}
            found.append(trail)
        alone: list[list[tuple[int, Wire | None]]] = [[(k, None)] for k in range(len(self.nodes)) if k not in seen]
        return [*found, *alone]


@dataclass(frozen=True)
class Network:
    """The networks of the terms of a formula, and what is said of their indices."""

    terms: tuple[Net, ...]
    open: tuple[tuple[str, str], ...]
    summed: tuple[tuple[str, str], ...]

    def text(self, ascii: bool = False) -> str:
        """The networks in characters: a factor that several lines meet stands in each of them; sizes are told below."""
        parts = []
        for k, net in enumerate(self.terms):
            head = net.number if k == 0 else net.number if net.number.startswith("−") else f"+ {net.number}".rstrip()
            rows = ["".join(self._steps(net, trail)) for trail in net.trails()]
            pad = " " * (len(head) + 1) if head else ""
            parts.append("\n".join((f"{head} " if head and not i else pad) + row for i, row in enumerate(rows)))
        sizes = [f"{x} = 1…{n}" for x, n in (*self.open, *self.summed)]
        whole = "\n\n".join(parts) + (f"\n\n{', '.join(sizes)}" if sizes else "")
        return whole.translate(_PLAIN).replace("…", "..") if ascii else whole

    def _steps(self, net: Net, trail: Sequence[tuple[int, Wire | None]]) -> Iterator[str]:
        for k, edge in trail:
            node = net.nodes[k]
            before = trail[trail.index((k, edge)) - 1][0] if edge is not None else None
            if edge is not None:
                ends = END in (node.kind, net.nodes[before].kind if before is not None else "")
                yield "───" if ends else f"──{edge.letter}──"
            yield {FACTOR: f"[{net.label(k)}]", DOT: "•", END: node.label}[node.kind]

    def svg(self) -> str:
        """The networks as SVG, one under the other."""
        shapes: list[str] = []
        y, width = 0.0, 0.0
        for k, net in enumerate(self.terms):
            number = net.number if not k or net.number.startswith("−") else f"+ {net.number}".rstrip()
            high, wide, drawn = _drawn(net, number, y)
            shapes += drawn
            y, width = y + high, max(width, wide)
        sizes = ", ".join(f"{x} = 1…{n}" for x, n in (*self.open, *self.summed))
        if sizes:
            shapes.append(svg.text(max(width, svg.SIGN * len(sizes)) / 2, y + 14, sizes, small=True))
        return svg.document(max(width, svg.SIGN * len(sizes)), y + 28, self.text().split("\n\n")[0], shapes)


def _drawn(net: Net, number: str, top: float) -> tuple[float, float, list[str]]:
    """How high and wide a network is, and its shapes: the nodes in a row, further lines as arcs above it."""
    order = list(dict.fromkeys(k for trail in net.trails() for k, _ in trail))
    labels = [net.label(k) if net.nodes[k].kind == FACTOR else "" for k in order]
    widths = [max(UP, svg.SIGN * len(x) + 14) if x else 10.0 for x in labels]
    start = svg.SIGN * len(number) + 16 if number else 8.0
    xs: dict[int, float] = {}
    x = start
    for k, w in zip(order, widths, strict=True):
        xs[k] = x + w / 2
        x += w + STEP / 2
    wide, place = x, {k: i for i, k in enumerate(order)}
    size = dict(zip(order, widths, strict=True))
    rise = max((_rise(place, e, net.edges[:i]) for i, e in enumerate(net.edges)), default=0)
    y = top + rise * LOW + UP
    shapes = [svg.text(start / 2, y, number)] if number else []
    for i, e in enumerate(net.edges):
        shapes += _line(e, xs, size, y, _rise(place, e, net.edges[:i]), net)
    for k, label in zip(order, labels, strict=True):
        node = net.nodes[k]
        if node.kind == FACTOR:
            shapes += [svg.box(xs[k] - size[k] / 2, y - UP / 2, size[k], UP), svg.text(xs[k], y, label)]
        elif node.kind == DOT:
            shapes.append(svg.dot(xs[k], y))
        else:
            shapes.append(svg.text(xs[k], y, node.label))
    return y + UP - top, wide, shapes


def _rise(place: dict[int, int], e: Wire, before: Sequence[Wire]) -> int:
    """How high an index is drawn: 0 for a straight line between neighbours."""
    a, b = sorted(place[k] for k in e.ends)
    taken = [f for f in before if sorted(place[k] for k in f.ends) == [a, b]]
    return len(taken) + (b - a if b - a != 1 else 0) + (1 if a == b else 0)


def _line(e: Wire, xs: dict[int, float], size: dict[int, float], y: float, rise: int, net: Net) -> list[str]:
    a, b = sorted(e.ends, key=lambda k: xs[k])
    named = END not in (net.nodes[a].kind, net.nodes[b].kind)
    if not rise:
        left, right = xs[a] + size[a] / 2, xs[b] - size[b] / 2
        label = [svg.text((left + right) / 2, y - 10, e.letter, small=True)] if named else []
        return [svg.path(f"M {left:.1f} {y:.1f} L {right:.1f} {y:.1f}"), *label]
    from_y, high = y - (UP / 2 if net.nodes[a].kind == FACTOR else 0), y - UP / 2 - rise * LOW
    to_y = y - (UP / 2 if net.nodes[b].kind == FACTOR else 0)
    x, z = (xs[a], xs[b]) if a != b else (xs[a] - 8, xs[b] + 8)
    arc = svg.path(f"M {x:.1f} {from_y:.1f} C {x:.1f} {high:.1f} {z:.1f} {high:.1f} {z:.1f} {to_y:.1f}")
    return [arc, *([svg.text((x + z) / 2, y - UP / 2 - rise * LOW * 0.75 - 8, e.letter, small=True)] if named else [])]


def network(t: Tensor, label: Callable[[Tensor], str], form: Format = "unicode") -> Network:
    """The network of a tensor. `label`: how a factor is written, in the format `form`."""
    taken = {v.name for v in walk_tensor(t) if isinstance(v, Variable)}
    letters = (x for x in chain(LETTERS, (f"i{k}" for k in count(1))) if x not in taken)
    free = [next(letters) for _ in t.axes]
    used: dict[str, str] = {}
    bodies = [(Fraction(1), t)] if not isinstance(t, Sum) else [*t.terms]
    nets = tuple(_net(c, body, free, letters, label, used, form) for c, body in bodies)
    opened = tuple((x, str(d)) for x, d in zip(free, t.axes, strict=True))
    return Network(nets, opened, tuple((x, d) for x, d in used.items() if x not in free))


def _net(
    c: Fraction,
    t: Tensor,
    free: Sequence[str],
    letters: Iterator[str],
    label: Callable[[Tensor], str],
    used: dict[str, str],
    form: Format,
) -> Net:
    """The network of a product."""
    if not isinstance(t, Contraction):
        nodes = [Knot(FACTOR, label(t)), *(Knot(END, x) for x in free)]
        lines = tuple(Wire(x, str(d), (0, k)) for x, d, k in zip(free, t.axes, count(1), strict=False))
        return Net(_number(c), tuple(nodes), lines)
    nodes: list[Knot] = []
    edges: list[Wire] = []
    meets: dict[int, list[tuple[int, int]]] = {k: [] for k in range(len(t.dims))}
    for f, indices, power in t.factors:
        nodes.append(Knot(FACTOR, label(f) + _raised(power, len(indices), form), len(indices) == 2))
        for axis, i in enumerate(indices):
            meets[i].append((len(nodes) - 1, axis))
    names: dict[int, str] = {}
    for i, x in zip(t.out, free, strict=True):
        names.setdefault(i, x)
        nodes.append(Knot(END, x))
        meets[i].append((len(nodes) - 1, 0))
    for i, at in meets.items():
        size = str(t.dims[i])
        if i not in names:
            again = (x for x, d in used.items() if d == size and x not in names.values() and x not in free)
            names[i] = next(again, "") or next(letters)
        used.setdefault(names[i], size)
        if len(at) == 2:
            (a, p), (b, q) = at
            edges.append(Wire(names[i], size, (a, b), (p, q)))
            continue
        nodes.append(Knot(DOT, ""))
        edges += [Wire(names[i], size, (k, len(nodes) - 1), (axis, 0)) for k, axis in at]
    return Net(_number(c * t.coefficient), tuple(nodes), tuple(edges))


def _raised(power: Exponent, axes: int, form: Format) -> str:
    """An entrywise exponent: x² of a number, M⊙² of arrays."""
    if form == "ascii" and power != 1:
        return f"{'.' if axes else ''}^{power}"
    return "" if power == 1 else ("⊙" if axes else "") + str(power).translate(_RAISED)


def _number(c: Fraction) -> str:
    if c == 1:
        return ""
    return "−" if c == -1 else ("−" if c < 0 else "") + decimal(abs(c))


_RAISED = {ord(str(k)): x for k, x in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")} | {ord("-"): "⁻", ord("/"): "ᐟ"}
_PLAIN = str.maketrans({"─": "-", "•": "*", "−": "-", "ᵀ": "'"})

__all__ = ["Knot", "Net", "Network", "Wire", "network"]
