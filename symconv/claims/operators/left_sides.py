"""Whole tensors by their names: what a left side is, and W as the matrix that makes the layer fully connected."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import sympy as sp

from symconv.claims.interpret.definitions import derivative_name
from symconv.claims.interpret.meaning import Reading
from symconv.claims.operators.registry import STYLES, plain_name
from symconv.claims.operators.syntax import ENTRYWISE, KRONECKER, PRODUCTS, is_layer_number, plain, rows_of, sign_of
from symconv.claims.parse.names import Names
from symconv.claims.parse.written import single
from symconv.errors import ClaimError
from symconv.geometry.axes import axes_of

FLAT = ("vec", "flatten", "ravel", "vector")
"""Operators that leave all entries where they are, in one column."""
OUTPUT_LETTERS = ("O", "Z", "Y", "S", "H")
"""Capital letters by which a loss is differentiated as the output, and not as the dense weight."""


@dataclass(frozen=True)
class TensorNames:
    """The names of one claim."""

    names: Names
    text: str

    def wrong(self, words: str, right: str, token: str = "") -> ClaimError:
        at = self.text.find(token) if token else -1
        return ClaimError(self.text, words, right, self.text, at if at >= 0 else None)

    def quantity(self, node: Any) -> str | None:
        """The name of the tensor or derivative that a side is, and nothing else."""
        if node.data == "placed":
            return self.quantity(node.children[0])
        if node.data == "call":
            name, _ = plain_name(str(node.children[0]))
            if name in FLAT and len(node.children) == 2:
                return self.quantity(node.children[1])
            raw = STYLES.sub("", str(node.children[0])).rstrip("({ ")
            return self.names.known.get(raw) or self.names.known.get(name)
        if node.data == "raised":
            layered = layered_name(node)
            return None if layered is None else self.names.known.get(layered) or self.quantity(node.children[0])
        if node.data == "name":
            return self.named(plain(node.children[0]))
        if node.data == "derivative":
            return self.derivative(node)
        return self.stacked(node) if node.data == "matrix" else None

    def stacked(self, node: Any) -> str | None:
        """The quantity of which a row or a column has all entries in their order; None of other matrices."""
        rows = rows_of(str(node.children[0]))
        texts = [text for row in rows for text in row]
        if not self.names.layer.is_concrete or 1 not in (len(rows), len(rows[0])):
            return None
        try:
            lefts = [Reading(self.names, text).left_side(single(text).right) for text in texts]
        except ClaimError:
            return None
        (name, _), *others = lefts
        shape = [int(axis.size.value or 0) for axis in axes_of(self.names.layouts.get(name, ()))]
        places = [tuple(map(sp.Integer, at)) for at in product(*map(range, shape))]
        if any(other != name for other, _ in others):
            return None
        output = self.names.layer.notation.output
        if [at for _, at in lefts] != places and name in (*self.names.definitions.derivatives, output):
            raise self.wrong(f"these are not all entries of {name} in their order", "write all, in row-major order")
        return name if [at for _, at in lefts] == places else None

    def named(self, name: str) -> str | None:
        """The tensor of a name: h, grad_input, dX."""
        if name in self.names.known:
            return self.names.known[name]
        by = name.removeprefix("grad_") if name.startswith("grad_") else name[1:] if name[:1] == "d" else ""
        tensor = self.names.known.get(by)
        if tensor is None:
            return None
        notation = self.names.layer.notation
        return notation.grad_output if tensor == notation.output else derivative_name(self.names.layer, tensor)

    def letters(self, node: Any) -> tuple[str, ...]:
        """The indices of the entry that a left side is: i, j of S(i, j), S_{ij} and S[i, j]."""
        if node.data == "placed":
            return tuple(re.findall("[a-z]", str(node.children[1])))
        if node.data == "call":
            return tuple(plain(one.children[0]) for one in node.children[1:] if one.data == "name")
        return ()

    def factors(self, name: str) -> Sequence[str]:
        """W, x of Wx: the letters of a name that is not known, if each of them is."""
        letters = list(name)
        known = all(one in self.names.known or one in self.names.sizes for one in letters)
        return letters if name not in self.names.known and 1 < len(letters) < 5 and known else ()

    def derivative(self, node: Any) -> str:
        """dL_dX of the derivative of the loss with respect to a whole tensor."""
        token = str(node.children[0])
        loss, by = parts_of_derivative(token)
        own, known = self.names.layer.notation, self.names.known
        bare = by[1:] if by[:1] == "d" and by[1:] in known else by
        tensor = self.names.differentiated(bare)
        if tensor in self.names.definitions.derivatives:
            tensor = None
        if tensor is None or (loss in known and loss not in (own.loss, f"d{own.loss}")):
            right = f"write dL/dX with one of {self.names.listed}"
            raise self.wrong(f"the derivative {token!r} is not known", right, token)
        return own.grad_output if tensor == own.output else derivative_name(self.names.layer, tensor)

    def said_of(self, sides: Sequence[Any]) -> Iterator[str]:
        """That another letter than the layer's is the loss."""
        for side in sides:
            for node in side.iter_subtrees():
                if node.data == "derivative":
                    loss = parts_of_derivative(str(node.children[0]))[0].removeprefix("d")
                    if loss != self.names.layer.notation.loss:
                        yield f"{loss} is the loss"


