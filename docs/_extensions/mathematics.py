r"""Mathematics as MathML, by the writer that symconv's own pages use: no script, no font from elsewhere.

Colours of weights become classes, so that one style sheet gives a weight its colour on the whole site.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes

from symconv.figures.palette import BASE, mixed
from symconv.notes.writers.mathml import aligned, mathml
from symconv.printing.authored import columns, read

SHOWN = {**BASE, "zero": "8C8C8C"}
"""Colours in formulas: of the weights, and of the zeros of a matrix."""

SHARE_ON_DARK = 0.5
"""Of a weight's colour on a dark page; the rest is white."""

NAMES = {code: name for name, code in SHOWN.items()}
COLOURED = re.compile(r"\\textcolor\{#([0-9A-F]{6})\}\{")
LINES = re.compile(r"\\begin\{(aligned|gathered)\}\n(.*)\n\\end\{\1\}", re.DOTALL)
NOTE = re.compile(r"&& (\\textit\{(?P<rule>[^{}]*)\}(?P<variable>.*)|\\text\{\((?P<view>[^{}]*)\)\})\s*$")


def inline(latex: str) -> str:
    """A formula within a line."""
    return mathml(read(named(latex)))


def display(latex: str) -> str:
    """A formula on lines of its own, with the notes of a derivation beside them."""
    lines = LINES.fullmatch(latex.strip())
    if lines is None:
        return mathml(read(named(latex)), display=True)
    rows = ((columns(cells), words) for cells, words in map(line, split(named(lines[2]))))
    return aligned(list(rows), centred=lines[1] == "gathered")


def line(latex: str) -> tuple[str, str]:
    r"""A line of a derivation, and the words beside it as HTML.

    >>> line(r"h_1 &= X_1 w_1 && \text{(direct)} ")
    ('h_1 &= X_1 w_1 ', '(direct)')
    """
    note = NOTE.search(latex)
    if note is None:
        return latex, ""
    words = note["rule"] or f"({note['view']})"
    return latex[: note.start()], words.strip() + (f" {note['variable'].strip()}" if note["variable"] else "")


def named(latex: str) -> str:
    r"""Colours by their names.

    >>> named(r"\textcolor{#0069FF}{w_{1}}")
    '{\\color{wA}w_{1}}'
    """
    return COLOURED.sub(lambda found: rf"{{\color{{{NAMES[found[1]]}}}", latex)


def split(latex: str) -> list[str]:
    r"""The lines of an ``aligned``; those of a matrix inside are its own.

    >>> split(r"a \\ \begin{bmatrix} 1 \\ 2 \end{bmatrix} \\ b")
    ['a ', ' \\begin{bmatrix} 1 \\\\ 2 \\end{bmatrix} ', ' b']
    """
    lines, depth = [""], 0
    for token in re.findall(r"\\begin|\\end|\\.|.", latex, re.DOTALL):
        depth += {r"\begin": 1, r"\end": -1}.get(token, 0)
        if token == r"\\" and depth == 0:
            lines.append("")
        else:
            lines[-1] += token
    return lines


def write_inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(inline(node.astext()))
    raise nodes.SkipNode


def write_display(translator: Any, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="display" tabindex="0">{display(node.astext())}</div>\n')
    raise nodes.SkipNode


def style() -> str:
    """The colour of every weight in formulas, and a lighter one on dark pages."""
    light = "\n".join(f"math .{name} {{ color: #{code}; }}" for name, code in SHOWN.items())
    dark = "\n".join(f"math .{name} {{ color: #{code}; }}" for name, code in lighter().items())
    by_system = f'@media (prefers-color-scheme: dark) {{\nbody:not([data-theme="light"]) {{\n{dark}\n}}\n}}'
    return f'{light}\nbody[data-theme="dark"] {{\n{dark}\n}}\n{by_system}\n'


def lighter() -> dict[str, str]:
    """The same colours for a dark page."""
    return {name: mixed(code, "FFFFFF", SHARE_ON_DARK) for name, code in SHOWN.items()}


def write_style(app: Any, _error: Exception | None) -> None:
    if app.builder.format == "html":
        (Path(app.outdir) / "_static" / "weights.css").write_text(style(), encoding="utf-8")


def setup(app: Any) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (write_inline, None), (write_display, None))
    app.connect("build-finished", write_style)
    app.add_css_file("weights.css")
    return {"parallel_read_safe": True}
