"""The end of a derivation: the assembled result in its shortest form, and why it may be written so.

Lowering a formula to index notation and lifting it back is simplification, not differentiation: it is applied to formulas that the derivation built.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from gradproof.engine.contract import permute
from gradproof.engine.lower import Value, lower
from gradproof.engine.merge import merged
from gradproof.engine.tensor import Tensor
from gradproof.errors import BudgetError, GradproofError
from gradproof.explain.algebra import Tidier
from gradproof.explain.atoms import NEG, TRANSPOSE, made_of
from gradproof.explain.conditions import shown
from gradproof.explain.steps import Remark, Step, hole
from gradproof.facts import TIES, sense
from gradproof.lift.index import IndexForm
from gradproof.lift.layouts import Axes, closed_form
from gradproof.lift.lifter import Lifter
from gradproof.notation.expr import Call, Expr, Symbol, substitute, symbol, walk
from gradproof.ops import Operation
from gradproof.ops.basic import INV, SUM, TR
from gradproof.ops.placed import ENDS
from gradproof.parse import parse
from gradproof.records import replace
from gradproof.rules import COMPLEMENTS, RECOGNISED

FEW = 4  # terms of a result that is multiplied out
MANY = 40  # formulas that are looked at for the definition of a recognised function


def free(s: Symbol) -> Symbol:
    """The variable with all entries free, without the facts that tie them together."""
    return symbol(s.name, s.type, s.facts - TIES)


def tensor_of(result: Expr, axes: Axes) -> Tensor | None:
    """The tensor of a result, axes in denominator layout; None where index notation does not hold it."""
    try:
        value = lower(result)
    except BudgetError:
        raise
    except GradproofError:
        return None
    order = axes.split + sum(axes.groups)
    if value.tensor.order != order:
        return None
    return _unstacked(value, axes) if order > 2 or any(n > 1 for n in axes.groups) else value.tensor


def _unstacked(value: Value, axes: Axes) -> Tensor | None:
    """A matrix with rows vec(variables), columns vec(value), as a tensor with one axis for each index."""
    first, split = next((n for n in axes.wrt if n), 0), axes.split
    if not split:
        return value.tensor
    rows, groups = list(range(first)), []
    at = split
    for n in axes.groups:
        groups.append(list(range(at, at + n)))
        at += n
    place = [*reversed(rows), *(a for g in reversed(groups) for a in g), *reversed(range(first, split))]
    if value.groups and value.groups[0] != first:
        return None
    return permute(value.tensor, [place.index(k) for k in range(len(place))])


def shortest(result: Expr, axes: Axes, lifter: Lifter) -> Expr | None:
    """The result as the engine would write it; None where it has no other form."""
    t = tensor_of(result, axes)
    if t is None:
        return None
    found = closed_form(merged(t, lifter.written), axes, "denominator", lifter)
    return None if isinstance(found, IndexForm) else found


def finish(step: Step, plain: Expr | None, known: Mapping[Expr, Expr], used: Sequence[Symbol]) -> Step:
    """The step that ends in `plain`, the simplified result. `known`: free variables, and the same with the facts that were declared.
    `used`: the variables whose facts make it shorter.
    """
    if plain is None or plain is substitute(step.result, dict(known)):
        return replace(step, result=substitute(step.result, dict(known))) if known else step
    notes = [Remark(_fact_key(s, step.result), {"A": s}, tuple(shown(s))) for s in used]
    notes += [*_complements(plain, step), *_blocks(plain, step), *_inner_product(plain, step)]
    names = _recognised(plain, (step.goal, step.result))
    if not names:
        step = _multiplied_out(step, plain)
        shorter = sum(1 for _ in walk(plain)) < sum(1 for _ in walk(step.result))
        return after("simplify" if notes or shorter else "rearrange", step, plain, notes)
    definitions: dict[Expr, Expr] = {
        n: d for n in names for d in [_definition(n, (*walk(step.goal), *walk(step.result)))] if d is not None
    }
    grouped = substitute(plain, definitions)
    if grouped is not step.result and grouped is not plain and len(definitions) == len(names):
        step = after("put-together", step, grouped)
    return after("recognise", step, plain, [*notes, *(_reason(n, definitions.get(n)) for n in names)])


def _fact_key(s: Symbol, result: Expr) -> str:
    """How a fact is told: with A' = A where the symmetric A stands transposed."""
    turned = any(
        isinstance(e, Call) and e.op is TRANSPOSE and any(v.name == s.name for v in e.variables) for e in walk(result)
    )
    return "fact-symmetric" if turned and sense(s.facts).turned == 1 and s.type.kind == "m" else "fact"


