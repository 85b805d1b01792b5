"""One derivation: the method, the tree, and the comparison with the engine's result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradproof.engine.tensor import Tensor
from gradproof.errors import BudgetError, GradproofError
from gradproof.explain.backward import derive_backward, derive_terms
from gradproof.explain.check import Checker
from gradproof.explain.differential import differential_of
from gradproof.explain.entries import derive_by_entries
from gradproof.explain.finish import after, finish, free, shortest, tensor_of
from gradproof.explain.readoff import derive_by_differential
from gradproof.explain.rules import TextbookRule
from gradproof.explain.separable import separable
from gradproof.explain.steps import DERIVATIVE, EQUALITY, Disagreement, NoDerivation, Step, hole
from gradproof.explain.textbook import derive_by_rules
from gradproof.facts import TIES
from gradproof.lift.index import IndexForm
from gradproof.lift.layouts import Axes, closed_form
from gradproof.lift.lifter import Lifter
from gradproof.notation.expr import Applied, Expr, Symbol, call, substitute, walk
from gradproof.notation.function import Function
from gradproof.parse import Reading
from gradproof.records import dataclass
from gradproof.say import say

METHODS = ("rules", "differential", "entries")


@dataclass(frozen=True)
class Problem:
    """What was asked: the formula, the variables in the order of differentiation, everything that was declared, and the engine's tensor."""

    expr: Expr
    wrt: tuple[Symbol, ...]
    symbols: tuple[Symbol, ...]
    functions: tuple[Function, ...]
    axes: Axes
    tensor: Tensor
    lifter: Lifter  # writes results as the engine does
    layout: str = "denominator"
    asked: Expr | None = None  # the formula as it was read; `expr` has it in the form that the rules are about
    reading: Reading | None = None  # how it was read, where that is told


def prove(
    problem: Problem, method: str | None = None, rules: Mapping[str, TextbookRule] | None = None
) -> tuple[str, Step]:
    """The proof tree, and the method that was used. Raises NoDerivation, Disagreement."""
    freed: dict[Expr, Expr] = {s: free(s) for s in problem.wrt if s.facts & TIES}
    known: dict[Expr, Expr] = {f: s for s, f in freed.items()}
    expr = substitute(problem.expr, freed) if freed else problem.expr
    wrt = tuple(free(s) if s in freed else s for s in problem.wrt)
    found: list[Step] = []
    used, goal = [], expr
    for k in reversed(range(len(wrt))):
        name, step = _single(goal, wrt[k], method, rules, problem.lifter)
        used.append(name)
        axes = Axes(tuple(len(s.type.dims) for s in wrt[k:]), problem.axes.kind, problem.axes.groups)
        if k:
            step = finish(step, shortest(step.result, axes, problem.lifter), {}, [])
        else:
            assembled = substitute(step.result, known)
            if step.tensor is None:
                _compare(problem, assembled)
            elif (
                step.tensor is not problem.tensor
                and Checker(problem.expr, problem.symbols, problem.functions).step(step).ok is not True
            ):
                raise NoDerivation(say("this formula by entries"))
            step = finish(step, _written(problem), known, _facts_used(assembled, problem))
        found.append(step)
        goal = step.result
    root = found[0] if len(found) == 1 else _second(problem.expr, problem.wrt, found)
    return ("rules" if set(used) == {"rules"} else used[0]), _in_layout(problem, root)


def _in_layout(problem: Problem, root: Step) -> Step:
    """The last step where another layout than the denominator's is asked for."""
    found = closed_form(problem.tensor, problem.axes, problem.layout, problem.lifter)
    if (
        problem.layout == "denominator"
        or isinstance(found, IndexForm)
        or found.type == root.result.type
        and found is root.result
    ):
        return root
    turned = call("transpose", root.result)
    if turned.type != found.type or problem.axes.split + sum(problem.axes.groups) == 0:
        return root
    return Step("layout", EQUALITY, turned, problem.wrt, found, found, found, {}, (root,))


