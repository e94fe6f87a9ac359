r"""Claims in other words: lists as formulas for their items, partial entries as sums, texts equation by equation.

``h = [E for i in range(m)]`` is ``h[i] = E``, and the list has m items. In PyTorch's documentation an entry with fewer
indices than axes is the rest of a tensor as a whole, and ``weight(C_out_j, k) \star input(N_i, k)`` is what the layer
does along its spatial axes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from symconv.claims.parse.names import Names

OPENING, CLOSING = "([{", ")]}"
MOST_LOOPS, LONGEST, MOST_INDICES = 6, 5_000, 12
"""A list has at most 6 axes; longer texts than 5,000 characters, or with more than 12 indices, are not rewritten."""
FREE = [*"uvtrqzgyea", *(f"{letter}{number}" for letter in "uvtz" for number in "12345")]
"""Letters for indices that a claim does not write."""
OUTPUTS = {"out": "output"}
"""What the documentation of libraries calls the output, and formulas do not."""
STAR = re.compile(r"(\w+)\(([^()]*)\)\s*(?:\\star|\\ast|\*|⋆|★)\s*(\w+)\(([^()]*)\)")
ENTRY = re.compile(r"\b([A-Za-z]\w*)\(([^()]*)\)")


def item_by_item(text: str) -> tuple[str, list[str]]:
    """A claim that a name is a list comprehension, for its items, and the lengths of the list; other texts as they are.

    >>> item_by_item("h = [sum(w[k]*x[i+k] for k in range(K)) for i in range(n-K+1)]")
    ('h[i] = sum(w[k]*x[i+k] for k in range(K))', ['n-K+1'])
    """
    found = re.fullmatch(r"\s*([A-Za-z_]\w*)\s*=\s*(?:np\.array\()?\s*(\[.*\])\s*\)?\s*", text, re.DOTALL)
    if found is None or len(text) > LONGEST:
        return text, []
    name, inside = found[1], found[2].strip()
    letters: list[str] = []
    lengths: list[str] = []
    while len(letters) < MOST_LOOPS and (parts := _comprehension(inside)) is not None:
        inside, letter, trips = parts
        letters.append(letter)
        lengths.append(trips)
    return (f"{name}[{', '.join(letters)}] = {inside}", lengths) if letters else (text, [])


def _comprehension(text: str) -> tuple[str, str, str] | None:
    """What every item is, the letter and the number of items of [E for i in range(m)]."""
    if not (text.startswith("[") and closing(text, 0) == len(text) - 1):
        return None
    inside = text[1:-1].strip()
    starts = [at for at in outside(inside) if re.match(r"\bfor\b", inside[at:]) and at and inside[at - 1].isspace()]
    if len(starts) != 1:
        return None
    head = re.fullmatch(r"for\s+([A-Za-z_]\w*)\s+in\s+range\((.*)\)", inside[starts[0] :].strip(), re.DOTALL)
    return None if head is None else (inside[: starts[0]].strip(), head[1], head[2].strip())


def with_gradient_names(names: Names, text: str) -> str:
    r"""The text with dx for \delta x, if its left side is called so: \delta x = \delta h *_{full} w, \delta_x = .."""
    left = re.match(r"\s*(?:\$+|\\\[|\\\()?\s*\\delta\s+(?:\\math\w+\{)?([A-Za-z])(?![A-Za-z])", text)
    if below := re.match(r"\s*(?:\$+|\\\[|\\\()?\s*(?:\\delta|δ|delta)_\{?([A-Za-z])\}?\s*=", text):
        if names.role(below[1]) not in ("input", "weight", "bias") or r"\sum" in text or len(text) > LONGEST:
            return text
        return re.sub(r"(?:\\delta|δ|(?<![A-Za-z])delta)_\{?([A-Za-z])\}?(?![A-Za-z])", r"d\1", text)
    if left is None or names.role(left[1]) not in ("input", "weight", "bias") or len(text) > LONGEST:
        return text
    return re.sub(r"\\delta\s+(?=(?:\\math\w+\{)?[A-Za-z](?![A-Za-z]))", "d", text)


_WHERE = re.compile(
    r",?\s*(?:\\text\{\s*(?:where|with)\s*\}|(?<=\s)(?:where|with))\s+(?=\\?[A-Za-z]+\s*=\s*(?:\[|\\begin))"
)


def with_commas(text: str) -> str:
    """The text with a comma for the colon or bar after the indices of a sum, at the same places.

    >>> with_commas("y[i] = sum(c, k: w[c,k]*x[c,i+k])")
    'y[i] = sum(c, k, w[c,k]*x[c,i+k])'
    """
    return re.sub(r"(?<=\bsum\()(\s*[a-z]\d?(?:\s*,\s*[a-z]\d?)*\s*)[:|](?!=)", r"\1,", text)


def equations(text: str) -> list[str]:
    """The equations of a text that says several, one after the other; the text itself if it says one.

    >>> equations("y = conv(x, w), dW = conv(x, dy)")
    ['y = conv(x, w)', 'dW = conv(x, dy)']
    """
    text = _WHERE.sub("; ", text)
    cuts = [at for at in outside(text) if text[at] in ",;\n"]
    ends = [*cuts, len(text)]
    parts = [text[low:high].strip(" ,;\n") for low, high in zip([0, *cuts], ends)]
    parts = [part for part in parts if part]
    return parts if len(parts) > 1 and all(re.search(r"(?<![<>!=])=(?!=)", part) for part in parts) else [text]


def written_out(names: Names, text: str) -> str | None:
    r"""A claim with partial entries and one \star between two of them, with all indices; None if it is not one."""
    if len(text) > LONGEST or text.count(",") > MOST_INDICES or names.layer.ndim > 3:
        return None
    plain = re.sub(r"\\(?:text|mathrm|mathit|operatorname)\s*\{([^{}]*)\}", r"\1", text)
    plain = re.sub(r"\{\s*(\w+)\s*\}", r"\1", re.sub(r"_\{(\w+(?:_\w+)?)\}", r"_\1", plain))
    left, equal, right = plain.partition("=")
    stars = STAR.findall(right)
    if not equal or len(stars) != 1 or names.layer.fixed_kernel is not None:
        return None
    if [names.role(OUTPUTS.get(name, name)) for name, _ in ENTRY.findall(left)] != ["output"]:
        return None
    layer, write = names.layer, names.layer.writer.polynomial
    used = set(re.findall(r"[A-Za-z]\w*", plain)) | set(layer.symbol_names) | {*names.known}
    letters = iter(letter for letter in FREE if letter not in used)
    outputs = [next(letters) for _ in range(layer.ndim)]
    offsets = [next(letters) for _ in range(layer.ndim)]
    reads = [
        f"({write(scheme.s)})*{i} + ({write(scheme.d)})*{k} - ({write(scheme.low)})"
        for scheme, i, k in zip(layer.schemes, outputs, offsets)
    ]
    known: dict[str, str] = {}

    def indices(given: str) -> list[str]:
        found = []
        for one in (part.strip() for part in given.split(",")):
            if not re.fullmatch(r"[A-Za-z]", one):
                known.setdefault(one, next(letters))
            found.append(known.get(one, one))
        return found

    def entry(name: str, given: str) -> str:
        name = OUTPUTS.get(name, name)
        more = {"output": outputs, "input": reads, "weight": offsets}.get(str(names.role(name)), [])
        return f"{names.known.get(name, name)}[{', '.join([*indices(given), *more])}]"

    def joined(found: re.Match[str]) -> str:
        product = f"{entry(found[1], found[2])}*{entry(found[3], found[4])}"
        return f"sum({', '.join(offsets)}, {product})"

    body = ENTRY.sub(lambda one: one[0] if one[1] == "sum" else entry(one[1], one[2]), _put(STAR, joined, right))
    return f"{entry(*ENTRY.findall(left)[0])} = {body}".replace("\0", "(").replace("\1", ")")


def _put(pattern: re.Pattern[str], made: object, text: str) -> str:
    """The text with what is found replaced, its round brackets hidden from the next search."""
    assert callable(made)
    return pattern.sub(lambda one: made(one).replace("(", "\0").replace(")", "\1"), text)


def closing(text: str, start: int) -> int:
    """The place of the bracket that closes the one at ``start``; -1 if none does."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] in OPENING) - (text[at] in CLOSING)
        if not depth:
            return at
    return -1


def outside(text: str) -> Iterator[int]:
    """The places outside all brackets."""
    depth = 0
    for at, letter in enumerate(text):
        depth -= letter in CLOSING
        if not depth:
            yield at
        depth += letter in OPENING
