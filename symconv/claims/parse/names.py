"""The names that a claim about a layer may use: tensors, sizes, single entries and indices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from math import prod

import sympy as sp

from symconv.algebra.forms import Tensor
from symconv.algebra.polynomial import Polynomial
from symconv.claims.interpret.definitions import Definitions, Entry, derivative_name
from symconv.claims.interpret.sizes import Sizes
from symconv.formulas.tensor_formula import tensor_of
from symconv.foundations.values import Lazy
from symconv.layers import Layer

ALIASES = {
    "input": ("x", "X", "input", "img", "image"),
    "weight": ("w", "W", "weight", "kernel", "filter"),
    "bias": ("b", "bias"),
    "grad_output": ("delta", "grad_output"),
    "output": ("h", "y", "output"),
    "dense_weight": ("v", "V"),
    "dense_bias": ("a",),
    "local_weight": ("U",),
    "patch": ("P",),
    "scale": ("D",),
    "switch": ("S",),
}
"""Names that people use for a tensor, besides the layer's own."""

LETTERS = {
    "input_size": "n", "output_size": "n", "kernel_size": "K", "stride": "s", "padding": "p", "dilation": "d",
    "input_dilation": "l", "output_padding": "u", "in_channels": "C_in", "out_channels": "C_out", "groups": "G",
    "batch_size": "N", "channels": "C", "scale_factor": "f",
}  # fmt: skip
"""The usual letters of the parameters: known in a claim about any layer that has no such symbol."""

SECOND = ("dense_weight", "dense_bias", "local_weight", "patch", "switch", "scale")
"""Tensors of other views, whose letters people use for something else."""

NEW_INDICES = "ijkmtuv"
MADE = "''"
"""Ends the letters that the reader of a claim makes and nobody wrote."""

GREEK_INDICES = ("alpha", "beta", "ell", "iota", "kappa", "mu", "nu")
"""Letters that are indices where nothing else has that name."""


def _gradients_of(tensor: str) -> tuple[str, ...]:
    return f"d{tensor}", f"grad_{tensor}", f"d_{tensor}"


GRADIENTS = {
    role: tuple(name for one in (*ALIASES[role], *others) for name in _gradients_of(one))
    for role, others in (("input", ()), ("weight", ()), ("bias", ()), ("output", ("out", "Z", "z", "Y", "O", "H")))
}
"""Names that people use for the derivative of the loss with respect to a tensor."""


def missing(definitions: Definitions, name: str) -> str | None:
    """Why the layer has no such tensor or label, if another layer has one."""
    layer, own = definitions.layer, definitions.layer.notation
    if "_padded_by_" in name:
        return f"{layer!r} does not pad its input so"
    stem = re.sub(r"[\d_]+$", "", name)
    role = next((role for role, names in ALIASES.items() if stem in (*names, getattr(own, role))), "")
    if not role or getattr(own, role) in definitions.layouts:
        return None
    if role in ("dense_weight", "local_weight"):
        return f"{layer!r} has no dense weights, since its matrix depends on the input"
    return f"{layer!r} has no {role.replace('_', ' ')}"


def remedy(lacks: str | None) -> str | None:
    """How a layer gets what it lacks."""
    if lacks and lacks.endswith("pad its input so"):
        return "pad by the layer's own padding, or write X[i - p], which is 0 outside"
    return "pass bias=True to the layer, or leave it out" if lacks and lacks.endswith("no bias") else None


