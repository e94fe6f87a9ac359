"""Every error that a user can meet.

Each message says what was given, what is wrong with it, and what would be right. Nothing else lives
here; the errors are raised where the input is first seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from reprlib import Repr
from typing import Any
from unicodedata import category

MOST_NAMES = 12
"""An error lists at most 12 names."""


def instead_of(name: object, known: Iterable[str]) -> str:
    """What to use instead of an unknown name: the nearest names, or all if none is near.

    >>> instead_of("patchs", ["direct", "fully_connected", "patches"])
    'did you mean patches?'
    >>> instead_of("im2col", ["direct", "fully_connected", "patches"])
    'use direct, fully_connected or patches'
    """
    from difflib import get_close_matches  # only after a mistake

    names = list(known)
    near = get_close_matches(name, names, 2) if isinstance(name, str) else []
    if near:
        return f"did you mean {' or '.join(near)}?"
    if len(names) > MOST_NAMES:
        return f"use {', '.join(names[:MOST_NAMES])}, .."
    return (
        f"use {' or '.join(part for part in (', '.join(names[:-1]), names[-1]) if part)}" if names else "leave it out"
    )


MOST_DIGITS = 100
"""An error writes a number of at most 100 digits."""


class _Shown(Repr):
    """Writes anything in one short line: Python would not write a number of more than 4,300 digits."""

    maxlevel, maxstring, maxother = 4, 200, 200
    maxtuple = maxlist = maxdict = maxset = maxfrozenset = maxdeque = maxarray = MOST_NAMES

    def repr_int(self, x: int, level: int) -> str:
        if (bits := x.bit_length()) > MOST_DIGITS * 10 // 3:
            return f"about {'-' if x < 0 else ''}10^{bits * 30103 // 100000}"
        return repr(x)

    def repr_instance(self, x: object, level: int) -> str:
        try:
            return self._cut(repr(x))
        except Exception:  # the object's own method may raise anything
            return f"a value of type {type(x).__name__}"

    def _cut(self, text: str) -> str:
        return text if len(text) <= self.maxother else f"{text[: self.maxother - 3]}..."


def shown(value: object) -> str:
    """What was given, for an error, in one short line: a long number by its power of ten.

    >>> shown(12), shown("12"), shown(-(10**5000)), shown([(10**5000,), 3])
    ('12', "'12'", 'about -10^5000', '[(about 10^5000,), 3]')
    """
    return _Shown().repr(value)


def printable(text: str) -> str:
    """The text with its lines, and with what would direct a terminal or turn the text around as escapes.

    >>> print(printable("a" + chr(27) + "[2J"), printable("line" + chr(10)) == "line" + chr(10))
    a\\x1b[2J True
    """
    if text.isprintable():
        return text
    return "".join(one if one in KEPT or category(one) not in DIRECTING else ascii(one)[1:-1] for one in text)


KEPT = "\n\t"
DIRECTING = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Kinds of characters in Unicode: controls, formats, halves of pairs, separators of lines."""


class SymconvError(ValueError):
    """Base of all errors that symconv raises on purpose.

    Args:
        given: what the caller passed, in the caller's words.
        wrong: why that cannot be used.
        right: what would be accepted instead.

    Raises:
        SymconvError: itself; ``except SymconvError`` catches everything that symconv raises on purpose.

    >>> print(SymconvError("stride 0", "a stride must be at least 1", "stride=1 visits every position"))
    given stride 0: a stride must be at least 1; stride=1 visits every position
    """

    def __init__(self, given: str, wrong: str, right: str) -> None:
        self.given, self.wrong, self.right = given, wrong, right
        super().__init__(printable(f"given {given}: {wrong}; {right}"))

    def __reduce__(self) -> tuple[Any, ...]:
        """As it is, whatever a subclass takes: Python would call the class with the message alone."""
        return _restored, (type(self), self.args, vars(self))


def _restored(kind: type[SymconvError], args: tuple[Any, ...], attributes: dict[str, Any]) -> SymconvError:
    error = kind.__new__(kind, *args)
    vars(error).update(attributes)
    return error


class GeometryError(SymconvError):
    """The sizes, strides, padding or dilation do not describe a layer."""


class NotationError(SymconvError):
    """A name cannot be used for a tensor, or two names clash."""


class SizeNameError(NotationError):
    """The symbol ``name`` is a size, and a tensor of ``owner`` has that name.

    >>> print(SizeNameError("w", "the layer", "use another symbol"))
    given the symbol w as a size: a tensor of the layer has that name; use another symbol
    """

    def __init__(self, name: str, owner: str, right: str) -> None:
        super().__init__(f"the symbol {name} as a size", f"a tensor of {owner} has that name", right)
        self.name = name


class FormulaError(SymconvError):
    """A formula is outside the language of sums over Z of accesses and deltas."""


class InfiniteSumError(FormulaError):
    """A sum runs over infinitely many non-zero terms, or cannot be seen to be finite."""


class EntryError(SymconvError, IndexError):
    """An entry outside a tensor's shape was asked for."""


class SymbolicShapeError(SymconvError):
    """Something that needs numbers was asked of a layer whose sizes are letters."""


class SizeLimitError(SymconvError):
    """The work would make more terms than the limit allows."""


class OutputError(SymconvError):
    """A file cannot be written, or would overwrite one that symconv did not write, or that was changed since."""


class UsageError(SymconvError):
    """A command-line option has a value that cannot be used."""


class ClaimError(FormulaError):
    """A claim cannot be read. ``position`` is the place in ``text``, counted from 0, if it is known."""

    def __init__(self, given: str, wrong: str, right: str, text: str = "", position: int | None = None) -> None:
        short = given if len(given) <= 60 else given[:57] + "..."
        place = "" if position is None else f" (at character {position + 1})"
        super().__init__(f"{short!r}{place}", wrong, right)
        self.text, self.position = text, position

    @property
    def pointer(self) -> str:
        """The text with a mark under the place, in two lines."""
        if self.position is None:
            return self.text
        start = max(0, self.position - 40)
        return f"{self.text[start : self.position + 30]}\n{' ' * (self.position - start)}^"


class MarkError(SymconvError):
    """A mark in a document cannot be read. ``position`` is the place in ``text``, counted from 0, if it is known.

    >>> print(MarkError("Conv(n, K", "')' is expected there", "write Conv(n, K, stride=s)", 9))
    given 'Conv(n, K' (at character 10): ')' is expected there; write Conv(n, K, stride=s)
    """

    def __init__(self, text: str, wrong: str, right: str, position: int | None = None) -> None:
        short = text if len(text) <= 60 else text[:57] + "..."
        place = "" if position is None else f" (at character {position + 1})"
        super().__init__(f"{short!r}{place}", wrong, right)
        self.text, self.position = text, position


class DocumentError(SymconvError):
    """A document cannot be read."""


class DescriptionError(SymconvError):
    """A description cannot be read, or its layers do not compose.

    Args:
        given, wrong, right: as for ``SymconvError``; the line is added to the first.
        line: counted from 1.
        source: what the text is called, such as its file's name.

    >>> print(DescriptionError("the layer cnv", "unknown", "did you mean conv?", 3, "net.yaml"))
    given the layer cnv on line 3 of net.yaml: unknown; did you mean conv?
    """

    def __init__(self, given: str, wrong: str, right: str, line: int, source: str) -> None:
        super().__init__(f"{given} on line {line} of {source}", wrong, right)
        self.line, self.source = line, source


class ViewError(SymconvError, AttributeError):
    """A layer that does not have a view; the message says why.

    Args:
        given, wrong, right: as for ``SymconvError``.

    Raises:
        ViewError: itself.

    >>> from symconv import AvgPool
    >>> try:
    ...     AvgPool(4, 2).winograd
    ... except ViewError as error:
    ...     print(error.wrong)
    it has no weights
    """


class ExerciseError(SymconvError):
    """An exercise whose solution is not proved, or more exercises than a layer has questions for.

    Args:
        given, wrong, right: as for ``SymconvError``.

    Raises:
        ExerciseError: itself.

    >>> from symconv import Conv, exercises
    >>> try:
    ...     exercises(Conv(3, 2), 0)
    ... except ExerciseError as error:
    ...     print(error.given)
    n=0
    """


class ArgumentsError(SymconvError):
    """A function's parameters or results cannot be brought together with the layer."""


class CodeSourceError(SymconvError):
    """The source of a function cannot be found or parsed."""
