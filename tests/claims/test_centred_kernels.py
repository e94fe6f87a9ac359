r"""Kernels numbered from their middle, as in image processing: y_i = \sum_{u=-r}^{r} w_u x_{i+u}."""

from __future__ import annotations

from typing import Any

import pytest
from sympy import symbols

from symconv import Conv, check
from symconv.errors import ClaimError

n = symbols("n", integer=True, positive=True)
SAME, VALID = Conv((7, 7), (3, 3), padding=1), Conv((7, 7), (3, 3))
PLANE = r"Y[i,j] = \sum_{u=-1}^{1}\sum_{v=-1}^{1} X[i+u,j+v] W[u,v]"
WIKI = r"g(x,y) = \sum_{s=-a}^{a}\sum_{t=-b}^{b} w(s,t) f(x+s,y+t)"
MIDDLE = "is the middle of the kernel"


@pytest.mark.parametrize(
    ("layer", "claim", "said"),
    [
        (SAME, PLANE, f"w[0, 0] {MIDDLE}"),
        (VALID, PLANE, f"w[0, 0] {MIDDLE}, and an output has the number of the input there"),
        (SAME, WIKI, f"w[0, 0] {MIDDLE}"),
        (Conv(7, 5), r"y_i = \sum_{k=-r}^{r} w_k x_{i+k}", "r is 2"),
        (Conv(7, 5, padding=2), r"y_i = \sum_{k=-2}^{2} w_k x_{i+k}", f"w[0] {MIDDLE}"),
        (Conv(n, 3, padding=1), r"y_i = \sum_{k=-1}^{1} w_k x_{i+k}", f"w[0] {MIDDLE}"),
        (Conv(9, 3, dilation=2, padding=2), r"y_i = \sum_{k=-1}^{1} w_k x_{i+2k}", f"w[0] {MIDDLE}"),
        (Conv(9, 3, stride=2, padding=1), r"y_i = \sum_{k=-1}^{1} w_k x_{2i+k}", f"w[0] {MIDDLE}"),
        (SAME, r"y_{i,j} = \sum_{m=-1}^{1} \sum_{n=-1}^{1} w_{m+1,n+1} x_{i+m,j+n}", "indices count from 0"),
    ],
)
def test_right_with_the_middle_at_0(layer: Any, claim: str, said: str) -> None:
    report = check(layer, claim)
    assert report.holds, str(report)
    assert said in report.reading or said in report.read_as, str(report)


@pytest.mark.parametrize(
    ("layer", "claim", "reason"),
    [
        (SAME, WIKI.replace("x+s,y+t", "x-s,y-t"), "the kernel is read backwards (flipped)"),
        (Conv(9, 3, stride=2, padding=1), r"y_i = \sum_{k=-1}^{1} w_k x_{i+k}", "the stride is left out"),
        (Conv(7, 3, padding=1), r"y_i = \sum_{k=-1}^{1} w_k x_{i+2k}", ""),
        (Conv(4, 4), r"y_i = \sum_{k=-1}^{2} w_k x_{i+k}", ""),
        (Conv(7, 5, padding=2), r"y_i = \sum_{k=-1}^{1} w_k x_{i+k}", ""),
        (Conv(7, 5, padding=1), r"y_i = \sum_{k=-2}^{2} w_k x_{i-k}", ""),
    ],
)
def test_wrong_with_the_middle_at_0(layer: Any, claim: str, reason: str) -> None:
    report = check(layer, claim)
    assert report.status == "refuted", str(report)
    assert not reason or any(one.startswith(reason) for one in report.explanation), report.explanation


@pytest.mark.parametrize("kernel", [n, 4])
def test_a_kernel_without_a_middle_is_said(kernel: Any) -> None:
    with pytest.raises(ClaimError, match="the sum runs from -r to r"):
        check(Conv(9 if kernel == 4 else symbols("m", integer=True), kernel), r"y_i = \sum_{k=-r}^{r} w_k x_{i+k}")


def test_m_is_the_kernel_size_where_the_output_size_would_go_too_far() -> None:
    report = check(Conv((7, 7), (3, 3)), r"y_{i,j} = \sum_{a=0}^{m-1}\sum_{b=0}^{m-1} w_{ab} x_{(i+a)(j+b)}")
    assert report.holds
    assert "m is 3" in report.read_as or "m is 3" in report.reading
    assert not report.remarks
