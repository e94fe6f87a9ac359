"""write_notes: from a layer to files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from symconv.errors import OutputError, shown
from symconv.foundations.files import write_files
from symconv.foundations.given import several
from symconv.foundations.verbs import verb
from symconv.gradient_step import Step
from symconv.layers import Layer
from symconv.networks import Graph
from symconv.notes.build.documents import document_of
from symconv.notes.sections import Choice
from symconv.notes.style import NotesStyle
from symconv.notes.writers import ALL, FORMATS
from symconv.numeric import Progress
from symconv.programs.report import CodeReport
from symconv.programs.view import CodeView
from symconv.views import ON_REQUEST, View

__all__ = ["FORMATS", "default_name", "formats_of", "write_notes"]


@verb((Layer, Graph, Step, CodeReport), "notes", "a layer, a network, a step or a report on a function")
def write_notes(
    subject: Layer | Graph | Step | CodeReport,
    directory: str | Path,
    formats: Sequence[str] = ("tex",),
    *,
    name: str | None = None,
    force: bool = False,
    progress: Progress | None = None,
    learning_rate: Fraction | None = None,
    style: NotesStyle | None = None,
    views: Sequence[View | str] = (),
    sections: Sequence[str] = (),
    figures: Sequence[str] | None = None,
    detail: str = "full",
    entries: int | None = None,
) -> list[Path]:
    """Write the derivation as lecture notes in several formats, and return the paths of the files.

    Of a layer: its three views, and the proof that they are the same. Of a network: from one neuron to
    back-propagation through all its parts. Of a step of gradient descent: the update in every view, and patch by patch.
    Of a report of ``prove_code``: the function's lines with what each computes, and the proof or the mistake.

    The LaTeX compiles with pdflatex, and the packages of texlive-latex-recommended and texlive-pictures. The same
    layer gives the same bytes. All files are written, each whole, or none is.

    Args:
        subject: a layer, a network, a Step of ``sgd_step``, or a report of ``prove_code``; concrete or with symbols.
            Large ones are shown in excerpts, and say so; small concrete ones have an example in numbers.
        directory: where to write; made if it is not there.
        formats: some of "tex" (an article), "beamer" (slides), "pdf" (of the article), "beamer-pdf" (of the slides),
            "md" (Markdown, its figures as SVG files beside it), "ipynb" (a notebook), "parts" (a LaTeX file for each
            section, for \\input, with symconv.sty and sources for BibTeX) and "html" (one page that needs
            nothing else); or "all": whatever can be made with what is installed.
        name: of the file, without its ending; by default it says the layer's sizes.
        force: overwrite files that symconv did not write, or that were changed since, and replace links.
        progress: called with (steps done, steps in all, the next step).
        learning_rate: of the example in numbers of a network; 1/10 by default.
        style: title, author, date, language and colour.
        views: of a layer, views of ``view_of``, each of which gets a section "your code", and views that are there by
            name, ``conv.im2col`` or "im2col", each with a section of its own; the layer's usual views are there anyway.
        sections: names of the sections that are wanted; by default all. Of a layer: "layer", "views", "outputs",
            "derivatives", "rules", "general", "example", "checks", or "summary", all in a page or two. Of a network:
            "neuron", "network", "forwards", "backwards", "question", "example", "checks". Of a step: "neuron", "layer",
            "together", "unshared", "by_patch", "answer", "example".
        figures: keys of ``figures_of`` that are wanted, such as ["window", "matrix"]; by default all, and [] for none.
        detail: "full", or "short": the layer, its views and what is proved of them on two pages.
        entries: how many entries of a tensor are written out at most; 0 for none.

    Returns:
        The paths of the files, in the order of the formats.

    Raises:
        OutputError: an unknown format, a name that is not a plain file name, a program or package that a format needs
            and that is not installed, a section or figure that there is not, or a file that cannot be written.

    >>> import tempfile
    >>> from symconv import Conv
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_notes(Conv(3, 2), folder)]
    ['conv-3-kernel-2.tex']
    """
    if not isinstance(directory, (str, Path)):
        raise OutputError(f"directory={shown(directory)}", "not a path", "use text or a pathlib.Path")
    wanted = formats_of(formats)
    stem = default_name(subject) if name is None else name
    if not isinstance(stem, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", stem):
        raise OutputError(f"name={shown(stem)}", "not a plain file name", "use letters, digits, - and _")
    if style is not None and not isinstance(style, NotesStyle):
        raise OutputError(f"style={shown(style)}", "not a style", "use NotesStyle(..)")
    reports = _reports(subject, views)
    choice = Choice(sections, figures, detail, entries)  # type: ignore[arg-type]  # it reads what users pass
    document = document_of(subject, style or NotesStyle(), progress, learning_rate, reports, choice)
    written = {file: text for one in wanted for file, text in FORMATS[one].written(document, stem).items()}
    return write_files({Path(directory) / file: content for file, content in written.items()}, force)


def _reports(subject: object, views: Sequence[View | str]) -> list[CodeReport | View]:
    """What was found of the functions whose views are wanted, and the views that are there by name."""
    reports: list[CodeReport | View] = []
    for view in several(views or (), (str, View), "views", "use a list such as [view_of(function, layer)]"):
        if isinstance(view, CodeView) and view.geometry == subject:
            reports.append(view.report)
        elif isinstance(subject, Layer) and (asked := _on_request(subject, view)) is not None:
            reports.append(asked)
        elif not isinstance(subject, Layer) or not isinstance(view, str) or view not in subject.views:
            right = "use view_of(function, layer) with the same layer, or its views by name; three are there anyway"
            wrong = "not a view that these notes have a section for"
            raise OutputError(f"views=[{shown(view)}]", wrong, right)
    return reports


def _on_request(layer: Layer, view: View | str) -> View | None:
    """A view of this layer that is there by name, given as such or by its name; None if it is not one."""
    if isinstance(view, str) and view in ON_REQUEST:
        return layer.views_on_request.get(view) or getattr(layer, view)  # or says why not
    is_own = isinstance(view, View) and view.name in ON_REQUEST and view.geometry == layer
    return view if is_own else None  # type: ignore[return-value]


def formats_of(formats: str | Sequence[str]) -> tuple[str, ...]:
    """The names of the formats that are asked for.

    Raises:
        OutputError: none is, or one of them is not known.

    >>> formats_of("tex"), formats_of(["md", "html", "md"])
    (('tex',), ('md', 'html'))
    """
    wanted = several(formats or (), str, "formats", f"use {', '.join([*FORMATS, ALL])}")
    if not wanted:
        raise OutputError("no formats", "there is nothing to write", f"use {', '.join([*FORMATS, ALL])}")
    for one in wanted:
        if not isinstance(one, str) or one not in (*FORMATS, ALL):
            raise OutputError(f"the format {shown(one)}", "it is not written", f"use {', '.join([*FORMATS, ALL])}")
    if ALL in wanted:
        return tuple(name for name, one in FORMATS.items() if one.can_be_made and one.is_whole)
    return tuple(dict.fromkeys(wanted))


SHORT = {
    "input_size": "",
    "output_size": "",
    "kernel_size": "kernel",
    "in_channels": "in",
    "out_channels": "out",
    "batch_size": "batch",
    "padding_mode": "mode",
    "output_padding": "outpadding",
    "input_dilation": "indilation",
    "scale_factor": "scale",
}
"""Parameters in file names, if they are shortened."""


def default_name(subject: Layer | Graph | Step | CodeReport) -> str:
    """conv-3x3-kernel-2x2-out-2, general-2d, network-7-parts, or step-sequential-conv-3-kernel-2."""
    if isinstance(subject, Graph):
        return f"network-{len(subject)}-part{'s' if len(subject) > 1 else ''}"
    if isinstance(subject, CodeReport):
        return "code-" + re.sub(r"[^A-Za-z0-9]+", "-", subject.function.rpartition("::")[2]).strip("-")[:90]
    if isinstance(subject, Step):
        return f"step-{subject.schedule}-{default_name(subject.layer)}"[:100]
    conv = subject
    kind = "" if conv.is_convolution else f"{type(conv).__name__.lower()}-"
    if not conv.is_concrete and conv == conv.family():
        usual = type(conv).general(conv.ndim, **({"bias": conv.bias_term} if "bias" in conv.PARAMETERS else {}))
        if conv == type(conv)(**{**usual.arguments(), "notation": conv.notation}):
            return f"{kind}general-{conv.ndim}d"
    parts = [kind.rstrip("-") or "conv"]
    given = conv.arguments()
    for name, used in conv.used_arguments().items():
        value = given[name] if isinstance(given[name], str) else used
        if name in ("input_size", "output_size", "kernel_size", "scale_factor") or not conv.is_default(name):
            text = "" if value is True else _times(value) if isinstance(value, tuple) else str(value)
            parts += [part for part in (SHORT.get(name, name), text) if part]
    return re.sub(r"[^A-Za-z0-9._-]+", "_", "-".join(parts))[:100].rstrip("_")


def _times(sizes: Sequence[object]) -> str:
    return "x".join("_".join(map(str, size)) if isinstance(size, tuple) else str(size) for size in sizes)
