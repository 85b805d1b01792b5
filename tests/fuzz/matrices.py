"""Functions, spectra and equations of matrices on jets, each from its definition by products, sums and inverses, so that all derivatives follow.

Iterations of Newton's kind reach the derivatives as they reach the value: each step doubles the order that is right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from fuzz.jets import FLOAT, Jet, OutOfDomain, add, bilinear, inverse, linear, matmul, power, scaled, times, traces

STEPS = {"float": 12, "precise": 16}  # of an iteration for the square root
TERMS = {"float": 16, "precise": 44}  # of a series
NEWTON = 6  # steps for an eigenvalue: two from a float to 50 digits, and those for derivatives
APART, RIGHT = 0.05, 0.05  # eigenvalues: how far from each other, and from the left half of the plane
LARGE = 12.0  # the norm of the argument of an exponential


def _eye(a: Jet) -> Jet:
    return Jet(a.field, {0: a.field.lift(np.eye(a.value.shape[-1]))})


def _number(a: Jet, x: float) -> Jet:
    return Jet(a.field, {0: a.field.lift(np.array([[x]]))})


def _over(a: Jet, k: int) -> Jet:
    return linear(lambda x: x / k, a)


def _t(a: Jet) -> Jet:
    return linear(lambda x: np.swapaxes(x, -1, -2), a)


def _floats(a: Jet) -> np.ndarray:
    return a.value.astype(float)


def _plain(a: Jet) -> np.ndarray:
    """The value of one matrix, as floats."""
    x = _floats(a)
    if x.ndim != 2:
        raise OutOfDomain
    return x


def _embedded(a: Jet, row: int, column: int, n: int) -> Jet:
    """The matrix as a block of a larger one, zero elsewhere."""

    def put(x: np.ndarray) -> np.ndarray:
        whole = np.zeros((*x.shape[:-2], n, n), x.dtype)
        whole[..., row : row + x.shape[-2], column : column + x.shape[-1]] = x
        return whole

    return linear(put, a)


def _block(a: Jet, rows: slice, columns: slice) -> Jet:
    return linear(lambda x: x[..., rows, columns], a)


# -- functions


def expm(a: Jet) -> Jet:
    """By its series, of the matrix halved some times."""
    size = float(np.max(np.abs(_floats(a)).sum(-1), initial=0))
    if not size < LARGE:
        raise OutOfDomain
    halved = max(0, math.ceil(math.log2(max(size, 1e-3))) + 3)
    b, one = _over(a, 2**halved), _eye(a)
    result = one
    for k in range(TERMS[a.field.name], 0, -1):
        result = add(one, _over(matmul(b, result), k))
    for _ in range(halved):
        result = matmul(result, result)
    return result


def sqrtm(a: Jet) -> Jet:
    """By the iteration of Denman and Beavers."""
    if a.value.size and not np.min(np.linalg.eigvals(_floats(a)).real) > RIGHT:
        raise OutOfDomain
    y, z = a, _eye(a)
    for _ in range(STEPS[a.field.name]):
        y, z = _over(add(y, inverse(z)), 2), _over(add(z, inverse(y)), 2)
    return y


def logm(a: Jet) -> Jet:
    """2 artanh((A - I)/(A + I)), of a root near the identity."""
    roots, one = 0, _eye(a)
    while np.max(np.abs(_floats(a) - np.eye(a.value.shape[-1])), initial=0) > 0.1:
        a, roots = sqrtm(a), roots + 1
        if roots > 9:
            raise OutOfDomain
    z = matmul(add(a, one, -1), inverse(add(a, one)))
    square, term = matmul(z, z), z
    total = z
    for k in range(1, TERMS[a.field.name]):
        term = matmul(term, square)
        total = add(total, _over(term, 2 * k + 1))
    return scaled(total, 2 ** (roots + 1))


def powm(a: Jet, p: Jet) -> Jet:
    return expm(times(p, logm(a)))


def sinhm(a: Jet) -> Jet:
    return _over(add(expm(a), expm(scaled(a, -1)), -1), 2)


def coshm(a: Jet) -> Jet:
    return _over(add(expm(a), expm(scaled(a, -1))), 2)


def tanhm(a: Jet) -> Jet:
    return matmul(sinhm(a), inverse(coshm(a)))


def _turned(a: Jet) -> Jet:
    """The exponential of [0 -A; A 0]: cosines on the diagonal, sines below it."""
    n = a.value.shape[-1]
    return expm(add(_embedded(scaled(a, -1), 0, n, 2 * n), _embedded(a, n, 0, 2 * n)))


def sinm(a: Jet) -> Jet:
    n = a.value.shape[-1]
    return _block(_turned(a), slice(n, None), slice(n))


def cosm(a: Jet) -> Jet:
    n = a.value.shape[-1]
    return _block(_turned(a), slice(n), slice(n))


def signm(a: Jet) -> Jet:
    return matmul(a, inverse(sqrtm(matmul(a, a))))


def along(f: Callable[..., Jet], given: int = 0) -> Callable[..., Jet]:
    """The derivative of f along directions: the corner of f of a block matrix. `given`: how many further arguments f has."""

    def value(a: Jet, *rest: Jet) -> Jet:
        n = a.value.shape[-1]
        block = a
        for k, e in enumerate(rest[given:]):
            m = n * 2**k
            corners = [_embedded(e, n * i, m + n * i, 2 * m) for i in range(2**k)]
            block = add(_embedded(block, 0, 0, 2 * m), _embedded(block, m, m, 2 * m))
            for corner in corners:
                block = add(block, corner)
        return _block(f(block, *rest[:given]), slice(n), slice(-n, None))

    return value


# -- spectra


def _pair(a: Jet, number: int) -> tuple[Jet, Jet]:
    """An eigenvalue, by its number from below, and a vector of it; all are to be real, and apart."""
    x = _plain(a)
    found, vectors = np.linalg.eig(x)
    order = np.argsort(found.real)
    apart = np.diff(found.real[order])
    if (
        np.max(np.abs(found.imag), initial=0) > 1e-9
        or (apart.size and np.min(apart) < APART)
        or not 1 <= number <= len(x)
    ):
        raise OutOfDomain
    n, at = len(x), order[number - 1]
    start = vectors[:, at].real.reshape(n, 1)
    v, one = Jet(a.field, {0: a.field.lift(start)}), _eye(a)
    value, w = _number(a, found[at].real), _t(v)
    for _ in range(NEWTON):
        shifted = add(a, times(value, one), -1)
        whole = add(_embedded(shifted, 0, 0, n + 1), _embedded(scaled(v, -1), 0, n, n + 1))
        whole = add(whole, _embedded(w, n, 0, n + 1))
        rest = add(_stacked(matmul(shifted, v), n), _low(add(matmul(w, v), _number(a, 1.0), -1), n))
        step = matmul(inverse(whole), rest)
        v = add(v, _block(step, slice(n), slice(None)), -1)
        value = add(value, _block(step, slice(n, None), slice(None)), -1)
    return value, v


def _stacked(a: Jet, n: int) -> Jet:
    return linear(lambda x: np.concatenate([x, 0 * x[..., :1, :]], -2), a)


def _low(a: Jet, n: int) -> Jet:
    return linear(lambda x: np.concatenate([0 * x] * n + [x], -2), a)


def _whole(k: Jet) -> int:
    return round(float(k.value.reshape(-1)[0]))


def _projector(a: Jet, number: int) -> Jet:
    """v u'/(u' v)."""
    (_, v), (_, u) = _pair(a, number), _pair(_t(a), number)
    return times(matmul(v, _t(u)), power(matmul(_t(u), v), -1))


def _resolvent(a: Jet, number: int) -> Jet:
    p = _projector(a, number)
    return add(inverse(add(add(times(_pair(a, number)[0], _eye(a)), a, -1), p)), p, -1)


def _vector(a: Jet, number: int) -> Jet:
    """Of length one, its largest entry positive."""
    v = _pair(a, number)[1]
    x = _floats(v).reshape(-1)
    order = np.sort(np.abs(x))
    if len(x) > 1 and order[-1] - order[-2] < 0.02 * order[-1]:
        raise OutOfDomain
    sign = 1 if x[np.argmax(np.abs(x))] > 0 else -1
    return scaled(times(v, power(matmul(_t(v), v), -0.5)), sign)


def _gram(a: Jet) -> Jet:
    """X'X or XX', the smaller one."""
    m, n = a.value.shape[-2:]
    return matmul(_t(a), a) if m >= n else matmul(a, _t(a))


def _singular(a: Jet, number: int) -> Jet:
    g = _gram(a)
    return power(_pair(g, g.value.shape[-1] + 1 - number)[0], 0.5)


def _dyad(a: Jet, number: int) -> Jet:
    """u v' of a singular value."""
    g, s = _gram(a), power(_singular(a, number), -1)
    p = _projector(g, g.value.shape[-1] + 1 - number)
    m, n = a.value.shape[-2:]
    return times(s, matmul(a, p) if m >= n else matmul(p, a))


