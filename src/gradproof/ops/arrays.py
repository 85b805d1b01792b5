"""Functions on arrays that values of the table use, as text: run here with NumPy, and brought along by the sources of targets that have it.

`np` is the array module. A function that gets a matrix outside its domain raises LinAlgError, never a wrong number.
"""

from __future__ import annotations

from typing import Any

from gradproof.ops.equation_arrays import TEXTS as EQUATIONS
from gradproof.ops.spectral_arrays import TEXTS as SPECTRA
from gradproof.patterns import pattern

IN_DOUBLE = '''
def _in_double(f):
    """f in double precision; of single precision the result is rounded to that of the arrays."""
    def call(*args):
        arrays = [a for a in args if getattr(a, "dtype", None) is not None]
        if all(a.dtype.itemsize >= 8 for a in arrays):
            return f(*args)
        wide = (a.astype(np.result_type(a, float)) if hasattr(a, "dtype") else a for a in args)
        return f(*wide).astype(np.result_type(*arrays))
    return call
'''

EXPM = '''
def _expm(x):
    """The matrix exponential: a Padé approximant of a scaled matrix, squared (Higham 2005)."""
    if not (x - np.diag(np.diag(x))).any():
        return np.diag(np.exp(np.diag(x)))
    size = np.linalg.norm(x, 1)
    s = max(0, int(np.ceil(np.log2(max(size, 1e-300) / 5.37)))) if size < 1e308 else 0
    x, one = x / 2.0**s, np.eye(len(x))
    b = [64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0, 129060195264000.0,
         10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0, 40840800.0, 960960.0, 16380.0, 182.0, 1.0]
    x2 = x @ x
    x4 = x2 @ x2
    x6 = x4 @ x2
    u = x @ (x6 @ (b[13] * x6 + b[11] * x4 + b[9] * x2) + b[7] * x6 + b[5] * x4 + b[3] * x2 + b[1] * one)
    v = x6 @ (b[12] * x6 + b[10] * x4 + b[8] * x2) + b[6] * x6 + b[4] * x4 + b[2] * x2 + b[0] * one
    y = np.linalg.solve(v - u, v + u)
    for _ in range(s):
        y = y @ y
    return y
'''

SINM = '''
def _sinm(x):
    """The matrix sine, by the exponential."""
    y = _expm(1j * x)
    return (y - _expm(-1j * x)) / 2j if np.iscomplexobj(x) else y.imag
'''

COSM = '''
def _cosm(x):
    """The matrix cosine, by the exponential."""
    y = _expm(1j * x)
    return (y + _expm(-1j * x)) / 2 if np.iscomplexobj(x) else y.real
'''

SINHM = '''
def _sinhm(x):
    """The hyperbolic sine of a matrix."""
    return (_expm(x) - _expm(-x)) / 2
'''

COSHM = '''
def _coshm(x):
    """The hyperbolic cosine of a matrix."""
    return (_expm(x) + _expm(-x)) / 2
'''

TANHM = '''
def _tanhm(x):
    """The hyperbolic tangent of a matrix: of a small part of it, doubled."""
    s = max(0, int(np.ceil(np.log2(max(np.linalg.norm(x, 1), 1e-300)))) + 1)
    t, one = np.linalg.solve(_coshm(x / 2.0**s), _sinhm(x / 2.0**s)), np.eye(len(x))
    for _ in range(s):
        t = np.linalg.solve(one + t @ t, 2 * t)
    return t
'''

SPECTRAL = '''
def _spectral(f, x):
    """A function of a symmetric matrix with positive eigenvalues, by these; None for any other matrix."""
    if np.iscomplexobj(x) or not np.array_equal(x, x.T):
        return None
    w, v = np.linalg.eigh(x)
    if not w[0] > 1e-14 * w[-1]:
        raise np.linalg.LinAlgError("an eigenvalue is on the closed negative real axis")
    return (v * f(w)) @ v.T
'''

SQRTM = '''
def _sqrtm(x):
    """The principal square root of a matrix: the product form of the iteration of Denman and Beavers (Higham 2008, ch. 6.3)."""
    found = _spectral(np.sqrt, x)
    if found is not None:
        return found
    one, m, y = np.eye(len(x)), x, x
    for k in range(60):
        inverse = np.linalg.inv(m)
        mu = abs(np.linalg.det(m)) ** (-1 / (2 * len(x))) if k < 8 else 1.0
        y = mu * y @ (one + inverse / mu**2) / 2
        m = (one + (mu**2 * m + inverse / mu**2) / 2) / 2
        away = np.abs(m - one).max()
        if away < 1e-14 * len(x) or not np.isfinite(away):
            break
    if not away < 1e-9 or not np.abs(y @ y - x).max() <= 1e-9 * np.abs(y).max() ** 2:
        raise np.linalg.LinAlgError("an eigenvalue is on the closed negative real axis")
    return y
'''

