"""The movable window of larger layers: its numbers are NumPy's, its link keeps the state, and it is a widget too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symconv import AvgPool, Conv, write_notes
from symconv.errors import OutputError, SymconvError
from symconv.layers import Layer
from symconv.notes.languages import words_of_page
from symconv.notes.page import page_file
from symconv.notes.page.playground import playground_layer, playground_words
from symconv.notes.widget import explorer
from tests.notes.test_page import open_browser
from tests.notes.test_page_looks import look
from tests.tools import require_module

LAYERS = [
    Conv((28, 28), (5, 5), out_channels=6, padding=2, bias=True),
    Conv((5, 5), (3, 3), in_channels=3, out_channels=2, stride=2, padding=1),
    Conv((9, 12), (2, 3), in_channels=4, out_channels=4, groups=2, dilation=(2, 1), padding=(0, 2), stride=(1, 2)),
    Conv(60, 7, stride=3, padding=2, in_channels=2),
]


@pytest.mark.parametrize(
    "layer",
    [
        Conv.general(2), Conv((3, 3, 3), 2), Conv(5, 3, padding=1, padding_mode="circular"), Conv(5, 2, batch_size=2),
        Conv(5, 3, padding=((1, 2),)), AvgPool((40, 40), 2), Conv(5, 2, input_dilation=2),
    ],
)  # fmt: skip
def test_other_layers_have_none(layer: Layer) -> None:
    assert playground_layer(layer) is None
    with pytest.raises(SymconvError, match="padded by zeros"):
        explorer(layer)


def test_the_widget_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(OutputError, match=r"symconv\[widget\]"):
        explorer(LAYERS[0])
    with pytest.raises(SymconvError, match="no such language"):
        explorer(LAYERS[0], language="xx")


@pytest.mark.slow
def test_the_widget() -> None:
    require_module("anywidget")
    made = explorer(LAYERS[1], language="de")
    assert made.layer["kernel"] == [3, 3] and made.words["kernel"] == "Kern"
    assert "export default { render }" in str(made._esm)


# -- in a browser ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    require_module("selenium")
    with open_browser() as one:
        yield one


NUMBERS = """
const game = playground(document.createElement("div"), arguments[0], arguments[1]), [rows, columns] = game.axes();
const range = (count) => Array.from({length: count}, (_, at) => at), layer = arguments[0];
const grid = (height, width, read) => range(height).map((i) => range(width).map((j) => read([i, j])));
return {
  input: range(layer.inChannels).map((c) => grid(rows.n, columns.n, (at) => game.input(c, at))),
  weight: range(layer.outChannels).map((o) => range(layer.inChannels / layer.groups).map((c) =>
    grid(rows.k, columns.k, (at) => game.weight(o, c, at)))),
  bias: range(layer.outChannels).map((o) => game.bias(o)),
  output: range(layer.outChannels).map((o) => grid(rows.out, columns.out, (at) => game.value(o, at))),
};
"""


@pytest.mark.browser
@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_its_numbers_are_those_of_numpy(layer: Layer, browser: Any) -> None:
    browser.get("about:blank")
    given = playground_layer(layer)
    assert given is not None
    words = playground_words(words_of_page("en"))
    found = browser.execute_script(page_file("playground.js") + NUMBERS, given, words)
    x, w, b = (np.array(found[name]) for name in ("input", "weight", "bias"))
    ends = [(p, p) for p in given["padding"]]
    padded = np.pad(x, [(0, 0), *ends])
    each = given["inChannels"] // given["groups"]
    for o, i, j in product(*map(range, np.shape(found["output"]))):
        first = o // (given["outChannels"] // given["groups"]) * each
        total = b[o]
        for c, k, l in np.ndindex(*w.shape[1:]):
            row, column = (s * at + d * m for s, at, d, m in zip(given["stride"], (i, j), given["dilation"], (k, l)))
            total += w[o, c, k, l] * padded[first + c, row, column]
        assert found["output"][o][i][j] == total
    assert np.shape(found["output"])[-layer.ndim :] == layer.output_size
    assert len(np.unique(x)) == 7 and (not layer.bias_term) == (not b.any())


@pytest.mark.browser
def test_a_link_keeps_it_and_the_buttons_work(browser: Any, tmp_path: Path) -> None:
    page = write_notes(LAYERS[1], tmp_path, "html")[0]
    look(browser, page, fragment="#window?kernel=2&stride=1&padding=0&at=5&output=1&seed=9")
    line = browser.find_element("css selector", ".playground-line").text
    assert line.startswith("h[2, 2, 2] = ") and browser.find_element("css selector", ".playground-sizes").text.endswith(
        "4 × 4"
    )
    link = browser.find_element("css selector", "#window .state").get_attribute("href")
    buttons = {one.text: one for one in browser.find_elements("css selector", ".playground-controls button")}
    buttons["Random numbers"].click()
    buttons["Play"].click()
    assert buttons["Play"].get_attribute("aria-pressed") == "true"
    buttons["Reset"].click()
    assert browser.find_element("css selector", ".playground-sizes").text == "5 × 5 → 3 × 3"
    look(browser, page, fragment="#" + link.partition("#")[2])
    assert browser.find_element("css selector", ".playground-line").text == line
    look(browser, page, fragment="#window?kernel=99&stride=0&padding=-1&at=x&output=7&seed=<b>")
    assert browser.find_element("css selector", ".playground-sizes").text == "5 × 5 → 3 × 3"
    assert json.loads(browser.find_element("css selector", ".playground").get_attribute("data-layer"))["stride"] == [
        2,
        2,
    ]
