"""The settings of all parts of a network as one, so that a formula may have tensors of several parts.

A size between two parts has a letter of its own in the second one; here it is what the first one says. A letter that a
part defines, such as m for a floor, gets the part's number.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import sympy as sp

from symconv.algebra.assumptions import Assumptions, Defined
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.sympy_out import Writer
from symconv.derivatives.relaid import relaid, reread, same_axes
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.later import np, npt
from symconv.foundations.values import FrozenMapping
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.geometry.symbols import Fixed, Reciprocal, Setting
from symconv.networks.composition import Composition
from symconv.printing.notation import Notation

if TYPE_CHECKING:
    from symconv.printing.mathematics import Style

Values = Mapping[str, Polynomial]


@dataclass(frozen=True)
class Renamed:
    """A setting with other names for some of its letters."""

    setting: Setting
    values: Values

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", FrozenMapping(self.values))

    @property
    def assumptions(self) -> Assumptions:
        own = self.setting.assumptions
        lower, facts = [], [fact.substitute(self.values) for fact in own.facts]
        for name, bound in own.lower:
            value = self.values.get(name, Polynomial.name(name))
            if value.single_name is None:
                facts.append(value - bound)
            else:
                lower.append((value.single_name, bound))
        return Assumptions(tuple(sorted(lower)), tuple(dict.fromkeys(facts)), tuple(self.defined.items()))

    @property
    def defined(self) -> dict[str, Defined]:
        """What letters stand for."""
        found = {}
        for name, what in self.setting.assumptions.defined:
            new = self.values.get(name, Polynomial.name(name)).single_name
            if new is not None:
                found[new] = what.substitute(self.values)
        return found

    def layout(self, layout: Layout) -> Layout:
        return tuple(tuple(Axis(a.letter, a.size.substitute(self.values)) for a in one) for one in layout)


class JoinedSetting(Setting):
    """Several settings as one.

    Args:
        notation: names, and how formulas are printed.
        parts: the settings, with other names where two of them have the same for different things.
        reciprocals: tensors without axes that are 1 over a size, beside those of the parts.
        subject: the network, or None; its numbers can be computed from its input.
    """

    def __init__(
        self, notation: Notation, parts: Sequence[Renamed], reciprocals: Mapping[str, Reciprocal] | None = None,
        subject: Composition | None = None,
    ) -> None:  # fmt: skip
        super().__init__(notation)
        self.parts, self.subject = tuple(parts), subject
        self.reciprocals = FrozenMapping(reciprocals or {})
        for part in parts:
            kept = {n: s for n, s in part.setting.table.symbols.items() if n not in part.values}
            self.table.reader.symbols.update(kept)

    def _key(self) -> tuple[Hashable, ...]:
        return (self.notation, self.parts, self.reciprocals, self.subject)

    def with_reciprocals(self, more: Mapping[str, Reciprocal]) -> JoinedSetting:
        """The same with more tensors that are 1 over a size."""
        return JoinedSetting(self.notation, self.parts, {**self.reciprocals, **more}, self.subject)

    @cached_property
    def assumptions(self) -> Assumptions:
        found = Assumptions()
        for part in self.parts:
            found = found.and_also((), part.assumptions)
        return found

    @property
    def defined(self) -> Mapping[str, Defined]:
        return {name: what for part in self.parts for name, what in part.defined.items()}

    @cached_property
    def writer(self) -> Writer:
        known = {name: what for part in self.parts for name, what in part.setting.writer.defined.items()}
        return Writer(dict(self.table.symbols), known)

    @cached_property
    def _expanding_writer(self) -> Writer:
        return Writer(self.writer.symbols, {**self.writer.defined, **self.defined})

    @property
    def definitions(self) -> dict[sp.Expr, sp.Expr]:
        known = {**self.writer.defined}
        own = {
            self.writer.symbol(name): Writer(self.writer.symbols, {**known, name: what}).symbol(name)
            for name, what in self.defined.items()
        }
        return own | {sp.Symbol(name): 1 / self.writer.polynomial(one.divisor) for name, one in self.fixed.items()
                      if isinstance(one, Reciprocal)}  # fmt: skip

    def style(self, tensors: Iterable[str]) -> Style:
        from symconv.derivatives.style import DerivativeStyle  # with the tree's nodes: only needed to print

        return DerivativeStyle.of(super().style(tensors))

    @property
    def tied_names(self) -> frozenset[str]:
        inside = () if self.subject is None else (*self.subject.forward, *self.subject.upstream)
        return frozenset(inside).union(*(part.setting.tied_names for part in self.parts))

    @property
    def reading_order(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for part in self.parts for name in part.setting.reading_order))

    @property
    def fixed(self) -> dict[str, Fixed]:
        own = {name: one.renamed(part.values) for part in self.parts for name, one in part.setting.fixed.items()}
        return {**own, **self.reciprocals}

    @property
    def constants(self) -> dict[str, npt.NDArray[np.object_]]:
        own = {name: array for part in self.parts for name, array in part.setting.constants.items()}
        return {**own, **{name: one.at({}) for name, one in self.reciprocals.items()}}

    @property
    def inner(self) -> dict[str, object]:
        return {name: what for part in self.parts for name, what in part.setting.inner.items()}


class Joining:
    """The parts of a network in one setting."""

    def __init__(self, network: Composition) -> None:
        self.network = network
        self.sizes: dict[str, Polynomial] = {}
        self.usual: dict[str, Layout] = {}
        found: list[Renamed] = []
        for part in network.parts:
            found.append(self._renamed(part.computation.setting, part.number))
            layout = found[-1].layout(part.output.layout)
            self.sizes |= _sizes(network, part.after.name, layout)
            self._keep(part.after.name, layout)
            for source in part.sources:
                self._keep(source.name, found[-1].layout(part.computation.all_layouts[source.name]))
        if network.loss_part is not None:
            found.append(self._renamed(network.loss_part.setting, len(network.parts) + 1))
        self.parts = {one.setting: one for one in found}
        self.setting = JoinedSetting(network.parts[-1].computation.notation, found, subject=network)

    def _renamed(self, setting: Setting, number: int) -> Renamed:
        own = {name: Polynomial.name(f"{name}_{number}") for name in setting.defined}
        return Renamed(setting, {**{n: v for n, v in self.sizes.items() if n in setting.table.symbols}, **own})

    def _keep(self, name: str, layout: Layout) -> None:
        """The usual axes of a tensor, and of the derivatives with respect to it: those of the part that computes it."""
        names = (name, *(path.name for path in self.network.paths[name]))
        number = next((part.number for part in self.network.parts if part.after.name == name), 0)
        for one in (*names, *((self.network.delta(number),) if number else (self.network.derivative(name),))):
            self.usual.setdefault(one, layout)

    def written(self, formula: TensorFormula) -> TensorFormula:
        """A formula of the network, with the network's setting."""
        part = self.parts.get(formula.geometry) or self._renamed(formula.geometry, 0)  # 0: a sum over paths
        form = formula.form.resized(part.values) if part.values else formula.form
        layouts = {name: part.layout(layout) for name, layout in formula.layouts.items()}
        layout = part.layout(formula.layout)
        form = reread(form, layouts, self.usual)
        own = self.usual.get(str(formula.quantity), layout)
        if not same_axes(own, layout):
            form, layout = relaid(form, layout, own), own
        return TensorFormula(formula.quantity, form, layout, self.setting, {**layouts, **self._usual(layouts)})

    def _usual(self, layouts: Mapping[str, Layout]) -> dict[str, Layout]:
        """The usual axes of those tensors that have others."""
        return {n: self.usual[n] for n, one in layouts.items() if n in self.usual and not same_axes(one, self.usual[n])}


def _sizes(network: Composition, name: str, layout: Layout) -> dict[str, Polynomial]:
    """What the letters for the sizes of an output stand for."""
    axes = iter(axes_of(layout))
    pairs = ((size, next(axes).size) for dimension in network.signal(name).dimensions for _, size in dimension)
    return {str(size): known for size, known in pairs if isinstance(size, sp.Symbol) and size in network.sizes}
