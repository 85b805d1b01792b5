"""An interpreter of the subset of Julia that gradproof emits, over the Julia grammar of tree-sitter.

It walks the syntax tree; tests/julia_library.py holds what operators and functions do. A syntax or a name that is not in the tables raises: nothing is
guessed. Nothing here knows gradproof.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tree_sitter
import tree_sitter_julia

from julia_library import (
    ENTRYWISE,
    FUNCTIONS,
    OPERATORS,
    PACKAGES,
    SCALAR,
    Colon,
    JuliaError,
    Scaling,
    adjoint,
    broadcast,
    is_number,
    lined_up,
    plain,
    refuse,
)

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_julia.language()))

Env = dict[str, Any]
Syntax = tree_sitter.Node


class Returned(Exception):
    """The value of a return statement."""


@dataclass(frozen=True)
class Scalar:
    """A function of numbers."""

    function: Callable[..., Any]

    def __call__(self, *args: Any) -> Any:
        refuse(not all(map(is_number, args)), "an array goes into a function of numbers without a dot")
        return broadcast(self.function, *args)


@dataclass(frozen=True)
class Function:
    """A function of the source."""

    params: Sequence[str]
    defaults: dict[str, Any]
    body: Sequence[Syntax]
    env: Env

    def __call__(self, *args: Any, **named: Any) -> Any:
        refuse(
            len(args) != len(self.params) or not named.keys() <= self.defaults.keys(), "no method for these arguments"
        )
        env = {**self.env, **self.defaults, **dict(zip(self.params, args, strict=True)), **named}
        value = None
        try:
            for node in self.body:
                value = run(node, env)
        except Returned as found:
            value = found.args[0]
        return value


def load(source: str) -> Env:
    """The functions of a source. Raises SyntaxError."""
    tree = PARSER.parse(source.encode()).root_node
    if tree.has_error:
        raise SyntaxError(f"this is not Julia:\n{source}")
    packaged = {name for names in PACKAGES.values() for name in names}
    env: Env = {name: Scalar(f) for name, f in SCALAR.items() if name not in packaged}
    env |= {name: f for name, f in FUNCTIONS.items() if name not in packaged}
    builtin = set(env)
    for node in tree.named_children:
        run(node, env)
    return {name: f for name, f in env.items() if isinstance(f, Function) and name not in builtin}


def run(node: Syntax, env: Env) -> Any:
    """The value of a piece of syntax."""
    if node.type not in SYNTAX:
        raise NotImplementedError(f"{node.type}: {text_of(node)}")
    return SYNTAX[node.type](node, env)


def text_of(node: Syntax) -> str:
    assert node.text is not None
    return node.text.decode()


def parts(node: Syntax) -> list[Syntax]:
    """The parts of a node that mean something."""
    return [c for c in node.named_children if c.type != "line_comment"]


# -- definitions and statements


def using(node: Syntax, env: Env) -> None:
    for package in map(text_of, parts(node)):
        env |= {name: Scalar(SCALAR[name]) if name in SCALAR else FUNCTIONS[name] for name in PACKAGES[package]}


def docstring(node: Syntax, env: Env) -> None:
    refuse(
        any(c.type not in ("content", "escape_sequence") for c in parts(node)),
        "something is computed inside a docstring",
    )


def defined(head: Syntax, body: Sequence[Syntax], env: Env) -> None:
    """A function, as a name in the environment."""
    name, arguments = parts(head)
    params = [text_of(c) for c in parts(arguments) if c.type == "identifier"]
    named = {
        text_of(c.named_children[0]): run(c.named_children[2], env)
        for c in parts(arguments)
        if c.type == "named_argument"
    }
    refuse(len(params) + len(named) != len(parts(arguments)), "a parameter that is neither a name nor has a default")
    env[text_of(name)] = Function(params, named, body, env)


def function_definition(node: Syntax, env: Env) -> None:
    signature, *body = parts(node)
    defined(parts(signature)[0], body, env)


def assignment(node: Syntax, env: Env) -> Any:
    target, _, value = parts(node)
    if target.type == "call_expression":
        return defined(target, [value], env)
    found = run(value, env)
    if target.type == "identifier":
        env[text_of(target)] = found
    else:
        array, places = located(target, env)
        refuse(np.shape(array[places]) != np.shape(found), "what is assigned has another shape")
        array[places] = found
    return found


def compound(node: Syntax, env: Env) -> Any:
    """An update in place: .=, .+= and the like."""
    target, sign, value = parts(node)
    sign, found = text_of(sign), run(value, env)
    plainly = not sign.startswith(".")
    array, places = located(target, env) if target.type == "index_expression" else (run(target, env), ...)
    refuse(
        not isinstance(array, np.ndarray) or plainly != is_number(array[places]),
        "an update of entries needs a dot, and one of a number none",
    )
    new = found if sign == ".=" else broadcast(ENTRYWISE[sign.strip(".=")], array[places], found)
    refuse(np.ndim(new) > np.ndim(array[places]), "what is written has more axes than its place")
    old = array[places]
    array[places] = np.broadcast_to(lined_up([old, new])[1], np.shape(old))
    return array


def loop(node: Syntax, env: Env) -> None:
    bindings = [c for c in parts(node) if c.type == "for_binding"]
    body = [c for c in parts(node) if c.type != "for_binding"]
    for inner in ranged(bindings, env):
        for statement in body:
            run(statement, inner)


def ranged(bindings: Sequence[Syntax], env: Env) -> Iterator[Env]:
    """The environment for each round, the last index running fastest."""
    names = [text_of(parts(b)[0]) for b in bindings]
    for values in itertools.product(*(run(parts(b)[2], env) for b in bindings)):
        yield {**env, **dict(zip(names, values, strict=True))}


def returned(node: Syntax, env: Env) -> Any:
    (value,) = parts(node)
    raise Returned(run(value, env))


def macro(node: Syntax, env: Env) -> Any:
    """`@views` changes no value."""
    name, arguments = parts(node)
    if text_of(name) != "@views":
        raise NotImplementedError(text_of(name))
    (inner,) = parts(arguments)
    return run(inner, env)


# -- expressions


def identifier(node: Syntax, env: Env) -> Any:
    refuse(text_of(node) not in env, f"UndefVarError: {text_of(node)}")
    return env[text_of(node)]


def operator(node: Syntax, env: Env) -> Any:
    refuse(text_of(node) != ":", "an operator as a value")
    return Colon()


def binary(node: Syntax, env: Env) -> Any:
    left, sign, right = parts(node)
    a, b, sign = run(left, env), run(right, env), text_of(sign)
    refuse(
        "^" in sign and left.type == "call_expression" and left.children[0].type == "operator",
        "-(x)^2, which this grammar reads in another way",
    )
    if sign.removeprefix(".") not in OPERATORS or sign == ".\\":
        raise NotImplementedError(sign)
    return broadcast(ENTRYWISE[sign[1:]], a, b) if sign[0] == "." else OPERATORS[sign](a, b)


def unary(node: Syntax, env: Env) -> Any:
    sign, value = parts(node)
    return negated(sign, run(value, env))


def negated(sign: Syntax, value: Any) -> Any:
    if text_of(sign) not in ("-", ".-"):
        raise NotImplementedError(text_of(sign))
    return OPERATORS["*"](-1, value) if isinstance(value, Scaling) else broadcast(np.negative, value)


def juxtaposition(node: Syntax, env: Env) -> Any:
    a, b = parts(node)
    return OPERATORS["*"](run(a, env), run(b, env))


def in_brackets(node: Syntax, env: Env) -> Any:
    (inner,) = parts(node)
    return run(inner, env)


def arguments(node: Syntax, env: Env) -> tuple[list[Any], dict[str, Any]]:
    """What stands in the brackets of a call."""
    given, named, after = [], {}, False
    for c in node.children:
        if c.type == ";":
            after = True
        elif c.type == "splat_expression":
            given += run(c.named_children[0], env)
        elif c.type == "named_argument":
            named[text_of(c.named_children[0])] = run(c.named_children[2], env)
        elif after and c.is_named:  # f(x; dims) is f(x; dims=dims)
            named[text_of(c)] = run(c, env)
        elif c.is_named:
            given.append(run(c, env))
    return given, named


def call(node: Syntax, env: Env) -> Any:
    function, brackets = parts(node)
    given, named = arguments(brackets, env)
    if function.type == "operator":  # -(x)
        (value,) = given
        return negated(function, value)
    return plain(run(function, env)(*given, **named))


def broadcast_call(node: Syntax, env: Env) -> Any:
    name, brackets = parts(node)
    function = run(name, env)
    given, named = arguments(brackets, env)
    refuse(bool(named) or not isinstance(function, Scalar | Function), "this function is not called with a dot")
    return broadcast(
        function.function if isinstance(function, Scalar) else np.vectorize(function, otypes=[float]), *given
    )


def literal(kind: Callable[[str], Any]) -> Callable[[Syntax, Env], Any]:
    return lambda node, env: kind(text_of(node))


def interval(node: Syntax, env: Env) -> range:
    first, last = (run(c, env) for c in parts(node))
    return range(first, last + 1)


def sequence(node: Syntax, env: Env) -> tuple[Any, ...]:
    return tuple(run(c, env) for c in parts(node))


def field(node: Syntax, env: Env) -> Any:
    owner, name = parts(node)
    found = getattr(run(owner, env), {"L": "L"}[text_of(name)])
    refuse(found is None, "this factorisation has no such factor")
    return found


def comprehension(node: Syntax, env: Env) -> np.ndarray:
    value, clause = parts(node)
    bindings = parts(clause)
    shape = [len(run(parts(b)[2], env)) for b in bindings]
    return np.array([run(value, inner) for inner in ranged(bindings, env)], float).reshape(shape)


# -- indices


def located(node: Syntax, env: Env) -> tuple[np.ndarray, Any]:
    """An array, and NumPy's index of a place in it."""
    owner, brackets = parts(node)
    array = run(owner, env)
    refuse(not isinstance(array, np.ndarray), "what is indexed is no array")
    found: list[Any] = []
    for k, c in enumerate(parts(brackets)):
        value = run(c, {**env, "end": array.shape[k] if k < array.ndim else 1})
        found += value if isinstance(value, tuple) else [value]
    if len(found) == 1 and isinstance(found[0], range) and array.ndim > 1:  # entries counted column by column
        return array, np.unravel_index(np.array(found[0]) - 1, array.shape, order="F")
    refuse(len(found) < array.ndim or any(i != 1 for i in found[array.ndim :]), "another number of indices than axes")
    for i, n in zip(found, array.shape, strict=False):
        refuse(not isinstance(i, Colon) and not 1 <= i <= n, f"BoundsError: {i} of {n}")
    return array, tuple(slice(None) if isinstance(i, Colon) else i - 1 for i in found[: array.ndim])


