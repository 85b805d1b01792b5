"""Eigenvalues, projectors and singular values, as text: what `arrays.py` is for matrix functions."""

from __future__ import annotations

EIGEN = '''
def _eigen(x, i, simple=True):
    """The i-th eigenvalue in ascending order, its right and its left eigenvector. Raises LinAlgError where it is not real, or not simple."""
    n, i = len(x), int(np.round(np.real(i)))
    if not 1 <= i <= n:
        raise np.linalg.LinAlgError("there is no eigenvalue of this number")
    if np.array_equal(x, x.T) and not np.iscomplexobj(x):
        w, v = np.linalg.eigh(x)
        left = v
    else:
        w, v = np.linalg.eig(x)
        order = np.lexsort((w.imag, w.real))
        w, v = w[order], v[:, order]
        left = np.linalg.inv(v).T if simple else v
    scale, mine = max(np.abs(w).max(), 1e-300), w[i - 1]
    if abs(np.imag(mine)) > 1e-10 * scale:
        raise np.linalg.LinAlgError("the eigenvalue is not real")
    if simple and n > 1 and np.abs(np.delete(w, i - 1) - mine).min() <= 1e-9 * scale:
        raise np.linalg.LinAlgError("the eigenvalue is not simple")
    return np.real(mine), np.real(v[:, i - 1]), np.real(left[:, i - 1])
'''

EIGVAL = '''
def _eigval(x, i):
    """The i-th eigenvalue in ascending order."""
    return _eigen(x, i, False)[0]
'''

EIGVALS = '''
def _eigvals(x):
    """All eigenvalues in ascending order."""
    if np.array_equal(x, x.T):
        return np.linalg.eigvalsh(x)
    w = np.linalg.eigvals(x)
    if np.abs(w.imag).max() > 1e-10 * max(np.abs(w).max(), 1e-300):
        raise np.linalg.LinAlgError("an eigenvalue is not real")
    return np.sort(w.real)
'''

EIGVEC = '''
def _eigvec(x, i):
    """The unit eigenvector whose largest entry is positive."""
    v = _eigen(x, i)[1]
    return v * np.sign(v[np.argmax(np.abs(v))]) / np.linalg.norm(v)
'''

EIGVECS = '''
def _eigvecs(x):
    """The unit eigenvectors as columns, in ascending order of the eigenvalues."""
    return np.stack([_eigvec(x, i + 1) for i in range(len(x))], axis=1)
'''

EIGPROJ = '''
def _eigproj(x, i):
    """The spectral projector v u'/(u'v)."""
    _, v, u = _eigen(x, i)
    return np.outer(v / (u @ v), u)
'''

EIGRES = '''
def _eigres(x, i):
    """The reduced resolvent: the inverse of lambda I - X on the other eigenvectors, 0 on this one."""
    value, v, u = _eigen(x, i)
    p = np.outer(v / (u @ v), u)
    return np.linalg.inv(value * np.eye(len(x)) - x + p) - p
'''

SVD = '''
def _svd(x, i, tall=False):
    """The singular values and vectors; the i-th one is there."""
    u, s, v = np.linalg.svd(x, full_matrices=False)
    if not 1 <= i <= len(s) or (tall and x.shape[0] < x.shape[1]):
        raise np.linalg.LinAlgError("there is no singular value of this number")
    return u, s, v
'''

SINGVAL = '''
def _singval(x, i):
    """The i-th singular value in descending order."""
    i = int(np.round(np.real(i)))
    return _svd(x, i)[1][i - 1]
'''

SINGVALS = '''
def _singvals(x):
    """The singular values in descending order, one for each column."""
    return _svd(x, 1, True)[1]
'''

UV = '''
def _uv(x, i):
    """The dyad u v' of the i-th singular vectors."""
    i = int(np.round(np.real(i)))
    u, s, v = _svd(x, i)
    if len(s) > 1 and np.abs(np.delete(s, i - 1) - s[i - 1]).min() <= 1e-9 * s[0] or s[i - 1] <= 1e-12 * s[0]:
        raise np.linalg.LinAlgError("the singular value is not simple, or zero")
    return np.outer(u[:, i - 1], v[i - 1])
'''

TOPUV = '''
def _topuv(x, k):
    """The sum of the dyads of the k largest singular values."""
    k = int(np.round(np.real(k)))
    u, s, v = _svd(x, k)
    if s[k - 1] <= 1e-12 * s[0] or (k < len(s) and s[k - 1] - s[k] <= 1e-9 * s[0]):
        raise np.linalg.LinAlgError("the singular value is not simple, or zero")
    return u[:, :k] @ v[:k]
'''

KYFAN = '''
def _kyfan(x, k):
    """The sum of the k largest singular values."""
    k = int(np.round(np.real(k)))
    return _svd(x, k)[1][:k].sum()
'''

COND = '''
def _cond(x):
    """The largest singular value over the smallest, of at least as many rows as columns."""
    s = _svd(x, 1, True)[1]
    return s[0] / s[-1]
'''

POLAR = '''
def _polar(x):
    """The orthogonal factor of the polar decomposition."""
    u, s, v = np.linalg.svd(x, full_matrices=False)
    if not s[-1] > 1e-12 * s[0]:
        raise np.linalg.LinAlgError("the matrix has not full rank")
    return u @ v
'''

NUCLEAR = '''
def _nuclear(x):
    """The sum of the singular values."""
    return np.linalg.svd(x, compute_uv=False).sum()
'''

SCHATTEN = '''
def _schatten(x, p):
    """The p-norm of the singular values."""
    return (_svd(x, 1, True)[1] ** p).sum() ** (1 / p)
'''

TEXTS = (
    EIGEN, EIGVAL, EIGVALS, EIGVEC, EIGVECS, EIGPROJ, EIGRES, SVD, SINGVAL, SINGVALS, UV, TOPUV, KYFAN, COND, POLAR, NUCLEAR, SCHATTEN,
)  # fmt: skip
