"""English."""

NOTES = {
    # what LaTeX leaves open
    "variant-trace": "a trace is taken of everything that follows it in its term",
    "variant-bars": "|…| is read as absolute values: as a determinant it does not fit",
    "variant-squares": r"a square is read as the inner product of a vector with itself, as \cdot is",
    "variant-ones": "a 1 in bold is read as a matrix of ones",
    "dependent-name": "{name} is read as one quantity that depends on its argument",
    "fraction-first": "{fraction} {following}… is read as a fraction times what follows",
    "letters-as-function": "{letters} is read as \\{word} {rest}",
    "function-of": "{shown} is read as {name} of {argument}",
    "number-pi": "pi is read as the number; declare pi to say otherwise",
    "commutation": "{shown} is read as the commutation matrix; declare it to say otherwise",
    # what stands around a formula
    "side-taken-off": "'{shown} =' is taken off: the formula is what follows",
    "right-side-unread": "what stands after the equals sign is not read",
    "differentiated": "'{shown}' is taken off: the formula is what is differentiated",
    "optimised": "'{shown}' is taken off: the formula is what is optimised",
    "derivative-sign": "the derivative sign of '{shown}' is taken off: the formula is what is differentiated",
    # functions of matrices
    "entry-by-entry": "{name} of a matrix is taken entry by entry",
    "norm-1": "the 1-norm of a matrix is read as {meaning}",
    # entries and sums
    "entry-of-matrix": "{shown} is read as an entry of the matrix {name}",
    "entry-of-vector": "{shown} is read as an entry of the vector {name}",
    "row-of-matrix": "{shown} is read as a row of the matrix {name}, standing upright; declare {name} to say otherwise",
    "row-that-fits": "{shown} is read as a row of the matrix {name}, standing upright",
    "column-of-matrix": "{shown} is read as a column of the matrix {name}, standing upright; declare {name} to say otherwise",
    "column-that-fits": "{shown} is read as a column of the matrix {name}, standing upright",
    "sum": "{shown} is read as {formula}",
    # kinds and sizes
    "product-dimension": "dimension {name} is read as {dim}",
    "sizes-guessed": "the sizes in {shown} fit in more than one way; declare them to choose",
    "size-is": "{name} is {dim}",
    "kind-scalar": "{name} is read as a scalar, the kind that fits; declare it to say otherwise",
    "kind-vector": "{name} is read as a vector, the kind that fits; declare it to say otherwise",
    "kind-matrix": "{name} is read as a matrix, the kind that fits; declare it to say otherwise",
    "added-to-entries": "a scalar is added to every entry: {shown}",
    "broadcast": "{shown} is read as {left} {sign} {right}",
    "declared-unused": "{name} is declared, and is not in the formula",
    # Unicode
    "unicode-identity": "I is read as the identity matrix; declare I to say otherwise",
    "unicode-logistic": "σ(…) is read as the logistic function; declare sigma to say otherwise",
    # NumPy source
    "numpy-rows": "in {shown} the array of one axis meets every row, as NumPy broadcasts it",
    "numpy-square": "{shown} is taken entry by entry, as in NumPy; the product with itself is @",
    "numpy-one-axis": "{shown} has one axis: its transpose is itself, as in NumPy",
    "numpy-slogdet": "{shown} is read as the logarithm of a positive determinant",
    "numpy-ravel": "{shown} takes the rows one after the other",
    "numpy-added": "{name} is read as a vector of {size} entries; declare it a scalar for one number that is added to all",
    "numpy-unused": "'{shown}' is not used",
    "numpy-default": "the default values of the arguments are not used: all arguments are variables",
    # of a derivative
    "does-not-occur": "{name} does not occur in the formula: the derivative is zero",
    "free-entries": "all entries of {name} are treated as free; that it is {facts} is used after differentiation",
}

REFUSALS = {
    "wrt-absent": (
        "{wrt} does not occur in the formula",
        'declare it where the derivative is to be zero: "{wrt}: vector n"',
    ),
    "notation-unknown": ("there is no notation '{name}'", "notations are {known}"),
    "notation-later": ("the notation {name} is not read yet", "write the formula in ASCII, LaTeX or plain text"),
    "unicode-divisor": (
        "in '{shown}' what follows may belong to the divisor or not",
        "write brackets: a/(b c), or (a/b) c",
    ),
    "unicode-word": (
        "{word} beside a factor can be a word or a name",
        "declare {word}, or write {word}*… for a product",
    ),
    "unicode-numbers": ("two numbers stand side by side", "write 2*3 for the product"),
}
