"""Every sentence of the texts on a layer is said of just the layers of which it is true, in every language.

``CLAIMS`` has the sentences that are said under a condition, with the condition as the tests compute it from what the
layer was given; numbers in a sentence are counted again by loops.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pytest

from symconv import AvgPool, Conv, ConvTranspose, MaxPool, Notation
from symconv.figures import figures_of, reads
from symconv.notes.build.documents import document_of
from symconv.notes.content.captions import caption
from symconv.notes.sections import Choice
from symconv.notes.style import NotesStyle
from symconv.notes.writers.markdown import MarkdownWriter
from tests.tools import thinned

ORDINARY = Conv((5, 5), (3, 3), in_channels=3, out_channels=2, stride=2, padding=1)
LANGUAGES = ("en", "de")
MOST_WRITTEN = 1_600
"""The entries of a larger matrix are not counted in the text."""


def has_matrix(conv: Any) -> bool:
    return not isinstance(conv, MaxPool)


def has_weights(conv: Any) -> bool:
    return not isinstance(conv, (AvgPool, MaxPool))


def has_few_entries(conv: Any) -> bool:
    return bool(
        conv.is_concrete and has_matrix(conv) and count(conv.input_shape) * count(conv.output_shape) <= MOST_WRITTEN
    )


def has_zeros(conv: Any) -> bool:
    return has_few_entries(conv) and counted(conv)[0] > 0


CLAIMS: dict[tuple[str, str], Any] = {
    (r"\$h = X \* w\$|\$h = X \* w \+ b\$", r"\$h = X \* w\$|\$h = X \* w \+ b\$"):
        lambda c: c.is_convolution and not settings(c),
    ("which does not flip the kernel", "die den Kern nicht spiegelt"): lambda c: c.is_convolution and not c.flip,
    ("the convolution of mathematics", "die Faltung der Mathematik"): lambda c: c.is_convolution and c.flip,
    (r"with stride \$", r"mit Schrittweite \(stride\) \$"): lambda c: c.is_convolution and "stride" in settings(c),
    (r"In short,.* padding \$", r"Kurz:.*\(padding\) \$"): lambda c: c.is_convolution and "padding" in settings(c),
    (r"weights are zero and the others are fixed", "Gewichte null sind und die anderen fest"):
        lambda c: has_matrix(c) and not has_weights(c) and zeros_of(c),
    (r"weights are zero and the others are shared", "Gewichte null sind und die anderen geteilt"):
        lambda c: has_matrix(c) and has_weights(c) and zeros_of(c) and has_copies(c),
    (r"weights are zero\.", "Gewichte null sind\\."):
        lambda c: has_matrix(c) and has_weights(c) and zeros_of(c) and not has_copies(c),
    ("in which weights are shared", "in der Gewichte geteilt sind"):
        lambda c: has_matrix(c) and has_weights(c) and not zeros_of(c) and has_copies(c),
    ("with fixed weights", "mit festen Gewichten"):
        lambda c: has_matrix(c) and not has_weights(c) and not zeros_of(c),
    ("whose weights are all free", "deren Gewichte alle frei sind"):
        lambda c: has_matrix(c) and has_weights(c) and not zeros_of(c) and not has_copies(c),
    ("in which some weights", "in der einige Gewichte"): lambda c: has_matrix(c) and 0 < zeros_of(c) < 0.5,
    ("but the weights are not free", "aber die Gewichte sind nicht frei"):
        lambda c: has_matrix(c) and not (has_weights(c) and not zeros_of(c) and not has_copies(c)),
    ("goes back to", "geht auf"): lambda c: has_weights(c) and has_copies(c),
    ("small fully connected networks, one over each patch", "kleiner vollständig verbundener Netze, eines auf"):
        lambda c: has_matrix(c) and has_weights(c) and groups_of(c) == 1 and not has_one_patch(c),
    ("collection of small networks, one over each patch of the input, all with the same weights",
     "Sammlung kleiner Netze, eines auf jedem Ausschnitt der Eingabe, alle mit"):
        lambda c: has_matrix(c) and not (has_weights(c) and groups_of(c) == 1) and not has_one_patch(c)
        and not changes_by_position(c),
    ("over the one patch of its input", "auf dem einen Ausschnitt ihrer Eingabe"):
        lambda c: has_matrix(c) and has_one_patch(c),
    ("the same small fully connected network:", "in dasselbe kleine vollständig verbundene Netz:"):
        lambda c: has_weights(c) and groups_of(c) == 1,
    ("which joins only what is in the same group", "das nur verbindet, was in derselben Gruppe ist"):
        lambda c: has_weights(c) and groups_of(c) != 1,
    ("the same small network, whose weights are fixed", "dasselbe kleine Netz, dessen Gewichte fest sind"):
        lambda c: has_matrix(c) and not has_weights(c) and not changes_by_position(c),
    ("whose weights depend on the position", "dessen Gewichte von der Stelle abhängen"):
        lambda c: has_matrix(c) and changes_by_position(c),
    ("which hands on the largest element", "das das größte Element weitergibt"): lambda c: isinstance(c, MaxPool),
    ("Padding is never the largest", "Auffüllung ist nie das größte"):
        lambda c: isinstance(c, MaxPool) and any(not is_zero(axis.low) or not is_zero(axis.high) for axis in c.schemes),
    ("a matrix product for each group", "ein Matrixprodukt für jede Gruppe"):
        lambda c: c.is_convolution and groups_of(c) != 1,
    (r"\$ groups[ .]", r"\$ Gruppen[ .]"): lambda c: c.is_convolution and groups_of(c) != 1,
    ("circular padding\\.", "zyklischer Auffüllung\\."): lambda c: c.padding_mode == "circular",
    ("only this rule", "nur diese Regel"): lambda c: rules_of(c) == 1,
    ("only these rules", "diese Regeln und keine anderen"): lambda c: rules_of(c) > 1,
    ("in the labels of single entries too", "auch in den Bezeichnungen einzelner Einträge"):
        lambda c: c.is_concrete and c.notation.index_base == c.notation.formula_base,
    ("proofs of Theorem 1 and Theorem 2, with letters", "Beweisen von Satz 1 und Satz 2, mit Buchstaben"):
        lambda c: c.is_concrete and not has_weights(c),
    (r"proofs of Theorem 1 to Theorem \d, with letters", r"Beweisen von Satz 1 bis Satz \d, mit Buchstaben"):
        lambda c: c.is_concrete and has_weights(c),
    ("its matrix would differ for every input", "ihre Matrix wäre für jede Eingabe eine andere"):
        lambda c: not has_matrix(c),
    ("The kernel slides", "Der Kern gleitet über die Eingabe"): has_weights,
    ("The window slides", "Das Fenster gleitet über die Eingabe"): lambda c: not has_weights(c),
    ("and both are in the same group", "und beide in derselben Gruppe sind"):
        lambda c: has_matrix(c) and "groups" in c.PARAMETERS and c.groups != 1,
    ("all examples of the batch have the same", "alle Beispiele des Stapels haben dieselben"):
        lambda c: c.batch_size is not None and has_matrix(c),
    ("output position of each example", "Stelle der Ausgabe jedes Beispiels"): lambda c: c.batch_size is not None,
    ("A weight has the same colour", "Ein Gewicht hat überall dieselbe Farbe"):
        lambda c: c.is_concrete and has_weights(c) and count(c.weight_shape) <= 8,
    ("known as im2col", "als im2col bekannt"): lambda c: c.is_convolution,
    ("The same derivations work for all numbers", "Dieselben Herleitungen gelten"): lambda c: c.is_concrete,
    ("Sizes were drawn at random", "Die Größen waren zufällig"): lambda c: not c.is_concrete,
    ("sum of the contributions of the patches", "was die einzelnen Ausschnitte beitragen"):
        lambda c: has_weights(c) and c.is_concrete,
    ("a bracket with several conditions is", "eine Klammer mit mehreren Bedingungen ist"): lambda c: c.ndim > 1,
    ("the labels of single entries count from", "die Bezeichnungen einzelner Einträge zählen ab"):
        lambda c: c.is_concrete and c.notation.index_base != c.notation.formula_base,
    ("write down the .* views of one layer", "Sichten auf eine Schicht hin"): lambda c: c.is_concrete,
    ("write down the .* views of every layer", "Sichten auf jede Schicht hin"): lambda c: not c.is_concrete,
    ("views of every .* on one axis", "Sichten auf jede .* auf einer Achse"):
        lambda c: c.ndim == 1 and not c.is_concrete,
    ("views of every .* on two axes", "Sichten auf jede .* auf zwei Achsen"):
        lambda c: not c.is_concrete and c.ndim == 2,
    ("In row-major order of the positions", "Die Stellen zeilenweise gezählt"): lambda c: c.is_concrete and c.ndim > 2,
    ("Written out, entry by entry", "Ausgeschrieben, Eintrag für Eintrag"): lambda c: c.is_concrete,
    ("Side by side, for the first outputs", "Nebeneinander, für die ersten"): lambda c: c.is_concrete,
    ("The patches are", "Die Ausschnitte sind"): lambda c: c.is_concrete,
    ("As one product, with inputs and outputs as rows", "Als ein Produkt, mit Eingaben und Ausgaben als Zeilen"):
        has_matrix,
    (r"(?:Of|None of) its \d", r"Von ihren \d"): lambda c: has_few_entries(c) and dense_entries(c).size > 1,
    ("its first rows and columns are", "ihre ersten Zeilen und Spalten sind"):
        lambda c: c.is_concrete and has_matrix(c) and not has_few_entries(c),
    ("The zeros are the connections that the kernel does not make", "Die Nullen sind die Verbindungen"): has_zeros,
    ("every weight is first taken as free", "zuerst jedes Gewicht als frei angenommen"):
        lambda c: has_few_entries(c) and has_weights(c),
    ("The derivatives of a convolution with a stride", "Die Ableitungen einer Faltung mit Schrittweite"):
        lambda c: c.is_convolution,
    ("too many product terms", "zu viele Produkt"): lambda c: False,
    ("too large for that", "dafür zu groß"): lambda c: False,
    ("The input chooses the switch", "Die Eingabe wählt"): lambda c: isinstance(c, MaxPool),
}  # fmt: skip
"""Sentences of the texts, in English and in German, each with the layers of which it is said."""


def is_zero(size: Any) -> bool:
    return bool(size.value == 0)


def groups_of(conv: Any) -> Any:
    return conv.groups if "groups" in conv.PARAMETERS else 1


def rules_of(conv: Any) -> int:
    """How many rules the text lists."""
    return len(re.findall(r"^- \*\*", whole_text(conv, "en"), re.MULTILINE))


def has_one_patch(conv: Any) -> bool:
    sizes = [*conv.output_shape[-conv.ndim :], 1 if conv.batch_size is None else conv.batch_size]
    return bool(conv.is_concrete and count(sizes) == 1)


def changes_by_position(conv: Any) -> bool:
    """Whether windows at different positions have different weights: a switch, or fewer elements to average."""
    if not conv.is_concrete:
        return False
    if not isinstance(conv, AvgPool):
        return isinstance(conv, MaxPool)
    given = conv.arguments()
    return given["divisor_override"] is None and (not given["count_include_pad"] or given["ceil_mode"])


@cache
def dense_entries(conv: Any) -> Any:
    """The layer's matrix as numbers for a kernel of different large ones, from the layer's own outputs."""
    weights = [2**at for at in range(count(conv.weight_shape))] if has_weights(conv) else []
    given: dict[str, Any] = {}
    if weights:
        given[conv.notation.weight] = np.array(weights, dtype=object).reshape(tuple(map(int, conv.weight_shape)))
    if conv.bias_term:
        given[conv.notation.bias] = np.zeros(tuple(map(int, conv.bias_shape)), dtype=object)
    shape = tuple(int(size) for size in conv.input_shape)[-(conv.ndim + 1) :]
    rows = []
    for flat in range(count(shape)):
        unit = np.zeros(count(shape), dtype=object)
        unit[flat] = 1
        whole = np.stack([unit.reshape(shape)] * int(conv.batch_size)) if conv.batch_size is not None else None
        arrays = {**given, conv.notation.input: unit.reshape(shape) if whole is None else whole}
        formula = conv.direct.output
        arrays |= {name: value for name, value in conv.constants.items() if name in formula.tensors_needed}
        output = np.asarray(formula.evaluate(**arrays), dtype=object)
        rows.append((output if whole is None else output[0]).ravel())
    return np.array(rows, dtype=object)


def zeros_of(conv: Any) -> float:
    """The share of zeros in the matrix."""
    if not has_few_entries(conv):
        return 1.0
    entries = dense_entries(conv)
    return float((entries == 0).sum() / entries.size)


def has_copies(conv: Any) -> bool:
    """Whether a weight stands in two places: its power of two is in two entries."""
    if not has_few_entries(conv):
        return True
    entries = [int(one) for one in dense_entries(conv).ravel()]
    return any(sum(one >> bit & 1 for one in entries) > 1 for bit in range(count(conv.weight_shape)))


CAPTIONS: dict[tuple[str, str], Any] = {
    ("use the same weights", "benutzen dieselben Gewichte"):
        lambda c, f: f.key == "neuron" and has_weights(c) and not is_spread(c) and count(c.m) > 1,
    ("the flipped kernel slides", "Der gespiegelte Kern gleitet"):
        lambda c, f: f.key == "backward-input" and has_weights(c) and not c.flip,
    ("the kernel, no longer flipped, slides", "Der Kern, nicht mehr gespiegelt"):
        lambda c, f: f.key == "backward-input" and has_weights(c) and c.flip,
    ("the flipped window slides", "Das gespiegelte Fenster gleitet"):
        lambda c, f: f.key == "backward-input" and not has_weights(c),
    ("colours of the weights|have equal colours|of one colour", "Farbe des Gewichts|gleiche Farben|Kanten einer Farbe"):
        lambda c, f: f.key in ("window", "matrix", "pattern", "neurons-shared") and has_weights(c),
    ("The input with its padding", "Die Eingabe mit ihrem Rand"):
        lambda c, f: f.key == "extent" and any(max(axis.low, axis.high) > 0 for axis in numbers(c)),
    ("Zeros are inserted", "Zwischen den Elementen sind Nullen eingefügt"):
        lambda c, f: (
            (f.key in ("extent", "window", "backward-weight") and is_spread(c))
            or (f.key == "backward-input" and has_stride(c))
        ),
    ("The figure shows|an excerpt", "Die Abbildung zeigt|ein Auszug"): lambda c, f: f.values["excerpt"],
}  # fmt: skip
"""Sentences under figures, each with the layers and figures of which it is said."""


def settings(conv: Any) -> list[str]:
    """What a convolution has beside an input and a kernel."""
    given = {
        "stride": 1, "padding": 0, "dilation": 1, "groups": 1, "input_dilation": 1, "padding_mode": "zeros"
    }  # fmt: skip
    order = ["stride", "dilation", "groups", "padding_mode", "input_dilation", "padding"]
    own = conv.arguments()
    plain = {name: (value, (value,) * conv.ndim, ((value, value),) * conv.ndim) for name, value in given.items()}
    return [name for name in order if name in own and own[name] not in plain[name]]


def count(shape: Any) -> int:
    entries = 1
    for size in shape:
        entries *= int(getattr(size, "value", size))
    return entries


def per_axis(conv: Any, name: str, usual: int) -> list[int]:
    value = conv.arguments().get(name, usual)
    return list(value) if isinstance(value, tuple) else [value] * conv.ndim


def numbers(conv: Any) -> Any:
    """The numbers of every axis, as figures have them."""
    return reads(conv).axes


def is_spread(conv: Any) -> bool:
    """Whether there are zeros between the elements of the input."""
    name = "stride" if isinstance(conv, ConvTranspose) else "input_dilation"
    return any(one > 1 for one in per_axis(conv, name, 1))


def has_stride(conv: Any) -> bool:
    """Whether the window moves on by more than one element."""
    usual = conv.kernel_size[0] if isinstance(conv, AvgPool) else 1
    return not isinstance(conv, ConvTranspose) and any(one > 1 for one in per_axis(conv, "stride", usual))


def counted(conv: Any) -> tuple[int, int]:
    """The zeros of the layer's matrix, and the weights that stand in it, by loops over all that the window reads.

    Only of layers whose padding has zeros.
    """
    ends = per_axis(conv, "padding", 0)
    lows = [one[0] if isinstance(one, tuple) else one for one in ends]
    strides, dilations = per_axis(conv, "stride", 1), per_axis(conv, "dilation", 1)
    if isinstance(conv, AvgPool):
        strides = [int(one) for one in (conv.arguments()["stride"] or conv.kernel_size)]
    between, kernel = per_axis(conv, "input_dilation", 1), [int(one) for one in conv.kernel_size]
    before = [int(one) for one in conv.input_shape[-conv.ndim :]]
    after = [int(one) for one in conv.output_shape[-conv.ndim :]]
    pairs: dict[tuple[Any, ...], Any] = {}
    for offset in product(*map(range, kernel)):
        if isinstance(conv, ConvTranspose):
            for source in product(*map(range, before)):
                at = tuple(s * j + d * k - p for s, j, d, k, p in zip(strides, source, dilations, offset, lows))
                if all(0 <= one < size for one, size in zip(at, after)):
                    pairs[source, at] = offset
            continue
        for at in product(*map(range, after)):
            read = [s * i + d * k - p for s, i, d, k, p in zip(strides, at, dilations, offset, lows)]
            source = tuple(one // l for one, l in zip(read, between))
            inside = all(one % l == 0 for one, l in zip(read, between))
            if inside and all(0 <= one < size for one, size in zip(source, before)):
                pairs[source, at] = offset
    groups = conv.groups if "groups" in conv.PARAMETERS else 1
    joined = int(conv.in_channels) * int(conv.out_channels) // int(groups) if has_weights(conv) else 1
    whole = count(before) * count(after) * (int(conv.in_channels) * int(conv.out_channels) if has_weights(conv) else 1)
    return whole - joined * len(pairs), joined * len(set(pairs.values())) if has_weights(conv) else 1


LAYERS: list[Any] = [
    Conv(3, 2), Conv(5, 3, stride=2), Conv(5, 3, padding=1), Conv(5, 3, padding=1, stride=2), Conv(7, 2, dilation=3),
    Conv(4, 2, in_channels=2, out_channels=2, groups=2), Conv(4, 2, flip=True), Conv(4, 3, padding=1, bias=True),
    Conv(5, 3, padding=1, padding_mode="circular"), Conv(5, 3, padding=1, padding_mode="reflect"),
    Conv(3, 2, batch_size=2), Conv(3, 2, input_dilation=2), Conv(4, 2, padding=((0, 1),)), Conv((3, 3), 2), ORDINARY,
    Conv((3, 4), (2, 3), stride=(1, 2), padding=(0, 1)), Conv((3, 3, 3), 2), Conv((4, 4), 3, out_channels=2, padding=1),
    Conv((8, 8), 5, in_channels=4, out_channels=4, padding=2), Conv.general(1), Conv.general(2),
    ConvTranspose(3, 2), ConvTranspose((2, 2), 2, stride=2), AvgPool(4, 2), AvgPool((4, 4), 2), MaxPool(4, 2),
    MaxPool((4, 4), 2, stride=1), AvgPool.general(1), ConvTranspose.general(1), Conv(1, 1),
    Conv(6, 3, flip=True, stride=2), Conv((2, 2), 2, in_channels=2), Conv(1, 3, padding=1), Conv(3, 2, dilation=2),
    Conv(2, 1), Conv(9, 2, stride=3), Conv(3, 2, padding=3), AvgPool(4, 4), AvgPool(5, 3, padding=1, stride=2,
    count_include_pad=False), MaxPool(5, 2, padding=1), MaxPool(2, 2), Conv((3, 3), 2, notation=Notation(index_base=0)),
    ConvTranspose(3, 2, stride=2, in_channels=2, out_channels=2, groups=2), AvgPool(5, 2, ceil_mode=True),
]  # fmt: skip


@cache
def whole_text(conv: Any, language: str) -> str:
    one = document_of(conv, NotesStyle(language=language), choice=Choice(figures=()))
    return str(MarkdownWriter("notes").document(one)["notes.md"])


@cache
def text_of(conv: Any, language: str) -> str:
    return " ".join(whole_text(conv, language).split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("conv", thinned(LAYERS, 15), ids=repr)
def test_every_sentence_is_said_of_the_layers_of_which_it_is_true(conv: Any, language: str) -> None:
    text = text_of(conv, language)
    for sentences, condition in CLAIMS.items():
        sentence = sentences[LANGUAGES.index(language)]
        assert bool(re.search(sentence, text)) == bool(condition(conv)), sentence


@pytest.mark.parametrize("conv", thinned(LAYERS, 15), ids=repr)
def test_zeros_and_weights_of_the_matrix_are_counted_right(conv: Any) -> None:
    if (
        not has_few_entries(conv)
        or dense_entries(conv).size == 1
        or conv.padding_mode != "zeros"
        or conv.batch_size is not None
    ):
        return
    english, german = (text_of(conv, language) for language in LANGUAGES)
    zeros, weights = counted(conv)
    if zeros:
        verb, wort = ("is", "ist") if zeros == 1 else ("are", "sind")
        first, erst = f"entries {zeros} {verb} zero, and the others", f"Einträgen {wort} {zeros} null, und die anderen"
    else:
        first, erst = "entries is zero; they", "Einträgen ist keiner null; sie"
    if changes_by_position(conv):
        weights = len(set(dense_entries(conv)[dense_entries(conv) != 0].tolist()))
    values = "are all equal" if weights == 1 else f"take {weights} different values"
    werte = "sind alle gleich" if weights == 1 else f"nehmen {weights} verschiedene Werte an"
    assert f"{first} {values}." in english
    assert f"{erst} {werte}." in german


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("conv", thinned(LAYERS, 15), ids=repr)
def test_every_sentence_under_a_figure_is_true(conv: Any, language: str) -> None:
    for figure in figures_of(conv):
        text = caption(figure, language)
        for sentences, condition in CAPTIONS.items():
            sentence = sentences[LANGUAGES.index(language)]
            assert bool(re.search(sentence, text)) == bool(condition(conv, figure)), (figure.key, sentence)
