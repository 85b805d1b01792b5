"""The service: requests in, answers out, as the schema says; bad input gives an error object and never raises."""

from __future__ import annotations

import contextlib
import json
import re

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradproof as gp
from gradproof.ops import TABLE
from gradproof.service import COMMANDS, Object, answer, decoded, encoded, schema
from gradproof.service.fields import FIELDS, fits
from gradproof.service.speech import WORDS, spoken
from gradproof.web.gallery import GALLERY

SCHEMA = schema()
LOGISTIC = r"\sum_{i=1}^{m} \log\left(1 + \exp(-y_i \, w^\top x_i)\right) + \frac{\lambda}{2} \lVert w \rVert_2^2"


def as_schema(name: str) -> Object:
    return {"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]}


def ask(command: str, **request: object) -> Object:
    """The answer, held against the schema."""
    jsonschema.validate(request, as_schema(f"{command}-request"))
    found = answer(request, command)
    assert found.status == 200, found.body
    jsonschema.validate(found.body, as_schema(f"{command}-answer"))
    assert json.loads(encoded(found.body)) == found.body
    return found.body


def refused(command: str, **request: object) -> Object:
    found = answer(request, command)
    assert found.status >= 400
    jsonschema.validate(found.body, as_schema("error"))
    return {"status": found.status, **found.body["error"]}


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["schema_version"] == 2
    for name, command in COMMANDS.items():
        assert set(command.required) <= set(command.fields) <= set(FIELDS), name


@pytest.mark.parametrize("lang", ["en", "zh", "fr"])
def test_derive(lang: str) -> None:
    found = ask("derive", expression=LOGISTIC, wrt="w", where={"lambda": "scalar positive"}, lang=lang, id=[1])
    assert found["id"] == [1]
    assert found["result"]["ascii"] == "lambda*w - X'*(y.*sigmoid(-y.*(X*w)))"
    assert found["left"]["latex"] == r"\frac{\partial f}{\partial w}"
    assert found["verified"] is True
    sets = {s["name"]: s["set"] for s in found["symbols"]}
    assert sets == {"w": r"w \in \mathbb{R}^{n}", "X": r"X \in \mathbb{R}^{m \times n}", "y": r"y \in \mathbb{R}^{m}", "lambda": r"\lambda > 0"}  # fmt: skip
    assert {n["kind"] for n in found["reading"]["notes"]} == {"entry-of-vector", "row-of-matrix", "sum"}


def test_facts_that_can_be_declared_fit_the_kind() -> None:
    found = ask("read", expression="x'*A*x + c")
    names = {s["name"]: {f["name"] for f in s["possible"]} for s in found["symbols"]}
    assert "symmetric" in names["A"]
    assert "simplex" in names["x"]
    assert {"positive", "integer"} <= names["c"]
    assert "symmetric" not in names["c"] | names["x"]
    for s in found["symbols"]:  # each can be declared
        for fact in s["possible"]:
            gp.parse("x'*A*x + c", where={s["name"]: f"{s['declaration']} {fact['name']}"})


def test_steps_have_hints_and_marks() -> None:
    found = ask("steps", expression=LOGISTIC, wrt="w")
    entries = found["page"]["entries"]
    assert len(entries) == found["count"] > 3
    assert r"\htmlClass{next}{\frac{\partial" in entries[0]["right"][0]
    assert r"\htmlClass" not in entries[0]["left"]
    assert r"\htmlClass" not in json.dumps(found["derivation"])
    assert all(e["check"]["ok"] is not False for e in entries)
    assert ask("steps", expression=LOGISTIC, wrt="w", hint=1)["hint"] == entries[0]["hint"]


def test_a_level_of_hints_tells_no_more() -> None:
    asked = {"expression": "norm2(X*w - y)^2", "wrt": "w", "claim": "(X*w - y)'*X"}
    whole = ask("check", **asked)
    assert whole["verdict"] == "wrong"
    assert whole["correct"]["ascii"] == "2*X'*(X*w - y)"
    for level in (1, 2, 3):
        found = ask("check", **asked, hint=level)
        text = json.dumps({**found, "counterexample": None}, ensure_ascii=False).replace(" ", "")
        assert "correct" not in found
        assert ("2*X'" in text, "2Xᵀ" in text) == (False, False)
        assert ("repaired" in text) == (level == 3)
        assert all(("text" in f) == (level > 1) for f in found["findings"])


def test_the_condition_of_a_claim_is_told_at_once_and_not_the_answer() -> None:
    found = ask("check", expression="x'*A*x", wrt="x", claim="2*A*x", hint=1)
    assert (found["verdict"], found["condition"]) == ("right-if", "right if A is symmetric")
    assert "A'" not in json.dumps({**found, "counterexample": None, "expression": ""})


def test_code() -> None:
    found = ask("code", expression="x'*A*x", wrt="x", target="jax")
    compile(found["source"], "source", "exec")
    assert found["needs"] == ["jax"]


def test_convexity() -> None:
    found = ask("convexity", expression="log(sum(exp(A*x)))", wrt="x", lang="fr")
    assert (found["verdict"], found["schema_version"]) == ("convex", 2)
    assert "CONVEXE en x" in found["text"]


def test_minimize() -> None:
    found = ask("minimize", expression="norm2(x)^2", over="x", subject_to="A*x = b")
    assert (found["solution"]["x"]["ascii"], found["kind"]) == ("A'*inv(A*A')*b", "global-minimum")


def test_what_is_not_there_is_refused() -> None:
    assert refused("minimize", expression="x'*x", over="x", manifold="sphere")["status"] == 422


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"expression": "x'*", "wrt": "x"}, 400, "parse"),
        ({"expression": "A*x + A'*y", "wrt": "x", "where": "A: matrix 2 3; y: vector 7"}, 400, "shape"),
        ({"expression": "svd(A)", "wrt": "A"}, 422, "unsupported"),
        ({"expression": "x'*x", "wrt": "x", "layout": "sideways"}, 400, "parse"),
        ({"expression": "x'*x", "wrt": ["x"] * 9}, 400, "parse"),
        ({"expression": "x'*x", "wrt": "x", "lang": "xx"}, 400, "parse"),
        ({"expression": "x'*x", "wrt": "x", "verify": 1}, 400, "parse"),
        ({"expression": "x'*x", "wrt": "x", "surprise": 1}, 400, "parse"),
        ({"expression": "x" * 30_000, "wrt": "x"}, 400, "parse"),
        ({"expression": "(" * 9_000 + "x" + ")" * 9_000, "wrt": "x"}, 0, ""),
        ({"expression": "x'*x", "wrt": "x", "where": "x: matrix 2 3 4 5"}, 400, "parse"),
        ({"wrt": "x"}, 400, "parse"),
        ({}, 400, "parse"),
    ],
)  # fmt: skip
def test_bad_requests(request_: Object, status: int, code: str) -> None:
    found = answer(request_)
    if found.status != 200:
        jsonschema.validate(found.body, as_schema("error"))
        assert not status or (found.status, found.body["error"]["code"]) == (status, code)
    assert found.status == (status or found.status)
    assert found.status < 500


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(FIELDS)) | st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
FORMULAS = st.sampled_from(["x'*A*x", "x", "norm2(A*x-b)^2", "\\log", "x'*", "", "\x00", "∂", "A*x +"])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.fixed_dictionaries({}, optional={**dict.fromkeys(FIELDS, JSON), "expression": FORMULAS, "command": st.sampled_from(sorted(COMMANDS)), "wrt": st.just("x"), "claim": FORMULAS}))  # fmt: skip
def test_any_json_gives_an_answer_or_our_error(request_: Object) -> None:
    found = answer(request_)
    if found.status != 200:
        jsonschema.validate(found.body, as_schema("error"))
        assert found.status in (400, 422)
    encoded(found.body)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=60))
