"""Claims about sizes: m = floor((n + 2p - K)/s) + 1, proved by one name for one floor, or refuted with numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar

import sympy as sp

from symconv.claims.interpret.definitions import quantity_names
from symconv.claims.interpret.told import size_words
from symconv.claims.parse.names import SECOND, Names
from symconv.claims.parse.size_formulas import Sides, at, with_floors
from symconv.claims.parse.size_names import SizeNames, is_output
from symconv.claims.report import CheckReport
from symconv.errors import ClaimError, FormulaError
from symconv.proof.scope import shape_scope
from symconv.proof.verdict import Witness


@dataclass(frozen=True)
class SizeCheck:
    """The check of one claim about sizes."""

    names: Names
    text: str
    tree: Any
    chosen: Mapping[str, str] = field(default_factory=dict)
    of: ClassVar[str] = "output_size"
    on_axes: ClassVar[bool] = True
    """Whether it can be claimed on each axis by itself."""

    @property
    def sizes(self) -> SizeNames:
        """What the names in it mean."""
        return SizeNames(self.names, self.chosen)

    def readings(self) -> Iterator[SizeCheck]:
        """The claim in every meaning of its names, the likeliest first."""
        left, *others = self.tree.children
        if left.data != "name":
            yield self
            return
        right = [str(node.children[0]) for side in others for node in side.iter_subtrees() if node.data == "name"]
        for chosen in SizeNames(self.names).readings(str(left.children[0]), right):
            yield replace(self, chosen=chosen)

    @property
    def is_about_the_output(self) -> bool:
        """Whether the left side is a name of the output's size."""
        left = self.tree.children[0]
        return bool(left.data == "name" and is_output(str(left.children[0])))

    @property
    def is_likely(self) -> bool:
        """Whether it can hardly be about tensors: a size by name, and numbers or quotients of sizes on the right."""
        left = self.tree.children[0]
        name = str(left.children[0]) if left.data == "name" else ""
        if not name:
            return False
        kinds = {node.data for side in self.tree.children[1:] for node in side.iter_subtrees()}
        divides = bool(kinds & {"floor", "ceiling", "divided", "floored"})
        entry = self.names.label(name)
        own = entry is not None and entry.tensor in quantity_names(self.names.layer)
        if is_output(name):
            counts = divides or bool(kinds & {"number", "call"})
            return counts and name not in self.names.layouts and not own
        if self.sizes.roles(name)[:1] == ["extent"]:
            return True
        tensor = self.names.known.get(name)
        counts = divides or bool(kinds & {"added", "subtracted"} and kinds & {"number"})
        if tensor is not None:
            second = self.names.role(name) in SECOND
            return (counts if second else divides) and not own and self.names.tensors[tensor].rank > 0
        return counts and not own

    @cached_property
    def readers(self) -> tuple[Sides, ...]:
        """The claim as it is read: once, or on each axis if no name says which one; empty if it cannot be."""
        once = Sides(self.sizes, self.tree)
        if not once.unknown or not self.on_axes:
            return () if once.unknown else (once,)
        said = {self.sizes.axis_of(name) for name in once.names_used} - {None}
        axes = sorted(one for one in said if one is not None) or range(self.names.layer.ndim)
        read = [Sides(self.sizes, self.tree, axis) for axis in axes]
        several = len(said) > 1 or any(reader.unknown for reader in read)
        return () if several else tuple(read)

    def require_sizes(self) -> None:
        """An error about the first name that is not a size, if the left side is spelled out as one.

        Raises:
            ClaimError: there is one.
        """
        name = str(self.tree.children[0].children[0])
        if not re.search(r"size|height|width", name, re.IGNORECASE):
            return
        for node in self.tree.iter_subtrees_topdown():
            if node.data == "name" and self.sizes.meaning(str(node.children[0]), None) is None:
                unknown = str(node.children[0])
                sizes = ", ".join(sorted(self.names.layer.symbol_names)) or "numbers"
                right = f"write the layer's own sizes, {sizes}, or names such as kernel_size"
                raise ClaimError(
                    self.text, f"{unknown} is not a size of the layer", right, self.text, self.text.find(unknown)
                )

    def run(self) -> CheckReport | None:
        """The verdict in the meaning of the names in which it is right; else in the likeliest that has a reason.

        None if a name is not a size.
        """
        reports: list[CheckReport] = []
        for reading in self.readings():
            report = reading.judged(one.sides for one in reading.readers) if reading.readers else None
            if report is not None and report.holds:
                return report
            reports += [] if report is None else [report]
        if len(reports) < 2:
            return reports[0] if reports else None
        return next((report for report in reports if report.explanation), reports[0])

    def judged(self, equations: Iterable[Sequence[sp.Expr]]) -> CheckReport:
        """The verdict on a = b = c: each of b and c is claimed of a."""
        reports = [self.compared(left, right) for left, *others in equations for right in others]
        return next((report for report in reports if not report.holds), reports[0])

    def compared(self, left: sp.Expr, right: sp.Expr) -> CheckReport:
        """The verdict: equal for every such layer, or different at some numbers."""
        layer = self.names.layer
        if self.equal(left, right):
            return CheckReport(
                layer, self.of, (self.text,), "proved", scope=shape_scope(layer), tell=self.told
            )  # fmt: skip
        for values in self.names.sizes_of_layer.numbers():
            a, b = at(left, values), at(right, values)
            if a != b:
                shown = {name: values[name] for name in layer.symbol_names}
                witness = Witness(shown, {}, {}, a, b, ("right", "claimed"))
                return CheckReport(
                    layer, self.of, (self.text,), "refuted", witness=witness,
                    write_right=lambda: f"{self.words(0)} = {self.own(left)}",
                    explain=lambda: tuple(self.explain(left, right)), tell=self.told,
                )  # fmt: skip
        remaining = f"{left} - ({right})"
        return CheckReport(layer, self.of, (self.text,), "undecided", remaining=remaining, tell=self.told)

    def told(self) -> Iterator[str]:
        """What each name was taken for, a phrase each."""
        words = size_words(self.names.layer)
        if len(self.readers) > 1:
            yield "it is claimed on each axis"
        for name, size in self.readers[0].named.items():
            sizes = list(dict.fromkeys(str(reader.named[name]) for reader in self.readers))
            if [name] != sizes or name in words:
                yield f"{name} is {' and '.join(sizes)}" if name != str(size) else f"{name} is the {words[name]}"

    def words(self, side: int) -> str:
        return self.text.split("=")[side].strip()

    def own(self, left: sp.Expr) -> str:
        """What the left side is, an output's size as the layer has it."""
        layer = self.names.layer
        definitions = {str(name): value for name, value in layer.definitions.items()}
        outputs = list(map(layer.writer.polynomial, layer.m))
        return str(definitions.get(str(left), left)) if left in outputs else str(left)

    def equal(self, left: sp.Expr, right: sp.Expr) -> bool:
        try:
            return self.names.sizes_of_layer.equal(with_floors(left), with_floors(right))
        except FormulaError:
            return False

    def explain(self, left: sp.Expr, right: sp.Expr) -> Iterator[str]:
        """What is wrong: the floor, or one term."""
        if self.equal(left, sp.floor(right)):
            yield "the floor is left out: it is right only where the division is exact"
            return
        changed = {one: sp.floor(one.args[0]) for one in right.atoms(sp.ceiling)}
        changed = changed or {one: sp.ceiling(one.args[0]) for one in right.atoms(sp.floor)}
        if changed and self.equal(left, right.xreplace(changed)):
            yield "floor and ceiling are exchanged"
            return
        layer, write = self.names.layer, self.names.layer.writer.polynomial
        for step, words in ((1, "too small"), (-1, "too large")):
            if self.equal(left, right + step):
                yield f"it is 1 {words}"
                return
        for scheme, m in zip(layer.schemes, layer.m):
            left_over = write(scheme.room - scheme.s * (m - 1))
            if any(self.equal(left, right + sign * left_over) for sign in (1, -1)):
                yield "it is right only where the stride leaves nothing over"
                return
        if left not in map(write, layer.m):
            return
        for one, words in self.repairs(right):
            if self.equal(left, one):
                yield words
                return

    def repairs(self, right: sp.Expr) -> Iterator[tuple[sp.Expr, str]]:
        """The claim with one thing in it changed."""
        layer, write = self.names.layer, self.names.layer.writer.polynomial
        for axis, scheme in enumerate(layer.schemes):
            where = "" if layer.ndim == 1 else f" on axis {axis}"
            K, d, p, s = (write(one) for one in (scheme.K, scheme.d, scheme.low, scheme.s))
            yield right.xreplace({K: d * (K - 1) + 1}), f"the dilation is left out{where}"
            for one in right.atoms(sp.floor):
                inner = one.args[0]
                yield right.xreplace({one: sp.floor(inner + 2 * p / s)}), f"the padding is left out{where}"
                yield right.xreplace({one: sp.floor(inner + p / s)}), f"the padding is on one side only{where}"
                yield right.xreplace({one: sp.floor((inner * s - 1 + 1) / s)}), ""
                yield (
                    right.xreplace({one: sp.floor(inner - sp.Rational(1) / s)}),
                    f"a 1 is missing in the numerator{where}",
                )
                yield right.xreplace({one: sp.floor(inner / s)}), f"the stride is left out{where}"
            if not right.has(sp.floor):
                yield sp.floor((right - 1) / s) + 1, f"the stride is left out{where}"
            yield right + 2 * p, f"the padding is left out{where}"
            yield right + p, f"the padding is on one side only{where}"
            yield right - p, f"the padding is on one side only{where}"
