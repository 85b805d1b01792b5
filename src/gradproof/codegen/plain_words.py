"""How NumPy, JAX and PyTorch write what code of complex variables is made of: NumPy's words, and those that others spell differently."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gradproof.numeric.arrays import plain
from gradproof.ops.arrays import ARRAY_HELPERS, HELPER
from gradproof.optional import needed
from gradproof.records import dataclass, field

ALONG = '''
def _frechet(f, x, d):
    """The derivative of a matrix function along a direction: a block of its value at a larger matrix."""
    n = len(x)
    return f(np.concatenate((np.concatenate((x, d), 1), np.concatenate((0 * x, x), 1)), 0))[:n, n:]
'''
_WORD = re.compile(r"\bnp\.([\w.]+)")


@dataclass(frozen=True)
class Dialect:
    """A library whose arrays are given and returned.

    module      its name in a source; head: the import lines
    own         the words that it spells differently from NumPy
    mixes       whether it multiplies a complex matrix by a real one
    laid        what makes the entries of an array lie in a row, where a function needs that
    kind        how a new array is told its numbers; "" where it need not be
    array       what is given, as an array of the library; numbers: an array as NumPy has it, None while a function is traced
    """

    module: str
    head: str
    own: Mapping[str, str] = field(default_factory=dict)
    mixes: bool = True
    laid: str = ""
    kind: str = ""
    array: Callable[[str, Any], Any] = lambda name, value: value
    numbers: Callable[[Any], Any] = lambda array: array
    functions: str = (
        ""  # the target whose words for functions of a matrix are taken; "" has those of NumPy, with their text
    )

    def spelled(self, text: str) -> str:
        """A text in NumPy's words in those of the library."""
        return _WORD.sub(lambda m: f"{self.module}.{self.own.get(m[1], m[1])}", text)


def _numpy(name: str, value: Any) -> Any:
    import numpy as np  # numbers are needed only here

    return plain(name, value, np)


def _jax(name: str, value: Any) -> Any:
    jax, jnp = needed("jax"), needed("jax.numpy")
    return jnp.asarray(value if isinstance(value, jax.Array) else _numpy(name, value))


def _numbers(array: Any) -> Any:
    import numpy as np  # numbers are needed only here

    return None if isinstance(array, needed("jax").core.Tracer) else np.asarray(array)


def _torch(name: str, value: Any) -> Any:
    torch = needed("torch")
    found = value if isinstance(value, torch.Tensor) else torch.as_tensor(_numpy(name, value))
    return found if found.is_floating_point() or found.is_complex() else found.to(torch.get_default_dtype())


def _of_torch(array: Any) -> Any:
    if not isinstance(array, needed("torch").Tensor):
        return array
    return array.detach().resolve_conj().resolve_neg().cpu().numpy()


DIALECTS = {
    "numpy": Dialect("np", "import numpy as np", array=_numpy),
    "numpy-only": Dialect("np", "import numpy as np", array=_numpy),
    "jax": Dialect("jnp", "import jax\nimport jax.numpy as jnp", array=_jax, numbers=_numbers, functions="jax"),
    "torch": Dialect(
        "torch",
        "import torch",
        {"conj": "conj_physical", "arcsin": "asin", "arccos": "acos", "arctan": "atan"}
        | {"arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh"},
        mixes=False,
        kind=", dtype={0}.real.dtype, device={0}.device",
        array=_torch,
        laid=".contiguous()",
        numbers=_of_torch,
        functions="torch",
    ),
}


def functions_of_a_matrix(dialect: Dialect, names: Iterable[str]) -> str:
    """The text of the functions of these names, and of those that they call."""
    if dialect.functions:
        return dialect.spelled(ALONG) if names else ""
    found: dict[str, str] = {}
    wanted = list(names)
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = ARRAY_HELPERS[name]
            wanted += [n for n in HELPER.findall(found[name]) if n != name]
    return "\n".join(text for name, text in ARRAY_HELPERS.items() if name in found)
