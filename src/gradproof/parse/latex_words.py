"""The vocabulary of LaTeX: what each command, sign and word is. Data only."""

from __future__ import annotations

_GREEK = """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega
Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega""".split()

NAMES: dict[str, str] = {name: name for name in _GREEK} | {"ell": "ell", "imath": "i", "jmath": "j"}
SHORT = {"lambda": "lam", "epsilon": "eps"}  # other names that such a letter may be declared by
VARIANTS = {f"var{name}": name for name in "epsilon theta phi rho sigma kappa pi Sigma Lambda Omega Gamma Delta Theta Phi Psi".split()}  # of a letter

# fonts: their braces are not seen; True where they make a letter bold
FONTS = {
    "mathbf": True, "boldsymbol": True, "bm": True, "pmb": True, "textbf": True, "mathbfit": True, "symbf": True, "vec": True, "bold": True, "mathbb": False,
    "mathsf": False, "mathcal": False, "mathscr": False, "mathfrak": False, "mathtt": False, "mathnormal": False, "cal": False, "ensuremath": False,
    "mat": True, "mathbbm": False, "mathds": False, "underline": True, "bold symbol": True,
}  # fmt: skip
SWITCHES = {"bf": True, "bfseries": True, "rm": False, "it": False, "sf": False, "tt": False, "cal": False, "boldmath": True, "mathstrut": False}
WORDS = {"mathrm", "text", "textrm", "textup", "textnormal", "textit", "mathit", "mbox", "hbox", "operatorname", "DeclareMathOperator", "mathop", "textsf", "texttt"}
ACCENTS = {"hat": "hat", "widehat": "hat", "tilde": "tilde", "widetilde": "tilde", "bar": "bar", "overline": "bar", "dot": "dot", "check": "check", "breve": "breve"}
SPACES = set(", ; : ! > quad qquad thinspace medspace thickspace enspace space displaystyle textstyle scriptstyle limits nolimits nonumber notag hfill".split()) | {" ", "\n", "\t", "/"}
WITH_ARGUMENT = {"label", "tag", "hspace", "vspace", "phantom", "hphantom", "vphantom", "color", "textcolor", "mathchoice", "hskip", "kern"}  # dropped
SIZES = {"left": "l", "right": "r", "middle": ""} | {
    size + side: side for size in ("big", "Big", "bigg", "Bigg") for side in ("l", "r", "")
} | {size + "m": "" for size in ("big", "Big", "bigg", "Bigg")}  # fmt: skip
ENVIRONMENTS = {"equation", "align", "aligned", "split", "gather", "gathered", "multline", "eqnarray", "displaymath", "math", "alignat", "flalign", "dmath"}

# commands that are spelled as another sign
SIGNS = {
    "lVert": ("‖", "l"), "rVert": ("‖", "r"), "Vert": ("‖", ""), "|": ("‖", ""), "lvert": ("|", "l"), "rvert": ("|", "r"), "vert": ("|", ""), "mid": ("|", ""),
    "{": ("[", "l"), "}": ("]", "r"), "lbrace": ("[", "l"), "rbrace": ("]", "r"), "lbrack": ("[", "l"), "rbrack": ("]", "r"), "lparen": ("(", "l"), "rparen": (")", "r"),
    "langle": ("⟨", "l"), "rangle": ("⟩", "r"),
    "odot": ("⊙", ""), "circ": ("⊙", ""), "bullet": ("⊙", ""), "otimes": ("⊗", ""), "oslash": ("⊘", ""), "cdot": ("·", ""), "centerdot": ("·", ""),
    "times": ("×", ""), "ast": ("×", ""), "star": ("⋆", ""), "div": ("/", ""), "prime": ("'", ""), "coloneqq": ("=", ""), "triangleq": ("=", ""), "equiv": ("=", ""),
    "doteq": ("=", ""), "colon": (":", ""), "lbrac": ("[", "l"), "hadamard": ("⊙", ""), "colonequals": ("=", ""), "eqdef": ("=", ""),
    "backslash": ("\\", ""), "ldots": ("…", ""), "dots": ("…", ""), "cdots": ("…", ""), "vdots": ("…", ""), "lt": ("<", ""), "gt": (">", ""),
}  # fmt: skip
CHARACTERS = {
    "*": "×", "@": "×", "−": "-", "–": "-", "⋅": "·", "∗": "×", "∘": "⊙", "⊤": "ᵀ", "′": "'", "’": "'", "∥": "‖", "∣": "|", "（": "(", "）": ")", "，": ",", "𝟏": "1",
}  # fmt: skip

