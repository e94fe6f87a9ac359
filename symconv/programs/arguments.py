"""Which part of a layer each of a function's parameters is, and which quantities its results are.

A ``Binding`` says it for every name: as the user says (``arguments=``), or else by convention. It knows nothing of how
a function is judged: the interpreter, the running and the probing make their own values of what it gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import sympy as sp

from symconv.algebra.polynomial import Polynomial
from symconv.claims.report import formula_of
from symconv.errors import ArgumentsError, instead_of, shown
from symconv.foundations.values import FrozenMapping, freeze
from symconv.geometry.axes import Layout
from symconv.layers import Layer
from symconv.layers.layer import require_layer
from symconv.programs.arrangement import Arrangement, arrangement
from symconv.programs.conventions import CACHES, DICTIONARIES, ON_AN_AXIS, SIZES, TENSORS, role_of

ROLES = ("input", "weight", "bias", "grad_output", "output")
NUMBERS = (
    "stride", "padding", "dilation", "kernel_size", "groups", "in_channels", "out_channels", "batch_size",
    "input_size", "output_size", "input_shape", "weight_shape", "bias_shape", "output_shape", "output_padding",
    "input_dilation",
)  # fmt: skip
"""What a text in ``arguments`` may name, besides the layer's letters."""

Made = TypeVar("Made")
Numbers = Literal["as used", "one", "for each axis", "of one image"]
"""A hyper-parameter of several axes as the code seems to use it, as one number, or as one for each axis; or shapes of
one image without its batch, and of a kernel without its channels."""


@dataclass(frozen=True)
class TensorArgument:
    """One of the layer's tensors, as the function has it.

    Args:
        role: one of ``ROLES``.
        name: what the layer calls it.
        layout: its dimensions as PyTorch has them, each of its axes.
        arrangement: how the function has it.
    """

    role: str
    name: str
    layout: Layout
    arrangement: Arrangement


@dataclass(frozen=True)
class NumberArgument:
    """A whole number: a size or a hyper-parameter, perhaps with letters."""

    value: Polynomial


@dataclass(frozen=True)
class PlainArgument:
    """None, True, False, a text, or a number that is not whole."""

    value: bool | str | float | None


@dataclass(frozen=True)
class SequenceArgument:
    """A tuple, or a list if ``is_list``."""

    items: tuple[Argument, ...]
    is_list: bool = False


@dataclass(frozen=True)
class MappingArgument:
    """A dictionary, or an object with attributes if it is read as one. Names it does not have go by convention."""

    items: Mapping[str, Argument]

    def __post_init__(self) -> None:
        freeze(self, "items")


@dataclass(frozen=True)
class ResultArgument:
    """What another function of the same file returns for the layer's arguments, as a cache is; or one part of it."""

    function: str
    part: int | str | None = None


@dataclass(frozen=True)
class CacheArgument:
    """What a forward pass kept for its backward pass; what is in it the code says that takes it apart."""


Argument = (
    TensorArgument
    | NumberArgument
    | PlainArgument
    | SequenceArgument
    | MappingArgument
    | ResultArgument
    | CacheArgument
)


@dataclass(frozen=True)
class Result:
    """One result that is judged.

    Args:
        of: the quantity.
        place: None if it is all that is returned, else its position there, its key or its name
            there, the name of a parameter that the function writes into, or "self.dW" for an attribute.
        arrangement: how the function has it.
    """

    of: str
    place: int | str | None
    arrangement: Arrangement


