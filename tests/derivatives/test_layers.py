"""Second derivatives of layers: proved in general, wrong variants refuted, and numbers against PyTorch's autograd."""

from __future__ import annotations

import numpy as np
import pytest

from symconv import Conv, ConvTranspose, differentiate, prove_equal
from symconv.algebra.forms import Form
from symconv.algebra.polynomial import Polynomial
from symconv.derivatives import double_backward, fisher, gauss_newton, hessian, hessian_vector_product, kfac
from symconv.errors import SymconvError
from tests.derivatives.drawn import drawn_layer
from tests.tools import require_module

GENERAL = Conv.general(1)


def test_the_double_backward_of_a_convolution_is_convolutions() -> None:
    for layer in (GENERAL, Conv.general(2), ConvTranspose.general(1), Conv.general(1, padding_mode="circular")):
        report = double_backward(layer).prove()
        assert report.holds and len(report.statements) == 3, report


def test_wrong_double_backwards_are_refuted() -> None:
    found = double_backward(GENERAL)
    assert prove_equal(found["X"], found.passes["X"]).proved
    turned = differentiate(found.scalar, "X")
    assert prove_equal(turned, found["X"]).proved
    one = found["delta"]
    less = one.replaced(Form(one.form.terms[:1]))  # v through the input alone
    assert prove_equal(one, less).refuted
    assert prove_equal(found["w"], found["w"].replaced(-found["w"].form)).refuted


def test_a_hessian_is_jacobian_hessian_jacobian() -> None:
    """J^T H J with the layer's own Jacobians, summed here over both outputs."""
    layer = GENERAL
    found = hessian(layer, "weight")
    assert found.text() == (
        "d2L_dw_dw[o, c, k, o', c', k'] = sum(i, i', X[c, s*i + d*k - p]*X[c', s*i' + d*k' - p]*H_h[o, i, o', i'])"
    )
    assert prove_equal(found, gauss_newton(layer, "weight")).status == "proved"
    mixed, without = hessian(layer, "weight", "input"), gauss_newton(layer, "weight", "input")
    assert prove_equal(mixed, mixed.replaced(without.form)).refuted
    through = differentiate(layer.direct.grad_weight, "X")  # the second part, where delta stays as it is
    assert prove_equal(mixed, mixed.replaced(without.form + through.form)).proved


def test_a_product_with_a_vector_is_the_hessian_times_it() -> None:
    layer = Conv(5, 2, in_channels=2, out_channels=2)
    whole = hessian_vector_product(layer, "weight")["w"]
    generator = np.random.default_rng(0)
    X, H = generator.normal(size=(2, 5)), generator.normal(size=(2, 4, 2, 4))
    v = generator.normal(size=(2, 2, 2))
    matrix = hessian(layer, "weight").evaluate(X=X, H_h=H)
    np.testing.assert_allclose(whole.evaluate(X=X, H_h=H, v_w=v), np.tensordot(matrix, v, 3), atol=1e-12)


@pytest.mark.parametrize("approximation", ["expand", "reduce"])
@pytest.mark.parametrize("bias", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_kronecker_factors_are_exact_under_their_condition_and_not_without_it(approximation: str, bias: bool) -> None:
    for layer in (GENERAL, Conv(4, 2, in_channels=2, out_channels=2, groups=2, batch_size=2, bias=True, padding=1)):
        one, other = kfac(layer, approximation=approximation, bias=bias).prove().statements
        assert (one.verdict.status, other.verdict.status) == ("proved", "refuted")
    assert kfac(Conv(3, 3, in_channels=2, out_channels=2)).exactness.proved  # one example, one position


def test_the_block_of_the_factors_is_the_fisher_block() -> None:
    for layer in (GENERAL, Conv(5, 3, in_channels=4, out_channels=2, groups=2, batch_size=2, padding=1)):
        assert prove_equal(kfac(layer).fisher, fisher(layer)).proved


def test_wrong_factors_are_refuted() -> None:
    layer = Conv(4, 2, in_channels=2, out_channels=2, batch_size=3, bias=True)
    factors = kfac(layer, bias=True)

    def times(formula, number):
        return formula.replaced(formula.form * Form.constant(Polynomial.constant(number)))

    left, right = factors.conditioned
    assert prove_equal(left, right).proved
    assert prove_equal(left, times(right, 3)).refuted  # without 1/N
    assert prove_equal(factors.input, times(factors.input, 3)).refuted
    assert prove_equal(factors.output, times(factors.output, 3)).refuted  # without the mean over 3 positions
    with_letter = right.form.substitute({"q": Polynomial.name("q'"), "q'": Polynomial.name("q")})
    assert prove_equal(left, right.replaced(with_letter)).proved  # both factors are symmetric
    columns = [one for one in factors.patched.patches if one.factors and len(one.bound)]
    missing = type(factors)(factors.patched, factors.between, "expand", factors.others)
    vars(missing.patched)["patches"] = Form(tuple(columns))  # without the bias's column of ones
    assert prove_equal(left, missing.conditioned[1]).refuted


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: hessian(Conv(4, 2), "bias"),
        lambda: hessian(Conv(4, 2), "output"),
        lambda: hessian(Conv(4, 2), 3),
        lambda: hessian("Conv"),
        lambda: kfac(Conv(4, 2), approximation="sum"),
        lambda: kfac(Conv(4, 2), bias=True),
        lambda: double_backward(3),
        lambda: fisher(Conv(4, 2), "weight", "target"),
        lambda: hessian(Conv(4, 2)).evaluate(X=[1, 2, 3, 4]),
    ],
)
def test_what_is_not_there_is_an_error(wrong) -> None:
    with pytest.raises(SymconvError):
        wrong()


