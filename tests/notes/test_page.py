"""The page in a real browser: what lights up is what belongs together, and numbers are computed right in every view.

The oracle is plain arithmetic on a layer's read table by brute force, and NumPy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symconv import AvgPool, Conv, ConvTranspose, write_notes
from symconv.layers import Layer
from tests.tools import require_module

pytestmark = pytest.mark.browser

ONE = Conv((3, 3), (2, 2))
TWO = Conv((3, 3), (2, 2), out_channels=2)
VIEWS = ("direct", "fully_connected", "patches")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    require_module("selenium")
    with open_browser() as one:
        yield one


def open_browser() -> Any:
    from selenium.webdriver import Chrome
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    from shutil import which

    return Chrome(options=options, service=Service(which("chromedriver")))


class Pages(dict[Layer, Path]):
    """The pages of layers, each written when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __missing__(self, layer: Layer) -> Path:
        self[layer] = write_notes(layer, self.folder, "html")[0]
        return self[layer]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[Layer, Path]:
    return Pages(tmp_path_factory.mktemp("pages"))


def look(browser: Any, path: Path) -> None:
    browser.set_window_size(1280, 900)
    browser.get(path.as_uri())


# -- the layer by brute force --------------------------------------------------------------------------


def reads(channels: int) -> list[tuple[int, int, int]]:
    """(output, weight, input) of a 2x2 kernel on a 3x3 image, by flat index."""
    return [
        (4 * c + 2 * i + j, 4 * c + 2 * k + l, 3 * (i + k) + j + l)
        for c, i, j, k, l in product(range(channels), *[range(2)] * 4)
    ]


LIT = """
const at = (element, kind) => Number(element.getAttribute(`data-${kind}`) ?? NaN);
const places = (selector, ...kinds) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility())
  .map((one) => kinds.map((kind) => at(one, kind)));
const view = arguments[0];
return {
  pixels: places(`.${view}.view td.pixel.lit`, "input"),
  kernel: places(`.${view}.view td.kernel.lit`, "weight"),
  edges: places(`.${view}.view .edge.lit`, "output", "weight", "input"),
  cells: places(`.${view}.view td.cell.lit`, "dense"),
  terms: places(`.${view}.view .formulas mrow.lit[data-input][data-output]`, "output", "input"),
  outputs: places(`.${view}.view td.output.lit`, "output"),
};
"""


def lit(browser: Any, view: str) -> dict[str, list[list[int]]]:
    found: dict[str, list[list[int]]] = browser.execute_script(LIT, view)
    return {name: sorted(places) for name, places in found.items()}


def expected(channels: int, kind: int, flat: int) -> list[tuple[int, int, int]]:
    return [row for row in reads(channels) if row[kind] == flat]


def check_lit(browser: Any, channels: int, kind: int, flat: int) -> None:
    """Exactly what belongs to an output (0), a weight (1) or an input (2) is lit, in every view."""
    rows = expected(channels, kind, flat)
    pixels = sorted([i] for i in {i for _, _, i in rows})
    terms = sorted([o, i] for o, _, i in rows)
    edges = sorted([o, w, i] for o, w, i in rows)
    outputs = sorted([o] for o in {o for o, _, _ in rows})
    shown = {view: lit(browser, view) for view in VIEWS}
    for view in VIEWS:
        assert shown[view]["terms"] == terms, view
        assert shown[view]["outputs"] == outputs, view
    assert shown["direct"]["pixels"] == pixels
    assert shown["direct"]["kernel"] == sorted([w] for w in {w for _, w, _ in rows})
    assert shown["fully_connected"]["edges"] == shown["patches"]["edges"] == edges
    assert shown["fully_connected"]["cells"] == sorted([i * 4 * channels + o] for o, _, i in rows)
    if kind != 2:  # an input that is in several patches is lit in those that meet it
        assert len(shown["patches"]["pixels"]) == len({(o % 4, i) for o, _, i in rows})


def hover(browser: Any, selector: str) -> None:
    from selenium.webdriver import ActionChains

    element = browser.find_element("css selector", selector)
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    ActionChains(browser).move_to_element(element).perform()


DIRECT = ".direct.view .flow > div:not(.backward-only) td"


