"""The boxes of a product: X' (s - y) as an n×m beside an m×1, which make an n×1. Sizes that are equal are drawn equal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradproof.choices import Format
from gradproof.notation.expr import Call, Expr, Number
from gradproof.ops import basic
from gradproof.pictures import svg
from gradproof.records import dataclass
from gradproof.render import text as written
from gradproof.shapes.shape import Shape

UNITS = (4, 7, 3, 6, 5)  # of the sizes in the order in which they occur; 1 is the unit
WIDE = 100  # columns of a line
UNIT, GAP = 22, 16  # points


@dataclass(frozen=True)
class Box:
    """A factor: its formula, and how many rows and columns it has."""

    label: str
    rows: str
    cols: str

    @property
    def size(self) -> str:
        return f"{self.rows}×{self.cols}"


Piece = Box | str  # a sign or a number between boxes


@dataclass(frozen=True)
class Boxes:
    """A picture: what stands left of the equals sign, and the rows of what stands right, one a term."""

    left: Box
    terms: tuple[tuple[Piece, ...], ...]

    @property
    def units(self) -> dict[str, int]:
        """How long each size is drawn."""
        found: dict[str, int] = {"1": 1}
        for b in (self.left, *(p for t in self.terms for p in t if isinstance(p, Box))):
            for size in (b.rows, b.cols):
                found.setdefault(size, UNITS[(len(found) - 1) % len(UNITS)] + 4 * ((len(found) - 1) // len(UNITS)))
        return found

    def text(self, ascii: bool = False) -> str:
        """The picture in characters, a line of boxes for each term that does not fit beside the others."""
        lines: list[list[Piece]] = [[self.left, "="]]
        for k, term in enumerate(self.terms):
            wide = sum(self._columns(p) + 1 for p in (*lines[-1], *term))
            if k and wide > WIDE:
                lines.append([])
            lines[-1] += term
        found = "\n\n".join("\n".join(self._drawn(line)) for line in lines)
        return found.translate(_PLAIN) if ascii else found

    def _columns(self, p: Piece) -> int:
        return len(p) if isinstance(p, str) else max(len(p.label), len(p.size), 2 * self.units[p.cols] + 2)

    def _drawn(self, line: Sequence[Piece]) -> list[str]:
        high = max(self.units[p.rows] for p in line if isinstance(p, Box)) + 2
        blocks = [self._block(p, high) for p in line]
        return [" ".join(rows).rstrip() for rows in zip(*blocks, strict=True)]

    def _block(self, p: Piece, high: int) -> list[str]:
        """A piece as rows of characters, all of one width; under a box its formula and its size."""
        width = self._columns(p)
        if isinstance(p, str):
            return [(p if k == (high - 1) // 2 else "").center(width) for k in range(high + 2)]
        inner, rows = 2 * self.units[p.cols], self.units[p.rows]
        drawn = [f"┌{'─' * inner}┐", *[f"│{' ' * inner}│"] * rows, f"└{'─' * inner}┘"]
        above = (high - len(drawn)) // 2
        whole = [*[""] * above, *drawn, *[""] * (high - len(drawn) - above), p.label, p.size]
        return [row.center(width) for row in whole]

    def svg(self) -> str:
        """The picture as SVG, all terms beside each other."""
        pieces: list[Piece] = [self.left, "=", *(p for t in self.terms for p in t)]
        high = max(self.units[p.rows] for p in pieces if isinstance(p, Box)) * UNIT
        shapes: list[str] = []
        x, middle = float(GAP), GAP + high / 2
        for p in pieces:
            width = (
                svg.SIGN * len(p)
                if isinstance(p, str)
                else max(self.units[p.cols] * UNIT, svg.SIGN * max(len(p.label), len(p.size)))
            )
            at = x + width / 2
            if isinstance(p, str):
                shapes.append(svg.text(at, middle, p))
            else:
                w, h = self.units[p.cols] * UNIT, self.units[p.rows] * UNIT
                shapes.append(svg.box(at - w / 2, middle - h / 2, w, h))
                shapes += [svg.text(at, 2 * GAP + high, p.label), svg.text(at, 2 * GAP + high + 20, p.size, small=True)]
            x += width + GAP
        return svg.document(x, high + 2 * GAP + 34, self.said, shapes)

    @property
    def said(self) -> str:
        """The picture in words: ∂f/∂w (n×1) = Xᵀ (n×m) · s − y (m×1)."""
        told = [" ".join(f"{p.label} ({p.size})" if isinstance(p, Box) else p for p in t) for t in self.terms]
        return f"{self.left.label} ({self.left.size}) = {' '.join(told)}"


def boxes(e: Expr, name: str, form: Format = "unicode") -> Boxes:
    """The boxes of a formula: of each term those of its factors. `name`: what stands left of the equals sign; `form`: how formulas are written."""
    terms = [tuple(_term(sign, term, form, first=not k)) for k, (sign, term) in enumerate(_terms(e))]
    return Boxes(_box(name, e.type), tuple(terms))


def _terms(e: Expr) -> Iterator[tuple[str, Expr]]:
    """The terms of a sum as it is written, with their signs."""
    stack: list[tuple[bool, Expr]] = [(False, e)]
    while stack:
        minus, node = stack.pop()
        if isinstance(node, Call) and node.op in (basic.ADD, basic.SUB) and node.args[0].type == node.args[1].type:
            stack += [(minus ^ (node.op is basic.SUB), node.args[1]), (minus, node.args[0])]
        elif isinstance(node, Call) and node.op is basic.NEG:
            stack.append((not minus, node.args[0]))
        else:
            yield ("−" if minus else "+"), node


def _term(sign: str, e: Expr, form: Format, first: bool) -> Iterator[Piece]:
    """The sign, the numbers, and a box for each vector and matrix."""
    minus = sign == "−"
    scalars: list[str] = []
    below: list[str] = []
    chain: list[Expr] = []
    stack: list[tuple[bool, Expr]] = [(False, e)]
    while stack:
        under, node = stack.pop()
        if isinstance(node, Call) and node.op is basic.MUL and (node is e or node.type.kind != "s" or _numbers(node)):
            stack += [(under, node.args[1]), (under, node.args[0])]
        elif (
            isinstance(node, Call)
            and node.op is basic.DIV
            and node.args[1].type.kind == "s"
            and not under
            and (node is e or node.type.kind != "s")
        ):
            stack += [(True, node.args[1]), (under, node.args[0])]
        elif isinstance(node, Call) and node.op is basic.NEG:
            minus = not minus
            stack.append((under, node.args[0]))
        elif node.type.kind == "s":
            (below if under else scalars).append(_bracketed(node, form))
        else:
            chain.append(node)
    if minus or not first:
        yield "−" if minus else "+"
    number = " ".join(scalars) + (f"/{'/'.join(below)}" if below else "")
    if not chain:
        yield _box(written(e, form), e.type)
        return
    if number:
        yield f"1{number}" if number.startswith("/") else number
    yield from (_box(written(f, form), f.type) for f in chain)


def _numbers(e: Call) -> bool:
    """Whether a product is one of numbers, not an inner product."""
    return all(a.type.kind == "s" for a in e.args)


def _bracketed(e: Expr, form: Format) -> str:
    found = written(e, form)
    return (
        found if not e.args or isinstance(e, Number) or not isinstance(e, Call) or e.op not in _OPEN else f"({found})"
    )


_OPEN = (basic.ADD, basic.SUB, basic.NEG, basic.MUL, basic.DIV)
_PLAIN = str.maketrans({"─": "-", "│": "|", "┌": "+", "┐": "+", "└": "+", "┘": "+", "×": "x", "−": "-"})


def _box(label: str, shape: Shape) -> Box:
    rows, cols = {"s": (1, 1), "v": (*shape.dims, 1), "r": (1, *shape.dims), "m": shape.dims}[shape.kind]
    return Box(label, str(rows), str(cols))


__all__ = ["Box", "Boxes", "boxes"]
