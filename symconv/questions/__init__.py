"""Exercises: questions about a layer, made with their solutions, all of them verified.

``make.py`` chooses questions and ``kinds/`` asks them; ``sheet.py`` writes them and ``grading.py`` marks answers.
Every answer is computed twice, by the views and by the loops of ``layers/plain.py``; ``draft.py`` compares the
two.
"""

from __future__ import annotations

from symconv.errors import ExerciseError
from symconv.questions.exercise import Exercise
from symconv.questions.grading import Mark
from symconv.questions.make import exercises
from symconv.questions.sheet import Exercises

__all__ = ["Exercise", "ExerciseError", "Exercises", "Mark", "exercises"]