@pytest.mark.parametrize(("layer", "channels"), [(ONE, 1), (TWO, 2)], ids=["one filter", "two filters"])
def test_hovering_lights_exactly_what_belongs_together(
    layer: Layer, channels: int, browser: Any, pages: dict[Layer, Path]
) -> None:
    look(browser, pages[layer])
    hover(browser, '.direct.view .forward-only td.output[data-output="2"]')
    check_lit(browser, channels, 0, 2)
    found = lit(browser, "fully_connected")
    assert [len(found[name]) for name in ("edges", "cells", "terms")] == [4, 4, 4]
    assert len(lit(browser, "direct")["pixels"]) == 4
    hover(browser, f'{DIRECT}.kernel[data-weight="3"]')
    check_lit(browser, channels, 1, 3)
    hover(browser, f'{DIRECT}.pixel[data-input="4"]')
    check_lit(browser, channels, 2, 4)
    hover(browser, '.fully_connected.view .matrix td[data-dense="0"]')
    assert lit(browser, "direct")["terms"] == [[0, 0]]
    hover(browser, "h1")
    assert all(not places for view in VIEWS for places in lit(browser, view).values())


def test_formulas_and_figures_of_the_whole_page_light_up(browser: Any, pages: dict[Layer, Path]) -> None:
    look(browser, pages[ONE])
    hover(browser, '.direct.view .forward-only td.output[data-output="2"]')
    outside = browser.execute_script(
        "return [...document.querySelectorAll('main > .display mrow.lit[data-output][data-input]')]"
        ".map((one) => [Number(one.dataset.output), Number(one.dataset.input)])"
    )
    assert {tuple(place) for place in outside} == {(o, i) for o, _, i in expected(1, 0, 2)}
    edges = browser.execute_script(
        "return [...document.querySelectorAll('#fig-neurons-shared .edge')].map((one) => "
        "[one.classList.contains('lit'), ...['output', 'weight', 'input'].map((kind) => Number(one.dataset[kind]))])"
    )
    assert sorted(tuple(edge[1:]) for edge in edges if edge[0]) == sorted(expected(1, 0, 2))


def test_the_keyboard_does_the_same(browser: Any, pages: dict[Layer, Path]) -> None:
    from selenium.webdriver import ActionChains, Keys

    channels = 2
    look(browser, pages[TWO])
    browser.execute_script("document.querySelector('.patches.view td.pixel').scrollIntoView()")
    first = browser.find_element("css selector", ".direct.view td.pixel")
    browser.execute_script("arguments[0].focus()", first)
    check_lit(browser, channels, 2, 0)
    for _ in range(9 + 4 * channels + 2):
        ActionChains(browser).send_keys(Keys.TAB).perform()
    check_lit(browser, channels, 0, 2)
    outline = browser.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    ActionChains(browser).send_keys(Keys.ENTER).send_keys(Keys.TAB).perform()
    browser.execute_script("document.activeElement.blur()")
    check_lit(browser, channels, 0, 2)  # Enter keeps it
    ActionChains(browser).send_keys(Keys.ESCAPE).perform()
    assert not lit(browser, "direct")["terms"]


def test_the_slider_goes_through_the_positions(browser: Any, pages: dict[Layer, Path]) -> None:
    from selenium.webdriver import Keys

    look(browser, pages[TWO])
    browser.find_element("css selector", ".next").click()
    at_one = sorted([o, i] for o, _, i in reads(2) if o % 4 == 1)
    assert lit(browser, "direct")["terms"] == at_one
    slider = browser.find_element("css selector", ".slider input")
    slider.send_keys(Keys.ARROW_RIGHT)
    assert lit(browser, "patches")["terms"] == sorted([o, i] for o, _, i in reads(2) if o % 4 == 2)
    assert browser.find_element("css selector", "output.position").text == "3"
    for _ in range(3):
        browser.find_element("css selector", ".previous").click()
    assert lit(browser, "direct")["terms"] == sorted([o, i] for o, _, i in reads(2) if o % 4 == 3)
    assert "h122" in browser.find_element("css selector", ".status").text


def test_backwards_shows_the_gradients(browser: Any, pages: dict[Layer, Path]) -> None:
    look(browser, pages[ONE])
    assert not browser.find_element("css selector", ".direct.view td.grad").is_displayed()
    browser.find_element("css selector", "[value=backward]").click()
    assert browser.find_element("css selector", ".direct.view td.grad").is_displayed()
    hover(browser, '.direct.view .backward-only td.pixel[data-input="1"]')
    for view in VIEWS:
        found = lit(browser, view)["terms"]
        weights_and_input = [[o, i] for o, _, i in expected(1, 2, 1)] * 2  # in dL/dw and in dL/dX
        assert found == sorted(weights_and_input), view


# -- the worked example --------------------------------------------------------------------------------


