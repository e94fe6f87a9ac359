"""The movable window as a widget in a notebook; anywidget, which it needs, is imported when one is made."""

from __future__ import annotations

from typing import Any

from symconv.errors import OutputError, SymconvError, shown
from symconv.layers import Layer
from symconv.notes.languages import words_of_page
from symconv.notes.page import page_file
from symconv.notes.page.playground import playground_layer, playground_words

RENDER = """
function render({ model, el }) {
  el.classList.add("symconv-explorer");
  const game = playground(el, model.get("layer"), model.get("words"));
  return () => game.stop();
}
export default { render };
"""

COLOURS = """
.symconv-explorer{--ink:#1a1a1a;--paper:#fff;--muted:#5a5a5a;--highlight:#fff0b3;--inputfill:#e6f0fa;
  --outputfill:#e2f4ee;--fixedfill:#eee;color:var(--ink);background:var(--paper);padding:.5rem}
@media (prefers-color-scheme:dark){.symconv-explorer{--ink:#e8e6e3;--paper:#15181d;--muted:#b4bac1;--highlight:#4a3f00;
  --inputfill:#1d2a3a;--outputfill:#1b332b;--fixedfill:#2c2f33}}
"""


def explorer(layer: Layer, *, language: str = "en") -> Any:
    """A widget with the layer's window, to be moved, and sliders for kernel, stride and padding.

    Args:
        layer: a ``Conv`` with numbers for its sizes, of one or two dimensions, padded by zeros.
        language: "en" or "de".

    Returns:
        An ``anywidget.AnyWidget``, which shows itself on the last line of a cell.

    Raises:
        OutputError: anywidget is not installed.
        SymconvError: not such a layer, or no such language.
    """
    described = playground_layer(layer) if isinstance(layer, Layer) else None
    if described is None:
        raise SymconvError(
            f"an explorer of {shown(layer)}",
            "it is not a convolution with numbers, in one or two dimensions, padded by zeros",
            "use a layer such as Conv((5, 5), 3, padding=1)",
        )  # fmt: skip
    try:
        words = playground_words(words_of_page(language))
    except (KeyError, TypeError):
        raise SymconvError(f"language={shown(language)}", "no such language", "use en or de") from None
    try:
        import anywidget
        import traitlets
    except ImportError as error:
        raise OutputError(
            "an explorer in a notebook", "anywidget, which shows it, is not installed", 'pip install "symconv[widget]"'
        ) from error

    class Explorer(anywidget.AnyWidget):  # type: ignore[misc]
        _esm = page_file("playground.js") + RENDER
        _css = COLOURS + page_file("playground.css")
        layer = traitlets.Dict().tag(sync=True)
        words = traitlets.Dict().tag(sync=True)

    return Explorer(layer=dict(described), words=words)
