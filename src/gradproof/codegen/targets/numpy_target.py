"""NumPy sources, with SciPy's LAPACK and BLAS where it is installed: Cholesky and LU factors, triangular solves, inverses from a factor."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from gradproof.codegen.plan.program import VIEWS, Node, entries
from gradproof.codegen.targets.emit import ATOM, NEGATIVE, POWER, PRODUCT, Scope, Text, number
from gradproof.codegen.targets.numpy_helpers import COMMON, PLAIN, SCIPY
from gradproof.codegen.targets.python_target import PythonSpelling
from gradproof.codegen.targets.python_writers import Words, axis_argument
from gradproof.codegen.targets.scipy_arrays import SCIPY_ARRAYS
from gradproof.codegen.targets.target import PythonTarget
from gradproof.numeric.arrays import plain, real
from gradproof.ops import TABLE, Operation
from gradproof.ops.arrays import ARRAY_HELPERS
from gradproof.ops.operation import Fill
from gradproof.patterns import pattern

LARGE = 1000  # from this size on, A + A' goes by blocks
SPREAD = range(
    3_000, 8_000_000
)  # entries of a product that is constant along its last axis in one factor: NumPy's einsum is faster there, …
FAULTS = 1 << 15  # entries from which on fresh memory is dear
MAKING = frozenset("matmul mul div add sub power apply".split())  # nodes that make an array anew
WORTH = 1 << 12  # entries of an array from which on it is worth a statement to write in its place
INNER = range(10, 2_001)  # … for so many entries along that axis

OWN: dict[Operation, str] = {  # the values of the table are NumPy; some have better words
    **{op: op.numpy for op in TABLE.values() if op.numpy},
    **{op: op.code.numpy for op in TABLE.values() if op.code and op.code.numpy},
}
WITH_SCIPY: dict[Operation, str] = {op: op.code.scipy for op in TABLE.values() if op.code and op.code.scipy}
SPECIAL = tuple(dict.fromkeys(form.split("(")[0] for form in WITH_SCIPY.values()))  # of scipy.special
SCIPY_SPECIAL = pattern(rf"\b({'|'.join(SPECIAL)})\(")
WITH_LINALG = {op: op.code.scipy_linalg for op in TABLE.values() if op.code and op.code.scipy_linalg}
ONCE = {op: op.code.scipy_once for op in TABLE.values() if op.code and op.code.scipy_once}
TIMES = {op: op.code.scipy_times for op in TABLE.values() if op.code and op.code.scipy_times}
PLACE = pattern(r"\b[xb]\b")
LINALG = tuple(
    dict.fromkeys(re.findall(r"(?<![\w.])([a-z]\w+)(?=[(,])", " ".join(WITH_LINALG.values())))
)  # of scipy.linalg
SCIPY_LINALG = pattern(rf"(?<![\w.])({'|'.join(LINALG)})(?=[(,])")

WORDS = Words(
    sqrt="np.sqrt({0})",
    nonzero="np.where({0}, {0}, 1)",
    log1p="np.log1p({0})",
    turn="{0}.T",
    transpose="{0}.transpose({1})",
    diagonal="{0}.diagonal()",
    einsum="np.einsum('{0}', {1})",
    vdot="np.vdot({0}, {1})",
    full="np.full({0}, {1}, dtype)",
    zeros="np.zeros({0}, dtype)",
    broadcast="np.broadcast_to({0}, {1})",
    reshape="{0}.reshape({1})",
    sum="{0}.sum({1})",
    sum_all="{0}.sum()",
    copy="{0}.copy()",
    scalar="dtype.type({0})",
    dtype="np.result_type({0})",
    default_dtype="np.dtype(float)",
)


class NumpySpelling(PythonSpelling):
    """Writes nodes as NumPy expressions. `scipy`: whether SciPy may be used."""

    continues = True
    name = "scipy"
    words = WORDS
    imports = ("import numpy as np",)
    reserved = (
        "np",
        "dtype",
        "lapack",
        "blas",
        "scipy",
        *SPECIAL,
        *LINALG,
        "float",
        "map",
        "len",
        "range",
        "slice",
        "sum",
        "tuple",
    )
    loops = turns = frees = True

    def __init__(self, scipy: bool):
        self.scipy = self.sparse = scipy
        self.own = {**OWN, **({**WITH_SCIPY, **WITH_LINALG} if scipy else {})}
        self.helpers = {**COMMON, **(SCIPY if scipy else PLAIN), **ARRAY_HELPERS, **(SCIPY_ARRAYS if scipy else {})}

    def function(self, op: Operation) -> str:
        """A function of the table, and constants of which there is a family."""
        return op.numpy if isinstance(op.meaning, Fill) else super().function(op)

    def alone(self, node: Node) -> str:
        """SciPy's own derivative along one direction."""
        single = len(node.args) == 2 and node.args[1].order == 2
        return ONCE.get(node.data, "") if self.scipy and single else ""

    def imported(self, text: str, bodies: Sequence[str]) -> list[str]:
        """The import lines for a source and its helper functions."""
        lines = list(self.imports)
        low_level = [m for m in ("blas", "lapack") if any(f"{m}." in b for b in bodies)]
        low_level += sorted(set(SCIPY_LINALG.findall(text))) if self.scipy else []
        if any("scipy.linalg." in b for b in bodies):
            lines.append("import scipy.linalg")
        if low_level:
            lines.append(f"from scipy.linalg import {', '.join(low_level)}")
        special = sorted(set(SCIPY_SPECIAL.findall(text))) if self.scipy else []
        return [*lines, f"from scipy.special import {', '.join(special)}"] if special else lines

    def convert(self, name: str, value: Any) -> Any:
        """A value to compute with: a plain array, or a number. Raises DomainError, ShapeError."""
        import numpy as np  # numbers are needed only here

        found = plain(name, value, np)
        real(name, np.iscomplexobj(found))
        return found

    def taken(self, arrays: Sequence[str], numbers: Sequence[str], scope: Scope) -> list[str]:
        """Lines that make what is given arrays and numbers to compute with."""
        lines = [_mapped(scope.helper("_array"), arrays)] if arrays else []
        return [*lines, _mapped("float", numbers)] if numbers else lines

    def numbers(self, value: Any) -> Any:
        """The entries as NumPy has them."""
        return value

    def unified(self, arrays: Mapping[int, Any]) -> dict[int, Callable[[Any], Any]]:
        """How arguments of different precision become arrays of the widest: what is written in place must hold it."""
        found = {a.dtype for a in arrays.values()}
        if len(found) < 2:
            return {}
        import numpy as np  # numbers are needed only here

        widest = np.result_type(*found)
        return {k: lambda a: a.astype(widest) for k, a in arrays.items() if a.dtype != widest}

    def traits(self, letter: str, scalar: bool) -> list[str]:
        """The type, so that only plain arrays go without being converted; shapes; and what kind of numbers there are."""
        return [f"type({letter})"] if scalar else [f"type({letter})", f"{letter}.shape", f"{letter}.dtype"]

    def write(self, node: Node, scope: Scope) -> Text:
        """The expression of a node; may add lines."""
        better = BETTER.get(node.kind)
        return (better(self, node, scope) if better else None) or super().write(node, scope)

    def diagonals(self, base: Node | None, node: Node, cores: Sequence[Node], scope: Scope) -> Text:
        """An array (None: of zeros) with diagonals added in place."""
        if base is None:
            scope.wants_dtype = True
            target = scope.assign(self.word("zeros", scope.shape(node.axes)), node)
        else:
            text = scope.of(base)
            owned = scope.uses[base] == 1 and _fresh(base, scope)
            target = (
                text
                if owned and text.isidentifier()
                else scope.assign(text if owned else self.copied(scope.of(base, ATOM)), base)
            )
        _write_diagonals(target, node, cores, scope, fresh=base is None)
        return Text(target)

    def plus_transpose(self, node: Node, scope: Scope) -> Text:
        """A + A' or A - A'."""
        (a,) = node.args
        if node.data > 0 and a.axes[0].evaluate(scope.sizes) >= LARGE:
            return Text(f"{scope.helper('_plus_transpose')}({scope.of(a)})")
        return super().plus_transpose(node, scope)


