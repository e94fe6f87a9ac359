"""solve_sharing: which fully connected layers are this convolution, derived by comparing coefficients.

A fully connected layer with all v_ij free computes sum_i v_ij X_i. It equals the convolution for every input
exactly where the coefficients of every X_i agree: v_ij = c_ij(w), where c_ij is what the direct view's
formula has in front of X_i in output j. There are weights w for which that holds exactly where v is in the image
of the linear map c, which is what the equations say: zeros, equalities, and where entries of the map are sums of
weights (an input that is read twice) the linear relations among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeAlias, overload

import sympy as sp

from symconv.algebra.forms import Delta
from symconv.algebra.normal_form import normal_form, readable
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.sympy_out import sides
from symconv.errors import SymconvError, shown
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.arguments import Size, Whole
from symconv.layers import Layer, require_layer
from symconv.printing import jupyter as display
from symconv.proof.certificates.saving import TheoremFiles
from symconv.proof.equivariance_in_general import EquivarianceReport
from symconv.proof.equivariant_sharing import EquivariantSharing
from symconv.proof.sharing_structure import MOST_SHOWN, Lines, Place, Row, Structure, coefficients_of, joined
from symconv.proof.solving_symmetry import solve_symmetry
from symconv.symmetries import Symmetry

MOST_HELD = 20_000
"""A dense matrix of at most 20,000 entries is held with all its equations; of a larger one they are made one by one."""
FEW = 6
"""Of a long list of names 6 are printed if there is a rule for them."""


AnySymmetry: TypeAlias = "Symmetry | str | Iterable[Symmetry | str]"
"""What users pass for a symmetry: one, its name, or several."""


@dataclass(frozen=True, repr=False)
class Sharing(TheoremFiles):
    """Necessary and sufficient conditions on v for a fully connected layer to be the convolution.

    Args:
        layer: the convolution.
        zeros: the v_ij that are zero.
        classes: the v_ij that are equal, a sequence for every different coefficient other than zero.
        relations: linear relations among the classes, beyond equality; most layers have none.
        equations: all of it as SymPy equations, zeros first. Of a layer with more than 20,000 v_ij all these sequences
            are made item by item as they are walked through, and their lengths are known at once.
        before, after: numbers of free weights of the two layers.

    >>> from symconv import Conv, solve_sharing
    >>> sharing = solve_sharing(Conv(3, 2))
    >>> sharing.zeros, sharing.before, sharing.after
    ((v12, v31), 6, 2)
    """

    layer: Layer
    zeros: Sequence[sp.Symbol]
    classes: Sequence[Sequence[sp.Symbol]]
    relations: Sequence[sp.Eq]
    equations: Sequence[sp.Eq]
    before: int
    after: int

    @property
    def summary(self) -> str:
        """What was found, in a line."""
        return f"{self.before} free weights become {self.after}"

    def __repr__(self) -> str:
        return f"<Sharing of {self.layer!r:.200}: {len(self.zeros)} zeros, {len(self.classes)} classes>"

    def __str__(self) -> str:
        is_large = self.before > MOST_HELD
        most = FEW if is_large else MOST_SHOWN
        zero = f"{joined(self.zeros, ' = ', most)} = 0" if self.zeros else "(none)"
        several = [symbols for symbols in self.classes[:most] if len(symbols) > 1]
        each = max(2, most // max(1, len(several)))
        shared = ", ".join(joined(symbols, " = ", each) for symbols in several) or "(none)"
        if (more := len(self.classes) - most) > 0:
            shared += f", and {more:,} more classes"
        lines = [f"{self.layer!r}", f"zero:   {zero}", f"shared: {shared}"]
        lines += [f"and:    {relation.lhs} = {relation.rhs}" for relation in self.relations[:most]]
        if (more := len(self.relations) - most) > 0:
            lines.append(f"and:    {more:,} more relations")
        if is_large and self.layer.padding_mode == "zeros":
            lines += [f"rule:   {line}" for line in _in_words(self.layer, ()).text.splitlines()]
        if is_large:
            lines.append("all:    walk through .zeros, .classes, .relations or .equations")
        return "\n".join([*lines, self.summary])

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values; of more than 20,000 weights only the numbers."""
        found: dict[str, Any] = {"layer": repr(self.layer), "before": self.before, "after": self.after}
        if self.before <= MOST_HELD:
            found["zeros"] = list(map(str, self.zeros))
            found["classes"] = [list(map(str, one)) for one in self.classes]
            found["relations"] = [[str(one.lhs), str(one.rhs)] for one in self.relations]
        return found

    def certificates(self) -> list[dict[str, Any]]:
        """Theorem files about it, for ``symconv verify`` and for Rocq; see ``GeneralSharing.certificates``."""
        return _certificates(self.layer)

    def _repr_html_(self) -> str:
        return display.code(str(self))