def test_any_bytes_are_json_or_refused(data: bytes) -> None:
    with contextlib.suppress(gp.ParseError):
        assert answer(decoded(data)).status in (200, 400, 422)


def test_a_defect_of_ours_is_said_and_does_not_raise(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **named: object) -> None:
        raise KeyError("inner")

    monkeypatch.setattr(gp, "derive", broken)
    found = refused("derive", expression="x'*x", wrt="x")
    assert (found["status"], found["code"]) == (500, "defect")


@pytest.mark.parametrize(
    ("expression", "kinds"),
    [
        ("y'*K*y + logdet(K + s)", ["diagonal", "entries"]),
        (r"y^\top K y + \log\det(K + s)", ["diagonal", "entries"]),
        ("sofmax(K*y) + s*y", ["name"]),
        ("s*exp(y'*y", ["bracket"]),
    ],
)
def test_repairs_were_tried(expression: str, kinds: list[str]) -> None:
    found = refused("derive", expression=expression, wrt="y", where="s: scalar")
    assert [r["kind"] for r in found["repairs"]] == kinds
    for repair in found["repairs"]:
        assert ask("derive", expression=repair["expression"], wrt="y", where="s: scalar")["verified"]


@pytest.mark.parametrize(
    ("request_", "notation", "known"),
    [
        (
            {"expression": r"y^\top K y + \log\det(K + s)", "where": "s: scalar"},
            "latex",
            "y: vector n; K: matrix n n; s: scalar",
        ),
        ({"expression": "norm2(A*y - b"}, "ascii", "A: matrix m n; y: vector n; b: vector m"),
        ({"expression": "y'*A*y + blub(y)"}, "ascii", "y: vector n; A: matrix n n"),  # what stands before the error
        ({"expression": "y'*S*y", "where": {"S": "matrix n n symetric"}}, "ascii", "y: vector n; S: matrix n n"),
        ({"expression": "y'*A*y", "wrt": "q"}, "ascii", "y: vector n; A: matrix n n"),
    ],
)
def test_an_error_says_what_was_understood(request_: dict[str, object], notation: str, known: str) -> None:
    found = refused("derive", **{"wrt": "y", **request_})["understood"]
    assert found["notation"] == notation
    assert "; ".join(f"{s['name']}: {s['declaration']}" for s in found["symbols"]) == known