def _mapped(function: str, names: Sequence[str]) -> str:
    """The line that applies a function to each of some names."""
    if len(names) == 1:
        return f"{names[0]} = {function}({names[0]})"
    return f"{', '.join(names)} = map({function}, ({', '.join(names)}))"


def _applied(spelling: NumpySpelling, node: Node, scope: Scope) -> Text | None:
    """A function of a matrix times an array, where that is less work than the function."""
    a, b = node.args
    form = TIMES.get(a.data) if a.kind == "apply" and scope.uses[a] == 1 and spelling.scipy else None
    if form is None or a.order != 2 or len(a.args) != 1:
        return None
    scope.helper(helper := form.partition("(")[0])
    given = {"x": scope.of(a.args[0]), "b": scope.of(b)}
    return Text(helper + PLACE.sub(lambda m: given[m[0]], form.removeprefix(helper)))


def _in_place(_: NumpySpelling, node: Node, scope: Scope) -> Text | None:
    """An operation entry by entry on an array with a name that is needed no more: in its place."""
    sign = SIGNS[node.kind]
    for one, other in (node.args, node.args[::-1])[: 2 if sign in "+*" else 1]:
        worth = entries(node, scope.sizes) >= WORTH or one.kind in ("add_diagonals", "scatter")
        if worth and one.axes == node.axes and scope.texts[one].text.isidentifier() and _free(one, scope):
            scope.line(f"{scope.of(one)} {sign}= {scope.of(other)}")
            return scope.texts[one]
    one, other = node.args[::-1]
    if sign == "-" and _large(one, node, scope) and not _fresh(other, scope):
        name = scope.named(one)
        scope.line(f"np.subtract({scope.of(other)}, {name}, out={name})")
        return scope.texts[one]
    return None


