"""One derivation: the method, the tree, and the comparison with the engine's result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradproof.errors import GradproofError, UnsupportedError
from gradproof.expr import Expr, Function, Symbol, substitute
from gradproof.explain.check import Checker
from gradproof.explain.differential import differential_of
from gradproof.explain.finish import after, finish, free, tensor_of
from gradproof.explain.readoff import derive_by_differential
from gradproof.explain.rules import Rule
from gradproof.explain.steps import DERIVATIVE, Disagreement, NoDerivation, Step, hole
from gradproof.explain.textbook import derive_by_rules
from gradproof.index import IndexForm
from gradproof.lift import Lifter
from gradproof.lower import STRUCTURAL
from gradproof.present import Axes, closed_form
from gradproof.tensor import Tensor

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

    @property
    def positions(self) -> dict[str, int]:
        return {s.name: k for k, s in enumerate(self.expr.variables)}


def prove(problem: Problem, method: str | None = None, rules: Mapping[str, Rule] | None = None) -> tuple[str, Step]:
    """The proof tree, and the method that was used. Raises NoDerivation, Disagreement."""
    freed = {s: free(s) for s in problem.wrt if s.facts & STRUCTURAL}
    expr = substitute(problem.expr, dict(freed)) if freed else problem.expr
    wrt = [freed.get(s, s) for s in problem.wrt]
    found: list[Step] = []
    used, goal = [], expr
    for k in reversed(range(len(wrt))):
        last = k == 0
        name, step = _single(goal, wrt[k], method, rules)
        used.append(name)
        known = {f: s for s, f in freed.items()} if last else {}
        sub = Axes(tuple(len(s.type.dims) for s in wrt[k:]), problem.axes.kind, problem.axes.groups)
        order = sum(len(s.type.dims) for s in wrt[k:]) + sum(problem.axes.groups)
        found.append(finish(step, sub, order, problem.positions, known))
        goal = found[-1].result
        if not last and goal.type.kind == "r" and problem.axes.kind == "s":
            raise NoDerivation("these second derivatives")
    root = found[0] if len(found) == 1 else _second(expr, tuple(wrt), found)
    root = _compare(problem, root)
    return ("rules" if set(used) == {"rules"} else used[0]), root


def _single(goal: Expr, x: Symbol, method: str | None, rules: Mapping[str, Rule] | None) -> tuple[str, Step]:
    """One derivative by the method asked for, or by the first that can."""
    if method == "differential":
        return method, derive_by_differential(goal, x, rules)
    if method == "rules":
        return method, derive_by_rules(goal, x, rules)
    if method is not None:
        raise NoDerivation(f"the method {method}")
    if x.type.kind != "m":
        try:
            return "rules", derive_by_rules(goal, x, rules)
        except NoDerivation:
            pass
    return "differential", derive_by_differential(goal, x, rules)


def _second(expr: Expr, wrt: tuple[Symbol, ...], found: Sequence[Step]) -> Step:
    result = found[-1].result
    return Step("second", DERIVATIVE, expr, wrt, hole(len(found) - 1, result.type), result, result, {}, tuple(found))


def _compare(problem: Problem, root: Step) -> Step:
    """The tree, ending in the engine's result as it is written. Raises Disagreement where it does not."""
    mine = tensor_of(root.result, problem.axes, problem.tensor.order)
    if mine is problem.tensor:
        return root
    checker = Checker(problem.expr, problem.symbols, problem.functions, seed=7)
    try:
        agreed = checker.tensor(root.result, problem.tensor, root, problem.axes.wrt)
    except GradproofError as error:
        raise NoDerivation(f"this formula that could be checked: {error.message}") from None
    if not agreed.ok:
        raise Disagreement(f"{root.result.ascii} is not the derivative of {problem.expr.ascii}: relative error {agreed.max_relative_error:.1e}")
    written = closed_form(problem.tensor, problem.axes, "denominator", Lifter(problem.positions))
    return root if isinstance(written, IndexForm) or written is root.result else after("rearrange", root, written)


def prove_differential(expr: Expr, wrt: Sequence[Symbol]) -> Step:
    """The proof tree of a differential, for several variables that move together."""
    return differential_of(expr, wrt)[0]


__all__ = ["METHODS", "Problem", "UnsupportedError", "prove", "prove_differential"]
