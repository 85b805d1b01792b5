"""What the reader says where it refuses: what is doubtful, and what to write, by identifier, in English; the catalogues hold each of them."""

REFUSALS = {
    "numpy-triangle": (
        "NumPy reads one triangle of {shown}, which need not be symmetric",
        "declare what makes it symmetric, S: symmetric, or write (A + A.T)/2",
    ),
    "word-before": (
        "whether '{word}' is a word before the formula, or a quantity, is not clear",
        "leave the word out, or declare it: {word}: scalar",
    ),
    "indicator": ("indicator functions are not supported", "write relu(…), or sign(…)"),
    "matrix-or-entries": (
        "{shown} can be a function of the matrix, or of each entry",
        "write {whole} for the matrix, {entries} for the entries",
    ),
    "wrt-missing": ("nothing to differentiate by", "name a variable, {names}: wrt='{first}', --wrt {first}"),
    "side-by-side": ("'{right}' follows {left} without an operator", "write {left}*{right}{rest}"),
    "number-after-bracket": (
        "a {number} right after {shown} can be an index, a power or a factor",
        "write {shown}_{number}, {shown}^{number} or {number} {shown}",
    ),
    "blocks-zero": (
        "a 0 beside other blocks can be one number, or a block of zeros",
        "write zeros(m,n) or zeros(n), with its size",
    ),
    "blocks-nested": (
        "brackets in brackets can be the rows of a matrix, or blocks beside each other",
        "write [a, b; c, d]: a comma between blocks, a semicolon between rows",
    ),
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
    "sum-related-start": (
        "the sum over {index} begins at {start}, and this one is related to it",
        "begin with 1, \\sum_{{{index}=1}}^{{n}}, and take off the terms that are too many",
    ),
    "sum-start": (
        "a sum that starts after the first entry needs entries below it",
        "write the terms that are left out apart",
    ),
    "log-base": ("the base of a logarithm is a number or a name", "write \\log(x)/\\log(a)"),
    "norm-mixed": (
        "the norm {name} can add the norms of the rows, or of the columns",
        "write sum(sqrt((X.^2)*ones(n))) for the rows, sum(sqrt((X.^2)'*ones(m))) for the columns",
    ),
    "mathematica": ("{shown} is Mathematica's bracket", "write {written}"),
    "number-or-name": ("{name} can be the number, or a variable", "write exp(…), or declare {name}"),
    "prime-or-transpose": (
        "the prime can be a transpose, or part of a name: there are other transposes too",
        "write ^\\top for the transpose, or another name",
    ),
    "root-reach": ("how far the root in '{shown}' goes is not clear", "write sqrt(…) around what stands under it"),
    "unit-or-row": (
        "{shown} can be a unit vector, or a row of a matrix",
        'declare the matrix, where: "{name}: matrix m n"',
    ),
    "primed-twice": (
        "'{shown}' can be {name} transposed twice, or another quantity",
        "write {name}, or another name, such as {name}_2",
    ),
    "prime-of-number": (
        "{name} is a number, which has no transpose: {name}' can be another one",
        "write another name, such as {name}_prime",
    ),
    "index-families": (
        "{first} and {second} can be two quantities, told apart by their indices",
        "give one of them another letter, or use indices such as i and j for one array",
    ),
    "entry-or-product": (
        "{name}({number}) can be an entry, the value of a function, or a product",
        "write {name}[{number}] for the entry, {number}*{name} for the product",
    ),
    "differential-or-factor": ("d(…) can be the differential, or a factor d", "leave the d out, or write d \\cdot (…)"),
    "softmax-of-all": (
        "softmax without an axis is over all entries of the matrix",
        "write axis=1 for each row, axis=0 for each column",
    ),
    "bar-mean": (
        "{name} can be the mean of {base}, which depends on it, or a quantity of its own",
        'write mean({base}), or \\frac{{1}}{{n}} \\sum_k {base}_k, for the mean; else declare it: "{name}: {fits}"',
    ),
    "power-or-label": (
        "{name} is the index of the left side: above a letter it can be a label, or a power",
        'declare it for a power: "{name}: scalar"; else write it below, or leave it out',
    ),
    "positive-matrix": (
        "{name} > 0 of a matrix can be that it is positive definite, or that its entries are positive",
        "write {name}: posdef, or {name}: positive",
    ),
    "orthonormal": (
        "{shown} is a fact only of a square matrix",
        "write {name}: matrix n n orthogonal where it is square; leave it out where it is not",
    ),
    "factor-or-entries": (
        "{name} in {shown} can be a number, or a vector that is multiplied entry by entry",
        'write {name}.*…, or declare it: "{name}: scalar"',
    ),
    "power-dot": (
        "the dot in {shown} can belong to the sign, or to the number",
        "write .^ for each entry, ^0.… for the matrix",
    ),
    "imaginary": (
        "{name} can be the imaginary unit, or a variable",
        'declare it: "{name}: scalar"; for a complex number declare z, where: "z: scalar complex"',
    ),
    "sum-power": (
        "{shown} with a power can be the sum of the powers, or the power of the sum",
        "write {name}({bracket}^2), or ({name}{bracket})^2",
    ),
    "power-in-sum": (
        "the power in {shown} can be that of each entry, or that of the matrix",
        "write .^ for the entries; declare the matrix for its product with itself",
    ),
    "divided-by-matrix": (
        "{name} is a matrix by its letter, and something is divided by it",
        'write inv({name}), or declare it: "{name}: scalar"',
    ),
    "norm-spectral": (
        "the 2-norm of a matrix can be its largest singular value, or the root of the sum of squares",
        r"write specnorm(…) for the one, norm2(…) or \|X\|_F for the other",
    ),
    "power-tower": (
        "a power of a power can be taken from the left, or from the right",
        "write x^(y^z), or (x^y)^z",
    ),
    "power-transposed": (
        "the transpose in {shown} can belong to the power, or to the exponent",
        "put the power in brackets: (…)'",
    ),
    "bare-transpose": (
        "the T in {shown} can be a transpose, or a factor",
        "write {left}^T {right}, or blanks between the factors",
    ),
    "number-apart": ("{shown} can be a factor, or the number of the equation", "leave it out, or write it in front"),
    "optimised-array": (
        "what is optimised is no number: it is {shape}",
        "write max(…) for the largest entry, or give an objective that is a scalar",
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
    "terms-related": (
        "{name} over such indices is not supported",
        "write {name}(i: …) over one index, or {name}(i, j: …) over two",
    ),
    "sum-open": (
        "which index does this sum run over?",
        "write \\sum_i or \\sum_{i=1}^{n}; \\operatorname{sum}(x) adds the entries of x",
    ),
    "derivative-twice": (
        "'{shown}' is the sign of a second derivative, and one variable is asked for",
        "differentiate twice: wrt=['{name}', '{name}'], --order 2; or give the formula without the sign",
    ),
    "derivative-power": (
        "derivatives of an order above 2 are not read",
        "give the formula without the sign, and --order 3",
    ),
    "circ-outer": (
        "\\circ can be the outer product here, or the product entry by entry",
        "write a_r b_r^\\top, or \\odot",
    ),
    "applied-or-product": (
        "{name}(…) can be a function or a product",
        'declare {name}, where: "{name}: function x -> scalar" (or vector n, matrix m n, entrywise), or write {name} \\cdot (…)',
    ),
    "capital-kind": ("{name} is a matrix by its letter, and fits only as a scalar", 'declare it: "{name}: scalar"'),
    "bold-kind": ("{name} is bold, and fits only as a {fits}", 'declare it: "{name}: {fits}"'),
    "printed-alike": ("{other} and {name} are printed alike", "give one of them another name"),
    "sigma-sum": ("Sigma can be the sign of a sum, or a matrix", "write \\sum_i …, or declare it: Sigma: matrix n n"),
    "marked-alone": (
        "{name} stands in the formula only as {shown}, which is a name of its own",
        "differentiate by {shown}, or declare it to say that it does not depend on {name}",
    ),
    "entry-or-name": ("{name} can be an entry of {base}, or a name of its own", 'declare it: "{name}: scalar"'),
    "entry-zero": (
        "{name} can be an entry of {base} that is counted from 0, or a name of its own",
        "entries are counted from 1: write {base}_1 for the first, and a letter of its own for a number beside them",
    ),
    "entry-times": (
        "{name} beside an entry can be a number, or a vector",
        'declare it: "{name}: scalar", or "{name}: vector n"',
    ),
    "differences": (
        "a function of distances between the rows of one matrix has no form in matrix notation that keeps its digits",
        "give the matrix of distances a name: D_ij in place of ‖x_i − x_j‖",
    ),
    "entrywise-shapes": (
        "{name} is a function of each entry: {first} is {shape}, {other} is {second}",
        "give it arguments of one shape, or numbers",
    ),
    "function-of-running": (
        "a declared function of something that depends on a running index has no form in matrix notation",
        "where it is a function of a number, declare it of each entry: {name}: function entrywise",
    ),
    "label-runs": ("{shown}: a running index above a name is not supported", "write the index below"),
    "bars-paired": ("these bars can be paired in more than one way", "write abs(…), det(…), norm2(…) or norm1(…)"),
    "pi-twice": (
        "\\pi is a number here, and an array with an index elsewhere",
        "give the array another letter, such as \\varpi_k or p_k",
    ),
    "two-types": (
        "{name} stands in two types, bold or script and plain: one quantity, or two",
        "write it in one type, or give one of them another letter",
    ),
    "two-forms": (
        "{one} and {other} are both read as {name}: one quantity, or two",
        "write one of them, or give one another letter",
    ),
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
    "trace-of-number": (
        "{name} is a number by its letter, and {op} is of a matrix",
        'declare it: "{name}: matrix n n"',
    ),
    "trace-of-letter": (
        "{name} in a trace can be a matrix, or a number",
        'declare it: "{name}: matrix n n", or "{name}: scalar"',
    ),
    "row-or-number": (
        "{name} before {matrix} can be a row, or a number",
        'write {name}^T {matrix}, or declare it: "{name}: scalar"',
    ),
    "trace-of-entry": (
        "{shown} is read as an entry, and {op} is of a matrix",
        "declare the block, as a matrix of its own",
    ),
    "formula-goes-on": (
        "here another formula goes on from {name}, the left side of the first",
        "give the last formula alone, with what {name} is written in its place",
    ),
    "defined-after": ("{name} is defined here, by what is asked for", "write ({shown}) in the place of {name}"),
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
    "sets": (
        "expectations and sets cannot be read in a formula",
        r"write an expectation out as a sum, \frac1n \sum_i …, and leave a set out",
    ),
    "wrt-one-name": (
        "{wrt} does not occur in the formula",
        "{name} is one name: write {product}, or declare {wrt} where the derivative is to be zero",
    ),
    "wrt-absent": (
        "{wrt} does not occur in the formula",
        'declare it where the derivative is to be zero: "{wrt}: {fits}"',
    ),
    "wrt-part": (
        "{wrt} does not occur in the formula",
        'ask by {name}; to have it a part of {wrt}, declare it: "{wrt}: {fits}"',
    ),
    "notation-unknown": ("there is no notation '{name}'", "notations are {known}"),
    "unicode-divisor": (
        "in '{shown}' what follows may belong to the divisor or not",
        "write brackets: a/(b c), or (a/b) c",
    ),
    "norm-of-matrix": (
        "this norm of {name} can be its largest entry, or the largest sum of a row",
        "write max(abs({name})) for the entry; declare {name} for a vector: {name}: vector n",
    ),
    "product-reach": (
        "{name} is a matrix by its letter, and fits only as a vector before this product",
        'write brackets, or declare it: "{name}: vector n"',
    ),
    "increment": (
        "{shown} can be one name, an increment, or a product",
        "write Delta_{name} for the name, Delta \\cdot {name} for the product; or declare Delta: scalar",
    ),
    "name-or-product": (
        "{name} can be a name of its own, or the product {product}",
        "write {product} for the product; declare it for a name: {name}: scalar",
    ),
    "unicode-word": (
        "{word} beside a factor can be a word or a name",
        "declare {word}, or write {word}*… for a product",
    ),
    "unicode-numbers": ("two numbers stand side by side", "write 2*3 for the product"),
}
