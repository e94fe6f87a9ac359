"""The fully connected layer that is the convolution: which of its weights are zero, and which are tied."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import prod

from symconv.printing.parts import equation, grid, joined
from symconv.printing.tree import Node, Number
from symconv.questions.draft import Draft, Equal, Evidence, Proved
from symconv.questions.kinds.kind import Kind, Place
from symconv.questions.kinds.naming_choices import among
from symconv.questions.markup import arrays_display, display, inline, paragraphs
from symconv.questions.subject import Subject

MOST_ENTRIES = 400
MOST_NAMED = 12
"""So many entries are named in an answer."""
MOST_CONSTRAINED = 24
"""So many entries has a matrix all of whose constraints are asked for."""

At = tuple[int, int]


def _has_matrix(subject: Subject) -> bool:
    """Whether the layer has weights, and a matrix small enough to look at."""
    if subject.claimed is None or "grad_weight" not in subject.layer.quantities:
        return False
    return prod(subject.naming.matrix_shape) <= MOST_ENTRIES


def _tied(subject: Subject) -> list[list[At]]:
    """The entries that are equal and not zero, in groups of several."""
    groups: dict[object, list[At]] = {}
    for at, weights in sorted(subject.dense.items()):
        groups.setdefault(tuple(sorted(map(str, weights))), []).append(at)
    return [group for group in groups.values() if len(group) > 1]


def tied_places(subject: Subject) -> Sequence[Place]:
    if not _has_matrix(subject):
        return []
    return [("tied", group[0]) for group in _tied(subject) if len(group) <= MOST_NAMED]


def tied_draft(subject: Subject, place: Place, chance: random.Random) -> Draft:
    group = next(one for one in _tied(subject) if one[0] == place[1])
    first = chance.choice(group)
    others = [at for at in group if at != first]
    texts, naming = subject.texts, subject.naming
    value = subject.layer.fully_connected.matrix
    ours = {at for at in _all(subject) if value[at] == value[first]}
    weights = " + ".join(naming.latex("weight", one) for one in subject.dense[first] if one is not None)
    shown = texts.listed([inline(naming.latex("dense_weight", at)) for at in others])
    return Draft(
        "tied_weights", 2,
        texts("tied_weights.question", entry=inline(naming.latex("dense_weight", first))),
        texts("tied_weights.solution", entry=inline(naming.latex("dense_weight", first)), weights=inline(weights),
              others=shown),
        tuple(naming.label("dense_weight", at) for at in others), "list",
        (Equal(ours, set(group), f"the entries equal to that at {first}"), *(_is(subject, at) for at in group)),
        among=among(subject, "dense_weight", others, [at for at in _all(subject) if at != first], chance),
    )  # fmt: skip


def zero_places(subject: Subject) -> Sequence[Place]:
    if not _has_matrix(subject):
        return []
    columns = range(subject.naming.matrix_shape[1])
    return [("zero", (j,)) for j in columns if 0 < len(_zeros(subject, j)) <= MOST_NAMED]


def _zeros(subject: Subject, column: int) -> list[At]:
    return [(i, column) for i in range(subject.naming.matrix_shape[0]) if (i, column) not in subject.dense]


def zero_draft(subject: Subject, place: Place, chance: random.Random) -> Draft:
    (column,) = place[1]
    texts, naming = subject.texts, subject.naming
    zeros = _zeros(subject, column)
    value = subject.layer.fully_connected.matrix
    ours = {(i, column) for i in range(naming.matrix_shape[0]) if value[i, column] == 0}
    output = inline(naming.latex("output", _output(subject, column)))
    shown = texts.listed([inline(naming.latex("dense_weight", at)) for at in zeros])
    return Draft(
        "zero_weights", 1,
        texts("zero_weights.question", output=output, number=column + naming.notation.index_base),
        texts("zero_weights.solution", output=output, zeros=shown),
        tuple(naming.label("dense_weight", at) for at in zeros), "list",
        (Equal(ours, set(zeros), f"the zeros of column {column}"), *(_is(subject, at) for at in zeros)),
        among=among(subject, "dense_weight", zeros, [at for at in _all(subject) if at[1] == column], chance),
    )  # fmt: skip


def _output(subject: Subject, column: int) -> tuple[int, ...]:
    """The index of an output by its number among those of the first example."""
    return subject.arithmetic.outputs[column]


def constraint_places(subject: Subject) -> Sequence[Place]:
    if not _has_matrix(subject) or prod(subject.naming.matrix_shape) > MOST_CONSTRAINED:
        return []
    single = all(len(weights) == 1 for weights in subject.dense.values())
    has_some = bool(_tied(subject)) or len(subject.dense) < len(_all(subject))
    return [("constraints", ())] if single and has_some else []


def constraint_draft(subject: Subject, place: Place, chance: random.Random) -> Draft:
    texts, naming = subject.texts, subject.naming
    zeros = [at for at in _all(subject) if at not in subject.dense]
    chains: list[list[Node]] = [[naming.entry("dense_weight", at) for at in group] for group in _tied(subject)]
    claims = [[naming.claim_label("dense_weight", at) for at in group] for group in _tied(subject)]
    if zeros:
        chains.insert(0, [*(naming.entry("dense_weight", at) for at in zeros), Number(0)])
        claims.insert(0, [*(naming.claim_label("dense_weight", at) for at in zeros), "0"])
    claim = ", ".join(" = ".join(chain) for chain in claims)
    rows = [[_entry(subject, (i, j)) for j in range(naming.matrix_shape[1])] for i in range(naming.matrix_shape[0])]
    return Draft(
        "constraints", 3, texts("constraints.question", matrix=inline(naming.name("dense_weight"))),
        paragraphs(
            texts("constraints.solution"),
            display(equation(naming.tensor.node(naming.notation.dense_weight), grid(rows))),
            arrays_display([equation(*chain) for chain in chains]),
        ),
        claim, "constraints", (Proved(claim, "constraints"), *(_is(subject, at) for at in _all(subject))),
    )  # fmt: skip


def _all(subject: Subject) -> list[At]:
    rows, columns = subject.naming.matrix_shape
    return [(i, j) for i in range(rows) for j in range(columns)]


def _is(subject: Subject, at: At) -> Evidence:
    """That an entry of the matrix is what plain arithmetic says."""
    weights = subject.dense.get(at, ())
    right = " + ".join(subject.naming.claim_label("weight", one) for one in weights if one is not None)
    return Proved(f"{subject.naming.claim_label('dense_weight', at)} = {right or '0'}", "matrix")


def _entry(subject: Subject, at: At) -> Node:
    weights = [subject.naming.entry("weight", one) for one in subject.dense.get(at, ()) if one is not None]
    return joined(weights, "+") if weights else Number(0)


KINDS = (
    Kind("zero_weights", zero_places, zero_draft),
    Kind("tied_weights", tied_places, tied_draft),
    Kind("constraints", constraint_places, constraint_draft, "hard"),
)