def numbers(browser: Any, shows: str) -> list[float]:
    script = (
        "const first = document.querySelectorAll(`[data-shows='${arguments[0]}'] [data-at]`);"
        "return Object.fromEntries([...first].map((one) => [one.dataset.at, one.textContent.replace('−', '-')]))"
    )
    found = browser.execute_script(script, shows)
    return [float(found[str(at)]) for at in range(len(found))]


def put(browser: Any, kind: str, values: np.ndarray[Any, Any]) -> None:
    browser.execute_script(
        "arguments[1].forEach((value, at) => { const field = document.querySelector("
        "`[data-field=${arguments[0]}][data-at='${at}']`); field.value = value;"
        "field.dispatchEvent(new Event('input', {bubbles: true})); })",
        kind,
        [float(value) for value in np.ravel(values)],
    )


LAYERS = [
    TWO,
    Conv((4, 4), 3, in_channels=2, padding=1, stride=2, bias=True),
    Conv(6, 2, dilation=2, in_channels=2, out_channels=2, groups=2),
    Conv(5, 3, padding=1, padding_mode="circular"),
    Conv(4, 3, padding=1, padding_mode="replicate"),
    ConvTranspose(3, 2, stride=2),
    AvgPool((4, 4), 2),
    Conv((2, 3, 3), (1, 2, 2)),
]


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_the_worked_example_is_right_after_editing(layer: Layer, browser: Any, pages: dict[Layer, Path]) -> None:
    look(browser, pages[layer])
    names = layer.notation
    draw = np.random.default_rng(7)
    fields = {"input": layer.input_shape, "grad_output": layer.output_shape}
    if layer.fixed_kernel is None:
        fields["weight"] = layer.weight_shape
    if layer.bias_term:
        fields["bias"] = layer.bias_shape
    given = {kind: draw.integers(-20, 20, tuple(map(int, shape))) / 4 for kind, shape in fields.items()}
    for kind, values in given.items():
        put(browser, kind, values)
    arrays = {getattr(names, kind): values for kind, values in given.items()}
    for quantity in layer.quantities:
        formula = getattr(layer.direct, quantity)
        needed = {tensor.name for tensor in formula.form.operands} & set(arrays)
        right = formula.evaluate(**{name: arrays[name] for name in needed}).ravel()
        for view in VIEWS:
            assert numbers(browser, f"{view}.{quantity}") == pytest.approx(list(right), abs=1e-5), (view, quantity)
    assert "same numbers" in browser.find_element("css selector", ".verdict").text


def test_the_page_is_written_with_the_numbers_that_it_computes(browser: Any, pages: dict[Layer, Path]) -> None:
    """Those in the file are evaluated by symconv's formulas, those on the page by its script."""
    written = re.findall(r'<b data-at="(\d+)">([^<]*)</b>', pages[TWO].read_text(encoding="utf-8"))
    look(browser, pages[TWO])
    shown = browser.execute_script(
        "return [...document.querySelectorAll('[data-shows] [data-at]')]"
        ".map((one) => [one.dataset.at, one.textContent])"
    )
    assert [tuple(one) for one in shown] == written
    assert len(written) > 200


def test_the_outputs_are_those_of_numpy(browser: Any, pages: dict[Layer, Path]) -> None:
    look(browser, pages[ONE])
    image, kernel = np.arange(9).reshape(3, 3) ** 2 - 7, np.array([[1, -2], [0.5, 3]])
    put(browser, "input", image)
    put(browser, "weight", kernel)
    windows = np.lib.stride_tricks.sliding_window_view(image, (2, 2))
    assert numbers(browser, "direct.output") == pytest.approx(list(np.einsum("ijkl,kl->ij", windows, kernel).ravel()))


def type_in(browser: Any, text: str) -> str:
    """What the page says when the first input is this text."""
    browser.execute_script(
        "const field = document.querySelector('[data-field=input]'); field.value = arguments[0];"
        "field.dispatchEvent(new Event('input', {bubbles: true}))",
        text,
    )
    return str(browser.find_element("css selector", ".verdict").text)


@pytest.mark.parametrize("text", ["", "a", "1/2/3", "1/0", "1e400", "10000000", "alert(1)", "0x10"])
def test_a_field_without_a_number_is_said(text: str, browser: Any, pages: dict[Layer, Path]) -> None:
    if browser.current_url != pages[ONE].as_uri():
        look(browser, pages[ONE])
    assert "every field" in type_in(browser, text)
    assert len(browser.find_elements("css selector", ".verdict.bad, [aria-invalid=true]")) == 2
    assert "same numbers" in type_in(browser, "1")
    assert not browser.find_elements("css selector", ".verdict.bad, [aria-invalid=true]")


