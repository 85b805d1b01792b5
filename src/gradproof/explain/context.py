"""What both methods know of a problem: the variables, what depends on them, slopes from the table, and the tidier."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextvars import ContextVar

from gradproof.engine.lower import template
from gradproof.errors import ShapeError
from gradproof.explain.algebra import Tidier
from gradproof.explain.atoms import ADD, DIV, HADAMARD, MUL, NEG, SUB, TRANSPOSE, is_ones, turned, with_ones
from gradproof.explain.rules import RULES, TextbookRule
from gradproof.explain.steps import Remark, Step, fill, hole
from gradproof.lift.pretty import multiply
from gradproof.notation.expr import Call, Expr, Size, Symbol, call, fold, rebuild, walk
from gradproof.notation.template import put
from gradproof.ops import Operation, basic
from gradproof.ops.operation import Definition, Differential, Elementwise, Linear, Monomial, Power
from gradproof.ops.relations import PIECES, RELATIONS
from gradproof.records import dataclass, field
from gradproof.shapes.shape import Shape

KRON = basic.KRON
HALVES = ContextVar(
    "HALVES", default=False
)  # whether a positive part has the slope 1/2 at 0, as where a variable has zeros


@dataclass(frozen=True)
class Plan:
    """How a goal is dealt with: the rule, its sub-goals, and the right side with a hole for each of them."""

    rule: str
    subs: tuple[Expr, ...]
    line: Expr
    parts: Mapping[str, Expr] = field(default_factory=dict)
    notes: tuple[Remark, ...] = ()


class Context:
    """One problem. `rules`: the rules to use, so that a test can give wrong ones."""

    def __init__(self, root: Expr, wrt: Sequence[Symbol], rules: Mapping[str, TextbookRule] | None = None):
        self.wrt, self.rules = tuple(wrt), rules or RULES
        self.tidier = Tidier(walk(root), [e for e in walk(root) if is_centred(e)])
        self._varies: dict[Expr, bool] = {}

    def varies(self, e: Expr) -> bool:
        """Whether a formula depends on the variables."""
        return fold(e, lambda node, args: node in self.wrt or any(args), memo=self._varies)

    def tidy(self, e: Expr) -> Expr:
        return self.tidier.tidy(e)

    def step(self, kind: str, goal: Expr, plan: Plan, children: Sequence[Step], moved: tuple[Symbol, ...] = ()) -> Step:
        """The step of a goal, once those of its sub-goals are there."""
        raw = fill(plan.line, [c.result for c in children], self.tidier.known)
        before = len(self.tidier.absorbed)
        result = self.tidy(raw)
        notes = tuple(Remark("centred-sum", {"c": c}) for c in self.tidier.absorbed[before:][:1])
        return Step(
            plan.rule,
            kind,
            goal,
            self.wrt,
            plan.line,
            raw,
            result,
            plan.parts,
            tuple(children),
            moved,
            (*plan.notes, *notes),
        )

    def slopes(self, e: Call) -> list[Expr]:
        """The derivatives of an entrywise operation by each of its arguments, as formulas of the same shape."""
        if PIECES.get(e.op) == (1, 0) and not HALVES.get() and e.args[0].type.kind in "svm":
            return [step_of(e.args[0])]
        texts = slope_texts(e.op)
        kind = "scalar" if e.type.kind == "s" else "vector n"
        values = {"x": e.args[0], "y": e, "a": e.args[-1]}
        return [with_ones(self.template(text, (("x", kind), ("y", kind), ("a", kind)), values)) for text in texts]

    def slope_of_whole(self, op: Operation, u: Expr) -> Expr | None:
        """The derivative of a function of one whole array by that, where the table has it as a formula."""
        if not op.slope or u.type.kind not in "vm":
            return None
        kind = "vector n" if u.type.kind == "v" else "matrix m n"
        y = call(op, u)
        try:
            return self.template(
                op.slope, (("x", kind), ("y", "scalar" if y.type.kind == "s" else kind)), {"x": u, "y": y}
            )
        except ShapeError:  # it is one of vectors
            return None

    def template(self, text: str, where: tuple[tuple[str, str], ...], values: Mapping[str, Expr]) -> Expr:
        """A formula of the table at these arguments, tidied; the arguments stay as they are."""
        return Tidier(values.values()).tidy(put(template(text, where), values))

    def of_number(self, e: Call) -> Expr:
        """What an operation is of a number."""
        return self.template(e.op.of_number, (("x", "scalar"),), {"x": e.args[0]})

    def defined(self, text: str, u: Expr, *given: Expr) -> Expr:
        """The definition of an operation, at this argument."""
        square = "matrix n n" if u.type.square else "matrix m n"
        kind = {"s": "scalar", "v": "vector n"}.get(u.type.kind, square)
        plain = column(u)
        more = dict(zip("a", given, strict=False))
        value = self.template(text, (("X", kind), *((x, "scalar") for x in more)), {"X": plain, **more})
        return turned(value) if u.type.kind == "r" and value.type.kind == "v" else value


def mean_of(e: Expr) -> Expr | None:
    """Of what it is the mean."""
    inner = e.args[0] if isinstance(e, Call) and e.op is DIV and isinstance(e.args[1], Size) else None
    return inner.args[0] if isinstance(inner, Call) and inner.op is basic.SUM else None


def is_centred(e: Expr) -> bool:
    """Whether it is x - mean(x), entry by entry."""
    if not (isinstance(e, Call) and e.op is SUB and e.type.kind == "v"):
        return False
    m = e.args[1]
    m = m.args[0] if isinstance(m, Call) and m.op is MUL and is_ones(m.args[1]) else m
    return mean_of(m) is e.args[0]


def step_of(u: Expr, text: str = RELATIONS[">"]) -> Expr:
    """1 where u is positive, 0 where it is negative."""
    kind = {"s": "scalar", "v": "vector n"}.get(u.type.kind, "matrix m n")
    return with_ones(put(template(text, (("x", kind),)), {"x": u}))


def slope_texts(op: Operation) -> tuple[str, ...]:
    """The derivatives of an entrywise operation, in x, a and y, as the table writes them."""
    match op.meaning:
        case Elementwise(derivatives=texts) | Power(derivatives=texts):
            return texts
        case Monomial(exponents=(e,)):
            return (f"({e})./y" if e * 2 == 1 else f"({e})*x.^({e - 1})",)
    return ()


def terms_of(e: Expr) -> list[tuple[int, Expr]]:
    """The terms of a sum as it is written, each with its sign."""
    found: list[tuple[int, Expr]] = []
    stack = [(1, e)]
    while stack:
        sign, node = stack.pop()
        if isinstance(node, Call) and node.op in (ADD, SUB):
            stack.append((sign if node.op is ADD else -sign, node.args[1]))
            stack.append((sign, node.args[0]))
        else:
            found.append((sign, node))
    return found


def signed(terms: Sequence[tuple[int, Expr]]) -> Expr:
    """A sum of signed terms."""
    sign, first = terms[0]
    result = first if sign > 0 else call("neg", first)
    for sign, e in terms[1:]:
        result = call(ADD if sign > 0 else SUB, result, e)
    return result


def plain_signs(e: Expr, kept: Collection[Expr] = ()) -> Expr:
    """The same sum with one sign before each term: a - b for a + (-b), A for -(-A); what is `kept` stays as it is."""
    terms = [*_signed_terms(1, e, kept)]
    if len(terms) == 1 and terms[0] == (1, e):
        return e
    made = signed(terms)
    return made if made.type == e.type else e


def _signed_terms(sign: int, e: Expr, kept: Collection[Expr]) -> Iterator[tuple[int, Expr]]:
    if e not in kept and isinstance(e, Call):
        if e.op is NEG and (e.args[0] in kept or not _is_sum(e.args[0])):
            yield from _signed_terms(-sign, e.args[0], kept)
            return
        if e.op is ADD and sign > 0 or e.op is SUB and not _is_sum(e.args[1]) and sign > 0:
            yield from _signed_terms(sign, e.args[0], kept)
            yield from _signed_terms(sign if e.op is ADD else -sign, e.args[1], kept)
            return
        if e.op in (MUL, DIV):
            first, body = _without_sign(e, kept)
            yield sign * first, body
            return
        if e.op is HADAMARD:
            yield sign, call(HADAMARD, *(plain_signs(a, kept) for a in e.args))
            return
    yield sign, e


def _is_sum(e: Expr) -> bool:
    return isinstance(e, Call) and e.op in (ADD, SUB)


def _without_sign(e: Expr, kept: Collection[Expr]) -> tuple[int, Expr]:
    """A product, or a quotient, without the minus signs before its first factor."""
    if e in kept or not isinstance(e, Call):
        return 1, e
    if e.op is NEG:
        sign, body = _without_sign(e.args[0], kept)
        return -sign, body
    if e.op not in (MUL, DIV):
        return 1, e
    sign, first = _without_sign(e.args[0], kept)
    whole = first in kept or not _is_sum(first)
    return (sign, call(e.op, first, e.args[1])) if first is not e.args[0] and whole else (1, e)


def factors_of(e: Expr) -> tuple[list[Expr], list[Expr]]:
    """The factors of a product as it is written: scalars, and the chain of vectors and matrices (of a scalar that is an inner product: its chain)."""
    scalars: list[Expr] = []
    chain: list[Expr] = []
    stack = [e]
    while stack:
        node = stack.pop()
        if isinstance(node, Call) and node.op is MUL:
            left, right = node.args
            if "s" in (left.type.kind, right.type.kind):
                stack += [right, left]
                continue
            if node.type.kind != "s" or node is e:
                stack += [right, left]
                continue
        (scalars if node.type.kind == "s" else chain).append(node)
    return scalars, chain


def grouped(e: Expr) -> Expr:
    """The formula with its products put together as they stand elsewhere in it: y'*(X*w) for y'*X*w where X*w is a part of its own, -(X*w) for -X*w."""
    nodes = list(walk(e))
    inner = {a for n in nodes if isinstance(n, Call) and n.op is not MUL for a in n.args}
    parts = {tuple(factors_of(n)[1]): n for n in inner if isinstance(n, Call) and n.op is MUL and n.type.kind == "v"}
    parts = {chain: n for chain, n in parts.items() if len(chain) > 1 and multiply(chain) is n}

    def visit(node: Expr, args: list[Expr]) -> Expr:
        made = rebuild(node, tuple(args)) if args else node
        if isinstance(made, Call) and made.op is MUL and made.type.kind == "v":
            first = made.args[0]
            core = call(MUL, first.args[0], made.args[1]) if isinstance(first, Call) and first.op is NEG else None
            return call(NEG, core) if core is not None and core in inner else made
        if not (isinstance(made, Call) and made.op is MUL and made.type.kind == "s"):
            return made
        scalars, chain = factors_of(made)
        for tail, part in parts.items():
            if not scalars and len(chain) == len(tail) + 1 and tuple(chain[1:]) == tail and chain[0].type.kind == "r":
                return call(MUL, chain[0], part)
        return made

    return fold(e, visit) if parts else e


def unsigned(factors: Sequence[Expr]) -> tuple[int, list[Expr]]:
    """The sign of a product, and its factors without their signs."""
    minus = [isinstance(f, Call) and f.op is NEG for f in factors]
    return (-1) ** sum(minus), [f.args[0] if m else f for f, m in zip(factors, minus, strict=True)]


def segments(chain: Sequence[Expr]) -> list[list[Expr]]:
    """A chain cut between a column and a row: x, x'*A*x."""
    found: list[list[Expr]] = []
    for e in chain:
        if (
            not found
            or (e.type.kind == "r" and found[-1][-1].type.kind == "v")
            or (e.type.kind == "r" and _scalar(found[-1]))
        ):
            found.append([e])
        else:
            found[-1].append(e)
    return found


