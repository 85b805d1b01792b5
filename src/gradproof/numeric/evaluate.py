"""The value of a formula, straight from the formula.

This is the reference that every result is checked against, so it uses nothing but the formula and the table of operations: a multilinear
operation is computed from the letters of its signature, all others by their NumPy text, their meaning or their definition.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, lru_cache, partial, reduce
from typing import Any

from gradproof.budget import room
from gradproof.errors import DomainError, ShapeError, UnsupportedError
from gradproof.notation.decimals import floating
from gradproof.notation.expr import Applied, Call, Expr, Number, Size, Symbol, fold, signature_of, symbol
from gradproof.numeric import bare
from gradproof.numeric.arrays import held, plain
from gradproof.numeric.given import arrays, bind_sizes, numpy
from gradproof.numeric.placed import filled
from gradproof.numeric.small import own_dims
from gradproof.ops import Operation
from gradproof.ops.arrays import HELPER
from gradproof.ops.operation import Combination, Definition, Differential, Einsum, Monomial, Power
from gradproof.parse import parse
from gradproof.say import carried, say
from gradproof.shapes.dims import Dim
from gradproof.shapes.shape import Shape, Signature

Array = Any  # a NumPy array or a number


def evaluate(expr: Expr, values: Mapping[str, Any]) -> Array:
    """The value of a formula for arrays by the variables' names: scalars as numbers, vectors and rows (n,), matrices (m, n).

    Functions are given as callables under their spelling: f, Df, DU_x. The size of a dimension that no array has may be given under its name.
    Other names are ignored. Raises DomainError for a missing or unusable value, ShapeError for one of the wrong shape.

    >>> from gradproof.notation.made import vector
    >>> x = vector("x", "n")
    >>> float(evaluate(x.T * x, {"x": [3.0, 4.0]}))
    25.0
    """
    value = Evaluator(expr).run(values, check=True)[-1]
    return value.copy() if getattr(value, "ndim", 0) else value


def node_value(
    np: Any, node: Expr, args: Sequence[Array], values: Mapping[str, Any], sizes: Mapping[str, int]
) -> Array:
    """The value of one node for the values of its arguments: for callers that keep the values of shared parts."""
    if isinstance(node, Applied):
        return _call_function(node, np)(_callee(node, values, sizes), *args)
    if isinstance(node, Call) and node.params and args:
        return _known_step(node, np)(_given_sizes(node, values, sizes), *args)
    return _known_step(node, np)(*args) if args else _leaf(node, np)(values, sizes)


@lru_cache(maxsize=4096)
def _known_step(node: Expr, np: Any) -> Callable[..., Any]:
    return _step(node, np)


class Evaluator:
    """A formula made ready to be evaluated many times. `nodes` lists all nodes, arguments first; `run` gives the value of each.

    `np`: what stands for NumPy, as `bare` does.
    """

    def __init__(self, expr: Expr, np: Any = None):
        self._np = np or numpy()
        self.expr, self.variables = expr, expr.variables
        self.nodes: list[Expr] = []
        self._leaves: list[tuple[int, Callable[[Mapping[str, Any], Mapping[str, int]], Any]]] = []
        self._steps: list[tuple[int, Callable[..., Any], tuple[int, ...]]] = []
        fold(expr, self._enter)

    def _enter(self, node: Expr, args: list[int]) -> int:
        """Adds a node; its place among the values."""
        if isinstance(node, Applied):
            callee = self._place(node)
            self._leaves.append((callee, partial(_callee, node)))
            args = [callee, *args]
        if isinstance(node, Call) and node.params and args:
            given = self._place(node)
            self._leaves.append((given, partial(_given_sizes, node)))
            args = [given, *args]
        place = self._place(node)
        if args:
            self._steps.append(
                (
                    place,
                    _call_function(node, self._np) if isinstance(node, Applied) else _step(node, self._np),
                    tuple(args),
                )
            )
        else:
            self._leaves.append((place, _leaf(node, self._np)))
        return place

    def _place(self, node: Expr) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1

    def run(self, values: Mapping[str, Any], check: bool = False) -> list[Any]:
        """The value of every node; the formula's own is the last. `check`: arrays are held against declared facts. Raises DomainError and ShapeError."""
        inputs = arrays(self.variables, values, self._np)
        sizes = bind_sizes(self.variables, inputs)
        if check:
            held(self.variables, inputs, self._np)
        return self.run_unchecked(inputs, sizes)

    def run_unchecked(self, values: Mapping[str, Any], sizes: Mapping[str, int]) -> list[Any]:
        """The same for arrays that are known to fit."""
        slots: list[Any] = [None] * len(self.nodes)
        for place, leaf in self._leaves:
            slots[place] = leaf(values, sizes)
        return self._advance(slots, self._steps)

    def moving(self, names: Collection[str]) -> set[int]:
        """The places of all nodes that depend on these variables."""
        places = {i for i, node in enumerate(self.nodes) if isinstance(node, Symbol) and node.name in names}
        for place, _, args in self._steps:
            if not places.isdisjoint(args):
                places.add(place)
        return places

    def varying(self, slots: list[Any], names: Collection[str]) -> Callable[[Mapping[str, Any]], Array]:
        """The value as a function of some variables, all else kept as in `slots`."""
        moving = self.moving(names)
        steps = [step for step in self._steps if step[0] in moving]
        inputs = [(i, self.nodes[i].name) for i in moving if isinstance(self.nodes[i], Symbol)]  # type: ignore[attr-defined]

        def value(values: Mapping[str, Any]) -> Array:
            fresh = slots.copy()
            for place, name in inputs:
                fresh[place] = values[name]
            return self._advance(fresh, steps)[-1]

        return value

    def _advance(self, slots: list[Any], steps: list[tuple[int, Callable[..., Any], tuple[int, ...]]]) -> list[Any]:
        place, args = 0, ()
        try:
            for place, function, args in steps:
                slots[place] = function(*[slots[i] for i in args])
        except self._np.linalg.LinAlgError as error:
            node = self.nodes[place]
            if isinstance(node, Call) and node.op.domain is not None and node.op.domain.margin is not None:
                raise DomainError(say("{op} needs {domain}", op=node.op.name, domain=node.op.domain.text)) from None
            if isinstance(node, Call) and node.op.kernel is not None and HELPER.search(node.op.numpy):
                raise DomainError(say("{op}: {problem}", op=node.op.name, problem=carried(str(error)))) from None
            raise DomainError(
                say("{op}: the matrix is singular", op=node.op.name if isinstance(node, Call) else say("a function"))
            ) from None
        except ValueError:
            node = self.nodes[place]
            if isinstance(node, Call) and any(self._np.size(slots[i]) == 0 for i in args):
                raise DomainError(say("{op}: an array has no entries", op=node.op.name)) from None
            raise
        return slots


