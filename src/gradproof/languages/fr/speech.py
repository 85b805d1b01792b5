"""Formulas in words: {0} and {1} are what an operation is taken of."""

from __future__ import annotations

SPOKEN = {
    "add": "{0} plus {1}", "sub": "{0} moins {1}", "neg": "moins {0}", "mul": "{0} fois {1}", "div": "{0} sur {1}",
    "hadamard": "{0} fois terme à terme {1}", "eldiv": "{0} sur terme à terme {1}", "pow": "{0} puissance {1}", "elpow": "chaque terme de {0} puissance {1}",
    "transpose": "{0} transposée", "inv": "l'inverse de {0}", "det": "le déterminant de {0}", "logdet": "le log-déterminant de {0}", "tr": "la trace de {0}",
    "norm2": "la norme de {0}", "norm1": "la norme un de {0}", "sum": "la somme de {0}", "diag": "la diagonale de {0}", "eye": "l'identité",
    "ones": "des uns", "zeros": "zéro", "kron": "le produit de Kronecker de {0} et {1}", "sqrt": "la racine carrée de {0}",
    "exp": "l'exponentielle de {0}", "log": "le logarithme de {0}", "abs": "la valeur absolue de {0}",
    "slope": "la dérivée de {0} par rapport à {1}", "slopes": "la dérivée d'ordre {n} de {0} par rapport à {1}", "change": "la différentielle de {0}", "is": "{0} égale {1}",
    "bend": "la différentielle seconde de {0}", "bends-convex": "{0} est au moins zéro", "bends-concave": "{0} est au plus zéro", "bends-affine": "{0} est zéro", "bends-neither": "{0} n'est ni au moins ni au plus zéro",
    "at": "{0} indice {1}", "over": "la somme sur {0} de {1}", "": "{name} de {args}", "and": " et ", "long": "une longue formule", "function": "{name} de {args}", "open": "la quantité {0}", "close": " fin de quantité",
}  # fmt: skip
