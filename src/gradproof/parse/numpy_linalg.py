"""Functions of NumPy, SciPy, JAX and PyTorch of a whole array that give several things, or have options that change what they are."""

from __future__ import annotations

import ast

from gradproof.facts.basic import SYMMETRIC
from gradproof.ops import TABLE, basic
from gradproof.ops.spectra import POLAR
from gradproof.parse import array_parts, arrays
from gradproof.parse.note import note
from gradproof.parse.numpy_arguments import Arguments, truth, whole
from gradproof.parse.numpy_formula import Formula
from gradproof.parse.numpy_values import NumberedValues, OneOf, ReadArray
from gradproof.parse.readings import PSEUDO
from gradproof.parse.tree import CallNode, NameNode
from gradproof.say import say


def matrix_power(reader: Formula, args: Arguments) -> ReadArray:
    """np.linalg.matrix_power(A, 3)."""
    value, power = reader.plain(args.need("a", "input"), "a power"), args.need("n")
    return reader.put(arrays.MATRIX_POWER, args.node, value, reader.array(power))


_ENTRYWISE = {arrays.ADD, arrays.SUB, arrays.TIMES, arrays.OVER, arrays.POWER, basic.NEG, array_parts.COPY}


def _symmetric(reader: Formula, args: Arguments, *names: str) -> ReadArray:
    """A matrix of which the function reads one triangle: names that it is made of are taken as symmetric, and what is not symmetric then is refused."""
    value = reader.plain(args.need(*names), args.name)
    terms: set[str] = set()  # names that stand there entry by entry: S + c*eye(n), and not A + A.T
    others: set[str] = set()
    below = [(value.node, terms)]
    while below:
        at, found = below.pop()
        match reader.nodes[at]:
            case NameNode(name=name):
                found.add(name)
            case CallNode(op=op, args=parts):
                below += [(part, found if op in _ENTRYWISE else others) for part in parts]
    for name in sorted(terms - others):
        if name[:1].isupper() or name in reader.variables:
            reader.assumed[name] = SYMMETRIC
            said = reader.shown(args.node)
            reader.notes.append(note("numpy-triangle", reader.span(args.node), shown=said, name=name))
    return reader.put(arrays.SYMMETRIC, args.node, value)


def slogdet(reader: Formula, args: Arguments) -> OneOf:
    """np.linalg.slogdet(S), of which [1] is used."""
    found = reader.put(arrays.LOGDET, args.node, reader.plain(args.need("a", "A", "input"), "slogdet"), scalar=True)
    return OneOf(found, "np.linalg.slogdet", 1, 2, "logabsdet")


def eigvalsh(reader: Formula, args: Arguments) -> NumberedValues:
    """np.linalg.eigvalsh(S), in ascending order."""
    of = _symmetric(reader, args, "a", "A", "input")
    return NumberedValues(of, TABLE["eigvals"], TABLE["eigval"], {-1: TABLE["lambdamax"], 0: TABLE["lambdamin"]})


def eigvals(reader: Formula, args: Arguments) -> ReadArray:
    """eigvals(S), as gradproof has it: those of the libraries are in no order."""
    if not reader.is_own(args.node.func):
        raise reader.refuse(
            args.node, say("eigvals, which gives them in no order,"), say("write np.linalg.eigvalsh(S)")
        )
    return reader.put(TABLE["eigvals"], args.node, reader.plain(args.need("X"), "eigenvalues"))


def svdvals(reader: Formula, args: Arguments) -> NumberedValues:
    """np.linalg.svdvals(X), in descending order."""
    of = reader.plain(args.need("x", "a", "A", "input"), "singular values")
    return NumberedValues(of, TABLE["singvals"], TABLE["singval"], {0: TABLE["specnorm"]})


def svd(reader: Formula, args: Arguments) -> NumberedValues | OneOf:
    """np.linalg.svd(X)[1], np.linalg.svd(X, compute_uv=False): the singular values; the signs of the vectors are nobody's."""
    found, wanted = svdvals(reader, args), args.option("compute_uv")
    args.option("full_matrices")
    if wanted is not None and truth(wanted) is None:
        raise reader.refuse(wanted, say("'{shown}'", shown=reader.shown(args.node)))
    alone = wanted is not None and truth(wanted) is False
    return found if alone else OneOf(found, "np.linalg.svd", 1, 3, "S")


