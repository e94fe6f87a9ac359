"""The catalogue of identities: what people know about convolutions, each entry proved when it is asked for.

``entry.py`` is what an entry is, ``entries.py`` has all by name; ``convolutions.py`` and ``sums.py`` are tables of
formulas, ``compilers.py`` of rewrite rules of compilers, written with ``arrays.py``; ``layers.py`` has what is known of
whole layers. Nothing is assumed.
"""

from __future__ import annotations

from symconv.catalogue.entries import Catalogue, identities
from symconv.catalogue.entry import Identity, IdentityReport, Statement

__all__ = ["Catalogue", "Identity", "IdentityReport", "Statement", "identities"]
