"""A stand-in for an array that writes down what is done with it, as NumPy source. It has no values, so what asks for one is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from gradproof.errors import GradproofError, UnsupportedError
from gradproof.parse.numpy_names import METHODS
from gradproof.say import Said, say

_DEEPEST = 20  # operations in one line of the source
_INFIX = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "true_divide": "/", "power": "**", "matmul": "@",
}  # fmt: skip
_VIEWS = frozenset(
    "reshape ravel transpose asarray expand_dims diagonal diag swapaxes".split()
)  # what may give the same memory
_HINT = say("from_function reads what is done with the arrays; it does not run it on numbers")


class _Named(Protocol):
    __name__: str


class Traced:
    """One operation: how it is written, on what. `places` are the numbers of the axes, where they are declared."""

    __slots__ = ("age", "depth", "kids", "memory", "sizes", "template")
    __array_priority__ = 1000

    def __init__(
        self,
        template: str,
        kids: Sequence[Traced] = (),
        sizes: tuple[int | None, ...] | None = None,
        memory: list[int] | None = None,
    ):
        self.template, self.kids, self.sizes = template, tuple(kids), sizes
        self.depth = 1 + max((k.depth for k in kids), default=0)
        self.memory = (
            [0] if memory is None else memory
        )  # how often it was changed in place: one list for an array and its views
        self.age = self.memory[0]
        for k in kids:
            k.fresh()

    def fresh(self) -> Traced:
        """Itself; raises UnsupportedError for what was changed in place since, under another name."""
        if self.age != self.memory[0]:
            raise _refused(
                say("an array that is changed in place under another name"), say("write a = a + b in place of a += b")
            )
        return self

    # -- operators

    def __add__(self, other: object) -> Traced:
        return _infix("+", self, other)

    def __radd__(self, other: object) -> Traced:
        return _infix("+", other, self)

    def __sub__(self, other: object) -> Traced:
        return _infix("-", self, other)

    def __rsub__(self, other: object) -> Traced:
        return _infix("-", other, self)

    def __mul__(self, other: object) -> Traced:
        return _infix("*", self, other)

    def __rmul__(self, other: object) -> Traced:
        return _infix("*", other, self)

    def __truediv__(self, other: object) -> Traced:
        return _infix("/", self, other)

    def __rtruediv__(self, other: object) -> Traced:
        return _infix("/", other, self)

    def __matmul__(self, other: object) -> Traced:
        return _infix("@", self, other)

    def __rmatmul__(self, other: object) -> Traced:
        return _infix("@", other, self)

    def __pow__(self, other: object) -> Traced:
        return _infix("**", self, other)

    def __rpow__(self, other: object) -> Traced:
        return _infix("**", other, self)

    def __neg__(self) -> Traced:
        return Traced("(-{})", (self,))

    def __pos__(self) -> Traced:
        return Traced("(+{})", (self,))

    def __abs__(self) -> Traced:
        return Traced("np.abs({})", (self,))

    # -- operators that change it in place: what they give has the new values, and nobody may use the old ones

    def __iadd__(self, other: object) -> Traced:
        return _in_place("+", self, other)

    def __isub__(self, other: object) -> Traced:
        return _in_place("-", self, other)

    def __imul__(self, other: object) -> Traced:
        return _in_place("*", self, other)

    def __itruediv__(self, other: object) -> Traced:
        return _in_place("/", self, other)

    def __imatmul__(self, other: object) -> Traced:
        return _in_place("@", self, other)

    def __ipow__(self, other: object) -> Traced:
        return _in_place("**", self, other)

    # -- NumPy's protocols

    def __array_ufunc__(self, ufunc: _Named, method: str, *inputs: object, **options: object) -> Traced:
        name = ufunc.__name__
        if method != "__call__":
            raise _refused(say("np.{name}.{method}", name=name, method=method), say("write np.sum(…)"))
        sign = _INFIX.get(name)
        return _infix(sign, *inputs) if sign and not options else _call(name, inputs, options)

    def __array_function__(
        self, function: _Named, _types: object, inputs: Sequence[object], options: Mapping[str, object]
    ) -> Traced:
        linalg = "linalg." * (
            getattr(function, "__module__", "") == "numpy.linalg"
        )  # cholesky has its meaning by its module
        return _call(linalg + function.__name__, inputs, options)

    def __array__(self, *_options: object) -> object:
        raise _refused(say("an array of numbers made from a traced array"))

    # -- what arrays have

    @property
    def T(self) -> Traced:
        return Traced("{}.T", (self,), None, self.memory)

    @property
    def shape(self) -> ShapeTuple:
        return ShapeTuple(self)

    @property
    def size(self) -> Traced:
        return Traced("{}.size", (self,))

    def __getattr__(self, name: str) -> Callable[..., Traced]:
        if name not in METHODS:
            raise AttributeError(f"arrays that are followed have no .{name}")
        return lambda *inputs, **options: _call(name, (self, *inputs), options)

    def __getitem__(self, at: object) -> Traced:
        places = at if isinstance(at, tuple) else (at,)
        return Traced("{}[" + ", ".join(_place(p) for p in places) + "]", (self,), None, self.memory)

    # -- what asks for a value

    def __bool__(self) -> bool:
        raise _refused(say("a choice by the value of an array (if, and, or, while)"))

    def __float__(self) -> float:
        raise _refused(say("the value of an array as a number"))

    __int__ = __complex__ = __float__

    def __index__(self) -> int:
        hint = say(
            'declare the sizes as numbers, "vector 5", or give the source as text to gp.parse, where np.eye(n) is read'
        )
        raise _refused(say("a size as a number, as np.eye and range ask for it"), hint)

    def __len__(self) -> int:
        raise _refused(say("len of an array"), say("write x.shape[0]"))

    def __iter__(self) -> Iterator[Traced]:
        raise _refused(say("a loop over the entries of an array"), say("write the sum with np.sum or @"))

    def __setitem__(self, _at: object, _value: object) -> None:
        raise _refused(say("an assignment to entries"))

    def _compared(self, _other: object) -> bool:
        raise _refused(say("a comparison of the values of an array"))

    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = __contains__ = _compared  # type: ignore[assignment]
    __hash__ = object.__hash__


class ShapeTuple:
    """x.shape."""

    def __init__(self, of: Traced):
        self.of = of

    def __getitem__(self, axis: int) -> Traced | int:
        known = self.of.sizes
        size = known[axis] if known is not None and -len(known) <= axis < len(known) else None
        return Traced(f"{{}}.shape[{axis}]", (self.of,)) if size is None else size

    def __iter__(self) -> Iterator[Traced | int]:
        return iter([self[axis] for axis in range(len(self))])

    def __len__(self) -> int:
        if self.of.sizes is None:
            raise _refused(say("the number of axes of what is not declared"), say("write x.shape[0]"))
        return len(self.of.sizes)


def written(root: Traced, taken: set[str]) -> str:
    """The source: an assignment for each part that is used twice or is deep, and the formula last."""
    order = _order(root)
    uses: dict[int, int] = {}
    for node in order:
        for kid in node.kids:
            uses[id(kid)] = uses.get(id(kid), 0) + 1
    texts: dict[int, str] = {}
    lines: list[str] = []
    levels: dict[int, int] = {}
    for node in order:
        text = node.template.format(*(texts[id(k)] for k in node.kids))
        levels[id(node)] = 1 + max((levels[id(k)] for k in node.kids), default=0)
        if node.kids and node is not root and (uses[id(node)] > 1 or levels[id(node)] >= _DEEPEST):
            name = next(n for n in (f"t{i}" for i in range(len(lines) + 1, 10**6)) if n not in taken)
            lines.append(f"{name} = {text}")
            text, levels[id(node)] = name, 0
            taken.add(name)
        texts[id(node)] = text
    final = texts[id(root)]
    return "\n".join([*lines, final])


def _order(root: Traced) -> list[Traced]:
    """Every node once, those that it is made of first."""
    found: dict[int, Traced] = {}
    stack: list[tuple[Traced, bool]] = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if id(node) in found:
            continue
        if ready:
            found[id(node)] = node
        else:
            stack.append((node, True))
            stack.extend((k, False) for k in reversed(node.kids) if id(k) not in found)
    return list(found.values())


def _infix(sign: str, *inputs: object) -> Traced:
    kids: list[Traced] = []
    return Traced("(" + f" {sign} ".join(_spelled(i, kids) for i in inputs) + ")", kids)


def _in_place(sign: str, changed: Traced, other: object) -> Traced:
    found = _infix(sign, changed, other)
    changed.memory[0] += 1
    return found


def _call(name: str, inputs: Sequence[object], options: Mapping[str, object]) -> Traced:
    kids: list[Traced] = []
    given = [_spelled(i, kids) for i in inputs]
    given += [f"{key}={_spelled(value, kids)}" for key, value in options.items() if key != "out" or value is not None]
    first = inputs[0] if inputs else None
    shared = first.memory if isinstance(first, Traced) and name in _VIEWS else None
    return Traced(f"np.{name}({', '.join(given)})", kids, None, shared)


def _spelled(value: object, kids: list[Traced]) -> str:
    """A value as it is written in the source; a traced one as a place in the template."""
    match value:
        case Traced():
            kids.append(value)
            return "{}"
        case None | bool() | int() | str():
            return repr(value).replace("{", "{{").replace("}", "}}")
        case float():
            return repr(float(value))
        case tuple() | list():
            inner = ", ".join(_spelled(v, kids) for v in value)
            return f"({inner},)" if isinstance(value, tuple) else f"[{inner}]"
    return _constant(value)


def _constant(value: object) -> str:
    """A number of NumPy's; an array that is the identity, all ones or all zeros. Raises UnsupportedError."""
    shape, entries = getattr(value, "shape", None), getattr(value, "tolist", None)
    if shape is None or entries is None:
        raise _refused(say("a value of type {type}", type=type(value).__name__))
    listed = entries()
    if shape == () and isinstance(listed, int | float):
        return repr(listed)
    if (
        len(shape) == 2
        and shape[0] == shape[1]
        and listed == [[float(i == j) for j in range(shape[0])] for i in range(shape[0])]
    ):
        return f"np.eye({shape[0]})"
    flat = [x for row in listed for x in (row if isinstance(row, list) else [row])] if 0 < len(shape) < 3 else []
    for number, name in ((1, "ones"), (0, "zeros")):
        if flat and all(x == number for x in flat):
            return f"np.{name}({shape[0] if len(shape) == 1 else shape})"
    raise _refused(say("an array of numbers inside the function"), say("make it an argument of the function"))


def _place(at: object) -> str:
    if at == slice(None):
        return ":"
    if at is None or at is ... or isinstance(at, int):
        return "..." if at is ... else repr(at)
    if (
        isinstance(at, slice)
        and at.step in (None, 1)
        and all(x is None or isinstance(x, int) for x in (at.start, at.stop))
    ):
        return ":".join("" if x is None else repr(x) for x in (at.start, at.stop))
    raise _refused(say("a part of an array"))


def _refused(what: Said, hint: Said = _HINT) -> GradproofError:
    return UnsupportedError(say("{what} is not read from a function", what=what), hint=hint)
