"""How tensors and indices are named and printed.

A ``Notation`` says what the input, the weights and so on are called; this module makes the label of one
entry (X1, w12, v_10_3) and the LaTeX of names. Nothing here knows what a convolution is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from symconv.errors import NotationError, instead_of, shown
from symconv.foundations.later import np, npt
from symconv.printing.greek import GREEK

Integers: TypeAlias = "npt.NDArray[np.integer[Any]]"

LETTERS = {
    "batch": "e",
    "group": "g",
    "output channel": "o",
    "input channel": "c",
    "output": "i",
    "kernel": "k",
    "input": "j",
    "wrap": "r",
}
"""Index letters by the axis that they run along."""


OPTIONS: Mapping[str, tuple[object, ...]] = {
    "vectors": ("row", "column"),
    "convolution": ("*", "\\star"),
    "bold": (False, True),
    "limits": (False, True),
    "index_base": (0, 1),
    "formula_base": (0, 1),
    "factors": ("w x", "x w"),
}
"""Fields of ``Notation`` that are not names, each with its values."""

NOT_GIVEN: Any = None
"""The default of a field whose value depends on a second field."""


@dataclass(frozen=True, repr=False)
class Notation:
    """Names of the tensors, and the number from which printed labels count.

    Args:
        input, weight, bias, output: the layer's own tensors.
        grad_output: dL/d output, the upstream gradient.
        dense_weight, dense_bias: the fully connected view's free weights and biases.
        local_weight: the locally connected view's weights, one for every output and kernel offset.
        patch: the small inputs of the patches view.
        loss: the scalar loss L.
        scale: the fixed factor of average pooling.
        switch: max pooling's indicator of the chosen elements.
        target: what a loss compares the output with.
        turn_output, turn_error: of a step patch by patch, a patch's output at its turn and the loss's derivative by it.
        index_base: what is printed counts from this, 0 or 1: labels of entries, and indices of general formulas in
            LaTeX, Unicode and plain text. By default labels count from 1 and formulas from 0. Python's indices and
            SymPy's formulas always count from 0.
        formula_base: what general formulas alone count from, if it differs from ``index_base``.
        vectors: how the fully connected view's product is written: "row" is X v, with inputs down the rows of the
            matrix, "column" is v^T X, and then the matrix that is shown is v^T.
        convolution: the sign of the layer's operation in X * w, "*" or "\\star".
        bold: the letters of tensors are bold in LaTeX; scalars, such as the loss, are not.
        limits: sums in general formulas have limits.
        factors: what stands first in a product, "w x" for the weight or "x w" for the input.
        letters: index letters by what they run along, such as {"output": "a", "kernel": "u"}; the others are the usual
            ones, ``LETTERS``. Several axes are numbered, a1 and a2.
        macros: the LaTeX of tensors by their names; usually given with the name, ``weight=r"\\mathbf{W}"`` or
            ``weight=("W", r"\\mathbf{W}")``.

    The options change what is printed, never what is proved. A name that only some layers use, such as the switch of
    max pooling, gives way to a name that is given: ``Notation(output="S").switch`` is another letter.

    Raises:
        NotationError: a name is not a plain identifier (or Greek letter), ends in a digit, or is used twice; an option
            has a value that is not one of its values; an index letter is not one letter, or is used twice.

    >>> Notation(input="x").label("x", (0, 2), (3, 3))
    'x13'
    """

    input: str = "X"
    weight: str = "w"
    bias: str = "b"
    output: str = "h"
    grad_output: str = "delta"
    dense_weight: str = "v"
    dense_bias: str = "a"
    local_weight: str = "U"
    patch: str = "P"
    loss: str = "L"
    scale: str = "D"
    switch: str = "S"
    target: str = "t"
    turn_output: str = "y"
    turn_error: str = "epsilon"
    index_base: int = NOT_GIVEN
    vectors: str = "row"
    convolution: str = "*"
    bold: bool = False
    formula_base: int = NOT_GIVEN
    limits: bool = False
    factors: str = "w x"
    macros: tuple[tuple[str, str], ...] = ()
    letters: Mapping[str, str] | tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.formula_base is None:
            object.__setattr__(self, "formula_base", 0 if self.index_base is None else self.index_base)
        if self.index_base is None:
            object.__setattr__(self, "index_base", 1)
        for option, values in OPTIONS.items():
            value = getattr(self, option)
            if not any(value is one or (type(value) is type(one) and value == one) for one in values):
                right = " or ".join(map(repr, values))
                raise NotationError(f"{option}={shown(value)}", f"it is not {right}", f"use {right}")
        self._read_macros()
        self._read_letters()
        names = {role: self.valid(getattr(self, role), role) for role in ROLES}
        seen = {letter: f"the index of the {role}" for role, letter in self.own_letters.items()}
        given = {name for role, name in names.items() if not self._gives_way(role)}.union(seen)
        for role, name in names.items():
            if self._gives_way(role) and name in given:
                name = next(one for one in (*OTHERWISE.get(role, ()), *SPARE) if one not in given and one not in seen)
            object.__setattr__(self, role, name)
            if name in seen:
                raise NotationError(f"{role}={shown(name)}", f"{seen[name]} has that name already", "use another name")
            seen[name] = role

    def __repr__(self) -> str:
        """What differs from the usual notation."""
        usual = {field.name: field.default for field in fields(self)}
        bases = self.index_base, self.formula_base
        usual |= {"index_base": 1 if bases[1] == 0 else None, "formula_base": 0 if bases == (1, 0) else bases[0]}
        shown = {name: getattr(self, name) for name, value in usual.items() if getattr(self, name) != value}
        given = {name: value for name, value in shown.items() if name not in SELDOM}
        if type(self) is Notation and Notation(**given) == self:  # the other names follow
            shown = given
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    def _gives_way(self, role: str) -> bool:
        """Whether a role that only some layers use has its usual name."""
        return role in SELDOM and bool(getattr(self, role) == type(self).__dataclass_fields__[role].default)

    def _read_macros(self) -> None:
        """Names that are given in LaTeX as plain names, and their LaTeX among the macros."""
        try:
            macros = dict(self.macros)
        except (TypeError, ValueError):
            right = r"use {'W': r'\mathbf{W}'}"
            raise NotationError(f"macros={shown(self.macros)}", "not a map from names to LaTeX", right) from None
        for role in ROLES:
            given = getattr(self, role)
            if isinstance(given, tuple) and len(given) == 2:
                name, macro = given
                macro_name(macro, role)
            elif isinstance(given, str) and "{" in given:
                name, macro = macro_name(given, role), given
            else:
                continue
            object.__setattr__(self, role, name)
            macros[self.valid(name, role)] = macro
        for name, macro in macros.items():
            macro_name(macro, f"the macro of {name}")
        object.__setattr__(self, "macros", tuple(sorted(macros.items())))

    def _read_letters(self) -> None:
        """Index letters that are given, as pairs, each one letter and no two the same."""
        try:
            letters = self.own_letters
        except (TypeError, ValueError):
            wrong = "not a map from axes to letters"
            raise NotationError(f"letters={shown(self.letters)}", wrong, "use {'output': 'a'}") from None
        for role, letter in letters.items():
            if role not in LETTERS:
                raise NotationError(f"letters of {shown(role)}", "no axis runs along that", instead_of(role, LETTERS))
            if not isinstance(letter, str) or not re.fullmatch("[A-Za-z]", letter, re.ASCII):
                raise NotationError(f"the letter {shown(letter)}", "not one letter", "use a letter from a to z")
        usual = {**LETTERS, **letters}
        for role, letter in letters.items():
            if (other := next((one for one, its in usual.items() if its == letter and one != role), None)) is not None:
                raise NotationError(f"the letter {letter} of the {role}", f"the {other} has it", "use another letter")
        object.__setattr__(self, "letters", tuple(sorted(letters.items())))

    @property
    def own_letters(self) -> dict[str, str]:
        """The index letters that are not the usual ones, by what they run along."""
        return dict(self.letters)

    def letter_of(self, role: str) -> str:
        """The index letter of what an axis runs along, a key of ``LETTERS``."""
        return self.own_letters.get(role, LETTERS[role])

    @property
    def reading_order(self) -> str:
        """All index letters, in the order in which they are read."""
        return "".join(map(self.letter_of, LETTERS))

    @staticmethod
    def valid(name: object, role: str) -> str:
        """The name as a plain identifier, or an error."""
        return valid_name(name, role)

    @property
    def names(self) -> tuple[str, ...]:
        """The name of every role that a layer has."""
        return tuple([getattr(self, role) for role in OF_LAYERS])

    def label(self, name: str, index: Sequence[int], shape: Sequence[int]) -> str:
        """The printed name of one entry, digits run together if each number has one, else joined by _.

        A name that ends in a digit is set apart from them by _ too.
        """
        return name + self._digits(name, shape) % tuple(i + self.index_base for i in index)

    def labels(self, name: str, indices: Sequence[Integers], shape: Sequence[int]) -> list[str]:
        """The printed names of many entries; ``indices`` has their indices along each axis.

        >>> Notation().labels("w", [np.array([0, 1]), np.array([2, 0])], (2, 3))
        ['w13', 'w21']
        """
        digits = self._digits(name, shape)
        numbers = zip(*((column + self.index_base).tolist() for column in indices))
        return [name + digits % number for number in numbers]

    def _digits(self, name: str, shape: Sequence[int]) -> str:
        """What follows the name, with %d for every number."""
        apart = "_" if len(shape) > 1 and max(shape) - 1 + self.index_base > 9 else ""
        before = apart or ("_" if shape and name[-1].isdigit() else "")
        return before + apart.join(["%d"] * len(shape))


ROLES = tuple(f.name for f in fields(Notation) if f.name not in ("macros", "letters", *OPTIONS))
"""What a ``Notation`` names."""

TRAINING = ("target", "turn_output", "turn_error")
"""Roles that networks and steps have, and layers do not."""

OF_LAYERS = tuple(role for role in ROLES if role not in TRAINING)
"""Roles that layers have."""

SELDOM = ("dense_weight", "dense_bias", "local_weight", "patch", "scale", "switch", *TRAINING)
"""Roles that only some layers, views or steps use; their usual names give way to names that are given."""

OTHERWISE = {"target": ("T", "tau"), "turn_output": ("z", "u"), "turn_error": ("zeta", "xi")}
SPARE = "QRTYZFMABCEHIJKNO"
"""Names for them then."""

MACRO = re.compile(r"\\(?:mathbf|mathrm|mathit|mathsf|mathcal|boldsymbol)\{(.*)\}", re.ASCII)
"""A style of LaTeX or amsmath around a name."""


def macro_name(macro: object, role: str) -> str:
    """The plain name in the LaTeX of a tensor, or an error: W of \\mathbf{W}, delta of \\boldsymbol{\\delta}."""
    inside = macro
    for _ in range(3):
        if isinstance(inside, str) and (styled := MACRO.fullmatch(inside)):
            inside = styled[1]
    plain = inside.removeprefix("\\") if isinstance(inside, str) else ""
    greek = isinstance(inside, str) and inside.startswith("\\")
    if (
        not isinstance(macro, str)
        or not re.fullmatch(r"[A-Za-z]{1,40}", plain, re.ASCII)
        or (greek and plain not in GREEK)
    ):
        right = "use a style around letters or a Greek letter, such as \\mathbf{W} or \\boldsymbol{\\delta}"
        raise NotationError(f"{role}={shown(macro)}", "it is not LaTeX that a name may have", right)
    return plain


def valid_name(name: object, role: str) -> str:
    """``name`` as a plain identifier, or an error that says what a name may be."""
    right = "use letters, digits and single _, not ending in a digit, such as X, x_in, theta or \\theta"
    if not isinstance(name, str):
        raise NotationError(f"{role}={shown(name)}", "a name must be text", right)
    plain = name[1:] if name.startswith("\\") and name[1:] in GREEK else name
    if not re.fullmatch(r"[A-Za-z]+(_?[A-Za-z0-9])*", plain, re.ASCII) or plain[-1].isdigit() or len(plain) > 40:
        raise NotationError(f"{role}={shown(name)}", "it is neither a plain identifier nor a LaTeX symbol", right)
    return plain


def latex_name(name: str) -> str:
    """LaTeX of a name: X, \\delta, n_{1}, C_{\\mathrm{in}}, k'; of an entry in part 2 of a network, w^{(2)}_{13}.

    >>> latex_name("C_in"), latex_name("delta"), latex_name("n1"), latex_name("w2_13")
    ('C_{\\\\mathrm{in}}', '\\\\delta', 'n_{1}', 'w^{(2)}_{13}')
    """
    from symconv.printing.names import in_latex, name_of  # with the tree's nodes: only needed to print

    return in_latex(name_of(name))


USUAL = Notation()
"""The names that a layer has unless told otherwise."""
