"""What is given for a variable, as a plain array of floating-point numbers: the one place where lists, tables and other kinds of arrays become arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from typing import Any

from gradproof.errors import DomainError
from gradproof.facts import FACTS, TABLE, computed, in_words, told
from gradproof.facts.basic import SYMMETRIC
from gradproof.notation.expr import Symbol
from gradproof.say import NOTHING, Said, changed, say

ROUNDING = 1e-8  # how far an array may be from a declared fact, relative to its largest entry
LARGEST_CONDITION = 1e15  # beyond which a matrix counts as singular

Array = Any  # a NumPy array or a number


def plain(name: str, value: Any, np: Any) -> Array:
    """A value as a plain array or number: no subclass, no whole numbers, in float32, float64 or their complex kinds.

    Raises DomainError for what is no array of numbers (sparse, masked entries, objects, lists of unequal lengths).
    """
    if isinstance(value, Real):
        return _number(name, value, np)
    if hasattr(value, "tocsr") or hasattr(value, "to_scipy_sparse"):
        raise DomainError(
            say("{name} is a sparse matrix, and an array is needed", name=name),
            hint=say("{name}.toarray() is one", name=name),
        )
    if np.ma.is_masked(value):
        raise DomainError(
            say("{name} has masked entries: they have no value", name=name),
            hint=say("give {name}.filled(…)", name=name),
        )
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, RuntimeError) as error:
        if isinstance(value, list | tuple):
            raise DomainError(
                say("{name} is not an array of numbers: its rows have different lengths", name=name)
            ) from None
        raise DomainError(say("{name} is not an array of numbers: {error}", name=name, error=error)) from None
    array = _numbers(array) if array.dtype == object and array.ndim else array
    if array.dtype.kind not in "biufc":
        raise DomainError(
            say("{name} is not an array of numbers: its entries are {type}", name=name, type=array.dtype.name)
        )
    array = array.astype(_kept(array.dtype, np), copy=False)
    return array if array.ndim else array[()]


def _numbers(array: Any) -> Any:
    """An array of Python's numbers (fractions, large integers) as floats; as it was where it holds something else."""
    try:
        return array.astype(float) if all(isinstance(x, Real) for x in array.flat) else array
    except OverflowError:
        return array


def real(name: str, complex_entries: bool) -> None:
    """Raises DomainError for what has complex entries."""
    if complex_entries:
        raise DomainError(
            say("{name} is complex: compiled code is of real numbers", name=name),
            hint=say("evaluate(…) takes complex ones"),
        )


def _number(name: str, value: Any, np: Any) -> Any:
    """A number: NumPy's floating-point numbers as they are, all others as Python's."""
    if isinstance(value, float | np.float32):
        return value
    try:
        return float(value)
    except OverflowError:
        raise DomainError(say("{name} is too large for a floating-point number", name=name)) from None


def _kept(dtype: Any, np: Any) -> Any:
    """The kind of floating-point numbers to compute with: what linear algebra is there for, in the order of bytes of this machine."""
    if dtype.kind in "biu":
        return np.dtype(float)
    if dtype.kind == "c":
        return np.dtype(np.complex64 if dtype.itemsize <= 8 else np.complex128)
    return np.dtype(np.float32 if dtype.itemsize <= 4 else np.float64)


# -- declared facts: for each one what is wrong with an array, "" where it holds


def _orthogonal(A: Array, most: float, np: Any) -> Said:
    product = A.T @ A if len(A) >= A.shape[1] else A @ A.T
    return _largest(
        np.abs(product - np.eye(len(product))), len(A) * _tolerance(A, np), np, say("its columns are not orthonormal")
    )


def _invertible(A: Array, most: float, np: Any) -> Said:
    try:
        return NOTHING if np.linalg.cond(A, 1) < LARGEST_CONDITION else say("it is singular")
    except np.linalg.LinAlgError:
        return say("it is singular")


