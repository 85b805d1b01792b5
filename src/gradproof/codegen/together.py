"""Two programs as one source."""

from __future__ import annotations

HEADS = ("import ", "from ", "using ")


def together(first: str, second: str) -> str:
    """Two sources as one: what both of them begin with, their imports and helpers, stands once."""
    blocks = first.split("\n\n\n")
    known = {line for line in first.splitlines() if line.startswith(HEADS)}
    rest = "\n".join(line for line in second.splitlines() if line not in known).strip("\n")
    new = [block for block in rest.split("\n\n\n") if block.strip("\n") not in {b.strip("\n") for b in blocks}]
    return "\n\n\n".join([first.rstrip(), *(block.strip("\n") for block in new)]) + "\n"