def eigh(reader: Formula, args: Arguments) -> OneOf:
    """np.linalg.eigh(S)[0]: the eigenvalues."""
    return OneOf(eigvalsh(reader, args), "np.linalg.eigh", 0, 2, "eigenvalues")


def polar(reader: Formula, args: Arguments) -> OneOf:
    """scipy.linalg.polar(X)[0]: the orthogonal factor."""
    found = reader.put(POLAR, args.node, reader.plain(args.need("a", "A"), "polar"))
    return OneOf(found, "scipy.linalg.polar", 0, 2)


def lstsq(reader: Formula, args: Arguments) -> OneOf:
    """np.linalg.lstsq(A, b)[0]: the solution of least squares of least norm."""
    inverse = reader.put(PSEUDO, args.node, reader.plain(args.need("a", "A"), "lstsq"))
    found = reader.put(arrays.MATMUL, args.node, inverse, reader.plain(args.need("b", "B"), "lstsq"))
    cut = args.option("rcond")
    if cut is not None and not (isinstance(cut, ast.Constant) and cut.value is None) and whole(cut) != -1:
        raise reader.refuse(cut, say("a bound for the singular values that count"), say("leave it out"))
    return OneOf(found, "np.linalg.lstsq", 0, 4, "solution")


def cholesky(reader: Formula, args: Arguments) -> ReadArray:
    """np.linalg.cholesky(S), the lower factor; SciPy's is the upper one where nothing else is asked for."""
    whole_name = reader.full_name(args.node.func).split(".")
    found = reader.put(TABLE["chol"], args.node, _symmetric(reader, args, "a", "A", "input"))
    said = {name: args.option(name) for name in ("lower", "upper")}
    if any(v is not None and not (isinstance(v, ast.Constant) and isinstance(v.value, bool)) for v in said.values()):
        raise reader.refuse(args.node, say("'{shown}'", shown=reader.shown(args.node)))
    if (
        all(v is None for v in said.values()) and len(whole_name) < 3
    ):  # which library's it is shows in its full name alone
        raise reader.refuse(args.node, say("cholesky without its module"), say("write np.linalg.cholesky(S)"))
    lower = "scipy" not in whole_name
    for name, v in said.items():
        lower = (v.value is True) == (name == "lower") if isinstance(v, ast.Constant) else lower
    return found if lower else reader.transposed(args.node, found)


def _triangle(reader: Formula, args: Arguments, name: str, strict: int) -> ReadArray:
    value, k = reader.plain(args.need("m", "input", "a"), name), args.take("k", "diagonal")
    at = 0 if k is None else whole(k)
    if at not in (0, strict):
        raise reader.refuse(args.node, say("'{shown}'", shown=reader.shown(args.node)))
    found = reader.put(TABLE[name], args.node, value)
    if not at:
        return found
    diagonal = reader.put(basic.DIAG, args.node, reader.put(basic.DIAG, args.node, value))
    return reader.put(basic.SUB, args.node, found, diagonal)


def tril(reader: Formula, args: Arguments) -> ReadArray:
    """np.tril(X), np.tril(X, -1) of a square matrix."""
    return _triangle(reader, args, "tril", -1)


def triu(reader: Formula, args: Arguments) -> ReadArray:
    """np.triu(X), np.triu(X, 1) of a square matrix."""
    return _triangle(reader, args, "triu", 1)


def var(reader: Formula, args: Arguments) -> ReadArray:
    """np.var(x), np.var(x, ddof=1)."""
    return _spread(reader, args)


def std(reader: Formula, args: Arguments) -> ReadArray:
    """np.std(x), np.std(x, ddof=1)."""
    return reader.put(TABLE["sqrt"], args.node, _spread(reader, args), scalar=True)


def _spread(reader: Formula, args: Arguments) -> ReadArray:
    """The variance: the sum of squares over the number of entries, less `ddof`."""
    value, less = reader.plain(args.need("a", "input"), args.name), args.option("ddof", "correction")
    found = reader.put(arrays.VARIANCE, args.node, value, scalar=True)
    if less is None:
        return found
    count = reader.put(array_parts.COUNT, args.node, value, scalar=True)
    fewer = reader.put(basic.SUB, args.node, count, reader.array(less), scalar=True)
    return reader.put(
        arrays.OVER, args.node, reader.put(basic.MUL, args.node, found, count, scalar=True), fewer, scalar=True
    )


WAYS = (matrix_power, slogdet, eigvals, eigvalsh, eigh, svdvals, svd, polar, lstsq, cholesky, tril, triu, var, std)
