"""Parts of a formula that a teacher names: residual, predictor, probabilities, activations, precision. One table of patterns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from gradproof.engine.stable import LOGSUMEXP, SOFTMAX
from gradproof.explain.atoms import ADD, DIV, ELPOW, HADAMARD, MUL, NEG, SUB, TRANSPOSE
from gradproof.explain.context import is_centred, mean_of, slope_texts, step_of
from gradproof.explain.recurring import recurring, same
from gradproof.facts import sense
from gradproof.facts.bounds import CHANCE
from gradproof.lift.rows import LOGSUMEXP_ROWS, SOFTMAX_ROWS
from gradproof.notation.expr import Call, Expr, Number, Symbol, call, fold, substitute, symbol, walk
from gradproof.ops import Operation
from gradproof.ops.basic import EXP, INV, LOG, NORM2, SUM
from gradproof.ops.operation import Elementwise
from gradproof.ops.relations import PIECES, SLOPE
from gradproof.records import dataclass, field, replace

VALUE, ERROR, LOSS = (
    "value",
    "error",
    "loss",
)  # the meanings of the name of the whole formula, of the gradient by a layer
NODES = 80  # of a formula in which names are looked for
LINEAR = (ADD, SUB, NEG, MUL, TRANSPOSE)
BY_ROW = (SOFTMAX_ROWS, LOGSUMEXP_ROWS)


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


@dataclass
class Site:
    """A formula, the variable, and who uses what."""

    root: Expr
    x: Symbol
    users: dict[Expr, list[Call]] = field(default_factory=dict)
    varies: dict[Expr, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        fold(self.root, lambda e, args: e is self.x or any(args), memo=self.varies)
        for node in walk(self.root):
            for a in dict.fromkeys(node.args):
                if isinstance(node, Call):
                    self.users.setdefault(a, []).append(node)

    def count(self, e: Expr) -> int:
        """How often it is written."""
        return fold(self.root, lambda node, args: 1 if node is e else sum(args), lambda n: () if n is e else n.args)

    def used_by(self, e: Expr) -> list[Call]:
        """Who uses it, transposes seen through."""
        found = []
        for user in self.users.get(e, []):
            found += self.used_by(user) if user.op is TRANSPOSE else [user]
        return found


def _inverse(e: Call) -> bool:
    """Whether it is the inverse of a variable."""
    return e.op is INV and e.type.kind == "m" and isinstance(e.args[0], Symbol)


def _affine(e: Expr, site: Site) -> bool:
    """Sums and products in which the variable, or a named part, stands once in every product."""
    if not site.varies[e] or not isinstance(e, Call):
        return e is site.x or isinstance(e, Call) and _nonlinear(e)
    if _nonlinear(e):
        return True
    if e.op is MUL:
        return sum(site.varies[a] for a in e.args) == 1 and any(_affine(a, site) for a in e.args if site.varies[a])
    if e.op is DIV:
        return not site.varies[e.args[1]] and _affine(e.args[0], site)
    return e.op in LINEAR and all(_affine(a, site) for a in e.args if site.varies[a])


def _nonlinear(e: Call) -> bool:
    return isinstance(e.op.meaning, Elementwise) or e.op.total == 1


def _residual(e: Call, site: Site) -> bool:
    users = site.used_by(e)
    squared = [u for u in users if u.op is NORM2 or u.op is MUL and all(_bare(a) is e for a in u.args) or _squared(u)]
    squared = squared or [u for u in users if e.type.kind == "v" and u.op is MUL and _form(u, e)]
    return e.op in (ADD, SUB) and e.type.kind in "vm" and bool(squared) and len(squared) == len(users)


def _fitted(e: Expr) -> bool:
    """Whether a product is subtracted, or subtracted from: data less what a model says of them, and not only two vectors."""
    return any(isinstance(n, Call) and n.args and n.op not in (ADD, SUB, NEG, TRANSPOSE) for n in walk(e))


def _logarithms(e: Expr, site: Site) -> bool:
    """Whether only logarithms are taken of it: of what has to be positive."""
    users = site.used_by(e)
    return bool(users) and all(u.op is LOG for u in users)


def _subtracts(e: Expr) -> bool:
    """Whether something is taken away in a sum."""
    return isinstance(e, Call) and (e.op in (SUB, NEG) or e.op is ADD and any(_subtracts(a) for a in e.args))


def _difference(e: Call, site: Site) -> bool:
    """Whether two vectors, or the data and their mean in each row, are subtracted, more than once in a formula."""
    short = all(sum(1 for _ in walk(a)) <= (1 if e.type.kind == "v" else 4) for a in e.args)
    return e.op is SUB and e.type.kind in "vm" and short and site.count(e) > 1


def _form(u: Call, e: Expr) -> bool:
    """Whether a product is e'*A*e, or its first half."""
    left, right = u.args
    inner = left if _bare(right) is e else u
    return isinstance(inner, Call) and inner.op is MUL and _bare(inner.args[0]) is e and right.type.kind != "r"


def _between(e: Call, site: Site) -> bool:
    """Whether a sum stands on both sides of a matrix: M*A*M'."""
    users = site.used_by(e)
    return (
        e.op in (ADD, SUB) and e.type.kind == "m" and len(users) > 1 and all(u.op is MUL and _form(u, e) for u in users)
    )


def _bare(e: Expr) -> Expr:
    return e.args[0] if isinstance(e, Call) and e.op is TRANSPOSE else e


