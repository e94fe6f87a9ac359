"""Verbs: functions that work on every subject for which a room says how.

The room that defines a verb gives the function for its own subject; rooms above it register theirs. So ``prove(net)``
works, and nothing imports a room above its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from types import MappingProxyType
from typing import Any, ParamSpec, Protocol, TypeVar, cast

from symconv.errors import SymconvError, shown

P = ParamSpec("P")
R = TypeVar("R", covariant=True)

Does = Callable[..., Any] | str
"""A function, or where it is: "module:function", loaded at first use."""


class Verb(Protocol[P, R]):
    """A function that works on several kinds of subject.

    To the type checker it has the signature for its own kind; ``symconv/__init__.pyi`` has those for the others.
    """

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...

    @property
    def does(self) -> Mapping[type, Does]:
        """What does it, for each kind of subject."""

    def register(self, kind: type, does: Does) -> None:
        """Say what does it for subjects of a kind."""


def verb(kind: type | tuple[type, ...], what: str, takes: str) -> Callable[[Callable[P, R]], Verb[P, R]]:
    """Make a function about one kind of subject a verb.

    Args:
        kind: the class (or classes) of the function's own subjects, its first argument.
        what: what it gives, in words: "a proof".
        takes: the subjects in words: "a layer, a network or a step".

    >>> @verb(int, "half", "an int or a str")
    ... def half(number):
    ...     return number // 2
    >>> half.register(str, lambda text: text[: len(text) // 2])
    >>> half(8), half("eight")
    (4, 'ei')
    >>> half(8.0)
    Traceback (most recent call last):
    ...
    symconv.errors.SymconvError: given half of 8.0: it is not an int or a str; pass one, such as Conv(3, 2)
    """

    def made(function: Callable[P, R]) -> Verb[P, R]:
        does: dict[type | str, Does] = dict.fromkeys(kind if isinstance(kind, tuple) else (kind,), function)
        first = function.__code__.co_varnames[0]

        @wraps(function)
        def dispatching(*args: Any, **options: Any) -> Any:
            if not args and first not in options:
                return function(*args, **options)  # Python says what is missing
            subject, *rest = args or (options.pop(first),)
            keys = (key for base in type(subject).__mro__ for key in (base, f"{base.__module__}.{base.__qualname__}"))
            one = next((does[key] for key in keys if key in does), None)
            if one is None:
                raise SymconvError(
                    f"{what} of {shown(subject)}"[:200], f"it is not {takes}", "pass one, such as Conv(3, 2)"
                )
            return loaded(one)(subject, *rest, **options)

        dispatching.does = MappingProxyType(does)  # type: ignore[attr-defined]
        dispatching.register = does.__setitem__  # type: ignore[attr-defined]
        return cast("Verb[P, R]", dispatching)

    return made


def loaded(does: Does) -> Callable[..., Any]:
    """The function itself, imported if it is known by where it is."""
    if not isinstance(does, str):
        return does
    module, _, name = does.partition(":")
    return cast("Callable[..., Any]", getattr(import_module(module), name))
