"""The notes in every language: complete catalogues, no words of another language, the same mathematics."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache, reduce
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

from symconv import (
    Activation,
    AvgPool,
    BatchNorm,
    Conv,
    ConvTranspose,
    Flatten,
    Fold,
    Linear,
    MaxPool,
    Notation,
    Sequential,
    Unfold,
    Upsample,
    ZeroInsertion,
    prove,
    prove_code,
    sgd_step,
    write_notes,
)  # fmt: skip
from symconv.errors import OutputError
from symconv.geometry.padding import MODES
from symconv.layers import KINDS
from symconv.notes import languages as texts
from symconv.notes.build.documents import document_of
from symconv.notes.build.templates import environment
from symconv.notes.languages import CATALOGUES, places_of, words_in
from symconv.notes.model import (
    Display,
    Document,
    Emphasis,
    Figure,
    Heading,
    Inlines,
    Math,
    Paragraph,
    Reference,
    Tables,
    Text,
)  # fmt: skip
from symconv.notes.references import SOURCES
from symconv.notes.style import NotesStyle
from symconv.printing.latex import cells_of, latex_of
from tests.tools import thinned

FOLDER = Path(texts.__file__).parent
ENGLISH = CATALOGUES["en"]
OTHERS = [language for language in CATALOGUES if language != "en"]

n, G = sp.Symbol("n"), sp.Symbol("G")
SUBJECTS: dict[str, Any] = {
    "two filters": lambda: Conv((3, 3), (2, 2), out_channels=2),
    "general": lambda: Conv.general(2),
    "circular, grouped, batched": lambda: Conv(
        (5, 4), (3, 2), in_channels=4, out_channels=2, groups=2, bias=True, batch_size=2, stride=(2, 1),
        padding=((1, 1), (-1, 2)), padding_mode="circular",
    ),
    "reflect": lambda: Conv(4, 3, padding=1, padding_mode="reflect", flip=True),
    "replicate in general": lambda: Conv.general(1, padding_mode="replicate", groups=G, batch_size=sp.Symbol("N")),
    "too large": lambda: Conv(2000, 30, in_channels=3, out_channels=10),
    "three axes": lambda: Conv((2, 2, 2), (1, 2, 2)),
    "transposed": lambda: ConvTranspose.general(2, groups=G),
    "average": lambda: AvgPool((4, 4), 2),
    "unfold": lambda: Unfold((3, 3), 2),
    "fold": lambda: Fold((3, 3), 2, batch_size=2),
    "upsample": lambda: Upsample(2, 3),
    "zero insertion": lambda: ZeroInsertion(3, 2),
    "max pooling": lambda: MaxPool((4, 4), 2, padding=1, channels=2),
    "max pooling in general": lambda: MaxPool.general(1),
    "columns": lambda: Conv(3, 2, bias=True, notation=Notation(vectors="column", convolution="\\star", bold=True)),
    "network": lambda: Sequential(
        Conv((11, 11), (4, 4), out_channels=2, bias=True), BatchNorm(), Activation("leaky_relu"),
        MaxPool.lazy(kernel_size=2), Flatten(), Linear(None, 2), loss="cross_entropy",
    ),
    "small network": lambda: Sequential(Conv(3, 2), Activation("relu"), Flatten(), Linear(None, 2), loss="mse"),
    "batched network": lambda: Sequential(Conv.general(1, batch_size=sp.Symbol("N")), Activation("f"), bold=True),
    "step": lambda: sgd_step(Conv((3, 3), (2, 2), out_channels=2, bias=True), schedule="sequential"),
    "step with momentum": lambda: sgd_step(
        Conv(4, 2, batch_size=2), learning_rate=0.1, momentum=0.9, weight_decay=0.1, schedule="mean"
    ),
    "step on one patch": lambda: sgd_step(Conv(3, 3)),
    "step with softmax": lambda: sgd_step(Conv(3, 2, out_channels=2), "cross_entropy", schedule="sequential"),
    "general step": lambda: sgd_step(Conv.general(1), loss=None),
}  # fmt: skip

ENGLISH_WORDS = frozenset(
    re.findall(
        r"\w+",
        """the and of is are with which every each by from not all one two to that this these it its has have where
        whose weights layer layers inputs outputs patch patches kernel for as on or but here written shared take gives
        step steps network networks derivative derivatives value values number numbers shape sizes part parts
        convolution fully connected small same view views rule rules proof theorem figure long first last""",
    )
)
"""Words of English that must not be in a text of another language."""


@cache
def document(name: str, language: str) -> Document:
    return document_of(SUBJECTS[name](), NotesStyle(language=language))


# -- what a document is made of ------------------------------------------------------------------------


def passages(document: Document) -> Iterator[Inlines]:
    """Everything that is written in lines: headings, paragraphs, notes, cells, captions."""
    for block in document.walk():
        if isinstance(block, (Heading, Paragraph)):
            yield block.inlines
        elif isinstance(block, Display):
            yield from (row.note for row in block.rows)
        elif isinstance(block, Tables):
            for table in block.tables:
                yield from (cell for row in (table.head, *table.rows) for cell in row)
        elif isinstance(block, Figure):
            yield block.caption


def words_of(inlines: Inlines) -> Iterator[str]:
    for inline in inlines:
        if isinstance(inline, Emphasis):
            yield from words_of(inline.inlines)
        elif isinstance(inline, Text):
            yield inline.text
        elif isinstance(inline, Reference):
            yield inline.words


DECIMAL_COMMA = "{,}"
"""What German numbers have for a decimal point."""


def mathematics_of(inlines: Inlines) -> Iterator[str]:
    for inline in inlines:
        if isinstance(inline, Emphasis):
            yield from mathematics_of(inline.inlines)
        elif isinstance(inline, Math):
            yield latex_of(inline.node).replace(DECIMAL_COMMA, ".")


def displays(document: Document) -> list[str]:
    """Every block of mathematics without its words and line breaks, which may fall elsewhere where words are longer."""
    blocks = (block for block in document.walk() if isinstance(block, Display))
    whole = ("".join(cells_of(row.cells) for row in block.rows) for block in blocks)
    return [re.sub(r"\\text\{[^{}]*\}|\\quad|\\,|[&\s]", "", one).replace(DECIMAL_COMMA, ".") for one in whole]


def text_of(document: Document) -> str:
    """All words, also those within mathematics."""
    said = " | ".join("".join(words_of(inlines)) for inlines in passages(document))
    rows = (cells_of(row.cells) for block in document.walk() if isinstance(block, Display) for row in block.rows)
    within = " ".join(word for row in rows for word in re.findall(r"\\text\{([^{}]*)\}", row))
    return f"{document.title} | {said} | {within}"


# -- catalogues ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", OTHERS)
def test_every_catalogue_has_the_same_keys_with_the_same_places_and_mathematics(language: str) -> None:
    other = CATALOGUES[language]
    assert other.keys() == ENGLISH.keys()
    for key, text in ENGLISH.items():
        assert places_of(other[key]) == places_of(text), key
        assert sorted(re.findall(r"\$[^$]*\$", other[key])) == sorted(re.findall(r"\$[^$]*\$", text)), key
        assert bool(other[key].strip(" ")) and other[key].count("$") % 2 == 0, key


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_catalogue_has_words_for_everything_that_the_library_names(language: str) -> None:
    keys = CATALOGUES[language].keys()
    for kind in KINDS.values():
        assert {f"kind.{kind.__name__}", f"a_layer.{kind.__name__}", f"in_network.{kind.__name__}"} <= keys
        assert {f"parameter.{name}" for name in kind.PARAMETERS} <= keys
        assert not kind.FITS or f"fits.{kind.FITS}" in keys
    assert {f"padding.{mode}" for mode in MODES} <= keys
    for layer in (
        Conv(3, 2),
        ConvTranspose(3, 2),
        AvgPool(4, 2),
        Unfold(3, 2),
        Fold(3, 2),
        Upsample(2, 2),
        MaxPool(4, 2),
    ):
        assert f"against.{layer.plain_method}" in keys
    steps = [
        line for theorem in prove(Conv.general(2)).theorems for view in theorem.views for line in theorem.board(view)
    ]
    assert {f"rule.{line.rule}" for line in steps if line.rule} <= keys
    assert {key.removeprefix("why.") for key in keys if key.startswith("why.")} <= {
        key.removeprefix("rule.") for key in keys if key.startswith("rule.")
    }


def test_a_key_says_what_is_missing() -> None:
    words = words_in("de")
    assert words("part", number=3) == "Teil 3"
    assert words.listed(["a", "b", "c"]) == "a, b und c"
    for values in ({}, {"numbers": 3}, {"number": 3, "more": 1}):
        with pytest.raises(KeyError):
            words("part", **values)
    with pytest.raises(KeyError):
        words("no such key")
    with pytest.raises(OutputError, match="use en or de"):
        NotesStyle(language="fr")


CALL = re.compile(r"blocks\.\w+\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("template", sorted(path.name for path in (FOLDER / "en").iterdir()))
def test_every_template_puts_in_the_same_in_the_same_order(template: str, language: str) -> None:
    english, other = ((FOLDER / one / template).read_text(encoding="utf-8") for one in ("en", language))
    assert CALL.findall(other) == CALL.findall(english)
    conditions = [Counter(re.findall(r"<%\s*((?:if|for|elif|set|macro) .*?)\s*%>", text)) for text in (english, other)]
    assert conditions[0] == conditions[1]
    assert set(re.findall(r"notes\.\w+", other)) == set(re.findall(r"notes\.\w+", english))
    assert {path.name for path in (FOLDER / language).iterdir()} == {path.name for path in (FOLDER / "en").iterdir()}


# -- whole documents -----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", thinned(SUBJECTS, 6))
def test_another_language_says_the_same_with_the_same_mathematics(name: str, language: str) -> None:
    english, other = document(name, "en"), document(name, language)
    assert displays(other) == displays(english)
    mathematics = [Counter(one for inlines in passages(d) for one in mathematics_of(inlines)) for d in (english, other)]
    assert mathematics[0] == mathematics[1]
    kinds = [[type(block).__name__ for block in d.blocks if not isinstance(block, Paragraph)] for d in (english, other)]
    assert kinds[0] == kinds[1]
    assert other.title != english.title and other.language == language
    text = reduce(lambda text, source: text.replace(source.line, ""), SOURCES.values(), text_of(other))
    said = Counter(word.lower() for word in re.findall(r"[^\W\d_]+", text))
    assert ENGLISH_WORDS & said.keys() == set()
    assert not re.search(r"<<|>>|<%|%>", text_of(other))


def test_the_list_of_foreign_words_finds_english() -> None:
    said = set(re.findall(r"[^\W\d_]+", text_of(document("two filters", "en")).lower()))
    assert len(said & ENGLISH_WORDS) > 40


def test_german_says_it_in_the_words_of_lectures() -> None:
    text = text_of(document("circular, grouped, batched", "de")) + text_of(document("network", "de"))
    for word in (
        "Faltungsschicht", "vollständig verbundene Schicht", "Schrittweite (stride)", "Auffüllung (padding)",
        "Dilatation", "Kern", "partiellen Ableitungen", "Kettenregel", "Ausschnitte", "Satz", "Stichproben",
        "Lernrate", "Teil 3",
    ):  # fmt: skip
        assert word in text, word


@pytest.mark.slow
def test_a_layer_that_is_too_large_says_so() -> None:
    assert "zu viele Produkte" in text_of(document("too large", "de"))
    assert "too many product terms" in text_of(document("too large", "en"))


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_view_and_a_padding_of_users_have_words(language: str) -> None:
    words = words_in(language)
    assert words.get("view.shifts", "a weighted sum") == "a weighted sum"
    assert words.get("padding.mine", words("padding.other")) == words("padding.other")


SENTENCES = {
    "layer": lambda: Conv((3, 3), (2, 2)),
    "general": lambda: Conv.general(1),
    "pool": lambda: AvgPool(4, 2),
    "network": lambda: Sequential(Conv(4, 2), Activation("relu"), Linear.lazy(out_features=2), loss="squared"),
    "code": lambda: prove_code("def f(x, w):\n    return w[0] * x[:, :1]\n", Conv(3, 2)),
}


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", SENTENCES)
def test_a_sentence_stands_apart_from_the_next(name: str, language: str, tmp_path: Path) -> None:
    """A template's line that ends with a mark keeps its end: no "weights.These"."""
    paths = write_notes(SENTENCES[name](), tmp_path, "md", style=NotesStyle(language=language))
    (page,) = (path.read_text(encoding="utf-8") for path in paths if path.suffix == ".md")
    text = re.sub(r"\$[^$]*\$|`[^`]*`|<[^>]*>", "", page)
    assert re.findall(r"\w*[a-zä-ü)][.,;:?](?=[A-Za-zÄ-Ü])\w*", text) == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_template_compiles(language: str) -> None:
    found = environment(f"languages/{language}")
    names = found.list_templates()
    assert len(names) > 20
    for name in names:
        if name.endswith(".jinja"):
            found.get_template(name)
