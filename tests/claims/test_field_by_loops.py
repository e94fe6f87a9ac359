"""The claims of the field once more by loops over numbers, with a reader and sums of the tests' own.

A right claim has the right number at every shape and entry that is drawn, and a wrong one has not. What the reader does
not read is said again by hand (``said_again.py``). The mistake that a reason names is built in the right formula: that
is the claim then, in numbers.
"""

from __future__ import annotations

import random
import re
from typing import Any

import numpy as np
import pytest

from symconv import AvgPool, Conv, ConvTranspose, MaxPool
from symconv.layers import Layer
from tests.claims.by_loops import SIZES, Reader, UnreadError, left_side, sides, size_of
from tests.claims.by_programs import mistake_is_the_claim, program_agrees, programs_of
from tests.claims.test_claims_from_the_field import ROWS
from tests.tools import parts
from tests.views.test_families import letters_at, random_arrays, tensors_of, truth

TRIALS, PARTS = 24, 16
WRONG_ROWS = [row for row in ROWS if row[0] == "wrong"]
NOT_BUILT = {
    "shape": "an array of another shape than the tensor's",
    "has no bias": "a name that the layer does not have",
}
"""Reasons that are about no number."""


@pytest.mark.parametrize("part", parts(PARTS, 1))
def test_claims_of_the_field_by_loops(part: int) -> None:
    """Every row is checked, in one of the two ways."""
    for row in ROWS[part::PARTS]:
        assert recheck(row) is not None, row[2]


@pytest.mark.parametrize("part", parts(PARTS, 1))
def test_reasons_are_the_mistakes_in_the_claims(part: int) -> None:
    """Right with the mistake in it is what is claimed; some wrong rows have no reason."""
    for truth_of, subject, claim, options, words in WRONG_ROWS[part::PARTS]:
        said = [one for one in programs_of(subject, claim) if one.mistake]
        for one in said:
            assert mistake_is_the_claim(subject, one, options.get("index_base", 0)), (claim, one.mistake)
        assert said or not words or words in NOT_BUILT, (truth_of, claim)


def recheck(row: Any) -> str | None:
    """Assert what a row says by loops; the kind of claim, or None if this reader does not have it."""
    truth_of, layer, claim, options, _ = row
    base = options.get("index_base", 0)
    if said := programs_of(layer, claim):
        assert all(program_agrees(layer, one, base) for one in said) is (truth_of == "right"), (truth_of, claim)
        return "by hand"
    if not isinstance(layer, Layer):
        return None
    for kind, agrees in (("entries", entries_agree), ("size", sizes_agree), ("program", programs_agree)):
        try:
            found = agrees(layer, claim, base, random.Random(0))
        except UnreadError:
            continue
        assert found is (truth_of == "right"), (truth_of, claim)
        return kind
    return None


# -- entries ---------------------------------------------------------------------------------------------


def entries_agree(layer: Layer, claim: Any, base: int, chance: random.Random) -> bool:
    """Whether every equation of a claim is right at the shapes and entries drawn."""
    texts = [claim] if isinstance(claim, str) else list(claim)
    if len(texts) == 1:
        texts = statements(texts[0])
    if any("=" not in text for text in texts):
        raise UnreadError(str(claim))
    return all([entry_agrees(layer, text, base, chance) for text in texts])


def statements(text: str) -> list[str]:
    """The equations of a text that are apart by signs that stand nowhere else."""
    for sign in (";", " and ", r",\quad", r"\\", ","):
        found = [one for one in text.split(sign) if one.strip()]
        if len(found) > 1 and all(one.count("=") == 1 for one in found) and "sum" not in text:
            return found
    return [text]


