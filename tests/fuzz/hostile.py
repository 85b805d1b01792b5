"""Every public function and every command with input that nobody means well: each answers, or raises a GradproofError, within its time.

python -m fuzz.hostile [--seconds 60] [--seed 0]
"""

from __future__ import annotations

import argparse
import contextlib
import io
import itertools
import random
import resource
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

import gradproof as gp
from fuzz.hostile_input import ARGUMENTS, ATTRIBUTES, CLAIMS, COMMANDS, FORMULAS, GOOD, NAMES, OPTIONS, WHERE
from fuzz.run import within

LIMIT = 12.0  # seconds for one call
MEMORY = 3 * 2**30


@dataclass(frozen=True)
class Attack:
    """One call: its text, for the report, and what makes it."""

    text: str
    call: Callable[[], object]
    option: bool = False  # the hostile value is an option, of a type that Python refuses with a TypeError


def short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 90 else f"{text[:60]}…{text[-12:]} ({len(text)} characters)"


def _of(name: str, *args: object, **named: object) -> Attack:
    shown = ", ".join([*map(short, args), *(f"{k}={short(v)}" for k, v in named.items())])
    return Attack(f"gp.{name}({shown})", lambda: _used(getattr(gp, name)(*args, **named)))


def _used(result: object) -> object:
    """Asks a result for everything that it shows: an error that waits there counts too."""
    for attribute in ATTRIBUTES:
        found = getattr(result, attribute, None)
        if callable(found) and attribute in ("text", "json"):
            found()
    repr(result)
    return result


def functions() -> Iterator[Attack]:
    """The public functions, each hostile value in each place beside good ones."""
    for formula in FORMULAS:
        yield _of("parse", formula)
        yield _of("parse_latex", formula)
        yield _of("derive", formula, "x")
        yield _of("check", formula, "x", claim="2*x")
        yield _of("differential", formula, "x")
        yield _of("hessian", formula, "x")
    for name, where in itertools.product(
        ("derive", "gradient", "jacobian", "hessian", "differential"), (None, "x: vector n")
    ):
        for wrt in NAMES:
            yield _of(name, "norm2(A*x - b)^2", wrt, where)
    for where in WHERE:
        yield _of("derive", "norm2(A*x - b)^2", "x", where)
        yield _of("parse", "x'*S*x", where)
        yield _of("check", "x'*A*x", "x", claim="2*A*x", where=where)
    for claim in CLAIMS:
        yield _of("check", "x'*A*x", "x", claim=claim)
    for key, values in OPTIONS.items():
        for value in values:
            yield _of("derive", "x'*A*x", "x", **{key: value})
            yield _of("check", "x'*A*x", "x", claim="2*A*x", **{key: value})
    for maker, bad in itertools.product(
        ("vector", "matrix", "scalar", "exp", "inv", "tr", "eye", "ones"), (*NAMES, *ARGUMENTS)
    ):
        yield _of(maker, bad)
        yield _of(maker, bad, bad)


def results() -> Iterator[Attack]:
    """What can be asked of a derivative, with hostile values."""
    for formula, wrt in GOOD:
        d = gp.derive(formula, wrt)
        good = _values(d)
        asked: dict[str, Callable[[dict[str, object]], object]] = {
            "evaluate": d.evaluate, "compile()": lambda v, d=d: d.compile()(v), "operator": lambda v, d=d: d.operator(v).todense(),
            "compile(compressed=True)": lambda v, d=d: d.compile(compressed=True)(v).todense(),
            "compile(value=True)": lambda v, d=d: d.compile(value=True)(v),
            "compile('numpy-only')": lambda v, d=d: d.compile("numpy-only")(v),
            "expression.evaluate": d.expression.evaluate, "hvp": lambda v, d=d: d.hvp()({**v, "v": good["x"]}),
            "jvp": lambda v, d=d: d.jvp()({**v, "v": good["x"]}),
        }  # fmt: skip
        for (name, ask), variable in itertools.product(asked.items(), sorted(d.dims)):
            for bad in ARGUMENTS:
                values = {**good, variable: bad}
                yield Attack(
                    f"gp.derive({formula!r}, {wrt!r}).{name} with {variable}={short(bad)}", lambda a=ask, v=values: a(v)
                )
        yield from _methods(d, f"gp.derive({formula!r}, {wrt!r})")


