"""What the checker takes a convolution layer to be: against plain loops, and wrong parameters are rejected."""

from __future__ import annotations

import json
import random
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import AvgPool, BatchGroupedConv, Conv, ConvTranspose, MaxPool, Upsample, prove, verify
from tests.checker.forging import Json, World, assumptions, defined, polynomial, polys, sealed, step, term

Box = tuple[int, ...]


def numbers(**given: Any) -> Json:
    one = {"batch_size": [], "groups": [1], "group_in_channels": [1], "group_out_channels": [1]}
    return {key: [polynomial(str(value)) for value in values] for key, values in {**one, **given}.items()}


def written(value: verify.Term) -> Json:
    coefficient, factors, bound = value

    def poly(p: verify.Frozen) -> list[Any]:
        return [[number, list(names)] for names, number in p]

    return {
        "coefficient": poly(coefficient), "bound": list(bound),
        "factors": [[kind, *([tensor, list(map(poly, ps))] if kind == "access" else map(poly, ps))] for kind, tensor, ps in factors],
    }  # fmt: skip


def axis(generator: random.Random, kind: str, mode: str) -> dict[str, int]:
    """The numbers of one axis that make a layer."""
    writes = kind in verify.WRITING
    while True:
        n, K, s, d, spread = (generator.randint(1, most) for most in (4, 3, 3, 2, 2))
        low, high = generator.randint(0, 2), generator.randint(0, 2)
        spread = 1 if writes or mode in ("reflect", "replicate") else spread
        if kind == "Upsample":
            K, d, low, high = s, 1, 0, 0
        if kind == "AvgPool":
            d = spread = 1
        room = s * (n - 1) + d * (K - 1) - low - high if writes else spread * (n - 1) + low + high - d * (K - 1)
        if room >= 0 and (mode != "reflect" or max(low, high) < n):
            m = room + 1 if writes else room // s + 1
            return {"n": n, "K": K, "s": s, "d": d, "l": spread, "low": low, "high": high, "m": m}


def places_of(one: dict[str, int], i: int, k: int, kind: str, mode: str, flip: bool) -> int | None:
    """The input that output i meets through k, by looking at the padded row of elements, or at all that is written."""
    if kind in verify.WRITING:
        return next((j for j in range(one["n"]) if one["s"] * j + one["d"] * k - one["low"] == i), None)
    row = np.full(one["l"] * (one["n"] - 1) + 1, -1)
    row[:: one["l"]] = range(one["n"])
    ways = {"circular": "wrap", "reflect": "reflect", "replicate": "edge"}
    outside = {"mode": ways[mode]} if mode in ways else {"mode": "constant", "constant_values": -1}
    padded = np.pad(row, (one["low"], one["high"]), **outside)
    found = int(padded[one["s"] * i + one["d"] * (one["K"] - 1 - k if flip else k)])
    return None if found < 0 else found


INDICES = {
    "Conv": {"w": "gock"}, "BatchGroupedConv": {"w": "gock", "X": "gecj"}, "ConvTranspose": {"w": "gcok"},
    "AvgPool": {}, "Upsample": {}, "MaxPool": {"w": "egik"},
}  # fmt: skip


