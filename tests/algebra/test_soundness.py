"""What is proved holds, what is wrong is refuted with numbers that check."""

from __future__ import annotations

import random
from functools import cache

import numpy as np
import pytest
import sympy as sp
from sympy.core.relational import Relational

from symconv import AvgPool, Conv, ConvTranspose, Fold
from symconv.errors import InfiniteSumError
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.shapes import Geometry
from symconv.layers import Layer
from symconv.proof import prove
from symconv.proof.equality import prove_equal
from tests.brute import Entries, Tensors, compiled
from tests.tools import draws, parts

QUANTITIES = ("output", "grad_weight", "grad_input", "grad_bias")


def sizes_of(conv: Conv, generator: random.Random, largest: int) -> dict[str, int]:
    """Random sizes at which the kernel fits, with the output sizes by the textbook formula."""
    while True:
        values: dict[str, int] = {}
        for name in conv.symbol_names:
            values[name] = generator.randint(0 if name.startswith("p") else 1, largest)
        for axis in [""] if conv.ndim == 1 else range(1, conv.ndim + 1):
            n, K, s, p, d = (values[f"{letter}{axis}"] for letter in "nKspd")
            room = n + 2 * p - d * (K - 1) - 1
            if room < 0:
                break
            values[f"m{axis}"] = room // s + 1
        else:
            return values


def tensors_of(conv: Conv, values: dict[str, int], seed: int) -> Tensors:
    """Random entries for every tensor of a general layer, shaped by the definition of the layer."""
    axes = [""] if conv.ndim == 1 else [str(axis) for axis in range(1, conv.ndim + 1)]
    n, kernel, m = (tuple(values[f"{letter}{axis}"] for axis in axes) for letter in ("n", "K", "m"))
    c_in, c_out = values.get("C_in", 1), values.get("C_out", 1)
    channels_in, channels_out = ((c_in,), (c_out,)) if "C_in" in values else ((), ())
    return {
        "X": Entries(channels_in + n, seed),
        "w": Entries(channels_out + channels_in + kernel, seed + 1),
        "delta": Entries(channels_out + m, seed + 2),
        "b": Entries(channels_out, seed + 3),
    }


def random_index(formula: TensorFormula, values: dict[str, int], generator: random.Random) -> dict[str, int]:
    return {axis.letter: generator.randrange(int(axis.size.evaluate(values))) for axis in formula.axes}


# -- what is proved in general holds at concrete shapes ------------------------------------------------


@pytest.mark.parametrize("shapes", draws(200, 500))
@pytest.mark.parametrize(("ndim", "largest"), [(1, 6), (2, 3), (3, 2)])
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_general_theorems_hold_by_brute_force(quantity: str, ndim: int, shapes: int, largest: int) -> None:
    conv = Conv.general(ndim)
    report = prove(conv, of=quantity)
    assert report.holds
    formulas = {name: getattr(view, quantity) for name, view in conv.views.items()}
    sides = {name: compiled(formula.formula.rhs) for name, formula in formulas.items()}
    sides["normal form"] = compiled(conv.writer.form(report.theorems[0].normal))
    generator = random.Random(f"{quantity} {ndim}")
    nonzero = 0
    for seed in range(shapes):
        values = sizes_of(conv, generator, largest)
        tensors = tensors_of(conv, values, 10 * seed)
        index = random_index(formulas["direct"], values, generator)
        results = {name: side({**values, **index}, tensors) for name, side in sides.items()}
        assert len(set(results.values())) == 1, (values, index, results)
        nonzero += results["direct"] != 0
    assert nonzero > shapes // 3


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_every_step_of_a_general_proof_keeps_the_value(quantity: str) -> None:
    """Each rule application is checked on its own: the expression after it has the same value."""
    conv = Conv.general(1)
    theorem = prove(conv, of=quantity).theorems[0]
    generator = random.Random(7)
    for name, chain in theorem.chains.items():
        start = compiled(conv.writer.form(theorem.starts[name]))
        after = [compiled(conv.writer.form(step.after)) for step in chain]
        for seed in range(20):
            values = sizes_of(conv, generator, 3)
            tensors = tensors_of(conv, values, 10 * seed)
            env = {**values, **random_index(theorem.formulas[name], values, generator)}
            expected = start(dict(env), tensors)
            assert [step(dict(env), tensors) for step in after] == [expected] * len(after)


# -- mutations -----------------------------------------------------------------------------------------


