"""Figures: their marks against loops over indices, their paper, their colours, and their SVG and TikZ.

The oracle ``products_of`` knows nothing of symconv's schemes: it is PyTorch's definition of each layer, in plain loops.
"""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ElementTree
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache
from itertools import combinations, product
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symconv import (
    Activation,
    Add,
    AvgPool,
    Conv,
    ConvTranspose,
    Flatten,
    Fold,
    Graph,
    Linear,
    MaxPool,
    Sequential,
    Unfold,
    Upsample,
    ZeroInsertion,
)
from symconv.errors import SymbolicShapeError, SymconvError
from symconv.figures import (
    LayerFigure,
    backward,
    extent,
    figures_of,
    neuron,
    neurons,
    patches,
    pattern,
    png,
    reads,
    stacks,
    svg,
    tikz,
    tikz_colours,
    weight_matrix,
    window,
)
from symconv.figures.drawing import Drawing, Group, Label, Line, Rectangle
from symconv.figures.lettering import pieces_of, width_of
from symconv.figures.palette import BASE, COLOURS, LEAST_CONTRAST, LEAST_DISTANCE, colour_of
from symconv.figures.parts import boxes_of
from symconv.figures.printed import printed
from symconv.figures.writers.svg import compact_svg, plain_svg
from symconv.figures.writers.tikz import NARROWER, POINTS
from symconv.layers import Layer
from symconv.printing.notation import Notation
from tests.figures.vision import SIMULATIONS, ciede2000, contrast, distance
from tests.tools import require_module, thinned

WEIGHTED = [
    Conv((3, 3), (2, 2), out_channels=2),
    Conv(3, 2),
    Conv(5, 1),
    Conv(7, 3, stride=2, padding=1),
    Conv(9, 3, stride=3, dilation=2, padding=2),
    Conv(4, 3, padding=1, in_channels=2, out_channels=3),
    Conv(6, 2, in_channels=4, out_channels=4, groups=2),
    Conv(5, 3, in_channels=3, out_channels=3, groups=3, padding=1),
    Conv(6, 3, padding=((2, 0),)),
    Conv(7, 3, padding=-1),
    Conv(6, 3, flip=True, stride=2),
    Conv(4, 3, input_dilation=2),
    Conv((5, 5), (3, 3), stride=2, padding=1),
    Conv((7, 7), (3, 3), dilation=2),
    Conv((4, 5), (2, 3), padding=(1, 0), stride=(1, 2)),
    Conv((4, 4), (2, 2), in_channels=4, out_channels=4, groups=2),
    Conv((3, 3), (2, 2), in_channels=2, batch_size=3),
    Conv((3, 3, 3), (2, 2, 2)),
    Conv((3, 4, 3), (2, 1, 2), stride=(1, 2, 1), out_channels=2),
    Conv((28, 28), (5, 5)),
    Conv((8, 8), (3, 3), in_channels=8, out_channels=8, padding=1),
    ConvTranspose(3, 3, stride=2),
    ConvTranspose(4, 3, padding=1, dilation=2, in_channels=2, out_channels=2),
    ConvTranspose((3, 3), (3, 3), stride=2),
    ConvTranspose((2, 3), (2, 2), stride=2, output_padding=1, in_channels=2, out_channels=4, groups=2),
    Conv(5, 3, bias=True, notation=Notation(input="x", weight="theta", output="y", index_base=0)),
]
FIXED = [
    AvgPool(5, 2, 2, 1),
    AvgPool((4, 4), (2, 2), padding=1, count_include_pad=False, channels=2),
    MaxPool((4, 4), 2),
    MaxPool(6, 3, 1, 1, channels=2),
    Upsample((2, 2), 2),
    ZeroInsertion(3, 2),
    Unfold((3, 3), 2, channels=2),
    Fold((3, 3), 2),
]
WRAPPED = [Conv(5, 3, padding=1, padding_mode=mode) for mode in ("circular", "reflect", "replicate")]
LAYERS = [*WEIGHTED, *FIXED, *WRAPPED]

Product = tuple[int | None, int | None]
"""Flat weight, or None if it is fixed; flat input, or None in the padding or between elements."""


