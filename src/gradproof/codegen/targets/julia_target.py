"""Julia sources, as text: vectors are `Vector`, and what goes entry by entry is one fused broadcast."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from gradproof.codegen.headers import Task
from gradproof.codegen.plan.build import borrowed
from gradproof.codegen.plan.program import Node, reachable
from gradproof.codegen.targets.emit import ATOM, NEGATIVE, POWER, PRODUCT, SUM, WIDEST, Scope, Text, number, template
from gradproof.codegen.targets.julia_arrays import Arrays, permuted, stripped
from gradproof.codegen.targets.julia_diagonals import diagonal, written
from gradproof.codegen.targets.julia_head import described, eltype
from gradproof.codegen.targets.julia_helpers import CALLED, HELPERS, KEYWORDS
from gradproof.codegen.targets.reshapes import groups
from gradproof.codegen.targets.source_target import SourceWords, draft
from gradproof.codegen.targets.target import SourceTarget
from gradproof.notation.decimals import floating
from gradproof.ops import TABLE, basic
from gradproof.shapes.dims import Sizes

WORDS = SourceWords(
    name="julia",
    own={basic.ELPOW: "x @^ a"},
    helpers=HELPERS,
    taken=(*KEYWORDS, *CALLED),
    guard=('{0} < 0 && throw(DomainError({0}, "the size {1} is negative"))',),
    sqrt="sqrt@({0})",
    nonzero="{0} @+ ({0} @== 0)",
    log1p="log1p@({0})",
    power="{0} @^ {1}",
    reciprocal="1 @/ {0}",
    vdot="dot({0}, {1})",
    cholesky="cholesky(Symmetric({0}))",
    inverse="inv({0})",
    logdet="logdet({0})",
    det="det({0})",
    softmax="softmax",
    logsumexp="logsumexp",
)

PACKAGE = "SpecialFunctions"

PRODUCTS = frozenset("matmul solve half_solve".split())  # written with * or \, which is not entry by entry
COUNTED = frozenset(
    "number size mul div add sub neg power".split()
)  # what is made of sizes, so that it may be a whole number


class JuliaSpelling(Arrays):
    """Writes the nodes of a program as Julia expressions."""

    division = "÷"

    def write(self, node: Node, scope: Scope) -> Text:
        """The expression of a node; may add lines."""
        self.met(node)
        return WRITERS[node.kind](self, node, scope)

    def answer(self, node: Node, scope: Scope) -> str:
        """The expression of a result: an array that is the caller's own."""
        if node.kind == "number":
            return repr(floating(node.data))
        if not node.order and {n.kind for n in reachable([node])} <= COUNTED:
            return f"float({scope.of(node)})"
        if node.kind == "transpose" and node.order == 2:
            return f"permutedims({scope.of(node.args[0])})"
        text = self.whole(node, scope)
        if node.order and borrowed(node):
            return f"copy({text})"
        return scope.assign(text, node) if len(text) > WIDEST else text


Writer = Callable[[JuliaSpelling, Node, Scope], Text]


def _dot(node: Node) -> str:
    return "." if node.order else ""


def _first(a: Node, binds: int) -> int:
    """How loosely the first operand may bind: a product of matrices gets brackets among those entry by entry."""
    while a.kind == "expand":
        a = a.args[0]
    return NEGATIVE if binds == PRODUCT and a.kind in PRODUCTS else binds


def _infix(sign: str, binds: int) -> Writer:
    def write(spelling: JuliaSpelling, node: Node, scope: Scope) -> Text:
        a, b = node.args
        left, right = spelling.aligned(a, node, scope, _first(a, binds)), spelling.aligned(b, node, scope, binds - 1)
        return Text(f"{left} {_dot(node)}{sign} {right}", binds)

    return write


def _mul(spelling: JuliaSpelling, node: Node, scope: Scope) -> Text:
    a, b = node.args
    if (
        not a.order
        and b.kind in ("scatter", "add_diagonals")
        and scope.uses[b] == 1
        and scope.texts[b].text.isidentifier()
    ):
        scope.line(f"{scope.of(b)} .*= {scope.of(a)}")
        return scope.texts[b]
    if a.kind == "number" and 1 < a.data.denominator <= 1000:  # so that a narrow type of numbers stays
        top, below = a.data.numerator, a.data.denominator
        if abs(top) == 1:
            return Text(f"{scope.of(b, _first(b, PRODUCT))} {_dot(node)}/ {top * below}", PRODUCT)
        return Text(f"{top} {_dot(node)}* {scope.of(b, NEGATIVE)} {_dot(node)}/ {below}", PRODUCT)
    return _infix("*", PRODUCT)(spelling, node, scope)


