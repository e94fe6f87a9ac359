"""From a text template to a document: Markdown with ``$..$`` is read by markdown-it, blocks are inserted by name.

The templates in ``languages/`` hold the words, one folder for each language. They write Markdown: ``#`` for the title,
``##`` and ``###`` for sections, ``*emphasis*``, ``**A heading in a paragraph.**``, numbered and plain lists,
``[Theorem](#label)`` to refer to one, ``[LeCun](@key)`` to cite a source, and theorems and proofs between ``:::``
lines. Whatever is not text, such as lines of mathematics, a template puts in with the functions of ``Blocks``; a node
or inlines that are made already stand in the text by number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.ext import Extension
from jinja2.runtime import Context
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

from symconv.notes.build.line_breaks import WHOLE_LINE, Cells, width_of
from symconv.notes.languages import PLACE, Words
from symconv.notes.model import (
    Block,
    Citation,
    Code,
    CodeLine,
    Display,
    Emphasis,
    Heading,
    Inline,
    Inlines,
    Items,
    Listing,
    Math,
    Paragraph,
    Program,
    Proof,
    Reference,
    Row,
    Table,
    Tables,
    Text,
    Theorem,
)  # fmt: skip
from symconv.printing.authored import HOLE, columns, hole, read as read_latex
from symconv.printing.parts import NOTHING, line
from symconv.printing.tree import Node
from symconv.printing.widths import width

Said = Node | Inlines | str
"""What a text may be given: mathematics, inlines, or text in its own marks."""

BLOCK = "block"
"""The language of a code fence that stands for a block."""

_READER = (
    MarkdownIt("commonmark", {"html": False})
    .disable(["html_block", "html_inline", "entity", "autolink", "image", "lheading", "code", "hr", "reference"])
    .use(dollarmath_plugin, allow_space=True, allow_digits=True, double_inline=False)
    .use(container_plugin, "theorem")
    .use(container_plugin, "proof")
)


@dataclass
class Blocks:
    """What a template may put between its paragraphs. Every method returns the mark that stands for the block."""

    made: list[Block] = field(default_factory=list)
    inlines: list[Node | Inlines] = field(default_factory=list)
    supplied: Mapping[str, Sequence[Block]] = field(default_factory=dict)

    def _mark(self, block: Block) -> str:
        self.made.append(block)
        return f"\n\n```{BLOCK}\n{len(self.made) - 1}\n```\n\n"

    def put(self, name: str) -> str:
        """The figures and programs that belong under a name, if there are any."""
        return "".join(map(self._mark, self.supplied.get(name, ())))

    def inline(self, given: Node | Inlines) -> str:
        """What stands in the text for mathematics, or for inlines."""
        self.inlines.append(given)
        return hole(len(self.inlines) - 1)

    @property
    def nodes(self) -> list[Node]:
        """What stands in mathematics by number; nothing where inlines have the number."""
        return [one if isinstance(one, Node) else NOTHING for one in self.inlines]

    def align(self, lines: Sequence[Cells], mark: str = "") -> str:
        """Lines of mathematics, aligned at their columns; ``mark`` is for checkers."""
        return self._mark(Display(tuple(map(Row, lines)), mark=mark))

    def gather(self, lines: Sequence[Node]) -> str:
        """Lines of mathematics, each in the middle."""
        return self._mark(Display(tuple(Row((line,)) for line in lines), aligned=False))

    def equation(self, node: Node, end: str = "") -> str:
        """One line of mathematics, with a comma or a full stop at its end if a sentence wants one."""
        return self.gather([line(node, end) if end else node])

    def derivation(self, steps: Iterable[tuple[Said, Sequence[Cells]]]) -> str:
        """Lines of mathematics with the rule that leads to each; (rule, lines) step by step.

        The rules stand beside the lines if there is room for all of them, else each on a row above its step.
        """
        given = [(said(rule), lines) for rule, lines in steps]
        widest = max(width_of(cells) for _, lines in given for cells in lines)
        beside = widest + max(map(rule_width, (rule for rule, _ in given))) <= WHOLE_LINE
        rows: list[Row] = []
        for rule, lines in given:
            if rule and not beside:
                rows.append(Row((), rule))
            rows += [Row(cells, rule if at == 0 and beside else ()) for at, cells in enumerate(lines)]
        return self._mark(Display(tuple(rows)))

    def table(self, columns: str, rows: Iterable[Sequence[Said]], head: Sequence[str] = (), small: bool = False) -> str:
        """A table; its cells are mathematics, inlines, or text in the marks of the templates."""
        return self._mark(Tables((self._table(columns, rows, head),), small))

    def tables(self, *parts: tuple[str, Iterable[Sequence[Said]], Sequence[str]]) -> str:
        """Tables side by side, each (columns, rows, head)."""
        return self._mark(Tables(tuple(self._table(*part) for part in parts)))

    def listing(self, lines: Iterable[tuple[int, str, Sequence[Said], bool]]) -> str:
        """Lines of a program, each (number, code, what it computes, whether it is wrong)."""
        rows = (CodeLine(at, code, tuple(map(said, meaning)), wrong) for at, code, meaning, wrong in lines)
        return self._mark(Listing(tuple(rows)))

    def program(self, source: str) -> str:
        return self._mark(Program(source))

    def _table(self, columns: str, rows: Iterable[Sequence[Said]], head: Sequence[str]) -> Table:
        cells = tuple(tuple(map(said, row)) for row in rows)
        return Table(columns, cells, tuple(map(inlines, head)))


RULE_LETTER = 0.36
"""About how wide a letter of a rule is, in ems."""


def rule_width(rule: Inlines) -> float:
    """How much room a rule takes beside a line, in ems."""
    sizes = (width(one.node) if isinstance(one, Math) else RULE_LETTER * len(getattr(one, "text", "")) for one in rule)
    return sum(sizes) + 6


def inlines(text: str, **values: Said) -> Inlines:
    """One line of text, read; places <<so>> have the values."""
    blocks = Blocks()

    def filled(place: re.Match[str]) -> str:
        value = values[place[1]]
        return value if isinstance(value, str) else blocks.inline(value)

    tokens = _READER.parseInline(PLACE.sub(filled, text))
    return _inlines(tokens[0].children or [], blocks)


def said(given: Said) -> Inlines:
    """Text that is read, mathematics, or inlines as they are."""
    if isinstance(given, str):
        return inlines(given)
    return (Math(given),) if isinstance(given, Node) else given


def sentence(words: Words, key: str, **values: Said) -> Inlines:
    """The words of a key with mathematics or inlines in their places."""
    return inlines(words.text(key, *values), **values)


def together(*parts: Said) -> Inlines:
    """Texts, mathematics and inlines, one after the other."""
    return tuple(
        inline
        for part in parts
        for inline in (((Text(part),) if part else ()) if isinstance(part, str) else said(part))
    )


def enumerated(parts: Sequence[Said], between: str = ", ") -> Inlines:
    """Texts, mathematics and inlines with commas."""
    return together(*(one for at, part in enumerate(parts) for one in ((between, part) if at else (part,))))


def rendered(
    template: str, language: str, supplied: Mapping[str, Sequence[Block]] | None = None, **values: object
) -> tuple[Block, ...]:
    """The blocks of a template of ``languages/<language>/``, which may use what is supplied, by name."""
    blocks = Blocks(supplied=supplied or {})
    page = environment("languages").get_template(f"{language}/{template}")
    text = page.render(blocks=blocks, language=language, **values)
    return read(text, blocks)


def read(text: str, blocks: Blocks | None = None) -> tuple[Block, ...]:
    """The blocks of a text."""
    return _blocks(_READER.parse(text), blocks or Blocks())


class KeepLines(Extension):
    """A line that ends with a mark but has words too ends there; Jinja trims the line break behind every mark."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        lines = source.split("\n")
        return "\n".join(
            f"{one[:-2]}+%>" if one.endswith("%>") and _MARKS.sub("", one).strip() else one for one in lines
        )


