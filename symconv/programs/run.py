"""check_code: run a function on exact symbolic entries, and compare what it returns with the layer's formula.

The function is run in the caller's process, three times at most: on numbers, on symbols, and on numbers in the place
of the symbols' values, which must agree. So it is right for all values of its data at this shape, or a term is shown
that is wrong.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from symconv.claims.report import formula_of
from symconv.layers import Layer
from symconv.programs.arguments import Result, binding
from symconv.programs.calling import NoResultError, result_at
from symconv.programs.conditions import THIS_SHAPE, Sizes
from symconv.programs.differences import Difference, Terms, right_terms, shape_of, value_of
from symconv.programs.exact import REFUSED, Entry, NotJudgedError, number_of
from symconv.programs.findings import Finding, Task
from symconv.programs.mistakes import explanation
from symconv.programs.report import Case, CodeReport, Status, Way
from symconv.programs.standing_in import StandingIn
from symconv.programs.symbolic import STAND_INS, CodeFaultError, Unset, objects, symbols_of_shape
from symconv.proof.scope import layer_scope

EIGHTHS = 8
"""Numbers are whole numbers of eighths: floats have them and their products exactly, and rounding shows."""


def check_code(
    function: Any,
    layer: Layer,
    *,
    of: Any = "output",
    arguments: Mapping[str, Any] | None = None,
    layouts: Mapping[str, str] | str | None = None,
) -> CodeReport:
    """Whether a function computes a quantity of a layer with numbers for its sizes, for all values of its data.

    The function is run, in this process. Its NumPy is one whose buffers hold symbols; the function itself and NumPy
    stay as they are.

    Args:
        function: a function of Python and NumPy, or a method of an object.
        layer: with numbers for all sizes.
        of: "output", "grad_input", ..; of several results a tuple of these (None for one that is not judged), or a
            dictionary from a key, a position or the name of a parameter that is written into.
        arguments: what the parameters are that have unusual names, such as {"a": "input", "hp": {"stride": 2}}.
        layouts: in which order the function has dimensions, such as {"input": "NHWC", "weight": "HWIO"}.

    Returns:
        A CodeReport: proved for this shape, refuted with the terms that are wrong, or not judged.

    Raises:
        ArgumentsError: a parameter is not known, or the function cannot be called.
        SymbolicShapeError: a size of the layer is a letter.

    >>> from symconv import Conv
    >>> def smooth(x, w):
    ...     return np.array([x[0, i] * w[0, 0, 1] + x[0, i + 1] * w[0, 0, 0] for i in range(len(x[0]) - 1)])[None]
    >>> report = check_code(smooth, Conv(4, 2))
    >>> report.status, report.mistake
    ('refuted', 'the kernel is read backwards (flipped)')
    """
    bound = binding(layer, of, arguments, layouts)
    layer.require_concrete("running a function")
    task = Task.of(function, layer, bound)
    return CodeReport.together([report_of(task, "running", case, notes) for case, notes in Run(task).cases()])


class Run:
    """One function run on numbers and on symbols."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.notes: list[str] = ["sums are in exact arithmetic"]

    def cases(self) -> list[tuple[Finding, tuple[str, ...]]]:
        """What is found of each result, with notes."""
        task = self.task
        generator = random.Random(0)
        values = {
            number: Fraction(generator.choice([-1, 1]) * generator.randint(1, 2 * EIGHTHS), EIGHTHS)
            for number in range(sum(int(np.prod(shape, dtype=int)) for shape in task.variables.shapes.values()))
        }
        numbers = run_with_numbers(task, values)
        if isinstance(numbers, Case):
            return [(Finding(result.of, numbers), ()) for result in task.binding.results]
        symbols = self._symbols()
        if isinstance(symbols, Case):
            return [(Finding(result.of, symbols), ()) for result in task.binding.results]
        found = []
        for result in task.binding.results:
            finding = self._judged(result, symbols, numbers, values)
            found.append((finding, tuple(dict.fromkeys(self.notes))))
        return found

    def _symbols(self) -> tuple[Any, Mapping[str, Any]] | Case:
        """What the function gives for symbols, or why that is not known."""
        task = self.task
        variables = task.variables
        arrays = {name: symbols_of_shape(shape, variables.first[name]) for name, shape in variables.shapes.items()}
        own = getattr(task.called.plain, "__globals__", {})
        function = StandingIn(STAND_INS, own).of(task.called.function)
        REFUSED.clear()
        try:
            ran = task.called.run(function, task.tensors(arrays))
        except CodeFaultError as error:
            return Case(THIS_SHAPE, "refuted", str(error), task.line_of(error))
        except Exception as error:
            why = REFUSED[0] if REFUSED else f"it cannot be followed with symbols: {type(error).__name__}: {error}"
            return Case(THIS_SHAPE, "not judged", _tell(why), task.line_of(error))
        if REFUSED:
            return Case(THIS_SHAPE, "not judged", _tell(REFUSED[0]))
        return ran

    def _judged(self, result: Result, symbols: Any, numbers: Any, values: Mapping[int, Fraction]) -> Finding:
        task = self.task
        formula = formula_of(task.layer, result.of)
        try:
            got, note = result_at(result, *symbols)
            array = as_tensor(got, result, shape_of(formula.layout), self.notes)
            plain = as_tensor(result_at(result, *numbers)[0], result, shape_of(formula.layout), [])
        except NoResultError as error:
            return Finding(result.of, Case(THIS_SHAPE, "refuted", str(error)), shape=error.shape)
        self.notes += [note] if note else []
        computed = [_terms(entry) for entry in array.ravel()]
        if any(terms is None for terms in computed):
            if any([isinstance(entry, Unset) for entry in array.ravel()]):
                return Finding(result.of, Case(THIS_SHAPE, "refuted", "entries of np.empty are never set"))
            return Finding(result.of, Case(THIS_SHAPE, "not judged", _tell("it returns something else than numbers")))
        known = [terms for terms in computed if terms is not None]
        if not self._agree(known, plain, values):
            why = "with numbers it gives something else than with symbols"
            return Finding(result.of, Case(THIS_SHAPE, "not judged", _tell(why)))
        return judged(result.of, Difference(formula, task.variables, known, right_terms(formula, task.variables)))

    @staticmethod
    def _agree(computed: list[Terms], plain: Any, values: Mapping[int, Fraction]) -> bool:
        """Whether the function gives with numbers what its symbols are with these numbers."""
        for terms, got in zip(computed, plain.ravel().tolist()):
            expected = float(value_of(terms, values))
            scale = 1 + sum(abs(float(value_of({term: number}, values))) for term, number in terms.items())
            if not bool(abs(expected - float(got)) <= 1e-9 * scale):
                return False
        return True


