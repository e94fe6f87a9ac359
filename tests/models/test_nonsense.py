"""Attributes and constants that fit nothing: a node is read or named with its reason, and nothing else is raised."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from symconv.models.keras_graph import read_keras
from tests.models.test_keras import layer, sequential
from tests.tools import draws, require_module

WHOLE = (-(2**62), -7, -1, 0, 1, 2, 3, 4, 5, 2**40, 2**62)
JUNK: tuple[Any, ...] = (
    None, -1, 0, 1, 2, 2**70, "x", [], [1], [2, 3], [-1], [3, 2, 1], {}, [None], 1.5, float("nan"), True, [[1]], ["a"],
)  # fmt: skip
KERAS = ("Reshape", "Permute", "LayerNormalization", "GroupNormalization", "PReLU", "Rescaling", "Subtract", "Average")
OPTIONS = ("target_shape", "dims", "axis", "epsilon", "groups", "shared_axes", "scale", "offset", "center")
BY_SIZES = ("Slice", "Split", "Unsqueeze", "Squeeze", "Reshape", "Pow")
BY_NUMBERS = ("PRelu", "Sub", "Mul", "Div", "Add", "LayerNormalization", "InstanceNormalization", "GroupNormalization")
BARE = ("Transpose", "LogSoftmax", "Neg", "Gelu", "Mish")


@pytest.mark.parametrize("count", draws(60, 1000))
def test_operators_of_onnx(count: int) -> None:
    onnx = require_module("onnx")
    from symconv.models.onnx_graph import read_onnx
    from tests.models.test_onnx import model_of

    chance, generator = random.Random(0), np.random.default_rng(0)
    for _ in range(count):
        kind, names = chance.choice((*BY_SIZES, *BY_NUMBERS, *BARE)), "abcd"[: chance.randint(1, 4)]
        weights = {
            name: np.array([chance.choice(WHOLE) for _ in range(chance.randint(0, 4))], dtype=np.int64)
            if kind in BY_SIZES
            else generator.normal(size=[chance.choice([1, 2, 3]) for _ in range(chance.randint(0, 4))]).astype("f")
            for name in (names if kind not in BARE else "")
        }
        attributes: dict[str, Any] = {
            "axis": chance.choice([-9, -1, 0, 1, 2, 9]),
            "num_groups": chance.choice([-1, 0, 2]),
        }
        attributes |= {"perm": [chance.choice([-1, 0, 1, 2, 9]) for _ in range(chance.randint(1, 4))]}
        given = ["x", *weights][:: chance.choice([1, -1])]
        outputs = ["y", "z"][: chance.randint(1, 2)]
        node = onnx.helper.make_node(kind, given, outputs, **attributes)
        shape = tuple(chance.choice([1, 2, 3, 4, 2**31]) for _ in range(chance.randint(2, 4)))
        model = read_onnx(model_of([node], shape, weights, chance.choice([11, 13, 17, 21])))
        assert all(model.unread.values())


@pytest.mark.parametrize("count", draws(60, 1000))
def test_layers_of_keras(count: int) -> None:
    chance = random.Random(0)
    for _ in range(count):
        config = {name: chance.choice(JUNK) for name in OPTIONS if chance.random() < 0.7}
        shape = tuple(chance.choice([1, 2, 3, 4]) for _ in range(chance.randint(1, 4)))
        model = read_keras(sequential(shape, layer(chance.choice(KERAS), **config)))
        assert all(model.unread.values())