@cache
def layers() -> tuple[Layer, ...]:
    n, K, s, p, d, G, N = sp.symbols("n K s p d G N", integer=True, positive=True)
    return (
        Conv(n, K, stride=s, padding=p, dilation=d),
        Conv.general(1),
        Conv.general(2),
        Conv(n, K, padding=1),
        Conv(7, 3, stride=2, padding=1, in_channels=2, out_channels=2, bias=True),
        Conv((4, 5), (2, 3), stride=(1, 2), dilation=(2, 1), padding=(1, 0)),
        Conv.general(1, groups=G, batch_size=N),
        Conv.general(1, padding_mode="circular"),
        Conv.general(1, padding_mode="reflect"),
        Conv.general(1, padding_mode="replicate", padding=((p, s),)),
        Conv.general(1, input_dilation=G, flip=True),
        Conv(n, K, stride=s, padding="same_tf"),
        ConvTranspose.general(1),
        AvgPool.general(1, count_include_pad=False),
        Fold.general(1),
    )


def swapped(expr: sp.Expr, values: dict[sp.Symbol, sp.Symbol]) -> sp.Expr:
    """Symbols exchanged in indices and brackets; shapes stay."""
    changed = {
        access: access.base[tuple(index.subs(values, simultaneous=True) for index in access.indices)]
        for access in expr.atoms(sp.Indexed)
    }
    changed.update({one: one.subs(values, simultaneous=True) for one in expr.atoms(sp.KroneckerDelta, Relational)})
    return expr.xreplace(changed)


def mutated(expr: sp.Expr, generator: random.Random, names: list[sp.Symbol]) -> tuple[str, sp.Expr]:
    """One random change of a formula, and what it was."""
    kind = generator.choice(["shift", "sign", "swap", "flip", "cut", "tensor", "bracket", "factor", "drop"])
    pick = generator.choice
    accesses = sorted(expr.atoms(sp.Indexed), key=str)
    deltas = sorted(expr.atoms(sp.KroneckerDelta), key=str)
    sums = sorted(expr.atoms(sp.Sum), key=str)
    if kind in ("shift", "sign", "flip") and accesses:
        access = pick(accesses)
        at = generator.randrange(len(access.indices))
        index = access.indices[at]
        if kind == "shift":
            changed = index + pick([-2, -1, 1, 2])
        elif kind == "flip":
            changed = access.base.shape[at] - 1 - index
        else:
            symbol = pick(sorted(index.free_symbols, key=str) or [sp.Integer(1)])
            changed = index.subs(symbol, -symbol)
        indices = [*access.indices[:at], changed, *access.indices[at + 1 :]]
        return f"{kind} {access}", expr.xreplace({access: access.base[tuple(indices)]})
    if kind == "swap" and len(names) > 1:
        one, other = generator.sample(names, 2)
        return f"swap {one} {other}", swapped(expr, {one: other, other: one})
    if kind == "cut" and sums:
        total = pick(sums)
        at = generator.randrange(len(total.limits))
        symbol, low, high = total.limits[at]
        limit = pick(
            [(symbol, low + 1, high), (symbol, low, high - 1), (symbol, low, high + 1), (symbol, low - 1, high)]
        )
        limits = [*total.limits[:at], limit, *total.limits[at + 1 :]]
        return f"limits {limit}", expr.xreplace({total: sp.Sum(total.function, *limits)})
    if kind == "tensor" and len(accesses) > 1:
        one, other = generator.sample(accesses, 2)
        if len(one.indices) == len(other.indices):
            return f"{other.base} for {one.base}", expr.xreplace({one: other.base[one.indices]})
    if kind == "bracket" and deltas:
        delta = pick(deltas)
        shifted = sp.KroneckerDelta(delta.args[0], delta.args[1] + pick([-1, 1]))
        return f"bracket {delta}", expr.xreplace({delta: shifted})
    if kind == "drop" and deltas:
        delta = pick(deltas)
        return f"no {delta}", expr.xreplace({delta: sp.Integer(1)})
    return "factor", expr * pick([-1, 2, 3])


@pytest.mark.parametrize("part", parts(26, 1))
def test_mutations_are_refuted_and_never_proved(part: int) -> None:
    generator = random.Random(part)
    refuted = unchanged = 0
    for number in range(80):
        conv = layers()[(number + part) % len(layers())]
        quantity = generator.choice(conv.quantities)
        view = generator.choice(sorted(conv.views))
        formula = getattr(conv.views[view], quantity)
        names = [conv.writer.symbols[name] for name in conv.symbol_names if name[0] in "spd"]
        what, wrong = mutated(formula.formula.rhs, generator, names)
        try:
            verdict = prove_equal(formula, wrong)
        except InfiniteSumError:  # without the bracket that holds it, a sum over all r has no end
            assert wrong.has(sp.oo), (what, wrong)
            continue
        label = f"{conv} {view} {quantity}: {what} -> {wrong}: {verdict}"
        if verdict.refuted:
            refuted += 1
            assert_witness(formula, wrong, verdict, label)
        else:
            unchanged += 1
            assert_same_by_brute_force(conv, formula, wrong, generator, label)
    assert refuted > 45
    assert unchanged < 35


