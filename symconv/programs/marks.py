"""@computes: a function says which quantity of which layer it computes, and tests hold it to that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from symconv.errors import ArgumentsError, shown
from symconv.foundations.values import freeze
from symconv.layers import Layer

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])
NAME = "__computes__"


@dataclass(frozen=True)
class Promise:
    """What a function says of itself."""

    layer: Layer
    of: Any
    options: Mapping[str, Any]

    def __post_init__(self) -> None:
        freeze(self, "options")


def computes(layer: Layer, *, of: Any = "output", **options: Any) -> Callable[[AnyFunction], AnyFunction]:
    """Mark a function as one that computes a quantity of a layer; it stays as it is.

    ``symconv.testing.assert_computes(function)`` proves it, and so does ``symconv prove-code FILE.py::function``.

    Args:
        layer: the layer, with letters or numbers for its sizes.
        of: "output", "grad_weight", ..; as for ``prove_code``.
        options: ``arguments`` and ``layouts``, as for ``prove_code``.

    Returns:
        The decorator.

    Raises:
        ArgumentsError: ``layer`` is not a layer.

    >>> from symconv import Conv
    >>> @computes(Conv(3, 2), of="grad_weight")
    ... def weight_gradient(x, g):
    ...     return [[[sum(g[0, i] * x[0, i + k] for i in range(2)) for k in range(2)]]]
    >>> promise_of(weight_gradient).of
    'grad_weight'
    """
    if not isinstance(layer, Layer):
        raise ArgumentsError(
            f"computes({shown(layer)})", "not a layer", 'write @computes(Conv.general(2), of="output")'
        )

    def marked(function: AnyFunction) -> AnyFunction:
        setattr(function, NAME, Promise(layer, of, options))
        return function

    return marked


def promise_of(function: object) -> Promise:
    """What a function that is marked computes.

    Raises:
        ArgumentsError: it is not marked.
    """
    promise = getattr(function, NAME, None)
    if not isinstance(promise, Promise):
        right = 'pass the layer and of=.., or mark the function with @computes(layer, of="output")'
        raise ArgumentsError(f"the function {shown(function)}", "it does not say what it computes", right)
    return promise
