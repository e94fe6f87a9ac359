"""A convolution's formulas in sliding windows: padding, windows with their steps, one einsum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from symconv.algebra.polynomial import ONE, Polynomial
from symconv.formulas.tensor_formula import TensorFormula
from symconv.layers import Layer
from symconv.programs.write_parts import Sizes, function, named, not_written, number, tensors_of, wrapped

OUTPUT, KERNEL = "ijl", "kab"
"""Letters of the axes in einsum."""


def has_windows(formula: TensorFormula) -> bool:
    """Whether the formula is one of a convolution with zero padding, and without groups."""
    layer = formula.geometry
    return (
        isinstance(layer, Layer)
        and layer.is_convolution
        and layer.padding_mode == "zeros"
        and not layer.flip
        and layer.fixed_kernel is None
        and layer.G == ONE
        and layer.ndim <= len(OUTPUT)
        and all(scheme.l == ONE and _not_negative(layer, scheme.low, scheme.high) for scheme in layer.schemes)
        and any(formula == getattr(layer.views[view], of) for of in layer.quantities for view in ("direct",))
    )


def _not_negative(layer: Layer, *numbers: Polynomial) -> bool:
    return all(layer.assumptions.implies(one) for one in numbers)


def windows(formula: TensorFormula, name: str, library: str) -> str:
    """The text of a function that computes a formula by windows.

    Raises:
        SymconvError: the formula is not one of a plain convolution's direct view.
    """
    if not has_windows(formula):
        raise not_written(formula, "it is not one of a plain convolution with zero padding, in its direct view")
    layer = formula.geometry
    assert isinstance(layer, Layer)
    of = next(of for of in layer.quantities if formula == getattr(layer.direct, of))
    return _Writer(formula, layer, library).text(of, name)


@dataclass
class _Writer:
    formula: TensorFormula
    layer: Layer
    library: str

    def __post_init__(self) -> None:
        g, names = self.layer, self.layer.notation
        self.x, self.w, self.b, self.g = map(named, (names.input, names.weight, names.bias, names.grad_output))
        self.batch = "" if g.batch is None else "n"
        self.first = len(self.batch) + 1
        """The number of dimensions before the spatial ones."""
        self.out, self.ker = OUTPUT[: g.ndim], KERNEL[: g.ndim]
        self.is_numpy = self.library == "numpy"

    def text(self, of: str, name: str) -> str:
        """The function of a quantity."""
        writers: dict[str, Callable[[], list[str]]] = {
            "output": self._output, "grad_weight": self._grad_weight, "grad_input": self._grad_input,
            "grad_bias": self._grad_bias,
        }  # fmt: skip
        lines = writers[of]()
        text = " ".join(lines)
        sizes = Sizes(self.formula)
        tensors = tensors_of(self.formula)
        if of == "output":
            names = self.layer.notation
            tensors.sort(key=[names.input, names.weight, names.bias].index)
        letters = {*self.layer.symbol_names, *self.layer.assumptions.definitions}
        used = {one for one in letters if _uses(text, named(one))}
        sizes.from_shapes(tensors, used)
        sizes.define(sorted(used))
        functional = any("F.pad" in line for line in lines)
        return function(name, sizes.parameters(tensors), [*sizes.lines, *lines], self.library, functional)

    # -- quantities ----------------------------------------------------------------------------------

    def _output(self) -> list[str]:
        product = self._einsum(
            f"oc{self.ker}", self.w, f"{self.batch}c{self.out}{self.ker}", "windows", f"{self.batch}o{self.out}"
        )
        bias = f" + {self.b}[{', '.join([':', *['None'] * self.layer.ndim])}]" if self.layer.bias_term else ""
        return [*self._windows(), f"return {product}{bias}"]

    def _grad_weight(self) -> list[str]:
        given, read = f"{self.batch}o{self.out}", f"{self.batch}c{self.out}{self.ker}"
        return [*self._windows(), f"return {self._einsum(given, self.g, read, 'windows', f'oc{self.ker}')}"]

    def _grad_bias(self) -> list[str]:
        axes = [at for at in range(self.first + self.layer.ndim) if at != self.first - 1]
        word = "axis" if self.is_numpy else "dim"
        return [f"return {self.g}.sum({word}=({', '.join(map(str, axes))}{',' if len(axes) == 1 else ''}))"]

    def _grad_input(self) -> list[str]:
        g = self.layer
        result = named(str(self.formula.quantity))
        shape = [*([number(g.batch)] if g.batch is not None else []), number(g.C_in)]
        shape += [number(scheme.n + scheme.low + scheme.high) for scheme in g.schemes]
        zeros = "np.zeros" if self.is_numpy else "torch.zeros"
        kind = "" if self.is_numpy else f", dtype={self.w}.dtype"
        lines = [f"{result} = {zeros}(({', '.join(shape)}){kind})"]
        offsets = [named(axis.letter) for axis in g.kernel_offsets]
        for at, (letter, scheme) in enumerate(zip(offsets, g.schemes)):
            lines.append("    " * at + f"for {letter} in range({number(scheme.K)}):")
        inner = "    " * g.ndim
        cuts = []
        for axis, scheme, m in zip(g.kernel_offsets, g.schemes, g.m):
            start = scheme.d * Polynomial.name(axis.letter)
            end = start + scheme.s * (m - 1) + 1
            step = "" if scheme.s == ONE else f":{number(scheme.s)}"
            cuts.append(f"{number(start)}:{number(end)}{step}")
        before = ", ".join([":"] * self.first)
        kernel = f"{self.w}[:, :, {', '.join(offsets)}]"
        given, result_letters = f"{self.batch}o{self.out}", f"{self.batch}c{self.out}"
        product = self._einsum(given, self.g, "oc", kernel, result_letters)
        lines.append(f"{inner}{result}[{before}, {', '.join(cuts)}] += {product}")
        kept = [f"{number(scheme.low)}:{number(scheme.low + scheme.n)}" for scheme in g.schemes]
        return [*lines, f"return {result}[{before}, {', '.join(kept)}]"]

    # -- parts ---------------------------------------------------------------------------------------

    def _windows(self) -> list[str]:
        """The padded input, and its windows with their steps."""
        g = self.layer
        lines = []
        ends = [(number(scheme.low), number(scheme.high)) for scheme in g.schemes]
        if any(end != ("0", "0") for end in ends):
            if self.is_numpy:
                pads = ", ".join([*["(0, 0)"] * self.first, *(f"({low}, {high})" for low, high in ends)])
                lines.append(f"{self.x} = np.pad({self.x}, ({pads}))")
            else:
                flat = ", ".join(end for pair in reversed(ends) for end in pair)
                lines.append(f"{self.x} = F.pad({self.x}, ({flat}))")
        spans = [
            number(scheme.d * (scheme.K - 1) + 1) if scheme.d == ONE else _span(scheme.d, scheme.K)
            for scheme in g.schemes
        ]
        axes = range(self.first, self.first + g.ndim)
        steps = [[":"] * self.first, *([] for _ in range(2))]
        strides = [":" if scheme.s == ONE else f"::{number(scheme.s)}" for scheme in g.schemes]
        gaps = [":" if scheme.d == ONE else f"::{number(scheme.d)}" for scheme in g.schemes]
        if self.is_numpy:
            comma = "," if g.ndim == 1 else ""
            made = (
                f"np.lib.stride_tricks.sliding_window_view({self.x}, ({', '.join(spans)}{comma}), "
                f"axis=({', '.join(map(str, axes))}{comma}))"
            )
            cut = [*steps[0], *strides, *gaps]
        else:
            made = self.x + "".join(
                f".unfold({axis}, {span}, {number(scheme.s)})" for axis, span, scheme in zip(axes, spans, g.schemes)
            )
            cut = [*steps[0], *[":"] * g.ndim, *gaps]
        index = "" if set(cut) == {":"} else f"[{', '.join(cut)}]"
        return [*lines, f"windows = {made}{index}"]

    def _einsum(self, one: str, first: str, other: str, second: str, result: str) -> str:
        library = "np" if self.is_numpy else "torch"
        return f'{library}.einsum("{one},{other}->{result}", {first}, {second})'


def _span(d: Polynomial, K: Polynomial) -> str:
    """How far a kernel reaches."""
    return (
        f"{wrapped(number(d))} * {wrapped(number(K - 1))} + 1"
        if (d * (K - 1)).value is None
        else number(d * (K - 1) + 1)
    )


def _uses(text: str, name: str) -> bool:
    """Whether a text has a name as a word."""
    words = "".join(one if one.isalnum() or one == "_" else " " for one in text).split()
    return name in words
