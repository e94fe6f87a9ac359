"""All formats of the notes: written for every kind of subject, valid, the same bytes again, and safe."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, get_args

import pytest
import sympy as sp
from hypothesis import HealthCheck, given, settings, strategies as st

from symconv import (
    Activation,
    AvgPool,
    Conv,
    ConvTranspose,
    Flatten,
    Linear,
    MaxPool,
    Notation,
    Sequential,
    Unfold,
    sgd_step,
    write_notes,
)
from symconv.cli.main import main
from symconv.errors import OutputError, SymconvError
from symconv.figures.writers.svg import svg
from symconv.foundations.files import MARKER
from symconv.notes import model
from symconv.notes.build.documents import document_of
from symconv.notes.content.programs import definition
from symconv.notes.model import Document, Explorer, Figure, Math, Program
from symconv.notes.page.painting import Painting
from symconv.notes.sections import Choice
from symconv.notes.style import NotesStyle
from symconv.notes.writers import FORMATS, pdf
from symconv.notes.writers.beamer import BeamerWriter
from symconv.notes.writers.block_writer import METHODS, BlockWriter
from symconv.notes.writers.html import HtmlWriter
from symconv.notes.writers.latex import LatexWriter
from symconv.notes.writers.markdown import MarkdownWriter
from symconv.notes.writers.mathml import mathml
from symconv.notes.writers.notebook import NotebookWriter
from symconv.printing.authored import columns, read
from symconv.printing.latex import latex_of
from symconv.printing.names import name_of
from symconv.printing.tree import Marked, Name, Node
from tests.tools import require_module, thinned

n = sp.Symbol("n", integer=True, positive=True)
SUBJECTS: dict[str, Any] = {
    "1-D": Conv(3, 2),
    "1-D with a bias": Conv(5, 3, bias=True),
    "1-D strided": Conv(9, 3, stride=2),
    "1-D dilated": Conv(8, 3, dilation=2),
    "1-D padded": Conv(5, 3, padding=1),
    "1-D uneven": Conv(6, 3, padding=((1, 2),), stride=2),
    "1-D circular": Conv(5, 3, padding=1, padding_mode="circular"),
    "1-D reflected": Conv(5, 3, padding=1, padding_mode="reflect"),
    "3x3": Conv((3, 3), (2, 2)),
    "3x3, two filters": Conv((3, 3), (2, 2), out_channels=2),
    "2-D strided and padded": Conv((5, 5), (3, 3), stride=2, padding=1),
    "2-D channels": Conv((4, 4), (2, 2), in_channels=2, out_channels=3),
    "2-D grouped": Conv((4, 3), (2, 2), in_channels=2, out_channels=2, groups=2),
    "2-D batch": Conv((3, 3), (2, 2), batch_size=2),
    "28x28": Conv((28, 28), (3, 3)),
    "28x28 large": Conv((28, 28), (5, 5), out_channels=6, padding=2, bias=True),
    "3-D": Conv((3, 3, 3), (2, 2, 2)),
    "3-D strided": Conv((4, 3, 4), (2, 1, 2), stride=(2, 1, 2), out_channels=2),
    "transposed": ConvTranspose((2, 2), (2, 2), stride=2),
    "transposed 1-D": ConvTranspose(3, 3, stride=2, padding=1, output_padding=1),
    "pooling": AvgPool((4, 4), 2),
    "unfolding": Unfold((3, 3), 2),
    "every size, 1-D": Conv.general(1),
    "every size, 2-D": Conv.general(2),
    "every transposed": ConvTranspose.general(2),
    "one letter": Conv(n, 3, stride=2, notation=Notation(input="x_in", weight="theta", output="y", index_base=0)),
    "network": Sequential(
        Conv((4, 4), 2, out_channels=2, bias=True), Activation("relu"), AvgPool.lazy(kernel_size=3), Flatten(),
        Linear.lazy(out_features=2), loss="cross_entropy",
    ),
    "large network": Sequential(
        Conv((28, 28), 5, padding=2, out_channels=6, bias=True), Activation("tanh"), AvgPool.lazy(kernel_size=2),
        Flatten(), Linear.lazy(out_features=10), loss="cross_entropy", batch_size=4,
    ),
    "step": sgd_step(Conv(3, 2), schedule="sequential"),
    "step of every size": sgd_step(Conv.general(1), schedule="sequential"),
}  # fmt: skip
TEXTS = tuple(name for name, one in FORMATS.items() if not one.needs_latex)

_documents: dict[tuple[str, str], Document] = {}


def document(name: str, language: str = "en") -> Document:
    """The document about a subject, made once."""
    if (name, language) not in _documents:
        _documents[name, language] = document_of(SUBJECTS[name], NotesStyle(language=language))
    return _documents[name, language]


def files_of(one: Document, formats: tuple[str, ...] = TEXTS) -> dict[str, str | bytes]:
    return {file: text for name in formats for file, text in FORMATS[name].written(one, "notes").items()}


# -- every subject in every format ---------------------------------------------------------------------


@pytest.mark.parametrize("name", thinned(SUBJECTS, 6))
def test_every_format_is_written(name: str) -> None:
    one = document(name)
    files = files_of(one)
    assert {Path(file).suffix for file in files} >= {".tex", ".md", ".ipynb", ".html"}
    titles = {"notes.tex", "notes-slides.tex", "notes.md", "notes.ipynb", "notes.html"}
    for file in titles:
        text = files[file]
        assert isinstance(text, str)
        assert one.title in text
        assert r"\mark{" not in text
        assert MARKER in text.splitlines()[0] or MARKER in text[-400:]
    notebook = json.loads(files["notes.ipynb"])
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])


def written_elsewhere(names: list[str], folder: Path, seed: str) -> dict[str, bytes]:
    """The files of subjects, written in another process with other hashes."""
    program = (
        "import sys; from pathlib import Path; from tests.notes.test_formats import document, files_of\n"
        "for number, name in enumerate(sys.argv[2:]):\n"
        "    for file, text in files_of(document(name)).items():\n"
        "        Path(sys.argv[1], f'{number}-{file}').write_bytes(text if isinstance(text, bytes) else text.encode())"
    )
    folder.mkdir()
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)}
    subprocess.run([sys.executable, "-c", program, str(folder), *names], check=True, env=environment, cwd=root)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.slow
def test_a_second_run_gives_the_same_bytes(tmp_path: Path) -> None:
    names = ["3x3, two filters", "step"]
    there = written_elsewhere(names, tmp_path / "there", "1")
    here = {f"{at}-{file}": text for at, name in enumerate(names) for file, text in files_of(document(name)).items()}
    assert there == {file: text if isinstance(text, bytes) else text.encode() for file, text in here.items()}
    assert len(there["0-notes.html"]) < 450_000


@pytest.mark.exhaustive
def test_every_second_run_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = (written_elsewhere(list(SUBJECTS), tmp_path / seed, seed) for seed in ("1", "2"))
    assert one == two


# -- LaTeX ---------------------------------------------------------------------------------------------

LIMIT = 5.0
"""Most points by which a line or a slide may be overfull."""


def compiled(latex: str, folder: Path, runs: int = 2) -> str:
    """The log of the last run."""
    (folder / "notes.tex").write_text(latex, encoding="utf-8")
    for _ in range(runs):
        done = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "notes.tex"], cwd=folder,
            capture_output=True, text=True, errors="replace", check=False, timeout=300,
            env={**os.environ, "max_print_line": "1000"},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:]
    return done.stdout


def complaints(log: str) -> list[str]:
    """Lines about what is undefined or too large."""
    found = [line for line in log.splitlines() if "undefined" in line.lower() and "Warning" in line]
    for line in log.splitlines():
        size = re.match(r"Overfull \\[hv]box \(([0-9.]+)pt too", line)
        if size and float(size[1]) > LIMIT:
            found.append(line)
    return found


def test_complaints_are_found() -> None:
    log = "Overfull \\hbox (5.1pt too wide) in\nOverfull \\vbox (4pt too high)\nLaTeX Warning: Reference `a' undefined"
    assert len(complaints(log)) == 2


def joined(documents: list[str]) -> str:
    """Many documents of one kind as one, with the preamble of the first, labels kept apart."""
    parts = []
    for number, text in enumerate(documents):
        body = text.split("\\begin{document}")[1].split("\\end{document}")[0]
        parts.append("{" + re.sub(r"\\(label|ref)\{", rf"\\\1{{{number}-", body) + "}\\clearpage")
    return documents[0].split("\\begin{document}")[0] + "\\begin{document}" + "\n".join(parts) + "\\end{document}"


@pytest.mark.tex
@pytest.mark.parametrize(("writer", "step"), [(LatexWriter, 1), (BeamerWriter, 3)])
def test_words_compile_without_a_complaint(writer: type[LatexWriter], step: int, tmp_path: Path) -> None:
    """All articles in one run, and every third set of slides, which take longer; the others are exhaustive tests."""
    texts = [writer(drawn=False).document(document(name)) for name in list(SUBJECTS)[::step]]
    assert sizes(complaints(compiled(joined(texts), tmp_path, runs=1))) == []


def sizes(found: list[str]) -> list[str]:
    """Complaints but for those of a first run, which knows no numbers yet."""
    return [line for line in found if line.startswith("Overfull")]


@pytest.mark.parametrize("name", thinned(SUBJECTS, 3))
def test_every_reference_is_to_a_label(name: str) -> None:
    text = LatexWriter(drawn=False).document(document(name))
    assert set(re.findall(r"\\ref\{([^}]*)\}", text)) <= set(re.findall(r"\\label\{([^}]*)\}", text))


@pytest.mark.tex
@pytest.mark.parametrize(
    ("name", "writer"), [("2-D strided and padded", LatexWriter), ("3x3, two filters", BeamerWriter)]
)
def test_figures_fit_on_pages_and_slides(name: str, writer: type[LatexWriter], tmp_path: Path) -> None:
    assert sizes(complaints(compiled(writer().document(document(name)), tmp_path, runs=1))) == []


@pytest.mark.tex
@pytest.mark.exhaustive
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("writer", [LatexWriter, BeamerWriter])
@pytest.mark.parametrize("name", SUBJECTS)
def test_every_document_compiles(name: str, writer: type[LatexWriter], language: str, tmp_path: Path) -> None:
    assert complaints(compiled(writer().document(document(name, language)), tmp_path)) == []


def slides_of(one: Document) -> list[str]:
    """What stands between the places where slides begin."""
    text = BeamerWriter(drawn=False).document(one).split("\\begin{document}")[1]
    return [slide.strip() for slide in re.split(r"\\begin\{frame\}|\\framebreak", text)]


@pytest.mark.parametrize("name", ["3x3, two filters", "1-D strided", "every size, 2-D", "28x28 large"])
def test_words_stand_on_the_slide_of_what_they_lead_to(name: str) -> None:
    for slide in slides_of(document(name))[2:]:
        last = slide.removesuffix("\\end{document}").strip().removesuffix("\\end{frame}").strip().splitlines()[-1]
        assert not last.endswith((":", "networks over patches.}", "shared weights.}")), slide
        assert not last.startswith("The same derivations"), slide


def test_a_long_display_is_shared_out_evenly() -> None:
    one = document_of(SUBJECTS["3x3, two filters"], NotesStyle(), choice=Choice(sections=("derivatives",)))
    rows = [slide.count(r"\frac{\partial L}{\partial X") for slide in slides_of(one)]
    assert 9 not in rows and {5, 4} <= set(rows)


def test_figures_stand_in_the_section_that_they_belong_to() -> None:
    text = LatexWriter(drawn=False).document(document("3x3, two filters")).split("\\begin{document}")[1]
    before, rest = text.split("label{fig:matrix}")
    assert "Small networks over patches}" not in before and "Small networks over patches}" in rest.split("\\caption")[0]


def test_slides_go_on_in_their_language() -> None:
    assert "[(cont.)]" in BeamerWriter(drawn=False).document(document("3x3"))
    assert "[(Forts.)]" in BeamerWriter(drawn=False).document(document("3x3", "de"))


@pytest.mark.parametrize(
    ("layer", "said", "not_said"),
    [
        (Conv(3, 2), ("The kernel slides", "the flipped kernel", "$h = X * w$"), ("window slides over the input",)),
        (Conv(5, 2, stride=2), (r"$h = X \ast_{s = 2} w$", "with stride $2$."), ("padding $",)),
        (Conv(4, 2, padding=((0, 1),)), (r"$h = X \ast_{p = (0, 1)} w$", "with padding $(0, 1)$."), ("stride $",)),
        (Conv(3, 2, in_channels=2, out_channels=2, groups=2), (r"$h = X \ast_{G = 2} w$", "with $2$ groups."), ()),
        (Conv(3, 2, flip=True), ("the kernel, no longer flipped",), ("the flipped kernel",)),
        (ConvTranspose(3, 2), ("the kernel, no longer flipped",), ("the flipped kernel",)),
        (MaxPool(4, 2), ("The window slides", "the flipped window"), ("flipped kernel", "The kernel slides")),
    ],
    ids=repr,
)
def test_sentences_are_true_of_the_layer(layer: Any, said: tuple[str, ...], not_said: tuple[str, ...]) -> None:
    text = MarkdownWriter("notes").document(document_of(layer, NotesStyle()))["notes.md"]
    assert all(words in text for words in said) and not any(words in text for words in not_said)


@pytest.mark.parametrize("language", ["en", "de"])
def test_captions_speak_of_weights_and_padding_where_there_are_some(language: str) -> None:
    def captions(name: str) -> str:
        text = HtmlWriter().document(document(name, language))
        return " ".join(re.findall("<figcaption>.*?</figcaption>", text))

    weights, padding = {"en": ("Equal weights", "padding"), "de": ("Gleiche Gewichte", "Rand")}[language]
    assert weights in captions("3x3") and padding not in captions("3x3")
    assert weights not in captions("pooling") and padding in captions("1-D padded")
    assert not re.search(r"\b1 (different|verschiedene)", LatexWriter().document(document("pooling", language)))


@pytest.mark.tex
def test_pdf_is_small() -> None:
    one = document("3x3, two filters")
    made = pdf(LatexWriter().document(one), LatexWriter(drawn=False).document(one))
    assert made.startswith(b"%PDF-") and made.endswith(f"% {MARKER}\n".encode())
    assert len(made) < 300_000
    assert b"/CreationDate" not in made and os.fsencode(Path.cwd()) not in made


@pytest.mark.tex
def test_pdf_says_what_is_missing_and_what_is_wrong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="Undefined control sequence"):
        pdf(r"\documentclass{article}\begin{document}\nothing\end{document}")
    with pytest.raises(OutputError, match=r"pdflatex.*stopped"):
        pdf(r"\documentclass{article}\begin{document}\input{/etc/hostname}\end{document}")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OutputError, match="neither pdflatex nor tectonic"):
        write_notes(Conv(3, 2), tmp_path, "pdf")
    assert list(tmp_path.iterdir()) == []
    names = {path.suffix for path in write_notes(Conv(3, 2), tmp_path / "all", "all")}
    assert names == {".tex", ".md", ".svg", ".ipynb", ".html"}


@pytest.mark.tex
def test_our_own_pdf_may_be_written_again_with_the_same_bytes(tmp_path: Path) -> None:
    layer = Conv(2, 2)
    (path,) = write_notes(layer, tmp_path, "pdf")
    once = path.read_bytes()
    assert write_notes(layer, tmp_path, "pdf") == [path]
    assert path.read_bytes() == once
    path.write_bytes(b"%PDF-1.5 of somebody else")
    with pytest.raises(OutputError, match="symconv did not write it"):
        write_notes(layer, tmp_path, "pdf")


# -- HTML ----------------------------------------------------------------------------------------------

VALIDATED = ("3x3", "2-D grouped", "every size, 2-D", "network", "step")


@pytest.mark.parametrize("name", thinned(VALIDATED, 3))
def test_html_is_valid(name: str) -> None:
    html5lib = require_module("html5lib")
    parser = html5lib.HTMLParser(strict=True)
    tree = parser.parse(HtmlWriter().document(document(name)))
    names = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(names) == len(set(names))
    targets = {element.get("href", "")[1:] for element in tree.iter() if element.get("href", "").startswith("#")}
    assert targets <= set(names)


def test_html_needs_nothing_else() -> None:
    text = HtmlWriter().document(document("3x3"))
    assert not re.search(r"\b(?:src|srcset|action)=|<link|<iframe|@import|url\(|\bon[a-z]+=", text)
    assert set(re.findall(r"https?://[^\"' <]+", text)) <= {"http://www.w3.org/2000/svg"}
    assert set(re.findall(r'href="([^"]*)"', text)) == set(re.findall(r'href="(#[^"]*)"', text))
    assert " style=" not in text
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None and policy[1].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy[1]


@pytest.mark.parametrize("writer", [LatexWriter, BeamerWriter, HtmlWriter, partial(MarkdownWriter, "a")])
def test_a_writer_has_a_method_for_every_part_of_a_document(writer: Callable[[], BlockWriter]) -> None:
    parts = {*get_args(model.Block), *get_args(model.Inline)}
    assert parts == METHODS.keys()
    made = writer()
    assert all(callable(getattr(made, method)) for method in METHODS.values())
    with pytest.raises(SymconvError, match="not a part of documents"):
        made.block("text")  # type: ignore[arg-type]


def test_a_writer_without_a_method_cannot_be_made() -> None:
    class Incomplete(BlockWriter):
        def blocks(self, blocks: tuple[model.Block, ...]) -> str:
            return ""

    with pytest.raises(TypeError, match="abstract"):
        Incomplete()  # type: ignore[abstract]


def test_the_page_paints_drawings_by_classes_that_say_the_same() -> None:
    """The attributes of every shape are those that symconv.figures gives it, as declarations of its class."""
    drawing = next(block.drawing for block in document("3x3").walk() if isinstance(block, Figure))
    painting = Painting()
    html5lib = require_module("html5lib")
    plain = html5lib.parseFragment(svg(drawing, prefix="a"), namespaceHTMLElements=False)
    classed = html5lib.parseFragment(painting.drawn(drawing, "a"), namespaceHTMLElements=False)
    rules = dict(re.findall(r"\.(p[0-9a-z]+)\{(.*)\}", painting.rules))
    (below,) = re.findall(r"^tspan:not\(\[class\]\)\{(.*)\}$", painting.rules, re.MULTILINE)
    around = {child: parent for parent in classed.iter() for child in parent}

    def declared_of(one: Any) -> dict[str, str]:
        given = below if one.tag.endswith("tspan") and one.get("class") is None else rules.get(one.get("class"), "")
        declared = dict(pair.split(":") for pair in given.split(";") if pair)
        if (size := declared.get("font-size", "")).endswith("em"):  # a part of the size around
            outer = declared_of(around[one])["font-size"].removesuffix("px")
            declared["font-size"] = f"{round(float(size.removesuffix('em')) * float(outer), 1):g}px"
        return declared

    compared = 0
    for one, other in zip(plain.iter(), classed.iter(), strict=True):
        if not isinstance(one.tag, str) or one.tag in ("title", "desc", "svg", "DOCUMENT_FRAGMENT"):
            continue
        assert one.tag == other.tag
        declared = declared_of(other)
        known = {
            key: re.sub(r"--symconv-(\w+),#\w+", r"--\1", value) for key, value in one.items() if "xmlns" not in key
        }
        found = {**dict(other.items()), **{key: value.removesuffix("px") for key, value in declared.items()}}
        assert known == {key: value for key, value in found.items() if key in known}
        compared += len(declared)
    assert compared > 50


FORMULAS = [
    (r"w_{1}", "<math><msub><mi>w</mi><mn>1</mn></msub></math>"),
    (Marked(Name("x"), (("output", 1), ("input", 2))),
     '<math><mrow data-output="1" data-input="2"><mi>x</mi></mrow></math>'),
    (r"\zero", '<math><mrow class="zero"><mn>0</mn></mrow></math>'),
    (r"a < b", "<math><mi>a</mi><mo>&lt;</mo><mi>b</mi></math>"),
    (r"\log p^{(1)}", '<math><mo lspace="0.17em" rspace="0.17em">log</mo><msup><mi>p</mi><mrow><mo stretchy="false">('
     '</mo><mn>1</mn><mo stretchy="false">)</mo></mrow></msup></math>'),
    (r"\boldsymbol{w}_{1}", "<math><msub><mi>\N{MATHEMATICAL BOLD ITALIC SMALL W}</mi><mn>1</mn></msub></math>"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "expected"), FORMULAS, ids=[str(row[0]) for row in FORMULAS])
def test_mathml(given: str | Node, expected: str) -> None:
    assert (
        mathml(read(given) if isinstance(given, str) else given)
        .replace('<mi class="wA">w</mi>', '<mrow class="wA"><mi>w</mi></mrow>')
        .replace('<mn class="zero">0</mn>', '<mrow class="zero"><mn>0</mn></mrow>')
        == expected
    )


NOTATIONS = [
    Notation(bold=True, vectors="column"),
    Notation(input="x_in", weight="theta", output="y", patch="Q", index_base=0),
    Notation(input="image", convolution="\\star"),
]


@pytest.mark.parametrize("notation", NOTATIONS, ids=["bold", "names", "star"])
def test_other_notations_on_the_page(notation: Notation) -> None:
    html5lib = require_module("html5lib")
    layer = Conv((3, 3), (2, 2), bias=True, notation=notation)
    text = HtmlWriter().document(document_of(layer, NotesStyle()))
    html5lib.HTMLParser(strict=True).parse(text)
    assert ("\N{MATHEMATICAL BOLD ITALIC SMALL W}" in text) == notation.bold
    assert 'id="explorer"' in text and r"\boldsymbol" not in text
    table = json.loads(text.split('id="read-table">')[1].split("</script>")[0])
    assert table["names"]["output"][0] == notation.label(notation.output, (0, 0), (2, 2))
    assert len(table["products"]) == 16


def test_columns_of_a_line() -> None:
    assert columns(r"a &= \begin{bmatrix} 1 & 2 \end{bmatrix} && \text{so}") == (
        read("a"), read(r"= \begin{bmatrix} 1 & 2 \end{bmatrix} "), read(""), read(r" \text{so}"),
    )  # fmt: skip


# -- Markdown and notebooks ----------------------------------------------------------------------------


def test_markdown_is_read_as_it_is_meant() -> None:
    """By the reader of CommonMark with dollar mathematics: the same headings and formulas as the document has."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    one = document("3x3")
    text = MarkdownWriter("notes").document(one)["notes.md"]
    tokens = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, double_inline=False).parse(text)
    blocks = [token for token in tokens if token.type == "math_block"]
    displays = [block for block in one.walk() if type(block).__name__ == "Display"]
    assert len(blocks) == len(displays)
    headings = [token.tag for token in tokens if token.type == "heading_open"]
    assert headings == ["h1", *(f"h{block.level}" for block in one.blocks if type(block).__name__ == "Heading")]
    spans = [child.content for token in tokens for child in token.children or () if child.type == "math_inline"]
    plain = [
        latex_of(inline.node)
        for block in one.walk()
        for inline in getattr(block, "inlines", ())
        if isinstance(inline, Math)
    ]
    assert len(spans) > len(plain) > 3
    for command in (r"\,", r"\zero", r"\color", r"\mark", "align*"):
        assert command not in text