@pytest.mark.parametrize("count", [40, pytest.param(800, marks=pytest.mark.exhaustive)])
def test_the_definition_is_what_loops_compute(count: int) -> None:
    generator = random.Random(0)
    for trial in range(count):
        kind = generator.choice(list(INDICES))
        mode = generator.choice(verify.MODES) if kind in ("Conv", "BatchGroupedConv") else "zeros"
        parametric = "o" in INDICES[kind].get("w", "")
        flip = parametric and kind != "ConvTranspose" and generator.random() < 0.4
        bias = parametric and generator.random() < 0.4
        axes = [axis(generator, kind, mode) for _ in range(generator.choice([1, 1, 2]))]
        batch, groups, c, o = generator.choice([None, 1, 2]), *(generator.choice([1, 1, 2]) for _ in range(3))
        c, o = (c, o) if parametric else (1, 1)
        given = {"X": "X", "D": "D", **{role: role for role in INDICES[kind] if role == "w"}}
        given |= {**({"b": "b"} if bias else {}), **({"a": "a"} if kind == "AvgPool" else {})}
        pads = [one[side] for one in axes for side in ("low", "high")]
        dividing = generator.choice([{}, {"divisor_override": [3]}, {"counted": pads}]) if kind == "AvgPool" else {}
        layer = {
            "kind": kind, "options": {"padding_mode": mode, **({"flip": "yes"} if flip else {})}, "tensors": given,
            "numbers": numbers(
                **{key: [one[letter] for one in axes] for key, letter in zip(verify.ON_AXES, "nKmsdl")},
                padding=pads, **dividing,
                batch_size=[] if batch is None else [batch], groups=[groups], group_in_channels=[c], group_out_channels=[o],
            ),
        }  # fmt: skip
        sizes = {"e": batch or 1, "g": groups, "c": c, "o": o}
        sizes |= {f"{x}{at}": one[y] for at, one in enumerate(axes) for x, y in (("j", "n"), ("k", "K"), ("i", "m"))}
        every = {x: [f"{x}{at}" for at in range(len(axes))] for x in "ijk"}
        letters = {"X": "egcj", "D": "egoi", "b": "go", "a": "i" if "counted" in dividing else "", **INDICES[kind]}
        kept = {
            tensor: [r for x in found for r in every.get(x, [x]) if x not in "egco" or sizes[r] > 1]
            for tensor, found in letters.items() if tensor in given
        }  # fmt: skip
        assumed = assumptions(
            **{tensor: ", ".join(str(sizes[role]) for role in found) for tensor, found in kept.items()}
        )
        of, entry = generator.choice(
            [("output", "D"), ("grad_input", "X"), *([("grad_weight", "w"), ("grad_bias", "b")] if parametric else [])]
        )
        if of == "grad_bias" and not bias:
            continue
        with verify.work_for(assumed):
            entries = [f"at_{role}" for role in kept[entry]]
            terms = verify.defined_by({**layer, "entry": entries}, of, verify.Assumed(assumed))
        values = {role: generator.randrange(sizes[role]) for role in sizes}
        world = World({f"at_{role}": values[role] for role in kept[entry]}, assumed, trial)

        def at(tensor: str, index: dict[str, int], world: World = world, kept: Any = kept) -> int:
            return world.entry(tensor, tuple(index[role] for role in kept[tensor])) if tensor in kept else 1

        total = at("b", values) if of == "output" and bias else 0
        held = {r for x in letters[entry] for r in every.get(x, [x])}
        loose = [role for role in sizes if role not in held and (of != "grad_bias" or role[0] in "ei")]
        for found in product(*(range(sizes[role]) for role in loose)):
            index = {**values, **dict(zip(loose, found))}
            read = [places_of(one, index[f"i{x}"], index[f"k{x}"], kind, mode, flip) for x, one in enumerate(axes)]
            if of == "grad_bias":
                total += at("D", index)
            elif read == [index[f"j{x}"] for x in range(len(axes))]:
                used = {"output": "Xw", "grad_weight": "XD", "grad_input": "Dw"}[of]
                total += at(used[0], index) * at(used[1], index) * at("a", index)
        assert world.form(list(map(written, terms))) == total


