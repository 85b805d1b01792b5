"""The proof tree: one step is one claim, with the rule that gives it and the steps that it rests on.

A step's `line` is its right side as the rule states it: what its sub-goals stand for is still open, a *hole* for each child in turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gradproof.engine.tensor import Tensor
from gradproof.errors import UnsupportedError
from gradproof.notation.expr import Expr, Symbol, fold, rebuild, symbol
from gradproof.records import dataclass, field
from gradproof.say import Said, say
from gradproof.shapes.shape import Shape, row

DERIVATIVE, DIFFERENTIAL, EQUALITY = "derivative", "differential", "equality"


class NoDerivation(UnsupportedError):
    """A kind of problem that has no derivation yet."""

    def __init__(self, what: Said):
        super().__init__(
            say("no derivation for {what}", what=what), hint=say("the result itself is there: derive(…).result")
        )


class Disagreement(AssertionError):
    """A derivation that ends in something else than the engine: a defect, never an answer."""


@dataclass(frozen=True)
class Remark:
    """A remark on a step: a key of the texts, formulas that it names, and words that are keys themselves."""

    key: str
    parts: Mapping[str, Expr]
    words: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Step:
    """One claim.

    kind      "derivative": ∂goal/∂wrt = result, in denominator layout; "differential": d goal = result, in the differentials of wrt;
              "equality": goal = result
    line      the right side by the rule, with holes; raw: with the children's results in the holes; result: tidied
    parts     what the letters in the rule's text stand for here
    moved     for each variable the symbol of its differential
    shown     right sides in index notation, where it is written so
    tensor    the result in index notation where matrix notation has none; `result` is then only its name
    free      of the last step: other derivatives that the same steps give
    named     of the last step: the parts that have names, each a `named.Name`
    """

    rule: str
    kind: str
    goal: Expr
    wrt: tuple[Symbol, ...]
    line: Expr
    raw: Expr
    result: Expr
    parts: Mapping[str, Expr] = field(default_factory=dict)
    children: tuple[Step, ...] = ()
    moved: tuple[Symbol, ...] = ()
    notes: tuple[Remark, ...] = ()
    shown: tuple[object, ...] = ()
    tensor: Tensor | None = None
    named: tuple[Any, ...] = ()
    free: tuple[Step, ...] = ()

    @property
    def leaf(self) -> bool:
        return not self.children


def hole(k: int, shape: Shape) -> Symbol:
    """The place of the k-th child's result in a line; no formula can have such a name."""
    return symbol(f"\0{k}", shape)


def is_hole(e: Expr) -> bool:
    return isinstance(e, Symbol) and e.name[0] == "\0"


def child_of(e: Symbol) -> int:
    """Which child a hole stands for."""
    return int(e.name[1:])


def fill(line: Expr, results: Sequence[Expr], known: Mapping[Expr, Expr] | None = None) -> Expr:
    """A line with results in its holes; there are none in formulas that are `known` to stay as they are."""
    if not results:
        return line
    values: dict[Expr, Expr] = {hole(k, e.type): e for k, e in enumerate(results)}
    known = known or {}

    def stays(e: Expr) -> bool:
        return known.get(e) is e

    return fold(
        line,
        lambda e, args: values.get(e) or (e if stays(e) else rebuild(e, tuple(args))),
        lambda e: () if stays(e) else e.args,
    )


def steps(root: Step) -> Iterator[Step]:
    """Every step once: in the order in which they are read, a parent before its children."""
    seen: set[int] = set()
    stack = [root]
    while stack:
        step = stack.pop()
        if id(step) not in seen:
            seen.add(id(step))
            yield step
            stack.extend(reversed(step.children))


def derivative_shape(value: Shape, wrt: Shape) -> Shape:
    """The shape of ∂y/∂x in denominator layout. Raises NoDerivation where matrix notation has none."""
    dims = (*wrt.dims, *value.dims)
    if len(dims) > 2:
        raise NoDerivation(say("a derivative with {axes} axes by these rules", axes=len(dims)))
    if not wrt.dims and len(dims) == 1:
        return row(dims[0])  # a vector by a scalar: rule 2
    return Shape("svm"[len(dims)], dims)
