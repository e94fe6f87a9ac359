"""The captions of a layer's figures, and what is said where a figure is an excerpt."""

from __future__ import annotations

from symconv.figures import LayerFigure
from symconv.notes.languages import words_in

COUNTED = ("positions", "sources", "inputs", "outputs", "weights", "channels", "tensors")


def caption(figure: LayerFigure, language: str) -> str:
    """The words under a figure.

    >>> from symconv import Conv
    >>> from symconv.figures import figures_of
    >>> (window,) = (figure for figure in figures_of(Conv(3, 2)) if figure.key == "window")
    >>> caption(window, "en").split(". ")[0]
    'The window, and the output that it gives'
    """
    words, values = words_in(language), figure.values
    sentences = [words(f"caption.{figure.caption_key}")]
    inserted = values.get("inserted", ())
    if isinstance(inserted, tuple) and any(isinstance(zeros, int) and zeros > 0 for zeros in inserted):
        sentences.append(words("caption.inserted"))
    counts = [(name, values.get(f"{name}_shown"), values.get(name)) for name in COUNTED]
    parts = [
        words(f"caption.{name}", shown=few, all=all_of_them)
        for name, few, all_of_them in counts
        if few is not None and few != all_of_them
    ]
    if figure.values["excerpt"]:
        shows = words("caption.shows", counts=words.listed(parts))
        sentences.append(shows if parts else words("caption.excerpt"))
    return " ".join(sentences)
