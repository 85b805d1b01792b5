"""A derivative as a linear operator: products with vectors, its diagonal, and solves where the structure allows them, without the matrix.

The source is one function of the variables that computes once what does not depend on the vector, and returns functions of the vector.
Rows are the first variable, columns all other axes; a matrix variable is taken row by row, as `reshape(-1)` does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from gradproof.codegen.compiled import held_in
from gradproof.codegen.continued import is_beyond_adjugates
from gradproof.codegen.directional import direction
from gradproof.codegen.headers import Task, header
from gradproof.codegen.plan.build import Result, borrowed, build
from gradproof.codegen.plan.program import Node, reachable
from gradproof.codegen.plan.woodbury import solver
from gradproof.codegen.targets.emit import ATOM, Names, Scope, statement
from gradproof.codegen.targets.python_target import PythonSpelling
from gradproof.engine.contract import contract
from gradproof.engine.rank import keep_rank
from gradproof.engine.tensor import Tensor, variable
from gradproof.engine.value import loses_digits
from gradproof.errors import DomainError, ShapeError, UnsupportedError
from gradproof.numeric.given import bind_sizes, measured, numpy
from gradproof.optional import needed
from gradproof.say import quoted, say
from gradproof.shapes.dims import Sizes

INNER = ("matvec", "rmatvec")


def operator_parts(d: Any) -> tuple[Tensor, int]:
    """The tensor of a derivative, and how many of its axes are rows. Raises UnsupportedError where it is no matrix."""
    rows = next((n for n in d.axes.wrt if n), 0)
    if not rows or d.tensor.order == rows or sum(d.axes.groups) != len(d.axes.groups):
        raise UnsupportedError(
            say("operator: this derivative is no linear map between two variables"),
            hint=say("a Jacobian or a Hessian is one"),
        )
    return d.tensor, rows


class Operator:
    """A derivative at given values as a linear operator; `linear` is it as a scipy.sparse.linalg.LinearOperator.

    `shape`; `matvec(v)`, `rmatvec(v)`: products with the matrix and its transpose, ShapeError for a vector of another size; `diagonal()`; `solve(b)`: by the structure (diagonal plus low rank,
    blocks, Kronecker), UnsupportedError where there is none; `todense()`; `source`: the code of the products.
    """

    def __init__(self, d: Any, values: Mapping[str, Any], spelling: PythonSpelling):
        tensor, rows = operator_parts(d)
        self._dense, self._values = d, {n: spelling.convert(n, v) if n in d.symbols else v for n, v in values.items()}
        held_in(d.symbols.values(), self._values, spelling)
        needed = [s for s in d.symbols.values() if s.name in self._values]
        self._sizes = bind_sizes(needed, self._values)
        measured(d.lengths, self._sizes)
        try:
            self._axes = tuple(a.evaluate(self._sizes) for a in tensor.axes)
        except KeyError as missing:
            raise DomainError(
                say("no array tells the size {name}", name=missing.args[0]), hint=say("give a value for each variable")
            ) from None
        keep_rank(d.tensor, self._values, self._sizes, [*dict.fromkeys(d.variables)], numpy())
        if is_beyond_adjugates(d.tensor) and loses_digits(numpy(), d.tensor, self._values, self._sizes):
            raise DomainError(
                say("digits are lost here: numbers cancel, or are too large on the way to the result"),
                hint=say("evaluate() and compile() give the limit there"),
            )
        self._rows, self._spelling = rows, spelling
        split = [1, 1]
        for k, n in enumerate(self._axes):
            split[k >= rows] *= n
        self.shape = (split[0], split[1])
        self.source, arguments = _source(d, tensor, rows, self._sizes, spelling)
        space: dict[str, Any] = {}
        positional, _ = _source(d, tensor, rows, self._sizes, spelling, positional=True)
        exec(compile(positional, "<operator>", "exec"), space)  # noqa: S102  (built from the table and positional names)
        known = {**self._sizes, **self._values}
        for name in arguments:
            if name not in known:
                raise DomainError(say("no value for {name}", name=name), hint=say("give {name}=…", name=name))
        try:
            made = space["operator"](*[known[n] for n in arguments])
        except ValueError as error:
            raise DomainError(quoted(error)) if type(error).__name__ == "LinAlgError" else error from None
        self._products, self._diagonal = made[:2], made[2] if len(made) > 2 else None

    def _vector(self, v: Any, axes: tuple[int, ...]) -> Any:
        """A vector of as many entries as there are columns, or rows, with these axes."""
        v = self._spelling.convert("v", v)
        if v.size != math.prod(axes):
            said = say("v has {given} entries, and {wanted} are needed", given=str(v.size), wanted=str(math.prod(axes)))
            raise ShapeError(said)
        return v.reshape(axes)

    def matvec(self, v: Any) -> Any:
        """The matrix times a vector of all columns."""
        return self._products[0](self._vector(v, self._axes[self._rows :])).reshape(-1)

    def rmatvec(self, v: Any) -> Any:
        """The transposed matrix times a vector of all rows."""
        return self._products[1](self._vector(v, self._axes[: self._rows])).reshape(-1)

    def diagonal(self) -> Any:
        """The diagonal of a square matrix. Raises UnsupportedError for one that is not."""
        if self._diagonal is None:
            raise UnsupportedError(say("diagonal: the matrix is not square"))
        return self._diagonal.reshape(-1)

    def todense(self) -> Any:
        """The matrix itself."""
        whole = self._dense.compile(check=False)
        known = {n: v for n, v in {**self._values, **self._sizes}.items() if n in (*self._dense.symbols, *whole.names)}
        return whole(known).reshape(self.shape)

    def solve(self, b: Any) -> Any:
        """The x with matvec(x) = b. Raises UnsupportedError where the structure gives none, DomainError for a singular matrix."""
        found = solver(self._dense.tensor, self._rows, self._values, self._sizes)
        if found is None:
            raise UnsupportedError(
                say("solve: no structure that can be solved without the matrix was found"),
                hint=say("use scipy.sparse.linalg.cg with .linear"),
            )
        return found(self._vector(b, self._axes[: self._rows]).reshape(-1))

    @property
    def linear(self) -> Any:
        """The same as a scipy.sparse.linalg.LinearOperator."""
        return needed("scipy.sparse.linalg").LinearOperator(
            self.shape, matvec=self.matvec, rmatvec=self.rmatvec, dtype=float
        )


def _source(
    d: Any, tensor: Tensor, rows: int, sizes: Sizes, spelling: PythonSpelling, positional: bool = False
) -> tuple[str, tuple[str, ...]]:
    """The source of the function, and what it takes."""
    v = direction(d, next(iter(d.symbols.values())).type)
    own = tuple(range(tensor.order))
    right, left = (variable(v.name, tensor.axes[k]) for k in (slice(rows, None), slice(rows)))
    products = [
        contract(1, [(tensor, own, 1), (right, own[rows:], 1)], own[:rows]),
        contract(1, [(tensor, own, 1), (left, own[:rows], 1)], own[rows:]),
    ]
    square = tensor.axes[:rows] == tensor.axes[rows:]
    if square:
        products.append(contract(1, [(tensor, own[:rows] * 2, 1)], own[:rows]))
    roots = build([Result(p, None, "denominator") for p in products], sizes, open_sums=True)
    doc = f'"""Products of the derivative of f by {", ".join(d.wrt)} with vectors, where f = {d.expression.ascii}"""'
    task = Task("operator", (doc,), (), d.symbols, d.functions, lengths=d.lengths)
    names = Names((*spelling.reserved, *spelling.helpers, *INNER), positional)
    inputs = [n for n in d.symbols if any(node.kind == "input" and node.data == n for node in reachable(roots))]
    functions = list(dict.fromkeys(node.data for node in reachable(roots) if node.kind == "call"))
    scope = _body(roots, v.name, spelling, names, sizes)
    params, lines, inputs, dims = header(task, inputs, functions, roots, spelling, names, scope)
    said = [] if positional else [x.replace("\\", "\\\\") for x in task.doc]
    answers = [*INNER, *([scope.texts[roots[2]].text] if square else [])]
    text = [
        f"def operator({', '.join(params.values())}):",
        *("    " + x for x in (*said, *lines, *scope.lines, f"return {', '.join(answers)}")),
    ]
    whole = "\n".join(text)
    return "\n\n\n".join([*spelling.preamble(scope.helpers, whole), whole]) + "\n", (*inputs, *functions, *dims)


def _body(roots: tuple[Node, ...], vector: str, spelling: PythonSpelling, names: Names, sizes: Sizes) -> Scope:
    """What does not depend on the vector, then a function of it for each product."""
    order = list(reachable(roots))
    moving: set[Node] = set()
    for node in order:
        if (node.kind == "input" and node.data == vector) or any(a in moving for a in node.args):
            moving.add(node)
    frontier = {a for node in moving for a in node.args if a not in moving}
    uses = {
        node: 2 if node in frontier else sum(a is node for n in order if n not in moving for a in n.args)
        for node in order
        if node not in moving
    }
    scope = Scope(names, sizes, uses)
    for node in order:
        if node not in moving:
            statement(node, spelling, scope)
    outer = dict(scope.texts)
    for root, name in zip(roots, INNER, strict=False):
        mine = [n for n in reachable([root]) if n in moving]
        scope.uses = {
            n: sum(a is n for m in mine for a in m.args) + (n is root) for n in reachable([root])
        } | dict.fromkeys(frontier, 2)
        scope.line(f"def {name}({names('input', vector)}):")
        scope.indent = "    "
        for node in mine:
            statement(node, spelling, scope, node is root)
        text = scope.of(root) if root in moving else scope.texts[root].at(ATOM)
        scope.line(f"return {spelling.copied(scope.texts[root].at(ATOM)) if borrowed(root) else text}")
        scope.indent, last = "", scope.texts
        scope.texts = {**outer} if root in moving else last
    return scope