def judged(of: str, difference: Difference) -> Finding:
    """The verdict on all terms of a result."""
    if not difference:
        count = sum(map(len, difference.right))
        return Finding(of, Case(THIS_SHAPE, "proved", f"the same {count:,} product terms"))
    case = Case(THIS_SHAPE, "refuted", difference.in_words(), witness=difference.witness())
    return Finding(of, case, difference)


def run_with_numbers(task: Task, values: Mapping[int, Any]) -> tuple[Any, Mapping[str, Any]] | Case:
    """What the function gives for numbers as floats, or that it raises."""
    variables = task.variables
    arrays = {}
    for name, shape in variables.shapes.items():
        count = int(np.prod(shape, dtype=int))
        entries = [float(values[variables.first[name] + at]) for at in range(count)]
        arrays[name] = np.array(entries, dtype=float).reshape(shape)
    try:
        return task.called.run(task.called.function, task.tensors(arrays))
    except Exception as error:
        line = task.line_of(error)
        status: Status = "refuted" if line is not None else "not judged"
        return Case(THIS_SHAPE, status, f"it raises {type(error).__name__}: {error}"[:200], line)


def as_tensor(got: Any, result: Result, shape: tuple[int, ...], notes: list[str]) -> Any:
    """A result as the layer has the tensor, an array of objects.

    Raises:
        NoResultError: it is not an array, or has another shape.
    """
    if got is None:
        raise NoResultError("it returns nothing")
    array = _as_array(got)
    wanted = tuple(int(size) for size in result.arrangement.shape(shape))
    if array.shape != wanted:
        if [size for size in array.shape if size != 1] != [size for size in wanted if size != 1]:
            raise NoResultError(
                f"its shape is {array.shape}, {wanted} is right", result.arrangement.original(array.shape)
            )
        notes.append(f"{result.of} has the shape {array.shape}, not {wanted}, which differ in axes of one element")
    return result.arrangement.restored(array, shape)


def _as_array(got: Any) -> Any:
    if hasattr(got, "detach"):  # of PyTorch
        got = got.detach().cpu().numpy()
    if isinstance(got, Entry):
        return objects([got], ())
    try:
        return np.asarray(got)
    except Exception:
        raise NoResultError(f"it returns a value of type {type(got).__name__}, of which NumPy makes no array") from None


def _terms(entry: Any) -> Terms | None:
    """An entry's polynomial; None if it is not a number."""
    if isinstance(entry, np.ndarray) and entry.shape == ():
        entry = entry.item()
    if type(entry) is Entry:
        return entry.terms
    try:
        number = number_of(entry)
    except NotJudgedError:
        return None
    return None if number is None else ({(): number} if number else {})


def _tell(why: str) -> str:
    return f"{why}; probe_code(..) judges it by numbers"


def report_of(task: Task, way: Way, found: Finding, notes: tuple[str, ...], where: Sizes | None = None) -> CodeReport:
    """A report about one result."""
    case = found.case
    return CodeReport(
        task.called.name, task.layer, found.of, case.status, way, where or Sizes(layer_scope(task.layer)), (case,),
        notes, task.called.source, explain=lambda: explanation(task, found),
    )  # fmt: skip
