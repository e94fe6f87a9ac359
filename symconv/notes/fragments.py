"""Pieces of the notes by themselves, as LaTeX to paste: each compiles where amsmath is loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from symconv.errors import SymconvError
from symconv.layers import Layer
from symconv.notes.build.line_breaks import Cells
from symconv.notes.content.description import Description
from symconv.printing.latex import cells_of, latex_of
from symconv.printing.tree import Node, Number
from symconv.proof import prove

FRAGMENTS = ("formulas", "definitions", "entries", "matrix", "constraints", "patches", "theorems", "steps")
"""What there is to paste, by name; formulas are those of every view."""


@dataclass(frozen=True)
class Fragment:
    """One piece: its name, and how it is made."""

    name: str
    made: Callable[[], str]

    def latex(self) -> str:
        """The piece as LaTeX, to stand in a displayed formula."""
        return self.made()

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


class Plain(Description):
    """A layer in black, its entries without marks."""

    colours = {}  # noqa: RUF012  (nothing writes it)
    zero = Number(0)
    is_marked = False


def fragments(layer: Layer) -> Mapping[str, Fragment]:
    """The pieces of a layer's notes, each as LaTeX by itself.

    Names are "theorem-output" and "steps-output" (and so on for every quantity), "formula-direct" (and so on for every
    view), "definitions", and of a layer with numbers "entries-output", "matrix", "constraints" and "patches".

    Args:
        layer: a layer, with numbers or letters for sizes.

    Returns:
        By name, pieces with ``latex()``, which is made when it is asked for.

    Raises:
        SymconvError: not a layer.

    >>> from symconv import Conv
    >>> from symconv.notes import fragments
    >>> print(fragments(Conv(3, 2))["constraints"].latex())
    \\begin{gathered}
    v_{31} = v_{12} = 0 \\\\
    v_{11} = v_{22} = w_{1} \\\\
    v_{21} = v_{32} = w_{2}
    \\end{gathered}
    """
    if not isinstance(layer, Layer):
        raise SymconvError(f"fragments({type(layer).__name__})", "not a layer", "use a layer, such as Conv(3, 2)")
    plain = Plain(layer)
    made: dict[str, Callable[[], str]] = {}
    for name, view in layer.views.items():
        made[f"formula-{name}"] = lambda view=view: _aligned(plain.stages(view))  # type: ignore[misc]
    if plain.definitions:
        made["definitions"] = lambda: _gathered(plain.definitions)
    if layer.is_concrete:
        for quantity in layer.quantities:
            formula = getattr(layer.direct, quantity)
            made[f"entries-{quantity}"] = lambda formula=formula: _aligned(plain.entries(formula))  # type: ignore[misc]
        if plain.has_matrix:
            made["matrix"] = lambda: latex_of(plain.dense_matrix)
            made["constraints"] = lambda: _gathered(_constraints(plain))
        if plain.has_patches:
            made["patches"] = lambda: _gathered(plain.patch_rows)
    for quantity in layer.quantities:
        made[f"theorem-{quantity}"] = lambda of=quantity: prove(layer, of=[of]).theorems[0].latex()  # type: ignore[misc]
        made[f"steps-{quantity}"] = lambda of=quantity: prove(layer, of=[of]).theorems[0].latex(steps=True)  # type: ignore[misc]
    return MappingProxyType({name: Fragment(name, one) for name, one in made.items()})


def fragments_of(layer: Layer, what: str) -> list[Fragment]:
    """The pieces under one of the names of ``FRAGMENTS``.

    Raises:
        SymconvError: the layer has none, such as a matrix if its sizes are letters.
    """
    every = fragments(layer)
    front = {"formulas": "formula-", "theorems": "theorem-", "entries": "entries-", "steps": "steps-"}.get(what)
    found = [one for name, one in every.items() if name == what or (front and name.startswith(front))]
    if not found:
        raise SymconvError(f"{what} of {layer!r}", "there are none", f"use one of {', '.join(every)}")
    return found


def _constraints(plain: Plain) -> Sequence[Node]:
    """Which of the matrix's entries are zero, and which are the same."""
    chains, _, _ = plain.constraint_chains
    return [*filter(None, [plain.zero_labels]), *chains]


def _aligned(lines: Sequence[Cells]) -> str:
    return "\\begin{aligned}\n" + " \\\\\n".join(map(cells_of, lines)) + "\n\\end{aligned}"


def _gathered(nodes: Sequence[Node]) -> str:
    lines = list(map(latex_of, nodes))
    return lines[0] if len(lines) == 1 else "\\begin{gathered}\n" + " \\\\\n".join(lines) + "\n\\end{gathered}"