def _large(one: Node, node: Node, scope: Scope) -> bool:
    """Whether an array that may be written to is so large that memory for one more costs more than a statement."""
    return entries(node, scope.sizes) >= FAULTS and one.axes == node.axes and one.kind in MAKING and _free(one, scope)


def _squared(node: Node, scope: Scope) -> Text | None:
    """A large array times a square: twice in its place."""
    for one, square in (node.args, node.args[::-1]):
        simple = square.kind == "power" and square.data == 2 and scope.uses[square] == 1 and square.axes == node.axes
        if simple and _large(one, node, scope) and scope.texts[square.args[0]].text.isidentifier():
            name = scope.named(one)
            scope.lines += [f"{name} *= {scope.of(square.args[0])}"] * 2
            return scope.texts[one]
    return None


def _product(spelling: NumpySpelling, node: Node, scope: Scope) -> Text | None:
    """A product in place, or one with weights of rows by einsum."""
    return _adjugate(node, scope) or _squared(node, scope) or _in_place(spelling, node, scope) or _spread(node, scope)


def _adjugate(node: Node, scope: Scope) -> Text | None:
    """A determinant times its inverse, which is a number at a singular matrix too."""
    scalar, inverse = node.args
    if inverse.kind != "inverse" or scope.uses[inverse] != 1:
        return None
    (factor,) = inverse.args
    rest = _without_determinant(scalar, factor, scope) if factor.kind in ("lu", "sym") else None
    if rest is None:
        return None
    name = scope.helper(f"_{factor.kind}_adjugate")
    call = f"{name}({scope.of(factor)})"
    most = NEGATIVE if "@" in rest.text else PRODUCT
    return Text(call) if rest.text == "1" else Text(f"{rest.at(most)} * {call}", PRODUCT)


def _without_determinant(scalar: Node, factor: Node, scope: Scope) -> Text | None:
    """A product divided by a determinant that is one of its factors; None where it is none."""
    match scalar.kind:
        case "det" if scalar.args[0] is factor:
            return Text("1")
        case "power" if scalar.args[0].kind == "det" and scalar.args[0].args[0] is factor and scalar.data >= 1:
            det = scope.texts[scalar.args[0]]
            return det if scalar.data == 2 else Text(f"{det.at(ATOM)} ** {number(scalar.data - 1).at(ATOM)}", POWER)
        case "mul":
            for one, other in (scalar.args, scalar.args[::-1]):
                rest = _without_determinant(one, factor, scope)
                if rest is not None and rest.text == "1":
                    return scope.texts[other]
                if rest is not None:
                    return Text(f"{scope.of(other, PRODUCT)} * {rest.at(NEGATIVE)}", PRODUCT)
        case "div":
            rest = _without_determinant(scalar.args[0], factor, scope)
            return Text(f"{rest.at(PRODUCT)} / {scope.of(scalar.args[1], NEGATIVE)}", PRODUCT) if rest else None
    return None