def _sum(terms: Sequence[Jet]) -> Jet:
    total = terms[0]
    for t in terms[1:]:
        total = add(total, t)
    return total


def pinv(a: Jet) -> Jet:
    m, n = a.value.shape[-2:]
    return matmul(inverse(_gram(a)), _t(a)) if m >= n else matmul(_t(a), inverse(_gram(a)))


def polar(a: Jet) -> Jet:
    if a.value.shape[-2] < a.value.shape[-1]:
        raise OutOfDomain
    return matmul(a, inverse(sqrtm(_gram(a))))


def nuclear(a: Jet) -> Jet:
    return linear(traces, sqrtm(_gram(a)))


def schatten(a: Jet, p: Jet) -> Jet:
    if a.value.shape[-2] < a.value.shape[-1]:
        raise OutOfDomain
    total = linear(traces, powm(_gram(a), _over(p, 2)))
    return power(total, 1 / float(p.value.reshape(-1)[0])) if a.field is FLOAT else _rooted(total, p)


def _rooted(a: Jet, p: Jet) -> Jet:
    return powm(a, power(p, -1))


def chol(a: Jet) -> Jet:
    """The factor of the symmetric part, entry by entry."""
    a = _over(add(a, _t(a)), 2)
    n = a.value.shape[-1]
    found: dict[tuple[int, int], Jet] = {}
    for j in range(n):
        for i in range(j, n):
            rest = _block(a, slice(i, i + 1), slice(j, j + 1))
            for k in range(j):
                rest = add(rest, times(found[i, k], found[j, k]), -1)
            found[i, j] = power(rest, 0.5) if i == j else times(rest, power(found[j, j], -1))
    return _sum([_embedded(x, i, j, n) for (i, j), x in found.items()])