def _written(problem: Problem) -> Expr | None:
    """The result as it is written, where it has a form in matrix notation."""
    found = closed_form(problem.tensor, problem.axes, "denominator", problem.lifter)
    return None if isinstance(found, IndexForm) else found


def _facts_used(result: Expr, problem: Problem) -> list[Symbol]:
    """The variables whose declared facts make the result shorter."""
    told = [s for s in result.variables if s.facts & TIES]
    whole = shortest(result, problem.axes, problem.lifter) if told else None
    used = []
    for s in told:
        other = shortest(substitute(result, {s: free(s)}), problem.axes, problem.lifter)
        if whole is not None and (other is None or substitute(other, {free(s): s}) is not whole):
            used.append(s)
    return used


def _single(
    goal: Expr, x: Symbol, method: str | None, rules: Mapping[str, TextbookRule] | None, lifter: Lifter
) -> tuple[str, Step]:
    """One derivative by the method asked for, or by the first that can."""
    own = "rules" if x.type.kind != "m" else "differential"
    if method in (None, own):
        named = derive_backward(goal, x, rules, lifter)
        if named is not None:
            return ("differential" if named.moved else own), named
        split = derive_terms(goal, x, rules, lifter, lambda term: _single(term, x, method, rules, lifter)[1])
        if split is not None:
            return own, split
    if method is None and x.type.kind == "v" and goal.type.kind == "s":
        entrywise = separable(goal, x, lifter)
        if entrywise is not None:
            return own, entrywise
    if method == "differential":
        return method, derive_by_differential(goal, x, rules)
    if method == "rules":
        return method, derive_by_rules(goal, x, rules)
    if method == "entries":
        return method, derive_by_entries(goal, x, rules)
    if x.type.kind != "m":
        try:
            return "rules", derive_by_rules(goal, x, rules)
        except NoDerivation:
            pass
    try:
        return "differential", derive_by_differential(goal, x, rules)
    except NoDerivation:
        if not any(isinstance(e, Applied) for e in walk(goal)):
            raise
    return "entries", derive_by_entries(goal, x, rules)  # the derivative of a function may have more axes than a matrix


def _second(expr: Expr, wrt: tuple[Symbol, ...], found: Sequence[Step]) -> Step:
    result = found[-1].result
    return Step("second", DERIVATIVE, expr, wrt, hole(len(found) - 1, result.type), result, result, {}, tuple(found))


def _compare(problem: Problem, result: Expr) -> None:
    """Raises Disagreement where a result is not the engine's."""
    mine = tensor_of(result, problem.axes)
    if mine is problem.tensor:
        return
    checker = Checker(problem.expr, problem.symbols, problem.functions, seed=7)
    try:
        agreed = checker.tensor(result, problem.tensor, problem.axes)
    except BudgetError:
        raise
    except GradproofError as error:
        raise NoDerivation(say("this formula that could be checked: {reason}", reason=error.message)) from None
    if agreed.ok is None:
        raise NoDerivation(say("this formula that could be checked: {reason}", reason=say("no point was tried")))
    if not agreed.ok:
        raise Disagreement(
            f"{result.ascii} is not the derivative of {problem.expr.ascii}: relative error {agreed.max_relative_error:.1e}"
        )


def prove_differential(expr: Expr, wrt: Sequence[Symbol], written: Expr) -> Step:
    """The proof tree of a differential, for several variables that move together, ending in the result as it is written.

    Raises NoDerivation, Disagreement.
    """
    step, _ = differential_of(expr, wrt)
    if step.result is written:
        return step
    last = after("simplify", step, written)
    if (
        Checker(expr, expr.variables, ())
        .step(Step("simplify", EQUALITY, step.result, last.wrt, written, written, written, moved=last.moved))
        .ok
        is False
    ):
        raise Disagreement(f"{step.result.ascii} is not {written.ascii}")
    return last
