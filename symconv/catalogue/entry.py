"""An entry of the catalogue: what is stated, how it is proved when it is asked for, and the report of that."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import sympy as sp

from symconv.errors import SymconvError
from symconv.formulas.differentiate import differentiate
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.reports import Judgement
from symconv.foundations.verbs import loaded
from symconv.printing.tables import Column, TableReport
from symconv.proof import Verdict
from symconv.proof.certificates.saving import TheoremFiles
from symconv.proof.equality import prove_equal

if TYPE_CHECKING:
    from symconv.printing.tree import Node

LONGEST_LINE, LONGEST_LEFT = 40.0, 8.0
"""A line of an equation has about 70 signs at most; the right side begins beside a left side of at most 12."""
MORE = 10
"""How long the proof of an entry may search, as in ``prove_equal``."""


@dataclass(frozen=True, repr=False)
class Statement(Judgement):
    """One equation of an entry, with what was found about it.

    Args:
        of: what it is about, such as "output" or "grad_weight".
        left, right: both sides, if they are formulas that can be shown.
        verdict: whether it is proved.
    """

    of: str
    left: Any
    right: Any
    verdict: Verdict

    @property
    def holds(self) -> bool:
        """Whether it is proved."""
        return self.verdict.holds

    @property
    def summary(self) -> str:
        return f"{self.of}: {self.verdict}"

    def certificate(self, name: str = "") -> dict[str, Any]:
        """A theorem file about it, for ``symconv verify``; ``name`` is that of the entry.

        Raises:
            SymconvError: it is not proved by a common last line of two formulas.
        """
        from symconv.proof.certificates.equations import equation_certificate  # only to write one

        return equation_certificate(self.left, self.right, f"{self.of} of {name}" if name else self.of, name)


Equation = tuple[str, Any, Any]
"""What it is about, and both sides."""


@dataclass(frozen=True)
class Identity:
    """Something that is known about convolutions, in general form; nothing about it is assumed.

    Args:
        name: what it is called.
        group: the kind of identity.
        reference: its author and year, or the page of these documents that proves it.
        equations: makes the sides of every equation, when they are asked for.
        near_miss: makes a right side that is wrong, if there is one, for the first equation.
        proved: makes the statements in another way than side by side, if there is one.
        refuted: refutes the near miss in another way than ``prove_equal``, if there is one.
        typeset: what is typeset, if it is not the equations: both sides of every line, and LaTeX by itself.

    >>> from symconv import identities
    >>> entry = identities["two convolution layers in one"]
    >>> entry.prove()
    <IdentityReport: two convolution layers in one: proved>
    """

    name: str
    group: str
    reference: str
    equations: Callable[[], Sequence[Equation]]
    near_miss: Callable[[], Any] | None = None
    proved: Callable[[], Iterable[Statement]] | None = None
    typeset: Callable[[], Sequence[tuple[Any, Any]]] | None = None
    refuted: Callable[[], Verdict] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """By its name: what makes the formulas is not copied."""
        return _named, (self.name,)

    def prove(self, gradients: bool = False) -> IdentityReport:
        """Prove it now.

        Args:
            gradients: whether to prove that the derivatives of both sides with respect to every tensor are the same,
                too; a layer's gradients are among its equations anyway.

        Raises:
            SymconvError: a side cannot be read.
        """
        if self.proved is not None:
            return IdentityReport(self, tuple(self.proved()))
        equations = list(self.equations())
        if gradients:
            equations += [more for equation in equations for more in _derivatives(*equation)]
        statements = (
            Statement(of, left, right, prove_equal(left, right, effort=MORE)) for of, left, right in equations
        )
        return IdentityReport(self, tuple(statements))

    def prove_near_miss(self) -> Verdict:
        """The verdict on the wrong variant, which is refuted.

        Raises:
            SymconvError: the entry has none.
        """
        if self.near_miss is None:
            raise SymconvError(f"a near miss of {self.name!r}", "the entry has none", "use prove()")
        if self.refuted is not None:
            return self.refuted()
        _, left, _ = self.equations()[0]
        return prove_equal(left, self.near_miss())

    @property
    def statement(self) -> str:
        """Its equations as text, one a line."""
        return "\n".join(f"{of}: {_text(left)} = {_text(right)}" for of, left, right in self.equations())

    def latex(self) -> str:
        """Its equations as one aligned block; compiles with amsmath."""
        from symconv.printing.latex import cells_of  # with the tree's nodes: only needed to print

        return "\\begin{aligned}\n" + " \\\\\n".join(map(cells_of, self.lines())) + "\n\\end{aligned}"

    def lines(self) -> list[tuple[Node, Node]]:
        """The lines of the block, left and right of the place where they are aligned."""
        pairs = self.typeset() if self.typeset else [(left, right) for _, left, right in self.equations()]
        return [line for left, right in pairs for line in _aligned(_tree(left), _tree(right))]

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def to_dict(self) -> dict[str, Any]:
        """What it says, as plain JSON values."""
        return {
            "name": self.name, "group": self.group, "reference": self.reference, "statement": self.statement,
            "latex": self.latex(),
        }  # fmt: skip

    def __repr__(self) -> str:
        return f"<Identity: {self.name}>"


def _named(name: str) -> Identity:
    """The entry of the catalogue with a name."""
    found: Identity = loaded("symconv.catalogue.entries:entry_named")(name)
    return found


def _derivatives(of: str, left: Any, right: Any) -> Iterable[Equation]:
    """Both sides' derivatives with respect to a general entry of every tensor."""
    if isinstance(left, TensorFormula) or isinstance(right, TensorFormula):
        return
    accesses = {one for side in (left, right) if isinstance(side, sp.Basic) for one in side.atoms(sp.Indexed)}
    ranks = {one.base: len(one.indices) for one in sorted(accesses, key=str)}
    for base, rank in ranks.items():
        at = sp.symbols(f"a1:{rank + 1}", integer=True)
        box = [sp.And(one >= 0, one < size) for one, size in zip(at, base.shape or ())]
        inside = sp.Piecewise((1, sp.And(*box)), (0, True)) if box else sp.S.One  # no variable is outside of it
        yield f"{of}, by {base}", *(inside * differentiate(side, base[at]) for side in (left, right))


