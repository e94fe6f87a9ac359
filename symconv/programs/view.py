"""view_of: a function as a view of its layer, whose formula is the code's; right or wrong, proved like any other."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property
from typing import Any, NoReturn

from symconv.algebra.calculus import Definition
from symconv.algebra.forms import Form
from symconv.algebra.normal_form import readable
from symconv.claims.report import formula_of
from symconv.errors import SymconvError
from symconv.formulas.computation import Stage
from symconv.foundations.values import FrozenMapping
from symconv.geometry.axes import axes_of
from symconv.layers import Layer
from symconv.programs.prove import prove_code
from symconv.programs.report import CodeReport
from symconv.views import View


class CodeView(View):
    """What a function computes, as a view.

    Args:
        geometry: the layer.
        forms: what the function gives of each quantity that it returns.
        report: what was found of the function.
    """

    name = "code"
    title = "your code"

    def __init__(self, geometry: Layer, forms: Mapping[str, Form], report: CodeReport) -> None:
        super().__init__(geometry)
        self.forms, self.report = FrozenMapping(forms), report
        for of, form in forms.items():
            if of != "output":  # in the place of what would be derived
                vars(self)[of] = formula_of(geometry, of).replaced(form)

    @property
    def function(self) -> str:
        """The function's name."""
        return self.report.function

    def _key(self) -> tuple[Hashable, ...]:
        return (self.geometry, self.forms, self.function)

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        """The output by the code; its gradients follow by the chain rule."""
        name = self.notation.output
        if "output" not in self.forms:
            known = ", ".join(self.forms)
            raise SymconvError(f"the output of {self.function}", f"the function gives {known}", f'use of="{known}"')
        letters = tuple(axis.letter for axis in axes_of(self.all_layouts[name]))
        return {name: Definition(self.tensors[name], letters, self.forms["output"])}

    def stages(self) -> Sequence[Stage]:
        """None in SymPy: the code was read as a formula."""
        return []

    def latex(self) -> str:
        return self.output.latex() if "output" in self.forms else next(iter(map(self._latex_of, self.forms)))

    def _latex_of(self, of: str) -> str:
        return str(getattr(self, of).latex())

    def __repr__(self) -> str:
        of = "output" if "output" in self.forms else next(iter(self.forms))
        return f"{self.title} ({self.function}): {getattr(self, of).formula}"


def view_of(
    function: Callable[..., Any] | str,
    layer: Layer,
    *,
    of: Any = "output",
    arguments: Mapping[str, Any] | None = None,
    layouts: Mapping[str, str] | str | None = None,
    file: str | None = None,
) -> CodeView:
    """A function as a view of the layer, whose formulas are what the code computes, whether that is right or not.

    The function is read, as by ``prove_code``; nothing of it is run. From its output the gradients of exactly that
    output follow.

    Args:
        function, layer, of, arguments, layouts, file: as for ``prove_code``.

    Returns:
        A view, for ``prove(conv, views=["direct", view])``.

    Raises:
        SymconvError: the function is not read, or has different formulas for different sizes.

    >>> from symconv import Conv, prove
    >>> text = '''
    ... def forward(x, w):
    ...     return np.array([sum(w[k] * x[i + k] for k in range(2)) for i in range(4)])
    ... '''
    >>> conv = Conv(5, 2)
    >>> view = view_of(text, conv, layouts={"input": "W", "weight": "W", "output": "W"})
    >>> prove(conv, views=["direct", view]).holds
    True
    """
    report = prove_code(function, layer, of=of, arguments=arguments, layouts=layouts, file=file, run=False)
    return CodeView(layer, {part.of: _form(part) for part in report.parts or (report,)}, report)


def _form(report: CodeReport) -> Form:
    """What the code computes of one result."""
    cases = report.cases
    if len(cases) != 1 or cases[0].equation is None or cases[0].values:
        _refuse(report)
    equation = cases[0].equation
    assert equation is not None
    formula = formula_of(report.layer, report.of)
    if tuple(axis.size for axis in formula.axes) != tuple(size for _, size in equation.axes):
        _refuse(report)
    return Form(tuple(map(readable, equation.right.terms)))


def _refuse(report: CodeReport) -> NoReturn:
    first = report.failures[0] if report.failures else None
    if first is None or first.equation is not None:
        wrong = "it has not one formula for all sizes: " + "; ".join(str(case.where) for case in report.cases)
        raise SymconvError(f"{report.function} as a view", wrong[:300], "give the layer numbers, or other conditions")
    line = "" if first.line is None else f" (line {first.line})"
    raise SymconvError(f"{report.function} as a view", f"{first.reason}{line}", "look at prove_code(..)")
