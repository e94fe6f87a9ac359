"""What changes back-propagation through a PyTorch model: hooks, ``torch.no_grad()`` and ``detach``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symconv.errors import SymconvError
from symconv.models.torch_tracing import WITHOUT_GRADIENT


def is_ours(module: Any) -> bool:
    """Whether a module is one of PyTorch's own, for which there may be a reader, and not a list of others."""
    home = type(module).__module__
    return home.startswith("torch.nn.modules") and not home.endswith((".container", ".transformer"))


def require_plain_gradients(torch: Any, whole: Any) -> None:
    """An error if a module that is not a node itself has hooks that may change gradients."""
    for name, module in whole.named_modules():
        is_node = is_ours(module) and not forward_hooks(torch, module)
        if not is_node and (hooks := _gradient_hooks(torch, module)):
            raise SymconvError(
                f"the module {name or type(module).__name__}", f"its hooks may change gradients: {hooks}", "remove them"
            )


def another_gradient(torch: Any, node: Any, kind: str, module: Any) -> str:
    """Why back-propagation through a node is not that of what it computes; empty if it is."""
    if node.meta.get(WITHOUT_GRADIENT):
        return "it is computed under torch.no_grad(), so no gradient goes through it"
    if kind in ("detach", "detach_"):
        return "no gradient goes through it"
    hooks = "" if module is None else _gradient_hooks(torch, module)
    return f"it has hooks, which may change its gradients: {hooks}" if hooks else ""


def _gradient_hooks(torch: Any, module: Any) -> str:
    """The names of what runs with the backward pass of a module, of its own or of all modules."""
    every = torch.nn.modules.module
    return _named([
        *module._backward_hooks.values(), *module._backward_pre_hooks.values(),
        *every._global_backward_hooks.values(), *every._global_backward_pre_hooks.values(),
    ])  # fmt: skip


def forward_hooks(torch: Any, module: Any) -> str:
    """The names of what runs with a module, of its own or of all modules."""
    every = torch.nn.modules.module
    return _named([
        *module._forward_hooks.values(), *module._forward_pre_hooks.values(),
        *every._global_forward_hooks.values(), *every._global_forward_pre_hooks.values(),
    ])  # fmt: skip


def _named(hooks: Sequence[Any]) -> str:
    return ", ".join(getattr(hook, "__name__", type(hook).__name__) for hook in hooks)
