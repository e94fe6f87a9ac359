"""A document as one HTML file that needs nothing else: MathML, SVG, and the page's own style and script in it.

A content security policy allows that style and that script, by their hashes, and nothing from anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from html import escape

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from symconv.figures.palette import BASE
from symconv.foundations.files import MARKER
from symconv.notes.languages import words_in, words_of_page
from symconv.notes.model import (
    Block,
    Code,
    CodeLine,
    Display,
    Document,
    Emphasis,
    Explorer,
    Figure,
    Heading,
    Inlines,
    Items,
    Listing,
    Math,
    Paragraph,
    Proof,
    Reference,
    Row,
    Table,
    Tables,
    Text,
    Theorem,
    Values,
)  # fmt: skip
from symconv.notes.page import colours, networks, page_file, short_script
from symconv.notes.page.explorer import ExplorerContent
from symconv.notes.page.painting import Painting
from symconv.notes.page.playground import playground_layer, playground_words
from symconv.notes.writers.block_writer import BlockWriter
from symconv.notes.writers.mathml import aligned, mathml
from symconv.printing.parts import part


class HtmlWriter(BlockWriter):
    """Writes blocks as HTML: one short method for each kind."""

    def document(self, document: Document) -> str:
        self.numbers = document.numbers
        self.words = words_in(document.language)
        self.page_words = words_of_page(document.language)
        self.headings: list[tuple[int, str, str]] = []
        self.scripts: tuple[str, ...] = ("page.js",)
        self.data: Mapping[str, object] | None = None
        explored = any(isinstance(one, Explorer) and ExplorerContent(one.layer).fits for one in document.walk())
        self.painting = Painting(marked=explored)
        body = self.blocks(document.blocks)
        style, script = self.style_of(document.accent), "".join(map(short_script, self.scripts))
        return _environment().get_template("page.html.jinja").render(
            marker=MARKER, document=document, body=Markup(body), headings=self.headings, words=self.words,
            page_words=self.page_words, style=Markup(style), script=Markup(script), style_hash=_hash(style),
            script_hash=_hash(script), data=None if self.data is None else Markup(_data(self.data)),
        )  # fmt: skip

    def style_of(self, accent: str) -> str:
        """The style sheet with the colours of the palette, the accent, and what drawings are painted with."""
        weights = "".join(f".{name}{{color:var(--{name})}}" for name in BASE)
        own = "".join(page_file(f"{name}.css") for name in ("playground", "values") if f"{name}.js" in self.scripts)
        return f"{colours.rules(accent)}\n{weights}\n{self.painting.rules}\n{page_file('page.css')}{own}"

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        return "\n".join(written for block in blocks if (written := self.block(block)))

    # -- inlines ----------------------------------------------------------------------------------------

    def text(self, inline: Text) -> str:
        return escape(inline.text)

    def math(self, inline: Math) -> str:
        return mathml(inline.node)

    def code(self, inline: Code) -> str:
        return f"<code>{escape(inline.text)}</code>"

    def emphasis(self, inline: Emphasis) -> str:
        tag = "strong" if inline.strong else "em"
        return f"<{tag}>{self.inlines(inline.inlines)}</{tag}>"

    def reference(self, inline: Reference) -> str:
        number = self.numbers[inline.label]
        return f'<a href="#{identifier(inline.label)}">{escape(inline.words)} {number}</a>'

    # -- blocks -----------------------------------------------------------------------------------------

    def heading(self, block: Heading) -> str:
        name, text = f"section-{len(self.headings) + 1}", self.inlines(block.inlines)
        self.headings.append((block.level, name, Markup(text)))
        return f'<h{block.level} id="{name}">{text}</h{block.level}>'

    def paragraph(self, block: Paragraph) -> str:
        return f"<p>{self.inlines(block.inlines)}</p>"

    def display(self, block: Display) -> str:
        rows = [(row.cells, self.inlines(row.note)) for row in block.rows]
        return f'<div class="display" tabindex="0">{aligned(rows, centred=not block.aligned)}</div>'

    def tables(self, block: Tables) -> str:
        tables = "".join(f'<div class="scroll" tabindex="0">{self.table(table)}</div>' for table in block.tables)
        return f'<div class="tables{" small" if block.small else ""}">{tables}</div>'

    def table(self, table: Table) -> str:
        head = f"<thead>{self.row(table.head, table.columns, 'th')}</thead>" if table.head else ""
        rows = "".join(self.row(row, table.columns, "td") for row in table.rows)
        return f"<table>{head}<tbody>{rows}</tbody></table>"

    def row(self, cells: tuple[Inlines, ...], columns: str, tag: str) -> str:
        kinds = {"l": "", "p": ' class="wide"', "r": ' class="right"'}
        return "<tr>" + "".join(
            f"<{tag}{kinds[kind]}>{self.inlines(cell)}</{tag}>" for kind, cell in zip(columns, cells)
        ) + "</tr>"  # fmt: skip

    def listing(self, block: Listing) -> str:
        rows = "".join(map(self.code_line, block.lines))
        return f'<div class="scroll" tabindex="0"><table class="listing"><tbody>{rows}</tbody></table></div>'

    def code_line(self, line: CodeLine) -> str:
        meaning = "".join(f"<div>{self.inlines(one)}</div>" for one in line.meaning)
        kind = ' class="wrong"' if line.is_wrong else ""
        return f"<tr{kind}><th>{line.number}</th><td><code>{escape(line.code)}</code></td><td>{meaning}</td></tr>"

    def items(self, block: Items) -> str:
        tag = "ol" if block.numbered else "ul"
        return f"<{tag}>{''.join(f'<li>{self.blocks(item)}</li>' for item in block.items)}</{tag}>"

    def theorem(self, block: Theorem) -> str:
        name = f"{escape(self.words('theorem'))} {self.numbers[block.label]}"
        return (
            f'<section class="theorem" id="{identifier(block.label)}" aria-label="{name}">'
            f'<p class="name">{name}</p>{self.blocks(block.blocks)}</section>'
        )

    def proof(self, block: Proof) -> str:
        name = escape(self.words("proof"))
        return f'<details class="proof" open><summary>{name}</summary>{self.blocks(block.blocks)}</details>'

    def figure(self, block: Figure) -> str:
        name = identifier(block.label)
        number = f"{escape(self.words('figure'))} {self.numbers[block.label]}"
        drawing = self.painting.drawn(block.drawing, name)
        return (
            f'<figure id="{name}"><div class="scroll" tabindex="0">{drawing}</div>'
            f"<figcaption><strong>{number}.</strong> {self.inlines(block.caption)}</figcaption></figure>"
        )

    def explorer(self, block: Explorer) -> str:
        content = ExplorerContent(block.layer)
        window = None if content.fits else playground_layer(block.layer)
        if not content.fits and window is None:
            return f"<p>{escape(self.page_words['too_large'])}</p>"
        name = f"section-{len(self.headings) + 1}"
        self.headings.append((2, name, Markup(escape(self.page_words["title"]))))
        if window is not None:
            return self.window(window, name)
        self.data = content.data()
        self.scripts = ("answers.js", "page.js")
        return _environment().get_template("explorer.html.jinja").render(
            content=content, name=name, words=self.page_words, networks=networks, mark_of=MARK_OF,
            math=lambda node: Markup(mathml(part(node))), display=lambda display: Markup(self.block(display)),
            svg=lambda drawing, prefix: Markup(self.painting.drawn(drawing, prefix)),
        )  # fmt: skip

    def values(self, block: Values) -> str:
        """A table of parts, and beside it the numbers of the one that is pointed at."""
        self.scripts = (*self.scripts, "values.js")
        rows = [
            {
                "number": one.number,
                "what": Markup(self.inlines(one.what)),
                "output": Markup(mathml(one.output)),
                "title": Markup(f"{escape(self.words('Part', number=one.number))}, {self.inlines(one.what)}"),
                "numbers": Markup(self.display(Display(tuple(Row((line,)) for line in one.lines), aligned=False))),
            }
            for one in block.parts
        ]
        heads = [self.words(f"head.{name}") for name in ("part", "what", "output")]
        template = _environment().get_template("values.html.jinja")
        return template.render(rows=rows, heads=heads, words=self.page_words)

    def window(self, layer: Mapping[str, object], name: str) -> str:
        """A window of a larger layer that can be moved."""
        self.scripts = ("playground.js", "window.js")
        return (
            _environment()
            .get_template("window.html.jinja")
            .render(
                name=name,
                words=self.page_words,
                layer=_data(layer),
                script_words=_data(playground_words(self.page_words)),
            )
        )


MARK_OF = {"input": "input", "weight": "weight", "output": "output", "grad_output": "output"}
"""What an entry of a grid is marked as; a bias is not."""


def identifier(label: str) -> str:
    """A label as the id of an element.

    >>> identifier("thm:grad-weight")
    'thm-grad-weight'
    """
    return re.sub(r"[^A-Za-z0-9-]", "-", label)


def _hash(text: str) -> str:
    """What a content security policy knows an inline style or script by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _data(value: object) -> str:
    """JSON that ends no element."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _environment() -> Environment:
    """Jinja that escapes whatever is not known to be HTML."""
    return Environment(
        loader=PackageLoader("symconv.notes", "templates"), undefined=StrictUndefined, autoescape=True,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
