"""The layer that a theorem is about, as ``checker.v`` describes it, with why it has as many outputs as it has."""

from __future__ import annotations

from collections.abc import Sequence

from symconv import verify
from symconv.proof.certificates.kernel import Divisor, KernelLayer, Outputs, Untranslated, frozen
from symconv.proof.certificates.kernel_line import Line
from symconv.proof.certificates.multipliers import Certificate, Poly, add, const, mul, var
from symconv.proof.certificates.reading import Reading

KINDS = {
    "Conv": "Reading", "BatchGroupedConv": "BatchGrouped", "ConvTranspose": "Transposed", "AvgPool": "Average",
    "MaxPool": "Maximum", "Upsample": "UpSampling",
}  # fmt: skip
QUANTITIES = {
    "output": "Output", "grad_weight": "GradWeight", "grad_input": "GradInput", "grad_bias": "GradBias",
}  # fmt: skip


def described(reading: Reading, line: Line) -> KernelLayer | None:
    """None if the file has no definition of its layer.

    Raises:
        Untranslated: it is not found why its numbers are those of a layer.
    """
    layer = reading.layer
    if "steps" not in layer:
        return None
    numbers = {
        key: list(map(reading.poly, map(verify.poly, values)))
        for key, values in layer["numbers"].items() if key not in ("in_channels", "out_channels")
    }  # fmt: skip
    pads = numbers["padding"]
    axes = list(zip(*(numbers[key] for key in verify.ON_AXES), pads[::2], pads[1::2]))
    divisor, counted, given = None, numbers.get("counted", []), numbers.get("divisor_override", [])
    if "a" in layer["tensors"]:
        ends = list(zip(map(frozen, counted[::2]), map(frozen, counted[1::2])))
        divisor = (
            Divisor("Inside", ends) if ends else Divisor("Given", frozen(given[0])) if given else Divisor("OfKernel")
        )
    channels = [(letter, numbers[key]) for letter, key in verify.CHANNELS.items()]
    known = [(role, tensor) for role, tensor in layer["tensors"].items() if tensor in reading.shapes]
    mode, word = layer["options"]["padding_mode"], layer["options"].get("padding")
    counting: list[tuple[Poly, ...]] = list(zip(counted[::2], counted[1::2])) or [()] * len(axes)
    try:
        right = tuple(_right(line, list(axis), mode, given, ends) for axis, ends in zip(axes, counting))
        outputs = tuple(_outputs(reading, line, list(axis), layer["kind"], word) for axis in axes)
    except Untranslated:
        raise Untranslated("it is not found why the numbers are those of a layer") from None
    return KernelLayer(
        KINDS[layer["kind"]], divisor, mode.capitalize(), "flip" in layer["options"],
        tuple(tuple(map(frozen, axis)) for axis in axes),
        tuple((letter, frozen(found[0])) for letter, found in channels if found not in ([], [const(1)])),
        tuple(known), QUANTITIES[reading.of], tuple(reading.free[n] for n in layer["entry"]), right,
        outputs,
    )  # fmt: skip


def _right(
    line: Line, axis: list[Poly], mode: str, given: Sequence[Poly], counted: Sequence[Poly]
) -> tuple[Certificate, ...]:
    """Why the kernel has an element, the stride and the dilations are not 0, and what is reflected is inside.

    And why no average divides by 0.
    """
    n, K, m, s, d, spread, *pads = axis
    ends = [add(add(n, const(-1)), p, -1) for p in pads] if mode == "reflect" else []
    if counted:
        first, behind = counted[0], add(add(n, const(-1)), counted[1])
        start = add(mul(s, add(m, const(-1))), pads[0], -1)
        ends += [add(first, behind), add(add(first, add(K, const(-1))), pads[0], -1), add(behind, start, -1)]
        ends += [add(const(1), d, -1), add(const(1), spread, -1)]
    return tuple(
        map(line.always, [*(add(p, const(-1)) for p in (K, s, d, spread)), *ends, *(add(p, const(-1)) for p in given)])
    )


def _outputs(reading: Reading, line: Line, axis: list[Poly], kind: str, word: str | None) -> Outputs:
    n, K, m, s, d, spread, low, high = axis
    last, more, added = (add(n, const(-1)), add(m, const(-1)), add(low, high))
    steps = mul(d, add(K, const(-1)))
    if kind in verify.WRITING:
        return "Written", ()
    if word != "same_tf":
        return "Counted", _floor(line, more, add(add(mul(spread, last), added), steps, -1), s)
    ((names, _),) = added.items()
    (t,) = names
    return "Wanted", (t, *_floor(line, more, last, s), *_floor(line, low, var(t), const(2)))


def _floor(line: Line, m: Poly, above: Poly, by: Poly) -> tuple[Certificate, Certificate]:
    """Why m is floor(above / by)."""
    left = add(above, mul(by, m), -1)
    return line.always(left), line.always(add(add(by, const(-1)), left, -1))
