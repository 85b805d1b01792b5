"""Ce que dit une vérification."""

from __future__ import annotations

VERDICTS = {
    "right": "JUSTE : {claim} est {what}, en {asked}",
    "right-other": "JUSTE : {claim} est {what}",
    "other-layout": "JUSTE DANS UNE AUTRE DISPOSITION : {claim} est {what} en {form} ; on demandait la {asked}",
    "right-if": "JUSTE SEULEMENT SOUS CONDITION : {claim} n'est pas toujours {what}",
    "wrong": "FAUX : {claim} n'est pas {what}",
    "unknown": "IMPOSSIBLE DE DIRE si {claim} est {what}",
}

ROLES = {
    "derivative": "la dérivée de {formula} par rapport à {wrt}",
    "differential": "la différentielle de {formula}",
    "value": "égal à {formula}",
    "equation": "une équation vérifiée là où la dérivée de {formula} par rapport à {wrt} est nulle",
}

LAYOUTS = {
    "denominator": "dénominateur",
    "numerator": "numérateur",
    "mixed": "mixte",
}

FORMS = {
    "": "disposition {layout}",
    "column": "disposition {layout}, empilée colonne par colonne",
    "row": "disposition {layout}, empilée ligne par ligne",
}

DIAGNOSES = {
    "transposed": ("c'est la transposée de ce qui était demandé",),
    "row-major": ("les matrices sont empilées ligne par ligne ; vec empile les colonnes",),
    "vec-form": ("c'est la dérivée par rapport à vec de la variable : le gradient, empilé en un vecteur",),
    "sign": (
        "le signe de {part} est faux : {repaired} est juste{form}",
        "le signe est faux : {repaired} est juste{form}",
    ),
    "missing-off-diagonal": ("c'est la diagonale seule : les coefficients hors diagonale manquent",),
    "factor": (
        "le terme {part} a un mauvais facteur : il faut le multiplier par {factor}{form}",
        "un facteur constant est faux : multipliez par {factor}{form}",
        "il manque le facteur {part}{form}",
    ),
    "missing-transpose": ("il manque une transposée sur {part} : {repaired} est juste{form}",),
    "extra-transpose": ("{part} ne doit pas être transposé : {repaired} est juste{form}",),
    "missing-inverse": ("il manque un inverse sur {part} : {repaired} est juste{form}",),
    "extra-inverse": ("{part} ne doit pas être inversé : {repaired} est juste{form}",),
    "term-sign": (
        "le terme {part} a le mauvais signe : {repaired} est juste{form}",
        "le terme {part} a le mauvais signe{form}",
    ),
    "extra-term": (
        "le terme {part} est de trop : {repaired} est juste{form}",
        "le terme {part} est de trop{form}",
    ),
    "missing-term": ("il manque un terme, {part} : {repaired} est juste{form}", "il manque un terme : {part}{form}"),
    "hadamard-for-product": (
        "{part} contient une opération terme à terme (de Hadamard) à la place de celle des matrices : {repaired} est juste{form}",
    ),
    "product-for-hadamard": (
        "{part} contient une opération de matrices à la place de celle terme à terme (de Hadamard) : {repaired} est juste{form}",
    ),
    "order-of-factors": ("les facteurs de {part} sont dans le mauvais ordre : {repaired} est juste{form}",),
    "pairing": (
        "{part} est à la place de sa trace ou de sa somme, le produit de Frobenius : {repaired} est juste{form}",
    ),
    "missing-chain-factor": (
        "il manque un facteur de la dérivation en chaîne : la dérivée de la partie intérieure {forgotten}{form}",
        "il manque un facteur de la dérivation en chaîne : c'est la dérivée de la partie intérieure seule, celle de {outer} par rapport à elle est oubliée{form}",
        "il manque un facteur, {part} : {repaired} est juste{form}",
        "il manque un facteur dans le terme {term} : {part}{form}",
        "il manque un facteur, comme après une dérivation en chaîne oubliée : {part}, et un facteur constant : multipliez par {factor}",
        "il manque un facteur, comme après une dérivation en chaîne oubliée : {part}{form}",
    ),
    "extra-factor": (
        "le facteur {part} est de trop : {repaired} est juste{form}",
        "le facteur {part} est de trop, et un facteur constant est faux : multipliez par {factor}",
        "le facteur {part} est de trop{form}",
    ),
    "exponent": (
        "l'exposant de {part} est faux : {repaired} est juste{form}",
        "l'exposant de {part} est faux : il faut {new}{form}",
        "l'exposant de {raised} est faux : il manque le facteur {missing}{form}",
    ),
    "term-factors": ("deux termes ont un facteur faux : il faut multiplier {part} par {factor}, et {two} par {other}",),
    "other-formula": ("c'est la dérivée de {other}",),
    "inner-factor": ("à l'intérieur de la fonction, un facteur de {part} est faux : {repaired} est juste{form}",),
    "wrong-function": (
        "la dérivée de cette fonction en est une autre : {new} à la place de {part}, {repaired} est juste{form}",
    ),
    "wrong-variable": ("{part} est à la place de {new} : {repaired} est juste{form}",),
    "double-slip": (
        "il y a deux erreurs ({first} – {second}) : une fois corrigées toutes deux, {repaired} est juste{form}",
    ),
    "missing-diag": ("il manque diag autour de {part} : {repaired} est juste{form}",),
    "extra-function": ("{part} devrait être ce qu'il contient : {repaired} est juste{form}",),
    "symmetric-only": ("juste{form} si {several} sont symétriques", "juste{form} si {names} est symétrique"),
    "positive-only": ("juste{form} si {names} est strictement positif",),
    "sums-to-one-only": ("juste{form} si la somme des composantes de {names} vaut 1",),
    "signs-only": ("juste{form} si les composantes de {names} valent 1 ou -1",),
    "unit-only": ("juste{form} si {names} est de norme 1",),
    "posdef-only": ("juste{form} si {names} est définie positive",),
    "orthogonal-only": ("juste{form} si {names} est orthogonale",),
    "diagonal-only": ("juste{form} si {names} est diagonale",),
    "antisymmetric-only": ("juste{form} si {names} est antisymétrique",),
    "square-only": ("juste si toutes les matrices sont carrées",),
    "symmetric-constrained": (
        "c'est 2G - diag(G), la dérivée par rapport aux coefficients libres d'une matrice symétrique {names} ; avec tous les coefficients libres, c'est G",
    ),
    "symmetrised": (
        "c'est (G + G')/2, le gradient parmi les matrices symétriques {names} ; avec tous les coefficients libres, c'est G",
    ),
    "symmetrised-twice": (
        "c'est G + G' : les deux coefficients de chaque paire d'une matrice symétrique {names} varient ensemble, et la diagonale est comptée deux fois",
    ),
    "shape": ("la forme est fausse : elle est {shape}, et {wanted} est demandé",),
    "does-not-conform": ("les tailles ne conviennent pas : {message}",),
}

