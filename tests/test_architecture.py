"""The shape of the source: layers, sizes, public names, dependencies. Everything here is read from the source or from a fresh interpreter."""

from __future__ import annotations

import ast
import functools
import graphlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import gradproof as gp
from gradproof.ops import TABLE

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "gradproof"

# from low to high: a module may import what stands at or before its own place; "/" marks a package, "__init__" is gradproof itself
LAYERS = (
    "records", "patterns", "brackets", "hooks", "choices", "languages/", "say", "errors", "mime", "optional", "budget", "shapes/", "facts/", "ops/", "notation/", "rules/", "parse/", "render/", "numeric/",  # matrix notation
    "engine/", "exact/", "lift/", "pictures/",  # the engine
    "codegen/", "explain/", "proven", "derived", "derivative", "wirtinger", "restricted", "asked", "derive", "shorthands", "joint", "check/", "tutor/", "optimum/", "interop/", "notebook", "wiring", "__init__", "service/", "mcp", "web/", "cli/", "__main__",  # what people use
)  # fmt: skip

PUBLIC = {
    "derive", "gradient", "jacobian", "hessian", "differential", "parse", "scalar", "vector", "matrix",
    "Derivative", "Expr", "Joint", "gradients", "hessian_blocks", "check", "convexity", "Convexity", "minimize", "maximize", "Optimum", "objective", "residual", "Objective", "Residual", "exercise", "Exercise", "parse_latex", "from_sympy", "from_function",
    "GradproofError", "ParseError", "ShapeError", "UnsupportedError", "NotDifferentiableError", "DomainError",
    "VerificationError", "BudgetError", "UnverifiedWarning", "limits",
}  # fmt: skip

MAX_FILE, MAX_FUNCTION = 400, 60
DEPENDENCIES = {"numpy", "opt_einsum"}

FILES = sorted(SOURCE.rglob("*.py"))


def every_file(check: Callable[[Path], None]) -> Callable[[], None]:
    """One test of all files, which says each fault: as many tests as files would take longer to count than to run."""

    def test() -> None:
        faults = []
        for path in FILES:
            try:
                check(path)
            except AssertionError as fault:
                faults.append(f"{path.relative_to(SOURCE)}: {fault}")
        assert not faults, "\n".join(faults)

    test.__doc__ = check.__doc__
    return test


def module_of(path: Path) -> str:
    """The dotted name of a source file."""
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in FILES}


def layer(module: str) -> str:
    """The layer a module belongs to."""
    top = module.split(".")[1] if "." in module else "__init__"
    return f"{top}/" if (SOURCE / top).is_dir() else top


def rank(module: str) -> int:
    """The place of a module among the layers."""
    return LAYERS.index(layer(module))


@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """The syntax tree of a file, the whole of it first: most tests here read them all."""
    return tuple(ast.walk(ast.parse(path.read_text("utf-8"))))


@functools.cache
def imports(path: Path) -> list[tuple[ast.stmt, str]]:
    """Every import in a file, with the full name of what it imports."""
    return [*_imports(path)]


def _imports(path: Path) -> Iterator[tuple[ast.stmt, str]]:
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write imports in full"
            assert node.module, f"{path}:{node.lineno}"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield node, inner if inner in MODULES else node.module


