"""Seals: how a file says that symconv wrote it, and that nobody has changed it since.

The words ``MARKER`` stand in the first line of a file or at its end. When the file is written, the SHA-256 digest of
everything else is put behind them, in brackets. A PNG, which has no lines, gets the words and the digest in a text
chunk of its own; the words at the end of a ZIP archive are its comment, whose length counts the digest.
"""

from __future__ import annotations

import re
import zlib
from hashlib import sha256

MARKER = "Written by symconv"

LOOKED_AT = 400
"""Bytes of the first line, and at the end of the file, in which a seal is looked for."""

SEAL = re.compile(rb"(?<=%b) \[sha256 ([0-9a-f]{64})\]" % MARKER.encode())

SEAL_LENGTH = len(" [sha256 ") + 64 + len("]")
"""Bytes of a seal; a format that counts its bytes leaves room for it."""

PNG = b"\x89PNG\r\n\x1a\n"
CHUNK_AT = len(PNG) + 25
"""Where the first chunk ends, which has the size of the picture."""


def sealed(content: bytes) -> bytes:
    """The content with its seal.

    >>> sealed(b"% Written by symconv\\n\\\\bye\\n")[:37]
    b'% Written by symconv [sha256 d7924266'
    >>> is_sealed(sealed(b"% Written by symconv\\n")), is_sealed(b"% Written by symconv\\n")
    (True, False)
    """
    seal = f" [sha256 {sha256(content).hexdigest()}]".encode()
    at = _place(content)
    if content.startswith(PNG):
        seal = _chunk(MARKER.encode() + seal)
    return content[:at] + seal + content[at:]


def is_sealed(data: bytes) -> bool:
    """Whether symconv wrote the file, and nobody changed a byte of it."""
    found = next(SEAL.finditer(data[: _end_of_first_line(data)]), None)
    tail = max(0, len(data) - LOOKED_AT)
    matches = [found] if found else list(SEAL.finditer(data, tail))[-1:]
    if not matches:
        return False
    start, end = matches[0].span()
    if data.startswith(PNG):
        start, end = CHUNK_AT, CHUNK_AT + len(_chunk(MARKER.encode() + matches[0][0]))
    content = data[:start] + data[end:]
    return bool(data == sealed(content))


def has_marker(data: bytes) -> bool:
    """Whether the file says that symconv wrote it."""
    return MARKER.encode() in data[: _end_of_first_line(data)] + b"\0" + data[-LOOKED_AT:]


def _place(content: bytes) -> int:
    """Where the seal stands."""
    if content.startswith(PNG):
        return CHUNK_AT
    marker = MARKER.encode()
    at = content.find(marker, 0, _end_of_first_line(content))
    if at < 0:
        at = content.rfind(marker, max(0, len(content) - LOOKED_AT))
    if at < 0:
        raise ValueError(f"a file of symconv has {MARKER!r} in its first line or at its end")
    return at + len(marker)


def _end_of_first_line(data: bytes) -> int:
    """The end of the first line, or of what is looked at; a PNG's first line is all that comes before its pixels."""
    end = -1 if data.startswith(PNG) else data.find(b"\n", 0, LOOKED_AT)
    return LOOKED_AT if end < 0 else end


def _chunk(text: bytes) -> bytes:
    """A PNG's text chunk (PNG specification, 11.3.3.2): length, type, keyword and text, checksum."""
    body = b"tEXtSoftware\0" + text
    return (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
