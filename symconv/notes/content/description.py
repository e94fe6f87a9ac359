"""What the notes say of a layer before anything is proved: its names, tables, sizes and definitions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from symconv.algebra.assumptions import Floor, Maximum
from symconv.algebra.forms import fresh
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.formulas.tensor_formula import TensorFormula
from symconv.geometry.axes import axes_of
from symconv.geometry.axis_map import AxisScheme
from symconv.notes.build.line_breaks import Cells, broken
from symconv.notes.build.templates import Said, enumerated, sentence, together
from symconv.notes.content.entries import FEW, Entries
from symconv.notes.content.sharing import Matrix, matrix_of, patch_count, weights_by_position
from symconv.notes.content.symbols import symbol_rows
from symconv.printing.authored import read
from symconv.printing.formulas import size_tree
from symconv.printing.mathematics import index
from symconv.printing.names import name_of
from symconv.printing.notation import Notation
from symconv.printing.parts import (
    THICK,
    THIN,
    Fence,
    Given,
    Scripts,
    bracketed,
    equation,
    joined,
    line,
    listed,
    transposed,
    words,
)
from symconv.printing.quantity import Quantity
from symconv.printing.tensors import TensorNodes
from symconv.printing.tree import Added, Negative, Node, Number, Operator, Product, Quotient
from symconv.views import View

SIGNED = {"stride": "s", "padding": "p", "padding_mode": "", "dilation": "d", "input_dilation": "l", "groups": "G"}
"""Parameters that stand below the sign of a convolution, with the letters that stand for them."""

TOLD = ("direct", "fully_connected", "patches")
"""The views about which the texts say something; of others they show the formulas."""


class Description(Entries):
    """The pieces of the notes that describe a layer. Mathematics are nodes, and lines of them."""

    # -- notation ------------------------------------------------------------------------------------

    @property
    def operation(self) -> Said:
        """h = X * w, and which operation the sign stands for, as a sentence; empty for other layers.

        The sign has the layer's stride, padding, dilation and groups below it, and the sentence says what they are.
        """
        conv = self.conv
        if not conv.is_convolution:
            return self._kind_remark
        names, given = conv.notation, conv.arguments()
        below, plain = self._settings(), convolution_sign(names)
        sign = Scripts(plain, joined(below, ",", THIN)) if below else plain
        output, read, weight = map(self.tensor, (names.output, names.input, names.weight))
        product = line(read, sign, weight)
        formula = equation(output, Added((product, self.tensor(names.bias))) if conv.bias_term else product)
        settings = [
            self._setting(name, value)
            for name, value in conv.used_arguments().items()
            if name in SIGNED and not conv.is_default(name)
        ]
        key = "sign.convolution" if given["flip"] else "sign.cross_correlation"
        meant = sentence(self.words, key, formula=formula, sign=sign)
        more = sentence(self.words, "sign.with", settings=self.enumerated(settings)) if settings else ""
        return together(meant, more, ".")

    def _setting(self, name: str, value: Any) -> Said:
        """A number with its name: stride 2, 3 groups, circular padding."""
        if name == "groups":
            return sentence(self.words, "sign.groups", value=self._sizes([value]))
        if name == "padding_mode":
            return self.words("sign.padding_mode", value=self.words.get(f"sign.mode.{value}", str(value)))
        return together(f"{self.words.get(f'parameter.{name}', name)} ", self._parameter(value))

    def enumerated(self, items: Sequence[Said]) -> Said:
        """The items with commas, and "and" before the last."""
        if len(items) < 2:
            return together(*items)
        return together(enumerated(items[:-1]), f" {self.words('and')} ", items[-1])

    @property
    def _kind_remark(self) -> str:
        """What a kind of layer computes, such as a mean; nothing if padding or a divisor make it something else."""
        plain = all(axis.low.value == axis.high.value == 0 for axis in self.conv.schemes)
        if not plain or self.conv.arguments().get("divisor_override") is not None:
            return ""
        return self.words.get(f"remark.{type(self.conv).__name__}", "")

    def _settings(self) -> list[Node]:
        """What stands below the sign: s = 2, p = 1, or letters alone."""
        conv = self.conv
        parts: list[Node] = []
        for name, letter in SIGNED.items():
            if name not in conv.PARAMETERS or conv.is_default(name):
                continue
            value = conv.used_arguments()[name]
            if isinstance(value, str):
                parts.append(name_of(letter) if name != "padding_mode" else words(value))
            else:
                has_letters = any(not isinstance(size, int) for size in flattened(value))
                settled = self._settled(value, has_letters)
                parts.append(settled if has_letters else equation(name_of(letter), settled))
        return parts

    def _settled(self, value: Any, has_letters: bool) -> Node:
        """One number for all axes, or one for each."""
        values = list(value) if isinstance(value, tuple) else [value]
        nodes = [bracketed(listed(map(size_tree, one))) if isinstance(one, tuple) else size_tree(one) for one in values]
        if len(set(nodes)) == 1:
            return nodes[0]
        return listed(nodes) if has_letters else bracketed(listed(nodes))

    @property
    def product(self) -> Said:
        """h = X v, or h = v^T X: the dense layer as one product, as a sentence."""
        product = multiplied(self.tensor, self.conv.bias_term)
        return sentence(self.words, f"product.{self.conv.notation.vectors}", product=product)

    @property
    def matrix_words(self) -> str:
        """What runs down and what across in the dense layer's matrix."""
        return self.words(f"matrix.{self.conv.notation.vectors}")

    @property
    def dense_name(self) -> Node:
        return self.tensor(self.conv.notation.dense_weight)

    @property
    def dense_matrix(self) -> Node:
        """v = [..], or v^T = [..] where vectors are columns."""
        matrix = self.oriented(self.conv.fully_connected.shared_weight)
        return equation(self._oriented_name(self.dense_name), matrix)

    @property
    def dense_shape(self) -> tuple[Any, ...]:
        """Rows and columns of the matrix as it is shown."""
        shape = self.conv.fully_connected.shared_weight.shape
        return shape if self.conv.notation.vectors == "row" else shape[::-1]

    def oriented(self, formula: TensorFormula) -> Node:
        """A matrix of all inputs and outputs, turned as the notation wants it."""
        if self.conv.notation.vectors == "row":
            return self.matrix(formula)
        turned = formula.layout[::-1]
        return self.matrix(TensorFormula(formula.quantity, formula.form, turned, formula.geometry, formula.layouts))

    def _oriented_name(self, name: Node) -> Node:
        return name if self.conv.notation.vectors == "row" else transposed(name)

    # -- the layer -----------------------------------------------------------------------------------

    @property
    def kind(self) -> str:
        return self.words.kind("kind", type(self.conv).__name__)

    @property
    def a_layer(self) -> str:
        """The kind of layer with its article."""
        return self.words.kind("a_layer", type(self.conv).__name__)

    @property
    def method(self) -> str:
        """How the spot checks' own forward pass computes the layer."""
        return self.words.get(f"against.{self.conv.plain_method}", self.conv.plain_method)

    @property
    def view_count(self) -> str:
        """How many views the layer has, as a word."""
        return self.words.counted(len(self.conv.views))

    @property
    def view_count_capital(self) -> str:
        return capitalised(self.view_count)

    @property
    def all_views(self) -> str:
        """All of them, at the beginning of a sentence: "All three"."""
        count = len(self.conv.views)
        return capitalised(self.words("all.2") if count == 2 else self.words("all.more", count=self.view_count))

    @property
    def has_matrix(self) -> bool:
        """Whether the layer is a fully connected one."""
        return "fully_connected" in self.conv.views

    @property
    def has_patches(self) -> bool:
        """Whether the layer is a collection of small networks, all the same."""
        return "patches" in self.conv.views

    @cached_property
    def dense(self) -> Matrix:
        """What the matrix of the fully connected layer has."""
        return matrix_of(self.conv, FEW)

    @property
    def is_constrained(self) -> bool:
        """Whether the fully connected layer's weights are not free: zero, shared or fixed."""
        return not self.has_weights or not self.dense.is_free

    @property
    def is_single(self) -> bool:
        """Whether the matrix has one entry."""
        return self.conv.is_concrete and self._count(self.conv.fully_connected.shared_weight.shape) == 1

    @property
    def has_copies(self) -> bool:
        """Whether a weight stands in several places of the matrix."""
        return self.dense.copies

    @property
    def as_dense(self) -> str:
        """The layer as a fully connected one, as a sentence."""
        zeros = bool(self.dense.zeros)
        others = "fixed" if not self.has_weights else "shared" if self.dense.copies else ""
        key = "_and_".join(filter(None, ("zero" if zeros else "", others))) or "free"
        many = self.words("dense.many" if self.dense.zeros >= 0.5 else "dense.some")
        return self.words(f"dense.{key}", many=many) if zeros else self.words(f"dense.{key}")

    @property
    def has_groups(self) -> bool:
        """Whether there are several groups, as far as is known."""
        return "groups" in self.conv.PARAMETERS and self.conv.groups != 1

    @property
    def has_one_patch(self) -> bool:
        return patch_count(self.conv) == 1

    @property
    def as_networks(self) -> str:
        """The layer as small networks, as a sentence."""
        key = "own" if weights_by_position(self.conv) else self._own_networks
        return self.words(f"networks.{'one' if self.has_one_patch else 'groups' if key == 'fixed' else key}")

    @property
    def to_networks(self) -> str:
        """What a patch is given to."""
        key = "own" if weights_by_position(self.conv) else self._own_networks
        return self.words(f"to_networks.{'switch' if self.conv.has_switch else key}")

    @property
    def _own_networks(self) -> str:
        """What kind of network all patches share."""
        return "fixed" if not self.has_weights else "groups" if self.has_groups else "same"

    @property
    def other_views(self) -> list[View]:
        """The views that users have made, about which the text has no words of its own."""
        return [view for name, view in self.conv.views.items() if name not in TOLD]

    @property
    def told_view(self) -> str:
        """The view whose derivation is shown in general."""
        return "fully_connected" if self.has_matrix else "patches"

    @property
    def told_view_words(self) -> str:
        return self.words(f"of_view.{self.told_view}")

    @property
    def switch_words(self) -> Said:
        """What chooses the elements that are read, as sentences; empty for a layer that reads all."""
        layout = self.conv.switch_layout
        if layout is None:
            return ""
        letters = [name_of(axis.letter) for axis in axes_of(layout)]
        inside = all(scheme.low.value == scheme.high.value == 0 for scheme in self.conv.schemes)
        return sentence(
            self.words, "switch.meaning", switch=self.tensor.entry(self.conv.notation.switch, letters),
            padding="" if inside else self.words("switch.padding"),
        )  # fmt: skip

    @property
    def padding_words(self) -> str:
        """How the layer's padding extends a tensor; a mode that users have added has no words of its own."""
        return self.words.get(f"padding.{self.conv.padding_mode}", self.words("padding.other"))

    @property
    def hyperparameters(self) -> list[tuple[str, Said]]:
        """Rows of the layer's table: words and values; only those that the layer has and makes use of."""
        rows = [
            (self.words.get(f"parameter.{name}", name.replace("_", " ")), self._parameter(value))
            for name, value in self.conv.used_arguments().items()
        ]
        return [*rows, (self.words("parameter.output_size"), self._product(self.conv.m))]

    def _parameter(self, value: Any) -> Said:
        if isinstance(value, bool):
            return self.words("yes" if value else "no")
        if isinstance(value, str):
            return f"`{value}`"
        return self._sizes(value if isinstance(value, tuple) else [value])

    def _sizes(self, sizes: Iterable[Any]) -> Node:
        """3 x 3, or ((1, 2), (0, 1)) where the two ends differ."""
        given = list(sizes)
        parts = [
            bracketed(listed(map(size_tree, size))) if isinstance(size, tuple) else size_tree(size) for size in given
        ]
        pairs = any(isinstance(size, tuple) for size in given)
        return joined(parts, ",", THICK) if pairs else joined(parts, "×")

    @cached_property
    def size_letters(self) -> dict[Polynomial, str]:
        """Output sizes that are too long for a table, each with a letter."""
        conv = self.conv
        taken = {*conv.symbol_names, *conv.defined, *conv.notation.names}
        letters: dict[Polynomial, str] = {}
        for axis, m in enumerate(conv.m):
            if len(m.terms) > 3 and m not in letters:
                letters[m] = fresh("m" if conv.ndim == 1 else f"m{axis + 1}", {*taken, *letters.values()})
        return letters

    def _product(self, sizes: Iterable[Polynomial]) -> Node:
        """n x (n - K + 1): sizes of several terms in brackets if there are several sizes."""
        parts = [name_of(self.size_letters[m]) if m in self.size_letters else index(m) for m in sizes]
        return joined(map(grouped, parts) if len(parts) > 1 else parts, "×")

    @property
    def definitions(self) -> list[Node]:
        """m = floor(..) + 1 for every output size that has a letter, and what else has one."""
        conv = self.conv
        lines: list[Node] = []
        for name, defined in conv.defined.items():
            if isinstance(defined, Floor):
                scheme = next((scheme for scheme in conv.schemes if scheme.room == defined.numerator), None)
                above = index(defined.numerator) if scheme is None else _room(scheme)
                value = floored(Quotient(above, index(defined.denominator)), defined.exact, defined.offset)
            else:
                assert isinstance(defined, Maximum)
                value = line(MAXIMUM, bracketed(listed(map(index, defined.of))))
            lines.append(equation(name_of(name), value))
        lines += [equation(name_of(letter), index(m)) for m, letter in self.size_letters.items()]
        return lines + self._scale_definition()

    def _scale_definition(self) -> list[Node]:
        """D = .., what the fixed factor is."""
        conv = self.conv
        if conv.scale_layout is None:
            return []
        left = self.tensor.entry(conv.notation.scale, [name_of(a.letter) for a in axes_of(conv.scale_layout)])
        return [equation(left, conv.scale_tree())]

    @property
    def tensors(self) -> list[tuple[str, Node, Node]]:
        """Rows (words, symbol, shape) of the layer's tensors."""
        conv, names = self.conv, self.conv.notation
        rows = [("input", conv.input_layout)]
        if conv.fixed_kernel is None:
            rows.append(("weight", conv.weight_layout))
        if conv.scale_layout is not None:
            rows.append(("scale", conv.scale_layout))
        if conv.switch_layout is not None:
            rows.append(("switch", conv.switch_layout))
        if conv.bias_term:
            rows.append(("bias", conv.bias_layout))
        rows += [("output", conv.output_layout), ("grad_output", conv.output_layout)]
        result = []
        for role, layout in rows:
            axes = axes_of(layout)
            symbol = self.tensor.entry(getattr(names, role), [name_of(axis.letter) for axis in axes])
            size = self._product([axis.size for axis in axes]) if axes else Number(1)
            result.append((self.words(f"tensor.{role}"), symbol, size))
        return result

    def stage_parts(self, view: View, name: str) -> tuple[Node, Node]:
        """A stage's own formula, in terms of the stages before it: its two sides."""
        axes = axes_of(view.stage_layouts()[name])
        left = self.tensor.entry(name, [name_of(axis.letter) for axis in axes])
        body = TensorFormula(Quantity(name), view.definitions[name].body, view.stage_layouts()[name], self.conv, {})
        return left, body.tree_right

    def stages(self, view: View) -> list[Cells]:
        parts = [self.stage_parts(view, name) for name in view.definitions]
        return [line for left, right in parts for line in broken(left, right, self.line, stacking=False)]

    @property
    def symbols(self) -> list[tuple[Said, str, Said]]:
        """Rows (symbol, what it is, range) of the indices, and of the tensors that the views define."""
        views = [view for name, view in self.conv.views.items() if name in TOLD]
        return symbol_rows(self.conv, views, self.tensor, self.words, self.size_letters)


