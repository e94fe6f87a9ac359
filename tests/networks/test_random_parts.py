"""500 random draws of every module that joins, normalises, moves or scales: outputs and gradients are autograd's."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symconv import (
    Add,
    BatchNorm,
    Concat,
    Graph,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    LogSoftmax,
    MatMul,
    Multiply,
    Permute,
    PReLU,
    Rescaling,
    Reshape,
    Scale,
    Sequential,
    Shift,
    Slice,
    Softmax,
)
from tests.tools import parts, require_module

torch = require_module("torch")
F = torch.nn.functional
DRAWS, PART = 500, 50
Shape = tuple[int, ...]
Drawn = tuple[Any, list[Shape], Callable[..., Any]]
"""A module, the shapes of its inputs without the batch, and PyTorch's function of inputs and weights by role."""


def shape_of(chance: random.Random, least: int = 1) -> Shape:
    return tuple(chance.randint(1, 4) for _ in range(chance.randint(least, 3)))


def batch_norm(chance: random.Random) -> Drawn:
    shape, affine, training = shape_of(chance), chance.random() < 0.7, chance.random() < 0.7

    def run(x: Any, w: Any) -> Any:
        kept = [w.get("running_mean"), w.get("running_var")]
        mean, variance = (None if one is None else one.detach() for one in kept)
        return F.batch_norm(x, mean, variance, w.get("weight"), w.get("bias"), training, eps=0.01)

    return BatchNorm(eps=0.01, affine=affine, training=training), [shape], run


def layer_norm(chance: random.Random) -> Drawn:
    shape, affine = shape_of(chance), chance.random() < 0.7
    last = shape[chance.randrange(len(shape)) :]
    bias = not affine or chance.random() < 0.7
    module = LayerNorm(last, 0.01, elementwise_affine=affine, bias=bias)
    return module, [shape], lambda x, w: F.layer_norm(x, last, w.get("weight"), w.get("bias"), 0.01)


def group_norm(chance: random.Random) -> Drawn:
    groups, affine = chance.randint(1, 3), chance.random() < 0.7
    shape = (groups * chance.randint(1, 3), *shape_of(chance))
    module = GroupNorm(groups, eps=0.01, affine=affine)
    return module, [shape], lambda x, w: F.group_norm(x, groups, w.get("weight"), w.get("bias"), 0.01)


def instance_norm(chance: random.Random) -> Drawn:
    affine = chance.random() < 0.5
    shape = (chance.randint(1, 3), *(chance.randint(2, 4) for _ in range(chance.randint(1, 3))))
    module = InstanceNorm(eps=0.01, affine=affine)
    return module, [shape], lambda x, w: F.instance_norm(x, None, None, w.get("weight"), w.get("bias"), eps=0.01)


def repeated(chance: random.Random, shape: Shape) -> Shape:
    """The shape with some axes of one element."""
    return tuple(1 if chance.random() < 0.3 else size for size in shape)


def add(chance: random.Random) -> Drawn:
    shape, count = shape_of(chance), chance.randint(2, 3)
    scales = tuple(chance.choice([1, -1, 2, 0.5]) for _ in range(count)) if chance.random() < 0.6 else ()
    shapes = [shape, *(repeated(chance, shape) for _ in range(count - 1))]

    def run(*given: Any) -> Any:
        return sum(scale * x for scale, x in zip(scales or (1,) * count, given[:-1]))

    return Add(scales), shapes, run


def multiply(chance: random.Random) -> Drawn:
    shape = shape_of(chance)
    shapes = [shape, *(repeated(chance, shape) for _ in range(chance.randint(1, 2)))]

    def run(*given: Any) -> Any:
        return torch.stack(torch.broadcast_tensors(*given[:-1])).prod(0)

    return Multiply(), shapes, run


def matmul(chance: random.Random) -> Drawn:
    *before, rows, inner = (chance.randint(1, 4) for _ in range(chance.randint(2, 4)))
    shapes = [(*repeated(chance, tuple(before)), rows, inner), (*before, inner, chance.randint(1, 4))]
    return MatMul(), shapes, lambda x, y, w: x @ y


def concat(chance: random.Random) -> Drawn:
    shape, count = shape_of(chance), chance.randint(2, 3)
    at = chance.randrange(len(shape))
    shapes = [(*shape[:at], chance.randint(1, 3), *shape[at + 1 :]) for _ in range(count)]
    axis = at - len(shape) if chance.random() < 0.5 else at
    return Concat(axis), shapes, lambda *given: torch.cat(given[:-1], at + 1)


def permute(chance: random.Random) -> Drawn:
    shape = shape_of(chance)
    order = chance.sample(range(len(shape)), len(shape))
    return Permute(tuple(order)), [shape], lambda x, w: x.permute(0, *(at + 1 for at in order))


