"""Many rows on many devices: each device sums its rows inside shard_map, psum adds the sums, and every device has what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from gradproof.codegen.compiled import held_in
from gradproof.codegen.headers import Task
from gradproof.codegen.rows.driver import Driver, joined, order
from gradproof.codegen.rows.split import split
from gradproof.codegen.targets.jax_target import JaxSpelling
from gradproof.errors import DomainError
from gradproof.numeric.arrays import plain
from gradproof.numeric.given import bind_sizes
from gradproof.optional import extras
from gradproof.say import say

IMPORTS = ("import functools", "", "import jax", "import jax.numpy as jnp")
SHARDING = (
    "from jax.sharding import Mesh, PartitionSpec as P",
    "\ntry:",
    "    from jax import shard_map  # JAX 0.6 and later",
    "except ImportError:",
    "    from jax.experimental.shard_map import shard_map  # before",
)
RESERVED = (
    *JaxSpelling.reserved,
    "functools",
    "Mesh",
    "P",
    "shard_map",
    "sums",
    "block",
    "mesh",
    "rows",
    "columns",
    "even",
    "rest",
)


class OnDevices:
    """A derivative by rows on all devices of a mesh; the rows need not be a multiple of their number.

    Called with arrays by name, and `mesh` (a `jax.sharding.Mesh`, whose devices share the rows; None: all devices of this process). It can be jitted,
    vectorised and differentiated again. `names`: what it takes; `data`: those that have rows, and which axis these are; `source`: the code.
    Raises UnsupportedError that says why there are no such sums.
    """

    def __init__(self, task: Task, check: bool = True):
        self.task, self._check, self._spelling = task, check, JaxSpelling()
        self._split = split(task)
        self._driver = self._written(positional=True)
        self.names, self.data = self._driver.takes, self._driver.data
        self._symbols = [task.symbols[n] for n in self.names if n in task.symbols]

    def __reduce__(self) -> tuple[Any, ...]:
        return OnDevices, (self.task, self._check)

    @property
    def source(self) -> str:
        """The code: both parts, the sums by shard_map and psum, and a function that takes all rows."""
        return _text(self._written(positional=False))

    def __call__(self, values: Mapping[str, Any] | None = None, /, mesh: Any = None, **named: Any) -> Any:
        """The results. Raises ShapeError, DomainError for arrays that do not fit, UnsupportedError without JAX."""
        named = {**(values or {}), **named}
        for n in self.names:
            if n not in named:
                raise DomainError(say("no value for {n}", n=n), hint=say("give {n}=…", n=n))
        known = {n: self._converted(n, named[n]) for n in self.names}
        bind_sizes(self._symbols, known)
        if self._check:
            held_in(self._symbols, known, self._spelling)
        return self._run(*known.values(), mesh)

    def _converted(self, name: str, value: Any) -> Any:
        """A value as JAX takes it; data stay where they are until they are shared out."""
        if name not in self.task.symbols:
            return value
        import numpy as np  # numbers are needed only here

        if name in self.data and isinstance(value, np.ndarray):
            return plain(name, value, np)
        return self._spelling.convert(name, value)

    @cached_property
    def _run(self) -> Any:
        space: dict[str, Any] = {}
        with extras():
            exec(compile(_text(self._driver), f"<{self.task.name}>", "exec"), space)  # noqa: S102  (built from the table and positional names)
        return space[self.task.name]

    def _written(self, positional: bool) -> Driver:
        return Driver(self._split, *self._split.modules(JaxSpelling(), {}, positional), RESERVED, positional)


def _text(driver: Driver) -> str:
    """The source. The first part is executed on blocks inside `sums`, and once more on the rows that are left over."""
    m = driver.name(driver.split.rows)
    rest = driver.partial_of("even:", "jnp.asarray({})")
    static = [n for n in order(driver.partial) if driver.role(n) != "input"]
    shared = [driver.cut(n, ":even") if n in driver.data else driver.name(n) for n in order(driver.partial)]
    lines = [
        'mesh = Mesh(jax.local_devices(), ("rows",)) if mesh is None else mesh',
        f"even = {m} - {m} % mesh.size  # so many rows are shared out equally",
        f"total = sums({', '.join([*shared, 'mesh'])})",
        f"if even < {m}:",
        f"    rest = {rest}",
        f"    total = {driver.added('rest')}",
        f"return {driver.finished()}",
    ]
    return joined(
        driver.partial, driver.finish, [_sums(driver, static), driver.text("mesh=None", lines)], IMPORTS, SHARDING
    )


def _sums(driver: Driver, static: list[str]) -> str:
    """The function that shares the rows out and adds the sums."""
    takes = order(driver.partial)
    names = [driver.name(n) for n in takes]
    arrays = [n for n in takes if n not in static]
    given = ", ".join(driver.name(n) for n in arrays)
    specs = ["P()" if n not in driver.data else "rows" if driver.data[n] == 0 else "columns" for n in arrays]
    fixed = ", ".join(f'"{n}"' for n in ("mesh", *map(driver.name, static)))
    one = "," if len(arrays) == 1 else ""
    columns = ["    columns = P(None, mesh.axis_names)"] if "columns" in specs else []
    return "\n".join([
        f"@functools.partial(jax.jit, static_argnames=[{fixed}])",
        f"def sums({', '.join([*names, 'mesh'])}):",
        '    """The sums over all rows, of which each device has a block."""',
        f"    def block({given}):",
        f"        return jax.lax.psum(partial({', '.join(names)}), mesh.axis_names)",
        "",
        *(["    rows = P(mesh.axis_names)"] if "rows" in specs else []),
        *columns,
        f"    return shard_map(block, mesh=mesh, in_specs=({', '.join(specs)}{one}), out_specs=P())({given})",
    ])  # fmt: skip
