"""MATLAB and Octave sources, as text: vectors are columns, and arrays with more axes are written as such."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from gradproof.codegen.headers import Task
from gradproof.codegen.plan.program import Node
from gradproof.codegen.targets.emit import ATOM, NEGATIVE, POWER, PRODUCT, SUM, Scope, Text, is_call, number, template
from gradproof.codegen.targets.source_target import SourceWords, draft
from gradproof.codegen.targets.target import SourceTarget
from gradproof.errors import UnsupportedError
from gradproof.ops import basic
from gradproof.say import say
from gradproof.shapes.dims import Sizes

HELPERS = {
    "softmax_along": """
function y = softmax_along(x, axes)
    % exp(x) ./ sum(exp(x)) along axes, shifted so that it cannot overflow.
    top = x;
    for k = axes, top = max(top, [], k); end
    y = exp(x - top);
    total = y;
    for k = axes, total = sum(total, k); end
    y = y ./ total;
end
""",
    "logsumexp_along": """
function y = logsumexp_along(x, axes)
    % log(sum(exp(x))) along axes, shifted so that it cannot overflow.
    top = x;
    for k = axes, top = max(top, [], k); end
    top(~isfinite(top)) = 0;
    y = exp(x - top);
    for k = axes, y = sum(y, k); end
    y = log(y) + top;
    left = size(x);
    left(axes) = [];
    y = reshape(y, [left, 1, 1]);
end
""",
    "row_major": """
function y = row_major(x, from, to)
    % The same entries in another shape, counted row by row.
    if numel(from) > 1
        x = permute(reshape(x, from), numel(from):-1:1);
    end
    y = x(:);
    if numel(to) > 1
        y = permute(reshape(y, fliplr(to)), numel(to):-1:1);
    end
end
""",
    "contraction": """
function y = contraction(a, ia, b, ib, out)
    % The sum of the products of entries over the indices that are not in out; ia, ib, out: the index of each axis.
    k = max([ia, ib]);
    y = placed(a, ia, k) .* placed(b, ib, k);
    for i = setdiff(1:k, out), y = sum(y, i); end
    y = permute(y, [out, setdiff(1:max(k, 2), out)]);
end

function a = placed(a, index, k)
    % The array with its axes at these places.
    [places, order] = sort(index);
    sizes = arrayfun(@(d) size(a, d), order);
    shape = ones(1, max(k, 2));
    shape(places) = sizes;
    if numel(index) > 1, a = permute(a, order); end
    a = reshape(a, shape);
end
""",
    "add_diagonal": """
function H = add_diagonal(H, pattern, core)
    % H with core added where the indices at equal numbers of the pattern are equal.
    sizes = ones(1, max(pattern));
    index = 1;
    stride = 1;
    for p = 1:numel(pattern)
        n = size(H, p);
        sizes(pattern(p)) = n;
        shape = ones(1, max(max(pattern), 2));
        shape(pattern(p)) = n;
        index = index + reshape((0:n - 1) * stride, shape);
        stride = stride * n;
    end
    core = core + zeros([sizes, 1]);
    there = H(index(:));  % of a row a row
    H(index(:)) = there(:) + core(:);
end
""",
    "whole_power": """
function Y = whole_power(X, k)
    % A power of a matrix by a whole number.
    Y = X ^ k;
end
""",
    "frechet": """
function L = frechet(f, X, E)
    % The derivative of a function of a matrix at X along E: a block of that of [X, E; 0, X].
    n = size(X, 1);
    F = f([X, E; zeros(n), X]);
    L = F(1:n, n + 1:2 * n);
end
""",
    "logdet": """
function y = logdet(A)
    % log(det(A)); nan where the determinant is negative.
    [~, U, P] = lu(A);
    d = diag(U);
    y = sum(log(abs(d)));
    if det(P) * prod(sign(d)) < 0, y = nan; end
