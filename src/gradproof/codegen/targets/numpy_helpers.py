"""Functions that the NumPy sources bring along, as text: each is there only where a source uses it."""

from __future__ import annotations

SOFTMAX = '''
def _softmax(x):
    """exp(x) / sum(exp(x)), shifted so that it cannot overflow."""
    e = np.exp(x - x.max())
    e /= e.sum()
    return e
'''

SOFTMAX_ALONG = '''
def _softmax_along(x, axis, out=None):
    """exp(x) / sum(exp(x)) along axes, shifted so that it cannot overflow."""
    e = np.subtract(x, x.max(axis, keepdims=True), out=out)
    np.exp(e, out=e)
    e /= e.sum(axis, keepdims=True)
    return e
'''

LOGSUMEXP = '''
def _logsumexp(x, axis=None):
    """log(sum(exp(x))), shifted so that it cannot overflow."""
    top = x.max(axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    return np.log(np.exp(x - top).sum(axis)) + top.reshape(np.delete(x.shape, axis) if axis is not None else ())
'''

SOFTMAX_AND_LOGSUMEXP = '''
def _softmax_and_logsumexp(x, axis=None):
    """exp(x) / sum(exp(x)) along axes, and log(sum(exp(x))), from the same exponentials."""
    top = x.max(axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    e = x - top
    np.exp(e, out=e)
    total = e.sum(axis, keepdims=True)
    e /= total
    return e, (np.log(total) + top).reshape(np.delete(x.shape, axis) if axis is not None else ())[()]
'''

NORM = '''
def _norm(x):
    """The square root of the sum of squares, also where the squares would leave the range of the numbers."""
    total = np.vdot(x, x)
    if 1e-30 < total < 1e30:
        return np.sqrt(total)
    top = np.abs(x).max(initial=0)
    return top * np.sqrt(np.square(x / top).sum()) if 0 < top < np.inf else top
'''

PLUS_TRANSPOSE = '''
def _plus_transpose(A):
    """A + A', by blocks that stay in cache."""
    n, b = len(A), 256
    out = np.empty_like(A)
    for i in range(0, n, b):
        for j in range(i, n, b):
            block = np.add(A[i : i + b, j : j + b], A[j : j + b, i : i + b].T, out=out[i : i + b, j : j + b])
            if i != j:
                out[j : j + b, i : i + b] = block.T
    return out
'''