def real(layer: Any, of: str) -> Json:
    data: Json = json.loads(prove(layer, of=of).theorems[0].to_json())
    assert verify.check(data).is_defined
    return data


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.exhaustive)])
def test_what_an_average_divides_by(count: int) -> None:
    """How many elements of a window count, by looking at each; and no layer has a window of which none does."""
    generator, refused = random.Random(0), 0
    for trial in range(count):
        axes = [axis(generator, "AvgPool", "zeros") for _ in range(generator.choice([1, 1, 2]))]
        ends = [
            generator.choice([one[side], one[side], one[side], one[side], 0, -1])
            for one in axes
            for side in ("low", "high")
        ]
        read = numbers(
            **{key: [one[letter] for one in axes] for key, letter in zip(verify.ON_AXES, "nKmsdl")},
            padding=[one[side] for one in axes for side in ("low", "high")], counted=ends,
        )  # fmt: skip

        def counted(index: tuple[int, ...], axes: Any = axes, ends: Any = ends) -> int:
            found = 1
            for one, i, first, behind in zip(axes, index, ends[::2], ends[1::2]):
                window = range(one["s"] * i - one["low"], one["s"] * i - one["low"] + one["K"])
                found *= sum(-first <= q < one["n"] + behind for q in window)
            return found

        at = {f"{letter}{a}": f"{letter}{a}" for a in range(len(axes)) for letter in "ik"}
        windows = list(product(*(range(one["m"]) for one in axes)))
        with verify.work_for(read):
            values = {key: list(map(verify.poly, ps)) for key, ps in read.items()}
            try:
                divisor = written(verify.divisor_of(values, at, verify.Assumed(assumptions())))
            except verify.Rejected:
                refused += 1
                assert not all(map(counted, windows))
                continue
        for index in windows:
            world = World({f"i{a}": i for a, i in enumerate(index)}, assumptions(), trial)
            assert world.form([divisor]) == counted(index) > 0
    assert count // 20 < refused < count // 2


MEANS = [
    (AvgPool((4, 6), (2, 3)), "D[] times (6) is 1"), (AvgPool.general(1), "D[] times (K) is 1"),
    (AvgPool(4, 2, divisor_override=3), "D[] times (3) is 1"),
    (AvgPool(4, 3, padding=1, count_include_pad=False),
     "D[i] times sum_{$k0} [$k0 >= 0]*[-$k0 + 2 >= 0]*[$k0 + 3*i - 1 >= 0]*[-$k0 - 3*i + 4 >= 0] is 1"),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "said"), MEANS, ids=[repr(layer) for layer, _ in MEANS])
def test_an_average_is_a_mean(layer: Any, said: str) -> None:
    """Its factor is one over the elements of the kernel, or over what the parameters say; and that is printed."""
    verified = verify.check(real(layer, "output"))
    assert said in verified.assumptions and said in str(verified)
    assert any(" times " in one for one in verify.check(real(layer, "grad_input")).assumptions)


NO_MEANS: list[tuple[str, Any, Json, str]] = [
    ("a mean that divides by 0", AvgPool(4, 2), {"divisor_override": ["0"]}, "may be 0 or negative"),
    ("a mean that divides by what may be 0", AvgPool.general(1), {"divisor_override": ["p"]}, "may be 0 or negative"),
    ("two things to divide by", AvgPool(4, 2), {"divisor_override": ["2"], "counted": ["0", "0"]}, "have no definition"),
    ("a factor for each window", AvgPool(4, 2), {"counted": ["0", "0"]}, "is not that of the layer"),
    ("a divisor of a convolution", Conv(4, 2), {"divisor_override": ["2"]}, "have no definition"),
    ("elements of a convolution that count", Conv(4, 2), {"counted": ["0", "0"]}, "have no definition"),
    ("two divisors", AvgPool(4, 2), {"divisor_override": ["2", "2"]}, "do not have one value"),
    ("elements on no axis", AvgPool(4, 3, padding=1, count_include_pad=False), {"counted": []}, "do not have one value"),
    ("a first window of which nothing counts", AvgPool(4, 3, padding=1, count_include_pad=False), {"counted": ["0 - 2", "0"]}, "may be 0"),
    ("a last window of which nothing counts", AvgPool(4, 3, padding=1, count_include_pad=False), {"counted": ["0", "0 - 2"]}, "may be 0"),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "change", "why"), [row[1:] for row in NO_MEANS], ids=[row[0] for row in NO_MEANS])
def test_what_is_no_mean(layer: Any, change: Json, why: str) -> None:
    data = real(layer, "output")
    changed = {**data["layer"], "numbers": {**data["layer"]["numbers"], **{k: polys(*v) for k, v in change.items()}}}
    with pytest.raises(verify.Rejected, match=why):
        verify.check(sealed({**data, "layer": changed}))