COMBINED = {
    "factor-hint": " (le facteur constant est faux aussi)",
    "factor": " après multiplication par {factor}",
    "form": " en {form}",
}

REASONS = {
    "unsupported": "{message}",
    "no-point": "{message}",
    "rounding": "l'affirmation ne concorde qu'à environ cinq chiffres : des arrondis, ou des constantes arrondies, peuvent en être la cause",
    "nearly": "pas égal : l'arithmétique exacte trouve un écart relatif de {gap} ; des constantes arrondies peuvent en être la cause",
    "one-sided": "aucun point n'a été trouvé où {part} ait l'autre signe : un côté d'un point anguleux n'a pas été vu",
    "sizes": "une taille figure dans une fonction ou dans une grande puissance : les tailles que l'on peut essayer ne tranchent pas",
    "too-many-digits": "il y figure des nombres si grands ou si petits que des milliers de chiffres ne trancheraient pas",
    "lost": "les deux sont nuls à tous les chiffres calculés, ce qui ne tranche pas",
    "unknown-letter": "pas une quantité de la formule : {names} ; et aucune partie de celle-ci n'explique l'affirmation. Définissez ce qui est entendu : AFFIRMATION where r = A*x - b",
    "read-otherwise": "pas une quantité de la formule : {names}. Si c'est cette lecture qui est entendue, l'affirmation n'est pas juste, pour cette raison :",
    "unknown-size": "pas une taille de la formule : {names}. Ses tailles sont {sizes} ; déclarez celles que vous employez, comme dans x: vector n",
    "derivative-not-verified": "la dérivée de gradproof elle-même n'a pas pu être confirmée : {report}",
    "doubtful": "{shown} peut se lire autrement, et est fautif tel qu'il a été lu : mettre des parenthèses",
    "cases": "les cas et les comparaisons sont lus là où ils disent ce qui vaut partout : 1[x > 0], (x > 0), a if x > 0 else b, avec rien que des comparaisons dans la condition",
    "mixed-notation": "avec les signes de NumPy ce n'est pas juste, avec * comme produit de matrices ce l'est : écrivez @ pour les produits de matrices et ** pour les puissances",
    "index-notation": "une affirmation en notation indicielle n'est pas encore prise en charge ; écrivez-la en notation matricielle, ou avec kron et vec",
    "no-differential": "une différentielle a dans chaque terme une différentielle telle que dx : ce membre n'en a pas",
    "differential-for-derivative": "il y a une différentielle là où devrait être une dérivée : écrivez df = …, ou retirez dX",
    "not-defined": "non défini : {names}. Dites ce que c'est dans une ligne précédente : let {names} = …",
    "not-a-variable": "pas une variable de la formule : {names}",
    "not-of-part": "la formule n'est pas fonction de {part} seul, car {formula} n'y figure pas comme tel",
    "left-unread": "le membre de gauche n'est pas compris : {message}",
    "equation": "une équation qui n'est pas vraie partout ; dites que la dérivée est posée nulle, si c'est là qu'elle est entendue",
    "set-to-zero": "la dérivée est posée nulle : à partir d'ici, les équations sont confrontées aux points où elle l'est",
    "definition": "une définition",
    "no-line": "aucune ligne de la démonstration n'a pu être jugée",
}