def index(node: Syntax, env: Env) -> Any:
    owner, brackets = parts(node)
    value = run(owner, env)
    if isinstance(value, tuple):
        (place,) = (run(c, {**env, "end": len(value)}) for c in parts(brackets))
        return value[place.start - 1 : place.stop - 1] if isinstance(place, range) else value[place - 1]
    array, places = located(node, env)
    return array[places]


SYNTAX: dict[str, Callable[[Syntax, Env], Any]] = {
    "using_statement": using,
    "string_literal": docstring,
    "line_comment": lambda node, env: None,
    "function_definition": function_definition,
    "assignment": assignment,
    "compound_assignment_expression": compound,
    "for_statement": loop,
    "return_statement": returned,
    "macrocall_expression": macro,
    "identifier": identifier,
    "operator": operator,
    "binary_expression": binary,
    "unary_expression": unary,
    "adjoint_expression": lambda node, env: adjoint(in_brackets(node, env)),
    "juxtaposition_expression": juxtaposition,
    "parenthesized_expression": in_brackets,
    "call_expression": call,
    "broadcast_call_expression": broadcast_call,
    "integer_literal": literal(int),
    "float_literal": literal(float),
    "range_expression": interval,
    "tuple_expression": sequence,
    "open_tuple": sequence,
    "field_expression": field,
    "comprehension_expression": comprehension,
    "index_expression": index,
}
__all__ = ["JuliaError", "load"]
