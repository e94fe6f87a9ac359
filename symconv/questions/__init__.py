"""Exercises: questions about a layer, a network or a step, made with their solutions, all of them verified.

``make.py`` chooses questions; ``kinds/``, ``of_networks.py`` and ``of_steps.py`` ask them; ``sheet.py`` writes them,
``exports/`` for quizzes, and ``grading.py`` marks answers.
Every answer is computed twice, by the views and by the loops of ``layers/plain.py``; ``draft.py`` compares the
two.
"""

from __future__ import annotations

from symconv.errors import ExerciseError
from symconv.questions.exercise import Exercise
from symconv.questions.exports.moodle import read_moodle
from symconv.questions.grading import Mark
from symconv.questions.make import exercises
from symconv.questions.sheet import Exercises

__all__ = ["Exercise", "ExerciseError", "Exercises", "Mark", "exercises", "read_moodle"]
