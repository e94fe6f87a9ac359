"""The captions of a layer's figures, by language and by key; and what is said where a figure is an excerpt."""

from __future__ import annotations

from collections.abc import Mapping

from symconv.figures import LayerFigure

ENGLISH: Mapping[str, str] = {
    "extent": "The input, the step from one window to the next, and the extent of the kernel.",
    "extent-padded": "The input with its padding, the step from one window to the next, and the extent of the kernel.",
    "window": "The window at each position. The cells that it reads have the colours of the weights they meet.",
    "window-fixed": "The window at each position, and the cells that it reads.",
    "neurons-free": "A fully connected layer: every input is joined to every output by a weight of its own.",
    "neurons-local": "Locally connected: only what the kernel reads is joined, still by weights of their own.",
    "neurons-shared": "The convolution: edges of one colour and dash have the same weight.",
    "neurons-shared-fixed": "The layer itself: the edges have fixed factors and no weights.",
    "matrix-fixed": "The matrix of the fully connected layer, inputs down and outputs across. The pale cells are zero.",
    "matrix": "The matrix of the fully connected layer, inputs down and outputs across. Equal weights have equal "
    "colours, and the pale cells are zero.",
    "patches": "The input cut into patches; every patch goes through the same small network, and the results make up "
    "the output.",
    "backward-input": "The derivative by the input: the kernel, turned round, slides over what comes from above.",
    "backward-weight": "The derivative by a weight: what comes from above lies on the inputs that the weight meets.",
    "backward-neurons": "The same network read backwards: gradients flow along the edges from outputs to inputs.",
    "backward-patches": "Every patch contributes its own part to the derivative by the weights, and hands its own part "
    "back to the input.",
    "backward-patches-fixed": "Every patch hands its own part of the derivative back to the input.",
    "inserted": "Zeros are inserted between elements.",
    "excerpt": "This is an excerpt.",
    "positions": "<<shown>> of <<all>> positions are shown.",
    "outputs": "<<shown>> of <<all>> outputs are shown.",
    "inputs": "<<shown>> of <<all>> inputs are shown.",
    "weights": "<<shown>> of <<all>> weights are shown.",
    "channels": "<<shown>> of <<all>> output channels are shown.",
}

GERMAN: Mapping[str, str] = {
    "extent": "Die Eingabe, der Schritt von einem Fenster zum nächsten und die Ausdehnung des Kerns.",
    "extent-padded": "Die Eingabe mit ihrem Rand, der Schritt von einem Fenster zum nächsten und die Ausdehnung des "
    "Kerns.",
    "window": "Das Fenster an jeder Position. Was es liest, hat die Farbe des Gewichts, auf das es trifft.",
    "window-fixed": "Das Fenster an jeder Position und was es liest.",
    "neurons-free": "Eine vollständig verbundene Schicht: jede Eingabe ist mit jeder Ausgabe durch ein eigenes Gewicht "
    "verbunden.",
    "neurons-local": "Lokal verbunden: nur was der Kern liest, ist verbunden, noch immer durch eigene Gewichte.",
    "neurons-shared": "Die Faltung: Kanten einer Farbe und Strichelung haben dasselbe Gewicht.",
    "neurons-shared-fixed": "Die Schicht selbst: die Kanten haben feste Faktoren und keine Gewichte.",
    "matrix-fixed": "Die Matrix der vollständig verbundenen Schicht, Eingaben nach unten und Ausgaben nach rechts. Die "
    "blassen Zellen sind null.",
    "matrix": "Die Matrix der vollständig verbundenen Schicht, Eingaben nach unten und Ausgaben nach rechts. Gleiche "
    "Gewichte haben gleiche Farben, die blassen Zellen sind null.",
    "patches": "Die Eingabe, in Ausschnitte geschnitten; jeder Ausschnitt geht durch dasselbe kleine Netz, und die "
    "Ergebnisse bilden die Ausgabe.",
    "backward-input": "Die Ableitung nach der Eingabe: der umgedrehte Kern gleitet über das, was von oben kommt.",
    "backward-weight": "Die Ableitung nach einem Gewicht: was von oben kommt, liegt auf den Eingaben, auf die das "
    "Gewicht trifft.",
    "backward-neurons": "Dasselbe Netz, rückwärts gelesen: Gradienten fließen entlang der Kanten von den Ausgaben zu "
    "den Eingaben.",
    "backward-patches": "Jeder Ausschnitt trägt seinen Teil zur Ableitung nach den Gewichten bei und gibt seinen Teil "
    "an die Eingabe zurück.",
    "backward-patches-fixed": "Jeder Ausschnitt gibt seinen Teil der Ableitung an die Eingabe zurück.",
    "inserted": "Zwischen den Elementen sind Nullen eingefügt.",
    "excerpt": "Dies ist ein Auszug.",
    "positions": "Gezeigt sind <<shown>> von <<all>> Positionen.",
    "outputs": "Gezeigt sind <<shown>> von <<all>> Ausgaben.",
    "inputs": "Gezeigt sind <<shown>> von <<all>> Eingaben.",
    "weights": "Gezeigt sind <<shown>> von <<all>> Gewichten.",
    "channels": "Gezeigt sind <<shown>> von <<all>> Ausgabekanälen.",
}

CATALOGUES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "de": GERMAN}
COUNTED = ("positions", "inputs", "outputs", "weights", "channels")


def caption(figure: LayerFigure, language: str) -> str:
    """The words under a figure.

    >>> from symconv import Conv
    >>> from symconv.figures import figures_of
    >>> (window,) = (figure for figure in figures_of(Conv(3, 2)) if figure.key == "window")
    >>> caption(window, "en").split(". ")[0]
    'The window at each position'
    """
    words, values = CATALOGUES[language], figure.values
    sentences = [words[figure.caption_key]]
    inserted = values.get("inserted", ())
    if isinstance(inserted, tuple) and any(isinstance(zeros, int) and zeros > 0 for zeros in inserted):
        sentences.append(words["inserted"])
    counts = [(name, values.get(f"{name}_shown"), values.get(name)) for name in COUNTED]
    parts = [
        words[name].replace("<<shown>>", str(few)).replace("<<all>>", str(all_of_them))
        for name, few, all_of_them in counts
        if few is not None and few != all_of_them
    ]
    if figure.values["excerpt"]:
        sentences += parts or [words["excerpt"]]
    return " ".join(sentences)
