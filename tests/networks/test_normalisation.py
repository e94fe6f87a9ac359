"""Normalisation: gradients against SymPy and PyTorch, the closed form proved for all sizes, and wrong ones not."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import (
    Activation,
    BatchNorm,
    Conv,
    Dropout,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    Linear,
    Sequential,
    SymconvError,
    prove,
)
from symconv.algebra.forms import Form, Term
from symconv.errors import GeometryError
from symconv.networks.closed_form import agree
from symconv.networks.normalisation import DataNormPart, Norm
from tests.tools import require_module, thinned

Array = Any
E, C, G, n, k = sp.symbols("E C G n k", integer=True, positive=True)

GENERAL: list[tuple[Norm, tuple[Any, ...], Any]] = [
    (BatchNorm(training=True), (C, n, k), E),
    (BatchNorm(training=True), (C, n), 4),
    (BatchNorm(training=True, affine=False), (C,), E),
    (BatchNorm(training=True), (C, n), None),
    (BatchNorm(training=True), (3, n + 2), E),
    (LayerNorm(), (C, n), E),
    (LayerNorm(k), (C, n, k), E),
    (LayerNorm((n, k), bias=False), (C, n, k), None),
    (LayerNorm(elementwise_affine=False), (C,), E),
    (GroupNorm(2), (6, n), E),
    (GroupNorm(G), (G * C, n), E),
    (GroupNorm(1), (C, n, k), E),
    (GroupNorm(C, affine=False), (C, n), E),
    (InstanceNorm(), (C, n, k), E),
    (InstanceNorm(affine=True), (C, n), None),
]  # fmt: skip
STATISTICS = [BatchNorm(training=True), LayerNorm(), GroupNorm(2)]


def part_of(network: Sequential) -> DataNormPart:
    part = network.parts[0].computation
    assert isinstance(part, DataNormPart)
    return part


# -- the closed form -----------------------------------------------------------------------------------


@pytest.mark.parametrize("case", thinned(range(len(GENERAL)), 2))
def test_the_gradient_is_the_closed_form_for_all_sizes(case: int) -> None:
    norm, shape, batch = GENERAL[case]
    report = prove(Sequential(norm, input_shape=shape, batch_size=batch))
    assert report.holds, report
    assert ("every shape" in report.scope) and report.to_dict()["holds"]


@pytest.mark.parametrize(
    "norm",
    [InstanceNorm(affine=True), *(pytest.param(norm, marks=pytest.mark.exhaustive) for norm in STATISTICS)],
    ids=repr,
)
def test_a_wrong_closed_form_is_not_proved(norm: Norm) -> None:
    """Any term of it left out, doubled, or with another sign."""
    part = part_of(Sequential(norm, input_shape=(2 * C, n), batch_size=E))
    right = part.textbook
    start = part.by_chain_rule["X"]

    def agrees(form: Form) -> bool:
        return agree([start, form], part.definitions, part.inside("X"), part.share_of)[0]

    assert agrees(right)
    for at in range(len(right.terms)):
        for factor in (0, -1, 2):
            term = right.terms[at]
            wrong = Term.make(term.coefficient * factor, term.factors, term.bound)
            terms = (*right.terms[:at], *([wrong] if factor else []), *right.terms[at + 1 :])
            assert not agrees(Form(terms)), (at, factor)


def test_the_formula_of_batch_norm_as_books_have_it() -> None:
    """dx = gamma / (N sigma) (N dy - sum dy - xhat sum dy xhat), with D = 1/N."""
    network = Sequential(BatchNorm(training=True), input_shape=(C, n), batch_size=E)
    formula = network.grad_input
    assert len(formula.form.terms) == 3
    names = [sorted(str(factor.tensor.name) for factor in term.factors) for term in formula.form]  # type: ignore[union-attr]
    root = "1/sqrt(var1+1/100000)"
    assert sorted(names) == sorted(
        [
            sorted([root, "delta1", "gamma1"]),
            sorted(["D1", root, "delta1", "gamma1"]),
            sorted(["D1", root, "delta1", "gamma1", "xhat1", "xhat1"]),
        ]
    )


# -- by SymPy ------------------------------------------------------------------------------------------


def _groups(norm: Norm, shape: Sequence[int]) -> Callable[[tuple[int, ...]], Any]:
    """Which entries are normalised together, of a batch of shape (examples, channels, positions)."""
    if isinstance(norm, BatchNorm):
        return lambda at: at[1]
    if isinstance(norm, InstanceNorm):
        return lambda at: at[:2]
    if isinstance(norm, GroupNorm):
        each = shape[1] // int(norm.num_groups)
        return lambda at: (at[0], at[1] // each)
    assert isinstance(norm, LayerNorm)
    return lambda at: at[0] if norm.sizes is None else at[: 3 - len(norm.sizes)]


@pytest.mark.parametrize(
    "norm",
    [BatchNorm(training=True, eps=0.5), LayerNorm(2, eps=0.5), InstanceNorm(eps=0.5, affine=True),
     *(pytest.param(norm, marks=pytest.mark.exhaustive) for norm in (LayerNorm(eps=0.5), GroupNorm(2, eps=0.5)))],
    ids=repr,
)  # fmt: skip
def test_every_gradient_is_sympys(norm: Norm) -> None:
    """Of loops over the entries of a small tensor, differentiated by SymPy at rational numbers."""
    shape = (2, 4, 2) if isinstance(norm, GroupNorm) else (2, 2, 2)
    network = Sequential(norm, input_shape=shape[1:], batch_size=2)
    chance = random.Random(repr(norm))
    arrays = {name: np.zeros(network.shape_of(name), dtype=object) for name in network.wanted}
    for array in arrays.values():
        for at in np.ndindex(array.shape):
            array[at] = sp.Rational(chance.randint(-9, 9), chance.randint(1, 5))
    symbols = {
        name: {at: sp.Symbol(f"{name}_{'_'.join(map(str, at))}") for at in np.ndindex(array.shape)}
        for name, array in arrays.items()
    }
    together = _groups(norm, shape)
    x, gamma, beta = (symbols[name] for name in ("X", "gamma1", "beta1"))
    affine = (lambda at: at[-len(next(iter(gamma))) :]) if isinstance(norm, LayerNorm) else (lambda at: at[1:2])
    output = {}
    for at in x:
        group = [other for other in x if together(other) == together(at)]
        mean = sum(x[other] for other in group) / sp.Integer(len(group))
        variance = sum((x[other] - mean) ** 2 for other in group) / sp.Integer(len(group))
        output[at] = gamma[affine(at)] * (x[at] - mean) / sp.sqrt(variance + sp.Rational(1, 2)) + beta[affine(at)]
    loss = sum(symbols["delta1"][at] * output[at] for at in x)
    values = {symbols[name][at]: array[at] for name, array in arrays.items() for at in np.ndindex(array.shape)}
    floats = {name: array.astype(float) for name, array in arrays.items()}
    found = network.evaluate(**floats)
    for name in ("X", "gamma1", "beta1"):
        for at, symbol in symbols[name].items():
            expected = float(sp.diff(loss, symbol).subs(values))
            assert found[f"dL_d{name}"][at] == pytest.approx(expected, rel=1e-11, abs=1e-12), (name, at)


# -- by PyTorch ----------------------------------------------------------------------------------------

SHAPES = [(6,), (4, 3), (6, 2, 3), (2, 1, 5), (4, 2, 2, 2)]


def _drawn_norm(kind: str, chance: random.Random) -> tuple[Norm | Dropout, tuple[int, ...], int | None]:
    shape = chance.choice(SHAPES)
    batch = chance.choice([None, 2, 3, 5])
    eps = chance.choice([1e-5, 1e-3, 0.5])
    affine = chance.random() < 0.7
    if kind == "batch":
        return BatchNorm(eps=eps, affine=affine, training=True), shape, batch or 4
    if kind == "fixed":
        return BatchNorm(eps=eps, affine=affine), shape, batch
    if kind == "instance":
        return InstanceNorm(eps=eps, affine=affine), chance.choice(SHAPES[1:]), batch
    if kind == "group":
        groups = chance.choice([one for one in range(1, shape[0] + 1) if shape[0] % one == 0])
        return GroupNorm(groups, eps=eps, affine=affine), shape, batch or 1 + (shape == (groups,))  # PyTorch wants two
    if kind == "dropout":
        return Dropout(chance.choice([0, 0.1, 0.5, 0.75])), shape, batch
    last = chance.randint(1, len(shape))
    sizes = chance.choice([None, shape[-last:]])
    return LayerNorm(sizes, eps=eps, elementwise_affine=affine, bias=chance.random() < 0.7), shape, batch


def _in_torch(torch: Any, norm: Norm | Dropout, x: Any, own: dict[str, Any]) -> Any:
    """By the modules of torch.nn, whose parameters are set."""
    nn = torch.nn
    if isinstance(norm, Dropout):
        return x * own["mask1"] / (1 - float(norm.p))
    eps, affine = float(norm.eps), getattr(norm, "affine", False)  # type: ignore[arg-type]
    spatial = max(x.ndim - 2, 1)
    if isinstance(norm, (BatchNorm, InstanceNorm)):
        kind = "BatchNorm" if isinstance(norm, BatchNorm) else "InstanceNorm"
        module = getattr(nn, f"{kind}{spatial}d")(x.shape[1], eps=eps, affine=affine)
        if isinstance(norm, BatchNorm) and not norm.training:
            module.running_mean, module.running_var = own["mean1"], own["var1"]
            module.eval()
    elif isinstance(norm, GroupNorm):
        module = nn.GroupNorm(int(norm.num_groups), x.shape[1], eps=eps, affine=affine)
    else:
        assert isinstance(norm, LayerNorm)
        shape = x.shape[1:] if norm.sizes is None else norm.sizes
        module = nn.LayerNorm(tuple(shape), eps, elementwise_affine=norm.elementwise_affine, bias=norm.bias)
    module = module.double()
    given = {"weight": own.get("gamma1"), "bias": own.get("beta1")}
    parameters = {name: given[name] for name, _ in module.named_parameters()}
    return torch.func.functional_call(module, parameters, (x,))


KINDS = ("batch", "fixed", "instance", "group", "layer", "dropout")


def _check_against_pytorch(kind: str, seeds: range) -> None:
    torch = require_module("torch")
    torch.set_num_threads(1)
    for seed in seeds:
        norm, shape, batch = _drawn_norm(kind, random.Random(f"{kind} {seed}"))
        network = Sequential(norm, input_shape=shape, batch_size=batch)
        generator = np.random.default_rng(seed)
        arrays = {name: 3 * generator.standard_normal(network.shape_of(name)) for name in network.wanted}
        for name in arrays:
            if name.startswith("var"):
                arrays[name] = np.abs(arrays[name])
            if name.startswith("mask"):
                arrays[name] = generator.integers(0, 2, arrays[name].shape).astype(float)
        found = network.evaluate(**arrays)
        own = {name: torch.tensor(array, requires_grad=name in network.parameters) for name, array in arrays.items()}
        x = torch.tensor(arrays["X"], requires_grad=True)
        output = _in_torch(torch, norm, x if batch else x[None], own)
        output = output if batch else output[0]
        (output * own["delta1"]).sum().backward()
        last = network.parts[0].after.name
        expected = {last: output.detach(), "dL_dX": x.grad}
        expected |= {f"dL_d{name}": own[name].grad for name in network.parameters}
        # What cancels is as exact as what it is the difference of.
        terms = np.abs(arrays["delta1"]).max() * np.abs(arrays.get("gamma1", np.ones(1))).max()
        source = 1e-4 * float(terms) / float(getattr(norm, "eps", 1)) ** 0.5
        for name, tensor in expected.items():
            array = tensor.numpy()
            scale = max(float(np.abs(array).max()), source)
            assert found[name].shape == array.shape
            assert np.abs(found[name] - array).max() <= 1e-10 * scale, (norm, shape, batch, name)


@pytest.mark.torch
@pytest.mark.parametrize("kind", KINDS)
def test_outputs_and_gradients_are_pytorchs(kind: str) -> None:
    _check_against_pytorch(kind, range(8))


@pytest.mark.torch
@pytest.mark.exhaustive
@pytest.mark.parametrize("kind", KINDS)
def test_outputs_and_gradients_are_pytorchs_on_500_draws(kind: str) -> None:
    _check_against_pytorch(kind, range(8, 500))


# -- in networks ---------------------------------------------------------------------------------------


def test_channels_of_groups_go_on_as_channels() -> None:
    """With letters for the sizes, and a convolution behind it."""
    network = Sequential(
        Conv.lazy(kernel_size=3, out_channels=2 * C), GroupNorm(2), Conv.lazy(kernel_size=2), input_shape=(1, n)
    )
    assert network.output_shape[0] == 1
    report = network.at(C=2, n=6).spot_check(trials=2)
    assert report.passed, report


def test_the_derivation_goes_through_mean_and_variance() -> None:
    network = Sequential(BatchNorm(training=True), input_shape=(C, n), batch_size=E)
    names = [gradient.name for gradient in network.backward]
    assert names == ["gamma1", "beta1", "xhat1", "var1", "centered1", "mean1", "X"]
    by_input = network.backward[-1]
    assert [line.rule for line in by_input.lines][-1] == "closed form"


@pytest.mark.parametrize(("many", "few"), [(3, 1), (3, 3), (6, 1), (6, 3)])
def test_groups_with_letters_are_those_at_numbers(many: int, few: int) -> None:
    general = Sequential(GroupNorm(G), input_shape=(G * C, n), batch_size=2)
    network, expected = (
        general.at(G=few, C=many // few, n=2), Sequential(GroupNorm(few), input_shape=(many, 2), batch_size=2)
    )  # fmt: skip
    arrays = {name: np.random.default_rng(0).standard_normal(network.shape_of(name)) for name in network.wanted}
    one, other = network.evaluate(**arrays), expected.evaluate(**arrays)
    assert all(np.array_equal(one[name], other[name]) for name in ("z1", "dL_dX", "dL_dgamma1"))


BAD: list[tuple[Callable[[], object], str]] = [
    (lambda: BatchNorm(0), "num_features=0"),
    (lambda: BatchNorm(eps=0), "eps=0: it is not positive"),
    (lambda: BatchNorm(training=1), "training=1: it is neither True nor False"),  # type: ignore[arg-type]
    (lambda: LayerNorm(()), r"normalized_shape=\(\): it is empty"),
    (lambda: LayerNorm("a"), "normalized_shape='a'"),  # type: ignore[arg-type]
    (lambda: LayerNorm(3, bias=None), "bias=None: it is neither"),  # type: ignore[arg-type]
    (lambda: GroupNorm(0), "num_groups=0"),
    (lambda: GroupNorm(3, 8), "8 channels in 3 groups: the groups do not have the same size"),
    (lambda: Sequential(GroupNorm(3), input_shape=(8, 2)), "8 channels in 3 groups"),
    (lambda: Sequential(GroupNorm(2), input_shape=(C, 2)), "C channels in 2 groups"),
    (lambda: Sequential(GroupNorm(2, 4), input_shape=(8, 2)), "it has 8 channels, not 4; use num_channels=8"),
    (lambda: Sequential(BatchNorm(4, training=True), input_shape=(8, 2)), "it has 8 channels, not 4"),
    (lambda: Sequential(BatchNorm(training=True), input_shape=(8,)), "it normalises single entries"),
    (lambda: Sequential(InstanceNorm(), input_shape=(8, 1), batch_size=3), "it normalises single entries"),
    (lambda: Sequential(LayerNorm((8, 3)), input_shape=(8, 2)), r"its last dimensions are \(8, 2\)"),
    (lambda: Sequential(LayerNorm((2, 8, 2)), input_shape=(8, 2)), r"its last dimensions are \(8, 2\)"),
]


@pytest.mark.parametrize("case", range(len(BAD)))
def test_bad_input_is_said(case: int) -> None:
    make, message = BAD[case]
    with pytest.raises(GeometryError, match=message):
        make()


def test_a_network_without_views_or_statistics_has_nothing_to_prove() -> None:
    with pytest.raises(SymconvError, match="it has no layer with several views"):
        prove(Sequential(Linear(2, 2), Activation("relu"), BatchNorm(), input_shape=(2,)))
