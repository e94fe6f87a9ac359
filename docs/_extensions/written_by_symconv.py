"""Parts of pages that symconv itself writes when the site is built.

On a page stands a block with a call; it is replaced by Markdown before the page is read:

- ``{lecture}``: the notes about the layer, with their figures. The page has the title.
- ``{gradients}``: where the gradients flow.
- ``{layer}``: the call, the window at each position and the matrix (or for letters the formulas), and a link to the
  layer's own HTML page.

Beside the site's pages stands the HTML page of every layer that has notes or is in the gallery.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import symconv
from symconv import write_notes
from symconv.figures import figures_of, svg
from symconv.notes.content.captions import caption

BLOCK = re.compile(r"^```\{(lecture|layer|gradients)\} ([a-z0-9-]+)\n(.*)\n```$", re.MULTILINE)
IMAGE = re.compile(r"^!\[[^\]]*\]\(([^)]+\.svg)\)\n\n(.+)$", re.MULTILINE)
LAST_LINE = re.compile(r"\n\n```$", re.MULTILINE)
"""An example ends with an empty line, for ``doctest``; nobody has to see it."""

COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)
BODY = re.compile(r"<body[^>]*>")
SIZE = re.compile(r'width="([0-9.]+)" height="([0-9.]+)"')
LARGER = 1.4
"""So many times as large as in print."""

FOLDER = "layers"
"""Of the layers' own pages, in the site."""

SHOWN = ("window", "matrix")
GRADIENTS = ("backward-input", "backward-weight")
FORMULAS = ("output", "grad_weight", "grad_input")


def layer_of(call: str) -> Any:
    """The layer that a call on a page of ours makes."""
    return eval(call, {name: getattr(symconv, name) for name in symconv.__all__})


def filled(page: str) -> str:
    """A page with what symconv writes in it."""
    return LAST_LINE.sub("\n```", BLOCK.sub(lambda block: WRITERS[block[1]](block[2], block[3]), page))


def lecture(_name: str, call: str) -> str:
    """The notes without their title; figures are inside the text."""
    with tempfile.TemporaryDirectory() as folder:
        texts = {path.name: path.read_text(encoding="utf-8") for path in write_notes(layer_of(call), folder, ("md",))}
    (notes,) = (text for name, text in texts.items() if name.endswith(".md"))
    body = COMMENT.sub("", notes, count=1).partition("\n")[2]
    return IMAGE.sub(lambda image: _figure(COMMENT.sub("", texts[image[1]]), image[2]), body)


def gallery_entry(name: str, call: str) -> str:
    """One layer of the gallery."""
    layer = layer_of(call)
    link = f'<p class="whole"><a href="{FOLDER}/{name}.html">The whole page of this layer</a></p>'
    return "\n\n".join(
        [f"```python\n>>> layer = {call}\n```", *(_figures(name, layer, SHOWN) or _formulas(layer)), link]
    )


def gradients(name: str, call: str) -> str:
    """The backward pass of a layer, drawn."""
    return "\n\n".join(_figures(name, layer_of(call), GRADIENTS))


def _figures(name: str, layer: Any, keys: tuple[str, ...]) -> list[str]:
    chosen = [figure for figure in figures_of(layer) if figure.key in keys]
    return [_figure(svg(one.drawing, prefix=f"{name}-{one.key}"), caption(one, "en")) for one in chosen]


def _figure(drawing: str, words: str) -> str:
    picture = f'<div tabindex="0">\n{SIZE.sub(_larger, drawing, count=1)}</div>'
    return f'<figure class="drawing">\n{picture}\n<figcaption>\n\n{words}\n\n</figcaption>\n</figure>'


def _larger(size: re.Match[str]) -> str:
    return f'width="{LARGER * float(size[1]):g}" height="{LARGER * float(size[2]):g}"'


def _formulas(layer: Any) -> list[str]:
    return [f"$$\n{getattr(layer.direct, of).latex()}\n$$" for of in FORMULAS]


WRITERS = {"lecture": lecture, "layer": gallery_entry, "gradients": gradients}


def fill(_app: Any, _page: str, source: list[str]) -> None:
    source[0] = filled(source[0])


def write_layers(app: Any, error: Exception | None) -> None:
    """The layers' own pages."""
    if error is None and app.builder.format == "html":
        for page in app.env.found_docs:
            for kind, name, call in BLOCK.findall(Path(app.env.doc2path(page)).read_text(encoding="utf-8")):
                if kind != "gradients":
                    (path,) = write_notes(layer_of(call), Path(app.outdir) / FOLDER, ("html",), name=name, force=True)
                    path.write_text(with_way_back(path.read_text(encoding="utf-8"), page), encoding="utf-8")


def with_way_back(text: str, page: str) -> str:
    """A layer's own page with a link to the page of the site that leads to it.

    >>> with_way_back("<body><h1>Notes</h1></body>", "gallery")
    '<body><p><a href="../gallery.html">Back</a></p><h1>Notes</h1></body>'
    """
    return BODY.sub(lambda body: f'{body[0]}<p><a href="../{page}.html">Back</a></p>', text, count=1)


def setup(app: Any) -> dict[str, bool]:
    app.connect("source-read", fill)
    app.connect("build-finished", write_layers)
    return {"parallel_read_safe": True}
