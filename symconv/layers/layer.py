"""Layer: what every kind of layer is to its users: views, symbols, other sizes of the same layer."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from numbers import Integral
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import sympy as sp

from symconv.algebra.polynomial import ONE
from symconv.algebra.sympy_in import Letter
from symconv.errors import GeometryError, SymconvError, ViewError, shown
from symconv.formulas.labels import symbols_of
from symconv.foundations.later import np
from symconv.foundations.values import FrozenMapping, Lazy as LazyMapping, cached_property
from symconv.foundations.verbs import loaded
from symconv.geometry.arguments import Choice, Count, Flag, Kind, Mode, Padding, PerAxis, require_axes
from symconv.geometry.shapes import Geometry
from symconv.layers.adjoint import Adjoint
from symconv.layers.lazy import Lazy
from symconv.layers.plain import Plain
from symconv.layers.plain_axis import Change
from symconv.layers.plain_numpy import Array, Arrays
from symconv.printing.notation import USUAL, Notation
from symconv.views import ON_REQUEST, VIEWS, Direct, FullyConnected, LocallyConnected, Patches, View

if TYPE_CHECKING:
    from symconv.printing.tree import Node

AnyView = TypeVar("AnyView", bound=View)
AnyLayer = TypeVar("AnyLayer", bound="Layer")


OTHER_LETTERS = "FQRTYMBHAEZJIOU"
"""Letters of sizes if a tensor has the usual one."""
OPTIONAL_LETTERS = {"batch_size": "N", "divisor_override": "q"}
"""Letters of numbers that a layer may have or not."""


def _free_letters(letters: Iterable[str], notation: Any) -> dict[str, str]:
    """For each letter of a size itself, or a different one if a tensor of the notation has it."""
    usual = list(letters)
    names = set(notation.names) if isinstance(notation, Notation) else set()
    others = iter([one for one in OTHER_LETTERS if one not in {*names, *usual}])
    return {letter: next(others) if letter in names else letter for letter in usual}


@cache
def _constructor(kind: type[Layer]) -> Mapping[str, inspect.Parameter]:
    """The parameters of a kind's constructor."""
    return inspect.signature(kind).parameters