def _neg(_: JuliaSpelling, node: Node, scope: Scope) -> Text:
    (a,) = node.args
    text, sign = scope.texts[a], _dot(node) + "-"
    if text.binds == PRODUCT and _first(a, PRODUCT) == PRODUCT and text.text[0] not in "-.":
        return Text(sign + text.text, PRODUCT)
    return Text(sign + text.at(ATOM if text.text[0] == "(" else POWER), PRODUCT if node.order else NEGATIVE)


def _power(_: JuliaSpelling, node: Node, scope: Scope) -> Text:
    (a,) = node.args
    e: Fraction = node.data
    dot = _dot(node)
    if abs(e) == Fraction(1, 2):
        below = WORDS.sqrt.format(scope.of(a))
    elif abs(e) == 1:
        below = scope.of(a, NEGATIVE)
    else:
        below = WORDS.power.format(scope.of(a, ATOM), number(abs(e)).at(ATOM))
    below = (WORDS.reciprocal.format(below) if e < 0 else below).replace("@", dot)
    if e < 0:
        return Text(below, PRODUCT)
    return Text(below, ATOM if e == Fraction(1, 2) else POWER)


def called(form: str) -> str:
    """The function that a word calls."""
    return form.split("@")[0].split("(")[0].split(".")[-1]


def _apply(spelling: JuliaSpelling, node: Node, scope: Scope) -> Text:
    form = WORDS.applied(node)
    scope.helpers |= {PACKAGE} if PACKAGE in form else {*re.findall(r"\w+", form)} & HELPERS.keys()
    form = form.replace(f"{PACKAGE}.", "")
    infix = "^" in form
    args = [spelling.aligned(a, node, scope, ATOM if infix else SUM) for a in node.args]
    return Text(template(form, args).replace("@", _dot(node)), POWER if infix else ATOM)


# -- sums and products


def dims(axes: Sequence[int]) -> str:
    """Axes as a keyword argument."""
    return f"dims={axes[0] + 1}" if len(axes) == 1 else f"dims=({', '.join(str(k + 1) for k in axes)})"


def dropped(text: str, axes: Sequence[int], order: int) -> str:
    """An array of this order without the axes, which have length one."""
    return f"vec({text})" if order - len(axes) == 1 else f"dropdims({text}; {dims(axes)})"


def _sum(spelling: JuliaSpelling, node: Node, scope: Scope) -> Text:
    (a,) = node.args
    if a.kind == "diagonal" and a.args[0].order == 2:
        return Text(f"tr({spelling.whole(a.args[0], scope)})")
    text = spelling.whole(a, scope)
    return Text(f"sum({text})" if not node.order else dropped(f"sum({text}; {dims(node.data)})", node.data, a.order))


def _along(name: str) -> Writer:
    def write(spelling: JuliaSpelling, node: Node, scope: Scope) -> Text:
        (a,) = node.args
        axes = node.data if node.data is not None and len(node.data) < a.order else ()
        text = f"{scope.helper(name)}({spelling.whole(a, scope)}{'; ' + dims(axes) if axes else ''})"
        return Text(dropped(text, axes, a.order) if axes and node.order < a.order else text)

    return write


def _matmul(spelling: JuliaSpelling, node: Node, scope: Scope) -> Text:
    a, b = node.args
    if max(a.order, b.order) > 2:
        return Text(f"{scope.helper('stacked_product')}({spelling.whole(a, scope)}, {spelling.whole(b, scope)})")
    if a.order == b.order == 1:
        return Text(f"dot({scope.of(a)}, {scope.of(b)})")
    if a.order == 1:
        return Text(f"{spelling.whole(b, scope, ATOM)}' * {scope.of(a, NEGATIVE)}", PRODUCT)
    return Text(f"{spelling.whole(a, scope, NEGATIVE)} * {spelling.whole(b, scope, NEGATIVE)}", PRODUCT)


