"""What a teacher names in a formula, by where it stands: one table of patterns."""

from __future__ import annotations

from collections.abc import Callable

from gradproof.explain.atoms import ADD, DIV, ELDIV, ELPOW, HADAMARD, MUL, NEG, SUB, TRANSPOSE, made_of
from gradproof.explain.context import differential_text, is_centred, mean_of, slope_texts, terms_of
from gradproof.facts import sense
from gradproof.facts.bounds import CHANCE
from gradproof.lift.rows import LOGSUMEXP_ROWS, SOFTMAX_ROWS
from gradproof.notation.expr import Call, Expr, Number, Symbol, fold, walk
from gradproof.ops import Operation
from gradproof.ops.basic import EXP, INV, LOG, NORM2, SQRT, SUM
from gradproof.ops.operation import Elementwise
from gradproof.records import dataclass, field

LINEAR = (ADD, SUB, NEG, MUL, TRANSPOSE)
BY_ROW = (SOFTMAX_ROWS, LOGSUMEXP_ROWS)


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

    def weighs(self, e: Call) -> bool:
        """Whether it is a softmax of rows that is only multiplied by a matrix: the weights of an average."""
        return e.op is SOFTMAX_ROWS and all(u.op is MUL for u in self.used_by(e))

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


def ends(op: Operation) -> bool:
    """Whether what it is taken of are logits: a number that is added to all of them changes nothing, or is added to the value."""
    return op.shift is not None or op in BY_ROW


def _bends(u: Call) -> bool:
    return isinstance(u.op.meaning, Elementwise) or ends(u.op)


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
        and any(_carries(u, site) for u in users)
    )


def _carries(u: Call, site: Site) -> bool:
    """Whether it passes an activation on: a layer of weights, or a gate that meets another one entry by entry."""
    if u.op is HADAMARD:
        return all(site.varies[a] and isinstance(a, Call) and isinstance(a.op.meaning, Elementwise) for a in u.args)
    return u.op is MUL and u.type.kind in "vm" and all(a.type.kind != "s" for a in u.args)


def exponentials(e: Expr) -> list[Expr]:
    """The exponentials that a number is the sum of, each a number or a vector; none where it is another sum, or only one of them."""
    terms = terms_of(e) if e.type.kind == "s" else []
    found = [t.args[0] if made_of(t, SUM) else t for sign, t in terms if sign > 0]
    return found if 1 < len(found) == len(terms) and all(made_of(t, EXP) for t in found) else []


def _inverts(op: Operation) -> bool:
    """Whether the inverse is in its differential: the inverse, the determinant, its logarithm."""
    return op is INV or "inv(X)" in differential_text(op)


def _kernel(e: Call, site: Site) -> bool:
    """Whether it is a square matrix that is a term of what is inverted."""
    sums = [u for u in site.used_by(e) if u.op is ADD]
    return e.type.square and any(_inverts(v.op) for u in sums for v in site.used_by(u))


def _covariance(e: Call, site: Site) -> bool:
    """Whether both the inverse and the determinant of a sum are taken."""
    ops = {u.op for u in site.used_by(e) if _inverts(u.op)}
    return e.type.square and e.op in (ADD, SUB) and INV in ops and len(ops) > 1


def _spread(e: Expr) -> bool:
    """Whether it is a variance: the mean of squares."""
    return _squared(mean_of(e))


def _deviates(e: Expr) -> bool:
    """Whether it is the root of a variance, or of what is added to one."""
    return isinstance(e, Call) and e.op is SQRT and any(_spread(n) for n in walk(e))


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
    NamingRule("scores", "sz", lambda e, site: _predictor(e, site) and all(map(site.weighs, site.used_by(e)))),
    NamingRule("predictor", "z", _predictor, numbered=True),
    NamingRule(
        "exponentials", "a", lambda e, site: slope_texts(e.op) == ("y",) and _activation(e, site)
    ),  # of a mixture
    NamingRule("activation", "a", _activation, numbered=True),
    NamingRule("weights", "pa", lambda e, site: site.weighs(e)),
    NamingRule("probabilities", "p", lambda e, site: e.op.total == 1 or e.op is SOFTMAX_ROWS),
    NamingRule("probability", "s", _probability),
    NamingRule("mean", "m", lambda e, site: mean_of(e) is site.x),
    NamingRule("variance", "v", lambda e, site: _spread(e)),
    NamingRule(
        "centred",
        "c",
        lambda e, site: is_centred(e),
    ),
    NamingRule("normaliser", "u", lambda e, site: bool(exponentials(e)) and all(u.op is LOG for u in site.used_by(e))),
    NamingRule("kernel", "ke", lambda e, site: slope_texts(e.op) == ("y",) and _kernel(e, site)),
    NamingRule("covariance", "cm", _covariance),
    NamingRule("deviation", "st", lambda e, site: _deviates(e)),
    NamingRule(
        "normalised", "zq", lambda e, site: e.op in (DIV, ELDIV) and is_centred(e.args[0]) and _deviates(e.args[1])
    ),
    NamingRule("precision", "P", lambda e, site: _inverse(e) and sense(e.args[0].facts).turned == 1),  # type: ignore[attr-defined]
    NamingRule("inverse", "P", lambda e, site: _inverse(e)),
)


PART = NamingRule("part", "uhq", lambda e, site: True)  # what only recurs
DIFFERENCE = NamingRule("difference", "rde", _difference)  # also of what does not vary
FITTED = NamingRule("residual", "r", lambda e, site: _residual(e, site) and _subtracts(e) and _fitted(e))