LABELS = {
    "claim": "affirmé",
    "correct": "correct",
    "example": "exemple",
    "because": "car",
    "derivative": "dérivée",
    "differential": "différentielle",
    "value": "formule",
    "equation": "équation",
    "reading": "lecture",
    "note": "note",
    "evidence": "preuve",
    "hint": "indication",
    "line": "ligne",
}

SENTENCES = {
    "reveal": "--reveal montre la bonne réponse",
    "read-as": "{name} est lu comme {formula}",
    "agreed": "égaux en {points} points aléatoires ({sizes})",
    "exact": "égaux en arithmétique exacte en {points} points aléatoires, modulo un grand nombre premier",
    "digits": "égaux à {digits} chiffres en {points} points aléatoires, des deux côtés de chaque point anguleux",
    "floats": "égaux aux arrondis près en {points} points aléatoires",
    "unequal": "ils diffèrent en arithmétique exacte, de {gap} en valeur relative",
    "compared": "comparés en {points} points aléatoires ({sizes})",
    "canonical": "identiques sous forme canonique",
    "agreed-plain": "égaux en {points} points aléatoires",
    "compared-plain": "comparés en {points} points aléatoires",
    "own": "la dérivée correcte est vérifiée en {points} points par {method}, erreur relative {error}",
    "own-open": "la dérivée correcte elle-même n'a pas pu être vérifiée numériquement : {reason}",
    "chain-wrong": "le premier membre qui n'est pas juste est le numéro {number} : {text}",
    "line-wrong": "la ligne {number} est la première qui n'est pas juste : {text}",
    "lines-open": "{count} autres n'ont pas pu être jugées",
    "line-right": "la seule ligne qui a pu être jugée est juste",
    "lines-right": "les {count} lignes qui ont pu être jugées sont justes",
}

METHODS = {
    "differences of many digits": "différences à grand nombre de chiffres",
    "exact": "arithmétique exacte",
    "dual numbers": "nombres duaux",
    "complex step": "pas complexe",
    "central differences": "différences centrées",
    "complex step and central differences": "pas complexe et différences centrées",
}

BETWEEN = " ; "

