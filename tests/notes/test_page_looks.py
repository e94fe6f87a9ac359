"""The page for every reader: contrast, axe-core, widths, zoom, dark, links that keep the state, and typed formulas."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from symconv import Activation, Conv, Flatten, Linear, Sequential, sgd_step, write_notes
from symconv.figures.palette import BASE
from symconv.notes.page.colours import DARK_GROUNDS, LIGHT_GROUNDS, contrast, palette
from tests.notes.test_page import open_browser
from tests.tools import require_module

SUBJECTS: dict[str, Any] = {
    "small": Conv((3, 3), (2, 2), out_channels=2),
    "padded": Conv((4, 4), 3, padding=1, stride=2, bias=True),
    "ordinary": Conv((5, 5), (3, 3), in_channels=3, out_channels=2, stride=2, padding=1),
    "large": Conv((28, 28), (5, 5), out_channels=6, padding=2, bias=True),
    "every size": Conv.general(2),
    "network": Sequential(Conv((4, 4), 2, bias=True), Activation("relu"), Flatten(), Linear.lazy(out_features=2)),
    "network in numbers": Sequential(
        Conv((3, 3), 2, out_channels=2), Activation("relu"), Flatten(), Linear.lazy(out_features=2), loss="mse"
    ),
    "step": sgd_step(Conv(3, 2)),
}
MOST_BYTES = 600_000


@pytest.mark.parametrize("accent", ["0072B2", "FFFF00", "000000"])
def test_coloured_letters_can_be_read_on_every_ground(accent: str) -> None:
    """By the definition of the Web Content Accessibility Guidelines, whose own example is 21 for black on white."""
    assert contrast("000000", "FFFFFF") == pytest.approx(21) and contrast("777777", "FFFFFF") == pytest.approx(
        4.48, abs=0.01
    )
    for dark, grounds in ((False, LIGHT_GROUNDS), (True, DARK_GROUNDS)):
        colours = palette(dark, accent)
        for name in BASE:
            for ground in (*grounds, f"{name}tint"):
                assert contrast(colours[name], colours[ground]) >= 4.5, (dark, name, ground)
        for letters in ("ink", "muted"):
            assert all(contrast(colours[letters], colours[ground]) >= 4.5 for ground in grounds), (dark, letters)
        assert all(contrast(colours[one], colours["paper"]) >= 4.5 for one in ("accent", "good", "bad"))
        assert len({colours[name] for name in BASE}) == len(BASE)


@pytest.mark.slow
def test_no_page_is_large(pages: dict[str, Path]) -> None:
    for name, page in pages.items():
        assert page.stat().st_size <= MOST_BYTES, (name, page.stat().st_size)


# -- in a browser ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    require_module("selenium")
    with open_browser() as one:
        one.set_script_timeout(60)
        yield one


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    return {
        name: write_notes(subject, folder, "html", name=name.replace(" ", "-"))[0] for name, subject in SUBJECTS.items()
    }


def look(browser: Any, page: Path, width: int = 1280, dark: bool = False, fragment: str = "") -> None:
    scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
    resize(browser, width)
    browser.get("about:blank")
    browser.get(page.as_uri() + fragment)


def resize(browser: Any, width: int) -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def axe_core() -> str:
    """The checker's source: the file that SYMCONV_AXE names, or the one of the package axe-core-python."""
    place = os.environ.get("SYMCONV_AXE", "")
    if not place:
        place = Path(require_module("axe_core_python").__file__).with_name("axe.min.js")
    return Path(place).read_text(encoding="utf-8")