def _einsum(spelling: JuliaSpelling, node: Node, scope: Scope) -> Text:
    one, two, out = node.data
    order = (*(out or one), *(i for i in dict.fromkeys((*one, *two)) if i not in (out or one)))
    left, right = (
        _placed(spelling, a, indices, order, scope) for a, indices in zip(node.args, (one, two), strict=True)
    )
    if not out and set(one) == set(two):
        return Text(f"dot({left.text}, {right.text})")
    text = f"{left.at(PRODUCT)} .* {right.at(NEGATIVE)}"
    summed = range(len(out), len(order))
    if not summed:
        return Text(text, PRODUCT)
    return Text(dropped(f"sum({text}; {dims(summed)})", summed, len(order)) if out else f"sum({text})")


def _placed(spelling: JuliaSpelling, a: Node, indices: Sequence[int], order: Sequence[int], scope: Scope) -> Text:
    """An array with its indices in this order, ready to broadcast."""
    mine = [i for i in order if i in indices]
    text = permuted(_exact(spelling, a, scope), [indices.index(i) for i in mine])
    shape = [scope.dim(a.axes[indices.index(i)]) if i in indices else "1" for i in order[: order.index(mine[-1]) + 1]]
    return text if len(shape) == a.order else Text(f"reshape({text.text}, {', '.join(shape)})")


# -- axes


def _short(spelling: JuliaSpelling, a: Node, scope: Scope) -> Text:
    """An argument of what is written in place, with all its axes, and with a name where it is long."""
    if len(scope.of(a)) > WIDEST - 20:
        scope.named(a)
    return _exact(spelling, a, scope)


def _exact(spelling: JuliaSpelling, a: Node, scope: Scope) -> Text:
    return scope.texts[a] if spelling.ranks[a] == a.order else Text(spelling.reshaped(a, scope))


def _transpose(spelling: JuliaSpelling, node: Node, scope: Scope) -> Text:
    return permuted(_short(spelling, node.args[0], scope), node.data)


def _expand(spelling: JuliaSpelling, node: Node, scope: Scope) -> Text:
    (a,) = node.args
    kept = stripped(node.data)
    if None not in kept:
        return scope.texts[a]
    _short(spelling, a, scope)
    return Text(
        f"reshape({spelling.stored(a, scope)}, {', '.join('1' if p is None else scope.dim(a.axes[p]) for p in kept)})"
    )


def _broadcast(spelling: JuliaSpelling, node: Node, scope: Scope) -> Text:
    (a,) = node.args
    sizes = [scope.dim(d) for d in node.axes]
    if not a.order:
        text = repr(floating(a.data)) if a.kind == "number" else scope.of(a)
        return Text(f"fill({text}, {', '.join(sizes)})")
    lead = node.order - a.order
    counts = ["1" if k >= lead and a.axes[k - lead] is d else sizes[k] for k, d in enumerate(node.axes)]
    return Text(f"repeat({spelling.aligned(a, node, scope, SUM)}, {', '.join(counts)})")


def _reshape(spelling: JuliaSpelling, node: Node, scope: Scope) -> Text:
    (a,) = node.args
    if node in spelling.free:
        return _shaped(spelling.stored(a, scope), node, scope)
    joined, parted = groups(a.axes, node.axes), groups(node.axes, a.axes)
    if joined is not None:
        places = _reversed(joined)
        if a.kind == "transpose":
            a, places = a.args[0], [a.data[p] for p in places]
        return _shaped(permuted(Text(spelling.whole(a, scope)), places, lazy=False).text, node, scope)
    if parted is not None:
        places = _reversed(parted)
        shape = [scope.dim(node.axes[p]) for p in places]
        return permuted(Text(f"reshape({spelling.stored(a, scope)}, {', '.join(shape)})"), places, lazy=False)
    text = permuted(Text(spelling.whole(a, scope)), range(a.order)[::-1], lazy=False)
    shape = [scope.dim(d) for d in reversed(node.axes)]
    return permuted(Text(f"reshape({text.text}, {', '.join(shape)})"), range(node.order)[::-1], lazy=False)


def _shaped(text: str, node: Node, scope: Scope) -> Text:
    if node.order == 1:
        return Text(f"vec({text})")
    row = node.order == 2 and node.axes[0].number == 1
    return Text(f"reshape({text}, {'1, :' if row else ', '.join(map(scope.dim, node.axes))})")


