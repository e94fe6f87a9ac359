"""The nodes of a PyTorch model, by ``torch.fx``, which runs ``forward`` on symbols.

A model that asks for sizes to decide something, such as how much to pad, cannot run on symbols alone. It is traced
again with the sizes of its input known: every symbol then has a shape, found by PyTorch without computing an entry.
"""

from __future__ import annotations

import inspect
import logging
import operator
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from typing import Any

from symconv.errors import SymconvError
from symconv.models.torch_patching import taking_symbols

IN_PLACE = (
    operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ifloordiv, operator.imod, operator.ipow,
    operator.imatmul, operator.iand, operator.ior, operator.ixor, operator.ilshift, operator.irshift,
)  # fmt: skip
"""What ``+=`` and its like call."""
WITHOUT_GRADIENT = "without gradient"
"""A node's meta data have this name if it is computed under ``torch.no_grad()``."""
EXAMPLES = 2
"""The size of a batch whose size is not given."""


def traced(torch: Any, module: Any, is_leaf: Callable[[Any], bool], input_size: Any) -> Any:
    """The graph of a model, for as many inputs as there are shapes; what else ``forward`` takes has its default.

    Raises:
        SymconvError: its ``forward`` cannot be traced, or draws numbers.
    """
    with torch.random.fork_rng(devices=[]):
        before = torch.get_rng_state()
        with taking_symbols(torch), torch.enable_grad():
            graph = _traced(torch, module, is_leaf, input_size)
        if not torch.equal(before, torch.get_rng_state()):
            raise SymconvError(
                f"the forward of {type(module).__name__}", "it draws numbers, which are others every time",
                "make them an input of forward, or a buffer",
            )  # fmt: skip
    return graph


def _traced(torch: Any, module: Any, is_leaf: Callable[[Any], bool], input_size: Any) -> Any:
    names, by_name = _inputs(module, len(_listed(input_size)))
    try:
        return _tracer(torch, is_leaf, names, by_name).trace(module)
    except Exception as error:  # the model's own code runs on symbols, and may raise anything
        for shapes in _shapes(names + by_name, input_size):
            with silent():
                if (graph := _with_shapes(torch, module, is_leaf, names, by_name, shapes)) is not None:
                    return graph
        first = str(error).strip().splitlines()[:1]
        raise SymconvError(
            f"the forward of {type(module).__name__}", f"torch.fx cannot trace it: {''.join(first)[:200]}",
            "read its parts one by one, or write forward without conditions on data",
        ) from error  # fmt: skip


def _no_hook(proxy: Any, hook: Any) -> None:
    raise ValueError("a hook of a tensor may change its gradient; remove it")


def _asks_for_its_kind() -> bool:
    """Whether a model asks isinstance(x, torch.Tensor), and not PyTorch, whose C would take it for one."""
    code, home = (frame := sys._getframe(2)).f_code, str(frame.f_globals.get("__name__"))
    return code.co_name == "is_tensor" or ("isinstance" in code.co_names and home.split(".")[0] != "torch")


def _inputs(module: Any, count: int) -> tuple[list[str], list[str]]:
    """The names of the inputs that are passed in order, and of those that ``forward`` only takes by name.

    These are the arguments without a default, and as many of the others as shapes are given.
    """
    positional, by_name, more = [], [], ""
    for one in inspect.signature(module.forward).parameters.values():
        if one.kind is inspect.Parameter.VAR_POSITIONAL:
            more = one.name
        elif one.kind is inspect.Parameter.KEYWORD_ONLY:
            by_name += [one.name] if one.default is inspect.Parameter.empty else []
        elif one.kind is not inspect.Parameter.VAR_KEYWORD:
            positional.append(one)
    needed = sum(one.default is inspect.Parameter.empty for one in positional)
    names = [one.name for one in positional][: max(needed, count - len(by_name))]
    rest = count - len(names) - len(by_name)
    return names + [more if rest == 1 else f"{more}_{at + 1}" for at in range(rest if more else 0)], by_name


def _listed(input_size: Any) -> list[tuple[Any, ...]]:
    """The shapes that are given: one, or one for each input."""
    given = input_size if isinstance(input_size, (tuple, list)) else (input_size,)
    several = bool(given) and all(isinstance(one, (tuple, list)) for one in given)
    return [tuple(one) for one in given] if several else [tuple(given)]


def _tracer(
    torch: Any, is_leaf: Callable[[Any], bool], names: Sequence[str], by_name: Sequence[str], methods: Any = None,
    base: Any = None,
) -> Any:  # fmt: skip
    def in_place(function: Any) -> Any:  # without it, torch.fx takes y += x for y = y + x
        return lambda self, other: self.tracer.create_proxy("call_function", function, (self, other), {})

    changing = {f"__{function.__name__}__": in_place(function) for function in IN_PLACE}
    kind = {
        **dict.fromkeys(("_is_param", "_is_buffer", "is_nested", "is_sparse", "is_quantized", "is_cuda"), False),
        "__class__": property(lambda self: torch.Tensor if _asks_for_its_kind() else type(self)),
        "device": torch.device("cpu"), "retain_grad": lambda self: None, "register_hook": _no_hook,
        "requires_grad": True,
    }  # fmt: skip
    proxies = type("Proxy", (torch.fx.Proxy,), {**changing, **kind, **(methods or {})})

    class Tracer(base or torch.fx.Tracer):  # type: ignore[misc]
        def proxy(self, node: Any) -> Any:
            return proxies(node, self)

        def is_leaf_module(self, m: Any, qualified_name: str) -> bool:
            return is_leaf(m)

        def create_proxy(self, *given: Any, **more: Any) -> Any:
            made = super().create_proxy(*given, **more)
            made.node.meta[WITHOUT_GRADIENT] = not torch.is_grad_enabled()
            return made

        def create_arg(self, a: Any) -> Any:
            return a.node if isinstance(a, torch.fx.Proxy) else super().create_arg(a)

        def create_args_for_root(self, *given: Any) -> Any:
            """The model itself is called, with its hooks."""
            made = [self.create_proxy("placeholder", name, (), {}) for name in (*names, *by_name)]
            first, last = made[: len(names)], dict(zip(by_name, made[len(names) :]))
            return lambda *inputs: self.root(*inputs, **last), first

    return Tracer()