end
""",
}


WORDS = SourceWords(
    name="matlab",
    own={basic.ELPOW: "x .^ a"},
    helpers=HELPERS,
    taken=("end", "function", "eye", "zeros", "size"),
    guard=("if {0} < 0, error('the size {1} is negative'); end",),
    sqrt="sqrt({0})",
    nonzero="{0} + ({0} == 0)",
    log1p="log1p({0})",
    power="{0} .^ {1}",
    reciprocal="1 ./ {0}",
    vdot="sum(reshape({0} .* {1}, [], 1))",
    cholesky="chol({0}, 'lower')",
    inverse="inv({0})",
    logdet="logdet({0})",
    det="det({0})",
    softmax="softmax_along",
    logsumexp="logsumexp_along",
)


class MatlabSpelling:
    """Writes nodes as MATLAB expressions."""

    division = "/"

    def write(self, node: Node, scope: Scope) -> Text:
        """The expression of a node. Raises UnsupportedError for products of stacks of matrices, which MATLAB and Octave do not share."""
        return WRITERS[node.kind](node, scope)

    def answer(self, node: Node, scope: Scope) -> str:
        """The expression of a result."""
        return scope.of(node)


def aligned(a: Node, order: int, scope: Scope, most: int) -> str:
    """An argument of an operation entry by entry whose result has so many axes."""
    if not a.order or a.order >= order:
        return scope.of(a, most)
    if a.order == 1 and order == 2:
        return f"{scope.of(a, ATOM)}.'"
    return f"reshape({scope.of(a)}, [{', '.join(['1'] * (order - a.order) + [scope.dim(d) for d in a.axes])}])"


def shape(node: Node, scope: Scope) -> str:
    """The size of an array: a vector is a column."""
    return ", ".join([*(scope.dim(d) for d in node.axes), *(["1"] if node.order == 1 else [])])


def _entrywise(sign: str, binds: int) -> Callable[[Node, Scope], Text]:
    def write(node: Node, scope: Scope) -> Text:
        a, b = node.args
        scalar = (not a.order or not b.order) if sign == "*" else not b.order
        dot = "" if sign in "+-" or scalar else "."
        return Text(
            f"{aligned(a, node.order, scope, binds)} {dot}{sign} {aligned(b, node.order, scope, binds - 1)}", binds
        )

    return write


def _matmul(node: Node, scope: Scope) -> Text:
    a, b = node.args
    if max(a.order, b.order) > 2:
        raise UnsupportedError(say("products of stacks of matrices are not supported in code for matlab"))
    left = f"{scope.of(a, ATOM)}.'" if a.order == 1 else scope.of(a, NEGATIVE)
    return Text(f"{left} * {scope.of(b, NEGATIVE)}", PRODUCT)


def _power(node: Node, scope: Scope) -> Text:
    (a,) = node.args
    e: Fraction = node.data
    if e == Fraction(1, 2):
        return Text(WORDS.sqrt.format(scope.of(a)))
    if e < 0:
        root = WORDS.sqrt.format(scope.of(a)) if e == Fraction(-1, 2) else ""
        below = scope.of(a, ATOM) if e == -1 else WORDS.power.format(scope.of(a, ATOM), number(-e).at(ATOM))
        return Text(WORDS.reciprocal.format(root or below), PRODUCT)
    return Text(WORDS.power.format(scope.of(a, ATOM), number(e).at(ATOM)), POWER)


def _sum(node: Node, scope: Scope) -> Text:
    (a,) = node.args
    text = scope.of(a)
    if a.order == 1:
        return Text(f"sum({text})")
    if not node.data or not node.order:
        return Text(f"sum(reshape({text}, [], 1))")
    for k in node.data:
        text = f"sum({text}, {k + 1})"
    if a.order == 2:
        return Text(text + (".'" if node.data == (0,) else ""))
    return Text(f"reshape({text}, [{shape(node, scope)}])")


def _einsum(node: Node, scope: Scope) -> Text:
    places = ["[" + ", ".join(str(i + 1) for i in part) + "]" for part in node.data]
    a, b = (scope.of(x) for x in node.args)
    return Text(f"{scope.helper('contraction')}({a}, {places[0]}, {b}, {places[1]}, {places[2]})")


def _diagonal(node: Node, scope: Scope) -> Text:
    if node.data != ((0, 0),):
        raise UnsupportedError(say("diagonals of more than two axes are not supported in code for matlab"))
    return Text(f"diag({scope.of(node.args[0])})")


def _expand(node: Node, scope: Scope) -> Text:
    (a,) = node.args
    if node.data == (0, None):
        return Text(scope.of(a, ATOM))
    sizes = ", ".join("1" if p is None else scope.dim(a.axes[p]) for p in node.data)
    return Text(f"reshape({scope.of(a)}, [{sizes}])")


def _transpose(node: Node, scope: Scope) -> Text:
    if node.data == (1, 0):
        return Text(f"{scope.of(node.args[0], ATOM)}.'")
    return Text(f"permute({scope.of(node.args[0])}, [{', '.join(str(p + 1) for p in node.data)}])")


def _diagonals(base: Node | None, node: Node, cores: Sequence[Node], scope: Scope) -> Text:
    text = f"zeros({shape(node, scope)})" if base is None else scope.of(base)
    for (pattern, sign), core in zip(node.data, cores, strict=True):
        mine = aligned(core, max(pattern) + 1, scope, SUM if sign > 0 else POWER)
        text = f"{scope.helper('add_diagonal')}({text}, [{', '.join(str(p + 1) for p in pattern)}], {'' if sign > 0 else '-'}{mine})"
    return Text(text)


def _apply(node: Node, scope: Scope) -> Text:
    form = WORDS.applied(node)
    scope.helpers |= {*re.findall(r"\w+", form)} & HELPERS.keys()
    args = [aligned(a, node.order, scope, ATOM) for a in node.args]
    if form.count("x") > 1 + form.count("exp") + form.count("max"):
        args[0] = scope.named(node.args[0])
    return Text(template(form, args), ATOM if is_call(form) else SUM)


def _along(name: str) -> Callable[[Node, Scope], Text]:
    def write(node: Node, scope: Scope) -> Text:
        axes = node.data if node.data is not None else range(node.args[0].order)
        return Text(f"{scope.helper(name)}({scope.of(node.args[0])}, [{', '.join(str(k + 1) for k in axes)}])")

    return write


def _solve(node: Node, scope: Scope) -> Text:
    factor, b = node.args
    f, y = scope.named(factor), scope.of(b, NEGATIVE)
    if factor.kind == "cholesky":
        return Text(f"{f}.' \\ ({f} \\ {y})", PRODUCT)
    return Text(f"{f}{chr(46) + chr(39) if node.data else ''} \\ {y}", PRODUCT)


def _inverse(node: Node, scope: Scope) -> Text:
    f = scope.named(node.args[0])
    return (
        Text(f"{f}.' \\ ({f} \\ eye(size({f}, 1)))", PRODUCT)
        if node.args[0].kind == "cholesky"
        else Text(WORDS.inverse.format(f))
    )


def _determinant(cholesky: str, other: str) -> Callable[[Node, Scope], Text]:
    def write(node: Node, scope: Scope) -> Text:
        form = cholesky if node.args[0].kind == "cholesky" else other
        if other.split("(")[0] in HELPERS and form is other:
            scope.helper(other.split("(")[0])
        return Text(form.format(scope.of(node.args[0])), PRODUCT)

    return write


WRITERS: Mapping[str, Callable[[Node, Scope], Text]] = {
    "input": lambda node, scope: Text(scope.names("input", node.data)),
    "number": lambda node, scope: number(node.data),
    "size": lambda node, scope: Text(scope.dim(node.data), ATOM if node.data.name else SUM),
    "transpose": _transpose,
    "expand": _expand,
    "diagonal": _diagonal,
    "broadcast": lambda node, scope: Text(
        f"zeros({shape(node, scope)}) + {aligned(node.args[0], node.order, scope, PRODUCT)}", SUM
    ),
    "reshape": lambda node, scope: Text(
        f"{scope.helper('row_major')}({scope.of(node.args[0])}, [{', '.join(map(scope.dim, node.args[0].axes))}], [{', '.join(map(scope.dim, node.axes))}])"
    ),
    "mul": _entrywise("*", PRODUCT),
    "div": _entrywise("/", PRODUCT),
    "add": _entrywise("+", SUM),
    "sub": _entrywise("-", SUM),
    "neg": lambda node, scope: Text(f"-{scope.of(node.args[0], POWER)}", NEGATIVE),
    "power": _power,
    "sum": _sum,
    "matmul": _matmul,
    "vdot": lambda node, scope: Text(
        WORDS.vdot.format(scope.of(node.args[0], PRODUCT), scope.of(node.args[1], NEGATIVE))
    ),
    "einsum": _einsum,
    "scatter": lambda node, scope: _diagonals(None, node, node.args, scope),
    "add_diagonals": lambda node, scope: _diagonals(node.args[0], node, node.args[1:], scope),
    "plus_transpose": lambda node, scope: Text(
        f"{scope.named(node.args[0])} {'+' if node.data > 0 else '-'} {scope.named(node.args[0])}.'", SUM
    ),
    "apply": _apply,
    "softmax": _along(WORDS.softmax),
    "logsumexp": _along(WORDS.logsumexp),
    "nonzero": lambda node, scope: Text(WORDS.nonzero.format(scope.of(node.args[0], ATOM)), SUM),
    "log1p": lambda node, scope: Text(WORDS.log1p.format(scope.of(node.args[0]))),
    "cholesky": lambda node, scope: Text(WORDS.cholesky.format(scope.of(node.args[0]))),
    "lu": lambda node, scope: scope.texts[node.args[0]],
    "sym": lambda node, scope: scope.texts[node.args[0]],
    "solve": _solve,
    "half_solve": lambda node, scope: Text(
        f"{scope.of(node.args[0], ATOM)} \\ {scope.of(node.args[1], NEGATIVE)}", PRODUCT
    ),
    "inverse": _inverse,
    "logdet": _determinant("2 * sum(log(diag({0})))", WORDS.logdet),
    "det": _determinant("prod(diag({0})) ^ 2", WORDS.det),
    "call": lambda node, scope: Text(
        f"{scope.names('function', node.data)}({', '.join(scope.of(a) for a in node.args)})"
    ),
}


def source(task: Task, sizes: Sizes) -> str:
    """A function file, planned for these sizes."""
    made = draft(task, sizes, lambda roots: MatlabSpelling(), WORDS)
    results = ["value", "D"][-len(made.answers) :]
    said = [line.removeprefix('"' * 3) for line in task.doc]
    stated = [*made.opening, *made.scope.lines, *(f"{r} = {a}" for r, a in zip(results, made.answers, strict=True))]
    lines = [*("% " + line if line else "%" for line in said), *stated]
    ended = [
        line if line.startswith("%") else line.replace("  # (", ";  % (") if "  # (" in line else line + ";"
        for line in lines
    ]
    head = f"function {results[0] if len(results) == 1 else '[' + ', '.join(results) + ']'} = {task.name}({', '.join(made.params)})"
    main = "\n".join([head, *("    " + line for line in ended), "end"])
    return "\n\n".join([main, *made.helpers]) + "\n"


TARGETS = (SourceTarget("matlab", source),)
