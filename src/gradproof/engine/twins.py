"""Complex variables by twins: z and conj(z) are two variables that know nothing of each other, and every formula is one in both.

Conjugation is pushed to the leaves, so that what is left is a formula of real algebra, differentiated and proven as all others are. What holds
for all z and all twins holds where the twin is the conjugate. A Hermitian matrix is the transpose of its twin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from gradproof.engine.contract import permute
from gradproof.engine.lower import lower
from gradproof.engine.tensor import Tensor
from gradproof.errors import UnsupportedError
from gradproof.facts import FACTS, sense
from gradproof.facts.basic import SYMMETRIC
from gradproof.notation.expr import Applied, Call, Expr, Symbol, call, fold, operations, rebuild, substitute, symbol
from gradproof.ops import TABLE, Operation, basic
from gradproof.ops.operation import Conjugation, Frechet, Primary
from gradproof.parse.parsed import Parsed
from gradproof.say import say

CONJ, RE, IM = TABLE["conj"], TABLE["re"], TABLE["im"]
ABS, SQRT, TRANSPOSE, MUL, NORM2 = basic.ABS, basic.SQRT, basic.TRANSPOSE, basic.MUL, basic.NORM2
IUNIT = TABLE["iunit"]
COMPLEX, HERMITIAN = "complex", "hermitian"
_DROPPED = frozenset({COMPLEX, HERMITIAN, *(fact.name for fact in FACTS if fact.of_real)})
_CONJUGATING = frozenset(op for op in TABLE.values() if isinstance(op.meaning, Conjugation))
Pair = tuple[Expr, Expr]  # a formula and its conjugate


def is_complex(expr: Expr) -> bool:
    """Whether a variable of a formula is complex, or the imaginary unit stands in it."""
    return any(COMPLEX in s.facts for s in expr.variables) or IUNIT in operations(expr)


def conjugates(expr: Expr) -> bool:
    """Whether a conjugate or a real part stands in a formula."""
    return not _CONJUGATING.isdisjoint(operations(expr))


def part_of(name: str) -> tuple[str, str]:
    """What is asked of a variable: ("conj", "z") of conj(z); ("", "z") of z."""
    if "(" not in name:
        return "", name
    found = re.fullmatch(r"(conj|re|im)\s*\(\s*(.*?)\s*\)", name)
    return (found[1], found[2]) if found else ("", name)


def concerns(parsed: Parsed, names: Sequence[str]) -> bool:
    """Whether complex variables are in play."""
    return (
        is_complex(parsed.expr)
        or conjugates(parsed.expr)
        or any(part_of(n)[0] for n in names if "(" in n)
        or any(COMPLEX in parsed.symbols[n].facts for n in names if n in parsed.symbols)
    )


def refuse_complex(parsed: Parsed, names: Sequence[str]) -> None:
    """Raises UnsupportedError where complex variables are in play."""
    if concerns(parsed, names):
        raise UnsupportedError(
            say("complex variables are not supported here"),
            hint=say(
                "gp.gradient is the gradient of a real-valued formula; set it to zero, or write real and imaginary parts"
            ),
        )


def twin_name(name: str) -> str:
    """How the twin of a variable is called: as it is printed, which nobody can type as a name."""
    return f"conj({name})"


def moved_name(name: str) -> str:
    """How the differential of a variable is called, and that of a twin."""
    return twin_name(moved_name(name[len("conj(") : -1])) if name.startswith("conj(") else "d" + name


def plain_symbol(s: Symbol) -> Symbol:
    """A complex variable as one of the two: without the facts that speak of complex numbers."""
    return symbol(s.name, s.type, _facts(s)) if COMPLEX in s.facts else s


def _facts(s: Symbol) -> frozenset[str]:
    kept = s.facts - _DROPPED
    return kept | SYMMETRIC if sense(s.facts).turned == 1 and not hermitian(s) else kept


def hermitian(s: Symbol) -> bool:
    """Whether a variable is its own conjugate transpose: declared Hermitian, or complex and definite."""
    return COMPLEX in s.facts and (HERMITIAN in s.facts or sense(s.facts).definite > 0)


def twin_symbol(s: Symbol) -> Symbol:
    """The twin of a complex variable."""
    return symbol(twin_name(s.name), s.type, _facts(s))


def hermitian_twins(declared: Mapping[str, Symbol]) -> dict[Tensor, Tensor]:
    """The twins of Hermitian variables as what they are where a derivative is taken: the transposes of the variables."""
    return {
        lower(twin_symbol(s)).tensor: permute(lower(plain_symbol(s)).tensor, (1, 0))
        for s in declared.values()
        if hermitian(s)
    }


def twins(expr: Expr, free: frozenset[str] = frozenset()) -> Pair:
    """A formula, and its conjugate, in variables and their twins. Variables named in `free` are taken without being Hermitian.

    Raises UnsupportedError for an operation that has no meaning there.
    """

    def visit(node: Expr, args: list[Pair]) -> Pair:
        match node:
            case Symbol() if COMPLEX in node.facts:
                own = plain_symbol(node)
                return own, call("transpose", own) if hermitian(node) and node.name not in free else twin_symbol(node)
            case Call(op=op) if isinstance(op.meaning, Conjugation):
                return op_parts(op, *args[0])
        if isinstance(node, Call) and node.op is IUNIT:
            return node, call("neg", node)
        if all(a is b for a, b in args):
            same = rebuild(node, tuple(a for a, _ in args))
            return same, same
        if isinstance(node, Applied):
            raise UnsupportedError(say("a declared function of complex quantities is not supported"))
        assert isinstance(node, Call)
        own_way = _OWN.get(node.op)
        if own_way is not None:
            return own_way(*args[0])
        known = node.op.of_complex and (node.op.analytic or isinstance(node.op.meaning, Primary | Frechet))
        if not known:
            raise UnsupportedError(say("{op} of complex quantities is not supported", op=node.op.name))
        first = rebuild(node, tuple(a for a, _ in args))
        turns = (node.op.invariant or node.op.equivariant) and not node.op.elementwise
        if turns and all(_turned(a, b) for a, b in args):
            return first, first if node.op.invariant else call("transpose", first)
        return first, rebuild(node, tuple(b for _, b in args))

    return fold(expr, visit)


def _turned(a: Expr, b: Expr) -> bool:
    """Whether a matrix is the transpose of its conjugate; of a number, whether it is real."""
    if not a.type.dims:
        return lower(a).tensor is lower(b).tensor
    return a.type.square and permute(lower(a).tensor, (1, 0)) is lower(b).tensor


def op_parts(op: Operation, a: Expr, b: Expr) -> Pair:
    """The conjugate or the real part of a formula whose conjugate is known."""
    assert isinstance(op.meaning, Conjugation)
    if op.meaning.part == "conj":
        return b, a
    if op.meaning.part == "re":
        half = a if a is b else call("div", call("add", a, b), 2)
        return half, half
    if a is b:
        return (zero := call("mul", 0, a)), zero
    half = call("div", call("mul", call(IUNIT), call("sub", b, a)), 2)
    return half, half


def _absolute(a: Expr, b: Expr) -> Pair:
    same = call("sqrt", call("hadamard" if a.type.dims else "mul", a, b))
    return same, same


def _norm(a: Expr, b: Expr) -> Pair:
    if a.type.kind in "vr":
        u, v = (x if x.type.kind == "v" else call("transpose", x) for x in (a, b))
        inner = call("mul", call("transpose", v), u)
    else:
        inner = call("sum", call("hadamard", a, b)) if a.type.dims else call("mul", a, b)
    same = call("sqrt", inner)
    return same, same


def _norm_1(a: Expr, b: Expr) -> Pair:
    same = call("sum", _absolute(a, b)[0])
    return same, same


_OWN: dict[Operation, Callable[[Expr, Expr], Pair]] = {
    ABS: _absolute,
    basic.NORM2: _norm,
    TABLE["norm1"]: _norm_1,
}


def restored(expr: Expr, declared: Mapping[str, Symbol]) -> Expr:
    """A formula with conj(z) in place of the twin of z, and z as it was declared."""
    values: dict[Expr, Expr] = {}
    for s in expr.variables:
        inner = s.name[len("conj(") : -1] if s.name.startswith("conj(") else s.name
        known = declared.get(inner)
        if known is not None:
            values[s] = call(CONJ, known) if inner != s.name else known
    return with_norms(substitute(expr, values))


def with_norms(expr: Expr) -> Expr:
    """A formula with abs(z) for sqrt(z*conj(z)), norm2(z) for sqrt(conj(z)'*z), abs(z)^2 for z*conj(z), and re(z) for (z + conj(z))/2."""
    memo: dict[Expr, Expr] = {}

    def visit(node: Expr, args: list[Expr]) -> Expr:
        new = rebuild(node, tuple(args))
        if not isinstance(new, Call) or not new.args:
            return new
        if new.op is SQRT and isinstance(new.args[0], Call):
            return _length(new.args[0], new)
        if new.op is basic.DIV and isinstance(new.args[0], Call) and _is_twice_real_part(new.args[0], new.args[1]):
            return new.args[0].args[1]
        if new.op is basic.DIV and (part := _imaginary_part(new)) is not None:
            return part
        if len(new.args) == 2 and new.op in (MUL, basic.HADAMARD, basic.ADD):
            one, two = _sides(new)
            if one.type == two.type and is_complex(one) and _conjugates(one, two):
                one = _upright(one, two)
                if new.op is basic.ADD:
                    return call("mul", 2, call("re", one))
                if new.op is basic.HADAMARD or not one.type.dims:
                    return call("elpow" if one.type.dims else "pow", call("abs", one), 2)
        return new

    return fold(expr, visit, memo=memo)


def _length(square: Call, root: Expr) -> Expr:
    """The root of a product, by what it is the length of."""
    if square.op is basic.POW and isinstance(square.args[0], Call) and square.args[0].op is ABS:
        return square.args[0] if square.args[1] is call("pow", square.args[0], 2).args[1] else root
    if len(square.args) != 2:
        return root
    one, two = square.args
    if square.op is basic.ELPOW and isinstance(one, Call) and one.op is ABS:
        return one if two is call("elpow", one, 2).args[1] else root
    turned = one.args[0] if one.type.kind == "r" and isinstance(one, Call) and one.op is TRANSPOSE else None
    if turned is None and one.type == two.type and (conjugate(one) is two or conjugate(two) is one):
        return call("abs", two if isinstance(one, Call) and one.op is CONJ else one)
    if turned is not None and square.op is MUL and two.type.kind == "v" and conjugate(turned) is two:
        return call("norm2", two)
    return root


def _sides(product: Call) -> tuple[Expr, Expr]:
    """The two arguments; of (a*u')*v, for a number a, they are a and u'*v."""
    one, two = product.args
    if product.op is MUL and isinstance(one, Call) and one.op is MUL and two.type.kind == "v":
        number, row = one.args
        if not number.type.dims and row.type.kind == "r":
            return number, call("mul", row, two)
    return one, two


def _is_twice_real_part(above: Call, below: Expr) -> bool:
    """Whether a formula over another is 2*re(z) over 2."""
    part = above.args[-1] if above.args else above
    real = above.op is MUL and isinstance(part, Call) and part.op is RE
    return real and above is call("mul", 2, part) and below is above.args[0]


def _imaginary_part(e: Call) -> Expr | None:
    """z, of i*(conj(z) - z)/2, as its imaginary part; None of anything else."""
    match e.args[0]:
        case Call(op=op, args=(unit, Call(op=basic.SUB, args=(one, two)))) if op is MUL and unit is call(IUNIT):
            same = e is call("div", e.args[0], 2)
            return call("im", two) if same and is_complex(two) and conjugate(two) is one else None
    return None


def _conjugates(one: Expr, two: Expr) -> bool:
    """Whether two formulas are conjugates, as they stand or, of an inner product, with its two sides exchanged."""
    return conjugate(one) is two or (not one.type.dims and conjugate(one) is _exchanged(two))


def _exchanged(e: Expr) -> Expr:
    """u'*v as v'*u."""
    if isinstance(e, Call) and e.op is MUL and [a.type.kind for a in e.args] == ["r", "v"]:
        row, column = e.args
        return call("mul", call("transpose", column), call("transpose", row))
    return e


def _upright(one: Expr, two: Expr) -> Expr:
    """That of two conjugates in which fewer conjugates stand."""
    return min(one, two, key=lambda e: e.ascii.count("conj"))


def conjugate(expr: Expr) -> Expr:
    """The conjugate of a formula, in conj(z) of its variables."""

    def visit(node: Expr, args: list[Expr]) -> Expr:
        if isinstance(node, Symbol) and COMPLEX in node.facts:
            return call(CONJ, node)
        if isinstance(node, Call) and node.op is CONJ:
            return node.args[0]
        if isinstance(node, Call) and node.op is IUNIT:
            return call("neg", node)
        if isinstance(node, Call) and node.op in (RE, IM):
            return node
        return rebuild(node, tuple(args))

    return fold(expr, visit)


def with_lengths(expr: Expr) -> Expr:
    """A formula whose norms are those of complex arrays too: norm2(abs(z))."""

    def visit(node: Expr, args: list[Expr]) -> Expr:
        if isinstance(node, Call) and node.op is NORM2:
            return call(NORM2, call("abs", args[0]))
        return rebuild(node, tuple(args))

    return fold(expr, visit)


def by_definition(expr: Expr) -> Expr:
    """A formula whose lengths are those of complex numbers, by real and imaginary parts: what a proof evaluates."""

    def visit(node: Expr, args: list[Expr]) -> Expr:
        if isinstance(node, Call) and node.op in _OWN and is_complex(node):
            return _by_parts(node.op, args[0])
        return rebuild(node, tuple(args))

    return fold(expr, visit)


def _by_parts(op: Operation, e: Expr) -> Expr:
    power = "elpow" if e.type.dims else "pow"
    square = call("add", *(call(power, call(part, e), 2) for part in ("re", "im")))
    if op is NORM2 and e.type.dims:
        return call("sqrt", call("sum", square))
    return call("sum", call("sqrt", square)) if op not in (ABS, NORM2) and e.type.dims else call("sqrt", square)