@dataclass(frozen=True)
class GeneralSharing(TheoremFiles):
    """The conditions for every shape, when v[.., j, .., i] is zero and when two of them are equal.

    Args:
        layer: the convolution.
        condition: brackets that hold where output i reads input j with kernel offset k, as SymPy equations.
        difference: what two places must have in common to share a weight.
        text: both in words.

    >>> from symconv import Conv, solve_sharing
    >>> solve_sharing(Conv.general(1)).difference
    (-i*s + j,)
    """

    layer: Layer
    condition: tuple[sp.Eq, ...]
    difference: tuple[sp.Expr, ...]
    text: str

    def __str__(self) -> str:
        return self.text

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values."""
        return {"layer": repr(self.layer), "conditions": self.text.splitlines()}

    def certificates(self) -> list[dict[str, Any]]:
        """Theorem files about it, for ``symconv verify`` and for Rocq.

        The first says that the fully connected layer with shared weights computes the layer; the second what its
        weights are, the coefficient of each input in each output, which must be those of every layer that does.

        >>> from symconv import Conv, solve_sharing, verify
        >>> [one["of"] for one in solve_sharing(Conv.general(1)).certificates()]
        ['output', 'shared weights']
        """
        return _certificates(self.layer)

    def _repr_html_(self) -> str:
        return display.words(self.text)


def _certificates(layer: Layer) -> list[dict[str, Any]]:
    from symconv.proof.certificates.equations import certificate_of, equation_certificate  # only to write them
    from symconv.proof.equality import equation_of

    entry = [axis.letter for axis in layer.direct.output.axes]
    equation, _ = equation_of(layer.direct.output, layer.fully_connected.output)
    output = certificate_of(equation, ("layer", "shared"), "output", "as a fully connected layer", "", layer, entry)
    title = f"the coefficients of the inputs of {layer!r}"
    return [output, equation_certificate(*_coefficients(layer), "shared weights", title)]


def _coefficients(layer: Layer) -> tuple[TensorFormula, TensorFormula]:
    """The derivatives of outputs with respect to inputs, by the layer's formula and by that with shared weights."""
    return layer.direct.jacobian("input"), layer.fully_connected.jacobian("input")