HINTS = {  # les mêmes que les diagnostics, en des mots qui mènent à la correction sans la montrer
    "transposed": ("comparez les formes : lignes et colonnes sont échangées",),
    "row-major": ("regardez l'ordre dans lequel une matrice est empilée : vec prend ses colonnes",),
    "vec-form": ("un gradient par rapport à une matrice a la forme de cette matrice ; le vôtre est empilé en un vecteur",),
    "sign": ("regardez le signe de {part}", "regardez le signe de l'ensemble : essayez un nombre des deux côtés"),
    "missing-off-diagonal": ("que devient le coefficient i quand le coefficient j de la variable varie, pour i ≠ j ?",),
    "factor": (
        "regardez le nombre devant le terme {part}",
        "la forme est juste, mais pas le facteur constant : comptez combien de fois chaque terme est dérivé",
    ),
    "missing-transpose": ("regardez {part} : écrivez les tailles des facteurs ; lequel faut-il transposer ?",),
    "extra-transpose": ("regardez {part} : est-il dans le bon sens ?",),
    "missing-inverse": ("regardez {part} : que laisse là la différentielle de log det ou d'un inverse ?",),
    "extra-inverse": ("regardez {part} : est-ce un inverse ?",),
    "term-sign": ("regardez le signe du terme {part}",),
    "extra-term": ("le terme {part} : de quelle partie de la formule vient-il ?",),
    "missing-term": ("la variable figure à plus d'endroits que vous n'en avez dérivé : un terme pour chacun",),
    "hadamard-for-product": ("regardez {part} : une opération terme à terme, ou une opération de matrices ?",),
    "product-for-hadamard": ("regardez {part} : une opération de matrices, ou une opération terme à terme ?",),
    "order-of-factors": ("regardez {part} : les matrices ne commutent pas ; quel facteur est à gauche de la variable dans la formule ?",),
    "pairing": ("regardez {part} : un scalaire vient d'une trace ou d'une somme ; où est-elle ?",),
    "missing-chain-factor": (
        "la dérivation en chaîne : vous vous êtes arrêté à {forgotten}, qui dépend aussi de la variable",
        "la dérivation en chaîne : vous avez dérivé la partie intérieure seule ; qu'en est-il de {outer} autour d'elle ?",
        "regardez le terme {term} : tous les facteurs de la formule y sont-ils encore ?",
        "la dérivation en chaîne : un facteur n'y est pas encore ; quelle est la dérivée de la partie intérieure ?",
    ),
    "extra-factor": ("regardez le facteur {part} : d'où vient-il ?",),
    "exponent": (
        "regardez l'exposant de {part} : que lui fait la règle des puissances ?",
        "regardez l'exposant de {raised} : que lui fait la règle des puissances ?",
    ),
    "term-factors": ("regardez les nombres devant {part} et devant {two} : combien de fois chacun est-il dérivé ?",),
    "other-formula": ("est-ce bien la formule demandée ? Regardez ce qui entoure la partie intérieure",),
    "inner-factor": ("regardez {part} dans la fonction : il reste tel quel quand on dérive la fonction",),
    "wrong-function": ("regardez {part} : quelle fonction est la dérivée de celle de la formule ?",),
    "wrong-variable": ("regardez {part} : que reste-t-il quand on a dérivé par rapport à la variable ?",),
    "missing-diag": ("regardez {part} : une fonction de chaque composante a pour dérivée une matrice diagonale",),
    "extra-function": ("regardez {part} : la fonction est-elle encore là après dérivation ?",),
    "double-slip": ("il y a deux erreurs : {first} – {second}",),
    "symmetric-constrained": ("vous avez fait varier ensemble les deux coefficients d'une paire de {names} ; ici tous les coefficients sont libres",),
    "symmetrised": ("vous avez pris la partie symétrique pour {names} ; ici tous les coefficients sont libres",),
    "symmetrised-twice": ("chaque paire de coefficients de {names} est comptée deux fois ; ici tous les coefficients sont libres",),
    "shape": ("la forme est fausse : elle est {shape}, et {wanted} est demandé",),
    "does-not-conform": ("les tailles ne conviennent pas : {message}",),
}  # fmt: skip
