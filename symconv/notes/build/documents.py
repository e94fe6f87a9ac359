"""From a layer, a network or a step of gradient descent to the document about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS, estimate_terms
from symconv.errors import SymconvError
from symconv.foundations.given import telling
from symconv.gradient_step import Step
from symconv.layers import Layer
from symconv.networks import Graph
from symconv.notes.build.insertions import supplemented, supplemented_layer
from symconv.notes.build.templates import rendered
from symconv.notes.content.code import CodeContent
from symconv.notes.content.layer import Content
from symconv.notes.content.network import NetworkContent
from symconv.notes.content.step import StepContent
from symconv.notes.languages import words_in
from symconv.notes.model import Block, Document, Heading, Text
from symconv.notes.style import NotesStyle
from symconv.numeric import Progress, spot_check
from symconv.programs.report import CodeReport
from symconv.proof import Report, prove

NETWORK_STEPS = ("proving that the views agree", "writing")
STEPS = ("proving this layer", "proving the general theorem", "checking numbers", "writing")


def document_of(
    subject: Layer | Graph | Step | CodeReport,
    style: NotesStyle,
    progress: Progress | None = None,
    rate: Fraction | None = None,
    reports: Sequence[CodeReport] = (),
) -> Document:
    """The document about a layer, a network, a step or a function.

    Args:
        rate: the learning rate of a network's example.
        reports: of functions to which the notes on a layer have a section each.
    """
    if isinstance(subject, Graph):
        return network_document(subject, style, progress, rate)
    if isinstance(subject, Step):
        return step_document(subject, style, progress)
    if isinstance(subject, CodeReport):
        return code_document(subject, style)
    return layer_document(subject, style, progress, reports)


def code_document(report: CodeReport, style: NotesStyle) -> Document:
    """The document about a reader's function."""
    return _document("code.md.jinja", style, CodeContent(report, words_in(style.language)), {})


def layer_document(
    conv: Layer, style: NotesStyle, progress: Progress | None = None, reports: Sequence[CodeReport] = ()
) -> Document:
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
    notes = Content(conv, report, general, spots, words)
    values = {"conv": conv, "report": report, "general": general, "spots": spots}
    document = _document("layer.md.jinja", style, notes, values, size=-max(0, min(conv.ndim - 3, 2)))
    blocks = supplemented_layer(document.blocks, conv, style.language)
    for about in reports:
        blocks = (*blocks, *_as_section(code_document(about, replace(style, title=""))))
    document = replace(document, blocks=blocks)
    tell(4, len(STEPS), "done")
    return document


def network_document(
    network: Graph, style: NotesStyle, progress: Progress | None = None, rate: Fraction | None = None
) -> Document:
    tell = telling(progress)
    tell(0, len(NETWORK_STEPS), NETWORK_STEPS[0])
    has_layers = any(part.layer is not None for part in network.parts)
    report = network.prove() if has_layers else None
    if report is not None and not report.holds:
        raise SymconvError(repr(network), "its views are not proved to be the same", "look at print(network.prove())")
    tell(1, len(NETWORK_STEPS), NETWORK_STEPS[1])
    notes = NetworkContent(network, Fraction(1, 10) if rate is None else rate, words=words_in(style.language))
    document = _document("network.md.jinja", style, notes, {"network": network, "report": report})
    tell(2, len(NETWORK_STEPS), "done")
    return replace(document, blocks=supplemented(document.blocks, network))


def step_document(step: Step, style: NotesStyle, progress: Progress | None = None) -> Document:
    tell = telling(progress)
    tell(0, len(NETWORK_STEPS), NETWORK_STEPS[0])
    notes = StepContent(step, words=words_in(style.language))
    if not notes.theorem.holds:
        raise SymconvError(repr(step), "its views are not proved to be the same", "look at print(step.prove())")
    tell(1, len(NETWORK_STEPS), NETWORK_STEPS[1])
    values = {"step": step, "scope": notes.on_layer.scope(notes.theorem)}
    document = _document("step.md.jinja", style, notes, values)
    tell(2, len(NETWORK_STEPS), "done")
    return replace(document, blocks=supplemented(document.blocks, step))


def _document(
    template: str, style: NotesStyle, notes: Content | NetworkContent | StepContent | CodeContent,
    values: dict[str, object],
    size: int = 0,
) -> Document:  # fmt: skip
    """The document of a template, whose first line is its title."""
    words = words_in(style.language)
    title, *blocks = rendered(template, style.language, words=words, notes=notes, **values)
    return Document(
        style.title or _words(title), tuple(blocks), style.author, style.date, style.language, size, style.accent
    )


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
