"""From a claim in operators to its sides: what each stands for, under one reading of what may mean two things."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import sympy as sp
from lark import Token, Tree

from symconv.claims.interpret.definitions import Entry
from symconv.claims.interpret.meaning import Reading
from symconv.claims.operators import convolutions, extensions, matrices
from symconv.claims.operators.choices import MEANING, NAMES, Choices, Repairs
from symconv.claims.operators.convolutions import Sliding
from symconv.claims.operators.left_sides import TensorNames, layered_name
from symconv.claims.operators.registry import (
    OPERATORS,
    OPTIONS,
    STYLES,
    WITH_GROUPS,
    Arguments,
    is_of_torch,
    plain_name,
)
from symconv.claims.operators.sliding import flips_in_layer
from symconv.claims.operators.syntax import (
    CORRELATIONS,
    ENTRYWISE,
    KRONECKER,
    PRODUCTS,
    has_matrix,
    is_layer_number,
    plain,
    rows_of,
    sign_of,
)  # fmt: skip
from symconv.claims.operators.values import Algebra, MissingError, UnreadError, Whole, misfit, number
from symconv.claims.parse.names import Names, remedy
from symconv.claims.parse.written import single
from symconv.errors import ClaimError

WORDS = {
    "mode": convolutions.MODES, "padding": convolutions.MODES, "method": ("auto", "direct", "fft"),
    "boundary": ("fill",),
}  # fmt: skip
"""What words options may be; others would change what is computed, or mean nothing."""


class WholeReader:
    """Reads the sides of one claim under one choice; ``used`` says which choices made a difference."""

    def __init__(
        self, names: Names, text: str, choices: Choices, repairs: Repairs | None = None, letters: tuple[str, ...] = ()
    ) -> None:
        self.names, self.text, self.choices = names, text, choices
        self.tensors = TensorNames(names, text)
        self.layer = names.layer
        self.repairs = repairs or Repairs()
        self.algebra = Algebra(names, written_out=has_matrix(text))
        self.used: dict[str, str] = {}
        self.letters = letters
        self.unknown: dict[str, Entry] = {}

    def wrong(self, words: str, right: str, token: str = "") -> ClaimError:
        return self.tensors.wrong(words, right, token)

    # -- values --------------------------------------------------------------------------------------

    def read(self, node: Any) -> Whole:
        handler = getattr(self, f"_{node.data}", None)
        if handler is None:
            raise self.wrong("it cannot stand in a claim about whole tensors", "write x * w, or a formula with indices")
        value: Whole = handler(*node.children)
        return value

    def _parens(self, inner: Any) -> Whole:
        return self.read(inner)

    def _name(self, token: Token) -> Whole:
        name = plain(token)
        if (tensor := self.tensors.named(name)) is not None and tensor in self.names.layouts:
            return self.leaf(tensor)
        if name in self.names.sizes:
            return number(self.names.sizes[name])
        if letters := self.tensors.factors(name):
            return reduce(self.times, (self._name(Token("NAME", letter)) for letter in letters))
        if (lacks := self.names.missing(name)) is not None:
            raise MissingError(self.text, lacks, remedy(lacks) or f"tensors are {self.names.listed}")
        raise self.wrong(f"the name {name!r} is not known", f"tensors are {self.names.listed}", str(token))

    def _number(self, token: Token) -> Whole:
        return number(sp.Rational(str(token)))

    def _derivative(self, token: Token) -> Whole:
        name = self.tensors.derivative(Tree("derivative", [token]))
        if name not in self.names.layouts:
            raise self.wrong("the derivative is not known", f"tensors are {self.names.listed}", str(token))
        return self.leaf(name)

    def leaf(self, tensor: str) -> Whole:
        """A tensor of the layer, with what the repairs do to it."""
        notation, repairs = self.layer.notation, self.repairs
        if tensor in (notation.dense_weight, notation.patch):
            return self.matrix_of(tensor)
        value = self.algebra.tensor(tensor)
        if tensor != notation.weight:
            self.used["rows"] = "vectors are rows" if self.choices.rows else ""
            if self.choices.rows:
                return replace(value.transposed, tensor=tensor)
        elif not self.layer.output_channels:
            self.used["filter_rows"] = f"{tensor} is the row of the one filter" if self.choices.filter_rows else ""
            if self.choices.filter_rows:
                return value.transposed
        write = self.layer.writer.polynomial
        if tensor == notation.grad_output and repairs.zeros_in_delta:
            return convolutions.with_zeros(self.algebra, value, [write(one.s) for one in self.layer.schemes])
        if tensor == notation.weight and repairs.turned_weight:
            value = convolutions.flipped(value)
        if tensor == notation.weight and repairs.zeros_in_weight:
            return convolutions.with_zeros(self.algebra, value, [write(one.d) for one in self.layer.schemes])
        if tensor == notation.input and repairs.padded_input:
            return self.with_padding(value)
        return value

    def matrix_of(self, name: str) -> Whole:
        """The dense weights or the patches, in the orientation of this reading."""
        value = self.algebra.tensor(name)
        columns = (self.layer.notation.vectors == "column") != self.choices.turned
        dense = name == self.layer.notation.dense_weight
        if dense:
            self.used["turned"] = f"{name} has the outputs {'down the rows' if columns else 'across the columns'}"
        else:
            columns = self.choices.turned
            self.used["turned"] = f"the patches are the {'columns' if columns else 'rows'} of the matrix"
        return value.transposed if columns else value

    def _matrix(self, token: Token) -> Whole:
        rows = [[self.entry(one) for one in row] for row in rows_of(str(token))]
        if len({len(row) for row in rows}) > 1:
            raise self.wrong("the rows of a matrix have different lengths", "give all rows as many entries", str(token))
        return self.algebra.literal(rows)

    def entry(self, text: str) -> sp.Expr:
        """An entry of a matrix that is given, in labels."""
        self.layer.require_concrete("a matrix with entries")
        reading = Reading(self.names, text)
        value = reading.read(single(text).right)
        if reading.free:
            raise self.wrong(f"{', '.join(reading.free)} is not an entry", "use labels, such as X1", text.strip())
        self.unknown.update({label: entry for label, entry in reading.labels.items() if entry.index is None})
        return value.above / value.below

    # -- operators -----------------------------------------------------------------------------------

    def _added(self, one: Any, other: Any) -> Whole:
        return self.algebra.added(self.read(one), self.read(other))

    def _subtracted(self, one: Any, other: Any) -> Whole:
        return self.algebra.added(self.read(one), self.read(other), -1)

    def _negative(self, inner: Any) -> Whole:
        return self.algebra.scaled(self.read(inner), sp.S.NegativeOne)

    def _divided(self, one: Any, other: Any) -> Whole:
        divisor = self.read(other)
        if not divisor.is_scalar:
            raise self.wrong("it divides by a tensor", "divide by numbers and sizes")
        return self.algebra.scaled(self.read(one), 1 / divisor.entry(()))

    def _transposed(self, inner: Any, token: Token) -> Whole:
        return self.read(inner).transposed

    def _raised(self, inner: Any, token: Token) -> Whole:
        if not is_layer_number(str(token)):
            raise self.wrong(f"{str(token)!r} on a whole tensor is not read", "write the product", str(token))
        tensor = self.names.known.get(layered_name(Tree("raised", [inner, token])) or "")
        return self.read(inner) if tensor is None else self.leaf(tensor)

    def _placed(self, inner: Any, token: Token) -> Whole:
        """(x * w)[i] is the entry of the left side's letters; the letters are compared with those."""
        letters = tuple(re.findall("[a-z]", str(token)))
        if letters != self.letters:
            raise self.wrong(
                f"the indices {', '.join(letters)} are not those of the left side", "use the same letters", str(token)
            )
        return self.read(inner)

    def _backwards(self, inner: Any, token: Token) -> Whole:
        value = self.read(inner)
        if str(token).count("::") != len(value.positions):
            raise self.wrong("not every axis is read backwards", "write w[::-1] for one axis, w[::-1, ::-1] for two")
        return convolutions.flipped(value)

    def _every(self, inner: Any, token: Token) -> Whole:
        """y[::s] has every s-th entry."""
        value, steps = self.read(inner), re.findall(r"[A-Za-z0-9]+", str(token))
        if len(steps) != len(value.positions):
            raise self.wrong("not every axis has a step", "write y[::s] for one axis, y[::s, ::s] for two", str(token))
        return convolutions.every(value, [self.step(one, str(token)) for one in steps])

    def step(self, text: str, place: str) -> sp.Expr:
        size = sp.Integer(text) if text.isdigit() else self.names.sizes.get(text)
        if size is None or size == 0:
            raise self.wrong(f"the step {text} is not known", "use a number or a size", place)
        return size

    def _product(self, one: Any, other: Any) -> Whole:
        return self.times(self.read(one), self.read(other))

    def times(self, one: Whole, other: Whole) -> Whole:
        """A number times a tensor, or a product of matrices."""
        if one.is_scalar:
            return self.algebra.scaled(other, one.entry(()))
        if other.is_scalar:
            return self.algebra.scaled(one, other.entry(()))
        if (one.rows and not one.is_column) or (other.rows and not other.is_column) or not (one.rows and other.rows):
            return matrices.multiplied(self.algebra, one, other)
        wrong = "a product of two tensors side by side is not read"
        raise UnreadError(self.text, wrong, r"write x * w, x \odot w, or W^T x", self.text)

    def _joined(self, one: Any, token: Token, other: Any) -> Whole:
        sign, mode = sign_of(str(token))
        a, b = self.read(one), self.read(other)
        if sign in ENTRYWISE:
            return self.algebra.multiplied(a, b)
        matrix = not (a.is_column and b.is_column)
        if a.is_scalar or b.is_scalar or sign in PRODUCTS:
            return self.times(a, b)
        if matrix and sign in KRONECKER:
            return matrices.kronecker(a, b)
        if matrix and not self.algebra.written_out:
            return self.times(a, b)
        meaning = "correlation" if sign in CORRELATIONS else "layer" if "conv" in sign else "either"
        return self.convolved(a, b, mode, meaning, is_sign=True)

    def _call(self, token: Token, *given: Any) -> Whole:
        name, mode = plain_name(str(token))
        raw = STYLES.sub("", str(token)).rstrip("({ ")
        name = "toeplitz" if raw == "T" else name  # T(w), and t(w) of R is the transpose
        if name not in OPERATORS:
            if raw in self.names.known:
                return self._placed_call(raw, given)
            known = ", ".join(sorted(OPERATORS))
            raise self.wrong(f"the operator {raw!r} is not known", f"operators are {known}", str(token))
        values: list[Whole] = []
        options: dict[str, list[Whole]] = {}
        words: list[str] = []
        groups: list[list[Any]] = []
        for node in given:
            if node.data == "string":
                words.append(self.read_word("mode", str(node.children[0]).strip("'\"")))
            elif node.data == "keyword":
                key, *inner = node.children
                strings = [str(one).strip("'\"") for one in inner if isinstance(one, Token)]
                words += [self.read_word(str(key).rstrip("= "), one) for one in strings]
                trees = [one for one in inner if isinstance(one, Tree)]
                if trees and not strings and (word := self._word(trees[0])):
                    words.append(word)
                elif trees:
                    option = {"strides": "stride", "dim": "axis"}.get(str(key).rstrip("= "), str(key).rstrip("= "))
                    options[option] = [self.read(one) for one in trees]
            elif (word := self._word(node)) is not None:
                words.append(word)
            elif node.data == "several":
                groups.append(self.several(node))
            else:
                values.append(self.read(node))
        head, dot, _ = raw.rpartition(".")
        if dot and (tensor := self.tensors.named(head)) is not None:  # delta.sum(axis=0)
            values.insert(0, self.leaf(tensor))
        if not values:
            raise self.wrong(f"{raw} is of no tensor", f"write {raw}(x)", str(token))
        if unread := sorted(options.keys() - OPTIONS[name]):
            known = ", ".join(sorted(OPTIONS[name]))
            right = f"{raw} has the options {known}" if known else f"write {raw} without it"
            raise self.wrong(f"the option {unread[0]} of {raw} is not read", right, unread[0])
        if groups and name not in WITH_GROUPS:
            raise self.wrong(f"numbers in brackets are not read in {raw}", "give them by name", str(token))
        return OPERATORS[name](self, Arguments(values, options, words, mode, is_of_torch(raw), groups))

    def several(self, node: Any) -> list[Any]:
        """The numbers in brackets, in their groups."""
        found = [self.several(one) if one.data == "several" else self.read(one) for one in node.children]
        if not all(isinstance(one, list) or one.is_scalar for one in found):
            raise self.wrong("a tensor stands in brackets with others", "write numbers or sizes in them")
        return [one if isinstance(one, list) else one.entry(()) for one in found]

    def read_word(self, option: str, word: str) -> str:
        """A word in quotes, if it is one that the option may be."""
        if word not in WORDS.get(option, ()):
            known = ", ".join(WORDS.get(option, ())) or "none"
            raise self.wrong(f"{option}={word!r} is not read", f"words there are {known}", word)
        return word

    @staticmethod
    def _word(node: Any) -> str | None:
        """full, valid or same, as a name."""
        name = plain(node.children[0]) if node.data == "name" else ""
        return name if name in convolutions.MODES else None

    def _placed_call(self, tensor: str, given: Sequence[Any]) -> Whole:
        letters = tuple(plain(one.children[0]) for one in given if one.data == "name")
        if letters != self.letters:
            raise self.wrong(f"the indices {', '.join(letters)} are not those of the left side", "use the same letters")
        return self.leaf(self.names.known[tensor])

    def convolved(
        self, one: Whole, other: Whole, mode: str, meaning: str, given: Sliding | None = None, is_sign: bool = False
    ) -> Whole:
        """One tensor slides over another.

        Args:
            mode: "" if the claim does not say it.
            meaning: "correlation", "convolution", "layer" for what the layer computes, "either" for a sign.
            given: all of how it slides, if the operator says it.
            is_sign: whether it is a sign between the two, which may stand for the layer's padding as well.
        """
        if meaning == "either":
            flips, self.used["flips"] = self.choices.flips, MEANING[self.choices.flips]
        else:
            flips = {"correlation": False, "convolution": True}.get(meaning, flips_in_layer(self.layer))
            self.used["meaning"] = MEANING[flips].replace("* is", "it is")
            if meaning == "layer":
                self.used["meaning"] = f"conv is what the layer computes, the {NAMES[flips]}"
        flips = flips != self.repairs.other_meaning
        if given is not None:
            how = replace(given, flips=flips, mode=self.repairs.mode or given.mode)
            return convolutions.slide(self.algebra, one, other, how)
        if not mode:
            mode = "valid" if self.choices.mode == "padded" and not is_sign else self.choices.mode
            self.used["mode"] = mode
        mode = self.repairs.mode or mode
        exchanged = self.choices.exchanged
        self.used["exchanged"] = "the first operand slides over the second" if exchanged else ""
        if mode == "layer":
            return self.layers_own(one, other)
        if exchanged:
            one, other = other, one
        if mode == "padded":
            one, other, mode = self.with_padding(one), self.with_padding(other), "valid"
        return convolutions.slide(self.algebra, one, other, Sliding(flips, mode))

    def with_padding(self, value: Whole) -> Whole:
        """The layer's input with its padding; other tensors as they stand."""
        if value.tensor != self.layer.notation.input:
            return value
        if self.layer.padding_mode != "zeros":
            return extensions.extended(self.algebra, value)
        write = self.layer.writer.polynomial
        ends = [(write(one.low), write(one.high)) for one in self.layer.schemes]
        return convolutions.padded(self.algebra, value, ends)

    def layers_own(self, one: Whole, other: Whole) -> Whole:
        """The layer's own operation, the output without its bias."""
        notation = self.layer.notation
        if {one.tensor, other.tensor} != {notation.input, notation.weight}:
            raise misfit("the layer's own operation is that of its input and its weights")
        output = self.algebra.tensor(notation.output)
        self.used["mode"] = "layer"
        if not self.layer.bias_term:
            return replace(output, tensor="")
        return self.algebra.added(output, self.algebra.tensor(notation.bias), -1)
