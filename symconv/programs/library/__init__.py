"""Functions of libraries, each with its meaning on symbolic arrays: a file a family, and ``registry.py`` has them all."""
