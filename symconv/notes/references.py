"""The sources that notes cite, with what BibTeX needs of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """A paper or book: its kind in BibTeX, authors "Last, First", title, year, and where it appeared."""

    kind: str
    authors: tuple[str, ...]
    title: str
    year: int
    where: tuple[tuple[str, str], ...]

    @property
    def line(self) -> str:
        """The source as one line of a list of references, without its title's emphasis."""
        names = [f"{first} {last}" for last, _, first in (name.partition(", ") for name in self.authors)]
        places = [f"arXiv:{value}" if field == "eprint" else value for field, value in self.where if field in PRINTED]
        authors = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
        return f"{authors}. {self.title}. {', '.join([*places, str(self.year)])}."

    def bibtex(self, key: str) -> str:
        fields = {"author": " and ".join(self.authors), "title": f"{{{self.title}}}", **dict(self.where)}
        lines = [f"  {name} = {{{value}}}," for name, value in (*fields.items(), ("year", str(self.year)))]
        return "\n".join([f"@{self.kind}{{{key},", *lines, "}"])


PRINTED = ("journal", "booktitle", "publisher", "eprint", "volume")

SOURCES: Mapping[str, Source] = {
    "chellapilla2006": Source(
        "inproceedings", ("Chellapilla, Kumar", "Puri, Sidd", "Simard, Patrice"),
        "High Performance Convolutional Neural Networks for Document Processing", 2006,
        (("booktitle", "Tenth International Workshop on Frontiers in Handwriting Recognition"),),
    ),
    "dumoulin2016": Source(
        "article", ("Dumoulin, Vincent", "Visin, Francesco"),
        "A guide to convolution arithmetic for deep learning", 2016, (("eprint", "1603.07285"),),
    ),
    "goodfellow2016": Source(
        "book", ("Goodfellow, Ian", "Bengio, Yoshua", "Courville, Aaron"), "Deep Learning", 2016,
        (("publisher", "MIT Press"),),
    ),
    "lecun1989": Source(
        "article",
        ("LeCun, Yann", "Boser, Bernhard", "Denker, John S.", "Henderson, Donnie", "Howard, Richard E.",
         "Hubbard, Wayne", "Jackel, Lawrence D."),
        "Backpropagation Applied to Handwritten Zip Code Recognition", 1989,
        (("journal", "Neural Computation"), ("volume", "1"), ("number", "4"), ("pages", "541--551")),
    ),
}  # fmt: skip
"""Every source by its key in BibTeX."""


def bibtex(keys: Iterable[str] = tuple(SOURCES)) -> str:
    """The sources as a file for BibTeX.

    >>> print(bibtex(["goodfellow2016"]))
    @book{goodfellow2016,
      author = {Goodfellow, Ian and Bengio, Yoshua and Courville, Aaron},
      title = {{Deep Learning}},
      publisher = {MIT Press},
      year = {2016},
    }
    <BLANKLINE>
    """
    return "\n".join(f"{SOURCES[key].bibtex(key)}\n" for key in sorted(keys))
