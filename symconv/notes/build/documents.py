"""From a layer, a network or a step of gradient descent to the document about it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS, estimate_terms
from symconv.errors import OutputError, SymconvError
from symconv.foundations.given import telling
from symconv.gradient_step import Step
from symconv.layers import Layer
from symconv.networks import Graph
from symconv.notes.build.insertions import network_supplements, on_slides, supplemented, supplements
from symconv.notes.build.numerals import localized
from symconv.notes.build.templates import rendered
from symconv.notes.content.code import CodeContent
from symconv.notes.content.layer import Content
from symconv.notes.content.network import NetworkContent
from symconv.notes.content.step import StepContent
from symconv.notes.content.view import ViewContent
from symconv.notes.languages import Words, words_in
from symconv.notes.model import (
    Block,
    Citation,
    Document,
    Figure,
    Heading,
    Items,
    Paragraph,
    Proof,
    Reference,
    Text,
    Theorem,
    Values,
    inlines_of,
)  # fmt: skip
from symconv.notes.references import SOURCES
from symconv.notes.sections import SECTIONS, Choice
from symconv.notes.style import NotesStyle
from symconv.numeric import Progress, spot_check
from symconv.programs.report import CodeReport
from symconv.proof import Report, prove
from symconv.views import View

SLIDE_LINE = 34.0
"""The width of a line of mathematics on a slide, in ems."""

EVERYTHING = Choice()
"""Notes in full."""

NETWORK_STEPS = ("proving that the views agree", "writing")
STEPS = ("proving this layer", "proving the general theorem", "checking numbers", "writing")


def document_of(
    subject: Layer | Graph | Step | CodeReport,
    style: NotesStyle,
    progress: Progress | None = None,
    rate: Fraction | None = None,
    reports: Sequence[CodeReport | View] = (),
    choice: Choice = EVERYTHING,
) -> Document:
    """The document about a layer, a network, a step or a function.

    Args:
        rate: the learning rate of a network's example.
        reports: of functions, and views, to which the notes on a layer have a section each.
        choice: the sections, figures and entries that are wanted.

    Raises:
        OutputError: the subject has no such section or figure.
    """
    if isinstance(subject, Graph):
        document = network_document(subject, style, progress, rate, choice)
    elif isinstance(subject, Step):
        document = step_document(subject, style, progress, choice)
    elif isinstance(subject, CodeReport):
        if choice != EVERYTHING:
            wrong = "notes on a function have nothing to choose"
            raise OutputError("sections, figures, detail or entries", wrong, "leave them out")
        document = code_document(subject, style)
    else:
        document = layer_document(subject, style, progress, reports, choice)
    return localized(document)


def code_document(report: CodeReport, style: NotesStyle) -> Document:
    """The document about a reader's function."""
    words = words_in(style.language)
    title, *blocks = rendered("code.md.jinja", style.language, words=words, notes=CodeContent(report, words))
    return _document(style, title, blocks)


def view_document(view: View, style: NotesStyle) -> Document:
    """The document about a view that is there by name.

    Raises:
        SymconvError: it is not proved to be the layer.
    """
    words, conv = words_in(style.language), view.geometry
    report = prove(conv, views=["direct", view])  # type: ignore[arg-type]  # a view is one of a layer
    if not report.holds:
        wrong = f"the view {view.label} is not proved to be the layer"
        raise SymconvError(repr(conv), wrong, f'look at print(prove(conv, views=["direct", "{view.name}"]))')
    notes = ViewContent(conv, view, report, words)  # type: ignore[arg-type]
    given = {"notes": notes, "report": report, "label_of_view": view.label}
    title, *blocks = rendered("view.md.jinja", style.language, words=words, **given)  # type: ignore[arg-type]
    return _document(style, title, blocks)


