"""The operations that matrix notation itself is made of: what products, sums, powers, exponents, sizes and indices print as. Other modules may know these,
and no more."""

from __future__ import annotations

from gradproof.ops.algebra import ALGEBRA
from gradproof.ops.elementwise import ELEMENTWISE
from gradproof.ops.linalg import LINALG

LARGEST_POWER = 64  # of a matrix by a whole number: up to this many factors it is written out, and computed

_NAMED = {op.name: op for op in (*ALGEBRA, *ELEMENTWISE, *LINALG)}

ADD = _NAMED["add"]
SUB = _NAMED["sub"]
NEG = _NAMED["neg"]
MUL = _NAMED["mul"]
DIV = _NAMED["div"]
POW = _NAMED["pow"]
ELPOW = _NAMED["elpow"]
HADAMARD = _NAMED["hadamard"]
ELDIV = _NAMED["eldiv"]
TRANSPOSE = _NAMED["transpose"]
INV = _NAMED["inv"]
SQRT = _NAMED["sqrt"]
EXP = _NAMED["exp"]
LOG = _NAMED["log"]
ABS = _NAMED["abs"]
NORM2 = _NAMED["norm2"]
SUM = _NAMED["sum"]
TR = _NAMED["tr"]
DIAG = _NAMED["diag"]
EYE = _NAMED["eye"]
ONES = _NAMED["ones"]
ZEROS = _NAMED["zeros"]
KRON = _NAMED["kron"]
VEC = _NAMED["vec"]
UNVEC = _NAMED["unvec"]
COMMUTATION = _NAMED["commutation"]

BASIC = (
    ADD,
    SUB,
    NEG,
    MUL,
    DIV,
    POW,
    ELPOW,
    HADAMARD,
    ELDIV,
    TRANSPOSE,
    INV,
    SQRT,
    EXP,
    LOG,
    ABS,
    NORM2,
    SUM,
    TR,
    DIAG,
    EYE,
    ONES,
    ZEROS,
    KRON,
    VEC,
    UNVEC,
    COMMUTATION,
)
