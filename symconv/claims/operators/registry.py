"""The operators by name. A new one is a function with its names in front; nothing else lists them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from symconv.claims.operators.convolutions import Sliding
from symconv.claims.operators.values import Algebra, Whole


@dataclass(frozen=True)
class Arguments:
    """What stands in the brackets: tensors and numbers in order, options by name, words such as "full"."""

    values: Sequence[Whole]
    options: Mapping[str, Sequence[Whole]]
    words: Sequence[str]
    mode: str = ""
    """The mode, if the operator's name or sign says it."""
    of_torch: bool = False
    """Whether it is PyTorch's own function, whose default is one group."""
    groups: Sequence[Sequence[Any]] = ()
    """Numbers that stand together in brackets, such as (0, 2) or ((p, p), (0, 0)), without a name."""


class Reads(Protocol):
    """What an operator needs of the reader of a claim."""

    algebra: Algebra

    def convolved(self, one: Whole, other: Whole, mode: str, meaning: str, given: Sliding | None = None) -> Whole: ...

    def matrix_of(self, name: str) -> Whole: ...

    def wrong(self, words: str, right: str) -> Exception: ...


Operator = Callable[[Any, Arguments], Whole]
OPERATORS: dict[str, Operator] = {}


OPTIONS: dict[str, frozenset[str]] = {}
"""The options by name that an operator reads; another is an error, since it may change what is computed."""

WITH_GROUPS = frozenset({"sum", "total", "pad", "padded", "zeropad", "pad1d", "pad2d"})
"""The operators that read numbers in brackets."""


def operator(*names: str, options: str = "") -> Callable[[Operator], Operator]:
    """Give a function as the operator of these names, in small letters without _, dots and signs."""

    def given(function: Operator) -> Operator:
        OPERATORS.update(dict.fromkeys(names, function))
        OPTIONS.update(dict.fromkeys(names, frozenset(options.split())))
        return function

    return given


def is_of_torch(name: str) -> bool:
    """Whether a function is PyTorch's: F.conv2d, torch.conv2d, torch.nn.functional.conv2d."""
    return name.split(".")[0] in ("F", "torch", "nn")


STYLES = re.compile(r"\\(text|mathrm|operatorname|mathit|textsf|mathsf|mathbf|mathcal|boldsymbol|bm)\s*\*?")
MODE_IN_NAME = re.compile(r"(full|valid|same)")


@lru_cache(maxsize=256)
def plain_name(token: str) -> tuple[str, str]:
    r"""The operator's name and the mode in it: rot180 of \text{rot}_{180^\circ}(, conv and full of conv_{full}(.

    >>> plain_name(r"\text{rot}_{180^\circ}("), plain_name("scipy.signal.convolve2d("), plain_name("full_conv(")
    (('rot180', ''), ('convolve2d', ''), ('conv', 'full'))
    """
    text = STYLES.sub("", token.rstrip("({ ")) if token.count("{") <= token.count("}") + 1 else token
    text = re.sub(r"\\circ|[\\{}^_\s-]", "", text).split(".")[-1].lower()
    mode = MODE_IN_NAME.search(text)
    return (text, "") if mode is None else (text.replace(mode[1], "", 1), mode[1])
