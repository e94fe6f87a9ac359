"""What the tensors of a network are called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import count, product
from string import ascii_lowercase

from symconv.errors import NotationError, SymconvError, instead_of, shown
from symconv.layers import Layer
from symconv.networks.losses import LOSSES, Loss
from symconv.networks.parts import Given
from symconv.networks.signals import ONCE, PartNotation
from symconv.printing.notation import NOT_GIVEN, Notation

LONGEST = 40
"""No name of a tensor is longer."""


def read_loss(loss: Loss | str | None) -> Loss | None:
    """The loss, from an object or its word.

    Raises:
        SymconvError: the loss is unknown.
    """
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise SymconvError(f"loss={shown(loss)}", "no such loss", instead_of(loss, LOSSES))
        made = LOSSES[loss]()
        assert isinstance(made, Loss)
        return made
    if loss is not None and not isinstance(loss, Loss):
        raise SymconvError(
            f"loss={shown(loss)}", "not a loss", f"use one such as SquaredError(), or {', '.join(LOSSES)}"
        )
    return loss


def for_loss(names: PartNotation, own: Notation) -> PartNotation:
    """The loss's own names: L for its result, D for its factor."""
    return replace(names, output=names.loss, loss=f"{names.loss}oss", scale=own.scale)


def common_notation(
    parts: Sequence[Given], notation: Notation | None, index_base: int | None, bold: bool
) -> Notation:  # fmt: skip
    """The names of a network: those that are given, or those of its layers.

    Raises:
        NotationError: it is not a notation, or two layers have different ones and the network has none of its own.
    """
    if notation is not None and not isinstance(notation, Notation):
        raise NotationError(f"notation={shown(notation)}", "not a notation", "use Notation(...)")
    if notation is None:
        said = (part.notation for part in parts if isinstance(part, Layer) and part.notation != Notation())
        first, *others = dict.fromkeys(said) or [Notation()]
        if others:
            raise NotationError(
                "layers with different notations", "the tensors of a network are named in one way",
                "use one notation for all layers, or Sequential(.., notation=Notation(..))",
            )  # fmt: skip
        notation = first
    if index_base is not None:
        notation = replace(notation, index_base=index_base, formula_base=NOT_GIVEN)
    return replace(notation, bold=bold) if bold is not False else notation


def output_letter(kind: str, names: Notation) -> str:
    """The letter of a part's output: z before an activation and a after one, unless the notation says otherwise."""
    own = [names.output] if kind == "z" and names.output != Notation.output else []
    taken = {names.weight, names.bias, names.grad_output, names.loss, names.target}
    return next(one for one in (*own, kind, "h", "y", "u", "s", "q", "f") if one not in taken)


def input_names(sources: Sequence[str], names: Notation) -> tuple[str, ...]:
    """The tensors of the network's inputs: X of a single one; of several what the user calls them.

    A name that no tensor can have, such as x1, which is one of part 1, or that another tensor has, becomes X_a, X_b, ..
    """
    if len(sources) == 1:
        return (names.input,)
    found: list[str] = []
    for source, letter in zip(sources, path_letters(len(sources))):
        taken = {*found, names.input, *(getattr(names, role) for role in ONCE)}
        own = source if re.fullmatch("[A-Za-z]+(_[A-Za-z]+)*", source, re.ASCII) else ""
        found.append(own if own and len(own) <= LONGEST and own not in taken else f"{names.input}_{letter}")
    return tuple(found)


def path_letters(number: int) -> tuple[str, ...]:
    """a, b, c, .., z, aa, ab, ..: of ``number`` paths."""
    found: list[str] = []
    for length in count(1):
        for letters in product(ascii_lowercase, repeat=length):
            if len(found) == number:
                return tuple(found)
            found.append("".join(letters))
    raise AssertionError
