"""Mathematics of a document as MathML: marks become data attributes, colors become classes.

What belongs to output 3 and weight 1 is in ``<mrow data-output="3" data-weight="1">``, and what is in a color has the
class of its name, so that a page can light up and restyle what belongs together.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from html import escape

from symconv.printing.layout import PartWriter, laid_out
from symconv.printing.parts import (
    NOTHING,
    Coloured,
    Fence,
    Grid,
    Line,
    Numeral,
    Scripts,
    Sign,
    Space,
    Symbol,
    Underbrace,
)
from symconv.printing.tree import Marked, Node, Operator, Quotient, Root, Text

FLAT = "()[]{}|∣⌊⌋⌈⌉"
"""Brackets that do not stretch unless a fence says so."""

ALPHABETS = {"bold-italic": "MATHEMATICAL BOLD ITALIC", "bold": "MATHEMATICAL BOLD", "sans": "MATHEMATICAL SANS-SERIF",
             "script": "MATHEMATICAL SCRIPT"}  # fmt: skip
"""Styles whose letters are characters of their own."""


def mathml(node: Node, display: bool = False) -> str:
    """One ``<math>`` element.

    >>> from symconv.printing.tree import Name
    >>> mathml(Marked(Coloured("wA", Name("w", below=("1",))), (("weight", 0),)))
    '<math><mrow data-weight="0"><msub class="wA"><mi>w</mi><mn>1</mn></msub></mrow></math>'
    """
    kind = ' display="block"' if display else ""
    return f"<math{kind}>{WRITER.inner(node)}</math>"


def aligned(rows: Sequence[tuple[Sequence[Node], str]], centred: bool = False) -> str:
    """Lines of mathematics as one ``<math>`` with a table; each is (columns, HTML of a note)."""
    if centred and len(rows) == 1:
        return mathml(rows[0][0][0], display=True)
    lines = []
    for columns, note in rows:
        cells = "".join(f"<mtd>{WRITER.inner(cell)}</mtd>" for cell in columns or (NOTHING,))
        lines.append(f"<mtr>{cells}{f'<mtd><mtext>{note}</mtext></mtd>' if note else ''}</mtr>")
    kind = "centred" if centred else "aligned"
    return f'<math display="block"><mtable displaystyle="true" class="{kind}">{"".join(lines)}</mtable></math>'


class MathmlWriter(PartWriter[str]):
    """The tree as elements; ``inner`` for a place that takes several of them."""

    def inner(self, node: Node) -> str:
        """The node as children of an element: a line without an ``<mrow>`` of its own."""
        part = laid_out(node)
        if not isinstance(part, Line):
            return self.write(part)
        followed = zip(part.parts, (*part.parts[1:], None))
        return "".join(self.operator(one, _is_bracket(after)) if isinstance(one, Operator) else
                       self.scripts(one, _is_bracket(after)) if isinstance(one, Scripts) else self.write(one)
                       for one, after in followed)  # fmt: skip

    def line(self, part: Line) -> str:
        return f"<mrow>{self.inner(part)}</mrow>"

    def symbol(self, part: Symbol) -> str:
        if part.style in ALPHABETS:
            return f"<mi>{''.join(_letter(letter, ALPHABETS[part.style]) for letter in part.text)}</mi>"
        if part.style == "upright" and len(part.text) == 1:
            return f'<mi mathvariant="normal">{part.text}</mi>'
        if part.style == "italic" and len(part.text) > 1 and part.text.isalpha():
            letters = "".join(f"<mi>{letter}</mi>" for letter in part.text)  # a longer one would be upright
            return f"<mrow>{letters}</mrow>"
        return f"<mi>{part.text}</mi>"

    def numeral(self, part: Numeral) -> str:
        return f"<mn>{part.text}</mn>"

    def sign(self, part: Sign) -> str:
        flat = ' stretchy="false"' if part.text in FLAT else ""
        return f"<mo{flat}>{escape(part.text)}</mo>"

    def operator(self, part: Operator, before_bracket: bool = False) -> str:
        """With a thin space around it, and none before a bracket."""
        return f'<mo lspace="0.17em" rspace="{"0" if before_bracket else "0.17em"}">{escape(part.letters)}</mo>'

    def text(self, part: Text) -> str:
        return f"<mtext>{escape(part.words).replace(chr(32), chr(160))}</mtext>"

    def space(self, part: Space) -> str:
        return f'<mspace width="{part.width:g}em"/>'

    def scripts(self, part: Scripts, before_bracket: bool = False) -> str:
        inside = laid_out(part.base)
        base = self.operator(inside, before_bracket) if isinstance(inside, Operator) else self.write(inside)
        scripts = [self.write(one) for one in (part.below, part.above) if one is not None]
        below, above = ("under", "over") if isinstance(part.base, Sign) and part.base.large else ("sub", "sup")
        tag = "m" + below * (part.below is not None) + above * (part.above is not None)
        return f"<{tag}>{base}{''.join(scripts)}</{tag}>"

    def underbrace(self, part: Underbrace) -> str:
        braced = f"<munder>{self.write(part.inside)}<mo>⏟</mo></munder>"
        return braced if part.below is None else f"<munder>{braced}{self.write(part.below)}</munder>"

    def quotient(self, part: Quotient) -> str:
        written = f"<mfrac>{self.write(part.above)}{self.write(part.below)}</mfrac>"
        return f'<mstyle displaystyle="false" scriptlevel="0">{written}</mstyle>' if part.small else written

    def root(self, part: Root) -> str:
        return f"<msqrt>{self.inner(part.inside)}</msqrt>"

    def fence(self, part: Fence) -> str:
        stretched = 'stretchy="true" fence="true" form='
        left = f'<mo {stretched}"prefix">{escape(part.left)}</mo>'
        return f'<mrow>{left}{self.inner(part.inside)}<mo {stretched}"postfix">{escape(part.right)}</mo></mrow>'

    def grid(self, part: Grid) -> str:
        rows = ("".join(f"<mtd>{self.inner(cell)}</mtd>" for cell in row) for row in part.rows)
        table = "".join(f"<mtr>{row}</mtr>" for row in rows)
        return f"<mrow><mo>[</mo><mtable>{table}</mtable><mo>]</mo></mrow>"

    def coloured(self, part: Coloured) -> str:
        return self._with(part.inside, f'class="{escape(part.color)}"')

    def marked(self, part: Marked) -> str:
        attributes = " ".join(f'data-{escape(kind)}="{at}"' for kind, at in part.places)
        return f"<mrow {attributes}>{self.inner(part.inside)}</mrow>"

    def _with(self, node: Node, attributes: str) -> str:
        """The node with attributes: on its own element if it has one, else on a row around it."""
        inside = laid_out(node)
        if isinstance(inside, (Symbol, Numeral, Scripts)):
            return self.write(inside).replace(">", f" {attributes}>", 1)
        return f"<mrow {attributes}>{self.inner(inside)}</mrow>"


def _is_bracket(part: Node | None) -> bool:
    return isinstance(part, Fence) or (isinstance(part, Sign) and part.text in ("(", "["))


def _letter(letter: str, alphabet: str) -> str:
    """A letter in another alphabet, which MathML has as a character of its own."""
    words = unicodedata.name(letter, "").split()
    if "LETTER" not in words:
        return letter
    kind = "CAPITAL" if "CAPITAL" in words else "SMALL"
    for name in (alphabet, alphabet.removeprefix("MATHEMATICAL ")):  # a script L is older than the other letters
        try:
            return unicodedata.lookup(f"{name} {kind} {words[-1]}")
        except KeyError:  # the alphabet has no such letter, as no Greek one
            continue
    return letter


WRITER = MathmlWriter()
