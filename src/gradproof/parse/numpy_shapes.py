"""Functions of NumPy that arrange the entries of arrays, and those that make arrays of zeros and ones."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from gradproof.ops import TABLE, Operation, basic
from gradproof.parse import array_parts, arrays
from gradproof.parse.numpy_arguments import Arguments, whole
from gradproof.parse.numpy_formula import Formula
from gradproof.parse.numpy_values import COLUMN, PLAIN, ROW, Axis, ReadArray, Shaped
from gradproof.say import say


def eye(reader: Formula, args: Arguments) -> ReadArray:
    """np.eye(n), np.eye(X.shape[1])."""
    written = args.need("N", "n")
    if isinstance(written, ast.Constant | ast.BinOp):
        return reader.constant(basic.EYE, args.node, [written])
    found = reader.thing(written)
    if isinstance(found, Axis):
        return reader.put(array_parts.EYES[found.axis], args.node, found.of)
    if not isinstance(written, ast.Name):
        raise reader.refuse(
            written, say("the size '{shown}'", shown=reader.shown(written)), say("write a name: np.eye(n)")
        )
    reader.nodes.pop()
    return reader.constant(basic.EYE, args.node, [written])


def ones(reader: Formula, args: Arguments) -> ReadArray:
    """np.ones(n), np.ones((m, n))."""
    return _filled("ones", reader, args)


def zeros(reader: Formula, args: Arguments) -> ReadArray:
    """np.zeros(n), np.zeros((m, n))."""
    return _filled("zeros", reader, args)


def _filled(name: str, reader: Formula, args: Arguments) -> ReadArray:
    listed = args.need("shape", "size")
    sizes = list(listed.elts) if isinstance(listed, ast.Tuple | ast.List) else [listed, *args.given]
    args.given = []
    if len(sizes) == 2 and whole(sizes[1]) == 1 and whole(sizes[0]) != 1:
        return ReadArray(_filled_one(name, reader, args, sizes[0]).node, COLUMN)
    if len(sizes) == 2 and whole(sizes[0]) == 1:
        return ReadArray(_filled_one(name, reader, args, sizes[1]).node, ROW)
    if len(sizes) == 1:
        return _filled_one(name, reader, args, sizes[0])
    if len(sizes) == 2 and all(isinstance(s, ast.Constant | ast.Name) and _free(reader, s) for s in sizes):
        return reader.constant(TABLE[name], args.node, sizes)
    if len(sizes) == 2 and name == "ones":
        first, second = (_filled_one(name, reader, args, size) for size in sizes)
        return reader.put(arrays.OUTER, args.node, first, second)
    raise reader.refuse(
        args.node,
        say("{name} of this shape", name=name),
        say("write np.{name}((m, n)) with names, or np.{name}_like(X)", name=name),
    )


def _filled_one(name: str, reader: Formula, args: Arguments, written: ast.expr) -> ReadArray:
    if isinstance(written, ast.Constant | ast.BinOp) or _free(reader, written):
        return reader.constant(TABLE[name], args.node, [written])
    match reader.thing(written):
        case Axis(of=of, axis=axis):
            return reader.put(array_parts.FILLS[name][axis], args.node, of)
        case Shaped(of=of):
            return reader.put(array_parts.LIKE[name], args.node, of)
    raise reader.refuse(
        written, say("the size '{shown}'", shown=reader.shown(written)), say("write a name: np.{name}(n)", name=name)
    )


def _free(reader: Formula, node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id not in reader.names)


def flat(reader: Formula, args: Arguments) -> ReadArray:
    """A.ravel(): the rows of a matrix, one after the other; an array of one axis is itself."""
    value = reader.array(args.need("a", "input"))
    if value.form in (COLUMN, ROW):
        return ReadArray(value.node)
    return reader.shares(reader.put(array_parts.FLAT, args.node, value), value)


def reshape(reader: Formula, args: Arguments) -> ReadArray:
    """x.reshape(-1), x.reshape(-1, 1), x.reshape(1, -1)."""
    inner = args.need("a", "input")
    shape = args.take("newshape", "shape")
    given = [*(shape.elts if isinstance(shape, ast.Tuple | ast.List) else [shape] if shape else []), *args.given]
    args.given = []
    order = args.option("order")
    if len(given) == 2 and not {-1, 1} & {whole(a) for a in given}:
        return _unstacked(reader, args.node, inner, given, order)
    if order is not None and [whole(a) for a in given] == [-1] and getattr(order, "value", "") == "F":
        stacked = reader.plain(inner, "vec")
        return reader.shares(reader.put(basic.VEC, args.node, stacked), stacked)
    if order is not None and getattr(order, "value", "") != "C":
        raise reader.refuse(order, say("this order of entries"))
    forms = {(-1,): PLAIN, (-1, 1): COLUMN, (1, -1): ROW}
    asked = tuple(whole(a) for a in given)
    if asked not in forms:
        raise reader.refuse(
            args.node, say("this reshape"), say("x.reshape(-1), x.reshape(-1, 1) and x.reshape(1, -1) are")
        )
    value = reader.array(inner)
    flattened = value if value.form in (COLUMN, ROW) else reader.put(array_parts.FLAT, args.node, value)
    return ReadArray(reader.shares(flattened, value).node, forms[asked])


def _unstacked(
    reader: Formula, node: ast.Call, inner: ast.expr, given: Sequence[ast.expr], order: ast.expr | None
) -> ReadArray:
    """x.reshape(m, n): its rows one after the other; with order="F" its columns."""
    how = getattr(order, "value", "C")
    if how not in ("C", "F"):
        raise reader.refuse(node, say("this order of entries"))
    value = reader.array(inner)
    if how == "C":
        flattened = value if value.form in (COLUMN, ROW) else reader.put(array_parts.FLAT, node, value)
        found = reader.put(array_parts.ROW_BY_ROW, node, reader.constant(basic.UNVEC, node, given[::-1], flattened))
        return reader.shares(found, value)
    return reader.shares(reader.constant(basic.UNVEC, node, given, value), value)


def expand(reader: Formula, args: Arguments) -> ReadArray:
    """np.expand_dims(x, 1), x.unsqueeze(1)."""
    inner, axis = args.need("a", "input"), args.need("axis", "dim")
    at = whole(axis)
    if at not in (0, 1, -1):
        raise reader.refuse(axis, say("this axis"))
    reader.one_axis(args.node, inner)
    value = reader.plain(inner, "a new axis")
    found = reader.put(arrays.ONE_AXIS, args.node, value, form=ROW if at == 0 else COLUMN)
    return reader.shares(found, value)


def concatenate(reader: Formula, args: Arguments) -> ReadArray:
    """np.concatenate([x, y]), along axis 0 or 1."""
    listed, axis = args.need("arrays", "tensors"), args.take("axis", "dim")
    at = 0 if axis is None else whole(axis)
    if at not in (0, 1):
        raise reader.refuse(axis or args.node, say("this axis"))
    return _joined(reader, args.node, listed, array_parts.COLUMNS_JOINED if at else array_parts.CONCATENATED)


def hstack(reader: Formula, args: Arguments) -> ReadArray:
    """np.hstack([A, B])."""
    return _joined(reader, args.node, args.need("tup", "tensors"), array_parts.SIDE_BY_SIDE)


def vstack(reader: Formula, args: Arguments) -> ReadArray:
    """np.vstack([A, B]), of matrices."""
    return _joined(reader, args.node, args.need("tup", "tensors"), array_parts.STACKED)


def block(reader: Formula, args: Arguments) -> ReadArray:
    """np.block([[A, B], [C, D]]), of matrices."""
    listed = args.need("arrays")
    rows = _listed(reader, listed)
    if not all(isinstance(row, ast.List | ast.Tuple) for row in rows):
        return _joined(reader, args.node, listed, array_parts.COLUMNS_JOINED)
    found = [_joined(reader, args.node, row, array_parts.COLUMNS_JOINED) for row in rows]
    return _chained(reader, args.node, found, array_parts.STACKED)


def _listed(reader: Formula, listed: ast.expr) -> list[ast.expr]:
    if not isinstance(listed, ast.List | ast.Tuple) or not listed.elts:
        raise reader.refuse(listed, say("blocks that are not listed one by one"))
    return listed.elts


def _joined(reader: Formula, node: ast.Call, listed: ast.expr, op: Operation) -> ReadArray:
    return _chained(reader, node, [reader.plain(a, "a block") for a in _listed(reader, listed)], op)


def _chained(reader: Formula, node: ast.Call, values: Sequence[ReadArray], op: Operation) -> ReadArray:
    found = values[0]
    for value in values[1:]:
        found = reader.put(op, node, found, value)
    return found


def length(reader: Formula, args: Arguments) -> Axis:
    """len(x)."""
    return Axis(reader.plain(args.need("x"), "len"), 0)