def _methods(d: gp.Derivative, shown: str) -> Iterator[Attack]:
    strange: list[object] = [None, "", "nonsense", -1, 0, 10**9, 1.5, float("nan"), [], {}, b"x", object()]
    for bad in strange:
        calls: dict[str, Callable[[], object]] = {
            "compile(X)": lambda b=bad: d.compile(b), "compile(value=X)": lambda b=bad: d.compile(value=b)(_values(d)),
            "compile(autograd=X)": lambda b=bad: d.compile(autograd=b), "compile(compressed=X)": lambda b=bad: d.compile(compressed=b),
            "derivation(lang=X)": lambda b=bad: d.derivation(lang=b), "derivation(method=X)": lambda b=bad: d.derivation(method=b),
            "derivation(detail=X)": lambda b=bad: d.derivation(detail=b).text(), "text(X)": lambda b=bad: d.text(b),
            "text(parts=X)": lambda b=bad: d.text(parts=b), "verify(seed=X)": lambda b=bad: d.verify(seed=b),
            "verify(points=X)": lambda b=bad: d.verify(points=b) if b != 10**9 else None, "evaluate(X)": lambda b=bad: d.evaluate(b),
            "operator(X)": lambda b=bad: d.operator(b), "cost(n=X)": lambda b=bad: d.cost(n=b), "jvp(X)": lambda b=bad: d.jvp(b),
            "vjp(X)": lambda b=bad: d.vjp(b), "hvp(X)": lambda b=bad: d.hvp(b), "text(width=X)": lambda b=bad: d.text(width=b),
        }  # fmt: skip
        for name, call in calls.items():
            yield Attack(f"{shown}.{name.replace('X', short(bad))}", call, option=not isinstance(bad, str))


def _values(d: gp.Derivative) -> dict[str, object]:
    shapes = {"scalar": (), "vector": (3,), "matrix": (3, 3)}
    rng = np.random.default_rng(0)
    return {n: rng.uniform(0.5, 1.5, shapes[said.split()[0]]) for n, said in d.dims.items()}


def commands() -> Iterator[Attack]:
    """The command line."""
    from gradproof.cli.main import main

    def run(argv: list[str]) -> object:
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            try:
                code = main(argv)
            except SystemExit as end:
                code = end.code
        if code not in (0, 1, 2, 3):
            raise AssertionError(f"exit code {code}")
        if "Traceback" in out.getvalue():
            raise AssertionError("a traceback is printed")
        return code

    for argv in COMMANDS:
        yield Attack("gradproof " + " ".join(map(short, argv)), lambda a=argv: run(list(a)))
    for formula in FORMULAS:
        if isinstance(formula, str) and "\x00" not in formula and not formula.startswith("-"):
            yield Attack(
                f"gradproof derive {short(formula)} --wrt x", lambda f=formula: run(["derive", f, "--wrt", "x"])
            )
            yield Attack(
                f"gradproof derive … --steps {short(formula)}",
                lambda f=formula: run(["derive", f, "--wrt", "x", "--steps"]),
            )
            yield Attack(
                f"gradproof check … {short(formula)}",
                lambda f=formula: run(["check", "x'*x", "--wrt", "x", "--claim", f]),
            )
            yield Attack(f"gradproof code {short(formula)}", lambda f=formula: run(["code", f, "--wrt", "x"]))


def survived(attack: Attack, limit: float = LIMIT) -> str:
    """What went wrong, or nothing."""
    try:
        with within(limit), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            attack.call()
    except gp.GradproofError as error:
        return "" if str(error).strip() else "an error without a message"
    except TimeoutError:
        return f"more than {limit:g} s"
    except TypeError as error:
        frames = traceback.extract_tb(error.__traceback__)
        inside = [
            f
            for f in frames
            if "gradproof/src" in f.filename or "/gradproof/" in f.filename and "/fuzz/" not in f.filename
        ]
        return "" if attack.option or not inside else f"TypeError: {error} at {_place(error)}"
    except AttributeError as error:
        return (
            "" if "module 'gradproof' has no attribute" in str(error) else f"AttributeError: {error} at {_place(error)}"
        )
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:120]} at {_place(error)}"
    return ""


def _place(error: BaseException) -> str:
    frames = [
        f
        for f in traceback.extract_tb(error.__traceback__)
        if "gradproof" in f.filename and "/fuzz/" not in f.filename.split("gradproof")[-1]
    ]
    frame = frames[-1] if frames else traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename.split('gradproof/')[-1]}:{frame.lineno}"


def attacks() -> list[Attack]:
    return [*functions(), *results(), *commands()]


def attacked(seconds: float, seed: int = 0, most: int | None = None, shown: int = 3) -> tuple[int, int, list[str]]:
    """Attacks in random order for so long: how many were made, of how many, and what went wrong."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, hard))
    try:
        every = attacks()
        random.Random(seed).shuffle(every)
        end, made, wrong, places = time.monotonic() + seconds, 0, [], Counter[str]()
        for attack in every[:most]:
            if time.monotonic() > end:
                break
            made += 1
            said = survived(attack)
            if said:
                place = said.rsplit(" at ", 1)[-1] if " at " in said else said[:30] + attack.text[:30]
                places[place] += 1
                wrong.append(f"{attack.text}: {said}")
                if places[place] <= shown:
                    print(wrong[-1], flush=True)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    return made, len(every), wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    made, every, wrong = attacked(args.seconds, args.seed)
    print(f"{made} of {every} hostile calls made, {len(wrong)} went wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
