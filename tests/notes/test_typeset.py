"""Mathematics that people write is read into the tree, and set in parts, which MathML and widths are made of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from symconv.errors import FormulaError
from symconv.notes.writers.mathml import MathmlWriter, aligned, mathml
from symconv.printing import tree
from symconv.printing.authored import columns, hole, read
from symconv.printing.latex import LatexWriter, latex_of
from symconv.printing.layout import METHODS, PartWriter, laid_out
from symconv.printing.names import name_of
from symconv.printing.parts import PARTS, Coloured, Line, Part
from symconv.printing.tree import Marked
from symconv.printing.widths import WidthWriter, width

STYLE = Path(__file__).parents[2] / "docs" / "style.md"

WRITTEN = [
    (r"\tfrac12", '<mstyle displaystyle="false" scriptlevel="0"><mfrac><mn>1</mn><mn>2</mn></mfrac></mstyle>'),
    (r"k''_{1}", "<msubsup><mi>k</mi><mn>1</mn><mi>″</mi></msubsup>"),
    (r"C_{\mathrm{in}}", "<msub><mi>C</mi><mi>in</mi></msub>"),
    (r"\sum_{k = 1}^{3} 2", "<munderover><mo>∑</mo><mrow><mi>k</mi><mo>=</mo><mn>1</mn></mrow><mn>3</mn></munderover>"
     "<mn>2</mn>"),
    (r"\mathbf{W}^{\mathsf{T}}", "<msup><mi>𝐖</mi><mi>𝖳</mi></msup>"),
    (r"\boldsymbol{\delta}", "<mi>𝜹</mi>"),
    (r"\mathcal{K}", "<mi>𝒦</mi>"),
    (r"\mathcal{L}", "<mi>ℒ</mi>"),
    (r"\max(z, 0)", '<mo lspace="0.17em" rspace="0">max</mo><mo stretchy="false">(</mo><mi>z</mi><mo>,</mo><mn>0</mn>'
     '<mo stretchy="false">)</mo>'),
    (r"\underbrace{x}_{\text{patch 1}}",
     "<munder><munder><mi>x</mi><mo>⏟</mo></munder><mtext>patch\xa01</mtext></munder>"),
    (r"{\color{wA}w}", '<mi class="wA">w</mi>'),
    (r"-0.25", "<mo>−</mo><mn>0.25</mn>"),
]  # fmt: skip


@pytest.mark.parametrize(("latex", "expected"), WRITTEN, ids=[row[0] for row in WRITTEN])
def test_mathml_of_the_tree(latex: str, expected: str) -> None:
    assert mathml(read(latex)) == f"<math>{expected}</math>"


@pytest.mark.parametrize("latex", [r"\foo", r"\frac{1", "a}", r"\begin{align} a \end{align}", r"\left( a", "x &"])
def test_what_is_not_read_is_an_error(latex: str) -> None:
    with pytest.raises(FormulaError):
        read(latex)


def test_writers_have_a_method_for_every_kind() -> None:
    assert {name for name in vars(PartWriter) if getattr(vars(PartWriter)[name], "__isabstractmethod__", False)} == {
        *METHODS.values()
    }
    for writer in (MathmlWriter(), WidthWriter()):
        with pytest.raises(FormulaError, match="not a node"):
            writer.write(Part())


@pytest.mark.parametrize("latex", [row[0] for row in WRITTEN], ids=[row[0] for row in WRITTEN])
def test_what_is_read_and_written_is_read_the_same(latex: str) -> None:
    assert mathml(read(latex_of(read(latex)))) == mathml(read(latex))


def test_every_node_of_the_tree_is_set_in_parts() -> None:
    """A semantic node comes down to parts; every kind of part is written as LaTeX."""
    for kind in tree.KINDS:
        assert kind in METHODS or laid_out.dispatch(kind) is not laid_out.dispatch(object)
    assert set(LatexWriter.METHODS) == {*tree.KINDS, *PARTS}


def test_a_hole_has_the_node_that_is_made_already() -> None:
    node = Marked(name_of("k"), (("weight", 1),))
    assert read(rf"2 {hole(0)} + {hole(1)}", (node, name_of("n"))).parts[1] is node  # type: ignore[attr-defined]


ARGUED = (
    r"\frac",
    r"\tfrac",
    r"\text",
    r"\operatorname",
    r"\mathrm",
    r"\mathit",
    r"\mathsf",
    r"\boldsymbol",
    r"\underbrace",
)
"""Commands that need something in braces."""


def test_every_documented_command_is_read() -> None:
    """The list of docs/style.md; commands with arguments get some."""
    listed = STYLE.read_text(encoding="utf-8").split("These are all the macros")[1]
    commands = set(re.findall(r"`(\\(?:[A-Za-z]+|.))`", listed)) - {
        r"\begin",
        r"\end",
        r"\left",
        r"\right",
        r"\color",
        "\\\\",
    }
    assert len(commands) > 30
    for command in commands:
        assert read(rf"a {command}{{x}}{{y}}" if command in ARGUED else rf"a {command} x") is not None


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [("w_{1}", "w_{1} + 1"), (r"\frac{1}{2}", "1 + 2"), (r"{\color{wA}w}", "w w"), ("x_{11}", "x 11"),
     (r"\underbrace{x y z u v w}_{\text{a}}", r"x y z u v w + a"),
     (r"\begin{bmatrix} 1 \\ 2 \\ 3 \end{bmatrix}", r"\begin{bmatrix} 1 & 2 & 3 \end{bmatrix}")],
)  # fmt: skip
def test_widths(narrow: str, wide: str) -> None:
    assert 0 < width(read(narrow)) < width(read(wide))


def test_marks_and_colors_have_no_width() -> None:
    plain = name_of("w1")
    assert width(Marked(Coloured("wA", plain), (("weight", 1),))) == width(plain)
    assert width(read("")) == 0 and read("") == Line(())


def test_a_line_without_a_left_side_keeps_its_column() -> None:
    """The signs = of a derivation stand below each other, also beside a note."""
    table = aligned([(columns("a &= b"), "one rule"), (columns(" &= c"), "a second rule"), (columns("&= d"), "")])
    assert [row.count("<mtd>") for row in table.split("<mtr>")[1:]] == [3, 3, 2]
    assert table.count("<mtd></mtd>") == 2