def test_figures_stand_beside_markdown(tmp_path: Path) -> None:
    paths = write_notes(Conv(3, 2), tmp_path, "md")
    text = paths[0].read_text(encoding="utf-8")
    named = re.findall(r"!\[[^]]*\]\(([^)]*)\)", text)
    assert sorted(named) == sorted(path.name for path in paths[1:])
    assert all("var(" not in path.read_text(encoding="utf-8") for path in paths[1:])
    assert write_notes(Conv(3, 2), tmp_path, "md") == paths


@pytest.mark.parametrize("name", SUBJECTS)
def test_programs_make_the_subject_again(name: str) -> None:
    subject = SUBJECTS[name]
    source = definition(subject, "subject")
    assert source is not None
    known: dict[str, Any] = {}
    exec(source, known)
    assert repr(known["subject"]) == repr(subject)


RUN = ("3x3",)
"""Notebooks that are always run; the others are exhaustive tests."""


@pytest.mark.parametrize(
    "name", [name if name in RUN else pytest.param(name, marks=pytest.mark.exhaustive) for name in SUBJECTS]
)
def test_notebooks_run_from_top_to_bottom(name: str) -> None:
    require_module("ipykernel")
    nbclient, nbformat = require_module("nbclient"), require_module("nbformat")
    one = document(name)
    notebook = nbformat.reads(NotebookWriter("notes").notebook(one), as_version=4)
    nbformat.validate(notebook)
    programs = [block for block in one.blocks if isinstance(block, Program)]
    assert len([cell for cell in notebook.cells if cell.cell_type == "code"]) >= len(programs) > 0
    nbclient.NotebookClient(notebook, timeout=120).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs for cell in code if not cell.source.startswith(("from ", "#")))
    drawn = [cell for cell in code if cell.source.startswith("figures[")]
    assert all("image/svg+xml" in cell.outputs[0]["data"] for cell in drawn)


