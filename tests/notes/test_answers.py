"""The page's judge of typed formulas, run by Node, says of random formulas what ``check`` says of them."""

from __future__ import annotations

import json
import random
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import symconv
from symconv import AvgPool, Conv, ConvTranspose, check
from symconv.errors import SymconvError
from symconv.layers import Layer
from symconv.notes.page.explorer import ExplorerContent
from tests.tools import draws, require_tool

SCRIPT = Path(symconv.__file__).parent / "notes" / "page" / "answers.js"
LAYERS: list[Layer] = [
    Conv(3, 2),
    Conv(5, 3, stride=2, padding=1, bias=True),
    Conv((3, 3), (2, 2), out_channels=2),
    Conv((4, 4), 3, padding=1, stride=2, in_channels=2, out_channels=2, bias=True),
    Conv(6, 2, dilation=2, in_channels=2, out_channels=2, groups=2),
    Conv(5, 3, padding=1, padding_mode="circular"),
    ConvTranspose(3, 2, stride=2),
    AvgPool((4, 4), 2),
]


@cache
def table(layer: Layer) -> Any:
    content = ExplorerContent(layer)
    assert content.fits
    return content.data()


def judged(cases: list[tuple[Layer, str]]) -> list[dict[str, Any]]:
    """What the page's script says to (layer, formula)."""
    require_tool("node")
    layers = list(dict.fromkeys(layer for layer, _ in cases))
    program = SCRIPT.read_text(encoding="utf-8") + (
        "\nconst given = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        "const all = given.tables.map(answersOf);"
        "console.log(JSON.stringify(given.cases.map(([at, text]) => all[at].judge(text))));"
    )
    given = {
        "tables": [table(layer) for layer in layers],
        "cases": [[layers.index(layer), text] for layer, text in cases],
    }
    done = subprocess.run(["node", "-e", program], input=json.dumps(given), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


# -- random formulas -----------------------------------------------------------------------------------

OF = {"output": "output", "grad_weight": "weight", "grad_input": "input", "grad_bias": "bias"}


def random_formula(layer: Layer, chance: random.Random) -> tuple[str, str]:
    """A quantity, and a formula about it: of one entry, or of all of them; right, or with something changed."""
    of = chance.choice(layer.quantities)
    if chance.random() < 0.3:
        return of, _changed(str(getattr(layer.direct, of).latex()), chance)
    names = table(layer)["names"]
    at = chance.randrange(len(names[OF[of]]))
    terms = _terms(layer, of, at)
    chance.shuffle(terms)
    change = chance.choice(["none", "none", "drop", "twice", "other", "factor", "moved", "unfold"])
    if change == "drop":
        terms = terms[1:]
    elif change == "twice" and terms:
        terms = [*terms, terms[0]]
    elif change == "other":
        kinds = [kind for kind in ("input", "weight", "grad_output") if kind in names]
        terms.append(("1", [chance.choice(names[chance.choice(kinds)]) for _ in range(2)]))
    elif change == "factor" and terms:
        terms = [(chance.choice(["2", "1/2", "1"]), terms[0][1]), *terms[1:]]
    elif change == "moved":
        at = chance.randrange(len(names[OF[of]]))
    label = names[OF[of]][at]
    left = label if of == "output" else f"dL/d{label}"
    if change == "unfold" and of == "output":
        return of, f"{left} = {left} + {names['input'][0]} - {names['input'][0]}"
    return of, _written(left, terms, chance)


def _terms(layer: Layer, of: str, at: int) -> list[tuple[str, list[str]]]:
    """The entry's terms, by the read table's definition: output += coefficient * weight * input."""
    data = table(layer)
    names = data["names"]
    found: list[tuple[str, list[str]]] = []
    for output, weight, read, *_, coefficient in data["products"]:
        w = [] if weight < 0 else [names["weight"][weight]]
        x, delta = names["input"][read], names["grad_output"][output]
        if of == "output" and output == at:
            found.append((str(coefficient), [x, *w]))
        elif of == "grad_input" and read == at:
            found.append((str(coefficient), [delta, *w]))
        elif of == "grad_weight" and weight == at:
            found.append((str(coefficient), [x, delta]))
    for output, bias in enumerate(data["bias"]):
        if of == "output" and output == at:
            found.append(("1", [names["bias"][bias]]))
        elif of == "grad_bias" and bias == at:
            found.append(("1", [names["grad_output"][output]]))
    return found


def _written(left: str, terms: list[tuple[str, list[str]]], chance: random.Random) -> str:
    """Text or LaTeX, the factors in any order, now and then a common factor in front of a bracket."""
    latex = chance.random() < 0.5
    name = (lambda label: re.sub(r"^(\D+?)_?(\d.*)$", _subscript, label)) if latex else str
    times = chance.choice([r" \, ", " ", r" \cdot "]) if latex else chance.choice(["*", " * "])
    parts = []
    for coefficient, factors in terms:
        chance.shuffle(factors)
        front = [] if coefficient == "1" else [_fraction(coefficient) if latex else coefficient]
        parts.append(times.join([*front, *map(name, factors)]))
    if latex and left.startswith("dL/d"):
        left = rf"\frac{{\partial L}}{{\partial {name(left[4:])}}}"
    elif latex:
        left = name(left)
    right = " + ".join(parts) or "0"
    return f"{left} = {right}" if chance.random() < 0.8 else f"{left} = 2*({right}) - ({right})"


def _subscript(match: re.Match[str]) -> str:
    root = "\\delta" if match[1] == "delta" else match[1]
    return f"{root}_{{{match[2].replace('_', ',')}}}"


def _fraction(text: str) -> str:
    over, _, under = text.partition("/")
    return rf"\frac{{{over}}}{{{under}}}" if under else over


def _changed(latex: str, chance: random.Random) -> str:
    """A formula for all indices, in half of the draws with a number, a sign or a letter changed."""
    if chance.random() < 0.5:
        return latex
    left, _, right = latex.partition("=")
    places = [found for found in re.finditer(r"(?<=[ {])(\d)(?= )|(?<= )([-+])(?= )", right)]
    if not places:
        return f"{left}= 2 {right}"
    one = chance.choice(places)
    other = {"+": "-", "-": "+"}.get(one[0]) or str(
        chance.choice([digit for digit in range(4) if str(digit) != one[0]])
    )
    return f"{left}={right[: one.start()]}{other}{right[one.end() :]}"


@pytest.mark.parametrize("count", draws(40, 700))
def test_the_page_judges_as_check_does(count: int) -> None:
    chance = random.Random(count)
    cases = []
    for _ in range(count):
        layer = chance.choice(LAYERS if count > 100 else LAYERS[:3])
        cases.append((layer, *random_formula(layer, chance)))
    found = judged([(layer, formula) for layer, _, formula in cases])
    seen = {"right": 0, "wrong": 0, "unreadable": 0}
    for (layer, of, formula), said in zip(cases, found):
        try:
            status = {"proved": "right", "refuted": "wrong"}.get(check(layer, [formula], of).status, "undecided")
        except SymconvError:
            status = "unreadable"
        assert said["status"] == status, (layer, of, formula, said)
        seen[said["status"]] += 1
    assert seen["right"] > count / 5 and seen["wrong"] > count / 5 and seen["unreadable"] < count / 10, seen


def test_it_says_where_a_formula_is_wrong() -> None:
    layer = Conv(5, 3, stride=2, padding=1)
    cases = {
        "h1 = w2*X1 + w3*X2": {"status": "right", "entries": 1},
        "h_{i} = \\sum_{k} w_{k} X_{2 i + k - 1}": {"status": "right", "entries": 3},
        "h[i] = sum_k w[k] X[2i + k - 1]": {"status": "right", "entries": 3},
        "h1 = w2*X1 + w3*X1": {"entry": "h1", "missing": ["X2*w3"], "surplus": ["X1*w3"], "factors": []},
        "h2 = w1*X2 + 3 w2 X3 + w3 X4/2": {"entry": "h2", "factors": [["X3*w2", "3", "1"], ["X4*w3", "1/2", "1"]]},
        "h_{i} = \\sum_{k} w_{k} X_{2 i + k}": {"entry": "h1", "missing": ["X1*w2", "X2*w3"]},
        "h_{i} = \\sum_{k=0}^{1} w_{k} X_{2 i + k - 1}": {"entry": "h1", "missing": ["X2*w3"], "surplus": []},
        "\\frac{\\partial L}{\\partial w_{3}} = \\delta_1 X_2 + \\delta_2 X_4": {"status": "right"},
        "dL/dX1 = delta1*w2 + delta2*w1": {"entry": "dL/dX1", "surplus": ["delta2*w1"], "missing": []},
        "dL/dX_{j} = \\sum_{i,k} \\delta_{i} w_{k} [j = 2 i + k - 1]": {"status": "right", "entries": 5},
        "dL/dh1 = 3": {"status": "unreadable", "key": "left"},
        "h9 = X1": {"status": "unreadable", "key": "entry", "what": "h9"},
        "h1 = y1": {"status": "unreadable", "key": "name", "what": "y"},
        "w2*X1": {"status": "unreadable", "key": "left"},
        "h1 = (X1": {"status": "unreadable", "key": "unreadable"},
        "h1 = X1 / X2": {"status": "unreadable"},
        "h_{i} = w_{k}": {"status": "unreadable", "key": "letter", "what": "k"},
        "alert(1)": {"status": "unreadable"},
        "": {"status": "unreadable"},
        "h1 = " + "(X1+X2+X3+X4+X5)" * 60: {"status": "unreadable", "key": "too_long"},
    }
    for (text, wanted), said in zip(cases.items(), judged([(layer, text) for text in cases])):
        assert {key: said.get(key) for key in wanted} == wanted, (text, said)
