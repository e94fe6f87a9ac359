"""Notes about entries of the catalogue: a heading for each group, the entries with their references and equations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from symconv.catalogue.entries import Catalogue
from symconv.catalogue.entry import Identity
from symconv.errors import OutputError, SymconvError, shown
from symconv.foundations.files import write_files
from symconv.notes.model import Block, Display, Document, Emphasis, Heading, Paragraph, Row, Text
from symconv.notes.style import NotesStyle
from symconv.notes.write import formats_of
from symconv.notes.writers import FORMATS

TITLE = "Identities of convolutions"


def write_identities(
    subject: Identity | Catalogue | Sequence[Identity],
    directory: str | Path,
    formats: Sequence[str] = ("tex",),
    *,
    name: str = "identities",
    force: bool = False,
    style: NotesStyle | None = None,
) -> list[Path]:
    """Write entries of the catalogue as a document in several formats, and return the paths of the files.

    Args:
        subject: an entry, several, or the whole catalogue.
        directory: where to write; made if it is not there.
        formats: as in ``write_notes``.
        name: of the files, without their endings.
        force: overwrite files that symconv did not write, or that were changed since.
        style: title, author, date and colour.

    Raises:
        OutputError: an unknown format, a directory that is not a path, or a file that cannot be written.
        SymconvError: something else was passed for an entry.
    """
    if not isinstance(directory, (str, Path)):
        raise OutputError(f"directory={shown(directory)}", "not a path", "use text or a pathlib.Path")
    if isinstance(subject, Catalogue):
        entries = list(subject.values())
    else:
        entries = [subject] if isinstance(subject, Identity) else list(subject)
    for entry in entries:
        if not isinstance(entry, Identity):
            raise SymconvError(f"notes about {shown(entry)}", "not an identity", 'use identities["an identity kernel"]')
    document = identities_document(entries, style or NotesStyle())
    files = {file: text for one in formats_of(formats) for file, text in FORMATS[one].written(document, name).items()}
    return write_files({Path(directory) / file: content for file, content in files.items()}, force)


def identities_document(entries: Sequence[Identity], style: NotesStyle) -> Document:
    """The entries, group after group."""
    blocks = tuple(
        block for group in dict.fromkeys(entry.group for entry in entries) for block in _group(group, entries)
    )
    return Document(
        style.title or TITLE, blocks, style.author, style.date, style.language, -1, style.accent,
        coloured_formulas=style.coloured_formulas,
    )  # fmt: skip


def _group(group: str, entries: Sequence[Identity]) -> Iterator[Block]:
    yield Heading(2, (Text(group.capitalize()),))
    for entry in entries:
        if entry.group == group:
            title = entry.name[:1].upper() + entry.name[1:]
            yield Paragraph((Emphasis((Text(f"{title}."),), strong=True), Text(f" {entry.reference}.")))
            yield Display(tuple(Row(line) for line in entry.lines()))
