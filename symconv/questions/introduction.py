"""What stands above the exercises: the layer, its numbers and its names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import sympy as sp

from symconv.layers import Layer
from symconv.printing import latex
from symconv.questions.exercise import Exercise
from symconv.questions.languages import Texts
from symconv.questions.markup import inline, paragraphs
from symconv.questions.naming import GRADIENTS, Naming

PARAMETERS = (
    "kernel_size", "stride", "padding", "dilation", "output_padding", "input_dilation", "groups", "padding_mode",
    "scale_factor", "flip", "count_include_pad",
)  # fmt: skip
IN_SHAPES = ("input_size", "output_size", "in_channels", "out_channels", "channels", "batch_size", "bias")
"""Parameters that the shapes of the tensors say."""
GENERAL = ("general_formula", "choose_formula", "find_wrong_formula")
DENSE = ("zero_weights", "tied_weights", "constraints")
"""Kinds that use the same conventions."""

ALWAYS = ("kernel_size", "stride", "padding")


class Introduced(Protocol):
    """A layer with its words and names."""

    layer: Layer
    texts: Texts

    @property
    def naming(self) -> Naming: ...


def introduction(subject: Introduced, exercises: Sequence[Exercise]) -> str:
    """The layer, and the names that the exercises use, as Markdown."""
    texts, layer = subject.texts, subject.layer
    items = [_tensor(subject, "input", layer.input_shape)]
    if "grad_weight" in layer.quantities:
        items.append(_tensor(subject, "weight", layer.weight_shape))
    if layer.bias_term:
        items.append(_tensor(subject, "bias", layer.bias_shape))
    # The size of the output is a question.
    items.append(texts("tensor.output", name=inline(subject.naming.name("output"))))
    items += _parameters(subject)
    kind, channels = texts.kind("a", type(layer).__name__), _channels(subject)
    return paragraphs(
        texts("introduction", layer=kind, parts=", ".join(items), channels=channels),
        " ".join(_conventions(subject, exercises)),
    )


def _tensor(subject: Introduced, role: str, shape: Any) -> str:
    return subject.texts(f"tensor.{role}", name=inline(subject.naming.name(role)), shape=inline(_times(shape)))


def _times(sizes: Any) -> str:
    return r" \times ".join(_size(size) for size in sizes)


def _size(size: Any) -> str:
    if isinstance(size, tuple):
        return f"({', '.join(map(_size, size))})"
    text = latex.expression(sp.sympify(size, strict=True) if isinstance(size, int) else size)
    return f"({text})" if isinstance(size, sp.Add) else text


def _parameters(subject: Introduced) -> list[str]:
    layer, texts = subject.layer, subject.texts
    given = {**layer.arguments(), **({"padding": layer.padding} if "padding" in layer.PARAMETERS else {})}
    result = []
    for name in (*PARAMETERS, *(name for name in layer.PARAMETERS if name not in (*PARAMETERS, *IN_SHAPES))):
        if name == "kernel_size" and "grad_weight" in layer.quantities:
            continue  # it is in the shape of the weights
        if name not in layer.PARAMETERS or (layer.is_default(name) and name not in ALWAYS):
            continue
        value = given[name]
        if name == "padding_mode":
            result.append(texts.kind("padding_mode", str(value)))
        elif isinstance(value, bool):
            result.append(texts.get(f"parameter.{name}", name.replace("_", " ")))
        else:
            sizes = value if isinstance(value, tuple) else (value,)
            same = len(set(sizes)) == 1 and not isinstance(sizes[0], tuple)
            shown = _size(sizes[0]) if same else ", ".join(map(_size, sizes))
            result.append(_parameter(subject, name, inline(shown)))
    return result


def _parameter(subject: Introduced, name: str, value: str) -> str:
    """A parameter and its value; one that a user's layer has may have no words, and then its name stands for them."""
    texts, key = subject.texts, f"parameter.{name}"
    if key in texts.catalogue:
        return texts(key, value=value)
    return texts("parameter.other", name=name.replace("_", " "), value=value)


def _channels(subject: Introduced) -> str:
    """The order of the dimensions."""
    texts, layer = subject.texts, subject.layer
    kind = "other"
    if "grad_weight" in layer.quantities:
        kind = "ConvTranspose" if layer.inputs_first else "Conv"
    batch = f", {texts('channels.batch')}" if layer.batch_size is not None else ""
    return texts(f"channels.{kind}") + batch


def _conventions(subject: Introduced, exercises: Sequence[Exercise]) -> Iterator[str]:
    """What every index and name means."""
    texts, naming, names = subject.texts, subject.naming, subject.layer.notation
    if any(of in GRADIENTS for exercise in exercises for of in exercise.written):
        derivative = inline(naming.derivative(naming.name("output")))
        loss, upstream = inline(naming.name("loss")), inline(naming.name("grad_output"))
        yield texts("conventions.gradient", loss=loss, upstream=upstream, derivative=derivative)
    if subject.layer.is_concrete:
        yield texts("conventions.labels", base=names.index_base)
    if any(exercise.kind in GENERAL for exercise in exercises):
        yield texts("conventions.general", base=names.formula_base, condition=inline("i = j"))
    if any(exercise.kind in DENSE for exercise in exercises):
        dense = inline(f"{naming.name('dense_weight')}_{{ij}}")
        yield texts("conventions.dense", dense=dense, input=inline("i"), output=inline("j"))
