"""Holding arrays and formulas against the truth, in floats and, where these disagree, with 50 digits."""

from __future__ import annotations

import math
import os
import random
import traceback
import warnings
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np

import gradproof as gp
from fuzz import reading
from fuzz.formulas import Node, Point, Unreadable, evaluate, walk
from fuzz.jets import FLOAT, PRECISE, Field, OutOfDomain
from fuzz.truth import Case, declared, laid_out, stacked

RELATIVE = 1e-8
LOOSE = 3e-2  # for arguments in single precision
MANY = 3_000_000  # entries of an array over all running indices


@dataclass
class Finding:
    """Something that is not as it should be: `kind` is "wrong", "crash" or "shape"."""

    kind: str
    face: str
    said: str


@dataclass
class Seen:
    """What came of one problem."""

    findings: list[Finding] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # face: message
    inexact: list[tuple[str, float]] = field(default_factory=list)  # right in exact arithmetic
    compared: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def _ours(error: Exception) -> bool:
    """Whether an exception rose in the fuzz itself, and not in gradproof."""
    return traceback.extract_tb(error.__traceback__)[-1].filename.startswith(os.path.dirname(__file__))


class Judge:
    """One problem on its way through all faces."""

    def __init__(
        self,
        case: Case,
        rng: random.Random,
        verify: bool = False,
        everything: bool = False,
        faces: Collection[str]
        | None = None,  # those that are asked beside the value and the printed formula; None: the dice say
    ):
        self.case, self.problem, self.rng, self.everything = case, case.problem, rng, everything
        self.seen, self.verify, self.faces = Seen(), verify, faces
        p = self.problem
        self.where = dict(p.where) if p.declared else None
        self.axes = sum(len(declared(p.where[n], p.sizes)[1]) for n in p.wrt)
        self.first = next((k for k in (len(declared(p.where[n], p.sizes)[1]) for n in p.wrt) if k), 0)
        self.kind = case.formula.kind
        self.want = case.derivative()
        self._precise: np.ndarray | None = None
        self._form = ""
        self._shaken: float | None = None
        self._index: Callable[[], str] = lambda: ""

    @property
    def form(self) -> str:
        """How the derivative was written."""
        return self._form

    def inferred(self, d: gp.Derivative) -> bool:
        """Takes the sizes of dimensions that were inferred; False where a variable was read as of another kind than its letter says."""
        if self.problem.declared:
            return True
        found: dict[str, int] = {}
        for name, a in self.case.arrays.items():
            words = d.dims.get(name, "scalar").split()
            dims = words[1 : {"scalar": 1, "vector": 2, "matrix": 3}[words[0]]]
            if len(dims) != a.ndim or any(found.setdefault(n, k) != k for n, k in zip(dims, a.shape, strict=True)):
                self.seen.refused.append("read as another kind or with other sizes")
                return False
        self.case.sizes.update({n: k for n, k in found.items() if not n.isdigit()})
        return True

    def asked(self, face: str, chance: float) -> bool:
        return self.everything or (self.rng.random() < chance if self.faces is None else face in self.faces)

    def guarded(self, name: str, call: Callable[[], object]) -> object | None:
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return call()
        except gp.GradproofError as error:
            if type(error).__name__ == "VerificationError":
                self.found("wrong", name, f"VerificationError: {error.message}")
            self.seen.refused.append(f"{name}: {type(error).__name__}: {error.message[:70]}")
        except (Unreadable, OutOfDomain) as error:
            self.seen.unread.append(f"{name}: {error}")
        except (TimeoutError, KeyboardInterrupt):
            raise
        except Exception as error:
            if isinstance(error, RecursionError) and _ours(error):
                self.seen.unread.append(f"{name}: nested too deeply for this evaluator")
            else:
                self.found("crash", name, f"{type(error).__name__}: {str(error)[:100]}")
        return None

    def found(self, kind: str, face: str, said: str) -> None:
        self.seen.findings.append(Finding(kind, face, said))

    # -- comparing

    def same(
        self, face: str, got: object, want: np.ndarray, node: Node | None = None, tolerance: float = RELATIVE
    ) -> None:
        """Holds an array against the truth; `node` is the formula that it came from, evaluated with many digits before it is called wrong."""
        self.seen.compared.append(face)
        a = np.asarray(got)
        if a.shape != want.shape:
            self.found("shape", face, f"shape {a.shape} for {want.shape}")
            return
        a = np.asarray(a, complex if a.dtype.kind == "c" else float)
        off = self.excess(a, want, tolerance)
        if off <= 1:
            return
        distance = float(np.max(np.abs(a - want), initial=0.0))
        size = float(np.max(np.abs(want), initial=0.0))
        if distance < max(1e-3 * size, 1e-9 * self.case.magnitude) and distance < 1e5 * self.case.noise:
            self.seen.inexact.append((face, distance / max(size, 1e-300)))
            return
        if distance < 1e-6 * max(size, self.case.magnitude) and distance < 30 * self.shaken():
            self.seen.inexact.append((face, distance / max(size, 1e-300)))
            return
        self.found("wrong", face, f"{_short(a)} for {_short(want)}, off by {distance:.1e}")

    def shaken(self) -> float:
        """How far the derivative moves by rounding: where its index notation is right with 50 digits, that in floats with every value on the way
        moved by some units in its last place."""
        if self._shaken is None:
            self._shaken = 0.0
            letters, node = reading.read_index(self._index())
            before = len(self.seen.findings)
            self.exactly("index", node, lambda a: a, letters)
            if len(self.seen.findings) == before:
                rng = np.random.default_rng(0)
                moved = [self.read_value(node, FLOAT, letters, rng) for _ in range(3)]
                self._shaken = max(float(np.max(np.abs(m - self.want), initial=0)) for m in moved)
        return self._shaken

    def excess(self, got: np.ndarray, want: np.ndarray, tolerance: float = RELATIVE) -> float:
        """The largest difference as a multiple of what is allowed: relative to the largest entry, and to the largest number on the way."""
        if not np.all(np.isfinite(got)):
            return float("inf")
        distance = float(np.max(np.abs(got - want), initial=0.0))
        allowed = tolerance * float(np.max(np.abs(want), initial=0.0)) + 1e-4 * tolerance * self.case.magnitude
        return distance / max(allowed, 1e-300)

    def exactly(
        self, face: str, node: Node, want: Callable[[np.ndarray], np.ndarray], letters: tuple[str, ...] | None = None
    ) -> None:
        """Holds a formula that was read against the truth: in floats, and with many digits where these differ."""
        self.seen.compared.append(face)
        got = self.read_value(node, FLOAT, letters)
        target = want(self.want)
        if got.shape != target.shape:
            self.found("shape", face, f"shape {got.shape} for {target.shape}")
            return
        if self.excess(got, target) <= 1:
            return
        if self._precise is None:
            self._precise = self.case.derivative(PRECISE)
        got, target = self.read_value(node, PRECISE, letters), want(self._precise)
        scale = float(np.max(np.abs(target), initial=0)) + 1e-5 * self.case.magnitude
        off = float(np.max(np.abs(got - target), initial=0)) / scale
        if not off < 1e-12:
            self.found("wrong", face, f"off by {off:.1e} with 50 digits: {_short(got)} for {_short(target)}")
        else:
            self.seen.inexact.append((face, off))

    def read_value(
        self, node: Node, f: Field, letters: tuple[str, ...] | None = None, rounding: np.random.Generator | None = None
    ) -> np.ndarray:
        if letters is None:
            return evaluate(node, self.case.point(f)).jet.value
        at, alone = self.indexed(node, f, letters), len(letters) == self.want.ndim
        at.rounding = rounding
        a = evaluate(node, at).jet.value
        a = a.reshape(*[1] * (at.leading + 2 - a.ndim), *a.shape)
        if any(k not in at.lengths for k in letters):
            raise Unreadable("an index of the result stands nowhere")
        shape = [at.lengths[k] for k in letters]
        whole = np.broadcast_to(a, (*shape, *a.shape[len(letters) :])).reshape(shape)
        return whole if alone else whole.reshape(self.want.shape)

    def indexed(self, node: Node, f: Field, letters: tuple[str, ...]) -> Point:
        """The point with the running indices of a formula."""
        at = self.case.point(f)
        at.slots, at.leading = reading.slots(node, letters)
        alone = len(letters) == self.want.ndim  # else some axes of the value are two here
        at.lengths = _lengths(node, at, dict(zip(letters, self.want.shape, strict=True)) if alone else {})
        if math.prod(at.lengths.values()) > MANY:
            raise Unreadable("too many running indices to be written out")
        return at

    def as_printed(self, a: np.ndarray, layout: str) -> np.ndarray:
        """The truth as the printed formula of this layout has it, with two axes."""
        if a.ndim <= 2:
            b = laid_out(a, self.axes, self.kind, layout)
            return b.reshape((*b.shape, 1, 1)[:2])
        if not self.axes:
            return a
        m = stacked(a, self.first)
        return m.T if layout == "numerator" or (layout == "mixed" and self.kind != "s") else m


def _short(a: np.ndarray) -> str:
    flat = np.asarray(a).reshape(-1)
    return "[" + " ".join(f"{float(np.real(x)):.6g}" for x in flat[:4]) + (" …]" if flat.size > 4 else "]")


def _lengths(e: Node, at: Point, known: dict[str, int]) -> dict[str, int]:
    """How far each running index runs: as the arrays say, and as `known` does."""
    lengths = dict(known)
    nodes = walk(e)
    for node in nodes:
        if node.op == "entry":
            inner = evaluate(node.args[0], at)
            axes = inner.jet.value.shape if inner.kind in ("m", "tensor") else (inner.jet.value.size,)
            for k, n in zip(node.text, axes, strict=False):
                if lengths.setdefault(k, n) != n:
                    raise Unreadable(f"index {k} runs to {n} and to {lengths[k]}")
    deltas = [node.text for node in nodes if node.op == "delta"]
    for a, b in deltas * 2:
        n = lengths.get(a, lengths.get(b))
        if n is not None:
            lengths.setdefault(a, n)
            lengths.setdefault(b, n)
    for k in [k for node in nodes for k in node.text if node.op in ("entry", "delta", "total")]:
        if k not in lengths:
            raise Unreadable(f"how far does {k} run?")
    return lengths
