"""Second derivatives of networks: against PyTorch's double backward and loops over targets, and proved where known."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import (
    Activation,
    Add,
    BatchNorm,
    Conv,
    Flatten,
    Graph,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    Linear,
    MaxPool,
    Sequential,
    Softmax,
    fisher,
    gauss_newton,
    gauss_newton_vector_product,
    hessian,
    hessian_vector_product,
    kfac,
    kfc,
    prove_equal,
)
from symconv.derivatives.fisher import of_probabilities
from symconv.errors import SymconvError
from tests.tools import require_module

n, K, N = sp.symbols("n K N", integer=True, positive=True)
SYMBOLIC = Sequential(
    Conv(n, K, padding=1, out_channels=2),
    Activation("tanh"),
    Conv.lazy(kernel_size=2, stride=2),
    loss="mse",
    batch_size=N,
)
CLASSES = Sequential(Conv(n, K, out_channels=3), Activation("tanh"), loss="cross_entropy", batch_size=N)
DENSE = Sequential(Linear(3, 4), Activation("tanh"), Linear(4, 3), loss="cross_entropy", batch_size=2)

SLOW = pytest.mark.slow


def test_a_hessian_in_closed_form() -> None:
    net = Sequential(Conv(4, 2), Activation("tanh"), Conv.lazy(kernel_size=2), loss="squared")
    assert (
        hessian(net, "w3", "w1")
        .text()
        .startswith("d2L_dw3_dw1[k, k'] = sum(i, X[i + k + k']*delta3[i]*tanh'(z1[i + k]))")
    )
    assert set(hessian(net)) == {("w1", "w1"), ("w1", "w3"), ("w3", "w1"), ("w3", "w3")}
    assert prove_equal(hessian(net)["w3", "w3"], gauss_newton(net, "w3")).proved
    assert prove_equal(hessian(net, "w1"), gauss_newton(net, "w1")).status != "proved"  # the tanh is curved


def test_the_fisher_matrix_is_the_gauss_newton_matrix() -> None:
    """For every size; of cross-entropy for targets that add up to 1, and otherwise it is not."""
    for net in (SYMBOLIC, CLASSES, Sequential(Linear(n, K), loss="squared")):
        for of in net.parameters:
            one, other = fisher(net, of, "w1"), gauss_newton(net, of, "w1")
            assert prove_equal(one, of_probabilities(other, net.loss_part)).proved, (net, of)
    assert not prove_equal(fisher(CLASSES, "w1"), gauss_newton(CLASSES, "w1")).proved
    assert prove_equal(fisher(SYMBOLIC, "w3"), fisher(SYMBOLIC, "w3", empirical=True)).status != "proved"


def test_a_linear_network_has_a_hessian_without_its_targets() -> None:
    net = Sequential(Linear(n, K, bias=False), loss="squared", batch_size=N)
    x, e, i, j = sp.IndexedBase("X", (N, n)), *sp.symbols("e i j", integer=True)
    found = hessian(net, "w1")
    assert found.text() == "d2L_dw1_dw1[i, j, i', j'] = sum(e, X[e, j]*X[e, j']*[i = i'])"
    one, two = sp.symbols("i' j'", integer=True)
    assert prove_equal(found, sp.KroneckerDelta(i, one) * sp.Sum(x[e, j] * x[e, two], (e, 0, N - 1))).proved
    assert prove_equal(found, sp.KroneckerDelta(i, one) * sp.Sum(x[e, j] * x[e, j], (e, 0, N - 1))).refuted


def test_factors_of_every_layer() -> None:
    found = kfac(SYMBOLIC)
    assert list(found) == ["w1", "w3"]
    for factors in found.values():
        assert prove_equal(*factors.conditioned).proved
    assert kfc(DENSE, "w3").input.text() == "A_w3[j, j'] = sum(e, 1/2*a2[e, j]*a2[e, j'])"
    assert (
        kfac(DENSE, "w3").output.text()
        == "B_w3[i, i'] = sum(e, 1/2*p3[e, i]*[i = i']) - sum(e, 1/2*p3[e, i]*p3[e, i'])"
    )
    single = Sequential(Linear(3, 4), loss="squared")
    assert kfac(single, "w1").exactness.proved  # one example and one position
    assert kfac(single, "w1", bias=True).exactness.proved


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: hessian(DENSE, "w2"),
        lambda: hessian(DENSE, "w1", "t"),
        lambda: kfac(DENSE, "b1"),
        lambda: kfac(DENSE, "w1", approximation="both"),
        lambda: fisher(Sequential(Linear(2, 2)), "w1"),
        lambda: fisher(Sequential(Linear(2, 2), loss="generic"), "w1"),
        lambda: hessian_vector_product(DENSE).evaluate(X=np.zeros((2, 3))),
        lambda: gauss_newton_vector_product(3),
        lambda: hessian_vector_product(DENSE, "w9"),
        lambda: hessian(DENSE, "w1").evaluate(Q=3),
    ],
)
def test_what_is_not_there_is_an_error(wrong: Any) -> None:
    with pytest.raises(SymconvError):
        wrong()


def test_any_loss_has_its_own_second_derivative() -> None:
    net = Sequential(Linear(2, 2, bias=False))
    assert hessian(net, "w1").text() == "d2L_dw1_dw1[i, j, i', j'] = X[j]*X[j']*H_z1[i, i']"


# -- numbers -------------------------------------------------------------------------------------------


def drawn_network(seed: int) -> tuple[Graph, dict[str, Any]]:
    """A random network with its arrays."""
    draw = random.Random(seed)
    generator = np.random.default_rng(seed)
    loss = draw.choice(["cross_entropy", "mse", "squared"])
    batch = draw.choice([None, 2, 3]) if draw.random() < 0.5 else 2
    function = draw.choice(["tanh", "sigmoid", "softplus"])
    bias, size = draw.random() < 0.5, draw.randint(4, 5)
    kind = draw.randrange(5)
    net: Graph
    if kind == 0:
        net = Sequential(
            Conv(size, 3, padding=1, in_channels=2, out_channels=2, bias=bias, stride=draw.randint(1, 2)),
            Activation(function), Flatten(), Linear.lazy(out_features=3), loss=loss, batch_size=batch,
        )  # fmt: skip
    elif kind == 1:
        net = Sequential(
            Conv((3, 4), (2, 2), out_channels=2, bias=bias), BatchNorm(training=True), Activation(function),
            Conv.lazy(kernel_size=2), loss="mse", batch_size=2,
        )  # fmt: skip
    elif kind == 2:
        nodes = {
            "conv": Conv(size, 3, padding=1, bias=bias),
            "act": Activation(function),
            "add": (Add(), "act", "input"),
        }
        nodes["flat"] = Flatten()
        nodes["fc"] = Linear.lazy(out_features=2)
        net = Graph(nodes, loss=loss, batch_size=batch)
    elif kind == 3:
        net = Sequential(
            Conv(6, 2, out_channels=2), Activation(function), MaxPool.lazy(kernel_size=2), Flatten(),
            Linear.lazy(out_features=2), Softmax(), loss="squared", batch_size=batch,
        )  # fmt: skip
    else:
        net = Sequential(Linear(3, 3), Activation(function), Linear(3, 2, bias=bias), loss=loss, batch_size=batch)
    arrays = {name: generator.normal(size=tuple(map(int, net.shape_of(name)))) for name in net.wanted}
    if net.loss_part is not None and loss == "cross_entropy" and type(net.loss_part).__name__ == "CrossEntropyPart":
        shape = net.loss_part.class_shape
        arrays["t"] = generator.integers(0, net.loss_part.class_count, size=shape)
    return net, arrays


def forward(torch: Any, net: Graph, values: dict[str, Any]) -> Any:
    """The network's output in PyTorch, part by part; ``values`` gets every output."""
    functional = torch.nn.functional
    for part in net.parts:
        x = values[part.reads[0].name]
        given = part.given
        names = part.roles
        kind = type(part.layer or given).__name__
        batched = net.batch_size is not None
        if kind == "Conv":
            layer = part.layer
            assert layer is not None
            function = functional.conv1d if layer.ndim == 1 else functional.conv2d
            y = function(
                x, values[names["weight"]], values.get(names.get("bias")), stride=layer.stride, padding=layer.padding
            )
        elif kind == "MaxPool":
            y = functional.max_pool1d(x, 2)
        elif kind == "Linear":
            bias = values[names["bias"]] if "bias" in names else 0
            y = x.reshape(x.shape[0] if batched else -1, *([-1] if batched else [])) @ values[names["weight"]].T + bias
        elif kind == "Flatten":
            y = x.flatten(1) if batched else x.flatten()
        elif kind == "BatchNorm":
            y = functional.batch_norm(x, None, None, values[names["weight"]], values[names["bias"]], training=True)
        elif kind == "Add":
            y = x + values[part.reads[1].name]
        elif kind == "Softmax":
            y = torch.softmax(x, 1 if batched else 0)
        else:
            y = getattr(torch.nn.functional, given.function.name)(x)
        values[part.after.name] = y
    return values[net.parts[-1].after.name]


