"""Theorems that rest on fixed matrices: the checker finds the identity right itself, and rejects what is forged.

Each forged file takes one check out of a copy of the checker, which then accepts what the evaluator finds false.
"""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

from symconv import Conv, SymconvError, prove
from symconv.verify import Rejected, check
from tests.checker.forging import Json, falsehood, polynomial, step, term, theorem
from tests.checker.test_forgeries import checker_with

AT: list[list[Any]] = [[1, 1, 1, 0], [0, 1, -1, 1]]
G: list[list[Any]] = [[1, 0, 0], ["1/2", "1/2", "1/2"], ["1/2", "-1/2", "1/2"], [0, 0, 1]]
BT: list[list[Any]] = [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, -1, 0, 1]]
START = term("C[i, l]", "A[l, k]", "B[l, q]", "w[k]", "X[q]", bound="l k q")
INSIDE = ("[i >= 0]", "[1 - i >= 0]")
OTHERS = ("w[k]", "X[q]")
SHAPES = {"C": "2, 4", "A": "4, 3", "B": "4, 4", "X": "4", "w": "3"}
SQUARE = {"C": "2, 2", "A": "2, 2", "B": "2, 2", "X": "2", "w": "2"}


def numbers(*matrices: Any, flipped: int = 0) -> list[Json]:
    return [{"tensors": ["C", "A", "B"], "flipped": flipped, "matrices": list(matrices or (AT, G, BT))}]


def roots(order: str = "2", signs: Any = (1, 1, -1), inverse: Any = (1, 0, 0)) -> list[Json]:
    return [
        {"tensors": ["C", "A", "B"], "order": polynomial(order), "signs": list(signs), "inverse": list(inverse)},
    ]  # fmt: skip


def with_(bracket: str, *more: str, bound: str = "k q", start: Json = START, **assumed: Any) -> Json:
    """That the sum over l is the bracket."""
    result = term("w[k]", "X[q]", bracket, *more, bound=bound)
    return theorem([start], [step("bilinear identity", [result])], **{**SHAPES, **assumed})


RIGHT = with_("[q - i - k = 0]", *INSIDE, identities=numbers())
RIGHT_ROOTS = with_("[q - i - k - 2*r = 0]", *INSIDE, bound="k q r", identities=roots(), **SQUARE)