LOGM = '''
def _logm(x):
    """The principal logarithm of a matrix: square roots until it is near one, then a series."""
    found = _spectral(np.log, x)
    if found is not None:
        return found
    one, k = np.eye(len(x)), 0
    while np.linalg.norm(x - one, 1) > 0.25:
        x, k = _sqrtm(x), k + 1
        if k > 60:
            raise np.linalg.LinAlgError("an eigenvalue is on the closed negative real axis")
    z = np.linalg.solve(x + one, x - one)
    square, term, total = z @ z, z, z
    for j in range(3, 25, 2):
        term = term @ square
        total = total + term / j
    return 2.0 ** (k + 1) * total
'''

POWM = '''
def _powm(x, p):
    """A power of a matrix; of a broken exponent the principal one."""
    p = p if np.iscomplexobj(p) else float(p)
    if p == np.round(np.real(p)):
        return np.linalg.matrix_power(x, int(np.real(p)))
    found = _spectral(lambda w: w**p, x)
    return _expm(p * _logm(x)) if found is None else found
'''

WHOLE_POWER = '''
def _whole_power(x, k):
    """A power of a matrix by a whole number."""
    if np.round(np.real(k)) != k:
        raise np.linalg.LinAlgError("the power of a matrix must be a whole number")
    return np.linalg.matrix_power(x, int(np.real(k)))
'''

SIGNM = '''
def _signm(x):
    """The sign of a matrix: Newton's iteration."""
    for k in range(80):
        inverse = np.linalg.inv(x)
        if not k and np.abs(x).max() * np.abs(inverse).max() > 1e14:  # zero but for rounding
            raise np.linalg.LinAlgError("an eigenvalue is on the imaginary axis")
        mu = abs(np.linalg.det(x)) ** (-1 / len(x)) if k < 8 else 1.0
        y = (mu * x + inverse / mu) / 2
        away, x = np.abs(y - x).max() / np.abs(y).max(), y
        if away < 1e-15 * len(x) or not np.isfinite(away):
            break
    if not away < 1e-9 or not np.abs(x @ x - np.eye(len(x))).max() <= 1e-7:
        raise np.linalg.LinAlgError("an eigenvalue is on the imaginary axis")
    return x
'''

FRECHET = '''
def _frechet(f, x, *directions):
    """The derivative of a matrix function along directions: a block of its value at a larger matrix. Further axes of a direction stay."""
    n = len(x)
    shapes = [np.shape(d)[2:] for d in directions]
    result = None
    for at in np.ndindex(*sum(shapes, ())):
        block, rest = x, at
        for d, shape in zip(directions, shapes):
            here, rest = rest[: len(shape)], rest[len(shape) :]
            along = np.kron(np.eye(len(block) // n, dtype=x.dtype), np.asarray(d)[(slice(None), slice(None), *here)])
            block = np.block([[block, along], [np.zeros_like(block), block]])
        value = f(block)[:n, -n:]
        if result is None:
            result = np.empty((n, n, *sum(shapes, ())), value.dtype)
        result[(slice(None), slice(None), *at)] = value
    return result
'''

PINV = '''
def _pinv(x):
    """The Moore-Penrose inverse; singular values that rounding may have made are zero."""
    return np.linalg.pinv(x, max(x.shape) * np.finfo(x.dtype).eps)
'''

FIRST = '''
def _first(x, k):
    """1 in the first k places of x, 0 in the others."""
    k, given = np.round(np.real(k)), k
    if not 0 <= k <= len(x) or abs(given - k) > 1e-6:
        raise np.linalg.LinAlgError("there are not so many entries")
    return np.where(np.arange(len(x)) < k, 1.0, np.zeros_like(x))
'''

INNER = (
    "_first",
    "_pinv",
    "_spectral",
    "_diagonal_solve",
    "_eigen",
    "_svd",
    "_masked",
)  # what others call, and what rounds nothing
OWN = (EXPM, SINM, COSM, SINHM, COSHM, TANHM, SPECTRAL, SQRTM, LOGM, POWM, WHOLE_POWER, SIGNM, FRECHET, PINV, FIRST)


def _defined(text: str) -> str:
    """The name of the function that a text defines first."""
    return f"\n{text}".split("\ndef ", 1)[1].partition("(")[0]


_NAMED = {_defined(text): text for text in (*OWN, *EQUATIONS, *SPECTRA)}
ARRAY_HELPERS: dict[str, str] = {
    "_in_double": IN_DOUBLE,
    **{name: text if name in INNER else f"\n@_in_double{text}" for name, text in _NAMED.items()},
}
HELPER = pattern(rf"(?<!\w)({'|'.join(ARRAY_HELPERS)})(?!\w)")

_spaces: dict[int, dict[str, Any]] = {}


def namespace(np: Any) -> dict[str, Any]:
    """The functions, for this array module."""
    found = _spaces.get(id(np))
    if found is None:
        found = _spaces[id(np)] = {"np": np}
        exec("\n".join(ARRAY_HELPERS.values()), found)  # noqa: S102  (constants of this file, never user text)
    return found