def _scalar(segment: Sequence[Expr]) -> bool:
    return segment[0].type.kind == "r" and segment[-1].type.kind == "v"


def column(e: Expr) -> Expr:
    """A row as the column it is."""
    return turned_product(e) if e.type.kind == "r" else e


def turned_product(e: Expr) -> Expr:
    """The transpose, written out for a product, an entrywise operation, and a Kronecker product."""
    if isinstance(e, Call):
        if e.op is KRON and all(a.type.kind == "r" for a in e.args):
            return call(KRON, *(turned(a) for a in e.args))
        if e.op is MUL:
            scalars, chain = factors_of(e)
            return multiply([*scalars, *(turned(f) for f in reversed(chain))])
        if (
            e.op is not TRANSPOSE
            and e.args
            and all(a.type.kind in "rs" for a in e.args)
            and (e.op.equivariant or e.op.elementwise or e.op in (ADD, SUB))
        ):
            return call(e.op, *(turned_product(a) if a.type.kind == "r" else a for a in e.args))
    return turned(e)


def differential_text(op: Operation) -> str:
    """The differential of a matrix function, or the definition of an operation, as the table writes it."""
    meaning = op.meaning
    return meaning.text if isinstance(meaning, Differential | Definition | Linear) else ""


def holes(subs: Sequence[Shape]) -> list[Symbol]:
    """A hole for each sub-goal."""
    return [hole(k, shape) for k, shape in enumerate(subs)]