WRONG_G = [[1, 0, 0], ["1/2", "1/2", "1/2"], ["1/2", "-1/2", 1], [0, 0, 1]]
FORGED: dict[str, tuple[tuple[str, str], Json]] = {
    "a number is wrong": (
        ("            if total != (i == q + k if flipped else q == i + k):", "            if False:"),
        with_("[q - i - k = 0]", *INSIDE, identities=numbers(AT, WRONG_G, BT)),
    ),
    "a correlation is no convolution": (
        ("            if total != (i == q + k if flipped else q == i + k):", "            if False:"),
        with_("[q + k - i = 0]", *INSIDE, identities=numbers(flipped=1)),
    ),
    "1/N is missing": (
        ("        if sorted(inverse) != [0, 0, 1]:", "        if False:"),
        with_("[q - i - k - 2*r = 0]", *INSIDE, bound="k q r", identities=roots(inverse=(0, 0, 0)), **SQUARE),
    ),
    "there are more products than roots": (
        ("any(s[at] != order for s, at in zip(shapes, (1, 0, 0)))", "False"),
        with_("[q - i - k - r = 0]", *INSIDE, bound="k q r", identities=roots("1"), **SQUARE),
    ),
    "the place is outside the matrix": (
        ("or follows(the(one), with_them, step, assumed) for one in inside", "or True for one in inside"),
        with_("[q - i - k = 0]", identities=numbers()),
    ),
    "the product is in another place": (
        ("v in term[2] and v not in used", "v in term[2]"),
        with_("[q - i - k = 0]", *INSIDE, "f[l]", f=None, identities=numbers(),
              start=term("f[l]", "C[i, l]", "A[l, k]", "B[l, q]", *OTHERS, bound="l k q")),
    ),
    "one entry has another product": (
        ("if not (fits and at == left == right) or", "if not (fits and at == left) or"),
        with_("[q - i - k = 0]", *INSIDE, identities=numbers(),
              start=term("C[i, l]", "A[l, k]", "B[2, q]", *OTHERS, bound="l k q")),
    ),
    "the sum is not over the products": (
        ("v in term[2] and v not in used", "v not in used"),
        with_("[q - i - k = 0]", *INSIDE, identities=numbers(),
              start=term("C[i, l]", "A[l, k]", "B[l, q]", *OTHERS, bound="k q")),
    ),
    "there are more products than the first": (
        ("not at and shape[1] == const(1)", "not at"),
        with_("[q - i - k = 0]", *INSIDE, identities=numbers(),
              start=term("C[i, 0]", "A[0, k]", "B[0, q]", *OTHERS, bound="k q")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_only_this_check_rejects(name: str) -> None:
    change, data = FORGED[name]
    assert falsehood(data) is not None
    with pytest.raises(Rejected):
        check(data)
    weak: Any = checker_with(change)
    weak.check(data)


@pytest.mark.parametrize("data", [RIGHT, RIGHT_ROOTS])
def test_right_files_are_accepted(data: Json) -> None:
    assert falsehood(data) is None
    assert any("C" in line for line in check(data).assumptions)


REJECTED: list[tuple[str, Json]] = [
    ("add up to", with_("[q - i - k - 2*r = 0]", *INSIDE, bound="k q r", identities=roots(signs=(1, 1, 1)), **SQUARE)),
    ("add up to", with_("[q - i - k - 2*r = 0]", *INSIDE, bound="k q r", identities=roots(signs=(1, 1, 2)), **SQUARE)),
    ("divided by", with_("[q = 0]", bound="k q", identities=roots(inverse=(1, 1, 0)), **SQUARE)),
    ("may be 0", with_("[q = 0]", identities=roots("n"), **{**SQUARE, "C": "2, n", "A": "n, 2", "B": "n, 2"})),
    ("of another too", with_("[q - i - k = 0]", *INSIDE, identities=[*numbers(), *numbers()])),
    ("not matrices", with_("[q - i - k = 0]", *INSIDE, identities=numbers(), C="2, 4, 1")),
    ("its shape", with_("[q - i - k = 0]", *INSIDE, identities=numbers(), C="2, 5")),
    ("its shape", with_("[q - i - k = 0]", *INSIDE, identities=numbers([[1, 1, 1, 0], [0, 1]], G, BT))),
    ("does not give", with_("[q - i - k = 0]", *INSIDE)),
    ("does not give", with_("[q - i - k = 0]", *INSIDE, bound="k q", identities=roots(), **SQUARE)),
    ("does not give", with_("[q - i + k = 0]", *INSIDE, identities=numbers())),
    ("does not give", with_("[q - i - k - 3*r = 0]", *INSIDE, bound="k q r", identities=roots(), **SQUARE)),
]


@pytest.mark.parametrize("number", range(len(REJECTED)))
def test_files_that_are_rejected(number: int) -> None:
    why, data = REJECTED[number]
    with pytest.raises(Rejected, match=why):
        check(data)


def test_theorems_of_views_are_accepted() -> None:
    usual = Conv.general(1, stride=1, dilation=1, in_channels=1, out_channels=1, bias=False)
    three = Conv.general(1, kernel_size=3, stride=1, dilation=1, in_channels=1, out_channels=1, bias=False)
    N = sp.Symbol("N", integer=True, positive=True)
    cases: list[tuple[Conv, Any]] = [
        (usual, "fft"), (usual, usual.fft.of_length(N)), (three, "winograd"), (three, "karatsuba"),
    ]  # fmt: skip
    for layer, view in cases:
        for found in prove(layer, views=["direct", view], of="grad_weight").theorems:
            assert check(found.certificate()).steps
            assert "identities" in found.certificate()["assumptions"]


def test_numbers_that_are_not_rational_are_refused() -> None:
    three = Conv.general(1, kernel_size=3, stride=1, dilation=1)
    view = three.winograd(2, (0, sp.sqrt(2), -sp.sqrt(2)))
    report = prove(three, views=["direct", view], of="output")
    assert report.holds
    with pytest.raises(SymconvError, match="not rational"):
        report.theorems[0].certificate()


def test_rocq_has_them() -> None:
    layer = Conv.general(1, stride=1, dilation=1, in_channels=1, out_channels=1, bias=False)
    theorem_of_fft = prove(layer, views=["direct", "fft"], of="output").theorems[0]
    text = theorem_of_fft.to_rocq()
    assert "[Roots " in text and "Contract 0%nat" in text