# -- leaves


def _leaf(node: Expr, np: Any) -> Callable[[Mapping[str, Any], Mapping[str, int]], Any]:
    """The value of a variable, a number, a size or a constant, for given values and sizes."""
    match node:
        case Symbol(name=name):
            return lambda values, sizes: values[name]
        case Number():
            number = _float(node)
            return lambda values, sizes: number
        case Size(dim=d):
            return lambda values, sizes: float(_size(d, sizes))
        case Call(op=op, params=params):
            if isinstance(op.meaning, Einsum):
                constant = multilinear(signature_of(node), np)
                return lambda values, sizes: constant(
                    **{letter: _size(d, sizes, d.length) for letter, d in zip(op.letters, params, strict=False)}
                )
            return lambda values, sizes: filled(op, [_size(d, sizes, d.length) for d in node.type.dims], np)
    raise AssertionError(node)


def _float(node: Number) -> float:
    return floating(node.value)


def _size(d: Dim, sizes: Mapping[str, int], number: Callable[[Mapping[str, int]], int] | None = None) -> int:
    try:
        return (number or d.evaluate)(sizes)
    except KeyError as error:
        name = error.args[0]
        raise DomainError(
            say("the size {name} is not known: no array has it", name=name),
            hint=say("give it by its name: {name}=5", name=name),
        ) from None