SCIPY = {
    "_cholesky": '''
_potrf = {"d": lapack.dpotrf, "f": lapack.spotrf}


def _cholesky(S):
    """The lower Cholesky factor of a positive definite matrix."""
    L, info = _potrf[S.dtype.char](S.T, lower=1, clean=0)
    if info:
        raise np.linalg.LinAlgError("the matrix is not positive definite")
    return L
''',
    "_cholesky_solve": '''
_potrs = {"d": lapack.dpotrs, "f": lapack.spotrs}


def _cholesky_solve(L, b):
    """inv(L L') @ b."""
    return _potrs[L.dtype.char](L, b, lower=1)[0]
''',
    "_half_solve": '''
_trsm = {"d": blas.dtrsm, "f": blas.strsm}


def _half_solve(L, B):
    """inv(L) @ B for a lower triangular L."""
    return _trsm[L.dtype.char](1, L, B, lower=1) if B.ndim == 2 else _trsm[L.dtype.char](1, L, B[:, None], lower=1)[:, 0]
''',
    "_cholesky_inverse": '''
_potri = {"d": lapack.dpotri, "f": lapack.spotri}


def _cholesky_inverse(L):
    """inv(L L')."""
    P = _potri[L.dtype.char](L, lower=1)[0]
    n, b = len(P), 128
    for i in range(0, n, b):
        P[i : i + b, i : i + b] = np.tril(P[i : i + b, i : i + b]) + np.tril(P[i : i + b, i : i + b], -1).T
        P[i : i + b, i + b :] = P[i + b :, i : i + b].T
    return P.T
''',
    "_lu": '''
_getrf = {"d": lapack.dgetrf, "f": lapack.sgetrf}


def _lu(A):
    """The LU factors of A', which lies in memory as LAPACK wants it."""
    return _getrf[A.dtype.char](A.T)


def _regular(info):
    if info:
        raise np.linalg.LinAlgError("the matrix is singular")
''',
    "_lu_solve": '''
_getrs = {"d": lapack.dgetrs, "f": lapack.sgetrs}


def _lu_solve(lu, b, transposed=False):
    """inv(A) @ b, or inv(A') @ b."""
    _regular(lu[2])
    return _getrs[lu[0].dtype.char](lu[0], lu[1], b, trans=0 if transposed else 1)[0]
''',
    "_lu_inverse": '''
_getri = {"d": lapack.dgetri, "f": lapack.sgetri}


def _lu_inverse(lu):
    """inv(A)."""
    _regular(lu[2])
    return _getri[lu[0].dtype.char](lu[0], lu[1])[0].T
''',
    "_lu_logdet": '''
def _lu_logdet(lu):
    """log(det(A)); nan where the determinant is negative."""
    diagonal = lu[0].diagonal()
    swaps = (lu[1] != np.arange(len(diagonal))).sum() + (diagonal < 0).sum()
    return np.log(np.abs(diagonal)).sum() if swaps % 2 == 0 or not diagonal.all() else diagonal.dtype.type(np.nan)
''',
    "_lu_det": '''
def _lu_det(lu):
    """det(A)."""
    return lu[0].diagonal().prod() * (-1) ** int((lu[1] != np.arange(len(lu[1]))).sum())
''',
    "_lu_adjugate": '''
def _lu_adjugate(lu):
    """det(A) * inv(A), which is a number at a singular matrix too."""
    if not lu[2]:
        return _lu_det(lu) * _lu_inverse(lu)
    A = np.triu(lu[0]).T @ (np.tril(lu[0], -1) + np.eye(len(lu[0]), dtype=lu[0].dtype)).T
    for k, j in reversed([*enumerate(lu[1])]):
        A[:, [k, j]] = A[:, [j, k]]
    return _adjugate(A)
''',
}

PLAIN = {
    "_cholesky": '''
def _cholesky(S):
    """The lower Cholesky factor of a positive definite matrix."""
    return np.linalg.cholesky(S)
''',
    "_cholesky_solve": '''
def _cholesky_solve(L, b):
    """inv(L L') @ b."""
    return np.linalg.solve(L.T, np.linalg.solve(L, b))
''',
    "_half_solve": '''
def _half_solve(L, B):
    """inv(L) @ B."""
    return np.linalg.solve(L, B)
''',
    "_cholesky_inverse": '''
def _cholesky_inverse(L):
    """inv(L L')."""
    Z = np.linalg.inv(L)
    return Z.T @ Z
''',
    "_lu": '''
def _lu(A):
    """Without SciPy there is no LU factorisation to share."""
    return A
''',
    "_lu_solve": '''
def _lu_solve(A, b, transposed=False):
    """inv(A) @ b, or inv(A') @ b."""
    return np.linalg.solve(A.T if transposed else A, b)
''',
    "_lu_inverse": '''
def _lu_inverse(A):
    """inv(A)."""
    return np.linalg.inv(A)
''',
    "_lu_logdet": '''
def _lu_logdet(A):
    """log(det(A)); nan where the determinant is negative."""
    sign, value = np.linalg.slogdet(A)
    return value if sign >= 0 else value * np.nan
''',
    "_lu_det": '''
def _lu_det(A):
    """det(A)."""
    return np.linalg.det(A)
''',
    "_lu_adjugate": '''
def _lu_adjugate(A):
    """det(A) * inv(A), which is a number at a singular matrix too."""
    try:
        return _lu_det(A) * _lu_inverse(A)
    except np.linalg.LinAlgError:
        return _adjugate(A)
''',
}

ARRAY = '''
def _array(x):
    """An array of floating-point numbers, of an array or of lists."""
    if np.ma.is_masked(x) or np.iscomplexobj(x):
        raise ValueError("real numbers are needed, and none of them masked")
    x = np.asarray(x)
    return x if x.dtype.kind == "f" else x.astype(float)
'''