@dataclass(frozen=True)
class Binding:
    """Names of a function's parameters to parts of the layer.

    Args:
        layer: the layer.
        results: the quantities that the function returns.
        arguments: what the user says of some names: a role ("input", "weight", "bias", "grad_output", "output"), with
            a layout if it is not the usual one ("weight:HWIO"); a number of the layer ("stride", "kernel_size", ..);
            one of its letters ("s"); a number, None, True, False, a text in quotes ("'same'"); tuples, lists and
            dictionaries of these; "self.W" for an attribute.
        layouts: of a role, how all tensors of this role are arranged.
        numbers: how hyper-parameters are written that have a value for each axis.
    """

    layer: Layer
    results: tuple[Result, ...]
    arguments: Mapping[str, Argument] = field(default_factory=FrozenMapping)
    layouts: Mapping[str, str] = field(default_factory=FrozenMapping)
    numbers: Numbers = "as used"

    def __post_init__(self) -> None:
        freeze(self, "arguments", "layouts")

    @property
    def quantities(self) -> tuple[str, ...]:
        """What is judged."""
        return tuple(result.of for result in self.results)

    @property
    def is_forward(self) -> bool:
        """Whether no gradient is among the results."""
        return not any(of.startswith("grad_") for of in self.quantities)

    def argument(self, name: str) -> Argument | None:
        """What a parameter, an entry of a dictionary of parameters or an attribute of ``self`` is.

        None if it is not known; then its default is taken, if there is one. A bias that the layer does not have is
        the argument None.

        Args:
            name: of a parameter; "self.W" of an attribute.
        """
        if name in self.arguments:
            return self.arguments[name]
        return self._by_convention(name.removeprefix("self."))

    def missing(self, name: str, function: str) -> ArgumentsError:
        """The error if a parameter is not known and has no default."""
        return ArgumentsError(
            f"the parameter {name} of {function}", "nobody says what it is",
            f'pass arguments={{"{name}": ..}} with one of {", ".join(ROLES)}, or a value',
        )  # fmt: skip

    def tensor(self, role: str, text: str | None = None) -> TensorArgument:
        """One of the layer's tensors, in the user's layout."""
        layer = self.layer
        layout: Layout = getattr(layer, "output_layout" if role == "grad_output" else f"{role}_layout")
        text = text or self.layouts.get(role) or self.layouts.get(role.removeprefix("grad_"))
        return TensorArgument(role, getattr(layer.notation, role), layout, arrangement(layer, role, layout, text))

    def number(self, name: str) -> Argument | None:
        """One of ``NUMBERS`` of the layer, None if it does not have it: one number if all axes have the same."""
        layer = self.layer
        if name.endswith("_shape"):
            return SequenceArgument(tuple(map(NumberArgument, self._shape(name.removesuffix("_shape")))))
        if name in ("input_size", "output_size"):
            sizes = layer.m if name == "output_size" else tuple(scheme.n for scheme in layer.schemes)
            return SequenceArgument(tuple(map(NumberArgument, sizes)))
        counts = {"in_channels": layer.C_in, "out_channels": layer.C_out, "groups": layer.G, "batch_size": layer.batch}
        if name in counts:
            count = counts[name]
            return None if count is None else NumberArgument(count)
        values = self.per_axis(name)
        if values is None:
            return None
        if all(value == values[0] for value in values):
            return values[0]
        return SequenceArgument(values)

    def per_axis(self, name: str) -> tuple[Argument, ...] | None:
        """A parameter of the layer for every axis; pairs for padding whose ends differ."""
        layer = self.layer
        if name == "kernel_size":
            return tuple(NumberArgument(scheme.K) for scheme in layer.schemes)
        if name not in layer.PARAMETERS:
            return None
        if name != "padding":
            return tuple(map(NumberArgument, layer.axis_numbers(name)))
        pads = layer.pads
        pairs = pads.pairs if pads.word is None else tuple((scheme.low, scheme.high) for scheme in layer.schemes)
        return tuple(
            NumberArgument(low) if low == high else SequenceArgument((NumberArgument(low), NumberArgument(high)))
            for low, high in pairs
        )

    def _shape(self, role: str) -> tuple[Polynomial, ...]:
        tensor = self.tensor(role)
        sizes = [Polynomial.constant(1)] * len(tensor.layout)
        for at, dimension in enumerate(tensor.layout):
            for axis in dimension:
                sizes[at] = sizes[at] * axis.size
        return tuple(map(Polynomial.of, tensor.arrangement.shape(sizes)))

    # -- by convention -------------------------------------------------------------------------------

    def _by_convention(self, name: str) -> Argument | None:
        if (role := self._tensor_called(name)) is not None:
            if role == "bias" and self.is_forward and not self.layer.bias_term:
                return PlainArgument(None)
            return self.tensor(role)
        if name in self.layer.symbol_names:
            return NumberArgument(Polynomial.name(name))
        number = role_of(name, SIZES)
        if number is not None:
            return self.number(number)
        if name.lower() in ON_AN_AXIS and self.layer.ndim in (1, 2):
            number, axis = ON_AN_AXIS[name.lower()]
            if self.layer.ndim == 1 and axis == 0:
                return None
            axis -= 2 - self.layer.ndim
            values = (self.number(number) if number.endswith("put_size") else None) or self.per_axis(number)
            items = values.items if isinstance(values, SequenceArgument) else values
            return items[axis] if isinstance(items, tuple) else None
        if name in DICTIONARIES:
            found = {key: self.argument(key) for key in DICTIONARIES[name]}
            return MappingArgument({key: value for key, value in found.items() if value is not None})
        return CacheArgument() if name.strip("_").lower() in CACHES else None

    def _tensor_called(self, name: str) -> str | None:
        """The role of a tensor by the layer's own name for it, or by convention."""
        names = self.layer.notation
        own = {getattr(names, role): role for role in ROLES}
        role = own.get(name) or role_of(name, TENSORS)
        if role == "grad_output" and self.is_forward:
            return None
        if role == "output" and self.is_forward:
            return None
        if role == "weight" and self.layer.fixed_kernel is not None:
            return None
        return role