PLANE = {"stride": (1, 2), "padding": (0, 1)}
LAYERS = [
    Conv.general(1),
    Conv((5, 6), (2, 3), stride=2, padding=1, in_channels=2, out_channels=3),
    Conv(4, 3, padding=2, padding_mode="circular"),
    Conv.general(1, padding_mode="reflect", bias=False),
    Conv(4, 3, padding=2, padding_mode="replicate"),
    ConvTranspose.general(1, bias=False),
    ConvTranspose((3, 4), (2, 3), in_channels=2, **PLANE),
    AvgPool((4, 7), (2, 3), **PLANE),
    MaxPool((4, 7), (2, 3), **PLANE),
    Upsample((2, 3), (2, 3)),
    BatchGroupedConv((4, 5), (2, 3), batch_group_count=2, out_channels=2, batch_size=4, **PLANE),
    Conv((4, 5), (2, 3), padding_mode="reflect", **PLANE),
]
CASES = [(layer, of) for layer in LAYERS for of in layer.quantities if of != "grad_bias"]
FEW = CASES[:3] + [case for case in CASES[3:] if case[1] == "output" and case[0].ndim == 1] + [CASES[-2]]


@pytest.mark.parametrize(
    ("layer", "of"),
    [pytest.param(*case, marks=[] if case in FEW else pytest.mark.exhaustive, id=f"{case}") for case in CASES],
)
def test_other_parameters_are_rejected(layer: Any, of: str) -> None:
    data = real(layer, of)
    numbers = data["layer"]["numbers"]
    wrong = [{key: [*values[:at], values[at] + polynomial("1"), *values[at + 1 :]]}
             for key, values in numbers.items()
             for at in range(len(values))
             if not (key == "padding" and at % 2 and layer.is_concrete)]  # which may leave the outputs as they are  # fmt: skip
    if layer.ndim == 2:
        every = [*((key, values[::-1]) for key, values in numbers.items() if key in verify.ON_AXES),
                 ("padding", numbers["padding"][2:] + numbers["padding"][:2])]  # fmt: skip
        wrong += [{key: values} for key, values in every if values != numbers[key]]
        wrong += [dict(every)]
    for change in wrong:
        changed = json.loads(json.dumps(data))
        changed["layer"]["numbers"] |= change
        with pytest.raises(verify.Rejected, match=r"^formula 'definition of the layer'"):
            verify.check(sealed(changed))
    modes = [("padding_mode", mode) for mode in (*verify.MODES, "maybe") if mode != layer.padding_mode]
    kinds = [kind for kind in verify.KINDS if kind != type(layer).__name__]
    for key, value in (*modes, ("flip", "yes"), ("flip", "maybe"), ("padding", "same_tf"), ("padding", "some")):
        changed = json.loads(json.dumps(data))
        changed["layer"]["options"][key] = value
        with pytest.raises(verify.Rejected, match=r"^formula 'definition of the layer'"):
            verify.check(sealed(changed))
    for kind in kinds:
        changed = json.loads(json.dumps(data))
        changed["layer"]["kind"] = kind
        if kind == "BatchGroupedConv" and layer.batch is None and layer.G.value == 1:
            continue  # which is the same layer then
        with pytest.raises(verify.Rejected, match=r"^formula 'definition of the layer'"):
            verify.check(sealed(changed))


@pytest.mark.parametrize("word", ["same", "same_tf"])
def test_padding_in_words(word: str) -> None:
    """With letters, the padding is what the word says, and a layer with other padding is rejected."""
    n, K, s = sp.symbols("n K s", integer=True, positive=True)
    data = real(Conv(n, K, stride=s if word == "same_tf" else 1, padding=word), "output")
    assert data["layer"]["options"]["padding"] == word
    low, high = data["layer"]["numbers"]["padding"]
    for padding in ([high, low], [low, high + polynomial("1")], [low + polynomial("1"), high]):
        changed = json.loads(json.dumps(data))
        changed["layer"]["numbers"]["padding"] = padding
        with pytest.raises(verify.Rejected):
            verify.check(sealed(changed))
    for at in range(len(data["assumptions"]["defined"])):
        changed = json.loads(json.dumps(data))
        changed["assumptions"]["defined"][at]["of"][0] += polynomial("1")
        changed.pop("example")
        with pytest.raises(verify.Rejected):
            verify.check(sealed(changed))


