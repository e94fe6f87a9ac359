"""What the checker takes a convolution layer to be: against plain loops, and wrong parameters are rejected."""

from __future__ import annotations

import json
import random
from itertools import product
from typing import Any

import pytest

from symconv import Conv, prove, verify
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


def axis(generator: random.Random, circular: bool) -> dict[str, int]:
    while True:
        n, K, s, d, spread = (generator.randint(1, most) for most in (4, 3, 3, 2, 2))
        low, high = generator.randint(0, 2), generator.randint(0, 2)
        room = spread * (n - 1) + low + high - d * (K - 1)
        if room >= 0:
            return {"n": n, "K": K, "s": s, "d": d, "l": spread, "low": low, "high": high, "m": room // s + 1}


def places_of(one: dict[str, int], i: int, k: int, circular: bool, flip: bool) -> int | None:
    """The input that output i reads through k, by looking at the padded row of elements."""
    row: list[int | None] = [None] * (one["l"] * (one["n"] - 1) + 1)
    row[:: one["l"]] = range(one["n"])
    at = one["s"] * i + one["d"] * (one["K"] - 1 - k if flip else k) - one["low"]
    if circular:
        return row[at % len(row)]
    return row[at] if 0 <= at < len(row) else None


@pytest.mark.parametrize("count", [25, pytest.param(400, marks=pytest.mark.exhaustive)])
def test_the_definition_is_what_loops_compute(count: int) -> None:
    generator = random.Random(0)
    for trial in range(count):
        circular, flip, bias = (generator.random() < 0.4 for _ in range(3))
        axes = [axis(generator, circular) for _ in range(generator.choice([1, 1, 2]))]
        batch, groups, c, o = generator.choice([None, 1, 2]), *(generator.choice([1, 1, 2]) for _ in range(3))
        layer = {
            "kind": "Conv", "options": {"padding_mode": "circular" if circular else "zeros", **({"flip": "yes"} if flip else {})},
            "tensors": {"X": "X", "w": "w", "D": "D", **({"b": "b"} if bias else {})},
            "numbers": numbers(
                **{key: [one[letter] for one in axes] for key, letter in zip(verify.ON_AXES, "nKmsdl")},
                padding=[one[side] for one in axes for side in ("low", "high")],
                batch_size=[] if batch is None else [batch], groups=[groups], group_in_channels=[c], group_out_channels=[o],
            ),
        }  # fmt: skip
        sizes = {"e": batch or 1, "g": groups, "c": c, "o": o}
        sizes |= {f"{x}{at}": one[y] for at, one in enumerate(axes) for x, y in (("j", "n"), ("k", "K"), ("i", "m"))}
        every = {name: [f"{name}{at}" for at in range(len(axes))] for name in "ijk"}
        roles = {
            "X": ["e", "g", "c", *every["j"]],
            "w": ["g", "o", "c", *every["k"]],
            "D": ["e", "g", "o", *every["i"]],
            "b": ["g", "o"],
        }
        kept = {
            tensor: [role for role in found if role not in "egco" or sizes[role] > 1] for tensor, found in roles.items()
        }
        assumed = assumptions(
            **{tensor: ", ".join(str(sizes[role]) for role in found) for tensor, found in kept.items()}
        )
        of, entry = generator.choice([("output", "D"), ("grad_weight", "w"), ("grad_input", "X"), ("grad_bias", "b")])
        with verify.work_for(assumed):
            entries = [f"at_{role}" for role in kept[entry]]
            terms = verify.defined_by({**layer, "entry": entries}, of, verify.Assumed(assumed))
        values = {role: generator.randrange(sizes[role]) for role in sizes}
        world = World({f"at_{role}": values[role] for role in kept[entry]}, assumed, trial)

        def at(tensor: str, index: dict[str, int], world: World = world, kept: Any = kept) -> int:
            return world.entry(tensor, tuple(index[role] for role in kept[tensor]))

        total = at("b", values) if of == "output" and bias else 0
        loose = [role for role in sizes if role not in roles[entry] and (of != "grad_bias" or role in roles["D"])]
        for found in product(*(range(sizes[role]) for role in loose)):
            index = {**values, **dict(zip(loose, found))}
            read = [places_of(one, index[f"i{x}"], index[f"k{x}"], circular, flip) for x, one in enumerate(axes)]
            if of == "grad_bias":
                total += at("D", index)
            elif read == [index[f"j{x}"] for x in range(len(axes))]:
                used = {"output": "Xw", "grad_weight": "XD", "grad_input": "Dw"}[of]
                total += at(used[0], index) * at(used[1], index)
        assert world.form(list(map(written, terms))) == total


def real(layer: Any, of: str) -> Json:
    data: Json = json.loads(prove(layer, of=of).theorems[0].to_json())
    assert verify.check(data).is_defined
    return data


QUANTITIES = ("output", "grad_weight", "grad_input")
LAYERS = [
    Conv.general(1),
    Conv((5, 6), (2, 3), stride=2, padding=1, in_channels=2, out_channels=3),
    Conv(4, 3, padding=2, padding_mode="circular"),
]


@pytest.mark.parametrize("of", QUANTITIES)
@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_other_parameters_are_rejected(layer: Any, of: str) -> None:
    data = real(layer, of)
    for key, values in data["layer"]["numbers"].items():
        for at in range(len(values)):
            changed = json.loads(json.dumps(data))
            changed["layer"]["numbers"][key][at] += polynomial("1")
            if key not in ("in_channels", "out_channels"):  # which are only said
                with pytest.raises(verify.Rejected, match=r"^formula 'definition of the layer'"):
                    verify.check(sealed(changed))
    for key, value in (("padding_mode", "zeros" if layer.padding_mode == "circular" else "circular"), ("flip", "yes")):
        changed = json.loads(json.dumps(data))
        changed["layer"]["options"][key] = value
        with pytest.raises(verify.Rejected, match=r"^formula 'definition of the layer'"):
            verify.check(sealed(changed))


def test_the_formulas_of_another_layer_are_rejected() -> None:
    """All views of the wrong layer are the same, and still not what the layer is."""
    for of in QUANTITIES:
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
        assert known.is_floor(m, n, s)
        assert not known.is_floor(m, s, n) and not known.is_floor(n, n, s)
    assert term() and step("vanish", [])
