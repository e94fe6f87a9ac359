"""The geometry of a layer: which input is read at which output with which kernel offset, and what shapes follow.

Every layer here is one scheme, on each spatial axis. The input of n elements is dilated to
e = l (n - 1) + 1 elements and extended beyond its ends; output i with kernel offset k reads position

    q = s i + d k - low      (K - 1 - k in place of k if the kernel is flipped)

of that, for 0 <= i < m, where m = floor((e + low + high - d (K - 1) - 1) / s) + 1 (Dumoulin and Visin
2016, relationship 6, with dilation and uneven padding). Channels come in G groups that do not see each other.

``Geometry`` has the axes and shapes that follow and knows no formula. The numbers are in ``hyperparameters.py``;
what users pass, and how it becomes this scheme, is each layer's own (``layers/``).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import sympy as sp

from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS, require_terms
from symconv.algebra.declared import Index
from symconv.algebra.extent import about
from symconv.algebra.forms import fresh
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.errors import SizeLimitError, SymconvError
from symconv.foundations.later import np, npt
from symconv.foundations.values import cached_property
from symconv.geometry.arguments import Number
from symconv.geometry.axes import Axis, Layout, axes_of
from symconv.geometry.axis_map import AxisScheme
from symconv.geometry.hyperparameters import Hyperparameters
from symconv.geometry.padding import Branch
from symconv.geometry.symbols import Fixed

EXTENDED = 50
"""Finding an element beyond the input's ends takes about 50 times as long."""
MOST_BRANCHES = 100
"""Padding that repeats the input makes a sum of at most 100 cases."""
Branches = tuple[tuple[Branch, ...], ...]
"""What is read at a position: in every combination a branch of the extension on each axis."""


