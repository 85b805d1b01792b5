"""From tensors to code: a program of array operations, planned by cost, written by one spelling table for each target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, get_args

from gradproof.budget import share
from gradproof.choices import Target
from gradproof.codegen import autograd as framework
from gradproof.codegen import targets
from gradproof.codegen.batch import Batched, checked_names
from gradproof.codegen.compiled import Compiled
from gradproof.codegen.compress import CompressedFunction
from gradproof.codegen.directional import product
from gradproof.codegen.headers import Task
from gradproof.codegen.module_file import written
from gradproof.codegen.operator import Operator
from gradproof.codegen.plain_words import DIALECTS
from gradproof.codegen.plainly import PlainFunction
from gradproof.codegen.plan.build import Result, build, nominal
from gradproof.codegen.plan.cost import Cost, report
from gradproof.codegen.proof import must_hold as code_must_hold
from gradproof.codegen.proof import product_must_hold
from gradproof.codegen.rows.blockwise import ByRows
from gradproof.codegen.rows.jax_rows import OnDevices
from gradproof.codegen.targets.target import PythonTarget, SourceTarget
from gradproof.engine.lower import lower
from gradproof.engine.tensor import Tensor
from gradproof.errors import BudgetError, DomainError, UnsupportedError
from gradproof.lift.layouts import Axes
from gradproof.notation.expr import Symbol
from gradproof.records import replace
from gradproof.say import listed, say

__all__ = [
    "ByRows",
    "Code",
    "Compiled",
    "Cost",
    "Operator",
    "code_must_hold",
    "compiled",
    "cost",
    "directional",
    "jointly",
    "moved_together",
    "operator",
    "source_file",
]


def _found() -> list[PythonTarget | SourceTarget]:
    """The records in the files of `targets`, in the order in which they are listed to people."""
    places = [f"{targets.__name__}.{m.name}" for m in iter_modules(targets.__path__) if m.name.endswith("_target")]
    listed = get_args(Target)
    every = [record for place in places for record in getattr(import_module(place), "TARGETS", ())]
    return sorted(every, key=lambda record: listed.index(record.name) if record.name in listed else len(listed))


_FOUND = _found()
TARGETS: Mapping[str, PythonTarget] = {t.name: t for t in _FOUND if isinstance(t, PythonTarget)}
SOURCES: Mapping[str, SourceTarget] = {t.name: t for t in _FOUND if isinstance(t, SourceTarget)}
BY_ROWS: dict[str, Callable[[Task, bool], ByRows | OnDevices]] = {
    "rows": lambda task, check: ByRows(task, TARGETS["numpy"].spelling(), check),
    "dask": lambda task, check: ByRows(task, TARGETS["numpy"].spelling(), check),
    "jax-rows": OnDevices,
}
LONGEST = 500  # characters of a formula that is written into a docstring
FORMULA = 1.0  # seconds in which the formula for a docstring is to be found
KINDS = {1: "gradient", 2: "hessian"}


PRODUCTS = {
    "jvp": "How f changes when {0} changes along {1}",
    "vjp": "The gradient of the inner product of {1} and f by {0}",
    "hvp": "The Hessian of f by {0}, times {1}",
}


class Source:
    """Code in another language: `source`, planned for large sizes, and `source_for(n=…)`."""

    def __init__(self, task: Task, write: Callable[[Task, Mapping[str, int]], str]):
        self._task, self._write = task, write

    @property
    def source(self) -> str:
        """The code as text."""
        return self.source_for()

    def source_for(self, **sizes: int) -> str:
        """The code as text, planned for these sizes."""
        return self._write(self._task, sizes)

    def __call__(self, *args: Any, **named: Any) -> Any:
        raise UnsupportedError(say("this target is source only: run .source where it belongs"))


Code = (
    Compiled | CompressedFunction | ByRows | OnDevices | PlainFunction | Source
)  # what compile gives: each has `source` and is called


def _made(task: Task, target: str, check: bool = True) -> Code:
    """A task in a target's code; `check`: arrays are held against declared facts."""
    if target in BY_ROWS:
        return BY_ROWS[target](task, check)
    if target in SOURCES:
        return Source(task, SOURCES[target].write)
    if target not in TARGETS:
        raise UnsupportedError(
            say("code for {target} is not supported yet", target=target),
            hint=say("targets are {known}", known=listed([*TARGETS, *BY_ROWS, *SOURCES])),
        )
    return Compiled(task, TARGETS[target].spelling(), check)


