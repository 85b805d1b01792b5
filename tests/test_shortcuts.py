"""What the engine leaves out to be fast changes no result: laws that are not about a product, and products that wait."""

from __future__ import annotations

import pytest

import gradproof as gp
from corpus_entries import ENTRIES, declarations
from gradproof.engine import canonical, contract, merge, operand
from gradproof.engine.laws import rewrites

PLAIN = [
    e for e in ENTRIES.values() if "form" not in e and "complex_mode" not in e and not e.get("structure")
]  # what `derive` is asked by names alone


def results() -> dict[str, str]:
    found = {}
    for e in PLAIN:
        try:
            found[e["id"]] = gp.derive(e["expr"], wrt=e["wrt"], where=declarations(e), verify=False).result.ascii
        except gp.GradproofError as error:
            found[e["id"]] = str(error)
    return found


@pytest.fixture(scope="module")
def expected() -> dict[str, str]:
    return results()


def test_laws_that_are_not_about_a_product_leave_it(expected: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    everything = tuple(law.rewrite() for law in rewrites.product)
    for module in (contract, canonical):
        monkeypatch.setattr(module, "laws", lambda within: everything)
    assert results() == expected


def test_laws_that_are_not_about_a_sum_leave_it(expected: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    everything = tuple(law.rewrite() for law in rewrites.sum)
    monkeypatch.setattr(contract, "sum_laws", lambda within: everything)
    assert results() == expected


def test_products_that_are_made_at_once_are_those_of_the_general_way(
    expected: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contract, "at_once", lambda *_: None)
    assert results() == expected


def test_results_that_are_not_multiplied_out_have_no_shorter_form(
    expected: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge, "_monomials", lambda *_: None)
    assert results() == expected


def test_products_that_wait_are_those_that_are_put_together_at_once(
    expected: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operand, "LONGEST", 0)
    assert results() == expected


def test_a_number_before_a_product_does_not_part_it_from_its_equal() -> None:
    where = "A: matrix n n; B: matrix n k; K: matrix k n; Q: matrix n n posdef; R: matrix k k posdef; x: vector n"
    d = gp.derive("x'*(A - B*K)'*(A - B*K)'*Q*(A - B*K)*(A - B*K)*x + x'*K'*R*K*x", wrt="K", where=where)
    source = d.compile().source_for(n=1000, k=250).split('"""')[-1]
    assert source.count("Q @") == 1
    assert source.count("B.T @") == 2  # of Q*(A - B*K)^2*x, and of what A' and K' make of that
