"""The parts of a formula that have names, with what they stand for and what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from gradproof.engine.stable import LOGSUMEXP, SOFTMAX
from gradproof.explain.atoms import DIV, MUL
from gradproof.explain.context import factors_of, step_of
from gradproof.explain.gathered import symmetric
from gradproof.explain.naming import DIFFERENCE, FITTED, PART, PATTERNS, NamingRule, Site, ends, exponentials
from gradproof.explain.recurring import recurring, same
from gradproof.lift.rows import LOGSUMEXP_ROWS, SOFTMAX_ROWS
from gradproof.notation.expr import Call, Expr, Symbol, call, substitute, symbol, walk
from gradproof.ops.basic import EXP, INV, LOG, SUM
from gradproof.ops.relations import PIECES, SLOPE
from gradproof.records import dataclass, replace

VALUE, ERROR, LOSS = (
    "value",
    "error",
    "loss",
)  # the meanings of the name of the whole formula, of the gradient by a layer
NODES = 80  # of a formula in which names are looked for
LAYERS = ("predictor", "preactivation", "logits", "scores", "slack", "normalised")
MATRICES = (
    "predictor",
    "preactivation",
    "logits",
    "scores",
    "activation",
    "exponentials",
    "weights",
    "residual",
    "affine",
    "part",
    "covariance",
)
THROUGH = (*LAYERS, "activation", "exponentials", "residual", "affine")  # what the chain rule goes through


@dataclass(frozen=True)
class Name:
    """A named part: its symbol, what it stands for, and what it means (a key of the texts).

    `also`: other forms of the same, shown by the name too. `of`: what it is the slope at, or the gradient by.
    """

    symbol: Symbol
    formula: Expr
    meaning: str
    also: tuple[Expr, ...] = ()
    of: Expr | None = None

    @property
    def name(self) -> str:
        return self.symbol.name

    @property
    def shape(self) -> tuple[str | int, ...]:
        """One name or number for each axis."""
        return self.symbol.shape


def parts(root: Expr, x: Symbol, taken: Sequence[Expr] = ()) -> list[Name]:
    """The parts that a teacher names, inner ones first."""
    nodes = list(walk(root))
    if len(nodes) > NODES or root is x:
        return []
    site = Site(root, x)
    used = {s.name for s in (*root.variables, *taken) if isinstance(s, Symbol)} | {"d" + x.name, "f", "F"}
    found: list[tuple[NamingRule, Call]] = []
    for node in reversed(nodes):
        if isinstance(node, Call) and node is not root and site.varies[node]:
            pattern = next((p for p in PATTERNS if p.fits(node, site)), None)
            if pattern is not None and not (
                pattern.meaning in ("precision", "inverse") and len(site.users.get(node, [])) < 1
            ):
                found.append((pattern, node))
        elif isinstance(node, Call) and node is not root and not site.varies[node]:
            pattern = next((p for p in (DIFFERENCE, FITTED) if p.fits(node, site)), None)
            found += [] if pattern is None else [(pattern, node)]
    found += [(PART, node) for node in recurring(root, site.varies, [node for _, node in found])]
    found.sort(key=lambda pair: sum(1 for _ in walk(pair[1])))
    twins = same([node for _, node in found], [node for _, node in reversed(found)])
    others = {node for node, kept in twins.items() if kept is not node}
    found = [(p, node) for p, node in found if node not in others]
    made = [
        Name(symbol(letter, node.type), node, p.meaning, tuple(n for n in others if twins[n] is node))
        for (p, node), letter in zip(found, _letters(found, used), strict=True)
    ]
    layers = [_of_layer(n, made, site) for n in made]
    more = (
        *_solutions(nodes, layers, used),
        *_of_sum(layers, used),
        *_shares(nodes, layers, site, used),
        *_slopes(nodes, site, used),
    )
    return [*layers, *more]


def _solutions(nodes: Sequence[Expr], names: Sequence[Name], used: set[str]) -> Iterator[Name]:
    """α = C⁻¹ y, for a named symmetric C."""
    for n in names:
        wanted = n.meaning in ("covariance", "part") and n.formula.type.square and "alpha" not in used
        inverse = call(INV, n.formula) if wanted else None
        for e in nodes if inverse in nodes else ():
            chain = factors_of(e)[1] if isinstance(e, Call) and e.op is MUL else []
            ends = [b for a, b in pairwise(chain) if a is inverse and b.type.kind == "v" and not b.args]
            if ends and inverse is not None and "alpha" not in used and symmetric(n.formula):
                used.add("alpha")
                whole = call(MUL, inverse, ends[0])
                yield Name(symbol("alpha", whole.type), whole, "solution", of=n.symbol)


def _of_sum(names: Sequence[Name], used: set[str]) -> Iterator[Name]:
    """What share each exponential has of their sum."""
    for n in names:
        if n.meaning == "normaliser":
            for e in exponentials(n.formula):
                letter = next(x for x in (f"p{k}" for k in range(1, len(used) + 3)) if x not in used)
                used.add(letter)
                whole = call(DIV, e, n.formula)
                yield Name(symbol(letter, whole.type), whole, "share")


def _of_layer(n: Name, names: Sequence[Name], site: Site) -> Name:
    """What an activation is of is no predictor, but what stands before it; what softmax is of are logits."""
    if n.meaning != "predictor":
        return n
    if any(m.meaning == "activation" and n.formula in m.formula.args for m in names):
        return replace(n, meaning="preactivation")
    return replace(n, meaning="logits") if any(ends(u.op) for u in site.used_by(n.formula)) else n


def _shares(nodes: Sequence[Expr], names: Sequence[Name], site: Site, used: set[str]) -> Iterator[Name]:
    """The probabilities that a logarithm of a sum of exponentials has for its slopes."""
    known = {n.formula for n in names}
    for n in reversed(nodes):
        form = _share(n) if site.varies[n] else None
        if form is None or form in known:
            continue
        known.add(form)
        base = "P" if form.type.kind == "m" else "p"
        letter = next(x for x in (base, *(f"{base}{k}" for k in range(1, len(used) + 2))) if x not in used)
        used.add(letter)
        yield Name(symbol(letter, form.type), form, "probabilities")


def _share(n: Expr) -> Expr | None:
    """softmax of what log-sum-exp is taken of."""
    if not isinstance(n, Call):
        return None
    if n.op is LOGSUMEXP_ROWS:
        return call(SOFTMAX_ROWS, n.args[0])
    if n.op is LOGSUMEXP and n.args[0].type.kind == "v":
        return call(SOFTMAX, n.args[0])
    summed = n.args[0] if n.op is LOG else None
    if isinstance(summed, Call) and summed.op is SUM and isinstance(summed.args[0], Call) and summed.args[0].op is EXP:
        u = summed.args[0].args[0]
        return call(SOFTMAX, u) if u.type.kind == "v" else None
    return None


def _slopes(nodes: Sequence[Expr], site: Site, used: set[str]) -> Iterator[Name]:
    """The slopes of what is its argument where that is positive, and nothing where it is negative."""
    bent = [n for n in nodes if isinstance(n, Call) and PIECES.get(n.op) == (1, 0) and site.varies[n]]
    for u in (n.args[0] for n in reversed(bent) if n.type.kind in "svm"):
        letters = "H" if u.type.kind == "m" else "h"
        letter = next(x for x in (letters, *(f"{letters}{k}" for k in range(1, len(used) + 2))) if x not in used)
        used.add(letter)
        yield Name(symbol(letter, u.type), step_of(u, SLOPE), "slope", (step_of(u),), u)


def layered(levels: Sequence[Name], x: Symbol) -> bool:
    """Whether matrices that a formula goes through are worth a gradient each: the layers of a network, the covariance of a likelihood."""
    matrices = [n for n in levels if n.formula.type.kind == "m"]
    alone = ("covariance",) if x.type.kind == "m" else ("part", "covariance")
    return len(levels) > 1 or any(n.meaning in alone for n in matrices)


def _letters(found: Sequence[tuple[NamingRule, Call]], used: set[str]) -> Iterator[str]:
    def own(pattern: NamingRule, node: Call) -> str:
        letters = pattern.letters.upper() if node.type.kind == "m" else pattern.letters
        return next((x for x in letters if x not in given), letters[0])

    given = set(used)
    bases = [own(pattern, node) for pattern, node in found]
    for base in bases:
        several = bases.count(base) > 1
        options = [f"{base}{k}" for k in range(1, 40)] if several else [base, *(f"{base}{k}" for k in range(1, 40))]
        letter = next((o for o in options if o not in used), f"{base}_{len(used)}")
        used.add(letter)
        yield letter


def through(root: Expr, x: Symbol, names: Sequence[Name]) -> list[Name]:
    """The named vectors and matrices through which alone the formula depends on the variable, inner ones first."""
    normalised = any(n.meaning == "normalised" for n in names)
    return [
        n
        for n in names
        if n.meaning
        in (
            (*THROUGH, "centred")
            if normalised
            else THROUGH
            if n.formula.type.kind == "v"
            else MATRICES
            if n.formula.type.kind == "m"
            else ()
        )
        and x not in substitute(root, {n.formula: n.symbol}).variables
    ]


__all__ = ["ERROR", "LOSS", "VALUE", "Name", "layered", "parts", "through"]