def loss_of(torch: Any, net: Graph, h: Any, t: Any) -> Any:
    kind = type(net.loss).__name__
    if kind == "SoftmaxCrossEntropy":
        return torch.nn.functional.cross_entropy(h, t)
    return ((h - t) ** 2).mean() if kind == "MeanSquaredError" else ((h - t) ** 2).sum() / 2


def assert_as_pytorch(seed: int) -> None:
    torch = require_module("torch")
    net, arrays = drawn_network(seed)
    names = net.parameters
    leaves = {name: torch.tensor(array, requires_grad=name in names) for name, array in arrays.items()}
    values = dict(leaves)
    h = forward(torch, net, values)
    loss = loss_of(torch, net, h, leaves["t"])
    grad = torch.autograd.grad
    slopes = dict(zip(names, grad(loss, [leaves[name] for name in names], create_graph=True)))
    generator = np.random.default_rng(seed + 1)
    vectors = {name: generator.normal(size=arrays[name].shape) for name in names}
    product = sum((slopes[name] * torch.tensor(vectors[name])).sum() for name in names)
    expected = grad(product, [leaves[name] for name in names], retain_graph=True, allow_unused=True)
    directions = {f"v_{name}": vector for name, vector in vectors.items()}
    found = hessian_vector_product(net).evaluate(**arrays, **directions)
    for name, one in zip(names, expected):
        np.testing.assert_allclose(found[name], 0 if one is None else one.numpy(), atol=1e-8, err_msg=f"{net} {name}")
    jacobian = {
        name: np.stack([grad(one, leaves[name], retain_graph=True)[0].numpy().ravel() for one in h.reshape(-1)])
        for name in names
    }
    output = h.detach().requires_grad_()
    first = grad(loss_of(torch, net, output, leaves["t"]), output, create_graph=True)[0]
    middle = np.stack([grad(one, output, retain_graph=True)[0].numpy().ravel() for one in first.reshape(-1)])
    products = gauss_newton_vector_product(net).evaluate(**arrays, **directions)
    total = sum(jacobian[name] @ vectors[name].ravel() for name in names)
    for name in names:
        np.testing.assert_allclose(products[name].ravel(), jacobian[name].T @ (middle @ total), atol=1e-8)
    draw = random.Random(seed)
    of, by = draw.choice(names), draw.choice(names)
    rows = [grad(one, leaves[by], retain_graph=True, allow_unused=True)[0] for one in slopes[of].reshape(-1)]
    whole = np.stack([np.zeros(arrays[by].size) if row is None else row.numpy().ravel() for row in rows])
    np.testing.assert_allclose(hessian(net, of, by).evaluate(**arrays).reshape(whole.shape), whole, atol=1e-8)
    square = jacobian[of].T @ middle @ jacobian[by]
    for matrix in (gauss_newton, fisher):
        np.testing.assert_allclose(matrix(net, of, by).evaluate(**arrays).reshape(square.shape), square, atol=1e-8)


