"""Mutants that live, and why each of them changes nothing that counts."""

from __future__ import annotations

SURVIVORS: dict[tuple[str, str, str], str] = {}