KINDS = """
const known = new Map(), numbers = new Map(), found = new Map();
const kind = (element) => {
  if (!element) return 0;
  if (!known.has(element)) {
    const style = getComputedStyle(element);
    const own = [element.tagName, element.getAttribute("class"), style.color, style.fill, style.backgroundColor,
      style.backgroundImage, style.opacity, style.fontSize, style.fontWeight, style.position].join(" ");
    const text = `${kind(element.parentElement)} ${own}`;
    if (!numbers.has(text)) numbers.set(text, numbers.size + 1);
    known.set(element, numbers.get(text));
  }
  return known.get(element);
};
for (const one of document.querySelectorAll("body *"))
  if ([...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) && one.checkVisibility())
    found.set(kind(one), one);
return [...found.values()];
"""
"""An element of each kind that has letters: what it is, its colours and its size, and those of all that it is in."""
VIOLATIONS = """
const [options, where, done] = arguments;
axe.run(where ? {include: where} : document, {resultTypes: ["violations"], ...options}).then((found) =>
  done(found.violations.map((one) => [one.id, one.nodes[0].html])));
"""
OF_COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules that a dark page may break and a light one not. The first takes four fifths of the time of all rules: it
asks for each letter what is painted behind it."""


@pytest.mark.browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_axe_finds_nothing(width: int, dark: bool, browser: Any, pages: dict[str, Path]) -> None:
    """All rules at every width, for both directions; of a dark page, those of colours. They are asked about every
    element at the widest, and elsewhere about one of each kind."""
    source = axe_core()

    def violations(options: dict[str, Any], where: list[Any] | None = None) -> list[tuple[str, str]]:
        return browser.execute_async_script(VIOLATIONS, options, where)

    for name in ("small", "ordinary", "network in numbers"):
        look(browser, pages[name], width, dark)
        browser.execute_script(source)
        for backwards in (False, True):
            if backwards and not browser.find_elements("css selector", "[value=backward]"):
                continue
            if backwards:
                browser.execute_script("document.querySelector('[value=backward]').click()")
            if not dark:
                assert violations({"rules": {rule: {"enabled": False} for rule in OF_COLOURS}}) == [], name
            every = width == 1280 and not backwards
            assert violations({"runOnly": OF_COLOURS}, None if every else browser.execute_script(KINDS)) == [], name


@pytest.mark.browser
def test_a_kind_of_letters_that_cannot_be_read_is_seen(browser: Any, pages: dict[str, Path]) -> None:
    look(browser, pages["small"], 360)
    browser.execute_script(axe_core())
    browser.execute_script("[...document.querySelectorAll('p')].at(-1).style.color = '#eeeeee'")
    found = browser.execute_async_script(VIOLATIONS, {"runOnly": OF_COLOURS}, browser.execute_script(KINDS))
    assert [one for one, _ in found] == ["color-contrast"]


@pytest.mark.browser
def test_it_fits_every_width_and_twice_the_size_of_letters(browser: Any, pages: dict[str, Path]) -> None:
    """Zoom to 200 % is half the width for the layout: 1280 pixels are 640, and 720 are 360."""
    for name, page in pages.items():
        look(browser, page, 360)
        for width in (360, 640, 768, 1280, 1920):
            resize(browser, width)
            assert browser.execute_script("return document.documentElement.scrollWidth") <= width, (name, width)


@pytest.mark.browser
def test_the_views_stand_side_by_side_on_a_wide_screen(browser: Any, pages: dict[str, Path]) -> None:
    tops = "return [...document.querySelectorAll('.views > .view')].map((one) => one.getBoundingClientRect().top)"
    look(browser, pages["small"], 1920)
    assert len(set(browser.execute_script(tops))) == 1
    look(browser, pages["small"], 1280)
    assert len(set(browser.execute_script(tops))) == 3


@pytest.mark.browser
def test_the_dark_page_is_dark(browser: Any, pages: dict[str, Path]) -> None:
    ground = "return getComputedStyle(document.body).backgroundColor"
    look(browser, pages["small"], dark=True)
    assert max(map(int, re.findall(r"\d+", browser.execute_script(ground)))) < 64
    look(browser, pages["small"])
    assert browser.execute_script(ground) == "rgb(255, 255, 255)"


@pytest.mark.browser
def test_a_link_keeps_the_state(browser: Any, pages: dict[str, Path]) -> None:
    def shown() -> list[str]:
        return [browser.find_element("css selector", one).text for one in (".line", ".judged", ".position")]

    def type_in(selector: str, text: str) -> None:
        browser.execute_script(
            "const field = document.querySelector(arguments[0]); field.value = arguments[1];"
            "field.dispatchEvent(new Event('input', {bubbles: true}))",
            selector, text,
        )  # fmt: skip

    look(browser, pages["small"])
    browser.find_element("css selector", ".next").click()
    type_in("[data-field=weight]", "-3")
    type_in(".claim", "h111 = w111 X11")
    assert "h112 = (−3)·0 + 2·2 + " in shown()[0] and shown()[0].count("h") == 2
    assert shown()[1] == "Not right at h111. Missing: X12*w112, X21*w121, X22*w122."
    before, link = shown(), browser.find_element("css selector", ".state").get_attribute("href")
    look(browser, pages["small"], fragment="#" + link.partition("#")[2])
    assert shown() == before
    look(browser, pages["small"], fragment="#explorer?position=99&numbers=x;y&direction=<b>&formula=%3Cb%3E")
    assert "same numbers" in browser.find_element("css selector", ".verdict").text


@pytest.mark.browser
def test_play_random_and_reset(browser: Any, pages: dict[str, Path]) -> None:
    look(browser, pages["small"])
    button = {one: browser.find_element("css selector", f".{one}") for one in ("play", "random", "reset")}
    values = "return [...document.querySelectorAll('[data-field]')].map((field) => field.value)"
    start = browser.execute_script(values)
    button["random"].click()
    assert browser.execute_script(values) != start
    button["play"].click()
    assert button["play"].get_attribute("aria-pressed") == "true" and button["play"].text == "Pause"
    button["reset"].click()
    assert button["play"].get_attribute("aria-pressed") == "false" and button["play"].text == "Play"
    assert browser.execute_script(values) == start


PANELS = """
return [...document.querySelectorAll(".values .panel")].filter((one) => one.checkVisibility())
  .map((one) => [Number(one.dataset.part), one.querySelectorAll("math")[0].textContent, one.textContent]);