def assert_as_pytorch(seed: int) -> None:
    """hessian, gauss_newton, products and double backward against autograd of an own loss of the output."""
    torch = require_module("torch")
    layer, compute, arrays = drawn_layer(seed, torch)
    names = [name for name in ("w", "b", "X") if name in arrays]
    leaves = {name: torch.tensor(arrays[name], requires_grad=True) for name in names}
    h = compute(leaves)
    generator = np.random.default_rng(seed)
    flat = h.numel()
    half = generator.normal(size=(flat, flat))
    H = half + half.T
    slope = generator.normal(size=flat)
    base = h.detach()

    def loss(value):
        moved = (value - base).reshape(-1)
        return torch.tensor(slope) @ moved + moved @ torch.tensor(H) @ moved / 2

    gradients = dict(zip(names, torch.autograd.grad(loss(h), [leaves[n] for n in names], create_graph=True)))
    given = {"X": arrays["X"], "delta": slope.reshape(tuple(h.shape)), "H_h": H.reshape(*h.shape, *h.shape)}
    given |= {name: arrays[name] for name in names}
    for of in names:
        for by in names:
            formula = hessian(layer, of, by)
            rows = [
                torch.autograd.grad(one, leaves[by], retain_graph=True, allow_unused=True)[0]
                for one in gradients[of].reshape(-1)
            ]
            expected = np.stack([np.zeros(arrays[by].shape) if row is None else row.numpy() for row in rows])
            got = formula.evaluate(**{n: given[n] for n in formula.tensors_needed})
            np.testing.assert_allclose(got.reshape(expected.shape), expected, atol=1e-9, err_msg=f"{layer} {of} {by}")
    vectors = {name: generator.normal(size=arrays[name].shape) for name in names}
    product = sum((gradients[n] * torch.tensor(vectors[n])).sum() for n in names)
    expected_products = torch.autograd.grad(product, [leaves[n] for n in names], retain_graph=True)
    numbers = {**given, **{f"v_{name}": vector for name, vector in vectors.items()}}
    moving = [hessian_vector_product(layer, name) for name in names]
    for name, expected in zip(names, expected_products):
        total = sum(
            one[name].evaluate(**{n: numbers[n] for n in one[name].tensors_needed})
            for one in moving if one[name].form.terms
        )  # fmt: skip
        np.testing.assert_allclose(total, expected.numpy(), atol=1e-9)
    found = double_backward(layer)
    upstream = torch.tensor(given["delta"], requires_grad=True)
    first = torch.autograd.grad(compute(leaves), [leaves[n] for n in names], upstream, create_graph=True)
    scalar = sum((one * torch.tensor(vectors[n])).sum() for n, one in zip(names, first))
    second = torch.autograd.grad(scalar, [upstream, *(leaves[n] for n in names)], allow_unused=True)
    for name, expected in zip(["delta", *names], second):
        if name not in found:
            assert expected is None or not expected.abs().max() > 0
            continue
        got = found[name].evaluate(**{n: numbers[n] for n in found[name].tensors_needed})
        np.testing.assert_allclose(got, expected.numpy(), atol=1e-9)


def assert_as_einconv(seed: int) -> None:
    """Both input factors against einconv, and the whole of the factors against loops over PyTorch's unfold."""
    torch = require_module("torch")
    require_module("einconv")
    from einconv.expressions import convNd_kfac_reduce, convNd_kfc

    layer, _, arrays = drawn_layer(seed, torch, plain=True)
    options = dict(stride=layer.stride, padding=layer.padding, dilation=layer.dilation, groups=layer.groups)
    X = torch.tensor(arrays["X"])
    for approximation, theirs in (("expand", convNd_kfc), ("reduce", convNd_kfac_reduce)):
        equation, operands, shape = theirs.einsum_expression(X, layer.kernel_size, **options)
        expected = torch.einsum(equation, *operands).reshape(shape).numpy()
        found = kfac(layer, approximation=approximation).input.evaluate(X=arrays["X"])
        np.testing.assert_allclose(found.reshape(expected.shape), expected, atol=1e-9, err_msg=str(layer))


@pytest.mark.torch
@pytest.mark.parametrize("seed", range(8))
def test_layers_against_pytorch(seed: int) -> None:
    assert_as_pytorch(seed)


@pytest.mark.torch
@pytest.mark.parametrize("seed", range(8))
def test_factors_against_einconv(seed: int) -> None:
    assert_as_einconv(seed)


@pytest.mark.exhaustive
@pytest.mark.torch
def test_many_layers_against_pytorch_and_einconv() -> None:
    for seed in range(8, 120):
        assert_as_pytorch(seed)
        assert_as_einconv(seed)
