"""probe_code: compare a function with the layer's formula by numbers alone.

For compiled code, PyTorch, JAX, C: the function may be anything that takes and gives arrays. A function that is linear
in each of its tensors is a polynomial of a degree d of at most the number of tensors. At whole numbers that are drawn
from 2^b, a polynomial that is not zero has the value zero with probability at most d / 2^b (Schwartz 1980; Zippel
1979), so that a wrong function passes k probes with probability at most (d / 2^b)^k. All numbers are small enough that
every sum of products is exact in the function's floats: of N product terms of degree d, numbers below 2^(b-1) make sums
below N 2^(d (b-1)), which is at most 2^53 in double precision. If a function rounds on its way, as one with Fourier
transforms does, numbers are smaller, and results are compared to a thousandth.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil, log2, log10, prod
from typing import Any

import numpy as np

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS
from symconv.claims.report import formula_of
from symconv.errors import ArgumentsError, SizeLimitError, shown
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.arrays import Array
from symconv.foundations.phrases import Phrase
from symconv.geometry.axes import unraveled
from symconv.layers import Layer
from symconv.programs.arguments import MappingArgument, Result, SequenceArgument, TensorArgument, binding
from symconv.programs.black_box import Arrays, Box
from symconv.programs.calling import NoResultError, result_at
from symconv.programs.conditions import THIS_SHAPE, Sizes
from symconv.programs.differences import shape_of, wrong_terms
from symconv.programs.findings import Finding, Task
from symconv.programs.report import Case, CodeReport
from symconv.programs.run import as_tensor, report_of
from symconv.proof.verdict import Witness

MOST_CALLS = 200_000
"""The calls of a function with all unit vectors."""
EXACT_BITS = {"float64": 53, "float32": 24, "int64": 63, "int32": 31, "object": 53}
"""Whole numbers with this number of bits are exact, by the type of the result."""
LEAST_BITS = 3
"""Numbers have at least 3 bits, from -4 to 3."""
SURE = 20
"""Numbers are drawn until the probability of an error is at most 2^-20."""
ROUNDING, ROUNDED_BITS, MOST_ROUNDED = 1e-3, 10, 10
"""Results of floats that round differ by at most this from whole numbers, if the numbers have fewer bits."""
RELATIVE = {"float64": 1e-9, "float32": 1e-4, "float16": 2e-2, "bfloat16": 5e-2}
"""How far sums may be off in tests of linearity, by the type of the result."""


def probe_code(
    function: Any,
    layer: Layer,
    *,
    of: Any = "output",
    arguments: Mapping[str, Any] | None = None,
    layouts: Mapping[str, str] | str | None = None,
    tensors: Callable[[Array], Any] | None = None,
    certain: bool = False,
    probes: int = 3,
    seed: int = 0,
) -> CodeReport:
    """Whether a function computes a quantity of a layer with numbers for its sizes, by its numbers alone.

    The function is called, in this process, with arrays of whole numbers as floats.

    Args:
        function: anything that can be called.
        layer: with numbers for all sizes.
        of, arguments, layouts: as for ``check_code``.
        tensors: makes what the function takes of a NumPy array, such as ``torch.from_numpy``; without it NumPy's
            arrays are passed, or tensors of PyTorch if the function does not take arrays.
        certain: call it with all unit vectors, so that no function that is linear in each tensor passes if it is wrong.
        probes: how many draws; the probability of an error falls with each.
        seed: of the draws.

    Returns:
        A CodeReport: proved for this shape, with the probability of an error in ``scope``; or refuted.

    Raises:
        ArgumentsError: a parameter is not known, or the function cannot be called.
        SymbolicShapeError: a size of the layer is a letter.
        SizeLimitError: ``certain`` would take more than 200,000 calls.

    >>> from symconv import Conv
    >>> def convolve(x, w):
    ...     return np.convolve(x[0], w[0, 0], "valid")[None]
    >>> report = probe_code(convolve, Conv(4, 2))
    >>> report.status, report.mistake
    ('refuted', 'the kernel is read backwards (flipped)')
    """
    if not isinstance(probes, int) or probes < 1:
        raise ArgumentsError(f"probes={shown(probes)}", "not a number of probes", "use probes=3")
    bound = binding(layer, of, arguments, layouts)
    layer.require_concrete("probing a function")
    task = Task.of(function, layer, bound)
    probing = Probing(task, tensors, certain, probes, seed)
    return CodeReport.together([probing.report(result) for result in task.binding.results])


@dataclass(frozen=True)
class Probing:
    """A function that is probed."""

    task: Task
    tensors: Callable[[Array], Any] | None
    certain: bool
    probes: int
    seed: int

    def report(self, result: Result) -> CodeReport:
        """What is found of one result."""
        formula = formula_of(self.task.layer, result.of)
        shapes = {name: self.task.variables.shapes[name] for name in self._names()}
        notes: list[str] = []
        try:
            kind, convert = self._first_call(result, formula, shapes, notes)
        except NoResultError as error:
            return self._said(Finding(result.of, Case(THIS_SHAPE, "refuted", str(error)), shape=error.shape), notes)
        if isinstance(kind, Case):
            return self._said(Finding(result.of, kind), notes)
        needed = set(formula.tensors_needed)
        if not needed <= set(shapes):
            missing = ", ".join(sorted(needed - set(shapes)))
            case = Case(THIS_SHAPE, "refuted", f"it cannot depend on {missing}, which is not among its parameters")
            return self._said(Finding(result.of, case), notes)

        def call(arrays: Arrays) -> Array:
            return self._called(result, formula, arrays, convert, [])

        def right(arrays: Arrays) -> Array:
            return formula.evaluate(**{name: np.asarray(arrays[name]) for name in formula.tensors_needed})

        box = Box(call, right, shapes, EXACT_BITS.get(kind, 11))
        return self._judged(result, formula, box, kind, notes)

    def _judged(self, result: Result, formula: TensorFormula, box: Box, kind: str, notes: list[str]) -> CodeReport:
        generator = np.random.default_rng(self.seed)
        if (name := box.not_linear_in(generator, RELATIVE.get(kind, 1e-9))) is not None:
            why = f"it is not linear in {name}, as the layer is"
            return self._said(Finding(result.of, Case(THIS_SHAPE, "refuted", why)), notes)
        if self.certain:
            return self._with_unit_vectors(result, formula, box, generator, notes)
        bits, degree = self._bits(formula, box), max(1, len(box.shapes))
        for judge, width in ((box, bits), (replace(box, tolerance=ROUNDING), min(bits - ROUNDED_BITS, MOST_ROUNDED))):
            width = max(width, LEAST_BITS)
            if judge is box and bits < LEAST_BITS:
                continue
            count = max(self.probes, ceil(SURE / (width - log2(degree))))
            half = 2 ** (width - 1)
            draws = [box.drawn(generator, -half, half) for _ in range(count)]
            wrong = next((arrays for arrays in draws if np.any(judge.difference(arrays) != 0)), None)
            if wrong is None:
                if judge is not box:
                    notes.append(f"its floats round: numbers are the same that differ by at most {ROUNDING:g}")
                bound = _power(count * (log2(degree) - width))
                where = replace(THIS_SHAPE, more=Phrase(", with an error probability of at most {bound}", bound=bound))
                why = f"the right numbers in {count} draws, linear in each tensor in tests ({box.calls[0]} calls)"
                notes.append("the probability is that of a function linear in each tensor, with whole coefficients")
                return self._said(Finding(result.of, Case(THIS_SHAPE, "proved", why)), notes, where)
        assert wrong is not None
        return self._refuted(result, formula, judge, wrong, generator, notes)

    def _with_unit_vectors(
        self, result: Result, formula: TensorFormula, box: Box, generator: Any, notes: list[str]
    ) -> CodeReport:
        if (count := box.unit_vectors) > MOST_CALLS:
            right = "use smaller sizes, or certain=False, whose probability of an error is small"
            raise SizeLimitError(f"{count:,} calls with unit vectors", f"the limit is {MOST_CALLS:,}", right)
        if (arrays := box.first_wrong_unit()) is not None:
            if not np.any(replace(box, tolerance=ROUNDING).difference(arrays)):
                why = "its floats round, so that unit vectors do not give exactly the right numbers"
                return self._said(Finding(result.of, Case(THIS_SHAPE, "undecided", why)), notes)
            return self._refuted(result, formula, box, arrays, generator, notes)
        why = (
            f"the right numbers at all {count:,} combinations of unit vectors and 0, and linear in each tensor in tests"
        )
        return self._said(Finding(result.of, Case(THIS_SHAPE, "proved", why)), notes)

    def _refuted(
        self, result: Result, formula: TensorFormula, box: Box, arrays: Arrays, generator: Any,
        notes: list[str],
    ) -> CodeReport:  # fmt: skip
        variables = self.task.variables
        wrong = np.argwhere(box.difference(arrays) != 0)
        entry = tuple(int(at) for at in wrong[0])
        found = box.wrong_terms(entry, generator)
        right = {
            tuple(sorted(variables.first[tensor.name] + at for tensor, at in factors)): number
            for number, factors in formula.products(entry)
        }
        computed: dict[Any, Any] = dict(right)
        for term, too_much in found.items():
            key = tuple(sorted(variables.first[name] + at for name, at in term))
            total = computed.get(key, 0) + (int(too_much) if float(too_much).is_integer() else too_much)
            computed[key] = total
        computed = {term: number for term, number in computed.items() if number}
        size = prod(map(int, formula.shape))
        words = f"{len(wrong)} of {size} entries differ" if size > 1 else "it differs"
        if found:
            said = wrong_terms(computed, right, variables)
            words += f"; in {formula.quantity}{list(self._index(formula, entry))}, {said}" if said else ""
        witness = self._witness(formula, box, entry, found, arrays)
        finding = Finding(result.of, Case(THIS_SHAPE, "refuted", words, witness=witness), box=box)
        return self._said(finding, notes)

    def _witness(self, formula: TensorFormula, box: Box, entry: tuple[int, ...], found: Any, arrays: Arrays) -> Witness:
        """The numbers of one wrong term, or of the probe if the terms were not found."""
        if found:
            term = min(found, key=len)
            arrays = {name: np.zeros(prod(shape), dtype=np.int64) for name, shape in box.shapes.items()}
            for name, at in term:
                arrays[name][at] = 1
            arrays = {name: array.reshape(box.shapes[name]) for name, array in arrays.items()}
        left, got = box.right(arrays)[entry], box(arrays)[entry]
        values = {
            self.task.variables.index(self.task.variables.first[name] + int(at)): int(array.ravel()[at])
            for name, array in arrays.items()
            for at in np.flatnonzero(array)[:6]
        }
        index = dict(zip((axis.letter for axis in formula.axes), self._index(formula, entry)))
        return Witness({}, index, values, _number(left), _number(got), ("right", "computed"))

    @staticmethod
    def _index(formula: TensorFormula, entry: tuple[int, ...]) -> tuple[int, ...]:
        """An entry's index in the formula, which has no axis for a dimension of one element."""
        flat = int(np.ravel_multi_index(entry, tuple(map(int, formula.shape)))) if entry else 0
        return unraveled(flat, [int(axis.size.value or 0) for axis in formula.axes])

    def _bits(self, formula: TensorFormula, box: Box) -> int:
        """How many bits numbers may have so that all sums of products are exact."""
        if not box.bits:
            return 0
        count = _most_terms(formula)
        room = box.bits - 1 - ceil(log2(count)) - 1
        return min(room // max(1, self._degree(formula)) + 1, 40)

    @staticmethod
    def _degree(formula: TensorFormula) -> int:
        return (
            max(len([f for f in term.factors if hasattr(f, "tensor")]) for term in formula.form)
            if formula.form.terms
            else 1
        )

    # -- calls ---------------------------------------------------------------------------------------

    def _names(self) -> list[str]:
        """The tensors that the function has, by the layer's names."""
        found = dict.fromkeys(one.name for one in _tensors(self.task.called.parameters.values()))
        owner = getattr(self.task.called.function, "__self__", None)
        attributes = self.task.called._attributes(owner).values() if owner is not None else ()
        return list({**found, **dict.fromkeys(one.name for one in _tensors(attributes))})

    def _first_call(
        self, result: Result, formula: TensorFormula, shapes: Mapping[str, tuple[int, ...]], notes: list[str]
    ) -> tuple[Any, Any]:
        """The type of what it gives, and how arrays are passed; or a case if it raises."""
        ones = {name: np.ones(shape, dtype=np.int64) for name, shape in shapes.items()}
        first: Exception | None = None
        for convert in self._ways():
            try:
                return self._type_of(self._called(result, formula, ones, convert, notes)), convert
            except NoResultError:
                raise
            except Exception as error:
                first = first or error
        assert first is not None
        line = self.task.line_of(first)
        return Case(THIS_SHAPE, "refuted", f"it raises {type(first).__name__}: {first}"[:200], line), None

    def _type_of(self, array: Array) -> str:
        return str(array.dtype)

    def _ways(self) -> Iterator[Callable[[Array], Any]]:
        """How arrays are passed: as the user says, as NumPy's, as PyTorch's if it is loaded."""
        if self.tensors is not None:
            yield self.tensors
            return
        yield lambda array: array
        if (torch := sys.modules.get("torch")) is not None:
            yield torch.from_numpy
            yield lambda array: torch.from_numpy(array).to(torch.float32)

    def _called(self, result: Result, formula: TensorFormula, arrays: Arrays, convert: Any, notes: list[str]) -> Array:
        def make(argument: TensorArgument) -> Any:
            array = argument.arrangement.arranged(np.asarray(arrays[argument.name], dtype=float))
            return convert(np.ascontiguousarray(array))

        got, note = result_at(result, *self.task.called.run(self.task.called.function, make))
        if note:
            notes.append(note)
        return np.asarray(as_tensor(got, result, shape_of(formula.layout), notes))

    def _said(self, finding: Finding, notes: list[str], where: Sizes = THIS_SHAPE) -> CodeReport:
        return report_of(self.task, "probing", finding, tuple(dict.fromkeys(notes)), where)


def _most_terms(formula: TensorFormula) -> int:
    """The most product terms of an entry, or a larger number."""
    if formula.estimated_terms > DEFAULT_MAX_TERMS:
        return 2 * formula.estimated_terms
    counts = np.zeros(max(1, prod(map(int, formula.shape))), dtype=np.int64)
    for _, entries, _, numbers in formula.collected(2 * DEFAULT_MAX_TERMS).columns():
        weights = np.array([max(1.0, abs(float(number))) for number in np.unique(numbers)])
        counts += np.bincount(entries, minlength=len(counts)) * ceil(max(weights, default=1))
    return int(max(1, counts.max()))


def _tensors(arguments: Any) -> Iterator[TensorArgument]:
    for one in arguments:
        if isinstance(one, TensorArgument):
            yield one
        elif isinstance(one, SequenceArgument):
            yield from _tensors(one.items)
        elif isinstance(one, MappingArgument):
            yield from _tensors(one.items.values())


def _power(exponent: float) -> str:
    """A power of two as the next larger power of ten.

    >>> _power(-20)
    '10^-6'
    """
    return f"10^{ceil(exponent * log10(2))}"


def _number(value: Any) -> Any:
    number = float(value)
    return int(number) if number.is_integer() else number
