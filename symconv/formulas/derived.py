"""derive and evaluate: the formulas of a subject, and their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from symconv.errors import FormulaError, SymconvError, shown
from symconv.formulas.computation import Computation
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.later import npt
from symconv.foundations.values import FrozenMapping
from symconv.foundations.verbs import verb
from symconv.printing import jupyter as display


@dataclass(frozen=True, repr=False)
class Derived(Mapping[str, Mapping[str, TensorFormula]]):
    """Formulas in groups: the views of a layer, or the passes of a network; ``str`` has a formula a line."""

    of: object
    groups: Mapping[str, Mapping[str, TensorFormula]]

    def __post_init__(self) -> None:
        frozen = {name: FrozenMapping(formulas) for name, formulas in self.groups.items()}
        object.__setattr__(self, "groups", FrozenMapping(frozen))

    def __getitem__(self, group: str) -> Mapping[str, TensorFormula]:
        return self.groups[group]

    def __iter__(self) -> Iterator[str]:
        return iter(self.groups)

    def __len__(self) -> int:
        return len(self.groups)

    def __repr__(self) -> str:
        counts = ", ".join(f"{name} ({len(formulas)})" for name, formulas in self.groups.items())
        return f"<formulas of {self.of!r:.200}: {counts}>"

    def __str__(self) -> str:
        lines = []
        for name, formulas in self.groups.items():
            lines += [name, *(f"  {formula.formula.lhs} = {formula.formula.rhs}" for formula in formulas.values()), ""]
        return "\n".join(lines).rstrip()

    def _repr_html_(self) -> str:
        parts = [
            display.block(display.words(name), *(display.mathematics(formula.latex()) for formula in formulas.values()))
            for name, formulas in self.groups.items()
        ]
        return display.block(*parts)


@verb(Computation, "the formulas", "a layer, a view, a network or a step")
def derive(subject: Computation) -> Derived:
    """The formulas of a subject, its outputs and derivatives.

    Args:
        subject: a layer gives those of every view, by name; a network those "forwards", "backwards" and its
            "gradients"; a step of gradient descent what is learned, "after the step".

    Returns:
        The formulas in groups, a mapping: ``derive(layer)["direct"]["output"]`` is a TensorFormula, and ``print`` shows
        a formula a line.

    Raises:
        SymconvError: the subject has no formulas, or they would have too many cases.

    >>> from symconv import Conv
    >>> print(derive(Conv(3, 2))["direct"]["grad_weight"].formula)
    Eq(dL_dw[k], Sum(X[i + k]*delta[i], (i, 0, 1)))
    """
    quantities = {"output": subject.output}
    for name in subject.layouts:
        if name != subject.notation.grad_output:
            quantities[f"dL_d{name}"] = subject.gradient(name)
    return Derived(subject, {getattr(subject, "name", "output"): quantities})


@verb(TensorFormula, "numbers", "a formula, a layer, a network or a step")
def evaluate(subject: TensorFormula, **arrays: Any) -> npt.NDArray[Any]:
    """A formula in numbers; of a layer, a network or a step everything that the arrays are enough for.

    Args:
        subject: a formula gives its array. A layer gives its output, and the derivatives if dL/d output is given, by
            quantity; a network its outputs and all derivatives, and a step the new weights, by name.
        arrays: tensors by their names in the notation, in PyTorch's shapes.

    Returns:
        An array for a formula; for any other subject a mapping from names to arrays.

    Raises:
        SymconvError: an array is missing, unknown or of another shape, or a size is a symbol.

    >>> from symconv import Conv
    >>> evaluate(Conv(3, 2), X=[[1, 2, 3]], w=[[[1, 10]]])["output"]
    array([[21, 32]])
    """
    return subject.evaluate(**arrays)


def evaluated(subject: object, formulas: Mapping[str, TensorFormula], arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The formulas whose tensors are all given, in numbers.

    Raises:
        SymconvError: none is, or an array is of a tensor that no formula has.
    """
    wanted = {name: formula.tensors_needed for name, formula in formulas.items()}
    known = list(dict.fromkeys(tensor for tensors in wanted.values() for tensor in tensors))
    if unknown := sorted(arrays.keys() - set(known)):
        wrong = f"{shown(subject)}"[:200] + " has no such tensor"
        raise FormulaError(f"an array {unknown[0]}", wrong, f"use {', '.join(known)}")
    found = {
        name: formulas[name].evaluate(**{tensor: arrays[tensor] for tensor in tensors})
        for name, tensors in wanted.items()
        if arrays.keys() >= set(tensors)
    }
    if not found:
        first = next(iter(wanted.values()))
        raise SymconvError(
            f"arrays {', '.join(sorted(arrays)) or '(none)'}", "they are not enough for any formula",
            f"the output needs {', '.join(first)}",
        )  # fmt: skip
    return found