def test_the_formulas_of_another_layer_are_rejected() -> None:
    """All views of the wrong layer are the same, and still not what the layer is."""
    for of in ("output", "grad_weight", "grad_input"):
        right, other = real(Conv(7, 3, stride=2), of), real(Conv(7, 3, stride=2, dilation=2), of)
        with pytest.raises(verify.Rejected, match="definition of the layer"):
            verify.check(sealed({**other, "layer": right["layer"]}))
        with pytest.raises(verify.Rejected, match="definition of the layer"):
            verify.check(sealed({**right, "of": "grad_bias"}))


def test_another_output_size_is_rejected() -> None:
    data = real(Conv.general(1, bias=False), "output")
    (entry,) = (one for one in data["assumptions"]["defined"] if one["name"] == "m")
    for change in ({"offset": 0}, {"kind": "quotient"}, {"of": [entry["of"][0], polynomial("s + 1")]}):
        changed = json.loads(json.dumps(data))
        changed["assumptions"]["defined"] = [
            {**one, **change} if one["name"] == "m" else one for one in data["assumptions"]["defined"]
        ]
        with pytest.raises(verify.Rejected):
            verify.check(sealed(changed))


HOSTILE: dict[str, Any] = {
    "numbers": {}, "tensors": {"X": "X"}, "entry": ["n"], "options": {"padding_mode": "zeros", "x": "y"}, "kind": "Pool", "steps": 5,
    "text": 3,
}  # fmt: skip


@pytest.mark.parametrize("key", HOSTILE)
def test_what_is_no_layer(key: str) -> None:
    data = real(Conv.general(1), "output")
    with pytest.raises(verify.Rejected):
        verify.check(sealed({**data, "layer": {**data["layer"], key: HOSTILE[key]}}))
    changed = {**data["layer"], "numbers": {**data["layer"]["numbers"], "stride": [], "padding": polys("1")}}
    with pytest.raises(verify.Rejected, match="do not have one value"):
        verify.check(sealed({**data, "layer": changed}))


SIZES = [
    ("5", "3", "1", "3", True), ("5", "3", "1", "2", False), ("5", "3", "1", "4", False),
    ("6", "3", "2", "2", True), ("6", "3", "2", "1", False), ("6", "3", "2", "3", False),
    ("n", "K", "1", "n - K + 1", True), ("n", "K", "1", "n - K", False), ("n", "K", "1", "n - K + 2", False),
    ("K + s*m - s", "K", "s", "m", True), ("K + s*m - s + 1", "K", "s", "m", False), ("K + s*m - s - 1", "K", "s", "m", False),
    ("n", "K", "s", "m", False), ("n", "K", "2", "m", False),
]  # fmt: skip


@pytest.mark.parametrize(("n", "K", "s", "m", "right"), SIZES)
def test_how_many_outputs_there_are(n: str, K: str, s: str, m: str, right: bool) -> None:
    values = numbers(
        input_size=[n], kernel_size=[K], stride=[s], output_size=[m], dilation=[1], input_dilation=[1], padding=[0, 0]
    )
    assumed = assumptions(lower={"s": 1, "K": 1})
    with verify.work_for(values):
        read = {key: list(map(verify.poly, ps)) for key, ps in values.items()}
        if right:
            verify.require_numbers(read, "Conv", "zeros", None, verify.Assumed(assumed))
        else:
            with pytest.raises(verify.Rejected, match="output size"):
                verify.require_numbers(read, "Conv", "zeros", None, verify.Assumed(assumed))


def test_a_quantity_without_a_definition_is_rejected() -> None:
    data = real(Conv(5, 2), "output")
    with pytest.raises(verify.Rejected, match="not an output or a derivative"):
        verify.check(sealed({**data, "of": "the weight after a step"}))