def without_single_axes(argument: TensorArgument, rank: int) -> TensorArgument | None:
    """A tensor without its axes for one channel, which the layer does not count either, if it has that rank then."""
    layout, arranged = argument.layout, argument.arrangement
    kept = tuple(group for group in arranged.groups if any(layout[at] for at in group))
    if len(kept) != rank or len(arranged.groups) == rank:
        return None
    return TensorArgument(argument.role, argument.name, layout, Arrangement(kept, arranged.rank))


def binding(
    layer: Layer,
    of: Any = "output",
    arguments: Mapping[str, Any] | None = None,
    layouts: Mapping[str, str] | str | None = None,
) -> Binding:
    """Read what a user passes about a function's parameters and results.

    Args:
        layer: the layer.
        of: a quantity; a tuple of quantities by position, None for a result that is not judged; or a mapping from a
            key, a name or a position to a quantity. A layout may follow: "grad_weight:HWIO".
        arguments: see ``Binding``.
        layouts: by role ("input", "weight", "output"), such as {"input": "NHWC", "weight": "HWIO"}; a text is the
            layout of input and output.

    Raises:
        ArgumentsError: a name, a quantity or a value that cannot be used.
    """
    require_layer(layer, "a function")
    if isinstance(layouts, str):
        layouts = {"input": layouts, "output": layouts}
    if not isinstance(layouts, (Mapping, type(None))):
        raise ArgumentsError(f"layouts={shown(layouts)}", "not layouts by role", 'use {"input": "NHWC"}')
    for role, text in (layouts or {}).items():
        if role not in ROLES or not isinstance(text, str):
            raise ArgumentsError(
                f"layouts={{{role!r}: {shown(text)}}}", "not a layout of a role", instead_of(role, ROLES)
            )
    bare = Binding(layer, (), {}, layouts or {})
    for role in layouts or {}:
        bare.tensor(role)
    results = tuple(_result(bare, place, quantity) for place, quantity in _places(of) if quantity is not None)
    if not results:
        raise ArgumentsError(f"of={shown(of)}", "no result is judged", 'use of="output"')
    whole = Binding(layer, results, {}, layouts or {})
    given = arguments or {}
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise ArgumentsError(f"arguments={shown(given)}", "not names with what they are", 'use {"x": "input"}')
    read = {name: _argument(whole, name, value) for name, value in given.items()}
    return Binding(layer, results, read, layouts or {})


