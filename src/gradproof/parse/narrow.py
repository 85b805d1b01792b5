"""Kinds that are still possible, narrowed down at all places together until nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gradproof.parse.rules import BIT, ShapeRule
from gradproof.parse.tree import AppliedNode, CallNode, NameNode, SyntaxNode
from gradproof.records import dataclass

_CHOICES = {"s": "svm", "v": "vsm", "m": "mvs"}  # what the kind of a letter may give way to, in this order
_ORDER = {"m": 0, "v": 1, "s": 2}  # whose letters choose first
_ALL = sum(BIT.values())


@dataclass(frozen=True, slots=True)
class OpenFormula:
    """A formula whose kinds are sought: its nodes, the rule at each call, the kinds that the letters of open variables suggest, and those of other leaves."""

    nodes: Sequence[SyntaxNode]
    rules: Sequence[ShapeRule | None]
    letters: Mapping[str, str]
    known: Callable[[SyntaxNode], str]


class Masks:
    """For each node, the set of kinds that are still possible; all places of a variable share one slot.

    A strict search leaves out what is doubtful. Products in `scalings` pass whatever the other factor is, once the factor given there is a vector.
    """

    def __init__(self, site: OpenFormula, strict: bool, scalings: Mapping[int, int] | None = None):
        self.nodes, self.rules, self.letters, self.known = site.nodes, site.rules, site.letters, site.known
        self.strict, self.scalings = strict, scalings or {}
        self.slots: list[int] = []
        self.names: dict[str, int] = {}
        self.masks: list[int] = []
        self.users: list[list[int]] = []
        for i, node in enumerate(self.nodes):
            self._add(i, node)
        self._widen()
        self.trail: list[tuple[int, int]] = []
        self.fits = self._spread(list(range(len(self.nodes) - 1, -1, -1)))

    def _add(self, i: int, node: SyntaxNode) -> None:
        slot = len(self.masks)
        if isinstance(node, NameNode):
            slot = self.names.setdefault(node.name, slot)
        self.slots.append(slot)
        if slot == len(self.masks):
            self.masks.append(self._first(node))
            self.users.append([])
        if node.args:
            for at in {slot, *[self.slots[a] for a in node.args]}:
                self.users[at].append(i)

    def _first(self, node: SyntaxNode) -> int:
        match node:
            case NameNode(name=name) if name in self.letters:
                return BIT["m"] | BIT["v"] | BIT["s"] if self.letters[name] == "m" else BIT["v"] | BIT["s"]
            case CallNode() if node.args:
                return _ALL
            case AppliedNode(function=function, partials=partials):
                return _ALL if partials else BIT[function.shape.kind]
        return BIT[self.known(node)]

    def _widen(self) -> None:
        """A small letter may be a matrix only where it stands alone under an operation of matrices, as in det(a)."""
        for node, found in zip(self.nodes, self.rules, strict=True):
            if found is not None and len(node.args) == 1 and {k[0] for k in found.rows} <= {"m", "s"}:
                inner = self.nodes[node.args[0]]
                if isinstance(inner, NameNode) and inner.name in self.letters:
                    self.masks[self.names[inner.name]] |= BIT["m"]

    def fix(self, given: Mapping[str, str]) -> None:
        """Give some variables their kinds, as far as that is possible."""
        for name, kind in given.items():
            self._try(self.names[name], BIT[kind])

    def possible(self, name: str, kind: str) -> bool:
        """Whether the variable may be of this kind; if so, it is from now on."""
        return bool(self.of_variable(name) & BIT[kind]) and self._try(self.names[name], BIT[kind])

    def of_variable(self, name: str) -> int:
        return self.masks[self.names[name]]

    def choose(self) -> dict[str, str] | None:
        """A kind for each variable, the letter's where it is possible. None where nothing fits."""
        if not self.fits:
            return None
        chosen = {}
        for name in sorted(self.letters, key=lambda n: _ORDER[self.letters[n]]):
            slot = self.names[name]
            kind = next(
                (k for k in _CHOICES[self.letters[name]] if self.masks[slot] & BIT[k] and self._try(slot, BIT[k])), None
            )
            if kind is None:
                return None
            chosen[name] = kind
        return {name: chosen[name] for name in self.letters}

    def _try(self, slot: int, mask: int) -> bool:
        if self.masks[slot] == mask:
            return True
        self.trail = []
        self._set(slot, mask)
        if self._spread(list(self.users[slot])):
            return True
        for at, old in reversed(self.trail):
            self.masks[at] = old
        return False

    def _set(self, slot: int, mask: int) -> None:
        self.trail.append((slot, self.masks[slot]))
        self.masks[slot] = mask

    def _spread(self, waiting: list[int]) -> bool:
        """Narrow the masks around these nodes until nothing changes; False where a node is left with nothing."""
        queued = set(waiting)
        while waiting:
            i = waiting.pop()
            queued.discard(i)
            places = [self.slots[a] for a in self.nodes[i].args]
            places.append(self.slots[i])
            before = tuple([self.masks[p] for p in places])
            after = self._narrow(i, before)
            if after is None:
                return False
            for place, mask in zip(places, after, strict=True):
                mask &= self.masks[place]
                if mask != self.masks[place]:
                    if not mask:
                        return False
                    self._set(place, mask)
                    for user in self.users[place]:
                        if user not in queued:
                            queued.add(user)
                            waiting.append(user)
        return True

    def _narrow(self, i: int, masks: tuple[int, ...]) -> tuple[int, ...] | None:
        found = self.rules[i]
        if found is None or (i in self.scalings and masks[self.scalings[i]] == BIT["v"]):
            return masks
        return found.allowed(self.strict, masks)
