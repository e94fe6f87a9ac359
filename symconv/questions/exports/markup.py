r"""The markup of questions as elements of HTML with LaTeX between \( and \), and back.

Systems for quizzes show HTML, and MathJax there reads ``\(..\)`` in a line and ``\[..\]`` on lines of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from symconv.questions.exports.export import printable

_READER = (
    MarkdownIt("zero")
    .enable(["emphasis", "backticks"])
    .use(dollarmath_plugin, allow_space=True, allow_digits=True, double_inline=False)
)
TAGS = {"strong_open": "strong", "em_open": "em"}
MARKS = {"strong": "**", "em": "*", "code": "`"}


def elements(markup: str) -> list[Element]:
    """One paragraph for every paragraph and every display."""
    found = []
    for token in _READER.parse(printable(markup)):
        if token.type == "inline":
            found.append(_filled(Element("p"), token.children or []))
        elif token.type == "math_block":
            paragraph = Element("p")
            paragraph.text = rf"\[{_apart(token.content.strip())}\]"
            found.append(paragraph)
    return found


def html(markup: str) -> str:
    r"""The same as text.

    >>> html("Is $a < b$?")
    '<p>Is \\(a &lt; b\\)?</p>'
    """
    return "".join(tostring(one, encoding="unicode") for one in elements(markup))


def inline_html(markup: str) -> str:
    """One paragraph without the element around it; several as they are."""
    text = html(markup)
    inside = text.removeprefix("<p>").removesuffix("</p>")
    return text if "<p>" in inside else inside


def _filled(element: Element, tokens: Sequence[Token]) -> Element:
    stack = [element]
    for token in tokens:
        if token.type in TAGS:
            stack.append(SubElement(stack[-1], TAGS[token.type]))
        elif token.nesting < 0:
            stack.pop()
        elif token.type == "code_inline":
            SubElement(stack[-1], "code").text = token.content
        elif token.type == "math_inline":
            _append(stack[-1], rf"\({_apart(token.content)}\)")
        else:
            _append(stack[-1], "\n" if token.type == "softbreak" else token.content)
    return element


def _apart(latex: str) -> str:
    r"""LaTeX in which nothing ends the mathematics: \) and \] are spaces' commands of nobody."""
    return latex.replace(r"\)", ")").replace(r"\]", "]")


def _append(element: Element, text: str) -> None:
    """Text after what is in the element."""
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


# -- back ----------------------------------------------------------------------------------------------


def markup(text: str) -> str:
    r"""The markup of questions, of HTML that ``html`` made.

    >>> markup(html("Is $a < b$?")), markup("2")
    ('Is $a < b$?', '2')
    """
    root = fromstring(f"<div>{text}</div>")
    if not any(child.tag == "p" for child in root):
        return _mathematics(_inside(root))
    return "\n\n".join(_mathematics(_inside(child)) for child in root if child.tag == "p")


def _inside(element: Element) -> str:
    return "".join(_texts(element))


def _texts(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        mark = MARKS.get(child.tag, "")
        yield f"{mark}{_inside(child)}{mark}"
        yield child.tail or ""


def _mathematics(text: str) -> str:
    if display := re.fullmatch(r"\\\[(.*)\\\]", text, re.DOTALL):
        return f"$$\n{display[1]}\n$$"
    return re.sub(r"\\\((.*?)\\\)", lambda found: f"${found[1]}$", text, flags=re.DOTALL)
