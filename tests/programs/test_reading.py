"""What is read of Python: programs for one axis, each judged for every shape and run beside the layer's formula."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import Conv
from symconv.programs.prove import prove_code
from symconv.programs.report import CodeReport

n, K, s = sp.symbols("n K s", integer=True, positive=True)
p = sp.Symbol("p", integer=True, nonnegative=True)
LAYER = Conv(n, K, stride=s, padding=p)
LINE = {"input": "W", "weight": "W", "output": "W"}

HEAD = (
    "m = (len(x) + 2 * p - len(w)) // s + 1\nxp = np.zeros(len(x) + 2 * p)\nxp[p:p + len(x)] = x\nout = np.zeros(m)\n"
)
"""The usual beginning: the padded input, and a place for the output."""

RIGHT = {
    "two loops": HEAD
    + "for i in range(m):\n    for k in range(len(w)):\n        out[i] += w[k] * xp[i * s + k]\nreturn out",
    "a window": HEAD + "for i in range(m):\n    out[i] = (w * xp[i * s:i * s + len(w)]).sum()\nreturn out",
    "a number that is added up": HEAD
    + "for i in range(m):\n    total = 0\n    for k in range(len(w)):\n        total = total + w[k] * xp[i * s + k]\n"
    "    out[i] = total\nreturn out",
    "a step of range": HEAD + "for i in range(0, m * s, s):\n    out[i // s] = np.dot(w, xp[i:i + len(w)])\nreturn out",
    "enumerate": HEAD + "for i, at in enumerate(range(0, m * s, s)):\n    out[i] = w @ xp[at:at + len(w)]\nreturn out",
    "zip": HEAD + "for i, at in zip(range(m), range(0, m * s, s)):\n    out[i] = w @ xp[at:at + len(w)]\nreturn out",
    "while": HEAD + "i = 0\nwhile i < m:\n    out[i] = w @ xp[i * s:i * s + len(w)]\n    i += 1\nreturn out",
    "a counter": HEAD + "at = 0\nfor i in range(m):\n    out[i] = w @ xp[at:at + len(w)]\n    at = at + s\nreturn out",
    "a guard": HEAD
    + "for i in range(m):\n    for k in range(len(w)):\n        r = i * s + k - p\n        if 0 <= r < len(x):\n"
    "            out[i] += w[k] * x[r]\nreturn out",
    "continue": HEAD
    + "for i in range(m):\n    for k in range(len(w)):\n        r = i * s + k - p\n        if r < 0 or r >= len(x):\n"
    "            continue\n        out[i] += w[k] * x[r]\nreturn out",
    "break": HEAD
    + "for i in range(m):\n    for k in range(len(w)):\n        r = i * s + k - p\n        if r >= len(x):\n"
    "            break\n        if r >= 0:\n            out[i] += w[k] * x[r]\nreturn out",
    "a conditional expression": HEAD + "for i in range(m):\n    for k in range(len(w)):\n        r = i * s + k - p\n"
    "        out[i] += w[k] * (x[r] if r >= 0 and r < len(x) else 0)\nreturn out",
    "a sum": HEAD + "for i in range(m):\n    out[i] = sum(w[k] * xp[i * s + k] for k in range(len(w)))\nreturn out",
    "a filtered sum": HEAD + "for i in range(m):\n"
    "    out[i] = sum(w[k] * x[i * s + k - p] for k in range(len(w)) if 0 <= i * s + k - p < len(x))\n"
    "return out",
    "a list": HEAD + "return np.array([w @ xp[i * s:i * s + len(w)] for i in range(m)])",
    "append": HEAD
    + "rows = []\nfor i in range(m):\n    rows.append(xp[i * s:i * s + len(w)])\nreturn np.array(rows) @ w",
    "a lambda": HEAD
    + "at = lambda i: xp[i * s:i * s + len(w)]\nfor i in range(m):\n    out[i] = w @ at(i)\nreturn out",
    "a function inside": HEAD
    + "def at(i, k=0):\n    return xp[i * s + k]\nfor i in range(m):\n    for k in range(len(w)):\n"
    "        out[i] += w[k] * at(i, k)\nreturn out",
    "a tuple": HEAD
    + "sizes = (m, len(w))\nrows, columns = sizes\nfor i in range(rows):\n    for k in range(columns):\n"
    "        out[i] += w[k] * xp[i * s + k]\nreturn out",
    "a dictionary": HEAD
    + "c = {'stride': s}\nfor i in range(m):\n    out[i] = w @ xp[i * c['stride']:i * c['stride'] + len(w)]\n"
    "return out",
    "negative indices": HEAD + "for i in range(m):\n    for k in range(len(w)):\n"
    "        out[i] += w[-1 - k] * xp[i * s + len(w) - 1 - k]\nreturn out",
    "from the back": HEAD
    + "f = w[::-1][::-1]\nfor i in range(m):\n    out[m - 1 - i] = f @ xp[(m - 1 - i) * s:][:len(w)]\n"
    "return out",
    "divmod": HEAD
    + "for t in range(m * len(w)):\n    i, k = divmod(t, len(w))\n    out[i] += w[k] * xp[i * s + k]\nreturn out",
    "an unset buffer": HEAD.replace("np.zeros(m)", "np.empty(m)")
    + "for i in range(m):\n    out[i] = w @ xp[i * s:i * s + len(w)]\nreturn out",
    "int of a quotient": "m = int((len(x) + 2 * p - len(w)) / s + 1)\nout = np.zeros(m)\n"
    "xp = np.pad(x, p)\nfor i in range(m):\n    out[i] = w @ xp[i * s:i * s + len(w)]\nreturn out",
    "an assertion": HEAD
    + "assert len(w) <= len(x) + 2 * p\nfor i in range(m):\n    out[i] = w @ xp[i * s:i * s + len(w)]\nreturn out",
}
"""Programs that are right for every shape."""

WRONG = {
    "the stride left out": HEAD + "for i in range(m):\n    out[i] = w @ xp[i:i + len(w)]\nreturn out",
    "= in place of +=": HEAD
    + "for i in range(m):\n    for k in range(len(w)):\n        out[i] = w[k] * xp[i * s + k]\nreturn out",
    "return in the loop": HEAD + "for i in range(m):\n    out[i] = w @ xp[i * s:i * s + len(w)]\n    return out",
    "a name that keeps its last value": HEAD
    + "for i in range(m):\n    for k in range(len(w)):\n        if k == 0:\n            first = xp[i * s]\n"
    "        out[i] += w[k] * first\nreturn out",
    "a view that is changed": HEAD
    + "v = xp[0:len(xp)]\nv[0] += 1\nfor i in range(m):\n    out[i] = w @ xp[i * s:i * s + len(w)]\n"
    "return out",
    "another name of the same array": HEAD + "other = out\nfor i in range(m):\n    other[i] += 1\nfor i in range(m):\n"
    "    out[i] += w @ xp[i * s:i * s + len(w)]\nreturn out",
    "an entry that is not set": HEAD.replace("np.zeros(m)", "np.empty(m)")
    + "for i in range(1, m):\n    out[i] = w @ xp[i * s:i * s + len(w)]\nreturn out",
    "a mistake in one case": HEAD
    + "if s == 2:\n    s = 1\nfor i in range(m):\n    out[i] = w @ xp[i * s:i * s + len(w)]\nreturn out",
    "a default that is bound once": HEAD
    + "fs = []\nfor i in range(2):\n    fs.append(lambda j: xp[j * s + i])\nfor i in range(m):\n"
    "    for k in range(len(w)):\n"
    "        out[i] += w[k] * fs[0](i)\nreturn out",
    "an index that wraps around": HEAD
    + "for i in range(m):\n    for k in range(len(w)):\n        r = i * s + k - p\n        if r < len(x):\n"
    "            out[i] += w[k] * x[r]\nreturn out",
    "rounds that write one entry": HEAD
    + "for i in range(m):\n    for k in range(len(w)):\n        out[k % m] = w[k] * xp[k]\nreturn out",
    "two names of what a loop made": HEAD
    + "for j in range(m):\n    a = np.zeros(m)\n    b = a\nb += 1\n"
    + "for i in range(m):\n    a[i] = a[i] + w @ xp[i * s:i * s + len(w)]\nreturn a",
    "an item of a list that is changed": HEAD
    + "rows = []\nfor i in range(m):\n    v = xp[i * s:i * s + len(w)] * 1\n    rows.append(v)\nv += 1\n"
    + "return np.array(rows) @ w",
    "one list in every round": HEAD
    + "row = [w[k] for k in range(len(w))]\nrows = []\nfor i in range(m):\n    rows.append(row)\nrow.append(x[0])\n"
    + "return np.array([xp[i * s:i * s + len(w)] @ np.array(rows[0])[:len(w)] + len(row) - len(w) for i in range(m)])",
    "a condition that is over": HEAD + "for i in range(m):\n    t = 0\n    if i > 0:\n        t = 1\n"
    "    out[i] = w @ xp[i * s:i * s + len(w)] + t * x[0]\nreturn out",
    "an integer buffer": HEAD.replace("np.zeros(m)", "np.zeros(m, dtype=int)")
    + "for i in range(m):\n    out[i] = w @ xp[i * s:i * s + len(w)]\nreturn out",
    "a float as an index": HEAD + "for i in range(m / 1):\n    out[i] = w @ xp[i * s:i * s + len(w)]\nreturn out",
}
"""Programs that are wrong at some shape: none may be proved."""


def code(body: str) -> str:
    return "def conv(x, w, s, p):\n" + "\n".join("    " + line for line in body.splitlines())


def judged(body: str) -> CodeReport:
    return prove_code(code(body), LAYER, arguments={"s": "s", "p": "p"}, layouts=LINE)


def run(body: str, **arguments: Any) -> Any:
    names: dict[str, Any] = {"np": np}
    exec(code(body), names)
    return names["conv"](**arguments)


def expected(x: list[int], w: list[int], stride: int, padding: int) -> list[int]:
    wide = [0] * padding + x + [0] * padding
    count = (len(wide) - len(w)) // stride + 1
    return [sum(w[k] * wide[stride * i + k] for k in range(len(w))) for i in range(count)]


def shapes(count: int) -> list[dict[str, int]]:
    generator = random.Random(1)
    found = []
    while len(found) < count:
        one = {
            "n": generator.randint(1, 7),
            "K": generator.randint(1, 4),
            "s": generator.randint(1, 4),
            "p": generator.randint(0, 3),
        }
        if one["K"] <= one["n"] + 2 * one["p"]:
            found.append(one)
    return found


def outcome(body: str, at: dict[str, int]) -> Any:
    """Whether it gives what is right; None if it raises."""
    generator = np.random.default_rng(0)
    x, w = generator.integers(1, 50, at["n"]), generator.integers(1, 50, at["K"])
    right = expected(list(map(int, x)), list(map(int, w)), at["s"], at["p"])
    try:
        found = run(body, x=x.astype(float), w=w.astype(float), s=at["s"], p=at["p"])
    except Exception:
        return None
    return np.shape(found) == (len(right),) and np.array_equal(found, right)


@pytest.mark.parametrize("name", RIGHT)
def test_right_programs_are_proved(name: str) -> None:
    assert all(outcome(RIGHT[name], at) for at in shapes(20))
    report = judged(RIGHT[name])
    assert report.status == "proved", str(report)


@pytest.mark.parametrize("name", WRONG)
def test_wrong_programs_are_not_proved(name: str) -> None:
    report = judged(WRONG[name])
    assert report.status in ("refuted", "proved except", "not read", "undecided"), str(report)
    for case in report.cases:
        if case.status == "refuted":
            assert case.line and {"n", "K", "s", "p"} <= case.sizes.keys()
            assert not outcome(WRONG[name], dict(case.sizes))


@pytest.mark.parametrize(
    ("name", "status", "line"),
    [
        ("the stride left out", "refuted", 7),
        ("= in place of +=", "refuted", 8),
        ("return in the loop", "refuted", 7),
        ("an entry that is not set", "refuted", 5),
        ("a mistake in one case", "proved except", 9),
        ("a float as an index", "refuted", 6),
    ],
)
def test_the_line_is_said(name: str, status: str, line: int) -> None:
    report = judged(WRONG[name])
    assert (report.status, report.failures[0].line) == (status, line), str(report)


CROPPED = """
def f(w, g, n, p):
    wide = np.zeros(n + 2 * p)
    for i in range(len(g)):
        for k in range(len(w)):
            wide[i + k] += w[k] * g[i]
    return wide[p:-p]
