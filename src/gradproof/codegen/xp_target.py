"""Sources for the Python array API: the namespace is that of the arguments, so that CuPy, Dask and others work."""

from __future__ import annotations

from gradproof.codegen.emit import ATOM, Scope, Text
from gradproof.codegen.program import Node
from gradproof.codegen.python_target import PythonSpelling
from gradproof.ops import TABLE, Operation

SAME = "exp log sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh abs sign sqrt".split()

OVERRIDES: dict[Operation, str] = {
    **{TABLE[name]: f"xp.{name}(x)" for name in SAME},
    TABLE["sigmoid"]: "0.5 + 0.5 * xp.tanh(0.5 * x)",
    TABLE["softplus"]: "xp.where(x > 0, x, 0 * x) + xp.log1p(xp.exp(-xp.abs(x)))",
    TABLE["relu"]: "xp.where(x > 0, x, 0 * x)",
    TABLE["elpow"]: "x ** a",
}
GAPS = (TABLE["erf"],)  # what the array API does not have

WORDS = {
    "sqrt": "xp.sqrt({0})",
    "log1p": "xp.log1p({0})",
    "turn": "{0}.T",
    "transpose": "xp.permute_dims({0}, ({1}))",
    "diagonal": "xp.linalg.diagonal({0})",
    "einsum": "_einsum(xp, '{0}', {1})",
    "vdot": "xp.sum({0} * {1})",
    "full": "xp.zeros({0}, dtype=dtype) + {1}",
    "zeros": "xp.zeros({0}, dtype=dtype)",
    "broadcast": "xp.broadcast_to({0}, {1})",
    "reshape": "xp.reshape({0}, ({1}))",
    "sum": "xp.sum({0}, axis={1})",
    "sum_all": "xp.sum({0})",
    "copy": "xp.asarray({0}, copy=True)",
    "scalar": "xp.asarray({0}, dtype=dtype)",
    "dtype": "xp.result_type({0})",
    "default_dtype": "xp.float64",
}
