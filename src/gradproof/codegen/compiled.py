"""Compiled derivatives: a callable that plans for the shapes it meets, once for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any

from gradproof.codegen.continued import filled_in
from gradproof.codegen.headers import Task, answer, axes_of, first_line, header, parameters, shape_checks
from gradproof.codegen.plan.build import build, nominal
from gradproof.codegen.plan.program import Node, reachable
from gradproof.codegen.proof import of_matrices
from gradproof.codegen.remembered import Remembered
from gradproof.codegen.targets.emit import Names, body
from gradproof.codegen.targets.python_target import PythonSpelling
from gradproof.codegen.targets.sparse_target import SparseSpelling, array_of, is_sparse, planned
from gradproof.engine.tensor import Unknown, walk_tensor
from gradproof.errors import DomainError, ShapeError
from gradproof.mime import Bundle, bundle, fenced
from gradproof.notation.expr import Symbol
from gradproof.numeric.arrays import held, testable
from gradproof.numeric.given import bind_sizes, given, measured
from gradproof.optional import extras
from gradproof.records import dataclass
from gradproof.say import listed, quoted, say
from gradproof.shapes.dims import Dim, Sizes


@dataclass(frozen=True, slots=True)
class Module:
    """A source: the text, and the variables, functions and dimensions that its function takes, in this order."""

    parts: tuple[str, ...]  # imports, helper functions, the function itself
    function: str
    params: Mapping[str, str]  # the name in the source of each variable, function and dimension
    inputs: tuple[str, ...]
    functions: tuple[str, ...]
    dims: tuple[str, ...]

    @property
    def text(self) -> str:
        """The whole source."""
        return "\n\n\n".join(self.parts) + "\n"


@dataclass(frozen=True, slots=True)
class Program:
    """What a function returns, further lines of its docstring, and the dimensions that its arguments have to tell besides those that it computes with."""

    roots: tuple[Node, ...]
    note: tuple[str, ...] = ()
    dims: frozenset[str] = frozenset()
    loops: bool = True  # whether there may be loops over rows


def module(
    task: Task,
    sizes: Sizes,
    spelling: PythonSpelling,
    positional: bool = False,
    checks: bool = False,
    program: Program | None = None,
) -> Module:
    """The source of a task, planned for these sizes. `positional`: with names that hold nothing of the user's; `checks`: typed, and with checks of shapes;
    `program`: where it is there already.
    """
    program = program or Program(build(task.results, sizes))
    roots = program.roots
    names = Names((*spelling.reserved, *spelling.helpers), positional)
    inputs = [n for n in task.symbols if any(node.kind == "input" and node.data == n for node in reachable(roots))]
    functions = list(dict.fromkeys(node.data for node in reachable(roots) if node.kind == "call"))
    for n in inputs:
        names("input", n)
    for n in functions:
        names("function", n)
    scope = body(roots, spelling, names, sizes, spelling.loops and program.loops)
    scope.dims |= program.dims - {name for n in inputs for d in task.symbols[n].type.dims for name in d.names}
    answers = [answer(node, spelling, scope) for node in roots]
    if spelling.frees:
        scope.release(answers)
    params, opening, inputs, dims = header(task, inputs, functions, roots, spelling, names, scope)
    doc = () if positional else (*task.doc, *program.note, *parameters(task, inputs, names), '"""')
    lines = [
        *doc,
        *(shape_checks(task, params, inputs, dims) if checks else ()),
        *opening,
        *scope.lines,
        f"return {', '.join(answers)}",
    ]
    head = first_line(task, params, inputs, functions) if checks else f"def {task.name}({', '.join(params.values())}):"
    text = "\n".join([head, *("    " + x if x else "" for x in lines)])
    parts = (*spelling.preamble(scope.helpers, text), text)
    return Module(parts, task.name, params, tuple(inputs), tuple(functions), tuple(dims))


