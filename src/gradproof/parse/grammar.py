"""Tokens to a syntax tree: an operator-precedence parser with its stack in a list, so that depth is no limit.

Tight to loose: `'`, `^ .^` (one above another is refused; the exponent may have a sign), unary minus, `* / .* ./ \\` and `+ -` (left to right).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from itertools import pairwise

from gradproof.budget import tick
from gradproof.errors import GradproofError, ParseError
from gradproof.notation.expr import call
from gradproof.notation.function import Function
from gradproof.ops import BY_SPELLING, TABLE, Operation, basic, family
from gradproof.ops.operation import NEGATIVE, POWER, PRODUCT, SUM, Reserved
from gradproof.ops.structures import STRUCTURED
from gradproof.parse import blocks, entries
from gradproof.parse.advice import CLOSES, advice, may_open, unclosed, unopened
from gradproof.parse.dimension import positive, read_nodes
from gradproof.parse.entries import Over
from gradproof.parse.junk import junk
from gradproof.parse.lexer import END, INDEX, JUNK, NAME, NUMBER, SIGN, Token, tokens
from gradproof.parse.lexer import POWER as RAISED
from gradproof.parse.names import AS_NAMES, BARE_TRANSPOSE, FILLED, SUMMED, TAKEN, function_called
from gradproof.parse.note import refusal
from gradproof.parse.operands import SIGNED, Callee, Frame, OperandStack
from gradproof.parse.readings import ABSOLUTE_SUM, CALLED, EUCLIDEAN, EULER, SPELLED, TYPED, of_two
from gradproof.parse.tree import BARS, AppliedNode, CallNode, NameNode, NumberNode, SyntaxNode, exact
from gradproof.say import NOTHING, listed, say

_MUL, _INV, _POW, _TRANSPOSE = basic.MUL, basic.INV, basic.POW, basic.TRANSPOSE
_NEG, _SQRT, _ONES, _ZEROS = basic.NEG, basic.SQRT, basic.ONES, basic.ZEROS
_BINARY = {op.symbol: op for op in TABLE.values() if op.symbol and op.arity == 2} | {"⊗": basic.KRON}
_BINDS = {sign: op.binds if op.symbol else PRODUCT for sign, op in _BINARY.items()} | {"\\": PRODUCT}
_NORMS = {"": basic.NORM2, "2": basic.NORM2, "_2": EUCLIDEAN, "_F": basic.NORM2, "1": ABSOLUTE_SUM, "_1": ABSOLUTE_SUM}
_FILLS = {"𝟏": _ONES, "𝟎": _ZEROS, "𝕀": basic.EYE}
_NUMBERS = {"𝜋": TABLE["pi"], "𝑒": EULER}
_UNIT = TABLE["iunit"]
_UNIT_NAME = _UNIT.name
_LOOK = 16  # tokens between two looks at the budget


def read(text: str, functions: Mapping[str, Function], variables: Collection[str]) -> list[SyntaxNode]:
    """The syntax tree of a formula: nodes in order, the root last. Raises ParseError, or UnsupportedError for a name that is kept for later."""
    return read_tokens(text, tokens(text), functions, variables)[0]


def read_tokens(
    text: str,
    items: Sequence[Token],
    functions: Mapping[str, Function],
    variables: Collection[str],
    fixed: Sequence[str] = (),
    numbers: Mapping[str, bool] | None = None,
) -> tuple[list[SyntaxNode], list[Over]]:
    """The syntax tree of a formula that is given as tokens, and its running indices; `numbers`: those variables, and whether they are whole. Raises what `read` raises."""
    reader = _Reader(text, functions, variables, items, entries.fixed(fixed), numbers)
    return reader.run(), reader.indices


class _Reader(OperandStack):
    def run(self) -> list[SyntaxNode]:
        items, wants_operand, token, look = self.tokens, True, self.tokens[self.at], 0
        try:
            while wants_operand or items[self.at][0] is not END:
                if self.at >= look:
                    look = self.at + _LOOK
                    tick()
                token = items[self.at]
                self.at += 1
                wants_operand = self.operand(token) if wants_operand else self.operator(token)
        except GradproofError as error:
            raise error.located(self.text, (token.start, token.end)) from None
        self.reduce(SUM)
        if self.frames:
            raise unclosed(self.text, self.frames[-1].token, self.frames[-1].what is not None)
        if self.free:
            index, start, end = self.operands[0]
            self.indices.append(self.free[0])
            entries.gather(self.nodes, index, self.free[0], (start, end), (0, start))
        return self.nodes

    # -- where an operand may begin: each answers whether an operand is still wanted

    def operand(self, token: Token) -> bool:
        kind, sign, start, end = token
        if kind is NAME:
            if sign == _UNIT_NAME and sign not in self.variables:
                self.at += 2 * ([t.text for t in self.tokens[self.at : self.at + 2]] == ["(", ")"])
                self.leaf(CallNode(_UNIT, (), (start, end), (start, end)))
                return False
            after = self.tokens[self.at]
            if after[1] == "(" and after[0] is SIGN:
                self.at += 1
                callee, over = self.callee(token), None
                if callee in entries.LISTED:
                    over, self.at = entries.listed(
                        callee, self.tokens, self.at, self.around(), self.variables, self.numbers
                    )
                self.open(token, over or callee)
                return True
            counted = None
            if (self.sums or self.indices) and not self.holds_sizes():
                counted = entries.counting(self.nodes, sign, self.around(), (start, end))
            if counted is None:
                self.leaf(NameNode(sign if sign in self.variables else self.variable(token), (start, end)))
            else:
                self.operands.append((counted, start, end))
            return False
        if kind is NUMBER:
            self.leaf(NumberNode(exact(sign), (start, end)))
            return False
        if kind is SIGN:
            if sign in _FILLS:
                self.leaf(CallNode(_FILLS[sign], (), (start, end), (start, end), (None,)))
                return False
            if sign in _NUMBERS:
                self.leaf(CallNode(_NUMBERS[sign], (), (start, end), (start, end)))
                return False
            if sign in CLOSES:
                self.open(token, blocks.BESIDE if sign == "[" else None)
                return True
            if sign in ("-", "+", "√"):
                if sign != "+":
                    in_exponent = bool(self.frames) and self.frames[-1].binds >= POWER
                    self.frames.append(
                        Frame(SIGNED if in_exponent or sign == "√" else NEGATIVE, _NEG if sign == "-" else _SQRT, token)
                    )
                return True
        return self.no_operand(token)

    def no_operand(self, token: Token) -> bool:
        """No operand begins here; the one case that is no error is f() with nothing in it, whose message is a better one."""
        frame = self.frames[-1] if self.frames else None
        previous = self.tokens[self.at - 2] if self.at > 1 else None
        if token.kind is JUNK or token.text in _ENTRIES:
            raise junk(token)
        if token.text == ")" and previous and previous.text == "(" and frame and frame.what is not None:
            return self.operator(token)
        if previous is None and token.kind is END:
            raise ParseError(
                say("the formula is empty"), span=(0, 0), hint=say("write a formula such as norm2(A*x - b)^2")
            )
        if token.kind is END and previous is not None:
            if previous.text == "(":
                raise unclosed(self.text, self.frames[-1].token, self.frames[-1].what is not None)
            raise ParseError(
                say("the formula ends after '{sign}'", sign=self.spelled(previous)),
                span=(previous.start, previous.end),
                hint=say("something has to follow it"),
            )
        if token.text == "'":
            raise ParseError(
                say("a transpose of nothing"),
                span=(token.start, token.end),
                hint=say("the sign ' follows what it transposes: A'"),
            )
        if token.text == ")" and (frame is None or frame.binds == 0):
            message = say("nothing between the brackets") if frame else say("this bracket was never opened")
            raise ParseError(message, span=(token.start, token.end))
        raise ParseError(
            say("'{sign}' needs something before it", sign=self.spelled(token)), span=(token.start, token.end)
        )

    def variable(self, token: Token) -> str:
        """The name of a variable that is not known to be one. Raises ParseError for the name of a function."""
        name, span = token.text, (token.start, token.end)
        if (name in TAKEN or ("_" in name and SUMMED.fullmatch(name))) and name not in AS_NAMES:
            op = BY_SPELLING.get(name)
            example = f"{name}(n)" if op and op.letters else f"{name}(…)"
            raise refusal("function-as-variable", span, name=name, example=example)
        if "T" in name and BARE_TRANSPOSE.fullmatch(name):
            raise refusal("bare-transpose", span, shown=name, left=name[0], right=name[2:])
        if name in self.functions:
            arguments = ",".join(self.functions[name].formals)
            raise ParseError(
                say("{name} is declared as a function", name=name),
                span=span,
                hint=say("write {name}({arguments})", name=name, arguments=arguments),
            )
        return name

    def callee(self, token: Token) -> Callee:
        """What is called by this name. Raises ParseError for an unknown function, UnsupportedError for one that is kept for later."""
        name, span = token.text, (token.start, token.end)
        found = (
            BY_SPELLING.get(name)
            or family(name)
            or SPELLED.get(name)
            or CALLED.get(name)
            or function_called(name, self.functions)
            or TYPED.get(name)
            or (name if name in FILLED else None)
        )
        if found is None:
            known = name in self.variables
            if known:
                raise refusal("variable-as-function", span, name=name[:40])
            raise refusal("unknown-function", span, name=name[:40], advice=advice(name, self.functions))
        if isinstance(found, Operation) and isinstance(found.meaning, Reserved):
            call(found)  # refuses it by its name
        return found

    # -- after an operand: each answers whether an operand is wanted next

    def operator(self, token: Token) -> bool:
        kind, sign, start, end = token
        if kind is SIGN:
            if sign in _BINDS:
                if sign == "^" and self.transposed_by(self.tokens[self.at]):
                    self.postfix(_TRANSPOSE, (start, self.tokens[self.at].end))
                    self.at += 1
                    return False
                binds = _BINDS[sign]
                if binds == POWER and self.in_exponent():
                    raise refusal("power-tower", (start, end))
                frames = self.frames
                if frames and frames[-1].binds >= binds:
                    self.reduce(binds)
                frames.append(Frame(binds, _BINARY.get(sign, sign), token))
                return True
            act = _AFTER.get(sign)
            if act is not None:
                return act(self, token)
        if kind is RAISED:
            if self.in_exponent():
                raise refusal("power-tower", (start, end))
            self.reduce(POWER)
            self.superscript(sign, (start, end))
            return False
        if kind is JUNK or sign in _ENTRIES:
            raise junk(token)
        left, right = self.quoted(self.operands[-1]), self.spelled(token)
        rest = f"…{CLOSES[sign]}" if sign in CLOSES else ""
        raise refusal("side-by-side", (start, end), left=left, right=right, rest=rest)

    def transposed_by(self, token: Token) -> bool:
        """Whether ^T is the transpose: it is, unless T is declared, or stands elsewhere in the formula."""
        return token.text == "T" and token.kind is NAME and "T" not in self.variables and not self.uses_t

    @cached_property
    def uses_t(self) -> bool:
        return any(t.text == "T" and before.text != "^" for before, t in pairwise([self.tokens[-1], *self.tokens]))

    # -- brackets

    def close(self, token: Token) -> bool:
        """A closing bracket; or a bar, which closes where one is open."""
        self.reduce(SUM)
        frame = self.frames[-1] if self.frames else None
        sign = frame.token.text if frame and frame.token.text in ("|", "‖", "[") and frame.token.kind is SIGN else "("
        if token.text == "‖" and token.end - token.start == 2 and sign == "|":  # || closes two single bars
            half = token.start + 1
            self.close(Token(SIGN, "|", token.start, half))
            return self.close(Token(SIGN, "|", half, token.end))
        if frame is None or CLOSES[sign] != token.text or (self.bars and may_open(self.text, token.start)):
            raise unopened(self.text, token, frame and frame.token.text)
        if frame.what is None and len(self.operands) - frame.depth != 1:
            raise ParseError(
                say("a comma separates the arguments of a function; this is a plain bracket"),
                span=(frame.token.start, token.end),
            )
        self.frames.pop()
        if sign == "[":
            return self.block_matrix(frame, token)
        if frame.what is not None:
            return self.finish(frame, token)
        if token.text == ")":
            self.operands[-1] = (self.operands[-1][0], frame.token.start, token.end)
            return False
        op, end = (BARS, token.end) if token.text == "|" else self.norm(token)
        index = self.operands.pop()[0]
        self.push(op, (index,), (frame.token.start, end), (frame.token.start, frame.token.end))
        return False

    def norm(self, token: Token) -> tuple[Operation, int]:
        """The norm that ‖…‖ is, by the index after it, and where it ends."""
        after = self.tokens[self.at]
        named = after.kind is INDEX or (after.kind is NAME and after.text.startswith("_"))
        if not named:
            return _NORMS[""], token.end
        if after.text not in _NORMS:
            raise ParseError(
                say("no norm is called '{text}'", text=after.text),
                span=(after.start, after.end),
                hint=say("there are ‖x‖, ‖x‖_1, ‖x‖_2 and ‖X‖_F"),
            )
        self.at += 1
        return _NORMS[after.text], after.end

    def comma(self, token: Token) -> bool:
        self.reduce(SUM)
        frame = self.frames[-1] if self.frames else None
        if frame is None or frame.what is None:
            raise ParseError(
                say("a comma stands only between the arguments of a function"),
                span=(token.start, token.end),
                hint=say("give one formula"),
            )
        return True

    def semicolon(self, token: Token) -> bool:
        """The end of a row of blocks."""
        self.reduce(SUM)
        frame = self.frames[-1] if self.frames else None
        if frame is None or frame.token.text != "[":
            raise junk(token)
        frame.rows.append(len(self.operands) - frame.depth)
        return True

    def block_matrix(self, frame: Frame, token: Token) -> bool:
        """[A, B; C, D]."""
        parts = self.operands[frame.depth :]
        del self.operands[frame.depth :]
        self.operands.append(blocks.put(self.nodes, parts, frame.rows, (frame.token.start, token.end), self.text))
        return False

    def finish(self, frame: Frame, token: Token) -> bool:
        """A call whose arguments are complete."""
        arguments = self.operands[frame.depth :]
        del self.operands[frame.depth :]
        span, spot, callee = (frame.token.start, token.end), (frame.token.start, frame.token.end), frame.what
        args = (arguments[0][0],) if len(arguments) == 1 else tuple([index for index, _, _ in arguments])
        if isinstance(callee, Operation) and callee.of_variable and self.holds_variable(frame.nodes):
            callee = STRUCTURED[callee.of_variable]
        if isinstance(callee, Operation) and not callee.letters:
            if len(args) == 2:
                callee, args = of_two(self.nodes, callee, args)
            self.count(frame, len(args), callee.arities)
            self.push(callee, args, span, spot)
        elif isinstance(callee, Operation):
            self.count(frame, len(args), {callee.arity + len(s.out.parameters) for s in callee.signatures})
            formulas, first = args[: callee.arity], max((a + 1 for a in args[: callee.arity]), default=frame.nodes)
            dims = read_nodes(self.nodes, first)
            del self.nodes[first:]
            axes = tuple(
                positive(dims[index], self.text[start:end], (start, end))
                for index, start, end in arguments[callee.arity :]
            )
            self.leaf(CallNode(callee, formulas, span, spot, axes))
        elif isinstance(callee, Over):
            self.count(frame, len(args), {1})
            self.indices.append(callee)
            self.operands.append((entries.gather(self.nodes, args[0], callee, span, spot, entries.SUM_OVER), *span))
        elif isinstance(callee, tuple):
            function, partials = callee
            self.count(frame, len(args), {len(function.formals)})
            self.leaf(AppliedNode(function, partials, args, span, spot))
        else:
            self.count(frame, len(args), {1})
            self.fill(FILLED[str(callee)], args[0], span, spot)
        return False

    def holds_sizes(self) -> bool:
        """Whether the innermost bracket is that of eye(n), which holds sizes."""
        frame = next((f for f in reversed(self.frames) if not f.binds), None)
        return frame is not None and isinstance(frame.what, Operation) and bool(frame.what.letters)

    def holds_variable(self, first: int) -> bool:
        """Whether a declared variable stands among the nodes from this one on, and no number, which may be a size."""
        names = {n.name for n in self.nodes[first:] if isinstance(n, NameNode)}
        return any(n in self.variables and n not in self.numbers for n in names)

    def count(self, frame: Frame, given: int, taken: set[int]) -> None:
        if given not in taken:
            name, wanted = frame.token.text, listed(sorted(taken), "or")
            said = say(
                "{name} takes 1 argument, not {given}"
                if taken == {1}
                else "{name} takes {wanted} arguments, not {given}",
                name=name,
                wanted=wanted,
                given=given,
            )
            end = self.tokens[self.at - 1].end
            rows = say("for the sums of the rows write A*ones(n), for those of the columns A'*ones(m)")
            raise ParseError(said, span=(frame.token.start, end), hint=rows if name == "sum" else NOTHING)


_AFTER: dict[str, Callable[[_Reader, Token], bool]] = {
    "'": _Reader.transpose, "ᴴ": _Reader.adjoint, "⁻ᵀ": _Reader.inverse_transpose, "⁺": _Reader.pseudo_inverse, ")": _Reader.close, "|": _Reader.close, "‖": _Reader.close, ",": _Reader.comma, ";": _Reader.semicolon, "[": _Reader.entry, "]": _Reader.close,
}  # fmt: skip


_ENTRIES = ("[", "]", ":")  # signs that stand only where an entry or a sum is written
