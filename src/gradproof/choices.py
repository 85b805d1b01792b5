"""What can be chosen by a word in a call, as types: a type checker sees `layout="num"`. Tests hold them against the tables that they name.

Languages and targets are written here by `python tools/choices.py`: a language is its folder, a target its file.
"""

from __future__ import annotations

from typing import Literal

Layout = Literal["denominator", "numerator", "mixed"]
NotationName = Literal["auto", "ascii", "latex", "plain", "numpy", "unicode"]
Language = Literal["en", "zh", "fr"]  # fmt: skip
Method = Literal["rules", "differential", "entries"]
Topic = Literal["products", "norms", "trace", "determinant", "elementwise", "networks"]
Detail = Literal["brief", "normal", "full"]
Picture = Literal["shapes", "network"]
Drawn = Literal["unicode", "ascii", "svg"]
Format = Literal["ascii", "unicode", "latex"]
Parts = Literal["auto", "always", "never"]
Target = Literal["numpy", "numpy-only", "jax", "torch", "array-api", "cupy", "rows", "dask", "jax-rows", "julia", "matlab"]  # fmt: skip
Manifold = Literal[
    "sphere", "stiefel", "stiefel-canonical", "grassmann", "so", "spd", "spd-bw", "simplex", "symmetric"
]  # fmt: skip
AutogradForm = Literal["vjp", "jvp"]
