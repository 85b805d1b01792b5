"""The commands of the service: each takes a request and gives an answer, both plain data."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import cast

import gradproof as gp
from gradproof.asked import Where
from gradproof.check import check_steps
from gradproof.choices import AutogradForm, Detail, Language, Layout, Method, NotationName, Target
from gradproof.languages import LANGUAGES
from gradproof.parse import parse
from gradproof.patterns import pattern
from gradproof.records import dataclass, replace
from gradproof.say import say
from gradproof.service import record
from gradproof.service.fields import SCHEMA_VERSION, Json, Object

FORMULA = ("id", "command", "expression", "wrt", "where", "notation", "lang")


@dataclass(frozen=True)
class Inquiry:
    """What can be asked for: its fields, and the function that answers. `what` tells people and assistants when to use it."""

    answer: Callable[[Object], Object]
    what: str
    fields: tuple[str, ...] = FORMULA
    required: tuple[str, ...] = ("expression", "wrt")


def language(request: Mapping[str, Json]) -> Language:
    """The language of derivations: English where the asked one has no texts."""
    lang = str(request.get("lang", "en"))
    return cast("Language", lang if lang in LANGUAGES else "en")


def _where(request: Mapping[str, Json]) -> Where:
    return cast("Where", request.get("where"))


def _notation(request: Mapping[str, Json]) -> NotationName:
    return cast("NotationName", request.get("notation", "auto"))


def _layout(request: Mapping[str, Json]) -> Layout:
    return cast("Layout", request.get("layout", "denominator"))


def _wrt(request: Mapping[str, Json]) -> str | list[str]:
    return cast("str | list[str]", request["wrt"])


def _derivative(request: Mapping[str, Json]) -> gp.Derivative:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gp.UnverifiedWarning)  # the answer says it
        d = gp.derive(
            str(request["expression"]),
            wrt=_wrt(request),
            where=_where(request),
            layout=_layout(request),
            structured=bool(request.get("structured", False)),
            notation=_notation(request),
            verify=bool(request.get("verify", True)),
        )
        _ = d.result  # a result that its proof refutes raises here
    return d


def derive(request: Object) -> Object:
    """The derivative, what was read, and how it was verified."""
    d = _derivative(request)
    report = d.verify() if request.get("verify", True) else None
    return record.derivative(str(request["expression"]), d, report, str(request.get("lang", "en")))


def steps(request: Object) -> Object:
    """The derivation: the proof tree, and the same as the entries of a page. With `hint`, the hint of that number alone."""
    from gradproof.service.page import entries, pictures  # derivations are needed only here

    d = _derivative(request)
    method = cast("Method | None", request.get("method"))
    t = d.derivation(language(request), method, cast("Detail", request.get("detail", "normal")))
    shown: Object = {**entries(t), "pictures": pictures(d)}
    head: Object = {"schema_version": SCHEMA_VERSION, "wrt": [*d.wrt], "method": t.method, "lang": t.lang}
    found = cast("list[Object]", shown["entries"])
    if "hint" in request:
        number = min(cast("int", request["hint"]), len(found))
        return {**head, "count": len(found), "hint": found[number - 1]["hint"]}
    return {
        **head,
        "count": len(found),
        "page": shown,
        "derivation": cast("Json", t.json()),
        "text": t.text(color=False),
    }


def check(request: Object) -> Object:
    """Whether a claim, or a whole derivation, is right; with `hint` only as much as that level tells."""
    from gradproof.service.claim import claim_answer  # checks are needed only here

    text, wrt = str(request["expression"]), _wrt(request)
    where, layout, notation = _where(request), _layout(request), _notation(request)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gp.UnverifiedWarning)  # the answer says it
        if "steps" in request:
            found = check_steps(text, wrt, str(request["steps"]), where, layout, notation)
        elif "claim" in request:
            found = gp.check(text, wrt, str(request["claim"]), where, layout, notation)
        else:
            raise gp.ParseError(
                say("the field claim is missing"), hint=say("claim is the derivative that is claimed; or give steps")
            )
        return claim_answer(found, language(request), cast("int | None", request.get("hint")))


def code(request: Object) -> Object:
    """Code that computes the derivative."""
    from gradproof.codegen.together import together  # code is needed only here

    d = _derivative(request)
    target = cast("Target", request.get("target", "numpy"))
    autograd = cast("bool | AutogradForm", request.get("autograd", False))
    checked = target == "numpy" and not autograd and find_spec("numpy") is not None  # it was run at a random point
    made = (d if checked else replace(d, proving=False)).compile(target, bool(request.get("value", False)), autograd)
    source = made.source
    if request.get("hessian", False):
        if len(d.wrt) > 1:
            raise gp.UnsupportedError(say("{name} is for one variable", name="hessian"), hint=say("leave it out"))
        second = _derivative({**request, "wrt": cast("Json", [*d.wrt] * 2)})
        source = together(source, (second if checked else replace(second, proving=False)).compile(target).source)
    return {
        "schema_version": SCHEMA_VERSION,
        "target": target,
        "source": source,
        "checked": checked,
        "needs": [name for name in _PACKAGES if f"import {name}" in source or f"from {name}" in source],
        "arguments": dict(d.dims.items()),
    }


_PACKAGES = ("numpy", "scipy", "jax", "torch", "cupy", "dask", "opt_einsum")


def read(request: Object) -> Object:
    """How a formula is understood, without differentiating it."""
    names = request.get("wrt")
    wrt = [] if names is None else [names] if isinstance(names, str) else cast("list[str]", names)
    found = parse(str(request["expression"]), _where(request), [whole(name) for name in wrt], _notation(request))
    lang = str(request.get("lang", "en"))
    used = {s.name for s in found.expr.variables}
    free = [s for s in found.symbols.values() if s.name in used]
    return {
        "schema_version": SCHEMA_VERSION,
        "reading": record.reading(found.reading, found.expr, lang),
        "symbols": record.symbols(free, lang),
        "free": [s.name for s in free],
        "shape": [d.public for d in found.expr.type.dims],
        "wrt": found.wrt or (_likely([s.name for s in free]) if free else None),
    }


_PART = pattern(r"\w+\((\w+)\)|(\w+)\[[^\[\]]*\]")


def whole(name: str) -> str:
    """The variable that `x[2]`, or a function of a variable, is a part of.

    >>> whole("x[2]"), whole("conj(z)"), whole("x")
    ('x', 'z', 'x')
    """
    found = _PART.fullmatch(name)
    return name if found is None else found[1] or found[2]


def convexity(request: Object) -> Object:
    """Whether a formula is convex, and why."""
    where, notation, verify = _where(request), _notation(request), bool(request.get("verify", True))
    found = gp.convexity(str(request["expression"]), _wrt(request), where, notation, verify=verify)
    return cast("Object", found.json(str(request.get("lang", "en"))))


def _likely(names: Sequence[str]) -> str:
    """The variable that one differentiates by if nothing is said: a customary letter, else the last that occurs."""
    return next((n for n in "xwθXWβz" if n in names), next((n for n in ("theta", "beta") if n in names), names[-1]))


def minimize(request: Object) -> Object:
    """The optimum in closed form, and what makes it one."""
    if "manifold" in request:
        raise gp.UnsupportedError(say("{name} is not supported yet", name="manifold"))
    over = cast("str | list[str]", request["over"])
    given = cast("str | list[str]", request.get("subject_to", []))
    where, notation, verify = _where(request), _notation(request), bool(request.get("verify", True))
    found = gp.minimize(str(request["expression"]), over, given, where, notation, verify=verify)
    lang = str(request.get("lang", "en"))
    told = cast("Object", found.json(lang))
    for field, formulas in (("solution", found.solution or {}), ("stationarity", found.stationarity)):
        for name, e in formulas.items():
            cast("dict[str, dict[str, Object]]", told)[field][name] |= record.forms(e, lang)
    return told


COMMANDS: dict[str, Inquiry] = {
    "derive": Inquiry(
        derive,
        "The derivative of a formula in closed form, proven numerically before it is given. Use it whenever a gradient, Jacobian or Hessian of "
        "vectors or matrices is needed, before you state one.",
        (*FORMULA, "layout", "verify", "structured"),
    ),
    "check": Inquiry(
        check,
        "Is this derivative right? The verdict on a claimed answer, or on a whole derivation line by line, what went wrong, and a counterexample. "
        "Use it to prove a gradient that you, or somebody else, wrote.",
        (*FORMULA, "layout", "claim", "steps", "hint"),
    ),
    "steps": Inquiry(
        steps,
        "The derivation of a derivative by textbook rules, each step checked on numbers. Use it to explain how a result comes about.",
        (*FORMULA, "layout", "verify", "structured", "method", "detail", "hint"),
    ),
    "code": Inquiry(
        code,
        "Source code that computes the derivative, for NumPy, JAX, PyTorch, the array API, Julia or MATLAB. Use it in place of writing the gradient by hand.",
        (*FORMULA, "layout", "verify", "structured", "target", "value", "hessian", "autograd"),
    ),
    "read": Inquiry(
        read,
        "How a formula is understood: notation, kinds and sizes of its variables, notes. Use it where a formula may be ambiguous; it differentiates nothing.",
        required=("expression",),
    ),
    "convexity": Inquiry(
        convexity,
        "Whether a formula is convex or concave in its variables jointly, with the factor of the Hessian that proves it, or points that refute it. "
        "Use it before you promise that a minimum is global.",
        (*FORMULA, "verify"),
    ),
    "minimize": Inquiry(
        minimize,
        "The minimum of a formula over some variables in closed form, with constraints, proven to be global where the formula is convex; else the equation "
        "that stationary points satisfy. Use it before you write down a solution or start a solver.",
        (*FORMULA, "verify", "over", "subject_to", "manifold"),
        ("expression", "over"),
    ),
}  # fmt: skip
