"""What went wrong: slips that explain a wrong claim, each confirmed at every point before it is a finding.

The claim is mended by one edit and held against the derivative, or the derivative is damaged by one and held against the claim. Simple
explanations cost least; a slip together with another layout or a constant factor costs more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice
from time import process_time

from gradproof.check.claims import Claim
from gradproof.check.edits import Edit, exchanged, insertions, omissions, other_functions, positions, repairs
from gradproof.check.match import Fit, Target, agree, fit, ratio, simple, value_of
from gradproof.check.points import Array, At, Form, Question
from gradproof.check.related import DET, LOG, coefficients, relatives
from gradproof.check.terms import expand
from gradproof.check.tree import LEAF, NEG, OP, Tree, build, from_expr, negated, op_tree, terms_of, walk_tree
from gradproof.check.tree import TRANSPOSE as TRANSPOSE_OP
from gradproof.notation.expr import Call, Expr, Number, call, number, walk
from gradproof.numeric import bare as np
from gradproof.ops.operation import Elementwise
from gradproof.records import dataclass, field

COST: Mapping[str, float] = {  # of a slip: the likelier, the less
    "transposed": 0.5, "sign": 0.9, "factor": 1.0, "missing-transpose": 1.0, "extra-transpose": 1.0, "missing-inverse": 1.1, "extra-inverse": 1.2,
    "term-sign": 1.0, "extra-term": 1.1, "missing-term": 1.1, "hadamard-for-product": 1.1, "product-for-hadamard": 1.2, "order-of-factors": 1.1,
    "pairing": 1.2, "missing-chain-factor": 1.2, "extra-factor": 1.3, "exponent": 1.05, "missing-diag": 1.4, "missing-off-diagonal": 0.9, "extra-function": 1.4,
    "double-slip": 2.2, "term-factors": 1.6, "other-formula": 0.95, "inner-factor": 1.0, "wrong-variable": 1.25, "wrong-function": 1.2,
}  # fmt: skip
WITH_FORM, WITH_FACTOR, WITH_SIGN, INSIDE, PER_NODE = 0.8, 1.0, 0.6, 0.08, 0.01
LARGEST = 220  # nodes of a formula whose edits are tried
MOST_EDITS = 3000
OF_LOGARITHM = 0.25  # an exponent that is off explains more often that the derivative is divided by the formula
MOST_TERMS = 3  # of a claim, the factors of which are looked for together
POOL = 14
PATIENCE, MOST_FIRST, MOST_SECOND = 3.0, 150, 200  # seconds and edits for two slips together


@dataclass(frozen=True)
class Finding:
    """A confirmed slip. `data` holds the formulas that its text names: part, new, factor, repaired, fact, …; `slips`: the two of a double one."""

    identifier: str
    cost: float
    form: Form | None = None
    data: Mapping[str, Expr | str] = field(default_factory=dict)
    span: tuple[int, int] | None = None
    slips: tuple[Finding, ...] = ()


class Search:
    """The search for what is wrong with one claim about `target`."""

    def __init__(self, question: Question, claim: Claim, points: Sequence[At], target: Target):
        self.question, self.claim, self.points, self.targets = question, claim, points, target.forms
        self.memo: dict[Tree, Expr | None] = {}
        self.asked = next(iter(self.targets(points[0])))
        self.truth = _of_size(from_expr(target.formula)) if target.formula is not None else None
        self.found: list[Finding] = []
        self.proportional = False  # whether the claim itself is right up to a constant factor

    def run(self, deep: bool = True, double: bool = True) -> list[Finding]:
        """The findings, the simplest first; `deep`: where nothing else is found, parts that may have been left out are put in everywhere;

        `double`: then two slips together are looked for.
        """
        if self.claim.expr is not None:
            self.whole(self.claim.expr)
        trees = [t for t in self.claim.trees if _of_size(t) is not None]
        for tree in trees:
            self.repaired(repairs(tree))
            self.single_terms(tree)
        if self.claim.expr is not None and self.truth is not None:
            self.damaged(omissions(self.truth))
        for tree in trees if not self.found else ():
            self.several_terms(tree)
        if not self.found and deep:
            for tree in trees:
                self.repaired(exchanged(tree, [*self.question.symbols.values()]))
                self.repaired(insertions(tree, self.pool()))
            for tree in trees if not self.found else ():
                self.repaired(other_functions(tree, self.functions()))
        if not self.found and deep and double:
            self.doubly(trees)
        return sorted(self.found, key=lambda f: f.cost)

    def functions(self) -> list[Tree]:
        """The functions of entries in the derivative, of which one may have been taken for another, or for what it is of."""
        nodes = () if self.truth is None else walk_tree(self.truth)
        return [t for t in nodes if t.kind == OP and len(t.args) == 1 and isinstance(t.data.meaning, Elementwise)]

    # -- the claim as a whole

    def whole(self, e: Expr) -> None:
        """Another form, the sign, a constant factor, or a scalar factor of the formula."""
        found = fit(self.points, value_of(e), self.targets)
        if found is None:
            turned = fit(
                self.points, lambda at: None if (v := at.try_value(e)) is None else v.T, self.targets, exact=True
            )
            if turned is not None:
                self.add("transposed", turned.form, {})
            diagonal = fit(self.points, value_of(e), self.diagonals, exact=True)
            if diagonal is not None:
                self.add("missing-off-diagonal", diagonal.form, {})
            self.scalar_factor(e)
            self.other_formula(e)
        elif not found.exact:
            self.proportional = True
            factor = found.factor
            sign = factor is number(-1)
            bare = e.args[0] if isinstance(e, Call) and e.op is NEG else None
            repaired = (bare if bare is not None else call("neg", e)) if sign else call("mul", factor, e)
            self.add("sign" if sign else "factor", found.form, {"factor": factor, "repaired": repaired})

    def diagonals(self, at: At) -> Mapping[Form, Array]:
        """The diagonal of the derivative, as a matrix or as a vector."""
        form, whole = next(iter(self.targets(at).items()))
        if whole.shape[0] != whole.shape[1] or whole.size == 1:
            return {}
        entries = np.diag(whole)
        return {form: np.diag(entries), Form(form.layout, "diagonal"): entries.reshape(-1, 1)}

    def scalar_factor(self, e: Expr) -> None:
        """A factor that is a number at each point, but not the same one: a scalar part of the formula or of the answer."""
        first = self.points[0].try_value(e)
        for form, wanted in self.targets(self.points[0]).items():
            if first is None or first.size == 1 or ratio(first, wanted) is None:
                continue
            ratios = [
                ratio(v, self.targets(at)[form]) if (v := at.try_value(e)) is not None else None for at in self.points
            ]
            if None in ratios:
                continue
            for part in self.scalars():
                values = [v[0, 0] for at in self.points if (v := at.try_value(part)) is not None and v[0, 0]]
                for power in (1, -1, 2, -2) if len(values) == len(ratios) else ():
                    found = [r / float(v) ** power for r, v in zip(ratios, values, strict=True) if r is not None]
                    if (constant := simple(found)) is not None:
                        self.scaled(form, part, power, constant, part in walk(e))
                        return
            return

    def scaled(self, form: Form, part: Expr, power: int, constant: Fraction, there: bool) -> None:
        """A power of a scalar part that is missing, or too many; of a part that is `there`, its exponent is off."""
        factor = part if abs(power) == 1 else call("pow", part, 2)
        data: dict[str, Expr | str] = {} if constant == 1 else {"factor": number(constant)}
        more = 0.0 if constant == 1 else WITH_SIGN if constant == -1 else WITH_FACTOR
        if there and power > 0:
            self.add("exponent", form, {"raised": part, "missing": factor, **data}, more=more)
        else:
            extra = power < 0 and there
            shown = factor if extra or power > 0 else call("div", 1, factor)
            self.add("extra-factor" if extra else "missing-chain-factor", form, {"part": shown, **data}, more=more)

    def other_formula(self, e: Expr) -> None:
        """The derivative of the square, the root, the logarithm or the exponential of the formula."""
        f = self.question.expression
        if f.type.kind != "s" or self.asked not in self.targets(self.points[0]):
            return
        for other, slope in relatives(f):

            def scaled(at: At, slope: Expr = slope) -> Array | None:
                s = at.try_value(slope)
                return None if s is None else float(s[0, 0]) * self.targets(at)[self.asked]

            if agree(self.points, value_of(e), scaled) == 1:
                logarithm = isinstance(other, Call) and other.op is LOG and not (isinstance(f, Call) and f.op is DET)
                self.add("other-formula", self.asked, {"other": other}, more=OF_LOGARITHM if logarithm else 0.0)
                return

    def scalars(self) -> Iterator[Expr]:
        """Scalar parts of the formula, of the answer and of the claim."""
        roots = [
            self.question.expression,
            self.claim.expr,
            build(self.truth, self.memo) if self.truth is not None else None,
        ]
        found = (e for root in roots if root is not None for e in walk(root))
        yield from dict.fromkeys(e for e in found if e.type.kind == "s" and not isinstance(e, Number))

    # -- edits

    def repaired(self, edits: Iterable[Edit]) -> None:
        """Edits of the claim that make it right."""
        tried: set[Expr] = {self.claim.expr} if self.claim.expr is not None else set()
        shapes = {a.shape for a in self.targets(self.points[0]).values()}
        for edit in islice(edits, MOST_EDITS):
            e = build(edit.tree, self.memo)
            if e is None or e in tried or self.shape(e) not in shapes:
                continue
            found = fit(self.points, value_of(e), self.targets)
            if found is not None:
                tried.add(e)
                self.accept(edit, found, {"repaired": e})

    def doubly(self, trees: Sequence[Tree]) -> None:
        """Two slips together: each edit of the claim edited again, for a while."""
        shapes = {a.shape for a in self.targets(self.points[0]).values()}
        end = process_time() + PATIENCE
        for tree in trees:
            for first in islice(repairs(tree), MOST_FIRST):
                for second in islice(repairs(first.tree), MOST_SECOND):
                    if process_time() > end:
                        return
                    e = build(second.tree, self.memo)
                    if e is None or self.shape(e) not in shapes:
                        continue
                    found = fit(self.points, value_of(e), self.asked_only, exact=True)
                    if found is not None:
                        self.found.append(self.double(first, second, e, found.form))
                        return

    def asked_only(self, at: At) -> Mapping[Form, Array]:
        """The target in the asked form alone."""
        return {self.asked: self.targets(at)[self.asked]}

    def double(self, first: Edit, second: Edit, mended: Expr, form: Form) -> Finding:
        slips = tuple(
            Finding(edit.identifier, COST[edit.identifier], form, self.parts(edit), edit.part.span)
            for edit in (first, second)
        )
        return Finding("double-slip", COST["double-slip"], form, {"repaired": mended}, slips=slips)

    def parts(self, edit: Edit) -> dict[str, Expr | str]:
        """What an edit changes, as its text names it."""
        found: dict[str, Expr | str] = {}
        for name, tree in (("part", edit.part), ("new", edit.new)):
            e = build(tree, self.memo) if tree is not None else None
            if e is not None:
                found[name] = e
            elif tree is not None:  # it does not conform
                found[name] = self.claim.text[slice(*tree.span)] if tree.span else self.pieces(tree)
        return found

    def shape(self, e: Expr) -> tuple[int, ...]:
        dims = tuple(
            d.evaluate(self.points[0].sizes) if d.names <= self.points[0].sizes.keys() else -1 for d in e.type.dims
        )
        return {"s": (1, 1), "v": (*dims, 1), "r": (1, *dims), "m": dims}[e.type.kind]

    def damaged(self, edits: Iterable[Edit]) -> None:
        """Edits of the right answer that make it the claim."""
        mine = value_of(self.claim.expr) if self.claim.expr is not None else None
        for edit in islice(edits, MOST_EDITS):
            e = build(edit.tree, self.memo)
            if e is None or mine is None:
                continue
            found = fit(self.points, mine, lambda at, e=e: self.both_ways(at, e))
            if found is not None:
                self.accept(edit, found, {}, truth=True)

    def both_ways(self, at: At, e: Expr) -> Mapping[Form, object]:
        """A damaged answer as it stands, and transposed."""
        a = at.try_value(e)
        other = next((f for f in self.targets(at) if f.layout != self.asked.layout), self.asked)
        return {} if a is None else {self.asked: a, other: a.T}

    def accept(self, edit: Edit, found: Fit, data: Mapping[str, Expr | str], truth: bool = False) -> None:
        """Take a confirmed edit in; what leaves the factor of the claim itself is no slip."""
        if self.proportional and not found.exact:
            return
        parts: dict[str, Expr | str] = {**data, **self.parts(edit)}
        if truth and edit.identifier == "missing-chain-factor" and "new" in parts:  # the term without its factor
            parts["term"] = parts.pop("new")
        if not found.exact:
            parts["factor"] = found.factor
        size = sum(1 for _ in walk_tree(edit.part))
        inner = (
            INSIDE if edit.identifier in ("missing-term", "factor") else 0.0
        )  # the term of the formula multiplied out says more
        self.add(
            edit.identifier,
            found.form,
            parts,
            edit.part.span,
            PER_NODE * size + inner + (0 if found.exact else WITH_SIGN if found.factor is number(-1) else WITH_FACTOR),
        )

    def pieces(self, tree: Tree) -> str:
        """The arguments of something that does not conform."""
        found = (build(a, self.memo) for a in tree.args)
        return " … ".join(e.ascii for e in found if e is not None) or "…"

    def add(
        self,
        identifier: str,
        form: Form,
        data: Mapping[str, Expr | str],
        span: tuple[int, int] | None = None,
        more: float = 0.0,
    ) -> None:
        cost = COST[identifier] + more + (WITH_FORM if form != self.asked else 0)
        self.found.append(Finding(identifier, cost, form, data, span))

    # -- single terms

    def single_terms(self, tree: Tree) -> None:
        """A term too many, one with the wrong sign or factor, or one that is missing, in the formulas multiplied out."""
        claim = self.claim.expr
        if claim is None:
            return
        first = self.points[0].try_value(claim)
        forms = [f for f, a in self.targets(self.points[0]).items() if first is not None and a.shape == first.shape]
        for form in dict.fromkeys(forms):
            mine, theirs = expand(tree), expand(self.truth) if self.truth is not None else []
            for sign, term in mine if len(mine) > 1 else ():
                self.term(form, claim, sign, term, own=True)
            for sign, term in theirs if len(theirs) > 1 else ():
                self.term(form, claim, sign, term, own=False)

    def term(self, form: Form, claim: Expr, sign: int, term: Tree, own: bool) -> None:
        """Whether the difference between the derivative and the claim is a multiple of this term."""
        e = build(negated(term) if sign < 0 else term, self.memo)
        if e is None:
            return

        def difference(at: At):
            value = at.try_value(claim)
            return (
                None if value is None or value.shape != self.targets(at)[form].shape else self.targets(at)[form] - value
            )

        flipped = not own and form != self.asked
        c = agree(self.points, value_of(call("transpose", e) if flipped else e), difference)
        if c is None:
            return
        slips = {-1: "extra-term", -2: "term-sign"} if own else {1: "missing-term"}
        what = next((name for number_, name in slips.items() if c == number_), "factor" if own else None)
        if what:
            data: dict[str, Expr | str] = {"part": e, **({"factor": number(1 + c)} if what == "factor" else {})}
            self.add(
                what,
                form,
                data,
                term.span,
                PER_NODE * sum(1 for _ in walk_tree(term)) / 2 + (INSIDE if own and what != "factor" else 0.0),
            )

    def several_terms(self, tree: Tree) -> None:
        """Terms each of which has a factor of its own that is off."""
        pairs = [(sign, build(t, self.memo)) for sign, t in terms_of(tree)]
        terms = [e for _, e in pairs if e is not None and e.type == pairs[0][1].type]  # type: ignore[union-attr]
        if not 1 < len(terms) <= MOST_TERMS or len(terms) < len(pairs):
            return
        columns = [[v for at in self.points if (v := at.try_value(t)) is not None] for t in terms]
        whole = [self.targets(at)[self.asked] for at in self.points]
        if any([v.shape for v in column] != [w.shape for w in whole] for column in columns):
            return
        found = coefficients(columns, whole)
        if found is None or 0 in found:
            return
        off = [(e, c * sign) for (sign, _), e, c in zip(pairs, terms, found, strict=True) if c * sign != 1]
        if len(off) == 2:
            (one, a), (two, b) = off
            data: dict[str, Expr | str] = {"part": one, "factor": number(a), "two": two, "other": number(b)}
            self.add("term-factors", self.asked, data)

    # -- what may have been left out

    def pool(self) -> list[Tree]:
        """Parts of the answer and of the formula that the claim may lack, small ones first."""
        seen: dict[Expr, Tree] = {}
        for root in (self.truth, _of_size(from_expr(self.question.expression))):
            if root is None:
                continue
            for part, _ in positions(root):
                e = build(part, self.memo)
                if e is None or isinstance(e, Number):
                    continue
                for tree in (
                    (part, op_tree(TRANSPOSE_OP, part)) if part.kind == LEAF and e.type.kind != "s" else (part,)
                ):
                    whole = build(tree, self.memo)
                    if whole is not None:
                        seen.setdefault(whole, tree)
        return sorted(seen.values(), key=lambda t: sum(1 for _ in walk_tree(t)))[:POOL]


def _of_size(tree: Tree) -> Tree | None:
    """The tree, where it is not too large to be edited."""
    return tree if sum(1 for _ in islice(walk_tree(tree), LARGEST + 1)) <= LARGEST else None


def simplest(findings: Sequence[Finding], most: int = 4, margin: float = 0.75) -> list[Finding]:
    """The best findings, one for each identifier, none that costs much more than the best."""
    best: dict[str, Finding] = {}
    for f in sorted(findings, key=lambda f: f.cost):
        best.setdefault(f.identifier, f)
    kept = list(best.values())
    return [f for f in kept[:most] if f.cost <= kept[0].cost + margin]