def _complements(plain: Expr, step: Step) -> list[Remark]:
    """That 1 - f(t) is f(-t), where the result has a function at a place where it was not before."""
    old = {e for whole in (step.goal, step.result) for e in walk(whole)}
    new = {e.op for e in walk(plain) if isinstance(e, Call) and e not in old}
    known = {e.op for e in old if isinstance(e, Call)}
    t = {"x": "scalar"}
    pairs = [(parse(r.left, t).expr, parse(r.right, t).expr) for r in COMPLEMENTS]
    return [Remark("recognised", {"left": right, "right": left}) for left, right in pairs if _op(left) in new & known]


def complements(before: Expr, after: Expr) -> list[Remark]:
    """That f(-t) is 1 - f(t), where that is how f(-t) has gone."""
    t = {"x": "scalar"}
    pairs = [(parse(r.left, t).expr, parse(r.right, t).expr) for r in COMPLEMENTS]
    gone = {e.op for e in walk(before) if isinstance(e, Call) and e.args and made_of(e.args[0], NEG)}
    gone -= {e.op for e in walk(after) if isinstance(e, Call) and e.args and made_of(e.args[0], NEG)}
    return [Remark("recognised", {"left": left, "right": right}) for left, right in pairs if _op(left) in gone]


def _inner_product(plain: Expr, step: Step) -> list[Remark]:
    """That a trace of a product is the sum of the products of the entries, where the result is written so."""
    new, old = ({e.op for e in walk(x) if isinstance(e, Call)} for x in (plain, step.result))
    return [Remark("trace-as-sum", {})] if SUM in new - old and TR in old - new else []


def _blocks(plain: Expr, step: Step) -> list[Remark]:
    """Why a block of an inverse matrix may be written by the blocks of the matrix."""
    inside = {e: {a for a in walk(e) if isinstance(a, Call) and a.op in ENDS} for e in walk(step.result) if _inverts(e)}
    kept = set(walk(plain))
    return [Remark("schur", {"A": e.args[0]}) for e, rows in inside.items() if rows and e not in kept][:1]


def _inverts(e: Expr) -> bool:
    return isinstance(e, Call) and e.op is INV


def _multiplied_out(step: Step, plain: Expr) -> Step:
    """The result multiplied out, where that leads to the shortest form: where none of the sums in it is left there."""
    found = Tidier(walk(step.goal)).expand(step.result, set(walk(plain)), FEW)
    return step if found is None or found is plain else after("expand", step, found)


def after(rule: str, step: Step, result: Expr, notes: Sequence[Remark] = ()) -> Step:
    """The same claim with its result in another form."""
    line = hole(0, step.result.type)
    return Step(rule, step.kind, step.goal, step.wrt, line, step.result, result, {}, (step,), step.moved, tuple(notes))


def named_functions(plain: Expr, before: Sequence[Expr]) -> list[Remark]:
    """Why functions may stand in a result that were not there before."""
    return [_reason(n, None) for n in _recognised(plain, before)]


def _recognised(plain: Expr, before: Sequence[Expr]) -> list[Expr]:
    """The uses of functions that occur in the result and did not occur before."""
    old = {e.op for whole in before for e in walk(whole) if isinstance(e, Call)}
    named = {op for _, right in _table() for op in [_op(right)] if op}
    return [e for e in walk(plain) if isinstance(e, Call) and e.op in named and e.op not in old]


@cache
def _table() -> tuple[tuple[Expr, Expr], ...]:
    """The rules that recognise a function: its definition, and the function."""
    where = {"x": "vector n", "v": "vector n", "c": "scalar"}
    return tuple((parse(r.left, where).expr, parse(r.right, where).expr) for r in RECOGNISED)


def _op(right: Expr) -> Operation | None:
    return next((e.op for e in walk(right) if isinstance(e, Call) and not e.op.symbol), None)


def _definition(name: Expr, places: Iterator[Expr] | Sequence[Expr]) -> Expr | None:
    """A formula in the derivation that is this use of a function, written out."""
    wanted = lower(name).tensor
    for e in [e for e in dict.fromkeys(places) if e.type == name.type and e.args and e is not name][:MANY]:
        try:
            if lower(e).tensor is wanted:
                return e
        except BudgetError:
            raise
        except GradproofError:
            continue
    return None


def _reason(name: Expr, definition: Expr | None) -> Remark:
    if definition is not None:
        return Remark("recognised", {"left": definition, "right": name})
    op = name.op if isinstance(name, Call) else None
    rules = [(left, right) for left, right in _table() if _op(right) is op]
    turned = isinstance(name, Call) and isinstance(name.args[0], Call) and name.args[0].op.symbol == "-"
    left, right = next(((a, b) for a, b in rules if (len(list(walk(b))) > 2) == turned), rules[0])
    letter: dict[Expr, Expr] = {s: symbol("t", s.type) for s in left.variables}
    return Remark("recognised", {"left": substitute(left, letter), "right": substitute(right, letter)})