def test_no_name_means_two_things() -> None:
    """Twice the same index, a size as an index, or a summed name of which something is assumed."""
    data = real(Conv.general(1), "output")
    for entry, lower in ((["o", "o"], {}), (["o", "K"], {}), (["o", "i"], {"$k0": 0})):
        assumed = {**data["assumptions"], "lower": {**data["assumptions"]["lower"], **lower}}
        changed = {**data, "layer": {**data["layer"], "entry": entry}, "assumptions": assumed}
        changed.pop("example")
        with pytest.raises(verify.Rejected, match="means two things"):
            verify.check(sealed(changed))


def test_nothing_is_assumed_of_the_tensors() -> None:
    """The input is not the weight, and the weight's entries need not add up to 1."""
    data = real(Conv(3, 3), "output")
    layer, assumed = data["layer"], data["assumptions"]
    one = {**layer, "tensors": {**layer["tensors"], "w": "X"}}
    for changed, known in ((one, assumed), (layer, {**assumed, "sums": {"w": [0]}})):
        with (
            verify.work_for(data),
            pytest.raises(verify.Rejected, match="two tensors of the layer are one, or something"),
        ):
            verify.defined_by(changed, "output", verify.Assumed(known))


@pytest.mark.parametrize("layer", [Conv.general(1), Conv((4, 5), (2, 3), in_channels=2)], ids=repr)
def test_the_tensors_have_the_layer_s_shapes(layer: Any) -> None:
    """A weight of another kernel, an input of another size: each size of each tensor is the layer's."""
    data = real(layer, "output")
    shapes = data["assumptions"]["shapes"]
    used = [name for name in data["layer"]["tensors"].values() if name in shapes]
    assert len(used) >= 2
    for name in used:
        for at in range(len(shapes[name])):
            larger = [*shapes[name][:at], shapes[name][at] + polynomial("1"), *shapes[name][at + 1 :]]
            assumed = {**data["assumptions"], "shapes": {**shapes, name: larger}}
            with verify.work_for(data), pytest.raises(verify.Rejected, match="is not that of the layer"):
                verify.defined_by(data["layer"], "output", verify.Assumed(assumed))


@pytest.mark.parametrize("layer", [AvgPool(4, 2), Conv(4, 2), Upsample(2, 2)], ids=repr)
def test_a_layer_has_the_tensors_of_its_kind(layer: Any) -> None:
    """An average has its factor, and others have none; a convolution has a weight, and up-sampling has none."""
    data = real(layer, "output")
    tensors = data["layer"]["tensors"]
    assumed = {**data["assumptions"], "shapes": {**data["assumptions"]["shapes"], "more": []}}
    for role in ("a", "w"):
        other = {key: one for key, one in tensors.items() if key != role}
        other |= {} if role in tensors else {role: "more"}
        with verify.work_for(data), pytest.raises(verify.Rejected, match="other tensors than layers of its kind"):
            verify.defined_by({**data["layer"], "tensors": other}, "output", verify.Assumed(assumed))


def test_all_entries_are_meant() -> None:
    """What holds for some entries only is not said of the layer."""
    data = real(Conv(5, 2), "output")
    for change in ({"facts": [*data["assumptions"]["facts"], polynomial("i - 1")]}, {"lower": {"i": 1}}):
        changed = {**data, "assumptions": {**data["assumptions"], **change}}
        changed.pop("example", None)
        with pytest.raises(verify.Rejected, match="something else is assumed of the entry"):
            verify.check(sealed(changed))


def test_a_floor_is_looked_at_as_a_whole() -> None:
    assumed = assumptions(lower={"s": 1}, defined=[defined("m", "floor", "n", "s", offset=1)])
    with verify.work_for(assumed):
        known = verify.Assumed(assumed)
        n, s, m = map(verify.name, "nsm")
        assert known.is_quotient(m, n, s, 1) and not known.is_quotient(m, n, s, 0)
        assert not known.is_quotient(m, s, n, 1) and not known.is_quotient(n, n, s, 1)
    assert term() and step("vanish", [])


def by_maximum(name: str, *of: str) -> Json:
    return {"name": name, "kind": "maximum", "of": polys(*of), "offset": 0}


