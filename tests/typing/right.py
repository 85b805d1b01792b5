"""What a type checker has to accept: the public names, with what they give."""

import gradproof as gp

d = gp.derive("norm2(A*x - b)^2", wrt="x", layout="numerator", notation="ascii")
ok: bool | None = d.verify().ok
rule: str = d.derivation("zh", method="rules", detail="brief").root.rule
source: str = d.compile("torch", value=True).source
products: str = d.hvp("jax").source + d.jvp().source + d.vjp().source
flops: str = d.cost(m=100, n=10).formula
x = gp.vector("x", "n")
e: gp.Expr = gp.exp(x) + gp.ones("n") * gp.sum(x)
verdict: str = gp.check("x'*x", "x", "2*x").verdict