class Compiled:
    """A derivative as a function of arrays, by name or in a mapping: scalars as numbers, vectors (n,), matrices (m, n).

    `source`: the code, readable and complete; `names`: what it takes. The order of operations is planned for each combination of shapes when it is
    first met; `source_for(n=…)` is the code for given sizes. Raises ShapeError and DomainError for arrays that do not fit.
    """

    def __init__(self, task: Task, spelling: PythonSpelling, check: bool = True):
        self.task, self._spelling, self._check = task, spelling, check
        self._nominal = nominal(task.results)
        first = self._module(self._nominal, positional=True)
        self.names = (*first.inputs, *first.functions, *first.dims)
        self._inputs, self._dims = first.inputs, first.dims
        self._pick = _picker(self.names)
        self._held = [s for s in task.symbols.values() if testable(s)] if check else []
        self._remembered = Remembered(self._held)
        self._key, self._fast = _key_function(first, task, spelling)
        self._callables = _function_axes(task, first.functions)
        self._plans: dict[Any, Callable[..., Any]] = {}
        self._by_text: dict[str, Callable[..., Any]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return Compiled, (self.task, self._spelling, self._check)

    def __repr__(self) -> str:
        return f"<a derivative as a function of {', '.join(self.names)}>"

    @cached_property
    def source(self) -> str:
        """The code as text, planned for large sizes."""
        return self.source_for()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        """What a notebook shows: the source."""
        return bundle(repr(self), fenced(self.source, "python"))

    def source_for(self, **sizes: int) -> str:
        """The code as text, planned for these sizes."""
        return self._module({**self._nominal, **sizes}).text

    def _module(self, sizes: Sizes, positional: bool = False) -> Module:
        return module(self.task, sizes, self._spelling, positional)

    def __call__(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> Any:
        if values is not None:
            named = given(values, named)
        try:
            if self._remembered.holds(named):
                if len(named) == len(self.names):
                    return self._fast(named, self._plans)
                args = self._pick(named)
                return self._plans[self._key(*args), self._more(named)](*args)
        except (KeyError, AttributeError, TypeError):
            pass  # not planned yet, or to be converted first; what else it may be comes up again
        except (ValueError, RuntimeError) as error:
            raise self._clear(error) from error
        run, args = self._first(named)
        try:
            return run(*args)
        except (ValueError, RuntimeError) as error:
            raise self._clear(error) from error

    def _first(self, named: Mapping[str, Any]) -> tuple[Callable[..., Any], tuple]:
        """The plan and the arguments, for shapes that were not met before, for what are no plain arrays yet, and for arrays with declared facts."""
        values, sizes = self._checked(named)
        args = self._pick(values)
        more = any(n not in self.names for n in named)
        key = (self._key(*args), self._more({n: values[n] for n in named})) if more else self._key(*args)
        if key not in self._plans:
            self._plans[key] = self._whole(self._narrowed(self._plan(sizes, values), args, values), values)
        return self._plans[key], args

    def _more(self, values: Mapping[str, Any]) -> tuple:
        """What a plan depends on, of variables that it does not take: they may tell sizes."""
        others = [(n, v) for n, v in values.items() if n not in self.names]
        return tuple([(n, type(v), getattr(v, "shape", v), getattr(v, "dtype", None)) for n, v in others])

    def _whole(self, run: Callable[..., Any], known: Mapping[str, Any]) -> Callable[..., Any]:
        """The plan, with limits where it has no number."""
        if not self._check or not self._spelling.continues:
            return run
        more = {n: v for n, v in known.items() if n not in self.names}
        return filled_in(run, self.task.results, self.task.symbols, self.names, more)

    def _checked(self, named: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, int]]:
        """The values as arrays that fit together, and the sizes."""
        dims = {name for s in self.task.symbols.values() for d in s.type.dims for name in d.names}
        known = {*self.task.symbols, *self._nominal, *dims, *self.names}
        for n, v in named.items():
            if n not in known and not callable(v):
                raise DomainError(
                    say("there is no {n} here", n=n), hint=say("it takes {names}", names=listed(self.names))
                )
        tested = {s.name for s in self._held}
        values = {
            n: array_of(self._spelling, n, v, n in tested) if n in self.task.symbols else v for n, v in named.items()
        }
        given = [s for s in self.task.symbols.values() if s.name in self._inputs or s.name in values]
        sizes = bind_sizes(given, values)
        measured(self.task.lengths, sizes)
        missing = [n for n in self.names if n not in (sizes if n in self._dims else {**sizes, **values})]
        if missing:
            whole = missing[0] in values
            said = say(
                "{name} is the size of a dimension, a whole number" if whole else "no value for {name}", name=missing[0]
            )
            raise DomainError(said, hint=say("give {name}=…", name=missing[0]))
        for n in self._callables:
            if not callable(values[n]):
                raise DomainError(say("{n} is not a function", n=n), hint=say("give {n}=…, a callable on arrays", n=n))
        if self._held:
            held_in(self._held, values, self._spelling)
            self._remembered.note(values)
        return {**values, **{n: k for n, k in sizes.items() if n not in self.task.symbols}}, {**self._nominal, **sizes}

    def _narrowed(self, run: Callable[..., Any], args: Sequence[Any], known: Mapping[str, Any]) -> Callable[..., Any]:
        """The plan with scalars as plain numbers, which take the precision of the arrays, where they are not; with arrays of one precision; and with
        functions whose values are arrays of the shapes that they are declared with.
        """
        scalars = [k for k, n in enumerate(self._inputs) if not axes_of(self.task, self.task.symbols[n])]
        narrows = (
            len(scalars) < len(self._inputs) and not self._spelling.casts
        )  # a cast keeps the gradient by a scalar, a plain number would not
        changes: dict[int, Callable[[Any], Any]] = (
            {k: _plain for k in scalars if type(args[k]) is not float} if narrows else {}
        )
        changes.update(
            self._spelling.unified({k: a for k, a in enumerate(args[: len(self._inputs)]) if k not in scalars})
        )
        for n in self._callables:
            changes[self.names.index(n)] = self._declared(n, known)
        if not changes:
            return run

        def narrowed(*given: Any) -> Any:
            changed = list(given)
            for k, change in changes.items():
                changed[k] = change(changed[k])
            return run(*changed)

        return narrowed

    def _declared(self, name: str, known: Mapping[str, Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """A function as one whose values are arrays of the declared shape. Raises ShapeError where they are not."""
        axes = self._callables[name]
        fixed = None if axes is None else [d.evaluate(known) if d.names <= known.keys() else None for d in axes]

        def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
            def value(*args: Any) -> Any:
                found = self._spelling.convert(f"the value of {name}", function(*args))
                given = tuple(getattr(found, "shape", ()))
                shape = fixed if fixed is not None else max((getattr(a, "shape", ()) for a in args), key=len)
                if len(given) != len(shape) or any(n not in (k, None) for k, n in zip(given, shape, strict=True)):
                    raise ShapeError(
                        say(
                            "{name} gave an array of shape {given}, expected {wanted}",
                            name=name,
                            given=given,
                            wanted=f"({', '.join(map(str, shape if axes is None else axes))})"
                            if shape
                            else say("a number"),
                        )
                    )
                return found

            return value

        return wrapped

    def _clear(self, error: Exception) -> Exception:
        """An error of the arrays as one of ours; one of a declared function as it is."""
        mine = of_matrices(error) or (isinstance(error, ValueError) and not self._callables)
        return DomainError(quoted(error)) if mine else error

    def _thin_module(self, thin: Sequence[str], sizes: Sizes) -> Module:
        """The code in which these matrices stay sparse."""
        roots, near = planned(self.task.results, sizes, self._nominal, thin)
        return module(self.task, near, SparseSpelling(thin), True, program=Program(roots))

    def _plan(self, sizes: Sizes, known: Mapping[str, Any]) -> Callable[..., Any]:
        """The function of the arguments, in their order. What only these sizes need beside them is taken from what is known: a size, or what tells one."""
        thin = [n for n in self._inputs if is_sparse(known[n])]
        made = self._thin_module(thin, sizes) if thin else self._module(sizes, positional=True)
        found = self._by_text.get(made.text)
        if found is None:
            found = self._by_text[made.text] = executed(made)
        order = (*made.inputs, *made.functions, *made.dims)
        if order != self.names:
            fixed = {n: known[n] for n in order if n not in self.names and n in known}
            missing = [n for n in order if n not in self.names and n not in fixed]
            if missing:
                raise DomainError(
                    say("no value for {name}", name=missing[0]), hint=say("give {name}=…", name=missing[0])
                )
            places = [(n, self.names.index(n) if n in self.names else -1) for n in order]
            inner = found
            return lambda *args: inner(*[args[k] if k >= 0 else fixed[n] for n, k in places])
        return found


def executed(made: Module) -> Callable[..., Any]:
    """The function of a source. Raises UnsupportedError where its library is not installed."""
    space: dict[str, Any] = {}
    with extras():
        exec(compile(made.text, f"<{made.function}>", "exec"), space)  # noqa: S102  (built from the table, and from names)
    return space[made.function]


def held_in(symbols: Iterable[Symbol], values: Mapping[str, Any], spelling: PythonSpelling) -> None:
    """Raises DomainError where an array does not have what is declared of its variable; what has no numbers yet is left out."""
    import numpy as np  # numbers are needed only here

    known = {s.name: spelling.numbers(values[s.name]) for s in symbols if s.name in values}
    held(symbols, {n: v for n, v in known.items() if v is not None}, np)


def _function_axes(task: Task, names: Sequence[str]) -> dict[str, tuple[Dim, ...] | None]:
    """The dimensions of the values of the declared functions, by their spelling; None for those of each entry, which have their arguments'."""
    found = {
        t.function.spelling(t.partials): None if t.function.entrywise else t.axes
        for r in task.results
        for t in walk_tensor(r.tensor)
        if isinstance(t, Unknown)
    }
    return {n: found[n] for n in names}


def _plain(value: Any) -> Any:
    """A scalar as a plain number."""
    return value.item() if hasattr(value, "item") else value


def _picker(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple]:
    if len(names) == 1:
        (only,) = names
        return lambda named: (named[only],)
    return itemgetter(*names) if names else lambda named: ()


def _key_function(made: Module, task: Task, spelling: PythonSpelling) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """What a plan depends on, of the arguments in their order: shapes and kinds of numbers. And a call by the plan for it, of arguments by name."""
    names = (*made.inputs, *made.functions, *made.dims)
    letters = [f"a{k}" for k in range(len(names))]
    parts = []
    for letter, n in zip(letters, made.inputs, strict=False):
        parts += spelling.traits(letter, not axes_of(task, task.symbols[n]))
    for letter in letters[len(letters) - len(made.dims) :] if made.dims else []:
        parts += [letter, f"type({letter})"]
    key = f"({', '.join(parts)}{',' if parts else ''})"
    picked = [f"    {letter} = named[names[{k}]]" for k, letter in enumerate(letters)]
    lines = [
        "def fast(named, plans):",
        *picked,
        f"    return plans[{key}]({', '.join(letters)})",
        f"key = lambda {', '.join(letters)}: {key}",
    ]
    space: dict[str, Any] = {"names": names}
    exec("\n".join(lines), space)  # noqa: S102  (positional names only)
    return space["key"], space["fast"]