def test_an_entry_stands_for_nothing() -> None:
    """i = max(0), and n = max(i + 1), say more of the entry than that it is inside, though no inequality does."""
    one, all_ = real(Conv(5, 2), "output"), real(Conv.general(1, bias=False), "grad_input")
    for data, more in ((one, [by_maximum("i", "0")]), (all_, [by_maximum("n", "j + 1")])):
        assumed = {**data["assumptions"], "defined": [*more, *data["assumptions"]["defined"]]}
        with (
            verify.work_for(data),
            pytest.raises(verify.Rejected, match="something else is assumed of the entry"),
        ):
            verify.defined_by(data["layer"], data["of"], verify.Assumed(assumed))


NO_LAYERS = [
    ("a stride of 0", {"stride": [0], "input_size": [1], "kernel_size": [1], "output_size": [7]}, "zeros", "may be 0 or negative"),
    ("an empty kernel", {"kernel_size": [0], "output_size": [5]}, "zeros", "may be 0 or negative"),
    ("a dilation of 0", {"dilation": [0], "output_size": [4]}, "zeros", "may be 0 or negative"),
    ("a dilated input of 0", {"input_dilation": [0], "kernel_size": [1], "output_size": [1]}, "zeros", "may be 0 or negative"),
    ("a stride of unknown sign", {"stride": ["s"], "input_size": ["s + 2"], "output_size": [2]}, "zeros", "may be 0 or negative"),
    ("more is reflected than there is", {"padding": [4, 0], "output_size": [7]}, "reflect", "beyond what is reflected"),
    ("other channels", {"in_channels": [7]}, "zeros", "the channels are not those"),
    ("other channels of outputs", {"out_channels": [2], "groups": [3]}, "zeros", "the channels are not those"),
]  # fmt: skip
CONV_4_2 = {
    "input_size": [4], "kernel_size": [2], "stride": [1], "output_size": [3], "dilation": [1], "input_dilation": [1],
    "padding": [0, 0],
}  # fmt: skip


@pytest.mark.parametrize(("change", "mode", "why"), [row[1:] for row in NO_LAYERS], ids=[row[0] for row in NO_LAYERS])
def test_numbers_that_no_layer_has(change: Json, mode: str, why: str) -> None:
    """Though there are as many outputs as the formula for the output size says."""

    def require(given: Json) -> None:
        values = numbers(**given)
        with verify.work_for(values):
            read = {key: list(map(verify.poly, ps)) for key, ps in values.items()}
            verify.require_numbers(read, "Conv", mode, None, verify.Assumed(assumptions()))

    require(CONV_4_2)
    with pytest.raises(verify.Rejected, match=why):
        require({**CONV_4_2, **change})


def test_no_formula_is_called_as_the_definition() -> None:
    """Both checkers would have two formulas under one label."""
    data = real(Conv(5, 2), "output")
    formulas = {verify.DEFINITION if label == "direct" else label: one for label, one in data["formulas"].items()}
    with pytest.raises(verify.Rejected, match="a formula is called"):
        verify.check(sealed({**data, "formulas": formulas}))


def test_the_words_of_a_layer_are_those_of_the_file() -> None:
    """What is said as defined here has only what the definition uses."""
    data = real(Conv(5, 2), "output")
    first, *_, last = str(verify.check(sealed({**data, "layer": {**data["layer"], "text": "Linear(5)"}}))).splitlines()
    assert "Linear" not in first and "layer 'Linear(5)'" in last and last.startswith("not checked")


DEGENERATE = [
    Conv(3, 1), Conv((3, 3), (1, 2)), Conv(1, 1, stride=2, input_dilation=2), Conv(1, 2, padding=1, input_dilation=3),
    Conv(3, 1, padding=1, padding_mode="replicate"), ConvTranspose(1, 2, stride=2), Upsample(1, 2),
    Conv.general(1, kernel_size=1),
]  # fmt: skip


@pytest.mark.parametrize("layer", DEGENERATE, ids=repr)
def test_layers_of_one_element_have_their_definition(layer: Any) -> None:
    """A kernel of one element, or a stride that never acts."""
    for of in layer.quantities:
        real(layer, of)
