"""Drawings as PNG, for a preview, by the optional package cairosvg."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

from symconv.errors import OutputError
from symconv.figures.drawing import Drawing
from symconv.figures.writers.svg import plain_svg
from symconv.foundations.files import write_files


def png(
    drawing: Drawing, path: str | os.PathLike[str] | None = None, *, scale: float = 2.0, force: bool = False
) -> bytes:
    """The drawing as the bytes of a PNG on white; written to ``path`` as well if one is given.

    Args:
        scale: pixels for a unit of the SVG, of which 40 are a centimetre.
        force: overwrite a file that symconv did not write, or that was changed since.

    Raises:
        OutputError: cairosvg, or the cairo library that it needs, is not there, or the file cannot be written.
    """
    try:
        cairosvg = import_module("cairosvg")
    except (ImportError, OSError) as error:
        raise OutputError(
            "a figure as PNG", f"it needs the package cairosvg ({error})", "pip install 'symconv[png]', or use SVG"
        ) from error
    data: bytes = cairosvg.svg2png(bytestring=plain_svg(drawing).encode(), scale=scale, background_color="white")
    if path is not None:
        write_files({Path(path): data}, force)
    return data