COMMON = {
    "_each": '''
def _each(f, many, *args):
    """f of the arrays of each problem; `many`: which of them have an axis of problems."""
    count = next(len(a) for a, m in zip(args, many) if m)
    return np.stack([f(*(a[k] if m else a for a, m in zip(args, many))) for k in range(count)])
''',
    "_batched_solve": '''
def _batched_solve(A, b, vector, transposed=False):
    """inv(A) @ b, or inv(A') @ b, for many A or many b, which may be vectors."""
    A = np.swapaxes(A, -1, -2) if transposed else A
    return np.linalg.solve(A, b[..., None])[..., 0] if vector else np.linalg.solve(A, b)
''',
    "_batched_half_solve": '''
def _batched_half_solve(S, b, vector):
    """inv(L) @ b for the lower Cholesky factors L of many positive definite matrices."""
    return _batched_solve(np.linalg.cholesky(S), b, vector)
''',
    "_batched_inverse": '''
def _batched_inverse(A):
    """inv(A) for many A."""
    return np.linalg.inv(A)
''',
    "_batched_logdet": '''
def _batched_logdet(A):
    """log(det(A)) for many A; nan where a determinant is negative."""
    sign, value = np.linalg.slogdet(A)
    return np.where(sign >= 0, value, np.nan)
''',
    "_batched_det": '''
def _batched_det(A):
    """det(A) for many A."""
    return np.linalg.det(A)
''',
    "_sym": '''
def _sym(S):
    """The lower Cholesky factor of a symmetric matrix, and None; None and LU factors where it is not positive definite."""
    try:
        return _cholesky(S), None
    except np.linalg.LinAlgError:
        return None, _lu(S)
''',
    "_sym_solve": '''
def _sym_solve(factors, b, transposed=False):
    """inv(S) @ b."""
    L, lu = factors
    return _cholesky_solve(L, b) if lu is None else _lu_solve(lu, b)
''',
    "_sym_inverse": '''
def _sym_inverse(factors):
    """inv(S)."""
    L, lu = factors
    return _cholesky_inverse(L) if lu is None else _lu_inverse(lu)
''',
    "_sym_logdet": '''
def _sym_logdet(factors):
    """log(det(S)); nan where the determinant is negative."""
    L, lu = factors
    return _cholesky_logdet(L) if lu is None else _lu_logdet(lu)
''',
    "_sym_det": '''
def _sym_det(factors):
    """det(S)."""
    L, lu = factors
    return _cholesky_det(L) if lu is None else _lu_det(lu)
''',
    "_sym_adjugate": '''
def _sym_adjugate(factors):
    """det(S) * inv(S), which is a number at a singular matrix too."""
    L, lu = factors
    return _cholesky_det(L) * _cholesky_inverse(L) if lu is None else _lu_adjugate(lu)
''',
    "_adjugate": '''
def _adjugate(A):
    """det(A) * inv(A) of a singular matrix, by singular values: in the place of each the product of the others."""
    U, s, V = np.linalg.svd(A)
    others = np.array([np.delete(s, k).prod() for k in range(len(s))], A.dtype)
    return np.linalg.det(U) * np.linalg.det(V) * (V.T * others @ U.T)
''',
    "_array": ARRAY,
    "_softmax": SOFTMAX,
    "_softmax_along": SOFTMAX_ALONG,
    "_logsumexp": LOGSUMEXP,
    "_softmax_and_logsumexp": SOFTMAX_AND_LOGSUMEXP,
    "_norm": NORM,
    "_plus_transpose": PLUS_TRANSPOSE,
    "_cholesky_logdet": '''
def _cholesky_logdet(L):
    """log(det(L L'))."""
    return 2 * np.log(L.diagonal()).sum()
''',
    "_cholesky_det": '''
def _cholesky_det(L):
    """det(L L')."""
    return L.diagonal().prod() ** 2
''',
}
