"""Identities of whole layers: adjoints, views and fast algorithms, layers that are one; with all their gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from math import lcm
from typing import Any

import sympy as sp

from symconv.algebra.forms import Form
from symconv.algebra.polynomial import Polynomial
from symconv.bilinear import BilinearAlgorithm
from symconv.catalogue.entry import Equation, Identity, Statement
from symconv.catalogue.letters import exchanged
from symconv.catalogue.mistakes import forgotten, one_further, with_a_wrong_number
from symconv.catalogue.pairs import pair_identities
from symconv.equivalence import (
    Equivalence,
    flattened_linear_is_convolution,
    linear_is_convolution,
    pointwise_convolution_is_linear,
)
from symconv.formulas.tensor_formula import TensorFormula, tensor_of
from symconv.foundations.later import np
from symconv.geometry.axes import axes_of
from symconv.layers import KINDS, Layer
from symconv.layers.adjoint import Adjoint
from symconv.layers.convolution import Conv
from symconv.layers.registry import words_of
from symconv.printing.quantity import Quantity
from symconv.proof import Verdict, Witness, prove
from symconv.proof.verdict import Status
from symconv.views import View

ALGEBRA = "Claerbout 1992, chapter 5"
Wrong = Callable[[TensorFormula], TensorFormula]
FAST: dict[str, tuple[str, str, Callable[[], Layer], Wrong]] = {
    "im2col": (
        "a layer is one product of two matrices", "Chellapilla, Puri and Simard 2006", lambda: Conv.general(2),
        lambda right: forgotten(right, "d1"),
    ),
    "kn2row": (
        "a layer is 1x1 layers, shifted and added", "Vasudevan et al. 2017", lambda: Conv.general(2),
        lambda right: forgotten(right, "s1"),
    ),
    "circulant": (
        "a layer is a circulant matrix of its input", "Jain 1989, section 2.8", lambda: Conv.general(1),
        lambda right: forgotten(right, "p", 0),
    ),
    "polyphase": (
        "a strided layer is a sum over the phases of the stride", "Vaidyanathan 1993, chapter 4",
        lambda: Conv.general(1, dilation=1), lambda right: one_further(right, "X"),
    ),
    "winograd": (
        "a layer in tiles by Winograd's minimal filtering", "Lavin and Gray 2016",
        lambda: Conv.general(1, kernel_size=3, stride=1, dilation=1), lambda right: one_further(right, "X"),
    ),
    "karatsuba": (
        "a layer in tiles by Karatsuba's halves of halves", "Karatsuba and Ofman 1962",
        lambda: Conv.general(1, kernel_size=4, stride=1, dilation=1), lambda right: one_further(right, "X"),
    ),
    "fully_connected": (
        "a layer is fully connected and shares weights", "LeCun et al. 1989", lambda: Conv.general(2),
        lambda right: forgotten(right, "d2"),
    ),
    "patches": (
        "a layer is one small network over patches", "LeCun et al. 1989", lambda: Conv.general(2),
        lambda right: forgotten(right, "s2"),
    ),
}  # fmt: skip


def layer_identities() -> Iterator[Identity]:
    for kind in KINDS.values():
        yield _adjoint_identity(kind)
    for name, (title, reference, made, wrong) in FAST.items():
        yield _view_identity(name, title, reference, made, wrong)
    yield from _algorithms()
    for title, function in EQUIVALENCES.items():
        yield _equivalence(title, function)
    yield from pair_identities()


# -- adjoints --------------------------------------------------------------------------------------------


def _adjoint_identity(kind: type[Layer]) -> Identity:
    """<A x, y> = <x, A^T y>."""
    name = " ".join(words_of(kind))
    refuted = partial(_refuted_at_numbers, kind) if kind.has_switch else None  # the numbers of switches are not free
    return Identity(
        f"the adjoint of {name}", "adjoints", ALGEBRA, partial(_inner_products, kind),
        partial(_doubled, kind), typeset=partial(_typeset_products, kind), refuted=refuted,
    )  # fmt: skip


def inner_products(layer: Layer) -> tuple[TensorFormula, TensorFormula]:
    """<A x, y> by the layer's formula, and <x, A^T y> by that of its adjoint."""
    names, adjoint = layer.notation, layer.adjoint
    back = adjoint.output if isinstance(adjoint, Adjoint) else adjoint.direct.output
    linear = Form(
        tuple(
            term for term in layer.direct.output.form if any(one.name == names.input for one in Form((term,)).tensors)
        )
    )
    output = layer.direct.output.replaced(linear)
    return _times(output, names.grad_output), _times(back, names.input)