def entry_agrees(layer: Layer, claim: str, base: int, chance: random.Random) -> bool:
    left, right = sides(claim)
    quantity, letters = left_side(left, layer)
    if letters[-1:] == ["d"]:  # channels are the last indices
        raise UnreadError(claim)
    general = getattr(layer.direct, quantity, None)
    axes = [] if general is None else [axis.letter for axis in general.axes]
    numbers = bool(letters) and all(letter.isdigit() for letter in letters)
    if (
        general is None
        or isinstance(layer, MaxPool)
        or len(letters) != len(axes)
        or (numbers and not layer.is_concrete)
    ):
        raise UnreadError(claim)
    for trial in range(1 if layer.is_concrete and numbers else TRIALS):
        sizes = {} if layer.is_concrete else layer.assumptions.draw(layer.symbol_names, chance, 2 + trial // 5)
        assert sizes is not None
        concrete = layer if layer.is_concrete else layer.at(**{name: sizes[name] for name in layer.symbol_names})
        arrays = random_arrays(concrete, chance.randrange(10**6))
        tensors = tensors_of(layer, concrete, arrays, sizes)
        by_role = {role: tensors[getattr(layer.notation, role)] for role in arrays}
        ranks = {role: len(tensor.array.shape) for role, tensor in by_role.items()}
        formula = getattr(concrete.direct, quantity)
        at = tuple(chance.randrange(size) for size in formula.shape)
        if numbers:
            first = base if "[" in left else layer.notation.index_base
            given = iter(int(letter) - first for letter in letters)
            at = tuple(next(given) if dimension else 0 for dimension in general.layout)
        index = letters_at(general.layout, at, sizes)
        names = {**usual(concrete), **sizes, **{one: index[axis] + base for one, axis in zip(letters, axes)}}
        reader = Reader(right, layer, by_role, ranks, base)
        try:
            value = reader.whole()(names)
        except KeyError as error:
            raise UnreadError(claim) from error
        if value != truth(concrete, quantity, arrays, at):
            return False
    return True


def usual(concrete: Any) -> dict[str, int]:
    """The letters that layers have by custom."""
    found = {"n": concrete.input_size[0], "K": concrete.kernel_size[0], "m": concrete.output_size[0]}
    found |= {"s": concrete.stride[0], "p": concrete.padding[0], "d": getattr(concrete, "dilation", (1,))[0]}
    return found


# -- sizes -----------------------------------------------------------------------------------------------


def sizes_agree(layer: Layer, claim: Any, base: int, chance: random.Random) -> bool:
    """Whether a formula of the output size counts the positions of the kernel."""
    if not isinstance(claim, str) or not isinstance(layer, (Conv, ConvTranspose, AvgPool, MaxPool)):
        raise UnreadError(str(claim))
    left, _, right = claim.rpartition("=") if claim.count("=") == 1 else ("", "", claim)
    if "sum" in claim or "max" in claim or claim.count("=") > 1 or left.strip() in ("h", "y"):
        raise UnreadError(claim)
    axis = 1 if left.strip().startswith("W") and layer.ndim > 1 else 0
    for trial in range(TRIALS):
        sizes = {} if layer.is_concrete else layer.assumptions.draw(layer.symbol_names, chance, 3 + trial // 3)
        assert sizes is not None
        concrete = layer if layer.is_concrete else layer.at(**{name: sizes[name] for name in layer.symbol_names})
        names = named_sizes(concrete, axis)
        if size_of(right.strip().rstrip("."), names) != counted(concrete, axis):
            return False
    return True


def named_sizes(concrete: Any, axis: int) -> dict[str, int]:
    """All names of sizes, and those with the number of an axis."""
    found: dict[str, int] = {}
    for parameter, names in SIZES.items():
        values = getattr(concrete, parameter, None)
        if isinstance(values, tuple) and all(isinstance(value, int) for value in values):
            for name in names.split():
                found[name] = values[axis]
                found |= {f"{name}_{at}": value for at, value in enumerate(values)}
    return found


def counted(concrete: Any, axis: int) -> int:
    """The number of places at which the kernel lies, or that it writes to, one after the other."""
    n, K, s, p = (getattr(concrete, name)[axis] for name in ("input_size", "kernel_size", "stride", "padding"))
    d = getattr(concrete, "dilation", (1,) * concrete.ndim)[axis]
    if isinstance(concrete, ConvTranspose):
        last = max(s * i + d * k for i in range(n) for k in range(K))
        return int(last + 1 - 2 * p + concrete.output_padding[axis])
    if getattr(concrete, "ceil_mode", False):
        return sum(1 for i in range(n + 2 * p) if s * i < n + p and s * (i - 1) + d * (K - 1) < n + 2 * p - 1)
    return sum(1 for i in range(n + 2 * p) if s * i + d * (K - 1) <= n + 2 * p - 1)


# -- programs --------------------------------------------------------------------------------------------


def programs_agree(layer: Layer, claim: Any, base: int, chance: random.Random) -> bool:
    """Whether y[i, j] = .. as NumPy computes it is the output."""
    if not isinstance(claim, str) or not isinstance(layer, (Conv, ConvTranspose, AvgPool, MaxPool)) or "\\" in claim:
        raise UnreadError(str(claim))
    head = claim.split("=")[0]
    is_code = "for " in head or re.match(r"\s*(?:[yh]|d[xwb]|out)\s*(\[[^=]*\])?\s*\+?=", claim)
    if is_code and ("[" not in head or "+=" in claim or "for " in head):
        return code_agrees(layer, claim)
    left, _, right = claim.partition("=")
    name, _, inside = left.strip().rstrip("]").partition("[")
    letters = [one.strip() for one in inside.split(",")]
    outputs = ("y", "Y", "h", "out", "output")
    if name not in outputs or not all(one.isalpha() and len(one) == 1 for one in letters) or "for i" in left:
        raise UnreadError(claim)
    for trial in range(16):
        sizes = {} if layer.is_concrete else layer.assumptions.draw(layer.symbol_names, chance, 3 + trial // 4)
        assert sizes is not None
        concrete = layer if layer.is_concrete else layer.at(**{name: sizes[name] for name in layer.symbol_names})
        arrays = random_arrays(concrete, trial)
        kept = len(letters) != len(concrete.output_shape)
        known = {role: array[(0,) * (array.ndim - concrete.ndim)] if kept else array for role, array in arrays.items()}
        x, w = known["input"], known.get("weight")
        given = {"x": x, "X": x, "input": x, "w": w, "W": w, "K": w, "kernel": w, "b": arrays.get("bias"), "np": np}
        pads = [(0, 0)] * (x.ndim - concrete.ndim) + [(p, p) for p in concrete.padding]
        given |= {"x_pad": np.pad(x, pads), "x_padded": np.pad(x, pads)} | sizes
        if "K" in sizes:
            given["K"] = sizes["K"]
        given |= {name: size for name, size in usual(concrete).items() if name not in given}
        right_entries = output_of(concrete, arrays)
        for at in np.ndindex(concrete.output_shape):
            index = at[-len(letters) :]
            try:
                value = eval(right, {**given, **dict(zip(letters, index))})
            except Exception as error:
                raise UnreadError(claim) from error
            if abs(float(value) - float(right_entries[at])) > 1e-9:
                return False
    return True


def output_of(concrete: Any, arrays: Any) -> Any:
    """The output of a layer by loops over the windows of its padded input."""
    if isinstance(concrete, (AvgPool, MaxPool)):
        pads = [(0, 0), *((p, p) for p in concrete.padding)]
        x = np.pad(arrays["input"], pads)
        result = np.zeros(concrete.output_shape)
        for channel, *at in np.ndindex(concrete.output_shape):
            window = x[
                (channel, *(slice(i * s, i * s + K) for i, s, K in zip(at, concrete.stride, concrete.kernel_size)))
            ]
            result[(channel, *at)] = (
                window.max() if isinstance(concrete, MaxPool) else float(window.sum()) / window.size
            )
        return result
    shape = concrete.output_shape
    return np.reshape([truth(concrete, "output", arrays, at) for at in np.ndindex(shape)], shape)


def code_agrees(layer: Layer, claim: str) -> bool:
    """Whether a program that fills y, dx, dw or db gives all of it; y[..] += .. runs for all of its letters."""
    target = re.search(r"(?:^|\s)(y|h|Y|out|dx|dw|db)\s*(?:\[[^=]*\])?\s*\+?=", claim)
    if target is None or "F." in claim or "scipy" in claim or "signal" in claim or "einsum" in claim or "P" in claim:
        raise UnreadError(claim)
    quantity = {"dx": "grad_input", "dw": "grad_weight", "db": "grad_bias"}.get(target[1], "output")
    for trial in range(24):
        chance = random.Random(trial)
        sizes = {} if layer.is_concrete else layer.assumptions.draw(layer.symbol_names, chance, 4 + trial // 3)
        assert sizes is not None
        concrete = layer if layer.is_concrete else layer.at(**{name: sizes[name] for name in layer.symbol_names})
        arrays = random_arrays(concrete, trial)
        plain = not isinstance(layer, ConvTranspose) and concrete.in_channels == concrete.out_channels == 1
        plain = plain or isinstance(layer, ConvTranspose)

        def shown(array: Any, plain: bool = plain, ndim: int = concrete.ndim) -> Any:
            return array[(0,) * (array.ndim - ndim)] if plain and array.ndim > ndim else array

        given = {"x": shown(arrays["input"]), "w": shown(arrays["weight"]), "b": arrays.get("bias"), "np": np}
        given |= {"X": given["x"], "k": given["w"]} if "* k" in claim else {"X": given["x"]}
        given |= dict.fromkeys(("dy", "dout", "delta"), shown(arrays["grad_output"]))
        given |= sizes | {name: size for name, size in usual(concrete).items() if name not in (*sizes, *given)}
        wanted = getattr(concrete.direct, quantity)
        right = np.reshape([truth(concrete, quantity, arrays, at) for at in np.ndindex(wanted.shape)], wanted.shape)
        given[target[1]] = np.zeros(shown(right).shape, dtype=object)
        code = claim
        if "for " not in claim.split("=")[0] and "+=" in claim:
            axes = {"i": concrete.output_size[0], "j": concrete.output_size[-1], "a": concrete.kernel_size[0]}
            axes |= {"b": concrete.kernel_size[-1], "f": concrete.out_channels, "o": concrete.out_channels}
            axes |= {"c": concrete.in_channels}
            axes |= {"k": concrete.kernel_size[0]} if "k" not in given else {}
            axes |= {"n": arrays["input"].shape[0]} if layer.batch_axes else {}
            if isinstance(layer, ConvTranspose):
                axes |= {"i": concrete.input_size[0], "j": concrete.input_size[-1]}
            letters = [
                one for one in dict.fromkeys(re.findall(r"(?<![A-Za-z.])[a-z](?![A-Za-z0-9])", claim)) if one in axes
            ]
            letters = [one for one in letters if not (one == "b" and "b[" in claim)]
            heads = [f"{'  ' * at}for {one} in range({axes[one]}):" for at, one in enumerate(letters)]
            code = "\n".join([*heads, f"{'  ' * len(letters)}{claim}"])
        try:
            exec(code, given)
        except Exception as error:
            raise UnreadError(claim) from error
        found = np.asarray(given[target[1]])
        if found.shape != shown(right).shape or not np.array_equal(found, shown(right)):
            return False
    return True
