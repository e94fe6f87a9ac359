"""Theorems as files: for the checker that trusts nobody, and for Rocq."""
