"""Comparing formulas by their form: equal up to the order of sums and of entrywise factors."""

from __future__ import annotations

from gradproof.notation.expr import Applied, Call, Expr, Number, Size, Symbol


def form(e: Expr) -> object:
    """A formula as nested tuples, with the terms of sums and the factors of entrywise products in an order of their own."""
    match e:
        case Symbol(name=name):
            return name
        case Number(value=value):
            return value
        case Size(dim=d):
            return ("size", str(d))
        case Applied(function=f, partials=p):
            return (f.spelling(p), *map(form, e.args))
        case Call(op=op) if op.name in ("add", "sub"):
            return ("sum", *sorted(terms(e, 1), key=repr))
        case Call(op=op) if op.name == "hadamard":
            return (".*", *sorted(entrywise(e), key=repr))
        case Call(op=op) if op.name == "mul" and all(a.type.kind == "s" for a in e.args):
            return ("*", *sorted(map(form, e.args), key=repr))
        case Call(op=op, params=params):
            return (op.name, *map(str, params), *map(form, e.args))
    raise AssertionError(e)


def terms(e: Expr, sign: int) -> list[object]:
    if isinstance(e, Call) and e.op.name in ("add", "sub"):
        return terms(e.args[0], sign) + terms(e.args[1], sign if e.op.name == "add" else -sign)
    negative, inner = front(e)
    return [(sign * negative, form(inner))]


def front(e: Expr) -> tuple[int, Expr]:
    """The sign at the front of a product, and the product without it."""
    if isinstance(e, Call) and e.op.name == "neg":
        return -1, e.args[0]
    if isinstance(e, Call) and e.op.name in ("mul", "div", "hadamard", "eldiv"):
        from gradproof.notation.expr import call

        negative, first = front(e.args[0])
        return negative, call(e.op, first, e.args[1])
    return 1, e


def entrywise(e: Expr) -> list[object]:
    if isinstance(e, Call) and e.op.name == "hadamard":
        return entrywise(e.args[0]) + entrywise(e.args[1])
    return [form(e)]