class Geometry(Hyperparameters):
    """A layer's tensors: which there are, their axes, shapes and layouts."""

    @abstractmethod
    def at(self, /, **values: int) -> Geometry:
        """This layer with numbers for its symbols, by name."""

    @classmethod
    def for_input(cls, channels: Any, size: Sequence[Any], options: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments that an input of this shape gives, beside the options of the layer."""
        return {"input_size": size, "in_channels" if "in_channels" in cls.PARAMETERS else "channels": channels}

    @property
    def fixed_kernel(self) -> sp.Expr | None:
        """What stands in the place of the weights, if the layer has none to learn."""
        return None

    @property
    def scale_layout(self) -> Layout | None:
        """Axes of the fixed factor that multiplies every output, if there is one."""
        return None

    @property
    def scale_divisor(self) -> Polynomial | None:
        """What the fixed factor is 1 over, if there is one and it is the same for all outputs."""
        return None

    @property
    def divisor_numbers(self) -> dict[str, list[Polynomial]]:
        """What a theorem file says of what the fixed factor is 1 over, if that is not the size of the kernel."""
        return {}

    @property
    def fixed(self) -> dict[str, Fixed]:
        return {} if self.scale_layout is None else {self.notation.scale: _Scale(self)}

    @property
    def switch_layout(self) -> Layout | None:
        """Axes of the indicator of chosen elements, if there is one."""
        return None

    @property
    def tied_names(self) -> frozenset[str]:
        return frozenset() if self.switch_layout is None else frozenset((self.notation.switch,))

    @property
    def quantities(self) -> tuple[str, ...]:
        """What every view has, the output and the derivatives with respect to what the layer has."""
        weight = ("grad_weight",) if self.fixed_kernel is None else ()
        return ("output", *weight, "grad_input", *(("grad_bias",) if self.bias_term else ()))

    def require(self, quantity: str) -> None:
        """Raise if the layer has no weight or no bias to speak of."""
        if quantity == "weight" and self.fixed_kernel is not None:
            raise SymconvError(f"the weight of {self!r}", "it has no weights to learn", "use its output and grad_input")
        if quantity == "bias" and not self.bias_term:
            raise SymconvError(f"the bias of {self!r}", "the layer has no bias", "pass bias=True")

    @property
    def reading_order(self) -> tuple[str, ...]:
        """Tensors in the order in which a product is read."""
        names = self.notation
        order = (names.scale, names.grad_output, names.switch, names.dense_weight, names.local_weight, names.weight)
        read = (names.patch, names.input)
        at = order.index(names.dense_weight)
        return (*order, *read) if names.factors == "w x" else (*order[:at], *read, *order[at:])

    # -- shapes ----------------------------------------------------------------------------------------

    def shape_of(self, layout: Layout) -> tuple[Number, ...]:
        """The shape of a tensor, in PyTorch's dimensions; ints if they are known."""
        whole = {self.G * self.c_in: self.C_in, self.G * self.c_out: self.C_out}
        products = [prod((axis.size for axis in dimension), start=ONE) for dimension in layout]
        return self.written(whole.get(size, size) for size in products)

    @property
    def input_shape(self) -> tuple[Number, ...]:
        """The input's shape, (in_channels, *input_size), a batch in front."""
        return self.shape_of(self.input_layout)

    @property
    def weight_shape(self) -> tuple[Number, ...]:
        """The weights' shape, for a convolution (out_channels, in_channels / groups, *kernel_size)."""
        return self.shape_of(self.weight_layout)

    @property
    def bias_shape(self) -> tuple[Number, ...]:
        """The bias's shape, (out_channels,)."""
        return self.shape_of(self.bias_layout)

    @property
    def output_shape(self) -> tuple[Number, ...]:
        """The output's shape, (out_channels, *output_size), a batch in front."""
        return self.shape_of(self.output_layout)

    @property
    def largest_tensor(self) -> int:
        """How many elements the largest of input, padded input, kernel and output has (concrete sizes only)."""
        axes = prod(max(int(a.padded.value or 0), int(a.dilated.value or 0)) for a in self.schemes)
        channels, examples = int(self.C_in.value or 1), int((self.batch or ONE).value or 1)
        kernel = prod(int(a.K.value or 1) for a in self.schemes) * channels
        shapes = [self.output_shape, *((self.weight_shape,) if self.fixed_kernel is None else ())]
        return max(axes * channels * examples, kernel, *(prod(map(int, shape)) for shape in shapes))

    def require_entries(self, what: str) -> None:
        """That the output has an entry, or may have one (sizes with symbols).

        Raises:
            SymconvError: it has not.
        """
        if 0 in self.output_shape:
            wrong = f"the output's shape is {self.output_shape}, which has no entry to show"
            raise SymconvError(f"{what} of {self!r}", wrong, "use the general layer, layer.family(), or other sizes")

    def require_elements(self, most: int, what: str) -> None:
        """That input, padded input, kernel and output have no more elements than that (concrete sizes only).

        Raises:
            SizeLimitError: one of them has.
        """
        self.require_concrete(what)
        if (count := self.largest_tensor) > most:
            wrong, right = f"it has a tensor of about {about(count)} elements", "use smaller sizes, or general formulas"
            raise SizeLimitError(f"{what} of {self!r}", wrong, f"the limit is {most:,}; {right}")

    # -- what is lost --------------------------------------------------------------------------------

    @property
    def leftover(self) -> tuple[Number, ...]:
        """On every axis, how many elements at the end of the padded input no window reaches.

        (e + low + high - d (K - 1) - 1) mod s: zero where the division in the output's size is exact. All of them if
        no window fits.
        """
        return self.written(
            scheme.padded if m.value == 0 else scheme.room - scheme.s * (m - 1)
            for scheme, m in zip(self.schemes, self.m)
        )

    @property
    def unread(self) -> tuple[tuple[int, ...], ...]:
        """On every axis, the input indices that no output reads (concrete sizes only).

        An input is read where on every axis its index is read. Its derivative is zero if it is not: at
        the end where elements are left over, and between windows or kernel elements that are far apart.
        """
        self.require_concrete("the unread inputs")
        return tuple(self._unread(axis) if m.value else self._all_inputs(axis) for axis, m in enumerate(self.m))

    def _all_inputs(self, axis: int) -> tuple[int, ...]:
        size = int(self.schemes[axis].n.value or 0)
        require_terms(size, DEFAULT_MAX_TERMS, f"the unread inputs of {self!r}")
        return tuple(range(size))

    def _unread(self, axis: int) -> tuple[int, ...]:
        scheme, m = self.schemes[axis], int(self.m[axis].value or 0)
        n, K, s, d, l, low = (  # noqa: E741
            int(number.value or 0) for number in (scheme.n, scheme.K, scheme.s, scheme.d, scheme.l, scheme.low)
        )
        r, e = sp.Symbol("r", integer=True), l * (n - 1) + 1
        require_terms(n + m * K, DEFAULT_MAX_TERMS, f"the unread inputs of {self!r}")
        positions = {s * i + d * k - low for i in range(m) for k in range(K)}
        read = {q for q in positions if 0 <= q < e}
        beyond = positions - read if self.padding_mode != "zeros" else ()
        require_terms(EXTENDED * len(beyond), DEFAULT_MAX_TERMS, f"the unread inputs of {self!r}")
        for q in beyond:
            for branch in self.extension.branches(sp.Integer(q), sp.Integer(e), r):
                if branch.condition == sp.true:
                    wraps = range(-(abs(q) // e) - 1, abs(q) // e + 2) if branch.summed else (0,)
                    read.update(int(branch.index.subs(r, wrap)) for wrap in wraps)
        return tuple(j for j in range(n) if l * j not in read)

    # -- axes ----------------------------------------------------------------------------------------

    def axes(self, role: str, sizes: tuple[Polynomial, ...], taken: Iterable[Axis] = ()) -> tuple[Axis, ...]:
        """Axes with the letter of their role, numbered if there are several."""
        letter = self.notation.letter_of(role)
        names = [letter] if len(sizes) == 1 else [f"{letter}{at + 1}" for at in range(len(sizes))]
        others = self.taken_names | {axis.letter for axis in taken}
        return tuple(Axis(fresh(name, others), size) for name, size in zip(names, sizes))

    def _counted(self, role: str, count: Polynomial, taken: Iterable[Axis] = ()) -> tuple[Axis, ...]:
        """An axis for channels, groups or examples; none if there is just one of them."""
        return () if count == ONE else self.axes(role, (count,), taken)

    @cached_property
    def batch_axes(self) -> tuple[Axis, ...]:
        """The axis of examples; none without a batch."""
        return () if self.batch is None else self._counted("batch", self.batch)

    @cached_property
    def group_axes(self) -> tuple[Axis, ...]:
        """The axis of groups; none for one group."""
        return self._counted("group", self.G)

    @cached_property
    def input_groups(self) -> tuple[Axis, ...]:
        """The groups again if input and output are joined, since a dense layer joins all of them."""
        return self._counted("group", self.G, self.group_axes)

    @cached_property
    def output_channels(self) -> tuple[Axis, ...]:
        """The channels of one group."""
        return self._counted("output channel", self.c_out)

    @cached_property
    def input_channels(self) -> tuple[Axis, ...]:
        """The channels of one group."""
        return self._counted("input channel", self.c_in)

    @cached_property
    def output_positions(self) -> tuple[Axis, ...]:
        """The output's spatial axes."""
        return self.axes("output", self.m)

    @cached_property
    def input_positions(self) -> tuple[Axis, ...]:
        """The input's spatial axes."""
        return self.axes("input", tuple(scheme.n for scheme in self.schemes))

    @cached_property
    def kernel_offsets(self) -> tuple[Axis, ...]:
        """The kernel's spatial axes."""
        return self.axes("kernel", tuple(scheme.K for scheme in self.schemes))

    @cached_property
    def read_positions(self) -> tuple[Polynomial, ...]:
        """The position s i + d k - low on every axis, which output i reads with kernel offset k."""
        return self.positions(self.schemes, self.flip)

    def positions(self, schemes: Sequence[AxisScheme], flip: bool) -> tuple[Polynomial, ...]:
        """The same for other numbers than this layer's, with this layer's indices."""
        positions = []
        for scheme, i, k in zip(schemes, self.output_positions, self.kernel_offsets):
            at, offset = Polynomial.name(i.letter), Polynomial.name(k.letter)
            positions.append(scheme.s * at + scheme.d * (scheme.K - 1 - offset if flip else offset) - scheme.low)
        return tuple(positions)

    def branches(self, schemes: tuple[AxisScheme, ...], flip: bool) -> Branches:
        """What the extension reads at these positions, one branch an axis, in every combination."""
        is_own = schemes is self.schemes and flip == self.flip
        return self.branches_at(self.read_positions if is_own else self.positions(schemes, flip))

    def branches_at(self, positions: tuple[Polynomial, ...]) -> Branches:
        """The same at any positions of the extended input, one on every axis."""
        if positions not in self._branches:

            def number(polynomial: Polynomial) -> Index:
                return Index(polynomial, self.stage_writer)

            axes = zip(map(number, positions), self.schemes, self.wraps)
            read = [
                self.extension.branches(q, number(scheme.dilated), number(Polynomial.name(wrap.letter)))
                for q, scheme, wrap in axes
            ]
            if (count := prod(map(len, read))) > MOST_BRANCHES:
                wrong = f"an output is a sum of {count:,} cases, those of every axis in all combinations"
                right = f'the limit is {MOST_BRANCHES}; use fewer axes, or padding_mode="zeros"'
                raise SizeLimitError(f'padding_mode="{self.padding_mode}" on {self.ndim} axes', wrong, right)
            self._branches[positions] = tuple(product(*read))
        return self._branches[positions]

    @cached_property
    def _branches(self) -> dict[tuple[Polynomial, ...], Branches]:
        return {}

    @cached_property
    def wraps(self) -> tuple[Axis, ...]:
        """Indices for an extension to sum over; their size has no meaning."""
        return self.axes("wrap", (ONE,) * self.ndim)

    # -- one example ---------------------------------------------------------------------------------

    @property
    def example_shape(self) -> tuple[int, ...]:
        """The shape of the inputs that the outputs of one example can read (numbers only)."""
        return tuple(int(size) for size in self.input_shape[len(self.batch_dimension) :])

    @property
    def examples_apart(self) -> bool:
        """Whether the elements of one example do not lie side by side in the input (numbers only)."""
        return False

    def in_example(self, index: tuple[int, ...]) -> tuple[int, ...]:
        """The index in ``example_shape`` of an element of the input."""
        return index[len(self.batch_dimension) :]

    # -- layouts -------------------------------------------------------------------------------------

    @property
    def batch_dimension(self) -> Layout:
        """The dimension of examples, first in every shape; none without a batch."""
        return () if self.batch is None else (self.batch_axes,)

    @cached_property
    def input_layout(self) -> Layout:
        """The axes that each dimension of the input is made of."""
        return (*self.batch_dimension, self.group_axes + self.input_channels, *separate(self.input_positions))

    def as_in_input(self, *axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
        """Axes of the input, in its own order; ``input_groups`` stand for the groups."""
        return tuple(sorted(axes_of(axes), key=self._places_in_input.__getitem__))

    @cached_property
    def _places_in_input(self) -> dict[Axis, int]:
        order = {axis: at for at, axis in enumerate(axes_of(self.input_layout))}
        return order | {other: order[axis] for axis, other in zip(self.group_axes, self.input_groups)}

    @cached_property
    def weight_layout(self) -> Layout:
        """The axes that each dimension of the weights is made of."""
        return (self.group_axes + self.output_channels, self.input_channels, *separate(self.kernel_offsets))

    @property
    def bias_layout(self) -> Layout:
        """The axes that each dimension of the bias is made of."""
        return (self.group_axes + self.output_channels,)

    @cached_property
    def output_layout(self) -> Layout:
        """The axes that each dimension of the output is made of."""
        return (*self.batch_dimension, self.group_axes + self.output_channels, *separate(self.output_positions))


@dataclass(frozen=True)
class _Scale:
    """The fixed factor of a layer."""

    layer: Geometry

    @property
    def names(self) -> Iterable[str]:
        return self.layer.symbol_names

    def at(self, values: Mapping[str, int]) -> npt.NDArray[np.object_]:
        concrete = self.layer.at(**{name: values[name] for name in self.layer.symbol_names})
        factors = concrete.constants[self.layer.notation.scale]
        layout = self.layer.scale_layout or ()  # where the numbers make all factors one, they still have these axes
        return np.broadcast_to(factors, [int(axis.size.evaluate(values)) for axis in axes_of(layout)])

    def renamed(self, values: Mapping[str, Polynomial]) -> _Scale:
        return self


def separate(axes: Iterable[Axis]) -> Layout:
    """Every axis a dimension of its own."""
    return tuple((axis,) for axis in axes)
