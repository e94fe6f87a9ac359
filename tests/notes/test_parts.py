"""Notes in parts: files to \\input in any document, each of which compiles on its own too."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from symconv import Activation, Conv, Flatten, Linear, Sequential, sgd_step, write_notes
from symconv.cli.main import main
from symconv.notes import fragments
from symconv.notes.references import SOURCES
from symconv.notes.style import NotesStyle

LAYER = Conv((5, 5), (3, 3), in_channels=3, out_channels=2, stride=2, padding=1)
SUBJECTS: dict[str, Any] = {
    "layer": LAYER,
    "network": Sequential(
        Conv((4, 4), 2, out_channels=2), Activation("relu"), Flatten(), Linear.lazy(out_features=2),
        loss="cross_entropy",
    ),
    "step": sgd_step(Conv(4, 2), schedule="sequential"),
}  # fmt: skip
CLASSES = {
    "article": r"\documentclass{article}",
    "two columns": r"\documentclass[twocolumn]{article}",
    "IEEEtran": r"\documentclass{IEEEtran}",
    "llncs": r"\documentclass{llncs}",
    "memoir": r"\documentclass{memoir}",
    "beamer": r"\documentclass{beamer}",
}
ENGINES = ("pdflatex", "lualatex", "xelatex")


def parts(subject: Any, folder: Path, **options: Any) -> list[Path]:
    return write_notes(subject, folder, ["parts"], name="own", **options)


class Written:
    """The parts of subjects, written once, and copied for each test."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.made: dict[str, list[Path]] = {}

    def __call__(self, folder: Path, subject: Any, **options: Any) -> list[Path]:
        key = repr((subject, options))
        if key not in self.made:
            self.made[key] = parts(subject, self.root / str(len(self.made)), **options)
        return [Path(shutil.copy(path, folder)) for path in self.made[key]]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return Written(tmp_path_factory.mktemp("written"))


def sections(paths: list[Path]) -> list[str]:
    """The names of the files to \\input."""
    texts = [path for path in paths if path.suffix == ".tex" and path.stem != "own-parts"]
    return [path.stem for path in texts]


