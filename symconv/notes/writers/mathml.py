r"""LaTeX of the notes as MathML: marks become data attributes, colours become classes.

``\mark{output=3 weight=1}{..}`` is ``<mrow data-output="3" data-weight="1">``, and ``{\color{wA} ..}`` has
the class ``wA``, so that a page can light up and restyle what belongs together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from xml.etree import ElementTree

from latex2mathml.converter import convert

from symconv.notes.build.marks import COMMAND, pieces

XML_NAMESPACE = re.compile(r' xmlns="[^"]*"')
MACROS = {r"\zero": r"{\color{zero}0}", r"\qquad": r"\quad\quad", r"\!": ""}
"""Macros of the LaTeX preamble and spaces that the converter does not know, in what it knows."""


def mathml(latex: str, display: bool = False) -> str:
    r"""One ``<math>`` element.

    >>> mathml(r"\mark{weight=0}{{\color{wA}w_{1}}}")
    '<math><mrow data-weight="0"><msub class="wA"><mi>w</mi><mn>1</mn></msub></mrow></math>'
    """
    kind = ' display="block"' if display else ""
    return f"<math{kind}>{inner(latex)}</math>"


def aligned(rows: Sequence[tuple[str, str]], centred: bool = False) -> str:
    """Lines of mathematics as one ``<math>`` with a table; each is (LaTeX with & between columns, HTML of a note)."""
    if centred and len(rows) == 1:
        return mathml(rows[0][0], display=True)
    lines = []
    for latex, note in rows:
        cells = "".join(f"<mtd>{inner(cell)}</mtd>" for cell in columns(latex) if cell or not note)
        lines.append(f"<mtr>{cells}{f'<mtd><mtext>{note}</mtext></mtd>' if note else ''}</mtr>")
    kind = "centred" if centred else "aligned"
    return f'<math display="block"><mtable displaystyle="true" class="{kind}">{"".join(lines)}</mtable></math>'


def columns(latex: str) -> list[str]:
    r"""The cells of a line of an ``align``; & inside braces and matrices is theirs.

    >>> columns(r"a &= \begin{bmatrix} 1 & 2 \end{bmatrix}")
    ['a ', '= \\begin{bmatrix} 1 & 2 \\end{bmatrix}']
    """
    cells, depth = [""], 0
    for token in re.findall(r"\\begin\{|\\end\{|\\.|.", latex, re.DOTALL):
        depth += {"{": 1, "}": -1, r"\begin{": 2, r"\end{": 0}.get(token, 0)
        if token == "&" and depth == 0:
            cells.append("")
        else:
            cells[-1] += token
    return cells


@lru_cache(maxsize=4096)
def inner(latex: str) -> str:
    """What stands inside ``<math>``; equal formulas are converted once."""
    if not latex.strip():
        return ""
    marks: list[dict[str, str]] = []
    plain = _coloured(latex, marks)
    plain = COMMAND.sub(lambda command: MACROS.get(command[0], command[0]), plain)
    tree = ElementTree.fromstring(XML_NAMESPACE.sub("", convert(plain, display="block")))
    _tidy(tree, marks)
    content = tree[0]
    parts = content if content.tag == "mrow" and not content.attrib else tree
    return "".join(ElementTree.tostring(part, encoding="unicode") for part in parts)


def _coloured(latex: str, marks: list[dict[str, str]]) -> str:
    """The LaTeX with every mark as a colour ``mark0``, ``mark1``, ..., which the converter keeps."""
    text = ""
    for piece in pieces(latex):
        if piece.mark is None:
            text += piece.latex
        else:
            marks.append(dict(piece.mark))
            at = len(marks) - 1
            text += rf"{{\color{{mark{at}}}{_coloured(piece.latex, marks)}}}"
    return text


def _tidy(element: ElementTree.Element, marks: Sequence[dict[str, str]]) -> None:
    """Colours to classes and data attributes; rows around one thing are left out, and every matrix is in one."""
    for at, child in enumerate(list(element)):
        _tidy(child, marks)
        if child.tag == "mstyle" and (colour := child.attrib.pop("mathcolor", None)):
            child.tag = "mrow"
            if colour.startswith("mark"):
                child.attrib.update({f"data-{kind}": place for kind, place in marks[int(colour[4:])].items()})
            else:
                child.attrib["class"] = colour
        if set(child.attrib) == {"class"} and len(child) == 1 and not child[0].attrib:
            child[0].attrib.update(child.attrib)
            child.attrib.clear()
        variant = child.attrib.pop("mathvariant", None)
        if variant == "bold-italic" and child.text:
            child.text = _bold(child.text)
        elif variant == "normal":
            child.attrib["mathvariant"] = variant  # the only one that browsers know; italic is a letter anyway
        child.attrib.pop("columnalign", None)
        if child.tag == "mrow" and not child.attrib and len(child) == 1:
            element[at] = child[0]
    _gather_matrices(element)
    _set_functions(element)


def _set_functions(element: ElementTree.Element) -> None:
    """Names of functions, such as log, as operators with a thin space, and none before a bracket."""
    for child, after in zip(list(element), [*element[1:], None]):
        if child.tag in ("mi", "mo") and len(child.text or "") > 1 and (child.text or "").isalpha():
            child.tag = "mo"
            first = "" if after is None else next((part.text for part in after.iter() if part.text), "")
            child.attrib.update({"lspace": "0.17em", "rspace": "0" if first in ("(", "[") else "0.17em"})


def _bold(letter: str) -> str:
    """A letter as its bold italic one, which MathML has as a character of its own."""
    words = unicodedata.name(letter, "").split()
    if len(letter) != 1 or "LETTER" not in words:
        return letter
    return unicodedata.lookup(f"MATHEMATICAL BOLD ITALIC {words[1]} {words[-1]}")


def _gather_matrices(element: ElementTree.Element) -> None:
    """Brackets and the matrix between them in a row of their own, to whose height the brackets stretch."""
    for at in range(len(element) - 2):
        if at + 2 < len(element) and [part.tag for part in element[at : at + 3]] == ["mo", "mtable", "mo"]:
            row = ElementTree.Element("mrow")
            row.extend(element[at : at + 3])
            element[at : at + 3] = [row]
