"""The words of the project: a short list of turns of phrase that read as translated, each with what to write.

codespell (in .ci/run) finds misspelled words; this finds words that are spelled right and are not English as a
technical writer writes it. Tables of tests keep their texts; comments and docstrings of tests are read as the rest.
"""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PHRASES = {
    r"(?<![Tt]here\s)\bis no (?!longer|more|such|other|[A-Za-z]?\d)[a-z]+": "is not a ..",
    r"(?<![Tt]here\s)\bare no (?!longer|more|such|other)[a-z]+": "are not ..",
    r"\b(that|which) are none\b": "invalid ..",
    r"\bso many\b": "the number, and of what",
    r"\bfor who\b": "for readers who",
    r"\bof that name\b": "with this name, or no such ..",
    r"\banother one\b": "another, a second or a different ..",
    r"\bput in\b": "substituted, or inserted",
    r"\bderivatives? by (?!the chain)(the|a|an|its|every|each|all|[a-z]\b)": "derivative with respect to",
    r"\bturned round\b": "flipped",
    r"\bthere are 1 ": "1 ..",
    r"\bto make them all the same\b": "to compute it anyway",
    r"\bwhere it is (one|none|missing|installed|refused|asked)\b": "if",
    r"\b[Tt]here is no such (?!file|entry|term)": "the .. is unknown, or the layer does not have it",
    r"\bin which there is none\b|\bwhere there is none\b": "without one",
    r"\b[Aa]cceptance \d": "what the test shows",
    r"\bthe first issue\b": "what the test shows",
    r"\b[Aa]n? (?:previous|earlier) session\b": "what the text shows",
}
ALLOWED = {
    "benchmarks/concrete.py": {"derivatives by every"},  # quoted from there in docs/benchmarks.md, line by line
    "docs/benchmarks.md": {"derivatives by every"},
}
TEXTS = ("symconv/**/*.md.jinja", "symconv/**/*.html.jinja", "docs/*.md", "*.md")


def prose(path: Path, whole: bool) -> Iterator[tuple[int, str]]:
    """The texts of a file with their lines: all, or of Python only its comments and docstrings."""
    source = path.read_text(encoding="utf-8")
    if whole:
        yield 1, source
        return
    before = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        opens = before in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and opens):
            yield token.start[0], token.string
        if token.type not in (tokenize.NL, tokenize.COMMENT):
            before = token.type


def flaws(
    text: str, first: int = 1, allowed: frozenset[str] | set[str] = frozenset()
) -> Iterator[tuple[int, str, str]]:
    """(line, what stands there, what to write) of a text that begins in line ``first``."""
    for phrase, better in PHRASES.items():
        for match in re.finditer(phrase.replace(" ", r"\s+(?:#\s+)?"), text):
            found = " ".join(match[0].split())
            if found not in allowed:
                yield first + text.count("\n", 0, match.start()), found, better


def english(path: Path) -> bool:
    return not {"de", "german.py", "test_english.py"} & set(path.parts)


def files() -> list[tuple[Path, bool]]:
    """Every file that is read, and whether all of it is."""
    texts = [(path, True) for pattern in TEXTS for path in ROOT.glob(pattern)]
    sources = [(path, True) for folder in ("symconv", "benchmarks") for path in (ROOT / folder).rglob("*.py")]
    tests = [(path, False) for path in (ROOT / "tests").rglob("*.py")]
    return sorted({pair for pair in texts + sources + tests if english(pair[0])})


def test_the_english_is_plain() -> None:
    found = []
    for path, whole in files():
        name = path.relative_to(ROOT).as_posix()
        for start, text in prose(path, whole):
            for line, given, better in flaws(text, start, ALLOWED.get(name, frozenset())):
                found.append(f"{name}:{line}: {given!r}; write {better}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text, line, better",
    [
        ("a size\nthat is no whole number", 2, "is not a .."),
        ("at most so many terms", 1, "the number, and of what"),
        ("the derivative\n# by the input", 1, "derivative with respect to"),
        ("the kernel,\n\nturned\nround", 3, "flipped"),
        ("pass max_terms=9 to make them all\nthe same", 1, "to compute it anyway"),
    ],
)
def test_a_flaw_is_found_with_its_line(text: str, line: int, better: str) -> None:
    assert [(at, write) for at, _, write in flaws(text)] == [(line, better)]


def test_plain_sentences_pass() -> None:
    text = "There is no w3. The padding is no longer than the input. It is not a whole number; w2 is not a name."
    assert not list(flaws(text))
