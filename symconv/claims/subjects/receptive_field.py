r"""Claims about the receptive field of a network: r_l = r_{l-1} + (k_l - 1) j_{l-1}, RF = K_1 + s_1 (K_2 - 1).

r_l is how many inputs an output of the l-th layer that slides depends on, on each axis, and j_l, the jump, is the
distance of the inputs of two neighbors: the product of the strides up to it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import sympy as sp

from symconv.claims.parse.size_formulas import at as number_at, sides_of, size_tree
from symconv.claims.subjects.report import SubjectReport
from symconv.errors import ClaimError
from symconv.foundations.values import Cached
from symconv.geometry.axis_map import AxisScheme
from symconv.networks.network import Graph
from symconv.proof.verdict import Witness

_FIELD = r"(?:\\(?:text|mathrm)\{\s*(?:RF|rf|R|r)\s*\}|RF|rf|receptive\\?_field|r|R)"
_LEFT = re.compile(
    rf"\s*(?:\$|\\\[|\\\()?\s*(?:{_FIELD}|j(?=_))\s*(?:_\s*(\{{[^{{}}]*\}}|\w))?\s*(?:\[\w+\])?\s*=(?!=)"
)
_TOTAL = re.compile(r"\\(sum|prod)\s*_\s*\{\s*([a-zA-Z])\s*=\s*([^{}]*)\}\s*\^\s*(\{[^{}]*\}|\w)\s*")
_FACTOR = re.compile(r"[A-Za-z]+\s*_\s*(?:\{[^{}]*\}|\w)|[A-Za-z]")
OF = ("receptive field",)
MOST_LAYERS, TRIALS, LARGEST = 100, 40, 9


class Slides(Cached):
    """The layers of a network that slide, in their order, on one axis."""

    def __init__(self, network: Graph, claim: str) -> None:
        layers = [part.layer for part in network.parts if part.layer is not None and part.layer.schemes]
        self.network, self.claim = network, claim
        self.schemes: list[AxisScheme] = []
        for layer in layers:
            if layer.spreads or len({(one.K, one.s, one.d) for one in layer.schemes}) > 1:
                wrong = "the receptive field is read where every layer slides alike on all axes"
                raise ClaimError(claim, wrong, "use convolutions and pooling with one kernel size and stride")
            self.schemes.append(layer.schemes[0])
        if not 0 < len(self.schemes) <= MOST_LAYERS:
            raise ClaimError(claim, f"the network has {len(self.schemes)} layers that slide", f"use 1 to {MOST_LAYERS}")
        self.write = layers[0].writer.polynomial

    @cached_property
    def jumps(self) -> list[sp.Expr]:
        """j_0, j_1, .."""
        found: list[sp.Expr] = [sp.S.One]
        for one in self.schemes:
            found.append(sp.expand(found[-1] * self.write(one.s)))
        return found

    @cached_property
    def fields(self) -> list[sp.Expr]:
        """r_0, r_1, .."""
        found: list[sp.Expr] = [sp.S.One]
        for one, jump in zip(self.schemes, self.jumps):
            found.append(sp.expand(found[-1] + self.write(one.d * (one.K - 1)) * jump))
        return found

    @property
    def whole(self) -> sp.Expr:
        """The receptive field of the network."""
        return self.fields[-1]

    def words(self, letter: str) -> str:
        """What r_l is."""
        return f"r_{letter} is the receptive field after that many layers that slide, and r_0 = 1"

    def meaning(self, name: str, axis: int | None) -> tuple[sp.Expr, int | None] | None:
        """What a name with the number of a layer is; without one, of the network, or of layers that are alike."""
        text = re.sub(r"\\(text|mathrm)|[{}\s\\]", "", name)
        found = re.fullmatch(r"(RF|rf|receptive_?field|[A-Za-z])(?:_?(\d+)|\[(\d+)\])?", text)
        if found is None:
            return None
        letter, number = found[1].lower(), found[2] or found[3]
        sizes = self.sizes(letter)
        if sizes is self.fields and not number:
            return self.whole, None
        if not sizes or (number and int(number) >= len(sizes)):
            return None
        if number:
            return (sizes[int(number)], None) if int(number) or letter not in "kfd" else None
        return (sizes[1], None) if letter != "j" and len(set(sizes[1:])) == 1 else None

    def sizes(self, letter: str) -> Sequence[sp.Expr]:
        """The sizes of that letter by the number of the layer; number 0 is the input, whose stride is 1."""
        if letter in ("r", "rf", "receptivefield", "receptive_field"):
            return self.fields
        if letter == "j":
            return self.jumps
        picked = {"k": "K", "f": "K", "s": "s", "d": "d"}.get(letter)
        return [] if picked is None else [sp.S.One, *(self.write(getattr(one, picked)) for one in self.schemes)]

    def mistakes(self, layer: int) -> Iterator[tuple[sp.Expr, str]]:
        """Wrong fields of a layer, each with what went wrong."""
        one, field = self.schemes[layer - 1], self.fields[layer - 1]
        kernel, stride, jump = self.write(one.K), self.write(one.s), self.jumps[layer - 1]
        yield field + (kernel - 1) * jump, "the dilation is left out"
        yield field + self.write(one.d) * kernel * jump, "the kernel reaches K - 1 further, not K"
        yield field + self.write(one.d) * (kernel - 1), "the strides of the layers before are left out"
        yield field + self.write(one.d) * (kernel - 1) * jump * stride, "the layer's own stride does not count"
        before = self.write(self.schemes[layer - 2].s) if layer > 1 else sp.S.One
        yield field + self.write(one.d) * (kernel - 1) * before, "the strides of all layers before are multiplied"


class Backwards(Slides):
    """The same, with r_l counted in outputs of the l-th layer: r_0 is that of the network, and r_L = 1."""

    @cached_property
    def fields(self) -> list[sp.Expr]:
        found: list[sp.Expr] = [sp.S.One]
        for one in reversed(self.schemes):
            found.append(sp.expand(self.write(one.s) * (found[-1] - 1) + self.write(one.d * (one.K - 1)) + 1))
        return found[::-1]

    @property
    def whole(self) -> sp.Expr:
        return self.fields[0]

    def words(self, letter: str) -> str:
        return f"r_{letter} is how many outputs of that layer an output of the network depends on, and the last r is 1"


def about_receptive_field(network: Graph, claim: str) -> SubjectReport | None:
    """The verdict on a claim about the receptive field; None of other claims.

    Raises:
        ClaimError: it is one, and a name in it is not known.
    """
    written, claim = claim, _in_usual_letters(claim)
    left = _LEFT.match(claim)
    if left is None:
        return None
    report = _judged(Slides(network, claim), claim, left)
    if not report.holds and left[0].lstrip("$ ")[:1] == "r":
        backwards = _judged(Backwards(network, claim), claim, left)
        report = backwards if backwards.holds else report
    return replace(report, claims=(written,))


_NUMBERED = re.compile(r"_\s*(?:\{\s*(?:\\(?:text|mathrm)\{\s*)?(out|in)\s*\}?\s*\}|(out|in)(?![A-Za-z]))")
_ALONE = re.compile(r"(?<![A-Za-z_\\{])([kKsSfFd])(?![A-Za-z_]|\s*[_\[])")


def _in_usual_letters(claim: str) -> str:
    """l_k as r_k, and r_out, r_in, k and s as r_l, r_{l-1}, k_l and s_l."""
    text = re.sub(r"\\(?:left|right|bigl|bigr|Bigl|Bigr)(?![A-Za-z])\s*", "", claim)
    text = re.sub(r"(?:(?<![A-Za-z])|\\(?:text|mathrm)\{\s*)[rR]eceptive [fF]ield(?: size)?(?:\s*\})?", "RF", text)
    if re.match(r"\s*\$*l\s*_", text):
        text = re.sub(r"(?<![A-Za-z\\])l(?=\s*_)", "r", text)
    if re.match(r"\s*\$*[rj]\s*_\s*(?:\{\s*(?:\\(?:text|mathrm)\{\s*)?)?out", text):
        text = _ALONE.sub(r"\1_{l}", text)
        text = _NUMBERED.sub(lambda found: "_{l}" if "out" in found[0] else "_{l-1}", text)
    return text


def _judged(slides: Slides, claim: str, left: re.Match[str]) -> SubjectReport:
    """The verdict on a claim whose left side is a receptive field or a jump."""
    letter = re.search(r"[a-z]", left[1] or "")
    count = len(slides.schemes)
    steps: Sequence[int | None] = [None] if letter is None else range(count + 1)
    read_as = slides.words(letter[0] if letter else "l")
    judged = 0
    for step in steps:
        text = claim if letter is None or step is None else _numbered(claim, letter[0], step)
        text = _written_out(text.replace("L", str(count)) if r"\sum" in text or r"\prod" in text else text)
        tree = size_tree(text)
        sides = None if tree is None else sides_of(slides, tree)
        if sides is None:
            if letter is not None and step in (0, count):  # r_{-1}, or s of the input
                continue
            raise ClaimError(claim, "a name in it is not a size of the network's layers", "write r_2, K_1, s_1, j_1")
        judged += 1
        for right in sides[1:]:
            report = _compared(slides, claim, sides[0], right, _layer_of(text))
            if report.status != "proved":
                return replace(report, read_as=(read_as,))
    if not judged:
        raise ClaimError(claim, "it is about no layer of the network", "write r_l = r_{l-1} + (k_l - 1) j_{l-1}")
    return SubjectReport(
        slides.network, ("receptive field",), (claim,), "proved", "all sizes of the layers", read_as=(read_as,)
    )


def _compared(slides: Slides, claim: str, left: sp.Expr, right: sp.Expr, layer: int | None) -> SubjectReport:
    """Proved if the sides are one polynomial, refuted at numbers."""
    difference = sp.expand(left - right)
    if difference == 0:
        return SubjectReport(slides.network, OF, (claim,), "proved")
    chance = random.Random(0)
    names = sorted(symbol.name for symbol in difference.free_symbols)
    field = slides.fields[-1 if layer is None else layer]
    words = tuple(
        words for wrong, words in slides.mistakes(layer or len(slides.schemes)) if sp.expand(wrong - right) == 0
    )
    for _ in range(TRIALS):
        values = {name: chance.randint(1, LARGEST) for name in names}
        one, other = number_at(left, values), number_at(right, values)
        if one != other:
            witness = Witness(values, {}, {}, one, other, ("right", "claimed"))
            return SubjectReport(
                slides.network, OF, (claim,), "refuted", right=f"{field}", explanation=words[:1], witness=witness
            )
    return SubjectReport(slides.network, OF, (claim,), "undecided", right=f"{field}")


def _layer_of(text: str) -> int | None:
    found = re.match(r"\D*?_\s*\{?\s*(\d+)", text.partition("=")[0])
    return int(found[1]) if found else None


def _numbered(claim: str, letter: str, step: int) -> str:
    """The claim with a number for l in subscripts and at the ends of sums and products."""

    def number(found: re.Match[str]) -> str:
        more = int(re.sub(r"\s", "", found[2] or "0"))
        return f"{found[1]}{{{step + more}}}"

    plain = re.sub(rf"([_^]\s*)\{{\s*{letter}\s*([+-]\s*\d+)?\s*\}}", number, claim)
    return re.sub(rf"([_^]\s*){letter}(?![A-Za-z])()", number, plain)


def _written_out(text: str) -> str:
    r"""The text with \sum and \prod over numbers as sums and products."""
    for _ in range(MOST_LAYERS):
        totals = [(one, _whole(one[3]), _whole(one[4].strip("{}"))) for one in _TOTAL.finditer(text)]
        total, *ends = next((one for one in totals if None not in one), (None, None, None))
        if total is None:
            return text
        body, rest = _body(text[total.end() :], total[1] == "sum")
        if not body:
            return text
        index = total[2]
        terms = [_numbered(body, index, at) for at in range(int(ends[0] or 0), int(ends[1] or 0) + 1)]
        joined = (" + " if total[1] == "sum" else " * ").join(f"({term})" for term in terms)
        empty = "0" if total[1] == "sum" else "1"
        text = f"{text[: total.start()]}({joined or empty}){rest}"
    return text


def _whole(text: str) -> int | None:
    """The number that 3 and 3-1 are."""
    parts = re.fullmatch(r"\s*(\d+)\s*(?:([+-])\s*(\d+))?\s*", text)
    if parts is None:
        return None
    return int(parts[1]) + int(f"{parts[2]}{parts[3]}" if parts[2] else 0)


def _body(text: str, is_sum: bool) -> tuple[str, str]:
    """What a sum or a product is over, and what comes after it: a sum is over the product that follows."""
    text = text.lstrip()
    if not is_sum and text[:1] not in ("(", "["):
        found = _FACTOR.match(text)
        return (found[0], text[found.end() :]) if found else ("", text)
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if not is_sum and not depth:
            return text[1:at], text[at + 1 :]
        if is_sum and not depth and sign in "+-" and text[:at].strip():
            return text[:at], text[at:]
    return (text, "") if is_sum else ("", text)