def _results(d: Any, value: bool) -> tuple[Result, ...]:
    """The derivative, and the value of the formula before it."""
    derivative = Result(d.tensor, d.axes, d.layout, tuple(dict.fromkeys(d.variables)))
    if not value:
        return (derivative,)
    whole = lower(d.expression)
    return Result(whole.tensor, Axes((), whole.kind, whole.groups), "mixed"), derivative


def compiled(
    d: Any,
    target: str,
    value: bool,
    autograd: bool | str = False,
    compressed: bool = False,
    check: bool = True,
    batch: Sequence[str] | str = (),
) -> Code:
    """The function that computes a derivative; with `value`, the pair of the formula's value and the derivative; with `autograd`, the value alone, which
    the target's framework differentiates by closed forms; `compressed`, in parts; `check`: arrays are held against declared facts. Raises UnsupportedError for what a target has not.
    """
    if d.declared is not None:
        if autograd or compressed or batch or target not in DIALECTS:
            raise UnsupportedError(
                say("code of complex variables is not supported"),
                hint=say("there are {known}, of arrays that are given whole", known=listed(DIALECTS)),
            )
        return PlainFunction(d, _name(d), value, check, target)
    if autograd:
        return _differentiable(d, target, value or compressed, autograd, check)
    task = Task(_name(d), _doc(d, value), _results(d, value), d.symbols, d.functions, lengths=d.lengths)
    if batch:
        batched = [t.name for t in TARGETS.values() if t.batch]
        if compressed or target not in batched:
            said = say("compressed results") if compressed else say("code for {target}", target=target)
            raise UnsupportedError(
                say("batch for {said} is not supported", said=said),
                hint=say("there are {known}", known=listed(batched)),
            )
        return Batched(replace(task, batch=checked_names(batch, task)), TARGETS[target].spelling(), check)
    if not compressed:
        return _made(task, target, check)
    if target not in TARGETS or not TARGETS[target].compressed:
        raise UnsupportedError(
            say("compressed results are not there for {target}", target=target),
            hint=say("there are {known}", known=listed([t.name for t in TARGETS.values() if t.compressed])),
        )
    return CompressedFunction(task, TARGETS[target].spelling(), check)


def jointly(derivatives: Sequence[Any], target: str, value: bool, check: bool, batch: Sequence[str] = ()) -> Code:
    """One function for several derivatives of a formula; with `batch`, of many problems. Raises UnsupportedError where they are by complex variables, or the target has not what is needed."""
    first = derivatives[0]
    if any(d.declared is not None for d in derivatives):
        raise UnsupportedError(say("code of complex variables is not supported"))
    results = [r for k, d in enumerate(derivatives) for r in _results(d, value and not k)]
    by = ", ".join(" and ".join(d.wrt) for d in derivatives)
    head = "The value of f and its derivatives" if value else "The derivatives"
    doc = (f'"""{head} by {by}{"" if value else " of f"}, where f = {first.expression.ascii[:LONGEST]}', "")
    names = {1: "gradients", 2: "hessian_blocks"}
    task = Task(
        names.get(len(first.wrt), "derivatives"),
        doc,
        tuple(results),
        first.symbols,
        first.functions,
        lengths=first.lengths,
    )
    if batch:
        return Batched(replace(task, batch=checked_names(batch, task)), TARGETS[target].spelling(), check)
    return _made(task, target, check)


def moved_together(
    d: Any, tensors: Sequence[Tensor], more: Mapping[str, Symbol], batch: Sequence[str] = ()
) -> Compiled:
    """One function for tensors in the variables of a derivative's formula and some more; with `batch`, of many problems."""
    results = tuple(Result(t, None, "mixed") for t in tensors)
    doc = (f'"""How the derivatives of f move, where f = {d.expression.ascii[:LONGEST]}', "")
    task = Task("moved", doc, results, {**d.symbols, **more}, d.functions, lengths=d.lengths)
    if batch:
        return Batched(replace(task, batch=checked_names(batch, task)), TARGETS["numpy"].spelling(), False)
    return Compiled(task, TARGETS["numpy"].spelling(), False)


def _differentiable(d: Any, target: str, more: bool, autograd: bool | str, check: bool) -> framework.Differentiable:
    form = TARGETS[target].autograd.get(str(autograd)) if target in TARGETS else None
    if form is None:
        asked = [(name, f if f == "True" else repr(f)) for name, t in TARGETS.items() for f in t.autograd]
        offered = listed([f"compile('{name}', autograd={form})" for name, form in asked], "or")
        raise UnsupportedError(
            say("autograd={autograd} for {target} is not supported", autograd=repr(autograd), target=target),
            hint=say("there is {offered}", offered=offered),
        )
    if more:
        raise UnsupportedError(say("autograd gives the value of the formula: leave out value and compressed"))
    made: framework.Framework = form()
    return framework.Differentiable(framework.task(d, made), TARGETS[target].spelling(), made, check)


