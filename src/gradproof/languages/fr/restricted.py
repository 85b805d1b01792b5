"""Structures, variétés, plusieurs dérivées à la fois."""

MESSAGES = {
    "a Hessian on a manifold is along a direction": "une hessienne sur une variété est prise le long d'une direction",
    "write along='d'": "écrivez along='d'",
    "wrt is a list of names here": "wrt est ici une liste de noms",
    "a variable is named twice": "une variable est nommée deux fois",
    'wrt=["w", "b"]': 'wrt=["w", "b"]',
    "structured=True is for one derivative by one real matrix": "structured=True est pour une dérivée par rapport à une matrice réelle",
    "{name} has no structure that structured=True knows": "{name} n'a pas de structure que structured=True connaisse",
    "the Hessian on the manifold {manifold} is not supported": "la hessienne sur la variété {manifold} n'est pas prise en charge",
    "'{name}' is not a new name for a direction": "'{name}' n'est pas un nouveau nom de direction",
    "there is no manifold '{manifold}'": "il n'y a pas de variété '{manifold}'",
    "manifold= is for the gradient of a scalar by one real variable": "manifold= est pour le gradient d'un scalaire par rapport à une variable réelle",
    "{name} is {type}, which is no point of the manifold {manifold}": "{name} est {type}, ce qui n'est pas un point de la variété {manifold}",
    "derivatives of this order by a triangular matrix are not supported": "les dérivées de cet ordre par rapport à une matrice triangulaire ne sont pas prises en charge",
    "declare it: {known}": "déclarez-la : {known}",
    "manifolds are {known}": "les variétés sont {known}",
    "the derivative is by the free entries of {name}, which is {fact}; the free gradient G is mapped linearly": "la dérivée est par rapport aux coefficients libres de {name}, qui est {fact} ; c'est une image linéaire du gradient libre G",
    "the derivative by {name} is the Riemannian one on the manifold {manifold}": "la dérivée par rapport à {name} est la dérivée riemannienne sur la variété {manifold}",
}
