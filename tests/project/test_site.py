"""The site: it builds without a warning and without a network, and every link on it leads somewhere."""

from __future__ import annotations

import doctest
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import symconv
from symconv.cli.main import main
from tests.figures.vision import contrast
from tests.tools import require_module

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
BLOCK = re.compile(r"^```(\S*)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MADE = ("{lecture}", "{layer}", "{gradients}")
INSTALL = "python -m pip install"

WITHOUT_NETWORK = """
import sys

def forbid(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        raise OSError(f"the site asked for {arguments}")

sys.addaudithook(forbid)
from sphinx.cmd.build import main
sys.exit(main(sys.argv[1:]))
"""


def blocks(kind: str) -> list[tuple[str, str]]:
    """What stands on the line of the fence, and inside, of every block of a kind on all pages."""
    found = [block for page in PAGES for block in BLOCK.findall(page.read_text(encoding="utf-8"))]
    return [(words.strip(), content) for name, words, content in found if name == kind]


# -- what stands on the pages runs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_block_is_of_a_kind_that_runs(page: Path, tmp_path: Path) -> None:
    """test_docs.py runs python and console, this file all the others; test_description.py reads the YAML."""
    for kind, _, content in BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind == "python":
            assert content.startswith(">>> "), content
        elif kind == "console":
            assert content.startswith(("$ symconv ", INSTALL)), content
        elif kind == "sh":
            assert all(line.startswith("symconv ") for line in content.splitlines()), content
        elif kind == "json":
            assert json.loads(content)
        elif kind == "latex":
            assert_marked_formulas(content, tmp_path)
        elif kind == "toml":
            assert content.startswith("[tool.pytest.ini_options]\nsymconv = true\n")
        elif kind == "text":
            assert content == "FAILED lecture.tex::line 8 - lecture.tex:8: grad_weight refuted\n"
        else:
            assert kind in (*MADE, "{toctree}", "{eval-rst}", "yaml", "latex", "toml", "text"), kind
    outside = BLOCK.sub("", page.read_text(encoding="utf-8"))
    assert not re.search(r"^ {4,}(>>>|\$ |symconv |python )", outside, re.MULTILINE), "a block that no test runs"


def assert_marked_formulas(content: str, folder: Path) -> None:
    """What the page says of its lecture: one formula is right, the other, on line 8, leaves out the stride."""
    lecture = folder / "lecture.tex"
    lecture.write_text(content, encoding="utf-8")
    right, wrong = symconv.check_document(lecture).results
    assert (right.line, right.status) == (4, "proved")
    assert (wrong.line, wrong.status, wrong.report.of) == (8, "refuted", "grad_weight")
    assert "the stride is left out" in wrong.report.explanation


@pytest.mark.parametrize("commands", [content for _, content in blocks("sh")])
def test_commands_that_write_files(commands: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "layers.py").write_text("def bias_gradient(dout):\n    return dout.sum(axis=1)\n", encoding="utf-8")
    for command in commands.splitlines():
        assert main(command.split()[1:]) == 0
    assert len([*tmp_path.rglob("*.*")]) >= 3


def test_the_gallery_has_a_dozen_layers_of_every_kind() -> None:
    calls = [content.strip() for _, content in blocks("{layer}")]
    layers = [eval(call, {name: getattr(symconv, name) for name in symconv.__all__}) for call in calls]
    assert len(calls) == len(set(calls)) == 12
    assert {layer.ndim for layer in layers} == {1, 2, 3}
    assert {type(layer).__name__ for layer in layers} == {"Conv", "ConvTranspose", "AvgPool"}
    for word in ("stride=", "padding=", "dilation=", "groups=2", "groups=3", "circular", "28, 28", "general"):
        assert any(word in call for call in calls), word


def test_the_site_is_not_committed() -> None:
    assert "site/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


# -- links ---------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """What a page links to, what it loads, and the places on it that can be linked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.loaded: list[str] = []
        self.places: list[str] = []
        self.tags: list[str] = []
        self._inside_link = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.places += [name for name in (given.get("id"), given.get("name") if tag == "a" else None) if name]
        if tag == "a" and given.get("href") is not None:
            self.links.append((given["href"] or "", ""))
            self._inside_link = True
        elif tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload"):
            self.loaded.append(given.get("href") or "")
        self.loaded += [given[name] or "" for name in ("src", "srcset", "data", "poster") if name in given]

    def handle_data(self, data: str) -> None:
        if self._inside_link:
            address, words = self.links[-1]
            self.links[-1] = (address, words + data)

    def handle_endtag(self, tag: str) -> None:
        self._inside_link = self._inside_link and tag != "a"


def read(site: Path) -> dict[Path, Page]:
    return {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}


def target(page: Path, address: str) -> Path:
    """The file that a link within the site leads to."""
    path = unquote(urlsplit(address).path)
    return (page.parent / path).resolve() if path else page


def problems(pages: Mapping[Path, Page]) -> list[str]:
    """Links that lead nowhere, places that are there twice, and whatever is loaded from elsewhere."""
    found = []
    for path, page in pages.items():
        twice = [place for place, times in Counter(page.places).items() if times > 1]
        found += [f"{path.name}: two places {place}" for place in twice]
        for address in page.loaded:
            if urlsplit(address).scheme or urlsplit(address).netloc or not target(path, address).is_file():
                found.append(f"{path.name} loads {address}")
        for address, _ in page.links:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                if parts.scheme != "https" or "." not in parts.netloc:
                    found.append(f"{path.name}: {address} is not an address")
            elif not target(path, address).is_file():
                found.append(f"{path.name}: {address} is not there")
            elif parts.fragment and unquote(parts.fragment) not in pages[target(path, address)].places:
                found.append(f"{path.name}: {address} is not a place there")
    return found


def clicks(pages: Mapping[Path, Page], start: Path, end: Path) -> int:
    """How many links one has to follow."""
    reached, count = {start}, 0
    while end not in reached:
        further = {target(path, address) for path in reached for address, _ in pages[path].links if path in pages}
        further = {path for path in further if path in pages} | reached
        assert further != reached, f"no way leads to {end.name}"
        reached, count = further, count + 1
    return count


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('<a href="other.html#there">x</a>', ""),
        ('<a href="#here">x</a><p id="here">', ""),
        ('<a href="https://example.org/">x</a>', ""),
        ('<script src="other.html"></script>', ""),
        ('<a href="missing.html">x</a>', "page.html: missing.html is not there"),
        ('<a href="other.html#nowhere">x</a>', "page.html: other.html#nowhere is not a place there"),
        ('<a href="#nowhere">x</a>', "page.html: #nowhere is not a place there"),
        ('<a href="http://example.org">x</a>', "page.html: http://example.org is not an address"),
        ('<script src="https://cdn.example.org/a.js"></script>', "page.html loads https://cdn.example.org/a.js"),
        ('<link rel="stylesheet" href="//fonts.example.org/f.css">', "page.html loads //fonts.example.org/f.css"),
        ('<img src="missing.png">', "page.html loads missing.png"),
        ('<p id="a"><p id="a">', "page.html: two places a"),
    ],
)
def test_the_checker_finds_what_is_wrong(text: str, found: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    (tmp_path / "other.html").write_text('<p id="there">', encoding="utf-8")
    assert problems(read(tmp_path)) == ([found] if found else [])


def test_clicks_are_counted(tmp_path: Path) -> None:
    for at in range(3):
        (tmp_path / f"{at}.html").write_text(f'<a href="{at + 1}.html">next</a>', encoding="utf-8")
    (tmp_path / "3.html").write_text("", encoding="utf-8")
    assert clicks(read(tmp_path), tmp_path / "0.html", tmp_path / "3.html") == 3


# -- the site ------------------------------------------------------------------------------------------------------


@pytest.mark.docs
def test_the_site(tmp_path: Path) -> None:
    """One test, since it is built once."""
    for name in ("sphinx", "myst_parser", "furo"):
        require_module(name)
    command = [sys.executable, "-c", WITHOUT_NETWORK, "-q", "-W", "--keep-going", "-d", str(tmp_path / "read")]
    site = tmp_path / "site"
    built = subprocess.run([*command, str(DOCS), str(site)], capture_output=True, text=True, check=False)
    assert (built.returncode, built.stderr) == (0, "")
    pages = read(site)
    assert len(pages) > len(PAGES)
    assert problems(pages) == []
    assert_nothing_comes_from_elsewhere(site)
    assert_the_first_page_is_the_lecture(site, tmp_path)
    assert_the_gradient_is_two_clicks_away(site, pages)
    assert_every_layer_has_its_page(site, pages)
    missing = {name for name in symconv.__all__ if f"symconv.{name}" not in pages[site / "api.html"].places}
    assert missing == {"SymconvError", "__version__"}
    assert "symconv.errors.SymconvError" in pages[site / "api.html"].places


def assert_nothing_comes_from_elsewhere(site: Path) -> None:
    for style in site.rglob("*.css"):
        for address in re.findall(
            r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""", style.read_text(encoding="utf-8")
        ):
            assert not re.match(r"(https?:)?//", "".join(address)), style
    for script in (site / "_static").rglob("*.js"):
        assert not re.search(r"""(src|import|fetch)\W{1,3}["'](https?:)?//""", script.read_text(encoding="utf-8")), (
            script
        )


def assert_the_first_page_is_the_lecture(site: Path, folder: Path) -> None:
    (notes, *figures) = symconv.write_notes(symconv.Conv(3, 2), folder / "notes", ("md",))
    first = (site / "index.html").read_text(encoding="utf-8")
    for heading in re.findall(r"^##+ (.*)$", notes.read_text(encoding="utf-8"), re.MULTILINE):
        assert re.search(rf"<h[2-4]>{heading}<a", first), heading
    assert first.count('<figure class="drawing">') == len(figures) == 11
    assert first.count('<math display="block">') > 20
    words = re.sub(r"<(script|style|svg|math|code|pre).*?</\1>|<[^>]*>", "", first, flags=re.DOTALL)
    for number in (1, 2, 3, 4):
        assert f"Theorem {number}." in words
    assert not re.search(r"\$|\\[a-z(\[]|!\[", words), "Markdown or LaTeX was left"


def assert_the_gradient_is_two_clicks_away(site: Path, pages: Mapping[Path, Page]) -> None:
    first, wanted = site / "index.html", site / "how-to-gradient.html"
    assert 1 <= clicks(pages, first, wanted) <= 2
    named = [target(first, link) for link, words in pages[first].links if re.search("gradient with stride", words)]
    assert wanted in named
    text = wanted.read_text(encoding="utf-8")
    assert "grad_weight" in text and "grad_input" in text and text.count("<mo>∑</mo>") >= 2
    assert text.count('<figure class="drawing">') == 2


def assert_every_layer_has_its_page(site: Path, pages: Mapping[Path, Page]) -> None:
    gallery = site / "gallery.html"
    shown = {target(gallery, address) for address, words in pages[gallery].links if "whole page" in words}
    assert shown == {site / "layers" / f"{name}.html" for name, _ in blocks("{layer}")}
    assert all("math" in pages[path].tags for path in shown)
    assert gallery.read_text(encoding="utf-8").count('<figure class="drawing">') == 2 * (
        len(shown) - 1
    )  # a symbolic one has none


def test_colours_on_a_dark_page_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    require_module("sphinx")
    monkeypatch.syspath_prepend(str(DOCS / "_extensions"))
    mathematics = require_module("mathematics")
    for name, code in mathematics.lighter().items():
        assert contrast(code, "131416") >= 4.5, name
    assert all(f"math .{name} " in mathematics.style() for name in mathematics.SHOWN)


@pytest.mark.parametrize("name", ["mathematics", "written_by_symconv", "plain_docstrings"])
def test_the_extensions_own_examples(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    require_module("sphinx")
    monkeypatch.syspath_prepend(str(DOCS / "_extensions"))
    assert doctest.testmod(require_module(name)).failed == 0