def _times(formula: TensorFormula, other: str) -> TensorFormula:
    """The sum of the formula's entries, each times that of another tensor of its shape."""
    letters = tuple(axis.letter for axis in formula.axes)
    tensor = tensor_of(other, formula.layout)
    shape = tuple(axis.size for axis in axes_of(formula.layout))
    at = tuple(map(Polynomial.name, letters))
    product = (formula.form * Form.access(tensor, at)).within(at, shape).summed(letters)
    layouts = {**formula.layouts, other: formula.layout}
    return TensorFormula(Quantity(formula.geometry.notation.loss), product, (), formula.geometry, layouts)


def _without_bias(kind: type[Layer]) -> Layer:
    return kind.general(1, **({"bias": False} if "bias" in kind.PARAMETERS else {}))


def _inner_products(kind: type[Layer]) -> Sequence[Equation]:
    left, right = inner_products(_without_bias(kind))
    return [("<A x, y> = <x, A^T y>", left, right)]


def _typeset_products(kind: type[Layer]) -> list[tuple[Any, Any]]:
    """Both sides with the letters of the layer: an adjoint that is a layer calls its output i, and its input j."""
    layer = _without_bias(kind)
    left, right = inner_products(layer)
    return [(left, right if isinstance(layer.adjoint, Adjoint) else exchanged(right))]


def _doubled(kind: type[Layer]) -> TensorFormula:
    _, right = inner_products(_without_bias(kind))
    return right.replaced(right.form + right.form)


def _refuted_at_numbers(kind: type[Layer]) -> Verdict:
    """The doubled right side of a layer that chooses among four inputs, which are 3, 1, 2 and 5."""
    layer = kind(4, 2)  # type: ignore[arg-type]  # four inputs, and windows or outputs of two
    left, right = inner_products(layer)
    names = layer.notation
    arrays = {names.input: np.array([[3, 1, 2, 5]]), names.grad_output: np.array([[1, 1]])}
    arrays |= layer.chosen(arrays[names.input])
    one, other = (int(side.evaluate(**arrays)) for side in (left, right.replaced(right.form + right.form)))
    values = {
        (name, tuple(at)): int(array[tuple(at)]) for name, array in arrays.items() for at in np.argwhere(array).tolist()
    }
    witness = Witness({"n": 4, "m": 2}, {}, values, one, other)
    if one == other:
        return Verdict("undecided", "", "these numbers do not differ")
    return Verdict("refuted", "these numbers", "the layer chooses its elements itself", witness=witness)


# -- views -----------------------------------------------------------------------------------------------


def _view_identity(name: str, title: str, reference: str, made: Callable[[], Layer], wrong: Wrong) -> Identity:
    return Identity(
        title, "algorithms", reference, partial(_of_view, name, made),
        lambda: wrong(_view(name, made()).output), partial(_proved_view, name, made), partial(_stages, name, made),
    )  # fmt: skip


def _view(name: str, layer: Layer) -> View:
    return {**layer.views, **layer.views_on_request}[name]


def _of_view(name: str, made: Callable[[], Layer]) -> Sequence[Equation]:
    layer = made()
    view = _view(name, layer)
    return [(quantity, getattr(layer.direct, quantity), getattr(view, quantity)) for quantity in layer.quantities]


def _stages(name: str, made: Callable[[], Layer]) -> list[tuple[Any, Any]]:
    """The layer's output, and the view's own stages, the last of which is the same."""
    layer = made()
    lines: list[tuple[Any, Any]] = []
    for stage in _view(name, layer).stages():
        letters = [sp.Symbol(axis.letter, integer=True) for axis in axes_of(stage.layout)]
        lines.append((sp.IndexedBase(stage.name)[tuple(letters)], stage.formula))
    output = layer.direct.output.formula
    (_, last), *before = lines[::-1]
    return [(output.lhs, output.rhs), ("", last), *before]


