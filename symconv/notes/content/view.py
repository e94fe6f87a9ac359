"""What the notes say of a view that is there by name: its letters, matrices and stages, and that it is the layer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from symconv.algebra.assumptions import Floor
from symconv.bilinear.fourier import FourierMatrix
from symconv.bilinear.matrices import in_sympy
from symconv.bilinear.setting import Numbers
from symconv.geometry.axes import axes_of
from symconv.layers import Layer
from symconv.notes.build.line_breaks import WHOLE_LINE, broken
from symconv.notes.content.description import capitalised
from symconv.notes.content.layer import Content
from symconv.notes.languages import ENGLISH, Words
from symconv.numeric import SpotReport
from symconv.printing import latex
from symconv.printing.notation import latex_name
from symconv.proof import Report, Theorem
from symconv.views import View

TOLD = ("output", "grad_weight", "grad_input")
"""The quantities with a theorem each; that the bias' gradients are the same goes without saying."""


class ViewContent(Content):
    """The pieces of the section on one view. Every property is LaTeX, or a list of it."""

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
    def indices(self) -> list[tuple[str, str]]:
        """Rows (index, range) of the view's own indices."""
        own = {axis.letter for layout in self.view.layouts.values() for axis in axes_of(layout)}
        g = self.view.geometry
        known = {axis.letter for one in (g.input_layout, g.weight_layout, g.output_layout) for axis in axes_of(one)}
        rows: dict[str, tuple[str, str]] = {}
        for name in (*self._matrices, *self.view.definitions):
            for axis in axes_of(self.view.all_layouts[name]):
                if axis.letter not in known or axis.letter in own - known:
                    sign = rf"$0 \le {latex_name(axis.letter)} < {latex.index(axis.size)}$"
                    rows.setdefault(axis.letter, (f"${latex_name(axis.letter)}$", sign))
        return list(rows.values())

    @property
    def sizes(self) -> list[str]:
        """T = floor(..) + 1 for every size that has a letter of its own."""
        lines = []
        for name, one in self.view.setting.defined.items():
            if name in self.conv.defined or not isinstance(one, Floor):
                continue
            inner = rf"\frac{{{latex.index(one.numerator)}}}{{{latex.index(one.denominator)}}}"
            value = rf"\left\lfloor {inner} \right\rfloor" + (f" + {one.offset}" if one.offset else "")
            lines.append(f"{latex_name(name)} &= {value}")
        return lines

    # -- matrices --------------------------------------------------------------------------------------

    @cached_property
    def _matrices(self) -> dict[str, Any]:
        own = self.view.setting.fixed
        return {name: one for name, one in own.items() if isinstance(one, (Numbers, FourierMatrix))}

    @property
    def matrices(self) -> list[str]:
        """C = .., A = .., B = .., the numbers, or the roots of unity."""
        lines = []
        for name, one in self._matrices.items():
            if isinstance(one, Numbers):
                lines.append(f"{latex_name(name)} &= {_matrix(one)}")
            else:
                row, column = (latex_name(axis.letter) for axis in axes_of(self.view.all_layouts[name]))
                order = latex.index(one.order)
                over = rf"\frac{{1}}{{{order}}} \, " if one.inverse else ""
                root = rf"e^{{{'-' if one.sign < 0 else ''}2 \pi \mathrm{{i}} \, {row} {column} / {_grouped(order)}}}"
                lines.append(f"{self.tensor.entry(name, [row, column])} &= {over}{root}")
        return lines

    @property
    def identities(self) -> list[str]:
        """sum over l of C A B = [q = i + k], for every axis."""
        return list(self._identities())

    def _identities(self) -> Iterator[str]:
        for one in self.view.setting.assumptions.contractions:
            names = (one.outer, one.left, one.right)
            (i, products), (_, k), (_, q) = (
                [latex_name(axis.letter) for axis in axes_of(self.view.all_layouts[name])] for name in names
            )
            places = ([i, products], [products, k], [products, q])
            entries = r" \, ".join(self.tensor.entry(name, place) for name, place in zip(names, places))
            left = rf"\sum_{{{products}}} {entries}"
            right = f"[{q} = {i} + {k}]"
            if one.period is not None:
                right = rf"[{latex.index(one.period)} \mid {i} + {k} - {q}]"
            yield f"{left} &= {right}"

    # -- stages and proofs -----------------------------------------------------------------------------

    @property
    def stage_lines(self) -> list[str]:
        """Every stage in terms of those before it."""
        return [line for name in self.view.definitions for line in broken(*self._stage_parts(name), WHOLE_LINE)]

    def _stage_parts(self, name: str) -> tuple[str, list[str]]:
        layout = self.view.stage_layouts()[name]
        left = self.tensor.entry(name, [latex_name(axis.letter) for axis in axes_of(layout)])
        body = self.view.stage_formula(name)
        return left, body.latex_pieces()

    def steps(self, theorem: Theorem, name: str) -> list[tuple[str, list[str]]]:
        """(rule, lines): the view's formula, the chain rule, and all that brings it to the common last line."""
        view = self.view if name == self.view.label else self.conv.views[name]
        return self.derived_by(view, theorem, name, theorem.agreed_board(name))

    def stage_parts(self, view: View, name: str) -> tuple[str, list[str]]:
        return self._stage_parts(name) if view is self.view else super().stage_parts(view, name)


def _matrix(numbers: Numbers) -> str:
    rows = (" & ".join(map(latex.expression, row)) for row in in_sympy(numbers.matrix).tolist())
    return "\\begin{bmatrix}" + r" \\ ".join(rows) + "\\end{bmatrix}"


def _grouped(size: str) -> str:
    return f"({size})" if "+" in size or "-" in size else size