"""


def test_a_case_is_named_with_the_smallest_sizes() -> None:
    layer = Conv(n, K, padding=p)
    report = prove_code(CROPPED, layer, of="grad_input", arguments={"n": "n", "p": "p"}, layouts=LINE)
    found = [(str(case.where), case.status, case.line) for case in report.cases]
    assert found == [("p = 0", "refuted", 7), ("p >= 1", "proved", None)]
    assert dict(report.cases[0].sizes) == {"K": 1, "n": 1, "p": 0}


@pytest.mark.parametrize(
    "text",
    [
        "def f(x, w):\n    return f(x, w)",
        "def f(x, w):\n    while True:\n        pass",
        "def f(x, w):\n    return np.zeros(" + "9" * 4000 + ")",
        "def f(x, w):\n" + "\n".join(f"    a{at} = {at}" for at in range(10_000)) + "\n    return w",
        "def f(x, w):\n    return " + "(" * 90 + "x" + ")" * 90,
        "def f(x, w):\n    for i in range(10 ** 9):\n        x = x + x @ x\n    return x",
    ],
)
def test_what_would_take_long_ends(text: str) -> None:
    assert prove_code(text, LAYER, layouts=LINE).status in ("not read", "refuted", "undecided")


ROUNDS = "for i in range(m):\n    for {} in taken:\n        out[i] += w[k] * xp[i * s + k]\nreturn out"


@pytest.mark.parametrize(
    "taken",
    [
        "(k for k in range(len(w)))", "zip(range(len(w)), w)", "enumerate(w)", "reversed(range(len(w)))", "map(int, w)",
        "itertools.product(range(len(w)))",
    ],
)  # fmt: skip
def test_what_is_used_up_is_not_gone_through_again(taken: str) -> None:
    """All but the first round of the outer loop find nothing left; a list stays."""
    target = "k, v" if taken.startswith(("zip", "enumerate")) else "(k,)" if "product" in taken else "k"
    body = HEAD + f"taken = {taken}\n" + ROUNDS.format(target)
    assert judged(body).status in ("not read", "refuted", "undecided")
    assert (
        judged(body.replace("taken = ", "for _ in range(1): pass\n").replace("in taken", f"in {taken}")).status
        != "refuted"
    )


@pytest.mark.parametrize(
    "before",
    [
        "import numpy as np\nnp.sum = np.mean", "import numpy as np\nsetattr(np, 'sum', np.mean)", "exec('sum = max')",
        "import numpy as np\nif True:\n    np.sum = max", "import numpy as np\nclass A:\n    np.sum = max",
    ],
)  # fmt: skip
def test_what_a_module_changes_is_not_taken_for_what_it_was(before: str) -> None:
    body = "def bias_gradient(dout):\n    return np.sum(dout, axis=1)"
    layer = Conv.general(1)
    assert prove_code(body, layer, of="grad_bias").holds
    assert prove_code("import numpy as np\nnp.random.seed(0)\n" + body, layer, of="grad_bias").holds
    assert prove_code(f"{before}\n{body}", layer, of="grad_bias").status == "not read"


def test_values_of_a_module_that_it_changes() -> None:
    body = "def bias_gradient(dout):\n    return dout.sum(axis=1) * ONES[0]"
    layer = Conv.general(1)
    assert prove_code("import numpy as np\nONES = np.ones(1)\n" + body, layer, of="grad_bias").holds
    for change in ("ONES[0] = 2", "ONES.fill(2)", "double(ONES)", "ONES *= 2", "del ONES", "np.copyto(ONES, 2)"):
        text = f"import numpy as np\nONES = np.ones(1)\n{change}\n{body}"
        assert prove_code(text, layer, of="grad_bias").status == "not read", change


def test_the_type_of_data_is_not_known() -> None:
    report = judged(HEAD + "out[0] = x.dtype == float\nreturn out")
    assert report.status == "not read"
