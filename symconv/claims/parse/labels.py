"""Labels that a layer does not have, and which one may be meant."""

from __future__ import annotations

import re
from itertools import combinations
from math import prod

from symconv.claims.interpret.definitions import Definitions, Entry


def meant_label(definitions: Definitions, entry: Entry) -> str | None:
    """What to write for a label with other numbers than the layer's labels have; None if only the entry is missing.

    Labels have no number for a dimension of one element: X11, not X111, is an entry of an image of one channel.
    """
    layer, layout = definitions.layer, definitions.layouts[entry.tensor]
    sizes = [prod(int(axis.size.value or 0) for axis in dimension) for dimension in layout]
    kept = [place for place, dimension in enumerate(layout) if dimension]
    base, digits = layer.notation.index_base, re.sub(r"^.*[A-Za-z]", "", entry.label)
    joined = "_" not in digits.strip("_")
    numbers = [int(number) - base for number in (digits.strip("_") if joined else re.findall(r"\d+", digits))]
    for places in combinations(range(len(sizes)), len(numbers)):
        index = dict(zip(places, numbers))
        if set(kept) < set(places) and all(0 <= index[place] < sizes[place] for place in places):
            label = layer.notation.label(entry.tensor, [index[at] for at in kept], [sizes[at] for at in kept])
            return f"write {label}: labels have no number for a dimension of one element"
    if len(kept) != len(numbers) and not (joined and len(kept) == 1):
        first = layer.notation.label(entry.tensor, [0] * len(kept), [sizes[at] for at in kept])
        return f"write labels as {first}"
    return None