class Layer(Geometry):
    """A linear layer with local connections. ``views`` has its formulas; all of them compute the same."""

    GENERAL: ClassVar[Mapping[str, str]] = {}
    """Letters of the parameters in the general layer."""
    output_is: ClassVar[str] = ""
    """Which of the tensors that a sliding window joins the output is.

    "windows" if it has a place for every window, "image" if the windows lie on it, "rows" if it is the product with a
    ``matrix`` on every axis, empty for other layers. Spot checks of large layers compute single entries by it.
    """
    in_columns: ClassVar[bool] = False
    """Whether the windows' tensor has a channel for every element of the kernel and one axis for all windows."""
    spreads: ClassVar[bool] = False
    """Whether every input spreads over a window of outputs, as in the adjoint of a layer that reads windows."""
    axes_apart: ClassVar[bool] = False
    """Whether the weights read each axis on its own, from the channels of one group to those of the same group.

    Then the dense matrix is made axis by axis, as weight sharing of large layers needs.
    """
    inputs_first: ClassVar[bool] = False
    """Whether the weights list the input channels before the output channels."""
    in_networks: ClassVar[bool] = True
    """Whether a network can hold the layer, which needs an output for every example of the input."""
    convention: ClassVar[str] = ""
    """A convention that a reader should know, as a sentence without its stop."""

    @classmethod
    def general(cls: type[AnyLayer], ndim: int = 1, **given: Any) -> AnyLayer:
        """The layer with letters for its sizes and hyper-parameters, on 1 or more spatial axes.

        Letters: input n, kernel K, stride s, padding p, dilation d (numbered n1, n2, .. on several axes),
        channels C_in and C_out. Any argument of the layer may be given instead, such as
        ``groups=Symbol("G")`` or ``padding_mode="circular"``. Layers with a bias have one unless ``bias=False``. A
        letter that a tensor has in the notation is replaced.

        Raises:
            GeometryError: ``ndim`` is not a number of axes, or an argument cannot be used.
        """
        if isinstance(ndim, bool) or not isinstance(ndim, int) or ndim < 1:
            raise GeometryError(f"ndim={shown(ndim)}", "not a number of spatial axes", "use 1, 2, 3, ..")
        require_axes(ndim)
        arguments: dict[str, Any] = {"bias": True} if "bias" in cls.PARAMETERS else {}
        letters = _free_letters(cls.GENERAL.values(), given.get("notation"))
        empty = given.get("allow_empty") is True
        kinds = {name: cls.PARAMETERS[name] for name in cls.GENERAL}
        arguments.update(
            cls.related(
                {name: cls._letters(letters[cls.GENERAL[name]], kind, ndim, empty) for name, kind in kinds.items()}
            )
        )
        return cls(**{**arguments, **given})

    @classmethod
    def related(cls, letters: Mapping[str, Any]) -> Mapping[str, Any]:
        """The general layer's arguments, for a kind of which one must be a multiple of another."""
        return letters

    @classmethod
    def lazy(cls, **options: Any) -> Lazy:
        """The layer in a network, where the input's size and channels follow from the part before it.

        Args:
            options: the constructor's arguments but ``input_size``, ``in_channels`` (or ``channels``), ``batch_size``
                and ``notation``.

        Raises:
            GeometryError: the argument is unknown, or the input gives it.

        >>> from symconv import Conv
        >>> Conv.lazy(kernel_size=5, out_channels=6)
        Conv.lazy(kernel_size=5, out_channels=6)
        """
        return Lazy(cls, options)

    def symbols(self, role: str, layout: str | None = None) -> Any:
        """The entries of a tensor as exact symbols, with which a function of NumPy can compute.

        The entries are polynomials that add and multiply fast. Zeros that are made like such an array hold them too; to
        compare or to round them is an error. ``check_code`` runs a function on them.

        Args:
            role: "input", "weight", "bias", "grad_output" or "output".
            layout: the order of the axes, such as "HWIO"; PyTorch's by default.

        Returns:
            An array of objects, of PyTorch's shape (concrete shapes only), its axes in the order that is asked for.

        Raises:
            SymconvError: the layer has letters or no such tensor, or the layout is not one of it.

        >>> from symconv import Conv
        >>> conv = Conv((4, 4), (2, 3), in_channels=3, out_channels=8)
        >>> conv.symbols("weight").shape, conv.symbols("weight", layout="HWIO").shape
        ((8, 3, 2, 3), (2, 3, 3, 8))
        >>> x = conv.symbols("input")
        >>> (x[0, 0, 0] + x[0, 0, 1]) * 2 - x[0, 0, 0]
        Entry({(0,): 1, (1,): 2})
        """
        return loaded("symconv.programs.symbols:symbols_of")(self, role, layout)

    def family(self: AnyLayer) -> AnyLayer:
        """The general layer of this layer's kind, a letter for every size and for what this layer makes use of.

        >>> from symconv import Conv
        >>> Conv(5, 3, padding=((1, 2),), groups=2, in_channels=2, out_channels=2).family()
        Conv(n, K, in_channels=C_in, out_channels=C_out, stride=s, padding=((p_l, p_h),), dilation=d, groups=G)
        """
        given: dict[str, Any] = {"notation": self.notation}
        letters = _free_letters((*self.GENERAL.values(), "G", "l", *OPTIONAL_LETTERS.values()), self.notation)
        for name, kind in self.PARAMETERS.items():
            value = self.values[name]
            if isinstance(kind, (Flag, Mode, Choice)):
                given[name] = value
            elif name == "groups" and value != ONE:
                given[name] = sp.Symbol(letters["G"], integer=True, positive=True)
            elif name in OPTIONAL_LETTERS and value is not None:
                given[name] = self._letters(letters[OPTIONAL_LETTERS[name]], kind, self.ndim, self.allows_empty)
            elif name == "input_dilation" and value != (ONE,) * self.ndim:
                given[name] = self._letters(letters["l"], PerAxis(1), self.ndim)
            elif isinstance(kind, Padding) and not kind.plain:
                given.update(self._padding_letters())
        return type(self).general(self.ndim, **given)

    def _padding_letters(self) -> dict[str, Any]:
        """Letters for both ends where this layer's differ or crop; minus a letter if it crops."""
        sides = list(zip(*self.ends))
        crops = [any((value := end.value) is not None and value < 0 for end in side) for side in sides]
        if sides[0] == sides[1] and not any(crops):
            return {}
        low, high = (
            tuple(-letter if crop else letter for letter in self._letters(name, PerAxis(0), self.ndim))
            for name, crop in zip(("p_l", "p_h"), crops)
        )
        return {"padding": tuple(zip(low, high))}

    @staticmethod
    def _letters(letter: str, kind: Kind, ndim: int, empty: bool = False) -> Any:
        """One letter, or one for every axis; ``empty`` if sizes that may be 0 are 0 too."""
        least = kind.least if isinstance(kind, (PerAxis, Count)) and not (empty and kind.or_empty) else 0
        names = [letter] if ndim == 1 or isinstance(kind, Count) else [f"{letter}{axis + 1}" for axis in range(ndim)]
        made = tuple([Letter(name, least) for name in names])
        return made[0] if isinstance(kind, Count) else made

    def at(self: AnyLayer, /, **values: int) -> AnyLayer:
        """This layer with numbers for its symbols, by name.

        Raises:
            GeometryError: a symbol has no number, or the numbers do not describe a layer.
        """
        names = set(self.symbol_names)
        if set(values) != names:
            raise GeometryError(
                f"values for {', '.join(sorted(values)) or 'nothing'}",
                f"the layer's symbols are {', '.join(sorted(names)) or 'none'}",
                "give a whole number for each of them",
            )
        for name, value in values.items():
            if isinstance(value, bool) or not isinstance(value, (Integral, sp.Integer)):
                raise GeometryError(f"{name}={shown(value)}", "not a whole number", "give a whole number")
        return type(self)(**self.arguments({name: int(value) for name, value in values.items()}))

    def __repr__(self) -> str:
        return self.described()

    def described(self, without: Sequence[str] = ()) -> str:
        """The call that makes the layer, without some of its options."""
        shown, given = [], self.arguments()
        for name, parameter in _constructor(type(self)).items():
            if name in without:
                continue
            value = given[name]
            if isinstance(value, tuple) and len(value) == 1 and not isinstance(value[0], tuple):
                value = value[0]
            if parameter.default is parameter.empty:
                shown.append(str(value))
            elif not self.is_default(name):
                shown.append(f"{name}={value!r}" if isinstance(value, (str, Notation)) else f"{name}={value}")
        return f"{type(self).__name__}({', '.join(shown)})"

    @property
    def size_rule(self) -> str:
        """What the rule of the output's size counts that exercises ask for, "windows" or "overlaps"; empty for none."""
        return ""

    def is_default(self, name: str) -> bool:
        """Whether a parameter has the value that it has when it is not given."""
        value, default = self.arguments()[name], _constructor(type(self))[name].default
        return bool(value in (USUAL if name == "notation" else default, (default,) * self.ndim))

    def is_usual(self, name: str) -> bool:
        """Whether a parameter goes without saying, as it does if it has its default value."""
        return self.is_default(name)

    def used_arguments(self) -> dict[str, Any]:
        """What describes the layer to a reader, its sizes and every parameter that it makes use of."""
        used = {
            name: value
            for name, value in self.arguments().items()
            if name != "notation" and (name in self.GENERAL or name == "bias" or not self.is_default(name))
        }
        if "padding" in used and (self.is_concrete or self.pads.word is None):
            used["padding"] = self.padding
        return used

    def _repr_latex_(self) -> str:
        return self.direct.output._repr_latex_()

    # -- in words --------------------------------------------------------------------------------------

    def unread_in_words(self) -> str:
        """What of the input no output reads, as a sentence an axis; empty where all of it is read (concrete sizes).

        >>> from symconv import Conv
        >>> print(Conv(6, 3, stride=2).unread_in_words())
        axis 0: no output reads the input at index 5; no window reaches the last 1 of the padded input
        """
        lines = []
        for axis, (unread, leftover) in enumerate(zip(self.unread, self.leftover) if self.is_concrete else ()):
            parts = []
            if unread:
                numbers = [str(at) for at in unread[:6]] + ([f".. ({len(unread)} in all)"] if len(unread) > 6 else [])
                parts.append(f"no output reads the input at index {', '.join(numbers)}")
            if leftover and self.output_size[axis]:
                parts.append(f"no window reaches the last {leftover} of the padded input")
            if parts:
                lines.append(f"axis {axis}: " + "; ".join(parts))
        return "\n".join(lines)

    # -- the layer without formulas --------------------------------------------------------------------

    arithmetic: ClassVar[type[Plain] | None] = None
    """The layer by loops over whole numbers, with which exercises are compared, or None."""
    plain_method: ClassVar[str] = ""
    """How ``plain_output`` computes, in words that every language of the notes has; empty without one."""

    def plain_output(self, arrays: Arrays) -> Array:
        """The output without its bias in plain NumPy, for arrays with a batch axis (concrete sizes only).

        It must not share a formula with the views, since they are compared with it.
        """
        raise not_available("numbers by plain NumPy", self, "its class has no plain_output", "use prove(..)")

    def plain_sides(self, x: Array) -> Array:
        """On which side of every kink the numbers are, for an input with a batch axis; equal sides, no kink between."""
        return np.zeros(0)

    def plain(self, change: Change | None = None) -> Plain:
        """The layer by loops over whole numbers (concrete sizes only); ``change`` for the layer by a mistake."""
        self.require_concrete("plain arithmetic")
        return self.require_arithmetic("plain arithmetic")(self, change)

    def require_arithmetic(self, what: str) -> type[Plain]:
        """The class that computes this kind of layer by loops over whole numbers.

        Raises:
            SymconvError: the kind of layer, or its padding mode, has none.
        """
        if self.arithmetic is None:
            raise not_available(
                what, self, "its class has no arithmetic, by which answers are checked", "use prove(..)"
            )
        if self.extension.position is None:
            why = f"padding_mode={self.padding_mode!r} has no position=.. in its Extension"
            raise not_available(what, self, why, "use another padding mode")
        return self.arithmetic

    def slides(self, axis: int) -> tuple[int, int, int, int, int]:
        """The window on an axis, by kernel size, stride, dilation, padding before, and the distance of the inputs."""
        given = self.arguments()
        ends = self.padding[axis] if "padding" in given else 0
        kernel, stride, dilation, between = (
            int(given[name][axis]) if name in given else 1
            for name in ("kernel_size", "stride", "dilation", "input_dilation")
        )
        return kernel, stride, dilation, int(ends[0] if isinstance(ends, tuple) else ends), between

    def matrix(self, axis: int) -> Sequence[Sequence[Fraction]]:
        """What every input counts in every output of an axis, by plain arithmetic; for layers with such a matrix."""
        raise not_available("the matrix of an axis", self, "its windows slide", "use Interpolate or AdaptiveAvgPool")

    def averaged(self, places: Sequence[Array]) -> Array:
        """How many elements the windows at these places average, by plain arithmetic; for layers that average."""
        raise not_available("the number of averaged elements", self, "it averages nothing", "use AvgPool")

    def lacks_in_pytorch(self) -> str:
        """Why PyTorch does not have this layer, as a sentence; empty if ``run_in_pytorch`` has it."""
        return "its class has no run_in_pytorch"

    def run_in_pytorch(self, torch: Any, x: Any, w: Any, b: Any) -> Any:
        """The output by PyTorch's own functions, of an input with a batch axis, weights and biases (or None)."""
        raise not_available("PyTorch's result", self, self.lacks_in_pytorch(), "use prove(..)")

    def windows(self, axis: int) -> list[list[int]]:
        """The kernel offsets of every window of max pooling that are inside the input (concrete sizes only)."""
        raise not_available("the windows", self, "it does not choose elements of its input", "use MaxPool")

    def scale_latex(self) -> str:
        """What the fixed factor is, in LaTeX; for layers that have one."""
        from symconv.printing.latex import latex_of  # with the tree's nodes: only needed to print

        return latex_of(self.scale_tree())

    def scale_tree(self) -> Node:
        """What the fixed factor is, as a tree of mathematics; for layers that have one."""
        if not self.has_scale:
            raise not_available("the fixed factor", self, "it has none", "use AvgPool")
        values = {str(name).split("[")[0]: value for name, value in self.definitions.items()}
        from symconv.printing.formulas import formula_tree  # with the tree's nodes: only needed to print

        return formula_tree(values[self.notation.scale])

    def away_from_kinks(self, x: Array, generator: np.random.Generator) -> Array:
        """An input like ``x``, whose entries can change by 1 (floats by 1/10) without passing a kink."""
        return x

    def chosen(self, x: Array) -> dict[str, Array]:
        """The tensors that follow from the input without a formula, by name; the switch of max pooling."""
        return {}

    @property
    def adjoint(self) -> Layer | Adjoint:
        """The transpose of the layer's linear part; a layer if there is one for it.

        Its input has the shape of this layer's output, and its output is what ``grad_input`` is.

        >>> from symconv import ConvTranspose, Upsample
        >>> type(ConvTranspose(3, 2, stride=2).adjoint).__name__
        'Conv'
        >>> Upsample(2, 2).adjoint.output.array()
        [[delta1 + delta2, delta3 + delta4]]
        """
        return Adjoint(self)

    # -- views ---------------------------------------------------------------------------------------

    @cached_property
    def views(self) -> Mapping[str, View]:
        """All views by name; each is an attribute of the layer too, by its name."""
        return FrozenMapping({view.name: view(self) for view in self.view_kinds()})

    @classmethod
    def view_kinds(cls) -> tuple[type[View], ...]:
        """The views that this kind of layer has."""
        return tuple(VIEWS.values())

    if not TYPE_CHECKING:  # a name that is not a view is an error of types

        def __getattr__(self, name: str) -> View:
            """A view that is registered and has no property of its own."""
            if name in VIEWS and VIEWS[name] in type(self).view_kinds():
                return self.views[name]
            if name in ON_REQUEST:
                if why := ON_REQUEST[name].why_not(self):
                    raise ViewError(f"the view {name} of {self!r}"[:300], why, "use another view, or another layer")
                return ON_REQUEST[name].of(self)
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @cached_property
    def views_on_request(self) -> Mapping[str, View]:
        """Views that are not among ``views``, such as a step between two of them and fast algorithms, by name.

        Each is an attribute of the layer too. Of a view that takes arguments it is the one without any.
        """
        names = [name for name, kind in ON_REQUEST.items() if not kind.why_not(self)]
        return LazyMapping(names, lambda name: ON_REQUEST[name](self))

    @property
    def locally_connected(self) -> LocallyConnected:
        """A fully connected layer that is sparse, before weights are shared."""
        view = self.views_on_request["locally_connected"]
        assert isinstance(view, LocallyConnected)
        return view

    @property
    def direct(self) -> Direct:
        """The sliding sum."""
        return self._view("direct", Direct)

    @property
    def fully_connected(self) -> FullyConnected:
        """A fully connected layer with shared weights."""
        return self._view("fully_connected", FullyConnected)

    @property
    def patches(self) -> Patches:
        """One shared small network over patches."""
        return self._view("patches", Patches)

    def _view(self, name: str, kind: type[AnyView]) -> AnyView:
        view = self.views[name]
        assert isinstance(view, kind)
        return view

    # -- symbols -------------------------------------------------------------------------------------

    @cached_property
    def input(self) -> sp.Array:
        """The input's symbols, of ``input_shape``. Concrete sizes only."""
        return symbols_of(self.notation.input, self.input_layout, self)

    @cached_property
    def weight(self) -> sp.Array:
        """The weights' symbols, of ``weight_shape``. Concrete sizes only."""
        self.require("weight")
        return symbols_of(self.notation.weight, self.weight_layout, self)

    @cached_property
    def bias(self) -> sp.Array:
        """The biases' symbols, of ``bias_shape``. Concrete sizes only."""
        self.require("bias")
        return symbols_of(self.notation.bias, self.bias_layout, self)

    @cached_property
    def grad_output(self) -> sp.Array:
        """The symbols of dL/d output, of ``output_shape``. Concrete sizes only."""
        return symbols_of(self.notation.grad_output, self.output_layout, self)


def require_layer(layer: object, what: str) -> None:
    """An error where something else was passed for a layer."""
    if not isinstance(layer, Layer):
        raise SymconvError(f"{what} of {shown(layer)}"[:200], "not a layer", "pass one, such as Conv(3, 2)")


def not_available(what: str, layer: Any, why: str, right: str) -> SymconvError:
    """The error where a kind of layer does not have a part."""
    return SymconvError(f"{what} of {layer!r}", f"not available for {type(layer).__name__}: {why}", right)