def _definite(shift: int) -> Callable[[Array, float, Any], Said]:
    def wrong(A: Array, most: float, np: Any) -> Said:
        for fact in SYMMETRIC:
            if turned := _wrong(fact, A, most, np):
                return turned
        try:
            np.linalg.cholesky(A + shift * len(A) * most * np.eye(len(A)))
        except np.linalg.LinAlgError:
            return (
                say("it has an eigenvalue that is negative")
                if shift
                else say("it has an eigenvalue that is negative or zero")
            )
        return NOTHING

    return wrong


def _positive(A: Array, most: float, np: Any) -> Said:
    return _largest(-np.asarray(A), 0, np, say("an entry is not above zero"), strict=True)


def _nonnegative(A: Array, most: float, np: Any) -> Said:
    return _largest(-np.asarray(A), 0, np, say("an entry is below zero"))


def _integer(A: Array, most: float, np: Any) -> Said:
    return _largest(np.abs(A - np.rint(A)), 0, np, say("it is not whole"))


# from how many axes on, and the test, of facts that are not told entry by entry, or up to another error
WRONG: Mapping[str, tuple[int, Callable[[Array, float, Any], Said]]] = {
    "orthogonal": (2, _orthogonal),
    **{f.name: (2, _definite(2 - f.definite)) for f in FACTS if f.definite},
    **{f.name: (2, _invertible) for f in FACTS if f.regular},
    **{f.name: (0, _positive if f.bounds.positive else _nonnegative) for f in FACTS if f.sign},
    **{f.name: (0, _integer) for f in FACTS if f.whole and f.on == "any"},
}


def held(symbols: Iterable[Symbol], values: Mapping[str, Array], np: Any) -> None:
    """Raises DomainError where an array does not have what is declared of its variable, beyond rounding; values that are missing are left out."""
    for s in symbols:
        A = values.get(s.name)
        if A is None or np.iscomplexobj(A):  # off the real line no fact is tested
            continue
        for fact in testable(s):
            near = _tolerance(A, np) * float(np.max(np.abs(A), initial=0.0))
            said = _wrong(fact, A, near, np) if np.size(A) else NOTHING
            if said:
                raise DomainError(
                    say("{name} is declared {fact}, and {said}", name=s.name, fact=fact, said=said),
                    hint=say("leave out {fact}, or give such an array", fact=fact),
                )


def testable(s: Symbol) -> tuple[str, ...]:
    """The facts of a variable that an array is tested for: those that no other one of its facts implies."""
    known = [f for f in WRONG if f in told(s.facts) and len(s.type.dims) >= WRONG[f][0]]
    return (*known, *(f for f in told(s.facts) if f not in WRONG and TABLE[f].test != "True"))


def _wrong(fact: str, A: Array, near: float, np: Any) -> Said:
    """What is wrong with an array that should have a fact; "" where it has it."""
    if fact in WRONG:
        return WRONG[fact][1](A, near, np)
    if TABLE[fact].off:
        return _largest(computed(TABLE[fact].off)(np, A), near, np, TABLE[fact].said)
    return NOTHING if computed(TABLE[fact].test)(np, A, near) else say("it is not {fact}", fact=in_words([fact])[0])


def _tolerance(A: Array, np: Any) -> float:
    dtype = np.asarray(A).dtype
    return max(ROUNDING, 100 * float(np.finfo(dtype).eps))


def _largest(off: Array, most: float, np: Any, said: Said, strict: bool = False) -> Said:
    """What is said where the largest entry of an array is more than the most there may be, or no number."""
    if not np.size(off):
        return NOTHING
    found = float(np.max(off))
    if found < most or (found == most and not strict):
        return NOTHING
    at = np.unravel_index(int(np.argmax(off)), np.shape(off))
    i, j = (*(int(k) for k in at), 0, 0)[:2]
    return changed(said, lambda v: v.format(i=i + 1, j=j + 1))