def layer_document(
    conv: Layer, style: NotesStyle, progress: Progress | None = None, reports: Sequence[CodeReport | View] = (),
    choice: Choice = EVERYTHING,
) -> Document:  # fmt: skip
    if 0 in conv.output_shape:
        return _of_an_empty_output(conv, style, progress, reports, choice)
    sections = choice.sections_of("layer")
    put = supplements(conv, style.language, choice)
    tell = telling(progress)
    words = words_in(style.language)
    tell(0, len(STEPS), STEPS[0])
    report = _report(conv)
    if not report.holds:
        raise SymconvError(repr(conv), "its views are not proved to be the same", "look at print(prove(conv))")
    tell(1, len(STEPS), STEPS[1])
    general = prove(conv.family()) if conv.is_concrete else None
    tell(2, len(STEPS), STEPS[2])
    spots = spot_check(report.conv, trials=5)
    tell(3, len(STEPS), STEPS[3])
    notes = Content(conv, report, general, spots, words, choice)
    values = {"conv": conv, "report": report, "general": general, "spots": spots}
    title, blocks = _text("layer", sections, style, notes, values, put)
    for about in reports:
        plain = replace(style, title="")
        own = view_document(about, plain) if isinstance(about, View) else code_document(about, plain)
        blocks = (*blocks, *_as_section(own))
    document = _document(style, title, blocks, size=-max(0, min(conv.ndim - 3, 2)))
    if sections == SECTIONS["layer"] and not reports:
        narrow = Content(conv, report, general, spots, words, choice, SLIDE_LINE)
        given = {"words": words, "notes": narrow, "sections": sections, **values}
        slides = rendered("layer.slides.md.jinja", style.language, on_slides(put), **given)
        document = replace(document, slides=slides)
    tell(4, len(STEPS), "done")
    return document


def _of_an_empty_output(
    conv: Layer, style: NotesStyle, progress: Progress | None, reports: Sequence[CodeReport | View], choice: Choice
) -> Document:
    """The document about the general layer, and before it what becomes of its formulas at these sizes."""
    document = layer_document(conv.family(), style, progress, reports, choice)
    said = rendered("layer.empty.md.jinja", style.language, conv=conv)
    return replace(document, blocks=(*said, *document.blocks))


def network_document(
    network: Graph, style: NotesStyle, progress: Progress | None = None, rate: Fraction | None = None,
    choice: Choice = EVERYTHING,
) -> Document:  # fmt: skip
    sections = choice.sections_of("network")
    put = network_supplements(network, style.language, choice)
    tell = telling(progress)
    tell(0, len(NETWORK_STEPS), NETWORK_STEPS[0])
    has_layers = any(part.layer is not None for part in network.parts)
    report = network.prove() if has_layers else None
    if report is not None and not report.holds:
        raise SymconvError(repr(network), "its views are not proved to be the same", "look at print(network.prove())")
    tell(1, len(NETWORK_STEPS), NETWORK_STEPS[1])
    notes = NetworkContent(
        network, Fraction(1, 10) if rate is None else rate, words=words_in(style.language), entries=choice.entries
    )
    values = {"network": network, "report": report}
    if notes.example is not None:
        put["values"] = [Values(tuple(notes.part_values))]
    title, blocks = _text("network", sections, style, notes, values, put)
    document = _document(style, title, supplemented(blocks, network))
    if sections == SECTIONS["network"]:
        narrow = NetworkContent(network, notes.rate, words=notes.words, room=SLIDE_LINE)
        given = {"words": notes.words, "notes": narrow, **values}
        document = replace(document, slides=rendered("network.slides.md.jinja", style.language, put, **given))
    tell(2, len(NETWORK_STEPS), "done")
    return document


def step_document(
    step: Step, style: NotesStyle, progress: Progress | None = None, choice: Choice = EVERYTHING
) -> Document:
    sections = choice.sections_of("step")
    choice.figures_among((), "step")
    tell = telling(progress)
    tell(0, len(NETWORK_STEPS), NETWORK_STEPS[0])
    notes = StepContent(step, words=words_in(style.language), entries=choice.entries)
    if not notes.theorem.holds:
        raise SymconvError(repr(step), "its views are not proved to be the same", "look at print(step.prove())")
    tell(1, len(NETWORK_STEPS), NETWORK_STEPS[1])
    scope = notes.on_layer.scope(notes.theorem)
    values = {"step": step, "scope": scope, "layer": step.layer, "example": notes.example}
    title, blocks = _text("step", sections, style, notes, values)
    tell(2, len(NETWORK_STEPS), "done")
    document = _document(style, title, supplemented(blocks, step))
    if sections == SECTIONS["step"]:
        given = {"words": notes.words, "notes": notes, **values}
        document = replace(document, slides=rendered("step.slides.md.jinja", style.language, **given))  # type: ignore[arg-type]
    return document