def test_a_notebook_says_that_nbformat_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nbformat", None)
    with pytest.raises(OutputError, match="nbformat"):
        NotebookWriter("notes").notebook(document("step"))


# -- marks ---------------------------------------------------------------------------------------------


def test_explorers_are_in_layers_alone() -> None:
    assert any(isinstance(block, Explorer) for block in document("3x3").blocks)
    assert not any(isinstance(block, Explorer) for block in document("network").blocks)
    assert 'id="window"' in HtmlWriter().document(document("28x28"))
    assert "known sizes" in HtmlWriter().document(document("every size, 2-D"))
    assert 'id="explorer"' in HtmlWriter().document(document("3x3"))


def test_marks_leave_no_trace_in_latex() -> None:
    assert latex_of(Marked(name_of("w1"), (("weight", 1),))) == "w_{1}"


# -- hostile words -------------------------------------------------------------------------------------

SPECIALS = st.sampled_from(
    [
        r"\input{/etc/passwd}", r"\write18{id}", "</title><script>alert(1)</script>", "<img src=x onerror=alert(1)>",
        "$x$", "`id`", "${{7*7}}", "<<7*7>>", "<%% x %%>", "{% raw %}", "%", "#", "&amp;", "^^41", r"\end{document}",
        "]]>", "-->", "![a](http://example.org)", "[a](javascript:alert(1))", "| a |", '"', "'", "\u202e",
        "😀", "–", "ß",
    ]
)  # fmt: skip
HOSTILE = st.lists(SPECIALS | st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8), max_size=4)


