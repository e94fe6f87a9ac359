r"""Sums of NumPy along some axes, in claims as formulas for single entries.

``y[:, i, j] = np.sum(w * x[:, i:i+K1, j:j+K2], axis=(1, 2, 3))`` and ``np.tensordot(w, x[:, i:i+K1, j:j+K2], axes=3)``
say it of every entry along the axes that are left: a letter stands for each of those, and the others are summed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from symconv.claims.parse.names import Names
from symconv.claims.parse.rewriting import LONGEST, closing, outside
from symconv.errors import ClaimError

_LEFT = re.compile(r"\s*(?P<name>[A-Za-z_]\w*)\s*(?:\[(?P<items>[^\[\]]*)\])?\s*(?P<sign>\+?=)(?!=)")
_CALL = re.compile(r"(?:np|numpy|torch|jnp)\.(sum|tensordot)\(")
_ADDED = re.compile(
    r"\s*(?P<name>\w+)\s*=\s*(?:np\.)?sum\(\s*(?P<body>[^()]*\[[^\[\]]*:[^\[\]]*\][^()]*?)"
    r"\s+for\s+(?P<index>[a-z])\s+in\s+range\((?P<count>[^()]*)\)\s*\)\s*"
)
"""dw = sum(dy[i] * x[i:i+K] for i in range(m)), in which arrays are added up."""
_NEW_AXES = re.compile(r"\]\s*\[\s*:\s*(?:,\s*(?:None|np\.newaxis)\s*)+\]")
_LETTERS = "oqurtvzghl"


class _UnreadError(Exception):
    """What stands there is not an array, or not one that has letters for its axes."""


@dataclass
class _Operand:
    """An array as it is written: its name and an item for each of its axes."""

    name: str
    items: list[str]

    @property
    def axes(self) -> list[int]:
        """The places of the items that are axes of the array."""
        return [at for at, item in enumerate(self.items) if ":" in item]

    def put(self, axis: int, letter: str) -> None:
        """A letter for an axis that is whole.

        Raises:
            _UnreadError: it is a part of an axis.
        """
        place = self.axes[axis]
        if self.items[place].strip() != ":":
            raise _UnreadError
        self.items[place] = letter

    def __str__(self) -> str:
        return f"{self.name}[{', '.join(self.items)}]" if self.items else self.name


def with_letters_for_axes(names: Names, text: str) -> str:
    """The claim with a letter for each axis that a sum of arrays leaves; other texts as they are."""
    if len(text) <= LONGEST and (added := _ADDED.fullmatch(text)) is not None:
        return f"for {added['index']} in range({added['count']}): {added['name']} += {added['body']}"
    left = _LEFT.match(text) if len(text) <= LONGEST else None
    if left is None or not _CALL.search(text) or text.count("=") - text.count("axis=") - text.count("axes=") > 1:
        return text
    tensor = names.known.get(left["name"])
    rank = names.tensors[tensor].rank if tensor is not None else 0
    items = [] if left["items"] is None else [one.strip() for one in _parts(left["items"])]
    items += [":"] * (rank - len(items))
    used = set(re.findall(r"[A-Za-z]\w*", text)) | set(names.layer.symbol_names)
    letters = [letter for letter in _LETTERS if letter not in used]
    free = [at for at, item in enumerate(items) if item == ":"]
    if len(free) > len(letters) or not items:
        return text
    own = dict(zip(free, letters))
    spare = letters[len(free) :]
    try:
        right, is_added = _rewritten(names, text[left.end() :], [own[at] for at in free], spare, left["sign"] == "+=")
    except _UnreadError:
        return text
    if right is None:
        return text
    kept = [item if item != ":" or is_added else own[at] for at, item in enumerate(items)]
    return f"{left['name']}[{', '.join(kept)}] {left['sign']} {right}"


def _rewritten(
    names: Names, text: str, letters: Sequence[str], spare: list[str], adds: bool
) -> tuple[str | None, bool]:
    """The right side with its one sum as one over entries, and whether axes of the left side stay as they are."""
    found = _CALL.search(text)
    if found is None or _CALL.search(text, found.end()):
        return None, False
    end = closing(text, found.end() - 1)
    given = [one.strip() for one in _parts(text[found.end() : end])]
    rest = text[end + 1 :]
    options = {key: value for key, value in (_option(one) for one in given) if key}
    plain = [one for one in given if not _option(one)[0]]
    if found[1] == "tensordot":
        value = _tensordot(names, plain, options, letters)
        is_added = False
    elif "axis" in options and len(plain) == 1 and options.keys() <= {"axis", "keepdims"} and len(options) == 1:
        value, is_added = _summed(names, plain[0], _numbers(options["axis"]), letters, spare, adds)
    else:
        return None, False
    bias = names.layer.notation.bias
    if letters and not is_added:
        rest = re.sub(rf"(?<![\w.])({bias}|bias)(?![\w\[.])", rf"\1[{letters[-1]}]", rest)
    return f"{text[: found.start()]}{value}{rest}", is_added


def _tensordot(names: Names, plain: list[str], options: dict[str, str], letters: Sequence[str]) -> str:
    """The sum over the pairs of axes; the entry's indices are the other axes of the first and of the second array."""
    axes = options.get("axes") or options.get("dims") or (plain.pop() if len(plain) == 3 else "2")
    if len(plain) != 2:
        raise _UnreadError
    one, other = (_operand(names, text) for text in plain)
    ranks = len(one.axes), len(other.axes)
    if re.fullmatch(r"\d+", axes):
        pairs = list(zip(range(ranks[0] - int(axes), ranks[0]), range(int(axes))))
    else:
        lists = [_numbers(part) for part in _parts(axes.strip()[1:-1])]
        if len(lists) != 2 or len(lists[0]) != len(lists[1]):
            raise _UnreadError
        pairs = sorted((a % ranks[0], b % ranks[1]) for a, b in zip(*lists))
    firsts, seconds = [a for a, _ in pairs], [b for _, b in pairs]
    if seconds != sorted(seconds) or any(a >= ranks[0] or b >= ranks[1] or a < 0 for a, b in pairs):
        raise _UnreadError
    left = [(one, at) for at in range(ranks[0]) if at not in firsts]
    left += [(other, at) for at in range(ranks[1]) if at not in seconds]
    if len(left) != len(letters):
        wrong = f"the entries of tensordot have {len(left)} indices, not {len(letters)}"
        raise ClaimError(str(axes), wrong, "sum over the axes that the left side does not have")
    for (operand, at), letter in reversed(list(zip(left, letters))):
        operand.put(at, letter)
    return f"np.sum({one} * {other})" if pairs else f"{one} * {other}"