@overload
def solve_sharing(layer: Layer) -> Sharing | GeneralSharing: ...
@overload
def solve_sharing(layer: Layer, symmetry: AnySymmetry) -> EquivariantSharing | EquivarianceReport: ...
@overload
def solve_sharing(
    *,
    symmetry: AnySymmetry,
    input_size: Size,
    output_size: Size,
    in_channels: Whole | None = None,
    out_channels: Whole | None = None,
) -> EquivariantSharing | EquivarianceReport: ...
def solve_sharing(
    layer: Layer | None = None,
    symmetry: AnySymmetry | None = None,
    *,
    input_size: Size | None = None,
    output_size: Size | None = None,
    in_channels: Whole | None = None,
    out_channels: Whole | None = None,
) -> Sharing | GeneralSharing | EquivariantSharing | EquivarianceReport:
    """Derive from a layer or a symmetry how a fully connected layer, all of whose v_ij are free, shares weights.

    Without a symmetry, the conditions under which it is the given layer. With one, the conditions under which it
    commutes with the symmetry; they are solved for v, and what remains is compared with the layer.

    Args:
        layer: a layer with weights. With symbols, the conditions are given in general form.
        symmetry: "shifts", "circular shifts", "reflections", "rotations", "D4", "channel permutations"; or an object
            such as ``Shifts(stride=2)``; or several of them: a map then commutes with each. What an object leaves open,
            such as the border and the stride, is the layer's.
        input_size, output_size: with a symmetry, sizes of the map instead of a layer, one number or one for each axis.
        in_channels, out_channels: its numbers of channels, 1 by default.

    Returns:
        Sharing for numbers; GeneralSharing for symbols. With a symmetry, EquivariantSharing for numbers, and for
        symbols and for more than 250,000 weights an EquivarianceReport, which proves it with letters for places.

    Raises:
        SymconvError: a layer without weights; or one with symbols whose inputs may be read more than once
            (padding modes other than zeros), where the conditions depend on the numbers; a symmetry that does not act
            on such maps, or that is solved with numbers only.

    >>> from symconv import Conv
    >>> print(solve_sharing(Conv(3, 2)))
    Conv(3, 2)
    zero:   v12 = v31 = 0
    shared: v11 = v22, v21 = v32
    6 free weights become 2
    >>> print(solve_sharing(Conv(3, 2), symmetry="shifts"))
    maps of 3 inputs to 2 outputs that commute with shifts
    zero:   (none)
    shared: v11 = v22, v21 = v32
    6 free weights become 4
    they are Conv(3, 4, padding=1) with any kernel
    zero wherever Conv(3, 2) reads nothing: 2 free weights
    they are the layer with any kernel
    """
    sizes = {
        "input_size": input_size, "output_size": output_size, "in_channels": in_channels, "out_channels": out_channels,
    }  # fmt: skip
    if symmetry is not None:
        return solve_symmetry(symmetry, layer, sizes)
    for name, value in sizes.items():
        if value is not None:
            wrong = "it is about a map that commutes with a symmetry"
            raise SymconvError(f"{name}={shown(value)}", wrong, 'add symmetry="shifts", or pass a layer alone')
    require_layer(layer, "weight sharing")
    assert layer is not None
    layer.require("weight")
    if not layer.is_concrete:
        return _solve_in_general(layer)
    before = prod(int(size) for size in layer.fully_connected.shared_weight.shape)
    return _solve_axis_by_axis(layer) if before > MOST_HELD and layer.axes_apart else _solve(layer)


# -- at numbers ----------------------------------------------------------------------------------------


def _solve(layer: Layer) -> Sharing:
    free = layer.fully_connected.free_matrix
    rows = coefficients_of(layer)
    zeros, classes = [], {}  # type: ignore[var-annotated]
    for place in sorted((i, j) for i in range(free.rows) for j in range(free.cols)):
        row = rows.get(place, ())
        if row:
            classes.setdefault(row, []).append(free[place])
        else:
            zeros.append(free[place])
    relations, rank = _relations(list(classes), [symbols[0] for symbols in classes.values()])
    equations = [sp.Eq(symbol, 0, evaluate=False) for symbol in zeros]
    for symbols in classes.values():
        equations += [sp.Eq(symbols[0], other, evaluate=False) for other in symbols[1:]]
    return Sharing(
        layer, tuple(zeros), tuple(map(tuple, classes.values())), tuple(relations), (*equations, *relations),
        free.rows * free.cols, rank,
    )  # fmt: skip


def _solve_axis_by_axis(layer: Layer) -> Sharing:
    """The same for a large layer, of which no list of all v_ij is made."""
    structure = Structure.of(layer, coefficients_of, _rank)
    shape = structure.shape

    def symbol(place: Place) -> sp.Symbol:
        return sp.Symbol(layer.notation.label(layer.notation.dense_weight, place, shape))

    def classes() -> Iterator[Lines[sp.Symbol]]:
        for _, places in structure.classes():
            yield Lines(len(places), lambda places=places: map(symbol, places))  # type: ignore[misc]

    def relations() -> Iterator[sp.Eq]:
        for pair in structure.by_channels() if structure.rank < structure.class_count else ():
            rows, places = zip(*pair)
            yield from _relations(rows, [symbol(one[0]) for one in places])[0]

    zeros = Lines(structure.zero_count, lambda: map(symbol, structure.zeros()))
    shared = Lines(structure.class_count, classes)
    related = Lines(structure.class_count - structure.rank, relations)
    equal = prod(shape) - structure.zero_count - structure.class_count

    def equations() -> Iterator[sp.Eq]:
        yield from (sp.Eq(one, 0, evaluate=False) for one in zeros)
        for symbols in shared:
            first, *others = symbols
            yield from (sp.Eq(first, other, evaluate=False) for other in others)
        yield from related

    every = Lines(structure.zero_count + equal + len(related), equations)
    return Sharing(layer, zeros, shared, related, every, prod(shape), structure.rank)