def _name(d: Any) -> str:
    """What the function of a derivative is called."""
    if d.axes.kind == "s":
        return KINDS.get(len(d.wrt), "derivative")
    return "jacobian" if len(d.wrt) == 1 and d.axes.kind in "vr" else "derivative"


def source_file(d: Any, second: Any | None = None, value: bool = False, name: str = "") -> str:
    """A module as text: the derivative, with the value before it and a second derivative after it where these are asked for.

    It needs NumPy (and SciPy where that is installed here), checks shapes, and shows itself on random data. Raises UnsupportedError for declared functions.
    """
    if d.functions:
        raise UnsupportedError(
            say("a module with declared functions is not supported yet"), hint=say("compile(…) takes them as arguments")
        )
    results = [*_results(d, value), *(_results(second, False) if second is not None else ())]
    whole = Task(
        "value", ('"""The value of the formula.',), _results(d, True)[:1], d.symbols, d.functions, lengths=d.lengths
    )
    what = ", ".join(
        [
            *(["its value"] if value else []),
            "its derivative by " + ", ".join(d.wrt),
            *(["its second derivative"] if second is not None else []),
        ]
    )
    doc = (f'"""f = {d.expression.ascii}: {what}'.replace("\\", "\\\\"),)
    main = Task(name or _name(d), doc, tuple(results), d.symbols, d.functions, lengths=d.lengths)
    d.whole(say("a module"))
    return written(main, whole, d.wrt, TARGETS["numpy"].spelling())


def directional(d: Any, kind: str, target: str = "numpy") -> Code:
    """The function that computes a Jacobian-vector, vector-Jacobian or Hessian-vector product; the vector is its argument v."""
    tensor, v = product(d, kind)
    doc = (
        f'"""{PRODUCTS[kind].format(", ".join(dict.fromkeys(d.wrt)), v.name)}, where f = {d.expression.ascii}'.replace(
            "\\", "\\\\"
        ),
    )
    results = (Result(tensor, None, "denominator", by=tuple(dict.fromkeys(d.variables))),)
    if d.proving and d.declared is None:
        product_must_hold(tensor, v, kind, d)
    return _made(Task(kind, doc, results, {**d.symbols, v.name: v}, d.functions, lengths=d.lengths), target)


def cost(d: Any, value: bool, sizes: Mapping[str, int]) -> Cost:
    """What the program of a derivative costs, planned for these sizes."""
    for name, n in sizes.items():
        if not isinstance(n, int) or n < 0:
            raise DomainError(say("the size {name} is a whole number, not {n:.40}", name=name, n=repr(n)))
    results = _results(d, value)
    known = {**nominal(results), **sizes}
    return report(build(results, known), [r.tensor for r in results], known)


def operator(d: Any, values: Mapping[str, Any]) -> Operator:
    """A derivative at given values as a linear operator."""
    return Operator(d, values, TARGETS["numpy"].spelling())


def _doc(d: Any, value: bool) -> tuple[str, ...]:
    """The docstring, without its end."""
    by = ", ".join(d.wrt)
    what = f"The value of f and its derivative by {by}, where" if value else f"The derivative of f by {by}, where"
    shape = ", ".join(map(str, d.shape))
    shown = _shown(d)
    lines = [
        f'"""{what} f = {d.expression.ascii}',
        "",
        f"{d.layout} layout, shape ({shape}{',' if len(d.shape) == 1 else ''}){shown[0]}",
        *shown[1:],
        *(
            ("", *(str(n) for n in d.notes if n.kind == "rank-kept"))
            if any(n.kind == "rank-kept" for n in d.notes)
            else ()
        ),
    ]
    return tuple(line.replace("\\", "\\\\") for line in lines)


def _shown(d: Any) -> list[str]:
    """The formula of a derivative in a docstring; of one that is long, or takes long to find, only that it is."""
    try:
        with share(FORMULA):
            formula = d.result.ascii
    except BudgetError:
        return [f"; as a formula it takes more than {FORMULA:g} s to find"]
    if len(formula) > LONGEST:
        return [f"; as a formula it has {len(formula):,} characters"]
    return [":", "", f"    {formula}"]