def _proved_view(name: str, made: Callable[[], Layer]) -> Iterator[Statement]:
    layer = made()
    for theorem in prove(layer, views=["direct", name]).theorems:
        left, right = theorem.formulas.values()
        yield Statement(theorem.of, left, right, theorem.verdict)


# -- bilinear algorithms ---------------------------------------------------------------------------------


def _algorithms() -> Iterator[Identity]:
    known: dict[str, tuple[str, Callable[[], BilinearAlgorithm]]] = {
        **{
            f"Winograd's F({m}, {r})": ("Lavin and Gray 2016", partial(BilinearAlgorithm.winograd, m, r))
            for m, r in ((2, 3), (4, 3), (6, 3), (2, 5))
        },
        "Winograd's F(2x2, 3x3)": ("Lavin and Gray 2016", lambda: BilinearAlgorithm.winograd(2, 3).nested()),
        "Karatsuba's products of two and two": ("Karatsuba and Ofman 1962", partial(BilinearAlgorithm.karatsuba, 2)),
    }
    for title, (reference, made) in known.items():
        yield Identity(
            title, "algorithms", reference, partial(_of_algorithm, made), partial(_wrong_algorithm, made),
            partial(_proved_algorithm, made), partial(_matrices, made),
        )  # fmt: skip


def _of_algorithm(made: Callable[[], BilinearAlgorithm]) -> Sequence[Equation]:
    return [(theorem.of, theorem.right, theorem.formula) for theorem in made().theorems]


def _matrices(made: Callable[[], BilinearAlgorithm]) -> list[tuple[Any, Any]]:
    """What is computed, and by which matrices; of a nested algorithm those of its first axis."""
    algorithm = made()
    said = algorithm.theorems[0].right
    first = algorithm.factors[0]
    nested = len(algorithm.factors) > 1
    C, A, B = (rf"({name} \otimes {name})" if nested else name for name in "CAB")
    lines: list[tuple[Any, Any]] = [(said.tree_left, said.tree_right), ("h", rf"{C} \left( {A} w \odot {B} X \right)")]
    return [*lines, *((name, _matrix(getattr(first, name))) for name in "CAB")]


def _matrix(rows: Sequence[Sequence[Any]]) -> str:
    """Whole numbers, behind a common denominator if there is one."""
    below = lcm(*(Fraction(entry).denominator for row in rows for entry in row))
    written = [" & ".join(str(int(entry * below)) for entry in row) for row in rows]
    matrix = r"\begin{bmatrix} " + r" \\ ".join(written) + r" \end{bmatrix}"
    return matrix if below == 1 else rf"\frac{{1}}{{{below}}} {matrix}"


def _wrong_algorithm(made: Callable[[], BilinearAlgorithm]) -> TensorFormula:
    return with_a_wrong_number(made()).output


def _proved_algorithm(made: Callable[[], BilinearAlgorithm]) -> Iterator[Statement]:
    algorithm = made()
    for theorem in algorithm.theorems:
        status: Status = "proved" if theorem.holds and not algorithm.wrong else "undecided"
        verdict = Verdict(status, "all weights and inputs", "the identity of its matrices", by="bilinear identity")
        yield Statement(theorem.of, theorem.right, theorem.formula, verdict)


# -- layers that are one ---------------------------------------------------------------------------------

EQUIVALENCES: dict[str, Callable[[], Equivalence]] = {
    "a linear layer is a convolution": linear_is_convolution,
    "a 1x1 layer is a linear layer at every pixel": pointwise_convolution_is_linear,
    "a linear layer of a flattened image is a convolution": flattened_linear_is_convolution,
}


def _equivalence(title: str, made: Callable[[], Equivalence]) -> Identity:
    def proved() -> Iterator[Statement]:
        for theorem in made().theorems:
            yield Statement(theorem.name, theorem.left, theorem.right, theorem.verdict)

    def equations() -> Sequence[Equation]:
        return [(theorem.name, theorem.left, theorem.right) for theorem in made().theorems]

    def near_miss() -> TensorFormula:
        return one_further(made().theorems[0].right, "X")

    return Identity(title, "layers", "LeCun, Bottou, Bengio and Haffner 1998", equations, near_miss, proved)
