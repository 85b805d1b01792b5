"""Formulas in words: {0} and {1} are what an operation is taken of."""

from __future__ import annotations

SPOKEN = {
    "add": "{0} plus {1}", "sub": "{0} minus {1}", "neg": "minus {0}", "mul": "{0} times {1}", "div": "{0} over {1}",
    "hadamard": "{0} entrywise times {1}", "eldiv": "{0} entrywise over {1}", "pow": "{0} to the power {1}", "elpow": "each entry of {0} to the power {1}",
    "transpose": "{0} transpose", "inv": "the inverse of {0}", "det": "the determinant of {0}", "logdet": "the log determinant of {0}",
    "tr": "the trace of {0}", "norm2": "the norm of {0}", "norm1": "the one-norm of {0}", "sum": "the sum of {0}", "diag": "the diagonal of {0}",
    "eye": "the identity", "ones": "ones", "zeros": "zero", "kron": "the Kronecker product of {0} and {1}", "sqrt": "the square root of {0}",
    "exp": "the exponential of {0}", "log": "the logarithm of {0}", "abs": "the absolute value of {0}",
    "slope": "the derivative of {0} by {1}", "slopes": "the derivative of order {n} of {0} by {1}", "change": "the differential of {0}", "is": "{0} equals {1}",
    "bend": "the second differential of {0}", "bends-convex": "{0} is at least zero", "bends-concave": "{0} is at most zero", "bends-affine": "{0} is zero", "bends-neither": "{0} is neither at least nor at most zero",
    "at": "{0} sub {1}", "over": "the sum over {0} of {1}", "": "{name} of {args}", "and": " and ", "long": "a long formula", "function": "{name} of {args}", "open": "the quantity {0}", "close": " end quantity",
}  # fmt: skip