def _text(
    kind: str, sections: Sequence[str], style: NotesStyle, notes: Content | NetworkContent | StepContent,
    values: Mapping[str, object], put: Mapping[str, Sequence[Block]] | None = None,
) -> tuple[Block, tuple[Block, ...]]:  # fmt: skip
    """The title, and the blocks of the opening and of every section; sections without anything to say are left out.

    Raises:
        OutputError: nothing is left.
    """
    given = {"words": words_in(style.language), "notes": notes, "sections": sections, **values}
    title, *blocks = rendered(f"{kind}.opening.md.jinja", style.language, put, **given)
    opening = blocks if tuple(sections) == SECTIONS[kind] else []
    said: list[Block] = []
    for name in sections:
        said += _labelled(name, rendered(f"{kind}.{name}.md.jinja", style.language, put, **given))
    if not said:
        wrong = "these notes have nothing to say in it"
        raise OutputError(f"sections={', '.join(sections)}", wrong, "leave sections out")
    blocks = [*opening, *said]
    labels = {block.label for block in Document("", tuple(blocks)).walk() if isinstance(block, (Theorem, Figure))}
    blocks = [_anchored(block, labels, words_in(style.language)) for block in blocks]
    return title, (*blocks, *_references(blocks, style))


def _anchored(block: Block, labels: Collection[str], words: Words) -> Block:
    """The block, its references to what stands in a section that is left out in words alone."""
    if isinstance(block, Paragraph):
        return Paragraph(
            tuple(
                Text(words(f"elsewhere.{inline.label}"))
                if isinstance(inline, Reference) and inline.label not in labels
                else inline
                for inline in block.inlines
            )
        )
    if isinstance(block, (Theorem, Proof)):
        return replace(block, blocks=tuple(_anchored(one, labels, words) for one in block.blocks))
    if isinstance(block, Items):
        items = tuple(tuple(_anchored(one, labels, words) for one in item) for item in block.items)
        return replace(block, items=items)
    return block


def _references(blocks: Sequence[Block], style: NotesStyle) -> Iterator[Block]:
    """The sources that are cited, as the last section; nothing if there are none."""
    cited = {inline.key for inline in inlines_of(blocks) if isinstance(inline, Citation)}
    if cited:
        yield Heading(2, (Text(words_in(style.language)("references")),), "sec:references")
        yield Items(tuple((Paragraph((Text(SOURCES[key].line),)),) for key in sorted(cited)), numbered=False)


def _labelled(name: str, blocks: Sequence[Block]) -> Iterator[Block]:
    """A section with its name as the label of its heading."""
    for at, block in enumerate(blocks):
        yield replace(block, label=f"sec:{name}") if at == 0 and isinstance(block, Heading) else block


def _document(style: NotesStyle, title: Block, blocks: Sequence[Block], size: int = 0) -> Document:
    return Document(
        style.title or _words(title), tuple(blocks), style.author, style.date, style.language, size, style.accent,
        coloured_formulas=style.coloured_formulas,
    )  # fmt: skip


def _as_section(document: Document) -> Iterator[Block]:
    """A document as a section of another."""
    yield Heading(2, (Text(document.title),))
    for block in document.blocks:
        yield Heading(3, block.inlines) if isinstance(block, Heading) else block


def _words(title: Block) -> str:
    assert isinstance(title, Heading) and title.level == 1, "a text begins with its title"
    return "".join(inline.text for inline in title.inlines if isinstance(inline, Text))


def _report(conv: Layer) -> Report:
    """The proof for this layer; if it has too many product terms to compare, the general theorem stands for it."""
    return prove(conv.family() if _is_large(conv) else conv)


def _is_large(conv: Layer) -> bool:
    if not conv.is_concrete:
        return False
    output = conv.direct.output
    axes = [(axis.letter, int(axis.size.value or 0)) for axis in output.axes]
    return estimate_terms(output.form, axes, {}) > DEFAULT_MAX_TERMS
