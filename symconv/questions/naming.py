"""How the entries of a layer are named: in LaTeX for people, and in text that ``check`` reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from math import prod

from symconv.claims.parse.names import ALIASES, Names
from symconv.errors import NotationError
from symconv.foundations.values import Cached
from symconv.geometry.axes import Layout
from symconv.layers import Layer
from symconv.printing.greek import GREEK
from symconv.printing.latex import TensorNames, latex_of
from symconv.printing.notation import Notation
from symconv.printing.parts import derivative
from symconv.printing.tree import Node

Index = tuple[int, ...]

ROLES = ("input", "weight", "bias", "output", "grad_output", "dense_weight")
GRADIENTS = {"grad_input": "input", "grad_weight": "weight", "grad_bias": "bias"}
"""Quantities that are derivatives of the loss, with the role of what it is differentiated by."""


class Naming(Cached):
    """The names of a layer's entries.

    A role is a field of ``Notation``; an index is one of PyTorch's shape, counted from 0. Claims use the layer's own
    names where the grammar reads them, and otherwise another name that it knows for the same tensor.
    """

    def __init__(self, layer: Layer) -> None:
        self.layer, self.notation = layer, layer.notation

    # -- for people ------------------------------------------------------------------------------------

    def label(self, role: str, at: Sequence[int]) -> str:
        """The printed label: X12."""
        return self._label(self.notation, role, at)

    def entry(self, role: str, at: Sequence[int]) -> Node:
        """X_12."""
        return self.tensor.node(self.label(role, at))

    def latex(self, role: str, at: Sequence[int]) -> str:
        """X_{12}."""
        return latex_of(self.entry(role, at))

    def left_side(self, of: str, at: Sequence[int]) -> Node:
        """The left side of an entry of a quantity: h_1, or dL/dw_1."""
        if of not in GRADIENTS:
            return self.entry("dense_weight" if of == "matrix" else "output", at)
        return derivative(self.tensor.node(self.notation.loss), self.entry(GRADIENTS[of], at))

    def left(self, of: str, at: Sequence[int]) -> str:
        """The same in LaTeX."""
        return latex_of(self.left_side(of, at))

    def name(self, role: str) -> str:
        """The tensor's name in LaTeX."""
        return self.tensor(getattr(self.notation, role))

    def derivative(self, below: str) -> str:
        """dL/d of what is given in LaTeX."""
        return rf"\frac{{\partial {self.name('loss')}}}{{\partial {below}}}"

    @cached_property
    def tensor(self) -> TensorNames:
        """Tensors and entries in LaTeX, as the notation has them."""
        names: set[str] = set().union(*(view.output.tensor_names for view in self.layer.views.values()))
        return TensorNames(self.notation, frozenset(names))

    # -- for check -------------------------------------------------------------------------------------

    @cached_property
    def readable(self) -> bool:
        """Whether ``check`` reads sums of inputs and weights as entries of this layer; not for max pooling."""
        return self.layer.switch_layout is None and self._spelling is not None

    @cached_property
    def _spelling(self) -> Notation | None:
        """The names that claims use."""
        known = Names.of(self.layer).known
        names = self.notation
        for role in ROLES:
            own = getattr(self.notation, role)
            for name in (own, *ALIASES[role]):
                if known.get(name, own) == own and _is_read(name):
                    try:
                        names = replace(names, **{role: name})
                    except NotationError:
                        continue
                    break
            else:
                return None
        return names

    @cached_property
    def spelled(self) -> Layer:
        """The layer with the names that claims use."""
        assert self._spelling is not None
        return type(self.layer)(**{**self.layer.arguments(), "notation": self._spelling})

    def claim_label(self, role: str, at: Sequence[int]) -> str:
        assert self._spelling is not None
        return self._label(self._spelling, role, at)

    def claim_left(self, of: str, at: Sequence[int]) -> str:
        """The left side of a claim about one entry: h12, dL/dw1; grad_weight_{10,3} if that is not read."""
        if of not in GRADIENTS:
            return self.claim_label("dense_weight" if of == "matrix" else "output", at)
        label = self.claim_label(GRADIENTS[of], at)
        if self.notation.loss == "L" and "_" not in label:
            return f"dL/d{label}"
        base = self.notation.index_base
        numbers = [str(i + base) for i, dimension in zip(at, self._layout(GRADIENTS[of])) if dimension]
        return f"{of}_{{{','.join(numbers)}}}" if numbers else of

    # -- labels ----------------------------------------------------------------------------------------

    def _label(self, notation: Notation, role: str, at: Sequence[int]) -> str:
        name = getattr(notation, role)
        if role == "dense_weight":
            return notation.label(name, at, self.matrix_shape)
        layout = self._layout(role)
        kept = [place for place, dimension in enumerate(layout) if dimension]
        sizes = [int(size) for size in self.layer.shape_of(layout)]
        return notation.label(name, [at[place] for place in kept], [sizes[place] for place in kept])

    def _layout(self, role: str) -> Layout:
        layouts = {
            "input": self.layer.input_layout, "output": self.layer.output_layout,
            "grad_output": self.layer.output_layout, "weight": self.layer.weight_layout,
            "bias": self.layer.bias_layout,
        }  # fmt: skip
        return layouts[role]

    def has_index(self, role: str) -> list[bool]:
        """For every dimension of the shape, whether labels have a number for it."""
        return [bool(dimension) for dimension in self._layout(role)]

    @cached_property
    def matrix_shape(self) -> tuple[int, int]:
        """Inputs and outputs of the fully connected layer; the examples of a batch are not joined."""
        outputs = self.layer.output_shape[len(self.layer.batch_dimension) :]
        return prod(self.layer.example_shape), prod(map(int, outputs))


def formula_left(of: str, naming: Naming, letters: Sequence[str]) -> str:
    """The left side of a formula for all entries, in LaTeX."""
    names = naming.notation
    if of in GRADIENTS:
        return naming.derivative(naming.tensor.entry(getattr(names, GRADIENTS[of]), letters))
    return naming.tensor.entry(names.dense_weight if of == "matrix" else names.output, letters)


def _is_read(name: str) -> bool:
    """Whether the grammar of claims reads a name, in text and in LaTeX."""
    plain = re.fullmatch(r"[A-Za-z]+", name) is not None
    return plain and not (name in GREEK and name[0].isupper()) and name.lower() not in ("sum", "kroneckerdelta")
