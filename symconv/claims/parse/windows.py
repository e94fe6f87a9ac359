"""Windows whose sizes have other letters: Y[i, j] = (X[i:i+h, j:j+w] * K).sum(), where h and w are those of K."""

from __future__ import annotations

import re

from symconv.claims.parse.names import Names
from symconv.claims.parse.rewriting import LONGEST
from symconv.errors import ClaimError

_WINDOW = re.compile(
    r"(?<![\w.])(?P<start>[a-z](?:\s*\*\s*[a-z])?)\s*:\s*(?P=start)\s*\+\s*(?P<size>[A-Za-z]\w*)(?=\s*[,\]])"
)
_ARRAY = re.compile(
    r"\*\s*(?P<after>[A-Z])(?=\s*(?:\)|$|[.,;]\s*(?:sum|$)))|(?<![\w.\[])(?P<before>[A-Z])\s*\*\s*[A-Z]\s*\["
)


def with_known_windows(names: Names, text: str) -> tuple[str, tuple[str, ...]] | None:
    """The claim with the layer's kernel and its sizes for the writer's letters, and what each is; None of others.

    Raises:
        ClaimError: one letter is both the kernel and its size.
    """
    if len(text) > LONGEST or ":" not in text:
        return None
    sizes = [found["size"] for found in _WINDOW.finditer(text)]
    array = _ARRAY.search(text)
    layer, own = names.layer, names.layer.notation
    if not sizes or array is None or own.weight not in names.layouts:
        return None
    letter = array["after"] or array["before"]
    named = {names.role(word) for word in re.findall(r"[A-Za-z_]\w*", _WINDOW.sub("", text))}
    if names.known.get(letter) is not None or "weight" in named or len(sizes) % layer.ndim:
        return None
    if letter in sizes:
        wrong = f"{letter} is a size in the slice, and an array as a factor"
        right = f"write {own.weight} for the array, as in x[i:i+{letter}]*{own.weight}"
        raise ClaimError(text, wrong, right, text, array.start())
    kernel = [str(layer.writer.polynomial(scheme.K)) for scheme in layer.schemes]
    meant = {(size, kernel[at % layer.ndim]) for at, size in enumerate(sizes)}
    if len({size for size, _ in meant}) < len(meant):
        raise ClaimError(text, "one letter is the size on several axes", f"write {', '.join(kernel)}")
    said = {f"{letter} is the kernel": None}
    counted = iter(range(len(sizes)))

    def window(found: re.Match[str]) -> str:
        size, own_size = found["size"], kernel[next(counted) % layer.ndim]
        if names.is_own(size):
            return found[0]
        said[f"{size} is {own_size}"] = None
        return f"{found['start']}:{found['start']}+{own_size}"

    at = array.start("after" if array["after"] else "before")
    marked = f"{text[:at]}\0{text[at + 1 :]}"
    return _WINDOW.sub(window, marked).replace("\0", own.weight), tuple(said)