@pytest.mark.parametrize(("expression", "wrt"), [("z*conj(z)", "conj(z)"), ("x'*A*x", "x[2]"), ("logdet(S)", "vech(S)")])  # fmt: skip
def test_a_formula_is_read_by_a_part_of_a_variable(expression: str, wrt: str) -> None:
    assert ask("read", expression=expression, wrt=wrt)["free"]


def test_code_of_the_second_derivative_too() -> None:
    numpy = pytest.importorskip("numpy")
    found = ask("code", expression="log(sum(exp(A*x)))", wrt="x", hessian=True)["source"]
    assert found.count("import numpy") == found.count("def _array") == 1
    code: dict[str, object] = {}
    exec(found, code)  # noqa: S102
    A, x, h = numpy.array([[1.0, -0.5], [0.3, 2.0], [-1.0, 0.7]]), numpy.array([0.2, -0.4]), 1e-5
    slope = [code["gradient"](A=A, x=x + h * e) - code["gradient"](A=A, x=x - h * e) for e in numpy.eye(2)]
    numpy.testing.assert_allclose(code["hessian"](A=A, x=x), numpy.array(slope) / (2 * h), rtol=1e-6)
    assert refused("code", expression="x'*A*x", wrt=["x", "x"], hessian=True)["code"] == "unsupported"


def test_what_cannot_be_read_is_not_told_as_understood() -> None:
    assert refused("derive", expression="((((", wrt="x")["understood"] is None
    assert refused("derive", expression=5, wrt="x")["understood"] is None


