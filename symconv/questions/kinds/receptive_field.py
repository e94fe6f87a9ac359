"""Which inputs an output reads, and which outputs read an input."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from symconv.questions.draft import Draft, Equal, Evidence, Proved
from symconv.questions.kinds.kind import Kind, Place
from symconv.questions.kinds.naming_choices import among
from symconv.questions.markup import inline, paragraphs
from symconv.questions.naming import Index
from symconv.questions.subject import MOST_TERMS, Subject


def read_places(subject: Subject) -> Sequence[Place]:
    if subject.plain is None:
        return []
    return [("read", at) for at in subject.plain.outputs if 0 < len(_inputs(subject, at)) <= MOST_TERMS]


def read_draft(subject: Subject, place: Place, chance: random.Random) -> Draft:
    _, at = place
    texts, naming = subject.texts, subject.naming
    inputs = _inputs(subject, at)
    ours = _labels_in(subject, "output", at) & _labels(subject, "input", subject.indices("grad_input"))
    evidence: tuple[Evidence, ...] = (Equal(ours, _labels(subject, "input", inputs), f"the inputs of output {at}"),)
    if naming.readable:
        evidence += (Proved(subject.claim("output", at, subject.sum("output", at)), "output"),)
    entry = inline(naming.latex("output", at))
    shown = texts.listed([inline(naming.latex("input", read)) for read in inputs])
    outside = sum(reading.input is None for reading in subject.arithmetic.window(at))
    return Draft(
        "read_inputs", 1, texts("read_inputs.question", entry=entry, input=inline(naming.name("input"))),
        paragraphs(
            texts("read_inputs.solution", entry=entry, inputs=shown),
            texts.count("read_inputs.outside", outside) if outside and _has_padding(subject) else "",
        ),
        tuple(naming.label("input", read) for read in inputs), "list", evidence,
        among=among(subject, "input", inputs, subject.indices("grad_input"), chance),
    )  # fmt: skip


def _has_padding(subject: Subject) -> bool:
    """Whether what is read outside the input is padding, and not one of the zeros between."""
    return "padding" in subject.layer.PARAMETERS and not any(scheme.l.value != 1 for scheme in subject.layer.schemes)


def _inputs(subject: Subject, output: Index) -> list[Index]:
    return sorted({one.input for one in subject.arithmetic.products(output)})


def write_places(subject: Subject) -> Sequence[Place]:
    if subject.plain is None:
        return []
    inputs = subject.indices("grad_input")
    return [("reading", at) for at in inputs if 0 < len(subject.outputs_with("grad_input", at)) <= MOST_TERMS]


def write_draft(subject: Subject, place: Place, chance: random.Random) -> Draft:
    _, at = place
    texts, naming = subject.texts, subject.naming
    outputs = subject.outputs_with("grad_input", at)
    ours = _labels_in(subject, "grad_input", at) & _labels(subject, "grad_output", subject.arithmetic.outputs)
    evidence: tuple[Evidence, ...] = (
        Equal(ours, _labels(subject, "grad_output", outputs), f"the outputs of input {at}"),
    )
    entry = inline(naming.latex("input", at))
    shown = texts.listed([inline(naming.latex("output", output)) for output in outputs])
    return Draft(
        "reading_outputs", 1, texts("reading_outputs.question", entry=entry),
        texts("reading_outputs.solution", outputs=shown, gradient=inline(naming.left("grad_input", at))),
        tuple(naming.label("output", output) for output in outputs), "list", evidence,
        among=among(subject, "output", outputs, subject.indices("output"), chance), written=("grad_input",),
    )  # fmt: skip


def _labels(subject: Subject, role: str, indices: Iterable[Index]) -> set[str]:
    return {subject.naming.label(role, index) for index in indices}


def _labels_in(subject: Subject, of: str, at: Index) -> set[str]:
    """The labels in an entry of the direct view."""
    return {str(symbol) for symbol in getattr(subject.layer.direct, of)[at].free_symbols}


KINDS = (
    Kind("read_inputs", read_places, read_draft, "easy"),
    Kind("reading_outputs", write_places, write_draft, "easy"),
)
