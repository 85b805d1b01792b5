"""The command line, through `main(argv)`, and as a process where the process is the point."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import gradproof as gp
from gradproof.cli.main import main

LEAST_SQUARES = "norm2(A*x - b)^2"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """Runs a command: (exit code, standard output, standard error)."""

    def run(*argv: str, stdin: str | bytes = "") -> tuple[int, str, str]:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        try:
            code = main(argv)
        except SystemExit as stop:  # argparse
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run


def process(argv: Sequence[str], encoding: str = "utf-8", **more: Any) -> subprocess.CompletedProcess[str]:
    """The command as a process with this encoding of its streams."""
    code = "import sys; from gradproof.cli.main import main; sys.exit(main())"
    env = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    return subprocess.run(
        [sys.executable, "-c", code, *argv],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=env,
        check=False,
        **more,
    )


# -- derive


def test_derive_prints_the_result_its_shape_and_the_check(run) -> None:
    code, out, err = run("derive", LEAST_SQUARES, "--wrt", "x", "--format", "ascii")
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0] == "df/dx = 2*A'*(A*x - b)"
    assert "layout  denominator" in out
    assert "A: matrix" in out
    assert lines[-1].startswith("  verified: 3 points, relative error ")


def test_derive_speaks_unicode(run) -> None:
    assert run("derive", LEAST_SQUARES, "--wrt", "x")[1].startswith("∂f/∂x = ")
    assert run("derive", LEAST_SQUARES, "--wrt", "x", "--wrt", "x")[1].startswith("∂²f/∂x∂x = ")


def test_latex_and_markdown(run) -> None:
    _, out, _ = run("derive", "x'*x", "--wrt", "x", "--format", "latex")
    formula, *facts = out.splitlines()
    assert formula.startswith(r"\frac{\partial f}{\partial ")
    assert all(line.startswith("% ") for line in facts)
    assert run("derive", "x'*x", "--wrt", "x", "--format", "markdown")[1].startswith("$$\n\\frac")


def test_no_verify(run) -> None:
    assert "verif" not in run("derive", "x'*x", "--wrt", "x", "--no-verify")[1]


@pytest.mark.parametrize(
    "argv",
    [
        ["-x'*x", "--wrt", "x"],
        ["--wrt", "x", "-x'*x"],
        ["--wrt=x", "--", "-x'*x"],
        ["--wrt", "x", "--format", "ascii", "--no-verify", "--", "-x'*x"],
        ["--wrt", "x", "--where", "x: vector n", "- x'*x"],
    ],
)
def test_a_formula_may_begin_with_a_minus(run, argv: list[str]) -> None:
    code, out, _ = run("derive", "--format=ascii", *argv)
    assert code == 0
    assert out.startswith("df/dx = -2*x\n")


def test_a_formula_from_standard_input(run) -> None:
    assert run("derive", "-", "--wrt", "x", "--format", "ascii", stdin="x'*x\n")[1].startswith("df/dx = 2*x\n")


def test_where_and_layout_are_passed_on(run) -> None:
    _, out, _ = run("derive", "x'*S*x", "--wrt", "x", "--where", "S: matrix n n symmetric", "--format", "ascii")
    assert out.startswith("df/dx = 2*S*x\n")
    assert "S: matrix n n symmetric" in out
    assert "layout  numerator" in run("derive", "A*x", "--wrt", "x", "--layout", "numerator")[1]


def test_a_result_with_four_axes_has_two_forms(run) -> None:
    _, out, _ = run("derive", "A*X*B", "--wrt", "X", "--format", "ascii")
    assert "kron(" in out
    assert "  entries " in out


def test_json(run) -> None:
    code, out, _ = run("derive", LEAST_SQUARES, "--wrt", "x", "--format", "json")
    answer = json.loads(out)
    assert code == 0
    assert set(answer) == {
        "schema_version", "expression", "wrt", "layout", "result", "shape", "order", "index", "vec", "variables", "notes", "reading", "verified", "verification",
        "left", "named", "symbols", "vec_latex", "index_latex",
    }  # fmt: skip
    assert answer["schema_version"] == 2
    assert answer["result"]["ascii"] == "2*A'*(A*x - b)"
    assert set(answer["variables"]) == {"A", "x", "b"}
    assert answer["verification"]["ok"] is True
    assert gp.parse(answer["result"]["ascii"], where=answer["variables"]).shape == tuple(answer["shape"])


# -- errors


def test_errors_show_the_place_and_a_hint(run) -> None:
    code, out, err = run("derive", "A*x + sofmax(x)", "--wrt", "x")
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert "^^^" in err
    assert "softmax" in err


def test_errors_as_json(run) -> None:
    code, out, err = run("derive", "A*x + sofmax(x)", "--wrt", "x", "--format", "json")
    error = json.loads(out)["error"]
    assert code == 2
    assert err
    assert set(error) == {"code", "message", "field", "span", "hint", "repairs", "understood"}
    assert "A*x + sofmax(x)"[slice(*error["span"])].startswith("sofmax")


@pytest.mark.parametrize(
    "argv",
    [
        ["derive", "svd(A)", "--wrt", "A"],
        ["derive", "x'*x", "--wrt", "x", "--code", "fortran"],
        ["code", "x'*A*x", "--wrt", "x", "--target", "fortran"],
    ],
)
def test_later_work_is_refused_by_name(run, argv: list[str]) -> None:
    code, out, err = run(*argv)
    assert (code, out) == (3, "")
    assert "not supported yet" in err


def test_code_is_printed_and_written(run, tmp_path) -> None:
    assert run("derive", "x'*A*x", "--wrt", "x", "--code", "jax")[1].startswith("import jax.numpy as jnp")
    code, out, err = run(
        "code", "-x'*A*x", "--wrt", "x", "--value", "--hessian", "--name", "form", "--out", str(tmp_path / "form.py")
    )
    assert (code, out, err) == (0, "", "")
    shown = subprocess.run([sys.executable, str(tmp_path / "form.py")], capture_output=True, text=True, check=True)
    assert "second derivative against differences" in shown.stdout
    assert run("code", "x'*x", "--wrt", "x", "--name", "lambda")[0] == 2


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["derive"],
        ["derive", "x", "--wrt"],
        ["derive", "x", "--wrt", "x", "--layout", "other"],
        ["nothing"],
    ],
)
def test_usage_errors(run, argv: list[str]) -> None:
    code, out, err = run(*argv)
    assert (code, out) == (2, "")
    assert "usage:" in err


def test_version_and_help(run) -> None:
    assert run("--version")[:2] == (0, f"gradproof {gp.__version__}\n")
    assert "exit codes" in run("--help")[1]


@pytest.mark.parametrize("form", ["unicode", "json"])
def test_a_refuted_result_is_not_printed_and_gives_exit_code_1(run, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = gp.derive("x'*x", wrt="x").verify()
    wrong = type(right)(ok=False, max_relative_error=0.5, points=3, method="exact", reason="they differ by half")
    monkeypatch.setattr(gp.Derivative, "verify", lambda self: wrong)
    code, out, err = run("derive", "x'*x", "--wrt", "x", "--format", form)
    assert code == 1
    assert "2" not in out.replace('"schema_version": 2', "").replace("2 is", "")
    assert "they differ by half" in err
    assert form == "unicode" or json.loads(out)["error"]["code"] == "verification"


def test_how_it_was_verified_is_said_in_both_languages_and_in_json(run) -> None:
    assert "verified: exactly, at 3 random rational points" in run("derive", "x'*A*x", "--wrt", "x")[1]
    assert "已验证：在 3 个随机有理点上精确成立" in run("derive", "x'*A*x", "--wrt", "x", "--lang", "zh")[1]
    assert "(dual numbers)" in run("derive", "sum(exp(x))", "--wrt", "x")[1]
    answer = json.loads(run("derive", "x'*A*x", "--wrt", "x", "--format", "json")[1])
    assert answer["verified"] is True
    assert answer["verification"]["method"] == "exact"
    assert json.loads(run("derive", "x'*A*x", "--wrt", "x", "--format", "json", "--no-verify")[1])["verified"] is None


def test_what_cannot_be_verified_is_printed_with_the_reason(run) -> None:
    code, out, _ = run("derive", "sqrt(-x'*x - 1)", "--wrt", "x")
    assert code == 1
    assert "could not verify: no point was found inside the domain: sqrt needs x > 0" in out


# -- batch


def test_batch_answers_line_by_line_and_never_stops(run, tmp_path: Path) -> None:
    requests = tmp_path / "requests.jsonl"
    lines = [
        b'\xef\xbb\xbf{"id": "a", "expression": "x\'*x", "wrt": "x"}',
        b"",
        b"not json",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"expression": "x"}',
        b'{"expression": "x", "wrt": []}',
        b'{"expression": "x", "wrt": "x", "wtr": 1}',
        b'{"id": [1], "expression": "sofmax(x)", "wrt": "x"}',
        b'{"id": "\\ud800", "expression": "svd(A)", "wrt": "A"}',
        b'{"expression": "x\'*A*x", "wrt": ["x", "x"], "where": {"A": "matrix n n symmetric"}, "verify": false}',
    ]
    requests.write_bytes(b"\n".join(lines))
    code, out, err = run("batch", str(requests))
    answers = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (2, "")
    assert [answer["line"] for answer in answers] == [1, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert all(answer["schema_version"] == 2 for answer in answers)
    assert (answers[0]["id"], answers[0]["result"]["ascii"]) == ("a", "2*x")
    assert [answer["error"]["code"] for answer in answers[1:-1]] == ["parse"] * 7 + ["unsupported"]
    assert answers[7]["id"] == [1]
    assert answers[-1]["result"]["ascii"] == "2*A"
    assert answers[-1]["verification"] is None


@pytest.mark.parametrize(
    ("lines", "expected"), [(["x'*x"], 0), (["x'*x", "svd(A)*x"], 3), (["x'*x", "svd(A)*x", "x'*"], 2), ([], 0)]
)
def test_the_exit_code_of_a_batch(run, lines: list[str], expected: int) -> None:
    requests = "\n".join(json.dumps({"expression": line, "wrt": "x"}) for line in lines)
    assert run("batch", "-", stdin=requests)[0] == expected


def test_a_defect_does_not_end_a_batch(run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("broken")

    monkeypatch.setattr(gp, "derive", broken)
    code, out, _ = run("batch", "-", stdin='{"expression": "x", "wrt": "x"}\n')
    assert code == 2
    assert json.loads(out)["error"]["message"] == "ZeroDivisionError: broken"


def test_a_missing_file(run, tmp_path: Path) -> None:
    code, _, err = run("batch", str(tmp_path / "nothing.jsonl"))
    assert code == 2
    assert "nothing.jsonl" in err


# -- processes


def test_a_terminal_without_unicode() -> None:
    done = process(["derive", "x'*A*x", "--wrt", "x"], encoding="ascii")
    assert done.returncode == 0
    assert done.stdout.startswith("df/dx = (A + A')*x\n")
    assert process(["derive", "α'*♞", "--wrt", "x"], encoding="ascii").returncode == 2


def test_json_without_unicode() -> None:
    done = process(["batch", "-"], encoding="ascii", input='{"expression": "x\'*x", "wrt": "x", "id": "∂\\ud800"}\n')
    assert json.loads(done.stdout)["id"] == "∂\ud800"


def test_the_reader_goes_away(tmp_path: Path) -> None:
    requests = tmp_path / "requests.jsonl"
    requests.write_text('{"expression": "x\'*x", "wrt": "x", "verify": false}\n' * 2000, "utf-8")
    code = "import sys; from gradproof.cli.main import main; sys.exit(main())"
    with subprocess.Popen(
        [sys.executable, "-c", code, "batch", str(requests)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        child.stdout.readline()
        child.stdout.close()
        errors = child.stderr.read()
    assert (child.returncode, errors) == (0, b"")


def test_without_its_check_a_derivation_does_not_load_numpy() -> None:
    code = "import sys; from gradproof.cli.main import main; main(['derive', \"x'*x\", '--wrt', 'x', '--no-verify']); sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False).returncode == 0


@pytest.mark.parametrize(("lang", "words"), [("en", "CONVEX in w"), ("zh", "凸函数"), ("fr", "CONVEXE en w")])
def test_a_hessian_says_whether_the_formula_is_convex_and_why(run, lang: str, words: str) -> None:
    asked = (
        "derive",
        "sum(log(1 + exp(-y.*(X*w))))",
        "--wrt",
        "w",
        "--wrt",
        "w",
        "--where",
        "X: matrix m n",
        "--lang",
        lang,
    )
    code, out, _ = run(*asked)
    assert code == 0
    assert words in out
    assert "Mᵀ D M" in out
    assert words in run(*asked, "--steps")[1]
    assert json.loads(run(*asked, "--json")[1])["convexity"]["verdict"] == "convex"


def test_only_a_hessian_of_a_scalar_says_whether_it_is_convex(run) -> None:
    assert (
        "NEITHER" in run("derive", "x'*A*x", "--order", "2")[1]
        or "NEITHER" in run("derive", "x'*A*x", "--wrt", "x", "--order", "2")[1]
    )
    for asked in (
        ["x'*A*x", "--wrt", "x"],
        ["x'*A*y", "--wrt", "x", "--wrt", "y"],
        ["exp(A*x)", "--wrt", "x", "--wrt", "x"],
    ):
        assert "convex" not in run("derive", *asked)[1].lower()