def test_the_schema_check_of_the_table_is_that_of_json_schema() -> None:
    values = [
        None,
        True,
        1,
        0,
        1001,
        1.5,
        "x",
        "",
        "denominator",
        [],
        ["x"],
        ["x", 1],
        {},
        {"A": "matrix m n"},
        {"A": 1},
        ["x"] * 9,
    ]
    for field in FIELDS.values():
        for value in values:
            assert fits(value, field.schema) == jsonschema.Draft202012Validator(field.schema).is_valid(value), (
                field,
                value,
            )


def test_every_spoken_word_is_that_of_an_operation() -> None:
    own = {"", "and", "long", "function", "open", "close", "is", "at", "over", "slope", "slopes", "change", "bend"}
    own |= {f"bends-{verdict}" for verdict in ("convex", "concave", "affine", "neither")}
    assert all(set(words) - own <= set(TABLE) for words in WORDS.values())
    assert len({frozenset(words) for words in WORDS.values()}) == 1
    assert spoken(gp.parse("2*X'*(y - z)")) == "2 times X transpose times the quantity y minus z"
    assert spoken(gp.parse("exp(x)'*x"), "zh")


@pytest.mark.parametrize("lang", WORDS)
def test_no_two_formulas_are_spoken_alike(lang: str) -> None:
    """Every tree of up to two operations below a third, over scalars and over square matrices."""
    signs = ["({}+{})", "({}-{})", "({}*{})", "({}/{})", "({}^{})"]
    heard: dict[str, str] = {}
    for leaves, alone, two in ((("a", "b", "c"), ("exp({})", "log({})", "(-{})"), signs), (("A", "B", "C"), ("inv({})", "({})'", "(-{})", "expm({})"), signs[:3])):  # fmt: skip
        small = [*leaves[:2], *(f.format(leaves[0]) for f in alone), *(f.format(*leaves[:2]) for f in two)]
        small += [f.format(s) for f in alone for s in small] + [f.format(s, leaves[2]) for f in two for s in small]
        small += [f.format(leaves[2], s) for f in two for s in small]
        for text in small:
            e = gp.parse(text, "a: scalar; b: scalar; c: scalar; A: matrix n n; B: matrix n n; C: matrix n n")
            assert heard.setdefault(spoken(e, lang), e.ascii) == e.ascii, spoken(e, lang)
    assert len(heard) > 100


def test_a_formula_is_spoken_as_it_is_meant() -> None:
    assert (
        spoken(gp.parse("norm2(X*w - y)^2")) == "the norm of the quantity X times w minus y end quantity to the power 2"
    )
    assert spoken(gp.parse("(x - y)'*W*x")) == "the quantity x minus y end quantity transpose times W times x"
    assert spoken(gp.parse("tr(inv(S)*A)")) == "the trace of the quantity the inverse of S times A"


@pytest.mark.parametrize(
    ("formula", "wrt", "method", "lang", "heard"),
    [
        ("norm2(A*x - b)^2", "x", "rules", "en", "equals the derivative of the quantity A times x end quantity by x minus the derivative of b by x"),
        ("sum(relu(1 - y.*(X*w)).^2)", "w", "rules", "fr", "la dérivée de f par rapport à w"),  # a name's meaning with a formula in it was a defect
        ("x'*A*x", ["x", "x"], "rules", "en", "the derivative of order 2 of f by x and x"),
        ("x'*A*x", "x", "entries", "en", "the sum over i and j of x sub i times A sub i j times x sub j"),
        ("-y'*log(softmax(W*x))", "W", "differential", "zh", "f 的微分"),
        ("tr(inv(X'*C*X)*(X'*B*X))", "X", "differential", "fr", "la différentielle de U"),
    ],
)  # fmt: skip
def test_steps_are_spoken_in_words(formula: str, wrt: str, method: str, lang: str, heard: str) -> None:
    page = answer({"expression": formula, "wrt": wrt, "method": method, "lang": lang}, "steps").body["page"]
    lines = [line for e in page["entries"] for line in (e, *e["more"])]
    said = [text for line in lines for text in line["spoken"]]
    assert any(heard in text for text in said)
    assert all(len(line["spoken"]) in (len(line["right"]) + 1, 2) for line in lines)
    said += [e["heard"]["hint"] for e in page["entries"]]
    assert not [text for text in said if re.search(r"[\\\0∂⊙⊘ᵀ⁻Σ√′$*^]", text)]


