"""The command line is made of one description: help, completions, and every option is obeyed or refused, in every language."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradproof as gp
from gradproof.cli import common
from gradproof.cli.commands import every
from gradproof.cli.completion import SHELLS
from gradproof.cli.main import main
from gradproof.cli.option import Command, Option, Usage, parsed
from gradproof.languages import LANGUAGES
from gradproof.say import say
from gradproof.service import answer

every_command = pytest.mark.parametrize("command", every(), ids=lambda c: c.name)


@every_command
@pytest.mark.parametrize("lang", LANGUAGES)
def test_help_names_every_option(command: Command, lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command.name, "--help", "--lang", lang]) == 0
    out = capsys.readouterr().out
    assert all(name in out for o in command.options for name in o.names)
    assert command.what.told(lang) in out
    assert lang == "en" or command.what not in out


def test_code_as_json_is_what_the_service_answers(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["code", "log(sum(exp(A*x)))", "--wrt", "x", "--target", "np", "--hessian", "--json"]
    assert main(asked) == 0
    found = json.loads(capsys.readouterr().out)
    request = {"expression": "log(sum(exp(A*x)))", "wrt": "x", "target": "numpy", "hessian": True}
    assert found == json.loads(json.dumps(answer(request, "code").body))
    names: dict[str, Any] = {}
    exec(found["source"], names)  # noqa: S102
    A, x = np.array([[1.0, 2.0], [0.0, -1.0], [3.0, 1.0]]), np.array([0.5, -0.25])
    p = np.exp(A @ x) / np.exp(A @ x).sum()
    assert np.allclose(names["hessian"](A, x), A.T @ (np.diag(p) - np.outer(p, p)) @ A)
    assert main(["code", "x'*", "--wrt", "x", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "parse"


@every_command
def test_names_are_options_of_one_command_once(command: Command) -> None:
    names = [name for o in command.options for name in o.names]
    assert len(set(names)) == len(names)
    assert len({o.key for o in command.options}) == len(command.options)
    for option in command.options:
        for other in (*option.needs, *option.excludes, *command.one_of):
            assert other in names, other


@pytest.mark.parametrize("shell", SHELLS)
def test_completions_name_every_option(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    out = capsys.readouterr().out
    for command in every():
        assert command.name in out
        assert all(name.removeprefix("--") in out for o in command.options for name in o.names)


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("gradproof der", "derive"),
        ("gradproof derive --lay", "--layout"),
        ("gradproof derive --layout num", "numerator"),
        ("gradproof derive --layout = num", "numerator"),  # as bash parts a word
        ("gradproof derive x --target jul", "julia"),
        ("gradproof completion z", "zsh"),
        ("gradproof derive x --wrt ", ""),
        ("gradproof check --steps ", ""),  # a file, which the shell completes
    ],
)
def test_bash_completes(typed: str, offered: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["completion", "bash"])
    words = typed.split(" ")
    listed = " ".join(f'"{w}"' for w in words)
    script = f'{capsys.readouterr().out}\nCOMP_WORDS=({listed}); COMP_CWORD={len(words) - 1}; _gradproof; echo "${{COMPREPLY[*]}}"'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == offered.split()


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["derive", "x'*x", "--wrt", "x", "--detail", "full"], "--detail says nothing without --steps"),
        (["derive", "x'*x", "--wrt", "x", "--code", "jax", "--format", "json"], "cannot both be obeyed"),
        (["derive", "x'*x", "--latex", "--notation", "ascii"], "cannot both be obeyed"),
        (["derive", "x'*x", "--layout", "mixed", "--layout", "numerator"], "--layout is given twice"),
        (["derive", "x'*x", "--laout", "mixed"], "did you mean --layout?"),
        (["derive", "x'*x", "y"], "'y' is one argument too many"),
        (["derive", "x'*x", "--no-verify=1"], "--no-verify takes no value"),
        (["derive", "x'*x", "--order", "two"], "--order cannot be two"),
        (["derive", "x'*x", "--lang", "tlh"], "--lang cannot be tlh"),
        (["check", "x'*x", "--wrt", "x"], "exactly one of --claim, --steps"),
        (["code", "x'*x", "--hessian", "--autograd"], "cannot both be obeyed"),
        (["derive", "x'*x", "--parts", "never", "--json"], "--parts and --json cannot both be obeyed"),
        (["derive", "x'*x", "--parts", "never", "--picture", "shapes"], "--parts and --picture cannot both be obeyed"),
        (["derive", "x'*x", "--numeric", "--method", "entries"], "--method says nothing without --steps or --hint"),
        (["derive", "x'*x", "--target", "jax", "--json"], "--json and --target cannot both be obeyed"),
        (
            ["minimize", "x'*x", "--over", "x", "--data", "d.npz", "--format", "latex"],
            "--data and --format latex cannot both be obeyed",
        ),
        *(
            (["serve", name, value], f"{name} cannot be {value}")
            for name, value in (
                ("--workers", "0"),
                ("--workers", "-2"),
                ("--port", "-1"),
                ("--port", "70000"),
                ("--seconds", "0"),
                ("--seconds", "nan"),
                ("--seconds", "inf"),
                ("--queue", "-1"),
            )
        ),
        (["schema", "--lang", "de"], "there is no option --lang"),
        (["completion", "csh"], "SHELL is bash, zsh or fish, not csh"),
        (["dervie", "x"], "there is no command dervie"),
    ],
)
def test_nothing_is_ignored_or_overridden(argv: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    out, err = capsys.readouterr()
    assert not out
    assert said in err
    assert err.startswith("usage: gradproof")


@pytest.mark.parametrize("target", ["jax", "torch", "array-api"])
def test_a_second_derivative_beside_the_first_for_every_target(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    module = {"jax": "jax.numpy", "torch": "torch", "array-api": "numpy"}[target]
    if target == "array-api" and int(np.__version__.split(".")[0]) < 2:
        pytest.skip("arrays of this NumPy are not of the standard")
    library = pytest.importorskip(module)
    assert main(["code", "log(sum(exp(A*x)))", "--wrt", "x", "--hessian", "--target", target]) == 0
    code: dict[str, Any] = {}
    exec(capsys.readouterr().out, code)  # noqa: S102
    A, x, h = np.array([[1.0, -0.5], [0.3, 2.0], [-1.0, 0.7]]), np.array([0.2, -0.4]), 1e-3
    f = lambda v: np.log(np.sum(np.exp(A @ v)))  # noqa: E731
    e = h * np.eye(2)
    slope = [(f(x + e[i]) - f(x - e[i])) / (2 * h) for i in range(2)]
    bend = [[(f(x + e[i] + e[j]) - f(x + e[i] - e[j]) - f(x - e[i] + e[j]) + f(x - e[i] - e[j])) / (4 * h * h) for j in range(2)] for i in range(2)]  # fmt: skip
    given = {"A": library.asarray(A), "x": library.asarray(x)}
    np.testing.assert_allclose(np.asarray(code["gradient"](**given)), slope, rtol=1e-4)
    np.testing.assert_allclose(np.asarray(code["hessian"](**given)), bend, rtol=1e-3)


def test_json_is_a_format_and_says_what_was_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "x'*x", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["notes"] == ["differentiated by x, the one variable"]
    for more in (["--format", "latex"], ["--hint", "1"], ["--numeric"], ["--code", "numpy"]):
        assert main(["derive", "x'*x", "--json", *more]) == 2
        assert re.search("--json|--format", capsys.readouterr().err)


def test_a_hint_is_of_the_method(capsys: pytest.CaptureFixture[str]) -> None:
    counts = []
    for method in ("rules", "differential"):
        assert main(["derive", "x'*A*x", "--wrt", "x", "--hint", "--method", method]) == 0
        counts.append(capsys.readouterr().out.splitlines()[-1])
    assert counts[0] != counts[1]


def test_json_has_its_notes_in_the_language(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    formula = r"\sum_i (y_i - x_i^\top w)^2"
    main(["check", formula, "--wrt", "w", "--claim", "X'(Xw-y)", "--json", "--lang", "zh"])
    notes = json.loads(capsys.readouterr().out)["notes"]
    assert notes
    assert all("读作" in note for note in notes)
    path = tmp_path / "asked"
    request = {"expression": formula, "wrt": "w", "claim": "X'(Xw-y)", "command": "check"}
    path.write_text("".join(json.dumps({**request, "lang": lang}) + "\n" for lang in ("en", "fr")), "utf-8")
    main(["batch", str(path), "--lang", "zh"])
    first, second = (json.loads(line)["notes"][0] for line in capsys.readouterr().out.splitlines())
    assert "is read as" in first
    assert "est lu" in second


def test_a_batch_answers_in_the_language(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "requests.jsonl"
    path.write_text('{"expression": "x", "wrt": "q"}\n{"expression": "x", "wrt": "q", "lang": "fr"}\nno\n', "utf-8")
    assert main(["batch", str(path), "--lang", "zh"]) == 2
    said = [json.loads(line)["error"]["message"] for line in capsys.readouterr().out.splitlines()]
    assert said[0] == "公式中没有 q"
    assert said[1] == "q ne figure pas dans la formule"
    assert "JSON" in said[2]
    assert not said[2].startswith("this")


@pytest.mark.parametrize(
    ("argv", "field"),
    [
        (["derive", "x'*S*x", "--wrt", "x", "--where", "S: matrix n n symetric"], "where"),
        (["check", "x'*x", "--wrt", "x", "--claim", "2*x)"], "claim"),
        (["minimize", "x'*x", "--over", "x", "--subject-to", "x = )"], None),
        (["derive", "y'*K*y + logdet(K + s)", "--wrt", "s", "--where", "s: scalar"], "expression"),
    ],
)
def test_an_error_as_json_is_that_of_the_service(
    argv: list[str], field: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*argv, "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    options = dict(zip((o.lstrip("-").replace("-", "_") for o in argv[2::2]), argv[3::2], strict=True))
    options |= {"subject_to": [options["subject_to"]]} if "subject_to" in options else {}
    assert told["error"]["field"] == field
    assert told == answer({"expression": argv[1], **options}, argv[0]).body


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
@pytest.mark.parametrize("argv", [["-V"], ["--help"], ["derive", "--help"], ["schema"], ["completion", "bash"], ["derive", "x'*x"]])  # fmt: skip
def test_a_full_disk_is_told_in_one_line(argv: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "gradproof", *argv], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert (done.returncode, done.stderr) == (2, "error: cannot write: no space left on device\n")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_can_read_their_completions(shell: str, tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")
    main(["completion", shell])
    script = tmp_path / "completions"
    script.write_text(capsys.readouterr().out, "utf-8")
    asked = {"zsh": "autoload -U compinit && compinit -u && source $0", "fish": "source $argv[1]; complete -C 'gradproof derive --layout num'"}[shell]  # fmt: skip
    done = subprocess.run([shell, "-c", asked, str(script)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert shell == "zsh" or done.stdout.split()[0] == "numerator"


@pytest.mark.parametrize(
    ("name", "lang"),
    [("zh", "zh"), ("zh-CN", "zh"), ("zh_CN.UTF-8", "zh"), ("fr_CA@euro", "fr"), ("EN", "en"), ("C", "en"), ("", "en"), ("de_DE.UTF-8", "en")],
)  # fmt: skip
def test_languages_of_the_environment(name: str, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LANG", name)
    assert common.surroundings() == lang
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    assert common.surroundings() == "fr"


def told(argv: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(argv) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def test_everything_is_said_in_the_language(capsys: pytest.CaptureFixture[str]) -> None:
    out = told(["derive", "A*X*B", "--wrt", "X", "--lang", "fr"], capsys)
    assert "disposition dénominateur" in out
    assert "vérifié\u00a0:" in out
    assert "avec    A: matrix m n" in out
    out = told(["derive", "A*X*B", "--wrt", "X", "--lang", "zh-CN"], capsys)
    assert "布局    分母布局" in out
    assert main(["derive", "x'*(", "--wrt", "x", "--lang", "zh"]) == 2
    assert "错误：这个括号没有闭合" in capsys.readouterr().err


def test_the_one_variable_is_found_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert "note    differentiated by x, the one variable" in told(["derive", "x'*x"], capsys)
    assert told(["derive", "x'*x", "--order", "2", "--format", "ascii"], capsys).startswith("d2f/dxdx = 2*eye(n)")
    assert main(["derive", "x'*y"]) == 2
    assert told(["derive", r"\frac{d}{dx} x^\top A x", "--format", "ascii"], capsys).endswith("points\n")


def test_declarations_add_up_and_come_from_files(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "f.txt").write_text("x'*S*x + y'*y\n")
    (tmp_path / "w.txt").write_text("S: matrix n n symmetric\n")
    argv = ["derive", f"@{tmp_path / 'f.txt'}", "--wrt", "x", "--format", "ascii"]
    out = told([*argv, "--where", f"@{tmp_path / 'w.txt'}", "--where", "y: vector 3"], capsys)
    assert out.startswith("df/dx = 2*S*x\n")
    assert "y: vector 3" in out


@pytest.mark.parametrize("name", ["np", "numpy", "pytorch"])
def test_targets_have_other_names(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "def " in told(["derive", "x'*A*x", "--wrt", "x", "--target", name], capsys)


def test_a_mixed_second_derivative_as_code(capsys: pytest.CaptureFixture[str]) -> None:
    source = told(["code", "a'*X*b", "--wrt", "a", "--wrt", "b"], capsys)
    assert source == gp.derive("a'*X*b", ["a", "b"]).compile("numpy").source


def test_an_option_is_one_entry() -> None:
    """As a stranger adds one: it is parsed, helped and completed by being there."""
    points = Option(("--points",), say("the layout"), takes="N", read=int, default=3)  # a text that is there
    command = Command("try", say("the layout"), lambda args: args.points, (points,))
    assert command.run(parsed(command, ["--points", "7"])) == 7
    assert command.run(parsed(command, [])) == 3
    with pytest.raises(Usage, match="--points cannot be many"):
        parsed(command, ["--points=many"])
    assert "--points" in SHELLS["bash"]([command])


def test_python_m_gradproof() -> None:
    done = subprocess.run([sys.executable, "-m", "gradproof", "-V"], capture_output=True, text=True, check=True)
    assert done.stdout == f"gradproof {gp.__version__}\n"
