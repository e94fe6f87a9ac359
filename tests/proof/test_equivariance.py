"""solve_sharing(symmetry=..): against all group elements, one by one, by linear algebra and by plain NumPy."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import permutations, product
from typing import Any

import numpy as np
import pytest
import sympy as sp
from sympy.polys.matrices import DomainMatrix

from symconv import (
    D4,
    ChannelPermutations,
    Conv,
    ConvTranspose,
    EquivarianceReport,
    EquivariantSharing,
    Intertwiner,
    Reflections,
    Rotations,
    Shifts,
    Symmetry,
    prove_equal,
    solve_sharing,
)
from symconv.errors import SymconvError
from symconv.symmetries import MovingGenerator
from tests.tools import thinned

Shape = tuple[int, ...]
Moves = Callable[[Any], Any]
Element = tuple[Moves, Moves, Any, Any]
"""What a group element does to an array of inputs and of outputs, and which inputs and outputs stay inside."""


# -- the group elements, in plain NumPy -------------------------------------------------------------------


def circular_shifts(inputs: tuple[int, ...], outputs: tuple[int, ...], stride: int = 1) -> Iterator[Element]:
    """Every shift of a circle, on all axes."""
    axes = tuple(range(1, len(inputs)))
    for z in product(*(range(size) for size in outputs[1:])):
        by = tuple(stride * one for one in z)
        everywhere = np.ones(inputs, bool), np.ones(outputs, bool)
        yield (lambda x, by=by: np.roll(x, by, axes)), (lambda h, z=z: np.roll(h, z, axes)), *everywhere


def shifts(inputs: tuple[int, ...], outputs: tuple[int, ...], stride: int = 1, spread: int = 1) -> Iterator[Element]:
    """Every shift, in both directions, on the inputs and outputs that it keeps inside."""
    reach = [range(-max(n, m), max(n, m) + 1) for n, m in zip(inputs[1:], outputs[1:])]
    for z in product(*reach):
        moved = []
        for box, step in ((inputs, stride), (outputs, spread)):
            by = [step * one for one in z]
            stays = np.ones(box, bool)
            for axis, one in enumerate(by):
                at = np.arange(box[axis + 1]) + one
                inside = (at >= 0) & (at < box[axis + 1])
                stays &= inside.reshape([-1 if axis + 1 == other else 1 for other in range(len(box))])
            moved.append((lambda x, by=tuple(by): np.roll(x, by, tuple(range(1, x.ndim))), stays))
        (on_input, keeps), (on_output, kept) = moved
        yield on_input, on_output, keeps, kept


def turned(*functions: Callable[[Any], Any]) -> Callable[..., Iterator[Element]]:
    """Functions of images, which leave nothing out."""

    def elements(inputs: tuple[int, ...], outputs: tuple[int, ...]) -> Iterator[Element]:
        for function in functions:
            yield function, function, np.ones(inputs, bool), np.ones(outputs, bool)

    return elements


def flip(*axes: int) -> Callable[[Any], Any]:
    return lambda x: np.flip(x, axes)


def quarter(turns: int, mirrored: bool = False) -> Callable[[Any], Any]:
    return lambda x: np.rot90(np.flip(x, -1) if mirrored else x, turns, (-2, -1))


def all_permutations(inputs: tuple[int, ...], outputs: tuple[int, ...], both: bool = True) -> Iterator[Element]:
    for order in permutations(range(inputs[0])):
        fixed = (lambda h, order=order: h[list(order)]) if both else (lambda h: h)
        yield (lambda x, order=order: x[list(order)]), fixed, np.ones(inputs, bool), np.ones(outputs, bool)


def lifted(inputs: tuple[int, ...], outputs: tuple[int, ...]) -> Iterator[Element]:
    """Quarter turns of an image; of four channels for each field, which are turned and permuted in a circle."""
    for turns in range(4):

        def on_output(h: Any, turns: int = turns) -> Any:
            fields = h.reshape(-1, 4, *h.shape[1:])
            return np.rot90(np.roll(fields, turns, 1), turns, (-2, -1)).reshape(h.shape)

        yield quarter(turns), on_output, np.ones(inputs, bool), np.ones(outputs, bool)


def pseudoscalars(inputs: tuple[int, ...], outputs: tuple[int, ...]) -> Iterator[Element]:
    for axis in (1, 2):
        yield flip(axis), lambda h, axis=axis: -np.flip(h, axis), np.ones(inputs, bool), np.ones(outputs, bool)


def commutator(
    matrix: Any, inputs: tuple[int, ...], outputs: tuple[int, ...], elements: Iterator[Element]
) -> list[int]:
    """A g x - g A x for every g and every unit vector x that g keeps inside, at outputs that g keeps inside."""
    count = int(np.prod(inputs))
    found: list[int] = []
    for on_input, on_output, stays, kept in elements:
        compared = on_output(kept.astype(int)) != 0
        for j in np.flatnonzero(stays):
            x = np.zeros(count, int)
            x[j] = 1
            x = x.reshape(inputs)
            left = (on_input(x).reshape(-1) @ matrix).reshape(outputs)
            right = on_output((x.reshape(-1) @ matrix).reshape(outputs))
            found += list((left - right)[compared])
    return found


def rank(rows: Any) -> int:
    different = sorted({tuple(map(int, row)) for row in rows})
    return int(DomainMatrix.from_list([list(row) for row in different], sp.QQ).rank()) if different else 0


def basis(sharing: EquivariantSharing) -> list[Any]:
    """A matrix for each free weight, scaled to whole numbers."""
    found = []
    for symbol in sharing.free:
        unit = sharing.matrix.subs({one: int(one == symbol) for one in sharing.free})
        scale = sp.ilcm(*(entry.q for entry in unit))
        found.append(np.array((scale * unit).tolist(), dtype=int))
    return found


def commutators(inputs: tuple[int, ...], outputs: tuple[int, ...], make: Callable[..., Iterator[Element]]) -> Any:
    """The commutator of every matrix unit, a column each."""
    N, M = int(np.prod(inputs)), int(np.prod(outputs))
    columns = []
    for at in range(N * M):
        unit = np.zeros(N * M, int)
        unit[at] = 1
        columns.append(commutator(unit.reshape(N, M), inputs, outputs, make(inputs, outputs)))
    return np.array(columns).T


CASES: dict[str, tuple[tuple[int, ...], tuple[int, ...], Symmetry, Callable[..., Iterator[Element]]]] = {
    "shifts": ((1, 4), (1, 3), Shifts(), shifts),
    "shifts, more outputs": ((1, 2), (1, 4), Shifts(), shifts),
    "shifts, channels": ((2, 3), (2, 2), Shifts(), shifts),
    "stride 2": ((1, 5), (1, 3), Shifts(stride=2), lambda a, b: shifts(a, b, 2)),
    "stride 3, few inputs": ((1, 2), (1, 3), Shifts(stride=3), lambda a, b: shifts(a, b, 3)),
    "transposed": ((1, 3), (1, 5), Shifts(output_stride=2), lambda a, b: shifts(a, b, 1, 2)),
    "by two and two": ((1, 4), (1, 4), Shifts(stride=2, output_stride=2), lambda a, b: shifts(a, b, 2, 2)),
    "shifts of images": ((1, 3, 2), (1, 2, 2), Shifts(), shifts),
    "circle": ((1, 4), (1, 4), Shifts("circular"), circular_shifts),
    "circle, stride 2": ((1, 6), (1, 3), Shifts("circular", stride=2), lambda a, b: circular_shifts(a, b, 2)),
    "circle of images": ((1, 3, 2), (1, 3, 2), Shifts("circular"), circular_shifts),
    "circle, channels": ((2, 3), (2, 3), Shifts("circular"), circular_shifts),
    "reflection": ((1, 5), (1, 3), Reflections(), turned(flip(1))),
    "reflections of images": ((1, 3, 3), (1, 2, 2), Reflections(), turned(flip(1), flip(2))),
    "reflection of one axis": ((1, 3, 2), (1, 2, 2), Reflections(axis=1), turned(flip(2))),
    "rotations": ((1, 3, 3), (1, 2, 2), Rotations(), turned(*(quarter(at) for at in range(4)))),
    "D4": (
        (1, 3, 3), (1, 3, 3), D4(), turned(*(quarter(at, mirrored) for at in range(4) for mirrored in (False, True))),
    ),
    "lifted": ((1, 2, 2), (4, 2, 2), Rotations(outputs="regular"), lifted),
    "pseudoscalars": ((1, 3, 3), (1, 2, 2), Reflections(outputs="sign"), pseudoscalars),
    "channels": ((3, 2), (3, 1), ChannelPermutations(), all_permutations),
    "invariant": ((3, 2), (2, 1), ChannelPermutations(outputs=False), lambda a, b: all_permutations(a, b, False)),
    "shifts and reflections": (
        (1, 4), (1, 3), Shifts() & Reflections(), lambda a, b: [*shifts(a, b), *turned(flip(1))(a, b)],
    ),
    "circle and D4": (
        (1, 3, 3), (1, 3, 3), Shifts("circular") & D4(),
        lambda a, b: [*circular_shifts(a, b), *turned(quarter(1), quarter(0, True))(a, b)],
    ),
    "circle and channels": (
        (2, 3), (2, 3), Shifts("circular") & ChannelPermutations(),
        lambda a, b: [*circular_shifts(a, b), *all_permutations(a, b)],
    ),
}  # fmt: skip


def solved(inputs: tuple[int, ...], outputs: tuple[int, ...], symmetry: Any) -> EquivariantSharing:
    found = solve_sharing(
        symmetry=symmetry,
        input_size=inputs[1:],
        output_size=outputs[1:],
        in_channels=inputs[0],
        out_channels=outputs[0],
    )
    assert isinstance(found, EquivariantSharing)
    return found


@pytest.mark.parametrize("name", thinned(CASES, 2))
def test_the_conditions_are_necessary_and_sufficient(name: str) -> None:
    """As many free weights as the equations of all elements leave, and each of them makes a map that commutes."""
    inputs, outputs, symmetry, make = CASES[name]
    sharing = solved(inputs, outputs, symmetry)
    equations = commutators(inputs, outputs, make)
    assert sharing.after == equations.shape[1] - rank(equations)
    for matrix in basis(sharing):
        assert not any(commutator(matrix, inputs, outputs, make(inputs, outputs)))


@pytest.mark.parametrize("name", ["shifts", "stride 2", "circle", "reflection", "rotations", "pseudoscalars"])
def test_a_map_that_breaks_one_equation_does_not_commute(name: str) -> None:
    inputs, outputs, symmetry, make = CASES[name]
    sharing = solved(inputs, outputs, symmetry)
    right = sum((at + 2) * matrix for at, matrix in enumerate(basis(sharing)))
    names = [str(sharing._symbols[at]) for at in range(sharing.before)]
    for equation in random.Random(1).sample(sharing.equations, 4):
        (symbol,) = list(equation.rhs.free_symbols or equation.lhs.free_symbols)[:1]
        wrong = right.copy().reshape(-1)
        wrong[names.index(str(symbol))] += 1
        assert any(commutator(wrong.reshape(right.shape), inputs, outputs, make(inputs, outputs)))


def test_matrices_of_a_group_that_moves_nothing() -> None:
    """Maps that commute with a turn by a right angle are complex numbers; with a shear, polynomials in it."""
    turn, shear = [[0, -1], [1, 0]], [[1, 1, 0], [0, 1, 1], [0, 0, 1]]
    complex_numbers = solve_sharing(symmetry=Intertwiner(turn, turn), input_size=2, output_size=2)
    assert isinstance(complex_numbers, EquivariantSharing)
    a, b = complex_numbers.free
    assert complex_numbers.matrix == sp.Matrix([[a, b], [-b, a]])
    polynomials = solve_sharing(symmetry=Intertwiner(shear, shear), input_size=3, output_size=3)
    assert isinstance(polynomials, EquivariantSharing)
    A, S = polynomials.matrix.T, sp.Matrix(shear)
    assert (A * S - S * A).expand() == sp.zeros(3) and polynomials.after == 3
    half = Intertwiner([[sp.Rational(1, 2), 0], [0, 1]], [[1]])
    fixed = solve_sharing(symmetry=half, input_size=2, output_size=1)
    assert isinstance(fixed, EquivariantSharing)
    assert fixed.zeros == (sp.Symbol("v11"),) and fixed.after == 1


@pytest.mark.parametrize(
    ("symmetry", "size"), [(Reflections(), (3,)), (Shifts("circular"), (4,)), (D4(), (2, 2)), (Rotations(), (2, 2))]
)
def test_the_same_as_matrices(symmetry: Symmetry, size: tuple[int, ...]) -> None:
    """Permutations as matrices, which are eliminated with rational numbers, leave what joining places leaves."""
    joined = solved((1, *size), (1, *size), symmetry)
    matrices = []
    for generator in symmetry.generators(joined.shape):
        assert isinstance(generator, MovingGenerator)
        rows = [[int(to == row) for to in generator.on_input] for row in range(len(generator.on_input))]
        matrices.append(Intertwiner(rows, rows))
    eliminated = solved((1, *size), (1, *size), tuple(matrices))
    assert eliminated.matrix == joined.matrix


def test_a_layer_that_commutes_with_matrices() -> None:
    """A pointwise layer commutes with every matrix; one of three weights with a shear if one of them is zero."""
    shear = Intertwiner([[1, 1], [0, 1]], [[1, 1], [0, 1]])
    pointwise = solve_sharing(Conv(2, 1), shear)
    assert isinstance(pointwise, EquivariantSharing) and pointwise.of_layer is not None and pointwise.of_layer.commutes
    full = solve_sharing(Conv(2, 3, padding=1), shear)
    assert isinstance(full, EquivariantSharing) and full.of_layer is not None
    w = np.array(full.kernel.tolist())
    units = matrices_of(Conv(2, 3, padding=1))
    A = sp.Matrix(2, 2, [sum(w[k] * int(units[k, j, i]) for k in range(3)) for i in range(2) for j in range(2)])
    S = sp.Matrix([[1, 1], [0, 1]])
    assert (A * S - S * A).expand() == sp.zeros(2) and full.of_layer.after == 2


def test_relations_among_more_than_two() -> None:
    """on_output A = A on_input with an average: v[1] is twice the mean of the others."""
    mean = [[0, 1, 1], [1, 0, 0], [0, 0, 1]]
    sharing = solve_sharing(symmetry=Intertwiner(mean, [[1]]), input_size=3, output_size=1)
    assert isinstance(sharing, EquivariantSharing)
    R, v = sp.Matrix(mean), sharing.matrix
    assert (v.T * R - v.T).expand() == sp.zeros(1, 3)
    assert sharing.after == 3 - (R.T - sp.eye(3)).rank()


# -- layers ----------------------------------------------------------------------------------------------


def matrices_of(layer: Conv) -> Any:
    """The dense matrix of each weight alone, by plain loops; rows are inputs."""
    (n,), (m,), (K,) = (tuple(map(int, one)) for one in (layer.input_size, layer.output_size, layer.kernel_size))
    given = layer.arguments()
    s, d, p = int(given["stride"][0]), int(given["dilation"][0]), int(given["padding"][0])
    found = np.zeros((K, n, m), int)
    for i, k in product(range(m), range(K)):
        j = s * i + d * k - p
        if layer.padding_mode == "circular":
            j %= n
        if 0 <= j < n:
            found[k, j, i] += 1
    return found


LAYERS = {
    "plain": (Conv(5, 3), "shifts", lambda a, b: shifts(a, b)),
    "padded": (Conv(4, 3, padding=1), "shifts", lambda a, b: shifts(a, b)),
    "strided": (Conv(6, 3, stride=2, padding=1), "shifts", lambda a, b: shifts(a, b, 2)),
    "dilated": (Conv(6, 2, dilation=2), "shifts", lambda a, b: shifts(a, b)),
    "a weight that is never read": (Conv(1, 5, padding=2), "shifts", lambda a, b: shifts(a, b)),
    "circular": (Conv(4, 3, padding=1, padding_mode="circular"), "shifts", circular_shifts),
    "a kernel once around": (Conv(3, 5, padding=2, padding_mode="circular"), "shifts", circular_shifts),
    "reflected": (Conv(5, 3), "reflections", turned(flip(1))),
    "reflected, one left over": (Conv(6, 3, stride=2), "reflections", turned(flip(1))),
    "shifted and reflected": (
        Conv(5, 3), ("shifts", "reflections"), lambda a, b: [*shifts(a, b), *turned(flip(1))(a, b)],
    ),
    "of no circle": (Conv(5, 3), Shifts("circular"), lambda a, b: [
        (lambda x: np.roll(x, 1, 1), lambda h: np.roll(h, 1, 1), np.ones(a, bool), np.ones(b, bool))]),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_which_kernels_of_a_layer_commute(name: str) -> None:
    layer, symmetry, make = LAYERS[name]
    sharing = solve_sharing(layer, symmetry=symmetry)
    assert isinstance(sharing, EquivariantSharing) and sharing.of_layer is not None
    units = matrices_of(layer)
    inputs, outputs = (1, units.shape[1]), (1, units.shape[2])
    moved = np.array([commutator(unit, inputs, outputs, make(inputs, outputs)) for unit in units])
    flat = units.reshape(len(units), -1)
    of = sharing.of_layer
    assert of.commutes == (not moved.any())
    assert of.kernels.rank == len(units) - rank(moved)
    assert of.after == rank(np.hstack([flat, moved])) - rank(moved)
    equations = commutators(inputs, outputs, make)
    reads = flat.any(0)
    zero = np.eye(flat.shape[1], dtype=int)[~reads].reshape(-1, flat.shape[1])
    assert of.local_after == flat.shape[1] - rank(np.vstack([equations, zero]))


def test_maps_that_commute_with_shifts_are_the_convolution() -> None:
    sharing = solve_sharing(Conv(3, 2), symmetry="shifts")
    assert isinstance(sharing, EquivariantSharing)
    assert sharing.convolution == Conv(3, 4, padding=1)
    assert sharing.of_layer is not None and sharing.of_layer.commutes and sharing.of_layer.is_every_map
    assert sharing.matrix == sp.Matrix(3, 2, sp.symbols("v11 v12 v21 v11 v31 v21"))


@pytest.mark.parametrize(
    ("layer", "symmetry", "kernel"),
    [
        (Conv((5, 5), (3, 3)), ("shifts", "D4"), "w11 w12 w11 w12 w22 w12 w11 w12 w11"),
        (Conv((5, 5), (3, 3)), ("shifts", "rotations"), "w11 w12 w11 w12 w22 w12 w11 w12 w11"),
        (Conv((5, 4), (3, 2), padding=1), ("shifts", "reflections"), "w11 w11 w21 w21 w11 w11"),
        (Conv((5, 5), (3, 3)), Shifts() & Rotations(outputs="sign"), "w11 w12 w11 w12 w22 w12 w11 w12 w11"),
        (Conv(5, 3), Shifts() & Reflections(outputs="sign"), "w1 0 -w1"),
        (Conv((5, 5), (3, 3), stride=2), ("shifts", "D4"), "w11 w12 w11 w12 w22 w12 w11 w12 w11"),
    ],
)
def test_kernels_that_are_invariant(layer: Conv, symmetry: Any, kernel: str) -> None:
    sharing = solve_sharing(layer, symmetry=symmetry)
    assert isinstance(sharing, EquivariantSharing) and sharing.of_layer is not None
    assert list(map(str, sp.flatten(sharing.kernel))) == kernel.split()
    assert sharing.of_layer.is_every_map


def test_a_lifting_layer_has_one_kernel_that_turns() -> None:
    """The first layer of a group convolution: four channels, one kernel in four positions (Cohen and Welling 2016)."""
    layer = Conv((4, 4), (3, 3), out_channels=4)
    sharing = solve_sharing(layer, symmetry=Shifts() & Rotations(outputs="regular"))
    assert isinstance(sharing, EquivariantSharing) and sharing.of_layer is not None and sharing.of_layer.is_every_map
    kernel = np.array(sharing.kernel.tolist(), dtype=object)[:, 0]
    assert len(set(kernel[0].reshape(-1))) == 9
    for turns in range(4):
        assert (kernel[turns] == np.rot90(kernel[0], turns)).all()


def test_channels_are_mixed_by_a_number_and_a_sum() -> None:
    layer = Conv(2, 1, in_channels=3, out_channels=3)
    sharing = solve_sharing(layer, symmetry=("shifts", "channel permutations"))
    assert isinstance(sharing, EquivariantSharing) and sharing.of_layer is not None and sharing.of_layer.is_every_map
    a, b = sp.symbols("w111 w121")
    assert sp.Matrix(3, 3, sp.flatten(sharing.kernel)) == (a - b) * sp.eye(3) + b * sp.ones(3)


# -- letters ---------------------------------------------------------------------------------------------

n, m, K, s = sp.symbols("n m K s", integer=True, positive=True)


@pytest.mark.parametrize(
    ("layer", "symmetry"),
    [
        (Conv.general(1), "shifts"),
        (Conv.general(2), "shifts"),
        (Conv.general(2, groups=sp.Symbol("G", integer=True, positive=True)), "shifts"),
        (Conv.general(1, padding_mode="circular"), "shifts"),
        (Conv.general(2, padding_mode="circular"), "circular shifts"),
        (ConvTranspose.general(1), "shifts"),
        (Conv(n, 3, stride=2), "shifts"),
        (Conv.general(1), "reflections"),
        (Conv.general(2), "reflections"),
        (Conv.general(2), ("shifts", "D4")),
        (Conv.general(3, stride=1), "rotations"),
        (ConvTranspose.general(1, output_padding=0), "reflections"),
    ],
    ids=repr,
)
def test_for_every_size(layer: Any, symmetry: Any) -> None:
    report = solve_sharing(layer, symmetry=symmetry)
    assert isinstance(report, EquivarianceReport)
    assert report.holds, str(report)


@pytest.mark.parametrize(
    ("layer", "symmetry"),
    [
        (Conv((224, 224), (11, 11), in_channels=3, out_channels=96, stride=4, padding=2), "shifts"),
        (Conv((225, 225), (11, 11), in_channels=3, out_channels=96, stride=2, padding=5), "p4m"),
        (Conv((64, 64), (3, 3), padding=1, padding_mode="circular"), "shifts"),
        (Conv((64, 64), (2, 2), stride=2, padding_mode="circular"), "shifts"),
    ],
    ids=repr,
)
def test_a_large_layer_is_proved_at_its_sizes(layer: Conv, symmetry: str) -> None:
    report = solve_sharing(layer, symmetry)
    assert isinstance(report, EquivarianceReport) and report.holds and report.scope == "this layer", str(report)


def test_a_large_map_is_a_convolution() -> None:
    report = solve_sharing(symmetry="shifts", input_size=1000, output_size=999)
    assert isinstance(report, EquivarianceReport) and report.holds
    assert report.layer == Conv(1000, 1998, padding=998)


def test_a_letter_for_every_size_without_a_layer() -> None:
    report = solve_sharing(symmetry=Shifts(stride=s), input_size=n, output_size=m)
    assert isinstance(report, EquivarianceReport) and report.holds
    assert report.layer == Conv(n, n + s * (m - 1), stride=s, padding=s * (m - 1))


def test_what_commutes_with_another_shift_is_refuted() -> None:
    """A strided layer does not commute with shifts by one; a circle of another length is none."""
    entry = Conv.general(1).fully_connected.shared_weight.formula.rhs
    j, i, z = sp.symbols("j i z", integer=True)
    assert prove_equal(entry.subs({j: j + z, i: i + z}, simultaneous=True), entry).refuted
    around = Conv.general(1, padding_mode="circular").fully_connected.shared_weight.formula.rhs
    assert prove_equal(around.subs(i, i + m), around).refuted


def test_the_kernel_that_a_reflection_turns_says_what_the_numbers_say() -> None:
    report = solve_sharing(Conv.general(1), symmetry=Reflections(outputs="sign"))
    assert isinstance(report, EquivarianceReport) and report.holds
    assert "w[o, c, K - k - 1] = -w[o, c, k]" in report.conclusion


DENSE = [[(7 * at * other + at + 3) % 11 for at in range(20)] for other in range(20)]
"""A matrix that moves nothing."""


# -- what users get wrong, and how it prints ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: solve_sharing(Conv(3, 2), symmetry="shiftz"), "did you mean shifts"),
        (lambda: solve_sharing(Conv(3, 2), symmetry=Shifts), "it is a class"),
        (lambda: solve_sharing(Conv(3, 2), symmetry=3), "not a symmetry"),
        (lambda: solve_sharing(Conv(3, 2), symmetry=()), "not a symmetry"),
        (lambda: solve_sharing(Conv(3, 2), symmetry=("shifts", 3)), "not a symmetry"),
        (lambda: solve_sharing(Conv(3, 2), symmetry="D4"), "a square has two"),
        (lambda: solve_sharing(Conv((3, 4), (2, 2)), symmetry="rotations"), "3 and 4 elements"),
        (lambda: solve_sharing(Conv(3, 2, out_channels=2), symmetry="channel permutations"), "both are permuted alike"),
        (lambda: solve_sharing(Conv((3, 3), 2), symmetry=D4(outputs="regular")), "8 channels each"),
        (lambda: solve_sharing(Conv(3, 2), symmetry="shifts", input_size=3), "its own sizes"),
        (lambda: solve_sharing(Conv(3, 2), input_size=3), "a symmetry"),
        (lambda: solve_sharing(symmetry="shifts"), "no input_size"),
        (lambda: solve_sharing(symmetry="shifts", input_size=3), "no output_size"),
        (lambda: solve_sharing(symmetry="shifts", input_size=0, output_size=1), "input_size"),
        (lambda: solve_sharing(symmetry="shifts", input_size=(3, 3), output_size=(3,)), "numbers of axes"),
        (
            lambda: solve_sharing(symmetry="reflections", input_size=n, output_size=m),
            "only shifts along all",
        ),
        (lambda: solve_sharing(), "not a layer"),
        (lambda: solve_sharing(Conv.general(1), symmetry="channel permutations"), "numbers only"),
        (lambda: solve_sharing(Conv.general(1, padding_mode="reflect"), symmetry="shifts"), "reflect padding"),
        (lambda: solve_sharing(Conv.general(1), symmetry=Shifts(stride=2)), "different"),
        (lambda: solve_sharing(Conv(9, 3, in_channels=99, out_channels=99), "channel permutations"), "small ones"),
        (lambda: solve_sharing(Conv((60, 50), (3, 3)), "D4"), "not alike"),
        (lambda: solve_sharing(symmetry="reflections", input_size=900, output_size=900), "large sizes"),
        (
            lambda: solve_sharing(Conv((99, 99), 4, stride=2), symmetry="reflections"),
            "leave some of the padded input over",
        ),
        (lambda: solve_sharing(Conv(900, 3, padding_mode="circular"), symmetry="shifts"), "as many inputs as outputs"),
        (lambda: Shifts("round"), "not a border"),
        (lambda: Shifts(stride=0), "at least 1"),
        (lambda: Shifts(stride=1.5), "at least 1"),
        (lambda: solve_sharing(Conv(3, 2), symmetry=Shifts(stride=(1, 2))), "1 ax"),
        (lambda: solve_sharing(Conv(3, 2), symmetry=Shifts(axis=1)), "1 ax"),
        (lambda: Rotations(outputs="regularly"), "did you mean regular"),
        (lambda: Shifts() & "D4", "not a symmetry"),
        (lambda: Intertwiner([[1, 2]], [[1]]), "square"),
        (lambda: Intertwiner([[0.5]], [[1]]), "rational"),
        (lambda: Intertwiner("a", [[1]]), "not a matrix"),
        (lambda: solved((1, 20), (1, 20), Intertwiner(DENSE, DENSE)), "more than 256 equations"),
        (lambda: solve_sharing(Conv(3, 2), symmetry=Intertwiner([[1]], [[1]])), "3 inputs"),
    ],
)
def test_mistakes_are_told(call: Callable[[], object], words: str) -> None:
    with pytest.raises(SymconvError, match=words):
        call()


@pytest.mark.parametrize(
    "symmetry",
    ["p4m", "shifts & D4", "translations & d4", ("shift", "D4"), ["D4", Shifts()], {"shifts": 1, "D4": 2}.keys(),
     Shifts() & D4()],
)  # fmt: skip
def test_ways_to_say_it(symmetry: Any) -> None:
    sharing = solve_sharing(Conv((4, 4), (3, 3)), symmetry)
    assert isinstance(sharing, EquivariantSharing) and sharing.after == 6


def test_one_of_several_is_one() -> None:
    assert str(solve_sharing(Conv(3, 2), ["shifts"])) == str(solve_sharing(Conv(3, 2), "shifts"))
    assert "they are Conv(3, 4, padding=1)" in str(solve_sharing(Conv(3, 2), ("shifts",)))


def test_numbers_of_numpy_and_sympy_are_numbers() -> None:
    one = solve_sharing(symmetry=Shifts(stride=np.int64(2)), input_size=sp.Integer(5), output_size=np.int64(3))  # type: ignore[arg-type]
    other = solve_sharing(symmetry=Shifts(stride=2), input_size=5, output_size=3)
    assert isinstance(one, EquivariantSharing) and isinstance(other, EquivariantSharing)
    assert one.matrix == other.matrix


def test_a_symmetry_of_ones_own() -> None:
    """A new symmetry is a class that says how its generators move places."""

    class Swap(Symmetry):
        in_words = "an exchange of the first two inputs"

        def generators(self, shape: Any) -> Iterator[Any]:
            from symconv.symmetries import MovingGenerator

            yield MovingGenerator("exchange", (1, 0, *range(2, shape.inputs)), tuple(range(shape.outputs)))

    sharing = solve_sharing(symmetry=Swap(), input_size=3, output_size=1)
    assert isinstance(sharing, EquivariantSharing)
    assert sharing.equations == (sp.Eq(*sp.symbols("v11 v21"), evaluate=False),)


def test_both_reports_are_latex_and_plain_values() -> None:
    at_numbers = solve_sharing(Conv(3, 2), symmetry="shifts")
    assert isinstance(at_numbers, EquivariantSharing)
    assert r"v_{11} & v_{12} \\" in at_numbers.latex() and at_numbers.to_dict()["layer"]["commutes"] is True
    in_general = solve_sharing(Conv.general(1), symmetry="shifts")
    assert isinstance(in_general, EquivarianceReport)
    assert r"v_{c, j + s z, o, i + z} &= v_{c, j, o, i}" in in_general.latex()
    assert in_general.latex().count("&=") == 4 and "{j &=" not in in_general.latex()
    assert [one["verdict"] for one in in_general.to_dict()["theorems"]] == ["proved"] * 4


def random_layers(count: int) -> Iterator[Any]:
    """Layers of small random sizes; those that do not exist are left out."""
    generator = random.Random(5)
    while count:
        ndim, groups = generator.choice([1, 1, 2]), generator.choice([1, 1, 2])
        kind = generator.choice([Conv, Conv, ConvTranspose])
        padding = generator.choice([0, 1, 2, ((1, 2),) * ndim]) if kind is Conv else generator.randint(0, 1)
        sizes = [tuple(generator.randint(1, most) for _ in range(ndim)) for most in (5, 3)]
        given = {"stride": generator.randint(1, 3), "dilation": generator.randint(1, 2), "padding": padding}
        channels = {name: groups * generator.randint(1, 2) for name in ("in_channels", "out_channels")}
        try:
            layer = kind(*sizes, groups=groups, **given, **channels)
        except SymconvError:
            continue
        if layer.fully_connected.shared_weight.shape[0] * layer.fully_connected.shared_weight.shape[1] <= 4000:
            yield layer
            count -= 1


def every_layer_is_what_shifts_and_zeros_leave(count: int) -> None:
    for layer in random_layers(count):
        sharing = solve_sharing(layer, symmetry="shifts")
        assert isinstance(sharing, EquivariantSharing) and sharing.of_layer is not None, layer
        assert sharing.convolution is not None and sharing.of_layer.commutes and sharing.of_layer.is_every_map, layer
        assert sharing.of_layer.after == solve_sharing(layer).after, layer  # type: ignore[union-attr]


def test_every_layer_is_what_shifts_and_zeros_leave() -> None:
    every_layer_is_what_shifts_and_zeros_leave(15)


@pytest.mark.exhaustive
def test_every_layer_is_what_shifts_and_zeros_leave_on_many() -> None:
    every_layer_is_what_shifts_and_zeros_leave(300)
