"""prove_code: read a function; where that is not possible, run it at small shapes; where it cannot be run, probe it.

Reading never runs anything. A function that is given as text is read only; one that the caller passes as an object is
run if it is not read, unless ``run=False``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from symconv.errors import CodeSourceError
from symconv.foundations.phrases import Phrase
from symconv.layers import Layer
from symconv.layers.layer import require_layer
from symconv.programs.arguments import Binding, Numbers, binding
from symconv.programs.conditions import Sizes
from symconv.programs.report import Case, CodeReport, Way
from symconv.programs.small import SHAPES, overlapping_shapes, small_shapes, with_values


def prove_code(
    function: Callable[..., Any] | str,
    layer: Layer,
    *,
    of: Any = "output",
    arguments: Mapping[str, Any] | None = None,
    layouts: Mapping[str, str] | str | None = None,
    file: str | Path | None = None,
    run: bool | None = None,
) -> CodeReport:
    """Whether a function computes a quantity of a layer, for every shape that the layer has letters for.

    The source is read and interpreted on symbolic arrays; nothing of it is imported or run by that.

    Args:
        function: "FILE.py::function" or "FILE.py::Class.method", the text of a function, or the function itself.
        layer: with letters or numbers for its sizes.
        of: "output", "grad_input", ..; of several results a tuple of these (None for one that is not judged), or a
            dictionary from a key, a position or the name of a parameter that is written into.
        arguments: what the parameters are that have unusual names, such as {"a": "input", "hp": {"stride": 2}}.
        layouts: in which order the function has dimensions, such as {"input": "NHWC", "weight": "HWIO"}.
        file: the file in which ``function`` is a name.
        run: whether a function that cannot be read is run, at this shape or at small ones. By default one that is
            passed as an object is.

    Returns:
        A CodeReport: proved for every shape, refuted with the line, the mistake and a repair, or why it is neither.

    Raises:
        ArgumentsError: a parameter is not known.
        CodeSourceError: the file or the function is not found.

    >>> from symconv import Conv
    >>> text = "def bias_gradient(dout): return dout.mean(axis=1)"
    >>> report = prove_code(text, Conv.general(1), of="grad_bias")
    >>> report.status, report.mistake, report.repair.after
    ('refuted', 'the result is divided by the number of positions', 'def bias_gradient(dout): return dout.sum(axis=1)')
    """
    from symconv.programs.changing import changed
    from symconv.programs.explain import explained
    from symconv.programs.judge import holds, judge
    from symconv.programs.source import find
    from symconv.programs.work import MOST_CHANGED, MOST_TOGETHER, OF_A_CALL, OF_A_TEXT, Work

    bound = binding(layer, of, arguments, layouts)
    may_run = callable(function) if run is None else run and callable(function)
    try:
        target = find(function, None if file is None else str(file))
    except CodeSourceError:
        if not may_run:
            raise
        return run_code(function, layer, of=of, arguments=arguments, layouts=layouts)

    def bound_at(values: Mapping[str, int], only: str | None) -> Binding:
        """With numbers for the layer's letters if there are some, and one result or all."""
        at = binding(layer.at(**values), of, with_values(arguments, values), layouts) if values else bound
        results = tuple(result for result in at.results if only in (None, result.of))
        return replace(at, results=results, numbers=bound.numbers)

    def judged(text: str, values: Mapping[str, int], only: str | None, work: Work) -> CodeReport:
        work.charge(OF_A_TEXT)
        return judge(changed(target, text), bound_at(values, only), work.part(MOST_CHANGED))

    def is_proved(text: str, values: Mapping[str, int], only: str | None, work: Work) -> bool:
        work.charge(OF_A_TEXT)
        return holds(changed(target, text), bound_at(values, only), work.part(MOST_CHANGED))

    whole = Work(OF_A_CALL)
    first = judge(target, bound, whole.part(MOST_TOGETHER))
    for numbers in OTHER_WAYS if _raises_everywhere(first) else ():
        other = judge(target, replace(bound, numbers=numbers), whole.part(MOST_TOGETHER))
        if not _raises_everywhere(other):
            first, bound = other, replace(bound, numbers=numbers)
            break
    report = explained(first, target.function.name, judged, is_proved, whole)
    if not may_run or report.status not in ("not read", "undecided"):
        return report
    ran = run_code(function, layer, of=of, arguments=arguments, layouts=layouts)
    return ran if ran.status != "not judged" else report


OTHER_WAYS: tuple[Numbers, ...] = ("one", "for each axis", "of one image")
"""How hyper-parameters may be written if the code raises with them as it seems to use them."""


def _raises_everywhere(report: CodeReport) -> bool:
    """Whether the code raises an error at all sizes, or its forward pass does, or its own checks exclude them all."""
    every = [case for one in report.parts or (report,) for case in one.cases]
    cases = [case for case in every if case.status != "not judged"]
    if not cases:
        return any(case.ended_by == "its checks" for case in every)
    return all(case.ended_by == "an error" for case in cases)


def run_code(
    function: Any,
    layer: Layer,
    *,
    of: Any = "output",
    arguments: Mapping[str, Any] | None = None,
    layouts: Mapping[str, str] | str | None = None,
) -> CodeReport:
    """Run a function, at the layer's shape or at small ones if it has letters; probe it if symbols cannot be followed.

    Raises:
        ArgumentsError: a parameter is not known.
    """
    options: dict[str, Any] = {"of": of, "layouts": layouts}
    require_layer(layer, "a function")
    if layer.is_concrete:
        return _at_one_shape(function, layer, arguments, options)
    found: list[tuple[Mapping[str, int], CodeReport]] = []
    for values in chain(overlapping_shapes(layer, 1), small_shapes(layer, SHAPES - 1)):
        report = _at_one_shape(function, layer.at(**values), with_values(arguments, values), options)
        if not report.holds:
            return report
        found.append((values, report))
    return _at_several(layer, found)


def _at_one_shape(function: Any, layer: Layer, arguments: Any, options: Mapping[str, Any]) -> CodeReport:
    from symconv.programs.probe import probe_code
    from symconv.programs.run import check_code

    report = check_code(function, layer, arguments=arguments, **options)
    return probe_code(function, layer, arguments=arguments, **options) if report.status == "not judged" else report


def _at_several(layer: Layer, found: list[tuple[Mapping[str, int], CodeReport]]) -> CodeReport:
    """One report of several shapes, at all of which it is proved."""
    first = found[0][1]
    if first.parts:
        return CodeReport.together(
            [_at_several(layer, [(values, one.parts[at]) for values, one in found]) for at in range(len(first.parts))]
        )
    cases = tuple(Case(Sizes.at(values), "proved", one.cases[0].reason) for values, one in found)
    notes = tuple(dict.fromkeys(note for _, one in found for note in one.notes))
    shapes = Phrase("{count} shapes", count=len(found)) if len(found) > 1 else "one shape"
    where = Sizes(Phrase("{shapes} of this layer, not for every shape", shapes=shapes))
    way: Way = "probing" if any(one.decided_by == "probing" for _, one in found) else "running"
    return CodeReport(first.function, layer, first.of, "proved", way, where, cases, notes, first.source)
