r"""Sums in LaTeX: `\sum_{i=1}^{n}`, `\sum_{i \neq j}`, `\sum_{j=1}^{i}`, `\sum_{(i,j) \in \Omega}`, and subscripts such as `u_{i+1}`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from gradproof.errors import ParseError, UnsupportedError
from gradproof.ops import BY_SPELLING
from gradproof.parse.derivative_signs import is_below
from gradproof.parse.item import COMMAND, END, LETTER, NUMBER, SIGN, WORD, Item
from gradproof.parse.latex_context import Tokens, called, sign, token
from gradproof.parse.latex_functions import Functions
from gradproof.parse.latex_head import Choice, Head
from gradproof.parse.latex_raised import Script
from gradproof.parse.latex_words import FUNCTIONS, NAMES, REFUSED, TERMS
from gradproof.parse.lexer import Kind
from gradproof.parse.note import refusal, unsupported
from gradproof.say import say

_RELATIONS = {
    "neq": "≠",
    "ne": "≠",
    "<": "<",
    "lt": "<",
    ">": ">",
    "gt": ">",
    "le": "⩽",
    "leq": "⩽",
    "ge": "⩾",
    "geq": "⩾",
}
_RANGES = {  # what stands below, with # for a letter or a number; where the index stands, and its largest value
    ("1", "⩽", "#", "⩽", "#"): (2, 4),
    ("#", "=", "1", "…", "#"): (0, 4),
    ("#", "in", "1", "…", "#"): (0, 4),
}
_TURNED = {"≠": "≠", "<": ">", ">": "<", "⩽": "⩾", "⩾": "⩽"}


class Sums(Functions):
    """Sums and what they sum."""

    def sum(self) -> Tokens:
        r"""\sum_{i=1}^{n} and what it sums: the rest of the term."""
        item = self.take()
        below, above = self.scripts()
        if below is None and item.text not in ("sum", "prod"):
            raise self.refuse(REFUSED[item.text], item)
        if below is None and (found := self.one_index(item, above)) is not None:
            return found
        assert below is not None
        head = self.head(below)
        while item.text != "sum" and self.now.kind == COMMAND and self.now.text == item.text and not above:
            self.again(head, below)
        if len(above) > 1 or set(head.names) & set(self.bound):
            raise ParseError(
                say("the index of this sum is in use already"),
                span=below.span,
                hint=say("give each index a name of its own"),
            )
        if above:
            self.limit(above[0], head)
            self.shorter(head)
        outer = self.context.heads.get(head.other)
        if head.relation and outer is not None and outer.start != head.start:  # they would be compared by their places
            raise refusal("sum-related-start", below.span, index=head.other, start=outer.start)
        body = self.body(head, below, item.text == "sum")
        if head.inside is not None:
            body = self.masked(head, body, below)
        if head.without is not None:
            body = self.without(head, head.without, body, below)
        if item.text != "sum" and (head.relation or len(head.names) > 2):
            raise refusal("terms-related", below.span, name=item.text)
        return self.written(head, body, item, below)

    def again(self, head: Head, below: Script) -> None:
        r"""A second \max_j after \max_i: the largest over both."""
        self.take()
        second, above = self.scripts()
        other = self.head(second) if second is not None and not above else None
        plain = [h is not None and h == Head(h.names) for h in (head, other)]
        if other is None or not all(plain) or {*other.names} & {*head.names}:
            raise self.not_all(second or below)
        head.names += other.names

    def body(self, head: Head, below: Script, goes_on: bool = False) -> Tokens:
        """What is summed; read twice where indices are shifted, so that it is known how far."""
        begin = self.at
        for name in head.names:
            self.context.heads[name] = head
        self.bound += head.names
        found = self.summand(head.names if goes_on else ())
        if head.shorter and not _is_call(found):
            raise unsupported("sum-triangle", below.span)
        if head.shifts and (head.start > 1 or any(k for ks in head.shifts.values() for k in ks)):
            self.at, head.known = begin, True
            found = self.summand(head.names if goes_on else ())
            for (name, _), by in head.shifts.items():
                if len(by) == 1 and head.limit is not None and head.start == 1 and not name.startswith("@"):
                    self.note("sum-short", below.span, name=name, size=head.limit.text)
        elif head.start > 1:
            raise refusal("sum-start", below.span)
        if head.relation and not {*head.names} <= head.used and len(head.names) == 2:
            first, second = sorted(head.names)
            raise refusal("sum-pairs", below.span, shown=self.source(*below.span), first=first, second=second)
        del self.bound[len(self.bound) - len(head.names) :]
        for name in head.names:
            del self.context.heads[name]
        if (
            head.limit is not None
            and not head.limit.text.isidentifier()
            and not (head.start == 0 and "+" in head.limit.text)  # from 0 to T: T + 1 entries
            and not head.known
            and head.limit.kind is Kind.NAME
        ):
            raise UnsupportedError(
                say("the end of this sum is not a size"), span=below.span, hint=say(r"write \sum_{i=1}^{n}")
            )
        return found

    def summand(self, names: Sequence[str] = ()) -> Tokens:
        r"""What follows the sign of a sum: a term, with a sign of its own in \sum_i -\log p_i, and the terms after it that hold its index."""
        found = [sign("-", self.take())] if self.next_is("-") else []
        found += self.term()
        while self.next_is("+-") and self.holds(names):
            start = self.now.start
            found += [sign(self.now.text, self.take()), *self.term()]
            place = (start, self.items[self.at - 1].end)
            self.note("sum-goes-on", place, index=names[0], shown=self.source(*place))
        return found

    def holds(self, names: Sequence[str]) -> bool:
        r"""Whether the term that comes next has one of these indices below a name, and no sum over it: the second one of \sum_i x_i + y_i."""
        depth, held = 0, False
        for k in range(self.at + 1, len(self.items)):
            item = self.items[k]
            depth += (item.kind == SIGN) * ((item.text in "([{⟨") - (item.text in ")]}⟩"))
            if (
                item.kind == END
                or depth < 0
                or (not depth and item.kind == SIGN and item.text in "+-=,&" and k > self.at + 1)
            ):
                break
            if item.kind == LETTER and item.text in names:
                if self.names_index(k):
                    return False
                held = held or is_below(self.items, k)
        return held

    def names_index(self, k: int) -> bool:
        """Whether the letter here is the index of a sum."""
        at = next((n for n in range(k - 1, -1, -1) if self.items[n].text == "_"), 0)
        return at > 0 and self.items[at - 1].kind == COMMAND and self.items[at - 1].text in TERMS

    def written(self, head: Head, body: Tokens, item: Item, below: Script) -> Tokens:
        """The tokens of a sum; over pairs, of one sum in another."""
        end = sign(")", (body[-1].end, body[-1].end))
        if head.relation and len(head.names) == 2:
            first = [token(Kind.NAME, "sum", item), sign("(", item), token(Kind.NAME, head.other, below.span)]
            inner = Head([next(n for n in head.names if n != head.other)], 1, head.relation, head.other)
            return [*first, *self.to(head), sign(":", below.span), *self.written(inner, body, item, below), end]
        found = [token(Kind.NAME, item.text if item.text in TERMS else "sum", item), sign("(", item)]
        for k, name in enumerate(head.names):
            found += [sign(",", below.span)] * bool(k) + [token(Kind.NAME, name, below.span), *self.to(head)]
        if head.relation:
            found += [sign(head.relation, below.span), token(Kind.NAME, head.other, below.span)]
        return [*found, sign(":", below.span), *body, end]

    def to(self, head: Head) -> Tokens:
        """How far an index runs."""
        return [sign("≤", (head.limit.start, head.limit.end)), head.limit] if head.limit is not None else []

    def one_index(self, item: Item, above: list[Script]) -> Tokens | None:
        """A sum without an index, over the one index that stands below the names after it. Raises ParseError where there is none, or more."""
        letters = {
            i.text
            for before, i in pairwise(self.items[self.at :])
            if before.text in ("_", "{") and i.kind == LETTER and i.text in "ijklmnt" and i.text not in self.bound
        } & self.context.subscripts
        if not letters and not above and (found := self.of_entries(item)) is not None:
            return found
        if len(letters) != 1 or above:
            raise refusal("sum-open", (item.start, item.end))
        (index,) = letters
        self.note("sum-index", (item.start, item.end), index=index)
        self.context.running = {*self.context.running, index}
        head = Head([index])
        place = Script(self.at, self.at, (item.start, item.end))
        return self.written(head, self.body(head, place), item, place)

    def of_entries(self, item: Item) -> Tokens | None:
        r"""\sum \exp(Ax+b), without any index: the sum of the entries of one function; None for anything else."""
        name = self.now.text
        op = BY_SPELLING.get(FUNCTIONS.get(name, "")) if self.now.kind in (COMMAND, WORD) else None
        if op is None or not (op.elementwise and op.analytic and self.next_is("([", 1)):
            return None
        start = self.at
        found = self.factor()
        if not (self.now.kind == END or self.next_is("+-)],}")):  # a factor more, which can belong to the sum
            self.at = start
            return None
        self.note(
            "sum-of-entries", (item.start, found[-1].end), shown=self.source(self.items[start].start, found[-1].end)
        )
        return called("sum", [found], item, found[-1].end)

    # -- below and above

    def head(self, below: Script) -> Head:
        r"""The indices of a sum: i, i=1, ij, i,j=1, j \neq i, i<j, 1 \le i < j \le n, (i,j) \in \Omega."""
        items = [i for i in self.items[below.begin : below.end] if i.text not in "{}"]
        ranged = self.ranged(items, below)
        if ranged is not None:
            return ranged
        inside = next((k for k, i in enumerate(items) if i.kind == COMMAND and i.text == "in"), None)
        if inside is not None:
            return self.in_set(items, inside, below)
        texts = [_RELATIONS.get(i.text, i.text) for i in items]
        label = self.left_out(texts, items)
        if label is not None:
            return Head([label[0]], without=label[1])
        if texts[:2] == ["1", "⩽"] and len(texts) > 3 and texts[-2] == "⩽":  # 1 <= i < j <= n
            return self.chain(items, texts, below)
        comma = next((k for k, t in enumerate(texts) if t in (",", ":", ";") and set(texts[k:]) & set(_TURNED)), None)
        if comma is not None and len(texts) == comma + 4:  # j=1, j \neq i
            head = self.related(texts[comma + 1 :], below)
            first = self.plain(items[:comma], below)
            same = set(first.names) == set(head.names) or first.names == head.names[:1]
            if not same or first.start != 1:
                raise self.not_all(below)
            return head
        if set(texts) & set(_TURNED):
            return self.related(texts, below)
        return self.plain(items, below)

    def ranged(self, items: Sequence[Item], below: Script) -> Head | None:
        r"""1 \le i \le n, i=1,\ldots,n, i \in \{1,\ldots,n\}: one index with its range; None for anything else."""
        texts = [_RELATIONS.get(i.text, i.text) for i in items if i.text not in (",", "[", "]")]
        found = next(
            (k for k in _RANGES if len(k) == len(texts) and all(b in ("#", a) for a, b in zip(texts, k, strict=True))),
            None,
        )
        if found is None:
            return None
        places = [i for i in items if i.text not in (",", "[", "]")]
        index, last = (places[k] for k in _RANGES[found])
        if index.kind != LETTER or last.kind not in (LETTER, NUMBER, WORD):
            return None
        limit = token(Kind.NUMBER if last.kind == NUMBER else Kind.NAME, last.text, below.span)
        return Head([index.text], limit=limit)

    def plain(self, items: Sequence[Item], below: Script) -> Head:
        """i, ij, i,j, i,j=1, i=2."""
        parts = [i for i in items if i.text != ","]
        start = 1
        if len(parts) > 2 and parts[-2].text == "=" and parts[-1].kind == NUMBER and parts[-1].text.isdecimal():
            start, parts = int(parts[-1].text), parts[:-2]
        other = ""
        relation = ""
        if len(parts) > 2 and parts[1].text == "=" and parts[2].text in self.bound:  # j = i, j = i+1
            after = [i.text for i in parts[3:]]
            relation, other = {"": "⩾", "+1": ">"}.get("".join(after), ""), parts[2].text
            if not relation:
                raise self.not_all(below)
            parts = parts[:1]
            outer = self.context.heads.get(other)
            start = outer.start if outer is not None and outer.start < 1 else start
        ok = parts and all(i.kind == LETTER for i in parts) and len({i.text for i in parts}) == len(parts)
        if not ok or (start > 1 and len(parts) > 1):
            raise self.not_all(below)
        return Head([i.text for i in parts], start, relation, other)

    def related(self, texts: Sequence[str], below: Script) -> Head:
        r"""j \neq i, where one of them runs already, or i < j over both."""
        if len(texts) != 3 or texts[1] not in _TURNED or not (texts[0].isalpha() and texts[2].isalpha()):
            raise self.not_all(below)
        first, relation, second = texts
        if first == second or (first in self.bound and second in self.bound):
            raise self.not_all(below)
        if first in self.bound:
            return Head([second], 1, _TURNED[relation], first)
        if second in self.bound:
            return Head([first], 1, relation, second)
        if first > second:  # over j for an i that is given, or over both
            raise refusal("sum-pairs", below.span, shown=self.source(*below.span), first=second, second=first)
        self.note("sum-pairs", below.span, shown=self.source(*below.span), first=first, second=second)
        return Head([first, second], 1, _TURNED[relation], first)

    def chain(self, items: Sequence[Item], texts: Sequence[str], below: Script) -> Head:
        r"""1 \le i < j \le n."""
        head = self.related(texts[2:-2], below)
        last = items[-1]
        if last.kind not in (LETTER, NUMBER, WORD) or len(head.names) != 2:
            raise self.not_all(below)
        head.limit = token(Kind.NUMBER if last.kind == NUMBER else Kind.NAME, last.text, below.span)
        return head

    def in_set(self, items: Sequence[Item], at: int, below: Script) -> Head:
        r"""(i,j) \in \Omega, k \in N(i), i \in C_k: where a matrix of zeros and ones has a one, or a vector."""
        names = [i for i in items[:at] if i.text not in "(),"]
        members = list(items[at + 1 :])
        texts, owner = [i.text for i in members], ""
        if len(names) == 1 and (
            texts[1:2] == ["_"] and len(texts) == 3 or texts[1::2] == ["(", ")"] and len(texts) == 4
        ):
            owner, members = texts[2], members[:1]
        named = len(members) == 1 and (members[0].kind in (LETTER, WORD) or members[0].text in NAMES)
        named = named and (not owner or owner in self.bound)
        fits = (
            1 <= len(names) <= 2 and all(i.kind == LETTER for i in names) and len({i.text for i in names}) == len(names)
        )
        if not named or not fits:
            raise unsupported("sum-set", below.span, shown=self.source(*below.span))
        return Head([i.text for i in names], inside=members[0], owner=owner)

    def masked(self, head: Head, body: Tokens, below: Script) -> Tokens:
        """The body times the entry of the matrix, or of the vector, that says what is in the set."""
        assert head.inside is not None
        item = head.inside
        name = NAMES.get(item.text, item.text) if item.kind == COMMAND else item.text
        names = [*([head.owner] if head.owner else ()), *head.names]
        listed = ",".join(names)
        self.note("sum-mask", below.span, name=name, entry=f"{name}[{listed}]", shown=self.source(*below.span))
        place = token(Kind.NAME, name, item)
        return [
            place,
            *self.entry(names, below.span),
            sign("*", item),
            sign("(", item),
            *body,
            sign(")", (body[-1].end, body[-1].end)),
        ]

    def without(self, head: Head, label: Choice, body: Tokens, below: Script) -> Tokens:
        r"""The body of \sum_{j \neq y_i} times 1 - Y[i,j]."""
        span = below.span
        self.bound += head.names
        mask = self.mask(label, head.names[0], span)
        del self.bound[len(self.bound) - len(head.names) :]
        end = sign(")", (body[-1].end, body[-1].end))
        other = [sign("(", span), token(Kind.NUMBER, "1", span), sign("-", span), *mask, sign(")", span)]
        return [*other, sign("*", span), sign("(", span), *body, end]

    def not_all(self, below: Script) -> UnsupportedError:
        return UnsupportedError(
            say("'{shown}' is not a sum over all entries", shown=self.source(*below.span)),
            span=below.span,
            hint=say(r"sums run over whole axes: \sum_i, \sum_{i=1}^{n}, \sum_{i,j}"),
        )

    def shorter(self, head: Head) -> None:
        r"""Take in the one index for which the sum that comes next is empty: \sum_{i=1}^{n-1} \sum_{j=i+1}^n, \sum_{i=2}^n \sum_{j=1}^{i-1}."""
        texts = [i.text for i in self.items[self.at : self.at + 16] if i.text not in "{}"]
        whole = "" if head.limit is None else head.limit.text.removesuffix(" - 1")
        if texts[:2] != ["sum", "_"] or head.limit is None or whole == head.limit.text or len(head.names) > 1:
            return
        after = head.start == 1 and texts[3:9] == ["=", *head.names, "+", "1", "^", whole] and texts[9:10] != ["-"]
        before = head.start == 2 and texts[3:9] == ["=", "1", "^", *head.names, "-", "1"]
        if after or before:
            head.start, head.shorter = 1, True
            head.limit = head.limit._replace(text=whole)

    def limit(self, above: Script, head: Head) -> None:
        """The size that a sum runs to: n, 10, n-1; another index, i or i-1."""
        parts = [i for i in self.items[above.begin : above.end] if i.text not in "{}"]
        texts = [i.text for i in parts]
        if texts[:1] and texts[0] in self.bound:
            relation = {"": "⩽", "-1": "<"}.get("".join(texts[1:]), "")
            if not relation or head.relation or len(head.names) > 1 or head.start > 1:
                raise unsupported("sum-triangle", above.span)
            head.relation, head.other = relation, texts[0]
            return
        less = 0
        if len(parts) == 3 and texts[1] in "+-" and parts[2].kind == NUMBER and texts[2].isdecimal():
            less, parts = int(texts[2]) if texts[1] == "-" else -int(texts[2]), parts[:1]
        if len(parts) != 1 or parts[0].kind not in (LETTER, NUMBER, WORD):
            raise UnsupportedError(
                say("the end of this sum is not a size"), span=above.span, hint=say(r"write \sum_{i=1}^{n}")
            )
        less += head.start - 1
        text = parts[0].text
        if parts[0].kind == NUMBER:
            text, less = str(int(text) - less), 0
        text += f" - {less}" if less > 0 else f" + {-less}" if less < 0 else ""
        head.limit = token(Kind.NUMBER if text.isdecimal() else Kind.NAME, text, above.span)


def _is_call(found: Tokens) -> bool:
    """Whether tokens are one call, to its end."""
    depth = 0
    for k, t in enumerate(found[1:], 1):
        depth += (t.text in ("(", "[")) - (t.text in (")", "]"))
        if not depth:
            return found[1].text == "(" and k + 1 == len(found)
    return False