def _given_sizes(node: Call, values: Mapping[str, Any], sizes: Mapping[str, int]) -> dict[str, int]:
    """The dimensions that stand beside the arguments of an operation, by its letters."""
    return {letter: _size(d, sizes, d.length) for letter, d in zip(node.op.letters, node.params, strict=False)}


def _callee(node: Applied, values: Mapping[str, Any], sizes: Mapping[str, int]) -> Callable[..., Any]:
    name = node.function.spelling(node.partials)
    if not callable(values.get(name)):
        problem = say("{name} is not a function" if name in values else "no value for the function {name}", name=name)
        raise DomainError(problem, hint=say("give {name}=…, a callable on arrays", name=name))
    return values[name]


# -- operations


def _call_function(node: Applied, np: Any) -> Callable[..., Any]:
    order = len(node.type.dims)

    def call(function: Callable[..., Any], *args: Any) -> Any:
        value = function(*args) if np is bare else plain("the value of a function", function(*args), np)
        if np.ndim(value) != order:
            name = node.function.spelling(node.partials)
            raise ShapeError(
                say(
                    "{name} gave an array of shape {shape}, expected {wanted}",
                    name=name,
                    shape=np.shape(value),
                    wanted=node.type.public if order else say("a number"),
                )
            )
        return value

    return call


def _step(node: Expr, np: Any) -> Callable[..., Any]:
    """The operation of a node as a function on the values of its arguments."""
    assert isinstance(node, Call)
    kinds = [a.type.kind for a in node.args]
    function = _function(node, node.op, np)
    if node.params:
        return lambda given, *args: function(*args, **given)
    if isinstance(node.op.meaning, Differential) and kinds == ["s"]:  # a matrix function of a number
        whole = function
        function = lambda x: np.reshape(whole(np.reshape(x, (1, 1))), ())[()]  # noqa: E731
    return _on_numbers(function, np) if set(kinds) == {"s"} else function


def _function(node: Call, op: Operation, np: Any) -> Callable[..., Any]:
    match op.meaning:
        case Einsum():
            return multilinear(signature_of(node), np)
        case Power():
            return partial(_matrix_power if is_matrix_power(node) else _power, np)
        case _ if op.numpy:
            return partial(op.value, np)
        case Definition(text=text):
            return definition(text, node.args[0].type, np)
        case Combination(weights=weights):
            return lambda *args: reduce(operator.add, [w * x for w, x in zip(weights, args, strict=True)])
        case Monomial(exponents=exponents):
            return lambda *args: reduce(operator.mul, [x ** float(e) for x, e in zip(args, exponents, strict=True)])
    raise UnsupportedError(say("{op}: no value is known", op=op.name))


def _on_numbers(function: Callable[..., Any], np: Any) -> Callable[..., Any]:
    """An operation on numbers with NumPy's arithmetic (1/0 is inf), where Python's numbers stay Python's and so never widen a float32 array."""

    wide = (
        {float: np.float64, int: np.float64}
        if np is bare
        else {float: np.float64, int: np.float64, complex: np.complex128}
    )

    def apply(*args: Any) -> Any:
        if all(type(a) in wide for a in args):
            found = function(*[wide[type(a)](a) for a in args])
            return found.item() if hasattr(found, "item") else found
        return function(*args)

    return apply


def is_matrix_power(node: Call) -> bool:
    """Whether a power is one of a whole matrix (A^2, not A.^2): the signature says that the base is square."""
    return isinstance(node.op.meaning, Power) and signature_of(node).args[0].letters == "ii"


def _power(np: Any, x: Array, a: Array) -> Array:
    """x to the power a, entry by entry; whole powers of negative complex numbers without the branch cut of the logarithm."""
    if (
        np.iscomplexobj(x)
        and not np.iscomplexobj(a)
        and (a.is_integer() if isinstance(a, float) else np.all(np.rint(a) == a))
    ):
        sign = np.copysign(1, np.real(x))
        return ((sign * x) ** a * sign**a)[()]
    return x**a


