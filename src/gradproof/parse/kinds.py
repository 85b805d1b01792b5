"""The kinds of undeclared variables: by use, and by the letter where use leaves it open.

First the letters are tried: a–g and Greek small letters scalars, h–z vectors, capitals matrices. Where that does not fit without doubt (see `rules`), the kinds
that every place allows are narrowed down together, the letters choose among what is left, and the reading that is farther from letters and
from use loses. All of it is linear in the length of the formula.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradproof.errors import UnsupportedError
from gradproof.ops import basic
from gradproof.parse.declare import Declared
from gradproof.parse.names import letter_kind
from gradproof.parse.narrow import Masks, OpenFormula
from gradproof.parse.rules import AXES, BIT, CLOSED, NEUTRAL, OPEN, Row, ShapeRule, rows_of, rule
from gradproof.parse.tree import AppliedNode, CallNode, NameNode, SyntaxNode
from gradproof.say import say

_POLISH = 20_000  # nodes that may be looked at to better a reading
_MUL = basic.MUL


class Kinds:
    """The kinds of a formula's nodes. `of[i]` is that of node i, `misfit` the first node that takes no such arguments, or None."""

    def __init__(
        self,
        nodes: Sequence[SyntaxNode],
        declared: Mapping[str, Declared],
        sizes: frozenset[str],
        hints: Mapping[str, str],
    ):
        self.nodes = nodes
        self.hints = hints  # kinds that go before those of the letters: bold type in LaTeX
        self.letters: dict[str, str] = {}
        for n in nodes:
            if type(n) is NameNode and n.name not in declared and n.name not in sizes:
                self.letters[n.name] = self._letter(n.name)
        self.fixed = {name: d.kind for name, d in declared.items()}
        self.rules: list[ShapeRule | None] = []
        self.states: list[int] = []
        self.of: list[str] = []
        self.rows: list[Row | None] = []
        self.misfit: int | None = None
        self.bent: tuple[
            str, ...
        ] = ()  # variables whose letter says vector or matrix, and that are read as something else
        if not self.letters:  # every kind is known, and nothing is doubtful
            self.rules = [rule(n.op, None) if type(n) is CallNode and n.args else None for n in nodes]
            self._evaluate(self.letters)
            return
        self._rules()
        doubts = self._evaluate(self.letters)
        if doubts > 0:
            number = self.misfit is None and self.of[-1] == "s" and not self._turned() and not self._bracketed()
            self._search()
            fits = self.misfit is None and bool(self.of)
            if number and fits and (self.of[-1] != "s" or "s" in map(self.chosen.get, self.bent)):
                self._by_letters()

    @property
    def site(self) -> OpenFormula:
        """Where the kinds of the letters are sought."""
        return OpenFormula(self.nodes, self.rules, self.letters, lambda node: self._leaf(node, ()))

    def _by_letters(self) -> None:
        """The letters make x'*c*x a number, and another reading an array, (x'*c)*x: the letters are followed, and it is said."""
        other = dict(self.chosen)
        self._evaluate(self.letters)
        self.bent = tuple(name for name, kind in self.letters.items() if other.get(name) != kind)

    def _turned(self) -> bool:
        """Whether a number is transposed."""
        turned = [n for n in self.nodes if isinstance(n, CallNode) and n.op is basic.TRANSPOSE]
        return any(self.of[n.args[0]] == "s" for n in turned)

    def _bracketed(self) -> bool:
        """Whether a product begins with a product in brackets: (x'*b)*x."""
        products = [n for n in self.nodes if isinstance(n, CallNode) and n.op is _MUL]
        firsts = [(n, self.nodes[n.args[0]]) for n in products]
        return any(isinstance(a, CallNode) and a.op is _MUL and a.span[0] > n.span[0] for n, a in firsts)

    def variable(self, name: str) -> str:
        """The kind of a variable, whether it occurs or not."""
        return self.fixed.get(name) or self.chosen.get(name) or self._letter(name)

    @property
    def doubts(self) -> float:
        """What the doubtful places of the reading cost."""
        return self._evaluate(dict(self.chosen))

    def _letter(self, name: str) -> str:
        return self.hints.get(name) or letter_kind(name)

    def _rules(self) -> None:
        """The rule at each call. A product of two variables with scalar letters, the second one transposed, may be an outer product: a*b'."""
        nodes, rules, states = self.nodes, self.rules, self.states
        rules += [None] * len(nodes)
        outer: dict[int, tuple[int, ...]] = {}
        for i, node in enumerate(nodes):
            if isinstance(node, CallNode) and node.args:
                under = tuple([states[a] for a in node.args])
                found = rule(node.op, under)
                if node.op is _MUL:
                    outer.pop(node.args[0], None)  # c*a'*x: the product goes on
                    if self._scalar_letter(nodes[node.args[0]]) and self._transposed(nodes[node.args[1]]):
                        outer[i] = under
                rules[i] = found
                states.append(found.state)
            elif isinstance(node, NameNode):
                declared = (
                    self.fixed.get(node.name, "s") != "s"
                )  # a number that is declared is as good as one that is written
                states.append(OPEN if node.name in self.letters else CLOSED if declared else NEUTRAL)
            else:
                states.append(CLOSED if isinstance(node, AppliedNode) else NEUTRAL)
        for i, under in outer.items():
            rules[i] = rule(_MUL, under, outer=True)

    def _scalar_letter(self, node: SyntaxNode) -> bool:
        return isinstance(node, NameNode) and self.letters.get(node.name) == "s"

    def _transposed(self, node: SyntaxNode) -> bool:
        turned = isinstance(node, CallNode) and len(node.args) == 1 and rows_of(node.op).get(("v",))
        return bool(turned) and turned.out == "r" and self._scalar_letter(self.nodes[node.args[0]])

    # -- one assignment

    def _evaluate(self, chosen: Mapping[str, str]) -> float:
        """Take these kinds; what their doubtful places cost, or infinity at the first node where nothing fits."""
        kinds: list[str] = []
        rows: list[Row | None] = []
        self.of, self.rows, self.chosen, self.misfit = kinds, rows, chosen, None
        doubts = 0.0
        for node, found in zip(self.nodes, self.rules, strict=True):
            if found is None:
                kinds.append(self._leaf(node, kinds))
                rows.append(None)
                continue
            args = node.args
            key = (kinds[args[0]], kinds[args[1]]) if len(args) == 2 else tuple([kinds[a] for a in args])
            row = found.rows.get(key)
            if row is None:
                self.misfit = len(kinds)
                return float("inf")
            if key in found.doubtful:
                doubts += found.doubtful[key]
            kinds.append(row.out)
            rows.append(row)
        return doubts

    def _leaf(self, node: SyntaxNode, kinds: Sequence[str]) -> str:
        if type(node) is NameNode:
            return self.chosen.get(node.name) or self.fixed.get(node.name, "s")
        match node:
            case CallNode(axes=axes, op=op):
                if not axes and () in rows_of(op):
                    return rows_of(op)[()].out
                return "m" if len(axes) == 2 or rows_of(op)[()].out == "m" else "v"
            case AppliedNode(function=function, partials=partials):
                if function.entrywise:
                    return max((kinds[a] for a in node.args), key=lambda kind: AXES[kind])
                axes = sum(AXES[kinds[node.args[p]]] for p in partials) + len(function.shape.dims)
                if axes > 2:
                    raise UnsupportedError(
                        say(
                            "{function} has {axes} axes: it has no place in matrix notation",
                            function=function.spelling(partials),
                            axes=axes,
                        ),
                        span=node.span,
                    )
                return "svm"[axes]
        return "s"

    # -- the search

    def _search(self) -> None:
        strict = self._candidate(strict=True)
        best = strict
        if strict is None or (strict[0] > 1 and self._bent(strict[2])):
            loose = self._candidate(strict=False)
            if (
                loose is not None
                and not (loose[1] and self._bent(loose[2]))
                and (strict is None or loose[0] < strict[0])
            ):
                best = loose
        if best is None:
            self._evaluate(self._for_the_message())
            return
        chosen = best[2]
        self.bent = self._bent(chosen)
        if best[1] or (self.bent and best[0] > 1):
            chosen = self._polished(chosen)
            self._evaluate(chosen)
            self.bent = self._bent(chosen)

    def _polished(self, chosen: Mapping[str, str]) -> Mapping[str, str]:
        """The reading with one variable after the other changed where that makes it better: to its letter, or from a scalar to a vector."""
        best, current = self._cost(chosen), dict(chosen)
        if len(chosen) * len(self.nodes) > _POLISH:
            return chosen
        for name, letter in self.letters.items():
            before = current[name]
            current[name] = letter if before != letter else "v"
            cost = self._cost(current)
            if cost < best and (letter == "s" or before != letter):
                best = cost
            else:
                current[name] = before
        return current

    def _cost(self, chosen: Mapping[str, str]) -> float:
        return self._evaluate(chosen) + sum(chosen[name] != kind for name, kind in self.letters.items())

    def _bent(self, chosen: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(name for name, kind in chosen.items() if kind != self.letters[name] != "s")

    def _candidate(self, strict: bool) -> tuple[float, float, Mapping[str, str]] | None:
        """Cost, doubts and kinds of the reading that the letters choose; None where there is none, or it rests on x*y being a scaled vector."""
        masks = Masks(self.site, strict)
        chosen = masks.choose()
        if chosen is None:
            return None
        bent = [name for name in self._bent(chosen) if self.letters[name] == "v" and chosen[name] == "s"]
        if bent:
            tolerant = Masks(self.site, strict, self._scalings(bent))
            tolerant.fix({name: kind for name, kind in chosen.items() if name not in bent})
            if any(tolerant.possible(name, "v") for name in bent):
                return None
        if self._overruled(chosen):
            return None
        cost, doubts = self._cost(chosen), self._evaluate(chosen)
        return None if doubts == float("inf") else (cost, doubts, chosen)

    def _overruled(self, chosen: Mapping[str, str]) -> bool:
        """Whether some part fits by the letters of its variables, and all of them, more than one, are bent to fit something around it: (A*x)^2."""
        bent = {*self._bent(chosen)}
        if len(bent) < 2:
            return False
        kinds: list[str] = []  # by the letters alone, "" where they do not fit
        alone: list[
            str | None
        ] = []  # the one variable under a node, where it is bent; "" for several, None where one is not bent or none is there
        for node, found in zip(self.nodes, self.rules, strict=True):
            under = {alone[a] for a in node.args if self.states[a] != NEUTRAL}
            if found is None:
                letter = self.letters.get(node.name) if isinstance(node, NameNode) else None
                kinds.append(letter or ("" if any(not kinds[a] for a in node.args) else self._leaf(node, kinds)))
                alone.append(node.name if isinstance(node, NameNode) and node.name in bent else None)
                continue
            row = found.rows.get(tuple([kinds[a] for a in node.args]))
            kinds.append(row.out if row else "")
            alone.append(None if None in under or not under else under.pop() if len(under) == 1 else "")
            if row and alone[-1] == "":
                return True
        return False

    def _scalings(self, bent: Sequence[str]) -> dict[int, int]:
        """The products of something with one of these variables and something without them that is no constant; and which factor that is."""
        depends: list[int] = []  # NEUTRAL: no variable; OPEN: one of these; CLOSED: others
        found = {}
        for i, node in enumerate(self.nodes):
            under = {depends[a] for a in node.args}
            if isinstance(node, CallNode) and node.op is _MUL and under == {OPEN, CLOSED}:
                found[i] = [depends[a] for a in node.args].index(CLOSED)
            if isinstance(node, NameNode):
                under = {
                    OPEN
                    if node.name in bent
                    else NEUTRAL
                    if node.name not in self.letters and node.name not in self.fixed
                    else CLOSED
                }
            depends.append(OPEN if OPEN in under else CLOSED if CLOSED in under else NEUTRAL)
        return found

    def _for_the_message(self) -> Mapping[str, str]:
        """The kinds in which a formula that fits in no way is explained: letters, but where use excludes a scalar, a vector."""
        masks = Masks(self.site, strict=True)
        return {
            name: "v" if kind == "s" and not masks.of_variable(name) & BIT["s"] else kind
            for name, kind in self.letters.items()
        }
