"""The beginning of a function in Python: its arguments, the checks of their shapes, the sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradproof.codegen.plan.build import Result, borrowed
from gradproof.codegen.plan.program import Node, reachable
from gradproof.codegen.targets.emit import ATOM, Names, Scope
from gradproof.codegen.targets.python_target import PythonSpelling
from gradproof.notation.expr import Symbol
from gradproof.notation.function import Function
from gradproof.records import dataclass, field
from gradproof.shapes.dims import Dim, dim, side


@dataclass(frozen=True, slots=True)
class Task:
    """What a function computes: the results, what it is called and described as, and the variables and functions that there are."""

    name: str
    doc: tuple[str, ...]
    results: tuple[Result, ...]
    symbols: Mapping[str, Symbol]
    functions: Mapping[str, Function]
    batch: tuple[str, ...] = field(default=(), kw_only=True)  # the variables that have a first axis of problems
    lengths: tuple[Dim, ...] = field(default=(), kw_only=True)  # those of the formula that may come out negative


def header(
    task: Task,
    inputs: Sequence[str],
    functions: Sequence[str],
    roots: Sequence[Node],
    spelling: PythonSpelling,
    names: Names,
    scope: Scope,
) -> tuple[dict[str, str], list[str], list[str], list[str]]:
    """The parameters of a function, its first lines, and the variables and dimensions that it takes."""
    inputs, dims, lines = sizes_header(task, inputs, scope)
    lines += _scalar_header(task, inputs, roots, spelling, scope)
    arrays = [names("input", n) for n in inputs if axes_of(task, task.symbols[n])]
    opening = spelling.opening(arrays)
    if not names.positional:
        opening += spelling.taken(
            arrays, [names("input", n) for n in inputs if not axes_of(task, task.symbols[n])], scope
        )
    if scope.wants_dtype:
        lines.insert(0, _dtype_line(task, inputs, spelling, scope))
    params = (
        {n: names("input", n) for n in inputs}
        | {n: names("function", n) for n in functions}
        | {n: names("dim", n) for n in dims}
    )
    return params, [*opening, *lines], inputs, dims


def first_line(task: Task, params: Mapping[str, str], inputs: Sequence[str], functions: Sequence[str]) -> str:
    """The first line of a typed function."""
    kinds = {n: "np.ndarray" if task.symbols[n].type.dims else "float" for n in inputs}
    typed = [f"{text}: {kinds.get(n, 'Callable' if n in functions else 'int')}" for n, text in params.items()]
    answers = ["np.ndarray" if r.tensor.order else "float" for r in task.results]
    return f"def {task.name}({', '.join(typed)}) -> {answers[0] if len(answers) == 1 else f'tuple[{chr(44).join(answers)}]'.replace(',', ', ')}:"


def shape_checks(task: Task, params: Mapping[str, str], inputs: Sequence[str], dims: Sequence[str]) -> list[str]:
    lines = [f"sizes = {{{', '.join(f'{d!r}: {params[d]}' for d in dims)}}}"]
    for n in inputs:
        shape = [repr(d.name) if d.name else str(d.number) for d in task.symbols[n].type.dims]
        lines.append(f"_check_shape({n!r}, {params[n]}, ({', '.join(shape)}{',' if len(shape) == 1 else ''}), sizes)")
    return lines


def answer(node: Node, spelling: PythonSpelling, scope: Scope) -> str:
    text = scope.of(node)
    if not node.order and not any(n.kind in ("input", "call") for n in reachable([node])):
        return spelling.constant(text)
    if borrowed(node):
        return spelling.copied(scope.texts[node].at(ATOM))
    return text


SIZE = "{} = {}.shape[{}]"

SIDE = "{} = int((2 * {}.shape[{}]) ** 0.5)"  # of a triangle that is an axis

GUARD = ("if {0} < 0:", '    raise ValueError("the size {1} is negative")')


def sizes_header(
    task: Task, inputs: Sequence[str], scope: Scope, form: str = SIZE, first: int = 0, guard: Sequence[str] = GUARD
) -> tuple[list[str], list[str], list[str]]:
    """The inputs with those added that tell a size, the sizes that nothing tells, and the lines that read the others and refuse negative lengths."""
    inputs, unknown, lines = list(inputs), [], []
    told = scope.dims.union(*(d.names for n in inputs for d in task.symbols[n].type.dims if d.name))
    guards = [line.format(scope.dim(d), d) for d in task.lengths if d.names <= told for line in guard]
    for wanted in sorted(scope.dims):
        holders = [s for s in task.symbols.values() if any(d.name == wanted for d in axes_of(task, s))]
        sides = [s for s in task.symbols.values() if any(_side(d) == wanted for d in axes_of(task, s))]
        if not any(s.name in inputs for s in holders) and sides and form is SIZE:
            holders, written = sides, SIDE
        else:
            written = form
        holder = next((s for s in holders if s.name in inputs), holders[0] if holders else None)
        if holder is None:
            unknown.append(wanted)
            continue
        if holder.name not in inputs:
            inputs.append(holder.name)
        axis = next(k for k, d in enumerate(axes_of(task, holder)) if wanted in (d.name, _side(d)))
        lines.append(written.format(scope.names("dim", wanted), scope.names("input", holder.name), axis + first))
    return inputs, unknown, lines + guards


def _side(d: Dim) -> str | None:
    found = side(d) if d.name is None and d.number is None else None
    return found.name if found is not None else None


def axes_of(task: Task, s: Symbol) -> tuple[Dim, ...]:
    """The axes of what is given for a variable."""
    return (dim("batch"), *s.type.dims) if s.name in task.batch else s.type.dims


def _dtype_line(task: Task, inputs: Sequence[str], spelling: PythonSpelling, scope: Scope) -> str:
    arrays = [n for n in inputs if axes_of(task, task.symbols[n])]
    numbers = [n for n in inputs if n not in arrays]
    line = spelling.kind_line([scope.names("input", n) for n in arrays], [scope.names("input", n) for n in numbers])
    scope.helpers |= {h for h in spelling.helpers if f"{h}(" in line}
    return line


def _scalar_header(
    task: Task, inputs: Sequence[str], roots: Sequence[Node], spelling: PythonSpelling, scope: Scope
) -> list[str]:
    """Scalars become NumPy's where they are divided by or go into functions, so that 1/0 is inf as it is for arrays."""
    weak = {"mul", "add", "sub", "neg", "add_diagonals", "scatter", "matmul"}
    strict = {
        a.data
        for node in reachable(roots)
        if node.kind not in weak
        for a in node.args
        if a.kind == "input" and not a.order
    }
    products = {"mul", "add", "sub", "neg"}
    if any(not node.order and node.kind in ("div", "power", "apply", "log1p") for node in reachable(roots)):
        strict |= {
            a.data
            for node in reachable(roots)
            if node.kind in products and not node.order
            for a in node.args
            if a.kind == "input"
        }
    if spelling.casts:
        strict = {n for n in inputs if not task.symbols[n].type.dims}
    scope.wants_dtype = scope.wants_dtype or bool(strict)
    names = [scope.names("input", n) for n in inputs if n in strict]
    return [f"{n} = {spelling.word('scalar', n)}" for n in names]


def parameters(task: Task, inputs: Sequence[str], names: Names) -> list[str]:
    """What the arguments are, for a docstring."""
    lines = [""]
    for n in inputs:
        dims = axes_of(task, task.symbols[n])
        shape = f"array ({', '.join(map(str, dims))}{',' if len(dims) == 1 else ''})" if dims else "number"
        facts = " ".join(sorted(task.symbols[n].facts))
        lines.append(f"{names('input', n)}: {shape}{', ' + facts if facts else ''}")
    return lines
