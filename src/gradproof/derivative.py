"""Derivative: what `derive` gives, with everything that can be asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gradproof.budget import limited
from gradproof.choices import AutogradForm, Detail, Drawn, Language, Method, Picture, Target
from gradproof.derived import Proven
from gradproof.records import dataclass
from gradproof.render.left import left_side
from gradproof.say import say

if TYPE_CHECKING:
    from gradproof.codegen import Code, Cost, Operator
    from gradproof.explain import Derivation
    from gradproof.mime import Bundle


@dataclass(frozen=True)
class Derivative(Proven):
    """The derivative of a formula. Made by `derive`: its closed form, values, proof, derivation, pictures and code."""

    @limited
    def derivation(self, lang: Language = "en", method: Method | None = None, detail: Detail = "normal") -> Derivation:
        """The derivation step by step, each step checked alone on numbers: `.text()`, `.markdown()`, `.latex()`, `.json()`.

        `lang`: "en", "zh" or "fr". `method`: "rules", "differential" or "entries"; None chooses by the kind of problem. `detail`: "brief", "normal" or "full".
        Raises UnsupportedError where there is none yet.

        >>> import gradproof as gp
        >>> gp.derive("A*x", wrt="x").derivation().root.rule
        'linear-left'
        """
        from gradproof.explain.asked import derivation_of  # only those who ask for it need it

        self._prove()
        return derivation_of(self, self.closed, lang, method, detail)

    def picture(self, kind: Picture = "shapes", format: Drawn = "unicode") -> str:
        """The result as a picture: "shapes", the boxes of its products with their sizes, or "network", its factors joined by the indices that they share.

        Raises GradproofError for another kind or format, UnsupportedError for boxes of what has more than two axes.

        >>> import gradproof as gp
        >>> print(gp.derive("x'*A*x", wrt="x").picture("network").splitlines()[0])
        i───[A]──j──[x]
        """
        from gradproof.pictures import picture  # only those who ask for one need it

        return picture(self.result, self.tensor, self._lifter, self.wrt, kind, format)

    @limited
    def compile(
        self,
        target: Target = "numpy",
        value: bool = False,
        autograd: bool | AutogradForm = False,
        compressed: bool = False,
        check: bool = True,
        batch: Sequence[str] | str = (),
    ) -> Code:
        """The derivative as a function of arrays by name, with its source in `.source`; with `value=True` it gives (value, derivative).

        `autograd=True`: the value of the formula, which PyTorch or JAX differentiates by the closed forms, by every variable with all entries free;
        for JAX "vjp" (the same) or "jvp". `compressed=True`: what has structure (Kronecker products, diagonals, outer products) stays in parts,
        `todense()` makes the array. `check=False`: arrays are not held against declared facts (symmetric, positive, …).
        `batch=["X", "y"]`: these have a first axis of problems, and so have the results. Raises UnsupportedError for what a target has not,
        VerificationError where NumPy code is wrong at a random point. Where terms cancel, or a form is 0/0, `evaluate` has digits and limits that code has not.
        """
        from gradproof.codegen import code_must_hold, compiled  # code is needed only here

        if autograd:
            self.whole(say("autograd"))
        self._prove()
        function = compiled(self, target, value, autograd, compressed, check, batch)
        if self.proving and target == "numpy" and not autograd and self.declared is None:
            code_must_hold(function, self, value, batch)
        return function

    @limited
    def operator(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> Operator:
        """The derivative at given values as a linear operator, whose matrix is never formed: matvec, rmatvec, diagonal, solve where the structure
        allows it, todense, and `linear`, a scipy.sparse.linalg.LinearOperator. Rows are the first variable, columns all other axes.

        >>> import gradproof as gp
        >>> gp.hessian("log(sum(exp(x)))", wrt="x").operator(x=[0.0, 0.0]).matvec([1.0, 0.0]).tolist()
        [0.25, -0.25]
        """
        from gradproof.codegen import operator  # code is needed only here
        from gradproof.numeric.given import given  # and numbers

        self.whole(say("an operator"))
        self._prove()
        return operator(self, given(values, more))

    @limited
    def cost(self, value: bool = False, /, **sizes: int) -> Cost:
        """What compiled code costs at these sizes (1000 where none is given): flops, bytes and the largest array, and flops without any planning.

        >>> import gradproof as gp
        >>> gp.derive("norm2(A*x - b)^2", wrt="x").cost(m=100, n=10).formula
        '4 m n + m + n'
        """
        from gradproof.codegen import cost  # code is needed only here

        return cost(self, value, sizes)

    @limited
    def jvp(self, target: Target = "numpy") -> Code:
        """A function for the Jacobian times a vector: how the formula changes along v. It takes the variables and v; the Jacobian is never formed."""
        from gradproof.codegen import directional  # code is needed only here

        self.whole(say("a product with a vector"))
        self._prove()
        return directional(self, "jvp", target)

    @limited
    def vjp(self, target: Target = "numpy") -> Code:
        """A function for a vector times the Jacobian: the gradient of the inner product of v and the formula."""
        from gradproof.codegen import directional  # code is needed only here

        self.whole(say("a product with a vector"))
        self._prove()
        return directional(self, "vjp", target)

    @limited
    def hvp(self, target: Target = "numpy") -> Code:
        """A function for the Hessian times a vector v. The Hessian is never formed.

        >>> import gradproof as gp
        >>> gp.hessian("sum(x.^3)", wrt="x").hvp()(x=[1.0, 2.0], v=[1.0, 1.0]).tolist()
        [6.0, 12.0]
        """
        from gradproof.codegen import directional  # code is needed only here

        self.whole(say("a product with a vector"))
        self._prove()
        return directional(self, "hvp", target)

    def __repr__(self) -> str:
        return f"<derivative by {', '.join(self.wrt)}, {self.layout} layout: {self.text('ascii')}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        """What a notebook shows: the formula as read, the result, its layout and shape, notes, how it was verified."""
        from gradproof.mime import bundle, displayed, listed, sized, told  # only notebooks ask for it

        left = left_side(self.wrt, "latex")
        facts = [
            ("layout", self.layout),
            ("shape", sized(self.shape)),
            ("with", told("; ".join(f"{name}: {kind}" for name, kind in self.described.items()))),
            *(("note", told(str(note))) for note in self.notes),
            ("proof", told(str(self.verify())) if self.proving else "not asked for"),
        ]
        read = displayed(f"f = {self.expression.latex}")
        return bundle(repr(self), read, displayed(f"{left} = {self.text('latex')}"), listed(facts))
