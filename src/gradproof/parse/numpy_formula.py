"""The expressions of NumPy source, as nodes of the syntax tree. An array of one axis is a vector, of two a matrix."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping, Sequence

from gradproof.errors import ParseError
from gradproof.notation.expr import call
from gradproof.notation.function import Function
from gradproof.ops import BY_SPELLING, TABLE, Operation, basic
from gradproof.ops.operation import Reserved
from gradproof.parse import array_parts, arrays
from gradproof.parse.lexer import is_name
from gradproof.parse.names import TAKEN, function_called, nearest
from gradproof.parse.note import note
from gradproof.parse.numpy_arguments import Arguments, is_all, is_new, truth, whole
from gradproof.parse.numpy_names import (
    FILLING,
    FUNCTIONAL,
    FUNCTIONS,
    NEAR,
    VIEWS,
    Binary,
    Entrywise,
    Reduction,
    Special,
    Taking,
)
from gradproof.parse.numpy_nodes import NumpyNodes
from gradproof.parse.numpy_slices import numbered, sliced
from gradproof.parse.numpy_values import (
    COLUMN,
    FORMS,
    PLAIN,
    ROW,
    UNSURE,
    Axis,
    LocalFunction,
    NumberedValues,
    OneOf,
    ReadArray,
    Shaped,
    Thing,
)
from gradproof.parse.tree import AppliedNode, CallNode, NameNode
from gradproof.say import NOTHING, say

_BINARY: dict[type[ast.operator], Operation] = {
    ast.Add: arrays.ADD, ast.Sub: arrays.SUB, ast.Mult: arrays.TIMES, ast.Div: arrays.OVER, ast.Pow: arrays.POWER,
}  # fmt: skip
_NUMBERS = {"e": "2.718281828459045"}


class Formula(NumpyNodes):
    """Reads expressions. `special`: the functions with ways of their own."""

    def __init__(
        self,
        text: str,
        functions: Mapping[str, Function],
        variables: Collection[str],
        special: Mapping[str, Callable[[Formula, Arguments], Thing]],
    ):
        super().__init__(text, functions, variables)
        self.special = special

    def array(self, node: ast.expr) -> ReadArray:
        """An expression that is an array or a number."""
        return self.taken(self.thing(node), node)

    def taken(self, found: Thing, node: ast.expr) -> ReadArray:
        """What was read, as an array or a number."""
        match found:
            case ReadArray():
                return found
            case Axis(of=of, axis=axis):
                return self.put(array_parts.SIZES[axis], node, of, scalar=True)
            case NumberedValues(of=of, all=op):
                return self.put(op, node, of)
            case Shaped():
                raise self.refuse(node, say("a shape as a value"), say("write x.shape[0]"))
            case OneOf(function=name, place=place):
                said = {"name": name, "place": place}
                raise self.refuse(
                    node, say("{name} without [{place}]", **said), say("write {name}(…)[{place}]", **said)
                )
        raise self.refuse(
            node, say("the function {shown} without its arguments", shown=self.shown(node)), say("apply it")
        )

    def plain(self, node: ast.expr, what: str = "this") -> ReadArray:
        """An array that is no column (n, 1) and no row (1, n)."""
        found = self.array(node)
        if found.form != PLAIN:
            raise self.refuse(node, say("{what} of an array with a new axis", what=what), say("leave the new axis out"))
        return found

    def thing(self, node: ast.expr) -> Thing:
        """An expression."""
        match node:
            case ast.Constant(value=value):
                return self.literal(node, value)
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.BinOp(left=left, op=op, right=right):
                return self._binary(node, left, op, right)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                value = self.array(operand)
                return self.put(basic.NEG, node, value, form=value.form, scalar=value.scalar)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.array(operand)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Subscript():
                return self._subscript(node)
            case ast.Call():
                return self._call(node)
            case ast.Lambda(args=args, body=body):
                return LocalFunction(args, body, self.names)
        words = {
            ast.Compare: say("a comparison"),
            ast.IfExp: say("a choice by a condition"),
            ast.BoolOp: say("a condition"),
        }
        raise self.refuse(node, words.get(type(node), say("'{shown}'", shown=self.shown(node))))

    def _name(self, node: ast.expr, name: str) -> Thing:
        found = self.names.get(name)
        self.refuse_changed(node, name, found)
        if found is not None:
            self.used.add(name)
            return found
        if name in self.modules and name not in self.variables:
            raise self.refuse(node, say("the module {name} as a value", name=name))
        if not is_name(name):  # X·, which Python takes
            raise self.refuse(node, say("the name '{name}'", name=name[:40]))
        kept = self.kept(node, name)
        self.nodes.append(NameNode(kept, self.span(node)))
        return ReadArray(len(self.nodes) - 1)

    # -- operators

    def _binary(self, node: ast.BinOp, left: ast.expr, op: ast.operator, right: ast.expr) -> ReadArray:
        if isinstance(op, ast.MatMult):
            return self.product(node, left, right)
        if type(op) not in _BINARY:
            hint = say("the power is ** in Python") if isinstance(op, ast.BitXor) else NOTHING
            raise self.refuse(node, say("'{shown}'", shown=self.shown(node)), hint)
        return self.entrywise(node, _BINARY[type(op)], self.array(left), self.array(right))

    def entrywise(self, node: ast.expr, op: Operation, a: ReadArray, b: ReadArray) -> ReadArray:
        """Two arrays entry by entry, with what their forms say of broadcasting."""
        forms = {a.form, b.form}
        scalar = a.scalar and b.scalar
        if forms == {PLAIN}:
            return self.put(op, node, a, b, scalar=scalar)
        if a.scalar or b.scalar or (a.form == b.form != UNSURE):
            return self.put(op, node, a, b, form=a.form or b.form)
        if UNSURE in forms:
            raise self.refuse(node, say("broadcasting of a row and something whose axes are open"), say("declare it"))
        if COLUMN not in forms:  # a row is an array of one axis to what it meets; what comes of it depends on that
            if self._is_matrix((b if a.form else a).node):
                return self.put(arrays.ROW_AND_MATRIX[op], node, a, b)
            return self.put(op, node, a, b, form=UNSURE)
        table = arrays.COLUMN_FIRST if a.form == COLUMN else arrays.COLUMN_LAST
        return self.put(table[op], node, a, b)

    def _is_matrix(self, at: int) -> bool:
        """Whether a node is a matrix by its letter, or by that of something that it is made of entry by entry."""
        while True:
            match self.nodes[at]:
                case NameNode(name=name):
                    return name[:1].isupper()
                case CallNode(op=op, args=(first, *_)) if op.elementwise or op in arrays.ROW_AND_MATRIX:
                    at = first
                case _:
                    return False

    def product(self, node: ast.expr, left: ast.expr, right: ast.expr) -> ReadArray:
        """`a @ b`."""
        a, transposed = self._left(left), isinstance(right, ast.Attribute) and right.attr == "T"
        b = self.array(right)
        match a.form, b.form:
            case ("", ""):
                return self.put(arrays.MATMUL_TRANSPOSED if transposed else arrays.MATMUL, node, a, b)
            case ("", "column"):
                return self.put(arrays.TIMES_COLUMN, node, a, b, form=COLUMN)
            case ("row", ""):
                return self.put(arrays.ROW_TIMES, node, a, b, form=ROW)
            case ("row", "column"):
                return self.put(arrays.MATMUL, node, a, b, scalar=True)
            case ("column", "row"):
                return self.put(arrays.OUTER, node, a, b)
        raise self.refuse(
            node, say("a product of {a} and {b}", a=FORMS[a.form], b=FORMS[b.form]), say("leave the new axes out")
        )

    def _left(self, node: ast.expr) -> ReadArray:
        """The left operand of a product, where the transpose of an array of one axis is nobody's mistake."""
        if isinstance(node, ast.Attribute) and node.attr == "T" and not self.is_module(node.value):
            value = self.array(node.value)
            return self.transposed(node, value, arrays.UPRIGHT_LEFT)
        return self.array(node)

    def transposed(self, node: ast.expr, value: ReadArray, op: Operation = arrays.UPRIGHT) -> ReadArray:
        """The transpose of an array."""
        if value.form == UNSURE:
            raise self.refuse(node, say("the transpose of a row and something whose axes are open"), say("declare it"))
        if value.form:
            return ReadArray(value.node, ROW if value.form == COLUMN else COLUMN)
        return value if value.scalar else self.shares(self.put(op, node, value), value)

    # -- attributes and entries

    def _attribute(self, node: ast.Attribute) -> Thing:
        if self.is_module(node.value):
            if node.attr in _NUMBERS:
                return self.number(_NUMBERS[node.attr], node)
            if node.attr == "pi":
                self.nodes.append(CallNode(TABLE["pi"], (), self.span(node), self.span(node)))
                return ReadArray(len(self.nodes) - 1)
            raise self.refuse(node, say("'{shown}'", shown=self.shown(node)), NEAR.get(node.attr, NOTHING))
        inner = self.thing(node.value)
        match inner, node.attr:
            case OneOf(value=value, name=own), name if name == own:
                return value
            case ReadArray(), "T" | "mT":
                return self.transposed(node, inner)
            case ReadArray(form=""), "shape":
                return Shaped(inner)
            case ReadArray(form=""), "size":
                return self.put(array_parts.COUNT, node, inner, scalar=True)
        raise self.refuse(
            node,
            say("the attribute .{name}", name=node.attr),
            say("write {name}(…)", name=node.attr) if node.attr in FUNCTIONS else say("write .T, .shape or .size"),
        )

    def _subscript(self, node: ast.Subscript) -> Thing:
        inner, at = self.thing(node.value), node.slice
        match inner:
            case Shaped(of=of) if (axis := whole(at)) in (0, 1, -1):
                return Axis(of, axis)
            case OneOf(value=value, place=place, count=count) if whole(at) in (place, place - count):
                return value
            case NumberedValues() if (place := whole(at)) is not None:
                return numbered(self, node, inner, place)
            case ReadArray(form=""):
                return self.shares(self._entry(node, inner, at.elts if isinstance(at, ast.Tuple) else [at]), inner)
        raise self.refuse(node, say("'{shown}'", shown=self.shown(node)))

    def _entry(self, node: ast.Subscript, value: ReadArray, at: Sequence[ast.expr]) -> ReadArray:
        """x[:, None], x[None, :], x[:]."""
        signs = "".join(
            "n" if is_new(a) else ":" if is_all(a) else "#" if (whole(a) or -1) >= 0 or whole(a) == 0 else "?"
            for a in at
        )
        if signs in array_parts.ENTRIES:
            places = [self.unit(a) for a in at if not is_all(a)]
            self.notes.append(note("numpy-places", self.span(node), shown=self.shown(node)))
            return self.put(array_parts.ENTRIES[signs], node, value, *places)
        if "?" not in signs and "n" not in signs and len(signs) <= 2:
            return value
        if signs in (":n", "n:", "n"):
            self.one_axis(node, node.value)
            form = COLUMN if signs == ":n" else ROW
            return self.put(arrays.ONE_AXIS, node, value, form=form)
        part = sliced(self, node, value, at)
        if part is not None:
            return part
        what = say("a part") if "?" in signs else say("a third axis")
        raise self.refuse(
            node, say("{what}, '{shown}',", what=what, shown=self.shown(node)), say("give the part a name of its own")
        )

    # -- calls

    def _call(self, node: ast.Call) -> Thing:
        function = node.func
        if isinstance(function, ast.Name):
            return self._by_name(node, function)
        if isinstance(function, ast.Attribute):
            root = self.root(function)
            self.refuse_otherwise(node, function)
            if self.is_module(function.value) or (root == FUNCTIONAL[0] and function.attr in FUNCTIONAL[1]):
                return self._library(node, function.attr, list(node.args))
            return self._method(node, function)
        if isinstance(function, ast.Lambda):
            return self.applied(node, LocalFunction(function.args, function.body, self.names))
        raise self.refuse(node, say("'{shown}'", shown=self.shown(node)))

    def _by_name(self, node: ast.Call, function: ast.Name) -> Thing:
        name = function.id
        bound = self.names.get(name)
        if isinstance(bound, LocalFunction):
            self.used.add(name)
            return self.applied(node, bound)
        declared = function_called(name, self.functions)
        if declared is not None:
            args = tuple(self.plain(a, "an argument").node for a in node.args)
            if len(args) != len(declared[0].formals) or node.keywords:
                wanted = len(declared[0].formals)
                said = say(
                    "{name} takes 1 argument" if wanted == 1 else "{name} takes {wanted} arguments",
                    name=name,
                    wanted=wanted,
                )
                raise ParseError(said, span=self.span(node))
            self.nodes.append(AppliedNode(*declared, args, self.span(node), self.span(function)))
            return ReadArray(len(self.nodes) - 1)
        if name in self.variables or bound is not None:
            raise ParseError(
                say("{name} is a variable, not a function", name=name),
                span=self.span(node),
                hint=say("write {name} * (…)", name=name),
            )
        self.refuse_otherwise(node, function)
        return self._library(node, name, list(node.args))

    def _method(self, node: ast.Call, function: ast.Attribute) -> Thing:
        """A.sum(), A.dot(x): the array is the first argument."""
        return self._library(node, function.attr, [function.value, *node.args])

    def _library(self, node: ast.Call, name: str, given: Sequence[ast.expr]) -> Thing:
        """A function of a library, by its last name."""
        meaning = FUNCTIONS.get(name)
        args = Arguments(self, node, name, given)
        if meaning is None:
            return self._own(node, name, args)
        found = self._meant(node, meaning, args)
        args.done(exact=name in FILLING)
        return found

    def _meant(self, node: ast.Call, meaning: object, args: Arguments) -> Thing:
        match meaning:
            case Entrywise(op=op):
                value = self.array(args.need("x", "input", "a"))
                return self.put(op, node, value, form=value.form, scalar=value.scalar)
            case Binary(op=op):
                first = self.array(args.need("x1", "input"))
                return self.entrywise(node, op, first, self.array(args.need("x2", "other", "exponent")))
            case Taking(op=op):
                values = [self.plain(args.need("a", "input"), args.name) for _ in range(op.arity)]
                found = self.put(op, node, *values, scalar=all(s.out.kind == "s" for s in op.signatures))
                return self.shares(found, values[0]) if args.name in VIEWS else found
            case Reduction():
                return self.reduced(node, meaning, args)
            case Special(way=way):
                return self.special[way](self, args)
        raise AssertionError(meaning)

    def reduced(self, node: ast.Call, reduction: Reduction, args: Arguments) -> ReadArray:
        """A sum, a mean or a norm: of everything, or along an axis."""
        inner, along = args.need("a", "input", "x"), reduction.along
        axis = args.option("axis") if reduction.named else args.take("axis", "dim")
        kept = args.option("keepdims", "keepdim")
        if axis is None or (isinstance(axis, ast.Constant) and axis.value is None):
            own = reduction.whole is arrays.TOTAL and self.is_own(node.func)
            return self.put(arrays.LISTED if own else reduction.whole, node, self.array(inner), scalar=True)
        if (at := whole(axis)) is None or at not in along:
            hint = say("write axis=0 or axis=1") if along else say("{name} is read of a whole array", name=args.name)
            raise self.refuse(axis, say("axis {shown}", shown=self.shown(axis)), hint)
        keeps = truth(kept)
        if kept is not None and keeps is None:
            raise self.refuse(kept, say("keepdims that is not True or False"))
        if keeps and at == -1:
            raise self.refuse(axis, say("axis=-1 with keepdims"), say("write axis=0 or axis=1"))
        found = self.put(along[at], node, self.plain(inner, f"{args.name} along an axis"))
        return ReadArray(found.node, ROW if at == 0 else COLUMN) if keeps else found

    def _own(self, node: ast.Call, name: str, args: Arguments) -> ReadArray:
        """A function that NumPy has not, and gradproof has."""
        op = BY_SPELLING.get(name)
        if op is None:
            guess = nearest(name, [*FUNCTIONS, *TAKEN])
            hint = NEAR.get(name) or (
                say("did you mean {guess}?", guess=guess)
                if guess
                else say('declare it, where: "{name}: function x -> scalar"', name=name)
            )
            raise self.refuse(node, say("the function {name}", name=name), hint)
        if isinstance(op.meaning, Reserved):
            call(op)
        values = [self.plain(args.need("x"), name) for _ in range(op.arity)]
        axes = list(args.given) if op.letters else []
        args.given = args.given[len(axes) :]
        args.done()
        return self.constant(op, node, axes, *values) if op.letters else self.put(op, node, *values)

    def applied(self, node: ast.Call, function: LocalFunction) -> Thing:
        """A function of the source at its arguments."""
        raise NotImplementedError