def _matrix_power(np: Any, x: Array, a: Array) -> Array:
    if np.imag(a) or np.rint(np.real(a)) != a:
        raise DomainError(
            say("the power of a matrix must be a whole number, not {a}", a=a),
            hint=say("X.^a is the power of each entry"),
        )
    return np.linalg.matrix_power(x, int(np.real(a)))


@cache
def definition(text: str, shape: Shape, np: Any = None) -> Callable[[Array], Array]:
    """A formula of the table in X, or in x, as a function on arrays of this shape."""
    name = "X" if re.search(r"\bX\b", text) else "x"
    own = own_dims(shape)
    evaluator = Evaluator(parse(text, where={name: symbol(name, own)}).expr, np)

    def value(x: Array) -> Array:
        sizes = {d.text: n for d, n in zip(own.dims, getattr(x, "shape", ()), strict=False)}
        return evaluator.run_unchecked({name: x}, sizes)[-1]

    return value


@cache
def multilinear(signature: Signature, np: Any = None) -> Callable[..., Array]:
    """A multilinear operation as a function on arrays; the letters of a constant are given as sizes by keyword."""
    args, out = [slot.letters for slot in signature.args], signature.out
    if any(len(group) > 1 for slot in signature.args for group in slot.axes):
        np = np or numpy()
        return _opened(args, _einsum(np, args, out.letters, [len(group) for group in out.axes]), np)
    plain = len(set(out.letters)) == len(out.letters) == len(out.axes)
    axes = [letters for letters in args if letters]
    if args and plain and axes in ([], [out.letters]):  # scalars and at most one argument with axes, or with any: "*"
        return lambda *arrays: reduce(operator.mul, arrays)
    if len(args) == 1 and plain and out.letters == args[0][::-1]:
        return lambda x: x.T
    if (
        len(args) == len(axes) == 2
        and plain
        and args[0][-1] == args[1][0]
        and out.letters == args[0][:-1] + args[1][1:]
    ):
        return operator.matmul
    return _einsum(np or numpy(), args, out.letters, [len(group) for group in out.axes])


def _opened(args: Sequence[str], function: Callable[..., Array], np: Any) -> Callable[..., Array]:
    """A function of arrays whose axes are given as one for each of these letters, for arrays of which some are made of several."""
    return lambda *arrays, **sizes: function(
        *[np.reshape(a, [sizes[x] for x in letters]) for a, letters in zip(arrays, args, strict=True)]
    )


def _einsum(np: Any, args: list[str], letters: str, groups: list[int]) -> Callable[..., Array]:
    """What NumPy's einsum does, and besides: repeated letters in the result (diagonals), new ones (ones), and axes made of several letters."""
    distinct = "".join(dict.fromkeys(letters))
    given = "".join(x for x in distinct if any(x in a for a in args))
    summed = ",".join(args) + "->" + given
    stops = [sum(groups[: i + 1]) for i in range(len(groups))]

    def apply(*arrays: Array, **sizes: int) -> Array:
        core = np.einsum(summed, *arrays) if arrays else np.ones(())
        sizes |= zip(given, core.shape, strict=True)
        room(math.prod(sizes[x] for x in letters))
        if given != distinct:
            core = core.reshape([sizes[x] if x in given else 1 for x in distinct])
            core = np.broadcast_to(core, [sizes[x] for x in distinct])
        if distinct != letters:
            core = diagonal(np, core, letters, distinct)
        if len(groups) != len(letters):
            core = core.reshape([math.prod(core.shape[stop - n : stop]) for n, stop in zip(groups, stops, strict=True)])
        return core[()]

    return apply


def diagonal(np: Any, core: Array, out: Sequence[Any], distinct: Sequence[Any]) -> Array:
    """An array with an axis for each of the `distinct`, as one with those of `out`: on the diagonal of repeated ones, zero beside it."""
    sizes = dict(zip(distinct, core.shape, strict=True))
    whole = np.zeros([sizes[i] for i in out], dtype=core.dtype)
    grid = np.ogrid[tuple(slice(n) for n in core.shape)]
    whole[tuple(grid[distinct.index(i)] for i in out)] = core
    return whole