def reshape(chance: random.Random) -> Drawn:
    """Neighbors as one, or an axis as two."""
    shape = shape_of(chance)
    if len(shape) > 1 and chance.random() < 0.5:
        at = chance.randrange(len(shape) - 1)
        new = (*shape[:at], shape[at] * shape[at + 1], *shape[at + 2 :])
    else:
        at, factor = chance.randrange(len(shape)), chance.randint(1, 3)
        shape = (*shape[:at], shape[at] * factor, *shape[at + 1 :])
        new = (*shape[:at], factor, shape[at] // factor, *shape[at + 1 :])
    return Reshape(new), [shape], lambda x, w: x.reshape(x.shape[0], *new)


def taken(chance: random.Random) -> Drawn:
    shape = shape_of(chance)
    at = chance.randrange(len(shape))
    start = chance.randrange(shape[at])
    stop, step = chance.randint(start + 1, shape[at]), chance.randint(1, 3)
    return Slice(at, start, stop, step), [shape], lambda x, w: x.movedim(at + 1, 0)[start:stop:step].movedim(0, at + 1)


def scale(chance: random.Random) -> Drawn:
    shape = shape_of(chance)
    return Scale(repeated(chance, shape)), [shape], lambda x, w: x * w["weight"]


def shift(chance: random.Random) -> Drawn:
    shape = shape_of(chance)
    return Shift(repeated(chance, shape)), [shape], lambda x, w: x + w["bias"]


def rescaling(chance: random.Random) -> Drawn:
    factor, offset = chance.choice([-1, 2, 0.25]), chance.choice([0, 1, -0.5])
    return Rescaling(factor, offset), [shape_of(chance)], lambda x, w: factor * x + offset


def prelu(chance: random.Random) -> Drawn:
    shape = shape_of(chance)
    count = chance.choice([1, shape[0]])
    return PReLU(count), [shape], lambda x, w: F.prelu(x, w["weight"])


def softmax(chance: random.Random) -> Drawn:
    shape = shape_of(chance)
    at = chance.randrange(len(shape))
    return Softmax(at), [shape], lambda x, w: torch.softmax(x, at + 1)


def log_softmax(chance: random.Random) -> Drawn:
    shape = shape_of(chance)
    at = chance.randrange(len(shape))
    return LogSoftmax(at), [shape], lambda x, w: torch.log_softmax(x, at + 1)


FAMILIES = [
    batch_norm, layer_norm, group_norm, instance_norm, add, multiply, matmul, concat, permute, reshape, taken, scale,
    shift, rescaling, prelu, softmax, log_softmax,
]  # fmt: skip


def compare(family: Callable[[random.Random], Drawn], seed: int) -> None:
    chance, generator = random.Random(seed), np.random.default_rng(seed)
    module, shapes, run = family(chance)
    batch = chance.randint(2, 4)
    if len(shapes) == 1:
        net: Graph = Sequential(module, input_shape=shapes[0], batch_size=batch)
    else:
        inputs = {f"x_{letter}": shape for letter, shape in zip("abc", shapes)}
        net = Graph({"join": (module, *inputs)}, input_shape=inputs, batch_size=batch)
    (part,), label = net.parts, f"{module!r} of {shapes}, seed {seed}"
    tensors = {
        signal.name: torch.tensor(generator.normal(size=(batch, *shape)), requires_grad=True)
        for signal, shape in zip(net.inputs.values(), shapes)
    }
    own = {
        role: torch.tensor(generator.uniform(0.5, 2, net.shape_of(name)), requires_grad=True)
        for role, name in part.roles.items()
    }
    y = run(*tensors.values(), own)
    upstream = generator.normal(size=tuple(y.shape))
    (y * torch.tensor(upstream)).sum().backward()
    arrays = {name: x.detach().numpy() for name, x in tensors.items()}
    arrays |= {part.roles[role]: x.detach().numpy() for role, x in own.items()}
    values = net.evaluate(**arrays, **{net.delta(part.number): upstream})
    expected = {part.after.name: y.detach(), **{f"dL_d{name}": x.grad for name, x in tensors.items()}}
    learned = [role for role in own if part.roles[role] in net.parameters]
    expected |= {net.derivative(part.roles[role]): own[role].grad for role in learned}
    for name, wanted in expected.items():
        found, wanted = values[name], wanted.numpy()
        assert found.shape == wanted.shape, f"{label}: {name}"
        assert abs(found - wanted).max() <= 1e-10 * max(abs(wanted).max(), 1e-2), f"{label}: {name}"


@pytest.mark.torch
@pytest.mark.parametrize("part", parts(DRAWS // PART, 1, "exhaustive"))
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_random_draws_against_autograd(family: Any, part: int) -> None:
    for seed in range(part * PART, (part + 1) * PART):
        compare(family, seed)
