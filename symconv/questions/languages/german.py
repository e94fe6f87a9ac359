"""The words of exercises in German."""

from collections.abc import Mapping

TEXTS: Mapping[str, str] = {
    "and": "und",
    # the sheet
    "title": "Übungen zu <<layer>>",
    "title_solutions": "Übungen zu <<layer>>, mit Lösungen",
    "about.Conv": "einer Faltungsschicht",
    "about.ConvTranspose": "einer Schicht mit transponierter Faltung",
    "about.AvgPool": "einer Schicht mit Mittelwert-Pooling",
    "about.MaxPool": "einer Schicht mit Maximum-Pooling",
    "about.Unfold": "einer Schicht, die in Ausschnitte zerlegt",
    "about.Fold": "einer Schicht, die Ausschnitte zusammensetzt",
    "about.Upsample": "einer vergrößernden Schicht",
    "about.ZeroInsertion": "einer Schicht, die Nullen einfügt",
    "about.AdaptiveAvgPool": "einer Schicht mit Mittelwert-Pooling auf eine Größe",
    "about.AdaptiveMaxPool": "einer Schicht mit Maximum-Pooling auf eine Größe",
    "about.Pad": "einer Schicht, die ihre Eingabe erweitert",
    "about.PixelUnshuffle": "einer Schicht, die aus Blöcken Kanäle macht",
    "about.PixelShuffle": "einer Schicht, die aus Kanälen Blöcke macht",
    "about.Interpolate": "einer Schicht, die die Größe ihrer Eingabe ändert",
    "about.other": "einer Schicht der Art <<name>>",
    "with_solutions": "<<title>>, mit Lösungen",
    "head": "**Aufgabe <<number>>** (<<points>>)**.**",
    "points": "<<count>> Punkte",
    "points.one": "1 Punkt",
    "solution": "**Lösung.**",
    "line": "Zeile (<<number>>)",
    # the names of the kinds
    "kind.output_size": "Größe der Ausgabe",
    "kind.size_formula": "Formel der Größe",
    "kind.count": "Zählen",
    "kind.output_number": "Eine Ausgabe in Zahlen",
    "kind.read_inputs": "Gelesene Eingaben",
    "kind.reading_outputs": "Lesende Ausgaben",
    "kind.zero_weights": "Nullen der Matrix",
    "kind.tied_weights": "Gleiche Gewichte",
    "kind.constraints": "Bedingungen",
    "kind.output_entry": "Eine Ausgabe",
    "kind.weight_gradient": "Gradient eines Gewichts",
    "kind.input_gradient": "Gradient einer Eingabe",
    "kind.bias_gradient": "Gradient eines Bias",
    "kind.choose_entry": "Welche Formel?",
    "kind.find_error": "Fehler finden",
    "kind.general_formula": "Formel für alle Indizes",
    "kind.choose_formula": "Welche Formel für alle Indizes?",
    "kind.find_wrong_formula": "Welche Formel ist falsch?",
    "kind.network_shape": "Form einer Ausgabe",
    "kind.network_parameters": "Parameter zählen",
    "kind.network_number": "Eine Ausgabe eines Netzes",
    "kind.network_tensors": "Was ein Gradient braucht",
    "kind.step_update": "Ein Gewicht nach dem Schritt",
    "kind.step_gradient": "Der Gradient eines Schritts",
    "kind.step_sharing": "Lernen ohne geteilte Gewichte",
    # the layer
    "introduction": "Alle Aufgaben handeln von <<layer>>: <<parts>>. <<channels>>.",
    "a.Conv": "einer Faltungsschicht",
    "a.ConvTranspose": "einer Schicht mit transponierter Faltung",
    "a.AvgPool": "einer Schicht mit Mittelwert-Pooling",
    "a.MaxPool": "einer Schicht mit Maximum-Pooling",
    "a.Unfold": "einer Schicht, die ihre Eingabe in Ausschnitte zerlegt",
    "a.Fold": "einer Schicht, die Ausschnitte aufaddiert",
    "a.Upsample": "einer Schicht, die jedes Element wiederholt",
    "a.ZeroInsertion": "einer Schicht, die zwischen Elemente Nullen setzt",
    "a.AdaptiveAvgPool": "einer Schicht mit Mittelwert-Pooling auf eine Größe",
    "a.AdaptiveMaxPool": "einer Schicht mit Maximum-Pooling auf eine Größe",
    "a.Pad": "einer Schicht, die ihre Eingabe erweitert",
    "a.PixelUnshuffle": "einer Schicht, die aus Blöcken Kanäle macht",
    "a.PixelShuffle": "einer Schicht, die aus Kanälen Blöcke macht",
    "a.Interpolate": "einer Schicht, die die Größe ihrer Eingabe ändert",
    "a.other": "einer Schicht der Art <<name>>",
    "tensor.input": "Eingabe <<name>> der Form <<shape>>",
    "tensor.weight": "Gewichte <<name>> der Form <<shape>>",
    "tensor.bias": "Bias <<name>> der Form <<shape>>",
    "tensor.output": "Ausgabe <<name>>",
    "channels.Conv": "In Formen stehen die Kanäle vorn, bei Gewichten die der Ausgabe vor denen der Eingabe",
    "channels.ConvTranspose": "In Formen stehen die Kanäle vorn, bei Gewichten die der Eingabe vor denen der Ausgabe",
    "channels.other": "In Formen stehen die Kanäle vorn",
    "channels.batch": "vor ihnen die Beispiele des Stapels",
    "parameter.kernel_size": "Fenster <<value>>",
    "parameter.stride": "Schrittweite <<value>>",
    "parameter.padding": "Auffüllung (Padding) <<value>>",
    "parameter.dilation": "Dilatation <<value>>",
    "parameter.output_padding": "Auffüllung der Ausgabe <<value>>",
    "parameter.input_dilation": "Dilatation der Eingabe <<value>> (Nullen zwischen ihren Elementen)",
    "parameter.groups": "Gruppen <<value>>",
    "parameter.scale_factor": "Vergrößerung <<value>>",
    "parameter.flip": "der Kern ist gespiegelt",
    "parameter.count_include_pad": "die Auffüllung zählt nicht zum Mittelwert",
    "parameter.ceil_mode": "für den Rest wird ein Fenster hinzugefügt",
    "parameter.divisor_override": "geteilt durch <<value>> statt durch die Anzahl der Elemente",
    "parameter.upscale_factor": "Blöcke von <<value>>",
    "parameter.downscale_factor": "Blöcke von <<value>>",
    "parameter.depth_first": "die Elemente eines Blocks sind vor den Kanälen nummeriert",
    "parameter.other": "<<name>> <<value>>",
    "padding_mode.circular": "zyklische Auffüllung: Die Eingabe wiederholt sich jenseits ihrer Enden",
    "padding_mode.reflect": "gespiegelte Auffüllung: Die Eingabe wird am ersten und letzten Element gespiegelt",
    "padding_mode.replicate": "fortgesetzte Auffüllung: Das erste und das letzte Element wiederholen sich",
    "padding_mode.other": "Auffüllung <<name>>",
    "conventions.gradient": (
        "<<loss>> ist eine skalare Verlustfunktion und <<upstream>> der von hinten kommende Gradient <<derivative>>."
    ),
    "conventions.labels": (
        "Indizes zählen ab <<base>>; eine Dimension der Größe eins, die keine räumliche Achse ist, hat keinen."
    ),
    "conventions.general": (
        "In Formeln für alle Indizes zählen diese ab <<base>>; jeder Tensor ist außerhalb seiner Form null, sodass "
        "Summen keine Grenzen brauchen; und [<<condition>>] ist 1, wo die Gleichung gilt, und sonst 0."
    ),
    "conventions.dense": (
        "In der vollständig verbundenen Schicht mit derselben Eingabe und Ausgabe verbindet <<dense>> die Eingabe "
        "<<input>> mit der Ausgabe <<output>>, beide zeilenweise durchnummeriert."
    ),
    # sizes and counts
    "output_size.question": "Wie groß ist die Ausgabe auf ihren räumlichen Achsen?",
    "output_size.question_changed": (
        "Wie groß wäre die Ausgabe auf ihren räumlichen Achsen mit <<condition>>, alles andere wie oben?"
    ),
    "changed.input_size": "einer Eingabe der räumlichen Größe <<value>>",
    "changed.kernel_size": "einem Kern der Größe <<value>>",
    "changed.stride": "Schrittweite <<value>>",
    "changed.padding": "Auffüllung <<value>> an jeder Seite",
    "changed.dilation": "Dilatation <<value>>",
    "output_size.solution": (
        "Gezählt werden die Fenster, die passen: Eingabe und Auffüllung ohne die Ausdehnung des Kerns, in "
        "Schritten der "
        "Schrittweite."
    ),
    "output_size.solution_transposed": (
        "Jedes Element der Eingabe rückt das Fenster um die Schrittweite weiter; dazu kommt einmal seine Ausdehnung, "
        "und "
        "die Auffüllung fällt weg."
    ),
    "size_formula.question": "Welche Formel gibt die Größe der Ausgabe an?",
    "size_formula.question_axis": "Welche Formel gibt die Größe der Ausgabe auf der räumlichen Achse <<axis>> an?",
    "count.parameters.question": "Wie viele Parameter hat die Schicht?",
    "count.parameters.solution": "So viele, wie ihre Gewichte Einträge haben: <<sizes>>.",
    "count.parameters.solution_bias": "So viele, wie ihre Gewichte und Bias Einträge haben: <<sizes>>.",
    "count.dense.question": (
        "Wie viele Gewichte, ohne Bias, hat eine vollständig verbundene Schicht mit denselben Eingaben und Ausgaben?"
    ),
    "count.dense.solution": "Eines von jeder Eingabe zu jeder Ausgabe: <<sizes>>.",
    "count.zeros.question": (
        "Wie viele Gewichte der vollständig verbundenen Schicht müssen null sein, damit sie diese Schicht ist, "
        "unabhängig von deren Gewichten?"
    ),
    "count.zeros.solution": (
        "Alle außer denen, die eine Ausgabe mit einer von ihr gelesenen Eingabe verbinden. Davon gibt es "
        "<<joined>>, und "
        "<<sizes>>."
    ),
    "count.products.question": (
        "Wie viele Produkte aus einem Gewicht und einer Eingabe werden für alle Ausgaben berechnet? Produkte mit der "
        "Auffüllung zählen nicht."
    ),
    "count.products.solution_inside": "<<window>> für jede der <<outputs>> Ausgaben: <<sizes>>.",
    "count.products.solution": (
        "Ein Fenster hat <<window>> Produkte, und es gibt <<outputs>> Ausgaben. Ohne die Produkte mit dem, was kein "
        "Eintrag der Eingabe ist, bleiben <<products>>."
    ),
    # numbers and reading
    "output_number.question": "Berechnen Sie <<entry>> für diese Zahlen.",
    "output_number.above": (
        "Die Zahlen in Klammern über einem Buchstaben sind die ersten Indizes, wie in den Namen der Einträge."
    ),
    "output_number.solution_max": "<<entry>> ist das größte Element seines Fensters.",
    "read_inputs.question": "Welche Einträge von <<input>> liest <<entry>>?",
    "read_inputs.solution": "<<entry>> liest <<inputs>>.",
    "read_inputs.outside": "Die anderen <<count>> Elemente des Fensters liegen außerhalb der Eingabe.",
    "read_inputs.outside.one": "Das andere Element des Fensters liegt außerhalb der Eingabe.",
    "reading_outputs.question": "Welche Ausgaben lesen <<entry>>?",
    "reading_outputs.solution": "<<outputs>>; durch diese Ausgaben fließt <<gradient>>.",
    # the fully connected layer
    "zero_weights.question": (
        "Die Schicht wird als vollständig verbundene geschrieben. Welche der Gewichte zur Ausgabe <<output>>, ihrer "
        "Ausgabe Nummer <<number>>, sind unabhängig von den Gewichten der Schicht null?"
    ),
    "zero_weights.solution": "<<zeros>>: Diese Eingaben liest <<output>> nicht.",
    "tied_weights.question": (
        "Die Schicht wird als vollständig verbundene geschrieben. Welche anderen Gewichte sind unabhängig von den "
        "Gewichten der Schicht gleich <<entry>>?"
    ),
    "tied_weights.solution": "<<entry>> ist <<weights>>, ebenso <<others>>.",
    "constraints.question": (
        "Unter welchen Bedingungen an ihre Gewichte <<matrix>> ist die vollständig verbundene Schicht diese Schicht? "
        "Geben Sie alle an."
    ),
    "constraints.solution": "Mit den Eingaben als Zeilen und den Ausgaben als Spalten ist die Matrix der Schicht",
    # entries
    "output_entry.question": "Schreiben Sie <<entry>> als Formel in den Eingaben und den Parametern der Schicht.",
    "output_entry.solution": "Das Fenster von <<entry>> liegt innerhalb der Eingabe:",
    "output_entry.solution_padded": "Wo das Fenster von <<entry>> die Eingabe verlässt, liest es die Auffüllung:",
    "output_entry.solution_outside": "Außerhalb der Eingabe trägt das Fenster von <<entry>> nichts bei:",
    "output_entry.solution_spread": "Was das Fenster von <<entry>> von der Eingabe trifft, zwischen deren Elementen "
    "Nullen "
    "stehen:",
    "weight_gradient.question": "Schreiben Sie <<entry>> als Formel in <<upstream>> und den Eingaben.",
    "input_gradient.question": "Schreiben Sie <<entry>> als Formel in <<upstream>> und den Gewichten.",
    "input_gradient.question_fixed": "Schreiben Sie <<entry>> als Formel in <<upstream>>.",
    "bias_gradient.question": "Schreiben Sie <<entry>> als Formel in <<upstream>>.",
    "gradient.solution": "<<entry>> kommt in <<outputs>> vor. Nach der Kettenregel ist",
    "gradient.solution_one": "<<entry>> kommt nur in <<outputs>> vor. Nach der Kettenregel ist",
    # choices
    "choose_entry.question": "Welche Formel für <<entry>> ist richtig?",
    "choose_entry.question_gradient": "Welche Formel für <<entry>> ist richtig, mit <<upstream>>?",
    "choose.solution": "(<<letter>>) ist richtig.",
    "find_error.question": "Jemand leitet <<entry>> her, mit <<upstream>>:",
    "find_error.ask": "Genau eine Zeile ist falsch. Welche, und was ist richtig?",
    "find_error.solution": "Zeile (<<number>>) ist falsch: <<mistake>> Richtig ist",
    "general_formula.question": "Schreiben Sie <<entry>> als eine Formel für alle Indizes.",
    "general_formula.solution_output": (
        "Das Fenster rückt um die Schrittweite weiter, und in ihm der Kern um die Dilatation:"
    ),
    "general_formula.solution_output_back": (
        "Jede Eingabe verteilt ihren Kern über Ausgaben; welche das sind, sagt eine Klammer:"
    ),
    "general_formula.solution_grad_weight": (
        "Ein Gewicht kommt in den Ausgaben seines Kanals vor und trifft in jeder auf eine Eingabe:"
    ),
    "general_formula.solution_grad_input": (
        "Eine Eingabe kommt in den Ausgaben vor, die sie lesen; welche das sind, sagt eine Klammer:"
    ),
    "general_formula.solution_grad_bias": "Ein Bias wird zu jeder Ausgabe seines Kanals addiert:",
    "choose_formula.question": "Welche Formel für <<entry>> ist für alle Indizes richtig?",
    "find_wrong_formula.question": "Genau eine dieser Formeln ist falsch. Welche, und was ist richtig?",
    "find_wrong_formula.solution": "(<<letter>>) ist falsch: <<mistake>> Richtig ist",
    # mistakes
    "mistake.flip": "Der Kern wird in der anderen Richtung gelesen.",
    "mistake.stride": "Die Schrittweite fehlt.",
    "mistake.padding": "Die Auffüllung fehlt.",
    "mistake.padding_sign": "Die Auffüllung hat das falsche Vorzeichen.",
    "mistake.dilation": "Die Dilatation fehlt.",
    "mistake.exchanged": "Schrittweite und Dilatation sind vertauscht.",
    "mistake.minus": "Der Index des Kerns hat das falsche Vorzeichen.",
    "mistake.shift": "Das Fenster ist um eins verschoben.",
    "mistake.weight_index": "Der Index des Gewichts ist um eins verschoben.",
    "mistake.bias": "Der Bias fehlt.",
    "mistake.pairs": "Der von hinten kommende Gradient steht bei den falschen Faktoren.",
    "mistake.mean": "Es ist eine Summe, kein Mittelwert.",
    "mistake.last": "Der letzte Summand fehlt.",
    "mistake.first": "Der erste Summand fehlt.",
    "mistake.output": "Eine Ausgabe fehlt.",
    "mistake.size.one": "Das erste Fenster ist nicht mitgezählt.",
    "mistake.size.padding": "Die Auffüllung fehlt.",
    "mistake.size.half": "Aufgefüllt wird an beiden Seiten.",
    "mistake.size.dilation": "Die Dilatation fehlt.",
    "mistake.size.stride": "Die Schrittweite fehlt.",
    "mistake.size.ceiling": "Ein Fenster, das nicht passt, zählt nicht.",
    "mistake.size.extent": "Vom ersten bis zum letzten Element macht ein Kern mit Dilatation K - 1 Schritte.",
    "mistake.as_convolution": "Das ist die Größe der Ausgabe einer Faltung, nicht einer transponierten.",
    "mistake.count.bias": "Die Bias fehlen.",
    "mistake.count.groups": "Eine Gruppe liest nur ihre eigenen Kanäle der Eingabe.",
    "mistake.count.padding": "Was außerhalb der Eingabe liegt, zählt nicht.",
    # networks and steps
    "about.network": "ein Netz",
    "about.step": "einen Schritt des Gradientenabstiegs",
    "network.introduction": "Alle Aufgaben handeln von einem Netz. Seine Eingabe ist <<input>> der Form <<shape>>.",
    "network.part": "Teil <<number>>: <<words>>; er liest <<reads>>, und seine Ausgabe ist <<output>>.",
    "network.loss": "<<loss>> ist der Verlust und <<upstream>> seine Ableitung nach der Ausgabe von Teil <<number>>.",
    "network_shape.question": "Welche Form hat <<output>>, die Ausgabe von Teil <<number>>?",
    "network_shape.solution": "Teil für Teil sind die Formen <<shapes>>.",
    "network_parameters.question": "Wie viele Parameter hat Teil <<number>>, Gewichte und Bias zusammen?",
    "network_parameters.question_all": "Wie viele Parameter hat das Netz?",
    "network_parameters.solution": "So viele, wie seine Tensoren Einträge haben: <<sizes>>.",
    "network_number.question": "Berechnen Sie <<entry>> für",
    "network_number.solution": "Teil für Teil ist",
    "network_tensors.question": "Welche Tensoren braucht man für <<gradient>>, außer Zahlen und Größen?",
    "network_tensors.solution": "Nach der Kettenregel: was von oben kommt, mal dem, was hineinging:",
    "network_tensors.right": "Richtig: was von oben kommt und was hineinging.",
    "network_tensors.output": "Die Ausgabe kommt nicht vor: Ihre Ableitung nach den Gewichten ist, was hineinging.",
    "network_tensors.below": "Es muss die Ableitung nach der Ausgabe dieses Teils sein.",
    "network_tensors.itself": "Die Ausgabe ist linear in den Gewichten; deren Werte spielen daher keine Rolle.",
    "step.introduction": (
        "Die Gewichte machen einen Schritt des Gradientenabstiegs, <<schedule>>, mit der Lernrate <<rate>>. <<loss>>"
    ),
    "step.summed": "mit dem Gradienten aller Ausschnitte zusammen",
    "step.mean": "mit dem Mittel der Gradienten der Ausschnitte",
    "step.sequential": "Ausschnitt für Ausschnitt, zeilenweise, wobei sich die Gewichte nach jedem bewegen",
    "step.loss.squared": "Der Verlust ist <<loss>> mit dem Ziel <<target>>.",
    "step.loss.given": "<<upstream>> ist die Ableitung des Verlusts nach der Ausgabe.",
    "step_update.question": "Was ist <<entry>> nach dem Schritt, für",
    "step_update.solution": "Der Schritt geht gegen den Gradienten, der hier <<gradient>> ist:",
    "step_update.solution_sequential": "Die Ausschnitte ändern es nacheinander, von <<before>> über",
    "step_gradient.question": "Berechnen Sie <<entry>> am Anfang des Schritts, für",
    "step_gradient.solution": "Mit <<upstream>> aus den Zahlen oben ist",
    "step_sharing.question": (
        "Jemand trainiert die vollständig verbundene Schicht mit freien Gewichten <<dense>>, die als die dieser "
        "Schicht beginnen, Nullen eingeschlossen. Sind sie nach einem Schritt noch die einer solchen Schicht, was auch "
        "die Zahlen sind?"
    ),
    "step_sharing.solution_no": (
        "Die Ableitung nach einem freien Gewicht von Eingabe <<input>> zu Ausgabe <<output>> ist das Produkt "
        "<<product>>: Sie ist nicht null, wo die Schicht eine Null hat, und unter Kopien eines Gewichts verschieden. "
        "Nur beim Teilen werden die Ableitungen der Kopien addiert."
    ),
    "step_sharing.solution_yes": (
        "Kein Gewicht hat eine Kopie, und jede Eingabe ist mit jeder Ausgabe verbunden; nichts wird geteilt."
    ),
    "step_sharing.yes": "Ja",
    "step_sharing.no": "Nein",
    "step_sharing.right": "Richtig.",
    "step_sharing.wrong": "Betrachten Sie die Ableitung nach einem freien Gewicht.",
    "mistake.step.sign": "Der Schritt geht gegen den Gradienten, nicht mit ihm.",
    "mistake.step.rate": "Die Lernrate fehlt.",
    "mistake.step.gradient": "Das ist der Gradient, nicht das neue Gewicht.",
    # marks
    "right": "Richtig.",
    "line_is_right": "Das ist richtig.",
    "wrong": "Das stimmt nicht.",
    "wrong_entry": "Das stimmt, aber es ist ein anderer Eintrag als der gefragte.",
    "wrong_names": "Schreiben Sie es in den Größen, die in der Frage stehen; hier kommt <<names>> vor.",
    "wrong_general": "Das stimmt für einen Eintrag; gefragt ist eine Formel für alle Indizes.",
    "undecided": "Das lässt sich weder beweisen noch widerlegen.",
    "missing": "Es fehlen: <<count>>.",
    "superfluous": "Nicht dabei: <<names>>.",
    "unreadable.formula": "Das ist nicht als Formel zu lesen.",
    "unreadable.number": "Schreiben Sie eine ganze Zahl oder einen Bruch wie 1/2.",
    "unreadable.numbers": "Schreiben Sie ganze Zahlen mit Kommas dazwischen.",
    "unreadable.list": "Schreiben Sie Namen mit Kommas dazwischen.",
    "unreadable.choice": "Schreiben Sie den Buchstaben einer der Antworten.",
}
