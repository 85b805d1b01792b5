"""Functions of NumPy that have a way of their own: what they are depends on how their arguments are written."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import TypeGuard

from gradproof.ops import TABLE, Operation, basic
from gradproof.parse import array_norms, array_parts, arrays, numpy_linalg
from gradproof.parse.entries import ELEMENT, ENTRY2, MATRIX_OF, SUM_OVER, VECTOR_OF, Over, running
from gradproof.parse.numpy_arguments import Arguments, is_floating, whole
from gradproof.parse.numpy_formula import Formula
from gradproof.parse.numpy_names import SAME
from gradproof.parse.numpy_shapes import (
    block,
    concatenate,
    expand,
    eye,
    flat,
    hstack,
    length,
    ones,
    reshape,
    vstack,
    zeros,
)
from gradproof.parse.numpy_slices import diff
from gradproof.parse.numpy_values import ReadArray, Thing
from gradproof.parse.readings import POSITIVE_PART
from gradproof.parse.tree import NameNode
from gradproof.say import say

Way = Callable[[Formula, Arguments], Thing]


def product(reader: Formula, args: Arguments) -> ReadArray:
    """np.matmul(A, x)."""
    return reader.product(args.node, args.need("x1", "input"), args.need("x2", "mat2", "vec", "other"))


def chain(reader: Formula, args: Arguments) -> ReadArray:
    """np.linalg.multi_dot([A, B, C])."""
    listed = args.need("arrays", "tensors")
    if not isinstance(listed, ast.List | ast.Tuple) or len(listed.elts) < 2:
        raise reader.refuse(listed, say("multi_dot of anything but a list of arrays"))
    values = [reader.plain(a, "a product") for a in listed.elts]
    found = values[0]
    for value in values[1:]:
        found = reader.put(arrays.MATMUL, args.node, found, value)
    return found


def norm(reader: Formula, args: Arguments) -> ReadArray:
    """np.linalg.norm(x), with ord and axis; torch.norm(x), x.norm() and tf.norm(x) of all entries; cp.norm(x), of a matrix the largest singular value."""
    called = args.node.func
    of = called.value if isinstance(called, ast.Attribute) else None
    called_by = reader.full_name(called).rpartition(".")[0]
    library = called_by if of is None or reader.is_module(of) else ""
    flat = library in ("torch", "tf", "tensorflow") or (of is not None and not library)
    inner = args.need("x", "input", "A")
    order, axis = args.take("ord", "p"), args.option("axis", "dim")
    asked = "2" if order is None and library in ("cp", "cvxpy") else _order(order)
    if asked not in array_norms.ORDERS:
        raise reader.refuse(
            order or args.node, say("the norm of order {shown}", shown=reader.shown(order or args.node))
        )
    if axis is None:
        orders = array_norms.FLAT_ORDERS if flat else array_norms.ORDERS
        value = reader.array(inner) if flat or asked in ("None", "fro", "2") else reader.plain(inner, "a norm")
        return reader.put(orders["None" if value.form else asked], args.node, value, scalar=True)
    at = whole(axis)
    if at not in array_norms.NORMS or asked not in ("None", "2"):
        raise reader.refuse(axis, say("this norm along an axis"), say("write np.sqrt(np.sum(X**2, axis=1))"))
    return reader.put(array_norms.NORMS[at], args.node, reader.plain(inner, "a norm"))


def _order(written: ast.expr | None) -> str:
    """The order of a norm: "fro", "2", "inf"."""
    text = "None" if written is None else ast.unparse(written)
    return re.sub(r"""^(-?)(?:\w+\.|float\()?['"]?(\w+?)(?:\.0)?['"]?\)?$""", r"\1\2", text)


def norm1(reader: Formula, args: Arguments) -> ReadArray:
    """cp.norm1(x): the sum of the absolute values."""
    return reader.put(array_norms.FLAT_ORDERS["1"], args.node, reader.plain(args.need("x"), "a norm"), scalar=True)


def sum_squares(reader: Formula, args: Arguments) -> ReadArray:
    """cp.sum_squares(r)."""
    value = reader.plain(args.need("expr"), "a sum of squares")
    return reader.put(arrays.TOTAL, args.node, reader.put(arrays.SQUARE, args.node, value), scalar=True)


def half_squares(reader: Formula, args: Arguments) -> ReadArray:
    """tf.nn.l2_loss(w): half the sum of squares."""
    found = sum_squares(reader, args)
    return reader.put(arrays.OVER, args.node, found, reader.number("2", args.node), scalar=True)


def quad_form(reader: Formula, args: Arguments) -> ReadArray:
    """cp.quad_form(x, P): x'*P*x."""
    x, p = args.need("x"), args.need("P")
    again = reader.plain(x, "a quadratic form")
    inner = reader.put(
        arrays.MATMUL, args.node, reader.plain(p, "a quadratic form"), reader.plain(x, "a quadratic form")
    )
    return reader.put(arrays.DOT, args.node, again, inner, scalar=True)


def objective(reader: Formula, args: Arguments) -> Thing:
    """cp.Minimize(f): what is optimised."""
    return reader.thing(args.need("expr"))


def softmax(reader: Formula, args: Arguments) -> ReadArray:
    """softmax of an array of one axis, or along an axis."""
    inner, axis = args.need("x", "input"), args.take("axis", "dim")
    library = reader.full_name(args.node.func).partition(".")[0]
    of_all = library in ("scipy", "np", "numpy") or reader.is_own(args.node.func)  # without an axis, of all entries
    at = whole(axis) if axis is not None else None if of_all else -1
    if axis is not None and at not in arrays.SOFTMAXES:
        raise reader.refuse(axis, say("softmax along this axis"))
    op = arrays.SOFTMAX if at is None else arrays.SOFTMAXES[at]
    return reader.put(op, args.node, reader.plain(inner, "softmax"))


def log_softmax(reader: Formula, args: Arguments) -> ReadArray:
    """The logarithm of softmax."""
    inner = softmax(reader, args)
    return reader.put(basic.LOG, args.node, inner, form=inner.form)


def mse_loss(reader: Formula, args: Arguments) -> ReadArray:
    """The mean of squares of differences; their sum where that is asked for."""
    return _loss(reader, args, arrays.SQUARE)


def l1_loss(reader: Formula, args: Arguments) -> ReadArray:
    """The mean of absolute differences; their sum where that is asked for."""
    return _loss(reader, args, basic.ABS)


def _loss(reader: Formula, args: Arguments, of: Operation) -> ReadArray:
    first, second = args.need("input", "y_pred"), args.need("target", "y_true")
    apart = reader.put(arrays.SUB, args.node, reader.plain(first, "a loss"), reader.plain(second, "a loss"))
    return _reduced(reader, args, reader.put(of, args.node, apart))


def logistic_loss(reader: Formula, args: Arguments) -> ReadArray:
    """The mean of softplus(z) - y*z."""
    first, second = args.need("input"), args.need("target")
    z, y, again = (reader.plain(a, "a loss") for a in (first, second, first))
    product_ = reader.put(arrays.TIMES, args.node, y, z)
    whole_ = reader.put(arrays.SUB, args.node, reader.put(TABLE["softplus"], args.node, again), product_)
    return _reduced(reader, args, whole_)


def entropy_loss(reader: Formula, args: Arguments) -> ReadArray:
    """The mean of -y*log(p) - (1 - y)*log(1 - p)."""
    first, second = args.need("input"), args.need("target")
    p, y = reader.plain(first, "a loss"), reader.plain(second, "a loss")
    one, log = reader.number("1", args.node), basic.LOG
    parts = [
        reader.put(arrays.TIMES, args.node, weight, reader.put(log, args.node, chance))
        for weight, chance in (
            (y, p),
            (reader.put(arrays.SUB, args.node, one, y), reader.put(arrays.SUB, args.node, one, p)),
        )
    ]
    return _reduced(reader, args, reader.put(basic.NEG, args.node, reader.put(arrays.ADD, args.node, *parts)))


def cross_entropy(reader: Formula, args: Arguments) -> ReadArray:
    """The mean over rows of -Y*log(softmax(Z)), of a matrix Y with the classes as ones; numbers of classes are refused."""
    first, second = args.need("input"), args.need("target")
    if not (isinstance(second, ast.Name) and second.id[:1].isupper()):
        raise reader.refuse(
            second,
            say("the target of cross_entropy as numbers of classes"),
            say("give the matrix with a 1 for each class: F.cross_entropy(Z, Y)"),
        )
    how = args.option("reduction")
    asked = "mean" if how is None else getattr(how, "value", "")
    z, y = reader.plain(first, "a loss"), reader.plain(second, "a loss")
    chances = reader.put(arrays.SOFTMAXES[1], args.node, z)
    logs = reader.put(basic.LOG, args.node, chances)
    whole_ = reader.put(arrays.TOTAL, args.node, reader.put(arrays.TIMES, args.node, y, logs), scalar=True)
    found = reader.put(basic.NEG, args.node, whole_, scalar=True)
    if asked not in ("mean", "sum"):
        raise reader.refuse(how or args.node, say("this reduction of a loss"), say("write reduction='sum'"))
    count = reader.put(array_parts.SIZES[0], args.node, y, scalar=True)
    return found if asked == "sum" else reader.put(arrays.OVER, args.node, found, count, scalar=True)


def _reduced(reader: Formula, args: Arguments, value: ReadArray) -> ReadArray:
    """The mean of all entries, or what is asked for."""
    how = args.option("reduction")
    asked = "mean" if how is None else getattr(how, "value", "")
    if asked not in ("mean", "sum"):
        raise reader.refuse(how or args.node, say("this reduction of a loss"), say("write reduction='sum'"))
    return reader.put(arrays.MEAN if asked == "mean" else arrays.TOTAL, args.node, value, scalar=True)


def logsumexp(reader: Formula, args: Arguments) -> ReadArray:
    """logsumexp of everything, or along an axis."""
    inner, axis = args.need("a", "input"), args.take("axis", "dim")
    if axis is None:
        return reader.put(arrays.LOGSUMEXP, args.node, reader.array(inner), scalar=True)
    at = whole(axis)
    if at not in arrays.ALONG:
        raise reader.refuse(axis, say("logsumexp along this axis"), say("write axis=0 or axis=1"))
    exps = reader.put(basic.EXP, args.node, reader.plain(inner, "logsumexp"))
    return reader.put(basic.LOG, args.node, reader.put(arrays.ALONG[at], args.node, exps))


def transpose(reader: Formula, args: Arguments) -> ReadArray:
    """np.transpose(A), A.transpose(0, 1) of PyTorch."""
    inner = args.need("a", "input")
    first, second = args.take("axes", "dim0"), args.take("dim1")
    if first is None:
        return reader.transposed(args.node, reader.array(inner))
    listed = first.elts if isinstance(first, ast.Tuple | ast.List) else [first, *([second] if second else [])]
    axes = [a % 2 if a in (0, 1, -1, -2) else None for a in map(whole, listed)]
    called = reader.full_name(args.node.func).partition(".")[0]
    known = {called} if reader.is_module(args.node.func) else reader.libraries()
    exchanged = axes == [0, 1] and second is not None and known == {"torch"}  # where axes are exchanged, not ordered
    if axes == [1, 0] or exchanged:
        return reader.transposed(args.node, reader.plain(inner, "a transpose"))
    raise reader.refuse(args.node, say("this order of axes"), say("write A.T for the transpose"))


def same(reader: Formula, args: Arguments) -> ReadArray:
    """x.copy(), np.asarray(x, dtype=float), float(f): the same values."""
    value, kind = reader.array(args.need("x", "a", "object", "data")), args.take("dtype")
    args.option("copy")
    if kind is not None and not is_floating(kind):
        raise reader.refuse(kind, say("numbers of another type than float"), say("leave it out"))
    if args.name in SAME:
        return value
    return reader.put(array_parts.COPY, args.node, value, form=value.form, scalar=value.scalar)


def detach(reader: Formula, args: Arguments) -> ReadArray:
    """x.detach(), which is a constant to PyTorch."""
    raise reader.refuse(
        args.node,
        say("detach, which makes a constant of what is differentiated,"),
        say("give what is held constant a name of its own"),
    )


def maximum(reader: Formula, args: Arguments) -> ReadArray:
    """np.maximum(x, 0), in either order."""
    first, second = args.need("x1", "input"), args.need("x2", "other")
    inner = second if _zero(first) else first
    if not (_zero(first) or _zero(second)):
        return reader.put(arrays.MAXIMUM, args.node, reader.plain(first, "maximum"), reader.plain(second, "maximum"))
    value = reader.array(inner)
    return reader.put(POSITIVE_PART, args.node, value, form=value.form, scalar=value.scalar)


def logaddexp(reader: Formula, args: Arguments) -> ReadArray:
    """np.logaddexp(0, z) is softplus(z)."""
    first, second = args.need("x1", "input"), args.need("x2", "other")
    if _zero(first) or _zero(second):
        value = reader.array(second if _zero(first) else first)
        return reader.put(TABLE["softplus"], args.node, value, form=value.form, scalar=value.scalar)
    return reader.put(arrays.LOGADDEXP, args.node, reader.plain(first, "logaddexp"), reader.plain(second, "logaddexp"))


def clamp(reader: Formula, args: Arguments) -> ReadArray:
    """torch.clamp(x, min=0), np.clip(x, 0, 1)."""
    value = reader.array(args.need("input", "a"))
    low, high = args.take("min", "a_min"), args.take("max", "a_max")
    if _given(low):
        if _zero(low):
            value = reader.put(POSITIVE_PART, args.node, value, form=value.form, scalar=value.scalar)
        else:
            value = reader.put(arrays.MAXIMUM, args.node, _only_plain(reader, args, value), reader.plain(low, "clip"))
    if not _given(high):
        return value
    return reader.put(arrays.MINIMUM, args.node, _only_plain(reader, args, value), reader.plain(high, "clip"))


def _only_plain(reader: Formula, args: Arguments, value: ReadArray) -> ReadArray:
    if value.form:
        raise reader.refuse(args.node, say("{what} of an array with a new axis", what=args.name))
    return value


def _given(bound: ast.expr | None) -> TypeGuard[ast.expr]:
    return bound is not None and not (isinstance(bound, ast.Constant) and bound.value is None)


def _zero(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value == 0


# -- einsum


def einsum(reader: Formula, args: Arguments) -> ReadArray:
    """np.einsum("ij,j->i", A, x): a sum over running indices."""
    written = args.need("subscripts", "equation")
    text = written.value if isinstance(written, ast.Constant) else None
    if not isinstance(text, str) or "." in text:
        raise reader.refuse(written, say("einsum without plain subscripts"), say('write np.einsum("ij,j->i", A, x)'))
    left, arrow, out = text.replace(" ", "").partition("->")
    groups = left.split(",")
    if not arrow:
        out = "".join(sorted(c for c in set(left) if c.isalpha() and left.count(c) == 1))
    operands = [reader.plain(args.need("operands"), "einsum") for _ in groups]
    letters = list(dict.fromkeys(c for c in left if c.isalpha()))
    wrong = not all(g.isalpha() and len(g) <= 2 for g in groups) or len(set(out)) < len(out) or set(out) - {*letters}
    if wrong or len(out) > 2:
        raise reader.refuse(
            written, say("this einsum"), say("subscripts have one or two letters, the result at most two")
        )
    start = reader.span(args.node)[0]
    variables = {c: running(c, start) for c in letters}
    return _gathered(reader, args.node, groups, operands, variables, out)


def _gathered(
    reader: Formula, node: ast.Call, groups: list[str], operands: list[ReadArray], variables: dict[str, str], out: str
) -> ReadArray:
    reader.indices.append(Over(tuple(variables), tuple(variables.values()), (None,) * len(variables)))
    spot = reader.span(node)

    def index(letter: str) -> ReadArray:
        reader.nodes.append(NameNode(variables[letter], spot))
        return ReadArray(len(reader.nodes) - 1)

    total: ReadArray | None = None
    for group, operand in zip(groups, operands, strict=True):
        op = ELEMENT if len(group) == 1 else ENTRY2
        entry = reader.put(op, node, operand, *map(index, group))
        total = entry if total is None else reader.put(basic.MUL, node, total, entry)
    assert total is not None
    for letter in variables:
        if letter not in out:
            total = reader.put(SUM_OVER, node, total, index(letter))
    if out:
        return reader.put(MATRIX_OF if len(out) == 2 else VECTOR_OF, node, total, *map(index, out))
    return ReadArray(total.node, scalar=True)


WAYS: dict[str, Way] = {
    way.__name__: way
    for way in (
        product, chain, same, detach, norm, softmax, log_softmax, mse_loss, l1_loss, logistic_loss, entropy_loss, cross_entropy, diff, logsumexp, transpose, maximum, logaddexp, clamp, eye, ones, zeros, flat, reshape, expand,
        length, einsum, concatenate, hstack, vstack, block, norm1, sum_squares, half_squares, quad_form, objective, *numpy_linalg.WAYS,
    )
}  # fmt: skip