def assert_witness(formula: TensorFormula, wrong: sp.Expr, verdict: object, label: str) -> None:
    """Both sides at the witness, summed by hand: they differ, and by the numbers that the witness gives."""
    witness = verdict.witness  # type: ignore[attr-defined]
    env = {**witness.sizes, **witness.index}
    tensors = {
        name: Entries(
            tuple(int(axis.size.evaluate(env)) for dimension in layout for axis in dimension),
            given={at: value for (tensor, at), value in witness.values.items() if tensor == name},
        )
        for name, layout in formula.layouts.items()
    }
    tensors |= fixed(formula.geometry, witness.sizes)
    left = compiled(formula.formula.rhs)(dict(env), tensors)
    right = compiled(wrong)(dict(env), tensors)
    assert (left, right) == (witness.left, witness.right) and left != right, label


def fixed(layer: Geometry, sizes: dict[str, int]) -> dict[str, Entries]:
    """Tensors whose numbers follow from the sizes."""
    if layer.scale_layout is None:
        return {}
    constants = layer.at(**{name: sizes[name] for name in layer.symbol_names}).constants
    return {name: Entries(array.shape, given=dict(np.ndenumerate(array))) for name, array in constants.items()}


def assert_same_by_brute_force(
    conv: Layer, formula: TensorFormula, wrong: sp.Expr, generator: random.Random, label: str
) -> None:
    left, right = compiled(formula.formula.rhs), compiled(wrong)
    largest = 4 if conv.ndim == 1 else 2
    for seed in range(25):
        values = conv.assumptions.draw(conv.symbol_names, generator, largest)
        assert values is not None
        tensors = {
            name: Entries(tuple(int(a.size.evaluate(values)) for dim in layout for a in dim), 5 * seed + at)
            for at, (name, layout) in enumerate(formula.layouts.items())
        }
        tensors |= fixed(conv, values)
        env = {**values, **random_index(formula, values, generator)}
        assert left(dict(env), tensors) == right(dict(env), tensors), (label, env)


# -- never divide --------------------------------------------------------------------------------------


def test_a_bracket_with_a_stride_is_never_solved_by_division() -> None:
    """sum_k w[k] [j = s i + d k - p] keeps its bracket; SymPy's deltasummation divides, and is refuted."""
    i, j, k, K, s, d, p = sp.symbols("i j k K s d p", integer=True, positive=True)
    w = sp.IndexedBase("w", shape=(K,))
    formula = sp.Sum(w[k] * sp.KroneckerDelta(j, s * i + d * k - p), (k, 0, K - 1))
    kept = prove_equal(formula, formula).left.result
    assert [type(factor).__name__ for factor in kept.terms[0].factors] == ["Access", "Delta"]
    assert all(index.single_name for index in kept.terms[0].factors[0].indices)
    wrong = sp.Sum(w[k] * sp.KroneckerDelta(j, s * i + k - p), (k, 0, K - 1))
    verdict = prove_equal(formula, wrong)
    assert verdict.refuted
    env = {name: verdict.witness.sizes.get(name, 1) for name in ("i", "j", "s", "d", "p", "K")}
    entries = {at: value for (_, at), value in verdict.witness.values.items()}
    tensors = {"w": Entries((env["K"],), given=entries)}
    assert compiled(formula)(dict(env), tensors) == verdict.witness.left
    assert compiled(wrong)(dict(env), tensors) == verdict.witness.right


def test_mutated_view_is_refuted_by_prove() -> None:
    from symconv.views import Direct, Stage

    class Flipped(Direct):
        name = "flipped"
        title = "true convolution"

        def stages(self) -> list[Stage]:
            stage = super().stages()[0]
            offsets = [axis.symbol for axis in self.geometry.kernel_offsets]
            flip = {k: size - 1 - k for k, size in zip(offsets, self.geometry.kernel_size)}
            body = stage.formula.replace(
                lambda e: isinstance(e, sp.Indexed) and str(e.base) == "w", lambda e: e.subs(flip, simultaneous=True)
            )
            return [Stage(stage.name, stage.layout, body)]

    for conv in (Conv.general(1), Conv(4, 2), Conv((3, 3), (2, 2))):
        report = prove(conv, views=["direct", Flipped(conv)])
        assert not report.holds
        assert [theorem.verdict.status for theorem in report.theorems[:3]] == ["refuted"] * 3
        assert "refuted" in str(report)
