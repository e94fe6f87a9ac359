"""Titles and descriptions of figures in German, for readers who cannot see them; the figures have the English ones."""

from collections.abc import Mapping

TITLES: Mapping[str, str] = {
    "window": "Das Fenster an jeder Stelle",
    "extent": "Auffüllung, Schrittweite und Dilatation",
    "neurons-free": "Vollständig verbundene Neuronen",
    "neurons-local": "Lokal verbundene Neuronen",
    "neurons-shared": "Neuronen mit geteilten Gewichten",
    "stacks": "Kanäle als Blätter",
    "neuron": "Ein Neuron und seine Gewichte",
    "matrix": "Die Matrix der Gewichte",
    "pattern": "Das Muster der Matrix der Gewichte",
    "patches": "Ausschnitte durch ein einziges kleines Netz",
    "backward-input": "Der Gradient nach der Eingabe",
    "backward-weight": "Der Gradient nach den Gewichten",
    "backward-neurons": "Das Netz rückwärts gelesen",
    "backward-patches": "Die Ausschnitte rückwärts gelesen",
}

DESCRIPTIONS: Mapping[str, str] = {
    "window": "Zu jeder Ausgabe die Eingabe; die Zellen unter dem Fenster haben die Farben ihrer Gewichte.",
    "extent": "Die aufgefüllte Eingabe mit den ersten Fenstern und Maßlinien.",
    "neurons-free": "Jede Eingabe ist mit jeder Ausgabe verbunden, jede Kante hat ein eigenes Gewicht.",
    "neurons-local": "Nur Eingaben im Fenster einer Ausgabe sind mit ihr verbunden, jede Kante mit eigenem Gewicht.",
    "neurons-shared": "Kanten mit demselben Gewicht haben dieselbe Farbe.",
    "stacks": "Jeder Tensor ist ein Stapel von Blättern, eines für jeden Kanal, mit seinen Größen darunter.",
    "neuron": "Eine Ausgabe ist mit den Eingaben in ihrem Fenster verbunden; ihre Nachbarn haben eigene Kanten.",
    "pattern": "Ein Bildpunkt ist ein Eintrag der Matrix, Eingaben nach unten, Ausgaben nach rechts; ein Block ist "
    "vergrößert.",
    "matrix": "Eingaben als Zeilen, Ausgaben als Spalten; dasselbe Gewicht hat dieselbe Farbe, Nullen sind blass.",
    "patches": "Jeder Ausschnitt der Eingabe geht durch dasselbe kleine Netz; die Ergebnisse bilden die Ausgabe.",
    "backward-input": "Ein Fenster gleitet über den Gradienten von oben; der Kern ist andersherum gelesen.",
    "backward-weight": "Zu jedem Gewicht liegt der Gradient von oben auf den Eingaben, auf die das Gewicht trifft.",
    "backward-neurons": "Der Gradient von oben fließt auf denselben Kanten von den Ausgaben zu den Eingaben.",
    "backward-patches": "Jeder Ausschnitt gibt den Gewichten seinen Anteil und erhält einen eigenen Gradienten.",
}
