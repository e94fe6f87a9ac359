"""Functions of libraries, each with its meaning on symbolic arrays, a file for each family; see ``registry.py``."""
