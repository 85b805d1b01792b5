"""What a type checker has to see: each line that ends in a comment is an error of the kind that the comment names."""

import gradproof as gp

_ = gp.derivative  # reportAttributeAccessIssue
_ = gp.Symbol  # reportAttributeAccessIssue
d = gp.derive("x'*x", wrt="x", layout="num")  # reportArgumentType
gp.hessian("x'*x", wrt="x", notation="tex")  # reportArgumentType
gp.check("x'*x", "x", "2*x", layout="num")  # reportArgumentType
d.derivation(lang="klingon")  # reportArgumentType
d.derivation(method="rule")  # reportArgumentType
d.derivation(detail="all")  # reportArgumentType
d.compile("fortran")  # reportArgumentType
d.jvp("numpi")  # reportArgumentType
_ = d.verify().okay  # reportAttributeAccessIssue
_ = d.cost().flop  # reportAttributeAccessIssue
gp.parse("x", where=3)  # reportArgumentType
