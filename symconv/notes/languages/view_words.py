"""Words of the section on a view that is there by name: what each view is, and the rules that its proof may need."""

from __future__ import annotations

from collections.abc import Mapping

_RULES: tuple[tuple[str, str, str], ...] = (
    ("one element", "axis of one element", "Achse mit einem Element"),
    ("index at its edge", "index at its edge", "Index am Rand"),
    ("range at its edge", "range at its edge", "Bereich am Rand"),
    ("drop implied bracket", "drop implied bracket", "Klammer weglassen"),
    ("only value", "only value", "einziger Wert"),
    ("split bracket", "split bracket", "Klammer teilen"),
    ("combine brackets", "combine brackets", "Klammern verbinden"),
    ("divisors", "divisors", "Teiler"),
    ("divide range", "divide range", "Bereich teilen"),
    ("multiply range", "multiply range", "Bereich malnehmen"),
    ("one quotient", "one quotient", "ein Quotient"),
    ("join digits", "join digits", "Ziffern verbinden"),
    ("count", "count", "abzählen"),
    ("telescope", "telescope", "Teleskopsumme"),
    ("split at a condition", "split at a condition", "Fälle trennen"),
    ("residues", "residues", "Restklassen"),
    ("split by a remainder", "split by a remainder", "nach dem Rest teilen"),
    ("split a quotient", "split a quotient", "Quotienten teilen"),
    ("write out", "write out", "ausschreiben"),
    ("cases of a name", "cases of a letter", "Fälle eines Buchstabens"),
    ("cases of a maximum", "cases of a maximum", "Fälle eines Maximums"),
    ("add implied range", "add implied range", "Bereich dazunehmen"),
    ("join at a condition", "join the cases", "Fälle verbinden"),
    ("join residues", "join residues", "Restklassen verbinden"),
    ("split a coefficient", "split a coefficient", "Koeffizienten teilen"),
    ("adds up to one", "adds up to one", "Summe ist eins"),
    ("bilinear identity", "identity of the matrices", "Identität der Matrizen"),
    ("vanish", "zero", "null"),
)
"""Rules in English and German."""

_VIEWS: tuple[tuple[str, str, str, str, str], ...] = (
    ("im2col", "one product of two matrices (im2col)", "ein Produkt zweier Matrizen (im2col)",
     "Every patch of the input is a column of one matrix, all weights of an output channel are a row of "
     "another, and the "
     "layer is their product.",
     "Jeder Ausschnitt der Eingabe ist eine Spalte einer Matrix, alle Gewichte eines Ausgabekanals sind eine "
     "Zeile einer "
     "zweiten, und die Schicht ist deren Produkt."),
    ("kn2row", "shifted and added (kn2row)", "verschoben und addiert (kn2row)",
     "Every weight of the kernel makes a convolution of size one with the whole input; the results are shifted, "
     "each by the "
     "place of its weight, and added.",
     "Jedes Gewicht des Kerns macht eine Faltung der Größe eins mit der ganzen Eingabe; die Ergebnisse werden "
     "verschoben, "
     "jedes um den Platz seines Gewichts, und addiert."),
    ("circulant", "doubly block circulant matrix", "doppelt block-zirkulante Matrix",
     "The padded input is read as a circle. On a circle a convolution is a matrix of which every row is the one "
     "before it, "
     "moved on by one; the outputs of the layer are those where nothing has gone round.",
     "Die aufgefüllte Eingabe wird als Kreis gelesen. Auf einem Kreis ist eine Faltung eine Matrix, in der jede "
     "Zeile die "
     "vorige ist, um eins weitergerückt; die Ausgaben der Schicht sind die, bei denen nichts herumgelaufen ist."),
    ("polyphase", "phases of the stride (polyphase)", "Phasen der Schrittweite (Polyphasen)",
     "The weights and the inputs are sorted by their remainder when they are divided by the stride. Each "
     "remainder is a "
     "convolution without a stride, and the layer is the sum of them.",
     "Gewichte und Eingaben werden nach ihrem Rest bei der Teilung durch die Schrittweite sortiert. Jeder Rest "
     "ist eine "
     "Faltung ohne Schrittweite, und die Schicht ist deren Summe."),
    ("fft", "diagonal in the Fourier basis (FFT)", "diagonal in der Fourier-Basis (FFT)",
     "In the Fourier basis a convolution is a product at every frequency. Weights and padded input are transformed, "
     "multiplied, and transformed back.",
     "In der Fourier-Basis ist eine Faltung ein Produkt bei jeder Frequenz. Gewichte und aufgefüllte Eingabe werden "
     "transformiert, malgenommen und zurücktransformiert."),
    ("winograd", "tiles by Winograd's minimal filtering", "Kacheln nach Winograds minimaler Filterung",
     "The outputs are computed tile by tile. Weights and inputs of a tile are transformed, multiplied number by "
     "number, and "
     "the products are transformed back, which takes fewer multiplications than the sum itself.",
     "Die Ausgaben werden Kachel für Kachel berechnet. Gewichte und Eingaben einer Kachel werden transformiert, "
     "Zahl für Zahl "
     "malgenommen, und die Produkte werden zurücktransformiert; das braucht weniger Multiplikationen als die "
     "Summe selbst."),
    ("karatsuba", "tiles by Karatsuba's halves of halves", "Kacheln nach Karatsubas Hälften von Hälften",
     "The outputs are computed tile by tile. The product of two sums of two parts takes three products in place "
     "of four: of "
     "the first parts, of the second parts, and of their sums; and so on in halves of halves.",
     "Die Ausgaben werden Kachel für Kachel berechnet. Das Produkt zweier Summen aus zwei Teilen braucht drei "
     "Produkte statt "
     "vier: der ersten Teile, der zweiten Teile und ihrer Summen; und so fort in Hälften von Hälften."),
)  # fmt: skip
"""Views: the name, the title in English and German, and what it is in both."""


def words_of(at: int) -> Mapping[str, str]:
    """The words of English, 0, or German, 1."""
    found = {f"rule.{rule}": texts[at] for rule, *texts in _RULES}
    for name, *texts in _VIEWS:
        found |= {f"view.{name}": texts[at], f"idea.{name}": texts[2 + at]}
    return found


ENGLISH, GERMAN = words_of(0), words_of(1)
