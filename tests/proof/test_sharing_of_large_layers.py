"""Weight sharing axis by axis: the same as from all product terms, and for layers of any size."""

from __future__ import annotations

import random

import pytest

from symconv import Conv, ConvTranspose, solve_sharing
from symconv.errors import SymconvError
from symconv.layers import Layer
from symconv.proof.sharing import _solve, _solve_axis_by_axis
from tests.tools import parts

MODES = ("zeros", "zeros", "circular", "reflect", "replicate")
CONV1 = Conv((224, 224), (7, 7), in_channels=3, out_channels=64, stride=2, padding=3)


def random_layer(generator: random.Random) -> Layer | None:
    axes, groups = generator.choice((1, 1, 2)), generator.choice((1, 1, 2))

    def each(low: int, high: int) -> tuple[int, ...]:
        return tuple(generator.randint(low, high) for _ in range(axes))

    channels = {name: groups * generator.randint(1, 2) for name in ("in_channels", "out_channels")}
    size, kernel = each(2, 5), each(1, 3)
    shared = dict(**channels, groups=groups, stride=each(1, 3), dilation=each(1, 2))
    try:
        if generator.random() < 0.3:
            return ConvTranspose(size, kernel, padding=each(0, 1), **shared)
        return Conv(
            size, kernel, padding=tuple(zip(each(0, 2), each(-1, 2))), padding_mode=generator.choice(MODES),
            flip=generator.random() < 0.3, input_dilation=each(1, 2), **shared,
        )  # fmt: skip
    except SymconvError:
        return None


@pytest.mark.parametrize("part", parts(8, 1))
def test_it_is_the_same_as_from_all_terms(part: int) -> None:
    generator, seen, related = random.Random(part), 0, 0
    while seen < 50:
        if (layer := random_layer(generator)) is None:
            continue
        seen += 1
        one, other = _solve(layer), _solve_axis_by_axis(layer)
        assert (one.before, one.after) == (other.before, other.after)
        assert list(one.zeros) == list(other.zeros) and len(one.zeros) == len(other.zeros)
        assert [tuple(symbols) for symbols in one.classes] == [tuple(symbols) for symbols in other.classes]
        assert len(one.classes) == len(other.classes)
        assert len(one.relations) == len(other.relations) == len(list(other.relations))
        assert len(other.equations) == len(list(other.equations)) == len(one.equations)
        related += bool(one.relations)
    assert related


def test_the_first_layer_of_resnet() -> None:
    sharing = solve_sharing(CONV1)
    read = sum(0 <= 2 * i + k - 3 < 224 for i in range(112) for k in range(7))
    assert sharing.before == 3 * 224**2 * 64 * 112**2 and sharing.after == 64 * 3 * 7 * 7
    assert len(sharing.zeros) == sharing.before - 3 * 64 * read**2
    first = sharing.classes[0]  # v[0, 0, 0, 0] is w[0, 0, 3, 3], which every output reads at (2 i1, 2 i2)
    assert len(first) == 112**2 and [str(symbol) for symbol in first[:2]] == ["v_1_1", "v_3_2"]


def test_it_is_printed_in_short() -> None:
    for layer in (Conv((32, 32), (3, 3)), CONV1, Conv((64, 64), (3, 3), padding=1, padding_mode="reflect")):
        sharing = solve_sharing(layer)
        assert max(len(str(sharing)), len(repr(sharing)), len(sharing._repr_html_())) < 2_000
        assert ".zeros" in str(sharing) and "more" in str(sharing)


def test_a_long_sequence_is_walked_through() -> None:
    zeros = solve_sharing(CONV1).zeros
    assert [str(symbol) for symbol in zeros[:2]] == ["v_1_3", "v_1_4"] == [str(zeros[0]), str(zeros[1])]
    assert len(repr(zeros)) < 100
    with pytest.raises(IndexError):
        zeros[len(zeros)]