_MARKS = re.compile("<%.*?%>")


@cache
def environment(folder: str) -> Environment:
    """Jinja with marks that LaTeX does not use. What is inserted is escaped, or made by symconv from checked names."""
    return Environment(
        loader=PackageLoader("symconv.notes", folder), undefined=StrictUndefined, autoescape=False, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True, block_start_string="<%", block_end_string="%>",
        variable_start_string="<<", variable_end_string=">>", comment_start_string="<#", comment_end_string="#>",
        extensions=[KeepLines], finalize=_finalized,
    )  # fmt: skip


@pass_context
def _finalized(context: Context, value: object) -> object:
    """What a template puts in: mathematics and inlines by their number, anything else as text."""
    if value is None or value == ():
        return ""
    return context["blocks"].inline(value) if isinstance(value, (Node, tuple)) else value


# -- tokens --------------------------------------------------------------------------------------------


def _blocks(tokens: Sequence[Token], made: Blocks) -> tuple[Block, ...]:
    result: list[Block] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        end = _closing(tokens, at)
        inside = tokens[at + 1 : end]
        if token.type == "heading_open":
            result.append(Heading(int(token.tag[1:]), _inlines(inside[0].children or [], made)))
        elif token.type == "paragraph_open":
            result.append(Paragraph(_inlines(inside[0].children or [], made)))
        elif token.type == "fence" and token.info.strip() == BLOCK:
            result.append(made.made[int(token.content)])
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            result.append(Items(_items(inside, made), token.type == "ordered_list_open"))
        elif token.type == "container_theorem_open":
            result.append(Theorem(token.info.split()[1], _blocks(inside, made)))
        elif token.type == "container_proof_open":
            result.append(Proof(_blocks(inside, made)))
        elif token.type == "math_block":
            result.append(_display(token.content.strip(), tuple(made.nodes)))
        else:
            raise ValueError(f"the texts do not use {token.type}")
        at = end + 1
    return tuple(result)