def _rank(rows: Sequence[Row]) -> int:
    return _relations(rows, sp.symbols(f"v0:{len(rows)}"))[1]


def _relations(rows: Sequence[Row], symbols: Sequence[sp.Symbol]) -> tuple[list[sp.Eq], int]:
    """Linear relations among different rows of the map, and its rank."""
    weights = sorted({weight for row in rows for weight, _ in row})
    single = {row[0][0] for row in rows if len(row) == 1}
    if len(single) == len(rows):  # every class is a weight of its own
        return [], len(rows)
    matrix = sp.zeros(len(rows), len(weights))
    for at, row in enumerate(rows):
        for weight, coefficient in row:
            matrix[at, weights.index(weight)] = sp.Rational(coefficient)
    relations = []
    null_space = matrix.T.nullspace()
    for vector in null_space:
        scale = sp.ilcm(*(entry.q for entry in vector)) if len(vector) else 1
        terms = [entry * scale * symbol for entry, symbol in zip(vector, symbols) if entry]
        last = terms.pop()
        relations.append(sp.Eq(last, -sp.Add(*terms), evaluate=False))
    return relations, len(rows) - len(null_space)


# -- in general ----------------------------------------------------------------------------------------


def _solve_in_general(layer: Layer) -> GeneralSharing:
    """From the coefficient of X[.., j] in output i: sum over k of w[.., k] [l j = s i + d k - p]."""
    if layer.padding_mode != "zeros":
        raise SymconvError(
            repr(layer), f"with {layer.padding_mode} padding an input may be read more than once",
            "give numbers with conv.at(..), or use zero padding",
        )  # fmt: skip
    jacobian = layer.direct.jacobian("input")
    (term,) = map(readable, normal_form(jacobian.form, jacobian.assumptions, layer.reading_order).result)
    write = layer.writer.polynomial
    brackets = [factor for factor in term.factors if isinstance(factor, Delta)]
    conditions = tuple(sp.Eq(*map(write, sides(bracket)), evaluate=False) for bracket in brackets)
    return _in_words(layer, conditions)


def _in_words(layer: Layer, conditions: tuple[sp.Eq, ...]) -> GeneralSharing:
    number = layer.writer.polynomial
    differences = []
    for scheme, j, i in zip(layer.schemes, layer.input_positions, layer.output_positions):
        differences.append(number(scheme.l) * j.symbol - number(scheme.s) * i.symbol)
    view = layer.fully_connected
    inputs = ", ".join(axis.letter for axis in view.inputs)
    outputs = ", ".join(axis.letter for axis in view.outputs)
    name = f"{layer.notation.dense_weight}[{inputs}, {outputs}]"
    reads = " and ".join(
        " = ".join(str(number(side)) for side in sides(Delta.equal(scheme.l * Polynomial.name(j.letter), position)))
        for scheme, j, position in zip(layer.schemes, layer.input_positions, layer.read_positions)
    )
    offsets = ", ".join(f"0 <= {axis.letter} < {number(axis.size)}" for axis in layer.kernel_offsets)
    groups = "".join(f" and {a.letter} = {b.letter}" for a, b in zip(layer.input_groups, layer.group_axes))
    channels = [axis.letter for axis in (*layer.group_axes, *layer.output_channels, *layer.input_channels)]
    same = f", with the same {', '.join(channels)}" if channels else ""
    text = (
        f"{name} = 0 unless {reads}{groups} for some {offsets}\n"
        f"two that are not zero are equal where {' and '.join(map(str, differences))} is the same{same}"
    )
    return GeneralSharing(layer, conditions, tuple(differences), text)