def _summed(
    names: Names, product: str, axes: Sequence[int], letters: Sequence[str], spare: list[str], adds: bool
) -> tuple[str, bool]:
    """The sum of a product over some axes: of entries, or of arrays that are added to the rest of the left side."""
    operands = [_operand(names, part) for part in _factors(_NEW_AXES.sub("]", product))]
    rank = max(len(one.axes) for one in operands)
    summed = sorted(axis % rank for axis in axes)
    kept = [axis for axis in range(rank) if axis not in summed]
    if len(kept) != len(letters):
        raise _UnreadError
    if adds and len(summed) == 1 and summed[0] == 0 and kept and spare:
        for one in operands:  # the first axis is that of the examples
            one.put(0, spare[0])
        return " * ".join(map(str, operands)), True
    for axis, letter in reversed(list(zip(kept, letters))):
        for one in operands:
            own = axis - (rank - len(one.axes))
            if own >= 0:
                one.put(own, letter)
    return f"np.sum({' * '.join(map(str, operands))})", False


def _operand(names: Names, text: str) -> _Operand:
    """An array with an item for each axis of its tensor.

    Raises:
        _UnreadError: it is not one.
    """
    found = re.fullmatch(r"([A-Za-z_]\w*)\s*(?:\[(.*)\])?", text.strip(), re.DOTALL)
    tensor = names.known.get(found[1]) if found else None
    if found is None or tensor is None or "[" in (found[2] or ""):
        raise _UnreadError
    items = [] if found[2] is None else [one.strip() for one in _parts(found[2])]
    return _Operand(found[1], items + [":"] * (names.tensors[tensor].rank - len(items)))


def _option(text: str) -> tuple[str, str]:
    found = re.fullmatch(r"(axis|axes|dim|dims|keepdims)\s*=\s*(.*)", text, re.DOTALL)
    return ({"dim": "axis"}.get(found[1], found[1]), found[2].strip()) if found else ("", "")


def _numbers(text: str) -> list[int]:
    numbers = re.findall(r"-?\d+", text)
    if not re.fullmatch(r"[\s\d,()\[\]-]*", text) or not numbers:
        raise _UnreadError
    return list(map(int, numbers))


def _parts(text: str) -> Iterator[str]:
    """The parts between commas outside all brackets."""
    cuts = [-1, *(at for at in outside(text) if text[at] == ","), len(text)]
    return (text[low + 1 : high] for low, high in pairwise(cuts) if text[low + 1 : high].strip())


def _factors(text: str) -> Iterator[str]:
    cuts = [-1, *(at for at in outside(text) if text[at] == "*"), len(text)]
    return (text[low + 1 : high] for low, high in pairwise(cuts))
