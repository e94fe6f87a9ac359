"""Classes of the user's own that say themselves what operators, attributes, loops and truth are: beside real runs."""

from __future__ import annotations

import textwrap
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symconv import Conv
from symconv.programs.prove import prove_code

N, K, s = sp.symbols("n K s", integer=True, positive=True)
LINE = Conv(N, K, stride=s)

LAYER = """
import copy
from dataclasses import dataclass
import numpy as np

{before}
class Layer{bases}:
    def __init__(self, w, s):
        {start}
{members}
    def __call__(self, x):
        n, K = x.shape[1], self.w.shape[2]
        m = (n - K) // self.s + 1
        y = np.zeros((1, m))
        for i in range(m):
            y[0, i] = x[0, i * self.s:i * self.s + K] @ self.w[0, 0]
        return y
{after}

def layer(x, w, s):
    return {call}
"""
GIVEN = "self.w, self.s = w, s"
OBJECTS: dict[str, dict[str, str]] = {
    "a property": {"start": "self.w, self._s = w, s", "members": "@property\ndef s(self): return self._s"},
    "a setter": {
        "start": "self.w, self._s = w, 0; self.s = s",
        "members": "@property\ndef s(self): return self._s\n@s.setter\ndef s(self, v): self._s = v",
    },
    "a setter that sets something else": {
        "start": "self.w, self._s = w, s; self.s = s",
        "members": "@property\ndef s(self): return self._s\n@s.setter\ndef s(self, v): self._s = 1",
    },
    "a property without setter": {"members": "@property\ndef s(self): return 1"},
    "attributes that are not set": {
        "start": "self.w, self._s = w, s", "members": "def __getattr__(self, name): return self._s",
    },
    "attributes that are set in another way": {
        "members": "def __setattr__(self, k, v): object.__setattr__(self, k, 1 if k == 's' else v)",
    },
    "attributes that a base sets": {
        "before": "class Base:\n    def __setattr__(self, k, v):\n        super().__setattr__(k, v)", "bases": "(Base)",
    },
    "all attributes": {
        "members": "def __getattribute__(self, k): return 1 if k == 's' else object.__getattribute__(self, k)",
    },
    "another object": {"members": "def __new__(cls, w, s): return 3"},
    "the next class in order": {
        "before": "class A:\n    def __init__(self, s): self.s = s\nclass B(A):\n    def __init__(self, s):"
        " super().__init__(s)\nclass D(A):\n    def __init__(self, s): super().__init__(1)",
        "bases": "(B, D)", "start": "super().__init__(s); self.w = w",
    },
    "no truth": {"members": "def __bool__(self): return False", "call": "(Layer(w, s) or (lambda x: x))(x)"},
    "no length": {"members": "def __len__(self): return 0", "call": "(Layer(w, s) or (lambda x: x))(x)"},
    "a class that a function changes": {
        "after": "def patch():\n    Layer.__call__ = lambda self, x: x\npatch()",
    },
    "a number by its name": {"start": "self.w = w; setattr(self, 's', s)"},
    "a default of an attribute": {"start": "self.w = w; self.s = getattr(self, 's', s)"},
}  # fmt: skip
VALUES: dict[str, tuple[str, str]] = {
    "sum": ("def __add__(self, o): return self.y + o.y", "(Box(y) + Box(0 * y))"),
    "wrong sum": ("def __add__(self, o): return self.y + o.y", "(Box(y) + Box(y))"),
    "sum from the right": ("def __radd__(self, o): return self.y + o", "(0 + Box(y))"),
    "sum with an array": ("__array_priority__ = 200\n    def __radd__(self, o): return o - self.y", "(2 * y + Box(y))"),
    "sum of an array of objects": ("def __radd__(self, o): return 3", "(y + Box(y))"),
    "product": ("def __mul__(self, o): return Box(self.y * o)", "(Box(y) * 2 * 0.5).y"),
    "negative": ("def __neg__(self): return -self.y", "-Box(-y) * -1"),
    "in place": ("def __iadd__(self, o):\n        self.y = self.y + o\n        return self", "added(Box(y)).y"),
    "not in place": ("def __add__(self, o): return Box(self.y + o)", "added(Box(y)).y"),
    "item": ("def __getitem__(self, k): return self.y[k]", "Box(y)[:, :]"),
    "item that is set": ("def __setitem__(self, k, v): self.y = v", "with_item(Box(0 * y), y).y"),
    "loop": ("def __iter__(self):\n        yield 2 * self.y\n        yield self.y", "last(Box(y))"),
    "length": ("def __len__(self): return 1", "y * len(Box(y))"),
    "equality": ("def __eq__(self, o): return False", "(y if Box(y) == 3 else 2 * y)"),
    "contents": ("def __contains__(self, k): return True", "(2 * y if 3 in Box(y) else y)"),
}
BOX = """
import numpy as np

class Box:
    def __init__(self, y): self.y = y
    {method}

def added(box):
    same = box
    box += 1
    box += -1
    return same

def with_item(box, y):
    box[0] = y
    return box

def last(box):
    for one in box:
        two = one
    return two

def layer(x, w, s):
    n, K = x.shape[1], w.shape[2]
    y = np.zeros((1, (n - K) // s + 1))
    for i in range(y.shape[1]):
        y[0, i] = x[0, i * s:i * s + K] @ w[0, 0]
    return {value}
"""
SHARED = {
    "a global name": ("G = 2", "global G\n    G = 1"),
    "a global name of another function": ("G = 1\ndef change():\n    global G\n    G = 2", "change()"),
    "the same name": ("G = 1\ndef change():\n    G = 2", "change()"),
    "a global name that the module changes": ("G = 1\ndef change():\n    global G\n    G = 2\nchange()", "pass"),
    "a name of the function around": ("", "G = 1\n    def change():\n        nonlocal G\n        G = 2\n    change()"),
    "decimals": ("", "G = 0.1 * 10"),
    "an alias that is none": ("", "D = dict(a=1)\n    E = dict(D)\n    E['a'] = 2\n    G = D['a']"),
    "a copy": ("", "G = np.ones(1)\n    H = +G\n    H[0] = 2"),
}


