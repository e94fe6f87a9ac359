"""How objects show themselves in a notebook: pieces of HTML, every text in them escaped.

Mathematics stands between dollars, which notebooks typeset.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def escape(text: str) -> str:
    """Text as it stands in HTML."""
    from html import escape as escaped  # with a table of 2,000 characters by name

    return escaped(text)


def block(*parts: str) -> str:
    """Pieces one below the other."""
    return f"<div>{''.join(parts)}</div>"


def words(text: str) -> str:
    """Lines of text.

    >>> words("a < b")
    '<p>a &lt; b</p>'
    """
    return f"<p>{'<br>'.join(map(escape, text.splitlines()))}</p>"


def code(text: str) -> str:
    """Lines of a program, or of a report with columns."""
    return f"<pre>{escape(text)}</pre>"


def mathematics(latex: str) -> str:
    return rf"<p>$\displaystyle {escape(latex)}$</p>"


def table(rows: Iterable[Sequence[Any]], heads: Sequence[str]) -> str:
    """A table of texts and numbers."""
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