def assert_factors(seed: int) -> None:
    """The factors in loops: patches by unfold, and the mean over the classes or over one step of the normal noise."""
    torch = require_module("torch")
    net, arrays = drawn_network(seed)
    names = list(kfac(net))
    leaves = {name: torch.tensor(array, requires_grad=name in net.parameters) for name, array in arrays.items()}
    values = dict(leaves)
    h = forward(torch, net, values)
    count = int(net.batch_size or 1)
    slopes = scores(torch, net, h)
    for name in names:
        part = next(part for part in net.parts if name in part.parameters)
        x, z = values[part.reads[0].name].detach(), values[part.after.name]
        x = x if net.batch_size is not None else x[None]
        if part.layer is None:
            patches = x.reshape(count, -1, 1).numpy()
        else:
            images = x if part.layer.ndim == 2 else x[:, :, None]
            sizes = part.layer.kernel_size if part.layer.ndim == 2 else (1, *part.layer.kernel_size)
            pads = part.layer.padding if part.layer.ndim == 2 else (0, *np.atleast_1d(part.layer.padding))
            steps = part.layer.stride if part.layer.ndim == 2 else (1, *np.atleast_1d(part.layer.stride))
            patches = torch.nn.functional.unfold(images, sizes, padding=pads, stride=steps).numpy()
        ones = np.ones((count, 1, patches.shape[2]))
        for approximation in ("expand", "reduce"):
            for bias in (False, "bias" in part.roles):
                P = np.concatenate([patches, ones], 1) if bias else patches
                P = P.mean(2, keepdims=True) if approximation == "reduce" else P
                A = np.einsum("eqi,eri->qr", P, P) / count
                B = 0
                for slope in slopes:
                    g = (
                        torch.autograd.grad(h, z, slope, retain_graph=True)[0]
                        .numpy()
                        .reshape(count, -1, patches.shape[2])
                    )
                    g = g.sum(2, keepdims=True) if approximation == "reduce" else g
                    B = B + np.einsum("eoi,epi->op", g, g) / g.shape[2]
                found = kfac(net, name, approximation=approximation, bias=bias).evaluate(**arrays)
                np.testing.assert_allclose(found["input"], A, atol=1e-8)
                np.testing.assert_allclose(found["output"], B, atol=1e-8, err_msg=f"{net} {name}")


