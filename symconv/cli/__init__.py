"""The command line. ``commands/`` has a file for each command; ``main.py`` finds it, runs it and reports errors.

Only arguments are handled here; the work is done by the Python API. Nothing that needs SymPy is imported before a
command runs, so that ``--help`` is quick.
"""
