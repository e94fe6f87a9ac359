"""Sections of the notes on views that are there by name, in every language and format, from the views' own stages."""

from __future__ import annotations

from pathlib import Path

import pytest

from symconv import AvgPool, Conv, NotesStyle, SymconvError, write_notes
from symconv.algebra.rules import RuleName
from symconv.errors import OutputError, ViewError
from symconv.notes.languages import CATALOGUES
from symconv.views import ON_REQUEST
from tests.tools import require_tool

LAYERS = {
    "winograd": Conv.general(1, kernel_size=3, stride=1, dilation=1), "karatsuba": Conv(5, 2, padding=1),
    "polyphase": Conv.general(1, dilation=1), "circulant": Conv((3, 3), (2, 2)),
}  # fmt: skip
USUAL = Conv.general(1, stride=1, dilation=1, in_channels=1, out_channels=1, bias=False)
FAST = ("im2col", "kn2row", "circulant", "polyphase", "fft", "winograd", "karatsuba")


SHOWN = [("fft", "en"), ("winograd", "de")]
"""What is looked at by default; all of them take some seconds."""


@pytest.mark.parametrize(("name", "language"), [
    pytest.param(name, language, marks=() if (name, language) in SHOWN else pytest.mark.exhaustive)
    for name in FAST for language in CATALOGUES
])  # fmt: skip
def test_every_view_has_a_section(name: str, language: str, tmp_path: Path) -> None:
    layer, words = LAYERS.get(name, USUAL), CATALOGUES[language]
    style = NotesStyle(language=language)
    path, *_ = write_notes(layer, tmp_path, ("md",), views=[name], sections=["layer"], style=style, figures=[])
    _, _, section = path.read_text(encoding="utf-8").partition("## " + words[f"view.{name}"][0].upper())
    assert words[f"idea.{name}"][:40] in " ".join(section.split())
    assert section.count(words["theorem"].capitalize() + " ") >= 3
    for stage in getattr(layer, name)(2).definitions if name == "winograd" else getattr(layer, name).definitions:
        assert f"${stage}_" in section or f"{stage}_{{" in section
    if name in ("winograd", "karatsuba", "fft"):
        assert words["rule.bilinear identity"] in section


def test_every_rule_and_every_fast_view_has_words() -> None:
    for words in CATALOGUES.values():
        assert {f"rule.{rule.value}" for rule in RuleName} <= words.keys()
        assert {f"{kind}.{name}" for kind in ("view", "idea") for name in FAST} <= words.keys()
    assert set(FAST) <= ON_REQUEST.keys()


def test_several_sections_in_every_format(tmp_path: Path) -> None:
    layer = Conv(5, 3)
    views = [layer.im2col, layer.winograd(3), layer.fft.of_length(8)]
    formats = ("md", "tex", "html", "ipynb")
    for path in write_notes(layer, tmp_path, formats, views=views, sections=["layer"], figures=[]):
        text = path.read_text(encoding="utf-8")
        places = [text.find(title) for title in ("matrices (im2col)", "minimal filtering", "Fourier basis (FFT)")]
        assert -1 not in places and places == sorted(places)


def test_what_is_not_a_view_of_the_layer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ViewError, match="no weights"):
        write_notes(AvgPool(4, 2), tmp_path, ("md",), views=["im2col"])
    with pytest.raises(OutputError, match="not a view that these notes have a section for"):
        write_notes(Conv(5, 3), tmp_path, ("md",), views=[Conv(6, 3).im2col])
    with pytest.raises(OutputError, match="not a view that these notes have a section for"):
        write_notes(Conv(5, 3), tmp_path, ("md",), views=["strassen"])
    short = Conv(6, 3).fft.of_length(4)
    with pytest.raises(SymconvError, match="not proved to be the layer"):
        write_notes(Conv(6, 3), tmp_path, ("md",), views=[short], sections=["layer"])


@pytest.mark.tex
def test_sections_compile(tmp_path: Path) -> None:
    require_tool("pdflatex")
    layer = Conv.general(2, stride=1, dilation=1)
    views = [layer.im2col, layer.fft, layer.kn2row]
    (path,) = write_notes(layer, tmp_path, ("pdf",), views=views, sections=["layer"])
    assert path.stat().st_size > 10_000
