"""Every way in which gradproof tells a derivative, held against the truth."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np

import gradproof as gp
from fuzz import reading
from fuzz.formulas import Unreadable, Value, evaluate
from fuzz.jets import FLOAT, Jet
from fuzz.judge import LOOSE, RELATIVE, Judge, Seen
from fuzz.truth import Case, declared, laid_out


class Comparison(Judge):
    """One problem on its way through all faces."""

    def run(self) -> Seen:
        d = self.guarded("derive", self.derived)
        if d is None or not self.inferred(d):
            return self.seen
        self._index = lambda: d.index
        self.guarded("parse", self.parsed)
        matrix = isinstance(self.guarded("result", lambda: d.result), gp.Expr)
        always = [self.value, self.printed]
        if not matrix or self.asked("index", 0.35):
            always.append(self.index)
        rare = [face for face, chance in FACES.items() if self.asked(face.__name__, chance)]
        for face in always:
            self.guarded(face.__name__, lambda face=face: face(d))
        for face in rare:
            self.guarded(face.__name__, lambda face=face: face(self, d))
        return self.seen

    # -- what is always asked

    def parsed(self) -> None:
        e = gp.parse(self.problem.text, where=self.where)
        v = self.case.formula
        got = np.asarray(e.evaluate(self.case.values()))
        shape = {"s": (), "v": (v.shape[0],), "r": (v.shape[1],), "m": v.shape}[v.kind]
        self.same("parse", got.reshape(shape) if got.size == np.prod(shape) else got, v.jet.value.reshape(shape))

    def derived(self) -> object:
        p = self.problem
        options = {} if self.verify else UNVERIFIED
        return gp.derive(p.text, wrt=list(p.wrt), where=self.where, layout=p.layout, **options)

    def value(self, d: gp.Derivative) -> None:
        self.same(
            "evaluate", d.evaluate(self.case.values()), laid_out(self.want, self.axes, self.kind, self.problem.layout)
        )

    def printed(self, d: gp.Derivative) -> None:
        if isinstance(d.result, gp.Expr):
            self._form = d.result.ascii
            node = reading.read(d.result.ascii)
            self.exactly("printed", node, lambda a: self.as_printed(a, self.problem.layout))

    def index(self, d: gp.Derivative) -> None:
        letters, node = reading.read_index(d.index)
        self.exactly("index", node, lambda a: a, letters)

    # -- what is asked now and then

    def read_back(self, d: gp.Derivative) -> None:
        """The printed formula in each notation, read by gradproof and evaluated by both."""
        if not isinstance(d.result, gp.Expr):
            return
        notation = self.rng.choice(("ascii", "unicode", "latex"))
        text = getattr(d.result, notation)
        where = {**d.dims, **{n: s for n, s in self.problem.where.items() if s.startswith("function")}}
        again = gp.parse_latex(text, where=where) if notation == "latex" else gp.parse(text, where=where)
        face = f"read back, {notation}"
        target = self.as_printed(self.want, self.problem.layout)
        got = np.asarray(again.evaluate(self.case.values()))
        if got.ndim <= 2:
            got = got.reshape(target.shape) if got.size == target.size and 1 in (*target.shape, got.size) else got
        self.same(face, got, target)
        self.exactly(
            f"{face}, own reader", reading.read(again.ascii), lambda a: self.as_printed(a, self.problem.layout)
        )

    def other_layout(self, d: gp.Derivative) -> None:
        layout = self.rng.choice([x for x in ("denominator", "numerator", "mixed") if x != self.problem.layout])
        e = gp.derive(self.problem.text, wrt=list(self.problem.wrt), where=self.where, layout=layout, **UNVERIFIED)
        self.same(f"layout {layout}", e.evaluate(self.case.values()), laid_out(self.want, self.axes, self.kind, layout))
        if isinstance(e.result, gp.Expr):
            self.exactly(
                f"layout {layout}, printed", reading.read(e.result.ascii), lambda a: self.as_printed(a, layout)
            )

    def compiled(self, d: gp.Derivative) -> None:
        """Called several times, each time with arguments of another type."""
        from fuzz.arguments import variants

        function = d.compile()
        want = laid_out(self.want, self.axes, self.kind, self.problem.layout)
        for name, values in variants(self.arguments(d, function), self.rng):
            tolerance = LOOSE if name in ("single", "half") else RELATIVE
            self.guarded(
                f"compiled, {name}",
                lambda n=name, v=values, t=tolerance: self.same(f"compiled, {n}", function(v), want, tolerance=t),
            )

    def compiled_once(self, d: gp.Derivative) -> None:
        function = d.compile()
        want = laid_out(self.want, self.axes, self.kind, self.problem.layout)
        self.same("compiled once", function(self.arguments(d, function)), want)

    def arguments(self, d: gp.Derivative, function: Callable[..., object]) -> dict[str, object]:
        """The values that a compiled function takes: variables and functions, and sizes only where it asks for them."""
        values = self.case.values()
        few = {n: v for n, v in values.items() if n not in self.problem.sizes or n in d.dims}
        try:
            function(few)
        except gp.GradproofError as error:
            if "no value for" in str(error) or "no array has" in str(error):
                return values
        except Exception:
            return few
        return few

    def value_and_derivative(self, d: gp.Derivative) -> None:
        function = d.compile(value=True)
        value, derivative = function(self.arguments(d, function))
        v = self.case.formula.jet.value
        self.same("compile(value)", np.asarray(value).reshape(-1), v.reshape(-1))
        self.same(
            "compile(value), derivative", derivative, laid_out(self.want, self.axes, self.kind, self.problem.layout)
        )

    def compressed(self, d: gp.Derivative) -> None:
        function = d.compile(compressed=True)
        got = np.asarray(function(self.arguments(d, function)).todense())
        want = laid_out(self.want, self.axes, self.kind, "denominator")
        self.same("compressed", got.reshape(want.shape) if got.size == want.size else got, want)

    def products(self, d: gp.Derivative) -> None:
        """jvp and vjp of a first derivative, hvp of a second one."""
        rng, p = np.random.default_rng(5), self.problem
        name = "v" + "_" * sum("v" + "_" * k in {**d.dims, **p.where} for k in range(3))

        def draw(shape: tuple[int, ...]) -> np.ndarray:
            return np.asarray(np.round(rng.normal(size=shape) * 8) / 8)

        if len(p.wrt) == 1:
            u, w = draw(self.want.shape[: self.axes]), draw(self.want.shape[self.axes :])
            wide = "ijklpq"[: self.axes]
            out = "rstu"[: self.want.ndim - self.axes]
            jvp = np.einsum(f"{wide},{wide}{out}->{out}", u, self.want)
            vjp = np.einsum(f"{out},{wide}{out}->{wide}", w, self.want)
            self.guarded("jvp", lambda: self._along("jvp", d, d.jvp(), name, u, jvp))
            self.guarded("vjp", lambda: self._along("vjp", d, d.vjp(), name, w, vjp))
        elif len(p.wrt) == 2:
            shape = declared(p.where[p.wrt[-1]], p.sizes)[1]
            v, k = draw(shape), self.axes - len(shape)
            both = "ijkl"[:k], "pqrs"[: len(shape)], "tuvw"[: self.want.ndim - self.axes]
            hvp = np.einsum(f"{both[1]},{both[0]}{both[1]}{both[2]}->{both[0]}{both[2]}", v, self.want)
            self._along("hvp", d, d.hvp(), name, v, hvp)

    def _along(
        self, face: str, d: gp.Derivative, f: Callable[..., object], name: str, v: np.ndarray, want: np.ndarray
    ) -> None:
        along = {name: v if v.ndim else float(v)}
        values = self.arguments(d, lambda few: f({**few, **along}))
        a = np.asarray(f({**values, **along}))
        self.same(face, a.reshape(want.shape) if a.size == want.size else a, want)

    def operator(self, d: gp.Derivative) -> None:
        o = d.operator(self.case.values())
        rows = int(np.prod(self.want.shape[: self.first]))
        whole = self.want.reshape(rows, -1)
        rng = np.random.default_rng(6)
        v, u = rng.normal(size=whole.shape[1]), rng.normal(size=rows)
        self.same("operator.matvec", o.matvec(v), whole @ v)
        self.same("operator.rmatvec", o.rmatvec(u), whole.T @ u)
        self.guarded("operator.todense", lambda: self.same("operator.todense", o.todense(), whole))
        if rows == whole.shape[1]:
            self.guarded("operator.diagonal", lambda: self.same("operator.diagonal", o.diagonal(), np.diagonal(whole)))
            if np.linalg.cond(whole) < 1e6:
                self.guarded(
                    "operator.solve", lambda: self.same("operator.solve", o.solve(whole @ v), v, tolerance=1e-7)
                )

    def differential(self, d: gp.Derivative) -> None:
        name = self.problem.wrt[0]
        if "d" + name in self.problem.where or (self.faces is not None and len(self.problem.wrt) > 1):
            return
        e = gp.differential(self.problem.text, wrt=name, where=self.where, **UNVERIFIED)
        one = Case(self.problem.__class__(**{**self.problem.__dict__, "wrt": (name,)}), self.case.arrays)
        first, shape = one.derivative(), declared(self.problem.where[name], self.problem.sizes)[1]
        move = np.round(np.random.default_rng(8).normal(size=shape) * 8) / 8
        want = np.tensordot(move, first, axes=len(shape)) if shape else move * first
        kind = "svm"[len(shape)]
        at = self.case.point(FLOAT)
        at.values = {**at.values, "d" + name: Value(kind, Jet(FLOAT, {0: move.reshape((*shape, 1, 1)[:2])}))}
        got = evaluate(reading.read(e.ascii), at).jet.value
        v = self.case.formula.jet.value
        self.same("differential", got.reshape(-1) if got.shape == v.shape else got, want.reshape(-1))

    def verified(self, d: gp.Derivative) -> None:
        report = d.verify(seed=self.rng.randrange(100))
        if not report.ok and not np.isnan(report.max_relative_error):
            self.found("wrong", "verify", f"verify says no: {str(report)[:100]}")
        elif not report.ok:
            self.seen.refused.append(f"verify: undecided: {str(report)[:50]}")

    def derivation(self, d: gp.Derivative) -> None:
        t = d.derivation(lang=self.rng.choice(("en", "zh")))
        told = json.loads(json.dumps(t.json(), allow_nan=False))
        result = told["root"]["result"]
        if isinstance(d.result, gp.Expr) and result == d.result.ascii:
            return
        try:
            node = reading.read(result.split(" = ")[-1])
        except Unreadable:
            return
        if self.want.ndim <= 2:
            self.exactly("derivation", node, lambda a: self.as_printed(a, self.problem.layout))

    def checked(self, d: gp.Derivative) -> None:
        """gradproof's own answer is right, and three times of it is not."""
        if self.want.ndim > 2 or not isinstance(d.result, gp.Expr):
            return
        p = self.problem
        told = {"wrt": list(p.wrt) if len(p.wrt) > 1 else p.wrt[0], "where": self.where, "layout": p.layout}
        right = gp.check(p.text, claim=d.result.ascii, **told)
        if right.verdict not in ("right", "unknown"):
            self.found("wrong", "check", f"own result called {right.verdict}")
        if np.max(np.abs(self.want), initial=0) > 1e-6:
            damaged = gp.check(p.text, claim=f"3*({d.result.ascii})", **told)
            if damaged.verdict == "right":
                self.found("wrong", "check", "three times the result called right")

    def in_jax(self, d: gp.Derivative) -> None:
        import jax

        jax.config.update("jax_enable_x64", True)
        self.same(
            "jax",
            d.compile("jax")(self.arguments(d, d.compile())),
            laid_out(self.want, self.axes, self.kind, self.problem.layout),
        )

    def in_torch(self, d: gp.Derivative) -> None:
        import torch

        values = {
            n: torch.tensor(a) if isinstance(a, np.ndarray) else a for n, a in self.arguments(d, d.compile()).items()
        }
        if any(callable(v) and not hasattr(v, "numpy") for v in values.values()):
            return
        got = d.compile("torch")(values)
        want = laid_out(self.want, self.axes, self.kind, self.problem.layout)
        self.same("torch", np.asarray(got), want)


def _options() -> dict[str, bool]:
    import inspect

    return {"verify": False} if "verify" in inspect.signature(gp.derive).parameters else {}


UNVERIFIED = _options()

Face = Callable[[Comparison, gp.Derivative], None]
FACES: dict[Face, float] = {
    Comparison.read_back: 0.3,
    Comparison.other_layout: 0.15,
    Comparison.compiled: 0.3,
    Comparison.compiled_once: 0.0,
    Comparison.value_and_derivative: 0.08,
    Comparison.compressed: 0.12,
    Comparison.products: 0.15,
    Comparison.operator: 0.12,
    Comparison.differential: 0.15,
    Comparison.verified: 0.06,
    Comparison.derivation: 0.06,
    Comparison.checked: 0.03,
}
TARGETS: dict[str, Face] = {"jax": Comparison.in_jax, "torch": Comparison.in_torch}
