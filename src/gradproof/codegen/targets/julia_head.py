"""What a Julia function begins with: its docstring, with what is declared of its arguments, and the type of its numbers."""

from __future__ import annotations

from collections.abc import Mapping

from gradproof.codegen.headers import Task


def described(task: Task, head: str, inputs: Mapping[str, str]) -> list[str]:
    """The docstring."""
    said = [line.removeprefix('"' * 3).replace("$", "\\$") for line in task.doc]
    lines = []
    for n, text in inputs.items():
        shape, facts = task.symbols[n].type.dims, " ".join(sorted(task.symbols[n].facts))
        kind = ("number", "vector", "matrix")[len(shape)] + (
            f" ({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})" if shape else ""
        )
        lines.append(f"- `{text}`: {kind}{', ' + facts if facts else ''}")
    return ['"""', "    " + head, "", *said, *([""] if lines else []), *lines, '"""']


def eltype(inputs: Mapping[str, str], name: str) -> str:
    """The line that finds the type of the numbers in a result."""
    types = [f"eltype({text})" for text in inputs.values()]
    return (
        f"{name} = float({types[0] if len(types) == 1 else 'promote_type(' + ', '.join(types) + ')'})"
        if types
        else f"{name} = Float64"
    )
