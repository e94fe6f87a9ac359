"""The usual mistakes in German, by their English patterns: places in braces are filled in as they are in English."""

from __future__ import annotations

MISTAKES: dict[str, str] = {
    "{one}, and {other}": "{one}, und {other}",
    "{what} on axis {axis}": "{what} auf Achse {axis}",
    "{what} on both axes": "{what} auf beiden Achsen",
    "{what} on every axis": "{what} auf jeder Achse",
    "{what} (so at {count} shapes)": "{what} (so bei {count} Größen)",
    # what a layer has
    "the weight": "das Gewicht",
    "the input": "die Eingabe",
    "the kernel": "der Kern",
    "the upstream gradient": "der Gradient der Ausgabe",
    "the factor that makes it a mean": "der Faktor, der daraus einen Mittelwert macht,",
    "the position that is read": "die gelesene Stelle",
    "the position that is written": "die geschriebene Stelle",
    "the stride": "die Schrittweite",
    "the stride of axis {axis}": "die Schrittweite von Achse {axis}",
    "the number of positions": "die Zahl der Positionen",
    "the kernel's size": "die Größe des Kerns",
    "the batch size": "die Zahl der Beispiele",
    "the number of examples and positions": "die Zahl der Beispiele und Positionen",
    "the number of input channels": "die Zahl der Eingabekanäle",
    "the number of output channels": "die Zahl der Ausgabekanäle",
    "the kernel's size in all channels": "die Größe des Kerns über alle Kanäle",
    "the number of outputs": "die Zahl der Ausgaben",
    # the layer read wrongly
    "the kernel is read backwards (flipped)": "der Kern wird rückwärts gelesen (gespiegelt)",
    "the kernel is read forwards, not flipped": "der Kern wird vorwärts gelesen, nicht gespiegelt",
    "stride and padding are left out": "Schrittweite und Auffüllung fehlen",
    "stride and dilation are left out": "Schrittweite und Dilatation fehlen",
    "dilation and padding are left out": "Dilatation und Auffüllung fehlen",
    "stride, dilation and padding are left out": "Schrittweite, Dilatation und Auffüllung fehlen",
    "the input dilation is left out": "die Dilatation der Eingabe fehlt",
    "the stride is left out": "die Schrittweite fehlt",
    "the dilation is left out": "die Dilatation fehlt",
    "the padding is left out": "die Auffüllung fehlt",
    "the padding has the wrong sign": "die Auffüllung hat das falsche Vorzeichen",
    "the dilation has the wrong sign": "die Dilatation hat das falsche Vorzeichen",
    "the kernel's index has the wrong sign": "der Index des Kerns hat das falsche Vorzeichen",
    "the stride multiplies the kernel's index, not the output's": "die Schrittweite steht beim Index des Kerns, "
    "nicht bei dem der Ausgabe",
    "stride and dilation are exchanged": "Schrittweite und Dilatation sind vertauscht",
    "the stride multiplies the kernel's index too": "die Schrittweite steht auch beim Index des Kerns",
    "the stride multiplies the padding too": "die Schrittweite steht auch bei der Auffüllung",
    "the stride multiplies the kernel's index and the padding too": "die Schrittweite steht auch beim Index des "
    "Kerns und bei der Auffüllung",
    "{position} is one too small": "{position} ist um eins zu klein",
    "{position} is one too large": "{position} ist um eins zu groß",
    "{position} is {by} too small": "{position} ist um {by} zu klein",
    "{position} is {by} too large": "{position} ist um {by} zu groß",
    # one thing changed in the formula
    "the bias is left out": "der Bias fehlt",
    "the bias is added twice": "der Bias wird zweimal addiert",
    "the bias is inside the sum, and so added {often} times": "der Bias steht in der Summe und wird so {often} Mal "
    "addiert",
    "the bias is inside the sum over the kernel, and so added {often} times": "der Bias steht in der Summe über "
    "den Kern und wird so {often} Mal addiert",
    "the bias is inside the sum over the channels, and so added {often} times": "der Bias steht in der Summe über "
    "die Kanäle und wird so {often} Mal addiert",
    "{which} is left out": "{which} fehlt",
    "the output {output} stands where the upstream gradient belongs": "die Ausgabe {output} steht, wo der Gradient "
    "der Ausgabe hingehört",
    "the input is read backwards": "die Eingabe wird rückwärts gelesen",
    "the upstream gradient is read backwards": "der Gradient der Ausgabe wird rückwärts gelesen",
    "{which}'s channels are exchanged": "die Kanäle sind vertauscht ({which})",
    "{which}'s indices {one} and {other} are exchanged": "die Indizes {one} und {other} sind vertauscht ({which})",
    "{which}'s axes are exchanged": "die Achsen sind vertauscht ({which})",
    "{which}'s axes {one} and {other} are exchanged": "die Achsen {one} und {other} sind vertauscht ({which})",
    "{which}'s index is one too large": "der Index ist um eins zu groß ({which})",
    "{which}'s index is one too small": "der Index ist um eins zu klein ({which})",
    "{which}'s index {number} is one too large": "Index {number} ist um eins zu groß ({which})",
    "{which}'s index {number} is one too small": "Index {number} ist um eins zu klein ({which})",
    "{which}'s indices are one too large on every axis": "die Indizes sind auf jeder Achse um eins zu groß ({which})",
    "{which}'s indices are one too small on every axis": "die Indizes sind auf jeder Achse um eins zu klein ({which})",
    "the sum over {name} leaves out its first term": "in der Summe über {name} fehlt der erste Summand",
    "the sum over {name} leaves out its last term": "in der Summe über {name} fehlt der letzte Summand",
    "the sums over {names} leave out their first terms": "in den Summen über {names} fehlen die ersten Summanden",
    "the sums over {names} leave out their last terms": "in den Summen über {names} fehlen die letzten Summanden",
    "the sum over {name} is missing: it has only the term {name} = 0": "die Summe über {name} fehlt: es gibt nur "
    "den Summanden mit {name} = 0",
    # what only programs do
    "nothing is computed: every entry is 0": "es wird nichts berechnet: jeder Eintrag ist 0",
    "the result is divided by {by}": "das Ergebnis wird durch {by} geteilt",
    "the result is multiplied by {by}": "das Ergebnis wird mit {by} multipliziert",
    "the stride of axis {one} is used on axis {other}": "die Schrittweite von Achse {one} steht auf Achse {other}",
    "the dilation of axis {one} is used on axis {other}": "die Dilatation von Achse {one} steht auf Achse {other}",
    "the padding of axis {one} is used on axis {other}": "die Auffüllung von Achse {one} steht auf Achse {other}",
    "the kernel's size on axis {one} is used on axis {other}": "die Größe des Kerns auf Achse {one} steht auf "
    "Achse {other}",
    "the strides of axis {one} and {other} are exchanged": "die Schrittweiten von Achse {one} und {other} sind "
    "vertauscht",
    "the dilations of axis {one} and {other} are exchanged": "die Dilatationen von Achse {one} und {other} sind "
    "vertauscht",
    "the paddings of axis {one} and {other} are exchanged": "die Auffüllungen von Achse {one} und {other} sind "
    "vertauscht",
    "the last entries along {axis} are not computed": "die letzten Einträge entlang {axis} werden nicht berechnet",
    "the first entries along {axis} are not computed": "die ersten Einträge entlang {axis} werden nicht berechnet",
    "only the last term of the sum over {names} is kept: it is overwritten, where += belongs": "von der Summe über "
    "{names} bleibt nur der letzte Summand: es wird überschrieben, wo += hingehört",
    "only the first term of the sum over {names} is there": "von der Summe über {names} gibt es nur den ersten "
    "Summanden",
    "windows overlap, and of an entry only the last window is kept: it is overwritten, where += belongs": "Fenster "
    "überlappen sich, und von jedem Eintrag bleibt nur das letzte: es wird überschrieben, wo += hingehört",
    "only the terms of {name} with {condition} are added": "nur die Summanden von {name} mit {condition} werden "
    "addiert",
    "{index} = {last} (the last)": "{index} = {last} (dem letzten)",
    "{index} <= {last} (all but the last)": "{index} <= {last} (alle bis auf den letzten)",
    "{indices} the same": "gleichen {indices}",
    "the kernel is transposed, not rotated by 180 degrees": "der Kern ist transponiert, nicht um 180 Grad gedreht",
    "the kernel is rotated by 90 degrees": "der Kern ist um 90 Grad gedreht",
    "the kernel is rotated by 90 degrees, clockwise": "der Kern ist im Uhrzeigersinn um 90 Grad gedreht",
    # the shape of the result
    "the axes of the result are in another order": "die Achsen des Ergebnisses stehen in anderer Reihenfolge",
    "the size of axis {one} is used on axis {other}": "die Größe von Achse {one} steht auf Achse {other}",
    "the stride is left out of the output's size": "in der Größe der Ausgabe fehlt die Schrittweite",
    "the padding is left out of the output's size": "in der Größe der Ausgabe fehlt die Auffüllung",
    "the padding is counted once in the output's size, not at both ends": "in der Größe der Ausgabe zählt die "
    "Auffüllung einmal, nicht an beiden Enden",
    "the dilation is left out of the output's size": "in der Größe der Ausgabe fehlt die Dilatation",
    "the output's size lacks its last 1": "in der Größe der Ausgabe fehlt die letzte 1",
    "the output's size is one too large": "die Größe der Ausgabe ist um eins zu groß",
    "the output is as large as the input": "die Ausgabe ist so groß wie die Eingabe",
    "the output's size is the input's divided by the stride": "die Größe der Ausgabe ist die der Eingabe durch die "
    "Schrittweite",
    "the output's size is rounded up, not down": "die Größe der Ausgabe ist aufgerundet, nicht abgerundet",
    "the padding is not removed": "die Auffüllung wird nicht entfernt",
    "the slice pad:-pad is empty where the padding is 0": "der Ausschnitt von der Auffüllung bis minus Auffüllung "
    "ist leer, wenn die Auffüllung 0 ist",
    "the padding is removed at one end only": "die Auffüllung wird nur an einem Ende entfernt",
    "the padding is removed though it was not added": "die Auffüllung wird entfernt, aber nicht angefügt",
    "the last elements, which no window reaches, are left out": "die letzten Elemente, die kein Fenster erreicht, "
    "fehlen",
    "the last elements, which no window reaches, are left out, and the padding is not removed": "die letzten "
    "Elemente, die kein Fenster erreicht, fehlen, und die Auffüllung wird nicht entfernt",
    "the stride is left out of the size": "in der Größe fehlt die Schrittweite",
    "it is as large as the output": "es ist so groß wie die Ausgabe",
    "the last elements are left out": "die letzten Elemente fehlen",
    "the kernel's size is the number of positions at which it would fit, and not cut": "die Größe des Kerns ist "
    "die Zahl der Stellen, an die er passen würde, und nicht beschnitten",
    "the kernel is as large as its dilated span": "der Kern ist so groß wie seine gedehnte Spanne",
    # a line that a change mends
    "the line is done in a loop, and belongs behind it": "die Zeile steht in einer Schleife und gehört dahinter",
    "a slice that ends at -{name} is empty where {name} is 0": "ein Ausschnitt, der bei -{name} endet, ist leer, "
    "wenn {name} 0 ist",
    "it is overwritten, where += belongs": "es wird überschrieben, wo += hingehört",
    "a name that NumPy no longer has (np.int and the like): Python's own type belongs there": "ein Name, den NumPy "
    "nicht mehr hat (np.int und ähnliche): dort gehört der Typ von Python hin",
    "/ makes a float, where // belongs": "/ macht eine Gleitkommazahl, wo // hingehört",
    "the result is divided by a size: mean stands where sum belongs": "das Ergebnis wird durch eine Größe geteilt: "
    "mean steht, wo sum hingehört",
    "an index may be there twice, and += adds it once: np.add.at adds it each time": "ein Index kann zweimal da "
    "sein, und += addiert einmal: np.add.at addiert jedes Mal",
    "the sum does not start from 0: {wrong} stands where 0 belongs": "die Summe fängt nicht bei 0 an: {wrong} "
    "steht, wo 0 hingehört",
    "it is not flipped": "es wird nicht gespiegelt",
    "an axis is flipped that should not be": "eine Achse wird gespiegelt, die es nicht sollte",
    "the lower bound is missing: a negative index counts from the end": "die untere Schranke fehlt: ein negativer "
    "Index zählt vom Ende",
    "the entries are in another order: the reshape needs a transpose": "die Einträge stehen in anderer "
    "Reihenfolge: vor dem reshape fehlt ein transpose",
    "the padding is counted once, not at both ends": "die Auffüllung zählt einmal, nicht an beiden Enden",
    "the padding": "die Auffüllung",
    "the dilation": "die Dilatation",
    "a term is inside a call that it belongs behind: {what}": "ein Summand steht in einem Aufruf und gehört "
    "dahinter: {what}",
    "the order is wrong: {what}": "die Reihenfolge ist falsch: {what}",
    "the sign is wrong: -{name} belongs where {name} stands": "das Vorzeichen ist falsch: -{name} gehört hin, wo "
    "{name} steht",
    "the sign is wrong: {wrong} stands where {right} belongs": "das Vorzeichen ist falsch: {wrong} steht, wo "
    "{right} hingehört",
    "it is divided by {wrong}, which does not belong there": "es wird durch {wrong} geteilt, was da nicht hingehört",
    "it is divided by {wrong}, not by {right}": "es wird durch {wrong} geteilt, nicht durch {right}",
    "the axis is wrong: {wrong} stands where {right} belongs": "die Achse ist falsch: {wrong} steht, wo {right} "
    "hingehört",
    "{one} and {other} are exchanged": "{one} und {other} sind vertauscht",
    "the numbers of one axis are used on another: {wrong} stands where {right} belongs": "die Zahlen einer Achse "
    "stehen auf einer anderen: {wrong} steht, wo {right} hingehört",
    "{right} is missing": "{right} fehlt",
    "{wrong} does not belong there": "{wrong} gehört da nicht hin",
    "{wrong} stands where {right} belongs": "{wrong} steht, wo {right} hingehört",
}

SIZES = {
    "every shape": "jede Form",
    "this shape": "diese Form",
    "other sizes": "andere Größen",
    "some sizes": "einige Größen",
    "one shape": "eine Form",
    "{count} shapes": "{count} Formen",
    "{shapes} of this layer, not for every shape": "{shapes} dieser Schicht, nicht für jede Form",
    " that the code lets through: {checks}": ", die der Code durchlässt: {checks}",
    ", with an error probability of at most {bound}": ", mit einer Fehlerwahrscheinlichkeit von höchstens "
    "{bound}",
    "this shape, and all values of the input, the weights and the upstream gradient": "diese Form und alle "
    "Werte der Eingabe, der Gewichte und der Ableitung nach der Ausgabe",
    "this shape, and all values of the input and the upstream gradient": "diese Form und alle Werte der "
    "Eingabe und der Ableitung nach der Ausgabe",
}  # fmt: skip
"""For which sizes something holds of a program."""
