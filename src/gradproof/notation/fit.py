"""Whether shapes fit an operation: the shape of its result, or one sentence on why they do not."""

from __future__ import annotations

from functools import lru_cache

from gradproof.errors import ShapeError
from gradproof.ops import Operation
from gradproof.say import Said, listed, say
from gradproof.shapes.dims import Dim
from gradproof.shapes.shape import Shape, Signature


@lru_cache(maxsize=1 << 14)
def result_shape(op: Operation, args: tuple[Shape, ...], params: tuple[Dim, ...] = ()) -> Shape:
    """The shape of an operation's result, by its signatures. Raises ShapeError."""
    given = dict(zip(op.letters, params, strict=False))
    if op.fixed and any(d.number != op.fixed for d in params):
        raise ShapeError(say("{op} has the size {size} alone", op=op.name, size=op.fixed))
    for signature in op.signatures:
        if len(signature.out.parameters) != len(given) and op.letters:
            continue
        shape = signature.result(args, given)
        if shape is not None:
            if op.square_scalar and shape.square and any(a.kind == "s" for a in args):
                n = shape.dims[0]
                raise ShapeError(
                    say("a scalar plus a square matrix ({n}, {n}) can mean two things", n=n),
                    hint=say(
                        "write c*ones({n},{n}) to add it to every entry, or c*eye({n}) to add it to the diagonal", n=n
                    ),
                )
            return shape
    raise ShapeError(misfit(op, args))


@lru_cache(maxsize=1 << 14)
def signature_for(op: Operation, args: tuple[Shape, ...], params: tuple[Dim, ...], result: Shape) -> Signature:
    """The signature by which an operation takes arguments of these shapes."""
    kinds, given = [a.kind for a in args], dict(zip(op.letters, params, strict=False))
    for s in op.signatures:
        whole = not op.letters or len(s.out.parameters) == len(params)
        if s.fits(kinds) and whole and s.result(args, given) == result:
            return s
    raise AssertionError(op)


def misfit(op: Operation, args: tuple[Shape, ...], names: tuple[str, ...] = ()) -> Said:
    """One sentence on why these shapes do not fit: what the operation needs, what the operands are, which letter would be two things."""
    shown = names or tuple(say("operand {number}", number=i + 1) for i in range(len(args)))
    title = op.symbol or op.name
    operands = listed((say("{name} is {shape}", name=n, shape=s) for n, s in zip(shown, args, strict=True)), "and")
    for signature in op.signatures:
        clash = _clash(signature, args)
        if clash:
            letter, first, second = clash
            return say(
                "{op} needs {wanted}; {operands}: {letter} would be both {first} and {second}",
                op=title, wanted=_needs(signature), operands=operands, letter=letter, first=first, second=second,
            )  # fmt: skip
    wanted = [_needs(s) for s in op.signatures if len(s.args) == len(args)]
    if wanted:
        either = listed(dict.fromkeys(wanted), "or")
        return say("{op} needs {wanted}; {operands}", op=title, wanted=either, operands=operands)
    return say(
        "{name} takes 1 argument, not {given}" if op.arity == 1 else "{name} takes {wanted} arguments, not {given}",
        name=title,
        wanted=op.arity,
        given=len(args),
    )


def _clash(signature: Signature, args: tuple[Shape, ...]) -> tuple[str, Dim, Dim] | None:
    """The letter that a signature of the right kinds would bind twice."""
    if not signature.fits([a.kind for a in args]) or not signature.args:
        return None
    letters: dict[str, Dim] = {}
    for slot, shape in zip(signature.args, args, strict=True):
        for group, d in zip(slot.axes, shape.dims if slot.kind != "*" else (), strict=True):
            if len(group) == 1 and letters.setdefault(group[0], d) is not d:
                return group[0], letters[group[0]], d
    return None


def _needs(signature: Signature) -> Said:
    words = {"s": say("a scalar"), "*": say("any shape")}
    shown: list[str] = []
    for slot in signature.args:
        axes = ["".join(g) for g in slot.axes]
        shown.append(
            words.get(slot.kind)
            or {"v": f"({'*'.join(axes[0])} × 1)", "r": f"(1 × {axes[0]})", "m": f"({', '.join(axes)})"}[slot.kind]
        )
    return listed(shown, "and")
