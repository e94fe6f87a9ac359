"""How reading a program can end, other than by a value. Exceptions of the interpreter, which users never see."""

from __future__ import annotations

from symconv.algebra.polynomial import Polynomial

EXCLUDED = "the code's own checks exclude all sizes"
"""Why nothing is judged if no size passes the asserts."""


class Outcome(Exception):  # noqa: N818 - not an error, but what is found
    """A reason why reading stopped.

    Args:
        text: what happened, in words.
        line: the line of the source, if it is known; the interpreter fills it in.
    """

    def __init__(self, text: str, line: int | None = None) -> None:
        super().__init__(text)
        self.text, self.line = text, line


class Unread(Outcome):
    """A construct, a function or an argument that is not read; nothing is guessed.

    Args:
        construct: what is not read, as the user wrote it or as it is called.
        why: why it is not read.
        instead: what could be written instead.
    """

    def __init__(self, construct: str, why: str, instead: str = "", line: int | None = None) -> None:
        super().__init__(f"{construct}: {why}" + (f"; {instead}" if instead else ""), line)
        self.construct, self.why, self.instead = construct, why, instead


class ForwardError(Unread):
    """The user's forward pass raises an exception, so that what it keeps is not known."""


class NoCommonFactorsError(Unread):
    """Dimensions of one size that are flattened from axes of other sizes.

    Args:
        left, right: these sizes.
        at: the dimension, counted from the last.
    """

    def __init__(self, left: list[Polynomial], right: list[Polynomial], at: int = 0) -> None:
        super().__init__("a reshape", f"{left} and {right} have no common factors", "keep the dimensions apart")
        self.at = at


class TooLarge(Unread):
    """Reading takes too much work."""


class CodeError(Outcome):
    """The user's code raises an exception.

    Args:
        kind: the exception's class, such as "IndexError".
        text: what it is about.
    """

    def __init__(self, kind: str, text: str, line: int | None = None) -> None:
        super().__init__(text, line)
        self.kind = kind


class WrongArgumentsError(CodeError):
    """A function of a library is called with arguments that it does not take."""


class OutOfScope(Outcome):
    """The user's own check fails: an ``assert`` or a ``raise``. Such sizes are outside what the code is for."""


class Fork(Exception):  # noqa: N818 - not an error
    """A condition that can be true or false: what depends on it is read once for each case.

    Args:
        region: the loop whose iterations are told apart, or None if the sizes are.
        condition: is not negative in one case, and negative in the other.
    """

    def __init__(self, region: object | None, condition: Polynomial) -> None:
        super().__init__(repr(condition))
        self.region, self.condition = region, condition