# -- with shapes ---------------------------------------------------------------------------------------


def _shapes(names: Sequence[str], input_size: Any) -> Iterator[list[tuple[int, ...]]]:
    """The shapes of all inputs with their batch: as for one example, and as they are given; of numbers only."""
    listed = _listed(input_size)
    numbers = all(isinstance(size, int) and not isinstance(size, bool) and size > 0 for one in listed for size in one)
    if numbers and len(names) == len(listed):
        yield [(EXAMPLES, *one) for one in listed]
        yield listed


def _with_shapes(
    torch: Any, module: Any, is_leaf: Callable[[Any], bool], names: Sequence[str], by_name: Sequence[str],
    shapes: Sequence[tuple[int, ...]],
) -> Any | None:  # fmt: skip
    """The graph with the sizes of the inputs known; None if the model does not run on these."""
    from torch._subclasses.fake_tensor import FakeTensorMode

    dtype = next((one.dtype for one in module.parameters() if one.is_floating_point()), torch.get_default_dtype())
    mode = FakeTensorMode(allow_non_fake_inputs=True)
    own, modules = {**dict(module.named_parameters()), **dict(module.named_buffers())}, dict(module.named_modules())
    try:
        with mode, torch.no_grad():
            waiting = iter([torch.empty(shape, dtype=dtype) for shape in shapes])
            inputs = [torch.empty(shape, dtype=dtype) for shape in shapes]
            module(*inputs[: len(names)], **dict(zip(by_name, inputs[len(names) :])))
    except Exception:  # whatever the model does
        return None

    class Sized(torch.fx.Tracer):  # type: ignore[misc]
        """Every node that PyTorch can run on shapes alone keeps what comes out."""

        running = False

        def getattr(self, attr: str, attr_val: Any, *rest: Any) -> Any:
            return attr_val if self.running else super().getattr(attr, attr_val, *rest)

        def call_module(self, m: Any, forward: Any, args: Any, kwargs: Any) -> Any:
            return forward(*args, **kwargs) if self.running else super().call_module(m, forward, args, kwargs)

        def create_proxy(self, kind: str, target: Any, args: Any, kwargs: Any, *rest: Any, **more: Any) -> Any:
            made = super().create_proxy(kind, target, args, kwargs, *rest, **more)
            made.node.meta["sized"], self.running = None, True
            try:
                with mode, torch.no_grad():
                    made.node.meta["sized"] = self.run(made.node)
            except Exception:  # it has no shape then, and asking for one is an error as before
                pass
            finally:
                self.running = False
            return made

        def run(self, node: Any) -> Any:
            if node.op == "placeholder":
                return next(waiting)
            if node.op == "get_attr":
                return own[node.target]
            args, kwargs = (torch.fx.node.map_arg(one, lambda it: it.meta["sized"]) for one in (node.args, node.kwargs))
            if node.op == "call_module":
                return modules[node.target](*args, **kwargs)
            if node.op == "call_method":
                first, *others = args
                return getattr(first, node.target)(*others, **kwargs)
            return node.target(*args, **kwargs)

    try:
        return _tracer(torch, is_leaf, names, by_name, _sizes(torch), Sized).trace(module)
    except Exception:  # it decides by the data after all
        return None


def _sizes(torch: Any) -> dict[str, Any]:
    """What a symbol with a shape says of itself: all sizes as numbers but the first, which is that of the batch."""

    def shape(self: Any) -> Any:
        found = self.node.meta.get("sized")
        if not isinstance(found, torch.Tensor):
            return None
        batch = self.tracer.create_proxy("call_method", "size", (self, 0), {})
        return (batch, *map(int, found.shape[1:]))

    def size(self: Any, dim: Any = None) -> Any:
        if (known := shape(self)) is None:
            return self.tracer.create_proxy("call_method", "size", (self,) if dim is None else (self, dim), {})
        return known if dim is None else known[dim]

    def rank(self: Any) -> Any:
        found = self.node.meta.get("sized")
        return found.dim() if isinstance(found, torch.Tensor) else None

    def attribute(self: Any, name: str) -> Any:
        if name == "shape" and (known := shape(self)) is not None:
            return known
        if name == "ndim" and (known := rank(self)) is not None:
            return known
        return torch.fx.Proxy.__getattr__(self, name)

    def dim(self: Any) -> Any:
        known = rank(self)
        return self.tracer.create_proxy("call_method", "dim", (self,), {}) if known is None else known

    def several(self: Any) -> Any:
        found = self.node.meta.get("sized")
        if not isinstance(found, (tuple, list)):
            return torch.fx.Proxy.__iter__(self)
        return iter([self[at] for at in range(len(found))])

    def count(self: Any) -> int:
        found = self.node.meta.get("sized")
        return len(found) if isinstance(found, (tuple, list)) else torch.fx.Proxy.__len__(self)

    return {"__getattr__": attribute, "size": size, "dim": dim, "__iter__": several, "__len__": count}


@contextmanager
def silent() -> Iterator[None]:
    """Whatever fails here has no message."""
    quiet = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with redirect_stderr(StringIO()):
            yield
    finally:
        logging.disable(quiet)
