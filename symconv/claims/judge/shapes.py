"""Claims about the shape of a tensor: y.shape == (6, 32, 32), "output volume = 32 x 32 x 6", "the output size is 3"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import sympy as sp

from symconv.claims.interpret.definitions import derivative_name
from symconv.claims.judge.parameters import CountNames
from symconv.claims.judge.sizes import SizeCheck
from symconv.claims.operators.left_sides import TensorNames
from symconv.claims.parse.names import Names
from symconv.claims.parse.size_formulas import size_tree
from symconv.claims.parse.size_names import SizeNames
from symconv.claims.report import CheckReport
from symconv.errors import ClaimError, SymconvError

_SUBJECT = (
    r"(?:the\s+)?(?P<subject>output|input|feature\s+maps?|activations?|kernels?|filters?|weights?|bias)"
    r"(?:\s+(?P<noun>volume|shape|size|tensor|dimensions?|length|width|height|map))?"
)
_ARRAY = (
    r"(?:(?:np|torch|tf)\.shape\(\s*(?P<inside>\w+)\s*\)|(?P<array>\w+)\s*\.\s*(?:shape|size\(\))|"
    r"shape\(\s*(?P<called>\w+)\s*\))"
)
_IS = r"\s*(?:==?|:|\bis\b|\bhas\s+(?:the\s+)?shape\b|\bhas\s+size\b|\bare\b)\s*"
_LEFT = re.compile(rf"\s*\$*\s*(?:{_ARRAY}|{_SUBJECT}){_IS}", re.IGNORECASE)
_SET = r"(?:\\mathbb\s*\{?\s*R\s*\}?|\\R(?![A-Za-z])|R|ℝ)"
_MEMBER = re.compile(
    r"\s*(?:\$+|\\\[|\\\()?\s*(?P<name>[^=∈]*?)\s*(?:\\in(?![A-Za-z])|∈)\s*"
    rf"{_SET}\s*\^\s*(?P<sizes>\{{.*\}}|\(.*\)|\w)\s*(?:\$+|\\\]|\\\))?\s*[.,;]?\s*",
    re.DOTALL,
)
"""Y \\in \\mathbb{R}^{6 \\times 28 \\times 28}: the shape of a tensor."""
_STYLED = re.compile(r"\\(?:mathbf|mathrm|text|boldsymbol|bm|mathsf|mathcal|mathit)\s*\{([^{}]*)\}")
_GRADIENT = re.compile(
    r"\\[dt]?frac\s*\{\s*(?:\\partial|d)\s*\w+\s*\}\s*\{\s*(?:\\partial|d)\s*(\w+)\s*\}|\\nabla_\{?(\w+)\}?\s*\w*"
)
_TIMES = re.compile(r"\s*(?:\\times|×|(?<=[\d)\s])x(?=[\d(\s])|(?<=\w)\s+x\s+(?=\w))\s*")
_BRACKETS = re.compile(r"[\[(](.*)[\])]")
_ROLES = {"feature map": "output", "activation": "output", "kernel": "weight", "filter": "weight"}
_OF_AXES = {"size": "_size", "length": "_length", "width": "_width", "height": "_height"}
_BATCH = ("N", "B", "batch", "batch_size", "None", "1")
"""What may stand in front of a shape for the number of examples."""
MOST_SIZES = 8
SHAPED = "shapedsize"
"""The name of a size of the tensor while it is compared."""


def about_a_shape(names: Names, text: str, of: str | None) -> CheckReport | None:
    """The verdict on a claim about the shape of a tensor; None of other claims.

    Raises:
        ClaimError: it is one, and a name in it is not a size of the layer.
    """
    if of not in (None, "shape", "output_size"):
        return None
    if ("\\in" in text or "∈" in text) and (member := _MEMBER.fullmatch(text)) is not None:
        return _of_member(names, text, member["name"], member["sizes"])
    left = _LEFT.match(text)
    if left is None:
        return ShapeClaim(names, text, names.layer.notation.output, _sizes(text)).run() if of == "shape" else None
    right = text[left.end() :].strip().strip("$").rstrip(".;").strip()
    sizes = _sizes(right)
    spelled = next((left[name] for name in ("inside", "array", "called") if left[name]), None)
    tensor = _named(names, spelled) if spelled else _said(names, left["subject"])
    is_plain = spelled is None and left["noun"] is None
    if tensor is None or (is_plain and (len(sizes) == 1 or not any(one[-1].isdigit() for one in sizes))):
        return None  # the output is w * x
    if _is_a_matrix(names, tensor, sizes):
        return None  # W may be the matrix of the fully connected view
    noun = (left["noun"] or "").lower()
    if len(sizes) == 1 and noun in _OF_AXES and tensor in (names.layer.notation.output, names.layer.notation.input):
        said = f"{'out' if tensor == names.layer.notation.output else 'input'}{_OF_AXES[noun]} = {right}"
        tree = size_tree(said)
        return None if tree is None else SizeCheck(names, said, tree).run()
    return ShapeClaim(names, text, tensor, sizes, noun.startswith(("size", "dimension"))).run()


def _of_member(names: Names, text: str, name: str, sizes: str) -> CheckReport:
    """The verdict on a claim that a tensor is in R^shape.

    Raises:
        ClaimError: it is not a tensor that the layer has by itself.
    """
    plain = _GRADIENT.sub(lambda one: f"d{one[1] or one[2]}", _STYLED.sub(r"\1", name)).strip("{} ")
    gradient = TensorNames(names, text).named(plain)
    word = plain.lower()
    tensor = _named(names, plain) or (gradient if gradient in names.layouts and plain[:1] == "d" else None)
    tensor = _said(names, word) if tensor is None and word in ("output", "input", "weights", "bias") else tensor
    inside = sizes[1:-1] if sizes[:1] in "{(" else sizes
    claimed = _sizes(inside)
    if tensor is None or _is_a_matrix(names, tensor, claimed):
        wrong = f"{name.strip() or 'it'} is not one of the layer's own tensors, or not as a matrix"
        right = f"state the shape of {', '.join(sorted(_own(names)))}"
        raise ClaimError(text, wrong, right, text, 0)
    return ShapeClaim(names, text, tensor, claimed).run()


def _own(names: Names) -> set[str]:
    """The tensors that the layer has by itself, and its gradients."""
    own = names.layer.notation
    plain = {own.input, own.weight, own.bias, own.output, own.grad_output}
    plain |= {derivative_name(names.layer, one) for one in (own.input, own.weight, own.bias)}
    return {one for one in plain if one in names.layouts}


def _said(names: Names, subject: str) -> str | None:
    word = re.sub(r"\s+", " ", subject.lower()).removesuffix("s")
    tensor = str(getattr(names.layer.notation, _ROLES.get(word, "bias" if word == "bia" else word)))
    return tensor if tensor in names.layouts else None


def _named(names: Names, name: str) -> str | None:
    """The tensor that a name of an array stands for."""
    role = "output" if name in ("out", "z", "Z", "Y", "O") and name not in names.known else ""
    tensor = getattr(names.layer.notation, role) if role else names.known.get(name)
    return tensor if tensor in _own(names) else None  # v and P are written as matrices too


def _is_a_matrix(names: Names, tensor: str, sizes: Sequence[Sequence[str]]) -> bool:
    """Whether W is rather a matrix: the dense one, or that of the kernels in rows; the kernel has not two sizes."""
    own = names.layer.notation
    if tensor != own.weight or len(sizes) != 2:
        return False
    kernel = ShapeClaim(names, "", tensor, sizes)
    inputs, outputs = (sp.Mul(*ShapeClaim(names, "", one, ()).own) for one in (own.input, own.output))
    if all(len(shape) != len(sizes) for shape, _ in kernel.shapes()):
        return True
    return kernel.fits([inputs, outputs], sizes) or kernel.fits([outputs, inputs], sizes)


def _sizes(text: str) -> list[list[str]]:
    """The sizes of a shape, each as the sides of a = b: (6, 32, 32), 6 x 32 x 32, (n - K)/s + 1 = 3."""
    wrapped = re.fullmatch(r"(?:torch\.Size|tuple)\((.*)\)", text)
    inside = _BRACKETS.fullmatch(text if wrapped is None else wrapped[1])
    if inside is not None and "," in inside[1]:
        parts = [part for part in re.split(r",(?![^()]*\))", inside[1]) if part.strip()]
    elif len(chain := _chained(text)) > 1:
        return [[size.strip() for size in sizes] for sizes in zip(*chain)]
    else:
        parts = _TIMES.split(text)
    return [[side.strip() for side in part.split("=")] for part in parts]


def _chained(text: str) -> list[list[str]]:
    """The sizes of each shape of A x B = C x D; one shape if they do not have as many sizes."""
    chain = [_TIMES.split(side.strip()) for side in text.split("=")]
    return chain if len(chain[0]) > 1 and len({*map(len, chain)}) == 1 else chain[:1]


class ShapeNames(CountNames):
    """The sizes of the layer and of its channels, and one size of the tensor."""

    size: sp.Expr = sp.S.Zero

    def meaning(self, name: str, axis: int | None) -> tuple[sp.Expr, int | None] | None:
        return (self.size, None) if name == SHAPED else super().meaning(name, axis)


@dataclass(frozen=True)
class OneSize(SizeCheck):
    """The check of one size of a shape."""

    size: sp.Expr = sp.S.Zero
    of: ClassVar[str] = "shape"
    on_axes: ClassVar[bool] = False

    @property
    def sizes(self) -> SizeNames:
        found = ShapeNames(self.names)
        found.size = self.size
        return found

    def readings(self) -> Iterator[SizeCheck]:
        yield self

    def told(self) -> Iterator[str]:
        yield from (sentence for sentence in super().told() if not sentence.startswith(SHAPED))


@dataclass(frozen=True)
class ShapeClaim:
    """A claim about all sizes of one tensor.

    Args:
        tensor: its name.
        sizes: the sides that are claimed of each size.
    """

    names: Names
    text: str
    tensor: str
    sizes: Sequence[Sequence[str]]
    of_positions: bool = False
    """Whether it may be about the positions alone, as a size is."""

    def run(self) -> CheckReport:
        """Proved if all sizes are right in one usual order of the dimensions; else the first that is wrong.

        Raises:
            ClaimError: a name is not a size of the layer.
        """
        if len(self.sizes) > MOST_SIZES:
            raise ClaimError(self.text, f"it has {len(self.sizes)} sizes", f"use at most {MOST_SIZES}")
        first = self.sizes[0][-1]
        is_batch = first in _BATCH and len(self.sizes) == len(self.own) + 1 and not self.names.layer.batch_axes
        sizes = self.sizes[1:] if is_batch else self.sizes
        of_batch = (f"{first} is the number of examples",) if is_batch else ()
        wrong: list[tuple[int, CheckReport]] = []
        for shape, words in self.shapes():
            if len(shape) == len(sizes):
                reports = [self.compared(claimed, size) for claimed, size in zip(sizes, shape)]
                report = next((one for one in reports if not one.holds), reports[-1])
                told = tuple(dict.fromkeys(said for one in reports for said in one.reading))
                said_first = (*of_batch, *([words] if words else []))
                report = replace(report, tell=partial(tuple, told), read_as=said_first)
                if report.holds:
                    return report
                wrong.append((sum(one.holds for one in reports), report))
        written = self.written
        if not wrong:
            reason = f"it has {len(self.sizes)} sizes, and the shape of {self.tensor} is {self.shape}"
            return CheckReport(
                self.names.layer,
                "shape",
                (self.text,),
                "refuted",
                write_right=lambda: written,
                explain=lambda: (reason,),
            )
        report = max(wrong, key=lambda one: one[0])[1]
        explain = partial(self.left_out, sizes, report)
        return replace(report, write_right=lambda: written, explain=explain)

    def left_out(self, sizes: Sequence[Sequence[str]], report: CheckReport) -> Iterator[str]:
        """The parameter without which the shape is as claimed."""
        layer = self.names.layer
        if self.tensor != layer.notation.output:
            yield from report.explanation
            return
        for parameter, default in (("padding", 0), ("stride", 1), ("dilation", 1)):
            if parameter not in layer.PARAMETERS or layer.values.get(parameter) is None:
                continue
            try:
                other = type(layer)(**{**layer.arguments(), parameter: default})
            except SymconvError:
                continue
            claim = ShapeClaim(Names.of(other), self.text, self.tensor, sizes)
            if any(claim.fits(shape, sizes) for shape, _ in claim.shapes()):
                yield f"the {parameter} is left out"
                return
        yield from report.explanation

    def fits(self, shape: Sequence[sp.Expr], sizes: Sequence[Sequence[str]]) -> bool:
        """Whether all sizes are as claimed."""
        return len(shape) == len(sizes) and all(map(lambda one, size: self.compared(one, size).holds, sizes, shape))

    def compared(self, claimed: Sequence[str], size: sp.Expr) -> CheckReport:
        """The verdict on one size."""
        tree = size_tree(" = ".join((SHAPED, *claimed)))
        report = None if tree is None else OneSize(self.names, self.text, tree, size=size).run()
        if report is None:
            known = ", ".join(sorted(self.names.sizes)) or "numbers"
            raise ClaimError(self.text, f"{' = '.join(claimed)} is not a size of the layer", f"sizes are {known}")
        return report

    @property
    def own(self) -> list[sp.Expr]:
        """The sizes in PyTorch's order."""
        write = self.names.layer.writer.polynomial
        layout = self.names.layouts[self.tensor]
        return [sp.Mul(*(write(axis.size) for axis in dimension)) for dimension in layout]

    @property
    def shape(self) -> str:
        sizes = list(map(str, self.own))
        return f"({', '.join(sizes)}{',' * (len(sizes) == 1)})"

    @property
    def written(self) -> str:
        return f"{self.tensor}.shape = {self.shape}"

    def shapes(self) -> Iterator[tuple[list[sp.Expr], str]]:
        """The shapes that people write, each with its words, PyTorch's first."""
        own, ndim = self.own, self.names.layer.ndim
        yield own, ""
        heads, positions = own[: len(own) - ndim], own[len(own) - ndim :]
        is_kernel = self.tensor == self.names.layer.notation.weight
        examples = len(self.names.layer.batch_axes) if not is_kernel else 0
        if heads and is_kernel:
            yield [*positions, *reversed(heads)], "channels are last"
        elif len(heads) > examples:
            yield [*heads[:examples], *positions, *heads[examples:]], "channels are last"
        if heads and all(size == 1 for size in heads):
            yield positions, "the dimensions of one element are left out"
        elif heads and self.of_positions:
            yield (
                positions,
                "it is the size in the plane, without the channels" if ndim == 2 else "without the channels",
            )