def flattened(value: Any) -> Iterable[Any]:
    """A number, or those of nested tuples."""
    return (one for part in value for one in flattened(part)) if isinstance(value, tuple) else (value,)


def _room(scheme: AxisScheme) -> Node:
    """l (n - 1) + 1 + 2 p - d (K - 1) - 1, with what is 1 or 0 left out."""
    n, K, d, l = (index(number) for number in (scheme.n, scheme.K, scheme.d, scheme.l))  # noqa: E741
    parts: list[Given] = [n] if scheme.l == ONE else [grouped(l), "(", n, "-", 1, ")", "+", 1]
    if scheme.low == scheme.high:
        parts += _added(scheme.low * 2, line(2, grouped(index(scheme.low))))
    else:
        parts += [*_added(scheme.low, index(scheme.low)), *_added(scheme.high, index(scheme.high))]
    span = bracketed(line(K, "-", 1)) if scheme.K.value is None else Number(int(scheme.K.value) - 1)
    times: list[Given] = [] if scheme.d == ONE else [grouped(d), *(["·"] if scheme.K.value is not None else [])]
    return line(*parts, "-", *times, span, "-", 1)


def _added(number: Polynomial, node: Node) -> list[Given]:
    """Plus the node, nothing for 0; a number is written as one."""
    value = number.value
    if value is not None:
        return [] if value == 0 else ["+" if value > 0 else "-", abs(int(value))]
    if isinstance(node, Negative):
        return ["-", node.term]
    return ["+", node]


