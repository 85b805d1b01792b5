"""The stack of the parser: operands and waiting operators, and the nodes that they become."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from gradproof.notation.function import Function
from gradproof.ops import TABLE, Operation, basic
from gradproof.ops.operation import POWER
from gradproof.parse import entries, readings
from gradproof.parse.entries import Over
from gradproof.parse.lexer import Token
from gradproof.parse.readings import EULER, EXPONENTIAL, PSEUDO
from gradproof.parse.tree import SUPERSCRIPT, CallNode, NumberNode, SyntaxNode, exact
from gradproof.parse.unrolled import unrolled

Callee = (
    Operation | tuple[Function, tuple[int, ...]] | str | Over | None
)  # what a bracket belongs to; a string is "vector" or "matrix"

_MUL, _INV, _POW, _TRANSPOSE, _NEG, _ONES = basic.MUL, basic.INV, basic.POW, basic.TRANSPOSE, basic.NEG, basic.ONES
_SQRT = basic.SQRT
SIGNED = POWER + 0.5  # a sign in an exponent, a root: tighter than ^, looser than '


class Frame:
    """An operator that waits for its right operand (`binds` > 0), or an open bracket (`binds` 0)."""

    __slots__ = ("binds", "depth", "nodes", "rows", "token", "what")

    def __init__(self, binds: float, what: Callee, token: Token, depth: int = 0, nodes: int = 0):
        self.binds, self.what, self.token, self.depth, self.nodes = binds, what, token, depth, nodes
        self.rows: list[int] = []  # of a block matrix: how many blocks there are up to each semicolon


class OperandStack:
    """What is read so far."""

    def __init__(
        self,
        text: str,
        functions: Mapping[str, Function],
        variables: Collection[str],
        items: Sequence[Token],
        fixed: Over | None = None,
        numbers: Mapping[str, bool] | None = None,
    ):
        items = unrolled(items)
        self.text, self.functions, self.variables, self.tokens = text, functions, variables, items
        self.fixed, self.numbers = fixed, numbers or {}
        self.indices: list[Over] = [fixed] if fixed else []
        self.free = entries.free(items)
        self.at = self.free[1] if self.free else 0
        self.nodes: list[SyntaxNode] = []
        self.operands: list[tuple[int, int, int]] = []  # node, start and end with its brackets
        self.frames: list[Frame] = []
        self.sums = False  # whether a sum over running indices was opened
        self.bars = "|" in text or "‖" in text

    def leaf(self, node: SyntaxNode) -> None:
        self.operands.append((len(self.nodes), *node.span))
        self.nodes.append(node)

    def open(self, token: Token, callee: Callee) -> None:
        self.sums = self.sums or isinstance(callee, Over)
        self.frames.append(Frame(0, callee, token, len(self.operands), len(self.nodes)))

    def in_exponent(self) -> bool:
        """Whether what has just ended is an exponent without brackets around the power: the y of x^y, and of x^-y."""
        frames = self.frames
        at = -2 if len(frames) > 1 and frames[-1].binds == SIGNED and frames[-1].what is _NEG else -1
        return bool(frames) and frames[at].binds == POWER

    def postfix(self, op: Operation, spot: tuple[int, int]) -> None:
        if (
            op is _TRANSPOSE
            and self.in_exponent()
            and self.text[slice(*self.operands[-1][1:])].strip("()-/. ").isdigit()
        ):
            self.reduce(POWER)  # A^-1' is (A^-1)': no number is transposed
        index, start, _ = self.operands[-1]
        self.operands[-1] = (len(self.nodes), start, spot[1])
        self.nodes.append(CallNode(op, (index,), (start, spot[1]), spot))

    def transpose(self, token: Token) -> bool:
        self.postfix(_TRANSPOSE, (token.start, token.end))
        return False

    def adjoint(self, token: Token) -> bool:
        self.postfix(TABLE["conj"], (token.start, token.end))
        return self.transpose(token)

    def pseudo_inverse(self, token: Token) -> bool:
        self.reduce(POWER)  # √(X)⁺ is that of the root, as with ⁻¹
        self.postfix(PSEUDO, (token.start, token.end))
        return False

    def inverse_transpose(self, token: Token) -> bool:
        self.reduce(POWER)
        self.postfix(_INV, (token.start, token.end))
        return self.transpose(token)

    def superscript(self, digits: str, spot: tuple[int, int]) -> None:
        """x² is x^2; X⁻¹ is the inverse of a matrix."""
        exponent = len(self.nodes)
        self.nodes.append(NumberNode(exact(digits.removeprefix("-")), spot))
        if digits[0] == "-":
            exponent += 1
            self.nodes.append(CallNode(_NEG, (exponent - 1,), spot, spot))
        index, start, _ = self.operands.pop()
        self.push(SUPERSCRIPT if digits == "-1" else _POW, (index, exponent), (start, spot[1]), spot)

    def push(self, op: Operation, args: tuple[int, ...], span: tuple[int, int], spot: tuple[int, int]) -> None:
        self.operands.append((len(self.nodes), *span))
        self.nodes.append(CallNode(op, args, span, spot))

    def reduce(self, binds: float) -> None:
        """Finish every operator that binds at least as tightly."""
        frames, operands, nodes = self.frames, self.operands, self.nodes
        while frames and frames[-1].binds >= binds:
            frame = frames.pop()
            token, op = frame.token, frame.what
            spot = (token.start, token.end)
            index, start, end = operands.pop()
            if op is _NEG or op is _SQRT:
                args, start = (index,), spot[0]
            else:
                left, start, _ = operands.pop()
                args = (left, index)
                if op is _POW and isinstance(base := nodes[left], CallNode):
                    if base.op is EULER:  # e^x is exp(x)
                        op, args = EXPONENTIAL, (index,)
                    elif readings.bars_squared(nodes, left, index):  # |x|^2
                        op, args = readings.BARS_SQUARED, base.args
            if not isinstance(op, Operation):  # A \ b is inv(A)*b
                nodes.append(CallNode(_INV, (args[0],), (start, token.start), spot))
                op, args = _MUL, (len(nodes) - 1, index)
            operands.append((len(nodes), start, end))
            nodes.append(CallNode(op, args, (start, end), spot))

    def fill(self, axes: int, index: int, span: tuple[int, int], spot: tuple[int, int]) -> None:
        """vector(c), matrix(c): c times ones of a size that is inferred."""
        value, one = self.nodes[index], CallNode(_ONES, (), span, spot, (None,) * axes)
        if isinstance(value, NumberNode) and value.value.value == 1:
            self.nodes.pop()
            self.leaf(one)
        else:
            self.nodes.append(one)
            self.push(_MUL, (index, len(self.nodes) - 1), span, spot)

    def around(self) -> list[Over]:
        inner = [frame.what for frame in self.frames] if self.sums else []
        every = (self.fixed, self.free and self.free[0], *inner)
        return [o for o in every if isinstance(o, Over)]

    def entry(self, token: Token) -> bool:
        """x[i], X[i,j]."""
        op, places, self.at = entries.entry(self.tokens, self.at, self.around())
        index, start, _ = self.operands.pop()
        end = self.tokens[self.at - 1].end
        args = (index, *[entries.placed(self.nodes, place, (token.start, end)) for place in places])
        self.push(op, args, (start, end), (token.start, end))
        return False

    # -- messages

    def spelled(self, token: Token) -> str:
        return " ".join(self.text[token.start : token.end].split())[:40]

    def quoted(self, operand: tuple[int, int, int]) -> str:
        """An operand as it was typed, where it is short."""
        piece = self.text[operand[1] : operand[2]]
        return " ".join(piece.split()) if len(piece) <= 30 else "(…)"