def texts() -> dict[str, str]:
    empty = {"before": "", "bases": "", "start": GIVEN, "members": "", "after": "", "call": "Layer(w, s)(x)"}
    found = {}
    for name, parts in OBJECTS.items():
        members = textwrap.indent(parts.get("members", ""), "    ")
        found[name] = LAYER.format(**{**empty, **parts, "members": members})
    found |= {name: BOX.format(method=method, value=value) for name, (method, value) in VALUES.items()}
    for name, (before, change) in SHARED.items():
        text = BOX.format(method="pass", value="y * G").replace("def layer", f"{before}\n\ndef layer")
        found[name] = text.replace("s):\n    n,", f"s):\n    {change}\n    n,")
    return found


def is_right(text: str) -> bool:
    """Whether real runs are right at small sizes."""
    numbers, code = np.random.default_rng(0), compile(text, "layers.py", "exec")
    for n, k, step in product(range(1, 5), range(1, 3), range(1, 3)):
        if k > n:
            continue
        x, w = numbers.integers(-4, 5, (1, n)) * 1.0, numbers.integers(-4, 5, (1, 1, k)) * 1.0
        right = np.array([[x[0, i * step : i * step + k] @ w[0, 0] for i in range((n - k) // step + 1)]])
        try:
            module = ModuleType("layers")
            exec(code, module.__dict__)
            got: Any = module.layer(x, w, step)
        except (AttributeError, TypeError):
            return False
        if not isinstance(got, np.ndarray) or got.shape != right.shape or not np.allclose(got.astype(float), right):
            return False
    return True


NOT_READ = ("all attributes", "another object", "a class that a function changes", "sum of an array of objects")


@pytest.mark.parametrize("name", texts())
def test_the_verdict_is_that_of_real_runs(name: str, tmp_path: Path) -> None:
    text = texts()[name]
    (tmp_path / "layers.py").write_text(text, encoding="utf-8")
    report = prove_code(f"{tmp_path / 'layers.py'}::layer", LINE, arguments={"x": "input", "w": "weight", "s": s})
    if report.status == "not read":
        assert name in (*NOT_READ, "a global name that the module changes")
    else:
        assert (report.status == "proved") == is_right(text), report