@functools.cache
def inside(path: Path) -> set[int]:
    """The lines of a file on which something inside a function begins."""
    functions = [n for n in nodes(path) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {node.lineno for function in functions for node in ast.walk(function) if isinstance(node, ast.stmt)}


def test_every_module_has_a_layer_and_every_layer_a_module() -> None:
    assert {layer(module) for module in MODULES} == set(LAYERS)


@every_file
def test_imports_point_down(path: Path) -> None:
    module = module_of(path)
    for node, target in imports(path):
        if target.split(".")[0] == "gradproof":
            assert rank(target) <= rank(module), (
                f"{path}:{node.lineno}: {module} imports {target}, which stands above it"
            )


def test_there_is_no_cycle() -> None:
    graph = {}
    for module, path in MODULES.items():
        later = inside(path)
        graph[module] = {target for node, target in imports(path) if target in MODULES and node.lineno not in later}
    graphlib.TopologicalSorter(graph).prepare()


@every_file
def test_imports_stand_at_the_top_or_say_why_not(path: Path) -> None:
    lines, later = path.read_text("utf-8").splitlines(), inside(path)
    imported = {node.lineno for node, _ in imports(path)}
    for node, target in imports(path):
        first = node.lineno
        while first - 1 in imported:  # a comment on the first line of several is enough
            first -= 1
        said = re.search(r"#\s*(?!noqa)\w", lines[first - 1])
        assert said or node.lineno not in later, (
            f"{path}:{node.lineno}: {target} is imported inside a function, and no comment says why"
        )


@every_file
def test_sizes(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= MAX_FILE
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= MAX_FUNCTION, f"{path}:{node.lineno}: {node.name} has {length} lines"


@every_file
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(nodes(path)[0])


@every_file
def test_nothing_is_chosen_by_the_name_of_an_operation(path: Path) -> None:
    if "ops" in path.relative_to(SOURCE).parts:
        return
    for node in nodes(path):
        sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        asks = any(isinstance(s, ast.Attribute) and s.attr in ("name", "op") for s in sides)
        names = {c.value for s in sides for c in ast.walk(s) if isinstance(c, ast.Constant)} & TABLE.keys()
        assert not (asks and names), f"{path}:{node.lineno}: put a fact about {', '.join(sorted(names))} into the table"


@every_file
def test_only_the_declared_dependencies_are_imported(path: Path) -> None:
    allowed = {"gradproof", *DEPENDENCIES, *sys.stdlib_module_names}
    assert {target.split(".")[0] for _, target in imports(path)} <= allowed


def test_declared_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert {re.split(r"[^\w-]", d)[0] for d in project["dependencies"]} == DEPENDENCIES
    assert project["version"] == gp.__version__


def test_public_names() -> None:
    assert set(gp.__all__) == PUBLIC
    for name in PUBLIC:
        assert getattr(gp, name).__doc__, f"{name} has no docstring"


@pytest.mark.parametrize("module", ["numpy", "opt_einsum", "gradproof.ops", "gradproof.parse", "gradproof.engine"])
def test_importing_gradproof_is_light(module: str) -> None:
    code = f"import sys, gradproof; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


FRESH = """
import gradproof.engine.lower, gradproof.parse, gradproof.derive, gradproof.check
found = gradproof.derive("tr(inv(A)*A*S)", wrt="S", where="A: matrix n n invertible; S: matrix n n")
assert found.result.ascii == "eye(n)", found.result.ascii
assert gradproof.check(gradproof.parse("x'*x"), "x", "2*x").verdict == "right"
"""


def test_modules_of_the_engine_have_their_laws_and_functions_their_names() -> None:
    """Whichever module is imported first: the laws are there, and `gradproof.derive` is the function."""
    done = subprocess.run([sys.executable, "-c", FRESH], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@every_file
def test_errors_are_said(path: Path) -> None:
    """`raise ParseError(say("…"))`: a text that remembers its template has words in every language (tests/test_languages.py)."""
    for node in nodes(path):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            found = getattr(gp.errors, name, None)
            error = isinstance(found, type) and issubclass(found, gp.GradproofError)
            if error or name in ("NoDerivation", "refuse"):
                texts = node.args if name == "refuse" else node.args[:1]
                given = [*texts, *(k.value for k in node.keywords if k.arg == "hint")]
                bare = [
                    a
                    for a in given
                    if isinstance(a, ast.JoinedStr)
                    or (isinstance(a, ast.Constant) and isinstance(a.value, str) and a.value)
                ]
                assert not bare, f"{path}:{node.lineno}: write the text as say(…)"


def test_no_two_classes_share_a_name() -> None:
    found: dict[str, list[str]] = {}
    for module, path in MODULES.items():
        tree = nodes(path)[0]
        assert isinstance(tree, ast.Module)
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, []).append(module)
    shared = {name: modules for name, modules in found.items() if len(modules) > 1}
    assert not shared, shared
