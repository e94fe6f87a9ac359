"""Indices that count from 1: limits mean what they say, whatever the tensors would say from 0."""

from __future__ import annotations

from itertools import product

import pytest
import sympy as sp

from symconv import Conv, check

n, K = sp.symbols("n K", integer=True, positive=True)


def _is_right(low: int, past: int, shift: int, base: int) -> bool:
    """Whether sum(k = low..K + past, w[k] x[i + k + shift]) is the output, by plain loops at some sizes."""
    for size, kernel in ((1, 1), (4, 2), (7, 3), (9, 4)):
        weight = {k + base: 3**k for k in range(kernel)}
        entries = {j + base: 100**j for j in range(size)}
        for i in range(base, size - kernel + 1 + base):
            right = sum(weight[k + base] * entries[i + k] for k in range(kernel))
            terms = range(low, kernel + past + 1)
            if right != sum(weight.get(k, 0) * entries.get(i + k + shift, 0) for k in terms):
                return False
    return True


@pytest.mark.parametrize("base", [0, 1])
@pytest.mark.parametrize("layer", [Conv(n, K), Conv(7, 3), Conv(n, 2)], ids=repr)
def test_limits_agree_with_plain_loops(layer: Conv, base: int) -> None:
    for low, past, shift in product(range(-1, 3), range(-2, 2), range(-2, 2)):
        claim = f"h[i] = sum(k={low}..K+{past}, w[k] x[i+k+{shift}])".replace("+-", "-")
        report = check(layer, claim, index_base=base)
        assert report.status == ("proved" if _is_right(low, past, shift, base) else "refuted"), str(report)


def test_a_claim_is_read_from_1_if_only_that_stays_inside() -> None:
    report = check(Conv(n, K), r"h_i = \sum_{k=1}^{K} w_k X_{i+k-1}")
    assert report.status == "proved" and "indices count from 1" in report.reading
    assert check(Conv(n, K), r"h_i = \sum_{k=1}^{K} w_k X_{i+k-1}", index_base=0).status == "refuted"
    assert check(Conv(n, K), "h[i] = sum(k, w[k+1] x[i+k])").status == "refuted"
    assert check(Conv(n, 2), "h_i = w_1 x_i + w_2 x_{i+1}").status == "proved"
    assert check(Conv(n, 2), "h_i = w_0 x_i + w_2 x_{i+1}").status == "refuted"


@pytest.mark.parametrize(("claim", "remarks"), [
    ("h[i] = sum(k=0..K, w[k] x[i+k])", ("w[K] is taken as 0; a program would fail",)),
    ("h[i] = sum(k=-1..K-1, w[k] x[i+k])", ("w[-1] is taken as 0; a program would fail",)),
    ("dL/dw[k] = sum(i=0..n, delta[i] x[i+k])", ("delta[n] is taken as 0; a program would fail",)),
    ("h[i] = sum(k=0..K-1, w[k] x[i+k])", ()),
    ("h[i] = sum(k, w[k] x[i+k])", ()),
])  # fmt: skip
def test_a_limit_that_goes_too_far_is_remarked(claim: str, remarks: tuple[str, ...]) -> None:
    report = check(Conv(n, K), claim)
    assert report.holds and report.remarks == remarks
    assert report.to_dict()["remarks"] == list(remarks) and all(f"remark:  {one}" in str(report) for one in remarks)


def test_reports_say_how_a_claim_was_read() -> None:
    general = Conv.general(1, in_channels=1, out_channels=1, bias=False)
    report = check(general, "sum(i, k, delta[i] w[k] [m = s i + d k - p])", "grad_input")
    assert "m is the output size" in report.reading and "i, k run over all whole numbers" in report.reading
    assert report.to_dict()["reading"] == list(report.reading) and "; ".join(report.reading) in str(report)
    assert check(general, "y[n] = sum(m, w[m] x[s n + d m - p])").reading[0] == "d is the dilation"
    assert check(Conv(3, 2), "h1 = X1*w1").reading == ("labels count from 1",)


def test_the_numbers_are_called_the_same_everywhere() -> None:
    report = check(Conv(3, 2), "h1 = X1*w1")
    assert report.witness is not None
    found = report.to_dict()["witness"]
    assert (found["claimed"], found["right"]) == (str(report.witness.right), str(report.witness.left))
    said = f"{found['claimed']} claimed, {found['right']} right"
    assert said in str(report) and said in str(report.witness) and said in report.summary
    html = report._repr_html_()
    for name in ("claimed", "right"):
        assert f">{name}<" in html.replace("<td><code>", "<td>").replace("</code></td>", "</td>")
    assert ">left<" not in html