"""


def test_parts_of_a_network_show_their_numbers(browser: Any, pages: dict[str, Path]) -> None:
    """On hover, by keyboard and on a click, one part at a time: its output and the derivative with respect to it."""
    from selenium.webdriver import ActionChains, Keys

    look(browser, pages["network in numbers"])
    rows = browser.find_elements("css selector", ".values tr[data-part]")
    assert len(rows) == 4 and [part for part, *_ in browser.execute_script(PANELS)] == [1]
    for at in (2, 0, 3):
        browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", rows[at])
        ActionChains(browser).move_to_element(rows[at]).perform()
        ((part, _, text),) = browser.execute_script(PANELS)
        assert part == at + 1 and "δ" in text
    rows[1].click()
    ActionChains(browser).move_to_element(browser.find_element("css selector", "h1")).perform()
    assert [part for part, *_ in browser.execute_script(PANELS)] == [2]
    browser.execute_script("arguments[0].focus()", rows[3].find_element("css selector", "button"))
    assert [part for part, *_ in browser.execute_script(PANELS)] == [4]
    ActionChains(browser).send_keys(Keys.ESCAPE).perform()
    assert [part for part, *_ in browser.execute_script(PANELS)] == [2]
    before, after = (numbers(browser, f"#values-{part}")[:8] for part in (1, 2))
    assert len(after) == 8 and after == [max(0, one) for one in before]  # the relu of part 1


def numbers(browser: Any, panel: str) -> list[float]:
    """The numbers in the matrices of a panel."""
    cells = browser.execute_script(
        "return [...document.querySelectorAll(arguments[0] + ' mtd')].filter((one) => !one.querySelector('mtd'))"
        ".map((one) => one.textContent.replace('−', '-'))",
        panel,
    )
    return [float(cell) for cell in cells if re.fullmatch(r"-?[\d.]+", cell)]


@pytest.mark.slow
def test_without_scripts_all_numbers_of_a_network_are_there(pages: dict[str, Path]) -> None:
    text = pages["network in numbers"].read_text(encoding="utf-8")
    assert (
        text.count('<div class="panel"') == 4
        and "hidden" not in text.split('<div class="panels">')[1].split("<script")[0]
    )
