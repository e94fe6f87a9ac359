"""Exports of exercises to systems for quizzes: one file each, and one list."""

from __future__ import annotations

from symconv.questions.exports import gift, moodle, qti
from symconv.questions.exports.export import Export, Sheet

EXPORTS: dict[str, Export] = {
    "json": Export(lambda sheet, stem: {f"{stem}.json": sheet.to_json()}),
    "moodle": Export(lambda sheet, stem: {f"{stem}-moodle.xml": moodle.written(sheet)}),
    "gift": Export(lambda sheet, stem: {f"{stem}.gift.txt": gift.written(sheet)}),
    "qti": Export(lambda sheet, stem: {f"{stem}-qti.zip": qti.package(sheet, stem)}),
}
"""Every export by its name; a new one is added here."""

__all__ = ["EXPORTS", "Export", "Sheet"]