def _spread(node: Node, scope: Scope) -> Text | None:
    """A product in which one factor is constant along the last axis, as an einsum where that is faster."""
    places = [_places(a, node.order) for a in node.args]
    last = node.order - 1
    if not all(places) or sum(last in p for p in places) != 1:
        return None
    if entries(node, scope.sizes) not in SPREAD or node.axes[-1].evaluate(scope.sizes) not in INNER:
        return None
    letters = ["".join(chr(105 + k) for k in p) for p in (*places, range(node.order))]
    texts = [scope.of(a.args[0] if a.kind == "expand" else a) for a in node.args]
    ins, args = zip(*sorted(zip(letters, texts, strict=False)), strict=True)
    return Text(f"np.einsum('{','.join(ins)}->{letters[-1]}', {', '.join(args)})")


def _places(a: Node, order: int) -> tuple[int, ...]:
    """At which axes of a result of this order the axes of an argument stand, as it is broadcast."""
    places = a.data if a.kind == "expand" else range(a.order)
    return tuple(order - len(places) + k for k, p in enumerate(places) if p is not None)


def _softmax(spelling: NumpySpelling, node: Node, scope: Scope) -> Text | None:
    """A softmax of a large array that is needed no more: in its place. A softmax and a logsumexp of the same array: together."""
    (a,) = node.args
    if node in scope.texts:
        return scope.texts[node]
    other = next(
        (n for n in scope.uses if n.kind == TWINS[node.kind] and n.args == node.args and n.data == node.data), None
    )
    if other is not None and not scope.indent:
        names = {kind: scope.fresh() for kind in TWINS}
        call = f"{scope.helper('_softmax_and_logsumexp')}({scope.of(a)}{axis_argument(node)})"
        scope.line(f"{', '.join(names.values())} = {call}")
        scope.texts[other] = Text(names[other.kind])
        return Text(names[node.kind])
    if node.kind == "logsumexp" or node.data is None or entries(a, scope.sizes) < WORTH or not _free(a, scope):
        return None
    name = scope.named(a)
    scope.line(f"{PythonSpelling.write(spelling, node, scope).text[:-1]}, out={name})")
    return Text(name)


def _nonzero(_: NumpySpelling, node: Node, scope: Scope) -> Text | None:
    """A number as it is, and one instead of zero."""
    return None if node.order else Text(f"({scope.of(node.args[0])} or 1)")


TWINS = {"softmax": "logsumexp", "logsumexp": "softmax"}  # both from the same exponentials
SIGNS = {"mul": "*", "div": "/", "add": "+", "sub": "-"}
# what NumPy can do in place, faster, or with a wider range than by its plain spelling
BETTER = {
    **dict.fromkeys(SIGNS, _in_place),
    "mul": _product,
    "matmul": _applied,
    "nonzero": _nonzero,
    **dict.fromkeys(TWINS, _softmax),
}


def _free(node: Node, scope: Scope) -> bool:
    """Whether the array of a node may be written to by the node that is written now: it is its own, and nothing else needs it."""
    return scope.uses[node] == 1 and not scope.indent and _fresh(node, scope)


def _fresh(node: Node, scope: Scope) -> bool:
    """Whether the array of a node is its own, so that it may be written to."""
    if node.kind == "reshape":
        return scope.uses[node.args[0]] == 1 and _fresh(node.args[0], scope)
    if node.kind == "broadcast":
        return not node.args[0].order
    return node.kind not in VIEWS and node.kind != "call" and node.order > 0


def _write_diagonals(target: str, node: Node, cores: Sequence[Node], scope: Scope, fresh: bool) -> None:
    for (axes, sign), core in zip(node.data, cores, strict=True):
        text = scope.of(core)
        if axes == (0, 0):
            place = f"{target}.flat[:: {scope.dim(node.axes[0])} + 1]"
        else:
            letters = [chr(105 + k) for k in axes]
            place = f"np.einsum('{''.join(letters)}->{''.join(dict.fromkeys(letters))}', {target})[...]"
        if fresh:
            scope.line(f"{place} = {text if sign > 0 else '-' + scope.of(core, POWER)}")
        else:
            scope.line(f"{place} {'+' if sign > 0 else '-'}= {text}")
        fresh = False


TARGETS = (
    PythonTarget("numpy", lambda: NumpySpelling(find_spec("scipy") is not None), batch=True, compressed=True),
    PythonTarget("numpy-only", lambda: NumpySpelling(False), batch=True, compressed=True),
)
