"""An objective as a module that runs by itself: value and gradient on one flat vector, with a test of its own. It needs NumPy, or SciPy too."""

from __future__ import annotations

import re

from gradproof.codegen.module_file import random_array
from gradproof.errors import UnsupportedError
from gradproof.facts import sense
from gradproof.notation.expr import Symbol
from gradproof.optimum.objective import Objective
from gradproof.say import say

SIZES = (5, 3, 4, 6, 2, 7)  # of the test, one for each dimension

TEMPLATE = '''"""{formula}, as a function of one flat vector, for solvers.

    F = Objective({given})
    scipy.optimize.minimize(F.fun_and_jac, F.x0, jac=True)

Run it to see its gradient held against differences.
"""

from __future__ import annotations

{imports}

DATA = {data}  # the dimensions of what is given
VARIABLES = {variables}  # and of what is found, in the order in which they stand in the vector
PARAMETERS = {parameters}  # the names of all arguments in the function below


{functions}


class Objective:
    """The formula with its data: fun, jac, fun_and_jac, x0, bounds, pack, unpack."""

    def __init__(self, **data):
        self.data, self.sizes = data, {{n: k for n, k in data.items() if n not in DATA}}
        for name, dims in DATA.items():
            shape = np.shape(data[name])
            if len(shape) != len(dims):
                raise ValueError(f"{{name}} has shape {{shape}}, expected {{dims}}")
            for d, n in zip(dims, shape):
                if self.sizes.setdefault(d, n) != n:
                    raise ValueError(f"{{name}} has shape {{shape}}, with {{self.sizes}}")
        self.shapes = {{n: tuple(self.sizes[d] if d in self.sizes else int(d) for d in dims) for n, dims in VARIABLES.items()}}
        self.x0 = np.concatenate([np.full(int(np.prod(s)), {start}[n]) for n, s in self.shapes.items()])
        self.bounds = [({low}[n], None) for n, s in self.shapes.items() for _ in range(int(np.prod(s)))]

    def pack(self, **values):
        """The vector for values of the variables."""
        return np.concatenate([np.ravel(np.asarray(values[n], dtype=float)) for n in VARIABLES])

    def unpack(self, v):
        """The values of the variables."""
        ends = np.cumsum([int(np.prod(s)) for s in self.shapes.values()])
        if np.shape(v) != (ends[-1],):
            raise ValueError(f"the vector has shape {{np.shape(v)}}, expected ({{ends[-1]}},)")
        return {{n: part.reshape(s)[()] for (n, s), part in zip(self.shapes.items(), np.split(np.asarray(v), ends[:-1]))}}

    def fun_and_jac(self, v):
        """The value and the gradient."""
        known = {{**self.sizes, **self.data, **self.unpack(v)}}
        value, *slopes = {function}(**{{text: known[n] for n, text in PARAMETERS.items()}})
        return float(value), np.concatenate([np.ravel(g) for g in slopes])

    def fun(self, v):
        """The value."""
        return self.fun_and_jac(v)[0]

    def jac(self, v):
        """The gradient."""
        return self.fun_and_jac(v)[1]


def demo(seed=0):
    """Random data, and the gradient against differences."""
    rng = np.random.default_rng(seed)
    {demo}
    F = Objective({given_demo})
    v = F.pack({packed})
    value, slope = F.fun_and_jac(v)
    h = 1e-6
    told = np.array([(F.fun(v + h * e) - F.fun(v - h * e)) / (2 * h) for e in np.eye(len(v))])
    print("value:", value)
    print("gradient against differences:", np.max(np.abs(slope - told)))
    assert np.allclose(slope, told, rtol=1e-5, atol=1e-6 * (1 + abs(value)))


if __name__ == "__main__":
    demo()
'''


def module_source(o: Objective) -> str:
    """The text of the module. Raises UnsupportedError for variables that are not told by all of their entries, and for sizes that are sums or products."""
    symbols = o.derivatives[0].symbols
    for s in o.variables:
        if sense(s.facts).turned == 1:
            raise UnsupportedError(
                say(
                    "a module of an objective takes variables with all entries free, and {name} is symmetric",
                    name=s.name,
                )
            )
    names = o.program.names  # type: ignore[union-attr]
    given = [symbols[n] for n in names if n in symbols and n not in o.wrt]
    for s in (*given, *o.variables):
        if any(d.name is None and d.number is None for d in s.type.dims):
            raise UnsupportedError(
                say(
                    "a module of an objective takes sizes that are names or numbers, and {name} has another",
                    name=s.name,
                )
            )
    source = o.source
    found = re.search(r"^def (\w+)\(([^)]*)\)", source[source.index("\ndef gradients(") + 1 :])
    assert found is not None
    head, _, functions = source.partition("\n\n\n")
    dims = list(dict.fromkeys(d.text for s in (*given, *o.variables) for d in s.type.dims if d.name))
    alone = [n for n in names if n not in symbols]
    demo = [f"{d} = {SIZES[k % len(SIZES)]}" for k, d in enumerate(dict.fromkeys([*dims, *alone]))]
    demo += [f"{_local(s)} = {random_array(s, {})}" for s in (*given, *o.variables)]
    known = {d.text for s in given for d in s.type.dims}
    sizes = [d for d in dict.fromkeys([*dims, *alone]) if d not in known]
    return TEMPLATE.format(
        formula=o.expression.ascii.replace("\\", "\\\\"),
        given=", ".join([f"{s.name}={s.name}" for s in given] + [f"{d}={d}" for d in sizes]),
        imports=head.replace("from __future__ import annotations\n", "").strip(),
        data=repr({s.name: _dims(s) for s in given}),
        variables=repr({s.name: _dims(s) for s in o.variables}),
        parameters=repr(dict(zip(names, (p.strip() for p in found[2].split(",")), strict=True))),
        functions=functions.strip(),
        function=found[1],
        start=repr({s.name: 1.0 if sense(s.facts).positive else 0.0 for s in o.variables}),
        low=repr({s.name: 0.0 if sense(s.facts).nonnegative else None for s in o.variables}),
        demo="\n    ".join(demo),
        given_demo=", ".join([f"{s.name!r}: {_local(s)}" for s in given] + [f"{d!r}: {d}" for d in sizes]).join(
            ("**{", "}")
        ),
        packed=", ".join(f"{s.name!r}: {_local(s)}" for s in o.variables).join(("**{", "}")),
    )


def _dims(s: Symbol) -> tuple[str, ...]:
    return tuple(d.text for d in s.type.dims)


def _local(s: Symbol) -> str:
    """What a variable is called in the test, where its own name may be a word of Python, or the name of a size."""
    return f"{s.name}_"
