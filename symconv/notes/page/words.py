"""The words of the page that no other format has, by language."""

from __future__ import annotations

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "contents": "Contents",
    "title": "Look and compute",
    "intro": "Point at an output, a weight or an input, or go to it with the Tab key, and what belongs to it lights up "
    "in all three views and in every formula of the page. Enter keeps it lit, Escape lets it go.",
    "numbers_intro": "The numbers of the inputs, the weights and what comes from above can be changed: every view "
    "computes its outputs and derivatives anew.",
    "without_script": "Without scripts the page shows the same formulas, with the numbers as they were when it was "
    "written.",
    "numbers": "The numbers",
    "input": "Input",
    "weight": "Weights",
    "bias": "Bias",
    "output": "Output",
    "grad_output": "Upstream gradient",
    "grad_weight": "Derivative by the weights",
    "grad_bias": "Derivative by the bias",
    "grad_input": "Derivative by the input",
    "direct": "Direct: the kernel slides over the input",
    "fully_connected": "Fully connected: a large layer with shared weights",
    "patches": "Small networks: one over each patch",
    "matrix": "The matrix, inputs down and outputs across",
    "grad_matrix": "The derivative by the matrix, every weight free",
    "network": "The network: every line is a weight, lines of one colour are one weight",
    "small_network": "The small network over one patch",
    "patch": "Patch",
    "forward": "Forwards",
    "backward": "Backwards",
    "direction": "Direction",
    "position": "Position",
    "previous": "Previous position",
    "next": "Next position",
    "nothing": "Nothing lit",
    "lit": "Lit:",
    "agree": "All three views have the same numbers.",
    "differ": "The views have different numbers.",
    "bad_number": "Give a number of at most a million in every field, such as 3, -0.5 or 1/3.",
    "too_large": "The page computes with layers of known sizes that have few entries and no batch. This one is "
    "shown in formulas alone.",
}

GERMAN: Mapping[str, str] = {
    "contents": "Inhalt",
    "title": "Ansehen und rechnen",
    "intro": "Zeigen Sie auf eine Ausgabe, ein Gewicht oder eine Eingabe, oder gehen Sie mit der Tabulatortaste "
    "dorthin, und was dazugehört, leuchtet in allen drei Sichten und in jeder Formel der Seite auf. Die Eingabetaste "
    "hält es fest, Escape lässt es los.",
    "numbers_intro": "Die Zahlen der Eingaben, der Gewichte und dessen, was von oben kommt, lassen sich ändern: jede "
    "Sicht berechnet ihre Ausgaben und Ableitungen neu.",
    "without_script": "Ohne Skripte zeigt die Seite dieselben Formeln, mit den Zahlen, mit denen sie "
    "geschrieben wurde.",
    "numbers": "Die Zahlen",
    "input": "Eingabe",
    "weight": "Gewichte",
    "bias": "Bias",
    "output": "Ausgabe",
    "grad_output": "Gradient von oben",
    "grad_weight": "Ableitung nach den Gewichten",
    "grad_bias": "Ableitung nach dem Bias",
    "grad_input": "Ableitung nach der Eingabe",
    "direct": "Direkt: der Kern gleitet über die Eingabe",
    "fully_connected": "Vollständig verbunden: eine große Schicht mit geteilten Gewichten",
    "patches": "Kleine Netze: eines über jedem Ausschnitt",
    "matrix": "Die Matrix, Eingaben nach unten und Ausgaben nach rechts",
    "grad_matrix": "Die Ableitung nach der Matrix, jedes Gewicht frei",
    "network": "Das Netz: jede Linie ist ein Gewicht, Linien einer Farbe sind dasselbe Gewicht",
    "small_network": "Das kleine Netz über einem Ausschnitt",
    "patch": "Ausschnitt",
    "forward": "Vorwärts",
    "backward": "Rückwärts",
    "direction": "Richtung",
    "position": "Position",
    "previous": "Vorige Position",
    "next": "Nächste Position",
    "nothing": "Nichts leuchtet",
    "lit": "Es leuchtet:",
    "agree": "Alle drei Sichten haben dieselben Zahlen.",
    "differ": "Die Sichten haben verschiedene Zahlen.",
    "bad_number": "In jedem Feld muss eine Zahl bis zu einer Million stehen, etwa 3 oder −0,5 oder 1/3.",
    "too_large": "Die Seite rechnet mit Schichten bekannter Größe, die wenige Einträge und keinen Stapel haben. Diese "
    "hier steht nur in Formeln da.",
}

CATALOGUES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "de": GERMAN}


def words_of_page(language: str) -> Mapping[str, str]:
    """The page's own words in a language.

    >>> words_of_page("de")["forward"]
    'Vorwärts'
    """
    return CATALOGUES[language]