def floored(value: Node, exact: bool = False, offset: int = 0) -> Node:
    """The whole part of a value, plus a number."""
    whole = value if exact else Fence("⌊", value, "⌋")
    return line(whole, "+", offset) if offset else whole


def size_or_sizes(given: Any) -> Node:
    """One number, or several in brackets."""
    return bracketed(listed(map(size_tree, given))) if isinstance(given, tuple) else size_tree(given)


def grouped(size: Node) -> Node:
    """A size of several terms in brackets."""
    return bracketed(size) if isinstance(size, (Added, Negative)) else size


MAXIMUM = Operator("max", r"\max")


def convolution_sign(names: Notation) -> Node:
    """The sign of a convolution, as the notation has it."""
    return read(names.convolution)


def multiplied(tensor: TensorNodes, has_bias: bool) -> Node:
    """The dense layer as one product of whole tensors: h = X v + a, or h = v^T X + a."""
    own = tensor.notation
    output, given, weight, bias = map(tensor, (own.output, own.input, own.dense_weight, own.dense_bias))
    product = Product((given, weight) if own.vectors == "row" else (transposed(weight), given))
    return equation(output, Added((product, bias)) if has_bias else product)


def capitalised(text: str) -> str:
    """The text with a capital in front, the rest as it is."""
    return text[:1].upper() + text[1:]