def _places(of: Any) -> list[tuple[int | str | None, Any]]:
    if isinstance(of, Mapping):
        return list(of.items())
    if isinstance(of, (tuple, list)):
        return list(enumerate(of))
    return [(None, of)]


def _result(bare: Binding, place: Any, quantity: Any) -> Result:
    if not isinstance(quantity, str) or not isinstance(place, (int, str, type(None))) or isinstance(place, bool):
        raise ArgumentsError(f"of={shown(quantity)}", "not a quantity", 'use "output" or "grad_weight"')
    of, _, text = quantity.partition(":")
    known = (*bare.layer.quantities, "patches", "matrix")
    if of not in known:
        raise ArgumentsError(f"of={shown(of)}", "the layer has no such quantity", instead_of(of, known))
    role = of.removeprefix("grad_")
    layout = formula_of(bare.layer, of).layout
    text = text or bare.layouts.get(role, "")
    return Result(of, place, arrangement(bare.layer, role, layout, text or None))


def _argument(whole: Binding, name: str, value: Any) -> Argument:
    """What a user says of a name."""
    if value is None or isinstance(value, bool):
        return PlainArgument(value)
    if isinstance(value, (TensorArgument, ResultArgument, CacheArgument)):
        return value
    if isinstance(value, str):
        return _named(whole, name, value)
    if isinstance(value, (tuple, list)):
        return SequenceArgument(tuple(_argument(whole, name, one) for one in value), isinstance(value, list))
    if isinstance(value, Mapping):
        return MappingArgument({str(key): _argument(whole, f"{name}[{key!r}]", one) for key, one in value.items()})
    if (number := _number(value)) is not None:
        return NumberArgument(number)
    if isinstance(value, float):
        return PlainArgument(value)
    wrong = "neither a part of the layer nor a value"
    raise ArgumentsError(f'arguments={{"{name}": {shown(value)}}}', wrong, f"use {', '.join(ROLES)}, a number, ..")


def _number(value: Any) -> Polynomial | None:
    """A whole number, perhaps with letters, as SymPy and NumPy have them."""
    from symconv.algebra.sympy_in import Reader

    if hasattr(value, "__index__") and not isinstance(value, sp.Basic):
        return Polynomial.constant(int(value))
    if isinstance(value, sp.Expr) and value.is_integer is not False and value.free_symbols | value.atoms(sp.Integer):
        return Reader().polynomial(value)
    return None


def _named(whole: Binding, name: str, text: str) -> Argument:
    """What a text means."""
    role, _, layout = text.partition(":")
    if role in ROLES:
        return whole.tensor(role, layout or None)
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return PlainArgument(text[1:-1])
    if text in NUMBERS and (found := whole.number(text)) is not None:
        return found
    if text == "cache":
        return CacheArgument()
    letters = whole.layer.symbol_names
    if text in letters:
        return NumberArgument(Polynomial.name(text))
    known = (*ROLES, *NUMBERS, *letters)
    right = f"{instead_of(text, known)}; a text itself stands in quotes: \"'{text[:20]}'\""
    raise ArgumentsError(f'arguments={{"{name}": {shown(text)}}}', "no part of the layer is called so", right)


def made_of(argument: Argument, tensor: Callable[[TensorArgument], Made], number: Callable[[Polynomial], Any]) -> Any:
    """An argument as a Python value, with tensors and numbers as given functions make them."""
    if isinstance(argument, TensorArgument):
        return tensor(argument)
    if isinstance(argument, NumberArgument):
        return number(argument.value)
    if isinstance(argument, PlainArgument):
        return argument.value
    if isinstance(argument, SequenceArgument):
        items: Sequence[Any] = [made_of(one, tensor, number) for one in argument.items]
        return list(items) if argument.is_list else tuple(items)
    if isinstance(argument, MappingArgument):
        return {name: made_of(one, tensor, number) for name, one in argument.items.items()}
    raise TypeError(f"{argument!r} has to be found from the code")