def _kron(a: Jet, b: Jet) -> Jet:
    def product(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        z = x[..., :, None, :, None] * y[..., None, :, None, :]
        (m, n), (p, q) = x.shape[-2:], y.shape[-2:]
        return z.reshape(*z.shape[:-4], m * p, n * q)

    return bilinear(product, a, b)


def _solved(whole: Jet, c: Jet) -> Jet:
    """The matrix whose rows, one after the other, are inv(whole) times those of c."""
    m, n = c.value.shape[-2:]
    flat = linear(lambda x: x.reshape(*x.shape[:-2], m * n, 1), c)
    return linear(lambda x: x.reshape(*x.shape[:-2], m, n), matmul(inverse(whole), flat))


def sylv(a: Jet, b: Jet, c: Jet) -> Jet:
    return _solved(add(_kron(a, _eye(b)), _kron(_eye(a), _t(b))), c)


def lyap(a: Jet, q: Jet) -> Jet:
    return sylv(a, _t(a), q)


def dlyap(a: Jet, q: Jet) -> Jet:
    one = _eye(a)
    return _solved(add(_kron(one, one), _kron(a, a), -1), q)


def _masked(f: Callable[[np.ndarray], np.ndarray]) -> Callable[[Jet], Jet]:
    return lambda a: linear(lambda x: x * f(np.ones(x.shape[-2:])), a)


PRIMARY: dict[str, Callable[..., Jet]] = {
    "expm": expm, "logm": logm, "sqrtm": sqrtm, "powm": powm, "sinm": sinm, "cosm": cosm, "sinhm": sinhm, "coshm": coshm, "tanhm": tanhm,
    "signm": signm,
}  # fmt: skip
MATRICES: dict[str, tuple[str, Callable[..., Jet]]] = {  # the kind of the value, and the function
    **{name: ("m", f) for name, f in PRIMARY.items()},
    **{f"d{name}": ("m", along(f, int(name == "powm"))) for name, f in PRIMARY.items()},
    "eigval": ("s", lambda a, k: _pair(a, _whole(k))[0]),
    "lambdamin": ("s", lambda a: _pair(a, 1)[0]),
    "lambdamax": ("s", lambda a: _pair(a, a.value.shape[-1])[0]),
    "eigvec": ("v", lambda a, k: _vector(a, _whole(k))),
    "maxvec": ("v", lambda a: _vector(a, a.value.shape[-1])),
    "eigproj": ("m", lambda a, k: _projector(a, _whole(k))),
    "eigres": ("m", lambda a, k: _resolvent(a, _whole(k))),
    "singval": ("s", lambda a, k: _singular(a, _whole(k))),
    "specnorm": ("s", lambda a: _singular(a, 1)),
    "cond": ("s", lambda a: times(_singular(a, 1), power(_singular(a, min(a.value.shape[-2:])), -1))),
    "uv": ("m", lambda a, k: _dyad(a, _whole(k))),
    "topuv": ("m", lambda a, k: _sum([_dyad(a, i + 1) for i in range(_whole(k))])),
    "kyfan": ("s", lambda a, k: _sum([_singular(a, i + 1) for i in range(_whole(k))])),
    "nuclear": ("s", nuclear),
    "schatten": ("s", schatten),
    "polar": ("m", polar),
    "pinv": ("m", pinv),
    "chol": ("m", chol),
    "sylv": ("m", sylv),
    "lyap": ("m", lyap),
    "dlyap": ("m", dlyap),
    "tril": ("m", _masked(np.tril)),
    "triu": ("m", _masked(np.triu)),
    "halflow": ("m", _masked(lambda x: np.tril(x) - np.eye(*x.shape) / 2)),
}
