"""Theorem files about two formulas that are equal, whatever they are about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symconv.algebra.agreement import attempt
from symconv.errors import SymconvError
from symconv.layers import Layer
from symconv.proof.certificates.theorem_file import certificate
from symconv.proof.equality import equation_of
from symconv.proof.equation import Equation

MOST_EFFORT = 10
"""How long to search for a common last line."""


def equation_certificate(left: Any, right: Any, of: str = "equation", statement: str = "") -> dict[str, Any]:
    """The theorem that two formulas are equal, for ``symconv verify``.

    Args:
        left, right: what ``prove_equal`` takes.
        of, statement: what it is about, in words.

    Raises:
        FormulaError: a side is outside the language.
        SymconvError: no common last line is found, as where they are equal only entry by entry.

    >>> from symconv import Conv, verify
    >>> conv = Conv.general(1)
    >>> verify.check(equation_certificate(conv.direct.output, conv.patches.output)).steps
    3
    """
    equation, _ = equation_of(left, right)
    return certificate_of(equation, ("left", "right"), of, statement)


def certificate_of(
    equation: Equation,
    sides: tuple[str, str],
    of: str,
    statement: str = "",
    scope: str = "",
    layer: Layer | None = None,
    entry: Sequence[str] = (),
) -> dict[str, Any]:
    """The theorem that two sides, which have names, are equal; ``layer`` and ``entry`` as for ``certificate``.

    Raises:
        SymconvError: no common last line is found.
    """
    found = attempt(equation.sides, equation.inside, equation.order, MOST_EFFORT)
    if found.agreed is None:
        raise SymconvError(f"a theorem file about {of}", f"what is missing: {found.missing()}", "look at its verdict")
    derivations = dict(zip(sides, found.agreed))
    return certificate(of, statement, scope, derivations, equation.inside, layer, entry)
