"""While a PyTorch model is traced: functions that take sizes, and einops, also take the symbols of ``torch.fx``.

``torch.ones(b, 1, h, w)`` and ``self.grid.expand(b, -1, -1, -1)`` would refuse a size that is a symbol, and einops a
tensor that is one. They are put back when the trace ends.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

FUNCTIONS = (
    "ones", "zeros", "full", "arange", "linspace", "eye", "rand", "randn", "tile", "broadcast_to", "normal", "empty",
)  # fmt: skip
METHODS = (
    "expand", "repeat", "tile", "reshape", "view", "broadcast_to", "new_zeros", "new_ones", "new_full", "to", "type_as",
    "expand_as", "view_as", "reshape_as", "repeat_interleave",
)  # fmt: skip


@contextmanager
def taking_symbols(torch: Any) -> Iterator[None]:
    """Within it, these functions of PyTorch give a node if an argument is a symbol."""
    kinds = [(torch, name, "call_function") for name in FUNCTIONS]
    kinds += [(torch.Tensor, name, "call_method") for name in METHODS]
    before = [(home, name, getattr(home, name), vars(home).get(name)) for home, name, _ in kinds]
    try:
        for (home, name, kind), (_, _, function, _) in zip(kinds, before):
            setattr(home, name, _taking(torch, function, kind, name))
        with _einops(torch), _own_functions(torch), _eagerly(torch):
            yield
    finally:
        for home, name, function, own in before:
            if own is None:
                delattr(home, name)  # it has it from its base
            else:
                setattr(home, name, function)


def _taking(torch: Any, function: Any, kind: str, name: str) -> Any:
    def taking(*args: Any, **options: Any) -> Any:
        proxy = next(_proxies(torch, (args, options)), None)
        if proxy is None or (kind == "call_method" and isinstance(args[0], torch.fx.Proxy)):
            return function(*args, **options)
        return proxy.tracer.create_proxy(kind, function if kind == "call_function" else name, args, options)

    return taking


@contextmanager
def _own_functions(torch: Any) -> Iterator[None]:
    """A function with a backward pass of its own is a node; of one that only saves memory, what it runs is traced."""
    home = torch.autograd.Function
    before = vars(home)["apply"]

    def apply(cls: Any, *args: Any, **options: Any) -> Any:
        def function(*args: Any, **options: Any) -> Any:
            return before.__get__(None, cls)(*args, **options)

        proxy = next(_proxies(torch, (args, options)), None)
        if proxy is None:
            return function(*args, **options)
        if cls is getattr(sys.modules.get("torch.utils.checkpoint"), "CheckpointFunction", None):
            run, _, *inputs = args
            return run(*inputs)
        function.__name__, function.__module__ = cls.__name__, cls.__module__
        return proxy.tracer.create_proxy("call_function", function, args, options)

    home.apply = classmethod(apply)
    try:
        yield
    finally:
        home.apply = before


@contextmanager
def _eagerly(torch: Any) -> Iterator[None]:
    """What was compiled runs as it is written: compiled code does not take symbols."""
    dynamo = sys.modules.get("torch._dynamo")
    if dynamo is None:
        yield
        return
    with torch.compiler.set_stance("force_eager"), dynamo.config.patch(error_on_nested_fx_trace=False):
        yield


def _proxies(torch: Any, value: Any) -> Iterator[Any]:
    if isinstance(value, torch.fx.Proxy):
        yield value
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from _proxies(torch, one)
    elif isinstance(value, dict):
        yield from _proxies(torch, tuple(value.values()))


@contextmanager
def _einops(torch: Any) -> Iterator[None]:
    """The backend of einops for PyTorch also takes symbols, if the model has imported einops."""
    backends = getattr(sys.modules.get("einops"), "_backends", None)
    if backends is None:
        yield
        return
    home = backends.TorchBackend
    before = home.is_appropriate_type
    home.is_appropriate_type = lambda self, tensor: before(self, tensor) or isinstance(tensor, torch.fx.Proxy)
    try:
        yield
    finally:
        home.is_appropriate_type = before
        for kind in [one for one in backends._type2backend if issubclass(one, torch.fx.Proxy)]:
            del backends._type2backend[kind]