def _text(side: Any) -> str:
    return side.text_right() if isinstance(side, TensorFormula) else str(side)


def _tree(side: Any) -> Node:
    """A side as a tree of mathematics; LaTeX in the tables is read."""
    from symconv.printing.authored import read  # with the tree's nodes: only needed to print
    from symconv.printing.formulas import formula_tree
    from symconv.printing.tree import Node

    if isinstance(side, str):
        return read(side)
    if isinstance(side, Node):
        return side
    return side.tree_right if isinstance(side, TensorFormula) else formula_tree(_tidy(side))


def _aligned(left: Node, right: Node) -> list[tuple[Node, Node]]:
    """A line of an ``aligned`` block; of two long sides, the second is on a line of its own."""
    from symconv.printing.parts import NOTHING, QQUAD, QUAD, line
    from symconv.printing.widths import rows_of, width

    above, below = rows_of(left, LONGEST_LINE), rows_of(right, LONGEST_LINE)
    beside = width(above[0]) <= LONGEST_LEFT and len(above) == 1
    if beside or (len(above) == len(below) == 1 and width(above[0]) + width(below[0]) <= LONGEST_LINE):
        return [(above[0], line("=", below[0])), *((NOTHING, line(QUAD, row)) for row in below[1:])]
    rows = [above[0], *(line(QUAD, row) for row in above[1:]), line(QUAD, "=", below[0])]
    return [(NOTHING, row) for row in [*rows, *(line(QQUAD, row) for row in below[1:])]]


def _tidy(side: Any) -> Any:
    """With the names of sums that an array made, t12 and such, numbered from 1."""
    made = [name for part in sp.preorder_traversal(sp.sympify(side)) if isinstance(part, sp.Sum)
            for name, *_ in part.limits if re.fullmatch(r"t\d+", str(name))]  # fmt: skip
    names = {name: sp.Symbol(f"t{at}", integer=True) for at, name in enumerate(dict.fromkeys(made), 1)}
    return sp.sympify(side).xreplace(names)


@dataclass(frozen=True, repr=False)
class IdentityReport(TableReport, TheoremFiles):
    """What the proof of an entry found, one row an equation.

    Args:
        identity: the entry.
        statements: its equations with their verdicts.
    """

    columns: ClassVar = (Column("equation", 40), Column("verdict"), Column("because", 70))

    identity: Identity
    statements: tuple[Statement, ...]

    @property
    def holds(self) -> bool:
        """Whether every equation is proved."""
        return bool(self.statements) and all(one.holds for one in self.statements)

    @property
    def summary(self) -> str:
        failed = [one.summary for one in self.statements if not one.holds]
        return f"{self.identity.name}: {failed[0] if failed else 'proved'}"

    @property
    def opening(self) -> str:
        return f"{self.identity.name} ({self.identity.reference})"

    @property
    def cells(self) -> Sequence[Sequence[Any]]:
        return [[one.of, one.verdict.status, one.verdict.because] for one in self.statements]

    @property
    def ending(self) -> str:
        return f"holds for {self.statements[0].verdict.scope}" if self.holds else ""

    def certificates(self) -> list[dict[str, Any]]:
        """A theorem file about each equation.

        Raises:
            SymconvError: one is not proved by a common last line of two formulas.
        """
        return [one.certificate(self.identity.name) for one in self.statements]

    def latex(self) -> str:
        return self.identity.latex()

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values."""
        rows = [
            {"of": one.of, "verdict": one.verdict.status, "scope": one.verdict.scope, "reason": one.verdict.reason}
            for one in self.statements
        ]
        return {**self.identity.to_dict(), "holds": self.holds, "statements": rows}
