"""Write an entry as a formula: of the output, or of a gradient."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from symconv.printing.parts import derivative
from symconv.printing.tree import Added, Node, Product
from symconv.questions.draft import Draft
from symconv.questions.kinds.kind import Kind, Place
from symconv.questions.markup import equation, inline, paragraphs
from symconv.questions.naming import GRADIENTS, Index
from symconv.questions.subject import MOST_TERMS, Subject


def entries_of(of: str) -> Callable[[Subject], Sequence[Place]]:
    """Every entry of a quantity that is a sum short enough to be written."""

    def places(subject: Subject) -> Sequence[Place]:
        if subject.claimed is None or of not in subject.layer.quantities:
            return []
        return [(of, at) for at in subject.indices(of) if 0 < len(subject.sum(of, at)) <= MOST_TERMS]

    return places


def written_entry(kind: str) -> Callable[[Subject, Place, random.Random], Draft]:
    def draft(subject: Subject, place: Place, chance: random.Random) -> Draft:
        of, at = place
        texts, left = subject.texts, subject.naming.left(of, at)
        value = subject.sum(of, at)
        what = {"entry": inline(left)} if of == "output" else {"entry": inline(left), "upstream": upstream(subject)}
        key = f"{kind}.question" + "_fixed" * (of == "grad_input" and subject.layer.fixed_kernel is not None)
        return Draft(
            kind, 2, texts(key, **what), entry_solution(subject, of, at), subject.claim(of, at, value),
            "formula", subject.evidence(of, at), of,
        )  # fmt: skip

    return draft


def upstream(subject: Subject) -> str:
    r"""delta = \partial L / \partial h."""
    naming = subject.naming
    return inline(f"{naming.name('grad_output')} = {naming.derivative(naming.name('output'))}")


def entry_solution(subject: Subject, of: str, at: Index) -> str:
    """Where the terms of an entry come from, and the entry."""
    texts, naming, left = subject.texts, subject.naming, subject.naming.left_side(of, at)
    value = subject.sum(of, at).tree(naming)
    if of == "output":
        key = subject.window_words(at)
        return paragraphs(texts(key, entry=inline(left)), equation(left, value))
    role = GRADIENTS[of]
    outputs = subject.outputs_with(of, at)
    labels = texts.listed([inline(naming.latex("output", o)) for o in outputs])
    key = "gradient.solution" if len(outputs) > 1 else "gradient.solution_one"
    said = texts(key, entry=inline(naming.latex(role, at)), outputs=labels)
    return paragraphs(said, equation(left, chain(subject, outputs, role, at), value))


def chain(subject: Subject, outputs: Sequence[Index], role: str, at: Index) -> Node:
    """The chain rule over the outputs that an entry is in."""
    naming = subject.naming
    terms = tuple(
        Product((naming.entry("grad_output", o), derivative(naming.entry("output", o), naming.entry(role, at))))
        for o in outputs
    )
    return terms[0] if len(terms) == 1 else Added(terms)


KINDS = tuple(
    Kind(name, entries_of(of), written_entry(name))
    for name, of in (
        ("output_entry", "output"), ("weight_gradient", "grad_weight"), ("input_gradient", "grad_input"),
        ("bias_gradient", "grad_bias"),
    )
)  # fmt: skip