def _predictor(e: Call, site: Site) -> bool:
    users = site.used_by(e)
    through = any(_bends(u) or u.op in (HADAMARD, NEG) and _feeds(u, e, site) for u in users)
    return (
        e.op in (ADD, SUB, MUL, DIV)
        and e.type.kind in "vm"
        and through
        and _maps(e, site)
        and _affine(e, site)
        and not _signed(e, site)
        and not (all(u.op is LOG for u in users) and _mixture(e, site))
    )


def _ends(op: Operation) -> bool:
    """Whether what it is taken of are logits: a number that is added to all of them changes nothing, or is added to the value."""
    return op.shift is not None or op in BY_ROW


def _bends(u: Call) -> bool:
    return isinstance(u.op.meaning, Elementwise) or _ends(u.op)


def _feeds(u: Call, e: Expr, site: Site) -> bool:
    """Whether a function of each entry is taken of what is made of e with constants: y ⊙ e, 1 − y ⊙ e."""
    if _bends(u):
        return True
    plain = u.op in (HADAMARD, ADD, SUB, NEG) and sum(site.varies[a] for a in u.args) == 1
    return plain and any(_feeds(v, u, site) for v in site.used_by(u))


def _mixture(e: Expr, site: Site) -> bool:
    """Whether a function of the variable is in it."""
    return any(isinstance(n, Call) and site.varies[n] and _nonlinear(n) for n in walk(e))


def _maps(e: Expr, site: Site) -> bool:
    """Whether a matrix is in it that is applied to something."""
    if not isinstance(e, Call) or e.op not in (*LINEAR, DIV):
        return False
    return (e.op is MUL and all(a.type.kind != "s" for a in e.args)) or any(_maps(a, site) for a in e.args)


def _signed(e: Call, site: Site) -> bool:
    """Whether it is only a part of a larger affine formula."""
    return any(u.op in (ADD, SUB) and _affine(u, site) and _predictor(u, site) for u in site.used_by(e))


def _chance(op: Operation) -> bool:
    return op.elementwise and op.bounds == CHANCE


def _probability(e: Call, site: Site) -> bool:
    users = site.used_by(e)
    array = e.type.kind == "v" or e.type.kind == "s" and bool(e.args[0].args)
    return array and _chance(e.op) and bool(users) and all(u.op in (LOG, SUB, ADD, MUL) for u in users)


def _activation(e: Call, site: Site) -> bool:
    users = site.used_by(e)
    return (
        e.type.kind in "vm"
        and isinstance(e.op.meaning, Elementwise)
        and e.op is not LOG
        and any(u.op is MUL and u.type.kind in "vm" and all(a.type.kind != "s" for a in u.args) for u in users)
    )


def _squared(e: Expr | None) -> bool:
    return isinstance(e, Call) and e.op is ELPOW and isinstance(e.args[1], Number) and e.args[1].value == 2


@dataclass(frozen=True)
class NamingRule:
    """What is named how: by the first of `letters` that is free, in capitals for matrices."""

    meaning: str
    letters: str
    fits: Callable[[Call, Site], bool]
    numbered: bool = False


PATTERNS = (
    NamingRule("difference", "rd", lambda e, site: _residual(e, site) and _subtracts(e) and not _fitted(e)),
    NamingRule("residual", "r", lambda e, site: _residual(e, site) and _subtracts(e)),
    NamingRule("slack", "s", lambda e, site: _subtracts(e) and _predictor(e, site) and _logarithms(e, site)),
    NamingRule("affine", "qhv", _residual),
    NamingRule("part", "uhq", _between),
    NamingRule("predictor", "z", _predictor, numbered=True),
    NamingRule(
        "exponentials", "a", lambda e, site: slope_texts(e.op) == ("y",) and _activation(e, site)
    ),  # of a mixture
    NamingRule("activation", "a", _activation, numbered=True),
    NamingRule("probabilities", "p", lambda e, site: e.op.total == 1 or e.op is SOFTMAX_ROWS),
    NamingRule("probability", "s", _probability),
    NamingRule("mean", "m", lambda e, site: mean_of(e) is site.x),
    NamingRule("variance", "v", lambda e, site: _squared(mean_of(e))),
    NamingRule(
        "centred",
        "c",
        lambda e, site: is_centred(e),
    ),
    NamingRule("precision", "P", lambda e, site: _inverse(e) and sense(e.args[0].facts).turned == 1),  # type: ignore[attr-defined]
    NamingRule("inverse", "P", lambda e, site: _inverse(e)),
)


PART = NamingRule("part", "uhq", lambda e, site: True)  # what only recurs
DIFFERENCE = NamingRule("difference", "rde", _difference)  # also of what does not vary
FITTED = NamingRule("residual", "r", lambda e, site: _residual(e, site) and _subtracts(e) and _fitted(e))
LAYERS = ("predictor", "preactivation", "logits", "slack")
THROUGH = (*LAYERS, "activation", "exponentials", "residual", "affine")  # what the chain rule goes through


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
    return [*layers, *_shares(nodes, layers, site, used), *_slopes(nodes, site, used)]


def _of_layer(n: Name, names: Sequence[Name], site: Site) -> Name:
    """What an activation is of is no predictor, but what stands before it; what softmax is of are logits."""
    if n.meaning != "predictor":
        return n
    if any(m.meaning == "activation" and n.formula in m.formula.args for m in names):
        return replace(n, meaning="preactivation")
    return replace(n, meaning="logits") if any(_ends(u.op) for u in site.used_by(n.formula)) else n


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
    """The named vectors through which alone the formula depends on the variable, inner ones first."""
    return [
        n
        for n in names
        if n.formula.type.kind == "v"
        and n.meaning in THROUGH
        and x not in substitute(root, {n.formula: n.symbol}).variables
    ]


__all__ = ["ERROR", "LOSS", "VALUE", "Name", "parts", "through"]
