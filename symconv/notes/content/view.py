"""What the notes say of a view that is there by name: its letters, matrices and stages, and that it is the layer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from symconv.algebra.assumptions import Floor
from symconv.bilinear.fourier import FourierMatrix
from symconv.bilinear.matrices import Numbers, in_sympy
from symconv.geometry.axes import axes_of
from symconv.layers import Layer
from symconv.notes.build.line_breaks import WHOLE_LINE, Cells, aligned, broken
from symconv.notes.build.templates import Said
from symconv.notes.content.description import capitalised, floored, grouped
from symconv.notes.content.layer import Content
from symconv.notes.languages import ENGLISH, Words
from symconv.numeric import SpotReport
from symconv.printing.formulas import size_tree
from symconv.printing.mathematics import index
from symconv.printing.names import name_of
from symconv.printing.parts import THIN, Scripts, Symbol, grid, line
from symconv.printing.tree import Bound, Bracket, Negative, Node, Number, Product, Quotient, Relation, Summation
from symconv.proof import Report, Theorem
from symconv.views import View

TOLD = ("output", "grad_weight", "grad_input")
"""The quantities with a theorem each; that the bias' gradients are the same goes without saying."""


class ViewContent(Content):
    """The pieces of the section on one view. Mathematics are nodes, and lines of them."""

    def __init__(self, conv: Layer, view: View, report: Report, words: Words = ENGLISH) -> None:
        super().__init__(conv, report, None, SpotReport(conv, 0, 0, (), (), 0), words)
        self.view = view

    @property
    def title(self) -> str:
        return self.view_title(self.view)

    @property
    def idea(self) -> str:
        """What the view is, in sentences; one that users have made has its title alone."""
        return self.words.get(f"idea.{self.view.name}", f"{capitalised(self.view.title)}.")

    @property
    def theorems(self) -> list[tuple[str, Theorem]]:
        """The label of every theorem, and the theorem."""
        name = "".join(one if one.isalnum() else "-" for one in self.view.label)
        told = [one for one in self.report.theorems if one.of in TOLD]
        return [(f"thm:{name}-{one.of.replace('_', '-')}", one) for one in told]

    # -- letters ---------------------------------------------------------------------------------------

    @property
    def indices(self) -> list[tuple[Node, Node]]:
        """Rows (index, range) of the view's own indices."""
        own = {axis.letter for layout in self.view.layouts.values() for axis in axes_of(layout)}
        g = self.view.geometry
        known = {axis.letter for one in (g.input_layout, g.weight_layout, g.output_layout) for axis in axes_of(one)}
        rows: dict[str, tuple[Node, Node]] = {}
        for name in (*self._matrices, *self.view.definitions):
            for axis in axes_of(self.view.all_layouts[name]):
                if axis.letter not in known or axis.letter in own - known:
                    letter = name_of(axis.letter)
                    within = Relation((Number(0), letter, index(axis.size)), ("<=", "<"))
                    rows.setdefault(axis.letter, (letter, within))
        return list(rows.values())

    @property
    def sizes(self) -> list[Cells]:
        """T = floor(..) + 1 for every size that has a letter of its own."""
        lines = []
        for name, one in self.view.setting.defined.items():
            if name in self.conv.defined or not isinstance(one, Floor):
                continue
            value = floored(Quotient(index(one.numerator), index(one.denominator)), offset=one.offset)
            lines.append(aligned(name_of(name), value))
        return lines

    # -- matrices --------------------------------------------------------------------------------------

    @cached_property
    def _matrices(self) -> dict[str, Any]:
        own = self.view.setting.fixed
        return {name: one for name, one in own.items() if isinstance(one, (Numbers, FourierMatrix))}

    @property
    def matrices(self) -> list[Cells]:
        """C = .., A = .., B = .., the numbers, or the roots of unity."""
        lines: list[Cells] = []
        for name, one in self._matrices.items():
            if isinstance(one, Numbers):
                lines.append(aligned(name_of(name), _matrix(one)))
            else:
                row, column = (name_of(axis.letter) for axis in axes_of(self.view.all_layouts[name]))
                order = index(one.order)
                angle = line(2, name_of("pi"), Symbol("i", "upright"), THIN, row, column, "/", grouped(order))
                root = Scripts(name_of("e"), None, Negative(angle, tight=True) if one.sign < 0 else angle)
                over = [Quotient(Number(1), order), THIN] if one.inverse else []
                lines.append(aligned(self.tensor.entry(name, [row, column]), line(*over, root)))
        return lines

    @property
    def identities(self) -> list[Cells]:
        """sum over l of C A B = [q = i + k], for every axis."""
        return list(self._identities())

    def _identities(self) -> Iterator[Cells]:
        for one in self.view.setting.assumptions.contractions:
            names = (one.outer, one.left, one.right)
            (i, products), (_, k), (_, q) = (
                [name_of(axis.letter) for axis in axes_of(self.view.all_layouts[name])] for name in names
            )
            places = ([i, products], [products, k], [products, q])
            entries = tuple(self.tensor.entry(name, place) for name, place in zip(names, places))
            right: Node = Bracket(Relation((q, line(i, "+", k)), ("=",)))
            if one.period is not None:
                right = line("[", index(one.period), "∣", i, "+", k, "-", q, "]")
            yield aligned(Summation((Bound(products),), Product(entries)), right)

    # -- stages and proofs -----------------------------------------------------------------------------

    @property
    def stage_lines(self) -> list[Cells]:
        """Every stage in terms of those before it."""
        return [line for name in self.view.definitions for line in broken(*self._stage_parts(name), WHOLE_LINE)]

    def _stage_parts(self, name: str) -> tuple[Node, Node]:
        layout = self.view.stage_layouts()[name]
        left = self.tensor.entry(name, [name_of(axis.letter) for axis in axes_of(layout)])
        return left, self.view.stage_formula(name).tree_right

    def steps(self, theorem: Theorem, name: str) -> list[tuple[Said, list[Cells]]]:
        """(rule, lines): the view's formula, the chain rule, and all that brings it to the common last line."""
        view = self.view if name == self.view.label else self.conv.views[name]
        return self.derived_by(view, theorem, name, theorem.agreed_board(name))

    def stage_parts(self, view: View, name: str) -> tuple[Node, Node]:
        return self._stage_parts(name) if view is self.view else super().stage_parts(view, name)


def _matrix(numbers: Numbers) -> Node:
    return grid([list(map(size_tree, row)) for row in in_sympy(numbers.matrix).tolist()])
