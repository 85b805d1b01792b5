"""The table of operations. Adding one is one entry in one of the files beside this one."""

from __future__ import annotations

from gradproof.ops.algebra import ALGEBRA
from gradproof.ops.elementwise import ELEMENTWISE
from gradproof.ops.equations import EQUATIONS
from gradproof.ops.linalg import LINALG, RESERVED
from gradproof.ops.matrix_functions import MATRIX_FUNCTIONS
from gradproof.ops.operation import Operation
from gradproof.ops.placed import HEAD, IUNIT, LAST, LOWERTRI, PI, TAIL, family
from gradproof.ops.reductions import REDUCTIONS
from gradproof.ops.spectra import SPECTRA
from gradproof.ops.structures import BASES, DIAGONALS

TABLE: dict[str, Operation] = {
    op.name: op
    for op in (
        *ALGEBRA,
        *ELEMENTWISE,
        *LINALG,
        *MATRIX_FUNCTIONS,
        *EQUATIONS,
        *SPECTRA,
        *REDUCTIONS,
        *BASES,
        DIAGONALS,
        LOWERTRI,
        HEAD,
        TAIL,
        LAST,
        PI,
        IUNIT,
        *RESERVED,
    )
}
BY_SPELLING: dict[str, Operation] = {
    name: op for op in TABLE.values() if not op.symbol and (op.letters or op.arity) for name in (op.name, *op.aliases)
}

__all__ = ["BY_SPELLING", "TABLE", "Operation", "family"]