@pytest.mark.long
@pytest.mark.parametrize("lang", WORDS)
def test_every_example_of_the_gallery_has_an_answer(lang: str) -> None:
    for e in GALLERY:
        asked = {"expression": e.expression, "wrt": e.wrt.split(), "where": e.where or None, "lang": lang}
        for command in ("read", "derive", "steps", "code"):
            assert answer(asked, command).status == 200, (e.en, command)


@pytest.mark.parametrize(
    ("asked", "command", "field", "part"),
    [
        ({"expression": "y'*K*y + (y", "wrt": "y"}, "derive", "expression", "("),
        ({"expression": "y'*K*y + c*y'*y", "wrt": "y", "where": "K: matrix n n; c: scalr"}, "derive", "where", "scalr"),
        ({"expression": "y'*K*y", "wrt": "y", "where": {"K": "matrix n n symetric"}}, "derive", "where", "symetric"),
        ({"expression": "y'*K*y", "wrt": "y", "claim": "2*K*y+"}, "check", "claim", "+"),
    ],
)
def test_an_error_names_the_field_whose_text_its_place_is_in(
    asked: Object, command: str, field: str, part: str
) -> None:
    error = answer(asked, command).body["error"]
    assert error["field"] == field
    text = asked[field] if isinstance(asked[field], str) else asked[field]["K"]
    assert text[slice(*error["span"])] == part
    assert field == "expression" or error["repairs"] == []  # those are edits of the formula


def test_a_place_in_a_text_that_nobody_sent_is_not_told() -> None:
    error = answer({"expression": "y'*y", "over": "y", "subject_to": "sum(y = 1"}, "minimize").body["error"]
    assert (error["field"], error["span"]) == (None, None)


@pytest.mark.parametrize(("lang", "words"), [("en", "needs (i, j)"), ("zh", "需要"), ("fr", "demande")])
def test_why_a_claim_does_not_fit_is_told_in_the_language_and_when_its_place_is(lang: str, words: str) -> None:
    asked = {"expression": "norm2(A*x - b)^2", "wrt": "x", "claim": "2*A*(A*x - b)", "lang": lang}
    assert words in answer(asked, "check").body["error"]["message"]
    assert answer({**asked, "hint": 1}, "check").body["error"] is None  # it names the place
    assert words in answer({**asked, "hint": 2}, "check").body["error"]["message"]


def test_why_nothing_can_be_told_of_a_claim_is_said_at_once() -> None:
    asked = {"expression": "sum(erf(x))", "wrt": "x", "claim": "1.1283791670955126*exp(-x.^2)", "hint": 1, "lang": "zh"}
    found = answer(asked, "check").body
    assert found["verdict"] == "unknown"
    assert "常数被舍入" in found["text"]


@pytest.mark.parametrize("lang", ["zh", "fr"])
def test_whatever_can_be_said_in_a_language_is(lang: str) -> None:
    """Notes, reasons and messages of parts were in English."""
    logistic = {"expression": r"\sum_{i=1}^{m} \log(1 + \exp(-y_i w^\top x_i))", "wrt": "w", "lang": lang}
    found = json.dumps(
        [answer({**logistic, "claim": claim}, "check").body for claim in ("2*w", "inv(X)*w")], ensure_ascii=False
    )
    outside = answer({"expression": "log(-1)*x", "wrt": "x", "lang": lang}, "derive").body["verification"]["reason"]
    assert not [words for words in ("is read as", "verified:", "needs (i, i)", "standing upright") if words in found]
    assert outside
    assert "no point" not in outside
