"""A module as a file: a typed function that checks its shapes, a demo on random data and a check of the derivative. It needs NumPy alone, or SciPy too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradproof.codegen.compiled import Module, module
from gradproof.codegen.headers import Task
from gradproof.codegen.plan.build import nominal
from gradproof.codegen.targets.emit import dim_text
from gradproof.codegen.targets.python_target import PythonSpelling
from gradproof.facts import Fact, in_order, told
from gradproof.notation.expr import Symbol
from gradproof.records import replace

CHECK = '''
def _check_shape(name, array, shape, sizes):
    """Raises ValueError where an array does not have this shape; sizes holds what is known of the dimensions."""
    actual = np.shape(array)
    known = [sizes.setdefault(d, n) if isinstance(d, str) else d for d, n in zip(shape, actual)]
    if len(actual) != len(shape) or any(k is not None and k != n for k, n in zip(known, actual)):
        wanted = ", ".join(str(d) if d is not None else "?" for d in shape) + ("," if len(shape) == 1 else "")
        raise ValueError(f"{name} has shape {actual}, expected ({wanted})" + (f" with {sizes}" if sizes else ""))
'''

DEMO = '''
def demo(seed=0):
    """Random data, the result on it, and the derivative{what} against differences."""
    rng = np.random.default_rng(seed)
    {data}
    values = dict({values})
    {results} = {call}
    {shown}
    {check}


if __name__ == "__main__":
    demo()
'''

DIFFERENCES = '''
def _along(f, values, name, v, h=1e-5):
    """How f changes when the variable of this name moves along v, by central differences."""
    ahead, back = (f(**{**values, name: values[name] + s * v}) for s in (h, -h))
    return (np.asarray(ahead) - np.asarray(back)) / (2 * h)
'''

SIZES = (5, 3, 4, 6, 2, 7)  # of the demo, one for each dimension


def written(main: Task, value: Task, wrt: Sequence[str], spelling: PythonSpelling) -> str:
    """The text of a module. `main`: what it computes, the value (where it is among the results) first; `value`: the formula alone."""
    sizes = nominal(main.results)
    made = module(main, sizes, spelling, checks=True)
    plain = module(replace(value, name="_value"), sizes, spelling)
    has_value = main.results[0].tensor is value.results[0].tensor
    parts = list(dict.fromkeys([*made.parts[1:-1], *plain.parts[1:-1], CHECK.strip("\n"), made.parts[-1]]))
    if not has_value:
        parts.append(plain.parts[-1])
    imports = sorted(
        {*made.parts[0].splitlines(), *plain.parts[0].splitlines()},
        key=lambda line: (not line.startswith("import"), line),
    )
    title = main.doc[0].removeprefix('"' * 3)
    head = (
        f'"""{title}.\n\nRun it to see it on random data.\n"""\n\nfrom __future__ import annotations\n\n'
        + "\n".join(imports)
    )
    return (
        "\n\n\n".join([head, *parts, DIFFERENCES.strip("\n"), _demo(made, plain, main, wrt, has_value).strip("\n")])
        + "\n"
    )


def _demo(made: Module, plain: Module, main: Task, wrt: Sequence[str], has_value: bool) -> str:
    named = {**{n: n for n in wrt}, **plain.params, **made.params}
    symbols = [main.symbols[n] for n in dict.fromkeys([*made.inputs, *plain.inputs, *wrt])]
    dims = list(
        dict.fromkeys(
            [*(d for s in symbols for size in s.type.dims for d in sorted(size.names)), *made.dims, *plain.dims]
        )
    )
    data = [f"{named.get(d, d)} = {SIZES[k % len(SIZES)]}" for k, d in enumerate(dims)]
    data += [f"{named[s.name]} = {random_array(s, named)}" for s in symbols]
    results = [f"r{k}" for k in range(len(main.results))]
    kinds = [*(["value"] if has_value else []), "derivative", "second derivative"]
    shown = [f'print("{what}:", {r})' for r, what in zip(results, kinds, strict=False)]
    given = ", ".join(named[n] for n in dict.fromkeys([*(s.name for s in symbols), *made.dims, *plain.dims]))
    calls = [_of_values(main.name, made, k if len(results) > 1 else None) for k in range(len(results))]
    functions = calls if has_value else [_of_values("_value", plain, None), *calls]
    x = named[wrt[0]]
    check = [f"v = rng.normal(size=np.shape({x}))"]
    check += [f"v = {_made('v', f)}" for f in in_order(main.symbols[wrt[0]].facts) if f.linear and f.make != "x"]
    for k, (f, r) in enumerate(zip(functions, results[has_value:], strict=False)):
        check += [
            f'moved = _along({f}, values, "{x}", v)',
            f"told = np.tensordot(v, {r}, np.ndim(v))",
            f'print("{"second " if k else ""}derivative against differences:", np.max(np.abs(told - moved)))',
            "assert np.allclose(told, moved, rtol=1e-5, atol=1e-6)",
        ]
    indent = "\n    "
    return DEMO.format(
        what="s" if len(results) - has_value > 1 else "",
        data=indent.join(data),
        values=", ".join(f"{n}={n}" for n in given.split(", ")),
        results=", ".join(results),
        call=f"{main.name}({', '.join(made.params.values())})",
        shown=indent.join(shown),
        check=indent.join(check),
    )


def _of_values(name: str, made: Module, k: int | None) -> str:
    """A function of named values that gives result k."""
    inner = ", ".join(f"given[{p!r}]" for p in made.params.values())
    return f"lambda **given: {name}({inner})" + (f"[{k}]" if k is not None else "")


def random_array(s: Symbol, named: Mapping[str, str]) -> str:
    """Random data that a variable may have: between 0 and 1, where most functions are defined."""
    sizes = [dim_text(d, lambda name: named.get(name, name)) for d in s.type.dims]
    if not sizes:
        return "0.7"
    entries = f"rng.uniform(0.2, 0.8, size=({', '.join(sizes)}{',' if len(sizes) == 1 else ''}))"
    square = len(sizes) == 2 and sizes[0] == sizes[1]
    found = f"{entries} + {sizes[0]} * np.eye({sizes[0]})" if square else entries
    for fact in in_order(frozenset(told(s.facts))):
        found = _made(found, fact)
    return found


def _made(text: str, fact: Fact) -> str:
    """Code that gives an array a fact."""
    return text if fact.make == "x" else f"(lambda x: {fact.make})({text})"
