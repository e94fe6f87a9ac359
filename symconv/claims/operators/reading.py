"""From a claim in operators to its sides: what each stands for, under one reading of what may mean two things."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from importlib.resources import files
from itertools import product as cartesian
from typing import Any

import sympy as sp
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from symconv.claims.interpret.definitions import Entry, derivative_name
from symconv.claims.interpret.meaning import Reading
from symconv.claims.operators import convolutions, matrices
from symconv.claims.operators.convolutions import Sliding
from symconv.claims.operators.registry import OPERATORS, STYLES, Arguments, plain_name
from symconv.claims.operators.sliding import flips_in_layer
from symconv.claims.operators.values import Algebra, Whole, misfit
from symconv.claims.parse.names import Names
from symconv.claims.parse.written import single
from symconv.errors import ClaimError
from symconv.printing.greek import GREEK_LETTERS

for _family in ("whole_matrices",):  # they register their operators
    import_module(f"symconv.claims.operators.{_family}")

MOST_OPERATORS = 12
"""A claim has at most 12 operators: each may multiply the ways to read it, and the sums of its formula."""

ENTRYWISE = (r"\odot", "⊙", r"\circ", "∘")
PRODUCTS = (r"\cdot", "·", r"\times", "×", "@")
CORRELATIONS = (r"\star", "⋆", "★", r"\bigstar")


@dataclass(frozen=True)
class Choices:
    """One way to read what can be read in several.

    Args:
        flips: whether * is the convolution of mathematics, with its second operand flipped.
        mode: of a convolution that does not say it; "layer" for the layer's own operation.
        exchanged: whether the first operand of a convolution slides over the second.
        turned: whether the dense weights, or the patches, have outputs, or places, across the columns.
    """

    flips: bool = False
    mode: str = "valid"
    exchanged: bool = False
    turned: bool = False


@dataclass(frozen=True)
class Repairs:
    """What to change in a claim to see whether that is what is wrong with it."""

    zeros_in_delta: bool = False
    zeros_in_weight: bool = False
    padded_input: bool = False
    cropped: bool = False
    turned_weight: bool = False
    other_meaning: bool = False
    mode: str = ""


def tree_of(text: str) -> Any | None:
    """The syntax tree of a claim in operators; None if it is not one."""
    try:
        return _parser().parse(text)
    except UnexpectedInput:
        return None


@cache
def _parser() -> Lark:
    grammar = files("symconv.claims.operators").joinpath("operators.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="basic")


def is_about_whole(names: Names, tree: Any) -> bool:
    """Whether a claim has whole tensors, or operators on them, or matrices."""
    placed = {id(node.children[0]) for node in tree.iter_subtrees() if node.data == "placed"}
    for node in tree.iter_subtrees():
        if node.data == "matrix" or _operator_of(node) in OPERATORS:
            return True
        if node.data == "name" and id(node) not in placed:
            tensor = names.known.get(_plain(node.children[0]))
            if tensor is not None and names.tensors[tensor].rank:
                return True
    return False


def has_operators(tree: Any) -> bool:
    """Whether it can only be a claim in operators, so that what is wrong with it is said of them."""
    return any(
        node.data in ("transposed", "matrix", "backwards")
        or (node.data == "joined" and _sign(str(node.children[1]))[0] not in ("*", *PRODUCTS[:-1]))
        or _operator_of(node) in OPERATORS.keys() - {"sum"}
        for node in tree.iter_subtrees()
    )


def _operator_of(node: Any) -> str:
    return plain_name(str(node.children[0]))[0] if node.data == "call" else ""


def operators_in(tree: Any) -> int:
    """How many operators a claim has."""
    return sum(1 for node in tree.iter_subtrees() if node.data in ("joined", "call", "product", "transposed"))


class WholeReader:
    """Reads the sides of one claim under one choice; ``used`` says which choices made a difference."""

    def __init__(
        self, names: Names, text: str, choices: Choices, repairs: Repairs | None = None, base: int = 0
    ) -> None:
        self.names, self.text, self.choices = names, text, choices
        self.layer = names.layer
        self.repairs = repairs or Repairs()
        self.algebra = Algebra(names, written_out=_has_matrix(text))
        self.used: dict[str, str] = {}
        self.letters: tuple[str, ...] = ()
        self.unknown: dict[str, Entry] = {}

    def wrong(self, words: str, right: str, token: str = "") -> ClaimError:
        at = self.text.find(token) if token else -1
        return ClaimError(self.text, words, right, self.text, at if at >= 0 else None)

    # -- left sides ----------------------------------------------------------------------------------

    def quantity(self, node: Any) -> str | None:
        """The name of the tensor or derivative that a side is, and nothing else."""
        if node.data == "placed":
            return self.quantity(node.children[0])
        if node.data == "call":
            name, _ = plain_name(str(node.children[0]))
            raw = STYLES.sub("", str(node.children[0])).rstrip("({ ")
            return self.names.known.get(raw) or self.names.known.get(name)
        if node.data == "raised":
            return self.quantity(node.children[0]) if _is_layer_number(str(node.children[1])) else None
        if node.data == "name":
            return self.named(_plain(node.children[0]))
        if node.data == "derivative":
            return self.derivative(node)
        return None

    def named(self, name: str) -> str | None:
        """The tensor of a name: h, grad_input, dX."""
        if name in self.names.known:
            return self.names.known[name]
        by = name.removeprefix("grad_") if name.startswith("grad_") else name[1:] if name[:1] == "d" else ""
        tensor = self.names.known.get(by)
        if tensor is None:
            return None
        notation = self.layer.notation
        return notation.grad_output if tensor == notation.output else derivative_name(self.layer, tensor)

    def derivative(self, node: Any) -> str:
        """dL_dX of the derivative of the loss with respect to a whole tensor."""
        token = str(node.children[0])
        if nabla := re.fullmatch(r"\\nabla_(\{.*\}|\\?[A-Za-z]+)\s*(\\?[A-Za-z]+)", token):
            by, above = nabla[1], nabla[2]
        else:
            plain_text = re.sub(r"\\[dt]?frac|\\partial|∂|\\mathrm\{d\}", " ", token)
            parts = [one for one in re.split(r"[{}/]|(?<=d[A-Z])_|\s", plain_text) if one.strip("^() ")]
            words = [one for one in parts if re.search("[A-Za-z]", one)]
            above, by = words[0], words[1] if len(words) > 1 else ""
        name = re.sub(r"\^.*", "", _plain(by.strip("{}"))) if by else ""
        loss = _plain(above)
        bare = name[1:] if name[:1] == "d" and name[1:] in self.names.known else name
        tensor = self.names.known.get(bare)
        if tensor in self.names.definitions.derivatives:
            tensor = None
        if tensor is None or loss not in (self.layer.notation.loss, f"d{self.layer.notation.loss}"):
            right = f"write dL/dX with one of {self.names.listed}"
            raise self.wrong(f"the derivative {token!r} is not known", right, token)
        notation = self.layer.notation
        return notation.grad_output if tensor == notation.output else derivative_name(self.layer, tensor)

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
        name = _plain(token)
        if (tensor := self.named(name)) is not None and tensor in self.names.layouts:
            return self.leaf(tensor)
        if name in self.names.sizes:
            return _number(self.names.sizes[name])
        raise self.wrong(
            self.names.missing(name) or f"the name {name!r} is not known",
            f"tensors are {self.names.listed}",
            str(token),
        )

    def _number(self, token: Token) -> Whole:
        return _number(sp.Rational(str(token)))

    def _derivative(self, token: Token) -> Whole:
        name = self.derivative(Tree("derivative", [token]))
        if name not in self.names.layouts:
            raise self.wrong("the derivative is not known", f"tensors are {self.names.listed}", str(token))
        return self.leaf(name)

    def leaf(self, tensor: str) -> Whole:
        """A tensor of the layer, with what the repairs do to it."""
        notation, repairs = self.layer.notation, self.repairs
        if tensor in (notation.dense_weight, notation.patch):
            return self.matrix_of(tensor)
        value = self.algebra.tensor(tensor)
        write = self.layer.writer.polynomial
        if tensor == notation.grad_output and repairs.zeros_in_delta:
            return convolutions.with_zeros(self.algebra, value, [write(one.s) for one in self.layer.schemes])
        if tensor == notation.weight and repairs.turned_weight:
            value = convolutions.flipped(value)
        if tensor == notation.weight and repairs.zeros_in_weight:
            return convolutions.with_zeros(self.algebra, value, [write(one.d) for one in self.layer.schemes])
        if tensor == notation.input and repairs.padded_input:
            ends = [(write(one.low), write(one.high)) for one in self.layer.schemes]
            return convolutions.padded(self.algebra, value, ends)
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
        rows = [[self.entry(one) for one in row] for row in _rows_of(str(token))]
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
        if not _is_layer_number(str(token)):
            raise self.wrong(f"{str(token)!r} on a whole tensor is not read", "write the product", str(token))
        return self.read(inner)

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

    def _product(self, one: Any, other: Any) -> Whole:
        return self.times(self.read(one), self.read(other))

    def times(self, one: Whole, other: Whole) -> Whole:
        """A number times a tensor, or a product of matrices."""
        if one.is_scalar:
            return self.algebra.scaled(other, one.entry(()))
        if other.is_scalar:
            return self.algebra.scaled(one, other.entry(()))
        if (one.rows and not one.is_column) or (other.rows and not other.is_column) or not (one.rows and other.rows):
            if one.is_column and other.rows == 0 and not one.channels:
                return matrices.outer(self.algebra, one, other)
            return matrices.product(self.algebra, one, other)
        raise self.wrong("a product of two tensors side by side is not read", r"write x * w, x \odot w, or W^T x")

    def _joined(self, one: Any, token: Token, other: Any) -> Whole:
        sign, mode = _sign(str(token))
        a, b = self.read(one), self.read(other)
        if sign in ENTRYWISE:
            return self.algebra.multiplied(a, b)
        matrix = not (a.is_column and b.is_column)
        if a.is_scalar or b.is_scalar or sign in PRODUCTS:
            return self.times(a, b)
        if matrix and sign in (r"\otimes", "⊗"):
            return matrices.kronecker(a, b)
        if matrix and not self.algebra.written_out:
            return self.times(a, b)
        meaning = "correlation" if sign in CORRELATIONS else "layer" if "conv" in sign else "either"
        return self.convolved(a, b, mode, meaning)

    def _call(self, token: Token, *given: Any) -> Whole:
        name, mode = plain_name(str(token))
        raw = STYLES.sub("", str(token)).rstrip("({ ")
        if name not in OPERATORS:
            if raw in self.names.known:
                return self._placed_call(raw, given)
            known = ", ".join(sorted(OPERATORS))
            raise self.wrong(f"the operator {raw!r} is not known", f"operators are {known}", str(token))
        values: list[Whole] = []
        options: dict[str, list[Whole]] = {}
        words: list[str] = []
        for node in given:
            if node.data == "string":
                words.append(str(node.children[0]).strip("'\""))
            elif node.data == "keyword":
                key, *inner = node.children
                strings = [str(one).strip("'\"") for one in inner if isinstance(one, Token)]
                words += strings
                trees = [one for one in inner if isinstance(one, Tree)]
                if trees and not strings and (word := self._word(trees[0])):
                    words.append(word)
                elif trees:
                    options[str(key).rstrip("= ")] = [self.read(one) for one in trees]
            elif (word := self._word(node)) is not None:
                words.append(word)
            else:
                values.append(self.read(node))
        return OPERATORS[name](self, Arguments(values, options, words, mode))

    @staticmethod
    def _word(node: Any) -> str | None:
        """full, valid or same, as a name."""
        name = _plain(node.children[0]) if node.data == "name" else ""
        return name if name in convolutions.MODES else None

    def _placed_call(self, tensor: str, given: Sequence[Any]) -> Whole:
        letters = tuple(_plain(one.children[0]) for one in given if one.data == "name")
        if letters != self.letters:
            raise self.wrong(f"the indices {', '.join(letters)} are not those of the left side", "use the same letters")
        return self.leaf(self.names.known[tensor])

    def convolved(self, one: Whole, other: Whole, mode: str, meaning: str, given: Sliding | None = None) -> Whole:
        """One tensor slides over another.

        Args:
            mode: "" if the claim does not say it.
            meaning: "correlation", "convolution", "layer" for what the layer computes, "either" for a sign.
            given: all of how it slides, if the operator says it.
        """
        if meaning == "either":
            flips, self.used["flips"] = self.choices.flips, _MEANING[self.choices.flips]
        else:
            flips = {"correlation": False, "convolution": True}.get(meaning, flips_in_layer(self.layer))
            self.used["meaning"] = _MEANING[flips].replace("* is", "it is")
            if meaning == "layer":
                self.used["meaning"] = f"conv is what the layer computes, the {NAMES[flips]}"
        flips = flips != self.repairs.other_meaning
        if given is not None:
            how = replace(given, flips=flips, mode=self.repairs.mode or given.mode)
            return convolutions.slide(self.algebra, one, other, how)
        if not mode:
            mode = self.choices.mode
            self.used["mode"] = mode
        mode = self.repairs.mode or mode
        exchanged = self.choices.exchanged
        self.used["exchanged"] = "the first operand slides over the second" if exchanged else ""
        if mode == "layer":
            return self.layers_own(one, other)
        if exchanged:
            one, other = other, one
        return convolutions.slide(self.algebra, one, other, Sliding(flips, mode))

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


NAMES = {False: "cross-correlation", True: "convolution of mathematics"}
_MEANING = {
    False: "* is the cross-correlation, as layers compute it",
    True: "* is the convolution of mathematics, with one operand flipped",
}


def ways(names: Names, text: str) -> Iterator[Choices]:
    """Every choice, the likeliest first."""
    flip = flips_in_layer(names.layer)
    for turned, mode, flips, exchanged in cartesian(
        (False, True), ("valid", "layer", "full", "same"), (flip, not flip), (False, True)
    ):
        yield Choices(flips, mode, exchanged, turned)


# -- pieces of text ------------------------------------------------------------------------------------


def _plain(token: Any) -> str:
    r"""The name in a token: delta of \delta and of \mathbf{\delta}."""
    text = STYLES.sub("", str(token)).strip("{} ").lstrip("\\")
    return GREEK.get(text, text)


GREEK = {letter: name for name, letter in GREEK_LETTERS.items()}


def _number(value: sp.Expr) -> Whole:
    return Whole((), lambda _: value, 0)


def _sign(token: str) -> tuple[str, str]:
    """The sign of an operator, and the mode that stands with it."""
    bare = STYLES.sub("", token)
    mode = next((word for word in convolutions.MODES if word in bare), "")
    sign = re.match(r"\\[a-z]+|[^\w\s]|[{\s]*[a-z]+", bare)
    return (sign[0].strip("{ ") if sign else bare), mode


def _is_layer_number(power: str) -> bool:
    """Whether ^{l+1}, ^{(2)} or ^l numbers a layer."""
    return (
        re.fullmatch(r"\^\s*\{?\s*(\(?\s*[lLk]\s*([+-]\s*1)?\s*\)?|\(\d+\)|\[\w+([+-]1)?\])\s*\}?", power) is not None
    )


def _has_matrix(text: str) -> bool:
    tree = tree_of(text)
    return tree is not None and any(node.data == "matrix" for node in tree.iter_subtrees())


def _rows_of(text: str) -> list[list[str]]:
    """The entries of a matrix as it is written, as text."""
    if text.startswith("\\begin"):
        inner = re.sub(r"^\\begin\{\w+\}(\{[^{}]*\})?|\\end\{\w+\}$", "", text.strip())
        rows = [row for row in re.split(r"\\\\", inner) if row.strip()]
        return [row.split("&") for row in rows]
    inner = text.strip()[1:-1]
    if "[" in inner:
        return [_entries(row) for row in re.findall(r"\[([^\[\]]*)\]", inner)]
    rows = [row for row in inner.split(";") if row.strip()]
    return [_entries(row) for row in rows]


def _entries(row: str) -> list[str]:
    """Entries of a row, with commas between them or only spaces."""
    if "," in row:
        return row.split(",")
    return re.split(r"(?<![+\-*/\s])\s+(?![+\-*/\s])", row.strip())
