"""Every sentence of the texts on networks and on steps is said of just those of which it is true, in every language.

``OF_NETWORKS`` and ``OF_STEPS`` have the sentences that are said under a condition, with the condition as the tests
compute it from what the network or the step was given; what is said of a layer's matrix is counted by loops.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any

import pytest
import sympy as sp

from symconv import (
    Activation,
    Add,
    AvgPool,
    BatchNorm,
    Conv,
    ConvTranspose,
    Dropout,
    Flatten,
    Graph,
    LayerNorm,
    Linear,
    MaxPool,
    Sequential,
    Softmax,
    sgd_step,
)
from symconv.notes.build.documents import document_of
from symconv.notes.model import Display, Document, Heading, Math, Row, Tables
from symconv.notes.style import NotesStyle
from symconv.notes.writers.latex import LatexWriter
from symconv.notes.writers.markdown import MarkdownWriter
from symconv.printing.layout import found
from symconv.printing.parts import NOTHING, Grid
from symconv.printing.tree import Entry, Name
from tests.tools import thinned

LANGUAGES = ("en", "de")
LARGEST_OF_EXAMPLES, LARGEST_CHECKED, MOST_WRITTEN_OUT = 64, 50_000, 40
KINKED = ("relu", "leaky_relu")


def is_concrete(shape: Any) -> bool:
    return all(getattr(size, "is_number", True) for size in map(sp.sympify, shape))


def entries(shape: Any) -> int:
    count = 1
    for size in shape:
        count *= int(size)
    return count


def places(conv: Any) -> Counter[tuple[Any, Any, Any]]:
    """How often an (input, output) is joined through a place of the kernel, on all axes, by loops; channels apart."""
    ends = given(conv, "padding", 0)
    lows = [one[0] if isinstance(one, tuple) else one for one in ends]
    strides, dilations = given(conv, "stride", 1), given(conv, "dilation", 1)
    before, after = ([int(one) for one in shape[-conv.ndim :]] for shape in (conv.input_shape, conv.output_shape))
    joined: Counter[tuple[Any, Any, Any]] = Counter()
    offsets = list(product(*(range(int(one)) for one in conv.kernel_size)))
    if isinstance(conv, ConvTranspose):
        for source, offset in product(product(*map(range, before)), offsets):
            at = tuple(s * j + d * k - p for s, j, d, k, p in zip(strides, source, dilations, offset, lows))
            if all(0 <= one < size for one, size in zip(at, after)):
                joined[source, at, offset] += 1
        return joined
    for at, offset in product(product(*map(range, after)), offsets):
        read = [s * i + d * k - p for s, i, d, k, p in zip(strides, at, dilations, offset, lows)]
        sources: Any = tuple(extended(one, size, conv.padding_mode) for one, size in zip(read, before))
        if None not in sources:
            joined[sources, at, offset] += 1
    return joined


def extended(at: int, size: int, mode: str) -> int | None:
    """Where the input is read for a position beyond its ends."""
    if mode == "circular":
        return at % size
    if mode == "replicate":
        return min(max(at, 0), size - 1)
    if mode == "reflect" and not 0 <= at < size:
        return -at if at < 0 else 2 * (size - 1) - at
    return at if 0 <= at < size else None


def given(conv: Any, name: str, usual: int) -> list[Any]:
    value = conv.arguments().get(name, usual)
    return list(value) if isinstance(value, tuple) else [value] * conv.ndim


def has_zeros(conv: Any) -> bool:
    if not conv.is_concrete:
        return True
    pairs = {(source, at) for source, at, _ in places(conv)}
    return conv.groups != 1 or len(pairs) < entries(conv.input_shape[-conv.ndim :]) * positions(conv)


def has_copies(conv: Any) -> bool:
    if not conv.is_concrete:
        return True
    return max(Counter(offset for _, _, offset in places(conv)).values()) > 1


def has_sums(conv: Any) -> bool:
    if not conv.is_concrete:
        return bool(conv.padding_mode != "zeros")
    return max(Counter((source, at) for source, at, _ in places(conv)).values()) > 1


def positions(conv: Any) -> int:
    return entries(conv.output_shape[-conv.ndim :])


def has_one_patch(conv: Any) -> bool:
    return bool(conv.is_concrete and positions(conv) * int(conv.batch_size or 1) == 1)


# -- networks ------------------------------------------------------------------------------------------


def first_conv(net: Any) -> Any:
    return next((part.layer for part in net.parts if isinstance(part.layer, Conv)), None)


def has(net: Any, *kinds: type) -> bool:
    return any(isinstance(one, kinds) for part in net.parts for one in (part.given, part.layer))


def functions(net: Any) -> list[str]:
    return [part.given.name for part in net.parts if isinstance(part.given, Activation)]


def is_chain(net: Any) -> bool:
    """Whether every part reads the one before it alone."""
    before = [net.input.name, *(part.after.name for part in net.parts)]
    return all([one.name for one in part.reads] == [name] for part, name in zip(net.parts, before))


def all_shapes(net: Any) -> list[Any]:
    return [net.shape_of(name) for name in (*net.wanted, *net.forward)]


def concrete(net: Any) -> bool:
    return all(map(is_concrete, all_shapes(net)))


def loss_of(net: Any) -> str | None:
    part = net.loss_part
    return None if part is None else type(part.module).__name__


def has_example(net: Any) -> bool:
    largest = max(map(entries, all_shapes(net))) if concrete(net) else LARGEST_OF_EXAMPLES + 1
    return "f" not in functions(net) and largest <= LARGEST_OF_EXAMPLES


def says_cross_entropy(net: Any) -> bool:
    return loss_of(net) == "SoftmaxCrossEntropy"


def has_many_axes(part: Any) -> bool:
    """Whether what is flattened has more than one axis; a single channel is none."""
    channels, *axes = part.reads[0].shape[int(part.reads[0].batched) :]
    return bool(len(axes) + (channels != 1) > 1)


OF_NETWORKS: dict[tuple[str, str], Any] = {
    ("has a batch axis in front", "hat vorn eine Achse für die Beispiele"): lambda n: n.batch_size is not None,
    ("What each part learns and costs", "Was jeder Teil lernt und kostet"): concrete,
    ("It reaches part .* from the part after it", "Sie erreicht Teil .* vom Teil nach ihm"): is_chain,
    ("each of them has a share in it", "so hat jeder einen Anteil daran"): lambda n: not is_chain(n),
    ("shares in it of the parts", "Anteile der Teile daran"): lambda n: not is_chain(n),
    ("They ask whether training", "Sie fragen, ob es dasselbe ist"): lambda n: first_conv(n) is not None,
    ("nd with an example in numbers", "nden mit einem Beispiel in Zahlen"): has_example,
    (r"Part \d+ is a convolution", r"Teil \d+ ist eine Faltung"): lambda n: first_conv(n) is not None,
    ("as small networks over patches", "als kleine Netze auf Ausschnitten"): lambda n: first_conv(n) is not None,
    ("max pooling has no fully connected view", "max pooling hat keine vollständig verbundene Sicht"):
        lambda n: first_conv(n) is not None and has(n, MaxPool),
    ("the zeros fill in", "füllen sich die Nullen"): lambda n: first_conv(n) is not None and has_zeros(first_conv(n)),
    ("the copies drift apart", "Kopien auseinander"):
        lambda n: first_conv(n) is not None and has_copies(first_conv(n)),
    ("here is one patch", "Es gibt nur einen Ausschnitt"):
        lambda n: first_conv(n) is not None and has_one_patch(first_conv(n)),
    ("Updating after every patch is a different", "Nach jedem Ausschnitt zu aktualisieren ist ein anderer"):
        lambda n: first_conv(n) is not None and not has_one_patch(first_conv(n)),
    ("Every parameter now has its gradient", "Jeder Parameter hat nun seinen Gradienten"):
        lambda n: has(n, Conv, ConvTranspose, Linear, BatchNorm, LayerNorm),
    ("compares the last output with the target", "vergleicht die letzte Ausgabe mit dem Ziel"): lambda n: loss_of(n),
    ("is any function", "ist irgendeine Funktion"): lambda n: not loss_of(n),
    ("as probabilities do", "wie Wahrscheinlichkeiten zu"): says_cross_entropy,
    ("softmax of the last output", "Softmax der letzten Ausgabe"): says_cross_entropy,
    ("its parameters and its target", "seiner Parameter und seines Ziels"):
        lambda n: first_conv(n) is not None and concrete(n) and loss_of(n),
    ("target of the last output", "Ziel der letzten Ausgabe"): lambda n: loss_of(n),
    ("is there because .* is a mean", "ein Mittelwert ist"):
        lambda n: says_cross_entropy(n) and n.batch_size is not None,
    ("Where a derivative does not exist", "Wo eine Ableitung nicht existiert"):
        lambda n: has(n, MaxPool) or any(name in KINKED for name in functions(n)),
    ("The activations and their derivatives are", "Die Aktivierungen und ihre Ableitungen sind"):
        lambda n: any(name != "f" for name in functions(n)),
    ("are fixed numbers, into which no gradient", "feste Zahlen, in die kein Gradient"): lambda n: has(n, BatchNorm),
    ("the mean and the variance of the entries", "Mittelwert und Varianz der Einträge"): lambda n: has(n, LayerNorm),
    ("at what is kept", "bei dem, was bleibt"): lambda n: has(n, Dropout),
    ("along this axis all entries are positive", "längs dieser Achse sind alle Einträge positiv"):
        lambda n: has(n, Softmax),
    ("several letters side by side", "mehrere Buchstaben nebeneinander"):
        lambda n: any(isinstance(part.given, Flatten) and has_many_axes(part) for part in n.parts),
    ("at the largest element of every window", "beim größten Element jedes Fensters"): lambda n: has(n, MaxPool),
    ("switch of part", "Schalter von Teil"): lambda n: has(n, MaxPool),
    ("fixed factor of part", "fester Faktor von Teil"): lambda n: has(n, AvgPool),
    ("weights of part", "Gewichte von Teil"): lambda n: has(n, Conv, ConvTranspose, Linear),
    ("intermediate result of part", "Zwischenergebnis von Teil"): lambda n: has(n, LayerNorm),
    ("The network was run with", "Das Netz wurde mit"):
        lambda n: concrete(n) and "f" not in functions(n) and sum(map(entries, all_shapes(n))) <= LARGEST_CHECKED,
    (r"Of the \d+ parts one of each kind", r"Von den \d+ Teilen ist einer von jeder Art"):
        lambda n: len(n.parts) > MOST_WRITTEN_OUT,
    (r"\*\*The update", r"\*\*Die Aktualisierung"):
        lambda n: has_example(n) and has(n, Conv, ConvTranspose, Linear, BatchNorm, LayerNorm),
    ("which is read more than once", "die mehrmals gelesen wird"): lambda n: not is_chain(n),
    ("or all whole numbers for which every part", "Für alle ganzen Zahlen, für die"):
        lambda n: first_conv(n) is not None and not concrete(n),
}  # fmt: skip
"""Sentences of the texts on networks, in English and in German, each with the networks of which it is said."""


def chain(*parts: Any, **given: Any) -> Any:
    return Sequential(*parts, **given)


N = sp.Symbol("N", integer=True, positive=True)
ENDS: Any = (Flatten(), Linear(None, 2))
NETWORKS: list[Any] = [
    chain(Conv(3, 2), Activation("relu"), *ENDS, loss="cross_entropy"),
    chain(
        Conv((4, 4), 2, out_channels=2, bias=True), Activation("relu"), AvgPool.lazy(kernel_size=3), *ENDS, loss="mse"
    ),
    chain(Conv(3, 3), Activation("tanh"), *ENDS), chain(Conv(3, 2, dilation=2), *ENDS, loss="squared"),
    chain(Conv(3, 2, batch_size=2), Activation("sigmoid"), *ENDS, loss="cross_entropy"),
    chain(Conv(3, 3, batch_size=2), *ENDS, loss="mse"), chain(Conv(5, 2), MaxPool.lazy(kernel_size=2), *ENDS),
    chain(Conv((28, 28), 5, out_channels=6), Activation("relu"), MaxPool.lazy(kernel_size=2), *ENDS, loss="mse"),
    chain(MaxPool(4, 2), *ENDS, loss="squared"), chain(AvgPool(4, 2), Activation("relu")),
    chain(Activation("tanh"), input_shape=(3,)), chain(Linear(None, 2), Activation("f"), input_shape=(3,)),
    chain(Linear(None, 3), Activation("leaky_relu"), Linear(None, 2), loss="cross_entropy", input_shape=(3,)),
    chain(Linear(None, 3), Softmax(), loss="mse", input_shape=(3,)),
    chain(Conv((3, 3), 2, out_channels=2), BatchNorm(), Activation("relu"), *ENDS, loss="mse"),
    chain(Conv((3, 3), 2, out_channels=2), LayerNorm(), *ENDS), chain(Conv(4, 2), Dropout(), *ENDS, loss="squared"),
    chain(Conv.general(1), Activation("relu")), chain(Conv.general(1, batch_size=N), Activation("f")),
    chain(Conv.general(2), Activation("tanh"), AvgPool.lazy(kernel_size=2)),
    chain(ConvTranspose(2, 2, stride=2), Activation("relu"), *ENDS, loss="mse"),
    chain(Conv(4, 2, in_channels=2, out_channels=2, groups=2), *ENDS, loss="cross_entropy"),
    chain(Conv(3, 3, padding=1, padding_mode="circular"), *ENDS, loss="squared"),
    chain(Conv(4, 3, padding=1), Activation("relu"), Conv.lazy(kernel_size=2), *ENDS, loss="squared"),
    chain(Conv(1, 1), Activation("relu"), *ENDS, loss="squared"), chain(Conv(6, 2, stride=2), *ENDS, loss="mse"),
    chain(*[Conv.lazy(kernel_size=3, padding=1), Activation("relu")] * 22, *ENDS, loss="mse", input_shape=(1, 4)),
    Graph({"one": Conv(4, 3, padding=1), "two": Activation("relu"), "sum": (Add(), "one", "two")}, loss="squared"),
    Graph({"first": Conv((5, 5), (3, 3), out_channels=2, padding=1), "relu": Activation("relu"),
           "second": Conv((5, 5), (3, 3), in_channels=2, out_channels=2, padding=1), "sum": (Add(), "second", "first"),
           "flat": Flatten(), "last": Linear.lazy(out_features=2)}, loss="cross_entropy"),
    Graph({"one": Linear(3, 2), "two": Activation("tanh"), "sum": (Add(), "one", "two")}),
]  # fmt: skip

# -- steps ---------------------------------------------------------------------------------------------

MOST_PATCHES, MOST_ENTRIES = 4, 36


def loss_of_step(step: Any) -> str | None:
    return None if step.loss is None else type(step.loss).__name__


def is_plain(step: Any) -> bool:
    return bool(step.schedule != "mean" and step.momentum == 0 and step.weight_decay == 0)


def goes_by_patch(step: Any) -> bool:
    return step.loss is not None and is_plain(step) and not has_one_patch(step.layer)


def patches(step: Any) -> int:
    return positions(step.layer) * int(step.layer.batch_size or 1)


def is_written_out(step: Any) -> bool:
    if not goes_by_patch(step) or loss_of_step(step) != "SquaredError" or not step.layer.is_concrete:
        return False
    return 2 <= patches(step) <= MOST_PATCHES


def drifts(step: Any) -> bool:
    return has_zeros(step.layer) or has_copies(step.layer) or has_sums(step.layer)


def has_bias(step: Any) -> bool:
    return bool(step.layer.arguments()["bias"])


OF_STEPS: dict[tuple[str, str], Any] = {
    ("the difference is written down exactly", "der Unterschied wird genau hingeschrieben"): is_written_out,
    ("the difference is exactly", "ist der Unterschied .*genau"): is_written_out,
    ("is written down to second order", "wird bis zur zweiten Ordnung"):
        lambda s: goes_by_patch(s) and not is_written_out(s),
    ("the zeros fill in", "Nullen füllen sich"): lambda s: has_zeros(s.layer),
    ("the copies drift apart", "Kopien laufen auseinander"): lambda s: has_copies(s.layer),
    ("sums lag behind", "Summen bleiben zurück"): lambda s: has_sums(s.layer),
    ("For this layer there is no difference", "Für diese Schicht gibt es keinen Unterschied"): lambda s: not drifts(s),
    ("no longer a convolution after one step", "nach einem Schritt keine Faltung mehr"): drifts,
    ("is, here, the same layer", "ist hier dieselbe Schicht"): lambda s: not drifts(s),
    ("There is one patch", "Es gibt nur einen Ausschnitt"): lambda s: has_one_patch(s.layer),
    ("Updating after every patch is a different", "Nach jedem Ausschnitt zu aktualisieren ist ein anderer Al\\w+[.:]"):
        goes_by_patch,
    ("divided by the number of patches", "geteilt durch die Anzahl der Ausschnitte"):
        lambda s: s.schedule == "mean" and s.mean_over != "batch",
    ("divided by the number of examples", "geteilt durch die Anzahl der Beispiele"):
        lambda s: s.schedule == "mean" and s.mean_over == "batch",
    ("One step on the mean over all", "Ein Schritt auf dem Mittel über alle"): lambda s: s.schedule == "mean",
    ("those of PyTorch's SGD", "des Verfahrens SGD in PyTorch"): lambda s: s.momentum != 0 or s.weight_decay != 0,
    ("is any function", "ist irgendeine Funktion"): lambda s: s.loss is None,
    ("is the softmax of", "die Softmax-Funktion von"):
        lambda s: goes_by_patch(s) and loss_of_step(s) == "SoftmaxCrossEntropy",
    ("so the series ends", "Daher endet die Reihe"):
        lambda s: goes_by_patch(s) and loss_of_step(s) == "SquaredError",
    ("and, through the bias", "und, über den Bias"): lambda s: goes_by_patch(s) and has_bias(s),
    ("except through the bias", "außer über den Bias"): lambda s: goes_by_patch(s) and has_bias(s),
    ("for every filter, with the errors", "für jeden Filter, mit den Fehlern"):
        lambda s: is_written_out(s) and s.layer.out_channels != 1,
    ("in the order of their positions", "aktualisiert, der Reihe nach"):
        lambda s: goes_by_patch(s) and s.layer.ndim == 1 and s.layer.batch_size is None,
    ("in row-major order of the patches\\.", "aktualisiert, Zeile für Zeile"):
        lambda s: goes_by_patch(s) and s.layer.ndim > 1 and s.layer.batch_size is None,
    ("one example after the other", "Beispiel für Beispiel"):
        lambda s: goes_by_patch(s) and s.layer.batch_size is not None,
    ("is there because .* is a mean", "ein Mittelwert ist"):
        lambda s: loss_of_step(s) == "SoftmaxCrossEntropy",  # over all positions
}  # fmt: skip
"""Sentences of the texts on steps, in English and in German, each with the steps of which it is said."""

STEPS: list[Any] = [
    sgd_step(Conv(3, 2), schedule="sequential"), sgd_step(Conv((3, 3), 2, out_channels=2), schedule="mean"),
    sgd_step(Conv((3, 3), 2, out_channels=2, bias=True), schedule="sequential"), sgd_step(Conv(3, 3)),
    sgd_step(Conv(3, 2, out_channels=2), "cross_entropy", schedule="sequential"), sgd_step(Conv.general(1), loss=None),
    sgd_step(Conv(3, 2, dilation=2)), sgd_step(Conv(1, 3, padding=1)), sgd_step(Conv(1, 1)), sgd_step(Conv(2, 1)),
    sgd_step(Conv(1, 3, padding=1, padding_mode="circular")), sgd_step(Conv(3, 3, padding=1, padding_mode="circular")),
    sgd_step(Conv(5, 3, padding=1, padding_mode="reflect")), sgd_step(Conv(4, 2, padding=1, padding_mode="replicate")),
    sgd_step(Conv(3, 2, batch_size=2)), sgd_step(Conv(3, 3, batch_size=2)), sgd_step(Conv((3, 3), 3, batch_size=2)),
    sgd_step(Conv(5, 2, bias=True)), sgd_step(Conv(9, 2)), sgd_step(Conv((4, 4), 2)), sgd_step(Conv(6, 2, stride=2)),
    sgd_step(Conv(4, 2, in_channels=2, out_channels=2, groups=2)), sgd_step(Conv(4, 2, flip=True)),
    sgd_step(Conv(4, 2), momentum=sp.Rational(9, 10)), sgd_step(Conv(4, 2), weight_decay=sp.Rational(1, 100)),
    sgd_step(Conv(4, 2, batch_size=3), schedule="mean", mean_over="batch"), sgd_step(Conv.general(1)),
    sgd_step(Conv.general(2), schedule="sequential"), sgd_step(ConvTranspose(2, 2, stride=2)),
    sgd_step(Conv(2, 2, in_channels=2, out_channels=2, groups=2)), sgd_step(Conv(4, 2), loss=None),
]  # fmt: skip

# -- tests ---------------------------------------------------------------------------------------------


@cache
def document(subject: Any, language: str) -> Document:
    return document_of(subject, NotesStyle(language=language))


def text_of(one: Document) -> str:
    return " ".join(str(MarkdownWriter("notes").document(one)["notes.md"]).split())


def texts_of(subject: Any, language: str) -> str:
    """The article, and the slides."""
    one = document(subject, language)
    return text_of(one) + " " + text_of(replace(one, blocks=one.slides))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("net", thinned(NETWORKS, 12), ids=repr)
def test_every_sentence_is_said_of_the_networks_of_which_it_is_true(net: Any, language: str) -> None:
    text = texts_of(net, language)
    for sentences, condition in OF_NETWORKS.items():
        sentence = sentences[LANGUAGES.index(language)]
        assert bool(re.search(sentence, text)) == bool(condition(net)), sentence


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("step", thinned(STEPS, 12), ids=repr)
def test_every_sentence_is_said_of_the_steps_of_which_it_is_true(step: Any, language: str) -> None:
    text = texts_of(step, language)
    for sentences, condition in OF_STEPS.items():
        sentence = sentences[LANGUAGES.index(language)]
        assert bool(re.search(sentence, text)) == bool(condition(step)), sentence


def test_every_sentence_is_said_of_some_and_not_of_all() -> None:
    for claims, subjects in ((OF_NETWORKS, NETWORKS), (OF_STEPS, STEPS)):
        for sentences, condition in claims.items():
            assert len({bool(condition(one)) for one in subjects}) == 2, sentences
    assert len(NETWORKS) >= 30 and len(STEPS) >= 30


@pytest.mark.parametrize("net", thinned(NETWORKS, 12), ids=repr)
def test_every_letter_of_the_formulas_is_in_a_table_before_them(net: Any) -> None:
    known: set[str] = {"x", "a", "b"}  # of the neuron, and of what a bracket means
    unknown: set[str] = set()
    for block in document(net, "en").walk():
        if isinstance(block, Tables):
            cells = [cell for table in block.tables for row in table.rows for cell in row]
            known |= {
                name.letters for cell in cells for one in cell if isinstance(one, Math) for name in names(one.node)
            }
        elif isinstance(block, Display) and known > {"x", "a", "b"}:
            cells_of = [cell for row in block.rows for cell in row.cells]
            unknown |= {entry.letters for cell in cells_of for entry in entered(cell)} - known
    assert not unknown


def names(node: Any) -> list[Name]:
    return [one for one in every(node) if isinstance(one, Name)]


def entered(node: Any) -> list[Name]:
    """The names of tensors and indices that entries have."""
    return [name for one in every(node) if isinstance(one, Entry) for name in names(one)]


def every(node: Any) -> list[Any]:
    seen: list[Any] = []
    found(node, lambda one: bool(seen.append(one)))  # type: ignore[func-returns-value]
    return seen


def test_german_numbers_have_a_comma_and_english_ones_a_point() -> None:
    texts = {language: text_of(document(STEPS[0], language)) for language in LANGUAGES}
    assert "0.1" in texts["en"] and "{,}" not in texts["en"]
    assert "0{,}1" in texts["de"] and not re.search(r"\d\.\d", texts["de"])


def test_slides_on_networks_end_derivations_as_the_article_does() -> None:
    """No frame has one line of mathematics alone, unless it is the only frame with gradients."""
    one = document(NETWORKS[1], "en")
    frames: list[list[Any]] = []
    for block in one.slides:
        if isinstance(block, Heading):
            frames.append([])
        elif frames:
            frames[-1].append(block)
    alone = [frame for frame in frames if len(frame) == 1 and isinstance(frame[0], Display) and len(frame[0].rows) == 1]
    assert len(alone) <= 1  # of the activations
    article = {cell for block in one.walk() if isinstance(block, Display) for row in block.rows for cell in row.cells}
    of_parts = [block for frame in frames for block in frame if isinstance(block, Display)]
    assert sum(row.cells[-1:] != () and row.cells[-1] in article for one in of_parts for row in one.rows) >= 12


def test_a_page_does_not_break_in_a_short_formula() -> None:
    line = (Name("h"), Name("x"))
    formula = (Row(line), Row((NOTHING, Name("y"))), Row((NOTHING, Name("z"))))
    text = LatexWriter().displayed(Display(formula * 5))
    assert text.startswith("{\\allowdisplaybreaks")
    ends = re.findall(r"\\\\\*?(?=\n)", text)
    assert ends == [rf"\\{'' if at % 3 == 2 else '*'}" for at in range(14)]
    matrices = Display(tuple(Row((Grid(((Name("x"),),) * 5),)) for _ in range(3)), aligned=False)
    assert "allowdisplaybreaks" in LatexWriter().displayed(matrices)
    assert "allowdisplaybreaks" not in LatexWriter().displayed(Display(formula * 4))
