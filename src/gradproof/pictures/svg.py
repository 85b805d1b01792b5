"""Shapes of a picture as SVG. Colours are those of the page around it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

SIGN = 8.5  # width of a character at the size of the text


def document(width: float, height: float, title: str, shapes: Sequence[str]) -> str:
    """The whole picture. `title` is what a screen reader says."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" height="{_n(height)}" role="img"'
        ' fill="none" stroke="currentColor" stroke-width="1.5" font-family="serif" font-size="15">'
    )
    return "\n".join([head, f"<title>{escape(title)}</title>", *shapes, "</svg>"])


def box(x: float, y: float, width: float, height: float) -> str:
    """A rectangle by its upper left corner."""
    return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"/>'


def dot(x: float, y: float, r: float = 4) -> str:
    """A filled point."""
    return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(r)}" fill="currentColor" stroke="none"/>'


def path(d: str) -> str:
    """A line, by the commands of SVG."""
    return f'<path d="{d}"/>'


def text(x: float, y: float, said: str, small: bool = False) -> str:
    """A text, its middle at this place."""
    size = ' font-size="12"' if small else ""
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="middle" dominant-baseline="central" fill="currentColor" stroke="none"{size}>'
        f"{escape(said)}</text>"
    )


def _n(x: float) -> str:
    return f"{x:.1f}".removesuffix(".0")


__all__ = ["SIGN", "box", "document", "dot", "path", "text"]