class Names:
    """What the names in claims about one layer mean.

    ``known`` has every name of a tensor, with the layer's own; ``sizes`` every name of a size, with its value.
    """

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.definitions = Definitions(layer)
        self.layouts = self.definitions.layouts
        self.tensors = Lazy(self.layouts, self._tensor)
        self.known = self._tensors()
        self.sizes = dict(self._sizes())
        self.said: tuple[str, ...] = ()
        self.label_base = layer.notation.index_base
        self.flat: frozenset[str] = frozenset()
        """Tensors whose labels have one number, row by row."""
        own = layer.notation
        self._roles = {getattr(own, role): role for role in ALIASES} | {
            derivative_name(layer, own.input): "grad_input", derivative_name(layer, own.weight): "grad_weight",
        }  # fmt: skip
        self._entries: dict[str, Entry] = {}
        self._shapes: dict[str, tuple[int, ...]] = {}

    @staticmethod
    def of(layer: Layer) -> Names:
        """The names for one claim; what is the same for all claims about a layer is found once."""
        return copy(layer.once(Names))

    @cached_property
    def sizes_of_layer(self) -> Sizes:
        return Sizes(self.layer)

    def _tensor(self, name: str) -> Tensor:
        return tensor_of(name, self.layouts[name])

    @property
    def _taken(self) -> set[str]:
        """What has a meaning of its own: symbols, tensors, and index letters that are not the usual ones."""
        return {*self.layer.symbol_names, *self.layouts, *self.layer.notation.own_letters.values()}

    def _tensors(self) -> dict[str, str]:
        taken = self._taken
        known: dict[str, str] = {}
        for role, names in ALIASES.items():
            own = getattr(self.layer.notation, role)
            if own in self.layouts:
                known[own] = own
                known.update({name: own for name in names if name not in taken})
                known[role] = own
        self.padded = self._padded()
        derivatives = {name: name for name in self.definitions.derivatives}
        gradient = derivative_name(self.layer, self.layer.notation.input)
        marks = (f"d{name}" for name in self.padded if "_by_" not in name)
        self.padded_gradients = dict.fromkeys(marks, gradient) if gradient in derivatives else {}
        return {**known, **derivatives, **self._gradients(), **self.padded, **self.padded_gradients}

    def _padded(self) -> dict[str, str]:
        """Names of the padded input, if the layer pads with zeros."""
        own, taken = self.layer.notation.input, self._taken
        pads = "padding" in self.layer.PARAMETERS and self.layer.pads.pairs
        if not pads or getattr(self.layer, "padding_mode", "zeros") != "zeros" or self.layer.spreads:
            return {}
        lows = {self.layer.writer.polynomial(scheme.low) for scheme in self.layer.schemes}
        known = self.layer.symbol_names
        amounts = [str(low) for low in lows] if len(lows) == 1 else []
        amounts += [name for name in ("p", "P", "pad", "padding") if name not in known]
        channels = self.tensors[own].rank - self.layer.ndim
        by = (f"x_padded_by_{amount}_{apart}" for amount in amounts for apart in (channels,))
        names = (f"{one}_{mark}" for one in ("x", "X", own) for mark in ("pad", "padded", "tilde"))
        return {name: own for name in (*names, "xpad", *by) if name not in taken}

    def _gradients(self) -> dict[str, str]:
        """dw, dX, grad_w for derivatives of the loss, and dy, dout for the upstream gradient."""
        own, taken = self.layer.notation, self._taken
        known: dict[str, str] = {}
        for role, spelled in GRADIENTS.items():
            tensor = getattr(own, role)
            gradient = own.grad_output if role == "output" else derivative_name(self.layer, tensor)
            if gradient in self.layouts:
                known.update({name: gradient for name in (*_gradients_of(tensor), *spelled) if name not in taken})
        return known

    def _sizes(self) -> Iterator[tuple[str, sp.Expr]]:
        """Each with what it is in the layer's own symbols."""
        layer, write = self.layer, self.layer.writer
        own = (*layer.symbol_names, *layer.defined)
        yield from ((name, write.symbol(name)) for name in own)
        own = (*own, *layer.notation.own_letters.values(), *layer.direct.layouts, layer.notation.output)
        for letter, numbers in (*self._parameters(), ("m", layer.m)):
            for at, number in enumerate(numbers):
                name = letter if len(numbers) == 1 else f"{letter}{at + 1}"
                if name not in own:
                    yield name, write.polynomial(number)
            if len(numbers) > 1 and len(set(numbers)) == 1 and letter not in own:  # one letter for all axes
                yield letter, write.polynomial(numbers[0])

    def _parameters(self) -> Iterator[tuple[str, Sequence[Polynomial]]]:
        for parameter, letter in LETTERS.items():
            value = self.layer.values.get(parameter)
            if parameter == "padding" and value is not None:
                yield letter, tuple(low for low, _ in self.layer.pads.pairs) or tuple(s.low for s in self.layer.schemes)
            elif isinstance(value, Polynomial):
                yield letter, (value,)
            elif isinstance(value, tuple):
                yield letter, value

    def is_short(self, name: str) -> bool:
        """Whether a name of a derivative, such as dk, may as well be a product of letters."""
        return name[:1] == "d" and len(name) == 2

    def role(self, name: str) -> str | None:
        """The role of a tensor that a name stands for."""
        tensor = self.known.get(name)
        return None if tensor is None else self._roles.get(tensor)

    def differentiated(self, name: str) -> str | None:
        """The tensor by which the loss is differentiated; a letter that is a size elsewhere stands for one there."""
        if name in self.known:
            return self.known[name]
        own = self.layer.notation
        role = next((role for role, names in ALIASES.items() if name in names), "")
        return (
            getattr(own, role) if role in ("input", "weight", "bias") and getattr(own, role) in self.layouts else None
        )

    def renamed(
        self, tensors: Mapping[str, str], said: tuple[str, ...], label_base: int | None = None,
        flat: frozenset[str] = frozenset(),
    ) -> Names:  # fmt: skip
        """These names with others for some tensors; ``said`` are sentences about them."""
        other = copy(self)
        other.label_base = self.label_base if label_base is None else label_base
        other.flat = self.flat | flat
        other.known = {**self.known, **tensors}
        other.sizes = {name: size for name, size in self.sizes.items() if name not in tensors}
        other.said = (*self.said, *said)
        other._entries = {}
        return other

    def with_sizes(self, sizes: Mapping[str, sp.Expr]) -> Names:
        """These names with others for some sizes, which is said."""
        other = self.renamed({}, tuple(f"{name} is {size}" for name, size in sizes.items()))
        other.sizes = {**self.sizes, **sizes}
        return other

    def missing(self, name: str) -> str | None:
        """Why the layer has no such tensor, if another layer has one."""
        return missing(self.definitions, name)

    def is_own(self, name: str) -> bool:
        """Whether the layer's formulas use the name for a size."""
        return name in self.layer.symbol_names or name in self.layer.defined

    @property
    def listed(self) -> str:
        """The names of tensors, for an error."""
        hidden = {*self.definitions.derivatives, *self._gradients(), *self.padded, *self.padded_gradients}
        return ", ".join(sorted(self.known.keys() - (hidden - {*self.layer.direct.layouts, *ALIASES})))

    def index(self, name: str) -> sp.Symbol:
        """The symbol of an index; primed where a size has that name."""
        return sp.Symbol(f"{name}'" if self.is_own(name) else name, integer=True)

    def example(self, tensor: str) -> str:
        return f"{tensor}[{', '.join(self.tensors[tensor].letters)}]"

    def labels(self, texts: Iterable[str]) -> dict[str, Entry]:
        """Those of the texts that are printed labels of entries of a concrete layer."""
        found = {text: self.label(text) for text in sorted(texts)} if self.layer.is_concrete else {}
        return {entry.label: entry for entry in found.values() if entry is not None}

    def label(self, text: str) -> Entry | None:
        """The entry X12 of a concrete layer, by its printed label."""
        if text in self._entries:
            return self._entries[text]
        found = self._label(text)
        if found is not None and found.index is not None:
            self._entries[text] = found
        return found

    def _label(self, text: str) -> Entry | None:
        if not self.layer.is_concrete or not text[-1:].isdigit():
            return None
        match = re.fullmatch(r"(.*?[A-Za-z])(\d+|(?:_\d+)+)", text)
        if match is None or match[1] not in self.known:
            return None
        return self.entry(self.known[match[1]], match[2].strip("_").split("_"), text)

    def entry(self, tensor: str, numbers: Sequence[str], text: str) -> Entry:
        """An entry by its printed numbers; a single one stands for as many as it has digits."""
        notation, shape = self.layer.notation, self.shape(tensor)
        if len(numbers) == 1 != len(shape) and tensor not in self.flat:
            numbers = list(numbers[0])
        index = tuple(int(number) - self.label_base for number in numbers)
        if tensor in self.flat and len(index) == 1 and 0 <= index[0] < prod(shape):
            index = unraveled(index[0], shape)
        if len(index) != len(shape) or not all(0 <= at < size for at, size in zip(index, shape)):
            return Entry(text, tensor, None)
        return Entry(notation.label(tensor, index, shape), tensor, index)

    def is_entry(self, tensor: str, numbers: Sequence[str]) -> bool:
        """Whether the layer has an entry with these numbers in its printed label."""
        shape = self.shape(tensor)
        if len(numbers) == 1 != len(shape) and tensor not in self.flat:
            numbers = list(numbers[0])
        elif tensor in self.flat and len(numbers) == 1:
            shape = (prod(shape),)
        index = [int(number) - self.label_base for number in numbers]
        return len(index) == len(shape) and all(0 <= at < size for at, size in zip(index, shape))

    def entry_at(self, tensor: str, index: tuple[int, ...]) -> Entry:
        """An entry by the numbers of its label, counted from 0."""
        return Entry(self.layer.notation.label(tensor, index, self.shape(tensor)), tensor, index)

    def shape(self, tensor: str) -> tuple[int, ...]:
        """The sizes of the dimensions that labels have a number for."""
        if tensor not in self._shapes:
            kept = [dimension for dimension in self.layouts[tensor] if dimension]
            self._shapes[tensor] = tuple(prod(int(axis.size.value or 0) for axis in dimension) for dimension in kept)
        return self._shapes[tensor]

    def split(self, name: str, indices: Sequence[str]) -> list[str] | None:
        """si as s i, where every letter is known; X1w1 as X1 w1. ``indices`` are those that are known already."""
        pairs = re.findall(r"([A-Za-z]+?)(\d+)", name)
        run_together = len(pairs) > 1 and "".join(map("".join, pairs)) == name
        if self.layer.is_concrete and run_together and all(tensor in self.known for tensor, _ in pairs):
            return list(map("".join, pairs))
        letters = list(name)
        known = {*indices, *self.sizes}
        new = [letter for letter in letters if letter not in known and letter in NEW_INDICES]
        few = len(new) < len(letters) and len(set(new)) < 2
        fits = 1 < len(letters) <= 4 and all(letter in known or letter in new for letter in letters)
        return letters if fits and few else None


def unraveled(place: int, shape: Sequence[int]) -> tuple[int, ...]:
    """The index of an element of an array by its number, counted row by row."""
    index: list[int] = []
    for size in reversed(shape):
        index.append(place % size)
        place //= size
    return tuple(reversed(index))