def test_numbers_may_be_fractions(browser: Any, pages: dict[Layer, Path]) -> None:
    look(browser, pages[ONE])
    first = numbers(browser, "direct.output")[0] - 1  # the first input and weight are 1
    for text, value in (
        ("1/4", 0.25),
        ("-3 / 2", -1.5),
        ("0,5", 0.5),
        (" .5", 0.5),
        ("−2", -2),
        ("1e3", 1000),
        ("0", 0),
    ):
        assert "same numbers" in type_in(browser, text)
        assert numbers(browser, "direct.output")[0] == pytest.approx(first + value)


# -- the page as a page --------------------------------------------------------------------------------


def test_no_request_and_no_error(browser: Any, pages: dict[Layer, Path]) -> None:
    browser.get("about:blank")
    browser.get_log("browser"), browser.get_log("performance")
    look(browser, pages[TWO])
    hover(browser, '.direct.view td.output[data-output="2"]')
    put(browser, "input", np.ones(9))
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    requested = [
        event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"
    ]
    assert set(requested) == {pages[TWO].as_uri()}
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("subject", [TWO, Conv.general(2), Conv((28, 28), 3)], ids=repr)
def test_nothing_overflows_on_a_phone(subject: Layer, browser: Any, pages: dict[Layer, Path]) -> None:
    size = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        browser.get(pages[subject].as_uri())
        widths = "return [document.documentElement.scrollWidth, window.innerWidth]"
        assert browser.execute_script(widths) == [360, 360]
        if choices := browser.find_elements("css selector", "[value=backward]"):
            browser.execute_script("arguments[0].click()", choices[0])
            assert browser.execute_script(widths) == [360, 360]
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_touch_keeps_what_is_touched(browser: Any, pages: dict[Layer, Path]) -> None:
    look(browser, pages[ONE])
    cell = browser.find_element("css selector", '.direct.view .forward-only td.output[data-output="2"]')
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", cell)
    middle = browser.execute_script(
        "const box = arguments[0].getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]", cell
    )
    point = {"x": middle[0], "y": middle[1]}
    browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
    check_lit(browser, 1, 0, 2)


VISIBLE = """
return Object.fromEntries(arguments[0].map((selector) =>
  [selector, [...document.querySelectorAll(selector)].map((one) => one.checkVisibility())]))
"""


def test_without_scripts_all_is_there(browser: Any, pages: dict[Layer, Path]) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        look(browser, pages[TWO])
        selectors = [
            ".view", "td.output", "td.pixel", "td.cell", "svg", ".formulas", ".theorem", ".proof", "figure",
            ".backward-only", ".forward-only", ".display",
        ]  # fmt: skip
        shown = browser.execute_script(VISIBLE, [*selectors, ".controls"])
        assert shown.pop(".controls") == [False]
        assert all(all(displayed) and displayed for displayed in shown.values()), shown
        assert browser.execute_script("return document.querySelectorAll('.explorer.forward').length") == 0
        text = browser.execute_script("return document.querySelector('main').innerText")
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    for words in (
        "Three views",
        "The outputs are the same",
        "Derivative with respect to the weights",
        "Without scripts",
    ):
        assert words in text
    assert {"5", "−2", "3"} <= set(text.split())


def test_print_shows_both_directions(browser: Any, pages: dict[Layer, Path]) -> None:
    look(browser, pages[ONE])
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert browser.find_element("css selector", ".direct.view td.grad").is_displayed()
        assert not browser.find_element("css selector", ".controls").is_displayed()
        kept = browser.execute_script(
            "return ['.explorer h3', '.flow h5', '.patch', '.matrix', 'figure'].map((selector) => {"
            "const style = getComputedStyle(document.querySelector(selector));"
            "return [style.breakAfter, style.breakInside]})"
        )
        assert kept == [["avoid", "auto"]] * 2 + [["auto", "avoid"]] * 3  # no title at the end of a page, nothing cut
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_a_wrong_read_table_would_be_seen(browser: Any, pages: dict[Layer, Path], tmp_path: Path) -> None:
    """The views compute on their own: one that reads the wrong input disagrees with the others."""
    text = pages[ONE].read_text(encoding="utf-8")
    table = text[text.index('id="read-table">') + 16 :].split("</script>")[0]
    data = json.loads(table)
    data["patches"][0][0] = 8
    path = tmp_path / "wrong.html"
    path.write_text(text.replace(table, json.dumps(data)), encoding="utf-8")
    look(browser, path)
    put(browser, "input", np.arange(9))
    assert "different" in browser.find_element("css selector", ".verdict.bad").text