def scores(torch: Any, net: Graph, h: Any) -> list[Any]:
    """Vectors s with sum of s s^T = 1/D E[dL/dh dL/dh^T]: one for every example, position and class, or entry."""
    found = []
    value = h.detach()
    if type(net.loss).__name__ == "SoftmaxCrossEntropy":
        at = 1 if net.batch_size is not None else 0
        p = torch.softmax(value, at)
        moved = torch.movedim(p, at, -1).reshape(-1, p.shape[at])
        for row in range(len(moved)):
            for c in range(p.shape[at]):
                one = torch.zeros_like(moved)
                one[row] = moved[row]
                one[row, c] -= 1
                one = one * torch.sqrt(moved[row, c] / len(moved))
                found.append(torch.movedim(one.reshape(torch.movedim(p, at, -1).shape), -1, at))
        return found
    scale = 2 / value.numel() if type(net.loss).__name__ == "MeanSquaredError" else 1
    for place in range(value.numel()):
        one = torch.zeros(value.numel(), dtype=value.dtype)
        one[place] = scale**0.5
        found.append(one.reshape(value.shape))
    return found


@pytest.mark.torch
@pytest.mark.parametrize("seed", range(10))
def test_networks_against_pytorch(seed: int) -> None:
    assert_as_pytorch(seed)


@pytest.mark.torch
@pytest.mark.parametrize("seed", range(10))
def test_factors_in_loops(seed: int) -> None:
    if not isinstance(drawn_network(seed)[0].nodes[1].given, BatchNorm):  # whose examples are not independent
        assert_factors(seed)


@pytest.mark.exhaustive
@pytest.mark.torch
def test_many_networks_against_pytorch() -> None:
    for seed in range(10, 150):
        assert_as_pytorch(seed)
        if not isinstance(drawn_network(seed)[0].nodes[1].given, BatchNorm):
            assert_factors(seed)


def test_what_a_network_computes_is_not_any_number() -> None:
    """a2 is tanh(z1): numbers for both at once refute nothing, while those for the input and weights do."""
    net = Sequential(Linear(2, 2), Activation("tanh"), Linear(2, 2), loss="squared")
    found = gauss_newton(net, "w3")
    other = found.replaced(found.form + found.form)
    assert prove_equal(found, other).status == "undecided"
    single = gauss_newton(Sequential(Linear(2, 2), loss="squared"), "w1")
    assert prove_equal(single, single.replaced(single.form + single.form)).refuted


@pytest.mark.parametrize(
    "norm", [GroupNorm(2), pytest.param(InstanceNorm(), marks=SLOW), pytest.param(LayerNorm(), marks=SLOW)]
)
def test_matrices_agree_with_products_where_parts_read_other_axes(norm: Any) -> None:
    """Group normalization reads channels by group; the products with vectors take every part by itself."""
    net = Sequential(
        Conv(5, 2, out_channels=2), norm, Activation("tanh"), Flatten(), Linear.lazy(out_features=2), loss="mse",
        batch_size=2,
    )  # fmt: skip
    generator = np.random.default_rng(0)
    arrays = {name: generator.normal(size=tuple(map(int, net.shape_of(name)))) for name in net.wanted}
    vectors = {name: generator.normal(size=arrays[name].shape) for name in net.parameters}
    products = hessian_vector_product(net).evaluate(**arrays, **{f"v_{name}": one for name, one in vectors.items()})
    first, step = net.parameters[0], 1e-5
    moved = [net.evaluate(**{**arrays, **{n: arrays[n] + s * vectors[n] for n in vectors}}) for s in (step, -step)]
    for name in net.parameters:
        difference = (moved[0][f"dL_d{name}"] - moved[1][f"dL_d{name}"]) / (2 * step)
        np.testing.assert_allclose(products[name], difference, atol=1e-6)
    total = sum(
        np.tensordot(hessian(net, first, name).evaluate(**arrays), vectors[name], vectors[name].ndim)
        for name in net.parameters
    )
    np.testing.assert_allclose(total, products[first], atol=1e-9)