def _reversed(joined: Sequence[Sequence[object]]) -> list[int]:
    """The places of all axes, each group from its last to its first."""
    places: list[int] = []
    for group in joined:
        places += reversed(range(len(places), len(places) + len(group)))
    return places


# -- factorisations


def _lu(_: JuliaSpelling, node: Node, scope: Scope) -> Text:
    (a,) = node.args  # what uses it once factorises the matrix itself, and a singular one is met as Julia does
    return Text(f"lu({scope.of(a)})") if scope.uses[node] > 1 else scope.texts[a]


def _solve(spelling: JuliaSpelling, node: Node, scope: Scope) -> Text:
    factor, b = node.args
    left = f"{scope.of(factor, ATOM)}'" if node.data else scope.of(factor, NEGATIVE)
    return Text(f"{left} \\ {spelling.whole(b, scope, NEGATIVE)}", PRODUCT)


def _half_solve(spelling: JuliaSpelling, node: Node, scope: Scope) -> Text:
    factor, b = node.args
    return Text(f"{scope.of(factor, ATOM)}.L \\ {spelling.whole(b, scope, NEGATIVE)}", PRODUCT)


def _called(form: str) -> Writer:
    return lambda spelling, node, scope: Text(form.format(*(spelling.whole(a, scope) for a in node.args)))


WRITERS: Mapping[str, Writer] = {
    "input": lambda _, node, scope: Text(scope.names("input", node.data)),
    "number": lambda _, node, scope: number(node.data),
    "size": lambda _, node, scope: Text(scope.dim(node.data), ATOM if node.data.name else SUM),
    "transpose": _transpose,
    "expand": _expand,
    "diagonal": diagonal,
    "broadcast": _broadcast,
    "reshape": _reshape,
    "mul": _mul,
    "div": _infix("/", PRODUCT),
    "add": _infix("+", SUM),
    "sub": _infix("-", SUM),
    "neg": _neg,
    "power": _power,
    "sum": _sum,
    "matmul": _matmul,
    "vdot": _called(WORDS.vdot),
    "einsum": _einsum,
    "scatter": lambda spelling, node, scope: written(spelling, None, node, node.args, scope),
    "add_diagonals": lambda spelling, node, scope: written(spelling, node.args[0], node, node.args[1:], scope),
    "plus_transpose": lambda _, node, scope: Text(
        f"{scope.named(node.args[0])} .{'+' if node.data > 0 else '-'} {scope.named(node.args[0])}'", SUM
    ),
    "apply": _apply,
    "softmax": _along(WORDS.softmax),
    "logsumexp": _along(WORDS.logsumexp),
    "nonzero": lambda _, node, scope: Text(
        WORDS.nonzero.replace("@", _dot(node)).format(scope.of(node.args[0], ATOM)), SUM
    ),
    "log1p": lambda _, node, scope: Text(WORDS.log1p.replace("@", _dot(node)).format(scope.of(node.args[0]))),
    "cholesky": _called(WORDS.cholesky),
    "lu": _lu,
    "sym": _lu,
    "solve": _solve,
    "half_solve": _half_solve,
    "inverse": _called(WORDS.inverse),
    "logdet": _called(WORDS.logdet),
    "det": _called(WORDS.det),
    "call": lambda spelling, node, scope: Text(
        f"{scope.names('function', node.data)}({', '.join(spelling.whole(a, scope) for a in node.args)})"
    ),
}


def source(task: Task, sizes: Sizes) -> str:
    """A function with its helpers, planned for these sizes."""
    forms = (*WORDS.own.values(), *(op.code.julia for op in TABLE.values() if op.code and op.code.julia))
    named = {called(form) for form in forms}
    made = draft(task, sizes, JuliaSpelling, WORDS, sorted(named))
    head = f"{task.name}({', '.join(made.params)})"
    kind = [eltype(made.inputs, made.scope.names("temp", "T"))] if made.scope.wants_dtype else []
    lines = [*kind, *made.opening, *made.scope.lines, f"return {', '.join(made.answers)}"]
    main = "\n".join(
        [*described(task, head, made.inputs), f"function {head}", *("    " + line for line in lines), "end"]
    )
    packages = ["LinearAlgebra", *([PACKAGE] if PACKAGE in made.scope.helpers else [])]
    return "\n\n".join(["using " + ", ".join(packages), *made.helpers, main]) + "\n"


TARGETS = (SourceTarget("julia", source),)
