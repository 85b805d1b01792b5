"""What the reader says: notes and refusals by identifier, in English; the catalogues of the other languages hold each of them."""

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
    "right-side-unread": "what stands after the equals sign, '{shown}', is not read",
    "differentiated": "'{shown}' is taken off: the formula is what is differentiated",
    "optimised": "'{shown}' is taken off: the formula is what is optimised",
    "derivative-sign": "the derivative sign of '{shown}' is taken off: the formula is what is differentiated",
    "declaration-taken-off": "'{shown}' is taken off: it says where the function lives",
    "equation-number": "'{shown}' is taken off: it is the number of the equation",
    "condition-taken-off": "'{shown}' is taken off: it stands after the formula",
    "around": "'{shown}' is not read: it stands around the formula",
    "label": "{shown} is read as the name {name}",
    "label-beside-array": "{name} is read as a quantity of its own, outside of the array {base}",
    "fixed-index": "{shown} is read as an entry or row: e_{index} is the unit vector of the fixed index {index}",
    "doubled-backslashes": "doubled backslashes are read as single ones",
    "markdown-escapes": "backslashes that Markdown puts before _ and * are not read",
    "sum-pairs": "{shown} is read as a sum over both {first} and {second}",
    "fixed-place": "{shown} is read as entry or row {place} of {name}",
    "sum-short": "{name} is read with {size} entries or rows",
    "sum-mask": "{shown} is read as the sum with {entry}: {name} has a 1 for what is in the set, else a 0",
    "sum-index": "the sum runs over {index}, the one index in what follows",
    "ones-row": "the 1 in {shown} is read as a vector of ones",
    "factorial": "{shown} is read as the product 1·2·…: its logarithm is lgamma(… + 1)",
    "sigma-sum": "Σ is read as the sign of a sum",
    "outer-product": "⊗ is read as the outer product: as a Kronecker product it does not fit",
    "kind-by-scalar": "{name} is read as a scalar, so that the formula is one; declare it to say otherwise",
    "matrix-entry": "{shown} is read as the entries of the matrix {name}",
    # functions of matrices
    "entry-by-entry": "{name} of a matrix is taken entry by entry",
    "norm-1": "the 1-norm of a matrix is read as the sum of the absolute values of its entries",
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
    "name-identity": "I is read as a variable; the identity matrix is eye(n), and a declared I is not asked about",
    "unicode-logistic": "σ(…) is read as the logistic function; declare sigma to say otherwise",
    # NumPy source
    "numpy-rows": "in {shown} the array of one axis meets every row, as NumPy broadcasts it",
    "numpy-square": "{shown} is taken entry by entry, as in NumPy; the product with itself is @",
    "numpy-one-axis": "{shown} has one axis: its transpose is itself, as in NumPy",
    "numpy-slogdet": "{shown} is read as the logarithm of a positive determinant",
    "numpy-reshape": "{shown} is filled row by row, where unvec fills column by column",
    "numpy-ravel": "{shown} takes the rows one after the other",
    "numpy-added": "{name} is read as a vector of {size} entries; declare it a scalar for one number that is added to all",
    "numpy-unused": "'{shown}' is not used",
    "numpy-default": "the default values of the arguments are not used: all arguments are variables",
    "numpy-places": "places in {shown} are counted from 0, as NumPy does",
    # of a derivative
    "part-of": "{name} is read as {written}",
    "part-index": "{unit} is the unit vector of the fixed index {index}",
    "does-not-occur": "{name} does not occur in the formula: the derivative is zero",
    "free-entries": "all entries of {name} are treated as free; that it is {facts} is used after differentiation",
}

