"""What the notes say of a network: its parts, back-propagation on the board, and a worked example in numbers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp

from symconv.formulas.tensor_formula import TensorFormula
from symconv.layers import Layer
from symconv.networks import Activation, Dropout, Flatten, Graph
from symconv.networks.activations import KNOWN
from symconv.networks.backward import Gradient
from symconv.networks.losses import CrossEntropyPart, LossPart
from symconv.networks.modules import Part
from symconv.networks.normalisation import DataNormPart, FixedNormPart
from symconv.networks.parts import NetworkPart
from symconv.networks.rearranging import Reshape
from symconv.networks.softmax import SoftmaxPart
from symconv.networks.spot_checks import NetworkSpotReport
from symconv.notes.build.line_breaks import LINE, Cells, aligned, broken, lines_of_relation
from symconv.notes.build.templates import Said, enumerated, inlines, sentence, together
from symconv.notes.content.costs import cost_rows
from symconv.notes.content.description import grouped
from symconv.notes.content.layer import scientific
from symconv.notes.content.network_symbols import network_symbol_rows, tensor_rows
from symconv.notes.content.numbers import matrix, number, small_numbers, squeezed, worked_entries
from symconv.notes.content.sharing import Sharing, patch_count, sharing_of
from symconv.notes.languages import ENGLISH, Words
from symconv.notes.model import Code, PartValues
from symconv.printing.authored import columns
from symconv.printing.formulas import size_tree
from symconv.printing.mathematics import index
from symconv.printing.names import name_of
from symconv.printing.parts import (
    NOTHING,
    THIN,
    Given,
    Scripts,
    Symbol,
    bracketed,
    derivative,
    equation,
    joined,
    line,
)
from symconv.printing.tensors import TensorNodes
from symconv.printing.tree import Added, Negative, Node, Number, Operator, Partial, Quotient

FEW = 64
"""A worked example has at most 64 entries in every tensor."""
SHOWN = 3
"""The first 3 entries of a tensor, and the last, are worked out with numbers."""
MOST_KINDS, MOST_ON_SLIDES, MOST_LINES = 6, 15, 7
"""Slides have formulas of at most 6 kinds of parts, a table of at most 15 rows, and 7 lines of gradients together."""
MOST_CHECKED = 50_000
"""Networks are spot-checked if their tensors have at most 50,000 entries in all."""
LARGE, SMALL = 3, 0.01
"""An output larger than this is not looked for, nor a gradient smaller."""
MOST_EXPLAINED = 40
"""Of a network of more parts, one of each kind is written out."""
TRIES = 400
"""So many draws of small numbers are looked at for a worked example."""
MOST_COMPUTED = 20_000
"""Tensors that all tries together compute."""

Array = npt.NDArray[Any]


class NetworkContent:
    """The pieces of the notes on one network. Mathematics are nodes, and lines of them."""

    def __init__(
        self, network: Graph, rate: Fraction = Fraction(1, 10), seed: int = 0, words: Words = ENGLISH,
        entries: int | None = None, room: float = LINE,
    ) -> None:  # fmt: skip
        self.network, self.rate, self.seed, self.words = network, rate, seed, words
        self.room = room
        self.shown_entries = SHOWN + 2 if entries is None else entries

    # -- notation ------------------------------------------------------------------------------------

    @cached_property
    def tensor(self) -> TensorNodes:
        """Tensors and entries as the notation has them, with the macros of every part."""
        macros = {pair for part in self.network.parts for pair in part.computation.notation.macros}
        notation = replace(self.network.notation, macros=tuple(sorted({*macros, *self.network.notation.macros})))
        return TensorNodes(notation, frozenset(self.tensor_names), numbered=True)

    @property
    def loss_name(self) -> Node:
        return name_of(self.network.notation.loss)

    @property
    def target(self) -> Node:
        return self.tensor(self.network.notation.target)

    def upstream(self, number: object) -> Node:
        """The derivative with respect to the output of a part, whose number may be a letter."""
        return Scripts(self.tensor(self.network.notation.grad_output), None, bracketed(name_or_number(number)))

    def share(self, letter: str) -> Node:
        """The derivative with respect to the output of part l on one of several paths."""
        upstream = self.tensor(self.network.notation.grad_output)
        return Scripts(upstream, Symbol(letter, "upright"), bracketed(name_of("l")))

    def _quantity(self, name: str) -> Node:
        """A tensor, or a derivative of the loss, by its name."""
        before = self.network.derivative("")
        return self.derivative(name.removeprefix(before)) if name.startswith(before) else self.tensor(name)

    @cached_property
    def tensor_names(self) -> set[str]:
        network = self.network
        formulas = [*network.forward.values(), *network.upstream.values(), *network.gradients.values()]
        return set().union(*(formula.tensor_names for formula in formulas))

    # -- the network ---------------------------------------------------------------------------------

    @property
    def part_rows(self) -> list[tuple[str, Said, Node, Node]]:
        """Rows (number, words, output, shape) of the network's table."""
        source = self.network.input
        rows: list[tuple[str, Said, Node, Node]] = [
            ("", self.words("tensor.input"), self.tensor(source.name), self._shape(source.shape))
        ]
        for part in self.network.parts:
            rows.append(
                (str(part.number), self.part_words(part), self.tensor(part.after.name), self._shape(part.after.shape))
            )
        return rows

    @cached_property
    def cost_rows(self) -> list[tuple[str, Said, str, str]]:
        """Rows (part, receptive field, parameters, multiply-adds) with their sums; none of a network with letters."""
        return cost_rows(self.network, self.words)

    def _shape(self, shape: tuple[Any, ...]) -> Node:
        letters = {meaning: symbol for symbol, meaning in self.network.sizes.items()}
        sizes = [size_tree(letters.get(size, size)) for size in shape]
        return joined(map(grouped, sizes), "×") if sizes else Number(1)

    @property
    def size_lines(self) -> list[Node]:
        """What the letters of sizes between parts stand for."""
        lines = []
        for symbol, meaning in self.network.sizes.items():
            lines.append(equation(name_of(symbol.name), size_tree(meaning)))
        return lines

    @property
    def conventions(self) -> list[str]:
        """Conventions of single parts, with their numbers."""
        found: dict[str, list[int]] = {}
        for part in self.network.parts:
            if part.words:
                name = part.given.name if isinstance(part.given, Activation) else type(part.layer).__name__
                found.setdefault(self.words.get(f"convention.{name}", part.words), []).append(part.number)
        return [f"{self._numbered(at)}: {text}" for text, at in found.items()]

    def _numbered(self, parts: list[int]) -> str:
        """Part 2, or parts 2, 4."""
        if len(parts) == 1:
            return self.words("part", number=parts[0])
        return self.words("parts", numbers=", ".join(map(str, parts)))

    @property
    def functions(self) -> list[Cells]:
        """The activations that the network uses, with their derivatives, as lines of an align."""
        names = dict.fromkeys(part.given.name for part in self.network.parts if isinstance(part.given, Activation))
        return [columns(FUNCTION_LINES[name]) for name in names if name in FUNCTION_LINES]

    def forward(self, part: NetworkPart) -> list[Cells]:
        """The part's own formula."""
        lines: list[Cells] = []
        for formula in part.outputs.values():
            lines += broken(formula.tree_left, formula.tree_right, self.room)
        return lines + [aligned(name, size_tree(value)) for name, value in self._fixed(part)]

    def remark(self, part: NetworkPart) -> Said:
        """What a part's formula does not say by itself, as a sentence; empty where there is nothing."""
        if part.layer is not None and part.layer.has_switch:
            switch = self.tensor(part.computation.notation.switch)
            return sentence(self.words, "remark.max_pooling", switch=switch)
        if isinstance(part.computation, FixedNormPart):
            mean, variance = map(self.tensor, part.buffers)
            return sentence(self.words, "remark.batch_norm", mean=mean, variance=variance)
        if isinstance(part.computation, DataNormPart):
            mean, centered, variance, xhat = map(self.tensor, part.saved)
            values = {"mean": mean, "variance": variance, "centered": centered, "xhat": xhat}
            return sentence(
                self.words, "remark.statistics", **values, eps=size_tree(sp.Rational(part.computation.module.eps))
            )
        if isinstance(part.computation, SoftmaxPart):
            key = "remark.log_softmax" if part.computation.module.LOG else "remark.softmax"
            return sentence(self.words, key, formula=part.computation.said())
        if isinstance(part.given, Reshape) or (isinstance(part.given, Flatten) and _has_axes(part)):
            return self.words("remark.reshape")
        if isinstance(part.given, Dropout):
            return sentence(self.words, "remark.mask", mask=self.tensor(part.buffers[0]))
        return ""

    @property
    def symbols(self) -> list[tuple[Said, str]]:
        """Rows (symbol, what it is)."""
        return network_symbol_rows(self.network, self.tensor, self.words)

    @property
    def tensors_in_words(self) -> Said:
        """Those of tensors alone, in one line."""
        rows = tensor_rows(self.network, self.tensor, self.words)
        return enumerated([together(symbol, " ", inlines(text)) for symbol, text in rows], "; ")

    def _fixed(self, part: NetworkPart) -> list[tuple[Node, Any]]:
        """The fixed factor, if it is one number or 1 over sizes that are letters."""
        layer = part.layer
        if isinstance(part.computation, Part):
            return [(self.tensor(str(name)), value) for name, value in part.computation.fixed_numbers.items()]
        if layer is None or not layer.has_scale:
            return []
        name = part.computation.notation.scale
        return [(self.tensor(name), value) for symbol, value in layer.definitions.items() if str(symbol) == name]

    @property
    def loss_lines(self) -> list[Cells]:
        """L in the last output and the target."""
        part = self.network.loss_part
        if part is None:
            return []
        fixed = [aligned(self.tensor(str(name)), size_tree(value)) for name, value in part.fixed_numbers.items()]
        return [*map(lines_of_relation, part.said()), *fixed]

    def _ending(self, gradient: Gradient) -> list[Cells]:
        """What is differentiated, and what its derivation ends with."""
        return broken(gradient.formula.tree_left, self._right(gradient, gradient.lines[-1]), self.room)

    @staticmethod
    def _right(gradient: Gradient, step: Any) -> Any:
        return step.right if step.form is None else gradient.formula.tree_of(step.form)

    def backward(self, gradient: Gradient) -> list[tuple[Said, list[Cells]]]:
        """The derivation of one gradient: (rule, lines) step by step."""
        steps: list[tuple[Said, list[Cells]]] = []
        left = gradient.formula.tree_left
        for step in gradient.lines:
            steps.append((self.words(f"rule.{step.rule}"), broken(left, self._right(gradient, step), self.room)))
            left = NOTHING
        return steps

    @cached_property
    def explained(self) -> list[NetworkPart]:
        """The parts that are written out: all, or of a deep network the first of each kind and the last."""
        parts = list(self.network.parts)
        if len(parts) <= MOST_EXPLAINED:
            return parts
        kinds: dict[Said, NetworkPart] = {}
        for part in parts:
            kinds.setdefault(self.part_words(part), part)
        numbers = {part.number for part in [*list(kinds.values())[:MOST_EXPLAINED], parts[0], parts[-1]]}
        return [part for part in parts if part.number in numbers]

    @cached_property
    def stations(self) -> list[tuple[NetworkPart, list[Gradient]]]:
        """Every explained part with its gradients, the last first; the loss's derivative comes with the last part."""
        gradients: dict[int, list[Gradient]] = {}
        for gradient in self.network.backward:
            if not gradient.by_loss:
                gradients.setdefault(gradient.part, []).append(gradient)
        return [(part, gradients.get(part.number, [])) for part in reversed(self.explained)]

    @property
    def loss_gradient(self) -> Gradient | None:
        return next((gradient for gradient in self.network.backward if gradient.by_loss), None)

    # -- slides --------------------------------------------------------------------------------------

    @cached_property
    def kinds(self) -> list[NetworkPart]:
        """The first part of each kind, of the first few kinds."""
        found: dict[type, NetworkPart] = {}
        for part in self.network.parts:
            found.setdefault(type(part.given if part.layer is None else part.layer), part)
        return list(found.values())[:MOST_KINDS]

    @property
    def shown_part_rows(self) -> list[tuple[str, Said, Said, Said]]:
        """The rows of the network's table; of a deep network the first ones, dots, and the last."""
        rows = self.part_rows
        if len(rows) <= MOST_ON_SLIDES:
            return list(rows)
        return [*rows[: MOST_ON_SLIDES - 2], ("⋮", "", "", ""), rows[-1]]

    @property
    def forward_of_kinds(self) -> list[Cells]:
        return [line for part in self.kinds for line in self.forward(part)]

    @cached_property
    def gradients_of_kinds(self) -> list[tuple[NetworkPart, list[Cells]]]:
        """A part of each kind with its gradients as they end, the last part first."""
        found: list[tuple[NetworkPart, list[Cells]]] = []
        for part in reversed(self.kinds):
            lines: list[Cells] = []
            for gradient in self.network.backward:
                if gradient.part == part.number and not gradient.by_loss:
                    lines += self._ending(gradient)
            found += [(part, lines)] if lines else []
        return found

    @property
    def gradient_lines(self) -> list[Cells]:
        """The derivative of the loss with respect to the last output, and those of a part of each kind."""
        last = self.loss_gradient
        first = [] if last is None else self._ending(last)
        return [*first, *(line for _, lines in self.gradients_of_kinds for line in lines)]

    @property
    def gradient_frames(self) -> list[list[tuple[NetworkPart, list[Cells]]]]:
        """The same, as many parts together as fit on a slide."""
        frames: list[list[tuple[NetworkPart, list[Cells]]]] = []
        room = 0
        for part, lines in self.gradients_of_kinds:
            room -= len(lines) + 1
            if room < 0:
                frames.append([])
                room = MOST_LINES - len(lines) - 1
            frames[-1].append((part, lines))
        return frames

    def parts_title(self, parts: Sequence[tuple[NetworkPart, list[Cells]]]) -> Said:
        """What a slide on some parts is called: the one part in words, or the numbers of all."""
        if len(parts) == 1:
            part = parts[0][0]
            return together(self.words("Part", number=part.number), ", ", self.part_words(part))
        return self.words("Parts", numbers=self.words.listed([str(part.number) for part, _ in parts]))

    @property
    def one_gradient(self) -> Gradient | None:
        """The gradient whose derivation slides have: that of the first convolution's weights, or of any parameter."""
        ours = [one for one in self.network.backward if one.name in self.network.parts[one.part - 1].parameters]
        number = self.convolution.number if self.convolution else None
        return next((one for one in ours if one.part == number), next(iter(ours), None))

    @property
    def widest_field(self) -> Said:
        """The receptive field of the last part that has one."""
        return next((row[1] for row in reversed(self.cost_rows[:-1]) if row[1]), "")

    # -- words ---------------------------------------------------------------------------------------

    def title_of(self, gradient: Gradient) -> Said:
        """By what a gradient is, in words."""
        part, name = self.network.parts[gradient.part - 1], self.tensor(gradient.name)
        inputs = {signal.name for signal in self.network.inputs.values()}
        kinds = {**dict.fromkeys(part.parameters, "parameter"), **dict.fromkeys(part.saved, "stage")}
        kinds |= {part.after.name: "output", **dict.fromkeys(inputs, "network_input")}
        return sentence(self.words, f"by.{kinds.get(gradient.name, 'input')}", name=name)

    def part_words(self, part: NetworkPart) -> Said:
        """A part of a network in words, with its name if it has one."""
        words = self._kind_words(part)
        return words if part.name == str(part.number) else together((Code(part.name),), ", ", words)

    def _kind_words(self, part: NetworkPart) -> Said:
        given = part.given
        if isinstance(given, Activation):
            name: Said = name_of(given.name) if len(given.name) == 1 else given.name.replace("_", " ")
            return sentence(self.words, "in_network.Activation", name=name)
        if part.layer is None:
            return self.words(f"in_network.{type(given).__name__}")
        return together(self.words.kind("in_network", type(part.layer).__name__), self._hyperparameters(part.layer))

    def _hyperparameters(self, layer: Layer) -> Said:
        """The kernel, and what else is not as by default."""
        parts: list[Said] = []
        for name, value in layer.used_arguments().items():
            if name in ("input_size", "in_channels", "channels", "out_channels", "batch_size", "bias"):
                continue
            if name != "kernel_size" and layer.is_usual(name):
                continue
            key = name.removesuffix("_size") if name == "kernel_size" else name
            words = self.words.get(f"parameter.{key}", key.replace("_", " "))
            parts.append(together(f"{words} ", self._value(name, value)))
        return together(", ", enumerated(parts)) if parts else ()

    def _value(self, name: str, value: Any) -> Said:
        """A hyper-parameter's value; sizes that are the same on every axis are said once."""
        if isinstance(value, bool):
            return self.words("yes" if value else "no")
        if isinstance(value, str):
            return (Code(value),)
        sizes = value if isinstance(value, tuple) else (value,)
        shown = [
            bracketed(joined(map(size_tree, one), ",")) if isinstance(one, tuple) else size_tree(one) for one in sizes
        ]
        if len(set(shown)) == 1 and name != "kernel_size":
            shown = shown[:1]
        return joined(shown, "×")

    # -- the convolution in it -----------------------------------------------------------------------

    @cached_property
    def convolution(self) -> NetworkPart | None:
        """The first convolution of the network."""
        return next((part for part in self.network.parts if part.layer is not None and part.layer.is_convolution), None)

    @cached_property
    def sharing(self) -> Sharing:
        """What the matrix of that convolution has."""
        assert self.convolution is not None and self.convolution.layer is not None
        return sharing_of(self.convolution.layer)

    @property
    def has_groups(self) -> bool:
        """Whether that convolution has groups, so that its small network is not fully connected."""
        return self.convolution is not None and getattr(self.convolution.layer, "groups", 1) != 1

    @property
    def has_one_patch(self) -> bool:
        """Whether that convolution has one patch, in all examples together."""
        part = self.convolution
        return part is not None and part.layer is not None and patch_count(part.layer) == 1

    @property
    def scope(self) -> str:
        """For what the theorem about the network's views holds."""
        if self.network.is_concrete:
            return self.words("scope.network.free" if self.network.loss_part is None else "scope.network")
        return self.words("scope.network.general")

    # -- checks --------------------------------------------------------------------------------------

    @cached_property
    def spots(self) -> NetworkSpotReport | None:
        """A spot check; None where the network has letters, functions without numbers, or is large."""
        network = self.network
        if not network.is_concrete or self._has_unknown_functions:
            return None
        entries = sum(prod(int(size) for size in network.shape_of(n)) for n in (*network.wanted, *network.forward))
        return network.spot_check(trials=2) if entries <= MOST_CHECKED else None

    @property
    def spot_rows(self) -> list[list[Said]]:
        """Rows of the spot check's table."""
        assert self.spots is not None
        return [
            [self._quantity_in_line(row.quantity), self._against(row.against), str(row.entries), scientific(row.error),
             scientific(row.tolerance)]
            for row in self.spots.rows
        ]  # fmt: skip

    def _quantity_in_line(self, name: str) -> Node:
        """The same no higher than a line of words: derivatives with a slash."""
        before = self.network.derivative("")
        if not name.startswith(before):
            return self.tensor(name)
        return line(Partial(self.loss_name), "/", Partial(self.tensor(name.removeprefix(before))))

    def _against(self, said: str) -> str:
        """What a row was compared with: NumPy, and by which method."""
        return ", ".join(self.words.get(f"against.{part}", part) for part in said.split(", "))

    @property
    def _has_unknown_functions(self) -> bool:
        network = self.network
        unknown = any(isinstance(p.given, Activation) and p.given.name not in KNOWN for p in network.parts)
        return unknown or (network.loss_part is not None and network.loss_part.is_generic)

    @property
    def has_max_pooling(self) -> bool:
        return any(part.layer is not None and part.layer.has_switch for part in self.network.parts)

    # -- numbers -------------------------------------------------------------------------------------

    @cached_property
    def example(self) -> dict[str, Array] | None:
        """Every tensor in numbers, the small ones given and all others computed; None if there are too many.

        Of many draws the first is taken in which most gradients are not 0 and no output is large.
        """
        network = self.network
        if not network.is_concrete:
            return None
        names = [*network.wanted, *network.forward]
        shapes = {name: tuple(int(size) for size in network.shape_of(name)) for name in names}
        if any(prod(shape) > FEW for shape in shapes.values()):
            return None
        if self._has_unknown_functions or network.batch_size == 0:
            return None
        best: dict[str, Array] | None = None
        best_count = (False, -1)
        for attempt in range(max(1, min(TRIES, MOST_COMPUTED // len(names)))):
            given = self._draw(random.Random(f"{self.seed}/{attempt}"), {n: shapes[n] for n in network.wanted})
            found = {**given, **network.evaluate(**given)}
            gradients = [
                np.asarray(found[network.derivative(name)], dtype=float).ravel() for name in network.parameters
            ]
            entries = np.concatenate(gradients) if gradients else np.ones(1)
            outputs = np.asarray(found[network.parts[-1].after.name], dtype=float)
            calm = bool(np.abs(outputs).max() <= LARGE)
            count = int(np.count_nonzero(np.abs(entries) > SMALL))
            if (calm, count) > (best_count[0], best_count[1]):
                best, best_count = found, (calm, count)
            if calm and count >= 0.75 * len(entries):
                break
        return best

    def _draw(self, generator: random.Random, shapes: dict[str, tuple[int, ...]]) -> dict[str, Array]:
        given = {name: small_numbers(shape, generator) for name, shape in shapes.items()}
        for name in given:
            if name.startswith("var"):
                given[name] = np.array([abs(value) + 1 for value in given[name].ravel()], dtype=object)
        part = self.network.loss_part
        if isinstance(part, CrossEntropyPart):
            shape = part.class_shape
            classes = [generator.randrange(part.class_count) for _ in range(prod(shape))]
            given[self.network.notation.target] = part.target_values(
                np.array(classes, dtype=np.int64).reshape(shape)
            ).astype(object)
        return given

    def value(self, name: str) -> Node:
        """A tensor of the worked example: name = numbers."""
        assert self.example is not None
        array = squeezed(np.asarray(self.example[name], dtype=object))
        return equation(self._quantity(name), matrix(array))

    @property
    def part_values(self) -> list[PartValues]:
        """Every part with its output in numbers, and the derivative with respect to that."""
        found = []
        for part in self.network.parts:
            upstream = f"{self.network.notation.grad_output}{part.number}"
            names = [part.after.name, *([upstream] if upstream in self.network.upstream else [])]
            what, lines = together(self.part_words(part)), tuple(map(self.value, names))
            found.append(PartValues(part.number, what, self.tensor(part.after.name), lines))
        return found

    def derivative(self, name: str) -> Node:
        """dL/d of a whole tensor."""
        return derivative(self.loss_name, self.tensor(name))

    def given_values(self) -> list[Node]:
        """Everything that is given."""
        return [self.value(name) for name in self.network.wanted]

    def worked(self, formula: TensorFormula) -> list[Cells]:
        assert self.example is not None
        return worked_entries(formula, self.example, self.shown_entries)

    def updated(self, name: str) -> Node:
        """A parameter after a step: w - eta dL/dw in numbers."""
        assert self.example is not None
        old = np.asarray(self.example[name], dtype=object)
        gradient = np.asarray(self.example[self.network.derivative(name)], dtype=object)
        rate: Any = self.rate
        if any(isinstance(value, float) for value in gradient.ravel()):
            rate = float(rate)
        new = old - gradient * rate
        step = line(name_of("eta"), THIN, self.derivative(name))
        return equation(line(self.tensor(name), "-", step), matrix(squeezed(new)))

    @property
    def updates(self) -> list[Node]:
        """Every parameter after a step."""
        return [self.updated(name) for name in self.network.parameters]

    @property
    def probability_remark(self) -> Said:
        """For cross-entropy, that the derivative is p - t if the target adds up to 1, as a sentence; else empty."""
        upstream = self.upstream(len(self.network))
        return loss_remark(self.network.loss_part, self.words, upstream, self.tensor, self.loss_name)

    @property
    def softmax_lines(self) -> list[Cells]:
        """For cross-entropy, the softmax and the loss with the numbers substituted, as lines of an align."""
        part = self.network.loss_part
        assert self.example is not None
        if not isinstance(part, CrossEntropyPart) or len(part.signal.shape) - int(part.signal.batched) != 1:
            return []
        formula = self.network.loss_formula
        p = part.functions()[0]
        outputs = np.asarray(self.example[part.notation.input], dtype=float)
        soft, target = (
            p.applied.values(outputs) if p.applied else outputs,
            np.asarray(self.example[self.network.notation.target], dtype=float),
        )
        lines: list[Cells] = []
        losses: list[Node] = []
        for example in np.ndindex(*outputs.shape[:-1]):
            powers = [Scripts(name_of("e"), None, number(value)) for value in outputs[example]]
            for at in range(outputs.shape[-1]):
                flat = int(np.ravel_multi_index((*example, at), outputs.shape))
                label = self.tensor(formula.label(p.name, flat, part.notation.input))
                place = (*example, at)
                value = number(soft[place])
                lines.append(aligned(label, equation(Quotient(powers[at], Added(tuple(powers))), value)))
                if weight := target[place]:
                    front: list[Given] = [] if weight == 1 else [number(weight), "·"]
                    losses.append(line(*front, LOGARITHM, value))
        is_mean = part.module.reduction == "mean" and outputs.ndim > 1
        mean = [Quotient(Number(1), Number(prod(outputs.shape[:-1])), small=True)] if is_mean else []
        total = bracketed(joined(losses, "+")) if len(losses) > 1 else line(*losses)
        loss = number(float(self.example[self.network.notation.loss]))
        return [*lines, aligned(self.loss_name, equation(Negative(line(*mean, total)), loss))]

    @property
    def is_rounded(self) -> bool:
        """Whether some numbers of the example are not exact."""
        assert self.example is not None
        arrays = (np.asarray(array) for array in self.example.values())
        return any(array.dtype.kind == "f" or any(isinstance(x, float) for x in array.ravel()) for array in arrays)

    @property
    def rate_text(self) -> Node:
        return number(self.rate)


def loss_remark(part: LossPart | None, words: Words, upstream: Node, tensor: TensorNodes, loss: Node) -> Said:
    """What the derivative of a loss does not say by itself: p - t of cross-entropy, and the factor of a mean."""
    if not isinstance(part, CrossEntropyPart):
        return ""
    factor = None if part.divisor is None else Quotient(Number(1), index(part.divisor))
    said: list[Said] = []
    if part.functions():
        names = (part.functions()[0].name, part.notation.target)
        difference = joined(map(tensor, names), "-")
        right = difference if factor is None else line(factor, THIN, bracketed(difference))
        said.append(sentence(words, "remark.cross_entropy", formula=equation(upstream, right)))
    if factor is not None:
        said.append(sentence(words, "remark.mean", factor=factor, loss=loss))
    return enumerated(said, " ")


def _has_axes(part: NetworkPart) -> bool:
    """Whether several letters stand for the axis that a part makes."""
    return any(len(dimension) > 1 for formula in part.outputs.values() for dimension in formula.layout)


LOGARITHM = Operator("log", r"\log")


def name_or_number(given: object) -> Node:
    return Number(given) if isinstance(given, int) else name_of(str(given))


FUNCTION_LINES = {
    "relu": r"\operatorname{relu}(z) &= \max(z, 0), & \operatorname{relu}'(z) &= [z > 0]",
    "leaky_relu": r"\operatorname{lrelu}(z) &= \max(z, 0) + a \min(z, 0), & "
    r"\operatorname{lrelu}'(z) &= [z > 0] + a\,[z \le 0]",
    "sigmoid": r"\sigma(z) &= \frac{1}{1 + e^{-z}}, & \sigma'(z) &= \sigma(z)\,(1 - \sigma(z))",
    "tanh": r"\tanh(z) &= \frac{e^{z} - e^{-z}}{e^{z} + e^{-z}}, & \tanh'(z) &= 1 - \tanh(z)^2",
    "softplus": r"\operatorname{softplus}(z) &= \log(1 + e^{z}), & \operatorname{softplus}'(z) &= \sigma(z)",
    "gelu": r"\operatorname{gelu}(z) &= z\,\Phi(z), & \operatorname{gelu}'(z) &= \Phi(z) + z\,\varphi(z)",
    "gelu_tanh": r"\operatorname{gelutanh}(z) &= \tfrac{1}{2} z\,(1 + \tanh g(z)), & "
    r"g(z) &= \sqrt{2 / \pi}\,(z + 0.044715 z^3)",
    "mish": r"\operatorname{mish}(z) &= z \tanh s, \quad s = \log(1 + e^{z}), & "
    r"\operatorname{mish}'(z) &= \tanh s + z\,\sigma(z)\,(1 - \tanh(s)^2)",
    "silu": r"\operatorname{silu}(z) &= z\,\sigma(z), & \operatorname{silu}'(z) &= \sigma(z)\,"
    r"(1 + z\,(1 - \sigma(z)))",
    "logsigmoid": r"\operatorname{logsigmoid}(z) &= -\log(1 + e^{-z}), & "
    r"\operatorname{logsigmoid}'(z) &= 1 - \sigma(z)",
    "tanhshrink": r"\operatorname{tanhshrink}(z) &= z - \tanh(z), & \operatorname{tanhshrink}'(z) &= \tanh(z)^2",
    "softsign": r"\operatorname{softsign}(z) &= \frac{z}{1 + |z|}, & "
    r"\operatorname{softsign}'(z) &= \frac{1}{(1 + |z|)^2}",
    "relu6": r"\operatorname{relu6}(z) &= \min(\max(z, 0), 6), & \operatorname{relu6}'(z) &= [0 < z < 6]",
    "hardtanh": r"\operatorname{hardtanh}(z) &= \min(\max(z, a), b), & \operatorname{hardtanh}'(z) &= [a < z < b]",
    "hardsigmoid": r"\operatorname{hardsigmoid}(z) &= \tfrac{1}{6} \min(\max(z + 3, 0), 6), & "
    r"\operatorname{hardsigmoid}'(z) &= \tfrac{1}{6} [-3 < z < 3]",
    "hardswish": r"\operatorname{hardswish}(z) &= \tfrac{1}{6} z \min(\max(z + 3, 0), 6), & "
    r"\operatorname{hardswish}'(z) &= \tfrac{1}{6} (2 z + 3) [-3 < z < 3] + [z \ge 3]",
    "elu": r"\operatorname{elu}(z) &= \max(z, 0) + \alpha (e^{\min(z, 0)} - 1), & "
    r"\operatorname{elu}'(z) &= [z > 0] + \alpha e^{z} [z \le 0]",
    "celu": r"\operatorname{celu}(z) &= \max(z, 0) + \alpha (e^{\min(z, 0) / \alpha} - 1), & "
    r"\operatorname{celu}'(z) &= [z > 0] + e^{z / \alpha} [z \le 0]",
    "selu": r"\operatorname{selu}(z) &= \lambda \max(z, 0) + \lambda \alpha (e^{\min(z, 0)} - 1), & "
    r"\operatorname{selu}'(z) &= \lambda [z > 0] + \lambda \alpha e^{z} [z \le 0]",
    "softshrink": r"\operatorname{softshrink}(z) &= (z - a) [z > a] + (z + a) [z < -a], & "
    r"\operatorname{softshrink}'(z) &= [z > a] + [z < -a]",
    "hardshrink": r"\operatorname{hardshrink}(z) &= z [z > a] + z [z < -a], & "
    r"\operatorname{hardshrink}'(z) &= [z > a] + [z < -a]",
    "exp": r"\exp(z) &= e^{z}, & \exp'(z) &= e^{z}",
    "log": r"e^{\log(z)} &= z, & \log'(z) &= \frac{1}{z}",
    "sin": r"\sin(0) &= 0, & \sin'(z) &= \cos(z)",
    "cos": r"\cos(0) &= 1, & \cos'(z) &= -\sin(z)",
    "power": r"\operatorname{power}(z) &= z^{p}, & \operatorname{power}'(z) &= p\,z^{p - 1}",
}
"""Activations with their derivatives; Phi and phi are the normal distribution and its density."""
