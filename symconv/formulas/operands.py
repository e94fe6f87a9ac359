"""A formula in numbers: the tensors that it needs, in which shapes they come, and what they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

from symconv.algebra import concrete
from symconv.algebra.concrete.blocks import Block
from symconv.algebra.extent import about
from symconv.algebra.forms import Applied, Form, Tensor
from symconv.algebra.normal_form import normal_form
from symconv.errors import FormulaError, SizeLimitError
from symconv.foundations.cyclotomic import has_complex
from symconv.foundations.later import np, npt
from symconv.geometry.axes import Axis, Layout
from symconv.geometry.symbols import Setting

MOST_ENTRIES = 50_000_000
"""The numbers in a result of ``evaluate``, unless the arrays that are given are nearly as large."""


@dataclass(frozen=True)
class Operand:
    """A tensor to be given: the shape in which its numbers come, and the sizes of its axes."""

    name: str
    shape: tuple[int, ...]
    axes: tuple[int, ...]

    @staticmethod
    def of_layout(name: str, layout: Layout) -> Operand:
        sizes = [[int(axis.size.value or 0) for axis in dimension] for dimension in layout]
        return Operand(name, tuple(map(prod, sizes)), tuple(size for dimension in sizes for size in dimension))

    def of(self, array: Any) -> npt.NDArray[Any]:
        """The array with one axis for every index."""
        from symconv.foundations.arrays import array_of

        return array_of(self.name, array, self.shape).reshape(self.axes)


@dataclass(frozen=True)
class Numbers:
    """How the entries of a formula are computed from arrays.

    Args:
        name: what is computed, for errors.
        form: the formula.
        axes: of the entries.
        layouts: of the tensors in it.
        setting: has the numbers of fixed tensors.
    """

    name: str
    form: Form
    axes: Sequence[Axis]
    layouts: Mapping[str, Layout]
    setting: Setting

    def of(self, arrays: Mapping[str, Any]) -> npt.NDArray[Any]:
        """The entries, one axis for every index; see ``TensorFormula.evaluate``."""
        unknown = arrays.keys() - self.known
        missing = self.operands.keys() - arrays.keys()
        if unknown or missing:
            raise FormulaError(
                f"arrays {', '.join(sorted(arrays)) or '(none)'}",
                f"{'unknown: ' + ', '.join(sorted(unknown)) if unknown else 'missing: ' + ', '.join(sorted(missing))}",
                f"this formula uses {', '.join(self.operands)}",
            )
        inner = {name: one.of(arrays[name]) for name, one in self.operands.items()}
        count = prod(size for _, size in self.sizes)
        if count > max(MOST_ENTRIES, 10 * sum(array.size for array in inner.values())):
            raise SizeLimitError(
                f"the numbers of {self.name}", f"there are about {about(count)}", "ask for single entries: f[0, 1]"
            )
        from symconv.foundations.arrays import type_of  # with the types of NumPy's and SymPy's numbers

        dtype = concrete.common_type(type_of(arrays[name], array) for name, array in inner.items())
        try:
            functions = {each.name: applied.values(inner[each.variable.name]) for each, applied in self.functions}
            for more in filter(None, (functions, self.constants)):
                inner.update(more)
                if dtype == concrete.EXACT:
                    dtype = concrete.common_type([dtype, *(array.dtype for array in more.values())])
            return self._real(self._evaluation.of(inner, self._with_complex(dtype)))
        except OverflowError:  # of a Python integer that meets a float
            raise FormulaError(
                f"numbers for {self.name}", "they are larger than floats can hold", "use smaller numbers"
            ) from None

    def block(self, start: Sequence[int], shape: Sequence[int]) -> Callable[..., npt.NDArray[Any]]:
        """How some neighbouring entries are computed; see ``TensorFormula.block``."""
        form, axes = Block(tuple(start), tuple(shape)).of(self.form, self.sizes)
        entries = concrete.evaluation(form, axes, {})

        def of(**arrays: Any) -> npt.NDArray[Any]:
            inner = {name: one.of(arrays[name]) for name, one in self.operands.items()}
            functions = {each.name: applied.values(inner[each.variable.name]) for each, applied in self.functions}
            return self._real(entries.of({**inner, **functions, **self.constants}, self._with_complex(np.dtype("f8"))))

        return of

    def _with_complex(self, dtype: np.dtype[Any]) -> np.dtype[Any]:
        """The type of complex numbers for floats, if a fixed factor has entries that are not real."""
        return np.result_type(dtype, np.complex64) if self._complex and dtype.kind == "f" else dtype

    def _real(self, entries: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The real parts if the entries are real: if no complex factor is left in the normal form."""
        return entries.real if entries.dtype.kind == "c" and self._is_real else entries

    @cached_property
    def _complex(self) -> frozenset[str]:
        """The fixed factors with entries that are not real."""
        return frozenset(name for name, array in self.constants.items() if has_complex(array.flat))

    @cached_property
    def _is_real(self) -> bool:
        result = normal_form(self.form, self.setting.inside(tuple(self.axes)), ()).result
        return bool(self._complex) and self._complex.isdisjoint(tensor.name for tensor in result.tensors)

    @cached_property
    def sizes(self) -> list[tuple[str, int]]:
        """The axes' letters with their sizes, which are numbers."""
        return [(axis.letter, int(axis.size.evaluate({}))) for axis in self.axes]

    @cached_property
    def _evaluation(self) -> concrete.Evaluation:
        """How the entries are computed, which is the same for all numbers."""
        return concrete.evaluation(self.form, self.sizes, {})

    @cached_property
    def known(self) -> frozenset[str]:
        """The tensors whose numbers may be given."""
        return frozenset(self.layouts.keys() - self.setting.constants.keys())

    @cached_property
    def constants(self) -> dict[str, npt.NDArray[np.object_]]:
        """The numbers of the fixed factors in the formula."""
        used = {tensor.name for tensor in self.form.tensors}
        return {name: array for name, array in self.setting.constants.items() if name in used}

    @cached_property
    def operands(self) -> dict[str, Operand]:
        """The tensors whose numbers have to be given."""
        names = [tensor.name for tensor in self.form.operands if tensor.name not in self.constants]
        return {name: Operand.of_layout(name, self.layouts[name]) for name in names}

    @cached_property
    def functions(self) -> list[tuple[Tensor, Applied]]:
        """The tensors that are functions of others, with what they are."""
        return [(tensor, tensor.applied) for tensor in self.form.tensors if tensor.applied is not None]
