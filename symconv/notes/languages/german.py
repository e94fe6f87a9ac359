"""The short words of the notes in German; the texts are in ``de/``."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "theorem": "Satz",
    "proof": "Beweis",
    "figure": "Abbildung",
    "continued": "Forts.",
    "table": "Tabelle",
    "section": "Abschnitt",
    "contents": "Inhalt",
    "and": "und",
    "yes": "ja",
    "no": "nein",
    "part": "Teil <<number>>",
    "parts": "Teile <<numbers>>",
    # kinds of layers, in the title, with an article, and as a part of a network
    "kind.Conv": "Faltung",
    "kind.ConvTranspose": "transponierte Faltung",
    "kind.AvgPool": "Schicht zur Mittelwertbildung (average pooling)",
    "kind.Unfold": "Schicht zum Auffalten (unfold)",
    "kind.Fold": "Schicht zum Zusammenfalten (fold)",
    "kind.Upsample": "Schicht zur Vergrößerung durch Wiederholen",
    "kind.ZeroInsertion": "Schicht zum Einfügen von Nullen",
    "a_layer.Conv": "eine Faltungsschicht",
    "a_layer.ConvTranspose": "eine transponierte Faltungsschicht",
    "a_layer.AvgPool": "eine Schicht zur Mittelwertbildung (average pooling)",
    "a_layer.Unfold": "eine Schicht zum Auffalten (unfold)",
    "a_layer.Fold": "eine Schicht zum Zusammenfalten (fold)",
    "a_layer.Upsample": "eine Schicht zur Vergrößerung durch Wiederholen",
    "a_layer.ZeroInsertion": "eine Schicht zum Einfügen von Nullen",
    "in_network.Conv": "Faltung",
    "in_network.ConvTranspose": "transponierte Faltung",
    "in_network.AvgPool": "Mittelwertbildung (average pooling)",
    "in_network.MaxPool": "Maximumbildung (max pooling)",
    "in_network.Upsample": "Vergrößerung durch Wiederholen",
    "in_network.Unfold": "Auffalten",
    "in_network.Fold": "Zusammenfalten",
    "in_network.ZeroInsertion": "Einfügen von Nullen",
    "in_network.Linear": "vollständig verbundene Schicht",
    "in_network.Flatten": "Umordnen in einen Vektor",
    "in_network.BatchNorm": "Stapelnormierung (batch normalisation)",
    "in_network.Activation": "Aktivierung <<name>>",
    # hyper-parameters: rows of a layer's table, and in a line of a network's
    "parameter.input_size": "Größe der Eingabe",
    "parameter.output_size": "Größe der Ausgabe",
    "parameter.kernel_size": "Größe des Kerns",
    "parameter.kernel": "Kern",
    "parameter.in_channels": "Eingabekanäle",
    "parameter.out_channels": "Ausgabekanäle",
    "parameter.channels": "Kanäle",
    "parameter.stride": "Schrittweite (stride)",
    "parameter.padding": "Auffüllung (padding)",
    "parameter.dilation": "Dilatation",
    "parameter.input_dilation": "Dilatation der Eingabe",
    "parameter.groups": "Gruppen",
    "parameter.bias": "Bias",
    "parameter.batch_size": "Größe des Stapels (batch)",
    "parameter.padding_mode": "Art der Auffüllung",
    "parameter.output_padding": "Auffüllung der Ausgabe",
    "parameter.flip": "gespiegelter Kern",
    "parameter.count_include_pad": "Auffüllung zählt mit",
    "parameter.scale_factor": "Vergrößerung",
    # tensors of a layer
    "tensor.input": "Eingabe",
    "tensor.weight": "Gewichte",
    "tensor.scale": "fester Faktor",
    "tensor.bias": "Bias",
    "tensor.output": "Ausgabe",
    "tensor.grad_output": "Gradient von oben",
    # the views
    "view.direct": "direkte Faltung",
    "view.fully_connected": "vollständig verbundene Schicht mit geteilten Gewichten",
    "view.patches": "kleine Netze auf Ausschnitten",
    "view.locally_connected": "lokal verbundene Schicht mit geteilten Gewichten",
    "short_view.direct": "direkt",
    "short_view.fully_connected": "vollständig",
    "short_view.patches": "Ausschnitte",
    "short_view.locally_connected": "lokal",
    "short.direct": "direkt",
    "short.fully_connected": "vollständig verbunden",
    "short.constraints": "mit den Bedingungen",
    "short.patches": "kleines Netz",
    "patch": "Ausschnitt <<number>>",
    "patch_by_patch": "einzeln",
    "together": "zusammen",
    # how padding extends a tensor
    "padding.zeros": "sodass Auffüllung keine Fallunterscheidung braucht",
    "padding.circular": "und zyklische Auffüllung liest ihn statt bei $q$ bei $q + n\\,r$ für alle $r$, "
    "von denen genau eines hineinführt",
    "padding.reflect": "und spiegelnde Auffüllung nimmt vor seinem Anfang hinzu, was bei $-q$ steht, "
    "und hinter seinem Ende, was bei $2(n - 1) - q$ steht",
    "padding.replicate": "und fortsetzende Auffüllung nimmt vor seinem Anfang das erste Element hinzu "
    "und hinter seinem Ende das letzte",
    "padding.other": "und Auffüllung liest ihn so, wie ihre Art es sagt",
    # which operation is meant by the sign
    "sign.cross_correlation": "Kurz: $<<formula>>$, "
    "wobei $<<sign>>$ die Kreuzkorrelation ist, die den Kern nicht umdreht.",
    "sign.convolution": "Kurz: $<<formula>>$, "
    "wobei $<<sign>>$ die Faltung der Mathematik ist, die den Kern rückwärts liest.",
    "product.row": "Als ein Produkt, mit Eingaben und Ausgaben als Zeilen: $<<product>>$.",
    "product.column": "Als ein Produkt, mit Eingaben und Ausgaben als Spalten: $<<product>>$.",
    "matrix.row": "mit den Eingaben als Zeilen und den Ausgaben als Spalten",
    "matrix.column": "mit den Ausgaben als Zeilen und den Eingaben als Spalten",
    "matrix.row.short": "mit Eingaben als Zeilen und Ausgaben als Spalten",
    "matrix.column.short": "mit Ausgaben als Zeilen und Eingaben als Spalten",
    # theorems: about what, for what
    "quantity.output": "Ausgaben",
    "quantity.grad_weight": "partiellen Ableitungen nach den Gewichten",
    "quantity.grad_input": "partiellen Ableitungen nach der Eingabe",
    "quantity.grad_bias": "partiellen Ableitungen nach dem Bias",
    "scope.layer": "diese Schicht und alle Werte ihrer Tensoren",
    "scope.network": "dieses Netz und alle Werte seiner Eingabe, seiner Parameter und seines Ziels",
    "scope.network.general": "alle ganzen Zahlen, für die jeder Teil zu seiner Eingabe passt, "
    "und alle Werte der Tensoren",
    "scope.general": "alle ganzen Zahlen <<numbers>><<conditions>> und alle Werte der Tensoren",
    "scope.conditions": ", für die <<conditions>>,",
    "scope.groups": "die Gruppen die Kanäle teilen",
    "scope.padding": "die Auffüllung nicht länger ist, als ihre Art erlaubt",
    "fits.the kernel fits": "der Kern hineinpasst",
    "fits.some output is left": "eine Ausgabe übrig bleibt",
    # rules, and why they are allowed
    "rule.chain rule": "Kettenregel",
    "rule.derivative of the formula": "Ableitung der Formel",
    "rule.the view's own formula": "Formel der Sicht",
    "rule.put in": "einsetzen",
    "rule.sift": "Sieb",
    "rule.drop implied range": "Bereich weglassen",
    "rule.rewrite under bracket": "Klammer benutzen",
    "rule.re-index": "umnummerieren",
    "rule.evaluate bracket": "Klammer auswerten",
    "rule.cancel factor": "Faktor kürzen",
    "rule.ranges that meet": "Bereiche, die sich treffen",
    "rule.empty range": "leerer Bereich",
    "rule.collect": "zusammenfassen",
    "why.sift": "Eine Summe über $v$, in der die Klammer $[v = e]$ steht, hat nur einen Summanden, den bei $v = e$. "
    "Verwendet nur, wo $v$ den Koeffizienten $1$ oder $-1$ hat: dann ist $e$ eine ganze Zahl.",
    "why.drop implied range": "Ein Bereich, der überall gilt, wo die anderen Faktoren nicht null sind, "
    "darf weggelassen werden.",
    "why.rewrite under bracket": "Wo $[m = e]$ nicht null ist, darf $m$ als $e$ geschrieben werden.",
    "why.re-index": "Ersetzt man $v$ durch $u = v + e$, so ändert sich in einer Summe über alle ganzen Zahlen nur die "
    "Reihenfolge der Summanden.",
    "why.evaluate bracket": "Eine Klammer, deren Seiten bekannt sind, ist $0$ oder $1$.",
    "why.cancel factor": "$[c\\,e = 0]$ und $[e = 0]$ sind für $c \\ne 0$ dasselbe.",
    "why.ranges that meet": "$[e \\ge 0]$ und $[-e \\ge 0]$ gelten zusammen genau für $e = 0$.",
    "why.empty range": "Bereiche, die nicht zusammen gelten können, machen einen Summanden zu null.",
    "why.collect": "Gleichartige Summanden werden addiert.",
    # networks
    "convention.relu": "relu'(0) = 0",
    "convention.leaky_relu": "lrelu'(0) ist die negative Steigung",
    "convention.MaxPool": "von gleichen Elementen ist das erste, Zeile für Zeile, das größte",
    "remark.max_pooling": "Hier ist $<<switch>>$ gleich $1$ beim größten Element jedes Fensters und sonst $0$.",
    "remark.batch_norm": "Hier sind $<<mean>>$ und $<<variance>>$ feste Zahlen, in die kein Gradient fließt.",
    "by.parameter": "Nach dem Parameter $<<name>>$",
    "by.input": "Nach der Eingabe $<<name>>$",
    "by.network_input": "Nach der Eingabe $<<name>>$ des Netzes",
    # spot checks
    "numbers.integers": "ganzzahlig",
    "numbers.floats": "Gleitkomma",
    "exact": "exakt",
    "against.sliding windows": "gleitende Fenster",
    "against.overlap-add": "überlappendes Addieren",
    "against.repeated elements": "wiederholte Elemente",
    "against.strided assignment": "versetzte Zuweisung",
    "against.sums of products": "Summen der Produkte",
    "against.central differences": "zentrale Differenzen",
    "against.NumPy": "NumPy",
    "against.its definition": "nach der Definition",
    "against.PyTorch's autograd": "PyTorchs autograd",
    # heads of tables
    "head.tensor": "Tensor",
    "head.symbol": "Symbol",
    "head.shape": "Form",
    "head.part": "Teil",
    "head.what": "Art",
    "head.output": "Ausgabe",
    "head.view": "Sicht",
    "head.quantity": "Größe",
    "head.numbers": "Zahlen",
    "head.against": "Vergleich mit",
    "head.entries": "Einträge",
    "head.largest_error": "Fehler",
    "head.tolerance": "Toleranz",
    # under figures
    "caption.extent": "Die Eingabe, der Schritt von einem Fenster zum nächsten und die Ausdehnung des Kerns.",
    "caption.extent-padded": "Die Eingabe mit ihrem Rand, der Schritt von einem Fenster zum nächsten und die "
    "Ausdehnung des "
    "Kerns.",
    "caption.window": "Das Fenster an jeder Position. Was es liest, hat die Farbe des Gewichts, auf das es trifft.",
    "caption.window-fixed": "Das Fenster an jeder Position und was es liest.",
    "caption.neurons-free": "Eine vollständig verbundene Schicht: jede Eingabe ist mit jeder Ausgabe durch ein "
    "eigenes Gewicht "
    "verbunden.",
    "caption.neurons-local": "Lokal verbunden: nur was der Kern liest, ist verbunden, noch immer durch eigene "
    "Gewichte.",
    "caption.neurons-shared": "Die Faltung: Kanten einer Farbe und Strichelung haben dasselbe Gewicht.",
    "caption.neurons-shared-fixed": "Die Schicht selbst: die Kanten haben feste Faktoren und keine Gewichte.",
    "caption.matrix-fixed": "Die Matrix der vollständig verbundenen Schicht, Eingaben nach unten und Ausgaben nach "
    "rechts. Die "
    "blassen Zellen sind null.",
    "caption.matrix": "Die Matrix der vollständig verbundenen Schicht, Eingaben nach unten und Ausgaben nach rechts. "
    "Gleiche "
    "Gewichte haben gleiche Farben, die blassen Zellen sind null.",
    "caption.patches": "Die Eingabe, in Ausschnitte geschnitten; jeder Ausschnitt geht durch dasselbe kleine Netz, "
    "und die "
    "Ergebnisse bilden die Ausgabe.",
    "caption.backward-input": "Die Ableitung nach der Eingabe: der umgedrehte Kern gleitet über das, was von oben "
    "kommt.",
    "caption.backward-weight": "Die Ableitung nach einem Gewicht: was von oben kommt, liegt auf den Eingaben, auf "
    "die das "
    "Gewicht trifft.",
    "caption.backward-neurons": "Dasselbe Netz, rückwärts gelesen: Gradienten fließen entlang der Kanten von den "
    "Ausgaben zu "
    "den Eingaben.",
    "caption.backward-patches": "Jeder Ausschnitt trägt seinen Teil zur Ableitung nach den Gewichten bei und gibt "
    "seinen Teil "
    "an die Eingabe zurück.",
    "caption.backward-patches-fixed": "Jeder Ausschnitt gibt seinen Teil der Ableitung an die Eingabe zurück.",
    "caption.inserted": "Zwischen den Elementen sind Nullen eingefügt.",
    "caption.excerpt": "Dies ist ein Auszug.",
    "caption.positions": "Gezeigt sind <<shown>> von <<all>> Positionen.",
    "caption.outputs": "Gezeigt sind <<shown>> von <<all>> Ausgaben.",
    "caption.inputs": "Gezeigt sind <<shown>> von <<all>> Eingaben.",
    "caption.weights": "Gezeigt sind <<shown>> von <<all>> Gewichten.",
    "caption.channels": "Gezeigt sind <<shown>> von <<all>> Ausgabekanälen.",
    # on the HTML page alone
    "page.contents": "Inhalt",
    "page.title": "Ansehen und rechnen",
    "page.intro": "Zeigen Sie auf eine Ausgabe, ein Gewicht oder eine Eingabe, oder gehen Sie mit der Tabulatortaste "
    "dorthin, und was dazugehört, leuchtet in allen drei Sichten und in jeder Formel der Seite auf. Die Eingabetaste "
    "hält es fest, Escape lässt es los.",
    "page.numbers_intro": "Die Zahlen der Eingaben, der Gewichte und dessen, was von oben kommt, lassen sich ändern: "
    "jede "
    "Sicht berechnet ihre Ausgaben und Ableitungen neu.",
    "page.without_script": "Ohne Skripte zeigt die Seite dieselben Formeln, mit den Zahlen, mit denen sie "
    "geschrieben wurde.",
    "page.numbers": "Die Zahlen",
    "page.input": "Eingabe",
    "page.weight": "Gewichte",
    "page.bias": "Bias",
    "page.output": "Ausgabe",
    "page.grad_output": "Gradient von oben",
    "page.grad_weight": "Ableitung nach den Gewichten",
    "page.grad_bias": "Ableitung nach dem Bias",
    "page.grad_input": "Ableitung nach der Eingabe",
    "page.direct": "Direkt: der Kern gleitet über die Eingabe",
    "page.fully_connected": "Vollständig verbunden: eine große Schicht mit geteilten Gewichten",
    "page.patches": "Kleine Netze: eines über jedem Ausschnitt",
    "page.matrix": "Die Matrix, Eingaben nach unten und Ausgaben nach rechts",
    "page.grad_matrix": "Die Ableitung nach der Matrix, jedes Gewicht frei",
    "page.network": "Das Netz: jede Linie ist ein Gewicht, Linien einer Farbe sind dasselbe Gewicht",
    "page.small_network": "Das kleine Netz über einem Ausschnitt",
    "page.patch": "Ausschnitt",
    "page.forward": "Vorwärts",
    "page.backward": "Rückwärts",
    "page.direction": "Richtung",
    "page.position": "Position",
    "page.previous": "Vorige Position",
    "page.next": "Nächste Position",
    "page.nothing": "Nichts leuchtet",
    "page.lit": "Es leuchtet:",
    "page.agree": "Alle drei Sichten haben dieselben Zahlen.",
    "page.differ": "Die Sichten haben verschiedene Zahlen.",
    "page.bad_number": "In jedem Feld muss eine Zahl bis zu einer Million stehen, etwa 3 oder −0,5 oder 1/3.",
    "page.too_large": "Die Seite rechnet mit Schichten bekannter Größe, die wenige Einträge und keinen Stapel haben. "
    "Diese "
    "hier steht nur in Formeln da.",
}