@given(HOSTILE.map("".join).map(lambda text: "".join(c for c in text if c.isprintable())[:200]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_hostile_titles_stay_text(hostile: str) -> None:
    html5lib = require_module("html5lib")
    one = Document(hostile, (), author=hostile, date=hostile)
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(HtmlWriter().document(one))
    assert (page.find(".//h1").text or "") == hostile
    assert (page.find(".//title").text or "").strip() == hostile.strip()
    assert len(page.findall(".//script")) == 1
    assert not page.findall(".//img")
    from markdown_it import MarkdownIt

    text = MarkdownWriter("notes").document(one)["notes.md"]
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    used = {child.type for token in tokens for child in token.children or ()}
    assert used <= {"text", "text_special", "softbreak"}, text
    for titled in [token for token in tokens if token.type == "inline"]:
        shown = "".join(child.content for child in titled.children or ())
        assert " ".join(shown.split()) == " ".join(hostile.split())
    notebook = json.loads(NotebookWriter("notes").notebook(one))
    assert [cell["cell_type"] for cell in notebook["cells"][:1]] == ["markdown"]


TITLES = (
    r"\input{/etc/passwd} \write18{id} \end{document} ^^41 $x$ % # & _ ~ ^ { }", "<script>alert(1)</script> 😀 – ß „“",
    "-- --- ?` !` << >> <<7*7>> {% x %}",
)  # fmt: skip


@pytest.mark.tex
@pytest.mark.parametrize("writer", [LatexWriter, BeamerWriter])
def test_hostile_titles_compile(writer: type[LatexWriter], tmp_path: Path) -> None:
    texts = [
        writer().document(Document(title, document("step").blocks[:2], author=title, date=title)) for title in TITLES
    ]
    preamble = "\n".join(re.findall(r"\\(?:title|author|date)\{.*", texts[0]))
    assert r"\input" not in preamble and r"\write" not in preamble
    for text in texts:
        compiled(text, tmp_path, runs=1)


# -- the command line ----------------------------------------------------------------------------------


def test_formats_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--format", "md", "--format", "html", "--title", "A & B <i>", "--author", "E. N.", "--language", "de"]
    options += ["--accent", "7A1F1F", "--date", "1918"]
    assert main(["notes", str(tmp_path), "--input-size", "3", "--kernel-size", "2", *options]) == 0
    text = (tmp_path / "conv-3-kernel-2.html").read_text(encoding="utf-8")
    for piece in ("<h1>A &amp; B &lt;i&gt;</h1>", "E. N.", "1918", 'lang="de"', "--accent:#7A1F1F", "Satz 1"):
        assert piece in text, piece
    assert "make a PDF" not in capsys.readouterr().out
    assert main(["notes", str(tmp_path), "--input-size", "3", "--kernel-size", "2", "--format", "docx"]) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in FORMATS)


def test_the_help_names_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["notes", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert ", ".join(FORMATS) + " or all" in said
