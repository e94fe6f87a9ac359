"""What a model of PyTorch changes in place.

``y.relu_()``, ``y += x`` and ``nn.ReLU(inplace=True)`` change y itself: what reads y afterwards gets the new numbers,
and so does what reads a view of y.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Mapping
from typing import Any

SAME = {"Identity", "identity", "contiguous", "to", "float", "double", "type", "detach", "positive"}
"""What gives its argument itself, or a tensor that shares its memory."""
DROPOUT = ("Dropout", "dropout", "AlphaDropout", "alpha_dropout", "FeatureAlphaDropout", "feature_alpha_dropout")
"""In evaluation these give their argument itself, and change nothing."""
VIEWS = {
    "Flatten", "Unflatten", "PixelShuffle", "PixelUnshuffle", "flatten", "unflatten", "view", "view_as", "reshape",
    "reshape_as", "ravel", "squeeze", "unsqueeze", "transpose", "permute", "t", "movedim", "moveaxis", "swapaxes",
    "swapdims", "chunk", "split", "tensor_split", "hsplit", "vsplit", "dsplit", "unbind", "select", "narrow", "getitem",
    "getattr", "expand", "expand_as", "broadcast_to", "diagonal", "unfold", "pixel_shuffle", "pixel_unshuffle", "real",
    "atleast_1d", "atleast_2d", "atleast_3d", "alias", "view_as_real",
}  # fmt: skip
"""What may give a view of its argument: another shape of the same memory."""


class Memory:
    """Which nodes of a graph of ``torch.fx`` share memory, as they come; nodes that are not tensors stay out of it.

    Args:
        modules: the model's modules by name.
    """

    def __init__(self, modules: Mapping[str, Any]) -> None:
        self.modules = modules
        self.whole: dict[Any, Any] = {}  # for each node the first one that is the same tensor
        self.root: dict[Any, Any] = {}  # for each node the first one that it may share memory with
        self.stale: dict[Any, str] = {}

    def stale_input(self, node: Any) -> str:
        """Why what a node reads is not known; empty if it is."""
        return next((self.stale[one] for one in node.all_input_nodes if one in self.stale), "")

    def follow(self, node: Any) -> list[Any]:
        """Take note of a node; return the nodes whose tensor it has changed, the same as its own from now on."""
        changed = self._changed(node)
        source = changed or next((one for one in node.all_input_nodes if one in self.whole), None)
        name = self._name(node)
        is_same = changed is not None or name in SAME or name.startswith(DROPOUT)
        self.whole[node] = self.whole[source] if is_same and source is not None else node
        self.root[node] = self.root[source] if (is_same or name in VIEWS) and source is not None else node
        if changed is None:
            return []
        sharing = [one for one in self.root if self.root[one] is self.root[node]]
        for one in sharing:
            if self.whole[one] is not self.whole[node]:
                self.stale[one] = f"it reads {one.name}, which shares memory with what {node.name} changes in place"
        return [one for one in sharing if self.whole[one] is self.whole[node]]

    def _name(self, node: Any) -> str:
        if node.op == "call_module":
            return type(self.modules[node.target]).__name__
        return str(getattr(node.target, "__name__", node.target))

    def _changed(self, node: Any) -> Any:
        """The node whose tensor a node changes in place, if it does."""
        if "out" in node.kwargs:
            return node.kwargs["out"]
        if not node.all_input_nodes or node.op in ("placeholder", "get_attr", "output"):
            return None
        name = self._name(node)
        if node.op == "call_module":
            is_changing = bool(getattr(self.modules[node.target], "inplace", False))
        else:
            in_operator = name.startswith("i") and getattr(operator, f"__{name}__", None) is node.target
            is_changing = in_operator or (name.endswith("_") and not name.endswith("__")) or _asks_for_it(node)
        first = next(iter((*node.args, *node.kwargs.values())), None)
        return first if is_changing and not name.startswith(DROPOUT) and first in self.whole else None


def _asks_for_it(node: Any) -> bool:
    """Whether a function is called with ``inplace=True``, by name or by position."""
    if node.kwargs.get("inplace"):
        return True
    try:
        given = inspect.signature(node.target).bind(*node.args, **node.kwargs).arguments
    except (TypeError, ValueError):
        return False
    return given.get("inplace", False) is True