def products_of(layer: Layer) -> dict[int, list[Product]]:
    """By flat output of one example, every product of the layer by its definition (zero padding)."""
    if isinstance(layer, ConvTranspose):
        return transposed_products(layer)
    channels_in, channels_out = int(layer.in_channels), int(layer.out_channels)
    fixed = layer.fixed_kernel is not None
    groups = channels_in if fixed else int(layer.groups)
    n, K, m = layer.input_size, layer.kernel_size, layer.output_size
    stride = layer.stride if "stride" in layer.PARAMETERS else (1,) * layer.ndim
    dilation = layer.dilation if "dilation" in layer.PARAMETERS else (1,) * layer.ndim
    between = layer.input_dilation if "input_dilation" in layer.PARAMETERS else (1,) * layer.ndim
    pads = layer.padding if "padding" in layer.PARAMETERS else (0,) * layer.ndim
    flip = isinstance(layer, Conv) and layer.flip
    found: dict[int, list[Product]] = {}
    inputs = np.arange(channels_in * np.prod(n)).reshape(channels_in, *n)
    weights = None if fixed else np.arange(np.prod(layer.weight_shape)).reshape(layer.weight_shape)
    outputs = np.arange(channels_out * np.prod(m)).reshape(channels_out, *m)
    for o in range(channels_out):
        group = o // (channels_out // groups)
        for i in np.ndindex(*m):
            found[int(outputs[(o, *i)])] = []
            for c, k in product(range(channels_in // groups), np.ndindex(*K)):
                j: list[int] = []
                for axis in range(layer.ndim):
                    low = pads[axis][0] if isinstance(pads[axis], tuple) else pads[axis]
                    offset = K[axis] - 1 - k[axis] if flip else k[axis]
                    q = stride[axis] * i[axis] + dilation[axis] * offset - low
                    inside = 0 <= q < between[axis] * (n[axis] - 1) + 1 and q % between[axis] == 0
                    j.append(q // between[axis] if inside else -1)
                source = None if min(j) < 0 else int(inputs[(group * (channels_in // groups) + c, *j)])
                found[int(outputs[(o, *i)])].append((None if weights is None else int(weights[(o, c, *k)]), source))
    return found


def transposed_products(layer: ConvTranspose) -> dict[int, list[Product]]:
    """Every input spreads over the outputs; what is left are the products with zeros."""
    channels_in, channels_out, groups = int(layer.in_channels), int(layer.out_channels), int(layer.groups)
    inputs = np.arange(channels_in * np.prod(layer.input_size)).reshape(channels_in, *layer.input_size)
    outputs = np.arange(channels_out * np.prod(layer.output_size)).reshape(channels_out, *layer.output_size)
    weights = np.arange(np.prod(layer.weight_shape)).reshape(layer.weight_shape)
    found: dict[int, list[Product]] = {int(at): [] for at in outputs.ravel()}
    for c, j, o, k in product(
        range(channels_in), np.ndindex(*layer.input_size), range(channels_out // groups), np.ndindex(*layer.kernel_size)
    ):
        i = [s * a + d * b - p for s, a, d, b, p in zip(layer.stride, j, layer.dilation, k, layer.padding)]
        if all(0 <= at < m for at, m in zip(i, layer.output_size)):
            target = int(outputs[(c // (channels_in // groups) * (channels_out // groups) + o, *i)])
            found[target].append((int(weights[(c, o, *k)]), int(inputs[(c, *j)])))
    for output, pairs in found.items():
        group = output // int(np.prod(layer.output_size)) // (channels_out // groups)
        inside = output // int(np.prod(layer.output_size)) % (channels_out // groups)
        used = {weight for weight, _ in pairs}
        own = weights[group * (channels_in // groups) : (group + 1) * (channels_in // groups), inside]
        pairs += [(int(weight), None) for weight in own.ravel() if int(weight) not in used]
    return found


def marked(groups: list[Group], role: str) -> list[Group]:
    return [group for group in groups if group.role == role]


def one(group: Group, name: str) -> int | None:
    """The one index of a mark, or None."""
    indices = group.marks.get(name, ())
    assert len(indices) <= 1
    return indices[0] if indices else None


def inner(group: Group) -> list[Group]:
    return Drawing(1, 1, group.shapes).groups()


@cache
def figures(layer: Layer) -> tuple[LayerFigure, ...]:
    """The figures, made once for all tests."""
    return figures_of(layer)


def name_of(layer: Layer) -> str:
    return repr(layer)


# -- reads -------------------------------------------------------------------------------------------------


def simple(layer: Layer) -> bool:
    """Layers that the loops above know."""
    return not isinstance(layer, (Unfold, Fold, Upsample)) and layer not in WRAPPED


@pytest.mark.parametrize("layer", [layer for layer in LAYERS if simple(layer)], ids=name_of)
def test_reads_are_the_products_of_the_definition(layer: Layer) -> None:
    found = reads(layer)
    expected = products_of(layer)
    assert len(found) == len(expected) * int(layer.batch_size or 1)
    for output, products in expected.items():
        assert Counter((read.weight, read.input) for read in found[output]) == Counter(products)


def test_reads_are_the_terms_of_the_formula() -> None:
    for layer in (*FIXED, *WRAPPED):
        same_as_formula(layer, list(reads(layer))[:8])


@pytest.mark.torch
def test_reads_are_the_terms_of_the_formula_on_random_layers() -> None:
    import random

    from tests.views.drawn import draw

    generator = random.Random(20)
    checked = 0
    while checked < 120:
        drawn = draw(generator)
        try:
            layer = drawn.kind(**drawn.arguments)
        except SymconvError:
            continue
        checked += 1
        same_as_formula(layer, generator.sample(range(len(reads(layer))), min(5, len(reads(layer)))))


def same_as_formula(layer: Layer, outputs: list[int]) -> None:
    names, found = layer.notation, reads(layer)
    shape = tuple(int(size) for size in layer.output_shape)
    for output in outputs:
        mine: Counter[Any] = Counter()
        for read in found[output]:
            if read.input is not None:
                mine[read.weight, read.switch, read.input] += read.factor  # type: ignore[assignment]
        theirs: Counter[Any] = Counter()
        for coefficient, factors in layer.direct.output.products(tuple(map(int, np.unravel_index(output, shape)))):
            flat = {tensor.name: at for tensor, at in factors}
            if names.bias not in flat:
                theirs[flat.get(names.weight), flat.get(names.switch), flat[names.input]] += coefficient
        assert mine == theirs, layer


def test_reads_of_no_output_and_of_a_symbolic_layer() -> None:
    with pytest.raises(IndexError):
        reads(Conv(3, 2))[2]
    with pytest.raises(SymbolicShapeError):
        reads(Conv.general(1))


# -- marks -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", [layer for layer in LAYERS if simple(layer)], ids=name_of)
def test_the_cells_under_each_window_are_its_products(layer: Layer) -> None:
    expected = products_of(layer)
    drawn = window(layer).groups("window")
    assert drawn
    positions = int(np.prod(layer.output_size))
    for group in drawn:
        output = one(group, "output")
        assert output is not None
        assert one(group, "position") == output % positions
        cells = [
            cell for cell in inner(group) if cell.role in ("pixel", "padding", "inserted") and "output" in cell.marks
        ]
        assert all(cell.marks["output"] == (output,) for cell in cells)
        found = Counter((one(cell, "weight"), one(cell, "input")) for cell in cells)
        products = Counter(expected[output])
        assert found <= products
        if np.prod(layer.kernel_size) * int(layer.in_channels) <= 25 and layer.ndim < 3:
            assert found == products
        strong = [cell for cell in inner(group) if cell.role == "output"]
        assert sum(cell.marks["output"] == (output,) for cell in strong) == 1


def aggregated(layer: Layer) -> dict[tuple[int, int], tuple[int, ...]]:
    """Weights that join an input to an output, by (input, output)."""
    joined: dict[tuple[int, int], list[int]] = defaultdict(list)
    for output, products in products_of(layer).items():
        for weight, source in products:
            if source is not None:
                joined[source, output] += [] if weight is None else [weight]
    return {pair: tuple(weights) for pair, weights in joined.items()}


CONNECTED = [layer for layer in LAYERS if simple(layer) and not isinstance(layer, MaxPool)]


@pytest.mark.parametrize("layer", CONNECTED, ids=name_of)
def test_edges_and_cells_of_the_matrix_are_the_weights_that_join(layer: Layer) -> None:
    joined = aggregated(layer)
    inputs = int(np.prod(layer.input_shape)) // int(layer.batch_size or 1)
    outputs = int(np.prod(layer.output_shape)) // int(layer.batch_size or 1)
    drawings = {kind: neurons(layer, kind) for kind in ("free", "local", "shared")}
    drawings["reverse"] = neurons(layer, "shared", reverse=True)
    for kind, drawing in drawings.items():
        every = drawing.groups("neuron")
        rows = {group.marks["input"][0] for group in every if "input" in group.marks}
        columns = {group.marks["output"][0] for group in every if "output" in group.marks}
        if inputs <= 16 and outputs <= 9:
            assert rows == set(range(inputs)) and columns == set(range(outputs))
        compare(drawing.groups("edge"), joined, rows, columns, outputs, free=kind == "free")
    drawing = weight_matrix(layer)
    rows = {group.marks["input"][0] for group in drawing.groups("row")}
    columns = {group.marks["output"][0] for group in drawing.groups("column")}
    compare(drawing.groups("cell"), joined, rows, columns, outputs)
    zeros = [one(group, "dense") for group in drawing.groups("zero")]
    assert all(set(group.marks) == {"dense"} for group in drawing.groups("zero"))
    assert sorted(zeros) == sorted(
        row * outputs + column for row in rows for column in columns if (row, column) not in joined
    )


def compare(
    groups: list[Group], joined: dict[tuple[int, int], tuple[int, ...]], rows: set[int], columns: set[int],
    outputs: int, free: bool = False,
) -> None:  # fmt: skip
    found = {(one(group, "input"), one(group, "output")): group for group in groups}
    assert len(found) == len(groups)
    if free:
        assert set(found) == set(product(rows, columns))
    else:
        assert set(found) == {(row, column) for row, column in joined if row in rows and column in columns}
    for (row, column), group in found.items():
        assert group.marks["dense"] == (row * outputs + column,)
        assert sorted(group.marks.get("weight", ())) == ([] if free else sorted(joined[row, column]))


@pytest.mark.parametrize("layer", [layer for layer in WEIGHTED if layer.ndim < 3], ids=name_of)
def test_patches_hold_the_products_of_their_outputs(layer: Layer) -> None:
    expected = products_of(layer)
    for drawing in (patches(layer), patches(layer, reverse=True)):
        for group in drawing.groups("patch"):
            by_output: dict[int, list[Product]] = defaultdict(list)
            for cell in inner(group):
                assert cell.marks["position"] == group.marks["position"]
                for output, weight in zip(cell.marks["output"], cell.marks["weight"], strict=True):
                    by_output[output].append((weight, one(cell, "input")))
            assert by_output
            for output, products in by_output.items():
                assert Counter(products) <= Counter(expected[output])
                if int(layer.in_channels) < 4:
                    assert Counter(products) == Counter(expected[output])
        for edge in drawing.groups("edge"):
            for output in edge.marks["output"]:
                assert one(edge, "weight") in {weight for weight, _ in expected[output]}


@pytest.mark.parametrize("layer", WEIGHTED, ids=name_of)
def test_an_input_takes_from_the_outputs_that_read_it(layer: Layer) -> None:
    takes: dict[int, Counter[tuple[int, int | None]]] = defaultdict(Counter)
    for output, products in products_of(layer).items():
        for weight, source in products:
            if source is not None:
                takes[source][output, weight] += 1
    for group in backward(layer, "input").groups("window"):
        source = one(group, "input")
        assert source is not None
        cells = [cell for cell in inner(group) if cell.role == "gradient" and "input" in cell.marks]
        assert all(cell.marks["input"] == (source,) for cell in cells)
        found = Counter((one(cell, "output"), one(cell, "weight")) for cell in cells)
        assert found <= takes[source]
        if int(layer.out_channels) <= 3 and layer.ndim < 3:
            assert found == takes[source]


@pytest.mark.parametrize("layer", WEIGHTED, ids=name_of)
def test_a_weight_takes_what_it_was_multiplied_by(layer: Layer) -> None:
    takes: dict[int, set[Product]] = defaultdict(set)
    for output, products in products_of(layer).items():
        for weight, source in products:
            assert weight is not None
            takes[weight].add((output, source))
    for group in backward(layer, "weight").groups("window"):
        weight = one(group, "weight")
        assert weight is not None
        cells = [cell for cell in inner(group) if "output" in cell.marks]
        found = {(one(cell, "output"), one(cell, "input")) for cell in cells}
        assert all(cell.marks["weight"] == (weight,) for cell in cells)
        assert len(found) == len(cells)
        assert found <= takes[weight]
        if max(layer.input_size) < 8 and layer.ndim < 3:
            assert found == takes[weight]


def test_output_2_1_lights_up_its_four_pixels_edges_and_cells() -> None:
    layer = Conv((3, 3), (2, 2), out_channels=2)
    output, lit = 2, {3, 4, 6, 7}
    for drawing, role in (
        (window(layer), "pixel"), (patches(layer), "pixel"), (neurons(layer), "edge"), (weight_matrix(layer), "cell"),
    ):  # fmt: skip
        found = [group for group in drawing.groups(role) if output in group.marks.get("output", ())]
        assert len(found) == 4
        assert {one(group, "input") for group in found} == lit


@pytest.mark.parametrize("layer", thinned(LAYERS, 2), ids=name_of)
def test_marks_are_in_range_and_paper_holds_everything(layer: Layer) -> None:
    sizes = {
        "input": int(np.prod(layer.input_shape)), "output": int(np.prod(layer.output_shape)),
        "weight": int(np.prod(layer.weight_shape)) if layer.fixed_kernel is None else 0,
        "position": int(np.prod(layer.output_size)),
    }  # fmt: skip
    sizes["dense"] = sizes["input"] * sizes["output"]
    found = figures(layer)
    assert len({figure.key for figure in found}) == len(found)
    for figure in found:
        drawing = figure.drawing
        for group in drawing.groups():
            for name, indices in group.marks.items():
                assert indices and max(indices) < sizes[name] and len(set(indices)) == len(indices), (figure.key, name)
        assert drawing.width <= 16.4, figure.key
        for shape in drawing.shapes:
            for left, top, right, bottom in boxes_of(shape):
                assert left >= -1e-6 and top >= -1e-6, figure.key
                assert right <= drawing.width + 2e-3 and bottom <= drawing.height + 2e-3, figure.key
        assert drawing.title and drawing.description


@pytest.mark.parametrize("layer", LAYERS, ids=name_of)
def test_labels_stay_in_their_cells(layer: Layer) -> None:
    for figure in figures(layer):
        for group in figure.drawing.groups():
            rectangles = [shape for shape in group.shapes if isinstance(shape, Rectangle)]
            labels = [shape for shape in group.shapes if isinstance(shape, Label)]
            if len(rectangles) != 1 or group.role in ("heading", "edge", "edge-label"):
                continue
            (cell,) = rectangles
            boxes = [box for label in labels for box in boxes_of(label)]
            for left, top, right, bottom in boxes:
                assert cell.x <= left and right <= cell.x + cell.width, figure.key
                assert cell.y <= top and bottom <= cell.y + cell.height, figure.key
            for a, b in combinations(boxes, 2):
                assert a[3] <= b[1] + 0.02 or b[3] <= a[1] + 0.02, figure.key


@pytest.mark.parametrize("layer", [WEIGHTED[0], WEIGHTED[3], WEIGHTED[12], WEIGHTED[15]], ids=name_of)
def test_no_two_labels_overlap(layer: Layer) -> None:
    for figure in figures(layer):
        boxes = [box for shape in figure.drawing.walk() if isinstance(shape, Label) for box in boxes_of(shape)]
        for a, b in combinations(boxes, 2):
            meet = min(a[2], b[2]) - max(a[0], b[0]) > 0.03 and min(a[3], b[3]) - max(a[1], b[1]) > 0.03
            assert not meet, (figure.key, a, b)


# -- colours -----------------------------------------------------------------------------------------------


def test_a_colour_is_one_weight_in_every_figure() -> None:
    layer = Conv((3, 3), (2, 2), out_channels=2)
    for figure in figures(layer):
        for group in figure.drawing.groups():
            weights = group.marks.get("weight", ())
            if len(weights) != 1 or figure.key in ("neurons-local", "backward-patches", "patches"):
                continue
            fills = {s.fill for s in group.shapes if isinstance(s, Rectangle) and s.fill and s.fill.endswith("tint")}
            lines = {s.colour for s in group.shapes if isinstance(s, Line) and s.colour in BASE}
            assert fills <= {colour_of(weights[0]).tint}, figure.key
            assert lines <= {colour_of(weights[0]).name}, figure.key
    edges = neurons(layer).groups("edge")
    assert {group.shapes[0].colour for group in edges if isinstance(group.shapes[0], Line)} == set(BASE)


def test_equal_weights_look_the_same_and_others_differ_without_colour() -> None:
    drawing = neurons(Conv(12, 10))
    dashes: dict[int, set[Any]] = defaultdict(set)
    for group in drawing.groups("edge"):
        (line,) = group.shapes
        assert isinstance(line, Line)
        dashes[group.marks["weight"][0]].add((line.colour, line.dash))
    assert all(len(looks) == 1 for looks in dashes.values())
    assert len(set.union(*dashes.values())) == len(dashes)
    assert {colour_of(at).tally for at in range(40)} == {0, 1, 2, 3, 4}
    assert len({(colour_of(at).name, colour_of(at).tally) for at in range(40)}) == 40


def test_colours_of_letters_have_contrast() -> None:
    for name, code in BASE.items():
        assert contrast(code) >= LEAST_CONTRAST
        assert contrast(COLOURS["ink"], COLOURS[f"{name}tint"]) >= LEAST_CONTRAST
    for name in ("ink", "muted"):
        for fill in ("paper", "inputfill", "outputfill", "gradientfill", "padfill"):
            assert contrast(COLOURS[name], COLOURS[fill]) >= LEAST_CONTRAST


@pytest.mark.parametrize("vision", SIMULATIONS)
def test_weights_are_told_apart_by_everyone(vision: str) -> None:
    assert min(distance(a, b, vision) for a, b in combinations(BASE.values(), 2)) >= LEAST_DISTANCE


PUBLISHED = [  # Sharma, Wu, Dalal 2005, table 1
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, 3.1571, -77.2803), (50.0, 0.0, -82.7485), 2.8615),
    ((50.0, 2.8361, -74.0200), (50.0, 0.0, -82.7485), 3.4412),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, -1.1848, -84.8006), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, -0.9009, -85.5211), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, -1.0, 2.0), (50.0, 0.0, 0.0), 2.3669),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0009), 7.1792),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0011), 7.2195),
    ((50.0, -0.0010, 2.4900), (50.0, 0.0009, -2.4900), 4.8045),
    ((50.0, 2.5000, 0.0), (50.0, 0.0, -2.5000), 4.3065),
    ((50.0, 2.5000, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5000, 0.0), (61.0, -5.0, 29.0), 22.8977),
    ((50.0, 2.5000, 0.0), (56.0, -27.0, -3.0), 31.9030),
    ((50.0, 2.5000, 0.0), (58.0, 24.0, 15.0), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((63.0109, -31.0961, -5.8663), (62.8187, -29.7946, -4.0864), 1.2630),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize("first, second, expected", PUBLISHED)
def test_ciede2000_is_the_published_one(first: Any, second: Any, expected: float) -> None:
    assert ciede2000(first, second) == pytest.approx(expected, abs=1e-4)
    assert ciede2000(second, first) == pytest.approx(expected, abs=1e-4)


# -- writers -----------------------------------------------------------------------------------------------

SOME = [WEIGHTED[0], WEIGHTED[3], WEIGHTED[12], WEIGHTED[23], WEIGHTED[25], FIXED[1], FIXED[2], WRAPPED[0]]


@pytest.mark.parametrize("layer", LAYERS, ids=name_of)
def test_svg_is_xml(layer: Layer) -> None:
    for figure in figures(layer):
        text = svg(figure.drawing, prefix="figure1")
        root = ElementTree.fromstring(text)
        assert root.tag.endswith("svg")
        marks = [element for element in root.iter() if element.get("data-output")]
        assert len(marks) == sum(1 for group in figure.drawing.groups() if group.marks.get("output"))


def test_svg_is_valid_in_html() -> None:
    html5lib = require_module("html5lib")
    body = "".join(svg(figure.drawing) for layer in SOME for figure in figures(layer))
    page = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>x</title></head><body>{body}</body></html>'
    )
    html5lib.HTMLParser(strict=True).parse(page)


@pytest.mark.tex
def test_tikz_compiles(tmp_path: Path) -> None:
    layers = [WEIGHTED[0], WEIGHTED[25], WRAPPED[0]]
    pictures = [tikz(figure.drawing) for layer in layers for figure in figures(layer)]
    source = "\n".join(
        [
            r"\documentclass[a4paper]{article}",
            r"\usepackage[T1]{fontenc}\usepackage{lmodern,amsmath,xcolor,tikz}\usepackage[margin=1cm]{geometry}",
            r"\setlength{\parindent}{0pt}",
            tikz_colours(),
            r"\begin{document}",
            *(f"{picture}\n\n\\clearpage" for picture in pictures),
            r"\end{document}",
        ]
    )
    (tmp_path / "figures.tex").write_text(source, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "figures.tex"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=120)
    assert run.returncode == 0, run.stdout[-2000:]
    assert "Overfull" not in run.stdout
    assert f"({len(pictures)} pages" in run.stdout


def test_png_is_written(tmp_path: Path) -> None:
    require_module("cairosvg")
    data = png(extent(Conv(7, 3, padding=1)), tmp_path / "extent.png")
    written = (tmp_path / "extent.png").read_bytes()
    assert data.startswith(b"\x89PNG") and b"Written by symconv" in written
    assert image_data(written) == image_data(data) != b""


def image_data(png_file: bytes) -> bytes:
    """The pixels of a PNG file, compressed: the contents of its IDAT chunks."""
    at, found = 8, b""
    while at < len(png_file):
        length, kind = int.from_bytes(png_file[at : at + 4], "big"), png_file[at + 4 : at + 8]
        found += png_file[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += length + 12
    return found


def test_notebooks_show_drawings_and_figures() -> None:
    (first, *_) = figures_of(Conv(3, 2))
    assert first._repr_svg_() == svg(first.drawing) == first.drawing._repr_svg_()


def test_the_same_layer_gives_the_same_bytes() -> None:
    once = [svg(figure.drawing) for figure in figures_of(Conv((3, 3), (2, 2), out_channels=2))]
    assert once == [svg(figure.drawing) for figure in figures_of(Conv((3, 3), (2, 2), out_channels=2))]


@pytest.mark.slow
def test_large_layers_are_small_files() -> None:
    for layer in (Conv((28, 28), (5, 5)), Conv((28, 28), (5, 5), in_channels=64, out_channels=64, padding=2)):
        found = figures_of(layer)
        assert all(len(svg(figure.drawing)) < 400_000 for figure in found)
        assert all(figure.values["excerpt"] for figure in found)


def test_what_is_left_out_is_said() -> None:
    by_key = {figure.key: figure for figure in figures_of(Conv((3, 3), (2, 2), out_channels=2))}
    assert not by_key["window"].values["excerpt"] and by_key["window"].values["positions_shown"] == 4
    assert not by_key["matrix"].values["excerpt"] and not by_key["neurons-shared"].values["excerpt"]
    assert not by_key["patches"].values["excerpt"]
    assert by_key["backward-weight"].values["weights"] == 8
    large = {figure.key: figure for figure in figures_of(Conv((28, 28), (5, 5)))}
    assert large["matrix"].values["inputs"] == 784
    assert large["matrix"].values["inputs_shown"] == len(large["matrix"].drawing.groups("row"))
    assert large["window"].values["positions_shown"] == len(large["window"].drawing.groups("window"))


def test_what_cannot_be_drawn() -> None:
    assert figures_of(Conv.general(2)) == ()
    assert "matrix" not in {figure.key for figure in figures_of(MaxPool((4, 4), 2))}
    assert "backward-weight" not in {figure.key for figure in figures_of(Upsample((2, 2), 2))}
    assert "backward-input" not in {figure.key for figure in figures_of(WRAPPED[0])}
    with pytest.raises(SymbolicShapeError):
        window(Conv.general(1))
    for call in (
        lambda: neurons(Conv(3, 2), "dense"),  # type: ignore[arg-type]
        lambda: backward(Conv(3, 2), "bias"),  # type: ignore[arg-type]
        lambda: backward(WRAPPED[0], "input"),
        lambda: backward(Upsample(2, 2), "weight"),
        lambda: figures_of("Conv(3, 2)"),  # type: ignore[arg-type]
    ):
        with pytest.raises(SymconvError):
            call()


def test_hostile_words_stay_words(tmp_path: Path) -> None:
    hostile = '</title><script>alert(1)</script>\\input{/etc/passwd} & % # $ _ { } ~ ^ " \x00'
    drawing = Drawing(2, 1, (Label(1, 0.5, hostile),), hostile, hostile)
    ElementTree.fromstring(svg(drawing))
    assert "<script" not in svg(drawing) and r"\input" not in tikz(drawing)
    with pytest.raises(SymconvError):
        svg(Drawing(1, 1, (Label(0, 0, "<w>", mathematical=True),)))
    with pytest.raises(SymconvError):
        pieces_of(r"w\input")
    with pytest.raises(SymconvError):
        svg(drawing, prefix='" onload="x')
    for wrong in ({"outputs": (1,)}, {"output": (-1,)}, {"output": (True,)}):
        with pytest.raises(SymconvError):
            Group((), wrong)
    with pytest.raises(SymconvError):
        Group((), {}, 'x" onload="y')
    assert width_of(replace(Label(0, 0, "w1"), mathematical=True)) > 0


# -- single figures, large layers, files -------------------------------------------------------------------


ORDINARY = Conv((5, 5), (3, 3), in_channels=3, out_channels=2, stride=2, padding=1)


def test_a_window_alone() -> None:
    for at, output in (((0, 1), 1), ([1, 1], 4), ((1, 0, 1), 10)):
        (group,) = window(ORDINARY, at=at).groups("window")
        assert group.marks["output"] == (output,)
    (group,) = window(Conv(3, 2), at=1).groups("window")
    assert group.marks["output"] == (1,)
    for wrong in ((3, 0), (0,), (0, 0, 0, 0), (-1, 0), (True, 0), "ab", 1.5, (2, 0, 0)):
        with pytest.raises(SymconvError, match="the output has no such entry"):
            window(ORDINARY, at=wrong)  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_pattern_has_a_pixel_for_every_entry_that_is_not_zero() -> None:
    for layer in (ORDINARY, Conv((6, 6), (3, 3)), Conv(30, 3, padding=1)):
        drawing = pattern(layer)
        joined = aggregated(layer)
        drawn = {(one(group, "input"), one(group, "output")): group for group in drawing.groups("pixel")}
        assert drawn.keys() == joined.keys()
        assert all(set(group.marks.get("weight", ())) == set(joined[pair]) for pair, group in drawn.items())
    large = {figure.key: figure for figure in figures_of(Conv((28, 28), (5, 5)))}["pattern"]
    assert large.values["excerpt"] and large.values["outputs_shown"] == 72


def test_one_neuron_has_the_edges_of_its_window_alone() -> None:
    drawing = neuron(ORDINARY)
    joined = aggregated(ORDINARY)
    edges = {(one(group, "input"), one(group, "output")) for group in drawing.groups("edge")}
    assert {output for _, output in edges} == {4} and edges <= joined.keys() and len(edges) == 9


def test_drawings_are_saved_by_the_ending(tmp_path: Path) -> None:
    drawing = window(Conv(3, 2))
    for ending, start in ((".svg", b"<!-- "), (".tex", b"% ")):
        path = drawing.save(tmp_path / f"w{ending}")
        assert path.read_bytes().startswith(start) and path == tmp_path / f"w{ending}"
        path.write_text("mine", encoding="utf-8")
        with pytest.raises(SymconvError):
            drawing.save(path)
        drawing.save(path, force=True)
    assert figures_of(Conv(3, 2))[1].save(str(tmp_path / "f.svg")).is_file()
    for wrong in (tmp_path / "w.jpg", tmp_path / "w", 3):
        with pytest.raises(SymconvError):
            drawing.save(wrong)  # type: ignore[arg-type]


@pytest.mark.slow
def test_printed_letters_are_large_enough() -> None:
    """Every label that is left has its size, in points, and stays in its cell."""
    for layer in (ORDINARY, Conv(3, 2), Conv((28, 28), (5, 5))):
        for figure in figures_of(layer):
            whole = printed(figure.drawing, 16.0, 20.0, 6.0)
            assert whole.width <= 16.0 + 1e-9 and whole.height <= 20.0 + 1e-9
            for label in (shape for shape in whole.walk() if isinstance(shape, Label)):
                points = label.size * POINTS * (NARROWER if label.mathematical else 1.0)
                assert points >= 6 - 1e-6 and abs(2 * points - round(2 * points)) < 1e-6
            count = sum(isinstance(shape, Label) for shape in whole.walk())
            assert count <= sum(isinstance(shape, Label) for shape in figure.drawing.walk())


RECTANGLE = "{http://www.w3.org/2000/svg}rect"


def rectangles_seen(element: ElementTree.Element, symbols: dict[str | None, ElementTree.Element]) -> int:
    """How many rectangles an element shows, also by the symbols that it uses."""
    if element.tag.endswith("defs"):
        return 0
    if element.tag.endswith("}use"):
        return sum(rectangles_seen(one, symbols) for one in symbols[element.get("href", "").removeprefix("#")])
    return (element.tag == RECTANGLE) + sum(rectangles_seen(one, symbols) for one in element)


def test_files_are_small_and_have_the_same_shapes() -> None:
    """The eleven figures of a 3x3 layer are under 120 kB together; every use has its symbol."""
    total, figures = 0, figures_of(Conv((3, 3), (2, 2), out_channels=2))
    assert len(figures) == 11
    for figure in figures:
        text = compact_svg(figure.drawing)
        total += len(text.encode())
        root = ElementTree.fromstring(text)
        known = {one.get("id") for one in root.iter() if one.get("id")}
        used = [one.get("href", "").removeprefix("#") for one in root.iter("{http://www.w3.org/2000/svg}use")]
        assert used and set(used) == known
        plain = ElementTree.fromstring(plain_svg(figure.drawing))
        symbols = {one.get("id"): one for one in root.iter() if one.get("id") in known}

        assert rectangles_seen(root, symbols) == sum(1 for _ in plain.iter(RECTANGLE))
    assert total < 120_000


@pytest.mark.slow
@pytest.mark.parametrize(
    "layer",
    [
        Conv((28, 28), (5, 5)), Conv((28, 28), (5, 5), out_channels=6),
        Conv((28, 28), (5, 5), out_channels=6, padding=2, bias=True),
        Conv((28, 28), (3, 3), in_channels=3, out_channels=8, padding=1, stride=2),
    ],
    ids=repr,
)  # fmt: skip
def test_files_of_a_large_layer_are_small(layer: Conv) -> None:
    """All figures of a layer of 28x28 are under 300 kB together, also those that its notes leave out."""
    figures = figures_of(layer)
    assert len(figures) == (14 if layer.out_channels != 1 else 13)
    assert sum(len(compact_svg(figure.drawing).encode()) for figure in figures) < 300_000


# -- stacks ----------------------------------------------------------------------------------------------

STACKED = [
    Conv((5, 5), 3, in_channels=3, out_channels=2, stride=2, padding=1), Conv((28, 28), 5, out_channels=6),
    ConvTranspose((4, 4), 3, in_channels=8, out_channels=4, stride=2), Conv(9, 3, in_channels=3, out_channels=5),
    AvgPool((8, 8), 2, channels=4), Conv((4, 6, 6), 2, in_channels=2, out_channels=3),
    Conv((6, 6), 3, in_channels=4, out_channels=4, groups=4, padding=1, padding_mode="circular"),
]  # fmt: skip


@pytest.mark.parametrize("layer", STACKED, ids=repr)
def test_sheets_are_channels_and_the_window_is_what_the_output_reads(layer: Layer) -> None:
    drawing = stacks(layer)
    before, after = drawing.groups("stack")
    for group, shape in ((before, layer.input_shape), (after, layer.output_shape)):
        sheets = prod(int(size) for size in shape[: max(1, len(shape) - 2)])
        assert len(group.shapes) == min(sheets, 6)
    (window,) = drawing.groups("window")
    (output,) = window.marks["output"]
    front = prod(int(size) for size in layer.input_shape[1:])
    rows, columns = (1, *map(int, layer.input_shape))[-2:]
    read = {one.input for one in reads(layer)[output] if one.input is not None and one.input < front}
    assert set(window.marks["input"]) == read
    sheet, square = before.shapes[-1], window.shapes[0]
    assert isinstance(sheet, Rectangle) and isinstance(square, Rectangle)
    places = [divmod(one % (rows * columns), columns) for one in read]
    left, top = sheet.width / columns, sheet.height / rows
    assert square.x == pytest.approx(sheet.x + left * min(column for _, column in places))
    assert square.y == pytest.approx(sheet.y + top * min(row for row, _ in places))
    assert square.width == pytest.approx(left * (1 + max(c for _, c in places) - min(c for _, c in places)))
    sizes = [one.text for one in drawing.walk() if isinstance(one, Label) and "×" in one.text]
    assert "×".join(map(str, layer.output_shape)) in sizes


def test_a_network_is_drawn_as_its_tensors() -> None:
    """The tensors of LeNet-5 in their published sizes; a sum has an arc from what it reads again."""
    net = Sequential(
        Conv((28, 28), 5, out_channels=6, padding=2), Activation("tanh"), AvgPool.lazy(kernel_size=2),
        Conv.lazy(kernel_size=5, out_channels=16), Activation("tanh"), AvgPool.lazy(kernel_size=2), Flatten(),
        Linear.lazy(out_features=120), Activation("tanh"), Linear.lazy(out_features=84), Activation("tanh"),
        Linear.lazy(out_features=10),
    )  # fmt: skip
    (figure,) = figures_of(net)  # type: ignore[arg-type]
    sizes = [one.text for one in figure.drawing.walk() if isinstance(one, Label) and one.text[0].isdigit()]
    stated = [size for size in sizes if "×" in size or int(size.split(",")[0].split("⋯")[0]) > 12]
    assert stated == ["1×28×28", "6×28×28", "6×14×14", "16×10×10", "16×5×5", "400", "120", "84"]
    text = tikz(figure.drawing)
    assert "{z^{(1)}}" in text and "{a^{(3)}}" in text and "^1" not in text
    assert sizes[-1] == "10" and not figure.values["excerpt"] and figure.caption_key == "stacks-network"
    graph = Graph({
        "one": Conv((5, 5), 3, padding=1), "two": Activation("relu"), "three": Conv((5, 5), 3, padding=1),
        "sum": (Add(), "three", "one"),
    })  # fmt: skip
    (figure,) = figures_of(graph)  # type: ignore[arg-type]
    assert figure.caption_key == "stacks-graph" and len(figure.drawing.groups("stack")) == 4
    deep = Sequential(*[Conv.lazy(kernel_size=3, padding=1)] * 20, input_shape=(1, 8))
    (figure,) = figures_of(deep)  # type: ignore[arg-type]
    assert figure.values["excerpt"] and figure.values["tensors"] == 21 and len(figure.drawing.groups("stack")) == 9