def _display(latex: str, nodes: tuple[Node, ...]) -> Display:
    """Mathematics on its own; aligned or gathered lines become rows, which every writer sets in its own way."""
    if lines := re.fullmatch(r"\\begin\{(aligned|gathered)\}\n(.*)\n\\end\{\1\}", latex, re.DOTALL):
        rows = lines[2].split(" \\\\\n")
        return Display(tuple(Row(columns(row, nodes)) for row in rows), aligned=lines[1] == "aligned")
    return Display((Row(columns(latex, nodes)),), aligned=False)


def _items(tokens: Sequence[Token], made: Blocks) -> tuple[tuple[Block, ...], ...]:
    items: list[tuple[Block, ...]] = []
    at = 0
    while at < len(tokens):
        end = _closing(tokens, at)
        items.append(_blocks(tokens[at + 1 : end], made))
        at = end + 1
    return tuple(items)


def _closing(tokens: Sequence[Token], at: int) -> int:
    """Where what begins at ``at`` ends."""
    depth = 0
    for place in range(at, len(tokens)):
        depth += tokens[place].nesting
        if depth == 0:
            return place
    raise ValueError(f"{tokens[at].type} is not closed")


def _inlines(tokens: Sequence[Token], made: Blocks) -> Inlines:
    result: list[Inline] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        end = _closing(tokens, at)
        inside = tokens[at + 1 : end]
        if token.type == "text":
            result += _texts(token.content, made)
        elif token.type in ("softbreak", "hardbreak"):
            result.append(Text(" "))
        elif token.type == "math_inline":
            result.append(Math(read_latex(token.content, tuple(made.nodes))))
        elif token.type == "code_inline":
            result.append(Code(token.content))
        elif token.type in ("em_open", "strong_open"):
            result.append(Emphasis(_inlines(inside, made), token.type == "strong_open"))
        elif token.type == "link_open":
            result.append(_link(_plain(inside), str(token.attrs["href"])))
        else:
            raise ValueError(f"the texts do not use {token.type}")
        at = end + 1
    return tuple(inline for inline in result if inline != Text(""))


def _texts(text: str, made: Blocks) -> Iterator[Inline]:
    """Text, with the inlines that stand in it by number."""
    for at, part in enumerate(HOLE.split(text)):
        if at % 2 == 0:
            yield Text(part)
        else:
            yield from said(made.inlines[int(part)])


def _link(words: str, target: str) -> Inline:
    """A reference to a label, or the citation of a source."""
    return Citation(words, target[1:]) if target.startswith("@") else Reference(words, target.removeprefix("#"))


def _plain(tokens: Sequence[Token]) -> str:
    return "".join(token.content for token in tokens)