def layered_name(node: Any) -> str | None:
    """w^(l+1) of a name with the number of a layer, and a plain name as it stands; None of something else."""
    if node.data == "name":
        return plain(node.children[0])
    if node.data == "raised" and is_layer_number(str(node.children[1])) and node.children[0].data == "name":
        number = re.sub(r"[\s^{}()\[\]]|\\ell", lambda one: "l" if one[0] == "\\ell" else "", str(node.children[1]))
        return f"{plain(node.children[0].children[0])}^({number})"
    return None


def parts_of_derivative(token: str) -> tuple[str, str]:
    r"""What is differentiated, and by what: L and X of \frac{\partial L}{\partial \mathbf{X}}, dL/dX and \nabla_X L."""
    if nabla := re.fullmatch(r"\\nabla_(\{.*\}|\\?[A-Za-z]+)\s*(\\?[A-Za-z]+(?:\{[A-Za-z]+\})?)", token):
        by, above = nabla[1], nabla[2]
    else:
        text = STYLES.sub(" ", re.sub(r"\\[dt]?frac|\\partial|∂|\\mathrm\{d\}", " ", token))
        parts = [one for one in re.split(r"[{}/]|(?<=d[A-Z])_|\s", text) if one.strip("^() ")]
        words = [one for one in parts if re.search("[A-Za-z]", one)]
        above, by = words[0], words[1] if len(words) > 1 else ""
        if re.match(r"d[A-Z]\s*[/_]", token):
            above, by = above[1:], by.removeprefix("d")
    return plain(above), re.sub(r"\^.*", "", plain(by.strip("{}")))


def with_dense_weight(names: Names, tree: Any) -> Iterator[Names]:
    """The names, and those in which a capital letter that is multiplied as a matrix is the dense weight: h = W x."""
    yield names
    dense = names.layer.notation.dense_weight
    letters = sorted(_matrix_letters(names, tree)) if dense in names.known else []
    if len(letters) == 1:
        (letter,) = letters
        gradient = derivative_name(names.layer, dense)
        of = {name: gradient for name in (f"d{letter}", f"grad_{letter}") if gradient in names.layouts}
        other = names.renamed({letter: dense, **of}, ())
        kept = (words for words in names.said if not words.startswith(f"{letter} is "))
        other.said = (*kept, f"{letter} is the dense weight {dense}")
        yield other


def _matrix_letters(names: Names, tree: Any) -> set[str]:
    """Capital letters that may be the dense weight, from where they stand: beside a tensor, transposed, or alone."""
    given = any(node.data == "matrix" for node in tree.iter_subtrees())
    found: set[str | None] = {_matrix_letter(side) for side in tree.children} if given else set()
    slides = any(map(_slides, tree.iter_subtrees()))
    slid: set[str | None] = set()
    for node in tree.iter_subtrees():
        parts = [one for one in node.children if not isinstance(one, str)]
        if node.data == "product" or (node.data == "joined" and sign_of(str(node.children[1]))[0] in PRODUCTS):
            found |= set(map(_matrix_letter, parts))
        elif node.data == "transposed":
            found.add(_matrix_letter(parts[0]))
        elif node.data in ("joined", "call"):
            slid |= set(map(_matrix_letter, parts))
        elif slides:  # dL/dW = X * dL/dY is about the kernel
            continue
        elif node.data == "derivative" and node is tree.children[0]:
            by = parts_of_derivative(str(node.children[0]))[1]
            found |= {by} - {*OUTPUT_LETTERS}
        elif node is tree.children[0] and (gradient := re.fullmatch("(?:d|grad_)([A-Z])", layered_name(node) or "")):
            found.add(gradient[1])
        elif node.data == "name" and len(name := plain(node.children[0])) > 1 and name not in names.known:
            found.add(name[0])  # Wx
    own, usual = names.layer.notation, names.known.get
    taken = {*names.sizes, own.weight, own.loss}
    single = {one for one in found if one is not None and len(one.partition("^")[0]) == 1}
    new = {one for one in single if one.partition("^")[0].isupper() and one not in taken}
    return {one for one in new - slid if usual(one) in (None, own.weight)}


def _slides(node: Any) -> bool:
    """Whether a sign, or the name of an operator, is one of sliding, and of nothing else."""
    if node.data == "call":
        return "conv" in (name := plain_name(str(node.children[0]))[0]) or "corr" in name
    if node.data != "joined":
        return False
    sign = sign_of(str(node.children[1]))[0]
    return sign not in (*PRODUCTS, *ENTRYWISE, *KRONECKER)


def _matrix_letter(node: Any) -> str | None:
    """The name that a node is, transposed or not."""
    while node.data in ("transposed", "parens"):
        node = node.children[0]
    return layered_name(node)