def log_of(source: Path, engine: str = "pdflatex") -> str:
    """What TeX says of a file; an error fails the test."""
    words = [engine, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", source.name]
    done = subprocess.run(
        words, cwd=source.parent, capture_output=True, text=True, errors="replace", check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout[-1500:]
    return source.with_suffix(".log").read_text(encoding="utf-8", errors="replace")


def widest(log: str) -> float:
    """How far a line sticks out, in points."""
    return max(map(float, re.findall(r"Overfull \\hbox \(([0-9.]+)pt too wide\)", log)), default=0.0)


@cache
def has_class(name: str) -> bool:
    found = subprocess.run(["kpsewhich", f"{name}.cls"], capture_output=True, text=True, check=False)
    return bool(found.stdout.strip())


def in_class(opening: str, names: list[str], more: str = "") -> str:
    """A document of a class with all the parts; slides have each in a frame."""
    inputs = [rf"\input{{{name}}}" for name in names]
    if "beamer" in opening:
        inputs = [f"\\begin{{frame}}[allowframebreaks]{{Part}}\n{one}\n\\end{{frame}}" for one in inputs]
    body = "\n".join(inputs)
    return f"{opening}\n\\usepackage{{symconv}}\n{more}\n\\begin{{document}}\n{body}\n\\end{{document}}\n"


def test_a_file_for_each_section(tmp_path: Path) -> None:
    paths = parts(LAYER, tmp_path, figures=["matrix"])
    names = {path.name for path in paths}
    every = ("opening", "layer", "views", "outputs", "derivatives", "rules", "general", "example", "checks", "appendix")
    assert names == {
        *(f"own-{one}.tex" for one in every), "own-parts.tex", "symconv.sty", "own-sources.bib"
    }  # fmt: skip
    whole = (tmp_path / "own-parts.tex").read_text(encoding="utf-8")
    assert re.findall(r"\\input\{own-(\w+)\}", whole) == list(every)
    views = (tmp_path / "own-views.tex").read_text(encoding="utf-8")
    assert r"\label{sec:views}" in views and r"\label{fig:matrix}" in views and r"~\cite{lecun1989}" in views
    sources = (tmp_path / "own-sources.bib").read_text(encoding="utf-8")
    assert set(re.findall(r"@\w+\{(\w+),", sources)) == set(SOURCES)


def test_only_the_parts_that_are_wanted(tmp_path: Path) -> None:
    paths = parts(LAYER, tmp_path, sections=["rules"], style=NotesStyle(language="de"))
    assert [path.name for path in paths] == ["own-rules.tex", "own-parts.tex", "symconv.sty"]
    assert "Satz" in paths[0].read_text(encoding="utf-8")


def test_parts_on_the_command_line(tmp_path: Path) -> None:
    words = ["notes", str(tmp_path), "--input-size", "3", "--kernel-size", "2", "--parts", "--sections", "views"]
    assert main(words) == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "conv-3-kernel-2-views.tex", "conv-3-kernel-2-parts.tex", "conv-3-kernel-2-sources.bib", "symconv.sty"
    }  # fmt: skip


@pytest.mark.slow
def test_what_was_edited_is_kept(tmp_path: Path) -> None:
    paths = parts(Conv(3, 2), tmp_path)
    for path in paths:
        text = path.read_text(encoding="utf-8")
        kept = text + "% mine\n"
        path.write_text(kept, encoding="utf-8")
        with pytest.raises(Exception, match="changed"):
            parts(Conv(3, 2), tmp_path)
        assert path.read_text(encoding="utf-8") == kept
        path.write_text(text, encoding="utf-8")
    paths[0].write_text("% mine\n", encoding="utf-8")
    assert parts(Conv(3, 2), tmp_path, force=True) == paths
    assert "% mine" not in paths[0].read_text(encoding="utf-8")


@pytest.mark.tex
@pytest.mark.parametrize("kind", SUBJECTS)
def test_every_part_compiles_alone(kind: str, tmp_path: Path) -> None:
    paths = parts(SUBJECTS[kind], tmp_path)
    for name in sections(paths):
        log_of(tmp_path / f"{name}.tex")
    log = log_of(tmp_path / "own-parts.tex")
    assert "multiply defined" not in log and widest(log) < 15


@pytest.mark.tex
@pytest.mark.parametrize("kind", CLASSES)
def test_parts_compile_in_any_class(kind: str, tmp_path: Path, written: Written) -> None:
    if re.fullmatch(r"[A-Za-z]+", kind) and not has_class(kind):
        pytest.skip(f"the class {kind} is not installed")
    names = sections(written(tmp_path, LAYER))
    (tmp_path / "whole.tex").write_text(in_class(CLASSES[kind], names), encoding="utf-8")
    log_of(tmp_path / "whole.tex")
    assert widest(log_of(tmp_path / "whole.tex")) < 30  # words of a narrow column


@pytest.mark.tex
@pytest.mark.parametrize("engine", ENGINES)
def test_parts_compile_with_any_engine(engine: str, tmp_path: Path, written: Written) -> None:
    if shutil.which(engine) is None:
        pytest.skip(f"{engine} is not installed")
    names = sections(written(tmp_path, LAYER, style=NotesStyle(language="de")))
    (tmp_path / "whole.tex").write_text(in_class(CLASSES["article"], names), encoding="utf-8")
    log_of(tmp_path / "whole.tex", engine)


PASTED = ("formula-direct", "matrix", "constraints", "entries-output", "patches", "steps-grad_weight")


@pytest.mark.tex
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", CLASSES)
def test_parts_and_fragments_compile_in_any_class_with_any_engine(
    kind: str, engine: str, tmp_path: Path, written: Written
) -> None:
    """One run for each pair: every part of a small layer, and fragments as displayed formulas."""
    if re.fullmatch(r"[A-Za-z]+", kind) and not has_class(kind):
        pytest.skip(f"the class {kind} is not installed")
    if shutil.which(engine) is None:
        pytest.skip(f"{engine} is not installed")
    layer = Conv((3, 3), 2)
    names = sections(written(tmp_path, layer, figures=["window"]))
    pasted = "\n".join(rf"\[ {fragments(layer)[name].latex()} \]" for name in PASTED)
    (tmp_path / "own-fragments.tex").write_text(pasted, encoding="utf-8")
    (tmp_path / "whole.tex").write_text(in_class(CLASSES[kind], [*names, "own-fragments"]), encoding="utf-8")
    log_of(tmp_path / "whole.tex", engine)


@pytest.mark.tex
def test_a_macro_of_the_document_counts(tmp_path: Path) -> None:
    names = sections(parts(Conv(3, 2), tmp_path, sections=["views"], figures=[]))
    own = in_class(r"\documentclass{article}\newcommand{\zero}{\typeout{mine}0}", names)
    (tmp_path / "whole.tex").write_text(own, encoding="utf-8")
    assert "mine" in log_of(tmp_path / "whole.tex")