REFUSALS = {
    "indicator": ("indicator functions are not supported", "write relu(…), or sign(…)"),
    "matrix-or-entries": (
        "{shown} can be the logarithm of a matrix, or of each entry",
        "write {whole} for the matrix, {entries} for the entries",
    ),
    "wrt-missing": ("nothing to differentiate by", "name a variable: wrt='x', --wrt x"),
    "side-by-side": ("'{right}' follows {left} without an operator", "write {left}*{right}{rest}"),
    "closes-nothing": (
        "'{sign}' does not close what was opened",
        "write abs(…), det(…), norm2(…) or norm1(…)",
    ),
    "unknown-function": ("unknown function {name}", "{advice}"),
    "variable-as-function": ("{name} is a variable, not a function", "write {name}*(…) for a product"),
    "function-as-variable": (
        "{name} is a function, it cannot be a variable",
        "write {example}, or choose another name",
    ),
    "no-character": ("a formula cannot hold the character '{shown}'", "{advice}"),
    "entry-index": (
        "an entry is given by running indices, or by numbers",
        "write x[2], A[1,2], A[:,2], or sum(i: x[i]*y[i])",
    ),
    "entry-number": (
        "{shown} is not the place of an entry: places are counted from 1",
        "write x[1] for the first entry",
    ),
    "entry-beyond": ("there is no entry {place}: this has {size}", "places are counted from 1"),
    "part-places": (
        "{name} is no entry, row or column of {base}, which is {shape}",
        "write x[2], A[1,2], A[2,:] or A[:,2]",
    ),
    "part-whole": ("there is not yet {what} of a derivative by {name}", "ask by {base}, and take the part"),
    "sum-triangle": (
        "a sum whose end is another index is not supported",
        "write it with a matrix that is given, such as tril(A)",
    ),
    "sum-shift": (
        "how far {index} runs is not said, or it begins before the array",
        "write \\sum_{{{index}=1}}^{{n-1}} beside x_{{{index}+1}}",
    ),
    "sum-start": (
        "a sum that starts after the first entry needs entries below it",
        "write the terms that are left out apart",
    ),
    "sum-pairs": (
        "{shown} can be a sum over both indices, or over one of them",
        "write \\sum_{first} \\sum_{{{second} \\neq {first}}}",
    ),
    "sum-set": (
        "{shown}: a sum over such a set is not supported",
        "write \\sum_{{(i,j) \\in \\Omega}}, and give \\Omega as a matrix of zeros and ones",
    ),
    "sum-undefined": ("the terms that this sum leaves out may have no value", "give the matrix of the terms a name"),
    "sum-open": (
        "which index does this sum run over?",
        "write \\sum_i or \\sum_{i=1}^{n}; \\operatorname{sum}(x) adds the entries of x",
    ),
    "circ-outer": (
        "\\circ can be the outer product here, or the product entry by entry",
        "write a_r b_r^\\top, or \\odot",
    ),
    "applied-or-product": (
        "{name}(…) can be a function or a product",
        'declare {name}, where: "{name}: function x -> scalar" (or vector n, matrix m n), or write {name} \\cdot (…)',
    ),
    "bold-kind": ("{name} is bold, and fits only as a {fits}", 'declare it: "{name}: {fits}"'),
    "entry-or-name": ("{name} can be an entry of {base}, or a name of its own", 'declare it: "{name}: scalar"'),
    "number-beside-name": (
        "{name} can be an entry of {base}, or a quantity of its own",
        'declare it: "{name}: scalar", or give it another letter',
    ),
    "differences": (
        "a function of distances between the rows of one matrix has no form in matrix notation that keeps its digits",
        "give the matrix of distances a name",
    ),
    "label-runs": ("{shown}: a running index above a name is not supported", "write the index below"),
    "names-collide": ("two names would become {name}", "rename one of them"),
    "number-beside-array": (
        "{shown} can be an entry of {base}, or a name of its own",
        'declare it: "{shown}: scalar" (or vector n), or give it another letter',
    ),
    "unknown-character": (
        "a formula cannot hold the character '{shown}' ({name})",
        "formulas are written with letters, numbers and signs",
    ),
    "power-reach": ("how far the exponent goes is not clear: {shown}", "write ^({shown}), or ^{first}*{rest}"),
    "power-quotient": (
        "the exponent can be {shown}, or a quotient that begins with it",
        "write ^(1/2), or brackets around the power",
    ),
    "text-in-formula": ("'{shown}' is text, not a part of the formula", "give one formula, without words"),
    "two-formulas": ("here another formula begins", "give one formula"),
    "layout-product": (
        "what stands apart here is not a factor: the text holds more than one formula",
        "give one formula; write \\cdot for a product",
    ),
    "index-nowhere": (
        "{index} stands nowhere in what is summed, and nothing says how far it runs",
        "give the end of the sum, as in \\sum_{{{index}=1}}^{{n}}, or leave the sum out",
    ),
    "numpy-open": (
        "in {shown} {name} can be a number, or an array of one axis that meets every row",
        "declare it: {name}: scalar, or {name}: vector n",
    ),
    "sets": ("expectations and sets cannot be read in a formula", ""),
    "wrt-one-name": (
        "{wrt} does not occur in the formula",
        "{name} is one name: write {product}, or declare {wrt} where the derivative is to be zero",
    ),
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