FUNCTIONS = {  # the word, as a command or upright, and the function it is in the ASCII syntax
    "exp": "exp", "log": "log", "ln": "log", "sin": "sin", "cos": "cos", "tan": "tan", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "asin": "asin",
    "acos": "acos", "atan": "atan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh", "asinh": "asinh",
    "acosh": "acosh", "atanh": "atanh", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "det": "det", "logdet": "logdet", "tr": "tr", "Tr": "tr", "trace": "tr", "Trace": "tr", "TR": "tr",
    "diag": "diag", "Diag": "diag", "diagm": "diag", "ddiag": "diag", "vec": "vec", "Vec": "vec", "vect": "vec", "sum": "sum", "sign": "sign", "sgn": "sign", "abs": "abs",
    "sqrt": "sqrt", "relu": "relu", "ReLU": "relu", "sigmoid": "sigmoid", "logistic": "sigmoid", "logit": "", "softplus": "softplus", "softmax": "softmax", "Softmax": "softmax", "logsumexp": "logsumexp",
    "LSE": "logsumexp", "lse": "logsumexp", "erf": "erf", "inv": "inv", "adj": "adj", "kron": "kron", "norm": "norm2", "eye": "eye", "ones": "ones", "zeros": "zeros", "commutation": "commutation",
    "norm1": "norm1", "norm2": "norm2", "det ": "det", "transpose": "",
}  # fmt: skip
FUNCTIONS = {word: name for word, name in FUNCTIONS.items() if name}
TAKES_ALL = {"tr"}  # without brackets it takes every factor that follows
BARE = {w for w in FUNCTIONS if w not in ("inv", "adj", "sum", "norm", "abs", "eye", "ones", "zeros", "sign", "TR")}  # read as functions where they are typed as plain letters
STARTS = {w for w in BARE if len(w) > 2} - {"vec", "det", "exp", "log", "sin", "cos", "tan", "lse", "LSE", "Vec", "erf"} | {"exp", "log", "det", "sin", "cos", "tan"}

REFUSED = {  # commands that are understood, and have no place here
    "prod": "products over an index", "int": "integrals", "iint": "integrals", "oint": "integrals", "max": "the maximum", "min": "the minimum", "sup": "the supremum",
    "inf": "the infimum", "lim": "limits", "arg": "arg min and arg max", "argmin": "arg min", "argmax": "arg max", "Pr": "probabilities", "rank": "the rank",
    "partial": "a derivative inside a formula", "nabla": "a derivative inside a formula", "triangledown": "a derivative inside a formula", "pm": "two signs at once", "mp": "two signs at once",
    "infty": "infinity", "in": "membership", "leq": "inequalities", "geq": "inequalities", "le": "inequalities", "ge": "inequalities", "neq": "inequalities", "ne": "inequalities",
    "approx": "approximations", "propto": "proportionality", "sim": "distributions", "to": "maps", "mapsto": "maps", "rightarrow": "maps", "Rightarrow": "implications",
    "iff": "equivalences", "cup": "sets", "cap": "sets", "subset": "sets", "forall": "quantifiers", "exists": "quantifiers", "binom": "binomial coefficients",
    "lfloor": "rounding", "lceil": "rounding", "oplus": "the Kronecker sum", "wedge": "the wedge product", "dagger": "the pseudo-inverse or the conjugate transpose",
    "Re": "complex quantities", "Im": "complex quantities", "mod": "remainders", "bmod": "remainders", "gcd": "number theory", "Gamma ": "",
}  # fmt: skip
OPERATORS = {"min", "max", "argmin", "argmax", "arg", "nabla", "triangledown", "bigtriangledown", "underset", "operatorname*", "mathop"}
OBJECTIVES = {"min", "max", "argmin", "argmax", "minimize", "maximize", "minimise", "maximise"}
GRADIENTS = {"nabla", "triangledown", "bigtriangledown", "grad"}
FRACTIONS = {"frac", "tfrac", "dfrac", "cfrac", "nicefrac", "sfrac", "flatfrac"}
TAKES_ARGUMENT = {*FRACTIONS, *ACCENTS, "sqrt", "norm", "abs"}
DIFFERENTIALS = {"partial", "delta"}
COMMANDS = {
    *NAMES, *VARIANTS, *FONTS, *SWITCHES, *WORDS, *ACCENTS, *SIZES, *WITH_ARGUMENT, *(s for s in SPACES if len(s) > 1), *(s for s in SIGNS if len(s) > 1), *FUNCTIONS, *REFUSED, *GRADIENTS,
    *FRACTIONS, *OBJECTIVES, "sum", "sqrt", "begin", "end", "over", "top", "intercal", "norm", "abs", "hat", "not", "operatorname", "mathrm", "trace", "mathbf",
}  # fmt: skip
