"""What the words of a description mean: sizes and numbers, layers with their options, losses, views."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import partial
from types import MappingProxyType
from typing import Any

import sympy as sp

from symconv.descriptions.yaml_tree import Items, Pairs, Scalar, Value
from symconv.errors import DescriptionError, SymconvError, instead_of
from symconv.geometry.arguments import Choice, Count, Flag, Kind, Number, Padding, PerAxis, Ratio
from symconv.geometry.padding import MODES, WORDS
from symconv.gradient_step.sgd import SCHEDULES
from symconv.layers import Layer, Lazy, kinds_by_name
from symconv.layers.lazy import FROM_INPUT
from symconv.networks.activations import KNOWN
from symconv.networks.joins import Add, Concat, Multiply
from symconv.networks.losses import LOSSES, REDUCTIONS, Loss
from symconv.networks.modules import Activation, Dropout, Flatten, Linear
from symconv.networks.normalisation import BatchNorm, GroupNorm, InstanceNorm, LayerNorm
from symconv.networks.parts import Given
from symconv.networks.products import MatMul
from symconv.networks.rearranging import Permute, Reshape, Slice
from symconv.networks.scaling import PReLU, Rescaling, Scale, Shift
from symconv.networks.softmax import LogSoftmax, Softmax

MAXIMUM_AXES, MAXIMUM_LAYERS = 16, 1000
"""No tensor has more dimensions, and no network more layers; what is above is a slip or an attack."""
NUMBER = r"[+-]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})([eE][+-]?[0-9]{1,2})?|[+-]?[0-9]{1,18}/[0-9]{1,18}"
WHOLE = r"[+-]?(0|[1-9][0-9]{0,8})"
NAME = r"[A-Za-z][A-Za-z0-9]{0,9}(_[A-Za-z0-9]{1,9})?"
NO_NAMES = ("true", "false", "yes", "no", "on", "off", "null", "none", "nan", "inf")
"""Words that mean something else, here or in YAML; in capitals too."""


@dataclass(frozen=True)
class Reading:
    """Reads the values of one description, in which one name is one symbol."""

    source: str
    symbols: dict[str, tuple[sp.Symbol, int]] = field(default_factory=dict)
    """By name, with the line where it is first seen."""

    def error(self, at: Value, given: str, wrong: str, right: str) -> DescriptionError:
        return DescriptionError(given, wrong, right, at.line, self.source)

    def passed_on(self, error: SymconvError, line: int) -> DescriptionError:
        """An error of a layer or a network, with its line."""
        return DescriptionError(error.given, error.wrong, error.right, line, self.source)

    def unknown(self, at: Scalar, given: str, known: Iterable[str], more: str = "") -> DescriptionError:
        names = list(known)
        right = f"{instead_of(at.text, names)}{more}"
        return self.error(at, given, "unknown", right)

    def pairs(self, value: Value, what: str, known: Sequence[str], needed: Sequence[str] = ()) -> dict[str, Value]:
        """A map with known keys; nothing written is an empty one."""
        if isinstance(value, Scalar) and value.is_nothing:
            value = Pairs(value.line, ())
        listed = ", ".join(known) or "none"
        if not isinstance(value, Pairs):
            raise self.error(value, f"{what}: {value}", "not a map", f"use keys with values; its keys: {listed}")
        for key, _ in value.values:
            if key.text not in known:
                raise self.unknown(key, f"the key {key} of {what}", known)
        found = {key.text: one for key, one in value.values}
        if missing := [key for key in needed if key not in found]:
            raise self.error(value, what, f"it has no {' and no '.join(missing)}", f"its keys: {listed}")
        return found

    def items(self, value: Value, what: str, right: str, most: int = MAXIMUM_AXES) -> tuple[Value, ...]:
        """A list with something in it, but not too much."""
        if not isinstance(value, Items):
            raise self.error(value, f"{what}: {value}", "not a list", right)
        if not value.values:
            raise self.error(value, f"{what}: []", "there is nothing in it", right)
        if len(value.values) > most:
            raise self.error(value, f"{what}: a list of {len(value.values)}", "it is too long", f"use at most {most}")
        return value.values

    def scalar(self, value: Value, what: str, wrong: str, right: str, pattern: str = ".+") -> Scalar:
        """A word that matches; without quotes, unless any word does."""
        matched = isinstance(value, Scalar) and re.fullmatch(pattern, value.text)
        if not isinstance(value, Scalar) or not matched or (value.quoted and pattern != ".+"):
            raise self.error(value, f"{what}: {value}", wrong, right)
        return value

    def word(self, value: Value, what: str, known: Iterable[str], more: str = "") -> str:
        names = list(known)
        found = self.scalar(value, what, "not a word", f"use {', '.join(names)}{more}")
        if found.text not in names and not (more and re.fullmatch("[A-Za-z]", found.text)):
            raise self.unknown(found, f"{what}: {found}", names, more)
        return found.text

    def flag(self, value: Value, what: str) -> bool:
        pattern = "[Tt]rue|[Ff]alse"
        found = self.scalar(value, what, "it is neither true nor false", "use true or false", pattern)
        return found.text in ("true", "True")

    def number(self, value: Value, what: str, signed: bool = False) -> Fraction:
        """A decimal number or a fraction, exactly."""
        wrong, right = "not a number", "use a number such as 0.1, 1e-3 or 1/10"
        found = self.scalar(value, what, wrong, right, NUMBER)
        try:
            result = Fraction(found.text)
        except ZeroDivisionError:
            raise self.error(found, f"{what}: {found}", wrong, right) from None
        if result < 0 and not signed:
            raise self.error(found, f"{what}: {found}", "it is negative", right)
        return result

    def numbers(self, value: Value, what: str) -> tuple[Fraction, ...]:
        """A list of numbers, each exact."""
        return tuple(self.number(one, what, signed=True) for one in self.items(value, what, "give a list of numbers"))

    def axes(self, value: Value, what: str) -> tuple[int, ...]:
        """A list of axes, counted from 0."""
        return tuple(self.whole(one, what, 0) for one in self.items(value, what, "give a list of axes"))

    def whole(self, value: Value, what: str, least: int) -> int:
        right = f"use a whole number of at least {least}"
        found = self.scalar(value, what, "not a whole number", right, WHOLE)
        if int(found.text) < least:
            raise self.error(found, f"{what}: {found}", f"it must be at least {least}", right)
        return int(found.text)

    def size(self, value: Value, what: str, least: int | None = 1) -> Number:
        """A whole number, or the symbol of a name."""
        right = "use a whole number" + (f" of at least {least}" if least is not None else "") + ", or a name such as n"
        found = self.scalar(value, what, "not a size", right, f"{WHOLE}|{NAME}")
        if re.fullmatch(WHOLE, found.text):
            if least is not None and int(found.text) < least:
                raise self.error(found, f"{what}: {found}", f"it must be at least {least}", right)
            return int(found.text)
        if found.text.lower() in NO_NAMES:
            raise self.error(found, f"{what}: {found}", "not a size", right)
        if re.fullmatch(r"m[0-9]+_[0-9]+", found.text):
            raise self.error(found, f"{what}: {found}", "the network has sizes of such names", "use another name")
        symbol = sp.Symbol(found.text, integer=True, positive=True)
        return self.symbols.setdefault(found.text, (symbol, found.line))[0]

    def sizes(self, value: Value, what: str, least: int | None = 1) -> Any:
        """A size, or a list of one per axis."""
        if not isinstance(value, Items):
            return self.size(value, what, least)
        return tuple(self.size(one, what, least) for one in self.items(value, what, "give one size per axis"))

    def padding(self, value: Value, what: str, plain: bool) -> Any:
        """A word, a size, or a list of a size or a pair per axis; plain padding is sizes alone."""
        # four letters or more are a word, perhaps with a mistake in it, rather than a name for a size
        is_word = isinstance(value, Scalar) and (value.quoted or re.fullmatch(r"[A-Za-z_]{4,}", value.text))
        if plain and is_word:
            raise self.error(value, f"{what}: {value}", "words are for the padding of conv", "use a size of at least 0")
        if plain:
            return self.sizes(value, what, 0)
        if is_word:
            return self.word(value, what, WORDS)
        if not isinstance(value, Items):
            return self.size(value, what, None)
        right = "give a size or a pair [low, high] per axis"
        return tuple(
            self.pair(one, what) if isinstance(one, Items) else self.size(one, what, None)
            for one in self.items(value, what, right)
        )

    def pair(self, value: Items, what: str) -> tuple[Number, Number]:
        if len(value.values) != 2:
            given = f"{what}: a list of {len(value.values)} for one axis"
            raise self.error(value, given, "not a pair", "use [low, high]")
        low, high = (self.size(one, what, None) for one in value.values)
        return low, high


Reader = Callable[[Reading, Value, str], Any]


@dataclass(frozen=True)
class _Entry:
    """A layer of the format.

    Args:
        make: makes it of its options.
        keys: its options, with what reads each.
        needed: those that must be there.
        short: the option whose value may be written alone.
        listed: whether that value is a list.
    """

    make: Callable[..., Given]
    keys: Mapping[str, Reader]
    needed: tuple[str, ...] = ()
    short: str = ""
    listed: bool = False


def _reader_of(kind: Kind) -> Reader:
    if isinstance(kind, (PerAxis, Count)):
        return partial(Reading.sizes if isinstance(kind, PerAxis) else Reading.size, least=kind.least)
    if isinstance(kind, Padding):
        return partial(Reading.padding, plain=kind.plain)
    if isinstance(kind, Ratio):
        return partial(Reading.sizes, least=1)
    if isinstance(kind, Choice):
        return partial(Reading.word, known=kind.words)
    return Reading.flag if isinstance(kind, Flag) else partial(Reading.word, known=MODES)


def _of_layer(kind: type[Layer]) -> _Entry:
    """A layer, with the arguments that its input does not give."""
    arguments = {name: one for name, one in inspect.signature(kind).parameters.items() if name not in FROM_INPUT}
    needed = tuple(name for name, one in arguments.items() if one.default is inspect.Parameter.empty)
    return _Entry(kind.lazy, {name: _reader_of(kind.PARAMETERS[name]) for name in arguments}, needed)


def _linear(out_features: Number, in_features: Number | None = None, bias: bool = True) -> Linear:
    return Linear(in_features, out_features, bias)


_ACTIVATION: Mapping[str, Reader] = {
    "name": partial(Reading.word, known=KNOWN, more=" (or a single letter)"),
    **dict.fromkeys(
        ("negative_slope", "alpha", "min_val", "max_val", "exponent"), partial(Reading.number, signed=True)
    ),
    "lambd": Reading.number,
}
_LINEAR: Mapping[str, Reader] = {
    "in_features": Reading.size, "out_features": Reading.size, "bias": Reading.flag
}  # fmt: skip
_NORM: Mapping[str, Reader] = {"eps": Reading.number, "affine": Reading.flag}
_LAYER_NORM: Mapping[str, Reader] = {
    "normalized_shape": Reading.sizes, "eps": Reading.number, "elementwise_affine": Reading.flag, "bias": Reading.flag
}  # fmt: skip
_LEARNED: Mapping[str, Reader] = {"shape": Reading.sizes, "learned": Reading.flag}
_SIGNED = partial(Reading.number, signed=True)
_END = partial(Reading.size, least=None)
_AXIS: Mapping[str, Reader] = {"axis": partial(Reading.whole, least=-MAXIMUM_AXES)}
_MODULES: Mapping[str, _Entry] = MappingProxyType(
    {
        "activation": _Entry(Activation, _ACTIVATION, ("name",), "name"),
        "flatten": _Entry(Flatten, {}),
        "linear": _Entry(_linear, _LINEAR, ("out_features",)),
        "dropout": _Entry(Dropout, {"p": Reading.number}, (), "p"),
        "batch_norm": _Entry(BatchNorm, {"num_features": Reading.size, **_NORM, "training": Reading.flag}),
        "layer_norm": _Entry(LayerNorm, _LAYER_NORM),
        "group_norm": _Entry(
            GroupNorm, {"num_groups": Reading.size, "num_channels": Reading.size, **_NORM}, ("num_groups",)
        ),
        "instance_norm": _Entry(InstanceNorm, {"num_features": Reading.size, **_NORM}),
        "add": _Entry(Add, {"scales": Reading.numbers}, (), "scales", True),
        "multiply": _Entry(Multiply, {}),
        "matmul": _Entry(MatMul, {}),
        "concat": _Entry(Concat, _AXIS, (), "axis"),
        "softmax": _Entry(Softmax, _AXIS, (), "axis"),
        "log_softmax": _Entry(LogSoftmax, _AXIS, (), "axis"),
        "prelu": _Entry(PReLU, {"num_parameters": Reading.size}, (), "num_parameters"),
        "rescaling": _Entry(Rescaling, {"scale": _SIGNED, "offset": _SIGNED}, ("scale",), "scale"),
        "scale": _Entry(Scale, _LEARNED, (), "shape", True),
        "shift": _Entry(Shift, _LEARNED, (), "shape", True),
        "reshape": _Entry(Reshape, {"shape": partial(Reading.sizes, least=-1)}, ("shape",), "shape", True),
        "permute": _Entry(Permute, {"dims": Reading.axes}, ("dims",), "dims", True),
        "slice": _Entry(Slice, {**_AXIS, "start": _END, "stop": _END, "step": partial(Reading.whole, least=1)}),
    }
)
"""What is in a network beside layers, by the word that says it."""


def known_layers() -> Mapping[str, _Entry]:
    """All that a network is made of, by the word that says it; layers first, if the input can give their size."""
    kinds = {
        name: _of_layer(kind)
        for name, kind in kinds_by_name("_").items()
        if kind.in_networks and "input_size" in kind.PARAMETERS
    }
    return {**kinds, **_MODULES}


LOSS_OPTIONS: Mapping[str, Reader] = MappingProxyType(
    {
        "reduction": partial(Reading.word, known=REDUCTIONS),
        "name": partial(Reading.word, known=["ell"], more=" (or a single letter)"),
    }
)
TRAINING: Mapping[str, Reader] = MappingProxyType(
    {
        "learning_rate": Reading.number,
        "schedule": partial(Reading.word, known=SCHEDULES),
        "momentum": Reading.number,
        "weight_decay": Reading.number,
        "seed": partial(Reading.whole, least=0),
    }
)
"""What is said of the training, by the names of ``Description``."""
KEYS = ("input", "batch", "loss", "layers", "outputs", "views", "index_base", *TRAINING)
NAME_OF, FROM = "name", "from"
"""The keys beside a layer: what it is called, and what it reads."""


@dataclass(frozen=True)
class Item:
    """An item of ``layers``.

    Args:
        name: what it is called; by default its number.
        given: the layer.
        sources: the names of what it reads; empty for the layer before it.
    """

    name: str
    given: Given
    sources: tuple[str, ...]


def inputs_of(reading: Reading, value: Value) -> Any:
    """The shape of the input, or of several by name."""
    if not isinstance(value, Pairs) or len(value.values) < 2:
        shape = reading.sizes(value, "input")
        return shape if isinstance(shape, tuple) else (shape,)
    return {
        key.text: shape if isinstance(shape := reading.sizes(one, f"input {key}"), tuple) else (shape,)
        for key, one in value.values
    }


def item_of(reading: Reading, value: Value, number: int, known: Sequence[str]) -> Item:
    """One item of ``layers``: a layer, with its name and what it reads beside it.

    Args:
        number: its number.
        known: the names of the inputs and of the layers above it.
    """
    beside: dict[str, Value] = {}
    if isinstance(value, Pairs):
        beside = {key.text: one for key, one in value.values if key.text in (NAME_OF, FROM)}
        value = Pairs(value.line, tuple(pair for pair in value.values if pair[0].text not in beside))
    name = str(number)
    if NAME_OF in beside:
        found = reading.scalar(beside[NAME_OF], NAME_OF, "not a name", "use a word such as conv1")
        if found.text in known:
            raise reading.error(found, f"{NAME_OF}: {found}", "another layer or an input has it", "use another name")
        name = found.text
    sources: tuple[str, ...] = ()
    if FROM in beside:
        one = beside[FROM]
        several = reading.items(one, FROM, "name a layer", MAXIMUM_LAYERS) if isinstance(one, Items) else (one,)
        sources = tuple(_source(reading, each, known) for each in several)
    return Item(name, layer_of(reading, value), sources)


def _source(reading: Reading, value: Value, known: Sequence[str]) -> str:
    found = reading.scalar(value, FROM, "not a name", "name an input or a layer above")
    if found.text not in known:
        raise reading.unknown(found, f"{FROM}: {found}", known, " (an input, or a layer above)")
    return found.text


def outputs_of(reading: Reading, value: Value, known: Sequence[str]) -> tuple[str, ...]:
    """The names of the layers whose outputs are those of the network."""
    several = reading.items(value, "outputs", "name a layer", MAXIMUM_LAYERS) if isinstance(value, Items) else (value,)
    return tuple(reading.word(one, "outputs", known) for one in several)


def layer_of(reading: Reading, item: Value) -> Given:
    """One item of ``layers``: a word, or a word with its options."""
    known = known_layers()
    if isinstance(item, Pairs) and len(item.values) > 1:
        keys = ", ".join(str(key) for key, _ in item.values)
        raise reading.error(item, f"a layer with the keys {keys}", "a layer has one", "indent its options below it")
    if isinstance(item, Items) or not (item.values if isinstance(item, Pairs) else item.text):
        right = f"use {', '.join(known)}, as a word or with options"
        raise reading.error(item, f"{item} as a layer", "not a layer", right)
    word, options = item.values[0] if isinstance(item, Pairs) else (item, Scalar(item.line, ""))
    if word.text not in known:
        raise reading.unknown(word, f"the layer {word}", known)
    entry = known[word.text]
    alone = (isinstance(options, Items) and entry.listed) or (isinstance(options, Scalar) and options.text)
    if entry.short and alone:
        options = Pairs(options.line, ((Scalar(options.line, entry.short), options),))
    found = reading.pairs(options, word.text, tuple(entry.keys), entry.needed)
    names = {key: word.text if key == entry.short else f"{key} of {word}" for key in found}
    given = {key: entry.keys[key](reading, value, names[key]) for key, value in found.items()}
    try:
        return entry.make(**given)
    except SymconvError as error:
        raise reading.passed_on(error, item.line) from error


def loss_of(reading: Reading, value: Value) -> Loss:
    """A word, or a map with a ``kind`` and its options."""
    if isinstance(value, Scalar):
        value = Pairs(value.line, ((Scalar(value.line, "kind"), value),))
    found = reading.pairs(value, "loss", ("kind", *LOSS_OPTIONS), ("kind",))
    word = reading.word(found.pop("kind"), "loss", LOSSES)
    own = [option.name for option in fields(LOSSES[word]) if option.name in LOSS_OPTIONS]
    reading.pairs(value, f"loss {word}", ("kind", *own))
    made = LOSSES[word](**{key: LOSS_OPTIONS[key](reading, one, f"{key} of loss") for key, one in found.items()})
    assert isinstance(made, Loss)
    return made


def views_of(reading: Reading, value: Value, items: Sequence[Item]) -> dict[int, str]:
    """Views by number of the part; a part may also be named."""
    if not isinstance(value, Pairs):
        raise reading.error(value, f"views: {value}", "not a map", "use {number of a part: view}: {1: patches}")
    found = {}
    named = {item.name: number for number, item in enumerate(items, 1)}
    for key, view in value.values:
        number = named.get(key.text, int(key.text) if re.fullmatch("[1-9][0-9]{0,8}", key.text) else 0)
        if not 1 <= number <= len(items):
            raise reading.error(key, f"a view of part {key}", "no such part", f"use 1 to {len(items)}")
        part = items[number - 1].given
        if not isinstance(part, Lazy):
            raise reading.error(key, f"a view of part {number}, {part!r}", "it has only one", "leave it out")
        assert issubclass(part.kind, Layer)
        known = [kind.name for kind in part.kind.view_kinds()]
        found[number] = reading.word(view, f"the view of part {number}", known)
    return found
