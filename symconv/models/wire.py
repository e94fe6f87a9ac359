"""What a file of protocol buffers would become, found by walking over its fields and building nothing.

Two bytes of a file can become hundreds in memory, so the number of fields is counted before a library reads it, and
the bytes that may grow (https://protobuf.dev/programming-guides/encoding). Bytes of weights stay what they are.
"""

from __future__ import annotations

from collections.abc import Mapping

from symconv.errors import SizeLimitError, SymconvError

MOST_FIELDS = 1_000_000
MOST_LOOSE = 64 * 2**20
"""The most bytes of texts, lists of whole numbers and what else is not weights."""
DEEPEST = 40
VARINT, EIGHT, BYTES, FOUR = 0, 1, 2, 5
"""The kinds of field that are in use."""

Inner = Mapping[str, Mapping[int, str]]


def require_small(data: bytes, message: str, inner: Inner, weights: Mapping[str, frozenset[int]], name: str) -> None:
    """An error for a file that is not of this kind, or would become too large.

    Args:
        data: the file's bytes.
        message: what it has, as ``inner`` names it.
        inner: for each message the fields that are messages, and which.
        weights: for each message the fields whose bytes do not grow.
        name: of the file.

    Raises:
        SymconvError: it is not made of such fields.
        SizeLimitError: it has too many fields, too many bytes that may grow, or is nested too deeply.
    """
    stack = [(0, len(data), message)]
    fields = loose = 0
    while stack:
        at, end, kind = stack.pop()
        while at < end:
            fields += 1
            if fields > MOST_FIELDS:
                raise SizeLimitError(name, f"it has more than {MOST_FIELDS:,} fields", "use a smaller model")
            tag, at = _varint(data, at, end, name)
            number, sort = tag >> 3, tag & 7
            if sort == VARINT:
                _, at = _varint(data, at, end, name)
            elif sort == BYTES:
                length, at = _varint(data, at, end, name)
                if (within := inner.get(kind, {}).get(number)) is not None and at + length <= end:
                    stack += [(at + length, end, kind), (at, at + length, within)]
                    _require_shallow(len(stack), name)
                    break
                loose += 0 if number in weights.get(kind, ()) else length
                at += length
            elif sort in (EIGHT, FOUR):
                at += 8 if sort == EIGHT else 4
            else:
                raise _broken(name)
            if number == 0 or at > end:
                raise _broken(name)
        if loose > MOST_LOOSE:
            raise SizeLimitError(
                name, f"more than {MOST_LOOSE // 2**20} MB of it are not weights", "use a smaller model"
            )


def _require_shallow(depth: int, name: str) -> None:
    if depth > 2 * DEEPEST:
        raise SizeLimitError(name, f"its messages are nested more than {DEEPEST} deep", "use a flat model")


def _varint(data: bytes, at: int, end: int, name: str) -> tuple[int, int]:
    """A whole number of at most ten bytes, each with seven bits, and the place behind it."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= end:
            raise _broken(name)
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise _broken(name)


def _broken(name: str) -> SymconvError:
    return SymconvError(name, "it is not a file of ONNX, or it is damaged", "use a file that torch.onnx or onnx wrote")
